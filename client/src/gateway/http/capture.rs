//! The capture interface, and acts: `POST` gives a job, `GET` says how it stands.

use super::{
    Server,
    answer::{
        Answered, JSON, JSON_LD, TEXT_XML, XML, acceptable, blocking, body, bytes, encoded, format, json, pairs, with,
        wrong_query,
    },
};
use crate::{
    failure::{Failure, Result},
    gateway::{
        intake::{self, Request, Strict},
        journal::{Behaviour, Kind},
        view,
    },
};
use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use epcis::Format;

/// What happens to the other events of a document; the second name is that of the text of the standard.
const BEHAVIOUR: [&str; 2] = ["gs1-capture-error-behaviour", "gs1-epcis-capture-error-behaviour"];
/// Asks for an event to be refused that lacks a fact of the act that it asks for, whatever the settings say.
pub(in crate::gateway) const STRICT: &str = "hufu-strict";
/// Asks for the setting `own-only`, whatever the settings say.
pub(in crate::gateway) const OWN_ONLY: &str = "hufu-own-only";
/// What names a request, so that it is done once.
const KEY: &str = "idempotency-key";
/// Longest such name, in bytes.
const MAX_KEY: usize = 256;
/// Entries of a page that is not told otherwise, and most of them.
const PER_PAGE: usize = 30;
const MAX_PER_PAGE: usize = 1_000;

/// Error: H1662.
fn behaviour(headers: &HeaderMap) -> Result<Behaviour> {
    let mut found = None;
    for value in BEHAVIOUR.iter().filter_map(|name| headers.get(*name)) {
        let one = match value.to_str() {
            Ok("rollback") => Behaviour::Rollback,
            Ok("proceed") => Behaviour::Proceed,
            _ => return Err(Failure::plain("H1662")),
        };
        if found.is_some_and(|other| other != one) {
            return Err(Failure::plain("H1662"));
        }
        found = Some(one);
    }
    Ok(found.unwrap_or(Behaviour::Rollback))
}

fn job_place(server: &Server, index: usize) -> String {
    let book = server.shared.book();
    format!("/capture/{}", book.jobs.get(index).map_or("", |job| job.id.as_str()))
}

/// Reads a document and takes it; the number of the job. Error: H1666 as long as nobody can tell whose act is whose.
async fn taken(server: &Server, headers: &HeaderMap, content: Body, single: bool) -> Result<usize> {
    let is_asked = |name: &str| headers.get(name).is_some_and(|value| value == "true");
    let rule = server.shared.rule(is_asked(OWN_ONLY))?;
    let kind = match format(headers)? {
        Format::Json => Kind::Json,
        Format::Xml => Kind::Xml,
    };
    let behaviour = behaviour(headers)?;
    let strict = match (server.shared.settings.strict, is_asked(STRICT)) {
        (true, _) => Strict::Always,
        (false, true) => Strict::Facts,
        (false, false) => Strict::Never,
    };
    let most = server.shared.settings.events;
    let content = body(headers, content, server.shared.settings.bytes).await?;
    let shared = server.shared.clone();
    let request = Request { body: content, kind, behaviour, single, strict, rule, most };
    blocking(move || intake::document(&shared, request)).await
}

/// `POST /capture`.
pub(super) async fn take(State(server): State<Server>, headers: HeaderMap, content: Body) -> Answered {
    acceptable(&headers, &[JSON])?;
    let index = taken(&server, &headers, content, false).await?;
    shown(&server, index, StatusCode::ACCEPTED)
}

/// `POST /events`: one event, which is kept when this answers.
pub(super) async fn take_one(State(server): State<Server>, headers: HeaderMap, content: Body) -> Answered {
    acceptable(&headers, &[JSON, JSON_LD, XML, TEXT_XML])?;
    let index = taken(&server, &headers, content, true).await?;
    let book = server.shared.book();
    let id = book.places(index).first().and_then(|place| Some(book.entry(*place)?.id.clone())).unwrap_or_default();
    drop(book);
    let place = format!("/events/{}", encoded(&id));
    let made = json(StatusCode::CREATED, &serde_json::json!({ "eventID": id, "capture": job_place(&server, index) }));
    Ok(with(made, header::LOCATION, &place))
}

/// `POST /v1/acts`.
pub(super) async fn acts(State(server): State<Server>, headers: HeaderMap, content: Body) -> Answered {
    acceptable(&headers, &[JSON])?;
    if format(&headers)? != Format::Json {
        return Err(Failure::input("H1659", XML).into());
    }
    let key = headers.get(KEY).map(|value| value.to_str().unwrap_or_default().to_owned());
    if key.as_ref().is_some_and(|key| key.is_empty() || key.len() > MAX_KEY) {
        return Err(wrong_query(KEY).into());
    }
    let content = body(&headers, content, server.shared.settings.bytes).await?;
    let shared = server.shared.clone();
    let index = blocking(move || intake::acts(&shared, &content, key)).await?;
    shown(&server, index, StatusCode::ACCEPTED)
}

fn shown(server: &Server, index: usize, status: StatusCode) -> Answered {
    let job = view::job(&server.shared.book(), index, true)?;
    Ok(with(json(status, &job), header::LOCATION, &job_place(server, index)))
}

fn job_of(server: &Server, id: &str) -> Result<usize> {
    let missing = || Failure::new("H7004", [("kind", "capture".to_owned()), ("input", id.chars().take(100).collect())]);
    server.shared.book().job(id).ok_or_else(missing)
}

/// `GET /capture/{id}`.
pub(super) async fn one(State(server): State<Server>, headers: HeaderMap, Path(id): Path<String>) -> Answered {
    acceptable(&headers, &[JSON])?;
    let index = job_of(&server, &id)?;
    let shared = server.shared.clone();
    let job = blocking(move || view::job(&shared.book(), index, true)).await?;
    Ok(json(StatusCode::OK, &job))
}

/// `GET /capture/{id}/document`: byte for byte as it came. Of a document that was refused nothing is kept.
pub(super) async fn document(State(server): State<Server>, headers: HeaderMap, Path(id): Path<String>) -> Answered {
    let index = job_of(&server, &id)?;
    let found = {
        let book = server.shared.book();
        let job = book.jobs.get(index).filter(|job| !job.entries.is_empty() || !job.known.is_empty());
        job.and_then(|job| Some((job.body, job.kind.format()?)))
    };
    let missing = || Failure::new("H7004", [("kind", "document".to_owned()), ("input", id.clone())]);
    let (hash, format) = found.ok_or_else(missing)?;
    let kind = media_of(&headers, format)?;
    let shared = server.shared.clone();
    let document = blocking(move || shared.depot.get(&hash)).await?;
    Ok(bytes(StatusCode::OK, kind, document))
}

/// The media type in which something is answered that was written in a format. Error: H1660.
pub(super) fn media_of(headers: &HeaderMap, format: Format) -> Result<&'static str> {
    let kinds = match format {
        Format::Json => [JSON, JSON_LD],
        Format::Xml => [XML, TEXT_XML],
    };
    acceptable(headers, &kinds)?;
    // Whoever names only the second gets it by its name.
    Ok(if acceptable(headers, &kinds[..1]).is_ok() { kinds[0] } else { kinds[1] })
}

/// `GET /capture`: the jobs, the latest first.
pub(super) async fn list(State(server): State<Server>, headers: HeaderMap, RawQuery(query): RawQuery) -> Answered {
    acceptable(&headers, &[JSON])?;
    let (mut per_page, mut before) = (PER_PAGE, usize::MAX);
    for (name, value) in pairs(query.as_deref())? {
        let number = value.parse::<usize>().map_err(|_| wrong_query(&name))?;
        match name.as_str() {
            "perPage" if (1..=MAX_PER_PAGE).contains(&number) => per_page = number,
            "nextPageToken" => before = number,
            _ => return Err(wrong_query(&name).into()),
        }
    }
    let shared = server.shared.clone();
    let (jobs, next) = blocking(move || {
        let book = shared.book();
        let end = book.jobs.len().min(before);
        let first = end.saturating_sub(per_page);
        let jobs = (first..end).rev().map(|index| view::job(&book, index, false)).collect::<Result<Vec<_>>>()?;
        Ok((jobs, (first > 0).then_some(first)))
    })
    .await?;
    let answer = json(StatusCode::OK, &jobs);
    Ok(match next {
        Some(next) => {
            let link = format!("</capture?perPage={per_page}&nextPageToken={next}>; rel=\"next\"");
            with(answer, header::LINK, &link)
        }
        None => answer,
    })
}

/// `OPTIONS`: what is spoken here. The other headers stand on every answer.
pub(super) async fn options() -> Response {
    let answer = with(StatusCode::NO_CONTENT.into_response(), header::ALLOW, "GET, HEAD, OPTIONS, POST");
    with(answer, HeaderName::from_static("gs1-capture-error-behaviour"), "all")
}
