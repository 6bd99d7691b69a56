//! Clients that hold on: their time passes by the paused clock of tokio, over pipes in memory.

use crate::{
    connection::PACE,
    server::{Bounds, End, Source, run},
};
use axum::{
    Router,
    body::Bytes,
    routing::{get, post},
};
use std::{
    future::pending,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    sync::{Notify, mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, advance, timeout},
};

/// What a pipe holds: a small part of an answer.
const PIPE: usize = 1_024;
/// Bytes of the large answer.
const LARGE: usize = 4 * PACE;
const BOUNDS: Bounds = Bounds {
    connections: 2,
    head: Duration::from_secs(30),
    idle: Duration::from_secs(90),
    grace: Duration::from_secs(5),
};

struct Queue {
    coming: mpsc::UnboundedReceiver<DuplexStream>,
    /// How often the machine has no file for a connection.
    short: usize,
}

impl Source for Queue {
    type Io = DuplexStream;

    async fn next(&mut self) -> io::Result<DuplexStream> {
        if let Some(short) = self.short.checked_sub(1) {
            self.short = short;
            return Err(io::Error::other("no more files"));
        }
        match self.coming.recv().await {
            Some(stream) => Ok(stream),
            None => pending().await,
        }
    }
}

/// A server, and what its handlers did.
struct House {
    queue: mpsc::UnboundedSender<DuplexStream>,
    end: oneshot::Sender<()>,
    served: JoinHandle<End>,
    /// Opened for the handler of `/gate`, once.
    gate: Arc<Notify>,
    /// How many are at the gate.
    waiting: Arc<AtomicUsize>,
}

/// Counts for as long as it is there.
struct Present(Arc<AtomicUsize>);

impl Present {
    fn new(count: &Arc<AtomicUsize>) -> Present {
        count.fetch_add(1, Ordering::Relaxed);
        Present(count.clone())
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl House {
    fn open(bounds: Bounds, short: usize) -> House {
        let (gate, waiting) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
        let (opened, count) = (gate.clone(), waiting.clone());
        let router = Router::new()
            .route("/", get(|| async { "ok" }))
            .route("/large", get(|| async { vec![b'x'; LARGE] }))
            .route("/echo", post(|body: Bytes| async move { body }))
            .route(
                "/gate",
                get(move || async move {
                    let _present = Present::new(&count);
                    opened.notified().await;
                    "through"
                }),
            );
        let (queue, coming) = mpsc::unbounded_channel();
        let (end, told) = oneshot::channel::<()>();
        let ended = async move {
            // That nobody is left to tell it is an end too.
            let _ = told.await;
        };
        let served = tokio::spawn(run(Queue { coming, short }, router, bounds, ended));
        House { queue, end, served, gate, waiting }
    }

    fn connect(&self) -> DuplexStream {
        let (client, server) = tokio::io::duplex(PIPE);
        self.queue.send(server).unwrap();
        client
    }

    async fn ask(&self, head: &str) -> DuplexStream {
        let mut client = self.connect();
        client.write_all(head.as_bytes()).await.unwrap();
        client
    }
}

/// What comes until the connection ends.
async fn rest(client: &mut DuplexStream) -> String {
    let mut bytes = Vec::new();
    client.read_to_end(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

/// What has come after a while without anything more; the connection goes on.
async fn so_far(client: &mut DuplexStream) -> String {
    let mut bytes = vec![0; PIPE];
    match timeout(Duration::from_secs(1), client.read(&mut bytes)).await {
        Ok(count) => bytes.truncate(count.unwrap()),
        Err(_) => bytes.clear(),
    }
    String::from_utf8(bytes).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_head_that_drips_ends_when_its_time_is_over() {
    let house = House::open(BOUNDS, 0);
    let mut client = house.ask("GET / HTTP/1.1\r\nHost: a\r\nX: ").await;
    let begun = Instant::now();
    let mut drops = 0;
    // A byte every seven seconds: something moves all the time.
    while timeout(Duration::from_secs(7), client.read(&mut [0; 1])).await.is_err() {
        client.write_all(b"x").await.unwrap();
        drops += 1;
    }
    assert_eq!((drops, begun.elapsed().as_secs()), (4, BOUNDS.head.as_secs()));
}

#[tokio::test(start_paused = true)]
async fn a_head_within_its_time_is_answered_and_the_next_one_has_as_long() {
    let house = House::open(BOUNDS, 0);
    let mut client = house.connect();
    let begun = Instant::now();
    for _ in 0..3 {
        client.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        assert_eq!(so_far(&mut client).await, "");
        advance(BOUNDS.head - Duration::from_secs(2)).await;
        client.write_all(b"Host: a\r\n\r\n").await.unwrap();
        let answer = so_far(&mut client).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok"), "{answer}");
    }
    // Whoever asks for nothing more does not keep his place either.
    let asked = begun.elapsed();
    assert_eq!(rest(&mut client).await, "");
    assert!((begun.elapsed() - asked).as_secs() <= BOUNDS.head.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_coming_ends_its_connection() {
    let house = House::open(BOUNDS, 0);
    let mut client = house.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf").await;
    let begun = Instant::now();
    let answer = rest(&mut client).await;
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(begun.elapsed().as_secs(), BOUNDS.idle.as_secs());
}

/// Takes so many bytes of the large answer each minute; all that it gets before its connection ends.
async fn taken(each: usize) -> usize {
    let house = House::open(BOUNDS, 0);
    let mut client = house.ask("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    let (mut all, mut bytes) = (0, vec![0; PIPE]);
    loop {
        let mut now = 0;
        while now < each {
            match client.read(&mut bytes).await {
                Ok(0) | Err(_) => return all,
                Ok(count) => {
                    now += count;
                    all += count;
                }
            }
        }
        advance(Duration::from_secs(60)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_taken_drop_by_drop_is_cut_off() {
    // Something moves every minute, so that the connection is never silent for long.
    let drops = taken(PIPE).await;
    assert!(drops < 16 * PIPE, "{drops}");
    let slow = taken(PACE / 4).await;
    assert!(slow < LARGE, "{slow}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_taken_at_its_pace_is_taken_whole() {
    assert!(taken(PACE + PIPE).await > LARGE);
}

#[tokio::test(start_paused = true)]
async fn whoever_finds_no_room_is_served_when_there_is_some() {
    let house = House::open(Bounds { connections: 1, ..BOUNDS }, 0);
    let mut first = house.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(so_far(&mut first).await.ends_with("ok"));
    let mut second = house.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(so_far(&mut second).await, "");
    drop(first);
    assert!(so_far(&mut second).await.ends_with("ok"));
    // A place is free too where its client ends while the handler is at work.
    drop(second);
    let third = house.ask("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut fourth = house.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!((so_far(&mut fourth).await.as_str(), house.waiting.load(Ordering::Relaxed)), ("", 1));
    drop(third);
    assert!(so_far(&mut fourth).await.ends_with("ok"));
    assert_eq!(house.waiting.load(Ordering::Relaxed), 0);
}

#[tokio::test(start_paused = true)]
async fn a_machine_without_files_is_asked_again() {
    let house = House::open(BOUNDS, 3);
    let mut client = house.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(so_far(&mut client).await.ends_with("ok"));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_goes_on_at_the_end_gets_its_answer() {
    let house = House::open(BOUNDS, 0);
    let mut client = house.ask("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!((so_far(&mut client).await.as_str(), house.waiting.load(Ordering::Relaxed)), ("", 1));
    house.end.send(()).unwrap();
    assert_eq!(so_far(&mut client).await, "");
    // Nobody else is let in.
    assert!(house.queue.is_closed());
    house.gate.notify_one();
    let answer = rest(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("through"), "{answer}");
    assert_eq!(house.served.await.unwrap(), End::Answered);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_does_not_end_is_cut_off_and_goes_on_nowhere() {
    let house = House::open(BOUNDS, 0);
    let mut client = house.ask("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n").await;
    // One that has asked for nothing is not waited for.
    let mut silent = house.connect();
    assert_eq!((so_far(&mut client).await.as_str(), house.waiting.load(Ordering::Relaxed)), ("", 1));
    let begun = Instant::now();
    house.end.send(()).unwrap();
    assert_eq!(rest(&mut silent).await, "");
    assert!(begun.elapsed() < BOUNDS.grace);
    assert_eq!(house.served.await.unwrap(), End::CutOff(1));
    assert_eq!(begun.elapsed().as_secs(), BOUNDS.grace.as_secs());
    assert_eq!((rest(&mut client).await.as_str(), house.waiting.load(Ordering::Relaxed)), ("", 0));
}
