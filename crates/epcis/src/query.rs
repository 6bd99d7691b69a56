//! The simple event query of EPCIS 2.0 (8.2.7.1): its parameters, and which events it asks for, as
//! `docs/formats/epcis-query.md` says.
//!
//! A query is read once and asked of one event after another. Identifiers are compared by their canonical Digital Link,
//! words by their place on the web, so that it does not matter in which form query and event write them.
//!
//! Deliberately absent: master data (descendants of places, attributes), and the conversion of units of measure.

mod error;
mod extension;
mod name;
mod parameter;
#[cfg(test)]
mod tests;
mod value;

use crate::{Value, uri};
pub use error::QueryError;
use extension::{Field, collect, namespace};
use gs1::ItemCode;
use parameter::{Condition, one};
use std::cmp::Ordering;

/// Most parameters of a query.
pub const MAX_PARAMETERS: usize = 64;
/// Most values of all parameters together.
pub const MAX_QUERY_VALUES: usize = 512;
/// Longest name or value, in bytes.
pub const MAX_VALUE_BYTES: usize = 2_048;
/// Events of a page that is not told otherwise.
pub const PER_PAGE: usize = 30;
/// Most events of a page.
pub const MAX_PER_PAGE: usize = 1_000;

/// A simple event query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    conditions: Vec<Condition>,
    order: Option<Order>,
    descending: Option<bool>,
    first: Option<usize>,
    most: Option<usize>,
    per_page: Option<usize>,
    token: Option<String>,
}

/// By what results are ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Order {
    /// A time of the standard.
    Time(&'static str),
    /// An extension.
    Extension(Field),
}

/// Which items the events that a query asks for are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Any.
    All,
    /// Those that carry one of these codes.
    Carriers(Vec<ItemCode>),
    /// Those too that were in a unit that carries one.
    CarriersAndContents(Vec<ItemCode>),
}

/// Names that an event may hold many of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// EPCs and classes of objects.
    Epcs,
    /// The business location.
    BizLocations,
    /// The read point.
    ReadPoints,
}

/// What results are ordered by. A kind of value that is not there comes first.
enum Key {
    Missing,
    Time(jiff::Timestamp),
    Number(f64),
    Text(String),
}

impl Query {
    /// Reads the parameters of a URL, percent-decoded. Values of a list stand behind one another with `|` between, or
    /// each with the name before it.
    ///
    /// # Errors
    /// [`QueryError`], of the first parameter that is wrong.
    pub fn read(pairs: &[(String, String)]) -> Result<Query, QueryError> {
        let mut parameters: Vec<(String, Vec<String>)> = Vec::new();
        for (name, value) in pairs {
            let values = value.split('|').map(str::to_owned);
            match parameters.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => known.extend(values),
                None => parameters.push((name.clone(), values.collect())),
            }
            if parameters.len() > MAX_PARAMETERS {
                return Err(QueryError::TooMuch { what: "parameters", max: MAX_PARAMETERS });
            }
        }
        Query::of(parameters)
    }

    /// Reads a query as the published schema of queries has it: an object of parameters, lists as lists. Prefixes that
    /// its `@context` defines stand for their namespaces.
    ///
    /// # Errors
    /// [`QueryError`], as of [`Query::read`]; [`QueryError::Form`] where it is no such object.
    pub fn read_json(query: &Value) -> Result<Query, QueryError> {
        let map = query.as_map().ok_or_else(|| QueryError::form("the query"))?;
        let mut parameters = Vec::new();
        for (name, value) in map.iter().filter(|(name, _)| *name != "@context") {
            let text = |value: &Value| match value {
                Value::Null => Ok(String::new()),
                value => value::text(value).ok_or_else(|| QueryError::form(name)),
            };
            let mut values = match value {
                Value::List(list) => list.iter().map(text).collect::<Result<Vec<String>, QueryError>>()?,
                value => vec![text(value)?],
            };
            if name == "orderBy" {
                values.iter_mut().for_each(|value| *value = in_full(value, query));
            }
            parameters.push((in_full(name, query), values));
        }
        Query::of(parameters)
    }

    fn of(parameters: Vec<(String, Vec<String>)>) -> Result<Query, QueryError> {
        let values = parameters.iter().map(|(_, values)| values.len()).sum::<usize>();
        let mut texts = parameters.iter().flat_map(|(name, values)| values.iter().chain([name]));
        if parameters.len() > MAX_PARAMETERS {
            return Err(QueryError::TooMuch { what: "parameters", max: MAX_PARAMETERS });
        }
        if values > MAX_QUERY_VALUES {
            return Err(QueryError::TooMuch { what: "values", max: MAX_QUERY_VALUES });
        }
        if texts.any(|text| text.len() > MAX_VALUE_BYTES) {
            return Err(QueryError::TooMuch { what: "bytes in one value", max: MAX_VALUE_BYTES });
        }
        let mut query = Query::default();
        for (name, values) in &parameters {
            query.take(name, values)?;
        }
        query.check()?;
        Ok(query)
    }

    fn take(&mut self, name: &str, values: &[String]) -> Result<(), QueryError> {
        match name {
            "orderBy" => self.order = Some(Order::read(one(name, values)?)?),
            "orderDirection" => {
                self.descending = Some(match one(name, values)? {
                    "ASC" => false,
                    "DESC" => true,
                    other => return Err(QueryError::value(name, other, "ASC or DESC")),
                });
            }
            "eventCountLimit" => self.first = Some(count(name, one(name, values)?, usize::MAX)?),
            "maxEventCount" => self.most = Some(count(name, one(name, values)?, usize::MAX)?),
            "perPage" => self.per_page = Some(count(name, one(name, values)?, MAX_PER_PAGE)?),
            "nextPageToken" => self.token = Some(one(name, values)?.to_owned()),
            _ => self.conditions.extend(Condition::read(name, values)?),
        }
        Ok(())
    }

    fn check(&self) -> Result<(), QueryError> {
        let clash = |name: &str, other| Err(QueryError::Together { name: name.to_owned(), other });
        match (self.first, self.most) {
            (Some(_), Some(_)) => clash("eventCountLimit", "maxEventCount"),
            (Some(_), None) if self.order.is_none() => clash("eventCountLimit", "a missing orderBy"),
            (Some(_) | None, _) => Ok(()),
        }
    }

    /// This query and what another asks besides; pages are the other's, order and count too where it says them.
    ///
    /// # Errors
    /// [`QueryError::Together`] where the two say what does not go together.
    pub fn and(mut self, other: Query) -> Result<Query, QueryError> {
        let Query { conditions, order, descending, first, most, per_page, token } = other;
        self.conditions.extend(conditions);
        self.order = order.or(self.order);
        self.descending = descending.or(self.descending);
        self.first = first.or(self.first);
        self.most = most.or(self.most);
        self.per_page = per_page.or(self.per_page);
        self.token = token;
        self.check()?;
        Ok(self)
    }

    /// Whether an event, as JSON-LD has it, is asked for.
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        self.conditions.iter().all(|condition| condition.holds(event))
    }

    /// Whether the answer has an order or a bound, so that all events must be known before the first is told.
    #[must_use]
    pub fn asks_for_all(&self) -> bool {
        self.order.is_some() || self.most.is_some()
    }

    /// Which of two events comes first; equal where no order is asked for.
    #[must_use]
    pub fn compare(&self, one: &Value, other: &Value) -> Ordering {
        let Some(order) = &self.order else { return Ordering::Equal };
        let ordering = order.key(one).compare(&order.key(other));
        match self.descending.unwrap_or(true) {
            true => ordering.reverse(),
            false => ordering,
        }
    }

    /// How many of the first events are wanted at all.
    #[must_use]
    pub fn event_count_limit(&self) -> Option<usize> {
        self.first
    }

    /// More events than this are an error.
    #[must_use]
    pub fn max_event_count(&self) -> Option<usize> {
        self.most
    }

    /// Events of a page.
    #[must_use]
    pub fn per_page(&self) -> usize {
        self.per_page.unwrap_or(PER_PAGE)
    }

    /// The token of the page that is asked for.
    #[must_use]
    pub fn next_page_token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Whether it asks for something else than a page of everything.
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        !self.conditions.is_empty() || self.asks_for_all()
    }

    /// Which items its events are about, as far as a name in it tells: the shortest list, where several do.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let mut found = Scope::All;
        for (names, parents) in self.conditions.iter().filter_map(parameter::names) {
            let Some(names) = names.iter().map(name::Name::one).collect::<Option<Vec<&str>>>() else { continue };
            // No code leads to what was in a unit that is named by its identity.
            if parents && names.iter().any(|name| uri::is_item(name)) {
                continue;
            }
            let codes: Vec<ItemCode> = names.into_iter().filter_map(code).collect();
            let is_shorter = match &found {
                Scope::All => true,
                Scope::Carriers(known) => !parents && codes.len() < known.len(),
                Scope::CarriersAndContents(_) => !parents,
            };
            if is_shorter {
                found = if parents { Scope::CarriersAndContents(codes) } else { Scope::Carriers(codes) };
            }
        }
        found
    }
}

/// The code of an item that a URI names; none where the ledger traces no such thing.
#[must_use]
pub fn code(uri: &str) -> Option<ItemCode> {
    uri::code(uri).ok().flatten()
}

/// The parameter that asks for all events of what a URI names: a class has its own.
#[must_use]
pub fn parameter_of(uri: &str) -> &'static str {
    match code(uri) {
        Some(ItemCode::Lot { .. } | ItemCode::Other { .. }) => "MATCH_anyEPCClass",
        Some(ItemCode::Serial { .. } | ItemCode::Unit { .. }) | None => "MATCH_anyEPC",
    }
}

/// The parameters whose names are fixed.
pub fn fixed_parameters() -> impl Iterator<Item = String> {
    let around = ["orderBy", "orderDirection", "eventCountLimit", "maxEventCount", "perPage", "nextPageToken"];
    parameter::fixed().chain(around.map(str::to_owned))
}

/// The names of a kind that an event holds, in their one form.
#[must_use]
pub fn held(event: &Value, kind: Held) -> Vec<String> {
    let paths: &[&[&str]] = match kind {
        Held::Epcs => &[
            &["epcList"],
            &["childEPCs"],
            &["parentID"],
            &["inputEPCList"],
            &["outputEPCList"],
            &["quantityList", "epcClass"],
            &["childQuantityList", "epcClass"],
            &["inputQuantityList", "epcClass"],
            &["outputQuantityList", "epcClass"],
        ],
        Held::BizLocations => &[&["bizLocation", "id"]],
        Held::ReadPoints => &[&["readPoint", "id"]],
    };
    let mut values = Vec::new();
    paths.iter().for_each(|path| collect(event, path, &mut values));
    values.into_iter().filter_map(Value::as_text).map(name::canonical).collect()
}

impl Condition {
    fn holds(&self, event: &Value) -> bool {
        let at = |paths: &[&[&str]]| {
            let mut values = Vec::new();
            paths.iter().for_each(|path| collect(event, path, &mut values));
            values
        };
        match self {
            Condition::Field { paths, test } => at(paths).into_iter().any(|value| test.holds(value)),
            Condition::Part { paths, kind, member, test } => at(paths).into_iter().any(|part| {
                let says = part.get(kind.member).and_then(Value::as_text).map(|text| kind.form.normal(text));
                says.as_ref() == Some(&kind.value) && part.get(member).is_some_and(|value| test.holds(value))
            }),
            Condition::Extension(extension) => extension.holds(event),
        }
    }
}

impl Order {
    fn read(name: &str) -> Result<Order, QueryError> {
        match name {
            "eventTime" => Ok(Order::Time("eventTime")),
            "recordTime" => Ok(Order::Time("recordTime")),
            _ => parameter::order_field(name).map(Order::Extension),
        }
    }

    fn key(&self, event: &Value) -> Key {
        let found = match self {
            Order::Time(field) => {
                return event.get(field).and_then(Value::as_text).and_then(value::time).map_or(Key::Missing, Key::Time);
            }
            Order::Extension(field) => field.value(event),
        };
        match found {
            Some(Value::Number(text)) => value::number(text).map_or(Key::Missing, Key::Number),
            Some(Value::Text(text)) => Key::Text(text.clone()),
            Some(Value::Bool(flag)) => Key::Text(flag.to_string()),
            Some(Value::Null | Value::List(_) | Value::Map(_)) | None => Key::Missing,
        }
    }
}

impl Key {
    fn rank(&self) -> u8 {
        match self {
            Key::Missing => 0,
            Key::Time(_) => 1,
            Key::Number(_) => 2,
            Key::Text(_) => 3,
        }
    }

    fn compare(&self, other: &Key) -> Ordering {
        match (self, other) {
            (Key::Time(one), Key::Time(other)) => one.cmp(other),
            (Key::Number(one), Key::Number(other)) => one.total_cmp(other),
            (Key::Text(one), Key::Text(other)) => one.cmp(other),
            (one, other) => one.rank().cmp(&other.rank()),
        }
    }
}

fn count(name: &str, text: &str, most: usize) -> Result<usize, QueryError> {
    let expected = if most == MAX_PER_PAGE { "a number from 1 to 1,000" } else { "a number from 1" };
    let found = text.parse::<usize>().ok().filter(|count| (1..=most).contains(count));
    found.ok_or_else(|| QueryError::value(name, text, expected))
}

/// The name of a parameter with the namespace in the place of a prefix that the query defines.
fn in_full(name: &str, query: &Value) -> String {
    let Some((before, local)) = name.split_once(':') else { return name.to_owned() };
    let at = before.rfind('_').map_or(0, |at| at.saturating_add(1));
    let (words, prefix) = before.split_at_checked(at).unwrap_or(("", before));
    match namespace(query, prefix) {
        Some(namespace) => format!("{words}{namespace}{local}"),
        None => name.to_owned(),
    }
}
