//! What was captured: one event byte for byte, its proof, and queries over all.

use super::{
    Server,
    answer::{Answered, JSON, JSON_LD, acceptable, blocking, bytes, decoded, json, pairs, with, wrong_query},
    capture::media_of,
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
use epcis::{CONTEXT, Document, Map, Value, query::Query};
use ledger::{Hash, Timestamp};

/// Most events that are found before they are put in order.
const MOST_FOUND: usize = 10_000;
/// Most bytes of documents that are looked through for one page without an order.
const MOST_SCANNED: usize = 256 * 1024 * 1024;
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
    let shared = server.shared.clone();
    let per_page = query.per_page();
    let (events, next) = blocking(move || match query.asks_for_all() {
        true => ordered(&shared, &query),
        false => page(&shared, &query),
    })
    .await?;
    let answer = bytes(StatusCode::OK, JSON, document(events).to_string().into_bytes());
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

/// A document of the gateway as it is looked through: its events with their places.
struct Look {
    context: Option<Value>,
    at: String,
    events: Vec<(usize, String, Value)>,
    bytes: usize,
}

/// The events of a job; none of one that has none.
fn look(shared: &Shared, index: usize) -> Result<Option<Look>> {
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
    let mut values: Vec<Option<Value>> = events.into_iter().map(|event| Some(event.value)).collect();
    let take = |(number, (place, id)): (usize, (usize, String))| Some((number, id, values.get_mut(place)?.take()?));
    let events = entries.into_iter().enumerate().filter_map(take).collect();
    let context = envelope.get("@context").cloned();
    Ok(Some(Look { context, at: rfc3339(Timestamp(at)), events, bytes: length }))
}

/// An event as it is answered: by itself it means what it meant in its document, and says when it was recorded.
fn told(event: Value, id: &str, context: Option<&Value>, at: &str) -> Value {
    let mut map = match event {
        Value::Map(map) => map,
        other => return other,
    };
    if let Some(context) = context {
        let list = |value: &Value| match value {
            Value::List(list) => list.clone(),
            other => vec![other.clone()],
        };
        let whole = match map.get("@context") {
            Some(own) => Value::List(list(context).into_iter().chain(list(own)).collect()),
            None => context.clone(),
        };
        map.insert("@context", whole);
    }
    for (name, value) in [("eventID", id), ("recordTime", at)] {
        if map.get(name).is_none() {
            map.insert(name, value);
        }
    }
    map.into()
}

fn jobs(shared: &Shared) -> usize {
    shared.book().jobs.len()
}

/// A page in the order in which things came. The token is the place behind the last event that was looked at.
fn page(shared: &Shared, query: &Query) -> Result<(Vec<Value>, Option<String>)> {
    let (first_job, first_entry) = match query.next_page_token() {
        None => (0, 0),
        Some(token) => {
            let parts = token.split_once('-').and_then(|(job, entry)| Some((job.parse().ok()?, entry.parse().ok()?)));
            parts.ok_or_else(|| wrong_query("nextPageToken"))?
        }
    };
    let mut found = Vec::new();
    let mut scanned = 0usize;
    for index in first_job..jobs(shared) {
        if scanned > MOST_SCANNED {
            return Ok((found, Some(format!("{index}-0"))));
        }
        let Some(Look { context, at, events, bytes }) = look(shared, index)? else { continue };
        scanned = scanned.saturating_add(bytes);
        let skipped: usize = if index == first_job { first_entry } else { 0 };
        for (number, id, event) in events.into_iter().filter(|(number, ..)| *number >= skipped) {
            let event = told(event, &id, context.as_ref(), &at);
            if !query.matches(&event) {
                continue;
            }
            if found.len() == query.per_page() {
                return Ok((found, Some(format!("{index}-{number}"))));
            }
            found.push(event);
        }
    }
    Ok((found, None))
}

/// A page in the order that is asked for. The token is the number of its first event.
fn ordered(shared: &Shared, query: &Query) -> Result<(Vec<Value>, Option<String>)> {
    let most = query.max_event_count().unwrap_or(usize::MAX).min(MOST_FOUND);
    let mut found = Vec::new();
    for index in 0..jobs(shared) {
        let Some(Look { context, at, events, .. }) = look(shared, index)? else { continue };
        for (_, id, event) in events {
            let event = told(event, &id, context.as_ref(), &at);
            if query.matches(&event) {
                found.push(event);
            }
            if found.len() > most {
                return Err(Failure::new("H1664", [("limit", most.to_string())]));
            }
        }
    }
    found.sort_by(|one, other| query.compare(one, other));
    found.truncate(query.event_count_limit().unwrap_or(usize::MAX));
    let first = match query.next_page_token() {
        None => 0,
        Some(token) => token.parse::<usize>().map_err(|_| wrong_query("nextPageToken"))?,
    };
    let end = first.saturating_add(query.per_page());
    let next = (end < found.len()).then(|| end.to_string());
    Ok((found.into_iter().skip(first).take(query.per_page()).collect(), next))
}
