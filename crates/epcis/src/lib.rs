//! EPCIS 2.0 and CBV 2.0: reading documents of others, and saying the ledger's events in their language.
//!
//! Purpose: an enterprise's EPCIS events become acts on the ledger, and the ledger's events become EPCIS events.
//!
//! Deliberately absent: I/O, networks, JSON-LD processing of foreign contexts (the profile of contexts is closed).
#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod check;
pub mod export;
pub mod intent;
pub mod query;
mod uri;
mod value;
pub mod vocabulary;

pub use value::{Map, Value};
