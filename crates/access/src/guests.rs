//! Who is let in, and what of theirs is under way.

use crate::codec::TooLong;
use crate::limits::{
    MAX_GUESTS, MAX_POLLS_OF_CONNECTION, MAX_REQUESTS_OF_CONNECTION, MAX_REQUESTS_OF_ORG, MAX_UNTAKEN,
    MAX_UNTAKEN_OF_ORG,
};
use crate::wire::WireError;
use crate::{Guest, Guests};
use ledger::OrgId;
use libp2p::PeerId;
use libp2p::swarm::ConnectionId;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;
use std::sync::PoisonError;
use transport::PeerKey;

/// Who a peer is at this moment.
pub(crate) fn guest(guests: &Guests, peer: PeerKey) -> Option<Guest> {
    let org = guests.read().unwrap_or_else(PoisonError::into_inner).get(&peer).copied()?;
    Some(Guest { peer, org })
}

/// Names of all that are let in.
pub(crate) fn peers(guests: &Guests) -> HashSet<PeerId> {
    guests.read().unwrap_or_else(PoisonError::into_inner).keys().filter_map(PeerKey::id).collect()
}

/// All organisations that have a node.
pub(crate) fn orgs(guests: &Guests) -> HashSet<OrgId> {
    guests.read().unwrap_or_else(PoisonError::into_inner).values().copied().collect()
}

/// Lets in these and nobody else, from the next look on. What is beyond the bound is left out.
pub(crate) fn replace(guests: &Guests, with: BTreeMap<PeerKey, OrgId>) {
    let with = with.into_iter().take(MAX_GUESTS).collect();
    *guests.write().unwrap_or_else(PoisonError::into_inner) = with;
}

/// Why a request is not answered.
#[derive(Debug)]
pub(crate) enum Turned {
    /// The organisation asks too much.
    Much(&'static str),
    /// The node has no place for it.
    Busy,
    /// It is no request.
    Malformed(Garbage),
}

/// What came instead of a request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Garbage {
    #[error(transparent)]
    Length(#[from] TooLong),
    #[error(transparent)]
    Bytes(#[from] WireError),
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It is looked at.
    Asked,
    /// Its answer is being made.
    Making,
    /// Its answer is being made, and whoever asked has gone.
    Left,
    /// Its answer, of so many bytes, waits to be taken.
    Answered(usize),
}

#[derive(Debug)]
struct Open {
    guest: Guest,
    connection: ConnectionId,
    polls: bool,
    stage: Stage,
}

impl Open {
    /// What it counts for as a request, until it is answered.
    fn asking(&self) -> Count {
        Count { requests: 1, polls: usize::from(self.polls), bytes: 0 }
    }
}

/// Counts of what is under way, of a connection or an organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    requests: usize,
    polls: usize,
    bytes: usize,
}

/// What is under way, by whatever tells requests apart.
#[derive(Debug)]
pub(crate) struct Desk<T> {
    open: HashMap<T, Open>,
    connections: HashMap<ConnectionId, Count>,
    orgs: HashMap<OrgId, Count>,
    untaken: usize,
}

impl<T: Eq + Hash> Desk<T> {
    pub(crate) fn new() -> Desk<T> {
        Desk { open: HashMap::new(), connections: HashMap::new(), orgs: HashMap::new(), untaken: 0 }
    }

    /// Takes a request.
    pub(crate) fn open(&mut self, ticket: T, guest: Guest, connection: ConnectionId) -> Result<(), Turned> {
        let of_org = self.orgs.get(&guest.org).copied().unwrap_or_default();
        let of_connection = self.connections.get(&connection).copied().unwrap_or_default();
        if of_connection.requests >= MAX_REQUESTS_OF_CONNECTION {
            return Err(Turned::Much("this connection has as many requests under way as it may"));
        }
        if of_org.requests >= MAX_REQUESTS_OF_ORG {
            return Err(Turned::Much("this organisation has as many requests under way as it may"));
        }
        if of_org.bytes >= MAX_UNTAKEN_OF_ORG {
            return Err(Turned::Much("this organisation has not taken what was answered before"));
        }
        if self.untaken >= MAX_UNTAKEN {
            return Err(Turned::Busy);
        }
        self.open.insert(ticket, Open { guest, connection, polls: false, stage: Stage::Asked });
        self.orgs.entry(guest.org).or_default().requests += 1;
        self.connections.entry(connection).or_default().requests += 1;
        Ok(())
    }

    /// The request waits for news.
    pub(crate) fn polls(&mut self, ticket: &T) -> Result<(), Turned> {
        let Some(open) = self.open.get_mut(ticket) else { return Ok(()) };
        let count = self.connections.entry(open.connection).or_default();
        if count.polls >= MAX_POLLS_OF_CONNECTION {
            return Err(Turned::Much("this connection waits for a head already"));
        }
        count.polls += 1;
        open.polls = true;
        Ok(())
    }

    /// Its answer is being made. Until it is, it has its place of the organisation, also when whoever asked goes: who hangs
    /// up and comes back has no more made at a time.
    pub(crate) fn make(&mut self, ticket: &T) {
        if let Some(open) = self.open.get_mut(ticket).filter(|open| open.stage == Stage::Asked) {
            open.stage = Stage::Making;
        }
    }

    /// Its answer is made. Whether somebody waits for it still.
    pub(crate) fn made(&mut self, ticket: &T) -> bool {
        let Some(open) = self.open.get_mut(ticket) else { return false };
        if open.stage != Stage::Left {
            open.stage = Stage::Asked;
            return true;
        }
        let org = open.guest.org;
        self.open.remove(ticket);
        lessen(&mut self.orgs, org, Count { requests: 1, ..Count::default() });
        false
    }

    /// Its answer waits to be taken. Its place is free: whoever has the answer may ask the next.
    pub(crate) fn answered(&mut self, ticket: &T, bytes: usize) {
        let Some(open) = self.open.get_mut(ticket).filter(|open| open.stage == Stage::Asked) else { return };
        open.stage = Stage::Answered(bytes);
        let (org, connection, asking) = (open.guest.org, open.connection, open.asking());
        self.untaken += bytes;
        self.orgs.entry(org).or_default().bytes += bytes;
        self.leave(org, connection, asking);
    }

    /// It is over, whichever way; an answer that is being made is not.
    pub(crate) fn close(&mut self, ticket: &T) {
        let Some(open) = self.open.get_mut(ticket) else { return };
        let (org, connection, asking) = (open.guest.org, open.connection, open.asking());
        match open.stage {
            Stage::Left => {}
            Stage::Making => {
                open.stage = Stage::Left;
                lessen(&mut self.connections, connection, asking);
            }
            Stage::Asked => {
                self.open.remove(ticket);
                self.leave(org, connection, asking);
            }
            Stage::Answered(bytes) => {
                self.open.remove(ticket);
                self.untaken -= bytes;
                lessen(&mut self.orgs, org, Count { bytes, ..Count::default() });
            }
        }
    }

    fn leave(&mut self, org: OrgId, connection: ConnectionId, asking: Count) {
        lessen(&mut self.orgs, org, Count { polls: 0, ..asking });
        lessen(&mut self.connections, connection, asking);
    }
}

fn lessen<K: Eq + Hash>(counts: &mut HashMap<K, Count>, key: K, by: Count) {
    let Some(count) = counts.get_mut(&key) else { return };
    count.requests -= by.requests;
    count.polls -= by.polls;
    count.bytes -= by.bytes;
    if *count == Count::default() {
        counts.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn org(n: u8) -> OrgId {
        OrgId(ledger::Hash([n; 32]))
    }

    /// A desk, and the number of the next ticket.
    struct Bench(Desk<u64>, u64);

    impl Bench {
        fn open(&mut self, of: u8, connection: usize) -> Option<u64> {
            let guest = Guest { peer: PeerKey([of; 32]), org: org(of) };
            self.1 += 1;
            self.0.open(self.1, guest, ConnectionId::new_unchecked(connection)).ok().map(|()| self.1)
        }
    }

    fn bench() -> Bench {
        Bench(Desk::new(), 0)
    }

    #[test]
    fn a_connection_and_an_organisation_have_so_many_requests_under_way() {
        let mut bench = bench();
        let mine: Vec<_> = (0..MAX_REQUESTS_OF_CONNECTION).map(|_| bench.open(1, 1).unwrap()).collect();
        assert_eq!(bench.open(1, 1), None);
        for _ in MAX_REQUESTS_OF_CONNECTION..MAX_REQUESTS_OF_ORG {
            assert!(bench.open(1, 2).is_some());
        }
        assert_eq!(bench.open(1, 3), None, "another connection is no other organisation");
        assert!(bench.open(2, 4).is_some());
        bench.0.close(&mine[0]);
        bench.0.close(&mine[0]);
        assert!(bench.open(1, 1).is_some());
        assert_eq!(bench.open(1, 3), None);
        bench.0.answered(&mine[1], 1);
        bench.0.answered(&mine[1], 1);
        assert!(bench.open(1, 1).is_some());
        assert_eq!(bench.open(1, 3), None);
    }

    #[test]
    fn a_connection_waits_for_one_head() {
        let mut bench = bench();
        let [first, second, other] = [1, 1, 2].map(|connection| bench.open(1, connection).unwrap());
        bench.0.polls(&first).unwrap();
        bench.0.polls(&second).unwrap_err();
        bench.0.polls(&other).unwrap();
        bench.0.close(&first);
        bench.0.polls(&second).unwrap();
        // The next may come before the news that this one was taken.
        bench.0.answered(&second, 1);
        let third = bench.open(1, 1).unwrap();
        bench.0.polls(&third).unwrap();
    }

    #[test]
    fn who_hangs_up_has_no_more_made_at_a_time() {
        let mut bench = bench();
        let tickets: Vec<_> = (0..MAX_REQUESTS_OF_ORG).map(|n| bench.open(1, n).unwrap()).collect();
        for ticket in &tickets {
            bench.0.make(ticket);
            bench.0.close(ticket);
            bench.0.close(ticket);
        }
        assert!(bench.0.connections.is_empty());
        assert_eq!(bench.open(1, 100), None, "another connection, and the same answers that are being made");
        assert!(bench.open(2, 101).is_some());
        for ticket in [&tickets[0], &tickets[0]] {
            assert!(!bench.0.made(ticket), "nobody waits for it");
        }
        let next = bench.open(1, 100).unwrap();
        assert_eq!(bench.open(1, 101), None);
        // Who stays gets the answer, and has its place again when it is made.
        bench.0.make(&next);
        assert!(bench.0.made(&next));
        bench.0.answered(&next, 1);
        assert!(bench.open(1, 101).is_some());
    }

    #[test]
    fn who_does_not_take_its_answers_gets_no_more() {
        let mut bench = bench();
        let first = bench.open(1, 1).unwrap();
        bench.0.answered(&first, MAX_UNTAKEN_OF_ORG - 1);
        let second = bench.open(1, 1).unwrap();
        bench.0.answered(&second, 1);
        assert_eq!(bench.open(1, 2), None);
        assert!(bench.open(2, 3).is_some());
        bench.0.close(&second);
        assert!(bench.open(1, 2).is_some());
    }

    #[test]
    fn what_nobody_takes_has_one_bound() {
        let mut bench = bench();
        let orgs = (MAX_UNTAKEN / MAX_UNTAKEN_OF_ORG) as u8;
        let tickets: Vec<_> = (0..orgs).map(|n| bench.open(n, n.into()).unwrap()).collect();
        for ticket in &tickets {
            bench.0.answered(ticket, MAX_UNTAKEN_OF_ORG);
        }
        assert_eq!(bench.open(100, 100), None);
        bench.0.close(&tickets[0]);
        assert!(bench.open(100, 100).is_some());
    }

    #[test]
    fn what_is_over_leaves_nothing() {
        let mut bench = bench();
        let tickets: Vec<_> =
            [(1, 1), (1, 2), (2, 3), (2, 3)].iter().map(|(o, c)| bench.open(*o, *c).unwrap()).collect();
        bench.0.polls(&tickets[0]).unwrap();
        bench.0.answered(&tickets[1], 100);
        bench.0.polls(&tickets[3]).unwrap();
        bench.0.make(&tickets[3]);
        for ticket in &tickets {
            bench.0.close(ticket);
            // An answer that comes too late counts for nothing.
            bench.0.made(ticket);
            bench.0.answered(ticket, 100);
        }
        let Desk { open, connections, orgs, untaken } = &bench.0;
        assert_eq!((open.len(), connections.len(), orgs.len(), *untaken), (0, 0, 0, 0));
    }

    #[test]
    fn so_many_are_let_in_and_the_list_is_replaced_whole() {
        let guests = Guests::default();
        let node = |n: usize| PeerKey(*ledger::Hash::of(&ledger::tag::ORG_ID, &(n as u64)).as_bytes());
        let list = |count: usize| (0..count).map(|n| (node(n), org(1))).collect::<BTreeMap<_, _>>();
        replace(&guests, list(MAX_GUESTS + 1));
        assert_eq!(guests.read().unwrap().len(), MAX_GUESTS);
        replace(&guests, list(1));
        assert_eq!(guest(&guests, node(0)), Some(Guest { peer: node(0), org: org(1) }));
        assert_eq!(guest(&guests, node(1)), None);
        assert_eq!(orgs(&guests), HashSet::from([org(1)]));
    }
}
