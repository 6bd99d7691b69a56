//! Honest bundles: every story verifies, says what is so, and stays small.

use crate::world;

use ledger::Timestamp;
use proof::{Bundle, Options, Standing, TrustRoot, inspect, verify};
use world::{
    World,
    stories::{NAMES, all, released, story, told},
};

#[test]
fn every_story_is_valid_under_its_trust_root() {
    for story in all() {
        let json = story.json();
        let options = Options { allow_test: story.world.test, ..Options::default() };
        let verdict = verify(&json, Some(&story.world.trust), options);
        assert_eq!(verdict.verdict, Standing::Valid, "{}: {:?}", story.name, verdict.failure);
        let record = story.world.record(&story.item);
        assert_eq!(verdict.events, record.count, "{}", story.name);
        assert_eq!(verdict.item, Some(record.code.digital_link()));
        let mut outermost = record.clone();
        while let Some(packed) = outermost.container {
            outermost = story.world.record(&packed.unit);
        }
        assert_eq!(verdict.custodian, Some(outermost.custodian.to_string()));
        assert_eq!(verdict.on_hand, Some(record.on_hand.to_string()));
        assert_eq!(verdict.exit_code(), 0);
        println!(
            "{:<12} {:>3} events {:>3} signatures {:>6} bytes",
            story.name,
            record.count + verdict.related.iter().map(|other| other.events).sum::<u64>(),
            verdict.signatures.checked,
            json.len()
        );
    }
}

#[test]
fn a_bundle_survives_reading_and_writing() {
    for story in all() {
        let json = story.json();
        assert_eq!(Bundle::from_json(&json).unwrap().to_json(), json, "{}", story.name);
        let summary = inspect(&json).unwrap();
        assert!(summary.readable_agrees);
        assert_eq!(summary.bytes, json.len());
        assert_eq!(summary.readable.events.len() as u64, story.world.record(&story.item).count);
    }
}

#[test]
fn twelve_events_fit_into_32_kib() {
    for records in [0u64, 10_000, 1_000_000] {
        let mut story = story("harbour");
        story.world.fill(records);
        let json = story.json();
        let verdict = verify(&json, Some(&story.world.trust), Options::default());
        assert_eq!((verdict.verdict, verdict.events), (Standing::Valid, 12));
        println!("harbour, {records:>7} records more in the state: {} bytes", json.len());
        assert!(json.len() < 32 * 1024, "{} bytes with {records} more records", json.len());
    }
}

#[test]
fn without_its_trust_root_the_best_is_untrusted() {
    let stranger = World::new(false, 9).trust;
    for name in NAMES {
        let story = story(name);
        let json = story.json();
        for trust in [None, Some(&stranger)] {
            let verdict = verify(&json, trust, Options::default());
            assert_eq!(verdict.verdict, Standing::Untrusted, "{name}: {:?}", verdict.failure);
            assert_eq!((verdict.failure.clone(), verdict.exit_code()), (None, 11));
            assert!(verdict.notices.iter().any(|n| n.id == "no-trust-root"));
        }
    }
}

#[test]
fn a_test_network_is_valid_only_where_it_is_allowed() {
    let story = told("harbour", World::new(true, 0));
    let json = story.json();
    let asked = |allow_test| verify(&json, Some(&story.world.trust), Options { allow_test, ..Options::default() });
    assert_eq!(asked(false).verdict, Standing::Untrusted);
    assert_eq!(asked(true).verdict, Standing::Valid);
    assert!(asked(true).test && asked(true).notices.iter().any(|n| n.id == "test-network"));
}

#[test]
fn age_is_judged_by_the_readers_clock() {
    let story = story("van");
    let json = story.json();
    let time = story.world.now.time;
    let at = |now: Timestamp, max_age_ms| {
        let options = Options { now: Some(now), max_age_ms, allow_test: false };
        let verdict = verify(&json, Some(&story.world.trust), options);
        (verdict.verdict, verdict.failure.map(|f| f.code))
    };
    assert_eq!(at(time.plus_ms(1_000), Some(1_000)), (Standing::Valid, None));
    assert_eq!(at(time.plus_ms(1_001), Some(1_000)), (Standing::Stale, None));
    assert_eq!(at(time.plus_ms(u64::MAX), None), (Standing::Valid, None));
    assert_eq!(at(Timestamp(time.0 - 600_000), None), (Standing::Valid, None));
    assert_eq!(at(Timestamp(time.0 - 600_001), None), (Standing::Invalid, Some("H9029")));
    let untrusted = verify(&json, None, Options { now: Some(time.plus_ms(9)), max_age_ms: Some(1), allow_test: false });
    assert_eq!(untrusted.verdict, Standing::Untrusted);
}

#[test]
fn harmless_variants_verify() {
    let story = story("harbour");
    let trust = Some(&story.world.trust);
    let check = |json: &[u8], what: &str| {
        let verdict = verify(json, trust, Options::default());
        assert_eq!(verdict.verdict, Standing::Valid, "{what}: {:?}", verdict.failure);
    };
    let json = story.json();
    // serde_json's own map sorts its keys: another order of every object.
    let sorted: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let reordered = serde_json::to_vec_pretty(&sorted).unwrap();
    assert_ne!(reordered, json);
    check(&reordered, "keys in another order, indented");
    let mut world = told("harbour", World::new(false, 0)).world;
    for signed_by in [3, 4] {
        world.signed_by = signed_by;
        check(&world.export(&story.item).to_json(), "a surplus precommit more or less");
    }
    let escaped = String::from_utf8(json).unwrap().replace("Harbour", "\\u0048arbour");
    check(escaped.as_bytes(), "an escaped letter");
}

#[test]
fn the_trust_file_is_read_back_and_guarded_by_its_fingerprint() {
    let trust = World::new(true, 0).trust;
    let json = trust.to_json();
    assert_eq!(TrustRoot::from_json(&json).as_ref(), Ok(&trust));
    assert_eq!(trust.set_hash(), World::new(true, 0).set.hash());
    let spoken = trust.fingerprint().to_string();
    assert_eq!((spoken.len(), spoken.split(' ').count()), (79, 16));
    let text = String::from_utf8(json).unwrap();
    let code = |text: String| TrustRoot::from_json(text.as_bytes()).unwrap_err().code();
    assert_eq!(code(text.replace("test-harbour", "real-harbour")), "H9194");
    assert_eq!(code(text.replace("\"test\": true", "\"test\": false")), "H9194");
    assert_eq!(code(text.replace("hufu.trust/1", "hufu.trust/2")), "H9192");
    assert_eq!(code(text.replace("\"chain\"", "\"extra\": 1, \"chain\"")), "H9191");
    assert_eq!(code(text.replace("\"test\": true", "\"test\": true, \"test\": true")), "H9191");
    assert_eq!(code(text.replace("test-harbour", &"x".repeat(33))), "H9193");
    assert_eq!(code(" ".repeat(256 * 1024 + 1)), "H9190");
}

#[test]
fn an_item_that_never_was_has_no_bundle() {
    let mut world = World::new(false, 0);
    released(&mut world, "ONE", "1 LTR");
    let unknown = ledger::ItemId::default();
    assert!(matches!(
        proof::assemble(&world.snapshot(), &unknown, &[], false),
        Err(proof::AssembleError::ItemUnknown(id)) if id == unknown
    ));
}
