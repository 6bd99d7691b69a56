//! Rules that bind a majority of agencies too, for the file shows where they were broken; and what stands at their edge.

use crate::world::{
    World,
    against::{AGAINST, Against, noted, readings},
    stories::{Story, story},
};
use ledger::{Hash, ItemId, bounds::MAX_READING_AHEAD_MS, operation::Note};
use proof::{Options, Standing, Verdict, verify};
use std::collections::BTreeSet;

fn judged(tell: impl FnOnce(&mut World) -> ItemId) -> Verdict {
    let mut world = World::new(false, 0);
    let item = tell(&mut world);
    world.block(5_000);
    verify(&world.export(&item).to_json(), Some(&world.trust), Options::default())
}

#[test]
fn what_all_agencies_certified_is_refused_where_the_file_shows_it() {
    let mut names = BTreeSet::new();
    for Against { name, code, event, tell } in AGAINST {
        let verdict = judged(tell);
        assert_eq!(verdict.certified_by.len(), 4, "{name}");
        let failure = verdict.failure.unwrap_or_else(|| panic!("{name}: found {:?}", verdict.verdict));
        let found = (failure.code, failure.event, failure.item);
        assert_eq!(found, (code, Some(event), None), "{name}: {}", failure.message);
        assert!(names.insert(name), "{name}");
    }
}

#[test]
fn what_stands_at_the_edge_of_a_rule_is_taken() {
    let valid = |what: &str, tell: fn(&mut World) -> ItemId| {
        let verdict = judged(tell);
        assert_eq!(verdict.verdict, Standing::Valid, "{what}: {:?}", verdict.failure);
    };
    valid("one reading", |w| noted(w, |block| readings([block, block], [4, 4])));
    valid("the clock of an instrument is ahead", |w| {
        noted(w, |block| readings([0, block + MAX_READING_AHEAD_MS], [-273_150, i32::MAX]))
    });
    valid("a count that differs", |w| {
        noted(w, |_| Note::SelfCheck { counted: "4.5 LTR".parse().unwrap(), report: Hash([1; 32]) })
    });
}

#[test]
fn a_test_network_begins_with_items() {
    let Story { world, item, .. } = story("genesis");
    assert!(world.test);
    let json = world.export(&item).to_json();
    let judged = |allow_test| verify(&json, Some(&world.trust), Options { allow_test, ..Options::default() }).verdict;
    assert_eq!((judged(true), judged(false)), (Standing::Valid, Standing::Untrusted));
}
