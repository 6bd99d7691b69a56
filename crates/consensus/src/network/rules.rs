//! Who may say what: topics, roles, sizes, rates.

use crate::context::{Part, Validators};
use crate::limits::{CONTROL_RATE, FRAME_SLACK, GOSSIP_RATE, MAX_CONTROL_BYTES, MAX_PEERS, PART_BYTES};
use crate::peer::{Peer, PeerKey};
use ledger::NetworkId;
use libp2p::PeerId;
use libp2p::gossipsub::{IdentTopic, TopicHash};
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

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
    fn spend(&mut self, now: Instant, (burst, per_second): (u32, u32)) -> bool {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * f64::from(per_second);
        self.tokens = (self.tokens + gained).min(f64::from(burst));
        self.at = now;
        let enough = self.tokens >= 1.0;
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }
}

/// Who is who at the moment.
pub(crate) struct Rules {
    me: PeerId,
    max_gossip: usize,
    configured: HashMap<PeerId, Option<SocketAddr>>,
    /// Validators of the current height and of the one before: their last precommits may still be on the way.
    current: HashSet<PeerId>,
    previous: HashSet<PeerId>,
    rates: HashMap<(PeerId, bool), Rate>,
}

impl Rules {
    pub(crate) fn new(me: PeerId, max_gossip: usize) -> Rules {
        Rules {
            me,
            max_gossip,
            configured: HashMap::new(),
            current: HashSet::new(),
            previous: HashSet::new(),
            rates: HashMap::new(),
        }
    }

    /// Replaces the list of peers. What is beyond the bound or no key is left out.
    pub(crate) fn allow(&mut self, peers: &[Peer]) {
        let known = peers.iter().filter_map(|p| Some((p.key.id()?, p.address)));
        self.configured = known.filter(|(id, _)| *id != self.me).take(MAX_PEERS).collect();
    }

    /// Takes the validators of a height. Whether anything changed.
    pub(crate) fn seat(&mut self, validators: &Validators) -> bool {
        let seats: HashSet<_> = validators.seats().iter().filter_map(|v| PeerKey(v.peer).id()).collect();
        let changed = seats != self.current || self.previous != self.current;
        self.previous = std::mem::replace(&mut self.current, seats);
        changed
    }

    /// Everyone who may be connected.
    pub(crate) fn admitted(&self) -> HashSet<PeerId> {
        let all = self.configured.keys().chain(&self.current).chain(&self.previous);
        all.filter(|id| **id != self.me).copied().collect()
    }

    pub(crate) fn is_admitted(&self, peer: &PeerId) -> bool {
        *peer != self.me && (self.configured.contains_key(peer) || self.is_validator(peer))
    }

    fn is_validator(&self, peer: &PeerId) -> bool {
        self.current.contains(peer) || self.previous.contains(peer)
    }

    /// Whether the peer is a validator of the current height.
    pub(crate) fn is_seated(&self, peer: &PeerId) -> bool {
        self.current.contains(peer)
    }

    pub(crate) fn addresses(&self) -> impl Iterator<Item = (PeerId, SocketAddr)> + '_ {
        self.configured.iter().filter_map(|(id, address)| Some((*id, (*address)?)))
    }

    /// Judges a message by who made it, where and how long it is.
    pub(crate) fn judge(&mut self, topic: Topic, source: &PeerId, length: usize, now: Instant) -> Admission {
        if !self.is_admitted(source) || length > topic.max_bytes(self.max_gossip) {
            return Admission::Reject;
        }
        if topic.is_for_validators() && !self.is_validator(source) {
            // Not a fault of the forwarder, who may know a newer set than this node.
            return Admission::Ignore;
        }
        let gossip = topic == Topic::Transactions;
        let limit = if gossip { GOSSIP_RATE } else { CONTROL_RATE };
        if self.rates.len() > 4 * MAX_PEERS {
            self.rates.clear();
        }
        let full = Rate { tokens: f64::from(limit.0), at: now };
        match self.rates.entry((*source, gossip)).or_insert(full).spend(now, limit) {
            true => Admission::Take,
            false => Admission::Ignore,
        }
    }
}

/// Bytes of proposal parts that are on their way from the swarm to the driver.
///
/// The engine's mailboxes have no bound, and the driver is as slow as execution. What a publisher sends beyond its budget
/// is not taken. Parts that the engine drops on the way are forgiven at the next round.
#[derive(Debug)]
pub(crate) struct PartBudget {
    limit: usize,
    spent: Mutex<HashMap<PeerKey, usize>>,
}

impl PartBudget {
    pub(crate) fn new(limit: usize) -> PartBudget {
        PartBudget { limit, spent: Mutex::new(HashMap::new()) }
    }

    pub(crate) fn charge(&self, publisher: PeerKey, part: &Part) -> bool {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let total = spent.entry(publisher).or_insert(0);
        let fits = *total + weight(part) <= self.limit;
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

/// When to try to reach a peer again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Redial {
    pub(crate) due: Instant,
    pub(crate) pause: Duration,
}

impl Redial {
    /// The peer with the smaller name dials at once, the other a little later, so that a pair does not connect twice.
    pub(crate) fn first(me: &PeerId, peer: &PeerId, now: Instant) -> Redial {
        let courtesy = if me < peer { Duration::ZERO } else { crate::limits::DIAL_COURTESY };
        Redial { due: now + courtesy, pause: crate::limits::REDIAL.0 }
    }

    pub(crate) fn next(&self, now: Instant) -> Redial {
        Redial { due: now + self.pause, pause: (self.pause * 2).min(crate::limits::REDIAL.1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::TransportKey;
    use bytes::Bytes;

    fn key(n: u8) -> PeerKey {
        TransportKey::from_secret(&mut [n; 32]).unwrap().peer_key()
    }

    fn rules() -> Rules {
        let mut rules = Rules::new(key(1).id().unwrap(), 1_000);
        rules.allow(&[Peer { key: key(2), address: None }, Peer { key: key(3), address: None }]);
        rules.current.insert(key(3).id().unwrap());
        rules
    }

    #[test]
    fn roles_decide() {
        let mut rules = rules();
        let (observer, validator, stranger) = (key(2), key(3), key(4));
        let now = Instant::now();
        let mut check = |topic, who: PeerKey, length, expect| {
            assert_eq!(rules.judge(topic, &who.id().unwrap(), length, now), expect, "{topic:?} {length}");
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
        let (noisy, quiet) = (key(3).id().unwrap(), key(2).id().unwrap());
        let now = Instant::now();
        for _ in 0..CONTROL_RATE.0 {
            assert_eq!(rules.judge(Topic::Status, &noisy, 1, now), Admission::Take);
        }
        assert_eq!(rules.judge(Topic::Status, &noisy, 1, now), Admission::Ignore);
        assert_eq!(rules.judge(Topic::Transactions, &noisy, 1, now), Admission::Take);
        assert_eq!(rules.judge(Topic::Status, &quiet, 1, now), Admission::Take);
        let later = now + Duration::from_millis(10);
        assert_eq!(rules.judge(Topic::Status, &noisy, 1, later), Admission::Take);
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
    fn budgets_bound_each_publisher() {
        let budget = PartBudget::new(10_000);
        let part = Part::Bytes(Bytes::from(vec![0; 4_000]));
        assert!(budget.charge(key(1), &part));
        assert!(budget.charge(key(1), &part));
        assert!(!budget.charge(key(1), &part));
        assert!(budget.charge(key(2), &part));
        budget.release(key(1), &part);
        assert!(budget.charge(key(1), &part));
        assert!(!budget.charge(key(1), &part));
        budget.forgive();
        assert!(budget.charge(key(1), &part));
    }

    #[test]
    fn pauses_grow_to_their_bound() {
        let now = Instant::now();
        let mut redial = Redial::first(&key(1).id().unwrap(), &key(2).id().unwrap(), now);
        for _ in 0..20 {
            redial = redial.next(now);
        }
        assert_eq!(redial.pause, crate::limits::REDIAL.1);
    }
}
