//! The door: connections of others that have not shown their key yet.
//!
//! Whoever opens a connection and stays silent takes a place until the time for a handshake is over. Places are few, so a
//! newcomer who finds none gets the place of the one who has waited longest, among those of the origin that takes most of
//! them. An honest handshake needs a few round trips; whoever wants to keep honest nodes out has to fill all places, from
//! at least as many origins, within that time and again and again.

use futures::FutureExt;
use futures::future::{AbortHandle, AbortRegistration, Abortable, BoxFuture};
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::{Boxed, DialOpts, ListenerId, TransportError, TransportEvent};
use libp2p::core::upgrade::Version;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId, Transport, identity, noise, tcp, yamux};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

type Secured = (PeerId, StreamMuxerBox);

/// TCP, Noise and Yamux behind a door with so many places.
pub fn door(key: &identity::Keypair, places: usize) -> Result<Door, noise::Error> {
    let tcp = tcp::tokio::Transport::new(tcp::Config::new().nodelay(true));
    let secured =
        tcp.upgrade(Version::V1Lazy).authenticate(noise::Config::new(key)?).multiplex(yamux::Config::default());
    let inner = secured.map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer))).boxed();
    Ok(Door { inner, hall: Arc::new(Mutex::new(Hall::new(places))) })
}

/// A transport whose incoming connections wait in a hall during their handshake.
pub struct Door {
    inner: Boxed<Secured>,
    hall: Arc<Mutex<Hall>>,
}

impl Transport for Door {
    type Output = Secured;
    type Error = io::Error;
    type ListenerUpgrade = BoxFuture<'static, io::Result<Secured>>;
    type Dial = <Boxed<Secured> as Transport>::Dial;

    fn listen_on(&mut self, id: ListenerId, address: Multiaddr) -> Result<(), TransportError<io::Error>> {
        self.inner.listen_on(id, address)
    }

    fn remove_listener(&mut self, id: ListenerId) -> bool {
        self.inner.remove_listener(id)
    }

    fn dial(&mut self, address: Multiaddr, options: DialOpts) -> Result<Self::Dial, TransportError<io::Error>> {
        self.inner.dial(address, options)
    }

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<TransportEvent<Self::ListenerUpgrade, Self::Error>> {
        Pin::new(&mut self.inner).poll(cx).map(|event| match event {
            TransportEvent::Incoming { listener_id, upgrade, local_addr, send_back_addr } => {
                let (place, registration) = Place::take(&self.hall, Origin::of(&send_back_addr));
                let handshake = Abortable::new(upgrade, registration);
                let upgrade = async move {
                    let _place = place;
                    handshake.await.unwrap_or_else(|_| Err(io::Error::other("it gave way to newer connections")))
                };
                TransportEvent::Incoming { listener_id, upgrade: upgrade.boxed(), local_addr, send_back_addr }
            }
            other => other.map_upgrade(|upgrade| upgrade.boxed()),
        })
    }
}

/// Where a connection comes from: an IPv4 address, or the network of an IPv6 address, of which one host may have all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Origin(u64, u8);

impl Origin {
    fn of(address: &Multiaddr) -> Origin {
        match address.iter().next() {
            Some(Protocol::Ip4(ip)) => Origin(u64::from(u32::from(ip)), 4),
            Some(Protocol::Ip6(ip)) => Origin((u128::from(ip) >> 64) as u64, 6),
            _ => Origin::default(),
        }
    }
}

/// Who is in the middle of a handshake, in the order of arrival.
struct Hall {
    places: usize,
    next: u64,
    waiting: BTreeMap<u64, (Origin, AbortHandle)>,
    origins: BTreeMap<Origin, BTreeSet<u64>>,
}

impl Hall {
    fn new(places: usize) -> Hall {
        Hall { places, next: 0, waiting: BTreeMap::new(), origins: BTreeMap::new() }
    }

    fn enter(&mut self, origin: Origin) -> (u64, AbortRegistration) {
        if self.waiting.len() >= self.places {
            self.make_room();
        }
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        let (handle, registration) = AbortHandle::new_pair();
        self.waiting.insert(number, (origin, handle));
        self.origins.entry(origin).or_default().insert(number);
        (number, registration)
    }

    fn make_room(&mut self) {
        let crowd = self.origins.values().max_by_key(|numbers| numbers.len());
        if let Some(number) = crowd.and_then(BTreeSet::first).copied() {
            self.leave(number);
        }
    }

    /// Ends the handshake if it is not over.
    fn leave(&mut self, number: u64) {
        let Some((origin, handle)) = self.waiting.remove(&number) else { return };
        handle.abort();
        if let Some(numbers) = self.origins.get_mut(&origin) {
            numbers.remove(&number);
            if numbers.is_empty() {
                self.origins.remove(&origin);
            }
        }
    }
}

/// A place in the hall; free again when it is dropped.
struct Place {
    hall: Arc<Mutex<Hall>>,
    number: u64,
}

impl Place {
    fn take(hall: &Arc<Mutex<Hall>>, origin: Origin) -> (Place, AbortRegistration) {
        let (number, registration) = lock(hall).enter(origin);
        (Place { hall: Arc::clone(hall), number }, registration)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.hall).leave(self.number);
    }
}

fn lock(hall: &Mutex<Hall>) -> MutexGuard<'_, Hall> {
    hall.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(address: &str) -> Origin {
        Origin::of(&address.parse().unwrap())
    }

    #[test]
    fn hosts_are_told_apart_by_what_they_cannot_choose() {
        assert_eq!(origin("/ip4/10.0.0.1/tcp/1"), origin("/ip4/10.0.0.1/tcp/2"));
        assert_ne!(origin("/ip4/10.0.0.1/tcp/1"), origin("/ip4/10.0.0.2/tcp/1"));
        assert_eq!(origin("/ip6/2001:db8::1/tcp/1"), origin("/ip6/2001:db8::2/tcp/1"));
        assert_ne!(origin("/ip6/2001:db8::1/tcp/1"), origin("/ip6/2001:db8:0:1::1/tcp/1"));
    }

    #[test]
    fn the_crowd_gives_way_and_its_oldest_first() {
        let hall = Arc::new(Mutex::new(Hall::new(4)));
        let (crowd, honest) = (Origin(1, 4), Origin(2, 4));
        let aborted = |handshake: &AbortRegistration| handshake.handle().is_aborted();
        let (first, first_place) = Place::take(&hall, honest);
        let silent: Vec<_> = (0..9).map(|_| Place::take(&hall, crowd)).collect();
        assert!(!aborted(&first_place));
        let gone: Vec<_> = silent.iter().map(|(_, registration)| aborted(registration)).collect();
        assert_eq!(gone, [[true; 6].as_slice(), &[false; 3]].concat());
        let (_second, second_place) = Place::take(&hall, honest);
        assert!(!aborted(&first_place) && !aborted(&second_place));
        assert!(aborted(&silent[6].1));
        assert_eq!(lock(&hall).waiting.len(), 4);
        drop((first, silent));
        let hall = lock(&hall);
        assert_eq!((hall.waiting.len(), hall.origins.len()), (1, 1));
    }
}
