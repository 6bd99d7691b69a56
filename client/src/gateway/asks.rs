//! What an event asks of the ledger, as the acts of our act files: what a job keeps, and what is signed for it later.

use crate::{
    act::ActSpec,
    capture,
    failure::{Failure, Result},
    readings::{Anchor, Series, Value},
};
use epcis::{
    Captured,
    intent::{self, Intent, Reading},
};
use ledger::{Hash, OrgId, operation::Registration};
use std::collections::BTreeMap;

/// What the events of a document ask for: an answer for each, in their order.
pub(super) struct Asked {
    pub(super) answers: Vec<Result<Answer>>,
    /// Series of temperatures whose roots the acts name; whoever takes the job keeps them first.
    pub(super) series: Vec<Series>,
}

/// What one event asks for.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) acts: Vec<ActSpec>,
    /// Of each act, how much the event says there is of what it is about as a whole.
    pub(super) said: Vec<Vec<(String, String)>>,
    /// The event that asks for the same: parts of one transformation are one act.
    pub(super) with: Option<usize>,
}

/// An event that is valid, the hash of its bytes, and whether one before it has its identity: then it asks for nothing.
pub(super) type Asking<'e> = (&'e Captured, Hash, bool);

/// What the events of a document ask for. `own`: who would sign it, for what another one gives is not given by him.
pub(super) fn of(events: &[Asking<'_>], own: &OrgId) -> Asked {
    let mut asked = Asked { answers: Vec::with_capacity(events.len()), series: Vec::new() };
    let intents = |(event, _, is_twin): &Asking<'_>| -> Result<Vec<Intent>> {
        let intents = capture::intents(event)?;
        Ok(if *is_twin { Vec::new() } else { intents })
    };
    let intents: Vec<_> = events.iter().map(intents).collect();
    let groups = groups(&intents);
    for (place, (intents, (_, content, _))) in intents.iter().zip(events).enumerate() {
        let answer = match intents {
            Ok(intents) => answer(place, intents, &groups, (content, own), &mut asked.series),
            Err(failure) => Err(failure.clone()),
        };
        asked.answers.push(answer);
    }
    // A part cannot be done with one that is not taken.
    for place in 0..asked.answers.len() {
        let with = asked.answers.get(place).and_then(|answer| answer.as_ref().ok()?.with);
        let failure = with.and_then(|with| asked.answers.get(with)?.as_ref().err().cloned());
        if let (Some(failure), Some(answer)) = (failure, asked.answers.get_mut(place)) {
            *answer = Err(failure);
        }
    }
    asked
}

/// The parts of each transformation that has a name, and the place of the first.
fn groups(all: &[Result<Vec<Intent>>]) -> BTreeMap<String, (usize, Vec<Intent>)> {
    let mut groups: BTreeMap<String, (usize, Vec<Intent>)> = BTreeMap::new();
    for (place, intents) in all.iter().enumerate() {
        for intent in intents.iter().flatten() {
            if let Intent::Derive { id: Some(id), .. } = intent {
                groups.entry(id.clone()).or_insert_with(|| (place, Vec::new())).1.push(intent.clone());
            }
        }
    }
    groups
}

fn answer(
    place: usize,
    intents: &[Intent],
    groups: &BTreeMap<String, (usize, Vec<Intent>)>,
    (content, own): (&Hash, &OrgId),
    series: &mut Vec<Series>,
) -> Result<Answer> {
    let mut answer = Answer::default();
    for intent in intents {
        let group = match intent {
            Intent::Derive { id: Some(id), .. } => groups.get(id),
            _ => None,
        };
        let joined = match (intent, group) {
            (_, Some((first, _))) if *first != place => {
                answer.with = Some(*first);
                continue;
            }
            (_, Some((_, parts))) => intent::join(parts.clone()),
            (other, None) => intent::join(vec![other.clone()]),
        };
        for intent in joined.map_err(|error| capture::failure(&error))? {
            if is_own(&intent, own) {
                check_plain(&intent)?;
                answer.acts.push(capture::spec(&intent, content, &mut |readings| salt(readings, series))?);
                let said = capture::whole(&intent).into_iter();
                answer.said.push(said.map(|(code, quantity)| (code.to_string(), quantity.to_string())).collect());
            }
        }
    }
    Ok(answer)
}

/// Whether it is for this organisation to sign.
fn is_own(intent: &Intent, own: &OrgId) -> bool {
    match intent {
        Intent::Anchor => false,
        Intent::Offer { from: Some(party), .. } => party.id() == *own,
        _ => true,
    }
}

/// An act has no word for a commitment to private fields whose plain values are elsewhere. Error: H1653.
fn check_plain(intent: &Intent) -> Result<()> {
    let items: &[Registration] = match intent {
        Intent::Register { items } => items,
        Intent::Derive { outputs, .. } => outputs,
        _ => &[],
    };
    match items.iter().find(|item| item.private.is_some()) {
        Some(item) => Err(Failure::input("H1653", item.code.to_string())),
        None => Ok(()),
    }
}

/// Temperatures with fresh salts; whoever takes the job keeps them.
fn salt(readings: &[Reading], kept: &mut Vec<Series>) -> Result<Anchor> {
    let values = readings.iter().map(|reading| (reading.at, Value::Temperature(reading.value))).collect();
    let series = Series::of(values)?.ok_or_else(|| Failure::input("H1317", "sensorElementList"))?;
    let anchor = series.anchor();
    kept.push(series);
    Ok(anchor)
}
