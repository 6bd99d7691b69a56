//! Which list entries follow from a record. They are derived, never certified: `fsck` derives them again and compares.

use crate::{
    StoreError,
    column::{Column, List, due_key, expiry_key},
};
use ledger::{
    Hash, ItemRecord, KeyRecord, StateKey,
    codec::{self, CodecError},
    operation::{Registry, Subject},
    record::{DutyRecord, EntryRecord, GrantRecord, NodeRecord, Share, SharesRecord},
    state::MAX_RECORD_BYTES,
};

/// One entry, an empty value under this key.
pub(crate) type Entry = (Column, Vec<u8>);

/// The owner of the list of a registry.
pub(crate) fn registry_owner(registry: Registry) -> Hash {
    let mut owner = [0; 32];
    owner[0] = registry as u8;
    Hash(owner)
}

/// The owner of the list of what is said about a subject: an organisation where it names one. A place of the world has
/// none: its entries in a registry are all at one place of the registry, which follows from its number.
fn subject_owner(subject: &Subject) -> Option<Hash> {
    match subject {
        Subject::Org(org) | Subject::OrgClass(org, _) => Some(org.0),
        Subject::Class(class) => Some(class.0),
        Subject::Person(person) => Some(person.0),
        Subject::Place(_) => None,
    }
}

/// The entries of a record: a handful.
pub(crate) fn entries(key: &StateKey, record: &[u8]) -> Result<Vec<Entry>, StoreError> {
    fn read<T: codec::Canonical>(key: &StateKey, record: &[u8]) -> Result<T, StoreError> {
        let refuse = |e: CodecError| StoreError::Record { key: format!("{key:?}"), detail: e.to_string() };
        codec::decode(record, MAX_RECORD_BYTES).map_err(refuse)
    }
    let of = |list: List, owner: Option<&Hash>, id: &[u8; 32]| (Column::Lists, list.key(owner, id));
    let one = |list: List, id: &[u8; 32]| vec![of(list, None, id)];
    Ok(match key {
        StateKey::Pack(hash) => one(List::Packs, hash.as_bytes()),
        StateKey::Org(org) => one(List::Orgs, org.0.as_bytes()),
        StateKey::Class(class) => one(List::Classes, class.0.as_bytes()),
        StateKey::Key(id) => {
            let record: KeyRecord = read(key, record)?;
            vec![of(List::KeysOfOrg, Some(&record.org.0), id.0.as_bytes())]
        }
        StateKey::Node(peer) => {
            let record: NodeRecord = read(key, record)?;
            vec![of(List::NodesOfOrg, Some(&record.org.0), peer)]
        }
        StateKey::Item(item) => {
            let record: ItemRecord = read(key, record)?;
            let id = item.0.as_bytes();
            let mut entries = one(List::Items, id);
            entries.push(of(List::ItemsOfCustodian, Some(&record.custodian.0), id));
            entries.extend(record.offer.iter().map(|o| of(List::ItemsOfferedTo, Some(&o.receiver.0), id)));
            entries.extend(record.container.iter().map(|c| of(List::ItemsInUnit, Some(&c.unit.0), id)));
            if !record.holds.is_empty() {
                entries.push(of(List::ItemsHeld, None, id));
            }
            entries
        }
        // All entries of a place are of one registry and about one subject: the first stands for all of them.
        StateKey::Entry { place, n: 1 } => {
            let record: EntryRecord = read(key, record)?;
            let registry = registry_owner(record.entry.registry);
            let mut entries = vec![of(List::Registers, Some(&registry), place.as_bytes())];
            let about = subject_owner(&record.entry.subject);
            entries.extend(about.iter().map(|owner| of(List::RegistersAbout, Some(owner), place.as_bytes())));
            entries
        }
        StateKey::Grant(grant) => {
            let record: GrantRecord = read(key, record)?;
            let id = grant.0.as_bytes();
            let mut entries = one(List::Grants, id);
            entries.push(of(List::GrantsOf, Some(&record.holder.0), id));
            let other = record.application.counterpart.filter(|other| *other != record.holder);
            entries.extend(other.iter().map(|other| of(List::GrantsOf, Some(&other.0), id)));
            entries
        }
        StateKey::Duty(duty) => {
            let record: DutyRecord = read(key, record)?;
            let id = duty.0.as_bytes();
            let mut entries = one(List::Duties, id);
            entries.extend(record.debtors.iter().map(|org| of(List::DutiesOf, Some(&org.0), id)));
            entries
        }
        // Those that have ended among them: whoever reads the list looks at the record.
        StateKey::Shares(item) => {
            let record: SharesRecord = read(key, record)?;
            let shared = |share: &Share| of(List::ItemsSharedWith, Some(&share.with.0), item.0.as_bytes());
            record.shares.iter().map(shared).collect()
        }
        StateKey::Proposal(tx) => one(List::Proposals, tx.0.as_bytes()),
        StateKey::Alert(alert) => one(List::Alerts, alert.0.as_bytes()),
        StateKey::Seen { expires, tx } => vec![(Column::Expiry, expiry_key(*expires, tx).to_vec())],
        StateKey::Due { at, id } => vec![(Column::Due, due_key(*at, id).to_vec())],
        StateKey::Params
        | StateKey::PackInForce
        | StateKey::Validators
        | StateKey::History
        | StateKey::Code(_)
        | StateKey::Feed(_)
        | StateKey::Register(_)
        | StateKey::Entry { .. }
        | StateKey::GrantHead(_, _)
        | StateKey::SeatChange(_)
        | StateKey::Audit(_)
        | StateKey::Audits
        | StateKey::TestClock
        | StateKey::GrantNumber(_, _)
        | StateKey::SealKey(_)
        | StateKey::Network(_)
        | StateKey::Departure(_)
        | StateKey::Landed(_, _) => Vec::new(),
    })
}

/// Whether records of this kind stand in a list at all.
pub(crate) fn has_entries(key: &StateKey) -> bool {
    match key {
        StateKey::Params
        | StateKey::PackInForce
        | StateKey::Validators
        | StateKey::History
        | StateKey::Code(_)
        | StateKey::Feed(_)
        | StateKey::Register(_)
        | StateKey::GrantHead(_, _)
        | StateKey::SeatChange(_)
        | StateKey::Audit(_)
        | StateKey::Audits
        | StateKey::TestClock
        | StateKey::GrantNumber(_, _)
        | StateKey::SealKey(_)
        | StateKey::Network(_)
        | StateKey::Departure(_)
        | StateKey::Landed(_, _) => false,
        StateKey::Entry { place: _, n } => *n == 1,
        StateKey::Pack(_)
        | StateKey::Org(_)
        | StateKey::Class(_)
        | StateKey::Key(_)
        | StateKey::Node(_)
        | StateKey::Item(_)
        | StateKey::Seen { .. }
        | StateKey::Grant(_)
        | StateKey::Duty(_)
        | StateKey::Proposal(_)
        | StateKey::Alert(_)
        | StateKey::Due { .. }
        | StateKey::Shares(_) => true,
    }
}

/// Whether the entries depend on the record and not on the key alone.
pub(crate) fn needs_record(key: &StateKey) -> bool {
    matches!(
        key,
        StateKey::Key(_)
            | StateKey::Node(_)
            | StateKey::Item(_)
            | StateKey::Entry { .. }
            | StateKey::Grant(_)
            | StateKey::Duty(_)
            | StateKey::Shares(_)
    )
}

/// What to remove and what to put when a record changes: the entries of one side that the other does not have.
pub(crate) fn difference(before: Vec<Entry>, after: &[Entry]) -> (Vec<Entry>, Vec<Entry>) {
    let added = after.iter().filter(|e| !before.contains(e)).cloned().collect();
    let removed = before.into_iter().filter(|e| !after.contains(e)).collect();
    (removed, added)
}
