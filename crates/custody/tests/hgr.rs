//! Human genetic resources: the filing, what leaves under it, the quarterly duty to report, and a partner that is
//! removed (R14, R15, R19, R27).

use crate::world::*;
use ledger::{
    GrantId, ItemId, Lifecycle, Operation, Outcome, Rejection, Role, StateKey, Timestamp,
    event::{Effect, Ground},
    operation::{Application, EndWhy, Registry, Subject, Value},
    policy::Rule,
    record::{AlertKind, AlertSubject, DutyKind, DutyRecord, GrantHead, GrantState},
};

fn quarterly(filing: GrantId, year: u16, quarter: u8) -> DutyKind {
    DutyKind::Quarterly { filing, year, quarter }
}

fn duty(w: &World, kind: DutyKind) -> Option<DutyRecord> {
    w.record(StateKey::Duty(kind.id()))
}

fn quarter_end(w: &World, year: u16, quarter: u8) -> Timestamp {
    w.pack().calendar.quarter_end(year, quarter)
}

/// The parties of the filing, ascending.
fn parties() -> Vec<ledger::OrgId> {
    let mut parties = vec![Org::FirmA.id(), Org::Partner.id()];
    parties.sort();
    parties
}

/// A world with 200 tubes under the filing, in the partner's hands.
fn abroad() -> (World, GrantId, ItemId) {
    let (mut world, filing) = World::filed();
    let permit = world.granted(world.export_application(filing, 200));
    let item = world.received_abroad(permit, "P1", 200);
    (world, filing, item)
}

// ------------------------------------------------------------------------------------------------ filing and exit

/// Listed, rated for five years, and signed by both, before anything leaves (R14).
#[test]
fn a_filing_asks_for_a_listed_partner_and_five_years() {
    let mut world = World::settled();
    let application = world.filing_application(Org::Partner, 200);
    let apply = |w: &World| w.apply_tx(&application);
    let not_listed = Rejection::NotListed { registry: Registry::Tri, subject: text("the applicant") };
    assert_eq!(world.refused(apply(&world)), not_listed);
    world.enter(Registry::Tri, Subject::Org(Org::Partner.id()), Value::None);
    let unmet = Rejection::ConditionUnmet { condition: text("rated A 5") };
    assert_eq!(world.refused(apply(&world)), unmet);
    world.rate(Org::FirmA, &[(2021, "A"), (2022, "A"), (2023, "B"), (2024, "A"), (2025, "A")]);
    assert_eq!(world.refused(apply(&world)), unmet);
    world.rate(Org::FirmA, &[(2023, "A")]);
    let tx = world.accepted(apply(&world));
    let filing = GrantId::of(&world.network, &tx);
    // Without an acknowledged filing nothing is permitted.
    let export = world.export_application(filing, 200);
    let state = GrantState::Applied;
    assert_eq!(world.refused(world.apply_tx(&export)), Rejection::GrantStateForbids { grant: filing, state });
    world.accepted(world.decide_tx(filing, None));
    world.accepted(world.apply_tx(&export));
    // The other party must be a partner abroad.
    for counterpart in [None, Some(Org::FirmB.id())] {
        let wrong = Application { counterpart, ..application.clone() };
        let signers = [(A, Role::Declarant), (B, Role::Joint)];
        let tx = world.tx(Operation::Apply { application: wrong }, &signers);
        assert!(matches!(world.would_refuse(tx).name(), "GrantDiffers"), "{counterpart:?}");
    }
}

#[test]
fn what_is_received_abroad_is_counted_under_its_filing() {
    let (mut world, filing) = World::filed();
    let permit = world.granted(world.export_application(filing, 200));
    let [first, second] = [("P1", 120), ("P2", 80)].map(|(name, n)| world.imported(permit, name, n));
    assert!(world.item(first).marks.hgr);
    assert_eq!(world.grant(filing).abroad, pieces(0));
    world.accepted(world.exit_tx(&[first]));
    // What is on its way has been received by nobody yet.
    assert_eq!(world.grant(filing).abroad, pieces(0));
    let event = world.last_event(first);
    assert_eq!(event.effect, Effect::Exited { port: text("CNSZX") });
    assert_eq!(event.decision.expect("a decision").grounds, [Ground::Grant(permit), Ground::Grant(filing)]);
    // Over a carrier to the partner that the filing names, and to no other.
    world.enter(Registry::Tri, Subject::Org(Org::Clinic.id()), Value::None);
    world.accepted(world.handover(first, A, CARRIER));
    assert_eq!(world.item(first).state, Lifecycle::Exited);
    assert_eq!(world.refused(world.handover(first, CARRIER, CLINIC)), Rejection::FilingMissing);
    assert_eq!(world.refused(world.handover(first, CARRIER, B)), Rejection::ReceiverUnfit { item: first });
    world.accepted(world.handover(first, CARRIER, PARTNER));
    let event = world.last_event(first);
    assert_eq!(event.state, Lifecycle::ReceivedAbroad);
    assert!(event.decision.expect("a decision").grounds.contains(&Ground::Grant(filing)));
    assert_eq!(world.grant(filing).abroad, pieces(120));
    world.accepted(world.exit_tx(&[second]));
    world.accepted(world.handover(second, A, PARTNER));
    assert_eq!(world.grant(filing).abroad, pieces(200));
}

// --------------------------------------------------------------------------------------------------------- reports

/// At the end of each quarter both owe a report, as long as the filing is open; overdue, it stands on both (R15).
#[test]
fn both_parties_owe_a_report_every_quarter() {
    let (mut world, filing, item) = abroad();
    let first = quarterly(filing, 2026, 1);
    let end = quarter_end(&world, 2026, 1);
    world.wait_until(Timestamp(end.0 - 1));
    assert_eq!(duty(&world, first), None);
    world.wait(1);
    let record = duty(&world, first).expect("a duty");
    let due = end.plus_ms(15 * DAY_MS);
    assert_eq!((record.debtors, record.due, record.opened.time, record.done), (parties(), due, end, None));

    let overdue = |w: &World, org: Org| {
        w.open_alert(AlertKind::ReportOverdue, AlertSubject::Duty(first.id(), org.id())).is_some()
    };
    world.wait_until(Timestamp(due.0 - 1));
    assert!(!overdue(&world, Org::FirmA) && !overdue(&world, Org::Partner));
    world.wait(1);
    assert!(overdue(&world, Org::FirmA) && overdue(&world, Org::Partner));
    // A late report is a report, and ends it for both.
    let report = world.report_tx(filing, (2026, 1), &[(item, 120, 0, 80)], false, BOTH_REPORT);
    let tx = world.accepted(report);
    assert!(!overdue(&world, Org::FirmA) && !overdue(&world, Org::Partner));
    let done = duty(&world, first).expect("the duty").done.expect("an end");
    assert_eq!((done.0.height, done.1), (world.height, tx));
    let record = world.item(item);
    assert_eq!((record.state, record.on_hand, record.used), (Lifecycle::ReceivedAbroad, pieces(80), pieces(120)));
    assert_eq!(world.grant(filing).abroad, pieces(80));
    let again = world.report_tx(filing, (2026, 1), &[(item, 0, 0, 80)], false, BOTH_REPORT);
    assert_eq!(world.refused(again), Rejection::DutyDone);
    // The next quarter has its own.
    world.wait_until(quarter_end(&world, 2026, 2));
    assert_eq!(duty(&world, quarterly(filing, 2026, 2)).expect("a duty").done, None);
}

/// A quarter is reported on when it is over, and not one from before the filing. A report never waits for its duty.
#[test]
fn a_quarter_is_reported_on_when_it_is_over() {
    let (mut world, filing, item) = abroad();
    let report = |w: &World, when| w.report_tx(filing, when, &[(item, 10, 0, 190)], false, BOTH_REPORT);
    let end = quarter_end(&world, 2026, 1);
    world.wait_until(Timestamp(end.0 - STEP_MS - 1));
    for (year, quarter) in [(2026, 1), (2026, 2), (2027, 1)] {
        let until = quarter_end(&world, year, quarter);
        let open = Rejection::QuarterOpen { year, quarter, until };
        assert_eq!(world.would_refuse(report(&world, (year, quarter))), open);
    }
    for (year, quarter) in [(2025, 4), (2025, 1), (2000, 3)] {
        let before = Rejection::QuarterBefore { filing, year, quarter };
        assert_eq!(world.would_refuse(report(&world, (year, quarter))), before);
    }
    // In the very block in which the quarter is over, whether or not its duty has been opened.
    world.wait(1);
    assert_eq!((world.next().time, duty(&world, quarterly(filing, 2026, 1))), (end, None));
    world.accepted(report(&world, (2026, 1)));
    world.wait_until(end.plus_ms(16 * DAY_MS));
    let first = quarterly(filing, 2026, 1);
    assert!(duty(&world, first).expect("the duty").done.is_some());
    for org in parties() {
        assert_eq!(world.alert(AlertKind::ReportOverdue, AlertSubject::Duty(first.id(), org)), None);
    }
}

/// What leaves nothing can leave nothing more: the final use is reported when it is known.
#[test]
fn the_last_report_is_made_in_the_quarter_that_runs() {
    let (mut world, filing, item) = abroad();
    let last = |w: &World, when| w.report_tx(filing, when, &[(item, 150, 50, 0)], true, BOTH_REPORT);
    let until = quarter_end(&world, 2026, 2);
    let open = Rejection::QuarterOpen { year: 2026, quarter: 2, until };
    assert_eq!(world.would_refuse(last(&world, (2026, 2))), open);
    world.accepted(last(&world, (2026, 1)));
    assert_eq!(world.grant(filing).state, GrantState::Closed);
    world.wait_until(quarter_end(&world, 2026, 1).plus_ms(16 * DAY_MS));
    assert!(duty(&world, quarterly(filing, 2026, 1)).expect("the duty").done.is_some());
    assert_eq!(duty(&world, quarterly(filing, 2026, 2)), None);
}

#[test]
fn a_report_signed_by_one_alone_is_none() {
    let (mut world, filing, item) = abroad();
    let report =
        |w: &World, signers: &[(Person, Role)]| w.report_tx(filing, (2026, 1), &[(item, 120, 0, 80)], false, signers);
    let receipts = world.block(&[report(&world, &BOTH_REPORT[..1])]);
    let Outcome::Rejected { rejection, decision } = &receipts[0].outcome else { panic!("reported") };
    assert_eq!(*rejection, Rejection::SignersWrong { act: ledger::Act::Report });
    assert_eq!((decision.rule, decision.article.as_str()), (Rule(15), "art. 32"));
    let wrong = Rejection::SignersWrong { act: ledger::Act::Report };
    for signers in [&[(A, Role::Joint)][..], &[(PARTNER, Role::Custodian), (A, Role::Custodian)]] {
        assert_eq!(world.would_refuse(report(&world, signers)), wrong);
    }
    let org = Org::FirmB.id();
    let stranger = report(&world, &[(PARTNER, Role::Custodian), (B, Role::Joint)]);
    assert_eq!(world.would_refuse(stranger), Rejection::NotDebtor { org });
}

/// What does not add up is refused, and the agencies are told.
#[test]
fn a_report_that_does_not_add_up_is_refused_and_told() {
    let (mut world, filing) = World::filed();
    let permit = world.granted(world.export_application(filing, 200));
    let [first, second] = [("P1", 120), ("P2", 80)].map(|(name, n)| world.received_abroad(permit, name, n));
    world.wait_until(quarter_end(&world, 2026, 1));
    let report =
        |w: &World, usages: &[(ItemId, u64, u64, u64)], last| w.report_tx(filing, (2026, 1), usages, last, BOTH_REPORT);
    let differs = |left, stated| Rejection::ReportDiffers { left, stated };
    // Of one lot more than there is, or less; of two lots one is left out; the last report leaves nothing.
    let rows: [(&[(ItemId, u64, u64, u64)], bool, Rejection); 5] = [
        (&[(first, 100, 0, 21), (second, 0, 0, 80)], false, differs(120, 121)),
        (&[(first, 100, 0, 19), (second, 0, 0, 80)], false, differs(120, 119)),
        (&[(first, 100, 10, 10)], false, differs(90, 10)),
        (&[(first, 0, 0, 120), (second, 80, 0, 0)], true, differs(120, 120)),
        (&[(first, 1, 0, 119), (first, 1, 0, 118)], false, Rejection::EntryRepeated { index: 1 }),
    ];
    for (usages, last, expected) in rows {
        assert_eq!(world.would_refuse(report(&world, usages, last)), expected, "{usages:?}");
    }
    let subject = AlertSubject::Org(parties()[0]);
    assert_eq!(world.alert(AlertKind::Balance, subject), None);
    for times in 1..=2 {
        let tx = report(&world, &[(first, 100, 0, 21), (second, 0, 0, 80)], false);
        assert_eq!(world.refused(tx), differs(120, 121));
        let alert = world.open_alert(AlertKind::Balance, subject).expect("an alert");
        assert_eq!((alert.times, alert.orgs, alert.decision.rule), (times, parties(), Rule(17)));
    }
    // Nothing else has changed.
    assert_eq!((world.item(first).on_hand, world.grant(filing).abroad), (pieces(120), pieces(200)));
    assert_eq!(duty(&world, quarterly(filing, 2026, 1)).expect("the duty").done, None);
    world.accepted(report(&world, &[(first, 100, 10, 10), (second, 80, 0, 0)], false));
    assert_eq!(world.grant(filing).abroad, pieces(10));
}

#[test]
fn of_a_quarter_with_nothing_abroad_nothing_is_owed() {
    let (mut world, filing) = World::filed();
    world.wait_until(quarter_end(&world, 2026, 1));
    world.block(&[]);
    assert_eq!(duty(&world, quarterly(filing, 2026, 1)), None);
    // The quarters go on: what is received in the next one is owed at its end.
    let permit = world.granted(world.export_application(filing, 200));
    let item = world.exited(permit, "P1", 10);
    world.accepted(world.handover(item, A, PARTNER));
    world.wait_until(quarter_end(&world, 2026, 2));
    world.block(&[]);
    assert!(duty(&world, quarterly(filing, 2026, 2)).is_some());
}

#[test]
fn the_last_report_closes_the_filing() {
    let (mut world, filing, item) = abroad();
    world.wait_until(quarter_end(&world, 2026, 1));
    world.accepted(world.report_tx(filing, (2026, 1), &[(item, 120, 0, 80)], false, BOTH_REPORT));
    world.wait_until(quarter_end(&world, 2026, 2));
    let second = quarterly(filing, 2026, 2);
    assert!(duty(&world, second).is_some());
    world.accepted(world.report_tx(filing, (2026, 2), &[(item, 0, 80, 0)], true, BOTH_REPORT));
    let record = world.item(item);
    assert_eq!(record.state, Lifecycle::FinalUseReported);
    assert_eq!((record.on_hand, record.used, record.disposed), (pieces(0), pieces(120), pieces(80)));
    let grant = world.grant(filing);
    assert_eq!((grant.state, grant.abroad), (GrantState::Closed, pieces(0)));
    let effect = Effect::Reported { used: pieces(0), disposed: pieces(80), last: true };
    assert_eq!(world.last_event(item).effect, effect);
    // Nobody owes anything any more, and nothing leaves under it.
    world.wait_until(quarter_end(&world, 2026, 3).plus_ms(16 * DAY_MS));
    assert_eq!(duty(&world, quarterly(filing, 2026, 3)), None);
    let more = world.export_application(filing, 1);
    let closed = Rejection::GrantStateForbids { grant: filing, state: GrantState::Closed };
    assert_eq!(world.refused(world.apply_tx(&more)), closed);
}

/// The goods of one filing are not reported under another.
#[test]
fn a_report_is_about_the_goods_of_its_filing() {
    let (mut world, _, item) = abroad();
    let other = world.granted(world.filing_application(Org::Partner, 50));
    world.wait_until(quarter_end(&world, 2026, 1));
    let report = world.report_tx(other, (2026, 1), &[(item, 0, 0, 200)], false, BOTH_REPORT);
    let expected = Rejection::GrantDiffers { grant: other, what: text("filing") };
    assert_eq!(world.refused(report), expected);
    // Nor under a grant that is no filing, or that does not exist.
    let permit = world.item(item).grant.expect("the permit");
    let report = world.report_tx(permit, (2026, 1), &[(item, 0, 0, 200)], false, BOTH_REPORT);
    assert_eq!(world.refused(report), Rejection::FilingMissing);
    let unknown = GrantId::default();
    let report = world.report_tx(unknown, (2026, 1), &[(item, 0, 0, 200)], false, BOTH_REPORT);
    assert_eq!(world.refused(report), Rejection::GrantUnknown { grant: unknown });
}

// ----------------------------------------------------------------------------------------------- a partner is removed

/// Removed from the directory: those who filed with it are told, some in each block; nothing draws on its filings, and
/// it accepts nothing more (R19).
#[test]
fn a_removed_partner_receives_nothing_and_its_filings_are_investigated() {
    let (mut world, filing) = World::filed();
    let permit = world.granted(world.export_application(filing, 100));
    let waits = world.applied(world.export_application(filing, 50));
    let [offered, inside, stays] =
        [world.exited(permit, "P1", 10), world.inspected(permit, "P2", 10), world.imported(permit, "P3", 10)];
    let terms = world.terms(offered, world.point(offered), Org::FirmA, Org::Partner);
    world.accepted(world.offer(&terms, A));
    // Forty more filings wait with the partner: with the granted one, more than two steps of a cascade.
    let applications: Vec<_> = (0..40).map(|_| world.apply_tx(&world.filing_application(Org::Partner, 1))).collect();
    let mut filings: Vec<GrantId> = applications.iter().map(|tx| GrantId::of(&world.network, &tx.id())).collect();
    world.block(&applications);
    filings.push(filing);
    let key = StateKey::GrantHead(Org::Partner.id(), ledger::operation::GrantKind::HgrFiling);
    assert_eq!(world.record::<GrantHead>(key).expect("a head").count, 41);

    world.accepted(world.end_tx(Registry::Tri, Subject::Org(Org::Partner.id()), 0, EndWhy::Removed));
    let told = |w: &World| {
        let is_told = |id: &&GrantId| w.open_alert(AlertKind::PartnerRemoved, AlertSubject::Grant(**id)).is_some();
        filings.iter().filter(is_told).count()
    };
    let mut steps = vec![told(&world)];
    for _ in 0..4 {
        world.block(&[]);
        steps.push(told(&world));
    }
    assert_eq!(steps, [0, 16, 32, 41, 41]);
    let alert = world.open_alert(AlertKind::PartnerRemoved, AlertSubject::Grant(filing)).expect("an alert");
    assert_eq!((alert.orgs, alert.times, alert.decision.rule), (vec![Org::FirmA.id()], 1, Rule(19)));

    let gone = |subject: Org| Rejection::NotListed { registry: Registry::Tri, subject: text(&subject.id().0.short()) };
    let not_listed = gone(Org::Partner);
    let receipts = world.block(&[world.accept(&terms, PARTNER)]);
    let Outcome::Rejected { rejection, decision } = &receipts[0].outcome else { panic!("accepted") };
    assert_eq!(*rejection, not_listed);
    assert_eq!((decision.rule, decision.article.as_str()), (Rule(19), "art. 38"));
    let again = world.terms(offered, world.point(offered), Org::FirmA, Org::Partner);
    world.accepted(world.withdraw(&terms, A));
    let acts = [
        world.offer(&again, A),
        world.handover(offered, A, PARTNER),
        world.apply_tx(&world.export_application(filing, 1)),
        world.decide_tx(waits, None),
        world.exit_tx(&[stays]),
    ];
    for tx in acts {
        assert_eq!(world.would_refuse(tx), not_listed);
    }
    // What is inside the country may still be released to the firm itself.
    world.accepted(world.release_tx(CUSTOMS, &[inside]));
    // Listed again, it goes on.
    world.enter(Registry::Tri, Subject::Org(Org::Partner.id()), Value::None);
    world.accepted(world.handover(offered, A, PARTNER));
}
