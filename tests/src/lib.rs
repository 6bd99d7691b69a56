//! tests

mod environment;
pub mod local;
pub mod parsers;
pub mod small_disk;

/// The crate of the access network, of which [`parsers`] names the wire.
pub use ::access;
pub use environment::{Python, python, top};
