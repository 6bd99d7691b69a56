//! What a block costs the store: the root of its writes, the commit, and the tree at opening.
//!
//! `cargo bench -p store --profile dev` measures at a million records; ten million only when asked for:
//! `cargo bench -p store --profile dev -- 10M`.

#[path = "../src/tests/fixture.rs"]
mod fixture;

use criterion::{BenchmarkId, Criterion, Throughput};
use fixture::{Chain, Done, feeds_of, genesis, handover, hash, item, network, org, receipts_of, writes_of};
use ledger::{ItemRecord, StateKey, StateRead, WriteSet};
use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};
use store::{Commit, Options, Store};

const MILLION: u64 = 1_000_000;
/// Handovers of one block.
const HANDOVERS: u64 = 1_000;
/// Organisations among which items move.
const ORGS: u64 = 200;

/// The memory a node has under load; `sync` is the one thing a benchmark may leave out.
fn options(sync: bool) -> Options {
    Options { memtable_mib: 128, cache_mib: 64, sync, ..Options::default() }
}

/// Time that this thread was on a processor: on a machine that others use, steadier than the clock on the wall.
fn on_processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0))
}

struct Bench {
    store: Store,
    chain: Chain,
    items: u64,
    nonce: u64,
    steps: u32,
    /// On the processor: candidates, commits.
    spent: [Duration; 2],
}

impl Bench {
    fn new(path: &Path, items: u64, sync: bool) -> Bench {
        let (writes, events) = genesis(items, ORGS);
        let start = Instant::now();
        let store = Store::create(path, options(sync), b"genesis", network(), &writes, &events).expect("a store");
        eprintln!("create with {items} items: {:.1} s", start.elapsed().as_secs_f64());
        Bench { store, chain: Chain::default(), items, nonce: 0, steps: 0, spent: [Duration::ZERO; 2] }
    }

    /// A block's worth of handovers of items all over the tree.
    fn handovers(&mut self, many: u64) -> Vec<Done> {
        let at = self.chain.stamp();
        let mut done = Vec::with_capacity(many as usize);
        for _ in 0..many {
            self.nonce += 1;
            // A step that is prime to the number of items: no item twice in a block.
            let n = self.nonce * 700_001 % self.items;
            let record: ItemRecord = self.store.record(&StateKey::Item(item(n))).expect("a read").expect("an item");
            let mut receiver = org((self.nonce * 31) % ORGS);
            if receiver == record.custodian {
                receiver = org((self.nonce * 31 + 1) % ORGS);
            }
            done.push(handover(item(n), &record, receiver, at, self.nonce));
        }
        done
    }

    /// Commits a block and gives the time of the candidate and of the commit.
    fn step(&mut self, many: u64) -> (Duration, Duration) {
        let done = self.handovers(many);
        let writes = writes_of(&self.store, &done, self.chain.stamp().height);
        let receipts = receipts_of(&done);
        let (start, processor) = (Instant::now(), on_processor());
        let candidate = self.store.candidate(&writes).expect("a candidate");
        let of_candidate = start.elapsed();
        self.spent[0] += on_processor() - processor;
        let built = self.chain.build(&done, &receipts, candidate.root());
        let commit = Commit {
            block: &built.block,
            header: built.header.clone(),
            certificate: built.certificate,
            receipts,
            feeds: feeds_of(&done, &writes),
            events: done.into_iter().map(|d| d.event).collect(),
            writes,
            candidate: Some(candidate),
        };
        let (start, processor) = (Instant::now(), on_processor());
        self.store.commit(commit).expect("a commit");
        let of_commit = start.elapsed();
        self.spent[1] += on_processor() - processor;
        self.steps += 1;
        self.chain.take(&built.header);
        (of_candidate, of_commit)
    }
}

fn commit(c: &mut Criterion, items: u64, name: &str) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("s");
    let mut bench = Bench::new(&path, items, true);
    let mut group = c.benchmark_group(name);
    group.sample_size(20).throughput(Throughput::Elements(HANDOVERS));
    group.bench_function(BenchmarkId::new("candidate", HANDOVERS), |b| {
        b.iter_custom(|iterations| (0..iterations).map(|_| bench.step(HANDOVERS).0).sum())
    });
    group.bench_function(BenchmarkId::new("commit", HANDOVERS), |b| {
        b.iter_custom(|iterations| (0..iterations).map(|_| bench.step(HANDOVERS).1).sum())
    });
    let each = |spent: Duration| spent.as_secs_f64() * 1e6 / f64::from(bench.steps.max(1)) / HANDOVERS as f64;
    let [candidate, commit] = bench.spent.map(each);
    eprintln!("on the processor, per handover: candidate {candidate:.1} us, commit {commit:.1} us");
    let keys: Vec<StateKey> = (0..1_000).map(|n| StateKey::Item(item(n * 769 % items))).collect();
    group.throughput(Throughput::Elements(1));
    let mut at = 0;
    group.bench_function("read", |b| {
        b.iter(|| {
            at = (at + 1) % keys.len();
            black_box(bench.store.read(&keys[at]).expect("a read"))
        })
    });
    group.bench_function("prove", |b| {
        b.iter(|| {
            at = (at + 1) % keys.len();
            black_box(bench.store.prove(&keys[at]).expect("a proof"))
        })
    });
    group.finish();
    drop(bench);
    open(c, &path, name);
}

fn open(c: &mut Criterion, path: &Path, name: &str) {
    let mut group = c.benchmark_group(name);
    group.sample_size(10);
    group.bench_function("open", |b| b.iter(|| black_box(Store::open(path, options(true)).expect("a store").tip())));
    group.finish();
}

/// The root alone, over small records: 1,000 changed among so many.
fn root(c: &mut Criterion, leaves: u64, name: &str) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("s");
    let mut writes = WriteSet::default();
    for n in 0..leaves {
        writes.put(StateKey::Code(hash("code", n)), &n);
    }
    let store = Store::create(&path, options(false), b"genesis", network(), &writes, &[]).expect("a store");
    drop(writes);
    let mut group = c.benchmark_group(name);
    group.sample_size(20).throughput(Throughput::Elements(1_000));
    let mut round = 0;
    group.bench_function("root of 1000 updates", |b| {
        b.iter_custom(|iterations| {
            let mut time = Duration::ZERO;
            for _ in 0..iterations {
                round += 1;
                let mut writes = WriteSet::default();
                for n in 0..1_000u64 {
                    writes.put(StateKey::Code(hash("code", (round * 1_000 + n) * 700_001 % leaves)), &round);
                }
                let start = Instant::now();
                black_box(store.candidate(&writes).expect("a candidate").root());
                time += start.elapsed();
            }
            time
        })
    });
    group.finish();
    drop(store);
    open(c, &path, name);
}

/// Memory of a store with the default options that commits small blocks, in MiB.
fn idle() {
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or("0");
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) / 1024
    };
    let before = resident();
    let folder = tempfile::TempDir::new().expect("a folder");
    let (writes, events) = genesis(1_000, ORGS);
    let options = Options { sync: false, ..Options::default() };
    let path = folder.path().join("s");
    let store = Store::create(&path, options, b"genesis", network(), &writes, &events).expect("a store");
    let mut bench =
        Bench { store, chain: Chain::default(), items: 1_000, nonce: 0, steps: 0, spent: [Duration::ZERO; 2] };
    let created = resident();
    for _ in 0..100 {
        bench.step(10);
    }
    eprintln!("resident: {before} MiB before, {created} with a new store, {} after 100 blocks of 10", resident());
}

fn main() {
    // `cargo test --benches` runs this too, and wants no figures.
    if !std::env::args().any(|a| a == "--bench") {
        return;
    }
    let mut c = Criterion::default().configure_from_args();
    let asked = |name: &str| std::env::args().any(|a| a.contains(name));
    if asked("10M") {
        root(&mut c, 10 * MILLION, "tree of 10M");
    } else {
        idle();
        if !asked("tree") {
            commit(&mut c, MILLION, "store of 1M");
        }
        if !asked("store of") {
            root(&mut c, MILLION, "tree of 1M");
        }
    }
    c.final_summary();
}
