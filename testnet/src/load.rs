//! Load: handovers that were signed before the clock starts, sent at a rate or as fast as the network admits them, and
//! counted when the node they were sent to shows the committed receipt.
//!
//! Invariants of what is reported: every counted handover moves a distinct item and carries both signatures; its
//! latency runs from the moment at which it was meant to be sent, also when the sender was late; nothing is counted
//! that no receipt confirms.

mod bound;
mod follow;
mod journal;
mod report;
mod send;
mod shots;

pub use report::{LOAD_SCHEMA, Latency, LoadReport};

use crate::{
    files::{Folder, Network, Plan},
    http::{HttpError, Node, Stream},
    people,
    stock::Stock,
    wait::{Seen, wait_for},
};
use eyre::{Context, bail, ensure};
use journal::Journal;
use keys::PersonKey;
use ledger::NetworkId;
use shots::{Shots, Tally};
use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Handovers that may be under way at a time under `--rate max`, unless told otherwise.
pub const DEFAULT_IN_FLIGHT: usize = 8_000;
/// Connections, unless told otherwise.
pub const DEFAULT_CLIENTS: usize = 8;
/// Time after the last sending in which receipts are waited for.
const GRACE: Duration = Duration::from_secs(20);
/// Time without a receipt after which a transaction is sent again: its node may have died with it. Nothing happens
/// twice, since a transaction is known by its identity.
const SEND_AGAIN: Duration = Duration::from_secs(10);
/// Life of the transactions.
const LIFE_MS: u64 = 6 * 3_600_000;

/// How fast to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// As fast as the network admits.
    Max,
    /// So many a second, whatever the network does.
    PerSecond(u32),
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Rate, String> {
        match (text, text.parse()) {
            ("max", _) => Ok(Rate::Max),
            (_, Ok(rate)) if (1..=1_000_000).contains(&rate) => Ok(Rate::PerSecond(rate)),
            _ => Err("`max`, or handovers a second from 1 to 1000000".into()),
        }
    }
}

/// What to do.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// For how long to send.
    pub seconds: u32,
    /// How fast.
    pub rate: Rate,
    /// Over how many connections.
    pub clients: usize,
    /// How many may be under way at a time under [`Rate::Max`].
    pub in_flight: usize,
    /// Where to write what is sent and confirmed.
    pub journal: Option<PathBuf>,
    /// Whether to tell of progress on stderr.
    pub progress: bool,
}

/// What senders and followers share.
struct Run {
    shots: Shots,
    journal: Journal,
    start: Instant,
    options: LoadOptions,
    stop: AtomicBool,
    /// Streams that broke and were opened again.
    followed_again: AtomicU64,
}

impl Run {
    fn now_us(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Runs load on the network of a folder.
pub fn run(dir: &Path, options: LoadOptions) -> eyre::Result<LoadReport> {
    let folder = Folder::open(dir)?;
    let (plan, network) = (folder.plan()?, folder.network()?);
    let Some(stock_plan) = plan.stock else {
        bail!("this network has no items for load: make one with `testnet init --items N`");
    };
    let id: NetworkId = plan.network.parse().wrap_err("read the network in testnet.json")?;
    let (seats, validators) = connect(&folder, &plan, &network, &id)?;
    let verify = bound::verification_time();
    let bound = bound::handovers_per_second(verify, validators);

    let stock = Stock::open(&folder, stock_plan)?;
    let first = folder_cursor(&folder)?;
    let wanted = match options.rate {
        Rate::PerSecond(rate) => u64::from(rate) * u64::from(options.seconds),
        // More than the bound cannot be verified, so more need not be signed.
        Rate::Max => (bound * f64::from(options.seconds)).ceil() as u64 + options.in_flight as u64,
    };
    let left = u64::from(stock_plan.items.saturating_sub(first));
    let count = wanted.min(left);
    ensure!(
        count > 0,
        "all {} items have been moved: make a new network with `testnet init --items N`",
        stock_plan.items
    );
    if count < wanted && options.progress {
        eprintln!("load: {left} items are left, {wanted} would be wanted; the run ends when they are moved");
    }
    let count = u32::try_from(count)?;
    if options.progress {
        eprintln!("load: signing {count} handovers");
    }
    let shots = Shots::sign(&stock, &id, first, count, LIFE_MS);
    // Items of a run that breaks off are never touched again: nobody knows where they stand.
    store_cursor(&folder, first + count)?;
    let streams = follow::prepare(&seats)?;
    let run = Arc::new(Run {
        shots,
        journal: Journal::open(options.journal.as_deref())?,
        start: Instant::now(),
        stop: AtomicBool::new(false),
        followed_again: AtomicU64::new(0),
        options,
    });
    let elapsed = fire(&run, &seats, streams);
    store_cursor(&folder, first + run.shots.taken())?;
    run.journal.finish()?;
    let tally = run.shots.tally();
    let followed_again = run.followed_again.load(Ordering::Relaxed);
    let setting = report::Setting { bound, verify, validators, nodes: seats.len(), followed_again };
    Ok(LoadReport::of(&run.options, &tally, elapsed, setting))
}

/// Sends, waits for receipts, and says how long it took until the last of them.
fn fire(run: &Arc<Run>, seats: &[Seat], streams: Vec<Stream>) -> Duration {
    for (index, stream) in streams.into_iter().enumerate() {
        let (run, seat) = (run.clone(), seats[index].clone());
        std::thread::spawn(move || follow::follow(&run, index, seat, stream));
    }
    let senders: Vec<_> = (0..run.options.clients.max(1))
        .map(|client| {
            let (run, nodes) = (run.clone(), seats.iter().map(|seat| seat.node.another()).collect::<Vec<_>>());
            std::thread::spawn(move || send::send(&run, client, &nodes))
        })
        .collect();
    watch(run);
    run.stop.store(true, Ordering::Relaxed);
    for sender in senders {
        let _ = sender.join();
    }
    Duration::from_micros(run.shots.last_receipt_us())
}

/// Waits until everything that was sent is decided, or the time for it is up.
fn watch(run: &Run) {
    let sending = Duration::from_secs(u64::from(run.options.seconds));
    let (mut told, mut looked) = (0, 0);
    // A deadline that passes is no error: what is then undecided is counted as unknown.
    let _ = wait_for("the receipts", sending + GRACE, || {
        let Tally { submitted, committed, refused, .. } = run.shots.quick_tally();
        let second = run.start.elapsed().as_secs();
        if run.options.progress && second >= told + 5 {
            told = second;
            eprintln!("load: {second:>4} s · {submitted} sent · {committed} committed · {refused} refused");
        }
        if second > looked {
            looked = second;
            if let Some(before) = run.start.elapsed().checked_sub(SEND_AGAIN) {
                run.shots.send_unheard_again(u64::try_from(before.as_micros()).unwrap_or(u64::MAX));
            }
        }
        let over = run.start.elapsed() >= sending || run.shots.all_taken();
        match over && submitted == committed + refused {
            true => Seen::Yes(()),
            false => Seen::NotYet(String::new()),
        }
    });
}

/// A node with somebody who may read there.
#[derive(Clone)]
struct Seat {
    node: Node,
    network: NetworkId,
    signer: PersonKey,
}

impl Seat {
    fn log_in(&mut self) -> Result<(), HttpError> {
        (self.node, _) = self.node.another().login(&self.network, &self.signer)?;
        Ok(())
    }
}

/// The nodes that run, each logged in to, and the number of validators on this machine.
fn connect(folder: &Folder, plan: &Plan, network: &Network, id: &NetworkId) -> eyre::Result<(Vec<Seat>, usize)> {
    let running: Vec<_> = network.agencies().filter(|n| n.process().lives()).collect();
    ensure!(!running.is_empty(), "no node of {} runs: start them with `testnet up --dir`", folder.path().display());
    let validators = running.iter().filter(|n| n.role == "validator").count();
    let mut seats = Vec::new();
    for node in running {
        let entry = people::key_of(&plan.keys, &node.org, "officer")?;
        let mut seat = Seat { node: Node::new(&node.api), network: *id, signer: people::open(entry)? };
        seat.log_in().wrap_err_with(|| format!("log in at {}", node.name))?;
        seats.push(seat);
    }
    Ok((seats, validators))
}

fn folder_cursor(folder: &Folder) -> eyre::Result<u32> {
    match std::fs::read_to_string(folder.cursor()) {
        Ok(text) => text.trim().parse().wrap_err("read load.next"),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(e) => Err(e).wrap_err("read load.next"),
    }
}

fn store_cursor(folder: &Folder, next: u32) -> eyre::Result<()> {
    std::fs::write(folder.cursor(), format!("{next}\n")).wrap_err("write load.next")
}
