//! Facts that are anchored, ways of deriving, and what quantities are booked as.

use super::CustodyPoint;
use crate::{hash::Hash, id::ItemId, time::Timestamp, words};
use bincode::{Decode, Encode};
use gs1::Quantity;

words! {
    /// How items are made out of items.
    pub enum DeriveKind {
        /// One lot into several of the same class and code.
        "split" Split,
        /// Several of one class and code into one.
        "merge" Merge,
        /// Something else out of them.
        "manufacture" Manufacture,
    }
}

impl DeriveKind {
    /// Whether so many items become so many: a split is of one, a merge of several into one.
    pub fn joins(self, parents: usize, children: usize) -> bool {
        match self {
            DeriveKind::Split => parents == 1,
            DeriveKind::Merge => parents > 1 && children == 1,
            DeriveKind::Manufacture => true,
        }
    }
}

words! {
    /// What a quantity that is no longer on hand is booked as.
    pub enum Bucket {
        /// Used.
        "used" Used,
        /// Waste.
        "wasted" Wasted,
        /// Lost or stolen.
        "lost" Lost,
    }
}

/// An item that goes into a derivation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Input {
    /// The item.
    pub item: ItemId,
    /// Its point of custody.
    pub at: CustodyPoint,
    /// How much of it goes in.
    pub quantity: Quantity,
}

words! {
    /// What a series measures.
    pub enum Telemetry {
        /// Temperature, in thousandths of a degree Celsius.
        "temperature" Temperature,
        /// Position.
        "position" Position,
    }
}

/// A fact about an item.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Note {
    /// What the holder counted himself.
    SelfCheck {
        /// How much there is.
        counted: Quantity,
        /// Hash of the report.
        report: Hash,
    },
    /// A series of readings.
    Telemetry {
        /// What is measured.
        kind: Telemetry,
        /// Root of the Merkle list of the salted readings.
        root: Hash,
        /// How many.
        count: u32,
        /// Time of the first.
        from: Timestamp,
        /// Time of the last.
        to: Timestamp,
        /// Least value (temperature: thousandths of a degree Celsius; position: 0).
        min: i32,
        /// Greatest value.
        max: i32,
    },
    /// An expert's report.
    Expert {
        /// Hash of the report.
        report: Hash,
    },
    /// Another document.
    Document {
        /// Its hash.
        root: Hash,
    },
}

impl Note {
    /// The word used in JSON and on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Note::SelfCheck { .. } => "self-check",
            Note::Telemetry { .. } => "telemetry",
            Note::Expert { .. } => "expert",
            Note::Document { .. } => "document",
        }
    }
}
