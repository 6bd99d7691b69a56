//! Who may say what: topics, roles, sizes, rates.

use crate::context::{Address, Part, Validators};
use crate::limits::{
    CONTROL_RATE, FORWARD_WINDOW, FRAME_SLACK, GOSSIP_RATE, MAX_CONTROL_BYTES, MAX_EARLY_HEIGHTS,
    MAX_EARLY_PER_PUBLISHER, MAX_PEERS, PART_BYTES,
};
use ledger::NetworkId;
use libp2p::PeerId;
use libp2p::gossipsub::{IdentTopic, TopicHash};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use transport::{Peer, PeerKey};

/// What is gossiped. Networks have topics of their own, so that two of them cannot mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Topic {
    /// Votes and proposals.
    Consensus,
    /// Repeated votes and the certificates that help a node to catch up within a height.
    Liveness,
    /// Blocks in parts.
    Parts,
    /// Heights that nodes can serve.
    Status,
    /// Transactions.
    Transactions,
}

impl Topic {
    pub(crate) const ALL: [Topic; 5] =
        [Topic::Consensus, Topic::Liveness, Topic::Parts, Topic::Status, Topic::Transactions];

    fn name(self) -> &'static str {
        match self {
            Topic::Consensus => "consensus",
            Topic::Liveness => "liveness",
            Topic::Parts => "parts",
            Topic::Status => "status",
            Topic::Transactions => "transactions",
        }
    }

    pub(crate) fn ident(self, network: &NetworkId) -> IdentTopic {
        IdentTopic::new(format!("/hufu/{network}/{}/1", self.name()))
    }

    /// Whether only validators may publish on it.
    fn is_for_validators(self) -> bool {
        match self {
            Topic::Consensus | Topic::Liveness | Topic::Parts => true,
            Topic::Status | Topic::Transactions => false,
        }
    }

    fn max_bytes(self, max_gossip: usize) -> usize {
        match self {
            Topic::Consensus | Topic::Liveness | Topic::Status => MAX_CONTROL_BYTES,
            Topic::Parts => PART_BYTES + FRAME_SLACK,
            Topic::Transactions => max_gossip,
        }
    }
}

/// The topics of a network by their hash.
pub(crate) fn topics(network: &NetworkId) -> HashMap<TopicHash, Topic> {
    Topic::ALL.into_iter().map(|t| (t.ident(network).hash(), t)).collect()
}

/// What to do with a message before it is even decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Decode it.
    Take,
    /// Neither use nor relay it.
    Ignore,
    /// The same, and its forwarder should have known.
    Reject,
}

/// Tokens that come back with time.
#[derive(Clone, Copy, Debug)]
struct Rate {
    tokens: f64,
    at: Instant,
}

impl Rate {
    /// Spends a token. The lower half is for what comes from the publisher itself: nobody else can use up all of it.
    fn spend(&mut self, now: Instant, (burst, per_second): (u32, u32), forwarded: bool) -> bool {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * f64::from(per_second);
        self.tokens = (self.tokens + gained).min(f64::from(burst));
        self.at = now;
        let kept = if forwarded { f64::from(burst) / 2.0 } else { 0.0 };
        let enough = self.tokens >= kept + 1.0;
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }
}

/// Which messages of a publisher were here, by their sequence numbers: these begin with the clock of its start and go up.
///
/// The gossip protocol forgets a message after a while; somebody who kept it could send it again in its publisher's name.
#[derive(Debug)]
struct Window {
    newest: u64,
    /// One bit for each number, 64 to a word. A word says which numbers it is of, and holds none of others.
    words: Box<[(u64, u64)]>,
}

impl Window {
    fn new(newest: u64) -> Window {
        // One more than the window has, so that it may begin and end within a word.
        Window { newest, words: vec![(0, 0); (FORWARD_WINDOW / 64 + 1) as usize].into_boxed_slice() }
    }

    /// Takes a number, through a forwarder once. The publisher itself is believed whatever it says, for its clock may have
    /// been set back; through others a message below the window is too old.
    fn take(&mut self, number: u64, forwarded: bool) -> bool {
        let behind = self.newest.saturating_sub(number) >= FORWARD_WINDOW;
        if behind && forwarded {
            return false;
        }
        self.newest = if behind { number } else { self.newest.max(number) };
        let (of, bit) = (number / 64, 1 << (number % 64));
        let place = (of % self.words.len() as u64) as usize;
        let Some(word) = self.words.get_mut(place) else { return false };
        if word.0 != of {
            *word = (of, 0);
        }
        let known = word.1 & bit != 0;
        word.1 |= bit;
        !(known && forwarded)
    }
}

/// What is known of a publisher's messages of one kind.
#[derive(Debug)]
struct Record {
    rate: Rate,
    window: Window,
}

/// What the rules look at in a gossip message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Envelope<'a> {
    pub(crate) topic: Topic,
    pub(crate) source: &'a PeerId,
    /// Who brought it here.
    pub(crate) forwarder: &'a PeerId,
    pub(crate) number: u64,
    pub(crate) length: usize,
}

impl Envelope<'_> {
    pub(crate) fn is_forwarded(&self) -> bool {
        self.source != self.forwarder
    }
}

/// A vote or a proposal, which the engine may have to keep before it can check the signature.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    pub(crate) height: u64,
    pub(crate) address: Address,
    pub(crate) is_vote: bool,
}

/// Seats by the node that speaks for them.
type Seats = HashMap<PeerId, HashSet<Address>>;

fn seats<'a>(sets: impl IntoIterator<Item = &'a Validators>) -> Seats {
    let mut seats = Seats::new();
    let all = sets.into_iter().flat_map(|set| set.seats());
    for (peer, address) in all.filter_map(|v| Some((PeerKey(v.peer).id()?, v.address))) {
        seats.entry(peer).or_default().insert(address);
    }
    seats
}

/// Who is who at the moment.
pub(crate) struct Rules {
    me: PeerId,
    max_gossip: usize,
    configured: HashMap<PeerId, Option<SocketAddr>>,
    /// Validators of the current height and of the one before: their last precommits may still be on the way.
    current: Seats,
    previous: Seats,
    /// Validators of the heights to come, as far as they are decided: they may begin earlier than this node.
    coming: Seats,
    records: HashMap<(PeerId, bool), Record>,
    /// Votes and proposals handed to the engine for heights that it has not begun.
    early: HashMap<PeerId, BTreeMap<u64, u32>>,
}

impl Rules {
    pub(crate) fn new(me: PeerId, max_gossip: usize) -> Rules {
        Rules {
            me,
            max_gossip,
            configured: HashMap::new(),
            current: Seats::new(),
            previous: Seats::new(),
            coming: Seats::new(),
            records: HashMap::new(),
            early: HashMap::new(),
        }
    }

    /// Replaces the list of peers. What is beyond the bound or no key is left out.
    pub(crate) fn allow(&mut self, peers: &[Peer]) {
        let known = peers.iter().filter_map(|p| Some((p.key.id()?, p.address)));
        self.configured = known.filter(|(id, _)| *id != self.me).take(MAX_PEERS).collect();
    }

    /// Takes the validators of a height. Whether anything changed.
    pub(crate) fn seat(&mut self, validators: &Validators) -> bool {
        let seats = seats([validators]);
        let changed = seats != self.current || self.previous != self.current;
        self.previous = std::mem::replace(&mut self.current, seats);
        self.forget_early();
        changed
    }

    /// Takes the validators of the heights to come.
    pub(crate) fn expect(&mut self, sets: &[Validators]) {
        self.coming = seats(sets);
        self.forget_early();
    }

    /// Drops the counts of those who are no validators any more.
    fn forget_early(&mut self) {
        let sets = [&self.current, &self.previous, &self.coming];
        self.early.retain(|peer, _| sets.iter().any(|set| set.contains_key(peer)));
    }

    /// Everyone who may be connected.
    pub(crate) fn admitted(&self) -> HashSet<PeerId> {
        let seats = [&self.current, &self.previous, &self.coming].into_iter().flat_map(Seats::keys);
        self.configured.keys().chain(seats).filter(|id| **id != self.me).copied().collect()
    }

    pub(crate) fn is_admitted(&self, peer: &PeerId) -> bool {
        *peer != self.me && (self.configured.contains_key(peer) || self.is_validator(peer))
    }

    fn is_validator(&self, peer: &PeerId) -> bool {
        [&self.current, &self.previous, &self.coming].iter().any(|set| set.contains_key(peer))
    }

    /// Whether the peer is a validator of the current height.
    pub(crate) fn is_seated(&self, peer: &PeerId) -> bool {
        self.current.contains_key(peer)
    }

    pub(crate) fn addresses(&self) -> impl Iterator<Item = (PeerId, SocketAddr)> + '_ {
        self.configured.iter().filter_map(|(id, address)| Some((*id, (*address)?)))
    }

    /// Judges a message by who made it, where, how long it is and whether it was here before.
    pub(crate) fn judge(&mut self, envelope: &Envelope<'_>, now: Instant) -> Admission {
        let Envelope { topic, source, number, length, .. } = *envelope;
        if !self.is_admitted(source) || length > topic.max_bytes(self.max_gossip) {
            return Admission::Reject;
        }
        if topic.is_for_validators() && !self.is_validator(source) {
            // Not a fault of the forwarder, who may know a newer set than this node.
            return Admission::Ignore;
        }
        let gossip = topic == Topic::Transactions;
        let limit = if gossip { GOSSIP_RATE } else { CONTROL_RATE };
        if self.records.len() > 4 * MAX_PEERS {
            self.records.clear();
        }
        let record = self.records.entry((*source, gossip)).or_insert_with(|| {
            let rate = Rate { tokens: f64::from(limit.0), at: now };
            Record { rate, window: Window::new(number) }
        });
        let forwarded = envelope.is_forwarded();
        // An old message costs its publisher nothing.
        match record.window.take(number, forwarded) && record.rate.spend(now, limit, forwarded) {
            true => Admission::Take,
            false => Admission::Ignore,
        }
    }

    /// Whether a vote or proposal goes to the engine, which works on the height `running`.
    ///
    /// A vote is published by its voter alone. A proposal may be published again by others, at the running height; for
    /// coming heights, where the engine keeps what it cannot check yet, it too is taken from its proposer alone.
    pub(crate) fn hear(&mut self, source: &PeerId, statement: &Statement, running: u64) -> bool {
        let Statement { height, address, is_vote } = *statement;
        let seats = [&self.current, &self.previous, &self.coming];
        let own = seats.iter().any(|s| s.get(source).is_some_and(|addresses| addresses.contains(&address)));
        if height <= running {
            return own || !is_vote;
        }
        if !own || height - running > MAX_EARLY_HEIGHTS {
            return false;
        }
        let early = self.early.entry(*source).or_default();
        early.retain(|height, _| *height > running);
        let count = early.entry(height).or_insert(0);
        let fits = *count < MAX_EARLY_PER_PUBLISHER;
        *count += u32::from(fits);
        fits
    }
}

/// Bytes of proposal parts that are on their way from the swarm to the driver.
///
/// The engine's mailboxes have no bound, and the driver is as slow as execution. What a publisher sends beyond its budget
/// is not taken; half of it is for what comes from the publisher itself. Parts that the engine drops on the way are forgiven at the next round.
#[derive(Debug)]
pub(crate) struct PartBudget {
    limit: usize,
    spent: Mutex<HashMap<PeerKey, usize>>,
}

impl PartBudget {
    pub(crate) fn new(limit: usize) -> PartBudget {
        PartBudget { limit, spent: Mutex::new(HashMap::new()) }
    }

    pub(crate) fn charge(&self, publisher: PeerKey, part: &Part, forwarded: bool) -> bool {
        let limit = if forwarded { self.limit / 2 } else { self.limit };
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let total = spent.entry(publisher).or_insert(0);
        let fits = *total + weight(part) <= limit;
        if fits {
            *total += weight(part);
        }
        fits
    }

    pub(crate) fn release(&self, publisher: PeerKey, part: &Part) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(total) = spent.get_mut(&publisher) {
            *total = total.saturating_sub(weight(part));
        }
    }

    pub(crate) fn forgive(&self) {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn weight(part: &Part) -> usize {
    const OVERHEAD: usize = 256;
    match part {
        Part::Bytes(bytes) => OVERHEAD + bytes.len(),
        Part::Open(_) | Part::Seal(_) => OVERHEAD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use std::time::Duration;
    use transport::TransportKey;

    fn key(n: u8) -> PeerKey {
        TransportKey::from_secret(&mut [n; 32]).unwrap().peer_key()
    }

    fn address(n: u8) -> Address {
        Address(ledger::KeyId(ledger::Hash([n; 32])))
    }

    fn id(n: u8) -> PeerId {
        key(n).id().unwrap()
    }

    /// A message of `source` that `forwarder` brings.
    fn judge(rules: &mut Rules, topic: Topic, (source, forwarder): (u8, u8), number: u64, now: Instant) -> Admission {
        let (source, forwarder) = (&id(source), &id(forwarder));
        rules.judge(&Envelope { topic, source, forwarder, number, length: 1 }, now)
    }

    fn rules() -> Rules {
        let mut rules = Rules::new(key(1).id().unwrap(), 1_000);
        rules.allow(&[Peer { key: key(2), address: None }, Peer { key: key(3), address: None }]);
        rules.current.insert(key(3).id().unwrap(), HashSet::from([address(3)]));
        rules
    }

    #[test]
    fn roles_decide() {
        let mut rules = rules();
        let (observer, validator, stranger) = (key(2), key(3), key(4));
        let now = Instant::now();
        let mut check = |topic, who: PeerKey, length, expect| {
            let source = &who.id().unwrap();
            let envelope = Envelope { topic, source, forwarder: source, number: 1, length };
            assert_eq!(rules.judge(&envelope, now), expect, "{topic:?} {length}");
        };
        for topic in Topic::ALL {
            check(topic, validator, 10, Admission::Take);
            check(topic, stranger, 10, Admission::Reject);
            check(topic, key(1), 10, Admission::Reject);
        }
        check(Topic::Status, observer, 10, Admission::Take);
        check(Topic::Transactions, observer, 10, Admission::Take);
        check(Topic::Consensus, observer, 10, Admission::Ignore);
        check(Topic::Liveness, observer, 10, Admission::Ignore);
        check(Topic::Parts, observer, 10, Admission::Ignore);
        check(Topic::Consensus, validator, MAX_CONTROL_BYTES, Admission::Take);
        check(Topic::Consensus, validator, MAX_CONTROL_BYTES + 1, Admission::Reject);
        check(Topic::Parts, validator, PART_BYTES + FRAME_SLACK, Admission::Take);
        check(Topic::Parts, validator, PART_BYTES + FRAME_SLACK + 1, Admission::Reject);
        check(Topic::Transactions, validator, 1_000, Admission::Take);
        check(Topic::Transactions, validator, 1_001, Admission::Reject);
    }

    #[test]
    fn rates_are_per_publisher_and_recover() {
        let mut rules = rules();
        let (noisy, quiet) = (3, 2);
        let now = Instant::now();
        for n in 0..u64::from(CONTROL_RATE.0) {
            assert_eq!(judge(&mut rules, Topic::Status, (noisy, noisy), n, now), Admission::Take);
        }
        assert_eq!(judge(&mut rules, Topic::Status, (noisy, noisy), 9_000, now), Admission::Ignore);
        assert_eq!(judge(&mut rules, Topic::Transactions, (noisy, noisy), 9_000, now), Admission::Take);
        assert_eq!(judge(&mut rules, Topic::Status, (quiet, quiet), 9_000, now), Admission::Take);
        let later = now + Duration::from_millis(10);
        assert_eq!(judge(&mut rules, Topic::Status, (noisy, noisy), 9_001, later), Admission::Take);
    }

    #[test]
    fn a_forwarder_cannot_use_up_what_a_publisher_may_send() {
        let mut rules = rules();
        let now = Instant::now();
        let mut taken = 0;
        for n in 1..=u64::from(CONTROL_RATE.0) {
            taken += u32::from(judge(&mut rules, Topic::Consensus, (3, 2), n, now) == Admission::Take);
        }
        assert_eq!(taken, CONTROL_RATE.0 / 2);
        for n in 0..u64::from(CONTROL_RATE.0 / 2) {
            assert_eq!(judge(&mut rules, Topic::Consensus, (3, 3), 9_000 + n, now), Admission::Take);
        }
        assert_eq!(judge(&mut rules, Topic::Consensus, (3, 3), 99_000, now), Admission::Ignore);
    }

    #[test]
    fn an_old_message_is_not_taken_again_from_a_forwarder() {
        let mut rules = rules();
        let now = Instant::now();
        let start = 1_700_000_000_000_000_000;
        let mut check = |by: (u8, u8), number, expect: bool| {
            let expect = if expect { Admission::Take } else { Admission::Ignore };
            assert_eq!(judge(&mut rules, Topic::Parts, by, number, now), expect, "{by:?} {number}");
        };
        check((3, 2), start, true);
        check((3, 2), start, false);
        check((3, 2), start + 9, true);
        check((3, 2), start + 7, true);
        check((3, 2), start + 7, false);
        check((3, 3), start + FORWARD_WINDOW, true);
        check((3, 2), start + 1, true);
        check((3, 2), start, false);
        // A restart begins far above; nothing of before comes again.
        check((3, 3), start + 60_000_000_000, true);
        for old in [start + FORWARD_WINDOW - 1, start + 8, start + 60_000_000_000 - FORWARD_WINDOW] {
            check((3, 2), old, false);
        }
        // Its clock was set back: its own word counts, and from then on that of its forwarders.
        check((3, 3), start + 20, true);
        check((3, 2), start + 21, true);
        check((3, 2), start + 21, false);
    }

    #[test]
    fn a_vote_is_heard_from_its_voter_alone() {
        let mut rules = rules();
        let mut check = |address, is_vote, height, expect| {
            let statement = Statement { height, address, is_vote };
            assert_eq!(rules.hear(&id(3), &statement, 7), expect, "{statement:?}");
        };
        for height in [6, 7, 8] {
            check(address(3), true, height, true);
            check(address(3), false, height, true);
            check(address(4), true, height, false);
        }
        check(address(4), false, 7, true);
        check(address(4), false, 8, false);
        check(address(3), true, 7 + MAX_EARLY_HEIGHTS, true);
        check(address(3), true, 7 + MAX_EARLY_HEIGHTS + 1, false);
    }

    #[test]
    fn one_voter_leaves_room_for_the_votes_of_others() {
        let mut rules = rules();
        rules.previous.insert(id(5), HashSet::from([address(5)]));
        let heard = |rules: &mut Rules, n, height, running| {
            rules.hear(&id(n), &Statement { height, address: address(n), is_vote: true }, running)
        };
        let count = (0..500).filter(|_| heard(&mut rules, 3, 9, 8)).count();
        assert_eq!(count, MAX_EARLY_PER_PUBLISHER as usize);
        assert!(heard(&mut rules, 5, 9, 8) && heard(&mut rules, 3, 10, 8));
        assert!(heard(&mut rules, 3, 9, 9), "the engine checks it at once");
        assert!(heard(&mut rules, 3, 10, 9));
        assert_eq!(rules.early[&id(3)].len(), 1, "what is reached is forgotten");
        // The engine keeps 500 a height. Two sets that follow each other differ in one seat, so that a third adds few.
        assert!(MAX_EARLY_PER_PUBLISHER as usize * 2 * ledger::bounds::MAX_VALIDATORS < 500);
    }

    #[test]
    fn the_last_set_is_still_heard() {
        let set = |n: u8| {
            let key = ledger::PublicKey::from_bytes(key(n).0).unwrap();
            let seat = ledger::Validator { key, org: Default::default(), peer: self::key(n).0 };
            Validators::of(&ledger::ValidatorSet::new(vec![seat]).unwrap())
        };
        let mut rules = Rules::new(key(1).id().unwrap(), 1_000);
        assert!(rules.seat(&set(5)));
        assert!(rules.seat(&set(5)), "the set before was empty");
        assert!(!rules.seat(&set(5)));
        assert!(rules.seat(&set(6)));
        assert!(rules.is_admitted(&key(5).id().unwrap()));
        assert!(!rules.is_seated(&key(5).id().unwrap()));
        assert!(rules.seat(&set(6)));
        assert!(!rules.is_admitted(&key(5).id().unwrap()));
    }

    #[test]
    fn the_next_set_is_heard_before_its_first_height() {
        let set = |numbers: &[u8]| {
            let seat = |n: &u8| {
                let key = ledger::PublicKey::from_bytes(key(*n).0).unwrap();
                ledger::Validator { key, org: Default::default(), peer: self::key(*n).0 }
            };
            Validators::of(&ledger::ValidatorSet::new(numbers.iter().map(seat).collect()).unwrap())
        };
        let mut rules = Rules::new(id(1), 1_000);
        rules.seat(&set(&[2, 3]));
        rules.seat(&set(&[2, 3]));
        let now = Instant::now();
        assert_eq!(judge(&mut rules, Topic::Consensus, (4, 4), 1, now), Admission::Reject);
        rules.expect(&[set(&[2, 3]), set(&[2, 3, 4])]);
        assert!(rules.is_admitted(&id(4)) && !rules.is_seated(&id(4)));
        assert_eq!(judge(&mut rules, Topic::Consensus, (4, 4), 2, now), Admission::Take);
        let address = set(&[4]).seats()[0].address;
        assert!(rules.hear(&id(4), &Statement { height: 8, address, is_vote: true }, 7));
        assert_eq!(rules.early.len(), 1);
        // The change takes force, and another one lets it go again.
        rules.expect(&[set(&[2, 3, 4])]);
        rules.seat(&set(&[2, 3, 4]));
        assert!(rules.is_seated(&id(4)));
        rules.expect(&[set(&[2, 3])]);
        rules.seat(&set(&[2, 3]));
        assert!(rules.is_admitted(&id(4)) && !rules.is_seated(&id(4)), "its last precommits may be on the way");
        rules.seat(&set(&[2, 3]));
        assert!(!rules.is_admitted(&id(4)));
        assert_eq!(rules.early.len(), 0);
    }

    #[test]
    fn budgets_bound_each_publisher() {
        let budget = PartBudget::new(10_000);
        let part = Part::Bytes(Bytes::from(vec![0; 4_000]));
        assert!(budget.charge(key(1), &part, false));
        assert!(budget.charge(key(1), &part, false));
        assert!(!budget.charge(key(1), &part, false));
        assert!(budget.charge(key(2), &part, false));
        budget.release(key(1), &part);
        assert!(budget.charge(key(1), &part, false));
        assert!(!budget.charge(key(1), &part, false));
        budget.forgive();
        assert!(budget.charge(key(1), &part, true));
        assert!(!budget.charge(key(1), &part, true), "half of it is for the publisher itself");
        assert!(budget.charge(key(1), &part, false));
    }
}
