//! What becomes due: a bounded number in each block, in order; and nothing is legal or illegal because of it.

use crate::{
    lives::{self, Life},
    world::*,
};
use custody::{BlockPosition, Execution, execute_block};
use ledger::{
    GrantId, Hash, Outcome, StateKey, StateRead, Timestamp, TxId, VerifiedTx, WriteSet,
    bounds::MAX_DUES,
    record::{AlertKind, AlertSubject, Due},
    state::{MemoryState, ReadError},
};
use std::sync::Arc;

/// A number as a hash, in the order of numbers.
fn numbered(n: u64) -> Hash {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    Hash(bytes)
}

fn left(w: &World) -> Vec<(Timestamp, Hash)> {
    w.state.due(Timestamp(u64::MAX), usize::MAX).expect("a state that reads")
}

/// As many dues as this, at times that `at` gives.
fn with_dues(count: u64, at: impl Fn(u64) -> Timestamp) -> World {
    let mut world = World::regulated();
    let mut writes = WriteSet::default();
    for n in 0..count {
        let due = Due::Decision(GrantId(numbered(n)));
        writes.put(StateKey::Due { at: at(n), id: due.id() }, &due);
    }
    world.state.apply(&writes);
    world
}

/// Ten thousand at one time take forty blocks, whatever else they hold.
#[test]
fn ten_thousand_dues_take_forty_blocks() {
    let mut world = with_dues(10_000, |_| START);
    assert_eq!(left(&world).len(), 10_000);
    for block in 1..=40usize {
        let mut ids: Vec<Hash> = left(&world).into_iter().map(|(_, id)| id).collect();
        let tx = world.register_tx(A, vec![(lot("L1"), pieces(1))]);
        let receipts = world.block(&[tx]);
        assert!(matches!(receipts[0].outcome, Outcome::Accepted { .. }));
        let gone = ids.len().min(MAX_DUES);
        // The first of them, by time and identity.
        ids.drain(..gone);
        let rest: Vec<Hash> = left(&world).into_iter().map(|(_, id)| id).collect();
        assert_eq!(rest, ids, "block {block}");
        assert_eq!(rest.len(), 10_000usize.saturating_sub(block * MAX_DUES));
    }
    assert!(left(&world).is_empty());
}

#[test]
fn dues_fire_at_their_time_in_its_order() {
    let mut world = with_dues(600, |n| START.plus_ms(10_000 + (n % 3)));
    world.wait_until(START.plus_ms(9_999));
    assert_eq!(left(&world).len(), 600);
    world.wait(1);
    assert_eq!(left(&world).len(), 400, "those of the first millisecond");
    // Two hundred of the second and fifty-six of the third.
    world.wait(5);
    assert_eq!(left(&world).len(), 400 - MAX_DUES);
    assert!(left(&world).iter().all(|(at, _)| *at == START.plus_ms(10_002)));
    world.block(&[]);
    assert!(left(&world).is_empty());
}

/// Offers that expire together alert by and by, each once.
#[test]
fn a_backlog_makes_alerts_late_and_nothing_else() {
    let mut world = World::settled();
    let permit = world.permit(1_000);
    let items: Vec<_> = (0..3)
        .flat_map(|n| {
            let lots = (0..100).map(|k| (lot(&format!("L{n}-{k}")), pieces(1))).collect();
            let tx = world.accepted(world.register_tx(A, lots));
            (0..100).map(|index| ledger::ItemId::of(&world.network, &tx, index)).collect::<Vec<_>>()
        })
        .collect();
    for some in items.chunks(100) {
        world.accepted(world.assign_tx(A, some, permit));
        world.accepted(world.declare_tx(A, some));
        world.accepted(world.inspect_tx(CUSTOMS, some, ledger::operation::InspectionResult::Passed));
        world.accepted(world.release_tx(CUSTOMS, some));
    }
    let expires = world.now.plus_ms(HOUR_MS);
    let offers: Vec<Arc<VerifiedTx>> = items
        .iter()
        .map(|item| {
            let terms = world.terms(*item, world.point(*item), Org::FirmA, Org::FirmB);
            world.offer(&ledger::HandoverTerms { expires, ..terms }, A)
        })
        .collect();
    let receipts = world.block(&offers);
    assert!(receipts.iter().all(|receipt| matches!(receipt.outcome, Outcome::Accepted { .. })));
    let told = |w: &World| {
        let alert =
            |item: &&ledger::ItemId| w.alert(AlertKind::AcceptanceOverdue, AlertSubject::Item(**item)).is_some();
        items.iter().filter(alert).count()
    };
    world.wait_until(expires);
    assert_eq!(told(&world), MAX_DUES);
    // The offer whose alert is late has expired all the same.
    let late =
        items.iter().find(|item| world.alert(AlertKind::AcceptanceOverdue, AlertSubject::Item(**item)).is_none());
    let item = *late.expect("one that is late");
    let terms = world.item(item).offer.expect("an offer").terms;
    let accept = ledger::Operation::Accept { item, terms, at: world.point(item) };
    let mut muted = world.clone();
    let position = muted.next();
    let tx = world.tx(accept, &[(B, ledger::Role::Receiver)]);
    let execution = execute_block(&Budget(&muted.state, 0), position, &[tx]).expect("a block");
    let Outcome::Rejected { rejection, decision: _ } = &execution.receipts[0].outcome else { panic!("accepted") };
    assert_eq!(*rejection, ledger::Rejection::OfferExpired { item, expires });
    muted.apply(position, &execution);
    assert_eq!(told(&muted), MAX_DUES, "nothing fired");
    world.block(&[]);
    assert_eq!(told(&world), items.len());
    for item in &items {
        let alert = world.alert(AlertKind::AcceptanceOverdue, AlertSubject::Item(*item)).expect("an alert");
        assert_eq!(alert.times, 1);
    }
}

// ---------------------------------------------------------------------------------------- fired or not, all is the
// same

/// A state of whose dues no more than a number are handled in one block.
struct Budget<'a>(&'a MemoryState, usize);

impl StateRead for Budget<'_> {
    fn read(&self, key: &StateKey) -> Result<Option<Vec<u8>>, ReadError> {
        self.0.read(key)
    }
    fn expired(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, TxId)>, ReadError> {
        self.0.expired(until, limit)
    }
    fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, Hash)>, ReadError> {
        self.0.due(until, limit.min(self.1))
    }
}

/// Executes a block in a world whose dues have a budget.
fn execute(world: &mut World, budget: usize, position: BlockPosition, txs: &[Arc<VerifiedTx>]) -> Execution {
    let execution = execute_block(&Budget(&world.state, budget), position, txs).expect("an admissible block");
    world.apply(position, &execution);
    execution
}

/// A rule judges by dates and records, never by whether a due entry has fired: the same lives, with everything handled
/// in time, with one due in each block, and with none ever, have the same outcome for every transaction, and the same
/// events.
#[test]
fn outcomes_do_not_depend_on_what_has_fired() {
    let base = lives::base();
    let (mut accepted, mut refused, mut fired) = (0, 0, 0);
    for seed in 0..40 {
        let mut life = Life::new(seed);
        let mut worlds = [base.clone(), base.clone(), base.clone()];
        for _ in 0..80 {
            let pause = life.pause_ms();
            let txs: Vec<Arc<VerifiedTx>> = match pause {
                0 => vec![life.act(&worlds[0])],
                _ => Vec::new(),
            };
            let mut position = worlds[0].next();
            position.time = position.time.plus_ms(pause);
            let executions = [MAX_DUES, 1, 0]
                .into_iter()
                .zip(&mut worlds)
                .map(|(budget, world)| execute(world, budget, position, &txs))
                .collect::<Vec<Execution>>();
            for other in &executions[1..] {
                assert_eq!(executions[0].receipts, other.receipts, "seed {seed}");
                assert_eq!(executions[0].events, other.events, "seed {seed}");
            }
            let is_alert = |(key, _): &(&StateKey, &Option<Vec<u8>>)| matches!(key, StateKey::Alert(_));
            fired += executions[0].writes.changes().filter(is_alert).count();
            for (tx, receipt) in txs.iter().zip(&executions[0].receipts) {
                match receipt.outcome {
                    Outcome::Accepted { .. } => accepted += 1,
                    Outcome::Rejected { .. } => refused += 1,
                }
                life.learn(&worlds[0], tx, receipt);
            }
        }
    }
    assert!(accepted > 500 && refused > 300 && fired > 40, "{accepted} {refused} {fired}");
}
