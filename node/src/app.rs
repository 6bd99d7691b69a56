//! The ledger under consensus: build, judge and commit blocks.

use crate::{
    handle::{Clock, Committed},
    ingress::{batch_seed, known_key, slot_keys},
    waiting::Waiting,
};
use bytes::Bytes;
use consensus::{Application, Arrival, BuiltBlock, Fault, Freshness, Pacing, Timeouts, Tip, Verdict};
use custody::{BlockPosition, ExecuteError, Execution};
use ledger::{
    Block, BlockId, Certificate, ChainParams, Evidence, Hash, Header, KeyId, NetworkId, Receipt, SignedTx, StateKey,
    StateRead, Timestamp, TxId, ValidatorSet, VerifiedTx,
    block::PROTOCOL_VERSION,
    bounds::{BLOCK_OVERHEAD, MAX_EVIDENCE},
    codec::CodecError,
    list,
    record::ValidatorsRecord,
    seats, tag,
    transaction::{self, TxError, Unverified},
};
use mempool::Pool;
use std::{
    cell::Cell,
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};
use store::{Candidate, Commit, Store, StoreError};
use tokio::sync::broadcast;

/// Executed blocks of one height that are remembered; each round of the height may add one.
const MAX_OUTCOMES: usize = 8;

/// A block as its bytes give it.
struct Read {
    block: Block,
    /// Its transactions, as far as the pool has verified them.
    known: Vec<Option<Arc<VerifiedTx>>>,
    /// Whether the body is the header's. The identity of a block binds its header, and only through this every byte:
    /// without it one agency could make a good block's identity a bad name, or an honest node take a forged body for a
    /// certified one.
    whole: bool,
}

/// What a block was found to do, kept from the vote to the commit.
struct Judged {
    header: Header,
    execution: Execution,
    candidate: Candidate,
    txs: Vec<Arc<VerifiedTx>>,
}

/// Everything the application is made of.
pub struct AppParts {
    /// The ledger.
    pub store: Arc<Store>,
    /// The pool.
    pub pool: Arc<Mutex<Pool>>,
    /// The network.
    pub network: NetworkId,
    /// Whether it is a test network.
    pub test: bool,
    /// Shared parameters.
    pub params: ChainParams,
    /// Block time.
    pub clock: Clock,
    /// Block time of the genesis.
    pub origin: Timestamp,
    /// This node's consensus key.
    pub me: KeyId,
    /// Where committed blocks are announced.
    pub blocks: broadcast::Sender<Committed>,
    /// The file of evidence that stands in no block yet.
    pub evidence: PathBuf,
}

/// The application.
pub struct LedgerApp {
    parts: AppParts,
    judged: BTreeMap<BlockId, Judged>,
    /// The block read last, by the hash of its bytes: its identity is asked for first, then the verdict.
    read: Cell<Option<(blake3::Hash, Arc<Read>)>>,
    /// Evidence that stands in no block yet.
    evidence: Waiting,
    /// Who signs the next block; read again after each commit.
    validators: ValidatorSet,
    /// Who signed the last one: another set where the seats have just changed.
    signed_last: ValidatorSet,
    /// Who signs from a later height on, where that is decided.
    coming: Option<ValidatorSet>,
}

/// Why a proposed block is not voted for.
type Objection = String;

impl LedgerApp {
    /// An application on a store that holds at least the genesis.
    pub fn new(parts: AppParts) -> Result<LedgerApp, Fault> {
        let Seated { validators, signed_last, coming } = read_seats(&parts.store)?;
        parts.clock.follow(&*parts.store).map_err(|e| Fault::because("read the clock of a test network", e))?;
        let (judged, read) = (BTreeMap::new(), Cell::new(None));
        let evidence = Waiting::open(parts.evidence.clone(), parts.network);
        let evidence = evidence.map_err(|e| Fault::because("read the evidence that waits", e))?;
        let mut app = LedgerApp { parts, judged, read, evidence, validators, signed_last, coming };
        app.sift_evidence()?;
        Ok(app)
    }

    fn last_time(&self) -> Timestamp {
        self.parts.store.tip().header.map_or(self.parts.origin, |h| h.time)
    }

    fn pool(&self) -> Result<std::sync::MutexGuard<'_, Pool>, Fault> {
        self.parts.pool.lock().map_err(|_| Fault::new("reach the pool: a thread died holding it"))
    }

    fn position(&self, height: u64, time: Timestamp) -> BlockPosition {
        BlockPosition { network: self.parts.network, height, time, parent: self.parts.store.tip().block }
    }

    fn expect_next(&self, height: u64) -> Result<(), Fault> {
        let tip = self.parts.store.tip().height;
        match height == tip.saturating_add(1) {
            true => Ok(()),
            false => Err(Fault::new(format!("work on height {height}: the last durable height is {tip}"))),
        }
    }

    fn header(&self, height: u64, round: u32, time: Timestamp, body: Body<'_>) -> Header {
        Header {
            version: PROTOCOL_VERSION,
            network: self.parts.network,
            test: self.parts.test,
            height,
            round,
            builder: self.parts.me,
            time,
            parent: self.parts.store.tip().block,
            txs: txs_root(body.txs),
            results: results_root(&body.execution.receipts),
            rest: Block::rest_hash(body.evidence, body.certificate),
            state: body.state,
            history: body.execution.history,
            validators: self.validators.hash(),
            next_validators: body.execution.next_validators,
        }
    }

    /// The block with these bytes.
    fn read(&self, bytes: &[u8]) -> Result<Arc<Read>, CodecError> {
        let hash = blake3::hash(bytes);
        let read = match self.read.take() {
            Some((of, read)) if of == hash => read,
            _ => Arc::new(self.read_anew(bytes)?),
        };
        self.read.set(Some((hash, read.clone())));
        Ok(read)
    }

    fn read_anew(&self, bytes: &[u8]) -> Result<Read, CodecError> {
        let block = Block::from_bytes(bytes)?;
        let hashes: Vec<Hash> = block.txs.iter().map(|tx| Hash::of_bytes(&tag::TX_WHOLE, tx)).collect();
        let known = match self.parts.pool.lock() {
            Ok(pool) => hashes.iter().map(|whole| pool.get_whole(whole)).collect(),
            // Without the pool all are verified anew; that it cannot be reached is told where it is needed.
            Err(_) => vec![None; hashes.len()],
        };
        let leaf = |(known, bytes): (&Option<Arc<VerifiedTx>>, &Vec<u8>)| match known {
            Some(tx) => Some(tx.leaf()),
            None => {
                let tx = SignedTx::from_bytes(bytes).ok()?;
                Some(transaction::leaf(&tx.body.id(), &tx.signatures_hash()))
            }
        };
        let leaves: Option<Vec<Hash>> = known.iter().zip(&block.txs).map(leaf).collect();
        let rest = Block::rest_hash(&block.evidence, &block.certificate);
        let whole = block.header.rest == rest && leaves.is_some_and(|leaves| block.header.txs == list::root(&leaves));
        Ok(Read { block, known, whole })
    }

    /// Whether a block is what its proposer may propose in this round. It says nothing about the block itself: what is
    /// out of season here has been, or will be, in season elsewhere.
    fn is_in_season(&self, at: Arrival, proposer: KeyId, header: &Header) -> bool {
        let fresh = at.freshness == Freshness::Fresh;
        header.round <= at.round && (!fresh || (header.builder == proposer && header.round == at.round))
    }

    /// Checks a block as far as it can be without executing it.
    fn check_header(&self, at: Arrival, block: &Block) -> Result<(), Objection> {
        let header = &block.header;
        let tip = self.parts.store.tip();
        let set = &self.validators;
        let builder = consensus::proposer(set, header.height, header.round);
        let objection = |problem: &str| Err(problem.to_owned());
        if header.version != PROTOCOL_VERSION || header.network != self.parts.network || header.test != self.parts.test
        {
            return objection("another protocol version or network");
        }
        if header.height != at.height || header.parent != tip.block {
            return objection("it does not follow the last block");
        }
        if header.builder != builder {
            return objection("its builder was not due in its round");
        }
        if header.time <= self.last_time() {
            return objection("its time is not later than its parent's");
        }
        if header.validators != set.hash() {
            return objection("another validator set");
        }
        if header.rest != Block::rest_hash(&block.evidence, &block.certificate) {
            return objection("evidence or carried certificate are not those of the header");
        }
        if block.txs.len() > self.parts.params.block_txs as usize {
            return objection("more transactions than the network allows");
        }
        self.check_rest(block, tip.height, tip.block)
    }

    fn check_rest(&self, block: &Block, tip: u64, parent: BlockId) -> Result<(), Objection> {
        match &block.certificate {
            None if tip == 0 => {}
            Some(certificate) if certificate.height == tip && certificate.block == parent && tip > 0 => certificate
                .verify(self.parts.network, &self.signed_last)
                .map_err(|e| format!("the carried certificate fails to {e}"))?,
            _ => return Err("the carried certificate is not that of the parent".into()),
        }
        Ok(())
    }

    /// Whether all of the evidence accuses agencies that sign its height, however long ago that was.
    fn is_founded(&self, evidence: &[Evidence]) -> Result<bool, Fault> {
        for one in evidence {
            let set = seats::set_at(&*self.parts.store, one.height());
            let set = set.map_err(|e| Fault::because("read who signed a height", e))?;
            if set.is_none_or(|set| one.accused(self.parts.network, &set).is_none()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The block's transactions: those the pool has verified are recognised, the rest are verified now.
    fn resolve(&self, read: &Read) -> Result<Result<Vec<Arc<VerifiedTx>>, Objection>, Fault> {
        let Read { block, known, whole: _ } = read;
        let mut found = known.clone();
        let mut unverified: Vec<Unverified> = Vec::new();
        for (slot, bytes) in found.iter().zip(&block.txs) {
            if slot.is_none() {
                let refused = |error| Ok(Err(format!("a transaction fails to {error}")));
                let tx = match SignedTx::from_bytes(bytes) {
                    Ok(tx) => tx,
                    Err(error) => return refused(error),
                };
                let keys = slot_keys(&self.parts.store, &tx).map_err(|e| Fault::because("read a key", e))?;
                match tx.resolve(&self.parts.network, |id| known_key(&keys, id)) {
                    Ok(tx) => unverified.push(tx),
                    Err(error) => return refused(error),
                }
            }
        }
        let mut verified = Unverified::verify_all(unverified, batch_seed()).into_iter();
        for slot in found.iter_mut().filter(|s| s.is_none()) {
            match verified.next() {
                Some(Ok(tx)) => *slot = Some(Arc::new(tx)),
                Some(Err(error)) => return Ok(Err(format!("a transaction fails to {error}"))),
                None => return Err(Fault::new("verify the transactions of a block")),
            }
        }
        Ok(Ok(found.into_iter().flatten().collect()))
    }

    /// Executes a block and compares every root with its header.
    fn execute(&self, read: &Read) -> Result<Result<Judged, Objection>, Fault> {
        let txs = match self.resolve(read)? {
            Ok(txs) => txs,
            Err(objection) => return Ok(Err(objection)),
        };
        let header = read.block.header.clone();
        let execution =
            match custody::execute_block(&*self.parts.store, self.position(header.height, header.time), &txs) {
                Ok(execution) => execution,
                Err(ExecuteError::Inadmissible { index, error }) => {
                    return Ok(Err(format!("transaction {index} fails to {error}")));
                }
                Err(e @ (ExecuteError::Read(_) | ExecuteError::NoGenesis(_))) => {
                    return Err(Fault::because("execute a block", e));
                }
            };
        let candidate =
            self.parts.store.candidate(&execution.writes).map_err(|e| Fault::because("compute a state root", e))?;
        let differs = [
            ("transactions", header.txs != txs_root(&txs)),
            ("results", header.results != results_root(&execution.receipts)),
            ("history", header.history != execution.history),
            ("next validators", header.next_validators != execution.next_validators),
            ("state", header.state != candidate.root()),
        ];
        match differs.iter().find(|(_, differs)| *differs) {
            Some((root, _)) => Ok(Err(format!("the {root} root is not the one that follows"))),
            None => Ok(Ok(Judged { header, execution, candidate, txs })),
        }
    }

    fn remember(&mut self, id: BlockId, judged: Judged) {
        if self.judged.len() >= MAX_OUTCOMES {
            self.judged.pop_first();
        }
        self.judged.insert(id, judged);
    }

    /// What a decided block does: as judged before the vote, or executed now after a crash or in a catch-up.
    fn judged(&mut self, id: BlockId, bytes: &Bytes) -> Result<Judged, Fault> {
        if let Some(judged) = self.judged.remove(&id) {
            return Ok(judged);
        }
        let read = self.read(bytes).map_err(|e| Fault::because("read a decided block", e))?;
        self.execute(&read)?.map_err(|why| Fault::new(format!("execute a decided block: {why}; this node diverged")))
    }
}

/// Who signs the next block, who signed the last one, and who signs later.
struct Seated {
    validators: ValidatorSet,
    signed_last: ValidatorSet,
    coming: Option<ValidatorSet>,
}

fn read_seats(store: &Store) -> Result<Seated, Fault> {
    let record: Option<ValidatorsRecord> =
        store.record(&StateKey::Validators).map_err(|e| Fault::because("read the validator set", e))?;
    let record = record.ok_or_else(|| Fault::new("read the validator set: the state has none"))?;
    let ValidatorsRecord { set, from, previous, next, changes: _ } = record;
    let changed = from == store.tip().height.saturating_add(1);
    let signed_last = previous.filter(|_| changed).unwrap_or_else(|| set.clone());
    Ok(Seated { validators: set, signed_last, coming: next.map(|(set, _)| set) })
}

/// A fault of a write. A full disk is told as the system tells it, for consensus does not know the store's errors.
fn not_written(doing: &str, error: StoreError) -> Fault {
    match error {
        StoreError::Full { .. } => Fault::because(doing, io::Error::new(io::ErrorKind::StorageFull, error)),
        other => Fault::because(doing, other),
    }
}

struct Body<'a> {
    txs: &'a [Arc<VerifiedTx>],
    execution: &'a Execution,
    evidence: &'a [Evidence],
    certificate: &'a Option<Certificate>,
    state: Hash,
}

fn txs_root(txs: &[Arc<VerifiedTx>]) -> Hash {
    let leaves: Vec<Hash> = txs.iter().map(|tx| tx.leaf()).collect();
    list::root(&leaves)
}

fn results_root(receipts: &[Receipt]) -> Hash {
    let leaves: Vec<Hash> = receipts.iter().map(Receipt::hash).collect();
    list::root(&leaves)
}

impl Application for LedgerApp {
    fn tip(&self) -> Tip {
        let tip = self.parts.store.tip();
        let interval = |ms: u32| Duration::from_millis(u64::from(ms));
        let waiting = self.parts.pool.lock().is_ok_and(|pool| pool.has_ready());
        Tip {
            height: tip.height,
            validators: self.validators.clone(),
            coming: self.coming.clone(),
            timeouts: Timeouts::default(),
            pacing: Pacing {
                busy_interval: interval(self.parts.params.busy_interval_ms),
                idle_interval: interval(self.parts.params.idle_interval_ms),
            },
            waiting,
        }
    }

    fn propose(&mut self, height: u64, round: u32) -> Result<BuiltBlock, Fault> {
        self.expect_next(height)?;
        let tip = self.parts.store.tip();
        let time = self.parts.clock.now().max(self.last_time().plus_ms(1));
        let room = (self.parts.params.block_bytes as usize).saturating_sub(BLOCK_OVERHEAD);
        let waiting = self.pool()?.select(self.parts.params.block_txs as usize, room, time);
        let selection = custody::select_and_execute(&*self.parts.store, self.position(height, time), &waiting)
            .map_err(|e| Fault::because("build a block", e))?;
        self.put_aside(&selection.left_out, height)?;
        let candidate = self
            .parts
            .store
            .candidate(&selection.execution.writes)
            .map_err(|e| Fault::because("compute a state root", e))?;
        let certificate = match tip.height {
            0 => None,
            last => {
                // A ledger that begins with a snapshot has the certificate of its last block, and not the block.
                self.parts.store.certificate(last).map_err(|e| Fault::because("read the last certificate", e))?
            }
        };
        let evidence: Vec<Evidence> = self.evidence.list().iter().take(MAX_EVIDENCE).cloned().collect();
        let body = Body {
            txs: &selection.included,
            execution: &selection.execution,
            evidence: &evidence,
            certificate: &certificate,
            state: candidate.root(),
        };
        let header = self.header(height, round, time, body);
        let id = header.id();
        let txs = selection.included.iter().map(|tx| tx.bytes().to_vec()).collect();
        let block = Block { header: header.clone(), txs, evidence, certificate };
        let bytes = Bytes::from(block.to_bytes());
        self.remember(id, Judged { header, execution: selection.execution, candidate, txs: selection.included });
        Ok(BuiltBlock { id, bytes })
    }

    fn validate(&mut self, at: Arrival, proposer: KeyId, bytes: &Bytes) -> Result<Verdict, Fault> {
        self.expect_next(at.height)?;
        let read = match self.read(bytes) {
            Ok(read) => read,
            Err(error) => return Ok(Verdict::Invalid { reason: format!("it fails to {error}") }),
        };
        let block = &read.block;
        if let Err(reason) = self.check_header(at, block) {
            return Ok(Verdict::Invalid { reason });
        }
        if !self.is_founded(&block.evidence)? {
            return Ok(Verdict::Invalid { reason: "evidence that proves nothing".into() });
        }
        let id = block.header.id();
        let time = block.header.time;
        let in_season = self.is_in_season(at, proposer, &block.header);
        if !self.judged.contains_key(&id) {
            match self.execute(&read)? {
                Ok(judged) => self.remember(id, judged),
                Err(reason) => return Ok(Verdict::Invalid { reason }),
            }
        }
        let now = self.parts.clock.now();
        let distance = now.ms_since(time).max(time.ms_since(now));
        // The clocks of a test network drift as many times faster as they run.
        let drift = u64::from(self.parts.params.clock_drift_ms).saturating_mul(self.parts.clock.rate());
        match in_season && distance <= drift {
            true => Ok(Verdict::Valid(id)),
            false => Ok(Verdict::Untimely(id)),
        }
    }

    fn block_id(&self, bytes: &[u8]) -> Option<BlockId> {
        let read = self.read(bytes).ok()?;
        read.whole.then(|| read.block.header.id())
    }

    fn commit(&mut self, certificate: &Certificate, bytes: &Bytes) -> Result<Tip, Fault> {
        self.expect_next(certificate.height)?;
        let id = certificate.block;
        let Judged { header, execution, candidate, txs } = self.judged(id, bytes)?;
        if header.id() != id {
            return Err(Fault::new("commit a block: its bytes are not those that were decided"));
        }
        let Execution { writes, receipts, events, feeds, history: _, next_validators: _ } = execution;
        let nodes = writes.changes().any(|(key, _)| matches!(key, StateKey::Node(_) | StateKey::Validators));
        let orgs = writes.changes().any(|(key, _)| matches!(key, StateKey::Org(_)));
        let clock = writes.change(&StateKey::TestClock).is_some();
        let touched = feeds.iter().map(|link| link.org).collect();
        let told = Arc::new(receipts.clone());
        let committed = Committed { id, header: header.clone(), receipts: told, nodes, orgs, touched };
        self.parts
            .store
            .commit(Commit {
                block: bytes,
                header,
                certificate: certificate.clone(),
                receipts,
                events,
                feeds,
                writes,
                candidate: Some(candidate),
            })
            .map_err(|e| not_written("make a block durable", e))?;
        self.judged.clear();
        self.read.set(None);
        let Seated { validators, signed_last, coming } = read_seats(&self.parts.store)?;
        (self.validators, self.signed_last, self.coming) = (validators, signed_last, coming);
        if clock {
            let clock = &self.parts.clock;
            clock.follow(&*self.parts.store).map_err(|e| Fault::because("read the clock of a test network", e))?;
        }
        {
            let mut pool = self.pool()?;
            let ids: Vec<TxId> = txs.iter().map(|tx| tx.id()).collect();
            pool.remove(&ids);
            pool.expire(committed.header.time);
            // What waits for another act has something to hope for only when acts were committed.
            if !txs.is_empty() {
                pool.advance(committed.header.height.saturating_add(1));
            }
        }
        // Nobody follows: that is no fault.
        let _ = self.parts.blocks.send(committed);
        Ok(self.tip())
    }

    fn finalized(&mut self, certificate: &Certificate, evidence: Vec<Evidence>) -> Result<(), Fault> {
        self.parts.store.replace_certificate(certificate).map_err(|e| not_written("keep the larger certificate", e))?;
        if evidence.is_empty() && self.evidence.list().is_empty() {
            return Ok(());
        }
        let recorded = self.recorded(certificate.height)?;
        self.keep_evidence(|waiting| {
            waiting.retain(|e| !recorded.contains(e));
            for found in evidence {
                if !recorded.contains(&found) && !waiting.contains(&found) {
                    waiting.push(found);
                }
            }
        })
    }

    fn decided(&self, from: u64, to: u64, max_bytes: usize) -> Result<Vec<(Bytes, Certificate)>, Fault> {
        let mut blocks = Vec::new();
        let mut size = 0usize;
        for height in from..=to.min(self.parts.store.tip().height) {
            let (bytes, certificate) = match self.parts.store.block(height) {
                Ok(Some(block)) => block,
                Ok(None) | Err(StoreError::Pruned { .. }) => break,
                Err(error) => {
                    // Others have it too. That this node cannot serve an old block is no reason to end its voting.
                    tracing::error!(height, %error, "a decided block cannot be read: run `hufud fsck`");
                    break;
                }
            };
            size = size.saturating_add(bytes.len());
            if size > max_bytes && !blocks.is_empty() {
                break;
            }
            blocks.push((Bytes::from(bytes), certificate));
        }
        Ok(blocks)
    }

    fn history_min(&self) -> u64 {
        self.parts.store.first_height().unwrap_or_else(|error| {
            tracing::error!(%error, "the first height cannot be read: run `hufud fsck`");
            self.parts.store.tip().height.saturating_add(1)
        })
    }
}

impl LedgerApp {
    /// What is inadmissible for good leaves the pool; what only waits for another act is put aside.
    fn put_aside(&self, left_out: &[(Arc<VerifiedTx>, TxError)], height: u64) -> Result<(), Fault> {
        let mut pool = self.pool()?;
        for (tx, error) in left_out {
            match error {
                TxError::CustodyAhead { .. } => pool.defer([&tx.id()], height.saturating_add(1)),
                _ => pool.remove([&tx.id()]),
            }
        }
        Ok(())
    }

    /// The evidence in a block of this height, which need not be recorded again.
    fn recorded(&self, height: u64) -> Result<Vec<Evidence>, Fault> {
        let bytes = match self.parts.store.block(height) {
            Ok(Some((bytes, _))) => bytes,
            // A ledger that begins with a snapshot begins behind this block.
            Ok(None) | Err(StoreError::Pruned { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(Fault::because("read the last block", error)),
        };
        let block = Block::from_bytes(&bytes).map_err(|e| Fault::because("read the last block", e))?;
        Ok(block.evidence)
    }

    /// Changes the evidence that waits; it is durable when this returns.
    fn keep_evidence(&mut self, change: impl FnOnce(&mut Vec<Evidence>)) -> Result<(), Fault> {
        self.evidence.change(change).map_err(|e| Fault::because("keep the evidence that waits", e))
    }

    /// Drops of the evidence that a start found what the last block holds, for the node may have ended between that block
    /// and the close of its height; and what accuses nobody, for with it no block of this node would be taken.
    fn sift_evidence(&mut self) -> Result<(), Fault> {
        if self.evidence.list().is_empty() {
            return Ok(());
        }
        let recorded = match self.parts.store.tip().height {
            0 => Vec::new(),
            height => self.recorded(height)?,
        };
        let mut sound = Vec::new();
        for one in self.evidence.list() {
            if !recorded.contains(one) && self.is_founded(std::slice::from_ref(one))? {
                sound.push(one.clone());
            }
        }
        self.keep_evidence(|waiting| *waiting = sound)
    }
}

#[cfg(test)]
mod tests;
