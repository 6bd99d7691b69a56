//! The query side of the REST binding of EPCIS 2.0, over the events of items that the caller may see, and which
//! `custody::visibility` decides on as everywhere; `docs/formats/epcis-query.md`.
//!
//! Deliberately absent: capture and subscriptions, which are the gateway's; XML; master data.

mod answer;
mod description;
mod named;
mod walk;

use super::{
    Shared,
    failure::{Failure, code, shown},
    login::Caller,
    params,
    sight::Sight,
    token::Bound,
};
use answer::Asked;
pub(super) use answer::finish;
use api::{paths, time::rfc3339};
use axum::{
    Router,
    extract::{MatchedPath, Path, State},
    http::Uri,
    response::Response,
    routing::{any, delete, get},
};
pub(super) use description::ROUTES;
use epcis::{
    Value,
    query::{self, Held, Query, QueryError},
    vocabulary::Vocabulary,
};
use ledger::ItemId;
pub(super) use named::Named;

/// The name of the query that stands in a URL.
const SIMPLE: &str = "SimpleEventQuery";
/// What there is below the root.
const RESOURCES: [&str; 9] =
    ["queries", "capture", "events", "eventTypes", "epcs", "readPoints", "bizLocations", "dispositions", "bizSteps"];
/// Types of events.
const EVENT_TYPES: [&str; 5] =
    ["AggregationEvent", "AssociationEvent", "ObjectEvent", "TransactionEvent", "TransformationEvent"];
/// Begins the name of an event by its item and number.
const EVENT: &str = "urn:hufu:event:";

/// Resources that events are listed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resource {
    EventTypes,
    Epcs,
    BizSteps,
    BizLocations,
    ReadPoints,
    Dispositions,
}

impl Resource {
    /// Each with its paths: of all, of one, of its events.
    const ALL: [(Resource, [&str; 3]); 6] = [
        (Resource::EventTypes, [paths::EPCIS_EVENT_TYPES, paths::EPCIS_EVENT_TYPE, paths::EPCIS_EVENT_TYPE_EVENTS]),
        (Resource::Epcs, [paths::EPCIS_EPCS, paths::EPCIS_EPC, paths::EPCIS_EPC_EVENTS]),
        (Resource::BizSteps, [paths::EPCIS_BIZ_STEPS, paths::EPCIS_BIZ_STEP, paths::EPCIS_BIZ_STEP_EVENTS]),
        (
            Resource::BizLocations,
            [paths::EPCIS_BIZ_LOCATIONS, paths::EPCIS_BIZ_LOCATION, paths::EPCIS_BIZ_LOCATION_EVENTS],
        ),
        (Resource::ReadPoints, [paths::EPCIS_READ_POINTS, paths::EPCIS_READ_POINT, paths::EPCIS_READ_POINT_EVENTS]),
        (
            Resource::Dispositions,
            [paths::EPCIS_DISPOSITIONS, paths::EPCIS_DISPOSITION, paths::EPCIS_DISPOSITION_EVENTS],
        ),
    ];

    /// The resource of a path, given as its template.
    fn of(template: &str) -> Result<Resource, Failure> {
        let found = Resource::ALL.iter().find(|(_, paths)| paths.contains(&template));
        found.map(|(resource, _)| *resource).ok_or_else(|| Failure::not_found("resource", template))
    }

    /// What is listed: words of a list, or names that events hold.
    fn members(self) -> Members {
        match self {
            Resource::EventTypes => Members::Words(&EVENT_TYPES),
            Resource::BizSteps => Members::Words(Vocabulary::BizStep.words()),
            Resource::Dispositions => Members::Words(Vocabulary::Disposition.words()),
            Resource::Epcs => Members::Held(Held::Epcs),
            Resource::BizLocations => Members::Held(Held::BizLocations),
            Resource::ReadPoints => Members::Held(Held::ReadPoints),
        }
    }

    /// The parameter that asks for the events of one.
    fn parameter(self, id: &str) -> &'static str {
        match self {
            Resource::EventTypes => "eventType",
            Resource::Epcs => query::parameter_of(id),
            Resource::BizSteps => "EQ_bizStep",
            Resource::BizLocations => "EQ_bizLocation",
            Resource::ReadPoints => "EQ_readPoint",
            Resource::Dispositions => "EQ_disposition",
        }
    }

    /// Whether a word is one of its list.
    fn lists(self, id: &str) -> bool {
        match self {
            Resource::EventTypes => EVENT_TYPES.contains(&id),
            Resource::BizSteps => epcis::vocabulary::bare(Vocabulary::BizStep, id).is_some(),
            Resource::Dispositions => epcis::vocabulary::bare(Vocabulary::Disposition, id).is_some(),
            Resource::Epcs => query::code(id).is_some(),
            Resource::BizLocations | Resource::ReadPoints => id.contains(':'),
        }
    }
}

/// What is listed under a resource.
enum Members {
    Words(&'static [&'static str]),
    Held(Held),
}

/// Whether a path, given as its template, is one of these.
pub(super) fn is_own(template: &str) -> bool {
    template.starts_with(paths::EPCIS)
}

/// Adds the paths of this module.
pub(super) fn routes(router: Router<Shared>) -> Router<Shared> {
    let router = router
        .route(paths::EPCIS, get(top).options(answer::capabilities))
        .route(paths::EPCIS_EVENTS, get(events).post(gateway).options(answer::capabilities))
        .route(paths::EPCIS_EVENT, get(event).options(answer::capabilities))
        .route(paths::EPCIS_QUERIES, get(named::list).post(named::create).options(answer::capabilities))
        .route(paths::EPCIS_QUERY, get(named::one).delete(named::remove).options(answer::capabilities))
        .route(paths::EPCIS_QUERY_EVENTS, get(named::events).options(answer::capabilities))
        .route(paths::EPCIS_SUBSCRIPTIONS, any(gateway))
        .route(paths::EPCIS_SUBSCRIPTION, any(gateway))
        .route(paths::EPCIS_PAGE_TOKEN, delete(nothing_kept))
        .route(paths::EPCIS_CAPTURE, any(gateway))
        .route(paths::EPCIS_CAPTURE_JOB, any(gateway));
    Resource::ALL.into_iter().fold(router, |router, (_, [all, one, of_one])| {
        router
            .route(all, get(members).options(answer::capabilities))
            .route(one, get(member).options(answer::capabilities))
            .route(of_one, get(events_of).options(answer::capabilities))
    })
}

fn refused(error: QueryError) -> Failure {
    Failure::said(error.code(), error.params())
}

/// The parameters of a URL.
fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, Failure> {
    params::parse(uri)
}

/// The answer to a query.
async fn told(
    server: Shared,
    caller: Caller,
    asked: Asked,
    uri: &Uri,
    (name, query, kept): (&str, Query, Option<&Value>),
) -> Result<Response, Failure> {
    let who = caller.who();
    let bound = Bound::of(&caller.session.org, uri, kept)?;
    let (events, next, created) = server
        .blocking(move |server| {
            let (events, next) = server.told(&Sight::new(server, &who), &bound, &query)?;
            Ok((events, next, rfc3339(server.stamp().time)))
        })
        .await?;
    Ok(asked.page(&answer::document(events, name, &created), answer::next_link(uri, next.as_deref())))
}

/// `GET /epcis/v2`.
async fn top(asked: Asked) -> Response {
    asked.page(&answer::collection(RESOURCES), None)
}

/// `GET /epcis/v2/events`.
async fn events(State(server): State<Shared>, caller: Caller, asked: Asked, uri: Uri) -> Result<Response, Failure> {
    let query = Query::read(&pairs(&uri)?).map_err(refused)?;
    told(server, caller, asked, &uri, (SIMPLE, query, None)).await
}

/// `GET /epcis/v2/events/{id}`. No index leads from the hash that names an event to it: what the caller sees is looked
/// through, page by page, and a name such as `MATCH_anyEPC` in the query makes it short. `urn:hufu:event:{item}:{n}` is
/// found at once.
async fn event(
    State(server): State<Shared>,
    caller: Caller,
    asked: Asked,
    uri: Uri,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let at = id.strip_prefix(EVENT).map(|rest| {
        let (item, n) = rest.split_once(':')?;
        Some((item.parse::<ItemId>().ok()?, n.parse::<u64>().ok().filter(|n| *n > 0)?))
    });
    let mut pairs = pairs(&uri)?;
    pairs.retain(|(name, _)| name != "perPage");
    pairs.extend([("EQ_eventID", id.as_str()), ("perPage", "1")].map(|(n, v)| (n.to_owned(), v.to_owned())));
    let query = Query::read(&pairs).map_err(refused)?;
    let who = caller.who();
    let bound = Bound::of(&caller.session.org, &uri, None)?;
    let missing = shown(&id);
    let (found, next, created) = server
        .blocking(move |server| {
            let sight = Sight::new(server, &who);
            let (found, next): (Vec<Value>, Option<String>) = match at {
                Some(at) => {
                    let at = at.ok_or_else(|| Failure::id(&missing))?;
                    (server.event_at(&sight, at)?.into_iter().collect(), None)
                }
                None => server.told(&sight, &bound, &query)?,
            };
            match (found.is_empty(), &next) {
                (true, None) => Err(Failure::not_found("event", &missing)),
                // Its name is the hash of its text: there is no second one.
                (false, _) => Ok((found, None, rfc3339(server.stamp().time))),
                (true, Some(_)) => Ok((found, next, rfc3339(server.stamp().time))),
            }
        })
        .await?;
    Ok(asked.page(&answer::document(found, SIMPLE, &created), answer::next_link(&uri, next.as_deref())))
}

/// `GET /epcis/v2/{resource}`. Words are listed whole. Names that events hold are those of the events that were looked
/// at for the page: a later page may have one again.
async fn members(
    State(server): State<Shared>,
    caller: Caller,
    asked: Asked,
    uri: Uri,
    path: MatchedPath,
) -> Result<Response, Failure> {
    let query = Query::read(&pairs(&uri)?).map_err(refused)?;
    if query.is_narrow() {
        return Err(Failure::request("a collection takes perPage and nextPageToken"));
    }
    let held = match Resource::of(path.as_str())?.members() {
        Members::Words(words) => return Ok(asked.page(&answer::collection(words.iter().copied()), None)),
        Members::Held(held) => held,
    };
    let who = caller.who();
    let bound = Bound::of(&caller.session.org, &uri, None)?;
    let read = server.blocking(move |server| server.names(&Sight::new(server, &who), held, &bound, &query));
    let (names, next) = read.await?;
    let names = answer::collection(names.iter().map(String::as_str));
    Ok(asked.page(&names, answer::next_link(&uri, next.as_deref())))
}

/// `GET /epcis/v2/{resource}/{id}`.
async fn member(
    State(server): State<Shared>,
    caller: Caller,
    asked: Asked,
    path: MatchedPath,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let resource = Resource::of(path.as_str())?;
    let missing = Failure::not_found("resource", &id);
    if !resource.lists(&id) {
        return Err(missing);
    }
    if let Some(code) = query::code(&id).filter(|_| resource == Resource::Epcs) {
        let who = caller.who();
        if !server.blocking(move |server| server.carries(&who, &code)).await? {
            return Err(missing);
        }
    }
    Ok(asked.page(&answer::collection(["events"]), None))
}

/// `GET /epcis/v2/{resource}/{id}/events`.
async fn events_of(
    State(server): State<Shared>,
    caller: Caller,
    asked: Asked,
    uri: Uri,
    path: MatchedPath,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let resource = Resource::of(path.as_str())?;
    let parameter = resource.parameter(&id).to_owned();
    // What the URL asks of the same field besides must hold too.
    let own = Query::read(&[(parameter, id)]).map_err(refused)?;
    let query = own.and(Query::read(&pairs(&uri)?).map_err(refused)?).map_err(refused)?;
    told(server, caller, asked, &uri, (SIMPLE, query, None)).await
}

/// What the gateway of an enterprise does, and no node.
async fn gateway() -> Failure {
    Failure::new(code::GATEWAY)
}

/// `DELETE /epcis/v2/nextPageToken/{token}`: nothing is kept here for a token, so that there is nothing to give up.
async fn nothing_kept() -> Failure {
    Failure::new(code::NOTHING_KEPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_told_by_their_paths() {
        for (resource, templates) in Resource::ALL {
            for template in templates {
                assert_eq!(Resource::of(template).unwrap(), resource, "{template}");
                assert!(is_own(template));
            }
        }
        assert!(Resource::of(paths::EPCIS_EVENTS).is_err() && !is_own(paths::ITEMS));
    }

    #[test]
    fn what_is_one_of_a_list() {
        for (resource, id, expect) in [
            (Resource::EventTypes, "ObjectEvent", true),
            (Resource::EventTypes, "QuantityEvent", false),
            (Resource::BizSteps, "urn:epcglobal:cbv:bizstep:shipping", true),
            (Resource::BizSteps, "sailing", false),
            (Resource::Dispositions, "in_transit", true),
            (Resource::Epcs, "https://id.gs1.org/01/09521100000017/10/L1", true),
            (Resource::Epcs, "L1", false),
            (Resource::ReadPoints, "urn:hufu:port:CNSZX", true),
            (Resource::BizLocations, "here", false),
        ] {
            assert_eq!(resource.lists(id), expect, "{id}");
            assert!(Query::read(&[(resource.parameter(id).to_owned(), id.to_owned())]).is_ok(), "{id}");
        }
    }
}
