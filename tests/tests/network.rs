//! The whole path on real processes: the demo, faults under load, and a network without its quorum.

use api::{network::StatusView, paths};
use std::{path::Path, time::Duration};
use testnet::{
    Seen,
    chaos::{self, ChaosOptions},
    demo::{self, DemoOptions},
    http::Node,
    init::{self, InitOptions},
    running, wait_for,
};

fn status(api: &str) -> StatusView {
    Node::new(api).get(paths::STATUS).unwrap()
}

/// Ends the nodes also when a check fails.
struct Up<'a>(&'a Path);

impl Drop for Up<'_> {
    fn drop(&mut self) {
        let _ = running::down(self.0, None);
    }
}

#[test]
fn the_demo_holds() {
    let dir = tempfile::tempdir().unwrap();
    demo::run(&DemoOptions { once: true, dir: Some(dir.path().join("demo")) }).unwrap();
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
    let goes_on = |beyond: u64| {
        wait_for("a further height", Duration::from_secs(60), || match status(&first.api).height {
            height if height > beyond => Seen::Yes(height),
            height => Seen::NotYet(format!("height {height}")),
        })
    };
    goes_on(before + 1).unwrap();
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
    goes_on(stopped).unwrap();
}
