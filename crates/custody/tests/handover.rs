//! Custody: rivals, chains signed ahead, offers, quantities, codes and lists.

use crate::world::*;
use gs1::MAX_AMOUNT;
use ledger::{
    CustodyPoint, Hash, ItemId, Lifecycle, Outcome, Receipt, Rejection, VerifiedTx, operation::InspectionResult,
    transaction::TxError,
};
use std::sync::Arc;

fn rejection(receipt: &Receipt) -> Option<&Rejection> {
    match &receipt.outcome {
        Outcome::Accepted { .. } => None,
        Outcome::Rejected { rejection, decision: _ } => Some(rejection),
    }
}

/// A -> B -> C, signed ahead: each names the point after the one before.
fn chain(world: &World, item: ItemId) -> (Arc<VerifiedTx>, Arc<VerifiedTx>, Arc<VerifiedTx>) {
    let first = world.handover(item, A, B);
    let second_at = world.point(item).after(&first.id());
    let second = world.handover_at(item, second_at, B, CARRIER);
    let third = world.handover_at(item, second_at.after(&second.id()), CARRIER, DISPOSER);
    (first, second, third)
}

#[test]
fn of_two_rivals_exactly_one_wins_and_the_other_is_told() {
    for first_wins in [true, false] {
        let mut world = World::default();
        let item = world.released();
        let asked = world.point(item);
        let rivals = [world.handover(item, A, B), world.handover(item, A, CARRIER)];
        let order = if first_wins { [0, 1] } else { [1, 0] };
        let receipts = world.block(&order.map(|n| rivals[n].clone()));
        assert_eq!(rejection(&receipts[0]), None);
        let found = asked.after(&rivals[order[0]].id());
        assert_eq!(rejection(&receipts[1]), Some(&Rejection::CustodyMoved { item, asked, found }));
        let winner = if first_wins { Org::FirmB } else { Org::Carrier };
        assert_eq!(world.item(item).custodian, winner.id());
        assert_eq!(world.point(item), found);
    }
}

#[test]
fn a_chain_signed_ahead_holds_in_one_block() {
    let mut world = World::default();
    let item = world.released();
    let (first, second, third) = chain(&world, item);
    let receipts = world.block(&[first, second, third]);
    assert!(receipts.iter().all(|r| rejection(r).is_none()));
    assert_eq!(world.item(item).custodian, Org::Disposer.id());
    assert_eq!(world.item(item).custody_seq, 3);
}

#[test]
fn a_chain_signed_ahead_holds_over_several_blocks_with_a_hold_lifted_between() {
    let mut world = World::default();
    let item = world.released();
    let (first, second, third) = chain(&world, item);
    world.accepted(first);
    // A hold changes neither custody nor quantity: what was signed ahead still fits once it is lifted.
    world.accepted(world.hold_tx(item, HEALTH));
    let placed = world.item(item).count;
    world.accepted(world.lift_tx(item, placed, HEALTH));
    world.accepted(second);
    world.accepted(third);
    assert_eq!(world.item(item).custodian, Org::Disposer.id());
}

#[test]
fn out_of_order_waits_and_uses_up_nothing() {
    let mut world = World::default();
    let item = world.released();
    let (first, second, third) = chain(&world, item);
    assert_eq!(world.inadmissible(&second), TxError::CustodyAhead { asked: 1, found: 0 });
    assert_eq!(world.inadmissible(&third), TxError::CustodyAhead { asked: 2, found: 0 });
    world.accepted(first);
    assert_eq!(world.inadmissible(&third), TxError::CustodyAhead { asked: 2, found: 1 });
    world.accepted(second);
    world.accepted(third);
}

#[test]
fn a_chain_whose_first_link_lost_is_refused_link_by_link() {
    let mut world = World::default();
    let item = world.released();
    let (first, second, _) = chain(&world, item);
    world.accepted(world.handover(item, A, CARRIER));
    assert!(matches!(world.refused(first), Rejection::CustodyMoved { .. }));
    // The number fits, the trail does not.
    assert!(matches!(world.refused(second), Rejection::CustodyMoved { .. }));
}

// ------------------------------------------------------------------------------------------------------------ offers

fn offered() -> (World, ItemId, ledger::HandoverTerms) {
    let mut world = World::default();
    let item = world.released();
    let terms = world.terms(item, world.point(item), Org::FirmA, Org::FirmB);
    world.accepted(world.offer(&terms, A));
    let offer = world.item(item).offer.expect("an offer");
    assert_eq!((offer.terms, offer.receiver), (terms.hash(), Org::FirmB.id()));
    assert_eq!(world.item(item).custodian, Org::FirmA.id());
    (world, item, terms)
}

#[test]
fn an_accepted_offer_moves_custody_once() {
    let (mut world, item, terms) = offered();
    let accept = world.accept(&terms, B);
    let again = world.accept(&terms, B);
    let at = world.point(item);
    let tx = world.accepted(accept);
    assert_eq!(world.item(item).custodian, Org::FirmB.id());
    assert_eq!(world.item(item).offer, None);
    assert_eq!(world.point(item), at.after(&tx));
    assert!(matches!(world.refused(again), Rejection::CustodyMoved { .. }));
}

#[test]
fn a_refused_or_withdrawn_offer_leaves_custody_and_can_be_made_again() {
    for refused in [true, false] {
        let (mut world, item, terms) = offered();
        let at = world.point(item);
        let answer = if refused { world.refuse(&terms, B) } else { world.withdraw(&terms, A) };
        world.accepted(answer);
        assert_eq!(world.item(item).custodian, Org::FirmA.id());
        assert_eq!(world.point(item), at);
        assert_eq!(world.item(item).offer, None);
        assert_eq!(world.refused(world.accept(&terms, B)), Rejection::OfferUnknown { item });
        assert_eq!(world.refused(world.refuse(&terms, B)), Rejection::OfferUnknown { item });
        assert_eq!(world.refused(world.withdraw(&terms, A)), Rejection::OfferUnknown { item });
        world.accepted(world.offer(&terms, A));
        world.accepted(world.accept(&terms, B));
    }
}

#[test]
fn an_offer_expires_at_its_edge_and_may_then_be_replaced() {
    let (mut world, item, terms) = offered();
    // One millisecond before: the offer stands.
    let mut before = world.clone();
    let left = terms.expires.ms_since(before.now) - 1 - STEP_MS;
    before.wait(left);
    assert_eq!(before.next().time.plus_ms(1), terms.expires);
    before.accepted(before.accept(&terms, B));
    // At its very time: it has expired.
    world.wait(left + 1);
    let expires = terms.expires;
    assert_eq!(world.next().time, expires);
    assert_eq!(world.clone().refused(world.accept(&terms, B)), Rejection::OfferExpired { item, expires });
    let other = world.terms(item, world.point(item), Org::FirmA, Org::Carrier);
    world.accepted(world.offer(&other, A));
    assert_eq!(world.refused(world.accept(&terms, B)), Rejection::OfferUnknown { item });
    world.accepted(world.accept(&other, CARRIER));
}

#[test]
fn an_expired_offer_can_still_be_refused_or_withdrawn() {
    for refused in [true, false] {
        let (mut world, item, terms) = offered();
        world.wait(2 * HOUR_MS);
        let answer = if refused { world.refuse(&terms, B) } else { world.withdraw(&terms, A) };
        world.accepted(answer);
        assert_eq!(world.item(item).offer, None);
    }
}

#[test]
fn what_moves_custody_or_quantity_voids_an_offer() {
    let acts: [fn(&World, ItemId) -> Arc<VerifiedTx>; 3] = [
        |w, item| w.handover(item, A, CARRIER),
        |w, item| w.use_tx(item, pieces(1), A),
        |w, item| w.dispose_tx(item, pieces(1), A, ENVIRONMENT),
    ];
    for act in acts {
        let (mut world, item, terms) = offered();
        world.accepted(act(&world, item));
        assert_eq!(world.item(item).offer, None);
        assert!(matches!(world.refused(world.accept(&terms, B)), Rejection::CustodyMoved { .. }));
        assert_eq!(world.refused(world.refuse(&terms, B)), Rejection::OfferUnknown { item });
    }
}

// -------------------------------------------------------------------------------------------------------- quantities

#[test]
fn quantities_add_up_exactly_to_the_end() {
    let mut world = World::default();
    let item = world.released();
    world.accepted(world.use_tx(item, pieces(99), A));
    let record = world.item(item);
    assert_eq!((record.on_hand, record.used), (pieces(1), pieces(99)));
    let (on_hand, asked) = (1, 2);
    assert_eq!(world.refused(world.use_tx(item, pieces(2), A)), Rejection::QuantityExceeded { item, on_hand, asked });
    world.accepted(world.dispose_tx(item, pieces(1), A, ENVIRONMENT));
    let record = world.item(item);
    assert_eq!(record.state, Lifecycle::Disposed);
    assert_eq!((record.on_hand, record.used, record.disposed), (pieces(0), pieces(99), pieces(1)));
}

#[test]
fn the_greatest_amount_is_used_up_exactly() {
    let mut world = World::default();
    let most = pieces(MAX_AMOUNT);
    let item = world.registered(lot("L1"), most);
    world.bring(item, A, Lifecycle::Released);
    world.accepted(world.use_tx(item, pieces(MAX_AMOUNT - 1), A));
    world.accepted(world.use_tx(item, pieces(1), A));
    assert_eq!(world.item(item).used, most);
    assert_eq!(world.item(item).state, Lifecycle::Consumed);
}

#[test]
fn quantities_of_nothing_and_of_other_units_are_refused() {
    let mut world = World::default();
    let zero = world.register_tx(A, vec![(lot("L1"), pieces(0))]);
    assert_eq!(world.refused(zero), Rejection::QuantityZero);
    for quantity in ["1 KGM", "2 EA"] {
        let tx = world.register_tx(A, vec![(serial("S1"), quantity.parse().unwrap())]);
        assert_eq!(world.refused(tx), Rejection::SerialNotOnePiece);
    }
    for quantity in ["1 H87", "1 EA", "1 C62"] {
        world.registered(serial("S1"), quantity.parse().unwrap());
    }
    let item = world.registered(lot("L2"), "12.5 MLT".parse().unwrap());
    world.bring(item, A, Lifecycle::Released);
    let wrong = world.use_tx(item, "1 LTR".parse().unwrap(), A);
    assert_eq!(world.refused(wrong), Rejection::UnitMismatch { item });
    world.accepted(world.use_tx(item, "12.499 MLT".parse().unwrap(), A));
    assert_eq!(world.item(item).on_hand, "0.001 MLT".parse().unwrap());
}

// ------------------------------------------------------------------------------------------------------------- codes

#[test]
fn registrations_under_one_code_are_counted_and_chained() {
    let mut world = World::default();
    let code = lot("L1");
    let mut head = Hash::default();
    let mut previous: Option<ItemId> = None;
    for n in 1..=4u64 {
        // Another firm may hold a part of the same lot; two of them come in one block.
        let by = if n % 2 == 0 { A } else { B };
        let tx = world.register_tx(by, vec![(lot("other"), pieces(1)), (code.clone(), pieces(n))]);
        let item = ItemId::of(&world.network, &tx.id(), 1);
        let twin = world.register_tx(by, vec![(code.clone(), pieces(1))]);
        let receipts = world.block(&[tx, twin.clone()]);
        assert!(receipts.iter().all(|r| rejection(r).is_none()));
        let second = ItemId::of(&world.network, &twin.id(), 0);
        for item in [item, second] {
            assert_eq!(world.item(item).previous, previous);
            head = Hash::of_pair(&ledger::tag::CODE_HEAD, &head, &item.0);
            previous = Some(item);
        }
        let record = world.code(&code);
        assert_eq!((record.count, record.latest), (2 * n, second));
        assert_eq!(record.head, head);
    }
}

// ------------------------------------------------------------------------------------------------------------- lists

#[test]
fn an_act_over_many_items_is_all_or_nothing() {
    let mut world = World::default();
    let lots = (0..5).map(|n| (lot(&format!("L{n}")), pieces(1))).collect();
    let tx = world.accepted(world.register_tx(A, lots));
    let items: Vec<ItemId> = (0..5).map(|n| ItemId::of(&world.network, &tx, n)).collect();
    world.accepted(world.declare_tx(A, &items));
    world.accepted(world.inspect_tx(CUSTOMS, &items[..4], InspectionResult::Passed));
    // The last of five has not been inspected: none is released.
    let refused = world.refused(world.release_tx(CUSTOMS, &items));
    assert!(matches!(refused, Rejection::StateForbids { item, .. } if item == items[4]));
    for item in &items[..4] {
        assert_eq!(world.item(*item).state, Lifecycle::Inspected);
        assert_eq!(world.item(*item).count, 3);
    }
    world.accepted(world.release_tx(CUSTOMS, &items[..4]));
    assert_eq!(world.item(items[3]).state, Lifecycle::Released);
}

#[test]
fn one_bad_registration_of_many_registers_nothing() {
    let mut world = World::default();
    let good = (lot("L1"), pieces(1));
    for (bad, expect) in [
        ((serial("S1"), pieces(2)), "SerialNotOnePiece"),
        ((lot("L2"), pieces(0)), "QuantityZero"),
        (("hufu:isbt128/x".parse().unwrap(), pieces(1)), "CodeNotOfClass"),
        (good.clone(), "EntryRepeated"),
    ] {
        let before = world.state.len();
        let tx = world.register_tx(A, vec![good.clone(), bad]);
        let item = ItemId::of(&world.network, &tx.id(), 0);
        assert_eq!(world.refused(tx).name(), expect);
        assert_eq!(world.record::<ledger::ItemRecord>(ledger::StateKey::Item(item)), None);
        // A remembered identity, and the first time also a feed, are all that is new.
        assert!(world.state.len() <= before + 2);
    }
}

#[test]
fn a_thousand_items_in_one_act() {
    let mut world = World::default();
    let lots = (0..ledger::bounds::MAX_ENTRIES).map(|n| (lot(&format!("L{n}")), pieces(1)));
    let tx = world.accepted(world.register_tx(A, lots.collect()));
    let last = ItemId::of(&world.network, &tx, 999);
    assert_eq!(world.item(last).code, lot("L999"));
    assert_eq!(world.point(last), CustodyPoint::start(&last));
}

// ------------------------------------------------------------------------------------------------------------ states

/// Where goods stand is whose hands they are in: with a carrier in transit, elsewhere at rest.
#[test]
fn a_handover_leads_to_rest_or_into_transit() {
    let mut world = World::default();
    let item = world.released();
    let ways = [
        (A, B, Lifecycle::Stored),
        (B, CARRIER, Lifecycle::InTransit),
        (CARRIER, DISPOSER, Lifecycle::Stored),
        (DISPOSER, CARRIER, Lifecycle::InTransit),
        (CARRIER, A, Lifecycle::Stored),
    ];
    for (from, to, state) in ways {
        world.accepted(world.handover(item, from, to));
        assert_eq!(world.item(item).state, state, "{from:?} -> {to:?}");
    }
    world.accepted(world.use_tx(item, pieces(1), A));
    assert_eq!(world.item(item).state, Lifecycle::InUse);
    world.accepted(world.handover(item, A, CARRIER));
    assert_eq!(world.item(item).state, Lifecycle::InTransit);
    world.accepted(world.store_tx(CARRIER, &[item], gln(3), false));
    let record = world.item(item);
    assert_eq!((record.state, record.place, record.quarantined), (Lifecycle::Stored, Some(gln(3)), false));
}

#[test]
fn goods_are_where_the_terms_say() {
    let mut world = World::default();
    let item = world.released();
    let plain = world.terms(item, world.point(item), Org::FirmA, Org::FirmB);
    let terms = ledger::HandoverTerms { premises: Some(gln(4)), ..plain.clone() };
    assert_ne!(plain.hash(), terms.hash());
    world.accepted(world.offer(&terms, A));
    assert_eq!(world.item(item).offer.expect("an offer").premises, Some(gln(4)));
    // The receiver signs over the terms that were offered, and no others.
    assert_eq!(world.would_refuse(world.accept(&plain, B)), Rejection::OfferUnknown { item });
    world.accepted(world.accept(&terms, B));
    assert_eq!(world.item(item).place, Some(gln(4)));
    world.accepted(world.handover(item, B, CARRIER));
    assert_eq!(world.item(item).place, None);
}

#[test]
fn waste_goes_to_who_carries_it_or_disposes_of_it() {
    let mut world = World::default();
    let item = world.released();
    world.accepted(world.use_tx(item, pieces(60), A));
    world.accepted(world.waste_tx(item, pieces(40), A));
    assert_eq!(world.item(item).state, Lifecycle::Waste);
    let unfit = Rejection::ReceiverUnfit { item };
    assert_eq!(world.refused(world.handover(item, A, B)), unfit);
    let terms = world.terms(item, world.point(item), Org::FirmA, Org::FirmB);
    assert_eq!(world.refused(world.offer(&terms, A)), unfit);
    for (from, to) in [(A, CARRIER), (CARRIER, DISPOSER)] {
        world.accepted(world.handover(item, from, to));
        assert_eq!(world.item(item).state, Lifecycle::WasteInTransit);
    }
    world.accepted(world.dispose_tx(item, pieces(40), DISPOSER, ENVIRONMENT));
    let record = world.item(item);
    assert_eq!(record.state, Lifecycle::Disposed);
    assert_eq!((record.used, record.wasted, record.disposed), (pieces(60), pieces(0), pieces(40)));
}

/// Waste goes first; what is left of either keeps the item alive.
#[test]
fn a_disposal_takes_the_waste_first() {
    let mut world = World::default();
    let item = world.released();
    world.accepted(world.waste_tx(item, pieces(30), A));
    assert_eq!(world.item(item).state, Lifecycle::Released);
    let booked = |w: &World| {
        let record = w.item(item);
        [record.on_hand, record.wasted, record.disposed].map(|quantity| quantity.amount())
    };
    world.accepted(world.dispose_tx(item, pieces(20), A, ENVIRONMENT));
    assert_eq!(booked(&world), [70, 10, 20]);
    world.accepted(world.dispose_tx(item, pieces(15), A, ENVIRONMENT));
    assert_eq!(booked(&world), [65, 0, 35]);
    let (on_hand, asked) = (65, 66);
    let too_much = world.dispose_tx(item, pieces(66), A, ENVIRONMENT);
    assert_eq!(world.refused(too_much), Rejection::QuantityExceeded { item, on_hand, asked });
    world.accepted(world.dispose_tx(item, pieces(65), A, ENVIRONMENT));
    assert_eq!(booked(&world), [0, 0, 100]);
    assert_eq!(world.item(item).state, Lifecycle::Disposed);
}

/// A correction names the event and brings back what it booked, and not more.
#[test]
fn a_correction_brings_back_what_was_booked() {
    use ledger::operation::Bucket::{Lost, Used, Wasted};
    let mut world = World::default();
    let item = world.released();
    world.accepted(world.use_tx(item, pieces(10), A));
    let used = world.item(item).count;
    world.accepted(world.waste_tx(item, pieces(20), A));
    world.accepted(world.lose_tx(item, pieces(70), true, A));
    // The waste that waits decides what it is.
    assert_eq!(world.item(item).state, Lifecycle::Waste);
    for (bucket, booked) in [(Used, 10), (Wasted, 20), (Lost, 70)] {
        let asked = booked + 1;
        let tx = world.correct_tx(item, used, bucket, pieces(asked), A);
        assert_eq!(world.refused(tx), Rejection::CorrectionExceeds { item, booked, asked });
    }
    let count = world.item(item).count;
    for event in [0, count + 1] {
        let tx = world.correct_tx(item, event, Used, pieces(1), A);
        assert_eq!(world.refused(tx), Rejection::EventUnknown { item, event, count });
    }
    world.accepted(world.correct_tx(item, used, Lost, pieces(70), A));
    let record = world.item(item);
    assert_eq!((record.state, record.on_hand, record.lost), (Lifecycle::Stored, pieces(70), pieces(0)));
    assert_eq!((record.used, record.wasted), (pieces(10), pieces(20)));
}
