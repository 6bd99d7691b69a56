//! The wire of the access network alone: its crate brings a network stack that no parser needs.

#[path = "../../../crates/access/src/limits.rs"]
pub mod limits;
#[path = "../../../crates/access/src/wire.rs"]
pub mod wire;
