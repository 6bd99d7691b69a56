//! The capture interface, and acts: `POST` gives a job, `GET` says how it stands.

use super::{
    Server,
    answer::{
        Answered, JSON, JSON_LD, TEXT_XML, XML, acceptable, blocking, bytes, encoded, format, json, pairs, with,
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
/// Jobs of a page that is not told otherwise, and most of them.
const PER_PAGE: usize = 30;
const MAX_PER_PAGE: usize = 1_000;
/// Events and faults that are looked at for one page of jobs; the job that passes this is the last of its page.
const MOST_WALKED: usize = 20_000;

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
    let (content, room) = server.room.body(headers, content, server.shared.settings.bytes).await?;
    let shared = server.shared.clone();
    let request = Request { body: content, kind, behaviour, single, strict, rule, most };
    blocking(move || {
        let _room = room;
        intake::document(&shared, request)
    })
    .await
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
    let (content, room) = server.room.body(&headers, content, server.shared.settings.bytes).await?;
    let shared = server.shared.clone();
    let index = blocking(move || {
        let _room = room;
        intake::acts(&shared, &content, key)
    })
    .await?;
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
        let end = shared.book().jobs.len().min(before);
        latest(end, per_page, |index| {
            let book = shared.book();
            let job = view::job(&book, index, false)?;
            let walked = book.places(index).len().saturating_add(job.faults());
            Ok((job, walked))
        })
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

/// The jobs before a number, the latest first, and the number before which the next page begins. `show` says of each
/// what it took.
fn latest<T>(
    end: usize,
    per_page: usize,
    mut show: impl FnMut(usize) -> Result<(T, usize)>,
) -> Result<(Vec<T>, Option<usize>)> {
    let (mut jobs, mut left, mut walked) = (Vec::new(), end, 0usize);
    while jobs.len() < per_page && walked < MOST_WALKED {
        let Some(index) = left.checked_sub(1) else { break };
        let (job, more) = show(index)?;
        jobs.push(job);
        walked = walked.saturating_add(more);
        left = index;
    }
    Ok((jobs, (left > 0).then_some(left)))
}

/// `OPTIONS`: what is spoken here. The other headers stand on every answer.
pub(super) async fn options() -> Response {
    let answer = with(StatusCode::NO_CONTENT.into_response(), header::ALLOW, "GET, HEAD, OPTIONS, POST");
    with(answer, HeaderName::from_static("gs1-capture-error-behaviour"), "all")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pages over so many jobs, each of which takes so much: their jobs, and how many were shown in all.
    fn pages(jobs: usize, per_page: usize, each: usize) -> (Vec<Vec<usize>>, usize) {
        let (mut pages, mut shown, mut next) = (Vec::new(), 0, Some(jobs));
        while let Some(end) = next {
            let (page, more) = latest(end, per_page, |index| {
                shown += 1;
                Ok((index, each))
            })
            .unwrap();
            pages.push(page);
            next = more;
        }
        (pages, shown)
    }

    #[test]
    fn a_page_of_jobs_looks_at_its_own_and_at_a_bounded_number_of_their_events() {
        assert_eq!(pages(0, 2, 1), (vec![vec![]], 0));
        assert_eq!(pages(5, 2, 1), (vec![vec![4, 3], vec![2, 1], vec![0]], 5));
        assert_eq!(pages(4, 2, 1), (vec![vec![3, 2], vec![1, 0]], 4));
        // Of small ones a page is full; the one that passes the bound is the last of its page, and there is always one.
        assert_eq!(pages(1_000, 1_000, MOST_WALKED / 1_000).0.len(), 1);
        assert_eq!(pages(4, 1_000, MOST_WALKED / 2).0, [[3, 2], [1, 0]]);
        assert_eq!(pages(2, 1_000, MOST_WALKED * 2).0, [[1], [0]]);
    }
}
