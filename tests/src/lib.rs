//! tests

pub mod small_disk;
