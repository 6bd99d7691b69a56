//! Random histories: the store against the state in memory.

use super::*;
use ledger::{
    KeyId, KeyRecord, OrgId, PersonId,
    codec::Canonical,
    record::{DutyRecord, EntryRecord, GrantRecord, NodeRecord, Roles, Stamp},
};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Act {
    Put { kind: u8, id: u8, variant: u8 },
    Remove { kind: u8, id: u8 },
}

pub(super) const KINDS: u8 = 17;

pub(super) fn key(kind: u8, id: u8) -> StateKey {
    let n = u64::from(id);
    match kind {
        0 => StateKey::Params,
        1 => StateKey::PackInForce,
        2 => StateKey::Pack(hash("pack", n)),
        3 => StateKey::Org(org(n)),
        4 => StateKey::Key(KeyId(hash("key", n))),
        5 => StateKey::Node(hash("node", n).0),
        6 => StateKey::Class(ledger::ClassId(hash("class", n))),
        7 => StateKey::Code(hash("code", n)),
        8 => StateKey::Register(hash("register", n)),
        9 => StateKey::Seen { expires: Timestamp(1_000 + n % 16), tx: TxId(hash("tx", n)) },
        10 => StateKey::Due { at: Timestamp(1_000 + n % 16), id: hash("due", n) },
        11 => StateKey::Entry { place: hash("place", n / 4), n: n % 4 + 1 },
        12 => StateKey::Grant(GrantId(hash("grant", n))),
        13 => StateKey::Duty(DutyId(hash("duty", n))),
        14 => StateKey::Proposal(TxId(hash("proposal", n))),
        15 => StateKey::Alert(AlertId(hash("alert", n))),
        _ => StateKey::Item(item(n)),
    }
}

/// The registry and subject of a place: they are the same for all entries there.
fn of_place(place: u64) -> (Registry, OrgId) {
    let registry = if place.is_multiple_of(2) { Registry::Qualified } else { Registry::Tri };
    (registry, org(place % 4))
}

pub(super) fn put(writes: &mut WriteSet, kind: u8, id: u8, variant: u8) {
    let owner = org(u64::from(variant % 4));
    let from = Stamp::default();
    match key(kind, id) {
        key @ StateKey::Key(_) => {
            let record = KeyRecord {
                key: [id; 32],
                org: owner,
                person: PersonId(hash("person", 0)),
                name: hash("name", 0),
                roles: Roles::default(),
                from,
                cause: None,
                waits: None,
                end: None,
            };
            writes.put(key, &record);
        }
        key @ StateKey::Node(_) => writes.put(key, &NodeRecord { org: owner, from, cause: None, end: None }),
        key @ StateKey::Item(_) => {
            let (_, mut record) = fixture::registration(u64::from(id), owner);
            if variant & 4 != 0 {
                record.offer = Some(offer(org(9)));
            }
            if variant & 8 != 0 {
                record.holds.push(Hold { by: vec![owner], placed: 1, reason: Default::default() });
            }
            if variant & 16 != 0 {
                record.container = Some(Packed { unit: item(0), level: 0 });
            }
            writes.put(key, &record);
        }
        key @ StateKey::Entry { .. } => {
            let (registry, subject) = of_place(u64::from(id / 4));
            writes.put(key, &entry(registry, Subject::Org(subject), Some(Timestamp(u64::from(variant)))));
        }
        key @ StateKey::Grant(_) => {
            let counterpart = (variant & 8 != 0).then(|| org(u64::from(variant / 16 % 4)));
            writes.put(key, &grant(owner, counterpart));
        }
        key @ StateKey::Duty(_) => {
            let mut debtors = vec![owner];
            debtors.extend((variant & 8 != 0).then(|| org(9)));
            writes.put(key, &duty(debtors));
        }
        key => writes.put(key, &vec![variant; usize::from(variant)]),
    }
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (0..KINDS, any::<u8>(), any::<u8>()).prop_map(|(kind, id, variant)| Act::Put { kind, id, variant }),
        2 => (0..KINDS, any::<u8>()).prop_map(|(kind, id)| Act::Remove { kind, id }),
    ]
}

/// Identities, ascending, of the records for which something holds.
fn ids_where<I: Copy + Ord, R: Canonical>(
    memory: &MemoryState,
    id: impl Fn(u64) -> I,
    key: impl Fn(I) -> StateKey,
    holds: impl Fn(&R) -> bool,
) -> Vec<I> {
    let records = (0..=255u64).filter_map(|n| Some((id(n), memory.record::<R>(&key(id(n))).unwrap()?)));
    let mut found: Vec<I> = records.filter(|(_, r)| holds(r)).map(|(id, _)| id).collect();
    found.sort();
    found
}

fn items_where(memory: &MemoryState, holds: impl Fn(&ItemRecord) -> bool) -> Vec<ledger::ItemId> {
    ids_where(memory, item, StateKey::Item, holds)
}

/// Lists of registries, grants, duties, proposals, alerts and units against the records in memory.
fn compare_lists(store: &Store, memory: &MemoryState) {
    let grant_of = |n: u64| GrantId(hash("grant", n));
    let duty_of = |n: u64| DutyId(hash("duty", n));
    for n in [0, 1, 2, 3, 9] {
        let concerns = |r: &GrantRecord| r.holder == org(n) || r.application.counterpart == Some(org(n));
        let expected = ids_where(memory, grant_of, StateKey::Grant, concerns);
        assert_eq!(store.grants_of(&org(n), None, 1_000).unwrap(), expected);
        let owes = |r: &DutyRecord| r.debtors.contains(&org(n));
        let expected = ids_where(memory, duty_of, StateKey::Duty, owes);
        assert_eq!(store.duties_of(&org(n), None, 1_000).unwrap(), expected);
    }
    let all = ids_where(memory, grant_of, StateKey::Grant, |_: &GrantRecord| true);
    assert_eq!(store.grants(None, 1_000).unwrap(), all);
    let all = ids_where(memory, duty_of, StateKey::Duty, |_: &DutyRecord| true);
    assert_eq!(store.duties(None, 1_000).unwrap(), all);
    let first = |place: Hash| StateKey::Entry { place, n: 1 };
    let place = |n: u64| hash("place", n);
    for registry in [Registry::Qualified, Registry::Tri, Registry::Expert] {
        let expected = ids_where(memory, place, first, |r: &EntryRecord| r.entry.registry == registry);
        assert_eq!(store.registers(registry, None, 1_000).unwrap(), expected);
    }
    for n in 0..4 {
        let expected = ids_where(memory, place, first, |r: &EntryRecord| r.entry.subject == Subject::Org(org(n)));
        assert_eq!(store.registers_about(&org(n).0, None, 1_000).unwrap(), expected);
    }
    let packed = items_where(memory, |r| r.container.is_some());
    assert_eq!(store.items_in(&item(0), None, 1_000).unwrap(), packed);
}

fn compare(world: &World) {
    let (store, memory) = (world.store(), &world.memory);
    world.assert_same();
    let view = store.view().unwrap();
    for kind in 0..KINDS {
        for id in (0..=255).step_by(17) {
            let key = key(kind, id);
            let expected = memory.read(&key).unwrap();
            assert_eq!(store.read(&key).unwrap(), expected);
            let proved = view.prove(&key).unwrap();
            assert_eq!(proved.value, expected);
            assert_eq!(proved.proof, tree::prove_in(&memory.leaves(), 0, &key.hash()));
        }
    }
    for until in [0, 1_000, 1_007, 1_015, 2_000] {
        for limit in [0, 1, 3, 1_000] {
            let expected = memory.expired(Timestamp(until), limit).unwrap();
            assert_eq!(store.expired(Timestamp(until), limit).unwrap(), expected);
            assert_eq!(view.expired(Timestamp(until), limit).unwrap(), expected);
            let expected = memory.due(Timestamp(until), limit).unwrap();
            assert_eq!(store.due(Timestamp(until), limit).unwrap(), expected);
            assert_eq!(view.due(Timestamp(until), limit).unwrap(), expected);
        }
    }
    compare_lists(store, memory);
    for n in 0..4 {
        let expected = items_where(memory, |r| r.custodian == org(n));
        assert_eq!(store.items_by_custodian(&org(n), None, 1_000).unwrap(), expected);
    }
    assert_eq!(store.items(None, 1_000).unwrap(), items_where(memory, |_| true));
    assert_eq!(view.items_held(None, 1_000).unwrap(), items_where(memory, |r| !r.holds.is_empty()));
    assert_eq!(store.items_with_offer_to(&org(9), None, 1_000).unwrap(), items_where(memory, |r| r.offer.is_some()));
    let count = |kind: u8| (0..=255).filter(|id| memory.read(&key(kind, *id)).unwrap().is_some()).count();
    let keys: usize = (0..4).map(|n| store.keys_of(&org(n), None, 1_000).unwrap().len()).sum();
    let nodes: usize = (0..4).map(|n| store.nodes_of(&org(n), None, 1_000).unwrap().len()).sum();
    assert_eq!((keys, nodes), (count(4), count(5)));
    assert_eq!(store.orgs(None, 1_000).unwrap().len(), count(3));
    assert_eq!(store.classes(None, 1_000).unwrap().len(), count(6));
    assert_eq!(store.packs(None, 1_000).unwrap().len(), count(2));
    assert_eq!(store.proposals(None, 1_000).unwrap().len(), count(14));
    assert_eq!(store.alerts(None, 1_000).unwrap().len(), count(15));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_store_is_the_state_in_memory(rounds in proptest::collection::vec((proptest::collection::vec(act(), 0..120), any::<bool>()), 1..6)) {
        let mut world = World::new(0, 0);
        for (acts, reopen) in rounds {
            let mut writes = WriteSet::default();
            for act in acts {
                match act {
                    Act::Put { kind, id, variant } => put(&mut writes, kind, id, variant),
                    Act::Remove { kind, id } => writes.remove(key(kind, id)),
                }
            }
            world.commit(&[], &writes);
            if reopen {
                world.reopen();
            }
            compare(&world);
        }
    }
}

#[test]
fn a_store_that_grows_and_shrinks_keeps_its_root() {
    let mut world = World::new(0, 0);
    let mut written = 0u64;
    for round in 0..12u64 {
        let mut writes = WriteSet::default();
        for n in 0..400 {
            writes.put(StateKey::Code(hash("grow", written + n)), &n);
            if n % 3 == 0 && round > 2 {
                writes.remove(StateKey::Code(hash("grow", (round - 2) * 400 + n)));
            }
        }
        written += 400;
        let candidate = world.store().candidate(&writes).unwrap();
        assert_eq!(candidate.root(), world.root_after(&writes));
        world.commit(&[], &writes);
        world.assert_same();
    }
    world.reopen();
    world.assert_same();
}
