//! The slice, and what it stands on: a trust root and the last head that was taken. The one place that writes into it, so
//! that heads ascend whoever brings records.

use super::{
    agencies::replace,
    proven::{self, End},
};
use crate::handle::Clock;
use ::access::{
    Response,
    wire::{self, Fault, Head, Stand},
};
use ledger::{
    BlockId, Certificate, Event, Header, ItemId, NetworkId, OrgId, StateKey, WriteSet, block::FeedLink,
    record::FeedRecord,
};
use proof::{Certified, Known, Options, Problem, Taken, TrustRoot};
use std::{
    cmp::Ordering,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use store::{OwnTx, SliceBatch, Store, StoreError};

/// What the next answer is judged by.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    /// The trust file: what this node hands on is judged by it elsewhere.
    pub(crate) origin: Arc<TrustRoot>,
    /// The trust root, led on to the seats of the last head.
    pub(crate) trust: Arc<TrustRoot>,
    /// The last head that was taken.
    pub(crate) known: Option<Known>,
    /// The same as it came, with the records of the organisation and its feed and with the whole way from the trust file.
    pub(crate) head: Option<Arc<Head>>,
}

/// A part of the ledger that was proven.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part {
    /// Height of the head that the records were proven under; none for the one that they are put under.
    pub(crate) as_of: Option<u64>,
    /// Records, or that there are none.
    pub(crate) writes: WriteSet,
    /// Events of items.
    pub(crate) events: Vec<Event>,
    /// Links of the feed.
    pub(crate) links: Vec<FeedLink>,
    /// Headers of the blocks that the transactions stand in.
    pub(crate) headers: Vec<Header>,
    /// Transactions with their receipts.
    pub(crate) txs: Vec<OwnTx>,
}

impl Part {
    /// Adds a record as it was proven: its bytes, or that there is none.
    pub(crate) fn record(&mut self, key: StateKey, bytes: Option<Vec<u8>>) {
        self.writes.restore(key, Some(bytes));
    }

    /// Records alone.
    pub(crate) fn of(records: impl IntoIterator<Item = (StateKey, Option<Vec<u8>>)>) -> Part {
        let mut part = Part::default();
        for (key, bytes) in records {
            part.record(key, bytes);
        }
        part
    }
}

/// The slice with its ground.
pub(crate) struct Keeper {
    store: Arc<Store>,
    org: OrgId,
    clock: Clock,
    ground: Mutex<Ground>,
    /// Held while something is written under the head of now.
    turn: Mutex<()>,
    checkpoint: PathBuf,
}

impl Keeper {
    /// The slice of an organisation, under the trust root that this node has come to before.
    pub(crate) fn open(
        store: Arc<Store>,
        org: OrgId,
        clock: Clock,
        trust: TrustRoot,
        checkpoint: PathBuf,
    ) -> Result<Keeper, StoreError> {
        let origin = Arc::new(trust);
        let trust = read_checkpoint(&checkpoint, &origin).map_or_else(|| origin.clone(), Arc::new);
        let view = store.view()?;
        let known = view.tip().header.as_ref().map(known);
        let kept = view.kept()?.and_then(|bytes| match wire::decode(&bytes) {
            Ok(Response::Head(head)) => Some(Arc::new(*head)),
            _ => None,
        });
        drop(view);
        let ground = Mutex::new(Ground { origin, trust, known, head: kept });
        Ok(Keeper { store, org, clock, ground, turn: Mutex::default(), checkpoint })
    }

    /// The slice.
    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Whose it is.
    pub(crate) fn org(&self) -> OrgId {
        self.org
    }

    /// The network.
    pub(crate) fn network(&self) -> NetworkId {
        self.store.network()
    }

    /// Block time.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    fn lock(&self) -> MutexGuard<'_, Ground> {
        // It is replaced field by field, and each of them is whole.
        self.ground.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the next answer is judged by.
    pub(crate) fn ground(&self) -> Ground {
        self.lock().clone()
    }

    /// How answers are judged. The clock of a test network jumps by acts that this node has not heard of yet.
    pub(crate) fn options(&self) -> Options {
        let is_test = self.lock().trust.is_test();
        Options { now: (!is_test).then(|| self.clock.now()), max_age_ms: None, allow_test: true }
    }

    /// How far the feed of the slice goes.
    pub(crate) fn upto(&self) -> Result<FeedRecord, StoreError> {
        let upto = self.store.view()?.upto()?;
        upto.ok_or(StoreError::Slice { doing: "follow a feed in the whole ledger" })
    }

    /// Whether the slice goes on with a head. What is known is what a round came to the end of; records may be here that
    /// were put under a later head, in a round that broke off. Errors: [`End::Behind`], of which the cure is another node or
    /// the next head; [`End::Wrong`] for another block of the height of that head, which was certified too.
    pub(crate) fn goes_on(&self, head: &Known) -> Result<(), End> {
        let tip = self.store.tip();
        match head.height.cmp(&tip.height) {
            Ordering::Less => Err(End::Behind(head.height)),
            Ordering::Equal if head.block != tip.block => Err(Problem::HeadFork { height: head.height }.into()),
            Ordering::Equal | Ordering::Greater => Ok(()),
        }
    }

    /// Puts a part into the slice, under a head. It waits for the disk.
    pub(crate) fn put(&self, head: &Certified, part: Part, kept: Option<&[u8]>) -> Result<(), StoreError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.write((&head.header, &head.certificate), part, kept)
    }

    /// Puts records into the slice that were proven under another head than that of now. It waits for the disk.
    pub(crate) fn add(&self, part: Part) -> Result<(), StoreError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let nothing = || StoreError::Slice { doing: "put a record into a slice that has no head" };
        let view = self.store.view()?;
        let header = view.tip().header.clone().ok_or_else(nothing)?;
        let certificate = view.tip_certificate()?.ok_or_else(nothing)?;
        drop(view);
        self.write((&header, &certificate), part, None)
    }

    fn write(
        &self,
        (head, certificate): (&Header, &Certificate),
        part: Part,
        kept: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let Part { as_of, writes, events, links, headers, txs } = part;
        let as_of = as_of.unwrap_or(head.height);
        self.store.put_slice(SliceBatch { head, certificate, as_of, writes, events, links, headers, txs, kept })
    }

    /// Keeps the bundle of an item.
    pub(crate) fn keep_file(&self, item: &ItemId, height: u64, gz: &[u8]) -> Result<(), StoreError> {
        self.store.put_file(item, height, gz)
    }

    /// Keeps what convicts somebody, where a head contradicts the one that is known: beside the checkpoint, for the operator.
    pub(crate) fn note_fork(&self, why: &End, stand: &Stand) {
        let Ground { origin: _, trust, known, head } = self.ground();
        let is_fork = matches!(why, End::Wrong(wrong) if wrong.fault == Fault::Fork);
        let (Some(known), Some(head)) = (known.filter(|_| is_fork), head) else { return };
        let (Ok(one), Ok(other)) = (proven::stand(&head.stand), proven::stand(stand)) else { return };
        let Some(file) = proof::fork((&one.0, &one.1), (&other.0, &other.1), &trust) else { return };
        let path = self.checkpoint.with_file_name(format!("fork-{}.json", known.height));
        match replace(&path, &file.to_json()) {
            Ok(()) => tracing::error!(path = %path.display(), "two histories were certified: keep this file"),
            Err(error) => tracing::error!(%error, path = %path.display(), "two histories were certified"),
        }
    }

    /// Goes on from a head: from now on later ones are judged by it. The trust root is durable before it is used.
    pub(crate) fn advance(&self, taken: &Taken, head: Option<Arc<Head>>) -> io::Result<()> {
        if let Some(trust) = &taken.trust {
            replace(&self.checkpoint, &trust.to_json())?;
            self.lock().trust = Arc::new(trust.clone());
        }
        let mut ground = self.lock();
        if let Some(head) = head {
            (ground.known, ground.head) = (Some(taken.known), Some(head));
        }
        Ok(())
    }
}

/// What later heads must extend, of a header that was taken.
pub(crate) fn known(header: &Header) -> Known {
    let block: BlockId = header.id();
    Known { height: header.height, time: header.time, block, history: header.history, state: header.state }
}

/// The trust root that this node has come to, if there is one and it goes on from the trust file. It is written by this node
/// alone; one that cannot be used is left, and the way is walked again.
fn read_checkpoint(path: &Path, trust: &TrustRoot) -> Option<TrustRoot> {
    let bytes = fs::read(path).ok()?;
    match TrustRoot::from_json(&bytes) {
        Ok(found) if found.network() == trust.network() && found.start().height >= trust.start().height => Some(found),
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "the checkpoint cannot be used: the way is walked again");
            None
        }
    }
}
