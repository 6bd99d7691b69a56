//! Tests of the store as a whole; those of damage and of random histories stand in files of their own.

mod archive;
mod damage;
mod fixture;
mod histories;
mod shapes;
mod slice;
#[path = "../../../tests/src/small_disk.rs"]
mod small_disk;

use crate::{Commit, Options, Store, StoreError};
use fixture::{
    Built, Chain, Done, certificate, duty, entry, feeds_of, genesis, grant, handover, hash, item, network, org,
    receipts_of, writes_of,
};
use ledger::{
    AlertId, ClassId, DutyId, Event, GrantId, Hash, ItemRecord, StateKey, StateRead, Timestamp, TxId, WriteSet,
    block::FeedLink,
    operation::{Purpose, Registry, Subject},
    record::{Due, FeedRecord, Hold, Packed, PendingOffer, Share, SharesRecord, Stamp},
    state::MemoryState,
    tree,
};
use std::{cell::Cell, path::Path};
use tempfile::TempDir;

pub(super) fn small() -> Options {
    Options { memtable_mib: 1, cache_mib: 1, sync: false, ..Options::default() }
}

/// A store with the same state in memory beside it.
pub(super) struct World {
    pub(super) store: Option<Store>,
    pub(super) memory: MemoryState,
    pub(super) chain: Chain,
    pub(super) nonce: u64,
    pub(super) options: Options,
    pub(super) folder: TempDir,
}

impl World {
    pub(super) fn new(items: u64, orgs: u64) -> World {
        World::with(small(), items, orgs)
    }

    pub(super) fn with(options: Options, items: u64, orgs: u64) -> World {
        let folder = TempDir::new().unwrap();
        let (writes, events) = genesis(items, orgs);
        let store = Store::create(&folder.path().join("s"), options, b"genesis", network(), &writes, &events).unwrap();
        let mut memory = MemoryState::default();
        memory.apply(&writes);
        World { store: Some(store), memory, chain: Chain::default(), nonce: 0, options, folder }
    }

    pub(super) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("s")
    }

    pub(super) fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    pub(super) fn close(&mut self) {
        self.store = None;
    }

    pub(super) fn reopen(&mut self) {
        self.store = None;
        self.store = Some(Store::open(&self.path(), self.options).unwrap());
    }

    /// Handovers of these items to these organisations, one after the other.
    pub(super) fn handovers(&mut self, moves: &[(u64, u64)]) -> Vec<Done> {
        let at = self.chain.stamp();
        let mut done: Vec<Done> = Vec::new();
        for (n, to) in moves {
            let id = item(*n);
            let now = done.iter().rev().find(|d| d.event.item == id).map(|d| d.record.clone());
            let record: ItemRecord = now.unwrap_or_else(|| self.memory.record(&StateKey::Item(id)).unwrap().unwrap());
            if record.custodian == org(*to) {
                continue;
            }
            self.nonce += 1;
            done.push(handover(id, &record, org(*to), at, self.nonce));
        }
        done
    }

    pub(super) fn root_after(&self, writes: &WriteSet) -> Hash {
        let mut after = self.memory.clone();
        after.apply(writes);
        after.root()
    }

    pub(super) fn commit_of<'a>(built: &'a Built, done: &[Done], writes: &WriteSet) -> Commit<'a> {
        Commit {
            block: &built.block,
            header: built.header.clone(),
            certificate: built.certificate.clone(),
            receipts: receipts_of(done),
            events: done.iter().map(|d| d.event.clone()).collect(),
            feeds: feeds_of(done, writes),
            writes: writes.clone(),
            candidate: None,
        }
    }

    pub(super) fn commit(&mut self, done: &[Done], writes: &WriteSet) {
        let built = self.chain.build(done, &receipts_of(done), self.root_after(writes));
        self.store().commit(World::commit_of(&built, done, writes)).unwrap();
        self.took(&built, writes);
    }

    pub(super) fn took(&mut self, built: &Built, writes: &WriteSet) {
        self.memory.apply(writes);
        self.chain.take(&built.header);
    }

    pub(super) fn step(&mut self, moves: &[(u64, u64)]) -> Vec<Done> {
        let done = self.handovers(moves);
        let writes = writes_of(&self.memory, &done, self.chain.stamp().height);
        self.commit(&done, &writes);
        done
    }

    pub(super) fn assert_same(&self) {
        let tip = self.store().tip();
        assert_eq!((tip.height, tip.block), (self.chain.height, self.chain.parent));
        assert_eq!(tip.root, self.memory.root());
        assert_eq!(tip.leaves, self.memory.len() as u64);
    }
}

#[test]
fn a_store_is_created_once_and_opened_many_times() {
    let mut world = World::new(20, 3);
    world.assert_same();
    let again = Store::create(&world.path(), small(), b"genesis", network(), &WriteSet::default(), &[]);
    assert_eq!(again.err().unwrap().code(), "H8103");
    world.close();
    let again = Store::create(&world.path(), small(), b"genesis", network(), &WriteSet::default(), &[]);
    assert_eq!(again.err().unwrap().code(), "H8101");
    for round in 0..12 {
        world.reopen();
        world.assert_same();
        world.step(&[(round, 1), (round + 1, 2), (round, 0)]);
    }
    world.reopen();
    world.assert_same();
    assert_eq!(world.store().genesis().unwrap(), b"genesis");
    assert_eq!(world.store().network(), network());
    let report = world.store().fsck().unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.height, report.blocks), (12, 12));
}

#[test]
fn what_cannot_be_opened_is_named() {
    let folder = TempDir::new().unwrap();
    let check = |result: Result<Store, StoreError>, code: &str| assert_eq!(result.err().unwrap().code(), code);
    check(Store::open(&folder.path().join("none"), small()), "H8102");
    let world = World::new(3, 1);
    check(Store::open(&world.path(), small()), "H8103");
}

#[test]
fn a_creation_that_was_interrupted_is_no_store_and_is_begun_anew() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("s");
    let (mut writes, events) = genesis(50, 2);
    writes.put(StateKey::Item(item(1_000_000)), &"no record of an item");
    let failed = Store::create(&path, small(), b"g", network(), &writes, &events);
    assert_eq!(failed.err().unwrap().code(), "H8114");
    assert_eq!(Store::open(&path, small()).err().unwrap().code(), "H8104");
    writes.remove(StateKey::Item(item(1_000_000)));
    let store = Store::create(&path, small(), b"g", network(), &writes, &events).unwrap();
    assert!(store.fsck().unwrap().is_clean());
}

#[test]
fn everything_committed_is_found_again() {
    let mut world = World::new(10, 3);
    let first = world.step(&[(0, 1), (1, 2)]);
    world.step(&[]);
    let third = world.step(&[(0, 2)]);
    for reopened in [false, true] {
        if reopened {
            world.reopen();
        }
        let store = world.store();
        let view = store.view().unwrap();
        assert_eq!(view.tip(), &store.tip());
        assert_eq!(store.tip().header.unwrap().id(), world.chain.parent);
        assert_eq!(view.tip_certificate().unwrap().unwrap().block, world.chain.parent);
        let found = store.tx(&first[1].id).unwrap().unwrap();
        assert_eq!((found.height, found.index, found.receipt.tx), (1, 1, first[1].id));
        assert_eq!(view.tx(&third[0].id).unwrap().unwrap().height, 3);
        assert_eq!(store.tx(&TxId(hash("no", 0))).unwrap(), None);
        assert_eq!(store.tx_bytes(1, 1).unwrap().unwrap(), first[1].bytes);
        assert_eq!(store.tx_bytes(1, 2).unwrap(), None);
        assert_eq!(store.tx_bytes(4, 0).unwrap(), None);
        assert_eq!(store.block(0).unwrap(), None);
        let (block, certificate) = store.block(2).unwrap().unwrap();
        let header = store.header(2).unwrap().unwrap();
        assert_eq!(ledger::Block::from_bytes(&block).unwrap().header, header);
        assert_eq!(certificate.block, header.id());
        assert_eq!(store.block(4).unwrap(), None);
        assert_eq!(store.receipts(1).unwrap(), receipts_of(&first));
        assert_eq!(store.receipts(2).unwrap(), vec![]);
        let ids: Vec<_> = (1..=3).map(|height| store.header(height).unwrap().unwrap().id()).collect();
        assert_eq!(store.block_ids(1, 9).unwrap(), ids);
        assert_eq!(view.block_ids(0, 2).unwrap(), ids[..2]);
        assert_eq!(store.block_ids(3, 9).unwrap(), ids[2..]);
        assert_eq!(store.block_ids(4, 9).unwrap(), vec![]);
        let events: Vec<Event> = store.events(&item(0), 1, 10).unwrap();
        assert_eq!(events[1..], [first[0].event.clone(), third[0].event.clone()]);
        assert_eq!(store.events(&item(0), 2, 1).unwrap(), events[1..2]);
        assert_eq!(store.events(&item(0), 4, 1).unwrap(), vec![]);
        assert_eq!(store.events(&item(99), 0, 1).unwrap(), vec![]);
    }
}

pub(super) fn offer(receiver: ledger::OrgId) -> PendingOffer {
    let (terms, expires) = (hash("terms", 0), Timestamp(1));
    PendingOffer { terms, receiver, expires, purpose: Purpose::Unstated, premises: None }
}

#[test]
fn lists_follow_the_records() {
    let mut world = World::new(9, 3);
    world.step(&[(0, 2), (1, 2)]);
    let sorted = |mut items: Vec<ledger::ItemId>| {
        items.sort();
        items
    };
    let mine = sorted([2, 5, 8, 0, 1].map(item).to_vec());
    assert_eq!(world.store().items_by_custodian(&org(2), None, 100).unwrap(), mine);
    assert_eq!(world.store().items_by_custodian(&org(2), Some(mine[1]), 2).unwrap(), mine[2..4]);
    assert_eq!(world.store().items(None, 100).unwrap(), sorted((0..9).map(item).collect()));
    assert_eq!(world.store().orgs(None, 100).unwrap().len(), 3);
    assert_eq!(world.store().items_with_offer_to(&org(1), None, 9).unwrap(), vec![]);
    let mut record: ItemRecord = world.memory.record(&StateKey::Item(item(3))).unwrap().unwrap();
    record.offer = Some(offer(org(1)));
    record.holds.push(Hold { by: vec![org(0)], placed: 1, reason: Default::default() });
    let mut writes = WriteSet::default();
    writes.put(StateKey::Item(item(3)), &record);
    world.commit(&[], &writes);
    assert_eq!(world.store().items_with_offer_to(&org(1), None, 9).unwrap(), vec![item(3)]);
    assert_eq!(world.store().items_held(None, 9).unwrap(), vec![item(3)]);
    record.offer = None;
    writes.put(StateKey::Item(item(3)), &record);
    world.commit(&[], &writes);
    assert_eq!(world.store().items_with_offer_to(&org(1), None, 9).unwrap(), vec![]);
    assert_eq!(world.store().items_held(None, 9).unwrap(), vec![item(3)]);
}

#[test]
fn shared_items_are_listed_with_whom_they_are_shared_until_their_record_is_gone() {
    let mut world = World::new(4, 3);
    let share = |n: u64| Share {
        with: org(n),
        by: org(0),
        from: Stamp::default(),
        until: Timestamp(9),
        cause: TxId(hash("share", n)),
    };
    let shares = |orgs: &[u64]| SharesRecord { shares: orgs.iter().map(|n| share(*n)).collect() };
    let listed = |world: &World, n: u64| world.store().items_shared_with(&org(n), None, 9).unwrap();
    let mut writes = WriteSet::default();
    writes.put(StateKey::Shares(item(0)), &shares(&[1, 2]));
    writes.put(StateKey::Shares(item(3)), &shares(&[2]));
    world.commit(&[], &writes);
    let mut both = vec![item(0), item(3)];
    both.sort();
    for reopened in [false, true] {
        if reopened {
            world.reopen();
        }
        assert_eq!((listed(&world, 0), listed(&world, 1)), (vec![], vec![item(0)]));
        assert_eq!(listed(&world, 2), both);
        assert!(world.store().fsck().unwrap().is_clean());
    }
    let mut writes = WriteSet::default();
    writes.put(StateKey::Shares(item(0)), &shares(&[2]));
    writes.remove(StateKey::Shares(item(3)));
    world.commit(&[], &writes);
    assert_eq!((listed(&world, 1), listed(&world, 2)), (vec![], vec![item(0)]));
    assert!(world.store().fsck().unwrap().is_clean());
}

#[test]
fn feeds_are_found_link_by_link_and_end_in_their_record() {
    let mut world = World::new(9, 3);
    let first = world.step(&[(0, 1), (1, 2)]);
    world.step(&[]);
    world.step(&[(0, 2)]);
    for reopened in [false, true] {
        if reopened {
            world.reopen();
        }
        let (store, view) = (world.store(), world.store().view().unwrap());
        let links = store.feed_links(&org(1), 1, 9).unwrap();
        assert_eq!(view.feed_links(&org(1), 0, 9).unwrap(), links);
        assert_eq!(links.iter().map(|link| (link.count, link.height)).collect::<Vec<_>>(), [(1, 1), (2, 3)]);
        // It took one item and gave another away, in the order of the events.
        let entries = fixture::entries_of(&first).remove(&org(1)).unwrap();
        assert_eq!((links[0].entries.len(), &links[0].entries), (2, &entries));
        assert_eq!(store.feed_links(&org(1), 2, 9).unwrap(), links[1..]);
        assert_eq!(store.feed_links(&org(1), 1, 1).unwrap(), links[..1]);
        assert_eq!(store.feed_links(&org(1), 3, 9).unwrap(), []);
        assert_eq!(store.feed_links(&org(9), 1, 9).unwrap(), []);
        let record: FeedRecord = store.record(&StateKey::Feed(org(1))).unwrap().unwrap();
        assert_eq!(record, links[1].record());
        let report = store.fsck().unwrap();
        assert!(report.is_clean(), "{report:?}");
        // Three were touched at first, two later.
        assert_eq!(report.links, 5);
    }
}

#[test]
fn lists_of_registries_grants_duties_and_units_follow_the_records() {
    let mut world = World::new(4, 3);
    let grant_of = |n: u64| GrantId(hash("grant", n));
    let duty_of = |n: u64| DutyId(hash("duty", n));
    let place = |n: u64| hash("place", n);
    let sorted = |mut hashes: Vec<Hash>| {
        hashes.sort();
        hashes
    };
    let class = ClassId(hash("class", 0));
    let mut writes = WriteSet::default();
    // Two entries of one place, one after the other; it is listed once.
    for n in [1, 2] {
        let listed = entry(Registry::Qualified, Subject::Org(org(0)), (n == 1).then_some(Timestamp(7)));
        writes.put(StateKey::Entry { place: place(0), n }, &listed);
    }
    let rows = [
        (place(1), Registry::Qualified, Subject::Org(org(1))),
        (place(2), Registry::WhiteList, Subject::OrgClass(org(0), class)),
        (place(3), Registry::PositiveList, Subject::Class(class)),
    ];
    for (place, registry, subject) in rows {
        writes.put(StateKey::Entry { place, n: 1 }, &entry(registry, subject, None));
    }
    writes.put(StateKey::Grant(grant_of(0)), &grant(org(0), Some(org(1))));
    writes.put(StateKey::Grant(grant_of(1)), &grant(org(1), Some(org(1))));
    writes.put(StateKey::Duty(duty_of(0)), &duty(vec![org(0), org(1)]));
    writes.put(StateKey::Proposal(TxId(hash("proposal", 0))), &0u8);
    writes.put(StateKey::Alert(AlertId(hash("alert", 0))), &0u8);
    let unit = item(0);
    let mut packed: ItemRecord = world.memory.record(&StateKey::Item(item(1))).unwrap().unwrap();
    packed.container = Some(Packed { unit, level: 0 });
    writes.put(StateKey::Item(item(1)), &packed);
    world.commit(&[], &writes);
    for reopened in [false, true] {
        if reopened {
            world.reopen();
        }
        let store = world.store();
        assert_eq!(store.registers(Registry::Qualified, None, 9).unwrap(), sorted(vec![place(0), place(1)]));
        assert_eq!(store.registers(Registry::Expert, None, 9).unwrap(), []);
        let about = |subject: &Hash| store.registers_about(subject, None, 9).unwrap();
        assert_eq!(about(&org(0).0), sorted(vec![place(0), place(2)]));
        assert_eq!(about(&class.0), [place(3)]);
        let first = about(&org(0).0)[0];
        assert_eq!(store.registers_about(&org(0).0, Some(first), 9).unwrap().len(), 1);
        let grants = |list: Vec<GrantId>| sorted(list.into_iter().map(|id| id.0).collect());
        let both = sorted(vec![grant_of(0).0, grant_of(1).0]);
        assert_eq!(grants(store.grants(None, 9).unwrap()), both);
        assert_eq!(grants(store.grants_of(&org(1), None, 9).unwrap()), both);
        assert_eq!(store.grants_of(&org(0), None, 9).unwrap(), [grant_of(0)]);
        assert_eq!(store.duties(None, 9).unwrap(), [duty_of(0)]);
        assert_eq!(store.duties_of(&org(1), None, 9).unwrap(), [duty_of(0)]);
        assert_eq!(store.duties_of(&org(2), None, 9).unwrap(), []);
        assert_eq!(store.proposals(None, 9).unwrap(), [TxId(hash("proposal", 0))]);
        assert_eq!(store.alerts(None, 9).unwrap(), [AlertId(hash("alert", 0))]);
        assert_eq!(store.items_in(&unit, None, 9).unwrap(), [item(1)]);
        assert!(store.fsck().unwrap().is_clean());
    }
    packed.container = None;
    let mut writes = WriteSet::default();
    writes.put(StateKey::Item(item(1)), &packed);
    writes.put(StateKey::Duty(duty_of(0)), &duty(vec![org(2)]));
    world.commit(&[], &writes);
    assert_eq!(world.store().items_in(&unit, None, 9).unwrap(), []);
    assert_eq!(world.store().duties_of(&org(1), None, 9).unwrap(), []);
    assert_eq!(world.store().duties_of(&org(2), None, 9).unwrap(), [duty_of(0)]);
    assert!(world.store().fsck().unwrap().is_clean());
}

#[test]
fn what_is_due_comes_back_in_its_order_and_what_is_gone_is_not_passed_over() {
    let mut world = World::new(3, 2);
    let key = |at: u64, n: u64| StateKey::Due { at: Timestamp(at), id: hash("due", n) };
    let record = Due::Offer(item(0));
    let check = |world: &World, floor: u64| {
        let (store, view) = (world.store(), world.store().view().unwrap());
        for until in [0, 1_300, 1_700, u64::MAX] {
            for limit in [0, 1, 7, 1_000] {
                let expected = world.memory.due(Timestamp(until), limit).unwrap();
                assert_eq!(store.due(Timestamp(until), limit).unwrap(), expected, "{until} {limit}");
                assert_eq!(view.due(Timestamp(until), limit).unwrap(), expected, "{until} {limit}");
            }
        }
        assert!(store.due(Timestamp(u64::MAX), 1_000).unwrap().is_sorted());
        assert_eq!(store.now().due_floor, Timestamp(floor));
    };
    check(&world, u64::MAX);
    let mut writes = WriteSet::default();
    for n in 0..40 {
        writes.put(key(1_300 + n * 7 % 8 * 100, n), &record);
    }
    world.commit(&[], &writes);
    check(&world, 1_300);
    world.reopen();
    check(&world, 1_300);
    let fire = |world: &mut World, until: u64| {
        let mut writes = WriteSet::default();
        for (at, id) in world.store().due(Timestamp(until), 1_000).unwrap() {
            writes.remove(StateKey::Due { at, id });
        }
        world.commit(&[], &writes);
    };
    fire(&mut world, 1_599);
    check(&world, 1_600);
    world.reopen();
    check(&world, 1_600);
    // Something earlier is made due, and something goes that was never there.
    let mut writes = WriteSet::default();
    writes.put(key(900, 100), &record);
    writes.remove(key(900, 101));
    world.commit(&[], &writes);
    check(&world, 900);
    fire(&mut world, 900);
    check(&world, 1_600);
    assert!(world.store().fsck().unwrap().is_clean());
    fire(&mut world, u64::MAX);
    check(&world, u64::MAX);
    world.reopen();
    check(&world, u64::MAX);
    assert!(world.store().fsck().unwrap().is_clean());
}

#[test]
fn a_commit_that_does_not_fit_is_refused_and_changes_nothing() {
    let mut world = World::new(10, 3);
    world.step(&[(0, 1)]);
    let done = world.handovers(&[(1, 2)]);
    let writes = writes_of(&world.memory, &done, 2);
    let root = world.root_after(&writes);
    let good = world.chain.build(&done, &receipts_of(&done), root);
    let wrong = world.chain.build(&done, &receipts_of(&done), hash("another root", 0));
    let refused = |commit: Commit<'_>, code: &str| {
        let error = world.store().commit(commit).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(!error.help().is_empty());
        world.assert_same();
    };
    refused(World::commit_of(&wrong, &done, &writes), "H8112");
    let mut commit = World::commit_of(&good, &done, &writes);
    commit.certificate.block = Default::default();
    refused(commit, "H8111");
    let mut commit = World::commit_of(&good, &done, &writes);
    commit.block = b"other bytes";
    refused(commit, "H8111");
    let mut commit = World::commit_of(&good, &done, &writes);
    commit.receipts[0].index = 1;
    refused(commit, "H8111");
    // A link that is missing, of another height, of another head, or of a feed that is not written.
    let spoil: [fn(&mut Vec<FeedLink>); 4] = [
        |feeds| drop(feeds.pop()),
        |feeds| feeds[0].height += 1,
        |feeds| feeds[0].head = hash("another head", 0),
        |feeds| feeds.push(FeedLink::behind(None, ledger::OrgId(ledger::Hash([255; 32])), 2, Vec::new())),
    ];
    for spoil in spoil {
        let mut commit = World::commit_of(&good, &done, &writes);
        spoil(&mut commit.feeds);
        refused(commit, "H8111");
    }
    let mut later = world.chain.clone();
    later.take(&good.header);
    let ahead = later.build(&done, &receipts_of(&done), root);
    refused(World::commit_of(&ahead, &done, &writes), "H8110");
    let mut others = writes.clone();
    others.put(StateKey::Org(org(1)), &1u8);
    let mut commit = World::commit_of(&good, &done, &writes);
    commit.candidate = Some(world.store().candidate(&others).unwrap());
    refused(commit, "H8113");
    let mut long = WriteSet::default();
    long.put(StateKey::Params, &vec![7u8; ledger::state::MAX_RECORD_BYTES + 1]);
    assert_eq!(world.store().candidate(&long).unwrap_err().code(), "H8114");
    let mut commit = World::commit_of(&good, &done, &writes);
    let candidate = world.store().candidate(&writes).unwrap();
    assert_eq!((candidate.root(), candidate.leaves()), (root, world.memory.len() as u64 + 1));
    commit.candidate = Some(candidate);
    world.store().commit(commit).unwrap();
    world.took(&good, &writes);
    world.assert_same();
    world.reopen();
    world.assert_same();
}

#[test]
fn an_old_candidate_is_made_anew() {
    let mut world = World::new(10, 3);
    let done = world.handovers(&[(1, 2)]);
    let writes = writes_of(&world.memory, &done, 1);
    let old = world.store().candidate(&writes).unwrap();
    world.step(&[(5, 0)]);
    let done = world.handovers(&[(1, 2)]);
    let writes = writes_of(&world.memory, &done, 2);
    let built = world.chain.build(&done, &receipts_of(&done), world.root_after(&writes));
    let mut commit = World::commit_of(&built, &done, &writes);
    commit.candidate = Some(old);
    world.store().commit(commit).unwrap();
    world.took(&built, &writes);
    world.assert_same();
}

#[test]
fn a_larger_certificate_takes_the_place_of_a_smaller_one_of_the_same_block() {
    let mut world = World::new(3, 2);
    world.step(&[(0, 1)]);
    let header = world.store().header(1).unwrap().unwrap();
    let signers = |world: &World| world.store().certificate(1).unwrap().unwrap().signatures.len();
    world.store().replace_certificate(&certificate(&header, 2)).unwrap();
    assert_eq!(signers(&world), 3);
    world.store().replace_certificate(&certificate(&header, 4)).unwrap();
    assert_eq!(signers(&world), 4);
    let mut other = certificate(&header, 5);
    other.block = Default::default();
    assert_eq!(world.store().replace_certificate(&other).unwrap_err().code(), "H8115");
    other.height = 2;
    assert_eq!(world.store().replace_certificate(&other).unwrap_err().code(), "H8115");
    world.reopen();
    assert_eq!(signers(&world), 4);
}

thread_local! {
    static STOP_AT: Cell<&'static str> = const { Cell::new("") };
}

fn stop_here(name: &str) {
    if STOP_AT.get() == name {
        STOP_AT.set("");
        panic!("stopped at {name}");
    }
}

#[test]
fn a_commit_that_is_cut_off_is_whole_or_absent_when_the_store_opens_again() {
    let check = |stop: &'static str, is_there: bool| {
        let mut world = World::with(Options { failpoint: stop_here, ..small() }, 10, 3);
        world.step(&[(0, 1)]);
        let done = world.handovers(&[(1, 2), (2, 0)]);
        let writes = writes_of(&world.memory, &done, 2);
        let built = world.chain.build(&done, &receipts_of(&done), world.root_after(&writes));
        STOP_AT.set(stop);
        let run = || world.store().commit(World::commit_of(&built, &done, &writes));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
        // The store that stopped writes nothing more.
        assert_eq!(run().unwrap_err(), StoreError::Stopped);
        if is_there {
            world.took(&built, &writes);
        }
        world.reopen();
        world.assert_same();
        assert!(world.store().fsck().unwrap().is_clean());
        world.step(&[(3, 1)]);
    };
    for (stop, is_there) in crate::FAIL_POINTS.into_iter().zip([false, true, true]) {
        check(stop, is_there);
    }
}

#[test]
fn a_view_stays_at_its_height_while_others_are_committed() {
    let mut world = World::new(600, 3);
    world.step(&[(0, 1), (1, 2)]);
    let before = world.memory.clone();
    let store = world.store.take().unwrap();
    let view = store.view().unwrap();
    let keys: Vec<StateKey> = (0..20).map(|n| StateKey::Item(item(n * 40))).collect();
    let first: Vec<_> = keys.iter().map(|k| view.prove(k).unwrap()).collect();
    let (height, root) = (view.tip().height, view.tip().root);
    for n in 0..5 {
        let done = world.handovers(&[(n, 0), (n + 40, 2), (n + 80, 1)]);
        let writes = writes_of(&world.memory, &done, world.chain.stamp().height);
        let built = world.chain.build(&done, &receipts_of(&done), world.root_after(&writes));
        store.commit(World::commit_of(&built, &done, &writes)).unwrap();
        world.took(&built, &writes);
    }
    assert_eq!((view.tip().height, view.tip().root), (height, root));
    for (key, proved) in keys.iter().zip(&first) {
        assert_eq!(&view.prove(key).unwrap(), proved);
        assert_eq!(view.read(key).unwrap(), before.read(key).unwrap());
        let value = proved.value.as_deref().map(tree::value);
        assert!(proved.proof.proves(&root, &key.hash(), value.as_ref()));
    }
    assert_eq!(view.block(height + 1).unwrap(), None);
    assert_eq!(view.events(&item(40), 1, 10).unwrap().len(), 1);
    assert_eq!(store.events(&item(40), 1, 10).unwrap().len(), 2);
    assert_eq!(store.view().unwrap().tip().height, height + 5);
}

#[test]
fn proofs_hold_while_commits_go_on() {
    let mut world = World::new(300, 3);
    let store = world.store.take().unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    let proofs = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut proofs = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                for n in 0..50 {
                    let view = store.view().unwrap();
                    let proved = view.prove(&StateKey::Item(item(n))).unwrap();
                    let events = view.events(&item(n), 1, 1_000).unwrap();
                    let record: ItemRecord = view.record(&StateKey::Item(item(n))).unwrap().unwrap();
                    assert_eq!(events.len() as u64, record.count);
                    assert_eq!(proved.height, view.tip().height);
                    proofs += 1;
                }
            }
            proofs
        });
        for n in 0..60u64 {
            let moves: Vec<(u64, u64)> = (0..20).map(|i| ((n * 7 + i) % 300, (n + i) % 3)).collect();
            let done = world.handovers(&moves);
            let writes = writes_of(&world.memory, &done, world.chain.stamp().height);
            let built = world.chain.build(&done, &receipts_of(&done), world.root_after(&writes));
            store.commit(World::commit_of(&built, &done, &writes)).unwrap();
            world.took(&built, &writes);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        reader.join().unwrap()
    });
    assert!(proofs > 0);
    assert!(store.fsck().unwrap().is_clean());
}

pub(super) fn files_under(path: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(files_under(&path)),
            false => files.push(path),
        }
    }
    files.sort();
    files
}
