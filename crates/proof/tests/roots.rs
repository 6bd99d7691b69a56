//! Trust roots that start later than genesis, histories, trusting periods and witnesses.

use crate::world;

use ledger::{Hash, OrgId, PublicKey, Text, Timestamp, Validator, ValidatorSet};
use proof::{
    Anchor, Blob, Bundle, Digest, Options, TrustError, TrustRoot, TrustedWitness, Verdict, Witness, Witnesses,
    bounds::{MAX_TRUST_BYTES, MAX_WITNESSES},
    verify,
};
use world::{
    World,
    later::{Later, asking, certified, cosign, witness},
    stories::{Story, story},
};

fn judged(bundle: &Bundle, trust: &TrustRoot, options: Options) -> Verdict {
    verify(&bundle.to_json(), Some(trust), options)
}

/// The code of the failure, or the standing with the notices that are about the anchor.
fn outcome(verdict: &Verdict) -> String {
    if let Some(failure) = &verdict.failure {
        return failure.code.into();
    }
    let mut words = vec![serde_json::to_value(verdict.verdict).unwrap().as_str().unwrap().to_owned()];
    let about = ["no-trust-root", "before-start", "witnesses-missing", "trust-expired"];
    words.extend(verdict.notices.iter().filter(|n| about.contains(&n.id)).map(|n| n.id.to_owned()));
    words.join(" ")
}

#[track_caller]
fn check(bundle: &Bundle, trust: &TrustRoot, expect: &str) {
    assert_eq!(outcome(&judged(bundle, trust, Options::default())), expect);
}

#[test]
fn an_older_bundle_needs_the_way_into_the_history() {
    let later = Later::new();
    let (size, path) = (later.blocks.len() as u64, later.path(later.blocks.len()));
    check(&later.bundle, &later.genesis, "valid");
    check(&later.bundle, &later.trust, "untrusted before-start");
    check(&later.refreshed(), &later.trust, "valid");
    // Whoever holds another trust root is not disturbed by it.
    check(&later.refreshed(), &later.genesis, "valid");
    let stranger = World::new(false, 9).trust;
    check(&later.refreshed(), &stranger, "untrusted no-trust-root");
    let with = |size: u64, path: &[Hash]| {
        let mut bundle = later.bundle.clone();
        bundle.anchor.set_history(size, path);
        bundle
    };
    // The right path of another list counts for nothing here.
    check(&with(size - 1, &later.path(later.blocks.len() - 1)), &later.trust, "untrusted before-start");
    // A path that leads elsewhere, or nowhere.
    let mut other = path.clone();
    other[0].0[0] ^= 1;
    check(&with(size, &other), &later.trust, "H9030");
    check(&with(size, &path[1..]), &later.trust, "H9030");
    check(&with(size, &[path.as_slice(), &path].concat()), &later.trust, "H9030");
    let height = later.bundle.anchor.header().unwrap().height;
    check(&with(height - 1, &path), &later.trust, "H9030");
    check(&with(0, &[]), &later.trust, "H9030");
    // Where it leads is judged by the trust root; that it leads somewhere, by everybody.
    check(&with(size, &other), &later.genesis, "valid");
    check(&with(size, &path[1..]), &later.genesis, "H9030");
    check(&with(size, &path[1..]), &stranger, "H9030");
    check(&with(size, &[Hash::default(); 41]), &later.trust, "H9005");
    let mut cut = later.refreshed();
    cut.anchor.history.as_mut().unwrap().path.0.pop();
    check(&cut, &later.trust, "H9005");
}

#[test]
fn a_header_at_the_start_is_that_of_the_start() {
    let Story { mut world, item, .. } = story("tested");
    let bundle = world.export(&item);
    let trust = world.trust.advance(&bundle.anchor, Options::default(), &|_| None).unwrap();
    check(&bundle, &trust, "valid");
    assert_eq!(trust.start().block, bundle.anchor.block());
    // The same height, the same agencies, another block.
    world.twist_header = Box::new(|h| h.round = 1);
    check(&world.export(&item), &trust, "H9030");
    check(&world.export(&item), &world.trust, "valid");
    // And a later one follows from it.
    world.twist_header = Box::new(|_| {});
    world.block(1_000);
    check(&world.export(&item), &trust, "valid");
}

/// A change of the set, then the checkpoint, then a bundle: with the set before.
fn changed() -> (World, ledger::ItemId, TrustRoot, ValidatorSet) {
    let Story { mut world, item, .. } = story("tested");
    let next = ValidatorSet::new(world.set.validators()[..3].to_vec()).unwrap();
    world.block(1_000);
    let link = world.certify(world.header(Hash([9; 32]), &next), 4);
    world.chain.push(link);
    let old = std::mem::replace(&mut world.set, next);
    world.signed_by = 3;
    world.block(1_000);
    let checkpoint = Anchor::at(&certified(&world, &[]), &world.chain);
    let trust = world.trust.advance(&checkpoint, Options::default(), &|_| None).unwrap();
    world.block(1_000);
    (world, item, trust, old)
}

#[test]
fn changes_of_the_set_before_the_start_may_stand_in_a_file_and_need_not() {
    let (mut world, item, trust, _) = changed();
    assert_eq!((trust.set_hash(), trust.validators().len()), (world.set.hash(), 3));
    assert_eq!(trust.set(), &world.set);
    // Who has no seat any more is the difference, besides the start.
    let gone = world.trust.validators().iter().find(|v| !trust.validators().contains(v)).unwrap();
    let difference = world.trust.differences(&trust).remove(0);
    let seat = format!("{} {} {} {}", gone.name, gone.org, Hash(gone.key), Hash(gone.peer));
    assert_eq!((difference.field, difference.one, difference.other), ("validators", seat, String::new()));
    let mut bundle = world.export(&item);
    check(&bundle, &trust, "valid");
    bundle.anchor.chain.0.clear();
    check(&bundle, &trust, "valid");
    check(&bundle, &world.trust, "H9026");
    // A change behind the start is led through as from genesis.
    let next = ValidatorSet::new(world.set.validators()[..2].to_vec()).unwrap();
    let link = world.certify(world.header(Hash([9; 32]), &next), 3);
    world.chain = vec![link];
    (world.set, world.signed_by) = (next, 2);
    world.block(1_000);
    check(&world.export(&item), &trust, "valid");
    let mut bundle = world.export(&item);
    bundle.anchor.chain.0.clear();
    check(&bundle, &trust, "H9026");
}

#[test]
fn keys_that_signed_before_the_start_make_no_other_history() {
    // Above the start: the old keys go on as if the set had never changed.
    let (mut world, item, trust, old) = changed();
    let now = std::mem::replace(&mut world.set, old.clone());
    world.signed_by = 4;
    let links = std::mem::take(&mut world.chain);
    check(&world.export(&item), &trust, "H9026");
    check(&world.export(&item), &world.trust, "valid");
    // With a change of their own to whom they like.
    let rogue = ValidatorSet::new(old.validators()[..1].to_vec()).unwrap();
    let link = world.certify(world.header(Hash([8; 32]), &rogue), 4);
    world.chain = vec![link];
    (world.set, world.signed_by) = (rogue.clone(), 1);
    world.block(1_000);
    check(&world.export(&item), &trust, "H9026");
    // With a change at the very height of the start, so that the first set above it is that of the trust root.
    world.set = old.clone();
    let mut header = world.header(Hash([8; 32]), &now);
    (header.height, header.time) = (trust.start().height, trust.start().time);
    world.chain = vec![world.certify(header, 4)];
    (world.set, world.signed_by) = (now.clone(), 3);
    check(&world.export(&item), &trust, "H9030");
    // Below the start: another past. Nothing leads from it to the start.
    let start = trust.start().height;
    (world.set, world.signed_by, world.chain) = (old, 4, Vec::new());
    world.twist_header = Box::new(move |h| h.height = start - 1);
    let mut bundle = world.export(&item);
    check(&bundle, &trust, "untrusted before-start");
    bundle.anchor.set_history(start - 1, &[Hash::default(); 4]);
    check(&bundle, &trust, "H9030");
    // Links that the old keys made are no help to a head that the present ones sign: it stands by itself.
    (world.set, world.signed_by, world.chain) = (now, 3, links);
    world.twist_header = Box::new(|_| {});
    check(&world.export(&item), &trust, "valid");
}

#[test]
fn a_trust_root_is_led_on_only_by_what_it_trusts() {
    let later = Later::new();
    let none = |_: &OrgId| -> Option<Text<128>> { None };
    let why = |trust: &TrustRoot, anchor: &Anchor, options: Options| {
        let error = trust.advance(anchor, options, &none).unwrap_err();
        (error.code(), error.to_string())
    };
    let refused = |trust: &TrustRoot, anchor: &Anchor, options: Options, word: &str| {
        let (code, text) = why(trust, anchor, options);
        assert_eq!(code, "H9196", "{text}");
        assert!(text.contains(word), "{text}");
    };
    let now = Options::default();
    refused(&World::new(false, 9).trust, &later.checkpoint, now, "does not follow");
    refused(&later.trust, &later.bundle.anchor, now, "does not follow");
    refused(&later.trust, &later.refreshed().anchor, now, "starts there or later");
    refused(&later.trust, &later.checkpoint, now, "starts there or later");
    refused(&asking(&later.genesis, 1, &[1]), &later.checkpoint, now, "witnesses");
    let old = later.genesis.clone().with_trusting_ms(Some(1));
    let clock = Options { now: Some(later.trust.start().time), ..now };
    refused(&old, &later.checkpoint, clock, "too old");
    assert!(old.advance(&later.checkpoint, now, &none).is_ok(), "without a clock nothing is too old");
    let mut broken = later.checkpoint.clone();
    broken.certificate.0.pop();
    assert_eq!(why(&later.genesis, &broken, now).0, "H9005");
    // The set that signs the next block is not in the file.
    let Story { mut world, .. } = story("tested");
    let next = ValidatorSet::new(world.set.validators()[..3].to_vec()).unwrap();
    world.block(1_000);
    let change = Anchor::at(&world.certify(world.header(Hash([9; 32]), &next), 4), &[]);
    refused(&world.trust, &change, now, "change");
}

#[test]
fn a_trust_root_of_genesis_says_what_genesis_says() {
    let world = World::new(false, 0);
    assert_eq!((world.trust.chain(), world.trust.network()), ("test-harbour", world.network));
    assert_eq!(world.trust.validators().len(), 4);
    for seat in world.trust.validators() {
        assert_eq!(seat.name, world.org_record(&seat.org).profile.name);
    }
}

/// Neither age nor that it is a test network keeps whoever trusts it from leading it on.
#[test]
fn a_trust_root_of_a_test_network_is_led_on() {
    let mut world = World::new(true, 0);
    world.block(1_000);
    let anchor = Anchor::at(&certified(&world, &[]), &[]);
    let now = Some(world.now.time.plus_ms(60_000));
    let options = Options { now, max_age_ms: Some(1), allow_test: false };
    let trust = world.trust.advance(&anchor, options, &|_| None).unwrap();
    assert_eq!((trust.is_test(), trust.start().height), (true, 1));
}

#[test]
fn names_come_from_the_trust_root_before_or_from_whoever_knows_them() {
    let later = Later::new();
    assert_eq!(later.trust.validators(), later.genesis.validators());
    let (world, _, trust, _) = changed();
    assert!(trust.validators().iter().all(|v| world.trust.validators().contains(v)));
    // An agency that took a seat since.
    let Story { mut world, .. } = story("tested");
    let key = witness(77);
    let newcomer = Validator {
        key: PublicKey::from_bytes(key.verifying_key().to_bytes()).unwrap(),
        org: OrgId(Hash([77; 32])),
        peer: [77; 32],
    };
    world.agencies.push(key);
    let next = ValidatorSet::new([world.set.validators(), &[newcomer]].concat()).unwrap();
    world.block(1_000);
    let link = world.certify(world.header(Hash([9; 32]), &next), 4);
    world.set = next;
    world.block(1_000);
    let anchor = Anchor::at(&certified(&world, &[]), &[link]);
    let named = |names: &dyn Fn(&OrgId) -> Option<Text<128>>| {
        let trust = world.trust.advance(&anchor, Options::default(), names).unwrap();
        let seat = trust.validators().iter().find(|v| v.org == OrgId(Hash([77; 32]))).unwrap();
        (trust.validators().len(), seat.name.to_string())
    };
    assert_eq!(named(&|_| None), (5, "unknown".into()));
    assert_eq!(named(&|org| Some(world::text(&org.0.short()))), (5, "4d4d4d4d".into()));
}

#[test]
fn a_trusting_period_ends_and_what_lies_before_the_start_does_not() {
    let later = Later::new();
    let header = later.bundle.anchor.header().unwrap();
    let age = header.time.ms_since(later.genesis.start().time) + 5_000;
    let trust = later.genesis.clone().with_trusting_ms(Some(age));
    let at = |bundle: &Bundle, trust: &TrustRoot, ms: u64, max_age_ms: Option<u64>| {
        let options = Options { now: Some(Timestamp(ms)), max_age_ms, allow_test: false };
        outcome(&judged(bundle, trust, options))
    };
    let end = trust.start().time.0 + age;
    assert_eq!(at(&later.bundle, &trust, end, None), "valid");
    assert_eq!(at(&later.bundle, &trust, end + 1, None), "stale trust-expired");
    assert_eq!(at(&later.bundle, &trust, u64::MAX, None), "stale trust-expired");
    assert_eq!(at(&later.bundle, &trust, end, Some(0)), "stale");
    check(&later.bundle, &trust, "valid");
    // Those who signed at or before the start need not be trusted today.
    let past = later.trust.clone().with_trusting_ms(Some(0));
    assert_eq!(at(&later.refreshed(), &past, u64::MAX, None), "valid");
    // Whom the witnesses do not satisfy, age does not concern; both are said.
    let asked = asking(&trust, 1, &[1]);
    assert_eq!(at(&later.bundle, &asked, end + 1, None), "untrusted witnesses-missing trust-expired");
}

#[test]
fn as_many_witnesses_as_the_trust_root_asks_for() {
    let later = Later::new();
    let signed = |seeds: &[u8]| {
        let mut bundle = later.bundle.clone();
        seeds.iter().for_each(|seed| cosign(&mut bundle, &witness(*seed)));
        bundle
    };
    let trust = asking(&later.genesis, 2, &[1, 2, 3]);
    let table: [(&[u8], &str); 6] = [
        (&[], "untrusted witnesses-missing"),
        (&[1], "untrusted witnesses-missing"),
        (&[1, 2], "valid"),
        (&[3, 2, 1], "valid"),
        // Nobody knows the others, and nobody minds.
        (&[1, 7, 8, 9], "untrusted witnesses-missing"),
        (&[7, 3, 8, 1], "valid"),
    ];
    for (seeds, expect) in table {
        check(&signed(seeds), &trust, expect);
        check(&signed(seeds), &later.genesis, "valid");
    }
    let verdict = judged(&signed(&[7, 3, 1]), &trust, Options::default());
    let known: Vec<String> = trust.witnesses().keys.iter().map(|w| w.name.to_string()).collect();
    let expect: Vec<String> = known.iter().filter(|name| *name != "Witness 2").cloned().collect();
    assert_eq!(verdict.witnessed_by, expect);
    let alone = judged(&later.bundle, &trust, Options::default());
    assert_eq!(verdict.signatures.checked, alone.signatures.checked + 3);
    assert_eq!(judged(&signed(&[7]), &later.genesis, Options::default()).witnessed_by, [""; 0]);
    // None needed, some known: they are named and not asked for.
    let curious = asking(&later.genesis, 0, &[1]);
    check(&later.bundle, &curious, "valid");
    assert_eq!(judged(&signed(&[1]), &curious, Options::default()).witnessed_by, ["Witness 1"]);
}

#[test]
fn witnesses_that_do_not_hold() {
    let later = Later::new();
    let mut honest = later.bundle.clone();
    [1, 2].iter().for_each(|seed| cosign(&mut honest, &witness(*seed)));
    let trust = asking(&later.genesis, 1, &[1]);
    let stranger = World::new(false, 9).trust;
    let twisted = |twist: &dyn Fn(&mut Vec<Witness>), expect: &str| {
        let mut bundle = honest.clone();
        twist(&mut bundle.anchor.witnesses.0);
        check(&bundle, &trust, expect);
        // What does not hold is invalid for everybody.
        check(&bundle, &stranger, if expect == "valid" { "untrusted no-trust-root" } else { expect });
    };
    twisted(&|_| {}, "valid");
    twisted(&|w| w.reverse(), "H9006");
    twisted(&|w| w[1] = w[0].clone(), "H9006");
    twisted(&|w| w[0].signature.0[0] ^= 1, "H9031");
    twisted(&|w| w[0].signature = w[1].signature.clone(), "H9031");
    twisted(&|w| w[0].signature.0.truncate(63), "H9005");
    twisted(&|w| w[0].signature.0.push(0), "H9005");
    // A key that is no point, and one of small order, under which one signature fits many headers.
    let first = |key: [u8; 32]| Witness { key: Digest(Hash(key)), signature: Blob(vec![0; 64]) };
    twisted(&move |w| w.insert(0, first([0; 32])), "H9031");
    let mut small = [0; 32];
    small[0] = 1;
    twisted(&move |w| w.insert(0, first(small)), "H9031");
    // The signature of another header.
    let mut world = World::new(false, 0);
    world.block(1_000);
    let mut other = later.bundle.clone();
    other.anchor = Anchor::at(&certified(&world, &[]), &[]);
    cosign(&mut other, &witness(1));
    let foreign = other.anchor.witnesses[0].clone();
    twisted(&move |w| *w = vec![foreign.clone()], "H9031");
    let many: Vec<Witness> = (0..=MAX_WITNESSES as u8).map(|n| first([n; 32])).collect();
    twisted(&|w| *w = many.clone(), "H9003");
    twisted(&|w| *w = many[1..].to_vec(), "H9031");
    let mut full = honest.anchor.clone();
    full.witnesses.0 = many[1..].to_vec();
    let signature = ledger::Signature([0; 64]);
    assert_eq!(full.add_witness([255; 32], &signature).unwrap_err().code(), "H9003");
    assert_eq!(full.add_witness([9; 32], &signature), Ok(()), "one that is there is replaced");
}

#[test]
fn a_trust_file_of_every_shape_is_read_back() {
    let later = Later::new();
    let asked = asking(&later.trust, 2, &[1, 2, 3]).with_trusting_ms(Some(86_400_000));
    let roots = [later.genesis.clone(), later.trust.clone(), asked.clone()];
    for (position, root) in roots.iter().enumerate() {
        assert_eq!(TrustRoot::from_json(&root.to_json()).as_ref(), Ok(root));
        for (other, expect) in roots.iter().enumerate().map(|(at, r)| (r, at == position)) {
            assert_eq!(root.differences(other).is_empty(), expect);
            assert_eq!(root.fingerprint() == other.fingerprint(), expect);
        }
    }
    let fields = |one: &TrustRoot, other: &TrustRoot| -> Vec<&'static str> {
        one.differences(other).iter().map(|d| d.field).collect()
    };
    let start = ["start.height", "start.time", "start.block", "start.history"];
    assert_eq!(fields(&later.genesis, &later.trust), start);
    let three = ["trusting_ms", "witnesses.needed", "witnesses.keys", "witnesses.keys", "witnesses.keys"];
    assert_eq!(fields(&later.trust, &asked), three);
    let more = asking(&later.trust, 2, &[1, 3]).with_trusting_ms(Some(86_400_000));
    let difference = &asked.differences(&more)[0];
    assert!(difference.one.starts_with("Witness 2") && difference.other.is_empty(), "{difference:?}");
    let difference = &more.differences(&asked)[0];
    assert!(difference.one.is_empty() && difference.other.starts_with("Witness 2"), "{difference:?}");
    let text = String::from_utf8(asked.to_json()).unwrap();
    let code = |from: &str, to: &str| {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        TrustRoot::from_json(changed.as_bytes()).unwrap_err().code()
    };
    let height = format!("\"height\": {}", later.trust.start().height);
    assert_eq!(code(&height, "\"height\": 1"), "H9194");
    assert_eq!(code(&height, "\"height\": 0"), "H9193");
    // Genesis is no block, and has none before it: each of the two is asked for.
    let genesis = String::from_utf8(later.genesis.to_json()).unwrap();
    for field in ["block", "history"] {
        let mut file: serde_json::Value = serde_json::from_str(&genesis).unwrap();
        file["start"][field] = serde_json::json!("ab".repeat(32));
        assert_eq!(TrustRoot::from_json(file.to_string().as_bytes()).unwrap_err().code(), "H9193", "{field}");
    }
    assert_eq!(TrustRoot::from_json(&vec![b' '; MAX_TRUST_BYTES]).unwrap_err().code(), "H9191");
    assert_eq!(TrustRoot::from_json(&vec![b' '; MAX_TRUST_BYTES + 1]).unwrap_err().code(), "H9190");
    assert_eq!(code("86400000", "86400001"), "H9194");
    assert_eq!(code("86400000", "null"), "H9194");
    assert_eq!(code("86400000", "\"1\""), "H9191");
    assert_eq!(code("\"needed\": 2", "\"needed\": 1"), "H9194");
    assert_eq!(code("\"needed\": 2", "\"needed\": 4"), "H9193");
    assert_eq!(code("\"needed\": 2", "\"needed\": 4294967296"), "H9191");
    assert_eq!(code("\"needed\"", "\"more\": 1, \"needed\""), "H9191");
    assert_eq!(code("Witness 1", "Witness 4"), "H9194");
    assert_eq!(code("Witness 1", &"x".repeat(129)), "H9193");
}

#[test]
fn witnesses_of_a_trust_root_are_bounded_and_usable() {
    let trust = Later::new().trust;
    let with = |needed: u32, keys: Vec<TrustedWitness>| {
        trust.clone().with_witnesses(Witnesses { needed, keys }).map(drop).map_err(|e| e.code())
    };
    let known = |seed: u8| TrustedWitness { name: Text::default(), key: witness(seed).verifying_key().to_bytes() };
    let many = |count: usize| (1..=count as u8).map(known).collect::<Vec<_>>();
    assert_eq!(with(0, Vec::new()), Ok(()));
    assert_eq!(with(1, Vec::new()), Err("H9193"));
    assert_eq!(with(MAX_WITNESSES as u32, many(MAX_WITNESSES)), Ok(()));
    assert_eq!(with(0, many(MAX_WITNESSES + 1)), Err("H9193"));
    assert_eq!(with(1, vec![known(1), known(1)]), Err("H9193"));
    let small = TrustedWitness { name: Text::default(), key: [0; 32] };
    assert_eq!(with(0, vec![small]), Err("H9193"));
    assert!(matches!(TrustRoot::from_json(b"{}"), Err(TrustError::Shape { .. })));
}
