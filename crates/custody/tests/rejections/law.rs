//! Refusals of the regulation: bans, permits, lanes, inspections, duties. Firm A is qualified and rated A for five
//! years.

use super::*;
use ledger::{
    GrantId,
    operation::{Application, Direction, GrantKind, Lane, Purpose, Registry, Subject, Value, Verdict},
    policy::Condition,
    record::GrantState,
    rejection::Flag,
};

fn org(org: Org) -> Subject {
    Subject::Org(org.id())
}

/// Bans a person, whose key ends.
fn ban(w: &mut World, person: Person) {
    let mut entry = w.entry(Registry::PersonBan, Subject::Person(person.pseudonym()), Value::None);
    entry.ends_keys = vec![person.key_id()];
    w.accepted(w.enter_tx(entry));
}

/// Customs demands a report of firm A.
fn demanded(w: &mut World) -> ledger::DutyId {
    let (debtors, until) = (vec![Org::FirmA.id()], w.now.plus_ms(DAY_MS));
    let demand = Operation::Demand { debtors, until, about: None, private: None };
    let tx = w.accepted(w.tx(demand, &[(CUSTOMS, Role::Officer)]));
    ledger::record::DutyKind::OnDemand { by: Org::Customs.id(), tx }.id()
}

fn answer(w: &World, duty: ledger::DutyId, by: Person) -> Arc<VerifiedTx> {
    w.tx(Operation::Answer { duty, private: None }, &[(by, Role::Declarant)])
}

fn pause(w: &World, grant: GrantId) -> Arc<VerifiedTx> {
    w.tx(Operation::Pause { grant, notice: Hash([1; 32]) }, &[(CUSTOMS, Role::Officer)])
}

/// A lot under a permit that is declared.
fn declared(w: &mut World) -> ItemId {
    let permit = w.permit(100);
    let item = w.assigned(permit, "L1", 100);
    w.accepted(w.declare_tx(A, &[item]));
    item
}

pub(super) const ROWS: &[Row] = &[
    ("KeyBanned", |w| {
        ban(w, A);
        let key = A.key_id();
        (w.register_tx(A, vec![(lot("L1"), pieces(1))]), Rejection::KeyBanned { key })
    }),
    ("PersonBanned", |w| {
        ban(w, CLERK);
        let claim = new_person(Org::FirmA).claim(&w.network, Org::FirmA, CLERK.pseudonym(), all_roles());
        let operation = Operation::RegisterKey { org: Org::FirmA.id(), claim };
        (w.tx(operation, &[(A, Role::Administrator)]), Rejection::PersonBanned)
    }),
    ("OrgBanned", |w| {
        w.enter(Registry::OrgBan, org(Org::FirmB), Value::None);
        let tx = w.register_tx(B, vec![(lot("L1"), pieces(1))]);
        (tx, Rejection::OrgBanned { org: Org::FirmB.id() })
    }),
    ("NotTestNetwork", |w| {
        (w.tx(Operation::AdvanceClock { ms: 1 }, &[(CUSTOMS, Role::Officer)]), Rejection::NotTestNetwork)
    }),
    ("PremisesMissing", |w| {
        let application = Application { premises: None, ..w.application(10) };
        let org = Org::FirmA.id();
        (w.apply_tx(&application), Rejection::PremisesMissing { org, needed: 1, has: 0 })
    }),
    ("NotListed", |w| {
        let tx = w.apply_tx(&w.filing_application(Org::Partner, 10));
        (tx, Rejection::NotListed { registry: Registry::Tri, subject: text("the applicant") })
    }),
    ("ConditionUnmet", |w| {
        // The partner is listed, and firm B is rated by nobody.
        w.enter(Registry::Tri, org(Org::Partner), Value::None);
        let application = w.filing_application(Org::Partner, 10);
        let tx = w.tx(Operation::Apply { application }, &[(B, Role::Declarant), (PARTNER, Role::Joint)]);
        (tx, Rejection::ConditionUnmet { condition: text("rated A 5") })
    }),
    ("LaboratoryRefused", |w| {
        let item = declared(w);
        w.accepted(w.inspect_tx(CUSTOMS, &[item], InspectionResult::TestPending));
        w.enter(Registry::NonAcceptance, org(Org::Laboratory), Value::None);
        let tx = w.test_tx(&[item], true, &[(LAB, Role::Laboratory), (EXPERT, Role::Tester)]);
        (tx, Rejection::LaboratoryRefused { org: Org::Laboratory.id() })
    }),
    ("PilotStopped", |w| {
        // A pack in which a clearance proof is for pilots.
        let mut pack = w.pack();
        for row in pack.grants.iter_mut().filter(|row| row.kind == GrantKind::Clearance) {
            row.requires.push(Condition::Listed(Registry::Pilot));
        }
        w.put_in_force(&pack);
        w.enter(Registry::Pilot, org(Org::FirmA), Value::None);
        w.rate(Org::FirmA, &[(2025, "C")]);
        let application = Application { kind: GrantKind::Clearance, ..w.application(10) };
        (w.apply_tx(&application), Rejection::PilotStopped { org: Org::FirmA.id() })
    }),
    ("GrantUnknown", |w| {
        let grant = GrantId(Hash([5; 32]));
        (pause(w, grant), Rejection::GrantUnknown { grant })
    }),
    ("GrantNotYours", |w| {
        let grant = w.permit(100);
        let item = w.registered_by(B, lot("L1"), pieces(1));
        (w.assign_tx(B, &[item], grant), Rejection::GrantNotYours { grant, holder: Org::FirmA.id() })
    }),
    ("GrantStateForbids", |w| {
        let grant = w.permit(100);
        let state = GrantState::Granted;
        (w.decide_tx(grant, None), Rejection::GrantStateForbids { grant, state })
    }),
    ("GrantDiffers", |w| {
        let grant = w.permit(100);
        let body = registration_of(class_of(DRUG), lot_of(DRUG, "D1"), pieces(1), Purpose::Unstated);
        let tx = w.accepted(w.register_all_tx(A, vec![body]));
        let item = ItemId::of(&w.network, &tx, 0);
        (w.assign_tx(A, &[item], grant), Rejection::GrantDiffers { grant, what: text("class") })
    }),
    ("GrantExpired", |w| {
        let grant = w.permit(100);
        let item = w.registered(lot("L1"), pieces(1));
        let (from, to) = w.grant(grant).valid.expect("dates");
        w.wait_until(to);
        (w.assign_tx(A, &[item], grant), Rejection::GrantExpired { grant, from, to })
    }),
    ("QuotaExceeded", |w| {
        let grant = w.permit(100);
        let item = w.registered(lot("L1"), pieces(101));
        let (kind, left, asked) = (GrantKind::Permit, 100, 101);
        (w.assign_tx(A, &[item], grant), Rejection::QuotaExceeded { grant, kind, left, asked })
    }),
    ("PausesExceeded", |w| {
        let grant = w.applied(w.application(10));
        for _ in 0..2 {
            w.accepted(pause(w, grant));
            w.accepted(w.tx(Operation::Resume { grant }, &[(CUSTOMS, Role::Officer)]));
        }
        (pause(w, grant), Rejection::PausesExceeded { grant })
    }),
    ("NumberTaken", |w| {
        let grant = w.permit(100);
        let number = w.grant(grant).number;
        let other = w.applied(w.application(10));
        let verdict = Verdict::Grant { number: number.clone(), lane: None, from: w.now };
        let tx = w.tx(Operation::Decide { grant: other, verdict }, &[(CUSTOMS, Role::Officer)]);
        (tx, Rejection::NumberTaken { number, grant })
    }),
    ("PermitMissing", |w| {
        let item = w.registered(lot("L1"), pieces(1));
        (w.declare_tx(A, &[item]), Rejection::PermitMissing { item })
    }),
    ("LaneClosed", |w| {
        let grant = w.applied(w.application(10));
        let (lane, condition) = (Lane::InstantPermit, text("listed positive-list"));
        (w.decide_tx(grant, Some(lane)), Rejection::LaneClosed { lane, condition })
    }),
    ("ClearanceMissing", |w| {
        let application = Application { class: class_of(DRUG), ..w.application(10) };
        let permit = w.granted(application);
        let item = w.assigned(permit, "D1", 10);
        (w.declare_tx(A, &[item]), Rejection::ClearanceMissing { item, listed: Flag(false) })
    }),
    ("OutOfScope", |w| {
        let mut pack = w.pack();
        pack.scope.excluded_hs = vec![text("3002")];
        w.put_in_force(&pack);
        (w.apply_tx(&w.application(10)), Rejection::OutOfScope)
    }),
    ("TransitBanned", |w| {
        let application = Application { direction: Direction::Transit, ..w.application(10) };
        (w.apply_tx(&application), Rejection::TransitBanned)
    }),
    ("AccessMissing", |w| {
        let mut pack = w.pack();
        pack.grades.iter_mut().for_each(|grade| grade.access = true);
        w.put_in_force(&pack);
        (w.apply_tx(&w.application(10)), Rejection::AccessMissing)
    }),
    ("PlanTooLate", |w| {
        let application = Application { kind: GrantKind::Plan, ..w.application(10) };
        let earliest = w.next().time.plus_ms(180 * DAY_MS);
        (w.apply_tx(&application), Rejection::PlanTooLate { earliest })
    }),
    ("VideoMissing", |w| {
        let item = declared(w);
        w.accepted(w.order_tx(&[item], Some(premises_of(Org::FirmA)), Some(A)));
        (w.inspect_tx(CUSTOMS, &[item], InspectionResult::Passed), Rejection::VideoMissing)
    }),
    ("TestMissing", |w| {
        let mut pack = w.pack();
        pack.grades.iter_mut().for_each(|grade| grade.test = true);
        w.put_in_force(&pack);
        let item = declared(w);
        (w.inspect_tx(CUSTOMS, &[item], InspectionResult::Passed), Rejection::TestMissing { item })
    }),
    ("PurposeForbidden", |w| {
        let permit = w.permit(100);
        let item = w.imported(permit, "L1", 100);
        w.alter(item, |record| record.marks.research_only = true);
        let mut terms = w.terms(item, w.point(item), Org::FirmA, Org::FirmB);
        terms.purpose = Purpose::Sale;
        (w.offer(&terms, A), Rejection::PurposeForbidden { item, purpose: Purpose::Sale })
    }),
    ("FilingMissing", |w| {
        let class = class_of(PLASMA);
        let application = Application { class, direction: Direction::Export, ..w.application(10) };
        (w.apply_tx(&application), Rejection::FilingMissing)
    }),
    ("DutyUnknown", |w| (answer(w, ledger::DutyId(Hash([6; 32])), A), Rejection::DutyUnknown)),
    ("DutyDone", |w| {
        let duty = demanded(w);
        w.accepted(answer(w, duty, A));
        (answer(w, duty, A), Rejection::DutyDone)
    }),
    ("NotDebtor", |w| {
        let duty = demanded(w);
        (answer(w, duty, B), Rejection::NotDebtor { org: Org::FirmB.id() })
    }),
    ("ReportDiffers", |w| {
        let (world, filing) = World::filed();
        *w = world;
        let permit = w.granted(w.export_application(filing, 200));
        let item = w.received_abroad(permit, "P1", 200);
        let tx = w.report_tx(filing, (2026, 1), &[(item, 120, 0, 81)], false, BOTH_REPORT);
        (tx, Rejection::ReportDiffers { left: 200, stated: 201 })
    }),
    ("QuarterOpen", |w| {
        let (world, filing) = World::filed();
        *w = world;
        let permit = w.granted(w.export_application(filing, 200));
        let item = w.received_abroad(permit, "P1", 200);
        let tx = w.report_tx(filing, (2026, 1), &[(item, 120, 0, 80)], false, BOTH_REPORT);
        let until = w.pack().calendar.quarter_end(2026, 1);
        (tx, Rejection::QuarterOpen { year: 2026, quarter: 1, until })
    }),
    ("QuarterBefore", |w| {
        let (world, filing) = World::filed();
        *w = world;
        let permit = w.granted(w.export_application(filing, 200));
        let item = w.received_abroad(permit, "P1", 200);
        let tx = w.report_tx(filing, (2025, 4), &[(item, 120, 0, 80)], false, BOTH_REPORT);
        (tx, Rejection::QuarterBefore { filing, year: 2025, quarter: 4 })
    }),
    ("AlertUnknown", |w| {
        let operation = Operation::CloseAlert { alert: ledger::AlertId(Hash([7; 32])), reason: text("seen") };
        (w.tx(operation, &[(CUSTOMS, Role::Officer)]), Rejection::AlertUnknown)
    }),
];
