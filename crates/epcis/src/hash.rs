//! The event hash of CBV 2.0, section 8.9: one name for one event, whoever computes it, from JSON or from XML.
//!
//! The fields of an event are written into one text, the pre-hash string, in a fixed order and each value in one form;
//! its SHA-256 names the event. What others say of an event (`eventID`, `recordTime`, `errorDeclaration`, comments) is
//! left out, so that an event and its later declaration as an error have one hash.
//!
//! The order is that of the published vectors. It is not in every place that of the table that is published with them;
//! `docs/formats/epcis.md` says where.

mod table;

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::context::Context;
use crate::document::Captured;
use crate::error::{EpcisError, shown};
use crate::normal;
use crate::value::{Map, Value};
use table::{Field, Form, Shape};

/// The longest pre-hash string, in bytes. Names are written with their namespaces, so it is longer than the event.
pub const MAX_PRE_HASH: usize = 16 * 1024 * 1024;

/// The name of an event: `ni:///sha-256;{64 hexadecimal digits}?ver=CBV2.0`.
///
/// Errors: those of [`pre_hash`].
pub fn hash(event: &Captured) -> Result<String, EpcisError> {
    let text = pre_hash(event)?;
    Ok(format!("ni:///sha-256;{}?ver=CBV2.0", hex::encode(Sha256::digest(text.as_bytes()))))
}

/// The text whose SHA-256 is the hash.
///
/// Errors: [`EpcisError::Unhashable`] of a field that has no text where one must stand, or no time;
/// [`EpcisError::PrefixUnknown`]; [`EpcisError::HashTooLong`].
///
/// ```
/// use epcis::{Document, Format, hash};
///
/// let text = br#"{"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", "type": "ObjectEvent",
///     "eventTime": "2024-05-01T08:00:00+08:00", "eventTimeZoneOffset": "+08:00", "action": "OBSERVE",
///     "epcList": ["urn:epc:id:sscc:4012345.0000000333"], "bizStep": "shipping"}"#;
/// let document = Document::read(text, Format::Json)?;
/// assert_eq!(
///     hash::pre_hash(&document.events[0])?,
///     "eventType=ObjectEventeventTime=2024-05-01T00:00:00.000ZeventTimeZoneOffset=+08:00\
///      epcListepc=https://id.gs1.org/00/040123450000003338action=OBSERVE\
///      bizStep=https://ref.gs1.org/cbv/BizStep-shipping",
/// );
/// # Ok::<(), epcis::EpcisError>(())
/// ```
pub fn pre_hash(event: &Captured) -> Result<String, EpcisError> {
    let Value::Map(map) = &event.value else {
        return Err(unhashable("", &event.value));
    };
    Writer { context: &event.context, left: MAX_PRE_HASH }.event(map)
}

/// What a part of an event says: at its own place, and behind everything else.
#[derive(Default)]
struct Said {
    here: String,
    /// Members that the order does not know and that are no extensions, each with the way to it.
    behind: Vec<String>,
}

struct Writer<'a> {
    context: &'a Context,
    /// How many bytes may still be written.
    left: usize,
}

impl Writer<'_> {
    fn event(&mut self, event: &Map) -> Result<String, EpcisError> {
        let mut text = self.field("eventType", event.get("type").unwrap_or(&Value::Null), Form::Text)?;
        let mut behind = Vec::new();
        for (name, shape) in table::EVENT {
            if let Some(value) = event.get(name) {
                let said = self.part(name, value, *shape)?;
                text.push_str(&said.here);
                behind.extend(said.behind);
            }
        }
        for (name, value) in event.iter() {
            if table::is_ordered(name) || table::LEFT_OUT.contains(&name) {
                continue;
            }
            match table::typed(name) {
                Some(fields) => behind.push(self.typed_list(name, value, fields)?),
                None => self.extension(name, value, &mut behind)?,
            }
        }
        text.push_str(&sorted(behind));
        Ok(text)
    }

    fn part(&mut self, name: &str, value: &Value, shape: Shape) -> Result<Said, EpcisError> {
        match shape {
            Shape::Plain(form) => Ok(Said { here: self.field(name, value, form)?, behind: Vec::new() }),
            Shape::Epcs => {
                let mut epcs = Vec::new();
                for epc in each(value) {
                    epcs.push(Said { here: self.field("epc", epc, Form::Text)?, behind: Vec::new() });
                }
                Ok(list(name, epcs))
            }
            Shape::Quantities => {
                let mut elements = Vec::new();
                for element in each(value) {
                    let said = self.group(object(name, element)?, table::QUANTITY)?;
                    elements.push(wrapped("quantityElement", said));
                }
                Ok(list(name, elements))
            }
            Shape::Group(fields) => {
                let said = self.group(object(name, value)?, fields)?;
                Ok(wrapped(name, said))
            }
            Shape::Sensors => {
                let mut elements = Vec::new();
                for element in each(value) {
                    let said = self.sensor(object(name, element)?)?;
                    elements.push(wrapped("sensorElement", said));
                }
                Ok(list(name, elements))
            }
        }
    }

    /// `sensorMetadata`, each `sensorReport`, and what an extension adds.
    fn sensor(&mut self, element: &Map) -> Result<Said, EpcisError> {
        let mut said = Said::default();
        for (name, fields) in table::SENSOR {
            let mut parts = Vec::new();
            for part in element.get(name).map(each).unwrap_or_default() {
                let part = self.group(object(name, part)?, fields)?;
                let part = wrapped(name, part);
                parts.push(part.here);
                said.behind.extend(part.behind);
            }
            said.here.push_str(&sorted(parts));
        }
        let is_part = |name: &str| table::SENSOR.iter().any(|(known, _)| *known == name);
        self.others(element, is_part, &mut said)?;
        Ok(said)
    }

    /// The fields of an object in their order, then its extensions.
    fn group(&mut self, map: &Map, fields: &[Field]) -> Result<Said, EpcisError> {
        let mut said = Said::default();
        for (name, form) in fields {
            if let Some(value) = map.get(name) {
                said.here.push_str(&self.field(name, value, *form)?);
            }
        }
        let is_field = |name: &str| fields.iter().any(|(known, _)| *known == name);
        self.others(map, is_field, &mut said)?;
        Ok(said)
    }

    /// Members that are none of the fields: extensions at the end of their place, anything else behind.
    fn others(&mut self, map: &Map, is_field: impl Fn(&str) -> bool, said: &mut Said) -> Result<(), EpcisError> {
        let mut extensions = Vec::new();
        for (name, value) in map.iter().filter(|(name, _)| !is_field(name)) {
            let place = if name.contains(':') { &mut extensions } else { &mut said.behind };
            self.extension(name, value, place)?;
        }
        said.here.push_str(&sorted(extensions));
        Ok(())
    }

    /// Business transactions, sources or destinations, each with its type before it.
    fn typed_list(&mut self, name: &str, value: &Value, fields: &[Field]) -> Result<String, EpcisError> {
        let mut members = Vec::new();
        for member in each(value) {
            let mut said = self.group(object(name, member)?, fields)?;
            said.here.push_str(&sorted(said.behind));
            members.push(Said { here: said.here, behind: Vec::new() });
        }
        Ok(list(name, members).here)
    }

    /// `name=value` for each value of a field, in order of their texts.
    fn field(&mut self, name: &str, value: &Value, form: Form) -> Result<String, EpcisError> {
        let mut texts = Vec::new();
        for value in each(value) {
            let text = scalar(value).ok_or_else(|| unhashable(name, value))?;
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            let normal = match form {
                Form::Text => normal::text(self.context, text),
                Form::Time => normal::time(text).ok_or_else(|| unhashable(name, value))?,
                Form::Word(kind) => normal::word(self.context, kind, text),
            };
            texts.push(self.written(name, &normal)?);
        }
        Ok(sorted(texts))
    }

    /// A member of any name with whatever is in it: `{namespace}name`, its text if it has one, and what it holds.
    fn extension(&mut self, member: &str, value: &Value, texts: &mut Vec<String>) -> Result<(), EpcisError> {
        let name = self.context.full_name(member)?;
        if name == table::COMMENT || name == table::CONTEXT {
            return Ok(());
        }
        for value in each(value) {
            let text = match value {
                Value::Map(map) => self.held(&name, map)?,
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::List(_) => {
                    let text = scalar(value).unwrap_or_default();
                    self.written(&name, &normal::text(self.context, &text))?
                }
            };
            texts.push(text);
        }
        Ok(())
    }

    fn held(&mut self, name: &str, map: &Map) -> Result<String, EpcisError> {
        let (mut own, mut texts) = (String::new(), Vec::new());
        for (member, value) in map.iter() {
            if member == table::TEXT {
                let value = scalar(value).ok_or_else(|| unhashable(member, value))?;
                own = normal::text(self.context, &value);
            } else {
                self.extension(member, value, &mut texts)?;
            }
        }
        let mut text = self.written(name, &own)?;
        text.push_str(&sorted(texts));
        Ok(text)
    }

    /// `name=text`, or the name alone of an empty text.
    fn written(&mut self, name: &str, text: &str) -> Result<String, EpcisError> {
        let written = if text.is_empty() { name.to_owned() } else { format!("{name}={text}") };
        self.left = self.left.checked_sub(written.len()).ok_or(EpcisError::HashTooLong { max: MAX_PRE_HASH })?;
        Ok(written)
    }
}

/// Texts in the order of their bytes, one behind the other.
fn sorted(mut texts: Vec<String>) -> String {
    texts.sort_unstable();
    texts.concat()
}

/// A part under its name; nothing, if it says nothing.
fn wrapped(name: &str, said: Said) -> Said {
    let here = if said.here.is_empty() { String::new() } else { format!("{name}{}", said.here) };
    let behind = if said.behind.is_empty() { Vec::new() } else { vec![format!("{name}{}", sorted(said.behind))] };
    Said { here, behind }
}

/// Parts under the name of their list, which stands once.
fn list(name: &str, parts: Vec<Said>) -> Said {
    let (mut here, mut behind) = (Vec::new(), Vec::new());
    for part in parts {
        here.push(part.here);
        behind.extend(part.behind);
    }
    let here = sorted(here);
    let here = if here.is_empty() { here } else { format!("{name}{here}") };
    let behind = if behind.is_empty() { Vec::new() } else { vec![format!("{name}{}", sorted(behind))] };
    Said { here, behind }
}

/// What a value says, one by one: `null` says nothing, and an array within an array is no more than its elements.
fn each(value: &Value) -> Vec<&Value> {
    fn add<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
        match value {
            Value::Null => {}
            Value::List(list) => list.iter().for_each(|value| add(value, found)),
            Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Map(_) => found.push(value),
        }
    }
    let mut found = Vec::new();
    add(value, &mut found);
    found
}

fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Bool(true) => Some("true".into()),
        Value::Bool(false) => Some("false".into()),
        Value::Number(text) | Value::Text(text) => Some(text.as_str().into()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

fn object<'a>(name: &str, value: &'a Value) -> Result<&'a Map, EpcisError> {
    value.as_map().ok_or_else(|| unhashable(name, value))
}

fn unhashable(field: &str, value: &Value) -> EpcisError {
    let found = match value {
        Value::Map(_) => "an object".to_owned(),
        Value::List(_) => "an array".to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => shown(&value.to_string()),
    };
    EpcisError::Unhashable { field: shown(field), found }
}

#[cfg(test)]
mod tests;
