//! A libp2p swarm that is no node of ours: a stranger, or one that is let in and does not keep to the protocol.
#![allow(dead_code, unreachable_pub)]

use crate::common::NETWORK;
use async_trait::async_trait;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, StreamExt};
use libp2p::request_response as rpc;
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, Swarm, SwarmBuilder, identity, noise, tcp, yamux};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Sends bytes as they are, and counts those that come.
#[derive(Clone)]
pub struct Raw {
    heard: Arc<AtomicUsize>,
    /// The pause between one byte and the next.
    pause: Option<Duration>,
}

#[async_trait]
impl rpc::Codec for Raw {
    type Protocol = String;
    type Request = Vec<u8>;
    type Response = ();

    async fn read_request<T>(&mut self, _protocol: &String, _io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        Err(io::Error::other("nobody asks a member"))
    }

    async fn read_response<T>(&mut self, _protocol: &String, io: &mut T) -> io::Result<()>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut tick = self.pause.map(tokio::time::interval);
        let mut bytes = [0; 4096];
        loop {
            let room = if tick.is_some() { 1 } else { bytes.len() };
            if let Some(tick) = &mut tick {
                tick.tick().await;
            }
            match io.read(&mut bytes[..room]).await? {
                0 => return Ok(()),
                more => self.heard.fetch_add(more, Ordering::Relaxed),
            };
        }
    }

    async fn write_request<T>(&mut self, _protocol: &String, io: &mut T, request: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&request).await
    }

    async fn write_response<T>(&mut self, _protocol: &String, _io: &mut T, _response: ()) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        Err(io::Error::other("nobody asks a member"))
    }
}

#[derive(NetworkBehaviour)]
pub struct Behaviour {
    access: rpc::Behaviour<Raw>,
    documents: rpc::Behaviour<Raw>,
}

pub struct Stranger {
    swarm: Swarm<Behaviour>,
    target: Multiaddr,
    heard: Arc<AtomicUsize>,
    /// What it sends on `access` when it is connected.
    says: Vec<u8>,
    /// What it sends on `documents` as well.
    pub also: Option<Vec<u8>>,
    /// Connections that ended, before or after the handshake.
    pub ended: usize,
}

impl Stranger {
    /// With the transport key of node `n`. `pause` is between the bytes that it reads.
    pub fn new(n: u8, target: SocketAddr, says: Vec<u8>, pause: Option<Duration>) -> Stranger {
        let heard = Arc::new(AtomicUsize::new(0));
        let raw = Raw { heard: Arc::clone(&heard), pause };
        let lane = |name: &str| {
            let protocols = [(format!("/hufu/{NETWORK}/{name}/1"), rpc::ProtocolSupport::Outbound)];
            let config = rpc::Config::default().with_request_timeout(Duration::from_secs(600));
            rpc::Behaviour::with_codec(raw.clone(), protocols, config)
        };
        let pair = identity::Keypair::ed25519_from_bytes([n; 32]).unwrap();
        let swarm = SwarmBuilder::with_existing_identity(pair)
            .with_tokio()
            .with_tcp(tcp::Config::new().nodelay(true), noise::Config::new, yamux::Config::default)
            .unwrap()
            .with_behaviour(|_| Behaviour { access: lane("access"), documents: lane("documents") })
            .unwrap()
            .with_swarm_config(|c| c.with_idle_connection_timeout(Duration::from_secs(600)))
            .build();
        let target = format!("/ip4/{}/tcp/{}", target.ip(), target.port()).parse().unwrap();
        Stranger { swarm, target, heard, says, also: None, ended: 0 }
    }

    /// Bytes that came on either protocol.
    pub fn heard(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.heard)
    }

    pub fn dial(&mut self) {
        self.swarm.dial(self.target.clone()).unwrap();
    }

    /// Takes one event.
    pub async fn step(&mut self) {
        match self.swarm.select_next_some().await {
            SwarmEvent::ConnectionEstablished { peer_id, .. } => {
                let behaviour = self.swarm.behaviour_mut();
                behaviour.access.send_request(&peer_id, self.says.clone());
                if let Some(also) = self.also.clone() {
                    behaviour.documents.send_request(&peer_id, also);
                }
            }
            SwarmEvent::ConnectionClosed { .. } | SwarmEvent::OutgoingConnectionError { .. } => self.ended += 1,
            _ => {}
        }
    }

    /// Dials again and again until so many of its connections have ended.
    pub async fn knock(mut self, times: usize) -> Stranger {
        self.dial();
        while self.ended < times {
            let before = self.ended;
            self.step().await;
            if self.ended > before && self.ended < times {
                self.dial();
            }
        }
        self
    }
}

/// Bytes behind their length.
pub fn framed(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
}
