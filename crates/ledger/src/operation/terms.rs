//! Points of custody, and the terms of a handover.

use crate::{
    hash::Hash,
    id::{ItemId, NetworkId, OrgId},
    tag,
    time::Timestamp,
    words,
};
use bincode::{Decode, Encode};
use gs1::Gln;

words! {
    /// What something is for.
    pub enum Purpose {
        /// Not said.
        "unstated" Unstated,
        /// Research and development.
        "research" Research,
        /// Production.
        "production" Production,
        /// Medical use.
        "medical" Medical,
        /// Testing.
        "testing" Testing,
        /// Sale.
        "sale" Sale,
        /// Disposal.
        "disposal" Disposal,
    }
}

impl Purpose {
    /// Whether goods for research only may be handed over or used for it (R24).
    pub fn fits_research(self) -> bool {
        match self {
            Purpose::Unstated | Purpose::Research | Purpose::Testing | Purpose::Disposal => true,
            Purpose::Production | Purpose::Medical | Purpose::Sale => false,
        }
    }
}

/// A point in the custody of an item: an act names the point it builds on, and of two rivals one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CustodyPoint {
    /// Number of acts that changed custody, quantity or identity so far.
    pub seq: u64,
    /// `trail_n = H(tag, trail_{n-1}, n, TxId)`.
    pub trail: Hash,
}

impl CustodyPoint {
    /// The point of a newly registered item.
    pub fn start(item: &ItemId) -> CustodyPoint {
        CustodyPoint { seq: 0, trail: Hash::of(&tag::TRAIL_ZERO, item) }
    }

    /// The point after transaction `tx`; can be computed without a network.
    pub fn after(&self, tx: &crate::id::TxId) -> CustodyPoint {
        let seq = self.seq.saturating_add(1);
        CustodyPoint { seq, trail: Hash::of(&tag::TRAIL, &(self.trail, seq, tx)) }
    }
}

/// The terms of one handover. Giver and receiver sign over its hash: the two halves of the tally.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct HandoverTerms {
    /// The network.
    pub network: NetworkId,
    /// The item.
    pub item: ItemId,
    /// The point of custody that is handed over.
    pub at: CustodyPoint,
    /// Who gives.
    pub giver: OrgId,
    /// Who receives.
    pub receiver: OrgId,
    /// Until when the receiver may accept.
    pub expires: Timestamp,
    /// For what it is handed over.
    pub purpose: Purpose,
    /// At which registered premises of the receiver it will be kept.
    pub premises: Option<Gln>,
    /// Root of private terms (place, price, conditions), if any.
    pub private: Option<Hash>,
}

impl HandoverTerms {
    /// The hash that both sign over.
    pub fn hash(&self) -> Hash {
        Hash::of(&tag::HANDOVER_TERMS, self)
    }
}
