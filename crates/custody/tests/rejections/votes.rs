//! Refusals of motions: registries, packs, seats, recovered keys.

use super::*;
use ledger::{
    TxId,
    operation::{Change, EndWhy, Motion, NewEntry, Registry, Subject, Value},
    policy::{SignerNeed, Who},
};

const NEW_OF_HEALTH: Person = Person { org: Org::Health, number: 50 };

fn officer(person: Person) -> [(Person, Role); 1] {
    [(person, Role::Officer)]
}

/// A height that is early enough for every change.
fn later(w: &World) -> u64 {
    w.height + 20
}

/// Customs puts a class on the positive list, as far as Customs can.
fn proposed(w: &mut World) -> TxId {
    let entry = w.entry(Registry::PositiveList, Subject::Class(class_id()), Value::None);
    let motion = Motion { changes: vec![Change::Enter(entry)] };
    let propose = Operation::Propose { motion, until: w.now.plus_ms(DAY_MS) };
    w.accepted(w.tx(propose, &officer(CUSTOMS)))
}

fn remove(w: &World, org: Org) -> Vec<Change> {
    vec![Change::RemoveAgency { org: org.id(), from: later(w) }]
}

/// The pack in force with another version.
fn another_pack(w: &World, from: u64) -> Vec<Change> {
    let mut pack = w.pack();
    pack.version = 2;
    vec![Change::InstallPack { pack, from }]
}

pub(super) const ROWS: &[Row] = &[
    ("KeyWaiting", |w| {
        let claim = NEW_OF_HEALTH.claim(&w.network, Org::Health, NEW_OF_HEALTH.pseudonym(), all_roles());
        let change = Change::RecoverKey { org: Org::Health.id(), claim };
        let signers = [CUSTOMS, SCIENCE, ENVIRONMENT, MARKET, COMMERCE, OBSERVER].map(|p| (p, Role::Officer));
        w.accepted(w.enact_tx(vec![change], &signers));
        let (key, until) = (NEW_OF_HEALTH.key_id(), w.now.plus_ms(7 * DAY_MS));
        let tx = w.tx(Operation::AdvanceClock { ms: 1 }, &officer(NEW_OF_HEALTH));
        (tx, Rejection::KeyWaiting { key, until })
    }),
    ("OrgLeft", |w| {
        let item = w.registered(lot("L1"), pieces(1));
        w.accepted(w.enact_tx(remove(w, Org::Police), QUORUM));
        (w.hold_tx(item, POLICE), Rejection::OrgLeft { org: Org::Police.id() })
    }),
    ("ProposalUnknown", |w| {
        let approve = Operation::Approve { proposal: TxId(Hash([8; 32])) };
        (w.tx(approve, &officer(CUSTOMS)), Rejection::ProposalUnknown)
    }),
    ("ProposalClosed", |w| {
        let proposal = proposed(w);
        w.accepted(w.tx(Operation::Retract { proposal }, &officer(CUSTOMS)));
        (w.tx(Operation::Approve { proposal }, &officer(HEALTH)), Rejection::ProposalClosed)
    }),
    ("AlreadyApproved", |w| {
        let proposal = proposed(w);
        let org = Org::Customs.id();
        (w.tx(Operation::Approve { proposal }, &officer(lead(Org::Customs))), Rejection::AlreadyApproved { org })
    }),
    ("HeightTooEarly", |w| {
        let (from, earliest) = (w.height + 10, w.height + 11);
        let tx = w.enact_tx(another_pack(w, from), QUORUM);
        (tx, Rejection::HeightTooEarly { from, earliest })
    }),
    ("PackInvalid", |w| {
        let change = Change::InstallPack { pack: w.pack(), from: later(w) };
        (w.enact_tx(vec![change], QUORUM), Rejection::PackInvalid { what: text("it is in force") })
    }),
    ("SeatsInvalid", |w| {
        let tx = w.enact_tx(remove(w, Org::FirmA), QUORUM);
        (tx, Rejection::SeatsInvalid { what: text("the agency has no seat") })
    }),
    ("SeatsPending", |w| {
        let (from, node) = (later(w), seat(&w.network, Org::Health, 210, 211));
        let change = Change::MoveSeat { org: Org::Health.id(), node, from };
        w.accepted(w.enact_tx(vec![change], &[(HEALTH, Role::Administrator)]));
        (w.enact_tx(remove(w, Org::Police), QUORUM), Rejection::SeatsPending { from })
    }),
    ("AgencyMissing", |w| {
        // Classes would be registered by another agency than the one that does it now.
        let mut pack = w.pack();
        pack.version = 2;
        let need = SignerNeed { role: Role::Officer, who: Who::Agency(AgencyFunction::Customs), many: false };
        pack.acts.iter_mut().filter(|row| row.act == Act::RegisterClass).for_each(|row| row.any = vec![vec![need]]);
        let signers = [CUSTOMS, HEALTH, ENVIRONMENT, MARKET, COMMERCE].map(|p| (p, Role::Officer));
        let tx = w.enact_tx(vec![Change::InstallPack { pack, from: later(w) }], &signers);
        (tx, Rejection::AgencyMissing { function: AgencyFunction::ScienceTechnology })
    }),
    ("ProposalTooLong", |w| {
        let entry = w.entry(Registry::PositiveList, Subject::Class(class_id()), Value::None);
        let motion = Motion { changes: vec![Change::Enter(entry)] };
        let latest = w.next().time.plus_ms(30 * DAY_MS);
        let tx = w.tx(Operation::Propose { motion, until: latest.plus_ms(1) }, &officer(CUSTOMS));
        (tx, Rejection::ProposalTooLong { latest })
    }),
    ("FunctionUncovered", |w| {
        let signers = [CUSTOMS, SCIENCE, ENVIRONMENT, MARKET, COMMERCE].map(|p| (p, Role::Officer));
        let tx = w.enact_tx(remove(w, Org::Health), &signers);
        (tx, Rejection::FunctionUncovered { function: AgencyFunction::Health })
    }),
    ("QuorumMissing", |w| {
        let tx = w.enact_tx(remove(w, Org::Police), &QUORUM[..4]);
        (tx, Rejection::QuorumMissing { found: 4, needed: 5 })
    }),
    ("MotionMixed", |w| {
        let mut changes = another_pack(w, later(w));
        changes.push(Change::Enter(w.rating(Org::FirmB, 2025, "A")));
        (w.enact_tx(changes, QUORUM), Rejection::MotionMixed)
    }),
    ("EntryUnknown", |w| {
        let change = Change::End { place: Hash([1; 32]), n: 1, why: EndWhy::Removed, documents: None };
        (w.enact_tx(vec![change], &officer(CUSTOMS)), Rejection::EntryUnknown)
    }),
    ("EntryInvalid", |w| {
        let entry = NewEntry { value: Value::None, ..w.rating(Org::FirmB, 2025, "A") };
        let (registry, what) = (Registry::Rating, text("its value is of another kind"));
        (w.enter_tx(entry), Rejection::EntryInvalid { registry, what })
    }),
    ("EntryPeriod", |w| {
        let registry = Registry::PositiveList;
        let entry = w.entry(registry, Subject::Class(class_id()), Value::None);
        let latest = entry.to.expect("the end of the year");
        (w.enter_tx(NewEntry { to: None, ..entry }), Rejection::EntryPeriod { registry, latest })
    }),
    ("DatesReversed", |w| {
        let entry = w.rating(Org::FirmB, 2025, "A");
        (w.enter_tx(NewEntry { to: Some(entry.from), ..entry }), Rejection::DatesReversed)
    }),
    ("RatingYearOpen", |w| (w.enter_tx(w.rating(Org::FirmB, 2026, "A")), Rejection::RatingYearOpen { year: 2026 })),
    ("Reapplication", |w| {
        let subject = Subject::Org(Org::FirmB.id());
        w.enter(Registry::Pilot, subject, Value::None);
        w.accepted(w.end_tx(Registry::Pilot, subject, 0, EndWhy::Cancelled));
        let until = w.now.plus_ms(1_095 * DAY_MS);
        (w.enter_tx(w.entry(Registry::Pilot, subject, Value::None)), Rejection::Reapplication { until })
    }),
];
