//! Asking and being asked.

mod common;

use access::limits::*;
use access::wire::Refusal;
use access::{AskError, DocumentRequest, DocumentResponse, Request, Response};
use common::*;
use ledger::DocumentId;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_is_answered_on_both_protocols() {
    let (server, answers) = agency(1, &[(11, 1)]).await;
    let member = member(11, &[(1, server.address())]);
    connected(&member, &[1]).await;
    assert_eq!(member.connected(), [peer(1)]);
    ask(&member, 1).await.unwrap();
    // Whose node asks is told to whoever answers.
    let expected = Response::failure("H7125", &peer(11).to_string(), 0);
    assert_eq!(member.ask(peer(1), Request::Links { from: 1, limit: 1 }).await, Ok(expected));
    let piece = member.document(peer(1), DocumentRequest::Get { id: DocumentId::default(), piece: 0 }).await;
    assert!(matches!(piece, Ok(DocumentResponse::Piece { bytes, .. }) if bytes.len() == MAX_PIECE_BYTES));
    let file = within("a long file", member.ask(peer(1), bundle(false))).await;
    assert_eq!(file, Ok(Response::File { bytes: vec![7; LONG] }));
    assert_eq!(answers.asked_by(1), 4);
    // What is too long is said so, at either end.
    let too_long = within("a refusal", member.ask(peer(1), bundle(true))).await.unwrap();
    assert_eq!(refusal(&too_long), Some(("H7124", 0)));
    let submit = Request::Submit { tx: vec![0; ledger::bounds::MAX_TX_BYTES + 1] };
    assert_eq!(member.ask(peer(1), submit).await, Err(AskError::TooLarge));
    assert_eq!(member.ask(peer(2), plain().0).await, Err(AskError::NotConnected));
    let figures = server.figures();
    assert_eq!((figures.connected, figures.requests, figures.refused), (1, 5, 0));
    assert!(figures.bytes_out > LONG as u64 && figures.bytes_in > 0);
    server.end().await;
    connected(&member, &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_waits_for_news_and_holds_up_nothing() {
    let (server, answers) = agency(1, &[(11, 1)]).await;
    let member = member(11, &[(1, server.address())]);
    connected(&member, &[1]).await;
    let begun = Instant::now();
    assert_eq!(within("a head", member.ask(peer(1), head(0, 10_000))).await, Ok(Response::Noted));
    assert_eq!(within("a head", member.ask(peer(1), head(1, 0))).await, Ok(Response::Noted));
    // Without news it comes after its time.
    assert_eq!(within("a head", member.ask(peer(1), head(1, 300))).await, Ok(Response::Noted));
    assert!(begun.elapsed() >= Duration::from_millis(300));
    let waiting = tokio::spawn({
        let member = member.clone();
        async move { member.ask(peer(1), head(1, u32::MAX)).await }
    });
    let before = answers.asked_by(1);
    until("the waiting one", || server.figures().requests == 4).await;
    for _ in 0..20 {
        ask(&member, 1).await.unwrap();
    }
    let second = member.ask(peer(1), head(1, 5_000)).await.unwrap();
    assert_eq!(refusal(&second).map(|(code, _)| code), Some("H7123"));
    assert_eq!(answers.asked_by(1), before + 20, "it waits still");
    answers.tip.send_replace(2);
    assert_eq!(within("the news", waiting).await.unwrap(), Ok(Response::Noted));
    // The place is free again.
    assert_eq!(within("a head", member.ask(peer(1), head(1, 5_000))).await, Ok(Response::Noted));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_for_news_that_ends_in_a_panic_gives_back_its_place() {
    let (server, _) = agency(1, &[(11, 1)]).await;
    let member = member(11, &[(1, server.address())]);
    connected(&member, &[1]).await;
    for n in 0..=MAX_REQUESTS_OF_ORG {
        let asked = within("the end", member.ask(peer(1), head(FATAL, 10_000))).await;
        assert_eq!(asked, Err(AskError::Refused), "request {n}");
    }
    ask(&member, 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hangs_up_and_comes_back_has_no_more_answers_made() {
    let (server, answers) = agency(1, &[(11, 1), (21, 2)]).await;
    for round in 1..=2 {
        let member = member(11, &[(1, server.address())]);
        connected(&member, &[1]).await;
        let mut asking = JoinSet::new();
        for _ in 0..MAX_REQUESTS_OF_CONNECTION {
            let member = member.clone();
            asking.spawn(async move { member.ask(peer(1), stuck()).await });
        }
        until("the requests", || server.figures().requests == (round * MAX_REQUESTS_OF_CONNECTION) as u64).await;
        drop((member, asking));
        until("the end of the connection", || server.figures().connected == 0).await;
    }
    let [back, other] = [11, 21].map(|n| member(n, &[(1, server.address())]));
    for member in [&back, &other] {
        connected(member, &[1]).await;
    }
    let refused = within("a refusal", back.ask(peer(1), plain().0)).await.unwrap();
    assert_eq!(refusal(&refused).map(|(code, _)| code), Some("H7123"));
    answers.open();
    ask(&other, 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_quota_is_of_the_organisation_and_a_transaction_is_no_request() {
    let (server, _) = agency(1, &[(11, 1), (12, 1), (21, 2)]).await;
    let [one, two, other] = [11, 12, 21].map(|n| member(n, &[(1, server.address())]));
    for member in [&one, &two, &other] {
        connected(member, &[1]).await;
    }
    let mut asking = JoinSet::new();
    for n in 0..8 {
        let member = if n % 2 == 0 { one.clone() } else { two.clone() };
        asking.spawn(async move {
            for asked in 0..10 * REQUEST_RATE.0 {
                let answer = member.ask(peer(1), plain().0).await.unwrap();
                if let Some((code, retry_ms)) = refusal(&answer) {
                    assert_eq!(code, "H7123");
                    assert!((1..=MAX_RETRY_MS).contains(&retry_ms), "{retry_ms}");
                    return asked;
                }
            }
            panic!("it may ask for ever");
        });
    }
    let asked: u32 = within("the end of the quota", asking.join_all()).await.iter().sum();
    assert!(asked >= REQUEST_RATE.0, "{asked}");
    ask(&other, 1).await.unwrap();
    let submitted = one.ask(peer(1), Request::Submit { tx: vec![] }).await.unwrap();
    assert!(matches!(submitted, Response::Submitted { .. }), "{submitted:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_a_place_says_so_and_answers_the_others() {
    const ORGS: u8 = 5;
    let nodes: Vec<(u8, u8)> = (0..2 * ORGS).map(|n| (11 + n, 1 + n / 2)).collect();
    let (server, answers) = agency(1, &nodes).await;
    let members: Vec<_> = nodes.iter().map(|(n, _)| member(*n, &[(1, server.address())])).collect();
    let mut asking = JoinSet::new();
    for member in members {
        connected(&member, &[1]).await;
        for _ in 0..MAX_REQUESTS_OF_CONNECTION {
            let member = member.clone();
            asking.spawn(async move { member.ask(peer(1), stuck()).await.unwrap() });
        }
    }
    let places = MAX_ANSWERING + MAX_WAITING;
    let beyond = nodes.len() * MAX_REQUESTS_OF_CONNECTION - places;
    assert!(beyond > 0);
    for _ in 0..beyond {
        let busy = within("a refusal", asking.join_next()).await.unwrap().unwrap();
        assert_eq!(refusal(&busy), Some(("H7129", BUSY_RETRY.as_millis() as u32 + 1)));
    }
    answers.open();
    for _ in 0..places {
        let answer = within("an answer", asking.join_next()).await.unwrap().unwrap();
        assert_eq!(answer, Response::Noted);
    }
    assert!(asking.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_are_dropped_from_the_list_are_left() {
    let (first, _) = agency(1, &[(11, 1)]).await;
    let (second, _) = agency(2, &[(11, 1)]).await;
    let member = member(11, &[(1, first.address()), (2, second.address())]);
    connected(&member, &[1, 2]).await;
    let keep = access::Peer { key: peer(2), address: Some(second.address()) };
    member.dial(vec![keep, access::Peer { key: peer(3), address: None }, keep]).await;
    connected(&member, &[2]).await;
    assert_eq!(member.ask(peer(1), plain().0).await, Err(AskError::NotConnected));
    ask(&member, 2).await.unwrap();
    until("the end of the connection", || first.figures().connected == 0).await;
}
