//! Transactions that wait for a block: bounded, and fair between organisations.
//!
//! Purpose: the pool says no before the node is overrun, and no organisation's flood keeps another's handover waiting.
//!
//! Invariants: nothing unverified is in it; its bounds on number, bytes and share of an organisation hold after every
//! call; a transaction is in it at most once. Every operation costs O(log n) for each transaction it touches.
//!
//! Deliberately absent: clocks, I/O, signatures, and any knowledge of rules; what cannot be executed is found out there.

use ledger::{Hash, OrgId, Timestamp, TxId, VerifiedTx};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::Arc,
};

/// Bounds of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Transactions.
    pub txs: usize,
    /// Their bytes.
    pub bytes: usize,
    /// Transactions of one organisation (that of the first signer).
    pub per_org_txs: usize,
}

/// Why a transaction is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The pool is full.
    #[error("the pool is full; try again later")]
    Full,
    /// The organisation has its share of the pool.
    #[error("the organisation has as many transactions waiting as it may have")]
    OrgFull,
    /// It waits already.
    #[error("it waits already")]
    Known,
    /// It has expired.
    #[error("it has expired")]
    Expired,
}

impl Refused {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Refused::Full => "H7001",
            Refused::OrgFull => "H7002",
            Refused::Known => "H7003",
            Refused::Expired => "H7004",
        }
    }
}

struct Waiting {
    tx: Arc<VerifiedTx>,
    org: OrgId,
    /// Order of arrival.
    number: u64,
}

/// The pool.
pub struct Pool {
    limits: Limits,
    waiting: HashMap<TxId, Waiting>,
    by_whole: HashMap<Hash, TxId>,
    /// Ready ones of each organisation, by arrival. Organisations without any are absent.
    ready: BTreeMap<OrgId, BTreeMap<u64, TxId>>,
    /// Number of ready and deferred ones of each organisation.
    shares: HashMap<OrgId, usize>,
    by_expiry: BTreeSet<(Timestamp, TxId)>,
    /// Put aside until a height.
    deferred: BTreeSet<(u64, TxId)>,
    bytes: usize,
    arrivals: u64,
    /// The organisation that was served last.
    served: Option<OrgId>,
}

impl Pool {
    /// An empty pool.
    pub fn new(limits: Limits) -> Pool {
        Pool {
            limits,
            waiting: HashMap::new(),
            by_whole: HashMap::new(),
            ready: BTreeMap::new(),
            shares: HashMap::new(),
            by_expiry: BTreeSet::new(),
            deferred: BTreeSet::new(),
            bytes: 0,
            arrivals: 0,
            served: None,
        }
    }

    /// Number of transactions.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether any could go into a block now.
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Bytes of the transactions.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes a transaction.
    pub fn insert(&mut self, tx: Arc<VerifiedTx>, now: Timestamp) -> Result<(), Refused> {
        let (id, expires, size) = (tx.id(), tx.tx().body.expires, tx.bytes().len());
        let org = tx.tx().body.signers.first().map(|s| s.org).unwrap_or_default();
        if self.waiting.contains_key(&id) {
            return Err(Refused::Known);
        }
        if expires <= now {
            return Err(Refused::Expired);
        }
        if self.waiting.len() >= self.limits.txs || self.bytes.saturating_add(size) > self.limits.bytes {
            return Err(Refused::Full);
        }
        if self.shares.get(&org).is_some_and(|share| *share >= self.limits.per_org_txs) {
            return Err(Refused::OrgFull);
        }
        let number = self.arrivals;
        self.arrivals = self.arrivals.wrapping_add(1);
        self.bytes += size;
        *self.shares.entry(org).or_default() += 1;
        self.by_expiry.insert((expires, id));
        self.by_whole.insert(tx.whole(), id);
        self.ready.entry(org).or_default().insert(number, id);
        self.waiting.insert(id, Waiting { tx, org, number });
        Ok(())
    }

    /// Whether a transaction waits.
    pub fn contains(&self, id: &TxId) -> bool {
        self.waiting.contains_key(id)
    }

    /// The transaction with these whole bytes: it was verified when it came.
    pub fn get_whole(&self, whole: &Hash) -> Option<Arc<VerifiedTx>> {
        self.by_whole.get(whole).and_then(|id| self.waiting.get(id)).map(|w| w.tx.clone())
    }

    /// Up to `max_txs` transactions of together at most `max_bytes` that have not expired, one organisation after the
    /// other, each in order of arrival; then by ascending custody sequence, so that a chain A -> B -> C goes in at once.
    ///
    /// They stay in the pool until they are removed.
    pub fn select(&mut self, max_txs: usize, max_bytes: usize, now: Timestamp) -> Vec<Arc<VerifiedTx>> {
        let mut chosen: Vec<Arc<VerifiedTx>> = Vec::new();
        let mut bytes = 0usize;
        // The next arrival number of each organisation that has more to give.
        let mut turn: BTreeMap<OrgId, u64> = self.ready.keys().map(|org| (*org, 0)).collect();
        let mut last = self.served;
        while chosen.len() < max_txs {
            let after = last.map_or(Bound::Unbounded, Bound::Excluded);
            let next = turn.range((after, Bound::Unbounded)).next().or_else(|| turn.iter().next());
            let Some((org, from)) = next.map(|(org, from)| (*org, *from)) else { break };
            let found = self.ready.get(&org).and_then(|queue| queue.range(from..).next());
            match found.and_then(|(number, id)| self.waiting.get(id).map(|w| (*number, w))) {
                Some((number, waiting)) => {
                    turn.insert(org, number.saturating_add(1));
                    let size = waiting.tx.bytes().len();
                    if waiting.tx.tx().body.expires > now {
                        if bytes.saturating_add(size) > max_bytes {
                            break;
                        }
                        bytes += size;
                        chosen.push(waiting.tx.clone());
                    }
                }
                None => {
                    turn.remove(&org);
                }
            }
            last = Some(org);
        }
        self.served = last;
        chosen.sort_by_key(|tx| custody_seq(tx));
        chosen
    }

    /// Removes transactions that are in a block, or will never be.
    pub fn remove(&mut self, ids: impl IntoIterator<Item = TxId>) {
        for id in ids {
            let Some(Waiting { tx, org, number }) = self.waiting.remove(&id) else { continue };
            self.bytes = self.bytes.saturating_sub(tx.bytes().len());
            self.by_whole.remove(&tx.whole());
            self.by_expiry.remove(&(tx.tx().body.expires, id));
            self.take_out_of_queue(org, number);
            if let Some(share) = self.shares.get_mut(&org) {
                *share -= 1;
                if *share == 0 {
                    self.shares.remove(&org);
                }
            }
        }
    }

    /// Removes what has expired, and says what.
    pub fn expire(&mut self, now: Timestamp) -> Vec<TxId> {
        let expired: Vec<TxId> =
            self.by_expiry.iter().take_while(|(expires, _)| *expires <= now).map(|(_, id)| *id).collect();
        self.remove(expired.iter().copied());
        expired
    }

    /// Puts transactions aside that wait for another act: they are not selected before [`Pool::reach`] of this height.
    pub fn defer(&mut self, ids: impl IntoIterator<Item = TxId>, until_height: u64) {
        for id in ids {
            let Some((org, number)) = self.waiting.get(&id).map(|w| (w.org, w.number)) else { continue };
            self.take_out_of_queue(org, number);
            self.deferred.insert((until_height, id));
        }
    }

    /// Makes ready what was put aside until this height.
    pub fn reach(&mut self, height: u64) {
        let later = self.deferred.split_off(&(height.saturating_add(1), TxId::default()));
        for (_, id) in std::mem::replace(&mut self.deferred, later) {
            if let Some(waiting) = self.waiting.get(&id) {
                self.ready.entry(waiting.org).or_default().insert(waiting.number, id);
            }
        }
    }

    fn take_out_of_queue(&mut self, org: OrgId, number: u64) {
        if let Some(queue) = self.ready.get_mut(&org) {
            queue.remove(&number);
            if queue.is_empty() {
                self.ready.remove(&org);
            }
        }
    }
}

fn custody_seq(tx: &VerifiedTx) -> u64 {
    tx.tx().body.operation.subject().and_then(|(_, point)| point).map_or(0, |point| point.seq)
}
