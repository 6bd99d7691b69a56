//! When to try to reach a peer again.

use libp2p::PeerId;
use std::time::{Duration, Instant};

/// First and last pause between attempts to reach a peer.
pub const REDIAL: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));
/// Pause of the peer with the greater key before it dials too, so that a pair does not connect twice.
pub const DIAL_COURTESY: Duration = Duration::from_millis(1_500);

/// When to try to reach a peer again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redial {
    /// When.
    pub due: Instant,
    /// The pause after that attempt.
    pub pause: Duration,
}

impl Redial {
    /// At once: the other end never dials.
    pub fn at_once(now: Instant) -> Redial {
        Redial { due: now, pause: REDIAL.0 }
    }

    /// The peer with the smaller name dials at once, the other a little later, so that a pair does not connect twice.
    pub fn first(me: &PeerId, peer: &PeerId, now: Instant) -> Redial {
        let courtesy = if me < peer { Duration::ZERO } else { DIAL_COURTESY };
        Redial { due: now + courtesy, pause: REDIAL.0 }
    }

    /// After an attempt.
    pub fn next(&self, now: Instant) -> Redial {
        Redial { due: now + self.pause, pause: (self.pause * 2).min(REDIAL.1) }
    }

    /// After an attempt, later by up to a quarter of the pause: nodes that lost one peer together do not come back
    /// together. `chance` is any number.
    pub fn next_apart(&self, now: Instant, chance: u64) -> Redial {
        let Redial { due, pause } = self.next(now);
        Redial { due: due + self.pause / 4 * (chance % 256) as u32 / 255, pause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_bound() {
        let now = Instant::now();
        let mut redial = Redial::first(&PeerId::random(), &PeerId::random(), now);
        for _ in 0..20 {
            redial = redial.next(now);
        }
        assert_eq!(redial.pause, REDIAL.1);
        assert_eq!(redial.next(now), Redial { due: now + REDIAL.1, pause: REDIAL.1 });
    }

    #[test]
    fn one_of_a_pair_waits_for_the_other() {
        let now = Instant::now();
        let (one, other) = (PeerId::random(), PeerId::random());
        let dues = [Redial::first(&one, &other, now).due, Redial::first(&other, &one, now).due];
        assert_eq!([dues.iter().min(), dues.iter().max()], [Some(&now), Some(&(now + DIAL_COURTESY))]);
    }

    #[test]
    fn those_that_come_back_do_not_come_together() {
        let now = Instant::now();
        let redial = Redial { due: now, pause: Duration::from_secs(8) };
        let check = |chance, late: u64| {
            let expect = Redial { due: now + Duration::from_millis(late), pause: REDIAL.1 };
            assert_eq!(redial.next_apart(now, chance), expect, "{chance}");
        };
        check(0, 8_000);
        check(51, 8_400);
        check(255, 10_000);
        check(256, 8_000);
        check(u64::MAX, 10_000);
    }
}
