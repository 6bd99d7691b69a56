//! What an outbox keeps, in which order, and how long.

use super::*;
use crate::member::tests::Folder;
use ledger::{KeyId, NetworkId, Operation, OrgId, Role, Signature, Slot, TxBody, crypto::Suite, record::KeyEndReason};

const START: Timestamp = Timestamp(1_900_000_000_000);

fn tx(n: u8) -> (SignedTx, Vec<u8>) {
    let key = KeyId(Hash([n; 32]));
    let operation = Operation::EndKey { key, reason: KeyEndReason::Retired };
    let expires = START.plus_ms(u64::from(n));
    let signers = vec![Slot { suite: Suite::Ed25519, org: OrgId::default(), key, role: Role::Administrator }];
    let body = TxBody { network: NetworkId::default(), nonce: [n; 16], expires, signers, operation };
    let tx = SignedTx { body, signatures: vec![Signature([n; 64])], entries: Vec::new() };
    let bytes = tx.to_bytes();
    (tx, bytes)
}

fn order(outbox: &Outbox, now: Instant) -> Vec<TxId> {
    outbox.due(now, 100).into_iter().map(|due| due.id).collect()
}

#[test]
fn what_enters_first_is_sent_first_also_after_a_start_and_leaves_when_it_is_decided() {
    let folder = Folder::new();
    let now = Instant::now();
    let outbox = Outbox::open(folder.path()).unwrap();
    let ids: Vec<TxId> = [3, 1, 2].into_iter().map(|n| tx(n).0.body.id()).collect();
    for n in [3, 1, 2, 1] {
        let (tx, bytes) = tx(n);
        let is_new = !outbox.contains(&tx.body.id());
        assert_eq!(outbox.keep(&tx, &bytes, START).unwrap(), is_new);
    }
    assert_eq!(order(&outbox, now), ids);
    fs::write(folder.path().join("00000009-x.tx"), b"no transaction").unwrap();
    let again = Outbox::open(folder.path()).unwrap();
    assert_eq!((order(&again, now), again.size()), (ids.clone(), outbox.size()));
    assert!(folder.path().join("00000009-x.damaged").exists());
    let first = again.due(now, 1)[0];
    assert_eq!(again.bytes(&first).unwrap(), Some(tx(3).1));
    again.settle(&[ids[0], ids[2]].into(), START).unwrap();
    assert_eq!((order(&again, now), again.bytes(&first).unwrap()), (vec![ids[1]], None));
    assert_eq!(order(&Outbox::open(folder.path()).unwrap(), now), [ids[1]]);
}

#[test]
fn no_file_hides_another_of_its_number_and_no_number_is_given_twice() {
    let folder = Folder::new();
    let now = Instant::now();
    let mut ids = Vec::new();
    // Two of one number; beside them what was put aside, and what a crash left unfinished.
    for n in [1, 2] {
        let (tx, bytes) = tx(n);
        fs::write(folder.path().join(file_name(&(7, tx.body.id()))), bytes).unwrap();
        ids.push(tx.body.id());
    }
    fs::write(folder.path().join("00000011-x.damaged"), b"no transaction").unwrap();
    fs::write(folder.path().join("00000012-y.new"), b"unfinished").unwrap();
    ids.sort();
    let outbox = Outbox::open(folder.path()).unwrap();
    assert_eq!((order(&outbox, now), outbox.size().0), (ids.clone(), 2));
    for due in outbox.due(now, 2) {
        assert!(outbox.contains(&due.id) && outbox.bytes(&due).unwrap().is_some());
    }
    let (third, bytes) = tx(3);
    assert!(outbox.keep(&third, &bytes, START).unwrap());
    assert_eq!(outbox.due(now, 3)[2].number, 13);
    // Each leaves by itself.
    outbox.settle(&[ids[0]].into(), START).unwrap();
    assert_eq!(order(&outbox, now), [ids[1], third.body.id()]);
    assert_eq!(order(&Outbox::open(folder.path()).unwrap(), now), [ids[1], third.body.id()]);
}

#[test]
fn a_number_whose_writing_failed_is_not_given_again() {
    let folder = Folder::new();
    let outbox = Outbox::open(folder.path()).unwrap();
    let (first, bytes) = tx(1);
    // A folder stands where the file is to be written.
    let path = folder.path().join(file_name(&(1, first.body.id())));
    fs::create_dir_all(path.join("in the way")).unwrap();
    assert!(matches!(outbox.keep(&first, &bytes, START), Err(OutboxError::Io { .. })));
    let (second, bytes) = tx(2);
    assert!(outbox.keep(&second, &bytes, START).unwrap());
    assert_eq!(outbox.due(Instant::now(), 1)[0].number, 2);
}

#[test]
fn copies_wait_beside_each_other_and_one_that_two_nodes_refused_gives_way() {
    let folder = Folder::new();
    let now = Instant::now();
    let outbox = Outbox::open(folder.path()).unwrap();
    let copy = |n: u8| {
        let (mut tx, _) = tx(1);
        tx.signatures[0].0[63] = n;
        let bytes = tx.to_bytes();
        (tx, bytes)
    };
    let keep = |n: u8| {
        let (tx, bytes) = copy(n);
        outbox.keep(&tx, &bytes, START)
    };
    for n in (0u8..).take(MAX_COPIES) {
        assert!(keep(n).unwrap() && !keep(n).unwrap(), "{n}");
    }
    assert_eq!(outbox.size().0, MAX_COPIES);
    let second = outbox.due(now, 2)[1];
    for node in [1, 1, 2] {
        assert!(matches!(keep(9), Err(OutboxError::Full)), "{node}");
        outbox.refused(&second, PeerKey([node; 32]));
    }
    assert!(keep(9).unwrap());
    assert_eq!((outbox.size().0, outbox.bytes(&second).unwrap()), (MAX_COPIES, None));
    for (n, waits) in [(0, true), (1, false), (2, true), (3, true), (9, true)] {
        assert_eq!(outbox.has_copy(&second.id, &copy(n).1), waits, "{n}");
    }
    // All are one transaction.
    assert_eq!(Outbox::open(folder.path()).unwrap().ids(), BTreeSet::from([second.id]));
    outbox.settle(&[second.id].into(), START).unwrap();
    assert_eq!((outbox.size(), outbox.contains(&second.id)), ((0, 0), false));
}

#[test]
fn one_that_was_sent_waits_for_a_sign_longer_each_time() {
    let folder = Folder::new();
    let outbox = Outbox::open(folder.path()).unwrap();
    let (tx, bytes) = tx(1);
    outbox.keep(&tx, &bytes, START).unwrap();
    let mut now = Instant::now();
    for seconds in [5, 10, 20, 40, 60, 60] {
        let due = outbox.due(now, 1)[0];
        outbox.sent(&due, now);
        now += Duration::from_secs(seconds) - Duration::from_millis(1);
        assert_eq!(outbox.due(now, 1), [], "{seconds}");
        now += Duration::from_millis(1);
        assert_eq!(outbox.due(now, 1)[0].tries, due.tries + 1, "{seconds}");
    }
}

#[test]
fn what_was_sent_again_is_asked_about_once_each_time() {
    let folder = Folder::new();
    let outbox = Outbox::open(folder.path()).unwrap();
    let ids = [1, 2].map(|n| {
        let (tx, bytes) = tx(n);
        outbox.keep(&tx, &bytes, START).unwrap();
        tx.body.id()
    });
    let now = Instant::now();
    let [first, second] = outbox.due(now, 2)[..] else { panic!("two wait") };
    let all = || outbox.in_doubt(MAX_WAITING);
    for _ in 0..2 {
        assert_eq!(all(), BTreeSet::new(), "the first time it is on its way");
        outbox.sent(&first, now);
    }
    assert_eq!((all(), all()), (BTreeSet::from([ids[0]]), BTreeSet::new()));
    (0..2).for_each(|_| outbox.sent(&second, now));
    outbox.sent(&first, now);
    // What there is no room for is asked about the next time.
    let one_by_one = [1; 3].map(|limit| outbox.in_doubt(limit).into_iter().collect::<Vec<_>>());
    assert_eq!(one_by_one, [vec![ids[0]], vec![ids[1]], vec![]]);
}

#[test]
fn what_no_block_can_hold_is_given_up() {
    let folder = Folder::new();
    let outbox = Outbox::open(folder.path()).unwrap();
    let [(late, _), (decided, _)] = [tx(1), tx(2)];
    let [late_id, decided_id] = [late.body.id(), decided.body.id()];
    outbox.keep(&late, &late.to_bytes(), START).unwrap();
    let last = late.body.expires.plus_ms(GRACE_MS);
    outbox.settle(&BTreeSet::new(), last).unwrap();
    assert!(outbox.contains(&late_id) && !outbox.has_expired(&late_id));
    outbox.settle(&BTreeSet::new(), last.plus_ms(1)).unwrap();
    assert_eq!(outbox.size(), (0, 0));
    assert!(!outbox.contains(&late_id));
    // It is known also after a start, and said of nothing that was decided.
    outbox.keep(&decided, &decided.to_bytes(), START).unwrap();
    outbox.settle(&[decided_id].into(), Timestamp(u64::MAX)).unwrap();
    for outbox in [&outbox, &Outbox::open(folder.path()).unwrap()] {
        assert!(outbox.has_expired(&late_id) && !outbox.has_expired(&decided_id));
    }
}

#[test]
fn what_a_block_has_is_not_given_up_while_nobody_shows_it() {
    let folder = Folder::new();
    let outbox = Outbox::open(folder.path()).unwrap();
    let (tx, bytes) = tx(1);
    let id = tx.body.id();
    outbox.keep(&tx, &bytes, START).unwrap();
    outbox.placed(&[id].into());
    for (decided, waits) in [(BTreeSet::new(), true), (BTreeSet::from([id]), false)] {
        outbox.settle(&decided, Timestamp(u64::MAX)).unwrap();
        assert_eq!((outbox.contains(&id), outbox.has_expired(&id)), (waits, false));
    }
}

#[test]
fn so_many_that_were_given_up_are_remembered_the_last_ones() {
    let folder = Folder::new();
    let id = |n: usize| TxId(Hash::of_bytes(&tag::TX_WHOLE, &n.to_be_bytes()));
    let outbox = Outbox::open(folder.path()).unwrap();
    outbox.lock().give_up([id(0)].into()).unwrap();
    outbox.lock().give_up((1..MAX_EXPIRED).map(id).collect()).unwrap();
    assert!(Outbox::open(folder.path()).unwrap().has_expired(&id(0)));
    // One that is known already takes no other's place.
    outbox.lock().give_up([id(1)].into()).unwrap();
    assert!(outbox.has_expired(&id(0)));
    outbox.lock().give_up([id(MAX_EXPIRED)].into()).unwrap();
    for outbox in [&outbox, &Outbox::open(folder.path()).unwrap()] {
        assert!(!outbox.has_expired(&id(0)) && outbox.has_expired(&id(1)) && outbox.has_expired(&id(MAX_EXPIRED)));
        assert_eq!(outbox.lock().expired.len(), MAX_EXPIRED);
    }
}

#[test]
fn a_list_of_what_expired_that_cannot_be_read_is_begun_anew() {
    let folder = Folder::new();
    fs::write(folder.path().join(EXPIRED), [0xff_u8; 9]).unwrap();
    assert!(Outbox::open(folder.path()).unwrap().lock().expired.is_empty());
}

#[test]
fn there_is_room_for_so_many() {
    let folder = Folder::new();
    let outbox = Outbox::open(folder.path()).unwrap();
    outbox.lock().bytes = MAX_BYTES - 1;
    let (tx, bytes) = tx(1);
    assert!(matches!(outbox.keep(&tx, &bytes, START), Err(OutboxError::Full)));
    outbox.lock().bytes = MAX_BYTES - bytes.len();
    assert!(outbox.keep(&tx, &bytes, START).unwrap());
}
