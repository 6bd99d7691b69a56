//! Four agencies and two firms, and the application of any agency over a store of its own.

use super::super::{AppParts, LedgerApp};
use crate::handle::{Clock, STREAM_BACKLOG};
use bytes::Bytes;
use consensus::{Application, Arrival, Freshness, Verdict};
use custody::{GenesisState, genesis_state};
use gs1::{ItemCode, Quantity, Unit};
use keys::{KeyPair, NodeKey, Signer};
use ledger::{
    Block, Certificate, ChainParams, ClassId, CommitSignature, CustodyPoint, Evidence, Genesis, HandoverTerms, Hash,
    ItemId, ItemRecord, NetworkId, Operation, OrgId, PersonId, Role, SignedTx, SignedVote, Slot, StateKey, StateRead,
    Text, Timestamp, TxBody, Vote, VoteKind,
    crypto::Suite,
    genesis::{GenesisItem, GenesisOrg, TestClock},
    list,
    operation::{Entry, EntryBody, EntryList, Registration},
    policy::Orientation,
    record::{AgencyFunction, Category, ClassCode, ClassProfile, OrgIdentifier, OrgKind, OrgProfile, Roles},
    tag, transaction,
};
use mempool::{Limits, Pool};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};
use store::Store;
use tokio::sync::broadcast;

/// Block time of genesis: 2026-01-01T00:00:00Z.
const START: Timestamp = Timestamp(1_767_225_600_000);
const GTIN: &str = "09521100000017";
/// Lots that firm A holds from genesis on.
pub(super) const LOTS: [&str; 3] = ["L1", "L2", "L3"];
/// Farthest that the time of a fresh block may lie from a clock, in milliseconds.
pub(super) const DRIFT_MS: u32 = 60_000;
/// Most transactions of a block.
pub(super) const BLOCK_TXS: u32 = 6;

/// Who there is, each with one person; agencies have a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Customs,
    Science,
    Health,
    Environment,
    A,
    B,
    /// Not of genesis; tests vote it in.
    Transport,
}

impl Who {
    const GENESIS: [Who; 6] = [Who::Customs, Who::Science, Who::Health, Who::Environment, Who::A, Who::B];
    pub(super) const EVERYONE: [Who; 7] =
        [Who::Customs, Who::Science, Who::Health, Who::Environment, Who::A, Who::B, Who::Transport];
    pub(super) const AGENCIES: [Who; 4] = [Who::Customs, Who::Science, Who::Health, Who::Environment];

    pub(super) fn pair(self) -> KeyPair {
        KeyPair::from_seed(&[self as u8 + 1; 32])
    }

    /// The consensus key of its node.
    pub(super) fn seat(self) -> KeyPair {
        KeyPair::from_seed(&[self as u8 + 101; 32])
    }

    /// The transport identity of its node.
    pub(super) fn peer(self) -> [u8; 32] {
        *self.node().transport.public_key().bytes()
    }

    fn node(self) -> NodeKey {
        NodeKey { consensus: self.seat(), transport: KeyPair::from_seed(&[self as u8 + 201; 32]) }
    }

    fn kind(self) -> OrgKind {
        match self {
            Who::Customs => OrgKind::Agency(AgencyFunction::Customs),
            Who::Science => OrgKind::Agency(AgencyFunction::ScienceTechnology),
            Who::Health => OrgKind::Agency(AgencyFunction::Health),
            Who::Environment => OrgKind::Agency(AgencyFunction::Environment),
            Who::Transport => OrgKind::Agency(AgencyFunction::Transport),
            Who::A | Who::B => OrgKind::Enterprise,
        }
    }

    fn profile(self) -> OrgProfile {
        let identifier = OrgIdentifier { scheme: text("test"), value: text(&format!("{self:?}")) };
        OrgProfile { identifier, name: text(&format!("{self:?}")), kind: self.kind() }
    }

    pub(super) fn org(self) -> OrgId {
        OrgId::of(&self.profile().identifier)
    }

    pub(super) fn slot(self, role: Role) -> Slot {
        Slot { suite: Suite::Ed25519, org: self.org(), key: self.pair().key_id(), role }
    }

    fn genesis_org(self, chain: &Text<32>) -> GenesisOrg {
        let node = self.kind().function().map(|_| self.node().claim(chain, &self.org()));
        GenesisOrg { profile: self.profile(), keys: vec![self.claim(&NetworkId::default())], node }
    }

    /// What it brings to a network that runs.
    pub(super) fn newcomer(self, network: &NetworkId) -> GenesisOrg {
        let node = Some(self.node().claim_seat(network, &self.org()));
        GenesisOrg { profile: self.profile(), keys: vec![self.claim(network)], node }
    }

    fn claim(self, network: &NetworkId) -> ledger::operation::KeyClaim {
        let person = PersonId(Hash([self as u8 + 1; 32]));
        keys::claim(&self.pair(), network, &self.org(), person, Hash::default(), Roles::of(&Role::ALL))
    }
}

pub(super) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

fn registration(lot: &str) -> Registration {
    let code: ItemCode = format!("01/{GTIN}/10/{lot}").parse().unwrap();
    let class = ClassId::of(&ClassCode::Gtin(GTIN.parse().unwrap()));
    Registration {
        class,
        code,
        quantity: Quantity::new(10, Unit::PIECE).unwrap(),
        purpose: ledger::operation::Purpose::Unstated,
        private: None,
    }
}

fn genesis() -> Genesis {
    let chain = text("four agencies");
    let profile = ClassProfile {
        code: ClassCode::Gtin(GTIN.parse().unwrap()),
        name: text("vaccine"),
        category: Category::BiologicalProduct,
        grade: text("2"),
        hgr: false,
        hs: "HS2022-CN-3002150000".parse().unwrap(),
    };
    Genesis {
        chain: chain.clone(),
        time: START,
        test: Some(TestClock { origin: START, rate: 1 }),
        params: ChainParams { clock_drift_ms: DRIFT_MS, block_txs: BLOCK_TXS, ..ChainParams::default() },
        pack: api::pack::read(api::pack::shipped("plain").unwrap(), Some(Orientation::FirstIsLowest)).unwrap(),
        orgs: Who::GENESIS.map(|who| who.genesis_org(&chain)).to_vec(),
        classes: vec![profile],
        items: LOTS.map(|lot| GenesisItem { registration: registration(lot), custodian: Who::A.org() }).to_vec(),
    }
}

/// A genesis and what everyone derives from it.
pub(super) struct Network {
    genesis: Genesis,
    made: GenesisState,
    pub(super) id: NetworkId,
}

impl Network {
    pub(super) fn new() -> Network {
        let genesis = genesis();
        let made = genesis_state(&genesis).unwrap();
        Network { id: made.network, genesis, made }
    }

    /// The agency that has the turn.
    pub(super) fn due(&self, height: u64, round: u32) -> Who {
        let key = consensus::proposer(&self.genesis.validators().unwrap(), height, round);
        Who::AGENCIES.into_iter().find(|who| who.seat().key_id() == key).unwrap()
    }

    fn clock(&self) -> Clock {
        Clock::of(&self.genesis)
    }

    pub(super) fn seat(&self, who: Who) -> Seat {
        self.seat_at(who, self.clock())
    }

    /// A seat whose clock is wrong by so many milliseconds.
    pub(super) fn seat_off_by(&self, who: Who, ms: i64) -> Seat {
        let origin = Timestamp(START.0.checked_add_signed(ms).unwrap());
        let wrong = Genesis { test: Some(TestClock { origin, rate: 1 }), ..self.genesis.clone() };
        self.seat_at(who, Clock::of(&wrong))
    }

    fn seat_at(&self, who: Who, clock: Clock) -> Seat {
        let salt: [u8; 8] = keys::random().unwrap();
        let folder = Folder(std::env::temp_dir().join(format!("hufu-app-{}", hex::encode(salt))));
        std::fs::create_dir_all(&folder.0).unwrap();
        let options = store::Options { sync: false, ..store::Options::default() };
        let (path, bytes) = (folder.0.join("store"), self.genesis.to_bytes());
        let store = Store::create(&path, options, &bytes, self.id, &self.made.writes, &self.made.events).unwrap();
        let app = self.app(who, Arc::new(store), clock.clone(), folder.evidence());
        Seat { app, who, clock, folder }
    }

    fn app(&self, who: Who, store: Arc<Store>, clock: Clock, evidence: PathBuf) -> LedgerApp {
        let parts = AppParts {
            store,
            pool: Arc::new(Mutex::new(Pool::new(Limits::default()))),
            network: self.id,
            test: true,
            params: self.genesis.params.clone(),
            clock,
            origin: self.genesis.time,
            me: who.seat().key_id(),
            blocks: broadcast::channel(STREAM_BACKLOG).0,
            evidence,
        };
        LedgerApp::new(parts).unwrap()
    }

    // ------------------------------------------------------------------------------------------------ transactions

    pub(super) fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// A body that expires in ten minutes. The salt makes its identity.
    pub(super) fn body(&self, salt: u8, operation: Operation, signers: &[(Who, Role)]) -> TxBody {
        TxBody {
            network: self.id,
            nonce: [salt; 16],
            expires: self.now().plus_ms(600_000),
            signers: signers.iter().map(|(who, role)| who.slot(*role)).collect(),
            operation,
        }
    }

    pub(super) fn handover_body(&self, salt: u8, item: ItemId, at: CustodyPoint, from: Who, to: Who) -> TxBody {
        let terms = HandoverTerms {
            network: self.id,
            item,
            at,
            giver: from.org(),
            receiver: to.org(),
            expires: self.now().plus_ms(600_000),
            purpose: ledger::operation::Purpose::Unstated,
            premises: None,
            private: None,
        };
        self.body(salt, Operation::Handover { terms }, &[(from, Role::Custodian), (to, Role::Receiver)])
    }

    pub(super) fn register(&self, salt: u8, lot: &str, by: Who) -> SignedTx {
        let entries = vec![Entry { salt: [salt; 16], body: EntryBody::Registration(registration(lot)) }];
        let hashes: Vec<Hash> = entries.iter().map(Entry::hash).collect();
        let list = EntryList { count: 1, root: list::root(&hashes) };
        let body = self.body(salt, Operation::Register { list }, &[(by, Role::Declarant)]);
        SignedTx { entries, ..signed(body, &[by.pair()]) }
    }

    // --------------------------------------------------------------------------------------------------- statements

    /// A certificate for a block, signed by some agencies for a network.
    pub(super) fn certify_for(&self, network: NetworkId, header: &ledger::Header, by: &[Who]) -> Certificate {
        let (height, round, block) = (header.height, header.round, header.id());
        let mut certificate = Certificate { height, round, block, signatures: Vec::new() };
        let precommit = |who: &Who| {
            let signer = who.seat().key_id();
            let signature = who.seat().sign(&certificate.precommit(network, signer).sign_hash());
            CommitSignature { signer, signature }
        };
        let mut signatures: Vec<CommitSignature> = by.iter().map(precommit).collect();
        signatures.sort_by_key(|s| s.signer);
        certificate.signatures = signatures;
        certificate
    }

    pub(super) fn certify(&self, block: &Block) -> Certificate {
        self.certify_for(self.id, &block.header, &Who::AGENCIES)
    }

    /// What a stranger trusts.
    pub(super) fn trust(&self) -> proof::TrustRoot {
        proof::TrustRoot::from_genesis(&self.genesis).unwrap()
    }

    /// Two precommits of an agency at height 1; they conflict if the blocks differ.
    pub(super) fn votes(&self, network: NetworkId, by: Who, blocks: [u8; 2]) -> Evidence {
        self.votes_at(1, network, by, blocks)
    }

    pub(super) fn votes_at(&self, height: u64, network: NetworkId, by: Who, blocks: [u8; 2]) -> Evidence {
        let vote = |block: u8| {
            let signer = by.seat().key_id();
            let block = Some(ledger::BlockId(Hash([block; 32])));
            let vote = Vote { network, kind: VoteKind::Precommit, height, round: 0, signer, block };
            SignedVote { signature: by.seat().sign(&vote.sign_hash()), vote }
        };
        Evidence::Votes { first: vote(blocks[0]), second: vote(blocks[1]) }
    }
}

/// Signs a body with one key for each slot.
pub(super) fn signed(body: TxBody, pairs: &[KeyPair]) -> SignedTx {
    let id = body.id();
    let signatures = body.signers.iter().zip(pairs).map(|(slot, pair)| pair.sign(&body.sign_hash(&id, slot))).collect();
    SignedTx { body, signatures, entries: Vec::new() }
}

/// The block with a header that is true to its body, as far as that goes without executing it.
pub(super) fn fitted(mut block: Block) -> Block {
    let leaf = |bytes: &Vec<u8>| match SignedTx::from_bytes(bytes) {
        Ok(tx) => transaction::leaf(&tx.body.id(), &tx.signatures_hash()),
        Err(_) => Hash::of_bytes(&tag::TX_WHOLE, bytes),
    };
    let leaves: Vec<Hash> = block.txs.iter().map(leaf).collect();
    block.header.txs = list::root(&leaves);
    block.header.rest = Block::rest_hash(&block.evidence, &block.certificate);
    block
}

/// An agency's application over its store.
pub(super) struct Seat {
    pub(super) app: LedgerApp,
    who: Who,
    clock: Clock,
    folder: Folder,
}

impl Seat {
    /// What a crash leaves: the store and what waits in files, and neither pool nor memory of blocks.
    pub(super) fn restarted(mut self, network: &Network) -> Seat {
        let (store, evidence) = (self.app.parts.store.clone(), self.folder.evidence());
        self.app = network.app(self.who, store, self.clock.clone(), evidence);
        self
    }

    /// The file of evidence that stands in no block yet.
    pub(super) fn evidence_file(&self) -> PathBuf {
        self.folder.evidence()
    }

    /// What `hufud evidence` shows of it: the block that holds it, if one does, and the evidence.
    pub(super) fn evidence(&self) -> Vec<(Option<u64>, Evidence)> {
        let view = self.app.parts.store.view().unwrap();
        let waiting = crate::waiting::read(&self.folder.evidence(), view.network()).unwrap();
        let all = crate::evidence::all(&view, waiting).unwrap();
        all.into_iter().map(|found| (found.block, found.evidence)).collect()
    }

    /// Takes a transaction into the pool, as a node does that has verified it.
    pub(super) fn give(&self, network: &Network, tx: &SignedTx) {
        let key = |id: &ledger::KeyId| Who::EVERYONE.into_iter().map(Who::pair).find(|p| p.key_id() == *id);
        let tx = tx.clone().resolve(&network.id, |id| key(id).map(|pair| pair.public_key())).unwrap();
        let mut pool = self.app.parts.pool.lock().unwrap();
        pool.insert(Arc::new(tx.verify().unwrap()), network.now()).unwrap();
    }

    pub(super) fn waiting(&self) -> usize {
        self.app.parts.pool.lock().unwrap().len()
    }

    /// A handover of an item as it stands in this seat's ledger.
    pub(super) fn handover(&self, network: &Network, salt: u8, lot: &str, from: Who, to: Who) -> SignedTx {
        let (item, at) = self.item(lot);
        signed(network.handover_body(salt, item, at, from, to), &[from.pair(), to.pair()])
    }

    /// An item and its point of custody.
    pub(super) fn item(&self, lot: &str) -> (ItemId, CustodyPoint) {
        let store = &self.app.parts.store;
        let records = store.items(None, 100).unwrap().into_iter().map(|id| {
            let record: ItemRecord = store.record(&StateKey::Item(id)).unwrap().unwrap();
            (id, record)
        });
        let (id, record) = records.into_iter().find(|(_, r)| r.code == registration(lot).code).unwrap();
        (id, CustodyPoint { seq: record.custody_seq, trail: record.trail })
    }

    pub(super) fn build(&mut self, height: u64, round: u32) -> Block {
        let built = self.app.propose(height, round).unwrap();
        let block = Block::from_bytes(&built.bytes).unwrap();
        assert_eq!((block.header.id(), self.app.block_id(&built.bytes)), (built.id, Some(built.id)));
        block
    }

    /// The verdict on a block that whoever has the turn sealed for a round of the next height.
    pub(super) fn judge(&mut self, round: u32, freshness: Freshness, block: &Block) -> Verdict {
        let height = self.app.tip().height + 1;
        let proposer = consensus::proposer(&self.app.tip().validators, height, round);
        let at = Arrival { height, round, freshness };
        self.app.validate(at, proposer, &Bytes::from(block.to_bytes())).unwrap()
    }

    /// The verdict on a block that comes where and when it was built for.
    pub(super) fn judge_fresh(&mut self, block: &Block) -> Verdict {
        self.judge(block.header.round, Freshness::Fresh, block)
    }

    pub(super) fn commit(&mut self, certificate: &Certificate, block: &Block) -> Result<u64, consensus::Fault> {
        self.app.commit(certificate, &Bytes::from(block.to_bytes())).map(|tip| tip.height)
    }

    /// Commits a block that all agencies have signed, and closes its height.
    pub(super) fn close(&mut self, network: &Network, block: &Block, evidence: Vec<Evidence>) {
        let certificate = network.certify(block);
        assert_eq!(self.commit(&certificate, block).unwrap(), block.header.height);
        self.app.finalized(&certificate, evidence).unwrap();
    }
}

/// A folder of the system's temporary one, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn evidence(&self) -> PathBuf {
        self.0.join("evidence")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the system.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
