//! Bringing what waits in the outbox to agencies' nodes, in the order in which it entered. One that gives no sign is brought
//! to the next node: that a node took or refused a transaction says nothing until it stands in a block.

use super::{
    agencies::{Agencies, Unanswered},
    outbox::{Due, Outbox},
};
use ::access::{PeerKey, Request, Response};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// Transactions that are brought before the list is looked at again.
const BATCH: usize = 256;
/// How often the list is looked at when nobody calls.
const LOOK: Duration = Duration::from_secs(1);
/// Code of the refusal of a copy with a signature that does not hold.
const WRONGLY_SIGNED: &str = "H2005";

/// Sends for ever. `new`: called when something entered.
pub(crate) async fn run(agencies: Agencies, outbox: Outbox, new: Arc<Notify>) {
    loop {
        let due = outbox.due(Instant::now(), BATCH);
        for due in &due {
            // One that was silent a moment ago comes after the others.
            let nodes = agencies.order();
            if nodes.is_empty() {
                break;
            }
            bring(&agencies, &outbox, &nodes, due).await;
        }
        if due.len() < BATCH || agencies.connected().is_empty() {
            tokio::select! {
                () = new.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}

/// Brings one to the node whose turn it is, and to the next where that one takes nothing now.
async fn bring(agencies: &Agencies, outbox: &Outbox, nodes: &[PeerKey], due: &Due) {
    let bytes = match outbox.bytes(due) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return,
        Err(error) => {
            tracing::error!(%error, tx = %due.id, "a transaction cannot be read");
            outbox.sent(due, Instant::now());
            return;
        }
    };
    let first = usize::try_from(due.tries).unwrap_or(0) % nodes.len();
    for node in nodes.iter().cycle().skip(first).take(nodes.len()) {
        match agencies.ask(*node, Request::Submit { tx: bytes.clone() }).await {
            Ok(Response::Submitted { id, known: _ }) if id == due.id => break,
            Ok(_) => tracing::warn!(node = agencies.name(node), tx = %due.id, "it answers something else"),
            Err(Unanswered::Refused { code, detail }) => {
                // It may be taken later, or by another: what it builds on is on its way, or this node is wrong.
                tracing::warn!(node = agencies.name(node), tx = %due.id, code, detail, "a transaction is refused");
                if code == WRONGLY_SIGNED {
                    outbox.refused(due, *node);
                }
                break;
            }
            Err(Unanswered::Offline) => {}
        }
    }
    outbox.sent(due, Instant::now());
}
