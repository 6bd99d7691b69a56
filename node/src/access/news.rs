//! Waiting for something to tell a member: a block that touches it, or that its time is over.

use crate::handle::Handle;
use futures::future::BoxFuture;
use ledger::{OrgId, StateKey, StateRead, record::FeedRecord};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// Is done when the feed of an organisation has more links than so many and the last block is above a height, or after the
/// time. An answer is made then, and says what there is.
pub(crate) fn news(handle: &Handle, of: OrgId, known: u64, links: u64, wait: Duration) -> BoxFuture<'static, ()> {
    // From here on no block is missed: what is there already is looked at behind it.
    let mut blocks = handle.follow();
    let store = handle.store.clone();
    Box::pin(async move {
        let feed: Option<FeedRecord> = store.record(&StateKey::Feed(of)).ok().flatten();
        if store.tip().height > known && feed.is_some_and(|feed| feed.count > links) {
            return;
        }
        let touched = async {
            loop {
                match blocks.recv().await {
                    Ok(block) if block.header.height > known && block.touched.contains(&of) => return,
                    Ok(_) => {}
                    // Any of those that were missed may have touched it.
                    Err(RecvError::Lagged(_)) => return,
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        // The time being over is an answer too.
        let _ = tokio::time::timeout(wait, touched).await;
    })
}
