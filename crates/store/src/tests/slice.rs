//! Slices: what is put is there, whole steps of it, and nothing else is.

use super::{
    damage::copy,
    histories::{KINDS, key, put},
    *,
};
use crate::{Archive, MAX_LOOSE_HEADS, OwnTx, SliceBatch, TxLocation, View, column::Column, snapshot};
use ledger::{Cause, Certificate, Header, OrgId, Signature, SignedTx, block::FeedEntry, codec};
use rocksdb::WriteBatch;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A ledger, and beside it the slice of one of its organisations.
struct Member {
    ledger: World,
    slice: Option<Store>,
    options: Options,
    folder: TempDir,
}

/// Whose slice it is.
fn own() -> OrgId {
    org(1)
}

fn empty<'a>(head: &'a Header, certificate: &'a Certificate) -> SliceBatch<'a> {
    SliceBatch {
        head,
        certificate,
        as_of: head.height,
        writes: WriteSet::default(),
        events: Vec::new(),
        links: Vec::new(),
        headers: Vec::new(),
        txs: Vec::new(),
        kept: None,
    }
}

/// Writes what the ledger has for a key, or that it has nothing.
fn take(full: &View<'_>, writes: &mut WriteSet, key: &StateKey) {
    writes.restore(key.clone(), Some(full.read(key).unwrap()));
}

/// What the ledger has for the slice behind this end of its feed.
fn step<'a>(full: &View<'_>, upto: &FeedRecord, head: &'a Header, certificate: &'a Certificate) -> SliceBatch<'a> {
    let mut batch = empty(head, certificate);
    take(full, &mut batch.writes, &StateKey::Feed(own()));
    for link in full.feed_links(&own(), upto.count + 1, 1_000).unwrap() {
        batch.headers.push(full.header(link.height).unwrap().unwrap());
        for entry in &link.entries {
            let FeedEntry::Event(named) = entry else { continue };
            let event = full.events(&named.item, named.n, 1).unwrap().remove(0);
            if let Cause::Tx { id, .. } = event.cause {
                let TxLocation { height, index, receipt } = full.tx(&id).unwrap().unwrap();
                let bytes = full.tx_bytes(height, index).unwrap().unwrap();
                batch.txs.push(OwnTx { height, bytes, receipt });
            }
            take(full, &mut batch.writes, &StateKey::Item(named.item));
            batch.events.push(event);
        }
        batch.links.push(link);
    }
    batch
}

impl Member {
    fn new(options: Options) -> Member {
        let folder = TempDir::new().unwrap();
        let slice = Store::create_slice(&folder.path().join("s"), options, network(), own()).unwrap();
        Member { ledger: World::new(12, 3), slice: Some(slice), options, folder }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("s")
    }

    fn slice(&self) -> &Store {
        self.slice.as_ref().unwrap()
    }

    fn reopen(&mut self) {
        self.slice = None;
        self.slice = Some(Store::open_slice(&self.path(), self.options, own()).unwrap());
    }

    /// Puts what the ledger has and the slice has not.
    fn follow(&self) -> Result<(), StoreError> {
        self.follow_with(|_| {})
    }

    fn follow_with(&self, spoil: impl FnOnce(&mut SliceBatch<'_>)) -> Result<(), StoreError> {
        let full = self.ledger.store().view().unwrap();
        let (head, certificate) = (full.tip().header.clone().unwrap(), full.tip_certificate().unwrap().unwrap());
        let upto = self.slice().view()?.upto()?.unwrap();
        let mut batch = step(&full, &upto, &head, &certificate);
        spoil(&mut batch);
        self.slice().put_slice(batch)
    }

    /// The slice has the whole feed, with all that it names, as the ledger has it.
    fn assert_whole(&self) {
        let (full, slice) = (self.ledger.store().view().unwrap(), self.slice().view().unwrap());
        assert_eq!(slice.tip().header, full.tip().header);
        let links = full.feed_links(&own(), 1, 1_000).unwrap();
        assert_eq!(slice.feed_links(&own(), 1, 1_000).unwrap(), links);
        assert_eq!(slice.upto().unwrap(), links.last().map(FeedLink::record));
        for link in &links {
            assert_eq!(slice.header(link.height).unwrap(), full.header(link.height).unwrap());
            for entry in &link.entries {
                let FeedEntry::Event(named) = entry else { continue };
                let events = full.events(&named.item, named.n, 1).unwrap();
                assert_eq!(slice.events(&named.item, named.n, 1).unwrap(), events);
                let Cause::Tx { id, .. } = events[0].cause else { panic!("{events:?}") };
                let location = full.tx(&id).unwrap().unwrap();
                assert_eq!(slice.tx(&id).unwrap().as_ref(), Some(&location));
                let bytes = full.tx_bytes(location.height, location.index).unwrap();
                assert_eq!(slice.tx_bytes(location.height, location.index).unwrap(), bytes);
            }
        }
        let report = self.slice().fsck().unwrap();
        assert!(report.is_clean(), "{report:?}");
        assert_eq!(report.links, links.len() as u64);
    }
}

#[test]
fn a_slice_has_what_was_put_and_goes_on_where_it_ended() {
    let mut member = Member::new(small());
    assert_eq!(member.slice().slice_of(), Some(own()));
    assert!(member.slice().fsck().unwrap().is_clean());
    member.reopen();
    for moves in [&[(0, 1), (1, 2)][..], &[(2, 0)], &[], &[(0, 2), (4, 0), (0, 1)], &[(7, 0)]] {
        member.ledger.step(moves);
        // Of every other block the slice hears with the next one.
        if member.ledger.chain.height % 2 == 1 {
            member.follow().unwrap();
            member.assert_whole();
        }
        member.reopen();
    }
    member.assert_whole();
    let view = member.slice().view().unwrap();
    // Of an item that came from elsewhere the events before are not there; of others nothing is.
    assert_eq!(view.events(&item(0), 1, 10).unwrap()[0].n, 2);
    assert_eq!(view.events(&item(2), 1, 10).unwrap(), []);
    assert_eq!(view.read(&StateKey::Item(item(2))).unwrap(), None);
    assert_eq!(view.items(None, 10).unwrap().len(), 4);
    for height in 0..=5 {
        assert_eq!(view.block(height).unwrap(), None);
        assert_eq!(view.receipts(height).unwrap(), []);
        assert_eq!(view.tx_bytes(height, 9).unwrap(), None);
    }
    assert_eq!(view.tx(&TxId(hash("no", 0))).unwrap(), None);
    assert_eq!(view.feed_links(&org(0), 1, 9).unwrap(), []);
    assert_eq!(view.feed_links(&own(), 2, 1).unwrap()[0].count, 2);
}

#[test]
fn every_record_knows_as_of_when_it_is_and_what_is_kept_is_the_last() {
    let mut member = Member::new(small());
    let as_of = |member: &Member, n: u64| member.slice().view().unwrap().as_of(&StateKey::Item(item(n))).unwrap();
    let kept = |member: &Member| member.slice().view().unwrap().kept().unwrap();
    assert_eq!((as_of(&member, 0), kept(&member)), (None, None));
    member.ledger.step(&[(0, 1)]);
    member.follow_with(|batch| batch.kept = Some(b"first")).unwrap();
    assert_eq!((as_of(&member, 0), as_of(&member, 1), kept(&member)), (Some(1), None, Some(b"first".to_vec())));
    member.ledger.step(&[(1, 0)]);
    // That there is no such item was proven too.
    member.follow_with(|batch| batch.writes.remove(StateKey::Item(item(99)))).unwrap();
    member.reopen();
    assert_eq!((as_of(&member, 0), as_of(&member, 1), as_of(&member, 99)), (Some(1), Some(2), Some(2)));
    assert_eq!(kept(&member), Some(b"first".to_vec()));
    member.follow_with(|batch| batch.kept = Some(b"other")).unwrap();
    assert_eq!(kept(&member), Some(b"other".to_vec()));
    assert_eq!(member.ledger.store().view().unwrap().as_of(&StateKey::Item(item(0))).unwrap(), None);
}

/// Whoever brings what was true before, in good faith or not, changes nothing.
#[test]
fn a_record_does_not_go_back_to_what_was_proven_earlier() {
    let mut member = Member::new(small());
    let key = StateKey::Item(item(0));
    member.ledger.step(&[(0, 1)]);
    member.follow().unwrap();
    let old = member.slice().read(&key).unwrap();
    member.ledger.step(&[(0, 2)]);
    member.follow().unwrap();
    let new = member.slice().read(&key).unwrap();
    assert!(old.is_some() && new.is_some() && old != new);
    let bring = |as_of: u64, record: &Option<Vec<u8>>| {
        let brought = member.follow_with(|batch| {
            batch.as_of = as_of;
            batch.writes.restore(key.clone(), Some(record.clone()));
        });
        brought.unwrap();
        let view = member.slice().view().unwrap();
        (view.read(&key).unwrap(), view.as_of(&key).unwrap())
    };
    assert_eq!(bring(1, &old), (new.clone(), Some(2)));
    assert_eq!(bring(1, &None), (new.clone(), Some(2)));
    assert_eq!(bring(2, &new), (new.clone(), Some(2)));
    // It was proven under a head that the slice has not come to; what is of between is older.
    assert_eq!(bring(4, &None), (None, Some(4)));
    assert_eq!(bring(3, &new), (None, Some(4)));
    assert_eq!(bring(5, &new), (new.clone(), Some(5)));
    let report = member.slice().fsck().unwrap();
    assert!(report.is_clean(), "{report:?}");
}

#[test]
fn the_last_bundle_of_an_item_is_kept() {
    let mut member = Member::new(small());
    let file = |member: &Member, n: u64| member.slice().view().unwrap().file(&item(n)).unwrap();
    assert_eq!(file(&member, 0), None);
    member.slice().put_file(&item(0), 5, b"five").unwrap();
    member.slice().put_file(&item(1), 6, b"").unwrap();
    member.slice().put_file(&item(0), 4, b"four").unwrap();
    assert_eq!((file(&member, 0), file(&member, 1)), (Some((5, b"five".to_vec())), Some((6, Vec::new()))));
    member.slice().put_file(&item(0), 5, b"five again").unwrap();
    member.reopen();
    assert_eq!((file(&member, 0), file(&member, 2)), (Some((5, b"five again".to_vec())), None));
    assert!(member.slice().fsck().unwrap().is_clean());
}

const ALL: usize = crate::MAX_PAGE;

fn keys<I>(found: Result<Vec<I>, StoreError>, key: impl Fn(I) -> StateKey) -> Vec<StateKey> {
    found.unwrap().into_iter().map(key).collect()
}

/// Every listing, each member as the key of the record that puts it there.
fn listings(view: &View<'_>) -> Vec<Vec<StateKey>> {
    let first = |place| StateKey::Entry { place, n: 1 };
    let mut found = vec![
        keys(view.orgs(None, ALL), StateKey::Org),
        keys(view.classes(None, ALL), StateKey::Class),
        keys(view.packs(None, ALL), StateKey::Pack),
        keys(view.items(None, ALL), StateKey::Item),
        keys(view.items_held(None, ALL), StateKey::Item),
        keys(view.items_in(&item(0), None, ALL), StateKey::Item),
        keys(view.grants(None, ALL), StateKey::Grant),
        keys(view.duties(None, ALL), StateKey::Duty),
        keys(view.proposals(None, ALL), StateKey::Proposal),
        keys(view.alerts(None, ALL), StateKey::Alert),
    ];
    for n in [0, 1, 2, 3, 9] {
        found.push(keys(view.items_by_custodian(&org(n), None, ALL), StateKey::Item));
        found.push(keys(view.items_with_offer_to(&org(n), None, ALL), StateKey::Item));
        found.push(keys(view.items_shared_with(&org(n), None, ALL), StateKey::Shares));
        found.push(keys(view.keys_of(&org(n), None, ALL), StateKey::Key));
        found.push(keys(view.nodes_of(&org(n), None, ALL), StateKey::Node));
        found.push(keys(view.registers_about(&org(n).0, None, ALL), first));
        found.push(keys(view.grants_of(&org(n), None, ALL), StateKey::Grant));
        found.push(keys(view.duties_of(&org(n), None, ALL), StateKey::Duty));
    }
    for registry in [Registry::Qualified, Registry::Tri, Registry::Expert] {
        found.push(keys(view.registers(registry, None, ALL), first));
    }
    let (end, limit) = (Timestamp(u64::MAX), 10_000);
    found.push(
        view.expired(end, limit).unwrap().into_iter().map(|(expires, tx)| StateKey::Seen { expires, tx }).collect(),
    );
    found.push(view.due(end, limit).unwrap().into_iter().map(|(at, id)| StateKey::Due { at, id }).collect());
    found
}

fn share(with: OrgId) -> SharesRecord {
    let (from, until) = (Stamp::default(), Timestamp(9));
    SharesRecord { shares: vec![Share { with, by: org(0), from, until, cause: TxId::default() }] }
}

/// Records of every kind come, change and go; the slice is given some of them each time.
#[test]
fn every_listing_is_the_ledgers_restricted_to_the_records_put() {
    let mut member = Member::new(small());
    let is_put = |key: &StateKey| !key.hash().0[31].is_multiple_of(3);
    for round in 0..8u64 {
        let mut writes = WriteSet::default();
        for n in 0..300 {
            let [kind, id, variant, end] = *hash("act", round * 1_000 + n).0.first_chunk::<4>().unwrap();
            match end % 5 {
                0 | 1 => writes.remove(key(kind % KINDS, id)),
                _ => put(&mut writes, kind % KINDS, id, variant),
            }
            let (shared, with) = (StateKey::Shares(item(u64::from(id))), org(u64::from(variant % 4)));
            match end % 8 {
                0 => writes.remove(shared),
                1 => writes.put(shared, &share(with)),
                _ => {}
            }
        }
        member.ledger.commit(&[], &writes);
        let full = member.ledger.store().view().unwrap();
        let (head, certificate) = (full.tip().header.clone().unwrap(), full.tip_certificate().unwrap().unwrap());
        let mut batch = empty(&head, &certificate);
        for (key, _) in writes.changes().filter(|(key, _)| is_put(key)) {
            take(&full, &mut batch.writes, key);
        }
        member.slice().put_slice(batch).unwrap();
        drop(full);
        if round % 3 == 0 {
            member.reopen();
        }
        let (full, slice) = (member.ledger.store().view().unwrap(), member.slice().view().unwrap());
        // Genesis of the ledger was never put.
        let restricted = |list: Vec<StateKey>| -> Vec<StateKey> {
            list.into_iter().filter(|key| slice.as_of(key).unwrap().is_some()).collect()
        };
        let (expected, found) = (listings(&full), listings(&slice));
        assert!(expected.iter().filter(|list| !list.is_empty()).count() > 25);
        for (at, (expected, found)) in expected.into_iter().zip(found).enumerate() {
            assert_eq!(found, restricted(expected), "listing {at} in round {round}");
        }
        assert!(member.slice().fsck().unwrap().is_clean());
    }
}

#[test]
fn what_takes_a_whole_ledger_is_refused() {
    let mut member = Member::new(small());
    member.ledger.step(&[(0, 1)]);
    member.follow().unwrap();
    let slice = member.slice();
    let refused = |error: StoreError| assert_eq!(error.code(), "H8119", "{error}");
    refused(slice.candidate(&WriteSet::default()).unwrap_err());
    refused(slice.view().unwrap().candidate(&WriteSet::default()).unwrap_err());
    refused(slice.prove(&StateKey::Feed(own())).unwrap_err());
    refused(slice.view().unwrap().prove(&StateKey::Params).unwrap_err());
    refused(slice.genesis().unwrap_err());
    let done = member.ledger.handovers(&[(1, 2)]);
    let writes = writes_of(&member.ledger.memory, &done, 2);
    let built = member.ledger.chain.build(&done, &receipts_of(&done), member.ledger.root_after(&writes));
    refused(member.slice().commit(World::commit_of(&built, &done, &writes)).unwrap_err());
    let archive = Archive::open(&member.folder.path().join("a"), small(), network()).unwrap();
    refused(member.slice().attach(archive.into()).unwrap_err());
    let made = snapshot::make(&member.slice().view().unwrap(), &member.folder.path().join("snapshot"));
    assert_eq!(made.err().unwrap().code(), "H8119");
    member.assert_whole();
    // And the other way round.
    let ledger = member.ledger.store();
    let head = ledger.tip().header.unwrap();
    refused(ledger.put_slice(empty(&head, &certificate(&head, 3))).unwrap_err());
    refused(ledger.put_file(&item(0), 1, b"").unwrap_err());
    refused(ledger.begin_slice(&FeedRecord { count: 1, head: Hash::default(), height: 1 }).unwrap_err());
    let view = ledger.view().unwrap();
    assert_eq!((view.upto().unwrap(), view.kept().unwrap(), view.file(&item(0)).unwrap()), (None, None, None));
    assert_eq!(ledger.slice_of(), None);
}

#[test]
fn a_slice_opens_for_its_organisation_alone() {
    let mut member = Member::new(small());
    let again = Store::create_slice(&member.path(), small(), network(), own());
    assert_eq!(again.err().unwrap().code(), "H8103");
    member.slice = None;
    let check = |opened: Result<Store, StoreError>, code: &str| assert_eq!(opened.err().unwrap().code(), code);
    check(Store::open_slice(&member.path(), small(), org(2)), "H8128");
    check(Store::create_slice(&member.path(), small(), network(), own()), "H8101");
    check(Store::create(&member.path(), small(), b"genesis", network(), &WriteSet::default(), &[]), "H8101");
    member.ledger.close();
    check(Store::open_slice(&member.ledger.path(), small(), own()), "H8128");
    check(Store::open_slice(&member.folder.path().join("none"), small(), own()), "H8102");
    member.reopen();
    assert_eq!(member.slice().network(), network());
}

#[test]
fn links_continue_the_feed_and_lead_to_its_record() {
    let mut member = Member::new(small());
    member.ledger.step(&[(0, 1)]);
    member.follow().unwrap();
    for moves in [&[(1, 2), (3, 1)][..], &[(1, 1)], &[(3, 0)]] {
        member.ledger.step(moves);
    }
    let check = |expect: &str, what: &str, spoil: &dyn Fn(&mut SliceBatch<'_>)| {
        let before = (member.slice().tip(), member.slice().view().unwrap().upto().unwrap());
        assert_eq!(member.follow_with(spoil).unwrap_err().code(), expect, "{what}");
        assert_eq!((member.slice().tip(), member.slice().view().unwrap().upto().unwrap()), before, "{what}");
    };
    let feed = StateKey::Feed(own());
    check("H8120", "a link left out", &|b| drop(b.links.remove(1)));
    check("H8120", "the first left out", &|b| drop(b.links.remove(0)));
    check("H8120", "the last left out", &|b| drop(b.links.pop()));
    check("H8120", "none at all", &|b| b.links.clear());
    check("H8120", "out of order", &|b| b.links.swap(0, 1));
    check("H8120", "a link twice", &|b| b.links.push(b.links[2].clone()));
    check("H8120", "another's", &|b| b.links[0].org = org(2));
    check("H8120", "another number", &|b| b.links[0].count += 1);
    check("H8120", "another head", &|b| b.links[2].head.0[0] ^= 1);
    check("H8120", "another height", &|b| b.links[0].height += 1);
    check("H8120", "an entry less", &|b| drop(b.links[0].entries.pop()));
    check("H8120", "no record", &|b| b.writes.remove(feed.clone()));
    check("H8120", "another record", &|b| {
        b.writes.put(feed.clone(), &b.links[1].record());
    });
    // Whole in itself, but of no block that is certified yet, or of none that is later.
    for height in [1, 5] {
        check("H8120", "a height that cannot be", &|b| {
            let upto = member.slice().view().unwrap().upto().unwrap();
            b.links = vec![FeedLink::behind(upto.as_ref(), own(), height, Vec::new())];
            b.writes.put(feed.clone(), &b.links[0].record());
        });
    }
    member.follow().unwrap();
    member.assert_whole();
    // Links may come in steps, the record with the last of them.
    member.ledger.step(&[(0, 0)]);
    member.ledger.step(&[(6, 1)]);
    let first = |b: &mut SliceBatch<'_>| {
        b.links.truncate(1);
        b.writes.restore(StateKey::Feed(own()), None);
    };
    member.follow_with(first).unwrap();
    member.follow().unwrap();
    member.assert_whole();
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let mut member = Member::new(small());
    member.ledger.step(&[(0, 1)]);
    let check = |member: &Member, what: &str, spoil: &dyn Fn(&mut SliceBatch<'_>)| {
        assert_eq!(member.follow_with(spoil).unwrap_err().code(), "H8111", "{what}");
    };
    check(&member, "a transaction of another receipt", &|b| b.txs[0].receipt.tx = TxId::default());
    check(&member, "a transaction with a byte more", &|b| b.txs[0].bytes.push(0));
    check(&member, "a transaction above the head", &|b| b.txs[0].height += 1);
    check(&member, "a header of another network", &|b| b.headers[0].network = Default::default());
    check(&member, "a header above the head", &|b| b.headers[0].height += 1);
    check(&member, "another header of the head's height", &|b| {
        b.headers[0].time = b.headers[0].time.plus_ms(1);
    });
    member.follow().unwrap();
    let old = member.ledger.store().tip().header.unwrap();
    member.ledger.step(&[(1, 2)]);
    check(&member, "another event in the place of one", &|b| {
        let mut event = member.slice().events(&item(0), 2, 1).unwrap().remove(0);
        event.at.time = event.at.time.plus_ms(1);
        b.events.push(event);
    });
    check(&member, "another transaction in the place of one", &|b| {
        // The same with another signature: its receipt fits.
        let Cause::Tx { id, .. } = member.slice().events(&item(0), 2, 1).unwrap()[0].cause else { panic!("no cause") };
        let TxLocation { height, index, receipt } = member.slice().tx(&id).unwrap().unwrap();
        let bytes = member.slice().tx_bytes(height, index).unwrap().unwrap();
        let mut tx: SignedTx = codec::decode(&bytes, bytes.len()).unwrap();
        tx.signatures.push(Signature([1; 64]));
        b.txs.push(OwnTx { height, bytes: tx.to_bytes(), receipt });
    });
    check(&member, "another header in the place of one", &|b| {
        b.headers.push(Header { time: old.time.plus_ms(1), ..old.clone() });
    });
    member.follow().unwrap();
    let put = |head: &Header, of: &Header| member.slice().put_slice(empty(head, &certificate(of, 3)));
    let refused = |result: Result<(), StoreError>| assert_eq!(result.unwrap_err().code(), "H8111");
    let tip = member.slice().tip().header.unwrap();
    let next = Header { height: 3, ..tip.clone() };
    refused(put(&old, &old));
    let other = Header { round: 1, ..tip.clone() };
    refused(put(&other, &other));
    refused(put(&next, &tip));
    let foreign = Header { network: Default::default(), ..next.clone() };
    refused(put(&foreign, &foreign));
    put(&tip, &tip).unwrap();
    member.assert_whole();
    put(&next, &next).unwrap();
    assert_eq!(member.slice().tip().height, 3);
}

/// A view belongs to one step, also where two are of one height.
#[test]
fn steps_of_one_height_follow_each_other() {
    let mut member = Member::new(small());
    member.ledger.step(&[(0, 1)]);
    member.follow().unwrap();
    let key = StateKey::Org(org(2));
    let before = member.slice().view().unwrap();
    member.follow_with(|b| take(&member.ledger.store().view().unwrap(), &mut b.writes, &key)).unwrap();
    assert_eq!(before.read(&key).unwrap(), None);
    assert!(member.slice().view().unwrap().read(&key).unwrap().is_some());
    drop(before);
    member.reopen();
    assert_eq!(member.slice().orgs(None, 9).unwrap(), [org(2)]);
    member.assert_whole();
}

#[test]
fn a_step_that_is_cut_off_is_whole_or_absent_when_the_slice_opens_again() {
    for (stop, is_there) in crate::FAIL_POINTS.into_iter().zip([false, true, true]) {
        let mut member = Member::new(Options { failpoint: stop_here, ..small() });
        member.ledger.step(&[(0, 1)]);
        member.follow().unwrap();
        member.ledger.step(&[(1, 2), (4, 0)]);
        STOP_AT.set(stop);
        let run = || member.follow();
        assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
        // The slice that stopped writes nothing more.
        assert_eq!(run().unwrap_err(), StoreError::Stopped);
        assert_eq!(member.slice().put_file(&item(0), 1, b"").unwrap_err(), StoreError::Stopped);
        member.reopen();
        let view = member.slice().view().unwrap();
        let (height, links) = if is_there { (2, 2) } else { (1, 1) };
        assert_eq!((view.tip().height, view.upto().unwrap().unwrap().count), (height, links), "{stop}");
        assert_eq!(view.events(&item(4), 1, 9).unwrap().len(), usize::from(is_there), "{stop}");
        assert!(member.slice().fsck().unwrap().is_clean());
        drop(view);
        member.follow().unwrap();
        member.assert_whole();
    }
}

#[test]
fn an_old_copy_goes_on_from_where_it_was() {
    let mut member = Member::new(small());
    member.ledger.step(&[(0, 1), (1, 2)]);
    member.follow().unwrap();
    member.slice = None;
    let backup = TempDir::new().unwrap();
    copy(&member.path(), &backup.path().join("s"));
    member.reopen();
    for moves in [&[(0, 2)][..], &[(4, 0)]] {
        member.ledger.step(moves);
        member.follow().unwrap();
    }
    member.assert_whole();
    let root = member.slice().tip().root;
    // The copy takes the place of what was lost.
    member.slice = None;
    std::fs::remove_dir_all(member.path()).unwrap();
    copy(&backup.path().join("s"), &member.path());
    member.reopen();
    assert_eq!((member.slice().tip().height, member.slice().view().unwrap().upto().unwrap().unwrap().count), (1, 1));
    member.follow().unwrap();
    member.assert_whole();
    assert_eq!(member.slice().tip().root, root);
}

#[test]
fn a_feed_may_begin_behind_a_record_that_was_proven() {
    let mut member = Member::new(small());
    member.ledger.step(&[(0, 1)]);
    member.ledger.step(&[(1, 2)]);
    let feed: FeedRecord = member.ledger.store().record(&StateKey::Feed(own())).unwrap().unwrap();
    assert_eq!(feed.count, 2);
    // Chosen again after an end of the process, it is the later choice that counts.
    member.slice().begin_slice(&FeedRecord { count: 1, ..feed.clone() }).unwrap();
    member.reopen();
    member.slice().begin_slice(&feed).unwrap();
    member.follow().unwrap();
    let late = member.slice().begin_slice(&feed);
    assert_eq!(late.unwrap_err().code(), "H8120");
    member.ledger.step(&[(4, 0)]);
    member.follow().unwrap();
    member.reopen();
    let links = member.slice().feed_links(&own(), 1, 9).unwrap();
    assert_eq!(links, member.ledger.store().feed_links(&own(), 3, 9).unwrap());
    assert_eq!(links[0].count, 3);
    let report = member.slice().fsck().unwrap();
    assert!(report.is_clean(), "{report:?}");
}

#[test]
fn of_heads_that_nothing_names_the_last_are_kept() {
    let member = Member::new(small());
    let mut chain = Chain::default();
    let mut push = |named: &[Header], names_itself: bool| {
        let Built { header, certificate, .. } = chain.build(&[], &[], Hash::default());
        chain.take(&header);
        let mut batch = empty(&header, &certificate);
        batch.headers = named.to_vec();
        batch.headers.extend(names_itself.then(|| header.clone()));
        member.slice().put_slice(batch).unwrap();
    };
    let loose = MAX_LOOSE_HEADS as u64;
    // Ten of them name themselves, and ten are too many.
    for height in 1..=loose + 20 {
        push(&[], height % 100 == 0);
    }
    let there = |height: u64| {
        let (header, certificate) =
            (member.slice().header(height).unwrap(), member.slice().certificate(height).unwrap());
        assert_eq!(header.is_some(), certificate.is_some());
        header.is_some()
    };
    for height in 1..=loose + 20 {
        assert_eq!(there(height), height > 10, "{height}");
    }
    // Named later, it stays as well.
    let named = member.slice().header(11).unwrap().unwrap();
    push(&[named], false);
    for _ in 0..200 {
        push(&[], false);
    }
    assert_eq!(
        [10, 11, 12, 99, 100, 101, 200, 201, 300].map(there),
        [false, true, false, false, true, false, true, false, true]
    );
    let report = member.slice().fsck().unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.blocks, loose + 10 + 1);
}

/// Someone's hand in the database: a key and its value, or none.
fn tamper(member: &Member, column: Column, key: &[u8], value: Option<&[u8]>) {
    let database = &member.slice().database;
    let mut batch = WriteBatch::default();
    let place = database.column(column).unwrap();
    match value {
        Some(value) => batch.put_cf(place, key, value),
        None => batch.delete_cf(place, key),
    }
    database.write(batch, false).unwrap();
}

#[test]
fn damage_is_found_as_in_a_whole_ledger() {
    let followed = || {
        let mut member = Member::new(small());
        for moves in [&[(0, 1)][..], &[(1, 2)], &[(4, 0)]] {
            member.ledger.step(moves);
        }
        member.follow().unwrap();
        member
    };
    let mut member = followed();
    tamper(&member, Column::Leaves, StateKey::Item(item(4)).hash().as_bytes(), None);
    member.slice = None;
    assert_eq!(Store::open_slice(&member.path(), small(), own()).err().unwrap().code(), "H8107");
    let member = followed();
    let tip = member.slice().tip();
    let receipt = |height: u64| member.ledger.store().receipts(height).unwrap().remove(0);
    let event_key = |number: u64| [&item(0).0.0[..], &number.to_be_bytes()].concat();
    let link_key = |number: u64| [&own().0.0[..], &number.to_be_bytes()].concat();
    let tx_key = [&[1u8][..], &2u64.to_be_bytes(), &0u32.to_be_bytes()].concat();
    let receipt_key = [&[2u8][..], receipt(2).tx.0.as_bytes()].concat();
    let event = codec::encode(&member.slice().events(&item(0), 2, 1).unwrap()[0]);
    let cases = [
        (Column::Feeds, link_key(1), Some(b"no link".to_vec())),
        (Column::Feeds, link_key(2), None),
        (Column::Feeds, link_key(3), None),
        (Column::Events, event_key(2), Some(b"no event".to_vec())),
        (Column::Events, event_key(3), Some(event)),
        (Column::Own, tx_key.clone(), None),
        (Column::Own, tx_key, Some(b"no transaction".to_vec())),
        (Column::Own, receipt_key.clone(), Some(b"no receipt".to_vec())),
        (Column::Own, receipt_key, Some(codec::encode(&(3u64, receipt(3))))),
        (Column::Headers, 2u64.to_be_bytes().to_vec(), Some(codec::encode(&tip.header))),
        (Column::Headers, 2u64.to_be_bytes().to_vec(), tip.header.as_ref().map(codec::encode)),
        (Column::Headers, tip.height.to_be_bytes().to_vec(), None),
        (Column::Certificates, tip.height.to_be_bytes().to_vec(), None),
        (Column::Lists, vec![6; 33], Some(Vec::new())),
    ];
    for (column, key, value) in cases {
        let member = followed();
        assert!(member.slice().fsck().unwrap().is_clean());
        tamper(&member, column, &key, value.as_deref());
        assert!(!member.slice().fsck().unwrap().is_clean(), "{column:?} {key:?}");
    }
}
