//! Which of the agencies' nodes lies, or holds something back. It is told what each of them answered, and says what that
//! is a sign of. No clock, no network: time is an argument, and an answer is judged by `proof` before it comes here.
//!
//! Heads are compared by heartbeats: at the beginning of each every node is asked for a brief head, and one below what
//! another had shown, proven, at the heartbeat before is behind, for its node had a whole heartbeat to commit it. Where it
//! has not come on in that time either, over one connection, it is stale. A node that was started anew, or away, shows an old
//! head and is honest, also one that is below what it has shown itself: one that is connected anew, or comes on, has a
//! heartbeat more, and is stale where it is still below the very height that it was behind of and does not catch up. What
//! does not hold is told at once.

use ::access::wire::Fault;
use ledger::{BlockId, Hash};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use transport::PeerKey;

/// For how long a node with a fault is not used.
pub(crate) const SHUNNED: Duration = Duration::from_secs(600);
/// Heads that are remembered, to find two of one height.
const MAX_HEADS: usize = 1_024;

/// How much of a feed a head has proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FeedSeen {
    /// Number of links.
    pub(crate) count: u64,
    /// Head of the last.
    pub(crate) head: Hash,
}

/// What became of a question to one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    /// A head that holds. `feed`: none of a brief one, which is what a heartbeat asks for.
    Head {
        /// Its height.
        height: u64,
        /// Its block.
        block: BlockId,
        /// What it proves of the feed.
        feed: Option<FeedSeen>,
    },
    /// A head below what is known already.
    Behind {
        /// Its height.
        height: u64,
    },
    /// Bytes that do not hold, or that hold against what is known.
    Wrong {
        /// Of what they are a sign.
        fault: Fault,
        /// At which height.
        height: u64,
        /// In words.
        detail: String,
    },
    /// It refuses what its own certified head says is there.
    Withheld {
        /// At which height.
        height: u64,
        /// In words.
        detail: String,
    },
    /// Nothing within the time for it.
    Silent,
    /// No head and nobody's fault: it has no time, refuses, or cannot be asked.
    Busy,
}

/// A fault of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Raised {
    /// The node.
    pub(crate) peer: PeerKey,
    /// The fault.
    pub(crate) fault: Fault,
    /// At which height.
    pub(crate) height: u64,
    /// In words.
    pub(crate) detail: String,
}

/// What a heartbeat came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Beat {
    /// What it raises.
    pub(crate) raised: Vec<Raised>,
    /// Who is behind others, named or not; nobody where all are.
    pub(crate) behind: Vec<PeerKey>,
    /// Whether all who answered are behind what was proven before: they were restored, or lie together, and none alone is
    /// to be named.
    pub(crate) all_behind: bool,
}

/// A head, and what others have shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lag {
    /// Its height.
    height: u64,
    /// The most that another had shown a heartbeat before.
    best: u64,
}

impl Lag {
    /// Whether nothing has become better since a heartbeat in which the node was behind too: it has not come to what it was
    /// behind of, and the distance has not shrunk, as that of a node does which catches up.
    fn lasts_since(&self, before: &Lag) -> bool {
        let distance = |lag: &Lag| lag.best.saturating_sub(lag.height);
        self.height < before.best && distance(self) >= distance(before)
    }
}

/// The last words of one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shown {
    /// Height in this heartbeat; none where it did not answer with a head.
    height: Option<u64>,
    /// Highest in all heartbeats before.
    before: u64,
    /// Whether it was asked in this heartbeat and has not answered.
    silent: bool,
    /// What it showed in the heartbeat before, and the most that others had shown by then.
    seen: Option<Lag>,
    /// Where it was behind in the heartbeat before.
    lag: Option<Lag>,
    /// Since when it is connected.
    since: Option<Instant>,
    /// Whether it was connected anew since the heartbeat before.
    is_new: bool,
    /// Until when it is not used.
    shunned: Option<Instant>,
    /// Its last fault.
    fault: Option<Fault>,
}

/// Everything that the watch remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    nodes: BTreeMap<PeerKey, Shown>,
    /// Blocks by height, of the last heads.
    heads: BTreeMap<u64, BlockId>,
    /// The most that was proven of the feed, and at which height.
    feed: Option<(u64, FeedSeen)>,
    /// The highest of all heartbeats before, and what was known when the watch began.
    known: u64,
}

impl Watch {
    /// A watch that begins with what is known.
    pub(crate) fn new(known: Option<(u64, BlockId)>, feed: Option<FeedSeen>) -> Watch {
        let height = known.map_or(0, |(height, _)| height);
        Watch {
            heads: known.into_iter().collect(),
            feed: feed.map(|feed| (height, feed)),
            known: height,
            ..Watch::default()
        }
    }

    /// Notes, before a heartbeat asks a node, since when it is connected.
    pub(crate) fn meet(&mut self, peer: PeerKey, since: Option<Instant>) {
        let shown = self.nodes.entry(peer).or_default();
        shown.is_new = std::mem::replace(&mut shown.since, since) != since;
    }

    /// Takes one answer, and says what it is a sign of by itself.
    pub(crate) fn judge(&mut self, now: Instant, peer: PeerKey, answer: Answered) -> Vec<Raised> {
        let raise = |fault, height, detail: String| vec![Raised { peer, fault, height, detail }];
        let shown = self.nodes.entry(peer).or_default();
        shown.silent = false;
        let raised = match answer {
            Answered::Head { height, block, feed } => {
                if feed.is_none() {
                    shown.height = Some(height);
                }
                match self.differs(height, block, feed) {
                    Some((fault, detail)) => raise(fault, height, detail),
                    None => Vec::new(),
                }
            }
            Answered::Behind { height } => {
                shown.height = Some(height);
                Vec::new()
            }
            Answered::Wrong { fault, height, detail } => raise(fault, height, detail),
            Answered::Withheld { height, detail } => raise(Fault::Feed, height, detail),
            Answered::Silent => {
                shown.silent = true;
                Vec::new()
            }
            Answered::Busy => Vec::new(),
        };
        self.shun(now, &raised);
        raised
    }

    /// What a head that holds says against what was proven before; what agrees with it is remembered.
    fn differs(&mut self, height: u64, block: BlockId, feed: Option<FeedSeen>) -> Option<(Fault, String)> {
        if let Some(other) = self.heads.get(&height).filter(|other| **other != block) {
            return Some((Fault::Fork, format!("block {block} at height {height}, where {other} was certified")));
        }
        self.heads.insert(height, block);
        while self.heads.len() > MAX_HEADS {
            self.heads.pop_first();
        }
        let found = feed?;
        if let Some((at, most)) = self.feed {
            let shrinks = height >= at && found.count < most.count;
            if shrinks || (found.count == most.count && found.head != most.head) {
                let (found, most) = (found.count, most.count);
                return Some((Fault::Feed, format!("{found} links at height {height}, where {at} had {most}")));
            }
            if found.count < most.count {
                return None;
            }
        }
        self.feed = Some((height, found));
        None
    }

    /// Ends a heartbeat: who is behind, who stays so, and who was asked and said nothing while others answered.
    pub(crate) fn end_beat(&mut self, now: Instant) -> Beat {
        let lags = self.nodes.iter().filter_map(|(peer, shown)| Some((*peer, self.lag(peer, shown)?)));
        let lags: BTreeMap<PeerKey, Lag> = lags.collect();
        let answered = self.nodes.values().filter(|shown| shown.height.is_some()).count();
        let all_behind = answered > 0 && lags.len() == answered;
        let named = if all_behind { BTreeMap::new() } else { lags.clone() };
        let best = self.best_before(None);
        let mut raised = Vec::new();
        for (peer, shown) in &self.nodes {
            let before = [shown.seen.filter(|_| !shown.is_new), shown.lag];
            match named.get(peer) {
                Some(lag) if before.iter().flatten().any(|before| lag.lasts_since(before)) => {
                    let Lag { height, best } = *lag;
                    let detail =
                        format!("it stays behind: height {height}, where {best} was certified a heartbeat ago");
                    raised.push(Raised { peer: *peer, fault: Fault::Stale, height, detail });
                }
                _ if shown.silent && shown.height.is_none() && answered > 0 => {
                    let detail = "no answer within a heartbeat, while others answer".into();
                    raised.push(Raised { peer: *peer, fault: Fault::Silent, height: best, detail });
                }
                _ => {}
            }
        }
        let highest = self.nodes.values().filter_map(|shown| shown.height).max().unwrap_or(0);
        self.known = self.best_before(None).max(highest);
        for (peer, shown) in &mut self.nodes {
            let height = shown.height.take();
            shown.before = shown.before.max(height.unwrap_or(0));
            (shown.silent, shown.lag) = (false, lags.get(peer).copied());
            shown.seen = height.map(|height| Lag { height, best: self.known });
        }
        self.shun(now, &raised);
        Beat { raised, behind: named.into_keys().collect(), all_behind }
    }

    /// Where a node is behind what others have shown before.
    fn lag(&self, peer: &PeerKey, shown: &Shown) -> Option<Lag> {
        let (height, best) = (shown.height?, self.best_before(Some(peer)));
        (height < best).then_some(Lag { height, best })
    }

    /// The highest head of the heartbeats before; without the word of one node.
    fn best_before(&self, without: Option<&PeerKey>) -> u64 {
        let others = self.nodes.iter().filter(|(peer, _)| Some(*peer) != without);
        others.map(|(_, shown)| shown.before).max().unwrap_or(0).max(self.known)
    }

    fn shun(&mut self, now: Instant, raised: &[Raised]) {
        for Raised { peer, fault, height: _, detail: _ } in raised {
            let shown = self.nodes.entry(*peer).or_default();
            (shown.shunned, shown.fault) = (now.checked_add(SHUNNED), Some(*fault));
        }
    }

    /// Whether a node is not to be used now.
    pub(crate) fn shuns(&self, now: Instant, peer: &PeerKey) -> bool {
        self.nodes.get(peer).and_then(|shown| shown.shunned).is_some_and(|until| now < until)
    }

    /// The fault for which a node is not used now.
    pub(crate) fn fault(&self, now: Instant, peer: &PeerKey) -> Option<Fault> {
        self.nodes.get(peer).filter(|_| self.shuns(now, peer)).and_then(|shown| shown.fault)
    }

    /// The highest head that a node has shown.
    pub(crate) fn height(&self, peer: &PeerKey) -> Option<u64> {
        let shown = self.nodes.get(peer)?;
        Some(shown.before.max(shown.height.unwrap_or(0))).filter(|height| *height > 0)
    }
}

/// The name of a fault, as alerts have it.
pub(crate) fn name(fault: Fault) -> &'static str {
    match fault {
        Fault::Stale => "node-stale",
        Fault::Silent => "node-silent",
        Fault::Feed => "node-feed",
        Fault::Proof => "node-proof",
        Fault::Fork => "node-fork",
    }
}

/// The code of a fault.
pub(crate) fn code(fault: Fault) -> &'static str {
    match fault {
        Fault::Stale => "H7130",
        Fault::Silent => "H7131",
        Fault::Feed => "H7132",
        Fault::Proof => "H7133",
        Fault::Fork => "H7134",
    }
}

/// A fault of a node as it is kept and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LocalAlert {
    /// The node's transport identity, hexadecimal.
    pub(crate) peer: String,
    /// Its name in the configuration; of one who reported it, where it was reported.
    pub(crate) node: String,
    /// The fault's name.
    pub(crate) kind: String,
    /// In words.
    pub(crate) detail: String,
    /// Height and block time, milliseconds, when it was first seen.
    pub(crate) first: (u64, u64),
    /// The same when it was last seen.
    pub(crate) last: (u64, u64),
    /// How often.
    pub(crate) times: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: PeerKey = PeerKey([1; 32]);
    const B: PeerKey = PeerKey([2; 32]);
    const C: PeerKey = PeerKey([3; 32]);

    fn block(height: u64, n: u8) -> BlockId {
        BlockId(Hash([u8::try_from(height % 200).unwrap() ^ n; 32]))
    }

    fn feed(count: u64) -> FeedSeen {
        FeedSeen { count, head: Hash([u8::try_from(count).unwrap(); 32]) }
    }

    fn head(height: u64) -> Answered {
        Answered::Head { height, block: block(height, 0), feed: None }
    }

    fn fed(height: u64, feed: FeedSeen) -> Answered {
        Answered::Head { height, block: block(height, 0), feed: Some(feed) }
    }

    /// Heartbeats of answers, and what must be raised in each of them: (who, what), and whether all are behind.
    type Beats = Vec<(Vec<(PeerKey, Answered)>, Vec<(PeerKey, Fault)>, bool)>;

    fn check(name: &str, watch: Watch, beats: Beats) {
        let now = Instant::now();
        let mut watch = watch;
        for (number, (answers, expect, all_behind)) in beats.into_iter().enumerate() {
            let mut found = Vec::new();
            for (peer, answer) in answers {
                found.extend(watch.judge(now, peer, answer));
            }
            let beat = watch.end_beat(now);
            found.extend(beat.raised);
            let found: Vec<(PeerKey, Fault)> = found.into_iter().map(|raised| (raised.peer, raised.fault)).collect();
            assert_eq!((found, beat.all_behind), (expect, all_behind), "{name}, heartbeat {number}");
        }
    }

    #[test]
    fn who_is_behind_what_another_showed_a_heartbeat_before_is_stale() {
        let new = Watch::default;
        check(
            "honest, one slower",
            new(),
            vec![
                (vec![(A, head(9)), (B, head(8)), (C, head(9))], vec![], false),
                (vec![(A, head(10)), (B, head(9)), (C, head(11))], vec![], false),
                (vec![(A, head(11)), (B, head(11)), (C, head(11))], vec![], false),
            ],
        );
        check(
            "an old head again and again",
            new(),
            vec![
                (vec![(A, head(9)), (B, head(9)), (C, head(9))], vec![], false),
                (vec![(A, head(9)), (B, head(10)), (C, head(10))], vec![], false),
                (vec![(A, head(9)), (B, head(11)), (C, head(11))], vec![(A, Fault::Stale)], false),
                (vec![(A, head(9)), (B, head(12)), (C, head(12))], vec![(A, Fault::Stale)], false),
            ],
        );
        check(
            "as far behind as ever, and growing",
            new(),
            vec![
                (vec![(A, head(9)), (B, head(19))], vec![], false),
                (vec![(A, head(10)), (B, head(20))], vec![], false),
                (vec![(A, head(11)), (B, head(21))], vec![(A, Fault::Stale)], false),
            ],
        );
        check(
            "alone it is told by nobody",
            new(),
            vec![
                (vec![(A, head(9))], vec![], false),
                (vec![(A, head(9))], vec![], false),
                (vec![(A, head(8))], vec![], true),
            ],
        );
        check(
            "all are behind what is known",
            Watch::new(Some((20, block(20, 0))), None),
            vec![
                (vec![(A, Answered::Behind { height: 9 }), (B, head(12))], vec![], true),
                (vec![(A, head(21)), (B, head(12))], vec![(B, Fault::Stale)], false),
            ],
        );
    }

    #[test]
    fn who_was_started_anew_or_catches_up_is_not_named() {
        let new = Watch::default;
        check(
            "one block behind after a start, for less than a heartbeat",
            new(),
            vec![
                (vec![(A, head(9)), (B, head(9))], vec![], false),
                (vec![(A, Answered::Busy), (B, head(10))], vec![], false),
                (vec![(A, head(9)), (B, head(11))], vec![], false),
                (vec![(A, head(11)), (B, head(12))], vec![], false),
                (vec![(A, head(12)), (B, head(12))], vec![], false),
            ],
        );
        check(
            "slower by one block and always so",
            new(),
            vec![
                (vec![(A, head(9)), (B, head(11))], vec![], false),
                (vec![(A, head(10)), (B, head(12))], vec![], false),
                (vec![(A, head(11)), (B, head(13))], vec![], false),
                (vec![(A, head(12)), (B, head(14))], vec![], false),
            ],
        );
    }

    #[test]
    fn who_is_connected_anew_has_a_heartbeat_more() {
        let begun = Instant::now();
        // Heights of A, at which of its connections, and whether it is named. B goes on by one a heartbeat, from 900.
        let check = |name: &str, beats: &[(u64, u64, bool)]| {
            let mut watch = Watch::default();
            for (n, (height, connection, is_named)) in (0..).zip(beats) {
                watch.meet(A, Some(begun + Duration::from_secs(*connection)));
                watch.judge(begun, A, head(*height));
                watch.judge(begun, B, head(900 + n));
                let raised = watch.end_beat(begun).raised;
                let found: Vec<(PeerKey, Fault)> = raised.iter().map(|raised| (raised.peer, raised.fault)).collect();
                let expect = if *is_named { vec![(A, Fault::Stale)] } else { vec![] };
                assert_eq!(found, expect, "{name}, heartbeat {n}");
            }
        };
        check("an old copy", &[(900, 0, false), (100, 1, false), (400, 1, false), (700, 1, false), (904, 1, false)]);
        check("below itself over one connection", &[(900, 0, false), (899, 0, true)]);
        check("a new connection hides nothing", &[(900, 0, false), (899, 1, false), (899, 2, true)]);
        check("started twice, and coming on", &[(900, 0, false), (899, 1, false), (901, 2, false)]);
    }

    #[test]
    fn who_is_behind_is_told_apart_from_the_others_at_once() {
        let (now, mut watch) = (Instant::now(), Watch::default());
        for (a, b, behind) in [(9, 9, vec![]), (8, 10, vec![A]), (10, 11, vec![])] {
            watch.judge(now, A, head(a));
            watch.judge(now, B, head(b));
            assert_eq!(watch.end_beat(now).behind, behind, "{a} {b}");
        }
    }

    #[test]
    fn who_says_nothing_while_others_answer_is_silent() {
        check(
            "one",
            Watch::default(),
            vec![
                (vec![(A, Answered::Silent), (B, head(9))], vec![(A, Fault::Silent)], false),
                (vec![(A, head(9)), (B, head(10))], vec![], false),
            ],
        );
        check(
            "all: the network is down",
            Watch::default(),
            vec![(vec![(A, Answered::Silent), (B, Answered::Silent)], vec![], false)],
        );
        check("busy", Watch::default(), vec![(vec![(A, Answered::Busy), (B, head(9))], vec![], false)]);
        let lives = vec![(A, Answered::Silent), (A, Answered::Busy), (B, head(9))];
        check("busy after it said nothing", Watch::default(), vec![(lives, vec![], false)]);
    }

    #[test]
    fn a_feed_grows_and_has_one_head() {
        let known = || Watch::new(Some((9, block(9, 0))), Some(feed(4)));
        check("it grows", known(), vec![(vec![(A, fed(10, feed(5))), (B, fed(10, feed(5)))], vec![], false)]);
        check("it shrinks", known(), vec![(vec![(A, fed(10, feed(3)))], vec![(A, Fault::Feed)], false)]);
        let other = FeedSeen { count: 4, head: Hash([9; 32]) };
        check("another", known(), vec![(vec![(A, fed(10, other))], vec![(A, Fault::Feed)], false)]);
        check(
            "an older head has fewer",
            known(),
            vec![(vec![(A, fed(12, feed(7))), (B, fed(11, feed(5)))], vec![], false)],
        );
        let withheld = Answered::Withheld { height: 9, detail: "no links".into() };
        check("links held back", known(), vec![(vec![(A, withheld), (B, head(9))], vec![(A, Fault::Feed)], false)]);
    }

    #[test]
    fn two_blocks_of_one_height_are_a_fork_and_bytes_that_do_not_hold_are_told_at_once() {
        let fork = Answered::Head { height: 9, block: block(9, 1), feed: None };
        check("fork", Watch::default(), vec![(vec![(A, head(9)), (B, fork)], vec![(B, Fault::Fork)], false)]);
        let wrong = Answered::Wrong { fault: Fault::Proof, height: 9, detail: "a proof".into() };
        check("proof", Watch::default(), vec![(vec![(A, head(9)), (B, wrong)], vec![(B, Fault::Proof)], false)]);
    }

    #[test]
    fn a_node_with_a_fault_is_not_used_for_ten_minutes() {
        let now = Instant::now();
        let mut watch = Watch::default();
        let wrong = Answered::Wrong { fault: Fault::Proof, height: 9, detail: "a proof".into() };
        assert_eq!(watch.judge(now, A, wrong).len(), 1);
        assert!(watch.shuns(now, &A) && !watch.shuns(now, &B));
        assert_eq!(watch.fault(now + SHUNNED - Duration::from_secs(1), &A), Some(Fault::Proof));
        assert_eq!(watch.fault(now + SHUNNED, &A), None);
        watch.judge(now, B, head(7));
        assert_eq!((watch.height(&B), watch.height(&A)), (Some(7), None));
    }

    #[test]
    fn heads_are_remembered_to_a_bound() {
        let (now, mut watch) = (Instant::now(), Watch::default());
        for height in 0..2 * MAX_HEADS as u64 {
            watch.judge(now, A, head(height));
        }
        assert_eq!(watch.heads.len(), MAX_HEADS);
    }
}
