//! The pause between heights.
//!
//! The engine itself waits until `busy_interval` after the start of a height before it closes it, which lets late
//! precommits into the certificate. Beyond that, while there is nothing to do, the driver keeps back its answer to
//! `Finalized`, which is what starts the next height. Nothing else waits for that answer: blocks and votes for the next
//! height are taken meanwhile, and peers sync from this node. Three things end the pause: a transaction here, a message
//! of a validator that already works on a later height, and `idle_interval`.
//!
//! So one transaction anywhere starts a block everywhere at once: it reaches the proposer by gossip, whose first message
//! of the new height wakes the others.

use crate::application::Tip;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A pause after a height.
#[derive(Clone, Debug)]
pub(super) struct Pause {
    /// When it ends at the latest.
    pub(super) until: Instant,
    /// The height that starts after it.
    pub(super) next: u64,
    /// Rings when a transaction arrives.
    pub(super) wake: watch::Receiver<u64>,
    /// The greatest height that a validator was heard to work on.
    pub(super) heard: watch::Receiver<u64>,
}

/// The interval between heights when there is nothing to do.
///
/// A node that is woken early waits for the proposer no longer than the propose timeout; a proposer that idles for half
/// of it leaves the other half to build and send.
pub(super) fn idle_interval(tip: &Tip) -> Duration {
    tip.pacing.idle_interval.min(tip.timeouts.propose / 2)
}

impl Pause {
    pub(super) async fn rest(mut self) {
        let heard = self.heard.wait_for(|height| *height >= self.next);
        tokio::select! {
            _ = tokio::time::sleep_until(self.until.into()) => {}
            // A closed channel means that the engine ends; starting a height does no harm then.
            _ = self.wake.changed() => {}
            _ = heard => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bench {
        ring: watch::Sender<u64>,
        hear: watch::Sender<u64>,
    }

    fn pause(wait: Duration) -> (Bench, Pause) {
        let (ring, wake) = watch::channel(0);
        let (hear, heard) = watch::channel(0);
        (Bench { ring, hear }, Pause { until: Instant::now() + wait, next: 5, wake, heard })
    }

    #[tokio::test]
    async fn it_ends_by_time() {
        let (_bench, pause) = pause(Duration::from_millis(50));
        let until = pause.until;
        pause.rest().await;
        assert!(Instant::now() >= until);
    }

    #[tokio::test]
    async fn a_transaction_ends_it() {
        let (bench, pause) = pause(Duration::from_secs(3600));
        bench.ring.send_modify(|n| *n += 1);
        pause.rest().await;
    }

    #[tokio::test]
    async fn a_later_height_ends_it_and_an_earlier_one_does_not() {
        let (bench, pause) = pause(Duration::from_secs(3600));
        bench.hear.send_replace(4);
        let rest = pause.rest();
        tokio::pin!(rest);
        assert!(futures::poll!(&mut rest).is_pending());
        bench.hear.send_replace(5);
        rest.await;
    }
}
