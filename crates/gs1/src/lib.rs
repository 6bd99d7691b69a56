//! GS1 identifiers, as the ledger stores them and as people and scanners write them.
//!
//! Purpose: turn text from labels, scanners, files and forms into validated types, once, at the edge. Everything
//! downstream carries [`Gtin`], [`ItemCode`] or [`Quantity`] and need not check again; decoding from bytes checks too.
//!
//! Invariants:
//! - a value of these types is always valid: check digit, length, character set and bounds hold;
//! - one value has one text form and one byte form;
//! - no function panics or allocates more than a small multiple of [`MAX_INPUT`] bytes, whatever the input; the table of
//!   company prefixes alone has a bound of its own, [`prefix::MAX_TABLE`].
//!
//! Deliberately absent: I/O, clocks, floats, compressed Digital Links, and the register of GS1 company prefixes.
#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod ai;
mod codec;
pub mod digital_link;
pub mod element;
pub mod epc;
mod error;
mod hs;
mod item;
mod key;
mod lint;
pub mod percent;
pub mod prefix;
mod quantity;
pub mod scan;
mod text;
mod unit;

pub use element::Elements;
pub use error::{CODES, CodeError};
pub use hs::{HsCode, HsEdition, HsJurisdiction};
pub use item::{ItemCode, parse_code};
pub use key::{Gln, Gtin, Sscc, check_digit};
pub use lint::{Linter, lint};
pub use quantity::{MAX_AMOUNT, Quantity};
pub use text::{Lot, OtherValue, Scheme, Serial, is_set_82};
pub use unit::Unit;

/// The longest text that any parser here looks at, in bytes.
pub const MAX_INPUT: usize = 512;

/// Refuses text over [`MAX_INPUT`] bytes, so that every error may carry its input.
pub(crate) fn bounded(input: &str) -> Result<(), CodeError> {
    if input.len() > MAX_INPUT {
        return Err(CodeError::InputTooLong { found: input.len(), max: MAX_INPUT });
    }
    Ok(())
}

/// Refuses text that is too long or not ASCII; all GS1 keys, element strings and URIs are ASCII.
pub(crate) fn bounded_ascii(input: &str) -> Result<(), CodeError> {
    bounded(input)?;
    match input.char_indices().find(|(_, c)| !c.is_ascii()) {
        Some((position, found)) => Err(CodeError::NotAscii { input: input.to_owned(), position, found }),
        None => Ok(()),
    }
}
