//! Histories of other items in a bundle: what is missing, too many, or lies is found, wherever it stands.

use crate::world;

use ledger::{
    ClassId, Effect, Event, ItemId, ItemRecord, KeyId, KeyRecord, OrgId, OrgRecord, PolicyPack, StateKey,
    bounds::MAX_DEPTH, codec, operation::DeriveKind, record::ClassRecord, state::code_hash,
};
use proof::{Blob, Bundle, Digest, Failure, Options, Related, Standing, Verdict, verify};
use world::{
    World,
    stories::{Story, consume, derive, handover, hold, lot, pack, released, story, unit, unpack},
};

/// A world, an item of it, and what a bundle of it tells: of how many others, each with what it is to the item.
type Told = (&'static str, World, ItemId, Vec<&'static str>);

/// A part of a part of a lot.
fn grandchild() -> (World, ItemId) {
    let mut w = World::new(false, 0);
    let item = released(&mut w, "X", "10 LTR");
    let parts = vec![lot(&w, "X", "4 LTR"), lot(&w, "X", "6 LTR")];
    let parts = derive(&mut w, DeriveKind::Split, &[(item, "10 LTR")], parts, "importer");
    handover(&mut w, parts[0], "importer", "hospital");
    let part = vec![lot(&w, "X", "3 LTR")];
    let part = derive(&mut w, DeriveKind::Split, &[(parts[0], "3 LTR")], part, "hospital");
    // What happens to a parent afterwards is there as hashes only.
    consume(&mut w, parts[0], "hospital", "1 LTR");
    w.block(5_000);
    (w, part[0])
}

fn told() -> Vec<Told> {
    let of = |name: &'static str, ties: &[&'static str]| {
        let Story { name, world, item } = story(name);
        (name, world, item, ties.to_vec())
    };
    let (world, item) = grandchild();
    let mut all = vec![
        of("split", &["origin"]),
        of("merge", &["origin", "origin"]),
        of("packed", &["unit", "unit", "unit"]),
        of("children", &["child", "child"]),
        of("harbour", &[]),
        of("parent", &[]),
        ("grandchild", world, item, vec!["origin", "origin"]),
    ];
    // Of the two lots of the pallet, the first came off it and the second is on it.
    for (position, name) in ["off the pallet", "on the pallet"].into_iter().enumerate() {
        let Story { world, item, .. } = story("pallet");
        let packed = world.events[&item].iter().find(|event| !event.links.is_empty()).unwrap();
        let lot = packed.links[position].item;
        all.push((name, world, lot, vec!["unit"]));
    }
    all
}

fn judged(world: &World, bundle: &Bundle) -> Verdict {
    verify(&bundle.to_json(), Some(&world.trust), Options::default())
}

/// The code, the event and the item at fault.
fn fault(verdict: Verdict) -> (&'static str, Option<u64>, Option<String>) {
    assert_eq!(verdict.verdict, Standing::Invalid);
    let Failure { code, event, item, message: _ } = verdict.failure.unwrap();
    (code, event, item)
}

/// The bundle with the proof of exactly the records that it has.
fn proved(world: &World, mut bundle: Bundle) -> Bundle {
    let record: ItemRecord = codec::decode(&bundle.item, 1 << 20).unwrap();
    let mut keys = vec![StateKey::Item(ItemId(bundle.item_id.0)), StateKey::Code(code_hash(&record.code))];
    keys.extend(bundle.related.iter().map(|related| StateKey::Item(ItemId(related.item_id.0))));
    keys.extend(bundle.classes.iter().map(|bytes| {
        let class: ClassRecord = codec::decode(bytes, 1 << 20).unwrap();
        StateKey::Class(ClassId::of(&class.code))
    }));
    keys.extend(bundle.packs.iter().map(|bytes| {
        let pack: PolicyPack = codec::decode(bytes, 1 << 20).unwrap();
        StateKey::Pack(pack.hash())
    }));
    keys.extend(bundle.keys.iter().map(|bytes| {
        let key: KeyRecord = codec::decode(bytes, 1 << 20).unwrap();
        StateKey::Key(KeyId::of_ed25519(&key.key))
    }));
    keys.extend(bundle.orgs.iter().map(|bytes| {
        let org: OrgRecord = codec::decode(bytes, 1 << 20).unwrap();
        StateKey::Org(OrgId::of(&org.profile.identifier))
    }));
    bundle.proof = world.snapshot().prove_all(&keys);
    bundle
}

/// The history of an item as a related one, open to its end.
fn whole(world: &World, item: &ItemId) -> Related {
    let Bundle { item_id, item, events, .. } = world.export(item);
    Related { item_id, item, events, later: Blob::default() }
}

#[test]
fn a_bundle_tells_what_the_item_rests_on() {
    for (name, world, item, ties) in told() {
        let bundle = world.export(&item);
        let verdict = judged(&world, &bundle);
        assert_eq!(verdict.verdict, Standing::Valid, "{name}: {:?}", verdict.failure);
        let mut found: Vec<&str> = verdict.related.iter().map(|other| other.r#as).collect();
        found.sort();
        assert_eq!(found, ties, "{name}");
        for ((told, read), file) in
            verdict.related.iter().zip(bundle.readable.related.iter()).zip(bundle.related.iter())
        {
            let id = ItemId(file.item_id.0);
            let record = world.record(&id);
            assert_eq!((told.item_id.as_str(), told.count), (id.to_string().as_str(), record.count), "{name}");
            assert_eq!((told.state, told.held), (record.state.name(), !record.holds.is_empty()));
            assert_eq!((read.item_id, read.r#as.as_str(), read.state.as_str()), (file.item_id, told.r#as, told.state));
            let open = file.events.len() as u64;
            assert_eq!((told.events, read.events.len() as u64), (open, open));
            assert_eq!(open + file.later.len() as u64 / 32, record.count, "{name}");
            assert_eq!(read.custodian, told.custodian_name);
        }
        let events = bundle.events.len() + bundle.related.iter().map(|other| other.events.len()).sum::<usize>();
        println!("{name:<16} {events:>3} events, {:>6} bytes", bundle.to_json().len());
    }
}

#[test]
fn the_outermost_unit_tells_who_holds_what_is_in_it() {
    let Story { world, item, .. } = story("packed");
    let bundle = world.export(&item);
    let verdict = judged(&world, &bundle);
    assert_eq!(world.record(&item).custodian, world.org("importer"));
    assert_eq!(verdict.custodian, Some(world.org("carrier").to_string()));
    assert_eq!(bundle.readable.custodian, "Cold Chain Carriers");
    let notices: Vec<&str> = verdict.notices.iter().map(|notice| notice.id).collect();
    assert_eq!(notices, ["packed-in", "unit-held", "unit-offered", "covers", "covers-not"]);
    // The box that the lot came out of is empty and still with the importer.
    let mut holders: Vec<Option<String>> = verdict.related.into_iter().map(|other| other.custodian_name).collect();
    holders.sort();
    assert_eq!(
        holders.iter().flatten().collect::<Vec<_>>(),
        ["Cold Chain Carriers", "Cold Chain Carriers", "Harbour Bio Ltd"]
    );
}

#[test]
fn nothing_can_be_left_out() {
    for (name, world, item, _) in told() {
        let honest = world.export(&item);
        for (position, other) in honest.related.iter().enumerate() {
            let id = Some(other.item_id.0.to_string());
            let context = format!("{name}: {position}");
            let mut bundle = honest.clone();
            bundle.related.0.remove(position);
            assert_eq!(fault(judged(&world, &bundle)), ("H9060", Some(1), id.clone()), "{context}");
            assert_eq!(fault(judged(&world, &proved(&world, bundle))), ("H9060", Some(1), id.clone()), "{context}");
            let (open, later) = (other.events.len(), other.later.len() / 32);
            let count = (open + later) as u64;
            for n in 0..open {
                let mut bundle = honest.clone();
                bundle.related.0[position].events.0.remove(n);
                // Of the last of several, all that can be told is that there are too few.
                let missing = if n + 1 == open && open > 1 { count } else { n as u64 + 1 };
                assert_eq!(fault(judged(&world, &bundle)), ("H9060", Some(missing), id.clone()), "{context} {n}");
            }
            for hash in 0..later {
                let mut bundle = honest.clone();
                bundle.related.0[position].later.0.drain(32 * hash..32 * hash + 32);
                assert_eq!(fault(judged(&world, &bundle)), ("H9060", Some(count), id.clone()), "{context} {hash}");
                let mut bundle = honest.clone();
                bundle.related.0[position].later.0[32 * hash] ^= 1;
                assert_eq!(fault(judged(&world, &bundle)), ("H9064", None, id.clone()), "{context} {hash}");
            }
        }
    }
}

/// The last open event of a history made into the hash of a later one: the file is consistent, and says too little.
#[test]
fn nothing_can_be_closed() {
    for (name, world, item, _) in told() {
        let honest = world.export(&item);
        for (position, other) in honest.related.iter().enumerate() {
            let mut bundle = honest.clone();
            let related = &mut bundle.related.0[position];
            let closed = related.events.0.pop().unwrap();
            let event: Event = codec::decode(&closed.event, 1 << 20).unwrap();
            drop(related.later.0.splice(0..0, event.hash().0));
            let found = fault(judged(&world, &bundle));
            let id = Some(other.item_id.0.to_string());
            assert_eq!(found, ("H9060", Some(event.n), id), "{name}: {position}");
        }
    }
}

#[test]
fn nothing_can_be_added() {
    for (name, mut world, item, _) in told() {
        let stranger = released(&mut world, "STRANGER", "5 LTR");
        let honest = world.export(&item);
        let other = whole(&world, &stranger);
        let mut bundle = honest.clone();
        let place = bundle.related.0.partition_point(|related| related.item_id < other.item_id);
        bundle.related.0.insert(place, other);
        let id = Some(stranger.to_string());
        assert_eq!(fault(judged(&world, &proved(&world, bundle))), ("H9008", None, id), "{name}");
        // The next event of a history opened, though nothing asks for it.
        for (position, related) in honest.related.iter().enumerate() {
            if related.later.is_empty() {
                continue;
            }
            let open = related.events.len();
            let next = whole(&world, &ItemId(related.item_id.0)).events.0.swap_remove(open);
            let mut bundle = honest.clone();
            let opened = &mut bundle.related.0[position];
            opened.events.0.push(next);
            opened.later.0.drain(..32);
            let found = fault(judged(&world, &bundle));
            assert_eq!(found, ("H9061", Some(open as u64 + 1), Some(related.item_id.0.to_string())), "{name}");
        }
    }
}

#[test]
fn the_main_item_is_not_related_to_itself() {
    let Story { world, item, .. } = story("harbour");
    let mut bundle = world.export(&item);
    bundle.related.0.push(whole(&world, &item));
    assert_eq!(fault(judged(&world, &bundle)).0, "H9040");
}

#[test]
fn children_are_there_as_the_bundle_says() {
    let Story { mut world, item, .. } = story("children");
    let with = world.export(&item);
    world.children = false;
    let without = world.export(&item);
    assert_eq!(judged(&world, &without).verdict, Standing::Valid);
    let (mut one, mut other) = (with.clone(), without.clone());
    (one.children, other.children) = (false, true);
    let first = with.related[0].item_id.0.to_string();
    assert_eq!(fault(judged(&world, &one)), ("H9008", None, Some(first)));
    let derived = world.events[&item].last().unwrap();
    let born = derived.links[0].item.to_string();
    assert_eq!(fault(judged(&world, &other)), ("H9060", Some(1), Some(born)));
}

/// A parent of which something is left.
fn part_of(w: &mut World) -> (ItemId, ItemId) {
    let item = released(w, "X", "10 LTR");
    let part = vec![lot(w, "X", "4 LTR")];
    let part = derive(w, DeriveKind::Split, &[(item, "4 LTR")], part, "importer");
    (item, part[0])
}

#[test]
fn a_hold_on_a_parent_is_told_whenever_it_was_placed() {
    let mut w = World::new(false, 0);
    let (item, part) = part_of(&mut w);
    let before = w.export(&part);
    assert!(judged(&w, &before).notices.iter().all(|notice| notice.id != "origin-held"));
    hold(&mut w, item, "health");
    w.block(5_000);
    let after = w.export(&part);
    let verdict = judged(&w, &after);
    assert_eq!(verdict.verdict, Standing::Valid, "{:?}", verdict.failure);
    let notice = verdict.notices.iter().find(|notice| notice.id == "origin-held").unwrap();
    assert!(notice.message.ends_with("since its event 6: recall 8"), "{}", notice.message);
    let told = &verdict.related[0];
    assert_eq!((told.held, told.events, told.count), (true, 5, 6));
    assert_eq!(after.readable.related[0].holds.len(), 1);
    // The record of an older state, in which nothing was held, is not of this one, with or without its own proof.
    let mut older = after.clone();
    older.related = before.related.clone();
    assert_eq!(fault(judged(&w, &older)).0, "H9040");
    older.proof = before.proof.clone();
    assert_eq!(fault(judged(&w, &older)).0, "H9040");
    // Nor can the hold be taken out of the part for people.
    let mut hidden = after;
    hidden.readable.related.0[0].holds.0.clear();
    assert_eq!(fault(judged(&w, &hidden)).0, "H9110");
}

/// Certifies what `tell` does and expects this code, at this event of the item or of the one that it names.
fn check(what: &str, code: &str, event: Option<u64>, tell: impl FnOnce(&mut World) -> (ItemId, Option<ItemId>)) {
    let mut world = World::new(false, 0);
    let (item, at_fault) = tell(&mut world);
    world.block(5_000);
    let found = fault(judged(&world, &world.export(&item)));
    assert_eq!(found, (code, event, at_fault.map(|item| item.to_string())), "{what}");
}

/// Twists the events whose effect is of this kind, from now on.
fn twist(w: &mut World, kind: &'static str, twist: impl Fn(&mut Event) + 'static) {
    w.twist_event = Box::new(move |event| {
        if event.effect.name() == kind {
            twist(event);
        }
    });
}

#[test]
fn links_that_lie() {
    let lie = |event: &mut Event| {
        if let Some(link) = event.links.first_mut() {
            link.head.0[0] ^= 1;
        }
    };
    check("the head of a parent", "H9069", Some(1), |w| {
        twist(w, "registered", lie);
        (part_of(w).1, None)
    });
    check("the head of a grandparent", "H9069", Some(1), |w| {
        twist(w, "registered", lie);
        let (_, part) = part_of(w);
        w.twist_event = Box::new(|_| {});
        let of_part = vec![lot(w, "X", "4 LTR")];
        (derive(w, DeriveKind::Split, &[(part, "4 LTR")], of_part, "importer")[0], Some(part))
    });
    check("the head of a child", "H9069", Some(5), |w| {
        w.children = true;
        twist(w, "derived", lie);
        (part_of(w).0, None)
    });
    check("a child that was there before", "H9069", Some(5), |w| {
        w.children = true;
        twist(w, "derived", |event| event.links[0].count = 2);
        (part_of(w).0, None)
    });
    check("the head of a unit", "H9069", Some(5), |w| {
        twist(w, "packed", lie);
        let item = released(w, "X", "5 LTR");
        let pallet = unit(w, "340123450000000000");
        pack(w, pallet, &[item], "importer");
        (item, None)
    });
}

#[test]
fn what_was_made_is_what_went_in() {
    let split = |w: &mut World, quantities: &[&str]| {
        let item = released(w, "X", "10 LTR");
        let parts = quantities.iter().map(|quantity| lot(w, "X", quantity)).collect();
        (item, derive(w, DeriveKind::Split, &[(item, "10 LTR")], parts, "importer"))
    };
    check("more children than went in", "H9070", Some(5), |w| {
        w.children = true;
        (split(w, &["4 LTR", "7 LTR"]).0, None)
    });
    check("fewer children than went in", "H9070", Some(5), |w| {
        w.children = true;
        (split(w, &["4 LTR", "5 LTR"]).0, None)
    });
    check("one part that is more than all", "H9070", Some(1), |w| (split(w, &["4 LTR", "11 LTR"]).1[1], None));
    check("the only part, less than all", "H9070", Some(1), |w| (split(w, &["9 LTR"]).1[0], None));
    check("the only part, of another unit", "H9070", Some(1), |w| (split(w, &["10 KGM"]).1[0], None));
    check("a merge of less", "H9070", Some(1), |w| {
        let lots = [released(w, "X", "5 LTR"), released(w, "X", "2 LTR")];
        let whole = vec![lot(w, "X", "6 LTR")];
        (derive(w, DeriveKind::Merge, &[(lots[0], "5 LTR"), (lots[1], "2 LTR")], whole, "importer")[0], None)
    });
    check("a parent that is more than what it was made of", "H9070", Some(1), |w| {
        let (_, parts) = split(w, &["11 LTR"]);
        let of_part = vec![lot(w, "X", "11 LTR")];
        (derive(w, DeriveKind::Split, &[(parts[0], "11 LTR")], of_part, "importer")[0], Some(parts[0]))
    });
    check("a child under another code, told with what it was made of", "H9070", Some(1), |w| {
        w.children = true;
        let item = released(w, "X", "10 LTR");
        let other = vec![lot(w, "Y", "10 LTR")];
        let born = derive(w, DeriveKind::Split, &[(item, "10 LTR")], other, "importer");
        (item, Some(born[0]))
    });
    // Of a child of two, one of whom it is told with, the other need not be here.
    let mut w = World::new(false, 0);
    w.children = true;
    let lots = ["5 LTR", "2 LTR"].map(|quantity| released(&mut w, "X", quantity));
    let whole = vec![lot(&w, "X", "7 LTR")];
    derive(&mut w, DeriveKind::Merge, &[(lots[0], "5 LTR"), (lots[1], "2 LTR")], whole, "importer");
    w.block(5_000);
    let verdict = judged(&w, &w.export(&lots[0]));
    assert_eq!((verdict.verdict, verdict.related.len()), (Standing::Valid, 1), "{:?}", verdict.failure);
    // One child alone does not tell what the others are.
    let mut w = World::new(false, 0);
    let (_, parts) = split(&mut w, &["4 LTR", "7 LTR"]);
    w.block(5_000);
    assert_eq!(judged(&w, &w.export(&parts[1])).verdict, Standing::Valid);
}

/// The state certifies something else of another item than its history says.
#[test]
fn other_histories_are_judged_as_the_items_own() {
    let of_parent = |change: fn(&mut ItemRecord, &World)| {
        move |w: &mut World| {
            let (item, part) = part_of(w);
            let mut record = w.record(&item);
            change(&mut record, w);
            w.put(|s| s.put(StateKey::Item(item), &record));
            (part, Some(item))
        }
    };
    check("another custodian", "H9064", None, of_parent(|record, w| record.custodian = w.org("lab")));
    check("more than there is", "H9066", None, of_parent(|record, _| record.on_hand = record.registered));
    check("used by somebody else", "H9090", Some(5), |w| {
        let item = released(w, "X", "10 LTR");
        consume(w, item, "hospital", "1 LTR");
        let part = vec![lot(w, "X", "4 LTR")];
        (derive(w, DeriveKind::Split, &[(item, "4 LTR")], part, "importer")[0], Some(item))
    });
    check("more used than was signed", "H9091", Some(5), |w| {
        twist(w, "used", |event| event.effect = Effect::Used { quantity: "2 LTR".parse().unwrap() });
        let item = released(w, "X", "10 LTR");
        consume(w, item, "importer", "1 LTR");
        let part = vec![lot(w, "X", "4 LTR")];
        (derive(w, DeriveKind::Split, &[(item, "4 LTR")], part, "importer")[0], Some(item))
    });
    let later = |change: fn(&mut ItemRecord, &World)| {
        move |w: &mut World| {
            let (item, part) = part_of(w);
            consume(w, item, "importer", "1 LTR");
            let mut record = w.record(&item);
            change(&mut record, w);
            w.put(|s| s.put(StateKey::Item(item), &record));
            (part, Some(item))
        }
    };
    check("another registrant", "H9064", None, later(|record, w| record.registrant = w.org("lab")));
    check("another head", "H9064", None, later(|record, _| record.head.0[0] ^= 1));
    check("an event more", "H9060", Some(7), later(|record, _| record.count += 1));
}

#[test]
fn a_circle_of_units_has_no_holder() {
    let mut w = World::new(false, 0);
    let [one, other] = ["340123450000000000", "340123450000000017"].map(|sscc| unit(&mut w, sscc));
    pack(&mut w, one, &[other], "importer");
    pack(&mut w, other, &[one], "importer");
    w.block(5_000);
    // What the file claims cannot be read out, and so no bundle is made of it.
    let made = proof::assemble(&w.snapshot(), &one, &[], false);
    assert!(matches!(made, Err(proof::AssembleError::Readable(_))), "{made:?}");
}

#[test]
fn units_stand_in_units_only_so_deep() {
    let told = |depth: usize| {
        let mut w = World::new(false, 0);
        let item = released(&mut w, "X", "5 LTR");
        let mut inner = item;
        for sscc in ["00", "17", "24", "31", "48"].into_iter().take(depth) {
            let outer = unit(&mut w, &format!("3401234500000000{sscc}"));
            pack(&mut w, outer, &[inner], "importer");
            inner = outer;
        }
        w.block(5_000);
        proof::assemble(&w.snapshot(), &item, &[], false).map(|bundle| judged(&w, &bundle).verdict)
    };
    assert_eq!(told(MAX_DEPTH), Ok(Standing::Valid));
    let deeper = told(MAX_DEPTH + 1);
    assert!(matches!(deeper, Err(proof::AssembleError::Readable(_))), "{deeper:?}");
}

/// What is packed today tells nothing of what it was when something was made of it.
#[test]
fn the_unit_around_a_parent_is_not_asked_for() {
    let mut w = World::new(false, 0);
    let (item, part) = part_of(&mut w);
    let pallet = unit(&mut w, "340123450000000000");
    pack(&mut w, pallet, &[item], "importer");
    w.block(5_000);
    let verdict = judged(&w, &w.export(&part));
    assert_eq!((verdict.verdict, verdict.related.len()), (Standing::Valid, 1), "{:?}", verdict.failure);
    assert_eq!(verdict.related[0].custodian, None);
}

/// Two lots rest on one parent, the farther of them on more of its events: among these, that it was in a unit.
#[test]
fn a_parent_is_open_as_far_as_the_last_that_rests_on_it() {
    let mut w = World::new(false, 0);
    let item = released(&mut w, "X", "10 LTR");
    let split = |w: &mut World, from: ItemId, quantity: &str| {
        let part = vec![lot(w, "X", quantity)];
        derive(w, DeriveKind::Split, &[(from, quantity)], part, "importer")[0]
    };
    let first = split(&mut w, item, "4 LTR");
    let pallet = unit(&mut w, "340123450000000000");
    pack(&mut w, pallet, &[item], "importer");
    unpack(&mut w, pallet, &[item], "importer");
    let second = split(&mut w, item, "3 LTR");
    let third = split(&mut w, second, "3 LTR");
    let whole = vec![lot(&w, "X", "7 LTR")];
    let from = [(first, "4 LTR"), (third, "3 LTR")];
    let whole = derive(&mut w, DeriveKind::Merge, &from, whole, "importer")[0];
    w.block(5_000);
    let verdict = judged(&w, &w.export(&whole));
    assert_eq!((verdict.verdict, verdict.related.len()), (Standing::Valid, 5), "{:?}", verdict.failure);
}

#[test]
fn identities_stand_in_their_order() {
    let Story { world, item, .. } = story("merge");
    let mut bundle = world.export(&item);
    bundle.related.0.reverse();
    assert_eq!(fault(judged(&world, &bundle)), ("H9006", None, None));
    let id = bundle.related.0[0].item_id.0.to_string();
    bundle.related.0[0].item_id = Digest::default();
    assert_eq!(fault(judged(&world, &bundle)), ("H9060", Some(1), Some(id)));
}
