//! Each enum of the format, with a sample of each of its variants.

use super::*;
use ledger::{
    Act, Cause, Effect, Lifecycle, VoteKind,
    codec::Canonical,
    event::{Ground, Receiver},
    operation::{Bucket, DeriveKind, Direction, EndWhy, GrantKind, InspectionResult, Lane, Registry, Telemetry},
    policy::{Condition, KindTag, Orientation, Period, WriteOff},
    record::{
        AgencyFunction, AlertKind, AlertSubject, Due, GrantState, KeyEndReason, Mechanism, OrgKind, ProposalState,
    },
    tree::Terminal,
};
use std::fmt::Debug;

/// An enum. The bytes of a sample begin with the number of its variant.
pub(crate) struct Variants {
    pub(crate) name: &'static str,
    pub(crate) samples: Vec<Coded>,
}

/// An enum whose variants have words.
fn of_words<T: Canonical + Copy>(name: &'static str, all: &[T], word: fn(T) -> &'static str) -> Variants {
    Variants { name, samples: all.iter().map(|one| coded(word(*one), one)).collect() }
}

/// Any other enum; its samples bear the names of their variants.
fn of_samples<T: Canonical + Debug>(name: &'static str, samples: &[T]) -> Variants {
    Variants { name, samples: samples.iter().map(|sample| coded(variant(sample), sample)).collect() }
}

/// The name of the variant, as the code has it.
pub(crate) fn variant<T: Debug>(value: &T) -> String {
    let whole = format!("{value:?}");
    whole.split([' ', '(']).next().unwrap_or_default().into()
}

macro_rules! worded {
    ($($enum:ident),* $(,)?) => { vec![$( of_words(stringify!($enum), &$enum::ALL, $enum::name) ),*] };
}

/// Every enum of the format. Those that are long have vectors of their own beside it.
pub(crate) fn variants() -> Vec<Variants> {
    let mut all = worded![
        Act,
        AgencyFunction,
        AlertKind,
        Bucket,
        Category,
        DeriveKind,
        Direction,
        EndWhy,
        GrantKind,
        GrantState,
        InspectionResult,
        KindTag,
        Lane,
        Lifecycle,
        Mechanism,
        Orientation,
        Period,
        Purpose,
        Receiver,
        Registry,
        Role,
        Telemetry,
        WriteOff,
    ];
    all.extend(of_operations());
    all.extend(of_records());
    all.extend(of_policy_and_votes());
    all
}

fn of_operations() -> Vec<Variants> {
    let operations: Vec<Operation> = operations().into_iter().map(|(operation, _, _)| operation).collect();
    let bodies = [registrations().remove(0), item_entries(1).remove(0), usage_entries().remove(0)];
    let class_codes = [class_codes()[0].clone(), class_codes()[1].clone(), unit_class()];
    vec![
        of_samples("Operation", &operations),
        of_samples("EntryBody", &bodies.map(|entry| entry.body)),
        of_samples("Note", &notes()),
        of_samples("Verdict", &verdicts()),
        of_samples("Subject", &subjects()),
        of_samples("Value", &values()),
        of_samples("Change", &changes()),
        of_samples("ClassCode", &class_codes),
        of_samples("ItemCode", &codes()),
    ]
}

fn of_records() -> Vec<Variants> {
    use KeyEndReason::{Banned, Compromised, Retired};
    let effects: Vec<Effect> = effects().into_iter().map(|(effect, _)| effect).collect();
    let kinds = [
        OrgKind::Agency(AgencyFunction::Environment),
        OrgKind::Enterprise,
        OrgKind::Carrier,
        OrgKind::Laboratory,
        OrgKind::Disposer,
        OrgKind::Partner,
        OrgKind::Observer,
        OrgKind::Mechanism(Mechanism::District),
        OrgKind::Mechanism(Mechanism::Joint),
    ];
    let keys: Vec<ledger::StateKey> = records().into_iter().map(|record| record.key).collect();
    let states =
        [ProposalState::Open, ProposalState::Enacted(stamp()), ProposalState::Lapsed, ProposalState::Retracted];
    vec![
        of_samples("Cause", &[Cause::Genesis, Cause::Tx { id: tx_id(1), index: 300 }]),
        of_samples("Ground", &[Ground::Entry { place: hash(0x3f), n: 300 }, Ground::Grant(grant(1))]),
        of_samples("Effect", &effects),
        of_samples("OrgKind", &kinds),
        of_samples("KeyEndReason", &[Retired, Compromised, Banned]),
        of_samples("ProposalState", &states),
        of_samples("DutyKind", &duty_kinds()),
        of_samples("AlertSubject", &alert_subjects()),
        of_samples("Due", &dues()),
        of_samples("StateKey", &keys),
        of_samples("FeedEntry", &feed_entries()),
        of_samples("Outcome", &receipts().into_iter().map(|receipt| receipt.outcome).collect::<Vec<_>>()),
        of_samples("Rejection", &rejections()),
    ]
}

fn of_policy_and_votes() -> Vec<Variants> {
    let who = [
        Who::Principal,
        Who::Counterpart,
        Who::Agency(AgencyFunction::Commerce),
        Who::AnyAgency,
        Who::Kind(KindTag::Joint),
        Who::Anyone,
    ];
    let terminals = [Terminal::Leaf, Terminal::Empty, Terminal::Other { key: hash(1), value: hash(2) }];
    vec![
        of_samples("Who", &who),
        of_samples("Condition", &conditions()),
        of_samples("Suite", &[Suite::None, Suite::Ed25519]),
        of_samples("VoteKind", &[VoteKind::Prevote, VoteKind::Precommit]),
        of_samples("Evidence", &evidence()),
        of_samples("Terminal", &terminals),
    ]
}

/// A condition of each kind.
pub(crate) fn conditions() -> [Condition; 6] {
    [
        Condition::Region(vec![text("HK"), text("MO")]),
        Condition::Rated { at_least: text("A"), years: 5 },
        Condition::RiskAtMost(text("2")),
        Condition::Listed(Registry::PositiveList),
        Condition::DeclaredBefore,
        Condition::Record { days: 365 },
    ]
}
pub(crate) fn alert_subjects() -> [AlertSubject; 5] {
    [
        AlertSubject::Item(item(1)),
        AlertSubject::Org(org(1)),
        AlertSubject::Grant(grant(1)),
        AlertSubject::Entry(hash(0x3f), 300),
        AlertSubject::Duty(duty_kinds()[0].id(), org(1)),
    ]
}
pub(crate) fn dues() -> [Due; 8] {
    [
        Due::Offer(item(1)),
        Due::Decision(grant(1)),
        Due::GrantEnding(grant(1)),
        Due::EntryEnding(hash(0x3f), 300),
        Due::Duty(duty_kinds()[0].id()),
        Due::Quarter { filing: grant(2), year: 2026, quarter: 4 },
        Due::Proposal(tx_id(9)),
        Due::Cascade { org: org(12), next: grant(2) },
    ]
}
