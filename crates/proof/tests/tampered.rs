//! What `proof::tamper` changes: of each kind all that it says, and nothing else.

use crate::world;

use ledger::{Hash, KeyId, KeyRecord, Signature, codec, tree::JointProof};
use proof::{
    Blob, Bundle, List, Related,
    tamper::{Kind, tamper},
};
use serde_json::Value;
use std::collections::BTreeSet;
use world::stories::story;

/// Stories that together have something for every kind.
const STORIES: [&str; 4] = ["children", "private", "validators", "serial"];
const KINDS: u64 = 25;
/// What is changed of the readable part.
const READABLE: &str = "network, test, height, item, time, registrations, class, hs[], custodian, state, on_hand, hgr, \
                        events[].kind, events[].n, events[].actors longer, research_only, wasted, unit, \
                        events[].links longer, events[].values longer, related shorter, purpose, \
                        related[].on_hand, registrant, events shorter";

/// Where two values differ, without the numbers of elements; of lists of two lengths, only which is longer.
fn differ(at: &str, honest: &Value, changed: &Value, found: &mut BTreeSet<String>) {
    match (honest, changed) {
        (Value::Object(one), Value::Object(other)) => {
            for (key, value) in one {
                differ(&format!("{at}.{key}"), value, &other[key], found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (value, other) in one.iter().zip(other) {
                differ(&format!("{at}[]"), value, other, found);
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            found.insert(format!("{at} {}", if one.len() > other.len() { "shorter" } else { "longer" }));
        }
        _ if honest == changed => {}
        _ => {
            found.insert(at.to_owned());
        }
    }
}

/// The changes of one kind to a bundle, by so many seeds.
fn changes(json: &[u8], kind: Kind, seeds: u64) -> Vec<Vec<u8>> {
    let first = Kind::ALL.iter().position(|one| *one == kind).unwrap() as u64;
    let changed = (0..seeds).map(|n| tamper(json, n * KINDS + first).unwrap());
    changed.filter(|changed| changed.kind == kind).map(|changed| changed.bytes).collect()
}

fn bundles(name: &'static str, kind: Kind, seeds: u64) -> (Bundle, Vec<Bundle>) {
    let json = story(name).json();
    let read = |bytes: &Vec<u8>| Bundle::from_json(bytes).unwrap();
    (Bundle::from_json(&json).unwrap(), changes(&json, kind, seeds).iter().map(read).collect())
}

#[test]
fn each_kind_changes_what_it_says_and_nothing_else() {
    let list = |of: &str| [format!("{of} shorter"), format!("{of} longer"), format!("{of}[]")];
    let one = |places: &[&str]| places.iter().map(|place| (*place).to_owned()).collect::<Vec<_>>();
    let readable: Vec<String> = READABLE.split(", ").map(|field| format!(".readable.{field}")).collect();
    let entry = ["", ".bytes", ".path", ".index"].map(|part| format!(".events[].tx.entry{part}"));
    let expected: Vec<(Kind, Vec<String>)> = vec![
        (Kind::Header, one(&[".anchor.header", ".anchor.chain[].header"])),
        (Kind::Certificate, one(&[".anchor.certificate", ".anchor.chain[].certificate"])),
        (Kind::Quorum, one(&[".anchor.certificate"])),
        (Kind::Validators, one(&[".anchor.validators", ".anchor.chain[].validators"])),
        (Kind::Item, one(&[".item", ".item_id"])),
        (Kind::StateProof, one(&[".proof"])),
        (Kind::Event, one(&[".events[].event"])),
        (Kind::EventDropped, one(&[".events shorter"])),
        (Kind::Body, one(&[".events[].tx.body"])),
        (Kind::Signature, one(&[".events[].tx.signatures"])),
        (Kind::Signatures, one(&[".events[].tx.signatures"])),
        (Kind::Entry, entry.to_vec()),
        (Kind::Key, list(".keys").to_vec()),
        (Kind::Org, list(".orgs").to_vec()),
        (Kind::Rule, [&list(".classes")[..], &list(".packs"), &[".code".to_owned()]].concat()),
        (Kind::Related, one(&[".related shorter"])),
        (Kind::RelatedItem, one(&[".related longer", ".related[].item_id", ".related[].item"])),
        (Kind::RelatedEvent, one(&[".related[].events shorter"])),
        (Kind::Later, one(&[".related[].later"])),
        (Kind::Children, one(&[".children"])),
        (Kind::Readable, readable),
        (
            Kind::Disclosure,
            one(&[
                ".disclosures.persons[].name",
                ".disclosures.persons longer",
                ".disclosures.fields[].field",
                ".disclosures.fields[].count",
                ".disclosures.fields longer",
            ]),
        ),
    ];
    let jsons = STORIES.map(|name| story(name).json());
    for (kind, places) in expected {
        let mut found = BTreeSet::new();
        for json in &jsons {
            let honest: Value = serde_json::from_slice(json).unwrap();
            for bytes in changes(json, kind, if kind == Kind::Readable { 300 } else { 60 }) {
                differ("", &honest, &serde_json::from_slice(&bytes).unwrap(), &mut found);
            }
        }
        assert_eq!(found, places.into_iter().collect::<BTreeSet<_>>(), "{kind:?}");
    }
}

/// A lot of five events: their numbers afterwards, and for one of them whose transaction it has.
#[test]
fn events_and_transactions_change_places() {
    let (honest, changed) = bundles("children", Kind::EventOrder, 8);
    let number = |step: &proof::bundle::Step| honest.events.iter().position(|known| known == step).unwrap() + 1;
    let orders: Vec<Vec<usize>> = changed.iter().map(|bundle| bundle.events.iter().map(number).collect()).collect();
    let expected: [&[usize]; 8] = [
        &[1, 2, 3, 3, 4, 5],
        &[1, 4, 3, 2, 5],
        &[3, 1, 2, 3, 4, 5],
        &[4, 2, 3, 1, 5],
        &[4, 2, 3, 1, 5],
        &[5, 2, 3, 4, 1],
        &[1, 3, 2, 4, 5],
        &[1, 5, 3, 4, 2],
    ];
    assert_eq!(orders, expected);
    let (honest, changed) = bundles("children", Kind::Transaction, 8);
    let expected: [(usize, Option<usize>); 8] =
        [(2, Some(5)), (1, Some(5)), (1, None), (3, Some(2)), (3, None), (1, None), (3, None), (5, Some(3))];
    assert_eq!(changed.len(), expected.len());
    for (mut bundle, (event, from)) in changed.into_iter().zip(expected) {
        assert_eq!(bundle.events[event - 1].tx, from.and_then(|from| honest.events[from - 1].tx.clone()));
        bundle.events.0[event - 1].tx = honest.events[event - 1].tx.clone();
        assert_eq!(bundle, honest);
    }
}

#[test]
fn signatures_are_left_out_added_exchanged_and_turned() {
    let (honest, changed) = bundles("serial", Kind::Signatures, 100);
    let mut found = BTreeSet::new();
    for bundle in changed {
        for (step, known) in bundle.events.iter().zip(honest.events.iter()).filter(|(step, known)| step != known) {
            let [now, before] = [step, known].map(|step| {
                let bytes = &step.tx.as_ref().unwrap().signatures;
                codec::decode::<Vec<Signature>>(bytes, codec::MAX_INPUT).unwrap()
            });
            let turned = [&before[1..], &before[..1]].concat();
            found.insert(if now == before[..before.len() - 1] {
                "fewer"
            } else if now.len() > before.len() {
                assert_eq!(now, [before.as_slice(), &before[..1]].concat());
                "more"
            } else if now == turned {
                "turned"
            } else {
                assert_eq!((now.len(), before.len()), (1, 1));
                "another"
            });
        }
    }
    assert_eq!(found, BTreeSet::from(["another", "fewer", "more", "turned"]));
}

#[test]
fn proofs_have_a_sibling_more_or_less_or_another_depth() {
    let (honest, changed) = bundles("serial", Kind::StateProof, 100);
    let read = |bundle: &Bundle| codec::decode::<JointProof>(&bundle.proof, codec::MAX_INPUT).ok();
    let before = read(&honest).unwrap();
    let mut count = [0; 3];
    for now in changed.iter().filter_map(read) {
        let depths = now.depths.iter().zip(&before.depths).map(|(one, other)| u32::from(one ^ other)).sum::<u32>();
        if now.siblings.len() == before.siblings.len() + 1 {
            count[0] += 1;
        } else if now.siblings.len() + 1 == before.siblings.len() {
            count[1] += 1;
        } else if now.siblings == before.siblings && depths == 1 {
            count[2] += 1;
        }
    }
    // Each by one of four choices.
    assert!(count.iter().all(|times| *times > 5), "{count:?}");
}

#[test]
fn what_is_opened_is_changed_or_made_up() {
    let (honest, changed) = bundles("private", Kind::Disclosure, 6);
    let field = |bundle: &Bundle, n: usize| bundle.disclosures.fields[n].clone();
    assert_ne!(field(&changed[0], 1).field, field(&honest, 1).field);
    assert_eq!(field(&changed[1], 2).count, field(&honest, 2).count + 1);
    assert_ne!(changed[2].disclosures.persons, honest.disclosures.persons);
    assert_ne!(changed[3].disclosures.persons, honest.disclosures.persons);
    assert_ne!(field(&changed[4], 0).field, field(&honest, 0).field);
    assert_eq!(field(&changed[5], 2).count, field(&honest, 2).count + 1);
    // A name for the key that stands first, where none was opened.
    let (honest, changed) = bundles("serial", Kind::Disclosure, 40);
    let first: KeyRecord = codec::decode(&honest.keys[0], codec::MAX_INPUT).unwrap();
    let named: Vec<Hash> =
        changed.iter().flat_map(|bundle| bundle.disclosures.persons.iter().map(|person| person.key.0)).collect();
    assert!(!named.is_empty() && named.iter().all(|key| *key == KeyId::of_ed25519(&first.key).0));
}

#[test]
fn files_lose_their_shape_in_seven_ways() {
    let json = story("serial").json();
    let honest = String::from_utf8(json.clone()).unwrap();
    let mut found = BTreeSet::new();
    let mut shortest = json.len();
    let ways = [
        honest.replacen("bundle/1", "bundle/2", 1),
        honest.replacen('{', "{\"extra\":null,", 1),
        honest.replacen('{', "{\"schema\":\"hufu.bundle/1\",", 1),
        honest.replacen("\"orgs\":", "\"firms\":", 1),
        format!("{honest}]"),
        format!("[{honest}]"),
    ];
    for bytes in changes(&json, Kind::Shape, 200) {
        let way = ways.iter().position(|way| way.as_bytes() == bytes).unwrap_or(ways.len());
        if way == ways.len() {
            assert!(json.starts_with(&bytes) && (json.len() / 2..json.len()).contains(&bytes.len()));
            shortest = shortest.min(bytes.len());
        }
        found.insert(way);
    }
    assert_eq!(found.len(), 7, "{found:?}");
    // Not only at its very end.
    assert!(shortest * 4 < json.len() * 3);
}

/// What has nothing of a kind is changed in another way, and a list without elements ends nothing.
#[test]
fn a_bundle_of_almost_nothing_is_changed_too() {
    let told = story("serial");
    let mut bundle = told.world.export(&told.item);
    bundle.events.0.clear();
    (bundle.packs, bundle.keys, bundle.orgs) = (List::default(), List::default(), List::default());
    let (item_id, item) = (bundle.item_id, bundle.item.clone());
    bundle.related.0.push(Related { item_id, item, events: List::default(), later: Blob::default() });
    let json = bundle.to_json();
    for seed in 0..1_000 {
        let changed = tamper(&json, seed).unwrap();
        assert_ne!(changed.bytes, json);
        let absent = [Kind::Event, Kind::EventDropped, Kind::Body, Kind::Key, Kind::RelatedEvent, Kind::Later];
        assert!(!absent.contains(&changed.kind), "{:?}", changed.kind);
        // From the events on nothing is there before the rules, and of these the class and the code.
        assert_eq!(changed.kind == Kind::Rule, (6..=16).contains(&(seed % KINDS)), "{seed}: {:?}", changed.kind);
    }
}
