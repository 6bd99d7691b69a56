//! What the networks of Hufu share: the door, the keys of peers, and when to dial again.
//!
//! Purpose: agencies agree over one network (`consensus`), members ask over another (`access`); both let in whom the ledger
//! names, by the key that the handshake shows, and a fault in that is mended once.
//!
//! Invariants:
//! - who has not shown its key takes one of a bounded number of places, for a bounded time;
//! - a peer is its ed25519 key; an address is where it may be found and never who it is.
//!
//! Deliberately absent: who is let in, protocols, discovery, names of hosts.
#![deny(missing_docs)]

mod door;
mod peer;
mod redial;

pub use door::{Door, door};
pub use peer::{Peer, PeerKey, TransportKey, TransportKeyError, multiaddr, socket_address};
pub use redial::{DIAL_COURTESY, REDIAL, Redial};
