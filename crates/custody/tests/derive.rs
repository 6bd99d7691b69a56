//! Items made out of items: what goes in comes out, ancestry is linked both ways, and what sticks to the parents sticks
//! to the children.

use crate::world::*;
use gs1::Quantity;
use ledger::{
    Event, ItemId, ItemRecord, Lifecycle, Operation, Rejection, Signature, SignedTx, VerifiedTx,
    bounds::{MAX_INPUTS, MAX_LINKS},
    event::{Effect, Link},
    operation::{DeriveKind, EntryBody, Input, Purpose},
    record::Marks,
    transaction::TxError,
};
use std::sync::Arc;

/// A second class, of which something is made.
const PRODUCT: &str = "09521200000023";

fn base() -> World {
    let mut world = World::default();
    world.admit_class(class_profile(PRODUCT));
    world
}

/// A released lot of firm A.
fn released(world: &mut World, name: &str, amount: u64) -> ItemId {
    let item = world.registered(lot(name), pieces(amount));
    world.bring(item, A, Lifecycle::Released);
    item
}

fn product(name: &str, quantity: &str, purpose: Purpose) -> EntryBody {
    registration_of(class_of(PRODUCT), lot_of(PRODUCT, name), quantity.parse().unwrap(), purpose)
}

fn children(world: &World, tx: ledger::TxId, count: u32) -> Vec<ItemId> {
    (0..count).map(|index| ItemId::of(&world.network, &tx, index)).collect()
}

fn event(world: &World, item: ItemId, n: u64) -> Event {
    world.events.iter().find(|event| event.item == item && event.n == n).expect("an event").clone()
}

fn link(item: ItemId, record: &ItemRecord) -> Link {
    Link { item, count: record.count, head: record.head }
}

fn accounts(record: &ItemRecord) -> [u64; 6] {
    let parts = [record.on_hand, record.used, record.derived, record.wasted, record.lost, record.disposed];
    parts.map(|quantity| quantity.amount())
}

#[test]
fn a_split_shares_a_lot_out_exactly() {
    let mut world = base();
    let parent = released(&mut world, "L1", 100);
    world.accepted(world.store_tx(A, &[parent], gln(5), false));
    let before = world.item(parent);
    let parts = world.parts(parent, &[30, 20, 10]);
    let tx = world.accepted(world.derive_tx(A, DeriveKind::Split, &[(parent, pieces(60))], parts));
    let born = children(&world, tx, 3);
    let after = world.item(parent);
    assert_eq!((after.state, accounts(&after)), (Lifecycle::Stored, [40, 0, 60, 0, 0, 0]));
    assert_eq!(world.point(parent).seq, before.custody_seq + 1);
    for (child, amount) in born.iter().zip([30, 20, 10]) {
        let record = world.item(*child);
        assert_eq!((record.state, record.custodian), (Lifecycle::Stored, Org::FirmA.id()));
        assert_eq!((record.registered, record.on_hand), (pieces(amount), pieces(amount)));
        assert_eq!((&record.code, record.class, record.place), (&before.code, before.class, Some(gln(5))));
        assert_eq!((record.count, record.custody_seq), (1, 0));
        // Linked to the parent as it was.
        assert_eq!(event(&world, *child, 1).links, [link(parent, &before)]);
    }
    // And the parent to the children as they are.
    let links: Vec<Link> = born.iter().map(|child| link(*child, &world.item(*child))).collect();
    let derived = event(&world, parent, after.count);
    assert_eq!(derived.links, links);
    assert_eq!(derived.effect, Effect::Derived { kind: DeriveKind::Split, quantity: pieces(60) });
    // All of them, and the parent, stand under one code, in their order.
    let code = world.code(&before.code);
    assert_eq!((code.count, code.latest), (4, born[2]));
    assert_eq!(world.item(born[2]).previous, Some(born[1]));
    assert_eq!(world.item(born[0]).previous, Some(parent));
}

#[test]
fn a_split_keeps_class_code_unit_and_amount() {
    let mut world = base();
    let parent = released(&mut world, "L1", 100);
    let other = released(&mut world, "L2", 100);
    let split = |w: &World, inputs: &[(ItemId, Quantity)], outputs| w.derive_tx(A, DeriveKind::Split, inputs, outputs);
    let ten = [(parent, pieces(10))];
    let of_other_code = vec![registration(lot("L9"), pieces(10))];
    let of_other_class = vec![product("L1", "10 H87", Purpose::Unstated)];
    let of_other_unit = vec![registration(lot("L1"), "10 MLT".parse().unwrap())];
    let differs = Rejection::ParentsDiffer { item: parent };
    let rows = [
        (split(&world, &ten, world.parts(parent, &[4, 5])), Rejection::BalanceDiffers { inputs: 10, outputs: 9 }),
        (split(&world, &ten, world.parts(parent, &[6, 5])), Rejection::BalanceDiffers { inputs: 10, outputs: 11 }),
        (split(&world, &ten, of_other_code), differs.clone()),
        (split(&world, &ten, of_other_class), differs.clone()),
        (split(&world, &ten, of_other_unit), differs.clone()),
        (split(&world, &[(parent, pieces(10)), (other, pieces(10))], world.parts(parent, &[20])), differs.clone()),
        (split(&world, &ten, world.parts(parent, &[10, 0])), Rejection::QuantityZero),
        (split(&world, &[(parent, pieces(0))], world.parts(parent, &[1])), Rejection::QuantityZero),
        (
            split(&world, &[(parent, pieces(101))], world.parts(parent, &[101])),
            Rejection::QuantityExceeded { item: parent, on_hand: 100, asked: 101 },
        ),
        (
            split(&world, &[(parent, pieces(10)), (parent, pieces(10))], world.parts(parent, &[20])),
            Rejection::EntryRepeated { index: 1 },
        ),
    ];
    for (tx, expected) in rows {
        assert_eq!(world.would_refuse(tx), expected);
    }
}

#[test]
fn a_merge_takes_lots_of_one_code_whole() {
    let mut world = base();
    let [first, second, third] = [10, 20, 30].map(|amount| released(&mut world, "L1", amount));
    let other = released(&mut world, "L2", 5);
    let merge = |w: &World, inputs: &[(ItemId, u64)], outputs| {
        let inputs: Vec<(ItemId, Quantity)> = inputs.iter().map(|(item, amount)| (*item, pieces(*amount))).collect();
        w.derive_tx(A, DeriveKind::Merge, &inputs, outputs)
    };
    let of = |amounts: &[u64]| world.parts(first, amounts);
    let differs = |item| Rejection::ParentsDiffer { item };
    let rows = [
        (merge(&world, &[(first, 10)], of(&[10])), differs(first)),
        (merge(&world, &[(first, 10), (second, 20)], of(&[10, 20])), differs(first)),
        (merge(&world, &[(first, 10), (second, 19)], of(&[29])), differs(second)),
        (merge(&world, &[(first, 10), (other, 5)], of(&[15])), differs(other)),
        (merge(&world, &[(first, 10), (second, 20)], of(&[31])), Rejection::BalanceDiffers { inputs: 30, outputs: 31 }),
    ];
    for (tx, expected) in rows {
        assert_eq!(world.would_refuse(tx), expected);
    }
    let before = [first, second, third].map(|item| link(item, &world.item(item)));
    let tx = merge(&world, &[(first, 10), (second, 20), (third, 30)], of(&[60]));
    let tx = world.accepted(tx);
    let whole = ItemId::of(&world.network, &tx, 0);
    assert_eq!(world.item(whole).on_hand, pieces(60));
    assert_eq!(event(&world, whole, 1).links, before);
    for (item, amount) in [(first, 10), (second, 20), (third, 30)] {
        let record = world.item(item);
        assert_eq!((record.state, accounts(&record)), (Lifecycle::Derived, [0, 0, amount, 0, 0, 0]));
        assert_eq!(event(&world, item, record.count).links, [link(whole, &world.item(whole))]);
    }
}

/// Lots under different permits are not one lot: the permit of what came out would be neither.
#[test]
fn lots_under_different_permits_do_not_merge() {
    let mut world = World::settled();
    let permits = [world.permit(100), world.permit(100)];
    let [first, second] = permits.map(|permit| world.imported(permit, "L1", 10));
    let third = world.imported(permits[0], "L1", 10);
    let merge = |w: &World, other| {
        w.derive_tx(A, DeriveKind::Merge, &[(first, pieces(10)), (other, pieces(10))], w.parts(first, &[20]))
    };
    assert_eq!(world.refused(merge(&world, second)), Rejection::ParentsDiffer { item: second });
    let tx = world.accepted(merge(&world, third));
    // What came out is under the permit that it was imported under.
    assert_eq!(world.item(ItemId::of(&world.network, &tx, 0)).grant, Some(permits[0]));
}

/// In as cells and out as a product (S2): other codes, other units, and a second derivation of the same cells is none.
#[test]
fn a_manufacture_books_what_goes_in() {
    let mut world = base();
    let cells = world.registered(serial("C1"), pieces(1));
    world.bring(cells, A, Lifecycle::Released);
    let medium = world.registered(lot("M1"), "12.5 MLT".parse().unwrap());
    world.bring(medium, A, Lifecycle::Released);
    let outputs = vec![product("P001", "1 H87", Purpose::Medical), product("P002", "0.5 LTR", Purpose::Unstated)];
    let inputs = [(cells, pieces(1)), (medium, "2.5 MLT".parse().unwrap())];
    let make = |w: &World| w.derive_tx(A, DeriveKind::Manufacture, &inputs, outputs.clone());
    let tx = world.accepted(make(&world));
    let born = children(&world, tx, 2);
    assert_eq!((world.item(cells).state, world.item(medium).state), (Lifecycle::Derived, Lifecycle::Released));
    assert_eq!(accounts(&world.item(medium)), [10_000, 0, 2_500, 0, 0, 0]);
    assert_eq!(world.item(born[0]).purpose, Purpose::Medical);
    assert_eq!(event(&world, born[1], 1).links.len(), 2);
    let state = Lifecycle::Derived;
    let act = ledger::Act::Derive;
    assert_eq!(world.refused(make(&world)), Rejection::StateForbids { item: cells, act, state });
}

#[test]
fn what_comes_out_is_registered_like_anything_else() {
    let mut world = base();
    let item = released(&mut world, "L1", 10);
    let unit = registration_of(unit_class(), unit_code(1), pieces(1), Purpose::Unstated);
    let of_no_class = registration_of(ledger::ClassId(ledger::Hash([1; 32])), lot("L1"), pieces(1), Purpose::Unstated);
    let misfit = registration_of(class_of(PRODUCT), lot("L1"), pieces(1), Purpose::Unstated);
    let two = registration(serial("S1"), pieces(2));
    let rows = [
        (unit, Rejection::CodeNotOfClass),
        (of_no_class, Rejection::ClassUnknown),
        (misfit, Rejection::CodeNotOfClass),
        (two, Rejection::SerialNotOnePiece),
    ];
    for (output, expected) in rows {
        let tx = world.derive_tx(A, DeriveKind::Manufacture, &[(item, pieces(1))], vec![output]);
        assert_eq!(world.would_refuse(tx), expected);
    }
    // Out of a logistic unit nothing is made.
    let pallet = world.unit(A, 2);
    let tx = world.derive_tx(A, DeriveKind::Split, &[(pallet, pieces(1))], world.parts(pallet, &[1]));
    assert_eq!(world.refused(tx), Rejection::NotUnit { item: pallet });
    // One bad output of many, and nothing comes out.
    let outputs = vec![product("P1", "1 H87", Purpose::Unstated), registration(serial("S1"), pieces(2))];
    let before = world.item(item);
    let tx = world.derive_tx(A, DeriveKind::Manufacture, &[(item, pieces(1))], outputs);
    assert_eq!(world.refused(tx), Rejection::SerialNotOnePiece);
    assert_eq!(world.item(item), before);
}

/// A human genetic resource stays one, and what is for research only stays that, whatever is made of it (R24).
#[test]
fn marks_stick_to_what_is_made() {
    let mut world = base();
    let plasma = ledger::record::ClassProfile { hgr: true, ..class_profile(PLASMA) };
    world.admit_class(plasma);
    let body = registration_of(class_of(PLASMA), lot_of(PLASMA, "H1"), pieces(10), Purpose::Unstated);
    let tx = world.accepted(world.register_all_tx(A, vec![body]));
    let genetic = ItemId::of(&world.network, &tx, 0);
    world.bring(genetic, A, Lifecycle::Released);
    assert_eq!(world.item(genetic).marks, Marks { hgr: true, research_only: false });
    // Under `plain` there is no white list that would make it so.
    let research = released(&mut world, "L1", 10);
    world.alter(research, |record| record.marks.research_only = true);
    let both = [(genetic, pieces(1)), (research, pieces(1))];
    let make =
        |w: &World, purpose| w.derive_tx(A, DeriveKind::Manufacture, &both, vec![product("P1", "1 H87", purpose)]);
    for purpose in [Purpose::Production, Purpose::Medical, Purpose::Sale] {
        match world.would_refuse(make(&world, purpose)) {
            Rejection::PurposeForbidden { item: _, purpose: found } => assert_eq!(found, purpose),
            other => panic!("{other:?}"),
        }
    }
    for purpose in [Purpose::Unstated, Purpose::Research, Purpose::Testing, Purpose::Disposal] {
        let mut world = world.clone();
        let tx = world.accepted(make(&world, purpose));
        let record = world.item(ItemId::of(&world.network, &tx, 0));
        assert_eq!(record.marks, Marks { hgr: true, research_only: true });
        assert_eq!(record.purpose, Purpose::Research);
        // And to what is made of that.
        let item = ItemId::of(&world.network, &tx, 0);
        let tx = world.derive_tx(A, DeriveKind::Split, &[(item, pieces(1))], world.parts(item, &[1]));
        let tx = world.accepted(tx);
        assert_eq!(world.item(ItemId::of(&world.network, &tx, 0)).marks, record.marks);
    }
}

/// Everything of one derivation stands or falls together, and of two rivals one wins.
#[test]
fn of_two_rival_derivations_one_wins() {
    let mut world = base();
    let [first, second] = ["L1", "L2"].map(|name| released(&mut world, name, 10));
    let make = |w: &World| {
        let inputs = [(first, pieces(10)), (second, pieces(10))];
        w.derive_tx(A, DeriveKind::Manufacture, &inputs, vec![product("P1", "1 H87", Purpose::Unstated)])
    };
    let rivals: [Arc<VerifiedTx>; 2] = [make(&world), make(&world)];
    let asked = world.point(first);
    let receipts = world.block(&rivals);
    let found = asked.after(&rivals[0].id());
    let expected = Rejection::CustodyMoved { item: first, asked, found };
    let outcome = &receipts[1].outcome;
    assert!(matches!(outcome, ledger::Outcome::Rejected { rejection, .. } if *rejection == expected), "{outcome:?}");
    // Signed ahead of one of its parents it waits.
    let item = released(&mut world, "L3", 10);
    let uses = world.use_tx(item, pieces(1), A);
    let at = world.point(item).after(&uses.id());
    let ahead = world.list_tx(
        world.parts(item, &[9]),
        |list| {
            let inputs = vec![Input { item, at, quantity: pieces(9) }];
            Operation::Derive { kind: DeriveKind::Split, inputs, list }
        },
        &world.with_lead(A),
    );
    assert_eq!(world.inadmissible(&ahead), TxError::CustodyAhead { asked: 1, found: 0 });
    world.accepted(uses);
    world.accepted(ahead);
    assert_eq!(world.item(item).state, Lifecycle::Derived);
}

/// What one event is linked to is bounded: 64 outputs, and 32 inputs.
#[test]
fn a_derivation_has_bounds() {
    let mut world = base();
    let parent = released(&mut world, "L1", 100);
    let most = vec![1; MAX_LINKS];
    let split = world.derive_tx(A, DeriveKind::Split, &[(parent, pieces(64))], world.parts(parent, &most));
    let too_many = |inputs: Vec<Input>, outputs: usize| {
        let entries = entries(world.parts(parent, &vec![1; outputs]));
        let operation = Operation::Derive { kind: DeriveKind::Split, inputs, list: list_of(&entries) };
        let body = world.body(operation, &world.with_lead(A), world.soon());
        SignedTx { body, signatures: vec![Signature([0; 64])], entries }.check_shape()
    };
    let input = |item| Input { item, at: world.point(parent), quantity: pieces(1) };
    assert_eq!(too_many(vec![input(parent)], MAX_LINKS), Ok(()));
    assert_eq!(too_many(vec![input(parent)], MAX_LINKS + 1), Err(TxError::Entries));
    assert_eq!(too_many(vec![input(parent)], 0), Err(TxError::Entries));
    let others = |n: usize| (0..n).map(|n| input(ItemId(ledger::Hash([n as u8; 32])))).collect::<Vec<_>>();
    assert_eq!(too_many(others(MAX_INPUTS), 1), Ok(()));
    for n in [0, MAX_INPUTS + 1] {
        assert_eq!(too_many(others(n), 1), Err(TxError::Bounds { what: "inputs" }));
    }
    let tx = world.accepted(split);
    assert_eq!(event(&world, parent, world.item(parent).count).links.len(), MAX_LINKS);
    assert_eq!(world.item(children(&world, tx, 64)[63]).on_hand, pieces(1));
}

/// A registration that repeats a code in one list is refused; a split repeats it by its nature.
#[test]
fn only_outputs_of_a_derivation_share_a_code() {
    let mut world = base();
    let parent = released(&mut world, "L1", 10);
    let twice = world.parts(parent, &[5, 5]);
    assert_eq!(world.refused(world.register_all_tx(A, twice.clone())), Rejection::EntryRepeated { index: 1 });
    world.accepted(world.derive_tx(A, DeriveKind::Split, &[(parent, pieces(10))], twice));
}
