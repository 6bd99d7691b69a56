//! The swarm of both ends.

use crate::codec::{Frame, Frames, Room};
use crate::limits::{
    ANSWER_TIME, HANDSHAKE_TIME, MAX_CONNECTIONS, MAX_CONNECTIONS_OF_PEER, MAX_DOCUMENT_RESPONSE_BYTES, MAX_HANDSHAKES,
    MAX_REQUESTS_OF_CONNECTION, MAX_RESPONSE_BYTES, MAX_STREAMS_OF_CONNECTION, MAX_WAIT, PING,
};
use crate::streams::Bounded;
use crate::{AccessConfig, AccessError};
use ledger::NetworkId;
use libp2p::request_response as rpc;
use libp2p::swarm::NetworkBehaviour;
use libp2p::{PeerId, Swarm, SwarmBuilder, Transport, allow_block_list, connection_limits, ping};
use std::collections::HashSet;
use std::time::Duration;
use transport::door;

/// Connections stay until a peer goes or is no longer let in; pings find the dead ones.
const IDLE_TIME: Duration = Duration::from_secs(24 * 3600);

/// One of the two protocols: pieces of documents do not stand before heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    Access,
    Documents,
}

impl Lane {
    fn protocol(self, network: &NetworkId) -> String {
        let name = match self {
            Lane::Access => "access",
            Lane::Documents => "documents",
        };
        format!("/hufu/{network}/{name}/1")
    }

    fn frames(self, room: &Room) -> Frames {
        let response = match self {
            Lane::Access => MAX_RESPONSE_BYTES,
            Lane::Documents => MAX_DOCUMENT_RESPONSE_BYTES,
        };
        Frames { response, room: room.clone() }
    }
}

#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    // First: a stranger is refused before any protocol gets to see it.
    allow: allow_block_list::Behaviour<allow_block_list::AllowedPeers>,
    limits: connection_limits::Behaviour,
    ping: ping::Behaviour,
    access: rpc::Behaviour<Frames>,
    documents: rpc::Behaviour<Frames>,
}

/// What either protocol tells.
pub(crate) type Told = rpc::Event<Frame, Vec<u8>>;

/// What of a swarm's own events matters here.
pub(crate) enum Event {
    Told(Lane, Told),
    Ping(ping::Event),
}

impl From<BehaviourEvent> for Event {
    fn from(event: BehaviourEvent) -> Event {
        match event {
            BehaviourEvent::Access(event) => Event::Told(Lane::Access, event),
            BehaviourEvent::Documents(event) => Event::Told(Lane::Documents, event),
            BehaviourEvent::Ping(event) => Event::Ping(event),
            BehaviourEvent::Allow(never) | BehaviourEvent::Limits(never) => match never {},
        }
    }
}

impl Behaviour {
    fn new(network: &NetworkId, support: &rpc::ProtocolSupport) -> Behaviour {
        let limits = connection_limits::ConnectionLimits::default()
            .with_max_established_per_peer(Some(MAX_CONNECTIONS_OF_PEER))
            .with_max_established(Some(MAX_CONNECTIONS));
        // Twice as many streams as requests that are answered: what is too much can be told so.
        let config = rpc::Config::default()
            .with_request_timeout(ANSWER_TIME + MAX_WAIT)
            .with_max_concurrent_streams(2 * MAX_REQUESTS_OF_CONNECTION);
        let room = Room::default();
        let lane = |lane: Lane| {
            let protocols = [(lane.protocol(network), support.clone())];
            rpc::Behaviour::with_codec(lane.frames(&room), protocols, config.clone())
        };
        Behaviour {
            allow: allow_block_list::Behaviour::default(),
            limits: connection_limits::Behaviour::new(limits),
            ping: ping::Behaviour::new(ping::Config::new().with_interval(PING.0).with_timeout(PING.1)),
            access: lane(Lane::Access),
            documents: lane(Lane::Documents),
        }
    }

    pub(crate) fn lane(&mut self, lane: Lane) -> &mut rpc::Behaviour<Frames> {
        match lane {
            Lane::Access => &mut self.access,
            Lane::Documents => &mut self.documents,
        }
    }

    /// Lets in these and nobody else; connections of others are closed.
    pub(crate) fn let_in(&mut self, peers: &HashSet<PeerId>) {
        let gone: Vec<_> = self.allow.allowed_peers().difference(peers).copied().collect();
        for peer in gone {
            tracing::info!(%peer, "no longer let in");
            self.allow.disallow_peer(peer);
        }
        for peer in peers {
            self.allow.allow_peer(*peer);
        }
    }
}

/// A swarm that takes requests or makes them.
pub(crate) fn build(config: &AccessConfig, support: &rpc::ProtocolSupport) -> Result<Swarm<Behaviour>, AccessError> {
    let fail = |e: &dyn std::fmt::Display| AccessError::Transport { detail: e.to_string() };
    Ok(SwarmBuilder::with_existing_identity(config.key.pair().clone())
        .with_tokio()
        .with_other_transport(|key| {
            let door = door(key, MAX_HANDSHAKES)?;
            Ok(door.map(|(peer, connection), _| (peer, Bounded::new(connection, MAX_STREAMS_OF_CONNECTION))))
        })
        .map_err(|e| fail(&e))?
        .with_behaviour(|_| Behaviour::new(&config.network, support))
        .map_err(|e| fail(&e))?
        .with_swarm_config(|c| c.with_idle_connection_timeout(IDLE_TIME))
        .with_connection_timeout(HANDSHAKE_TIME)
        .build())
}

/// Closes a connection whose other end is silent: it is as good as closed.
pub(crate) fn on_ping(swarm: &mut Swarm<Behaviour>, event: ping::Event) {
    let ping::Event { peer, connection, result } = event;
    if let Err(ping::Failure::Timeout | ping::Failure::Other { .. }) = result {
        tracing::info!(%peer, "does not answer, closing");
        swarm.close_connection(connection);
    }
}
