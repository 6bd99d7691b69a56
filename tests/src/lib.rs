//! tests

mod environment;
pub mod local;
pub mod parsers;
pub mod small_disk;

pub use environment::{Python, python, top};
