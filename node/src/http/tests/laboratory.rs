//! A laboratory reads what waits for its test, from when it waits on, and nothing else of it.

use super::{
    failure,
    refusals::{done, register, slot},
    world::{Who, World, code, server_of, signed},
};
use crate::{
    http::{Shared, sight::Sight},
    member::tests::{self, Folder, HONEST, Nodes, member, round},
};
use api::{
    paths,
    view::{ItemView, Page},
};
use axum::http::Uri;
use custody::visibility::Reader;
use keys::KeyPair;
use ledger::{
    Hash, ItemId, Operation, PersonId, Role, SignedTx, list,
    operation::{Entry, EntryBody, EntryList, InspectionResult},
    record::Roles,
};

/// Entries of an operation over one item.
pub(super) fn only(item: ItemId) -> (Vec<Entry>, EntryList) {
    let entry = Entry { salt: [7; 16], body: EntryBody::Item(item) };
    let list = EntryList { count: 1, root: list::root(&[entry.hash()]) };
    (vec![entry], list)
}

fn inspected(world: &World, salt: u8, item: ItemId, result: InspectionResult) -> SignedTx {
    let (entries, list) = only(item);
    let inspect = Operation::Inspect { list, result, video: None, private: None };
    SignedTx { entries, ..world.tx(salt, inspect, &[(Who::Customs, Role::Officer)]) }
}

/// A declared item of firm A, and the officer's token.
async fn declared(world: &World, customs: &str) -> ItemId {
    let tx = register(world, 1);
    done(world, customs, &tx).await;
    let item = ItemId::of(&world.handle.network, &tx.body.id(), 0);
    let (entries, list) = only(item);
    let declare = Operation::Declare { list, exempt: false, private: None };
    let tx = SignedTx { entries, ..world.tx(70, declare, &[(Who::A, Role::Declarant)]) };
    done(world, customs, &tx).await;
    item
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_laboratory_reads_what_it_is_to_test_and_keeps_what_it_tested() {
    let world = World::start().await;
    let [customs, b, lab] = [world.login(Who::Customs).await, world.login(Who::B).await, world.login(Who::Lab).await];
    let item = declared(&world, &customs).await;
    let path = format!("/v1/items/{item}");
    assert_eq!(world.get(&path, Some(&lab)).await.failure(), failure(404, "H7004"));

    done(&world, &customs, &inspected(&world, 71, item, InspectionResult::TestPending)).await;
    for end in ["", "/events", "/bundle"] {
        assert_eq!(world.get(&format!("{path}{end}"), Some(&lab)).await.status, 200, "{end}");
        assert_eq!(world.get(&format!("{path}{end}"), Some(&b)).await.status, 404, "{end}");
    }
    let waiting: Page<ItemView> = world.get("/v1/items?state=test-pending", Some(&lab)).await.ok();
    assert_eq!(waiting.items.len(), 1);

    // Its tester signs with it.
    let (tester, org) = (KeyPair::from_seed(&[72; 32]), Who::Lab.org());
    let (person, roles) = (PersonId(Hash([72; 32])), Roles::of(&[Role::Tester]));
    let claim = keys::claim(&tester, &world.handle.network, &org, person, Hash::default(), roles);
    let key = world.tx(72, Operation::RegisterKey { org, claim }, &[(Who::Lab, Role::Administrator)]);
    done(&world, &customs, &key).await;
    let (entries, list) = only(item);
    let test = Operation::Test { list, passed: true, report: Hash([9; 32]) };
    let slots = vec![Who::Lab.slot(Role::Laboratory), slot(&tester, org, Role::Tester)];
    let tx = signed(world.body(73, test, slots), &[Who::Lab.pair(), tester]);
    done(&world, &customs, &SignedTx { entries, ..tx }).await;
    assert_eq!(world.get(&path, Some(&lab)).await.status, 200, "it is a party now");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_no_more_is_hidden_again_from_who_tested_nothing() {
    let world = World::start().await;
    let (customs, lab) = (world.login(Who::Customs).await, world.login(Who::Lab).await);
    let item = declared(&world, &customs).await;
    let path = format!("/v1/items/{item}");
    done(&world, &customs, &inspected(&world, 71, item, InspectionResult::TestPending)).await;
    assert_eq!(world.get(&path, Some(&lab)).await.status, 200);
    // Where no laboratories are listed, Customs may pass it by itself.
    done(&world, &customs, &inspected(&world, 74, item, InspectionResult::Passed)).await;
    assert_eq!(world.get(&path, Some(&lab)).await.failure(), failure(404, "H7004"));
    world.end().await;
}

/// Whether a node shows an item, once somebody has asked for a path.
async fn shows(server: &Shared, reader: &Reader, path: &str, item: &ItemId) -> bool {
    let uri: Uri = path.parse().unwrap();
    server.ensure(paths::ITEM, &uri).await.unwrap();
    Sight::new(server, reader).item(item).unwrap().is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_node_of_a_laboratory_finds_what_it_is_to_test_when_its_people_ask() {
    let world = World::start().await;
    let customs = world.login(Who::Customs).await;
    let item = declared(&world, &customs).await;
    let mut asking = Vec::new();
    for (salt, who, reader) in
        [(90, Who::Lab, Reader::Laboratory(Who::Lab.org())), (91, Who::B, Reader::Member(Who::B.org()))]
    {
        let nodes = Nodes::over(&world, tests::register(&world, salt, who).await);
        for path in [format!("/v1/items/{item}"), format!("/v1/items/{}", code("NEW"))] {
            let home = Folder::new();
            let mut member = member(&world, home.path(), who.org(), &nodes);
            round(&mut member, HONEST).await.unwrap();
            asking.push((who, reader, path, server_of(member.handle.clone()), home));
        }
    }
    for (who, reader, path, server, _) in &asking {
        assert!(!shows(server, reader, path, &item).await, "{who:?} {path}: it waits for no test");
    }
    done(&world, &customs, &inspected(&world, 71, item, InspectionResult::TestPending)).await;
    for (who, reader, path, server, _) in &asking {
        assert_eq!(shows(server, reader, path, &item).await, *who == Who::Lab, "{who:?} {path}");
    }
    world.end().await;
}
