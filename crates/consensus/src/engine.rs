//! Starting, watching and ending a node's consensus.

use crate::application::Application;
use crate::codec::Wired;
use crate::config::{ConfigError, EngineConfig, Role};
use crate::context::{Address, Hufu, Validators};
use crate::driver::{Driver, Tools};
use crate::halt::{Halt, HaltReason, Status};
use crate::home::{HomeError, HomeLock, JOURNAL_FILE, SIGN_STATE_FILE, WAL_FILE};
use crate::journal::{Journal, JournalError};
use crate::limits::{STOP_GRACE, SYNC_BATCH, SYNC_PARALLEL, SYNC_TIMEOUT};
use crate::network::gossip::TxGossip;
use crate::network::rules::Topic;
use crate::network::{self, Command, Network, NetworkConfig, NetworkError};
use crate::polka::Polkas;
use crate::sign_state::{SignState, SignStateError};
use crate::signing::{EngineSigner, EngineVerifier, Guard};
use ledger::KeyId;
use malachite::app::config::{ConsensusConfig, NodeConfig, ValuePayload, ValueSyncConfig};
use malachite::app::engine::node::NodeRef;
use malachite::app::engine::util::events::{Event, RxEvent};
use malachite::app::types::core::ValueOrigin;
use malachite::{AppMsg, Channels, ConsensusContext, EngineBuilder, RequestContext, SyncContext, WalContext};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use transport::Peer;

/// Why consensus did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting that cannot be.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The folder cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// Signing would not be safe.
    #[error(transparent)]
    SignState(#[from] SignStateError),
    /// Undecided blocks cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The network cannot be started.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The engine cannot be started.
    #[error("start the consensus engine: {detail}")]
    Engine {
        /// The engine's words.
        detail: String,
    },
    /// The driver's thread cannot be started.
    #[error("start the driver's thread")]
    Thread(#[source] std::io::Error),
}

/// The consensus engine of a node.
pub struct Engine;

impl Engine {
    /// Starts consensus over an application, on the current runtime, which must have more than one worker.
    ///
    /// The home must hold a sign-state for a validator ([`SignState::create`]); an observer needs none.
    pub async fn start(
        config: EngineConfig,
        role: Role,
        app: impl Application,
    ) -> Result<(EngineHandle, TxGossip), StartError> {
        let tip = app.tip();
        let (height, validators) = (tip.height, Validators::of(&tip.validators));
        let drive = |tools, questions| Driver::new(app, tip, tools).run(questions);
        begin(config, role, height, validators, Box::new(drive)).await
    }
}

/// Answers the engine's questions until it ends.
type Drive = Box<dyn FnOnce(Tools, mpsc::Receiver<AppMsg<Hufu>>) + Send>;
/// A start that is under way.
type Starting = Pin<Box<dyn Future<Output = Result<(EngineHandle, TxGossip), StartError>> + Send>>;

/// Starts consensus over what stands at a height. The future is boxed here, so that the engine is compiled in this crate and
/// not again in each that waits for it.
fn begin(config: EngineConfig, role: Role, height: u64, validators: Validators, drive: Drive) -> Starting {
    Box::pin(async move {
        config.check()?;
        let lock = HomeLock::acquire(&config.home)?;
        let halt = Halt::new(height);
        let polkas = Arc::new(Polkas::default());
        let guard = match role {
            Role::Validator(key) => {
                let (path, id) = (config.home.join(SIGN_STATE_FILE), key.public_key().id());
                let state = SignState::open(&path, config.network, id, height)?;
                Some(Arc::new(Guard::new(config.network, key, state, Arc::clone(&polkas), halt.clone())))
            }
            Role::Observer => None,
        };
        let (journal, journalled) = Journal::open(&config.home.join(JOURNAL_FILE), config.network)?;
        let network = network::start(network_config(&config, validators, guard.is_some()), halt.clone()).await?;
        let actor = network.actor.clone();
        let built = build(&config, &network, guard.clone(), Arc::clone(&polkas)).await;
        let (channels, engine) = built.inspect_err(|_| actor.stop(None))?;
        let Network { commands, gossip, address, heard, listeners, budget, task: swarm, .. } = network;
        let (ring, wake) = watch::channel(0);
        let tools = Tools {
            network: config.network,
            max_block: config.max_block_bytes,
            max_response: network::max_response(config.max_block_bytes),
            guard,
            journal,
            journalled,
            polkas,
            halt: halt.clone(),
            commands: commands.clone(),
            budget,
            heard,
            listeners,
            wake,
            runtime: tokio::runtime::Handle::current(),
            node: engine.actor.clone(),
        };
        tokio::spawn(listen(channels.events.subscribe(), halt.clone(), engine.actor.clone()));
        let (ended, driver_ended) = oneshot::channel();
        let driver = std::thread::Builder::new().name("consensus-driver".to_owned()).spawn(move || {
            drive(tools, channels.consensus);
            let _ = ended.send(());
        });
        let driver = driver.inspect_err(|_| engine.actor.stop(None)).map_err(StartError::Thread)?;
        let stopping = Arc::new(AtomicBool::new(false));
        let watcher =
            Watcher { engine: engine.handle, driver_ended, driver, swarm, stopping: Arc::clone(&stopping), lock };
        let ending = tokio::spawn(watcher.watch(halt.clone()));
        let handle = EngineHandle {
            status: halt.subscribe(),
            commands,
            ring: Arc::new(ring),
            node: engine.actor,
            stopping,
            ending: Some(ending),
            address,
        };
        Ok((handle, gossip))
    })
}

fn network_config(config: &EngineConfig, validators: Validators, votes: bool) -> NetworkConfig {
    // An observer follows proposals, blocks and votes; what helps validators to agree, and transactions, it has no use for.
    let topics = match votes {
        true => Topic::ALL.to_vec(),
        false => vec![Topic::Consensus, Topic::Parts, Topic::Status],
    };
    NetworkConfig {
        network: config.network,
        key: config.transport.clone(),
        listen: config.listen,
        peers: config.peers.clone(),
        validators,
        topics,
        max_gossip: config.max_gossip_bytes,
        max_block: config.max_block_bytes,
    }
}

/// The engine's own settings. Its network settings are not read: the network is ours.
struct Settings {
    moniker: String,
    consensus: ConsensusConfig,
    sync: ValueSyncConfig,
}

impl NodeConfig for Settings {
    fn moniker(&self) -> &str {
        &self.moniker
    }
    fn consensus(&self) -> &ConsensusConfig {
        &self.consensus
    }
    fn consensus_mut(&mut self) -> &mut ConsensusConfig {
        &mut self.consensus
    }
    fn value_sync(&self) -> &ValueSyncConfig {
        &self.sync
    }
    fn value_sync_mut(&mut self) -> &mut ValueSyncConfig {
        &mut self.sync
    }
}

fn settings(config: &EngineConfig) -> Settings {
    let mut moniker = config.transport.peer_key().to_string();
    moniker.truncate(12);
    let max_response = network::max_response(config.max_block_bytes) as u64;
    let mut consensus =
        ConsensusConfig { enabled: true, value_payload: ValuePayload::ProposalAndParts, ..Default::default() };
    consensus.p2p.rpc_max_size.0 = max_response;
    let mut sync = ValueSyncConfig {
        enabled: true,
        // Zero: tell peers of every commit at once.
        status_update_interval: Duration::ZERO,
        request_timeout: SYNC_TIMEOUT,
        parallel_requests: SYNC_PARALLEL,
        batch_size: SYNC_BATCH,
        ..Default::default()
    };
    sync.max_response_size.0 = max_response;
    Settings { moniker, consensus, sync }
}

async fn build(
    config: &EngineConfig,
    network: &Network,
    guard: Option<Arc<Guard>>,
    polkas: Arc<Polkas>,
) -> Result<(Channels<Hufu>, malachite::EngineHandle), StartError> {
    let verifier = Box::new(EngineVerifier { network: config.network, polkas });
    let context = match guard {
        Some(guard) => {
            let address = Address(guard.id());
            ConsensusContext::new_validator(address, verifier, Box::new(EngineSigner(guard)))
        }
        // The address of no key: an observer is in no validator set.
        None => ConsensusContext::new_full_node(Address(KeyId::default()), verifier),
    };
    EngineBuilder::new(Hufu, settings(config))
        .with_default_wal(WalContext::new(config.home.join(WAL_FILE), Wired))
        .with_custom_network(network.actor.clone(), network.engine_sender.clone())
        .with_default_sync(SyncContext::new(Wired))
        .with_default_consensus(context)
        .with_default_request(RequestContext::new(16))
        .build()
        .await
        .map_err(|e| StartError::Engine { detail: format!("{e:#}") })
}

/// The engine's own metrics of all engines in this process, in the OpenMetrics text format.
pub fn engine_metrics() -> String {
    let mut text = String::new();
    malachite::app::metrics::export(&mut text);
    text
}

/// Turns what the engine tells of its log, and of certified blocks that are invalid here, into a halt.
async fn listen(mut events: RxEvent<Hufu>, halt: Halt, node: NodeRef) {
    use tokio::sync::broadcast::error::RecvError;
    loop {
        let reason = match events.recv().await {
            Ok(Event::WalCorrupted(error)) => HaltReason::EngineSafety(format!("its log is damaged: {error}")),
            Ok(Event::WalReplayError(error)) => HaltReason::EngineSafety(format!("its log does not replay: {error}")),
            Ok(Event::WalResetError(error)) => HaltReason::EngineSafety(format!("its log does not reset: {error}")),
            Ok(Event::ReceivedProposedValue(value, ValueOrigin::Sync)) if value.validity.is_invalid() => {
                let text = format!("height {}, block {}", value.height, value.value.0);
                halt.declare(HaltReason::CertifiedInvalid(text));
                node.stop(Some("a certified block is invalid here".to_owned()));
                continue;
            }
            Ok(_) | Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        halt.declare(reason);
    }
}

/// Waits for the end of all parts, and says how it came.
struct Watcher {
    engine: JoinHandle<()>,
    driver_ended: oneshot::Receiver<()>,
    driver: std::thread::JoinHandle<()>,
    swarm: JoinHandle<()>,
    stopping: Arc<AtomicBool>,
    lock: HomeLock,
}

impl Watcher {
    async fn watch(mut self, halt: Halt) {
        let hangs = tokio::select! {
            _ = &mut self.engine => false,
            // The engine's questions ended. If the engine itself does not, it hangs on purpose.
            _ = &mut self.driver_ended => tokio::time::timeout(STOP_GRACE, &mut self.engine).await.is_err(),
        };
        if !self.stopping.load(Ordering::SeqCst) {
            halt.declare(match hangs {
                true => HaltReason::EngineSafety("it hangs, see the log".to_owned()),
                false => HaltReason::EngineEnded("see the log".to_owned()),
            });
        }
        if hangs {
            // Ends when the node is told to.
            let _ = self.engine.await;
        }
        // The driver may be in the middle of a commit.
        let driver = self.driver;
        let _ = tokio::task::spawn_blocking(move || driver.join()).await;
        let _ = self.swarm.await;
        halt.stopped();
        drop(self.lock);
    }
}

/// A running engine. Dropping it ends the engine without waiting.
#[derive(Debug)]
pub struct EngineHandle {
    status: watch::Receiver<Status>,
    commands: mpsc::Sender<Command>,
    ring: Arc<watch::Sender<u64>>,
    node: NodeRef,
    stopping: Arc<AtomicBool>,
    ending: Option<JoinHandle<()>>,
    address: SocketAddr,
}

/// Rings when a transaction arrives, so that an idle node starts the next height at once. Cheap, and clones ring too.
#[derive(Clone, Debug)]
pub struct Waker(Arc<watch::Sender<u64>>);

impl Waker {
    /// Rings.
    pub fn wake(&self) {
        self.0.send_modify(|rings| *rings = rings.wrapping_add(1));
    }
}

impl EngineHandle {
    /// How the node stands now.
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// The status as it changes.
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Where the node listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to ring when a transaction arrives.
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.ring))
    }

    /// Replaces the list of peers; connections of those no longer on it are closed. Validators stay admitted.
    pub async fn allow(&self, peers: Vec<Peer>) {
        // Fails only when the network has ended; then nobody is connected.
        let _ = self.commands.send(Command::Allow(peers)).await;
    }

    /// Waits until the engine has ended, by itself or after a halt.
    pub async fn ended(&mut self) {
        if let Some(ending) = &mut self.ending {
            let _ = ending.await;
            self.ending = None;
        }
    }

    /// Ends the engine and waits for all of it; the home is free again afterwards.
    pub async fn shutdown(mut self) {
        self.stop();
        self.ended().await;
    }

    fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.node.stop(None);
    }
}

impl Drop for EngineHandle {
    fn drop(&mut self) {
        self.stop();
    }
}
