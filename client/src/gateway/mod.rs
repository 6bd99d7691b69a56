//! The gateway: what an enterprise's own systems talk to (`docs/guide/gateway.md`, `docs/formats/gateway.md`).
//!
//! Purpose: EPCIS events and acts come in over HTTP; they are kept, signed with the enterprise's key, sent, anchored, and
//! what becomes of them is told.
//!
//! Invariants:
//! - whatever was answered with success is on disk, and a transaction is on disk before it is sent;
//! - a transaction is sent again with the same bytes until it is decided, and another one is signed in its place only
//!   when it expired and is in no block: so each act is done once;
//! - one process at a time has the journal: the gateway, or an import of a document, which works on the same book;
//! - one thread signs and sends, and what comes of it is what the order gives in which things came;
//! - queues, bodies, connections and waits have bounds.
//!
//! Deliberately absent: TLS towards those who call, a database, judgement of its own: rules are the ledger's, forms are
//! those of `epcis`, and whose act it is that an event asks for is told by `capture`.

mod asks;
pub(crate) mod batch;
mod book;
mod depot;
mod desk;
mod door;
mod follow;
mod hooks;
mod http;
mod intake;
mod journal;
mod names;
mod notice;
mod premises;
mod settings;
mod view;

use crate::{
    capture::Rule,
    cli::{GatewayCommand, GatewayServe, Global},
    failure::{Failure, Result},
    session::Session,
    storage,
};
use api::{Lang, Problem, catalogue::exit};
use book::Book;
use depot::Depot;
use door::Door;
use gs1::Gln;
pub(crate) use intake::Planned;
use ledger::OrgId;
use serde::Serialize;
use settings::Settings;
use std::{
    collections::BTreeSet,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

pub(crate) fn run(session: &Session, command: GatewayCommand) -> Result<u8> {
    match command {
        GatewayCommand::Serve(args) => serve(session, &args),
        GatewayCommand::Replay { from, dir } => replay(session, from, dir.as_deref()),
    }
}

/// A token, and the node that gave it, which alone is shown it.
#[derive(Clone)]
struct Pass {
    node: String,
    token: String,
}

/// What the threads of a gateway share.
struct Shared {
    book: Mutex<Book>,
    /// Rung when there is something to do: at the desk, or for the webhooks.
    bell: Condvar,
    settings: Settings,
    depot: Depot,
    dir: PathBuf,
    token: String,
    /// Whose key signs.
    org: OrgId,
    /// Its premises; none as long as no node has told them.
    premises: Mutex<Option<BTreeSet<Gln>>>,
    lang: Lang,
    /// Whether it was told to stop.
    is_ended: AtomicBool,
    /// The last height that is known.
    tip: AtomicU64,
    /// Why nothing is sent now.
    trouble: Mutex<Option<Problem>>,
    /// With what a node shows its stream, and whether another one is wanted.
    pass: Mutex<Option<Pass>>,
    wants_pass: AtomicBool,
}

impl Shared {
    fn new(book: Book, settings: Settings, dir: &Path, org: OrgId, lang: Lang) -> Result<Shared> {
        Ok(Shared {
            tip: AtomicU64::new(book.seen.unwrap_or(0)),
            book: Mutex::new(book),
            bell: Condvar::new(),
            depot: Depot::at(dir),
            dir: dir.to_owned(),
            token: settings::token(dir)?,
            settings,
            org,
            premises: Mutex::new(None),
            lang,
            is_ended: AtomicBool::new(false),
            trouble: Mutex::new(None),
            pass: Mutex::new(None),
            wants_pass: AtomicBool::new(true),
        })
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // Whoever panicked wrote whole lines or none.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rings the bell. Whoever looks for something to do holds the book, so that he either sees it or hears the bell.
    fn wake(&self) {
        drop(self.book());
        self.bell.notify_all();
    }

    /// Which acts are the organisation's; `own_only` where the sender asks for that whatever the settings say. Error: H1666
    /// as long as nobody can tell.
    fn rule(&self, own_only: bool) -> Result<Rule> {
        let premises = self.premises.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let premises = premises.ok_or_else(|| Failure::plain("H1666"))?;
        Ok(Rule { org: self.org, premises, own_only: own_only || self.settings.own_only })
    }

    fn knows_premises(&self) -> bool {
        self.premises.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn tell_premises(&self, premises: BTreeSet<Gln>) {
        *self.premises.lock().unwrap_or_else(PoisonError::into_inner) = Some(premises);
    }

    fn is_ended(&self) -> bool {
        self.is_ended.load(Ordering::Relaxed)
    }

    fn end(&self) {
        self.is_ended.store(true, Ordering::Relaxed);
        self.wake();
    }

    /// Waits for the bell, or for some time.
    fn rest(&self, time: Duration) {
        let book = self.book();
        if !self.is_ended() {
            // That the time is over, or that the lock was poisoned, changes nothing.
            drop(self.bell.wait_timeout(book, time));
        }
    }

    fn say_trouble(&self, failure: Option<&Failure>) {
        let problem = failure.map(|failure| failure.problem(self.lang));
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }

    fn trouble(&self) -> Option<Problem> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn pass(&self) -> Option<Pass> {
        self.pass.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn give_pass(&self, pass: Pass) {
        *self.pass.lock().unwrap_or_else(PoisonError::into_inner) = Some(pass);
        self.wants_pass.store(false, Ordering::Relaxed);
        self.wake();
    }
}

/// That it runs, and where.
#[derive(Serialize)]
struct Running {
    schema: &'static str,
    url: String,
    dir: String,
    token_file: String,
}

/// The folder of a gateway: the one that is named, or that of the settings.
pub(crate) fn folder(session: &Session, named: Option<&Path>) -> PathBuf {
    named.unwrap_or(&session.settings.gateway).to_owned()
}

/// Makes an open book that of this organisation and network, or sees that it is. Error: H1645.
fn claim(book: &mut Book, desk: &Session) -> Result<()> {
    let network = match book.network() {
        // One that was begun before does not need the network for it.
        Some(network) => network.to_owned(),
        None => desk.network_id()?.to_string(),
    };
    book.claim(&network, &desk.key_header()?.org.to_string())
}

/// A session of its own, whose key is open and that asks nobody: it signs what comes in.
fn desk_session(session: &Session) -> Result<Session> {
    let flags = Global { json: session.out.json, yes: true, quiet: true, ..Global::default() };
    let desk = Session::new(session.settings.clone(), &flags);
    desk.key()?;
    Ok(desk)
}

fn bind(settings: &Settings, args: &GatewayServe) -> Result<(TcpListener, SocketAddr)> {
    let address = args.listen.unwrap_or(settings.listen);
    if !address.ip().is_loopback() && !args.beyond_loopback {
        return Err(Failure::new("H1654", [("address", address.to_string())]));
    }
    let fail = |e: std::io::Error| Failure::new("H7014", [("address", address.to_string()), ("detail", e.to_string())]);
    let listener = TcpListener::bind(address).map_err(fail)?;
    listener.set_nonblocking(true).map_err(fail)?;
    let bound = listener.local_addr().map_err(fail)?;
    Ok((listener, bound))
}

fn serve(session: &Session, args: &GatewayServe) -> Result<u8> {
    if session.dry_run {
        return Err(Failure::new("H1416", [("detail", "gateway serve --dry-run")]));
    }
    let dir = folder(session, args.dir.as_deref());
    storage::folder(&dir)?;
    let settings = Settings::load(args.settings.as_deref(), &dir)?;
    let mut book = Book::open(&dir)?;
    let desk = desk_session(session)?;
    desk.check_nodes()?;
    let (listener, address) = bind(&settings, args)?;
    claim(&mut book, &desk)?;
    book.serve(&settings.hooks)?;
    let org = desk.key_header()?.org;
    let premises = book.network().and_then(|network| premises::known(&desk, &dir, network));
    let shared = Arc::new(Shared::new(book, settings, &dir, org, session.out.lang)?);
    if let Some(premises) = premises {
        shared.tell_premises(premises);
    }
    let url = format!("http://{address}");
    let _door = Door::open(&dir, &url)?;
    let server = {
        let shared = shared.clone();
        thread::spawn(move || {
            let result = http::serve(listener, shared.clone());
            shared.end();
            result
        })
    };
    let teller = {
        let shared = shared.clone();
        thread::spawn(move || hooks::run(&shared))
    };
    {
        let (shared, mut settings) = (shared.clone(), desk.settings.clone());
        // Nobody is asked for a password beside the terminal of the start.
        settings.no_input = true;
        drop(thread::spawn(move || premises::run(&shared, &settings)));
    }
    {
        let (shared, ca_file) = (shared.clone(), desk.settings.ca_file.clone());
        // It waits for the node's next word; the process does not wait for it.
        drop(thread::spawn(move || follow::run(&shared, ca_file.as_deref())));
    }
    say_running(session, &url, &dir);
    let result = desk::run(&shared, desk);
    shared.end();
    // A thread that panicked has said so.
    drop(teller.join());
    let served = server.join().unwrap_or(Ok(()));
    result.and(served).map(|()| exit::DONE)
}

fn say_running(session: &Session, url: &str, dir: &Path) {
    let running = Running {
        schema: "hufu.gateway/1",
        url: url.to_owned(),
        dir: dir.display().to_string(),
        token_file: dir.join(settings::TOKEN).display().to_string(),
    };
    let out = &session.out;
    out.result(&running, |sheet| {
        sheet.pair(out.pick("gateway", "网关"), running.url.clone());
        sheet.pair(out.pick("folder", "目录"), running.dir.clone());
        sheet.pair(out.pick("token", "令牌"), running.token_file.clone());
    });
}

/// Asks the gateway that runs.
fn replay(session: &Session, from: u64, dir: Option<&Path>) -> Result<u8> {
    if session.dry_run {
        return Err(Failure::new("H1416", [("detail", "gateway replay --dry-run")]));
    }
    let gateway = door::running(&folder(session, dir))?.http(&session.out);
    let answer = gateway.post_json(http::REPLAY, &view::Replay { from })?;
    let told: view::Replayed = answer.json()?;
    let out = &session.out;
    out.result(&told, |sheet| {
        sheet.line(format!("{}{}", out.pick("to be posted again: ", "将重新投递："), told.notices));
    });
    Ok(exit::DONE)
}
