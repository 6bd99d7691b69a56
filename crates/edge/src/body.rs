//! Bodies of requests: bounded before they are read, and never held beyond their bound.

use axum::{
    body::{Body, BodyDataStream},
    http::{HeaderMap, header},
};
use futures::StreamExt;
use std::time::Duration;

/// Bytes of a refused body that are thrown away so that the client gets to read the answer; then it is cut off.
const MAX_DISCARDED: usize = 256 * 1024 * 1024;
/// Time for that.
const DISCARD: Duration = Duration::from_secs(5);

/// Why a body is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has more bytes than it may.
    TooLarge,
    /// It ends before its end.
    CutOff,
}

/// The length that the headers state, where they do.
#[must_use]
pub fn stated(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|value| value.parse().ok())
}

/// Gives the body back, or refuses one whose stated length is over the limit.
///
/// # Errors
/// [`Fault::TooLarge`].
pub async fn refuse_stated(headers: &HeaderMap, body: Body, limit: usize) -> Result<Body, Fault> {
    if stated(headers).is_none_or(|length| usize::try_from(length).is_ok_and(|length| length <= limit)) {
        return Ok(body);
    }
    refuse(headers, body).await;
    Err(Fault::TooLarge)
}

/// Throws away a body that is refused, for its length or for something else.
pub async fn refuse(headers: &HeaderMap, body: Body) {
    // A client that asks first has sent nothing and shall not begin.
    if !headers.contains_key(header::EXPECT) {
        discard(&mut body.into_data_stream()).await;
    }
}

/// The whole body of at most `limit` bytes; a longer one is refused where it passes the bound.
///
/// # Errors
/// [`Fault`].
pub async fn read(body: Body, limit: usize) -> Result<Vec<u8>, Fault> {
    let mut stream = body.into_data_stream();
    // A length that is stated costs the sender nothing, so room is made as bytes come.
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| Fault::CutOff)?;
        if bytes.len().saturating_add(piece.len()) > limit {
            drop(bytes);
            discard(&mut stream).await;
            return Err(Fault::TooLarge);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Throws away the rest of a body, up to a bound of bytes and of time.
///
/// Whoever still sends does not read. Closing at once would reset the connection and lose the answer on its way.
pub async fn discard(stream: &mut BodyDataStream) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;
    use std::{
        io,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::Poll,
    };
    use tokio::time::Instant;

    fn of_length(length: &str) -> HeaderMap {
        [(header::CONTENT_LENGTH, length.parse().unwrap())].into_iter().collect()
    }

    /// A body that nobody may read.
    fn untouched() -> Body {
        let pieces = futures::stream::poll_fn(|_| -> Poll<Option<Result<Bytes, io::Error>>> {
            panic!("the body was asked for")
        });
        Body::from_stream(pieces)
    }

    #[tokio::test]
    async fn a_body_at_its_bound_is_taken_and_one_above_is_not() {
        assert_eq!(read(Body::from(vec![1; 8]), 8).await, Ok(vec![1; 8]));
        assert_eq!(read(Body::from(vec![1; 9]), 8).await, Err(Fault::TooLarge));
        assert!(refuse_stated(&of_length("8"), untouched(), 8).await.is_ok());
        assert!(refuse_stated(&HeaderMap::new(), untouched(), 8).await.is_ok());
        for length in ["9", "18446744073709551615"] {
            let refused = refuse_stated(&of_length(length), Body::from(vec![1; 9]), 8).await;
            assert_eq!(refused.err(), Some(Fault::TooLarge), "{length}");
        }
    }

    #[tokio::test]
    async fn a_body_that_ends_too_early_is_told_from_one_that_is_too_large() {
        let pieces = [Ok(Bytes::from_static(b"half")), Err(io::Error::other("gone"))];
        assert_eq!(read(Body::from_stream(futures::stream::iter(pieces)), 8).await, Err(Fault::CutOff));
    }

    #[tokio::test]
    async fn a_huge_body_passes_through_and_is_not_kept() {
        let sent = Arc::new(AtomicUsize::new(0));
        let count = sent.clone();
        let pieces = futures::stream::iter((0..1_600).map(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok::<_, io::Error>(Bytes::from_static(&[0; 65_536]))
        }));
        assert_eq!(read(Body::from_stream(pieces), 1024).await, Err(Fault::TooLarge));
        assert_eq!(sent.load(Ordering::Relaxed), 1_600);
    }

    /// Nor is a refused body waited for that goes on without an end.
    #[tokio::test(start_paused = true)]
    async fn what_is_thrown_away_has_a_bound_of_bytes_and_of_time() {
        let sent = Arc::new(AtomicUsize::new(0));
        let count = sent.clone();
        let endless = futures::stream::repeat_with(move || {
            count.fetch_add(1, Ordering::Relaxed);
            Ok::<_, io::Error>(Bytes::from_static(&[0; 65_536]))
        });
        assert_eq!(read(Body::from_stream(endless), 1024).await, Err(Fault::TooLarge));
        // The first piece is over the bound, and the last one over what is thrown away.
        assert_eq!(sent.load(Ordering::Relaxed), MAX_DISCARDED / 65_536 + 2);
        let begun = Instant::now();
        let silent =
            futures::stream::iter([Ok::<_, io::Error>(Bytes::from_static(&[0; 9]))]).chain(futures::stream::pending());
        assert_eq!(read(Body::from_stream(silent), 8).await, Err(Fault::TooLarge));
        assert!((DISCARD..DISCARD * 2).contains(&begun.elapsed()));
    }

    #[tokio::test]
    async fn nobody_is_told_to_go_on_who_asks_first() {
        let mut headers = of_length("100000000");
        headers.insert(header::EXPECT, "100-continue".parse().unwrap());
        assert_eq!(refuse_stated(&headers, untouched(), 1024).await.err(), Some(Fault::TooLarge));
    }
}
