//! tests

pub mod chain;
mod environment;
pub mod local;
pub mod parsers;
pub mod relay;
pub mod small_disk;
pub mod whole;

/// The crate of the access network, of which [`parsers`] names the wire.
pub use ::access;
pub use environment::{Python, python, top};
