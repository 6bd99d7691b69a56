//! A member's node over agencies' nodes in this process.

mod audits;
mod portions;
mod start;
mod world;

pub(crate) use world::{
    Folder, Manner, NODES, Nodes, commit, desk, member, node_of, refusal, register, revoke, round, until_has,
};

use super::{
    Kept, Sync, items,
    keeper::Ground,
    proven::{self, End},
    runtime::Member,
    sync::{ROUND_TIME, with_way},
    watch,
};
use crate::{
    Submitted,
    http::tests::world::{Who, World, code},
    ingress::SubmitError,
};
use ::access::{
    PeerKey, Request, Response,
    wire::{Fault, Head, Stand},
};
use custody::visibility::present;
use keys::{KeyPair, Signer as _};
use ledger::{ItemRecord, Operation, OrgRecord, Outcome, Role, StateKey, StateRead, codec, record::FeedRecord};
use proof::{Anchor, Options, Standing, TrustError, TrustRoot, feed};
use std::{collections::BTreeSet, path::Path, sync::Arc};
use world::{items as item_keys, member_under};

pub(crate) const HONEST: PeerKey = PeerKey([NODES[0]; 32]);
const OTHER: PeerKey = PeerKey([NODES[1]; 32]);
const LIAR: PeerKey = PeerKey([NODES[2]; 32]);

fn feed_of(world: &World, who: Who) -> FeedRecord {
    world.handle.store.record(&StateKey::Feed(who.org())).unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_holds_what_concerns_it_and_nothing_else_and_its_feed_is_whole() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let (sold, _) = world.item(Who::A, "ONCE");
    let handover = world.handover(2, "ONCE", Who::A, Who::B);
    commit(&world, handover.clone()).await;
    // What becomes of it later is none of A's business.
    commit(&world, world.handover_of(3, sold, Who::B, Who::C)).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let mut member = member(&world, home.path(), Who::A.org(), &nodes);
    until_has(&mut member, HONEST, &handover.body.id()).await;

    let (own, whole) = (&member.handle.store, &world.handle.store);
    let now = whole.tip().header.unwrap().time;
    let of_a = |key: &StateKey| {
        let StateKey::Item(id) = key else { return false };
        let record: ItemRecord = whole.record(key).unwrap().unwrap();
        present(&**whole, (id, &record), now).unwrap().contains(&Who::A.org())
    };
    let mut expect: BTreeSet<StateKey> = item_keys(whole).into_iter().filter(of_a).collect();
    for key in &expect {
        assert_eq!(own.read(key).unwrap(), whole.read(key).unwrap());
    }
    // The one that it sold is here as it was then, if its history came with it before.
    expect.insert(StateKey::Item(sold));
    assert!(item_keys(own).is_subset(&expect));
    if let Some(record) = own.record::<ItemRecord>(&StateKey::Item(sold)).unwrap() {
        let receiver = record.offer.as_ref().map(|offer| offer.receiver);
        assert!(record.custodian != Who::C.org() && receiver != Some(Who::C.org()));
    }
    assert!(own.record::<OrgRecord>(&StateKey::Org(Who::C.org())).unwrap().is_none());
    let receipt = own.tx(&handover.body.id()).unwrap().unwrap().receipt;
    assert!(matches!(receipt.outcome, Outcome::Accepted { .. }));

    let kept = Kept::of(member.way.fetch.keeper()).unwrap().unwrap();
    let file = feed::assemble(&kept, &Who::A.org(), 1, kept.certified.header.height).unwrap().to_json();
    let trust = TrustRoot::from_genesis(&world.genesis).unwrap();
    let verdict = feed::verify(&file, Some(&trust), Options { allow_test: true, ..Options::default() });
    assert_eq!((verdict.head.verdict, verdict.links), (Standing::Valid, feed_of(&world, Who::A).count));
    assert_eq!(member.way.state.borrow().sync, Sync::Following);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_into_its_hands_comes_with_its_history() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::B).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let mut member = member(&world, home.path(), Who::B.org(), &nodes);
    round(&mut member, HONEST).await.unwrap();
    assert!(item_keys(&member.handle.store).is_empty());
    let handover = world.handover(2, "ONCE", Who::A, Who::B);
    commit(&world, handover.clone()).await;
    until_has(&mut member, HONEST, &handover.body.id()).await;
    let (item, record) = world.item(Who::A, "ONCE");
    let own = &member.handle.store;
    assert_eq!(own.record::<ItemRecord>(&StateKey::Item(item)).unwrap(), Some(record.clone()));
    let events = |store: &store::Store| store.events(&item, 1, 100).unwrap();
    assert_eq!(events(own), events(&world.handle.store));
    assert!(items::inside(&events(own)).is_empty());
    let (height, file) = member.way.fetch.bundle(&item).unwrap().unwrap();
    let trust = TrustRoot::from_genesis(&world.genesis).unwrap();
    let options = Options { allow_test: true, ..Options::default() };
    assert_eq!(proof::verify(&file, Some(&trust), options).verdict, Standing::Valid);
    assert!(height > 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_shared_comes_with_the_link_that_says_so_as_it_is_now() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::B).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let mut member = member(&world, home.path(), Who::B.org(), &nodes);
    round(&mut member, HONEST).await.unwrap();
    let (item, _) = world.item(Who::A, "ONCE");
    let until = world.handle.clock.now().plus_ms(3_600_000);
    let share = |salt: u8, by: Who| {
        let operation = Operation::Share { item, with: Who::B.org(), until };
        world.tx(salt, operation, &[(by, Role::Custodian)])
    };
    let shows = |member: &Member| {
        let (own, whole) = (&*member.handle.store, &*world.handle.store);
        let record: ItemRecord = own.record(&StateKey::Item(item)).unwrap().unwrap();
        assert_eq!(whole.record::<ItemRecord>(&StateKey::Item(item)).unwrap().as_ref(), Some(&record));
        let now = own.tip().header.unwrap().time;
        present(own, (&item, &record), now).unwrap().contains(&Who::B.org())
    };
    commit(&world, share(2, Who::A)).await;
    round(&mut member, HONEST).await.unwrap();
    assert!(shows(&member));
    // What becomes of it while it is not shared is not told to B, whose node has it as it was then.
    let end = Operation::EndShare { item, with: Who::B.org() };
    commit(&world, world.tx(3, end, &[(Who::A, Role::Custodian)])).await;
    commit(&world, world.handover(4, "ONCE", Who::A, Who::C)).await;
    round(&mut member, HONEST).await.unwrap();
    commit(&world, share(5, Who::C)).await;
    round(&mut member, HONEST).await.unwrap();
    assert!(shows(&member));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_hides_comes_from_another() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::B).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    nodes.set(LIAR, Manner::Hides);
    let mut member = member(&world, home.path(), Who::B.org(), &nodes);
    let handover = world.handover(2, "ONCE", Who::A, Who::B);
    commit(&world, handover.clone()).await;
    until_has(&mut member, LIAR, &handover.body.id()).await;
    let (item, _) = world.item(Who::A, "ONCE");
    for key in [StateKey::Item(item), StateKey::Key(Who::B.key()), StateKey::Params] {
        assert_eq!(member.handle.store.read(&key).unwrap(), world.handle.store.read(&key).unwrap(), "{key:?}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_lies_is_named_within_a_heartbeat_and_no_honest_one_is() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let nodes = Nodes::over(&world, guest);
    let old = Request::Head { known: 0, block: Default::default(), links: 0, brief: true, wait_ms: 0 };
    let old = Manner::OldHead(Box::new(nodes.answer(old)));
    // How it lies, of what that is a sign, and whether a heartbeat shows it or only a round.
    let table: [(Manner, Fault, bool); 7] = [
        (old, Fault::Stale, true),
        (Manner::Silent, Fault::Silent, true),
        (Manner::OtherCertificate, Fault::Proof, true),
        (Manner::OtherPath, Fault::Fork, true),
        (Manner::NoLinks, Fault::Feed, false),
        (Manner::OtherEvent, Fault::Proof, false),
        (Manner::CutProof, Fault::Proof, false),
    ];
    for (salt, (manner, fault, in_heartbeat)) in (10u8..).zip(table) {
        let home = Folder::new();
        let mut member = member(&world, home.path(), Who::A.org(), &nodes);
        nodes.set(LIAR, Manner::Honest);
        round(&mut member, HONEST).await.unwrap();
        member.heart.beat().await;
        assert!(member.way.state.borrow().alerts.is_empty(), "{manner:?}: nobody lies yet");
        // Something that touches the member, and heights to be behind.
        let (item, record) = world.item(Who::A, "ONCE");
        let (giver, receiver) = if record.custodian == Who::A.org() { (Who::A, Who::B) } else { (Who::B, Who::A) };
        commit(&world, world.handover_of(salt, item, giver, receiver)).await;
        nodes.set(LIAR, manner.clone());
        if in_heartbeat {
            // One in which the others show more, and the next.
            member.heart.beat().await;
            member.heart.beat().await;
        } else {
            let why = round(&mut member, LIAR).await.unwrap_err();
            member.follower.failed(Some(LIAR), &why);
            member.heart.beat().await;
        }
        let alerts = member.way.state.borrow().alerts.clone();
        let named: Vec<(&str, &str)> = alerts.iter().map(|a| (a.node.as_str(), a.kind.as_str())).collect();
        let liar = format!("agency-{}", NODES[2]);
        assert_eq!(named, [(liar.as_str(), watch::name(fault))], "{manner:?}");
        // It is used no more, and the truth comes from the others.
        assert!(!member.way.agencies.order().contains(&LIAR), "{manner:?}");
        round(&mut member, HONEST).await.unwrap();
        let upto = member.follower.keeper.upto().unwrap();
        assert_eq!(upto, feed_of(&world, Who::A), "{manner:?}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_no_time_or_is_starting_is_not_named() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let mut member = member(&world, home.path(), Who::A.org(), &nodes);
    round(&mut member, HONEST).await.unwrap();
    for (code, retry_ms) in [("H7002", 0), ("H7129", 500)] {
        nodes.set(LIAR, Manner::Starts(code, retry_ms));
        assert!(matches!(round(&mut member, LIAR).await, Err(End::Unanswered(_))), "{code}");
        member.heart.beat().await;
        assert!(member.way.agencies.alerts().is_empty(), "{code}: {:?}", member.way.agencies.alerts());
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_too_long_loses_its_turn_and_is_not_named() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let mut member = member(&world, home.path(), Who::A.org(), &nodes);
    nodes.set(LIAR, Manner::Stalls);
    member.way.agencies.prefer(LIAR);
    assert_eq!(member.way.agencies.order()[0], LIAR);
    member.follower.time = std::time::Duration::from_millis(100);
    let why = round(&mut member, LIAR).await.unwrap_err();
    assert!(matches!(why, End::Slow), "{why:?}");
    member.follower.failed(Some(LIAR), &why);
    assert_ne!(member.way.agencies.order()[0], LIAR);
    member.heart.beat().await;
    assert!(member.way.agencies.alerts().is_empty());
    member.follower.time = ROUND_TIME;
    round(&mut member, HONEST).await.unwrap();
    assert_eq!(member.follower.keeper.upto().unwrap(), feed_of(&world, Who::A));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reports_a_node_is_told_to_the_others_alone() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let mut member = member(&world, home.path(), Who::A.org(), &nodes);
    round(&mut member, HONEST).await.unwrap();
    nodes.set(LIAR, Manner::OtherCertificate);
    member.heart.beat().await;
    member.heart.beat().await;
    let crate::handle::Way::Agency(way) = &world.handle.way else { panic!("an agency's node") };
    let reports = way.reports.list();
    let about: Vec<_> = reports.iter().map(|reported| (reported.by, reported.peer, reported.fault)).collect();
    assert_eq!(about, [(Who::A.org(), LIAR.0, Fault::Proof)]);
    // One that answers nothing is told of too, and holds up nobody.
    nodes.set(OTHER, Manner::Silent);
    tokio::time::timeout(crate::http::tests::world::DEADLINE, member.heart.beat()).await.unwrap();
    let about: Vec<_> = way.reports.list().iter().map(|reported| (reported.peer, reported.fault)).collect();
    assert_eq!(about, [(LIAR.0, Fault::Proof), (OTHER.0, Fault::Silent)]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_absence_that_is_not_to_be_judged_accuses_nobody() {
    let world = World::start().await;
    let nodes = Nodes::over(&world, register(&world, 1, Who::A).await);
    let trust = TrustRoot::from_genesis(&world.genesis).unwrap();
    let code = codec::encode(&code("NEVER"));
    let ask = || match nodes.answer(Request::Absence { code: code.clone() }) {
        Response::File { bytes } => bytes,
        other => panic!("{other:?}"),
    };
    let now = Some(world.handle.clock.now().plus_ms(60_000));
    let test = Options { allow_test: true, ..Options::default() };
    let expired = trust.clone().with_trusting_ms(Some(1));
    let found = |trust: &TrustRoot, options: Options, gz: &[u8]| match proven::absence(
        &ground(trust, trust),
        &code,
        gz,
        options,
    ) {
        Ok((_, file)) => format!("{:?}", proof::absence::verify(&file, Some(trust), options).head.verdict),
        Err(End::Own(problem)) => problem.code().to_owned(),
        Err(End::Behind(height)) => format!("behind: {}", height > 0),
        Err(End::Wrong(wrong)) => format!("{:?}", wrong.fault),
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(found(&trust, test, &ask()), "Valid");
    assert_eq!(found(&expired, Options { now, ..test }, &ask()), proof::Problem::TrustExpired.code());
    // So is one of a header below the start of the trust root.
    assert_eq!(found(&trust, Options { allow_test: false, ..test }, &ask()), "behind: true");
    let mut file = proof::absence::Absence::from_json(&proof::read_file(&ask(), 1 << 20).unwrap()).unwrap();
    file.proof.0.pop();
    assert_eq!(found(&trust, test, &file.to_json()), "Proof");
    world.end().await;
}

fn ground(origin: &TrustRoot, trust: &TrustRoot) -> Ground {
    Ground { origin: Arc::new(origin.clone()), trust: Arc::new(trust.clone()), known: None, head: None }
}

/// A trust file of the same network with another seat: nothing leads from it to the blocks that there are.
fn elsewhere(trust: &TrustRoot) -> TrustRoot {
    let mut file: serde_json::Value = serde_json::from_slice(&trust.to_json()).unwrap();
    file["validators"][0]["key"] = hex::encode(KeyPair::from_seed(&[99; 32]).public_key().bytes()).into();
    let read = |file: &serde_json::Value| TrustRoot::from_json(&serde_json::to_vec(file).unwrap());
    let Err(TrustError::Fingerprint { found, .. }) = read(&file) else { panic!("its content is another") };
    file["fingerprint"] = found.to_string().into();
    read(&file).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_is_proven_from_the_trust_file_on_wherever_the_node_has_come_to() {
    let world = World::start().await;
    let nodes = Nodes::over(&world, register(&world, 1, Who::A).await);
    let trust = TrustRoot::from_genesis(&world.genesis).unwrap();
    let options = Options { allow_test: true, ..Options::default() };
    let head = Request::Head { known: 0, block: Default::default(), links: 0, brief: true, wait_ms: 0 };
    let Response::Head(head) = nodes.answer(head) else { panic!("no head") };
    let (certified, chain) = proven::stand(&head.stand).unwrap();
    let checkpoint = trust.advance(&Anchor::at(&certified, &chain), options, &|_| None).unwrap();
    let (item, _) = world.item(Who::A, "ONCE");
    let absent = codec::encode(&code("NEVER"));
    let file = |request| match nodes.answer(request) {
        Response::File { bytes } => bytes,
        other => panic!("{other:?}"),
    };
    let bundle = file(Request::Bundle { item, children: false });
    let absence = file(Request::Absence { code: absent.clone() });
    for (origin, leads) in [(trust.clone(), true), (elsewhere(&trust), false)] {
        let under = ground(&origin, &checkpoint);
        let judged = [
            proven::bundle(&under, None, item, &bundle, options).map(drop),
            proven::absence(&under, &absent, &absence, options).map(drop),
            proven::way(&under.origin, &head, options).map(drop),
        ];
        for (n, judged) in judged.iter().enumerate() {
            let is_wrong = matches!(judged, Err(End::Wrong(_)));
            assert_eq!((judged.is_ok(), is_wrong), (leads, !leads), "{n}: {judged:?}");
        }
        let home = Folder::new();
        std::fs::create_dir_all(home.path().join("data")).unwrap();
        std::fs::write(home.path().join("data/checkpoint.json"), checkpoint.to_json()).unwrap();
        let mut member = member_under(origin, home.path(), Who::A.org(), &nodes);
        assert_eq!(member.follower.keeper.ground().trust.start().height, checkpoint.start().height);
        assert_eq!(round(&mut member, HONEST).await.is_ok(), leads);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_that_was_walked_is_kept_where_the_head_before_is_lost() {
    let world = World::start().await;
    let nodes = Nodes::over(&world, register(&world, 1, Who::A).await);
    let head = Request::Head { known: 0, block: Default::default(), links: 0, brief: true, wait_ms: 0 };
    let Response::Head(head) = nodes.answer(head) else { panic!("no head") };
    let (certified, _) = proven::stand(&head.stand).unwrap();
    let link = |height: u64| {
        let mut link = certified.clone();
        link.header.height = height;
        proven::carried(&link)
    };
    let with = |chain: &[u64]| Head {
        stand: Stand { head: link(20), chain: chain.iter().map(|height| link(*height)).collect() },
        ..(*head).clone()
    };
    let heights = |head: Head| {
        let (_, chain) = proven::stand(&head.stand).unwrap();
        chain.iter().map(|link| link.header.height).collect::<Vec<u64>>()
    };
    let walked = [link(5), link(9)];
    assert_eq!(heights(with_way(with(&[9, 12]), Some(&with(&[3, 5])), &walked)), [3, 5, 9, 12]);
    assert_eq!(heights(with_way(with(&[12]), None, &walked)), [5, 9, 12]);
    assert_eq!(heights(with_way(with(&[12]), Some(&with(&[3])), &[])), [3, 12]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_node_is_asked_when_one_is_away() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let mut member = member(&world, home.path(), Who::A.org(), &nodes);
    round(&mut member, HONEST).await.unwrap();
    assert_eq!(member.way.agencies.order()[0], HONEST);
    nodes.set(HONEST, Manner::Away);
    assert!(matches!(round(&mut member, HONEST).await, Err(End::Unanswered(_))));
    let next = member.way.agencies.order()[0];
    assert_eq!(next, OTHER);
    round(&mut member, next).await.unwrap();
    nodes.set(HONEST, Manner::Honest);
    assert_eq!(member.way.agencies.order()[0], OTHER, "the one that answered stays the first");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_that_breaks_off_goes_on_with_the_next_node_that_is_not_behind_it() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let mut member = member(&world, home.path(), Who::A.org(), &nodes);
    let request = Request::Head { known: 0, block: Default::default(), links: 0, brief: false, wait_ms: 0 };
    let old = nodes.answer(request);
    commit(&world, world.handover(2, "TWICE", Who::A, Who::B)).await;
    nodes.set(HONEST, Manner::Breaks);
    assert!(matches!(round(&mut member, HONEST).await, Err(End::Unanswered(_))));
    let put = member.handle.store.tip().height;
    assert!(put > 0 && member.follower.keeper.ground().known.is_none(), "records were put, and no round ended");
    // An honest node whose head lies below what was put is passed over like any that is behind.
    nodes.set(OTHER, Manner::OldHead(Box::new(old)));
    let why = round(&mut member, OTHER).await.unwrap_err();
    assert!(matches!(why, End::Behind(height) if height < put), "{why:?}");
    member.follower.failed(Some(OTHER), &why);
    assert_ne!(member.way.agencies.order()[0], OTHER);
    assert!(member.way.agencies.alerts().is_empty());
    // What is not behind any more is gone on with.
    nodes.set(OTHER, Manner::Honest);
    round(&mut member, OTHER).await.unwrap();
    assert_eq!(member.follower.keeper.upto().unwrap(), feed_of(&world, Who::A));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_waits_in_the_outbox_until_its_receipt_is_here() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let id = {
        let mut member = member(&world, home.path(), Who::A.org(), &nodes);
        round(&mut member, HONEST).await.unwrap();
        NODES.iter().for_each(|seed| nodes.set(PeerKey([*seed; 32]), Manner::Away));
        let tx = world.handover(2, "ONCE", Who::A, Who::B);
        let id = tx.body.id();
        assert_eq!(member.handle.submit(tx.to_bytes()).await, Ok(Submitted::Taken(id)));
        assert_eq!(member.handle.submit(tx.to_bytes()).await, Ok(Submitted::Known(id)));
        // One whose signers are all known here is checked here.
        let mut forged = world.tx(9, tx.body.operation.clone(), &[(Who::A, Role::Custodian)]);
        forged.signatures[0].0[0] ^= 1;
        let refused = member.handle.submit(forged.to_bytes()).await;
        assert!(matches!(refused, Err(SubmitError::Inadmissible(_))), "{refused:?}");
        // So is its own signature where it is not the only one, and what it did not sign has no place in its outbox.
        let mut forged = world.handover(9, "TWICE", Who::A, Who::B);
        forged.signatures[0].0[0] ^= 1;
        let foreign = world.tx(9, tx.body.operation.clone(), &[(Who::C, Role::Custodian)]);
        for (tx, code) in [(forged, "H2005"), (foreign, "H2004")] {
            assert_eq!(member.handle.submit(tx.to_bytes()).await.map_err(|error| error.code()), Err(code));
        }
        assert_eq!(member.handle.pool_size().0, 1);
        id
    };
    // After a start it waits still, and goes when a node is there.
    let mut member = member(&world, home.path(), Who::A.org(), &nodes);
    assert!(member.way.outbox.contains(&id));
    nodes.set(OTHER, Manner::Honest);
    let way = member.way.clone();
    let sending = tokio::spawn(super::send::run(way.agencies, way.outbox, way.new));
    until_has(&mut member, OTHER, &id).await;
    sending.abort();
    assert_eq!(nodes.brought(&id), [OTHER]);
    assert_eq!((member.way.outbox.contains(&id), member.handle.pool_size()), (false, (0, 0)));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_one_node_says_is_in_no_block_is_asked_of_the_others() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let mut member = member(&world, home.path(), Who::A.org(), &nodes);
    let sent = [world.handover(2, "ONCE", Who::A, Who::B), world.handover(3, "TWICE", Who::A, Who::B)];
    for tx in &sent {
        commit(&world, tx.clone()).await;
    }
    // A proof is one of what was asked for.
    nodes.set(LIAR, Manner::OtherTxs);
    let why = round(&mut member, LIAR).await.unwrap_err();
    assert!(matches!(&why, End::Wrong(wrong) if wrong.fault == Fault::Proof), "{why:?}");
    // The next one to be asked is away, and the last one tells.
    nodes.set(LIAR, Manner::Forgets);
    nodes.set(HONEST, Manner::Away);
    round(&mut member, LIAR).await.unwrap();
    for tx in &sent {
        assert!(member.handle.store.tx(&tx.body.id()).unwrap().is_some());
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_waits_is_asked_about_again_also_when_all_said_that_no_block_has_it() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let mut member = member(&world, home.path(), Who::A.org(), &nodes);
    round(&mut member, HONEST).await.unwrap();
    let tx = world.handover(2, "ONCE", Who::A, Who::B);
    let id = tx.body.id();
    member.handle.submit(tx.to_bytes()).await.unwrap();
    commit(&world, tx).await;
    NODES.iter().for_each(|seed| nodes.set(PeerKey([*seed; 32]), Manner::Forgets));
    round(&mut member, HONEST).await.unwrap();
    assert_eq!(member.follower.keeper.upto().unwrap(), feed_of(&world, Who::A), "its link is here");
    // The link says that a block has it: it does not expire, whatever they say.
    member.way.outbox.settle(&BTreeSet::new(), ledger::Timestamp(u64::MAX)).unwrap();
    assert!(member.way.outbox.contains(&id) && member.handle.store.tx(&id).unwrap().is_none());
    NODES.iter().for_each(|seed| nodes.set(PeerKey([*seed; 32]), Manner::Honest));
    let now = std::time::Instant::now();
    let due = member.way.outbox.due(now, 1)[0];
    (0..2).for_each(|_| member.way.outbox.sent(&due, now));
    round(&mut member, HONEST).await.unwrap();
    assert!(!member.way.outbox.contains(&id) && member.handle.store.tx(&id).unwrap().is_some());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_a_counterpart_spoiled_does_not_keep_the_true_one_back() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let mut member = member(&world, home.path(), Who::A.org(), &nodes);
    round(&mut member, HONEST).await.unwrap();
    assert!(member.handle.key(&Who::B.key()).is_none(), "what B signs cannot be checked here");
    let tx = world.handover(2, "ONCE", Who::A, Who::B);
    let mut spoiled = tx.clone();
    spoiled.signatures[1].0[0] ^= 1;
    let id = tx.body.id();
    for copy in [&spoiled, &tx] {
        assert_eq!(member.handle.submit(copy.to_bytes()).await, Ok(Submitted::Taken(id)));
        assert_eq!(member.handle.submit(copy.to_bytes()).await, Ok(Submitted::Known(id)));
    }
    let way = member.way.clone();
    let sending = tokio::spawn(super::send::run(way.agencies, way.outbox, way.new));
    until_has(&mut member, HONEST, &id).await;
    sending.abort();
    assert_eq!((member.way.outbox.contains(&id), member.handle.pool_size()), (false, (0, 0)));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_lets_time_pass_is_waited_for_once_and_not_for_each_transaction() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let (nodes, home) = (Nodes::over(&world, guest), Folder::new());
    let mut member = member(&world, home.path(), Who::A.org(), &nodes);
    round(&mut member, HONEST).await.unwrap();
    assert_eq!(member.way.agencies.order()[0], HONEST);
    nodes.set(HONEST, Manner::Mute);
    let sent = [world.handover(2, "ONCE", Who::A, Who::B), world.handover(3, "TWICE", Who::A, Who::B)];
    for tx in &sent {
        member.handle.submit(tx.to_bytes()).await.unwrap();
    }
    let way = member.way.clone();
    let [first, second] = sent.each_ref().map(|tx| tx.body.id());
    let mut blocks = world.handle.follow();
    let sending = tokio::spawn(super::send::run(way.agencies, way.outbox, way.new));
    let decided = async {
        let mut due = BTreeSet::from([first, second]);
        while !due.is_empty() {
            let block = blocks.recv().await.unwrap();
            due.retain(|id| block.receipts.iter().all(|receipt| receipt.tx != *id));
        }
    };
    tokio::time::timeout(crate::http::tests::world::DEADLINE, decided).await.unwrap();
    sending.abort();
    assert!(nodes.brought(&first).contains(&HONEST));
    assert!(!nodes.brought(&second).contains(&HONEST));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slice_goes_on_where_it_was_also_from_an_old_copy() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let (nodes, home, old) = (Nodes::over(&world, guest), Folder::new(), Folder::new());
    {
        let mut member = member(&world, home.path(), Who::A.org(), &nodes);
        round(&mut member, HONEST).await.unwrap();
    }
    copy(home.path(), old.path());
    let handover = world.handover(2, "ONCE", Who::A, Who::B);
    commit(&world, handover.clone()).await;
    for home in [&home, &old] {
        let mut member = member(&world, home.path(), Who::A.org(), &nodes);
        let before = member.follower.keeper.upto().unwrap();
        assert!(before.count > 0 && before.count < feed_of(&world, Who::A).count);
        until_has(&mut member, HONEST, &handover.body.id()).await;
        assert_eq!(member.follower.keeper.upto().unwrap(), feed_of(&world, Who::A));
    }
    world.end().await;
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(std::fs::copy(&path, &target).unwrap()),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_revoked_is_told_nothing_from_that_block_on() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let nodes = Nodes::over(&world, guest);
    let head = || Request::Head { known: 0, block: Default::default(), links: 0, brief: false, wait_ms: 0 };
    assert!(matches!(nodes.answer(head()), Response::Head(_)));
    revoke(&world, 2, Who::A).await;
    for request in [head(), Request::Links { from: 1, limit: 1 }, Request::Waiting { ids: vec![] }] {
        assert_eq!(refusal(&nodes.answer(request)), "H7121");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_sockets_it_is_the_same() {
    let world = World::start().await;
    let guest = register(&world, 1, Who::A).await;
    let folder = Folder::new();
    let desk = Arc::new(desk(&world, &folder));
    let network = world.handle.network;
    let secret = |seed: u8| transport::TransportKey::from_secret(&mut [seed; 32]).unwrap();
    let guests = Arc::new(std::sync::RwLock::new([(guest.peer, guest.org)].into()));
    let listening = ::access::Listening { listen: "127.0.0.1:0".parse().unwrap() };
    let config = ::access::AccessConfig { network, key: secret(NODES[0]) };
    let server = ::access::serve(config, listening, guests, desk).await.unwrap();
    let agency = secret(NODES[0]).peer_key();
    let mut seed = KeyPair::seed(&node_of(Who::A));
    let key = transport::TransportKey::from_secret(&mut seed).unwrap();
    assert_eq!(key.peer_key(), guest.peer);
    let peer = ::access::Peer { key: agency, address: Some(server.address()) };
    let asker = ::access::connect(::access::AccessConfig { network, key }, vec![peer]).unwrap();
    let mut connected = asker.changes();
    let found = connected.wait_for(|nodes| nodes.contains(&agency));
    drop(tokio::time::timeout(crate::http::tests::world::DEADLINE, found).await.unwrap().unwrap());
    let request = Request::Head { known: 0, block: Default::default(), links: 0, brief: false, wait_ms: 0 };
    let answered = asker.ask(agency, request).await.unwrap();
    assert!(matches!(answered, Response::Head(_)), "{answered:?}");
    server.end().await;
    world.end().await;
}
