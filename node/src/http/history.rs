//! Where a block stands in the list of all earlier ones that a later header holds the root of: what leads a reader back from
//! the block that he starts at to an older one.

use super::{
    Server, Shared,
    failure::{Failure, code},
    login::Caller,
    params::Params,
};
use api::network::{HISTORY_SCHEMA, HistoryQuery, HistoryView};
use axum::{
    Json,
    extract::{Path, State},
};
use custody::visibility::Resource;
use ledger::{
    Hash, codec,
    list::{self, SPAN, Tops},
};
use std::sync::{Mutex, PoisonError};

/// The upper part of the list of all blocks: 64 bytes for each [`SPAN`] of them. It is read when it is first asked for,
/// which takes some seconds for a million blocks, and grows from then on; what is in it never changes.
#[derive(Default)]
pub(super) struct History(Mutex<Tops>);

impl Server {
    /// Identities of `count` blocks behind the first `from`.
    fn block_ids(&self, from: u64, count: u64) -> Result<Vec<Hash>, Failure> {
        let limit = usize::try_from(count).unwrap_or(usize::MAX);
        let ids = self.handle.store.block_ids(from.saturating_add(1), limit);
        let ids = ids.map_err(|e| Failure::fault("read the identities of blocks", e))?;
        match ids.len() == limit {
            true => Ok(ids.into_iter().map(|id| id.0).collect()),
            false => Err(Failure::fault("read the identities of blocks", "some are missing")),
        }
    }

    /// The siblings of a block in the list of the first `size` blocks.
    fn siblings(&self, size: u64, index: u64) -> Result<Vec<Hash>, Failure> {
        let first = index - index % SPAN;
        let own = self.block_ids(first, SPAN.min(size - first))?;
        let rest = self.block_ids(size - size % SPAN, size % SPAN)?;
        loop {
            // Held for one span at a time, so that nobody waits for long; whoever waits then goes on with the next.
            let mut tops = self.history.0.lock().unwrap_or_else(PoisonError::into_inner);
            let known = tops.count();
            if size - size % SPAN <= known {
                let siblings = tops.path(size, index, &own, &rest);
                return siblings.ok_or_else(|| Failure::fault("find a block in the history", index + 1));
            }
            if !tops.push(&self.block_ids(known, SPAN)?) {
                return Err(Failure::fault("read the history", known));
            }
        }
    }

    fn history(&self, height: u64, size: Option<u64>) -> Result<HistoryView, Failure> {
        let store = &self.handle.store;
        let most = store.tip().height.saturating_sub(1);
        let size = size.unwrap_or(most);
        if size > most {
            let (input, expected) = (size.to_string(), format!("{height} to {most}"));
            return Err(Failure::new(code::WORD).with("input", input).with("expected", expected));
        }
        if height == 0 || height > size {
            return Err(Failure::not_found("block", height));
        }
        let index = height - 1;
        let siblings = self.siblings(size, index)?;
        let block = self.block_ids(index, 1)?.first().copied().unwrap_or_default();
        // The next header tells: nothing wrong leaves this node.
        let header = store.header(size + 1).map_err(|e| Failure::fault("read a header", e))?;
        let root = list::root_of_path(size, index, &block, &siblings);
        if root.is_none() || root != header.map(|h| h.history) {
            return Err(Failure::fault("lead a block into the history", height));
        }
        let path = api::bytes::encode(&codec::encode(&siblings));
        Ok(HistoryView { schema: HISTORY_SCHEMA.into(), height, block: block.to_string(), size, path })
    }
}

/// `GET /v1/blocks/{height}/history`.
pub(super) async fn of_block(
    State(server): State<Shared>,
    caller: Caller,
    Path(asked): Path<String>,
    Params(query): Params<HistoryQuery>,
) -> Result<Json<HistoryView>, Failure> {
    caller.must_see(&Resource::Frame)?;
    let height: u64 = asked.parse().map_err(|_| Failure::not_found("block", &asked))?;
    server.blocking(move |server| server.history(height, query.size)).await.map(Json)
}
