//! A small world to test rules in, with real keys, over a `MemoryState`: four agencies, two firms, a carrier and a
//! disposer under the pack `plain` (custody alone), or with everybody else whom `shenzhen-draft` asks for
//! ([`World::regulated`]). Every transaction takes the whole way: bytes, decoding, verification, execution, state.

mod acts;
mod law;
mod passage;
mod people;
mod rng;

use custody::{BlockPosition, ExecuteError, Execution, execute_block, genesis_state};
use gs1::{Gln, ItemCode, Quantity, Sscc, Unit, check_digit};
pub(crate) use law::*;
use ledger::{
    Act, BlockId, ClassId, CustodyPoint, Event, Genesis, GrantId, HandoverTerms, Hash, ItemId, ItemRecord, KeyRecord,
    Lifecycle, NetworkId, Operation, OrgRecord, Outcome, PolicyPack, Receipt, Rejection, Role, SignedTx, StateKey,
    StateRead, Text, Timestamp, TxBody, TxId, VerifiedTx, WriteSet,
    codec::Canonical,
    genesis::{ChainParams, GenesisOrg, NodeClaim, consensus_possession},
    list,
    operation::{
        Application, Bucket, Change, DeriveKind, Direction, EndWhy, Entry, EntryBody, EntryList, GrantKind, Input,
        InspectionResult, Lane, Motion, NewEntry, Note, Purpose, Registration, Registry, Subject, Usage, Value,
        Verdict, place,
    },
    record::{
        AlertKind, AlertRecord, AlertSubject, Category, ClassCode, ClassProfile, CodeRecord, FeedRecord, GrantRecord,
        NodeRecord, OrgKind, PackInForce, RegisterRecord, Roles, alert_id,
    },
    state::{MemoryState, code_hash},
    transaction::TxError,
};
pub(crate) use passage::*;
pub(crate) use people::*;
pub(crate) use rng::Rng;
use std::{
    cell::Cell,
    sync::{Arc, LazyLock},
};

/// Block time of genesis: 2026-01-01T00:00:00Z, eight in the morning in China.
pub(crate) const START: Timestamp = Timestamp(1_767_225_600_000);
/// Milliseconds between blocks.
pub(crate) const STEP_MS: u64 = 1_000;
/// One hour of block time.
pub(crate) const HOUR_MS: u64 = 3_600_000;
/// One day of block time.
pub(crate) const DAY_MS: u64 = 24 * HOUR_MS;
/// GTIN of the class that genesis holds.
pub(crate) const GTIN: &str = "09521100000017";

/// The columns of the matrices, in groups: before the border, at it, at home, waste, abroad, used up or lost, ended. What
/// has departed stands in none: whatever the act, it is no longer here.
#[rustfmt::skip]
pub(crate) const STATES: [Lifecycle; 25] = [
    Lifecycle::Registered, Lifecycle::Permitted,
    Lifecycle::Declared, Lifecycle::DeclarationExempt, Lifecycle::AtPort, Lifecycle::Inspecting,
    Lifecycle::TestPending, Lifecycle::InspectionExempt, Lifecycle::Inspected, Lifecycle::Failed,
    Lifecycle::Released, Lifecycle::Stored, Lifecycle::InUse, Lifecycle::InTransit,
    Lifecycle::Waste, Lifecycle::WasteInTransit,
    Lifecycle::Exited, Lifecycle::ReceivedAbroad,
    Lifecycle::Consumed, Lifecycle::Lost,
    Lifecycle::Disposed, Lifecycle::Derived, Lifecycle::Returned, Lifecycle::Destroyed, Lifecycle::FinalUseReported,
];

static PACKS: LazyLock<serde_json::Value> = LazyLock::new(|| {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/vectors/packs.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
});

/// A pack that comes with the program, as the vectors have it.
pub(crate) fn shipped(name: &str, orientation: &str) -> PolicyPack {
    let is = |pack: &&serde_json::Value| pack["name"] == name && pack["orientation"] == orientation;
    let pack = PACKS["packs"].as_array().unwrap().iter().find(is).unwrap_or_else(|| panic!("{name} {orientation}"));
    let bytes = hex::decode(pack["bytes"].as_str().unwrap()).unwrap();
    ledger::codec::decode(&bytes, ledger::bounds::MAX_PACK_BYTES).unwrap()
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
pub(crate) fn class_of(gtin: &str) -> ClassId {
    ClassId::of(&class_code(gtin))
}
pub(crate) fn class_id() -> ClassId {
    class_of(GTIN)
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
    lot_of(GTIN, name)
}
pub(crate) fn lot_of(gtin: &str, name: &str) -> ItemCode {
    format!("01/{gtin}/10/{name}").parse().unwrap()
}
pub(crate) fn serial(name: &str) -> ItemCode {
    format!("01/{GTIN}/21/{name}").parse().unwrap()
}
/// The class of logistic units, which every network has.
pub(crate) fn unit_class() -> ClassId {
    ClassId::of(&ClassCode::Other { scheme: text("sscc"), value: text("logistic-unit") })
}
/// The code of a logistic unit.
pub(crate) fn unit_code(n: u64) -> ItemCode {
    let body = 9_521_000_000_000 + n;
    ItemCode::Unit { sscc: Sscc::from_u64(body * 10 + u64::from(check_digit(body))).unwrap() }
}
/// A place.
pub(crate) fn gln(n: u64) -> Gln {
    let body = 952_100_000_000 + n;
    Gln::from_u64(body * 10 + u64::from(check_digit(body))).unwrap()
}
pub(crate) fn registration(code: ItemCode, quantity: Quantity) -> EntryBody {
    registration_of(class_id(), code, quantity, Purpose::Unstated)
}
pub(crate) fn registration_of(class: ClassId, code: ItemCode, quantity: Quantity, purpose: Purpose) -> EntryBody {
    EntryBody::Registration(Registration { class, code, quantity, purpose, private: None })
}
pub(crate) fn many(items: &[ItemId]) -> Vec<EntryBody> {
    items.iter().map(|item| EntryBody::Item(*item)).collect()
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
    genesis_under(shipped("plain", "first-is-lowest"), &Org::GENESIS, vec![class_profile(GTIN)])
}

/// A genesis under a pack, with these organisations and classes.
pub(crate) fn genesis_under(pack: PolicyPack, orgs: &[Org], classes: Vec<ClassProfile>) -> Genesis {
    genesis_of("small world", pack, orgs, classes)
}

/// The same for a network of this name.
pub(crate) fn genesis_of(chain: &str, pack: PolicyPack, orgs: &[Org], classes: Vec<ClassProfile>) -> Genesis {
    let chain: Text<32> = text(chain);
    // Where acts need a second person of an organisation, each has one.
    let with_leads = pack.name.as_str() != "plain";
    let orgs: Vec<GenesisOrg> = orgs.iter().map(|org| genesis_org(&chain, *org, with_leads)).collect();
    Genesis { chain, time: START, test: None, params: ChainParams::default(), pack, orgs, classes, items: Vec::new() }
}

fn genesis_org(chain: &Text<32>, org: Org, with_lead: bool) -> GenesisOrg {
    let chief = head(org);
    let none = NetworkId::default();
    let mut keys = vec![chief.claim(&none, org, chief.pseudonym(), all_roles())];
    if org == CLERK.org {
        keys.push(CLERK.claim(&none, org, CLERK.pseudonym(), Roles::of(&[Role::Declarant])));
    }
    if with_lead {
        let second = lead(org);
        keys.push(second.claim(&none, org, second.pseudonym(), all_roles()));
    }
    let node = org.kind().function().map(|_| {
        let (consensus, transport) = (Person { org, number: CONSENSUS }, Person { org, number: PEER });
        let (key, peer) = (consensus.key(), transport.key());
        NodeClaim {
            key,
            peer,
            possession: consensus.sign(&consensus_possession(chain, &org.id(), &key, &peer)),
            peer_possession: transport.sign(&ledger::crypto::peer_possession(&none, &org.id(), &peer)),
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
    /// Whether it is more than custody: acts are signed as `shenzhen-draft` asks.
    pub(crate) regulated: bool,
    /// All events so far.
    pub(crate) events: Vec<Event>,
    /// All blocks so far, as they were executed.
    pub(crate) blocks: Vec<(BlockPosition, Vec<Arc<VerifiedTx>>)>,
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
            regulated: genesis.pack.name.as_str() != "plain",
            events: made.events,
            blocks: Vec::new(),
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
            Some(person.public_key())
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
        self.blocks.push((position, txs.to_vec()));
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
    #[track_caller]
    pub(crate) fn accepted(&mut self, tx: Arc<VerifiedTx>) -> TxId {
        let id = tx.id();
        match &self.block(&[tx])[0].outcome {
            Outcome::Accepted { .. } => id,
            Outcome::Rejected { rejection, decision: _ } => panic!("refused: {rejection:?}"),
        }
    }

    /// A block of one transaction that must be refused.
    #[track_caller]
    pub(crate) fn refused(&mut self, tx: Arc<VerifiedTx>) -> Rejection {
        match self.block(&[tx]).remove(0).outcome {
            Outcome::Rejected { rejection, decision: _ } => rejection,
            Outcome::Accepted { .. } => panic!("accepted"),
        }
    }

    /// The refusal of a transaction if the next block held it alone; the world stays as it is.
    #[track_caller]
    pub(crate) fn would_refuse(&self, tx: Arc<VerifiedTx>) -> Rejection {
        match self.execute(&[tx]).expect("an admissible block").receipts.remove(0).outcome {
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

    /// Lets block time pass, in an empty block as far away as `ms`.
    pub(crate) fn wait(&mut self, ms: u64) {
        let mut position = self.next();
        position.time = self.now.plus_ms(ms);
        let execution = execute_block(&self.state, position, &[]).unwrap();
        self.apply(position, &execution);
        self.blocks.push((position, Vec::new()));
    }

    /// Lets block time pass until then.
    pub(crate) fn wait_until(&mut self, time: Timestamp) {
        self.wait(time.ms_since(self.now));
    }

    /// Empty blocks until this height is reached.
    pub(crate) fn reach(&mut self, height: u64) {
        while self.height < height {
            self.block(&[]);
        }
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
    pub(crate) fn org(&self, org: Org) -> OrgRecord {
        self.record(StateKey::Org(org.id())).expect("the organisation")
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
    pub(crate) fn grant(&self, grant: GrantId) -> GrantRecord {
        self.record(StateKey::Grant(grant)).expect("the grant")
    }
    pub(crate) fn alert(&self, kind: AlertKind, subject: AlertSubject) -> Option<AlertRecord> {
        self.record(StateKey::Alert(alert_id(kind, &subject)))
    }
    /// The alert, if it is open.
    pub(crate) fn open_alert(&self, kind: AlertKind, subject: AlertSubject) -> Option<AlertRecord> {
        self.alert(kind, subject).filter(|alert| alert.closed.is_none())
    }
    pub(crate) fn pack(&self) -> PolicyPack {
        let in_force: PackInForce = self.record(StateKey::PackInForce).expect("a pack in force");
        self.record(StateKey::Pack(in_force.pack)).expect("the pack")
    }
    pub(crate) fn point(&self, item: ItemId) -> CustodyPoint {
        let record = self.item(item);
        CustodyPoint { seq: record.custody_seq, trail: record.trail }
    }
    /// The last event of an item.
    pub(crate) fn last_event(&self, item: ItemId) -> Event {
        self.events.iter().rev().find(|event| event.item == item).expect("an event").clone()
    }

    // ------------------------------------------------------------------------------------------------- writing

    /// Other rules from now on, without a vote.
    pub(crate) fn put_in_force(&mut self, pack: &PolicyPack) {
        let mut writes = WriteSet::default();
        writes.put(StateKey::Pack(pack.hash()), pack);
        writes.put(StateKey::PackInForce, &PackInForce { pack: pack.hash(), from: 1, next: None });
        self.state.apply(&writes);
    }

    /// Changes an item's record behind the rules' back, for states that no act of this world leads to.
    pub(crate) fn alter(&mut self, item: ItemId, change: impl FnOnce(&mut ItemRecord)) {
        let mut record = self.item(item);
        change(&mut record);
        let mut writes = WriteSet::default();
        writes.put(StateKey::Item(item), &record);
        self.state.apply(&writes);
    }
}

/// Names of the acts on items that a test can enumerate.
pub(crate) const ITEM_ACTS: [Act; 27] = [
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
    Act::Arrive,
    Act::OrderInspection,
    Act::Test,
    Act::Return,
    Act::Destroy,
    Act::Exit,
    Act::Store,
    Act::Waste,
    Act::Lose,
    Act::Correct,
    Act::Note,
    Act::Derive,
    Act::Pack,
    Act::Unpack,
    Act::Depart,
];
