//! Kinds of events: one word for each effect, wherever it is named.

use crate::{operation::Act, words};

words! {
    /// What an event did, without its content. It stands in no bytes: it is the word for an [`super::Effect`].
    pub enum EventKind {
        /// It entered the ledger.
        "registered" Registered,
        /// It was declared at the border.
        "declared" Declared,
        /// It was inspected.
        "inspected" Inspected,
        /// It was released.
        "released" Released,
        /// It was offered.
        "offered" Offered,
        /// Custody moved.
        "moved" Moved,
        /// The receiver refused the offer.
        "offer-refused" OfferRefused,
        /// The giver withdrew the offer.
        "offer-withdrawn" OfferWithdrawn,
        /// Some of it was used.
        "used" Used,
        /// Some of it was disposed of.
        "disposed" Disposed,
        /// A hold was placed.
        "hold-placed" HoldPlaced,
        /// A hold was lifted.
        "hold-lifted" HoldLifted,
        /// It was put under a permit.
        "assigned" Assigned,
        /// It arrived at the port.
        "arrived" Arrived,
        /// An inspection was ordered.
        "inspection-ordered" InspectionOrdered,
        /// A laboratory tested it.
        "tested" Tested,
        /// It was sent back over the border.
        "returned" Returned,
        /// It was destroyed at the border.
        "destroyed" Destroyed,
        /// It left the country.
        "exited" Exited,
        /// It was stored.
        "stored" Stored,
        /// Some of it was set aside as waste.
        "wasted" Wasted,
        /// Some of it was lost or stolen.
        "lost" Lost,
        /// An earlier event was corrected.
        "corrected" Corrected,
        /// A fact was anchored.
        "noted" Noted,
        /// Other items were made of it.
        "derived" Derived,
        /// It was packed into a unit.
        "packed" Packed,
        /// It was taken out of a unit.
        "unpacked" Unpacked,
        /// What it holds, as a unit, changed.
        "filled" Filled,
        /// The report of a quarter told of it.
        "reported" Reported,
        /// It was closed here, for another network.
        "departed" Departed,
        /// It came from another network.
        "landed" Landed,
    }
}

impl EventKind {
    /// What an act does to the item that it is about; nothing for acts that change no item.
    pub fn of_act(act: Act) -> Option<EventKind> {
        Some(match act {
            Act::Register => EventKind::Registered,
            Act::Declare => EventKind::Declared,
            Act::Inspect => EventKind::Inspected,
            Act::Release => EventKind::Released,
            Act::Offer => EventKind::Offered,
            Act::Accept | Act::Handover => EventKind::Moved,
            Act::Refuse => EventKind::OfferRefused,
            Act::Withdraw => EventKind::OfferWithdrawn,
            Act::Use => EventKind::Used,
            Act::Dispose => EventKind::Disposed,
            Act::PlaceHold => EventKind::HoldPlaced,
            Act::LiftHold => EventKind::HoldLifted,
            Act::Assign => EventKind::Assigned,
            Act::Arrive => EventKind::Arrived,
            Act::OrderInspection => EventKind::InspectionOrdered,
            Act::Test => EventKind::Tested,
            Act::Return => EventKind::Returned,
            Act::Destroy => EventKind::Destroyed,
            Act::Exit => EventKind::Exited,
            Act::Store => EventKind::Stored,
            Act::Waste => EventKind::Wasted,
            Act::Lose => EventKind::Lost,
            Act::Correct => EventKind::Corrected,
            Act::Note => EventKind::Noted,
            Act::Derive => EventKind::Derived,
            Act::Pack => EventKind::Packed,
            Act::Unpack => EventKind::Unpacked,
            Act::Report => EventKind::Reported,
            Act::Depart => EventKind::Departed,
            Act::Land => EventKind::Landed,
            Act::RegisterOrg
            | Act::RegisterKey
            | Act::RotateKey
            | Act::EndKey
            | Act::RegisterNode
            | Act::EndNode
            | Act::RegisterClass
            | Act::AssertHs
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
            | Act::SetSealKey => return None,
        })
    }
}
