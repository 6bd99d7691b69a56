//! The server: takes connections as there is room, serves each, and ends with them.

use crate::connection::Connection;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{io, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};

/// Pause after the machine refused a connection. Files ran out, and some that are open have to end first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// How much is served at a time, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Connections at a time; more wait in the system's queue.
    pub connections: usize,
    /// Longest time until the head of a request is there, since the connection began or the request before it ended.
    pub head: Duration,
    /// Longest time without a byte in either direction, and time in which a client takes 256 KiB of its answer, or all
    /// of it. Longer than the longest request.
    pub idle: Duration,
    /// Time that requests have to end after the server was told to stop.
    pub grace: Duration,
}

impl Bounds {
    /// Some connections, and the usual times.
    #[must_use]
    pub fn of(connections: usize) -> Bounds {
        Bounds {
            connections,
            head: Duration::from_secs(30),
            idle: Duration::from_secs(120),
            grace: Duration::from_secs(5),
        }
    }
}

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum End {
    /// Every request had its answer.
    Answered,
    /// So many connections were cut off when their time was over.
    CutOff(usize),
}

/// Serves until `end`, then takes no more connections and lets the requests that go on end within [`Bounds::grace`].
pub async fn serve(listener: TcpListener, router: Router, bounds: Bounds, end: impl Future<Output = ()> + Send) -> End {
    run(Port(listener), router, bounds, end).await
}

/// Where connections come from.
pub(crate) trait Source: Send {
    type Io: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next one. Nothing is lost where this is not waited for to its end.
    fn next(&mut self) -> impl Future<Output = io::Result<Self::Io>> + Send;
}

struct Port(TcpListener);

impl Source for Port {
    type Io = TcpStream;

    async fn next(&mut self) -> io::Result<TcpStream> {
        let (stream, _) = self.0.accept().await?;
        // Answers are small and waited for; without this they wait for an acknowledgement. Best effort.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }
}

pub(crate) async fn run<S: Source>(
    mut source: S,
    router: Router,
    bounds: Bounds,
    end: impl Future<Output = ()> + Send,
) -> End {
    // Its parts are put together once, and not for each request.
    let router: Router = router.with_state(());
    let room = Arc::new(Semaphore::new(bounds.connections));
    let (ending, _) = watch::channel(false);
    let mut open = JoinSet::new();
    let mut end = pin!(end);
    loop {
        tokio::select! {
            () = &mut end => break,
            connection = taken(&mut source, &room, bounds.idle) => {
                open.spawn(one(connection, router.clone(), bounds.head, ending.subscribe()));
            }
            // One that panicked has said so, and ended by itself.
            Some(_) = open.join_next() => {}
        }
    }
    drop(source);
    ending.send_replace(true);
    let all = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(bounds.grace, all).await.is_ok() {
        return End::Answered;
    }
    let late = open.len();
    open.shutdown().await;
    End::CutOff(late)
}

/// A connection, as soon as there is room for it.
async fn taken<S: Source>(source: &mut S, room: &Arc<Semaphore>, idle: Duration) -> Connection<S::Io> {
    // The semaphore is never closed; if it were, taking no connection would be right.
    let Ok(place) = room.clone().acquire_owned().await else { std::future::pending().await };
    loop {
        match source.next().await {
            Ok(io) => return Connection::new(io, idle, place),
            Err(error) => {
                tracing::warn!(%error, "a connection was not taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves a connection to its end. What goes wrong on it is its client's business.
async fn one<I>(connection: Connection<I>, router: Router, head: Duration, mut ending: watch::Receiver<bool>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head);
    let mut served = pin!(http.serve_connection(TokioIo::new(connection), TowerToHyperService::new(router)));
    tokio::select! {
        _ = served.as_mut() => return,
        () = told(&mut ending) => {}
    }
    served.as_mut().graceful_shutdown();
    let _ = served.await;
}

/// Until the server ends.
async fn told(ending: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, and so is what it serves.
    let _ = ending.wait_for(|ending| *ending).await;
}
