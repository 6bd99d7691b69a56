//! A feed that is longer than what is held of it at a time.

use super::{Folder, HONEST, NODES, Nodes, World, feed_of, member, register, round};
use crate::{
    http::tests::world::Who,
    member::{
        Kept,
        agencies::Unanswered,
        links::{Bound, Links, PORTION},
        proven::End,
        runtime::Member,
    },
};
use ledger::{ItemRecord, Operation, Role, StateKey, StateRead, TxId};
use proof::{Options, Standing, TrustRoot, feed};

/// Hands an item over, to and fro, so many times.
async fn traffic(world: &World, salts: std::ops::Range<u8>) -> Vec<TxId> {
    let (item, _) = world.item(Who::A, "ONCE");
    let mut sent = Vec::new();
    for salt in salts {
        let record: ItemRecord = world.handle.store.record(&StateKey::Item(item)).unwrap().unwrap();
        let is_own = record.custodian == Who::A.org();
        let (giver, receiver) = if is_own { (Who::A, Who::B) } else { (Who::B, Who::A) };
        let tx = world.handover_of(salt, item, giver, receiver);
        sent.push(tx.body.id());
        super::commit(world, tx).await;
    }
    sent
}

fn upto(member: &Member) -> u64 {
    member.follower.keeper.upto().unwrap().count
}

/// How many links the file of the feed proves.
fn proven(world: &World, member: &Member) -> u64 {
    let kept = Kept::of(member.way.fetch.keeper()).unwrap().unwrap();
    let file = feed::assemble(&kept, &Who::A.org(), 1, kept.certified.header.height).unwrap().to_json();
    let trust = TrustRoot::from_genesis(&world.genesis).unwrap();
    let verdict = feed::verify(&file, Some(&trust), Options { allow_test: true, ..Options::default() });
    assert_eq!(verdict.head.verdict, Standing::Valid, "{:?}", verdict.head.failure);
    verdict.links
}

/// A node that holds one link at a time.
fn narrow(world: &World, home: &Folder, nodes: &std::sync::Arc<Nodes>, who: Who) -> Member {
    let mut member = member(world, home.path(), who.org(), nodes);
    member.follower.links = Links::new(Bound { links: 1, ..PORTION });
    member
}

/// Rounds until all is here.
async fn finish(world: &World, member: &mut Member, who: Who) {
    let due = feed_of(world, who);
    while member.follower.keeper.upto().unwrap() != due {
        round(member, HONEST).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_links_than_are_held_come_in_portions_and_each_is_kept() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let mut sent = traffic(&world, 2..6).await;
    let due = feed_of(&world, Who::A).count;
    assert!(due > 3);
    {
        let mut member = narrow(&world, &home, &nodes, Who::A);
        // They are read on to the record that proves them; nothing is kept before.
        for _ in 0..due {
            round(&mut member, HONEST).await.unwrap();
            assert_eq!(upto(&member), 0);
        }
        for count in 1..3 {
            round(&mut member, HONEST).await.unwrap();
            assert_eq!(upto(&member), count);
        }
    }
    // What was kept is here after a start, and what is not comes.
    let mut member = narrow(&world, &home, &nodes, Who::A);
    assert_eq!(upto(&member), 2);
    finish(&world, &mut member, Who::A).await;
    assert_eq!(proven(&world, &member), due);
    // While later ones come, what is proven is as it was.
    sent.extend(traffic(&world, 6..9).await);
    let more = feed_of(&world, Who::A).count - due;
    for _ in 0..=more {
        round(&mut member, HONEST).await.unwrap();
    }
    assert_eq!((upto(&member), proven(&world, &member)), (due + 1, due));
    finish(&world, &mut member, Who::A).await;
    assert_eq!(proven(&world, &member), due + more);
    for tx in &sent {
        assert!(member.handle.store.tx(tx).unwrap().is_some(), "{tx}");
    }
    assert_eq!(feed_of(&world, Who::A).count, due + more);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_is_as_of_the_last_link_of_its_portion_and_comes_with_a_later_one_that_shares_it() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::B).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let (item, _) = world.item(Who::A, "ONCE");
    let key = StateKey::Item(item);
    super::commit(&world, world.handover_of(2, item, Who::A, Who::B)).await;
    let mut member = narrow(&world, &home, &nodes, Who::B);
    finish(&world, &mut member, Who::B).await;
    let before = upto(&member);
    // It leaves B; what becomes of it then is not told to B, until it is shared with B.
    super::commit(&world, world.handover_of(3, item, Who::B, Who::A)).await;
    let left = feed_of(&world, Who::B);
    super::commit(&world, world.handover_of(4, item, Who::A, Who::C)).await;
    let until = world.handle.clock.now().plus_ms(3_600_000);
    let share = Operation::Share { item, with: Who::B.org(), until };
    super::commit(&world, world.tx(5, share, &[(Who::C, Role::Custodian)])).await;
    assert_eq!((left.count, feed_of(&world, Who::B).count), (before + 1, before + 2));
    while upto(&member) == before {
        round(&mut member, HONEST).await.unwrap();
    }
    assert_eq!(member.follower.keeper.upto().unwrap(), left);
    assert_eq!(member.handle.store.view().unwrap().as_of(&key).unwrap(), Some(left.height));
    finish(&world, &mut member, Who::B).await;
    let record = |store: &store::Store| store.record::<ItemRecord>(&key).unwrap();
    assert_eq!(record(&member.handle.store), record(&world.handle.store));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_gives_is_not_asked_for_again_after_a_round_that_broke_off() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::B).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    // Two items come to B and leave it: nobody gives B's node their bundles.
    for (salt, lot) in [(2, "ONCE"), (4, "TWICE")] {
        let (item, _) = world.item(Who::A, lot);
        super::commit(&world, world.handover_of(salt, item, Who::A, Who::B)).await;
        super::commit(&world, world.handover_of(salt + 1, item, Who::B, Who::A)).await;
    }
    let mut member = member(&world, home.path(), Who::B.org(), &nodes);
    // Each costs the word of the node of the round, and of all.
    let of_one = 1 + NODES.len();
    nodes.limit_bundles(of_one);
    let why = round(&mut member, HONEST).await.unwrap_err();
    assert!(matches!(why, End::Unanswered(Unanswered::Offline)), "{why:?}");
    assert_eq!(upto(&member), 0);
    nodes.limit_bundles(of_one);
    round(&mut member, HONEST).await.unwrap();
    assert_eq!(member.follower.keeper.upto().unwrap(), feed_of(&world, Who::B));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_follows_from_a_transaction_follows_also_after_a_round_that_broke_off_behind_it() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::B).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let (item, _) = world.item(Who::A, "ONCE");
    super::commit(&world, world.handover_of(2, item, Who::A, Who::B)).await;
    let mut member = member(&world, home.path(), Who::B.org(), &nodes);
    round(&mut member, HONEST).await.unwrap();
    for (salt, giver, receiver) in [(3, Who::B, Who::A), (4, Who::A, Who::C)] {
        super::commit(&world, world.handover_of(salt, item, giver, receiver)).await;
    }
    let until = world.handle.clock.now().plus_ms(3_600_000);
    let share = Operation::Share { item, with: Who::B.org(), until };
    let share = world.tx(5, share, &[(Who::C, Role::Custodian)]);
    super::commit(&world, share.clone()).await;
    nodes.limit_bundles(0);
    let why = round(&mut member, HONEST).await.unwrap_err();
    assert!(matches!(why, End::Unanswered(Unanswered::Offline)), "{why:?}");
    assert!(member.handle.store.tx(&share.body.id()).unwrap().is_some());
    nodes.limit_bundles(usize::MAX);
    round(&mut member, HONEST).await.unwrap();
    let record = |store: &store::Store| store.record::<ItemRecord>(&StateKey::Item(item)).unwrap();
    assert_eq!(record(&member.handle.store), record(&world.handle.store));
    world.end().await;
}
