//! Who may do what in which state: every cell of role, act and state, with the outcome meant for it.

mod world;

use ledger::{
    ItemId, Lifecycle, Operation, Outcome, Rejection, Role, VerifiedTx,
    operation::{Act, EntryList, InspectionResult},
    record::KeyEndReason,
};
use std::sync::Arc;
use world::*;

/// Outcomes by state, in the order of `Lifecycle::ALL`: registered, declared, test pending, inspected, failed,
/// released, consumed, disposed. "" is acceptance.
type ByState = [&'static str; 8];
type Signers = &'static [(Person, Role)];

const OK: &str = "";
const NO: &str = "StateForbids";

const fn always(name: &'static str) -> ByState {
    [name; 8]
}

struct Row(Act, Signers, ByState);

const HEALTH_OFFICER: Signers = &[(HEALTH, Role::Officer)];
const CUSTOMS_OFFICER: Signers = &[(CUSTOMS, Role::Officer)];
const A_OFFICER: Signers = &[(A, Role::Officer)];
const A_CUSTODIAN: Signers = &[(A, Role::Custodian)];
const B_CUSTODIAN: Signers = &[(B, Role::Custodian)];
const A_DECLARANT: Signers = &[(A, Role::Declarant)];
const B_RECEIVER: Signers = &[(B, Role::Receiver)];
const A_TO_B: Signers = &[(A, Role::Custodian), (B, Role::Receiver)];
const A_AND_ENVIRONMENT: Signers = &[(A, Role::Custodian), (ENVIRONMENT, Role::Countersigner)];

/// An item of firm A without hold or offer.
#[rustfmt::skip]
const PLAIN: &[Row] = &[
    Row(Act::Declare, A_DECLARANT, [OK, NO, NO, NO, NO, NO, NO, NO]),
    Row(Act::Declare, &[(CLERK, Role::Declarant)], [OK, NO, NO, NO, NO, NO, NO, NO]),
    Row(Act::Declare, &[(B, Role::Declarant)], always("NotCustodian")),
    Row(Act::Declare, A_CUSTODIAN, always("SignersWrong")),
    Row(Act::Declare, CUSTOMS_OFFICER, always("SignersWrong")),
    Row(Act::Declare, &[(A, Role::Declarant), (CLERK, Role::Declarant)], always("SignersWrong")),
    Row(Act::Inspect, CUSTOMS_OFFICER, [NO, OK, OK, NO, NO, NO, NO, NO]),
    Row(Act::Inspect, HEALTH_OFFICER, always("NotCompetent")),
    Row(Act::Inspect, A_OFFICER, always("NotCompetent")),
    Row(Act::Inspect, &[(CUSTOMS, Role::Declarant)], always("SignersWrong")),
    Row(Act::Inspect, &[(CUSTOMS, Role::Officer), (A, Role::Custodian)], always("SignersWrong")),
    Row(Act::Release, CUSTOMS_OFFICER, [NO, NO, NO, OK, NO, NO, NO, NO]),
    Row(Act::Release, HEALTH_OFFICER, always("NotCompetent")),
    Row(Act::Release, A_OFFICER, always("NotCompetent")),
    Row(Act::Release, A_CUSTODIAN, always("SignersWrong")),
    Row(Act::Offer, A_CUSTODIAN, [NO, NO, NO, NO, NO, OK, NO, NO]),
    Row(Act::Offer, B_CUSTODIAN, always("NotCustodian")),
    Row(Act::Offer, &[(A, Role::Receiver)], always("SignersWrong")),
    Row(Act::Offer, A_TO_B, always("SignersWrong")),
    Row(Act::Offer, HEALTH_OFFICER, always("SignersWrong")),
    Row(Act::Accept, B_RECEIVER, always("OfferUnknown")),
    Row(Act::Accept, B_CUSTODIAN, always("SignersWrong")),
    Row(Act::Accept, HEALTH_OFFICER, always("SignersWrong")),
    Row(Act::Refuse, B_RECEIVER, always("OfferUnknown")),
    Row(Act::Refuse, B_CUSTODIAN, always("SignersWrong")),
    Row(Act::Withdraw, A_CUSTODIAN, always("OfferUnknown")),
    Row(Act::Withdraw, B_CUSTODIAN, always("NotCustodian")),
    Row(Act::Withdraw, B_RECEIVER, always("SignersWrong")),
    Row(Act::Handover, A_TO_B, [NO, NO, NO, NO, NO, OK, NO, NO]),
    Row(Act::Handover, &[(B, Role::Receiver), (A, Role::Custodian)], [NO, NO, NO, NO, NO, OK, NO, NO]),
    Row(Act::Handover, &[(B, Role::Custodian), (CARRIER, Role::Receiver)], always("NotCustodian")),
    Row(Act::Handover, A_CUSTODIAN, always("SignersWrong")),
    Row(Act::Handover, B_RECEIVER, always("SignersWrong")),
    Row(Act::Handover, &[(A, Role::Custodian), (B, Role::Custodian)], always("SignersWrong")),
    Row(Act::Handover, &[(A, Role::Custodian), (B, Role::Receiver), (HEALTH, Role::Officer)], always("SignersWrong")),
    Row(Act::Use, A_CUSTODIAN, [NO, NO, NO, NO, NO, OK, "CustodyMoved", "CustodyMoved"]),
    Row(Act::Use, B_CUSTODIAN, ["NotCustodian", "NotCustodian", "NotCustodian", "NotCustodian", "NotCustodian", "NotCustodian", "CustodyMoved", "CustodyMoved"]),
    Row(Act::Use, A_OFFICER, always("SignersWrong")),
    Row(Act::Use, A_AND_ENVIRONMENT, always("SignersWrong")),
    Row(Act::Dispose, A_AND_ENVIRONMENT, [NO, OK, OK, OK, OK, OK, "CustodyMoved", "CustodyMoved"]),
    Row(Act::Dispose, &[(ENVIRONMENT, Role::Countersigner), (A, Role::Custodian)], [NO, OK, OK, OK, OK, OK, "CustodyMoved", "CustodyMoved"]),
    Row(Act::Dispose, A_CUSTODIAN, always("SignersWrong")),
    Row(Act::Dispose, &[(ENVIRONMENT, Role::Countersigner)], always("SignersWrong")),
    Row(Act::Dispose, &[(A, Role::Custodian), (CUSTOMS, Role::Countersigner)], always("NotCompetent")),
    Row(Act::Dispose, &[(A, Role::Custodian), (DISPOSER, Role::Countersigner)], always("NotCompetent")),
    Row(Act::Dispose, &[(A, Role::Custodian), (ENVIRONMENT, Role::Officer)], always("SignersWrong")),
    Row(Act::PlaceHold, HEALTH_OFFICER, [OK, OK, OK, OK, OK, OK, NO, NO]),
    Row(Act::PlaceHold, CUSTOMS_OFFICER, [OK, OK, OK, OK, OK, OK, NO, NO]),
    Row(Act::PlaceHold, A_OFFICER, always("NotCompetent")),
    Row(Act::PlaceHold, A_CUSTODIAN, always("SignersWrong")),
    Row(Act::PlaceHold, &[(HEALTH, Role::Officer), (CUSTOMS, Role::Officer)], always("SignersWrong")),
    Row(Act::LiftHold, HEALTH_OFFICER, ["HoldUnknown", "HoldUnknown", "HoldUnknown", "HoldUnknown", "HoldUnknown", "HoldUnknown", NO, NO]),
    Row(Act::LiftHold, A_OFFICER, always("NotCompetent")),
    Row(Act::LiftHold, A_CUSTODIAN, always("SignersWrong")),
];

/// The same under a hold that Health has placed: nothing but destruction and lifting (R28).
#[rustfmt::skip]
const HELD: &[Row] = &[
    Row(Act::Declare, A_DECLARANT, ["Held", NO, NO, NO, NO, NO, NO, NO]),
    Row(Act::Inspect, CUSTOMS_OFFICER, [NO, "Held", "Held", NO, NO, NO, NO, NO]),
    Row(Act::Release, CUSTOMS_OFFICER, [NO, NO, NO, "Held", NO, NO, NO, NO]),
    Row(Act::Offer, A_CUSTODIAN, [NO, NO, NO, NO, NO, "Held", NO, NO]),
    Row(Act::Handover, A_TO_B, [NO, NO, NO, NO, NO, "Held", NO, NO]),
    Row(Act::Use, A_CUSTODIAN, [NO, NO, NO, NO, NO, "Held", "CustodyMoved", "CustodyMoved"]),
    Row(Act::Dispose, A_AND_ENVIRONMENT, [NO, OK, OK, OK, OK, OK, "CustodyMoved", "CustodyMoved"]),
    Row(Act::PlaceHold, CUSTOMS_OFFICER, [OK, OK, OK, OK, OK, OK, NO, NO]),
    Row(Act::LiftHold, HEALTH_OFFICER, [OK, OK, OK, OK, OK, OK, NO, NO]),
    Row(Act::LiftHold, CUSTOMS_OFFICER, ["HoldNotYours", "HoldNotYours", "HoldNotYours", "HoldNotYours", "HoldNotYours", "HoldNotYours", NO, NO]),
];

/// A released item that is offered by firm A to firm B.
#[rustfmt::skip]
const OFFERED: &[(Act, Signers, &str)] = &[
    (Act::Accept, B_RECEIVER, OK),
    (Act::Accept, &[(CARRIER, Role::Receiver)], "NotReceiver"),
    (Act::Refuse, B_RECEIVER, OK),
    (Act::Refuse, &[(CARRIER, Role::Receiver)], "NotReceiver"),
    (Act::Withdraw, A_CUSTODIAN, OK),
    (Act::Withdraw, B_CUSTODIAN, "NotCustodian"),
    (Act::Offer, A_CUSTODIAN, "OfferPending"),
    (Act::Handover, A_TO_B, OK),
    (Act::Handover, &[(A, Role::Custodian), (CARRIER, Role::Receiver)], OK),
    (Act::Use, A_CUSTODIAN, OK),
    (Act::Dispose, A_AND_ENVIRONMENT, OK),
    (Act::PlaceHold, HEALTH_OFFICER, OK),
];

fn list(act: Act, list: EntryList) -> Operation {
    match act {
        Act::Declare => Operation::Declare { list, private: None },
        Act::Inspect => Operation::Inspect { list, result: InspectionResult::Passed, private: None },
        Act::Release => Operation::Release { list },
        _ => panic!("{act:?} has no list"),
    }
}

fn single(w: &World, act: Act, item: ItemId, signers: Signers) -> Operation {
    let record = w.item(item);
    // Where custody has moved on, the point of before: what a late signer would name.
    let at = match record.state {
        Lifecycle::Consumed | Lifecycle::Disposed if matches!(act, Act::Use | Act::Dispose) => {
            ledger::CustodyPoint::start(&item)
        }
        _ => w.point(item),
    };
    let of = |role| signers.iter().find(|(_, r)| *r == role).map(|(p, _)| p.org);
    let mut terms =
        w.terms(item, at, of(Role::Custodian).unwrap_or(Org::FirmA), of(Role::Receiver).unwrap_or(Org::FirmB));
    if terms.giver == terms.receiver {
        terms.receiver = Org::Carrier.id();
    }
    if signers == B_CUSTODIAN {
        terms.receiver = Org::Carrier.id();
    }
    let answered = record.offer.as_ref().map_or(terms.hash(), |o| o.terms);
    let (quantity, private) = (pieces(1), None);
    match act {
        Act::Offer => Operation::Offer { terms },
        Act::Handover => Operation::Handover { terms },
        Act::Accept => Operation::Accept { item, terms: answered, at },
        Act::Refuse => Operation::Refuse { item, terms: answered, reason: text("no") },
        Act::Withdraw => Operation::Withdraw { item, terms: answered },
        Act::Use => Operation::Use { item, at, quantity, private },
        Act::Dispose => Operation::Dispose { item, at, quantity, private },
        Act::PlaceHold => Operation::PlaceHold { item, reason: text("recall") },
        Act::LiftHold => Operation::LiftHold { item, placed: record.holds.first().map_or(1, |h| h.placed) },
        _ => panic!("{act:?} is not about one item"),
    }
}

fn attempt(w: &World, act: Act, item: ItemId, signers: Signers) -> Arc<VerifiedTx> {
    match act {
        Act::Declare | Act::Inspect | Act::Release => w.list_tx(many(&[item]), |l| list(act, l), signers),
        _ => w.tx(single(w, act, item, signers), signers),
    }
}

#[track_caller]
fn check(w: &World, tx: Arc<VerifiedTx>, expect: &str, cell: &str) {
    let found = match &w.execute(&[tx]).expect("admissible").receipts[0].outcome {
        Outcome::Accepted { .. } => OK,
        Outcome::Rejected { rejection, decision: _ } => rejection.name(),
    };
    assert_eq!(found, expect, "{cell}");
}

#[test]
fn roles_acts_and_states() {
    for (place, state) in Lifecycle::ALL.into_iter().enumerate() {
        let mut world = World::default();
        let item = world.lot_in(state);
        for Row(act, signers, expect) in PLAIN {
            let cell = format!("{act:?} by {signers:?} when {state:?}");
            check(&world, attempt(&world, *act, item, signers), expect[place], &cell);
        }
    }
}

#[test]
fn every_act_on_items_has_rows() {
    for act in ITEM_ACTS {
        assert!(PLAIN.iter().any(|Row(a, _, _)| *a == act), "{act:?}");
    }
}

/// A held item of firm A in a state; destruction is the one end that a hold allows.
fn held_in(world: &mut World, state: Lifecycle) -> Option<ItemId> {
    let before = match state {
        Lifecycle::Consumed => return None,
        Lifecycle::Disposed => Lifecycle::Released,
        other => other,
    };
    let item = world.lot_in(before);
    world.accepted(world.hold_tx(item, HEALTH));
    if state == Lifecycle::Disposed {
        world.accepted(world.dispose_tx(item, pieces(100), A, ENVIRONMENT));
    }
    Some(item)
}

#[test]
fn under_a_hold_nothing_but_destruction_and_lifting() {
    for (place, state) in Lifecycle::ALL.into_iter().enumerate() {
        let mut world = World::default();
        let Some(item) = held_in(&mut world, state) else { continue };
        for Row(act, signers, expect) in HELD {
            let cell = format!("{act:?} by {signers:?} when held and {state:?}");
            check(&world, attempt(&world, *act, item, signers), expect[place], &cell);
        }
    }
}

#[test]
fn while_an_offer_waits() {
    let mut world = World::default();
    let item = world.released();
    let terms = world.terms(item, world.point(item), Org::FirmA, Org::FirmB);
    world.accepted(world.offer(&terms, A));
    for (act, signers, expect) in OFFERED {
        let cell = format!("{act:?} by {signers:?} when offered");
        check(&world, attempt(&world, *act, item, signers), expect, &cell);
    }
    world.accepted(world.hold_tx(item, HEALTH));
    check(&world, attempt(&world, Act::Accept, item, B_RECEIVER), "Held", "accept when held");
    check(&world, attempt(&world, Act::Refuse, item, B_RECEIVER), OK, "refuse when held");
    check(&world, attempt(&world, Act::Withdraw, item, A_CUSTODIAN), OK, "withdraw when held");
}

// --------------------------------------------------------------------------------------- organisations, keys, nodes

const NEW: u8 = 60;
const FIRM_PEER: Person = Person { org: Org::FirmA, number: 61 };

/// What is asked about firm A, and about Health.
#[derive(Clone, Copy, Debug)]
enum Ask {
    RegisterOrg,
    RegisterClass,
    AssertHs,
    RegisterKey(Org),
    RotateKey,
    EndKey(Person),
    RegisterNode(Org),
    EndNode,
}

#[rustfmt::skip]
const REGISTRY: &[(Ask, Signers, &str)] = &[
    (Ask::AssertHs, CUSTOMS_OFFICER, OK),
    (Ask::AssertHs, HEALTH_OFFICER, "NotCompetent"),
    (Ask::AssertHs, A_OFFICER, "NotCompetent"),
    (Ask::AssertHs, &[(CUSTOMS, Role::Countersigner)], "SignersWrong"),
    (Ask::AssertHs, &[(A, Role::Declarant)], "SignersWrong"),
    (Ask::RegisterOrg, CUSTOMS_OFFICER, OK),
    (Ask::RegisterOrg, HEALTH_OFFICER, "NotCompetent"),
    (Ask::RegisterOrg, A_OFFICER, "NotCompetent"),
    (Ask::RegisterOrg, &[(CUSTOMS, Role::Administrator)], "SignersWrong"),
    (Ask::RegisterOrg, &[(CUSTOMS, Role::Officer), (SCIENCE, Role::Officer)], "NotCompetent"),
    (Ask::RegisterOrg, &[(CUSTOMS, Role::Officer), (A, Role::Administrator)], "SignersWrong"),
    (Ask::RegisterClass, &[(SCIENCE, Role::Officer)], OK),
    (Ask::RegisterClass, CUSTOMS_OFFICER, "NotCompetent"),
    (Ask::RegisterClass, A_DECLARANT, "SignersWrong"),
    (Ask::RegisterKey(Org::FirmA), &[(A, Role::Administrator)], OK),
    (Ask::RegisterKey(Org::FirmA), CUSTOMS_OFFICER, OK),
    (Ask::RegisterKey(Org::FirmA), HEALTH_OFFICER, "NotCompetent"),
    (Ask::RegisterKey(Org::FirmA), &[(B, Role::Administrator)], "NotCompetent"),
    (Ask::RegisterKey(Org::FirmA), A_CUSTODIAN, "SignersWrong"),
    (Ask::RegisterKey(Org::FirmA), &[(CLERK, Role::Administrator)], "RoleNotHeld"),
    (Ask::RegisterKey(Org::FirmA), &[(A, Role::Administrator), (CUSTOMS, Role::Officer)], "SignersWrong"),
    (Ask::RegisterKey(Org::Health), &[(HEALTH, Role::Administrator)], OK),
    (Ask::RegisterKey(Org::Health), CUSTOMS_OFFICER, "SignersWrong"),
    (Ask::RegisterKey(Org::Health), &[(CUSTOMS, Role::Administrator)], "NotCompetent"),
    (Ask::RotateKey, &[(A, Role::Administrator)], OK),
    (Ask::RotateKey, A_CUSTODIAN, OK),
    (Ask::RotateKey, &[(CLERK, Role::Declarant)], "SignersWrong"),
    (Ask::RotateKey, CUSTOMS_OFFICER, "SignersWrong"),
    (Ask::EndKey(CLERK), &[(CLERK, Role::Declarant)], OK),
    (Ask::EndKey(CLERK), &[(A, Role::Administrator)], OK),
    (Ask::EndKey(CLERK), CUSTOMS_OFFICER, OK),
    (Ask::EndKey(CLERK), HEALTH_OFFICER, "NotCompetent"),
    (Ask::EndKey(CLERK), &[(B, Role::Administrator)], "NotCompetent"),
    (Ask::EndKey(CLERK), A_CUSTODIAN, "SignersWrong"),
    (Ask::EndKey(HEALTH), &[(HEALTH, Role::Administrator)], OK),
    (Ask::EndKey(HEALTH), CUSTOMS_OFFICER, "SignersWrong"),
    (Ask::RegisterNode(Org::FirmA), &[(A, Role::Administrator)], OK),
    (Ask::RegisterNode(Org::FirmA), CUSTOMS_OFFICER, OK),
    (Ask::RegisterNode(Org::FirmA), &[(B, Role::Administrator)], "NotCompetent"),
    (Ask::RegisterNode(Org::Health), CUSTOMS_OFFICER, "SignersWrong"),
    (Ask::EndNode, &[(A, Role::Administrator)], OK),
    (Ask::EndNode, CUSTOMS_OFFICER, OK),
    (Ask::EndNode, &[(B, Role::Administrator)], "NotCompetent"),
    (Ask::EndNode, A_CUSTODIAN, "SignersWrong"),
];

fn asked(w: &World, ask: Ask) -> Operation {
    let reason = KeyEndReason::Retired;
    match ask {
        Ask::RegisterOrg => Operation::RegisterOrg { profile: Org::Stranger.profile() },
        Ask::RegisterClass => Operation::RegisterClass { profile: class_profile("09521200000016") },
        Ask::AssertHs => Operation::AssertHs { class: class_id(), hs: "HS2028-HK-30021500".parse().unwrap() },
        Ask::RegisterKey(org) => {
            let person = Person { org, number: NEW };
            let claim = person.claim(&w.network, org, person.pseudonym(), all_roles());
            Operation::RegisterKey { org: org.id(), claim }
        }
        Ask::RotateKey => {
            let next = Person { org: Org::FirmA, number: NEW };
            let claim = next.claim(&w.network, Org::FirmA, A.pseudonym(), all_roles());
            Operation::RotateKey { old: A.key_id(), claim }
        }
        Ask::EndKey(person) => Operation::EndKey { key: person.key_id(), reason },
        Ask::RegisterNode(org) => Person { org, number: NEW }.as_node(&w.network, org),
        Ask::EndNode => Operation::EndNode { peer: FIRM_PEER.key(), reason },
    }
}

#[test]
fn roles_and_acts_of_the_registry() {
    let mut world = World::default();
    world.accepted(world.tx(FIRM_PEER.as_node(&world.network, Org::FirmA), &[(A, Role::Administrator)]));
    for (ask, signers, expect) in REGISTRY {
        let tx = world.tx(asked(&world, *ask), signers);
        check(&world, tx, expect, &format!("{ask:?} by {signers:?}"));
    }
}

#[test]
fn terms_that_do_not_fit_the_act() {
    let mut world = World::default();
    let item = world.released();
    let at = world.point(item);
    // Signed by firm A, in the name of firm B.
    let foreign = world.terms(item, at, Org::FirmB, Org::Carrier);
    assert_eq!(world.refused(world.offer(&foreign, A)), Rejection::TermsInvalid);
    // Terms for B, signed by the carrier.
    let terms = world.terms(item, at, Org::FirmA, Org::FirmB);
    let tx = world.tx(Operation::Handover { terms }, &[(A, Role::Custodian), (CARRIER, Role::Receiver)]);
    assert_eq!(world.refused(tx), Rejection::SignersWrong { act: Act::Handover });
    // Terms that have expired, or outlive the longest life of an act bound to a custody sequence.
    let mut terms = world.terms(item, at, Org::FirmA, Org::FirmB);
    let next = world.next().time;
    terms.expires = next;
    let expires = next;
    assert_eq!(world.refused(world.offer(&terms, A)), Rejection::OfferExpired { item, expires });
    terms.expires = world.next().time.plus_ms(ledger::bounds::MAX_CUSTODY_EXPIRY_MS + 1);
    assert_eq!(world.refused(world.offer(&terms, A)), Rejection::TermsInvalid);
    terms.expires = world.next().time.plus_ms(ledger::bounds::MAX_CUSTODY_EXPIRY_MS);
    world.accepted(world.offer(&terms, A));
}

/// An offer to nobody would wait for an answer that cannot come, and open a feed that nobody owns.
#[test]
fn an_offer_needs_a_receiver_that_is_registered() {
    let mut world = World::default();
    let item = world.released();
    let terms = world.terms(item, world.point(item), Org::FirmA, Org::Stranger);
    let org = Org::Stranger.id();
    assert_eq!(world.refused(world.offer(&terms, A)), Rejection::OrgUnknown { org });
    assert_eq!(world.feed(Org::Stranger).count, 0);
    world.accepted(world.tx(Operation::RegisterOrg { profile: Org::Stranger.profile() }, CUSTOMS_OFFICER));
    let terms = world.terms(item, world.point(item), Org::FirmA, Org::Stranger);
    world.accepted(world.offer(&terms, A));
}

/// A key belongs to one use: a validator's consensus key cannot become a transport identity.
#[test]
fn a_consensus_key_is_no_transport_identity() {
    let mut world = World::default();
    let consensus = Person { org: Org::Health, number: CONSENSUS };
    let tx = world.tx(consensus.as_node(&world.network, Org::FirmA), &[(A, Role::Administrator)]);
    assert_eq!(world.refused(tx), Rejection::NodeTaken);
}
