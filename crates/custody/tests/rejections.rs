//! Every refusal, reached by an act: one row each, with the exact fields.

mod goods;
mod law;
mod passage;
mod votes;

use crate::world::*;
use ledger::{
    CustodyPoint, Hash, ItemId, KeyId, Lifecycle, Operation, Outcome, PersonId, Rejection, Role, StateKey, VerifiedTx,
    operation::{Act, InspectionResult},
    record::{AgencyFunction, KeyEndReason, OrgKind, OrgProfile, Roles},
};
use std::{collections::BTreeSet, sync::Arc};

/// What was asked, and the refusal that is meant for it.
type Case = (Arc<VerifiedTx>, Rejection);
type Row = (&'static str, fn(&mut World) -> Case);

fn new_person(org: Org) -> Person {
    Person { org, number: 50 }
}
fn register_key(w: &World, org: Org, person: Person, signer: (Person, Role)) -> Arc<VerifiedTx> {
    let claim = person.claim(&w.network, org, person.pseudonym(), all_roles());
    w.tx(Operation::RegisterKey { org: org.id(), claim }, &[signer])
}
fn end_key(w: &World, key: KeyId, reason: KeyEndReason, signer: (Person, Role)) -> Arc<VerifiedTx> {
    w.tx(Operation::EndKey { key, reason }, &[signer])
}
fn unknown_item() -> ItemId {
    ItemId(Hash([9; 32]))
}

const KEYS_AND_ORGS: &[Row] = &[
    ("KeyCompromised", |w| {
        w.accepted(end_key(w, A.key_id(), KeyEndReason::Compromised, (A, Role::Administrator)));
        let tx = w.register_tx(A, vec![(lot("L1"), pieces(1))]);
        (tx, Rejection::KeyCompromised { key: A.key_id() })
    }),
    ("KeyRetired", |w| {
        let first = w.released();
        w.accepted(end_key(w, A.key_id(), KeyEndReason::Retired, (A, Role::Administrator)));
        // The longest life of all begins after the end of the key: it cannot have been signed before.
        w.wait(STEP_MS);
        let terms = w.terms(first, w.point(first), Org::FirmA, Org::FirmB);
        let tx = w.tx_until(
            Operation::Offer { terms },
            &[(A, Role::Custodian)],
            w.now.plus_ms(ledger::bounds::MAX_CUSTODY_EXPIRY_MS),
        );
        (tx, Rejection::KeyRetired { key: A.key_id() })
    }),
    ("KeyForeign", |w| {
        let mut body = w.body(
            Operation::Register { list: list_of(&entries(vec![registration(lot("L1"), pieces(1))])) },
            &[(A, Role::Declarant)],
            w.soon(),
        );
        body.signers[0].org = Org::FirmB.id();
        let tx = w.sign(body, &[A], entries(vec![registration(lot("L1"), pieces(1))]));
        let (key, org) = (A.key_id(), Org::FirmB.id());
        (tx, Rejection::KeyForeign { key, org })
    }),
    ("RoleNotHeld", |w| {
        let item = w.released();
        let role = Role::Custodian;
        let terms = w.terms(item, w.point(item), Org::FirmA, Org::FirmB);
        let tx = w.tx(Operation::Offer { terms }, &[(CLERK, role)]);
        let key = CLERK.key_id();
        (tx, Rejection::RoleNotHeld { key, role })
    }),
    ("KeyTaken", |w| {
        let tx = register_key(w, Org::FirmB, A, (B, Role::Administrator));
        (tx, Rejection::KeyTaken { key: A.key_id() })
    }),
    ("KeyUnusable", |w| {
        let mut claim = new_person(Org::FirmA).claim(&w.network, Org::FirmA, A.pseudonym(), all_roles());
        claim.key = [0; 32];
        let org = Org::FirmA.id();
        let tx = w.tx(Operation::RegisterKey { org, claim }, &[(A, Role::Administrator)]);
        (tx, Rejection::KeyUnusable)
    }),
    ("PossessionInvalid", |w| {
        // Proved for another organisation.
        let p = new_person(Org::FirmA);
        let claim = p.claim(&w.network, Org::FirmB, p.pseudonym(), all_roles());
        let org = Org::FirmA.id();
        let tx = w.tx(Operation::RegisterKey { org, claim }, &[(A, Role::Administrator)]);
        (tx, Rejection::PossessionInvalid)
    }),
    ("KeyUnknown", |w| {
        let key = KeyId(Hash([3; 32]));
        let tx = end_key(w, key, KeyEndReason::Retired, (A, Role::Administrator));
        (tx, Rejection::KeyUnknown { key })
    }),
    ("RotationChanges", |w| {
        let next = new_person(Org::FirmA);
        let claim = next.claim(&w.network, Org::FirmA, A.pseudonym(), Roles::of(&[Role::Custodian]));
        let old = A.key_id();
        let tx = w.tx(Operation::RotateKey { old, claim }, &[(A, Role::Administrator)]);
        (tx, Rejection::RotationChanges)
    }),
    ("OrgUnknown", |w| {
        let tx = register_key(w, Org::Stranger, STRANGER, (CUSTOMS, Role::Officer));
        let org = Org::Stranger.id();
        (tx, Rejection::OrgUnknown { org })
    }),
    ("OrgTaken", |w| {
        let profile = Org::FirmA.profile();
        let tx = w.tx(Operation::RegisterOrg { profile }, &[(CUSTOMS, Role::Officer)]);
        let org = Org::FirmA.id();
        (tx, Rejection::OrgTaken { org })
    }),
    ("AgencyByRegistration", |w| {
        let profile = OrgProfile { kind: OrgKind::Agency(AgencyFunction::Transport), ..Org::Stranger.profile() };
        let tx = w.tx(Operation::RegisterOrg { profile }, &[(CUSTOMS, Role::Officer)]);
        (tx, Rejection::AgencyByRegistration)
    }),
    ("SignersWrong", |w| {
        let item = w.released();
        let terms = w.terms(item, w.point(item), Org::FirmA, Org::FirmB);
        let tx = w.tx(Operation::Handover { terms }, &[(A, Role::Custodian)]);
        (tx, Rejection::SignersWrong { act: Act::Handover })
    }),
    ("NotCompetent", |w| {
        let item = w.lot_in(Lifecycle::Declared);
        let (act, org) = (Act::Inspect, Org::Health.id());
        (w.inspect_tx(HEALTH, &[item], InspectionResult::Passed), Rejection::NotCompetent { act, org })
    }),
    ("NodeTaken", |w| {
        let peer = Person { org: Org::Customs, number: PEER };
        (w.tx(peer.as_node(&w.network, Org::FirmA), &[(A, Role::Administrator)]), Rejection::NodeTaken)
    }),
    ("NodeUnknown", |w| {
        let operation = Operation::EndNode { peer: [4; 32], reason: KeyEndReason::Retired };
        (w.tx(operation, &[(A, Role::Administrator)]), Rejection::NodeUnknown)
    }),
    ("NodeIsValidator", |w| {
        let peer = Person { org: Org::Customs, number: PEER };
        let operation = Operation::EndNode { peer: peer.key(), reason: KeyEndReason::Retired };
        (w.tx(operation, &[(CUSTOMS, Role::Administrator)]), Rejection::NodeIsValidator)
    }),
];

const ITEMS: &[Row] = &[
    ("ItemUnknown", |w| {
        let item = unknown_item();
        (w.declare_tx(A, &[item]), Rejection::ItemUnknown { item })
    }),
    ("ClassUnknown", |w| {
        let mut entry = registration(lot("L1"), pieces(1));
        if let ledger::operation::EntryBody::Registration(r) = &mut entry {
            r.class = ledger::ClassId(Hash([8; 32]));
        }
        let tx = w.list_tx(vec![entry], |list| Operation::Register { list }, &[(A, Role::Declarant)]);
        (tx, Rejection::ClassUnknown)
    }),
    ("ClassTaken", |w| {
        let profile = class_profile(GTIN);
        let tx = w.tx(Operation::RegisterClass { profile }, &[(SCIENCE, Role::Officer)]);
        (tx, Rejection::ClassTaken)
    }),
    ("HsInForce", |w| {
        // The first code of the jurisdiction is replaced, and may come back; the second is in force.
        let [first, second] = ["HS2022-CN-3002150000", "HS2022-CN-3002150010"];
        w.accepted(w.assert_hs_tx(second));
        w.accepted(w.assert_hs_tx(first));
        w.accepted(w.assert_hs_tx(second));
        (w.assert_hs_tx(second), Rejection::HsInForce)
    }),
    ("HsFull", |w| {
        for number in 1..ledger::bounds::MAX_HS_PER_CLASS {
            w.accepted(w.assert_hs_tx(&format!("HS2022-HK-300215{number:02}")));
        }
        (w.assert_hs_tx("HS2022-HK-30021599"), Rejection::HsFull)
    }),
    ("CodeNotOfClass", |w| {
        let code = "01/09521200000016/10/L1".parse().unwrap();
        (w.register_tx(A, vec![(code, pieces(1))]), Rejection::CodeNotOfClass)
    }),
    ("GradeUnknown", |w| {
        let mut profile = class_profile("09521200000016");
        profile.grade = text("A1");
        let tx = w.tx(Operation::RegisterClass { profile }, &[(SCIENCE, Role::Officer)]);
        (tx, Rejection::GradeUnknown { grade: text("A1") })
    }),
    ("EntryRepeated", |w| {
        let item = w.lot_in(Lifecycle::Registered);
        (w.declare_tx(A, &[item, item]), Rejection::EntryRepeated { index: 1 })
    }),
    ("NotCustodian", |w| {
        let item = w.released();
        let custodian = Org::FirmA.id();
        (w.use_tx(item, pieces(1), B), Rejection::NotCustodian { item, custodian })
    }),
    ("StateForbids", |w| {
        let item = w.lot_in(Lifecycle::Registered);
        let (act, state) = (Act::Use, Lifecycle::Registered);
        (w.use_tx(item, pieces(1), A), Rejection::StateForbids { item, act, state })
    }),
    ("ActNotInPack", |w| {
        let item = w.released();
        let mut pack = w.pack();
        pack.acts.retain(|row| row.act != Act::Use);
        w.put_in_force(&pack);
        (w.use_tx(item, pieces(1), A), Rejection::ActNotInPack { act: Act::Use })
    }),
    ("Held", |w| {
        let item = w.released();
        w.accepted(w.hold_tx(item, HEALTH));
        let by = Org::Health.id();
        (w.use_tx(item, pieces(1), A), Rejection::Held { item, by })
    }),
    ("CustodyMoved", |w| {
        let item = w.released();
        let asked = w.point(item);
        let late = w.handover(item, A, CARRIER);
        let won = w.accepted(w.handover(item, A, B));
        let found = asked.after(&won);
        (late, Rejection::CustodyMoved { item, asked, found })
    }),
    ("OfferPending", |w| {
        let item = w.released();
        let terms = w.terms(item, w.point(item), Org::FirmA, Org::FirmB);
        w.accepted(w.offer(&terms, A));
        let other = w.terms(item, w.point(item), Org::FirmA, Org::Carrier);
        let (receiver, expires) = (Org::FirmB.id(), terms.expires);
        (w.offer(&other, A), Rejection::OfferPending { item, receiver, expires })
    }),
    ("OfferUnknown", |w| {
        let item = w.released();
        let terms = w.terms(item, w.point(item), Org::FirmA, Org::FirmB);
        (w.accept(&terms, B), Rejection::OfferUnknown { item })
    }),
    ("OfferExpired", |w| {
        let item = w.released();
        let terms = w.terms(item, w.point(item), Org::FirmA, Org::FirmB);
        w.accepted(w.offer(&terms, A));
        w.wait(HOUR_MS);
        let expires = terms.expires;
        (w.accept(&terms, B), Rejection::OfferExpired { item, expires })
    }),
    ("TermsExpired", |w| {
        let item = w.released();
        let mut terms = w.terms(item, w.point(item), Org::FirmA, Org::FirmB);
        terms.expires = w.next().time;
        let expires = terms.expires;
        (w.offer(&terms, A), Rejection::TermsExpired { item, expires })
    }),
    ("TermsInvalid", |w| {
        let item = w.released();
        let mut terms = w.terms(item, w.point(item), Org::FirmA, Org::FirmB);
        terms.network = ledger::NetworkId(Hash([1; 32]));
        (w.offer(&terms, A), Rejection::TermsInvalid)
    }),
    ("ReceiverIsGiver", |w| {
        let item = w.released();
        let terms = w.terms(item, w.point(item), Org::FirmA, Org::FirmA);
        (w.offer(&terms, A), Rejection::ReceiverIsGiver)
    }),
    ("HistoryFull", |w| {
        let item = w.released();
        let count = ledger::bounds::MAX_IDLE_EVENTS;
        w.alter(item, |record| record.count = count);
        let terms = w.terms(item, w.point(item), Org::FirmA, Org::FirmB);
        (w.offer(&terms, A), Rejection::HistoryFull { item, count })
    }),
    ("NotReceiver", |w| {
        let item = w.released();
        let terms = w.terms(item, w.point(item), Org::FirmA, Org::FirmB);
        w.accepted(w.offer(&terms, A));
        let receiver = Org::FirmB.id();
        (w.accept(&terms, CARRIER), Rejection::NotReceiver { item, receiver })
    }),
    ("QuantityExceeded", |w| {
        let item = w.released();
        let (on_hand, asked) = (100, 101);
        (w.use_tx(item, pieces(asked), A), Rejection::QuantityExceeded { item, on_hand, asked })
    }),
    ("QuantityZero", |w| {
        let item = w.released();
        (w.use_tx(item, pieces(0), A), Rejection::QuantityZero)
    }),
    ("UnitMismatch", |w| {
        let item = w.released();
        let quantity = "1 MLT".parse().unwrap();
        (w.use_tx(item, quantity, A), Rejection::UnitMismatch { item })
    }),
    ("SerialNotOnePiece", |w| (w.register_tx(A, vec![(serial("S1"), pieces(2))]), Rejection::SerialNotOnePiece)),
    ("HoldUnknown", |w| {
        let item = w.released();
        (w.lift_tx(item, 3, HEALTH), Rejection::HoldUnknown { item, placed: 3 })
    }),
    ("HoldNotYours", |w| {
        let item = w.released();
        w.accepted(w.hold_tx(item, HEALTH));
        let placed = w.item(item).count;
        let by = Org::Health.id();
        (w.lift_tx(item, placed, CUSTOMS), Rejection::HoldNotYours { item, by })
    }),
    ("HoldsFull", |w| {
        let item = w.released();
        for _ in 0..ledger::bounds::MAX_HOLDS {
            w.accepted(w.hold_tx(item, HEALTH));
        }
        (w.hold_tx(item, CUSTOMS), Rejection::HoldsFull { item })
    }),
];

/// Rows, and the world that they begin in: custody alone, or the draft with firm A qualified and rated.
const GROUPS: [(fn() -> World, &[Row]); 6] = [
    (World::default, KEYS_AND_ORGS),
    (World::default, ITEMS),
    (World::default, goods::ROWS),
    (World::default, passage::ROWS),
    (World::rated, law::ROWS),
    (World::rated, votes::ROWS),
];

fn rows() -> impl Iterator<Item = (fn() -> World, &'static Row)> {
    GROUPS.into_iter().flat_map(|(begin, rows)| rows.iter().map(move |row| (begin, row)))
}

/// Refusals that the agencies are told of (R15, R18, R24).
const ALERTING: [&str; 4] = ["OrgBanned", "KeyBanned", "PurposeForbidden", "ReportDiffers"];

/// Rule and article that each row's refusal cites: its own, or those of the act, the registry or the grant.
const LAW: &[(&str, &str)] = &[
    ("KeyCompromised", "R9 art. 22"),
    ("KeyRetired", "art. 34"),
    ("KeyForeign", "R9 art. 22"),
    ("RoleNotHeld", "art. 34"),
    ("KeyTaken", "art. 34"),
    ("KeyUnusable", "art. 34"),
    ("PossessionInvalid", "art. 34"),
    ("KeyUnknown", "art. 34"),
    ("RotationChanges", "art. 34"),
    ("OrgUnknown", "R2 art. 8"),
    ("OrgTaken", "R2 art. 8"),
    ("AgencyByRegistration", "R2 art. 8"),
    ("SignersWrong", "art. 34"),
    ("NotCompetent", "R11 art. 24"),
    ("NodeTaken", "art. 39"),
    ("NodeUnknown", "art. 39"),
    ("NodeIsValidator", "art. 39"),
    ("ItemUnknown", "R9 art. 22"),
    ("ClassUnknown", "R4 art. 14"),
    ("ClassTaken", "R4 art. 14"),
    ("CodeNotOfClass", "R9 art. 22"),
    ("GradeUnknown", "R4 art. 14"),
    ("EntryRepeated", "R9 art. 22"),
    ("NotCustodian", "art. 35"),
    ("StateForbids", "R9 art. 22"),
    ("Held", "R28 P4 3.1.3"),
    ("CustodyMoved", "art. 34"),
    ("OfferPending", "art. 34"),
    ("OfferUnknown", "art. 34"),
    ("OfferExpired", "art. 34"),
    ("TermsInvalid", "art. 34"),
    ("ReceiverIsGiver", "art. 34"),
    ("NotReceiver", "art. 34"),
    ("QuantityExceeded", "art. 35"),
    ("QuantityZero", "art. 35"),
    ("UnitMismatch", "art. 35"),
    ("SerialNotOnePiece", "R9 art. 22"),
    ("HoldUnknown", "R28 P4 3.1.3"),
    ("HoldNotYours", "R28 P4 3.1.3"),
    ("HoldsFull", "R28 P4 3.1.3"),
    ("ActNotInPack", "R33 P0"),
    ("HsInForce", "P4 5.1.2"),
    ("HsFull", "P4 5.1.2"),
    ("BalanceDiffers", "R21 P0"),
    ("ParentsDiffer", "art. 35"),
    ("CorrectionExceeds", "R17 art. 36"),
    ("Packed", "art. 35"),
    ("NotPacked", "art. 34"),
    ("UnitFull", "art. 34"),
    ("UnitTooDeep", "art. 34"),
    ("UnitNotEmpty", "art. 35"),
    ("UnitBlocked", "R28 P4 3.1.3"),
    ("NotUnit", "art. 35"),
    ("ReceiverUnfit", "R28 P4 3.1.3"),
    ("KeyBanned", "R18 art. 37"),
    ("KeyWaiting", "R33 P0"),
    ("NotTestNetwork", "test networks"),
    ("PremisesMissing", "R4 art. 14"),
    ("OrgBanned", "R18 art. 37"),
    ("NotListed", "R19 art. 38"),
    ("LaboratoryRefused", "R29 P4 4.4"),
    ("PilotStopped", "R26 P1 app. 2-3"),
    ("OrgLeft", "R33 P0"),
    ("ProposalUnknown", "R33 P0"),
    ("ProposalClosed", "R33 P0"),
    ("AlreadyApproved", "R33 P0"),
    ("HeightTooEarly", "R33 P0"),
    ("PackInvalid", "R33 P0"),
    ("SeatsInvalid", "R33 P0"),
    ("SeatsPending", "R33 P0"),
    ("AgencyMissing", "R33 P0"),
    ("QuorumMissing", "R33 P0"),
    ("MotionMixed", "R33 P0"),
    ("GrantUnknown", "R7 art. 20"),
    ("GrantNotYours", "R9 art. 22"),
    ("GrantStateForbids", "R7 art. 20"),
    ("GrantDiffers", "R9 art. 22"),
    ("GrantExpired", "R21 P0"),
    ("QuotaExceeded", "R21 P0"),
    ("PermitMissing", "R9 art. 22"),
    ("LaneClosed", "R8 art. 20"),
    ("ClearanceMissing", "R25 P1 app. 2-5"),
    ("OutOfScope", "R1 art. 3"),
    ("TransitBanned", "R9 art. 22"),
    ("VideoMissing", "R11 art. 24"),
    ("TestMissing", "R12 art. 25"),
    ("AccessMissing", "R33 P0"),
    ("PlanTooLate", "R32 P0"),
    ("DatesReversed", "R3 art. 11"),
    ("PausesExceeded", "R7 art. 20"),
    ("EntryUnknown", "R33 P0"),
    ("EntryInvalid", "R3 art. 11"),
    ("EntryPeriod", "R5 art. 18"),
    ("ConditionUnmet", "R14 art. 31"),
    ("RatingYearOpen", "R3 art. 11"),
    ("Reapplication", "R24 P1 app. 2-4"),
    ("PersonBanned", "R18 art. 37"),
    ("PurposeForbidden", "R24 P1 app. 2-4"),
    ("FilingMissing", "R14 art. 31"),
    ("DutyUnknown", "R15 art. 32"),
    ("DutyDone", "R15 art. 32"),
    ("ReportDiffers", "R15 art. 32"),
    ("NotDebtor", "R15 art. 32"),
    ("FunctionUncovered", "R33 P0"),
    ("ProposalTooLong", "R33 P0"),
    ("TermsExpired", "art. 34"),
    ("EventUnknown", "R17 art. 36"),
    ("HistoryFull", "art. 34"),
    ("QuarterOpen", "R15 art. 32"),
    ("QuarterBefore", "R15 art. 32"),
    ("NumberTaken", "R7 art. 20"),
    ("ReadingsAhead", "R17 art. 36"),
    ("AlertUnknown", "R28 P4 3.1.3"),
    ("SealKeyTaken", "art. 39"),
    ("ShareSelf", "art. 34"),
    ("NetworkUnknown", "art. 34"),
    ("LandingNotCustodian", "art. 34"),
    ("ShareFull", "art. 34"),
    ("ShareUnknown", "art. 34"),
    ("ShareTooLong", "art. 34"),
    ("Departed", "art. 35"),
    ("DepartState", "art. 34"),
    ("PassageInvalid", "art. 34"),
    ("LandedBefore", "art. 34"),
];

#[test]
fn each_refusal_is_the_one_meant_and_changes_nothing_but_receipt_and_feeds() {
    for (begin, (name, make)) in rows() {
        let mut world = begin();
        let (tx, expected) = make(&mut world);
        let before = world.clone();
        let receipts = world.block(std::slice::from_ref(&tx));
        let Outcome::Rejected { rejection, decision } = &receipts[0].outcome else { panic!("{name}") };
        assert_eq!(*rejection, expected, "{name}");
        let law = format!("{} {}", decision.rule, decision.article);
        assert_eq!(LAW.iter().find(|(of, _)| of == name), Some(&(*name, law.trim())));
        assert_eq!(expected.name(), *name);

        let execution = before.execute(&[tx]).unwrap();
        assert!(execution.events.is_empty(), "{name}");
        // What becomes due at the beginning of a block is due without the act as well.
        let idle = before.execute(&[]).unwrap();
        for (key, change) in execution.writes.changes() {
            let harmless = match key {
                StateKey::Seen { .. } | StateKey::Feed(_) | StateKey::History => true,
                StateKey::Alert(_) => ALERTING.contains(name),
                other => idle.writes.change(other) == Some(change),
            };
            assert!(harmless, "{name} writes {key:?}");
        }
    }
}

#[test]
fn every_refusal_has_a_row() {
    let reached: BTreeSet<&str> = rows().map(|(_, (name, _))| *name).collect();
    let all: BTreeSet<&str> = Rejection::ALL.iter().map(|(_, name)| *name).collect();
    assert_eq!(reached, all);
}

#[test]
fn a_refusal_is_named_and_explained_by_its_fields() {
    for (begin, (name, make)) in rows() {
        let (_, rejection) = make(&mut begin());
        let code = Rejection::ALL.iter().find(|(_, n)| n == name).unwrap().0;
        assert_eq!(rejection.code(), code);
        for (field, value) in rejection.params() {
            assert!(!field.is_empty() && !value.is_empty(), "{name}: {field}={value}");
        }
    }
}

#[test]
fn keys_are_registered_only_under_a_person_that_asks() {
    // The signature of possession names network, organisation, person and key: change any, and it no longer holds.
    let mut world = World::default();
    let p = new_person(Org::FirmA);
    let mut claim = p.claim(&world.network, Org::FirmA, p.pseudonym(), all_roles());
    claim.person = PersonId(Hash([1; 32]));
    let org = Org::FirmA.id();
    let tx = world.tx(Operation::RegisterKey { org, claim: claim.clone() }, &[(A, Role::Administrator)]);
    assert_eq!(world.refused(tx), Rejection::PossessionInvalid);
    claim.person = p.pseudonym();
    let tx = world.tx(Operation::RegisterKey { org, claim }, &[(A, Role::Administrator)]);
    world.accepted(tx);
    assert_eq!(world.key(p).org, org);
}

#[test]
fn a_point_of_the_right_number_with_another_trail_is_refused() {
    let mut world = World::default();
    let item = world.released();
    let found = world.point(item);
    let asked = CustodyPoint { seq: found.seq, trail: Hash([5; 32]) };
    let tx = world.handover_at(item, asked, A, B);
    assert_eq!(world.refused(tx), Rejection::CustodyMoved { item, asked, found });
}

/// A use before release cites the rule of the stage that the item has not passed (S6: test pending is art. 25).
#[test]
fn a_state_that_forbids_cites_the_stage() {
    let stages = [
        (Lifecycle::Registered, "R9 art. 22"),
        (Lifecycle::Declared, "R11 art. 24"),
        (Lifecycle::TestPending, "R12 art. 25"),
        (Lifecycle::Inspected, "R11 art. 24"),
        (Lifecycle::Failed, "R11 art. 24"),
        (Lifecycle::Consumed, " art. 35"),
        (Lifecycle::Disposed, " art. 35"),
    ];
    for (state, law) in stages {
        let mut world = World::default();
        let item = world.lot_in(state);
        let receipts = world.block(&[world.use_tx(item, pieces(1), A)]);
        let Outcome::Rejected { rejection, decision } = &receipts[0].outcome else { panic!("{state:?}") };
        assert_eq!(rejection.name(), "StateForbids");
        assert_eq!(format!("{} {}", decision.rule, decision.article), law, "{state:?}");
    }
}
