//! The tree in memory against `ledger::tree`, for every shape it can take.

use crate::tree::{Bucket, Chunk, End, Node, Tree, finish_proof, finish_single, first_key, prefix};
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

fn in_range(leaves: &Leaves, from: u64, bits: u32) -> Vec<(Hash, Hash)> {
    leaves.range(Hash(first_key(from, bits))..).map(|(k, v)| (*k, *v)).take_while(|(k, _)| prefix(k, bits) == from).collect()
}

/// A tree with this shape, whatever its leaves ask for.
fn build(leaves: &Leaves, top: u32, levels: impl Fn(usize) -> u32) -> Tree {
    let chunk = |at: usize| Arc::new(Chunk::build(&in_range(leaves, at as u64, top), top, levels(at)));
    Tree::over(top, (0..1usize << top).map(chunk).collect())
}

fn change(tree: &mut Tree, leaves: &mut Leaves, changes: &BTreeMap<Hash, Option<Hash>>) {
    let mut buckets: Vec<(Bucket, Node, i64)> = Vec::new();
    let mut after = leaves.clone();
    for (key, value) in changes {
        match value {
            Some(value) => after.insert(*key, *value),
            None => after.remove(key),
        };
    }
    for key in changes.keys() {
        let bucket = tree.bucket(key);
        if buckets.last().is_none_or(|(last, ..)| *last != bucket) {
            let new = in_range(&after, bucket.prefix, bucket.depth);
            let old = in_range(leaves, bucket.prefix, bucket.depth);
            assert_eq!(Node::of(&old, bucket.depth), tree.bucket_node(&bucket));
            buckets.push((bucket, Node::of(&new, bucket.depth), new.len() as i64 - old.len() as i64));
        }
    }
    let overlay = tree.overlay(&buckets);
    assert_eq!(overlay.root, hashing::root_of(&list(&after), 0));
    for at in tree.apply(overlay) {
        let chunk = Chunk::build(&in_range(&after, at as u64, tree.top()), tree.top(), tree.levels_due(at));
        assert!(tree.replace_chunk(at, chunk));
    }
    *leaves = after;
}

fn prove(tree: &Tree, leaves: &Leaves, key: &Hash) -> StateProof {
    let (siblings, end) = tree.path(key);
    match end {
        End::Empty => StateProof { siblings, terminal: Terminal::Empty },
        End::One(first) => {
            let (found, value) = leaves.range(Hash(first)..).next().unwrap();
            finish_single(siblings, key, *found, *value)
        }
        End::Bucket(bucket) => finish_proof(siblings, &bucket, &in_range(leaves, bucket.prefix, bucket.depth), key),
    }
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
        let mut tree = build(&leaves, top, |at| levels[at % levels.len()]);
        for round in rounds {
            let changes = round.into_iter().map(|(k, v)| (k, v.map(|v| hashing::value(&[v])))).collect();
            change(&mut tree, &mut leaves, &changes);
            let all = list(&leaves);
            prop_assert_eq!(tree.root(), hashing::root_of(&all, 0));
            prop_assert_eq!(tree.leaves(), all.len() as u64);
            prop_assert_eq!(&tree, &build(&leaves, tree.top(), |at| tree.bucket(&Hash(first_key(at as u64, top))).depth - top));
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
    let mut tree = build(&leaves, 2, |_| 0);
    let mut widened = 0;
    for round in 0..40u64 {
        let changes = (0..1_000u64).map(|n| {
            let value = hashing::value(&(round * 1_000 + n).to_be_bytes());
            // Each tenth is taken away again, a thousand later.
            (value, Some(value))
        });
        let mut changes: BTreeMap<Hash, Option<Hash>> = changes.collect();
        changes.extend(leaves.keys().step_by(97).map(|k| (*k, None)).collect::<Vec<_>>());
        change(&mut tree, &mut leaves, &changes);
        widened += u32::from(tree.widen());
        assert_eq!(tree.root(), hashing::root_of(&list(&leaves), 0));
        assert_eq!(tree.leaves(), leaves.len() as u64);
    }
    assert!(widened >= 2 && tree.top() >= 6, "{widened} {}", tree.top());
    for key in leaves.keys().step_by(1_001) {
        assert_eq!(prove(&tree, &leaves, key), hashing::prove_in(&list(&leaves), 0, key));
    }
}
