//! Blocks: what may stand in one, what it leaves behind, and that everyone comes to the same.

use crate::world::*;
use custody::{BlockPosition, ExecuteError, execute_block, judge_draft, select_and_execute};
use ledger::{
    BlockId, Hash, NetworkId, Operation, OrgId, Outcome, Role, StateKey, StateRead, Timestamp, TxId, VerifiedTx,
    WriteSet,
    block::{EventRef, FeedEntry, feed_head},
    bounds::{MAX_CUSTODY_EXPIRY_MS, MAX_EXPIRY_MS},
    list,
    record::HistoryRecord,
    state::MemoryState,
    transaction::TxError,
};
use std::{collections::BTreeMap, sync::Arc};

fn hold_until(w: &World, item: ledger::ItemId, expires: Timestamp) -> Arc<VerifiedTx> {
    let reason = text("recall");
    w.tx_until(Operation::PlaceHold { item, reason }, &[(HEALTH, Role::Officer)], expires)
}
fn offer_until(w: &World, item: ledger::ItemId, expires: Timestamp) -> Arc<VerifiedTx> {
    let terms = w.terms(item, w.point(item), Org::FirmA, Org::FirmB);
    w.tx_until(Operation::Offer { terms }, &[(A, Role::Custodian)], expires)
}

// ---------------------------------------------------------------------------------------------------- inadmissible

#[test]
fn expiry_is_judged_at_its_edge() {
    let mut world = World::default();
    let item = world.released();
    let now = world.next().time;
    type Make = fn(&World, ledger::ItemId, Timestamp) -> Arc<VerifiedTx>;
    for (make, longest_ms) in [(hold_until as Make, MAX_EXPIRY_MS), (offer_until as Make, MAX_CUSTODY_EXPIRY_MS)] {
        let at = |ms| make(&world, item, now.plus_ms(ms));
        let expires = now;
        assert_eq!(world.inadmissible(&at(0)), TxError::Expired { expires, now });
        let expires = now.plus_ms(longest_ms + 1);
        assert_eq!(world.inadmissible(&at(longest_ms + 1)), TxError::ExpiryTooFar { expires, longest_ms });
        for ms in [1, longest_ms] {
            world.execute(&[at(ms)]).unwrap();
        }
    }
}

#[test]
fn a_transaction_stands_in_the_ledger_once() {
    let mut world = World::default();
    let item = world.released();
    let tx = hold_until(&world, item, world.soon());
    // Twice in one block, and again in a later one, accepted or refused.
    let twice = world.execute(&[tx.clone(), tx.clone()]);
    let error = TxError::Replayed;
    assert_eq!(twice, Err(ExecuteError::Inadmissible { index: 1, error }));
    world.accepted(tx.clone());
    assert_eq!(world.inadmissible(&tx), TxError::Replayed);
    let refused = world.use_tx(item, pieces(1), A);
    world.refused(refused.clone());
    assert_eq!(world.inadmissible(&refused), TxError::Replayed);
    world.wait(2 * HOUR_MS);
    assert!(matches!(world.inadmissible(&tx), TxError::Expired { .. }));
}

#[test]
fn a_transaction_of_another_network_or_of_an_unknown_key_is_inadmissible() {
    let mut world = World::default();
    let item = world.released();
    let mut other = world.clone();
    let found = NetworkId(Hash([1; 32]));
    other.network = found;
    let foreign = hold_until(&other, item, world.soon());
    assert_eq!(world.inadmissible(&foreign), TxError::Network { found });
    let unknown = world.handover(item, A, STRANGER);
    let (slot, key) = (1, STRANGER.key_id());
    assert_eq!(world.inadmissible(&unknown), TxError::KeyUnknown { slot, key });
}

#[test]
fn a_state_without_genesis_executes_nothing() {
    let world = World::default();
    let empty = MemoryState::default();
    assert_eq!(execute_block(&empty, world.next(), &[]), Err(ExecuteError::NoGenesis("policy pack")));
}

// ------------------------------------------------------------------------------------------------------- selection

#[test]
fn selection_leaves_out_what_is_inadmissible_and_equals_execution_of_the_rest() {
    let mut world = World::default();
    let item = world.released();
    let first = world.handover(item, A, B);
    let rival = world.handover(item, A, CARRIER);
    let at = world.point(item).after(&first.id());
    let second = world.handover_at(item, at, B, CARRIER);
    let expired = hold_until(&world, item, world.now);
    let unknown = world.handover(item, A, STRANGER);
    let hold = hold_until(&world, item, world.soon());
    let waiting = [
        second.clone(),
        first.clone(),
        first.clone(),
        second.clone(),
        rival.clone(),
        expired.clone(),
        unknown.clone(),
        hold.clone(),
    ];
    let selection = select_and_execute(&world.state, world.next(), &waiting).unwrap();
    let ids = |txs: &[Arc<VerifiedTx>]| txs.iter().map(|t| t.id()).collect::<Vec<TxId>>();
    // The rival is refused by a rule, and so it stands in the block.
    assert_eq!(ids(&selection.included), ids(&[first.clone(), second.clone(), rival, hold]));
    let left_out: Vec<(TxId, &str)> = selection.left_out.iter().map(|(t, e)| (t.id(), e.code())).collect();
    let expected = [(second.id(), "H1007"), (first.id(), "H1006"), (expired.id(), "H1004"), (unknown.id(), "H2004")];
    assert_eq!(left_out, expected);
    assert_eq!(world.execute(&selection.included).unwrap(), selection.execution);
    for (index, receipt) in selection.execution.receipts.iter().enumerate() {
        assert_eq!(receipt.index as usize, index);
        assert_eq!(receipt.tx, selection.included[index].id());
    }
}

#[test]
fn a_draft_is_judged_as_if_it_were_signed_and_leaves_nothing() {
    let mut world = World::default();
    let item = world.released();
    let draft = |tx: Arc<VerifiedTx>| {
        let mut draft = tx.tx().clone();
        draft.signatures.clear();
        judge_draft(&world.state, world.next(), &draft)
    };
    let good = world.handover(item, A, B);
    let signed = world.execute(std::slice::from_ref(&good)).unwrap();
    assert_eq!(draft(good.clone()), Ok(signed.receipts[0].outcome.clone()));
    assert_eq!(draft(good), Ok(signed.receipts[0].outcome.clone()));
    let refused = draft(world.use_tx(item, pieces(101), A));
    assert!(matches!(refused, Ok(Outcome::Rejected { .. })));
    let error = TxError::KeyUnknown { slot: 1, key: STRANGER.key_id() };
    let unknown = draft(world.handover(item, A, STRANGER));
    assert_eq!(unknown, Err(ExecuteError::Inadmissible { index: 0, error }));
}

// ----------------------------------------------------------------------------------------------------------- feeds

/// What stood in the feeds before, and what a block is expected to add.
fn check_feeds(before: &World, after: &World, expected: &BTreeMap<Org, Vec<FeedEntry>>) {
    for org in Org::GENESIS {
        let (old, new) = (before.feed(org), after.feed(org));
        let Some(entries) = expected.get(&org) else {
            assert_eq!(old, new, "{org:?}");
            continue;
        };
        let hashes: Vec<Hash> = entries.iter().map(FeedEntry::hash).collect();
        let head = feed_head(&org.id(), old.count + 1, &old.head, after.height, &list::root(&hashes));
        assert_eq!((new.count, new.height), (old.count + 1, after.height), "{org:?}");
        assert_eq!(new.head, head, "{org:?}");
    }
}

/// Feed entries of a block's receipts, for the organisations named for each transaction, in order.
fn fed(receipts: &[ledger::Receipt], touched: &[&[Org]]) -> BTreeMap<Org, Vec<FeedEntry>> {
    let mut feeds: BTreeMap<Org, Vec<FeedEntry>> = BTreeMap::new();
    for (receipt, orgs) in receipts.iter().zip(touched) {
        let entries: Vec<FeedEntry> = match &receipt.outcome {
            Outcome::Accepted { events } if events.is_empty() => vec![FeedEntry::Done(receipt.tx)],
            Outcome::Accepted { events } => events.iter().map(|e| FeedEntry::Event(*e)).collect(),
            Outcome::Rejected { rejection, decision: _ } => {
                vec![FeedEntry::Refused { tx: receipt.tx, rejection: rejection.clone() }]
            }
        };
        for org in *orgs {
            feeds.entry(*org).or_default().extend(entries.iter().cloned());
        }
    }
    feeds
}

#[test]
fn feeds_have_one_link_for_each_block_that_touched_the_organisation() {
    let mut world = World::default();
    let item = world.released();
    let before = world.clone();
    let terms = world.terms(item, world.point(item), Org::FirmA, Org::FirmB);
    let offer = world.offer(&terms, A);
    let hold = hold_until(&world, item, world.soon());
    let accept = world.accept(&terms, B);
    let refused = world.dispose_tx(item, pieces(101), A, ENVIRONMENT);
    let receipts = world.block(&[offer, hold, accept, refused]);
    let touched: [&[Org]; 4] = [
        &[Org::FirmA, Org::FirmB],
        // A hold touches custodian, pending receiver and agency.
        &[Org::FirmA, Org::FirmB, Org::Health],
        // Refused, for the item is held: its signer alone.
        &[Org::FirmB],
        // Refused: signers of both sides.
        &[Org::FirmA, Org::Environment],
    ];
    check_feeds(&before, &world, &fed(&receipts, &touched));
}

#[test]
fn feeds_name_both_sides_of_a_handover_and_the_receiver_whose_offer_is_void() {
    let mut world = World::default();
    let item = world.released();
    let terms = world.terms(item, world.point(item), Org::FirmA, Org::FirmB);
    world.accepted(world.offer(&terms, A));
    let before = world.clone();
    let receipts = world.block(&[world.handover(item, A, CARRIER)]);
    let touched: [&[Org]; 1] = [&[Org::FirmA, Org::FirmB, Org::Carrier]];
    check_feeds(&before, &world, &fed(&receipts, &touched));
}

#[test]
fn feeds_of_a_refusal_are_of_the_keys_whatever_the_slots_say() {
    let mut world = World::default();
    let item = world.released();
    let before = world.clone();
    let reason = text("recall");
    let named = [Org::FirmB, Org::Customs, Org::Stranger];
    let mut txs: Vec<Arc<VerifiedTx>> = Vec::new();
    for org in named {
        let operation = Operation::PlaceHold { item, reason: reason.clone() };
        let mut body = world.body(operation, &[(A, Role::Officer)], world.soon());
        body.signers[0].org = org.id();
        txs.push(world.sign(body, &[A], Vec::new()));
    }
    // Of two signers one names another's organisation.
    let terms = world.terms(item, world.point(item), Org::FirmA, Org::FirmB);
    let signers = [(A, Role::Custodian), (B, Role::Receiver)];
    let mut body = world.body(Operation::Handover { terms }, &signers, world.soon());
    body.signers[0].org = Org::Carrier.id();
    txs.push(world.sign(body, &[A, B], Vec::new()));

    let receipts = world.block(&txs);
    assert!(receipts.iter().all(|r| matches!(r.outcome, Outcome::Rejected { .. })), "{receipts:?}");
    let touched: [&[Org]; 4] = [&[Org::FirmA], &[Org::FirmA], &[Org::FirmA], &[Org::FirmA, Org::FirmB]];
    check_feeds(&before, &world, &fed(&receipts, &touched));
    assert_eq!(world.feed(Org::Stranger).count, 0);
}

#[test]
fn feeds_of_the_registry_name_signer_and_organisation() {
    let mut world = World::default();
    let before = world.clone();
    let p = Person { org: Org::FirmB, number: 70 };
    let claim = p.claim(&world.network, Org::FirmB, p.pseudonym(), all_roles());
    let org = Org::FirmB.id();
    let operation = Operation::RegisterKey { org, claim };
    let receipts = world.block(&[world.tx(operation, &[(CUSTOMS, Role::Officer)])]);
    let touched: [&[Org]; 1] = [&[Org::Customs, Org::FirmB]];
    check_feeds(&before, &world, &fed(&receipts, &touched));
}

#[test]
fn receipts_name_the_events_of_the_block() {
    let world = World::default();
    let tx = world.register_tx(A, vec![(lot("L1"), pieces(1)), (lot("L2"), pieces(2))]);
    let execution = world.execute(&[tx]).unwrap();
    let of_events: Vec<EventRef> =
        execution.events.iter().map(|e| EventRef { item: e.item, n: e.n, hash: e.hash() }).collect();
    assert_eq!(execution.receipts[0].outcome, Outcome::Accepted { events: of_events });
}

// ----------------------------------------------------------------------------------------------------- determinism

/// A block with acts of many kinds.
fn busy_block(world: &mut World) -> Vec<Arc<VerifiedTx>> {
    let item = world.released();
    let first = world.handover(item, A, B);
    let rival = world.handover(item, A, CARRIER);
    let at = world.point(item).after(&first.id());
    vec![
        first,
        rival,
        world.handover_at(item, at, B, CARRIER),
        world.register_tx(B, vec![(lot("L1"), pieces(5)), (lot("L9"), pieces(6))]),
        world.hold_tx(item, HEALTH),
        world.register_tx(A, vec![(lot("L9"), pieces(7))]),
    ]
}

#[test]
fn executing_again_gives_the_same_whatever_else_the_state_holds() {
    let mut world = World::default();
    let txs = busy_block(&mut world);
    let once = world.execute(&txs).unwrap();
    assert_eq!(once, world.execute(&txs).unwrap());

    // Records of organisations, items, codes and feeds that the block has nothing to do with, put in another order.
    let mut crowded = world.clone();
    for n in (0..200u8).rev() {
        let (hash, mut more) = (Hash([n; 32]), WriteSet::default());
        let item = world.item(once.events[0].item);
        more.put(StateKey::Item(ledger::ItemId(hash)), &item);
        more.put(StateKey::Code(hash), &world.code(&lot("L1")));
        more.put(StateKey::Feed(OrgId(hash)), &world.feed(Org::FirmA));
        let (expires, tx) = (world.now.plus_ms(u64::from(n) + 10 * STEP_MS), TxId(hash));
        more.put(StateKey::Seen { expires, tx }, &1u64);
        crowded.state.apply(&more);
    }
    assert_eq!(once, crowded.execute(&txs).unwrap());
    assert_ne!(world.state.root(), crowded.state.root());
}

#[test]
fn two_ledgers_that_execute_the_same_blocks_have_the_same_root() {
    let mut one = World::default();
    let txs = busy_block(&mut one);
    let mut two = one.clone();
    one.block(&txs);
    two.block(&txs);
    assert_eq!(one.state.root(), two.state.root());
    // Cut into blocks of one it is another history, with the same items.
    let mut three = World::default();
    let txs = busy_block(&mut three);
    for tx in &txs {
        three.block(std::slice::from_ref(tx));
    }
    assert_ne!(one.state.root(), three.state.root());
    assert_eq!(one.item(one.events[0].item).custodian, three.item(one.events[0].item).custodian);
}

// -------------------------------------------------------------------------------------------- history and clean-up

#[test]
fn history_holds_the_identities_of_all_earlier_blocks() {
    let mut world = World::default();
    let mut parents = Vec::new();
    for height in 1..=9u64 {
        let position = world.next();
        assert_eq!(position.height, height);
        if height > 1 {
            parents.push(position.parent.0);
        }
        let execution = world.execute(&[]).unwrap();
        assert_eq!(execution.history, list::root(&parents));
        world.block(&[]);
        let record: HistoryRecord = world.record(StateKey::History).unwrap();
        assert_eq!(record.blocks.count(), height - 1);
        assert_eq!((record.last.height, record.last.time), (height, world.now));
    }
    let elsewhere = BlockPosition { parent: BlockId(Hash([255; 32])), ..world.next() };
    let other = execute_block(&world.state, elsewhere, &[]).unwrap();
    assert_ne!(other.history, world.execute(&[]).unwrap().history);
}

#[test]
fn identities_are_forgotten_when_they_have_expired_and_not_before() {
    let mut world = World::default();
    let item = world.released();
    let tx = hold_until(&world, item, world.soon());
    let key = StateKey::Seen { expires: tx.tx().body.expires, tx: tx.id() };
    world.accepted(tx.clone());
    assert_eq!(world.record::<u64>(key.clone()), Some(world.height));
    let left = tx.tx().body.expires.ms_since(world.now);
    world.wait(left - 1);
    assert!(world.state.read(&key).unwrap().is_some());
    // Forgotten in the very block in which it is too late to come back.
    assert!(matches!(world.inadmissible(&tx), TxError::Expired { .. }));
    world.wait(1);
    assert_eq!(world.state.read(&key).unwrap(), None);
}

#[test]
fn a_block_forgets_a_bounded_number_and_the_oldest_first() {
    const LIMIT: usize = 2 * ledger::bounds::MAX_BLOCK_TXS;
    let mut world = World::default();
    let mut old = WriteSet::default();
    for n in 0..=LIMIT as u64 {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&n.to_le_bytes());
        let expires = Timestamp(START.0 - n);
        old.put(StateKey::Seen { expires, tx: TxId(Hash(id)) }, &1u64);
    }
    world.state.apply(&old);
    let forgotten = |world: &World| {
        let execution = world.execute(&[]).unwrap();
        execution.writes.changes().filter(|(_, change)| change.is_none()).count()
    };
    assert_eq!(forgotten(&world), LIMIT);
    world.block(&[]);
    let left = world.state.expired(Timestamp(u64::MAX), 10).unwrap();
    assert_eq!(left.iter().map(|(expires, _)| *expires).collect::<Vec<_>>(), [START]);
    assert_eq!(forgotten(&world), 1);
}
