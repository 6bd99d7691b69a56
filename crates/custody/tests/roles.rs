//! Acts on organisations, keys, classes, grants, duties, alerts and motions under `shenzhen-draft`: asked by every
//! organisation in every capacity, with the outcome meant for each.

use crate::world::*;
use ledger::{
    AlertId, DutyId, GrantId, Hash, ItemId, Operation, Outcome, Role, TxId, VerifiedTx,
    operation::{Change, Direction, EndWhy, GrantKind, Motion, NewEntry, Registry, Subject, Value, Verdict},
    record::{AgencyFunction, AlertKind, AlertSubject, DutyKind, KeyEndReason, alert_id},
};
use std::sync::Arc;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    RegisterOrg,
    RegisterClass,
    AssertHs,
    RegisterKey,
    /// Of an agency.
    RegisterAgencyKey,
    RotateKey,
    EndKey,
    RegisterNode,
    EndNode,
    Apply,
    Pause,
    Resume,
    Decide,
    DecideClearance,
    DecideFiling,
    Cancel,
    Demand,
    Answer,
    CloseAlert,
    AdvanceClock,
    EnactRating,
    EnactPilot,
    EnactPositive,
    EnactSeat,
    EnactRemoval,
    EndTri,
    ProposeRating,
    ApprovePositive,
    RetractPositive,
    EnactNetwork,
    SealKey,
    Share,
    EndShare,
}

const ALL: [Ask; 33] = [
    Ask::RegisterOrg,
    Ask::RegisterClass,
    Ask::AssertHs,
    Ask::RegisterKey,
    Ask::RegisterAgencyKey,
    Ask::RotateKey,
    Ask::EndKey,
    Ask::RegisterNode,
    Ask::EndNode,
    Ask::Apply,
    Ask::Pause,
    Ask::Resume,
    Ask::Decide,
    Ask::DecideClearance,
    Ask::DecideFiling,
    Ask::Cancel,
    Ask::Demand,
    Ask::Answer,
    Ask::CloseAlert,
    Ask::AdvanceClock,
    Ask::EnactRating,
    Ask::EnactPilot,
    Ask::EnactPositive,
    Ask::EnactSeat,
    Ask::EnactRemoval,
    Ask::EndTri,
    Ask::ProposeRating,
    Ask::ApprovePositive,
    Ask::RetractPositive,
    Ask::EnactNetwork,
    Ask::SealKey,
    Ask::Share,
    Ask::EndShare,
];

fn is_agency(org: Org) -> bool {
    org.kind().function().is_some()
}

/// Who signs an act alone, in one capacity: anybody else in that capacity is not competent, and any other capacity is
/// not the one that the act needs.
fn one_of(org: Org, role: Role, alternatives: &[(Role, Org)]) -> &'static str {
    let asked = alternatives.iter().any(|(of, _)| *of == role);
    match alternatives.contains(&(role, org)) {
        true => "",
        false if asked => "NotCompetent",
        false => "SignersWrong",
    }
}

/// The outcome meant for an act that one organisation signs alone.
fn meant(ask: Ask, org: Org, role: Role) -> &'static str {
    use Role::{Administrator, Custodian, Declarant, Delegate, Expert, Officer, Receiver};
    let to_agencies = |then| match (role, is_agency(org)) {
        (Officer, true) => then,
        (Officer, false) => "NotCompetent",
        _ => "SignersWrong",
    };
    match ask {
        Ask::RegisterOrg | Ask::AssertHs => one_of(org, role, &[(Officer, Org::Customs)]),
        Ask::RegisterClass => one_of(org, role, &[(Officer, Org::Science)]),
        Ask::RegisterKey | Ask::EndKey | Ask::RegisterNode | Ask::EndNode => {
            one_of(org, role, &[(Administrator, Org::FirmA), (Officer, Org::Customs)])
        }
        // The keys of an agency are its own affair.
        Ask::RegisterAgencyKey => one_of(org, role, &[(Administrator, Org::Health)]),
        Ask::RotateKey if org == Org::FirmA => "",
        Ask::RotateKey => "SignersWrong",
        // Whoever declares may apply, and needs premises of its own.
        Ask::Apply => match (role, org) {
            (Declarant, Org::FirmA) => "",
            (Declarant, _) => "PremisesMissing",
            _ => "SignersWrong",
        },
        Ask::Pause | Ask::Resume | Ask::Decide => one_of(org, role, &[(Officer, Org::Customs)]),
        Ask::DecideClearance => one_of(org, role, &[(Delegate, Org::Joint)]),
        Ask::DecideFiling => one_of(org, role, &[(Officer, Org::Science)]),
        Ask::Cancel if (role, org) == (Declarant, Org::FirmA) => "",
        Ask::Cancel => one_of(org, role, &[(Officer, Org::Customs)]),
        Ask::Demand => one_of(org, role, &[(Officer, Org::Customs), (Officer, Org::Health), (Officer, Org::Science)]),
        Ask::Answer => match (role, org) {
            (Declarant, Org::FirmA) => "",
            (Declarant, _) => "NotDebtor",
            _ => "SignersWrong",
        },
        Ask::CloseAlert => to_agencies(""),
        Ask::AdvanceClock => to_agencies("NotTestNetwork"),
        // The word of an expert counts while the expert is listed, whatever it is about.
        Ask::EnactRating | Ask::EnactPilot | Ask::EnactPositive | Ask::EndTri if role == Expert => "NotListed",
        Ask::EnactRating => one_of(org, role, &[(Officer, Org::Customs)]),
        Ask::EnactPilot => one_of(org, role, &[(Delegate, Org::Joint)]),
        // One of three is one of three.
        Ask::EnactPositive => match (role, org) {
            (Officer, Org::Customs | Org::Health | Org::Science) => "SignersWrong",
            _ => one_of(org, role, &[(Officer, Org::Customs)]),
        },
        Ask::EndTri => match (role, org) {
            (Officer, Org::Customs | Org::Science) => "SignersWrong",
            _ => one_of(org, role, &[(Officer, Org::Customs)]),
        },
        Ask::EnactSeat if (role, org) == (Administrator, Org::Health) => "",
        Ask::EnactSeat => "SignersWrong",
        Ask::EnactRemoval => match (role, org) {
            (Officer, Org::Police) => "NotCompetent",
            (Officer, org) if is_agency(org) => "QuorumMissing",
            _ => "NotCompetent",
        },
        // Firm B asks for an entry about itself, in whatever capacity.
        Ask::ProposeRating => match (role, org) {
            (Officer, Org::Customs) | (_, Org::FirmB) => "",
            _ => "NotCompetent",
        },
        Ask::ApprovePositive => match (role, org) {
            (Officer, Org::Customs) => "AlreadyApproved",
            (Officer, Org::Health | Org::Science) => "",
            _ => "NotCompetent",
        },
        Ask::RetractPositive if org == Org::Customs => "",
        Ask::RetractPositive => "NotCompetent",
        // No agency believes another network for the others.
        Ask::EnactNetwork => match (role, is_agency(org)) {
            (Officer, true) => "QuorumMissing",
            _ => "NotCompetent",
        },
        Ask::SealKey => one_of(org, role, &[(Administrator, Org::FirmA)]),
        Ask::Share => match (role, org) {
            (Custodian, Org::FirmA) => "",
            (Custodian, _) => "NotCustodian",
            _ => "SignersWrong",
        },
        Ask::EndShare => match (role, org) {
            (Custodian, Org::FirmA) | (Receiver, Org::Partner) => "",
            (Custodian | Receiver, _) => "NotCustodian",
            _ => "SignersWrong",
        },
    }
}

const FIRM_PEER: Person = Person { org: Org::FirmA, number: 61 };
const NEW: Person = Person { org: Org::FirmA, number: 60 };
const NEW_OF_HEALTH: Person = Person { org: Org::Health, number: 60 };

/// What there is to act on.
struct Base {
    world: World,
    applied: GrantId,
    paused: GrantId,
    clearance: GrantId,
    filing: GrantId,
    duty: DutyId,
    alert: AlertId,
    proposal: TxId,
    /// Of firm A, shared with the partner.
    item: ItemId,
}

fn positive(w: &World) -> NewEntry {
    w.entry(Registry::PositiveList, Subject::Class(class_id()), Value::None)
}

/// Another network, which nobody knows of yet.
fn admission() -> Change {
    World::admission(&World::named("another world"))
}

fn base() -> Base {
    let mut world = World::rated();
    world.enter(Registry::Tri, Subject::Org(Org::Partner.id()), Value::None);
    world.accepted(world.tx(FIRM_PEER.as_node(&world.network, Org::FirmA), &[(A, Role::Administrator)]));
    let applied = world.applied(world.application(10));
    let paused = world.applied(world.application(10));
    let pause = Operation::Pause { grant: paused, notice: Hash([1; 32]) };
    world.accepted(world.tx(pause, &[(CUSTOMS, Role::Officer)]));
    let clearance = ledger::operation::Application { kind: GrantKind::Clearance, ..world.application(10) };
    let clearance = world.applied(clearance);
    let filing = world.applied(world.filing_application(Org::Partner, 10));
    let demand = Operation::Demand {
        debtors: vec![Org::FirmA.id()],
        until: world.now.plus_ms(DAY_MS),
        about: None,
        private: None,
    };
    let tx = world.accepted(world.tx(demand, &[(CUSTOMS, Role::Officer)]));
    let duty = DutyKind::OnDemand { by: Org::Customs.id(), tx }.id();
    let item = world.registered(lot("L1"), pieces(1));
    world.accepted(world.hold_tx(item, HEALTH));
    let alert = alert_id(AlertKind::Hold, &AlertSubject::Item(item));
    let motion = Motion { changes: vec![Change::Enter(positive(&world))] };
    let propose = Operation::Propose { motion, until: world.now.plus_ms(DAY_MS) };
    let proposal = world.accepted(world.tx(propose, &[(CUSTOMS, Role::Officer)]));
    let until = world.now.plus_ms(DAY_MS);
    world.accepted(world.share_tx(A, item, Org::Partner, until));
    Base { world, applied, paused, clearance, filing, duty, alert, proposal, item }
}

impl Base {
    fn decide(&self, grant: GrantId) -> Operation {
        let verdict = Verdict::Grant { number: text("P-1"), lane: None, from: self.world.now };
        Operation::Decide { grant, verdict }
    }

    fn enact(&self, change: Change) -> Operation {
        Operation::Enact { motion: Motion { changes: vec![change] } }
    }

    fn asked(&self, ask: Ask) -> Operation {
        let w = &self.world;
        let reason = KeyEndReason::Retired;
        let claim = |person: Person, of: Person| person.claim(&w.network, person.org, of.pseudonym(), all_roles());
        let from = w.height + 20;
        match ask {
            Ask::RegisterOrg => Operation::RegisterOrg { profile: Org::Stranger.profile() },
            Ask::RegisterClass => Operation::RegisterClass { profile: class_profile("09521200000016") },
            Ask::AssertHs => Operation::AssertHs { class: class_id(), hs: "HS2028-HK-30021500".parse().unwrap() },
            Ask::RegisterKey => Operation::RegisterKey { org: Org::FirmA.id(), claim: claim(NEW, NEW) },
            Ask::RegisterAgencyKey => {
                Operation::RegisterKey { org: Org::Health.id(), claim: claim(NEW_OF_HEALTH, NEW_OF_HEALTH) }
            }
            Ask::RotateKey => Operation::RotateKey { old: A.key_id(), claim: claim(NEW, A) },
            Ask::EndKey => Operation::EndKey { key: CLERK.key_id(), reason },
            Ask::RegisterNode => NEW.as_node(&w.network, Org::FirmA),
            Ask::EndNode => Operation::EndNode { peer: FIRM_PEER.key(), reason },
            Ask::Apply => Operation::Apply { application: w.application(10) },
            Ask::Pause => Operation::Pause { grant: self.applied, notice: Hash([1; 32]) },
            Ask::Resume => Operation::Resume { grant: self.paused },
            Ask::Decide => self.decide(self.applied),
            Ask::DecideClearance => self.decide(self.clearance),
            Ask::DecideFiling => self.decide(self.filing),
            Ask::Cancel => Operation::Cancel { grant: self.applied, reason: text("no need") },
            Ask::Demand => Operation::Demand {
                debtors: vec![Org::FirmB.id()],
                until: w.now.plus_ms(DAY_MS),
                about: None,
                private: None,
            },
            Ask::Answer => Operation::Answer { duty: self.duty, private: None },
            Ask::CloseAlert => Operation::CloseAlert { alert: self.alert, reason: text("seen") },
            Ask::AdvanceClock => Operation::AdvanceClock { ms: 1 },
            Ask::EnactRating => self.enact(Change::Enter(w.rating(Org::FirmB, 2025, "B"))),
            Ask::EnactPilot => {
                self.enact(Change::Enter(w.entry(Registry::Pilot, Subject::Org(Org::FirmB.id()), Value::None)))
            }
            Ask::EnactPositive => self.enact(Change::Enter(positive(w))),
            Ask::EnactSeat => self.enact(Change::MoveSeat {
                org: Org::Health.id(),
                node: seat(&w.network, Org::Health, 210, 211),
                from,
            }),
            Ask::EnactRemoval => self.enact(Change::RemoveAgency { org: Org::Police.id(), from }),
            Ask::EndTri => self.enact(w.end_of(Registry::Tri, Subject::Org(Org::Partner.id()), 0, EndWhy::Removed)),
            Ask::ProposeRating => Operation::Propose {
                motion: Motion { changes: vec![Change::Enter(w.rating(Org::FirmB, 2025, "B"))] },
                until: w.now.plus_ms(DAY_MS),
            },
            Ask::ApprovePositive => Operation::Approve { proposal: self.proposal },
            Ask::RetractPositive => Operation::Retract { proposal: self.proposal },
            Ask::EnactNetwork => self.enact(admission()),
            Ask::SealKey => Operation::SetSealKey { org: Org::FirmA.id(), key: [9; 32] },
            Ask::Share => Operation::Share { item: self.item, with: Org::Observer.id(), until: w.now.plus_ms(DAY_MS) },
            Ask::EndShare => Operation::EndShare { item: self.item, with: Org::Partner.id() },
        }
    }
}

fn outcome(w: &World, tx: Arc<VerifiedTx>) -> &'static str {
    match &w.execute(&[tx]).expect("admissible").receipts[0].outcome {
        Outcome::Accepted { .. } => "",
        Outcome::Rejected { rejection, decision: _ } => rejection.name(),
    }
}

#[test]
fn every_organisation_in_every_capacity() {
    let base = base();
    for ask in ALL {
        let operation = base.asked(ask);
        for org in Org::REGULATED {
            for role in Role::ALL {
                let tx = base.world.tx(operation.clone(), &[(head(org), role)]);
                let found = outcome(&base.world, tx);
                assert_eq!(found, meant(ask, org, role), "{ask:?} by {org:?} as {role:?}");
            }
        }
    }
}

/// A filing is applied for by both parties (R14), and cancelled by both or by whoever decides.
#[test]
fn a_filing_has_two_parties() {
    let base = base();
    let w = &base.world;
    let application = w.filing_application(Org::Partner, 10);
    let cancel = Operation::Cancel { grant: base.filing, reason: text("no need") };
    let apply = Operation::Apply { application };
    let rows: [(&[(Person, Role)], &str, &str); 6] = [
        (&[(A, Role::Declarant), (PARTNER, Role::Joint)], "", ""),
        (&[(A, Role::Declarant)], "SignersWrong", "SignersWrong"),
        (&[(PARTNER, Role::Joint)], "SignersWrong", "SignersWrong"),
        // Another counterpart than the application's.
        (&[(A, Role::Declarant), (CLINIC, Role::Joint)], "NotCompetent", "SignersWrong"),
        (&[(A, Role::Declarant), (PARTNER, Role::Custodian)], "SignersWrong", "SignersWrong"),
        (&[(SCIENCE, Role::Officer)], "SignersWrong", ""),
    ];
    for (signers, applied, cancelled) in rows {
        assert_eq!(outcome(w, w.tx(apply.clone(), signers)), applied, "apply by {signers:?}");
        assert_eq!(outcome(w, w.tx(cancel.clone(), signers)), cancelled, "cancel by {signers:?}");
    }
}

/// An agency reads the alerts that are for it, and closes no others.
#[test]
fn an_alert_is_closed_by_whom_it_is_for() {
    let mut world = World::rated();
    let item = world.registered(lot("L1"), pieces(1));
    let readings = world.readings(2_000, 9_000);
    world.accepted(world.note_tx(A, &[item], readings));
    let kind = AlertKind::Excursion;
    let alert = alert_id(kind, &AlertSubject::Item(item));
    let mut readers = world.alert(kind, AlertSubject::Item(item)).expect("an alert").readers;
    readers.sort();
    assert_eq!(readers, [AgencyFunction::Customs, AgencyFunction::Health]);
    for (agency, expect) in [(HEALTH, ""), (CUSTOMS, ""), (SCIENCE, "AlertUnknown"), (POLICE, "AlertUnknown")] {
        let close = Operation::CloseAlert { alert, reason: text("seen") };
        assert_eq!(outcome(&world, world.tx(close, &[(agency, Role::Officer)])), expect, "{agency:?}");
    }
}

/// Who may ask for an entry may propose it for itself alone.
#[test]
fn an_application_for_an_entry_is_about_the_applicant() {
    let world = World::rated();
    let until = world.now.plus_ms(DAY_MS);
    let line = |org: Org| {
        let subject = Subject::OrgClass(org.id(), class_of(DRUG));
        Change::Enter(world.entry(Registry::WhiteList, subject, Value::None))
    };
    let permit = ledger::operation::Application { direction: Direction::Export, ..world.application(1) };
    assert_eq!(outcome(&world, world.tx(Operation::Apply { application: permit }, &[(A, Role::Declarant)])), "");
    let rows: [(Vec<Change>, &[(Person, Role)], &str); 5] = [
        (vec![line(Org::FirmA)], &[(A, Role::Declarant)], ""),
        (vec![line(Org::FirmB)], &[(A, Role::Declarant)], "NotCompetent"),
        (vec![line(Org::FirmA), line(Org::FirmB)], &[(A, Role::Declarant)], "NotCompetent"),
        (vec![line(Org::FirmA)], &[(A, Role::Declarant), (B, Role::Declarant)], "NotCompetent"),
        (vec![Change::Enter(positive(&world))], &[(A, Role::Declarant)], "NotCompetent"),
    ];
    for (changes, signers, expect) in rows {
        let propose = Operation::Propose { motion: Motion { changes }, until };
        assert_eq!(outcome(&world, world.tx(propose, signers)), expect, "{signers:?}");
    }
}
