//! A feed that is longer than what is held of it at a time.

use super::{Folder, HONEST, Nodes, World, feed_of, member, register, round};
use crate::{
    http::tests::world::Who,
    member::{
        Kept,
        links::{Bound, Links, PORTION},
        runtime::Member,
    },
};
use ledger::{ItemRecord, StateKey, StateRead, TxId};
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
fn narrow(world: &World, home: &Folder, nodes: &std::sync::Arc<Nodes>) -> Member {
    let mut member = member(world, home.path(), Who::A.org(), nodes);
    member.follower.links = Links::new(Bound { links: 1, ..PORTION });
    member
}

/// Rounds until all is here.
async fn finish(world: &World, member: &mut Member) {
    let due = feed_of(world, Who::A);
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
        let mut member = narrow(&world, &home, &nodes);
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
    let mut member = narrow(&world, &home, &nodes);
    assert_eq!(upto(&member), 2);
    finish(&world, &mut member).await;
    assert_eq!(proven(&world, &member), due);
    // While later ones come, what is proven is as it was.
    sent.extend(traffic(&world, 6..9).await);
    let more = feed_of(&world, Who::A).count - due;
    for _ in 0..=more {
        round(&mut member, HONEST).await.unwrap();
    }
    assert_eq!((upto(&member), proven(&world, &member)), (due + 1, due));
    finish(&world, &mut member).await;
    assert_eq!(proven(&world, &member), due + more);
    for tx in &sent {
        assert!(member.handle.store.tx(tx).unwrap().is_some(), "{tx}");
    }
    assert_eq!(feed_of(&world, Who::A).count, due + more);
    world.end().await;
}
