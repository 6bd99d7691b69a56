//! The gateway over HTTP: the capture interface of EPCIS 2.0, queries over what was captured, acts, deliveries.

mod answer;
mod capture;
mod events;
mod look;
mod room;
mod webhooks;

use super::Shared;
use crate::failure::{Failure, Result};
pub(super) use answer::{JSON, XML};
use answer::{Refused, finish, json, refused};
use api::Lang;
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
pub(super) use capture::{OWN_ONLY, STRICT};
use edge::Bounds;
use room::{Place, Room};
use serde_json::json;
use std::{net::TcpListener, sync::Arc, time::Duration};
use tokio::signal::unix::{SignalKind, signal};

/// Where documents are taken.
pub(super) const CAPTURE: &str = "/capture";
/// Where deliveries are asked for once more.
pub(super) const REPLAY: &str = "/webhooks/replay";
/// Connections at a time; more wait in the system's queue.
const CONNECTIONS: usize = 128;
/// Longest time for a request, its body included.
const TIME: Duration = Duration::from_secs(60);
/// How often it is looked whether the gateway ended.
const LOOK: Duration = Duration::from_millis(100);

/// What all requests share.
#[derive(Clone)]
struct Server {
    shared: Arc<Shared>,
    room: Room,
}

/// Serves until the gateway ends, or the system says so. Error: H7014.
pub(super) fn serve(listener: TcpListener, shared: Arc<Shared>) -> Result<()> {
    let fail = |e: std::io::Error| Failure::new("H7014", [("address", String::new()), ("detail", e.to_string())]);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(fail)?;
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::from_std(listener).map_err(fail)?;
        let server = Server { shared: shared.clone(), room: Room::new() };
        // Whoever was cut off asks again: what was answered is on disk, and nothing else was promised.
        let _ = edge::serve(listener, router(server), Bounds::of(CONNECTIONS), ended(shared)).await;
        Ok(())
    })
}

/// Until the gateway ends: told by its other threads, by Ctrl-C, or by the system.
async fn ended(shared: Arc<Shared>) {
    let looked = async {
        while !shared.is_ended() {
            tokio::time::sleep(LOOK).await;
        }
    };
    let told = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    tokio::select! {
        () = looked => {}
        () = told => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    shared.end();
}

fn router(server: Server) -> Router {
    Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/version", get(version))
        .route("/readyz", get(ready))
        .route(CAPTURE, post(capture::take).get(capture::list).options(capture::options))
        .route("/capture/{id}", get(capture::one).options(capture::options))
        .route("/capture/{id}/document", get(capture::document))
        .route("/events", post(capture::take_one).get(events::find).options(capture::options))
        .route("/events/{*id}", get(events::one).options(capture::options))
        .route("/v1/acts", post(capture::acts))
        .route("/v1/acts/{id}", get(capture::one))
        .route("/webhooks/deliveries", get(webhooks::deliveries))
        .route(REPLAY, post(webhooks::replay))
        .fallback(|| async { refused("H7005") })
        .method_not_allowed_fallback(|| async { refused("H7006") })
        .layer(middleware::from_fn_with_state(server.clone(), guard))
        .with_state(server)
}

/// Around every request: who asks, whether there is room, how long it takes, in which language.
async fn guard(State(server): State<Server>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let asked = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let lang = asked.map_or(server.shared.lang, Lang::from_accept_language);
    let answer = match admit(&server, &path, request.headers()) {
        Ok(_place) => {
            let answered = tokio::time::timeout(TIME, next.run(request)).await;
            answered.unwrap_or_else(|_| refused("H7008"))
        }
        Err(failure) => Refused(failure).into_response(),
    };
    finish(answer, &path, lang, &server.shared.settings)
}

/// A place for a request, for whoever has the token. Errors: H2301, H2302, H7008.
fn admit(server: &Server, path: &str, headers: &HeaderMap) -> Result<Option<Place>> {
    if matches!(path, "/livez" | "/version") {
        return Ok(None);
    }
    let shown = headers.get(header::AUTHORIZATION).ok_or_else(|| Failure::plain("H2301"))?;
    let token = shown.to_str().ok().and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    // The comparison of hashes takes one time whatever the token; blake3 sees to that.
    if blake3::hash(token.trim().as_bytes()) != blake3::hash(server.shared.token.as_bytes()) {
        return Err(Failure::plain("H2302"));
    }
    server.room.request().map(Some)
}

async fn version() -> Response {
    let version = json!({ "schema": "hufu.gateway-version/1", "version": env!("CARGO_PKG_VERSION") });
    json(StatusCode::OK, &version)
}

/// How it is: what waits, and why.
async fn ready(State(server): State<Server>) -> Response {
    let shared = &server.shared;
    let (open, loose, kept, seen) = {
        let book = shared.book();
        (book.open.len(), book.loose.len(), book.kept, book.seen)
    };
    let trouble = shared.trouble();
    let status = if trouble.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let told = json!({
        "schema": "hufu.gateway-status/1",
        "waiting": open,
        "notAnchored": loose,
        "events": kept,
        "height": seen,
        "trouble": trouble,
    });
    json(status, &told)
}
