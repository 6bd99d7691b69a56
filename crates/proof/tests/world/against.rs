//! What all agencies together might certify against the rules, and the file itself shows: a telling for each rule.

use super::{
    World,
    stories::{derive, genesis, lot, released},
};
use ledger::{
    Act, Cause, Effect, Event, GrantId, Hash, ItemId, Operation,
    bounds::MAX_READING_AHEAD_MS,
    event::Link,
    operation::{DeriveKind, Entry, EntryBody, EntryList, Input, Note, Purpose, Registration, Telemetry},
    record::{Marks, Role},
};

/// An item of which one event breaks exactly one rule.
pub(crate) struct Against {
    /// Its vector is `bundle-bad-{name}.json`.
    pub(crate) name: &'static str,
    pub(crate) code: &'static str,
    pub(crate) event: u64,
    pub(crate) tell: fn(&mut World) -> ItemId,
}

pub(crate) const AGAINST: [Against; 17] = [
    Against { name: "genesis", code: "H9065", event: 1, tell: genesis },
    Against {
        name: "input-twice",
        code: "H9085",
        event: 5,
        tell: |w| {
            let item = released(w, "X", "10 LTR");
            let product = lot(w, "PRODUCT", "12 H87");
            parted(w, DeriveKind::Manufacture, &[(item, "3 LTR"), (item, "3 LTR")], product)
        },
    },
    Against { name: "split-of-two", code: "H9085", event: 1, tell: |w| made_of_two(w, DeriveKind::Split, &["7 LTR"]) },
    Against {
        name: "merge-of-one",
        code: "H9085",
        event: 1,
        tell: |w| made(w, DeriveKind::Merge, "10 LTR", |w| lot(w, "X", "10 LTR")),
    },
    Against {
        name: "merge-into-two",
        code: "H9085",
        event: 1,
        tell: |w| made_of_two(w, DeriveKind::Merge, &["3 LTR", "4 LTR"]),
    },
    Against {
        name: "merge-of-a-part",
        code: "H9090",
        event: 5,
        tell: |w| {
            let lots = [released(w, "X", "5 LTR"), released(w, "X", "2 LTR")];
            let whole = vec![lot(w, "X", "6 LTR")];
            derive(w, DeriveKind::Merge, &[(lots[0], "5 LTR"), (lots[1], "1 LTR")], whole, "importer");
            lots[1]
        },
    },
    Against {
        name: "count-in-another-unit",
        code: "H9090",
        event: 5,
        tell: |w| noted(w, |_| Note::SelfCheck { counted: "5 KGM".parse().unwrap(), report: Hash([1; 32]) }),
    },
    Against {
        name: "readings-backwards",
        code: "H9090",
        event: 5,
        tell: |w| noted(w, |block| readings([block, block - 1], [0, 1])),
    },
    Against {
        name: "readings-reversed",
        code: "H9090",
        event: 5,
        tell: |w| noted(w, |block| readings([block - 1, block], [1, 0])),
    },
    Against {
        name: "readings-ahead",
        code: "H9090",
        event: 5,
        tell: |w| noted(w, |block| readings([block, block + MAX_READING_AHEAD_MS + 1], [0, 1])),
    },
    Against {
        name: "part-of-another-class",
        code: "H9070",
        event: 1,
        tell: |w| {
            made(w, DeriveKind::Split, "10 LTR", |w| Registration {
                class: w.class("06901234567892"),
                code: "01/06901234567892/10/X".parse().unwrap(),
                ..lot(w, "X", "10 LTR")
            })
        },
    },
    Against {
        name: "part-under-another-code",
        code: "H9070",
        event: 1,
        tell: |w| made(w, DeriveKind::Split, "10 LTR", |w| lot(w, "Y", "10 LTR")),
    },
    Against {
        name: "merge-of-two-codes",
        code: "H9070",
        event: 1,
        tell: |w| {
            let lots = [released(w, "X", "5 LTR"), released(w, "Y", "2 LTR")];
            let whole = vec![lot(w, "X", "7 LTR")];
            derive(w, DeriveKind::Merge, &[(lots[0], "5 LTR"), (lots[1], "2 LTR")], whole, "importer")[0]
        },
    },
    Against {
        name: "part-without-mark",
        code: "H9070",
        event: 1,
        tell: |w| {
            unmarked(w);
            made(w, DeriveKind::Split, "10 LTR", |w| lot(w, "X", "10 LTR"))
        },
    },
    Against {
        name: "product-without-mark",
        code: "H9070",
        event: 1,
        tell: |w| {
            unmarked(w);
            made(w, DeriveKind::Manufacture, "3 LTR", |w| lot(w, "PRODUCT", "12 H87"))
        },
    },
    Against {
        name: "part-at-another-place",
        code: "H9070",
        event: 1,
        tell: |w| {
            born(w, |event| {
                if let Effect::Registered { place, .. } = &mut event.effect {
                    *place = Some(gs1::Gln::from_u64(9_521_321_000_018).unwrap());
                }
            });
            made(w, DeriveKind::Split, "10 LTR", |w| lot(w, "X", "10 LTR"))
        },
    },
    Against {
        name: "product-under-a-permit",
        code: "H9070",
        event: 1,
        tell: |w| {
            born(w, |event| {
                if let Effect::Registered { grant, .. } = &mut event.effect {
                    *grant = Some(GrantId(Hash([7; 32])));
                }
            });
            made(w, DeriveKind::Manufacture, "3 LTR", |w| lot(w, "PRODUCT", "12 H87"))
        },
    },
];

/// Twists how what is made of others is registered.
fn born(w: &mut World, twist: fn(&mut Event)) {
    w.twist_event = Box::new(move |event| {
        if let Effect::Registered { origin: Some(_), .. } = &event.effect {
            twist(event);
        }
    });
}

/// What is made of goods for research only is not for research only.
fn unmarked(w: &mut World) {
    w.twist_event = Box::new(|event| match &mut event.effect {
        // As if the R&D white list had cleared the parent.
        Effect::Declared { research_only, .. } => *research_only = true,
        Effect::Registered { origin: Some(_), marks, purpose, .. } => {
            (*marks, *purpose) = (Marks::default(), Purpose::Unstated);
        }
        _ => {}
    });
}

/// What becomes of so much of a lot of 10 LTR.
fn made(w: &mut World, kind: DeriveKind, quantity: &str, into: fn(&World) -> Registration) -> ItemId {
    let item = released(w, "X", "10 LTR");
    let into = vec![into(w)];
    derive(w, kind, &[(item, quantity)], into, "importer")[0]
}

/// The first of what becomes of two lots of together 7 LTR.
fn made_of_two(w: &mut World, kind: DeriveKind, into: &[&str]) -> ItemId {
    let lots = [released(w, "X", "5 LTR"), released(w, "X", "2 LTR")];
    let into = into.iter().map(|quantity| lot(w, "X", quantity)).collect();
    derive(w, kind, &[(lots[0], "5 LTR"), (lots[1], "2 LTR")], into, "importer")[0]
}

/// A derivation of which only the event of its first input is written: one that no item could have twice.
fn parted(w: &mut World, kind: DeriveKind, from: &[(ItemId, &str)], into: Registration) -> ItemId {
    w.block(60_000);
    let entry = Entry { salt: w.random(), body: EntryBody::Registration(into) };
    let list = EntryList { count: 1, root: ledger::list::root(&[entry.hash()]) };
    let input = |(item, quantity): &(ItemId, &str)| Input {
        item: *item,
        at: w.point(item),
        quantity: quantity.parse().unwrap(),
    };
    let inputs: Vec<Input> = from.iter().map(input).collect();
    let (item, quantity) = (inputs[0].item, inputs[0].quantity);
    let tx = w.sign(Operation::Derive { kind, inputs, list }, &[("importer", Role::Custodian)], vec![entry]);
    let id = tx.body.id();
    w.txs.insert(id, tx);
    let child = Link { item: ItemId::of(&w.network, &id, 0), count: 1, head: Hash::default() };
    let effect = Effect::Derived { kind, quantity };
    w.write_linked(item, Cause::Tx { id, index: 0 }, effect, Some(Act::Derive), vec![child]);
    item
}

/// A lot of 5 LTR with a note; `note`: of the time of its block.
pub(crate) fn noted(w: &mut World, note: fn(u64) -> Note) -> ItemId {
    let item = released(w, "X", "5 LTR");
    let note = note(w.now.time.plus_ms(60_000).0);
    let operation = |list| Operation::Note { list, note: note.clone() };
    w.act_list(vec![EntryBody::Item(item)], operation, &[("importer", Role::Custodian)]);
    item
}

/// Readings between these times and values.
pub(crate) fn readings([from, to]: [u64; 2], [min, max]: [i32; 2]) -> Note {
    let [from, to] = [from, to].map(ledger::Timestamp);
    Note::Telemetry { kind: Telemetry::Temperature, root: Hash([2; 32]), count: 2, from, to, min, max }
}
