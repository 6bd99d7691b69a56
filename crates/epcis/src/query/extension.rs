//! Fields that the standard does not name: where they may stand, and how they are called.

use super::{error::QueryError, value::Test};
use crate::{Map, Value};

/// Parts of an event that may hold extensions: the word of the parameter, and the way to them.
const SCOPES: [(&str, &[&str]); 7] = [
    ("ILMD_", &["ilmd"]),
    ("ERROR_DECLARATION_", &["errorDeclaration"]),
    ("SENSORELEMENT_", &["sensorElementList"]),
    ("SENSORMETADATA_", &["sensorElementList", "sensorMetadata"]),
    ("SENSORREPORT_", &["sensorElementList", "sensorReport"]),
    ("readPoint_", &["readPoint"]),
    ("bizLocation_", &["bizLocation"]),
];

/// The way to the event itself.
const EVENT: &[&str] = &[];

/// What an extension must hold.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Extension {
    /// The way to the object that holds it; none is the event itself.
    scope: &'static [&'static str],
    /// Whether it stands within another extension.
    inner: bool,
    field: Field,
    test: Test,
}

/// The name of a field, compact (`hufu:kind`) or in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field(String);

impl Field {
    /// Reads a name; `None` of one that no extension can have.
    pub(super) fn read(name: &str) -> Option<Field> {
        let is_name = name.split_once(':').is_some_and(|(prefix, local)| !prefix.is_empty() && !local.is_empty());
        is_name.then(|| Field(name.to_owned()))
    }

    /// Whether a member of an event is this field. The prefixes are those of the event's own context.
    fn is(&self, member: &str, event: &Value) -> bool {
        if self.0 == member {
            return true;
        }
        let Some((prefix, local)) = member.split_once(':') else { return false };
        let Some(namespace) = namespace(event, prefix) else { return false };
        let rest = self.0.strip_prefix(namespace).and_then(|rest| rest.strip_suffix(local));
        // The query language writes a `#` between namespace and name (EPCIS 1.2, 8.2.7.1), a context does not.
        matches!(rest, Some("" | "#"))
    }

    /// The value of the field in an event.
    pub(super) fn value<'v>(&self, event: &'v Value) -> Option<&'v Value> {
        event.as_map()?.iter().find(|(member, _)| self.is(member, event)).map(|(_, value)| value)
    }
}

/// The namespace that the context of an event gives to a prefix.
pub(super) fn namespace<'v>(event: &'v Value, prefix: &str) -> Option<&'v str> {
    match event.get("@context")? {
        Value::List(contexts) => contexts.iter().find_map(|context| context.get(prefix)?.as_text()),
        context => context.get(prefix)?.as_text(),
    }
}

impl Extension {
    /// Reads what follows the relation in a parameter's name.
    pub(super) fn read(parameter: &str, rest: &str, test: Test) -> Result<Extension, QueryError> {
        let (inner, rest) = match rest.strip_prefix("INNER_") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let scoped = SCOPES.iter().find_map(|(word, scope)| Some((*scope, rest.strip_prefix(word)?)));
        let (scope, name) = scoped.unwrap_or((EVENT, rest));
        let field = Field::read(name).ok_or_else(|| QueryError::unknown(parameter))?;
        Ok(Extension { scope, inner, field, test })
    }

    /// Whether an event holds it.
    pub(super) fn holds(&self, event: &Value) -> bool {
        let mut holders = Vec::new();
        collect(event, self.scope, &mut holders);
        holders.into_iter().filter_map(Value::as_map).any(|holder| match self.inner {
            false => self.stands_in(holder, event),
            true => holder.iter().any(|(name, value)| name.contains(':') && self.stands_below(value, event)),
        })
    }

    fn stands_in(&self, holder: &Map, event: &Value) -> bool {
        let passes = |value: &Value| match value {
            Value::List(list) => list.iter().any(|one| self.test.holds(one)),
            one => self.test.holds(one),
        };
        holder.iter().any(|(name, value)| self.field.is(name, event) && passes(value))
    }

    /// Within a value, at any depth. Documents are read no deeper than [`crate::MAX_DEPTH`].
    fn stands_below(&self, value: &Value, event: &Value) -> bool {
        match value {
            Value::List(list) => list.iter().any(|one| self.stands_below(one, event)),
            Value::Map(map) => {
                self.stands_in(map, event) || map.iter().any(|(_, inner)| self.stands_below(inner, event))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => false,
        }
    }
}

/// All values at the end of a way through members; lists are walked through. What is null is not there.
pub(super) fn collect<'v>(value: &'v Value, path: &[&str], found: &mut Vec<&'v Value>) {
    match (value, path) {
        (Value::Null, _) => {}
        (Value::List(list), _) => list.iter().for_each(|one| collect(one, path, found)),
        (one, []) => found.push(one),
        (Value::Map(map), [first, rest @ ..]) => {
            if let Some(inner) = map.get(first) {
                collect(inner, rest, found);
            }
        }
        (Value::Bool(_) | Value::Number(_) | Value::Text(_), [_, ..]) => {}
    }
}
