//! What a member's node tells over HTTP.

use super::world::{Who, World, serving};
use crate::member::tests::{Folder, HONEST, Nodes, member, register, round};
use api::tx::{TxState, TxStatus};
use ledger::{Timestamp, TxId};
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
