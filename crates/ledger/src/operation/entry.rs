//! What operations carry: entries of lists, claims of keys, results.

use crate::{
    crypto::Signature,
    hash::Hash,
    id::{ClassId, ItemId, PersonId},
    operation::Purpose,
    record::Roles,
    tag, words,
};
use bincode::{Decode, Encode};
use gs1::{ItemCode, Quantity};

/// Entries of an operation over many items: the body holds the commitment, the entries travel beside it, so that a
/// bundle opens only its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EntryList {
    /// Number of entries, 1 to [`crate::bounds::MAX_ENTRIES`].
    pub count: u32,
    /// Root of the Merkle list of the salted entries' hashes.
    pub root: Hash,
}

/// One entry's content.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum EntryBody {
    /// An item to be registered.
    Registration(Registration),
    /// An item that an act is about.
    Item(ItemId),
    /// What was done with an item in a quarter.
    Usage(Usage),
}

/// What was done with an item in a quarter, as a report states it (R15).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Usage {
    /// The item.
    pub item: ItemId,
    /// Used up.
    pub used: Quantity,
    /// Disposed of.
    pub disposed: Quantity,
    /// What is left of it.
    pub left: Quantity,
}

/// An item to be registered.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Registration {
    /// Its class.
    pub class: ClassId,
    /// Its code.
    pub code: ItemCode,
    /// How much of it.
    pub quantity: Quantity,
    /// For what.
    pub purpose: Purpose,
    /// Root of its private fields, if any.
    pub private: Option<Hash>,
}

/// An entry with its salt.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    /// 128 random bits.
    pub salt: [u8; 16],
    /// The content.
    pub body: EntryBody,
}

impl Entry {
    /// The hash that stands in the list.
    pub fn hash(&self) -> Hash {
        Hash::of(&tag::ENTRY, self)
    }
}

/// A key with all that its registration needs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct KeyClaim {
    /// ed25519 public key, not yet checked.
    pub key: [u8; 32],
    /// The person.
    pub person: PersonId,
    /// Salted commitment to the person's name.
    pub name: Hash,
    /// In which capacities it may sign.
    pub roles: Roles,
    /// Signature by that key over [`crate::crypto::possession_message`].
    pub possession: Signature,
}

words! {
    /// Result of an inspection.
    pub enum InspectionResult {
        /// Passed.
        "passed" Passed,
        /// A test is outstanding: stored at the designated place, neither moved nor used (R12).
        "test-pending" TestPending,
        /// Failed.
        "failed" Failed,
        /// Not inspected: exempt (R13).
        "exempt" Exempt,
    }
}
