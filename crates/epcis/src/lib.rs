//! EPCIS 2.0 and CBV 2.0: reading documents of others, and saying the ledger's events in their language.
//!
//! Purpose: an enterprise's EPCIS events become acts on the ledger, and the ledger's events become EPCIS events.
//!
//! Invariants:
//! - the bytes of an event are kept as they came, and never written anew;
//! - no input makes a function panic, or take more than a multiple of [`MAX_DOCUMENT`];
//! - an event has one shape and one hash, whether it came in JSON or in XML.
//!
//! Deliberately absent: I/O, networks, JSON-LD processing of foreign contexts (the profile of contexts is closed).
#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod check;
mod context;
mod document;
mod error;
pub mod export;
pub mod hash;
pub mod intent;
pub mod json;
mod normal;
pub mod query;
mod source;
mod uri;
mod value;
pub mod vocabulary;
pub mod xml;

pub use context::{CONTEXT, Context, GS1_CONTEXTS, MAX_NAMESPACE};
pub use document::{Captured, Document, Format, Kind};
pub use error::EpcisError;
pub use normal::identifier;
pub use source::{MAX_DEPTH, MAX_DOCUMENT, MAX_EVENTS, MAX_MEMBERS, MAX_VALUES};
pub use value::{Map, Value};
