//! What was captured: one event byte for byte, its proof, and queries over all.

use super::{
    Server,
    answer::{Answered, JSON, JSON_LD, acceptable, blocking, bytes, decoded, json, pairs, with, wrong_query},
    capture::media_of,
    look::{self, Look, Seen},
};
use crate::{
    capture,
    failure::{Failure, Result},
    gateway::{Shared, book::Place, view},
};
use api::time::rfc3339;
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, Uri, header},
};
use epcis::{CONTEXT, Captured, Document, Map, Value, query::Query};
use ledger::{Hash, Timestamp};

/// Longest query, in bytes.
const MAX_QUERY: usize = 64 * 1024;

/// `GET /events/{eventID}` and `GET /events/{eventID}/proof`; the identity is one segment, percent-encoded.
pub(super) async fn one(
    State(server): State<Server>,
    headers: HeaderMap,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> Answered {
    let rest = uri.path().strip_prefix("/events/").unwrap_or_default();
    let (id, wants_proof) = match rest.strip_suffix("/proof") {
        Some(id) => (id, true),
        None => (rest, false),
    };
    let mut declares = false;
    for (name, value) in pairs(query.as_deref())? {
        match (name.as_str(), value.as_str()) {
            ("errorDeclaration", "1" | "true") => declares = true,
            ("errorDeclaration", "0" | "false") => {}
            _ => return Err(wrong_query(&name).into()),
        }
    }
    let id = decoded(id).ok_or_else(|| wrong_query(id))?;
    let shared = server.shared.clone();
    let place = found(&shared, &id, declares)?;
    if wants_proof {
        acceptable(&headers, &[JSON])?;
        let proof = blocking(move || view::proof(&shared.book(), place)).await?;
        return Ok(json(StatusCode::OK, &proof));
    }
    let format = shared.book().jobs.get(place.0).and_then(|job| job.kind.format());
    let kind = media_of(&headers, format.unwrap_or(epcis::Format::Json))?;
    let event = blocking(move || bytes_of(&shared, place)).await?;
    Ok(bytes(StatusCode::OK, kind, event))
}

/// An event by its identity; where it was declared wrong and the event itself never came, the declaration.
fn found(shared: &Shared, id: &str, declares: bool) -> Result<Place> {
    let book = shared.book();
    let missing = || Failure::new("H7004", [("kind", "event".to_owned()), ("input", id.chars().take(200).collect())]);
    let place = book.event(id, declares).or_else(|| book.event(id, true).filter(|_| !declares));
    place.ok_or_else(missing)
}

/// The bytes of an event, as they came.
fn bytes_of(shared: &Shared, place: Place) -> Result<Vec<u8>> {
    let (body, start, length, content) = {
        let book = shared.book();
        let missing = || Failure::plain("H1642");
        let (job, entry) = (book.jobs.get(place.0).ok_or_else(missing)?, book.entry(place).ok_or_else(missing)?);
        (job.body, entry.start, entry.length, entry.document.map(|document| document.content))
    };
    let document = shared.depot.get(&body)?;
    let event = document.get(start..start.saturating_add(length)).unwrap_or_default();
    match Some(Hash(*blake3::hash(event).as_bytes())) == content {
        true => Ok(event.to_vec()),
        false => Err(Failure::new("H1643", [("file", body.to_string())])),
    }
}

/// `GET /events`: what a query asks for, as an `EPCISQueryDocument`.
pub(super) async fn find(State(server): State<Server>, headers: HeaderMap, RawQuery(query): RawQuery) -> Answered {
    acceptable(&headers, &[JSON, JSON_LD])?;
    let text = query.unwrap_or_default();
    if text.len() > MAX_QUERY {
        return Err(Failure::plain("H1663").into());
    }
    let query = Query::read(&pairs(Some(&text))?).map_err(|error| Failure::new(error.code(), error.params()))?;
    let (shared, place) = (server.shared.clone(), server.room.look()?);
    let per_page = query.per_page();
    let (found, next) = blocking(move || {
        let _place = place;
        let jobs = shared.book().jobs.len();
        let (events, next) = match query.asks_for_all() {
            true => look::ordered(jobs, |index| read(&shared, index), &query)?,
            false => look::page(jobs, |index| read(&shared, index), &query)?,
        };
        Ok((document(events).to_string().into_bytes(), next))
    })
    .await?;
    let answer = bytes(StatusCode::OK, JSON, found);
    let Some(next) = next else { return Ok(answer) };
    let same = text.split('&').filter(|pair| !pair.starts_with("nextPageToken=") && !pair.starts_with("perPage="));
    let pairs: Vec<String> = same.filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
    let pairs = pairs.into_iter().chain([format!("perPage={per_page}"), format!("nextPageToken={next}")]);
    let link = format!("</events?{}>; rel=\"next\"", pairs.collect::<Vec<_>>().join("&"));
    Ok(with(answer, header::LINK, &link))
}

fn document(events: Vec<Value>) -> Value {
    let mut body = Map::default();
    body.insert("eventList", events);
    let mut results = Map::default();
    results.insert("queryName", "SimpleEventQuery");
    results.insert("resultsBody", body);
    let mut whole = Map::default();
    whole.insert("queryResults", results);
    let mut document = Map::default();
    document.insert("@context", CONTEXT);
    document.insert("type", "EPCISQueryDocument");
    document.insert("schemaVersion", "2.0");
    document.insert("creationDate", rfc3339(crate::when::now()));
    document.insert("epcisBody", whole);
    document.into()
}

/// The events of a job; none of one that has none.
fn read(shared: &Shared, index: usize) -> Result<Option<Look>> {
    let (body, format, at, entries) = {
        let book = shared.book();
        let Some(job) = book.jobs.get(index) else { return Ok(None) };
        let Some(format) = job.kind.format().filter(|_| !job.entries.is_empty()) else { return Ok(None) };
        let entries: Vec<(usize, String)> = job.entries.iter().map(|e| (e.place, e.id.clone())).collect();
        (job.body, format, job.at, entries)
    };
    let bytes = shared.depot.get(&body)?;
    let length = bytes.len();
    let Document { envelope, events, .. } = Document::read(&bytes, format).map_err(|e| capture::failure(&e))?;
    let mut events: Vec<Option<Captured>> = events.into_iter().map(Some).collect();
    let seen = |(number, (place, id)): (usize, (usize, String))| {
        let Captured { bytes, value, context: _ } = events.get_mut(place)?.take()?;
        Some(Seen { number, id, value, bytes: bytes.len() })
    };
    let events = entries.into_iter().enumerate().filter_map(seen).collect();
    let context = envelope.get("@context").cloned();
    let context_bytes = context.as_ref().map_or(0, |context: &Value| context.to_string().len());
    Ok(Some(Look { context, context_bytes, at: rfc3339(Timestamp(at)), events, bytes: length }))
}
