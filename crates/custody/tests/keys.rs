//! The life of keys: registration, rotation with its grace, compromise at once, and ends that cannot be undone.

use crate::world::*;
use ledger::{
    Act, KeyId, NetworkId, Operation, Outcome, Rejection, Role, Signature, StateKey, VerifiedTx,
    bounds::{MAX_CUSTODY_EXPIRY_MS, MAX_EXPIRY_MS},
    crypto::{peer_possession, possession_message},
    record::{KeyEndReason, NodeRecord},
};
use std::sync::Arc;

/// The key that firm A's head rotates to.
const NEXT: Person = Person { org: Org::FirmA, number: 40 };

fn rotate(w: &World) -> Arc<VerifiedTx> {
    let claim = NEXT.claim(&w.network, Org::FirmA, A.pseudonym(), all_roles());
    let old = A.key_id();
    w.tx(Operation::RotateKey { old, claim }, &[(A, Role::Custodian)])
}
fn end(w: &World, key: KeyId, reason: KeyEndReason, signer: (Person, Role)) -> Arc<VerifiedTx> {
    w.tx(Operation::EndKey { key, reason }, &[signer])
}
/// A transaction of firm A that lives as long as one may.
fn long_lived(w: &World, name: &str) -> Arc<VerifiedTx> {
    let entries = entries(vec![registration(lot(name), pieces(1))]);
    let operation = Operation::Register { list: list_of(&entries) };
    let expires = w.next().time.plus_ms(MAX_EXPIRY_MS);
    w.sign(w.body(operation, &[(A, Role::Declarant)], expires), &[A], entries)
}

#[test]
fn a_rotated_key_is_replaced_and_its_signatures_are_honoured_until_they_expire() {
    let mut world = World::default();
    let item = world.released();
    let early = long_lived(&world, "early");
    let rotation = world.accepted(rotate(&world));

    let (old, new) = (world.key(A), world.key(NEXT));
    let ended = old.end.expect("an end");
    assert_eq!((ended.reason, ended.cause), (KeyEndReason::Retired, rotation));
    assert_eq!(ended.at.height, world.height);
    assert_eq!((new.person, new.roles, new.end), (old.person, old.roles, None));
    assert_eq!(new.cause, Some(rotation));

    world.accepted(early);
    world.accepted(world.handover(item, NEXT, B));
}

#[test]
fn the_grace_of_a_retired_key_ends_with_the_longest_life_of_a_transaction() {
    let mut world = World::default();
    let item = world.released();
    world.accepted(rotate(&world));
    let ended = world.key(A).end.expect("an end").at.time;
    world.wait(STEP_MS);
    let offer = |w: &World, expires| {
        let terms = w.terms(item, w.point(item), Org::FirmA, Org::FirmB);
        w.tx_until(Operation::Offer { terms }, &[(A, Role::Custodian)], expires)
    };
    let last = ended.plus_ms(MAX_CUSTODY_EXPIRY_MS);
    let late = offer(&world, last.plus_ms(1));
    assert_eq!(world.refused(late), Rejection::KeyRetired { key: A.key_id() });
    let edge = offer(&world, last);
    world.accepted(edge);
}

#[test]
fn a_retired_key_rotates_no_more() {
    let mut world = World::default();
    let second = rotate(&world);
    world.accepted(rotate(&world));
    assert_eq!(world.refused(second), Rejection::KeyUnknown { key: A.key_id() });
    let again = rotate(&world);
    assert_eq!(world.refused(again), Rejection::KeyUnknown { key: A.key_id() });
}

#[test]
fn a_key_once_used_is_never_taken_again() {
    let mut world = World::default();
    world.accepted(rotate(&world));
    for (person, org) in [(A, Org::FirmA), (A, Org::FirmB), (NEXT, Org::FirmA)] {
        let claim = person.claim(&world.network, org, person.pseudonym(), all_roles());
        let operation = Operation::RegisterKey { org: org.id(), claim };
        let tx = world.tx(operation, &[(CUSTOMS, Role::Officer)]);
        let key = person.key_id();
        assert_eq!(world.refused(tx), Rejection::KeyTaken { key });
    }
}

#[test]
fn keys_of_other_uses_are_taken() {
    let mut world = World::default();
    for number in [CONSENSUS, PEER] {
        let person = Person { org: Org::Health, number };
        let claim = person.claim(&world.network, Org::FirmA, person.pseudonym(), all_roles());
        let org = Org::FirmA.id();
        let tx = world.tx(Operation::RegisterKey { org, claim }, &[(A, Role::Administrator)]);
        let key = person.key_id();
        assert_eq!(world.refused(tx), Rejection::KeyTaken { key });
    }
    let tx = world.tx(B.as_node(&world.network, Org::FirmA), &[(A, Role::Administrator)]);
    assert_eq!(world.refused(tx), Rejection::NodeTaken);
}

#[test]
fn compromise_acts_at_once_from_its_place_in_the_block() {
    let mut world = World::default();
    let before = long_lived(&world, "before");
    let after = long_lived(&world, "after");
    let compromise = end(&world, A.key_id(), KeyEndReason::Compromised, (CUSTOMS, Role::Officer));
    let receipts = world.block(&[before, compromise, after]);
    assert!(matches!(receipts[0].outcome, Outcome::Accepted { .. }));
    assert!(matches!(receipts[1].outcome, Outcome::Accepted { .. }));
    let Outcome::Rejected { rejection, decision: _ } = &receipts[2].outcome else { panic!("it was done") };
    assert_eq!(*rejection, Rejection::KeyCompromised { key: A.key_id() });
}

#[test]
fn a_compromised_receiver_or_countersigner_refuses_the_whole_act() {
    for (person, role) in [(B, Role::Administrator), (ENVIRONMENT, Role::Administrator)] {
        let mut world = World::default();
        let item = world.released();
        let key = person.key_id();
        let tx = end(&world, key, KeyEndReason::Compromised, (person, role));
        world.accepted(tx);
        let act = match person {
            B => world.handover(item, A, B),
            _ => world.dispose_tx(item, pieces(1), A, ENVIRONMENT),
        };
        assert_eq!(world.refused(act), Rejection::KeyCompromised { key });
        assert_eq!(world.item(item).custodian, Org::FirmA.id());
    }
}

#[test]
fn ends_follow_one_another_only_for_the_worse() {
    use KeyEndReason::{Compromised, Retired};
    for (first, second, allowed) in [
        (Retired, Compromised, true),
        (Retired, Retired, false),
        (Compromised, Retired, false),
        (Compromised, Compromised, false),
    ] {
        let mut world = World::default();
        let key = A.key_id();
        world.accepted(end(&world, key, first, (CUSTOMS, Role::Officer)));
        let tx = end(&world, key, second, (CUSTOMS, Role::Officer));
        match allowed {
            true => drop(world.accepted(tx)),
            false => assert_eq!(world.refused(tx), Rejection::KeyUnknown { key }),
        }
        let reason = world.key(A).end.expect("an end").reason;
        assert_eq!(reason, if allowed { second } else { first });
    }
}

#[test]
fn a_key_registered_in_a_block_signs_in_the_same_block() {
    let mut world = World::default();
    let org = Org::FirmA.id();
    let claim = NEXT.claim(&world.network, Org::FirmA, NEXT.pseudonym(), all_roles());
    let registration = world.tx(Operation::RegisterKey { org, claim }, &[(A, Role::Administrator)]);
    let use_of_it = world.register_tx(NEXT, vec![(lot("L1"), pieces(1))]);
    let receipts = world.block(&[registration, use_of_it]);
    assert!(receipts.iter().all(|r| matches!(r.outcome, Outcome::Accepted { .. })));
}

#[test]
fn a_new_organisation_gets_its_first_key_from_the_agency_and_its_own_keys_after_that() {
    let mut world = World::default();
    let profile = Org::Stranger.profile();
    world.accepted(world.tx(Operation::RegisterOrg { profile }, &[(CUSTOMS, Role::Officer)]));
    let org = Org::Stranger.id();
    let claim = |person: Person| person.claim(&world.network, Org::Stranger, person.pseudonym(), all_roles());
    let second = Person { org: Org::Stranger, number: 2 };
    let (first_claim, second_claim) = (claim(STRANGER), claim(second));
    let operation = Operation::RegisterKey { org, claim: first_claim };
    world.accepted(world.tx(operation, &[(CUSTOMS, Role::Officer)]));
    let operation = Operation::RegisterKey { org, claim: second_claim };
    world.accepted(world.tx(operation, &[(STRANGER, Role::Administrator)]));
    let item = world.released();
    world.accepted(world.handover(item, A, second));
    assert_eq!(world.item(item).custodian, org);
}

#[test]
fn nodes_end_once_and_stay_taken() {
    let mut world = World::default();
    let (org, peer) = (Org::FirmA.id(), NEXT.key());
    let register = |w: &World| w.tx(NEXT.as_node(&w.network, Org::FirmA), &[(A, Role::Administrator)]);
    let end = |w: &World| {
        let reason = KeyEndReason::Compromised;
        w.tx(Operation::EndNode { peer, reason }, &[(A, Role::Administrator)])
    };
    world.accepted(register(&world));
    assert_eq!(world.node(peer).org, org);
    assert_eq!(world.refused(register(&world)), Rejection::NodeTaken);
    // Persons are banned, by an entry of their registry; nodes are not, whoever signs it.
    for signer in [(A, Role::Administrator), (CUSTOMS, Role::Officer)] {
        let ban = Operation::EndNode { peer, reason: KeyEndReason::Banned };
        assert_eq!(world.refused(world.tx(ban, &[signer])), Rejection::SignersWrong { act: Act::EndNode });
    }
    assert_eq!(world.node(peer).end, None);
    let ended = world.accepted(end(&world));
    assert_eq!(world.node(peer).end.expect("an end").cause, ended);
    assert_eq!(world.refused(end(&world)), Rejection::NodeUnknown);
    assert_eq!(world.refused(register(&world)), Rejection::NodeTaken);
    // Points of order 4 and 1, and bytes that are not the canonical ones of a point.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    for peer in [[0; 32], neutral, [0xff; 32]] {
        let unusable = Operation::RegisterNode { org, peer, possession: Signature([0; 64]) };
        let tx = world.tx(unusable, &[(A, Role::Administrator)]);
        assert_eq!(world.refused(tx), Rejection::KeyUnusable);
    }
}

/// Nobody takes another's identity by naming it: it would shut its holder out for ever.
#[test]
fn a_node_is_registered_by_whoever_holds_its_key() {
    let mut world = World::default();
    let (network, org, peer) = (world.network, Org::FirmA.id(), NEXT.key());
    let other = NetworkId::default();
    let proofs = [
        ("by another key", A.sign(&peer_possession(&network, &org, &peer))),
        ("for another network", NEXT.sign(&peer_possession(&other, &org, &peer))),
        ("for another organisation", NEXT.sign(&peer_possession(&network, &Org::FirmB.id(), &peer))),
        ("for another key", NEXT.sign(&peer_possession(&network, &org, &A.key()))),
        ("as a person's key", NEXT.sign(&possession_message(&network, &org, &NEXT.pseudonym(), &peer))),
    ];
    for (name, possession) in proofs {
        let tx = world.tx(Operation::RegisterNode { org, peer, possession }, &[(A, Role::Administrator)]);
        assert_eq!(world.refused(tx), Rejection::PossessionInvalid, "{name}");
    }
    assert_eq!(world.record::<NodeRecord>(StateKey::Node(peer)), None);
    let tx = world.tx(NEXT.as_node(&network, Org::FirmA), &[(A, Role::Administrator)]);
    world.accepted(tx);
}
