//! The daemon of an agency, and of a member: wiring of ledger, consensus, storage and the outside.
//!
//! Purpose: one process that executes, votes, stores and serves. Data flows one way: transactions come in through
//! [`ingress`], are ordered by `consensus`, judged by [`app`], kept by `store`, and read by [`http`]. A member's node
//! executes nothing: what concerns its organisation it asks of agencies' nodes (`access`), proves, keeps in a store of the
//! same shape (`member`), and serves by the same [`http`].
//!
//! Invariants: a transaction is verified once; a block is executed before it is voted for; what is acknowledged is
//! durable; a local fault stops the node before it votes.

mod access;
mod admission;
pub mod app;
pub mod ceremony;
pub mod cli;
pub mod config;
mod documents;
mod evidence;
pub mod handle;
mod history;
pub mod http;
pub mod ingress;
mod member;
pub mod runtime;
pub mod seat;
pub mod snapshot;
mod upkeep;
mod waiting;

pub use handle::{Clock, Committed, Frame, Handle, Submitted, TxStanding};

/// The environment variable that arms a fail point, for tests.
pub const FAIL_POINT_VARIABLE: &str = consensus::failpoint::VARIABLE;

/// Names of all fail points of a node: around each fsync of consensus and storage.
pub fn fail_points() -> Vec<&'static str> {
    consensus::failpoint::NAMES.iter().chain(&store::FAIL_POINTS).copied().collect()
}
