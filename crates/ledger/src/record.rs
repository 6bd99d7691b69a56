//! The records of the state: what is true after a block, each under a key of [`crate::state::StateKey`].

mod class;
mod governance;
mod grant;
mod item;
mod org;
mod passage;
mod registry;
mod share;

use crate::{hash::Hash, id::GrantId, list::Accumulator, time::Timestamp, vote::ValidatorSet};
use bincode::{Decode, Encode};
pub use class::{Category, ClassCode, ClassProfile, ClassRecord, HsAssertion};
pub use governance::{
    AlertKind, AlertRecord, AlertSubject, AuditRecord, Due, DutyKind, DutyRecord, ProposalRecord, ProposalState,
    alert_id,
};
pub use grant::{GrantRecord, GrantState};
pub use item::{CodeRecord, Hold, Inside, ItemRecord, Lifecycle, Marks, Packed, PendingOffer};
pub use org::{
    AgencyFunction, Ban, KeyEnd, KeyEndReason, KeyRecord, Mechanism, NodeRecord, OrgIdentifier, OrgKind, OrgProfile,
    OrgRecord, Role, Roles,
};
pub use passage::{DepartureRecord, NetworkRecord};
pub use registry::{EntryEnd, EntryRecord, RegisterRecord, Signed};
pub use share::{SealKeyRecord, Share, SharesRecord};

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
    /// The set before it.
    pub previous: Option<ValidatorSet>,
    /// The set that follows, and from which height.
    pub next: Option<(ValidatorSet, u64)>,
    /// How often the set has changed.
    pub changes: u32,
}

/// A change of the set: the block before the first that the new set signs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SeatChangeRecord {
    /// Height of the last block that the old set signed; its header names the new one.
    pub height: u64,
    /// The old set.
    pub signed: ValidatorSet,
}

/// The policy pack in force.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PackInForce {
    /// Its hash.
    pub pack: Hash,
    /// Height from which it is in force.
    pub from: u64,
    /// The pack that follows, and from which height.
    pub next: Option<(Hash, u64)>,
}

/// The grants of one organisation and kind, from the latest backwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GrantHead {
    /// How many.
    pub count: u64,
    /// The latest; the others follow by [`GrantRecord::previous`].
    pub latest: GrantId,
}

/// Time, height and identity of the last block, and all block identities before.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct HistoryRecord {
    /// Block identities of all earlier heights, 1 onwards.
    pub blocks: Accumulator,
    /// Stamp of the block that wrote this record.
    pub last: Stamp,
}
