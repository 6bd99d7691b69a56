//! The state tree with the hashes of its greater subtrees kept, so that a million records can be proved in a test.

use ledger::{
    Hash,
    tree::{StateProof, node, prove_in, root_of},
};
use std::collections::BTreeMap;

/// Leaves of a subtree whose hash is computed again whenever it is needed.
const SMALL: usize = 256;

pub(crate) struct Tree {
    leaves: Vec<(Hash, Hash)>,
    /// Hashes of subtrees, by depth and first leaf.
    known: BTreeMap<(usize, Hash), Hash>,
}

fn halves(leaves: &[(Hash, Hash)], depth: usize) -> (&[(Hash, Hash)], &[(Hash, Hash)]) {
    leaves.split_at(leaves.partition_point(|(key, _)| !key.bit(depth)))
}

impl Tree {
    pub(crate) fn of(mut leaves: Vec<(Hash, Hash)>) -> Tree {
        leaves.sort();
        let mut known = BTreeMap::new();
        learn(&leaves, 0, &mut known);
        Tree { leaves, known }
    }

    pub(crate) fn root(&self) -> Hash {
        self.hash(&self.leaves, 0)
    }

    fn hash(&self, leaves: &[(Hash, Hash)], depth: usize) -> Hash {
        match leaves.len() {
            0..SMALL => root_of(leaves, depth),
            _ => self.known[&(depth, leaves[0].0)],
        }
    }

    pub(crate) fn prove(&self, key: &Hash) -> StateProof {
        let (mut here, mut depth, mut siblings) = (&self.leaves[..], 0, Vec::new());
        while here.len() >= SMALL {
            let (left, right) = halves(here, depth);
            let (mine, other) = if key.bit(depth) { (right, left) } else { (left, right) };
            depth += 1;
            siblings.push((!other.is_empty()).then(|| self.hash(other, depth)));
            here = mine;
        }
        let below = prove_in(here, depth, key);
        siblings.extend(below.siblings);
        StateProof { siblings, terminal: below.terminal }
    }
}

fn learn(leaves: &[(Hash, Hash)], depth: usize, known: &mut BTreeMap<(usize, Hash), Hash>) -> Hash {
    if leaves.len() < SMALL {
        return root_of(leaves, depth);
    }
    let (left, right) = halves(leaves, depth);
    let hash = node(&learn(left, depth + 1, known), &learn(right, depth + 1, known));
    known.insert((depth, leaves[0].0), hash);
    hash
}
