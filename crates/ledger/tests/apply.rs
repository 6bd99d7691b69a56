//! From one record to the next: what each effect changes, to which state it leads, and that nothing is lost on the way.

use crate::samples::*;
use ledger::{
    Cause, CustodyPoint, Effect, Event, ItemRecord, Lifecycle, OrgId,
    bounds::{MAX_HOLDS, MAX_LINKS, MAX_SIGNERS},
    event::{ApplyError, Link, Receiver, apply, head_after, head_zero, state_after},
    operation::{Bucket, InspectionResult},
    record::{Hold, Inside, Marks, PendingOffer},
};
use std::collections::BTreeSet;

/// Number of the next event of the sample record.
const NEXT: u64 = 301;

/// 600 on hand of 1,000; 300 used, 20 derived, 50 waste, 20 lost, 10 disposed of.
fn lot(state: Lifecycle) -> ItemRecord {
    ItemRecord {
        custodian: org(1),
        state,
        marks: Marks::default(),
        place: None,
        quarantined: false,
        grant: None,
        excursions: 0,
        holds: Vec::new(),
        container: None,
        inside: None,
        offer: None,
        ..item_record()
    }
}

fn event(n: u64, effect: Effect) -> Event {
    Event {
        item: item(1),
        n,
        cause: Cause::Tx { id: tx_id(1), index: 0 },
        at: stamp(),
        effect,
        state: Lifecycle::Registered,
        decision: Some(decision()),
        links: Vec::new(),
    }
}

/// The record after the next event, whose state is the one that follows.
fn next(before: &ItemRecord, effect: Effect) -> Result<ItemRecord, ApplyError> {
    let mut event = event(before.count + 1, effect);
    event.state = state_after(Some(before), &event);
    let after = apply(&network(), Some(before), &event)?;
    // Whatever happened, the chain goes on and what was registered is somewhere.
    assert_eq!((after.count, after.head), (event.n, head_after(&before.head, &event.hash())));
    assert_eq!(accounted(&after), after.registered.amount(), "{event:?}");
    let fixed = |r: &ItemRecord| (r.class, r.code.clone(), r.registrant, r.registered, r.previous, r.private);
    assert_eq!(fixed(&after), fixed(before));
    Ok(after)
}

fn amounts(r: &ItemRecord) -> [u64; 6] {
    [r.on_hand, r.used, r.derived, r.wasted, r.lost, r.disposed].map(|quantity| quantity.amount())
}
fn accounted(record: &ItemRecord) -> u64 {
    amounts(record).iter().sum()
}

fn with_offer(state: Lifecycle) -> ItemRecord {
    ItemRecord { offer: Some(offer()), ..lot(state) }
}
fn without_waste(state: Lifecycle) -> ItemRecord {
    let (wasted, used) = (quantity("0 H87"), quantity("350 H87"));
    ItemRecord { wasted, used, ..lot(state) }
}
fn in_unit(state: Lifecycle) -> ItemRecord {
    ItemRecord { container: Some(packed()), ..lot(state) }
}
fn a_unit(inside: Inside) -> ItemRecord {
    ItemRecord { inside: Some(inside), ..lot(Lifecycle::Stored) }
}
fn with_hold() -> ItemRecord {
    let hold = Hold { by: vec![org(7)], placed: 4, reason: text("recall") };
    ItemRecord { holds: vec![hold], ..lot(Lifecycle::Stored) }
}

// ------------------------------------------------------------------------------------------------------------ states

/// Each effect, on which record, and the state that follows.
#[test]
fn effects_lead_to_their_states() {
    use Lifecycle::*;
    let terms = terms(None).hash();
    let declared = |exempt| Effect::Declared { exempt, research_only: false };
    let stored = |quarantine| Effect::Stored { premises: gln(), quarantine };
    let reason = || text("reason");
    let (assigned, port) = (Effect::Assigned { grant: grant(1) }, text("CNSZX"));
    let ordered = Effect::InspectionOrdered { premises: None };
    let noted = Effect::Noted { note: notes().remove(0), excursion: false };
    let one_held = Inside { held: 1, ..Inside::default() };
    let rows: Vec<(ItemRecord, Effect, Lifecycle)> = vec![
        (lot(Permitted), declared(false), Declared),
        (lot(Permitted), declared(true), DeclarationExempt),
        (lot(AtPort), inspected(InspectionResult::Passed), Inspected),
        (lot(AtPort), inspected(InspectionResult::TestPending), TestPending),
        (lot(AtPort), inspected(InspectionResult::Failed), Failed),
        (lot(AtPort), inspected(InspectionResult::Exempt), InspectionExempt),
        (lot(TestPending), tested(true), Inspected),
        (lot(TestPending), tested(false), Failed),
        (lot(Inspected), Effect::Released { grant: None }, Released),
        (lot(Registered), assigned.clone(), Permitted),
        (lot(Permitted), assigned.clone(), Permitted),
        (lot(Released), assigned.clone(), Permitted),
        (lot(Stored), assigned.clone(), Permitted),
        (lot(InUse), assigned, Permitted),
        (lot(Declared), Effect::Arrived { port }, AtPort),
        (lot(AtPort), ordered, Inspecting),
        (lot(Failed), Effect::Returned { reason: reason() }, Returned),
        (lot(Failed), Effect::Destroyed { reason: reason() }, Destroyed),
        (lot(Released), Effect::Exited { port: text("CNSZX") }, Exited),
        (lot(InTransit), stored(false), Stored),
        (lot(InUse), stored(true), Stored),
        // Hands: with a carrier in transit, abroad once it has left the country, waste to whoever carries it away.
        (lot(Released), moved(1, 2, Receiver::Holder), Stored),
        (lot(InTransit), moved(1, 2, Receiver::Holder), Stored),
        (lot(InUse), moved(1, 2, Receiver::Disposer), Stored),
        (lot(Stored), moved(1, 2, Receiver::Partner), Stored),
        (lot(Stored), moved(1, 2, Receiver::Carrier), InTransit),
        (lot(Exited), moved(1, 2, Receiver::Carrier), Exited),
        (lot(Exited), moved(1, 2, Receiver::Holder), Exited),
        (lot(Exited), moved(1, 2, Receiver::Partner), ReceivedAbroad),
        (lot(Waste), moved(1, 2, Receiver::Carrier), WasteInTransit),
        (lot(WasteInTransit), moved(1, 2, Receiver::Disposer), WasteInTransit),
        (lot(Stored), Effect::Offered { offer: offer() }, Stored),
        (with_offer(InUse), Effect::OfferRefused { terms }, InUse),
        (with_offer(Waste), Effect::OfferWithdrawn { terms }, Waste),
        (lot(Stored), held(&[7]), Stored),
        (with_hold(), lifted(4), Stored),
        // Quantities: the last of it ends the item, unless waste still waits.
        (lot(Stored), used("599 H87"), InUse),
        (lot(Stored), used("600 H87"), Waste),
        (without_waste(Stored), used("600 H87"), Consumed),
        (lot(InUse), wasted("599 H87"), InUse),
        (lot(InUse), wasted("600 H87"), Waste),
        (lot(InTransit), lost("599 H87"), InTransit),
        (lot(InTransit), lost("600 H87"), Waste),
        (lot(InTransit), lost("649 H87"), Waste),
        (lot(InTransit), lost("650 H87"), Lost),
        (without_waste(InTransit), lost("600 H87"), Lost),
        (lot(Stored), derived("599 H87"), Stored),
        (lot(Stored), derived("600 H87"), Waste),
        (without_waste(Stored), derived("600 H87"), Derived),
        (lot(Waste), disposed("50 H87"), Waste),
        (lot(Stored), disposed("649 H87"), Stored),
        (lot(Stored), disposed("650 H87"), Disposed),
        (lot(Stored), corrected(Bucket::Used, "1 H87"), Stored),
        (lot(InUse), corrected(Bucket::Used, "1 H87"), InUse),
        (lot(Waste), corrected(Bucket::Wasted, "1 H87"), Stored),
        (lot(Consumed), corrected(Bucket::Used, "1 H87"), Stored),
        (lot(Lost), corrected(Bucket::Lost, "1 H87"), Stored),
        (lot(ReceivedAbroad), reported("100 H87", "0 H87", false), ReceivedAbroad),
        (lot(ReceivedAbroad), reported("600 H87", "0 H87", true), FinalUseReported),
        (lot(InTransit), noted, InTransit),
        // Units: an item comes out where the unit stands.
        (lot(Exited), Effect::Packed { into: packed() }, Exited),
        (in_unit(Exited), unpacked(), Stored),
        (a_unit(Inside::default()), filled(true, inside()), Stored),
        (a_unit(inside()), filled(false, one_held), Stored),
        // Passage: nothing happens to it here any more.
        (lot(InTransit), Effect::Departed { to: other_network() }, Departed),
    ];
    let mut seen: BTreeSet<&str> = rows.iter().map(|(_, effect, _)| effect.name()).collect();
    for (before, effect, state) in rows {
        let label = format!("{:?} {effect:?}", before.state);
        let after = next(&before, effect).unwrap_or_else(|error| panic!("{label}: {error}"));
        assert_eq!(after.state, state, "{label}");
    }
    seen.extend(["registered", "landed"]);
    let all: BTreeSet<&str> = effects().iter().map(|(effect, _)| effect.name()).collect();
    assert_eq!(seen, all, "an effect has no row");
}

/// Where an item begins: as the genesis has it, as a unit, as made of others, or as known to the ledger.
#[test]
fn registrations_begin_a_record() {
    let first = |effect: Effect, cause: Cause| {
        let mut event = Event { cause, ..event(1, effect) };
        event.state = state_after(None, &event);
        let record = apply(&network(), None, &event).unwrap();
        assert_eq!(record.head, head_after(&head_zero(&network(), &item(1)), &event.hash()));
        assert_eq!((record.count, accounted(&record)), (1, record.registered.amount()));
        assert_eq!((record.registrant, record.custodian), (org(1), org(1)));
        let start = CustodyPoint::start(&item(1));
        assert_eq!((record.custody_seq, record.trail), (start.seq, start.trail));
        assert!(record.holds.is_empty() && record.container.is_none() && record.offer.is_none());
        record
    };
    let by_tx = || Cause::Tx { id: tx_id(1), index: 0 };
    for (code, amount) in [(0, "1000 H87"), (1, "1 H87"), (2, "12.5 MLT")] {
        let record = first(registered(code, amount), by_tx());
        assert_eq!((record.state, record.inside), (Lifecycle::Registered, None), "{code}");
        assert_eq!(first(registered(code, amount), Cause::Genesis).state, Lifecycle::Released, "{code}");
    }
    let unit = first(registered(3, "1 EA"), by_tx());
    assert_eq!((unit.state, unit.inside), (Lifecycle::Stored, Some(Inside::default())));
    let child = first(born("400 H87"), by_tx());
    assert_eq!((child.state, child.place, child.grant), (Lifecycle::Stored, Some(gln()), Some(grant(1))));
    assert_eq!(child.marks, Marks { hgr: true, research_only: true });

    // What lands is in the state that it left in, and brings its marks, not its permit.
    let record = first(landed(), by_tx());
    assert_eq!(
        (record.state, record.registered, record.previous),
        (Lifecycle::Stored, departed().on_hand, Some(item(9)))
    );
    assert_eq!((record.marks, record.place, record.grant), (departed().marks, None, None));

    // Nothing else begins one, and it begins once.
    for (effect, _) in effects() {
        let is_first = matches!(effect, Effect::Registered { .. } | Effect::Landed { .. });
        let mut event = event(1, effect);
        event.state = state_after(None, &event);
        let found = apply(&network(), None, &event).map(drop);
        assert_eq!(found, if is_first { Ok(()) } else { Err(ApplyError::Effect { n: 1 }) }, "{event:?}");
    }
    for effect in [registered(0, "1000 H87"), landed()] {
        assert_eq!(next(&lot(Lifecycle::Stored), effect), Err(ApplyError::Effect { n: NEXT }));
    }
}

// -------------------------------------------------------------------------------------------------------- quantities

/// On hand, used, derived, wasted, lost, disposed: what each effect moves between them.
#[test]
fn quantities_move_and_add_up() {
    let before = lot(Lifecycle::Stored);
    assert_eq!(amounts(&before), [600, 300, 20, 50, 20, 10]);
    let destroyed = Effect::Destroyed { reason: text("contaminated") };
    let rows: Vec<(Effect, [u64; 6])> = vec![
        (used("100 H87"), [500, 400, 20, 50, 20, 10]),
        (used("600 H87"), [0, 900, 20, 50, 20, 10]),
        (derived("100 H87"), [500, 300, 120, 50, 20, 10]),
        (wasted("100 H87"), [500, 300, 20, 150, 20, 10]),
        // What is on hand is lost before waste is.
        (lost("100 H87"), [500, 300, 20, 50, 120, 10]),
        (lost("600 H87"), [0, 300, 20, 50, 620, 10]),
        (lost("620 H87"), [0, 300, 20, 30, 640, 10]),
        (lost("650 H87"), [0, 300, 20, 0, 670, 10]),
        // Waste is disposed of before what is on hand.
        (disposed("30 H87"), [600, 300, 20, 20, 20, 40]),
        (disposed("50 H87"), [600, 300, 20, 0, 20, 60]),
        (disposed("80 H87"), [570, 300, 20, 0, 20, 90]),
        (disposed("650 H87"), [0, 300, 20, 0, 20, 660]),
        // A correction brings back to what is on hand.
        (corrected(Bucket::Used, "300 H87"), [900, 0, 20, 50, 20, 10]),
        (corrected(Bucket::Wasted, "50 H87"), [650, 300, 20, 0, 20, 10]),
        (corrected(Bucket::Lost, "20 H87"), [620, 300, 20, 50, 0, 10]),
        (corrected(Bucket::Lost, "5 H87"), [605, 300, 20, 50, 15, 10]),
        (reported("100 H87", "50 H87", false), [450, 400, 20, 50, 20, 60]),
        (reported("600 H87", "0 H87", true), [0, 900, 20, 50, 20, 10]),
        // At the border all that is there is destroyed.
        (destroyed, [0, 300, 20, 50, 20, 610]),
    ];
    for (effect, expect) in rows {
        let label = format!("{effect:?}");
        assert_eq!(amounts(&next(&before, effect).unwrap()), expect, "{label}");
    }
    // Nothing else touches them.
    let moves = ["used", "derived", "wasted", "lost", "disposed", "corrected", "reported", "destroyed"];
    let moves_or_begins = |name: &str| moves.contains(&name) || name == "registered" || name == "landed";
    for (effect, _) in effects().into_iter().filter(|(effect, _)| !moves_or_begins(effect.name())) {
        let before = fit_for(&effect);
        assert_eq!(amounts(&next(&before, effect).unwrap()), amounts(&before));
    }
}

#[test]
fn quantities_that_are_not_there_are_refused() {
    let before = lot(Lifecycle::Stored);
    let rows: Vec<Effect> = vec![
        used("601 H87"),
        derived("601 H87"),
        wasted("601 H87"),
        lost("651 H87"),
        disposed("651 H87"),
        corrected(Bucket::Used, "301 H87"),
        corrected(Bucket::Wasted, "51 H87"),
        corrected(Bucket::Lost, "21 H87"),
        reported("601 H87", "0 H87", false),
        reported("500 H87", "101 H87", false),
        // Of another unit.
        used("1 MLT"),
        derived("1 MLT"),
        wasted("1 MLT"),
        lost("1 MLT"),
        lost("0.001 MLT"),
        disposed("1 MLT"),
        disposed("0.001 MLT"),
        corrected(Bucket::Used, "1 MLT"),
        reported("1 MLT", "0 MLT", false),
        reported("1 H87", "1 MLT", false),
    ];
    for effect in rows {
        let label = format!("{effect:?}");
        assert_eq!(next(&before, effect), Err(ApplyError::Quantity { n: NEXT }), "{label}");
    }
}

/// Any run of acts keeps the balance; `next` looks at it after each.
#[test]
fn a_whole_life_adds_up() {
    for (life, item, effects) in lives() {
        let mut record = None;
        for (n, effect) in (1u64..).zip(effects) {
            let mut event = Event { item, ..event(n, effect) };
            event.state = state_after(record.as_ref(), &event);
            let after = apply(&network(), record.as_ref(), &event).unwrap_or_else(|e| panic!("{life} {n}: {e}"));
            assert_eq!(accounted(&after), after.registered.amount(), "{life} {n}");
            record = Some(after);
        }
        assert!(record.unwrap().state.is_ended(), "{life}");
    }
}

// ------------------------------------------------------------------------------------------------- points of custody

/// A record on which an effect of the samples follows.
fn fit_for(effect: &Effect) -> ItemRecord {
    match effect {
        Effect::OfferRefused { .. } | Effect::OfferWithdrawn { .. } => with_offer(Lifecycle::Stored),
        Effect::HoldLifted { .. } => with_hold(),
        Effect::Unpacked { .. } => in_unit(Lifecycle::Stored),
        Effect::Filled { .. } => a_unit(inside()),
        _ => lot(Lifecycle::Stored),
    }
}

/// What changes custody, quantity or identity goes to the next point and voids a pending offer; nothing else does. So a
/// hold does not void what was signed ahead.
#[test]
fn what_changes_custody_or_quantity_goes_to_the_next_point() {
    let advancing = [
        "moved",
        "used",
        "disposed",
        "wasted",
        "lost",
        "corrected",
        "derived",
        "reported",
        "packed",
        "unpacked",
        "destroyed",
        "departed",
    ];
    for (effect, _) in effects() {
        let goes_on = match &effect {
            Effect::Registered { .. } | Effect::Landed { .. } => continue,
            // Other contents are another thing to take over; a hold on them is not.
            Effect::Filled { more: _, by } => by.items > 0,
            other => advancing.contains(&other.name()),
        };
        let label = format!("{effect:?}");
        let keeps_offer =
            !matches!(effect, Effect::Offered { .. } | Effect::OfferRefused { .. } | Effect::OfferWithdrawn { .. });
        let before = ItemRecord { offer: Some(offer()), ..fit_for(&effect) };
        let here = CustodyPoint { seq: before.custody_seq, trail: before.trail };
        let after = next(&before, effect.clone()).unwrap_or_else(|error| panic!("{label}: {error}"));
        let found = CustodyPoint { seq: after.custody_seq, trail: after.trail };
        assert_eq!(found, if goes_on { here.after(&tx_id(1)) } else { here }, "{label}");
        if keeps_offer {
            assert_eq!(after.offer.is_none(), goes_on, "{label}");
        }
        // Points depend on transactions alone: what has none cannot go on.
        let mut of_genesis = Event { cause: Cause::Genesis, ..event(NEXT, effect) };
        of_genesis.state = state_after(Some(&before), &of_genesis);
        let found = apply(&network(), Some(&before), &of_genesis).map(drop);
        assert_eq!(found, if goes_on { Err(ApplyError::Effect { n: NEXT }) } else { Ok(()) }, "{label}");
    }
}

#[test]
fn a_handover_of_a_unit_goes_on_and_a_hold_inside_does_not() {
    let seq = |record: &ItemRecord| record.custody_seq;
    let unit = a_unit(inside());
    let handed = next(&unit, moved(1, 2, Receiver::Carrier)).unwrap();
    assert_eq!((seq(&handed), handed.custodian), (seq(&unit) + 1, org(2)));
    assert_eq!(handed.inside, unit.inside);
    let one = Inside { held: 1, ..Inside::default() };
    let blocked = next(&unit, filled(true, one)).unwrap();
    assert_eq!((seq(&blocked), blocked.inside.unwrap().held), (seq(&unit), 2));
    assert_eq!(seq(&next(&blocked, filled(false, one)).unwrap()), seq(&unit));
    // A hold on the unit itself neither.
    assert_eq!(seq(&next(&unit, held(&[7])).unwrap()), seq(&unit));
}

// ------------------------------------------------------------------------------------------------------------- hands

#[test]
fn custody_goes_from_the_custodian_to_another() {
    let before = ItemRecord { quarantined: true, place: Some(gln()), ..lot(Lifecycle::Stored) };
    let after = next(&before, moved(1, 2, Receiver::Holder)).unwrap();
    assert_eq!((after.custodian, after.place, after.quarantined), (org(2), Some(gln()), false));
    let carried = next(&before, moved(1, 2, Receiver::Carrier)).unwrap();
    assert_eq!(carried.place, None);
    let unfit = Err(ApplyError::Effect { n: NEXT });
    assert_eq!(next(&before, moved(2, 3, Receiver::Holder)), unfit);
    assert_eq!(next(&before, moved(1, 1, Receiver::Holder)), unfit);
}

/// A record that grew without bound would let a small file fill the memory of whoever replays it.
#[test]
fn holds_are_few_and_each_names_who_placed_it() {
    let held = |by: Vec<OrgId>| Effect::HoldPlaced { by, reason: text("recall") };
    let unfit = Err(ApplyError::Effect { n: NEXT });
    let hold = Hold { by: vec![org(7)], placed: 4, reason: text("recall") };
    let holding = |count: usize| ItemRecord { holds: vec![hold.clone(); count], ..lot(Lifecycle::Stored) };
    assert!(next(&holding(MAX_HOLDS - 1), held(vec![org(7)])).is_ok());
    assert_eq!(next(&holding(MAX_HOLDS), held(vec![org(7)])), unfit);
    let mut many: Vec<OrgId> = (1..=9).map(org).collect();
    many.sort();
    assert!(next(&holding(0), held(many[..MAX_SIGNERS].to_vec())).is_ok());
    for by in [vec![], vec![many[1], many[0]], vec![many[0], many[0]], many] {
        assert_eq!(next(&holding(0), held(by.clone())), unfit);
        assert_eq!(next(&with_hold(), Effect::HoldLifted { by, placed: 4 }), unfit);
    }
}

#[test]
fn offers_are_answered_by_their_terms() {
    let terms = terms(None).hash();
    let offered = next(&lot(Lifecycle::Stored), Effect::Offered { offer: offer() }).unwrap();
    assert_eq!(offered.offer, Some(offer()));
    // Another offer stands in its place.
    let other = PendingOffer { terms: hash(1), ..offer() };
    assert_eq!(next(&offered, Effect::Offered { offer: other.clone() }).unwrap().offer, Some(other));
    for answer in [Effect::OfferRefused { terms }, Effect::OfferWithdrawn { terms }] {
        assert_eq!(next(&offered, answer.clone()).unwrap().offer, None);
        assert_eq!(next(&lot(Lifecycle::Stored), answer), Err(ApplyError::Effect { n: NEXT }));
    }
    for answer in [Effect::OfferRefused { terms: hash(1) }, Effect::OfferWithdrawn { terms: hash(1) }] {
        assert_eq!(next(&offered, answer), Err(ApplyError::Effect { n: NEXT + 1 }));
    }
}

#[test]
fn holds_are_kept_by_the_event_that_placed_them() {
    let before = lot(Lifecycle::Stored);
    let one = next(&before, held(&[7])).unwrap();
    let two = next(&one, held(&[9, 7])).unwrap();
    let placed: Vec<(usize, u64)> = two.holds.iter().map(|hold| (hold.by.len(), hold.placed)).collect();
    assert_eq!(placed, [(1, NEXT), (2, NEXT + 1)]);
    assert!(two.holds[1].by.windows(2).all(|pair| pair[0] < pair[1]), "agencies stand in order");
    let left = next(&two, lifted(NEXT)).unwrap();
    assert_eq!(left.holds, two.holds[1..]);
    assert_eq!(next(&left, lifted(NEXT)), Err(ApplyError::Effect { n: NEXT + 3 }));
}

/// What an effect writes beside state and quantities.
#[test]
fn effects_write_what_they_say() {
    let before = ItemRecord { place: Some(gln()), ..lot(Lifecycle::Released) };
    let after = |effect| next(&before, effect).unwrap();
    let declared = |research_only| after(Effect::Declared { exempt: false, research_only });
    assert!(declared(true).marks.research_only && !declared(false).marks.research_only);
    // A mark sticks.
    let marked = next(&declared(true), Effect::Declared { exempt: false, research_only: false }).unwrap();
    assert!(marked.marks.research_only);
    assert_eq!(after(Effect::Assigned { grant: grant(3) }).grant, Some(grant(3)));
    assert_eq!(after(Effect::InspectionOrdered { premises: None }).place, None);
    assert_eq!(after(Effect::InspectionOrdered { premises: Some(gln()) }).place, Some(gln()));
    let stored = after(Effect::Stored { premises: gln(), quarantine: true });
    assert_eq!((stored.place, stored.quarantined), (Some(gln()), true));
    let out = next(&stored, Effect::Stored { premises: gln(), quarantine: false }).unwrap();
    assert!(!out.quarantined);
    assert_eq!(after(Effect::Exited { port: text("CNSZX") }).place, None);
    assert_eq!(after(Effect::Departed { to: other_network() }).place, None);
    assert_eq!(after(Effect::Returned { reason: text("") }).place, None);
    let noted = |excursion| after(Effect::Noted { note: notes().remove(1), excursion }).excursions;
    assert_eq!((noted(true), noted(false)), (1, 0));
}

// ------------------------------------------------------------------------------------------------------------- units

#[test]
fn items_go_into_one_unit_and_come_out_of_it() {
    let unfit = |n| Err(ApplyError::Effect { n });
    let before = lot(Lifecycle::Exited);
    let into = Effect::Packed { into: packed() };
    let inside = next(&before, into.clone()).unwrap();
    assert_eq!((inside.container, inside.custodian), (Some(packed()), org(1)));
    assert_eq!(next(&inside, into), unfit(NEXT + 1));
    // It comes out with who holds the unit, where the unit stands.
    let out = next(&inside, unpacked()).unwrap();
    assert_eq!((out.container, out.custodian, out.place), (None, org(2), Some(gln())));
    assert_eq!(out.state, Lifecycle::Stored);
    assert_eq!(next(&out, unpacked()), unfit(NEXT + 2));
    let mut of_another = inside.clone();
    of_another.container = Some(ledger::record::Packed { unit: item(21), level: 2 });
    assert_eq!(next(&of_another, unpacked()), unfit(NEXT + 1));
}

/// What goes in and what comes out is counted exactly, and less than nothing is refused.
#[test]
fn units_count_exactly() {
    let unit = a_unit(Inside::default());
    let more = Inside { items: 2, depth: 2, held: 1, research_only: 1, hgr: 2, levels: [1, 0, 0, 1, 0] };
    let full = next(&unit, filled(true, inside())).unwrap();
    assert_eq!(full.inside, Some(inside()));
    let fuller = next(&full, filled(true, more)).unwrap();
    let both = Inside { items: 5, depth: 2, held: 2, research_only: 3, hgr: 3, levels: [2, 0, 2, 1, 0] };
    assert_eq!(fuller.inside, Some(both));
    assert_eq!(both.level(), 3);
    let back = next(&fuller, filled(false, more)).unwrap();
    assert_eq!(back.inside, Some(Inside { depth: 2, ..inside() }), "how deep it was is told until it is empty");
    let empty = next(&back, filled(false, inside())).unwrap();
    assert_eq!(empty.inside, Some(Inside::default()));

    let beyond: [fn(&mut Inside); 9] = [
        |by| by.items += 1,
        |by| by.held += 1,
        |by| by.research_only += 1,
        |by| by.hgr += 1,
        |by| by.levels[0] += 1,
        |by| by.levels[1] += 1,
        |by| by.levels[2] += 1,
        |by| by.levels[3] += 1,
        |by| by.levels[4] += 1,
    ];
    for (number, change) in beyond.into_iter().enumerate() {
        let mut less = inside();
        change(&mut less);
        assert_eq!(inside().minus(&less), None, "{number}");
        assert_eq!(next(&full, filled(false, less)), Err(ApplyError::Effect { n: NEXT + 1 }), "{number}");
        // Nor more than can be counted.
        let mut most = Inside::default();
        change(&mut most);
        let full = Inside { items: u32::MAX, held: u32::MAX, research_only: u32::MAX, hgr: u32::MAX, ..inside() };
        let full = Inside { levels: [u32::MAX; 5], ..full };
        assert_eq!(full.plus(&most), None, "{number}");
    }
    // What is no unit holds nothing.
    let none = next(&lot(Lifecycle::Stored), filled(true, inside()));
    assert_eq!(none, Err(ApplyError::Effect { n: NEXT }));
}

/// What an item weighs in a unit, itself and all that it holds.
#[test]
fn what_goes_in_weighs_what_comes_out() {
    let marks = Marks { hgr: true, research_only: true };
    let plain = lot(Lifecycle::Stored).weight(2);
    assert_eq!(plain, Inside { items: 1, levels: [0, 0, 1, 0, 0], ..Inside::default() });
    let marked = ItemRecord { marks, holds: with_hold().holds, ..lot(Lifecycle::Stored) }.weight(0);
    let expect = Inside { items: 1, depth: 0, held: 1, research_only: 1, hgr: 1, levels: [1, 0, 0, 0, 0] };
    assert_eq!(marked, expect);
    // A unit, with what it holds, is a level deeper.
    let unit = a_unit(inside()).weight(inside().level());
    let expect = Inside { items: 4, depth: 2, held: 1, research_only: 2, hgr: 1, levels: [1, 0, 3, 0, 0] };
    assert_eq!(unit, expect);
    assert_eq!(a_unit(Inside::default()).weight(0).depth, 1);
    for weight in [plain, marked, unit] {
        let filled = inside().plus(&weight).unwrap();
        let left = filled.minus(&weight).unwrap();
        assert_eq!(Inside { depth: inside().depth, ..left }, inside());
    }
    // A level that does not exist is counted nowhere.
    assert_eq!(lot(Lifecycle::Stored).weight(5).levels, [0; 5]);
    assert_eq!(Inside::default().level(), 0);
}

// ----------------------------------------------------------------------------------------------------------- the chain

#[test]
fn events_follow_one_another() {
    let before = lot(Lifecycle::Stored);
    let used = || used("1 H87");
    for n in [0, 1, 300, 302, u64::MAX] {
        let found = apply(&network(), Some(&before), &event(n, used()));
        assert_eq!(found, Err(ApplyError::Order { expected: NEXT, found: n }));
    }
    assert_eq!(
        apply(&network(), None, &event(2, registered(0, "1 H87"))),
        Err(ApplyError::Order { expected: 1, found: 2 })
    );
    // The stated state is the one that follows, and no other.
    for state in Lifecycle::ALL {
        let stated = Event { state, ..event(NEXT, used()) };
        let found = apply(&network(), Some(&before), &stated).map(drop);
        let expect = if state == Lifecycle::InUse { Ok(()) } else { Err(ApplyError::State { n: NEXT }) };
        assert_eq!(found, expect, "{state:?}");
    }
    let link = Link { item: item(5), count: 1, head: hash(1) };
    for (links, expect) in [(MAX_LINKS, Ok(())), (MAX_LINKS + 1, Err(ApplyError::Effect { n: NEXT }))] {
        let state = Lifecycle::InUse;
        let linked = Event { state, links: vec![link.clone(); links], ..event(NEXT, used()) };
        assert_eq!(apply(&network(), Some(&before), &linked).map(drop), expect, "{links}");
    }
}
