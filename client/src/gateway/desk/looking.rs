//! What others do to the organisation, as its feed tells it.

use super::Desk;
use crate::{
    failure::Result,
    gateway::journal::{Incoming, Line},
};
use api::paths;
use ledger::{Cause, Event, TxId, codec::decode, state::MAX_RECORD_BYTES};
use serde::Deserialize;

/// Most heights of the feed that are asked for at a time.
pub(super) const FEED_HEIGHTS: u64 = 1_000;
/// Heights without anything from others after which that is written down.
const QUIET_HEIGHTS: u64 = 1_000;

impl Desk<'_> {
    /// Looks at what others did to the organisation; whether there are more heights to look at.
    pub(super) fn look(&mut self, height: u64) -> Result<bool> {
        let seen = self.shared.book().seen;
        let Some(seen) = seen else {
            // What was before the gateway is not told.
            self.shared.book().write(&Line::Seen { height, incoming: Vec::new() })?;
            return Ok(true);
        };
        let looked = self.looked.unwrap_or(seen).max(seen);
        if height <= looked {
            return Ok(false);
        }
        let to = height.min(looked.saturating_add(self.span));
        let incoming = match self.incoming(looked.saturating_add(1), to) {
            // A file has no room for so much.
            Err(failure) if failure.code == "H1413" && self.span > 1 => {
                self.span /= 2;
                return Ok(true);
            }
            other => other?,
        };
        self.span = FEED_HEIGHTS.min(self.span.saturating_mul(2));
        if !incoming.is_empty() || to.saturating_sub(seen) >= QUIET_HEIGHTS {
            self.shared.book().write(&Line::Seen { height: to, incoming })?;
            self.shared.wake();
        }
        self.looked = Some(to);
        Ok(to < height)
    }

    /// Events of the organisation's feed that come of no transaction of this gateway.
    fn incoming(&self, from: u64, to: u64) -> Result<Vec<Incoming>> {
        let org = self.session.key_header()?.org.to_string();
        let query = [("from", from.to_string()), ("to", to.to_string())];
        let feed: FeedJson = self.session.read(&paths::fill(paths::ORG_FEED, &org), &query)?;
        let mut incoming = Vec::new();
        for bytes in feed.links.iter().flat_map(|link| &link.entries).filter_map(|entry| entry.event.as_ref()) {
            let bytes = api::bytes::decode(bytes).map_err(|_| self.session.mismatch("feed"))?;
            let event: Event = decode(&bytes, MAX_RECORD_BYTES).map_err(|_| self.session.mismatch("feed"))?;
            let tx = cause(&event);
            if tx.is_some_and(|tx| self.shared.book().txs.contains_key(&tx)) {
                continue;
            }
            incoming.push(Incoming {
                height: event.at.height,
                time: api::time::rfc3339(event.at.time),
                kind: event.effect.name().to_owned(),
                item: event.item.to_string(),
                n: event.n,
                tx: tx.map(|tx| tx.to_string()).unwrap_or_default(),
                record: api::bytes::encode(&bytes),
            });
        }
        Ok(incoming)
    }
}

/// The transaction that caused an event; none at genesis.
fn cause(event: &Event) -> Option<TxId> {
    match event.cause {
        Cause::Genesis => None,
        Cause::Tx { id, .. } => Some(id),
    }
}

/// What is read of a feed: `docs/formats/feed.md` has all of it.
#[derive(Deserialize)]
struct FeedJson {
    links: Vec<LinkJson>,
}

#[derive(Deserialize)]
struct LinkJson {
    entries: Vec<EntryJson>,
}

#[derive(Deserialize)]
struct EntryJson {
    event: Option<String>,
}
