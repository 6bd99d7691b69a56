//! Logistic units: a handover of the whole is one event, what is in it moves and is held with it, and every counter is
//! exact.

use crate::world::*;
use ledger::{
    Event, Hash, ItemId, ItemRecord, Lifecycle, Outcome, Rejection, Role, Signature, SignedTx, VerifiedTx,
    bounds::MAX_LINKS,
    event::{Effect, Link},
    operation::{Bucket, DeriveKind, EntryList, InspectionResult, Note, Operation, Purpose, Registry, Subject, Value},
    record::{Inside, Packed},
    transaction::TxError,
};
use std::sync::Arc;

/// A released lot of firm A.
fn released(world: &mut World, name: &str) -> ItemId {
    let item = world.registered(lot(name), pieces(10));
    world.bring(item, A, Lifecycle::Released);
    item
}

fn link(item: ItemId, record: &ItemRecord) -> Link {
    Link { item, count: record.count, head: record.head }
}

fn inside(world: &World, unit: ItemId) -> Inside {
    world.item(unit).inside.expect("a unit")
}

fn document() -> Note {
    Note::Document { root: Hash([2; 32]) }
}

/// A pallet with a box on it, and two lots in the box.
fn pallet() -> (World, ItemId, ItemId, [ItemId; 2]) {
    let mut world = World::default();
    let lots = ["L1", "L2"].map(|name| released(&mut world, name));
    let [outer, inner] = [1, 2].map(|number| world.unit(A, number));
    world.accepted(world.pack_tx(A, inner, &lots));
    world.accepted(world.pack_tx(A, outer, &[inner]));
    (world, outer, inner, lots)
}

#[test]
fn packing_is_an_event_of_each_item_and_one_of_the_unit() {
    let mut world = World::default();
    let lots = ["L1", "L2"].map(|name| released(&mut world, name));
    let unit = world.unit(A, 1);
    let (before, point) = (world.item(unit), world.point(unit));
    let points = lots.map(|item| world.point(item));
    let tx = world.accepted(world.pack_tx(A, unit, &lots));
    for (item, point) in lots.iter().zip(points) {
        let (record, event) = (world.item(*item), world.last_event(*item));
        assert_eq!(record.container, Some(Packed { unit, level: 0 }));
        assert_eq!((record.state, record.custodian), (Lifecycle::Released, Org::FirmA.id()));
        // A lot that is packed is another thing to take over.
        assert_eq!(world.point(*item), point.after(&tx));
        assert_eq!(event.effect, Effect::Packed { into: Packed { unit, level: 0 } });
        assert_eq!(event.links, [link(unit, &before)]);
    }
    let by = Inside { items: 2, levels: [2, 0, 0, 0, 0], ..Inside::default() };
    let event = world.last_event(unit);
    assert_eq!(event.effect, Effect::Filled { more: true, by });
    assert_eq!(event.links, lots.map(|item| link(item, &world.item(item))));
    assert_eq!((inside(&world, unit), world.point(unit)), (by, point.after(&tx)));
    // And out again, one of them.
    let before = world.item(unit);
    world.accepted(world.unpack_tx(A, unit, &lots[..1]));
    let event = world.last_event(lots[0]);
    let (custodian, state, place) = (Org::FirmA.id(), Lifecycle::Stored, None);
    assert_eq!(event.effect, Effect::Unpacked { unit, custodian, state, place });
    assert_eq!((event.state, event.links), (Lifecycle::Stored, vec![link(unit, &before)]));
    assert_eq!(world.item(lots[0]).container, None);
    let by = Inside { items: 1, levels: [1, 0, 0, 0, 0], ..Inside::default() };
    assert_eq!(world.last_event(unit).effect, Effect::Filled { more: false, by });
    assert_eq!(inside(&world, unit), by);
}

/// A handover of a pallet is one event, whatever is on it; what comes out of it is its custodian's.
#[test]
fn a_unit_is_handed_over_as_one() {
    let (mut world, outer, inner, lots) = pallet();
    let counts = |w: &World| [inner, lots[0], lots[1]].map(|item| w.item(item).count);
    let before = counts(&world);
    let events = world.events.len();
    world.accepted(world.handover(outer, A, CARRIER));
    let terms = world.terms(outer, world.point(outer), Org::Carrier, Org::FirmB);
    let terms = ledger::HandoverTerms { premises: Some(gln(8)), ..terms };
    world.accepted(world.offer(&terms, CARRIER));
    world.accepted(world.accept(&terms, B));
    assert_eq!((counts(&world), world.events.len()), (before, events + 3));
    assert_eq!((world.item(outer).state, world.item(outer).custodian), (Lifecycle::Stored, Org::FirmB.id()));
    // Nobody does anything with a lot in it, neither who had it nor who has it.
    for by in [A, CARRIER, B] {
        world.refused(world.use_tx(lots[0], pieces(1), by));
    }
    // Only the outermost is opened, by whoever holds it.
    let not_yours = Rejection::NotCustodian { item: outer, custodian: Org::FirmB.id() };
    assert_eq!(world.refused(world.unpack_tx(A, outer, &[inner])), not_yours);
    assert_eq!(world.refused(world.unpack_tx(A, inner, &lots)), Rejection::Packed { item: inner, unit: outer });
    world.accepted(world.unpack_tx(B, outer, &[inner]));
    let record = world.item(inner);
    assert_eq!((record.custodian, record.state, record.place), (Org::FirmB.id(), Lifecycle::Stored, Some(gln(8))));
    assert_eq!(world.item(lots[0]).custodian, Org::FirmA.id(), "not yet taken out");
    world.accepted(world.unpack_tx(B, inner, &lots));
    let record = world.item(lots[1]);
    assert_eq!((record.custodian, record.state, record.place), (Org::FirmB.id(), Lifecycle::Stored, Some(gln(8))));
    world.accepted(world.use_tx(lots[1], pieces(1), B));
    for unit in [outer, inner] {
        assert_eq!(inside(&world, unit), Inside::default());
    }
}

/// Goods stand where their unit stands: in transit with a carrier, and still so when they come out there.
#[test]
fn what_comes_out_stands_where_its_unit_stood() {
    let (mut world, outer, inner, lots) = pallet();
    world.accepted(world.handover(outer, A, CARRIER));
    world.accepted(world.unpack_tx(CARRIER, outer, &[inner]));
    world.accepted(world.unpack_tx(CARRIER, inner, &lots[..1]));
    let record = world.item(lots[0]);
    assert_eq!((record.state, record.custodian), (Lifecycle::InTransit, Org::Carrier.id()));
}

#[test]
fn units_are_packed_into_units_to_a_depth() {
    let mut world = World::default();
    let item = released(&mut world, "L1");
    let units: Vec<ItemId> = (1..=5).map(|number| world.unit(A, number)).collect();
    world.accepted(world.pack_tx(A, units[0], &[item]));
    for n in 1..4 {
        world.accepted(world.pack_tx(A, units[n], &[units[n - 1]]));
        let within = inside(&world, units[n]);
        assert_eq!((usize::from(within.depth), within.items), (n, n as u32 + 1));
    }
    let deep = Rejection::UnitTooDeep { unit: units[4] };
    assert_eq!(world.refused(world.pack_tx(A, units[4], &[units[3]])), deep);
    // Only the outermost is packed into: what is in a box on a pallet is known to whoever takes the pallet over.
    let more = released(&mut world, "L2");
    for n in 0..3 {
        let expected = Rejection::Packed { item: units[n], unit: units[n + 1] };
        assert_eq!(world.refused(world.pack_tx(A, units[n], &[more])), expected);
    }
    world.accepted(world.pack_tx(A, units[3], &[more]));
    // Nothing is packed twice, nor a unit into itself.
    let again = Rejection::Packed { item: more, unit: units[3] };
    assert_eq!(world.refused(world.pack_tx(A, units[4], &[more])), again);
    let itself = world.pack_tx(A, units[4], &[units[4]]);
    assert_eq!(world.refused(itself), Rejection::EntryRepeated { index: 0 });
    let last = released(&mut world, "L3");
    let twice = world.pack_tx(A, units[4], &[last, last]);
    assert_eq!(world.refused(twice), Rejection::EntryRepeated { index: 1 });
}

/// A hold on a lot in a box on a pallet blocks both (R28); it blocks neither once it is lifted, or once the lot is out.
#[test]
fn a_held_item_blocks_every_unit_around_it() {
    let (mut world, outer, inner, lots) = pallet();
    let terms = world.terms(outer, world.point(outer), Org::FirmA, Org::Carrier);
    world.accepted(world.offer(&terms, A));
    let points = [outer, inner].map(|unit| world.point(unit));
    world.accepted(world.hold_tx(lots[0], HEALTH));
    let placed = world.item(lots[0]).count;
    for unit in [inner, outer] {
        let by = Inside { held: 1, ..Inside::default() };
        assert_eq!(world.last_event(unit).effect, Effect::Filled { more: true, by });
        assert_eq!(inside(&world, unit).held, 1);
    }
    // It changes nothing of what was offered, but nothing moves.
    assert_eq!([outer, inner].map(|unit| world.point(unit)), points);
    assert!(world.item(outer).offer.is_some());
    let blocked = |unit, held| Rejection::UnitBlocked { unit, held };
    assert_eq!(world.refused(world.accept(&terms, CARRIER)), blocked(outer, 1));
    world.accepted(world.withdraw(&terms, A));
    assert_eq!(world.refused(world.offer(&terms, A)), blocked(outer, 1));
    assert_eq!(world.refused(world.handover(outer, A, CARRIER)), blocked(outer, 1));
    // A second hold counts as a second.
    world.accepted(world.hold_tx(lots[1], CUSTOMS));
    assert_eq!(world.refused(world.handover(outer, A, CARRIER)), blocked(outer, 2));
    world.accepted(world.lift_tx(lots[0], placed, HEALTH));
    assert_eq!(world.refused(world.handover(outer, A, CARRIER)), blocked(outer, 1));
    // Out of the units comes what is held, so that it can be destroyed; the rest moves on.
    world.accepted(world.unpack_tx(A, outer, &[inner]));
    world.accepted(world.handover(outer, A, CARRIER));
    assert_eq!(world.refused(world.handover(inner, A, CARRIER)), blocked(inner, 1));
    world.accepted(world.unpack_tx(A, inner, &lots[1..]));
    assert_eq!(inside(&world, inner).held, 0);
    world.accepted(world.dispose_tx(lots[1], pieces(10), A, ENVIRONMENT));
    world.accepted(world.handover(inner, A, CARRIER));
}

#[test]
fn a_held_unit_is_opened_and_nothing_else() {
    let (mut world, outer, inner, lots) = pallet();
    world.accepted(world.hold_tx(outer, HEALTH));
    let by = Org::Health.id();
    let more = released(&mut world, "L3");
    let held = Rejection::Held { item: outer, by };
    assert_eq!(world.refused(world.handover(outer, A, B)), held);
    assert_eq!(world.refused(world.pack_tx(A, outer, &[more])), held);
    world.accepted(world.store_tx(A, &[outer], gln(5), true));
    assert!(world.item(outer).quarantined);
    world.accepted(world.unpack_tx(A, outer, &[inner]));
    world.accepted(world.unpack_tx(A, inner, &lots));
    // What is held is not packed.
    world.accepted(world.hold_tx(more, CUSTOMS));
    let by = Org::Customs.id();
    assert_eq!(world.refused(world.pack_tx(A, inner, &[more])), Rejection::Held { item: more, by });
}

// ------------------------------------------------------------------------------ what a packed item and a unit undergo

fn listed(w: &World, item: ItemId, by: (Person, Role), make: impl FnOnce(EntryList) -> Operation) -> Arc<VerifiedTx> {
    w.list_tx(many(&[item]), make, &[by])
}

/// Every act of the holder and of agencies on an item, by name.
fn acts(w: &World, item: ItemId, other: ItemId) -> Vec<(&'static str, Arc<VerifiedTx>)> {
    let terms = w.terms(item, w.point(item), Org::FirmA, Org::FirmB);
    let split = w.derive_tx(A, DeriveKind::Split, &[(item, pieces(1))], w.parts(item, &[1]));
    let declare = |list| Operation::Declare { list, exempt: false, private: None };
    vec![
        ("declare", listed(w, item, (A, Role::Declarant), declare)),
        ("inspect", w.inspect_tx(CUSTOMS, &[item], InspectionResult::Passed)),
        ("release", w.release_tx(CUSTOMS, &[item])),
        ("exit", w.exit_tx(&[item])),
        ("offer", w.offer(&terms, A)),
        ("withdraw", w.withdraw(&terms, A)),
        ("refuse", w.refuse(&terms, B)),
        ("handover", w.handover(item, A, B)),
        ("store", w.store_tx(A, &[item], gln(5), false)),
        ("use", w.use_tx(item, pieces(1), A)),
        ("waste", w.waste_tx(item, pieces(1), A)),
        ("lose", w.lose_tx(item, pieces(1), false, A)),
        ("dispose", w.dispose_tx(item, pieces(1), A, ENVIRONMENT)),
        ("correct", w.correct_tx(item, 1, Bucket::Used, pieces(1), A)),
        ("derive", split),
        ("note", w.note_tx(A, &[item], document())),
        ("pack", w.pack_tx(A, other, &[item])),
        ("place-hold", w.hold_tx(item, HEALTH)),
        ("lift-hold", w.lift_tx(item, 1, HEALTH)),
    ]
}

fn check(w: &World, item: ItemId, other: ItemId, expected: &[(&str, &str)]) {
    for (name, tx) in acts(w, item, other) {
        let found = match &w.execute(&[tx]).expect("admissible").receipts[0].outcome {
            Outcome::Accepted { .. } => "",
            Outcome::Rejected { rejection, decision: _ } => rejection.name(),
        };
        let expect = expected.iter().find(|(act, _)| *act == name).unwrap_or_else(|| panic!("{name}")).1;
        assert_eq!(found, expect, "{name}");
    }
}

#[test]
fn a_packed_item_is_noted_held_and_exits_and_nothing_else() {
    let mut world = World::default();
    let item = released(&mut world, "L1");
    let [unit, other] = [1, 2].map(|number| world.unit(A, number));
    world.accepted(world.pack_tx(A, unit, &[item]));
    check(
        &world,
        item,
        other,
        &[
            ("declare", "StateForbids"),
            ("inspect", "StateForbids"),
            ("release", "StateForbids"),
            ("exit", ""),
            ("offer", "Packed"),
            ("withdraw", "OfferUnknown"),
            ("refuse", "OfferUnknown"),
            ("handover", "Packed"),
            ("store", "Packed"),
            ("use", "Packed"),
            ("waste", "Packed"),
            ("lose", "Packed"),
            ("dispose", "Packed"),
            ("correct", "Packed"),
            ("derive", "Packed"),
            ("note", ""),
            ("pack", "Packed"),
            ("place-hold", ""),
            ("lift-hold", "HoldUnknown"),
        ],
    );
}

#[test]
fn a_unit_is_moved_stored_packed_and_held_and_nothing_else() {
    let mut world = World::default();
    let item = released(&mut world, "L1");
    let [unit, other] = [1, 2].map(|number| world.unit(A, number));
    let row = |dispose: &'static str| {
        [
            ("declare", "StateForbids"),
            ("inspect", "StateForbids"),
            ("release", "StateForbids"),
            ("exit", "NotUnit"),
            ("offer", ""),
            ("withdraw", "OfferUnknown"),
            ("refuse", "OfferUnknown"),
            ("handover", ""),
            ("store", ""),
            ("use", "NotUnit"),
            ("waste", "NotUnit"),
            ("lose", "NotUnit"),
            ("dispose", dispose),
            ("correct", "NotUnit"),
            ("derive", "NotUnit"),
            ("note", ""),
            ("pack", ""),
            ("place-hold", ""),
            ("lift-hold", "HoldUnknown"),
        ]
    };
    check(&world, unit, other, &row(""));
    world.accepted(world.pack_tx(A, unit, &[item]));
    check(&world, unit, other, &row("UnitNotEmpty"));
    // What is no unit holds nothing.
    let lot = released(&mut world, "L2");
    let into = world.pack_tx(A, lot, &[item]);
    assert_eq!(world.refused(into), Rejection::NotUnit { item: lot });
    let out = world.unpack_tx(A, lot, &[item]);
    assert_eq!(world.refused(out), Rejection::NotUnit { item: lot });
}

#[test]
fn only_one_s_own_goods_are_packed_and_only_when_released() {
    let mut world = World::default();
    let unit = world.unit(A, 1);
    let item = released(&mut world, "L1");
    world.accepted(world.handover(item, A, B));
    let custodian = Org::FirmB.id();
    assert_eq!(world.refused(world.pack_tx(A, unit, &[item])), Rejection::NotCustodian { item, custodian });
    let custodian = Org::FirmA.id();
    let foreign = Rejection::NotCustodian { item: unit, custodian };
    assert_eq!(world.refused(world.pack_tx(B, unit, &[item])), foreign);
    let early = world.registered(lot("L2"), pieces(1));
    let (act, state) = (ledger::Act::Pack, Lifecycle::Registered);
    let forbids = Rejection::StateForbids { item: early, act, state };
    assert_eq!(world.refused(world.pack_tx(A, unit, &[early])), forbids);
    // Of many all or none are packed.
    let good = released(&mut world, "L3");
    assert_eq!(world.refused(world.pack_tx(A, unit, &[good, early])), forbids);
    assert_eq!((world.item(good).container, inside(&world, unit)), (None, Inside::default()));
}

/// What is linked to one event is bounded: 64 items at a time.
#[test]
fn sixty_four_items_are_packed_at_a_time() {
    let world = World::default();
    let shape = |count: usize| {
        let items: Vec<ItemId> = (0..count).map(|n| ItemId(Hash([n as u8; 32]))).collect();
        let entries = entries(many(&items));
        let unit = ItemId(Hash([255; 32]));
        let at = ledger::CustodyPoint::start(&unit);
        let operation = Operation::Pack { unit, at, list: list_of(&entries) };
        let body = world.body(operation, &[(A, Role::Custodian)], world.soon());
        SignedTx { body, signatures: vec![Signature([0; 64])], entries }.check_shape()
    };
    assert_eq!(shape(MAX_LINKS), Ok(()));
    assert_eq!(shape(MAX_LINKS + 1), Err(TxError::Entries));
    assert_eq!(shape(0), Err(TxError::Entries));
}

// ------------------------------------------------------------------------------------------------- what is inside
// counts

/// Whoever takes a unit over needs premises for the most dangerous thing in it, and takes it for what all of it may be
/// for.
#[test]
fn what_is_inside_decides_who_may_receive_a_unit() {
    let mut world = World::settled();
    let mut pack = world.pack();
    for grade in pack.grades.iter_mut().filter(|grade| grade.name.as_str() == "2") {
        grade.premises = 3;
    }
    let [unit, empty] = [1, 2].map(|number| world.unit(A, number));
    let permit = world.permit(100);
    let item = world.imported(permit, "L1", 10);
    world.put_in_force(&pack);
    world.accepted(world.pack_tx(A, unit, &[item]));
    assert_eq!(world.item(item).container, Some(Packed { unit, level: 3 }));
    assert_eq!(inside(&world, unit).level(), 3);
    // Firm B has premises of level 2; a carrier and a disposer need none.
    let org = Org::FirmB.id();
    let missing = Rejection::PremisesMissing { org, needed: 3, has: 2 };
    assert_eq!(world.refused(world.handover(unit, A, B)), missing);
    world.clone().accepted(world.handover(unit, A, CARRIER));
    world.clone().accepted(world.handover(empty, A, B));
    let shelf = |w: &World, org| w.store_tx(A, &[unit], premises_of(org), false);
    world.clone().accepted(shelf(&world, Org::FirmA));
    let of_another = Rejection::PremisesMissing { org: Org::FirmA.id(), needed: 3, has: 0 };
    assert_eq!(world.refused(shelf(&world, Org::FirmB)), of_another);
    // Research goods make it research goods.
    world.accepted(world.unpack_tx(A, unit, &[item]));
    world.alter(item, |record| record.marks.research_only = true);
    world.accepted(world.pack_tx(A, unit, &[item]));
    let mut terms = world.terms(unit, world.point(unit), Org::FirmA, Org::Carrier);
    terms.purpose = Purpose::Sale;
    let forbidden = Rejection::PurposeForbidden { item: unit, purpose: Purpose::Sale };
    assert_eq!(world.refused(world.offer(&terms, A)), forbidden);
    world.accepted(world.unpack_tx(A, unit, &[item]));
    let terms = ledger::HandoverTerms { at: world.point(unit), ..terms };
    world.accepted(world.offer(&terms, A));
}

/// Goods leave in their unit, and are received abroad when a partner takes them out.
#[test]
fn what_exits_in_a_unit_is_received_when_it_is_taken_out() {
    let (mut world, outer, inner, lots) = pallet();
    world.admit(Org::Partner);
    world.accepted(world.exit_tx(&lots));
    for item in lots {
        let record = world.item(item);
        assert_eq!((record.state, record.container.is_some()), (Lifecycle::Exited, true));
    }
    world.accepted(world.handover(outer, A, CARRIER));
    let mut still = world.clone();
    still.accepted(still.unpack_tx(CARRIER, outer, &[inner]));
    still.accepted(still.unpack_tx(CARRIER, inner, &lots));
    assert_eq!(still.item(lots[0]).state, Lifecycle::Exited, "with a carrier nothing is received");
    world.accepted(world.handover(outer, CARRIER, PARTNER));
    world.accepted(world.unpack_tx(PARTNER, outer, &[inner]));
    world.accepted(world.unpack_tx(PARTNER, inner, &lots));
    let record = world.item(lots[0]);
    assert_eq!((record.state, record.custodian), (Lifecycle::ReceivedAbroad, Org::Partner.id()));
}

/// What a unit holds by what stands in the records of everything else.
fn counted(world: &World, unit: ItemId, all: &[ItemId]) -> Inside {
    let mut sum = Inside::default();
    for item in all {
        let record = world.item(*item);
        let Some(packed) = record.container.filter(|packed| packed.unit == unit) else { continue };
        sum.items += 1;
        sum.held += record.holds.len() as u32;
        sum.hgr += u32::from(record.marks.hgr);
        sum.research_only += u32::from(record.marks.research_only);
        sum.levels[usize::from(packed.level)] += 1;
        if record.inside.is_some() {
            let below = counted(world, *item, all);
            sum.items += below.items;
            sum.held += below.held;
            sum.hgr += below.hgr;
            sum.research_only += below.research_only;
            sum.levels.iter_mut().zip(below.levels).for_each(|(sum, more)| *sum += more);
            sum.depth = sum.depth.max(below.depth + 1);
        }
    }
    sum
}

/// Lots of four grades that ask for premises of four levels, some marked, and four units.
fn mixed() -> (World, Vec<ItemId>) {
    let mut world = World::default();
    let mut pack = world.pack();
    for (level, grade) in (0u8..).zip(pack.grades.iter_mut()) {
        grade.premises = level;
    }
    world.put_in_force(&pack);
    let mut all = Vec::new();
    for (grade, gtin) in ["09521200000016", "09521200000023", "09521300000015", "09521600000012"].iter().enumerate() {
        let profile = class_profile(gtin);
        let profile =
            ledger::record::ClassProfile { grade: text(&(grade + 1).to_string()), hgr: grade == 1, ..profile };
        world.admit_class(profile);
        for name in ["L1", "L2"] {
            let body = registration_of(class_of(gtin), lot_of(gtin, name), pieces(5), Purpose::Unstated);
            let tx = world.accepted(world.register_all_tx(A, vec![body]));
            let item = ItemId::of(&world.network, &tx, 0);
            world.bring(item, A, Lifecycle::Released);
            world.alter(item, |record| record.marks.research_only = name == "L2" && grade == 2);
            all.push(item);
        }
    }
    all.extend((1..=4).map(|number| world.unit(A, number)));
    (world, all)
}

#[test]
fn counters_are_exact_whatever_is_packed_unpacked_and_held() {
    let (base, all) = mixed();
    let units = &all[8..];
    let mut done = [0; 4];
    for seed in 0..60 {
        let mut rng = Rng(seed);
        let mut world = base.clone();
        for _ in 0..40 {
            let (item, unit) = (rng.pick(&all), rng.pick(units));
            let record = world.item(item);
            let act = rng.below(4) as usize;
            let tx = match act {
                0 => world.pack_tx(A, unit, &[item]),
                1 => world.unpack_tx(A, record.container.map_or(unit, |packed| packed.unit), &[item]),
                2 => world.hold_tx(item, HEALTH),
                _ => world.lift_tx(item, record.holds.first().map_or(1, |hold| hold.placed), HEALTH),
            };
            if let Outcome::Accepted { .. } = world.block(&[tx]).remove(0).outcome {
                done[act] += 1;
            }
            for unit in units {
                let (kept, counted) = (inside(&world, *unit), counted(&world, *unit, &all));
                // The depth is a bound: what came out does not tell how deep the rest is.
                assert!(kept.depth >= counted.depth, "seed {seed}");
                assert_eq!(Inside { depth: 0, ..kept }, Inside { depth: 0, ..counted }, "seed {seed}");
            }
        }
        replay(&world);
    }
    assert!(done.iter().all(|times| *times > 30), "{done:?}");
}

/// The records are what their events tell. Marks that a test wrote itself are not among them.
fn replay(world: &World) {
    let mut records: std::collections::BTreeMap<ItemId, ItemRecord> = Default::default();
    for event in &world.events {
        let Event { item, .. } = event;
        let after = ledger::event::apply(&world.network, records.get(item), event).expect("an event that follows");
        records.insert(*item, after);
    }
    for (item, record) in records {
        let mut found = world.item(item);
        found.marks.research_only = record.marks.research_only;
        assert_eq!(found, record);
    }
}

/// The receiver's premises are asked for once, for the whole unit, and cited.
#[test]
fn premises_of_a_unit_s_receiver_are_cited() {
    let mut world = World::settled();
    let unit = world.unit(A, 1);
    let permit = world.permit(100);
    let item = world.imported(permit, "L1", 10);
    world.accepted(world.pack_tx(A, unit, &[item]));
    world.accepted(world.handover(unit, A, B));
    let subject = Subject::Place(premises_of(Org::FirmB));
    let place = ledger::operation::place(Registry::Premises, &subject, 0);
    let cited = world.last_event(unit).decision.expect("a decision").grounds;
    assert_eq!(cited, [ledger::event::Ground::Entry { place, n: 1 }]);
    // With its end nothing more is stored there.
    world.accepted(world.end_tx(Registry::Premises, subject, 0, ledger::operation::EndWhy::Removed));
    let org = Org::FirmB.id();
    let missing = Rejection::PremisesMissing { org, needed: 1, has: 0 };
    assert_eq!(world.refused(world.store_tx(B, &[unit], premises_of(Org::FirmB), false)), missing);
    let value = Value::Level { org, level: 1 };
    world.enter(Registry::Premises, subject, value);
    world.accepted(world.store_tx(B, &[unit], premises_of(Org::FirmB), false));
}
