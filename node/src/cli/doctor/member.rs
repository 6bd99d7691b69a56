//! The checks of a member's or partner's node.

use super::{
    Asked, Check, OLD_BLOCK_MS, disk, displaced, failed, not_opened, now_ms, ok, permissions, reach, start, taken,
    warning, wrong,
};
use crate::{
    ceremony,
    cli::quoted,
    config::{Config, Home, PeerConfig},
    snapshot::load_trust,
};
use api::network::StatusView;
use proof::TrustRoot;
use std::{
    fs, io,
    time::{Duration, SystemTime},
};
use store::{Store, StoreError};

/// Age of the oldest transaction in the outbox from which something keeps it back.
const OLD_OUTBOX: Duration = Duration::from_secs(600);

/// Runs every check that can be run.
pub(super) fn checks(config: &Config) -> Vec<Check> {
    let layout = config.layout();
    let root = load_trust(config);
    let asked = Asked::of(config, root.as_ref().ok().map(|root| root.network().to_string()).as_deref());
    let status = asked.status();
    let mut checks = vec![permissions(&layout)];
    checks.push(match &root {
        Ok(root) => trust(&layout, root, status),
        Err(error) => {
            let cure = format!(
                "ask an agency for its trust.json, compare fingerprints by telephone, and put it at {}",
                quoted(&layout.trust())
            );
            wrong("trust", failed(error.code(), error), cure)
        }
    });
    checks.push(clock(config, status));
    checks.push(disk(&layout));
    checks.push(ports(config, &asked));
    checks.extend(nodes(config, status));
    checks.push(slice(config, root.as_ref().ok(), status.is_some()));
    checks.push(outbox(&layout, status));
    checks.push(watch(status));
    checks
}

/// The trust file, and whether it still leads to the heads of now.
fn trust(layout: &Home, root: &TrustRoot, status: Option<&StatusView>) -> Check {
    if let Err(error) = ceremony::unwitnessed(&layout.trust(), root) {
        return wrong("trust", failed(error.code(), &error), error.help());
    }
    if status.is_some_and(|s| s.sync == "stale") {
        let path = quoted(&layout.trust());
        let cure = format!(
            "with a bundle or anchor of now from an agency: hufu trust advance --trust {path} --from FILE --out NEW; then end \
             the node, mv NEW {path}, and start it"
        );
        return wrong("trust", "the node was away for longer than its trust root leads", cure);
    }
    ok("trust", format!("fingerprint {}", root.fingerprint()))
}

fn clock(config: &Config, status: Option<&StatusView>) -> Check {
    let set = "set the clock and keep it: timedatectl set-ntp true";
    if config.access.test_clock.is_some() {
        return ok("clock", "a test network has its own");
    }
    let status = status.filter(|status| status.height > 0);
    let now = now_ms();
    match status.and_then(|s| api::time::parse(&s.block_time).ok()) {
        Some(block) if block.0 > now.saturating_add(OLD_BLOCK_MS) => {
            wrong("clock", format!("{} ms behind the last head", block.0 - now), set)
        }
        Some(block) if now.saturating_sub(block.0) > OLD_BLOCK_MS => {
            let detail = format!("the last head is {} s old", now.saturating_sub(block.0) / 1000);
            warning("clock", detail, "if the agencies go on, set the clock; otherwise see nodes")
        }
        Some(_) => ok("clock", "agrees with the last head"),
        None => warning("clock", "not compared: there is no head yet", "start the node, and ask again"),
    }
}

fn ports(config: &Config, asked: &Asked) -> Check {
    let address = config.api.listen;
    match asked {
        Asked::Other(detail) => displaced("ports", config, detail),
        Asked::Node(status) => {
            let detail = format!("the node runs at {address}: height {}, {}", status.height, status.sync);
            match status.sync.as_str() {
                "offline" => warning("ports", detail, "no agency answers: see each node"),
                _ => ok("ports", detail),
            }
        }
        Asked::Nobody => match taken("HTTP", address) {
            None => warning("ports", format!("{address} is free; the node does not run"), start(config)),
            Some((detail, cure)) => wrong("ports", detail, cure),
        },
    }
}

/// Each agency's node: whether it is reached, and whether it lets this one in.
fn nodes(config: &Config, status: Option<&StatusView>) -> Vec<Check> {
    let reached = reach(&config.access.nodes);
    let mut checks: Vec<Check> =
        config.access.nodes.iter().zip(reached).map(|(node, reached)| told_of(config, node, reached, status)).collect();
    if config.access.nodes.len() == 1 {
        let cure = format!(
            "ask a second agency for an invitation, and: hufud init --role {} --home {} --invitation FILE --update",
            config.role.name(),
            quoted(&config.home)
        );
        let detail = "only one agency's node is configured: what it withholds, nobody else tells";
        checks.push(warning("nodes", detail, cure));
    }
    checks
}

fn told_of(config: &Config, node: &PeerConfig, reached: Option<io::Result<()>>, status: Option<&StatusView>) -> Check {
    let name = &node.name;
    let (Some(address), Some(reached)) = (node.address, reached) else {
        return wrong("node", format!("{name} has no address"), "give it in hufud.toml, access.nodes");
    };
    let seen = status.and_then(|s| s.nodes.iter().find(|seen| seen.peer == node.peer));
    match (seen, reached) {
        (Some(seen), _) if seen.connected => {
            ok("node", format!("{name} lets this node in, at height {}", seen.height.unwrap_or_default()))
        }
        (_, Err(error)) => {
            let cure = format!("ask {name} whether its node runs; check the firewall for {address}");
            warning("node", format!("{name} at {address}: {error}"), cure)
        }
        (Some(_), Ok(())) => {
            let claim = quoted(&ceremony::own_node_claim(&config.home));
            let cure = format!(
                "ask again in a minute; if it stays so, the administrator registers this node: hufu node register {claim}"
            );
            warning("node", format!("{name} answers at {address}; this node is not let in yet"), cure)
        }
        (None, Ok(())) if status.is_some() => {
            let cure = format!("end the node, and {}", start(config));
            warning("node", format!("{name} stands in hufud.toml, and the running node does not know it"), cure)
        }
        (None, Ok(())) => ok("node", format!("{name} answers at {address}")),
    }
}

fn slice(config: &Config, root: Option<&TrustRoot>, runs: bool) -> Check {
    let (layout, org) = (config.layout(), config.access.org_id());
    if runs {
        return ok("slice", "in use by the running node");
    }
    if !layout.slice().exists() {
        return ok("slice", "not made yet: the node makes it when it starts");
    }
    if let Some(check) = not_opened("slice", config, &layout.slice()) {
        return check;
    }
    match Store::open_slice(&layout.slice(), config.store_options(), org) {
        Err(error @ StoreError::Locked { .. }) => {
            warning("slice", failed(error.code(), &error), "a node is starting or ending; ask again")
        }
        Err(error) => wrong("slice", failed(error.code(), &error), error.help()),
        Ok(store) if root.is_some_and(|root| root.network() != store.network()) => {
            wrong("slice", "it is of another network than the trust file", "check --home, or restore trust.json")
        }
        Ok(store) => ok("slice", format!("of this organisation, at height {}", store.tip().height)),
    }
}

fn outbox(layout: &Home, status: Option<&StatusView>) -> Check {
    if let Some(waits) = status.and_then(|s| s.outbox.as_ref()) {
        let oldest = waits.oldest.as_deref().and_then(|t| api::time::parse(t).ok());
        let age = oldest.map_or(0, |t| now_ms().saturating_sub(t.0));
        return told(waits.count, Duration::from_millis(age));
    }
    let files = match fs::read_dir(layout.outbox()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let cure = format!("see who may read it: ls -ld {}", quoted(&layout.outbox()));
            return wrong("outbox", format!("{}: {error}", layout.outbox().display()), cure);
        }
        files => files.into_iter().flatten(),
    };
    let (mut count, mut age) = (0, Duration::ZERO);
    for file in files.flatten().filter(|file| file.path().extension().is_some_and(|e| e == "tx")) {
        count += 1;
        let written = file.metadata().and_then(|m| m.modified()).ok();
        let since = written.and_then(|at| SystemTime::now().duration_since(at).ok()).unwrap_or_default();
        age = age.max(since);
    }
    told(count, age)
}

fn told(count: u64, age: Duration) -> Check {
    match age > OLD_OUTBOX {
        true => {
            let detail = format!("{count} transactions wait, the oldest for {} s", age.as_secs());
            warning("outbox", detail, "start the node and see nodes; nothing is lost meanwhile")
        }
        false => ok("outbox", format!("{count} transactions wait")),
    }
}

fn watch(status: Option<&StatusView>) -> Check {
    let Some(status) = status else { return ok("watch", "asked of the running node alone") };
    let under: Vec<String> = status
        .nodes
        .iter()
        .filter_map(|node| node.fault.as_ref().map(|fault| format!("{} ({fault})", node.name)))
        .collect();
    match under.is_empty() {
        true => ok("watch", "all agencies' nodes show the same"),
        false => wrong("watch", format!("under alert: {}", under.join(", ")), "hufu alert list; then ask the agency"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::doctor::Verdict,
        config::{AccessConfig, NodeRole},
    };
    use keys::NodeKey;
    use serde_json::json;
    use std::{
        net::{SocketAddr, TcpListener},
        os::unix::fs::PermissionsExt,
        path::Path,
    };

    fn config(home: &Path, address: SocketAddr) -> Config {
        let node = PeerConfig { name: "customs".into(), peer: "ab".repeat(32), address: Some(address) };
        let access = AccessConfig { org: Some("cd".repeat(32)), nodes: vec![node], ..AccessConfig::default() };
        let api = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Config::member(home, "lab", api, NodeRole::Member, access)
    }

    fn of<'a>(checks: &'a [Check], name: &str) -> &'a Check {
        checks.iter().find(|check| check.name == name).unwrap()
    }

    fn status(sync: &str, peer: &str, connected: bool) -> StatusView {
        let node = json!({"name": "customs", "peer": peer, "connected": connected, "height": 7, "fault": null});
        let status = json!({
            "schema": "hufu.status/1", "role": "member", "org": "o", "chain": "c", "network": "n", "height": 7,
            "block_time": "2026-01-01T00:00:00Z", "state_root": "r", "peers": 0,
            "mempool": {"count": 0, "bytes": 0}, "sync": sync, "safety": "safe", "version": "0", "nodes": [node]
        });
        serde_json::from_value(status).unwrap()
    }

    #[test]
    fn each_fault_comes_with_the_command_that_mends_it() {
        let home = tempfile::tempdir().unwrap();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let agency = TcpListener::bind("127.0.0.1:0").unwrap();
        let config = config(home.path(), agency.local_addr().unwrap());
        let found = checks(&config);
        assert_eq!(of(&found, "trust").verdict, Verdict::Wrong);
        assert!(of(&found, "permissions").cure.contains("node.key.json"));
        assert_eq!(of(&found, "node").verdict, Verdict::Ok);
        assert!(of(&found, "nodes").cure.contains("--update"));
        assert!(of(&found, "ports").cure.starts_with("hufud start --home"));
        assert_eq!(of(&found, "slice").verdict, Verdict::Ok);
        drop(agency);
        assert_eq!(of(&checks(&config), "node").verdict, Verdict::Warning);
        NodeKey::random().unwrap().write_new(&config.layout().node_key()).unwrap();
        assert_eq!(of(&checks(&config), "permissions").verdict, Verdict::Ok);
    }

    #[test]
    fn a_node_is_told_by_whether_it_lets_this_one_in() {
        let home = tempfile::tempdir().unwrap();
        let agency = TcpListener::bind("127.0.0.1:0").unwrap();
        let config = config(home.path(), agency.local_addr().unwrap());
        let (peer, other) = ("ab".repeat(32), "ef".repeat(32));
        let check = |status: &StatusView, verdict: Verdict, cure: &str| {
            let found = nodes(&config, Some(status));
            assert_eq!(found[0].verdict, verdict, "{found:?}");
            assert!(found[0].cure.contains(cure), "{found:?}");
        };
        check(&status("following", &peer, true), Verdict::Ok, "");
        check(&status("offline", &peer, false), Verdict::Warning, "hufu node register /");
        check(&status("offline", &other, false), Verdict::Warning, "hufud start --home /");
        drop(agency);
        check(&status("following", &peer, true), Verdict::Ok, "");
        check(&status("offline", &peer, false), Verdict::Warning, "firewall");
    }

    #[test]
    fn a_node_without_any_agency_is_told() {
        let home = tempfile::tempdir().unwrap();
        let config = config(home.path(), "127.0.0.1:1".parse().unwrap());
        let check = |sync: &str, verdict: Verdict| {
            let asked = Asked::Node(Box::new(status(sync, "p", false)));
            assert_eq!(ports(&config, &asked).verdict, verdict, "{sync}");
        };
        check("following", Verdict::Ok);
        check("offline", Verdict::Warning);
    }

    #[test]
    fn what_waits_too_long_is_told() {
        assert_eq!(told(3, OLD_OUTBOX).verdict, Verdict::Ok);
        let late = told(3, OLD_OUTBOX + Duration::from_secs(1));
        assert_eq!(
            (late.verdict, late.detail.as_str()),
            (Verdict::Warning, "3 transactions wait, the oldest for 601 s")
        );
        let home = tempfile::tempdir().unwrap();
        let layout = Home::new(home.path());
        assert_eq!(outbox(&layout, None).verdict, Verdict::Ok, "it is not made yet");
        fs::create_dir(layout.data()).unwrap();
        fs::write(layout.outbox(), "no folder").unwrap();
        assert_eq!(outbox(&layout, None).verdict, Verdict::Wrong);
    }
}
