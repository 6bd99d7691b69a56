//! The certified state: keys, reading, and the changes of a block.

use crate::{
    codec::{self, CodecError},
    hash::Hash,
    id::{AlertId, ClassId, DutyId, GrantId, ItemId, KeyId, NetworkId, OrgId, TxId},
    operation::GrantKind,
    tag,
    text::Text,
    time::Timestamp,
};
use bincode::{Decode, Encode};
use std::collections::BTreeMap;

/// Key of a record. Its position in the state tree is the hash of its canonical bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum StateKey {
    /// [`crate::genesis::ChainParams`].
    Params,
    /// A [`crate::policy::PolicyPack`], by its hash.
    Pack(Hash),
    /// [`crate::record::PackInForce`].
    PackInForce,
    /// [`crate::record::ValidatorsRecord`].
    Validators,
    /// [`crate::record::HistoryRecord`].
    History,
    /// [`crate::record::OrgRecord`].
    Org(OrgId),
    /// [`crate::record::KeyRecord`].
    Key(KeyId),
    /// [`crate::record::NodeRecord`], by the ed25519 key of the transport identity.
    Node([u8; 32]),
    /// [`crate::record::ClassRecord`].
    Class(ClassId),
    /// [`crate::record::ItemRecord`].
    Item(ItemId),
    /// [`crate::record::CodeRecord`], by [`code_hash`].
    Code(Hash),
    /// [`crate::record::FeedRecord`].
    Feed(OrgId),
    /// Height of a transaction that has not expired yet; removed when it has.
    Seen {
        /// Its expiry.
        expires: Timestamp,
        /// Its identity.
        tx: TxId,
    },
    /// [`crate::record::RegisterRecord`], by [`crate::operation::NewEntry::place`].
    Register(Hash),
    /// [`crate::record::EntryRecord`].
    Entry {
        /// Its place.
        place: Hash,
        /// Its number there, from 1.
        n: u64,
    },
    /// [`crate::record::GrantRecord`].
    Grant(GrantId),
    /// [`crate::record::GrantHead`]; a filing stands in the list of its counterpart too.
    GrantHead(OrgId, GrantKind),
    /// [`crate::record::DutyRecord`].
    Duty(DutyId),
    /// [`crate::record::ProposalRecord`], by its transaction.
    Proposal(TxId),
    /// [`crate::record::AlertRecord`].
    Alert(AlertId),
    /// [`crate::record::Due`]; removed when it was handled or became void.
    Due {
        /// When.
        at: Timestamp,
        /// [`crate::record::Due::id`].
        id: Hash,
    },
    /// [`crate::record::SeatChangeRecord`], numbered from 1.
    SeatChange(u32),
    /// [`crate::record::AuditRecord`], numbered from 1.
    Audit(u64),
    /// How many lines the audit trail has, a u64.
    Audits,
    /// By how many milliseconds the clock of a test network is ahead, a u64; test networks only.
    TestClock,
    /// The [`GrantId`] that was granted under a number: one of its kind, for ever.
    GrantNumber(GrantKind, Text<32>),
    /// [`crate::record::SharesRecord`]; removed when no share is left.
    Shares(ItemId),
    /// [`crate::record::SealKeyRecord`].
    SealKey(OrgId),
    /// [`crate::record::NetworkRecord`]: another network that is admitted here.
    Network(NetworkId),
    /// [`crate::record::DepartureRecord`]; never removed.
    Departure(ItemId),
    /// The [`ItemId`] here of an item that has landed from another network, by that network and its identity there; never
    /// removed.
    Landed(NetworkId, ItemId),
}

impl StateKey {
    /// Position in the state tree.
    pub fn hash(&self) -> Hash {
        Hash::of(&tag::STATE_KEY, self)
    }
}

/// Key of the record of a code.
pub fn code_hash(code: &gs1::ItemCode) -> Hash {
    Hash::of(&tag::CODE, code)
}

/// Largest record, in bytes.
pub const MAX_RECORD_BYTES: usize = 1024 * 1024;

/// A local fault while reading: it stops the node, it never becomes a verdict on a block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The storage failed or found bytes that are not what was written.
    #[error("read the state: {detail}")]
    Storage {
        /// What the storage says.
        detail: String,
    },
    /// A record does not decode.
    #[error("read a record: {0}")]
    Record(#[from] CodecError),
}

/// The state after a certified block.
pub trait StateRead {
    /// Bytes of a record.
    fn read(&self, key: &StateKey) -> Result<Option<Vec<u8>>, ReadError>;

    /// Transactions remembered whose expiry is at or before `until`, by (expiry, identity), at most `limit`.
    fn expired(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, TxId)>, ReadError>;

    /// What is due at or before `until`, by (time, identity), at most `limit`.
    fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, Hash)>, ReadError>;

    /// A decoded record.
    fn record<T: codec::Canonical>(&self, key: &StateKey) -> Result<Option<T>, ReadError>
    where
        Self: Sized,
    {
        match self.read(key)? {
            Some(bytes) => Ok(Some(codec::decode(&bytes, MAX_RECORD_BYTES)?)),
            None => Ok(None),
        }
    }
}

/// Changes to the state: new bytes of a record, or its removal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteSet {
    changes: BTreeMap<StateKey, Option<Vec<u8>>>,
}

impl WriteSet {
    /// Writes a record.
    pub fn put<T: Encode>(&mut self, key: StateKey, record: &T) {
        self.changes.insert(key, Some(codec::encode(record)));
    }

    /// Removes a record.
    pub fn remove(&mut self, key: StateKey) {
        self.changes.insert(key, None);
    }

    /// What is written for a key, if anything.
    pub fn change(&self, key: &StateKey) -> Option<&Option<Vec<u8>>> {
        self.changes.get(key)
    }

    /// Takes a change back: what was written for the key before, if anything.
    pub fn restore(&mut self, key: StateKey, before: Option<Option<Vec<u8>>>) {
        match before {
            Some(change) => self.changes.insert(key, change),
            None => self.changes.remove(&key),
        };
    }

    /// All changes, by key.
    pub fn changes(&self) -> impl Iterator<Item = (&StateKey, &Option<Vec<u8>>)> {
        self.changes.iter()
    }

    /// Number of changes.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// A state in memory, for tests and for genesis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryState {
    records: BTreeMap<StateKey, Vec<u8>>,
}

impl MemoryState {
    /// Applies changes.
    pub fn apply(&mut self, writes: &WriteSet) {
        for (key, change) in writes.changes() {
            match change {
                Some(bytes) => self.records.insert(key.clone(), bytes.clone()),
                None => self.records.remove(key),
            };
        }
    }

    /// Root of the state tree.
    pub fn root(&self) -> Hash {
        crate::tree::root_of(&self.leaves(), 0)
    }

    /// All leaves, (key hash, value hash), sorted.
    pub fn leaves(&self) -> Vec<(Hash, Hash)> {
        let mut leaves: Vec<_> = self.records.iter().map(|(k, v)| (k.hash(), crate::tree::value(v))).collect();
        leaves.sort();
        leaves
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

impl StateRead for MemoryState {
    fn read(&self, key: &StateKey) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self.records.get(key).cloned())
    }

    fn expired(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, TxId)>, ReadError> {
        let from = StateKey::Seen { expires: Timestamp(0), tx: TxId::default() };
        Ok(self
            .records
            .range(from..)
            .map_while(|(key, _)| match key {
                StateKey::Seen { expires, tx } if *expires <= until => Some((*expires, *tx)),
                _ => None,
            })
            .take(limit)
            .collect())
    }

    fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, Hash)>, ReadError> {
        let from = StateKey::Due { at: Timestamp(0), id: Hash::default() };
        Ok(self
            .records
            .range(from..)
            .map_while(|(key, _)| match key {
                StateKey::Due { at, id } if *at <= until => Some((*at, *id)),
                _ => None,
            })
            .take(limit)
            .collect())
    }
}
