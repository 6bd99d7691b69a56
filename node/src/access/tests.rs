//! What every request of somebody else's tells: nothing.

use crate::{
    http::tests::world::{Who, World},
    member::tests::{Folder, commit, desk, refusal, register},
};
use ::access::{
    Answers, Guest, Request, Response,
    wire::{Fault, OwnList, Report},
};
use ledger::{Role, StateKey, StateRead, Text, codec, record::FeedRecord};
use std::sync::Arc;

/// A name for each variant: a new one does not compile here, and is to get a row below.
fn name(request: &Request) -> &'static str {
    match request {
        Request::Head { .. } => "head",
        Request::Links { .. } => "links",
        Request::Records { .. } => "records",
        Request::List { .. } => "list",
        Request::Txs { .. } => "txs",
        Request::Bundle { .. } => "bundle",
        Request::Absence { .. } => "absence",
        Request::Submit { .. } => "submit",
        Request::Judge { .. } => "judge",
        Request::Waiting { .. } => "waiting",
        Request::Report { .. } => "report",
    }
}

const NAMES: [&str; 11] =
    ["head", "links", "records", "list", "txs", "bundle", "absence", "submit", "judge", "waiting", "report"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_somebody_elses_is_answered_as_if_it_were_not_there() {
    let world = World::start().await;
    let guests = [register(&world, 1, Who::C).await, register(&world, 2, Who::Lab).await];
    let handover = world.handover(3, "ONCE", Who::A, Who::B);
    commit(&world, handover.clone()).await;
    let (item, record) = world.item(Who::A, "TWICE");
    let height = world.handle.store.tip().height;
    let draft = world.tx(4, handover.body.operation.clone(), &[(Who::A, Role::Custodian)]);
    let code = codec::encode(&record.code);
    let keys = [
        StateKey::Item(item),
        StateKey::Feed(Who::A.org()),
        StateKey::Key(Who::A.key()),
        StateKey::Shares(item),
        StateKey::Audits,
    ];
    let mut rows: Vec<(Request, &str)> = keys.iter().map(|key| (records(key), "H4301")).collect();
    // One hidden record hides all that were asked for with it.
    rows.push((Request::Records { keys: vec![StateKey::Params, StateKey::Item(item)] }, "H4301"));
    rows.push((Request::Bundle { item, children: false }, "H7004"));
    rows.push((Request::Absence { code }, "H7016"));
    rows.push((Request::Judge { draft: draft.to_bytes() }, "H4302"));
    rows.push((Request::Txs { at: height.saturating_add(9), ids: vec![] }, "H7125"));
    let folder = Folder::new();
    let desk = Arc::new(desk(&world, &folder));
    let ask = async |guest: Guest, request: Request| {
        let desk = desk.clone();
        tokio::task::spawn_blocking(move || desk.answer(&guest, request)).await.unwrap()
    };
    let mut seen: Vec<&str> = Vec::new();
    for guest in guests {
        for (request, expect) in &rows {
            let answer = ask(guest, request.clone()).await;
            assert_eq!(refusal(&answer), *expect, "{request:?}");
            seen.push(name(request));
        }
        let request = Request::Txs { at: height, ids: vec![handover.body.id()] };
        assert_eq!(ask(guest, request.clone()).await, Response::Txs { txs: vec![None] });
        seen.push(name(&request));
        for list in [OwnList::Held, OwnList::Offered, OwnList::Shared, OwnList::AgencyKeys(Who::A.org())] {
            let request = Request::List { list, after: None, limit: 10 };
            let Response::List { entries, more } = ask(guest, request.clone()).await else { panic!("{list:?}") };
            let own = guest.org == Who::C.org() && list == OwnList::Held;
            assert_eq!((entries.is_empty(), more), (!own, false), "{list:?}");
            seen.push(name(&request));
        }
        // What is its own: a head, its links, a transaction that everybody may bring, and its word about a node.
        let head = Request::Head { known: 0, block: Default::default(), links: 0, brief: false, wait_ms: 0 };
        let Response::Head(answer) = ask(guest, head.clone()).await else { panic!("no head") };
        let feed = answer.own.unwrap().1.record.unwrap();
        let feed: FeedRecord = codec::decode(&feed, 1_000).unwrap();
        let found = world.handle.store.record(&StateKey::Feed(guest.org)).unwrap();
        assert_eq!(Some(feed), found);
        let links = Request::Links { from: 1, limit: 500 };
        assert!(matches!(ask(guest, links.clone()).await, Response::Links { links } if links.len() == 1));
        let submit = Request::Submit { tx: handover.to_bytes() };
        let known = Response::Submitted { id: handover.body.id(), known: true };
        assert_eq!(ask(guest, submit.clone()).await, known);
        let waiting = Request::Waiting { ids: vec![handover.body.id()] };
        assert_eq!(ask(guest, waiting.clone()).await, Response::Waiting { pending: vec![false] });
        let detail = Text::new("words").unwrap();
        let report = Request::Report { report: Report { peer: [1; 32], kind: Fault::Stale, height: 1, detail } };
        assert_eq!(ask(guest, report.clone()).await, Response::Noted);
        seen.extend([&head, &links, &submit, &waiting, &report].map(name));
    }
    assert!(NAMES.iter().all(|name| seen.contains(name)), "{seen:?}");
    world.end().await;
}

fn records(key: &StateKey) -> Request {
    Request::Records { keys: vec![key.clone()] }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_let_in_whom_the_ledger_does_not_name() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let admitted = super::admission::guests(&world.handle.store.view().unwrap()).unwrap();
    assert_eq!(admitted.guests.get(&guest.peer), Some(&Who::A.org()));
    let orgs: Vec<_> = admitted.guests.values().copied().collect();
    assert!(orgs.iter().all(|org| [Who::A.org(), Who::Customs.org()].contains(org)), "{orgs:?}");
    assert_eq!(admitted.until, None);
    // Whoever asks with a key of somebody else is not told in whose name it is let in.
    let other = Guest { org: Who::B.org(), ..guest };
    let head = Request::Head { known: 0, block: Default::default(), links: 0, brief: true, wait_ms: 0 };
    let folder = Folder::new();
    assert_eq!(refusal(&desk(&world, &folder).answer(&other, head)), "H7121");
    world.end().await;
}
