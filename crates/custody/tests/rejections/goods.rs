//! Refusals of acts on goods that custody alone knows: derivations, corrections, logistic units.

use super::*;
use ledger::{
    operation::{Bucket, DeriveKind, Note},
    record::Inside,
};

/// A released lot of firm A in a logistic unit of it.
fn packed(w: &mut World) -> (ItemId, ItemId) {
    let item = w.released();
    let unit = w.unit(A, 1);
    w.accepted(w.pack_tx(A, unit, &[item]));
    (item, unit)
}

pub(super) const ROWS: &[Row] = &[
    ("BalanceDiffers", |w| {
        let item = w.released();
        let tx = w.derive_tx(A, DeriveKind::Split, &[(item, pieces(10))], w.parts(item, &[4, 5]));
        (tx, Rejection::BalanceDiffers { inputs: 10, outputs: 9 })
    }),
    ("ParentsDiffer", |w| {
        let first = w.released();
        let item = w.registered(lot("L2"), pieces(5));
        w.bring(item, A, Lifecycle::Released);
        let inputs = [(first, pieces(100)), (item, pieces(5))];
        let tx = w.derive_tx(A, DeriveKind::Merge, &inputs, w.parts(first, &[105]));
        (tx, Rejection::ParentsDiffer { item })
    }),
    ("CorrectionExceeds", |w| {
        let item = w.released();
        let tx = w.correct_tx(item, 1, Bucket::Lost, pieces(1), A);
        (tx, Rejection::CorrectionExceeds { item, booked: 0, asked: 1 })
    }),
    ("EventUnknown", |w| {
        let item = w.released();
        let count = w.item(item).count;
        let tx = w.correct_tx(item, count + 1, Bucket::Lost, pieces(1), A);
        (tx, Rejection::EventUnknown { item, event: count + 1, count })
    }),
    ("ReadingsAhead", |w| {
        let item = w.released();
        let latest = w.next().time.plus_ms(ledger::bounds::MAX_READING_AHEAD_MS);
        let Note::Telemetry { kind, root, count, from, to: _, min, max } = w.readings(2, 8) else { panic!("readings") };
        let note = Note::Telemetry { kind, root, count, from, to: latest.plus_ms(1), min, max };
        (w.note_tx(A, &[item], note), Rejection::ReadingsAhead { latest })
    }),
    ("ReceiverUnfit", |w| {
        let item = w.lot_in(Lifecycle::Waste);
        (w.handover(item, A, B), Rejection::ReceiverUnfit { item })
    }),
    ("Packed", |w| {
        let (item, unit) = packed(w);
        (w.use_tx(item, pieces(1), A), Rejection::Packed { item, unit })
    }),
    ("NotPacked", |w| {
        let (_, unit) = packed(w);
        let item = w.registered(lot("L2"), pieces(5));
        (w.unpack_tx(A, unit, &[item]), Rejection::NotPacked { item })
    }),
    ("UnitFull", |w| {
        let (_, unit) = packed(w);
        w.alter(unit, |record| {
            record.inside = Some(Inside { items: ledger::bounds::MAX_IN_UNIT, ..Inside::default() });
        });
        let item = w.registered(lot("L2"), pieces(5));
        w.bring(item, A, Lifecycle::Released);
        (w.pack_tx(A, unit, &[item]), Rejection::UnitFull { unit })
    }),
    ("UnitTooDeep", |w| {
        // Four boxes in each other, and another one around them.
        let (_, first) = packed(w);
        let mut inner = first;
        for number in 2..=4 {
            let outer = w.unit(A, number);
            w.accepted(w.pack_tx(A, outer, &[inner]));
            inner = outer;
        }
        let unit = w.unit(A, 5);
        (w.pack_tx(A, unit, &[inner]), Rejection::UnitTooDeep { unit })
    }),
    ("UnitNotEmpty", |w| {
        let (_, unit) = packed(w);
        (w.dispose_tx(unit, pieces(1), A, ENVIRONMENT), Rejection::UnitNotEmpty { unit })
    }),
    ("UnitBlocked", |w| {
        let (item, unit) = packed(w);
        w.accepted(w.hold_tx(item, HEALTH));
        (w.handover(unit, A, CARRIER), Rejection::UnitBlocked { unit, held: 1 })
    }),
    ("NotUnit", |w| {
        let item = w.unit(A, 1);
        (w.use_tx(item, pieces(1), A), Rejection::NotUnit { item })
    }),
];
