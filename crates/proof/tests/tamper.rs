//! `proof::tamper` over all stories: every change is found, with a code of its kind.

use crate::world;

use proof::{
    Options, Standing,
    tamper::{Kind, tamper},
    verify,
};
use std::collections::{BTreeMap, BTreeSet};
use world::stories::{all, story};

#[test]
fn every_change_is_found_with_a_code_of_its_kind() {
    let mut seen: BTreeMap<Kind, BTreeMap<&str, usize>> = BTreeMap::new();
    for (number, story) in all().into_iter().enumerate() {
        let json = story.json();
        for seed in (0..1_000).map(|s| s + 1_000 * number as u64) {
            let changed = tamper(&json, seed).unwrap();
            // Half of the readers hold no trust root: what is broken is invalid for them too, not merely untrusted.
            for trust in [Some(&story.world.trust), None].into_iter().skip(number % 2).take(1) {
                let verdict = verify(&changed.bytes, trust, Options::default());
                let code = verdict.failure.as_ref().map_or("none", |f| f.code);
                let context = format!("{} seed {seed} {:?}: {:?}", story.name, changed.kind, verdict.failure);
                assert_eq!(verdict.verdict, Standing::Invalid, "{context}");
                assert!(changed.codes.contains(&code), "{context}");
                *seen.entry(changed.kind).or_default().entry(code).or_default() += 1;
            }
        }
    }
    let total: usize = seen.values().flat_map(|c| c.values()).sum();
    println!("{total} changes");
    for (kind, codes) in &seen {
        println!("{:<14} {codes:?}", kind.name());
        // A code that never comes is a claim that nothing supports. Two are a matter of luck: that bytes do not decode,
        // and that the number of an event turns into that of another.
        let by_design = |code: &&str| *code != "H9005" && !(*kind == Kind::Event && *code == "H9061");
        let claimed: BTreeSet<&str> = kind.codes().iter().copied().filter(by_design).collect();
        let came: BTreeSet<&str> = codes.keys().copied().filter(by_design).collect();
        assert_eq!(came, claimed, "{kind:?}");
    }
    assert_eq!(seen.len(), Kind::ALL.len());
}

#[test]
fn a_thousand_seeds_spread_evenly_over_the_kinds() {
    assert_eq!(Kind::ALL.len(), 25);
    // A bundle that has something for every kind.
    let json = story("children").json();
    let mut count: BTreeMap<Kind, usize> = BTreeMap::new();
    for seed in 0..1_000 {
        *count.entry(tamper(&json, seed).unwrap().kind).or_default() += 1;
    }
    assert!(Kind::ALL.iter().all(|k| count[k] >= 40), "{count:?}");
    assert_eq!(tamper(&json, 7), tamper(&json, 7));
}
