//! Who is not a node of the network, or is one and lies.

mod common;
#[path = "common/stranger.rs"]
mod stranger;

use common::*;
use consensus::{Peer, Signer};
use ledger::{BlockId, Evidence, Hash, VoteKind};
use std::time::Duration;
use stranger::{Stranger, TOPICS, height_of, peer_id, proposal, vote};

/// Drives a swarm, with a tick in which it does its mischief, until the future is done.
async fn meanwhile<F: Future>(who: &mut Stranger, mut mischief: impl FnMut(&mut Stranger, u64), until: F) -> F::Output {
    let until = async { within("the network's progress", until).await };
    tokio::pin!(until);
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let mut ticks = 0;
    loop {
        tokio::select! {
            done = &mut until => return done,
            _ = who.step() => {}
            _ = tick.tick() => {
                ticks += 1;
                mischief(who, ticks);
            }
        }
    }
}

fn garbage(who: &mut Stranger, tick: u64) -> usize {
    TOPICS.iter().filter(|t| who.publish(t, format!("garbage {tick} on {t}").into_bytes())).count()
}

/// Holds as many connections open as it can, and says nothing on them.
async fn keep_silent(target: std::net::SocketAddr) {
    use tokio::io::AsyncReadExt;
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    loop {
        tick.tick().await;
        let Ok(mut connection) = tokio::net::TcpStream::connect(target).await else { continue };
        let mut heard = Vec::new();
        // Ends when the other end closes.
        let _ = connection.read_to_end(&mut heard).await;
    }
}

const STRANGER: usize = 90;
const WITNESS: usize = 91;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_gets_nothing_and_is_passed_on_to_nobody() {
    let mut cluster = Cluster::start(rules(4), 0).await;
    let addresses: Vec<_> = cluster.nodes.iter().map(|n| n.address).collect();
    // A witness that may listen to node 1 sees what the nodes relay.
    let witness = Peer { key: peer_key(WITNESS), address: None };
    let mut peers = cluster.peers();
    peers.push(witness);
    for node in &cluster.nodes {
        node.handle().allow(peers.clone()).await;
    }
    let mut watching = Stranger::new(WITNESS, &addresses[1..2]);
    let watcher = tokio::spawn(async move {
        watching.dial();
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        loop {
            tokio::select! {
                _ = watching.step() => {}
                _ = tick.tick() => if !watching.is_connected() { watching.dial() },
            }
            if watching.heard_from(peer_id(peer_key(STRANGER))) > 0 || watching.seen.messages.len() > 400 {
                return watching;
            }
        }
    });

    cluster.reach(2).await;
    let mut stranger = Stranger::new(STRANGER, &addresses);
    let target = cluster.nodes[0].store.tip() + 20;
    let mischief = |who: &mut Stranger, tick: u64| {
        if tick % 5 == 1 {
            who.dial();
        }
        garbage(who, tick);
    };
    meanwhile(&mut stranger, mischief, cluster.reach(target)).await;
    assert!(stranger.seen.refusals > 10, "it tried: {:?}", stranger.seen);
    assert_eq!(stranger.seen.messages, []);
    assert_eq!(stranger.seen.responses, 0);
    let watching = within("the witness", watcher).await.unwrap();
    assert!(watching.seen.messages.len() > 400, "the witness can see");
    assert_eq!(watching.heard_from(peer_id(peer_key(STRANGER))), 0);
    for node in &mut cluster.nodes {
        assert!(node.running.as_mut().unwrap().1.incoming.try_recv().is_err());
    }

    // Once it is let in, the same stranger hears the network: the test would have seen it.
    peers.push(Peer { key: peer_key(STRANGER), address: None });
    for node in &cluster.nodes {
        node.handle().allow(peers.clone()).await;
    }
    let target = cluster.nodes[0].store.tip() + 20;
    meanwhile(&mut stranger, mischief, cluster.reach(target)).await;
    assert!(!stranger.seen.messages.is_empty() && stranger.seen.responses > 0, "{:?}", stranger.seen.connections);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_strangers_do_not_keep_validators_apart() {
    // More than a node has places for, so that all of them are taken at any time.
    const SILENT: usize = consensus::limits::MAX_PENDING_CONNECTIONS + 32;
    let mut cluster = Cluster::start(rules(2), 0).await;
    cluster.reach(2).await;
    cluster.nodes[1].stop().await;
    let silent: Vec<_> =
        cluster.nodes.iter().flat_map(|n| (0..SILENT).map(|_| tokio::spawn(keep_silent(n.address)))).collect();
    // Both are needed for a block.
    cluster.restart(1).await;
    let target = cluster.nodes[0].store.tip() + 10;
    cluster.reach(target).await;
    cluster.nodes[0].stop().await;
    cluster.restart(0).await;
    cluster.reach(target + 10).await;
    cluster.agree();
    silent.iter().for_each(|s| s.abort());
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admitted_node_without_a_vote_is_not_heard_on_consensus_topics() {
    let mut cluster = Cluster::start(rules(4), 0).await;
    let addresses: Vec<_> = cluster.nodes.iter().map(|n| n.address).collect();
    let mut peers = cluster.peers();
    peers.extend([STRANGER, WITNESS].map(|n| Peer { key: peer_key(n), address: None }));
    for node in &cluster.nodes {
        node.handle().allow(peers.clone()).await;
    }
    let mut witness = Stranger::new(WITNESS, &addresses[1..2]);
    let mut speaker = Stranger::new(STRANGER, &addresses[..1]);
    witness.dial();
    speaker.dial();
    // Every node takes what comes on the transaction topic, and so relays it.
    for node in &mut cluster.nodes {
        let (_, gossip) = node.running.as_mut().unwrap();
        let mut incoming = std::mem::replace(&mut gossip.incoming, tokio::sync::mpsc::channel(1).1);
        tokio::spawn(async move {
            while let Some(arrival) = incoming.recv().await {
                assert_eq!(arrival.from, peer_key(STRANGER));
                arrival.accept();
            }
        });
    }
    let mut said = 0;
    let watching = async {
        loop {
            witness.step().await;
            let heard = |t: &str| {
                let name = stranger::topic(t).to_string();
                let from = peer_id(peer_key(STRANGER));
                witness.seen.messages.iter().filter(|(source, topic, _)| *source == from && *topic == name).count()
            };
            for silent in ["consensus", "liveness", "parts"] {
                assert_eq!(heard(silent), 0);
            }
            if heard("transactions") > 0 && witness.seen.messages.len() > 100 {
                return;
            }
        }
    };
    let mischief = |who: &mut Stranger, tick: u64| {
        // Well-formed votes of nobody, too.
        who.publish("consensus", vote(STRANGER, VoteKind::Prevote, tick, 0, None));
        said += garbage(who, tick);
    };
    meanwhile(&mut speaker, mischief, watching).await;
    assert!(said > 0);
    let target = cluster.nodes[0].store.tip() + 10;
    cluster.reach(target).await;
    cluster.agree();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_that_signs_twice_leaves_evidence() {
    const LIAR: usize = 3;
    let mut cluster = Cluster::start(rules(4), 0).await;
    cluster.reach(1).await;
    cluster.nodes[LIAR].stop().await;
    let addresses: Vec<_> = cluster.nodes[..LIAR].iter().map(|n| n.address).collect();
    let mut liar = Stranger::new(LIAR, &addresses);
    let id = key(LIAR).public_key().id();
    let set = cluster.rules.validators.clone();
    let block = |n: u8| BlockId(Hash([n; 32]));
    let mischief = |who: &mut Stranger, tick: u64| {
        if !who.is_connected() && tick % 5 == 1 {
            who.dial();
        }
        let Some(height) = who.seen.messages.iter().rev().take(20).filter_map(|(_, _, m)| height_of(m)).max() else {
            return;
        };
        for height in height..height + 2 {
            who.publish("consensus", vote(LIAR, VoteKind::Prevote, height, 0, Some(block(1))));
            who.publish("consensus", vote(LIAR, VoteKind::Prevote, height, 0, None));
            if consensus::proposer(&set, height, 0) == id {
                who.publish("consensus", proposal(LIAR, height, 0, block(1)));
                who.publish("consensus", proposal(LIAR, height, 0, block(2)));
            }
        }
    };
    let stores: Vec<_> = cluster.nodes[..LIAR].iter().map(|n| n.store.clone()).collect();
    let proven = async {
        let mut heights = stores[0].height.subscribe();
        loop {
            heights.changed().await.unwrap();
            let found: Vec<_> = stores.iter().flat_map(|s| s.evidence.lock().unwrap().clone()).collect();
            for evidence in &found {
                assert_eq!(evidence.accused(NETWORK, &stores[0].rules.validators), Some(id), "{evidence:?}");
            }
            let votes = found.iter().any(|e| matches!(e, Evidence::Votes { .. }));
            let proposals = found.iter().any(|e| matches!(e, Evidence::Proposals { .. }));
            if votes && proposals {
                return;
            }
        }
    };
    meanwhile(&mut liar, mischief, proven).await;
    cluster.agree();
    cluster.stop().await;
}
