//! Values of events held against values of a query.

use super::{
    error::QueryError,
    name::{Name, canonical},
};
use crate::{
    Value,
    vocabulary::{Vocabulary, web_uri},
};
use std::cmp::Ordering;

/// How a text is read before it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    Plain,
    /// `ADD`, `OBSERVE` or `DELETE`.
    Action,
    /// A word of a list, in whichever of its forms.
    Word(Vocabulary),
    /// An identifier.
    Name,
    /// An identifier, or a pattern of identifiers.
    Pattern,
    /// A number.
    Number,
    /// A time.
    Time,
    /// `true` or `false`.
    Flag,
    /// Of an extension, whose type nobody told: a number where both are one, a time where both are, else a text.
    Any,
}

/// How a value must stand to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Greater,
    AtLeast,
    Less,
    AtMost,
}

/// What a value is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operand {
    Time(jiff::Timestamp),
    Number(f64),
}

/// What must hold of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// It is there.
    Exists,
    /// It is one of these, which are in the normal form.
    Among(Form, Vec<String>),
    /// One of these covers it.
    Names(Vec<Name>),
    /// It stands so to another value.
    Against(Relation, Operand),
}

impl Relation {
    /// The relation that a parameter begins with.
    pub(super) fn read(word: &str) -> Option<Relation> {
        match word {
            "EQ" => Some(Relation::Equal),
            "GT" => Some(Relation::Greater),
            "GE" => Some(Relation::AtLeast),
            "LT" => Some(Relation::Less),
            "LE" => Some(Relation::AtMost),
            _ => None,
        }
    }

    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Relation::Equal => ordering.is_eq(),
            Relation::Greater => ordering.is_gt(),
            Relation::AtLeast => ordering.is_ge(),
            Relation::Less => ordering.is_lt(),
            Relation::AtMost => ordering.is_le(),
        }
    }
}

impl Form {
    /// The one form of a text that means the same in several.
    pub(super) fn normal(self, text: &str) -> String {
        match self {
            Form::Plain | Form::Action | Form::Flag => text.to_owned(),
            Form::Word(list) => web_uri(list, text).unwrap_or_else(|| canonical(text)),
            Form::Name | Form::Pattern => canonical(text),
            Form::Number => number(text).map_or_else(|| text.to_owned(), plain),
            Form::Time => time(text).map_or_else(|| text.to_owned(), |time| time.to_string()),
            Form::Any => match (number(text), time(text)) {
                (Some(number), _) => plain(number),
                (None, Some(time)) => time.to_string(),
                (None, None) => canonical(text),
            },
        }
    }

    /// What belongs where a value is not of the form.
    fn refuses(self, text: &str) -> Option<&'static str> {
        let (holds, expected) = match self {
            Form::Action => (["ADD", "OBSERVE", "DELETE"].contains(&text), "ADD, OBSERVE or DELETE"),
            Form::Number => (number(text).is_some(), "a number"),
            Form::Time => (time(text).is_some(), "a time with an offset, such as 2026-11-21T08:00:00Z"),
            Form::Flag => (["true", "false"].contains(&text), "true or false"),
            Form::Plain | Form::Word(_) | Form::Name | Form::Pattern | Form::Any => (!text.is_empty(), "a text"),
        };
        (!holds).then_some(expected)
    }
}

impl Operand {
    /// Reads the value of a parameter.
    pub(super) fn read(parameter: &str, form: Form, text: &str) -> Result<Operand, QueryError> {
        let (number, time) = (number(text).map(Operand::Number), time(text).map(Operand::Time));
        let (found, expected) = match form {
            Form::Time => (time, "a time with an offset, such as 2026-11-21T08:00:00Z"),
            Form::Number => (number, "a number"),
            Form::Plain | Form::Action | Form::Word(_) | Form::Name | Form::Pattern | Form::Flag | Form::Any => {
                (number.or(time), "a number, or a time with an offset")
            }
        };
        found.ok_or_else(|| QueryError::value(parameter, text, expected))
    }

    fn ordering_of(self, value: &Value) -> Option<Ordering> {
        let text = text(value)?;
        match self {
            Operand::Time(time_asked) => Some(time(&text)?.cmp(&time_asked)),
            Operand::Number(asked) => number(&text)?.partial_cmp(&asked),
        }
    }
}

impl Test {
    /// That a value is one of some.
    pub(super) fn among(parameter: &str, form: Form, values: &[String]) -> Result<Test, QueryError> {
        for value in values {
            if let Some(expected) = form.refuses(value) {
                return Err(QueryError::value(parameter, value, expected));
            }
        }
        if form != Form::Pattern {
            return Ok(Test::Among(form, values.iter().map(|value| form.normal(value)).collect()));
        }
        let refused = |value: &str| QueryError::value(parameter, value, "an identifier or a pattern of identifiers");
        let names = values.iter().map(|value| Name::read(value).ok_or_else(|| refused(value)));
        names.collect::<Result<Vec<Name>, QueryError>>().map(Test::Names)
    }

    /// Whether a value passes.
    pub(super) fn holds(&self, value: &Value) -> bool {
        match self {
            Test::Exists => true,
            Test::Among(form, values) => {
                text(value).map(|text| form.normal(&text)).is_some_and(|text| values.contains(&text))
            }
            Test::Names(names) => text(value).is_some_and(|text| {
                let canonical = canonical(&text);
                names.iter().any(|name| name.covers(&canonical))
            }),
            Test::Against(relation, operand) => {
                operand.ordering_of(value).is_some_and(|ordering| relation.holds(ordering))
            }
        }
    }
}

/// The text of a value that has one.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// A decimal number, as xsd:double has it.
pub(super) fn number(text: &str) -> Option<f64> {
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse::<f64>().ok().filter(|number| is_decimal && number.is_finite())
}

/// Zero has no sign here.
fn plain(number: f64) -> String {
    (number + 0.0).to_string()
}

/// A time with an offset.
pub(super) fn time(text: &str) -> Option<jiff::Timestamp> {
    text.parse().ok()
}
