//! What a block takes: round after round, one transaction of each organisation.

use crate::{Pool, pool::Waiting};
use ledger::{OrgId, Timestamp, TxId, VerifiedTx};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    ops::Bound::{Excluded, Unbounded},
    sync::Arc,
};

/// Organisations whose next transaction does not fit into the bytes that are left, after which a selection ends: a block
/// is then as good as full.
const MAX_MISFITS: usize = 32;

/// One organisation's turn in a selection.
struct Turn<'a> {
    org: OrgId,
    /// Its queue, from the first that was not looked at.
    queue: Option<std::collections::btree_map::Iter<'a, u64, TxId>>,
    next: Option<(u64, TxId)>,
}

impl Pool {
    /// Up to `max_txs` transactions of together at most `max_bytes`, not expired at `now`, block time; they stay in the
    /// pool. Each selection begins with the organisation after the one with which the last ended.
    pub fn select(&mut self, max_txs: usize, max_bytes: usize, now: Timestamp) -> Vec<Arc<VerifiedTx>> {
        let (chosen, last_org, _looked_at) = {
            let mut choice = Choice::new(self);
            choice.run(max_txs, max_bytes, now);
            (std::mem::take(&mut choice.chosen), choice.last_org, choice.looked_at)
        };
        #[cfg(test)]
        {
            self.looked_at = _looked_at;
        }
        if let Some(org) = last_org {
            self.next_org = org;
        }
        chosen
    }
}

/// A selection under way. The pool is only read: what waits behind a selected transaction of the same item comes into
/// `unlocked` here, and nowhere else.
struct Choice<'a> {
    pool: &'a Pool,
    turns: VecDeque<Turn<'a>>,
    /// Organisations that have a turn, or had one that ended at a transaction that did not fit.
    in_turn: BTreeSet<OrgId>,
    /// Organisations that had their first turn.
    drawn: BTreeSet<OrgId>,
    /// Organisations that have not had their first turn yet, in the order of the round, are drawn from here.
    fresh: Box<dyn Iterator<Item = (&'a OrgId, &'a BTreeMap<u64, TxId>)> + 'a>,
    unlocked: HashMap<OrgId, BTreeMap<u64, TxId>>,
    chosen: Vec<Arc<VerifiedTx>>,
    bytes: usize,
    misfits: usize,
    last_org: Option<OrgId>,
    looked_at: usize,
}

impl<'a> Choice<'a> {
    fn new(pool: &'a Pool) -> Choice<'a> {
        let behind = pool.queues.range((Excluded(pool.next_org), Unbounded));
        let before = pool.queues.range(..=pool.next_org);
        Choice {
            pool,
            turns: VecDeque::new(),
            in_turn: BTreeSet::new(),
            drawn: BTreeSet::new(),
            fresh: Box::new(behind.chain(before)),
            unlocked: HashMap::new(),
            chosen: Vec::new(),
            bytes: 0,
            misfits: 0,
            last_org: None,
            looked_at: 0,
        }
    }

    fn run(&mut self, max_txs: usize, max_bytes: usize, now: Timestamp) {
        while self.chosen.len() < max_txs && self.misfits < MAX_MISFITS {
            let Some(mut turn) = self.next_turn() else { break };
            let Some(waiting) = self.next_of(&mut turn, now) else {
                self.in_turn.remove(&turn.org);
                continue;
            };
            let bytes = self.bytes.saturating_add(waiting.tx.bytes().len());
            if bytes > max_bytes {
                // Its own order is kept: nothing behind it is taken instead.
                self.misfits = self.misfits.saturating_add(1);
                continue;
            }
            self.bytes = bytes;
            self.last_org = Some(turn.org);
            self.chosen.push(Arc::clone(&waiting.tx));
            self.unlock_behind(waiting);
            self.turns.push_back(turn);
        }
    }

    /// First every organisation once, then those that were served again in the same order.
    fn next_turn(&mut self) -> Option<Turn<'a>> {
        let Some((org, queue)) = self.fresh.next() else { return self.turns.pop_front() };
        self.drawn.insert(*org);
        self.in_turn.insert(*org);
        Some(Turn { org: *org, queue: Some(queue.iter()), next: None })
    }

    /// The oldest of an organisation that is not expired: from its queue, or of those unlocked in this selection.
    fn next_of(&mut self, turn: &mut Turn<'a>, now: Timestamp) -> Option<&'a Waiting> {
        loop {
            self.looked_at = self.looked_at.saturating_add(1);
            if turn.next.is_none() {
                turn.next = turn.queue.as_mut().and_then(Iterator::next).map(|(arrival, id)| (*arrival, *id));
            }
            let unlocked = self.unlocked.get_mut(&turn.org);
            let other = unlocked.as_ref().and_then(|u| u.first_key_value()).map(|(arrival, id)| (*arrival, *id));
            let id = match (turn.next, other) {
                (None, None) => return None,
                (Some((mine, id)), other) if other.is_none_or(|(theirs, _)| mine < theirs) => {
                    turn.next = None;
                    id
                }
                (_, Some((_, id))) => {
                    unlocked.and_then(BTreeMap::pop_first);
                    id
                }
                (Some((_, id)), None) => id,
            };
            let waiting = self.pool.waiting.get(&id)?;
            // What is bound to the custody after an expired transaction cannot be reached, and is not unlocked.
            if waiting.tx.tx().body.expires > now {
                return Some(waiting);
            }
        }
    }

    /// Makes the next transaction of the same item available to its organisation.
    fn unlock_behind(&mut self, waiting: &Waiting) {
        let Some((item, place)) = waiting.bound else { return };
        let Some(chain) = self.pool.chains.get(&item) else { return };
        let Some((_, id)) = chain.members.range((Excluded(place), Unbounded)).next() else { return };
        let Some(next) = self.pool.waiting.get(id).filter(|w| w.aside_until.is_none()) else { return };
        self.unlocked.entry(next.org).or_default().insert(next.arrival, *id);
        let will_be_drawn = self.pool.queues.contains_key(&next.org) && !self.drawn.contains(&next.org);
        // One whose queue ran dry, or that had none, gets a turn anew.
        if !will_be_drawn && self.in_turn.insert(next.org) {
            self.turns.push_back(Turn { org: next.org, queue: None, next: None });
        }
    }
}
