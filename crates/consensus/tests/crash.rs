//! Processes that die at every fail point and go on.
//!
//! A test starts this very binary again, as [`child`], with a home in the environment.

mod common;

use common::*;
use consensus::{Engine, Peer, Role, SIGN_STATE_FILE, Safety, SignState, Signer, failpoint};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;

/// The child's home; also what makes it one.
const HOME: &str = "HUFU_TEST_HOME";
/// Number of the validator that the child is, and of how many.
const SEAT: &str = "HUFU_TEST_SEAT";
/// Heights that the child commits before it ends by itself.
const HEIGHTS: &str = "HUFU_TEST_HEIGHTS";
const SIGABRT: i32 = 6;

/// One validator until it has committed some heights. Does nothing in the run of the other tests.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Some(home) = std::env::var_os(HOME).map(PathBuf::from) else { return };
    trace();
    let variable = |name| std::env::var(name).unwrap();
    let (number, count) = variable(SEAT).split_once('/').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let (number, count): (usize, usize) = (number.parse().unwrap(), count.parse().unwrap());
    let store = Store::with_file(rules(count), Some(home.join("blocks")));
    load(&store);
    let target = store.tip() + variable(HEIGHTS).parse::<u64>().unwrap();
    let peers: Vec<Peer> = std::fs::read_to_string(home.join("peers"))
        .unwrap_or_default()
        .lines()
        .enumerate()
        .map(|(n, address)| Peer { key: peer_key(n), address: Some(address.parse().unwrap()) })
        .collect();
    let me = key(number).public_key().id();
    let config = config(number, home.join("consensus"), ANY_PORT, peers);
    let toy = Toy { store: Arc::clone(&store), me };
    let (handle, _gossip) = Engine::start(config, Role::Validator(Box::new(key(number))), toy).await.unwrap();
    let mut status = handle.watch();
    tokio::select! {
        _ = store.reach(target) => {}
        halted = status.wait_for(|s| matches!(s.safety, Safety::Halted(_))) => panic!("{:?}", *halted.unwrap()),
    }
    handle.shutdown().await;
}

fn init(home: &Path, number: usize) {
    std::fs::create_dir_all(home.join("consensus")).unwrap();
    let id = key(number).public_key().id();
    SignState::create(&home.join("consensus").join(SIGN_STATE_FILE), NETWORK, id, 1).unwrap();
}

/// Runs the child to its end.
fn run(home: &Path, seat: &str, heights: u64, fail_point: Option<String>) -> ExitStatus {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["child", "--exact", "--nocapture"]).env(HOME, home).env(SEAT, seat);
    command.env(HEIGHTS, heights.to_string()).env_remove(failpoint::VARIABLE);
    if let Some(fail_point) = &fail_point {
        command.env(failpoint::VARIABLE, fail_point);
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    if fail_point.is_none() && !output.status.success() {
        panic!("{}", String::from_utf8_lossy(&output.stdout));
    }
    output.status
}

fn committed(home: &Path, count: usize) -> Arc<Store> {
    let store = Store::with_file(rules(count), Some(home.join("blocks")));
    load(&store);
    store
}

#[test]
fn a_single_validator_survives_every_fail_point() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), 0);
    for name in failpoint::NAMES {
        // The sign-state is written four times a height: seal, proposal and both votes.
        let hits: &[u64] = if name.starts_with("sign_state") { &[5, 6, 7, 8] } else { &[1, 3] };
        for hit in hits {
            let status = run(dir.path(), "0/1", 50, Some(format!("{name}:{hit}")));
            assert_eq!(status.signal(), Some(SIGABRT), "{name}:{hit} was not hit");
        }
    }
    let before = committed(dir.path(), 1).tip();
    run(dir.path(), "0/1", 5, None);
    let store = committed(dir.path(), 1);
    assert!(store.tip() >= before + 5 && before > failpoint::NAMES.len() as u64);
    for height in 1..=store.tip() {
        store.certificate(height).verify(NETWORK, &store.rules.validators).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_among_others_survives() {
    const CHILD: usize = 3;
    let mut cluster = Cluster::start(rules(4), 0).await;
    cluster.nodes[CHILD].stop().await;
    let home = cluster.dir.path().join("child");
    init(&home, CHILD);
    // It starts without blocks, like a new node, and gets them from the others.
    let lines: Vec<_> = cluster.nodes[..CHILD].iter().map(|n| n.address.to_string()).collect();
    std::fs::write(home.join("peers"), lines.join("\n")).unwrap();
    let points = [
        failpoint::JOURNAL_BEFORE_FSYNC,
        failpoint::JOURNAL_AFTER_FSYNC,
        failpoint::SIGN_STATE_AFTER_DIR_FSYNC,
        failpoint::DRIVER_BEFORE_COMMIT,
        failpoint::DRIVER_AFTER_RESET,
    ];
    for name in points {
        let home = home.clone();
        let child = tokio::task::spawn_blocking(move || run(&home, "3/4", 1_000, Some(format!("{name}:9"))));
        let status = within(name, child).await.unwrap();
        assert_eq!(status.signal(), Some(SIGABRT), "{name} was not hit");
    }
    let child = {
        let home = home.clone();
        tokio::task::spawn_blocking(move || run(&home, "3/4", 10, None))
    };
    within("the last run", child).await.unwrap();
    let theirs = committed(&home, 4);
    cluster.nodes[0].store.reach(theirs.tip()).await;
    for height in 1..=theirs.tip() {
        assert_eq!(theirs.id(height), cluster.nodes[0].store.id(height), "height {height}");
    }
    cluster.agree();
    cluster.stop().await;
}
