//! The event chain: from nothing, event by event, to the certified record.

use crate::{parts::Parts, problem::Problem};
use ledger::{
    Cause, Event, ItemRecord, TxId,
    event::{ApplyError, apply},
    record::Stamp,
};
use std::collections::BTreeSet;

/// Replays all events and compares the outcome with the certified record, head included: so every byte of every event
/// is certified. Gives the record before each event.
pub(super) fn replay(parts: &Parts) -> Result<Vec<Option<ItemRecord>>, Problem> {
    order(parts)?;
    let network = &parts.anchor.header().network;
    let mut record: Option<ItemRecord> = None;
    let mut before = Vec::with_capacity(parts.steps.len());
    for step in &parts.steps {
        let event = &step.event;
        let after = apply(network, record.as_ref(), event).map_err(|error| unfit(event.n, error))?;
        before.push(record.replace(after));
    }
    if record.as_ref() != Some(&parts.item.value) {
        return Err(Problem::HistoryDiffers);
    }
    times(parts)?;
    causes(parts)?;
    Ok(before)
}

fn unfit(n: u64, error: ApplyError) -> Problem {
    Problem::EventUnfit { n, detail: error.to_string() }
}

/// All numbers from 1 to the count of the record, each once, in order, all of this item.
fn order(parts: &Parts) -> Result<(), Problem> {
    let count = parts.item.value.count;
    let present: BTreeSet<u64> = parts.steps.iter().map(|s| s.event.n).collect();
    let mut due = 1u64;
    for step in &parts.steps {
        let event = &step.event;
        if event.item != parts.item_id() {
            return Err(Problem::EventForeign { n: event.n });
        }
        if event.n != due {
            // One that is nowhere is missing; one that stands elsewhere is out of order.
            return Err(match event.n > due && !present.contains(&due) {
                true => Problem::Incomplete { n: due, count },
                false => Problem::EventOrder { n: event.n },
            });
        }
        due = due.saturating_add(1);
    }
    match due <= count {
        true => Err(Problem::Incomplete { n: due, count }),
        false if due > count.saturating_add(1) => Err(Problem::EventOrder { n: due.saturating_sub(1) }),
        false => Ok(()),
    }
}

/// Times do not run backwards, one height has one time, and nothing is later than the header.
fn times(parts: &Parts) -> Result<(), Problem> {
    let header = parts.anchor.header();
    let last = Stamp { height: header.height, time: header.time };
    let mut previous: Option<Stamp> = None;
    for step in &parts.steps {
        let Event { at, n, cause, .. } = &step.event;
        let genesis = matches!(cause, Cause::Genesis);
        let placed = genesis == (at.height == 0) && previous.is_none_or(|p| follows(p, *at)) && follows(*at, last);
        if !placed {
            return Err(Problem::EventTime { n: *n });
        }
        previous = Some(*at);
    }
    Ok(())
}

fn follows(earlier: Stamp, later: Stamp) -> bool {
    match earlier.height == later.height {
        true => earlier.time == later.time,
        // Genesis states the time of its ceremony; nothing holds the first block to a later one.
        false if earlier.height == 0 => earlier.time <= later.time,
        false => earlier.height < later.height && earlier.time < later.time,
    }
}

/// A transaction acts on an item once; only the first event can be of genesis.
fn causes(parts: &Parts) -> Result<(), Problem> {
    let mut seen: BTreeSet<TxId> = BTreeSet::new();
    for step in &parts.steps {
        let event = &step.event;
        let fresh = match event.cause {
            Cause::Genesis => event.n == 1,
            Cause::Tx { id, index: _ } => seen.insert(id),
        };
        if !fresh {
            return Err(Problem::CauseRepeated { n: event.n });
        }
    }
    Ok(())
}
