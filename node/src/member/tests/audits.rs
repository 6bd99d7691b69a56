//! The organisation's own lists, as one node after the other gives them.

use super::{Folder, HONEST, LIAR, Nodes, World, member, register, round, until_has, world::Manner};
use crate::{
    http::tests::world::Who,
    member::{lists::LISTS, runtime::Member, watch},
};
use ::access::{Request, wire::Fault};
use ledger::{StateKey, StateRead};

/// Asks for as many lists as so many nodes give.
async fn lists_of(nodes: usize, member: &mut Member) {
    for _ in 0..nodes * LISTS.len() {
        member.audit.next().await;
    }
}

fn named(member: &Member) -> Vec<(String, String)> {
    member.way.agencies.alerts().iter().map(|alert| (alert.node.clone(), alert.kind.clone())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_node_leaves_out_of_a_list_comes_from_another_and_the_node_is_named() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    nodes.set(LIAR, Manner::ShortLists);
    let mut member = member(&world, home.path(), Who::A.org(), &nodes);
    round(&mut member, LIAR).await.unwrap();
    let own = StateKey::Key(Who::A.key());
    assert_eq!(member.handle.store.read(&own).unwrap(), None);
    // An honest node has it; whoever is asked next gives it.
    lists_of(1, &mut member).await;
    round(&mut member, LIAR).await.unwrap();
    assert_eq!(member.handle.store.read(&own).unwrap(), world.handle.store.read(&own).unwrap());
    assert!(named(&member).is_empty(), "{:?}", named(&member));
    // The other two, of whom the last is the liar.
    lists_of(2, &mut member).await;
    assert_eq!(named(&member), [("agency-13".to_owned(), watch::name(Fault::Feed).to_owned())]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_not_come_to_a_record_yet_is_not_named_for_it() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let head = Request::Head { known: 0, block: Default::default(), links: 0, brief: true, wait_ms: 0 };
    nodes.set(LIAR, Manner::Lags(Box::new(nodes.answer(head))));
    let handover = world.handover(2, "ONCE", Who::A, Who::B);
    super::commit(&world, handover.clone()).await;
    let mut member = member(&world, home.path(), Who::A.org(), &nodes);
    until_has(&mut member, HONEST, &handover.body.id()).await;
    let own = StateKey::Key(Who::A.key());
    assert!(member.handle.store.read(&own).unwrap().is_some());
    lists_of(3, &mut member).await;
    assert!(named(&member).is_empty(), "{:?}", named(&member));
    world.end().await;
}
