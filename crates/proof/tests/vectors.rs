//! Golden vectors of `docs/formats/vectors`: bundles, honest and hostile, with the verdicts that every verifier reaches.
//!
//! `HUFU_WRITE_VECTORS=1 cargo test -p proof --test all vectors::` writes them anew; a change is a change of the format.

use crate::world;

use proof::{
    ANCHOR_SCHEMA, AnchorFile, Options, TrustRoot, compress,
    tamper::{Kind, tamper},
    verify, verify_anchor,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::PathBuf};
use world::{
    World,
    against::{AGAINST, Against},
    later::{Later, asking, cosign, witness},
    stories::{NAMES, story},
};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/vectors")
}

const CASES: &str = "bundle-cases.json";
const TRUST: &str = "bundle-trust.json";
/// A trust root that starts behind the header of the bundles about the past, and the same with witnesses and a period.
const LATER: &str = "bundle-trust-later.json";
const ASKING: &str = "bundle-trust-asking.json";
/// Of the test network that begins with items.
const TEST: &str = "bundle-trust-test.json";

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
    let text = match proof::schema_of(&bundle).ok().flatten().as_deref() {
        Some(ANCHOR_SCHEMA) => verify_anchor(&bundle, trust.as_ref(), options(case)).to_json(),
        _ => verify(&bundle, trust.as_ref(), options(case)).to_json(),
    };
    serde_json::from_str(&text).unwrap()
}

fn case(bundle: &str, trust: Option<&str>, now_ms: Option<u64>, max_age_ms: Option<u64>) -> Value {
    let mut case = json!({
        "bundle": bundle, "trust": trust, "now_ms": now_ms, "max_age_ms": max_age_ms, "allow_test": false,
    });
    case["verdict"] = verdict(&case);
    case
}

/// The same file and trust root, of a reader who takes test networks.
fn allowing_test(mut case: Value) -> Value {
    case["allow_test"] = json!(true);
    case["verdict"] = verdict(&case);
    case
}

fn write_all() {
    fs::create_dir_all(folder()).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder().join(name), bytes).unwrap();
    let mut cases = Vec::new();
    write(TRUST, &story("tested").world.trust.to_json());
    write(TEST, &story("genesis").world.trust.to_json());
    for name in NAMES {
        let (file, story) = (format!("bundle-{name}.json"), story(name));
        write(&file, &story.json());
        let of_test = story.world.test.then(|| allowing_test(case(&file, Some(TEST), None, None)));
        cases.push(case(&file, Some(if story.world.test { TEST } else { TRUST }), None, None));
        cases.extend(of_test);
    }
    let time = story("van").world.now.time.0;
    cases.push(case("bundle-van.json", None, None, None));
    cases.push(case("bundle-van.json", Some(TRUST), Some(time + 60_001), Some(60_000)));
    cases.push(case("bundle-van.json", Some(TRUST), Some(time - 600_001), None));
    let honest = ["serial", "children"].map(|name| story(name).json());
    for (seed, kind) in (0u64..).zip(Kind::ALL) {
        let mut changed = honest.iter().map(|json| tamper(json, seed).unwrap());
        let changed = changed.find(|changed| changed.kind == *kind).unwrap();
        let file = format!("bundle-bad-{}.json", changed.kind.name());
        write(&file, &changed.bytes);
        cases.push(case(&file, Some(TRUST), None, None));
    }
    for (file, bytes) in against() {
        write(&file, &bytes);
        cases.push(case(&file, Some(TRUST), None, None));
    }
    write_later(&write, &mut cases);
    let mut text = serde_json::to_vec_pretty(&json!({"schema": "hufu.bundle-cases/1", "cases": cases})).unwrap();
    text.push(b'\n');
    write(CASES, &text);
}

/// What all agencies certified against the rules, a file for each.
fn against() -> Vec<(String, Vec<u8>)> {
    let file = |Against { name, tell, .. }: Against| {
        let mut world = World::new(false, 0);
        let item = tell(&mut world);
        world.block(5_000);
        (format!("bundle-bad-{name}.json"), world.export(&item).to_json())
    };
    AGAINST.into_iter().map(file).collect()
}

/// Cases about trust roots that start later, about witnesses, and about compressed files.
fn write_later(write: &dyn Fn(&str, &[u8]), cases: &mut Vec<Value>) {
    let later = Later::new();
    let asking = asking(&later.genesis, 2, &[1, 2, 3]).with_trusting_ms(Some(86_400_000));
    write(LATER, &later.trust.to_json());
    write(ASKING, &asking.to_json());
    let size = later.blocks.len();
    let mut broken = later.refreshed();
    broken.anchor.set_history(size as u64, &later.path(size - 1));
    let mut other = later.refreshed();
    other.anchor.set_history(size as u64 - 1, &later.path(size - 1));
    let (mut one, mut two) = (later.bundle.clone(), later.refreshed());
    cosign(&mut one, &witness(1));
    [3, 7, 1].iter().for_each(|seed| cosign(&mut two, &witness(*seed)));
    let mut false_witness = two.clone();
    false_witness.anchor.witnesses.0[0].signature.0[0] ^= 1;
    let packed = compress(&two.to_json());
    let bomb = compress(&vec![b' '; proof::bounds::MAX_BUNDLE_BYTES + 1]);
    let anchor = AnchorFile::of(later.checkpoint.clone()).to_json();
    let files: [(&str, Vec<u8>, &[&str]); 12] = [
        ("bundle-anchor.json", anchor, &[LATER, TRUST]),
        ("bundle-past.json", later.bundle.to_json(), &[LATER, TRUST]),
        ("bundle-past-refreshed.json", later.refreshed().to_json(), &[LATER, TRUST]),
        ("bundle-past-other.json", other.to_json(), &[LATER]),
        ("bundle-bad-history.json", broken.to_json(), &[LATER]),
        ("bundle-one-witness.json", one.to_json(), &[ASKING, TRUST]),
        ("bundle-witnesses.json", two.to_json(), &[ASKING, LATER, TRUST]),
        ("bundle-bad-witness.json", false_witness.to_json(), &[ASKING, TRUST]),
        ("bundle-packed.json.gz", packed.clone(), &[ASKING]),
        ("bundle-bad-packed-twice.json.gz", [packed.as_slice(), &packed].concat(), &[TRUST]),
        ("bundle-bad-packed-cut.json.gz", packed[..packed.len() - 1].to_vec(), &[TRUST]),
        ("bundle-bad-packed-bomb.json.gz", bomb, &[TRUST]),
    ];
    for (name, bytes, trusts) in files {
        write(name, &bytes);
        cases.extend(trusts.iter().map(|trust| case(name, Some(*trust), None, None)));
    }
    // To the millisecond, and one more.
    for ms in [86_400_000, 86_400_001] {
        let now = later.genesis.start().time.0 + ms;
        cases.push(case("bundle-witnesses.json", Some(ASKING), Some(now), None));
    }
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
    for (name, bytes) in against() {
        assert!(fs::read(folder().join(&name)).unwrap() == bytes, "{name}");
    }
    let all: Value = serde_json::from_slice(&fs::read(folder().join(CASES)).unwrap()).unwrap();
    let mut read: BTreeSet<String> = [CASES, TRUST, TEST, LATER, ASKING].map(str::to_owned).into();
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
