//! Headers, certificates and the chain of validator sets.

use crate::world;

use ledger::{Hash, ValidatorSet, codec};
use proof::{Blob, Bundle, Options, Standing, TrustRoot, verify};
use world::{
    World,
    stories::{Story, story, told},
};

fn code(bundle: &Bundle, trust: Option<&TrustRoot>) -> &'static str {
    let verdict = verify(&bundle.to_json(), trust, Options::default());
    match verdict.verdict {
        Standing::Invalid => verdict.failure.unwrap().code,
        Standing::Valid => "valid",
        Standing::Stale => "stale",
        Standing::Untrusted => "untrusted",
    }
}

/// The story with headers changed before they are signed.
fn with_header(twist: impl Fn(&mut ledger::Header) + 'static) -> (Bundle, TrustRoot) {
    let Story { mut world, item, .. } = story("tested");
    world.twist_header = Box::new(twist);
    (world.export(&item), world.trust)
}

#[test]
fn headers_that_do_not_fit() {
    let check = |twist: fn(&mut ledger::Header), expect: &str| {
        let (bundle, trust) = with_header(twist);
        assert_eq!(code(&bundle, Some(&trust)), expect);
    };
    check(|h| h.version = 2, "H9020");
    check(|h| h.validators = Hash([1; 32]), "H9022");
    check(|h| h.test = true, "H9028");
    check(|h| h.state = Hash([1; 32]), "H9040");
    check(|h| h.time = ledger::Timestamp(h.time.0 - 9_000), "H9065");
    check(|h| h.height -= 2, "H9065");
    check(|h| h.round = 3, "valid");
    // Another network, consistent to the last byte: its transactions were signed for this one.
    check(|h| h.network.0.0[0] ^= 1, "H9064");
}

#[test]
fn certificates_that_do_not_fit() {
    let Story { world, item, .. } = story("tested");
    let honest = world.export(&item);
    let check = |twist: &dyn Fn(&mut ledger::Certificate), expect: &str| {
        let mut bundle = honest.clone();
        let mut certificate: ledger::Certificate = codec::decode(&bundle.anchor.certificate, 1 << 20).unwrap();
        twist(&mut certificate);
        bundle.anchor.certificate = Blob(codec::encode(&certificate));
        assert_eq!(code(&bundle, Some(&world.trust)), expect);
    };
    check(&|c| c.signatures.truncate(3), "valid");
    check(&|c| c.signatures.truncate(2), "H9025");
    check(&|c| c.signatures.clear(), "H9025");
    check(&|c| c.signatures.reverse(), "H9023");
    check(&|c| c.signatures[1] = c.signatures[0].clone(), "H9023");
    check(&|c| c.signatures[3].signer = ledger::KeyId(Hash([255; 32])), "H9023");
    check(&|c| c.signatures[3].signature.0[0] ^= 1, "H9024");
    check(&|c| c.signatures[0].signature = c.signatures[1].signature, "H9024");
    check(&|c| c.height += 1, "H9021");
    check(&|c| c.round += 1, "H9024");
    check(&|c| c.block.0.0[0] ^= 1, "H9021");
}

#[test]
fn the_first_set_is_that_of_the_trust_root() {
    let story = story("validators");
    let trust = Some(&story.world.trust);
    let honest = story.world.export(&story.item);
    assert_eq!(code(&honest, trust), "valid");
    let mut headless = honest.clone();
    headless.anchor.chain.0.remove(0);
    assert_eq!(code(&headless, trust), "H9026");
    headless.anchor.chain.0.clear();
    assert_eq!(code(&headless, trust), "H9026");
    assert_eq!(code(&headless, None), "untrusted");
    let mut gap = honest.clone();
    gap.anchor.chain.0.remove(1);
    assert_eq!(code(&gap, trust), "H9027");
    assert_eq!(code(&gap, None), "H9027");
    let mut swapped = honest.clone();
    swapped.anchor.chain.0.swap(0, 1);
    assert_eq!(code(&swapped, None), "H9027");
    let mut twice = honest.clone();
    twice.anchor.chain.0.insert(1, honest.anchor.chain[0].clone());
    assert_eq!(code(&twice, trust), "H9027");
}

#[test]
fn agencies_of_one_network_cannot_speak_for_another() {
    // The same identity of the network, other agencies: whoever signs with keys of his own is found out.
    let mut story = told("tested", World::new(false, 0));
    let rogue = ValidatorSet::new(story.world.set.validators()[..1].to_vec()).unwrap();
    story.world.set = rogue;
    let bundle = story.world.export(&story.item);
    assert_eq!(code(&bundle, Some(&story.world.trust)), "H9026");
    assert_eq!(code(&bundle, None), "untrusted");
}

#[test]
fn a_chain_that_changes_nothing_or_mixes_networks_is_refused() {
    let check = |twist: fn(&mut ledger::Header), same: bool, expect: &str| {
        let mut story = story("tested");
        let next = match same {
            true => story.world.set.clone(),
            false => ValidatorSet::new(story.world.set.validators()[..3].to_vec()).unwrap(),
        };
        let w = &mut story.world;
        w.block(1_000);
        let mut header = w.header(Hash([9; 32]), &next);
        twist(&mut header);
        let link = w.certify(header, 4);
        w.chain.push(link);
        (w.set, w.signed_by) = (next, 3);
        w.block(1_000);
        assert_eq!(code(&w.export(&story.item), Some(&w.trust)), expect);
    };
    check(|_| {}, false, "valid");
    check(|_| {}, true, "H9027");
    check(|h| h.test = true, false, "H9027");
    check(|h| h.network.0.0[0] ^= 1, false, "H9027");
    check(|h| h.height += 1, false, "H9027");
    check(|h| h.time = h.time.plus_ms(1_000), false, "H9027");
}
