//! Where a block stands in the list of all earlier ones that a later header holds the root of: what leads a reader back from
//! the block that he starts at to an older one.

use super::{
    Server, Shared,
    failure::{Failure, code},
    login::Caller,
    params::Params,
};
use crate::handle::Way;
use api::network::{HISTORY_SCHEMA, HistoryQuery, HistoryView};
use axum::{
    Json,
    extract::{Path, State},
};
use custody::visibility::Resource;

impl Server {
    fn history(&self, height: u64, size: Option<u64>) -> Result<HistoryView, Failure> {
        // A member's node holds few headers.
        let Way::Agency(way) = &self.handle.way else { return Err(Failure::new(code::NOT_HERE)) };
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
        let path = way.history.path(store, size, height);
        let path = path.map_err(|e| Failure::store("lead a block into the history", &e))?;
        let (block, siblings) = path.ok_or_else(|| Failure::not_found("block", height))?;
        let path = api::bytes::of(&siblings);
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
