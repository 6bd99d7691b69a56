//! A mutator that knows the format: every byte, every JSON value, every component of another valid bundle.

mod world;

use ledger::{Hash, Signature, TxBody, codec};
use proof::{Blob, Bundle, Digest, Options, Standing, TrustRoot, bundle::Proved, verify};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use world::{
    World,
    stories::{NAMES, Story, handover, released, story, told},
};

/// The code, after making sure that nobody is told anything but `invalid`.
fn refused(json: &[u8], trust: &TrustRoot, context: &str) -> &'static str {
    let verdict = verify(json, Some(trust), Options::default());
    assert_eq!(verdict.verdict, Standing::Invalid, "{context}");
    verdict.failure.unwrap().code
}

fn proved<'a>(name: &'static str, list: &'a mut [Proved], all: &mut Vec<(&'static str, &'a mut Blob)>) {
    for p in list {
        all.push((name, &mut p.record));
        all.push(("proof", &mut p.proof));
    }
}

/// Every byte string of a bundle.
fn blobs(bundle: &mut Bundle) -> Vec<(&'static str, &mut Blob)> {
    let mut all: Vec<(&'static str, &mut Blob)> = vec![
        ("header", &mut bundle.header),
        ("certificate", &mut bundle.certificate),
        ("validators", &mut bundle.validators),
    ];
    for link in &mut bundle.validator_chain.0 {
        all.extend([("header", &mut link.header), ("certificate", &mut link.certificate)]);
        all.push(("validators", &mut link.validators));
    }
    proved("item", std::slice::from_mut(&mut bundle.item), &mut all);
    proved("code", std::slice::from_mut(&mut bundle.code), &mut all);
    proved("class", &mut bundle.classes.0, &mut all);
    proved("pack", &mut bundle.packs.0, &mut all);
    proved("key", &mut bundle.keys.0, &mut all);
    proved("org", &mut bundle.orgs.0, &mut all);
    for step in &mut bundle.events.0 {
        all.push(("event", &mut step.event));
        if let Some(tx) = &mut step.tx {
            all.extend([("body", &mut tx.body), ("signatures", &mut tx.signatures)]);
            if let Some(entry) = &mut tx.entry {
                all.extend([("entry", &mut entry.bytes), ("path", &mut entry.path)]);
            }
        }
    }
    for field in &mut bundle.disclosures.fields.0 {
        all.extend([("field", &mut field.field), ("path", &mut field.path)]);
    }
    for person in &mut bundle.disclosures.persons.0 {
        all.push(("name", &mut person.name));
    }
    all
}

fn expected(kind: &str) -> &'static [&'static str] {
    match kind {
        "header" => &["H9005", "H9021"],
        "certificate" => &["H9005", "H9021", "H9023", "H9024"],
        "validators" => &["H9005", "H9022"],
        "item" => &["H9005", "H9040"],
        "code" => &["H9005", "H9041"],
        "class" => &["H9005", "H9042"],
        "pack" => &["H9005", "H9043"],
        "key" => &["H9005", "H9044"],
        "org" => &["H9005", "H9045"],
        "proof" => &["H9005", "H9040", "H9041", "H9042", "H9043", "H9044", "H9045"],
        "event" => &["H9005", "H9060", "H9061", "H9062", "H9063", "H9064"],
        "body" => &["H9005", "H9081"],
        "signatures" => &["H9005", "H9087"],
        "entry" => &["H9005", "H9085"],
        "path" => &["H9005", "H9085", "H9111"],
        "field" => &["H9005", "H9111"],
        "name" => &["H9005", "H9112"],
        other => panic!("{other}"),
    }
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
    for name in ["private", "pending", "validators", "genesis"] {
        let story = story(name);
        let value: Value = serde_json::from_slice(&story.json()).unwrap();
        let all = changes(&value);
        println!("{name}: {} changes", all.len());
        for (what, changed) in all {
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
            for (key, theirs) in theirs.as_object().unwrap() {
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

/// A record that is certified but of no concern to the item.
#[test]
fn a_record_too_many() {
    let Story { world, item, .. } = story("newborn");
    let snapshot = world.snapshot();
    let honest = proof::assemble(&snapshot, &item, &[]).unwrap();
    let prove = |id: Hash, key: ledger::StateKey| {
        let (record, proof) = proof::Source::prove(&snapshot, &key).unwrap();
        Proved { id: Digest(id), record: Blob(record.unwrap()), proof: Blob(codec::encode(&proof)) }
    };
    let (key, org) = (world.people["lab"].key, world.org("lab"));
    let class = world.class("blood");
    let add = |list: fn(&mut Bundle) -> &mut Vec<Proved>, proved: Proved| {
        let mut bundle = honest.clone();
        list(&mut bundle).push(proved);
        list(&mut bundle).sort_by_key(|p| p.id);
        refused(&bundle.to_json(), &world.trust, "a record too many")
    };
    let surplus = [
        add(|b| &mut b.keys.0, prove(key.0, ledger::StateKey::Key(key))),
        add(|b| &mut b.orgs.0, prove(org.0, ledger::StateKey::Org(org))),
        add(|b| &mut b.classes.0, prove(class.0, ledger::StateKey::Class(class))),
    ];
    // Whether it stands before or behind the needed one decides which of the two is noticed first.
    assert!(surplus.iter().all(|c| ["H9008", "H9007"].contains(c)), "{surplus:?}");
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
