//! Whoever is not let in, or is and does harm: the others do not notice.

mod common;
#[path = "common/stranger.rs"]
mod stranger;

use access::limits::*;
use access::{AskError, DocumentRequest, Response};
use common::*;
use ledger::{DocumentId, codec};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use stranger::{Stranger, framed};
use tokio::task::JoinSet;

/// Asks an agency one thing after the other until the future is done; each is answered in time, on one connection.
async fn meanwhile<F: Future>(member: &access::Asker, agency: u8, until: F) -> F::Output {
    let mut changes = member.changes();
    changes.mark_unchanged();
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    tokio::pin!(until);
    loop {
        tokio::select! {
            done = &mut until => {
                assert!(!changes.has_changed().unwrap(), "the connection was lost");
                return done;
            }
            _ = tick.tick() => {
                let begun = Instant::now();
                ask(member, agency).await.unwrap();
                assert!(begun.elapsed() < Duration::from_secs(5), "it had to wait");
            }
        }
    }
}

fn asks() -> Vec<u8> {
    framed(&codec::encode(&plain().0))
}

fn asks_for_a_piece() -> Vec<u8> {
    framed(&codec::encode(&DocumentRequest::Get { id: DocumentId::default(), piece: 0 }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_handshakes_of_strangers_give_them_nothing() {
    const STRANGERS: u8 = 16;
    const TIMES: usize = 10_000 / STRANGERS as usize;
    let (server, answers) = agency(1, &[(11, 1)]).await;
    let member = member(11, &[(1, server.address())]);
    connected(&member, &[1]).await;
    let mut knocking = JoinSet::new();
    for n in 0..STRANGERS {
        let mut stranger = Stranger::new(100 + n, server.address(), asks(), None);
        stranger.also = Some(asks_for_a_piece());
        knocking.spawn(stranger.knock(TIMES));
    }
    let strangers = meanwhile(&member, 1, async {
        tokio::time::timeout(Duration::from_secs(300), knocking.join_all()).await.expect("10,000 handshakes")
    })
    .await;
    assert_eq!(strangers.len(), usize::from(STRANGERS));
    for stranger in &strangers {
        assert_eq!(stranger.heard().load(Ordering::Relaxed), 0);
    }
    until("the count", || server.figures().turned_away >= 10_000).await;
    assert_eq!(server.figures().requests, answers.asked_by(1) as u64, "only the member was heard");

    // Once it is let in, the same stranger is answered: the test would have heard it.
    server.admit(guests(&[(11, 1), (100, 2)])).await;
    let mut stranger = Stranger::new(100, server.address(), asks(), None);
    let heard = stranger.heard();
    stranger.dial();
    let listening = async {
        while heard.load(Ordering::Relaxed) == 0 {
            stranger.step().await;
        }
    };
    // The answer is counted while no event comes.
    within("an answer", async {
        tokio::select! {
            () = listening => {}
            () = until("a byte", || heard.load(Ordering::Relaxed) > 0) => {}
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_record_ends_is_refused_on_its_open_connection() {
    let (server, answers) = agency(1, &[(11, 1), (21, 2)]).await;
    let [one, other] = [11, 21].map(|n| member(n, &[(1, server.address())]));
    for member in [&one, &other] {
        connected(member, &[1]).await;
        ask(member, 1).await.unwrap();
    }
    // An answer that is being made when the record ends does not come either.
    let making = tokio::spawn({
        let one = one.clone();
        async move { one.ask(peer(1), stuck()).await }
    });
    until("the request", || answers.asked_by(1) == 2).await;
    server.admit(guests(&[(21, 2)])).await;
    answers.open();
    assert_eq!(within("a refusal", making).await.unwrap(), Err(AskError::Refused));
    let next = ask(&one, 1).await.unwrap_err();
    assert!(matches!(next, AskError::Refused | AskError::NotConnected), "{next}");
    assert_eq!(answers.asked_by(1), 2);
    ask(&other, 1).await.unwrap();
    // Registered again, it comes back by itself.
    server.admit(guests(&[(11, 1), (21, 2)])).await;
    let back = async {
        let mut changes = one.changes();
        while ask(&one, 1).await.is_err() {
            changes.changed().await.unwrap();
        }
    };
    within("the node's return", back).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_changes_its_key_and_the_old_one_is_refused() {
    let (server, answers) = agency(1, &[(11, 1), (12, 1)]).await;
    let [old, new] = [11, 12].map(|n| member(n, &[(1, server.address())]));
    for member in [&old, &new] {
        connected(member, &[1]).await;
        // Both keys of a node are let in while it changes from one to the other.
        ask(member, 1).await.unwrap();
    }
    server.admit(guests(&[(12, 1)])).await;
    assert!(ask(&old, 1).await.is_err());
    ask(&new, 1).await.unwrap();
    assert_eq!(answers.asked_by(1), 3);
    until("the end of the old connection", || server.figures().connected == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_request_ends_the_connection() {
    let valid = codec::encode(&plain().0);
    let keys = vec![ledger::StateKey::Params; MAX_IDS + 1];
    let garbage = [
        (MAX_REQUEST_BYTES as u32 + 1).to_be_bytes().to_vec(),
        u32::MAX.to_be_bytes().to_vec(),
        framed(&[]),
        framed(&[0xff; 64]),
        framed(&[&valid[..], &[0]].concat()),
        framed(&codec::encode(&access::Request::Records { keys })),
    ];
    let nodes: Vec<(u8, u8)> = (0..garbage.len() as u8).map(|n| (100 + n, 100 + n)).collect();
    let (server, answers) = agency(1, &[&nodes[..], &[(11, 1)]].concat()).await;
    let member = member(11, &[(1, server.address())]);
    connected(&member, &[1]).await;
    for ((n, _), bytes) in nodes.iter().zip(garbage) {
        let shown = bytes[..bytes.len().min(8)].to_vec();
        let stranger = Stranger::new(*n, server.address(), bytes, None);
        let heard = meanwhile(&member, 1, within("the end of its connection", stranger.knock(1))).await.heard();
        assert_eq!(heard.load(Ordering::Relaxed), 0, "{shown:?}");
        assert_eq!(answers.asked_by(*n), 0, "{shown:?}");
    }
    assert!(server.figures().refused >= nodes.len() as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_slowly_is_cut_off_while_others_are_served() {
    let (server, answers) = agency(1, &[(11, 1), (100, 2)]).await;
    let member = member(11, &[(1, server.address())]);
    connected(&member, &[1]).await;
    let long = framed(&codec::encode(&bundle(false)));
    let mut slow = Stranger::new(100, server.address(), long, Some(Duration::from_secs(1)));
    slow.dial();
    let reading = tokio::spawn(async move {
        loop {
            slow.step().await;
        }
    });
    until("the request", || answers.asked_by(2) == 1).await;
    let begun = Instant::now();
    meanwhile(&member, 1, until("the cut", || server.figures().untaken >= 1)).await;
    let took = begun.elapsed();
    let time = ANSWER_TIME + MAX_WAIT;
    assert!(took + Duration::from_secs(2) > time && took < time + Duration::from_secs(15), "{took:?}");
    assert!(!reading.is_finished());
    reading.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_one_agency_is_gone_the_next_is_asked_and_it_comes_back() {
    let (first, stuck_answers) = agency(1, &[(11, 1)]).await;
    let (second, _) = agency(2, &[(11, 1)]).await;
    let address = first.address();
    let member = member(11, &[(1, address), (2, second.address())]);
    connected(&member, &[1, 2]).await;
    let asking = tokio::spawn({
        let member = member.clone();
        async move { member.ask(peer(1), stuck()).await }
    });
    until("the request", || stuck_answers.asked_by(1) == 1).await;
    let begun = Instant::now();
    first.end().await;
    assert_eq!(within("a refusal", asking).await.unwrap(), Err(AskError::Refused));
    ask(&member, 2).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    connected(&member, &[2]).await;
    stuck_answers.open();
    let (_first, answers) = agency_at(1, &[(11, 1)], address).await;
    connected(&member, &[1, 2]).await;
    assert_eq!(within("a head", member.ask(peer(1), head(0, 0))).await, Ok(Response::Noted));
    assert_eq!(answers.asked_by(1), 1);
}
