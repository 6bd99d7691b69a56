//! From elements to the shape of JSON.

use std::collections::BTreeMap;
use std::ops::Range;

use roxmltree::{Attribute, Document, Node};

use crate::context::{CONTEXT, MAX_NAMESPACE, may_define};
use crate::document::EVENTS;
use crate::error::{EpcisError, shown};
use crate::json::{self, Read};
use crate::source::{MAX_DEPTH, MAX_EVENTS, MAX_MEMBERS};
use crate::value::{Map, Value};
use crate::vocabulary::{Vocabulary, bare};

/// Namespaces of the standard itself. Its elements have none, but for the outermost; some write it on all.
const STANDARD: [&str; 5] = [
    "",
    "urn:epcglobal:epcis:xsd:1",
    "urn:epcglobal:epcis:xsd:2",
    "urn:epcglobal:epcis-query:xsd:1",
    "urn:epcglobal:epcis-query:xsd:2",
];

/// What XML Schema says of an element, as JSON has no need of.
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Fields of a sensor report that are numbers.
const NUMBERS: [&str; 7] = ["value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"];

pub(super) fn document(document: &Document<'_>, base: usize) -> Result<Read, EpcisError> {
    let root = document.root_element();
    let mut shape = Shape::default();
    let (mut captured, mut queried) = (Vec::new(), Vec::new());
    let mut map = match standard(root) {
        Some("EPCISDocument") => {
            let mut body = Map::default();
            if let Some(list) = way(root, &["EPCISBody", "EventList"]) {
                body.insert("eventList", shape.events(list, &mut captured)?);
            }
            envelope("EPCISDocument", root, body)
        }
        Some("EPCISQueryDocument") => {
            let mut results = Map::default();
            for name in ["queryName", "subscriptionID"] {
                if let Some(node) = way(root, &["EPCISBody", "QueryResults", name]) {
                    results.insert(name, text(node));
                }
            }
            let mut found = Map::default();
            if let Some(list) = way(root, &["EPCISBody", "QueryResults", "resultsBody", "EventList"]) {
                found.insert("eventList", shape.events(list, &mut queried)?);
            }
            results.insert("resultsBody", found);
            envelope("EPCISQueryDocument", root, [("queryResults", results)].into_iter().collect())
        }
        Some(name) if EVENTS.contains(&name) => shape.event(root)?,
        Some(_) | None => return Err(EpcisError::NotEpcis { found: shown(root.tag_name().name()) }),
    };
    map.insert("@context", shape.context());
    let shift = |range: Range<usize>| range.start + base..range.end + base;
    Ok(Read {
        value: map.into(),
        whole: shift(root.range()),
        captured: captured.into_iter().map(shift).collect(),
        queried: queried.into_iter().map(shift).collect(),
    })
}

fn envelope(kind: &str, root: Node<'_, '_>, body: Map) -> Map {
    let mut map = Map::default();
    map.insert("type", kind);
    for name in ["schemaVersion", "creationDate"] {
        if let Some(value) = own(root, name) {
            map.insert(name, value.trim());
        }
    }
    map.insert("epcisBody", body);
    map
}

/// The prefixes that the names of the shape need, by their namespaces.
#[derive(Default)]
struct Shape {
    prefixes: BTreeMap<String, String>,
}

impl Shape {
    fn context(&self) -> Value {
        let definitions: Map = self.prefixes.iter().map(|(ns, prefix)| (prefix.as_str(), ns.as_str())).collect();
        if definitions.is_empty() {
            return CONTEXT.into();
        }
        Value::List(vec![CONTEXT.into(), definitions.into()])
    }

    fn events(&mut self, list: Node<'_, '_>, places: &mut Vec<Range<usize>>) -> Result<Value, EpcisError> {
        let mut events = Vec::new();
        for node in members(list) {
            if events.len() == MAX_EVENTS {
                return Err(too_many(node, "events", MAX_EVENTS));
            }
            places.push(node.range());
            events.push(self.event(node)?.into());
        }
        Ok(Value::List(events))
    }

    fn event(&mut self, node: Node<'_, '_>) -> Result<Map, EpcisError> {
        let mut map = Map::default();
        map.insert("type", self.name(node)?);
        for attribute in node.attributes().filter(|attribute| attribute.namespace().is_some()) {
            self.attribute(&mut map, node, attribute)?;
        }
        for child in members(node) {
            let name = self.name(child)?;
            let value = match name.as_str() {
                "epcList" | "childEPCs" | "inputEPCList" | "outputEPCList" => texts(child),
                "quantityList" | "childQuantityList" | "inputQuantityList" | "outputQuantityList" => {
                    self.each(child, Shape::quantity)?
                }
                "bizTransactionList" => self.typed(child, Vocabulary::BusinessTransaction)?,
                "sourceList" | "destinationList" => self.typed(child, Vocabulary::SourceDestination)?,
                "readPoint" | "bizLocation" | "ilmd" => self.object(child)?,
                "persistentDisposition" => self.persistent(child)?,
                "sensorElementList" => self.each(child, Shape::sensor)?,
                "errorDeclaration" => self.declaration(child)?,
                "bizStep" => word(Vocabulary::BizStep, &text(child)),
                "disposition" => word(Vocabulary::Disposition, &text(child)),
                _ => self.anything(child, MAX_DEPTH)?,
            };
            put(&mut map, name, value, child)?;
        }
        Ok(map)
    }

    /// The elements of a list, each read in one way.
    fn each(
        &mut self,
        list: Node<'_, '_>,
        read: fn(&mut Shape, Node<'_, '_>) -> Result<Value, EpcisError>,
    ) -> Result<Value, EpcisError> {
        members(list).into_iter().map(|element| read(self, element)).collect::<Result<Vec<_>, _>>().map(Value::List)
    }

    fn quantity(&mut self, node: Node<'_, '_>) -> Result<Value, EpcisError> {
        let mut map = Map::default();
        for child in members(node) {
            let name = self.name(child)?;
            let value = if name == "quantity" { number(&text(child)) } else { text(child).into() };
            put(&mut map, name, value, child)?;
        }
        Ok(map.into())
    }

    /// `<source type="…">…</source>` is an object with a type and a source.
    fn typed(&mut self, list: Node<'_, '_>, kind: Vocabulary) -> Result<Value, EpcisError> {
        let mut found = Vec::new();
        for child in members(list) {
            let mut map = Map::default();
            if let Some(of) = own(child, "type") {
                map.insert("type", word(kind, of));
            }
            let name = self.name(child)?;
            put(&mut map, name, text(child).into(), child)?;
            found.push(map.into());
        }
        Ok(Value::List(found))
    }

    fn object(&mut self, node: Node<'_, '_>) -> Result<Value, EpcisError> {
        let mut map = Map::default();
        for child in members(node) {
            let name = self.name(child)?;
            let value = self.anything(child, MAX_DEPTH)?;
            put(&mut map, name, value, child)?;
        }
        Ok(map.into())
    }

    fn persistent(&mut self, node: Node<'_, '_>) -> Result<Value, EpcisError> {
        let (mut set, mut unset, mut map) = (Vec::new(), Vec::new(), Map::default());
        for child in members(node) {
            let name = self.name(child)?;
            let value = word(Vocabulary::Disposition, &text(child));
            match name.as_str() {
                "set" => set.push(value),
                "unset" => unset.push(value),
                _ => put(&mut map, name, value, child)?,
            }
        }
        for (name, list) in [("set", set), ("unset", unset)] {
            if !list.is_empty() {
                map.insert(name, list);
            }
        }
        Ok(map.into())
    }

    fn declaration(&mut self, node: Node<'_, '_>) -> Result<Value, EpcisError> {
        let mut map = Map::default();
        for child in members(node) {
            let name = self.name(child)?;
            let value = match name.as_str() {
                "correctiveEventIDs" => texts(child),
                "reason" => word(Vocabulary::ErrorReason, &text(child)),
                _ => self.anything(child, MAX_DEPTH)?,
            };
            put(&mut map, name, value, child)?;
        }
        Ok(map.into())
    }

    /// One `sensorMetadata` and any number of `sensorReport`, their fields written as attributes.
    fn sensor(&mut self, node: Node<'_, '_>) -> Result<Value, EpcisError> {
        let (mut map, mut reports) = (Map::default(), Vec::new());
        for child in members(node) {
            let name = self.name(child)?;
            match name.as_str() {
                "sensorReport" => reports.push(self.attributes(child)?),
                "sensorMetadata" => {
                    let value = self.attributes(child)?;
                    put(&mut map, name, value, child)?;
                }
                _ => {
                    let value = self.anything(child, MAX_DEPTH)?;
                    put(&mut map, name, value, child)?;
                }
            }
        }
        if !reports.is_empty() {
            map.insert("sensorReport", reports);
        }
        Ok(map.into())
    }

    fn attributes(&mut self, node: Node<'_, '_>) -> Result<Value, EpcisError> {
        let mut map = Map::default();
        for attribute in node.attributes() {
            self.attribute(&mut map, node, attribute)?;
        }
        for child in members(node) {
            let name = self.name(child)?;
            let value = self.anything(child, MAX_DEPTH)?;
            put(&mut map, name, value, child)?;
        }
        Ok(map.into())
    }

    /// An attribute as a member; a field of the standard by what it holds.
    fn attribute(&mut self, map: &mut Map, node: Node<'_, '_>, attribute: Attribute<'_, '_>) -> Result<(), EpcisError> {
        let value = attribute.value().trim();
        let (name, value) = match attribute.namespace() {
            Some(SCHEMA_INSTANCE) => return Ok(()),
            Some(namespace) => (self.prefixed(namespace, attribute.name(), node)?, value.into()),
            None => {
                let name = attribute.name();
                let value = match (name, value) {
                    ("type", _) => word(Vocabulary::Measurement, value),
                    ("exception", _) => word(Vocabulary::Alert, value),
                    ("component", _) => word(Vocabulary::Component, value),
                    ("booleanValue", "true" | "1") => true.into(),
                    ("booleanValue", "false" | "0") => false.into(),
                    (name, _) if NUMBERS.contains(&name) => number(value),
                    (_, _) => value.into(),
                };
                (name.to_owned(), value)
            }
        };
        put(map, name, value, node)
    }

    /// An element that the standard does not know: its text, or an object of its attributes and children.
    fn anything(&mut self, node: Node<'_, '_>, depth: usize) -> Result<Value, EpcisError> {
        if depth == 0 {
            let (line, column) = place(node);
            return Err(EpcisError::TooDeep { line, column, max: MAX_DEPTH });
        }
        let mut map = Map::default();
        for attribute in node.attributes() {
            match attribute.namespace() {
                Some(SCHEMA_INSTANCE) => {}
                Some(namespace) => {
                    let name = self.prefixed(namespace, attribute.name(), node)?;
                    put(&mut map, name, attribute.value().trim().into(), node)?;
                }
                None => put(&mut map, attribute.name().to_owned(), attribute.value().trim().into(), node)?,
            }
        }
        for child in node.children().filter(|child| child.is_element() && !is_nil(*child)) {
            let name = self.name(child)?;
            let value = self.anything(child, depth - 1)?;
            put(&mut map, name, value, child)?;
        }
        let text = text(node);
        if map.is_empty() {
            return Ok(text.into());
        }
        if !text.is_empty() {
            put(&mut map, "#text".to_owned(), text.into(), node)?;
        }
        Ok(map.into())
    }

    /// The name of an element: its own, if it is of the standard, else with a prefix before it.
    fn name(&mut self, node: Node<'_, '_>) -> Result<String, EpcisError> {
        match (standard(node), node.tag_name().namespace()) {
            (Some(name), _) => Ok(name.to_owned()),
            (None, namespace) => self.prefixed(namespace.unwrap_or_default(), node.tag_name().name(), node),
        }
    }

    fn prefixed(&mut self, namespace: &str, local: &str, node: Node<'_, '_>) -> Result<String, EpcisError> {
        if let Some(prefix) = self.prefixes.get(namespace) {
            return Ok(format!("{prefix}:{local}"));
        }
        if namespace.len() > MAX_NAMESPACE || !may_define("ns", namespace) || !namespace.contains(':') {
            return Err(EpcisError::ContextTerm { found: shown(namespace) });
        }
        if self.prefixes.len() == MAX_MEMBERS {
            return Err(too_many(node, "namespaces", MAX_MEMBERS));
        }
        let is_free = |prefix: &str| self.prefixes.values().all(|taken| taken != prefix);
        let mut declared = node.namespaces().filter(|known| known.uri() == namespace).filter_map(|known| known.name());
        let own = declared.find(|&prefix| may_define(prefix, namespace) && is_free(prefix));
        let made = || (1..).map(|n: usize| format!("ns{n}")).find(|made| is_free(made.as_str())).unwrap_or_default();
        let prefix = own.map_or_else(made, str::to_owned);
        let name = format!("{prefix}:{local}");
        self.prefixes.insert(namespace.to_owned(), prefix);
        Ok(name)
    }
}

/// The name of an element, if it is of the standard.
fn standard<'a>(node: Node<'_, 'a>) -> Option<&'a str> {
    let name = node.tag_name();
    STANDARD.contains(&name.namespace().unwrap_or_default()).then(|| name.name())
}

/// An attribute of no namespace.
fn own<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let mut attributes = node.attributes();
    attributes.find(|it| it.namespace().is_none() && it.name() == name).map(|it| it.value())
}

/// The element at the end of a way of names.
fn way<'a, 'i>(node: Node<'a, 'i>, names: &[&str]) -> Option<Node<'a, 'i>> {
    let step = |node: Node<'a, 'i>, name: &&str| node.children().find(|child| standard(*child) == Some(*name));
    names.iter().try_fold(node, step)
}

/// The elements in an element, and those in its extensions, of EPCIS 1.x, as if these were not there.
fn members<'a, 'i>(node: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    let mut found = Vec::new();
    let mut open = vec![node.children()];
    while let Some(children) = open.last_mut() {
        match children.next() {
            Some(child) if !child.is_element() || is_nil(child) => {}
            Some(child) if matches!(standard(child), Some("extension" | "baseExtension")) => {
                open.push(child.children())
            }
            Some(child) => found.push(child),
            None => {
                open.pop();
            }
        }
    }
    found
}

/// An element that says it has no value.
fn is_nil(node: Node<'_, '_>) -> bool {
    let nil = node.attribute((SCHEMA_INSTANCE, "nil"));
    matches!(nil, Some("true" | "1")) && !node.children().any(|child| child.is_element())
}

/// The text of an element, without what is within other elements, and without blanks around it.
fn text(node: Node<'_, '_>) -> String {
    let text: String = node.children().filter(Node::is_text).filter_map(|child| child.text()).collect();
    text.trim().to_owned()
}

fn texts(list: Node<'_, '_>) -> Value {
    Value::List(members(list).into_iter().map(|child| text(child).into()).collect())
}

/// A word of a list by itself; any other text as it is.
fn word(kind: Vocabulary, text: &str) -> Value {
    let text = text.trim();
    bare(kind, text).unwrap_or(text).into()
}

/// A number as JSON writes it: XML has signs, zeros and points that JSON does not know. A text, if it is none.
fn number(text: &str) -> Value {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits.trim_start_matches('0');
    let zero = if digits.starts_with(|c: char| c.is_ascii_digit()) { "" } else { "0" };
    let plain = format!("{sign}{zero}{digits}");
    let plain = plain.strip_suffix('.').unwrap_or(&plain);
    if json::is_number(text) {
        Value::Number(text.to_owned())
    } else if text.contains(|c: char| c.is_ascii_digit()) && json::is_number(plain) {
        Value::Number(plain.to_owned())
    } else {
        text.into()
    }
}

/// Adds a member; of a name that is there already, the values become a list.
fn put(map: &mut Map, name: String, value: Value, node: Node<'_, '_>) -> Result<(), EpcisError> {
    if let Some(known) = map.get_mut(&name) {
        match known {
            Value::List(list) => list.push(value),
            single => {
                let first = std::mem::replace(single, Value::Null);
                *single = Value::List(vec![first, value]);
            }
        }
        return Ok(());
    }
    if map.len() == MAX_MEMBERS {
        return Err(too_many(node, "members of one element", MAX_MEMBERS));
    }
    map.push(name, value);
    Ok(())
}

fn place(node: Node<'_, '_>) -> (usize, usize) {
    let place = node.document().text_pos_at(node.range().start);
    (place.row as usize, place.col as usize)
}

fn too_many(node: Node<'_, '_>, what: &'static str, max: usize) -> EpcisError {
    let (line, column) = place(node);
    EpcisError::TooMany { line, column, what, max }
}
