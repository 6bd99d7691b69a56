//! Entries of registries: dated, signed, never deleted.

use super::Stamp;
use crate::{
    event::Decision,
    id::{KeyId, OrgId, TxId},
    operation::{EndWhy, NewEntry},
    record::Role,
    time::Timestamp,
};
use bincode::{Decode, Encode};

/// The head of the entries of one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RegisterRecord {
    /// How many entries there are; they are numbered from 1.
    pub count: u64,
}

/// Who signed something, by which transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Signed {
    /// For which organisation.
    pub org: OrgId,
    /// With which key.
    pub key: KeyId,
    /// In which capacity.
    pub role: Role,
    /// By which transaction.
    pub tx: TxId,
}

/// The end of an entry before its time.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EntryEnd {
    /// When.
    pub at: Stamp,
    /// Why.
    pub why: EndWhy,
    /// Who signed it; nobody where a later entry replaced it.
    pub by: Vec<Signed>,
    /// Under which rule.
    pub decision: Decision,
}

/// An entry of a registry. What it says never changes; only its end is added.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EntryRecord {
    /// What it says.
    pub entry: NewEntry,
    /// Who signed it.
    pub by: Vec<Signed>,
    /// When it was made.
    pub at: Stamp,
    /// Under which rule.
    pub decision: Decision,
    /// Its end.
    pub end: Option<EntryEnd>,
}

impl EntryRecord {
    /// Whether it is in force at a time: not ended, and within its dates.
    pub fn in_force(&self, at: Timestamp) -> bool {
        self.end.is_none() && self.entry.from <= at && self.entry.to.is_none_or(|to| at < to)
    }
}
