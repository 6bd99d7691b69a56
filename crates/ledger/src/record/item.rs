//! Items, and what happens to their codes.

use crate::{
    hash::Hash,
    id::{ClassId, ItemId, OrgId},
    text::Text,
    time::Timestamp,
};
use bincode::{Decode, Encode};
use gs1::{ItemCode, Quantity, Sscc};

/// Where an item stands on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Lifecycle {
    /// Known to the ledger.
    Registered,
    /// Declared at the border.
    Declared,
    /// Inspected, a test is outstanding (R12).
    TestPending,
    /// Inspected and passed.
    Inspected,
    /// Inspected and failed.
    Failed,
    /// Released by Customs.
    Released,
    /// Nothing is left: used up.
    Consumed,
    /// Nothing is left: the rest was disposed of.
    Disposed,
}

impl Lifecycle {
    /// All states.
    pub const ALL: [Lifecycle; 8] = [
        Lifecycle::Registered,
        Lifecycle::Declared,
        Lifecycle::TestPending,
        Lifecycle::Inspected,
        Lifecycle::Failed,
        Lifecycle::Released,
        Lifecycle::Consumed,
        Lifecycle::Disposed,
    ];

    /// The word used in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Lifecycle::Registered => "registered",
            Lifecycle::Declared => "declared",
            Lifecycle::TestPending => "test-pending",
            Lifecycle::Inspected => "inspected",
            Lifecycle::Failed => "failed",
            Lifecycle::Released => "released",
            Lifecycle::Consumed => "consumed",
            Lifecycle::Disposed => "disposed",
        }
    }
}

/// An order of an agency that nothing but destruction happens to the item (R28).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Hold {
    /// The agency.
    pub by: OrgId,
    /// Number of the event that placed it; lifting names it.
    pub placed: u64,
    /// The reason given.
    pub reason: Text<256>,
}

/// An offer that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PendingOffer {
    /// Hash of the [`crate::operation::HandoverTerms`].
    pub terms: Hash,
    /// To whom.
    pub receiver: OrgId,
    /// Until when it may be accepted.
    pub expires: Timestamp,
}

/// An item: a lot or a serial of a class, from its registration to its end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ItemRecord {
    /// Its class.
    pub class: ClassId,
    /// Its code; not unique, see [`CodeRecord`].
    pub code: ItemCode,
    /// Who registered it.
    pub registrant: OrgId,
    /// Who holds it.
    pub custodian: OrgId,
    /// Where it stands.
    pub state: Lifecycle,
    /// Quantity registered.
    pub registered: Quantity,
    /// Quantity on hand; `registered = on_hand + used + disposed`, exactly.
    pub on_hand: Quantity,
    /// Quantity used.
    pub used: Quantity,
    /// Quantity disposed of.
    pub disposed: Quantity,
    /// Holds in force, by ascending `placed`.
    pub holds: Vec<Hold>,
    /// The logistic unit it is packed in.
    pub container: Option<Sscc>,
    /// Number of its events.
    pub count: u64,
    /// Head of its event chain.
    pub head: Hash,
    /// Number of acts that changed custody, quantity or identity.
    pub custody_seq: u64,
    /// Trail of those acts; depends on transactions alone.
    pub trail: Hash,
    /// The offer that waits for its answer.
    pub offer: Option<PendingOffer>,
    /// The registration before this one under the same code.
    pub previous: Option<ItemId>,
    /// Root of the private fields of its registration.
    pub private: Option<Hash>,
}

/// All registrations under one code, so that "which items carry this code" and "none" can be proved.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CodeRecord {
    /// How many.
    pub count: u64,
    /// `H(tag, previous head, item)`, from the zero hash.
    pub head: Hash,
    /// The last; the others follow by [`ItemRecord::previous`].
    pub latest: ItemId,
}
