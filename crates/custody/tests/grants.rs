//! Grants: the clock, the quota, what a permit rests on, and its end.

use crate::world::*;
use ledger::{
    GrantId, Hash, ItemId, Lifecycle, Operation, Outcome, Rejection, Role, Timestamp, VerifiedTx,
    calendar::Date,
    event::{Effect, Ground},
    operation::{
        Application, Direction, EndWhy, GrantKind, InspectionResult, Lane, Purpose, Registry, Subject, Value, Verdict,
        place,
    },
    policy::{Rule, WriteOff},
    record::{AlertKind, AlertSubject, GrantState},
    rejection::Flag,
};
use std::sync::Arc;

/// The first instant of a day in China.
fn day(w: &World, date: &str) -> Timestamp {
    w.pack().calendar.start_of_day(Date::parse(date).expect("a date").day_number())
}

fn pause(w: &World, grant: GrantId) -> Arc<VerifiedTx> {
    w.tx(Operation::Pause { grant, notice: Hash([1; 32]) }, &[(CUSTOMS, Role::Officer)])
}
fn resume(w: &World, grant: GrantId) -> Arc<VerifiedTx> {
    w.tx(Operation::Resume { grant }, &[(CUSTOMS, Role::Officer)])
}
fn cancel(w: &World, grant: GrantId, by: (Person, Role)) -> Arc<VerifiedTx> {
    w.tx(Operation::Cancel { grant, reason: text("no need") }, &[by])
}
fn decide_from(w: &World, grant: GrantId, from: Timestamp) -> Arc<VerifiedTx> {
    let verdict = Verdict::Grant { number: text("P-1"), lane: None, from };
    w.tx(Operation::Decide { grant, verdict }, &[(CUSTOMS, Role::Officer)])
}

// ------------------------------------------------------------------------------------------------------- numbers

/// A number names one grant of its kind, also when it has ended; kinds have numbers of their own.
#[test]
fn a_number_names_one_grant_of_its_kind() {
    let mut world = World::rated();
    let decide = |w: &World, grant, number: &str, by| {
        let verdict = Verdict::Grant { number: text(number), lane: None, from: w.now };
        w.tx(Operation::Decide { grant, verdict }, &[by])
    };
    let officer = (CUSTOMS, Role::Officer);
    let grants = [1, 2, 3].map(|n| world.applied(world.application(n)));
    let [first, second, third] = grants;
    world.accepted(decide(&world, first, "SZ-17", officer));
    let taken = Rejection::NumberTaken { number: text("SZ-17"), grant: first };
    assert_eq!(world.refused(decide(&world, second, "SZ-17", officer)), taken);
    assert_eq!(world.grant(second).state, GrantState::Applied);
    world.accepted(cancel(&world, first, officer));
    assert_eq!(world.refused(decide(&world, second, "SZ-17", officer)), taken);
    // Of two in one block the first has it.
    let both = [second, third].map(|grant| decide(&world, grant, "SZ-18", officer));
    world.block(&both);
    assert_eq!((world.grant(second).state, world.grant(third).state), (GrantState::Granted, GrantState::Applied));
    assert_eq!(world.grant(second).number, text("SZ-18"));
    let clearance = world.applied(Application { kind: GrantKind::Clearance, ..world.application(5) });
    world.accepted(decide(&world, clearance, "SZ-18", decider(GrantKind::Clearance)));
}

// ------------------------------------------------------------------------------------------------------- the clock

/// Three working days (R7), over weekends, holidays, and the weekend days that are worked instead (调休).
#[test]
fn an_application_is_due_in_working_days() {
    for (applied, due) in [
        // New Year's Day; the Sunday after it is worked.
        ("2026-01-01", "2026-01-07"),
        ("2026-03-02", "2026-03-06"),
        ("2026-03-05", "2026-03-11"),
        ("2026-03-07", "2026-03-12"),
        // The Saturday before the Spring Festival is worked, then nothing is until the 24th.
        ("2026-02-12", "2026-02-25"),
        ("2026-02-17", "2026-02-27"),
    ] {
        let mut world = World::settled();
        world.wait_until(day(&world, applied).plus_ms(10 * HOUR_MS).max(world.now));
        let grant = world.applied(world.application(10));
        let record = world.grant(grant);
        assert_eq!((record.state, record.due), (GrantState::Applied, Some(day(&world, due))), "{applied}");
    }
}

/// A pause keeps the working days that were left; whatever lies between pause and resumption costs none.
#[test]
fn a_pause_keeps_the_days_that_are_left() {
    for (applied, paused, left, resumed, due) in [
        // Over a weekend.
        ("2026-03-05", "2026-03-06", 2, "2026-03-08", "2026-03-11"),
        ("2026-03-05", "2026-03-06", 2, "2026-03-09", "2026-03-12"),
        // Over the Spring Festival.
        ("2026-02-12", "2026-02-13", 2, "2026-02-20", "2026-02-26"),
        // On the last day, and long after it.
        ("2026-03-05", "2026-03-10", 0, "2026-03-11", "2026-03-12"),
        ("2026-03-05", "2026-03-30", 0, "2026-04-03", "2026-04-04"),
        // At once.
        ("2026-03-02", "2026-03-02", 3, "2026-03-02", "2026-03-06"),
    ] {
        let mut world = World::settled();
        let at = |w: &World, date: &str, hour: u64| day(w, date).plus_ms(hour * HOUR_MS);
        world.wait_until(at(&world, applied, 9));
        let grant = world.applied(world.application(10));
        let first = world.grant(grant).due.expect("a due time");
        world.wait_until(at(&world, paused, 10));
        world.accepted(pause(&world, grant));
        let record = world.grant(grant);
        assert_eq!(
            (record.state, record.due, record.days_left),
            (GrantState::Paused, None, left),
            "{applied} {paused}"
        );
        // A clock that stands is not overdue.
        let late = first <= world.now;
        world.wait_until(at(&world, resumed, 11));
        let alert = world.alert(AlertKind::DecisionOverdue, AlertSubject::Grant(grant));
        assert_eq!(alert.is_some(), late, "{applied} {paused}");
        world.accepted(resume(&world, grant));
        let record = world.grant(grant);
        let expected = (GrantState::Applied, Some(day(&world, due)), 1);
        assert_eq!((record.state, record.due, record.pauses), expected, "{resumed}");
        world.accepted(world.decide_tx(grant, None));
        assert_eq!(world.grant(grant).state, GrantState::Granted);
    }
}

#[test]
fn what_is_paused_is_neither_decided_nor_paused_again() {
    let mut world = World::settled();
    let grant = world.applied(world.application(10));
    let forbids = |state| Rejection::GrantStateForbids { grant, state };
    assert_eq!(world.refused(resume(&world, grant)), forbids(GrantState::Applied));
    world.accepted(pause(&world, grant));
    assert_eq!(world.refused(pause(&world, grant)), forbids(GrantState::Paused));
    assert_eq!(world.refused(world.decide_tx(grant, None)), forbids(GrantState::Paused));
    assert_eq!(world.refused(world.refuse_grant_tx(grant)), forbids(GrantState::Paused));
    world.accepted(resume(&world, grant));
    world.accepted(pause(&world, grant));
    world.accepted(resume(&world, grant));
    assert_eq!(world.refused(pause(&world, grant)), Rejection::PausesExceeded { grant });
    world.accepted(world.refuse_grant_tx(grant));
    let record = world.grant(grant);
    assert_eq!((record.state, record.due, record.valid), (GrantState::Refused, None, None));
    assert_eq!(record.decision.expect("a decision").rule, Rule(7));
    for tx in [resume(&world, grant), pause(&world, grant), world.decide_tx(grant, None)] {
        assert_eq!(world.would_refuse(tx), forbids(GrantState::Refused));
    }
    assert_eq!(world.refused(cancel(&world, grant, (A, Role::Declarant))), forbids(GrantState::Refused));
}

/// A late decision is a decision; the ledger tells that it is late, and that it was made.
#[test]
fn an_overdue_decision_is_told_and_can_still_be_made() {
    let mut world = World::settled();
    let grant = world.applied(world.application(10));
    let due = world.grant(grant).due.expect("a due time");
    let subject = AlertSubject::Grant(grant);
    world.wait_until(Timestamp(due.0 - 1));
    assert_eq!(world.alert(AlertKind::DecisionOverdue, subject), None);
    world.wait(1);
    let alert = world.open_alert(AlertKind::DecisionOverdue, subject).expect("an alert");
    assert_eq!((alert.times, alert.raised.time, alert.orgs.as_slice()), (1, due, &[Org::FirmA.id()][..]));
    assert_eq!((alert.decision.rule, alert.decision.article.as_str()), (Rule(7), "art. 20"));
    let tx = world.accepted(world.decide_tx(grant, None));
    let closed = world.alert(AlertKind::DecisionOverdue, subject).expect("the alert").closed.expect("an end");
    assert_eq!((closed.1, closed.2), (Org::Customs.id(), tx));
    // What was decided in time is not told at all.
    let grant = world.applied(world.application(10));
    world.accepted(world.decide_tx(grant, None));
    world.wait(30 * DAY_MS);
    assert_eq!(world.alert(AlertKind::DecisionOverdue, AlertSubject::Grant(grant)), None);
}

#[test]
fn a_permit_is_valid_from_its_day_for_the_months_of_its_grade() {
    let mut world = World::settled();
    let grant = world.applied(world.application(10));
    let applied = world.grant(grant).applied.time;
    assert_eq!(world.refused(decide_from(&world, grant, Timestamp(applied.0 - 1))), Rejection::DatesReversed);
    let from = day(&world, "2026-02-28");
    world.accepted(decide_from(&world, grant, from));
    let record = world.grant(grant);
    let to = day(&world, "2027-02-28");
    assert_eq!((record.valid, record.mode), (Some((from, to)), WriteOff::Batches));
    assert_eq!((record.number.as_str(), record.lane), ("P-1", None));
    // Not before it begins, and no more when it has ended.
    let item = world.registered(lot("L1"), pieces(1));
    let assign = |w: &World| w.assign_tx(A, &[item], grant);
    let expired = Rejection::GrantExpired { grant, from, to };
    assert_eq!(world.refused(assign(&world)), expired);
    world.wait_until(Timestamp(from.0 - STEP_MS));
    world.clone().accepted(assign(&world));
    world.wait_until(Timestamp(to.0 - STEP_MS - 1));
    world.clone().accepted(assign(&world));
    world.wait(1);
    assert_eq!(world.would_refuse(assign(&world)), expired);
}

// ------------------------------------------------------------------------------------------------------- the quota

/// One permit, three batches, and not one piece more (S1).
#[test]
fn batches_are_written_off_until_nothing_is_left() {
    let mut world = World::settled();
    let grant = world.permit(1_000);
    let batches = [("B1", 400), ("B2", 400), ("B3", 200)].map(|(name, n)| world.inspected(grant, name, n));
    // A fourth batch that is on its way before the third is written off is refused when it is released.
    let fourth = world.inspected(grant, "B4", 1);
    let (kind, asked) = (GrantKind::Permit, 1);
    for (batch, drawn) in batches.into_iter().zip([400, 800, 1_000]) {
        world.accepted(world.release_tx(CUSTOMS, &[batch]));
        assert_eq!(world.grant(grant).drawn, pieces(drawn));
        let event = world.last_event(batch);
        assert_eq!(event.effect, Effect::Released { grant: Some(grant) });
        assert_eq!(event.decision.expect("a decision").grounds, [Ground::Grant(grant)]);
    }
    let exceeded = Rejection::QuotaExceeded { grant, kind, left: 0, asked };
    assert_eq!(world.refused(world.release_tx(CUSTOMS, &[fourth])), exceeded);
    let fifth = world.registered(lot("B5"), pieces(1));
    let receipts = world.block(&[world.assign_tx(A, &[fifth], grant)]);
    let Outcome::Rejected { rejection, decision } = &receipts[0].outcome else { panic!("assigned") };
    assert_eq!(*rejection, exceeded);
    assert_eq!((decision.rule, decision.article.as_str()), (Rule(21), "P0"));
    // It is used up, and granted all the same: other batches meet the quota, not a state.
    assert_eq!(world.grant(grant).state, GrantState::Granted);
}

#[test]
fn a_release_of_many_draws_for_all_or_for_none() {
    let mut world = World::settled();
    let grant = world.permit(100);
    let [first, second, third] = [("B1", 60), ("B2", 40), ("B3", 30)].map(|(name, n)| world.inspected(grant, name, n));
    let (kind, left, asked) = (GrantKind::Permit, 40, 60);
    let too_much = world.release_tx(CUSTOMS, &[third, second, first]);
    assert_eq!(world.refused(too_much), Rejection::QuotaExceeded { grant, kind, left: 30, asked });
    let too_much = world.release_tx(CUSTOMS, &[first, third, second]);
    let left = left - 30;
    assert_eq!(world.refused(too_much), Rejection::QuotaExceeded { grant, kind, left, asked: 40 });
    assert_eq!(world.grant(grant).drawn, pieces(0));
    assert_eq!(world.item(first).state, Lifecycle::Inspected);
    world.accepted(world.release_tx(CUSTOMS, &[first, second]));
    assert_eq!(world.grant(grant).drawn, pieces(100));
}

/// Written off at once: the first release takes all, whatever it holds (customs practice since 2025).
#[test]
fn a_permit_that_is_written_off_at_once_serves_one_release() {
    let mut world = World::settled();
    let mut pack = world.pack();
    pack.grades.iter_mut().for_each(|grade| grade.write_off = WriteOff::Once);
    world.put_in_force(&pack);
    let grant = world.permit(100);
    assert_eq!(world.grant(grant).mode, WriteOff::Once);
    let [first, second, third] = ["B1", "B2", "B3"].map(|name| world.inspected(grant, name, 10));
    // Both are of one release.
    world.accepted(world.release_tx(CUSTOMS, &[first, second]));
    let record = world.grant(grant);
    assert_eq!((record.state, record.drawn), (GrantState::Exhausted, pieces(20)));
    let receipts = world.block(&[world.release_tx(CUSTOMS, &[third])]);
    let Outcome::Rejected { rejection, decision } = &receipts[0].outcome else { panic!("released") };
    assert_eq!(*rejection, Rejection::GrantStateForbids { grant, state: GrantState::Exhausted });
    assert_eq!(decision.rule, Rule(21));
    // The mode was fixed when the permit was granted: another pack does not change it.
    let mut world = World::settled();
    let grant = world.permit(100);
    world.put_in_force(&pack);
    for name in ["B1", "B2"] {
        world.imported(grant, name, 10);
    }
    assert_eq!(world.grant(grant).state, GrantState::Granted);
}

#[test]
fn a_permit_is_for_what_it_says() {
    let mut world = World::settled();
    let research = Application { purpose: Purpose::Research, ..world.application(100) };
    let grant = world.granted(research);
    let of = |class, code, quantity: &str, purpose| registration_of(class, code, quantity.parse().unwrap(), purpose);
    let rows = [
        (of(class_of(DRUG), lot_of(DRUG, "D1"), "1 H87", Purpose::Unstated), "class"),
        (of(class_id(), lot("L1"), "1 H87", Purpose::Medical), "purpose"),
        (of(class_id(), lot("L2"), "1 MLT", Purpose::Research), "unit"),
    ];
    for (body, what) in rows {
        let tx = world.accepted(world.register_all_tx(A, vec![body]));
        let item = ItemId::of(&world.network, &tx, 0);
        let expected = Rejection::GrantDiffers { grant, what: text(what) };
        assert_eq!(world.refused(world.assign_tx(A, &[item], grant)), expected);
    }
    let item = world.registered(lot("L3"), pieces(1));
    world.clone().accepted(world.assign_tx(A, &[item], grant));
    // Goods are assigned to a permit, and to nothing else.
    let clearance = world.granted(Application { kind: GrantKind::Clearance, ..world.application(100) });
    let expected = Rejection::GrantDiffers { grant: clearance, what: text("kind") };
    assert_eq!(world.refused(world.assign_tx(A, &[item], clearance)), expected);
    // And come in where it says.
    let ports = Application { ports: vec![text("CNSZX"), text("HKHKG")], ..world.application(100) };
    let grant = world.granted(ports);
    world.accepted(world.assign_tx(A, &[item], grant));
    world.accepted(world.declare_tx(A, &[item]));
    let expected = Rejection::GrantDiffers { grant, what: text("port") };
    assert_eq!(world.refused(world.arrive_tx(&[item], "CNPVG")), expected);
    world.accepted(world.arrive_tx(&[item], "HKHKG"));
}

// ------------------------------------------------------------------------------------------------------------- ends

#[test]
fn a_cancelled_permit_lets_nothing_through() {
    for by in [(A, Role::Declarant), (CUSTOMS, Role::Officer)] {
        let mut world = World::settled();
        let grant = world.permit(100);
        let [waits, passed] = [world.assigned(grant, "L1", 10), world.inspected(grant, "L2", 10)];
        let other = world.registered(lot("L3"), pieces(10));
        world.accepted(cancel(&world, grant, by));
        let forbids = Rejection::GrantStateForbids { grant, state: GrantState::Cancelled };
        let acts = [
            world.assign_tx(A, &[other], grant),
            world.declare_tx(A, &[waits]),
            world.release_tx(CUSTOMS, &[passed]),
            cancel(&world, grant, by),
            pause(&world, grant),
            world.decide_tx(grant, None),
        ];
        for tx in acts {
            assert_eq!(world.would_refuse(tx), forbids);
        }
        // Under another one it goes on.
        let again = world.permit(100);
        world.accepted(world.assign_tx(A, &[waits], again));
        world.accepted(world.declare_tx(A, &[waits]));
    }
    // Neither by another firm nor by another agency, but while it waits.
    let mut world = World::settled();
    let grant = world.applied(world.application(10));
    for by in [(B, Role::Declarant), (HEALTH, Role::Officer), (A, Role::Custodian)] {
        assert!(matches!(world.refused(cancel(&world, grant, by)).name(), "SignersWrong" | "NotCompetent"));
    }
    world.accepted(cancel(&world, grant, (A, Role::Declarant)));
    world.wait(30 * DAY_MS);
    assert_eq!(world.alert(AlertKind::DecisionOverdue, AlertSubject::Grant(grant)), None);
}

// ------------------------------------------------------------------------------------------ what a permit rests on

/// A permit for a medicament, on these grants.
fn drug_permit(world: &World, on: Vec<GrantId>, purpose: Purpose) -> Application {
    Application { class: class_of(DRUG), purpose, on, ..world.application(100) }
}

/// The joint mechanism's proof comes before the permit (R25), or the R&D white list in its place (R22), and then the
/// goods are for research only (R24).
#[test]
fn a_medicament_is_cleared_by_a_proof_or_by_the_white_list() {
    let mut world = World::settled();
    let bare = world.granted(drug_permit(&world, Vec::new(), Purpose::Unstated));
    let item = world.assigned(bare, "D1", 10);
    let missing = Rejection::ClearanceMissing { item, listed: Flag(false) };
    assert_eq!(world.refused(world.declare_tx(A, &[item])), missing);

    let proof = Application { kind: GrantKind::Clearance, class: class_of(DRUG), ..world.application(100) };
    let proof = world.applied(proof);
    // An application is no proof.
    let early = world.apply_tx(&drug_permit(&world, vec![proof], Purpose::Unstated));
    let state = GrantState::Applied;
    assert_eq!(world.refused(early), Rejection::GrantStateForbids { grant: proof, state });
    world.accepted(world.decide_tx(proof, None));
    let cleared = world.granted(drug_permit(&world, vec![proof], Purpose::Unstated));
    let item = world.assigned(cleared, "D2", 10);
    world.accepted(world.declare_tx(A, &[item]));
    let event = world.last_event(item);
    assert_eq!(event.effect, Effect::Declared { exempt: false, research_only: false });
    assert_eq!(event.decision.expect("a decision").grounds, [Ground::Grant(cleared), Ground::Grant(proof)]);

    let line = Subject::OrgClass(Org::FirmA.id(), class_of(DRUG));
    world.enter(Registry::WhiteList, line, Value::None);
    let item = world.assigned(bare, "D3", 10);
    world.accepted(world.declare_tx(A, &[item]));
    let event = world.last_event(item);
    assert_eq!(event.effect, Effect::Declared { exempt: false, research_only: true });
    let listed = Ground::Entry { place: place(Registry::WhiteList, &line, 0), n: 1 };
    assert_eq!(event.decision.expect("a decision").grounds, [Ground::Grant(bare), listed]);
    assert!(world.item(item).marks.research_only);
    // A proof leaves them free, whatever the list says.
    let item = world.assigned(cleared, "D4", 10);
    world.accepted(world.declare_tx(A, &[item]));
    assert!(!world.item(item).marks.research_only);
}

/// A grant is decided by the records of the day on which it is decided, whatever was so on the day of its application.
#[test]
fn a_decision_asks_again_what_the_application_asked() {
    let mut world = World::settled();
    let grant = world.applied(world.application(10));
    let (org, at) = (Org::FirmA.id(), Subject::Place(premises_of(Org::FirmA)));
    let mut moved = world.clone();
    moved.accepted(moved.end_tx(Registry::Premises, at, 0, EndWhy::Removed));
    let missing = Rejection::PremisesMissing { org, needed: 1, has: 0 };
    assert_eq!(moved.refused(moved.decide_tx(grant, None)), missing);
    assert_eq!(moved.grant(grant).state, GrantState::Applied);
    // It is refused all the same.
    moved.accepted(moved.refuse_grant_tx(grant));
    let mut banned = world.clone();
    banned.enter(Registry::OrgBan, Subject::Org(org), Value::None);
    assert_eq!(banned.refused(banned.decide_tx(grant, None)), Rejection::OrgBanned { org });
    let mut pack = world.pack();
    pack.scope.excluded_hs.push(text("3002"));
    let mut narrow = world.clone();
    narrow.put_in_force(&pack);
    assert_eq!(narrow.refused(narrow.decide_tx(grant, None)), Rejection::OutOfScope);
    // What the row asks for: of a filing, a listed partner and five years.
    let (mut world, _) = World::filed();
    let grant = world.applied(world.filing_application(Org::Partner, 10));
    let partner = Subject::Org(Org::Partner.id());
    let mut removed = world.clone();
    removed.accepted(removed.end_tx(Registry::Tri, partner, 0, EndWhy::Removed));
    let not_listed = Rejection::NotListed { registry: Registry::Tri, subject: text("the applicant") };
    assert_eq!(removed.refused(removed.decide_tx(grant, None)), not_listed);
    let mut fallen = world.clone();
    fallen.rate(Org::FirmA, &[(2023, "B")]);
    let unmet = Rejection::ConditionUnmet { condition: text("rated A 5") };
    assert_eq!(fallen.refused(fallen.decide_tx(grant, None)), unmet);
    // The partner signed it too.
    let mut banned = world.clone();
    banned.enter(Registry::OrgBan, partner, Value::None);
    let org = Org::Partner.id();
    assert_eq!(banned.refused(banned.decide_tx(grant, None)), Rejection::OrgBanned { org });
    world.accepted(world.decide_tx(grant, None));
    assert_eq!(world.grant(grant).decision.expect("a decision").grounds.len(), 6);
}

/// Firm A's line serves nobody else, and nobody after the half-year (R22, R23).
#[test]
fn a_line_of_the_white_list_is_one_organisation_s_for_a_half_year() {
    let mut world = World::settled();
    let line = Subject::OrgClass(Org::FirmB.id(), class_of(DRUG));
    world.enter(Registry::WhiteList, line, Value::None);
    let declare = |world: &mut World, name: &str| {
        let permit = world.granted(drug_permit(world, Vec::new(), Purpose::Research));
        let body = registration_of(class_of(DRUG), lot_of(DRUG, name), pieces(1), Purpose::Research);
        let tx = world.accepted(world.register_all_tx(A, vec![body]));
        let item = ItemId::of(&world.network, &tx, 0);
        world.accepted(world.assign_tx(A, &[item], permit));
        (item, world.declare_tx(A, &[item]))
    };
    let check = |world: &mut World, item: ItemId, tx: Arc<VerifiedTx>| {
        let receipts = world.block(&[tx]);
        let Outcome::Rejected { rejection, decision } = &receipts[0].outcome else { panic!("declared") };
        assert_eq!(*rejection, Rejection::ClearanceMissing { item, listed: Flag(true) });
        assert_eq!((decision.rule, decision.article.as_str()), (Rule(22), "P1 app. 2-4"));
    };
    let (item, tx) = declare(&mut world, "D1");
    check(&mut world, item, tx);
    let own = Subject::OrgClass(Org::FirmA.id(), class_of(DRUG));
    world.enter(Registry::WhiteList, own, Value::None);
    let (_, tx) = declare(&mut world, "D2");
    world.accepted(tx);
    // The adjustment drops it.
    let mut adjusted = world.clone();
    adjusted.accepted(adjusted.end_tx(Registry::WhiteList, own, 0, EndWhy::Adjusted));
    let (item, tx) = declare(&mut adjusted, "D3");
    check(&mut adjusted, item, tx);
    // Or its half-year is over.
    world.wait_until(day(&world, "2026-07-01"));
    let (item, tx) = declare(&mut world, "D4");
    check(&mut world, item, tx);
}

/// A plan is granted at once if it is half a year ahead, and permits draw on it (R32).
#[test]
fn a_plan_is_made_ahead_and_drawn_on() {
    let mut world = World::settled();
    let plan = |w: &World, from| Application { kind: GrantKind::Plan, from, ..w.application(100) };
    let earliest = world.next().time.plus_ms(180 * DAY_MS);
    let late = world.apply_tx(&plan(&world, Timestamp(earliest.0 - 1)));
    assert_eq!(world.would_refuse(late), Rejection::PlanTooLate { earliest });
    let grant = world.applied(plan(&world, earliest));
    let record = world.grant(grant);
    assert_eq!((record.state, record.due), (GrantState::Granted, None));
    assert_eq!(record.decision.expect("a decision").rule, Rule(32));

    let on = |w: &World, quantity| Application { on: vec![grant], ..w.application(quantity) };
    let permit = world.granted(on(&world, 60));
    assert_eq!(world.grant(grant).drawn, pieces(60));
    let record = world.grant(permit);
    let premises =
        Ground::Entry { place: place(Registry::Premises, &Subject::Place(premises_of(Org::FirmA)), 0), n: 1 };
    assert_eq!(record.decision.expect("a decision").grounds, [premises, Ground::Grant(grant)]);
    let receipts = world.block(&[world.apply_tx(&on(&world, 41))]);
    let Outcome::Rejected { rejection, decision } = &receipts[0].outcome else { panic!("applied") };
    let (kind, left, asked) = (GrantKind::Plan, 40, 41);
    assert_eq!(*rejection, Rejection::QuotaExceeded { grant, kind, left, asked });
    assert_eq!(decision.rule, Rule(32));
    // Two that would fit alone do not fit together: the second is refused when it is decided.
    let [one, two] = [30, 30].map(|quantity| world.applied(on(&world, quantity)));
    world.accepted(world.decide_tx(one, None));
    let exceeded = Rejection::QuotaExceeded { grant, kind, left: 10, asked: 30 };
    assert_eq!(world.refused(world.decide_tx(two, None)), exceeded);
    assert_eq!(world.grant(grant).drawn, pieces(90));
    assert_eq!(world.grant(two).state, GrantState::Applied);
}

/// What a cancelled permit did not use goes back to what it was drawn from; what was written off under it does not.
#[test]
fn a_cancelled_permit_gives_back_what_it_did_not_use() {
    let mut world = World::settled();
    let plan = Application { kind: GrantKind::Plan, from: world.now.plus_ms(181 * DAY_MS), ..world.application(100) };
    let plan = world.applied(plan);
    let on = |w: &World, quantity| Application { on: vec![plan], ..w.application(quantity) };
    let permit = world.granted(on(&world, 60));
    world.imported(permit, "L1", 25);
    assert_eq!(world.grant(plan).drawn, pieces(60));
    world.accepted(cancel(&world, permit, (A, Role::Declarant)));
    assert_eq!((world.grant(plan).drawn, world.grant(permit).drawn), (pieces(25), pieces(25)));
    // What waits has drawn nothing.
    let waits = world.applied(on(&world, 75));
    world.accepted(cancel(&world, waits, (A, Role::Declarant)));
    assert_eq!(world.grant(plan).drawn, pieces(25));
    // What has run out keeps what it drew until somebody cancels it.
    let late = world.granted(on(&world, 75));
    let (_, to) = world.grant(late).valid.expect("dates");
    world.wait_until(to);
    assert_eq!(world.grant(plan).drawn, pieces(100));
    world.accepted(cancel(&world, late, (CUSTOMS, Role::Officer)));
    assert_eq!(world.grant(plan).drawn, pieces(25));
    // A filing is as good as a plan.
    let (mut world, filing) = World::filed();
    for _ in 0..2 {
        let permit = world.granted(world.export_application(filing, 200));
        world.accepted(cancel(&world, permit, (A, Role::Declarant)));
        assert_eq!(world.grant(filing).drawn, pieces(0));
    }
}

/// What is granted at once draws like what is decided.
#[test]
fn a_plan_on_a_plan_draws_on_it() {
    let mut world = World::settled();
    let from = world.now.plus_ms(181 * DAY_MS);
    let plan = |w: &World, on, quantity| Application { kind: GrantKind::Plan, from, on, ..w.application(quantity) };
    let whole = world.applied(plan(&world, Vec::new(), 100));
    let part = world.applied(plan(&world, vec![whole], 60));
    assert_eq!(world.grant(whole).drawn, pieces(60));
    assert_eq!(world.grant(part).decision.expect("a decision").grounds, [Ground::Grant(whole)]);
    let exceeded = Rejection::QuotaExceeded { grant: whole, kind: GrantKind::Plan, left: 40, asked: 41 };
    assert_eq!(world.refused(world.apply_tx(&plan(&world, vec![whole], 41))), exceeded);
    world.accepted(cancel(&world, part, (A, Role::Declarant)));
    assert_eq!(world.grant(whole).drawn, pieces(0));
}

/// A larger sample needs a new filing (R27).
#[test]
fn a_permit_draws_on_its_filing_and_not_beyond() {
    let (mut world, filing) = World::filed();
    let application = world.export_application(filing, 201);
    let receipts = world.block(&[world.apply_tx(&application)]);
    let Outcome::Rejected { rejection, decision } = &receipts[0].outcome else { panic!("applied") };
    let (kind, left, asked) = (GrantKind::HgrFiling, 200, 201);
    assert_eq!(*rejection, Rejection::QuotaExceeded { grant: filing, kind, left, asked });
    assert_eq!((decision.rule, decision.article.as_str()), (Rule(27), "P4 2.3.1"));
    world.granted(world.export_application(filing, 200));
    assert_eq!(world.grant(filing).drawn, pieces(200));
    let again = world.export_application(filing, 1);
    let exceeded = Rejection::QuotaExceeded { grant: filing, kind, left: 0, asked: 1 };
    assert_eq!(world.refused(world.apply_tx(&again)), exceeded);
}

#[test]
fn what_a_permit_rests_on_is_of_the_same_firm_class_and_partner() {
    let (mut world, filing) = World::filed();
    world.enter(Registry::Tri, Subject::Org(Org::Clinic.id()), Value::None);
    let good = world.export_application(filing, 10);
    world.clone().accepted(world.apply_tx(&good));
    let unknown = GrantId(Hash([1; 32]));
    let differs = |what: &str| Rejection::GrantDiffers { grant: filing, what: text(what) };
    let rows = [
        (Application { on: vec![unknown], ..good.clone() }, Rejection::FilingMissing),
        (Application { on: vec![filing, unknown], ..good.clone() }, Rejection::GrantUnknown { grant: unknown }),
        (Application { class: class_id(), ..good.clone() }, differs("class")),
        (Application { counterpart: Some(Org::Clinic.id()), ..good.clone() }, differs("counterpart")),
        (Application { counterpart: None, ..good.clone() }, differs("counterpart")),
        (Application { quantity: "10 MLT".parse().unwrap(), ..good.clone() }, differs("unit")),
        (Application { quantity: pieces(0), ..good.clone() }, Rejection::QuantityZero),
    ];
    for (application, expected) in rows {
        assert_eq!(world.would_refuse(world.apply_tx(&application)), expected, "{application:?}");
    }
    let foreign = world.tx(Operation::Apply { application: good }, &[(B, Role::Declarant)]);
    let holder = Org::FirmA.id();
    assert_eq!(world.would_refuse(foreign), Rejection::GrantNotYours { grant: filing, holder });
}

/// One laboratory test serves the later batches of its permit (R20).
#[test]
fn one_test_serves_the_later_batches() {
    let mut world = World::settled();
    let mut pack = world.pack();
    pack.grades.iter_mut().for_each(|grade| grade.test = true);
    world.put_in_force(&pack);
    world.enter(Registry::Laboratory, Subject::Org(Org::Laboratory.id()), Value::None);
    let grant = world.permit(100);
    let declared = |world: &mut World, name: &str| {
        let item = world.assigned(grant, name, 10);
        world.accepted(world.declare_tx(A, &[item]));
        item
    };
    let tested =
        |w: &World, item, passed| w.test_tx(&[item], passed, &[(LAB, Role::Laboratory), (EXPERT, Role::Tester)]);
    let [failed, first, second] = ["B1", "B2", "B3"].map(|name| declared(&mut world, name));
    for item in [failed, first] {
        let passes = world.inspect_tx(CUSTOMS, &[item], InspectionResult::Passed);
        assert_eq!(world.refused(passes), Rejection::TestMissing { item });
        world.accepted(world.inspect_tx(CUSTOMS, &[item], InspectionResult::TestPending));
        let used = world.use_tx(item, pieces(1), A);
        assert_eq!(world.refused(used).rule(), Rule(12), "not used before the pass");
    }
    // A test that failed serves none.
    world.accepted(tested(&world, failed, false));
    assert_eq!(world.item(failed).state, Lifecycle::Failed);
    let passes = world.inspect_tx(CUSTOMS, &[second], InspectionResult::Passed);
    assert_eq!(world.would_refuse(passes), Rejection::TestMissing { item: second });
    world.accepted(tested(&world, first, true));
    assert_eq!(world.item(first).state, Lifecycle::Inspected);
    let laboratory = Org::Laboratory.id();
    let effect = Effect::Tested { passed: true, laboratory, report: Hash([4; 32]) };
    assert_eq!(world.last_event(first).effect, effect);
    world.accepted(world.inspect_tx(CUSTOMS, &[second], InspectionResult::Passed));
    world.accepted(world.release_tx(CUSTOMS, &[first, second]));
}

// --------------------------------------------------------------------------------------------------- another regime

/// Under Order 281 high-risk goods need access approval, drugs are outside it, and nobody is faster than others.
#[test]
fn order_281_asks_for_access_and_knows_no_lanes() {
    let of = |gtin: &str, grade: &str| ledger::record::ClassProfile { grade: text(grade), ..class_profile(gtin) };
    let drug = ledger::record::ClassProfile { hs: "HS2022-WCO-300490".parse().unwrap(), ..of(DRUG, "C1") };
    let classes = vec![of(GTIN, "A1"), drug, of(PLASMA, "C1")];
    let mut world = World::of(&genesis_under(shipped("gacc-281", "first-is-highest"), &Org::REGULATED, classes));
    world.open_premises(Org::FirmA, 3);
    let application = world.application(100);
    assert_eq!(world.refused(world.apply_tx(&application)), Rejection::AccessMissing);
    let subject = Subject::Class(class_id());
    world.enter(Registry::Access, subject, Value::None);
    let grant = world.granted(world.application(100));
    let record = world.grant(grant);
    assert_eq!(record.mode, WriteOff::Once);
    let from = record.valid.expect("dates").0;
    assert_eq!(record.valid, Some((from, world.pack().calendar.add_months(from, 3))));
    // Approval can be suspended.
    world.accepted(
        world.enact_tx(vec![world.end_of(Registry::Access, subject, 0, EndWhy::Removed)], &[(CUSTOMS, Role::Officer)]),
    );
    assert_eq!(world.refused(world.apply_tx(&world.application(100))), Rejection::AccessMissing);
    // Grade C asks for no access and is written off in batches; drugs are outside.
    let lower = world.granted(Application { class: class_of(PLASMA), ..world.application(100) });
    assert_eq!(world.grant(lower).mode, WriteOff::Batches);
    let drugs = Application { class: class_of(DRUG), ..world.application(100) };
    assert_eq!(world.refused(world.apply_tx(&drugs)), Rejection::OutOfScope);
    let waits = world.applied(Application { class: class_of(PLASMA), ..world.application(100) });
    let (lane, condition) = (Lane::InstantPermit, text("not in the rules"));
    assert_eq!(world.refused(world.decide_tx(waits, Some(lane))), Rejection::LaneClosed { lane, condition });
    // Nor does it know plans, clearance proofs or filings.
    for kind in [GrantKind::Plan, GrantKind::Clearance] {
        let application = Application { kind, ..world.application(100) };
        let act = ledger::Act::Apply;
        assert_eq!(world.refused(world.apply_tx(&application)), Rejection::ActNotInPack { act });
    }
    let transit = Application { direction: Direction::Transit, ..world.application(100) };
    assert_eq!(world.refused(world.apply_tx(&transit)), Rejection::TransitBanned);
}
