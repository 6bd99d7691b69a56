//! Deliveries: what was told to whom, and telling it once more.

use super::{
    Server,
    answer::{Answered, blocking, body, json, pairs, wrong_query},
};
use crate::{
    failure::Failure,
    gateway::{journal::Line, notice::Page, view},
};
use axum::{
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
};

/// Entries of a page that is not told otherwise, and most of them.
const LIMIT: usize = 100;
const MAX_LIMIT: usize = 1_000;
/// Longest request to post again, in bytes.
const MAX_BODY: usize = 1_024;

/// `GET /webhooks/deliveries?from=H`.
pub(super) async fn deliveries(State(server): State<Server>, RawQuery(query): RawQuery) -> Answered {
    let (mut from, mut limit, mut cursor) = (0u64, LIMIT, 0usize);
    for (name, value) in pairs(query.as_deref())? {
        let wrong = || wrong_query(&name);
        match name.as_str() {
            "from" => from = value.parse().map_err(|_| wrong())?,
            "cursor" => cursor = value.parse().map_err(|_| wrong())?,
            "limit" => {
                let said = value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
                limit = said.ok_or_else(wrong)?;
            }
            _ => return Err(wrong().into()),
        }
    }
    let shared = server.shared.clone();
    let page = blocking(move || {
        // Others have the book while the journal is read.
        let page = Page::of(&shared.book(), from, cursor, limit)?;
        page.read()
    })
    .await?;
    Ok(json(StatusCode::OK, &page))
}

/// `POST /webhooks/replay`.
pub(super) async fn replay(State(server): State<Server>, headers: HeaderMap, content: Body) -> Answered {
    let content = body(&headers, content, MAX_BODY).await?;
    let asked: view::Replay = serde_json::from_slice(&content).map_err(|error| wrong_query(&error.to_string()))?;
    let shared = server.shared.clone();
    let told = blocking(move || {
        let mut book = shared.book();
        if book.queues.values().all(|queue| queue.kinds.is_none()) {
            return Err(Failure::plain("H1665"));
        }
        book.write(&Line::Replay { from: asked.from })?;
        let notices = book.notices.iter().filter(|notice| notice.height >= asked.from).count();
        drop(book);
        shared.wake();
        Ok(view::Replayed { schema: "hufu.replay/1".into(), from: asked.from, notices })
    })
    .await?;
    Ok(json(StatusCode::OK, &told))
}
