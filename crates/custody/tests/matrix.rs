//! Who may do what in which state: every cell of role, act and state, with the outcome meant for it.
//!
//! The cells are those of the table of the regulation (docs/formats/ledger.md, acts and states), written by hand and not taken
//! from the rules. Four of them go beyond it, each for a reason: goods that passed by a lane can still be sent back or
//! destroyed; what is in transit can be disposed of (a hold may catch it there) and packed; what is stored can leave
//! the country. `matrix_law.rs` has what `shenzhen-draft` asks beside it.

use crate::world::*;
use ledger::{
    GrantId, ItemId, Lifecycle, Operation, Outcome, Rejection, Role, VerifiedTx,
    operation::{Act, Bucket, DeriveKind, EntryList, InspectionResult, Note},
    record::KeyEndReason,
};
use std::{collections::BTreeSet, sync::Arc};

type Signers = &'static [(Person, Role)];

/// The legend.
fn meaning(symbol: char) -> &'static str {
    match symbol {
        '+' => "",
        '-' => "StateForbids",
        'c' => "NotCustodian",
        's' => "SignersWrong",
        'n' => "NotCompetent",
        'o' => "OfferUnknown",
        'u' => "ReceiverUnfit",
        'l' => "LaneClosed",
        'p' => "NotPacked",
        'k' => "HoldUnknown",
        'y' => "HoldNotYours",
        'H' => "Held",
        'x' => "ActNotInPack",
        'd' => "DepartState",
        other => panic!("{other:?} is not in the legend"),
    }
}

/// The symbols of a row: one for each state, or one for all. `.`: the cell cannot be.
fn cells(row: &str) -> Vec<char> {
    let symbols: Vec<char> = row.chars().filter(|symbol| *symbol != ' ').collect();
    match symbols.as_slice() {
        [one] => vec![*one; STATES.len()],
        all => {
            assert_eq!(all.len(), STATES.len(), "{row}");
            all.to_vec()
        }
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Declare,
    DeclareExempt,
    Arrive,
    OrderAtPort,
    OrderOnPremises,
    Inspect,
    InspectExempt,
    Test,
    Release,
    Return,
    Destroy,
    Exit,
    Offer(Org),
    Accept,
    Refuse,
    Withdraw,
    Handover(Org),
    Store,
    Quarantine,
    Use,
    Waste,
    Lose,
    Dispose,
    Correct,
    Note,
    Derive,
    Pack,
    Unpack,
    PlaceHold,
    LiftHold,
    Assign,
    Report,
    Depart,
}

struct Row(Ask, Signers, &'static str);

/// The holder is a carrier: of all who hold, it alone can hold an item in every state that acts of custody lead to.
const HOLDER: Person = CARRIER;
const CUSTODIAN: Signers = &[(HOLDER, Role::Custodian)];
const DECLARANT: Signers = &[(HOLDER, Role::Declarant)];
const WITH_ENVIRONMENT: Signers = &[(HOLDER, Role::Custodian), (ENVIRONMENT, Role::Countersigner)];
const WITH_CUSTOMS: Signers = &[(HOLDER, Role::Custodian), (CUSTOMS, Role::Countersigner)];
const TO_B: Signers = &[(HOLDER, Role::Custodian), (B, Role::Receiver)];
const TO_DISPOSER: Signers = &[(HOLDER, Role::Custodian), (DISPOSER, Role::Receiver)];
const CUSTOMS_OFFICER: Signers = &[(CUSTOMS, Role::Officer)];
const HEALTH_OFFICER: Signers = &[(HEALTH, Role::Officer)];
const AGENCIES: Signers = &[(HEALTH, Role::Officer), (CUSTOMS, Role::Officer)];
const LABORATORY: Signers = &[(B, Role::Laboratory), (lead(Org::FirmB), Role::Tester)];
const A_OFFICER: Signers = &[(A, Role::Officer)];
const A_CUSTODIAN: Signers = &[(A, Role::Custodian)];
const A_DECLARANT: Signers = &[(A, Role::Declarant)];
const B_RECEIVER: Signers = &[(B, Role::Receiver)];
const B_CUSTODIAN: Signers = &[(B, Role::Custodian)];

/// An item of the holder without hold or offer, in no unit.
#[rustfmt::skip]
const PLAIN: &[Row] = &[
    Row(Ask::Declare, DECLARANT,                    "++ -------- ---- -- -- -- -----"),
    Row(Ask::Declare, A_DECLARANT, "c"),
    Row(Ask::Declare, CUSTODIAN, "s"),
    Row(Ask::Declare, CUSTOMS_OFFICER, "s"),
    Row(Ask::Declare, &[(HOLDER, Role::Declarant), (A, Role::Declarant)], "s"),
    Row(Ask::DeclareExempt, DECLARANT,              "ll -------- ---- -- -- -- -----"),
    Row(Ask::Arrive, CUSTOMS_OFFICER,               "-- +------- ---- -- -- -- -----"),
    Row(Ask::Arrive, HEALTH_OFFICER, "n"),
    Row(Ask::Arrive, DECLARANT, "s"),
    Row(Ask::OrderAtPort, CUSTOMS_OFFICER,          "-- +-+----- ---- -- -- -- -----"),
    Row(Ask::OrderAtPort, HEALTH_OFFICER, "n"),
    Row(Ask::OrderAtPort, CUSTODIAN, "s"),
    // Consent is given to premises, and premises need it (R11).
    Row(Ask::OrderAtPort, &[(CUSTOMS, Role::Officer), (HOLDER, Role::Joint)], "s"),
    Row(Ask::OrderOnPremises, CUSTOMS_OFFICER, "s"),
    Row(Ask::OrderOnPremises, &[(CUSTOMS, Role::Officer), (HOLDER, Role::Joint)],
                                                    "-- +-+----- ---- -- -- -- -----"),
    Row(Ask::OrderOnPremises, &[(CUSTOMS, Role::Officer), (A, Role::Joint)],
                                                    "-- c-c----- ---- -- -- -- -----"),
    Row(Ask::Inspect, CUSTOMS_OFFICER,              "-- +-+++--- ---- -- -- -- -----"),
    Row(Ask::Inspect, HEALTH_OFFICER, "n"),
    Row(Ask::Inspect, A_OFFICER, "n"),
    Row(Ask::Inspect, &[(CUSTOMS, Role::Declarant)], "s"),
    Row(Ask::Inspect, &[(CUSTOMS, Role::Officer), (HOLDER, Role::Custodian)], "s"),
    Row(Ask::InspectExempt, CUSTOMS_OFFICER,        "-- l-l----- ---- -- -- -- -----"),
    Row(Ask::Test, LABORATORY,                      "-- ----+--- ---- -- -- -- -----"),
    Row(Ask::Test, &[(B, Role::Laboratory)], "s"),
    Row(Ask::Test, &[(B, Role::Laboratory), (A, Role::Tester)], "s"),
    Row(Ask::Test, CUSTOMS_OFFICER, "s"),
    Row(Ask::Release, CUSTOMS_OFFICER,              "-- -+---++- ---- -- -- -- -----"),
    Row(Ask::Release, HEALTH_OFFICER, "n"),
    Row(Ask::Release, A_OFFICER, "n"),
    Row(Ask::Release, CUSTODIAN, "s"),
    Row(Ask::Return, CUSTOMS_OFFICER,               "-- ++++++++ ---- -- -- -- -----"),
    Row(Ask::Return, HEALTH_OFFICER, "n"),
    Row(Ask::Return, CUSTODIAN, "s"),
    Row(Ask::Destroy, CUSTOMS_OFFICER,              "-- ++++++++ ---- -- -- -- -----"),
    Row(Ask::Destroy, HEALTH_OFFICER, "n"),
    Row(Ask::Destroy, &[(CUSTOMS, Role::Countersigner)], "s"),
    Row(Ask::Exit, CUSTOMS_OFFICER,                 "-- -------- ++-+ -- -- -- -----"),
    Row(Ask::Exit, HEALTH_OFFICER, "n"),
    Row(Ask::Exit, CUSTODIAN, "s"),
    Row(Ask::Offer(Org::FirmB), CUSTODIAN,          "-- -------- ++++ uu u- -- -----"),
    Row(Ask::Offer(Org::Disposer), CUSTODIAN,       "-- -------- ++++ ++ u- -- -----"),
    Row(Ask::Offer(Org::FirmB), A_CUSTODIAN, "c"),
    Row(Ask::Offer(Org::FirmB), &[(HOLDER, Role::Receiver)], "s"),
    Row(Ask::Offer(Org::FirmB), TO_B, "s"),
    Row(Ask::Offer(Org::FirmB), HEALTH_OFFICER, "s"),
    Row(Ask::Accept, B_RECEIVER, "o"),
    Row(Ask::Accept, B_CUSTODIAN, "s"),
    Row(Ask::Accept, HEALTH_OFFICER, "s"),
    Row(Ask::Refuse, B_RECEIVER, "o"),
    Row(Ask::Refuse, B_CUSTODIAN, "s"),
    Row(Ask::Withdraw, CUSTODIAN, "o"),
    Row(Ask::Withdraw, A_CUSTODIAN, "c"),
    Row(Ask::Withdraw, B_RECEIVER, "s"),
    Row(Ask::Handover(Org::FirmB), TO_B,            "-- -------- ++++ uu u- -- -----"),
    Row(Ask::Handover(Org::FirmB), &[(B, Role::Receiver), (HOLDER, Role::Custodian)],
                                                    "-- -------- ++++ uu u- -- -----"),
    Row(Ask::Handover(Org::Disposer), TO_DISPOSER,  "-- -------- ++++ ++ u- -- -----"),
    Row(Ask::Handover(Org::FirmB), &[(A, Role::Custodian), (B, Role::Receiver)], "c"),
    Row(Ask::Handover(Org::FirmB), CUSTODIAN, "s"),
    Row(Ask::Handover(Org::FirmB), B_RECEIVER, "s"),
    Row(Ask::Handover(Org::FirmB), TO_DISPOSER, "s"),
    Row(Ask::Handover(Org::FirmB), &[(HOLDER, Role::Custodian), (B, Role::Custodian)], "s"),
    Row(Ask::Handover(Org::FirmB), &[(HOLDER, Role::Custodian), (B, Role::Receiver), (HEALTH, Role::Officer)], "s"),
    Row(Ask::Store, CUSTODIAN,                      "-- -------- ++++ -- -- -- -----"),
    Row(Ask::Quarantine, CUSTODIAN,                 "-- -------- ++++ -- -- -- -----"),
    Row(Ask::Store, A_CUSTODIAN, "c"),
    Row(Ask::Store, &[(HOLDER, Role::Receiver)], "s"),
    Row(Ask::Use, CUSTODIAN,                        "-- -------- +++- -- -- -- -----"),
    Row(Ask::Use, A_CUSTODIAN, "c"),
    Row(Ask::Use, A_OFFICER, "s"),
    Row(Ask::Use, WITH_ENVIRONMENT, "s"),
    Row(Ask::Waste, CUSTODIAN,                      "-- -------- +++- -- -- -- -----"),
    Row(Ask::Waste, A_CUSTODIAN, "c"),
    Row(Ask::Waste, HEALTH_OFFICER, "s"),
    Row(Ask::Lose, CUSTODIAN,                       "-- -------- ++++ ++ +- -- -----"),
    Row(Ask::Lose, A_CUSTODIAN, "c"),
    Row(Ask::Lose, HEALTH_OFFICER, "s"),
    Row(Ask::Dispose, WITH_ENVIRONMENT,             "-- +-+++-++ ++++ ++ -- -- -----"),
    Row(Ask::Dispose, &[(ENVIRONMENT, Role::Countersigner), (HOLDER, Role::Custodian)],
                                                    "-- +-+++-++ ++++ ++ -- -- -----"),
    Row(Ask::Dispose, &[(A, Role::Custodian), (ENVIRONMENT, Role::Countersigner)], "c"),
    Row(Ask::Dispose, CUSTODIAN, "s"),
    Row(Ask::Dispose, &[(ENVIRONMENT, Role::Countersigner)], "s"),
    Row(Ask::Dispose, &[(HOLDER, Role::Custodian), (ENVIRONMENT, Role::Officer)], "s"),
    Row(Ask::Dispose, WITH_CUSTOMS, "n"),
    Row(Ask::Dispose, &[(HOLDER, Role::Custodian), (DISPOSER, Role::Countersigner)], "n"),
    Row(Ask::Correct, WITH_CUSTOMS,                 "-- -------- +++- +- -- ++ -----"),
    Row(Ask::Correct, &[(A, Role::Custodian), (CUSTOMS, Role::Countersigner)], "c"),
    Row(Ask::Correct, CUSTODIAN, "s"),
    Row(Ask::Correct, WITH_ENVIRONMENT, "n"),
    Row(Ask::Note, CUSTODIAN,                       "++ ++++++++ ++++ ++ ++ -- -----"),
    Row(Ask::Note, A_CUSTODIAN,                     "cc cccccccc cccc cc cc -- -----"),
    Row(Ask::Note, DECLARANT, "s"),
    Row(Ask::Note, HEALTH_OFFICER, "s"),
    Row(Ask::Note, &[(HOLDER, Role::Custodian), (A, Role::ProjectLead)], "s"),
    Row(Ask::Derive, CUSTODIAN,                     "-- -------- +++- -- -- -- -----"),
    Row(Ask::Derive, A_CUSTODIAN, "c"),
    Row(Ask::Derive, HEALTH_OFFICER, "s"),
    Row(Ask::Pack, CUSTODIAN,                       "-- -------- ++++ -- +- -- -----"),
    Row(Ask::Pack, A_CUSTODIAN, "c"),
    Row(Ask::Pack, HEALTH_OFFICER, "s"),
    Row(Ask::Unpack, CUSTODIAN,                     "pp pppppppp pppp pp pp -- -----"),
    Row(Ask::Unpack, A_CUSTODIAN, "c"),
    Row(Ask::PlaceHold, HEALTH_OFFICER,             "++ ++++++++ ++++ ++ ++ -- -----"),
    Row(Ask::PlaceHold, CUSTOMS_OFFICER,            "++ ++++++++ ++++ ++ ++ -- -----"),
    Row(Ask::PlaceHold, A_OFFICER, "n"),
    Row(Ask::PlaceHold, CUSTODIAN, "s"),
    Row(Ask::PlaceHold, AGENCIES, "s"),
    Row(Ask::LiftHold, HEALTH_OFFICER,              "kk kkkkkkkk kkkk kk kk -- -----"),
    Row(Ask::LiftHold, A_OFFICER, "n"),
    Row(Ask::LiftHold, CUSTODIAN, "s"),
    // What stands at home, and was opened by nobody, can leave for another network.
    Row(Ask::Depart, CUSTODIAN,                     "dd dddddddd ++d+ dd dd dd ddddd"),
    Row(Ask::Depart, A_CUSTODIAN, "c"),
    Row(Ask::Depart, HEALTH_OFFICER, "s"),
    Row(Ask::Depart, &[(HOLDER, Role::Custodian), (HEALTH, Role::Officer)], "s"),
    // Custody alone knows neither permits nor reports.
    Row(Ask::Assign, DECLARANT, "x"),
    Row(Ask::Report, &[(B, Role::Custodian), (HOLDER, Role::Joint)], "x"),
];

/// The same under a hold of Health: nothing but quarantine, destruction, coming out of a unit, notes and lifting (R28).
/// What has ended, or of which nothing is left, cannot be held.
#[rustfmt::skip]
const HELD: &[Row] = &[
    Row(Ask::Declare, DECLARANT,                    "HH -------- ---- -- -- .. ....."),
    Row(Ask::DeclareExempt, DECLARANT,              "HH -------- ---- -- -- .. ....."),
    Row(Ask::Arrive, CUSTOMS_OFFICER,               "-- H------- ---- -- -- .. ....."),
    Row(Ask::OrderAtPort, CUSTOMS_OFFICER,          "-- H-H----- ---- -- -- .. ....."),
    Row(Ask::Inspect, CUSTOMS_OFFICER,              "-- H-HHH--- ---- -- -- .. ....."),
    Row(Ask::Test, LABORATORY,                      "-- ----H--- ---- -- -- .. ....."),
    Row(Ask::Release, CUSTOMS_OFFICER,              "-- -H---HH- ---- -- -- .. ....."),
    Row(Ask::Return, CUSTOMS_OFFICER,               "-- HHHHHHHH ---- -- -- .. ....."),
    Row(Ask::Destroy, CUSTOMS_OFFICER,              "-- ++++++++ ---- -- -- .. ....."),
    Row(Ask::Exit, CUSTOMS_OFFICER,                 "-- -------- HH-H -- -- .. ....."),
    Row(Ask::Offer(Org::FirmB), CUSTODIAN,          "-- -------- HHHH HH H- .. ....."),
    Row(Ask::Handover(Org::FirmB), TO_B,            "-- -------- HHHH HH H- .. ....."),
    Row(Ask::Handover(Org::Disposer), TO_DISPOSER,  "-- -------- HHHH HH H- .. ....."),
    Row(Ask::Store, CUSTODIAN,                      "-- -------- HHHH -- -- .. ....."),
    Row(Ask::Quarantine, CUSTODIAN,                 "-- -------- ++++ -- -- .. ....."),
    Row(Ask::Use, CUSTODIAN,                        "-- -------- HHH- -- -- .. ....."),
    Row(Ask::Waste, CUSTODIAN,                      "-- -------- HHH- -- -- .. ....."),
    Row(Ask::Lose, CUSTODIAN,                       "-- -------- HHHH HH H- .. ....."),
    Row(Ask::Dispose, WITH_ENVIRONMENT,             "-- +-+++-++ ++++ ++ -- .. ....."),
    Row(Ask::Correct, WITH_CUSTOMS,                 "-- -------- HHH- H- -- .. ....."),
    Row(Ask::Note, CUSTODIAN,                       "++ ++++++++ ++++ ++ ++ .. ....."),
    Row(Ask::Derive, CUSTODIAN,                     "-- -------- HHH- -- -- .. ....."),
    Row(Ask::Pack, CUSTODIAN,                       "-- -------- HHHH -- H- .. ....."),
    Row(Ask::Unpack, CUSTODIAN,                     "pp pppppppp pppp pp pp .. ....."),
    Row(Ask::Depart, CUSTODIAN,                     "dd dddddddd HHdH dd dd .. ....."),
    Row(Ask::PlaceHold, CUSTOMS_OFFICER,            "++ ++++++++ ++++ ++ ++ .. ....."),
    Row(Ask::LiftHold, HEALTH_OFFICER,              "++ ++++++++ ++++ ++ ++ .. ....."),
    Row(Ask::LiftHold, CUSTOMS_OFFICER,             "yy yyyyyyyy yyyy yy yy .. ....."),
];

/// An item of the holder in a state, with one piece lost after its release, so that there is something to correct. Five
/// states are written into the record, since no act under `plain` leads to them: it has no permits, lanes or reports.
fn item_in(world: &mut World, state: Lifecycle) -> ItemId {
    let item = world.registered_by(HOLDER, lot("L1"), pieces(100));
    let released = |world: &mut World| {
        world.bring(item, HOLDER, Lifecycle::Released);
        world.accepted(world.lose_tx(item, pieces(1), false, HOLDER));
    };
    match state {
        Lifecycle::Permitted => {}
        Lifecycle::DeclarationExempt | Lifecycle::InspectionExempt => world.bring(item, HOLDER, Lifecycle::Declared),
        Lifecycle::ReceivedAbroad | Lifecycle::FinalUseReported => {
            released(&mut *world);
            world.past_border(item, HOLDER, Lifecycle::Exited);
        }
        Lifecycle::Registered
        | Lifecycle::Declared
        | Lifecycle::AtPort
        | Lifecycle::Inspecting
        | Lifecycle::TestPending
        | Lifecycle::Inspected
        | Lifecycle::Failed
        | Lifecycle::Returned
        | Lifecycle::Destroyed => world.bring(item, HOLDER, state),
        Lifecycle::Released
        | Lifecycle::Stored
        | Lifecycle::InUse
        | Lifecycle::InTransit
        | Lifecycle::Waste
        | Lifecycle::WasteInTransit
        | Lifecycle::Exited
        | Lifecycle::Consumed
        | Lifecycle::Lost
        | Lifecycle::Disposed
        | Lifecycle::Derived => {
            released(&mut *world);
            world.past_border(item, HOLDER, state);
        }
        Lifecycle::Departed => {
            released(&mut *world);
            world.accepted(world.depart_tx(HOLDER, item, AFAR));
        }
    }
    if world.item(item).state != state {
        world.alter(item, |record| {
            record.state = state;
            if state == Lifecycle::FinalUseReported {
                (record.used, record.on_hand) = (record.on_hand, pieces(0));
            }
        });
    }
    item
}

fn listed(
    w: &World,
    item: ItemId,
    signers: &[(Person, Role)],
    make: impl FnOnce(EntryList) -> Operation,
) -> Arc<VerifiedTx> {
    w.list_tx(many(&[item]), make, signers)
}

/// What is asked about an item, by these signers.
fn attempt(w: &World, ask: Ask, (item, pallet): (ItemId, ItemId), signers: &[(Person, Role)]) -> Arc<VerifiedTx> {
    let (at, quantity, private, reason) = (w.point(item), pieces(1), None, text("no"));
    let record = w.item(item);
    let giver = signers.iter().find(|(_, role)| *role == Role::Custodian).map_or(HOLDER.org, |(person, _)| person.org);
    let answered = record.offer.as_ref().map_or_else(Default::default, |offer| offer.terms);
    let inspect = |result| move |list| Operation::Inspect { list, result, video: None, private };
    let order = |premises| move |list| Operation::OrderInspection { list, premises };
    let store = |quarantine| move |list| Operation::Store { list, premises: gln(7), quarantine };
    let declare = |exempt| move |list| Operation::Declare { list, exempt, private };
    match ask {
        Ask::Declare => listed(w, item, signers, declare(false)),
        Ask::DeclareExempt => listed(w, item, signers, declare(true)),
        Ask::Arrive => listed(w, item, signers, |list| Operation::Arrive { list, port: text("CNSZX") }),
        Ask::OrderAtPort => listed(w, item, signers, order(None)),
        Ask::OrderOnPremises => listed(w, item, signers, order(Some(gln(7)))),
        Ask::Inspect => listed(w, item, signers, inspect(InspectionResult::Passed)),
        Ask::InspectExempt => listed(w, item, signers, inspect(InspectionResult::Exempt)),
        Ask::Test => w.test_tx(&[item], true, signers),
        Ask::Release => listed(w, item, signers, |list| Operation::Release { list }),
        Ask::Return => listed(w, item, signers, |list| Operation::Return { list, reason }),
        Ask::Destroy => listed(w, item, signers, |list| Operation::Destroy { list, reason }),
        Ask::Exit => listed(w, item, signers, |list| Operation::Exit { list, port: text("CNSZX") }),
        Ask::Offer(to) => w.tx(Operation::Offer { terms: w.terms(item, at, giver, to) }, signers),
        Ask::Handover(to) => w.tx(Operation::Handover { terms: w.terms(item, at, giver, to) }, signers),
        Ask::Accept => w.tx(Operation::Accept { item, terms: answered, at }, signers),
        Ask::Refuse => w.tx(Operation::Refuse { item, terms: answered, reason }, signers),
        Ask::Withdraw => w.tx(Operation::Withdraw { item, terms: answered }, signers),
        Ask::Store => listed(w, item, signers, store(false)),
        Ask::Quarantine => listed(w, item, signers, store(true)),
        Ask::Use => w.tx(Operation::Use { item, at, quantity, private }, signers),
        Ask::Waste => w.tx(Operation::Waste { item, at, quantity, private }, signers),
        Ask::Lose => w.tx(Operation::Lose { item, at, quantity, theft: false, private }, signers),
        Ask::Dispose => w.tx(Operation::Dispose { item, at, quantity, private }, signers),
        Ask::Correct => {
            let (event, bucket) = (record.count, Bucket::Lost);
            w.tx(Operation::Correct { item, at, event, bucket, quantity, reason }, signers)
        }
        Ask::Note => {
            let note = Note::Document { root: ledger::Hash([2; 32]) };
            listed(w, item, signers, |list| Operation::Note { list, note })
        }
        Ask::Derive => {
            let inputs = vec![ledger::operation::Input { item, at, quantity }];
            let derive = |list| Operation::Derive { kind: DeriveKind::Split, inputs, list };
            w.list_tx(w.parts(item, &[1]), derive, signers)
        }
        Ask::Pack => listed(w, item, signers, |list| Operation::Pack { unit: pallet, at: w.point(pallet), list }),
        Ask::Unpack => listed(w, item, signers, |list| Operation::Unpack { unit: pallet, at: w.point(pallet), list }),
        Ask::PlaceHold => w.tx(Operation::PlaceHold { item, reason }, signers),
        Ask::LiftHold => {
            let placed = record.holds.first().map_or(1, |hold| hold.placed);
            w.tx(Operation::LiftHold { item, placed }, signers)
        }
        Ask::Assign => listed(w, item, signers, |list| Operation::Assign { list, grant: GrantId::default() }),
        Ask::Depart => w.tx(Operation::Depart { item, at, to: AFAR }, signers),
        Ask::Report => w.report_tx(GrantId::default(), (2026, 1), &[(item, 0, 0, 100)], false, signers),
    }
}

#[track_caller]
fn check(w: &World, tx: Arc<VerifiedTx>, expect: &str, cell: &str) {
    let found = match &w.execute(&[tx]).expect("admissible").receipts[0].outcome {
        Outcome::Accepted { .. } => "",
        Outcome::Rejected { rejection, decision: _ } => rejection.name(),
    };
    assert_eq!(found, expect, "{cell}");
}

/// A world with a second person of firm B, who tests, an empty unit of the holder, and another network that is known.
fn base() -> (World, ItemId) {
    let mut world = World::default();
    world.admit_key(lead(Org::FirmB));
    world.know_afar();
    let pallet = world.unit(HOLDER, 1);
    (world, pallet)
}

fn check_all(rows: &[Row], prepare: fn(&mut World, ItemId)) {
    let (base, pallet) = base();
    for (column, state) in STATES.into_iter().enumerate() {
        if rows.iter().all(|Row(_, _, row)| cells(row)[column] == '.') {
            continue;
        }
        let mut world = base.clone();
        let item = item_in(&mut world, state);
        prepare(&mut world, item);
        for Row(ask, signers, row) in rows {
            let symbol = cells(row)[column];
            let cell = format!("{ask:?} by {signers:?} when {state:?}");
            check(&world, attempt(&world, *ask, (item, pallet), signers), meaning(symbol), &cell);
        }
    }
}

#[test]
fn roles_acts_and_states() {
    check_all(PLAIN, |_, _| {});
}

#[test]
fn under_a_hold_nothing_but_quarantine_destruction_and_lifting() {
    check_all(HELD, |world, item| {
        world.accepted(world.hold_tx(item, HEALTH));
    });
}

/// Whatever is asked about what has departed, by whomever may ask it: it is no longer here.
#[test]
fn what_has_departed_does_nothing() {
    let (mut world, pallet) = base();
    let item = item_in(&mut world, Lifecycle::Departed);
    let mut departed = 0;
    for Row(ask, signers, row) in PLAIN {
        let all = cells(row);
        // Who signs is asked first, and a unit before what is to be packed into it.
        let asked_first = ['s', 'n', 'x'].into_iter().find(|symbol| all.iter().all(|cell| cell == symbol));
        let not_its_unit = matches!(ask, Ask::Pack | Ask::Unpack) && *signers == A_CUSTODIAN;
        let expect = match asked_first {
            Some(symbol) => meaning(symbol),
            None if not_its_unit => "NotCustodian",
            None => "Departed",
        };
        departed += usize::from(expect == "Departed");
        check(&world, attempt(&world, *ask, (item, pallet), signers), expect, &format!("{ask:?} by {signers:?}"));
    }
    assert!(departed > ITEM_ACTS.len(), "{departed}");
}

#[test]
fn the_tables_are_whole() {
    let columns: BTreeSet<Lifecycle> = STATES.into_iter().chain([Lifecycle::Departed]).collect();
    assert_eq!(columns, Lifecycle::ALL.into_iter().collect());
    let (mut world, pallet) = base();
    let item = item_in(&mut world, Lifecycle::Released);
    let of_row = |Row(ask, signers, row): &Row| {
        cells(row);
        attempt(&world, *ask, (item, pallet), signers).tx().body.operation.act()
    };
    let acts: BTreeSet<Act> = PLAIN.iter().map(of_row).collect();
    for act in ITEM_ACTS {
        assert!(acts.contains(&act), "{act:?}");
    }
    let held: Vec<Act> = HELD.iter().map(of_row).collect();
    assert!(!held.is_empty());
}

/// A released item that is offered by firm A to firm B.
#[rustfmt::skip]
const OFFERED: &[(Ask, Signers, &str)] = &[
    (Ask::Accept, B_RECEIVER, ""),
    (Ask::Accept, &[(CARRIER, Role::Receiver)], "NotReceiver"),
    (Ask::Refuse, B_RECEIVER, ""),
    (Ask::Refuse, &[(CARRIER, Role::Receiver)], "NotReceiver"),
    (Ask::Withdraw, A_CUSTODIAN, ""),
    (Ask::Withdraw, B_CUSTODIAN, "NotCustodian"),
    (Ask::Offer(Org::Carrier), A_CUSTODIAN, "OfferPending"),
    (Ask::Handover(Org::FirmB), &[(A, Role::Custodian), (B, Role::Receiver)], ""),
    (Ask::Handover(Org::Carrier), &[(A, Role::Custodian), (CARRIER, Role::Receiver)], ""),
    (Ask::Use, A_CUSTODIAN, ""),
    (Ask::Store, A_CUSTODIAN, ""),
    (Ask::Dispose, &[(A, Role::Custodian), (ENVIRONMENT, Role::Countersigner)], ""),
    (Ask::PlaceHold, HEALTH_OFFICER, ""),
    (Ask::Depart, A_CUSTODIAN, "OfferPending"),
];

#[test]
fn while_an_offer_waits() {
    let mut world = World::default();
    let pallet = world.unit(A, 1);
    let item = world.released();
    let terms = world.terms(item, world.point(item), Org::FirmA, Org::FirmB);
    world.accepted(world.offer(&terms, A));
    let both = (item, pallet);
    for (ask, signers, expect) in OFFERED {
        let cell = format!("{ask:?} by {signers:?} when offered");
        check(&world, attempt(&world, *ask, both, signers), expect, &cell);
    }
    // What is packed moves with its unit: an offer of its own must be answered first.
    check(&world, attempt(&world, Ask::Pack, both, A_CUSTODIAN), "OfferPending", "pack when offered");
    world.accepted(world.hold_tx(item, HEALTH));
    check(&world, attempt(&world, Ask::Accept, both, B_RECEIVER), "Held", "accept when held");
    check(&world, attempt(&world, Ask::Refuse, both, B_RECEIVER), "", "refuse when held");
    check(&world, attempt(&world, Ask::Withdraw, both, A_CUSTODIAN), "", "withdraw when held");
}

// --------------------------------------------------------------------------------------- organisations, keys, nodes

const NEW: u8 = 60;
const FIRM_PEER: Person = Person { org: Org::FirmA, number: 61 };

/// What is asked about firm A, and about Health.
#[derive(Clone, Copy, Debug)]
enum About {
    RegisterOrg,
    RegisterClass,
    AssertHs,
    RegisterKey(Org),
    RotateKey,
    EndKey(Person),
    RegisterNode(Org),
    EndNode,
}

#[rustfmt::skip]
const REGISTRY: &[(About, Signers, &str)] = &[
    (About::AssertHs, CUSTOMS_OFFICER, ""),
    (About::AssertHs, HEALTH_OFFICER, "NotCompetent"),
    (About::AssertHs, A_OFFICER, "NotCompetent"),
    (About::AssertHs, &[(CUSTOMS, Role::Countersigner)], "SignersWrong"),
    (About::AssertHs, &[(A, Role::Declarant)], "SignersWrong"),
    (About::RegisterOrg, CUSTOMS_OFFICER, ""),
    (About::RegisterOrg, HEALTH_OFFICER, "NotCompetent"),
    (About::RegisterOrg, A_OFFICER, "NotCompetent"),
    (About::RegisterOrg, &[(CUSTOMS, Role::Administrator)], "SignersWrong"),
    (About::RegisterOrg, &[(CUSTOMS, Role::Officer), (SCIENCE, Role::Officer)], "NotCompetent"),
    (About::RegisterOrg, &[(CUSTOMS, Role::Officer), (A, Role::Administrator)], "SignersWrong"),
    (About::RegisterClass, &[(SCIENCE, Role::Officer)], ""),
    (About::RegisterClass, CUSTOMS_OFFICER, "NotCompetent"),
    (About::RegisterClass, A_DECLARANT, "SignersWrong"),
    (About::RegisterKey(Org::FirmA), &[(A, Role::Administrator)], ""),
    (About::RegisterKey(Org::FirmA), CUSTOMS_OFFICER, ""),
    (About::RegisterKey(Org::FirmA), HEALTH_OFFICER, "NotCompetent"),
    (About::RegisterKey(Org::FirmA), &[(B, Role::Administrator)], "NotCompetent"),
    (About::RegisterKey(Org::FirmA), A_CUSTODIAN, "SignersWrong"),
    (About::RegisterKey(Org::FirmA), &[(CLERK, Role::Administrator)], "RoleNotHeld"),
    (About::RegisterKey(Org::FirmA), &[(A, Role::Administrator), (CUSTOMS, Role::Officer)], "SignersWrong"),
    (About::RegisterKey(Org::Health), &[(HEALTH, Role::Administrator)], ""),
    (About::RegisterKey(Org::Health), CUSTOMS_OFFICER, "SignersWrong"),
    (About::RegisterKey(Org::Health), &[(CUSTOMS, Role::Administrator)], "NotCompetent"),
    (About::RotateKey, &[(A, Role::Administrator)], ""),
    (About::RotateKey, A_CUSTODIAN, ""),
    (About::RotateKey, &[(CLERK, Role::Declarant)], "SignersWrong"),
    (About::RotateKey, CUSTOMS_OFFICER, "SignersWrong"),
    (About::EndKey(CLERK), &[(CLERK, Role::Declarant)], ""),
    (About::EndKey(CLERK), &[(A, Role::Administrator)], ""),
    (About::EndKey(CLERK), CUSTOMS_OFFICER, ""),
    (About::EndKey(CLERK), HEALTH_OFFICER, "NotCompetent"),
    (About::EndKey(CLERK), &[(B, Role::Administrator)], "NotCompetent"),
    (About::EndKey(CLERK), A_CUSTODIAN, "SignersWrong"),
    (About::EndKey(HEALTH), &[(HEALTH, Role::Administrator)], ""),
    (About::EndKey(HEALTH), CUSTOMS_OFFICER, "SignersWrong"),
    (About::RegisterNode(Org::FirmA), &[(A, Role::Administrator)], ""),
    (About::RegisterNode(Org::FirmA), CUSTOMS_OFFICER, ""),
    (About::RegisterNode(Org::FirmA), &[(B, Role::Administrator)], "NotCompetent"),
    (About::RegisterNode(Org::Health), CUSTOMS_OFFICER, "SignersWrong"),
    (About::EndNode, &[(A, Role::Administrator)], ""),
    (About::EndNode, CUSTOMS_OFFICER, ""),
    (About::EndNode, &[(B, Role::Administrator)], "NotCompetent"),
    (About::EndNode, A_CUSTODIAN, "SignersWrong"),
];

fn asked(w: &World, about: About) -> Operation {
    let reason = KeyEndReason::Retired;
    match about {
        About::RegisterOrg => Operation::RegisterOrg { profile: Org::Stranger.profile() },
        About::RegisterClass => Operation::RegisterClass { profile: class_profile("09521200000016") },
        About::AssertHs => Operation::AssertHs { class: class_id(), hs: "HS2028-HK-30021500".parse().unwrap() },
        About::RegisterKey(org) => {
            let person = Person { org, number: NEW };
            let claim = person.claim(&w.network, org, person.pseudonym(), all_roles());
            Operation::RegisterKey { org: org.id(), claim }
        }
        About::RotateKey => {
            let next = Person { org: Org::FirmA, number: NEW };
            let claim = next.claim(&w.network, Org::FirmA, A.pseudonym(), all_roles());
            Operation::RotateKey { old: A.key_id(), claim }
        }
        About::EndKey(person) => Operation::EndKey { key: person.key_id(), reason },
        About::RegisterNode(org) => Person { org, number: NEW }.as_node(&w.network, org),
        About::EndNode => Operation::EndNode { peer: FIRM_PEER.key(), reason },
    }
}

#[test]
fn roles_and_acts_of_the_registry() {
    let mut world = World::default();
    world.accepted(world.tx(FIRM_PEER.as_node(&world.network, Org::FirmA), &[(A, Role::Administrator)]));
    for (about, signers, expect) in REGISTRY {
        let tx = world.tx(asked(&world, *about), signers);
        check(&world, tx, expect, &format!("{about:?} by {signers:?}"));
    }
}

#[test]
fn terms_that_do_not_fit_the_act() {
    let mut world = World::default();
    let item = world.released();
    let at = world.point(item);
    // Signed by firm A, in the name of firm B.
    let foreign = world.terms(item, at, Org::FirmB, Org::Carrier);
    assert_eq!(world.refused(world.offer(&foreign, A)), Rejection::TermsInvalid);
    // Terms for B, signed by the carrier.
    let terms = world.terms(item, at, Org::FirmA, Org::FirmB);
    let tx = world.tx(Operation::Handover { terms }, &[(A, Role::Custodian), (CARRIER, Role::Receiver)]);
    assert_eq!(world.refused(tx), Rejection::SignersWrong { act: Act::Handover });
    // Terms that have expired, or outlive the longest life of an act bound to a custody sequence.
    let mut terms = world.terms(item, at, Org::FirmA, Org::FirmB);
    let next = world.next().time;
    terms.expires = next;
    let expires = next;
    assert_eq!(world.refused(world.offer(&terms, A)), Rejection::TermsExpired { item, expires });
    terms.expires = world.next().time.plus_ms(ledger::bounds::MAX_CUSTODY_EXPIRY_MS + 1);
    assert_eq!(world.refused(world.offer(&terms, A)), Rejection::TermsInvalid);
    terms.expires = world.next().time.plus_ms(ledger::bounds::MAX_CUSTODY_EXPIRY_MS);
    world.accepted(world.offer(&terms, A));
}

/// An offer to nobody would wait for an answer that cannot come, and open a feed that nobody owns.
#[test]
fn an_offer_needs_a_receiver_that_is_registered() {
    let mut world = World::default();
    let item = world.released();
    let terms = world.terms(item, world.point(item), Org::FirmA, Org::Stranger);
    let org = Org::Stranger.id();
    assert_eq!(world.refused(world.offer(&terms, A)), Rejection::OrgUnknown { org });
    assert_eq!(world.feed(Org::Stranger).count, 0);
    world.accepted(world.tx(Operation::RegisterOrg { profile: Org::Stranger.profile() }, CUSTOMS_OFFICER));
    let terms = world.terms(item, world.point(item), Org::FirmA, Org::Stranger);
    world.accepted(world.offer(&terms, A));
}

/// A key belongs to one use: a validator's consensus key cannot become a transport identity.
#[test]
fn a_consensus_key_is_no_transport_identity() {
    let mut world = World::default();
    let consensus = Person { org: Org::Health, number: CONSENSUS };
    let tx = world.tx(consensus.as_node(&world.network, Org::FirmA), &[(A, Role::Administrator)]);
    assert_eq!(world.refused(tx), Rejection::NodeTaken);
}
