//! EPCIS events on their way to the ledger: what came is kept byte for byte and anchored, and what it asks for is done,
//! each once, however often an event comes and wherever the program ends in between.
//!
//! [`plan`] says what an event asks for; [`Book`] keeps what came, and every transaction before it is sent; [`run`] signs
//! and sends. An import of a document and the gateway both go this way.

mod book;
mod run;
mod steps;

use crate::{
    failure::{Failure, Result},
    session::Session,
};
pub(crate) use book::{Book, Content};
use epcis::{
    Captured, EpcisError,
    intent::{self, Intent},
};
pub(crate) use run::{Outcome, Preview, Work, run};
use std::collections::{BTreeMap, BTreeSet};
pub(crate) use steps::{check_whole, spec, whole};

/// An act that an event asks for: one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step(Intent);

impl Step {
    /// The word of the act.
    pub(crate) fn act(&self) -> &'static str {
        steps::act(&self.0).name()
    }
}

/// What the events of one document ask of the ledger, for each in the order in which it is done; nothing where it is only
/// anchored. What another organisation would have to sign is not asked of this one. Parts of a transformation that are told
/// in several events are done together, in the place of the first.
///
/// An event that stands twice asks once. `book` knows what was done before.
///
/// Errors: the first fault of an event that is not one of EPCIS 2.0, and H156x where it lacks a fact that its act needs, or
/// is a part of a transformation that was done with other parts.
pub(crate) fn plan_all(session: &Session, events: &[Captured], book: Option<&Book>) -> Vec<Result<Vec<Step>>> {
    let mut names = BTreeSet::new();
    let mut all: Vec<Result<Vec<Intent>>> = Vec::with_capacity(events.len());
    for event in events {
        let is_first = names.insert(name(event));
        all.push(asked(event).map(|intents| if is_first { intents } else { Vec::new() }));
    }
    let mut parts: BTreeMap<String, Vec<(usize, Intent)>> = BTreeMap::new();
    for (place, intents) in all.iter_mut().enumerate() {
        let Ok(intents) = intents else { continue };
        let (shared, own): (Vec<_>, Vec<_>) = intents.drain(..).partition(|intent| transformation(intent).is_some());
        *intents = own;
        for intent in shared {
            let id = transformation(&intent).unwrap_or_default().to_owned();
            parts.entry(id).or_default().push((place, intent));
        }
    }
    for (id, parts) in parts {
        let places: Vec<usize> = parts.iter().map(|(place, _)| *place).collect();
        let first = places.first().copied().unwrap_or_default();
        let is_done = book.is_some_and(|book| was_done_otherwise(book, events, &places));
        let joined = match is_done {
            true => Err(Failure::new("H1568", [("id", id)])),
            false => {
                let parts = parts.into_iter().map(|(_, intent)| intent).collect();
                intent::join(parts).map_err(|error| failure(&error))
            }
        };
        match joined {
            Ok(whole) => {
                if let Some(Ok(intents)) = all.get_mut(first) {
                    intents.extend(whole);
                }
            }
            Err(failure) => {
                for place in places {
                    if let Some(intents) = all.get_mut(place) {
                        *intents = Err(failure.clone());
                    }
                }
            }
        }
    }
    let whole = |intents: Vec<Intent>| intent::join(intents).map_err(|error| failure(&error));
    all.into_iter().map(|intents| intents.and_then(whole).and_then(|whole| steps_of(session, whole))).collect()
}

/// Whether a transformation whose parts stand at these places was done with other parts, or in the place of another part:
/// it would be done twice, or not as it is told now.
fn was_done_otherwise(book: &Book, events: &[Captured], places: &[usize]) -> bool {
    let known = |place: &usize| events.get(*place).and_then(|event| book.look(event).ok());
    let is_done = |place: &usize| known(place).is_some_and(|(content, _)| book.step(&content, 0).is_some());
    let is_kept = |place: &usize| known(place).is_some_and(|(_, is_kept)| is_kept);
    match places {
        [] => false,
        [first, rest @ ..] => rest.iter().any(is_done) || (is_done(first) && !rest.iter().all(is_kept)),
    }
}

/// What an event is known by: the identity that it states, or its event hash. A declaration that an event was wrong has the
/// identity of that event, and is another one. None where it has neither: then its bytes tell.
fn identity(event: &Captured) -> Option<String> {
    let stated = event.value.get("eventID").and_then(|id| id.as_text()).map(str::to_owned);
    let id = stated.or_else(|| epcis::hash::hash(event).ok())?;
    Some(match event.value.get("errorDeclaration").is_some() {
        true => format!("{id}\u{0}declaration"),
        false => id,
    })
}

/// The same, of every event.
fn name(event: &Captured) -> String {
    identity(event).unwrap_or_else(|| blake3::hash(&event.bytes).to_string())
}

/// The transformation of which an intent is a part.
fn transformation(intent: &Intent) -> Option<&str> {
    match intent {
        Intent::Derive { id, .. } => id.as_deref(),
        _ => None,
    }
}

fn asked(event: &Captured) -> Result<Vec<Intent>> {
    if let Some(fault) = epcis::check::check(event).into_iter().next() {
        return Err(Failure::new(fault.code, fault.params.into_iter().chain([("at", fault.at)])));
    }
    intents(event)
}

/// What an event asks for. One that tells of what a ledger holds, as exported events do, asks for nothing: it is done.
pub(crate) fn intents(event: &Captured) -> Result<Vec<Intent>> {
    match intent::is_told(event) {
        true => Ok(vec![Intent::Anchor]),
        false => intent::of(event).map_err(|error| failure(&error)),
    }
}

fn steps_of(session: &Session, intents: Vec<Intent>) -> Result<Vec<Step>> {
    let org = session.key_header()?.org;
    let is_own = |intent: &Intent| match intent {
        Intent::Anchor => false,
        Intent::Offer { from: Some(party), .. } => party.id() == org,
        _ => true,
    };
    Ok(intents.into_iter().filter(is_own).map(Step).collect())
}

/// The failure of a document or an event.
pub(crate) fn failure(error: &EpcisError) -> Failure {
    Failure::new(error.code(), error.params())
}
