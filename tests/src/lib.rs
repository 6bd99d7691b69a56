//! tests

pub mod local;
pub mod parsers;
pub mod small_disk;
