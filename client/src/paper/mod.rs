//! What is printed: labels with a symbol that scanners read, and certificates with a card that a stranger verifies.
//!
//! Nothing of it is believed because it is on paper. A label only names an item; a certificate is read off a bundle that was
//! verified before, and carries a card that holds by itself.

pub(crate) mod certificate;
pub(crate) mod font;
mod glyphs;
pub(crate) mod label;
pub(crate) mod matrix;
mod page;
mod pdf;
mod raster;
mod svg;
mod zpl;

/// Points of a PDF in a millimetre.
const POINTS: f32 = 72.0 / 25.4;
