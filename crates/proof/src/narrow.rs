//! A proof of some records out of a proof of more: what those others show becomes the hashes of their subtrees.

use ledger::{
    Hash,
    tree::{self, DEPTH, JointProof},
};
use std::slice::Iter;

/// Leaves of a subtree, (position, value) by ascending position, and the depth of each.
type Leaves<'a> = (&'a [(Hash, Hash)], &'a [u16]);

/// The proof of those leaves whose positions are wanted, one at least; `leaves` are all that the proof is of.
///
/// None where it is no proof of them. Whether they stand under a root is not looked at.
pub(crate) fn narrowed(proof: &JointProof, leaves: &[(Hash, Hash)], wanted: &[Hash]) -> Option<JointProof> {
    if leaves.len() != proof.depths.len() {
        return None;
    }
    let empty = JointProof { depths: Vec::new(), siblings: Vec::new() };
    let mut narrow = Narrow { wanted, siblings: proof.siblings.iter(), kept: empty };
    narrow.keep((leaves, proof.depths.as_slice()), 0)?;
    (narrow.siblings.next().is_none() && narrow.kept.depths.len() == wanted.len()).then_some(narrow.kept)
}

struct Narrow<'a> {
    wanted: &'a [Hash],
    siblings: Iter<'a, Option<Hash>>,
    kept: JointProof,
}

impl Narrow<'_> {
    /// Appends what is needed of a subtree that holds wanted leaves.
    fn keep(&mut self, of: Leaves<'_>, depth: usize) -> Option<()> {
        match of {
            ([_], [end]) if usize::from(*end) == depth => {
                self.kept.depths.push(*end);
                return Some(());
            }
            _ if depth >= DEPTH => return None,
            _ => {}
        }
        let below = depth.saturating_add(1);
        for half in halves(of, depth)? {
            match half.0.iter().any(|(position, _)| self.wanted.contains(position)) {
                true => self.keep(half, below)?,
                false => {
                    let sibling = self.fold(half, below)?;
                    self.kept.siblings.push(sibling);
                }
            }
        }
        Some(())
    }

    /// Hash of a subtree; the inner none stands for an empty one.
    fn fold(&mut self, of: Leaves<'_>, depth: usize) -> Option<Option<Hash>> {
        match of {
            ([], _) => return self.siblings.next().copied(),
            ([(position, value)], [end]) if usize::from(*end) == depth => {
                return Some(Some(tree::leaf(position, value)));
            }
            _ if depth >= DEPTH => return None,
            _ => {}
        }
        let below = depth.saturating_add(1);
        let [left, right] = halves(of, depth)?;
        let left = self.fold(left, below)?.unwrap_or_else(tree::empty);
        let right = self.fold(right, below)?.unwrap_or_else(tree::empty);
        Some(Some(tree::node(&left, &right)))
    }
}

/// The leaves under both halves of a subtree at `depth`.
fn halves((leaves, depths): Leaves<'_>, depth: usize) -> Option<[Leaves<'_>; 2]> {
    let middle = leaves.partition_point(|(position, _)| !position.bit(depth));
    let ((left, right), (lefts, rights)) = (leaves.split_at_checked(middle)?, depths.split_at_checked(middle)?);
    Some([(left, lefts), (right, rights)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(n: u16) -> (Hash, Hash) {
        (tree::value(&n.to_le_bytes()), tree::value(&[1]))
    }

    fn joined(all: &[(Hash, Hash)], some: &[(Hash, Hash)]) -> JointProof {
        let single: Vec<_> = some.iter().map(|(position, _)| (*position, tree::prove_in(all, 0, position))).collect();
        JointProof::join(&single).unwrap()
    }

    #[test]
    fn a_narrowed_proof_is_the_one_that_would_have_been_made() {
        for size in 1..40u16 {
            let mut all: Vec<_> = (0..size).map(leaf).collect();
            all.sort();
            let shown: Vec<_> = all.iter().copied().step_by(2).collect();
            let proof = joined(&all, &shown);
            for step in 1..4 {
                let wanted: Vec<_> = shown.iter().copied().step_by(step).collect();
                let positions: Vec<_> = wanted.iter().map(|(position, _)| *position).collect();
                let narrow = narrowed(&proof, &shown, &positions).unwrap();
                assert_eq!(narrow, joined(&all, &wanted), "{size} by {step}");
                assert!(narrow.proves(&tree::root_of(&all, 0), &wanted));
            }
        }
    }

    #[test]
    fn what_is_no_proof_of_the_leaves_is_not_narrowed() {
        let mut all: Vec<_> = (0..20).map(leaf).collect();
        all.sort();
        let proof = joined(&all, &all[..4]);
        let wanted = [all[1].0];
        assert!(narrowed(&proof, &all[..4], &wanted).is_some());
        assert_eq!(narrowed(&proof, &all[..3], &wanted), None);
        assert_eq!(narrowed(&proof, &all[..4], &[all[7].0]), None);
        let mut longer = proof.clone();
        longer.siblings.push(None);
        assert_eq!(narrowed(&longer, &all[..4], &wanted), None);
        let mut shorter = proof;
        shorter.siblings.pop();
        assert_eq!(narrowed(&shorter, &all[..4], &wanted), None);
    }

    /// A leaf of the greatest depth is found, and none below it: neither where it is wanted nor where it is not.
    #[test]
    fn a_tree_ends_at_its_depth() {
        let [left, right] = [0, 0x80].map(|first| {
            let mut position = Hash::default();
            position.0[0] = first;
            (position, Hash([1; 32]))
        });
        let narrow = |depths: [u16; 2], wanted: Hash| {
            // One empty subtree beside each step below the root.
            let siblings: usize = depths.iter().map(|depth| usize::from(*depth) - 1).sum();
            let proof = JointProof { depths: depths.to_vec(), siblings: vec![None; siblings] };
            narrowed(&proof, &[left, right], &[wanted]).map(|narrow| narrow.siblings.len())
        };
        let deepest = DEPTH as u16;
        assert_eq!(narrow([deepest, 1], left.0), Some(DEPTH));
        assert_eq!(narrow([deepest + 1, 1], left.0), None);
        assert_eq!(narrow([1, deepest], left.0), Some(1));
        assert_eq!(narrow([1, deepest + 1], left.0), None);
    }
}
