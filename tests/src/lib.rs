//! tests

pub mod chain;
mod environment;
pub mod goods;
pub mod local;
pub mod parsers;
pub mod relay;
pub mod small_disk;
pub mod whole;

pub use environment::{Python, python, top};
