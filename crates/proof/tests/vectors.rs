//! Golden vectors of `docs/formats/vectors`: bundles, honest and hostile, with the verdicts that every verifier reaches.
//!
//! `HUFU_WRITE_VECTORS=1 cargo test -p proof --test vectors` writes them anew; a change is a change of the format.

mod world;

use proof::{
    Options, TrustRoot,
    tamper::{Kind, tamper},
    verify,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::PathBuf};
use world::stories::{NAMES, story};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/vectors")
}

const CASES: &str = "bundle-cases.json";
const TRUST: &str = "bundle-trust.json";

fn options(case: &Value) -> Options {
    Options {
        now: case["now_ms"].as_u64().map(ledger::Timestamp),
        max_age_ms: case["max_age_ms"].as_u64(),
        allow_test: case["allow_test"].as_bool().unwrap(),
    }
}

fn verdict(case: &Value) -> Value {
    let bundle = fs::read(folder().join(case["bundle"].as_str().unwrap())).unwrap();
    let trust = case["trust"].as_str().map(|t| TrustRoot::from_json(&fs::read(folder().join(t)).unwrap()).unwrap());
    serde_json::from_str(&verify(&bundle, trust.as_ref(), options(case)).to_json()).unwrap()
}

fn case(bundle: &str, trust: bool, now_ms: Option<u64>, max_age_ms: Option<u64>) -> Value {
    let trust = trust.then_some(TRUST);
    let mut case = json!({
        "bundle": bundle, "trust": trust, "now_ms": now_ms, "max_age_ms": max_age_ms, "allow_test": false,
    });
    case["verdict"] = verdict(&case);
    case
}

fn write_all() {
    fs::create_dir_all(folder()).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder().join(name), bytes).unwrap();
    let mut cases = Vec::new();
    write(TRUST, &story("tested").world.trust.to_json());
    for name in NAMES {
        let file = format!("bundle-{name}.json");
        write(&file, &story(name).json());
        cases.push(case(&file, true, None, None));
    }
    let time = story("van").world.now.time.0;
    cases.push(case("bundle-van.json", false, None, None));
    cases.push(case("bundle-van.json", true, Some(time + 60_001), Some(60_000)));
    cases.push(case("bundle-van.json", true, Some(time - 600_001), None));
    let honest = ["serial", "children"].map(|name| story(name).json());
    for (seed, kind) in (0u64..).zip(Kind::ALL) {
        let mut changed = honest.iter().map(|json| tamper(json, seed).unwrap());
        let changed = changed.find(|changed| changed.kind == *kind).unwrap();
        let file = format!("bundle-bad-{}.json", changed.kind.name());
        write(&file, &changed.bytes);
        cases.push(case(&file, true, None, None));
    }
    let mut text = serde_json::to_vec_pretty(&json!({"schema": "hufu.bundle-cases/1", "cases": cases})).unwrap();
    text.push(b'\n');
    write(CASES, &text);
}

#[test]
fn every_vector_has_its_verdict_and_every_file_is_read() {
    if std::env::var_os("HUFU_WRITE_VECTORS").is_some() {
        write_all();
    }
    // The stories are told anew and must come to the very bytes of the vectors: the writer is held to them too.
    for name in NAMES {
        let file = fs::read(folder().join(format!("bundle-{name}.json"))).unwrap();
        assert!(file == story(name).json(), "{name}");
    }
    let all: Value = serde_json::from_slice(&fs::read(folder().join(CASES)).unwrap()).unwrap();
    let mut read: BTreeSet<String> = [CASES.to_owned(), TRUST.to_owned()].into();
    for case in all["cases"].as_array().unwrap() {
        let name = case["bundle"].as_str().unwrap();
        read.insert(name.to_owned());
        assert_eq!(verdict(case), case["verdict"], "{name}");
        let bad = name.starts_with("bundle-bad-");
        assert!(!bad || case["verdict"]["verdict"] == "invalid", "{name}");
    }
    let names = fs::read_dir(folder()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let present: BTreeSet<String> = names.filter(|n| n.starts_with("bundle")).collect();
    assert_eq!(present, read, "a vector that no test reads, or one that is missing");
}
