//! Registries: what each is about, for how long, what replaces and ends an entry, and what follows from it.

use crate::world::*;
use gs1::{Gtin, check_digit};
use ledger::{
    ClassId, Hash, ItemId, KeyId, Operation, OrgId, Outcome, PersonId, Rejection, Role, StateKey, Timestamp,
    VerifiedTx,
    event::Ground,
    operation::{
        Application, Change, EndWhy, InspectionResult, Lane, NewEntry, Purpose, Registry, Subject, Value, place,
    },
    policy::Rule,
    record::{EntryRecord, KeyEndReason},
};
use std::sync::Arc;

fn entry_record(w: &World, registry: Registry, subject: Subject, period: u16, n: u64) -> EntryRecord {
    w.record(StateKey::Entry { place: place(registry, &subject, period), n }).expect("an entry")
}

fn invalid(registry: Registry, what: &str) -> Rejection {
    Rejection::EntryInvalid { registry, what: text(what) }
}

/// A world in which everybody who enters may: the expert is listed.
fn world_with_expert() -> World {
    let mut world = World::rated();
    world.enter(Registry::Expert, Subject::Person(EXPERT.pseudonym()), Value::Field(text("virology")));
    world
}

/// What each registry is about, and what it says.
fn right(registry: Registry) -> (Subject, Value) {
    let (org, class) = (Org::FirmB.id(), class_id());
    let of_org = Subject::Org(org);
    match registry {
        Registry::Qualified => (of_org, Value::Field(text("research"))),
        Registry::Rating => (of_org, Value::Rating(text("A"))),
        Registry::Premises => (Subject::Place(gln(900)), Value::Level { org, level: 4 }),
        Registry::GradedClass => (Subject::Class(class), Value::Grade(text("3"))),
        Registry::PositiveList | Registry::Access => (Subject::Class(class), Value::None),
        Registry::PreReview | Registry::WhiteList => (Subject::OrgClass(org, class), Value::None),
        Registry::Expert => (Subject::Person(LAB.pseudonym()), Value::Field(text("virology"))),
        Registry::PersonBan => (Subject::Person(LAB.pseudonym()), Value::None),
        Registry::Laboratory | Registry::NonAcceptance | Registry::Pilot | Registry::OrgBan => (of_org, Value::None),
        Registry::Tri => (Subject::Org(Org::Partner.id()), Value::None),
    }
}

fn right_entry(w: &World, registry: Registry) -> NewEntry {
    let (subject, value) = right(registry);
    let period = if registry == Registry::Rating { 2025 } else { 0 };
    NewEntry { period, ..w.entry(registry, subject, value) }
}

/// The registries of the draft.
fn registries() -> impl Iterator<Item = Registry> {
    Registry::ALL.into_iter().filter(|registry| *registry != Registry::Access)
}

// ------------------------------------------------------------------------------------------- what an entry may say

#[test]
fn each_registry_is_about_one_kind_of_subject() {
    let world = world_with_expert();
    let (org, class) = (Org::FirmB.id(), class_id());
    let subjects = [
        Subject::Org(org),
        Subject::Class(class),
        Subject::Person(LAB.pseudonym()),
        Subject::Place(gln(900)),
        Subject::OrgClass(org, class),
    ];
    for registry in registries() {
        let entry = right_entry(&world, registry);
        world.clone().accepted(world.enter_tx(entry.clone()));
        let kind = std::mem::discriminant(&entry.subject);
        for subject in subjects.into_iter().filter(|subject| std::mem::discriminant(subject) != kind) {
            let tx = world.enter_tx(NewEntry { subject, ..entry.clone() });
            let expected = invalid(registry, "it is about another kind of subject");
            assert_eq!(world.would_refuse(tx), expected, "{registry:?} {subject:?}");
        }
    }
    let tx = world.enter_tx(right_entry(&world, Registry::Access));
    assert_eq!(world.would_refuse(tx), invalid(Registry::Access, "the rules have no such registry"));
}

#[test]
fn each_registry_says_one_kind_of_thing() {
    let world = world_with_expert();
    let values = [
        Value::None,
        Value::Rating(text("A")),
        Value::Level { org: Org::FirmB.id(), level: 1 },
        Value::Grade(text("2")),
        Value::Field(text("research")),
    ];
    for registry in registries() {
        let entry = right_entry(&world, registry);
        // That somebody is listed can be said without a field of work.
        let may_say_nothing = matches!(registry, Registry::Qualified | Registry::Expert);
        for value in &values {
            let fits = std::mem::discriminant(value) == std::mem::discriminant(&entry.value)
                || (may_say_nothing && *value == Value::None);
            let tx = world.enter_tx(NewEntry { value: value.clone(), ..entry.clone() });
            match fits {
                true => drop(world.clone().accepted(tx)),
                false => {
                    let expected = invalid(registry, "its value is of another kind");
                    assert_eq!(world.would_refuse(tx), expected, "{registry:?} {value:?}");
                }
            }
        }
    }
}

#[test]
fn what_an_entry_says_exists() {
    let world = world_with_expert();
    let of = |registry| right_entry(&world, registry);
    let level = |level| Value::Level { org: Org::FirmB.id(), level };
    let nobody = OrgId(Hash([1; 32]));
    let nothing = ClassId(Hash([1; 32]));
    let with = |registry, value| NewEntry { value, ..of(registry) };
    let about = |registry, subject| NewEntry { subject, ..of(registry) };
    let of_a_year = "a rating, and nothing else, is of a year";
    let (no_rating, no_grade) = ("the rules have no such rating", "the rules have no such grade");
    let rows = [
        (with(Registry::Rating, Value::Rating(text("E"))), invalid(Registry::Rating, no_rating)),
        (with(Registry::GradedClass, Value::Grade(text("9"))), invalid(Registry::GradedClass, no_grade)),
        (with(Registry::Premises, level(0)), invalid(Registry::Premises, "biosafety levels are 1 to 4")),
        (with(Registry::Premises, level(5)), invalid(Registry::Premises, "biosafety levels are 1 to 4")),
        (with(Registry::Premises, Value::Level { org: nobody, level: 1 }), Rejection::OrgUnknown { org: nobody }),
        (NewEntry { period: 0, ..of(Registry::Rating) }, invalid(Registry::Rating, of_a_year)),
        (NewEntry { period: 2025, ..of(Registry::Qualified) }, invalid(Registry::Qualified, of_a_year)),
        (about(Registry::Rating, Subject::Org(nobody)), Rejection::OrgUnknown { org: nobody }),
        (about(Registry::PositiveList, Subject::Class(nothing)), Rejection::ClassUnknown),
        (about(Registry::WhiteList, Subject::OrgClass(nobody, class_id())), Rejection::OrgUnknown { org: nobody }),
        (about(Registry::WhiteList, Subject::OrgClass(Org::FirmB.id(), nothing)), Rejection::ClassUnknown),
        (about(Registry::Tri, Subject::Org(Org::FirmB.id())), invalid(Registry::Tri, "the organisation is no partner")),
    ];
    for (entry, expected) in rows {
        let tx = world.enter_tx(entry.clone());
        assert_eq!(world.would_refuse(tx), expected, "{entry:?}");
    }
}

#[test]
fn an_entry_ends_after_it_begins_and_within_its_period() {
    let world = world_with_expert();
    let calendar = world.pack().calendar;
    for registry in registries() {
        let entry = right_entry(&world, registry);
        let until = |to| world.enter_tx(NewEntry { to, ..entry.clone() });
        for to in [entry.from, Timestamp(entry.from.0 - 1), Timestamp(0)] {
            assert_eq!(world.would_refuse(until(Some(to))), Rejection::DatesReversed, "{registry:?}");
        }
        world.clone().accepted(until(Some(entry.from.plus_ms(1))));
        let latest = match registry {
            Registry::Qualified
            | Registry::GradedClass
            | Registry::PositiveList
            | Registry::PreReview
            | Registry::Expert
            | Registry::Laboratory => calendar.start_of_year(2027),
            Registry::Pilot | Registry::WhiteList => calendar.quarter_end(2026, 2),
            _ => {
                world.clone().accepted(until(None));
                world.clone().accepted(until(Some(entry.from.plus_ms(3_650 * DAY_MS))));
                continue;
            }
        };
        world.clone().accepted(until(Some(latest)));
        for to in [None, Some(latest.plus_ms(1))] {
            assert_eq!(world.would_refuse(until(to)), Rejection::EntryPeriod { registry, latest }, "{registry:?}");
        }
        // The period is that in which the entry begins.
        let next = NewEntry { from: latest, to: Some(latest.plus_ms(1)), ..entry.clone() };
        world.clone().accepted(world.enter_tx(next));
    }
}

#[test]
fn a_year_is_rated_when_it_is_over() {
    let mut world = World::rated();
    for year in [2026, 2027, 9_999] {
        let tx = world.enter_tx(world.rating(Org::FirmB, year, "A"));
        assert_eq!(world.would_refuse(tx), Rejection::RatingYearOpen { year });
    }
    // Nor was anybody rated in the century before.
    let (registry, what) = (Registry::Rating, text("ratings begin with the year 2000"));
    for year in [1, 1825, 1999] {
        let expect = Rejection::EntryInvalid { registry, what: what.clone() };
        assert_eq!(world.would_refuse(world.enter_tx(world.rating(Org::FirmB, year, "A"))), expect, "{year}");
    }
    world.clone().accepted(world.enter_tx(world.rating(Org::FirmB, 2000, "A")));
    // It is over in China eight hours before it is in Greenwich.
    let over = world.pack().calendar.start_of_year(2027);
    world.wait_until(Timestamp(over.0 - STEP_MS - 1));
    assert_eq!(world.next().time.plus_ms(1), over);
    let early = world.enter_tx(world.rating(Org::FirmB, 2026, "A"));
    assert_eq!(world.would_refuse(early), Rejection::RatingYearOpen { year: 2026 });
    world.wait(1);
    world.accepted(world.enter_tx(world.rating(Org::FirmB, 2026, "A")));
}

// --------------------------------------------------------------------------------- entries of one place, and their
// ends

#[test]
fn a_later_entry_replaces_the_last_and_both_stay_readable() {
    let mut world = World::rated();
    let subject = Subject::Org(Org::FirmA.id());
    let (registry, period) = (Registry::Rating, 2025);
    let first = entry_record(&world, registry, subject, period, 1);
    assert_eq!(first.end, None);
    assert!(first.in_force(world.now));
    let signed: Vec<(OrgId, KeyId, Role)> = first.by.iter().map(|by| (by.org, by.key, by.role)).collect();
    assert_eq!(signed, [(Org::Customs.id(), CUSTOMS.key_id(), Role::Officer)]);
    let tx = world.accepted(world.enter_tx(world.rating(Org::FirmA, 2025, "C")));
    assert_eq!(world.entries_of(registry, &subject, period), 2);
    let (old, new) =
        (entry_record(&world, registry, subject, period, 1), entry_record(&world, registry, subject, period, 2));
    let end = old.end.clone().expect("an end");
    assert_eq!((end.why, end.by.len(), end.at.height), (EndWhy::Replaced, 0, world.height));
    assert_eq!((&old.entry, &old.by, old.at), (&first.entry, &first.by, first.at));
    assert_eq!((new.end.clone(), new.by[0].tx), (None, tx));
    assert!(!old.in_force(world.now) && new.in_force(world.now));
    assert_eq!((new.decision.rule, new.decision.article.as_str()), (Rule(3), "art. 11"));
    // What was replaced cannot be ended any more.
    let change = Change::End { place: new.entry.place(), n: 1, why: EndWhy::Removed, documents: None };
    let tx = world.enact_tx(vec![change], &enders(registry));
    assert_eq!(world.would_refuse(tx), Rejection::EntryUnknown);
}

#[test]
fn an_entry_is_ended_by_whom_its_registry_names_and_once() {
    let base = world_with_expert();
    for registry in registries() {
        let mut world = base.clone();
        let entry = right_entry(&world, registry);
        world.accepted(world.enter_tx(entry.clone()));
        let end = |w: &World, signers: &[(Person, Role)]| {
            w.enact_tx(vec![w.end_of(registry, entry.subject, entry.period, EndWhy::Removed)], signers)
        };
        // Health alone ends nothing.
        let refused = world.would_refuse(end(&world, &[(HEALTH, Role::Officer)]));
        assert!(matches!(refused.name(), "NotCompetent" | "SignersWrong"), "{registry:?} {refused:?}");
        let n = world.entries_of(registry, &entry.subject, entry.period);
        let tx = world.accepted(end(&world, &enders(registry)));
        let record = entry_record(&world, registry, entry.subject, entry.period, n);
        let ended = record.end.clone().expect("an end");
        assert_eq!((ended.why, ended.by.len()), (EndWhy::Removed, enders(registry).len()), "{registry:?}");
        assert!(ended.by.iter().all(|by| by.tx == tx));
        assert!(!record.in_force(world.now) && record.entry == entry);
        assert_eq!(world.refused(end(&world, &enders(registry))), Rejection::EntryUnknown, "{registry:?}");
        // It can be entered again: nothing bars what was only removed.
        world.accepted(world.enter_tx(right_entry(&world, registry)));
        assert_eq!(world.entries_of(registry, &entry.subject, entry.period), n + 1);
    }
}

#[test]
fn what_was_cancelled_is_barred_to_the_day() {
    for registry in [Registry::Pilot, Registry::WhiteList] {
        let mut world = World::rated();
        let (subject, value) = right(registry);
        world.enter(registry, subject, value.clone());
        let mechanism = if registry == Registry::Pilot { JOINT } else { DISTRICT };
        let change = world.end_of(registry, subject, 0, EndWhy::Cancelled);
        world.accepted(world.enact_tx(vec![change], &[(mechanism, Role::Delegate)]));
        let until = world.now.plus_ms(1_095 * DAY_MS);
        let again = |w: &World| w.enter_tx(w.entry(registry, subject, value.clone()));
        assert_eq!(world.refused(again(&world)), Rejection::Reapplication { until }, "{registry:?}");
        world.wait_until(Timestamp(until.0 - STEP_MS - 1));
        assert_eq!(world.next().time.plus_ms(1), until);
        assert_eq!(world.would_refuse(again(&world)), Rejection::Reapplication { until }, "{registry:?}");
        world.wait(1);
        world.accepted(again(&world));
        // The half-yearly adjustment bars nobody (R23).
        world.accepted(world.end_tx(registry, subject, 0, EndWhy::Adjusted));
        world.accepted(again(&world));
    }
}

// ------------------------------------------------------------------------------------------------------------- bans

/// What firm B tries, and whether a ban lets it: to give things up and to answer for them, and nothing else (R18).
#[test]
fn a_banned_organisation_gives_up_what_it_has_and_does_nothing_else() {
    let mut world = World::rated();
    let permit = world.permit(300);
    let item = world.imported(permit, "L1", 100);
    let stays = world.imported(permit, "L2", 100);
    world.accepted(world.handover(item, A, B));
    let demand = Operation::Demand {
        debtors: vec![Org::FirmB.id()],
        until: world.now.plus_ms(DAY_MS),
        about: None,
        private: None,
    };
    let demanded = world.accepted(world.tx(demand, &[(CUSTOMS, Role::Officer)]));
    let duty = ledger::record::DutyKind::OnDemand { by: Org::Customs.id(), tx: demanded }.id();
    let terms = world.terms(stays, world.point(stays), Org::FirmA, Org::FirmB);
    world.accepted(world.offer(&terms, A));
    let org = Org::FirmB.id();
    world.enter(Registry::OrgBan, Subject::Org(org), Value::None);
    let ban = world.org(Org::FirmB).ban.expect("a ban");
    assert_eq!((ban.from.ms_since(START) < HOUR_MS, ban.to), (true, None));

    let w = &world;
    let to_carrier = w.terms(item, w.point(item), Org::FirmB, Org::Carrier);
    let allowed: [Arc<VerifiedTx>; 6] = [
        w.offer(&to_carrier, B),
        w.handover(item, B, CARRIER),
        w.handover(item, B, A),
        w.store_tx(B, &[item], premises_of(Org::FirmB), true),
        w.dispose_tx(item, pieces(1), B, ENVIRONMENT),
        w.tx(Operation::Answer { duty, private: None }, &[(B, Role::Declarant)]),
    ];
    for tx in allowed {
        w.clone().accepted(tx);
    }
    let refused: [Arc<VerifiedTx>; 7] = [
        w.register_tx(B, vec![(lot("L9"), pieces(1))]),
        w.use_tx(item, pieces(1), B),
        w.waste_tx(item, pieces(1), B),
        w.derive_tx(B, ledger::operation::DeriveKind::Split, &[(item, pieces(1))], w.parts(item, &[1])),
        w.accept(&terms, B),
        w.refuse(&terms, B),
        // Nobody gives it anything either.
        w.handover(stays, A, B),
    ];
    for tx in refused {
        assert_eq!(w.would_refuse(tx), Rejection::OrgBanned { org });
    }
    // The end of the entry ends the ban.
    world.accepted(world.end_tx(Registry::OrgBan, Subject::Org(org), 0, EndWhy::Removed));
    assert_eq!(world.org(Org::FirmB).ban, None);
    world.accepted(world.use_tx(item, pieces(1), B));
}

/// A ban is judged by its dates, whether or not anything has fired or been written since.
#[test]
fn a_ban_begins_and_ends_by_its_dates() {
    let mut world = World::rated();
    let org = Org::FirmB.id();
    let (from, to) = (world.now.plus_ms(10 * DAY_MS), world.now.plus_ms(20 * DAY_MS));
    let entry = world.entry(Registry::OrgBan, Subject::Org(org), Value::None);
    world.accepted(world.enter_tx(NewEntry { from, to: Some(to), ..entry }));
    let act = |w: &World, name: &str| w.register_tx(B, vec![(lot(name), pieces(1))]);
    world.accepted(act(&world, "L1"));
    world.wait_until(Timestamp(from.0 - STEP_MS - 1));
    world.clone().accepted(act(&world, "L2"));
    world.wait(1);
    assert_eq!(world.would_refuse(act(&world, "L3")), Rejection::OrgBanned { org });
    world.wait_until(Timestamp(to.0 - STEP_MS - 1));
    assert_eq!(world.would_refuse(act(&world, "L4")), Rejection::OrgBanned { org });
    world.wait(1);
    world.accepted(act(&world, "L5"));
}

#[test]
fn a_banned_person_signs_no_more_and_gets_no_key_again() {
    let mut world = World::rated();
    let (registry, person) = (Registry::PersonBan, B.pseudonym());
    let ban = |w: &World, keys: Vec<KeyId>| {
        let entry = w.entry(registry, Subject::Person(person), Value::None);
        w.enter_tx(NewEntry { ends_keys: keys, ..entry })
    };
    // Keys of others, and keys that nobody has.
    for keys in [vec![A.key_id()], vec![B.key_id(), A.key_id()], vec![KeyId(Hash([1; 32]))]] {
        assert_eq!(world.would_refuse(ban(&world, keys)), invalid(registry, "a key is not the person's"));
    }
    let elsewhere = world.entry(Registry::OrgBan, Subject::Org(Org::FirmB.id()), Value::None);
    let tx = world.enter_tx(NewEntry { ends_keys: vec![B.key_id()], ..elsewhere });
    assert_eq!(world.would_refuse(tx), invalid(Registry::OrgBan, "a key is not the person's"));

    let tx = world.accepted(ban(&world, vec![B.key_id()]));
    let end = world.key(B).end.expect("an end");
    assert_eq!((end.reason, end.cause, end.at.height), (KeyEndReason::Banned, tx, world.height));
    let key = B.key_id();
    assert_eq!(world.refused(world.register_tx(B, vec![(lot("L1"), pieces(1))])), Rejection::KeyBanned { key });
    // The organisation goes on, with others.
    world.accepted(world.register_tx(lead(Org::FirmB), vec![(lot("L1"), pieces(1))]));
    let again = |w: &World, number: u8, of: PersonId| {
        let next = Person { org: Org::FirmB, number };
        let claim = next.claim(&w.network, Org::FirmB, of, all_roles());
        w.tx(Operation::RegisterKey { org: Org::FirmB.id(), claim }, &[(lead(Org::FirmB), Role::Administrator)])
    };
    assert_eq!(world.refused(again(&world, 70, person)), Rejection::PersonBanned);
    world.accepted(again(&world, 71, PersonId(Hash([9; 32]))));
    // After the ban a new key, but never the old one.
    world.accepted(world.end_tx(registry, Subject::Person(person), 0, EndWhy::Removed));
    world.accepted(again(&world, 72, person));
    assert_eq!(world.refused(world.register_tx(B, vec![(lot("L2"), pieces(1))])), Rejection::KeyBanned { key });
}

/// Disqualified, banned, and its head with it: one motion, all of it or nothing (R18).
#[test]
fn a_violation_is_answered_by_one_motion() {
    let mut world = World::rated();
    let org = Org::FirmA.id();
    let person = world.entry(Registry::PersonBan, Subject::Person(A.pseudonym()), Value::None);
    let changes = vec![
        world.end_of(Registry::Qualified, Subject::Org(org), 0, EndWhy::Violation),
        Change::Enter(world.entry(Registry::OrgBan, Subject::Org(org), Value::None)),
        Change::Enter(NewEntry { ends_keys: vec![A.key_id()], ..person }),
    ];
    world.accepted(world.enact_tx(changes, &[(CUSTOMS, Role::Officer)]));
    let qualified = entry_record(&world, Registry::Qualified, Subject::Org(org), 0, 1);
    assert_eq!(qualified.end.expect("an end").why, EndWhy::Violation);
    assert!(world.org(Org::FirmA).ban.is_some());
    assert_eq!(world.key(A).end.expect("an end").reason, KeyEndReason::Banned);
}

// ------------------------------------------------------------------------------------------- what lanes read in them

/// GTIN of a class of its own for each grade.
fn gtin(grade: u64) -> String {
    let body = 952_180_000_000 + grade;
    Gtin::from_u64(body * 10 + u64::from(check_digit(body))).unwrap().as_str14()
}

/// A declared lot of firm A of a class of this grade.
fn declared(world: &mut World, grade: u64) -> ItemId {
    let gtin = gtin(grade);
    let profile = ledger::record::ClassProfile { grade: text(&grade.to_string()), ..class_profile(&gtin) };
    world.admit_class(profile);
    let class = class_of(&gtin);
    let permit = world.granted(Application { class, ..world.application(100) });
    let body = registration_of(class, lot_of(&gtin, "L1"), pieces(10), Purpose::Unstated);
    let tx = world.accepted(world.register_all_tx(A, vec![body]));
    let item = ItemId::of(&world.network, &tx, 0);
    world.accepted(world.assign_tx(A, &[item], permit));
    world.accepted(world.declare_tx(A, &[item]));
    item
}

/// A1: whether grade 1 is the least or the most dangerous decides whom R13 exempts, and the wrong reading exempts the
/// most dangerous grade.
#[test]
fn an_exemption_from_inspection_never_reaches_the_most_dangerous_grade() {
    let rows: [(&str, [&str; 5], &[u64]); 4] = [
        ("first-is-lowest", ["A", "A", "A", "A", "A"], &[1, 2, 3]),
        ("first-is-lowest", ["D", "D", "B", "A", "B"], &[1, 2, 3]),
        ("first-is-highest", ["A", "A", "A", "A", "A"], &[2, 3, 4]),
        ("first-is-highest", ["D", "D", "B", "A", "B"], &[3, 4]),
    ];
    for (orientation, ratings, exempt) in rows {
        let mut world = World::settled_as(orientation);
        world.enter(Registry::Qualified, Subject::Org(Org::FirmA.id()), Value::Field(text("research")));
        let years: Vec<(u16, &str)> = (2021..).zip(ratings).collect();
        world.rate(Org::FirmA, &years);
        for grade in 1..=4 {
            let item = declared(&mut world, grade);
            let tx = world.inspect_tx(CUSTOMS, &[item], InspectionResult::Exempt);
            let outcome = world.block(&[tx]).remove(0).outcome;
            let cell = format!("grade {grade} of {orientation} with {ratings:?}");
            match outcome {
                Outcome::Accepted { .. } => {
                    assert!(exempt.contains(&grade), "{cell}");
                    let decision = world.last_event(item).decision.expect("a decision");
                    assert_eq!((decision.rule, decision.article.as_str()), (Rule(13), "art. 26"), "{cell}");
                }
                Outcome::Rejected { rejection, decision } => {
                    assert!(!exempt.contains(&grade), "{cell}: {rejection:?}");
                    assert_eq!((rejection.name(), decision.rule), ("LaneClosed", Rule(13)), "{cell}");
                }
            }
        }
    }
}

/// Everything that the lanes of R8 and R10 ask for, but for the ratings.
fn fast_lane(ratings: [&str; 5]) -> World {
    let mut world = World::settled();
    let (org, class) = (Org::FirmA.id(), class_id());
    world.enter(Registry::Qualified, Subject::Org(org), Value::Field(text("research")));
    world.enter(Registry::PositiveList, Subject::Class(class), Value::None);
    world.enter(Registry::PreReview, Subject::OrgClass(org, class), Value::None);
    let years: Vec<(u16, &str)> = (2021..).zip(ratings).collect();
    world.rate(Org::FirmA, &years);
    world
}

fn ratings_among(grounds: &[Ground]) -> usize {
    let places: Vec<Hash> =
        (2021..2026).map(|year| place(Registry::Rating, &Subject::Org(Org::FirmA.id()), year)).collect();
    grounds.iter().filter(|ground| matches!(ground, Ground::Entry { place, n: 1 } if places.contains(place))).count()
}

#[test]
fn a_streak_opens_the_lanes_and_is_cited() {
    let mut world = fast_lane(["A", "A", "A", "A", "A"]);
    let permit = world.applied(world.application(100));
    world.accepted(world.decide_tx(permit, Some(Lane::InstantPermit)));
    let record = world.grant(permit);
    let decision = record.decision.expect("a decision");
    assert_eq!((record.lane, decision.rule), (Some(Lane::InstantPermit), Rule(8)));
    // The positive list, the qualification and three ratings; and the premises, which every import needs.
    assert_eq!((ratings_among(&decision.grounds), decision.grounds.len()), (3, 6));

    let first = world.assigned(permit, "L1", 10);
    let second = world.assigned(permit, "L2", 10);
    // The first declaration is an ordinary one (Art. 23).
    let (lane, condition) = (Lane::DeclarationExempt, text("declared-before"));
    let early = world.declare_exempt_tx(A, &[first]);
    assert_eq!(world.refused(early), Rejection::LaneClosed { lane, condition });
    world.accepted(world.declare_tx(A, &[first]));
    world.accepted(world.declare_exempt_tx(A, &[second]));
    let event = world.last_event(second);
    let decision = event.decision.expect("a decision");
    assert_eq!(event.state, ledger::Lifecycle::DeclarationExempt);
    assert_eq!((decision.rule, decision.article.as_str()), (Rule(10), "art. 23"));
    // The permit, the pre-review, the positive list, the qualification and five ratings.
    assert_eq!((ratings_among(&decision.grounds), decision.grounds.len()), (5, 9));
    assert!(decision.grounds.contains(&Ground::Grant(permit)));
    world.accepted(world.release_tx(CUSTOMS, &[second]));
}

/// Streaks end at the last completed year, and one B among them ends them (S3).
#[test]
fn a_broken_streak_closes_the_lanes() {
    let mut world = fast_lane(["A", "A", "B", "A", "A"]);
    let permit = world.applied(world.application(100));
    let (lane, condition) = (Lane::InstantPermit, text("rated A 3"));
    let instant = world.decide_tx(permit, Some(lane));
    assert_eq!(world.refused(instant), Rejection::LaneClosed { lane, condition });
    world.accepted(world.decide_tx(permit, None));
    let [first, second] = ["L1", "L2"].map(|name| world.assigned(permit, name, 10));
    world.accepted(world.declare_tx(A, &[first]));
    let (lane, condition) = (Lane::DeclarationExempt, text("rated A 5"));
    assert_eq!(world.refused(world.declare_exempt_tx(A, &[second])), Rejection::LaneClosed { lane, condition });
}

/// A year without a rating is no year of a streak.
#[test]
fn a_streak_goes_to_the_last_completed_year() {
    let mut world = fast_lane(["A", "A", "A", "A", "A"]);
    world.wait_until(world.pack().calendar.start_of_year(2027));
    world.enter(Registry::PositiveList, Subject::Class(class_id()), Value::None);
    world.enter(Registry::Qualified, Subject::Org(Org::FirmA.id()), Value::Field(text("research")));
    let permit = world.applied(world.application(10));
    let (lane, condition) = (Lane::InstantPermit, text("rated A 3"));
    let instant = |w: &World| w.decide_tx(permit, Some(lane));
    assert_eq!(world.refused(instant(&world)), Rejection::LaneClosed { lane, condition });
    world.rate(Org::FirmA, &[(2026, "A")]);
    world.accepted(instant(&world));
}

/// R10 is for Hong Kong and Macau alone.
#[test]
fn a_lane_to_a_region_is_open_to_no_other() {
    let mut world = fast_lane(["A", "A", "A", "A", "A"]);
    for (region, opens) in [("HK", true), ("MO", true), ("SG", false), ("CN", false)] {
        let permit = world.granted(Application { region: text(region), ..world.application(100) });
        let [first, second] = ["L1", "L2"].map(|name| world.assigned(permit, name, 10));
        world.accepted(world.declare_tx(A, &[first]));
        let tx = world.declare_exempt_tx(A, &[second]);
        match opens {
            true => drop(world.accepted(tx)),
            false => {
                let (lane, condition) = (Lane::DeclarationExempt, text("region HK MO"));
                assert_eq!(world.refused(tx), Rejection::LaneClosed { lane, condition }, "{region}");
            }
        }
    }
}
