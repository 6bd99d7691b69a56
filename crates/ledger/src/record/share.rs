//! Who else may see an item, and to which key documents for an organisation are sealed.

use super::Stamp;
use crate::{
    id::{OrgId, TxId},
    time::Timestamp,
};
use bincode::{Decode, Encode};

/// That a custodian lets another organisation see an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Share {
    /// With whom.
    pub with: OrgId,
    /// By which custodian: in force while it holds the item.
    pub by: OrgId,
    /// When it was made.
    pub from: Stamp,
    /// Until when.
    pub until: Timestamp,
    /// By which transaction.
    pub cause: TxId,
}

impl Share {
    /// Whether it lets see: not from its time on, and not while the item is held by somebody else.
    pub fn in_force(&self, custodian: &OrgId, at: Timestamp) -> bool {
        self.by == *custodian && at < self.until
    }
}

/// The shares of an item, those that have ended among them until the record is written again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct SharesRecord {
    /// At most [`crate::bounds::MAX_SHARES`], ascending by `with`, one for each.
    pub shares: Vec<Share>,
}

impl SharesRecord {
    /// The shares in force: `custodian` is who holds the item, its unit's custodian while it is packed.
    pub fn in_force(&self, custodian: OrgId, at: Timestamp) -> impl Iterator<Item = &Share> {
        self.shares.iter().filter(move |share| share.in_force(&custodian, at))
    }
}

/// The X25519 key to which documents for an organisation are sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SealKeyRecord {
    /// The key; 32 zero bytes where none is in force.
    pub key: [u8; 32],
    /// How many times one was published or ended, this one included.
    pub number: u32,
    /// When.
    pub from: Stamp,
    /// By which transaction.
    pub cause: TxId,
}
