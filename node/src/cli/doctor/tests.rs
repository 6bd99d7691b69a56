//! Homes in order and out of it, and what the doctor says of them.

use super::*;
use crate::{
    ceremony::{Assembly, ClaimRequest, Finish, PersonRequest},
    cli::tests::{is_understood, words},
};
use keys::{KdfCost, KeyFile, SecretString};
use ledger::{
    Role, Text, Timestamp,
    policy::Orientation,
    record::{AgencyFunction, OrgIdentifier, OrgKind, OrgProfile, Roles},
};
use std::{
    io::{Read, Write},
    thread::JoinHandle,
};

/// Two addresses that were free a moment ago.
fn free() -> [SocketAddr; 2] {
    let held = [(), ()].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap())
}

/// The home of the one agency of a network, whose path takes quotation marks.
fn agency(dir: &Path) -> Config {
    let [api, p2p] = free();
    let (home, secret) = (dir.join("an agency's"), SecretString::from("correct horse".to_owned()));
    let (keys, text) = (home.join("keys"), |text: &str| Text::new(text).unwrap());
    let identifier = OrgIdentifier { scheme: Text::new("agency").unwrap(), value: Text::new("customs").unwrap() };
    let kind = OrgKind::Agency(AgencyFunction::Customs);
    let administrator =
        PersonRequest { label: "administrator".into(), name: "A B".into(), roles: Roles::of(&[Role::Administrator]) };
    let request = ClaimRequest {
        home: &home,
        keys: &keys,
        password: &secret,
        cost: KdfCost::Light,
        chain: text("chain"),
        profile: OrgProfile { identifier, name: Text::new("Customs").unwrap(), kind },
        persons: vec![administrator],
        name: "customs".into(),
        address: p2p,
    };
    let (claim, made) = ceremony::claim(request).unwrap();
    let pack = api::pack::shipped("shenzhen-draft").unwrap();
    let pack = api::pack::read(pack, Some(Orientation::FirstIsLowest)).unwrap();
    let assembly = Assembly::new(text("chain"), Timestamp(1_700_000_000_000), pack);
    let genesis = ceremony::assemble(&[claim], assembly).unwrap();
    let key = KeyFile::read(&made[0].file).unwrap().open(&secret).unwrap();
    let cosignatures = vec![ceremony::cosign(&genesis, &key, None, None).unwrap()];
    ceremony::finish(Finish { home: &home, genesis, cosignatures, api, listen: None }).unwrap().config
}

fn status(height: u64, block: Timestamp, peers: u32) -> StatusView {
    let status = json!({
        "schema": "hufu.status/1", "role": "validator", "org": "o", "chain": "c", "network": "n", "height": height,
        "block_time": api::time::rfc3339(block), "state_root": "r", "peers": peers,
        "mempool": {"count": 0, "bytes": 0}, "sync": "synced", "safety": "safe", "version": "0"
    });
    serde_json::from_value(status).unwrap()
}

fn of<'a>(checks: &'a [Check], name: &str) -> &'a Check {
    checks.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("{name}: {checks:?}"))
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_home_in_order_lacks_nothing_and_its_commands_are_understood() {
    let dir = tempfile::tempdir().unwrap();
    let config = agency(dir.path());
    let found = checks(&config);
    // How much room there is on this machine is not the home's.
    let wrong: Vec<&Check> = found.iter().filter(|c| c.verdict == Verdict::Wrong && c.name != "disk").collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    for name in ["permissions", "genesis", "clock", "sign-state", "registered", "archive"] {
        assert_eq!(of(&found, name).verdict, Verdict::Ok, "{found:?}");
    }
    let start = &of(&found, "node").cure;
    assert_eq!(is_understood(start), Ok(()));
    assert_eq!(words(start).last().map(String::as_str), config.home.to_str());
}

#[test]
fn a_home_that_is_none_ends_as_what_is_not_found() {
    let dir = tempfile::tempdir().unwrap();
    let found = answer(&dir.path().join("nowhere"));
    assert_eq!(found.exit, catalogue::exit_code("H3140"));
    assert!(found.text.contains("failed to find") && found.text.contains("H3140"), "{}", found.text);
    let config = agency(dir.path());
    chmod(&config.layout().node_key(), 0o644);
    assert_eq!(answer(&config.home).exit, catalogue::exit::FAILED);
}

#[test]
fn keys_and_home_are_their_owners_alone() {
    let dir = tempfile::tempdir().unwrap();
    let layout = agency(dir.path()).layout();
    let (folder, key) = (layout.folder().to_owned(), layout.node_key());
    let check = |path: &Path, mode: u32, verdict: Verdict, cure: &str| {
        let before = fs::metadata(path).unwrap().permissions();
        chmod(path, mode);
        let found = permissions(&layout);
        assert_eq!(found.verdict, verdict, "{mode:o}: {found:?}");
        assert!(found.cure.starts_with(cure), "{mode:o}: {found:?}");
        fs::set_permissions(path, before).unwrap();
    };
    check(&folder, 0o700, Verdict::Ok, "");
    check(&folder, 0o750, Verdict::Ok, "");
    check(&folder, 0o755, Verdict::Warning, "chmod 700 '/");
    check(&folder, 0o770, Verdict::Wrong, "chmod 700 '/");
    check(&key, 0o640, Verdict::Wrong, "chmod 600 '/");
    fs::write(&key, r#"{"schema":"hufu.nodekey/1","consensus":"a secret","transport":7}"#).unwrap();
    let found = permissions(&layout);
    assert_eq!(found.verdict, Verdict::Wrong);
    assert!(!found.detail.contains("a secret"), "{found:?}");
    fs::remove_file(&key).unwrap();
    assert_eq!(permissions(&layout).cure, "restore node.key.json from its backup");
}

#[test]
fn the_trust_file_is_of_the_genesis_or_led_on_from_it() {
    let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = agency(dir.path());
    let path = config.layout().trust();
    let check = |bytes: &[u8], verdict: Verdict| {
        fs::write(&path, bytes).unwrap();
        let (found, _) = genesis(&config);
        assert_eq!(found.verdict, verdict, "{found:?}");
        assert_eq!(found.cure.starts_with("hufu trust create --genesis '/"), verdict == Verdict::Wrong, "{found:?}");
    };
    let own = load_trust(&config).unwrap();
    check(&own.to_json(), Verdict::Ok);
    check(&own.with_trusting_ms(Some(86_400_000)).to_json(), Verdict::Ok);
    check(&load_trust(&agency(elsewhere.path())).unwrap().to_json(), Verdict::Wrong);
    check(b"{}", Verdict::Wrong);
}

#[test]
fn a_block_is_old_by_the_interval_of_the_network() {
    let dir = tempfile::tempdir().unwrap();
    let (_, file) = genesis(&agency(dir.path()));
    let mut file = file.unwrap();
    let check = |file: &GenesisFile, height: u64, age_ms: u64, verdict: Verdict| {
        let found = clock(Some(file), Some(&status(height, Timestamp(now_ms() - age_ms), 0)));
        assert_eq!(found.verdict, verdict, "{found:?}");
    };
    check(&file, 9, 0, Verdict::Ok);
    check(&file, 9, 60_000, Verdict::Warning);
    check(&file, 0, 60_000, Verdict::Ok);
    file.genesis.params.idle_interval_ms = 600_000;
    check(&file, 9, 60_000, Verdict::Ok);
    check(&file, 9, 3_100_000, Verdict::Warning);
    file.genesis.time = Timestamp(now_ms() + 3_600_000);
    check(&file, 9, 0, Verdict::Wrong);
}

/// Answers one request with these bytes.
fn answer_once(listener: &TcpListener, response: String) -> JoinHandle<()> {
    let listener = listener.try_clone().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            asked.extend(byte);
        }
        stream.write_all(response.as_bytes()).unwrap();
    })
}

#[test]
fn what_answers_in_the_place_of_the_node_is_not_taken_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let config = agency(dir.path());
    assert!(node(&config, &Asked::of(&config, Some("n"))).cure.starts_with("hufud start --home"));
    let listener = TcpListener::bind(config.api.listen).unwrap();
    let view = serde_json::to_string(&status(9, Timestamp(now_ms()), 0)).unwrap();
    let response = |code: &str, body: &str| format!("HTTP/1.1 {code}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let check = |response: String, network: &str, verdict: Verdict, detail: &str| {
        let answered = answer_once(&listener, response);
        let found = node(&config, &Asked::of(&config, Some(network)));
        answered.join().unwrap();
        assert_eq!(found.verdict, verdict, "{found:?}");
        assert!(found.detail.contains(detail), "{found:?}");
        assert_eq!(found.cure.contains("ss -ltnp"), verdict == Verdict::Wrong, "{found:?}");
    };
    check(response("200 OK", &view), "n", Verdict::Ok, "runs: height 9");
    check(response("200 OK", &view), "m", Verdict::Wrong, "a node of the network n");
    check(response("200 OK", "{}"), "n", Verdict::Wrong, "no node");
    check(response("404 Not Found", ""), "n", Verdict::Wrong, "answers 404");
    // The node is there and does not get on, or is about to.
    let told = |sync: &str, safety: &str| {
        runs(&StatusView { sync: sync.into(), safety: safety.into(), ..status(9, Timestamp(0), 0) }).verdict
    };
    assert_eq!(told("stalled", "safe"), Verdict::Warning);
    assert_eq!(told("synced", "H7002"), Verdict::Warning);
    assert_eq!(told("synced", "H7011"), Verdict::Wrong);
}

#[test]
fn an_address_that_cannot_be_had_is_told_by_why() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    assert_eq!(taken("HTTP", address).unwrap().1, who_has(address));
    // TEST-NET-1 of RFC 5737 is no machine's.
    let (_, cure) = taken("HTTP", SocketAddr::from(([192, 0, 2, 1], 9))).unwrap();
    assert!(cure.contains("hufud.toml") && !cure.contains("ss -ltnp"), "{cure}");
    drop(listener);
    assert!(taken("HTTP", address).is_none());
}

#[test]
fn a_sign_state_is_missed_where_the_node_votes() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = agency(dir.path());
    let (_, file) = genesis(&config);
    let path = config.layout().consensus().join(SIGN_STATE_FILE);
    let check = |config: &Config, name: &str, verdict: Verdict, cure: &str| {
        let (found, _) = sign_state(config, file.as_ref(), false);
        assert_eq!((found.name, found.verdict), (name, verdict), "{found:?}");
        assert!(found.cure.contains(cure), "{found:?}");
    };
    check(&config, "sign-state", Verdict::Ok, "");
    // Another process has the home, or the ledger alone.
    let lock = HomeLock::acquire(&config.layout().consensus()).unwrap();
    check(&config, "sign-state", Verdict::Warning, "ask again");
    drop(lock);
    let store = Store::open(&config.layout().store(), config.store_options()).unwrap();
    check(&config, "ledger", Verdict::Warning, "ask again");
    drop(store);
    fs::write(&path, "damaged").unwrap();
    check(&config, "sign-state", Verdict::Wrong, "; then rm '/");
    fs::remove_file(&path).unwrap();
    check(&config, "sign-state", Verdict::Wrong, "; then hufud sign-state create --home '/");
    config.observe = true;
    check(&config, "sign-state", Verdict::Ok, "");
    fs::remove_dir_all(config.layout().data()).unwrap();
    check(&config, "ledger", Verdict::Wrong, "Restoring a node");
    assert!(!config.layout().data().exists(), "a doctor makes nothing");
}

#[test]
fn a_home_of_another_role_or_user_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let config = agency(dir.path());
    fs::create_dir(config.layout().slice()).unwrap();
    let found = checks(&config);
    assert_eq!(of(&found, "role").verdict, Verdict::Wrong);
    assert!(of(&found, "role").cure.starts_with("hufud init --role agency"));
    let me = rustix::process::geteuid().as_raw();
    assert_eq!(of_another_user(dir.path(), me), None);
    assert_eq!(of_another_user(dir.path(), me.wrapping_add(1)), Some(me));
}

#[test]
fn peers_that_are_away_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let there = TcpListener::bind("127.0.0.1:0").unwrap();
    let key = |n: u8| format!("{n:064x}");
    let peer = |n: u8, address| PeerConfig { name: format!("n{n}"), peer: key(n), address };
    let called = vec![peer(1, there.local_addr().ok()), peer(2, Some(free()[0])), peer(3, None)];
    let [api, p2p] = free();
    let config = Config::new(dir.path(), "a", api, p2p, called);
    let verdicts = |connected: Option<&BTreeSet<String>>| -> Vec<Verdict> {
        peers(&config, connected).into_iter().map(|check| check.verdict).collect()
    };
    assert_eq!(verdicts(None), [Verdict::Ok, Verdict::Warning, Verdict::Ok]);
    assert_eq!(verdicts(Some(&BTreeSet::from([1, 2, 3, 9].map(key)))), [Verdict::Ok]);
    // As many as are named, one of them another.
    let missing = [
        ([2, 3, 9], "n1", "correct `peer` in hufud.toml"),
        ([1, 3, 9], "n2", "check the firewall"),
        ([1, 2, 9], "n3", "give its address in hufud.toml"),
    ];
    for (connected, name, cure) in missing {
        let found = peers(&config, Some(&BTreeSet::from(connected.map(key))));
        let [all, one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((all.verdict, one.verdict), (Verdict::Warning, Verdict::Warning), "{found:?}");
        assert!(all.detail.ends_with(&format!("2 of the 3 in hufud.toml among them; missing: {name}")), "{found:?}");
        assert!(one.detail.starts_with(name) && one.cure.contains(cure), "{found:?}");
    }
}

#[test]
fn who_is_connected_is_asked_of_the_running_node() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = Config::new(dir.path(), "a", listener.local_addr().unwrap(), free()[1], Vec::new());
    let told = |code: &str| {
        let response = format!("HTTP/1.1 {code}\r\n\r\nhufu_consensus_peer_connected{{peer=\"ab\"}} 1\n");
        let answered = answer_once(&listener, response);
        let found = connected(&config);
        answered.join().unwrap();
        found
    };
    assert_eq!(told("200 OK").unwrap(), BTreeSet::from(["ab".to_owned()]));
    assert_eq!(told("503 Busy").unwrap_err().to_string(), "it answers 503");
}
