//! What no pack can change: the two halves of a handover, who speaks for custody, and that an agency takes part where the
//! law has one.

use super::{SignerNeed, SignerSet, Who};
use crate::{operation::Act, record::Role};

/// Acts of which every pack must say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// The custodian alone.
    Giver,
    /// The receiver alone.
    Taker,
    /// Both halves.
    Halves,
    /// The declarant, and whoever else.
    Declarant,
    /// The custodian, and whoever else.
    Custodian,
    /// The custodian and an agency.
    Disposal,
    /// The keys and nodes of an organisation.
    Keys,
    /// The old key.
    OldKey,
    /// The administrator of the organisation.
    Own,
    /// The custodian alone, or the one that it is shared with.
    Sharer,
    /// The custodian alone, or agencies alone.
    Landing,
    /// Agencies alone.
    Agencies,
    /// Agencies, with whoever joins.
    WithAgency,
    /// A laboratory and its tester.
    Laboratory,
    /// Both parties of a filing.
    Parties,
    /// Whoever another row names.
    ByRow,
    /// Whoever the pack says.
    Free,
}

pub(super) fn family(act: Act) -> Family {
    match act {
        Act::Offer | Act::Withdraw | Act::Share => Family::Giver,
        Act::Accept | Act::Refuse => Family::Taker,
        Act::Handover => Family::Halves,
        Act::RotateKey => Family::OldKey,
        Act::Register | Act::Declare | Act::Assign | Act::Answer => Family::Declarant,
        Act::Use | Act::Store | Act::Waste | Act::Lose | Act::Derive | Act::Pack | Act::Unpack | Act::Depart => {
            Family::Custodian
        }
        Act::EndShare => Family::Sharer,
        Act::SetSealKey => Family::Own,
        Act::Land => Family::Landing,
        Act::Dispose | Act::Correct => Family::Disposal,
        Act::RegisterKey | Act::EndKey | Act::RegisterNode | Act::EndNode => Family::Keys,
        Act::RegisterOrg
        | Act::RegisterClass
        | Act::AssertHs
        | Act::Inspect
        | Act::Release
        | Act::PlaceHold
        | Act::LiftHold
        | Act::Arrive
        | Act::Return
        | Act::Destroy
        | Act::Exit
        | Act::Demand
        | Act::CloseAlert
        | Act::AdvanceClock => Family::Agencies,
        Act::OrderInspection => Family::WithAgency,
        Act::Test => Family::Laboratory,
        Act::Report => Family::Parties,
        Act::Apply
        | Act::Pause
        | Act::Resume
        | Act::Decide
        | Act::Cancel
        | Act::Enact
        | Act::Propose
        | Act::Approve
        | Act::Retract => Family::ByRow,
        Act::Note | Act::Anchor => Family::Free,
    }
}

pub(super) fn need(role: Role, who: Who) -> SignerNeed {
    SignerNeed { role, who, many: false }
}

fn has_agency(set: &SignerSet) -> bool {
    set.iter().any(|need| need.who.is_agency())
}

impl Family {
    /// Whether a row of such an act takes no alternatives.
    pub(super) fn takes_none(self) -> bool {
        matches!(self, Family::OldKey | Family::ByRow)
    }

    /// Whether an alternative keeps what no pack can change.
    pub(super) fn allows(self, set: &SignerSet) -> bool {
        let alone = |role| *set == [need(role, Who::Principal)];
        let has = |role| set.contains(&need(role, Who::Principal)) && set.iter().all(|n| n.who != Who::Counterpart);
        match self {
            Family::Giver => alone(Role::Custodian),
            Family::Taker => alone(Role::Receiver),
            Family::Halves => {
                let halves = [need(Role::Custodian, Who::Principal), need(Role::Receiver, Who::Counterpart)];
                set.len() == halves.len() && halves.iter().all(|half| set.contains(half))
            }
            Family::OldKey | Family::ByRow => false,
            Family::Declarant => has(Role::Declarant),
            Family::Custodian => has(Role::Custodian),
            Family::Disposal => has(Role::Custodian) && has_agency(set),
            Family::Keys => alone(Role::Administrator) || set.iter().all(|n| n.who.is_agency()),
            Family::Own => alone(Role::Administrator),
            Family::Sharer => alone(Role::Custodian) || alone(Role::Receiver),
            Family::Landing => alone(Role::Custodian) || set.iter().all(|n| n.who.is_agency()),
            Family::Agencies => set.iter().all(|n| n.who.is_agency()),
            Family::WithAgency => has_agency(set) && set.iter().all(|n| n.who != Who::Counterpart),
            Family::Laboratory => has(Role::Laboratory) && has(Role::Tester),
            Family::Parties => {
                let has = |who| set.iter().any(|n| n.who == who);
                has(Who::Principal) && has(Who::Counterpart)
            }
            Family::Free => set.iter().all(|n| n.who != Who::Counterpart),
        }
    }

    /// Whether the alternatives together keep it: keys and nodes stay with their organisation, an agency's with it alone;
    /// a firm that lost its keys needs somebody who gives it new ones; and whoever shares or lands can do it by himself.
    pub(super) fn allows_row(self, any: &[SignerSet]) -> bool {
        match self {
            Family::Keys => {
                any.contains(&vec![need(Role::Administrator, Who::Principal)]) && any.iter().any(has_agency)
            }
            Family::Sharer | Family::Landing => any.contains(&vec![need(Role::Custodian, Who::Principal)]),
            _ => true,
        }
    }

    /// The same in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Family::Giver => "it takes custodian@principal and nobody else",
            Family::Taker => "it takes receiver@principal and nobody else",
            Family::Halves => "it takes custodian@principal and receiver@counterpart, the two halves",
            Family::OldKey => "the old key signs it and nobody else",
            Family::ByRow => "the row of the grant or registry says who signs it",
            Family::Declarant => "declarant@principal must be among the signers, and no counterpart",
            Family::Custodian => "custodian@principal must be among the signers, and no counterpart",
            Family::Disposal => {
                "custodian@principal and an agency (officer or countersigner) must be among the signers, and no counterpart"
            }
            Family::Keys => {
                "it takes the alternative administrator@principal, and one or more of agencies alone; agencies sign as \
                 officer or countersigner"
            }
            Family::Own => "it takes administrator@principal and nobody else",
            Family::Sharer => {
                "it takes custodian@principal, and receiver@principal for whom it is shared with, each alone"
            }
            Family::Landing => {
                "it takes custodian@principal alone, and agencies alone; agencies sign as officer or countersigner"
            }
            Family::Agencies => "agencies sign it and nobody else, as officer or countersigner",
            Family::WithAgency => {
                "an agency must be among the signers, as officer or countersigner, and no counterpart"
            }
            Family::Laboratory => "laboratory@principal and tester@principal must be among the signers",
            Family::Parties => "both parties must be among the signers: principal and counterpart",
            Family::Free => "no counterpart signs it, and agencies sign as officer or countersigner",
        }
    }
}
