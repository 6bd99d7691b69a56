//! The node of a member or partner: it holds what concerns its organisation, and believes nobody.
//!
//! Purpose: an organisation works with the ledger through a node of its own, also while no agency can be reached. The node
//! follows the heads of the ledger ([`sync`]), proves everything that it takes ([`proven`]), keeps it in a store of the same
//! shape as an agency's ([`keeper`]), brings transactions to the agencies ([`outbox`], [`send`]), and finds out which of their
//! nodes shows something else than the others ([`heart`], [`audit`], [`watch`]).
//!
//! Invariants:
//! - nothing enters the slice that was not proven under a head to which the trust root leads;
//! - what does not concern the organisation is not asked for, save names that its own business or its people name;
//! - a transaction is durable here before whoever brought it is told that it is taken;
//! - a node that lies costs time, never truth.
//!
//! Deliberately absent: executing anything, connections between members, and following the headers of others' blocks.

mod agencies;
mod audit;
mod fetch;
mod frame;
mod heart;
mod items;
mod keeper;
mod kept;
mod links;
mod lists;
mod outbox;
mod proven;
mod runtime;
mod send;
mod sync;
mod txs;
mod watch;
mod way;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use fetch::{FetchError, Fetched, Wanted};
pub(crate) use kept::Kept;
pub(crate) use proven::Under;
pub(crate) use runtime::run_member;
pub(crate) use watch::{LocalAlert, name as fault_name};
pub(crate) use way::MemberWay;

use ::access::{PeerKey, wire::Fault};
use proof::Known;
use std::sync::Arc;

/// Where a member's node stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sync {
    /// It has not come to the newest head yet.
    #[default]
    CatchingUp,
    /// It has what concerns it.
    Following,
    /// No agency's node answers.
    Offline,
    /// It was away for longer than its trust root leads: it needs a newer trust file.
    Stale,
}

impl Sync {
    /// As the status names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Sync::CatchingUp => "catching-up",
            Sync::Following => "following",
            Sync::Offline => "offline",
            Sync::Stale => "stale",
        }
    }
}

/// What a member's node says of itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Following {
    /// Where it stands.
    pub(crate) sync: Sync,
    /// The last head that was taken.
    pub(crate) head: Option<Known>,
    /// Links of the feed that are here.
    pub(crate) links: u64,
    /// The agencies' nodes.
    pub(crate) nodes: Vec<NodeSight>,
    /// What was found of them.
    pub(crate) alerts: Arc<[LocalAlert]>,
    /// Whether all of them are behind what was proven before.
    pub(crate) all_behind: bool,
}

/// One agency's node as it looks from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NodeSight {
    /// Its name in the configuration.
    pub(crate) name: String,
    /// Its transport identity.
    pub(crate) peer: PeerKey,
    /// Whether there is a connection.
    pub(crate) connected: bool,
    /// The highest head that it has shown.
    pub(crate) height: Option<u64>,
    /// For which fault it is not used now.
    pub(crate) fault: Option<Fault>,
}
