//! What the ledger says, as EPCIS 2.0 events; `docs/epcis.md` has the tables.
//!
//! The same event gives the same text, whoever exports it: nothing is asked that changes later. The text is normal, so
//! that its event hash is the same by whatever program.

mod draft;
mod effect;

use crate::{Document, Format, Map, Value, context::CONTEXT, hash, uri};
use gs1::{Gln, ItemCode};
use ledger::{
    Event, ItemId, ItemRecord, NetworkId, OrgId,
    event::{ApplyError, apply},
    record::ClassRecord,
};

/// What an event names and does not tell.
pub trait Known {
    /// The code of an item.
    fn code(&self, item: &ItemId) -> Option<ItemCode>;
    /// The GLN of an organisation whose registered identifier is one.
    fn gln(&self, org: &OrgId) -> Option<Gln>;
}

/// An event, and what it takes to say it to others.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    /// The event.
    pub event: &'a Event,
    /// The record of the item right after it, as [`apply`] makes it.
    pub after: &'a ItemRecord,
    /// The record of its class.
    pub class: Option<&'a ClassRecord>,
    /// What the event names.
    pub known: &'a dyn Known,
}

/// An event of the ledger as an EPCIS event that stands alone: with its context and its `eventID`.
#[must_use]
pub fn event(of: &Told<'_>) -> Value {
    let (kind, members) = effect::draft(of).members();
    let plain = whole(kind, None, &members);
    match identity(&plain) {
        Some(id) => whole(kind, Some(id), &members),
        None => plain,
    }
}

/// All events of one item, from the first, as EPCIS events that stand alone.
///
/// Error: the events do not follow from one another.
pub fn history(
    network: &NetworkId,
    events: &[Event],
    class: Option<&ClassRecord>,
    known: &dyn Known,
) -> Result<Vec<Value>, ApplyError> {
    let mut told = Vec::with_capacity(events.len());
    let mut before: Option<ItemRecord> = None;
    for one in events {
        let after = apply(network, before.as_ref(), one)?;
        told.push(event(&Told { event: one, after: &after, class, known }));
        before = Some(after);
    }
    Ok(told)
}

/// A document of events that stood alone; the context stands at its head, and once. `created` is an RFC 3339 time.
#[must_use]
pub fn document(events: impl IntoIterator<Item = Value>, created: &str) -> Value {
    let bare = |event: Value| match event {
        Value::Map(mut members) => {
            members.remove("@context");
            Value::Map(members)
        }
        other => other,
    };
    let list: Vec<Value> = events.into_iter().map(bare).collect();
    let mut body = Map::default();
    body.insert("eventList", Value::List(list));
    let mut document = Map::default();
    document.insert("@context", context());
    document.insert("type", "EPCISDocument");
    document.insert("schemaVersion", "2.0");
    document.insert("creationDate", created);
    document.insert("epcisBody", body);
    document.into()
}

/// The context of what is written here: that of EPCIS, and the extension.
fn context() -> Value {
    let mut extension = Map::default();
    extension.insert(uri::PREFIX, uri::NAMESPACE);
    Value::List(vec![CONTEXT.into(), extension.into()])
}

fn whole(kind: &str, id: Option<String>, members: &Map) -> Value {
    let mut event = Map::default();
    event.insert("@context", context());
    event.insert("type", kind);
    if let Some(id) = id {
        event.insert("eventID", id);
    }
    members.iter().for_each(|(name, value)| event.insert(name, value.clone()));
    event.into()
}

/// The event hash, taken from the text as anybody reads it. What is written here has one: a test asks it of every kind.
fn identity(event: &Value) -> Option<String> {
    let document = Document::read(event.to_string().as_bytes(), Format::Json).ok()?;
    hash::hash(document.events.first()?).ok()
}
