//! A small world to commit: organisations, items, and blocks that hold together. Used by tests and benchmarks alike.
#![allow(dead_code, unreachable_pub)]

use ed25519_dalek::{Signer, SigningKey};
use gs1::{Quantity, Unit};
use ledger::{
    Block, BlockId, Cause, Certificate, ClassId, CommitSignature, CustodyPoint, Decision, Effect, Event, Hash, Header,
    ItemId, ItemRecord, KeyId, Lifecycle, NetworkId, Operation, OrgId, Outcome, PublicKey, Receipt, Role, Signature,
    SignedTx, Slot, StateKey, StateRead, Text, Timestamp, TxBody, TxId, Validator, ValidatorSet, WriteSet,
    block::{EventRef, FeedEntry, FeedLink, PROTOCOL_VERSION},
    crypto::Suite,
    event::{self, Receiver},
    list::{self, Accumulator},
    operation::{Application, Direction, GrantKind, HandoverTerms, NewEntry, Purpose, Registry, Subject, Value},
    policy::WriteOff,
    record::{DutyKind, DutyRecord, EntryRecord, FeedRecord, GrantRecord, GrantState, Marks, Stamp, ValidatorsRecord},
    tag, transaction, tree,
};
use std::collections::BTreeMap;

pub const START: Timestamp = Timestamp(1_800_000_000_000);

pub fn hash(kind: &str, n: u64) -> Hash {
    tree::value(format!("{kind} {n}").as_bytes())
}
/// The network of the genesis `genesis`.
pub fn network() -> NetworkId {
    NetworkId(Hash::of_bytes(&tag::NETWORK, b"genesis"))
}
/// Keys of the agencies.
pub fn agencies() -> [SigningKey; 4] {
    [1, 2, 3, 4].map(|n| SigningKey::from_bytes(&[n; 32]))
}
pub fn validators() -> ValidatorSet {
    let seat = |key: &SigningKey| {
        let bytes = key.verifying_key().to_bytes();
        let key = PublicKey::from_bytes(bytes).expect("a key");
        Validator { key, org: OrgId(Hash(bytes)), peer: bytes }
    };
    ValidatorSet::new(agencies().iter().map(seat).collect()).expect("a set")
}
/// What the state says of those who sign.
pub fn seats() -> ValidatorsRecord {
    ValidatorsRecord { set: validators(), from: 1, previous: None, next: None, changes: 0 }
}
pub fn item(n: u64) -> ItemId {
    ItemId(hash("item", n))
}
pub fn org(n: u64) -> OrgId {
    OrgId(hash("org", n))
}

/// The first event of an item and the record it makes.
pub fn registration(n: u64, custodian: OrgId) -> (Event, ItemRecord) {
    let event = Event {
        item: item(n),
        n: 1,
        cause: Cause::Genesis,
        at: Stamp { height: 0, time: START },
        effect: Effect::Registered {
            class: ClassId(hash("class", n % 7)),
            code: gs1::parse_code(&format!("hufu:test/{n}")).expect("a code"),
            quantity: Quantity::parse("100", Unit::PIECE).expect("a quantity"),
            custodian,
            previous: None,
            purpose: Purpose::Unstated,
            marks: Marks::default(),
            origin: None,
            place: None,
            grant: None,
            private: Some(hash("private", n)),
        },
        state: Lifecycle::Released,
        decision: None,
        links: Vec::new(),
    };
    let record = event::apply(&network(), None, &event).expect("a first event");
    (event, record)
}

/// Records and events of a genesis with so many items in the hands of a few organisations.
pub fn genesis(items: u64, orgs: u64) -> (WriteSet, Vec<Event>) {
    let mut writes = WriteSet::default();
    let mut events = Vec::new();
    for n in 0..items {
        let (event, record) = registration(n, org(n % orgs));
        writes.put(StateKey::Item(item(n)), &record);
        events.push(event);
    }
    for n in 0..orgs {
        writes.put(StateKey::Org(org(n)), &(n, "an organisation"));
        writes.put(StateKey::Feed(org(n)), &(0u64, Hash::default(), 0u64));
    }
    (writes, events)
}

/// A plan that an organisation applied for, perhaps with another one.
pub fn grant(holder: OrgId, counterpart: Option<OrgId>) -> GrantRecord {
    let none = Quantity::zero(Unit::PIECE);
    let application = Application {
        kind: GrantKind::Plan,
        counterpart,
        class: ClassId::default(),
        quantity: none,
        purpose: Purpose::Unstated,
        direction: Direction::Import,
        region: Text::default(),
        ports: Vec::new(),
        premises: None,
        from: START,
        on: Vec::new(),
        private: None,
    };
    GrantRecord {
        holder,
        application,
        applied: Stamp::default(),
        state: GrantState::Applied,
        lane: None,
        number: Text::default(),
        mode: WriteOff::Once,
        valid: None,
        drawn: none,
        abroad: none,
        declared: 0,
        tested: None,
        due: None,
        days_left: 0,
        pauses: 0,
        decision: None,
        previous: None,
        previous_of_counterpart: None,
    }
}

/// An entry of a registry that lists its subject.
pub fn entry(registry: Registry, subject: Subject, to: Option<Timestamp>) -> EntryRecord {
    let entry = NewEntry {
        registry,
        subject,
        period: 0,
        value: Value::None,
        from: START,
        to,
        ends_keys: Vec::new(),
        documents: None,
    };
    EntryRecord { entry, by: Vec::new(), at: Stamp::default(), decision: Decision::default(), end: None }
}

/// A report that some organisations owe.
pub fn duty(debtors: Vec<OrgId>) -> DutyRecord {
    DutyRecord {
        kind: DutyKind::OnDemand { by: org(0), tx: TxId(hash("demand", 0)) },
        debtors,
        about: None,
        due: START,
        opened: Stamp::default(),
        answers: Vec::new(),
        done: None,
        private: None,
    }
}

/// A transaction with what it does.
pub struct Done {
    pub id: TxId,
    pub bytes: Vec<u8>,
    pub leaf: Hash,
    pub event: Event,
    pub record: ItemRecord,
    pub expires: Timestamp,
}

/// Hands an item over. Its signatures are no signatures: nothing here checks them.
pub fn handover(id: ItemId, record: &ItemRecord, receiver: OrgId, at: Stamp, nonce: u64) -> Done {
    let point = CustodyPoint { seq: record.custody_seq, trail: record.trail };
    let expires = at.time.plus_ms(60_000 + nonce % 1_000);
    let giver = record.custodian;
    let terms = HandoverTerms {
        network: network(),
        item: id,
        at: point,
        giver,
        receiver,
        expires,
        purpose: Purpose::Unstated,
        premises: None,
        private: None,
    };
    let slot = |org: OrgId, role| Slot { suite: Suite::Ed25519, org, key: KeyId(org.0), role };
    let mut random = [0; 16];
    random[..8].copy_from_slice(&nonce.to_le_bytes());
    let mut signers = vec![slot(giver, Role::Custodian)];
    if receiver != giver {
        signers.push(slot(receiver, Role::Receiver));
    }
    let signatures = vec![Signature([7; 64]); signers.len()];
    let terms_hash = terms.hash();
    let body = TxBody { network: network(), nonce: random, expires, signers, operation: Operation::Handover { terms } };
    let tx = SignedTx { body, signatures, entries: Vec::new() };
    let tx_id = tx.body.id();
    let event = Event {
        item: id,
        n: record.count + 1,
        cause: Cause::Tx { id: tx_id, index: 0 },
        at,
        effect: Effect::Moved { from: giver, to: receiver, terms: terms_hash, receiver: Receiver::Holder, place: None },
        state: Lifecycle::Stored,
        decision: None,
        links: Vec::new(),
    };
    let leaf = transaction::leaf(&tx_id, &tx.signatures_hash());
    let after = event::apply(&network(), Some(record), &event).expect("a handover");
    Done { id: tx_id, bytes: tx.to_bytes(), leaf, event, record: after, expires }
}

/// The entries of those who gave and took, in the order of the events.
pub fn entries_of(done: &[Done]) -> BTreeMap<OrgId, Vec<FeedEntry>> {
    let mut entries: BTreeMap<OrgId, Vec<FeedEntry>> = BTreeMap::new();
    for d in done {
        let reference = EventRef { item: d.event.item, n: d.event.n, hash: d.event.hash() };
        if let Effect::Moved { from, to, .. } = &d.event.effect {
            for org in [from, to] {
                entries.entry(*org).or_default().push(FeedEntry::Event(reference));
            }
        }
    }
    entries
}

/// What a block of handovers writes: items, the transactions remembered, the feeds of those touched. `state` is the one
/// before it.
pub fn writes_of<S: StateRead>(state: &S, done: &[Done], height: u64) -> WriteSet {
    let mut writes = WriteSet::default();
    for d in done {
        writes.put(StateKey::Item(d.event.item), &d.record);
        writes.put(StateKey::Seen { expires: d.expires, tx: d.id }, &height);
    }
    for (org, entries) in entries_of(done) {
        let before: Option<FeedRecord> = state.record(&StateKey::Feed(org)).expect("a read");
        writes.put(StateKey::Feed(org), &FeedLink::behind(before.as_ref(), org, height, entries).record());
    }
    writes
}

/// The links of the feeds that these writes change.
pub fn feeds_of(done: &[Done], writes: &WriteSet) -> Vec<FeedLink> {
    let link = |(org, entries): (OrgId, Vec<FeedEntry>)| {
        let bytes = writes.change(&StateKey::Feed(org)).and_then(Option::as_ref).expect("a feed");
        let FeedRecord { count, head, height } = ledger::codec::decode(bytes, 1_000).expect("a record");
        FeedLink { org, count, height, head, entries }
    };
    entries_of(done).into_iter().map(link).collect()
}

pub fn receipts_of(done: &[Done]) -> Vec<Receipt> {
    let one = |(i, d): (usize, &Done)| Receipt {
        index: i as u32,
        tx: d.id,
        outcome: Outcome::Accepted {
            events: vec![EventRef { item: d.event.item, n: d.event.n, hash: d.event.hash() }],
        },
    };
    done.iter().enumerate().map(one).collect()
}

/// The chain of headers so far.
#[derive(Clone, Default)]
pub struct Chain {
    pub height: u64,
    pub parent: BlockId,
    pub history: Accumulator,
}

pub struct Built {
    pub block: Vec<u8>,
    pub header: Header,
    pub certificate: Certificate,
}

impl Chain {
    pub fn stamp(&self) -> Stamp {
        Stamp { height: self.height + 1, time: START.plus_ms((self.height + 1) * 1_000) }
    }

    /// The next block; the chain goes on only with [`Chain::take`].
    pub fn build(&self, done: &[Done], receipts: &[Receipt], state: Hash) -> Built {
        let leaves: Vec<Hash> = done.iter().map(|d| d.leaf).collect();
        let results: Vec<Hash> = receipts.iter().map(Receipt::hash).collect();
        let Stamp { height, time } = self.stamp();
        let header = Header {
            version: PROTOCOL_VERSION,
            network: network(),
            test: true,
            height,
            round: 0,
            builder: KeyId(hash("builder", 0)),
            time,
            parent: self.parent,
            txs: list::root(&leaves),
            results: list::root(&results),
            rest: Block::rest_hash(&[], &None),
            state,
            history: self.history.root(),
            validators: validators().hash(),
            next_validators: validators().hash(),
        };
        let txs = done.iter().map(|d| d.bytes.clone()).collect();
        let block = Block { header: header.clone(), txs, evidence: Vec::new(), certificate: None }.to_bytes();
        let certificate = certificate(&header, 3);
        Built { block, header, certificate }
    }

    pub fn take(&mut self, header: &Header) {
        self.height = header.height;
        self.parent = header.id();
        self.history.push(header.id().0);
    }
}

/// A certificate with as many signatures as are needed.
pub fn certified(header: &Header) -> Certificate {
    let (height, round, block) = (header.height, header.round, header.id());
    let mut certificate = Certificate { height, round, block, signatures: Vec::new() };
    let sign = |key: &SigningKey| {
        let signer = PublicKey::from_bytes(key.verifying_key().to_bytes()).expect("a key").id();
        let message = certificate.precommit(network(), signer).sign_hash();
        CommitSignature { signer, signature: Signature(key.sign(message.as_bytes()).to_bytes()) }
    };
    let mut signatures: Vec<CommitSignature> = agencies().iter().take(validators().quorum()).map(sign).collect();
    signatures.sort_by_key(|s| s.signer);
    certificate.signatures = signatures;
    certificate
}

/// A certificate that nobody checks.
pub fn certificate(header: &Header, signers: u64) -> Certificate {
    let signature = |n| CommitSignature { signer: KeyId(hash("validator", n)), signature: Signature([n as u8; 64]) };
    Certificate {
        height: header.height,
        round: header.round,
        block: header.id(),
        signatures: (0..signers).map(signature).collect(),
    }
}
