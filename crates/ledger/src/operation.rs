//! What a transaction asks for: one typed operation.

mod entry;
mod terms;

use crate::{
    crypto::Signature,
    hash::Hash,
    id::{ClassId, ItemId, KeyId, OrgId},
    record::{ClassProfile, KeyEndReason, OrgProfile},
    text::Text,
};
use bincode::{Decode, Encode};
pub use entry::{Entry, EntryBody, EntryList, InspectionResult, KeyClaim, Registration};
use gs1::{HsCode, Quantity};
pub use terms::{CustodyPoint, HandoverTerms};

/// Makes the operations and their kinds, each with its word.
macro_rules! operations {
    ($(#[$whole:meta])* pub enum Operation { $(
        $(#[$about:meta])*
        $word:literal $name:ident { $( $(#[$meaning:meta])* $field:ident: $ty:ty, )+ },
    )* }) => {
        $(#[$whole])*
        pub enum Operation {
            $( $(#[$about])* $name { $( $(#[$meaning])* $field: $ty, )+ }, )*
        }

        /// The kind of an operation, without its content.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        pub enum Act {
            $( #[doc = concat!("See [`Operation::", stringify!($name), "`].")] $name, )*
        }

        impl Act {
            /// All acts, in the order of their numbers.
            pub const ALL: [Act; [$( $word ),*].len()] = [$( Act::$name ),*];

            /// The word used in JSON and on the command line.
            pub fn name(self) -> &'static str {
                match self { $( Act::$name => $word, )* }
            }
        }

        impl Operation {
            /// Its kind.
            pub fn act(&self) -> Act {
                match self { $( Operation::$name { .. } => Act::$name, )* }
            }
        }
    };
}

operations! {
    /// What a transaction asks for. Numbers of variants are stable until the first release and append-only after it.
    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
    pub enum Operation {
        /// Registers an organisation.
        "register-org" RegisterOrg {
            /// Its public facts.
            profile: OrgProfile,
        },
        /// Registers a person's key.
        "register-key" RegisterKey {
            /// The organisation it belongs to.
            org: OrgId,
            /// The key.
            claim: KeyClaim,
        },
        /// Replaces a key by a new one of the same person and roles; signed by the old one.
        "rotate-key" RotateKey {
            /// The key that retires.
            old: KeyId,
            /// The new key.
            claim: KeyClaim,
        },
        /// Ends a key.
        "end-key" EndKey {
            /// The key.
            key: KeyId,
            /// Why.
            reason: KeyEndReason,
        },
        /// Registers a node's transport identity.
        "register-node" RegisterNode {
            /// The organisation that runs it.
            org: OrgId,
            /// ed25519 public key of its transport identity, not yet checked.
            peer: [u8; 32],
            /// Signature by that key over [`crate::crypto::peer_possession`].
            possession: Signature,
        },
        /// Ends a node's transport identity.
        "end-node" EndNode {
            /// The identity.
            peer: [u8; 32],
            /// Why.
            reason: KeyEndReason,
        },
        /// Registers an item class.
        "register-class" RegisterClass {
            /// What it is.
            profile: ClassProfile,
        },
        /// Registers items.
        "register" Register {
            /// Their list ([`EntryBody::Registration`]).
            list: EntryList,
        },
        /// Declares items at the border.
        "declare" Declare {
            /// Their list ([`EntryBody::Item`]).
            list: EntryList,
            /// Root of private fields (declaration number, port), if any.
            private: Option<Hash>,
        },
        /// States the result of an inspection.
        "inspect" Inspect {
            /// The items.
            list: EntryList,
            /// The result.
            result: InspectionResult,
            /// Root of private fields (report, hash of the video), if any.
            private: Option<Hash>,
        },
        /// Releases items from the border.
        "release" Release {
            /// The items.
            list: EntryList,
        },
        /// Offers an item.
        "offer" Offer {
            /// The terms.
            terms: HandoverTerms,
        },
        /// Accepts an offer; custody moves.
        "accept" Accept {
            /// The item.
            item: ItemId,
            /// Hash of the offered terms.
            terms: Hash,
            /// The point of custody, as in the terms.
            at: CustodyPoint,
        },
        /// Refuses an offer.
        "refuse" Refuse {
            /// The item.
            item: ItemId,
            /// Hash of the offered terms.
            terms: Hash,
            /// Why.
            reason: Text<256>,
        },
        /// Withdraws an offer.
        "withdraw" Withdraw {
            /// The item.
            item: ItemId,
            /// Hash of the offered terms.
            terms: Hash,
        },
        /// Hands an item over face to face, both signing one transaction; custody moves.
        "handover" Handover {
            /// The terms.
            terms: HandoverTerms,
        },
        /// Uses some or all of an item.
        "use" Use {
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
        "dispose" Dispose {
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
        "place-hold" PlaceHold {
            /// The item.
            item: ItemId,
            /// Why.
            reason: Text<256>,
        },
        /// Lifts a hold.
        "lift-hold" LiftHold {
            /// The item.
            item: ItemId,
            /// Number of the event that placed it.
            placed: u64,
        },
        /// Asserts the HS code of a class in one jurisdiction and edition, from now on.
        "assert-hs" AssertHs {
            /// The class.
            class: ClassId,
            /// The code.
            hs: HsCode,
        },
    }
}

impl Operation {
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
            | Operation::AssertHs { .. }
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
