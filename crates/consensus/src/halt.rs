//! The end of voting: declared once, seen everywhere.

use std::collections::BTreeSet;
use std::error::Error;
use std::io;
use std::sync::Arc;
use tokio::sync::watch;
use transport::PeerKey;

/// What the node can say of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The height that is being decided; 0 before the first.
    pub height: u64,
    /// Its round.
    pub round: u32,
    /// The last height that the ledger made durable.
    pub committed: u64,
    /// Connected peers.
    pub peers: BTreeSet<PeerKey>,
    /// Signatures that this node refused its engine since its start, because they would have contradicted earlier ones:
    /// the engine lost its log, or the ledger is an old copy.
    pub withheld: u64,
    /// Whether the node takes part.
    pub safety: Safety,
}

/// Whether the node takes part in consensus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Safety {
    /// Not yet at its first height.
    Starting,
    /// Follows or votes.
    Running,
    /// Does nothing any more, and must not be restarted before someone has looked at the reason.
    Halted(HaltReason),
    /// Was told to end.
    Stopped,
}

/// Why a node halted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HaltReason {
    /// A write found no room. Nothing is half done: with room, the node may be started again.
    DiskFull(String),
    /// The application reported a fault of this machine.
    Fault(String),
    /// The record of a signature could not be made durable.
    SigningFailed(String),
    /// A block with a certificate is invalid here: this node's rules or state differ from those of a quorum.
    CertifiedInvalid(String),
    /// The engine hangs on purpose after damage to its log or a failed write; a restart might sign twice.
    EngineSafety(String),
    /// The engine ended.
    EngineEnded(String),
}

impl std::fmt::Display for HaltReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            HaltReason::DiskFull(text) => write!(f, "the disk is full: {text}"),
            HaltReason::Fault(text) => write!(f, "local fault: {text}"),
            HaltReason::SigningFailed(text) => write!(f, "signing failed: {text}"),
            HaltReason::CertifiedInvalid(text) => write!(f, "a certified block is invalid here: {text}"),
            HaltReason::EngineSafety(text) => write!(f, "the engine stopped for safety: {text}"),
            HaltReason::EngineEnded(text) => write!(f, "the engine ended: {text}"),
        }
    }
}

impl HaltReason {
    /// The reason that an error gives. A full disk is told apart from all `other` reasons, for its cure is another one.
    pub(crate) fn of(error: &(dyn Error + 'static), other: fn(String) -> HaltReason) -> HaltReason {
        let causes = || std::iter::successors(Some(error), |&e| e.source());
        let is_full = |e: &io::Error| e.kind() == io::ErrorKind::StorageFull;
        let text = causes().map(|e| e.to_string()).collect::<Vec<_>>().join(": ");
        match causes().any(|e| e.downcast_ref().is_some_and(is_full)) {
            true => HaltReason::DiskFull(text),
            false => other(text),
        }
    }
}

/// The status, and the one way to halt.
#[derive(Clone, Debug)]
pub(crate) struct Halt(Arc<watch::Sender<Status>>);

impl Halt {
    pub(crate) fn new(committed: u64) -> Halt {
        let (peers, safety) = (BTreeSet::new(), Safety::Starting);
        let status = Status { height: 0, round: 0, committed, peers, withheld: 0, safety };
        Halt(Arc::new(watch::Sender::new(status)))
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Status> {
        self.0.subscribe()
    }

    pub(crate) fn is_halted(&self) -> bool {
        matches!(self.0.borrow().safety, Safety::Halted(_))
    }

    /// Declares the halt. The first reason stands.
    pub(crate) fn declare(&self, reason: HaltReason) {
        self.0.send_if_modified(|status| {
            let first = !matches!(status.safety, Safety::Halted(_) | Safety::Stopped);
            if first {
                tracing::error!(%reason, "halting: no further signature will be given");
                status.safety = Safety::Halted(reason.clone());
            }
            first
        });
    }

    pub(crate) fn stopped(&self) {
        self.update(|status| {
            if !matches!(status.safety, Safety::Halted(_)) {
                status.safety = Safety::Stopped;
            }
        });
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut Status)) {
        self.0.send_if_modified(|status| {
            let before = status.clone();
            change(status);
            *status != before
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::Fault;

    #[test]
    fn a_full_disk_is_told_apart() {
        let reason =
            |kind| HaltReason::of(&Fault::because("keep a block", io::Error::new(kind, "os")), HaltReason::Fault);
        assert_eq!(reason(io::ErrorKind::StorageFull), HaltReason::DiskFull("keep a block: os".into()));
        assert_eq!(reason(io::ErrorKind::Other), HaltReason::Fault("keep a block: os".into()));
    }

    #[test]
    fn the_first_reason_stands() {
        let halt = Halt::new(3);
        assert!(!halt.is_halted());
        halt.declare(HaltReason::Fault("one".into()));
        halt.declare(HaltReason::Fault("two".into()));
        halt.stopped();
        assert_eq!(halt.subscribe().borrow().safety, Safety::Halted(HaltReason::Fault("one".into())));
    }
}
