//! The event chain: from nothing, event by event, to the certified record.

use crate::{
    parts::{History, Parts},
    problem::Problem,
};
use ledger::{
    Cause, Event, Hash, Header, ItemRecord, TxId,
    event::{ApplyError, apply, head_after},
    record::Stamp,
};
use std::collections::BTreeSet;

/// The records that a history went through.
pub(super) struct Replayed {
    /// Before each open event.
    pub(super) before: Vec<Option<ItemRecord>>,
    /// After the last of them.
    last: ItemRecord,
}

impl Replayed {
    /// The head after so many events; none of events that are not open.
    pub(super) fn head_after(&self, count: u64) -> Option<Hash> {
        match count == self.last.count {
            true => Some(self.last.head),
            false => self.before_next(count).map(|record| record.head),
        }
    }

    /// The record after so many events, one or more, where the next one is open too.
    pub(super) fn before_next(&self, count: u64) -> Option<&ItemRecord> {
        self.before.get(usize::try_from(count).ok()?)?.as_ref()
    }
}

/// Replays the open events and compares the outcome with the certified record, head included: so every byte of every
/// event is certified. Of later events the hashes lead on to that head, and what no event changes must agree already.
pub(super) fn replay(parts: &Parts, history: &History) -> Result<Replayed, Problem> {
    order(history)?;
    let header = parts.anchor.header();
    let mut record: Option<ItemRecord> = None;
    let mut before = Vec::with_capacity(history.steps.len());
    for step in &history.steps {
        let event = &step.event;
        let after = apply(&header.network, record.as_ref(), event).map_err(|error| unfit(event.n, error))?;
        before.push(record.replace(after));
    }
    // The order has been checked: there is a first event.
    let Some(last) = record else { return Err(Problem::Incomplete { n: 1, count: history.item.value.count }) };
    let yields = match history.later.is_empty() {
        true => last == history.item.value,
        false => leads_on(&last, history),
    };
    if !yields {
        return Err(Problem::HistoryDiffers);
    }
    times(header, history)?;
    causes(history)?;
    Ok(Replayed { before, last })
}

fn unfit(n: u64, error: ApplyError) -> Problem {
    Problem::EventUnfit { n, detail: error.to_string() }
}

/// From the record after the open events by the hashes of the later ones to the head of the certified record, which has
/// what no event changes from the first on.
fn leads_on(last: &ItemRecord, history: &History) -> bool {
    let item = &history.item.value;
    let head = history.later.iter().fold(last.head, |head, event| head_after(&head, event));
    head == item.head
        && (last.class, &last.code, last.registrant) == (item.class, &item.code, item.registrant)
        && (last.registered, last.previous, last.private) == (item.registered, item.previous, item.private)
        && (last.marks.hgr, last.inside.is_some()) == (item.marks.hgr, item.inside.is_some())
}

/// Events from number 1 on, one or more, each once, in order, all of this item; with the later ones as many as the record
/// counts.
fn order(history: &History) -> Result<(), Problem> {
    let count = history.item.value.count;
    let present: BTreeSet<u64> = history.steps.iter().map(|s| s.event.n).collect();
    let mut due = 1u64;
    for step in &history.steps {
        let event = &step.event;
        if event.item != history.id() {
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
    if history.steps.is_empty() {
        return Err(Problem::Incomplete { n: 1, count });
    }
    let later = u64::try_from(history.later.len()).unwrap_or(u64::MAX);
    let total = history.open().saturating_add(later);
    match total < count {
        true => Err(Problem::Incomplete { n: total.saturating_add(1), count }),
        false if total > count => Err(Problem::EventOrder { n: total }),
        false => Ok(()),
    }
}

/// Times do not run backwards, one height has one time, nothing is later than the header, and only a test network begins
/// with items.
fn times(header: &Header, history: &History) -> Result<(), Problem> {
    let last = Stamp { height: header.height, time: header.time };
    let mut previous: Option<Stamp> = None;
    for step in &history.steps {
        let Event { at, n, cause, .. } = &step.event;
        let genesis = matches!(cause, Cause::Genesis);
        let begins = genesis == (at.height == 0) && (header.test || !genesis);
        if !begins || previous.is_some_and(|p| !follows(p, *at)) || !follows(*at, last) {
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
fn causes(history: &History) -> Result<(), Problem> {
    let mut seen: BTreeSet<TxId> = BTreeSet::new();
    for step in &history.steps {
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
