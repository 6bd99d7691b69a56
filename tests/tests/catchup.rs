//! A member's node that begins at the first height comes to the last in minutes, however many blocks there are, and what it
//! takes and keeps grows with its own business, not with that of others.
//!
//! `HUFU_CATCHUP_BLOCKS` sets the blocks of the longer ledger: 100000 is what the promise is about.

use ledger::Role;
use proof::TrustRoot;
use std::{
    fs,
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
    local::Up,
    relay::{Relay, put_between},
    whole::is_whole,
};

/// Blocks of the longer ledger, unless the environment says otherwise.
const BLOCKS: u32 = 2_000;
/// How many times more blocks it has than the shorter one.
const TIMES: u32 = 10;
/// Acts of the member in either.
const OWN: u32 = 60;
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

fn bytes_in(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { bytes_in(&path) } else { fs::metadata(path).unwrap().len() }).sum()
}

/// Makes a ledger in which others hand one item over in each block, and the member registers some.
fn make(net: &Path, blocks: u32) {
    let options = InitOptions {
        validators: 1,
        members: 1,
        member_nodes: true,
        items: blocks,
        keys: Some(64),
        ..InitOptions::default()
    };
    let plan = init::init(net, &options).unwrap();
    let folder = Folder::open(net).unwrap();
    let stock = Stock::open(&folder, plan.stock.unwrap()).unwrap();
    let (home, org) = (folder.home(&plan.nodes[0].name), plan.members[0].org.clone());
    let clerk = Clerk::of(plan, Vec::new()).unwrap();
    let mut chain = Chain::open(&home);
    let every = blocks / OWN;
    for n in 0..blocks {
        let now = chain.time();
        let mut txs = vec![stock.handover(&clerk.network(), n, now.plus_ms(3_600_000))];
        if n.is_multiple_of(every) && n / every < OWN {
            let deed = goods::registration(&format!("OWN{n}"), "10 H87").unwrap();
            txs.push(clerk.sign(deed, &[(org.as_str(), Role::Declarant)], now).unwrap());
        }
        chain.block(&txs);
    }
    chain.end();
}

/// Lets the member's node catch up with a ledger of so many blocks.
fn cost(net: &Path, blocks: u32) -> Cost {
    make(net, blocks);
    let folder = Folder::open(net).unwrap();
    let plan = folder.plan().unwrap();
    let (agency, member) = (plan.nodes[0].name.as_str(), plan.members[0].name.as_str());
    running::up(net, Some(agency)).unwrap();
    let clerk = Clerk::open(&folder).unwrap();
    let (agency_home, home) = (folder.home(agency), folder.home(member));
    let relay = Relay::start(&clerk, &agency_home, &home);
    let relays = [(agency.to_owned(), relay)];
    put_between(&home, &relays, HEARTBEAT_MS);

    let begun = Instant::now();
    let network = running::up(net, Some(member)).unwrap();
    let running = network.members().next().unwrap();
    let own = clerk.desk_at(running, &running.org, Role::Custodian).unwrap();
    let reader = clerk.desk(&plan.nodes[0].org, Role::Officer).unwrap();
    let trust = TrustRoot::from_json(&fs::read(net.join("trust.json")).unwrap()).unwrap();
    let verdict = is_whole(&own, &reader, &running.org, &trust);
    let (took, bytes) = (begun.elapsed(), relays[0].1.bytes());
    assert!(verdict.events >= u64::from(OWN), "{verdict:?}");
    assert!(took <= IN_TIME, "{blocks} blocks took {took:?}");
    running::down(net, None).unwrap();
    Cost { bytes, member: bytes_in(&home.join("data")), agency: bytes_in(&agency_home.join("data/store")) }
}

fn are_close(one: u64, other: u64) -> bool {
    one.abs_diff(other) <= one.max(other) / 20 + SLACK
}

#[test]
fn catching_up_costs_by_own_business_and_not_by_that_of_others() {
    let given = std::env::var("HUFU_CATCHUP_BLOCKS").ok();
    let blocks: u32 = given.map_or(BLOCKS, |text| text.parse().unwrap());
    assert!(blocks / TIMES >= OWN, "the shorter ledger has no room for {OWN} acts");
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
