//! Files as they travel: compressed, and anchors by themselves.

use crate::world;

use proof::{
    AnchorFile, FileVerdict, Options, Standing, TrustRoot, anchor_of, bounds::MAX_BUNDLE_BYTES, compress, judge,
    schema_of, verify, verify_anchor, verify_file, with_anchor,
};
use world::{
    World,
    later::{Later, asking, cosign, witness},
    stories::{story, told},
};

#[test]
fn a_compressed_bundle_is_the_same_bundle() {
    let story = story("harbour");
    let (json, trust) = (story.json(), &story.world.trust);
    let gz = compress(&json);
    println!("harbour: {} bytes, {} compressed", json.len(), gz.len());
    assert!(gz.len() * 2 < json.len());
    assert_eq!(verify(&gz, Some(trust), Options::default()), verify(&json, Some(trust), Options::default()));
    let code = |bytes: &[u8]| verify(bytes, Some(trust), Options::default()).failure.map_or("none", |f| f.code);
    assert_eq!(code(&gz[..gz.len() - 1]), "H9002");
    assert_eq!(code(&[gz.clone(), gz.clone()].concat()), "H9002");
    assert_eq!(code(&compress(&gz)), "H9002", "twice compressed");
    assert_eq!(code(&compress(&vec![b' '; MAX_BUNDLE_BYTES])), "H9002", "no JSON");
    assert_eq!(code(&compress(&vec![b' '; MAX_BUNDLE_BYTES + 1])), "H9001");
    assert_eq!(schema_of(&gz).unwrap().as_deref(), Some("hufu.bundle/1"));
    assert_eq!(anchor_of(&gz), anchor_of(&json));
}

#[test]
fn an_anchor_is_a_file_of_its_own() {
    let later = Later::new();
    let mut bundle = later.bundle.clone();
    cosign(&mut bundle, &witness(1));
    let file = AnchorFile::of(bundle.anchor.clone()).to_json();
    assert_eq!(AnchorFile::from_json(&file).unwrap().anchor, bundle.anchor);
    assert_eq!(AnchorFile::from_json(&compress(&file)).unwrap().to_json(), file);
    let trust = asking(&later.genesis, 1, &[1]);
    let verdict = verify_anchor(&file, Some(&trust), Options::default());
    assert_eq!((verdict.head.verdict, verdict.head.exit_code()), (Standing::Valid, 0), "{verdict:?}");
    assert_eq!(verdict.block, Some(bundle.anchor.block().to_string()));
    assert_eq!(verdict.head.witnessed_by, ["Witness 1"]);
    assert!(matches!(verify_file(&file, Some(&trust), Options::default()), FileVerdict::Anchor(_)));
    let of_bundle = verify(&bundle.to_json(), Some(&trust), Options::default());
    assert_eq!((verdict.head.as_of, verdict.head.certified_by), (of_bundle.as_of, of_bundle.certified_by));
    let untrusted = verify_anchor(&file, None, Options::default()).head;
    assert_eq!((untrusted.verdict, untrusted.failure, untrusted.notices.len()), (Standing::Untrusted, None, 1));
    let json = verify_anchor(&file, None, Options::default()).to_json();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((json["schema"].as_str(), json["verdict"].as_str()), (Some("hufu.anchor-verdict/1"), Some("untrusted")));
    let code = |bytes: &[u8]| verify_anchor(bytes, None, Options::default()).head.failure.map_or("none", |f| f.code);
    let text = String::from_utf8(file.clone()).unwrap();
    assert_eq!(code(&bundle.to_json()), "H9003");
    assert_eq!(code(text.replace("hufu.anchor/1", "hufu.anchor/2").as_bytes()), "H9004");
    assert_eq!(code(&file[..file.len() - 1]), "H9002");
    assert_eq!(code(&vec![b' '; MAX_BUNDLE_BYTES + 1]), "H9001");
    assert_eq!(code(text.replace("\"history\":null", "\"history\":{\"size\":0,\"path\":\"AA\"}").as_bytes()), "H9030");
    assert_eq!(code(text.replace("\"history\":null", "\"history\":[0,\"AA\"]").as_bytes()), "H9003");
    assert_eq!(code(text.replace(",\"history\":null", "").as_bytes()), "H9003");
    assert_eq!(code(text.replace("\"history\":null", "\"history\":null,\"more\":1").as_bytes()), "H9003");
}

#[test]
fn an_anchor_is_exchanged_and_nothing_else_changes() {
    let later = Later::new();
    let json = later.bundle.to_json();
    let mut signed = later.bundle.clone();
    cosign(&mut signed, &witness(1));
    assert_eq!(with_anchor(&json, &signed.anchor).unwrap(), signed.to_json());
    assert_eq!(with_anchor(&compress(&json), &signed.anchor).unwrap(), signed.to_json());
    assert_eq!(with_anchor(&signed.to_json(), &later.bundle.anchor).unwrap(), json);
    // Indented, in another order, of another kind: whatever else there is stays.
    let text = |anchor: &proof::Anchor| serde_json::to_string(anchor).unwrap();
    let head = "{\n  \"x\": [{\"anchor\": 1}],\n  \"anchor\": ";
    let other = format!("{head}{}\n}}\n", text(&later.bundle.anchor));
    let exchanged = String::from_utf8(with_anchor(other.as_bytes(), &signed.anchor).unwrap()).unwrap();
    assert!(exchanged.starts_with(head), "{exchanged}");
    assert_eq!(anchor_of(exchanged.as_bytes()).unwrap(), signed.anchor);
    let code = |text: &str| anchor_of(text.as_bytes()).unwrap_err().code();
    assert_eq!(code("{}"), "H9003");
    assert_eq!(code("[]"), "H9003");
    assert_eq!(code("{\"anchor\":null}"), "H9003");
    assert_eq!(code("{\"anchor\""), "H9002");
    assert_eq!(code(&other.replacen("\"x\"", "\"anchor\"", 1)), "H9003");
    let twice = other.replacen("\"x\": [{\"anchor\": 1}]", &format!("\"anchor\": {}", text(&signed.anchor)), 1);
    assert_eq!(code(&twice), "H9003");
    assert_eq!(schema_of(b"{\"schema\":\"a\",\"b\":[1]}").unwrap().as_deref(), Some("a"));
    assert_eq!(schema_of(b"[1]").unwrap(), None);
    assert_eq!(schema_of(b"{\"schema\":1}").unwrap(), None);
    assert!(schema_of(b"{").is_err());
}

#[test]
fn a_file_with_an_anchor_ends_at_the_bound() {
    let code = |bytes: &[u8]| schema_of(bytes).err().map(|problem| problem.code());
    assert_eq!(code(&vec![b' '; MAX_BUNDLE_BYTES]), Some("H9002"));
    assert_eq!(code(&vec![b' '; MAX_BUNDLE_BYTES + 1]), Some("H9001"));
    // Another anchor makes a file longer.
    let later = Later::new();
    let json = later.bundle.to_json();
    let mut signed = later.bundle.clone();
    cosign(&mut signed, &witness(1));
    let grown = with_anchor(&json, &signed.anchor).unwrap().len() - json.len();
    let exchanged = |length: usize| {
        let padding = vec![b' '; length - json.len()];
        let file = [json.as_slice(), padding.as_slice()].concat();
        with_anchor(&file, &signed.anchor).map(|file| file.len()).map_err(|problem| problem.code())
    };
    assert_eq!(exchanged(MAX_BUNDLE_BYTES - grown), Ok(MAX_BUNDLE_BYTES));
    assert_eq!(exchanged(MAX_BUNDLE_BYTES - grown + 1), Err("H9001"));
}

#[test]
fn a_file_says_once_what_it_is() {
    assert_eq!(schema_of(b"{\"schema\":\"a\",\"b\":1}").unwrap().as_deref(), Some("a"));
    assert_eq!(schema_of(b"{\"schema\":\"a\",\"schema\":\"b\"}").unwrap(), None);
    let refused = anchor_of(b"1").unwrap_err().to_string();
    assert!(refused.contains("expected an object with an anchor"), "{refused}");
}

#[test]
fn what_a_file_is_worth_is_an_exit_code() {
    let real = story("newborn");
    let test = told("newborn", World::new(true, 0));
    let worth = |bytes: &[u8], trust: Option<&TrustRoot>| {
        let verdict = verify_file(bytes, trust, Options::default());
        (verdict.exit_code(), verdict.is_test())
    };
    assert_eq!(worth(&real.json(), Some(&real.world.trust)), (0, false));
    assert_eq!(worth(&real.json(), None), (11, false));
    assert_eq!(worth(&test.json(), Some(&test.world.trust)), (11, true));
    assert_eq!(worth(b"{}", None), (10, false));
    let anchor = AnchorFile::of(real.world.export(&real.item).anchor).to_json();
    let head = |bytes: &[u8]| verify_anchor(bytes, None, Options::default()).head.exit_code();
    assert_eq!((head(&anchor), head(b"{}")), (11, 10));
}

#[test]
fn what_a_witness_signs_names_network_height_and_block() {
    let later = Later::new();
    let header = later.bundle.anchor.header().unwrap();
    let judged = judge(&later.bundle.anchor, Some(&later.genesis), Options::default()).unwrap();
    assert_eq!((judged.header.height, judged.block, judged.rooted), (header.height, header.id(), true));
    let expect = ledger::block::witness_message(&header.network, header.height, &header.id());
    assert_eq!(judged.witness_message, expect);
    let bytes = [header.network.0.0.as_slice(), &[header.height as u8], header.id().0.0.as_slice()].concat();
    assert!(header.height <= 250);
    assert_eq!(expect, ledger::Hash::of_bytes(&ledger::tag::WITNESS, &bytes));
    assert!(!judge(&later.bundle.anchor, None, Options::default()).unwrap().rooted);
}
