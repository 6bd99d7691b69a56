//! Everything that is turned away, at the door or in a block, each by its code.

use super::{
    committed, failure,
    world::{Who, World, code, signed, text},
};
use api::tx::{BatchAccepted, DryRun, TxAccepted, TxState, join_batch};
use gs1::{Quantity, Unit};
use keys::{KeyPair, Signer as _};
use ledger::{
    ClassId, CustodyPoint, HandoverTerms, Hash, NetworkId, Operation, OrgId, PersonId, Role, Signature, SignedTx, Slot,
    TxBody,
    bounds::{MAX_CUSTODY_EXPIRY_MS, MAX_ENTRIES, MAX_EXPIRY_MS, MAX_SIGNERS, MAX_TX_BYTES},
    crypto::Suite,
    list,
    operation::{Entry, EntryBody, EntryList, Registration},
    record::{ClassCode, KeyEndReason, Roles},
};

/// Set for the process in which a test runs alone.
const ALONE: &str = "HUFU_TEST_ALONE";
const MIB: usize = 1024 * 1024;

pub(super) fn slot(pair: &KeyPair, org: OrgId, role: Role) -> Slot {
    Slot { suite: Suite::Ed25519, org, key: pair.key_id(), role }
}

fn entries(count: usize) -> (Vec<Entry>, EntryList) {
    let registration = Registration {
        class: ClassId::of(&ClassCode::Gtin(super::GTIN.parse().unwrap())),
        code: code("NEW"),
        quantity: Quantity::new(1, Unit::PIECE).unwrap(),
        purpose: ledger::operation::Purpose::Unstated,
        private: None,
    };
    let entries = vec![Entry { salt: [1; 16], body: EntryBody::Registration(registration) }; count];
    let hashes: Vec<Hash> = entries.iter().map(Entry::hash).collect();
    (entries, EntryList { count: u32::try_from(count).unwrap(), root: list::root(&hashes) })
}

/// Firm A registers so many items.
pub(super) fn register(world: &World, count: usize) -> SignedTx {
    let (entries, list) = entries(count);
    SignedTx { entries, ..world.tx(20, Operation::Register { list }, &[(Who::A, Role::Declarant)]) }
}

fn offer(world: &World, salt: u8, signer: Slot) -> TxBody {
    let (id, item) = world.item(Who::A, "ONCE");
    let terms = HandoverTerms {
        network: world.handle.network,
        item: id,
        at: CustodyPoint { seq: item.custody_seq, trail: item.trail },
        giver: Who::A.org(),
        receiver: Who::B.org(),
        expires: world.handle.clock.now().plus_ms(600_000),
        purpose: ledger::operation::Purpose::Unstated,
        premises: None,
        private: None,
    };
    world.body(salt, Operation::Offer { terms }, vec![signer])
}

/// Everything that no node takes, with status and code.
fn inadmissible(world: &World) -> Vec<(&'static str, Vec<u8>, u16, &'static str)> {
    let now = world.handle.clock.now();
    let good = world.handover(1, "ONCE", Who::A, Who::B);
    let by_a = |change: &dyn Fn(&mut TxBody)| {
        let mut body = offer(world, 2, Who::A.slot(Role::Custodian));
        change(&mut body);
        let pairs: Vec<KeyPair> = body.signers.iter().map(|_| Who::A.pair()).collect();
        signed(body, &pairs).to_bytes()
    };
    let changed = |change: &dyn Fn(&mut SignedTx)| {
        let mut tx = good.clone();
        change(&mut tx);
        tx.to_bytes()
    };
    let hold = |expires| {
        let (item, _) = world.item(Who::A, "ONCE");
        let operation = Operation::PlaceHold { item, reason: text("recall") };
        let body = world.body(3, operation, vec![Who::Customs.slot(Role::Officer)]);
        signed(TxBody { expires, ..body }, &[Who::Customs.pair()]).to_bytes()
    };
    let stranger = KeyPair::from_seed(&[77; 32]);
    let unknown =
        signed(offer(world, 4, slot(&stranger, Who::A.org(), Role::Custodian)), std::slice::from_ref(&stranger));
    let mut claims = vec![0; 32 + 16 + 1];
    claims.extend([253, 255, 255, 255, 255, 255, 255, 255, 255]);
    let (extra, _) = entries(1);
    let mut fewer = register(world, 2);
    fewer.entries.pop();
    vec![
        ("nothing", Vec::new(), 400, "H1001"),
        ("nonsense", b"nonsense".to_vec(), 400, "H1001"),
        ("a byte more", [good.to_bytes(), vec![0]].concat(), 400, "H1001"),
        ("a byte less", good.to_bytes()[..100].to_vec(), 400, "H1001"),
        ("a great claim", claims, 400, "H1001"),
        ("100,000 arrays", vec![b'['; 100_000], 400, "H1001"),
        ("entries that nobody signed", changed(&|tx| tx.entries = extra.clone()), 400, "H1003"),
        ("an entry less", fewer.to_bytes(), 400, "H1003"),
        ("no entry", register(world, 0).to_bytes(), 400, "H1003"),
        ("an entry too many", register(world, MAX_ENTRIES + 1).to_bytes(), 400, "H1003"),
        ("expired", by_a(&|body| body.expires = now), 422, "H1004"),
        ("long expired", by_a(&|body| body.expires = ledger::Timestamp(1)), 422, "H1004"),
        ("too long a life", hold(now.plus_ms(MAX_EXPIRY_MS + 60_000)), 422, "H1005"),
        ("for ever", by_a(&|body| body.expires = ledger::Timestamp(u64::MAX)), 422, "H1005"),
        (
            "too long a life of custody",
            by_a(&|body| body.expires = now.plus_ms(MAX_CUSTODY_EXPIRY_MS + 60_000)),
            422,
            "H1005",
        ),
        ("no signer", by_a(&|body| body.signers.clear()), 400, "H2001"),
        ("a signer too many", by_a(&|body| body.signers = vec![body.signers[0]; MAX_SIGNERS + 1]), 400, "H2001"),
        ("one key twice", by_a(&|body| body.signers.push(Who::A.slot(Role::Officer))), 400, "H2002"),
        ("no suite", by_a(&|body| body.signers[0].suite = Suite::None), 400, "H2002"),
        ("a signature less", changed(&|tx| tx.signatures.truncate(1)), 400, "H2003"),
        ("a signature more", changed(&|tx| tx.signatures.push(Signature([0; 64]))), 400, "H2003"),
        ("an unknown key", unknown.to_bytes(), 401, "H2004"),
        ("a changed signature", changed(&|tx| tx.signatures[1].0[7] ^= 1), 401, "H2005"),
        ("signatures swapped", changed(&|tx| tx.signatures.swap(0, 1)), 401, "H2005"),
        ("changed after signing", changed(&|tx| tx.body.nonce[0] ^= 1), 401, "H2005"),
        ("for another organisation", by_a(&|body| body.signers[0].org = Who::B.org()), 403, "H2006"),
        ("for nobody", by_a(&|body| body.signers[0].org = OrgId(Hash([9; 32]))), 403, "H2006"),
        ("another network", by_a(&|body| body.network = NetworkId(Hash([9; 32]))), 422, "H3001"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_inadmissible_is_turned_away_at_the_door_by_its_code() {
    let world = World::start().await;
    let token = world.login(Who::A).await;
    let rows = inadmissible(&world);
    for (name, bytes, status, code) in &rows {
        let answer = world.post("/v1/tx", None, bytes).await;
        assert_eq!(answer.failure(), failure(*status, code), "{name}");
        let again = world.post("/v1/tx", None, bytes).await;
        assert_eq!(again.failure(), failure(*status, code), "{name}");
    }
    assert_eq!(world.handle.pool_size(), (0, 0));
    // Together they fail one by one, and what is longer than a transaction may be has a code too.
    let (long, good) = (vec![0; MAX_TX_BYTES + 1], world.handover(1, "ONCE", Who::A, Who::B).to_bytes());
    let parts = rows.iter().map(|row| row.1.as_slice()).chain([long.as_slice(), good.as_slice()]);
    let answers: BatchAccepted = world.post("/v1/tx/batch", None, &join_batch(parts)).await.ok();
    assert_eq!((answers.taken, answers.failed), (1, rows.len() as u32 + 1));
    let codes: Vec<String> =
        answers.answers.iter().filter_map(|a| a.problem.as_ref()).map(|p| p.code.clone()).collect();
    let expect: Vec<&str> = rows.iter().map(|row| row.3).chain(["H1002"]).collect();
    assert_eq!(codes, expect);
    assert_eq!(world.post("/v1/tx", None, &long).await.failure(), failure(413, "H1414"));
    // None of it used up an identity: the good one goes its way.
    let id = answers.answers.last().unwrap().id.clone().unwrap();
    assert_eq!(committed(&world, &token, &id).await.status, TxState::Committed);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_ahead_of_its_item_waits_and_is_called_so_in_a_dry_run() {
    let world = World::start().await;
    let token = world.login(Who::B).await;
    let first = world.handover(1, "ONCE", Who::A, Who::B);
    let Operation::Handover { mut terms } = first.body.operation.clone() else { panic!() };
    terms.at = terms.at.after(&first.body.id());
    (terms.giver, terms.receiver) = (terms.receiver, terms.giver);
    let signers = [(Who::B, Role::Custodian), (Who::A, Role::Receiver)];
    let second = world.tx(2, Operation::Handover { terms }, &signers);
    let judged: DryRun = world.post("/v1/tx?dry_run=1", Some(&token), &second.to_bytes()).await.ok();
    assert_eq!(judged.problem.map(|p| p.code), Some("H1007".into()));
    let taken: TxAccepted = world.post("/v1/tx", None, &second.to_bytes()).await.ok();
    assert_eq!(taken.status, TxState::Pending);
    world.post("/v1/tx", None, &first.to_bytes()).await.ok::<TxAccepted>();
    assert_eq!(committed(&world, &token, &taken.id).await.status, TxState::Committed);
    world.end().await;
}

/// Registers a key of firm A that may declare and nothing else.
async fn clerk(world: &World, token: &str, seed: u8) -> KeyPair {
    let (pair, org) = (KeyPair::from_seed(&[seed; 32]), Who::A.org());
    let (person, roles) = (PersonId(Hash([seed; 32])), Roles::of(&[Role::Declarant]));
    let claim = keys::claim(&pair, &world.handle.network, &org, person, Hash::default(), roles);
    let tx = world.tx(seed, Operation::RegisterKey { org, claim }, &[(Who::A, Role::Administrator)]);
    done(world, token, &tx).await;
    pair
}

pub(super) async fn done(world: &World, token: &str, tx: &SignedTx) {
    let taken: TxAccepted = world.post("/v1/tx", None, &tx.to_bytes()).await.ok();
    let status = committed(world, token, &taken.id).await;
    assert_eq!(status.status, TxState::Committed, "{status:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_rule_refuses_stands_in_a_block_and_answers_the_same_when_it_comes_again() {
    let world = World::start().await;
    let token = world.login(Who::A).await;
    let [lost, retired] = [clerk(&world, &token, 50).await, clerk(&world, &token, 51).await];
    let end = |salt: u8, pair: &KeyPair, reason| {
        let operation = Operation::EndKey { key: pair.key_id(), reason };
        world.tx(salt, operation, &[(Who::A, Role::Administrator)])
    };
    let by = |salt: u8, pair: &KeyPair, role| {
        let body = offer(&world, salt, slot(pair, Who::A.org(), role));
        signed(
            TxBody { expires: world.handle.clock.now().plus_ms(MAX_CUSTODY_EXPIRY_MS), ..body },
            std::slice::from_ref(pair),
        )
    };
    refused(&world, &token, &by(60, &lost, Role::Custodian), "H2104").await;
    done(&world, &token, &end(52, &lost, KeyEndReason::Compromised)).await;
    refused(&world, &token, &by(61, &lost, Role::Declarant), "H2101").await;
    done(&world, &token, &end(53, &retired, KeyEndReason::Retired)).await;
    // It lives longer than anything that the key can have signed before its end.
    refused(&world, &token, &by(62, &retired, Role::Declarant), "H2102").await;
    world.end().await;
}

/// Sees a transaction refused in a block, and every later sending answered by that.
async fn refused(world: &World, token: &str, tx: &SignedTx, code: &str) {
    let taken: TxAccepted = world.post("/v1/tx", None, &tx.to_bytes()).await.ok();
    let status = committed(world, token, &taken.id).await;
    assert_eq!((status.status, status.rejection.map(|r| r.code)), (TxState::Refused, Some(code.to_owned())));
    for _ in 0..2 {
        let sent = world.post("/v1/tx", None, &tx.to_bytes()).await;
        assert_eq!(sent.status, 202);
        let again: TxAccepted = sent.ok();
        assert_eq!((&again.id, again.status), (&taken.id, TxState::Refused));
    }
}

// ---------------------------------------------------------------------------------------------------------- memory

/// Most memory that this process has held so far, in KiB, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Bodies of 100 MB and deep nesting at a running node, in a process of their own, so that nobody else's memory is
/// counted.
#[test]
fn hostile_bodies_cost_little_memory() {
    const NAME: &str = "http::tests::refusals::hostile_bodies_cost_little_memory";
    if std::env::var_os(ALONE).is_none() {
        let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
        let output = alone.args([NAME, "--exact", "--nocapture"]).env(ALONE, "1").output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let world = World::start().await;
        let piece = vec![b'['; MIB];
        // What serving costs at all is no stranger's doing.
        pour(&world, &piece, "/v1/tx", 1, None).await;
        let before = peak();
        for path in ["/v1/tx", "/v1/tx/batch", "/v1/login"] {
            pour(&world, &piece, path, 100, None).await;
            pour(&world, &piece, path, 100, Some("Transfer-Encoding: chunked")).await;
        }
        let nested = vec![b'['; 100_000];
        for (path, expect) in [
            ("/v1/tx", failure(400, "H1001")),
            ("/v1/tx/batch", failure(400, "H6002")),
            ("/v1/login", failure(413, "H1414")),
        ] {
            assert_eq!(world.post(path, None, &nested).await.failure(), expect, "{path}");
        }
        match (before, peak()) {
            (Some(before), Some(after)) => assert!(after - before < 32 * 1024, "{before} KiB grew to {after} KiB"),
            _ => println!("skipped: the system does not tell the memory of a process"),
        }
        world.end().await;
    });
}

/// Sends so many MiB to a path, with their length stated or in chunks, and sees them refused.
async fn pour(world: &World, piece: &[u8], path: &str, times: usize, chunked: Option<&str>) {
    let length = format!("Content-Length: {}", times * MIB);
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: node\r\nConnection: close\r\n{}\r\n\r\n", chunked.unwrap_or(&length));
    let answer = match chunked {
        None => world.pour(head.as_bytes(), piece, times).await,
        Some(_) => {
            let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
            world.pour(head.as_bytes(), &chunk, times).await
        }
    };
    assert_eq!(answer.failure(), failure(413, "H1414"), "{path}");
}
