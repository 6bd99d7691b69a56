//! What EPCIS events ask of the ledger, as acts in words: the gateway and `import epcis` both take them from here.

mod steps;

use crate::failure::{Failure, Result};
use epcis::{
    Captured, EpcisError,
    intent::{self, Intent},
};
pub(crate) use steps::{check_whole, spec, whole};

/// What an event asks for. One that tells of what a ledger holds, as exported events do, asks for nothing: it is done.
pub(crate) fn intents(event: &Captured) -> Result<Vec<Intent>> {
    match intent::is_told(event) {
        true => Ok(vec![Intent::Anchor]),
        false => intent::of(event).map_err(|error| failure(&error)),
    }
}

/// The failure of a document or an event.
pub(crate) fn failure(error: &EpcisError) -> Failure {
    Failure::new(error.code(), error.params())
}
