//! Blocks in parts: how a block becomes a stream, and how streams of others become blocks again.
//!
//! Nothing of a stream is trusted before it is whole and its seal is checked by the driver; until then it only takes
//! room, and that is bounded per publisher.

use crate::context::{Opening, Part};
use crate::limits::{MAX_STREAM_PUBLISHERS, MAX_STREAMS_PER_PUBLISHER, MAX_UNOPENED_STREAMS, PART_BYTES};
use bytes::{Bytes, BytesMut};
use ledger::Signature;
use malachite::app::streaming::{StreamContent, StreamId, StreamMessage};
use malachite::app::types::PeerId;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// A whole stream, not yet judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) opening: Opening,
    pub(crate) seal: Signature,
    pub(crate) bytes: Bytes,
}

/// The messages that carry a block under a name of the publisher's choice.
pub(crate) fn split(name: Bytes, sealed: &Sealed) -> Vec<StreamMessage<Part>> {
    let mut parts = vec![Part::Open(sealed.opening)];
    let mut rest = sealed.bytes.clone();
    while !rest.is_empty() {
        parts.push(Part::Bytes(rest.split_to(rest.len().min(PART_BYTES))));
    }
    parts.push(Part::Seal(sealed.seal));
    let name = StreamId::new(name);
    let number = |(n, part)| StreamMessage::new(name.clone(), n as u64, StreamContent::Data(part));
    parts.into_iter().enumerate().map(number).collect()
}

#[derive(Debug, Default)]
struct Stream {
    parts: BTreeMap<u64, Part>,
    /// Number of the seal, once it is there.
    last: Option<u64>,
    /// The height worked on when its first part came.
    since: u64,
}

/// Unfinished streams, by publisher and name.
#[derive(Debug)]
pub(crate) struct Streams {
    max_block: usize,
    /// The height worked on: what opens below is of no use any more.
    height: u64,
    publishers: HashMap<PeerId, VecDeque<(Bytes, Stream)>>,
}

impl Streams {
    pub(crate) fn new(max_block: usize) -> Streams {
        Streams { max_block, height: 0, publishers: HashMap::new() }
    }

    /// Number of the last message that a stream of the largest block can have.
    fn max_number(&self) -> u64 {
        (self.max_block.div_ceil(PART_BYTES) + 1) as u64
    }

    /// Takes a message; the whole stream if it was the last one missing.
    pub(crate) fn take(&mut self, publisher: PeerId, message: StreamMessage<Part>) -> Option<Sealed> {
        let (name, number) = (message.stream_id.to_bytes(), message.sequence);
        let part = message.content.into_data()?;
        // The opening is the first message and nothing else is; so a stream that passes is well-formed but for gaps.
        if number > self.max_number() || matches!(part, Part::Open(_)) != (number == 0) {
            return None;
        }
        if matches!(part, Part::Open(o) if o.height < self.height) {
            return None;
        }
        if !self.publishers.contains_key(&publisher) && self.publishers.len() >= MAX_STREAM_PUBLISHERS {
            return None;
        }
        let streams = self.publishers.entry(publisher).or_default();
        let known = streams.iter().position(|(n, _)| *n == name);
        let opens = matches!(part, Part::Open(_)) && known.is_none_or(|at| !streams[at].1.is_open());
        if opens || known.is_none() {
            make_room(streams, opens);
        }
        let at = streams.iter().position(|(n, _)| *n == name).unwrap_or_else(|| {
            streams.push_back((name, Stream { since: self.height, ..Stream::default() }));
            streams.len() - 1
        });
        let stream = &mut streams[at].1;
        if matches!(part, Part::Seal(_)) {
            stream.last.get_or_insert(number);
        }
        stream.parts.entry(number).or_insert(part);
        if stream.last.is_none_or(|last| (stream.parts.len() as u64) <= last) {
            return None;
        }
        let (_, stream) = streams.remove(at)?;
        if streams.is_empty() {
            self.publishers.remove(&publisher);
        }
        stream.assemble(self.max_block)
    }

    /// Forgets streams of heights that are decided. One that is not open yet may be of the coming height, and is forgotten
    /// at the next but one.
    pub(crate) fn forget_below(&mut self, height: u64) {
        self.height = height;
        for streams in self.publishers.values_mut() {
            streams.retain(|(_, s)| match s.parts.get(&0) {
                Some(Part::Open(o)) => o.height >= height,
                _ => s.since.saturating_add(1) >= height,
            });
        }
        self.publishers.retain(|_, streams| !streams.is_empty());
    }
}

/// Makes room for one more open stream, or one more whose opening has not come. Neither kind pushes out the other: parts
/// without an opening cost their sender nothing.
fn make_room(streams: &mut VecDeque<(Bytes, Stream)>, open: bool) {
    let limit = if open { MAX_STREAMS_PER_PUBLISHER } else { MAX_UNOPENED_STREAMS };
    let same = |s: &Stream| s.is_open() == open;
    if streams.iter().filter(|(_, s)| same(s)).count() >= limit
        && let Some(oldest) = streams.iter().position(|(_, s)| same(s))
    {
        streams.remove(oldest);
    }
}

impl Stream {
    fn is_open(&self) -> bool {
        self.parts.contains_key(&0)
    }

    /// The block, if the parts are an opening, bytes and a seal in this order, and not too long.
    fn assemble(self, max_block: usize) -> Option<Sealed> {
        let (mut opening, mut seal, mut bytes) = (None, None, BytesMut::new());
        for part in self.parts.into_values() {
            match part {
                Part::Open(o) if opening.is_none() => opening = Some(o),
                Part::Bytes(b) if seal.is_none() && bytes.len() + b.len() <= max_block => bytes.extend_from_slice(&b),
                Part::Seal(s) if seal.is_none() => seal = Some(s),
                Part::Open(_) | Part::Bytes(_) | Part::Seal(_) => return None,
            }
        }
        Some(Sealed { opening: opening?, seal: seal?, bytes: bytes.freeze() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{Hash, KeyId};
    use proptest::prelude::*;

    const MAX: usize = 4 * PART_BYTES;

    fn peer(n: u8) -> PeerId {
        let name = [&[0x00, 0x24, 0x08, 0x01, 0x12, 0x20], [n; 32].as_slice()].concat();
        PeerId::from_bytes(&name).unwrap()
    }

    fn sealed(height: u64, length: usize) -> Sealed {
        let opening = Opening { height, round: 1, pol_round: None, proposer: KeyId(Hash([1; 32])) };
        let bytes = (0..length).map(|n| n as u8).collect::<Vec<_>>().into();
        Sealed { opening, seal: Signature([5; 64]), bytes }
    }

    fn name(n: u64) -> Bytes {
        Bytes::copy_from_slice(&n.to_be_bytes())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn blocks_come_back_in_any_order(length in 0usize..=MAX, order in any::<u64>(), repeat in any::<bool>()) {
            let block = sealed(3, length);
            let mut messages = split(name(1), &block);
            if repeat {
                messages.insert(0, messages[messages.len() / 2].clone());
            }
            let mut state = order;
            for i in (1..messages.len()).rev() {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                messages.swap(i, (state >> 33) as usize % (i + 1));
            }
            let mut streams = Streams::new(MAX);
            let found: Vec<_> = messages.into_iter().filter_map(|m| streams.take(peer(1), m)).collect();
            prop_assert_eq!(found, [block]);
        }
    }

    #[test]
    fn publishers_do_not_mix() {
        let messages = split(name(1), &sealed(3, 10));
        let mut streams = Streams::new(MAX);
        assert_eq!(streams.take(peer(1), messages[0].clone()), None);
        assert_eq!(streams.take(peer(2), messages[1].clone()), None);
        assert_eq!(streams.take(peer(1), messages[2].clone()), None);
        assert!(streams.take(peer(1), messages[1].clone()).is_some());
    }

    #[test]
    fn the_length_is_bounded_at_its_value_and_one_above() {
        let run = |length| {
            let mut streams = Streams::new(MAX);
            split(name(1), &sealed(3, length)).into_iter().find_map(|m| streams.take(peer(1), m))
        };
        assert!(run(MAX).is_some());
        assert!(run(MAX + 1).is_none());
    }

    #[test]
    fn a_publisher_holds_few_streams() {
        let mut streams = Streams::new(MAX);
        for n in 0..=MAX_STREAMS_PER_PUBLISHER as u64 {
            streams.take(peer(1), split(name(n), &sealed(3, 10))[0].clone());
        }
        let finish = |streams: &mut Streams, n| {
            split(name(n), &sealed(3, 10)).into_iter().skip(1).find_map(|m| streams.take(peer(1), m))
        };
        assert!(finish(&mut streams, 1).is_some(), "the second is still there");
        assert!(finish(&mut streams, 0).is_none(), "the oldest gave way");
    }

    #[test]
    fn parts_without_an_opening_push_out_no_open_stream() {
        let mut streams = Streams::new(MAX);
        let parts = |n| split(name(n), &sealed(3, 10));
        for n in 0..MAX_STREAMS_PER_PUBLISHER as u64 {
            streams.take(peer(1), parts(n)[0].clone());
        }
        for n in 100..200 {
            assert_eq!(streams.take(peer(1), parts(n)[1].clone()), None);
            assert_eq!(streams.take(peer(1), parts(n)[2].clone()), None);
        }
        let held = &streams.publishers[&peer(1)];
        assert_eq!(held.len(), MAX_STREAMS_PER_PUBLISHER + MAX_UNOPENED_STREAMS);
        assert!(streams.take(peer(1), parts(199)[0].clone()).is_some(), "the last of them opens after all");
        for n in 1..MAX_STREAMS_PER_PUBLISHER as u64 {
            assert_eq!(streams.take(peer(1), parts(n)[1].clone()), None);
            assert!(streams.take(peer(1), parts(n)[2].clone()).is_some(), "{n} is still there");
        }
    }

    #[test]
    fn what_opens_below_the_height_or_never_is_dropped() {
        let mut streams = Streams::new(MAX);
        streams.forget_below(3);
        let parts = |n, height| split(name(n), &sealed(height, 10));
        assert_eq!(streams.take(peer(1), parts(1, 2)[0].clone()), None);
        assert!(streams.publishers.is_empty(), "of a height that is decided");
        streams.take(peer(1), parts(2, 4)[1].clone());
        streams.forget_below(4);
        assert_eq!(streams.publishers.len(), 1, "it may be of this height");
        streams.forget_below(5);
        assert!(streams.publishers.is_empty());
    }

    #[test]
    fn publishers_are_bounded_too() {
        let mut streams = Streams::new(MAX);
        for n in 0..=MAX_STREAM_PUBLISHERS as u8 {
            streams.take(peer(n), split(name(1), &sealed(3, 10))[0].clone());
        }
        assert_eq!(streams.publishers.len(), MAX_STREAM_PUBLISHERS);
        streams.forget_below(3);
        assert_eq!(streams.publishers.len(), MAX_STREAM_PUBLISHERS);
        streams.forget_below(4);
        assert!(streams.publishers.is_empty());
    }

    #[test]
    fn malformed_streams_give_nothing() {
        let [open, bytes, seal]: [_; 3] = split(name(1), &sealed(3, 10)).try_into().unwrap();
        let renumber = |m: &StreamMessage<Part>, n| StreamMessage::new(m.stream_id.clone(), n, m.content.clone());
        let check = |messages: Vec<StreamMessage<Part>>| {
            let mut streams = Streams::new(MAX);
            assert_eq!(messages.into_iter().find_map(|m| streams.take(peer(1), m)), None);
        };
        check(vec![bytes.clone(), seal.clone()]);
        check(vec![renumber(&bytes, 0), renumber(&open, 1), seal.clone()]);
        check(
            vec![open.clone(), renumber(&seal, 1), renumber(&seal, 2), renumber(&bytes, 3)].into_iter().rev().collect(),
        );
        check(vec![open, renumber(&bytes, 1_000), seal]);
    }
}
