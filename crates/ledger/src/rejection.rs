//! Refusals by a rule. They are consensus: a refused transaction stands in its block with its [`Rejection`].

use crate::{
    id::{ItemId, KeyId, OrgId},
    operation::{Act, CustodyPoint},
    record::{Lifecycle, Role},
    text::Text,
    time::Timestamp,
};
use bincode::{Decode, Encode};

/// Why a rule refuses an act. Append-only; the code is what users and programs see.
///
/// Precedence: the keys of the signers, the signers, competence, the existence of what is acted on, the point of
/// custody, the custodian, the state, holds, offers, and last quantities.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Rejection {
    /// A signer's key is compromised.
    KeyCompromised {
        /// The key.
        key: KeyId,
    },
    /// A signer's key was retired and its signatures are no longer honoured.
    KeyRetired {
        /// The key.
        key: KeyId,
    },
    /// The key belongs to another organisation than the one it signs for.
    KeyForeign {
        /// The key.
        key: KeyId,
        /// The organisation named.
        org: OrgId,
    },
    /// The key may not sign in this capacity.
    RoleNotHeld {
        /// The key.
        key: KeyId,
        /// The capacity.
        role: Role,
    },
    /// The key is registered already; a key belongs to one person, one organisation and one use.
    KeyTaken {
        /// The key.
        key: KeyId,
    },
    /// The key is not canonical, or of small or mixed order.
    KeyUnusable,
    /// The proof of possession does not hold.
    PossessionInvalid,
    /// The key to be ended or rotated is not registered, or has ended.
    KeyUnknown {
        /// The key.
        key: KeyId,
    },
    /// A new key must keep the person and the roles of the old one.
    RotationChanges,
    /// The organisation is not registered.
    OrgUnknown {
        /// The organisation.
        org: OrgId,
    },
    /// The organisation is registered already.
    OrgTaken {
        /// The organisation.
        org: OrgId,
    },
    /// An agency is made at genesis or by vote, never by registration.
    AgencyByRegistration,
    /// The signers are not those that the act needs.
    SignersWrong {
        /// The act.
        act: Act,
    },
    /// The agency that signs is not competent for the act.
    NotCompetent {
        /// The act.
        act: Act,
        /// The agency.
        org: OrgId,
    },
    /// The transport identity is registered already.
    NodeTaken,
    /// The transport identity is not registered, or has ended.
    NodeUnknown,
    /// A validator's transport identity changes with its seat only.
    NodeIsValidator,
    /// No item has this identity.
    ItemUnknown {
        /// The item.
        item: ItemId,
    },
    /// The class is not registered.
    ClassUnknown,
    /// The class is registered already.
    ClassTaken,
    /// The code of the item is not of its class.
    CodeNotOfClass,
    /// The policy pack has no such grade.
    GradeUnknown {
        /// The grade.
        grade: Text<8>,
    },
    /// One list names an item or a code twice.
    EntryRepeated {
        /// Index of the second.
        index: u32,
    },
    /// The signer's organisation does not hold the item.
    NotCustodian {
        /// The item.
        item: ItemId,
        /// Who holds it.
        custodian: OrgId,
    },
    /// The act is not allowed in the state that the item is in.
    StateForbids {
        /// The item.
        item: ItemId,
        /// The act.
        act: Act,
        /// Its state.
        state: Lifecycle,
    },
    /// The item is held.
    Held {
        /// The item.
        item: ItemId,
        /// By which agency.
        by: OrgId,
    },
    /// Custody has moved on: another act won.
    CustodyMoved {
        /// The item.
        item: ItemId,
        /// The point that the act builds on.
        asked: CustodyPoint,
        /// The point that the item is at.
        found: CustodyPoint,
    },
    /// An earlier offer waits for its answer.
    OfferPending {
        /// The item.
        item: ItemId,
        /// To whom.
        receiver: OrgId,
        /// Until when.
        expires: Timestamp,
    },
    /// No such offer waits for an answer.
    OfferUnknown {
        /// The item.
        item: ItemId,
    },
    /// The offer expired.
    OfferExpired {
        /// The item.
        item: ItemId,
        /// When.
        expires: Timestamp,
    },
    /// The terms name another network, or more time than is allowed.
    TermsInvalid,
    /// Giver and receiver are one organisation.
    ReceiverIsGiver,
    /// The offer is made to somebody else.
    NotReceiver {
        /// The item.
        item: ItemId,
        /// To whom it is offered.
        receiver: OrgId,
    },
    /// More than there is on hand.
    QuantityExceeded {
        /// The item.
        item: ItemId,
        /// On hand, in the smallest steps of the unit.
        on_hand: u64,
        /// Asked for.
        asked: u64,
    },
    /// A quantity of nothing.
    QuantityZero,
    /// Another unit than the item's.
    UnitMismatch {
        /// The item.
        item: ItemId,
    },
    /// A serial is one piece.
    SerialNotOnePiece,
    /// No such hold.
    HoldUnknown {
        /// The item.
        item: ItemId,
        /// Number of the event that is said to have placed it.
        placed: u64,
    },
    /// The hold was placed by another agency.
    HoldNotYours {
        /// The item.
        item: ItemId,
        /// By which agency.
        by: OrgId,
    },
    /// The item has as many holds as it can have.
    HoldsFull {
        /// The item.
        item: ItemId,
    },
}

impl Rejection {
    /// Every (code, name), in order.
    pub const ALL: &'static [(&'static str, &'static str)] = &[
        ("H2101", "KeyCompromised"),
        ("H2102", "KeyRetired"),
        ("H2103", "KeyForeign"),
        ("H2104", "RoleNotHeld"),
        ("H2105", "KeyTaken"),
        ("H2106", "KeyUnusable"),
        ("H2107", "PossessionInvalid"),
        ("H2108", "KeyUnknown"),
        ("H2109", "RotationChanges"),
        ("H4001", "OrgUnknown"),
        ("H4002", "OrgTaken"),
        ("H4003", "AgencyByRegistration"),
        ("H4101", "SignersWrong"),
        ("H4103", "NotCompetent"),
        ("H4201", "NodeTaken"),
        ("H4202", "NodeUnknown"),
        ("H4203", "NodeIsValidator"),
        ("H5001", "ItemUnknown"),
        ("H5002", "ClassUnknown"),
        ("H5003", "ClassTaken"),
        ("H5004", "CodeNotOfClass"),
        ("H5005", "GradeUnknown"),
        ("H5006", "EntryRepeated"),
        ("H5101", "NotCustodian"),
        ("H5102", "StateForbids"),
        ("H5103", "Held"),
        ("H5104", "CustodyMoved"),
        ("H5105", "OfferPending"),
        ("H5106", "OfferUnknown"),
        ("H5107", "OfferExpired"),
        ("H5108", "TermsInvalid"),
        ("H5109", "ReceiverIsGiver"),
        ("H5110", "NotReceiver"),
        ("H5201", "QuantityExceeded"),
        ("H5202", "QuantityZero"),
        ("H5203", "UnitMismatch"),
        ("H5204", "SerialNotOnePiece"),
        ("H5301", "HoldUnknown"),
        ("H5302", "HoldNotYours"),
        ("H5303", "HoldsFull"),
    ];

    /// Number of the variant, its place in [`Rejection::ALL`].
    fn number(&self) -> usize {
        match self {
            Rejection::KeyCompromised { key: _ } => 0,
            Rejection::KeyRetired { key: _ } => 1,
            Rejection::KeyForeign { key: _, org: _ } => 2,
            Rejection::RoleNotHeld { key: _, role: _ } => 3,
            Rejection::KeyTaken { key: _ } => 4,
            Rejection::KeyUnusable => 5,
            Rejection::PossessionInvalid => 6,
            Rejection::KeyUnknown { key: _ } => 7,
            Rejection::RotationChanges => 8,
            Rejection::OrgUnknown { org: _ } => 9,
            Rejection::OrgTaken { org: _ } => 10,
            Rejection::AgencyByRegistration => 11,
            Rejection::SignersWrong { act: _ } => 12,
            Rejection::NotCompetent { act: _, org: _ } => 13,
            Rejection::NodeTaken => 14,
            Rejection::NodeUnknown => 15,
            Rejection::NodeIsValidator => 16,
            Rejection::ItemUnknown { item: _ } => 17,
            Rejection::ClassUnknown => 18,
            Rejection::ClassTaken => 19,
            Rejection::CodeNotOfClass => 20,
            Rejection::GradeUnknown { grade: _ } => 21,
            Rejection::EntryRepeated { index: _ } => 22,
            Rejection::NotCustodian { item: _, custodian: _ } => 23,
            Rejection::StateForbids { item: _, act: _, state: _ } => 24,
            Rejection::Held { item: _, by: _ } => 25,
            Rejection::CustodyMoved { item: _, asked: _, found: _ } => 26,
            Rejection::OfferPending { item: _, receiver: _, expires: _ } => 27,
            Rejection::OfferUnknown { item: _ } => 28,
            Rejection::OfferExpired { item: _, expires: _ } => 29,
            Rejection::TermsInvalid => 30,
            Rejection::ReceiverIsGiver => 31,
            Rejection::NotReceiver { item: _, receiver: _ } => 32,
            Rejection::QuantityExceeded { item: _, on_hand: _, asked: _ } => 33,
            Rejection::QuantityZero => 34,
            Rejection::UnitMismatch { item: _ } => 35,
            Rejection::SerialNotOnePiece => 36,
            Rejection::HoldUnknown { item: _, placed: _ } => 37,
            Rejection::HoldNotYours { item: _, by: _ } => 38,
            Rejection::HoldsFull { item: _ } => 39,
        }
    }

    /// Stable code.
    pub fn code(&self) -> &'static str {
        Rejection::ALL.get(self.number()).map_or("H5000", |(code, _)| code)
    }

    /// Name of the variant.
    pub fn name(&self) -> &'static str {
        Rejection::ALL.get(self.number()).map_or("", |(_, name)| name)
    }

    /// The fields, by name, as text.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Rejection::KeyCompromised { key } => vec![("key", key.text())],
            Rejection::KeyRetired { key } => vec![("key", key.text())],
            Rejection::KeyForeign { key, org } => vec![("key", key.text()), ("org", org.text())],
            Rejection::RoleNotHeld { key, role } => vec![("key", key.text()), ("role", role.text())],
            Rejection::KeyTaken { key } => vec![("key", key.text())],
            Rejection::KeyUnusable => vec![],
            Rejection::PossessionInvalid => vec![],
            Rejection::KeyUnknown { key } => vec![("key", key.text())],
            Rejection::RotationChanges => vec![],
            Rejection::OrgUnknown { org } => vec![("org", org.text())],
            Rejection::OrgTaken { org } => vec![("org", org.text())],
            Rejection::AgencyByRegistration => vec![],
            Rejection::SignersWrong { act } => vec![("act", act.text())],
            Rejection::NotCompetent { act, org } => vec![("act", act.text()), ("org", org.text())],
            Rejection::NodeTaken => vec![],
            Rejection::NodeUnknown => vec![],
            Rejection::NodeIsValidator => vec![],
            Rejection::ItemUnknown { item } => vec![("item", item.text())],
            Rejection::ClassUnknown => vec![],
            Rejection::ClassTaken => vec![],
            Rejection::CodeNotOfClass => vec![],
            Rejection::GradeUnknown { grade } => vec![("grade", grade.text())],
            Rejection::EntryRepeated { index } => vec![("index", index.text())],
            Rejection::NotCustodian { item, custodian } => vec![("item", item.text()), ("custodian", custodian.text())],
            Rejection::StateForbids { item, act, state } => {
                vec![("item", item.text()), ("act", act.text()), ("state", state.text())]
            }
            Rejection::Held { item, by } => vec![("item", item.text()), ("by", by.text())],
            Rejection::CustodyMoved { item, asked, found } => {
                vec![("item", item.text()), ("asked", asked.text()), ("found", found.text())]
            }
            Rejection::OfferPending { item, receiver, expires } => {
                vec![("item", item.text()), ("receiver", receiver.text()), ("expires", expires.text())]
            }
            Rejection::OfferUnknown { item } => vec![("item", item.text())],
            Rejection::OfferExpired { item, expires } => vec![("item", item.text()), ("expires", expires.text())],
            Rejection::TermsInvalid => vec![],
            Rejection::ReceiverIsGiver => vec![],
            Rejection::NotReceiver { item, receiver } => vec![("item", item.text()), ("receiver", receiver.text())],
            Rejection::QuantityExceeded { item, on_hand, asked } => {
                vec![("item", item.text()), ("on_hand", on_hand.text()), ("asked", asked.text())]
            }
            Rejection::QuantityZero => vec![],
            Rejection::UnitMismatch { item } => vec![("item", item.text())],
            Rejection::SerialNotOnePiece => vec![],
            Rejection::HoldUnknown { item, placed } => vec![("item", item.text()), ("placed", placed.text())],
            Rejection::HoldNotYours { item, by } => vec![("item", item.text()), ("by", by.text())],
            Rejection::HoldsFull { item } => vec![("item", item.text())],
        }
    }
}

/// Text of a parameter.
trait Param {
    fn text(&self) -> String;
}
macro_rules! displayed {
    ($($ty:ty),*) => { $(impl Param for $ty { fn text(&self) -> String { self.to_string() } })* };
}
displayed!(KeyId, OrgId, ItemId, u64, u32, Text<8>);
impl Param for Role {
    fn text(&self) -> String {
        self.name().into()
    }
}
impl Param for Act {
    fn text(&self) -> String {
        self.name().into()
    }
}
impl Param for Lifecycle {
    fn text(&self) -> String {
        self.name().into()
    }
}
impl Param for Timestamp {
    fn text(&self) -> String {
        self.0.to_string()
    }
}
impl Param for CustodyPoint {
    fn text(&self) -> String {
        format!("{}:{}", self.seq, self.trail)
    }
}

#[cfg(test)]
mod tests {
    use super::Rejection;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique() {
        let codes: BTreeSet<_> = Rejection::ALL.iter().map(|(c, _)| c).collect();
        assert_eq!(codes.len(), Rejection::ALL.len());
    }
}
