//! Items made out of items, logistic units, and acts that other records have a say in: what verifies, and what a
//! majority of agencies might certify against the rules.

use crate::world;

use ledger::{
    Act, Cause, Effect, Event, GrantId, Hash, ItemId, KeyRecord, Operation, Role, StateKey, StateRead,
    event::{Link, Receiver},
    operation::{DeriveKind, EntryBody, Note, Purpose, Registration, Usage},
    policy::{ActRow, Rule, SignerNeed, Who},
    record::Marks,
};
use proof::{Options, Standing, Verdict, verify};
use world::{
    World,
    stories::{
        Story, accept, consume, declare, derive, handover, hold, inspect, lift, lot, offer, pack, register, relative,
        released, story, unit, unpack,
    },
    text,
};

const SSCCS: [&str; 2] = ["340123450000000000", "340123450000000017"];

/// The verdict on what `tell` does.
fn judged(tell: impl FnOnce(&mut World) -> ItemId) -> Verdict {
    let mut world = World::new(false, 0);
    let item = tell(&mut world);
    world.block(5_000);
    verify(&world.export(&item).to_json(), Some(&world.trust), Options::default())
}

pub(crate) fn valid(what: &str, tell: impl FnOnce(&mut World) -> ItemId) -> Verdict {
    let verdict = judged(tell);
    assert_eq!(verdict.verdict, Standing::Valid, "{what}: {:?}", verdict.failure);
    verdict
}

/// Certifies what `tell` does and expects this code, at this event.
pub(crate) fn check(what: &str, code: &str, event: u64, tell: impl FnOnce(&mut World) -> ItemId) {
    let verdict = judged(tell);
    let failure = verdict.failure.unwrap_or_else(|| panic!("{what}: found {:?}", verdict.verdict));
    assert_eq!((verdict.verdict, failure.code), (Standing::Invalid, code), "{what}: {}", failure.message);
    assert_eq!(failure.event, Some(event), "{what}: {}", failure.message);
}

fn noticed(verdict: &Verdict, id: &str) -> Option<String> {
    verdict.notices.iter().find(|notice| notice.id == id).map(|notice| notice.message.clone())
}

/// Twists the events whose effect is of this kind, from now on.
pub(crate) fn twist(w: &mut World, kind: &'static str, twist: impl Fn(&mut Event) + 'static) {
    w.twist_event = Box::new(move |event| {
        if event.effect.name() == kind {
            twist(event);
        }
    });
}

/// A lot of 10 LTR, and its two parts.
fn parts(w: &mut World) -> (ItemId, Vec<ItemId>) {
    let item = released(w, "X", "10 LTR");
    let into = vec![lot(w, "X", "4 LTR"), lot(w, "X", "6 LTR")];
    let parts = derive(w, DeriveKind::Split, &[(item, "10 LTR")], into, "importer");
    (item, parts)
}

/// A link to a lot as it was before its last event.
fn early(w: &mut World) -> Link {
    let registration = lot(w, "EARLY", "5 LTR");
    let item = register(w, registration);
    let link = w.link(&item);
    declare(w, &[item], None);
    link
}

/// A lot, some of which went into a product.
fn used_up_in_part(w: &mut World) -> ItemId {
    let item = released(w, "X", "10 LTR");
    let into = vec![lot(w, "PRODUCT", "12 H87"), lot(w, "BY-PRODUCT", "1 KGM")];
    derive(w, DeriveKind::Manufacture, &[(item, "3 LTR")], into, "importer");
    item
}

/// Two lots on a pallet: five events of each lot, two of the pallet.
fn loaded(w: &mut World) -> ([ItemId; 2], ItemId) {
    let lots = [released(w, "X", "5 LTR"), released(w, "Y", "5 LTR")];
    let pallet = unit(w, SSCCS[0]);
    pack(w, pallet, &lots, "importer");
    (lots, pallet)
}

/// A lot in a box on a pallet.
fn nested(w: &mut World) -> [ItemId; 3] {
    let item = released(w, "X", "5 LTR");
    let [inner, outer] = SSCCS.map(|sscc| unit(w, sscc));
    pack(w, inner, &[item], "importer");
    pack(w, outer, &[inner], "importer");
    [item, inner, outer]
}

/// Whatever the border declares is for research only, as if the R&D white list had cleared it.
fn cleared_by_the_white_list(w: &mut World) {
    twist(w, "declared", |event| event.effect = Effect::Declared { exempt: false, research_only: true });
}

#[test]
fn both_items_of_a_story_have_their_bundle() {
    let told = story("split");
    let parent = relative(&told);
    let Story { world, item, .. } = told;
    let child = world.export(&item);
    assert_eq!(child.readable.events[0].links[0].0, parent.0);
    let verdict = verify(&child.to_json(), Some(&world.trust), Options::default());
    assert!(noticed(&verdict, "derived").unwrap().starts_with("made out of 1 other item"));
    assert!(noticed(&verdict, "code-shared").unwrap().starts_with("3 registrations"));

    let bundle = world.export(&parent);
    let (last, readable) = (bundle.readable.events.last().unwrap(), &bundle.readable);
    assert_eq!((last.kind.as_str(), last.quantity.as_deref(), last.links.len()), ("derived", Some("10 LTR"), 2));
    assert_eq!((readable.state.as_str(), readable.derived.as_str()), ("derived", "10 LTR"));
    assert!(bundle.events.last().unwrap().tx.as_ref().unwrap().entry.is_none());
    let verdict = verify(&bundle.to_json(), Some(&world.trust), Options::default());
    assert_eq!((verdict.verdict, noticed(&verdict, "derived")), (Standing::Valid, None), "{:?}", verdict.failure);

    let told = story("pallet");
    let lot = relative(&told);
    let Story { world, item, .. } = told;
    let pallet = world.export(&item);
    assert_eq!(pallet.readable.inside.as_ref().unwrap().items, 1);
    assert_eq!(pallet.readable.item, "https://id.gs1.org/00/340123450000000000");
    let bundle = world.export(&lot);
    assert_eq!(bundle.readable.unit.as_ref().unwrap().0, item.0);
    let verdict = verify(&bundle.to_json(), Some(&world.trust), Options::default());
    assert_eq!(verdict.verdict, Standing::Valid, "{:?}", verdict.failure);
    // The record of the lot names the importer still, but the pallet is the hospital's.
    assert_eq!(world.record(&lot).custodian, world.org("importer"));
    assert_eq!(bundle.readable.custodian, "Delta Hospital");
    assert_eq!(verdict.custodian, Some(world.org("hospital").to_string()));
    assert_eq!(verdict.custodian_name.as_deref(), Some("Delta Hospital"));
    assert!(noticed(&verdict, "packed-in").unwrap().contains(&item.to_string()));
}

#[test]
fn derivations_that_hold() {
    let verdict = valid("a product of several lots", |w| {
        let lots = [released(w, "A", "5 LTR"), released(w, "B", "2 LTR")];
        let into = vec![lot(w, "PRODUCT", "12 H87"), lot(w, "BY-PRODUCT", "1 KGM")];
        let from = [(lots[0], "1 LTR"), (lots[1], "2 LTR")];
        let made = derive(w, DeriveKind::Manufacture, &from, into, "importer");
        consume(w, made[1], "importer", "1 KGM");
        made[1]
    });
    assert!(noticed(&verdict, "derived").unwrap().starts_with("made out of 2 other items"));
    valid("what a product leaves of a lot", |w| {
        let item = used_up_in_part(w);
        consume(w, item, "importer", "7 LTR");
        item
    });
    valid("the second of the lots that were merged", |w| {
        let lots = [released(w, "A", "5 LTR"), released(w, "A", "2 LTR")];
        let into = vec![lot(w, "A", "7 LTR")];
        derive(w, DeriveKind::Merge, &[(lots[0], "5 LTR"), (lots[1], "2 LTR")], into, "importer");
        lots[1]
    });
    let verdict = valid("what sticks to a parent sticks to its child", |w| {
        cleared_by_the_white_list(w);
        let item = released(w, "A", "5 LTR");
        let into = vec![lot(w, "A", "5 LTR")];
        derive(w, DeriveKind::Split, &[(item, "5 LTR")], into, "importer")[0]
    });
    assert!(noticed(&verdict, "research-only").is_some());
}

#[test]
fn children_that_nobody_signed() {
    let child = |what: &str, code: &str, forge: fn(&mut Event)| {
        check(what, code, 1, |w| {
            twist(w, "registered", move |event| {
                if let Effect::Registered { origin: Some(_), .. } = &event.effect {
                    forge(event);
                }
            });
            parts(w).1[1]
        });
    };
    child("more than was signed", "H9091", |event| {
        if let Effect::Registered { quantity, .. } = &mut event.effect {
            *quantity = "7 LTR".parse().unwrap();
        }
    });
    child("made in another way", "H9091", |event| {
        if let Effect::Registered { origin, .. } = &mut event.effect {
            *origin = Some(DeriveKind::Merge);
        }
    });
    child("for something else", "H9091", |event| {
        if let Effect::Registered { purpose, .. } = &mut event.effect {
            *purpose = Purpose::Sale;
        }
    });
    child("without its parent", "H9067", |event| event.links.clear());
    child("with a parent that has no event", "H9067", |event| event.links[0].count = 0);
    let of_another = |what: &str, code: &str, forge: fn(&mut Event, Link)| {
        check(what, code, 1, |w| {
            let link = early(w);
            twist(w, "registered", move |event| {
                if let Effect::Registered { origin: Some(_), .. } = &event.effect {
                    forge(event, link.clone());
                }
            });
            parts(w).1[1]
        });
    };
    of_another("with another parent", "H9069", |event, link| event.links[0] = link);
    of_another("with a parent more", "H9069", |event, link| event.links.push(link));
    child("under another index", "H9086", |event| {
        if let Cause::Tx { index, .. } = &mut event.cause {
            *index = 0;
        }
    });
    check("for somebody else", "H9091", 1, |w| {
        let lab = w.org("lab");
        twist(w, "registered", move |event| {
            if let Effect::Registered { custodian, origin: Some(_), .. } = &mut event.effect {
                *custodian = lab;
            }
        });
        parts(w).1[1]
    });
    check("without the mark of its class", "H9091", 1, |w| {
        twist(w, "registered", |event| {
            if let Effect::Registered { marks, origin: Some(_), .. } = &mut event.effect {
                *marks = Marks::default();
            }
        });
        let item = released(w, "X", "5 LTR");
        let registration = Registration {
            class: w.class("blood"),
            code: "hufu:isbt128/%3DA9999%2018".parse().unwrap(),
            ..lot(w, "X", "450 MLT")
        };
        derive(w, DeriveKind::Manufacture, &[(item, "5 LTR")], vec![registration], "importer")[0]
    });
    check("for sale, out of what is for research only", "H9090", 1, |w| {
        cleared_by_the_white_list(w);
        let item = released(w, "X", "5 LTR");
        let registration = Registration { purpose: Purpose::Sale, ..lot(w, "X", "5 LTR") };
        derive(w, DeriveKind::Split, &[(item, "5 LTR")], vec![registration], "importer")[0]
    });
    check("out of more than 32", "H9085", 1, |w| {
        let bodies = (0..33).map(|n| EntryBody::Registration(lot(w, &format!("S-{n}"), "1 LTR"))).collect();
        let tx = w.act_list(bodies, |list| Operation::Register { list }, &[("importer", Role::Declarant)]);
        let from: Vec<(ItemId, &str)> = (0..33).map(|n| (ItemId::of(&w.network, &tx, n), "1 LTR")).collect();
        let into = vec![lot(w, "PRODUCT", "1 H87")];
        derive(w, DeriveKind::Manufacture, &from, into, "importer")[0]
    });
}

#[test]
fn parents_that_nobody_signed() {
    let parent = |what: &str, code: &str, forge: fn(&mut Event)| {
        check(what, code, 5, |w| {
            twist(w, "derived", forge);
            used_up_in_part(w)
        });
    };
    parent("another child", "H9067", |event| event.links[1].item = ItemId::default());
    parent("a child less", "H9067", |event| {
        event.links.pop();
    });
    parent("children in another order", "H9067", |event| event.links.reverse());
    parent("a child that was there before", "H9067", |event| event.links[0].count = 2);
    parent("no child", "H9067", |event| event.links.clear());
    parent("under another index", "H9085", |event| {
        if let Cause::Tx { index, .. } = &mut event.cause {
            *index = 1;
        }
    });
    parent("more than was signed", "H9091", |event| {
        if let Effect::Derived { quantity, .. } = &mut event.effect {
            *quantity = "4 LTR".parse().unwrap();
        }
    });
    parent("in another way", "H9091", |event| {
        if let Effect::Derived { kind, .. } = &mut event.effect {
            *kind = DeriveKind::Split;
        }
    });
    check("of what did not go into it", "H9086", 5, |w| {
        let other = released(w, "Y", "3 LTR");
        let item = used_up_in_part(w);
        let event = w.events[&item].last().unwrap().clone();
        w.write_linked(other, event.cause, event.effect, Some(Act::Derive), event.links);
        other
    });
    check("held", "H9090", 6, |w| {
        let item = released(w, "X", "5 LTR");
        hold(w, item, "customs");
        let into = vec![lot(w, "X", "5 LTR")];
        derive(w, DeriveKind::Split, &[(item, "5 LTR")], into, "importer");
        item
    });
    check("by somebody else", "H9090", 5, |w| {
        let item = released(w, "X", "5 LTR");
        let into = vec![lot(w, "X", "5 LTR")];
        derive(w, DeriveKind::Split, &[(item, "5 LTR")], into, "hospital");
        item
    });
}

#[test]
fn units_within_units_hold() {
    for which in 0..3 {
        let mut world = World::new(false, 0);
        let items = nested(&mut world);
        hold(&mut world, items[0], "customs");
        world.block(5_000);
        let bundle = world.export(&items[which]);
        let verdict = verify(&bundle.to_json(), Some(&world.trust), Options::default());
        assert_eq!(verdict.verdict, Standing::Valid, "{which}: {:?}", verdict.failure);
        let inside = bundle.readable.inside.as_ref().map(|i| (i.items, i.depth, i.held));
        assert_eq!(inside, [None, Some((1, 0, 1)), Some((2, 1, 1))][which]);
        assert_eq!(noticed(&verdict, "packed-in").is_some(), which < 2);
        if which > 0 {
            // The unit further out is linked to the one inside it, not to the lot.
            assert_eq!(bundle.readable.events.last().unwrap().links[0].0, items[which - 1].0);
        }
    }
    for which in 0..3 {
        valid("lifted again, and taken apart from without", |w| {
            let items = nested(w);
            hold(w, items[0], "customs");
            lift(w, items[0], "customs");
            unpack(w, items[2], &[items[1]], "importer");
            unpack(w, items[1], &[items[0]], "importer");
            items[which]
        });
    }
}

#[test]
fn units_against_the_rules() {
    check("handed over while something inside is held", "H9090", 4, |w| {
        let (lots, pallet) = loaded(w);
        hold(w, lots[0], "customs");
        handover(w, pallet, "importer", "carrier");
        pallet
    });
    check("used while it is packed", "H9090", 6, |w| {
        let (lots, _) = loaded(w);
        consume(w, lots[0], "importer", "1 LTR");
        lots[0]
    });
    check("unpacked by who does not hold the unit", "H9090", 3, |w| {
        let (lots, pallet) = loaded(w);
        unpack(w, pallet, &lots, "hospital");
        pallet
    });
    check("unpacked from a box that is on a pallet", "H9090", 4, |w| {
        let [item, inner, _] = nested(w);
        unpack(w, inner, &[item], "importer");
        inner
    });
    check("another point of custody", "H9090", 3, |w| {
        let (_, pallet) = loaded(w);
        let at = ledger::CustodyPoint::start(&pallet);
        let more = released(w, "Z", "5 LTR");
        let body = vec![EntryBody::Item(more)];
        w.act_list(body, |list| Operation::Pack { unit: pallet, at, list }, &[("importer", Role::Custodian)]);
        pallet
    });
}

#[test]
fn what_was_packed_is_what_was_signed() {
    let item = |what: &str, code: &str, forge: fn(&mut Event)| {
        check(what, code, 5, |w| {
            twist(w, "packed", forge);
            loaded(w).0[0]
        });
    };
    item("linked to no unit", "H9067", |event| event.links.clear());
    check("into another unit", "H9091", 5, |w| {
        let other = unit(w, SSCCS[1]);
        twist(w, "packed", move |event| {
            if let Effect::Packed { into } = &mut event.effect {
                into.unit = other;
            }
        });
        loaded(w).0[0]
    });
    check("linked to another unit", "H9069", 5, |w| {
        let (other, early) = (unit(w, SSCCS[1]), released(w, "Z", "5 LTR"));
        let link = w.link(&other);
        pack(w, other, &[early], "importer");
        twist(w, "packed", move |event| event.links[0] = link.clone());
        loaded(w).0[0]
    });
    let pallet = |what: &str, code: &str, forge: fn(&mut Event)| {
        check(what, code, 2, |w| {
            twist(w, "filled", forge);
            loaded(w).1
        });
    };
    pallet("a link less", "H9067", |event| {
        event.links.pop();
    });
    pallet("one thing twice", "H9067", |event| event.links[1] = event.links[0].clone());
    pallet("itself", "H9067", |event| event.links[1].item = event.item);
    pallet("under another index", "H9085", |event| {
        if let Cause::Tx { index, .. } = &mut event.cause {
            *index = 1;
        }
    });
    pallet("weighing nothing", "H9091", |event| {
        if let Effect::Filled { by, .. } = &mut event.effect {
            by.items = 0;
        }
    });
    check("unpacked for somebody else", "H9091", 6, |w| {
        let (lots, pallet) = loaded(w);
        let lab = w.org("lab");
        twist(w, "unpacked", move |event| {
            if let Effect::Unpacked { custodian, .. } = &mut event.effect {
                *custodian = lab;
            }
        });
        unpack(w, pallet, &lots, "importer");
        lots[0]
    });
    let told = |what: &str, code: &str, forge: fn(&mut Event)| {
        check(what, code, 4, |w| {
            let (lots, pallet) = loaded(w);
            hold(w, lots[0], "customs");
            twist(w, "filled", forge);
            lift(w, lots[0], "customs");
            pallet
        });
    };
    told("a hold that is lifted counts once more", "H9091", |event| {
        if let Effect::Filled { more, .. } = &mut event.effect {
            *more = true;
        }
    });
    told("a hold that is lifted takes an item with it", "H9091", |event| {
        if let Effect::Filled { by, .. } = &mut event.effect {
            by.items = 1;
        }
    });
    told("a hold on nothing", "H9067", |event| event.links.clear());
    told("a hold on itself", "H9067", |event| event.links[0].item = event.item);
}

/// Several agencies may sign together.
fn joint(w: &mut World) {
    let rows = w.pack.acts.iter_mut().filter(|row| [Act::PlaceHold, Act::LiftHold].contains(&row.act));
    rows.flat_map(|row| row.any.iter_mut().flatten()).for_each(|need| need.many = true);
    let pack = w.pack.clone();
    w.put(|s| s.put(StateKey::Pack(pack.hash()), &pack));
}

#[test]
fn holds_of_several_agencies() {
    let ordered = |w: &mut World| {
        let item = released(w, "X", "5 LTR");
        joint(w);
        let operation = Operation::PlaceHold { item, reason: text("joint order") };
        w.act(operation, &[("health", Role::Officer), ("customs", Role::Officer)]);
        item
    };
    valid("a joint order", ordered);
    valid("lifted by others, whose quorum consensus counted", |w| {
        let item = ordered(w);
        let operation = Operation::LiftHold { item, placed: 5 };
        w.act(operation, &[("st", Role::Officer), ("env", Role::Officer)]);
        item
    });
    check("lifted by one of those who placed it", "H9090", 6, |w| {
        let item = ordered(w);
        lift(w, item, "health");
        item
    });
    check("one agency twice", "H9089", 6, |w| {
        let item = ordered(w);
        let health = w.org("health");
        w.new_key("env", 72, &[Role::Officer]);
        let key = StateKey::Key(w.people["env"].key);
        let record: KeyRecord = w.state.record(&key).unwrap().unwrap();
        w.put(|s| s.put(key, &KeyRecord { org: health, ..record }));
        w.twist_body = Box::new(move |body| body.signers[1].org = health);
        let operation = Operation::LiftHold { item, placed: 5 };
        w.act(operation, &[("health", Role::Officer), ("env", Role::Officer)]);
        item
    });
}

/// Customs leaves, at this moment.
fn customs_leaves(w: &mut World) {
    let org = w.org("customs");
    let record = ledger::OrgRecord { left: Some(w.now), ..w.org_record(&org) };
    w.put(|s| s.put(StateKey::Org(org), &record));
}

#[test]
fn agencies_that_left_and_keys_that_wait() {
    valid("it left later", |w| {
        let item = released(w, "X", "5 LTR");
        w.block(60_000);
        customs_leaves(w);
        item
    });
    valid("it left in the very block", |w| {
        let item = released(w, "X", "5 LTR");
        customs_leaves(w);
        item
    });
    check("it had left", "H9088", 3, |w| {
        let registration = lot(w, "X", "5 LTR");
        let item = register(w, registration);
        declare(w, &[item], None);
        customs_leaves(w);
        inspect(w, &[item], ledger::operation::InspectionResult::Passed);
        item
    });
    let waiting = |w: &mut World, ms: u64| {
        let item = released(w, "X", "5 LTR");
        w.new_key("st", 70, &[Role::Officer]);
        let key = StateKey::Key(w.people["st"].key);
        let record: KeyRecord = w.state.record(&key).unwrap().unwrap();
        let waits = Some(w.now.time.plus_ms(3_600_000));
        w.put(|s| s.put(key, &KeyRecord { waits, ..record }));
        w.block(ms);
        hold(w, item, "st");
        item
    };
    let verdict = valid("it waited", |w| waiting(w, 3_600_000));
    assert!(noticed(&verdict, "recovered-key").is_some());
    check("it did not wait", "H9088", 5, |w| waiting(w, 1_000));
}

fn waste(w: &mut World, item: ItemId, quantity: &str) {
    let (at, quantity) = (w.point(&item), quantity.parse().unwrap());
    w.act(Operation::Waste { item, at, quantity, private: None }, &[("importer", Role::Custodian)]);
}

/// Six events: it is received by the laboratory abroad.
fn abroad(w: &mut World) -> ItemId {
    let item = released(w, "X", "5 LTR");
    let operation = |list| Operation::Exit { list, port: text("CNSZX") };
    w.act_list(vec![EntryBody::Item(item)], operation, &[("customs", Role::Officer)]);
    handover(w, item, "importer", "lab");
    item
}

/// What a receiver is, its own record says; for what it receives, the terms.
#[test]
fn receivers_and_purposes() {
    valid("waste offered to a carrier", |w| {
        let item = released(w, "X", "5 LTR");
        waste(w, item, "5 LTR");
        let terms = offer(w, item, "importer", "carrier");
        accept(w, item, terms, "carrier");
        item
    });
    check("waste offered to a hospital", "H9090", 6, |w| {
        let item = released(w, "X", "5 LTR");
        waste(w, item, "5 LTR");
        offer(w, item, "importer", "hospital");
        item
    });
    valid("received abroad", abroad);
    check("a receiver that is something else", "H9091", 5, |w| {
        let item = released(w, "X", "5 LTR");
        twist(w, "moved", |event| {
            if let Effect::Moved { receiver, .. } = &mut event.effect {
                *receiver = Receiver::Disposer;
            }
        });
        handover(w, item, "importer", "hospital");
        item
    });
    check("sold, though for research only", "H9090", 5, |w| {
        cleared_by_the_white_list(w);
        let item = released(w, "X", "5 LTR");
        let mut terms = w.terms(&item, "importer", "hospital");
        terms.purpose = Purpose::Sale;
        w.act(Operation::Handover { terms }, &[("importer", Role::Custodian), ("hospital", Role::Receiver)]);
        item
    });
    let note = |w: &mut World, who: &str| {
        let item = released(w, "X", "5 LTR");
        let operation = |list| Operation::Note { list, note: Note::Document { root: Hash([1; 32]) } };
        w.act_list(vec![EntryBody::Item(item)], operation, &[(who, Role::Custodian)]);
        item
    };
    valid("a note of the custodian", |w| note(w, "importer"));
    check("a note of somebody else", "H9090", 5, |w| note(w, "hospital"));
    // A pack may let an agency note what it found on goods that it does not hold.
    valid("a note of an agency", |w| {
        let row = w.pack.acts.iter_mut().find(|row| row.act == Act::Note).unwrap();
        row.any.push(vec![SignerNeed { role: Role::Countersigner, who: Who::AnyAgency, many: false }]);
        let pack = w.pack.clone();
        w.put(|s| s.put(StateKey::Pack(pack.hash()), &pack));
        let item = released(w, "X", "5 LTR");
        let operation = |list| Operation::Note { list, note: Note::Document { root: Hash([1; 32]) } };
        w.act_list(vec![EntryBody::Item(item)], operation, &[("env", Role::Countersigner)]);
        item
    });
}

/// What the laboratory reports of an item of 5 LTR with the importer, under a pack that knows reports.
fn reported(w: &mut World, who: &str, used: &str, left: &str) -> ItemId {
    let item = abroad(w);
    let need = |role, who| SignerNeed { role, who, many: false };
    let both = vec![need(Role::Custodian, Who::Principal), need(Role::Joint, Who::Counterpart)];
    let row = ActRow { act: Act::Report, rule: Rule::NONE, article: Some(text("art. 32")), any: vec![both] };
    w.pack.acts.push(row);
    w.pack.acts.sort_by_key(|row| row.act);
    let pack = w.pack.clone();
    w.put(|s| s.put(StateKey::Pack(pack.hash()), &pack));
    w.new_key("importer", 71, &[Role::Joint]);
    let [used, left, disposed] = [used, left, "0 LTR"].map(|quantity| quantity.parse().unwrap());
    let usage = EntryBody::Usage(Usage { item, used, disposed, left });
    let operation = |list| Operation::Report {
        filing: GrantId::default(),
        year: 2026,
        quarter: 3,
        list,
        last: true,
        private: None,
    };
    w.act_list(vec![usage], operation, &[(who, Role::Custodian), ("importer", Role::Joint)]);
    item
}

#[test]
fn reports_of_a_quarter() {
    valid("all used", |w| reported(w, "lab", "5 LTR", "0 LTR"));
    valid("something left", |w| reported(w, "lab", "3 LTR", "2 LTR"));
    check("figures that do not add up", "H9090", 7, |w| reported(w, "lab", "3 LTR", "1 LTR"));
    check("by who does not hold it", "H9090", 7, |w| reported(w, "hospital", "5 LTR", "0 LTR"));
    check("more than was reported", "H9091", 7, |w| {
        twist(w, "reported", |event| {
            if let Effect::Reported { used, .. } = &mut event.effect {
                *used = "4 LTR".parse().unwrap();
            }
        });
        reported(w, "lab", "3 LTR", "2 LTR")
    });
}
