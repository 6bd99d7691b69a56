//! Which act is possible in which state: one table for the rules that execute and the verifier that replays.

use crate::{
    bounds::{MAX_IDLE_EVENTS, MAX_ITEM_EVENTS},
    operation::Act,
    record::Lifecycle::{self, *},
};

/// What an act asks of an item.
pub(super) struct Row {
    /// States in which it is possible.
    pub(super) from: &'static [Lifecycle],
    /// Only the custodian's organisation does it.
    pub(super) custodian: bool,
    /// Possible under a hold (R28).
    pub(super) held: bool,
    /// Possible while it is packed.
    pub(super) packed: bool,
    /// Possible for a logistic unit.
    pub(super) unit: bool,
    /// Custody moves, or is about to: nothing inside may be held.
    pub(super) custody: bool,
    /// A unit must be empty.
    pub(super) empty: bool,
}

const NONE: Row =
    Row { from: &[], custodian: false, held: false, packed: false, unit: false, custody: false, empty: false };

/// At rest, released, with somebody who may use it.
const FREE: &[Lifecycle] = &[Released, Stored, InUse];
/// Wherever it is under the border's eyes, before release.
const BORDER: &[Lifecycle] =
    &[Declared, DeclarationExempt, AtPort, Inspecting, TestPending, InspectionExempt, Inspected, Failed];
/// What can be handed over.
const HANDED: &[Lifecycle] = &[Released, Stored, InUse, InTransit, Waste, WasteInTransit, Exited];
/// What can be disposed of.
const DISPOSABLE: &[Lifecycle] = &[
    Declared,
    AtPort,
    Inspecting,
    TestPending,
    Inspected,
    Failed,
    Released,
    InTransit,
    Stored,
    InUse,
    Waste,
    WasteInTransit,
];
/// As long as there is something.
const LIVE: &[Lifecycle] = &[
    Registered,
    Permitted,
    Declared,
    DeclarationExempt,
    AtPort,
    Inspecting,
    TestPending,
    InspectionExempt,
    Inspected,
    Failed,
    Released,
    InTransit,
    Stored,
    InUse,
    Waste,
    WasteInTransit,
    Exited,
    ReceivedAbroad,
];
const ANY: &[Lifecycle] = &Lifecycle::ALL;

/// The row of an act; none for acts that are not on existing items.
pub(super) fn row(act: Act) -> Option<&'static Row> {
    const fn by_custodian(from: &'static [Lifecycle]) -> Row {
        Row { from, custodian: true, ..NONE }
    }
    const fn by_agency(from: &'static [Lifecycle]) -> Row {
        Row { from, ..NONE }
    }
    Some(match act {
        Act::Assign => &const { by_custodian(&[Registered, Permitted, Released, Stored, InUse]) },
        Act::Declare => &const { by_custodian(&[Registered, Permitted]) },
        Act::Arrive => &const { by_agency(&[Declared]) },
        Act::OrderInspection => &const { by_agency(&[Declared, AtPort]) },
        Act::Inspect => &const { by_agency(&[Declared, AtPort, Inspecting, TestPending]) },
        Act::Test => &const { by_agency(&[TestPending]) },
        Act::Release => &const { by_agency(&[Inspected, InspectionExempt, DeclarationExempt]) },
        Act::Return => &const { by_agency(BORDER) },
        Act::Destroy => &const { Row { held: true, ..by_agency(BORDER) } },
        Act::Exit => &const { Row { packed: true, ..by_agency(&[Released, InTransit, Stored]) } },
        Act::Offer | Act::Handover => &const { Row { unit: true, custody: true, ..by_custodian(HANDED) } },
        Act::Accept => &const { Row { unit: true, custody: true, ..by_agency(HANDED) } },
        Act::Refuse => &const { Row { held: true, packed: true, unit: true, ..by_agency(ANY) } },
        Act::Withdraw => &const { Row { held: true, packed: true, unit: true, ..by_custodian(ANY) } },
        Act::Store => &const { Row { unit: true, ..by_custodian(&[Released, InTransit, Stored, InUse]) } },
        Act::Use => &const { by_custodian(FREE) },
        Act::Waste => &const { by_custodian(FREE) },
        Act::Dispose => &const { Row { held: true, unit: true, empty: true, ..by_custodian(DISPOSABLE) } },
        Act::Lose => &const { by_custodian(&[Released, Stored, InUse, InTransit, Waste, WasteInTransit, Exited]) },
        Act::Correct => &const { by_custodian(&[Released, Stored, InUse, Waste, Consumed, Lost]) },
        Act::Derive => &const { by_custodian(FREE) },
        Act::Note | Act::PlaceHold | Act::LiftHold => {
            &const { Row { held: true, packed: true, unit: true, ..by_agency(LIVE) } }
        }
        Act::Pack => &const { Row { unit: true, ..by_custodian(&[Released, Stored, InUse, InTransit, Exited]) } },
        Act::Unpack => &const { Row { held: true, packed: true, unit: true, ..UNPACKED } },
        Act::Report => &const { by_agency(&[ReceivedAbroad]) },
        Act::Depart => &const { Row { unit: true, empty: true, ..by_custodian(&[Released, InTransit, Stored]) } },
        Act::RegisterOrg
        | Act::RegisterKey
        | Act::RotateKey
        | Act::EndKey
        | Act::RegisterNode
        | Act::EndNode
        | Act::RegisterClass
        | Act::AssertHs
        | Act::Register
        | Act::Apply
        | Act::Pause
        | Act::Resume
        | Act::Decide
        | Act::Cancel
        | Act::Demand
        | Act::Answer
        | Act::Enact
        | Act::Propose
        | Act::Approve
        | Act::Retract
        | Act::CloseAlert
        | Act::AdvanceClock
        | Act::Anchor
        | Act::Share
        | Act::EndShare
        | Act::SetSealKey
        | Act::Land => return None,
    })
}

/// How many events an item may have before an act makes another one; none where there is no such bound: agencies hold what
/// they must, and an item can always be ended.
pub(super) fn most_events(act: Act) -> Option<u64> {
    match act {
        Act::Note | Act::Offer | Act::Withdraw | Act::Refuse | Act::Store | Act::Correct => Some(MAX_IDLE_EVENTS),
        Act::Assign
        | Act::Declare
        | Act::Arrive
        | Act::OrderInspection
        | Act::Inspect
        | Act::Test
        | Act::Release
        | Act::Exit
        | Act::Accept
        | Act::Handover
        | Act::Use
        | Act::Waste
        | Act::Lose
        | Act::Derive
        | Act::Pack
        | Act::Unpack => Some(MAX_ITEM_EVENTS),
        Act::PlaceHold | Act::LiftHold | Act::Dispose | Act::Destroy | Act::Return | Act::Report | Act::Depart => None,
        Act::RegisterOrg
        | Act::RegisterKey
        | Act::RotateKey
        | Act::EndKey
        | Act::RegisterNode
        | Act::EndNode
        | Act::RegisterClass
        | Act::AssertHs
        | Act::Register
        | Act::Apply
        | Act::Pause
        | Act::Resume
        | Act::Decide
        | Act::Cancel
        | Act::Demand
        | Act::Answer
        | Act::Enact
        | Act::Propose
        | Act::Approve
        | Act::Retract
        | Act::CloseAlert
        | Act::AdvanceClock
        | Act::Anchor
        | Act::Share
        | Act::EndShare
        | Act::SetSealKey
        | Act::Land => None,
    }
}

/// What comes out is held by whoever holds the unit, whatever its own record says; that is judged with the unit.
const UNPACKED: Row = Row { from: LIVE, ..NONE };
