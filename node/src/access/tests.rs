//! What every request of somebody else's tells: nothing.

use crate::{
    http::tests::world::{DEADLINE, Who, World},
    member::tests::{Folder, commit, desk, node_of, refusal, register},
};
use ::access::{
    AccessConfig, Answers, AskError, Asker, Guest, Listening, Peer, Request, Response, TransportKey,
    wire::{Fault, OwnList, Report},
};
use keys::KeyPair;
use ledger::{
    NetworkId, Operation, Role, StateKey, StateRead, Text, codec,
    operation::{Change, Motion, NewEntry, Registry, Subject, Value},
    record::FeedRecord,
};
use std::sync::{Arc, RwLock};
use tokio::time::timeout;

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

/// A node of an organisation, connected to an agency's.
async fn asking(network: NetworkId, who: Who, agency: Peer) -> Asker {
    let mut seed = KeyPair::seed(&node_of(who));
    let key = TransportKey::from_secret(&mut seed).unwrap();
    let asker = ::access::connect(AccessConfig { network, key }, vec![agency]).unwrap();
    let mut changes = asker.changes();
    let connected = changes.wait_for(|nodes| !nodes.is_empty());
    drop(timeout(DEADLINE, connected).await.unwrap().unwrap());
    asker
}

fn waiting() -> Request {
    Request::Waiting { ids: Vec::new() }
}

/// That Customs bans A for an hour.
fn ban(world: &World, salt: u8) -> (ledger::SignedTx, ledger::Timestamp) {
    let from = world.handle.clock.now();
    let to = from.plus_ms(3_600_000);
    let entry = NewEntry {
        registry: Registry::OrgBan,
        subject: Subject::Org(Who::A.org()),
        period: 0,
        value: Value::None,
        from,
        to: Some(to),
        ends_keys: Vec::new(),
        documents: None,
    };
    let motion = Motion { changes: vec![Change::Enter(entry)] };
    (world.tx(salt, Operation::Enact { motion }, &[(Who::Customs, Role::Officer)]), to)
}

/// No act ends the ban: its time passes, and what let the node go lets it in again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_banned_organisation_is_cut_off_until_its_ban_is_over_and_no_other_is() {
    let world = World::under("gacc-281").await;
    let [banned, other] = [register(&world, 1, Who::A).await, register(&world, 2, Who::B).await];
    let folder = Folder::new();
    let desk = Arc::new(desk(&world, &folder));
    let (network, store, blocks) = (world.handle.network, world.handle.store.clone(), world.handle.follow());
    let guests = Arc::new(RwLock::new(super::admitted(&store).await.unwrap().guests));
    let key = TransportKey::from_secret(&mut [11; 32]).unwrap();
    let agency = key.peer_key();
    let listening = Listening { listen: "127.0.0.1:0".parse().unwrap() };
    let server = ::access::serve(AccessConfig { network, key }, listening, guests, desk.clone()).await.unwrap();
    let peer = Peer { key: agency, address: Some(server.address()) };
    let admitted = || super::admission::guests(&world.handle.store.view().unwrap()).unwrap();
    let is_in = |guest: &Guest| admitted().guests.contains_key(&guest.peer);
    let story = async {
        let [a, b] = [asking(network, Who::A, peer).await, asking(network, Who::B, peer).await];
        let mut kept = b.changes();
        kept.mark_unchanged();
        let answered = Ok(Response::Waiting { pending: Vec::new() });
        for asker in [&a, &b] {
            assert_eq!(asker.ask(agency, waiting()).await, answered);
        }
        let (tx, to) = ban(&world, 3);
        commit(&world, tx).await;
        assert_eq!((is_in(&banned), is_in(&other), admitted().until), (false, true, Some(to)));
        assert_eq!(refusal(&desk.answer(&banned, waiting())), "H7121");
        let mut changes = a.changes();
        let cut = changes.wait_for(|nodes| nodes.is_empty());
        drop(timeout(DEADLINE, cut).await.unwrap().unwrap());
        let asked = a.ask(agency, waiting()).await;
        assert!(matches!(asked, Err(AskError::NotConnected | AskError::Refused)), "{asked:?}");
        assert_eq!(b.ask(agency, waiting()).await, answered);
        let operation = Operation::AdvanceClock { ms: 7_200_000 };
        commit(&world, world.tx(4, operation, &[(Who::Customs, Role::Officer)])).await;
        let back = async {
            while a.ask(agency, waiting()).await != answered {
                changes.changed().await.unwrap();
            }
        };
        timeout(DEADLINE, back).await.unwrap();
        assert_eq!((is_in(&banned), admitted().until), (true, None));
        assert!(!kept.has_changed().unwrap(), "the other was cut off too");
    };
    tokio::select! {
        never = super::follow(&server, store, blocks, None) => match never {},
        () = story => {}
    }
    server.end().await;
    world.end().await;
}
