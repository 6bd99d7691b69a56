//! EPCIS events on their way to the ledger: what came is kept byte for byte and anchored, and what it asks for is done,
//! each once, however often an event comes and wherever the program ends in between.
//!
//! [`plan_all`] says what events ask for; [`Book`] keeps what came, and every transaction before it is sent; [`run`] signs
//! and sends. An import of a document and the gateway both go this way.

mod book;
mod run;
mod steps;
mod whose;

use crate::failure::{Failure, Result};
pub(crate) use book::{Book, Content};
use epcis::{
    Captured, EpcisError,
    intent::{self, Asked, Intent},
};
pub(crate) use run::{Outcome, Preview, Work, run};
use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};
pub(crate) use steps::{check_whole, spec, whole};
pub(crate) use whose::{Rule, Verdict, Whose, premises};

/// An act that an event asks for: one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step(Intent);

impl Step {
    /// The word of the act.
    pub(crate) fn act(&self) -> &'static str {
        self.0.act().name()
    }
}

/// What is done with an event beside anchoring it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What is signed, in this order.
    pub(crate) steps: Vec<Step>,
    /// Why what it asks for is not: H1570 to H1572.
    pub(crate) note: Option<Failure>,
}

/// What an event asks for, and whose it is.
#[derive(Default)]
struct Asking {
    whose: Whose,
    intents: Vec<Intent>,
}

/// What is done with the events of one document. What another organisation would have to sign is not asked of this one.
/// Parts of a transformation that are told in several events are done together, in the place of the first.
///
/// An event that stands twice asks once. `book` knows what was done before.
///
/// Errors: the first fault of an event that is not one of EPCIS 2.0, and H156x where it lacks a fact that its act needs, or
/// is a part of a transformation that was done with other parts.
pub(crate) fn plan_all(rule: &Rule, events: &[Captured], book: Option<&Book>) -> Vec<Result<Plan>> {
    let mut names = BTreeSet::new();
    let mut all: Vec<Result<Asking>> = Vec::with_capacity(events.len());
    for event in events {
        let is_first = names.insert(name(event));
        let asking = |Asked { who, intents }| Asking {
            whose: rule.whose(&who),
            intents: if is_first { intents } else { Vec::new() },
        };
        all.push(asked(event).map(asking));
    }
    let mut parts: BTreeMap<String, (Vec<usize>, Asking)> = BTreeMap::new();
    for (place, asking) in all.iter_mut().enumerate() {
        let Ok(asking) = asking else { continue };
        let Some(id) = asking.intents.iter().find_map(transformation).map(str::to_owned) else { continue };
        let (places, whole) = parts.entry(id).or_default();
        places.push(place);
        whole.whose = mem::take(&mut whole.whose).and(asking.whose.clone());
        // A part asks for nothing else: a transformation is one act.
        whole.intents.append(&mut asking.intents);
    }
    let mut plans: Vec<_> = all.into_iter().map(|asking| asking.and_then(|asking| plan(rule, asking))).collect();
    for (id, (places, whole)) in parts {
        let is_done = book.is_some_and(|book| was_done_otherwise(book, events, &places));
        let planned = match is_done {
            true => Err(Failure::new("H1568", [("id", id)])),
            false => plan(rule, whole),
        };
        // It is done in the place of the first part; what is wrong is wrong with each.
        let told = if planned.is_ok() { 1 } else { places.len() };
        for place in places.into_iter().take(told) {
            if let Some(plan) = plans.get_mut(place) {
                *plan = planned.clone();
            }
        }
    }
    plans
}

/// What is done with what an event asks for. Error: H1565 of a transformation that lacks a side.
fn plan(rule: &Rule, Asking { whose, intents }: Asking) -> Result<Plan> {
    match rule.verdict(&whose, &intents) {
        Verdict::Sign => {
            let intents = intent::join(intents).map_err(|error| failure(&error))?;
            let steps = intents.into_iter().filter(|intent| *intent != Intent::Anchor).map(Step).collect();
            Ok(Plan { steps, note: None })
        }
        Verdict::Hold(failure) | Verdict::Leave(failure) => Ok(Plan { steps: Vec::new(), note: Some(failure) }),
    }
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
pub(crate) fn transformation(intent: &Intent) -> Option<&str> {
    match intent {
        Intent::Derive { id, .. } => id.as_deref(),
        _ => None,
    }
}

fn asked(event: &Captured) -> Result<Asked> {
    if let Some(fault) = epcis::check::check(event).into_iter().next() {
        return Err(Failure::new(fault.code, fault.params.into_iter().chain([("at", fault.at)])));
    }
    asks(event)
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

#[cfg(test)]
mod tests {
    use super::*;
    use epcis::{Document, Format};
    use ledger::OrgId;

    #[test]
    fn own_acts_are_planned_and_of_others_it_is_said_why_they_are_not() {
        const OURS: &str = "9521001000017";
        const THEIRS: &str = "9521000000025";
        let event = |kind: &str, place: &str, members: &str| {
            format!(
                r#"{{"type": "{kind}", "eventTime": "2026-05-01T08:00:00Z", "eventTimeZoneOffset": "+00:00",
                "bizLocation": {{"id": "https://id.gs1.org/414/{place}"}}, {members}}}"#
            )
        };
        let lot = r#"[{"epcClass": "https://id.gs1.org/01/09520000102968/10/L1", "quantity": 2, "uom": "KGM"}]"#;
        let used = format!(r#""action": "OBSERVE", "bizStep": "dispensing", "quantityList": {lot}"#);
        let part = |id: &str, list: &str| format!(r#""transformationID": "urn:t:{id}", "{list}": {lot}"#);
        let made = |place: &str, members: &str| event("TransformationEvent", place, members);
        let events = [
            event("ObjectEvent", OURS, &used),
            event("ObjectEvent", THEIRS, &used),
            made(OURS, &part("1", "inputQuantityList")),
            made(THEIRS, &part("1", "outputQuantityList")),
            made(OURS, &part("2", "inputQuantityList")),
            made(OURS, &part("2", "outputQuantityList")),
        ];
        let text = format!(
            r#"{{"@context": ["{}"], "type": "EPCISDocument", "schemaVersion": "2.0",
            "creationDate": "2026-05-01T08:00:00Z", "epcisBody": {{"eventList": [{}]}}}}"#,
            epcis::CONTEXT,
            events.join(",")
        );
        let document = Document::read(text.as_bytes(), Format::Json).unwrap();
        let premises = BTreeSet::from([OURS.parse().unwrap()]);
        let rule = Rule { org: OrgId::default(), premises, own_only: true };
        let plans = plan_all(&rule, &document.events, None);
        let found: Vec<(Vec<&str>, Option<String>)> = plans
            .into_iter()
            .map(|plan| {
                let Plan { steps, note } = plan.unwrap();
                (steps.iter().map(Step::act).collect(), note.map(|note| note.code))
            })
            .collect();
        let noted = |code: &str| Some(code.to_owned());
        let expected = [
            (vec!["use"], None),
            (vec![], noted("H1572")),
            // It is planned with the first part, or not at all.
            (vec![], noted("H1571")),
            (vec![], None),
            (vec!["derive"], None),
            (vec![], None),
        ];
        assert_eq!(found, expected);
    }
}
