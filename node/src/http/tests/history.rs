//! Paths of blocks into the history that a later header holds.

use super::{
    failure,
    world::{Who, World},
};
use api::network::HistoryView;
use ledger::{Hash, codec, list};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_place_of_a_block_is_proved_by_a_later_header() {
    let world = World::start().await;
    let a = world.login(Who::A).await;
    // As soon as four blocks are told of, the first three are below the last.
    world.follow(&a, Some(0), 4).await;
    let store = &world.handle.store;
    for size in 1..=3 {
        for height in 1..=size {
            let path = format!("/v1/blocks/{height}/history?size={size}");
            let view: HistoryView = world.get(&path, Some(&a)).await.ok();
            let block = store.header(height).unwrap().unwrap().id();
            assert_eq!((view.schema.as_str(), view.height, view.size), ("hufu.history/1", height, size));
            assert_eq!(view.block, block.to_string());
            let path: Vec<Hash> = codec::decode(&api::bytes::decode(&view.path).unwrap(), 2_000).unwrap();
            let root = list::root_of_path(size, height - 1, &block.0, &path);
            assert_eq!(root, Some(store.header(size + 1).unwrap().unwrap().history), "{height} of {size}");
        }
    }
    let view: HistoryView = world.get("/v1/blocks/1/history", Some(&a)).await.ok();
    assert!(view.size >= 3, "{view:?}");
    for (path, status, code) in [
        ("/v1/blocks/3/history?size=2", 404, "H7004"),
        ("/v1/blocks/1/history?size=0", 404, "H7004"),
        ("/v1/blocks/0/history", 404, "H7004"),
        ("/v1/blocks/latest/history", 404, "H7004"),
        ("/v1/blocks/-1/history", 404, "H7004"),
        ("/v1/blocks/1/history?size=1000000000", 400, "H1412"),
        ("/v1/blocks/1/history?size=x", 400, "H1413"),
        ("/v1/blocks/1/history?sizes=1", 400, "H1413"),
    ] {
        assert_eq!(world.get(path, Some(&a)).await.failure(), failure(status, code), "{path}");
    }
    world.end().await;
}
