//! Both sides of the edge of a rule: the last thing that it allows, and the first that it does not.

use crate::world;

use ledger::{
    Act, Cause, Effect, Hash, ItemId, KeyId, KeyRecord, Operation, Role, StateKey, Timestamp, ValidatorSet,
    bounds::{MAX_GROUNDS, MAX_LINKS, MAX_SIGNERS},
    event::{Ground, Receiver},
    operation::{Entry, EntryBody, EntryList, Purpose, Registration},
    policy::ActRow,
    record::{Inside, Packed},
};
use proof::{Anchor, Card, Certified, Options, Standing, TrustError, TrustRoot, Verdict, judge, verify};
use serde_json::{Value, json};
use world::{
    World,
    stories::{Story, accept, consume, declare, genesis, hold, lot, offer, register, released, story, unit},
    text,
};

const NONE: (&str, Option<u64>) = ("none", None);

fn judged(mut world: World, tell: impl FnOnce(&mut World) -> ItemId) -> Verdict {
    let item = tell(&mut world);
    world.block(5_000);
    verify(&world.export(&item).to_json(), Some(&world.trust), Options::default())
}

/// The code of what is wrong, and the event at fault.
fn fault_in(world: World, tell: impl FnOnce(&mut World) -> ItemId) -> (&'static str, Option<u64>) {
    judged(world, tell).failure.map_or(NONE, |failure| (failure.code, failure.event))
}

fn fault(tell: impl FnOnce(&mut World) -> ItemId) -> (&'static str, Option<u64>) {
    fault_in(World::new(false, 0), tell)
}

#[test]
fn as_many_as_there_may_be() {
    // Of the eight some have no key for that role: one more would be a signer too many.
    let found = fault(|w| {
        let item = released(w, "X", "5 LTR");
        let names: Vec<&'static str> = w.people.keys().copied().take(MAX_SIGNERS).collect();
        let signers: Vec<(&str, Role)> = names.iter().map(|name| (*name, Role::Custodian)).collect();
        let (at, quantity) = (w.point(&item), "1 LTR".parse().unwrap());
        w.act(Operation::Use { item, at, quantity, private: None }, &signers);
        item
    });
    assert_eq!(found, ("H9088", Some(5)));
    let resting_on = |grounds: usize| {
        fault(move |w| {
            let registration = lot(w, "X", "5 LTR");
            let item = register(w, registration);
            let grounds = vec![Ground::Entry { place: Hash([1; 32]), n: 1 }; grounds];
            w.twist_event = Box::new(move |event| event.decision.as_mut().unwrap().grounds = grounds.clone());
            declare(w, &[item], None);
            item
        })
    };
    assert_eq!(resting_on(MAX_GROUNDS), NONE);
    assert_eq!(resting_on(MAX_GROUNDS + 1), ("H9092", Some(2)));
}

/// A lot that was packed with others into a pallet, of which only the lot is written down.
fn packed_among(w: &mut World, count: usize) -> ItemId {
    let item = released(w, "X", "5 LTR");
    let pallet = unit(w, "340123450000000000");
    let (at, link) = (w.point(&pallet), w.link(&pallet));
    w.block(60_000);
    let other = |n: usize| if n == 0 { item } else { ItemId(Hash([n as u8; 32])) };
    let entry = |n: usize| Entry { salt: [n as u8; 16], body: EntryBody::Item(other(n)) };
    let entries: Vec<Entry> = (0..count).map(entry).collect();
    let hashes: Vec<Hash> = entries.iter().map(Entry::hash).collect();
    let list = EntryList { count: count as u32, root: ledger::list::root(&hashes) };
    let tx = w.sign(Operation::Pack { unit: pallet, at, list }, &[("importer", Role::Custodian)], entries);
    let id = tx.body.id();
    w.txs.insert(id, tx);
    let cause = Cause::Tx { id, index: 0 };
    let into = Packed { unit: pallet, level: w.pack.grade(&text("2")).unwrap().premises };
    w.write_linked(item, cause, Effect::Packed { into }, Some(Act::Pack), vec![link]);
    let filled = Effect::Filled { more: true, by: Inside { items: count as u32, ..Inside::default() } };
    let link = w.link(&item);
    w.write_linked(pallet, cause, filled, Some(Act::Pack), vec![link]);
    item
}

#[test]
fn so_many_are_packed_at_once() {
    // The unit is found to tell of too few; before that, the item, that they are too many.
    assert_eq!(fault(|w| packed_among(w, MAX_LINKS)), ("H9067", Some(2)));
    assert_eq!(fault(|w| packed_among(w, MAX_LINKS + 1)), ("H9085", Some(5)));
}

#[test]
fn of_many_closed_fields_the_first_are_named() {
    let told = |uses: usize| {
        let verdict = judged(World::new(false, 0), |w| {
            let item = released(w, "X", "20 LTR");
            for _ in 0..uses {
                let (at, quantity) = (w.point(&item), "1 LTR".parse().unwrap());
                let operation = Operation::Use { item, at, quantity, private: Some(Hash([1; 32])) };
                w.act(operation, &[("importer", Role::Custodian)]);
            }
            item
        });
        assert_eq!(verdict.verdict, Standing::Valid, "{:?}", verdict.failure);
        verdict.notices.into_iter().find(|notice| notice.id == "fields-closed").unwrap().message
    };
    assert!(told(8).ends_with("the private fields of event 12"));
    assert!(told(9).ends_with("the private fields of event 12 and 1 more"));
}

#[test]
fn times_stand_in_their_order() {
    // Of two heights the times differ, by a millisecond at least.
    let after = |ms: u64| {
        fault(move |w| {
            let item = released(w, "X", "5 LTR");
            let before = w.now.time;
            w.twist_event = Box::new(move |event| event.at.time = before.plus_ms(ms));
            consume(w, item, "importer", "1 LTR");
            item
        })
    };
    assert_eq!(after(1), NONE);
    assert_eq!(after(0), ("H9065", Some(5)));
    // Genesis has the time of its ceremony, and the first block may have the same.
    let ahead = |ms: u64| {
        fault_in(World::new(true, 0), move |w| {
            let ceremony = w.now.time.plus_ms(ms);
            w.twist_event = Box::new(move |event| match event.n {
                1 => event.at.time = ceremony,
                _ => event.at.time = Timestamp(ceremony.0 - ms),
            });
            genesis(w)
        })
    };
    assert_eq!(ahead(0), NONE);
    assert_eq!(ahead(1), ("H9065", Some(2)));
}

#[test]
fn a_key_that_is_no_point_signs_nothing() {
    let found = fault(|w| {
        let item = released(w, "X", "5 LTR");
        // No point of the curve has this for its y.
        let key = [2; 32];
        let id = KeyId::of_ed25519(&key);
        let known: KeyRecord = w.state_record(&StateKey::Key(w.people["importer"].key));
        w.put(|writes| writes.put(StateKey::Key(id), &KeyRecord { key, ..known }));
        w.twist_body = Box::new(move |body| body.signers[0].key = id);
        consume(w, item, "importer", "1 LTR");
        item
    });
    assert_eq!(found, ("H9046", None));
}

#[test]
fn inspected_on_a_firms_premises_only_with_its_consent() {
    let ordered = |premises: Option<gs1::Gln>| {
        fault(move |w| {
            if w.pack.row(Act::OrderInspection).is_none() {
                let row = ActRow { act: Act::OrderInspection, ..w.pack.row(Act::Inspect).unwrap().clone() };
                w.pack.acts.push(row);
                w.pack.acts.sort_by_key(|row| row.act);
                let pack = w.pack.clone();
                w.put(|writes| writes.put(StateKey::Pack(pack.hash()), &pack));
            }
            let registration = lot(w, "X", "5 LTR");
            let item = register(w, registration);
            declare(w, &[item], None);
            let operation = |list| Operation::OrderInspection { list, premises };
            w.act_list(vec![EntryBody::Item(item)], operation, &[("customs", Role::Officer)]);
            item
        })
    };
    assert_eq!(ordered(None), NONE);
    assert_eq!(ordered(Some(gs1::Gln::from_u64(9_521_321_000_018).unwrap())), ("H9090", Some(3)));
}

#[test]
fn what_the_act_and_not_the_event_says() {
    let found = fault(|w| {
        let item = released(w, "X", "5 LTR");
        let terms = offer(w, item, "importer", "hospital");
        w.twist_event = Box::new(|event| {
            if let Effect::Moved { receiver, .. } = &mut event.effect {
                *receiver = Receiver::Disposer;
            }
        });
        accept(w, item, terms, "hospital");
        item
    });
    assert_eq!(found, ("H9091", Some(6)), "an acceptance by somebody of another kind");
    let found = fault(|w| {
        let (other, item) = (released(w, "Y", "5 LTR"), released(w, "X", "5 LTR"));
        hold(w, other, "customs");
        let event = w.events[&other][4].clone();
        w.write(item, event.cause, event.effect, Some(Act::PlaceHold));
        item
    });
    assert_eq!(found, ("H9086", Some(5)), "a hold on another item");
}

#[test]
fn a_purpose_is_read_where_it_is_stated() {
    let told = |purpose: Purpose| {
        let mut w = World::new(false, 0);
        let registration = Registration { purpose, ..lot(&w, "X", "5 LTR") };
        let item = register(&mut w, registration);
        w.block(5_000);
        let bundle = w.export(&item);
        let verdict = verify(&bundle.to_json(), Some(&w.trust), Options::default());
        assert_eq!(verdict.verdict, Standing::Valid, "{:?}", verdict.failure);
        let values = bundle.readable.events[0].values.iter();
        values.filter(|value| value.name == "purpose").map(|value| value.value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(told(Purpose::Medical), ["medical"]);
    assert_eq!(told(Purpose::Unstated), [""; 0]);
}

/// The trust root that starts at a header behind which other validators sign.
fn starting_at(trust: &TrustRoot, head: &Certified, next: &ValidatorSet) -> TrustRoot {
    let keys: Vec<String> = next.validators().iter().map(|v| Hash(*v.key.bytes()).to_string()).collect();
    let mut file: Value = serde_json::from_slice(&trust.to_json()).unwrap();
    let stays = |seat: &Value| seat["key"].as_str().is_some_and(|key| keys.iter().any(|known| known == key));
    file["validators"].as_array_mut().unwrap().retain(stays);
    let header = &head.header;
    file["start"] = json!({
        "height": header.height,
        "time": header.time.0,
        "block": header.id().to_string(),
        "history": header.history.to_string(),
    });
    match TrustRoot::from_json(file.to_string().as_bytes()) {
        Err(TrustError::Fingerprint { found, .. }) => file["fingerprint"] = json!(found.to_string()),
        other => panic!("{other:?}"),
    }
    TrustRoot::from_json(file.to_string().as_bytes()).unwrap()
}

#[test]
fn a_trust_root_may_start_where_the_validators_change() {
    let Story { mut world, item, .. } = story("tested");
    let next = ValidatorSet::new(world.set.validators()[1..].to_vec()).unwrap();
    world.block(1_000);
    let link = world.certify(world.header(Hash([9; 32]), &next), 4);
    let trust = starting_at(&world.trust, &link, &next);
    assert_eq!(trust.set(), &next);
    let start = Anchor::at(&link, &[]);
    let found = judge(&start, Some(&trust), Options::default()).unwrap();
    assert_eq!((found.rooted, found.standing), (true, Standing::Valid));
    // At the start no time has passed, whatever the clock says.
    let late = Options { now: Some(Timestamp(u64::MAX)), ..Options::default() };
    let found = judge(&start, Some(&trust.clone().with_trusting_ms(Some(0))), late).unwrap();
    assert_eq!((found.expired, found.standing), (false, Standing::Valid));
    world.chain.push(link);
    (world.set, world.signed_by) = (next, 3);
    world.block(1_000);
    let bundle = world.export(&item);
    let card = |trust: &TrustRoot| Card::of(&bundle, Some(trust)).unwrap().anchor.chain.len();
    assert_eq!((card(&world.trust), card(&trust)), (1, 0));
}
