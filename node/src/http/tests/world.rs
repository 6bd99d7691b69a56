//! A network of one agency in this process, with an HTTP server and people who talk to it.

use crate::{
    access::Reports,
    app::{AppParts, LedgerApp},
    documents::Library,
    handle::{AgencyWay, Clock, Frame, Handle, STREAM_BACKLOG, Way},
    history::History,
    http::{HttpOptions, Server, Shared, serve},
    ingress::{Ingress, IngressParts},
    seat::Seat,
};
use api::login::{LoginChallenge, LoginToken, login_message};
use consensus::{
    Engine, EngineConfig, EngineHandle, HaltReason, Role as EngineRole, SIGN_STATE_FILE, Safety, SignState, Status,
    TransportKey, TxGossip,
};
use gs1::{ItemCode, Quantity, Unit};
use keys::{KeyPair, NodeKey, Signer};
use ledger::{
    ClassId, CustodyPoint, Genesis, HandoverTerms, Hash, ItemId, ItemRecord, KeyId, NetworkId, Operation, OrgId,
    PersonId, SignedTx, Slot, StateKey, StateRead, TxBody,
    crypto::Suite,
    genesis::{ChainParams, GenesisItem, GenesisOrg, TestClock},
    operation::Registration,
    policy::Orientation,
    record::{
        AgencyFunction, Category, ClassCode, ClassProfile, Mechanism, OrgIdentifier, OrgKind, OrgProfile, Role, Roles,
    },
};
use mempool::{Limits, Pool};
use serde::de::DeserializeOwned;
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{broadcast, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

/// Longest time that anything here may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);
pub(crate) const GTIN: &str = "09521100000017";
/// Lots that genesis holds: two registrations of the first, by different firms.
pub(crate) const LOTS: [&str; 3] = ["TWICE", "TWICE", "ONCE"];

/// Who there is: an agency, three firms, and one each of the others, each with one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Customs,
    A,
    B,
    C,
    Lab,
    Partner,
    Joint,
    Observer,
}

impl Who {
    pub(crate) const ALL: [Who; 8] =
        [Who::Customs, Who::A, Who::B, Who::C, Who::Lab, Who::Partner, Who::Joint, Who::Observer];

    pub(crate) fn pair(self) -> KeyPair {
        KeyPair::from_seed(&[self as u8 + 1; 32])
    }

    pub(crate) fn key(self) -> KeyId {
        self.pair().key_id()
    }

    fn profile(self) -> OrgProfile {
        let identifier = OrgIdentifier { scheme: text("test"), value: text(&format!("{self:?}")) };
        let kind = match self {
            Who::Customs => OrgKind::Agency(AgencyFunction::Customs),
            Who::A | Who::B | Who::C => OrgKind::Enterprise,
            Who::Lab => OrgKind::Laboratory,
            Who::Partner => OrgKind::Partner,
            Who::Joint => OrgKind::Mechanism(Mechanism::Joint),
            Who::Observer => OrgKind::Observer,
        };
        OrgProfile { identifier, name: text(&format!("{self:?}")), kind }
    }

    pub(crate) fn org(self) -> OrgId {
        OrgId::of(&self.profile().identifier)
    }

    pub(crate) fn slot(self, role: Role) -> Slot {
        Slot { suite: Suite::Ed25519, org: self.org(), key: self.key(), role }
    }
}

pub(crate) fn text<const MAX: usize>(text: &str) -> ledger::Text<MAX> {
    ledger::Text::new(text).unwrap()
}

pub(crate) fn code(lot: &str) -> ItemCode {
    format!("01/{GTIN}/10/{lot}").parse().unwrap()
}

fn consensus_pair() -> KeyPair {
    KeyPair::from_seed(&[200; 32])
}

const TRANSPORT: [u8; 32] = [201; 32];

fn seat() -> Seat {
    let peer = *KeyPair::from_seed(&TRANSPORT).public_key().bytes();
    Seat { key: consensus_pair().key_id(), peer, observe: false }
}

fn genesis() -> Genesis {
    let chain = text("one agency");
    let now = super::super::sessions::real_now();
    let profile = ClassProfile {
        code: ClassCode::Gtin(GTIN.parse().unwrap()),
        name: text("vaccine"),
        category: Category::BiologicalProduct,
        grade: text("2"),
        hgr: false,
        hs: "HS2022-CN-3002150000".parse().unwrap(),
    };
    let class = ClassId::of(&profile.code);
    let item = |(lot, custodian): (&&str, Who)| GenesisItem {
        registration: Registration {
            class,
            code: code(lot),
            quantity: Quantity::new(10, Unit::PIECE).unwrap(),
            purpose: ledger::operation::Purpose::Unstated,
            private: None,
        },
        custodian: custodian.org(),
    };
    Genesis {
        chain: text("one agency"),
        time: now,
        test: Some(TestClock { origin: now, rate: 1 }),
        params: ChainParams { idle_interval_ms: 200, ..ChainParams::default() },
        pack: api::pack::read(api::pack::shipped("plain").unwrap(), Some(Orientation::FirstIsLowest)).unwrap(),
        orgs: Who::ALL.map(|who| genesis_org(&chain, who)).to_vec(),
        classes: vec![profile],
        items: LOTS.iter().zip([Who::A, Who::C, Who::A]).map(item).collect(),
    }
}

fn genesis_org(chain: &ledger::Text<32>, who: Who) -> GenesisOrg {
    let person = PersonId(Hash([who as u8 + 1; 32]));
    let roles = Roles::of(&Role::ALL);
    let claim = keys::claim(&who.pair(), &NetworkId::default(), &who.org(), person, Hash::default(), roles);
    let node = (who == Who::Customs).then(|| {
        NodeKey { consensus: consensus_pair(), transport: KeyPair::from_seed(&TRANSPORT) }.claim(chain, &who.org())
    });
    GenesisOrg { profile: who.profile(), keys: vec![claim], node }
}

/// What answers requests for a node, without a connection.
pub(in crate::http) fn server_of(handle: Handle) -> Shared {
    Server::new(handle, HttpOptions::new(seat()), watch::channel(false).1).unwrap()
}

/// Another server, for a node of this process. It ends with the test.
pub(crate) async fn serving(handle: Handle) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, handle, HttpOptions::new(seat()), std::future::pending()));
    address
}

/// Signs a body with one key for each slot.
pub(crate) fn signed(body: TxBody, pairs: &[KeyPair]) -> SignedTx {
    let id = body.id();
    let signatures = body.signers.iter().zip(pairs).map(|(slot, pair)| pair.sign(&body.sign_hash(&id, slot))).collect();
    SignedTx { body, signatures, entries: Vec::new() }
}

/// A running network with its server. End it with [`World::end`].
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) handle: Handle,
    pub(crate) genesis: Genesis,
    engine: EngineHandle,
    _gossip: TxGossip,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
    _folder: Folder,
}

/// A folder of the system's temporary one, gone with the test.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the system.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl World {
    pub(crate) async fn start() -> World {
        World::start_from(genesis()).await
    }

    /// One with so many more items of firm A.
    pub(crate) async fn with_items(count: usize) -> World {
        let mut genesis = genesis();
        let more = |n: usize| {
            let mut item = genesis.items[2].clone();
            item.registration.code = code(&format!("N{n}"));
            item
        };
        let more: Vec<GenesisItem> = (0..count).map(more).collect();
        genesis.items.extend(more);
        World::start_from(genesis).await
    }

    /// One without items, under rules that come with the program.
    pub(crate) async fn under(pack: &str) -> World {
        let pack = api::pack::read(api::pack::shipped(pack).unwrap(), None).unwrap();
        World::start_from(Genesis { pack, classes: Vec::new(), items: Vec::new(), ..genesis() }).await
    }

    async fn start_from(genesis: Genesis) -> World {
        let salt: [u8; 8] = keys::random().unwrap();
        let folder = Folder(std::env::temp_dir().join(format!("hufu-http-{}", hex::encode(salt))));
        let (handle, engine, gossip) = node(&folder.0, genesis.clone()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let folder_of_documents = folder.0.join("documents");
        let documents = Library::of_agency(folder_of_documents, handle.network, handle.clock.clone()).unwrap();
        let options = HttpOptions { followers: 2, documents: Some(documents), ..HttpOptions::new(seat()) };
        let until = async move {
            let _ = stopped.await;
        };
        let mut blocks = handle.follow();
        let server = tokio::spawn(serve(listener, handle.clone(), options, until));
        timeout(DEADLINE, blocks.recv()).await.unwrap().unwrap();
        World { address, handle, genesis, engine, _gossip: gossip, stop, server, _folder: folder }
    }

    /// Another server in front of the same ledger, to whom consensus says that it halted. It ends with the test.
    pub(crate) async fn halted(&self, reason: HaltReason) -> SocketAddr {
        let halted = Status { safety: Safety::Halted(reason), ..self.handle.consensus() };
        let Way::Agency(way) = self.handle.way.clone() else { panic!("an agency's node") };
        let way = Way::Agency(AgencyWay { consensus: watch::channel(halted).1, ..way });
        serving(Handle { way, ..self.handle.clone() }).await
    }

    /// What answers requests, without a connection.
    pub(super) fn server(&self) -> Shared {
        server_of(self.handle.clone())
    }

    pub(crate) async fn end(self) {
        self.stop.send(()).unwrap();
        timeout(DEADLINE, self.server).await.unwrap().unwrap().unwrap();
        self.engine.shutdown().await;
    }

    // -------------------------------------------------------------------------------------------------- the ledger

    pub(crate) fn item(&self, who: Who, lot: &str) -> (ItemId, ItemRecord) {
        let ids = self.handle.store.items(None, 100).unwrap();
        let mut items = ids.into_iter().map(|id| {
            let item: ItemRecord = self.handle.store.record(&StateKey::Item(id)).unwrap().unwrap();
            (id, item)
        });
        items.find(|(_, item)| item.code == code(lot) && item.registrant == who.org()).unwrap()
    }

    /// A signed transaction. The salt makes its identity.
    pub(crate) fn tx(&self, salt: u8, operation: Operation, signers: &[(Who, Role)]) -> SignedTx {
        let pairs: Vec<KeyPair> = signers.iter().map(|(who, _)| who.pair()).collect();
        let slots = signers.iter().map(|(who, role)| who.slot(*role)).collect();
        signed(self.body(salt, operation, slots), &pairs)
    }

    /// A body that expires in ten minutes.
    pub(crate) fn body(&self, salt: u8, operation: Operation, signers: Vec<Slot>) -> TxBody {
        let expires = self.handle.clock.now().plus_ms(600_000);
        TxBody { network: self.handle.network, nonce: [salt; 16], expires, signers, operation }
    }

    pub(crate) fn handover(&self, salt: u8, lot: &str, giver: Who, receiver: Who) -> SignedTx {
        let (id, _) = self.item(giver, lot);
        self.handover_of(salt, id, giver, receiver)
    }

    /// The same of an item by its identity, whoever registered it.
    pub(crate) fn handover_of(&self, salt: u8, id: ItemId, giver: Who, receiver: Who) -> SignedTx {
        let item: ItemRecord = self.handle.store.record(&StateKey::Item(id)).unwrap().unwrap();
        let terms = HandoverTerms {
            network: self.handle.network,
            item: id,
            at: CustodyPoint { seq: item.custody_seq, trail: item.trail },
            giver: giver.org(),
            receiver: receiver.org(),
            expires: self.handle.clock.now().plus_ms(600_000),
            purpose: ledger::operation::Purpose::Unstated,
            premises: None,
            private: None,
        };
        let signers = [(giver, Role::Custodian), (receiver, Role::Receiver)];
        self.tx(salt, Operation::Handover { terms }, &signers)
    }

    // ------------------------------------------------------------------------------------------------------- HTTP

    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.send("GET", path, &bearer(token), b"").await
    }

    pub(crate) async fn post(&self, path: &str, token: Option<&str>, body: &[u8]) -> Answer {
        self.send("POST", path, &bearer(token), body).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: node\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        self.raw(&bytes).await
    }

    /// Sends bytes and reads until the other side closes.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> Answer {
        self.pour(bytes, &[], 0).await
    }

    /// The same with a piece sent so many times behind the bytes.
    pub(crate) async fn pour(&self, bytes: &[u8], piece: &[u8], times: usize) -> Answer {
        let talk = async {
            let stream = TcpStream::connect(self.address).await.unwrap();
            let (mut reader, mut writer) = stream.into_split();
            let mut answer = Vec::new();
            let send = async {
                writer.write_all(bytes).await?;
                for _ in 0..times {
                    writer.write_all(piece).await?;
                }
                Ok::<(), std::io::Error>(())
            };
            // A refusal may come, and the connection end, before all was sent.
            let (_, read) = tokio::join!(send, reader.read_to_end(&mut answer));
            read.unwrap();
            answer
        };
        Answer::parse(&timeout(DEADLINE, talk).await.unwrap())
    }

    pub(crate) async fn challenge(&self, who: Who) -> [u8; 32] {
        let body = format!(r#"{{"key":"{}"}}"#, who.key());
        let challenge: LoginChallenge = self.post("/v1/login/challenge", None, body.as_bytes()).await.ok();
        assert_eq!(challenge.network, self.handle.network.to_string());
        hex::decode(challenge.challenge).unwrap().try_into().unwrap()
    }

    pub(crate) async fn answer(&self, who: Who, challenge: &[u8; 32], signed_by: Who) -> Answer {
        let message = login_message(&self.handle.network, &who.key(), challenge);
        let signature = api::bytes::encode(&signed_by.pair().sign(&message).0);
        let (key, challenge) = (who.key(), hex::encode(challenge));
        let body = format!(r#"{{"key":"{key}","challenge":"{challenge}","signature":"{signature}"}}"#);
        self.post("/v1/login", None, body.as_bytes()).await
    }

    pub(crate) async fn login(&self, who: Who) -> String {
        let challenge = self.challenge(who).await;
        self.answer(who, &challenge, who).await.ok::<LoginToken>().token
    }

    /// The tokens of Customs, A, B and C.
    pub(crate) async fn logins(&self) -> [String; 4] {
        [self.login(Who::Customs).await, self.login(Who::A).await, self.login(Who::B).await, self.login(Who::C).await]
    }

    /// The first `count` events of the stream, as (id, data).
    pub(crate) async fn follow(
        &self,
        token: &str,
        last: Option<u64>,
        count: usize,
    ) -> Vec<(u64, api::network::BlockEvent)> {
        let last = last.map(|id| format!("Last-Event-ID: {id}\r\n")).unwrap_or_default();
        let head = format!("GET /v1/stream HTTP/1.1\r\nHost: node\r\nAuthorization: Bearer {token}\r\n{last}\r\n");
        let talk = async {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut text = String::new();
            let mut piece = [0; 4096];
            loop {
                let length = stream.read(&mut piece).await.unwrap();
                assert!(length > 0, "the stream ended: {text}");
                text.push_str(std::str::from_utf8(&piece[..length]).unwrap());
                let events: Vec<_> = text.split("\n\n").filter_map(read_event).collect();
                if events.len() >= count {
                    return events.into_iter().take(count).collect();
                }
            }
        };
        timeout(DEADLINE, talk).await.unwrap()
    }
}

fn read_event(block: &str) -> Option<(u64, api::network::BlockEvent)> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    assert!(field("event:").is_none_or(|kind| kind == "block"));
    Some((field("id:")?.parse().ok()?, serde_json::from_str(field("data:")?).ok()?))
}

fn bearer(token: Option<&str>) -> String {
    token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default()
}

async fn node(folder: &std::path::Path, genesis: Genesis) -> (Handle, EngineHandle, TxGossip) {
    let made = custody::genesis_state(&genesis).unwrap();
    let network = made.network;
    std::fs::create_dir_all(folder.join("consensus")).unwrap();
    let bytes = genesis.to_bytes();
    let options = store::Options { sync: false, ..store::Options::default() };
    let path = folder.join("store");
    let store = store::Store::create(&path, options, &bytes, network, &made.writes, &made.events).unwrap();
    let store = Arc::new(store);
    let pool = Arc::new(Mutex::new(Pool::new(Limits { txs: 1_000, bytes: 10_000_000, per_org_txs: 500 })));
    let (blocks, _) = broadcast::channel(STREAM_BACKLOG);
    let clock = Clock::of(&genesis);
    let signer = consensus_pair();
    let app = LedgerApp::new(AppParts {
        store: store.clone(),
        pool: pool.clone(),
        network,
        test: true,
        params: genesis.params.clone(),
        clock: clock.clone(),
        origin: genesis.time,
        me: signer.key_id(),
        blocks: blocks.clone(),
        evidence: folder.join("consensus").join("evidence"),
    })
    .unwrap();
    let home = folder.join("consensus");
    SignState::create(&home.join(SIGN_STATE_FILE), network, signer.key_id(), 1).unwrap();
    let config = EngineConfig {
        home,
        network,
        transport: TransportKey::from_secret(&mut TRANSPORT.clone()).unwrap(),
        listen: "127.0.0.1:0".parse().unwrap(),
        peers: Vec::new(),
        max_block_bytes: genesis.params.block_bytes as usize,
        max_gossip_bytes: consensus::limits::MAX_GOSSIP_BYTES,
    };
    let (engine, gossip) = Engine::start(config, EngineRole::Validator(Box::new(signer)), app).await.unwrap();
    let waker = engine.waker();
    let parts = IngressParts {
        store: store.clone(),
        pool: pool.clone(),
        network,
        clock: clock.clone(),
        gossip: gossip.publisher.clone(),
        wake: Arc::new(move || waker.wake()),
    };
    let ingress = Ingress::start(parts, 1);
    let trust = proof::TrustRoot::from_genesis(&genesis).unwrap();
    let consensus = engine.watch();
    let (frame, genesis, trust) = (Arc::new(Frame::of(&genesis)), Arc::new(genesis), Arc::new(trust));
    let (history, reports) = (History::default(), Reports::default());
    let way = Way::Agency(AgencyWay { genesis, ingress, consensus, pool, history, reports });
    (Handle { store, frame, trust, network, clock, blocks, way }, engine, gossip)
}

/// What a server answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Answer {
        let text = String::from_utf8_lossy(bytes);
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body: bytes[end + 4..].to_vec() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {} {}", self.head, self.text()))
    }

    /// The body of a success.
    pub(crate) fn ok<T: DeserializeOwned>(&self) -> T {
        assert!((200..300).contains(&self.status), "{} {}", self.head, self.text());
        self.json()
    }

    /// Status and code of a failure, which must be a problem of the catalogue.
    pub(crate) fn failure(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), Some(api::paths::PROBLEM_JSON), "{} {}", self.head, self.text());
        let problem: api::Problem = self.json();
        assert_eq!(problem.status, self.status);
        assert!(!problem.hint.is_empty() && !problem.title.is_empty());
        (self.status, problem.code)
    }
}
