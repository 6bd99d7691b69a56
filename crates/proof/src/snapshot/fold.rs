//! The root of a state from the subtrees of its chunks.

use ledger::{Hash, tree};

/// A subtree of the state: its hash and how many leaves it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subtree {
    pub(super) hash: Hash,
    pub(super) leaves: u64,
}

/// What neighbours make, from left to right, level by level; none for no subtrees, for a number of them that is no power
/// of two, and for more leaves than 64 bits count.
pub(super) fn fold(mut level: Vec<Subtree>) -> Option<Subtree> {
    while level.len() > 1 {
        let pairs = level.chunks(2).map(|pair| match pair {
            [left, right] => join(left, right),
            _ => None,
        });
        level = pairs.collect::<Option<Vec<Subtree>>>()?;
    }
    level.pop()
}

/// As `ledger::tree::root_of` has it: a subtree with a single leaf is that leaf, wherever it hangs.
fn join(left: &Subtree, right: &Subtree) -> Option<Subtree> {
    let hash = match (left.leaves, right.leaves) {
        (0, 0) => tree::empty(),
        (1, 0) => left.hash,
        (0, 1) => right.hash,
        _ => tree::node(&left.hash, &right.hash),
    };
    Some(Subtree { hash, leaves: left.leaves.checked_add(right.leaves)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subtrees(leaves: &[(Hash, Hash)], bits: usize) -> Vec<Subtree> {
        let of = |chunk: usize| {
            let is_here = |key: &Hash| (0..bits).all(|bit| key.bit(bit) == (chunk >> (bits - 1 - bit) & 1 == 1));
            let here: Vec<_> = leaves.iter().filter(|(key, _)| is_here(key)).copied().collect();
            Subtree { hash: tree::root_of(&here, bits), leaves: here.len() as u64 }
        };
        (0..1 << bits).map(of).collect()
    }

    #[test]
    fn chunks_of_any_size_fold_to_the_root_of_their_leaves() {
        for count in [0u64, 1, 2, 3, 7, 60] {
            let hash = |n: u64| tree::value(&n.to_be_bytes());
            let mut leaves: Vec<_> = (0..count).map(|n| (hash(n), hash(n + 1_000))).collect();
            leaves.sort();
            for bits in 0..6 {
                let expected = Subtree { hash: tree::root_of(&leaves, 0), leaves: count };
                assert_eq!(fold(subtrees(&leaves, bits)), Some(expected), "{count} leaves, {bits} bits");
            }
        }
    }

    #[test]
    fn what_is_no_level_of_a_tree_folds_to_nothing() {
        let one = Subtree { hash: tree::empty(), leaves: 1 };
        let many = Subtree { leaves: u64::MAX, ..one };
        for level in [vec![], vec![one; 3], vec![one; 6], vec![many, one]] {
            assert_eq!(fold(level), None);
        }
    }
}
