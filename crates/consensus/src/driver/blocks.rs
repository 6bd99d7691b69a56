//! The undecided blocks of the current height, and those that came too early.

use super::streams::Sealed;
use crate::journal::Finding;
use crate::limits::{MAX_AHEAD_PER_PUBLISHER, MAX_BLOCKS_PER_ROUND, MAX_HEIGHTS_AHEAD};
use bytes::Bytes;
use ledger::{BlockId, KeyId, Signature};
use malachite::app::types::PeerId;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One block that may still be decided.
#[derive(Clone, Debug)]
pub(super) struct Undecided {
    pub(super) bytes: Bytes,
    pub(super) finding: Finding,
    /// The rounds in which it was streamed, by whom, and the seal if another node made it.
    pub(super) streamed: BTreeMap<u32, (KeyId, Option<Signature>)>,
}

/// The blocks of one height, each kept for the whole height: it may be locked, proposed again or decided at any time.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    known: HashMap<BlockId, Undecided>,
    /// Judged invalid: not executed again.
    invalid: BTreeSet<BlockId>,
    judged: BTreeMap<u32, BTreeSet<BlockId>>,
}

impl Blocks {
    pub(super) fn get(&self, id: &BlockId) -> Option<&Undecided> {
        self.known.get(id)
    }

    pub(super) fn is_invalid(&self, id: &BlockId) -> bool {
        self.invalid.contains(id)
    }

    /// Whether one more distinct block of a round may be executed.
    pub(super) fn has_room(&self, round: u32, id: &BlockId) -> bool {
        self.judged.get(&round).is_none_or(|ids| ids.contains(id) || ids.len() < MAX_BLOCKS_PER_ROUND)
    }

    pub(super) fn put_invalid(&mut self, round: u32, id: BlockId) {
        self.judged.entry(round).or_default().insert(id);
        self.invalid.insert(id);
    }

    pub(super) fn put(
        &mut self,
        id: BlockId,
        round: u32,
        by: (KeyId, Option<Signature>),
        finding: Finding,
        bytes: Bytes,
    ) {
        self.judged.entry(round).or_default().insert(id);
        let entry = self.known.entry(id).or_insert(Undecided { bytes, finding, streamed: BTreeMap::new() });
        entry.streamed.entry(round).or_insert(by);
    }

    /// Notes a further round in which a known block was streamed.
    pub(super) fn streamed_again(&mut self, id: &BlockId, round: u32, proposer: KeyId, seal: Signature) {
        if let Some(block) = self.known.get_mut(id) {
            block.streamed.entry(round).or_insert((proposer, Some(seal)));
        }
    }

    /// The block of our own making for a round.
    pub(super) fn own(&self, round: u32) -> Option<(BlockId, Bytes)> {
        let own = |b: &Undecided| b.finding == Finding::Own && b.streamed.contains_key(&round);
        self.known.iter().find(|(_, b)| own(b)).map(|(id, b)| (*id, b.bytes.clone()))
    }

    /// All blocks, in no particular order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&BlockId, &Undecided)> {
        self.known.iter()
    }
}

/// Whole streams for heights that the ledger has not reached: their proposers cannot be checked yet.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    heights: BTreeMap<u64, HashMap<PeerId, Vec<Sealed>>>,
}

impl Ahead {
    /// Keeps a stream for later, if there is room. `next` is the height after the ledger's.
    pub(super) fn keep(&mut self, next: u64, publisher: PeerId, sealed: Sealed) {
        let height = sealed.opening.height;
        if height <= next || height > next.saturating_add(MAX_HEIGHTS_AHEAD) {
            return;
        }
        let kept = self.heights.entry(height).or_default().entry(publisher).or_default();
        if kept.len() < MAX_AHEAD_PER_PUBLISHER {
            kept.push(sealed);
        }
    }

    /// The streams of a height; those of lower ones are dropped.
    pub(super) fn take(&mut self, height: u64) -> Vec<Sealed> {
        let mut rest = self.heights.split_off(&height);
        let found = rest.remove(&height).unwrap_or_default();
        self.heights = rest;
        found.into_values().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Opening;
    use ledger::Hash;

    fn id(n: u8) -> BlockId {
        BlockId(Hash([n; 32]))
    }

    fn peer(n: u8) -> PeerId {
        let name = [&[0x00, 0x24, 0x08, 0x01, 0x12, 0x20], [n; 32].as_slice()].concat();
        PeerId::from_bytes(&name).unwrap()
    }

    #[test]
    fn a_round_has_room_for_two_blocks() {
        let mut blocks = Blocks::default();
        let proposer = KeyId(Hash([1; 32]));
        blocks.put(id(1), 0, (proposer, None), Finding::Valid, Bytes::new());
        assert!(blocks.has_room(0, &id(2)));
        blocks.put_invalid(0, id(2));
        assert!(!blocks.has_room(0, &id(3)));
        assert!(blocks.has_room(0, &id(1)));
        assert!(blocks.has_room(0, &id(2)));
        assert!(blocks.has_room(1, &id(3)));
        assert!(blocks.is_invalid(&id(2)) && !blocks.is_invalid(&id(1)));
    }

    #[test]
    fn own_blocks_are_found_by_round() {
        let mut blocks = Blocks::default();
        let me = KeyId(Hash([1; 32]));
        blocks.put(id(1), 0, (me, None), Finding::Own, Bytes::from_static(b"a"));
        blocks.put(id(2), 4, (me, None), Finding::Valid, Bytes::from_static(b"b"));
        assert_eq!(blocks.own(0), Some((id(1), Bytes::from_static(b"a"))));
        assert_eq!(blocks.own(4), None);
    }

    #[test]
    fn room_ahead_is_bounded() {
        let sealed = |height| Sealed {
            opening: Opening { height, round: 0, pol_round: None, proposer: KeyId(Hash([1; 32])) },
            seal: Signature([0; 64]),
            bytes: Bytes::new(),
        };
        let mut ahead = Ahead::default();
        for _ in 0..=MAX_AHEAD_PER_PUBLISHER {
            ahead.keep(10, peer(1), sealed(12));
        }
        ahead.keep(10, peer(2), sealed(12));
        ahead.keep(10, peer(2), sealed(10));
        ahead.keep(10, peer(2), sealed(10 + MAX_HEIGHTS_AHEAD));
        ahead.keep(10, peer(2), sealed(11 + MAX_HEIGHTS_AHEAD));
        assert_eq!(ahead.heights.len(), 2);
        assert_eq!(ahead.take(11).len(), 0);
        assert_eq!(ahead.take(12).len(), MAX_AHEAD_PER_PUBLISHER + 1);
        assert_eq!(ahead.take(11 + MAX_HEIGHTS_AHEAD).len(), 0);
        assert!(ahead.heights.is_empty());
    }
}
