//! A libp2p swarm that is no node of ours: it can be a stranger, an admitted listener, or a validator that lies.
#![allow(dead_code, unreachable_pub)]

use crate::common::{NETWORK, key, transport};
use bytes::Bytes;
use consensus::{PeerKey, Signer, TransportKey};
use futures::StreamExt;
use ledger::{BlockId, KeyId, Proposal, Vote, VoteKind};
use libp2p::gossipsub::{self, IdentTopic, MessageAuthenticity, ValidationMode};
use libp2p::request_response as rpc;
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Swarm, SwarmBuilder, identity, noise, tcp, yamux};
use std::net::SocketAddr;
use std::time::Duration;

pub const TOPICS: [&str; 5] = ["consensus", "liveness", "parts", "status", "transactions"];

#[derive(NetworkBehaviour)]
pub struct Behaviour {
    gossip: gossipsub::Behaviour,
    sync: malachite_sync::Behaviour,
}

/// What came in.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Seen {
    pub connections: usize,
    pub refusals: usize,
    /// Publisher, topic, bytes.
    pub messages: Vec<(PeerId, String, Vec<u8>)>,
    pub responses: usize,
}

pub struct Stranger {
    swarm: Swarm<Behaviour>,
    targets: Vec<Multiaddr>,
    pub seen: Seen,
}

pub fn topic(name: &str) -> IdentTopic {
    IdentTopic::new(format!("/hufu/{NETWORK}/{name}/1"))
}

/// The transport's name of a peer.
pub fn peer_id(key: PeerKey) -> PeerId {
    let public = identity::ed25519::PublicKey::try_from_bytes(&key.0).unwrap();
    identity::PublicKey::from(public).to_peer_id()
}

fn secret(n: usize) -> [u8; 32] {
    *blake3::hash(format!("transport {n}").as_bytes()).as_bytes()
}

impl Stranger {
    /// With the transport key of node `n`, which may be one that nobody knows.
    pub fn new(n: usize, targets: &[SocketAddr]) -> Stranger {
        let _: TransportKey = transport(n);
        let pair = identity::Keypair::ed25519_from_bytes(secret(n)).unwrap();
        let mut swarm = SwarmBuilder::with_existing_identity(pair)
            .with_tokio()
            .with_tcp(tcp::Config::new().nodelay(true), noise::Config::new, yamux::Config::default)
            .unwrap()
            .with_behaviour(|pair| {
                let config = gossipsub::ConfigBuilder::default()
                    .max_transmit_size(1 << 20)
                    .validation_mode(ValidationMode::Strict)
                    .heartbeat_initial_delay(Duration::from_millis(100))
                    .build()
                    .unwrap();
                let gossip = gossipsub::Behaviour::new(MessageAuthenticity::Signed(pair.clone()), config).unwrap();
                let config = malachite_sync::Config::default().with_max_response_size(64 << 20);
                let sync = malachite_sync::Behaviour::new(config, format!("/hufu/{NETWORK}/sync/1")).unwrap();
                Behaviour { gossip, sync }
            })
            .unwrap()
            .with_swarm_config(|c| c.with_idle_connection_timeout(Duration::from_secs(600)))
            .build();
        for name in TOPICS {
            swarm.behaviour_mut().gossip.subscribe(&topic(name)).unwrap();
        }
        let targets = targets.iter().map(|a| format!("/ip4/{}/tcp/{}", a.ip(), a.port()).parse().unwrap()).collect();
        Stranger { swarm, targets, seen: Seen::default() }
    }

    pub fn dial(&mut self) {
        for target in self.targets.clone() {
            let _ = self.swarm.dial(target);
        }
    }

    pub fn is_connected(&self) -> bool {
        self.swarm.connected_peers().next().is_some()
    }

    pub fn publish(&mut self, name: &str, bytes: Vec<u8>) -> bool {
        self.swarm.behaviour_mut().gossip.publish(topic(name), bytes).is_ok()
    }

    /// Takes one event.
    pub async fn step(&mut self) {
        match self.swarm.select_next_some().await {
            SwarmEvent::ConnectionEstablished { peer_id, .. } => {
                self.seen.connections += 1;
                let range = [1u64.to_be_bytes(), 5u64.to_be_bytes()].concat();
                self.swarm.behaviour_mut().sync.send_request(peer_id, Bytes::from(range));
            }
            SwarmEvent::ConnectionClosed { .. } | SwarmEvent::OutgoingConnectionError { .. } => self.seen.refusals += 1,
            SwarmEvent::Behaviour(BehaviourEvent::Gossip(gossipsub::Event::Message { message, .. })) => {
                let source = message.source.unwrap();
                self.seen.messages.push((source, message.topic.to_string(), message.data));
            }
            SwarmEvent::Behaviour(BehaviourEvent::Sync(rpc::Event::Message {
                message: rpc::Message::Response { .. },
                ..
            })) => self.seen.responses += 1,
            _ => {}
        }
    }

    pub fn heard_from(&self, who: PeerId) -> usize {
        self.seen.messages.iter().filter(|(source, _, _)| *source == who).count()
    }
}

/// The height of a vote or proposal on the wire.
pub fn height_of(message: &[u8]) -> Option<u64> {
    let at = match message.first()? {
        1 => 2,
        2 => 1,
        _ => return None,
    };
    Some(u64::from_be_bytes(message.get(at..at + 8)?.try_into().ok()?))
}

/// A vote of validator `n` as it goes over the wire.
pub fn vote(n: usize, kind: VoteKind, height: u64, round: u32, block: Option<BlockId>) -> Vec<u8> {
    let signer: KeyId = key(n).public_key().id();
    let signature = key(n).sign(&Vote { network: NETWORK, kind, height, round, signer, block }.sign_hash());
    let mut out = vec![1, if kind == VoteKind::Prevote { 1 } else { 2 }];
    out.extend_from_slice(&height.to_be_bytes());
    out.extend_from_slice(&round.to_be_bytes());
    match block {
        None => out.push(0),
        Some(id) => {
            out.push(1);
            out.extend_from_slice(&id.0.0);
        }
    }
    out.extend_from_slice(&signer.0.0);
    out.extend_from_slice(&signature.0);
    out
}

/// A proposal of validator `n` as it goes over the wire.
pub fn proposal(n: usize, height: u64, round: u32, block: BlockId) -> Vec<u8> {
    let signer: KeyId = key(n).public_key().id();
    let statement = Proposal { network: NETWORK, height, round, pol_round: None, signer, block };
    let mut out = vec![2];
    out.extend_from_slice(&height.to_be_bytes());
    out.extend_from_slice(&round.to_be_bytes());
    out.extend_from_slice(&block.0.0);
    out.push(0);
    out.extend_from_slice(&signer.0.0);
    out.extend_from_slice(&key(n).sign(&statement.sign_hash()).0);
    out
}
