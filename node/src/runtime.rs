//! One node from its home to its end: open, check, start, serve, stop.

use crate::{
    admission::Admission,
    app::{AppParts, LedgerApp},
    ceremony,
    config::Config,
    handle::{Clock, Committed, Handle, STREAM_BACKLOG},
    http::{self, HttpOptions},
    ingress::{GossipVerdict, Ingress, IngressParts},
};
use consensus::{
    Engine, EngineConfig, EngineHandle, HaltReason, Peer, Role, Safety, StartError, TransportKey, TxGossip,
};
use keys::Signer as _;
use ledger::{
    Genesis, OrgId, StateKey, StateRead,
    record::{NodeRecord, ValidatorsRecord},
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
pub async fn run_until(config: Config, mut end: watch::Receiver<bool>) -> Result<(), RunError> {
    let listener = TcpListener::bind(config.api.listen)
        .await
        .map_err(|source| RunError::Listen { address: config.api.listen, source })?;
    let Running { handle, engine, gossip, seat, admission, blocks } = start(&config).await?;
    tracing::info!(name = config.name, network = %handle.network, height = handle.store.tip().height, api = %config.api.listen, "started");
    let judging = tokio::spawn(judge_gossip(gossip, handle.ingress.clone()));
    let options = http_options(&config, seat);
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
    engine.shutdown().await;
    judging.abort();
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
    seat: Seat,
    admission: Admission,
    /// All blocks that were committed since the list of peers was read.
    blocks: broadcast::Receiver<Committed>,
}

/// What this node is, by the ledger's word.
#[derive(Clone, Copy, Debug)]
struct Seat {
    votes: bool,
    org: OrgId,
}

impl Seat {
    fn of(config: &Config, store: &Store, node_key: &keys::NodeKey) -> Result<Seat, RunError> {
        let problem = |problem: String| RunError::Home { problem };
        let seats: Option<ValidatorsRecord> =
            store.record(&StateKey::Validators).map_err(|e| problem(e.to_string()))?;
        let seats = seats.ok_or_else(|| problem("the ledger has no validator set".into()))?;
        let (key, peer) = (node_key.consensus.public_key().id(), *node_key.transport.public_key().bytes());
        // A seat that begins at a later height is taken already: the node asks at every height whether it sits.
        let next = seats.next.as_ref().map(|(set, _)| set);
        for validators in [Some(&seats.set), next].into_iter().flatten() {
            let of_peer = validators.validators().iter().find(|seat| seat.peer == peer);
            match validators.by_key(&key).or(of_peer) {
                Some(seat) if seat.key.id() == key && seat.peer == peer => {
                    return Ok(Seat { votes: !config.observe, org: seat.org });
                }
                Some(_) if next.is_none() => {
                    return Err(problem("of the keys in node.key.json only one is that of a validator".into()));
                }
                Some(_) | None => {}
            }
        }
        let record: Option<NodeRecord> = store.record(&StateKey::Node(peer)).map_err(|e| problem(e.to_string()))?;
        match record {
            Some(record) => Ok(Seat { votes: false, org: record.org }),
            None => Err(problem("the ledger knows no node with the keys in node.key.json".into())),
        }
    }
}

fn http_options(config: &Config, seat: Seat) -> HttpOptions {
    let role = if seat.votes { "validator" } else { "observer" };
    HttpOptions {
        in_flight: config.requests.max_in_flight,
        followers: config.requests.max_followers,
        request_timeout: Duration::from_millis(config.requests.body_timeout_ms),
        token_life: Duration::from_secs(config.requests.token_life_s),
        ..HttpOptions::new(role, seat.org)
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
    })
    .map_err(|e| RunError::Home { problem: e.describe() })?;
    let seat = Seat::of(config, &store, &node_key)?;
    let (admission, followed) = (Admission::of(&config.peers, store.clone()), blocks.subscribe());
    let (engine, gossip) = start_engine(config, &genesis, admission.peers()?, &node_key, seat, app).await?;
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
    let handle = Handle {
        store,
        genesis: Arc::new(genesis),
        trust: Arc::new(trust),
        network,
        clock,
        ingress,
        blocks,
        consensus: engine.watch(),
        pool,
    };
    Ok(Running { handle, engine, gossip, seat, admission, blocks: followed })
}

/// Opens the ledger and checks that it belongs to this genesis. Opening hashes every record: it may take a while.
async fn open_store(config: &Config, path: PathBuf, genesis: &Genesis) -> Result<Store, RunError> {
    let options = store::Options { failpoint: consensus::failpoint::hit, ..config.store_options() };
    let opened = tokio::task::spawn_blocking(move || Store::open(&path, options)).await;
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
    seat: Seat,
    app: LedgerApp,
) -> Result<(EngineHandle, TxGossip), RunError> {
    let transport = TransportKey::from_secret(&mut node_key.transport.seed())
        .map_err(|_| RunError::Home { problem: "the transport key in node.key.json is no ed25519 key".into() })?;
    let role = match seat.votes {
        true => Role::Validator(Box::new(node_key.consensus.clone())),
        false => Role::Observer,
    };
    let engine = EngineConfig {
        home: config.layout().consensus(),
        network: genesis.network(),
        transport,
        listen: config.p2p.listen,
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
