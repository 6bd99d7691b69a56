//! The node over HTTP, as `docs/formats/http.md` describes it.
//!
//! Purpose: to take transactions, to show the ledger to those who may see it, and to say how the node is.
//!
//! Invariants:
//! - what a reader may see is decided in `custody::visibility` alone, and there is no way around it; items and their
//!   events are shown through `sight`, which asks it;
//! - every queue, body, page, wait and connection has a bound, and load is answered with a code instead of memory;
//! - nothing that comes from outside makes the server panic, and no error of the node's inside goes out: a client gets
//!   a code of the catalogue, the log gets the reason; readiness alone says why a node halted, for its operator;
//! - a bundle, and every other file that strangers judge, is assembled from one view of the store.
//!
//! Deliberately absent: TLS (an operator puts a proxy in front), the console, and any state that must survive a restart
//! but named queries, which are a small file. Sealed documents pass through here and are kept in `documents`.

mod body;
mod bundle;
mod docs;
mod documents;
mod epcis_query;
mod failure;
mod fetch;
mod files;
mod follow;
mod gate;
mod governance;
mod health;
mod history;
mod items;
mod key;
mod local;
mod login;
mod metrics;
mod network;
mod openapi;
mod orgs;
mod page;
mod params;
mod passage;
mod permits;
mod places;
mod reads;
mod registries;
mod sessions;
mod sight;
mod stream;
mod token;
mod tx;
mod waiting;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use bundle::Moment;
pub(crate) use metrics::connected_peers;

use crate::{documents::Library, handle::Handle, member::Fetched, seat::Seat};
use api::paths;
use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{Method, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use custody::visibility::{Reader, visible};
use edge::{Bounds, End};
use failure::{Failure, code};
use follow::LastCommit;
use gate::gate;
use metrics::Metrics;
use params::Language;
use places::{Kind, Places};
use reads::SignedBlocks;
use sessions::Sessions;
use std::{
    future::Future,
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use token::Tokens;
use tokio::{net::TcpListener, sync::watch};
use waiting::WaitingRoom;

/// Template under which requests to unknown paths are counted.
const ELSEWHERE: &str = "elsewhere";

/// How this node serves. Every bound is of one process.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// The node's keys: by them its status says what it is, and whose.
    pub seat: Seat,
    /// Connections at a time; more wait in the system's queue.
    pub connections: usize,
    /// Requests answered at a time; more wait for a moment and are then refused.
    pub in_flight: usize,
    /// Requests that wait for a transaction at a time.
    pub waits: usize,
    /// Followers of the stream at a time.
    pub followers: usize,
    /// Longest time for a request, its body included.
    pub request_timeout: Duration,
    /// Life of a token.
    pub token_life: Duration,
    /// The file of named queries; without it they end with the process.
    pub queries: Option<PathBuf>,
    /// Sealed documents; without it none are taken or given.
    pub(crate) documents: Option<Library>,
}

impl HttpOptions {
    /// Bounds that suit a machine with a few cores, and leave the store its files where a process may open 1024.
    pub fn new(seat: Seat) -> HttpOptions {
        HttpOptions {
            seat,
            connections: 512,
            in_flight: 256,
            waits: 384,
            followers: 64,
            request_timeout: Duration::from_secs(30),
            token_life: Duration::from_secs(12 * 3_600),
            queries: None,
            documents: None,
        }
    }
}

/// What all requests share.
struct Server {
    handle: Handle,
    options: HttpOptions,
    places: Places,
    sessions: Sessions,
    waiting: WaitingRoom,
    signed_blocks: SignedBlocks,
    queries: epcis_query::Named,
    tokens: Tokens,
    metrics: Metrics,
    last_commit: LastCommit,
    /// True once the node is told to stop.
    ending: watch::Receiver<bool>,
}

type Shared = Arc<Server>;

impl Server {
    fn new(handle: Handle, options: HttpOptions, ending: watch::Receiver<bool>) -> io::Result<Shared> {
        Ok(Arc::new(Server {
            places: Places::new(&options),
            sessions: Sessions::new(options.token_life).map_err(io::Error::other)?,
            waiting: WaitingRoom::default(),
            signed_blocks: SignedBlocks::default(),
            queries: epcis_query::Named::open(options.queries.clone())?,
            tokens: Tokens::new().map_err(io::Error::other)?,
            metrics: Metrics::new(),
            last_commit: LastCommit::now(),
            ending,
            handle,
            options,
        }))
    }
}

/// Serves until `shutdown`, then lets requests end within five seconds.
pub async fn serve(
    listener: TcpListener,
    handle: Handle,
    options: HttpOptions,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (end, ending) = watch::channel(false);
    let bounds = Bounds::of(options.connections);
    let blocks = handle.follow();
    let server = Server::new(handle, options, ending)?;
    let follower = tokio::spawn(follow::run(server.clone(), blocks));
    // The sender lives as long as anything is served: whoever waits sees the change, not a closed channel.
    let stop = async {
        shutdown.await;
        end.send_replace(true);
    };
    let ended = edge::serve(listener, router(server), bounds, stop).await;
    follower.abort();
    match ended {
        End::Answered => {}
        End::CutOff(count) => tracing::warn!(count, "connections were cut off at the end"),
    }
    Ok(())
}

fn router(server: Shared) -> Router {
    epcis_query::routes(Router::new())
        .route(paths::TX, post(tx::submit))
        .route(paths::TX_BATCH, post(tx::submit_batch))
        .route(paths::TX_ONE, get(tx::one))
        .route(paths::ITEMS, get(items::list))
        .route(paths::ITEM, get(items::one))
        .route(paths::ORGS, get(orgs::orgs))
        .route(paths::ORG, get(orgs::org))
        .route(paths::ORG_KEYS, get(orgs::org_keys))
        .route(paths::ORG_SEAL_KEY, get(orgs::seal_key))
        .route(paths::ORG_FEED, get(files::feed))
        .route(paths::CODE, get(files::absence))
        .route(paths::KEY, get(orgs::key))
        .route(paths::CLASSES, get(orgs::classes))
        .route(paths::CLASS, get(orgs::class))
        .route(paths::HOLDS, get(items::holds))
        .route(paths::PERMITS, get(permits::permits))
        .route(paths::PERMIT, get(permits::permit))
        .route(paths::REGISTRY, get(registries::registry))
        .route(paths::DUTIES, get(permits::duties))
        .route(paths::PROPOSALS, get(governance::proposals))
        .route(paths::PROPOSAL, get(governance::proposal))
        .route(paths::ALERTS, get(governance::alerts))
        .route(paths::AUDIT, get(governance::audit))
        .route(paths::PACK, get(registries::pack))
        .route(paths::DOCUMENTS, get(documents::list).post(documents::deposit))
        .route(paths::DOCUMENT, get(documents::one).delete(documents::erase))
        .route(paths::BLOCK, get(network::block))
        .route(paths::BLOCK_HISTORY, get(history::of_block))
        .route(paths::VALIDATORS, get(network::validators))
        .route(paths::EVIDENCE, get(network::evidence))
        .route(paths::NETWORK, get(network::network))
        .route(paths::GENESIS, get(network::genesis))
        .route(paths::LOGIN_CHALLENGE, post(login::challenge))
        .route(paths::LOGIN, post(login::login))
        .route(paths::LOGOUT, post(login::logout))
        .route(paths::WHOAMI, get(login::whoami))
        .route(paths::STREAM, get(stream::stream))
        .route(paths::STATUS, get(health::status))
        .route(paths::LIVEZ, get(health::livez))
        .route(paths::READYZ, get(health::readyz))
        .route(paths::METRICS, get(health::figures))
        .route(paths::VERSION, get(health::version))
        .route(paths::OPENAPI, get(description))
        .route(paths::DOCS, get(docs::page))
        .fallback(|| async { Failure::new(code::PATH) })
        .method_not_allowed_fallback(|| async { Failure::new(code::METHOD) })
        .layer(middleware::from_fn_with_state(server.clone(), guard))
        .with_state(server)
}

/// `GET /openapi.json`.
async fn description() -> Result<Response, Failure> {
    let document = openapi::document().map_err(|e| Failure::fault("write the description", e))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], document).into_response())
}

/// Around every request: its place, its time, its language, its figures.
async fn guard(State(server): State<Shared>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let template = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let language = Language::of(request.uri(), request.headers());
    let method = request.method().clone();
    let answer = match admit(&server, template.as_deref(), &method, request, next).await {
        Ok(answer) => answer,
        Err(failure) => failure.into_response(),
    };
    let answer = match template.as_deref().is_some_and(epcis_query::is_own) {
        true => epcis_query::finish(answer, language),
        false => failure::finish(answer, language),
    };
    server.metrics.answered(&method, template.as_deref().unwrap_or(ELSEWHERE), answer.status(), begun.elapsed());
    answer
}

async fn admit(
    server: &Shared,
    template: Option<&str>,
    method: &Method,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let kind = Kind::of(template.unwrap_or_default(), method);
    let time = kind.time(server.options.request_timeout);
    let answered = tokio::time::timeout(time, async {
        let _place = server.places.request(kind).await?;
        let (mut parts, body) = request.into_parts();
        // No body is looked at, and no handler called, for a stranger who has no business here.
        if let Some(template) = template.filter(|t| !visible(&Reader::Stranger, &gate(t))) {
            let caller = server.caller(&parts.headers)?;
            caller.must_see(&gate(template))?;
            parts.extensions.insert(caller);
        }
        let body = body::refuse_stated(&parts.headers, body, body::limit(template.unwrap_or_default())).await?;
        let template = template.unwrap_or_default();
        let (fetched, answer) = match server.ensure(template, &parts.uri).await {
            Ok(fetched) => (fetched, None),
            Err(failure) => (Fetched::default(), Some(failure.into_response())),
        };
        let as_of = server.as_of(template, method, &fetched);
        let answer = match answer {
            Some(answer) => answer,
            None => next.run(Request::from_parts(parts, body)).await,
        };
        Ok(fetch::tell(as_of, fetched.is_list, answer))
    });
    answered.await.unwrap_or_else(|_| Err(Failure::new(code::TOO_MANY)))
}
