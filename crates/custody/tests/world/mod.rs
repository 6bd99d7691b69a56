//! A small world to test rules in: four agencies, two firms, a carrier and a disposer, with real keys, over a
//! `MemoryState`. Every transaction takes the whole way: bytes, decoding, verification, execution, state.
#![allow(dead_code, reason = "each test binary uses its part")]

use custody::{BlockPosition, ExecuteError, Execution, execute_block, genesis_state};
use ed25519_dalek::{Signer as _, SigningKey};
use gs1::{ItemCode, Quantity, Unit};
use ledger::{
    Act, BlockId, ClassId, CustodyPoint, Event, Genesis, HandoverTerms, Hash, ItemId, ItemRecord, KeyId, KeyRecord,
    Lifecycle, NetworkId, Operation, OrgId, Outcome, PersonId, PolicyPack, PublicKey, Receipt, Rejection, Role,
    Signature, SignedTx, Slot, StateKey, StateRead, Text, Timestamp, TxBody, TxId, VerifiedTx,
    codec::Canonical,
    crypto::{Suite, peer_possession, possession_message},
    genesis::{ChainParams, GenesisOrg, NodeClaim, consensus_possession},
    list,
    operation::{Entry, EntryBody, EntryList, InspectionResult, KeyClaim, Registration},
    record::{
        AgencyFunction, Category, ClassCode, ClassProfile, CodeRecord, FeedRecord, NodeRecord, OrgIdentifier, OrgKind,
        OrgProfile, Roles,
    },
    state::{MemoryState, code_hash},
    transaction::TxError,
};
use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex},
};

/// Block time of genesis: 2026-01-01T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp(1_767_225_600_000);
/// Milliseconds between blocks.
pub(crate) const STEP_MS: u64 = 1_000;
/// One hour of block time.
pub(crate) const HOUR_MS: u64 = 3_600_000;
/// GTIN of the class that genesis holds.
pub(crate) const GTIN: &str = "09521100000017";

/// A pack that comes with the program, as the vectors have it.
pub(crate) fn shipped(name: &str, orientation: &str) -> PolicyPack {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/vectors/packs.json");
    let packs: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let is = |pack: &&serde_json::Value| pack["name"] == name && pack["orientation"] == orientation;
    let pack = packs["packs"].as_array().unwrap().iter().find(is).unwrap();
    let bytes = hex::decode(pack["bytes"].as_str().unwrap()).unwrap();
    ledger::codec::decode(&bytes, ledger::bounds::MAX_PACK_BYTES).unwrap()
}

/// An organisation of this world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Org {
    Customs,
    Science,
    Health,
    Environment,
    FirmA,
    FirmB,
    Carrier,
    Disposer,
    /// Not of genesis; tests may register it.
    Stranger,
}

impl Org {
    pub(crate) const GENESIS: [Org; 8] = [
        Org::Customs,
        Org::Science,
        Org::Health,
        Org::Environment,
        Org::FirmA,
        Org::FirmB,
        Org::Carrier,
        Org::Disposer,
    ];

    pub(crate) fn kind(self) -> OrgKind {
        match self {
            Org::Customs => OrgKind::Agency(AgencyFunction::Customs),
            Org::Science => OrgKind::Agency(AgencyFunction::ScienceTechnology),
            Org::Health => OrgKind::Agency(AgencyFunction::Health),
            Org::Environment => OrgKind::Agency(AgencyFunction::Environment),
            Org::FirmA | Org::FirmB | Org::Stranger => OrgKind::Enterprise,
            Org::Carrier => OrgKind::Carrier,
            Org::Disposer => OrgKind::Disposer,
        }
    }

    pub(crate) fn profile(self) -> OrgProfile {
        OrgProfile {
            identifier: OrgIdentifier { scheme: text("test"), value: text(&format!("{self:?}")) },
            name: text(&format!("{self:?}")),
            kind: self.kind(),
        }
    }

    pub(crate) fn id(self) -> OrgId {
        OrgId::of(&self.profile().identifier)
    }
}

/// A person's key: the organisation and a number. Every number is another key of another person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Person {
    pub(crate) org: Org,
    pub(crate) number: u8,
}

const fn head(org: Org) -> Person {
    Person { org, number: 1 }
}
pub(crate) const CUSTOMS: Person = head(Org::Customs);
pub(crate) const SCIENCE: Person = head(Org::Science);
pub(crate) const HEALTH: Person = head(Org::Health);
pub(crate) const ENVIRONMENT: Person = head(Org::Environment);
pub(crate) const A: Person = head(Org::FirmA);
pub(crate) const B: Person = head(Org::FirmB);
pub(crate) const CARRIER: Person = head(Org::Carrier);
pub(crate) const DISPOSER: Person = head(Org::Disposer);
pub(crate) const STRANGER: Person = head(Org::Stranger);
/// Of firm A, registered at genesis with the role of declarant alone.
pub(crate) const CLERK: Person = Person { org: Org::FirmA, number: 2 };
/// Number of the consensus key of an agency.
pub(crate) const CONSENSUS: u8 = 200;
/// Number of the transport identity of an agency's node.
pub(crate) const PEER: u8 = 201;

/// A key with what is derived from it, made once: tests sign much.
struct Held {
    signing: SigningKey,
    public: PublicKey,
    id: KeyId,
}

static HELD: LazyLock<Mutex<BTreeMap<Person, Arc<Held>>>> = LazyLock::new(Default::default);

impl Person {
    fn held(self) -> Arc<Held> {
        let mut held = HELD.lock().unwrap();
        held.entry(self).or_insert_with(|| Arc::new(self.derive())).clone()
    }
    fn derive(self) -> Held {
        let mut seed = [0u8; 32];
        seed[0] = self.org as u8 + 1;
        seed[1] = self.number;
        let signing = SigningKey::from_bytes(&seed);
        let public = PublicKey::from_bytes(signing.verifying_key().to_bytes()).unwrap();
        let id = public.id();
        Held { signing, public, id }
    }
    pub(crate) fn key(self) -> [u8; 32] {
        *self.held().public.bytes()
    }
    pub(crate) fn key_id(self) -> KeyId {
        self.held().id
    }
    pub(crate) fn pseudonym(self) -> PersonId {
        PersonId(Hash([self.org as u8 + 1 + (self.number << 4); 32]))
    }
    pub(crate) fn slot(self, role: Role) -> Slot {
        Slot { suite: Suite::Ed25519, org: self.org.id(), key: self.key_id(), role }
    }
    pub(crate) fn sign(self, message: &Hash) -> Signature {
        Signature(self.held().signing.sign(&message.0).to_bytes())
    }
    /// A claim on this key, in the name of `person`.
    pub(crate) fn claim(self, network: &NetworkId, org: Org, person: PersonId, roles: Roles) -> KeyClaim {
        KeyClaim {
            key: self.key(),
            person,
            name: Hash([7; 32]),
            roles,
            possession: self.sign(&possession_message(network, &org.id(), &person, &self.key())),
        }
    }
    /// The registration of this key as a transport identity.
    pub(crate) fn as_node(self, network: &NetworkId, org: Org) -> Operation {
        let possession = self.sign(&peer_possession(network, &org.id(), &self.key()));
        Operation::RegisterNode { org: org.id(), peer: self.key(), possession }
    }
}

pub(crate) fn text<const MAX: usize>(t: &str) -> Text<MAX> {
    Text::new(t).unwrap()
}
pub(crate) fn all_roles() -> Roles {
    Roles::of(&Role::ALL)
}
pub(crate) fn pieces(n: u64) -> Quantity {
    Quantity::new(n, Unit::PIECE).unwrap()
}
pub(crate) fn class_code(gtin: &str) -> ClassCode {
    ClassCode::Gtin(gtin.parse().unwrap())
}
pub(crate) fn class_id() -> ClassId {
    ClassId::of(&class_code(GTIN))
}
pub(crate) fn class_profile(gtin: &str) -> ClassProfile {
    ClassProfile {
        code: class_code(gtin),
        name: text("vaccine"),
        category: Category::BiologicalProduct,
        grade: text("2"),
        hgr: false,
        hs: "HS2022-CN-3002150000".parse().unwrap(),
    }
}
pub(crate) fn lot(name: &str) -> ItemCode {
    format!("01/{GTIN}/10/{name}").parse().unwrap()
}
pub(crate) fn serial(name: &str) -> ItemCode {
    format!("01/{GTIN}/21/{name}").parse().unwrap()
}
pub(crate) fn registration(code: ItemCode, quantity: Quantity) -> EntryBody {
    EntryBody::Registration(Registration { class: class_id(), code, quantity, private: None })
}
pub(crate) fn entries(bodies: Vec<EntryBody>) -> Vec<Entry> {
    let salted = |(n, body)| Entry { salt: [n; 16], body };
    (0u8..=255).cycle().zip(bodies).map(salted).collect()
}
pub(crate) fn list_of(entries: &[Entry]) -> EntryList {
    let hashes: Vec<Hash> = entries.iter().map(Entry::hash).collect();
    EntryList { count: u32::try_from(entries.len()).unwrap(), root: list::root(&hashes) }
}

/// The genesis of the world.
pub(crate) fn genesis() -> Genesis {
    let chain: Text<32> = text("small world");
    let orgs = Org::GENESIS.into_iter().map(|org| genesis_org(&chain, org)).collect();
    Genesis {
        chain,
        time: START,
        test: None,
        params: ChainParams::default(),
        pack: shipped("shenzhen-draft", "first-is-lowest"),
        orgs,
        classes: vec![class_profile(GTIN)],
        items: Vec::new(),
    }
}

fn genesis_org(chain: &Text<32>, org: Org) -> GenesisOrg {
    let chief = head(org);
    let none = NetworkId::default();
    let mut keys = vec![chief.claim(&none, org, chief.pseudonym(), all_roles())];
    if org == CLERK.org {
        keys.push(CLERK.claim(&none, org, CLERK.pseudonym(), Roles::of(&[Role::Declarant])));
    }
    let node = org.kind().function().map(|_| {
        let (consensus, transport) = (Person { org, number: CONSENSUS }, Person { org, number: PEER });
        let (key, peer) = (consensus.key(), transport.key());
        NodeClaim {
            key,
            peer,
            possession: consensus.sign(&consensus_possession(chain, &org.id(), &key, &peer)),
            peer_possession: transport.sign(&peer_possession(&none, &org.id(), &peer)),
        }
    });
    GenesisOrg { profile: org.profile(), keys, node }
}

/// State, clock and history of the world.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) network: NetworkId,
    pub(crate) state: MemoryState,
    pub(crate) height: u64,
    pub(crate) now: Timestamp,
    pub(crate) parent: BlockId,
    /// All events so far.
    pub(crate) events: Vec<Event>,
    nonce: Cell<u64>,
}

impl Default for World {
    fn default() -> Self {
        World::of(&genesis())
    }
}

impl World {
    pub(crate) fn of(genesis: &Genesis) -> World {
        let made = genesis_state(genesis).unwrap();
        let mut state = MemoryState::default();
        state.apply(&made.writes);
        World {
            network: made.network,
            state,
            height: 0,
            now: genesis.time,
            parent: BlockId::default(),
            events: made.events,
            nonce: Cell::new(0),
        }
    }

    // ------------------------------------------------------------------------------------------------- making

    /// Expiry of transactions unless a test says otherwise.
    pub(crate) fn soon(&self) -> Timestamp {
        self.now.plus_ms(HOUR_MS)
    }

    pub(crate) fn body(&self, operation: Operation, signers: &[(Person, Role)], expires: Timestamp) -> TxBody {
        self.nonce.set(self.nonce.get() + 1);
        let mut nonce = [0u8; 16];
        nonce[..8].copy_from_slice(&self.nonce.get().to_le_bytes());
        TxBody {
            network: self.network,
            nonce,
            expires,
            signers: signers.iter().map(|(person, role)| person.slot(*role)).collect(),
            operation,
        }
    }

    /// Signs a body; `people` stand for the slots, in order.
    pub(crate) fn sign(&self, body: TxBody, people: &[Person], entries: Vec<Entry>) -> Arc<VerifiedTx> {
        let id = body.id();
        let signatures = body.signers.iter().zip(people);
        let signatures = signatures.map(|(slot, p)| p.sign(&body.sign_hash(&id, slot))).collect();
        let signed = SignedTx { body, signatures, entries };
        let read = SignedTx::from_bytes(&signed.to_bytes()).expect("a well-formed transaction");
        let network = read.body.network;
        let resolved = read.resolve(&network, |id| {
            let person = people.iter().find(|p| p.key_id() == *id)?;
            Some(person.held().public)
        });
        Arc::new(resolved.unwrap().verify().expect("signatures that hold"))
    }

    pub(crate) fn tx(&self, operation: Operation, signers: &[(Person, Role)]) -> Arc<VerifiedTx> {
        self.tx_until(operation, signers, self.soon())
    }

    pub(crate) fn tx_until(
        &self,
        operation: Operation,
        signers: &[(Person, Role)],
        expires: Timestamp,
    ) -> Arc<VerifiedTx> {
        let people: Vec<Person> = signers.iter().map(|(p, _)| *p).collect();
        self.sign(self.body(operation, signers, expires), &people, Vec::new())
    }

    /// A transaction over many items; `operation` is told its list.
    pub(crate) fn list_tx(
        &self,
        bodies: Vec<EntryBody>,
        operation: impl FnOnce(EntryList) -> Operation,
        signers: &[(Person, Role)],
    ) -> Arc<VerifiedTx> {
        let entries = entries(bodies);
        let people: Vec<Person> = signers.iter().map(|(p, _)| *p).collect();
        let body = self.body(operation(list_of(&entries)), signers, self.soon());
        self.sign(body, &people, entries)
    }

    pub(crate) fn register_tx(&self, by: Person, items: Vec<(ItemCode, Quantity)>) -> Arc<VerifiedTx> {
        let bodies = items.into_iter().map(|(code, q)| registration(code, q)).collect();
        self.list_tx(bodies, |list| Operation::Register { list }, &[(by, Role::Declarant)])
    }
    pub(crate) fn declare_tx(&self, by: Person, items: &[ItemId]) -> Arc<VerifiedTx> {
        let declare = |list| Operation::Declare { list, private: None };
        self.list_tx(many(items), declare, &[(by, Role::Declarant)])
    }
    pub(crate) fn inspect_tx(&self, by: Person, items: &[ItemId], result: InspectionResult) -> Arc<VerifiedTx> {
        let inspect = |list| Operation::Inspect { list, result, private: None };
        self.list_tx(many(items), inspect, &[(by, Role::Officer)])
    }
    pub(crate) fn release_tx(&self, by: Person, items: &[ItemId]) -> Arc<VerifiedTx> {
        self.list_tx(many(items), |list| Operation::Release { list }, &[(by, Role::Officer)])
    }

    pub(crate) fn terms(&self, item: ItemId, at: CustodyPoint, giver: Org, receiver: Org) -> HandoverTerms {
        HandoverTerms {
            network: self.network,
            item,
            at,
            giver: giver.id(),
            receiver: receiver.id(),
            expires: self.soon(),
            private: None,
        }
    }
    pub(crate) fn handover_at(&self, item: ItemId, at: CustodyPoint, from: Person, to: Person) -> Arc<VerifiedTx> {
        let terms = self.terms(item, at, from.org, to.org);
        self.tx(Operation::Handover { terms }, &[(from, Role::Custodian), (to, Role::Receiver)])
    }
    pub(crate) fn handover(&self, item: ItemId, from: Person, to: Person) -> Arc<VerifiedTx> {
        self.handover_at(item, self.point(item), from, to)
    }
    pub(crate) fn offer(&self, terms: &HandoverTerms, by: Person) -> Arc<VerifiedTx> {
        self.tx(Operation::Offer { terms: terms.clone() }, &[(by, Role::Custodian)])
    }
    pub(crate) fn accept(&self, terms: &HandoverTerms, by: Person) -> Arc<VerifiedTx> {
        let operation = Operation::Accept { item: terms.item, terms: terms.hash(), at: terms.at };
        self.tx(operation, &[(by, Role::Receiver)])
    }
    pub(crate) fn refuse(&self, terms: &HandoverTerms, by: Person) -> Arc<VerifiedTx> {
        let operation = Operation::Refuse { item: terms.item, terms: terms.hash(), reason: text("too warm") };
        self.tx(operation, &[(by, Role::Receiver)])
    }
    pub(crate) fn withdraw(&self, terms: &HandoverTerms, by: Person) -> Arc<VerifiedTx> {
        let operation = Operation::Withdraw { item: terms.item, terms: terms.hash() };
        self.tx(operation, &[(by, Role::Custodian)])
    }
    pub(crate) fn use_tx(&self, item: ItemId, quantity: Quantity, by: Person) -> Arc<VerifiedTx> {
        let operation = Operation::Use { item, at: self.point(item), quantity, private: None };
        self.tx(operation, &[(by, Role::Custodian)])
    }
    pub(crate) fn dispose_tx(&self, item: ItemId, quantity: Quantity, by: Person, agency: Person) -> Arc<VerifiedTx> {
        let operation = Operation::Dispose { item, at: self.point(item), quantity, private: None };
        self.tx(operation, &[(by, Role::Custodian), (agency, Role::Countersigner)])
    }
    pub(crate) fn hold_tx(&self, item: ItemId, by: Person) -> Arc<VerifiedTx> {
        let reason = text("recall");
        self.tx(Operation::PlaceHold { item, reason }, &[(by, Role::Officer)])
    }
    pub(crate) fn lift_tx(&self, item: ItemId, placed: u64, by: Person) -> Arc<VerifiedTx> {
        self.tx(Operation::LiftHold { item, placed }, &[(by, Role::Officer)])
    }

    // ----------------------------------------------------------------------------------------------- executing

    /// Where the next block stands.
    pub(crate) fn next(&self) -> BlockPosition {
        BlockPosition {
            network: self.network,
            height: self.height + 1,
            time: self.now.plus_ms(STEP_MS),
            parent: self.parent,
        }
    }

    /// Executes a block without applying it.
    pub(crate) fn execute(&self, txs: &[Arc<VerifiedTx>]) -> Result<Execution, ExecuteError> {
        execute_block(&self.state, self.next(), txs)
    }

    /// Executes a block and applies it.
    pub(crate) fn block(&mut self, txs: &[Arc<VerifiedTx>]) -> Vec<Receipt> {
        let position = self.next();
        let execution = self.execute(txs).expect("an admissible block");
        self.apply(position, &execution);
        execution.receipts
    }

    pub(crate) fn apply(&mut self, position: BlockPosition, execution: &Execution) {
        self.state.apply(&execution.writes);
        self.events.extend(execution.events.iter().cloned());
        self.height = position.height;
        self.now = position.time;
        // A block's identity is its header's hash; here any number that differs will do.
        self.parent = BlockId(Hash([u8::try_from(position.height % 251).unwrap(); 32]));
    }

    /// A block of one transaction that must be accepted.
    pub(crate) fn accepted(&mut self, tx: Arc<VerifiedTx>) -> TxId {
        let id = tx.id();
        match &self.block(&[tx])[0].outcome {
            Outcome::Accepted { .. } => id,
            Outcome::Rejected { rejection, decision: _ } => panic!("refused: {rejection:?}"),
        }
    }

    /// A block of one transaction that must be refused.
    pub(crate) fn refused(&mut self, tx: Arc<VerifiedTx>) -> Rejection {
        match self.block(&[tx]).remove(0).outcome {
            Outcome::Rejected { rejection, decision: _ } => rejection,
            Outcome::Accepted { .. } => panic!("accepted"),
        }
    }

    /// Why a block may not hold the transaction.
    pub(crate) fn inadmissible(&self, tx: &Arc<VerifiedTx>) -> TxError {
        match self.execute(std::slice::from_ref(tx)) {
            Err(ExecuteError::Inadmissible { index: 0, error }) => error,
            other => panic!("admitted: {other:?}"),
        }
    }

    /// Lets block time pass, in empty blocks as far apart as `ms`.
    pub(crate) fn wait(&mut self, ms: u64) {
        let mut position = self.next();
        position.time = self.now.plus_ms(ms);
        let execution = execute_block(&self.state, position, &[]).unwrap();
        self.apply(position, &execution);
    }

    // ------------------------------------------------------------------------------------------------- reading

    pub(crate) fn record<T: Canonical>(&self, key: StateKey) -> Option<T> {
        self.state.record(&key).unwrap()
    }
    pub(crate) fn item(&self, item: ItemId) -> ItemRecord {
        self.record(StateKey::Item(item)).expect("the item")
    }
    pub(crate) fn key(&self, person: Person) -> KeyRecord {
        self.record(StateKey::Key(person.key_id())).expect("the key")
    }
    pub(crate) fn node(&self, peer: [u8; 32]) -> NodeRecord {
        self.record(StateKey::Node(peer)).expect("the node")
    }
    pub(crate) fn code(&self, code: &ItemCode) -> CodeRecord {
        self.record(StateKey::Code(code_hash(code))).expect("the code")
    }
    pub(crate) fn feed(&self, org: Org) -> FeedRecord {
        self.record(StateKey::Feed(org.id())).unwrap_or(FeedRecord { count: 0, head: Hash::default(), height: 0 })
    }
    pub(crate) fn point(&self, item: ItemId) -> CustodyPoint {
        let record = self.item(item);
        CustodyPoint { seq: record.custody_seq, trail: record.trail }
    }

    // ------------------------------------------------------------------------------------------------ shortcuts

    /// Registers one item of firm A.
    pub(crate) fn registered(&mut self, code: ItemCode, quantity: Quantity) -> ItemId {
        let tx = self.register_tx(A, vec![(code, quantity)]);
        let id = self.accepted(tx);
        ItemId::of(&self.network, &id, 0)
    }

    /// Customs asserts an HS code of the class of genesis.
    pub(crate) fn assert_hs_tx(&self, hs: &str) -> Arc<VerifiedTx> {
        let operation = Operation::AssertHs { class: class_id(), hs: hs.parse().unwrap() };
        self.tx(operation, &[(CUSTOMS, Role::Officer)])
    }

    /// Other rules from now on.
    pub(crate) fn put_in_force(&mut self, pack: &PolicyPack) {
        let mut writes = ledger::WriteSet::default();
        writes.put(StateKey::Pack(pack.hash()), pack);
        writes.put(StateKey::PackInForce, &pack.hash());
        self.state.apply(&writes);
    }

    /// A lot of firm A with 100 pieces, brought into a state by acts that lead there.
    pub(crate) fn lot_in(&mut self, state: Lifecycle) -> ItemId {
        let item = self.registered(lot("L1"), pieces(100));
        self.bring(item, state);
        item
    }

    /// Brings a registered lot of firm A on to a state.
    pub(crate) fn bring(&mut self, item: ItemId, state: Lifecycle) {
        if state != Lifecycle::Registered {
            self.accepted(self.declare_tx(A, &[item]));
        }
        let inspection = match state {
            Lifecycle::Registered | Lifecycle::Declared => None,
            Lifecycle::TestPending => Some(InspectionResult::TestPending),
            Lifecycle::Failed => Some(InspectionResult::Failed),
            Lifecycle::Inspected | Lifecycle::Released | Lifecycle::Consumed | Lifecycle::Disposed => {
                Some(InspectionResult::Passed)
            }
        };
        if let Some(result) = inspection {
            self.accepted(self.inspect_tx(CUSTOMS, &[item], result));
        }
        if matches!(state, Lifecycle::Released | Lifecycle::Consumed | Lifecycle::Disposed) {
            self.accepted(self.release_tx(CUSTOMS, &[item]));
        }
        let all = self.item(item).on_hand;
        match state {
            Lifecycle::Consumed => drop(self.accepted(self.use_tx(item, all, A))),
            Lifecycle::Disposed => drop(self.accepted(self.dispose_tx(item, all, A, ENVIRONMENT))),
            _ => {}
        }
        assert_eq!(self.item(item).state, state);
    }

    /// A released lot of firm A with 100 pieces.
    pub(crate) fn released(&mut self) -> ItemId {
        self.lot_in(Lifecycle::Released)
    }
}

pub(crate) fn many(items: &[ItemId]) -> Vec<EntryBody> {
    items.iter().map(|item| EntryBody::Item(*item)).collect()
}

/// Names of the acts on items that a test can enumerate.
pub(crate) const ITEM_ACTS: [Act; 12] = [
    Act::Declare,
    Act::Inspect,
    Act::Release,
    Act::Offer,
    Act::Accept,
    Act::Refuse,
    Act::Withdraw,
    Act::Handover,
    Act::Use,
    Act::Dispose,
    Act::PlaceHold,
    Act::LiftHold,
];
