//! What waits, and by what it is found.

use ledger::{Hash, ItemId, Operation, OrgId, Timestamp, TxId, VerifiedTx};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// How much a pool holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Transactions.
    pub txs: usize,
    /// Their bytes together.
    pub bytes: usize,
    /// Transactions of one organisation, so that none fills the pool alone.
    pub per_org_txs: usize,
}

impl Limits {
    /// Transactions of one organisation that are set aside or wait behind such a one: a sixteenth of what it may have.
    pub fn per_org_aside(&self) -> usize {
        (self.per_org_txs / 16).max(1)
    }
}

impl Default for Limits {
    /// Ten full blocks, and of them four for one organisation.
    fn default() -> Self {
        Limits { txs: 20_000, bytes: 64 * 1024 * 1024, per_org_txs: 8_000 }
    }
}

/// Why a transaction is not taken. Each message reads after "failed to".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No room; the transaction may be sent again when blocks have made some.
    #[error("take the transaction: the pool is full ({txs} transactions, {bytes} bytes)")]
    Full {
        /// Transactions that wait.
        txs: usize,
        /// Their bytes.
        bytes: usize,
    },
    /// The organisation has its share of the pool.
    #[error("take the transaction: {waiting} of this organisation wait already")]
    OrgFull {
        /// How many.
        waiting: usize,
    },
    /// It waits already; its signatures do not matter.
    #[error("take the transaction: it waits already")]
    Known,
    /// It expired.
    #[error("take the transaction: it expired at {expires:?}, the time is {now:?}")]
    Expired {
        /// Its expiry.
        expires: Timestamp,
        /// Block time.
        now: Timestamp,
    },
}

impl Refused {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Refused::Full { .. } => "H7003",
            Refused::OrgFull { .. } => "H7012",
            Refused::Known => "H1006",
            Refused::Expired { .. } => "H1004",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Refused::Full { .. } => "send it again in a few seconds",
            Refused::OrgFull { .. } => "wait until some of your transactions are in a block, then send it again",
            Refused::Known => "nothing: ask for its receipt by its identity",
            Refused::Expired { .. } => "sign it anew with a later expiry",
        }
    }
}

/// Order of the transactions of one item: custody sequence, offers before what may answer them, then arrival.
pub(crate) type Place = (u64, u8, u64);

/// A transaction that waits.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) tx: Arc<VerifiedTx>,
    pub(crate) org: OrgId,
    /// Number of its arrival.
    pub(crate) arrival: u64,
    /// The item whose custody it is bound to, and its place among the others of that item.
    pub(crate) bound: Option<(ItemId, Place)>,
    /// Height before which it is not selected.
    pub(crate) aside_until: Option<u64>,
}

/// The transactions bound to the custody of one item.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    pub(crate) members: BTreeMap<Place, TxId>,
    /// The first, if it stands in its organisation's queue; the others wait behind it.
    queued: Option<Place>,
    /// How many are of each organisation.
    of_org: BTreeMap<OrgId, usize>,
    /// Whether the first is set aside, and with it all.
    aside: bool,
}

/// The pool.
#[derive(Debug)]
pub struct Pool {
    limits: Limits,
    pub(crate) waiting: HashMap<TxId, Waiting>,
    whole: HashMap<Hash, TxId>,
    /// What each organisation may have selected next, by arrival. No queue is empty.
    pub(crate) queues: BTreeMap<OrgId, BTreeMap<u64, TxId>>,
    pub(crate) chains: BTreeMap<ItemId, Chain>,
    of_org: HashMap<OrgId, usize>,
    /// Of each organisation, how many are in chains that are set aside.
    stuck: HashMap<OrgId, usize>,
    expiries: BTreeSet<(Timestamp, TxId)>,
    aside: BTreeSet<(u64, TxId)>,
    bytes: usize,
    arrivals: u64,
    /// Where the next selection begins.
    pub(crate) next_org: OrgId,
    #[cfg(test)]
    pub(crate) looked_at: usize,
}

impl Pool {
    /// An empty pool.
    pub fn new(limits: Limits) -> Pool {
        Pool {
            limits,
            waiting: HashMap::new(),
            whole: HashMap::new(),
            queues: BTreeMap::new(),
            chains: BTreeMap::new(),
            of_org: HashMap::new(),
            stuck: HashMap::new(),
            expiries: BTreeSet::new(),
            aside: BTreeSet::new(),
            bytes: 0,
            arrivals: 0,
            next_org: OrgId::default(),
            #[cfg(test)]
            looked_at: 0,
        }
    }

    /// Takes a transaction. `now` is block time. When the pool is full, what is set aside gives way.
    pub fn insert(&mut self, tx: Arc<VerifiedTx>, now: Timestamp) -> Result<(), Refused> {
        let id = tx.id();
        let expires = tx.tx().body.expires;
        if self.waiting.contains_key(&id) {
            return Err(Refused::Known);
        }
        if expires <= now {
            return Err(Refused::Expired { expires, now });
        }
        // A verified transaction has a signer; without one it would count for nobody in particular.
        let org = tx.tx().body.signers.first().map(|s| s.org).unwrap_or_default();
        let waiting = self.of_org.get(&org).copied().unwrap_or(0);
        if waiting >= self.limits.per_org_txs {
            return Err(Refused::OrgFull { waiting });
        }
        let arrival = self.arrivals;
        let bound = place_of(&tx.tx().body.operation, arrival);
        let is_stuck = bound.is_some_and(|(item, place)| self.would_be_stuck(&item, &place));
        let stuck = self.aside_of(&org);
        if is_stuck && stuck >= self.limits.per_org_aside() {
            return Err(Refused::OrgFull { waiting: stuck });
        }
        self.make_room(tx.bytes().len(), is_stuck)?;
        self.arrivals = self.arrivals.saturating_add(1);
        self.bytes = self.bytes.saturating_add(tx.bytes().len());
        more(&mut self.of_org, org, 1);
        self.whole.insert(tx.whole(), id);
        self.expiries.insert((expires, id));
        self.waiting.insert(id, Waiting { tx, org, arrival, bound, aside_until: None });
        match bound {
            Some((item, place)) => {
                let chain = self.chains.entry(item).or_default();
                chain.members.insert(place, id);
                let count = chain.of_org.entry(org).or_insert(0);
                *count = count.saturating_add(1);
                if chain.aside {
                    more(&mut self.stuck, org, 1);
                }
                self.queue_first_of(&item);
            }
            None => self.enqueue(org, arrival, id),
        }
        Ok(())
    }

    /// Whether a transaction waits.
    pub fn contains(&self, id: &TxId) -> bool {
        self.waiting.contains_key(id)
    }

    /// A transaction by its identity.
    pub fn get(&self, id: &TxId) -> Option<Arc<VerifiedTx>> {
        self.waiting.get(id).map(|w| Arc::clone(&w.tx))
    }

    /// A transaction by the hash of all its signed bytes: the very one that was verified, signatures included.
    pub fn get_whole(&self, whole: &Hash) -> Option<Arc<VerifiedTx>> {
        self.get(self.whole.get(whole)?)
    }

    /// Transactions that wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Transactions of an organisation that are set aside, or wait behind one that is.
    pub fn aside_of(&self, org: &OrgId) -> usize {
        self.stuck.get(org).copied().unwrap_or(0)
    }

    /// Whether any may be selected now.
    pub fn has_ready(&self) -> bool {
        !self.queues.is_empty()
    }

    /// Bytes of all that wait.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Removes transactions, because a block holds them or because nothing will come of them. Unknown ones are ignored.
    ///
    /// What was set aside and is bound to the custody of the same item may be selected again at once.
    pub fn remove<'a>(&mut self, ids: impl IntoIterator<Item = &'a TxId>) {
        for id in ids {
            if let Some(item) = self.take_out(id) {
                self.end_aside_of(&item);
            }
        }
    }

    /// Removes what has expired at `now`, block time, and names it.
    pub fn expire(&mut self, now: Timestamp) -> Vec<TxId> {
        let mut expired = Vec::new();
        while let Some((_, id)) = self.expiries.first().copied().filter(|(expires, _)| *expires <= now) {
            if let Some(item) = self.take_out(&id) {
                self.keep_share(&item);
            }
            expired.push(id);
        }
        expired
    }

    /// Sets transactions aside that build on a custody not yet reached. They are not selected before [`Pool::advance`]
    /// names `height`, or something bound to the custody of their item is removed. Unknown ones are ignored. What an
    /// organisation then has aside beyond its share is dropped, the last of the same item first.
    pub fn defer<'a>(&mut self, ids: impl IntoIterator<Item = &'a TxId>, height: u64) {
        for id in ids {
            let Some(waiting) = self.waiting.get_mut(id) else { continue };
            if let Some(before) = waiting.aside_until.replace(height) {
                self.aside.remove(&(before, *id));
            }
            self.aside.insert((height, *id));
            let item = waiting.bound.map(|(item, _)| item);
            self.requeue(id);
            if let Some(item) = item {
                self.keep_share(&item);
            }
        }
    }

    /// Whether a transaction at this place would wait behind one that is set aside.
    fn would_be_stuck(&self, item: &ItemId, place: &Place) -> bool {
        let Some(chain) = self.chains.get(item).filter(|c| c.aside) else { return false };
        chain.members.first_key_value().is_some_and(|(first, _)| first < place)
    }

    /// Makes room for so many bytes more: what is set aside gives way, but not to its like.
    fn make_room(&mut self, bytes: usize, is_stuck: bool) -> Result<(), Refused> {
        loop {
            let fits = self.bytes.saturating_add(bytes) <= self.limits.bytes && self.waiting.len() < self.limits.txs;
            if fits {
                return Ok(());
            }
            let full = Refused::Full { txs: self.waiting.len(), bytes: self.bytes };
            let last = self.aside.last().filter(|_| !is_stuck && bytes <= self.limits.bytes).map(|(_, id)| *id);
            let last = last.ok_or(full)?;
            // Of a chain the last is the furthest from a block.
            let bound = self.waiting.get(&last).and_then(|w| w.bound);
            let chain = bound.and_then(|(item, _)| self.chains.get(&item)).filter(|c| c.aside);
            let furthest = chain.and_then(|c| c.members.values().next_back().copied());
            self.take_out(&furthest.unwrap_or(last));
        }
    }

    /// Drops from an item's chain, if it is set aside, what is beyond the shares of its organisations.
    fn keep_share(&mut self, item: &ItemId) {
        let share = self.limits.per_org_aside();
        loop {
            let Some(chain) = self.chains.get(item).filter(|c| c.aside) else { return };
            let over = chain.of_org.keys().copied().find(|org| self.aside_of(org) > share);
            let is_of = |id: &&TxId| self.waiting.get(*id).is_some_and(|w| Some(w.org) == over);
            let Some(last) = chain.members.values().rev().find(is_of).copied() else { return };
            self.take_out(&last);
        }
    }

    /// Tells that `height` is the next to be built: what was set aside until then may be selected again.
    pub fn advance(&mut self, height: u64) {
        while let Some((until, id)) = self.aside.first().copied().filter(|(until, _)| *until <= height) {
            self.end_aside(until, id);
        }
    }

    fn end_aside(&mut self, until: u64, id: TxId) {
        self.aside.remove(&(until, id));
        if let Some(waiting) = self.waiting.get_mut(&id) {
            waiting.aside_until = None;
        }
        self.requeue(&id);
    }

    /// Only the first of a chain can have been selected and set aside by itself; the others wait behind it anyway, and
    /// come back with it one by one.
    fn end_aside_of(&mut self, item: &ItemId) {
        let first = self.chains.get(item).and_then(|c| c.members.values().next().copied());
        let until = first.and_then(|id| self.waiting.get(&id)).and_then(|w| w.aside_until);
        if let (Some(id), Some(until)) = (first, until) {
            self.end_aside(until, id);
        }
    }

    /// Puts a transaction into its queue or takes it from there, as its state asks for.
    fn requeue(&mut self, id: &TxId) {
        let Some(waiting) = self.waiting.get(id) else { return };
        let (org, arrival, aside) = (waiting.org, waiting.arrival, waiting.aside_until.is_some());
        match waiting.bound {
            Some((item, _)) => self.queue_first_of(&item),
            None if aside => self.dequeue(&org, arrival),
            None => self.enqueue(org, arrival, *id),
        }
    }

    fn enqueue(&mut self, org: OrgId, arrival: u64, id: TxId) {
        self.queues.entry(org).or_default().insert(arrival, id);
    }

    fn dequeue(&mut self, org: &OrgId, arrival: u64) {
        if let Some(queue) = self.queues.get_mut(org) {
            queue.remove(&arrival);
            if queue.is_empty() {
                self.queues.remove(org);
            }
        }
    }

    /// Sees to it that of an item's chain the first stands in its queue, unless it is set aside, and no other.
    fn queue_first_of(&mut self, item: &ItemId) {
        let Some(chain) = self.chains.get_mut(item) else { return };
        let first = chain.members.first_key_value().map(|(place, id)| (*place, *id));
        let due = first.filter(|(_, id)| self.waiting.get(id).is_some_and(|w| w.aside_until.is_none()));
        let aside = first.is_some() && due.is_none();
        if std::mem::replace(&mut chain.aside, aside) != aside {
            for (org, count) in &chain.of_org {
                match aside {
                    true => more(&mut self.stuck, *org, *count),
                    false => fewer(&mut self.stuck, org, *count),
                }
            }
        }
        let queued = chain.queued;
        chain.queued = due.map(|(place, _)| place);
        let queued_id = queued.and_then(|place| chain.members.get(&place).copied());
        if chain.members.is_empty() {
            self.chains.remove(item);
        }
        if queued == due.map(|(place, _)| place) {
            return;
        }
        if let Some(waiting) = queued_id.and_then(|id| self.waiting.get(&id)) {
            let (org, arrival) = (waiting.org, waiting.arrival);
            self.dequeue(&org, arrival);
        }
        if let Some((_, id)) = due
            && let Some(waiting) = self.waiting.get(&id)
        {
            let (org, arrival) = (waiting.org, waiting.arrival);
            self.enqueue(org, arrival, id);
        }
    }

    /// Removes a transaction everywhere. Gives the item whose custody it was bound to.
    fn take_out(&mut self, id: &TxId) -> Option<ItemId> {
        let Waiting { tx, org, arrival, bound, aside_until } = self.waiting.remove(id)?;
        self.bytes = self.bytes.saturating_sub(tx.bytes().len());
        self.whole.remove(&tx.whole());
        self.expiries.remove(&(tx.tx().body.expires, *id));
        if let Some(until) = aside_until {
            self.aside.remove(&(until, *id));
        }
        fewer(&mut self.of_org, &org, 1);
        self.dequeue(&org, arrival);
        let (item, place) = bound?;
        if let Some(chain) = self.chains.get_mut(&item) {
            chain.members.remove(&place);
            if let Some(count) = chain.of_org.get_mut(&org) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    chain.of_org.remove(&org);
                }
            }
            if chain.aside {
                fewer(&mut self.stuck, &org, 1);
            }
            if chain.queued == Some(place) {
                chain.queued = None;
            }
        }
        self.queue_first_of(&item);
        Some(item)
    }
}

fn more(counts: &mut HashMap<OrgId, usize>, org: OrgId, by: usize) {
    let count = counts.entry(org).or_insert(0);
    *count = count.saturating_add(by);
}

/// Counts down; nobody is kept with none.
fn fewer(counts: &mut HashMap<OrgId, usize>, org: &OrgId, by: usize) {
    if let Some(count) = counts.get_mut(org) {
        *count = count.saturating_sub(by);
        if *count == 0 {
            counts.remove(org);
        }
    }
}

/// The item whose custody an operation is bound to, the first of several, and its place among the others of that item.
fn place_of(operation: &Operation, arrival: u64) -> Option<(ItemId, Place)> {
    let (item, point) = operation.points().into_iter().next()?;
    let answers = u8::from(!matches!(operation, Operation::Offer { .. }));
    Some((item, (point.seq, answers, arrival)))
}
