//! The end that asks: a member's node.
//!
//! It dials the agencies' nodes that it is given, keeps one connection to each and asks whichever it is told to. Which one
//! that is, and what becomes of an answer, is decided by whoever asks.

use crate::codec::TooLong;
use crate::limits::{ANSWER_TIME, MAX_NODES, MAX_REQUESTS_OF_CONNECTION, MAX_WAIT};
use crate::swarm::{self, Behaviour, BehaviourEvent, Event, Lane, Told};
use crate::wire::{self, DocumentRequest, DocumentResponse, Message, Request, Response};
use crate::{AccessConfig, AccessError};
use futures::StreamExt;
use libp2p::request_response as rpc;
use libp2p::swarm::SwarmEvent;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::{PeerId, Swarm};
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use transport::{Peer, PeerKey, REDIAL, Redial, multiaddr};

/// How often nodes that are due are dialled.
const DIAL_TICK: Duration = Duration::from_millis(100);
/// Orders on their way to the task.
const ORDERS: usize = 256;

/// Why a question has no answer. Whatever it is, the next node may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// There is no connection to the node.
    #[error("ask a node without a connection to it")]
    NotConnected,
    /// Nothing came in time.
    #[error("wait for an answer longer than one may take")]
    TimedOut,
    /// The node ended the stream or the connection instead of answering.
    #[error("ask a node that ends the connection instead of answering")]
    Refused,
    /// The question or the answer has more in it than the network carries.
    #[error("send or take a message longer than the network carries")]
    TooLarge,
    /// The answer is none.
    #[error("read the answer of a node")]
    Malformed,
    /// The network has ended.
    #[error("ask over a network that has ended")]
    Ended,
}

/// What a question becomes on its way.
struct Errand {
    lane: Lane,
    node: PeerId,
    bytes: Vec<u8>,
    reply: Reply,
}

/// Where its answer goes, and its place among those of the node, held until the stream is over.
struct Reply {
    answer: oneshot::Sender<Result<Vec<u8>, AskError>>,
    _turn: OwnedSemaphorePermit,
}

enum Order {
    Ask(Errand),
    /// Answered when connections to others are on their way out.
    Dial(Vec<Peer>, oneshot::Sender<()>),
}

/// Places for questions to each node.
type Turns = Arc<Mutex<BTreeMap<PeerKey, Arc<Semaphore>>>>;

/// Since when nodes are connected, each by its last connection.
type Since = Arc<Mutex<BTreeMap<PeerKey, Instant>>>;

/// Asks agencies' nodes. The network ends when the last copy is dropped.
#[derive(Clone, Debug)]
pub struct Asker {
    orders: mpsc::Sender<Order>,
    connected: watch::Receiver<Arc<[PeerKey]>>,
    since: Since,
    turns: Turns,
}

impl Asker {
    /// Asks a node. It takes at most [`ANSWER_TIME`], and what the request itself may wait.
    pub async fn ask(&self, node: PeerKey, request: Request) -> Result<Response, AskError> {
        let wait = if let Request::Head { wait_ms, .. } = &request { *wait_ms } else { 0 };
        let wait = Duration::from_millis(u64::from(wait)).min(MAX_WAIT);
        self.send(Lane::Access, node, wire::encode(&request), wait).await
    }

    /// Asks a node about documents.
    pub async fn document(&self, node: PeerKey, request: DocumentRequest) -> Result<DocumentResponse, AskError> {
        self.send(Lane::Documents, node, wire::encode(&request), Duration::ZERO).await
    }

    /// Nodes that are connected, in the order in which they were given.
    pub fn connected(&self) -> Vec<PeerKey> {
        self.connected.borrow().to_vec()
    }

    /// Since when a node is connected; none when it is not.
    pub fn since(&self, node: PeerKey) -> Option<Instant> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner).get(&node).copied()
    }

    /// The same as [`Asker::connected`], to be waited for.
    pub fn changes(&self) -> watch::Receiver<Arc<[PeerKey]>> {
        self.connected.clone()
    }

    /// Keeps connections to these nodes and to no others. Those beyond [`MAX_NODES`] and those without an address are left
    /// out.
    pub async fn dial(&self, nodes: Vec<Peer>) {
        let (done, brought) = oneshot::channel();
        if self.orders.send(Order::Dial(nodes, done)).await.is_ok() {
            // It fails if the task ended meanwhile, and nobody is connected then.
            let _ = brought.await;
        }
    }

    async fn send<A: Message>(
        &self,
        lane: Lane,
        node: PeerKey,
        question: Result<Vec<u8>, wire::WireError>,
        wait: Duration,
    ) -> Result<A, AskError> {
        let bytes = question.map_err(|_| AskError::TooLarge)?;
        let carried = tokio::time::timeout(ANSWER_TIME + wait, self.carry(lane, node, bytes)).await;
        wire::decode(&carried.map_err(|_| AskError::TimedOut)??).map_err(|_| AskError::Malformed)
    }

    async fn carry(&self, lane: Lane, node: PeerKey, bytes: Vec<u8>) -> Result<Vec<u8>, AskError> {
        if !self.connected.borrow().contains(&node) {
            return Err(AskError::NotConnected);
        }
        let peer = node.id().ok_or(AskError::NotConnected)?;
        let turn = self.turns(node).acquire_owned().await.map_err(|_| AskError::Ended)?;
        let (answer, answered) = oneshot::channel();
        let errand = Errand { lane, node: peer, bytes, reply: Reply { answer, _turn: turn } };
        self.orders.send(Order::Ask(errand)).await.map_err(|_| AskError::Ended)?;
        answered.await.unwrap_or(Err(AskError::Ended))
    }

    fn turns(&self, node: PeerKey) -> Arc<Semaphore> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(node).or_insert_with(|| Arc::new(Semaphore::new(MAX_REQUESTS_OF_CONNECTION))))
    }
}

/// Starts dialling. To be called within a runtime of tokio.
pub fn connect(config: AccessConfig, nodes: Vec<Peer>) -> Result<Asker, AccessError> {
    let (orders, inbox) = mpsc::channel(ORDERS);
    let (tell, connected) = watch::channel(Arc::from([]));
    let (since, turns) = (Since::default(), Turns::default());
    let mut asking = Asking {
        swarm: swarm::build(&config, &rpc::ProtocolSupport::Outbound)?,
        nodes: Vec::new(),
        pending: HashMap::new(),
        connected: tell,
        since: Since::clone(&since),
        turns: Arc::clone(&turns),
        chance: RandomState::new(),
    };
    asking.keep(nodes);
    tokio::spawn(asking.run(inbox));
    Ok(Asker { orders, connected, since, turns })
}

/// A node that a connection is kept to.
struct Node {
    peer: Peer,
    id: PeerId,
    redial: Redial,
    /// Since when it is connected.
    since: Option<Instant>,
}

/// The task.
struct Asking {
    swarm: Swarm<Behaviour>,
    nodes: Vec<Node>,
    pending: HashMap<(Lane, rpc::OutboundRequestId), Reply>,
    connected: watch::Sender<Arc<[PeerKey]>>,
    since: Since,
    turns: Turns,
    chance: RandomState,
}

impl Asking {
    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut tick = tokio::time::interval(DIAL_TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Ask(errand)) => self.ask(errand),
                    Some(Order::Dial(nodes, done)) => {
                        self.keep(nodes);
                        // Whoever ordered it may have gone.
                        let _ = done.send(());
                    }
                    None => break,
                },
                event = self.swarm.select_next_some() => self.on_event(event),
                _ = tick.tick() => self.dial(),
            }
        }
    }

    /// Replaces the list of nodes; what is known of those that stay is kept.
    fn keep(&mut self, peers: Vec<Peer>) {
        let (me, now) = (*self.swarm.local_peer_id(), Instant::now());
        let mut before = std::mem::take(&mut self.nodes);
        for peer in peers.into_iter().filter(|peer| peer.address.is_some()) {
            let Some(id) = peer.key.id().filter(|id| *id != me) else { continue };
            if self.nodes.len() >= MAX_NODES || self.nodes.iter().any(|node| node.id == id) {
                continue;
            }
            let known = before.iter().position(|node| node.id == id).map(|at| before.swap_remove(at));
            let node = known.unwrap_or(Node { peer, id, redial: Redial::at_once(now), since: None });
            self.nodes.push(Node { peer, ..node });
        }
        let ids = self.nodes.iter().map(|node| node.id).collect();
        self.swarm.behaviour_mut().let_in(&ids);
        self.turns.lock().unwrap_or_else(PoisonError::into_inner).retain(|key, _| {
            let mut keys = self.nodes.iter().map(|node| node.peer.key);
            keys.any(|kept| kept == *key)
        });
        self.tell();
    }

    fn dial(&mut self) {
        let now = Instant::now();
        for node in &mut self.nodes {
            let Some(address) = node.peer.address else { continue };
            if node.redial.due > now || self.swarm.is_connected(&node.id) {
                continue;
            }
            node.redial = node.redial.next_apart(now, self.chance.hash_one((node.id, now)));
            let options = DialOpts::peer_id(node.id)
                .addresses(vec![multiaddr(address)])
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .build();
            if let Err(error) = self.swarm.dial(options) {
                tracing::debug!(peer = %node.peer.key, %error, "not dialled");
            }
        }
    }

    fn ask(&mut self, errand: Errand) {
        let Errand { lane, node, bytes, reply } = errand;
        // Otherwise the request would wait for a connection, and longer than whoever asks.
        if !self.swarm.is_connected(&node) {
            let _ = reply.answer.send(Err(AskError::NotConnected));
            return;
        }
        let id = self.swarm.behaviour_mut().lane(lane).send_request(&node, Ok(bytes));
        self.pending.insert((lane, id), reply);
    }

    fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::ConnectionEstablished { peer_id, num_established, .. } if num_established.get() == 1 => {
                tracing::info!(peer = %peer_id, "connected to an agency");
                self.on_change(&peer_id, true);
            }
            SwarmEvent::ConnectionClosed { peer_id, num_established: 0, cause, .. } => {
                tracing::info!(peer = %peer_id, ?cause, "disconnected from an agency");
                self.on_change(&peer_id, false);
            }
            SwarmEvent::OutgoingConnectionError { peer_id, error, .. } => {
                tracing::debug!(peer = ?peer_id, %error, "an agency was not reached");
            }
            SwarmEvent::Behaviour(event) => match Event::from(event) {
                Event::Ping(event) => swarm::on_ping(&mut self.swarm, event),
                Event::Told(lane, event) => self.on_told(lane, event),
            },
            _ => {}
        }
    }

    fn on_change(&mut self, peer: &PeerId, is_up: bool) {
        let now = Instant::now();
        if let Some(node) = self.nodes.iter_mut().find(|node| node.id == *peer) {
            let was = std::mem::replace(&mut node.since, is_up.then_some(now));
            // Who closes at once, because this node is not let in, is not dialled faster for it.
            if !is_up && was.is_some_and(|since| now.duration_since(since) >= REDIAL.1) {
                node.redial = Redial::at_once(now).next_apart(now, self.chance.hash_one((node.id, now)));
            }
        }
        self.tell();
    }

    fn tell(&self) {
        let since = || self.nodes.iter().filter_map(|node| Some((node.peer.key, node.since?)));
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = since().collect();
        let connected: Arc<[PeerKey]> = since().map(|(node, _)| node).collect();
        self.connected.send_if_modified(|known| std::mem::replace(known, Arc::clone(&connected)) != connected);
    }

    fn on_told(&mut self, lane: Lane, event: Told) {
        let (id, answer) = match event {
            rpc::Event::Message { message: rpc::Message::Response { request_id, response }, .. } => {
                (request_id, Ok(response))
            }
            rpc::Event::OutboundFailure { peer, request_id, error, .. } => {
                tracing::debug!(%peer, %error, "not answered");
                (request_id, Err(reason(&error)))
            }
            // Nobody asks here.
            rpc::Event::Message { message: rpc::Message::Request { .. }, .. }
            | rpc::Event::InboundFailure { .. }
            | rpc::Event::ResponseSent { .. } => return,
        };
        if let Some(reply) = self.pending.remove(&(lane, id)) {
            // Whoever asked may have gone.
            let _ = reply.answer.send(answer);
        }
    }
}

fn reason(failure: &rpc::OutboundFailure) -> AskError {
    match failure {
        rpc::OutboundFailure::DialFailure => AskError::NotConnected,
        rpc::OutboundFailure::Timeout => AskError::TimedOut,
        rpc::OutboundFailure::ConnectionClosed | rpc::OutboundFailure::UnsupportedProtocols => AskError::Refused,
        rpc::OutboundFailure::Io(error) => match error.get_ref() {
            Some(inner) if inner.is::<TooLong>() => AskError::TooLarge,
            _ => AskError::Refused,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn a_failure_says_what_to_do_next() {
        let check = |failure, expect| assert_eq!(reason(&failure), expect, "{failure:?}");
        check(rpc::OutboundFailure::DialFailure, AskError::NotConnected);
        check(rpc::OutboundFailure::Timeout, AskError::TimedOut);
        check(rpc::OutboundFailure::ConnectionClosed, AskError::Refused);
        check(rpc::OutboundFailure::UnsupportedProtocols, AskError::Refused);
        check(rpc::OutboundFailure::Io(io::ErrorKind::UnexpectedEof.into()), AskError::Refused);
        let long = TooLong { length: 2, limit: 1 };
        check(rpc::OutboundFailure::Io(io::Error::other(long)), AskError::TooLarge);
    }
}
