//! Other networks, and the items that went there.

use super::{Lifecycle, Stamp};
use crate::{
    id::{BlockId, NetworkId, OrgId, TxId},
    text::Text,
    time::Timestamp,
    vote::ValidatorSet,
};
use bincode::{Decode, Encode};

/// Another network that is admitted: items depart to it and land from it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct NetworkRecord {
    /// Its name.
    pub chain: Text<32>,
    /// The agencies that sign its blocks after `height`.
    pub set: ValidatorSet,
    /// Height of the block from which on it is known here.
    pub height: u64,
    /// That block.
    pub block: BlockId,
    /// The time of that block.
    pub time: Timestamp,
    /// When it was admitted, or admitted again.
    pub from: Stamp,
}

/// That an item has departed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DepartureRecord {
    /// To which network; it lands in no other.
    pub to: NetworkId,
    /// Who held it; the same organisation holds it there.
    pub by: OrgId,
    /// The state that it was in, and lands in.
    pub state: Lifecycle,
    /// When.
    pub at: Stamp,
    /// By which transaction.
    pub cause: TxId,
}
