//! The consensus network: one libp2p swarm of our own under the engine.
//!
//! The engine's stock networking can be entered by strangers; this replaces it. Only admitted peers get past the
//! handshake, every gossiped message is judged before it is relayed, only validators are heard on consensus topics, and
//! every queue has a bound. There is no discovery and nobody is told of anyone else: peers come from the ledger and the
//! configuration.
//!
//! The engine talks to [`NetActor`], which talks to the task that owns the swarm; events go straight to the mailboxes of
//! the engine's actors, because the engine's own port drops what a slow subscriber has not taken.

pub(crate) mod gossip;
pub(crate) mod rules;
mod swarm;

pub(crate) use swarm::max_response;

use crate::codec::{CodecError, Wired};
use crate::context::{Hufu, Part, Validators};
use crate::halt::Halt;
use crate::limits::COMMAND_QUEUE;
use crate::signing::WITHHELD;
use bytes::Bytes;
use gossip::TxGossip;
use ledger::NetworkId;
use libp2p::{Multiaddr, PeerId};
use malachite::NetworkMsg;
use malachite::app::consensus::LivenessMsg;
use malachite::app::engine::network::{Msg, NetworkEvent, Subscriber};
use malachite::app::streaming::StreamMessage;
use malachite::app::types::PeerId as EnginePeer;
use malachite::app::types::codec::Codec;
use malachite::app::types::sync;
use malachite_network::{Channel, PeerIdExt};
use malachite_sync::OutboundRequestId;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use rules::{PartBudget, Topic};
use std::collections::{BTreeSet, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use transport::{Peer, TransportKey};

/// What the network is started with.
pub(crate) struct NetworkConfig {
    pub(crate) network: NetworkId,
    pub(crate) key: TransportKey,
    pub(crate) listen: SocketAddr,
    pub(crate) peers: Vec<Peer>,
    pub(crate) validators: Validators,
    pub(crate) topics: Vec<Topic>,
    pub(crate) max_gossip: usize,
    pub(crate) max_block: usize,
}

/// Why the network did not start.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The address cannot be listened on.
    #[error("listen on {address}: {detail}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The transport's words.
        detail: String,
    },
    /// The swarm could not be put together.
    #[error("set up the transport: {detail}")]
    Transport {
        /// The transport's words.
        detail: String,
    },
    /// The actor could not be started.
    #[error("start the network actor: {detail}")]
    Actor {
        /// The runtime's words.
        detail: String,
    },
}

/// An order to the swarm.
pub(crate) enum Command {
    Publish(Topic, Bytes),
    Request(PeerId, Bytes, oneshot::Sender<OutboundRequestId>),
    Respond(String, Bytes),
    DropRequest(String),
    Validators(Validators),
    /// Who signs the next height, and a later one where that is decided.
    Coming(Vec<Validators>),
    Allow(Vec<Peer>),
}

/// What heights others are seen to work on; ends an idle pause.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// The height after the last committed one.
    pub(crate) next: Arc<AtomicU64>,
    /// The greatest believable height of a validator's message.
    pub(crate) greatest: Arc<watch::Sender<u64>>,
}

/// The running network.
pub(crate) struct Network {
    pub(crate) actor: ActorRef<Msg<Hufu>>,
    /// The engine wants a sender of its own kind; the driver publishes parts by [`Network::commands`].
    pub(crate) engine_sender: mpsc::Sender<NetworkMsg<Hufu>>,
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) gossip: TxGossip,
    pub(crate) address: SocketAddr,
    pub(crate) heard: Heard,
    /// Seated validators that listen to consensus messages, without this node.
    pub(crate) listeners: watch::Receiver<usize>,
    pub(crate) budget: Arc<PartBudget>,
    pub(crate) task: JoinHandle<()>,
}

/// The engine's subscribers, and what a new one has to be told.
#[derive(Default)]
pub(crate) struct Audience {
    subscribers: Vec<Box<dyn Subscriber<NetworkEvent<Hufu>>>>,
    listening: Vec<Multiaddr>,
    connected: BTreeSet<PeerId>,
    subscribed: HashSet<PeerId>,
}

impl Audience {
    fn join(&mut self, subscriber: Box<dyn Subscriber<NetworkEvent<Hufu>>>) {
        for address in &self.listening {
            subscriber.send(NetworkEvent::Listening(address.clone()));
        }
        for peer in &self.connected {
            subscriber.send(NetworkEvent::PeerConnected(EnginePeer::from_libp2p(peer)));
        }
        for peer in &self.subscribed {
            subscriber.send(NetworkEvent::PeerSubscribed(EnginePeer::from_libp2p(peer), Channel::Sync));
        }
        self.subscribers.push(subscriber);
    }

    fn tell(&self, event: NetworkEvent<Hufu>) {
        for subscriber in &self.subscribers {
            subscriber.send(event.clone());
        }
    }
}

/// The engine's network actor: encodes and hands on.
struct NetActor {
    me: EnginePeer,
    commands: mpsc::Sender<Command>,
    audience: Arc<Mutex<Audience>>,
}

/// Ends the swarm's task when the actor ends, however it ends.
struct Alive {
    _token: oneshot::Sender<()>,
}

#[async_trait::async_trait]
impl Actor for NetActor {
    type Msg = Msg<Hufu>;
    type State = Alive;
    type Arguments = oneshot::Sender<()>;

    async fn pre_start(&self, _: ActorRef<Msg<Hufu>>, token: oneshot::Sender<()>) -> Result<Alive, ActorProcessingErr> {
        Ok(Alive { _token: token })
    }

    async fn handle(
        &self,
        _: ActorRef<Msg<Hufu>>,
        message: Msg<Hufu>,
        _: &mut Alive,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::Subscribe(subscriber) => {
                self.audience.lock().unwrap_or_else(PoisonError::into_inner).join(subscriber);
                Ok(())
            }
            // The node abstains from what its sign-state refused.
            Msg::PublishConsensusMsg(m) if *m.signature() == WITHHELD => Ok(()),
            Msg::PublishLivenessMsg(LivenessMsg::Vote(m)) if m.signature == WITHHELD => Ok(()),
            Msg::PublishConsensusMsg(m) => self.publish(Topic::Consensus, Wired.encode(&m)).await,
            Msg::PublishLivenessMsg(m) => self.publish(Topic::Liveness, Wired.encode(&m)).await,
            Msg::PublishProposalPart(m) => self.publish(Topic::Parts, Wired.encode(&m)).await,
            Msg::BroadcastStatus(s) => {
                let (tip_height, history_min_height) = (s.tip_height, s.history_min_height);
                let status = sync::Status::<Hufu> { peer_id: self.me, tip_height, history_min_height };
                self.publish(Topic::Status, Wired.encode(&status)).await
            }
            Msg::OutgoingRequest(peer, request, reply) => {
                let (sent, id) = oneshot::channel();
                self.send(Command::Request(peer.to_libp2p(), Wired.encode(&request)?, sent)).await?;
                // Whoever asked may have gone meanwhile; that is no fault of the network.
                let _ = reply.send(id.await?);
                Ok(())
            }
            Msg::OutgoingResponse(id, response) => match Wired.encode(&response) {
                Ok(bytes) => self.send(Command::Respond(id.to_string(), bytes)).await,
                Err(error) => {
                    tracing::error!(%error, "a sync response could not be encoded");
                    self.send(Command::DropRequest(id.to_string())).await
                }
            },
            Msg::CancelInboundRequest(id) => self.send(Command::DropRequest(id.to_string())).await,
            Msg::UpdateValidatorSet(set) => self.send(Command::Validators(set)).await,
            Msg::DumpState(reply) => {
                let _ = reply.send(None);
                Ok(())
            }
            // The transport knows no such thing as a cancelled request; persistent peers and proofs are the stock
            // network's way to know its peers.
            Msg::CancelRequest(_)
            | Msg::UpdatePersistentPeers(..)
            | Msg::ValidatorProofVerified { .. }
            | Msg::NewEvent(_) => Ok(()),
        }
    }
}

impl NetActor {
    async fn publish(&self, topic: Topic, encoded: Result<Bytes, CodecError>) -> Result<(), ActorProcessingErr> {
        match encoded {
            Ok(bytes) => self.send(Command::Publish(topic, bytes)).await,
            Err(error) => {
                tracing::error!(%error, ?topic, "a message could not be encoded");
                Ok(())
            }
        }
    }

    async fn send(&self, command: Command) -> Result<(), ActorProcessingErr> {
        self.commands.send(command).await.map_err(|_| "the network task has ended".into())
    }
}

/// Encodes a part for [`Command::Publish`].
pub(crate) fn part_command(message: &StreamMessage<Part>) -> Result<Command, CodecError> {
    Ok(Command::Publish(Topic::Parts, Wired.encode(message)?))
}

/// Starts listening, the swarm's task and the actor.
pub(crate) async fn start(config: NetworkConfig, halt: Halt) -> Result<Network, NetworkError> {
    let me = EnginePeer::from_libp2p(&config.key.pair().public().to_peer_id());
    let (commands, orders) = mpsc::channel(COMMAND_QUEUE);
    let (gossip, ends) = gossip::queues(config.max_gossip);
    let audience = Arc::new(Mutex::new(Audience::default()));
    let heard = Heard { next: Arc::new(AtomicU64::new(0)), greatest: Arc::new(watch::Sender::new(0)) };
    let (count_listeners, listeners) = watch::channel(0);
    let budget = Arc::new(PartBudget::new(crate::limits::PART_BUDGET_BLOCKS * config.max_block));
    let (token, ended) = oneshot::channel();
    let mut swarm = swarm::Swarming::build(
        &config,
        swarm::Links {
            audience: Arc::clone(&audience),
            heard: heard.clone(),
            listeners: count_listeners,
            budget: Arc::clone(&budget),
            halt,
        },
        ends,
    )?;
    let address = swarm.listen(config.listen).await?;
    let (actor, _) = Actor::spawn(None, NetActor { me, commands: commands.clone(), audience }, token)
        .await
        .map_err(|e| NetworkError::Actor { detail: e.to_string() })?;
    let task = tokio::spawn(swarm.run(orders, ended));
    let (engine_sender, mut engine_messages) = mpsc::channel::<NetworkMsg<Hufu>>(1);
    let forward_to = actor.clone();
    tokio::spawn(async move {
        while let Some(message) = engine_messages.recv().await {
            if forward_to.cast(message.into()).is_err() {
                break;
            }
        }
    });
    Ok(Network { actor, engine_sender, commands, gossip, address, heard, listeners, budget, task })
}
