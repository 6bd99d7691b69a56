//! Who may do what in which state under `shenzhen-draft`: what it asks beside the table that `matrix.rs` walks through.
//!
//! The way of goods under a permit would hide which state a cell is about, so states are written into the record, with
//! quantities that agree with them.

use crate::world::*;
use ledger::{
    GrantId, Hash, ItemId, Lifecycle, Operation, Outcome, Rejection, Role, VerifiedTx,
    operation::{Bucket, DeriveKind, Direction, EntryList, Input, InspectionResult, Note, Registry, Subject, Value},
};
use std::sync::Arc;

type Signers = &'static [(Person, Role)];

fn meaning(symbol: char) -> &'static str {
    match symbol {
        '+' => "",
        '-' => "StateForbids",
        'c' => "NotCustodian",
        's' => "SignersWrong",
        'n' => "NotCompetent",
        'u' => "ReceiverUnfit",
        'l' => "LaneClosed",
        'm' => "PermitMissing",
        'd' => "GrantDiffers",
        'P' => "PremisesMissing",
        'L' => "NotListed",
        other => panic!("{other:?} is not in the legend"),
    }
}

#[derive(Clone, Copy, Debug)]
enum Ask {
    /// To a permit for import, or for export.
    Assign(Direction),
    Declare,
    DeclareExempt,
    Arrive,
    /// On the premises of an organisation.
    Order(Org),
    Inspect,
    InspectExempt,
    Test,
    Release,
    Return,
    Destroy,
    Exit,
    Offer(Org),
    /// Without premises.
    OfferBare(Org),
    Store(Org),
    Use,
    Waste,
    Lose,
    Derive,
    Dispose,
    Correct,
    Note,
    PlaceHold,
}

struct Row(Ask, Signers, &'static str);

const A_LEAD: Person = lead(Org::FirmA);
const ALONE: Signers = &[(A, Role::Custodian)];
const WITH_LEAD: Signers = &[(A, Role::Custodian), (A_LEAD, Role::ProjectLead)];
const FOREIGN_LEAD: Signers = &[(A, Role::Custodian), (lead(Org::FirmB), Role::ProjectLead)];
const DECLARANT: Signers = &[(A, Role::Declarant)];
const OFFICER: Signers = &[(CUSTOMS, Role::Officer)];
const WITH_ENVIRONMENT: Signers = &[(A, Role::Custodian), (ENVIRONMENT, Role::Countersigner)];
const CONSENTS: Signers = &[(CUSTOMS, Role::Officer), (A, Role::Joint)];
const LABORATORY: Signers = &[(LAB, Role::Laboratory), (EXPERT, Role::Tester)];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Registered goods need a permit, and what is at home can only leave (R9).
    Row(Ask::Assign(Direction::Import), DECLARANT, "++ -------- ddd- -- -- -- -----"),
    Row(Ask::Assign(Direction::Export), DECLARANT, "+d -------- +++- -- -- -- -----"),
    Row(Ask::Assign(Direction::Import), &[(B, Role::Declarant)], "c"),
    Row(Ask::Assign(Direction::Import), ALONE, "s"),
    Row(Ask::Assign(Direction::Import), OFFICER, "s"),
    Row(Ask::Declare, DECLARANT,                   "m+ -------- ---- -- -- -- -----"),
    Row(Ask::DeclareExempt, DECLARANT,             "ml -------- ---- -- -- -- -----"),
    Row(Ask::Arrive, OFFICER,                      "-- +------- ---- -- -- -- -----"),
    Row(Ask::Order(Org::FirmA), CONSENTS,          "-- +-+----- ---- -- -- -- -----"),
    Row(Ask::Order(Org::FirmB), CONSENTS,          "-- P-P----- ---- -- -- -- -----"),
    Row(Ask::Order(Org::FirmA), OFFICER, "s"),
    // What waits for a test is judged by the laboratory (R12, R29).
    Row(Ask::Inspect, OFFICER,                     "-- +-++---- ---- -- -- -- -----"),
    Row(Ask::InspectExempt, OFFICER,               "-- l-l----- ---- -- -- -- -----"),
    Row(Ask::Test, LABORATORY,                     "-- ----+--- ---- -- -- -- -----"),
    Row(Ask::Test, &[(B, Role::Laboratory), (lead(Org::FirmB), Role::Tester)], "L"),
    Row(Ask::Test, &[(LAB, Role::Laboratory)], "s"),
    Row(Ask::Test, &[(EXPERT, Role::Tester)], "s"),
    Row(Ask::Release, OFFICER,                     "-- -+---++- ---- -- -- -- -----"),
    Row(Ask::Return, OFFICER,                      "-- ++++++++ ---- -- -- -- -----"),
    Row(Ask::Destroy, &[(CUSTOMS, Role::Officer), (ENVIRONMENT, Role::Countersigner)],
                                                   "-- ++++++++ ---- -- -- -- -----"),
    Row(Ask::Destroy, OFFICER, "s"),
    Row(Ask::Destroy, &[(CUSTOMS, Role::Officer), (HEALTH, Role::Countersigner)], "n"),
    // Under a permit for import nothing leaves.
    Row(Ask::Exit, OFFICER,                        "-- -------- mm-m -- -- -- -----"),
    Row(Ask::Offer(Org::FirmB), ALONE,             "-- -------- ++++ uu u- -- -----"),
    Row(Ask::OfferBare(Org::FirmB), ALONE,         "-- -------- PPPP uu u- -- -----"),
    Row(Ask::Offer(Org::Carrier), ALONE,           "-- -------- ++++ ++ +- -- -----"),
    Row(Ask::Offer(Org::Disposer), ALONE,          "-- -------- ++++ ++ u- -- -----"),
    Row(Ask::Offer(Org::Laboratory), ALONE,        "-- -------- ++++ uu u- -- -----"),
    Row(Ask::Store(Org::FirmA), ALONE,             "-- -------- ++++ -- -- -- -----"),
    Row(Ask::Store(Org::FirmB), ALONE,             "-- -------- PPPP -- -- -- -----"),
    // A named project lead stands behind every use (Art. 35).
    Row(Ask::Use, WITH_LEAD,                       "-- -------- +++- -- -- -- -----"),
    Row(Ask::Use, ALONE, "s"),
    Row(Ask::Use, FOREIGN_LEAD, "s"),
    Row(Ask::Waste, WITH_LEAD,                     "-- -------- +++- -- -- -- -----"),
    Row(Ask::Waste, ALONE, "s"),
    Row(Ask::Lose, WITH_LEAD,                      "-- -------- ++++ ++ +- -- -----"),
    Row(Ask::Lose, ALONE, "s"),
    Row(Ask::Derive, WITH_LEAD,                    "-- -------- +++- -- -- -- -----"),
    Row(Ask::Derive, ALONE, "s"),
    Row(Ask::Dispose, &[(A, Role::Custodian), (DISPOSER, Role::Joint), (ENVIRONMENT, Role::Countersigner)],
                                                   "-- +-+++-++ ++++ ++ -- -- -----"),
    Row(Ask::Dispose, &[(A, Role::Custodian), (CARRIER, Role::Joint), (ENVIRONMENT, Role::Countersigner)], "n"),
    Row(Ask::Dispose, &[(A, Role::Custodian), (DISPOSER, Role::Joint)], "s"),
    Row(Ask::Correct, &[(A, Role::Custodian), (CUSTOMS, Role::Countersigner)],
                                                   "-- -------- +++- +- -- ++ -----"),
    Row(Ask::Correct, WITH_ENVIRONMENT, "n"),
    Row(Ask::Note, ALONE,                          "++ ++++++++ ++++ ++ ++ -- -----"),
    Row(Ask::Note, WITH_LEAD,                      "++ ++++++++ ++++ ++ ++ -- -----"),
    Row(Ask::Note, &[(EXPERT, Role::Expert)],      "++ ++++++++ ++++ ++ ++ -- -----"),
    Row(Ask::Note, &[(A, Role::Expert)],           "LL LLLLLLLL LLLL LL LL -- -----"),
    Row(Ask::Note, &[(B, Role::Custodian)],        "cc cccccccc cccc cc cc -- -----"),
    Row(Ask::PlaceHold, &[(HEALTH, Role::Officer), (CUSTOMS, Role::Officer)],
                                                   "++ ++++++++ ++++ ++ ++ -- -----"),
    // Two persons of one agency are one agency.
    Row(Ask::PlaceHold, &[(HEALTH, Role::Officer), (lead(Org::Health), Role::Officer)], "s"),
    Row(Ask::PlaceHold, &[(HEALTH, Role::Officer), (A, Role::Officer)], "n"),
];

/// A world with permits of firm A for import and for export, and one lot of it; a laboratory and an expert are listed.
struct Base {
    world: World,
    item: ItemId,
    import: GrantId,
    export: GrantId,
}

fn base() -> Base {
    let mut world = World::settled();
    world.enter(Registry::Laboratory, Subject::Org(Org::Laboratory.id()), Value::None);
    world.enter(Registry::Expert, Subject::Person(EXPERT.pseudonym()), Value::Field(text("virology")));
    let import = world.permit(1_000);
    let export = ledger::operation::Application { direction: Direction::Export, ..world.application(1_000) };
    let export = world.granted(export);
    let item = world.registered(lot("L1"), pieces(100));
    Base { world, item, import, export }
}

impl Base {
    /// The same with the lot in a state; one piece is lost, so that there is something to correct.
    fn in_state(&self, state: Lifecycle) -> World {
        let mut world = self.world.clone();
        let (all, none) = (pieces(99), pieces(0));
        world.alter(self.item, |record| {
            record.state = state;
            record.grant = (state != Lifecycle::Registered).then_some(self.import);
            (record.on_hand, record.lost) = (all, pieces(1));
            match state {
                Lifecycle::Consumed | Lifecycle::FinalUseReported => (record.on_hand, record.used) = (none, all),
                Lifecycle::Waste | Lifecycle::WasteInTransit => (record.on_hand, record.wasted) = (none, all),
                Lifecycle::Disposed | Lifecycle::Destroyed => (record.on_hand, record.disposed) = (none, all),
                Lifecycle::Derived => (record.on_hand, record.derived) = (none, all),
                Lifecycle::Lost => (record.on_hand, record.lost) = (none, pieces(100)),
                _ => {}
            }
        });
        world
    }

    fn listed(
        &self,
        w: &World,
        signers: &[(Person, Role)],
        make: impl FnOnce(EntryList) -> Operation,
    ) -> Arc<VerifiedTx> {
        w.list_tx(many(&[self.item]), make, signers)
    }

    fn offer(&self, w: &World, to: Org, bare: bool, signers: &[(Person, Role)]) -> Arc<VerifiedTx> {
        let mut terms = w.terms(self.item, w.point(self.item), Org::FirmA, to);
        if bare {
            terms.premises = None;
        }
        w.tx(Operation::Offer { terms }, signers)
    }

    fn attempt(&self, w: &World, ask: Ask, signers: &[(Person, Role)]) -> Arc<VerifiedTx> {
        let (item, at, quantity, private) = (self.item, w.point(self.item), pieces(1), None);
        let reason = text("no");
        let inspect = |result| move |list| Operation::Inspect { list, result, video: None, private };
        let declare = |exempt| move |list| Operation::Declare { list, exempt, private };
        match ask {
            Ask::Assign(direction) => {
                let grant = if direction == Direction::Export { self.export } else { self.import };
                self.listed(w, signers, |list| Operation::Assign { list, grant })
            }
            Ask::Declare => self.listed(w, signers, declare(false)),
            Ask::DeclareExempt => self.listed(w, signers, declare(true)),
            Ask::Arrive => self.listed(w, signers, |list| Operation::Arrive { list, port: text("CNSZX") }),
            Ask::Order(org) => {
                let premises = Some(premises_of(org));
                self.listed(w, signers, |list| Operation::OrderInspection { list, premises })
            }
            Ask::Inspect => self.listed(w, signers, inspect(InspectionResult::Passed)),
            Ask::InspectExempt => self.listed(w, signers, inspect(InspectionResult::Exempt)),
            Ask::Test => w.test_tx(&[item], true, signers),
            Ask::Release => self.listed(w, signers, |list| Operation::Release { list }),
            Ask::Return => self.listed(w, signers, |list| Operation::Return { list, reason }),
            Ask::Destroy => self.listed(w, signers, |list| Operation::Destroy { list, reason }),
            Ask::Exit => self.listed(w, signers, |list| Operation::Exit { list, port: text("CNSZX") }),
            Ask::Offer(org) => self.offer(w, org, false, signers),
            Ask::OfferBare(org) => self.offer(w, org, true, signers),
            Ask::Store(org) => {
                let premises = premises_of(org);
                self.listed(w, signers, |list| Operation::Store { list, premises, quarantine: false })
            }
            Ask::Use => w.tx(Operation::Use { item, at, quantity, private }, signers),
            Ask::Waste => w.tx(Operation::Waste { item, at, quantity, private }, signers),
            Ask::Lose => w.tx(Operation::Lose { item, at, quantity, theft: true, private }, signers),
            Ask::Derive => {
                let inputs = vec![Input { item, at, quantity }];
                let derive = |list| Operation::Derive { kind: DeriveKind::Split, inputs, list };
                w.list_tx(w.parts(item, &[1]), derive, signers)
            }
            Ask::Dispose => w.tx(Operation::Dispose { item, at, quantity, private }, signers),
            Ask::Correct => {
                let (event, bucket) = (1, Bucket::Lost);
                w.tx(Operation::Correct { item, at, event, bucket, quantity, reason }, signers)
            }
            Ask::Note => {
                let note = Note::Document { root: Hash([2; 32]) };
                self.listed(w, signers, |list| Operation::Note { list, note })
            }
            Ask::PlaceHold => w.tx(Operation::PlaceHold { item, reason }, signers),
        }
    }
}

/// What became of a transaction in a block of its own: the name of the refusal, nothing where it was accepted.
fn outcome(w: &World, tx: Arc<VerifiedTx>) -> &'static str {
    match &w.execute(&[tx]).expect("admissible").receipts[0].outcome {
        Outcome::Accepted { .. } => "",
        Outcome::Rejected { rejection, decision: _ } => rejection.name(),
    }
}

#[test]
fn roles_acts_and_states_under_the_draft() {
    let base = base();
    for (column, state) in STATES.into_iter().enumerate() {
        let world = base.in_state(state);
        for Row(ask, signers, row) in ROWS {
            let symbols: Vec<char> = row.chars().filter(|symbol| *symbol != ' ').collect();
            let symbol = if let [one] = symbols.as_slice() { *one } else { symbols[column] };
            let found = outcome(&world, base.attempt(&world, *ask, signers));
            assert_eq!(found, meaning(symbol), "{ask:?} by {signers:?} when {state:?}");
        }
    }
}

/// Of what is abroad only the receiver reports, with the firm that filed it.
#[test]
fn only_what_was_received_abroad_is_reported_on() {
    let (mut base, filing) = World::filed();
    let permit = base.granted(base.export_application(filing, 200));
    let item = base.received_abroad(permit, "P1", 200);
    let end = base.pack().calendar.quarter_end(2026, 1);
    base.wait_until(end);
    for state in Lifecycle::ALL {
        let mut world = base.clone();
        world.alter(item, |record| record.state = state);
        let report = |signers| world.report_tx(filing, (2026, 1), &[(item, 120, 0, 80)], false, signers);
        let expect = match state {
            Lifecycle::ReceivedAbroad => "",
            Lifecycle::Departed => "Departed",
            _ => "StateForbids",
        };
        assert_eq!(outcome(&world, report(BOTH_REPORT)), expect, "{state:?}");
        let rows: [(Signers, &str); 5] = [
            (&[(PARTNER, Role::Custodian)], "SignersWrong"),
            (&[(A, Role::Joint)], "SignersWrong"),
            (&[(PARTNER, Role::Joint), (A, Role::Custodian)], if expect.is_empty() { "NotDebtor" } else { expect }),
            (&[(CLINIC, Role::Custodian), (A, Role::Joint)], if expect.is_empty() { "NotDebtor" } else { expect }),
            (&[(PARTNER, Role::Custodian), (B, Role::Joint)], if expect.is_empty() { "NotDebtor" } else { expect }),
        ];
        for (signers, expect) in rows {
            assert_eq!(outcome(&world, report(signers)), expect, "{state:?} {signers:?}");
        }
    }
}

/// One agency's order, every agency follows; it is lifted by all that gave it, or by a quorum (R28).
#[test]
fn a_hold_is_lifted_by_those_who_placed_it_or_by_a_quorum() {
    let Base { mut world, item, .. } = base();
    let reason = text("joint order");
    let place = Operation::PlaceHold { item, reason };
    world.accepted(world.tx(place, &[(HEALTH, Role::Officer), (CUSTOMS, Role::Officer)]));
    let hold = world.item(item).holds[0].clone();
    let mut by = [Org::Health.id(), Org::Customs.id()];
    by.sort();
    assert_eq!(hold.by, by);
    let lift = |w: &World, by: &[Person]| {
        let signers: Vec<(Person, Role)> = by.iter().map(|person| (*person, Role::Officer)).collect();
        w.tx(Operation::LiftHold { item, placed: hold.placed }, &signers)
    };
    let not_yours = Rejection::HoldNotYours { item, by: by[0] };
    for alone in [HEALTH, CUSTOMS, SCIENCE] {
        assert_eq!(world.refused(lift(&world, &[alone])), not_yours);
    }
    let few = [SCIENCE, ENVIRONMENT, MARKET, COMMERCE];
    assert_eq!(world.refused(lift(&world, &few)), Rejection::QuorumMissing { found: 4, needed: 5 });
    let enough = [SCIENCE, ENVIRONMENT, MARKET, COMMERCE, POLICE];
    for signers in [&enough[..], &[HEALTH, CUSTOMS], &[CUSTOMS, HEALTH, SCIENCE]] {
        let mut world = world.clone();
        world.accepted(lift(&world, signers));
        assert!(world.item(item).holds.is_empty());
    }
}
