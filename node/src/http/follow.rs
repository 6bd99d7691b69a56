//! The one follower of new blocks: it counts them and calls those who wait.

use super::Shared;
use crate::handle::Committed;
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// When a block last became durable, by the clock that only runs forward.
pub(super) struct LastCommit(Mutex<Instant>);

impl LastCommit {
    pub(super) fn now() -> LastCommit {
        LastCommit(Mutex::new(Instant::now()))
    }

    fn touch(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Time since then; since the start before the first.
    pub(super) fn age(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}

/// Follows until the node ends.
pub(super) async fn run(server: Shared, mut blocks: Receiver<Committed>) {
    loop {
        match blocks.recv().await {
            Ok(committed) => {
                server.last_commit.touch();
                server.metrics.committed(&committed);
                match server.handle.member() {
                    None => server.waiting.call(&committed),
                    // A head that a member's node takes tells of transactions of several blocks.
                    Some(_) => server.waiting.call_all(),
                }
            }
            Err(RecvError::Lagged(missed)) => {
                tracing::warn!(missed, "the HTTP server fell behind the blocks");
                server.last_commit.touch();
                server.waiting.call_all();
            }
            Err(RecvError::Closed) => {
                server.waiting.call_all();
                return;
            }
        }
    }
}
