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
            expiries: BTreeSet::new(),
            aside: BTreeSet::new(),
            bytes: 0,
            arrivals: 0,
            next_org: OrgId::default(),
            #[cfg(test)]
            looked_at: 0,
        }
    }

    /// Takes a transaction. `now` is block time.
    pub fn insert(&mut self, tx: Arc<VerifiedTx>, now: Timestamp) -> Result<(), Refused> {
        let id = tx.id();
        let expires = tx.tx().body.expires;
        if self.waiting.contains_key(&id) {
            return Err(Refused::Known);
        }
        if expires <= now {
            return Err(Refused::Expired { expires, now });
        }
        let bytes = self.bytes.saturating_add(tx.bytes().len());
        if self.waiting.len() >= self.limits.txs || bytes > self.limits.bytes {
            return Err(Refused::Full { txs: self.waiting.len(), bytes: self.bytes });
        }
        // A verified transaction has a signer; without one it would count for nobody in particular.
        let org = tx.tx().body.signers.first().map(|s| s.org).unwrap_or_default();
        let waiting = self.of_org.get(&org).copied().unwrap_or(0);
        if waiting >= self.limits.per_org_txs {
            return Err(Refused::OrgFull { waiting });
        }
        let arrival = self.arrivals;
        self.arrivals = self.arrivals.saturating_add(1);
        let bound = place_of(&tx.tx().body.operation, arrival);
        self.bytes = bytes;
        self.of_org.insert(org, waiting.saturating_add(1));
        self.whole.insert(tx.whole(), id);
        self.expiries.insert((expires, id));
        self.waiting.insert(id, Waiting { tx, org, arrival, bound, aside_until: None });
        match bound {
            Some((item, place)) => {
                self.chains.entry(item).or_default().members.insert(place, id);
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
            self.take_out(&id);
            expired.push(id);
        }
        expired
    }

    /// Sets transactions aside that build on a custody not yet reached. They are not selected before [`Pool::advance`]
    /// names `height`, or something bound to the custody of their item is removed. Unknown ones are ignored.
    pub fn defer<'a>(&mut self, ids: impl IntoIterator<Item = &'a TxId>, height: u64) {
        for id in ids {
            let Some(waiting) = self.waiting.get_mut(id) else { continue };
            if let Some(before) = waiting.aside_until.replace(height) {
                self.aside.remove(&(before, *id));
            }
            self.aside.insert((height, *id));
            self.requeue(id);
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
        if let Some(count) = self.of_org.get_mut(&org) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.of_org.remove(&org);
            }
        }
        self.dequeue(&org, arrival);
        let (item, place) = bound?;
        if let Some(chain) = self.chains.get_mut(&item) {
            chain.members.remove(&place);
            if chain.queued == Some(place) {
                chain.queued = None;
            }
        }
        self.queue_first_of(&item);
        Some(item)
    }
}

/// The item whose custody an operation is bound to, and its place among the others of that item.
fn place_of(operation: &Operation, arrival: u64) -> Option<(ItemId, Place)> {
    let (item, point) = operation.subject()?;
    let answers = u8::from(!matches!(operation, Operation::Offer { .. }));
    Some((item, (point?.seq, answers, arrival)))
}
