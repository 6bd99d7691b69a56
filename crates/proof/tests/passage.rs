//! Items that departed and landed: what verifies, and what a majority of agencies might certify against the rules.

use crate::{
    related::{check, twist, valid},
    world::{
        World,
        stories::{consume, depart, elsewhere, handover, hold, land, lot, passage, released},
    },
};

use ledger::{
    Effect, ItemId, ItemRecord, Lifecycle, NetworkId, Operation, StateKey, codec,
    passage::Passage,
    record::{ClassRecord, Role},
};

const HOSPITAL: (&str, Role) = ("hospital", Role::Custodian);

/// A lot of the hospital elsewhere, before it departs to here.
fn leaving() -> (World, ItemId) {
    let mut there = elsewhere();
    let item = released(&mut there, "X", "5 LTR");
    handover(&mut there, item, "importer", "hospital");
    (there, item)
}

/// The proof that it has departed to `to`, once `change` has changed what stands there.
fn proof_that(to: NetworkId, change: impl FnOnce(&mut World, ItemId)) -> Passage {
    let (mut there, item) = leaving();
    depart(&mut there, item, "hospital", to);
    change(&mut there, item);
    there.block(5_000);
    passage(&there, item)
}

fn nothing(_: &mut World, _: ItemId) {}

/// The record as it is there, changed.
fn alter(there: &mut World, item: ItemId, change: impl FnOnce(&mut ItemRecord)) {
    let mut record = there.record(&item);
    change(&mut record);
    there.put(|writes| writes.put(StateKey::Item(item), &record));
}

#[test]
fn landings() {
    for signer in [HOSPITAL, ("health", Role::Officer)] {
        let verdict = valid("an honest one", |w| {
            let passage = proof_that(w.network, nothing);
            land(w, passage, signer)
        });
        assert_eq!((verdict.events, verdict.on_hand.as_deref()), (1, Some("5 LTR")));
    }
    // Who landed it, and what it proves.
    check("by who did not hold it", "H9090", 1, |w| {
        let passage = proof_that(w.network, nothing);
        land(w, passage, ("importer", Role::Custodian))
    });
    check("to another network", "H9090", 1, |w| {
        let passage = proof_that(elsewhere().network, nothing);
        land(w, passage, HOSPITAL)
    });
    check("of an item that is still there", "H9090", 1, |w| {
        let passage = proof_that(w.network, |there, item| {
            alter(there, item, |record| record.state = Lifecycle::Stored);
        });
        land(w, passage, HOSPITAL)
    });
    check("with more than there was", "H9090", 1, |w| {
        let mut passage = proof_that(w.network, nothing);
        let mut record: ItemRecord = codec::decode(&passage.record, 1 << 20).unwrap();
        record.on_hand = "6 LTR".parse().unwrap();
        passage.record = codec::encode(&record);
        land(w, passage, HOSPITAL)
    });
    check("under the certificate of another block", "H9090", 1, |w| {
        let mut passage = proof_that(w.network, nothing);
        passage.certificate = proof_that(w.network, |there, _| there.block(1)).certificate;
        land(w, passage, HOSPITAL)
    });
}

/// The event says what the passage proves, and nothing else.
#[test]
fn landings_told_otherwise() {
    type Change = fn(&mut Effect);
    let changes: [(&str, Change); 4] = [
        ("quantity", |effect| {
            let Effect::Landed { quantity, .. } = effect else { return };
            *quantity = "6 LTR".parse().unwrap();
        }),
        ("from", |effect| {
            let Effect::Landed { from, .. } = effect else { return };
            *from = NetworkId::default();
        }),
        ("count", |effect| {
            let Effect::Landed { count, .. } = effect else { return };
            *count += 1;
        }),
        ("item", |effect| {
            let Effect::Landed { item, .. } = effect else { return };
            *item = ItemId::default();
        }),
    ];
    for (what, change) in changes {
        check(what, "H9091", 1, |w| {
            twist(w, "landed", move |event| change(&mut event.effect));
            let passage = proof_that(w.network, nothing);
            land(w, passage, HOSPITAL)
        });
    }
}

/// The class is what it is here, and sticks to what lands.
#[test]
fn a_class_is_what_it_is_here() {
    let lands = |w: &mut World| {
        let class = lot(w, "X", "5 LTR").class;
        let record = ClassRecord { hgr: true, ..w.class_record(&class) };
        w.put(|writes| writes.put(StateKey::Class(class), &record));
        let passage = proof_that(w.network, nothing);
        land(w, passage, HOSPITAL)
    };
    valid("a human genetic resource here", lands);
    check("told to be none", "H9091", 1, |w| {
        twist(w, "landed", |event| {
            let Effect::Landed { marks, .. } = &mut event.effect else { return };
            marks.hgr = false;
        });
        lands(w)
    });
}

#[test]
fn departures() {
    let depart_as = |who: &'static str| {
        move |w: &mut World| {
            let item = released(w, "X", "5 LTR");
            let to = elsewhere().network;
            let at = w.point(&item);
            w.act(Operation::Depart { item, at, to }, &[(who, Role::Custodian)]);
            item
        }
    };
    valid("by its holder", depart_as("importer"));
    check("by who does not hold it", "H9090", 5, depart_as("hospital"));
    check("of what is in use", "H9090", 6, |w| {
        let item = released(w, "X", "5 LTR");
        consume(w, item, "importer", "1 LTR");
        depart(w, item, "importer", elsewhere().network);
        item
    });
    check("of what is held", "H9090", 6, |w| {
        let item = released(w, "X", "5 LTR");
        hold(w, item, "health");
        depart(w, item, "importer", elsewhere().network);
        item
    });
    // What it says when it is over.
    check("another act behind it", "H9090", 6, |w| {
        let item = depart_as("importer")(w);
        w.act(Operation::PlaceHold { item, reason: crate::world::text("too late") }, &[("health", Role::Officer)]);
        item
    });
    check("to another network than was signed", "H9091", 5, |w| {
        twist(w, "departed", |event| event.effect = Effect::Departed { to: NetworkId::default() });
        depart_as("importer")(w)
    });
}

/// What lands is what the ledger would have written for it, whatever became of it.
#[test]
fn what_landed_lives_on() {
    let verdict = valid("handed on", |w| {
        let passage = proof_that(w.network, nothing);
        let item = land(w, passage, HOSPITAL);
        handover(w, item, "hospital", "lab");
        depart(w, item, "lab", elsewhere().network);
        item
    });
    assert_eq!((verdict.events, verdict.state), (3, Some("departed")));
}
