//! The records of the state: what is true after a block, each under a key of [`crate::state::StateKey`].

mod class;
mod item;
mod org;

use crate::{hash::Hash, list::Accumulator, time::Timestamp, vote::ValidatorSet};
use bincode::{Decode, Encode};
pub use class::{Category, ClassCode, ClassProfile, ClassRecord, HsAssertion};
pub use item::{CodeRecord, Hold, ItemRecord, Lifecycle, PendingOffer};
pub use org::{
    AgencyFunction, KeyEnd, KeyEndReason, KeyRecord, NodeRecord, OrgIdentifier, OrgKind, OrgProfile, OrgRecord, Role,
    Roles,
};

/// Height and block time of an act.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Stamp {
    /// Block height; 0 is genesis.
    pub height: u64,
    /// Block time.
    pub time: Timestamp,
}

/// The feed of an organisation: one link for each block in which it was touched.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FeedRecord {
    /// Number of links.
    pub count: u64,
    /// `H(tag, org, count, previous head, height, root of its entries in that block)`.
    pub head: Hash,
    /// Height of the last link.
    pub height: u64,
}

/// The agencies that sign the next block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ValidatorsRecord {
    /// The set.
    pub set: ValidatorSet,
    /// Height from which it signs.
    pub from: u64,
}

/// Time, height and identity of the last block, and all block identities before.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct HistoryRecord {
    /// Block identities of all earlier heights, 1 onwards.
    pub blocks: Accumulator,
    /// Stamp of the block that wrote this record.
    pub last: Stamp,
}
