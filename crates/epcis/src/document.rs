//! Documents and the events in them, each with its bytes as they came.

use std::ops::Range;

use crate::context::Context;
use crate::error::{EpcisError, shown};
use crate::json::{self, Read};
use crate::value::{Map, Value};
use crate::xml;

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON-LD, of EPCIS 2.0.
    Json,
    /// XML, of EPCIS 2.0 or 1.x.
    Xml,
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An `EPCISDocument`.
    Document,
    /// An `EPCISQueryDocument`: what a query found.
    QueryDocument,
    /// An event by itself.
    Event,
}

/// A document that was read. That it keeps the rules is not asked here; `check` says that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// How it was written.
    pub format: Format,
    /// What it is.
    pub kind: Kind,
    /// What its prefixes stand for.
    pub context: Context,
    /// The document without its events: their list is empty. `null` of an event by itself.
    pub envelope: Value,
    /// The events, in their order.
    pub events: Vec<Captured>,
}

/// An event as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// The bytes of the event in its document, and no others: of JSON from its first brace to its last, of XML from its
    /// first tag to its last.
    pub bytes: Vec<u8>,
    /// What it says, in the shape of JSON whatever it was written in.
    pub value: Value,
    /// What its prefixes stand for: those of the document, and its own before them.
    pub context: Context,
}

/// Where the events of a document are.
const CAPTURED: [&str; 2] = ["epcisBody", "eventList"];

/// Where the events of a query document are.
const QUERIED: [&str; 4] = ["epcisBody", "queryResults", "resultsBody", "eventList"];

/// The types of events of the standard.
pub(crate) const EVENTS: [&str; 5] =
    ["ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent"];

impl Document {
    /// Reads a document, a query document, or an event by itself.
    ///
    /// Errors: [`EpcisError`], but for those of the hash.
    pub fn read(bytes: &[u8], format: Format) -> Result<Document, EpcisError> {
        let read = match format {
            Format::Json => json::read(bytes)?,
            Format::Xml => xml::read(bytes)?,
        };
        let Read { value, whole, captured, queried } = read;
        let Value::Map(mut root) = value else {
            return Err(EpcisError::NotEpcis { found: shown(&value.to_string()) });
        };
        let kind = kind(&root)?;
        let Some(context) = root.get("@context") else {
            return Err(EpcisError::ContextMissing);
        };
        let context = Context::of_document(context, format == Format::Json)?;
        version(&root, format)?;
        let events = match kind {
            Kind::Event => {
                let event = Captured { bytes: slice(bytes, whole), value: root.into(), context: context.clone() };
                return Ok(Document { format, kind, context, envelope: Value::Null, events: vec![event] });
            }
            Kind::Document => events(bytes, &context, &mut root, &CAPTURED, captured)?,
            Kind::QueryDocument => events(bytes, &context, &mut root, &QUERIED, queried)?,
        };
        Ok(Document { format, kind, context, envelope: root.into(), events })
    }
}

impl Captured {
    /// An event of our own making: its bytes are its JSON. Without a `@context` its context is that of GS1.
    ///
    /// Errors: those of [`Context::read`].
    pub fn of(value: Value) -> Result<Captured, EpcisError> {
        let context = value.get("@context").map_or_else(|| Ok(Context::gs1()), Context::read)?;
        Ok(Captured { bytes: value.to_string().into_bytes(), value, context })
    }
}

fn kind(root: &Map) -> Result<Kind, EpcisError> {
    match root.get("type").and_then(Value::as_text) {
        Some("EPCISDocument") => Ok(Kind::Document),
        Some("EPCISQueryDocument") => Ok(Kind::QueryDocument),
        // An event of a type that is not of the standard has a URI for its type.
        Some(event) if EVENTS.contains(&event) || event.contains(':') => Ok(Kind::Event),
        Some(other) => Err(EpcisError::NotEpcis { found: shown(other) }),
        None => Err(EpcisError::NotEpcis { found: String::new() }),
    }
}

/// JSON is of 2.x, XML of 1.x or 2.x. A document need not say it.
fn version(root: &Map, format: Format) -> Result<(), EpcisError> {
    let Some(version) = root.get("schemaVersion") else {
        return Ok(());
    };
    let known = match (version.as_text().and_then(|text| text.trim().split('.').next()), format) {
        (Some("2"), Format::Json | Format::Xml) | (Some("1"), Format::Xml) => true,
        (Some(_) | None, Format::Json | Format::Xml) => false,
    };
    if known { Ok(()) } else { Err(EpcisError::Version { found: shown(&version.to_string()) }) }
}

/// Takes the events out of a document. Each has its place in the bytes, in the same order.
fn events(
    bytes: &[u8],
    context: &Context,
    root: &mut Map,
    way: &[&str],
    places: Vec<Range<usize>>,
) -> Result<Vec<Captured>, EpcisError> {
    let at = || way.iter().map(|name| format!("/{name}")).collect::<String>();
    let Some(list) = take_list(root, way) else {
        return Err(EpcisError::NoEvents { at: at() });
    };
    if let Some(index) = list.iter().position(|event| event.as_map().is_none()) {
        return Err(EpcisError::NotEvent { at: format!("{}/{index}", at()) });
    }
    let captured = |(value, place): (Value, Range<usize>)| -> Result<Captured, EpcisError> {
        let context = value.get("@context").map_or_else(|| Ok(context.clone()), |own| context.within(own))?;
        Ok(Captured { bytes: slice(bytes, place), value, context })
    };
    list.into_iter().zip(places).map(captured).collect()
}

fn take_list(root: &mut Map, way: &[&str]) -> Option<Vec<Value>> {
    let (last, way) = way.split_last()?;
    let mut map = root;
    for name in way {
        match map.get_mut(name)? {
            Value::Map(inner) => map = inner,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::List(_) => return None,
        }
    }
    match map.get_mut(last)? {
        Value::List(list) => Some(std::mem::take(list)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Map(_) => None,
    }
}

fn slice(bytes: &[u8], place: Range<usize>) -> Vec<u8> {
    bytes.get(place).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::CONTEXT;

    fn read(text: &str) -> Result<Document, EpcisError> {
        Document::read(text.as_bytes(), Format::Json)
    }

    fn document(kind: &str, body: &str) -> String {
        format!(
            "{{\"@context\": \"{CONTEXT}\", \"type\": \"{kind}\", \"schemaVersion\": \"2.0\", \"epcisBody\": {body}}}"
        )
    }

    fn code(text: &str) -> &'static str {
        read(text).map_or_else(|error| error.code(), |_| "read")
    }

    #[test]
    fn events_keep_their_bytes() {
        let events = [r#"{ "type":"ObjectEvent", "n": 1.50 }"#, r#"{"type" : "AggregationEvent","血":"\u8840"}"#];
        let list = format!("[ {} ,\n{}]", events[0], events[1]);
        for (kind, body) in [
            ("EPCISDocument", format!("{{\"eventList\": {list}}}")),
            ("EPCISQueryDocument", format!("{{\"queryResults\": {{\"resultsBody\": {{\"eventList\": {list}}}}}}}")),
        ] {
            let read = read(&format!("\u{feff} {}\n", document(kind, &body))).unwrap();
            let found: Vec<&[u8]> = read.events.iter().map(|event| event.bytes.as_slice()).collect();
            assert_eq!(found, events.map(str::as_bytes));
            assert_eq!(read.events[1].value.get("血").and_then(Value::as_text), Some("血"));
            assert!(!read.envelope.to_string().contains("ObjectEvent"));
            assert!(read.envelope.to_string().contains("\"eventList\":[]"));
        }
    }

    #[test]
    fn an_event_may_come_by_itself() {
        for kind in EVENTS.iter().chain(&["https://ns.example.com/OwnEvent"]) {
            let event = format!("{{\"type\": \"{kind}\", \"@context\": \"{CONTEXT}\"}}");
            let read = read(&format!(" \n{event} ")).unwrap();
            assert_eq!((read.kind, read.envelope), (Kind::Event, Value::Null));
            assert_eq!(read.events[0].bytes, event.as_bytes());
        }
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for (text, expected) in [
            ("[]".to_owned(), "H1520"),
            ("{}".to_owned(), "H1520"),
            ("{\"type\": 7}".to_owned(), "H1520"),
            ("{\"type\": \"Thing\"}".to_owned(), "H1520"),
            ("{\"type\": \"ObjectEvent\"}".to_owned(), "H1524"),
            (document("EPCISDocument", "{}"), "H1522"),
            (document("EPCISDocument", "[]"), "H1522"),
            (document("EPCISDocument", "{\"eventList\": {}}"), "H1522"),
            (document("EPCISQueryDocument", "{\"eventList\": []}"), "H1522"),
            (document("EPCISDocument", "{\"eventList\": [{}, 7]}"), "H1523"),
            (document("EPCISDocument", "{\"eventList\": [{\"@context\": \"https://a.example/\"}]}"), "H1525"),
            (document("EPCISDocument", "{\"eventList\": []}").replace("\"2.0\"", "\"1.2\""), "H1521"),
            (document("EPCISDocument", "{\"eventList\": []}").replace("\"2.0\"", "2"), "H1521"),
            (document("EPCISDocument", "{\"eventList\": []}"), "read"),
        ] {
            assert_eq!(code(&text), expected, "{text}");
        }
        let second = read(&document("EPCISDocument", "{\"eventList\": [{}, 7]}"));
        assert_eq!(second, Err(EpcisError::NotEvent { at: "/epcisBody/eventList/1".to_owned() }));
    }

    #[test]
    fn contexts_of_events_stand_before_that_of_the_document() {
        let text = format!(
            r#"{{"@context": ["{CONTEXT}", {{"a": "https://a.example/", "b": "https://b.example/"}}],
            "type": "EPCISDocument",
            "epcisBody": {{"eventList": [{{"@context": {{"b": "https://own.example/"}}}}, {{}}]}}}}"#
        );
        let events = read(&text).unwrap().events;
        let namespaces = |event: &Captured| {
            ["a", "b", "cbv"].map(|prefix| event.context.namespace(prefix).map(str::to_owned).unwrap_or_default())
        };
        assert_eq!(namespaces(&events[0]), ["https://a.example/", "https://own.example/", "https://ref.gs1.org/cbv/"]);
        assert_eq!(namespaces(&events[1]), ["https://a.example/", "https://b.example/", "https://ref.gs1.org/cbv/"]);
    }

    #[test]
    fn events_of_our_own_are_captured() {
        let value = json::parse(format!("{{\"@context\":\"{CONTEXT}\",\"type\":\"ObjectEvent\"}}").as_bytes()).unwrap();
        let event = Captured::of(value.clone()).unwrap();
        assert_eq!(event.bytes, value.to_string().into_bytes());
        assert_eq!(Document::read(&event.bytes, Format::Json).unwrap().events, [event]);
    }
}
