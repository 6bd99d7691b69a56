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

use crate::document::{Captured, Document, Format, Kind};
use crate::value::Value;
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
/// the document. That it has a context of the profile, and a list of events, is what reading it says.
#[must_use]
pub fn document(document: &Document) -> Vec<Fault> {
    let mut walk = Walk::new(document.format == Format::Xml, &document.context);
    let (shape, list) = match document.kind {
        Kind::Document => (&table::DOCUMENT, EVENTS),
        Kind::QueryDocument => (&table::QUERY_DOCUMENT, QUERIED_EVENTS),
        Kind::Event => {
            document.events.iter().for_each(|event| walk.event(&event.value));
            return walk.faults();
        }
    };
    if let Value::Map(envelope) = &document.envelope {
        walk.shape(shape, envelope);
    }
    for (index, event) in document.events.iter().enumerate() {
        walk.event_within(&event.context, list, index, &event.value);
    }
    walk.faults()
}
