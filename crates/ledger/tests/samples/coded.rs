//! Samples as bytes with their decoders, and every refusal.

use super::*;
use ledger::{
    Act, BlockId, Lifecycle, Rejection, VoteKind,
    codec::{self, Canonical, CodecError},
    operation::{GrantKind, Lane, Registry},
    record::GrantState,
    rejection::Flag,
};

// ------------------------------------------------------------------------------------------------------ for decoders

/// Bytes of a value and a decoder that encodes again what it read.
pub(crate) struct Coded {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) again: fn(&[u8]) -> Result<Vec<u8>, CodecError>,
}

pub(crate) fn coded<T: Canonical>(name: impl Into<String>, value: &T) -> Coded {
    Coded {
        name: name.into(),
        bytes: codec::encode(value),
        again: |bytes| codec::decode::<T>(bytes, codec::MAX_INPUT).map(|value| codec::encode(&value)),
    }
}

/// One of everything that is decoded from bytes of others.
pub(crate) fn everything() -> Vec<Coded> {
    let mut all = Vec::new();
    for (tx, _) in transactions() {
        all.push(coded(format!("tx {}", tx.body.operation.act().name()), &tx));
    }
    for event in events() {
        all.push(coded(format!("event {}", event.n), &event));
    }
    all.push(coded("header", &header(hash(9))));
    all.push(coded("block", &block()));
    all.push(coded("vote", &signed_vote(VoteKind::Precommit, Some(BlockId(hash(1))))));
    all.push(coded("proposal", &signed_proposal(Some(3))));
    all.push(coded("seal", &seal()));
    all.push(coded("validators", &validators()));
    all.push(coded("terms", &terms(Some(hash(5)))));
    all.push(coded("genesis", &test_genesis()));
    for receipt in receipts() {
        all.push(coded("receipt", &receipt));
    }
    all.extend(records().into_iter().map(|record| record.coded));
    for Variants { name, samples } in variants() {
        let named = |sample: Coded| Coded { name: format!("{name} {}", sample.name), ..sample };
        all.extend(samples.into_iter().map(named));
    }
    all
}

// --------------------------------------------------------------------------------------------------------- refusals

/// Every refusal, in the order of its numbers.
pub(crate) fn rejections() -> Vec<Rejection> {
    let mut all = of_custody();
    all.extend(of_registries_and_motions());
    all.extend(of_grants());
    all.extend(of_entries_duties_and_units());
    all.extend(of_what_came_later());
    all
}

fn of_custody() -> Vec<Rejection> {
    use Rejection::*;
    let (key, org, item, role) = (key_id(1), org(1), item(1), Role::Custodian);
    let (act, state, placed) = (Act::Handover, Lifecycle::Released, 5);
    let (asked, found, receiver, expires) = (point(), CustodyPoint::start(&item), org, START);
    vec![
        KeyCompromised { key },
        KeyRetired { key },
        KeyForeign { key, org },
        RoleNotHeld { key, role },
        KeyTaken { key },
        KeyUnusable,
        PossessionInvalid,
        KeyUnknown { key },
        RotationChanges,
        OrgUnknown { org },
        OrgTaken { org },
        AgencyByRegistration,
        SignersWrong { act },
        NotCompetent { act, org },
        NodeTaken,
        NodeUnknown,
        NodeIsValidator,
        ItemUnknown { item },
        ClassUnknown,
        ClassTaken,
        CodeNotOfClass,
        GradeUnknown { grade: text("A1") },
        EntryRepeated { index: 70_000 },
        NotCustodian { item, custodian: org },
        StateForbids { item, act, state },
        Held { item, by: org },
        CustodyMoved { item, asked, found },
        OfferPending { item, receiver, expires },
        OfferUnknown { item },
        OfferExpired { item, expires },
        TermsInvalid,
        ReceiverIsGiver,
        NotReceiver { item, receiver },
        QuantityExceeded { item, on_hand: 250, asked: 251 },
        QuantityZero,
        UnitMismatch { item },
        SerialNotOnePiece,
        HoldUnknown { item, placed },
        HoldNotYours { item, by: org },
        HoldsFull { item },
        ActNotInPack { act },
        HsInForce,
        HsFull,
    ]
}

fn of_registries_and_motions() -> Vec<Rejection> {
    use Rejection::*;
    let (key, org, item, until) = (key_id(1), org(1), item(1), START);
    vec![
        KeyBanned { key },
        KeyWaiting { key, until },
        NotTestNetwork,
        PremisesMissing { org, needed: 3, has: 2 },
        OrgBanned { org },
        NotListed { registry: Registry::Tri, subject: text("the applicant") },
        LaboratoryRefused { org },
        PilotStopped { org },
        OrgLeft { org },
        ProposalUnknown,
        ProposalClosed,
        AlreadyApproved { org },
        HeightTooEarly { from: 1_000, earliest: 1_010 },
        PackInvalid { what: text("it is in force") },
        SeatsInvalid { what: text("only agencies have seats") },
        SeatsPending { from: 1_000 },
        AgencyMissing { function: AgencyFunction::ScienceTechnology },
        QuorumMissing { found: 4, needed: 5 },
        MotionMixed,
        BalanceDiffers { inputs: 1_000, outputs: 999 },
        ParentsDiffer { item },
        CorrectionExceeds { item, booked: 10, asked: 11 },
    ]
}

fn of_grants() -> Vec<Rejection> {
    use Rejection::*;
    let (grant, org, item) = (grant(1), org(1), item(1));
    vec![
        GrantUnknown { grant },
        GrantNotYours { grant, holder: org },
        GrantStateForbids { grant, state: GrantState::Exhausted },
        GrantDiffers { grant, what: text("direction") },
        GrantExpired { grant, from: START, to: START.plus_ms(1) },
        QuotaExceeded { grant, kind: GrantKind::HgrFiling, left: 200, asked: 201 },
        PermitMissing { item },
        LaneClosed { lane: Lane::InspectionExempt, condition: text("rated A 5") },
        ClearanceMissing { item, listed: Flag(true) },
        OutOfScope,
        TransitBanned,
        VideoMissing,
        TestMissing { item },
        AccessMissing,
        PlanTooLate { earliest: START },
        DatesReversed,
        PausesExceeded { grant },
    ]
}

fn of_entries_duties_and_units() -> Vec<Rejection> {
    use Rejection::*;
    let (registry, until, item, unit, org) = (Registry::Rating, START, item(1), unit(), org(1));
    vec![
        EntryUnknown,
        EntryInvalid { registry, what: text("its value is of another kind") },
        EntryPeriod { registry, latest: until },
        ConditionUnmet { condition: text("record 365") },
        RatingYearOpen { year: 2026 },
        Reapplication { until },
        PersonBanned,
        PurposeForbidden { item, purpose: Purpose::Sale },
        FilingMissing,
        DutyUnknown,
        DutyDone,
        ReportDiffers { left: 80, stated: 81 },
        NotDebtor { org },
        Packed { item, unit },
        NotPacked { item },
        UnitFull { unit },
        UnitTooDeep { unit },
        UnitNotEmpty { unit },
        UnitBlocked { unit, held: 2 },
        NotUnit { item },
        AlertUnknown,
        ReceiverUnfit { item },
    ]
}

/// Those that were told apart later, in the order of their numbers.
fn of_what_came_later() -> Vec<Rejection> {
    use Rejection::*;
    vec![
        FunctionUncovered { function: AgencyFunction::Customs },
        ProposalTooLong { latest: START },
        TermsExpired { item: item(1), expires: START },
        EventUnknown { item: item(1), event: 99, count: 12 },
        HistoryFull { item: item(1), count: 10_000 },
        QuarterOpen { year: 2026, quarter: 2, until: START },
        QuarterBefore { filing: grant(2), year: 2025, quarter: 4 },
        NumberTaken { number: text("SZ-2026-0001"), grant: grant(1) },
        ReadingsAhead { latest: START },
        SealKeyTaken,
        ShareSelf,
        NetworkUnknown { network: other_network() },
        LandingNotCustodian { custodian: org(1) },
        ShareFull { item: item(1) },
        ShareUnknown { item: item(1), with: org(12) },
        ShareTooLong { latest: START },
        Departed { item: item(1) },
        DepartState { item: item(1), state: Lifecycle::InUse },
        PassageInvalid { what: text("certificate") },
        LandedBefore { item: item(2) },
    ]
}
