//! Shares: who makes and ends one, how long it is in force, and who is told of what happens to the item.

use crate::world::*;
use ledger::{
    ItemId, Lifecycle, Operation, OrgId, Outcome, Rejection, Role, StateKey, Timestamp, TxId, VerifiedTx,
    bounds::{MAX_SHARE_MS, MAX_SHARES},
    record::{OrgIdentifier, OrgProfile, SealKeyRecord, Share, SharesRecord, Stamp},
};
use std::sync::Arc;

const HOLDER: (Person, Role) = (A, Role::Custodian);

fn day(world: &World) -> Timestamp {
    world.now.plus_ms(DAY_MS)
}

/// With whom, of the shares that the record has.
fn with(world: &World, item: ItemId) -> Vec<OrgId> {
    world.shares(item).iter().map(|share| share.with).collect()
}

fn sorted(orgs: &[Org]) -> Vec<OrgId> {
    let mut ids: Vec<OrgId> = orgs.iter().map(|org| org.id()).collect();
    ids.sort();
    ids
}

/// How many blocks told an organisation something while this happened.
fn told(world: &mut World, org: Org, happens: impl FnOnce(&mut World) -> TxId) -> u64 {
    let before = world.feed(org).count;
    happens(world);
    world.feed(org).count - before
}

fn uses_one(item: ItemId) -> impl FnOnce(&mut World) -> TxId {
    move |world: &mut World| world.accepted(world.use_tx(item, pieces(1), A))
}

#[test]
fn a_share_says_with_whom_by_whom_and_until_when() {
    let mut world = World::default();
    let item = world.released();
    let (until, count) = (day(&world), world.item(item).count);
    let cause = world.accepted(world.share_tx(A, item, Org::FirmB, until));
    let from = Stamp { height: world.height, time: world.now };
    let share = Share { with: Org::FirmB.id(), by: Org::FirmA.id(), from, until, cause };
    assert_eq!(world.shares(item), [share]);
    // It is no event of the item.
    assert_eq!(world.item(item).count, count);
    // Made again, it is another one, in the place of the first.
    let later = until.plus_ms(DAY_MS);
    let cause = world.accepted(world.share_tx(A, item, Org::FirmB, later));
    let from = Stamp { height: world.height, time: world.now };
    assert_eq!(world.shares(item), [Share { from, until: later, cause, ..share }]);
    world.accepted(world.share_tx(A, item, Org::Carrier, until));
    assert_eq!(with(&world, item), sorted(&[Org::FirmB, Org::Carrier]));
}

#[test]
fn a_share_is_for_a_time_that_comes_and_is_not_too_far() {
    let mut world = World::default();
    let item = world.released();
    let latest = world.next().time.plus_ms(MAX_SHARE_MS);
    for until in [world.next().time, Timestamp(0), latest.plus_ms(1), Timestamp(u64::MAX)] {
        let refused = world.would_refuse(world.share_tx(A, item, Org::FirmB, until));
        assert_eq!(refused, Rejection::ShareTooLong { latest }, "{until:?}");
    }
    for until in [world.next().time.plus_ms(1), latest] {
        world.clone().accepted(world.share_tx(A, item, Org::FirmB, until));
    }
    let nobody = world.share_tx(A, item, Org::Stranger, latest);
    assert_eq!(world.refused(nobody), Rejection::OrgUnknown { org: Org::Stranger.id() });
    let other = ItemId(ledger::Hash([9; 32]));
    assert_eq!(world.refused(world.share_tx(A, other, Org::FirmB, latest)), Rejection::ItemUnknown { item: other });
}

/// Whoever is shared with is told as the parties are, from the share on to its end.
#[test]
fn the_feed_of_whom_it_is_shared_with_has_what_happens_to_it() {
    let mut world = World::default();
    let item = world.released();
    assert_eq!(told(&mut world, Org::FirmB, uses_one(item)), 0);
    let until = world.now.plus_ms(HOUR_MS);
    let share = |world: &mut World| world.accepted(world.share_tx(A, item, Org::FirmB, until));
    assert_eq!(told(&mut world, Org::FirmB, share), 1);
    assert_eq!(told(&mut world, Org::FirmB, uses_one(item)), 1);
    assert_eq!(told(&mut world, Org::Carrier, uses_one(item)), 0);
    // At its time it is over.
    world.wait_until(Timestamp(until.0 - STEP_MS - 1));
    assert_eq!(told(&mut world, Org::FirmB, uses_one(item)), 1);
    world.wait_until(until);
    assert_eq!(told(&mut world, Org::FirmB, uses_one(item)), 0);
    assert_eq!(world.shares(item).len(), 1, "nothing was written for it to end");
    let ended = world.end_share_tx(HOLDER, item, Org::FirmB);
    assert_eq!(world.refused(ended), Rejection::ShareUnknown { item, with: Org::FirmB.id() });
}

/// The last that it is told is that the item moved; then it is the next holder's to share.
#[test]
fn a_share_is_in_force_while_whoever_made_it_holds_the_item() {
    let mut world = World::default();
    let item = world.released();
    let until = day(&world);
    world.accepted(world.share_tx(A, item, Org::Disposer, until));
    let moves = |world: &mut World| world.accepted(world.handover(item, A, B));
    assert_eq!(told(&mut world, Org::Disposer, moves), 1);
    let stored = |world: &mut World| world.accepted(world.store_tx(B, &[item], gln(7), false));
    assert_eq!(told(&mut world, Org::Disposer, stored), 0);
    let held_no_more = world.share_tx(A, item, Org::Disposer, until);
    assert_eq!(world.refused(held_no_more), Rejection::NotCustodian { item, custodian: Org::FirmB.id() });
    let ended = world.end_share_tx((B, Role::Custodian), item, Org::Disposer);
    assert_eq!(world.refused(ended), Rejection::ShareUnknown { item, with: Org::Disposer.id() });
    // The next record is written without it.
    world.accepted(world.share_tx(B, item, Org::Carrier, until));
    assert_eq!(with(&world, item), [Org::Carrier.id()]);
    // Whom it is shared with is told of the handover that ends the share.
    let back = |world: &mut World| world.accepted(world.handover(item, B, A));
    assert_eq!(told(&mut world, Org::Carrier, back), 1);
}

/// What a holder let somebody see ends when it gives the item away, and does not come back with it.
#[test]
fn a_share_does_not_come_back_with_the_item() {
    let mut world = World::default();
    let item = world.released();
    let until = day(&world);
    world.accepted(world.share_tx(A, item, Org::Disposer, until));
    world.accepted(world.handover(item, A, B));
    assert_eq!(world.record::<SharesRecord>(StateKey::Shares(item)), None);
    world.accepted(world.handover(item, B, A));
    assert_eq!(world.item(item).custodian, Org::FirmA.id());
    assert_eq!(told(&mut world, Org::Disposer, uses_one(item)), 0);
    // What went away in a unit has another holder when it comes out.
    let unit = world.unit(A, 1);
    world.accepted(world.store_tx(A, &[item], gln(7), false));
    world.accepted(world.share_tx(A, item, Org::Disposer, until));
    world.accepted(world.pack_tx(A, unit, &[item]));
    world.accepted(world.handover(unit, A, B));
    world.accepted(world.unpack_tx(B, unit, &[item]));
    assert_eq!(world.record::<SharesRecord>(StateKey::Shares(item)), None);
    // What that holder has shared already stays shared.
    world.accepted(world.pack_tx(B, unit, &[item]));
    world.accepted(world.handover(unit, B, A));
    world.accepted(world.share_tx(A, item, Org::Carrier, until));
    world.accepted(world.unpack_tx(A, unit, &[item]));
    assert_eq!(with(&world, item), [Org::Carrier.id()]);
}

#[test]
fn either_side_ends_a_share() {
    let mut world = World::default();
    let item = world.released();
    let until = day(&world);
    for org in [Org::FirmB, Org::Carrier, Org::Disposer] {
        world.accepted(world.share_tx(A, item, org, until));
    }
    // The holder, whom it is shared with, and nobody else.
    let custodian = Org::FirmA.id();
    for by in [(B, Role::Receiver), (DISPOSER, Role::Receiver), (B, Role::Custodian), (A, Role::Receiver)] {
        let ended = world.end_share_tx(by, item, Org::Carrier);
        assert_eq!(world.refused(ended), Rejection::NotCustodian { item, custodian }, "{by:?}");
    }
    world.accepted(world.end_share_tx((CARRIER, Role::Receiver), item, Org::Carrier));
    assert_eq!(with(&world, item), sorted(&[Org::FirmB, Org::Disposer]));
    let end = |world: &mut World| world.accepted(world.end_share_tx(HOLDER, item, Org::FirmB));
    assert_eq!(told(&mut world, Org::FirmB, end), 1);
    assert_eq!(told(&mut world, Org::FirmB, uses_one(item)), 0);
    assert_eq!(told(&mut world, Org::Disposer, uses_one(item)), 1);
    world.accepted(world.end_share_tx(HOLDER, item, Org::Disposer));
    assert_eq!(world.record::<SharesRecord>(StateKey::Shares(item)), None, "with none left the record is removed");
}

fn guest(n: usize) -> OrgProfile {
    let identifier = OrgIdentifier { scheme: text("test"), value: text(&format!("Guest {n}")) };
    OrgProfile { identifier, ..Org::Stranger.profile() }
}

fn share_with_guest(world: &World, item: ItemId, n: usize, until: Timestamp) -> Arc<VerifiedTx> {
    let with = OrgId::of(&guest(n).identifier);
    world.tx(Operation::Share { item, with, until }, &[HOLDER])
}

#[test]
fn an_item_is_shared_with_so_many_and_no_more() {
    let mut world = World::default();
    let item = world.released();
    let officer = [(CUSTOMS, Role::Officer)];
    let registered: Vec<_> =
        (0..=MAX_SHARES).map(|n| world.tx(Operation::RegisterOrg { profile: guest(n) }, &officer)).collect();
    world.block(&registered);
    let (soon, until) = (world.now.plus_ms(HOUR_MS / 2), day(&world));
    // In one block, so that each is judged by what the ones before it wrote.
    let all: Vec<_> =
        (0..=MAX_SHARES).map(|n| share_with_guest(&world, item, n, if n == 0 { soon } else { until })).collect();
    let receipts = world.block(&all);
    let refused: Vec<usize> =
        (0..receipts.len()).filter(|n| !matches!(receipts[*n].outcome, Outcome::Accepted { .. })).collect();
    assert_eq!(refused, [MAX_SHARES]);
    let one_more = share_with_guest(&world, item, MAX_SHARES, until);
    assert_eq!(world.refused(one_more), Rejection::ShareFull { item });
    // One of them made anew is none more.
    world.accepted(share_with_guest(&world, item, 3, until.plus_ms(1)));
    assert_eq!(world.shares(item).len(), MAX_SHARES);
    let ids: Vec<OrgId> = with(&world, item);
    assert!(ids.windows(2).all(|two| two[0] < two[1]), "ascending");
    // One is over, and makes room.
    world.wait_until(soon);
    world.accepted(share_with_guest(&world, item, MAX_SHARES, until));
    assert_eq!(world.shares(item).len(), MAX_SHARES);
    assert!(!with(&world, item).contains(&OrgId::of(&guest(0).identifier)));
}

/// What is packed is shared by whoever holds the outermost unit; a unit is shared without what is in it.
#[test]
fn what_is_packed_is_shared_by_whoever_holds_the_unit() {
    let mut world = World::default();
    let item = world.released();
    let unit = world.unit(A, 1);
    world.accepted(world.pack_tx(A, unit, &[item]));
    world.accepted(world.share_tx(A, item, Org::Disposer, day(&world)));
    world.accepted(world.handover(unit, A, B));
    // The record still names firm A, which holds neither.
    assert_eq!(world.item(item).custodian, Org::FirmA.id());
    let until = day(&world);
    let custodian = Org::FirmB.id();
    let refused = world.refused(world.share_tx(A, item, Org::Carrier, until));
    assert_eq!(refused, Rejection::NotCustodian { item, custodian });
    let noted = |by| {
        move |world: &mut World| {
            let note = ledger::operation::Note::Document { root: ledger::Hash([2; 32]) };
            world.accepted(world.note_tx(by, &[item], note))
        }
    };
    assert_eq!(told(&mut world, Org::Disposer, noted(B)), 0, "its unit was handed on");
    world.accepted(world.share_tx(B, item, Org::Carrier, until));
    assert_eq!(told(&mut world, Org::Carrier, noted(B)), 1);
    world.accepted(world.end_share_tx((B, Role::Custodian), item, Org::Carrier));
    world.accepted(world.share_tx(B, unit, Org::Carrier, until));
    assert_eq!(told(&mut world, Org::Carrier, noted(B)), 0, "a share of the unit is none of what is in it");
    assert_eq!(told(&mut world, Org::Carrier, |world| world.accepted(world.unpack_tx(B, unit, &[item]))), 1);
}

/// In whatever state it is: a share lets see, and changes nothing. What has departed is shared no more.
#[test]
fn a_share_is_of_any_state_but_departed() {
    for state in [Lifecycle::Registered, Lifecycle::TestPending, Lifecycle::Lost, Lifecycle::Destroyed] {
        let mut world = World::default();
        let item = world.lot_in(state);
        world.accepted(world.share_tx(A, item, Org::FirmB, day(&world)));
    }
    let mut world = World::default();
    world.know_afar();
    let item = world.released();
    let until = day(&world);
    world.accepted(world.share_tx(A, item, Org::FirmB, until));
    let departs = |world: &mut World| world.accepted(world.depart_tx(A, item, AFAR));
    assert_eq!(told(&mut world, Org::FirmB, departs), 1);
    assert_eq!(world.refused(world.share_tx(A, item, Org::Carrier, until)), Rejection::Departed { item });
    // It can still be taken back.
    world.accepted(world.end_share_tx(HOLDER, item, Org::FirmB));
}

#[test]
fn a_seal_key_is_published_replaced_and_ended() {
    let mut world = World::default();
    let org = Org::FirmA.id();
    let publish = |world: &World, key| world.tx(Operation::SetSealKey { org, key }, &[(A, Role::Administrator)]);
    let record = |world: &World| world.record::<SealKeyRecord>(StateKey::SealKey(org));
    assert_eq!(world.refused(publish(&world, [0; 32])), Rejection::SealKeyTaken, "none is in force already");
    assert_eq!(record(&world), None);
    for (number, key) in [(1, [9; 32]), (2, [8; 32]), (3, [0; 32]), (4, [9; 32])] {
        let cause = world.accepted(publish(&world, key));
        let from = Stamp { height: world.height, time: world.now };
        assert_eq!(record(&world), Some(SealKeyRecord { key, number, from, cause }));
        assert_eq!(world.refused(publish(&world, key)), Rejection::SealKeyTaken, "{number}");
    }
    // Another organisation publishes its own, the same if it likes.
    let foreign = world.tx(Operation::SetSealKey { org, key: [7; 32] }, &[(B, Role::Administrator)]);
    assert_eq!(world.refused(foreign).name(), "NotCompetent");
    let own = world.tx(Operation::SetSealKey { org: Org::FirmB.id(), key: [9; 32] }, &[(B, Role::Administrator)]);
    world.accepted(own);
    let nobody = world.tx(Operation::SetSealKey { org: Org::Stranger.id(), key: [7; 32] }, &[(A, Role::Administrator)]);
    assert_eq!(world.refused(nobody), Rejection::OrgUnknown { org: Org::Stranger.id() });
}
