//! The checks of a member's or partner's node.

use super::{Check, OLD_BLOCK_S, REACH, disk, now_ms, ok, permissions, warning, wrong};
use crate::{
    ceremony,
    config::{Config, Home},
};
use api::network::StatusView;
use proof::TrustRoot;
use std::{
    fs,
    net::{TcpListener, TcpStream},
    time::{Duration, SystemTime},
};
use store::Store;

/// Age of the oldest transaction in the outbox from which something keeps it back.
const OLD_OUTBOX: Duration = Duration::from_secs(600);

/// Runs every check that can be run.
pub(super) fn checks(config: &Config, status: Option<&StatusView>) -> Vec<Check> {
    let layout = config.layout();
    let mut checks = vec![permissions(&layout)];
    let (trust, root) = trust(&layout, status);
    checks.push(trust);
    checks.push(clock(config, status));
    checks.push(disk(&layout));
    checks.push(ports(config, status));
    checks.extend(nodes(config, status));
    checks.push(slice(config, root.as_ref(), status.is_some()));
    checks.push(outbox(&layout, status));
    checks.push(watch(status));
    checks
}

/// The trust file, or what the node has made of it since.
fn trust(layout: &Home, status: Option<&StatusView>) -> (Check, Option<TrustRoot>) {
    let path = layout.trust();
    let ask = "ask an agency for its trust.json, compare fingerprints by telephone, and put it there";
    let root = match fs::read(&path)
        .map_err(|e| e.to_string())
        .and_then(|b| TrustRoot::from_json(&b).map_err(|e| e.to_string()))
    {
        Ok(root) => root,
        Err(error) => return (wrong("trust", format!("{}: {error}", path.display()), ask), None),
    };
    if status.is_some_and(|s| s.sync == "stale") {
        let cure = format!("hufu trust advance, at an agency's node; then put the new file at {}", path.display());
        return (wrong("trust", "the node was away for longer than its trust root leads", cure), Some(root));
    }
    (ok("trust", format!("fingerprint {}", root.fingerprint())), Some(root))
}

fn clock(config: &Config, status: Option<&StatusView>) -> Check {
    let set = "set the clock and keep it: timedatectl set-ntp true";
    if config.access.test_clock.is_some() {
        return ok("clock", "a test network has its own");
    }
    let block = status.and_then(|s| api::time::parse(&s.block_time).ok()).filter(|t| t.0 > 0);
    let now = now_ms();
    match block {
        Some(block) if block.0 > now.saturating_add(OLD_BLOCK_S * 1000) => {
            wrong("clock", format!("{} ms behind the last head", block.0 - now), set)
        }
        Some(block) if now.saturating_sub(block.0) > OLD_BLOCK_S * 1000 => {
            let detail = format!("the last head is {} s old", now.saturating_sub(block.0) / 1000);
            warning("clock", detail, "if the agencies go on, set the clock; otherwise see nodes")
        }
        Some(_) => ok("clock", "agrees with the last head"),
        None => warning("clock", "not compared: there is no head yet", "start the node, and ask again"),
    }
}

fn ports(config: &Config, status: Option<&StatusView>) -> Check {
    let address = config.api.listen;
    if let Some(status) = status {
        return ok("ports", format!("the node runs at {address}: height {}, {}", status.height, status.sync));
    }
    match TcpListener::bind(address) {
        Ok(_) => {
            let cure = format!("hufud start --home {}", config.home.display());
            warning("ports", format!("{address} is free; the node does not run"), cure)
        }
        Err(error) => {
            let cure = format!("see who has it: ss -ltnp 'sport = :{}'", address.port());
            wrong("ports", format!("{address} for HTTP cannot be had: {error}"), cure)
        }
    }
}

/// Each agency's node: whether it is reached, and whether it lets this one in.
fn nodes(config: &Config, status: Option<&StatusView>) -> Vec<Check> {
    let mut checks: Vec<Check> = config
        .access
        .nodes
        .iter()
        .map(|node| {
            let seen = status.and_then(|s| s.nodes.iter().find(|seen| seen.peer == node.peer));
            let Some(address) = node.address else {
                return wrong("node", format!("{} has no address", node.name), "give it in hufud.toml, access.nodes");
            };
            match (seen, TcpStream::connect_timeout(&address, REACH)) {
                (Some(seen), _) if seen.connected => ok(
                    "node",
                    format!("{} lets this node in, at height {}", node.name, seen.height.unwrap_or_default()),
                ),
                (_, Err(error)) => {
                    let cure = format!("ask {} whether its node runs; check the firewall for {address}", node.name);
                    warning("node", format!("{} at {address}: {error}", node.name), cure)
                }
                (Some(_), Ok(_)) => {
                    let claim = ceremony::own_node_claim(&config.home);
                    let cure = format!(
                        "ask again in a minute; if it stays so, the administrator registers this node: hufu node register {}",
                        claim.display()
                    );
                    warning("node", format!("{} answers at {address}; this node is not let in yet", node.name), cure)
                }
                (None, Ok(_)) => ok("node", format!("{} answers at {address}", node.name)),
            }
        })
        .collect();
    if config.access.nodes.len() == 1 {
        checks.push(warning(
            "nodes",
            "only one agency's node is configured: what it withholds, nobody else tells",
            "ask a second agency for an invitation, and add its node to access.nodes in hufud.toml",
        ));
    }
    checks
}

fn slice(config: &Config, root: Option<&TrustRoot>, runs: bool) -> Check {
    let (layout, org) = (config.layout(), config.access.org_id());
    if runs {
        return ok("slice", "in use by the running node");
    }
    if !layout.slice().exists() {
        return ok("slice", "not made yet: the node makes it when it starts");
    }
    match Store::open_slice(&layout.slice(), config.store_options(), org) {
        Err(error) => wrong("slice", error.to_string(), error.help()),
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
    let files = fs::read_dir(layout.outbox()).into_iter().flatten().flatten();
    let (mut count, mut age) = (0, Duration::ZERO);
    for file in files.filter(|file| file.path().extension().is_some_and(|e| e == "tx")) {
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
        config::{AccessConfig, NodeRole, PeerConfig},
    };
    use std::path::Path;

    fn config(home: &Path, address: std::net::SocketAddr) -> Config {
        let node = PeerConfig { name: "customs".into(), peer: "ab".repeat(32), address: Some(address) };
        let access = AccessConfig { org: Some("cd".repeat(32)), nodes: vec![node], ..AccessConfig::default() };
        let api = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Config::member(home, "lab", api, NodeRole::Member, access)
    }

    fn of<'a>(checks: &'a [Check], name: &str) -> &'a Check {
        checks.iter().find(|check| check.name == name).unwrap()
    }

    #[test]
    fn each_fault_comes_with_the_command_that_mends_it() {
        let home = tempfile::tempdir().unwrap();
        let agency = TcpListener::bind("127.0.0.1:0").unwrap();
        let config = config(home.path(), agency.local_addr().unwrap());
        let found = checks(&config, None);
        assert_eq!(of(&found, "trust").verdict, Verdict::Wrong);
        assert!(of(&found, "permissions").cure.contains("node.key.json"));
        assert_eq!(of(&found, "node").verdict, Verdict::Ok);
        assert_eq!(of(&found, "nodes").verdict, Verdict::Warning);
        assert!(of(&found, "ports").cure.starts_with("hufud start --home"));
        assert_eq!(of(&found, "slice").verdict, Verdict::Ok);
        drop(agency);
        assert_eq!(of(&checks(&config, None), "node").verdict, Verdict::Warning);
        let _other = TcpListener::bind(config.api.listen).unwrap();
        assert!(of(&checks(&config, None), "ports").cure.starts_with("see who has it: ss -ltnp"));
    }

    #[test]
    fn what_waits_too_long_is_told() {
        assert_eq!(told(3, OLD_OUTBOX).verdict, Verdict::Ok);
        let late = told(3, OLD_OUTBOX + Duration::from_secs(1));
        assert_eq!(
            (late.verdict, late.detail.as_str()),
            (Verdict::Warning, "3 transactions wait, the oldest for 601 s")
        );
    }
}
