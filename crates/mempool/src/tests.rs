//! Tests of the pool.

use super::{Limits, Pool, Refused};
use ed25519_dalek::{Signer, SigningKey};
use ledger::{
    CustodyPoint, HandoverTerms, Hash, ItemId, KeyId, NetworkId, Operation, OrgId, PublicKey, Role, Signature,
    SignedTx, Slot, Text, Timestamp, TxBody, TxId, VerifiedTx, crypto::Suite, operation::Purpose, tree,
};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
};

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_bytes(&[7; 32]));
const NOW: Timestamp = Timestamp(1_000);

fn hash(kind: &str, n: u64) -> Hash {
    tree::value(format!("{kind} {n}").as_bytes())
}
fn org(n: u64) -> OrgId {
    OrgId(hash("org", n))
}
fn item(n: u64) -> ItemId {
    ItemId(hash("item", n))
}

#[derive(Clone, Copy, Debug)]
enum What {
    Free,
    Offer { item: u64, seq: u64 },
    Handover { item: u64, seq: u64 },
}

fn tx(nonce: u64, by: u64, what: What, expires: u64) -> Arc<VerifiedTx> {
    let terms = |n: u64, seq: u64| HandoverTerms {
        network: NetworkId::default(),
        item: item(n),
        at: CustodyPoint { seq, trail: Hash::default() },
        giver: org(by),
        receiver: org(99),
        expires: Timestamp(expires),
        purpose: Purpose::Unstated,
        premises: None,
        private: None,
    };
    let operation = match what {
        What::Free => Operation::PlaceHold { item: item(0), reason: Text::new("a reason").unwrap() },
        What::Offer { item, seq } => Operation::Offer { terms: terms(item, seq) },
        What::Handover { item, seq } => Operation::Handover { terms: terms(item, seq) },
    };
    let public = PublicKey::from_bytes(KEY.verifying_key().to_bytes()).unwrap();
    let slot = Slot { suite: Suite::Ed25519, org: org(by), key: KeyId(hash("key", 0)), role: Role::Custodian };
    let mut random = [0; 16];
    random[..8].copy_from_slice(&nonce.to_le_bytes());
    let body = TxBody {
        network: NetworkId::default(),
        nonce: random,
        expires: Timestamp(expires),
        signers: vec![slot],
        operation,
    };
    let message = body.sign_hash(&body.id(), &slot);
    let signatures = vec![Signature(KEY.sign(message.as_bytes()).to_bytes())];
    let signed = SignedTx { body, signatures, entries: Vec::new() };
    Arc::new(signed.resolve(&NetworkId::default(), |_| Some(public)).unwrap().verify().unwrap())
}

fn free(nonce: u64, by: u64) -> Arc<VerifiedTx> {
    tx(nonce, by, What::Free, 1_000_000)
}

fn ids(txs: &[Arc<VerifiedTx>]) -> Vec<TxId> {
    txs.iter().map(|t| t.id()).collect()
}

fn pool() -> Pool {
    Pool::new(Limits { txs: 1_000, bytes: 1 << 20, per_org_txs: 1_000 })
}

#[test]
fn what_does_not_fit_is_refused_with_a_code() {
    let first = free(0, 0);
    let mut pool = Pool::new(Limits { txs: 4, bytes: first.bytes().len() * 3, per_org_txs: 2 });
    let check = |got: Result<(), Refused>, code: &str| {
        let refused = got.unwrap_err();
        assert_eq!(refused.code(), code);
        assert!(!refused.help().is_empty());
    };
    assert_eq!(pool.insert(Arc::clone(&first), NOW), Ok(()));
    check(pool.insert(Arc::clone(&first), NOW), "H1006");
    check(pool.insert(tx(9, 0, What::Free, 1_000), NOW), "H1004");
    assert_eq!(pool.insert(free(1, 0), NOW), Ok(()));
    check(pool.insert(free(2, 0), NOW), "H7012");
    assert_eq!(pool.insert(free(3, 1), NOW), Ok(()));
    check(pool.insert(free(4, 1), NOW), "H7003");
    assert_eq!(pool.get_whole(&first.whole()), Some(Arc::clone(&first)));
    assert_eq!(pool.get_whole(&hash("other", 0)), None);
    assert!(pool.contains(&first.id()));
    pool.remove(&[first.id(), TxId::default()]);
    assert!(!pool.contains(&first.id()));
    assert_eq!(pool.get_whole(&first.whole()), None);
    assert_eq!(pool.insert(free(4, 1), NOW), Ok(()));
    assert_eq!(pool.len(), 3);
}

#[test]
fn bounds_hold_at_the_limit_and_one_above() {
    let one = free(0, 0).bytes().len();
    for (limits, fits) in [
        (Limits { txs: 5, bytes: usize::MAX, per_org_txs: 9 }, 5),
        (Limits { txs: 9, bytes: usize::MAX, per_org_txs: 5 }, 5),
        (Limits { txs: 9, bytes: one * 5, per_org_txs: 9 }, 5),
        (Limits { txs: 9, bytes: one * 5 - 1, per_org_txs: 9 }, 4),
    ] {
        let mut pool = Pool::new(limits);
        let taken = (0..9).filter(|n| pool.insert(free(*n, 0), NOW).is_ok()).count();
        assert_eq!((taken, pool.len(), pool.bytes()), (fits, fits, fits * one));
    }
}

#[test]
fn organisations_take_turns_and_each_keeps_its_order() {
    let mut pool = pool();
    let mut of: BTreeMap<u64, Vec<TxId>> = BTreeMap::new();
    for n in 0..60 {
        // One organisation sends ten times as much as the others.
        let by = if n % 12 < 10 { 0 } else { n % 12 };
        let tx = free(n, by);
        of.entry(by).or_default().push(tx.id());
        pool.insert(tx, NOW).unwrap();
    }
    let chosen = ids(&pool.select(9, usize::MAX, NOW));
    for (by, mine) in of {
        let got: Vec<TxId> = chosen.iter().filter(|id| mine.contains(id)).copied().collect();
        assert_eq!(got, mine[..3], "{by}");
    }
    assert_eq!(pool.len(), 60);
}

#[test]
fn no_organisation_waits_for_ever_when_a_block_holds_fewer_than_there_are() {
    let mut pool = pool();
    let mut nonce = 0;
    let mut served = BTreeSet::new();
    for by in 0..10 {
        pool.insert(free(by, by), NOW).unwrap();
    }
    for _ in 0..5 {
        let chosen = pool.select(2, usize::MAX, NOW);
        for tx in &chosen {
            let by = tx.tx().body.signers[0].org;
            served.insert(by);
            nonce += 1;
            pool.remove(&[tx.id()]);
            let n = (0..10).find(|n| org(*n) == by).unwrap();
            pool.insert(free(100 + nonce, n), NOW).unwrap();
        }
    }
    assert_eq!(served.len(), 10);
}

#[test]
fn the_custody_of_an_item_goes_in_order_across_organisations() {
    let mut pool = pool();
    // Arrives back to front, each from another organisation, with an offer behind the handover of its own sequence.
    let handovers: Vec<_> =
        (0..4u64).rev().map(|seq| tx(seq, seq, What::Handover { item: 1, seq }, 1_000_000)).collect();
    for tx in &handovers {
        pool.insert(Arc::clone(tx), NOW).unwrap();
    }
    let offer = tx(9, 7, What::Offer { item: 1, seq: 2 }, 1_000_000);
    pool.insert(Arc::clone(&offer), NOW).unwrap();
    let in_order: Vec<TxId> =
        [&handovers[3], &handovers[2], &offer, &handovers[1], &handovers[0]].map(|t| t.id()).to_vec();
    assert_eq!(ids(&pool.select(100, usize::MAX, NOW)), in_order);
    assert_eq!(ids(&pool.select(2, usize::MAX, NOW)), in_order[..2]);
    pool.remove(&in_order[..2]);
    assert_eq!(ids(&pool.select(100, usize::MAX, NOW)), in_order[2..]);
}

#[test]
fn what_comes_too_early_is_set_aside_until_its_height_or_its_item_moves() {
    let mut pool = pool();
    let late = tx(0, 0, What::Handover { item: 1, seq: 5 }, 1_000_000);
    let behind = tx(1, 1, What::Handover { item: 1, seq: 6 }, 1_000_000);
    let other = free(2, 0);
    for tx in [&late, &behind, &other] {
        pool.insert(Arc::clone(tx), NOW).unwrap();
    }
    pool.defer(&[late.id()], 8);
    assert_eq!(ids(&pool.select(9, usize::MAX, NOW)), vec![other.id()]);
    pool.advance(7);
    assert_eq!(pool.select(9, usize::MAX, NOW).len(), 1);
    pool.advance(8);
    assert_eq!(pool.select(9, usize::MAX, NOW).len(), 3);
    pool.defer(&[late.id()], 20);
    let early = tx(3, 2, What::Handover { item: 1, seq: 4 }, 1_000_000);
    pool.insert(Arc::clone(&early), NOW).unwrap();
    assert!(ids(&pool.select(9, usize::MAX, NOW)).contains(&early.id()));
    assert!(!ids(&pool.select(9, usize::MAX, NOW)).contains(&late.id()));
    pool.remove(&[early.id()]);
    assert_eq!(pool.select(9, usize::MAX, NOW).len(), 3);
    pool.defer(&[other.id(), late.id()], 30);
    pool.defer(&[other.id()], 31);
    assert_eq!(pool.select(9, usize::MAX, NOW).len(), 0);
    assert_eq!(pool.len(), 3);
    pool.advance(30);
    assert_eq!(pool.select(9, usize::MAX, NOW).len(), 2);
}

#[test]
fn what_is_aside_is_a_small_share_of_an_organisation() {
    let limits = Limits { txs: 1_000, bytes: 1 << 20, per_org_txs: 160 };
    let mut pool = Pool::new(limits);
    let share = limits.per_org_aside();
    assert_eq!(share, 10);
    // One that comes too early, and a crowd behind it; another organisation waits for the same item.
    for n in 0..60 {
        pool.insert(tx(n, 0, What::Handover { item: 1, seq: 5 + n % 3 }, 1_000_000), NOW).unwrap();
    }
    let other = tx(100, 1, What::Handover { item: 1, seq: 6 }, 1_000_000);
    pool.insert(Arc::clone(&other), NOW).unwrap();
    assert_eq!(pool.aside_of(&org(0)), 0);
    let first = pool.select(1, usize::MAX, NOW)[0].id();
    pool.defer(&[first], 9);
    assert_eq!((pool.aside_of(&org(0)), pool.aside_of(&org(1)), pool.len()), (share, 1, share + 1));
    assert!(pool.contains(&first) && pool.contains(&other.id()));
    let refused = pool.insert(tx(200, 0, What::Handover { item: 1, seq: 8 }, 1_000_000), NOW).unwrap_err();
    assert_eq!((refused, refused.code()), (Refused::OrgFull { waiting: share }, "H7012"));
    assert_eq!(pool.insert(tx(201, 1, What::Handover { item: 1, seq: 8 }, 1_000_000), NOW), Ok(()));
    // Another item is aside: the share is of all together.
    let more = tx(202, 0, What::Handover { item: 2, seq: 9 }, 1_000_000);
    pool.insert(Arc::clone(&more), NOW).unwrap();
    pool.defer(&[more.id()], 9);
    assert!(!pool.contains(&more.id()));
    // What comes before them all is no part of it, and frees them when it goes.
    let early = tx(203, 0, What::Handover { item: 1, seq: 4 }, 1_000_000);
    assert_eq!(pool.insert(Arc::clone(&early), NOW), Ok(()));
    assert_eq!(pool.aside_of(&org(0)), 0);
    pool.remove(&[early.id()]);
    assert_eq!((pool.aside_of(&org(0)), pool.select(99, usize::MAX, NOW).len()), (0, share + 2));
}

#[test]
fn what_is_aside_gives_way_when_the_pool_is_full() {
    let mut pool = Pool::new(Limits { txs: 10, bytes: 1 << 20, per_org_txs: 160 });
    let stuck: Vec<_> = (0..9).map(|n| tx(n, 0, What::Handover { item: 1, seq: 5 + n }, 1_000_000)).collect();
    for tx in &stuck {
        pool.insert(Arc::clone(tx), NOW).unwrap();
    }
    pool.insert(free(100, 1), NOW).unwrap();
    assert_eq!(pool.insert(free(101, 1), NOW).unwrap_err().code(), "H7003", "none is known to be early");
    pool.defer(&[stuck[0].id()], 9);
    let behind = pool.insert(tx(102, 1, What::Handover { item: 1, seq: 7 }, 1_000_000), NOW);
    assert_eq!(behind.unwrap_err().code(), "H7003", "it would be aside itself");
    for n in 0..9 {
        assert_eq!(pool.insert(free(200 + n, 1), NOW), Ok(()));
        assert!(!pool.contains(&stuck[8 - n as usize].id()), "the furthest goes first");
        assert_eq!((pool.len(), pool.aside_of(&org(0))), (10, 8 - n as usize));
    }
    assert_eq!(pool.insert(free(300, 1), NOW).unwrap_err().code(), "H7003");
    let one = free(0, 0).bytes().len();
    let mut pool = Pool::new(Limits { txs: 10, bytes: stuck[0].bytes().len() + one - 1, per_org_txs: 160 });
    pool.insert(Arc::clone(&stuck[0]), NOW).unwrap();
    pool.defer(&[stuck[0].id()], 9);
    assert_eq!(pool.insert(free(400, 1), NOW), Ok(()));
    assert_eq!((pool.len(), pool.bytes()), (1, one));
}

#[test]
fn the_expired_leave_and_are_named() {
    let mut pool = pool();
    let short = tx(0, 0, What::Handover { item: 1, seq: 0 }, 2_000);
    let behind = tx(1, 1, What::Handover { item: 1, seq: 1 }, 9_000);
    pool.insert(Arc::clone(&short), NOW).unwrap();
    pool.insert(Arc::clone(&behind), NOW).unwrap();
    assert_eq!(pool.select(9, usize::MAX, Timestamp(2_000)).len(), 0);
    assert_eq!(pool.expire(Timestamp(1_999)), vec![]);
    assert_eq!(pool.expire(Timestamp(2_000)), vec![short.id()]);
    assert_eq!(ids(&pool.select(9, usize::MAX, Timestamp(2_000))), vec![behind.id()]);
    assert_eq!(pool.expire(Timestamp(9_000)), vec![behind.id()]);
    assert!(pool.is_empty() && pool.bytes() == 0);
}

#[test]
fn a_selection_looks_at_little_more_than_it_takes() {
    let mut pool = Pool::new(Limits { txs: 10_000, bytes: usize::MAX, per_org_txs: 10_000 });
    for n in 0..8_000 {
        let what = match n % 2 {
            0 => What::Free,
            _ => What::Handover { item: n / 40, seq: n % 40 },
        };
        pool.insert(tx(n, n % 20, what, 1_000_000), NOW).unwrap();
    }
    assert_eq!(pool.select(200, usize::MAX, NOW).len(), 200);
    assert!(pool.looked_at <= 200 + 20, "{}", pool.looked_at);
    let one = free(0, 0).bytes().len();
    let few = pool.select(200, one * 10 + one / 2, NOW);
    assert!(few.len() <= 10 && pool.looked_at <= 60, "{} {}", few.len(), pool.looked_at);
    // All of it, once each.
    let all = ids(&pool.select(usize::MAX, usize::MAX, NOW));
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 8_000);
}

#[derive(Clone, Debug)]
enum Step {
    Insert(usize),
    Remove(usize),
    Select(usize, usize),
    Defer(usize, u64),
    Advance,
    Expire(u64),
}

/// A few hundred transactions, signed once: items are fought over by several organisations.
static SOME: LazyLock<Vec<Arc<VerifiedTx>>> = LazyLock::new(|| {
    let what = |n: u64| match n % 4 {
        0 => What::Free,
        1 => What::Offer { item: n % 5, seq: n % 7 },
        _ => What::Handover { item: n % 5, seq: n % 7 },
    };
    (0..300).map(|n| tx(n, n * 7 % 11 % 6, what(n), 1_500 + n * 37 % 5_000)).collect()
});

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0usize..300).prop_map(Step::Insert),
        2 => (0usize..300).prop_map(Step::Remove),
        2 => (0usize..40, 0usize..12_000).prop_map(|(txs, bytes)| Step::Select(txs, bytes)),
        1 => (0usize..300, 0u64..4).prop_map(|(n, by)| Step::Defer(n, by)),
        1 => Just(Step::Advance),
        1 => (0u64..600).prop_map(Step::Expire),
    ]
}

fn place(tx: &VerifiedTx) -> Option<(ItemId, u64)> {
    let (item, point) = tx.tx().body.operation.subject()?;
    Some((item, point?.seq))
}

proptest! {
    #[test]
    fn whatever_happens_bounds_and_order_hold_and_only_what_is_aside_is_lost(steps in proptest::collection::vec(step(), 0..250)) {
        let limits = Limits { txs: 120, bytes: 36_000, per_org_txs: 40 };
        let mut pool = Pool::new(limits);
        let mut model: BTreeMap<TxId, Arc<VerifiedTx>> = BTreeMap::new();
        let mut aside: BTreeMap<TxId, u64> = BTreeMap::new();
        let (mut now, mut height) = (NOW, 1u64);
        for step in steps {
            match step {
                Step::Insert(n) => {
                    let tx = &SOME[n];
                    let of_org = model.values().filter(|t| t.tx().body.signers[0].org == tx.tx().body.signers[0].org).count();
                    let bytes: usize = model.values().map(|t| t.bytes().len()).sum();
                    let possible = !model.contains_key(&tx.id()) && tx.tx().body.expires > now && of_org < limits.per_org_txs;
                    let fits = model.len() < limits.txs && bytes + tx.bytes().len() <= limits.bytes;
                    let stuck: usize = (0..6).map(|n| pool.aside_of(&org(n))).sum();
                    let taken = pool.insert(Arc::clone(tx), now).is_ok();
                    prop_assert!(!taken || possible);
                    prop_assert!(taken || !possible || !fits || stuck > 0);
                    if taken {
                        model.insert(tx.id(), Arc::clone(tx));
                        let gone = model.keys().filter(|id| !pool.contains(id)).count();
                        prop_assert!(gone == 0 || (!fits && gone <= stuck));
                        model.retain(|id, _| pool.contains(id));
                        aside.retain(|id, _| pool.contains(id));
                    }
                }
                Step::Remove(n) => {
                    let was_there = model.remove(&SOME[n].id()).is_some();
                    pool.remove(&[SOME[n].id()]);
                    aside.remove(&SOME[n].id());
                    if let Some((item, _)) = place(&SOME[n]).filter(|_| was_there) {
                        // Its item moved: whatever of that item is first now is no longer aside. The model only forgets.
                        aside.retain(|id, _| place(&model[id]).is_none_or(|(other, _)| other != item) );
                    }
                }
                Step::Select(txs, bytes) => {
                    let chosen = pool.select(txs, bytes, now);
                    prop_assert!(chosen.len() <= txs);
                    prop_assert!(chosen.iter().map(|t| t.bytes().len()).sum::<usize>() <= bytes);
                    let unique: BTreeSet<TxId> = ids(&chosen).into_iter().collect();
                    prop_assert_eq!(unique.len(), chosen.len());
                    let mut last: BTreeMap<ItemId, u64> = BTreeMap::new();
                    for tx in &chosen {
                        prop_assert!(model.contains_key(&tx.id()) && tx.tx().body.expires > now);
                        if let Some((item, seq)) = place(tx) {
                            prop_assert!(last.insert(item, seq).is_none_or(|before| before <= seq));
                        }
                    }
                }
                Step::Defer(n, by) => {
                    pool.defer(&[SOME[n].id()], height + by);
                    if model.contains_key(&SOME[n].id()) {
                        aside.insert(SOME[n].id(), height + by);
                    }
                    // Beyond a share only what waits for the same item goes.
                    let item = place(&SOME[n]).map(|(item, _)| item);
                    let of_item = |tx: &Arc<VerifiedTx>| place(tx).is_some_and(|(other, _)| Some(other) == item);
                    prop_assert!(model.iter().all(|(id, tx)| pool.contains(id) || of_item(tx)));
                    model.retain(|id, _| pool.contains(id));
                    aside.retain(|id, _| pool.contains(id));
                }
                Step::Advance => {
                    height += 1;
                    pool.advance(height);
                    aside.retain(|_, until| *until > height);
                }
                Step::Expire(ms) => {
                    now = now.plus_ms(ms);
                    let gone: BTreeSet<TxId> = pool.expire(now).into_iter().collect();
                    let expected: BTreeSet<TxId> =
                        model.iter().filter(|(_, t)| t.tx().body.expires <= now).map(|(id, _)| *id).collect();
                    prop_assert!(gone.is_subset(&expected));
                    prop_assert!(model.iter().all(|(id, t)| pool.contains(id) || expected.contains(id) || place(t).is_some()));
                    model.retain(|id, _| pool.contains(id));
                    aside.retain(|id, _| pool.contains(id));
                    prop_assert!(model.values().all(|t| t.tx().body.expires > now));
                }
            }
            for n in 0..6 {
                prop_assert!(pool.aside_of(&org(n)) <= limits.per_org_aside());
            }
            prop_assert_eq!(pool.len(), model.len());
            prop_assert_eq!(pool.bytes(), model.values().map(|t| t.bytes().len()).sum::<usize>());
            for (id, tx) in &model {
                prop_assert!(pool.contains(id) && pool.get_whole(&tx.whole()).is_some());
            }
        }
        // At the end everything can be had: nothing was lost on the way.
        pool.advance(u64::MAX);
        pool.expire(now);
        model.retain(|_, t| t.tx().body.expires > now);
        let chosen: BTreeSet<TxId> = ids(&pool.select(usize::MAX, usize::MAX, now)).into_iter().collect();
        prop_assert_eq!(chosen, model.keys().copied().collect::<BTreeSet<_>>());
        pool.remove(model.keys());
        prop_assert!(pool.is_empty() && pool.bytes() == 0 && pool.select(9, usize::MAX, now).is_empty());
    }
}
