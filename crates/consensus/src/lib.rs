//! Agreement of the agencies on one chain of blocks: the Malachite engine behind a small synchronous trait.
//!
//! Purpose: everything that is particular to the engine and its network lives here, so that the rest of the node sees
//! [`Application`], [`Engine`] and plain types of the ledger. No type of the engine is public, and none of libp2p but in
//! the keys of peers, which are the crate `transport`'s.
//!
//! Invariants:
//! - a signature leaves the process after its record is durable ([`sign_state`]), and never two for one place;
//! - a block is durable before the engine hears of it ([`journal`]);
//! - only admitted peers are connected, only validators are heard on consensus topics, nothing unjudged is relayed;
//! - signatures are verified by the ledger's rule (ZIP 215) over the ledger's statements, nowhere else;
//! - every queue, cache and message has a bound (`limits`);
//! - a fault of the machine halts the node visibly ([`Safety::Halted`]); it never guesses.
//!
//! Deliberately absent: the rules and the state of the ledger, the choice of transactions, storage of decided blocks, and
//! peer discovery. The environment is read for the fail point alone ([`failpoint`]).
//!
//! The formats are specified in `docs/formats/consensus.md`.

mod application;
mod codec;
mod config;
mod context;
mod driver;
mod engine;
pub mod failpoint;
mod halt;
mod home;
pub mod journal;
pub mod limits;
mod network;
mod polka;
pub mod sign_state;
mod signing;

pub use application::{Application, Arrival, BuiltBlock, Fault, Freshness, Pacing, Timeouts, Tip, Verdict};
pub use config::{ConfigError, EngineConfig, Role};
pub use context::proposer;
pub use engine::{Engine, EngineHandle, StartError, Waker, engine_metrics};
pub use halt::{HaltReason, Safety, Status};
pub use home::{HomeError, HomeLock, JOURNAL_FILE, LOCK_FILE, SIGN_STATE_FILE, WAL_FILE};
pub use keys::Signer;
pub use network::NetworkError;
pub use network::gossip::{PublishError, TxArrival, TxGossip, TxPublisher};
pub use sign_state::{SignState, SignStateError};
pub use transport::{Peer, PeerKey, TransportKey, TransportKeyError};
