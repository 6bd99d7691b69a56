//! tests

pub mod local;
pub mod small_disk;
