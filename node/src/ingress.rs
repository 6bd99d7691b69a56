//! The way in: every transaction is decoded and verified here, once, by a bounded pool of threads.
//!
//! Signatures are the dearest part of a transaction. Whatever waits is verified together, and a transaction that comes
//! again, by gossip or in a block, is recognised by the hash of its whole bytes.

mod queue;

use crate::handle::{Clock, Submitted};
use bytes::Bytes;
use consensus::{TxPublisher, limits::MAX_GOSSIP_BYTES};
use ledger::{
    Hash, ItemId, KeyId, NetworkId, PublicKey, SignedTx, StateKey, StateRead, TxId, VerifiedTx,
    bounds::MAX_TX_BYTES,
    record::{ItemRecord, KeyRecord},
    state::ReadError,
    transaction::{Slot, TxError, Unverified},
};
use mempool::{Pool, Refused};
use queue::{Entrance, Exit, Origin};
use std::sync::{Arc, Mutex};
use store::Store;
use tokio::sync::oneshot;

/// Submissions of clients that wait to be verified, and as many of other agencies; beyond it the node says no.
const QUEUE: usize = 8_192;
/// Transactions verified together.
const BATCH: usize = 256;
/// Acts ahead of an item's custody that a transaction may build on: those before it are on their way.
const MAX_AHEAD: u64 = 16;
/// Transactions in one gossip message.
const GOSSIP_TXS: usize = 1_024;

/// Why a transaction was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// It can be in no block as things stand.
    #[error("{0}")]
    Inadmissible(TxError),
    /// The pool says no.
    #[error("{0}")]
    Pool(Refused),
    /// More comes in than is verified.
    #[error("take the transaction: more comes in than this node verifies")]
    Busy,
    /// A member's node has no room to keep it.
    #[error("keep the transaction: too many wait already")]
    OutboxFull,
    /// A member's node reaches no agency, and the answer needs one.
    #[error("ask an agency: none is reachable")]
    Offline,
    /// An agency's node refused what this one asked of it.
    #[error("get an answer of an agency: {code}: {detail}")]
    Refused {
        /// Its code.
        code: &'static str,
        /// Its words.
        detail: String,
    },
    /// A fault of this node.
    #[error("judge the transaction: {detail}")]
    Unavailable {
        /// What failed.
        detail: String,
    },
}

impl SubmitError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            SubmitError::Inadmissible(error) => error.code(),
            SubmitError::Pool(refused) => refused.code(),
            SubmitError::Busy => "H7003",
            SubmitError::OutboxFull => "H7126",
            SubmitError::Offline => "H7122",
            SubmitError::Refused { code, detail: _ } => code,
            SubmitError::Unavailable { .. } => "H7009",
        }
    }
}

/// What becomes of a gossip message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GossipVerdict {
    /// All of it is good: pass it on.
    Accept,
    /// Not now, and nobody's fault.
    Ignore,
    /// No honest agency passes this on.
    Reject,
}

type Answer = Result<Submitted, SubmitError>;

struct Job {
    bytes: Vec<u8>,
    answer: oneshot::Sender<Answer>,
    /// What comes from a client of this node is to be passed on.
    origin: Origin,
}

/// Entrance to the verifying threads.
#[derive(Clone)]
pub struct Ingress {
    jobs: Arc<Entrance<Job>>,
}

/// What the verifying threads work with.
pub struct IngressParts {
    /// The ledger.
    pub store: Arc<Store>,
    /// The pool.
    pub pool: Arc<Mutex<Pool>>,
    /// The network.
    pub network: NetworkId,
    /// Block time.
    pub clock: Clock,
    /// The agencies' transaction gossip.
    pub gossip: TxPublisher,
    /// Wakes an idling proposer.
    pub wake: Arc<dyn Fn() + Send + Sync>,
}

impl Ingress {
    /// Starts `threads` verifying threads; they end when the last [`Ingress`] is dropped. The runtime that this is called
    /// on waits for them at its end: a process that went before they let go of the store would break off.
    pub fn start(parts: IngressParts, threads: usize) -> Ingress {
        let (jobs, queue) = queue::queues(QUEUE);
        let parts = Arc::new(parts);
        for _ in 0..threads.max(1) {
            let (queue, parts) = (queue.clone(), parts.clone());
            tokio::task::spawn_blocking(move || verify_loop(&queue, &parts));
        }
        Ingress { jobs: Arc::new(jobs) }
    }

    /// Submits one transaction of a client.
    pub async fn submit(&self, bytes: Vec<u8>) -> Answer {
        let answer = self.enqueue(bytes, Origin::Client)?;
        answer.await.unwrap_or(Err(SubmitError::Busy))
    }

    /// Submits many; answers stand in their order.
    pub async fn submit_many(&self, many: Vec<Vec<u8>>) -> Vec<Answer> {
        let waiting: Vec<_> = many.into_iter().map(|bytes| self.enqueue(bytes, Origin::Client)).collect();
        let mut answers = Vec::with_capacity(waiting.len());
        for answer in waiting {
            answers.push(match answer {
                Ok(answer) => answer.await.unwrap_or(Err(SubmitError::Busy)),
                Err(error) => Err(error),
            });
        }
        answers
    }

    /// Takes a message of another agency's gossip and says whether it may be passed on.
    pub async fn receive(&self, message: &Bytes) -> GossipVerdict {
        let Some(many) = unpack(message) else { return GossipVerdict::Reject };
        let waiting: Vec<_> = many.into_iter().map(|bytes| self.enqueue(bytes, Origin::Gossip)).collect();
        let mut answers = Vec::with_capacity(waiting.len());
        for answer in waiting {
            answers.push(match answer {
                Ok(answer) => answer.await.unwrap_or(Err(SubmitError::Busy)),
                Err(error) => Err(error),
            });
        }
        verdict(&answers)
    }

    fn enqueue(&self, bytes: Vec<u8>, origin: Origin) -> Result<oneshot::Receiver<Answer>, SubmitError> {
        let (answer, receiver) = oneshot::channel();
        self.jobs.put(origin, Job { bytes, answer, origin }).map_err(|_| SubmitError::Busy)?;
        Ok(receiver)
    }
}

/// A message is passed on if all in it is good and something of it was new here: what everyone has goes no further.
fn verdict(answers: &[Answer]) -> GossipVerdict {
    let mut new = false;
    let mut good = true;
    for answer in answers {
        match answer {
            Ok(submitted) => new |= matches!(submitted, Submitted::Taken(_)),
            Err(error) if is_sender_at_fault(error) => return GossipVerdict::Reject,
            Err(_) => good = false,
        }
    }
    if new && good { GossipVerdict::Accept } else { GossipVerdict::Ignore }
}

/// An honest agency passes on only what it has verified; time and knowledge of keys may differ between honest nodes.
fn is_sender_at_fault(error: &SubmitError) -> bool {
    match error {
        SubmitError::Inadmissible(error) => match error {
            TxError::Codec(_)
            | TxError::SignerCount { .. }
            | TxError::Slot { .. }
            | TxError::SignatureCount { .. }
            | TxError::Entries
            | TxError::Bounds { .. }
            | TxError::Field { .. }
            | TxError::Network { .. }
            | TxError::KeyForeign { .. }
            | TxError::SignatureInvalid { .. } => true,
            TxError::KeyUnknown { .. }
            | TxError::Expired { .. }
            | TxError::ExpiryTooFar { .. }
            | TxError::Replayed
            | TxError::CustodyAhead { .. } => false,
        },
        SubmitError::Pool(_)
        | SubmitError::Busy
        | SubmitError::OutboxFull
        | SubmitError::Offline
        | SubmitError::Refused { .. }
        | SubmitError::Unavailable { .. } => false,
    }
}

fn verify_loop(queue: &Exit<Job>, parts: &IngressParts) {
    while let Some(jobs) = queue.take(BATCH) {
        verify_batch(jobs, parts);
    }
}

/// Decodes, recognises, verifies together, and takes into the pool.
fn verify_batch(jobs: Vec<Job>, parts: &IngressParts) {
    let mut answers: Vec<(oneshot::Sender<Answer>, Origin, Option<Answer>)> = Vec::with_capacity(jobs.len());
    let mut unverified = Vec::new();
    let mut positions = Vec::new();
    for (position, Job { bytes, answer, origin }) in jobs.into_iter().enumerate() {
        let outcome = match prepare(&bytes, parts) {
            Ok(Prepared::Known(submitted)) => Some(Ok(submitted)),
            Ok(Prepared::New(tx)) => {
                unverified.push(*tx);
                positions.push(position);
                None
            }
            Err(error) => Some(Err(error)),
        };
        answers.push((answer, origin, outcome));
    }
    let verified = Unverified::verify_all(unverified, batch_seed());
    let now = parts.clock.now();
    let mut passed_on = Vec::new();
    let mut taken = false;
    if let Ok(mut pool) = parts.pool.lock() {
        for (position, result) in positions.into_iter().zip(verified) {
            let Some((_, origin, outcome)) = answers.get_mut(position) else { continue };
            *outcome = Some(admit(result, &mut pool, now, *origin, &mut passed_on));
            taken |= matches!(outcome, Some(Ok(Submitted::Taken(_))));
        }
    }
    if taken {
        (parts.wake)();
    }
    for message in pack(&passed_on) {
        if let Err(error) = parts.gossip.publish(message) {
            // It stays in the pool, and goes into a block when it is this node's turn to build one.
            tracing::warn!(%error, "transactions were not passed on");
        }
    }
    for (answer, _, outcome) in answers {
        let unavailable = SubmitError::Unavailable { detail: "the pool cannot be reached".into() };
        // Whoever asked may have gone.
        let _ = answer.send(outcome.unwrap_or(Err(unavailable)));
    }
}

fn admit(
    result: Result<VerifiedTx, TxError>,
    pool: &mut Pool,
    now: ledger::Timestamp,
    origin: Origin,
    passed_on: &mut Vec<Arc<VerifiedTx>>,
) -> Answer {
    let tx = Arc::new(result.map_err(SubmitError::Inadmissible)?);
    tx.tx().body.check_time(now).map_err(SubmitError::Inadmissible)?;
    match pool.insert(tx.clone(), now) {
        Ok(()) => {
            let id = tx.id();
            if origin == Origin::Client {
                passed_on.push(tx);
            }
            Ok(Submitted::Taken(id))
        }
        Err(Refused::Known) => Ok(Submitted::Known(tx.id())),
        Err(refused) => Err(SubmitError::Pool(refused)),
    }
}

enum Prepared {
    Known(Submitted),
    New(Box<Unverified>),
}

fn prepare(bytes: &[u8], parts: &IngressParts) -> Result<Prepared, SubmitError> {
    if bytes.len() > MAX_TX_BYTES {
        let error = ledger::codec::CodecError::TooLong { length: bytes.len(), limit: MAX_TX_BYTES };
        return Err(SubmitError::Inadmissible(TxError::Codec(error)));
    }
    let whole = Hash::of_bytes(&ledger::tag::TX_WHOLE, bytes);
    let waiting = parts.pool.lock().ok().and_then(|pool| pool.get_whole(&whole));
    if let Some(tx) = waiting {
        return Ok(Prepared::Known(Submitted::Known(tx.id())));
    }
    let tx = SignedTx::from_bytes(bytes).map_err(SubmitError::Inadmissible)?;
    let id = tx.body.id();
    if is_committed(parts, &tx, &id)? {
        return Ok(Prepared::Known(Submitted::Known(id)));
    }
    let keys = slot_keys(&parts.store, &tx).map_err(|e| SubmitError::Unavailable { detail: e.to_string() })?;
    own_keys(&tx, &keys).map_err(SubmitError::Inadmissible)?;
    in_reach(&*parts.store, &tx).map_err(SubmitError::Inadmissible)?;
    let key = |id: &KeyId| known_key(&keys, id);
    tx.resolve(&parts.network, key).map(|u| Prepared::New(Box::new(u))).map_err(SubmitError::Inadmissible)
}

/// Whether the transaction builds on a custody that its item may soon reach; what does not would wait here until it
/// expires, for nothing.
///
/// The item that it is about is read so that execution finds it in memory: there one thread would wait for the disk once an
/// item, here several do.
fn in_reach(state: &impl StateRead, tx: &SignedTx) -> Result<(), TxError> {
    let operation = &tx.body.operation;
    // Execution reads them again and tells what is wrong; of an item that is not there it says so at once.
    let record = |item: &ItemId| -> Option<ItemRecord> { state.record(&StateKey::Item(*item)).ok().flatten() };
    for (item, point) in operation.points() {
        if let Some(ItemRecord { custody_seq: found, .. }) = record(&item)
            && point.seq > found.saturating_add(MAX_AHEAD)
        {
            return Err(TxError::CustodyAhead { asked: point.seq, found });
        }
    }
    if let Some((item, None)) = operation.subject() {
        record(&item);
    }
    Ok(())
}

/// Whether a block holds the transaction. The state remembers it until it expires, and answers from memory; later it is
/// looked up where blocks are.
fn is_committed(parts: &IngressParts, tx: &SignedTx, id: &TxId) -> Result<bool, SubmitError> {
    let expires = tx.body.expires;
    let tip = parts.store.tip().header.map(|header| header.time);
    if expires > parts.clock.now().max(tip.unwrap_or_default()) {
        return Ok(parts.store.contains(&StateKey::Seen { expires, tx: *id }));
    }
    let location = parts.store.tx(id).map_err(|e| SubmitError::Unavailable { detail: e.to_string() })?;
    Ok(location.is_some())
}

/// The records of the keys that a transaction names, those that the ledger knows. An error is this node's: a key that
/// cannot be read is not an unknown one.
pub(crate) fn slot_keys(store: &Store, tx: &SignedTx) -> Result<Vec<(KeyId, KeyRecord)>, ReadError> {
    let mut found = Vec::with_capacity(tx.body.signers.len());
    for slot in &tx.body.signers {
        let record: Option<KeyRecord> = store.record(&StateKey::Key(slot.key))?;
        found.extend(record.map(|record| (slot.key, record)));
    }
    Ok(found)
}

/// The key with this identity, to be parsed when it is used.
pub(crate) fn known_key(keys: &[(KeyId, KeyRecord)], id: &KeyId) -> Option<PublicKey> {
    keys.iter().find(|(known, _)| known == id).map(|(_, record)| PublicKey::unparsed(record.key))
}

/// Whether each key is of the organisation that its slot names. A key keeps its organisation for ever, so the answer is
/// the same later; in a block such a transaction is refused.
pub(crate) fn own_keys(tx: &SignedTx, keys: &[(KeyId, KeyRecord)]) -> Result<(), TxError> {
    let foreign = |slot: &Slot| keys.iter().any(|(known, record)| *known == slot.key && record.org != slot.org);
    match tx.body.signers.iter().enumerate().find(|(_, slot)| foreign(slot)) {
        Some((position, slot)) => Err(TxError::KeyForeign { slot: position, key: slot.key }),
        None => Ok(()),
    }
}

/// 32 bytes that no signer could foresee.
pub fn batch_seed() -> [u8; 32] {
    let mut seed = [0u8; 32];
    match getrandom::fill(&mut seed) {
        Ok(()) => seed,
        Err(error) => {
            // Without a seed nobody can foresee, a batch could be made to hold by whoever foresees it.
            tracing::error!(%error, "the system's random generator failed");
            std::process::abort()
        }
    }
}

/// Gossip messages: transactions one behind the other, each behind its length as a little-endian u32.
fn pack(txs: &[Arc<VerifiedTx>]) -> Vec<Bytes> {
    let mut messages = Vec::new();
    let (mut message, mut count) = (Vec::new(), 0);
    for tx in txs {
        if !message.is_empty() && (message.len() + tx.bytes().len() + 4 > MAX_GOSSIP_BYTES || count >= GOSSIP_TXS) {
            messages.push(Bytes::from(std::mem::take(&mut message)));
            count = 0;
        }
        count += 1;
        let length = u32::try_from(tx.bytes().len()).unwrap_or(u32::MAX);
        message.extend_from_slice(&length.to_le_bytes());
        message.extend_from_slice(tx.bytes());
    }
    if !message.is_empty() {
        messages.push(Bytes::from(message));
    }
    messages
}

/// The transactions of a gossip message; `None` when the lengths do not add up, when one is empty or when there are too many.
pub fn unpack(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut many = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (tx, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        if tx.is_empty() || many.len() >= GOSSIP_TXS {
            return None;
        }
        many.push(tx.to_vec());
        bytes = rest;
    }
    Some(many)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gs1::{Quantity, Unit};
    use ledger::{
        ClassId, CustodyPoint, ItemId, Lifecycle, Operation, OrgId, Timestamp, TxBody, operation::Purpose,
        record::Marks, state::*,
    };

    #[test]
    fn what_builds_on_a_custody_far_ahead_is_refused() {
        let (known, found) = (ItemId(Hash([1; 32])), 5);
        let all = Quantity::new(10, Unit::PIECE).unwrap();
        let none = Quantity::zero(Unit::PIECE);
        let record = ItemRecord {
            class: ClassId::default(),
            code: "01/09521100000017/10/LOT".parse().unwrap(),
            registrant: OrgId::default(),
            custodian: OrgId::default(),
            state: Lifecycle::Released,
            registered: all,
            on_hand: all,
            used: none,
            derived: none,
            wasted: none,
            lost: none,
            disposed: none,
            purpose: Purpose::Unstated,
            marks: Marks::default(),
            place: None,
            quarantined: false,
            grant: None,
            excursions: 0,
            holds: Vec::new(),
            container: None,
            inside: None,
            count: 5,
            head: Hash::default(),
            custody_seq: found,
            trail: Hash::default(),
            offer: None,
            previous: None,
            private: None,
        };
        let (mut state, mut writes) = (MemoryState::default(), WriteSet::default());
        writes.put(StateKey::Item(known), &record);
        state.apply(&writes);
        let check = |item, seq, expected| {
            let at = CustodyPoint { seq, trail: Hash::default() };
            let operation = Operation::Use { item, at, quantity: all, private: None };
            let (network, expires) = (NetworkId::default(), Timestamp(1));
            let body = TxBody { network, nonce: [0; 16], expires, signers: Vec::new(), operation };
            let tx = SignedTx { body, signatures: Vec::new(), entries: Vec::new() };
            assert_eq!(in_reach(&state, &tx), expected, "{seq}");
        };
        check(known, 0, Ok(()));
        check(known, found + MAX_AHEAD, Ok(()));
        for asked in [found + MAX_AHEAD + 1, 1_000_000_000, u64::MAX] {
            check(known, asked, Err(TxError::CustodyAhead { asked, found }));
        }
        // Execution says at once that there is no such item.
        check(ItemId(Hash([2; 32])), 1_000_000_000, Ok(()));
    }

    #[test]
    fn lengths_must_add_up() {
        let check = |bytes: &[u8], expected: Option<usize>| assert_eq!(unpack(bytes).map(|m| m.len()), expected);
        check(&[], Some(0));
        check(&[1, 0, 0, 0, 7], Some(1));
        check(&[1, 0, 0, 0, 7, 2, 0, 0, 0, 8, 8], Some(2));
        check(&[1, 0, 0, 0, 7, 0, 0, 0, 0], None);
        check(&[0; 4 * 60_000], None);
        check(&[1, 0, 0, 0, 7].repeat(GOSSIP_TXS), Some(GOSSIP_TXS));
        check(&[1, 0, 0, 0, 7].repeat(GOSSIP_TXS + 1), None);
        check(&[1, 0, 0, 0], None);
        check(&[255, 255, 255, 255, 7], None);
        check(&[1, 0, 0], None);
    }

    #[test]
    fn only_what_brings_something_new_is_passed_on() {
        let id = TxId::default();
        let (taken, known) = (|| Ok(Submitted::Taken(id)), || Ok(Submitted::Known(id)));
        let ahead = || Err(SubmitError::Inadmissible(TxError::CustodyAhead { asked: 9, found: 0 }));
        let wrong = || Err(SubmitError::Inadmissible(TxError::Entries));
        let check = |answers: &[Answer], expected| assert_eq!(verdict(answers), expected, "{answers:?}");
        check(&[], GossipVerdict::Ignore);
        check(&[taken()], GossipVerdict::Accept);
        check(&[known(), taken()], GossipVerdict::Accept);
        check(&[known(), known()], GossipVerdict::Ignore);
        check(&[taken(), ahead()], GossipVerdict::Ignore);
        check(&[taken(), Err(SubmitError::Busy)], GossipVerdict::Ignore);
        check(&[ahead(), wrong(), taken()], GossipVerdict::Reject);
    }
}
