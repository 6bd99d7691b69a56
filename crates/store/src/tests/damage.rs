//! Damage on disk: found and named, or without effect; never a wrong answer.

use super::{
    small_disk::{fill, on_small_disk},
    *,
};
use std::{
    fs,
    os::unix::fs::FileExt,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// A store of some blocks, part of them in tables and part in the log only.
fn filled() -> World {
    let mut world = World::new(200, 4);
    for n in 0..6u64 {
        let moves: Vec<(u64, u64)> = (0..15).map(|i| ((n * 31 + i) % 200, (n + i) % 4)).collect();
        world.step(&moves);
        if n == 3 {
            world.reopen();
        }
    }
    world.close();
    world
}

pub(super) fn copy(from: &Path, to: &Path) {
    for file in files_under(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(file, target).unwrap();
    }
}

/// Opens a damaged copy: either something refuses or reports, or every answer is right.
fn is_told_or_harmless(world: &World, path: &Path, what: &str) -> bool {
    let look = || -> Result<bool, StoreError> {
        let store = Store::open(path, small())?;
        let report = store.fsck()?;
        if !report.is_clean() {
            return Ok(true);
        }
        assert_eq!(store.tip().height, world.chain.height, "{what}");
        assert_eq!(store.tip().root, world.memory.root(), "{what}");
        for n in 0..200 {
            let key = StateKey::Item(item(n));
            assert_eq!(store.read(&key).unwrap(), world.memory.read(&key).unwrap(), "{what}");
        }
        Ok(false)
    };
    match catch_unwind(AssertUnwindSafe(look)) {
        Ok(Ok(told)) => told,
        Ok(Err(error)) => {
            assert!(error.code().starts_with("H8"));
            true
        }
        Err(_) => panic!("a panic or a wrong answer: {what}"),
    }
}

#[test]
fn a_flipped_bit_is_told_or_harmless() {
    let world = filled();
    let mut told = 0;
    let mut tried = 0;
    for file in files_under(&world.path()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let length = fs::metadata(&file).unwrap().len();
        // RocksDB's own log, lock and identity hold nothing of ours.
        if length == 0 || name.starts_with("LOG") || name.starts_with("OPTIONS") || name == "IDENTITY" {
            continue;
        }
        let places = 14u64.min(length);
        for place in 0..places {
            let at = (length * place / places + (place * 7919) % (length / places).max(1)).min(length - 1);
            let folder = TempDir::new().unwrap();
            copy(&world.path(), folder.path());
            let copied = folder.path().join(file.strip_prefix(world.path()).unwrap());
            let open = fs::OpenOptions::new().read(true).write(true).open(&copied).unwrap();
            let mut byte = [0];
            open.read_exact_at(&mut byte, at).unwrap();
            open.write_all_at(&[byte[0] ^ (1 << (place % 8))], at).unwrap();
            drop(open);
            tried += 1;
            told += u32::from(is_told_or_harmless(&world, folder.path(), &format!("{name} at {at} of {length}")));
        }
    }
    assert!(told * 2 > tried, "{told} of {tried}");
}

fn newest_log(path: &Path) -> std::path::PathBuf {
    let logs = files_under(path).into_iter().filter(|f| f.extension().is_some_and(|e| e == "log"));
    logs.max().unwrap()
}

#[test]
fn a_log_cut_short_behind_a_synced_block_is_told() {
    let world = filled();
    let log = newest_log(&world.path());
    let length = fs::metadata(&log).unwrap().len();
    for cut in [1, 100, 3_000, length - 10] {
        let folder = TempDir::new().unwrap();
        copy(&world.path(), folder.path());
        let copied = folder.path().join(log.strip_prefix(world.path()).unwrap());
        fs::OpenOptions::new().write(true).open(&copied).unwrap().set_len(length - cut).unwrap();
        let error = Store::open(folder.path(), small()).err().unwrap();
        assert!(["H8108", "H8106"].contains(&error.code()), "{cut}: {error}");
    }
}

#[test]
fn a_record_that_was_never_finished_is_no_damage() {
    // What a loss of power may leave behind the last synced block: a short record, zeros, or a record with a hole.
    let mut world = filled();
    world.reopen();
    world.step(&[(0, 1), (1, 2)]);
    let synced = TempDir::new().unwrap();
    copy(&world.path(), synced.path());
    let log = newest_log(synced.path());
    let before = fs::read(&log).unwrap();
    let chain = world.chain.clone();
    let moves: Vec<(u64, u64)> = (0..100).map(|n| (n, n % 3)).collect();
    let memory = world.memory.clone();
    world.step(&moves);
    let after = fs::read(newest_log(&world.path())).unwrap();
    let record = after.strip_prefix(before.as_slice()).unwrap();
    assert!(record.len() > 20_000);
    (world.chain, world.memory) = (chain, memory);
    let short = record[..record.len() / 2].to_vec();
    let mut holed = record.to_vec();
    holed[8_000..12_000].fill(0);
    let mut holed_and_short = short.clone();
    holed_and_short[4_096..8_192].fill(0);
    let tails = [("short", short), ("zeros", vec![0; 5_000]), ("holed", holed), ("holed and short", holed_and_short)];
    for (name, tail) in tails {
        let folder = TempDir::new().unwrap();
        copy(synced.path(), folder.path());
        let copied = folder.path().join(log.strip_prefix(synced.path()).unwrap());
        fs::write(&copied, [before.clone(), tail].concat()).unwrap();
        let store = Store::open(folder.path(), small()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(store.tip().height, world.chain.height, "{name}");
        assert_eq!(store.tip().root, world.memory.root(), "{name}");
        assert!(store.fsck().unwrap().is_clean());
    }
}

#[test]
fn a_missing_file_is_told() {
    let world = filled();
    for file in files_under(&world.path()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("LOG") || name.starts_with("OPTIONS") || name == "IDENTITY" || name == "LOCK" {
            continue;
        }
        let folder = TempDir::new().unwrap();
        copy(&world.path(), folder.path());
        fs::remove_file(folder.path().join(file.strip_prefix(world.path()).unwrap())).unwrap();
        assert!(is_told_or_harmless(&world, folder.path(), &name), "{name}");
    }
}

#[test]
fn what_was_changed_in_the_database_is_named() {
    // Through RocksDB itself, so that its checksums are right and only ours can tell.
    use crate::{column::Column, database::Database};
    let world = filled();
    let check = |change: &dyn Fn(&Database, &mut rocksdb::WriteBatch), code: Option<&str>, text: &str| {
        let folder = TempDir::new().unwrap();
        copy(&world.path(), folder.path());
        let database = Database::open(folder.path(), &small(), &Column::ALL, |_| Ok(true)).unwrap();
        let mut batch = rocksdb::WriteBatch::default();
        change(&database, &mut batch);
        database.write(batch, true).unwrap();
        drop(database);
        match (Store::open(folder.path(), small()), code) {
            (Err(error), Some(code)) => assert_eq!(error.code(), code, "{error}"),
            (Ok(store), None) => {
                let report = store.fsck().unwrap();
                let said = format!("{:?}", report.findings);
                assert!(said.contains(text), "{said} lacks {text}");
            }
            (Ok(_), Some(code)) => panic!("opened in spite of {code}"),
            (Err(error), None) => panic!("{error}"),
        }
    };
    let key = StateKey::Item(item(7));
    let place = key.hash();
    check(&|d, b| b.delete_cf(d.column(Column::Leaves).unwrap(), place.as_bytes()), Some("H8107"), "");
    let flip = |d: &Database, b: &mut rocksdb::WriteBatch, at_end: bool| {
        let mut bytes = d.live().get(Column::Leaves, place.as_bytes()).unwrap().unwrap().to_vec();
        let at = if at_end { bytes.len() - 1 } else { 0 };
        bytes[at] ^= 1;
        b.put_cf(d.column(Column::Leaves).unwrap(), place.as_bytes(), bytes);
    };
    check(&|d, b| flip(d, b, false), Some("H8107"), "");
    check(&|d, b| flip(d, b, true), None, "hash of its leaf");
    let event = crate::column::event_key(&item(7), 1);
    check(&|d, b| b.delete_cf(d.column(Column::Events).unwrap(), event), None, "the events");
    let link = crate::column::feed_key(&org(1), 2);
    check(&|d, b| b.delete_cf(d.column(Column::Feeds).unwrap(), link), None, "it does not follow the one before");
    check(&|d, b| b.put_cf(d.column(Column::Feeds).unwrap(), link, b"short"), None, "it does not read");
    // The last one, then all of one organisation: what remains is whole in itself.
    let feed = |d: &Database| d.live().feed_links(&org(1), 1, 100).unwrap();
    let last = |d: &Database, b: &mut rocksdb::WriteBatch| {
        let last = crate::column::feed_key(&org(1), feed(d).len() as u64);
        b.delete_cf(d.column(Column::Feeds).unwrap(), last);
    };
    check(&last, None, "make the head of its record");
    let whole = |d: &Database, b: &mut rocksdb::WriteBatch| {
        for link in feed(d) {
            b.delete_cf(d.column(Column::Feeds).unwrap(), crate::column::feed_key(&link.org, link.count));
        }
    };
    check(&whole, None, "though its record counts some");
    check(&|d, b| b.put_cf(d.column(Column::Lists).unwrap(), [1; 33], []), None, "follow from the records");
    let tip = crate::column::height_key(world.chain.height);
    check(&|d, b| b.delete_cf(d.column(Column::Headers).unwrap(), tip), Some("H8106"), "");
    let second = crate::column::height_key(2);
    check(&|d, b| b.delete_cf(d.column(Column::Blocks).unwrap(), second), None, "only one of block and certificate");
    check(&|d, b| b.delete_cf(d.column(Column::Receipts).unwrap(), second), None, "receipt");
    check(&|d, b| b.put_cf(d.column(Column::Meta).unwrap(), b"format", b"hufu-store/9"), Some("H8105"), "");
}

#[test]
fn a_full_disk_stops_the_store_and_leaves_the_last_height() {
    on_small_disk("tests::damage::a_full_disk_stops_the_store_and_leaves_the_last_height", |disk| {
        let (path, ballast) = (disk.join("s"), disk.join("ballast"));
        let (writes, events) = genesis(200, 4);
        let store = Store::create(&path, small(), b"genesis", network(), &writes, &events).unwrap();
        let mut world = World::new(200, 4);
        world.close();
        world.store = Some(store);
        let error = loop {
            let moves: Vec<(u64, u64)> = (0..100).map(|i| (i, (world.chain.height + i) % 4)).collect();
            let done = world.handovers(&moves);
            let writes = writes_of(&world.memory, &done, world.chain.stamp().height);
            let built = world.chain.build(&done, &receipts_of(&done), world.root_after(&writes));
            match world.store().commit(World::commit_of(&built, &done, &writes)) {
                Ok(()) => world.took(&built, &writes),
                Err(error) => break error,
            }
            // What the store took ahead for its log still has room for some blocks.
            if world.chain.height == 20 {
                fill(&ballast);
            }
        };
        assert_eq!(error.code(), "H8116", "{error}");
        world.assert_same();
        let header = world.store().header(1).unwrap().unwrap();
        assert_eq!(world.store().replace_certificate(&certificate(&header, 9)), Err(StoreError::Stopped));
        world.close();
        // While the disk is full, opening says so or, where closing made a little room, works.
        match Store::open(&path, small()) {
            Ok(store) => assert_eq!(store.tip().height, world.chain.height),
            Err(error) => assert_eq!(error.code(), "H8116"),
        }
        fs::remove_file(ballast).unwrap();
        world.store = Some(Store::open(&path, small()).unwrap());
        world.assert_same();
        assert!(world.store().fsck().unwrap().is_clean());
    });
}
