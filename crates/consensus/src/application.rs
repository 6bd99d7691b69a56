//! What the engine asks of the node: one synchronous, serially called trait.

use bytes::Bytes;
use ledger::{BlockId, Certificate, Evidence, KeyId, ValidatorSet};
use std::time::Duration;

/// The ledger under consensus.
///
/// One dedicated thread calls it, one call at a time, so an implementation may block on disks; while it does, the engine
/// neither votes nor proposes. Every call must be deterministic in what it decides: two nodes with the same durable
/// state give the same verdict on the same bytes.
pub trait Application: Send + 'static {
    /// The last durable height and how to run the next one. Asked at the start and before every height.
    fn tip(&self) -> Tip;

    /// Builds a block for `height` = tip + 1. It is journalled before anyone sees it and is never asked for twice for one
    /// height and round, also not after a crash. A block without transactions is a good answer: do not wait for any.
    fn propose(&mut self, height: u64, round: u32) -> Result<BuiltBlock, Fault>;

    /// Judges a block for height tip + 1 by executing it.
    ///
    /// `proposer` is who sealed the stream for `at.round`. With [`Freshness::Fresh`] a block that it did not build for that
    /// round is `Untimely`, not `Invalid`, since the same block is good when it comes with a quorum; the header is always
    /// judged against the rotation ([`crate::proposer`]). The time of a block is judged only when it is fresh; it may nevertheless always be
    /// compared, the driver asks for `Untimely` apart from `Invalid` and heeds it only for fresh blocks.
    fn validate(&mut self, at: Arrival, proposer: KeyId, bytes: &Bytes) -> Result<Verdict, Fault>;

    /// The identity of a block, without judging it. `None` if the bytes are no block, and if they are not all bound by the
    /// identity: two answers of `Some` with one identity must be for the same bytes, for verdicts are remembered by it.
    fn block_id(&self, bytes: &[u8]) -> Option<BlockId>;

    /// Makes a decided block durable, in one batch with its certificate; it is durable when this returns.
    ///
    /// The block may not have been validated in this process: after a crash the engine can decide from its log alone.
    fn commit(&mut self, certificate: &Certificate, block: &Bytes) -> Result<Tip, Fault>;

    /// The height is closed: a certificate with at least the signatures of `commit`, and the evidence against validators
    /// that were seen to sign twice. From this call on it is the application's to keep. Until then the engine alone has it,
    /// in memory: a crash before the decision loses what its log does not bring back, one behind it loses all of the height.
    fn finalized(&mut self, certificate: &Certificate, evidence: Vec<Evidence>) -> Result<(), Fault>;

    /// Decided blocks `from..=to` in order, without gaps, up to about `max_bytes` in total; fewer is fine.
    fn decided(&self, from: u64, to: u64, max_bytes: usize) -> Result<Vec<(Bytes, Certificate)>, Fault>;

    /// The lowest height that [`Application::decided`] can still serve.
    fn history_min(&self) -> u64;
}

/// Where the ledger stands and how the next height is to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The last durable height; 0 when there is only the genesis.
    pub height: u64,
    /// Who signs height + 1.
    pub validators: ValidatorSet,
    /// Who signs from a later height on, where that is decided: their nodes are let in and heard from now on.
    pub coming: Option<ValidatorSet>,
    /// Timeouts of height + 1.
    pub timeouts: Timeouts,
    /// Pacing of height + 1.
    pub pacing: Pacing,
    /// Whether transactions wait, so that the next height should not be delayed.
    pub waiting: bool,
}

/// How long a step of a round may take; each grows by its delta with every round, up to `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a proposal and its block to arrive and be executed.
    pub propose: Duration,
    /// Growth of `propose` per round.
    pub propose_delta: Duration,
    /// For the missing prevotes, once a quorum of any kind is there.
    pub prevote: Duration,
    /// Growth of `prevote` per round.
    pub prevote_delta: Duration,
    /// For the missing precommits, once a quorum of any kind is there.
    pub precommit: Duration,
    /// Growth of `precommit` per round.
    pub precommit_delta: Duration,
    /// Until a node that makes no progress sends its last votes again.
    pub rebroadcast: Duration,
    /// Upper limit of all.
    pub max: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            propose: Duration::from_secs(3),
            propose_delta: Duration::from_millis(500),
            prevote: Duration::from_secs(1),
            prevote_delta: Duration::from_millis(500),
            precommit: Duration::from_secs(1),
            precommit_delta: Duration::from_millis(500),
            rebroadcast: Duration::from_secs(5),
            max: Duration::from_secs(60),
        }
    }
}

/// The interval from the start of one height to the start of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacing {
    /// At least this long, also under load: precommits that come within it enlarge the certificate.
    pub busy_interval: Duration,
    /// At most this long while no transaction waits anywhere. Taken as no more than half of the propose timeout, so
    /// that a node which starts early does not give up on a proposer that is still idling.
    pub idle_interval: Duration,
}

impl Default for Pacing {
    fn default() -> Self {
        Pacing { busy_interval: Duration::from_millis(75), idle_interval: Duration::from_secs(1) }
    }
}

/// A block that was just built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltBlock {
    /// Its identity, the same that [`Application::block_id`] finds in the bytes.
    pub id: BlockId,
    /// Its bytes.
    pub bytes: Bytes,
}

/// How a block reached this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Height the block is for.
    pub height: u64,
    /// Round in which it was streamed, or was decided if it is synced.
    pub round: u32,
    /// Whether its time may still be judged.
    pub freshness: Freshness,
}

/// Whether a block comes for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// First receipt, and no quorum of prevotes for it is known.
    Fresh,
    /// A block with a quorum of prevotes is proposed again, or this node's journal brings it back after a restart.
    Again,
    /// A decided block from another node's store.
    Synced,
}

/// The judgement on a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It executes to what its header claims.
    Valid(BlockId),
    /// It executes, but not for a vote as it came: its time is too far from this node's clock, or it is not the proposer's
    /// own of this round. With a quorum of prevotes it is valid.
    Untimely(BlockId),
    /// It must not be voted for.
    Invalid {
        /// For the log.
        reason: String,
    },
}

/// A fault of this machine (disk, memory, a state that contradicts itself), never of what a peer sent.
///
/// The node stops voting at once and says so in its status; it never guesses.
#[derive(Debug, thiserror::Error)]
#[error("{doing}")]
pub struct Fault {
    /// What failed, as it reads after "failed to".
    pub doing: String,
    /// The cause, if an error led to it.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Fault {
    /// A fault found by a check of our own.
    pub fn new(doing: impl Into<String>) -> Fault {
        Fault { doing: doing.into(), source: None }
    }

    /// A fault that an error led to.
    pub fn because(doing: impl Into<String>, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Fault {
        Fault { doing: doing.into(), source: Some(source.into()) }
    }

    /// The fault and its causes in one line.
    pub fn describe(&self) -> String {
        let mut text = self.doing.clone();
        let mut cause = self.source.as_deref().map(|s| s as &dyn std::error::Error);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}
