//! What a majority of agencies might certify against the rules: the chain and the proofs hold, the acts do not.

use crate::world;

use ledger::{
    Act, Cause, Decision, Effect, Hash, ItemId, Operation, PolicyPack, SignedTx, Slot, StateKey, Timestamp, TxId,
    codec,
    crypto::Suite,
    event::{Ground, Link},
    operation::{EntryBody, InspectionResult, Purpose},
    record::{KeyEndReason, Marks, Role, Stamp},
};
use proof::{Blob, Bundle, Options, Standing, verify};
use world::{
    World,
    stories::{accept, consume, declare, handover, inspect, lot, offer, register, released, unit},
    text,
};

/// Certifies what `tell` does and expects this code, at this event if one is at fault.
fn check(what: &str, code: &str, event: Option<u64>, tell: impl FnOnce(&mut World) -> ItemId) {
    check_in(World::new(false, 0), what, code, event, tell);
}

/// The same in this world.
fn check_in(mut world: World, what: &str, code: &str, event: Option<u64>, tell: impl FnOnce(&mut World) -> ItemId) {
    let item = tell(&mut world);
    world.block(5_000);
    let json = world.export(&item).to_json();
    let verdict = verify(&json, Some(&world.trust), Options::default());
    let failure = verdict.failure.unwrap_or_else(|| panic!("{what}: found {:?}", verdict.verdict));
    assert_eq!((verdict.verdict, failure.code), (Standing::Invalid, code), "{what}: {}", failure.message);
    assert_eq!(failure.event, event, "{what}: {}", failure.message);
}

fn honest(w: &mut World) {
    w.twist_event = Box::new(|_| {});
    w.twist_body = Box::new(|_| {});
    w.twist_tx = Box::new(|_| {});
}

#[test]
fn acts_of_the_wrong_people() {
    let by = |who: &'static str, role: Role| {
        move |w: &mut World| {
            let registration = lot(w, "X", "5 LTR");
            let item = register(w, registration);
            declare(w, &[item], None);
            inspect(w, &[item], InspectionResult::Passed);
            w.act_list(vec![EntryBody::Item(item)], |list| Operation::Release { list }, &[(who, role)]);
            item
        }
    };
    check("health releases", "H9089", Some(4), by("health", Role::Officer));
    check("a firm releases", "H9088", Some(4), by("importer", Role::Officer));
    check("customs releases as a countersigner", "H9089", Some(4), by("customs", Role::Countersigner));
    check("the giver alone hands over", "H9089", Some(5), |w| {
        let item = released(w, "X", "5 LTR");
        let terms = w.terms(&item, "importer", "hospital");
        w.act(Operation::Handover { terms }, &[("importer", Role::Custodian)]);
        item
    });
    check("nobody countersigns a disposal", "H9089", Some(5), |w| {
        let item = released(w, "X", "5 LTR");
        let (at, quantity) = (w.point(&item), "5 LTR".parse().unwrap());
        w.act(Operation::Dispose { item, at, quantity, private: None }, &[("importer", Role::Custodian)]);
        item
    });
    check("a firm places a hold", "H9088", Some(5), |w| {
        let item = released(w, "X", "5 LTR");
        w.act(Operation::PlaceHold { item, reason: text("no") }, &[("hospital", Role::Officer)]);
        item
    });
}

#[test]
fn acts_that_the_item_forbids() {
    check("somebody else uses it", "H9090", Some(5), |w| {
        let item = released(w, "X", "5 LTR");
        consume(w, item, "hospital", "1 LTR");
        item
    });
    check("used before it is released", "H9090", Some(2), |w| {
        let registration = lot(w, "X", "5 LTR");
        let item = register(w, registration);
        consume(w, item, "importer", "1 LTR");
        item
    });
    check("handed over under a hold", "H9090", Some(6), |w| {
        let item = released(w, "X", "5 LTR");
        w.act(Operation::PlaceHold { item, reason: text("no") }, &[("customs", Role::Officer)]);
        handover(w, item, "importer", "hospital");
        item
    });
    check("a point of custody that has passed", "H9090", Some(6), |w| {
        let item = released(w, "X", "5 LTR");
        let terms = w.terms(&item, "importer", "hospital");
        consume(w, item, "importer", "1 LTR");
        w.act(Operation::Handover { terms }, &[("importer", Role::Custodian), ("hospital", Role::Receiver)]);
        item
    });
    check("terms of another item", "H9090", Some(5), |w| {
        let other = released(w, "Y", "5 LTR");
        let item = released(w, "X", "5 LTR");
        let mut terms = w.terms(&other, "importer", "hospital");
        terms.item = item;
        w.act(Operation::Handover { terms }, &[("importer", Role::Custodian), ("hospital", Role::Receiver)]);
        item
    });
    check("an offer that had expired", "H9090", Some(6), |w| {
        let item = released(w, "X", "5 LTR");
        let terms = offer(w, item, "importer", "hospital");
        w.block(3_600_000);
        accept(w, item, terms, "hospital");
        item
    });
    check("an offer accepted by somebody else", "H9090", Some(6), |w| {
        let item = released(w, "X", "5 LTR");
        let terms = offer(w, item, "importer", "hospital");
        accept(w, item, terms, "lab");
        item
    });
    check("an acceptance of nothing", "H9090", Some(5), |w| {
        let item = released(w, "X", "5 LTR");
        accept(w, item, Hash([5; 32]), "hospital");
        item
    });
    check("a hold lifted by another agency", "H9090", Some(6), |w| {
        let item = released(w, "X", "5 LTR");
        w.act(Operation::PlaceHold { item, reason: text("no") }, &[("customs", Role::Officer)]);
        // The effect names the agency that placed it, as if it had lifted it itself.
        let customs = w.org("customs");
        w.twist_event = Box::new(move |e| e.effect = Effect::HoldLifted { by: vec![customs], placed: 5 });
        w.act(Operation::LiftHold { item, placed: 5 }, &[("health", Role::Officer)]);
        item
    });
    check("nothing registered", "H9090", Some(1), |w| {
        let registration = lot(w, "X", "0 LTR");
        register(w, registration)
    });
    check("a serial of two pieces", "H9090", Some(1), |w| {
        let mut registration = lot(w, "X", "2 H87");
        registration.code = "01/09521234543213/21/S".parse().unwrap();
        register(w, registration)
    });
}

#[test]
fn effects_and_decisions_that_nobody_signed() {
    check("more used than signed", "H9091", Some(5), |w| {
        let item = released(w, "X", "5 LTR");
        w.twist_event = Box::new(|e| e.effect = Effect::Used { quantity: "2 LTR".parse().unwrap() });
        consume(w, item, "importer", "1 LTR");
        item
    });
    check("moved to somebody else", "H9091", Some(5), |w| {
        let item = released(w, "X", "5 LTR");
        let lab = w.org("lab");
        w.twist_event = Box::new(move |e| {
            if let Effect::Moved { to, .. } = &mut e.effect {
                *to = lab;
            }
        });
        handover(w, item, "importer", "hospital");
        item
    });
    check("registered for somebody else", "H9091", Some(1), |w| {
        let lab = w.org("lab");
        w.twist_event = Box::new(move |e| {
            if let Effect::Registered { custodian, .. } = &mut e.effect {
                *custodian = lab;
            }
        });
        let registration = lot(w, "X", "5 LTR");
        register(w, registration)
    });
    check("another private root", "H9091", Some(1), |w| {
        w.twist_event = Box::new(|e| {
            if let Effect::Registered { private, .. } = &mut e.effect {
                *private = Some(Hash([1; 32]));
            }
        });
        let registration = lot(w, "X", "5 LTR");
        register(w, registration)
    });
    check("registered twice", "H9063", Some(2), |w| {
        let registration = lot(w, "X", "5 LTR");
        let item = register(w, registration);
        declare(w, &[item], None);
        // `apply` refuses to write such a record, so the second event is forged into the list.
        let first = w.events[&item][0].effect.clone();
        w.events.get_mut(&item).unwrap()[1].effect = first;
        item
    });
    check("no decision", "H9092", Some(2), |w| {
        let registration = lot(w, "X", "5 LTR");
        let item = register(w, registration);
        w.twist_event = Box::new(|e| e.decision = None);
        declare(w, &[item], None);
        item
    });
    check("another article", "H9092", Some(2), |w| {
        let registration = lot(w, "X", "5 LTR");
        let item = register(w, registration);
        w.twist_event = Box::new(|e| e.decision.as_mut().unwrap().article = text("art. 99"));
        declare(w, &[item], None);
        item
    });
    check("another rule", "H9092", Some(2), |w| {
        let registration = lot(w, "X", "5 LTR");
        let item = register(w, registration);
        w.twist_event = Box::new(|e| e.decision.as_mut().unwrap().rule = ledger::policy::Rule(13));
        declare(w, &[item], None);
        item
    });
    check("more grounds than a decision has", "H9092", Some(2), |w| {
        let registration = lot(w, "X", "5 LTR");
        let item = register(w, registration);
        let ground = Ground::Entry { place: Hash([1; 32]), n: 1 };
        let grounds = vec![ground; ledger::bounds::MAX_GROUNDS + 1];
        w.twist_event = Box::new(move |e| e.decision.as_mut().unwrap().grounds = grounds.clone());
        declare(w, &[item], None);
        item
    });
    let test = || World::new(true, 0);
    check_in(test(), "a decision on genesis", "H9092", Some(1), |w| genesis(w, true));
    check("marks that its class does not have", "H9091", Some(1), |w| {
        w.twist_event = Box::new(|e| {
            if let Effect::Registered { marks, .. } = &mut e.effect {
                *marks = Marks { hgr: true, research_only: false };
            }
        });
        let registration = lot(w, "X", "5 LTR");
        register(w, registration)
    });
    check("another purpose", "H9091", Some(1), |w| {
        w.twist_event = Box::new(|e| {
            if let Effect::Registered { purpose, .. } = &mut e.effect {
                *purpose = Purpose::Medical;
            }
        });
        let registration = lot(w, "X", "5 LTR");
        register(w, registration)
    });
    let link = Link { item: ItemId::default(), count: 1, head: Hash::default() };
    let linked = move |e: &mut ledger::Event| e.links.push(link.clone());
    check("links that nothing explains", "H9067", Some(1), |w| {
        w.twist_event = Box::new(linked.clone());
        let registration = lot(w, "X", "5 LTR");
        register(w, registration)
    });
    check_in(test(), "links of an item of genesis", "H9067", Some(1), |w| {
        w.twist_event = Box::new(linked);
        genesis(w, false)
    });
}

fn genesis(w: &mut World, decided: bool) -> ItemId {
    let registration = lot(w, "GENESIS", "5 LTR");
    let item = ItemId::of(&w.network, &TxId::default(), 0);
    let previous = w.enter_code(&registration.code, item);
    let effect = Effect::Registered {
        class: registration.class,
        code: registration.code,
        quantity: registration.quantity,
        custodian: w.org("importer"),
        previous,
        purpose: Purpose::Unstated,
        marks: Marks::default(),
        origin: None,
        place: None,
        grant: None,
        private: None,
    };
    w.write(item, Cause::Genesis, effect, decided.then_some(ledger::Act::Register));
    item
}

#[test]
fn keys_out_of_their_time() {
    check("used after it was reported compromised", "H9088", Some(5), |w| {
        let item = released(w, "X", "5 LTR");
        w.end_key("importer", KeyEndReason::Compromised);
        consume(w, item, "importer", "1 LTR");
        item
    });
    check("used long after it retired", "H9088", Some(5), |w| {
        let item = released(w, "X", "5 LTR");
        w.end_key("importer", KeyEndReason::Retired);
        w.block(72 * 3_600_000);
        consume(w, item, "importer", "1 LTR");
        item
    });
    check("used before it was registered", "H9088", Some(5), |w| {
        let item = released(w, "X", "5 LTR");
        w.new_key("importer", 61, &[Role::Custodian]);
        let early = Stamp { height: w.now.height - 1, time: Timestamp(w.now.time.0 - 60_000) };
        w.twist_event = Box::new(move |e| e.at = early);
        consume(w, item, "importer", "1 LTR");
        item
    });
    check("for another organisation", "H9088", Some(5), |w| {
        let item = released(w, "X", "5 LTR");
        let hospital = w.org("hospital");
        w.twist_body = Box::new(move |b| b.signers[0].org = hospital);
        consume(w, item, "importer", "1 LTR");
        item
    });
}

#[test]
fn transactions_that_no_node_should_have_taken() {
    let twisted = |twist: fn(&mut SignedTx)| {
        move |w: &mut World| {
            let item = released(w, "X", "5 LTR");
            w.twist_tx = Box::new(twist);
            consume(w, item, "importer", "1 LTR");
            item
        }
    };
    check("an invalid signature", "H9087", Some(5), twisted(|tx| tx.signatures[0].0[3] ^= 1));
    check("no signature", "H9083", Some(5), twisted(|tx| tx.signatures.clear()));
    check("a signature too many", "H9083", Some(5), twisted(|tx| tx.signatures.push(tx.signatures[0])));
    let body = |twist: fn(&mut ledger::TxBody)| {
        move |w: &mut World| {
            let item = released(w, "X", "5 LTR");
            w.twist_body = Box::new(twist);
            consume(w, item, "importer", "1 LTR");
            item
        }
    };
    check("another network", "H9082", Some(5), body(|b| b.network.0.0[0] ^= 1));
    check("expired", "H9084", Some(5), body(|b| b.expires = Timestamp(b.expires.0 - 7_200_000)));
    check("living too long", "H9084", Some(5), body(|b| b.expires = b.expires.plus_ms(72 * 3_600_000)));
    check("one key twice", "H9083", Some(5), body(|b| b.signers.push(b.signers[0])));
    check("no signer", "H9083", Some(5), body(|b| b.signers.clear()));
    check("an unknown suite", "H9083", Some(5), body(|b| b.signers[0].suite = Suite::None));
    check("nine signers", "H9083", Some(5), |w| {
        let item = released(w, "X", "5 LTR");
        let slots: Vec<Slot> = w
            .people
            .values()
            .map(|p| Slot { suite: Suite::Ed25519, org: p.org, key: p.key, role: Role::Custodian })
            .collect();
        assert_eq!(slots.len(), ledger::bounds::MAX_SIGNERS + 1);
        w.twist_body = Box::new(move |b| b.signers = slots.clone());
        consume(w, item, "importer", "1 LTR");
        item
    });
}

#[test]
fn entries_and_subjects() {
    check("the entry of another item", "H9086", Some(2), |w| {
        let registration = lot(w, "X", "5 LTR");
        let item = register(w, registration);
        let registration = lot(w, "Y", "5 LTR");
        let other = register(w, registration);
        declare(w, &[other], None);
        let first = w.events[&item].len();
        let (tx, at) = (w.events[&other][1].cause, w.now);
        let mut event = w.events[&other][1].clone();
        (event.item, event.cause, event.at) = (item, tx, at);
        adopt(w, item, event);
        assert_eq!(w.events[&item].len(), first + 1);
        item
    });
    check("an act on another item", "H9086", Some(5), |w| {
        let other = released(w, "Y", "5 LTR");
        let item = released(w, "X", "5 LTR");
        consume(w, other, "importer", "1 LTR");
        let mut event = w.events[&other][4].clone();
        event.item = item;
        adopt(w, item, event);
        item
    });
    check("a registration under another index", "H9086", Some(1), |w| {
        let bodies = (0..2).map(|n| EntryBody::Registration(lot(w, &format!("S-{n}"), "5 LTR"))).collect();
        let tx = w.act_list(bodies, |list| Operation::Register { list }, &[("importer", Role::Declarant)]);
        let item = ItemId::of(&w.network, &tx, 1);
        let mut event = w.events.remove(&ItemId::of(&w.network, &tx, 0)).unwrap().remove(0);
        w.events.remove(&item);
        w.put(|s| s.remove(StateKey::Item(item)));
        event.item = item;
        adopt(w, item, event);
        let code = w.record(&item).code;
        w.put(|s| s.remove(StateKey::Code(ledger::state::code_hash(&code))));
        w.enter_code(&code, item);
        item
    });
    check("an index on a single item", "H9085", Some(5), |w| {
        let item = released(w, "X", "5 LTR");
        w.twist_event = Box::new(|e| {
            if let Cause::Tx { index, .. } = &mut e.cause {
                *index = 1;
            }
        });
        consume(w, item, "importer", "1 LTR");
        item
    });
    check("a list of more than a thousand", "H9085", Some(5), |w| {
        let item = released(w, "X", "5 LTR");
        let bodies = (0..1_001).map(|n| EntryBody::Item(if n == 0 { item } else { filler(n) })).collect();
        let at = w.now;
        let operation =
            |list| Operation::Inspect { list, result: InspectionResult::Failed, video: None, private: None };
        list_only(w, bodies, operation, item);
        assert!(w.now > at);
        item
    });
    check("one transaction twice", "H9068", Some(6), |w| {
        let item = released(w, "X", "5 LTR");
        w.act(Operation::PlaceHold { item, reason: text("no") }, &[("customs", Role::Officer)]);
        let event = w.events[&item][4].clone();
        adopt(w, item, event);
        item
    });
}

fn filler(n: u32) -> ItemId {
    ItemId(Hash::of_bytes(&ledger::tag::ITEM_ID, &n.to_le_bytes()))
}

/// Writes an event, renumbered, as if it belonged to the item.
fn adopt(w: &mut World, item: ItemId, event: ledger::Event) {
    let decided = event.decision.clone();
    w.twist_event = Box::new(move |e| {
        e.at = event.at;
        e.decision = decided.clone();
    });
    w.write(item, event.cause, event.effect.clone(), None);
    honest(w);
}

/// An act on a long list of which only one item exists.
fn list_only(
    w: &mut World,
    bodies: Vec<EntryBody>,
    operation: impl Fn(ledger::operation::EntryList) -> Operation,
    item: ItemId,
) {
    w.block(60_000);
    let entries: Vec<_> = bodies.into_iter().map(|body| ledger::operation::Entry { salt: w.random(), body }).collect();
    let hashes: Vec<Hash> = entries.iter().map(|e| e.hash()).collect();
    let list = ledger::operation::EntryList { count: entries.len() as u32, root: ledger::list::root(&hashes) };
    let tx = w.sign(operation(list), &[("customs", Role::Officer)], entries);
    let id = tx.body.id();
    w.txs.insert(id, tx);
    let effect = Effect::Inspected { result: InspectionResult::Failed, video: None };
    w.write(item, Cause::Tx { id, index: 0 }, effect, Some(ledger::Act::Inspect));
}

#[test]
fn times_that_cannot_be() {
    let at = |twist: fn(Stamp) -> Stamp| {
        move |w: &mut World| {
            let item = released(w, "X", "5 LTR");
            let now = twist(Stamp { height: w.now.height + 1, time: w.now.time.plus_ms(60_000) });
            w.twist_event = Box::new(move |e| e.at = now);
            consume(w, item, "importer", "1 LTR");
            honest(w);
            item
        }
    };
    let back = |s: Stamp| Stamp { height: s.height, time: Timestamp(s.time.0 - 90_000) };
    check("time runs backwards", "H9065", Some(5), at(back));
    check("height runs backwards", "H9065", Some(5), at(|s| Stamp { height: s.height - 2, time: s.time }));
    check("one height with two times", "H9065", Some(5), at(|s| Stamp { height: s.height - 1, time: s.time }));
    check(
        "later than the header",
        "H9065",
        Some(5),
        at(|s| Stamp { height: s.height + 9, time: s.time.plus_ms(90_000) }),
    );
    check("a transaction at genesis", "H9065", Some(1), |w| {
        w.twist_event = Box::new(|e| e.at.height = 0);
        let registration = lot(w, "X", "5 LTR");
        let item = register(w, registration);
        honest(w);
        item
    });
    check_in(World::new(true, 0), "genesis at a height", "H9065", Some(1), |w| {
        w.block(1_000);
        genesis(w, false)
    });
}

/// Changes the state, and says at which key and in which list of the bundle that record stands.
type Forge = fn(&mut World) -> (StateKey, fn(&mut Bundle) -> &mut Vec<Blob>);

/// Whose a record is, it says itself: one that is certified in the place of another stands nowhere.
#[test]
fn records_in_the_place_of_others() {
    let forge = |forge: Forge| {
        let mut w = World::new(false, 0);
        let item = released(&mut w, "X", "5 LTR");
        w.block(5_000);
        let mut bundle = w.export(&item);
        let record = w.record(&item);
        let mut keys = vec![StateKey::Item(item), StateKey::Code(ledger::state::code_hash(&record.code))];
        keys.extend([StateKey::Class(record.class), StateKey::Pack(w.pack.hash())]);
        for person in ["importer", "customs"] {
            keys.extend([StateKey::Key(w.people[person].key), StateKey::Org(w.org(person))]);
        }
        let before = w.state.clone();
        let (key, list) = forge(&mut w);
        let [old, new] = [&before, &w.state].map(|s| ledger::StateRead::read(s, &key).unwrap().unwrap());
        assert_ne!(old, new);
        let snapshot = w.snapshot();
        bundle.anchor.header = Blob(codec::encode(&snapshot.head.header));
        bundle.anchor.certificate = Blob(codec::encode(&snapshot.head.certificate));
        bundle.proof = snapshot.prove_all(&keys);
        list(&mut bundle).iter_mut().find(|b| b.0 == old).unwrap().0 = new;
        // Its identity being another, it may have to stand elsewhere in the list.
        let mut codes = [false, true].map(|reversed| {
            let mut bundle = bundle.clone();
            if reversed {
                list(&mut bundle).reverse();
            }
            verify(&bundle.to_json(), Some(&w.trust), Options::default()).failure.unwrap().code
        });
        codes.sort();
        codes
    };
    // What is certified in its own place is taken, and the file is read on.
    let renamed = forge(|w| {
        let key = StateKey::Org(w.org("importer"));
        let mut record: ledger::OrgRecord = ledger::StateRead::record(&w.state, &key).unwrap().unwrap();
        record.profile.name = text("other");
        w.put(|s| s.put(key.clone(), &record));
        (key, |b| &mut b.orgs.0)
    });
    assert_eq!(renamed, ["H9006", "H9110"]);
    let key = forge(|w| {
        let key = StateKey::Key(w.people["importer"].key);
        let mut record: ledger::KeyRecord = ledger::StateRead::record(&w.state, &key).unwrap().unwrap();
        record.key = *w.people["lab"].secret.verifying_key().as_bytes();
        w.put(|s| s.put(key.clone(), &record));
        (key, |b| &mut b.keys.0)
    });
    assert_eq!(key, ["H9006", "H9040"]);
    let org = forge(|w| {
        let key = StateKey::Org(w.org("importer"));
        let mut record: ledger::OrgRecord = ledger::StateRead::record(&w.state, &key).unwrap().unwrap();
        record.profile.identifier.value = text("somebody");
        w.put(|s| s.put(key.clone(), &record));
        (key, |b| &mut b.orgs.0)
    });
    assert_eq!(org, ["H9006", "H9040"]);
    let pack = forge(|w| {
        let mut pack = w.pack.clone();
        pack.version = 2;
        let key = StateKey::Pack(w.pack.hash());
        w.put(|s| s.put(key.clone(), &pack));
        (key, |b| &mut b.packs.0)
    });
    assert_eq!(pack, ["H9040", "H9040"]);
    let class = forge(|w| {
        let key = StateKey::Class(w.class("06901234567892"));
        let other: ledger::record::ClassRecord = ledger::StateRead::record(&w.state, &key).unwrap().unwrap();
        let key = StateKey::Class(w.class("09521234543213"));
        w.put(|s| s.put(key.clone(), &other));
        (key, |b| &mut b.classes.0)
    });
    assert_eq!(class, ["H9040", "H9040"]);
}

#[test]
fn records_that_contradict_themselves() {
    let record = |twist: fn(&mut World, &ItemId)| {
        move |w: &mut World| {
            let item = released(w, "X", "5 LTR");
            twist(w, &item);
            item
        }
    };
    check(
        "a code that knows no registration",
        "H9046",
        None,
        record(|w, item| {
            let key = StateKey::Code(ledger::state::code_hash(&w.record(item).code));
            let record = ledger::record::CodeRecord { count: 0, head: Hash::default(), latest: *item };
            w.put(|s| s.put(key, &record));
        }),
    );
    check(
        "a code with one registration that is another",
        "H9046",
        None,
        record(|w, item| {
            let key = StateKey::Code(ledger::state::code_hash(&w.record(item).code));
            let record = ledger::record::CodeRecord { count: 1, head: Hash::default(), latest: ItemId::default() };
            w.put(|s| s.put(key, &record));
        }),
    );
    check(
        "a code with a chain of its own",
        "H9046",
        None,
        record(|w, item| {
            let key = StateKey::Code(ledger::state::code_hash(&w.record(item).code));
            let record = ledger::record::CodeRecord { count: 1, head: Hash([1; 32]), latest: *item };
            w.put(|s| s.put(key, &record));
        }),
    );
    check("a donation under another scheme", "H9046", None, |w| {
        let mut registration = lot(w, "X", "5 LTR");
        registration.class = w.class("blood");
        registration.code = "hufu:eurocode/A1".parse().unwrap();
        register(w, registration)
    });
    check("a code of another class", "H9046", None, |w| {
        let mut registration = lot(w, "X", "5 LTR");
        registration.class = w.class("06901234567892");
        register(w, registration)
    });
    check(
        "a record that no history yields",
        "H9064",
        None,
        record(|w, item| {
            let mut record = w.record(item);
            record.custodian = w.org("lab");
            let key = StateKey::Item(*item);
            w.put(|s| s.put(key, &record));
        }),
    );
    check(
        "more on hand than was registered",
        "H9066",
        None,
        record(|w, item| {
            let mut record = w.record(item);
            record.on_hand = "6 LTR".parse().unwrap();
            let key = StateKey::Item(*item);
            w.put(|s| s.put(key, &record));
        }),
    );
    check(
        "a container that no event explains",
        "H9064",
        None,
        record(|w, item| {
            let unit = unit(w, "340123450000000000");
            let mut record = w.record(item);
            record.container = Some(ledger::record::Packed { unit, level: 0 });
            let key = StateKey::Item(*item);
            w.put(|s| s.put(key, &record));
        }),
    );
}

/// Rules that a majority certified, and by which the acts would stand.
#[test]
fn packs_against_what_no_pack_can_say() {
    let under = |twist: fn(&mut PolicyPack)| {
        move |w: &mut World| {
            let item = released(w, "X", "5 LTR");
            let row = w.pack.row(Act::Dispose).unwrap().clone();
            let article = row.article.or_else(|| w.pack.article(row.rule).cloned()).unwrap();
            twist(&mut w.pack);
            let pack = w.pack.clone();
            w.put(|s| s.put(StateKey::Pack(pack.hash()), &pack));
            let (at, quantity) = (w.point(&item), "5 LTR".parse().unwrap());
            let (hash, version, rule) = (pack.hash(), pack.version, row.rule);
            w.twist_event = Box::new(move |e| {
                let (article, grounds) = (article.clone(), Vec::new());
                e.decision = Some(Decision { pack: hash, version, rule, article, grounds });
            });
            let (holder, agency) = (("importer", Role::Custodian), ("env", Role::Countersigner));
            let countersigned = w.pack.acts.iter().all(|row| row.act != Act::Dispose || row.any[0].len() > 1);
            let signers = if countersigned { vec![holder, agency] } else { vec![holder] };
            w.act(Operation::Dispose { item, at, quantity, private: None }, &signers);
            item
        }
    };
    check(
        "a disposal that no agency countersigns",
        "H9046",
        None,
        under(|pack| {
            let row = pack.acts.iter_mut().find(|row| row.act == Act::Dispose).unwrap();
            row.any[0].truncate(1);
        }),
    );
    check("a key that cannot end", "H9046", None, under(|pack| pack.acts.retain(|row| row.act != Act::EndKey)));
    check(
        "an act that the pack does not know",
        "H9089",
        Some(5),
        under(|pack| pack.acts.retain(|row| row.act != Act::Dispose)),
    );
}
