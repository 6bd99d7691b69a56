//! The node as everything around consensus sees it: submit, judge, look up, follow.

use crate::ingress::{Ingress, SubmitError};
use consensus::Status as ConsensusStatus;
use custody::{BlockPosition, ExecuteError, Veiled};
use ledger::{
    BlockId, Genesis, NetworkId, Outcome, PublicKey, Receipt, SignedTx, StateKey, StateRead, Timestamp, TxId,
    block::Header, record::KeyRecord, state::ReadError,
};
use proof::TrustRoot;
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};
use store::Store;
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
    /// Waits in the pool.
    Pending,
    /// In a block.
    Decided {
        /// The block's header.
        header: Header,
        /// Its receipt.
        receipt: Receipt,
    },
    /// Not known here.
    Unknown,
}

/// A running node, shared by reference count.
#[derive(Clone)]
pub struct Handle {
    /// The ledger.
    pub store: Arc<Store>,
    /// What the network started from.
    pub genesis: Arc<Genesis>,
    /// The trust root that follows from it.
    pub trust: Arc<TrustRoot>,
    /// The network.
    pub network: NetworkId,
    /// The clock that block time follows.
    pub clock: Clock,
    pub(crate) ingress: Ingress,
    pub(crate) blocks: broadcast::Sender<Committed>,
    pub(crate) consensus: watch::Receiver<ConsensusStatus>,
    pub(crate) pool: Arc<Mutex<mempool::Pool>>,
}

impl Handle {
    /// Checks a signed transaction, takes it into the pool and passes it to the other agencies.
    pub async fn submit(&self, bytes: Vec<u8>) -> Result<Submitted, SubmitError> {
        self.ingress.submit(bytes).await
    }

    /// The same for many; answers stand in their order.
    pub async fn submit_many(&self, many: Vec<Vec<u8>>) -> Vec<Result<Submitted, SubmitError>> {
        self.ingress.submit_many(many).await
    }

    /// Judges a draft against the state of now, as if the next block held it alone, whether or not it is signed: who
    /// is to judge need not be trusted with a signature; and as if the `hidden` records were not there. Nothing is kept or
    /// sent.
    pub fn dry_run(&self, draft: &SignedTx, hidden: &BTreeSet<StateKey>) -> Result<Outcome, SubmitError> {
        let view = self.store.view().map_err(|e| SubmitError::Unavailable { detail: e.to_string() })?;
        let tip = view.tip();
        let last = tip.header.as_ref().map_or(self.genesis.time, |h| h.time);
        let time = self.clock.now().max(last.plus_ms(1));
        let position =
            BlockPosition { network: self.network, height: tip.height.saturating_add(1), time, parent: tip.block };
        custody::judge_draft(&Veiled::new(&view, hidden), position, draft).map_err(|error| match error {
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
        let waits = self.pool.lock().is_ok_and(|pool| pool.contains(id));
        Ok(if waits { TxStanding::Pending } else { TxStanding::Unknown })
    }

    /// Blocks from now on.
    pub fn follow(&self) -> broadcast::Receiver<Committed> {
        self.blocks.subscribe()
    }

    /// What consensus says of itself.
    pub fn consensus(&self) -> ConsensusStatus {
        self.consensus.borrow().clone()
    }

    /// Transactions and bytes that wait in the pool.
    pub fn pool_size(&self) -> (usize, usize) {
        self.pool.lock().map_or((0, 0), |pool| (pool.len(), pool.bytes()))
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
    test: Option<ledger::genesis::TestClock>,
    ahead_ms: Arc<AtomicU64>,
}

impl Clock {
    /// The clock of a network.
    pub fn of(genesis: &Genesis) -> Clock {
        Clock { started: genesis.time, test: genesis.test, ahead_ms: Arc::default() }
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
