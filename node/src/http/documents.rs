//! Sealed documents: left here as a stream, listed, given whole or from a byte on, erased by whoever left them.

use super::{
    Server, Shared,
    body::limit,
    failure::{Failure, code},
    login::Caller,
    page::{List, Pages},
    params::{Params, identity},
};
use crate::documents::{Arrived, Library, Refused, Shown};
use api::{
    paths,
    time::rfc3339,
    view::{DOCUMENT_SCHEMA, DocumentView, DocumentsQuery},
};
use axum::{
    Json,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use edge::body::{discard, refuse};
use futures::{StreamExt as _, stream};
use ledger::{DocumentId, OrgId, TxId};
use std::{io, time::Duration};
use tokio::{sync::mpsc, task::JoinError, time::timeout};

/// Parts of a body that wait for the disk.
const WAITING: usize = 8;
/// Longest time without a byte of a body.
const SILENCE: Duration = Duration::from_secs(30);

fn refused(refused: Refused) -> Failure {
    match refused {
        Refused::Fault(error) => Failure::fault("read or write a document", error),
        other => Failure::said(other.code(), other.params()),
    }
}

fn view(shown: Shown) -> DocumentView {
    let Shown { filed, has } = shown;
    DocumentView {
        schema: DOCUMENT_SCHEMA.into(),
        id: filed.id.to_string(),
        by: filed.by.to_string(),
        bytes: filed.length,
        opens: filed.about.to_string(),
        tx: (filed.tx != TxId::default()).then(|| filed.tx.to_string()),
        at: rfc3339(filed.at),
        has: has.map(|nodes| nodes.iter().map(|node| hex::encode(node.0)).collect()),
    }
}

fn named(text: &str) -> Result<DocumentId, Failure> {
    text.parse().map_err(|_| Failure::id(text))
}

impl Server {
    fn library(&self) -> Result<&Library, Failure> {
        self.options.documents.as_ref().ok_or(Failure::new(code::PATH))
    }
}

/// `POST /v1/documents`.
pub(super) async fn deposit(
    State(server): State<Shared>,
    caller: Caller,
    request: Request,
) -> Result<Response, Failure> {
    let library = server.library()?.clone();
    let _share = match server.places.brought(caller.session.org) {
        Ok(share) => share,
        Err(failure) => {
            let (parts, body) = request.into_parts();
            refuse(&parts.headers, body).await;
            return Err(failure);
        }
    };
    let arrived = received(&library, caller.session.org, request.into_body()).await?;
    let shown = server.blocking(move |_| library.keep(arrived).map_err(refused)).await?;
    let view = view(shown);
    let location = [(header::LOCATION, paths::fill(paths::DOCUMENT, &view.id))];
    Ok((StatusCode::CREATED, location, Json(view)).into_response())
}

/// Writes a body to the disk as it comes.
async fn received(library: &Library, by: OrgId, body: Body) -> Result<Arrived, Failure> {
    let (pass, mut passed) = mpsc::channel::<Bytes>(WAITING);
    let writer = library.clone();
    let writing = tokio::task::spawn_blocking(move || {
        let mut arrival = writer.arrival(by)?;
        let mut has_room = false;
        while let Some(bytes) = passed.blocking_recv() {
            arrival.push(&bytes)?;
            if let (false, Some(head)) = (has_room, arrival.head()) {
                let free = writer.has_room(&by, head.sealed_bytes())?;
                arrival.leave(free);
                has_room = true;
            }
        }
        Ok::<_, Refused>(arrival)
    });
    let mut stream = body.into_data_stream();
    let mut is_whole = false;
    loop {
        match timeout(SILENCE, stream.next()).await {
            Ok(Some(Ok(bytes))) => {
                // Where it is not taken, whoever writes says why.
                if pass.send(bytes).await.is_err() {
                    break;
                }
            }
            Ok(None) => {
                is_whole = true;
                break;
            }
            Ok(Some(Err(_))) | Err(_) => break,
        }
    }
    drop(pass);
    let ended = |error: JoinError| Failure::fault("write a document", error);
    match writing.await.map_err(ended)? {
        Ok(arrival) if is_whole => {
            tokio::task::spawn_blocking(move || arrival.finish()).await.map_err(ended)?.map_err(refused)
        }
        Ok(_) => Err(Failure::request("the body ends before its end")),
        Err(error) => {
            discard(&mut stream).await;
            Err(match error {
                Refused::Sealed(keys::seal::SealError::TooLarge { .. }) => {
                    Failure::new(code::BODY).with("limit", limit(paths::DOCUMENTS).to_string())
                }
                other => refused(other),
            })
        }
    }
}

/// `GET /v1/documents`.
pub(super) async fn list(
    State(server): State<Shared>,
    caller: Caller,
    uri: Uri,
    Params(query): Params<DocumentsQuery>,
) -> Result<Response, Failure> {
    let about = identity(query.about.as_deref())?;
    let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::Documents)?;
    let window = pages.window::<DocumentId>(query.limit, query.cursor.as_deref())?;
    let found = server.library()?.list(&caller.who(), about, window.after, window.limit).await;
    let (shown, more) = found.map_err(refused)?;
    let next = shown.last().filter(|_| more).map(|last| last.filed.id);
    pages.page(shown.into_iter().map(view).collect(), next)
}

/// `GET /v1/documents/{id}`.
pub(super) async fn one(
    State(server): State<Shared>,
    caller: Caller,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = named(&text)?;
    let place = server.places.given(caller.session.org).await?;
    let source = server.library()?.find(&caller.who(), id).await.map_err(refused)?;
    let length = source.length();
    let part = range(&headers, length);
    let (from, to) = part.unwrap_or((0, length));
    let given = stream::try_unfold((source, from, place), move |(source, at, place)| async move {
        if at >= to {
            return Ok(None);
        }
        let bytes = source.read(at, to).await.map_err(io::Error::other)?;
        match bytes.len() as u64 {
            // Cutting the connection is the only way left to say that something is wrong.
            0 => Err(io::Error::other("a document is shorter than its head says")),
            count => Ok(Some((Bytes::from(bytes), (source, at.saturating_add(count), place)))),
        }
    });
    let mut response = Response::new(Body::from_stream(given));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(paths::OCTETS));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(to.saturating_sub(from)));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if part.is_some()
        && let Ok(range) = HeaderValue::from_str(&format!("bytes {from}-{}/{length}", to.saturating_sub(1)))
    {
        headers.insert(header::CONTENT_RANGE, range);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// The one range that is asked for: from a byte on, and before another. Where there is none, or it is not of the document,
/// all of it is given (RFC 9110 section 14.2 leaves that to the server).
fn range(headers: &HeaderMap, length: u64) -> Option<(u64, u64)> {
    let text = headers.get(header::RANGE)?.to_str().ok()?.strip_prefix("bytes=")?;
    let (from, last) = text.split_once('-')?;
    let from: u64 = from.parse().ok()?;
    let to = match last {
        "" => length,
        last => last.parse::<u64>().ok()?.saturating_add(1).min(length),
    };
    (from < to).then_some((from, to))
}

/// `DELETE /v1/documents/{id}`.
pub(super) async fn erase(
    State(server): State<Shared>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<StatusCode, Failure> {
    let id = named(&text)?;
    server.library()?.erase(&caller.who(), id).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_of_the_document_or_none() {
        let check = |text: &str, expect: Option<(u64, u64)>| {
            let headers: HeaderMap = [(header::RANGE, text.parse().unwrap())].into_iter().collect();
            assert_eq!(range(&headers, 100), expect, "{text}");
        };
        check("bytes=0-", Some((0, 100)));
        check("bytes=10-19", Some((10, 20)));
        check("bytes=99-", Some((99, 100)));
        check("bytes=99-500", Some((99, 100)));
        check("bytes=0-18446744073709551615", Some((0, 100)));
        for none in ["bytes=100-", "bytes=20-10", "bytes=-5", "bytes=a-b", "bytes=1-2,5-6", "items=0-1", "bytes=", ""] {
            check(none, None);
        }
        assert_eq!(range(&HeaderMap::new(), 100), None);
    }
}
