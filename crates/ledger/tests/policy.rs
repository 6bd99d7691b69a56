//! Policy packs: what a pack may say, what no pack can change, and what one says of risk, ratings and articles.

use crate::samples::*;
use ledger::{
    Act, Decision, Operation, PolicyPack,
    bounds::{MAX_SIGNER_SETS, MAX_STREAK},
    operation::{GrantKind, InspectionResult, Lane, Registry, Verdict},
    policy::{Condition, Grade, LaneRow, NoRule, PackError, Rule, SignerSet, shift},
    record::{AgencyFunction, Role},
};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn packs_that_come_with_the_program_say_one_thing() {
    let packs = every_pack();
    let names: Vec<(&str, &str)> = packs.iter().map(|p| (p.name.as_str(), p.orientation.name())).collect();
    for name in ["plain", "shenzhen-draft"] {
        for orientation in ["first-is-highest", "first-is-lowest"] {
            assert!(names.contains(&(name, orientation)), "{name} {orientation}");
        }
    }
    assert!(names.contains(&("gacc-281", "first-is-highest")));
    for pack in &packs {
        assert!(pack.errors().is_empty(), "{}: {:?}", pack.name, pack.errors());
    }
    // The one knows every act; the other is custody alone.
    let acts = |pack: &PolicyPack| pack.acts.iter().map(|row| row.act).collect::<Vec<_>>();
    assert_eq!(acts(&pack()), Act::ALL);
    let plain = shipped("plain", "first-is-lowest");
    assert!(plain.registries.is_empty() && plain.grants.is_empty() && plain.lanes.is_empty());
    assert!(plain.grades.iter().all(|grade| !grade.permit && grade.premises == 0));
    for act in [Act::Apply, Act::Assign, Act::Decide, Act::Demand, Act::Report] {
        assert!(plain.row(act).is_none(), "{act:?}");
    }
}

// ------------------------------------------------------------------------------------------- what a pack cannot say

/// The name of an error's variant; a new variant stops the build here, and then wants a row below.
fn name_of(error: &PackError) -> &'static str {
    match error {
        PackError::ActOrder { .. } => "ActOrder",
        PackError::ArticleOrder { .. } => "ArticleOrder",
        PackError::ArticleMissing { .. } => "ArticleMissing",
        PackError::SetCount { .. } => "SetCount",
        PackError::SignerTwice { .. } => "SignerTwice",
        PackError::Fixed { .. } => "Fixed",
        PackError::RuleUnknown { .. } => "RuleUnknown",
        PackError::ActMissing { .. } => "ActMissing",
        PackError::HoldsDiffer => "HoldsDiffer",
        PackError::Empty { .. } => "Empty",
        PackError::TooLong { .. } => "TooLong",
        PackError::Grades => "Grades",
        PackError::Grade { .. } => "Grade",
        PackError::Registry { .. } => "Registry",
        PackError::Grant { .. } => "Grant",
        PackError::Lane { .. } => "Lane",
        PackError::List { .. } => "List",
        PackError::Calendar(_) => "Calendar",
    }
}
const VARIANTS: usize = 18;

type Change = fn(&mut PolicyPack);
/// Variant, part of the message, and the change of `shenzhen-draft` that it refuses.
type Case = (&'static str, &'static str, Change);

fn row(pack: &mut PolicyPack, act: Act) -> &mut ledger::policy::ActRow {
    &mut pack.acts[act as usize]
}
fn rated(at_least: &str, years: u8) -> Condition {
    Condition::Rated { at_least: text(at_least), years }
}
/// The first lane asks for this alone.
fn require(pack: &mut PolicyPack, condition: Condition) {
    pack.lanes[0].any = vec![vec![condition]];
}

const TEXTS_AND_ACTS: &[Case] = &[
    ("Empty", "the name: it is empty", |p| p.name = text("")),
    ("Empty", "the grades: it is empty", |p| p.grades[1].name = text("")),
    ("Empty", "the articles: it is empty", |p| p.articles[1].1 = text("")),
    ("Empty", "the articles: it is empty", |p| row(p, Act::Offer).article = Some(text(""))),
    ("Grades", "present and differ", |p| p.grades.clear()),
    ("Grades", "present and differ", |p| p.grades.push(p.grades[0].clone())),
    ("ArticleOrder", "rule 4 stands twice, out of order", |p| p.articles.swap(3, 4)),
    ("ArticleOrder", "rule 33 stands twice", |p| p.articles.push((Rule(33), text("art. 1")))),
    ("ArticleOrder", "rule 34", |p| p.articles.push((Rule(34), text("art. 1")))),
    ("ArticleOrder", "rule 0", |p| p.articles.insert(0, (Rule::NONE, text("art. 1")))),
    ("ActOrder", "register-node stands twice or out of order", |p| p.acts.swap(4, 5)),
    ("ActOrder", "rotate-key stands twice", |p| p.acts.insert(2, p.acts[2].clone())),
    ("ArticleMissing", "the row of offer", |p| row(p, Act::Offer).article = None),
    ("ArticleMissing", "the row of register:", |p| p.articles.retain(|(rule, _)| *rule != Rule(9))),
    ("RuleUnknown", "end-node: there is no rule 34", |p| row(p, Act::EndNode).rule = Rule(34)),
    ("SetCount", "the row of use", |p| row(p, Act::Use).any.clear()),
    ("SetCount", "the row of decide", |p| row(p, Act::Decide).any = alternatives("officer@customs")),
    ("SignerTwice", "inspect", |p| row(p, Act::Inspect).any = alternatives("officer@customs officer@customs")),
    ("SignerTwice", "inspect", |p| row(p, Act::Inspect).any = alternatives("officer@customs | officer@customs")),
    ("Fixed", "handover: it takes custodian@principal and", |p| {
        row(p, Act::Handover).any = alternatives("custodian@principal");
    }),
    ("Fixed", "release: agencies sign it", |p| row(p, Act::Release).any = alternatives("receiver@any-agency")),
    ("ActMissing", "rotate-key is missing", |p| p.acts.retain(|row| row.act != Act::RotateKey)),
    ("ActMissing", "end-key is missing", |p| p.acts.retain(|row| row.act != Act::EndKey)),
    ("ActMissing", "lift-hold is missing", |p| p.acts.retain(|row| row.act != Act::LiftHold)),
    ("HoldsDiffer", "the same alternatives", |p| row(p, Act::LiftHold).any = alternatives("officer@customs")),
    ("HoldsDiffer", "of one need each", |p| {
        for act in [Act::PlaceHold, Act::LiftHold] {
            row(p, act).any = alternatives("officer@customs officer@health");
        }
    }),
    ("TooLong", "at most 6144 fit", |p| {
        let like = p.grades[0].clone();
        p.grades.extend((0..700).map(|n| Grade { name: text(&format!("G{n:06}")), ..like.clone() }));
    }),
];

const GRADES_AND_ROWS: &[Case] = &[
    ("Grade", "the grade 1: biosafety levels are 0 to 4", |p| p.grades[0].premises = 5),
    ("Grade", "a permit is valid for a month or more", |p| p.grades[3].validity_months = 0),
    ("Grade", "it needs none", |p| (p.grades[2].permit, p.grades[2].access) = (false, true)),
    ("Grade", "it needs a permit, and the pack has no such grant", |p| {
        p.grants.retain(|row| row.kind != GrantKind::Permit);
    }),
    ("Grade", "it needs access approval, and the pack has no such registry", |p| p.grades[0].access = true),
    ("Grade", "it needs premises of a level, and the pack has no such registry", |p| {
        p.registries.retain(|row| row.registry != Registry::Premises);
    }),
    ("Registry", "rating: it stands twice or out of order", |p| p.registries.insert(1, p.registries[1].clone())),
    ("Registry", "qualified: it stands twice or out of order", |p| p.registries.swap(0, 1)),
    ("Registry", "1 to 4 alternatives", |p| p.registries[0].enter.clear()),
    ("Registry", "1 to 8 signers", |p| p.registries[0].end = vec![Vec::new()]),
    ("Registry", "stands twice", |p| p.registries[0].end = alternatives("officer@customs | officer@customs")),
    ("Registry", "agencies sign as officer", |p| p.registries[0].enter = alternatives("delegate@customs")),
    ("Registry", "its rule does not exist", |p| p.registries[0].rule = Rule(34)),
    ("Registry", "has no article", |p| p.registries[0].rule = Rule(30)),
    ("Registry", "rating: the pack has no ratings", |p| p.ratings.clear()),
    ("Registry", "a registry that the pack does not have", |p| {
        p.registries[0].requires = vec![Condition::Listed(Registry::Access)];
    }),
    ("Grant", "plan: it stands twice or out of order", |p| p.grants.swap(0, 1)),
    ("Grant", "1 to 4 alternatives", |p| p.grants[2].apply.clear()),
    ("Grant", "1 to 4 alternatives", |p| {
        let five = ["customs", "health", "commerce", "transport", "environment"].map(|f| format!("officer@{f}"));
        p.grants[2].decide = alternatives(&five.join("|"));
    }),
    ("Grant", "has no article", |p| p.grants[2].rule = Rule(31)),
    ("Grant", "permit: an agency must be among", |p| p.grants[2].decide.clear()),
    ("Grant", "permit: an agency must be among", |p| {
        p.grants[2].decide.extend(alternatives("delegate@joint-mechanism"));
    }),
    ("Grant", "clearance: it takes working days", |p| p.grants[1].working_days = 0),
    ("Grant", "the pack has no such rating", |p| p.grants[3].requires = vec![rated("E", 5)]),
    ("Lane", "stands twice or out of order", |p| p.lanes.swap(0, 1)),
    ("Lane", "open to nobody or to everybody", |p| p.lanes[0].any.clear()),
    ("Lane", "open to nobody or to everybody", |p| p.lanes[0].any.push(Vec::new())),
    ("Lane", "has no article", |p| p.lanes[0].rule = Rule::NONE),
    ("Lane", "has no article", |p| p.lanes[0].rule = Rule(30)),
    ("Lane", "instant-permit: a condition stands twice", |p| {
        p.lanes[0].any = vec![vec![Condition::DeclaredBefore, Condition::DeclaredBefore]];
    }),
    ("Lane", "regions are missing or repeated", |p| require(p, Condition::Region(Vec::new()))),
    ("Lane", "regions are missing or repeated", |p| require(p, Condition::Region(vec![text("HK"), text("HK")]))),
    ("Lane", "two capital letters", |p| require(p, Condition::Region(vec![text("HK"), text("mo")]))),
    ("Lane", "two capital letters", |p| require(p, Condition::Region(vec![text("H")]))),
    ("Lane", "the pack has no such rating", |p| require(p, rated("E", 1))),
    ("Lane", "a streak is 1 to 10 years long", |p| require(p, rated("A", 0))),
    ("Lane", "a streak is 1 to 10 years long", |p| require(p, rated("A", MAX_STREAK + 1))),
    ("Lane", "the pack has no such grade", |p| require(p, Condition::RiskAtMost(text("5")))),
    ("Lane", "a registry that the pack does not have", |p| require(p, Condition::Listed(Registry::Access))),
];

const LISTS: &[Case] = &[
    ("List", "the ratings: one is empty or stands twice", |p| p.ratings.push(text("A"))),
    ("List", "the ratings: one is empty or stands twice", |p| p.ratings.push(text(""))),
    ("List", "the alerts: one stands twice or out of order", |p| p.alerts.swap(0, 1)),
    ("List", "the alerts: one is for nobody", |p| p.alerts[0].to.clear()),
    ("List", "for an agency twice", |p| p.alerts[0].to = vec![AgencyFunction::Health; 2]),
    ("List", "of a rule without an article", |p| p.alerts[0].rule = Rule(30)),
    ("List", "of a rule without an article", |p| p.alerts[0].rule = Rule(34)),
    ("List", "categories are missing or repeated", |p| p.scope.categories.clear()),
    ("List", "categories are missing or repeated", |p| p.scope.categories.push(p.scope.categories[0])),
    ("List", "directions are missing or repeated", |p| p.scope.directions.clear()),
    ("List", "directions are missing or repeated", |p| p.scope.directions.push(p.scope.directions[0])),
    ("List", "2 digits or more", |p| p.scope.excluded_hs = vec![text("3")]),
    ("List", "2 digits or more", |p| p.scope.clearance_hs = vec![text("30a")]),
    ("List", "a prefix of an HS code stands twice", |p| p.scope.excluded_hs = vec![text("3004")]),
    ("List", "neither this grant nor the white list", |p| {
        p.grants.retain(|row| row.kind != GrantKind::Clearance);
        p.registries.retain(|row| row.registry != Registry::WhiteList);
    }),
    ("List", "the temperatures: a category", |p| p.temperatures.swap(0, 1)),
    ("List", "with limits reversed", |p| p.temperatures[0].min = p.temperatures[0].max + 1),
    ("List", "2 blocks ahead or more", |p| p.limits.seat_lead = 1),
    ("List", "2 blocks ahead or more", |p| p.limits.pack_lead = 1),
    ("List", "a proposal waits a day or more", |p| p.limits.proposal_days = 0),
    ("List", "the limits: the pack has no such rating", |p| p.limits.pilot_rating = Some(text("E"))),
    ("List", "an act stands twice in ban-allows", |p| p.limits.ban_allows.push(p.limits.ban_allows[0])),
    ("Calendar", "the UTC offset of 841 minutes", |p| p.calendar.utc_offset_min = 841),
    ("Calendar", "at least one of them worked", |p| p.calendar.weekend = 127),
    ("Calendar", "stands twice or out of order", |p| p.calendar.holidays.reverse()),
    ("Calendar", "is in both lists", |p| p.calendar.workdays = p.calendar.holidays.clone()),
];

#[test]
fn a_pack_that_contradicts_itself_is_refused() {
    let mut seen = BTreeSet::new();
    for (variant, words, change) in TEXTS_AND_ACTS.iter().chain(GRADES_AND_ROWS).chain(LISTS) {
        let mut pack = pack();
        change(&mut pack);
        let error = pack.check().expect_err(words);
        assert_eq!(name_of(&error), *variant, "{words}: {error}");
        assert!(error.to_string().contains(words), "{words}: {error}");
        assert_eq!(pack.errors().first(), Some(&error));
        seen.insert(*variant);
    }
    assert_eq!(seen.len(), VARIANTS, "{seen:?}");
}

/// What stands at the edge of a bound, or is left out, is taken.
#[test]
fn a_pack_may_go_to_its_bounds() {
    let changes: &[Change] = &[
        |p| p.grades[0].premises = 4,
        |p| p.grades[0].premises = 0,
        |p| p.grades[0].validity_months = 1,
        |p| (p.grades[0].permit, p.grades[0].validity_months) = (false, 0),
        |p| require(p, rated("D", MAX_STREAK)),
        |p| require(p, Condition::Record { days: u16::MAX }),
        |p| (p.limits.seat_lead, p.limits.pack_lead, p.limits.proposal_days) = (2, 2, 1),
        |p| p.limits.pilot_rating = None,
        |p| p.limits.ban_allows.clear(),
        |p| p.lanes.clear(),
        |p| {
            p.grades.iter_mut().for_each(|grade| grade.permit = false);
            p.grants.clear();
        },
        |p| {
            p.grades.iter_mut().for_each(|grade| grade.premises = 0);
            p.registries.retain(|row| row.registry != Registry::Premises);
        },
        |p| p.grants.retain(|row| row.kind != GrantKind::Clearance),
        |p| p.alerts.clear(),
        |p| p.temperatures[0].min = p.temperatures[0].max,
        |p| p.registries[0].rule = Rule::NONE,
        |p| p.alerts[0].rule = Rule::NONE,
        |p| p.scope.clearance_hs = vec![text("30")],
        |p| p.grants[2].decide.extend(alternatives("officer@health delegate@joint-mechanism")),
        |p| p.acts.retain(|row| !matches!(row.act, Act::PlaceHold | Act::LiftHold)),
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut pack = pack();
        change(&mut pack);
        assert!(pack.errors().is_empty(), "change {number}: {:?}", pack.errors());
    }
}

/// A pack need not know every act, but keys must end and holds be lifted.
#[test]
fn a_pack_need_not_know_every_act() {
    for act in Act::ALL {
        let mut pack = pack();
        pack.acts.retain(|row| row.act != act);
        let needed = matches!(act, Act::RotateKey | Act::EndKey | Act::LiftHold);
        let expect = if needed { Err(PackError::ActMissing { act }) } else { Ok(()) };
        assert_eq!(pack.check(), expect, "{act:?}");
    }
}

// ---------------------------------------------------------------------------------------- what no pack can change

/// The pack with these alternatives for an act.
fn with(act: Act, any: Vec<SignerSet>) -> Result<(), PackError> {
    let mut pack = pack();
    row(&mut pack, act).any = any;
    pack.check()
}

/// Acts of a family, alternatives that a pack may give them, and some that it may not.
type Family = (&'static [Act], &'static [&'static str], &'static [&'static str]);

const FAMILIES: &[Family] = &[
    (
        &[Act::Offer, Act::Withdraw, Act::Share],
        &["custodian@principal"],
        &["receiver@principal", "custodian@principal officer@customs", "custodian@anyone", "custodian@counterpart"],
    ),
    (
        &[Act::Accept, Act::Refuse],
        &["receiver@principal"],
        &["custodian@principal", "receiver@principal joint@anyone", "receiver@counterpart", "officer@customs"],
    ),
    (
        &[Act::Handover],
        &["custodian@principal receiver@counterpart", "receiver@counterpart custodian@principal"],
        &["custodian@principal", "receiver@counterpart", "custodian@principal receiver@counterpart officer@customs"],
    ),
    (
        &[Act::Register, Act::Declare, Act::Assign, Act::Answer],
        &["declarant@principal", "declarant@principal officer@customs joint@disposer"],
        &["declarant@anyone", "custodian@principal", "declarant@principal joint@counterpart", "declarant@principal+"],
    ),
    (
        &[Act::Use, Act::Store, Act::Waste, Act::Lose, Act::Derive, Act::Pack, Act::Unpack, Act::Depart],
        &["custodian@principal", "custodian@principal project-lead@principal", "custodian@principal officer@customs"],
        &["project-lead@principal", "custodian@anyone", "custodian@principal receiver@counterpart", "officer@customs"],
    ),
    (
        &[Act::Dispose, Act::Correct],
        &["custodian@principal countersigner@environment", "joint@disposer custodian@principal officer@any-agency"],
        &["custodian@principal", "countersigner@environment", "custodian@principal joint@disposer"],
    ),
    (
        &[
            Act::RegisterOrg,
            Act::RegisterClass,
            Act::AssertHs,
            Act::Inspect,
            Act::Release,
            Act::Arrive,
            Act::Return,
            Act::Destroy,
            Act::Exit,
            Act::Demand,
            Act::CloseAlert,
            Act::AdvanceClock,
        ],
        &["officer@customs", "countersigner@health officer@customs", "officer@any-agency+"],
        &["officer@customs declarant@principal", "delegate@joint-mechanism", "administrator@customs", "officer@anyone"],
    ),
    (
        &[Act::OrderInspection],
        &["officer@customs", "officer@customs joint@principal"],
        &["joint@principal", "officer@customs joint@counterpart", "officer@any-agency+"],
    ),
    (
        &[Act::Test],
        &["laboratory@principal tester@principal", "tester@principal laboratory@principal officer@customs"],
        &["laboratory@principal", "tester@principal", "laboratory@anyone tester@principal"],
    ),
    (
        &[Act::Report],
        &["custodian@principal joint@counterpart", "joint@counterpart custodian@principal officer@customs"],
        &["custodian@principal", "joint@counterpart", "custodian@principal joint@anyone"],
    ),
    (
        &[Act::SetSealKey],
        &["administrator@principal"],
        &["custodian@principal", "administrator@principal officer@customs", "administrator@anyone", "officer@customs"],
    ),
    (
        &[Act::Note, Act::Anchor],
        &["custodian@principal", "expert@anyone", "officer@any-agency"],
        &["custodian@counterpart", "expert@anyone+", "expert@customs"],
    ),
];
/// Who signs them, another row says; the old key signs a rotation.
const BY_ROW: [Act; 10] = [
    Act::RotateKey,
    Act::Apply,
    Act::Pause,
    Act::Resume,
    Act::Decide,
    Act::Cancel,
    Act::Enact,
    Act::Propose,
    Act::Approve,
    Act::Retract,
];
const KEYS: [Act; 4] = [Act::RegisterKey, Act::EndKey, Act::RegisterNode, Act::EndNode];
const HOLDS: [Act; 2] = [Act::PlaceHold, Act::LiftHold];
const ALONE: [Act; 2] = [Act::EndShare, Act::Land];

#[test]
fn families_keep_what_no_pack_can_change() {
    let mut told: Vec<Act> = [&BY_ROW[..], &KEYS[..], &HOLDS[..], &ALONE[..]].concat();
    for (acts, good, bad) in FAMILIES {
        told.extend(*acts);
        for act in acts.iter().copied() {
            for set in *good {
                assert_eq!(with(act, alternatives(set)), Ok(()), "{act:?} {set}");
            }
            // Every alternative counts, not the first alone.
            let all: Vec<SignerSet> = good.iter().flat_map(|set| alternatives(set)).collect();
            for set in *bad {
                let fixed = Err(PackError::Fixed { act });
                assert_eq!(with(act, alternatives(set)), fixed, "{act:?} {set}");
                let both = [&all[..1], &alternatives(set)[..]].concat();
                assert_eq!(with(act, both), fixed, "{act:?} {set} beside another");
            }
        }
    }
    told.sort();
    assert_eq!(told, Act::ALL, "each act is of one family");
    for act in BY_ROW {
        assert_eq!(with(act, Vec::new()), Ok(()), "{act:?}");
        for set in ["officer@customs", "declarant@principal"] {
            assert_eq!(with(act, alternatives(set)), Err(PackError::SetCount { act }), "{act:?}");
        }
    }
}

/// Keys and nodes: their own organisation, and an agency beside it, which gives new ones to who lost its own.
#[test]
fn keys_stay_with_their_organisation() {
    for act in KEYS {
        let check = |sets: &str, expect| assert_eq!(with(act, alternatives(sets)), expect, "{act:?} {sets}");
        let fixed = || Err(PackError::Fixed { act });
        check("officer@health | administrator@principal", Ok(()));
        check("administrator@principal | officer@customs countersigner@health", Ok(()));
        check("administrator@principal", fixed());
        check("officer@health officer@customs", fixed());
        check("administrator@principal officer@customs | officer@health", fixed());
        check("administrator@principal | officer@customs | declarant@principal", fixed());
    }
}

/// Whoever shares an item ends it by himself, and so does whoever it is shared with; whoever holds an item lands it by
/// himself, and an agency may for him.
#[test]
fn who_shares_and_lands_needs_nobody_else() {
    let check = |act, sets: &str, good: bool| {
        let expect = if good { Ok(()) } else { Err(PackError::Fixed { act }) };
        assert_eq!(with(act, alternatives(sets)), expect, "{act:?} {sets}");
    };
    let (own, with_agency) = ("custodian@principal", "custodian@principal officer@customs");
    for act in ALONE {
        check(act, own, true);
        check(act, with_agency, false);
        check(act, &format!("{own} | {with_agency}"), false);
        check(act, &format!("{own} | declarant@principal"), false);
    }
    for (other, shares, lands) in [("receiver@principal", true, false), ("officer@any-agency", false, true)] {
        check(Act::EndShare, &format!("{own} | {other}"), shares);
        check(Act::Land, &format!("{own} | {other}"), lands);
        // Without the holder's own word.
        check(Act::EndShare, other, false);
        check(Act::Land, other, false);
    }
    check(Act::Land, &format!("{own} | officer@customs countersigner@health"), true);
}

/// Whoever places a hold can lift it.
#[test]
fn holds_are_lifted_by_who_places_them() {
    let check = |place: &str, lift: &str, expect| {
        let mut pack = pack();
        row(&mut pack, Act::PlaceHold).any = alternatives(place);
        row(&mut pack, Act::LiftHold).any = alternatives(lift);
        assert_eq!(pack.check(), expect, "{place} / {lift}");
    };
    check("officer@customs | officer@health", "officer@customs | officer@health", Ok(()));
    check("officer@any-agency+", "officer@any-agency+", Ok(()));
    let differ = || Err(PackError::HoldsDiffer);
    check("officer@customs | officer@health", "officer@health | officer@customs", differ());
    check("officer@any-agency+", "officer@any-agency", differ());
    check("officer@customs officer@health", "officer@customs officer@health", differ());
    check("custodian@principal", "custodian@principal", Err(PackError::Fixed { act: Act::PlaceHold }));
}

#[test]
fn signers_and_alternatives_are_counted() {
    for act in Act::ALL.into_iter().filter(|act| !BY_ROW.contains(act)) {
        let (count, twice) = (Err(PackError::SetCount { act }), Err(PackError::SignerTwice { act }));
        assert_eq!(with(act, Vec::new()), count, "{act:?}");
        assert_eq!(with(act, vec![Vec::new()]), count, "{act:?}");
        assert_eq!(with(act, alternatives("officer@customs officer@customs")), twice, "{act:?}");
        let swapped = "officer@customs officer@health | officer@health officer@customs";
        assert_eq!(with(act, alternatives(swapped)), twice, "{act:?}");
        // Agencies sign as officer or countersigner.
        let fixed = Err(PackError::Fixed { act });
        for role in Role::ALL.iter().filter(|role| !matches!(role, Role::Officer | Role::Countersigner)) {
            assert_eq!(with(act, alternatives(&format!("{}@any-agency", role.name()))), fixed, "{act:?} {role:?}");
        }
    }
    let officers = AgencyFunction::ALL.map(|function| format!("officer@{}", function.name()));
    let count = Err(PackError::SetCount { act: Act::Inspect });
    let inspect = |sets: String| with(Act::Inspect, alternatives(&sets));
    assert_eq!(inspect(officers[..MAX_SIGNER_SETS].join("|")), Ok(()));
    assert_eq!(inspect(officers[..=MAX_SIGNER_SETS].join("|")), count);
    assert_eq!(inspect(officers.join(" ")), Ok(()));
    assert_eq!(inspect(format!("{} officer@any-agency", officers.join(" "))), count);
}

// ------------------------------------------------------------------------------------------------ what a pack says

/// Grade "2 or below" is grade 2 or less risk, never a lower number: which grades those are, the orientation says (A1).
#[test]
fn less_risk_is_no_lower_number() {
    let four = |orientation: &str| match orientation {
        "first-is-lowest" => [("1", "1"), ("2", "1 2"), ("3", "1 2 3"), ("4", "1 2 3 4")],
        _ => [("1", "1 2 3 4"), ("2", "2 3 4"), ("3", "3 4"), ("4", "4")],
    };
    let check = |pack: &PolicyPack, rows: &[(&str, &str)]| {
        assert_eq!(rows.len(), pack.grades.len());
        for (limit, expect) in rows {
            let at_most = pack.grades.iter().filter(|grade| pack.risk_is_at_most(&grade.name, &text(limit)));
            let found: Vec<&str> = at_most.map(|grade| grade.name.as_str()).collect();
            assert_eq!(found.join(" "), *expect, "{} {} at most {limit}", pack.name, pack.orientation.name());
        }
        for (grade, limit) in [("5", "2"), ("2", "5"), ("5", "5"), ("", "")] {
            assert!(!pack.risk_is_at_most(&text(grade), &text(limit)), "{grade} {limit}");
        }
    };
    for name in ["plain", "shenzhen-draft"] {
        for orientation in ["first-is-lowest", "first-is-highest"] {
            check(&shipped(name, orientation), &four(orientation));
        }
    }
    let six = [
        ("A1", "A1 A2 B1 B2 C1 C2"),
        ("A2", "A2 B1 B2 C1 C2"),
        ("B1", "B1 B2 C1 C2"),
        ("B2", "B2 C1 C2"),
        ("C1", "C1 C2"),
        ("C2", "C2"),
    ];
    check(&shipped("gacc-281", "first-is-highest"), &six);
}

#[test]
fn ratings_are_best_first() {
    let pack = pack();
    let rows = [("A", "A"), ("B", "A B"), ("C", "A B C"), ("D", "A B C D"), ("E", "")];
    for (at_least, expect) in rows {
        let good = pack.ratings.iter().filter(|rating| pack.is_rated(rating, &text(at_least)));
        let found: Vec<&str> = good.map(|rating| rating.as_str()).collect();
        assert_eq!(found.join(" "), expect, "at least {at_least}");
        assert!(!pack.is_rated(&text("E"), &text(at_least)));
    }
    // Grades are no ratings (A2), and a regime may rate nobody.
    assert!(!pack.is_rated(&text("1"), &text("1")));
    assert!(!shipped("gacc-281", "first-is-highest").is_rated(&text("A"), &text("A")));
}

#[test]
fn rows_are_found_by_their_names() {
    let pack = pack();
    for row in &pack.acts {
        assert_eq!(pack.row(row.act), Some(row));
    }
    for row in &pack.registries {
        assert_eq!(pack.registry(row.registry), Some(row));
    }
    for row in &pack.grants {
        assert_eq!(pack.grant(row.kind), Some(row));
    }
    for row in &pack.lanes {
        assert_eq!(pack.lane(row.lane), Some(row));
    }
    for row in &pack.alerts {
        assert_eq!(pack.alert(row.kind), Some(row));
    }
    for grade in &pack.grades {
        assert_eq!(pack.grade(&grade.name), Some(grade));
    }
    assert_eq!(pack.registry(Registry::Access), None);
    assert_eq!(pack.article(Rule(30)), None);
    assert_eq!(pack.article(Rule::NONE), None);
    assert_eq!(pack.article(Rule(13)), Some(&text("art. 26")));
    let words: Vec<String> = conditions().iter().map(ToString::to_string).collect();
    let expect = ["region HK MO", "rated A 5", "risk<=2", "listed positive-list", "declared-before", "record 365"];
    assert_eq!(words, expect);
}

#[test]
fn rules_are_read_as_they_are_written() {
    for number in 1..=33 {
        assert_eq!(Rule(number).to_string().parse(), Ok(Rule(number)));
    }
    for wrong in ["", "R", "R0", "R34", "R01", "r1", "R1 ", "R+1", "R300", "13"] {
        assert_eq!(wrong.parse::<Rule>(), Err(NoRule), "{wrong}");
    }
    assert_eq!(Rule::NONE.to_string(), "");
}

// ------------------------------------------------------------------------------------------- what changes hands

/// Who gains and who loses what, in words.
fn shifts(change: impl FnOnce(&mut PolicyPack)) -> BTreeMap<&'static str, (Vec<String>, Vec<String>)> {
    let (old, mut new) = (pack(), pack());
    change(&mut new);
    let shifts = shift(&old, &new).into_iter().map(|(function, shift)| {
        let gains: Vec<String> = shift.gains.iter().map(|power| power.words()).collect();
        let loses: Vec<String> = shift.loses.iter().map(|power| power.words()).collect();
        (function.name(), (gains, loses))
    });
    shifts.collect()
}

#[track_caller]
fn shift_is(expect: &[(&'static str, &str, &str)], change: impl FnOnce(&mut PolicyPack)) {
    let words =
        |list: &str| -> Vec<String> { list.split(", ").filter(|word| !word.is_empty()).map(str::to_owned).collect() };
    let row = |(who, gains, loses): &(&'static str, &str, &str)| (*who, (words(gains), words(loses)));
    let expect: BTreeMap<_, _> = expect.iter().map(row).collect();
    assert_eq!(shifts(change), expect);
}

/// In acts, and that any agency is every agency.
#[test]
fn acts_change_hands() {
    shift_is(&[], |_| {});
    shift_is(
        &[
            ("customs", "register-class", ""),
            ("science-technology", "", "register-class"),
            ("health", "inspect", ""),
            ("environment", "", "dispose"),
        ],
        |p| {
            row(p, Act::RegisterClass).any = alternatives("officer@customs");
            row(p, Act::Inspect).any.extend(alternatives("officer@health"));
            p.acts.retain(|row| row.act != Act::Dispose);
        },
    );
    let customs_alone = |p: &mut PolicyPack| {
        HOLDS.into_iter().for_each(|act| row(p, act).any = alternatives("officer@customs"));
    };
    let shifts = shifts(customs_alone);
    assert_eq!(shifts.len(), AgencyFunction::ALL.len() - 1);
    assert!(!shifts.contains_key("customs"));
    let lost = (Vec::new(), vec!["place-hold".to_owned(), "lift-hold".to_owned()]);
    assert!(shifts.values().all(|shift| *shift == lost), "{shifts:?}");
}

/// In registries and grants, each of entering, ending, applying and deciding by itself.
#[test]
fn registries_and_grants_change_hands() {
    let registry =
        |p: &mut PolicyPack, registry: Registry| p.registries.iter().position(|row| row.registry == registry).unwrap();
    shift_is(&[("commerce", "enter rating", ""), ("customs", "", "enter rating")], |p| {
        let at = registry(p, Registry::Rating);
        p.registries[at].enter = alternatives("officer@commerce");
    });
    shift_is(&[("health", "end tri", "")], |p| {
        let at = registry(p, Registry::Tri);
        p.registries[at].end.extend(alternatives("officer@health"));
    });
    // A registry that is no more is nobody's.
    shift_is(
        &[
            ("customs", "", "enter positive-list, end positive-list"),
            ("health", "", "enter positive-list, end positive-list"),
            ("science-technology", "", "enter positive-list, end positive-list"),
        ],
        |p| p.registries.retain(|row| row.registry != Registry::PositiveList),
    );
    shift_is(&[("customs", "decide hgr-filing", ""), ("science-technology", "", "decide hgr-filing")], |p| {
        p.grants[GrantKind::HgrFiling as usize].decide = alternatives("officer@customs");
    });
    shift_is(&[("environment", "apply permit", "")], |p| {
        let set = "declarant@principal countersigner@environment";
        p.grants[GrantKind::Permit as usize].apply.extend(alternatives(set));
    });
    // Lanes, articles, grades and what others than agencies sign give nobody power.
    shift_is(&[], |p| {
        p.lanes.clear();
        p.grades.truncate(1);
        row(p, Act::Use).any = alternatives("custodian@principal");
        p.grants[GrantKind::Clearance as usize].decide = alternatives("delegate@district-mechanism");
    });
}

// ------------------------------------------------------------------------------------------------------- decisions

/// Rule and article of a decision.
fn decided(pack: &PolicyPack, operation: &Operation, refused_by: Rule) -> (u8, String) {
    let decision = Decision::under(pack, pack.hash(), operation, refused_by);
    assert_eq!((decision.pack, decision.version), (pack.hash(), pack.version));
    assert!(decision.grounds.is_empty());
    (decision.rule.0, decision.article.to_string())
}

/// The same, written down.
fn told(rule: u8, article: &str) -> (u8, String) {
    (rule, article.into())
}

/// An operation of the samples, changed.
fn operation(act: Act, change: impl FnOnce(&mut Operation)) -> Operation {
    let mut operation = tx_of(act).body.operation;
    change(&mut operation);
    operation
}

#[test]
fn a_decision_names_the_rule_of_its_lane_kind_or_act() {
    let declare = |open: bool| {
        operation(Act::Declare, |operation| {
            let Operation::Declare { exempt, .. } = operation else { panic!() };
            *exempt = open;
        })
    };
    let inspect = |with: InspectionResult| {
        operation(Act::Inspect, |operation| {
            let Operation::Inspect { result, .. } = operation else { panic!() };
            *result = with;
        })
    };
    let decide = |of: Verdict| {
        operation(Act::Decide, |operation| {
            let Operation::Decide { verdict, .. } = operation else { panic!() };
            *verdict = of;
        })
    };
    let apply = |kind| Operation::Apply { application: application(kind) };
    let [instant, ordinary, refused] = verdicts();
    let rows = [
        (declare(false), 9, "art. 22"),
        (declare(true), 10, "art. 23"),
        (inspect(InspectionResult::Passed), 11, "art. 24"),
        (inspect(InspectionResult::Exempt), 13, "art. 26"),
        (decide(instant), 8, "art. 20"),
        (decide(ordinary), 7, "art. 20"),
        (decide(refused), 7, "art. 20"),
        (apply(GrantKind::Plan), 32, "P0"),
        (apply(GrantKind::Clearance), 25, "P1 app. 2-5"),
        (apply(GrantKind::Permit), 7, "art. 20"),
        (apply(GrantKind::HgrFiling), 14, "art. 31"),
        (operation(Act::Offer, |_| {}), 0, "art. 34"),
        (operation(Act::AdvanceClock, |_| {}), 0, "test networks"),
        (operation(Act::Enact, |_| {}), 33, "P0"),
    ];
    let pack = pack();
    for (operation, rule, article) in &rows {
        assert_eq!(decided(&pack, operation, Rule::NONE), told(*rule, article), "{:?}", operation.act());
    }
    // A refusal has a rule of its own, if the pack has an article for it; otherwise that of the act.
    for (operation, rule, article) in rows {
        assert_eq!(decided(&pack, &operation, Rule(28)), told(28, "P4 3.1.3"), "{:?}", operation.act());
        for without in [Rule(30), Rule(34)] {
            assert_eq!(decided(&pack, &operation, without), told(rule, article), "{:?}", operation.act());
        }
    }
}

/// An article of the row goes before the rule's, and is the row's alone.
#[test]
fn an_article_of_a_row_is_its_own() {
    let mut pack = pack();
    row(&mut pack, Act::Inspect).article = Some(text("of the row"));
    let inspect = |with: InspectionResult| {
        operation(Act::Inspect, |operation| {
            let Operation::Inspect { result, .. } = operation else { panic!() };
            *result = with;
        })
    };
    let ordinary = inspect(InspectionResult::Passed);
    assert_eq!(decided(&pack, &ordinary, Rule::NONE), told(11, "of the row"));
    assert_eq!(decided(&pack, &ordinary, Rule(11)), told(11, "art. 24"));
    assert_eq!(decided(&pack, &inspect(InspectionResult::Exempt), Rule::NONE), told(13, "art. 26"));
    // Without the lane the act's rule stands.
    pack.lanes.retain(|row: &LaneRow| row.lane != Lane::InspectionExempt);
    assert_eq!(decided(&pack, &inspect(InspectionResult::Exempt), Rule::NONE), told(11, "of the row"));
}

/// An act that the pack does not know is refused by R33, where the pack has an article for that.
#[test]
fn decisions_under_a_pack_that_does_not_know_the_act() {
    let mut plain = shipped("plain", "first-is-lowest");
    let apply = Operation::Apply { application: application(GrantKind::Permit) };
    let unknown = ledger::Rejection::ActNotInPack { act: Act::Apply }.rule();
    assert_eq!(decided(&plain, &apply, unknown), told(33, "P0"));
    plain.articles.retain(|(rule, _)| *rule != Rule(33));
    assert_eq!(decided(&plain, &apply, unknown), told(0, ""));
    let grounds = decision().grounds;
    let rests = Decision::under(&plain, plain.hash(), &apply, unknown).resting_on(grounds.clone());
    assert_eq!(rests.grounds, grounds);
}
