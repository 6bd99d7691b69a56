//! What a transaction asks for: one typed operation.

use crate::{
    crypto::Signature,
    hash::Hash,
    id::{ClassId, ItemId, KeyId, NetworkId, OrgId, PersonId},
    record::{ClassProfile, KeyEndReason, OrgProfile, Roles},
    tag,
    text::Text,
    time::Timestamp,
};
use bincode::{Decode, Encode};
use gs1::{ItemCode, Quantity};

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
    /// Root of private terms (place, price, conditions), if any.
    pub private: Option<Hash>,
}

impl HandoverTerms {
    /// The hash that both sign over.
    pub fn hash(&self) -> Hash {
        Hash::of(&tag::HANDOVER_TERMS, self)
    }
}

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

/// Result of an inspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum InspectionResult {
    /// Passed.
    Passed,
    /// A test is outstanding: stored at the designated place, neither moved nor used (R12).
    TestPending,
    /// Failed.
    Failed,
}

impl InspectionResult {
    /// The word used in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            InspectionResult::Passed => "passed",
            InspectionResult::TestPending => "test-pending",
            InspectionResult::Failed => "failed",
        }
    }
}

/// What a transaction asks for. Numbers of variants are stable until the first release and append-only after it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Operation {
    /// Registers an organisation.
    RegisterOrg {
        /// Its public facts.
        profile: OrgProfile,
    },
    /// Registers a person's key.
    RegisterKey {
        /// The organisation it belongs to.
        org: OrgId,
        /// The key.
        claim: KeyClaim,
    },
    /// Replaces a key by a new one of the same person and roles; signed by the old one.
    RotateKey {
        /// The key that retires.
        old: KeyId,
        /// The new key.
        claim: KeyClaim,
    },
    /// Ends a key.
    EndKey {
        /// The key.
        key: KeyId,
        /// Why.
        reason: KeyEndReason,
    },
    /// Registers a node's transport identity.
    RegisterNode {
        /// The organisation that runs it.
        org: OrgId,
        /// ed25519 public key of its transport identity, not yet checked.
        peer: [u8; 32],
        /// Signature by that key over [`crate::crypto::peer_possession`].
        possession: Signature,
    },
    /// Ends a node's transport identity.
    EndNode {
        /// The identity.
        peer: [u8; 32],
        /// Why.
        reason: KeyEndReason,
    },
    /// Registers an item class.
    RegisterClass {
        /// What it is.
        profile: ClassProfile,
    },
    /// Registers items.
    Register {
        /// Their list ([`EntryBody::Registration`]).
        list: EntryList,
    },
    /// Declares items at the border.
    Declare {
        /// Their list ([`EntryBody::Item`]).
        list: EntryList,
        /// Root of private fields (declaration number, port), if any.
        private: Option<Hash>,
    },
    /// States the result of an inspection.
    Inspect {
        /// The items.
        list: EntryList,
        /// The result.
        result: InspectionResult,
        /// Root of private fields (report, hash of the video), if any.
        private: Option<Hash>,
    },
    /// Releases items from the border.
    Release {
        /// The items.
        list: EntryList,
    },
    /// Offers an item.
    Offer {
        /// The terms.
        terms: HandoverTerms,
    },
    /// Accepts an offer; custody moves.
    Accept {
        /// The item.
        item: ItemId,
        /// Hash of the offered terms.
        terms: Hash,
        /// The point of custody, as in the terms.
        at: CustodyPoint,
    },
    /// Refuses an offer.
    Refuse {
        /// The item.
        item: ItemId,
        /// Hash of the offered terms.
        terms: Hash,
        /// Why.
        reason: Text<256>,
    },
    /// Withdraws an offer.
    Withdraw {
        /// The item.
        item: ItemId,
        /// Hash of the offered terms.
        terms: Hash,
    },
    /// Hands an item over face to face, both signing one transaction; custody moves.
    Handover {
        /// The terms.
        terms: HandoverTerms,
    },
    /// Uses some or all of an item.
    Use {
        /// The item.
        item: ItemId,
        /// The point of custody it builds on.
        at: CustodyPoint,
        /// How much.
        quantity: Quantity,
        /// Root of private fields (project, person in charge), if any.
        private: Option<Hash>,
    },
    /// Disposes of some or all of an item, countersigned by the competent agency.
    Dispose {
        /// The item.
        item: ItemId,
        /// The point of custody it builds on.
        at: CustodyPoint,
        /// How much.
        quantity: Quantity,
        /// Root of private fields (manner, certificate), if any.
        private: Option<Hash>,
    },
    /// Places a hold.
    PlaceHold {
        /// The item.
        item: ItemId,
        /// Why.
        reason: Text<256>,
    },
    /// Lifts a hold.
    LiftHold {
        /// The item.
        item: ItemId,
        /// Number of the event that placed it.
        placed: u64,
    },
}

/// The kind of an operation, without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Act {
    /// See [`Operation::RegisterOrg`].
    RegisterOrg,
    /// See [`Operation::RegisterKey`].
    RegisterKey,
    /// See [`Operation::RotateKey`].
    RotateKey,
    /// See [`Operation::EndKey`].
    EndKey,
    /// See [`Operation::RegisterNode`].
    RegisterNode,
    /// See [`Operation::EndNode`].
    EndNode,
    /// See [`Operation::RegisterClass`].
    RegisterClass,
    /// See [`Operation::Register`].
    Register,
    /// See [`Operation::Declare`].
    Declare,
    /// See [`Operation::Inspect`].
    Inspect,
    /// See [`Operation::Release`].
    Release,
    /// See [`Operation::Offer`].
    Offer,
    /// See [`Operation::Accept`].
    Accept,
    /// See [`Operation::Refuse`].
    Refuse,
    /// See [`Operation::Withdraw`].
    Withdraw,
    /// See [`Operation::Handover`].
    Handover,
    /// See [`Operation::Use`].
    Use,
    /// See [`Operation::Dispose`].
    Dispose,
    /// See [`Operation::PlaceHold`].
    PlaceHold,
    /// See [`Operation::LiftHold`].
    LiftHold,
}

impl Act {
    /// All acts, in the order of their numbers.
    pub const ALL: [Act; 20] = [
        Act::RegisterOrg,
        Act::RegisterKey,
        Act::RotateKey,
        Act::EndKey,
        Act::RegisterNode,
        Act::EndNode,
        Act::RegisterClass,
        Act::Register,
        Act::Declare,
        Act::Inspect,
        Act::Release,
        Act::Offer,
        Act::Accept,
        Act::Refuse,
        Act::Withdraw,
        Act::Handover,
        Act::Use,
        Act::Dispose,
        Act::PlaceHold,
        Act::LiftHold,
    ];

    /// The word used in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Act::RegisterOrg => "register-org",
            Act::RegisterKey => "register-key",
            Act::RotateKey => "rotate-key",
            Act::EndKey => "end-key",
            Act::RegisterNode => "register-node",
            Act::EndNode => "end-node",
            Act::RegisterClass => "register-class",
            Act::Register => "register",
            Act::Declare => "declare",
            Act::Inspect => "inspect",
            Act::Release => "release",
            Act::Offer => "offer",
            Act::Accept => "accept",
            Act::Refuse => "refuse",
            Act::Withdraw => "withdraw",
            Act::Handover => "handover",
            Act::Use => "use",
            Act::Dispose => "dispose",
            Act::PlaceHold => "place-hold",
            Act::LiftHold => "lift-hold",
        }
    }
}

impl Operation {
    /// Its kind.
    pub fn act(&self) -> Act {
        match self {
            Operation::RegisterOrg { .. } => Act::RegisterOrg,
            Operation::RegisterKey { .. } => Act::RegisterKey,
            Operation::RotateKey { .. } => Act::RotateKey,
            Operation::EndKey { .. } => Act::EndKey,
            Operation::RegisterNode { .. } => Act::RegisterNode,
            Operation::EndNode { .. } => Act::EndNode,
            Operation::RegisterClass { .. } => Act::RegisterClass,
            Operation::Register { .. } => Act::Register,
            Operation::Declare { .. } => Act::Declare,
            Operation::Inspect { .. } => Act::Inspect,
            Operation::Release { .. } => Act::Release,
            Operation::Offer { .. } => Act::Offer,
            Operation::Accept { .. } => Act::Accept,
            Operation::Refuse { .. } => Act::Refuse,
            Operation::Withdraw { .. } => Act::Withdraw,
            Operation::Handover { .. } => Act::Handover,
            Operation::Use { .. } => Act::Use,
            Operation::Dispose { .. } => Act::Dispose,
            Operation::PlaceHold { .. } => Act::PlaceHold,
            Operation::LiftHold { .. } => Act::LiftHold,
        }
    }

    /// The entry list of an operation over many items.
    pub fn list(&self) -> Option<&EntryList> {
        match self {
            Operation::Register { list }
            | Operation::Declare { list, .. }
            | Operation::Inspect { list, .. }
            | Operation::Release { list } => Some(list),
            _ => None,
        }
    }

    /// The item of an operation on a single one, and the point of custody it builds on, if it is bound to one.
    pub fn subject(&self) -> Option<(ItemId, Option<CustodyPoint>)> {
        match self {
            Operation::Offer { terms } | Operation::Handover { terms } => Some((terms.item, Some(terms.at))),
            Operation::Accept { item, at, .. }
            | Operation::Use { item, at, .. }
            | Operation::Dispose { item, at, .. } => Some((*item, Some(*at))),
            Operation::Refuse { item, .. }
            | Operation::Withdraw { item, .. }
            | Operation::PlaceHold { item, .. }
            | Operation::LiftHold { item, .. } => Some((*item, None)),
            _ => None,
        }
    }

    /// Root of the private fields that the operation itself names; a registration's stand in its entries.
    pub fn private(&self) -> Option<Hash> {
        match self {
            Operation::Declare { private, .. }
            | Operation::Inspect { private, .. }
            | Operation::Use { private, .. }
            | Operation::Dispose { private, .. } => *private,
            Operation::Offer { terms } | Operation::Handover { terms } => terms.private,
            Operation::RegisterOrg { .. }
            | Operation::RegisterKey { .. }
            | Operation::RotateKey { .. }
            | Operation::EndKey { .. }
            | Operation::RegisterNode { .. }
            | Operation::EndNode { .. }
            | Operation::RegisterClass { .. }
            | Operation::Register { .. }
            | Operation::Release { .. }
            | Operation::Accept { .. }
            | Operation::Refuse { .. }
            | Operation::Withdraw { .. }
            | Operation::PlaceHold { .. }
            | Operation::LiftHold { .. } => None,
        }
    }
}
