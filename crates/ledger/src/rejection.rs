//! Refusals by a rule. They are consensus: a refused transaction stands in its block with its [`Rejection`].

use crate::{
    id::{ItemId, KeyId, OrgId},
    operation::{Act, CustodyPoint},
    policy::Rule,
    record::{Lifecycle, Role},
    text::Text,
    time::Timestamp,
};
use bincode::{Decode, Encode};

/// Makes the enum, and with it everything that has to name each of its variants: what stands in no list cannot be
/// forgotten in one. Before a name stand its code and the number of the rule that refuses, 0 for the rule of the act.
macro_rules! rejections {
    ($(#[$whole:meta])* pub enum Rejection { $(
        $(#[$about:meta])*
        $code:literal $rule:literal $name:ident $({ $( $(#[$meaning:meta])* $field:ident: $ty:ty, )+ })?,
    )* }) => {
        $(#[$whole])*
        pub enum Rejection {
            $( $(#[$about])* $name $({ $( $(#[$meaning])* $field: $ty, )+ })?, )*
        }

        impl Rejection {
            /// Every (code, name), in order.
            pub const ALL: &'static [(&'static str, &'static str)] = &[$( ($code, stringify!($name)), )*];

            /// Stable code.
            pub fn code(&self) -> &'static str {
                match self { $( Rejection::$name { .. } => $code, )* }
            }

            /// Name of the variant.
            pub fn name(&self) -> &'static str {
                match self { $( Rejection::$name { .. } => stringify!($name), )* }
            }

            fn listed_rule(&self) -> Rule {
                match self { $( Rejection::$name { .. } => Rule($rule), )* }
            }

            /// The fields, by name, as text.
            pub fn params(&self) -> Vec<(&'static str, String)> {
                match self { $(
                    Rejection::$name $({ $( $field, )+ })? => vec![$( $( (stringify!($field), $field.text()), )+ )?],
                )* }
            }
        }
    };
}

rejections! {
    /// Why a rule refuses an act. Append-only; the code is what users and programs see.
    ///
    /// Precedence: the keys of the signers, the signers, competence, the existence of what is acted on, the point of
    /// custody, the custodian, the state, holds, offers, and last quantities.
    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
    pub enum Rejection {
        /// A signer's key is compromised.
        "H2101" 0 KeyCompromised {
            /// The key.
            key: KeyId,
        },
        /// A signer's key was retired and its signatures are no longer honoured.
        "H2102" 0 KeyRetired {
            /// The key.
            key: KeyId,
        },
        /// The key belongs to another organisation than the one it signs for.
        "H2103" 0 KeyForeign {
            /// The key.
            key: KeyId,
            /// The organisation named.
            org: OrgId,
        },
        /// The key may not sign in this capacity.
        "H2104" 0 RoleNotHeld {
            /// The key.
            key: KeyId,
            /// The capacity.
            role: Role,
        },
        /// The key is registered already; a key belongs to one person, one organisation and one use.
        "H2105" 0 KeyTaken {
            /// The key.
            key: KeyId,
        },
        /// The key is not canonical, or of small or mixed order.
        "H2106" 0 KeyUnusable,
        /// The proof of possession does not hold.
        "H2107" 0 PossessionInvalid,
        /// The key to be ended or rotated is not registered, or has ended.
        "H2108" 0 KeyUnknown {
            /// The key.
            key: KeyId,
        },
        /// A new key must keep the person and the roles of the old one.
        "H2109" 0 RotationChanges,
        /// The organisation is not registered.
        "H4001" 2 OrgUnknown {
            /// The organisation.
            org: OrgId,
        },
        /// The organisation is registered already.
        "H4002" 2 OrgTaken {
            /// The organisation.
            org: OrgId,
        },
        /// An agency is made at genesis or by vote, never by registration.
        "H4003" 0 AgencyByRegistration,
        /// The signers are not those that the act needs.
        "H4101" 0 SignersWrong {
            /// The act.
            act: Act,
        },
        /// The agency that signs is not competent for the act.
        "H4103" 0 NotCompetent {
            /// The act.
            act: Act,
            /// The agency.
            org: OrgId,
        },
        /// The transport identity is registered already.
        "H4201" 0 NodeTaken,
        /// The transport identity is not registered, or has ended.
        "H4202" 0 NodeUnknown,
        /// A validator's transport identity changes with its seat only.
        "H4203" 0 NodeIsValidator,
        /// No item has this identity.
        "H5001" 0 ItemUnknown {
            /// The item.
            item: ItemId,
        },
        /// The class is not registered.
        "H5002" 4 ClassUnknown,
        /// The class is registered already.
        "H5003" 4 ClassTaken,
        /// The code of the item is not of its class.
        "H5004" 0 CodeNotOfClass,
        /// The policy pack has no such grade.
        "H5005" 4 GradeUnknown {
            /// The grade.
            grade: Text<8>,
        },
        /// One list names an item or a code twice.
        "H5006" 0 EntryRepeated {
            /// Index of the second.
            index: u32,
        },
        /// The signer's organisation does not hold the item.
        "H5101" 0 NotCustodian {
            /// The item.
            item: ItemId,
            /// Who holds it.
            custodian: OrgId,
        },
        /// The act is not allowed in the state that the item is in.
        "H5102" 0 StateForbids {
            /// The item.
            item: ItemId,
            /// The act.
            act: Act,
            /// Its state.
            state: Lifecycle,
        },
        /// The item is held.
        "H5103" 28 Held {
            /// The item.
            item: ItemId,
            /// By which agency.
            by: OrgId,
        },
        /// Custody has moved on: another act won.
        "H5104" 0 CustodyMoved {
            /// The item.
            item: ItemId,
            /// The point that the act builds on.
            asked: CustodyPoint,
            /// The point that the item is at.
            found: CustodyPoint,
        },
        /// An earlier offer waits for its answer.
        "H5105" 0 OfferPending {
            /// The item.
            item: ItemId,
            /// To whom.
            receiver: OrgId,
            /// Until when.
            expires: Timestamp,
        },
        /// No such offer waits for an answer.
        "H5106" 0 OfferUnknown {
            /// The item.
            item: ItemId,
        },
        /// The offer expired.
        "H5107" 0 OfferExpired {
            /// The item.
            item: ItemId,
            /// When.
            expires: Timestamp,
        },
        /// The terms name another network, or more time than is allowed.
        "H5108" 0 TermsInvalid,
        /// Giver and receiver are one organisation.
        "H5109" 0 ReceiverIsGiver,
        /// The offer is made to somebody else.
        "H5110" 0 NotReceiver {
            /// The item.
            item: ItemId,
            /// To whom it is offered.
            receiver: OrgId,
        },
        /// More than there is on hand.
        "H5201" 0 QuantityExceeded {
            /// The item.
            item: ItemId,
            /// On hand, in the smallest steps of the unit.
            on_hand: u64,
            /// Asked for.
            asked: u64,
        },
        /// A quantity of nothing.
        "H5202" 0 QuantityZero,
        /// Another unit than the item's.
        "H5203" 0 UnitMismatch {
            /// The item.
            item: ItemId,
        },
        /// A serial is one piece.
        "H5204" 0 SerialNotOnePiece,
        /// No such hold.
        "H5301" 28 HoldUnknown {
            /// The item.
            item: ItemId,
            /// Number of the event that is said to have placed it.
            placed: u64,
        },
        /// The hold was placed by another agency.
        "H5302" 28 HoldNotYours {
            /// The item.
            item: ItemId,
            /// By which agency.
            by: OrgId,
        },
        /// The item has as many holds as it can have.
        "H5303" 28 HoldsFull {
            /// The item.
            item: ItemId,
        },
        /// The policy pack in force does not know the act.
        "H4104" 33 ActNotInPack {
            /// The act.
            act: Act,
        },
        /// This very code is in force for the class.
        "H5007" 0 HsInForce,
        /// The class has as many assertions as it can have.
        "H5008" 0 HsFull,
    }
}

impl Rejection {
    /// The rule that refuses; none where it is the rule of the act itself.
    pub fn rule(&self) -> Rule {
        match self {
            Rejection::StateForbids { item: _, act: _, state } => match state {
                Lifecycle::Registered => Rule(9),
                Lifecycle::Declared | Lifecycle::Inspected | Lifecycle::Failed => Rule(11),
                Lifecycle::TestPending => Rule(12),
                Lifecycle::Released | Lifecycle::Consumed | Lifecycle::Disposed => Rule::NONE,
            },
            other => other.listed_rule(),
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
