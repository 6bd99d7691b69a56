//! Golden vectors of `docs/formats/vectors`: absences, feeds and evidence, honest and hostile, with their verdicts.
//!
//! `HUFU_WRITE_VECTORS=1 cargo test -p proof --test all file_vectors::` writes them anew; a change is a change of the format.

use crate::town;
use crate::world;

use ledger::Evidence;
use proof::{Digest, Options, TrustRoot, absence::Absence, evidence::EvidenceFile, feed::Feed, verify_file};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};
use town::{Town, certify, proposal, rivals, twice, vote};
use world::stories::story;

const CASES: &str = "file-cases.json";
/// The network is that of the bundles.
const TRUST: &str = "bundle-trust.json";
const NEVER: &str = "01/09521234543213/10/NEVER";
const KINDS: [&str; 3] = ["absence-", "feed-", "evidence-"];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/vectors")
}

fn absences(town: &Town, files: &mut BTreeMap<String, Vec<u8>>) {
    let honest = town.absence(NEVER);
    let mut put = |name: &str, spoil: &dyn Fn(&mut Absence)| {
        let mut file = honest.clone();
        spoil(&mut file);
        files.insert(format!("absence-{name}.json"), file.to_json());
    };
    put("honest", &|_| {});
    put("bad-code", &|f| f.code.0 = town::code_bytes("01/09521234543213/10/HARBOUR-1"));
    put("bad-bytes", &|f| f.code.0.push(0));
    let other = proof::Source::prove(&town.moment(), &ledger::StateKey::Item(town.item)).unwrap().1;
    put("bad-proof", &|f| f.proof.0 = ledger::codec::encode(&other));
}

fn feeds(town: &Town, files: &mut BTreeMap<String, Vec<u8>>) {
    for (name, org, from, to) in
        [("whole", "importer", 1, 16), ("part", "importer", 3, 14), ("quiet", "hospital", 1, 6), ("empty", "st", 1, 16)]
    {
        files.insert(format!("feed-{name}.json"), town.feed(org, from, to).to_json());
    }
    let honest = town.feed("importer", 3, 14);
    let mut put = |name: &str, spoil: &dyn Fn(&mut Feed)| {
        let mut file = honest.clone();
        spoil(&mut file);
        files.insert(format!("feed-bad-{name}.json"), file.to_json());
    };
    put("link", &|f| drop(f.links.0.remove(1)));
    put("entry", &|f| drop(f.links.0[0].entries.0.pop()));
    put("event", &|f| f.links.0[0].entries.0[0].event = f.links[1].entries[0].event.clone());
    put("later", &|f| f.later.0.clear());
    put("before", &|f| f.before.iter_mut().for_each(|before| before.head = Digest::default()));
    put("range", &|f| f.to = 15);
    put("organisation", &|f| f.org = town.feed("carrier", 3, 14).org);
}

fn evidences(files: &mut BTreeMap<String, Vec<u8>>) {
    let world = story("newborn").world;
    let double = |evidence: &Evidence| EvidenceFile::of_double(world.network, evidence, &world.set, &[]).to_json();
    let pair = |rounds: [u32; 2]| {
        let [first, second] = rivals(&world);
        let first = certify(&world, first, rounds[0], &[0, 1, 2]);
        EvidenceFile::of_certificates(&first, &certify(&world, second, rounds[1], &[1, 2, 3]), &[]).to_json()
    };
    let (first, second) = (proposal(&world, 2, 9, 1, 1), proposal(&world, 2, 9, 1, 2));
    let one = vote(&world, 1, 9, 0, Some(1));
    let votes = |first, second| double(&Evidence::Votes { first, second });
    let mut put = |name: &str, bytes: Vec<u8>| drop(files.insert(format!("evidence-{name}.json"), bytes));
    put("votes", double(&twice(&world, 1, 9)));
    put("proposals", double(&Evidence::Proposals { first, second }));
    put("certificates", pair([1, 1]));
    put("rounds", pair([1, 2]));
    put("bad-equal", votes(one.clone(), one.clone()));
    put("bad-round", votes(one.clone(), vote(&world, 1, 9, 1, Some(2))));
    put("bad-two-keys", votes(one.clone(), vote(&world, 2, 9, 0, Some(2))));
    let mut forged = vote(&world, 1, 9, 0, Some(2));
    forged.signature.0[63] ^= 1;
    put("bad-signature", votes(one, forged));
    let stranger = town::without(&world, 1);
    put("bad-stranger", EvidenceFile::of_double(world.network, &twice(&world, 1, 9), &stranger, &[]).to_json());
    let seated = story("validators").world;
    let height = seated.chain.last().map_or(0, |link| link.header.height) + 1;
    let of_chain = |chain: &[proof::Certified]| {
        EvidenceFile::of_double(seated.network, &twice(&seated, 0, height), &seated.set, chain).to_json()
    };
    put("chain", of_chain(&seated.chain));
    put("unrooted", of_chain(&[]));
}

fn all() -> BTreeMap<String, Vec<u8>> {
    let town = Town::new(false);
    let mut files = BTreeMap::new();
    absences(&town, &mut files);
    feeds(&town, &mut files);
    evidences(&mut files);
    files
}

fn verdict(case: &Value) -> Value {
    let file = fs::read(folder().join(case["file"].as_str().unwrap())).unwrap();
    let trust = case["trust"].as_str().map(|t| TrustRoot::from_json(&fs::read(folder().join(t)).unwrap()).unwrap());
    let options = Options {
        now: case["now_ms"].as_u64().map(ledger::Timestamp),
        max_age_ms: case["max_age_ms"].as_u64(),
        allow_test: case["allow_test"].as_bool().unwrap(),
    };
    serde_json::from_str(&verify_file(&file, trust.as_ref(), options).to_json()).unwrap()
}

fn case(file: &str, trust: bool, now_ms: Option<u64>, max_age_ms: Option<u64>) -> Value {
    let trust = trust.then_some(TRUST);
    let mut case =
        json!({"file": file, "trust": trust, "now_ms": now_ms, "max_age_ms": max_age_ms, "allow_test": false});
    case["verdict"] = verdict(&case);
    case
}

fn write_all() {
    let write = |name: &str, bytes: &[u8]| fs::write(folder().join(name), bytes).unwrap();
    let mut cases = Vec::new();
    write(TRUST, &story("tested").world.trust.to_json());
    for (name, bytes) in all() {
        write(&name, &bytes);
        cases.push(case(&name, true, None, None));
    }
    let time = Town::new(false).world.now.time.0;
    for name in ["absence-honest.json", "feed-part.json", "evidence-votes.json", "evidence-certificates.json"] {
        cases.push(case(name, false, None, None));
        cases.push(case(name, true, Some(time + 60_001), Some(60_000)));
    }
    let mut text = serde_json::to_vec_pretty(&json!({"schema": "hufu.file-cases/1", "cases": cases})).unwrap();
    text.push(b'\n');
    write(CASES, &text);
}

#[test]
fn every_vector_has_its_verdict_and_every_file_is_read() {
    if std::env::var_os("HUFU_WRITE_VECTORS").is_some() {
        write_all();
    }
    for (name, bytes) in all() {
        assert!(fs::read(folder().join(&name)).unwrap() == bytes, "{name}");
    }
    let list: Value = serde_json::from_slice(&fs::read(folder().join(CASES)).unwrap()).unwrap();
    let mut read = BTreeSet::new();
    for case in list["cases"].as_array().unwrap() {
        let name = case["file"].as_str().unwrap();
        read.insert(name.to_owned());
        assert_eq!(verdict(case), case["verdict"], "{name}");
        assert_eq!(name.contains("-bad-"), case["verdict"]["verdict"] == "invalid", "{name}");
    }
    let names = fs::read_dir(folder()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let present: BTreeSet<String> = names.filter(|n| KINDS.iter().any(|kind| n.starts_with(kind))).collect();
    assert_eq!(present, read, "a vector that no test reads, or one that is missing");
}
