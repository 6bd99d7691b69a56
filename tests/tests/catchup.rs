//! A member's node that was away for two days comes to the last height in minutes, however many blocks there are, and
//! what it takes and keeps grows with its own business, not with that of others.
//!
//! `HUFU_CATCHUP_BLOCKS` sets the blocks of the longer absence: 100000 is what the promise is about.

use ledger::{Operation, Role};
use proof::{TrustRoot, feed::FeedVerdict};
use std::{
    fs,
    ops::Range,
    path::Path,
    time::{Duration, Instant},
};
use testnet::{
    clerk::Clerk,
    files::Folder,
    goods,
    init::{self, InitOptions},
    running,
    stock::Stock,
};
use tests::{
    chain::Chain,
    local::{Up, bytes_in, status},
    relay::{Relay, put_between},
    whole::is_whole,
};

/// Blocks of the longer absence, unless the environment says otherwise.
const BLOCKS: u32 = 2_000;
/// How many times more blocks it has than the shorter one.
const TIMES: u32 = 10;
/// Blocks before either.
const BEFORE: u32 = 20;
/// Acts of the member's people in either.
const OWN: u32 = 60;
/// Block time that either takes, in milliseconds: two days.
const AWAY_MS: u64 = 2 * 24 * 3_600_000;
/// Time to catch up.
const IN_TIME: Duration = Duration::from_secs(120);
/// What may differ by chance: some heads more, the size of a log.
const SLACK: u64 = 64 * 1024;
/// Longest heartbeat: what is measured is catching up.
const HEARTBEAT_MS: u64 = 60_000;

/// What a catch-up cost.
#[derive(Debug)]
struct Cost {
    /// Bytes of answers.
    bytes: u64,
    /// Bytes on the member's disk.
    member: u64,
    /// Bytes on the agency's.
    agency: u64,
}

/// The ledger of an agency whose node does not run.
struct Ledger {
    chain: Chain,
    stock: Stock,
    clerk: Clerk,
}

impl Ledger {
    fn open(net: &Path) -> Ledger {
        let folder = Folder::open(net).unwrap();
        let plan = folder.plan().unwrap();
        let chain = Chain::open(&folder.home(&plan.nodes[0].name));
        let stock = Stock::open(&folder, plan.stock.unwrap()).unwrap();
        Ledger { chain, stock, clerk: Clerk::of(plan, Vec::new()).unwrap() }
    }

    /// Adds a block for each of these items, in which others hand it over; the member registers `own` in some of them.
    fn add(&mut self, items: Range<u32>, own: u32) {
        let (first, every) = (items.start, (items.end - items.start) / own);
        let member = self.clerk.plan().members[0].org.clone();
        for item in items {
            let (n, now) = (item - first, self.chain.time());
            let mut txs = vec![self.stock.handover(&self.clerk.network(), item, now.plus_ms(3_600_000))];
            if n.is_multiple_of(every) && n / every < own {
                let deed = goods::registration(&format!("OWN{item}"), "10 H87").unwrap();
                txs.push(self.clerk.sign(deed, &[(member.as_str(), Role::Declarant)], now).unwrap());
            }
            self.chain.block(&txs);
        }
    }

    /// Lets two days pass, at the end of which so many blocks come.
    fn pass(&mut self, blocks: u32) {
        let (officer, now) = (self.clerk.plan().nodes[0].org.clone(), self.chain.time());
        let deed = (Operation::AdvanceClock { ms: AWAY_MS }, Vec::new());
        let tx = self.clerk.sign(deed, &[(officer.as_str(), Role::Officer)], now).unwrap();
        self.chain.block(&[tx]);
        // Blocks come a millisecond after the other: the last one as late as the clock was advanced, and no later.
        self.chain.pass(AWAY_MS - 1 - u64::from(blocks));
        self.add(BEFORE..BEFORE + blocks, OWN);
    }
}

/// Sets up a network of one agency and one member, in whose ledger both have begun.
fn set_up(net: &Path, blocks: u32) {
    let options = InitOptions {
        validators: 1,
        members: 1,
        member_nodes: true,
        items: BEFORE + blocks,
        keys: Some(64),
        ..InitOptions::default()
    };
    init::init(net, &options).unwrap();
    let mut ledger = Ledger::open(net);
    ledger.add(0..BEFORE, 1);
    ledger.chain.end();
}

/// What the member's node proves, once that is everything that the agency has.
fn whole(net: &Path) -> FeedVerdict {
    let folder = Folder::open(net).unwrap();
    let (clerk, network) = (Clerk::open(&folder).unwrap(), folder.network().unwrap());
    let member = network.members().next().unwrap();
    let own = clerk.desk_at(member, &member.org, Role::Custodian).unwrap();
    let agency = clerk.desk(&clerk.plan().nodes[0].org, Role::Officer).unwrap();
    let trust = TrustRoot::from_json(&fs::read(net.join("trust.json")).unwrap()).unwrap();
    is_whole(&own, &agency, &member.org, &trust)
}

/// Lets the member's node catch up after an absence of so many blocks.
fn cost(net: &Path, blocks: u32) -> Cost {
    set_up(net, blocks);
    let folder = Folder::open(net).unwrap();
    let plan = folder.plan().unwrap();
    let (agency, member) = (&plan.nodes[0], &plan.members[0]);
    running::up(net, None).unwrap();
    whole(net);
    let left = status(&format!("http://{}", member.api));
    running::down(net, None).unwrap();

    let begun = Instant::now();
    let mut ledger = Ledger::open(net);
    ledger.pass(blocks);
    ledger.chain.end();
    let made = begun.elapsed();

    let begun = Instant::now();
    running::up(net, Some(&agency.name)).unwrap();
    let ready = begun.elapsed();
    let now = status(&format!("http://{}", agency.api));
    let [then, since] = [&left, &now].map(|status| api::time::parse(&status.block_time).unwrap());
    assert!(now.height - left.height > u64::from(blocks) && since.ms_since(then) >= AWAY_MS, "{left:?} {now:?}");
    let clerk = Clerk::open(&folder).unwrap();
    let (agency_home, home) = (folder.home(&agency.name), folder.home(&member.name));
    let relay = Relay::start(&clerk, &agency_home, &home);
    let relays = [(agency.name.clone(), relay)];
    put_between(&home, &relays, HEARTBEAT_MS);

    let begun = Instant::now();
    running::up(net, Some(&member.name)).unwrap();
    let verdict = whole(net);
    let (took, bytes) = (begun.elapsed(), relays[0].1.bytes());
    assert!(verdict.events > u64::from(OWN), "{verdict:?}");
    assert!(took <= IN_TIME, "{blocks} blocks took {took:?}");
    running::down(net, None).unwrap();
    let cost = Cost { bytes, member: bytes_in(&home.join("data")), agency: bytes_in(&agency_home.join("data/store")) };
    println!(
        "catch-up, {blocks} blocks: made in {made:.1?}, agency up in {ready:.1?}, member whole in {took:.1?}; {cost:?}"
    );
    cost
}

fn are_close(one: u64, other: u64) -> bool {
    one.abs_diff(other) <= one.max(other) / 20 + SLACK
}

#[test]
fn catching_up_costs_by_own_business_and_not_by_that_of_others() {
    let given = std::env::var("HUFU_CATCHUP_BLOCKS").ok();
    let blocks: u32 = given.map_or(BLOCKS, |text| text.parse().unwrap());
    assert!(blocks / TIMES >= OWN, "the shorter absence has no room for {OWN} acts");
    let dir = tempfile::tempdir().unwrap();
    let (short, long) = (dir.path().join("short"), dir.path().join("long"));
    let _ups = (Up(&short), Up(&long));
    let (few, many) = (cost(&short, blocks / TIMES), cost(&long, blocks));
    assert!(are_close(few.bytes, many.bytes), "{few:?} {many:?}");
    assert!(are_close(few.member, many.member), "{few:?} {many:?}");
    // The same measure tells what does grow.
    assert!(many.agency > few.agency * u64::from(TIMES) / 3, "{few:?} {many:?}");
    assert!(many.bytes < 2 << 20, "{many:?}");
}
