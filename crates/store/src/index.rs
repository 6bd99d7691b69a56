//! Which list entries follow from a record. They are derived, never certified: `fsck` derives them again and compares.

use crate::{
    StoreError,
    column::{Column, List, expiry_key},
};
use ledger::{
    ItemRecord, KeyRecord, StateKey,
    codec::{self, CodecError},
    record::NodeRecord,
    state::MAX_RECORD_BYTES,
};

/// One entry, an empty value under this key.
pub(crate) type Entry = (Column, Vec<u8>);

/// The entries of a record: at most four.
pub(crate) fn entries(key: &StateKey, record: &[u8]) -> Result<Vec<Entry>, StoreError> {
    let refuse = |e: CodecError| StoreError::Record { key: format!("{key:?}"), detail: e.to_string() };
    let one = |list: List, id: &[u8; 32]| vec![(Column::Lists, list.key(None, id))];
    Ok(match key {
        StateKey::Params
        | StateKey::PackInForce
        | StateKey::Validators
        | StateKey::History
        | StateKey::Code(_)
        | StateKey::Feed(_) => Vec::new(),
        StateKey::Pack(hash) => one(List::Packs, hash.as_bytes()),
        StateKey::Org(org) => one(List::Orgs, org.0.as_bytes()),
        StateKey::Class(class) => one(List::Classes, class.0.as_bytes()),
        StateKey::Key(id) => {
            let record: KeyRecord = codec::decode(record, MAX_RECORD_BYTES).map_err(refuse)?;
            vec![(Column::Lists, List::KeysOfOrg.key(Some(&record.org), id.0.as_bytes()))]
        }
        StateKey::Node(peer) => {
            let record: NodeRecord = codec::decode(record, MAX_RECORD_BYTES).map_err(refuse)?;
            vec![(Column::Lists, List::NodesOfOrg.key(Some(&record.org), peer))]
        }
        StateKey::Item(item) => {
            let record: ItemRecord = codec::decode(record, MAX_RECORD_BYTES).map_err(refuse)?;
            let id = item.0.as_bytes();
            let mut entries = one(List::Items, id);
            entries.push((Column::Lists, List::ItemsOfCustodian.key(Some(&record.custodian), id)));
            if let Some(offer) = &record.offer {
                entries.push((Column::Lists, List::ItemsOfferedTo.key(Some(&offer.receiver), id)));
            }
            if !record.holds.is_empty() {
                entries.push((Column::Lists, List::ItemsHeld.key(None, id)));
            }
            entries
        }
        StateKey::Seen { expires, tx } => vec![(Column::Expiry, expiry_key(*expires, tx).to_vec())],
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
        | StateKey::Feed(_) => false,
        StateKey::Pack(_)
        | StateKey::Org(_)
        | StateKey::Class(_)
        | StateKey::Key(_)
        | StateKey::Node(_)
        | StateKey::Item(_)
        | StateKey::Seen { .. } => true,
    }
}

/// Whether the entries depend on the record and not on the key alone.
pub(crate) fn needs_record(key: &StateKey) -> bool {
    matches!(key, StateKey::Key(_) | StateKey::Node(_) | StateKey::Item(_))
}

/// What to remove and what to put when a record changes: the entries of one side that the other does not have.
pub(crate) fn difference(before: Vec<Entry>, after: &[Entry]) -> (Vec<Entry>, Vec<Entry>) {
    let added = after.iter().filter(|e| !before.contains(e)).cloned().collect();
    let removed = before.into_iter().filter(|e| !after.contains(e)).collect();
    (removed, added)
}
