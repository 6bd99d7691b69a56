//! What a member's node tells over HTTP.

use super::world::{Who, World, serving};
use crate::member::tests::{Folder, HONEST, Manner, NODES, Nodes, commit, member, register, round, until_has};
use ::access::PeerKey;
use api::tx::{TxState, TxStatus};
use ledger::{StateKey, Timestamp, TxId};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_up_is_told_as_expired_also_after_a_start() {
    let mut world = World::start().await;
    let (nodes, home) = (Nodes::over(&world, register(&world, 1, Who::A).await), Folder::new());
    let tx = world.handover(2, "ONCE", Who::A, Who::B);
    {
        let mut member = member(&world, home.path(), Who::A.org(), &nodes);
        round(&mut member, HONEST).await.unwrap();
        member.handle.submit(tx.to_bytes()).await.unwrap();
        member.way.outbox.settle(&BTreeSet::new(), Timestamp(u64::MAX)).unwrap();
    }
    let member = member(&world, home.path(), Who::A.org(), &nodes);
    world.address = serving(member.handle.clone()).await;
    let token = world.login(Who::A).await;
    // Nobody waits for what is over.
    let (given_up, other) = (tx.body.id(), TxId::default());
    for (id, query, expect) in [
        (given_up, "", TxState::Expired),
        (given_up, "?wait=committed&timeout_ms=60000", TxState::Expired),
        (other, "", TxState::Unknown),
    ] {
        let status: TxStatus = world.get(&format!("/v1/tx/{id}{query}"), Some(&token)).await.ok();
        assert_eq!((status.status, status.height), (expect, None), "{id}{query}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_read_says_as_of_which_height_it_is() {
    let mut world = World::start().await;
    let (nodes, home) = (Nodes::over(&world, register(&world, 1, Who::A).await), Folder::new());
    let mut member = member(&world, home.path(), Who::A.org(), &nodes);
    round(&mut member, HONEST).await.unwrap();
    let (item, _) = world.item(Who::A, "ONCE");
    let (of_bundle, _) = member.way.fetch.bundle(&item).unwrap().unwrap();
    let tx = world.handover(2, "TWICE", Who::A, Who::B);
    commit(&world, tx.clone()).await;
    until_has(&mut member, HONEST, &tx.body.id()).await;
    let (org, key, id) = (Who::A.org(), Who::A.key(), tx.body.id());
    let head = member.way.state.borrow().head.unwrap().height;
    let of_key = member.handle.store.view().unwrap().as_of(&StateKey::Key(key)).unwrap().unwrap();
    assert!(of_bundle < head && of_key < head);

    let header = "hufu-as-of";
    let token = world.login(Who::A).await;
    assert_eq!(world.get(&format!("/v1/items/{item}"), Some(&token)).await.header(header), None, "an agency's node");
    // No agency can be reached from here on.
    NODES.iter().for_each(|seed| nodes.set(PeerKey([*seed; 32]), Manner::Away));
    world.address = serving(member.handle.clone()).await;
    let token = world.login(Who::A).await;
    for (path, expect) in [
        ("/v1/items".to_owned(), Some(head)),
        (format!("/v1/items/{item}"), Some(head)),
        (format!("/v1/items/{item}/events"), Some(head)),
        (format!("/v1/items/{item}/bundle"), Some(of_bundle)),
        ("/v1/holds".to_owned(), Some(head)),
        ("/v1/permits".to_owned(), Some(head)),
        ("/v1/duties".to_owned(), Some(head)),
        ("/v1/proposals".to_owned(), Some(head)),
        ("/v1/alerts".to_owned(), Some(head)),
        ("/v1/registries/premises".to_owned(), Some(head)),
        (format!("/v1/orgs/{org}"), Some(head)),
        (format!("/v1/orgs/{org}/keys"), Some(head)),
        (format!("/v1/orgs/{org}/feed"), Some(head)),
        (format!("/v1/keys/{key}"), Some(of_key)),
        (format!("/v1/tx/{id}"), Some(head)),
        ("/v1/network".to_owned(), Some(head)),
        // What tells of the node itself.
        ("/v1/status".to_owned(), None),
        ("/livez".to_owned(), None),
    ] {
        let answer = world.get(&path, Some(&token)).await;
        let expect = expect.map(|height| height.to_string());
        assert_eq!((answer.status, answer.header(header)), (200, expect.as_deref()), "{path}");
    }
    // So does what is not there.
    let absent = world.get(&format!("/v1/items/{}", "ab".repeat(32)), Some(&token)).await;
    assert_eq!((absent.status, absent.header(header)), (404, Some(head.to_string().as_str())));
    world.end().await;
}
