//! The table against everything that has codes.

use super::*;
use std::collections::BTreeSet;

/// Codes of [`TxError`], whose `code()` cannot be listed without a value of each.
const TX_CODES: [&str; 16] = [
    "H1001", "H1002", "H1003", "H1004", "H1005", "H1006", "H1007", "H1008", "H1009", "H2001", "H2002", "H2003",
    "H2004", "H2005", "H2006", "H3001",
];

#[test]
fn every_code_of_the_ledger_is_explained_in_both_languages() {
    for (code, name) in ledger::Rejection::ALL {
        for lang in [Lang::En, Lang::ZhHans] {
            assert!(explain(code, lang).is_some(), "{code} {name} has no entry");
        }
    }
    for code in TX_CODES {
        assert!(explain(code, Lang::En).is_some(), "{code} has no entry");
    }
}

#[test]
fn rows_are_unique_and_complete() {
    let all: Vec<_> = codes().collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "a code stands twice");
    for row in TABLE.iter().flat_map(|p| p.iter()) {
        assert!(row.code.len() == 5 && row.code.starts_with('H'), "{}", row.code);
        assert!((200..600).contains(&row.status), "{}", row.code);
        assert!(matches!(row.exit, 0..=7 | 10 | 11), "{}", row.code);
        for (lang, w) in [("en", &row.en), ("zh", &row.zh)] {
            assert!(!w.title.is_empty() && !w.cause.is_empty() && !w.cure.is_empty(), "{} {lang}", row.code);
        }
        let holes = |t: &str| {
            t.split('{').skip(1).filter_map(|p| p.split_once('}')).map(|p| p.0.to_owned()).collect::<BTreeSet<_>>()
        };
        assert_eq!(holes(row.en.message), holes(row.zh.message), "{}: the templates differ in their values", row.code);
    }
}

#[test]
fn chinese_is_chinese() {
    let is_han = |t: &str| t.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    for row in TABLE.iter().flat_map(|p| p.iter()) {
        assert!(is_han(row.zh.title) && is_han(row.zh.cause) && is_han(row.zh.cure), "{}", row.code);
        assert!(!is_han(row.en.title), "{}", row.code);
    }
}

/// Each refusal that has values, with some.
fn refusals() -> Vec<ledger::Rejection> {
    let mut all = first_refusals();
    all.extend(later_refusals());
    all
}

fn first_refusals() -> Vec<ledger::Rejection> {
    use ledger::{
        Act, Lifecycle,
        Rejection::*,
        Role, Timestamp,
        operation::{GrantKind, Lane, Purpose, Registry},
        record::{AgencyFunction, GrantState},
        rejection::Flag,
    };
    let (item, org, key) = (ledger::ItemId::default(), ledger::OrgId::default(), ledger::KeyId::default());
    let (grant, time) = (ledger::GrantId::default(), Timestamp(0));
    let (unit, registry) = (item, Registry::Tri);
    let point = ledger::CustodyPoint { seq: 1, trail: ledger::Hash::default() };
    vec![
        KeyCompromised { key },
        KeyRetired { key },
        KeyForeign { key, org },
        RoleNotHeld { key, role: Role::Officer },
        KeyTaken { key },
        KeyUnknown { key },
        OrgUnknown { org },
        OrgTaken { org },
        SignersWrong { act: Act::Release },
        NotCompetent { act: Act::Release, org },
        ItemUnknown { item },
        GradeUnknown { grade: Default::default() },
        EntryRepeated { index: 1 },
        NotCustodian { item, custodian: org },
        StateForbids { item, act: Act::Use, state: Lifecycle::Declared },
        Held { item, by: org },
        CustodyMoved { item, asked: point, found: point },
        OfferPending { item, receiver: org, expires: time },
        OfferUnknown { item },
        OfferExpired { item, expires: time },
        NotReceiver { item, receiver: org },
        QuantityExceeded { item, on_hand: 1, asked: 2 },
        UnitMismatch { item },
        HoldUnknown { item, placed: 3 },
        HoldNotYours { item, by: org },
        HoldsFull { item },
        ActNotInPack { act: Act::Test },
        KeyBanned { key },
        KeyWaiting { key, until: time },
        PremisesMissing { org, needed: 2, has: 1 },
        OrgBanned { org },
        NotListed { registry, subject: Default::default() },
        LaboratoryRefused { org },
        PilotStopped { org },
        OrgLeft { org },
        AlreadyApproved { org },
        HeightTooEarly { from: 1, earliest: 2 },
        PackInvalid { what: Default::default() },
        SeatsInvalid { what: Default::default() },
        SeatsPending { from: 1 },
        AgencyMissing { function: AgencyFunction::Health },
        QuorumMissing { found: 1, needed: 3 },
        BalanceDiffers { inputs: 1, outputs: 2 },
        ParentsDiffer { item },
        CorrectionExceeds { item, booked: 1, asked: 2 },
        GrantUnknown { grant },
        GrantNotYours { grant, holder: org },
        GrantStateForbids { grant, state: GrantState::Exhausted },
        GrantDiffers { grant, what: Default::default() },
        GrantExpired { grant, from: time, to: time },
        QuotaExceeded { grant, kind: GrantKind::Permit, left: 1, asked: 2 },
        PermitMissing { item },
        LaneClosed { lane: Lane::InstantPermit, condition: Default::default() },
        ClearanceMissing { item, listed: Flag(true) },
        TestMissing { item },
        PlanTooLate { earliest: time },
        PausesExceeded { grant },
        EntryInvalid { registry, what: Default::default() },
        EntryPeriod { registry, latest: time },
        ConditionUnmet { condition: Default::default() },
        RatingYearOpen { year: 2025 },
        Reapplication { until: time },
        PurposeForbidden { item, purpose: Purpose::Sale },
        ReportDiffers { left: 1, stated: 2 },
        NotDebtor { org },
        Packed { item, unit },
        NotPacked { item },
        UnitFull { unit },
        UnitTooDeep { unit },
        UnitNotEmpty { unit },
        UnitBlocked { unit, held: 1 },
        NotUnit { item },
        ReceiverUnfit { item },
        ReadingsAhead { latest: time },
        NumberTaken { number: Default::default(), grant },
        QuarterBefore { filing: grant, year: 2025, quarter: 4 },
        QuarterOpen { year: 2026, quarter: 2, until: time },
        HistoryFull { item, count: 10_000 },
        EventUnknown { item, event: 9, count: 3 },
        TermsExpired { item, expires: time },
        ProposalTooLong { latest: time },
        FunctionUncovered { function: AgencyFunction::Health },
    ]
}

/// Of shares, seal keys and passages.
fn later_refusals() -> Vec<ledger::Rejection> {
    use ledger::{Lifecycle, Rejection::*, Timestamp};
    let (item, org, time) = (ledger::ItemId::default(), ledger::OrgId::default(), Timestamp(0));
    vec![
        NetworkUnknown { network: ledger::NetworkId::default() },
        LandingNotCustodian { custodian: org },
        ShareFull { item },
        ShareUnknown { item, with: org },
        ShareTooLong { latest: time },
        Departed { item },
        DepartState { item, state: Lifecycle::InUse },
        PassageInvalid { what: Default::default() },
        LandedBefore { item },
    ]
}

/// Values that a template names and a rejection does not have would read as `?`.
#[test]
fn templates_name_values_that_exist() {
    let some = refusals();
    // A refusal that is not listed has no values, so its template may name none.
    for (code, name) in ledger::Rejection::ALL {
        if some.iter().all(|rejection| rejection.code() != *code) {
            let message = find(code).map_or("", |row| row.en.message);
            assert!(!message.contains('{'), "{code} {name} has values: list it");
        }
    }
    let time = ledger::Timestamp(0);
    for rejection in some {
        let params = rejection.params().into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
        for lang in [Lang::En, Lang::ZhHans] {
            let text = render(rejection.code(), &params, lang);
            assert!(!text.contains('?'), "{}: {text}", rejection.code());
        }
    }
    let error = TxError::Expired { expires: time, now: time };
    let params = tx_params(&error).into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
    assert!(!render(error.code(), &params, Lang::En).contains('?'));
}

#[test]
fn templates_are_filled() {
    let params = BTreeMap::from([("a".to_owned(), "1".to_owned())]);
    assert_eq!(fill("H0000", "x {a} y {b} z", &params), "x 1 y ? z");
    assert_eq!(fill("H0000", "{a", &params), "a");
    assert_eq!(render("H0000", &params, Lang::En), "H0000");
    let params = BTreeMap::from([("expires", "0"), ("from", "0")].map(|(n, v)| (n.to_owned(), v.to_owned())));
    assert_eq!(fill("H5105", "{expires}", &params), "1970-01-01T00:00:00.000Z");
    assert_eq!(fill("H5405", "{from}", &params), "1970-01-01T00:00:00.000Z");
    assert_eq!(fill("H4113", "{from}", &params), "0", "a height");
}

#[test]
fn families_have_their_exit_codes() {
    for (code, exit) in
        [("H1203", 2), ("H5102", 5), ("H4103", 4), ("H7001", 7), ("H7004", 3), ("H6001", 6), ("H9999", 1), ("H2201", 4)]
    {
        assert_eq!(exit_code(code), exit, "{code}");
    }
}
