//! Cards: made of bundles, judged by themselves, and refused when a single byte of them is another.
//!
//! `HUFU_WRITE_VECTORS=1 cargo test -p proof --test all card::` writes the honest cards and all verdicts anew, of the bundles
//! that are there; the hostile ones stay the bytes that they are.

use crate::world;

use ledger::{
    Hash, ItemId, ItemRecord, Operation, StateKey, codec,
    record::{Packed, Role},
};
use proof::{
    Anchor, Bundle, CARD_PREFIX, CARD_SCHEMA, Card, FileVerdict, Options, Standing, TrustRoot, anchor_of,
    bounds::MAX_CARD_TEXT, card, judge, rfc3339, schema_of, verify, verify_file, with_anchor,
};
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::PathBuf};
use world::{
    World,
    later::{Later, asking, certified, cosign, witness},
    stories::{NAMES, Story, offer, pack, released, story, unit},
};

const CASES: &str = "card-cases.json";
const TRUST: &str = "bundle-trust.json";
const BASE45: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/vectors")
}

fn read(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap()
}

fn trust_of(name: &str) -> TrustRoot {
    TrustRoot::from_json(&read(name)).unwrap()
}

fn card_of(bundle: &Bundle, trust: &TrustRoot) -> String {
    Card::of(bundle, Some(trust)).unwrap().text().unwrap()
}

fn code(text: &str, trust: Option<&TrustRoot>) -> &'static str {
    let verdict = card::verify(text.as_bytes(), trust, Options::default());
    assert_eq!(verdict.head.verdict == Standing::Invalid, verdict.head.failure.is_some());
    verdict.head.failure.map_or("none", |failure| failure.code)
}

#[test]
fn a_card_says_of_the_item_what_its_bundle_says() {
    for name in NAMES {
        let Story { world, item, .. } = story(name);
        let (bundle, trust) = (world.export(&item), Some(&world.trust));
        let text = card_of(&bundle, &world.trust);
        let options = Options { allow_test: world.test, ..Options::default() };
        let whole = verify(&bundle.to_json(), trust, options);
        let short = card::verify(text.as_bytes(), trust, options);
        assert_eq!((short.head.verdict, &short.head.failure), (Standing::Valid, &None), "{name}");
        assert_eq!((short.item, short.item_id), (whole.item, whole.item_id), "{name}");
        assert_eq!((short.custodian, short.custodian_name), (whole.custodian, whole.custodian_name), "{name}");
        assert_eq!((short.state, short.on_hand, short.events), (whole.state, whole.on_hand, whole.events), "{name}");
        assert_eq!((short.head.as_of, short.head.certified_by), (whole.as_of, whole.certified_by), "{name}");
        assert_eq!(short.event_head, Some(world.record(&item).head.to_string()), "{name}");
        let own = ["packed-in", "unit-held", "unit-offered", "research-only", "held", "offer-pending"];
        let notices = |all: &[proof::Notice]| all.iter().filter(|n| own.contains(&n.id)).cloned().collect::<Vec<_>>();
        assert_eq!(notices(&short.head.notices), notices(&whole.notices), "{name}");
        println!("{name}: {} characters", text.len());
    }
}

#[test]
fn a_card_is_read_as_it_was_written() {
    for name in ["van", "packed", "validators"] {
        let Story { world, item, .. } = story(name);
        let made = Card::of(&world.export(&item), Some(&world.trust)).unwrap();
        let text = made.text().unwrap();
        assert!(text.bytes().all(|byte| BASE45.contains(&byte)) && text.starts_with(CARD_PREFIX));
        assert_eq!(Card::read(text.as_bytes()), Ok(made.clone()), "{name}");
        assert_eq!(Card::read(format!("{text}\n").as_bytes()), Ok(made.clone()), "{name}");
        assert_eq!(Card::read(format!("{text}\r\n").as_bytes()), Ok(made), "{name}");
        assert_eq!(schema_of(text.as_bytes()).unwrap().as_deref(), Some(CARD_SCHEMA));
    }
}

/// The bytes that a text stands for, and back, by the arithmetic of RFC 9285.
fn bytes(text: &str) -> Vec<u8> {
    let digit = |byte: &u8| BASE45.iter().position(|b| b == byte).unwrap();
    let digits: Vec<usize> = text.as_bytes()[CARD_PREFIX.len()..].iter().map(digit).collect();
    let value = |chunk: &[usize]| chunk.iter().rev().fold(0, |value, digit| value * 45 + digit);
    let two = |chunk: &[usize]| match chunk.len() {
        3 => vec![(value(chunk) / 256) as u8, (value(chunk) % 256) as u8],
        _ => vec![value(chunk) as u8],
    };
    digits.chunks(3).flat_map(two).collect()
}

fn text(bytes: &[u8]) -> String {
    let mut text = CARD_PREFIX.to_owned();
    for chunk in bytes.chunks(2) {
        let mut value = chunk.iter().fold(0, |value, byte| value * 256 + usize::from(*byte));
        for _ in 0..=chunk.len() {
            text.push(BASE45[value % 45] as char);
            value /= 45;
        }
    }
    text
}

/// A bit of each byte, and each character as the next one of the alphabet.
#[test]
fn no_other_byte_is_taken() {
    for name in ["van", "packed"] {
        let Story { world, item, .. } = story(name);
        let honest = card_of(&world.export(&item), &world.trust);
        let plain = bytes(&honest);
        assert_eq!(text(&plain), honest);
        let mut codes = BTreeSet::new();
        for place in 0..plain.len() {
            let mut other = plain.clone();
            other[place] ^= 1 << (place % 8);
            let other = text(&other);
            let found = code(&other, Some(&world.trust));
            assert_ne!(found, "none", "{name}: byte {place}");
            assert_ne!(code(&other, None), "none", "{name}: byte {place}");
            codes.insert(found);
        }
        for place in CARD_PREFIX.len()..honest.len() {
            let mut other = honest.clone().into_bytes();
            let digit = BASE45.iter().position(|byte| *byte == other[place]).unwrap();
            other[place] = BASE45[(digit + 1) % 45];
            let other = String::from_utf8(other).unwrap();
            assert_ne!(code(&other, Some(&world.trust)), "none", "{name}: character {place}");
        }
        for end in 0..plain.len() {
            assert_ne!(code(&text(&plain[..end]), Some(&world.trust)), "none", "{name}: cut at {end}");
        }
        println!("{name}: {codes:?}");
    }
}

#[test]
fn a_certificate_of_another_block_goes_into_no_card() {
    let Story { world, item, .. } = story("van");
    let mut bundle = world.export(&item);
    bundle.anchor.certificate.0[5] ^= 1;
    assert_eq!(Card::of(&bundle, Some(&world.trust)).unwrap_err().code(), "H9202");
}

/// Each unit is the one around what stands before it, holds things, and the last is in none.
#[test]
fn units_that_are_not_around_the_item_are_refused() {
    let told = |w: &World, item: ItemId, units: &[ItemId]| {
        let keys: Vec<StateKey> = [item].iter().chain(units).map(|id| StateKey::Item(*id)).collect();
        let snapshot = w.snapshot();
        let made = Card {
            anchor: Anchor::at(&snapshot.head, &[]),
            item_id: item,
            item: w.record(&item),
            units: units.iter().map(|id| (*id, w.record(id))).collect(),
            holder: None,
            proof: codec::decode(&snapshot.prove_all(&keys), codec::MAX_INPUT).unwrap(),
        };
        code(&made.text().unwrap(), Some(&w.trust))
    };
    let mut w = World::new(false, 0);
    let [item, other] = ["X", "Y"].map(|name| released(&mut w, name, "5 LTR"));
    let pallet = unit(&mut w, "340123450000000000");
    w.block(1_000);
    assert_eq!(told(&w, item, &[]), "none");
    assert_eq!(told(&w, item, &[pallet]), "H9203", "it is in none");
    pack(&mut w, pallet, &[item], "importer");
    assert_eq!(told(&w, item, &[pallet]), "none");
    assert_eq!(told(&w, item, &[]), "H9203", "it is in one");
    // What all agencies certify: a lot in a lot.
    let record = ItemRecord { container: Some(Packed { unit: item, level: 0 }), ..w.record(&other) };
    w.put(|writes| writes.put(StateKey::Item(other), &record));
    assert_eq!(told(&w, other, &[item, pallet]), "H9203", "a lot holds nothing");
}

/// Expired or not, on the card of what is inside; on that of the unit it is its own.
#[test]
fn an_offer_of_a_unit_is_told_until_it_is_answered() {
    let told = |w: &World, item: &ItemId| -> Vec<(&'static str, String)> {
        let text = card_of(&w.export(item), &w.trust);
        let verdict = card::verify(text.as_bytes(), Some(&w.trust), Options::default());
        assert_eq!(verdict.head.verdict, Standing::Valid);
        verdict.head.notices.into_iter().map(|notice| (notice.id, notice.message)).collect()
    };
    let ids = |notices: &[(&'static str, String)]| notices.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    let mut w = World::new(false, 0);
    let item = released(&mut w, "X", "5 LTR");
    let [inner, outer] = ["340123450000000000", "340123450000000017"].map(|sscc| unit(&mut w, sscc));
    pack(&mut w, inner, &[item], "importer");
    pack(&mut w, outer, &[inner], "importer");
    w.block(1_000);
    let quiet = ["packed-in", "card-covers", "card-covers-not"];
    assert_eq!(ids(&told(&w, &item)), quiet);
    let until = rfc3339(w.now.time.plus_ms(3_600_000));
    let terms = offer(&mut w, outer, "importer", "carrier");
    let offered = ["packed-in", "unit-offered", "card-covers", "card-covers-not"];
    for ms in [1_000, 3_600_000] {
        w.block(ms);
        let notices = told(&w, &item);
        assert_eq!(ids(&notices), offered);
        let message = format!("packed in unit {outer}, of which an offer waits for its answer until {until}");
        assert_eq!(notices[1].1, message);
    }
    assert_eq!(ids(&told(&w, &outer)), ["offer-pending", "card-covers", "card-covers-not"], "its own");
    w.act(Operation::Withdraw { item: outer, terms }, &[("importer", Role::Custodian)]);
    w.block(1_000);
    assert_eq!(ids(&told(&w, &item)), quiet);
}

#[test]
fn quantities_that_do_not_add_up_are_refused() {
    let Story { mut world, item, .. } = story("van");
    let mut record = world.record(&item);
    record.on_hand = record.on_hand.checked_add(record.on_hand).unwrap();
    world.put(|writes| writes.put(StateKey::Item(item), &record));
    assert_eq!(code(&card_of(&world.export(&item), &world.trust), Some(&world.trust)), "H9066");
}

/// A byte more in its proof is a character or two more in its text.
#[test]
fn a_card_fills_one_qr_code_and_no_more() {
    let Story { world, item, .. } = story("van");
    let mut card = Card::of(&world.export(&item), Some(&world.trust)).unwrap();
    while card.text().unwrap().len() + 100 < MAX_CARD_TEXT {
        card.proof.siblings.push(Some(Hash([7; 32])));
    }
    let mut longest = 0;
    let refused = loop {
        match card.text() {
            Ok(text) => longest = text.len(),
            Err(problem) => break problem.code(),
        }
        card.proof.siblings.push(None);
    };
    assert_eq!((longest, refused), (MAX_CARD_TEXT, "H9200"));
}

/// A ledger grows: first the name of the holder has no room, then the card has none.
#[test]
fn the_name_goes_before_the_card_does() {
    let Story { mut world, item, .. } = story("packed");
    let mut seen = Vec::new();
    for power in 4..17 {
        world.fill(1 << power);
        let found = match Card::of(&world.export(&item), Some(&world.trust)) {
            Err(problem) => problem.code(),
            Ok(card) => {
                let text = card.text().unwrap();
                assert!(text.len() <= MAX_CARD_TEXT);
                let verdict = card::verify(text.as_bytes(), Some(&world.trust), Options::default());
                assert_eq!(verdict.head.verdict, Standing::Valid);
                assert_eq!(verdict.custodian_name.is_some(), card.holder.is_some());
                if card.holder.is_some() { "named" } else { "nameless" }
            }
        };
        if seen.last() != Some(&found) {
            seen.push(found);
        }
    }
    assert_eq!(seen, ["named", "nameless", "H9200"]);
}

#[test]
fn a_trust_file_that_starts_later_makes_a_shorter_card() {
    let Story { mut world, item, .. } = story("validators");
    world.block(1_000);
    let checkpoint = Anchor::at(&certified(&world, &[]), &world.chain);
    let later = world.trust.advance(&checkpoint, Options::default(), &|_| None).unwrap();
    world.block(1_000);
    let bundle = world.export(&item);
    let (long, short) = (card_of(&bundle, &world.trust), card_of(&bundle, &later));
    assert!(short.len() + 1_000 < long.len(), "{} and {}", short.len(), long.len());
    assert_eq!((code(&long, Some(&world.trust)), code(&long, Some(&later))), ("none", "none"));
    assert_eq!(code(&short, Some(&later)), "none");
    assert_eq!(code(&short, Some(&world.trust)), "H9026");
}

#[test]
fn a_card_gets_a_history_and_witnesses_like_any_file() {
    let later = Later::new();
    let plain = card_of(&later.bundle, &later.genesis);
    assert_eq!(anchor_of(plain.as_bytes()), Ok(later.bundle.anchor.clone()));
    let worth = |file: &[u8], trust: &TrustRoot| verify_file(file, Some(trust), Options::default()).standing();
    assert_eq!(worth(plain.as_bytes(), &later.trust), Standing::Untrusted);
    let refreshed = with_anchor(plain.as_bytes(), &later.refreshed().anchor).unwrap();
    assert_eq!(worth(&refreshed, &later.trust), Standing::Valid);
    assert_eq!(refreshed, card_of(&later.refreshed(), &later.genesis).into_bytes());
    let asking = asking(&later.genesis, 1, &[1]);
    let mut signed = later.bundle.clone();
    cosign(&mut signed, &witness(1));
    assert_eq!(worth(plain.as_bytes(), &asking), Standing::Untrusted);
    let witnessed = with_anchor(plain.as_bytes(), &signed.anchor).unwrap();
    assert_eq!(worth(&witnessed, &asking), Standing::Valid);
    assert!(judge(&anchor_of(&witnessed).unwrap(), Some(&asking), Options::default()).is_ok());
    // Room is asked for again.
    let mut crowded = later.bundle.clone();
    (1..=30).for_each(|seed| cosign(&mut crowded, &witness(seed)));
    assert_eq!(with_anchor(plain.as_bytes(), &crowded.anchor).unwrap_err().code(), "H9200");
}

fn verdict(case: &Value) -> Value {
    let trust = case["trust"].as_str().map(trust_of);
    let options = Options {
        now: case["now_ms"].as_u64().map(ledger::Timestamp),
        max_age_ms: case["max_age_ms"].as_u64(),
        allow_test: case["allow_test"].as_bool().unwrap(),
    };
    let verdict = verify_file(&read(case["card"].as_str().unwrap()), trust.as_ref(), options);
    assert!(matches!(verdict, FileVerdict::Card(_)));
    serde_json::from_str(&verdict.to_json()).unwrap()
}

#[test]
fn every_vector_has_its_verdict_and_every_file_is_read() {
    let mut list: Value = serde_json::from_slice(&read(CASES)).unwrap();
    let write = std::env::var_os("HUFU_WRITE_VECTORS").is_some();
    let trust = trust_of(TRUST);
    let mut seen: BTreeSet<String> = [CASES.to_owned()].into();
    for case in list["cases"].as_array_mut().unwrap() {
        let name = case["card"].as_str().unwrap().to_owned();
        if let Some(bundle) = case["bundle"].as_str() {
            let made = card_of(&Bundle::from_json(&read(bundle)).unwrap(), &trust);
            if write {
                fs::write(folder().join(&name), &made).unwrap();
            }
            assert!(read(&name) == made.as_bytes(), "{name}");
        }
        let found = verdict(case);
        if write {
            case["verdict"] = found.clone();
        }
        assert_eq!(found, case["verdict"], "{name}");
        assert!(!name.starts_with("card-bad-") || found["verdict"] == "invalid", "{name}");
        seen.insert(name);
    }
    if write {
        let mut text = serde_json::to_vec_pretty(&list).unwrap();
        text.push(b'\n');
        fs::write(folder().join(CASES), text).unwrap();
    }
    let names = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let present: BTreeSet<String> = names.filter(|name| name.starts_with("card-")).collect();
    assert_eq!(present, seen, "a vector that no test reads, or one that is missing");
}
