//! Heights that move to an archive: read from there as before, refused without it, and told where it is damaged.

use super::*;
use crate::{
    Archive,
    column::{Column, FORMAT, event_key, feed_key, height_key, location_value, meta},
    database::Database,
    marker::{Mark, Marker},
};
use fixture::seats;
use ledger::{Certificate, Header, Receipt};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

const HEIGHTS: u64 = 40;
const ITEMS: u64 = 12;
const ORGS: u64 = 3;

/// A store of some heights; items and organisations are touched again and again, some of them not for long.
fn filled() -> World {
    grown(HEIGHTS)
}

fn grown(heights: u64) -> World {
    let mut world = World::new(ITEMS, ORGS);
    let mut writes = WriteSet::default();
    writes.put(StateKey::Validators, &seats());
    world.commit(&[], &writes);
    for n in 1..heights {
        let all = [(n % 4, n % ORGS), (n % 5 + 4, (n + 1) % ORGS), (ITEMS - 1, n % ORGS)];
        // The last item moves in the first heights alone.
        world.step(&all[..if n < 5 { 3 } else { 2 }]);
    }
    world
}

/// Everything that a store shows of past heights.
#[derive(Debug, PartialEq)]
struct Shown {
    blocks: Vec<Option<(Vec<u8>, Certificate)>>,
    headers: Vec<Option<Header>>,
    receipts: Vec<Vec<Receipt>>,
    ids: Vec<ledger::BlockId>,
    events: Vec<Vec<Event>>,
    links: Vec<Vec<FeedLink>>,
    places: Vec<Option<(u64, u32, Vec<u8>)>>,
}

fn shown(store: &Store) -> Result<Shown, StoreError> {
    let heights = || 0..=HEIGHTS + 1;
    let ids: Vec<TxId> = heights()
        .map(|height| store.receipts(height))
        .collect::<Result<Vec<_>, _>>()?
        .concat()
        .iter()
        .map(|r| r.tx)
        .collect();
    let place = |id: &TxId| {
        let Some(found) = store.tx(id)? else { return Ok(None) };
        let bytes = store.tx_bytes(found.height, found.index)?.unwrap_or_default();
        Ok(Some((found.height, found.index, bytes)))
    };
    Ok(Shown {
        blocks: heights().map(|height| store.block(height)).collect::<Result<_, _>>()?,
        headers: heights().map(|height| store.header(height)).collect::<Result<_, _>>()?,
        receipts: heights().map(|height| store.receipts(height)).collect::<Result<_, _>>()?,
        ids: store.block_ids(1, 1_000)?,
        events: (0..ITEMS).map(|n| store.events(&item(n), 1, 1_000)).collect::<Result<_, _>>()?,
        links: (0..ORGS).map(|n| store.feed_links(&org(n), 1, 1_000)).collect::<Result<_, _>>()?,
        places: ids.iter().map(place).collect::<Result<_, StoreError>>()?,
    })
}

fn archive_at(world: &World) -> Result<Archive, StoreError> {
    Archive::open(&world.folder.path().join("archive"), small(), network())
}

fn attach(world: &World) {
    world.store().attach(Arc::new(archive_at(world).unwrap())).unwrap();
}

#[test]
fn what_was_moved_is_read_as_before_and_refused_without_the_archive() {
    let mut world = filled();
    let before = shown(world.store()).unwrap();
    assert_eq!(before.places.iter().flatten().count(), before.places.len());
    assert_eq!(world.store().prune(10).unwrap_err().code(), "H8126", "no archive is attached");
    attach(&world);
    for (below, floor) in [(1, 1), (10, 10), (11, 11), (30, 30)] {
        let from = world.store().floor().unwrap();
        let pruned = world.store().prune(below).unwrap();
        assert_eq!((pruned.from, pruned.to), (from, floor));
        assert_eq!((world.store().floor().unwrap(), world.store().first_height().unwrap()), (floor, 1));
        assert_eq!(shown(world.store()).unwrap(), before);
        let report = world.store().fsck().unwrap();
        assert!(report.is_clean(), "{report:?}");
        assert_eq!((report.floor, report.blocks), (floor, HEIGHTS + 1 - floor));
    }
    // A page that begins, ends or lies in the archive alone.
    let all = &before.events[0];
    for (from, limit) in [(1, 1), (1, 2), (2, 3), (3, 1_000), (all.len() as u64, 1), (all.len() as u64 + 1, 1)] {
        let first = (from as usize - 1).min(all.len());
        let expected: Vec<Event> = all[first..].iter().take(limit).cloned().collect();
        assert_eq!(world.store().events(&item(0), from, limit).unwrap(), expected, "{from} {limit}");
    }
    world.reopen();
    let store = world.store();
    assert!(store.fsck().unwrap().is_clean());
    let refused = |error: StoreError| assert_eq!(error, StoreError::Pruned { floor: 30 });
    refused(shown(store).unwrap_err());
    refused(store.block(29).unwrap_err());
    refused(store.header(29).unwrap_err());
    refused(store.certificate(29).unwrap_err());
    refused(store.receipts(29).unwrap_err());
    refused(store.events(&item(0), 2, 9).unwrap_err());
    refused(store.events(&item(ITEMS - 1), 2, 9).unwrap_err());
    refused(store.feed_links(&org(1), 1, 9).unwrap_err());
    assert_eq!(store.block_ids(1, 1_000).unwrap(), before.ids);
    assert_eq!(store.block(30).unwrap(), before.blocks[30]);
    assert_eq!(store.events(&item(0), all.len() as u64, 9).unwrap(), all[all.len() - 1..]);
    let last = before.links[1].last().unwrap();
    assert_eq!(store.feed_links(&org(1), last.count, 9).unwrap(), before.links[1][before.links[1].len() - 1..]);
    assert_eq!(store.feed_links(&org(1), last.count + 1, 9).unwrap(), []);
    attach(&world);
    assert_eq!(shown(world.store()).unwrap(), before);
    let found = archive_at(&world).err().unwrap();
    assert_eq!(found.code(), "H8103", "one has it open");
    // The last height always stays.
    assert_eq!(world.store().prune(HEIGHTS + 5).unwrap().to, HEIGHTS);
    assert_eq!(shown(world.store()).unwrap(), before);
    world.step(&[(1, 0), (1, 1)]);
    assert!(world.store().fsck().unwrap().is_clean());
}

#[test]
fn an_archive_is_checked_height_by_height_and_link_by_link() {
    let mut world = filled();
    attach(&world);
    let pruned = world.store().prune(30).unwrap();
    assert!(pruned.transactions > 30 && pruned.events > 30 && pruned.links > 30, "{pruned:?}");
    world.reopen();
    let honest = archive_at(&world).unwrap();
    assert_eq!(honest.check(world.store()).unwrap(), pruned);
    let first = honest.live().events(&item(0), 2, 1).unwrap().pop().unwrap();
    let keys: [(Column, Vec<u8>); 7] = [
        (Column::Headers, height_key(7).to_vec()),
        (Column::Blocks, height_key(8).to_vec()),
        (Column::Certificates, height_key(9).to_vec()),
        (Column::Receipts, height_key(10).to_vec()),
        (Column::Transactions, honest.live().receipts(7).unwrap()[0].tx.0.as_bytes().to_vec()),
        (Column::Events, event_key(&first.item, first.n).to_vec()),
        (Column::Feeds, feed_key(&org(1), 3).to_vec()),
    ];
    drop(honest);
    let folder = world.folder.path().join("archive");
    let change = |column: Column, key: &[u8], value: Option<Vec<u8>>| {
        let database = Database::open(&folder, &small(), &Column::ARCHIVE, |_| Ok(true)).unwrap();
        let before = database.live().get(column, key).unwrap().map(|bytes| bytes.to_vec());
        let mut batch = rocksdb::WriteBatch::default();
        match &value {
            Some(bytes) => batch.put_cf(database.column(column).unwrap(), key, bytes),
            None => batch.delete_cf(database.column(column).unwrap(), key),
        }
        database.write(batch, true).unwrap();
        before
    };
    for (column, key) in keys {
        let before = change(column, &key, None).unwrap();
        let error = archive_at(&world).unwrap().check(world.store()).unwrap_err();
        assert!(["H8106", "H8126"].contains(&error.code()), "{column:?}: {error}");
        let mut damaged = before.clone();
        damaged[0] ^= 1;
        change(column, &key, Some(damaged));
        let error = archive_at(&world).unwrap().check(world.store()).unwrap_err();
        assert!(["H8106", "H8126"].contains(&error.code()), "{column:?}: {error}");
        change(column, &key, Some(before));
        archive_at(&world).unwrap().check(world.store()).unwrap();
    }
}

#[test]
fn an_archive_that_is_not_this_store_s_is_not_attached() {
    let mut world = filled();
    let stranger = Archive::open(&world.folder.path().join("stranger"), small(), ledger::NetworkId::default()).unwrap();
    assert_eq!(world.store().attach(Arc::new(stranger)).unwrap_err().code(), "H8126");
    let again = Archive::open(&world.folder.path().join("stranger"), small(), network());
    assert_eq!(again.err().unwrap().code(), "H8126");
    attach(&world);
    let second = Archive::open(&world.folder.path().join("second"), small(), network()).unwrap();
    assert_eq!(world.store().attach(Arc::new(second)).unwrap_err().code(), "H8126", "there is one already");
    world.store().prune(20).unwrap();
    world.reopen();
    // One that lost its last heights: between it and the store some would be missing.
    let folder = world.folder.path().join("archive");
    let database = Database::open(&folder, &small(), &Column::ARCHIVE, |_| Ok(true)).unwrap();
    let mut batch = rocksdb::WriteBatch::default();
    let short = [height_key(1), height_key(19)].concat();
    batch.put_cf(database.column(Column::Meta).unwrap(), meta::SPAN, short);
    database.write(batch, true).unwrap();
    drop(database);
    let short = Arc::new(archive_at(&world).unwrap());
    assert_eq!(world.store().attach(short).unwrap_err().code(), "H8126");
}

#[test]
fn an_archive_that_lacks_what_was_moved_is_refused_and_one_that_is_ahead_is_not() {
    let mut world = filled();
    attach(&world);
    world.store().prune(30).unwrap();
    let ahead = world.store().receipts(20).unwrap()[0].tx;
    world.reopen();
    // A disk that is not there: in its place is an empty folder, in which an archive can begin.
    let empty = || Archive::open(&world.folder.path().join("empty"), small(), network()).unwrap();
    assert_eq!(empty().check(world.store()).unwrap_err().code(), "H8126");
    assert_eq!(world.store().attach(Arc::new(empty())).unwrap_err().code(), "H8126");
    let honest = archive_at(&world).unwrap();
    let span = |from, to| {
        let mut batch = rocksdb::WriteBatch::default();
        let ends = [height_key(from), height_key(to)].concat();
        batch.put_cf(honest.database.column(Column::Meta).unwrap(), meta::SPAN, ends);
        honest.database.write(batch, true).unwrap();
    };
    span(2, 30);
    assert_eq!(honest.check(world.store()).unwrap_err().code(), "H8126", "it lacks the first height");
    span(1, 30);
    // A store of the same network that is behind it shows nothing above its own last height, and loses nothing there.
    let behind = grown(12);
    behind.store().attach(Arc::new(honest)).unwrap();
    assert_eq!(behind.store().tx(&ahead).unwrap(), None);
    assert_eq!(behind.store().prune(8).unwrap().to, 8);
    assert_eq!(behind.store().tx(&ahead).unwrap(), None);
    drop(behind);
    let honest = archive_at(&world).unwrap();
    assert_eq!(honest.span().unwrap(), Some((1, 30)));
    let short = grown(12);
    assert_eq!(honest.check(short.store()).unwrap().to, 13);
    world.store().attach(Arc::new(honest)).unwrap();
    assert_eq!(world.store().tx(&ahead).unwrap().unwrap().height, 20);
}

#[test]
fn what_moves_between_two_looks_is_found_and_another_header_is_not_taken() {
    let world = filled();
    attach(&world);
    let receipt = world.store().receipts(7).unwrap()[0].clone();
    let found = world.store().tx(&receipt.tx).unwrap().unwrap();
    world.store().prune(30).unwrap();
    let put = |database: &Database, column: Column, key: &[u8], value: &[u8]| {
        let mut batch = rocksdb::WriteBatch::default();
        batch.put_cf(database.column(column).unwrap(), key, value);
        database.write(batch, true).unwrap();
    };
    // As a reader has it that took the place of the transaction before its height moved.
    let place = location_value(7, receipt.index);
    put(&world.store().database, Column::Transactions, receipt.tx.0.as_bytes(), &place);
    assert_eq!(world.store().tx(&receipt.tx).unwrap(), Some(found));
    let archive = Arc::clone(world.store().database.archive.get().unwrap());
    let other = archive.live().get(Column::Headers, &height_key(8)).unwrap().unwrap().to_vec();
    put(&archive.database, Column::Headers, &height_key(7), &other);
    assert_eq!(world.store().header(7).unwrap_err().code(), "H8106");
    assert!(world.store().header(8).unwrap().is_some());
}

#[test]
fn an_archive_whose_creation_was_interrupted_is_begun_anew() {
    let folder = TempDir::new().unwrap();
    drop(Database::create(folder.path(), &small(), &[Column::Meta, Column::Headers]).unwrap());
    let archive = Archive::open(folder.path(), small(), network()).unwrap();
    assert_eq!(archive.span().unwrap(), None);
    drop(archive);
    assert_eq!(Archive::open(folder.path(), small(), network()).unwrap().span().unwrap(), None);
}

#[test]
fn a_marker_that_lags_below_the_floor_is_no_damage() {
    let mut world = filled();
    attach(&world);
    world.store().prune(30).unwrap();
    let block = world.store().block_ids(12, 1).unwrap()[0];
    world.close();
    drop(Marker::create(&world.path(), Mark { height: 12, block }).unwrap());
    world.reopen();
    assert_eq!(world.store().tip().height, HEIGHTS);
    world.close();
    drop(Marker::create(&world.path(), Mark { height: 13, block }).unwrap());
    assert_eq!(Store::open(&world.path(), small()).err().unwrap().code(), "H8106", "the block of another height");
}

#[test]
fn whoever_reads_while_heights_are_committed_and_moved_reads_all_of_them() {
    let mut world = filled();
    attach(&world);
    world.store().prune(20).unwrap();
    let first = world.store().receipts(21).unwrap()[0].tx;
    let mut blocks = Vec::new();
    for n in 0..300 {
        let done = world.handovers(&[(0, n % ORGS)]);
        let writes = writes_of(&world.memory, &done, world.chain.stamp().height);
        let built = world.chain.build(&done, &receipts_of(&done), world.root_after(&writes));
        world.took(&built, &writes);
        blocks.push((built, done, writes));
    }
    let store = world.store();
    let ended = AtomicBool::new(false);
    let read = || -> Result<(), StoreError> {
        let mut before = 0;
        while !ended.load(Ordering::Relaxed) {
            let events = store.events(&item(0), 1, 1_000)?;
            assert!(events.len() >= before, "{} after {before}", events.len());
            before = events.len();
            store.feed_links(&org(1), 1, 1_000)?;
            assert!(store.tx(&first)?.is_some());
        }
        Ok(())
    };
    let write = || -> Result<(), StoreError> {
        for (built, done, writes) in &blocks {
            store.commit(World::commit_of(built, done, writes))?;
            if built.header.height % 10 == 0 {
                store.prune(built.header.height - 5)?;
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let reading = scope.spawn(read);
        let written = write();
        ended.store(true, Ordering::Relaxed);
        written.unwrap();
        reading.join().unwrap().unwrap();
    });
    assert!(store.fsck().unwrap().is_clean());
}

#[test]
fn a_store_of_the_format_before_is_opened_and_gets_this_format() {
    let mut world = World::new(5, 2);
    world.step(&[(0, 1)]);
    world.close();
    let format = |database: &Database| database.live().get(Column::Meta, meta::FORMAT).unwrap().unwrap().to_vec();
    let open = || Database::open(&world.path(), &small(), &Column::ALL, |_| Ok(true)).unwrap();
    let database = open();
    assert_eq!(format(&database), FORMAT.as_bytes());
    let mut batch = rocksdb::WriteBatch::default();
    batch.put_cf(database.column(Column::Meta).unwrap(), meta::FORMAT, "hufu-store/3");
    database.write(batch, true).unwrap();
    drop(database);
    let store = Store::open(&world.path(), small()).unwrap();
    assert_eq!((store.floor().unwrap(), store.slice_of(), store.tip().height), (1, None, 1));
    assert!(store.fsck().unwrap().is_clean());
    drop(store);
    assert_eq!(format(&open()), FORMAT.as_bytes());
}
