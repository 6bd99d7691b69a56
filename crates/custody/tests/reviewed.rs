//! What a hostile review of the rules found, and what has been mended since: each as the shortest story that shows it.

use crate::world::*;
use ledger::{
    Lifecycle, Operation, Outcome, Rejection, Role, Timestamp, VerifiedTx,
    operation::{
        Application, Change, DeriveKind, Direction, EndWhy, GrantKind, Lane, NewEntry, Purpose, Registry, Subject,
        Value,
    },
    policy::Rule,
    record::{AlertKind, AlertSubject, KeyEndReason, Roles},
};
use std::sync::Arc;

/// The refusal of a transaction; nothing where it is accepted.
fn refusal(w: &World, tx: Arc<VerifiedTx>) -> Option<Rejection> {
    match w.execute(&[tx]).expect("a block").receipts.remove(0).outcome {
        Outcome::Rejected { rejection, decision: _ } => Some(rejection),
        Outcome::Accepted { .. } => None,
    }
}

/// A new entry replaces the last, or begins later: next year's entry, made in December, leaves this
/// year's in force until it ends.
#[test]
fn a_renewal_that_begins_later_leaves_the_last_in_force() {
    let mut world = World::rated();
    world.enter(Registry::PositiveList, Subject::Class(class_id()), Value::None);
    let subject = Subject::Org(Org::FirmA.id());
    let this_year = world.entry(Registry::Qualified, subject, Value::Field(text("research")));
    let from = this_year.to.expect("the end of the year");
    let to = Some(from.plus_ms(30 * DAY_MS));
    world.accepted(world.enter_tx(NewEntry { from, to, ..this_year }));
    // The lane asks for the qualification: firm A is qualified today.
    let grant = world.applied(world.application(10));
    assert_eq!(refusal(&world, world.decide_tx(grant, Some(Lane::InstantPermit))), None);
}

/// The keys of an agency are its own affair (fixed): no ban of Customs takes away those of another agency.
#[test]
fn customs_does_not_end_the_keys_of_another_agency() {
    let world = World::regulated();
    let ban = world.entry(Registry::PersonBan, Subject::Person(HEALTH.pseudonym()), Value::None);
    let tx = world.enter_tx(NewEntry { ends_keys: vec![HEALTH.key_id()], ..ban });
    assert!(refusal(&world, tx).is_some());
    let ban = world.entry(Registry::OrgBan, Subject::Org(Org::Health.id()), Value::None);
    assert!(refusal(&world, world.enter_tx(ban)).is_some());
}

/// A person is banned by an entry that says so, signed and dated (R18), and not by whoever ends a key.
#[test]
fn nobody_ends_a_key_as_banned_without_a_ban() {
    let world = World::regulated();
    let end = Operation::EndKey { key: CLERK.key_id(), reason: KeyEndReason::Banned };
    assert!(refusal(&world, world.tx(end, &[(A, Role::Administrator)])).is_some());
}

/// The signature of a banned person is refused at once, also under a key that had retired before.
#[test]
fn a_ban_ends_the_grace_of_a_retired_key() {
    let mut world = World::regulated();
    let end = Operation::EndKey { key: B.key_id(), reason: KeyEndReason::Retired };
    world.accepted(world.tx(end, &[(B, Role::Administrator)]));
    let ban = world.entry(Registry::PersonBan, Subject::Person(B.pseudonym()), Value::None);
    world.accepted(world.enter_tx(NewEntry { ends_keys: vec![B.key_id()], ..ban }));
    let key = B.key_id();
    let act = world.register_tx(B, vec![(lot("L1"), pieces(1))]);
    assert_eq!(refusal(&world, act), Some(Rejection::KeyBanned { key }));
}

/// An approval of a compromised key counts for nothing; then the agency must be able to approve with another one.
#[test]
fn an_agency_approves_again_when_its_key_was_compromised() {
    let mut world = World::regulated();
    let entry = world.entry(Registry::PositiveList, Subject::Class(class_id()), Value::None);
    let motion = ledger::operation::Motion { changes: vec![Change::Enter(entry)] };
    let propose = Operation::Propose { motion, until: world.now.plus_ms(DAY_MS) };
    let proposal = world.accepted(world.tx(propose, &[(CUSTOMS, Role::Officer)]));
    let end = Operation::EndKey { key: CUSTOMS.key_id(), reason: KeyEndReason::Compromised };
    world.accepted(world.tx(end, &[(CUSTOMS, Role::Administrator)]));
    let again = world.tx(Operation::Approve { proposal }, &[(lead(Org::Customs), Role::Officer)]);
    assert_eq!(refusal(&world, again), None);
}

/// A key belongs to one use: a newcomer's consensus key is nobody's personal key, not even its administrator's.
#[test]
fn a_newcomer_s_keys_differ_in_every_use() {
    let world = World::regulated();
    let mut org = newcomer(&world.network, Org::Transport);
    let consensus = Person { org: Org::Transport, number: CONSENSUS };
    org.keys.push(consensus.claim(&world.network, Org::Transport, consensus.pseudonym(), Roles::of(&Role::ALL)));
    let from = world.height + 20;
    let tx = world.enact_tx(vec![Change::AddAgency { org, from }], QUORUM);
    assert_eq!(refusal(&world, tx), Some(Rejection::KeyTaken { key: consensus.key_id() }));
}

/// A motion is refused by the rule of its registry, also where its second change fails when the first is made.
#[test]
fn a_motion_that_fails_halfway_cites_its_registry() {
    let mut world = World::rated();
    let end = |w: &World| w.end_of(Registry::Qualified, Subject::Org(Org::FirmA.id()), 0, EndWhy::Removed);
    let tx = world.enact_tx(vec![end(&world), end(&world)], &[(CUSTOMS, Role::Officer)]);
    let receipts = world.block(&[tx]);
    let Outcome::Rejected { rejection, decision } = &receipts[0].outcome else { panic!("enacted") };
    assert_eq!((rejection, decision.rule), (&Rejection::EntryUnknown, Rule(2)));
}

/// The second alternative of a disposal is for the disposer that holds the goods : a firm needs one (Art. 35).
#[test]
fn a_firm_does_not_dispose_without_a_disposer() {
    let mut world = World::settled();
    let permit = world.permit(100);
    let item = world.imported(permit, "L1", 10);
    let dispose = |w: &World, by: Person| {
        let operation = Operation::Dispose { item, at: w.point(item), quantity: pieces(1), private: None };
        w.tx(operation, &[(by, Role::Custodian), (ENVIRONMENT, Role::Countersigner)])
    };
    assert!(refusal(&world, dispose(&world, A)).is_some());
    world.accepted(world.handover(item, A, DISPOSER));
    assert_eq!(refusal(&world, dispose(&world, DISPOSER)), None);
}

/// What is made of a human genetic resource is one, and leaves the country under a filing (R14), whatever its class
/// says.
#[test]
fn what_is_made_of_a_genetic_resource_leaves_under_a_filing() {
    let mut world = World::settled();
    let application = Application { class: class_of(PLASMA), ..world.application(100) };
    let import = world.granted(application);
    let plasma = world.imported(import, "P1", 10);
    let output = registration_of(class_id(), lot("M1"), pieces(5), Purpose::Unstated);
    let tx = world.derive_tx(A, DeriveKind::Manufacture, &[(plasma, pieces(10))], vec![output]);
    let tx = world.accepted(tx);
    let product = ledger::ItemId::of(&world.network, &tx, 0);
    assert!(world.item(product).marks.hgr);
    let export =
        Application { direction: Direction::Export, counterpart: Some(Org::Partner.id()), ..world.application(5) };
    let export = world.granted(export);
    let steps: [fn(&World, ledger::ItemId, ledger::GrantId) -> Arc<VerifiedTx>; 5] = [
        |w, item, export| w.assign_tx(A, &[item], export),
        |w, item, _| w.declare_tx(A, &[item]),
        |w, item, _| w.inspect_tx(CUSTOMS, &[item], ledger::operation::InspectionResult::Passed),
        |w, item, _| w.release_tx(CUSTOMS, &[item]),
        |w, item, _| w.exit_tx(&[item]),
    ];
    // Wherever it is stopped, it must not leave.
    for step in steps {
        let tx = step(&world, product, export);
        world.block(&[tx]);
    }
    assert_ne!(world.item(product).state, Lifecycle::Exited);
}

/// A partner receives what was filed with it (R14): a box around it makes no difference.
#[test]
fn a_unit_does_not_carry_a_filing_s_goods_to_another_partner() {
    let (mut world, filing) = World::filed();
    world.enter(Registry::Tri, Subject::Org(Org::Clinic.id()), Value::None);
    let permit = world.granted(world.export_application(filing, 100));
    let item = world.exited(permit, "P1", 10);
    assert_eq!(world.refused(world.handover(item, A, CLINIC)), Rejection::FilingMissing);
    let unit = world.unit(A, 1);
    world.accepted(world.pack_tx(A, unit, &[item]));
    assert!(refusal(&world, world.handover(unit, A, CLINIC)).is_some());
}

/// What came in leaves by an export permit; it is not put under another permit for import on the way (R9).
#[test]
fn goods_at_home_are_put_under_no_permit_for_import() {
    let mut world = World::settled();
    let import = world.permit(100);
    let export = world.granted(Application { direction: Direction::Export, ..world.application(100) });
    let item = world.imported(import, "L1", 10);
    let differs = Some(Rejection::GrantDiffers { grant: import, what: text("direction") });
    assert_eq!(refusal(&world, world.assign_tx(A, &[item], import)), differs);
    world.accepted(world.assign_tx(A, &[item], export));
    assert_eq!(refusal(&world, world.assign_tx(A, &[item], import)), differs);
}

/// A permit on the spot is granted by its own lane (R8), and by no other whose conditions happen to be met.
#[test]
fn a_permit_is_decided_by_no_other_lane() {
    let mut world = World::rated();
    let grant = world.applied(world.application(10));
    for lane in [Lane::InspectionExempt, Lane::DeclarationExempt] {
        assert!(refusal(&world, world.decide_tx(grant, Some(lane))).is_some(), "{lane:?}");
    }
}

/// A loss of some of it leaves waste where it was: with whoever carries it.
#[test]
fn waste_that_is_lost_in_part_stays_in_transit() {
    let mut world = World::default();
    let item = world.released();
    world.past_border(item, A, Lifecycle::WasteInTransit);
    assert_eq!(world.item(item).custodian, Org::Disposer.id());
    world.accepted(world.lose_tx(item, pieces(1), false, DISPOSER));
    assert_eq!(world.item(item).state, Lifecycle::WasteInTransit);
}

/// A hold is told to whoever holds the goods: of what is packed, to the custodian of the unit (R28).
#[test]
fn a_hold_on_a_packed_item_is_told_to_who_has_the_unit() {
    let mut world = World::settled();
    let permit = world.permit(100);
    let item = world.imported(permit, "L1", 10);
    let unit = world.unit(A, 1);
    world.accepted(world.pack_tx(A, unit, &[item]));
    world.accepted(world.handover(unit, A, CARRIER));
    world.accepted(world.hold_tx(item, HEALTH));
    let alert = world.open_alert(AlertKind::Hold, AlertSubject::Item(item)).expect("an alert");
    assert_eq!(alert.orgs, [Org::Carrier.id()]);
}

/// The act that ends the cause closes the alert.
#[test]
fn alerts_end_with_their_causes() {
    // An overdue offer that a use has voided.
    let mut world = World::settled();
    let permit = world.permit(100);
    let item = world.imported(permit, "L1", 10);
    let terms = world.terms(item, world.point(item), Org::FirmA, Org::FirmB);
    world.accepted(world.offer(&terms, A));
    world.wait_until(terms.expires);
    world.accepted(world.use_tx(item, pieces(1), A));
    assert_eq!(world.open_alert(AlertKind::AcceptanceOverdue, AlertSubject::Item(item)), None);
    // An overdue application that was cancelled.
    let grant = world.applied(Application { kind: GrantKind::Permit, ..world.application(10) });
    let due: Timestamp = world.grant(grant).due.expect("a due time");
    world.wait_until(due);
    let cancel = Operation::Cancel { grant, reason: text("no need") };
    world.accepted(world.tx(cancel, &[(A, Role::Declarant)]));
    assert_eq!(world.open_alert(AlertKind::DecisionOverdue, AlertSubject::Grant(grant)), None);
}
