//! Files that strangers judge, from a node: who gets them, and that they hold.

use super::{
    committed, failure,
    world::{GTIN, Who, World, code},
};
use api::{
    network::EvidenceView,
    tx::{TxAccepted, TxState},
    view::Page,
};
use proof::{FileVerdict, Options, Standing, verify_file};
use std::sync::Arc;
use store::Archive;

fn judged(world: &World, bytes: &[u8]) -> FileVerdict {
    verify_file(bytes, Some(&world.handle.trust), Options { allow_test: true, ..Options::default() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_firm_and_those_who_supervise_it_get_its_feed() {
    let world = World::start().await;
    let [customs, a, b] = [world.login(Who::Customs).await, world.login(Who::A).await, world.login(Who::B).await];
    let path = |who: Who| format!("/v1/orgs/{}/feed", who.org());
    let before = world.get(&path(Who::A), Some(&a)).await;
    let FileVerdict::Feed(verdict) = judged(&world, &before.body) else { panic!("{}", before.text()) };
    assert_eq!((verdict.head.verdict, verdict.links), (Standing::Valid, 0), "{:?}", verdict.head.failure);
    let tx = world.handover(1, "ONCE", Who::A, Who::B);
    let rival = world.handover(2, "ONCE", Who::A, Who::C);
    let taken: TxAccepted = world.post("/v1/tx", None, &tx.to_bytes()).await.ok();
    let height = committed(&world, &b, &taken.id).await.height.unwrap();
    let lost: TxAccepted = world.post("/v1/tx", None, &rival.to_bytes()).await.ok();
    let refused = committed(&world, &a, &lost.id).await;
    assert_eq!(refused.status, TxState::Refused);
    for (token, who, status) in [(&customs, Who::A, 200), (&a, Who::A, 200), (&b, Who::A, 403), (&b, Who::B, 200)] {
        assert_eq!(world.get(&path(who), Some(token)).await.status, status);
    }
    assert_eq!(world.get(&path(Who::A), Some(&b)).await.failure(), failure(403, "H4301"));
    let links = |range: String| {
        let path = format!("{}?{range}", path(Who::A));
        let (world, customs) = (&world, &customs);
        async move {
            let answer = world.get(&path, Some(customs)).await;
            let FileVerdict::Feed(verdict) = judged(world, &answer.body) else { panic!("{}", answer.text()) };
            assert_eq!(verdict.head.verdict, Standing::Valid, "{:?}", verdict.head.failure);
            assert_eq!(verdict.org, Some(Who::A.org().to_string()));
            (verdict.links, verdict.entries, verdict.events)
        }
    };
    assert_eq!(links("from=1".into()).await, (2, 2, 1));
    assert_eq!(links(format!("from={height}&to={height}")).await, (1, 1, 1));
    assert_eq!(links(format!("from={}", height + 1)).await, (1, 1, 0));
    assert_eq!(links(format!("to={}", height - 1)).await, (0, 0, 0));
    for (query, code) in [("from=9&to=8", "H1413"), ("to=1000000", "H1413"), ("from=x", "H1413"), ("since=1", "H1413")]
    {
        let asked = format!("{}?{query}", path(Who::A));
        assert_eq!(world.get(&asked, Some(&customs)).await.failure(), failure(400, code), "{query}");
    }
    let nobody = format!("/v1/orgs/{}/feed", "ab".repeat(32));
    assert_eq!(world.get(&nobody, Some(&customs)).await.failure(), failure(404, "H7004"));
    assert_eq!(world.get("/v1/orgs/x/feed", Some(&customs)).await.failure(), failure(400, "H1409"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anybody_learns_that_nobody_registered_a_code() {
    let world = World::start().await;
    let b = world.login(Who::B).await;
    for absent in [code("NEVER").to_string(), "hufu:isbt128/A9999".into(), format!("01/{GTIN}/21/ONCE")] {
        let answer = world.get(&format!("/v1/codes/{absent}/absence"), Some(&b)).await;
        let FileVerdict::Absence(verdict) = judged(&world, &answer.body) else { panic!("{}", answer.text()) };
        assert_eq!(verdict.head.verdict, Standing::Valid, "{:?}", verdict.head.failure);
        assert!(verdict.code.is_some_and(|link| link.ends_with(&absent)), "{absent}");
    }
    for (path, status, expect) in [
        (format!("/v1/codes/{}/absence", code("ONCE")), 409, "H7016"),
        (format!("/v1/codes/{}/absence", code("TWICE")), 409, "H7016"),
        (format!("/v1/codes/{}", code("NEVER")), 404, "H7005"),
        ("/v1/codes/01/09521100000018/10/X/absence".into(), 400, "H1203"),
    ] {
        assert_eq!(world.get(&path, Some(&b)).await.failure(), failure(status, expect), "{path}");
    }
    assert_eq!(world.get(&format!("/v1/codes/{}/absence", code("NEVER")), None).await.failure(), failure(401, "H2301"));
    world.end().await;
}

/// One agency cannot convict itself here; that the list is read and empty is what can be seen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_is_listed_with_its_files() {
    let world = World::start().await;
    let customs = world.login(Who::Customs).await;
    let page: Page<EvidenceView> = world.get("/v1/evidence", Some(&customs)).await.ok();
    assert!(page.items.iter().all(|item| item.file.is_some()));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_moved_to_an_archive_still_makes_files() {
    let world = World::start().await;
    let customs = world.login(Who::Customs).await;
    let tx = world.handover(1, "ONCE", Who::A, Who::B);
    let taken: TxAccepted = world.post("/v1/tx", None, &tx.to_bytes()).await.ok();
    let height = committed(&world, &customs, &taken.id).await.height.unwrap();
    world.follow(&customs, Some(height), 2).await;
    let folder = tempfile::tempdir().unwrap();
    let store = &world.handle.store;
    let archive = Archive::open(folder.path(), store::Options::default(), store.network()).unwrap();
    store.attach(Arc::new(archive)).unwrap();
    let pruned = store.prune(height + 1).unwrap();
    assert_eq!((pruned.to, pruned.transactions, pruned.events), (height + 1, 1, 1));
    assert_eq!((store.floor().unwrap(), store.first_height().unwrap()), (height + 1, 1));
    let bundle = world.get(&format!("/v1/items/{}/bundle", code("ONCE")), Some(&customs)).await;
    let FileVerdict::Bundle(verdict) = judged(&world, &bundle.body) else { panic!("{}", bundle.text()) };
    assert_eq!((verdict.verdict, verdict.failure), (Standing::Valid, None));
    let feed = world.get(&format!("/v1/orgs/{}/feed", Who::A.org()), Some(&customs)).await;
    let FileVerdict::Feed(verdict) = judged(&world, &feed.body) else { panic!("{}", feed.text()) };
    assert_eq!((verdict.head.verdict, verdict.links, verdict.events), (Standing::Valid, 1, 1));
    for path in [format!("/v1/tx/{}", taken.id), format!("/v1/blocks/{height}"), "/v1/blocks/1/history".into()] {
        assert_eq!(world.get(&path, Some(&customs)).await.status, 200, "{path}");
    }
    let answer = world.get("/v1/evidence", Some(&customs)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    world.end().await;
}
