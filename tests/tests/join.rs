//! An agency joins by vote with a snapshot, and another leaves, while goods go from hand to hand: real nodes, real time.

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
use tests::local::{Load, SOON, Up, hand_over, reader};

/// Items in the state; `HUFU_JOIN_ITEMS` takes another number, such as 1000000.
const ITEMS: u32 = 20_000;
/// Heights from one snapshot to the next.
const EVERY: u64 = 20;
/// The longest that joining may take, from the snapshot to a vote.
const TO_JOIN: Duration = Duration::from_secs(300);
/// The longest that an act may take, whoever joins or leaves meanwhile.
const GAP: Duration = Duration::from_secs(10);

fn items() -> u32 {
    std::env::var("HUFU_JOIN_ITEMS").ok().and_then(|text| text.parse().ok()).unwrap_or(ITEMS)
}

/// The header of a height, as a node shows it.
fn block(node: &Node, height: u64) -> String {
    node.get::<BlockView>(&paths::fill(paths::BLOCK, &height.to_string())).unwrap().record
}

#[test]
fn an_agency_joins_with_a_snapshot_and_another_leaves_under_load() {
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    let plan = init::init(&net, &InitOptions { items: items(), keys: Some(32), ..Default::default() }).unwrap();
    let folder = Folder::open(&net).unwrap();
    let network: NetworkId = plan.network.parse().unwrap();
    let maker = Home::new(folder.home(&plan.nodes[0].name));
    let mut config = Config::load(maker.folder()).unwrap();
    config.snapshot = Some(SnapshotConfig { every_heights: EVERY, keep: 100 });
    fs::write(maker.config(), config.to_toml()).unwrap();
    let _up = Up(&net);
    let running = running::up(&net, None).unwrap();
    let first = &running.nodes[0];
    let old = reader(&plan, &first.api, &first.org);
    let stock = Stock::open(&folder, plan.stock.unwrap()).unwrap();
    hand_over(&stock, &network, &old, items() - 1);
    let load = Load::start(stock, network, old.clone(), items() - 1);

    let begun = Instant::now();
    let fifth = seats::add_from_snapshot(&net).unwrap();
    assert!(begun.elapsed() < TO_JOIN, "{:?}", begun.elapsed());
    let now = folder.network().unwrap();
    let api = now.nodes.iter().find(|node| node.name == fifth.node).unwrap().api.clone();
    let new = reader(&folder.plan().unwrap(), &api, &fifth.org);
    // What came before the snapshot is not there, and the node says so; what came since is the same on both.
    let early = new.get_raw(&paths::fill(paths::BLOCK, "1")).unwrap();
    assert_eq!(early.0, 410, "{}", String::from_utf8_lossy(&early.1));
    assert!(String::from_utf8_lossy(&early.1).contains("H8121"));
    for height in [fifth.from - 1, fifth.from] {
        assert_eq!(block(&new, height), block(&old, height), "{height}");
    }

    let left = seats::remove(&net, "health").unwrap();
    assert!(left.from > fifth.from);
    let loaded = load.stop();
    assert!(loaded.count > 0 && loaded.longest < GAP, "{loaded:?}");
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
    running::down(&net, Some(&fifth.node)).unwrap();
    let home = Home::new(folder.home(&fifth.node));
    let config = Config::load(home.folder()).unwrap();
    let store = store::Store::open(&home.store(), config.store_options()).unwrap();
    assert!(store.floor().unwrap() > EVERY, "it began with a snapshot");
    let report = store.fsck().unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert!(report.transactions > 0);
}
