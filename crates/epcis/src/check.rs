//! Rules that events and documents of EPCIS 2.0 keep, of our own.
//!
//! Both formats are read into one shape, that of the JSON of EPCIS 2.0; the rules judge it. What they accept of JSON is
//! what the published JSON schema (2.0.1, formats checked) accepts, but for two classes of faults that the schema lets
//! pass; `docs/formats/epcis-rules.md` argues them, and `tests/schema.rs` holds the rest to equality.
//!
//! Deliberately absent: what an event means for the ledger, and whether what it says is true.

mod fault;
mod form;
mod table;
mod walk;

pub use fault::{CODES, Fault, MAX_FAULTS};

use crate::document::{Captured, Document, Format};
use crate::value::Value;
use fault::Flaw;
use table::Shape;
use walk::Walk;

/// What keeps an event from being one of EPCIS 2.0; empty for a valid one. Pointers begin at the event.
#[must_use]
pub fn check(event: &Captured) -> Vec<Fault> {
    walked(event).faults()
}

/// What the schemas let pass and the sender should look at: keys of GS1 that cannot be right, and an aggregation made
/// or ended without its parent. An event is taken in spite of them. Pointers begin at the event.
#[must_use]
pub fn doubts(event: &Captured) -> Vec<Fault> {
    walked(event).doubts()
}

fn walked(event: &Captured) -> Walk<'_> {
    let mut walk = Walk::new(event.bytes.first() == Some(&b'<'), &event.context);
    walk.event(&event.value);
    walk
}

const EVENTS: &[&str] = &["epcisBody", "eventList"];
const QUERIED_EVENTS: &[&str] = &["epcisBody", "queryResults", "resultsBody", "eventList"];

/// What keeps a document, with all its events, from being one of EPCIS 2.0; empty for a valid one. Pointers begin at
/// the document. A bare event is a document too; in JSON it has a context of its own.
#[must_use]
pub fn document(document: &Document) -> Vec<Fault> {
    let root = &document.value;
    let xml = document.format == Format::Xml;
    let mut walk = Walk::new(xml, &document.context);
    let (shape, list): (&Shape, &[&str]) = match root.get("type").and_then(Value::as_text) {
        Some("EPCISDocument") => (&table::DOCUMENT, EVENTS),
        Some("EPCISQueryDocument") => (&table::QUERY_DOCUMENT, QUERIED_EVENTS),
        Some(_) | None => {
            if !xml && root.get("@context").is_none() {
                walk.fault(Flaw::Missing("@context"));
            }
            walk.event(root);
            return walk.faults();
        }
    };
    if let Value::Map(map) = root {
        walk.shape(shape, map);
    }
    for (index, event) in document.events.iter().enumerate() {
        walk.event_within(&event.context, list, index, &event.value);
    }
    walk.faults()
}
