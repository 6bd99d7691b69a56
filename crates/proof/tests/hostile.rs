//! Bounds: each list and file at its greatest and one above, deep nesting, absurd proofs. All end in a code, quickly.

use crate::world;

use ledger::{Hash, codec, tree::JointProof};
use proof::{Blob, Bundle, Options, Standing, bounds::*, verify};
use serde_json::{Value, json};
use world::stories::{Story, story};

fn code(bytes: &[u8]) -> &'static str {
    let verdict = verify(bytes, None, Options::default());
    assert_eq!(verdict.verdict, Standing::Invalid);
    verdict.failure.unwrap().code
}

#[test]
fn deep_nesting_ends_in_a_code() {
    let deep = |open: &str, inner: &str, close: &str| {
        [open.repeat(100_000), inner.to_owned(), close.repeat(100_000)].concat().into_bytes()
    };
    let honest: Value = serde_json::from_slice(&story("newborn").json()).unwrap();
    for bytes in [deep("[", "", "]"), deep("{\"a\":", "1", "}"), deep("{\"schema\":", "1", "}"), deep("[", "", "")] {
        assert!(["H9002", "H9003"].contains(&code(&bytes)));
    }
    for key in honest.as_object().unwrap().keys() {
        let mut text = honest.clone();
        text[key] = json!("HERE");
        let nest = ["[".repeat(100_000), "]".repeat(100_000)].concat();
        let bytes = serde_json::to_string(&text).unwrap().replace("\"HERE\"", &nest).into_bytes();
        assert!(["H9002", "H9003"].contains(&code(&bytes)), "{key}");
    }
}

#[test]
fn a_file_ends_at_its_bound() {
    assert_eq!(code(&vec![b' '; MAX_BUNDLE_BYTES]), "H9002");
    assert_eq!(code(&vec![b' '; MAX_BUNDLE_BYTES + 1]), "H9001");
    // A name as long as the file does not come back in the message.
    let long = format!("{{\"{}\":1}}", "x".repeat(1 << 20));
    let verdict = verify(long.as_bytes(), None, Options::default());
    assert!(verdict.failure.unwrap().message.len() < 400);
}

/// With `MAX` elements the shape is taken and something later fails; with one more the shape is refused.
#[test]
fn lists_end_at_their_bounds() {
    let honest: Value = serde_json::from_slice(&story("private").json()).unwrap();
    let record = honest["item"].clone();
    let events = honest["events"].as_array().unwrap().len();
    let link = json!({"header": "", "certificate": "", "validators": ""});
    let witness = json!({"key": "ab".repeat(32), "signature": ""});
    let field = honest["disclosures"]["fields"][0].clone();
    let person = honest["disclosures"]["persons"][0].clone();
    let opened = |key: &str, element: &Value, count: usize| {
        let mut disclosures = honest["disclosures"].clone();
        disclosures[key] = json!(vec![element; count]);
        disclosures
    };
    let anchored = |key: &str, element: &Value, count: usize| {
        let mut anchor = honest["anchor"].clone();
        anchor[key] = json!(vec![element; count]);
        anchor
    };
    let read = |key: &str, element: Value, count: usize| {
        let mut readable = honest["readable"].clone();
        readable[key] = json!(vec![element; count]);
        readable
    };
    let step = json!({"event": "", "tx": null});
    let event = honest["readable"]["events"][0].clone();
    let hold = json!({"by": [], "placed": 1, "reason": ""});
    let value = json!({"name": "", "value": ""});
    let related = json!({"item_id": honest["item_id"], "item": "", "events": [], "later": ""});
    let children: Value = serde_json::from_slice(&story("children").json()).unwrap();
    let other = children["readable"]["related"][0].clone();
    let of_other = |key: &str, element: &Value, count: usize| {
        let mut other = other.clone();
        other[key] = json!(vec![element; count]);
        read("related", other, 1)
    };
    let in_related = |count: usize| {
        let mut related = related.clone();
        related["events"] = json!(vec![&step; count]);
        json!([related])
    };
    let of_event = |key: &str, element: &Value, count: usize| {
        let mut readable = honest["readable"].clone();
        readable["events"][0][key] = json!(vec![element; count]);
        readable
    };
    type Make<'a> = Box<dyn Fn(usize) -> Value + 'a>;
    let make: Vec<(&str, usize, Make<'_>)> = vec![
        ("classes", MAX_CLASSES, Box::new(|n| json!(vec![&record; n]))),
        ("packs", MAX_PACKS, Box::new(|n| json!(vec![&record; n]))),
        ("keys", MAX_KEYS, Box::new(|n| json!(vec![&record; n]))),
        ("orgs", MAX_ORGS, Box::new(|n| json!(vec![&record; n]))),
        ("events", MAX_EVENTS, Box::new(|n| json!(vec![&step; n]))),
        ("related", MAX_RELATED, Box::new(|n| json!(vec![&related; n]))),
        // With those of the item itself.
        ("related", MAX_EVENTS - events, Box::new(&in_related)),
        ("readable", MAX_RELATED, Box::new(|n| read("related", other.clone(), n))),
        ("readable", MAX_EVENTS, Box::new(|n| of_other("events", &event, n))),
        ("readable", MAX_READABLE, Box::new(|n| of_other("holds", &hold, n))),
        ("anchor", MAX_CHAIN, Box::new(|n| anchored("chain", &link, n))),
        ("anchor", MAX_WITNESSES, Box::new(|n| anchored("witnesses", &witness, n))),
        ("disclosures", MAX_OPENED, Box::new(|n| opened("fields", &field, n))),
        ("disclosures", MAX_OPENED, Box::new(|n| opened("persons", &person, n))),
        ("readable", MAX_EVENTS, Box::new(|n| read("events", event.clone(), n))),
        ("readable", MAX_READABLE, Box::new(|n| read("holds", hold.clone(), n))),
        ("readable", MAX_READABLE, Box::new(|n| read("hs", json!("x"), n))),
        ("readable", MAX_READABLE, Box::new(|n| of_event("values", &value, n))),
        ("readable", MAX_READABLE, Box::new(|n| of_event("links", &honest["item_id"], n))),
    ];
    for (key, max, list) in &make {
        let with = |count: usize| {
            let mut bundle = honest.clone();
            bundle[*key] = list(count);
            code(&serde_json::to_vec(&bundle).unwrap())
        };
        assert_ne!(with(*max), "H9003", "{key} of {max}");
        assert_eq!(with(*max + 1), "H9003", "{key} of {max} and one");
    }
}

#[test]
fn byte_strings_end_at_their_bounds() {
    let Story { world, item, .. } = story("private");
    let honest = world.export(&item);
    let check = |limit: usize, place: fn(&mut Bundle) -> &mut Blob| {
        for length in [limit + 1, 2 * limit] {
            let mut bundle = honest.clone();
            *place(&mut bundle) = Blob(vec![0; length]);
            let verdict = verify(&bundle.to_json(), Some(&world.trust), Options::default());
            let failure = verdict.failure.unwrap();
            assert_eq!(failure.code, "H9005");
            assert!(failure.message.contains("at most"), "{}", failure.message);
        }
    };
    check(MAX_CERTIFIED_BYTES, |b| &mut b.anchor.header);
    check(MAX_CERTIFIED_BYTES, |b| &mut b.anchor.certificate);
    check(MAX_CERTIFIED_BYTES, |b| &mut b.anchor.validators);
    check(MAX_PROOF_BYTES, |b| &mut b.proof);
    check(MAX_EVENT_BYTES, |b| &mut b.events.0[0].event);
    check(ledger::bounds::MAX_TX_BYTES, |b| &mut b.events.0[0].tx.as_mut().unwrap().body);
    check(MAX_SIGNATURES_BYTES, |b| &mut b.events.0[0].tx.as_mut().unwrap().signatures);
    check(MAX_ENTRY_BYTES, |b| &mut b.events.0[0].tx.as_mut().unwrap().entry.as_mut().unwrap().bytes);
    check(MAX_PATH_BYTES, |b| &mut b.events.0[0].tx.as_mut().unwrap().entry.as_mut().unwrap().path);
    check(MAX_FIELD_OPEN_BYTES, |b| &mut b.disclosures.fields.0[0].field);
    check(MAX_PATH_BYTES, |b| &mut b.disclosures.fields.0[0].path);
    check(MAX_FIELD_OPEN_BYTES, |b| &mut b.disclosures.persons.0[0].name);
}

#[test]
fn hashes_of_later_events_end_at_their_bound() {
    let Story { world, item, .. } = story("children");
    let honest = world.export(&item);
    for (length, expect) in [
        (MAX_LATER_BYTES, "H9061"),
        (MAX_LATER_BYTES + 1, "H9005"),
        (MAX_LATER_BYTES + 32, "H9005"),
        (33, "H9005"),
        (31, "H9005"),
    ] {
        let mut bundle = honest.clone();
        bundle.related.0[0].later = Blob(vec![0; length]);
        assert_eq!(code(&bundle.to_json()), expect, "{length}");
    }
}

#[test]
fn the_greatest_honest_encodings_keep_to_the_bounds() {
    let records = 2 + MAX_CLASSES + MAX_PACKS + MAX_KEYS + MAX_ORGS + MAX_RELATED;
    let proof = JointProof { depths: vec![250; records], siblings: vec![Some(Hash([9; 32])); 30 * records] };
    assert!(codec::encode(&proof).len() <= MAX_PROOF_BYTES);
    assert_eq!(codec::encode(&vec![ledger::Signature([0; 64]); 8]).len(), MAX_SIGNATURES_BYTES);
    assert_eq!(codec::encode(&vec![Hash::default(); ledger::list::MAX_PATH]).len(), MAX_PATH_BYTES);
    let field = ledger::field::Field {
        salt: [0; 16],
        name: world::text(&"n".repeat(32)),
        value: world::text(&"v".repeat(4096)),
    };
    assert!(codec::encode(&field).len() <= MAX_FIELD_OPEN_BYTES);
    let link = ledger::event::Link { item: ledger::ItemId::default(), count: u64::MAX, head: Hash::default() };
    let links = codec::encode(&vec![link; ledger::bounds::MAX_LINKS]);
    let ground = ledger::event::Ground::Entry { place: Hash::default(), n: u64::MAX };
    let grounds = codec::encode(&vec![ground; ledger::bounds::MAX_GROUNDS]);
    assert!(links.len() + grounds.len() + 1024 <= MAX_EVENT_BYTES);
    // Each link of an event is one of its readable links.
    const { assert!(ledger::bounds::MAX_LINKS <= MAX_READABLE) };
}

#[test]
fn proofs_of_absurd_depth_or_length_prove_nothing() {
    let Story { world, item, .. } = story("newborn");
    let honest = world.export(&item);
    let right: JointProof = codec::decode(&honest.proof, MAX_PROOF_BYTES).unwrap();
    let count = right.depths.len();
    let empty = |depths: Vec<u16>, siblings: usize| JointProof { depths, siblings: vec![None; siblings] };
    for proof in [
        empty(vec![], 0),
        empty(vec![0; count], 0),
        empty(vec![255; count], 256 * count),
        empty(vec![256; count], 256 * count),
        empty(vec![257; count], 256 * count),
        empty(vec![u16::MAX; count], 1 << 20),
        empty(right.depths.clone(), right.siblings.len()),
    ] {
        let mut bundle = honest.clone();
        bundle.proof = Blob(codec::encode(&proof));
        assert_eq!(code(&bundle.to_json()), "H9040");
    }
}
