//! Why an event cannot be read as an act.

use gs1::CodeError;

/// An event says something that the ledger could do, and lacks what it takes. `at` is where: a JSON pointer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// A fact is missing.
    #[error("find {at}, which the act {act} needs")]
    Missing {
        /// The act.
        act: &'static str,
        /// Where the fact would stand.
        at: String,
    },
    /// A word that is no act, or an act that an event cannot ask for.
    #[error("take {input:?} as an act that an event can ask for")]
    Act {
        /// The word.
        input: String,
    },
    /// A value that is not of its form.
    #[error("read {input:?} at {at} as {expected}")]
    Form {
        /// Where.
        at: String,
        /// What stands there.
        input: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// A code, a GLN or a quantity that cannot be read.
    #[error("read the code at {at}")]
    Code {
        /// Where.
        at: String,
        /// Why.
        source: CodeError,
    },
    /// An act that events of this type do not ask for.
    #[error("read the act {act} from an event of type {kind}")]
    Type {
        /// The act.
        act: &'static str,
        /// The type of the event.
        kind: String,
    },
    /// A derivation of which one side is missing.
    #[error("find the {missing} of the transformation {id:?}")]
    Half {
        /// Its `transformationID`.
        id: String,
        /// `inputs` or `outputs`.
        missing: &'static str,
    },
    /// Several parties where one is needed.
    #[error("find one party at {at}, not several")]
    Twice {
        /// Where.
        at: String,
    },
    /// A fact that is said in two ways, so that either would be a guess.
    #[error("find one value at {at}, where the event says two")]
    Unclear {
        /// Where.
        at: String,
    },
}

impl AskError {
    /// The stable code, H1560 to H1566 and H1569.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            AskError::Missing { .. } => "H1560",
            AskError::Act { .. } => "H1561",
            AskError::Form { .. } => "H1562",
            AskError::Code { .. } => "H1563",
            AskError::Type { .. } => "H1564",
            AskError::Half { .. } => "H1565",
            AskError::Twice { .. } => "H1566",
            AskError::Unclear { .. } => "H1569",
        }
    }

    /// Its values, by name.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            AskError::Missing { act, at } => vec![("act", (*act).to_owned()), ("at", at.clone())],
            AskError::Act { input } => vec![("input", input.clone())],
            AskError::Form { at, input, expected } => {
                vec![("at", at.clone()), ("input", input.clone()), ("expected", (*expected).to_owned())]
            }
            AskError::Code { at, source } => {
                vec![("at", at.clone()), ("reason", source.code().to_owned()), ("detail", source.to_string())]
            }
            AskError::Type { act, kind } => vec![("act", (*act).to_owned()), ("kind", kind.clone())],
            AskError::Half { id, missing } => vec![("id", id.clone()), ("missing", (*missing).to_owned())],
            AskError::Twice { at } | AskError::Unclear { at } => vec![("at", at.clone())],
        }
    }
}
