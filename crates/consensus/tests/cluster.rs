//! Several engines in one process.

mod common;

use common::*;
use consensus::{HaltReason, HomeError, SIGN_STATE_FILE, Safety, SignStateError, StartError, WAL_FILE};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_validators_and_an_observer_commit_the_same_blocks() {
    let cluster = Cluster::start(rules(4), 1).await;
    cluster.reach(20).await;
    cluster.agree();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_validator_is_enough_for_itself() {
    let mut cluster = Cluster::start(rules(1), 0).await;
    cluster.reach(10).await;
    cluster.nodes[0].stop().await;
    let before = cluster.nodes[0].store.tip();
    cluster.restart(0).await;
    cluster.reach(before + 5).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_validators_commit() {
    let mut rules = rules(16);
    rules.timeouts.propose = Duration::from_secs(5);
    let cluster = Cluster::start(rules, 0).await;
    cluster.reach(3).await;
    cluster.agree();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_blocks_travel_in_parts() {
    let mut rules = rules(4);
    rules.padding = 900_000;
    let cluster = Cluster::start(rules, 0).await;
    cluster.reach(5).await;
    cluster.agree();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quorum_is_needed_and_enough() {
    let mut cluster = Cluster::start(rules(4), 0).await;
    cluster.reach(3).await;

    cluster.nodes[3].stop().await;
    let with_three = cluster.nodes[0].store.tip();
    cluster.reach(with_three + 6).await;

    cluster.nodes[2].stop().await;
    // What was agreed on before may still be committed; then nothing.
    let store = cluster.nodes[0].store.clone();
    let settled = store.tip().max(cluster.nodes[1].store.tip()) + 1;
    let mut watch = store.height.subscribe();
    let more = tokio::time::timeout(Duration::from_secs(3), watch.wait_for(|h| *h > settled)).await;
    assert!(more.is_err(), "two of four committed");

    cluster.restart(2).await;
    cluster.reach(settled + 3).await;
    cluster.restart(3).await;
    // It missed heights and has to catch up from the others' stores.
    let target = cluster.nodes[0].store.tip() + 3;
    cluster.reach(target).await;
    cluster.agree();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_network_goes_on() {
    let mut cluster = Cluster::start(rules(4), 1).await;
    for round in 1..=3 {
        cluster.reach(5 * round).await;
        for number in 0..5 {
            cluster.nodes[number].stop().await;
        }
        for number in 0..5 {
            cluster.restart(number).await;
        }
    }
    let target = cluster.nodes[0].store.tip() + 5;
    cluster.reach(target).await;
    cluster.agree();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_are_carried_and_end_an_idle_pause() {
    let mut rules = rules(4);
    // Idle for longer than the test may take unless something happens.
    rules.timeouts.propose = Duration::from_secs(7_200);
    rules.pacing.idle_interval = Duration::from_secs(3_600);
    let mut cluster = Cluster::start(rules, 1).await;
    cluster.reach(1).await;
    let (height, publisher) = (cluster.nodes[0].store.tip(), 0);
    let sent = bytes::Bytes::from_static(b"a transaction");
    cluster.nodes[publisher].running.as_ref().unwrap().1.publisher.publish(sent.clone()).unwrap();
    for node in cluster.nodes.iter_mut().filter(|n| n.number != publisher && n.number < 4) {
        let (handle, gossip) = node.running.as_mut().unwrap();
        let arrival = within("a transaction", gossip.incoming.recv()).await.unwrap();
        assert_eq!((arrival.from, &arrival.bytes), (peer_key(publisher), &sent));
        arrival.accept();
        handle.waker().wake();
    }
    // A pause that had not begun yet is ended by the next transaction; they keep coming.
    let wakers: Vec<_> = cluster.nodes.iter().filter_map(|n| n.running.as_ref()).map(|(h, _)| h.waker()).collect();
    let coming = async {
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        loop {
            tick.tick().await;
            wakers.iter().for_each(|w| w.wake());
        }
    };
    tokio::select! {
        () = cluster.reach(height + 1) => {}
        () = coming => {}
    }
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_the_next_height_ends_an_idle_pause() {
    let mut rules = rules(4);
    rules.timeouts.propose = Duration::from_secs(60);
    rules.pacing.idle_interval = Duration::from_secs(30);
    let cluster = Cluster::start(rules, 0).await;
    cluster.reach(1).await;
    let begun = Instant::now();
    let target = cluster.nodes[0].store.tip() + 3;
    // Whoever proposes next starts alone; the others hear of it.
    while cluster.nodes[0].store.tip() < target {
        let next = cluster.nodes.iter().map(|n| n.store.tip()).max().unwrap() + 1;
        let turn = consensus::proposer(&cluster.rules.validators, next, 0);
        let proposer = (0..4).find(|n| consensus::Signer::public_key(&key(*n)).id() == turn).unwrap();
        cluster.nodes[proposer].store.reach(next - 1).await;
        let reached = cluster.reach(next);
        tokio::pin!(reached);
        // Rung until it has an effect: the pause may not have begun yet.
        let mut bell = tokio::time::interval(Duration::from_millis(20));
        loop {
            tokio::select! {
                _ = &mut reached => break,
                _ = bell.tick() => cluster.nodes[proposer].handle().waker().wake(),
            }
        }
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "the pause was not ended");
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_halts_one_node_and_no_other() {
    let cluster = Cluster::start(rules(4), 0).await;
    cluster.nodes[1].store.fail_commit_at.store(4, Ordering::SeqCst);
    let mut status = cluster.nodes[1].handle().watch();
    let halted = status.wait_for(|s| matches!(s.safety, Safety::Halted(_)));
    let found = within("the halt", halted).await.unwrap().safety.clone();
    assert!(matches!(&found, Safety::Halted(HaltReason::Fault(text)) if text.contains("broke")), "{found:?}");
    assert_eq!(cluster.nodes[1].store.tip(), 3);
    for number in [0, 2, 3] {
        cluster.nodes[number].store.reach(8).await;
        assert_eq!(cluster.nodes[number].handle().status().safety, Safety::Running);
    }
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_untimely_block_is_taken_once_a_quorum_found_it_timely() {
    let cluster = Cluster::start(rules(4), 0).await;
    cluster.nodes[2].store.late.store(true, Ordering::SeqCst);
    let target = cluster.nodes[0].store.tip() + 8;
    cluster.reach(target).await;
    assert!(cluster.nodes[2].store.untimely.load(Ordering::SeqCst) > 0);
    cluster.agree();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_is_no_longer_allowed_is_cut_off() {
    let cluster = Cluster::start(rules(1), 1).await;
    cluster.reach(3).await;
    let (mut status, observer) = (cluster.nodes[0].handle().watch(), BTreeSet::from([peer_key(1)]));
    within("the observer", status.wait_for(|s| s.peers == observer)).await.unwrap();
    cluster.nodes[0].handle().allow(Vec::new()).await;
    within("the cut", status.wait_for(|s| s.peers.is_empty())).await.unwrap();
    cluster.nodes[0].handle().allow(cluster.peers()).await;
    within("the return", status.wait_for(|s| s.peers == observer)).await.unwrap();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn validators_change_while_the_network_runs() {
    let mut rules = rules(4);
    // Node 0 leaves, node 4, who followed until then, comes.
    rules.later = vec![(8, validators(1..5))];
    let mut cluster = Cluster::start(rules, 0).await;
    cluster.reach(12).await;
    // The old one is not needed, and the new one is.
    cluster.nodes[0].stop().await;
    cluster.nodes[1].stop().await;
    let target = cluster.nodes[2].store.tip() + 5;
    cluster.reach(target).await;
    let signers: std::collections::BTreeSet<_> =
        cluster.nodes[2].store.certificate(target).signatures.iter().map(|s| s.signer).collect();
    assert!(signers.contains(&consensus::Signer::public_key(&key(4)).id()));
    cluster.restart(0).await;
    cluster.restart(1).await;
    let target = cluster.nodes[2].store.tip() + 5;
    cluster.reach(target).await;
    cluster.agree();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fifth_comes_late_and_votes_and_one_of_the_first_goes() {
    let mut rules = rules(4);
    rules.later = vec![(20, validators(0..5)), (35, validators(1..5))];
    rules.pacing.idle_interval = Duration::from_millis(150);
    // The fifth begins with nothing when the others are far, as a new agency does.
    let mut cluster = Cluster::start_without(rules, 0, &[4]).await;
    cluster.reach(3).await;
    cluster.nodes[3].stop().await;
    cluster.restart(4).await;
    // From its first height on four of five are needed, and only four are there.
    cluster.reach(24).await;
    assert!((20..=24).all(|height| cluster.has_signed(4, height)));
    assert!((1..20).all(|height| !cluster.has_signed(4, height)));
    cluster.restart(3).await;
    cluster.reach(38).await;
    // Who went follows on, signs nothing and is not missed.
    assert!((35..=38).all(|height| !cluster.has_signed(0, height)));
    assert_eq!(cluster.nodes[0].handle().status().safety, Safety::Running);
    cluster.nodes[0].stop().await;
    let target = cluster.nodes[1].store.tip() + 3;
    cluster.reach(target).await;
    cluster.restart(0).await;
    cluster.reach(target + 3).await;
    cluster.agree();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_keys_are_replaced_one_by_one() {
    let mut rules = rules(4);
    // Nodes 4 to 7 are those of the same agencies with other keys.
    let first = |n: usize| 4 + 5 * n as u64;
    rules.later = (1..=4).map(|n| (first(n), validators(n..n + 4))).collect();
    let mut cluster = Cluster::start(rules, 0).await;
    cluster.reach(30).await;
    for n in 1..=4 {
        cluster.signs(n + 3, first(n)).await;
        assert!((1..first(n)).all(|height| !cluster.has_signed(n + 3, height)), "{n}");
        let tip = cluster.nodes[n - 1].store.tip();
        assert!((first(n)..=tip).all(|height| !cluster.has_signed(n - 1, height)), "{n}");
    }
    for node in &cluster.nodes {
        assert_eq!(node.handle().status().safety, Safety::Running, "{}", node.number);
        assert_eq!(*node.store.evidence.lock().unwrap(), [], "{}", node.number);
    }
    // The retired are not needed.
    for number in 0..4 {
        cluster.nodes[number].stop().await;
    }
    let target = cluster.nodes[4].store.tip() + 4;
    cluster.reach(target).await;
    cluster.agree();
    cluster.stop().await;
}

/// Stops two of four in the middle of a height that cannot end, and then the others.
async fn stuck() -> Cluster {
    let mut cluster = Cluster::start(rules(4), 0).await;
    cluster.reach(2).await;
    cluster.nodes[2].stop().await;
    cluster.nodes[3].stop().await;
    for number in 0..2 {
        // They get as far as their first vote, which is in the sign-state (at byte 74: the height) and in the engine's log.
        let home = cluster.home(number);
        let voted = || {
            let state = std::fs::read(home.join(SIGN_STATE_FILE)).unwrap();
            let height = u64::from_be_bytes(state[74..82].try_into().unwrap());
            let log = std::fs::read(home.join(WAL_FILE)).unwrap();
            let logged = u64::from_be_bytes(log[4..12].try_into().unwrap());
            let next = cluster.nodes[number].store.tip() + 1;
            height == next && logged == next && log.len() > 200
        };
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        let waiting = async {
            while !voted() {
                tick.tick().await;
            }
        };
        within("a vote", waiting).await;
    }
    cluster.nodes[0].stop().await;
    cluster.nodes[1].stop().await;
    cluster
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_to_the_log_of_the_engine_is_seen_and_halts() {
    let mut cluster = stuck().await;
    let path = cluster.home(0).join(WAL_FILE);
    let mut log = std::fs::read(&path).unwrap();
    // Within the first entry.
    log[30] ^= 1;
    std::fs::write(&path, log).unwrap();
    for number in 0..3 {
        cluster.restart(number).await;
    }
    let mut status = cluster.nodes[0].handle().watch();
    let halted = status.wait_for(|s| matches!(s.safety, Safety::Halted(_)));
    let found = within("the halt", halted).await.unwrap().safety.clone();
    assert!(matches!(found, Safety::Halted(HaltReason::EngineSafety(_))), "{found:?}");
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_log_of_the_engine_nothing_is_signed_twice() {
    let mut cluster = stuck().await;
    for number in 0..2 {
        std::fs::remove_file(cluster.home(number).join(WAL_FILE)).unwrap();
    }
    for number in 0..4 {
        cluster.restart(number).await;
    }
    // The two that lost their logs abstain where they would contradict themselves, and go on in the next round.
    let target = cluster.nodes.iter().map(|n| n.store.tip()).max().unwrap() + 4;
    cluster.reach(target).await;
    for node in &cluster.nodes {
        assert_eq!(*node.store.evidence.lock().unwrap(), []);
    }
    cluster.agree();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_does_not_start_where_it_might_sign_twice() {
    let mut cluster = Cluster::start(rules(1), 0).await;
    cluster.reach(3).await;
    let refused = cluster.try_run(0, Vec::new()).await;
    assert!(matches!(refused, Err(StartError::Home(HomeError::InUse { .. }))), "two on one folder");
    cluster.nodes[0].stop().await;
    let path = cluster.home(0).join(SIGN_STATE_FILE);
    let old = std::fs::read(&path).unwrap();

    let before = cluster.nodes[0].store.tip();
    cluster.restart(0).await;
    cluster.reach(before + 3).await;
    cluster.nodes[0].stop().await;
    let new = std::fs::read(&path).unwrap();

    std::fs::write(&path, &old).unwrap();
    let refused = cluster.try_run(0, Vec::new()).await;
    assert!(matches!(refused, Err(StartError::SignState(SignStateError::Old { .. }))), "an old copy");
    std::fs::write(&path, &new[..new.len() - 1]).unwrap();
    let refused = cluster.try_run(0, Vec::new()).await;
    assert!(matches!(refused, Err(StartError::SignState(SignStateError::Corrupt { .. }))), "a torn one");
    std::fs::remove_file(&path).unwrap();
    let refused = cluster.try_run(0, Vec::new()).await;
    assert!(matches!(refused, Err(StartError::SignState(SignStateError::Missing { .. }))), "none");
    std::fs::write(&path, &new).unwrap();
    cluster.restart(0).await;
    let before = cluster.nodes[0].store.tip();
    cluster.reach(before + 3).await;
    cluster.stop().await;
}
