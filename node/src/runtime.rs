//! One node from its home to its end: open, check, start, serve, stop.

use crate::{
    access::{Access, Reports},
    admission::Admission,
    app::{AppParts, LedgerApp},
    ceremony,
    config::{Config, NodeRole},
    documents::Library,
    handle::{AgencyWay, Clock, Committed, Frame, Handle, STREAM_BACKLOG, Way},
    history::History,
    http::{self, HttpOptions},
    ingress::{GossipVerdict, Ingress, IngressParts},
    member,
    seat::{Seat, Standing},
    upkeep,
};
use consensus::{
    Engine, EngineConfig, EngineHandle, HaltReason, Peer, Role, SIGN_STATE_FILE, Safety, StartError, TransportKey,
    TxGossip,
};
use keys::Signer as _;
use ledger::{
    Genesis, StateKey, StateRead as _,
    record::{OrgKind, OrgRecord},
    state::ReadError,
};
use mempool::{Limits, Pool};
use proof::TrustRoot;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};
use store::Store;
use tokio::{net::TcpListener, sync::broadcast, sync::watch};

/// Threads that verify signatures, at most; fewer where the machine has fewer cores.
const MAX_VERIFIERS: usize = 8;
/// Gossip messages that are judged at a time.
const GOSSIP_IN_FLIGHT: usize = 64;

/// Why a node does not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The home is not in order.
    #[error(transparent)]
    Ceremony(#[from] ceremony::CeremonyError),
    /// The node's keys cannot be read.
    #[error("read the node's keys: {0}")]
    Keys(#[from] keys::KeyError),
    /// The ledger does not open.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// Consensus does not start.
    #[error(transparent)]
    Consensus(#[from] StartError),
    /// The home and its genesis say different things.
    #[error("start: {problem}")]
    Home {
        /// What differs.
        problem: String,
    },
    /// The node's role and the kind of its organisation do not go together.
    #[error("run as {role}: the organisation of this node is of the kind {kind}")]
    Role {
        /// As `hufud.toml` has it.
        role: &'static str,
        /// As the ledger has it.
        kind: &'static str,
    },
    /// The home was set up for another role.
    #[error("run as {role}: {found} is there, so this home was set up for another role")]
    OtherRole {
        /// As `hufud.toml` has it.
        role: &'static str,
        /// What a node of this role does not write.
        found: PathBuf,
    },
    /// The access network does not start.
    #[error(transparent)]
    Access(#[from] ::access::AccessError),
    /// The trust file of a member's node is not usable.
    #[error("take {path}: {source}")]
    Trust {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: proof::TrustError,
    },
    /// The HTTP interface cannot listen.
    #[error("listen on {address}: {source}")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// Threads or signals cannot be had from the system.
    #[error("start a part of the node: {0}")]
    System(#[from] std::io::Error),
    /// Consensus halted; the reason stands in the log and in the status.
    #[error("go on: {reason}")]
    Halted {
        /// Why.
        reason: HaltReason,
    },
}

impl RunError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            RunError::Ceremony(error) => error.code(),
            RunError::Keys(error) => error.code(),
            RunError::Store(error) => error.code(),
            RunError::Consensus(error) => start_code(error),
            RunError::Home { .. } => "H3150",
            RunError::Role { .. } => "H3153",
            RunError::OtherRole { .. } => "H3154",
            RunError::Access(_) => "H7120",
            RunError::Trust { source, .. } => source.code(),
            RunError::Listen { .. } => "H7101",
            RunError::System(_) => "H7102",
            RunError::Halted { reason } => halt_code(reason),
        }
    }
}

fn halt_code(reason: &HaltReason) -> &'static str {
    match reason {
        HaltReason::DiskFull(_) => "H8116",
        HaltReason::Fault(_)
        | HaltReason::SigningFailed(_)
        | HaltReason::CertifiedInvalid(_)
        | HaltReason::EngineSafety(_)
        | HaltReason::EngineEnded(_) => "H7103",
    }
}

fn start_code(error: &StartError) -> &'static str {
    match error {
        StartError::Config(_) => "H7110",
        StartError::Home(_) => "H7111",
        StartError::SignState(_) => "H7112",
        StartError::Journal(_) => "H7113",
        StartError::Network(_) => "H7114",
        StartError::Engine { .. } | StartError::Thread(_) => "H7115",
    }
}

/// Runs a node until it is told to end (SIGINT, SIGTERM) or consensus halts.
///
/// A node that halted stays up to say why, and ends with an error when it is told to end.
pub async fn run(config: Config) -> Result<(), RunError> {
    let (ask_to_end, end) = watch::channel(false);
    tokio::spawn(async move {
        match signalled().await {
            Ok(name) => tracing::info!(signal = name, "ending"),
            Err(error) => tracing::error!(%error, "signals cannot be heard"),
        }
        ask_to_end.send_replace(true);
    });
    run_until(config, end).await
}

/// Runs a node until `end` says so.
pub async fn run_until(config: Config, end: watch::Receiver<bool>) -> Result<(), RunError> {
    match config.role {
        NodeRole::Agency | NodeRole::Observer => run_agency(config, end).await,
        NodeRole::Member | NodeRole::Partner => member::run_member(config, end).await,
    }
}

/// Refuses a home in which a node of another role has written.
pub(crate) fn check_home(config: &Config) -> Result<(), RunError> {
    let home = config.layout();
    let found = if config.role.is_member() { home.store() } else { home.slice() };
    match found.exists() {
        true => Err(RunError::OtherRole { role: config.role.name(), found }),
        false => Ok(()),
    }
}

/// Where HTTP is served.
pub(crate) async fn listen(config: &Config) -> Result<TcpListener, RunError> {
    let address = config.api.listen;
    TcpListener::bind(address).await.map_err(|source| RunError::Listen { address, source })
}

async fn run_agency(config: Config, mut end: watch::Receiver<bool>) -> Result<(), RunError> {
    check_home(&config)?;
    let listener = listen(&config).await?;
    let Running { handle, engine, gossip, ingress, seat, admission, blocks } = start(&config).await?;
    let documents = Library::of_agency(config.layout().documents(), handle.network, handle.clock.clone())?;
    let access = Access::open(&config, &handle, documents.clone()).await?;
    let upkeep = upkeep::begin(&config, handle.store.clone(), handle.follow(), end.clone());
    tracing::info!(name = config.name, network = %handle.network, height = handle.store.tip().height, api = %config.api.listen, "started");
    let judging = tokio::spawn(judge_gossip(gossip, ingress));
    let options = HttpOptions { documents: Some(documents), ..http_options(&config, seat) };
    let mut until = end.clone();
    let served = http::serve(listener, handle.clone(), options, async move {
        // An error means that nobody can ask any more: end as well.
        let _ = until.wait_for(|end| *end).await;
    });
    let served = async {
        let served = served.await;
        let _ = end.wait_for(|end| *end).await;
        served
    };
    let served = tokio::select! {
        served = served => served,
        never = admission.follow(blocks, &engine) => match never {},
    };
    let safety = engine.status().safety;
    if let Some(access) = access {
        access.end().await;
    }
    engine.shutdown().await;
    judging.abort();
    if let Some(upkeep) = upkeep {
        // What it is about to write is written, or the ledger is still open when the next process wants it.
        let _ = upkeep.await;
    }
    served?;
    match safety {
        Safety::Halted(reason) => Err(RunError::Halted { reason }),
        Safety::Starting | Safety::Running | Safety::Stopped => Ok(()),
    }
}

struct Running {
    handle: Handle,
    engine: EngineHandle,
    gossip: TxGossip,
    ingress: Ingress,
    seat: Seat,
    admission: Admission,
    /// All blocks that were committed since the list of peers was read.
    blocks: broadcast::Receiver<Committed>,
}

/// The node's keys, as far as the ledger does not contradict them. It may not know them: a new agency's node follows
/// before it has a seat, and begins to vote at the height at which its seat begins.
fn seat(config: &Config, store: &Store, node_key: &keys::NodeKey) -> Result<Seat, RunError> {
    let problem = |problem: String| RunError::Home { problem };
    let seat = Seat {
        key: node_key.consensus.public_key().id(),
        peer: *node_key.transport.public_key().bytes(),
        observe: config.observe,
    };
    let standing = seat.standing(store).map_err(|e| problem(e.to_string()))?;
    if standing.torn {
        return Err(problem("of the keys in node.key.json only one is that of a validator".into()));
    }
    if standing.org.is_none() {
        tracing::info!("the ledger does not know this node's keys yet: it follows");
    }
    Ok(seat)
}

/// Whether the node may ever vote while it runs. Without a sign-state it follows, unless it has a seat: then consensus says
/// what is missing.
fn may_vote(config: &Config, standing: Standing) -> bool {
    let keeps_record = config.layout().consensus().join(SIGN_STATE_FILE).exists();
    !config.observe && (standing.votes || standing.will_vote || keeps_record)
}

/// Whether the organisation of the node, where the ledger knows it, is one that runs such nodes.
pub(crate) fn check_role(role: NodeRole, kind: OrgKind) -> Result<(), RunError> {
    match role.fits(kind) {
        true => Ok(()),
        false => Err(RunError::Role { role: role.name(), kind: kind.name() }),
    }
}

pub(crate) fn http_options(config: &Config, seat: Seat) -> HttpOptions {
    HttpOptions {
        in_flight: config.requests.max_in_flight,
        followers: config.requests.max_followers,
        request_timeout: Duration::from_millis(config.requests.body_timeout_ms),
        token_life: Duration::from_secs(config.requests.token_life_s),
        queries: Some(config.layout().queries()),
        ..HttpOptions::new(seat)
    }
}

async fn start(config: &Config) -> Result<Running, RunError> {
    let home = config.layout();
    let genesis = ceremony::load_genesis(&home.genesis())?.genesis;
    let node_key = keys::NodeKey::read(&home.node_key())?;
    let store = Arc::new(open_store(config, home.store(), &genesis).await?);
    let network = store.network();
    let trust = TrustRoot::from_genesis(&genesis).map_err(|e| RunError::Home { problem: e.to_string() })?;
    let pool = Arc::new(Mutex::new(Pool::new(Limits {
        txs: config.pool.max_transactions,
        bytes: config.pool.max_bytes,
        per_org_txs: config.pool.max_transactions_per_org,
    })));
    let clock = Clock::of(&genesis);
    let (blocks, _) = broadcast::channel(STREAM_BACKLOG);
    let app = LedgerApp::new(AppParts {
        store: store.clone(),
        pool: pool.clone(),
        network,
        test: genesis.test.is_some(),
        params: genesis.params.clone(),
        clock: clock.clone(),
        origin: genesis.time,
        me: node_key.consensus.public_key().id(),
        blocks: blocks.clone(),
        evidence: home.evidence(),
    })
    .map_err(|e| RunError::Home { problem: e.describe() })?;
    let seat = seat(config, &store, &node_key)?;
    let (admission, followed) = (Admission::of(&config.peers, store.clone(), seat.peer), blocks.subscribe());
    let unread = |e: ReadError| RunError::Home { problem: e.to_string() };
    let standing = seat.standing(&*store).map_err(unread)?;
    if let Some(org) = standing.org
        && let Some(OrgRecord { profile, .. }) = store.record(&StateKey::Org(org)).map_err(unread)?
    {
        check_role(config.role, profile.kind)?;
    }
    let role = match may_vote(config, standing) {
        true => Role::Validator(Box::new(node_key.consensus.clone())),
        false => Role::Observer,
    };
    let peers = admission.admitted()?.peers;
    let (engine, gossip) = start_engine(config, &genesis, peers, &node_key, role, app).await?;
    let waker = engine.waker();
    let parts = IngressParts {
        store: store.clone(),
        pool: pool.clone(),
        network,
        clock: clock.clone(),
        gossip: gossip.publisher.clone(),
        wake: Arc::new(move || waker.wake()),
    };
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let ingress = Ingress::start(parts, cores.min(MAX_VERIFIERS));
    let frame = Arc::new(Frame::of(&genesis));
    let way = Way::Agency(AgencyWay {
        genesis: Arc::new(genesis),
        ingress: ingress.clone(),
        consensus: engine.watch(),
        pool,
        history: History::default(),
        reports: Reports::default(),
    });
    let handle = Handle { store, frame, trust: Arc::new(trust), network, clock, blocks, way };
    Ok(Running { handle, engine, gossip, ingress, seat, admission, blocks: followed })
}

/// Opens the ledger and checks that it belongs to this genesis. Opening hashes every record: it may take a while.
async fn open_store(config: &Config, path: PathBuf, genesis: &Genesis) -> Result<Store, RunError> {
    let options = store::Options { failpoint: consensus::failpoint::hit, ..config.store_options() };
    let config = config.clone();
    let opened = tokio::task::spawn_blocking(move || {
        let store = Store::open(&path, options)?;
        upkeep::attach_archive(&config, &store).map(|()| store)
    })
    .await;
    let store = opened.map_err(|e| RunError::Home { problem: format!("opening the ledger ended: {e}") })??;
    match store.network() == genesis.network() {
        true => Ok(store),
        false => {
            Err(RunError::Home { problem: "the ledger in data/store is of another network than genesis.json".into() })
        }
    }
}

async fn start_engine(
    config: &Config,
    genesis: &Genesis,
    peers: Vec<Peer>,
    node_key: &keys::NodeKey,
    role: Role,
    app: LedgerApp,
) -> Result<(EngineHandle, TxGossip), RunError> {
    let transport = TransportKey::from_secret(&mut node_key.transport.seed())
        .map_err(|_| RunError::Home { problem: "the transport key in node.key.json is no ed25519 key".into() })?;
    let listen = config.p2p.as_ref().map(|p2p| p2p.listen);
    let listen = listen.ok_or_else(|| RunError::Home { problem: "hufud.toml has no table `p2p`".into() })?;
    let engine = EngineConfig {
        home: config.layout().consensus(),
        network: genesis.network(),
        transport,
        listen,
        peers,
        max_block_bytes: genesis.params.block_bytes as usize,
        max_gossip_bytes: consensus::limits::MAX_GOSSIP_BYTES,
    };
    Ok(Engine::start(engine, role, app).await?)
}

/// Judges what other agencies pass on, a bounded number of messages at a time.
async fn judge_gossip(mut gossip: TxGossip, ingress: Ingress) {
    let places = Arc::new(tokio::sync::Semaphore::new(GOSSIP_IN_FLIGHT));
    while let Some(arrival) = gossip.incoming.recv().await {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let ingress = ingress.clone();
        tokio::spawn(async move {
            match ingress.receive(&arrival.bytes).await {
                GossipVerdict::Accept => arrival.accept(),
                GossipVerdict::Ignore => arrival.ignore(),
                GossipVerdict::Reject => arrival.reject(),
            }
            drop(place);
        });
    }
}

async fn signalled() -> std::io::Result<&'static str> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    })
}
