//! tests

pub mod chain;
mod environment;
pub mod local;
pub mod parsers;
pub mod relay;
pub mod small_disk;
pub mod whole;

/// The crates of which [`parsers`] names the wire of the access network, and the file of a passage.
pub use ::{access, api};
pub use environment::{Python, python, top};
