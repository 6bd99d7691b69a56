//! Making a store from a genesis, and the tree from leaves.

use crate::{
    Options, Store, StoreError, Tip,
    column::{Column, FORMAT, event_key, height_key, meta},
    database::{Cursor, Database, Reader, columns_of, folder},
    index, leaf,
    marker::Marker,
    read::leaf_of,
    tree::{Chunk, Leaf, Tree, first_key, prefix},
    view::{State, Writer, read_tip},
};
use ledger::{BlockId, Event, Hash, NetworkId, StateKey, Timestamp, WriteSet, codec, tree as hashing};
use rocksdb::WriteBatch;
use std::{
    path::Path,
    sync::{Arc, Mutex, RwLock},
    thread,
};

/// Records or events of one batch while a store is made.
pub(crate) const LOAD_BATCH: usize = 4_096;
/// Threads that rebuild the tree; more than the disk feeds do not help.
const BUILD_THREADS: usize = 4;

impl Store {
    /// Makes a store from a genesis: its bytes, the records it writes and their events.
    ///
    /// Loading takes many batches; the last one, synced, makes the store valid. What an interrupted creation left behind
    /// is replaced. Errors: [`StoreError::Exists`], [`StoreError::Locked`], [`StoreError::Record`],
    /// [`StoreError::Full`], [`StoreError::Disk`].
    pub fn create(
        path: &Path,
        options: Options,
        genesis: &[u8],
        network: NetworkId,
        writes: &WriteSet,
        events: &[Event],
    ) -> Result<Store, StoreError> {
        clear_interrupted(path, &options)?;
        let database = Database::create(path, &options, &Column::ALL)?;
        let start = Tip { height: 0, header: None, block: BlockId::default(), root: Hash::default(), leaves: 0 };
        let marker = Marker::create(path, start.mark())?;
        load(&database, writes, events)?;
        let reader = database.live();
        let tree = build_tree(&reader, writes.len() as u64)?;
        let expiry_floor = reader.first_of(Column::Expiry, Timestamp(0))?;
        let due_floor = reader.first_of(Column::Due, Timestamp(0))?;
        drop(reader);
        let tip = Tip { root: tree.root(), leaves: tree.leaves(), ..start };
        let mut batch = WriteBatch::default();
        batch.put_cf(database.column(Column::Blocks)?, height_key(0), genesis);
        let place = database.column(Column::Meta)?;
        batch.put_cf(place, meta::FORMAT, FORMAT);
        batch.put_cf(place, meta::NETWORK, network.0.as_bytes());
        batch.put_cf(place, meta::TIP, tip.to_bytes());
        database.write(batch, true)?;
        let state = RwLock::new(Arc::new(State { tip, tree, expiry_floor, due_floor }));
        let writer = Mutex::new(Writer { marker, failed: false });
        Ok(Store { database, options, network, slice: None, writer, state })
    }
}

/// A store without a tip was never valid: it may go. Any other stays.
pub(crate) fn clear_interrupted(path: &Path, options: &Options) -> Result<(), StoreError> {
    if !folder(path).is_dir() {
        return Ok(());
    }
    // Opened as for creation, because an interrupted one may lack column families.
    let left_over = Database::create(path, options, columns_of(path))?;
    if read_tip(&left_over.live())?.is_some() {
        return Err(StoreError::Exists { path: path.display().to_string() });
    }
    drop(left_over);
    Database::destroy(path)
}

fn load(database: &Database, writes: &WriteSet, events: &[Event]) -> Result<(), StoreError> {
    let records: Vec<_> = writes.changes().filter_map(|(key, change)| Some((key, change.as_ref()?))).collect();
    for part in records.chunks(LOAD_BATCH) {
        let mut batch = WriteBatch::default();
        for (key, record) in part {
            put_record(database, &mut batch, key, record)?;
        }
        database.write(batch, false)?;
    }
    for part in events.chunks(LOAD_BATCH) {
        let mut batch = WriteBatch::default();
        for event in part {
            batch.put_cf(database.column(Column::Events)?, event_key(&event.item, event.n), codec::encode(event));
        }
        database.write(batch, false)?;
    }
    Ok(())
}

/// Puts a record with the entries of lists that follow from it.
pub(crate) fn put_record(
    database: &Database,
    batch: &mut WriteBatch,
    key: &StateKey,
    record: &[u8],
) -> Result<(), StoreError> {
    let (_, bytes) = leaf::encode(key, &codec::encode(key), record)?;
    batch.put_cf(database.column(Column::Leaves)?, key.hash().as_bytes(), bytes);
    for (column, entry) in index::entries(key, record)? {
        batch.put_cf(database.column(column)?, entry, []);
    }
    Ok(())
}

/// The tree of all leaves, in one pass in the order of their keys. `expected` leaves decide its shape, not its root.
pub(crate) fn build_tree(reader: &Reader<'_>, expected: u64) -> Result<Tree, StoreError> {
    let top = Tree::top_for(expected);
    let chunks = 1usize << top;
    let threads = thread::available_parallelism().map_or(1, |n| n.get()).min(BUILD_THREADS);
    let share = chunks.div_ceil(threads);
    let parts: Vec<Result<Vec<Arc<Chunk>>, StoreError>> = thread::scope(|scope| {
        let start = |from: usize| scope.spawn(move || build_chunks(reader, top, from, share.min(chunks - from)));
        let running: Vec<_> = (0..chunks).step_by(share).map(start).collect();
        let stopped = || StoreError::Disk { doing: "rebuild the tree", detail: "a thread stopped".into() };
        running.into_iter().map(|t| t.join().unwrap_or_else(|_| Err(stopped()))).collect()
    });
    let mut all = Vec::with_capacity(chunks);
    for part in parts {
        all.extend(part?);
    }
    Ok(Tree::over(top, all))
}

fn build_chunks(reader: &Reader<'_>, top: u32, from: usize, count: usize) -> Result<Vec<Arc<Chunk>>, StoreError> {
    let mut cursor = reader.scan(Column::Leaves)?;
    cursor.seek(&first_key(from as u64, top));
    let chunks =
        (from..from + count).map(|chunk| Ok(Arc::new(Chunk::build(read_chunk(&mut cursor, top, chunk as u64)?, top))));
    chunks.collect()
}

/// The leaves of a chunk; the cursor stands at the first, and afterwards behind the last.
fn read_chunk(cursor: &mut Cursor<'_>, top: u32, chunk: u64) -> Result<Vec<Leaf>, StoreError> {
    let mut leaves = Vec::new();
    while let Some((key, value)) = cursor.item()? {
        let (key, value) = leaf_of(key, value)?;
        if prefix(&key, top) != chunk {
            break;
        }
        leaves.push((key, hashing::leaf(&key, &value)));
        cursor.advance();
    }
    leaves.shrink_to_fit();
    Ok(leaves)
}
