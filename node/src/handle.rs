//! The node as everything around it sees it: submit, judge, look up, follow.
//!
//! An agency's node and a member's look the same from here. What differs is the way of a transaction into the ledger, and
//! that is in `Way` alone.

use crate::{
    access::Reports,
    history::History,
    ingress::{Ingress, SubmitError},
    member::MemberWay,
};
use consensus::{Safety, Status as ConsensusStatus};
use custody::{BlockPosition, ExecuteError, Veiled};
use ledger::{
    BlockId, ChainParams, Genesis, NetworkId, OrgId, Outcome, PublicKey, Receipt, SignedTx, StateKey, StateRead, Text,
    Timestamp, TxId, block::Header, genesis::TestClock, record::KeyRecord, state::ReadError,
};
use proof::TrustRoot;
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};
use store::{Store, Tip};
use tokio::sync::{broadcast, watch};

/// Blocks that a slow follower of the stream may lag behind before it must ask for them by height.
pub(crate) const STREAM_BACKLOG: usize = 256;

/// A block that has just become durable.
#[derive(Clone, Debug)]
pub struct Committed {
    /// Its identity.
    pub id: BlockId,
    /// Its header.
    pub header: Header,
    /// What became of its transactions.
    pub receipts: Arc<Vec<Receipt>>,
    /// Whether it changed the record of a node.
    pub nodes: bool,
    /// Whether it changed the record of an organisation.
    pub orgs: bool,
    /// The organisations that it touched, ascending.
    pub touched: Arc<[OrgId]>,
}

/// What a submission came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// Taken into the pool.
    Taken(TxId),
    /// In the pool or in the ledger already.
    Known(TxId),
}

impl Submitted {
    /// The transaction.
    pub fn id(self) -> TxId {
        match self {
            Submitted::Taken(id) | Submitted::Known(id) => id,
        }
    }
}

/// Where a transaction stands.
// It lives for the length of one answer.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug)]
pub enum TxStanding {
    /// Waits in the pool, or in the outbox of a member's node.
    Pending,
    /// In a block.
    Decided {
        /// The block's header.
        header: Header,
        /// Its receipt.
        receipt: Receipt,
    },
    /// Waited in the outbox of a member's node until no block could hold it.
    Expired,
    /// Not known here.
    Unknown,
}

/// What is fixed for a network and every node of it has to know. A member has no genesis: on a test network it holds
/// everybody's items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Name of the chain.
    pub chain: Text<32>,
    /// Time of the block that the node's trust starts at: that of the ceremony, unless it is told of a later one.
    pub time: Timestamp,
    /// The clock of a test network; none on a real one.
    pub test: Option<TestClock>,
    /// What all nodes share.
    pub params: ChainParams,
}

impl Frame {
    /// That of a network that starts from a genesis.
    pub fn of(genesis: &Genesis) -> Frame {
        let Genesis { chain, time, test, params, .. } = genesis;
        Frame { chain: chain.clone(), time: *time, test: *test, params: params.clone() }
    }
}

/// How a node's transactions come into the ledger, and what it says of itself.
// One of each process: its size does not matter.
#[allow(clippy::large_enum_variant)]
#[derive(Clone)]
pub(crate) enum Way {
    /// Verified here, and into the pool.
    Agency(AgencyWay),
    /// Kept, and sent to the agencies' nodes.
    Member(MemberWay),
}

/// What only a node has that holds the whole ledger.
#[derive(Clone)]
pub(crate) struct AgencyWay {
    pub(crate) genesis: Arc<Genesis>,
    pub(crate) ingress: Ingress,
    pub(crate) consensus: watch::Receiver<ConsensusStatus>,
    pub(crate) pool: Arc<Mutex<mempool::Pool>>,
    /// Paths between its blocks.
    pub(crate) history: History,
    /// What members' nodes have told of other agencies' nodes.
    pub(crate) reports: Reports,
}

/// A running node, shared by reference count.
#[derive(Clone)]
pub struct Handle {
    /// The ledger, or a member's part of it.
    pub store: Arc<Store>,
    /// What the network is.
    pub frame: Arc<Frame>,
    /// The trust root that the node started with.
    pub trust: Arc<TrustRoot>,
    /// The network.
    pub network: NetworkId,
    /// The clock that block time follows.
    pub clock: Clock,
    pub(crate) blocks: broadcast::Sender<Committed>,
    pub(crate) way: Way,
}

impl Handle {
    /// Checks a signed transaction and sends it on its way: into the pool and to the other agencies, or to an agency.
    pub async fn submit(&self, bytes: Vec<u8>) -> Result<Submitted, SubmitError> {
        match &self.way {
            Way::Agency(way) => way.ingress.submit(bytes).await,
            Way::Member(_) => self.submit_many(vec![bytes]).await.pop().unwrap_or(Err(SubmitError::Busy)),
        }
    }

    /// The same for many; answers stand in their order.
    pub async fn submit_many(&self, many: Vec<Vec<u8>>) -> Vec<Result<Submitted, SubmitError>> {
        match &self.way {
            Way::Agency(way) => way.ingress.submit_many(many).await,
            Way::Member(way) => {
                let count = many.len();
                let (way, store, network, clock) = (way.clone(), self.store.clone(), self.network, self.clock.clone());
                let kept = tokio::task::spawn_blocking(move || way.keep(&store, network, clock.now(), many)).await;
                kept.unwrap_or_else(|error| vec![Err(SubmitError::Unavailable { detail: error.to_string() }); count])
            }
        }
    }

    /// Judges a draft against the state of now, as if the next block held it alone, whether or not it is signed: who
    /// is to judge need not be trusted with a signature; and as if the `hidden` records were not there. Nothing is kept. It
    /// waits for the disk, or for an agency: call it on a thread that may wait.
    pub fn dry_run(&self, draft: &SignedTx, hidden: &BTreeSet<StateKey>) -> Result<Outcome, SubmitError> {
        match &self.way {
            Way::Agency(_) => self.judge_here(draft, hidden),
            Way::Member(way) => way.judge(draft),
        }
    }

    fn judge_here(&self, draft: &SignedTx, hidden: &BTreeSet<StateKey>) -> Result<Outcome, SubmitError> {
        let view = self.store.view().map_err(|e| SubmitError::Unavailable { detail: e.to_string() })?;
        self.judge_on(view.tip(), &Veiled::new(&view, hidden), draft)
    }

    /// Judges a draft against a state, of which `tip` is the last height.
    pub(crate) fn judge_on<S: StateRead>(
        &self,
        tip: &Tip,
        state: &S,
        draft: &SignedTx,
    ) -> Result<Outcome, SubmitError> {
        let last = tip.header.as_ref().map_or(self.frame.time, |h| h.time);
        let time = self.clock.now().max(last.plus_ms(1));
        let position =
            BlockPosition { network: self.network, height: tip.height.saturating_add(1), time, parent: tip.block };
        custody::judge_draft(state, position, draft).map_err(|error| match error {
            ExecuteError::Inadmissible { error, index: _ } => SubmitError::Inadmissible(error),
            e @ (ExecuteError::Read(_) | ExecuteError::NoGenesis(_)) => {
                SubmitError::Unavailable { detail: e.to_string() }
            }
        })
    }

    /// Where a transaction stands.
    pub fn standing(&self, id: &TxId) -> Result<TxStanding, store::StoreError> {
        if let Some(location) = self.store.tx(id)?
            && let Some(header) = self.store.header(location.height)?
        {
            return Ok(TxStanding::Decided { header, receipt: location.receipt });
        }
        Ok(match &self.way {
            Way::Agency(way) if way.pool.lock().is_ok_and(|pool| pool.contains(id)) => TxStanding::Pending,
            Way::Member(way) if way.outbox.contains(id) => TxStanding::Pending,
            Way::Member(way) if way.outbox.has_expired(id) => TxStanding::Expired,
            Way::Agency(_) | Way::Member(_) => TxStanding::Unknown,
        })
    }

    /// Blocks from now on.
    pub fn follow(&self) -> broadcast::Receiver<Committed> {
        self.blocks.subscribe()
    }

    /// What consensus says of itself; of a member's node, which takes no part, what corresponds to it.
    pub fn consensus(&self) -> ConsensusStatus {
        match &self.way {
            Way::Agency(way) => way.consensus.borrow().clone(),
            Way::Member(way) => {
                let height = self.store.tip().height;
                let (peers, safety) = (way.connected(), Safety::Running);
                ConsensusStatus { height, round: 0, committed: height, peers, withheld: 0, safety }
            }
        }
    }

    /// Transactions and bytes that wait: in the pool, or to be sent.
    pub fn pool_size(&self) -> (usize, usize) {
        match &self.way {
            Way::Agency(way) => way.pool.lock().map_or((0, 0), |pool| (pool.len(), pool.bytes())),
            Way::Member(way) => way.outbox.size(),
        }
    }

    /// The part of a member's node, where this is one.
    pub(crate) fn member(&self) -> Option<&MemberWay> {
        match &self.way {
            Way::Agency(_) => None,
            Way::Member(way) => Some(way),
        }
    }

    /// A registered key.
    pub fn key(&self, id: &ledger::KeyId) -> Option<PublicKey> {
        let record: Option<KeyRecord> = self.store.record(&StateKey::Key(*id)).ok().flatten();
        record.and_then(|r| r.public_key())
    }
}

/// Block time as this machine's clock gives it; a test network's runs from its origin at its own rate.
///
/// A test network's clock can be advanced by an act (years pass in a scenario): all copies of a clock share by how much,
/// and every node advances it with the block that holds the act.
#[derive(Clone, Debug)]
pub struct Clock {
    started: Timestamp,
    test: Option<TestClock>,
    ahead_ms: Arc<AtomicU64>,
}

impl Clock {
    /// The clock of a network.
    pub fn of(genesis: &Genesis) -> Clock {
        Clock::new(genesis.time, genesis.test)
    }

    /// The clock of a network that was founded at a time; `test`: as its genesis has it.
    pub fn new(started: Timestamp, test: Option<TestClock>) -> Clock {
        Clock { started, test, ahead_ms: Arc::default() }
    }

    /// Takes over from the state by how much a test network's clock is ahead.
    pub fn follow<S: StateRead>(&self, state: &S) -> Result<(), ReadError> {
        let ahead: Option<u64> = state.record(&StateKey::TestClock)?;
        self.ahead_ms.store(ahead.unwrap_or(0), Ordering::SeqCst);
        Ok(())
    }

    /// How many times faster than real time it runs.
    pub fn rate(&self) -> u64 {
        self.test.map_or(1, |clock| u64::from(clock.rate))
    }

    /// Now, in block time.
    pub fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let real = Timestamp(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX));
        match self.test {
            None => real,
            Some(clock) => {
                let passed = real.ms_since(self.started).saturating_mul(u64::from(clock.rate));
                clock.origin.plus_ms(passed).plus_ms(self.ahead_ms.load(Ordering::SeqCst))
            }
        }
    }
}
