//! Hashing of the state tree: a compact sparse Merkle tree over 256-bit keys.
//!
//! A subtree without leaves hashes to a constant, one with a single leaf to that leaf, any other to its two halves. So
//! the root is a function of the set of (key, value) hashes alone, however a store keeps it (ADR-002).

use crate::{hash::Hash, tag};
use bincode::{Decode, Encode};

/// Bits of a key, and so the greatest depth.
pub const DEPTH: usize = 256;

/// Hash of an empty subtree.
pub fn empty() -> Hash {
    Hash::of_bytes(&tag::STATE_EMPTY, &[])
}

/// Hash of a leaf.
pub fn leaf(key: &Hash, value: &Hash) -> Hash {
    Hash::of_pair(&tag::STATE_LEAF, key, value)
}

/// Hash of a subtree with at least two leaves.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    Hash::of_pair(&tag::STATE_NODE, left, right)
}

/// Hash of a record's bytes.
pub fn value(bytes: &[u8]) -> Hash {
    Hash::of_bytes(&tag::STATE_VALUE, bytes)
}

/// What a proof's path ends in.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Terminal {
    /// The leaf of the key itself.
    Leaf,
    /// An empty subtree: the key is absent.
    Empty,
    /// The leaf of another key with the same beginning: the key is absent.
    Other {
        /// Key of that leaf.
        key: Hash,
        /// Value hash of that leaf.
        value: Hash,
    },
}

/// Proof that a key has a value, or is absent, under a root. It shows sibling hashes only.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StateProof {
    /// Siblings from the root downwards; `None` is an empty subtree.
    pub siblings: Vec<Option<Hash>>,
    /// What the path ends in.
    pub terminal: Terminal,
}

impl StateProof {
    /// Whether `key` holds a value with hash `value` (or is absent, for `None`) under `root`.
    pub fn proves(&self, root: &Hash, key: &Hash, value: Option<&Hash>) -> bool {
        if self.siblings.len() > DEPTH {
            return false;
        }
        let start = match (&self.terminal, value) {
            (Terminal::Leaf, Some(value)) => leaf(key, value),
            (Terminal::Empty, None) => empty(),
            (Terminal::Other { key: other, value }, None) => {
                let shares_path = (0..self.siblings.len()).all(|d| other.bit(d) == key.bit(d));
                if other == key || !shares_path {
                    return false;
                }
                leaf(other, value)
            }
            _ => return false,
        };
        let hash = self.siblings.iter().enumerate().rev().fold(start, |hash, (depth, sibling)| {
            let sibling = sibling.unwrap_or_else(empty);
            match key.bit(depth) {
                true => node(&sibling, &hash),
                false => node(&hash, &sibling),
            }
        });
        hash == *root
    }
}

/// Root of the subtree at `depth` that holds these leaves, (key, value hash), sorted by key and without repetition.
pub fn root_of(leaves: &[(Hash, Hash)], depth: usize) -> Hash {
    match leaves {
        [] => empty(),
        [(key, value)] => leaf(key, value),
        _ if depth >= DEPTH => empty(),
        _ => {
            let middle = leaves.partition_point(|(key, _)| !key.bit(depth));
            let (left, right) = leaves.split_at(middle);
            let below = depth.saturating_add(1);
            node(&root_of(left, below), &root_of(right, below))
        }
    }
}

/// The part of a proof that lies below `depth` within the subtree that holds these leaves.
pub fn prove_in(leaves: &[(Hash, Hash)], depth: usize, key: &Hash) -> StateProof {
    let mut siblings = Vec::new();
    let mut here = leaves;
    let mut depth = depth;
    loop {
        match here {
            [] => {
                return StateProof { siblings, terminal: Terminal::Empty };
            }
            [(found, _)] if found == key => {
                return StateProof { siblings, terminal: Terminal::Leaf };
            }
            [(found, value)] => {
                return StateProof { siblings, terminal: Terminal::Other { key: *found, value: *value } };
            }
            _ => {
                let middle = here.partition_point(|(k, _)| !k.bit(depth));
                let (left, right) = here.split_at(middle);
                let below = depth.saturating_add(1);
                let (mine, other) = if key.bit(depth) { (right, left) } else { (left, right) };
                siblings.push((!other.is_empty()).then(|| root_of(other, below)));
                here = mine;
                depth = below;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn presence_and_absence_are_proved_and_nothing_else(seeds in proptest::collection::btree_set(any::<u16>(), 0..60), probe in any::<u16>()) {
            let key = |s: u16| value(&s.to_be_bytes());
            let mut leaves: Vec<(Hash, Hash)> = seeds.iter().map(|s| (key(*s), value(&[1]))).collect();
            leaves.sort();
            let root = root_of(&leaves, 0);
            for s in seeds.iter().chain([&probe]) {
                let proof = prove_in(&leaves, 0, &key(*s));
                let present = seeds.contains(s);
                prop_assert_eq!(proof.proves(&root, &key(*s), Some(&value(&[1]))), present);
                prop_assert_eq!(proof.proves(&root, &key(*s), None), !present);
                prop_assert!(!proof.proves(&root, &key(*s), Some(&value(&[2]))));
            }
        }
    }
}
