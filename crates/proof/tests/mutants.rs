//! A mutator that knows the format: every byte, every JSON value, every component of another valid bundle.

use crate::world;

use ledger::{Hash, Signature, StateKey, TxBody, codec};
use proof::{Blob, Bundle, Options, Source, Standing, TrustRoot, verify};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use world::{
    World,
    blobs::{blobs, expected},
    stories::{NAMES, Story, handover, released, story, told},
};

/// The code, after making sure that nobody is told anything but `invalid`.
fn refused(json: &[u8], trust: &TrustRoot, context: &str) -> &'static str {
    let verdict = verify(json, Some(trust), Options::default());
    assert_eq!(verdict.verdict, Standing::Invalid, "{context}");
    verdict.failure.unwrap().code
}

/// All bits of the smallest bundle, and of every other story some, others in each byte.
#[test]
fn a_bit_of_any_signed_object() {
    let mut seen: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (number, name) in NAMES.into_iter().enumerate() {
        let Story { world, item, .. } = story(name);
        let mut bundle = world.export(&item);
        let count = blobs(&mut bundle).len();
        let stride = if name == "newborn" { 2 } else { 29 };
        for blob in 0..count {
            let length = blobs(&mut bundle)[blob].1.len();
            for byte in (number % stride..length).step_by(stride) {
                let bit = 1u8 << ((byte / stride + number) % 8);
                let (kind, target) = blobs(&mut bundle).swap_remove(blob);
                target.0[byte] ^= bit;
                let context = format!("{name}: {kind} {blob} byte {byte}");
                let code = refused(&bundle.to_json(), &world.trust, &context);
                assert!(expected(kind).contains(&code), "{context}: {code}");
                *seen.entry(kind).or_default().entry(code).or_default() += 1;
                blobs(&mut bundle).swap_remove(blob).1.0[byte] ^= bit;
            }
        }
    }
    for (kind, codes) in seen {
        println!("{kind:<12} {codes:?}");
    }
}

/// A byte more, a byte less, nothing at all, and a number written longer than it need be.
#[test]
fn other_encodings_of_any_signed_object() {
    let Story { world, item, .. } = story("private");
    let honest = world.export(&item);
    let count = blobs(&mut honest.clone()).len();
    for blob in 0..count {
        let changes: [fn(&mut Vec<u8>); 4] = [
            |b| b.push(0),
            |b| b.truncate(b.len() - 1),
            |b| b.clear(),
            // 251 announces a u16: the same first number, not in its shortest form.
            |b| drop(b.splice(0..1, [251, b[0], 0])),
        ];
        for change in changes {
            let mut bundle = honest.clone();
            let (kind, target) = blobs(&mut bundle).swap_remove(blob);
            change(&mut target.0);
            let context = format!("{kind} {blob}");
            let code = refused(&bundle.to_json(), &world.trust, &context);
            assert!(code == "H9005" || expected(kind).contains(&code), "{context}: {code}");
        }
    }
}

/// Every way to change one value of a JSON tree, each as a change of the whole.
fn changes(value: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    let mut one = |what: &str, changed: Value| all.push((what.to_owned(), changed));
    match value {
        Value::Null => one("not null", json!("x")),
        Value::Bool(b) => one("negated", json!(!b)),
        Value::Number(n) => {
            one("one more", json!(n.as_u64().unwrap() + 1));
            one("a fraction", serde_json::from_str(&format!("{n}.5")).unwrap());
            one("as text", json!(n.to_string()));
            one("below zero", json!(-1));
        }
        Value::String(s) => {
            one("longer", json!(format!("{s}A")));
            one("blank before", json!(format!(" {s}")));
            one("null", Value::Null);
            one("upper case", json!(s.to_uppercase()));
        }
        Value::Array(list) => {
            let mut reversed = list.clone();
            reversed.reverse();
            one("reversed", json!(reversed));
            one("as an object", json!({}));
            if let Some(first) = list.first() {
                one("the first twice", json!([std::slice::from_ref(first), &list[..]].concat()));
                one("without the last", json!(list[..list.len() - 1]));
                one("without the first", json!(list[1..]));
            }
        }
        Value::Object(map) => {
            one("as a list", json!(map.values().collect::<Vec<_>>()));
            one("null", Value::Null);
            let mut more = map.clone();
            more.insert("more".into(), Value::Null);
            one("a field more", json!(more));
            for key in map.keys() {
                let mut fewer = map.clone();
                fewer.remove(key);
                one(&format!("without {key}"), json!(fewer));
            }
        }
    }
    match value {
        Value::Array(list) => {
            for (index, element) in list.iter().enumerate() {
                for (what, changed) in changes(element) {
                    let mut copy = list.clone();
                    copy[index] = changed;
                    all.push((format!("[{index}] {what}"), json!(copy)));
                }
            }
        }
        Value::Object(map) => {
            for (key, element) in map {
                for (what, changed) in changes(element) {
                    let mut copy = map.clone();
                    copy.insert(key.clone(), changed);
                    all.push((format!(".{key} {what}"), json!(copy)));
                }
            }
        }
        _ => {}
    }
    all.retain(|(_, changed)| changed != value);
    all
}

#[test]
fn any_value_of_the_json() {
    for name in ["private", "pending", "validators", "genesis", "children"] {
        let story = story(name);
        let value: Value = serde_json::from_slice(&story.json()).unwrap();
        let all = changes(&value);
        println!("{name}: {} changes", all.len());
        for (what, changed) in all {
            // Nothing was made out of the others: their children are here, or are not, alike.
            if what == ".children negated" && name != "children" {
                continue;
            }
            refused(&serde_json::to_vec(&changed).unwrap(), &story.world.trust, &format!("{name}{what}"));
        }
    }
}

/// Each top-level component, and each element of each list, of one valid bundle in the place of that of another.
#[test]
fn components_of_another_valid_bundle() {
    let mut worlds: Vec<(String, Value)> = Vec::new();
    for name in NAMES {
        worlds.push((name.into(), serde_json::from_slice(&story(name).json()).unwrap()));
    }
    // The same story on another network, later on the same network, and of another item under the very same header.
    let elsewhere = told("harbour", World::new(false, 3));
    worlds.push(("elsewhere".into(), serde_json::from_slice(&elsewhere.json()).unwrap()));
    let mut later = story("harbour");
    later.world.block(1_000);
    worlds.push(("later".into(), serde_json::from_slice(&later.json()).unwrap()));
    let mut both = World::new(false, 0);
    let [one, other] = ["ONE", "OTHER"].map(|n| released(&mut both, n, "5 LTR"));
    handover(&mut both, one, "importer", "hospital");
    handover(&mut both, other, "importer", "hospital");
    both.block(1_000);
    for (name, item) in [("one", one), ("other", other)] {
        worlds.push((name.into(), serde_json::from_slice(&both.export(&item).to_json()).unwrap()));
    }
    let trust = story("harbour").world.trust;
    let mut swaps = 0;
    for (into, mine) in &worlds {
        for (from, theirs) in &worlds {
            // Whether children are here says nothing where there are none.
            for (key, theirs) in theirs.as_object().unwrap().iter().filter(|(key, _)| *key != "children") {
                swaps += swap(mine, key, theirs, &trust, &format!("{key} of {from} in {into}"));
            }
        }
    }
    println!("{swaps} swaps");
    assert!(swaps > 3_000);
}

fn swap(mine: &Value, key: &str, theirs: &Value, trust: &TrustRoot, context: &str) -> usize {
    let mut done = 0;
    let mut attempt = |changed: &Value| {
        if changed != mine {
            let verdict = verify(&serde_json::to_vec(changed).unwrap(), Some(trust), Options::default());
            assert_eq!(verdict.verdict, Standing::Invalid, "{context}");
            done += 1;
        }
    };
    let mut changed = mine.clone();
    changed[key] = theirs.clone();
    attempt(&changed);
    if let (Some(here), Some(there)) = (mine[key].as_array(), theirs.as_array()) {
        for (index, element) in there.iter().enumerate() {
            if here.contains(element) {
                continue;
            }
            let mut changed = mine.clone();
            let list = changed[key].as_array_mut().unwrap();
            match list.get_mut(index) {
                Some(place) => *place = element.clone(),
                None => list.push(element.clone()),
            }
            attempt(&changed);
        }
    }
    done
}

/// Signatures by keys that are real but not the ones asked for, and bodies signed anew by somebody else.
#[test]
fn transactions_signed_by_others() {
    let Story { world, item, .. } = story("harbour");
    let honest = world.export(&item);
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for (position, step) in honest.events.iter().enumerate() {
        let tx = step.tx.as_ref().unwrap();
        let body: TxBody = codec::decode(&tx.body, 1 << 20).unwrap();
        let signatures: Vec<Signature> = codec::decode(&tx.signatures, 1 << 20).unwrap();
        for slot in 0..body.signers.len() {
            for stranger in world.people.values().filter(|p| p.key != body.signers[slot].key) {
                let mut forged = signatures.clone();
                forged[slot] = stranger.sign(&body.sign_hash(&body.id(), &body.signers[slot]));
                let mut bundle = honest.clone();
                bundle.events.0[position].tx.as_mut().unwrap().signatures = Blob(codec::encode(&forged));
                let code = refused(&bundle.to_json(), &world.trust, "another key over the same words");
                assert_eq!(code, "H9087");

                let mut body = body.clone();
                (body.signers[slot].key, body.signers[slot].org) = (stranger.key, stranger.org);
                let sign = |s: &ledger::Slot| {
                    world.people.values().find(|p| p.key == s.key).unwrap().sign(&body.sign_hash(&body.id(), s))
                };
                let anew: Vec<Signature> = body.signers.iter().map(sign).collect();
                let target = bundle.events.0[position].tx.as_mut().unwrap();
                target.body = Blob(codec::encode(&body));
                target.signatures = Blob(codec::encode(&anew));
                *codes.entry(refused(&bundle.to_json(), &world.trust, "another signer")).or_default() += 1;
            }
        }
    }
    assert_eq!(codes.keys().copied().collect::<Vec<_>>(), ["H9081"]);
}

/// Dropping any one event of any story is "incomplete at" that event.
#[test]
fn any_event_left_out() {
    for name in NAMES {
        let Story { world, item, .. } = story(name);
        let honest = world.export(&item);
        for n in 0..honest.events.len() {
            let mut bundle = honest.clone();
            bundle.events.0.remove(n);
            let verdict = verify(&bundle.to_json(), Some(&world.trust), Options::default());
            let failure = verdict.failure.unwrap();
            assert_eq!((failure.code, failure.event), ("H9060", Some(n as u64 + 1)), "{name}");
            assert!(failure.message.ends_with(&format!("incomplete at event {}", n + 1)));
        }
    }
}

/// Records that are certified but of no concern to the item, or not all that are of concern: each time with the proof
/// of exactly those that stand there.
#[test]
fn a_record_too_many_or_too_few() {
    let Story { world, item, .. } = story("newborn");
    let snapshot = world.snapshot();
    let honest = proof::assemble(&snapshot, &item, &[], false).unwrap();
    let code = |change: &dyn Fn(&mut Records)| {
        let mut records = Records::of(&world, &honest);
        change(&mut records);
        let mut bundle = honest.clone();
        let mut keys = vec![StateKey::Item(item), StateKey::Code(ledger::state::code_hash(&world.record(&item).code))];
        let lists: [List<'_>; 4] = [
            (&records.classes, &mut bundle.classes.0, |id| StateKey::Class(ledger::ClassId(id))),
            (&records.packs, &mut bundle.packs.0, StateKey::Pack),
            (&records.keys, &mut bundle.keys.0, |id| StateKey::Key(ledger::KeyId(id))),
            (&records.orgs, &mut bundle.orgs.0, |id| StateKey::Org(ledger::OrgId(id))),
        ];
        for (ids, list, key) in lists {
            *list = ids.iter().map(|id| Blob(snapshot.prove(&key(*id)).unwrap().0.unwrap())).collect();
            keys.extend(ids.iter().map(|id| key(*id)));
        }
        bundle.proof = snapshot.prove_all(&keys);
        let verdict = verify(&bundle.to_json(), Some(&world.trust), Options::default());
        verdict.failure.map_or("none", |f| f.code)
    };
    assert_eq!(code(&|_| {}), "none");
    let (key, org, class) = (world.people["lab"].key.0, world.org("lab").0, world.class("blood").0);
    let add = |list: &mut BTreeSet<Hash>, id: Hash| assert!(list.insert(id));
    let surplus =
        [code(&|r| add(&mut r.keys, key)), code(&|r| add(&mut r.orgs, org)), code(&|r| add(&mut r.classes, class))];
    // Whether it stands before or behind the needed one decides which of the two is noticed first.
    assert!(surplus.iter().all(|c| ["H9008", "H9007"].contains(c)) && surplus.contains(&"H9008"), "{surplus:?}");
    assert_eq!(code(&|r| r.keys.clear()), "H9007");
    assert_eq!(code(&|r| r.orgs.clear()), "H9007");
    assert_eq!(code(&|r| r.packs.clear()), "H9007");
    assert_eq!(code(&|r| r.classes.clear()), "H9007");
}

/// Identities, the bytes that stand for them, and the key of each in the state.
type List<'a> = (&'a BTreeSet<Hash>, &'a mut Vec<Blob>, fn(Hash) -> StateKey);

/// Identities of the records of a bundle.
struct Records {
    classes: BTreeSet<Hash>,
    packs: BTreeSet<Hash>,
    keys: BTreeSet<Hash>,
    orgs: BTreeSet<Hash>,
}

impl Records {
    fn of(world: &World, bundle: &Bundle) -> Records {
        let bodies =
            bundle.events.iter().map(|s| codec::decode::<TxBody>(&s.tx.as_ref().unwrap().body, 1 << 20).unwrap());
        let slots: Vec<ledger::Slot> = bodies.flat_map(|b| b.signers).collect();
        Records {
            classes: [codec::decode::<ledger::ItemRecord>(&bundle.item, 1 << 20).unwrap().class.0].into(),
            packs: [world.pack.hash()].into(),
            keys: slots.iter().map(|s| s.key.0).collect(),
            orgs: slots.iter().map(|s| s.org.0).collect(),
        }
    }
}

/// What cannot be decoded, cut off at any point, or is no text at all.
#[test]
fn rubbish() {
    let story = story("newborn");
    let json = story.json();
    for end in (0..json.len()).step_by(17) {
        assert_eq!(refused(&json[..end], &story.world.trust, "cut off"), "H9002");
    }
    let mut dice = blake(1);
    for _ in 0..500 {
        dice = blake(u64::from_le_bytes(dice[..8].try_into().unwrap()));
        refused(&dice, &story.world.trust, "random bytes");
        let mut broken = json.clone();
        let at = u64::from_le_bytes(dice[8..16].try_into().unwrap()) as usize % json.len();
        broken[at] = dice[16];
        if broken != json {
            refused(&broken, &story.world.trust, &format!("byte {at} is {}", dice[16]));
        }
    }
}

fn blake(seed: u64) -> [u8; 32] {
    Hash::of_bytes(&ledger::tag::LOGIN, &seed.to_le_bytes()).0
}
