//! The tree in memory against `ledger::tree`, for every shape it can take.

use crate::tree::{Chunk, End, LeafChange, Tree, prefix};
use ledger::{
    Hash,
    tree::{self as hashing, StateProof, Terminal},
};
use proptest::prelude::*;
use std::{collections::BTreeMap, sync::Arc};

type Leaves = BTreeMap<Hash, Hash>;

fn list(leaves: &Leaves) -> Vec<(Hash, Hash)> {
    leaves.iter().map(|(k, v)| (*k, *v)).collect()
}

/// A tree with this shape, whatever its leaves ask for; `None` levels are those they ask for.
fn build(leaves: &Leaves, top: u32, levels: impl Fn(usize) -> Option<u32>) -> Tree {
    let chunk = |at: usize| {
        let here = leaves.iter().filter(|(k, _)| prefix(k, top) == at as u64);
        let here = here.map(|(k, v)| (*k, hashing::leaf(k, v))).collect();
        Arc::new(match levels(at) {
            Some(levels) => Chunk::with_levels(here, top, levels),
            None => Chunk::build(here, top),
        })
    };
    Tree::over(top, (0..1usize << top).map(chunk).collect())
}

fn change(tree: &mut Tree, leaves: &mut Leaves, changes: &BTreeMap<Hash, Option<Hash>>) {
    for (key, value) in changes {
        match value {
            Some(value) => leaves.insert(*key, *value),
            None => leaves.remove(key),
        };
    }
    let changes: Vec<LeafChange> = changes.iter().map(|(k, v)| (*k, v.map(|v| hashing::leaf(k, &v)))).collect();
    let before = tree.clone();
    let overlay = tree.overlay(changes);
    assert_eq!(overlay.root, hashing::root_of(&list(leaves), 0));
    assert_eq!(overlay.leaves, leaves.len() as u64);
    assert_eq!(*tree, before);
    tree.apply(overlay);
}

fn prove(tree: &Tree, leaves: &Leaves, key: &Hash) -> StateProof {
    let (siblings, end) = tree.path(key);
    let terminal = match end {
        End::Empty => Terminal::Empty,
        End::Leaf => Terminal::Leaf,
        End::Other(other) => Terminal::Other { key: other, value: leaves[&other] },
    };
    StateProof { siblings, terminal }
}

/// Keys that crowd together: the first bytes come from few values, so that deep and shallow subtrees both occur.
fn key() -> impl Strategy<Value = Hash> {
    (prop_oneof![Just(0u8), Just(255), any::<u8>()], prop_oneof![Just(0u8), any::<u8>()], any::<u8>()).prop_map(
        |(a, b, c)| {
            let mut key = [0; 32];
            key[..3].copy_from_slice(&[a, b, c]);
            key[31] = c;
            Hash(key)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_shape_has_the_root_and_the_proofs_of_the_definition(
        top in 0u32..10,
        levels in proptest::collection::vec(0u32..5, 7),
        rounds in proptest::collection::vec(proptest::collection::btree_map(key(), proptest::option::weighted(0.7, any::<u8>()), 0..40), 1..6),
        probes in proptest::collection::vec(key(), 8),
    ) {
        let mut leaves = Leaves::new();
        let mut tree = build(&leaves, top, |at| Some(levels[at % levels.len()]));
        for round in rounds {
            let changes = round.into_iter().map(|(k, v)| (k, v.map(|v| hashing::value(&[v])))).collect();
            change(&mut tree, &mut leaves, &changes);
            let all = list(&leaves);
            prop_assert_eq!(tree.root(), hashing::root_of(&all, 0));
            prop_assert_eq!(tree.leaves(), all.len() as u64);
            prop_assert_eq!(tree.root(), build(&leaves, top, |_| None).root());
            for key in leaves.keys() {
                prop_assert_eq!(tree.leaf(key), Some(hashing::leaf(key, &leaves[key])));
            }
            for key in probes.iter().chain(leaves.keys().take(20)) {
                let proof = prove(&tree, &leaves, key);
                prop_assert_eq!(&proof, &hashing::prove_in(&all, 0, key));
                prop_assert!(proof.proves(&tree.root(), key, leaves.get(key)));
            }
        }
    }
}

#[test]
fn a_tree_that_grows_from_nothing_widens_and_keeps_its_root() {
    let mut leaves = Leaves::new();
    let mut tree = build(&leaves, 2, |_| None);
    for round in 0..40u64 {
        let values = (0..1_000u64).map(|n| hashing::value(&(round * 1_000 + n).to_be_bytes()));
        let mut changes: BTreeMap<Hash, Option<Hash>> = values.map(|v| (v, Some(v))).collect();
        changes.extend(leaves.keys().step_by(97).map(|k| (*k, None)).collect::<Vec<_>>());
        change(&mut tree, &mut leaves, &changes);
        assert_eq!(tree.root(), hashing::root_of(&list(&leaves), 0));
        assert_eq!(tree.leaves(), leaves.len() as u64);
    }
    assert!(tree.top() >= 6, "{}", tree.top());
    assert_eq!(tree.root(), build(&leaves, tree.top(), |_| None).root());
    for key in leaves.keys().step_by(1_001) {
        assert_eq!(prove(&tree, &leaves, key), hashing::prove_in(&list(&leaves), 0, key));
    }
}
