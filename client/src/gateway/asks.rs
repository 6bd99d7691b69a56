//! What an event asks of the ledger, as the acts of our act files: what a job keeps, and what is signed for it later.

use crate::{
    act::ActSpec,
    capture::{self, Rule, Verdict, Whose, transformation},
    failure::{Failure, Result},
    readings::{Anchor, Series, Value},
};
use epcis::{
    Captured,
    intent::{self, Intent, Reading},
};
use ledger::{Hash, operation::Registration};
use std::{collections::BTreeMap, mem};

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
    /// Whose it is, where it is another's: H1572.
    pub(super) note: Option<Failure>,
}

/// An event that is valid, the hash of its bytes, and whether one before it has its identity: then it asks for nothing.
pub(super) type Asking<'e> = (&'e Captured, Hash, bool);

/// A transformation that is told in parts.
#[derive(Default)]
struct Whole {
    /// The place of its first part.
    first: usize,
    whose: Whose,
    intents: Vec<Intent>,
}

/// What the events of a document ask for, where it is this organisation's to do.
pub(super) fn of(events: &[Asking<'_>], rule: &Rule) -> Asked {
    let mut asked = Asked { answers: Vec::with_capacity(events.len()), series: Vec::new() };
    let asks = |(event, _, is_twin): &Asking<'_>| -> Result<intent::Asked> {
        let asks = capture::asks(event)?;
        Ok(if *is_twin { intent::Asked::default() } else { asks })
    };
    let asks: Vec<_> = events.iter().map(asks).collect();
    let wholes = wholes(&asks, rule);
    for (place, (asks, (_, content, _))) in asks.iter().zip(events).enumerate() {
        let answer = match asks {
            Ok(asks) => answer((place, asks, content), &wholes, rule, &mut asked.series),
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

/// The transformations that have a name, each of all its parts.
fn wholes(all: &[Result<intent::Asked>], rule: &Rule) -> BTreeMap<String, Whole> {
    let mut wholes: BTreeMap<String, Whole> = BTreeMap::new();
    for (place, asked) in all.iter().enumerate() {
        let Ok(intent::Asked { who, intents }) = asked else { continue };
        let Some(id) = intents.iter().find_map(transformation) else { continue };
        let whole = wholes.entry(id.to_owned()).or_insert_with(|| Whole { first: place, ..Whole::default() });
        whole.whose = mem::take(&mut whole.whose).and(rule.whose(who));
        whole.intents.extend(intents.iter().cloned());
    }
    wholes
}

fn answer(
    (place, asked, content): (usize, &intent::Asked, &Hash),
    wholes: &BTreeMap<String, Whole>,
    rule: &Rule,
    series: &mut Vec<Series>,
) -> Result<Answer> {
    let whole = asked.intents.iter().find_map(transformation).and_then(|id| wholes.get(id));
    let (whose, intents) = match whole {
        Some(whole) => (whole.whose.clone(), &whole.intents),
        None => (rule.whose(&asked.who), &asked.intents),
    };
    let mut answer = Answer::default();
    match rule.verdict(&whose, intents) {
        Verdict::Sign => {}
        Verdict::Hold(failure) => return Err(failure),
        Verdict::Leave(failure) => return Ok(Answer { note: Some(failure), ..answer }),
    }
    if let Some(whole) = whole.filter(|whole| whole.first != place) {
        answer.with = Some(whole.first);
        return Ok(answer);
    }
    let intents = intent::join(intents.clone()).map_err(|error| capture::failure(&error))?;
    for intent in intents.iter().filter(|intent| **intent != Intent::Anchor) {
        check_plain(intent)?;
        answer.acts.push(capture::spec(intent, content, &mut |readings| salt(readings, series))?);
        let said = capture::whole(intent).into_iter();
        answer.said.push(said.map(|(code, quantity)| (code.to_string(), quantity.to_string())).collect());
    }
    Ok(answer)
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

#[cfg(test)]
mod tests {
    use super::*;
    use epcis::{Document, Format};
    use ledger::OrgId;
    use std::collections::BTreeSet;

    const OURS: &str = "9521001000017";
    const THEIRS: &str = "9521000000025";

    /// Acts, the part that they stand with, and the code of what there is to say.
    fn told(answer: Result<Answer>) -> (Vec<String>, Option<usize>, Option<String>) {
        match answer {
            Ok(Answer { acts, said: _, with, note }) => {
                let word = |act: &ActSpec| serde_json::to_value(act).unwrap()["act"].as_str().unwrap().to_owned();
                (acts.iter().map(word).collect(), with, note.map(|note| note.code))
            }
            Err(failure) => (Vec::new(), None, Some(failure.code)),
        }
    }

    #[test]
    fn own_acts_are_asked_for_and_of_others_it_is_said_why_they_are_not() {
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
        let asking: Vec<Asking<'_>> = document.events.iter().map(|event| (event, Hash::default(), false)).collect();
        let found: Vec<_> = of(&asking, &rule).answers.into_iter().map(told).collect();
        let acts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let noted = |code: &str| (Vec::new(), None, Some(code.to_owned()));
        let expected = [
            (acts(&["use"]), None, None),
            noted("H1572"),
            // A transformation is one act: it is asked for with the first part, or not at all.
            noted("H1571"),
            noted("H1571"),
            (acts(&["derive"]), None, None),
            (Vec::new(), Some(4), None),
        ];
        assert_eq!(found, expected);
    }
}
