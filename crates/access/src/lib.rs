//! The access network: nodes of members and partners ask, nodes of agencies answer.
//!
//! Purpose: a member's node takes part without a seat and without the whole ledger. It asks the agencies' nodes that it
//! knows, one after the other or all at once, and believes none of them: what it is given proves itself. This crate is the
//! way between the two: the wire ([`wire`]), who is let in ([`Guests`]), how much each may ask ([`limits`]), asking
//! ([`Asker`]) and being asked ([`Server`]).
//!
//! Invariants:
//! - only a node that the ledger names is connected; anybody else is dropped when the handshake has shown its key;
//! - whose request it is, is looked up at every request and again before its answer leaves, not at the connection;
//! - an organisation has one quota, however many nodes ask in its name;
//! - nothing is sent that was not asked for, and what is not taken holds one bounded answer for a bounded time;
//! - every message, queue, count and time has a bound.
//!
//! Deliberately absent: what an answer says and who may see it (`node`), proving and judging (`proof`), keys of persons,
//! gossip, push and discovery. The wire is specified in `docs/formats/access.md`, the reasons stand in
//! `docs/adr/0007-members-ask.md`.
#![deny(missing_docs)]

mod asker;
mod codec;
mod guests;
pub mod limits;
mod quota;
mod server;
mod streams;
mod swarm;
pub mod wire;

pub use asker::{AskError, Asker, connect};
pub use server::{Figures, Server, serve};
pub use transport::{Peer, PeerKey, TransportKey, TransportKeyError};
pub use wire::{DocumentRequest, DocumentResponse, Request, Response};

use futures::future::BoxFuture;
use ledger::{NetworkId, OrgId};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, RwLock};
use std::time::Duration;

/// Codes of the catalogue that this crate gives by itself.
pub mod code {
    /// The address cannot be listened on, or the transport not set up.
    pub const LISTEN: &str = "H7120";
    /// The quota of the organisation is used up.
    pub const QUOTA: &str = "H7123";
    /// The answer is longer than the network carries.
    pub const TOO_LARGE: &str = "H7124";
    /// All places for answers are taken.
    pub const BUSY: &str = "H7129";
}

/// What both ends are started with.
#[derive(Clone, Debug)]
pub struct AccessConfig {
    /// The network: part of the names of the protocols.
    pub network: NetworkId,
    /// Secret of the transport identity.
    pub key: TransportKey,
}

/// Where an agency's node listens.
#[derive(Clone, Copy, Debug)]
pub struct Listening {
    /// Port 0 lets the system choose.
    pub listen: SocketAddr,
}

/// Whose node asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The node.
    pub peer: PeerKey,
    /// The organisation that it asks for.
    pub org: OrgId,
}

/// Who may ask, by the keys of their nodes. [`Server::admit`] replaces it.
pub type Guests = Arc<RwLock<BTreeMap<PeerKey, OrgId>>>;

/// What an agency's node answers.
pub trait Answers: Send + Sync + 'static {
    /// Answers a request. It may block; [`limits::MAX_ANSWERING`] are made at a time. Whatever is asked, it does not panic.
    fn answer(&self, of: &Guest, request: Request) -> Response;

    /// Answers a request about documents, likewise.
    fn document(&self, of: &Guest, request: DocumentRequest) -> DocumentResponse;

    /// Is done when there is more to tell the organisation than a height and a number of links, or after the time.
    /// [`Answers::answer`] is asked then. It must not block.
    fn news(&self, of: OrgId, known: u64, links: u64, wait: Duration) -> BoxFuture<'static, ()>;
}

/// Why the access network did not start.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The address cannot be listened on.
    #[error("listen on {address} for members: {detail}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The transport's words.
        detail: String,
    },
    /// The swarm could not be put together.
    #[error("set up the access network: {detail}")]
    Transport {
        /// The transport's words.
        detail: String,
    },
}
