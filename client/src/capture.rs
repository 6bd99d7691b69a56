//! What EPCIS events ask of the ledger, and whose act it is: the gateway and `import epcis` both take them from here.

mod steps;
mod whose;

use crate::failure::{Failure, Result};
use epcis::{
    Captured, EpcisError,
    intent::{self, Asked, Intent},
};
pub(crate) use steps::{check_whole, spec, whole};
pub(crate) use whose::{Rule, Verdict, Whose, premises};

/// The transformation of which an intent is a part.
pub(crate) fn transformation(intent: &Intent) -> Option<&str> {
    match intent {
        Intent::Derive { id, .. } => id.as_deref(),
        _ => None,
    }
}

/// What an event asks for, and of whom. One that tells of what a ledger holds, as exported events do, asks for nothing: it
/// is done.
pub(crate) fn asks(event: &Captured) -> Result<Asked> {
    match intent::is_told(event) {
        true => Ok(Asked::default()),
        false => intent::of(event).map_err(|error| failure(&error)),
    }
}

/// The failure of a document or an event.
pub(crate) fn failure(error: &EpcisError) -> Failure {
    Failure::new(error.code(), error.params())
}
