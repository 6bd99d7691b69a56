//! The stream of blocks as server-sent events: first what was missed, from the store, then what comes, from the node.

use super::{
    Server, Shared,
    failure::{Failure, code},
    login::Caller,
    places::Share,
    sessions::Token,
};
use crate::handle::Committed;
use api::{
    network::{BlockEvent, BlockTx},
    time::rfc3339,
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName},
    response::sse::{Event, KeepAlive, Sse},
};
use custody::visibility::{Parties, Reader, Resource, Row, visible};
use futures::Stream;
use ledger::{Cause, TxId, block::FeedEntry};
use std::{convert::Infallible, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};

/// The header with which a client says what it saw last.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Name of the event.
const BLOCK: &str = "block";
/// Pause between signs of life, for proxies and for the idle bound of the connection; after it, too, the session is looked
/// at again.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// One client that follows. The heights are what counts: live blocks only tell it that there is more to say. Its session is
/// looked at before each event, and while there is none: who is not honoured any more keeps no place.
struct Follower {
    server: Shared,
    who: Reader,
    token: Token,
    next: u64,
    blocks: broadcast::Receiver<Committed>,
    ending: watch::Receiver<bool>,
    _place: (Share, OwnedSemaphorePermit),
}

/// `GET /v1/stream`.
pub(super) async fn stream(
    State(server): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    caller.must_see(&Resource::Frame)?;
    let place = server.places.stream(caller.session.org)?;
    // Following begins before the tip is read, so that no block falls between the two.
    let blocks = server.handle.follow();
    let next = match headers.get(LAST_EVENT_ID) {
        Some(value) => {
            // A member's node passes over heights: of its own part there is no first one.
            let first = match server.handle.member() {
                Some(_) => 0,
                None => server.blocking(Server::first_height).await?,
            };
            after(value.to_str().unwrap_or_default(), first)?
        }
        None => server.handle.store.tip().height.saturating_add(1),
    };
    let ending = server.ending.clone();
    let follower = Follower { who: caller.who(), token: caller.token, next, blocks, ending, _place: place, server };
    let events = futures::stream::unfold(follower, |follower| async move {
        let (event, follower) = follower.step().await?;
        Some((Ok(event), follower))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// The height behind the last one that was seen, where `first` is the lowest whose block can be given. A stream that ended
/// at once instead would be asked for again and again.
fn after(last: &str, first: u64) -> Result<u64, Failure> {
    let height: u64 = last.parse().map_err(|_| Failure::request("Last-Event-ID is the height of a block"))?;
    let next = height.saturating_add(1);
    match next < first {
        true => Err(Failure::new(code::PRUNED).with("floor", first.to_string())),
        false => Ok(next),
    }
}

impl Follower {
    /// The next event; none when the token or the node ends, or the store fails. The client comes again with
    /// `Last-Event-ID` and is told why.
    async fn step(mut self) -> Option<(Event, Follower)> {
        if *self.ending.borrow() {
            return None;
        }
        let mut live = None;
        while self.server.handle.store.tip().height < self.next {
            self.server.honoured(&self.token).ok()?;
            live = self.wait().await?;
        }
        self.server.honoured(&self.token).ok()?;
        if self.server.handle.member().is_some() {
            return self.head().await;
        }
        let event = match live.filter(|committed| committed.header.height == self.next && self.who.sees_all(Row::Tx)) {
            Some(committed) => event_of(&committed),
            None => {
                let (who, height) = (self.who, self.next);
                self.server.blocking(move |server| server.block_event(&who, height)).await.ok()??
            }
        };
        self.next = self.next.saturating_add(1);
        // JSON of numbers and text always encodes.
        let event = Event::default().event(BLOCK).id(event.height.to_string()).json_data(&event).ok()?;
        Some((event, self))
    }

    /// The event of a member's node: the last head that it took, with what touched its organisation since the one before.
    async fn head(mut self) -> Option<(Event, Follower)> {
        let (who, from) = (self.who, self.next);
        let event = self.server.blocking(move |server| server.head_event(&who, from)).await.ok()?;
        self.next = event.height.saturating_add(1);
        // JSON of numbers and text always encodes.
        let event = Event::default().event(BLOCK).id(event.height.to_string()).json_data(&event).ok()?;
        Some((event, self))
    }

    /// Waits for a block to become durable, for a while; the block itself unless some were missed or none came.
    async fn wait(&mut self) -> Option<Option<Committed>> {
        tokio::select! {
            received = tokio::time::timeout(KEEP_ALIVE, self.blocks.recv()) => match received {
                Ok(Ok(committed)) => Some(Some(committed)),
                Ok(Err(broadcast::error::RecvError::Lagged(_))) | Err(_) => Some(None),
                Ok(Err(broadcast::error::RecvError::Closed)) => None,
            },
            _ = self.ending.changed() => None,
        }
    }
}

fn event_of(committed: &Committed) -> BlockEvent {
    BlockEvent {
        height: committed.header.height,
        time: rfc3339(committed.header.time),
        txs: committed.receipts.iter().map(BlockTx::of).collect(),
    }
}

impl Server {
    /// The lowest height whose block can be given.
    fn first_height(&self) -> Result<u64, Failure> {
        self.handle.store.first_height().map_err(|error| Failure::store("look at the store", &error))
    }

    /// The event of a block in the store: a member is told of the transactions that its organisation signed.
    fn block_event(&self, who: &Reader, height: u64) -> Result<Option<BlockEvent>, Failure> {
        let Some(block) = self.signed(height)? else { return Ok(None) };
        let none = Parties::default();
        let shown = block
            .txs
            .iter()
            .filter(|tx| visible(who, &Resource::Tx { signers: &tx.signers, parties: &none }))
            .map(|tx| BlockTx::of(&tx.receipt));
        Ok(Some(BlockEvent { height, time: rfc3339(block.time), txs: shown.collect() }))
    }
}

/// Links of a feed that one event tells of, from the last backwards.
const MAX_LINKS: usize = 1_000;

impl Server {
    /// The last head of a member's node, and the transactions in its feed from a height on.
    fn head_event(&self, who: &Reader, from: u64) -> Result<BlockEvent, Failure> {
        let stamp = self.stamp();
        let mut event = BlockEvent { height: stamp.height, time: rfc3339(stamp.time), txs: Vec::new() };
        let Some(way) = self.handle.member() else { return Ok(event) };
        if !visible(who, &Resource::Feed { owner: &way.org }) {
            return Ok(event);
        }
        let fault = |e| Failure::fault("read the feed", e);
        let view = self.handle.store.view().map_err(fault)?;
        let last = view.upto().map_err(fault)?.map_or(0, |feed| feed.count);
        let mut ids = Vec::new();
        for n in (1..=last).rev().take(MAX_LINKS) {
            let Some(link) = view.feed_links(&way.org, n, 1).map_err(fault)?.pop() else { break };
            if link.height < from {
                break;
            }
            let named = link.entries.iter().rev().filter_map(|entry| self.tx_of(entry).transpose());
            for id in named.collect::<Result<Vec<_>, Failure>>()? {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        for id in ids.iter().rev() {
            let found = view.tx(id).map_err(fault)?;
            event.txs.extend(found.map(|location| BlockTx::of(&location.receipt)));
        }
        Ok(event)
    }

    /// The transaction that an entry of a feed names, itself or by its event.
    fn tx_of(&self, entry: &FeedEntry) -> Result<Option<TxId>, Failure> {
        let event = match entry {
            FeedEntry::Done(tx) | FeedEntry::Refused { tx, rejection: _ } => return Ok(Some(*tx)),
            FeedEntry::Alert { .. } => return Ok(None),
            FeedEntry::Event(named) => self.events(&named.item, named.n, 1)?.pop(),
        };
        Ok(event.and_then(|event| match event.cause {
            Cause::Tx { id, index: _ } => Some(id),
            Cause::Genesis => None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_goes_on_behind_the_last_event() {
        assert_eq!(after("7", 1), Ok(8));
        assert_eq!(after("7", 8), Ok(8));
        assert_eq!(after("18446744073709551615", 1), Ok(u64::MAX));
        for wrong in ["", "x", "-1", "7.0"] {
            assert_eq!(after(wrong, 1).unwrap_err().code(), "H1413", "{wrong}");
        }
    }

    #[test]
    fn who_saw_last_what_is_not_kept_any_more_is_told_so() {
        for last in ["0", "6"] {
            assert_eq!(after(last, 8).unwrap_err().code(), code::PRUNED, "{last}");
        }
    }
}
