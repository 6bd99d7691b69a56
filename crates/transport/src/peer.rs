//! Nodes as the networks know them: by the ed25519 key of their transport.

use libp2p::identity::{Keypair, PublicKey, ed25519};
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// The ed25519 public key of a node's transport identity. The ledger's records of nodes hold the same 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerKey(pub [u8; 32]);

/// What stands before the key in the name of an ed25519 peer: identity multihash, protobuf tags, lengths.
const NAME_PREFIX: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

impl PeerKey {
    /// The transport's name of the peer; `None` if the bytes are no key.
    pub fn id(&self) -> Option<PeerId> {
        let key = ed25519::PublicKey::try_from_bytes(&self.0).ok()?;
        Some(PublicKey::from(key).to_peer_id())
    }

    /// The key in the transport's name of a peer; `None` if it is no ed25519 key.
    pub fn of(id: &PeerId) -> Option<PeerKey> {
        let name = id.to_bytes();
        name.strip_prefix(&NAME_PREFIX)?.try_into().ok().map(PeerKey)
    }
}

impl fmt::Display for PeerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for PeerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A node that may connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Who it is.
    pub key: PeerKey,
    /// Where to reach it; without it the peer has to connect by itself. No names: they would be resolved by a third party.
    pub address: Option<SocketAddr>,
}

/// The secret of this node's transport identity. Not the consensus key.
#[derive(Clone)]
pub struct TransportKey(Keypair);

/// The bytes are no secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("take 32 bytes as a transport key")]
pub struct TransportKeyError;

impl TransportKey {
    /// Takes the 32 secret bytes; the argument is wiped.
    pub fn from_secret(secret: &mut [u8; 32]) -> Result<TransportKey, TransportKeyError> {
        Keypair::ed25519_from_bytes(secret).map(TransportKey).map_err(|_| TransportKeyError)
    }

    /// The pair, for a swarm.
    pub fn pair(&self) -> &Keypair {
        &self.0
    }

    /// The public key, which goes into the validator record or the allow list.
    pub fn peer_key(&self) -> PeerKey {
        // The pair is always ed25519, whose name holds its key.
        PeerKey::of(&self.0.public().to_peer_id()).unwrap_or(PeerKey([0; 32]))
    }
}

impl fmt::Debug for TransportKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransportKey(of {})", self.peer_key())
    }
}

/// An address as the transport writes it.
pub fn multiaddr(address: SocketAddr) -> Multiaddr {
    Multiaddr::from(address.ip()).with(Protocol::Tcp(address.port()))
}

/// The address of a host and a TCP port; `None` if it is another kind of address.
pub fn socket_address(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let ip: IpAddr = match parts.next()? {
        Protocol::Ip4(ip) => ip.into(),
        Protocol::Ip6(ip) => ip.into(),
        _ => return None,
    };
    match parts.next()? {
        Protocol::Tcp(port) => Some(SocketAddr::new(ip, port)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_comes_back() {
        for address in ["127.0.0.1:0", "10.1.2.3:65535", "[::1]:26600"] {
            let address: SocketAddr = address.parse().unwrap();
            assert_eq!(socket_address(&multiaddr(address)), Some(address));
        }
        for other in ["/dns/example.org/tcp/1", "/ip4/127.0.0.1/udp/1", "/ip4/127.0.0.1"] {
            assert_eq!(socket_address(&other.parse().unwrap()), None, "{other}");
        }
    }

    #[test]
    fn a_key_and_its_name_are_one() {
        let key = TransportKey::from_secret(&mut [7; 32]).unwrap();
        let peer = key.peer_key();
        assert_ne!(peer, PeerKey([0; 32]));
        assert_eq!(peer.id(), Some(key.0.public().to_peer_id()));
        assert_eq!(PeerKey::of(&peer.id().unwrap()), Some(peer));
        assert_eq!(PeerKey::of(&PeerId::random()), None);
    }

    #[test]
    fn the_secret_does_not_show() {
        let key = TransportKey::from_secret(&mut [7; 32]).unwrap();
        assert!(!format!("{key:?}").contains("0707"));
    }
}
