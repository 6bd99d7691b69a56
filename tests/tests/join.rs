//! An agency joins by vote with a snapshot, and another leaves, while goods go from hand to hand: real nodes, real time.
//!
//! `HUFU_JOIN_ITEMS` sets the items of the state: 1000000 is what the promise is about.

use api::{
    network::{BlockView, StatusView, ValidatorsView},
    paths,
};
use ledger::NetworkId;
use node::config::{Config, Home, SnapshotConfig};
use std::{
    fs,
    time::{Duration, Instant},
};
use testnet::{
    Seen,
    files::Folder,
    http::Node,
    init::{self, InitOptions},
    running, seats,
    stock::Stock,
    wait_for,
};
use tests::local::{Load, SOON, Up, bytes_in, hand_over, high_water, reader};

/// Items in the state, unless the environment says otherwise.
const ITEMS: u32 = 20_000;
/// Heights from one snapshot to the next, at least.
const EVERY: u64 = 20;
/// Items for which it is one height more: a state is read and written whole.
const ITEMS_OF_HEIGHT: u32 = 5_000;
/// The longest that joining may take, from the wait for a snapshot to a vote; and as much more for a million items.
const TO_JOIN: Duration = Duration::from_secs(300);
/// The longest that an act may take, whoever joins or leaves meanwhile; and as much more for a million items.
const GAP: Duration = Duration::from_secs(10);

fn items() -> u32 {
    std::env::var("HUFU_JOIN_ITEMS").map_or(ITEMS, |text| text.parse().unwrap())
}

/// A time for a small state, with what more items take.
fn at_most(time: Duration) -> Duration {
    time + time * items() / 1_000_000
}

/// The header of a height, as a node shows it.
fn block(node: &Node, height: u64) -> String {
    node.get::<BlockView>(&paths::fill(paths::BLOCK, &height.to_string())).unwrap().record
}

#[test]
fn an_agency_joins_with_a_snapshot_and_another_leaves_under_load() {
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    let begun = Instant::now();
    let plan = init::init(&net, &InitOptions { items: items(), keys: Some(32), ..Default::default() }).unwrap();
    let set_up = begun.elapsed();
    let folder = Folder::open(&net).unwrap();
    let network: NetworkId = plan.network.parse().unwrap();
    let maker = Home::new(folder.home(&plan.nodes[0].name));
    let mut config = Config::load(maker.folder()).unwrap();
    let every_heights = EVERY + u64::from(items() / ITEMS_OF_HEIGHT);
    config.snapshot = Some(SnapshotConfig { every_heights, keep: 100 });
    fs::write(maker.config(), config.to_toml()).unwrap();
    let _up = Up(&net);
    let begun = Instant::now();
    let running = running::up(&net, None).unwrap();
    let ready = begun.elapsed();
    let first = &running.nodes[0];
    let old = reader(&plan, &first.api, &first.org);
    let stock = Stock::open(&folder, plan.stock.unwrap()).unwrap();
    hand_over(&stock, &network, &old, items() - 1);
    let load = Load::start(stock, network, old.clone(), items() - 1);

    let begun = Instant::now();
    let fifth = seats::add_from_snapshot(&net).unwrap();
    let joined = begun.elapsed();
    assert!(joined < at_most(TO_JOIN), "{joined:?}");
    let now = folder.network().unwrap();
    let joiner = now.nodes.iter().find(|node| node.name == fifth.node).unwrap();
    let new = reader(&folder.plan().unwrap(), &joiner.api, &fifth.org);
    // What came before the snapshot is not there, and the node says so; what came since is the same on both.
    let early = new.get_raw(&paths::fill(paths::BLOCK, "1")).unwrap();
    assert_eq!(early.0, 410, "{}", String::from_utf8_lossy(&early.1));
    assert!(String::from_utf8_lossy(&early.1).contains("H8121"));
    for height in [fifth.from - 1, fifth.from] {
        assert_eq!(block(&new, height), block(&old, height), "{height}");
    }

    let begun = Instant::now();
    let left = seats::remove(&net, "health").unwrap();
    let removed = begun.elapsed();
    assert!(left.from > fifth.from);
    let loaded = load.stop();
    assert!(loaded.count > 0 && loaded.longest < at_most(GAP), "{loaded:?}");
    let view: ValidatorsView = new.get(paths::VALIDATORS).unwrap();
    assert_eq!((view.validators.len(), view.changes), (4, 2));

    // The new node comes to the same state, and every act that was acknowledged is in it.
    let StatusView { height, .. } = old.get(paths::STATUS).unwrap();
    let same = wait_for("the new node to be there", SOON, || match new.get::<StatusView>(paths::STATUS) {
        Ok(status) if status.height >= height => Seen::Yes(()),
        other => Seen::NotYet(format!("{other:?}")),
    });
    same.unwrap();
    assert_eq!(block(&new, height), block(&old, height));
    let heights: Vec<u64> = (left.from..=height).collect();
    assert!(heights.iter().all(|height| block(&new, *height) == block(&old, *height)), "{heights:?}");
    let memory = high_water(joiner.pid);
    running::down(&net, Some(&fifth.node)).unwrap();
    let home = Home::new(folder.home(&fifth.node));
    let config = Config::load(home.folder()).unwrap();
    let begun = Instant::now();
    let store = store::Store::open(&home.store(), config.store_options()).unwrap();
    assert!(store.floor().unwrap() > every_heights, "it began with a snapshot");
    let report = store.fsck().unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert!(report.transactions > 0);
    let checked = begun.elapsed();
    drop(store);
    println!(
        "joining with {} items: set up in {set_up:.1?}, nodes up in {ready:.1?}, the new one votes in {joined:.1?}, \
         another leaves in {removed:.1?}, checked in {checked:.1?}; {loaded:?}; \
         the new one has {} bytes of ledger, and had {memory} of memory",
        items(),
        bytes_in(&home.store())
    );
}
