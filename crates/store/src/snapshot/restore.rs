//! Making a store out of a snapshot.

use super::{Manifest, Snapshot, SnapshotError};
use crate::{
    Options, Store, StoreError, Tip, View,
    column::{Column, FORMAT, height_key, meta},
    database::Database,
    genesis::{LOAD_BATCH, build_tree, clear_interrupted, put_record},
    marker::Marker,
    view::{State, Writer},
};
use ledger::{BlockId, Hash, Timestamp, codec};
use proof::Certified;
use rocksdb::WriteBatch;
use std::{
    path::Path,
    sync::{Arc, Mutex, RwLock},
};

/// Makes a store out of a snapshot. `trusted` judges the head of the manifest, with all that the manifest says of itself
/// checked already; what it answers otherwise is why not.
///
/// What an interrupted restoring left behind is replaced. Errors: [`SnapshotError::Problem`], such as with the words of
/// `trusted`, those of [`Snapshot::check`], and [`SnapshotError::Store`], among them [`StoreError::Exists`].
pub fn restore(
    from: &Path,
    store: &Path,
    options: Options,
    trusted: &dyn Fn(&Manifest) -> Result<(), String>,
) -> Result<Store, SnapshotError> {
    let snapshot = Snapshot::open(from)?;
    trusted(snapshot.manifest()).map_err(SnapshotError::not_certified)?;
    clear_interrupted(store, &options)?;
    let database = Database::create(store, &options, &Column::ALL)?;
    // Until the tip is written the marker knows nothing, and there is no store.
    let nothing = Tip { height: 0, header: None, block: BlockId::default(), root: Hash::default(), leaves: 0 };
    let marker = Marker::create(store, nothing.mark())?;
    load_ids(&database, &snapshot)?;
    for number in 0..snapshot.manifest().chunks.len() {
        load_chunk(&database, &snapshot, number)?;
    }
    load_headers(&database, &snapshot)?;
    let state = state_of(&database, snapshot.manifest())?;
    write_tip(&database, &snapshot, &state.tip)?;
    marker.note(state.tip.mark())?;
    marker.sync()?;
    let writer = Mutex::new(Writer { marker, failed: false });
    let network = snapshot.manifest().network;
    Ok(Store { database, options, network, slice: None, writer, state: RwLock::new(Arc::new(state)) })
}

fn load_ids(database: &Database, snapshot: &Snapshot) -> Result<(), SnapshotError> {
    let place = database.column(Column::Headers)?;
    let mut batch = WriteBatch::default();
    snapshot.each_id(|height, id| {
        batch.put_cf(place, height_key(height), id.0.as_bytes());
        if batch.len() >= LOAD_BATCH {
            database.write(std::mem::take(&mut batch), false)?;
        }
        Ok(())
    })?;
    Ok(database.write(batch, false)?)
}

fn load_chunk(database: &Database, snapshot: &Snapshot, number: usize) -> Result<(), SnapshotError> {
    let records = snapshot.chunk(number)?;
    for part in records.chunks(LOAD_BATCH) {
        let mut batch = WriteBatch::default();
        for (_, key, record) in part {
            put_record(database, &mut batch, key, record)?;
        }
        database.write(batch, false)?;
    }
    Ok(())
}

/// The headers that are kept whole: those of the changes of the seats, and the last.
fn load_headers(database: &Database, snapshot: &Snapshot) -> Result<(), SnapshotError> {
    let manifest = snapshot.manifest();
    let (headers, certificates) = (database.column(Column::Headers)?, database.column(Column::Certificates)?);
    let mut batch = WriteBatch::default();
    for Certified { header, certificate, validators: _ } in manifest.changes.iter().chain([&manifest.head]) {
        batch.put_cf(headers, height_key(header.height), codec::encode(header));
        batch.put_cf(certificates, height_key(header.height), codec::encode(certificate));
    }
    Ok(database.write(batch, false)?)
}

/// The state as it was written, if it is the certified one, and knows the seats as the manifest has them.
fn state_of(database: &Database, manifest: &Manifest) -> Result<State, SnapshotError> {
    let reader = database.live();
    let tree = build_tree(&reader, manifest.leaves())?;
    let header = &manifest.head.header;
    if tree.root() != header.state || tree.leaves() != manifest.leaves() {
        return Err(SnapshotError::root("what was written does not make the certified state"));
    }
    let expiry_floor = reader.first_of(Column::Expiry, Timestamp(0))?;
    let due_floor = reader.first_of(Column::Due, Timestamp(0))?;
    let tip = Tip {
        height: header.height,
        block: header.id(),
        root: tree.root(),
        leaves: tree.leaves(),
        header: Some(header.clone()),
    };
    let state = Arc::new(State { tip, tree, expiry_floor, due_floor });
    let view = View { reader, state: Arc::clone(&state), network: manifest.network };
    let has_changes = match view.seat_changes() {
        Ok(changes) => changes == manifest.changes,
        // Of a change that the state knows the manifest has no header.
        Err(StoreError::Pruned { .. }) => false,
        Err(error) => return Err(error.into()),
    };
    let knows = has_changes && view.head()? == manifest.head;
    drop(view);
    match (knows, Arc::into_inner(state)) {
        (true, Some(state)) => Ok(state),
        _ => Err(SnapshotError::root("the changes of the seats beside it are not those of the state")),
    }
}

fn write_tip(database: &Database, snapshot: &Snapshot, tip: &Tip) -> Result<(), StoreError> {
    let manifest = snapshot.manifest();
    let mut batch = WriteBatch::default();
    batch.put_cf(database.column(Column::Blocks)?, height_key(0), snapshot.genesis());
    let place = database.column(Column::Meta)?;
    batch.put_cf(place, meta::FORMAT, FORMAT);
    batch.put_cf(place, meta::NETWORK, manifest.network.0.as_bytes());
    batch.put_cf(place, meta::FLOOR, height_key(manifest.height.saturating_add(1)));
    batch.put_cf(place, meta::TIP, tip.to_bytes());
    database.write(batch, true)
}
