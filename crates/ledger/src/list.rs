//! Merkle lists (the tree of RFC 6962 section 2.1, with our tags): roots, paths, and an accumulator for history.

use crate::{hash::Hash, tag};
use bincode::{Decode, Encode};

/// Deepest path that is read: lists of up to 2^40 leaves.
pub const MAX_PATH: usize = 40;

/// Root of an ordered list of hashes, bound to its length.
pub fn root(items: &[Hash]) -> Hash {
    let mut list = Accumulator::default();
    for item in items {
        list.push(*item);
    }
    list.root()
}

/// The sibling hashes from leaf `index` upwards; `None` when there is no such leaf.
pub fn path(items: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= items.len() {
        return None;
    }
    let mut level: Vec<Hash> = items.iter().map(leaf).collect();
    let mut position = index;
    let mut siblings = Vec::new();
    while level.len() > 1 {
        if let Some(sibling) = level.get(position ^ 1) {
            siblings.push(*sibling);
        }
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [l, r] => Hash::of_pair(&tag::LIST_NODE, l, r),
                [l] => *l,
                _ => Hash::default(),
            })
            .collect();
        position /= 2;
    }
    Some(siblings)
}

/// Whether `item` is leaf `index` of the list of `count` items with this root.
pub fn verify(expected: &Hash, count: u64, index: u64, item: &Hash, siblings: &[Hash]) -> bool {
    if index >= count || siblings.len() > MAX_PATH {
        return false;
    }
    let mut position = index;
    let mut width = count;
    let mut hash = leaf(item);
    let mut rest = siblings.iter();
    while width > 1 {
        let is_right = position % 2 == 1;
        let has_sibling = is_right || position.saturating_add(1) < width;
        if has_sibling {
            let Some(sibling) = rest.next() else { return false };
            hash = match is_right {
                true => Hash::of_pair(&tag::LIST_NODE, sibling, &hash),
                false => Hash::of_pair(&tag::LIST_NODE, &hash, sibling),
            };
        }
        position /= 2;
        width = width.div_ceil(2);
    }
    rest.next().is_none() && bind(count, &hash) == *expected
}

fn leaf(item: &Hash) -> Hash {
    Hash::of_bytes(&tag::LIST_LEAF, &item.0)
}

fn bind(count: u64, top: &Hash) -> Hash {
    let mut bytes = [0u8; 40];
    let (c, t) = bytes.split_at_mut(8);
    c.copy_from_slice(&count.to_le_bytes());
    t.copy_from_slice(&top.0);
    Hash::of_bytes(&tag::LIST_ROOT, &bytes)
}

/// A list that only grows, kept as the tops of its perfect subtrees (a Merkle mountain range).
///
/// Its root equals [`root`] of the same items, so one kind of path proves both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Accumulator {
    count: u64,
    /// Tops of the perfect subtrees, the widest first; as many as `count` has ones.
    peaks: Vec<Hash>,
}

impl Accumulator {
    /// Number of items.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Appends an item.
    pub fn push(&mut self, item: Hash) {
        let mut top = leaf(&item);
        let mut carry = self.count;
        while carry & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            top = Hash::of_pair(&tag::LIST_NODE, &left, &top);
            carry >>= 1;
        }
        self.peaks.push(top);
        self.count = self.count.saturating_add(1);
    }

    /// Root of the list so far.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let top = match peaks.next() {
            Some(last) => peaks.fold(*last, |right, left| Hash::of_pair(&tag::LIST_NODE, left, &right)),
            None => Hash::default(),
        };
        bind(self.count, &top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_leaf_of_every_length_has_a_path_and_no_other_verifies() {
        let items: Vec<Hash> = (0u8..33).map(|n| Hash([n; 32])).collect();
        for count in 1..=items.len() {
            let some = &items[..count];
            let root = root(some);
            for index in 0..count {
                let siblings = path(some, index).unwrap();
                assert!(verify(&root, count as u64, index as u64, &some[index], &siblings), "{index} of {count}");
                assert!(!verify(&root, count as u64, index as u64, &Hash([99; 32]), &siblings));
                assert!(!verify(&root, count as u64 + 1, index as u64, &some[index], &siblings));
                for other in (0..count).filter(|o| *o != index) {
                    assert!(!verify(&root, count as u64, other as u64, &some[index], &siblings));
                }
                let mut longer = siblings.clone();
                longer.push(Hash::default());
                assert!(!verify(&root, count as u64, index as u64, &some[index], &longer));
            }
            assert_eq!(path(some, count), None);
        }
    }
}
