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
    root_of_path(count, index, item, siblings) == Some(*expected)
}

/// The root of the list of `count` items in which `item` is leaf `index` and has these siblings; `None` when there is
/// no such leaf, or the path has not the length of its place.
pub fn root_of_path(count: u64, index: u64, item: &Hash, siblings: &[Hash]) -> Option<Hash> {
    if index >= count || siblings.len() > MAX_PATH {
        return None;
    }
    let mut position = index;
    let mut width = count;
    let mut hash = leaf(item);
    let mut rest = siblings.iter();
    while width > 1 {
        let is_right = position % 2 == 1;
        let has_sibling = is_right || position.saturating_add(1) < width;
        if has_sibling {
            let sibling = rest.next()?;
            hash = match is_right {
                true => Hash::of_pair(&tag::LIST_NODE, sibling, &hash),
                false => Hash::of_pair(&tag::LIST_NODE, &hash, sibling),
            };
        }
        position /= 2;
        width = width.div_ceil(2);
    }
    rest.next().is_none().then(|| bind(count, &hash))
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
        bind(self.count, &self.top())
    }

    fn top(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        match peaks.next() {
            Some(last) => peaks.fold(*last, |right, left| Hash::of_pair(&tag::LIST_NODE, left, &right)),
            None => Hash::default(),
        }
    }
}

/// Items of one span of [`Tops`].
pub const SPAN: u64 = 256;

/// The upper part of a list that only grows: the tops of its whole subtrees of [`SPAN`] items and more, which never change.
///
/// With them a path costs the items of two spans, however long the list is. They take 64 bytes for each span.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tops {
    /// Tops of 1, 2, 4 … spans, from the first on.
    levels: Vec<Vec<Hash>>,
}

impl Tops {
    /// Number of items in whole spans.
    pub fn count(&self) -> u64 {
        let spans = self.levels.first().map_or(0, Vec::len);
        u64::try_from(spans).unwrap_or(u64::MAX).saturating_mul(SPAN)
    }

    /// Appends the next span; `false`, and nothing done, when these are not [`SPAN`] items.
    pub fn push(&mut self, items: &[Hash]) -> bool {
        if u64::try_from(items.len()) != Ok(SPAN) {
            return false;
        }
        let mut top = top(items);
        for level in 0.. {
            if self.levels.len() <= level {
                self.levels.push(Vec::new());
            }
            let Some(tops) = self.levels.get_mut(level) else { break };
            tops.push(top);
            match tops.as_slice() {
                [.., left, right] if tops.len().is_multiple_of(2) => top = Hash::of_pair(&tag::LIST_NODE, left, right),
                _ => break,
            }
        }
        true
    }

    /// The siblings of leaf `index` in the list of the first `count` items, as [`path`] gives them.
    ///
    /// `own`: those of the first `count` items that are in the span of `index`. `rest`: those behind the last whole span.
    /// `None` when there is no such leaf, or spans are missing.
    pub fn path(&self, count: u64, index: u64, own: &[Hash], rest: &[Hash]) -> Option<Vec<Hash>> {
        if index >= count || u64::try_from(rest.len()) != Ok(count % SPAN) {
            return None;
        }
        let mut siblings = path(own, usize::try_from(index % SPAN).ok()?)?;
        let (mut position, mut width) = (index / SPAN, count.div_ceil(SPAN));
        let mut levels = self.levels.iter();
        let mut level = levels.next();
        let tops = |level: Option<&Vec<Hash>>, at: u64| level?.get(usize::try_from(at).ok()?).copied();
        // The last one of a level may be of fewer items, so it is not among the tops: it is carried upwards.
        let mut last = match rest.is_empty() {
            true => tops(level, width.checked_sub(1)?)?,
            false => top(rest),
        };
        while width > 1 {
            let end = width.checked_sub(1)?;
            match position ^ 1 {
                sibling if sibling < end => siblings.push(tops(level, sibling)?),
                sibling if sibling == end => siblings.push(last),
                _ => {}
            }
            if width.is_multiple_of(2) {
                last = Hash::of_pair(&tag::LIST_NODE, &tops(level, end.checked_sub(1)?)?, &last);
            }
            position /= 2;
            width = width.div_ceil(2);
            level = levels.next();
        }
        Some(siblings)
    }
}

fn top(items: &[Hash]) -> Hash {
    let mut list = Accumulator::default();
    for item in items {
        list.push(*item);
    }
    list.top()
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
                assert_eq!(root_of_path(count as u64, index as u64, &some[index], &siblings), Some(root));
                assert_eq!(root_of_path(index as u64, index as u64, &some[index], &siblings), None);
                for wrong in [&siblings[..siblings.len().saturating_sub(1)], &[&siblings[..], &siblings[..]].concat()] {
                    let exact = siblings.is_empty();
                    assert_eq!(root_of_path(count as u64, index as u64, &some[index], wrong).is_some(), exact);
                }
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

    #[test]
    fn the_upper_part_gives_the_same_paths_as_the_whole_list() {
        let span = SPAN as usize;
        let items: Vec<Hash> = (0..7 * span as u32 + 3).map(|n| Hash::of(&tag::LOGIN, &n)).collect();
        let mut tops = Tops::default();
        for span in items.chunks(span) {
            assert_eq!(tops.push(span), span.len() == SPAN as usize);
        }
        assert_eq!(tops.count(), 7 * SPAN);
        let counts = [1, 2, 255, 256, 257, 511, 512, 513, 768, 1_000, 1_024, 1_280, 1_281, 1_536, 1_791, 1_792, 1_795];
        for count in counts {
            let rest = &items[count - count % span..count];
            for index in (0..count).step_by(37).chain([count - 1, count / 2]) {
                let first = index - index % span;
                let own = &items[first..count.min(first + span)];
                let expected = path(&items[..count], index);
                assert_eq!(tops.path(count as u64, index as u64, own, rest), expected, "{index} of {count}");
            }
            assert_eq!(tops.path(count as u64, count as u64, &items[..1], rest), None);
        }
        assert_eq!(Tops::default().path(600, 1, &items[..256], &items[512..600]), None, "spans are missing");
    }
}
