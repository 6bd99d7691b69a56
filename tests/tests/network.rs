//! The whole path on real processes: the demo, faults under load, and a network without its quorum.

use api::{network::StatusView, paths, tx::TxAccepted};
use std::{fs, time::Duration};
use testnet::{
    Seen,
    chaos::{self, ChaosOptions},
    demo::{self, DemoOptions},
    files::RunningNode,
    http::{HttpError, Node},
    init::{self, InitOptions},
    process, running, wait_for,
};
use tests::{
    local::{SOON, Up, goes_on, status},
    small_disk::{fill, on_small_disk},
};

#[test]
fn the_demo_holds() {
    let dir = tempfile::tempdir().unwrap();
    demo::run(&DemoOptions { once: true, dir: Some(dir.path().join("demo")), json: false }).unwrap();
    assert!(dir.path().join("demo/demo.hufu").is_file() && dir.path().join("demo/trust.json").is_file());
}

/// The long form is `testnet chaos`: 30 kills and 20 fail points.
#[test]
fn nothing_acknowledged_is_lost_to_kills() {
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    init::init(&net, &InitOptions { items: 6_000, ..Default::default() }).unwrap();
    let _up = Up(&net);
    running::up(&net, None).unwrap();
    let options = ChaosOptions { kills: 3, points: 3, rate: 50, seconds: 60, seed: 7 };
    let report = chaos::run(&net, options).unwrap();
    assert!(report.acknowledged > 0 && report.bundles > 0, "{report:?}");
    assert_eq!(report.problems, Vec::<String>::new());
    // A node that was started again knows no token of before. Unless its receipts are followed all the same, they come
    // late, by sending again.
    assert!(report.load.followed_again > 0, "{:?}", report.load);
}

#[test]
fn without_a_quorum_nothing_is_committed_and_with_it_the_ledger_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    init::init(&net, &InitOptions::default()).unwrap();
    let _up = Up(&net);
    let network = running::up(&net, None).unwrap();
    let [first, second, third, ..] = network.nodes.as_slice() else { panic!("four nodes") };
    third.process().kill().unwrap();
    let before = status(&first.api).height;
    goes_on(&first.api, before + 1);
    second.process().kill().unwrap();
    // What was decided before the second fell may still be committed; after that, nothing is.
    let stopped = wait_for("the height to stay", Duration::from_secs(60), || {
        let height = status(&first.api).height;
        let more = wait_for("a height without a quorum", Duration::from_secs(5), || match status(&first.api).height {
            later if later > height => Seen::Yes(later),
            _ => Seen::NotYet("the same".into()),
        });
        match more {
            Err(_) => Seen::Yes(height),
            Ok(later) => Seen::NotYet(format!("height {later}")),
        }
    })
    .unwrap();
    running::up(&net, Some(&second.name)).unwrap();
    goes_on(&first.api, stopped);
}

/// Whether a node has halted because its disk is full, or what else it says.
fn halted(node: &RunningNode) -> Seen<u64> {
    match Node::new(&node.api).get::<StatusView>(paths::STATUS) {
        Ok(status) if status.safety == "H8116" => Seen::Yes(status.height),
        Ok(status) => Seen::NotYet(format!("{} at height {}", status.safety, status.height)),
        Err(error) => Seen::NotYet(error.to_string()),
    }
}

#[test]
fn a_full_disk_stops_a_node_and_with_room_it_goes_on() {
    on_small_disk("a_full_disk_stops_a_node_and_with_room_it_goes_on", |disk| {
        let (net, ballast) = (disk.join("net"), disk.join("ballast"));
        init::init(&net, &InitOptions { validators: 1, ..Default::default() }).unwrap();
        let _up = Up(&net);
        let network = running::up(&net, None).unwrap();
        let [node] = network.nodes.as_slice() else { panic!("one node") };
        goes_on(&node.api, 0);
        let height = wait_for("the node to halt", SOON, || {
            // Also what the node gives back meanwhile, and the end of its log's last page.
            fill(&ballast);
            fill(&node.log);
            halted(node)
        });
        // It takes nothing that it would never pass on, whatever it is.
        let taken = Node::new(&node.api).post::<TxAccepted>(paths::TX, paths::OCTETS, b"anything");
        assert!(matches!(&taken, Err(HttpError::Refused { status: 503, code, .. }) if code == "H8116"), "{taken:?}");
        node.process().stop().unwrap();
        // Its end gave room back. Without any it does not start, or halts again.
        let elsewhere = tempfile::tempdir().unwrap();
        let log = elsewhere.path().join("log");
        fill(&ballast);
        let hufud = process::beside("hufud").unwrap();
        let again = process::start(&hufud, &["start", "--home", node.home.to_str().unwrap()], &log).unwrap();
        let refused = wait_for("the node to end or to halt", SOON, || {
            fill(&ballast);
            if again.lives() { halted(node) } else { Seen::Yes(0) }
        });
        again.stop().unwrap();
        let said = process::last_lines(&log, 3);
        assert!(refused.is_ok() && said.contains("error[H8116]"), "{refused:?}: {said}");
        fs::remove_file(&ballast).unwrap();
        running::up(&net, None).unwrap();
        goes_on(&node.api, height.unwrap());
    });
}
