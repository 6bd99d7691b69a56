//! A ledger of nothing but blocks, and networks of engines over it.
#![allow(dead_code, unreachable_pub)]

use bytes::Bytes;
use consensus::{
    Application, Arrival, BuiltBlock, Engine, EngineConfig, EngineHandle, Fault, Freshness, Pacing, Peer, PeerKey,
    Role, SIGN_STATE_FILE, SignState, Signer, StartError, Timeouts, Tip, TransportKey, TxGossip, Verdict, proposer,
};
use ed25519_dalek::Signer as _;
use ledger::{BlockId, Certificate, Evidence, Hash, KeyId, NetworkId, PublicKey, Signature, Validator, ValidatorSet};
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

pub const NETWORK: NetworkId = NetworkId(Hash([42; 32]));

/// For whatever should come: long enough for a busy machine, short enough to fail.
pub const DEADLINE: Duration = Duration::from_secs(30);

pub struct Key(pub ed25519_dalek::SigningKey);

impl Signer for Key {
    fn public_key(&self) -> PublicKey {
        PublicKey::from_bytes(self.0.verifying_key().to_bytes()).unwrap()
    }
    fn sign(&self, message: &Hash) -> Signature {
        Signature(self.0.sign(&message.0).to_bytes())
    }
}

pub fn key(n: usize) -> Key {
    Key(ed25519_dalek::SigningKey::from_bytes(blake3::hash(format!("key {n}").as_bytes()).as_bytes()))
}

pub fn transport(n: usize) -> TransportKey {
    let mut secret = *blake3::hash(format!("transport {n}").as_bytes()).as_bytes();
    TransportKey::from_secret(&mut secret).unwrap()
}

pub fn validators(numbers: impl IntoIterator<Item = usize>) -> ValidatorSet {
    let seat = |n| Validator { key: key(n).public_key(), org: Default::default(), peer: transport(n).peer_key().0 };
    ValidatorSet::new(numbers.into_iter().map(seat).collect()).unwrap()
}

/// What all nodes of a test agree on.
#[derive(Clone)]
pub struct Rules {
    pub validators: ValidatorSet,
    pub timeouts: Timeouts,
    pub pacing: Pacing,
    /// Bytes of padding in a block.
    pub padding: usize,
    /// The validators from some heights on, ascending.
    pub later: Vec<(u64, ValidatorSet)>,
    /// How many heights before its first one a set is known.
    pub lead: u64,
}

impl Rules {
    /// All sets, in their order.
    pub fn sets(&self) -> impl Iterator<Item = &ValidatorSet> {
        [&self.validators].into_iter().chain(self.later.iter().map(|(_, set)| set))
    }

    /// Who signs a height.
    pub fn at(&self, height: u64) -> &ValidatorSet {
        let begun = self.later.iter().rev().find(|(from, _)| height >= *from);
        begun.map_or(&self.validators, |(_, set)| set)
    }

    /// Who signs after the height that follows this one, where that is decided.
    fn coming(&self, tip: u64) -> Option<ValidatorSet> {
        let next = self.later.iter().find(|(from, _)| *from > tip + 1);
        next.filter(|(from, _)| tip + self.lead >= *from).map(|(_, set)| set.clone())
    }
}

pub fn rules(n: usize) -> Rules {
    let ms = Duration::from_millis;
    Rules {
        validators: validators(0..n),
        timeouts: Timeouts {
            propose: ms(1_000),
            propose_delta: ms(300),
            prevote: ms(400),
            prevote_delta: ms(200),
            precommit: ms(400),
            precommit_delta: ms(200),
            rebroadcast: ms(1_000),
            max: ms(5_000),
        },
        pacing: Pacing { busy_interval: ms(20), idle_interval: ms(40) },
        padding: 300,
        later: Vec::new(),
        lead: 3,
    }
}

/// The durable part of a toy ledger; it outlives the engine over it.
pub struct Store {
    pub rules: Rules,
    pub blocks: Mutex<Vec<(Bytes, Certificate)>>,
    pub evidence: Mutex<Vec<Evidence>>,
    pub height: watch::Sender<u64>,
    pub waiting: AtomicBool,
    pub fail_commit_at: AtomicU64,
    /// Fresh blocks are called untimely.
    pub late: AtomicBool,
    /// How many were.
    pub untimely: AtomicU64,
    pub proposed: Mutex<Vec<(u64, u32, BlockId)>>,
    /// A file that blocks are appended to, for processes that are killed.
    pub file: Option<PathBuf>,
}

impl Store {
    pub fn new(rules: Rules) -> Arc<Store> {
        Store::with_file(rules, None)
    }

    pub fn with_file(rules: Rules, file: Option<PathBuf>) -> Arc<Store> {
        let store = Store {
            rules,
            blocks: Mutex::default(),
            evidence: Mutex::default(),
            height: watch::Sender::new(0),
            waiting: AtomicBool::new(false),
            fail_commit_at: AtomicU64::new(0),
            late: AtomicBool::new(false),
            untimely: AtomicU64::new(0),
            proposed: Mutex::default(),
            file,
        };
        Arc::new(store)
    }

    pub fn id(&self, height: u64) -> BlockId {
        self.blocks.lock().unwrap()[height as usize - 1].1.block
    }

    pub fn certificate(&self, height: u64) -> Certificate {
        self.blocks.lock().unwrap()[height as usize - 1].1.clone()
    }

    pub fn tip(&self) -> u64 {
        *self.height.borrow()
    }

    pub async fn reach(&self, height: u64) {
        let mut watch = self.height.subscribe();
        within(&format!("height {height}"), watch.wait_for(|h| *h >= height)).await.unwrap();
    }
}

pub async fn within<F: Future>(what: &str, future: F) -> F::Output {
    tokio::time::timeout(DEADLINE, future).await.unwrap_or_else(|_| panic!("not in time: {what}"))
}

/// height, round, builder, parent, padding
pub struct Block {
    pub height: u64,
    pub round: u32,
    pub builder: KeyId,
    pub parent: BlockId,
}

const HEADER: usize = 8 + 4 + 32 + 32;

impl Block {
    pub fn encode(&self, padding: usize) -> Bytes {
        let mut out = Vec::with_capacity(HEADER + padding);
        out.extend_from_slice(&self.height.to_be_bytes());
        out.extend_from_slice(&self.round.to_be_bytes());
        out.extend_from_slice(&self.builder.0.0);
        out.extend_from_slice(&self.parent.0.0);
        out.resize(HEADER + padding, 7);
        out.into()
    }

    pub fn decode(bytes: &[u8]) -> Option<Block> {
        let (height, rest) = bytes.split_first_chunk()?;
        let (round, rest) = rest.split_first_chunk()?;
        let (builder, rest) = rest.split_first_chunk()?;
        let (parent, _) = rest.split_first_chunk()?;
        Some(Block {
            height: u64::from_be_bytes(*height),
            round: u32::from_be_bytes(*round),
            builder: KeyId(Hash(*builder)),
            parent: BlockId(Hash(*parent)),
        })
    }
}

pub fn block_id(bytes: &[u8]) -> Option<BlockId> {
    Block::decode(bytes)?;
    Some(BlockId(Hash(*blake3::hash(bytes).as_bytes())))
}

pub struct Toy {
    pub store: Arc<Store>,
    pub me: KeyId,
}

impl Toy {
    fn parent(&self) -> BlockId {
        self.store.blocks.lock().unwrap().last().map(|(_, c)| c.block).unwrap_or_default()
    }
}

impl Application for Toy {
    fn tip(&self) -> Tip {
        let rules = &self.store.rules;
        Tip {
            height: self.store.tip(),
            validators: rules.at(self.store.tip() + 1).clone(),
            coming: rules.coming(self.store.tip()),
            timeouts: rules.timeouts,
            pacing: rules.pacing,
            waiting: self.store.waiting.load(Ordering::SeqCst),
        }
    }

    fn propose(&mut self, height: u64, round: u32) -> Result<BuiltBlock, Fault> {
        let bytes = Block { height, round, builder: self.me, parent: self.parent() }.encode(self.store.rules.padding);
        // A clock in the padding: two blocks built for the same place would differ.
        let mut bytes = bytes.to_vec();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        bytes.extend_from_slice(&now.to_be_bytes());
        let bytes = Bytes::from(bytes);
        let id = block_id(&bytes).unwrap();
        self.store.proposed.lock().unwrap().push((height, round, id));
        Ok(BuiltBlock { id, bytes })
    }

    fn validate(&mut self, at: Arrival, by: KeyId, bytes: &Bytes) -> Result<Verdict, Fault> {
        let (Some(block), Some(id)) = (Block::decode(bytes), block_id(bytes)) else {
            return Ok(Verdict::Invalid { reason: "no block".into() });
        };
        let turn = proposer(self.store.rules.at(block.height), block.height, block.round) == block.builder;
        let fits = block.height == at.height && block.height == self.store.tip() + 1 && block.parent == self.parent();
        let fresh = at.freshness == Freshness::Fresh;
        if !turn || !fits || (fresh && (block.round != at.round || block.builder != by)) {
            return Ok(Verdict::Invalid { reason: "not in place".into() });
        }
        if fresh && self.store.late.load(Ordering::SeqCst) {
            self.store.untimely.fetch_add(1, Ordering::SeqCst);
            return Ok(Verdict::Untimely(id));
        }
        Ok(Verdict::Valid(id))
    }

    fn block_id(&self, bytes: &[u8]) -> Option<BlockId> {
        block_id(bytes)
    }

    fn commit(&mut self, certificate: &Certificate, block: &Bytes) -> Result<Tip, Fault> {
        assert_eq!(block_id(block), Some(certificate.block));
        assert_eq!(certificate.height, self.store.tip() + 1);
        certificate.verify(NETWORK, self.store.rules.at(certificate.height)).unwrap();
        assert_eq!(Block::decode(block).unwrap().parent, self.parent());
        if self.store.fail_commit_at.load(Ordering::SeqCst) == certificate.height {
            return Err(Fault::new("write to a disk that the test broke"));
        }
        if let Some(file) = &self.store.file {
            append(file, certificate, block);
        }
        self.store.blocks.lock().unwrap().push((block.clone(), certificate.clone()));
        self.store.height.send_replace(certificate.height);
        Ok(self.tip())
    }

    fn finalized(&mut self, certificate: &Certificate, evidence: Vec<Evidence>) -> Result<(), Fault> {
        certificate.verify(NETWORK, self.store.rules.at(certificate.height)).unwrap();
        let mut blocks = self.store.blocks.lock().unwrap();
        let kept = &mut blocks[certificate.height as usize - 1].1;
        assert_eq!(kept.block, certificate.block);
        assert!(certificate.signatures.len() >= self.store.rules.at(certificate.height).quorum());
        if certificate.signatures.len() > kept.signatures.len() {
            *kept = certificate.clone();
        }
        self.store.evidence.lock().unwrap().extend(evidence);
        Ok(())
    }

    fn decided(&self, from: u64, to: u64, max_bytes: usize) -> Result<Vec<(Bytes, Certificate)>, Fault> {
        let blocks = self.store.blocks.lock().unwrap();
        let mut room = max_bytes;
        let found = blocks.iter().skip(from as usize - 1).take((to - from + 1) as usize);
        let fitting = found.take_while(|(bytes, _)| {
            let fits = bytes.len() <= room;
            room = room.saturating_sub(bytes.len());
            fits
        });
        Ok(fitting.cloned().collect())
    }

    fn history_min(&self) -> u64 {
        1
    }
}

/// Appends block and certificate, synced; a torn end is cut when it is read.
fn append(file: &std::path::Path, certificate: &Certificate, block: &Bytes) {
    use std::io::Write;
    let certificate = ledger::codec::encode(certificate);
    let mut record = Vec::new();
    record.extend_from_slice(&(block.len() as u32).to_be_bytes());
    record.extend_from_slice(&(certificate.len() as u32).to_be_bytes());
    record.extend_from_slice(block);
    record.extend_from_slice(&certificate);
    let mut out = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
    out.write_all(&record).unwrap();
    out.sync_all().unwrap();
}

/// Reads what [`append`] wrote.
pub fn load(store: &Store) {
    let Ok(content) = std::fs::read(store.file.as_ref().unwrap()) else { return };
    let mut rest = content.as_slice();
    let mut blocks = store.blocks.lock().unwrap();
    while let Some((lengths, tail)) = rest.split_first_chunk::<8>() {
        let block = u32::from_be_bytes(lengths[..4].try_into().unwrap()) as usize;
        let certificate = u32::from_be_bytes(lengths[4..].try_into().unwrap()) as usize;
        if tail.len() < block + certificate {
            break;
        }
        let decoded = ledger::codec::decode(&tail[block..block + certificate], 1 << 20).unwrap();
        blocks.push((Bytes::copy_from_slice(&tail[..block]), decoded));
        rest = &tail[block + certificate..];
    }
    store.height.send_replace(blocks.len() as u64);
}

pub fn config(n: usize, home: PathBuf, listen: SocketAddr, peers: Vec<Peer>) -> EngineConfig {
    EngineConfig {
        home,
        network: NETWORK,
        transport: transport(n),
        listen,
        peers,
        max_block_bytes: 1 << 20,
        max_gossip_bytes: 256 << 10,
    }
}

pub const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

pub struct Node {
    pub number: usize,
    pub store: Arc<Store>,
    pub address: SocketAddr,
    pub running: Option<(EngineHandle, TxGossip)>,
}

impl Node {
    pub fn handle(&self) -> &EngineHandle {
        &self.running.as_ref().unwrap().0
    }

    pub fn peer(&self) -> Peer {
        Peer { key: transport(self.number).peer_key(), address: Some(self.address) }
    }

    pub async fn stop(&mut self) {
        let (handle, _) = self.running.take().unwrap();
        within("the end of a node", handle.shutdown()).await;
    }
}

/// Nodes in one process; numbers below `seats` have a key and may be validators, the others are observers.
pub struct Cluster {
    pub dir: tempfile::TempDir,
    pub rules: Rules,
    pub seats: usize,
    pub nodes: Vec<Node>,
}

pub fn trace() {
    let filter = tracing_subscriber::EnvFilter::from_default_env();
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
}

impl Cluster {
    pub async fn start(rules: Rules, observers: usize) -> Cluster {
        Cluster::start_without(rules, observers, &[]).await
    }

    /// Those who come late are not started.
    pub async fn start_without(rules: Rules, observers: usize, late: &[usize]) -> Cluster {
        trace();
        let sits = |n: &usize| rules.sets().any(|set| set.by_key(&key(*n).public_key().id()).is_some());
        let seats = (0..).take_while(sits).count();
        let dir = tempfile::tempdir().unwrap();
        let mut cluster = Cluster { dir, rules: rules.clone(), seats, nodes: Vec::new() };
        for number in 0..seats + observers {
            cluster.init(number);
            let store = Store::new(rules.clone());
            cluster.nodes.push(Node { number, store, address: ANY_PORT, running: None });
            if !late.contains(&number) {
                cluster.run(number, Vec::new()).await;
            }
        }
        let peers = cluster.peers();
        for node in cluster.nodes.iter().filter(|n| n.running.is_some()) {
            node.handle().allow(peers.clone()).await;
        }
        cluster
    }

    pub fn home(&self, number: usize) -> PathBuf {
        self.dir.path().join(number.to_string())
    }

    fn init(&self, number: usize) {
        std::fs::create_dir(self.home(number)).unwrap();
        if number < self.seats {
            let id = key(number).public_key().id();
            SignState::create(&self.home(number).join(SIGN_STATE_FILE), NETWORK, id, 1).unwrap();
        }
    }

    pub fn peers(&self) -> Vec<Peer> {
        self.nodes.iter().map(Node::peer).collect()
    }

    async fn run(&mut self, number: usize, peers: Vec<Peer>) {
        self.until_log_is_free(number).await;
        let running = self.try_run(number, peers).await.unwrap();
        self.nodes[number].address = running.0.address();
        self.nodes[number].running = Some(running);
    }

    /// The engine that ran here before lets go of its log a little after it says that it has ended: in a thread of its own,
    /// which nobody can wait for. Its lock can be waited for; what starts next takes it without waiting.
    async fn until_log_is_free(&self, number: usize) {
        let log = self.home(number).join(consensus::WAL_FILE);
        let wait = move || {
            if let Ok(file) = std::fs::File::open(log) {
                file.lock().unwrap();
            }
        };
        within("the log of the engine is let go", tokio::task::spawn_blocking(wait)).await.unwrap();
    }

    pub async fn try_run(&self, number: usize, peers: Vec<Peer>) -> Result<(EngineHandle, TxGossip), StartError> {
        let (store, address) = (Arc::clone(&self.nodes[number].store), self.nodes[number].address);
        let me = key(number).public_key().id();
        let role = match number < self.seats {
            true => Role::Validator(Box::new(key(number))),
            false => Role::Observer,
        };
        let config = config(number, self.home(number), address, peers);
        Engine::start(config, role, Toy { store, me }).await
    }

    pub async fn restart(&mut self, number: usize) {
        self.run(number, self.peers()).await;
    }

    /// Whether a node's key has signed the certificate that it itself has of a height.
    pub fn has_signed(&self, number: usize, height: u64) -> bool {
        let signer = key(number).public_key().id();
        self.nodes[number].store.certificate(height).signatures.iter().any(|s| s.signer == signer)
    }

    /// Waits until a node's key has signed a height from this one on.
    pub async fn signs(&self, number: usize, from: u64) {
        let mut watch = self.nodes[number].store.height.subscribe();
        let signed = watch.wait_for(|tip| (from..=*tip).any(|height| self.has_signed(number, height)));
        within(&format!("a signature of node {number}"), signed).await.unwrap();
    }

    /// Waits until every running node has the height.
    pub async fn reach(&self, height: u64) {
        for node in self.nodes.iter().filter(|n| n.running.is_some()) {
            node.store.reach(height).await;
        }
    }

    /// No two nodes disagree on any height, and all certificates hold.
    pub fn agree(&self) {
        for node in &self.nodes {
            for height in 1..=node.store.tip().min(self.nodes[0].store.tip()) {
                assert_eq!(node.store.id(height), self.nodes[0].store.id(height), "height {height}");
                node.store.certificate(height).verify(NETWORK, self.rules.at(height)).unwrap();
            }
        }
    }

    pub async fn stop(mut self) {
        for node in self.nodes.iter_mut().filter(|n| n.running.is_some()) {
            node.stop().await;
        }
    }
}

pub fn peer_key(n: usize) -> PeerKey {
    transport(n).peer_key()
}
