//! The checks of an agency's or observer's node towards others: the ledger knows it, members' nodes are let in, snapshots are
//! made, and what was moved out of the ledger is there.

use super::{Check, REACH, failed, ok, start, taken, warning, who_has, wrong};
use crate::{
    ceremony,
    cli::quoted,
    config::{Config, NodeRole, SnapshotConfig},
    seat::{Seat, Standing},
    snapshot::heights,
    upkeep,
};
use api::{network::StatusView, view::AsOf};
use keys::{NodeKey, Signer as _};
use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    time::SystemTime,
};
use store::{Store, StoreError};

/// Runs these checks. `ledger`: that of a node that does not run.
pub(super) fn checks(config: &Config, status: Option<&StatusView>, ledger: Option<&Store>) -> Vec<Check> {
    let height = status.map(|status| status.height).or(ledger.map(|ledger| ledger.tip().height));
    vec![
        registered(config, status, ledger),
        access(config, status.is_some()),
        snapshot(config, height),
        archive(config, status.is_some(), ledger),
    ]
}

/// Whether the ledger, as far as it is here, knows this node: the agencies' nodes let in no other one.
fn registered(config: &Config, status: Option<&StatusView>, ledger: Option<&Store>) -> Check {
    let known = match (status, ledger) {
        (Some(status), _) => Some((status.org.clone(), status.ended.clone())).filter(|(org, _)| !org.is_empty()),
        (None, Some(ledger)) => match standing(config, ledger) {
            Ok(Standing { org, ended, .. }) => org.map(|org| (org.to_string(), ended.map(AsOf::from))),
            Err(detail) => {
                return warning("registered", detail, "mend what is said of the other checks, and ask again");
            }
        },
        (None, None) => {
            let cure = "mend what is said of sign-state, and ask again";
            return warning("registered", "not checked: the ledger was not opened", cure);
        }
    };
    if let Some((org, ended)) = known {
        return of_known(config, status, &org, ended);
    }
    if let Some(status) = status.filter(|status| status.peers > 0) {
        let detail = format!("{} nodes let this one in; its own ledger is not that far yet", status.peers);
        return ok("registered", detail);
    }
    let (claim, home) = (ceremony::own_node_claim(&config.home), quoted(&config.home));
    let cure = match (config.role, claim.exists()) {
        (NodeRole::Observer, true) => {
            format!("the administrator of its organisation registers it: hufu node register {}", quoted(&claim))
        }
        (NodeRole::Observer, false) => {
            "ask an agency for an invitation, then hufud init --role observer --home NEW, which writes a claim"
                .to_owned()
        }
        (NodeRole::Agency | NodeRole::Member | NodeRole::Partner, _) => {
            format!("hufud seat claim --home {home} --org ORG, or hufud seat new-agency; then the agencies vote")
        }
    };
    warning("registered", "the ledger that is here does not know this node: no agency lets it in before it does", cure)
}

/// A node that the ledger here knows. One whose registration is ended is cut off at once, and may never get the block
/// that says so: where nobody is connected, that may be why.
fn of_known(config: &Config, status: Option<&StatusView>, org: &str, ended: Option<AsOf>) -> Check {
    let another = match config.role {
        NodeRole::Observer => {
            "ask an agency for an invitation, then hufud init --role observer --home NEW, and hufu node register \
             NEW/node.claim.json: no key is registered twice"
        }
        NodeRole::Agency | NodeRole::Member | NodeRole::Partner => {
            "hufud init --role agency --home NEW, then hufud seat claim --home NEW --org ORG; then the agencies vote: \
             no key is registered twice"
        }
    };
    if let Some(AsOf { height, time }) = ended {
        let detail = format!("its registration for the organisation {org} has ended, at height {height}, {time}");
        return wrong("registered", detail, another);
    }
    let is_alone = status.is_some_and(|status| status.role == "observer" && status.peers == 0);
    match status.filter(|_| is_alone && !config.peers.is_empty()) {
        Some(StatusView { height, .. }) => {
            let detail = format!(
                "a node of the organisation {org} at height {height}; no other node is connected: its registration may \
                 have ended since"
            );
            let cure = format!("see peers; if they answer, ask an agency whether it has ended; if so, {another}");
            warning("registered", detail, cure)
        }
        None => ok("registered", format!("a node of the organisation {org}")),
    }
}

/// What the ledger of its home says of this node.
fn standing(config: &Config, ledger: &Store) -> Result<Standing, String> {
    let keys = NodeKey::read(&config.layout().node_key()).map_err(|e| format!("failed to {e}"))?;
    let (key, peer) = (keys.consensus.key_id(), *keys.transport.public_key().bytes());
    Seat { key, peer, observe: config.observe }.standing(ledger).map_err(|e| format!("failed to {e}"))
}

/// Where members' nodes ask.
fn access(config: &Config, runs: bool) -> Check {
    let Some(address) = config.access.listen else {
        let cure = "to let members' nodes ask, give access.listen in hufud.toml and start the node anew";
        return Check { cure: cure.into(), ..ok("access", "no members' nodes are let in") };
    };
    if !runs {
        return match taken("members' nodes", address) {
            None => {
                let detail = format!("{address} for members' nodes is free; the node does not run");
                warning("access", detail, start(config))
            }
            Some((detail, cure)) => wrong("access", detail, cure),
        };
    }
    match TcpStream::connect_timeout(&reached(address), REACH) {
        Ok(_) => ok("access", format!("members' nodes may ask at {address}")),
        Err(error) => {
            let cure = format!("{}; then end the node, and {}", who_has(address), start(config));
            wrong("access", format!("the node runs, and nobody answers members' nodes at {address}: {error}"), cure)
        }
    }
}

/// Where this machine reaches an address that is listened on.
fn reached(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    SocketAddr::new(ip, address.port())
}

/// Whether snapshots are made, and how old the newest is. `height`: of the ledger, where it is known.
fn snapshot(config: &Config, height: Option<u64>) -> Check {
    let (folder, home) = (config.layout().snapshots(), quoted(&config.home));
    let by_hand = format!("end the node, and hufud snapshot create --home {home} --out FOLDER");
    let Some(SnapshotConfig { every_heights, keep: _ }) = config.snapshot else {
        let cure = format!("to have some made, give [snapshot] every_heights in hufud.toml; once: {by_hand}");
        return Check { cure, ..ok("snapshot", "none is made by itself") };
    };
    let newest = match heights(&folder) {
        Ok(found) => found.into_iter().max(),
        Err(error) => {
            let cure = format!("see who may read it: ls -ld {}", quoted(&folder));
            return wrong("snapshot", format!("{}: {error}", folder.display()), cure);
        }
    };
    let detail = match newest {
        Some(newest) => format!("the newest is of height {newest}{}", made(&folder.join(newest.to_string()))),
        None => "there is none yet".to_owned(),
    };
    // One is made at the block at which it is due, and takes its time.
    let late = newest.unwrap_or(0).saturating_add(every_heights.saturating_mul(2));
    match height.filter(|height| *height > late) {
        Some(height) => {
            let detail = format!("{detail}, the ledger at height {height}: one is due every {every_heights} heights");
            warning("snapshot", detail, format!("see why in the log of the node, and make room; or {by_hand}"))
        }
        None => ok("snapshot", detail),
    }
}

/// How long ago a folder was made, in words.
fn made(folder: &Path) -> String {
    let at = fs::metadata(folder).and_then(|folder| folder.modified()).ok();
    let age = at.and_then(|at| SystemTime::now().duration_since(at).ok());
    age.map_or_else(String::new, |age| format!(", made {} minutes ago", age.as_secs() / 60))
}

/// Whether the archive is there, goes with the ledger, and what it spans.
fn archive(config: &Config, runs: bool, ledger: Option<&Store>) -> Check {
    let Some(folder) = config.archive() else { return ok("archive", "nothing is moved out of the ledger") };
    let shown = folder.display();
    let check = format!("hufud archive check --home {}", quoted(&config.home));
    let restore = format!("mount its disk, or restore it at {shown}; then {check}");
    if runs {
        return match folder.exists() {
            true => ok("archive", format!("{shown}, in use by the running node")),
            false => wrong("archive", format!("{shown} is gone from under the running node"), restore),
        };
    }
    let Some(ledger) = ledger else {
        let cure = "mend what is said of sign-state, and ask again";
        return warning("archive", "not checked: the ledger was not opened", cure);
    };
    // To open an empty folder would begin an archive in it, where its disk may only be missing.
    let is_there = fs::read_dir(&folder).is_ok_and(|mut files| files.next().is_some());
    match (is_there, ledger.first_height()) {
        (_, Err(error)) => wrong("archive", failed(error.code(), &error), error.help()),
        (false, Ok(..=1)) => ok("archive", format!("{shown} is not begun yet: the node begins it")),
        // A ledger out of a snapshot begins there too, and has moved nothing.
        (false, Ok(first)) => {
            let detail = format!("{shown} is not there, and the ledger begins at height {first}");
            warning("archive", detail, format!("where heights were moved to it, {restore}"))
        }
        (true, Ok(_)) => match opened(&folder, config, ledger) {
            Ok(Some((from, to))) => ok("archive", format!("{shown}: heights {from} to {}", to.saturating_sub(1))),
            Ok(None) => ok("archive", format!("{shown}: empty")),
            Err(error) => wrong("archive", failed(error.code(), &error), format!("{}; then {check}", error.help())),
        },
    }
}

/// What an archive spans that goes with the ledger.
fn opened(folder: &Path, config: &Config, ledger: &Store) -> Result<Option<(u64, u64)>, StoreError> {
    let archive = Arc::new(upkeep::open_archive(folder, config, ledger)?);
    ledger.attach(archive.clone())?;
    archive.span()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::doctor::{Asked, Verdict},
        config::{PeerConfig, PruneConfig},
        http::{
            self, HttpOptions,
            tests::world::{Who, World},
        },
        member::tests::{node_of, register, revoke},
    };
    use keys::KeyPair;
    use ledger::{Hash, NetworkId, StateKey, StateRead, record::NodeRecord};
    use serde_json::json;
    use std::net::TcpListener;
    use store::Archive;

    fn config(home: &Path) -> Config {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Config::new(home, "customs", free(), free(), Vec::new())
    }

    fn told(check: &Check) -> (Verdict, &str) {
        (check.verdict, check.cure.as_str())
    }

    fn status(org: &str, peers: u32) -> StatusView {
        let status = json!({
            "schema": "hufu.status/1", "role": "observer", "org": org, "chain": "c", "network": "n", "height": 1,
            "block_time": "1970-01-01T00:00:00Z", "state_root": "r", "peers": peers,
            "mempool": {"count": 0, "bytes": 0}, "sync": "synced", "safety": "safe", "version": "0"
        });
        serde_json::from_value(status).unwrap()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_node_that_the_ledger_does_not_know_is_told_who_registers_it() {
        let world = World::start().await;
        let ledger = &world.handle.store;
        let home = tempfile::tempdir().unwrap();
        let mut config = Config { role: NodeRole::Observer, ..config(home.path()) };
        let check = |config: &Config, status: Option<&StatusView>, cure: &str| {
            let found = registered(config, status, Some(ledger));
            assert_eq!(found.verdict, Verdict::Warning, "{found:?}");
            assert!(found.cure.contains(cure), "{found:?}");
        };
        check(&config, None, "mend what is said");
        NodeKey::random().unwrap().write_new(&config.layout().node_key()).unwrap();
        check(&config, None, "hufud init --role observer");
        fs::write(ceremony::own_node_claim(home.path()), "a claim").unwrap();
        check(&config, None, "hufu node register /");
        check(&config, Some(&status("", 0)), "hufu node register /");
        assert_eq!(told(&registered(&config, Some(&status("", 3)), None)), (Verdict::Ok, ""), "it catches up");
        assert_eq!(told(&registered(&config, Some(&status("ab", 0)), None)), (Verdict::Ok, ""), "it is known");
        assert_eq!(registered(&config, None, None).verdict, Verdict::Warning);
        config.role = NodeRole::Agency;
        check(&config, None, "hufud seat claim --home /");
        world.end().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_registration_that_has_ended_is_told_with_its_height() {
        let world = World::start().await;
        let ledger = &world.handle.store;
        let home = tempfile::tempdir().unwrap();
        let mut config = Config { role: NodeRole::Observer, ..config(home.path()) };
        let keys = NodeKey { consensus: KeyPair::random().unwrap(), transport: node_of(Who::A) };
        keys.write_new(&config.layout().node_key()).unwrap();
        let peer = register(&world, 1, Who::A).await.peer.0;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        config.api.listen = listener.local_addr().unwrap();
        let options = HttpOptions::new(Seat { peer, ..Seat::default() });
        tokio::spawn(http::serve(listener, world.handle.clone(), options, std::future::pending()));
        let told_of_both = |verdict: Verdict, detail: &str, cure: &str| {
            let asked = Asked::of(&config, None);
            for found in [registered(&config, None, Some(ledger)), registered(&config, asked.status(), None)] {
                assert_eq!(found.verdict, verdict, "{found:?}");
                assert!(found.detail.contains(detail) && found.cure.contains(cure), "{found:?}");
            }
        };
        told_of_both(Verdict::Ok, "a node of the organisation", "");
        revoke(&world, 2, Who::A).await;
        let record: NodeRecord = ledger.record(&StateKey::Node(peer)).unwrap().unwrap();
        let ended = format!("has ended, at height {}, ", record.end.unwrap().at.height);
        told_of_both(Verdict::Wrong, &ended, "hufud init --role observer --home NEW");
        world.end().await;
    }

    #[test]
    fn a_registered_node_that_nobody_lets_in_may_have_been_ended() {
        let home = tempfile::tempdir().unwrap();
        let mut config = Config { role: NodeRole::Observer, ..config(home.path()) };
        let verdict = |config: &Config, status: &StatusView| registered(config, Some(status), None).verdict;
        assert_eq!(verdict(&config, &status("ab", 0)), Verdict::Ok, "there is nobody to connect to");
        config.peers = vec![PeerConfig { name: "customs".into(), peer: "ab".repeat(32), address: None }];
        let alone = registered(&config, Some(&status("ab", 0)), None);
        assert_eq!(alone.verdict, Verdict::Warning);
        assert!(alone.cure.contains("hufud init --role observer --home NEW"), "{alone:?}");
        assert_eq!(verdict(&config, &status("ab", 1)), Verdict::Ok);
        let votes = StatusView { role: "validator".into(), ..status("ab", 0) };
        assert_eq!(verdict(&config, &votes), Verdict::Ok, "who votes is not ended");
    }

    #[test]
    fn whether_members_are_let_in_is_asked_of_the_port() {
        let home = tempfile::tempdir().unwrap();
        let mut config = config(home.path());
        let none = access(&config, true);
        assert_eq!(none.verdict, Verdict::Ok);
        assert!(none.cure.contains("access.listen"), "{none:?}");
        let listening = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listening.local_addr().unwrap();
        config.access.listen = Some(address);
        assert_eq!(told(&access(&config, true)), (Verdict::Ok, ""));
        let (verdict, cure) = (access(&config, false).verdict, format!("ss -ltnp 'sport = :{}'", address.port()));
        assert_eq!(verdict, Verdict::Wrong, "somebody else has it");
        assert!(access(&config, false).cure.contains(&cure));
        drop(listening);
        let away = access(&config, true);
        assert_eq!(away.verdict, Verdict::Wrong);
        assert!(away.cure.contains(&cure) && away.cure.contains("hufud start --home"), "{away:?}");
        let free = access(&config, false);
        assert_eq!(free.verdict, Verdict::Warning);
        assert!(free.cure.starts_with("hufud start --home"), "{free:?}");
        for (listen, reach) in [("0.0.0.0:9", "127.0.0.1:9"), ("[::]:9", "[::1]:9"), ("10.0.0.1:9", "10.0.0.1:9")] {
            assert_eq!(reached(listen.parse().unwrap()), reach.parse().unwrap());
        }
    }

    #[test]
    fn a_snapshot_that_is_late_is_told() {
        let home = tempfile::tempdir().unwrap();
        let mut config = config(home.path());
        let none = snapshot(&config, Some(1_000));
        assert_eq!(none.verdict, Verdict::Ok);
        assert!(none.cure.contains("every_heights") && none.cure.contains("hufud snapshot create --home"), "{none:?}");
        config.snapshot = Some(SnapshotConfig { every_heights: 100, keep: 2 });
        assert_eq!(told(&snapshot(&config, Some(200))), (Verdict::Ok, ""), "there is none yet");
        assert_eq!(snapshot(&config, Some(201)).verdict, Verdict::Warning);
        for height in ["300", "100", "400.new"] {
            fs::create_dir_all(config.layout().snapshots().join(height)).unwrap();
        }
        for (height, verdict) in [(None, Verdict::Ok), (Some(500), Verdict::Ok), (Some(501), Verdict::Warning)] {
            let found = snapshot(&config, height);
            assert_eq!(found.verdict, verdict, "{height:?}");
            assert!(found.detail.starts_with("the newest is of height 300, made 0 minutes ago"), "{found:?}");
            assert_eq!(found.cure.contains("hufud snapshot create --home"), verdict == Verdict::Warning);
        }
        fs::remove_dir_all(config.layout().snapshots()).unwrap();
        fs::write(config.layout().snapshots(), "no folder").unwrap();
        assert_eq!(snapshot(&config, None).verdict, Verdict::Wrong);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_archive_is_opened_and_held_against_the_ledger() {
        let world = World::start().await;
        let ledger = &world.handle.store;
        let home = tempfile::tempdir().unwrap();
        let mut config = config(home.path());
        assert_eq!(told(&archive(&config, false, Some(ledger))), (Verdict::Ok, ""), "none is configured");
        config.prune = Some(PruneConfig { keep_heights: 10_000, archive: "other".into() });
        assert_eq!(archive(&config, false, None).verdict, Verdict::Warning);
        assert_eq!(told(&archive(&config, false, Some(ledger))), (Verdict::Ok, ""), "it is not begun yet");
        fs::create_dir(home.path().join("other")).unwrap();
        assert_eq!(told(&archive(&config, false, Some(ledger))), (Verdict::Ok, ""), "its folder is empty");
        assert!(fs::read_dir(home.path().join("other")).unwrap().next().is_none(), "a doctor makes nothing");
        fs::remove_dir(home.path().join("other")).unwrap();
        assert_eq!(archive(&config, true, None).verdict, Verdict::Wrong, "gone from under the running node");
        drop(Archive::open(&home.path().join("other"), config.store_options(), NetworkId(Hash([9; 32]))).unwrap());
        let other = archive(&config, false, Some(ledger));
        assert_eq!(other.verdict, Verdict::Wrong);
        assert!(other.cure.contains("hufud archive check --home"), "{other:?}");
        config.prune = Some(PruneConfig { keep_heights: 10_000, archive: "own".into() });
        drop(Archive::open(&home.path().join("own"), config.store_options(), ledger.network()).unwrap());
        let own = archive(&config, false, Some(ledger));
        assert_eq!(told(&own), (Verdict::Ok, ""));
        assert!(own.detail.ends_with("own: empty"), "{own:?}");
        world.end().await;
    }
}
