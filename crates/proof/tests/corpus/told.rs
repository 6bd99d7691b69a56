//! What a majority of agencies would have to certify: worlds made anew in which keys or times are wrong. And headers that
//! come from the reader's future.

use super::base::{Base, Codes, Dice, Mutant};
use crate::world::{
    World,
    stories::{consume, handover, offer, released},
    text,
};
use ledger::{
    ItemId, KeyRecord, Operation, OrgRecord, StateKey, Timestamp,
    record::{KeyEndReason, Role, Stamp},
};
use proof::{Options, bounds::MAX_AHEAD_MS};
use std::sync::Arc;

const HOUR: u64 = 3_600_000;

/// A world with an item of four events, at a time and of a quantity that the dice say.
fn world(dice: &mut Dice) -> (World, ItemId) {
    let mut w = World::new(false, dice.below(4) as u32);
    w.block(1 + dice.number() % HOUR);
    let item = released(&mut w, &format!("T-{}", dice.below(100_000)), &format!("{} LTR", 2 + dice.below(90)));
    (w, item)
}

/// An act of the importer.
fn act(w: &mut World, item: ItemId, dice: &mut Dice) {
    match dice.below(3) {
        0 => consume(w, item, "importer", "1 LTR"),
        1 => handover(w, item, "importer", ["hospital", "carrier", "lab"][dice.below(3)]),
        _ => {
            offer(w, item, "importer", ["hospital", "carrier", "lab"][dice.below(3)]);
        }
    }
}

fn exported(what: &str, mut w: World, item: &ItemId, codes: Codes) -> Option<Mutant> {
    w.block(5_000);
    let bytes = w.export(item).to_json();
    let trust = Some(Arc::new(w.trust));
    let options = Options::default();
    let place = format!("event 5 at {}", w.now.time.0);
    Some(Mutant { story: "a world made anew".into(), kind: what.into(), place, bytes, trust, options, codes })
}

pub(crate) fn keys(_: &Base, dice: &mut Dice) -> Option<Mutant> {
    let (mut w, item) = world(dice);
    let key = StateKey::Key(w.people["importer"].key);
    let what = match dice.below(8) {
        0 => {
            w.end_key("importer", KeyEndReason::Compromised);
            act(&mut w, item, dice);
            "compromised"
        }
        1 => {
            w.end_key("importer", KeyEndReason::Banned);
            act(&mut w, item, dice);
            "banned"
        }
        2 => {
            w.end_key("importer", KeyEndReason::Retired);
            w.block(72 * HOUR + dice.number() % HOUR);
            act(&mut w, item, dice);
            "retired long ago"
        }
        3 => {
            w.new_key("importer", 61, &[Role::Custodian]);
            let early = Stamp { height: w.now.height - 1, time: Timestamp(w.now.time.0 - 60_000) };
            w.twist_event = Box::new(move |event| event.at = early);
            act(&mut w, item, dice);
            "not yet registered"
        }
        4 => {
            let other = w.org(["lab", "health", "st"][dice.below(3)]);
            w.twist_body = Box::new(move |body| body.signers[0].org = other);
            act(&mut w, item, dice);
            "of another organisation"
        }
        5 => {
            let mut record: KeyRecord = w.state_record(&key);
            record.waits = Some(w.now.time.plus_ms(HOUR + dice.number() % HOUR));
            w.put(|writes| writes.put(key, &record));
            act(&mut w, item, dice);
            "given by vote, and waiting"
        }
        6 => {
            let (at, quantity) = (w.point(&item), "1 LTR".parse().unwrap());
            let role = [Role::Officer, Role::Laboratory, Role::Delegate, Role::Tester][dice.below(4)];
            w.act(Operation::Use { item, at, quantity, private: None }, &[("importer", role)]);
            "in a role that it has not"
        }
        _ => {
            let health = StateKey::Org(w.org("health"));
            let mut record: OrgRecord = w.state_record(&health);
            record.left = Some(w.now);
            w.put(|writes| writes.put(health, &record));
            w.act(Operation::PlaceHold { item, reason: text("late") }, &[("health", Role::Officer)]);
            "of an agency that left"
        }
    };
    exported(what, w, &item, &["H9088"])
}

pub(crate) fn time(base: &Base, dice: &mut Dice) -> Option<Mutant> {
    if dice.below(3) > 0 {
        return future(base, dice);
    }
    let (mut w, item) = world(dice);
    let by = dice.number() % (100 * HOUR);
    let (what, codes): (&str, Codes) = match dice.below(5) {
        0 => {
            w.twist_body = Box::new(move |body| body.expires = Timestamp(body.expires.0 - 2 * HOUR - by));
            ("expired", &["H9084"])
        }
        1 => {
            w.twist_body = Box::new(move |body| body.expires = body.expires.plus_ms(72 * HOUR + by));
            ("valid for too long", &["H9084"])
        }
        2 => {
            w.twist_event = Box::new(move |event| event.at.time = Timestamp(event.at.time.0 - 60_000 - by));
            ("before the event before", &["H9065"])
        }
        3 => {
            w.twist_event = Box::new(move |event| event.at.height += 1_000 + by);
            ("behind the header", &["H9065"])
        }
        _ => {
            w.twist_event = Box::new(|event| event.at.height = 0);
            ("of genesis", &["H9065"])
        }
    };
    consume(&mut w, item, "importer", "1 LTR");
    exported(what, w, &item, codes)
}

/// A header that is further ahead of the reader's clock than clocks may be apart.
fn future(base: &Base, dice: &mut Dice) -> Option<Mutant> {
    let source = base.source(dice)?;
    let header = source.bundle.anchor.header().ok()?;
    // The clock of a test network may run ahead.
    if header.test {
        return None;
    }
    let ahead = match dice.below(3) {
        0 => MAX_AHEAD_MS + 1 + dice.below(3) as u64,
        1 => header.time.0,
        _ => MAX_AHEAD_MS + 1 + dice.number() % (1_000_000 * HOUR),
    };
    let now = Timestamp(header.time.0.saturating_sub(ahead));
    let max_age_ms = [None, Some(0), Some(u64::from(u32::MAX))][dice.below(3)];
    let options = Options { now: Some(now), max_age_ms, ..source.options };
    let (story, place) = (source.name.clone(), format!("at {}", now.0));
    let (bytes, trust) = (source.json.clone(), [Some(source.trust.clone()), None][dice.below(2)].clone());
    Some(Mutant { story, kind: "from the future".into(), place, bytes, trust, options, codes: &["H9029"] })
}
