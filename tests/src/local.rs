//! A local network of real processes, as tests use it.

use api::{
    network::StatusView,
    paths,
    tx::{TxAccepted, TxState, TxStatus},
};
use ledger::{NetworkId, Timestamp};
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use testnet::{Seen, files::Plan, http::Node, people, process, running, stock::Stock, wait_for};

/// Time for what should happen at once.
pub const SOON: Duration = Duration::from_secs(60);

/// The status of a node that answers.
pub fn status(api: &str) -> StatusView {
    Node::new(api).get(paths::STATUS).unwrap()
}

/// Waits for a height beyond this one.
pub fn goes_on(api: &str, beyond: u64) {
    wait_for("a further height", SOON, || match status(api).height {
        height if height > beyond => Seen::Yes(()),
        height => Seen::NotYet(format!("height {height}")),
    })
    .unwrap();
}

/// Ends the nodes of a folder also when a check fails.
pub struct Up<'a>(pub &'a Path);

impl Drop for Up<'_> {
    fn drop(&mut self) {
        let _ = running::down(self.0, None);
    }
}

/// A node that a test starts by itself; it ends with the test.
pub struct Started(pub Child);

impl Started {
    /// Starts `hufud` in a home and keeps what it says.
    pub fn new(home: &Path) -> Started {
        let mut hufud = Command::new(process::beside("hufud").unwrap());
        let hufud = hufud.arg("start").arg("--home").arg(home).stdout(Stdio::null()).stderr(Stdio::piped());
        Started(hufud.spawn().unwrap())
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Copies a folder and all in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// Bytes of the files in a folder and in all folders in it.
pub fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let bytes = entries.map(|entry| match entry.file_type().unwrap().is_dir() {
        true => bytes_in(&entry.path()),
        false => entry.metadata().unwrap().len(),
    });
    bytes.sum()
}

/// `VmHWM` of a process, the most memory that it has had, in bytes; nothing once it has ended.
pub fn high_water(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()).unwrap_or_default() * 1024
}

/// An officer's connection to a node.
pub fn reader(plan: &Plan, api: &str, org: &str) -> Node {
    let officer = people::open(people::key_of(&plan.keys, org, "officer").unwrap()).unwrap();
    Node::new(api).login(&plan.network.parse().unwrap(), &officer).unwrap().0
}

/// Hands an item of the stock over, and waits until that is committed.
pub fn hand_over(stock: &Stock, network: &NetworkId, node: &Node, item: u32) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let tx = stock.handover(network, item, Timestamp(since.as_millis() as u64 + 3_600_000));
    let taken: TxAccepted = node.post(paths::TX, paths::OCTETS, &tx.to_bytes()).unwrap();
    let path = format!("{}?wait=committed", paths::fill(paths::TX_ONE, &taken.id));
    let seen = wait_for("a handover", SOON, || match node.get::<TxStatus>(&path) {
        Ok(status) if status.status.is_final() => Seen::Yes(status),
        other => Seen::NotYet(format!("{other:?}")),
    });
    let seen = seen.unwrap();
    assert_eq!(seen.status, TxState::Committed, "{seen:?}");
}

/// What a load came to.
#[derive(Clone, Copy, Debug)]
pub struct Loaded {
    /// How many items were handed over: the first of the stock. Every one of them was committed.
    pub count: u32,
    /// The longest that one of them took.
    pub longest: Duration,
}

/// Handovers, one after the other through one node, until it is told to stop or there is no item left.
pub struct Load {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Loaded>,
}

impl Load {
    /// Begins with the first item of the stock; `items` are to be had.
    pub fn start(stock: Stock, network: NetworkId, node: Node, items: u32) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let told = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut loaded = Loaded { count: 0, longest: Duration::ZERO };
            while loaded.count < items && !told.load(Ordering::SeqCst) {
                let begun = Instant::now();
                hand_over(&stock, &network, &node, loaded.count);
                loaded.longest = loaded.longest.max(begun.elapsed());
                loaded.count += 1;
            }
            loaded
        });
        Load { stop, thread }
    }

    /// Ends it; what the nodes refused or lost fails here.
    pub fn stop(self) -> Loaded {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().unwrap()
    }
}
