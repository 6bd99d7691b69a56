//! The file of a passage alone: its crate brings what describes the HTTP interface, which no parser needs.

#[path = "../../../crates/api/src/passage.rs"]
pub mod passage;
