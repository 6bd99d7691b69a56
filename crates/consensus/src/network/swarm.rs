//! The task that owns the swarm.

use super::gossip::{GossipEnds, Judgement, TxArrival};
use super::rules::{Admission, Envelope, PartBudget, Rules, Statement, Topic};
use super::{Audience, Command, Heard, NetworkConfig, NetworkError};
use crate::codec;
use crate::context::{Hufu, Part};
use crate::halt::{Halt, Status};
use crate::limits::{
    FRAME_SLACK, HANDSHAKE_TIMEOUT, MAX_CONNECTIONS_PER_PEER, MAX_HEARD_AHEAD, MAX_INBOUND_SYNC, MAX_PEERS,
    MAX_PENDING_CONNECTIONS, MAX_SYNC_REQUEST_BYTES, PART_BYTES, SYNC_BATCH, SYNC_PARALLEL, SYNC_SLACK, SYNC_TIMEOUT,
};
use bytes::Bytes;
use futures::StreamExt;
use ledger::NetworkId;
use libp2p::gossipsub::{self, MessageAcceptance, MessageId, PublishError, TopicHash};
use libp2p::request_response as rpc;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, NetworkBehaviour, SwarmEvent};
use libp2p::{PeerId, Swarm, SwarmBuilder, allow_block_list, connection_limits, ping};
use malachite::app::consensus::{LivenessMsg, SignedConsensusMsg};
use malachite::app::engine::network::{self as engine_network, NetworkEvent};
use malachite::app::streaming::StreamMessage;
use malachite::app::types::PeerId as EnginePeer;
use malachite::app::types::sync as engine_sync;
use malachite_network::{Channel, PeerIdExt};
use malachite_sync::{self as sync, InboundRequestId, OutboundFailureReason, OutboundRequestId};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};
use transport::{PeerKey, Redial, door, multiaddr, socket_address};

/// How often peers that are due are dialled.
const DIAL_TICK: Duration = Duration::from_millis(100);
/// Connections stay until a peer goes or is no longer admitted; pings find the dead ones.
const IDLE_TIMEOUT: Duration = Duration::from_secs(24 * 3600);
const PING_INTERVAL: Duration = Duration::from_secs(5);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a message is known as seen.
const SEEN_FOR: Duration = Duration::from_secs(20);
/// Messages that wait to be sent to one peer.
const PEER_QUEUE: usize = 2_048;

#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    // First: a stranger is refused before any protocol gets to see it.
    allow: allow_block_list::Behaviour<allow_block_list::AllowedPeers>,
    limits: connection_limits::Behaviour,
    ping: ping::Behaviour,
    gossip: gossipsub::Behaviour,
    sync: sync::Behaviour,
}

/// What the task shares with others.
pub(super) struct Links {
    pub(super) audience: Arc<Mutex<Audience>>,
    pub(super) heard: Heard,
    pub(super) listeners: watch::Sender<usize>,
    pub(super) budget: Arc<PartBudget>,
    pub(super) halt: Halt,
}

pub(super) struct Swarming {
    swarm: Swarm<Behaviour>,
    network: NetworkId,
    topics: HashMap<TopicHash, Topic>,
    rules: Rules,
    status: watch::Receiver<Status>,
    links: Links,
    gossip: GossipEnds,
    inbound: HashMap<String, sync::ResponseChannel>,
    redial: HashMap<PeerId, Redial>,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Behaviour {
    fn new(config: &NetworkConfig) -> Result<Behaviour, BoxError> {
        let topics = super::rules::topics(&config.network);
        let largest = (PART_BYTES + FRAME_SLACK).max(config.max_gossip + FRAME_SLACK);
        let gossip_config = gossipsub::ConfigBuilder::default()
            .max_transmit_size(largest)
            .validation_mode(gossipsub::ValidationMode::Strict)
            .validate_messages()
            .heartbeat_interval(Duration::from_millis(700))
            .heartbeat_initial_delay(Duration::from_millis(100))
            .history_length(5)
            .history_gossip(3)
            .mesh_n(6)
            .mesh_n_low(4)
            .mesh_n_high(12)
            .mesh_outbound_min(1)
            .flood_publish(true)
            .duplicate_cache_time(SEEN_FOR)
            .connection_handler_queue_len(PEER_QUEUE)
            .message_id_fn(move |m| message_id(m, topics.get(&m.topic).copied()))
            .build()?;
        let author = gossipsub::MessageAuthenticity::Signed(config.key.pair().clone());
        let sync_config = sync::Config::default()
            .with_request_timeout(SYNC_TIMEOUT)
            .with_max_request_size(MAX_SYNC_REQUEST_BYTES)
            .with_max_response_size(max_response(config.max_block))
            .with_parallel_requests(SYNC_PARALLEL);
        let limits = connection_limits::ConnectionLimits::default()
            .with_max_established_per_peer(Some(MAX_CONNECTIONS_PER_PEER))
            .with_max_established(Some(MAX_CONNECTIONS_PER_PEER * MAX_PEERS as u32));
        Ok(Behaviour {
            allow: allow_block_list::Behaviour::default(),
            limits: connection_limits::Behaviour::new(limits),
            ping: ping::Behaviour::new(ping::Config::new().with_interval(PING_INTERVAL).with_timeout(PING_TIMEOUT)),
            gossip: gossipsub::Behaviour::new(author, gossip_config)?,
            sync: sync::Behaviour::new(sync_config, format!("/hufu/{}/sync/1", config.network))
                .map_err(|e| e.to_string())?,
        })
    }
}

/// The largest sync response that is sent or taken.
pub(crate) fn max_response(max_block: usize) -> usize {
    SYNC_BATCH * (max_block + SYNC_SLACK) + SYNC_SLACK
}

/// Transactions are one message whoever publishes them. All else counts per publication, so that votes and blocks can be
/// sent again to those who missed them.
fn message_id(message: &gossipsub::Message, topic: Option<Topic>) -> MessageId {
    let mut hasher = blake3::Hasher::new();
    if topic != Some(Topic::Transactions) {
        hasher.update(&message.sequence_number.unwrap_or(0).to_be_bytes());
        if let Some(source) = &message.source {
            hasher.update(&source.to_bytes());
        }
    }
    hasher.update(message.topic.as_str().as_bytes());
    hasher.update(&[0]);
    hasher.update(&message.data);
    MessageId::new(hasher.finalize().as_bytes())
}

fn statement(event: &NetworkEvent<Hufu>) -> Option<Statement> {
    match event {
        NetworkEvent::Vote(_, m) => {
            Some(Statement { height: m.message.height.0, address: m.message.address, is_vote: true })
        }
        NetworkEvent::Proposal(_, m) => {
            Some(Statement { height: m.message.height.0, address: m.message.address, is_vote: false })
        }
        _ => None,
    }
}

fn to_engine(peer: &PeerId) -> EnginePeer {
    EnginePeer::from_libp2p(peer)
}

impl Swarming {
    pub(super) fn build(config: &NetworkConfig, links: Links, gossip: GossipEnds) -> Result<Swarming, NetworkError> {
        let fail = |e: &dyn std::fmt::Display| NetworkError::Transport { detail: e.to_string() };
        let mut swarm = SwarmBuilder::with_existing_identity(config.key.pair().clone())
            .with_tokio()
            .with_other_transport(|key| Ok(door(key, MAX_PENDING_CONNECTIONS)?))
            .map_err(|e| fail(&e))?
            .with_behaviour(|_| Behaviour::new(config))
            .map_err(|e| fail(&e))?
            .with_swarm_config(|c| c.with_idle_connection_timeout(IDLE_TIMEOUT))
            .with_connection_timeout(HANDSHAKE_TIMEOUT)
            .build();
        for topic in &config.topics {
            let subscribed = swarm.behaviour_mut().gossip.subscribe(&topic.ident(&config.network));
            subscribed.map_err(|e| fail(&e))?;
        }
        let mut rules = Rules::new(*swarm.local_peer_id(), config.max_gossip);
        rules.allow(&config.peers);
        rules.seat(&config.validators);
        let mut swarming = Swarming {
            swarm,
            network: config.network,
            topics: super::rules::topics(&config.network),
            rules,
            status: links.halt.subscribe(),
            links,
            gossip,
            inbound: HashMap::new(),
            redial: HashMap::new(),
        };
        swarming.admit();
        Ok(swarming)
    }

    /// Listens, and gives the address with the port that the system chose if none was asked for.
    pub(super) async fn listen(&mut self, address: SocketAddr) -> Result<SocketAddr, NetworkError> {
        let fail = |detail: String| NetworkError::Listen { address, detail };
        self.swarm.listen_on(multiaddr(address)).map_err(|e| fail(e.to_string()))?;
        loop {
            match self.swarm.select_next_some().await {
                SwarmEvent::NewListenAddr { address: bound, .. } => {
                    let found = socket_address(&bound).ok_or_else(|| fail(bound.to_string()))?;
                    self.audience().listening.push(bound);
                    return Ok(SocketAddr::new(address.ip(), found.port()));
                }
                SwarmEvent::ListenerClosed { reason, .. } => return Err(fail(format!("{reason:?}"))),
                event => self.on_event(event),
            }
        }
    }

    /// Serves until the actor is gone.
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Command>, mut ended: oneshot::Receiver<()>) {
        let mut tick = tokio::time::interval(DIAL_TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = &mut ended => break,
                Some(command) = orders.recv() => self.on_command(command),
                event = self.swarm.select_next_some() => self.on_event(event),
                Some(bytes) = self.gossip.out.recv() => self.publish(Topic::Transactions, bytes),
                Some(judgement) = self.gossip.verdicts.1.recv() => self.report(judgement),
                _ = tick.tick() => self.dial(),
            }
        }
        self.links.halt.update(|status| status.peers.clear());
    }

    fn audience(&self) -> MutexGuard<'_, Audience> {
        self.links.audience.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: NetworkEvent<Hufu>) {
        self.audience().tell(event);
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Publish(topic, bytes) => self.publish(topic, bytes),
            Command::Request(peer, bytes, sent) => {
                let id = self.swarm.behaviour_mut().sync.send_request(peer, bytes);
                let _ = sent.send(OutboundRequestId::new(id));
            }
            Command::Respond(id, bytes) => {
                if let Some(channel) = self.inbound.remove(&id)
                    && self.swarm.behaviour_mut().sync.send_response(channel, bytes).is_err()
                {
                    tracing::debug!(id, "whoever asked for blocks has gone");
                }
            }
            // Dropping the channel resets the stream of whoever asked.
            Command::DropRequest(id) => drop(self.inbound.remove(&id)),
            Command::Validators(set) => {
                if self.rules.seat(&set) {
                    self.admit();
                }
            }
            Command::Coming(sets) => {
                self.rules.expect(&sets);
                self.admit();
            }
            Command::Allow(peers) => {
                self.rules.allow(&peers);
                self.admit();
            }
        }
    }

    /// Brings the allow list in line with the rules; connections of peers that lost admission are closed.
    fn admit(&mut self) {
        let admitted = self.rules.admitted();
        let allow = &mut self.swarm.behaviour_mut().allow;
        let gone: Vec<_> = allow.allowed_peers().difference(&admitted).copied().collect();
        for peer in gone {
            tracing::info!(%peer, "no longer admitted");
            allow.disallow_peer(peer);
        }
        for peer in &admitted {
            allow.allow_peer(*peer);
        }
        let (me, now) = (*self.swarm.local_peer_id(), Instant::now());
        let mut redial = HashMap::new();
        for (peer, _) in self.rules.addresses() {
            let plan = self.redial.get(&peer).copied();
            redial.insert(peer, plan.unwrap_or_else(|| Redial::first(&me, &peer, now)));
        }
        self.redial = redial;
        self.count();
    }

    fn dial(&mut self) {
        let now = Instant::now();
        let addresses: Vec<_> = self.rules.addresses().collect();
        for (peer, address) in addresses {
            let Some(plan) = self.redial.get(&peer).filter(|p| p.due <= now).copied() else { continue };
            if self.swarm.is_connected(&peer) {
                continue;
            }
            self.redial.insert(peer, plan.next(now));
            let options = DialOpts::peer_id(peer)
                .addresses(vec![multiaddr(address)])
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .build();
            if let Err(error) = self.swarm.dial(options) {
                tracing::debug!(%peer, %error, "not dialled");
            }
        }
    }

    fn publish(&mut self, topic: Topic, bytes: Bytes) {
        let (ident, length) = (topic.ident(&self.network), bytes.len());
        match self.swarm.behaviour_mut().gossip.publish(ident, bytes) {
            Ok(_) | Err(PublishError::Duplicate | PublishError::NoPeersSubscribedToTopic) => {}
            Err(error) => tracing::warn!(?topic, length, %error, "not published"),
        }
    }

    fn report(&mut self, judgement: Judgement) {
        let Judgement { id, forwarder, acceptance } = judgement;
        self.swarm.behaviour_mut().gossip.report_message_validation_result(&id, &forwarder, acceptance);
    }

    fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::NewListenAddr { address, .. } => {
                self.audience().listening.push(address.clone());
                self.tell(NetworkEvent::Listening(address));
            }
            SwarmEvent::ConnectionEstablished { peer_id, num_established, .. } if num_established.get() == 1 => {
                self.on_connected(peer_id);
            }
            SwarmEvent::ConnectionClosed { peer_id, num_established: 0, .. } => self.on_disconnected(peer_id),
            SwarmEvent::IncomingConnectionError { error, .. } => tracing::debug!(%error, "connection refused"),
            SwarmEvent::OutgoingConnectionError { peer_id, error, .. } => {
                tracing::debug!(peer = ?peer_id, %error, "peer not reached");
            }
            SwarmEvent::Behaviour(BehaviourEvent::Ping(event)) => self.on_ping(event),
            SwarmEvent::Behaviour(BehaviourEvent::Gossip(event)) => self.on_gossip(event),
            SwarmEvent::Behaviour(BehaviourEvent::Sync(event)) => self.on_sync(event),
            _ => {}
        }
    }

    fn on_connected(&mut self, peer: PeerId) {
        tracing::info!(%peer, "connected");
        self.audience().connected.insert(peer);
        self.tell(NetworkEvent::PeerConnected(to_engine(&peer)));
        self.count();
    }

    fn on_disconnected(&mut self, peer: PeerId) {
        tracing::info!(%peer, "disconnected");
        {
            let mut audience = self.audience();
            audience.connected.remove(&peer);
            audience.subscribed.remove(&peer);
        }
        self.tell(NetworkEvent::PeerDisconnected(to_engine(&peer)));
        if self.redial.contains_key(&peer) {
            let plan = Redial::first(self.swarm.local_peer_id(), &peer, Instant::now());
            self.redial.insert(peer, plan);
        }
        self.count();
    }

    fn count(&self) {
        let audience = self.audience();
        let peers = audience.connected.iter().filter_map(PeerKey::of).collect();
        let subscribed = audience.subscribed.clone();
        drop(audience);
        self.links.halt.update(|status| status.peers = peers);
        let listeners = subscribed.iter().filter(|p| self.rules.is_seated(p)).count();
        self.links.listeners.send_if_modified(|n| std::mem::replace(n, listeners) != listeners);
    }

    /// A connection whose other end is silent is as good as closed, and hides that the peer has to be dialled.
    fn on_ping(&mut self, event: ping::Event) {
        let ping::Event { peer, connection, result } = event;
        if let Err(ping::Failure::Timeout | ping::Failure::Other { .. }) = result {
            tracing::info!(%peer, "does not answer, closing");
            let connection: ConnectionId = connection;
            self.swarm.close_connection(connection);
        }
    }

    fn on_gossip(&mut self, event: gossipsub::Event) {
        match event {
            gossipsub::Event::Message { propagation_source, message_id, message } => {
                let Some(acceptance) = self.on_message(propagation_source, &message_id, message) else { return };
                self.report(Judgement { id: message_id, forwarder: propagation_source, acceptance });
            }
            gossipsub::Event::Subscribed { peer_id, topic } => match self.topics.get(&topic) {
                Some(Topic::Status) => {
                    self.tell(NetworkEvent::PeerSubscribed(to_engine(&peer_id), Channel::Sync));
                }
                Some(Topic::Consensus) => {
                    self.audience().subscribed.insert(peer_id);
                    self.count();
                }
                _ => {}
            },
            gossipsub::Event::SlowPeer { peer_id, .. } => tracing::warn!(peer = %peer_id, "is slow to take messages"),
            _ => {}
        }
    }

    /// The height that the engine works on, or the last that is decided.
    fn running(&self) -> u64 {
        let status = self.status.borrow();
        status.height.max(status.committed)
    }

    /// What to do with a message; `None` if that is decided later, by the node.
    fn on_message(
        &mut self,
        forwarder: PeerId,
        id: &MessageId,
        message: gossipsub::Message,
    ) -> Option<MessageAcceptance> {
        let topic = self.topics.get(&message.topic).copied();
        let (Some(topic), Some(source), Some(number)) = (topic, message.source, message.sequence_number) else {
            return Some(MessageAcceptance::Reject);
        };
        let length = message.data.len();
        let envelope = Envelope { topic, source: &source, forwarder: &forwarder, number, length };
        let forwarded = envelope.is_forwarded();
        match self.rules.judge(&envelope, Instant::now()) {
            Admission::Take => {}
            Admission::Ignore => return Some(MessageAcceptance::Ignore),
            Admission::Reject => return Some(MessageAcceptance::Reject),
        }
        let Some(publisher) = PeerKey::of(&source) else { return Some(MessageAcceptance::Reject) };
        let bytes = Bytes::from(message.data);
        if topic == Topic::Transactions {
            let verdicts = self.gossip.verdicts.0.clone();
            let arrival = TxArrival::new(publisher, bytes, id.clone(), forwarder, verdicts);
            // A full queue drops the arrival, and with it reports that the message is ignored.
            let _ = self.gossip.incoming.try_send(arrival);
            return None;
        }
        match self.decode(topic, forwarder, source, bytes) {
            Ok(Some((event, height))) => {
                if let NetworkEvent::ProposalPart(_, _, message) = &event
                    && let Some(part) = message.content.as_data()
                    && !self.links.budget.charge(publisher, part, forwarded)
                {
                    return Some(MessageAcceptance::Ignore);
                }
                if let Some(statement) = statement(&event)
                    && !self.rules.hear(&source, &statement, self.running())
                {
                    return Some(MessageAcceptance::Ignore);
                }
                self.hear(height);
                self.tell(event);
                Some(MessageAcceptance::Accept)
            }
            Ok(None) => Some(MessageAcceptance::Accept),
            Err(error) => {
                tracing::debug!(?topic, %source, %error, "not a message");
                Some(MessageAcceptance::Reject)
            }
        }
    }

    /// The event for the engine, if there is one, and the height that the message is of.
    #[allow(clippy::type_complexity)]
    fn decode(
        &self,
        topic: Topic,
        forwarder: PeerId,
        source: PeerId,
        bytes: Bytes,
    ) -> Result<Option<(NetworkEvent<Hufu>, u64)>, codec::CodecError> {
        let from = to_engine(&forwarder);
        Ok(match topic {
            Topic::Consensus => Some(match codec::decode::<SignedConsensusMsg<Hufu>>(bytes)? {
                SignedConsensusMsg::Vote(m) => (m.message.height.0, NetworkEvent::Vote(from, m)),
                SignedConsensusMsg::Proposal(m) => (m.message.height.0, NetworkEvent::Proposal(from, m)),
            }),
            Topic::Liveness => Some(match codec::decode::<LivenessMsg<Hufu>>(bytes)? {
                LivenessMsg::Vote(m) => (m.message.height.0, NetworkEvent::Vote(from, m)),
                LivenessMsg::PolkaCertificate(c) => (c.height.0, NetworkEvent::PolkaCertificate(from, c)),
                LivenessMsg::SkipRoundCertificate(c) => (c.height.0, NetworkEvent::RoundCertificate(from, c)),
            }),
            Topic::Parts => {
                let message = codec::decode::<StreamMessage<Part>>(bytes)?;
                let height = match message.content.as_data() {
                    Some(Part::Open(opening)) => opening.height,
                    _ => 0,
                };
                Some((height, NetworkEvent::ProposalPart(from, Some(to_engine(&source)), message)))
            }
            Topic::Status => {
                let status = codec::decode::<engine_sync::Status<Hufu>>(bytes)?;
                if status.peer_id != to_engine(&source) {
                    return Err(codec::CodecError::Peer);
                }
                // Blocks can be asked only of whoever is connected to this node.
                self.swarm.is_connected(&source).then(|| {
                    let status = engine_network::Status::new(status.tip_height, status.history_min_height);
                    (0, NetworkEvent::Status(to_engine(&source), status))
                })
            }
            Topic::Transactions => None,
        }
        .map(|(height, event)| (event, height)))
    }

    fn hear(&self, height: u64) {
        let next = self.links.heard.next.load(Ordering::Relaxed);
        if (next..=next.saturating_add(MAX_HEARD_AHEAD)).contains(&height) {
            self.links.heard.greatest.send_if_modified(|greatest| {
                let more = height > *greatest;
                *greatest = height.max(*greatest);
                more
            });
        }
    }

    fn on_sync(&mut self, event: sync::Event) {
        match event {
            rpc::Event::Message { peer, message: rpc::Message::Request { request_id, request, channel }, .. } => {
                match codec::decode::<engine_sync::Request<Hufu>>(request.0) {
                    Ok(request) if self.inbound.len() < MAX_INBOUND_SYNC => {
                        let id = InboundRequestId::new(request_id);
                        self.inbound.insert(id.to_string(), channel);
                        self.tell(NetworkEvent::SyncRequest(id, to_engine(&peer), request));
                    }
                    // Dropping the channel tells the other end.
                    Ok(_) => tracing::warn!(%peer, "too many sync requests, one dropped"),
                    Err(error) => tracing::warn!(%peer, %error, "not a sync request"),
                }
            }
            rpc::Event::Message { peer, message: rpc::Message::Response { request_id, response }, .. } => {
                let response = codec::decode::<engine_sync::Response<Hufu>>(response.0)
                    .inspect_err(|error| tracing::warn!(%peer, %error, "not a sync response"));
                let id = OutboundRequestId::new(request_id);
                self.tell(NetworkEvent::SyncResponse(id, to_engine(&peer), response.ok()));
            }
            rpc::Event::OutboundFailure { peer, request_id, error, .. } => {
                tracing::debug!(%peer, %error, "sync request failed");
                let reason = match error {
                    rpc::OutboundFailure::DialFailure => OutboundFailureReason::DialFailure,
                    rpc::OutboundFailure::Timeout => OutboundFailureReason::Timeout,
                    rpc::OutboundFailure::ConnectionClosed => OutboundFailureReason::ConnectionClosed,
                    rpc::OutboundFailure::UnsupportedProtocols => OutboundFailureReason::UnsupportedProtocols,
                    rpc::OutboundFailure::Io(_) => OutboundFailureReason::Io,
                };
                let id = OutboundRequestId::new(request_id);
                self.tell(NetworkEvent::SyncRequestFailed(id, to_engine(&peer), reason));
            }
            rpc::Event::InboundFailure { peer, request_id, .. } => {
                let id = InboundRequestId::new(request_id);
                self.inbound.remove(&id.to_string());
                self.tell(NetworkEvent::SyncInboundRequestFailed(id, to_engine(&peer)));
            }
            rpc::Event::ResponseSent { .. } => {}
        }
    }
}
