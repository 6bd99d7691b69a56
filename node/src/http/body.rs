//! Bodies of requests: bounded before they are read, and never held beyond their bound.

use super::{
    failure::{Failure, code},
    params::Language,
};
use api::paths;
use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use futures::StreamExt;
use ledger::bounds::MAX_TX_BYTES;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Most bytes of a JSON body: those of a login have a few hundred.
const MAX_JSON_BYTES: usize = 16 * 1024;
/// Bytes of a refused body that are thrown away so that the client gets to read the answer; then it is cut off.
const MAX_DISCARDED: usize = 256 * 1024 * 1024;
/// Time for that.
const DISCARD: Duration = Duration::from_secs(5);

/// Most bytes of a body at a path, given as its template.
pub(super) fn limit(template: &str) -> usize {
    match template {
        paths::TX => MAX_TX_BYTES,
        paths::TX_BATCH => paths::MAX_BATCH_BYTES,
        _ => MAX_JSON_BYTES,
    }
}

/// Gives the body back, or refuses one whose stated length is over the limit.
pub(super) async fn refuse_stated(headers: &HeaderMap, body: Body, limit: usize) -> Result<Body, Failure> {
    let stated = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    if stated.is_none_or(|length| usize::try_from(length).is_ok_and(|length| length <= limit)) {
        return Ok(body);
    }
    // A client that asks first has sent nothing and shall not begin.
    if !headers.contains_key(header::EXPECT) {
        discard(&mut body.into_data_stream()).await;
    }
    Err(too_large(limit))
}

fn too_large(limit: usize) -> Failure {
    Failure::new(code::BODY).with("limit", limit.to_string())
}

/// The whole body of at most `limit` bytes; a longer one is refused where it passes the bound.
pub(super) async fn read(body: Body, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut stream = body.into_data_stream();
    // A length that is stated costs the sender nothing, so room is made as bytes come.
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| Failure::request("the body ends before its end"))?;
        if bytes.len().saturating_add(piece.len()) > limit {
            drop(bytes);
            discard(&mut stream).await;
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Whoever still sends does not read. Closing at once would reset the connection and lose the answer on its way.
async fn discard(stream: &mut axum::body::BodyDataStream) {
    let mut left = MAX_DISCARDED;
    let all = async {
        while let Some(Ok(piece)) = stream.next().await {
            let Some(rest) = left.checked_sub(piece.len()) else { break };
            left = rest;
        }
    };
    // Late is as good as done: the connection is closed either way.
    let _ = tokio::time::timeout(DISCARD, all).await;
}

/// Canonical bytes of a path that takes such.
pub(super) struct Octets {
    pub(super) bytes: Vec<u8>,
    pub(super) language: Language,
}

impl Octets {
    pub(super) async fn read(request: Request, limit: usize) -> Result<Octets, Failure> {
        let language = Language::of(request.uri(), request.headers());
        let bytes = read(request.into_body(), limit).await?;
        Ok(Octets { bytes, language })
    }
}

/// A JSON body. serde_json gives up at 128 levels, so depth costs no stack.
pub(super) struct Json<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let bytes = read(request.into_body(), MAX_JSON_BYTES).await?;
        serde_json::from_slice(&bytes).map(Json).map_err(Failure::request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::login::ChallengeRequest;
    use axum::body::Bytes;
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    fn stated(length: &str) -> HeaderMap {
        [(header::CONTENT_LENGTH, length.parse().unwrap())].into_iter().collect()
    }

    /// A body that nobody may read.
    fn untouched() -> Body {
        let pieces = futures::stream::poll_fn(|_| -> std::task::Poll<Option<Result<Bytes, std::io::Error>>> {
            panic!("the body was asked for")
        });
        Body::from_stream(pieces)
    }

    #[tokio::test]
    async fn a_body_at_its_bound_is_taken_and_one_above_is_not() {
        assert_eq!(read(Body::from(vec![1; 8]), 8).await, Ok(vec![1; 8]));
        assert_eq!(read(Body::from(vec![1; 9]), 8).await.unwrap_err().code(), code::BODY);
        assert!(refuse_stated(&stated("8"), untouched(), 8).await.is_ok());
        assert!(refuse_stated(&HeaderMap::new(), untouched(), 8).await.is_ok());
        for length in ["9", "18446744073709551615"] {
            let failure = refuse_stated(&stated(length), Body::from(vec![1; 9]), 8).await.unwrap_err();
            assert_eq!(failure.code(), code::BODY);
        }
    }

    #[tokio::test]
    async fn a_huge_body_passes_through_and_is_not_kept() {
        let sent = Arc::new(AtomicUsize::new(0));
        let count = sent.clone();
        let pieces = futures::stream::iter((0..1_600).map(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from_static(&[0; 65_536]))
        }));
        let failure = read(Body::from_stream(pieces), 1024).await.unwrap_err();
        assert_eq!(failure.code(), code::BODY);
        assert_eq!(sent.load(Ordering::Relaxed), 1_600);
    }

    #[tokio::test]
    async fn nobody_is_told_to_go_on_who_asks_first() {
        let mut headers = stated("100000000");
        headers.insert(header::EXPECT, "100-continue".parse().unwrap());
        assert_eq!(refuse_stated(&headers, untouched(), 1024).await.unwrap_err().code(), code::BODY);
    }

    #[tokio::test]
    async fn depth_and_unknown_fields_of_json_are_refused() {
        let nested = "[".repeat(10_000);
        for (wrong, expected) in [
            (nested.as_str(), code::REQUEST),
            (r#"{"key":"a","more":1}"#, code::REQUEST),
            ("", code::REQUEST),
            ("\u{feff}{}", code::REQUEST),
            (&"[".repeat(100_000), code::BODY),
        ] {
            let request = Request::new(Body::from(wrong.to_owned()));
            let failure = Json::<ChallengeRequest>::from_request(request, &()).await.err().unwrap();
            assert_eq!(failure.code(), expected);
        }
    }
}
