//! Alerts: what the ledger tells by itself, whom, how often, and when it stops. Alerts tell; they decide nothing.

use crate::world::*;
use ledger::{
    Hash, ItemId, Operation, Outcome, Rejection, Role, StateKey, Timestamp,
    block::{FeedEntry, feed_head},
    list,
    operation::{Application, GrantKind, Lane, Note, Purpose, Registry, Subject, Value, place},
    policy::Rule,
    record::{AgencyFunction, AlertKind, AlertRecord, AlertSubject, DutyKind, DutyRecord, alert_id},
};
use std::collections::BTreeSet;

/// A world, and what was to be told in it.
type Told = (World, AlertSubject);
/// A kind; how it comes about; whom it concerns; by which rule.
type Row = (AlertKind, fn() -> Told, &'static [Org], u8);

fn lot_of_a(world: &mut World) -> ItemId {
    world.registered(lot("L1"), pieces(100))
}

fn released(world: &mut World) -> ItemId {
    let permit = world.permit(1_000);
    world.imported(permit, "L1", 100)
}

/// The end of what an entry may last, less the days of warning.
fn warned(to: Timestamp) -> Timestamp {
    Timestamp(to.0 - 30 * DAY_MS)
}

const ROWS: &[Row] = &[
    (
        AlertKind::AcceptanceOverdue,
        || {
            let mut world = World::settled();
            let item = released(&mut world);
            let terms = world.terms(item, world.point(item), Org::FirmA, Org::FirmB);
            world.accepted(world.offer(&terms, A));
            world.wait_until(terms.expires);
            (world, AlertSubject::Item(item))
        },
        &[Org::FirmA, Org::FirmB],
        28,
    ),
    (
        AlertKind::DecisionOverdue,
        || {
            let mut world = World::settled();
            let grant = world.applied(world.application(10));
            let due = world.grant(grant).due.expect("a due time");
            world.wait_until(due);
            (world, AlertSubject::Grant(grant))
        },
        &[Org::FirmA],
        7,
    ),
    (
        AlertKind::PermitEnding,
        || {
            let mut world = World::settled();
            let grant = world.permit(10);
            let (_, to) = world.grant(grant).valid.expect("dates");
            world.wait_until(warned(to));
            (world, AlertSubject::Grant(grant))
        },
        &[Org::FirmA],
        21,
    ),
    (
        AlertKind::EntryEnding,
        || {
            let mut world = World::regulated();
            let subject = Subject::Org(Org::FirmA.id());
            let entry = world.entry(Registry::Qualified, subject, Value::Field(text("research")));
            world.accepted(world.enter_tx(entry.clone()));
            world.wait_until(warned(entry.to.expect("an end")));
            (world, AlertSubject::Entry(place(Registry::Qualified, &subject, 0), 1))
        },
        &[Org::FirmA],
        3,
    ),
    (
        AlertKind::ReportOverdue,
        || {
            let mut world = World::settled();
            let until = world.now.plus_ms(DAY_MS);
            let demand = Operation::Demand { debtors: vec![Org::FirmB.id()], until, about: None, private: None };
            let tx = world.accepted(world.tx(demand, &[(CUSTOMS, Role::Officer)]));
            let duty = DutyKind::OnDemand { by: Org::Customs.id(), tx }.id();
            world.wait_until(until);
            (world, AlertSubject::Duty(duty, Org::FirmB.id()))
        },
        &[Org::FirmB],
        15,
    ),
    (
        AlertKind::Balance,
        || {
            let mut world = World::settled();
            let item = lot_of_a(&mut world);
            let note = Note::SelfCheck { counted: pieces(99), report: Hash([1; 32]) };
            world.accepted(world.note_tx(A, &[item], note));
            (world, AlertSubject::Item(item))
        },
        &[Org::FirmA],
        17,
    ),
    (
        AlertKind::Excursion,
        || {
            let mut world = World::settled();
            let item = lot_of_a(&mut world);
            let readings = world.readings(2_000, 8_001);
            world.accepted(world.note_tx(A, &[item], readings));
            (world, AlertSubject::Item(item))
        },
        &[Org::FirmA],
        28,
    ),
    (
        AlertKind::Hold,
        || {
            let mut world = World::settled();
            let item = lot_of_a(&mut world);
            world.accepted(world.hold_tx(item, HEALTH));
            (world, AlertSubject::Item(item))
        },
        &[Org::FirmA],
        28,
    ),
    (
        AlertKind::BannedParty,
        || {
            let mut world = World::settled();
            let org = Org::FirmB.id();
            world.enter(Registry::OrgBan, Subject::Org(org), Value::None);
            (world, AlertSubject::Org(org))
        },
        &[Org::FirmB],
        18,
    ),
    (
        AlertKind::PurposeBreach,
        || {
            let mut world = World::settled();
            let item = released(&mut world);
            world.alter(item, |record| record.marks.research_only = true);
            let mut terms = world.terms(item, world.point(item), Org::FirmA, Org::FirmB);
            terms.purpose = Purpose::Sale;
            world.refused(world.offer(&terms, A));
            (world, AlertSubject::Item(item))
        },
        &[Org::FirmA],
        24,
    ),
    (
        AlertKind::Loss,
        || {
            let mut world = World::settled();
            let item = released(&mut world);
            world.accepted(world.lose_tx(item, pieces(1), true, A));
            (world, AlertSubject::Item(item))
        },
        &[Org::FirmA],
        28,
    ),
    (
        AlertKind::PilotStopped,
        || {
            let mut world = World::regulated();
            let subject = Subject::Org(Org::FirmA.id());
            world.enter(Registry::Pilot, subject, Value::None);
            world.rate(Org::FirmA, &[(2025, "C")]);
            (world, AlertSubject::Org(Org::FirmA.id()))
        },
        &[Org::FirmA],
        26,
    ),
    (
        AlertKind::SerialTwice,
        || {
            let mut world = World::settled();
            world.registered_by(B, serial("S1"), pieces(1));
            let second = world.registered(serial("S1"), pieces(1));
            (world, AlertSubject::Item(second))
        },
        &[Org::FirmA, Org::FirmB],
        0,
    ),
];

fn ids(orgs: &[Org]) -> Vec<ledger::OrgId> {
    let mut ids: Vec<ledger::OrgId> = orgs.iter().map(|org| org.id()).collect();
    ids.sort();
    ids
}

#[test]
fn each_kind_is_raised_once_for_whom_it_concerns() {
    for (kind, make, orgs, rule) in ROWS {
        let (world, subject) = make();
        let alert = world.open_alert(*kind, subject).unwrap_or_else(|| panic!("{kind:?}"));
        assert_eq!((alert.kind, alert.subject, alert.times), (*kind, subject, 1), "{kind:?}");
        assert_eq!((alert.raised.time, alert.last.time), (world.now, world.now), "{kind:?}");
        assert_eq!(alert.orgs, ids(orgs), "{kind:?}");
        assert_eq!(alert.decision.rule, Rule(*rule), "{kind:?}");
        let pack = world.pack();
        assert_eq!(alert.decision.pack, pack.hash());
        assert_eq!(alert.readers, pack.alert(*kind).expect("a row").to, "{kind:?}");
    }
}

/// The partner of a removed institution is told by a cascade: `hgr.rs` has it.
#[test]
fn every_kind_has_a_row() {
    let shown: BTreeSet<AlertKind> = ROWS.iter().map(|(kind, ..)| *kind).chain([AlertKind::PartnerRemoved]).collect();
    assert_eq!(shown, AlertKind::ALL.into_iter().collect());
}

/// A pack without a row for a kind raises none of it, and leaves nothing to become due.
#[test]
fn custody_alone_tells_nothing() {
    let mut world = World::default();
    let item = world.released();
    let terms = world.terms(item, world.point(item), Org::FirmA, Org::FirmB);
    world.accepted(world.offer(&terms, A));
    world.wait(2 * DAY_MS);
    world.accepted(world.hold_tx(item, HEALTH));
    world.registered(serial("S1"), pieces(1));
    let second = world.registered_by(B, serial("S1"), pieces(1));
    for kind in AlertKind::ALL {
        for item in [item, second] {
            assert_eq!(world.alert(kind, AlertSubject::Item(item)), None, "{kind:?}");
        }
    }
    assert!(ledger::StateRead::due(&world.state, Timestamp(u64::MAX), 1).expect("a state").is_empty());
}

/// One alert for each kind and subject, counted: nobody floods the agencies. Closed and raised again it is open again.
#[test]
fn an_alert_is_counted_and_closed() {
    let mut world = World::settled();
    let item = lot_of_a(&mut world);
    let (kind, subject) = (AlertKind::Balance, AlertSubject::Item(item));
    let check = |world: &mut World| {
        let note = Note::SelfCheck { counted: pieces(99), report: Hash([1; 32]) };
        let tx = world.note_tx(A, &[item], note);
        world.accepted(tx);
        world.open_alert(kind, subject).expect("an alert")
    };
    let first = check(&mut world);
    for times in 2..=4 {
        let alert = check(&mut world);
        assert_eq!((alert.times, alert.raised, alert.last.time), (times, first.raised, world.now));
    }
    let alert = alert_id(kind, &subject);
    let close = |w: &World| {
        w.tx(Operation::CloseAlert { alert, reason: text("counted together") }, &[(CUSTOMS, Role::Officer)])
    };
    let tx = world.accepted(close(&world));
    let closed = world.alert(kind, subject).expect("the alert").closed.expect("an end");
    assert_eq!((closed.0.time, closed.1, closed.2), (world.now, Org::Customs.id(), tx));
    assert_eq!(world.refused(close(&world)), Rejection::AlertUnknown);
    let again = check(&mut world);
    assert_eq!((again.times, again.raised.time), (5, world.now));
    // What agrees raises nothing.
    let note = Note::SelfCheck { counted: pieces(100), report: Hash([1; 32]) };
    world.accepted(world.note_tx(A, &[item], note));
    assert_eq!(world.alert(kind, subject).expect("the alert").times, 5);
}

/// What ends the cause closes the alert (R28, R7).
#[test]
fn the_act_that_ends_the_cause_closes_the_alert() {
    // An overdue offer that is answered, taken back, or made anew.
    let late = || {
        let mut world = World::settled();
        let item = released(&mut world);
        let terms = world.terms(item, world.point(item), Org::FirmA, Org::FirmB);
        world.accepted(world.offer(&terms, A));
        world.wait_until(terms.expires);
        assert!(world.open_alert(AlertKind::AcceptanceOverdue, AlertSubject::Item(item)).is_some());
        (world, item, terms)
    };
    for answer in 0..4 {
        let (mut world, item, terms) = late();
        let tx = match answer {
            0 => world.refuse(&terms, B),
            1 => world.withdraw(&terms, A),
            2 => world.offer(&world.terms(item, world.point(item), Org::FirmA, Org::Carrier), A),
            _ => world.handover(item, A, B),
        };
        let tx = world.accepted(tx);
        let closed = world.alert(AlertKind::AcceptanceOverdue, AlertSubject::Item(item)).expect("the alert").closed;
        assert_eq!(closed.expect("an end").2, tx, "{answer}");
    }
    // An offer that is answered in time is not told.
    let mut world = World::settled();
    let item = released(&mut world);
    let terms = world.terms(item, world.point(item), Org::FirmA, Org::FirmB);
    world.accepted(world.offer(&terms, A));
    world.accepted(world.accept(&terms, B));
    world.wait_until(terms.expires.plus_ms(DAY_MS));
    assert_eq!(world.alert(AlertKind::AcceptanceOverdue, AlertSubject::Item(item)), None);
    // A hold: when the last of them is lifted.
    let (kind, subject) = (AlertKind::Hold, AlertSubject::Item(item));
    world.accepted(world.hold_tx(item, HEALTH));
    world.accepted(world.hold_tx(item, CUSTOMS));
    let placed: Vec<u64> = world.item(item).holds.iter().map(|hold| hold.placed).collect();
    world.accepted(world.lift_tx(item, placed[0], HEALTH));
    assert_eq!(world.open_alert(kind, subject).expect("an alert").times, 2);
    world.accepted(world.lift_tx(item, placed[1], CUSTOMS));
    assert_eq!(world.open_alert(kind, subject), None);
}

/// A demand is answered by a debtor, and by nobody else (R16).
#[test]
fn a_demand_is_answered_late_or_in_time() {
    let mut world = World::settled();
    let item = lot_of_a(&mut world);
    let until = world.now.plus_ms(DAY_MS);
    let demand = |until, about, debtors: &[Org]| Operation::Demand {
        debtors: debtors.iter().map(|org| org.id()).collect(),
        until,
        about,
        private: Some(Hash([8; 32])),
    };
    let by_health = [(HEALTH, Role::Officer)];
    let next = world.next().time;
    let rows = [
        (demand(next, None, &[Org::FirmA]), Rejection::DatesReversed),
        (demand(until, None, &[Org::Stranger]), Rejection::OrgUnknown { org: Org::Stranger.id() }),
        (
            demand(until, Some(ItemId(Hash([1; 32]))), &[Org::FirmA]),
            Rejection::ItemUnknown { item: ItemId(Hash([1; 32])) },
        ),
    ];
    for (operation, expected) in rows {
        assert_eq!(world.would_refuse(world.tx(operation, &by_health)), expected);
    }
    let tx = world.accepted(world.tx(demand(until, Some(item), &[Org::FirmA]), &by_health));
    let duty = DutyKind::OnDemand { by: Org::Health.id(), tx }.id();
    let answer = |w: &World, by| w.tx(Operation::Answer { duty, private: None }, &[(by, Role::Declarant)]);
    world.wait_until(until);
    let subject = AlertSubject::Duty(duty, Org::FirmA.id());
    assert!(world.open_alert(AlertKind::ReportOverdue, subject).is_some());
    assert_eq!(world.refused(answer(&world, B)), Rejection::NotDebtor { org: Org::FirmB.id() });
    let tx = world.accepted(answer(&world, A));
    assert_eq!(world.alert(AlertKind::ReportOverdue, subject).expect("the alert").closed.expect("an end").2, tx);
    assert_eq!(world.refused(answer(&world, A)), Rejection::DutyDone);
}

/// A demand to several is answered by each for itself: the answer of one tells nothing of the others (R16, Art. 35).
#[test]
fn each_debtor_answers_for_itself() {
    let mut world = World::settled();
    let until = world.now.plus_ms(DAY_MS);
    let debtors = vec![Org::FirmA.id(), Org::FirmB.id(), Org::Carrier.id()];
    let demand = Operation::Demand { debtors, until, about: None, private: None };
    let tx = world.accepted(world.tx(demand, &[(HEALTH, Role::Officer)]));
    let kind = DutyKind::OnDemand { by: Org::Health.id(), tx };
    let duty = kind.id();
    let answer = |w: &World, by| w.tx(Operation::Answer { duty, private: None }, &[(by, Role::Declarant)]);
    let overdue =
        |w: &World, org: Org| w.open_alert(AlertKind::ReportOverdue, AlertSubject::Duty(duty, org.id())).is_some();
    let record = |w: &World| w.record::<DutyRecord>(StateKey::Duty(duty)).expect("the duty");
    // One answers in time, one late, one not at all.
    let first = world.accepted(answer(&world, A));
    assert_eq!(world.refused(answer(&world, A)), Rejection::DutyDone);
    world.wait_until(until);
    assert_eq!([Org::FirmA, Org::FirmB, Org::Carrier].map(|org| overdue(&world, org)), [false, true, true]);
    let second = world.accepted(answer(&world, B));
    assert_eq!([Org::FirmA, Org::FirmB, Org::Carrier].map(|org| overdue(&world, org)), [false, false, true]);
    let open = record(&world);
    let answers: Vec<_> = open.answers.iter().map(|(org, _, tx)| (*org, *tx)).collect();
    assert_eq!(answers, [(Org::FirmA.id(), first), (Org::FirmB.id(), second)]);
    assert_eq!((open.done, open.owes(&Org::FirmB.id()), open.owes(&Org::Carrier.id())), (None, false, true));
    // The last answer ends it.
    let last = world.accepted(answer(&world, CARRIER));
    assert_eq!(record(&world).done.map(|(_, tx)| tx), Some(last));
    assert!(!overdue(&world, Org::Carrier));
}

/// Whoever is concerned finds the alert in its feed; a banned party does not learn that it is watched.
#[test]
fn alerts_stand_in_the_feeds_of_whom_they_concern() {
    let mut world = World::settled();
    let item = lot_of_a(&mut world);
    let before = world.feed(Org::FirmA);
    let receipts = world.block(&[world.hold_tx(item, HEALTH)]);
    let Outcome::Accepted { events } = &receipts[0].outcome else { panic!("refused") };
    let alert = alert_id(AlertKind::Hold, &AlertSubject::Item(item));
    let entries = [FeedEntry::Event(events[0]), FeedEntry::Alert { alert, times: 1 }];
    let entries: Vec<Hash> = entries.iter().map(FeedEntry::hash).collect();
    let head = feed_head(&Org::FirmA.id(), before.count + 1, &before.head, world.height, &list::root(&entries));
    assert_eq!(world.feed(Org::FirmA).head, head);

    world.enter(Registry::OrgBan, Subject::Org(Org::FirmB.id()), Value::None);
    let before = world.feed(Org::FirmB);
    let tx = world.register_tx(B, vec![(lot("L9"), pieces(1))]);
    let id = tx.id();
    let rejection = world.refused(tx);
    let entries = [FeedEntry::Refused { tx: id, rejection }.hash()];
    let head = feed_head(&Org::FirmB.id(), before.count + 1, &before.head, world.height, &list::root(&entries));
    assert_eq!(world.feed(Org::FirmB).head, head);
    let banned = world.open_alert(AlertKind::BannedParty, AlertSubject::Org(Org::FirmB.id())).expect("an alert");
    assert_eq!(banned.times, 2, "with the entry, and with the refused signature");
}

/// Readings within the limits of the category are none to tell; those beyond are counted on the item.
#[test]
fn readings_are_held_against_the_limits_of_the_category() {
    let mut world = World::settled();
    let item = lot_of_a(&mut world);
    let rows = [(2_000, 8_000, 0), (-196_000, 8_000, 0), (-196_001, 0, 1), (2_000, 8_001, 2), (8_001, 8_001, 3)];
    for (min, max, excursions) in rows {
        let readings = world.readings(min, max);
        world.accepted(world.note_tx(A, &[item], readings));
        assert_eq!(world.item(item).excursions, excursions, "{min} to {max}");
    }
    let alert = world.open_alert(AlertKind::Excursion, AlertSubject::Item(item)).expect("an alert");
    assert_eq!(alert.times, 3);
    assert_eq!(BTreeSet::from_iter(alert.readers), BTreeSet::from([AgencyFunction::Customs, AgencyFunction::Health]));
    // Series that go backwards are none.
    let reversed = world.readings(8, 2);
    assert_eq!(world.refused(world.note_tx(A, &[item], reversed)), Rejection::DatesReversed);
    let Note::Telemetry { kind, root, count, from, to, min, max } = world.readings(2, 8) else { panic!("readings") };
    let reversed = Note::Telemetry { kind, root, count, from: to, to: from, min, max };
    assert_eq!(world.refused(world.note_tx(A, &[item], reversed)), Rejection::DatesReversed);
    // Nor are those that have not been taken yet; an instrument's clock may be some minutes ahead.
    let latest = world.next().time.plus_ms(ledger::bounds::MAX_READING_AHEAD_MS);
    let until = |to| Note::Telemetry { kind, root, count, from, to, min, max };
    let early = world.note_tx(A, &[item], until(latest.plus_ms(1)));
    assert_eq!(world.would_refuse(early), Rejection::ReadingsAhead { latest });
    world.accepted(world.note_tx(A, &[item], until(latest)));
    // Positions have no limits; a count of another unit is none.
    let kind = ledger::operation::Telemetry::Position;
    let positions = Note::Telemetry { kind, root, count, from, to, min: i32::MIN, max: i32::MAX };
    world.accepted(world.note_tx(A, &[item], positions));
    assert_eq!(world.item(item).excursions, 3);
    let counted = Note::SelfCheck { counted: "1 MLT".parse().unwrap(), report: Hash([1; 32]) };
    assert_eq!(world.refused(world.note_tx(A, &[item], counted)), Rejection::UnitMismatch { item });
}

/// An entry that was replaced, or a permit that was cancelled, does not end: nobody is warned of it.
#[test]
fn nobody_is_warned_of_what_has_ended_already() {
    let mut world = World::settled();
    let subject = Subject::Org(Org::FirmA.id());
    let field = |name: &str| Value::Field(text(name));
    world.enter(Registry::Qualified, subject, field("research"));
    world.enter(Registry::Qualified, subject, field("production"));
    let grant = world.permit(10);
    let cancel = Operation::Cancel { grant, reason: text("no need") };
    world.accepted(world.tx(cancel, &[(A, Role::Declarant)]));
    let instant = world.applied(Application { kind: GrantKind::Permit, ..world.application(10) });
    assert_eq!(world.refused(world.decide_tx(instant, Some(Lane::InstantPermit))).name(), "LaneClosed");
    world.wait(366 * DAY_MS);
    let place = place(Registry::Qualified, &subject, 0);
    let told = |n| -> Option<AlertRecord> { world.alert(AlertKind::EntryEnding, AlertSubject::Entry(place, n)) };
    assert_eq!(told(1), None);
    assert!(told(2).is_some());
    assert_eq!(world.alert(AlertKind::PermitEnding, AlertSubject::Grant(grant)), None);
    let key = StateKey::Alert(alert_id(AlertKind::DecisionOverdue, &AlertSubject::Grant(instant)));
    assert!(world.record::<AlertRecord>(key).is_some(), "a refused lane leaves the application to be decided");
}
