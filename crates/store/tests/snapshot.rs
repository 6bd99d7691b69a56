//! Snapshots: made, restored, and changed in a thousand ways of which none is taken.
//!
//! `HUFU_SNAPSHOT_ITEMS` sets the items of the state, such as 1000000.

#[path = "../src/tests/fixture.rs"]
mod fixture;

use fixture::{
    Chain, Done, certified, feeds_of, genesis, handover, item, network, org, receipts_of, seats, validators, writes_of,
};
use ledger::{
    Hash, ItemRecord, StateKey, StateRead,
    record::{SeatChangeRecord, ValidatorsRecord},
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};
use store::{
    Archive, Commit, Options, Store,
    snapshot::{self, Manifest, Snapshot, SnapshotError, SnapshotProblem},
};
use tempfile::TempDir;

/// Items in the state, unless the environment says otherwise.
const ITEMS: u64 = 14_000;
const MUTANTS: u64 = 1_000;
/// Each so many mutants are given to a real restoring, and not to the checks alone.
const RESTORED: u64 = 40;

fn items() -> u64 {
    std::env::var("HUFU_SNAPSHOT_ITEMS").map_or(ITEMS, |text| text.parse().unwrap())
}

fn small() -> Options {
    // With little memory a large state is written and merged many times.
    let memtable_mib = if items() > ITEMS { Options::default().memtable_mib } else { 4 };
    Options { memtable_mib, cache_mib: 4, sync: false, ..Options::default() }
}

struct World {
    folder: TempDir,
    store: Store,
    chain: Chain,
    nonce: u64,
}

impl World {
    fn new(items: u64, blocks: u64) -> World {
        World::with(items, blocks, &[])
    }

    /// With changes of the seats behind these heights. The new ones are the old ones: here nobody judges who may sign.
    fn with(items: u64, blocks: u64, changes: &[u64]) -> World {
        let folder = TempDir::new().unwrap();
        let (mut writes, events) = genesis(items, 4);
        writes.put(StateKey::Validators, &ValidatorsRecord { changes: changes.len() as u32, ..seats() });
        for (n, height) in (1u32..).zip(changes) {
            let signed = validators();
            writes.put(StateKey::SeatChange(n), &SeatChangeRecord { height: *height, signed });
        }
        let path = folder.path().join("store");
        let store = Store::create(&path, small(), b"genesis", network(), &writes, &events).unwrap();
        let mut world = World { folder, store, chain: Chain::default(), nonce: 0 };
        for n in 0..blocks {
            let commit = world.next(&[(n, 1), (n + 1, 2), (n + 2, 3)]);
            commit.of(&world.store);
            world.chain.take(&commit.header);
        }
        world
    }

    /// A ledger whose last certificate nobody takes.
    fn strangers() -> World {
        let mut world = World::new(50, 1);
        let mut next = world.next(&[(0, 2)]);
        next.certificate.signatures.pop();
        next.of(&world.store);
        world
    }

    /// The next block, with handovers of these items.
    fn next(&mut self, moves: &[(u64, u64)]) -> Next {
        let at = self.chain.stamp();
        let mut done: Vec<Done> = Vec::new();
        for (n, to) in moves {
            let record: ItemRecord = self.store.record(&StateKey::Item(item(*n))).unwrap().unwrap();
            if record.custodian == org(*to) {
                continue;
            }
            self.nonce += 1;
            done.push(handover(item(*n), &record, org(*to), at, self.nonce));
        }
        let writes = writes_of(&self.store, &done, at.height);
        let root = self.store.candidate(&writes).unwrap().root();
        let built = self.chain.build(&done, &receipts_of(&done), root);
        Next { certificate: certified(&built.header), header: built.header, block: built.block, done, writes }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn snapshot(&self, name: &str) -> Manifest {
        snapshot::make(&self.store.view().unwrap(), &self.path(name)).unwrap()
    }
}

/// A block that follows.
struct Next {
    block: Vec<u8>,
    header: ledger::Header,
    certificate: ledger::Certificate,
    done: Vec<Done>,
    writes: ledger::WriteSet,
}

impl Next {
    fn of(&self, store: &Store) {
        let commit = Commit {
            block: &self.block,
            header: self.header.clone(),
            certificate: self.certificate.clone(),
            receipts: receipts_of(&self.done),
            events: self.done.iter().map(|done| done.event.clone()).collect(),
            feeds: feeds_of(&self.done, &self.writes),
            writes: self.writes.clone(),
            candidate: None,
        };
        store.commit(commit).unwrap();
    }
}

fn trusted(manifest: &Manifest) -> Result<(), String> {
    (manifest.head.validators == validators()).then_some(()).ok_or_else(|| "others signed it".into())
}

fn accept(folder: &Path) -> Result<(), SnapshotError> {
    let snapshot = Snapshot::open(folder)?;
    trusted(snapshot.manifest()).map_err(|detail| SnapshotProblem::NotCertified { detail })?;
    snapshot.check()
}

fn restore(world: &World, from: &str, to: &str) -> Result<Store, SnapshotError> {
    snapshot::restore(&world.path(from), &world.path(to), small(), &trusted)
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match path.is_dir() {
            true => found.extend(files(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes))),
            false => found.push((name, fs::read(&path).unwrap())),
        }
    }
    found.sort();
    found
}

#[test]
fn a_restored_store_goes_on_as_the_one_it_is_of_and_says_what_it_lacks() {
    let mut world = World::new(items(), 6);
    let begun = Instant::now();
    let manifest = world.snapshot("snapshot");
    let made = begun.elapsed();
    assert_eq!((manifest.height, manifest.leaves()), (6, world.store.tip().leaves));
    let begun = Instant::now();
    accept(&world.path("snapshot")).unwrap();
    let checked = begun.elapsed();
    let begun = Instant::now();
    let mut restored = restore(&world, "snapshot", "restored").unwrap();
    println!(
        "snapshot of {} items, {} bytes in {} chunks: made in {made:.1?}, checked in {checked:.1?}, restored in {:.1?}",
        items(),
        manifest.bytes(),
        manifest.chunks.len(),
        begun.elapsed()
    );
    let ids = world.store.block_ids(1, 100).unwrap();
    for reopened in [false, true] {
        if reopened {
            drop(restored);
            restored = Store::open(&world.path("restored"), small()).unwrap();
        }
        assert_eq!(restored.tip(), world.store.tip());
        assert_eq!((restored.floor().unwrap(), restored.first_height().unwrap()), (7, 7));
        assert_eq!(restored.genesis().unwrap(), b"genesis");
        assert_eq!(restored.block_ids(1, 100).unwrap(), ids);
        assert_eq!(restored.view().unwrap().head().unwrap(), manifest.head);
        assert_eq!(
            restored.items_by_custodian(&org(1), None, 1_000),
            world.store.items_by_custodian(&org(1), None, 1_000)
        );
        let report = restored.fsck().unwrap();
        assert!(report.is_clean(), "{report:?}");
        assert_eq!((report.floor, report.blocks, report.records), (7, 0, manifest.leaves()));
        let refused = |code: &str| assert_eq!(code, "H8121");
        refused(restored.block(3).unwrap_err().code());
        refused(restored.header(3).unwrap_err().code());
        refused(restored.receipts(3).unwrap_err().code());
        refused(restored.certificate(3).unwrap_err().code());
        refused(restored.events(&item(3), 1, 9).unwrap_err().code());
        refused(restored.feed_links(&org(1), 1, 9).unwrap_err().code());
        assert_eq!(restored.header(6).unwrap(), world.store.tip().header);
        assert_eq!(restored.certificate(6).unwrap().unwrap(), manifest.head.certificate);
        assert_eq!(restored.block(7).unwrap(), None);
        assert_eq!(restored.events(&item(items()), 1, 9).unwrap(), [], "an item that never was");
    }
    for moves in [[(0, 2), (7, 1)], [(7, 3), (0, 1)]] {
        let next = world.next(&moves);
        next.of(&world.store);
        next.of(&restored);
        world.chain.take(&next.header);
        assert_eq!(restored.tip(), world.store.tip());
    }
    let count = |store: &Store| store.record::<ItemRecord>(&StateKey::Item(item(7))).unwrap().unwrap().count;
    assert_eq!(
        restored.events(&item(7), count(&restored), 9).unwrap(),
        world.store.events(&item(7), count(&world.store), 9).unwrap()
    );
    let report = restored.fsck().unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.floor, report.blocks), (7, 2));
    // Two stores of one height make the same snapshot, wherever their histories begin.
    world.snapshot("one");
    snapshot::make(&restored.view().unwrap(), &world.path("other")).unwrap();
    assert!(files(&world.path("one")) == files(&world.path("other")));
}

#[test]
fn what_is_there_already_stays_and_what_nobody_trusts_is_not_taken() {
    let world = World::new(50, 2);
    world.snapshot("snapshot");
    let again = snapshot::make(&world.store.view().unwrap(), &world.path("snapshot"));
    assert_eq!(again.unwrap_err().code(), "H8127");
    let stranger = |_: &Manifest| Err("nobody knows them".to_owned());
    let refused = snapshot::restore(&world.path("snapshot"), &world.path("other"), small(), &stranger);
    assert_eq!(refused.err().unwrap().code(), "H8125");
    assert!(!world.path("other").exists(), "nothing is written before the header is trusted");
    assert_eq!(restore(&world, "none", "other").err().unwrap().code(), "H8122");
    let restored = restore(&world, "snapshot", "other").unwrap();
    drop(restored);
    assert_eq!(restore(&world, "snapshot", "other").err().unwrap().code(), "H8101");
    let nothing = World::new(5, 0);
    let early = snapshot::make(&nothing.store.view().unwrap(), &nothing.path("early"));
    assert_eq!(early.unwrap_err().code(), "H8125");
}

#[test]
fn a_restoring_that_was_refused_half_way_is_no_store_and_is_begun_anew() {
    let world = World::new(50, 2);
    world.snapshot("snapshot");
    let chunk = world.path("snapshot").join("leaves/0000");
    let honest = fs::read(&chunk).unwrap();
    let mut damaged = honest.clone();
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(&chunk, damaged).unwrap();
    assert_eq!(restore(&world, "snapshot", "store.new").err().unwrap().code(), "H8123");
    assert_eq!(Store::open(&world.path("store.new"), small()).err().unwrap().code(), "H8104");
    fs::write(&chunk, honest).unwrap();
    assert!(restore(&world, "snapshot", "store.new").unwrap().fsck().unwrap().is_clean());
}

#[test]
fn the_changes_of_the_seats_go_along_and_are_those_of_the_state() {
    let world = World::with(50, 6, &[2, 4, 6]);
    let manifest = world.snapshot("snapshot");
    let heights = |manifest: &Manifest| manifest.changes.iter().map(|c| c.header.height).collect::<Vec<u64>>();
    assert_eq!(heights(&manifest), [2, 4], "that of the last height is the head");
    accept(&world.path("snapshot")).unwrap();
    // They stay where everything else below the floor has moved, and where it never was.
    let restored = restore(&world, "snapshot", "restored").unwrap();
    let archive = Archive::open(&world.path("archive"), small(), network()).unwrap();
    world.store.attach(Arc::new(archive)).unwrap();
    assert_eq!(world.store.prune(6).unwrap().to, 6);
    for (name, store) in [("of the restored", &restored), ("of the pruned", &world.store)] {
        assert_eq!(store.view().unwrap().seat_changes().unwrap(), manifest.changes, "{name}");
        snapshot::make(&store.view().unwrap(), &world.path(name)).unwrap();
        assert!(files(&world.path(name)) == files(&world.path("snapshot")), "{name}");
    }
    assert_eq!(restored.header(3).unwrap_err().code(), "H8121");
    // One is left out, and another is put in its place: each certified, and neither is one of the state.
    let path = world.path("snapshot").join("manifest");
    let mut without = manifest.clone();
    without.changes.remove(0);
    let mut other = without.clone();
    let header = world.store.header(3).unwrap().unwrap();
    let (certificate, validators) = (world.store.certificate(3).unwrap().unwrap(), validators());
    other.changes.insert(0, proof::Certified { header, certificate, validators });
    for changed in [without, other] {
        fs::write(&path, changed.to_bytes()).unwrap();
        assert_eq!(accept(&world.path("snapshot")).unwrap_err().code(), "H8124", "{:?}", heights(&changed));
        assert_eq!(restore(&world, "snapshot", "refused").err().unwrap().code(), "H8124");
    }
}

#[test]
fn a_making_that_fails_leaves_nothing_and_removes_nothing_of_others() {
    let world = World::new(50, 2);
    let (out, draft) = (world.path("snapshot"), world.path("snapshot.new"));
    // Something of somebody else has the name that a draft would have.
    fs::create_dir_all(draft.join("leaves")).unwrap();
    fs::write(draft.join("letters"), "dear").unwrap();
    let make = || snapshot::make(&world.store.view().unwrap(), &out);
    assert_eq!(make().unwrap_err().code(), "H8127");
    assert_eq!(fs::read(draft.join("letters")).unwrap(), b"dear");
    // What an interrupted making left is replaced.
    fs::remove_file(draft.join("letters")).unwrap();
    fs::write(draft.join("ids"), "half of").unwrap();
    make().unwrap();
    accept(&out).unwrap();
    assert!(!draft.exists());
    // The records do not lead to the header: all is written before that shows.
    let strangers = World::strangers();
    assert!(snapshot::make(&strangers.store.view().unwrap(), &strangers.path("other")).is_err());
    assert!(!strangers.path("other").exists() && !strangers.path("other.new").exists());
}

/// Numbers by a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.roll() % end.max(1) as u64) as usize
    }
}

fn flip(bytes: &mut [u8], dice: &mut Dice) {
    let at = dice.below(bytes.len());
    bytes[at] ^= 1 << dice.below(8);
}

/// Gives a changed manifest the hash at its end that it needs.
fn seal(manifest: &mut Vec<u8>) {
    manifest.truncate(manifest.len().saturating_sub(32));
    let check = blake3::hash(manifest);
    manifest.extend(check.as_bytes());
}

/// Where each record of a chunk begins, and the end.
fn places(chunk: &[u8]) -> Vec<usize> {
    let mut places = vec![0];
    let mut at = 0;
    while at < chunk.len() {
        let key = usize::from(u16::from_be_bytes([chunk[at], chunk[at + 1]]));
        let length: [u8; 4] = chunk[at + 2 + key..at + 6 + key].try_into().unwrap();
        at += 6 + key + u32::from_be_bytes(length) as usize;
        places.push(at);
    }
    places
}

/// The chunk with its records in another order, `order` being their numbers.
fn with_records(chunk: &[u8], order: impl FnOnce(&mut Vec<usize>)) -> Vec<u8> {
    let places = places(chunk);
    let mut numbers: Vec<usize> = (0..places.len() - 1).collect();
    order(&mut numbers);
    numbers.into_iter().flat_map(|n| chunk[places[n]..places[n + 1]].to_vec()).collect()
}

/// What a mutant changes: files and their bytes; none for a file that goes.
type Change = Vec<(String, Option<Vec<u8>>)>;

fn chunk_name(number: usize) -> String {
    format!("leaves/{number:04x}")
}

fn mutant(folder: &Path, other: &Path, chunks: usize, dice: &mut Dice) -> (&'static str, Change) {
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let (number, second) = (dice.below(chunks), dice.below(chunks));
    let chunk = chunk_name(number);
    let entries = 44 * chunks;
    let one = |name: &str, bytes: Vec<u8>| vec![(name.to_owned(), Some(bytes))];
    match dice.below(16) {
        0 => {
            let mut manifest = read("manifest");
            flip(&mut manifest, dice);
            ("a bit of the manifest", one("manifest", manifest))
        }
        1..=3 => {
            let mut manifest = read("manifest");
            let body = manifest.len() - 32;
            flip(&mut manifest[..body], dice);
            seal(&mut manifest);
            ("a bit of the manifest, sealed again", one("manifest", manifest))
        }
        4 => {
            let mut manifest = read("manifest");
            manifest.truncate(dice.below(manifest.len() - 32) + 32);
            seal(&mut manifest);
            ("a manifest that is cut", one("manifest", manifest))
        }
        5 => {
            let mut manifest = read("manifest");
            let table = manifest.len() - 32 - entries;
            let (a, b) = (table + 44 * number, table + 44 * (number ^ 1).min(chunks - 1));
            for i in 0..44 {
                manifest.swap(a + i, b + i);
            }
            seal(&mut manifest);
            ("entries exchanged", one("manifest", manifest))
        }
        6 => {
            let mut manifest = read("manifest");
            let leaves = manifest.len() - 32 - entries + 44 * number + 39;
            manifest[leaves] = manifest[leaves].wrapping_add(1 + dice.below(254) as u8);
            seal(&mut manifest);
            ("another number of leaves", one("manifest", manifest))
        }
        7 => {
            let mut ids = read("ids");
            flip(&mut ids, dice);
            ("a bit of the identities", one("ids", ids))
        }
        8 => {
            let mut ids = read("ids");
            match dice.below(3) {
                0 => ids.truncate(dice.below(ids.len())),
                1 => ids.push(0),
                _ => ids.rotate_left(32),
            }
            ("other identities", one("ids", ids))
        }
        9 => {
            let mut bytes = read(&chunk);
            flip(&mut bytes, dice);
            ("a bit of a chunk", one(&chunk, bytes))
        }
        10 => {
            let mut bytes = read(&chunk);
            bytes.truncate(dice.below(bytes.len()));
            ("a chunk that is cut", one(&chunk, bytes))
        }
        11 => {
            let bytes = read(&chunk);
            let at = dice.below(places(&bytes).len() - 2);
            ("records exchanged", one(&chunk, with_records(&bytes, |records| records.swap(at, at + 1))))
        }
        12 => {
            let bytes = read(&chunk);
            let at = dice.below(places(&bytes).len() - 1);
            (
                "a record dropped",
                one(
                    &chunk,
                    with_records(&bytes, |records| {
                        records.remove(at);
                    }),
                ),
            )
        }
        13 => {
            let bytes = read(&chunk);
            let at = dice.below(places(&bytes).len() - 1);
            ("a record twice", one(&chunk, with_records(&bytes, |records| records.insert(at, at))))
        }
        14 if number != second => {
            let (a, b) = (read(&chunk), read(&chunk_name(second)));
            ("chunks exchanged", vec![(chunk, Some(b)), (chunk_name(second), Some(a))])
        }
        14 => ("a chunk that is gone", vec![(chunk, None)]),
        _ => {
            // Of a large state many chunks are the same at both heights.
            let differs = |name: &String| read(name) != fs::read(other.join(name)).unwrap();
            let chunk = (0..chunks).map(|n| chunk_name((number + n) % chunks)).find(differs).unwrap();
            let name = ["manifest", "ids", chunk.as_str(), "genesis"][dice.below(4)].to_owned();
            let theirs = match name.as_str() {
                "genesis" => b"another genesis".to_vec(),
                name => fs::read(other.join(name)).unwrap(),
            };
            ("a part of another snapshot", vec![(name, Some(theirs))])
        }
    }
}

#[test]
fn of_a_thousand_mutants_none_is_taken_and_the_snapshot_itself_is() {
    let world = World::new(items(), 6);
    let folder = world.path("snapshot");
    let chunks = world.snapshot("snapshot").chunks.len();
    assert!(chunks > 1, "no chunks to exchange");
    // Of the same network, by the same agencies, and of another height: its parts are honest, each for itself.
    let later = World::new(items(), 60);
    later.snapshot("snapshot");
    let other = later.path("snapshot");
    accept(&folder).unwrap();
    accept(&other).unwrap();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let begun = Instant::now();
    for n in 0..MUTANTS {
        let (what, change) = mutant(&folder, &other, chunks, &mut dice);
        let honest: Vec<(PathBuf, Vec<u8>)> =
            change.iter().map(|(name, _)| (folder.join(name), fs::read(folder.join(name)).unwrap())).collect();
        let same = change.iter().zip(&honest).all(|((_, changed), (_, honest))| changed.as_ref() == Some(honest));
        assert!(!same, "mutant {n}, {what}, changes nothing");
        for ((_, changed), (path, _)) in change.iter().zip(&honest) {
            match changed {
                Some(bytes) => fs::write(path, bytes).unwrap(),
                None => fs::remove_file(path).unwrap(),
            }
        }
        let error = accept(&folder).expect_err(&format!("mutant {n} is taken: {what}"));
        assert!(error.code().starts_with("H81"), "{error}");
        if n % RESTORED == 0 {
            let name = format!("mutant-{n}");
            assert_eq!(restore(&world, "snapshot", &name).err().map(|e| e.code()), Some(error.code()), "{what}");
            assert!(Store::open(&world.path(&name), small()).is_err());
            // What it had written of a large state takes as much room as the state.
            if world.path(&name).exists() {
                fs::remove_dir_all(world.path(&name)).unwrap();
            }
        }
        for (path, bytes) in honest {
            fs::write(path, bytes).unwrap();
        }
    }
    println!("{MUTANTS} mutants of a snapshot of {} items: none taken in {:.1?}", items(), begun.elapsed());
    accept(&folder).unwrap();
}

#[test]
fn what_strangers_signed_is_not_taken_though_it_holds_together() {
    let world = World::new(50, 1);
    let mut manifest = world.snapshot("snapshot");
    assert_eq!(Manifest::from_bytes(&manifest.to_bytes()).unwrap(), manifest);
    // A certificate of fewer than a quorum, of another block, and the state of another header.
    let refused = |manifest: &Manifest, code: &str| {
        assert_eq!(Manifest::from_bytes(&manifest.to_bytes()).unwrap_err().code(), code);
    };
    let honest = manifest.clone();
    manifest.head.certificate.signatures.pop();
    refused(&manifest, "H8125");
    manifest = honest.clone();
    manifest.head.certificate.block = Default::default();
    refused(&manifest, "H8122");
    manifest = honest.clone();
    manifest.head.header.state = Hash::default();
    manifest.head.certificate = certified(&manifest.head.header);
    refused(&manifest, "H8124");
    manifest = honest;
    manifest.changes = vec![manifest.head.clone()];
    refused(&manifest, "H8122");
}
