//! Why a query is not answered.

use thiserror::Error;

/// The longest piece of a query that an error repeats, in characters.
const SHOWN: usize = 80;

/// What is wrong with a query. `name` is the parameter.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the fields are explained once, above and by the messages")]
pub enum QueryError {
    /// No parameter of the standard has this name.
    #[error("{name:?} is no parameter of a query")]
    Unknown { name: String },
    /// A value that is not of the parameter's form.
    #[error("{input:?} at {name} is not {expected}")]
    Value { name: String, input: String, expected: &'static str },
    /// A parameter that takes one value has several.
    #[error("{name} takes one value and has several")]
    Several { name: String },
    /// Two parameters of which one excludes or needs the other.
    #[error("{name} does not go with {other}")]
    Together { name: String, other: &'static str },
    /// A parameter that asks for master data.
    #[error("{name} asks for master data, and none is kept here")]
    MasterData { name: String },
    /// More parameters or values than the bound, or a longer one.
    #[error("the query has more than {max} {what}")]
    TooMuch { what: &'static str, max: usize },
    /// A JSON query that is not of its form.
    #[error("the query is not of its form at {at}")]
    Form { at: String },
}

impl QueryError {
    /// The stable code, H1680 to H1686.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            QueryError::Unknown { .. } => "H1680",
            QueryError::Value { .. } => "H1681",
            QueryError::Several { .. } => "H1682",
            QueryError::Together { .. } => "H1683",
            QueryError::MasterData { .. } => "H1684",
            QueryError::TooMuch { .. } => "H1685",
            QueryError::Form { .. } => "H1686",
        }
    }

    /// Its values, by name.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            QueryError::Unknown { name } | QueryError::Several { name } | QueryError::MasterData { name } => {
                vec![("name", name.clone())]
            }
            QueryError::Value { name, input, expected } => {
                vec![("name", name.clone()), ("input", input.clone()), ("expected", (*expected).to_owned())]
            }
            QueryError::Together { name, other } => vec![("name", name.clone()), ("other", (*other).to_owned())],
            QueryError::TooMuch { what, max } => vec![("what", (*what).to_owned()), ("max", max.to_string())],
            QueryError::Form { at } => vec![("at", at.clone())],
        }
    }

    pub(super) fn unknown(name: &str) -> QueryError {
        QueryError::Unknown { name: shown(name) }
    }

    pub(super) fn value(name: &str, input: &str, expected: &'static str) -> QueryError {
        QueryError::Value { name: shown(name), input: shown(input), expected }
    }

    pub(super) fn form(at: &str) -> QueryError {
        QueryError::Form { at: shown(at) }
    }
}

/// The beginning of a text, so that no error is as long as the query that it complains of.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(SHOWN).collect()
}
