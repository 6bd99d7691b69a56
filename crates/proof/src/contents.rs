//! What a verified bundle holds, for whoever keeps it: the item with its events, and the records that stand with it.

use crate::{
    anchor::Certified,
    bundle::Bundle,
    json::Blob,
    parts::{Parts, Record},
    problem::Problem,
};
use ledger::{Cause, ClassId, Event, ItemId, ItemRecord, KeyId, OrgId, StateKey, TxId};

/// The parts of a bundle that stand for themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The item.
    pub item: ItemId,
    /// Its record.
    pub record: ItemRecord,
    /// All its events, from the first.
    pub events: Vec<Event>,
    /// The transactions that caused them, in their order. A bundle leaves out the entries that concern other items and has no
    /// receipts, so a transaction is not whole in it: it is asked for by its identity.
    pub txs: Vec<TxId>,
    /// Records with their canonical bytes, all of the state of the certified header: of the item, its code, the class, the
    /// policy packs, the keys and the organisations. Items that are related to it are not among them.
    pub records: Vec<(StateKey, Vec<u8>)>,
    /// The header that they stand under.
    pub certified: Certified,
}

/// Takes a bundle apart. It is decoded and not verified: call this on one that [`crate::verify()`] calls valid.
///
/// Errors: those of the bytes and of the order of lists, H9005 and H9006.
pub fn contents(bundle: &Bundle) -> Result<Contents, Problem> {
    let parts = Parts::decode(bundle, None)?;
    let item = parts.item_id();
    let mut records =
        vec![(StateKey::Item(item), bundle.item.to_vec()), (StateKey::Code(parts.code.id), bundle.code.to_vec())];
    records.extend(keyed(&parts.classes, &bundle.classes, |id| StateKey::Class(ClassId(id))));
    records.extend(keyed(&parts.packs, &bundle.packs, StateKey::Pack));
    records.extend(keyed(&parts.keys, &bundle.keys, |id| StateKey::Key(KeyId(id))));
    records.extend(keyed(&parts.orgs, &bundle.orgs, |id| StateKey::Org(OrgId(id))));
    let events: Vec<Event> = parts.main.steps.into_iter().map(|step| step.event).collect();
    let tx = |event: &Event| match event.cause {
        Cause::Genesis => None,
        Cause::Tx { id, index: _ } => Some(id),
    };
    let txs = events.iter().filter_map(tx).collect();
    let certified = parts.anchor.head.certified();
    Ok(Contents { item, record: parts.main.item.value, events, txs, records, certified })
}

/// Records beside their bytes, which stand in the same order.
fn keyed<T>(
    read: &[Record<T>],
    bytes: &[Blob],
    key: impl Fn(ledger::Hash) -> StateKey,
) -> impl Iterator<Item = (StateKey, Vec<u8>)> {
    read.iter().zip(bytes).map(move |(record, bytes)| (key(record.id), bytes.to_vec()))
}
