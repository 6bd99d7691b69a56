//! The records of the state as resources: what is proven to somebody, or told to it in a judgement, is asked for by
//! key.

use super::{Parties, Reader, Resource, grant_parties, may_test, org_of, present, proposal_parties, visible};
use ledger::{
    GrantId, ItemId, ItemRecord, KeyRecord, OrgId, OrgRecord, StateKey, StateRead, Timestamp,
    codec::{self, Canonical},
    operation::Registry,
    record::{AlertKind, AlertRecord, CodeRecord, DutyRecord, EntryRecord, GrantRecord, NodeRecord, ProposalRecord},
    state::{MAX_RECORD_BYTES, ReadError},
};

/// A [`Resource`] with what it is judged by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owned {
    /// See [`Resource::Frame`].
    Frame,
    /// See [`Resource::Class`].
    Class,
    /// See [`Resource::Profile`].
    Profile,
    /// See [`Resource::Keys`].
    Keys {
        /// The organisation.
        owner: OrgId,
        /// Whether it is an agency.
        agency: bool,
    },
    /// See [`Resource::Feed`].
    Feed(OrgId),
    /// See [`Resource::Item`].
    Item(Parties),
    /// See [`Resource::Grant`].
    Grant(Vec<OrgId>),
    /// See [`Resource::Entry`].
    Entry {
        /// Which registry.
        registry: Registry,
        /// The organisation that it names.
        org: Option<OrgId>,
    },
    /// See [`Resource::Duty`].
    Duty(Vec<OrgId>),
    /// See [`Resource::Proposal`].
    Proposal(Vec<OrgId>),
    /// See [`Resource::Alert`].
    Alert {
        /// What it tells.
        kind: AlertKind,
        /// Organisations it concerns.
        orgs: Vec<OrgId>,
    },
    /// See [`Resource::Audit`].
    Audit,
}

impl Owned {
    /// As [`visible`] takes it.
    pub fn resource(&self) -> Resource<'_> {
        match self {
            Owned::Frame => Resource::Frame,
            Owned::Class => Resource::Class,
            Owned::Profile => Resource::Profile,
            Owned::Keys { owner, agency } => Resource::Keys { owner, agency: *agency },
            Owned::Feed(owner) => Resource::Feed { owner },
            Owned::Item(parties) => Resource::Item(parties),
            Owned::Grant(parties) => Resource::Grant { parties },
            Owned::Entry { registry, org } => Resource::Entry { registry: *registry, org: *org },
            Owned::Duty(debtors) => Resource::Duty { debtors },
            Owned::Proposal(parties) => Resource::Proposal { parties },
            Owned::Alert { kind, orgs } => Resource::Alert { kind: *kind, orgs },
            Owned::Audit => Resource::Audit,
        }
    }
}

fn read<T: Canonical>(record: Option<&[u8]>) -> Result<Option<T>, ReadError> {
    record.map(|bytes| codec::decode(bytes, MAX_RECORD_BYTES)).transpose().map_err(ReadError::from)
}

/// The resource of a record, given as its bytes in this state. Where there is none, that of its absence: to whom the
/// record would be shown by nothing but its content it is hidden, so that it is the same as one that is hidden. `now`
/// is the time of the last block.
pub fn of_key<S: StateRead>(
    key: &StateKey,
    record: Option<&[u8]>,
    state: &S,
    now: Timestamp,
) -> Result<Owned, ReadError> {
    Ok(match key {
        StateKey::Params
        | StateKey::Pack(_)
        | StateKey::PackInForce
        | StateKey::Validators
        | StateKey::History
        | StateKey::SeatChange(_)
        | StateKey::TestClock
        | StateKey::Network(_) => Owned::Frame,
        StateKey::Class(_) => Owned::Class,
        StateKey::Org(_) | StateKey::SealKey(_) => Owned::Profile,
        StateKey::Key(_) => keys(state, read::<KeyRecord>(record)?.map(|key| key.org))?,
        StateKey::Node(_) => keys(state, read::<NodeRecord>(record)?.map(|node| node.org))?,
        StateKey::Feed(org) => Owned::Feed(*org),
        StateKey::Item(id) => of_item(state, id, read(record)?, now)?,
        StateKey::Shares(item) | StateKey::Departure(item) => item_by_id(state, Some(*item), now)?,
        StateKey::Landed(_, _) => item_by_id(state, read(record)?, now)?,
        StateKey::Code(_) => match read::<CodeRecord>(record)? {
            Some(code) => item_by_id(state, Some(code.latest), now)?,
            // That nobody registered a code is told to everybody.
            None => Owned::Frame,
        },
        // All entries of a place are of one registry about one subject.
        StateKey::Register(place) => entry(state.record(&StateKey::Entry { place: *place, n: 1 })?),
        StateKey::Entry { .. } => entry(read(record)?),
        StateKey::Grant(_) => grant(read(record)?),
        StateKey::GrantHead(org, _) => Owned::Grant(vec![*org]),
        StateKey::GrantNumber(_, _) => match read::<GrantId>(record)? {
            Some(id) => grant(state.record(&StateKey::Grant(id))?),
            None => grant(None),
        },
        StateKey::Duty(_) => Owned::Duty(read::<DutyRecord>(record)?.map(|duty| duty.debtors).unwrap_or_default()),
        StateKey::Proposal(_) => match read::<ProposalRecord>(record)? {
            Some(proposal) => Owned::Proposal(proposal_parties(state, &proposal)?),
            None => Owned::Proposal(Vec::new()),
        },
        StateKey::Alert(_) => match read::<AlertRecord>(record)? {
            Some(alert) => Owned::Alert { kind: alert.kind, orgs: alert.orgs },
            None => Owned::Audit,
        },
        StateKey::Seen { .. } | StateKey::Due { .. } | StateKey::Audit(_) | StateKey::Audits => Owned::Audit,
    })
}

fn keys<S: StateRead>(state: &S, owner: Option<OrgId>) -> Result<Owned, ReadError> {
    let Some(owner) = owner else { return Ok(Owned::Audit) };
    let record: Option<OrgRecord> = state.record(&StateKey::Org(owner))?;
    Ok(Owned::Keys { owner, agency: record.is_some_and(|record| record.profile.kind.function().is_some()) })
}

fn of_item<S: StateRead>(state: &S, id: &ItemId, item: Option<ItemRecord>, now: Timestamp) -> Result<Owned, ReadError> {
    match item {
        Some(item) => Ok(Owned::Item(present(state, (id, &item), now)?)),
        None => Ok(Owned::Item(Parties::default())),
    }
}

fn item_by_id<S: StateRead>(state: &S, id: Option<ItemId>, now: Timestamp) -> Result<Owned, ReadError> {
    match id {
        Some(id) => of_item(state, &id, state.record(&StateKey::Item(id))?, now),
        None => Ok(Owned::Item(Parties::default())),
    }
}

fn grant(record: Option<GrantRecord>) -> Owned {
    Owned::Grant(record.as_ref().map(grant_parties).unwrap_or_default())
}

fn entry(record: Option<EntryRecord>) -> Owned {
    match record {
        Some(record) => Owned::Entry { registry: record.entry.registry, org: org_of(&record.entry) },
        None => Owned::Audit,
    }
}

/// Whether a reader sees the record of a key as it is now; an item, and its code, also while it waits for a test of the
/// reader's.
pub fn sees<S: StateRead>(reader: &Reader, key: &StateKey, state: &S, now: Timestamp) -> Result<bool, ReadError> {
    let record = state.read(key)?;
    if visible(reader, &of_key(key, record.as_deref(), state, now)?.resource()) {
        return Ok(true);
    }
    let item: Option<ItemRecord> = match key {
        StateKey::Item(_) => read(record.as_deref())?,
        StateKey::Code(_) => match read::<CodeRecord>(record.as_deref())? {
            Some(code) => state.record(&StateKey::Item(code.latest))?,
            None => None,
        },
        _ => None,
    };
    match item {
        Some(item) => may_test(state, reader, &item, now),
        None => Ok(false),
    }
}
