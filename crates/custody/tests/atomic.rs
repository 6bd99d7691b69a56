//! All or nothing: an act that is refused after it has changed something leaves nothing of it, neither in the state nor
//! for the acts behind it in the block.

use crate::world::*;
use custody::Execution;
use ledger::{
    Hash, Operation, Outcome, Rejection, Role, StateKey, StateRead, VerifiedTx, WriteSet,
    operation::{Change, EndWhy, NewEntry, Registry, Subject, Value},
    record::{AlertKind, AlertSubject},
};
use std::{collections::BTreeSet, sync::Arc};

/// The root of the state after a block, if its receipts and feeds had left no trace: what every refused act has in
/// common.
fn root_without_traces(world: &World, execution: &Execution) -> Hash {
    let mut after = world.state.clone();
    after.apply(&execution.writes);
    let mut back = WriteSet::default();
    for (key, _) in execution.writes.changes() {
        if let StateKey::Seen { .. } | StateKey::Feed(_) | StateKey::History = key {
            back.restore(key.clone(), Some(world.state.read(key).expect("a state that reads")));
        }
    }
    after.apply(&back);
    after.root()
}

/// A refused act that changes nothing before it is refused.
fn idle(world: &World) -> Arc<VerifiedTx> {
    let change = Change::End { place: Hash([1; 32]), n: 1, why: EndWhy::Removed, documents: None };
    world.enact_tx(vec![change], &[(CUSTOMS, Role::Officer)])
}

/// Keys that a block writes, without those that name its transactions.
fn keys(execution: &Execution) -> BTreeSet<StateKey> {
    let changes = execution.writes.changes().map(|(key, _)| key.clone());
    changes.filter(|key| !matches!(key, StateKey::Seen { .. })).collect()
}

/// Executes it alone: it is refused so, and its block is that of a refused act that did nothing.
#[track_caller]
fn check(world: &World, tx: Arc<VerifiedTx>, expected: &Rejection) {
    let execution = world.execute(&[tx]).expect("a block");
    let Outcome::Rejected { rejection, decision: _ } = &execution.receipts[0].outcome else { panic!("accepted") };
    assert_eq!(rejection, expected);
    assert_eq!(root_without_traces(world, &execution), world.state.root());
    let nothing = world.execute(&[idle(world)]).expect("a block");
    assert_eq!(root_without_traces(world, &nothing), world.state.root());
    assert_eq!(keys(&execution), keys(&nothing));
    assert_eq!(execution.writes.len(), nothing.writes.len());
}

fn org(org: Org) -> Subject {
    Subject::Org(org.id())
}

/// Ends the qualification of firm A twice: the second change fails when the first has been made.
fn twice(w: &World) -> [Change; 2] {
    let end = || w.end_of(Registry::Qualified, org(Org::FirmA), 0, EndWhy::Removed);
    [end(), end()]
}

fn entered(w: &World, registry: Registry, subject: Subject) -> Change {
    Change::Enter(w.entry(registry, subject, Value::None))
}

#[test]
fn a_motion_whose_last_change_fails_leaves_nothing() {
    let world = World::rated();
    let customs = [(CUSTOMS, Role::Officer)];
    let ban = world.entry(Registry::PersonBan, Subject::Person(B.pseudonym()), Value::None);
    let ban = NewEntry { ends_keys: vec![B.key_id()], ..ban };
    // Changes that would be made before: entries that replace others, bans that are mirrored in organisations and keys,
    // alerts, feeds, and what becomes due.
    let before: [Vec<Change>; 5] = [
        Vec::new(),
        vec![Change::Enter(world.rating(Org::FirmA, 2025, "C")), Change::Enter(world.rating(Org::FirmB, 2025, "A"))],
        vec![entered(&world, Registry::OrgBan, org(Org::FirmB))],
        vec![Change::Enter(ban)],
        vec![entered(&world, Registry::PreReview, Subject::OrgClass(Org::FirmA.id(), class_id()))],
    ];
    for changes in before {
        let motion: Vec<Change> = changes.into_iter().chain(twice(&world)).collect();
        check(&world, world.enact_tx(motion, &customs), &Rejection::EntryUnknown);
    }
}

/// What the refused motion would have forbidden is allowed to the acts behind it in the same block.
#[test]
fn acts_behind_a_refused_motion_see_nothing_of_it() {
    let mut world = World::rated();
    let person = world.entry(Registry::PersonBan, Subject::Person(B.pseudonym()), Value::None);
    let mut motion = vec![
        entered(&world, Registry::OrgBan, org(Org::FirmB)),
        Change::Enter(NewEntry { ends_keys: vec![B.key_id()], ..person }),
    ];
    motion.extend(twice(&world));
    let refused = world.enact_tx(motion, &[(CUSTOMS, Role::Officer)]);
    let act = world.register_tx(B, vec![(lot("L1"), pieces(1))]);
    let receipts = world.block(&[refused, act]);
    assert!(matches!(receipts[0].outcome, Outcome::Rejected { .. }));
    assert!(matches!(receipts[1].outcome, Outcome::Accepted { .. }), "{:?}", receipts[1].outcome);
    assert_eq!(world.org(Org::FirmB).ban, None);
    assert_eq!(world.key(B).end, None);
    assert_eq!(world.alert(AlertKind::BannedParty, AlertSubject::Org(Org::FirmB.id())), None);
}

/// What came before a refused act in its block stays.
#[test]
fn acts_before_a_refused_motion_stay() {
    let world = World::rated();
    let customs = [(CUSTOMS, Role::Officer)];
    let good = world.enact_tx(vec![entered(&world, Registry::OrgBan, org(Org::FirmB))], &customs);
    let lifted: Vec<Change> = {
        let mut after = world.clone();
        after.accepted(good.clone());
        let end = || after.end_of(Registry::OrgBan, org(Org::FirmB), 0, EndWhy::Removed);
        vec![end(), end()]
    };
    let bad = world.enact_tx(lifted, &customs);
    let alone = world.execute(std::slice::from_ref(&good)).expect("a block");
    let both = world.execute(&[good, bad]).expect("a block");
    assert!(matches!(both.receipts[1].outcome, Outcome::Rejected { .. }));
    assert_eq!(root_without_traces(&world, &alone), root_without_traces(&world, &both));
}

/// The same of the other acts that write as they go: grants, reports, registrations of many.
#[test]
fn a_refused_decision_draws_on_nothing() {
    let mut world = World::rated();
    let plan = ledger::operation::Application {
        kind: ledger::operation::GrantKind::Plan,
        from: world.now.plus_ms(200 * DAY_MS),
        ..world.application(100)
    };
    // Nobody decides on a plan.
    let [first, second] = [world.applied(plan.clone()), world.applied(plan)];
    let on = |w: &World, on: Vec<ledger::GrantId>, quantity| ledger::operation::Application {
        on,
        ..w.application(quantity)
    };
    // It would draw on the first, and finds nothing left of the second.
    let waits = world.applied(on(&world, vec![first, second], 60));
    world.granted(on(&world, vec![second], 60));
    let (kind, left, asked) = (ledger::operation::GrantKind::Plan, 40, 60);
    let expected = Rejection::QuotaExceeded { grant: second, kind, left, asked };
    check(&world, world.decide_tx(waits, None), &expected);
    assert_eq!(world.grant(first).drawn, pieces(0));
}

/// A seat or a key that is refused late leaves neither organisation nor key.
#[test]
fn a_refused_newcomer_is_unknown() {
    let world = World::regulated();
    let mut org = newcomer(&world.network, Org::Transport);
    org.node = Some(seat(&world.network, Org::Transport, CONSENSUS, PEER));
    let from = world.height + 20;
    let few = &QUORUM[..4];
    let add = Change::AddAgency { org, from };
    let tx = world.enact_tx(vec![add], few);
    let execution = world.execute(&[tx]).expect("a block");
    let Outcome::Rejected { rejection, decision: _ } = &execution.receipts[0].outcome else { panic!("accepted") };
    assert_eq!(*rejection, Rejection::QuorumMissing { found: 4, needed: 5 });
    assert_eq!(root_without_traces(&world, &execution), world.state.root());
}

/// Of a list of many nothing is left where one is refused, whatever the act.
#[test]
fn a_refused_list_leaves_nothing() {
    let mut world = World::rated();
    let permit = world.permit(100);
    let items = ["L1", "L2", "L3"].map(|name| world.inspected(permit, name, 40));
    let tx = world.release_tx(CUSTOMS, &items);
    let kind = ledger::operation::GrantKind::Permit;
    let (grant, left, asked) = (permit, 20, 40);
    check(&world, tx, &Rejection::QuotaExceeded { grant, kind, left, asked });
    let bodies = vec![
        registration(lot("L8"), pieces(1)),
        registration(serial("S1"), pieces(1)),
        registration(serial("S2"), pieces(2)),
    ];
    let execution = world.execute(&[world.register_all_tx(A, bodies)]).expect("a block");
    assert!(matches!(execution.receipts[0].outcome, Outcome::Rejected { .. }));
    assert_eq!(root_without_traces(&world, &execution), world.state.root());
    let hold = Operation::PlaceHold { item: items[0], reason: text("recall") };
    let execution = world.execute(&[world.tx(hold, &[(A, Role::Officer)])]).expect("a block");
    assert_eq!(root_without_traces(&world, &execution), world.state.root());
}
