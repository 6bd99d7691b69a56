//! The server over real connections, in front of a network of one agency.

mod documents;
mod epcis;
mod files;
mod history;
mod laboratory;
mod member;
mod refusals;
mod roles;
mod walks;
pub(crate) mod world;

use super::openapi::routes;
use api::{
    login::WhoAmI,
    network::{BlockView, NetworkView, PackDocument, ReadyView, StatusView, ValidatorsView},
    tx::{BatchAccepted, DryRun, TxAccepted, TxState, TxStatus, join_batch},
    view::{
        AlertView, AuditView, ClassView, DutyView, EntryView, EventView, GrantView, ItemView, KeyView, OrgView, Page,
        ProposalView,
    },
};
use consensus::HaltReason;
use ledger::{
    Operation, Role,
    operation::{Change, Motion},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use world::{DEADLINE, GTIN, Who, World, code};

fn failure(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// A path with something in the place of each of its parameters.
fn filled(template: &str) -> String {
    let id = "ab".repeat(32);
    let id = id.as_str();
    let parameters = [("{id}", id), ("{hash}", id), ("{key}", "01/x"), ("{height}", "1"), ("{registry}", "qualified")];
    parameters.iter().fold(template.to_owned(), |path, (name, value)| path.replace(name, value))
}

async fn committed(world: &World, token: &str, id: &str) -> TxStatus {
    let path = format!("/v1/tx/{id}?wait=committed&timeout_ms={}", DEADLINE.as_millis());
    world.get(&path, Some(token)).await.ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_no_token_and_what_does() {
    let world = World::start().await;
    assert_eq!(world.get("/livez", None).await.status, 200);
    let ready: ReadyView = world.get("/readyz?verbose", None).await.ok();
    assert!(ready.ready, "{ready:?}");
    assert_eq!(ready.checks.len(), 3);
    assert_eq!(world.get("/readyz", None).await.status, 200);
    let status: StatusView = world.get("/v1/status", None).await.ok();
    assert_eq!((status.role.as_str(), status.safety.as_str(), status.sync.as_str()), ("validator", "safe", "synced"));
    let network: NetworkView = world.get("/v1/network", None).await.ok();
    assert_eq!(network.network, world.handle.network.to_string());
    assert!(network.test && network.as_of.height >= 1);
    let metrics = world.get("/metrics", None).await;
    assert!(metrics.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    assert!(metrics.text().contains("hufu_block_height"), "{}", metrics.text());
    let openapi: serde_json::Value = world.get("/openapi.json", None).await.ok();
    assert!(openapi["openapi"].as_str().unwrap().starts_with("3.1"));
    let docs = world.get("/docs", None).await;
    assert_eq!((docs.status, docs.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(docs.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert!(docs.text().contains("/v1/items/{key}/bundle"), "{}", docs.text());
    for route in routes().filter(|r| r.token) {
        let method = if route.body.is_some() || route.answer.is_none() { "POST" } else { "GET" };
        let path = filled(route.path);
        let answer = world.send(method, &path, "", b"").await;
        assert_eq!(answer.failure(), failure(401, "H2301"), "{path}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{path}");
        let answer = world.get(&path, Some("nonsense")).await;
        assert_eq!(answer.failure(), failure(401, "H2302"), "{path}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_described_is_served() {
    let world = World::start().await;
    let token = world.login(Who::Customs).await;
    for route in routes().filter(|r| r.path != api::paths::STREAM) {
        let is_post = matches!(route.method, utoipa::openapi::HttpMethod::Post);
        let path = filled(route.path);
        let answer = world
            .send(if is_post { "POST" } else { "GET" }, &path, &format!("Authorization: Bearer {token}\r\n"), b"")
            .await;
        if answer.status >= 400 {
            let (_, code) = answer.failure();
            assert!(!["H7005", "H7006", "H7009"].contains(&code.as_str()), "{path}: {code}");
        }
    }
    assert_eq!(world.get("/v1/nothing", None).await.failure(), failure(404, "H7005"));
    assert_eq!(world.send("DELETE", "/v1/network", "", b"").await.failure(), failure(405, "H7006"));
    let chinese = world.send("GET", "/v1/nothing?lang=zh-Hans", "", b"").await;
    assert_eq!(chinese.header("content-language"), Some("zh-Hans"));
    assert_eq!(chinese.json::<api::Problem>().title, "没有此路径");
    let accepted = world.send("GET", "/v1/nothing", "Accept-Language: zh-CN\r\n", b"").await;
    assert_eq!(accepted.json::<api::Problem>().title, "没有此路径");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logging_in_and_out() {
    let world = World::start().await;
    let challenge = world.challenge(Who::A).await;
    assert_eq!(world.answer(Who::A, &challenge, Who::B).await.failure(), failure(401, "H2304"));
    assert_eq!(world.answer(Who::B, &challenge, Who::B).await.failure(), failure(401, "H2303"));
    let answer = world.answer(Who::A, &challenge, Who::A).await;
    let token = answer.ok::<api::login::LoginToken>().token;
    assert_eq!(world.answer(Who::A, &challenge, Who::A).await.failure(), failure(401, "H2303"));
    let me: WhoAmI = world.get("/v1/whoami", Some(&token)).await.ok();
    assert_eq!(
        (me.org.id, me.kind.as_str(), me.key),
        (Who::A.org().to_string(), "enterprise", Who::A.key().to_string())
    );
    let unknown = format!(r#"{{"key":"{}"}}"#, "ab".repeat(32));
    assert_eq!(world.post("/v1/login/challenge", None, unknown.as_bytes()).await.failure(), failure(403, "H2305"));
    assert_eq!(world.post("/v1/login/challenge", None, br#"{"key":"x"}"#).await.failure(), failure(400, "H1409"));
    let more = br#"{"key":"x","more":1}"#;
    assert_eq!(world.post("/v1/login/challenge", None, more).await.failure(), failure(400, "H1413"));
    assert_eq!(world.post("/v1/logout", Some(&token), b"").await.status, 204);
    assert_eq!(world.get("/v1/whoami", Some(&token)).await.failure(), failure(401, "H2302"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_ends_with_its_key() {
    let world = World::start().await;
    let (token, customs) = (world.login(Who::C).await, world.login(Who::Customs).await);
    assert_eq!(world.get("/v1/whoami", Some(&token)).await.status, 200);
    let reason = ledger::record::KeyEndReason::Retired;
    let end = Operation::EndKey { key: Who::C.key(), reason };
    let tx = world.tx(1, end, &[(Who::C, Role::Administrator)]);
    let taken: TxAccepted = world.post("/v1/tx", None, &tx.to_bytes()).await.ok();
    let status = committed(&world, &customs, &taken.id).await;
    assert_eq!(status.status, TxState::Committed, "{status:?}");
    assert_eq!(world.get("/v1/whoami", Some(&token)).await.failure(), failure(401, "H2302"));
    let body = format!(r#"{{"key":"{}"}}"#, Who::C.key());
    assert_eq!(world.post("/v1/login/challenge", None, body.as_bytes()).await.failure(), failure(403, "H2305"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_halted_takes_nothing() {
    let mut world = World::start().await;
    let tx = world.handover(1, "ONCE", Who::A, Who::B).to_bytes();
    let batch = join_batch([tx.as_slice()]);
    for (reason, code) in [(HaltReason::Fault("disk".into()), "H7011"), (HaltReason::DiskFull("write".into()), "H8116")]
    {
        world.address = world.halted(reason).await;
        assert_eq!(world.post("/v1/tx", None, &tx).await.failure(), failure(503, code));
        assert_eq!(world.post("/v1/tx/batch", None, &batch).await.failure(), failure(503, code));
        assert_eq!(world.handle.pool_size(), (0, 0));
    }
    world.end().await;
}

/// Submits a handover and sees it through to a bundle that verifies, by the eyes of all concerned.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handover_from_submission_to_bundle() {
    let world = World::start().await;
    let [customs, a, b, c] = world.logins().await;
    let (item, _) = world.item(Who::A, "ONCE");
    let path = format!("/v1/items/{}", code("ONCE"));
    for (token, status) in [(&customs, 200), (&a, 200), (&b, 404), (&c, 404)] {
        assert_eq!(world.get(&path, Some(token)).await.status, status);
    }
    let tx = world.handover(1, "ONCE", Who::A, Who::B);
    let sent = world.post("/v1/tx", None, &tx.to_bytes()).await;
    assert_eq!(sent.status, 202);
    let taken: TxAccepted = sent.ok();
    assert_eq!(sent.header("location"), Some(format!("/v1/tx/{}", taken.id).as_str()));
    let status = committed(&world, &b, &taken.id).await;
    assert_eq!((status.status, status.events.len()), (TxState::Committed, 1), "{status:?}");
    let again: TxAccepted = world.post("/v1/tx", None, &tx.to_bytes()).await.ok();
    assert_eq!((again.id.as_str(), again.status), (taken.id.as_str(), TxState::Committed));
    let hidden: TxStatus = world.get(&format!("/v1/tx/{}", taken.id), Some(&c)).await.ok();
    assert_eq!((hidden.status, hidden.record), (TxState::Unknown, None));
    // A gave it away: it keeps what it had a part in, and gets no proof of how the item is now.
    for (token, status, of_bundle) in [(&customs, 200, 200), (&a, 200, 409), (&b, 200, 200), (&c, 404, 404)] {
        for (end, status) in [("", status), ("/events", status), ("/bundle", of_bundle)] {
            let answer = world.get(&format!("{path}{end}"), Some(token)).await;
            assert_eq!(answer.status, status, "{end}: {}", answer.text());
            let answer = world.get(&format!("/v1/items/{item}{end}"), Some(token)).await;
            assert_eq!(answer.status, status, "{end}: {}", answer.text());
        }
    }
    for end in ["bundle", "passage"] {
        let refused = world.get(&format!("{path}/{end}"), Some(&a)).await;
        assert_eq!(refused.failure(), failure(409, "H4303"), "{end}");
    }
    assert_eq!(world.get(&format!("{path}/passage"), Some(&b)).await.status, 404, "it has not departed");
    let view: ItemView = world.get(&path, Some(&a)).await.ok();
    assert_eq!((view.custodian.id, view.count), (Who::B.org().to_string(), 2));
    assert_eq!(view.as_of.height, status.height.unwrap());
    let block: BlockView = world.get(&format!("/v1/blocks/{}", status.height.unwrap()), Some(&a)).await.ok();
    assert_eq!(block.txs.len(), 1);
    let block: BlockView = world.get(&format!("/v1/blocks/{}", status.height.unwrap()), Some(&c)).await.ok();
    assert_eq!((block.count, block.txs.len()), (1, 0));
    let bundle = world.get(&format!("{path}/bundle"), Some(&b)).await;
    let options = proof::Options { allow_test: true, ..proof::Options::default() };
    let verdict = proof::verify(&bundle.body, Some(&world.handle.trust), options);
    assert_eq!(verdict.failure, None, "{verdict:?}");
    let with_children = world.get(&format!("{path}/bundle?children=1"), Some(&b)).await;
    let verdict = proof::verify(&with_children.body, Some(&world.handle.trust), options);
    assert_eq!(verdict.failure, None, "{verdict:?}");
    assert_eq!(world.get(&format!("{path}/bundle?children=2"), Some(&b)).await.failure(), failure(400, "H1412"));
    assert_eq!(world.get(&format!("{path}/bundle?limit=1"), Some(&b)).await.failure(), failure(400, "H1413"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drafts_batches_and_refusals() {
    let world = World::start().await;
    let (a, b, c) = (world.login(Who::A).await, world.login(Who::B).await, world.login(Who::C).await);
    let good = world.handover(1, "ONCE", Who::A, Who::B);
    let rival = world.handover(2, "ONCE", Who::A, Who::C);
    let judge = "/v1/tx?dry_run=1";
    assert_eq!(world.post(judge, None, &good.to_bytes()).await.failure(), failure(401, "H2301"));
    assert_eq!(world.post(judge, Some(&c), &good.to_bytes()).await.failure(), failure(403, "H4302"));
    let judged: DryRun = world.post(judge, Some(&b), &good.to_bytes()).await.ok();
    assert!(judged.accepted, "{judged:?}");
    assert_eq!((judged.events.len(), judged.events[0].kind.as_str()), (1, "moved"));
    // Nobody who sees the item has signed this: to the receiver it is as if there were none.
    let unsigned = ledger::SignedTx { signatures: vec![ledger::Signature([0; 64]); 2], ..good.clone() };
    let judged: DryRun = world.post(judge, Some(&b), &unsigned.to_bytes()).await.ok();
    assert_eq!((judged.accepted, judged.rejection.unwrap().code.as_str()), (false, "H5001"));
    let judged: DryRun = world.post(judge, Some(&a), &unsigned.to_bytes()).await.ok();
    assert!(judged.accepted, "{judged:?}");
    let mut forged = good.clone();
    forged.signatures.swap(0, 1);
    let (good, rival, forged) = (good.to_bytes(), rival.to_bytes(), forged.to_bytes());
    assert_eq!(world.post("/v1/tx", None, &forged).await.failure(), failure(401, "H2005"));
    let taken: TxAccepted = world.post("/v1/tx", None, &good).await.ok();
    assert_eq!(committed(&world, &a, &taken.id).await.status, TxState::Committed);
    let batch = join_batch([good.as_slice(), b"nonsense", rival.as_slice()]);
    let answers: BatchAccepted = world.post("/v1/tx/batch", None, &batch).await.ok();
    assert_eq!((answers.taken, answers.failed), (2, 1));
    assert_eq!(answers.answers[0].status, Some(TxState::Committed));
    let problem = answers.answers[1].problem.clone().unwrap();
    assert_eq!(problem.code, "H1001");
    let lost = committed(&world, &c, answers.answers[2].id.as_ref().unwrap()).await;
    assert_eq!(lost.status, TxState::Refused);
    assert!(lost.rejection.is_some_and(|r| r.code.starts_with("H5")));
    let judged: DryRun = world.post(judge, Some(&c), &rival).await.ok();
    assert!(!judged.accepted);
    assert_eq!(world.post("/v1/tx/batch", None, &batch[..batch.len() - 1]).await.failure(), failure(400, "H6002"));
    let unknown: TxStatus =
        world.get(&format!("/v1/tx/{}?wait=committed&timeout_ms=50", "ab".repeat(32)), Some(&a)).await.ok();
    assert_eq!(unknown.status, TxState::Unknown);
    assert_eq!(world.get("/v1/tx/xyz", Some(&a)).await.failure(), failure(400, "H1409"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_bodies_are_refused_with_a_code() {
    let world = World::start().await;
    let huge = vec![b'a'; 100_000_000];
    for path in ["/v1/tx", "/v1/tx/batch", "/v1/login", "/v1/nothing"] {
        assert_eq!(world.post(path, None, &huge).await.failure(), failure(413, "H1414"), "{path}");
    }
    let mut chunked =
        b"POST /v1/tx HTTP/1.1\r\nHost: node\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..16 {
        chunked.extend_from_slice(b"100000\r\n");
        chunked.extend_from_slice(&huge[..0x10_0000]);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(world.raw(&chunked).await.failure(), failure(413, "H1414"));
    let expecting = b"POST /v1/tx HTTP/1.1\r\nHost: node\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 100000000\r\n\r\n";
    assert_eq!(world.raw(expecting).await.failure(), failure(413, "H1414"));
    let nested = "[".repeat(100_000);
    assert_eq!(world.post("/v1/tx", None, nested.as_bytes()).await.failure(), failure(400, "H1001"));
    assert_eq!(world.post("/v1/login", None, nested.as_bytes()).await.failure(), failure(413, "H1414"));
    assert_eq!(world.post("/v1/login", None, &nested.as_bytes()[..10_000]).await.failure(), failure(400, "H1413"));
    assert_eq!(world.get("/v1/network?lang=%ff", None).await.status, 200);
    assert_eq!(world.get("/livez", None).await.status, 200);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_show_what_the_reader_may_see() {
    let world = World::start().await;
    let [customs, a, b, c] = world.logins().await;
    for (token, expect) in [(&customs, 3), (&a, 2), (&b, 0), (&c, 1)] {
        let page: Page<ItemView> = world.get("/v1/items", Some(token)).await.ok();
        assert_eq!((page.items.len(), page.next), (expect, None));
        let held = format!("/v1/items?custodian={}", Who::A.org());
        let page: Page<ItemView> = world.get(&held, Some(token)).await.ok();
        assert_eq!(page.items.len(), if expect >= 2 { 2 } else { 0 });
    }
    let twice = format!("/v1/items/{}", code("TWICE"));
    for (token, status) in [(&customs, 300), (&a, 200), (&b, 404), (&c, 200)] {
        for end in ["", "/events", "/bundle"] {
            assert_eq!(world.get(&format!("{twice}{end}"), Some(token)).await.status, status, "{end}");
        }
    }
    let several: Page<ItemView> = world.get(&twice, Some(&customs)).await.json();
    assert_eq!(several.items.len(), 2);
    let first = world.get(&format!("{twice}?limit=1"), Some(&customs)).await;
    assert_eq!(first.status, 300, "a page of one is no answer of one");
    let released: Page<ItemView> = world.get("/v1/items?state=released&limit=2", Some(&customs)).await.ok();
    assert_eq!(released.items.len(), 2);
    let answer = world.get("/v1/items?state=released&limit=2", Some(&customs)).await;
    let link = answer.header("link").unwrap();
    let next = link.strip_prefix('<').unwrap().split('>').next().unwrap();
    let rest: Page<ItemView> = world.get(next, Some(&customs)).await.ok();
    assert_eq!((rest.items.len(), rest.next), (1, None));
    assert_eq!(world.get("/v1/items?state=mislaid", Some(&a)).await.failure(), failure(400, "H1412"));
    assert_eq!(world.get("/v1/items?colour=red", Some(&a)).await.failure(), failure(400, "H1413"));
    assert_eq!(world.get("/v1/items/01/09521100000018/10/X", Some(&a)).await.failure(), failure(400, "H1203"));
    let events: Page<EventView> = world.get(&format!("/v1/items/{}/events", code("ONCE")), Some(&a)).await.ok();
    assert_eq!((events.items.len(), events.items[0].kind.as_str()), (1, "registered"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_common_frame_is_open_to_members_and_keys_are_not() {
    let world = World::start().await;
    let (customs, a) = (world.login(Who::Customs).await, world.login(Who::A).await);
    let orgs: Page<OrgView> = world.get("/v1/orgs?limit=5", Some(&a)).await.ok();
    assert_eq!(orgs.items.len(), 5);
    let rest = format!("/v1/orgs?limit=5&cursor={}", orgs.next.unwrap());
    assert_eq!(world.get(&rest, Some(&customs)).await.failure(), failure(400, "H1413"), "the cursor of another");
    let rest: Page<OrgView> = world.get(&rest, Some(&a)).await.ok();
    assert_eq!((rest.items.len(), rest.next), (3, None));
    let keys = |who: Who| format!("/v1/orgs/{}/keys", who.org());
    let own: Page<KeyView> = world.get(&keys(Who::A), Some(&a)).await.ok();
    assert_eq!(own.items.len(), 1);
    assert_eq!(world.get(&keys(Who::B), Some(&a)).await.failure(), failure(403, "H4301"));
    assert_eq!(world.get(&keys(Who::B), Some(&customs)).await.status, 200);
    let key = |who: Who| format!("/v1/keys/{}", who.key());
    assert_eq!(world.get(&key(Who::A), Some(&a)).await.status, 200);
    assert_eq!(world.get(&key(Who::B), Some(&a)).await.failure(), failure(404, "H7004"));
    assert_eq!(world.get(&key(Who::B), Some(&customs)).await.status, 200);
    let class: ClassView = world.get(&format!("/v1/classes/{GTIN}"), Some(&a)).await.ok();
    assert_eq!(class.code, GTIN);
    let validators: ValidatorsView = world.get("/v1/validators", Some(&a)).await.ok();
    assert_eq!((validators.validators.len(), validators.quorum), (1, 1));
    assert_eq!((validators.next, validators.changes, validators.past), (None, 0, Vec::new()));
    assert_eq!(validators.validators[0].org.name, "Customs");
    assert_eq!(world.get("/v1/evidence", Some(&a)).await.failure(), failure(403, "H4301"));
    assert_eq!(world.get("/v1/evidence", Some(&customs)).await.status, 200);
    let latest: BlockView = world.get("/v1/blocks/latest", Some(&a)).await.ok();
    assert!(latest.height >= 1 && latest.certificate.is_some());
    assert_eq!(world.get("/v1/blocks/0", Some(&a)).await.failure(), failure(404, "H7004"));
    // The genesis tells of others' keys and items: a member gets what follows from it for a verifier.
    let observer = world.login(Who::Observer).await;
    for token in [&customs, &observer] {
        assert_eq!(world.get("/v1/genesis", Some(token)).await.body, world.genesis.to_bytes());
    }
    let given = world.get("/v1/genesis", Some(&a)).await;
    assert_eq!(given.header("content-type"), Some("application/json"));
    assert_eq!(given.body, world.handle.trust.to_json());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_law_is_changed_in_the_open_and_who_proposed_it_is_not() {
    let world = World::start().await;
    let (customs, a) = (world.login(Who::Customs).await, world.login(Who::A).await);
    let network: NetworkView = world.get("/v1/network", Some(&a)).await.ok();
    let first: PackDocument = world.get(&format!("/v1/packs/{}", network.pack.hash), Some(&a)).await.ok();
    assert_eq!((first.in_force, first.from, &first.record), (true, Some(1), &network.pack.record));
    let law = &world.genesis.pack;
    assert_eq!(api::pack::read(&first.text, None).as_ref(), Ok(law));
    let pack = ledger::PolicyPack { version: law.version + 1, ..law.clone() };
    let (hash, from) = (pack.hash(), world.handle.store.tip().height + 100_000);
    let motion = Motion { changes: vec![Change::InstallPack { pack, from }] };
    let until = world.handle.clock.now().plus_ms(3_600_000);
    let tx = world.tx(1, Operation::Propose { motion, until }, &[(Who::Customs, Role::Officer)]);
    let taken: TxAccepted = world.post("/v1/tx", None, &tx.to_bytes()).await.ok();
    assert_eq!(committed(&world, &customs, &taken.id).await.status, TxState::Committed);
    let next: PackDocument = world.get(&format!("/v1/packs/{hash}"), Some(&a)).await.ok();
    assert_eq!((next.in_force, next.from, next.version), (false, Some(from), first.version + 1));
    // The one agency is a quorum of itself.
    let proposal = format!("/v1/proposals/{}", taken.id);
    let shown: ProposalView = world.get(&proposal, Some(&customs)).await.ok();
    assert_eq!((shown.state.as_str(), shown.changes[0].kind.as_str()), ("enacted", "install-pack"));
    assert_eq!((shown.changes[0].values["pack"].clone(), shown.approvals.len()), (hash.to_string(), 1));
    let list: Page<ProposalView> = world.get("/v1/proposals", Some(&customs)).await.ok();
    assert_eq!(list.items, [shown]);
    assert_eq!(world.get(&proposal, Some(&a)).await.failure(), failure(404, "H7004"));
    let list: Page<ProposalView> = world.get("/v1/proposals", Some(&a)).await.ok();
    assert_eq!((list.items, list.next), (vec![], None));
    let audit: Page<AuditView> = world.get("/v1/audit", Some(&customs)).await.ok();
    assert_eq!(audit.items.iter().map(|line| (line.n, line.act.as_str())).collect::<Vec<_>>(), [(1, "propose")]);
    let beyond: Page<AuditView> = world.get("/v1/audit?from=2&to=9", Some(&customs)).await.ok();
    assert_eq!((beyond.items, beyond.next), (vec![], None));
    assert_eq!(world.get("/v1/audit", Some(&a)).await.failure(), failure(403, "H4301"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grants_entries_duties_and_alerts_are_listed_and_their_queries_are_read() {
    let world = World::start().await;
    let (customs, a) = (world.login(Who::Customs).await, world.login(Who::A).await);
    for token in [&customs, &a] {
        let grants: Page<GrantView> = world.get("/v1/permits?kind=plan&limit=5", Some(token)).await.ok();
        let entries: Page<EntryView> = world.get("/v1/registries/white-list", Some(token)).await.ok();
        let duties: Page<DutyView> = world.get(&format!("/v1/duties?org={}", Who::A.org()), Some(token)).await.ok();
        let alerts: Page<AlertView> = world.get("/v1/alerts?open=1", Some(token)).await.ok();
        assert_eq!((grants.items.len(), entries.items.len(), duties.items.len(), alerts.items.len()), (0, 0, 0, 0));
    }
    let nothing = "ab".repeat(32);
    for (path, status, code) in [
        (format!("/v1/permits/{nothing}"), 404, "H7004"),
        (format!("/v1/proposals/{nothing}"), 404, "H7004"),
        (format!("/v1/packs/{nothing}"), 404, "H7004"),
        ("/v1/permits/x".into(), 400, "H1409"),
        ("/v1/permits?kind=licence".into(), 400, "H1412"),
        ("/v1/permits?holder=me".into(), 400, "H1409"),
        ("/v1/registries/telephone".into(), 400, "H1412"),
        ("/v1/registries/rating?subject=me".into(), 400, "H1409"),
        ("/v1/alerts?open=2".into(), 400, "H1412"),
        ("/v1/duties?by=me".into(), 400, "H1413"),
        ("/v1/audit?from=x".into(), 400, "H1413"),
    ] {
        assert_eq!(world.get(&path, Some(&customs)).await.failure(), failure(status, code), "{path}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_replays_and_goes_on() {
    let world = World::start().await;
    let (customs, a, c) = (world.login(Who::Customs).await, world.login(Who::A).await, world.login(Who::C).await);
    let taken: TxAccepted =
        world.post("/v1/tx", None, &world.handover(1, "ONCE", Who::A, Who::B).to_bytes()).await.ok();
    let height = committed(&world, &a, &taken.id).await.height.unwrap();
    let count = usize::try_from(height).unwrap() + 2;
    for (token, expect) in [(&customs, 1), (&a, 1), (&c, 0)] {
        let events = world.follow(token, Some(0), count).await;
        let heights: Vec<u64> = events.iter().map(|(id, _)| *id).collect();
        assert_eq!(heights, (1..=height + 2).collect::<Vec<u64>>());
        let seen: Vec<_> = events.iter().flat_map(|(_, e)| &e.txs).filter(|tx| tx.id == taken.id).collect();
        assert_eq!(seen.len(), expect);
    }
    let live = world.follow(&customs, None, 2).await;
    assert!(live[0].0 > height && live[1].0 == live[0].0 + 1);
    let bad = world.send("GET", "/v1/stream", &format!("Authorization: Bearer {a}\r\nLast-Event-ID: x\r\n"), b"").await;
    assert_eq!(bad.failure(), failure(400, "H1413"));
    world.end().await;
}

/// Whoever waits for a height that does not come is no exception: its place would never be free again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_its_session_also_while_it_has_nothing_to_tell() {
    let world = World::start().await;
    let token = world.login(Who::C).await;
    let headers = format!("Connection: close\r\nAuthorization: Bearer {token}\r\nLast-Event-ID: {}\r\n", u64::MAX);
    let head = format!("GET /v1/stream HTTP/1.1\r\nHost: node\r\n{headers}\r\n");
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let opened = async {
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
    };
    timeout(DEADLINE, opened).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(world.post("/v1/logout", Some(&token), b"").await.status, 204);
    let mut rest = Vec::new();
    timeout(DEADLINE, stream.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert!(!String::from_utf8_lossy(&rest).contains("event:"));
    world.end().await;
}
