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
        // One proof has one form: an empty subtree is left out, never written out.
        if self.siblings.contains(&Some(empty())) {
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

/// Proof that several keys have values under one root: siblings that single proofs would repeat stand once or, where
/// they can be computed, not at all.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct JointProof {
    /// Depth of the leaf of each key, by ascending key.
    pub depths: Vec<u16>,
    /// The subtrees that hold none of the keys, from left to right; `None` is an empty one.
    pub siblings: Vec<Option<Hash>>,
}

impl JointProof {
    /// Joins proofs of presence under one root, by ascending key.
    ///
    /// `None`: a proof is one of absence, or they cannot be of one tree.
    pub fn join(proofs: &[(Hash, StateProof)]) -> Option<JointProof> {
        let mut joint = JointProof { depths: Vec::with_capacity(proofs.len()), siblings: Vec::new() };
        let is_ascending = proofs.windows(2).all(|w| matches!(w, [(a, _), (b, _)] if a < b));
        (is_ascending && joint.add(proofs, 0).is_some()).then_some(joint)
    }

    /// Appends what the proofs say of the subtree at `depth` that holds their keys.
    fn add(&mut self, proofs: &[(Hash, StateProof)], depth: usize) -> Option<()> {
        match proofs {
            [(_, proof)] if proof.siblings.len() == depth => {
                self.depths.push(u16::try_from(depth).ok()?);
                return (proof.terminal == Terminal::Leaf).then_some(());
            }
            _ if depth >= DEPTH => return None,
            _ => {}
        }
        let sibling = *proofs.first()?.1.siblings.get(depth)?;
        let below = depth.saturating_add(1);
        match proofs.split_at(proofs.partition_point(|(key, _)| !key.bit(depth))) {
            ([], right) => {
                self.siblings.push(sibling);
                self.add(right, below)
            }
            (left, []) => {
                self.add(left, below)?;
                self.siblings.push(sibling);
                Some(())
            }
            (left, right) => {
                self.add(left, below)?;
                self.add(right, below)
            }
        }
    }

    /// Whether these leaves, (key, value hash) by ascending key, stand under `root`. Only one proof of them holds.
    pub fn proves(&self, root: &Hash, leaves: &[(Hash, Hash)]) -> bool {
        let is_ascending = leaves.windows(2).all(|w| matches!(w, [(a, _), (b, _)] if a < b));
        let empty = empty();
        // Written out, the empty hash would be a second form of `None`.
        if !is_ascending || self.depths.len() != leaves.len() || self.siblings.contains(&Some(empty)) {
            return false;
        }
        let mut siblings = self.siblings.iter().map(|sibling| sibling.unwrap_or(empty));
        fold(leaves, &self.depths, 0, &mut siblings).as_ref() == Some(root) && siblings.next().is_none()
    }
}

/// Hash of the subtree at `depth` that holds these leaves, each with the depth where it is to stand.
fn fold(
    leaves: &[(Hash, Hash)],
    depths: &[u16],
    depth: usize,
    siblings: &mut impl Iterator<Item = Hash>,
) -> Option<Hash> {
    match (leaves, depths) {
        ([], _) => siblings.next(),
        ([(key, value)], [end]) if usize::from(*end) == depth => Some(leaf(key, value)),
        _ if depth >= DEPTH => None,
        _ => {
            let middle = leaves.partition_point(|(key, _)| !key.bit(depth));
            let ((left, right), (lefts, rights)) = (leaves.split_at(middle), depths.split_at_checked(middle)?);
            let below = depth.saturating_add(1);
            let left = fold(left, lefts, below, siblings)?;
            Some(node(&left, &fold(right, rights, below, siblings)?))
        }
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

    /// Keys that part early, late, and not before the last bit.
    fn key(seed: u16) -> Hash {
        let mut key = value(&(seed >> 2).to_be_bytes());
        key.0[31] = key.0[31] & 0xfc | (seed & 3) as u8;
        key
    }

    fn tree_of(seeds: &[u16]) -> Vec<(Hash, Hash)> {
        let mut leaves: Vec<(Hash, Hash)> = seeds.iter().map(|s| (key(*s), value(&s.to_be_bytes()))).collect();
        leaves.sort();
        leaves.dedup();
        leaves
    }

    fn joined(leaves: &[(Hash, Hash)], wanted: &[(Hash, Hash)]) -> JointProof {
        let single: Vec<_> = wanted.iter().map(|(key, _)| (*key, prove_in(leaves, 0, key))).collect();
        JointProof::join(&single).unwrap()
    }

    proptest! {
        #[test]
        fn a_joint_proof_holds_for_its_tree_and_leaves_and_no_other_proof_does(
            seeds in proptest::collection::vec(0..400u16, 1..60),
            picks in proptest::collection::vec(any::<proptest::sample::Index>(), 1..20),
            at in any::<proptest::sample::Index>(),
            bit in 0..8u8,
        ) {
            let leaves = tree_of(&seeds);
            let mut wanted: Vec<_> = picks.iter().map(|pick| *pick.get(&leaves)).collect();
            wanted.sort();
            wanted.dedup();
            let root = root_of(&leaves, 0);
            let honest = joined(&leaves, &wanted);
            prop_assert!(honest.proves(&root, &wanted));
            let single: usize = wanted.iter().map(|(key, _)| prove_in(&leaves, 0, key).siblings.len()).sum();
            prop_assert!(honest.siblings.len() + wanted.len() <= single + 1);

            // Any bit of its bytes.
            let mut bytes = crate::codec::encode(&honest);
            let byte = at.index(bytes.len());
            bytes[byte] ^= 1 << bit;
            if let Ok(changed) = crate::codec::decode::<JointProof>(&bytes, 1 << 20) {
                prop_assert!(!changed.proves(&root, &wanted));
            }
            // A sibling or depth more, fewer, or in another's place.
            let i = at.index(honest.siblings.len().max(1));
            let k = at.index(wanted.len());
            type Change<'a, T> = &'a dyn Fn(&mut T);
            let always: [Change<'_, JointProof>; 8] = [
                &|p| p.siblings.push(None),
                &|p| p.siblings.insert(0, Some(root)),
                &|p| p.siblings.rotate_left(i),
                &|p| p.depths.truncate(k),
                &|p| p.depths.push(0),
                &|p| p.depths[k] += 1,
                &|p| p.depths[k] = p.depths[k].wrapping_sub(1),
                &|p| p.depths.rotate_left(k),
            ];
            let of_siblings: [Change<'_, JointProof>; 5] = [
                &|p| p.siblings.truncate(i),
                &|p| p.siblings.insert(i, p.siblings[i]),
                &|p| p.siblings.swap(0, i),
                &|p| p.siblings[i] = Some(empty()),
                &|p| p.siblings[i] = None,
            ];
            let of_siblings = of_siblings.iter().filter(|_| !honest.siblings.is_empty());
            for (number, change) in always.iter().chain(of_siblings).enumerate() {
                let mut changed = honest.clone();
                change(&mut changed);
                prop_assert!(changed == honest || !changed.proves(&root, &wanted), "change {number}");
            }
            // Other leaves: another value, another key, one fewer, one twice, another order, one more.
            let claims: [Change<'_, Vec<(Hash, Hash)>>; 6] = [
                &|l| l[k].1.0[0] ^= 1 << bit,
                &|l| l[k].0.0[byte % 32] ^= 1 << bit,
                &|l| l.truncate(k),
                &|l| l.insert(k, l[k]),
                &|l| l.reverse(),
                &|l| {
                    l.push(*at.get(&leaves));
                    l.sort();
                    l.dedup();
                },
            ];
            for (number, claim) in claims.iter().enumerate() {
                let mut changed = wanted.clone();
                claim(&mut changed);
                prop_assert!(changed == wanted || !honest.proves(&root, &changed), "claim {number}");
            }
            prop_assert!(!honest.proves(&value(&[0]), &wanted));
        }
    }

    #[test]
    fn proofs_that_fit_no_tree_are_not_joined() {
        let leaves = tree_of(&[1, 2, 3, 40, 41, 300]);
        let single = |key: &Hash| (*key, prove_in(&leaves, 0, key));
        let [one, other] = [single(&leaves[1].0), single(&leaves[2].0)];
        assert!(JointProof::join(&[one.clone(), other.clone()]).is_some());
        assert_eq!(JointProof::join(&[]), None);
        assert_eq!(JointProof::join(&[other.clone(), one.clone()]), None);
        assert_eq!(JointProof::join(&[one.clone(), one.clone()]), None);
        assert_eq!(JointProof::join(&[single(&key(399))]), None);
        let long = StateProof { siblings: vec![None; 100_000], terminal: Terminal::Leaf };
        for key in [Hash([0; 32]), Hash([0xff; 32])] {
            assert_eq!(JointProof::join(&[(key, long.clone())]), None);
            let short = StateProof { siblings: vec![], terminal: Terminal::Leaf };
            let mut near = key;
            near.0[31] ^= 1;
            let mut both = [(key, short.clone()), (near, short)];
            both.sort_by_key(|(key, _)| *key);
            assert_eq!(JointProof::join(&both), None);
        }
    }

    #[test]
    fn a_joint_proof_ends_at_the_greatest_depth() {
        let mut near = Hash([0; 32]);
        near.0[31] = 1;
        let leaves = [(Hash([0; 32]), value(&[1])), (near, value(&[2]))];
        let root = root_of(&leaves, 0);
        let honest = joined(&leaves, &leaves);
        assert_eq!((honest.depths.as_slice(), honest.siblings.len()), ([256, 256].as_slice(), 255));
        assert!(honest.proves(&root, &leaves));
        assert!(joined(&leaves, &leaves[..1]).proves(&root, &leaves[..1]));
        for depths in [[255, 256], [256, 257], [u16::MAX, u16::MAX]] {
            let siblings = vec![None; 100_000];
            assert!(!JointProof { depths: depths.into(), siblings }.proves(&root, &leaves));
        }
    }
}
