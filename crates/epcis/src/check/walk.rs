//! A walk through an event or a document with the tables in hand.

use super::fault::{Fault, Faults, Flaw};
use super::form;
use super::table::{self, EventType, List, Need, Others, Rule, Shape};
use crate::context::Context;
use crate::value::{Map, Value};
use crate::vocabulary::{Vocabulary, bare};
use std::collections::BTreeSet;

/// Where the walk is, and what it has found.
pub(super) struct Walk<'a> {
    xml: bool,
    context: &'a Context,
    at: String,
    faults: Faults,
    doubts: Faults,
}

impl<'a> Walk<'a> {
    /// A walk through what was read from XML or from JSON, where a context is in force.
    pub(super) fn new(xml: bool, context: &'a Context) -> Walk<'a> {
        Walk { xml, context, at: String::new(), faults: Faults::default(), doubts: Faults::default() }
    }

    pub(super) fn faults(self) -> Vec<Fault> {
        self.faults.into_list()
    }

    pub(super) fn doubts(self) -> Vec<Fault> {
        self.doubts.into_list()
    }

    /// Judges an event of a list, under the context that is in force for it.
    pub(super) fn event_within(&mut self, context: &'a Context, list: &[&str], index: usize, event: &Value) {
        let (outer, length) = (self.context, self.at.len());
        self.context = context;
        list.iter().for_each(|step| self.step(step));
        self.step(&index.to_string());
        self.event(event);
        self.at.truncate(length);
        self.context = outer;
    }

    /// Judges an event: its fields one by one, and then what they must be to each other.
    pub(super) fn event(&mut self, event: &Value) {
        let Some(map) = self.map(event) else {
            return;
        };
        let Some(name) = map.get("type").and_then(Value::as_text) else {
            return self.shape(&table::OTHER_EVENT, map);
        };
        let Some(event) = EventType::named(name) else {
            if !self.is_name(name) {
                self.within("type", |walk| walk.fault(Flaw::Type(name.to_owned())));
            }
            return self.shape(&table::OTHER_EVENT, map);
        };
        self.shape(event.shape(), map);
        self.objects(event, map);
        let action = map.get("action").and_then(Value::as_text);
        if event == EventType::Object && map.get("ilmd").is_some() && action != Some("ADD") {
            self.within("ilmd", |walk| walk.fault(Flaw::Ilmd));
        }
        if let Some(Value::Map(changed)) = map.get("persistentDisposition")
            && changed.get("set").is_none()
            && changed.get("unset").is_none()
        {
            self.within("persistentDisposition", |walk| walk.fault(Flaw::Persistent));
        }
        // EPCIS 2.0, section 7.4.3: the parent may be left out of an observation only.
        if let (EventType::Aggregation, Some(action @ ("ADD" | "DELETE")), None) = (event, action, map.get("parentID"))
        {
            self.doubts.add(&self.at, Flaw::Parent(action.to_owned()));
        }
    }

    /// EPCIS 2.0, section 7.4: an event says which objects it is about; where all children of a parent or all objects
    /// of a transaction are meant, `DELETE` alone says it.
    fn objects(&mut self, event: EventType, map: &Map) {
        let list = |name: &str| map.get(name).and_then(Value::as_list);
        let some = |name: &str| list(name).is_some_and(|list| !list.is_empty());
        let all = || map.get("action").and_then(Value::as_text) == Some("DELETE");
        let (named, expected) = match event {
            EventType::Object => (
                list("epcList").is_some()
                    || some("quantityList")
                    || some("sensorElementList") && map.get("readPoint").is_some(),
                "epcList, quantityList, or sensorElementList and readPoint",
            ),
            EventType::Aggregation | EventType::Association => {
                (all() || some("childEPCs") || some("childQuantityList"), "childEPCs or childQuantityList")
            }
            EventType::Transaction => {
                (all() || list("epcList").is_some() || some("quantityList"), "epcList or quantityList")
            }
            EventType::Transformation => {
                let input = some("inputEPCList") || some("inputQuantityList");
                let output = some("outputEPCList") || some("outputQuantityList");
                let part = map.get("transformationID").is_some() && (input || output);
                (input && output || part, "inputs and outputs, or either of them and transformationID")
            }
        };
        if !named {
            self.fault(Flaw::Objects(expected));
        }
    }

    /// Judges the fields of an object.
    pub(super) fn shape(&mut self, shape: &Shape, map: &Map) {
        for field in shape.known() {
            let needed = match field.need {
                Need::No => false,
                Need::Yes => true,
                Need::InJson => !self.xml,
            };
            if needed && map.get(field.name).is_none() {
                self.fault(Flaw::Missing(field.name));
            }
        }
        for (name, value) in map.iter() {
            match (shape.known().find(|field| field.name == name), shape.others) {
                (Some(field), _) => self.within(name, |walk| walk.value(field.rule, value)),
                (None, Others::Any) => self.foreign(name, value),
                (None, Others::Extensions) if self.is_name(name) => self.foreign(name, value),
                (None, Others::Extensions | Others::None) => {
                    self.within(name, |walk| walk.fault(Flaw::Unknown(name.to_owned())));
                }
            }
        }
    }

    /// Whether a name can be somebody's own: a URI, whole or by a prefix. Of an element of XML it is enough that it has
    /// a prefix: neither that nor what follows need be ASCII there, and reading it gave the prefix its namespace.
    fn is_name(&self, name: &str) -> bool {
        form::is_uri(name) || self.xml && name.contains(':')
    }

    /// A member that EPCIS does not define; contexts are read elsewhere. Where its name has a prefix, a context
    /// declares it, or the name is a URI as it stands: otherwise what it means is nobody's, and no hash can say it.
    fn foreign(&mut self, name: &str, value: &Value) {
        if name == "@context" {
            return;
        }
        self.within(name, |walk| {
            if let Some((prefix, _)) = name.split_once(':')
                && walk.context.full_name(name).is_err()
            {
                walk.fault(Flaw::Prefix { field: name.to_owned(), prefix: prefix.to_owned() });
            }
            walk.foreign_value(value);
        });
    }

    fn foreign_value(&mut self, value: &Value) {
        match value {
            Value::Map(map) => map.iter().for_each(|(name, value)| self.foreign(name, value)),
            Value::List(list) => {
                for (index, value) in list.iter().enumerate() {
                    self.within(&index.to_string(), |walk| walk.foreign_value(value));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        }
    }

    fn value(&mut self, rule: Rule, value: &Value) {
        match rule {
            Rule::Text => {
                self.text(value);
            }
            Rule::Uri => self.uri(value),
            Rule::Uris if value.as_list().is_some() => self.list(&table::URIS, value),
            Rule::Uris => self.uri(value),
            Rule::Time => self.form(value, form::is_date_time, Flaw::Time),
            Rule::Offset => self.form(value, form::is_offset, Flaw::Offset),
            Rule::Hex => self.form(value, form::is_hex, Flaw::Hex),
            Rule::Unit => self.form(value, form::is_unit, Flaw::Unit),
            Rule::Version => self.form(value, form::is_version, Flaw::Version),
            Rule::Number => self.kind(matches!(value, Value::Number(_)), "number", value),
            Rule::Boolean => self.kind(matches!(value, Value::Bool(_)), "boolean", value),
            Rule::Attribute => {
                let fits = matches!(value, Value::Text(_) | Value::Number(_) | Value::Map(_));
                self.kind(fits, "text, number or object", value);
            }
            Rule::OneOf(texts) => self.one_of(texts, value),
            Rule::Word(kind) => self.word(kind, value),
            Rule::List(list) => self.list(list, value),
            Rule::Shape(shape) => {
                if let Some(map) = self.map(value) {
                    self.shape(shape, map);
                }
            }
            Rule::Contexts if value.as_list().is_some() => self.list(&table::CONTEXTS, value),
            Rule::Contexts | Rule::Context if value.as_map().is_some() => {}
            Rule::Contexts | Rule::Context => self.uri(value),
            Rule::Events => self.kind(matches!(value, Value::List(_)), "list", value),
        }
    }

    fn list(&mut self, list: &List, value: &Value) {
        let Value::List(values) = value else {
            return self.kind(false, "list", value);
        };
        if list.filled && values.is_empty() {
            self.fault(Flaw::Empty);
        }
        let mut seen = BTreeSet::new();
        for (index, value) in values.iter().enumerate() {
            self.within(&index.to_string(), |walk| {
                walk.value(list.of, value);
                if list.once && !seen.insert(sorted(value)) {
                    walk.fault(Flaw::Twice(value.as_text().map_or_else(|| value.to_string(), str::to_owned)));
                }
            });
        }
    }

    fn uri(&mut self, value: &Value) {
        let Some(text) = self.text(value) else {
            return;
        };
        if !form::is_uri(text) {
            return self.fault(Flaw::Uri(text.to_owned()));
        }
        if form::is_gs1_key(text) {
            let is_urn = text.starts_with("urn:");
            let error =
                if is_urn { gs1::epc::to_digital_link(text).err() } else { gs1::digital_link::parse(text).err() };
            if let Some(error) = error {
                let (cause, detail) = (error.code(), error.to_string());
                self.doubts.add(&self.at, Flaw::Key { input: text.to_owned(), cause, detail });
            }
        }
    }

    fn word(&mut self, kind: Vocabulary, value: &Value) {
        let Some(text) = self.text(value) else {
            return;
        };
        if kind.words().contains(&text) {
            return;
        }
        let input = text.to_owned();
        match (form::is_uri(text), form::is_reserved(kind, text), bare(kind, text)) {
            (true, false, _) => {}
            (true, true, Some(expected)) => self.fault(Flaw::Reserved { input, expected }),
            (true, true, None) | (false, ..) => self.fault(Flaw::Word(input)),
        }
    }

    fn one_of(&mut self, texts: &[&str], value: &Value) {
        if let Some(text) = self.text(value)
            && !texts.contains(&text)
        {
            self.fault(Flaw::Choice { input: text.to_owned(), expected: texts.join(", ") });
        }
    }

    fn form(&mut self, value: &Value, fits: fn(&str) -> bool, flaw: fn(String) -> Flaw) {
        if let Some(text) = self.text(value)
            && !fits(text)
        {
            self.fault(flaw(text.to_owned()));
        }
    }

    fn text<'v>(&mut self, value: &'v Value) -> Option<&'v str> {
        let text = value.as_text();
        self.kind(text.is_some(), "text", value);
        text
    }

    fn map<'v>(&mut self, value: &'v Value) -> Option<&'v Map> {
        let map = value.as_map();
        self.kind(map.is_some(), "object", value);
        map
    }

    fn kind(&mut self, fits: bool, expected: &'static str, value: &Value) {
        if !fits {
            self.fault(Flaw::Kind { expected, found: kind_of(value) });
        }
    }

    /// Notes a fault where the walk is.
    pub(super) fn fault(&mut self, flaw: Flaw) {
        self.faults.add(&self.at, flaw);
    }

    fn within(&mut self, step: &str, walk: impl FnOnce(&mut Self)) {
        let length = self.at.len();
        self.step(step);
        walk(self);
        self.at.truncate(length);
    }

    /// RFC 6901, section 3: `~` and `/` of a name are written `~0` and `~1`.
    fn step(&mut self, step: &str) {
        self.at.push('/');
        for c in step.chars() {
            match c {
                '~' => self.at.push_str("~0"),
                '/' => self.at.push_str("~1"),
                c => self.at.push(c),
            }
        }
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::Text(_) => "text",
        Value::List(_) => "list",
        Value::Map(_) => "object",
    }
}

/// A value as text with the members of each object in the order of their names: the same text for the same value.
fn sorted(value: &Value) -> String {
    match value {
        Value::Map(map) => {
            let mut members: Vec<String> =
                map.iter().map(|(name, value)| format!("{}:{}", Value::from(name), sorted(value))).collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(","))
        }
        Value::List(list) => format!("[{}]", list.iter().map(sorted).collect::<Vec<_>>().join(",")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => value.to_string(),
    }
}
