//! `hufud doctor`: what is wrong with this machine or home, and the command that mends it.

mod agency;
mod member;

use super::{Answer, ask};
use crate::{
    ceremony,
    config::{Config, Home},
};
use api::{catalogue, network::StatusView, paths};
use consensus::{HomeLock, LOCK_FILE, SIGN_STATE_FILE, SignState};
use keys::{NodeKey, Signer as _};
use proof::TrustRoot;
use serde::Serialize;
use serde_json::json;
use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use store::Store;

/// Room below which the disk is called full, in bytes.
const MIN_FREE: u64 = 1024 * 1024 * 1024;
/// Time to reach a peer.
const REACH: Duration = Duration::from_secs(2);
/// Age of the last block of a running node from which its clock or its network is in doubt, in seconds.
const OLD_BLOCK_S: u64 = 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Warning,
    Wrong,
}

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    verdict: Verdict,
    detail: String,
    /// The command, or what to do.
    cure: String,
}

fn ok(name: &'static str, detail: impl Into<String>) -> Check {
    Check { name, verdict: Verdict::Ok, detail: detail.into(), cure: String::new() }
}

fn wrong(name: &'static str, detail: impl Into<String>, cure: impl Into<String>) -> Check {
    Check { name, verdict: Verdict::Wrong, detail: detail.into(), cure: cure.into() }
}

fn warning(name: &'static str, detail: impl Into<String>, cure: impl Into<String>) -> Check {
    Check { name, verdict: Verdict::Warning, detail: detail.into(), cure: cure.into() }
}

/// Runs every check that can be run.
pub(super) fn answer(home: &Path) -> Answer {
    let checks = checks(home);
    let mut text = String::new();
    for check in &checks {
        let mark = match check.verdict {
            Verdict::Ok => "✓",
            Verdict::Warning => "!",
            Verdict::Wrong => "✗",
        };
        text.push_str(&format!("{mark} {:<12} {}\n", check.name, check.detail));
        if !check.cure.is_empty() {
            text.push_str(&format!("               → {}\n", check.cure));
        }
    }
    let healthy = checks.iter().all(|c| c.verdict != Verdict::Wrong);
    let mut answer = Answer::new(text, json!({"schema": "hufu.doctor/1", "healthy": healthy, "checks": checks}));
    if !healthy {
        answer.exit = catalogue::exit::FAILED;
    }
    answer
}

fn checks(home: &Path) -> Vec<Check> {
    let config = match Config::load(home) {
        Ok(config) => config,
        Err(error) => return vec![wrong("config", error.to_string(), error.help())],
    };
    let layout = config.layout();
    let status = running(&config);
    let mut checks = vec![ok("config", format!("{} of {}", layout.config().display(), config.name))];
    if config.role.is_member() {
        checks.extend(member::checks(&config, status.as_ref()));
        return checks;
    }
    checks.push(permissions(&layout));
    let (genesis, file) = genesis(&layout);
    checks.push(genesis);
    checks.push(clock(file.as_ref(), status.as_ref()));
    checks.push(disk(&layout));
    checks.push(node(&config, status.as_ref()));
    let (sign_state, ledger) = sign_state(&config, file.as_ref(), status.is_some());
    checks.push(sign_state);
    checks.extend(peers(&config, status.as_ref()));
    checks.extend(agency::checks(&config, status.as_ref(), ledger.as_ref()));
    checks
}

fn running(config: &Config) -> Option<StatusView> {
    match ask::get(config, paths::STATUS) {
        Ok((200, body)) => serde_json::from_slice(&body).ok(),
        _ => None,
    }
}

fn permissions(layout: &Home) -> Check {
    let key = layout.node_key();
    let mode = |path: &Path| fs::metadata(path).map(|m| m.permissions().mode() & 0o777);
    match (mode(layout.folder()), mode(&key)) {
        (_, Err(error)) => {
            wrong("permissions", format!("{}: {error}", key.display()), "restore node.key.json from its backup")
        }
        (_, Ok(found)) if found & 0o077 != 0 => {
            wrong("permissions", format!("others can read {}", key.display()), format!("chmod 600 {}", key.display()))
        }
        (Ok(found), _) if found & 0o022 != 0 => {
            let folder = layout.folder().display();
            wrong("permissions", format!("others can write to {folder}"), format!("chmod 700 {folder}"))
        }
        _ => ok("permissions", "keys are their owner's alone"),
    }
}

fn genesis(layout: &Home) -> (Check, Option<ceremony::GenesisFile>) {
    let file = match ceremony::load_genesis(&layout.genesis()) {
        Ok(file) => file,
        Err(error) => return (wrong("genesis", error.to_string(), error.help()), None),
    };
    let derived = TrustRoot::from_genesis(&file.genesis).map(|t| t.to_json()).unwrap_or_default();
    let trust = layout.trust();
    let check = match fs::read(&trust) {
        Ok(bytes) if bytes == derived => ok("genesis", format!("cosigned by all agencies; network {}", file.network)),
        _ => wrong(
            "genesis",
            format!("{} is not derived from genesis.json", trust.display()),
            "get trust.json from another agency and compare fingerprints",
        ),
    };
    (check, Some(file))
}

/// The clock of this machine, in milliseconds since 1970.
fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    u64::try_from(now).unwrap_or(u64::MAX)
}

fn clock(file: Option<&ceremony::GenesisFile>, status: Option<&StatusView>) -> Check {
    let now = now_ms();
    let set = "set the clock and keep it: timedatectl set-ntp true";
    let Some(file) = file else { return warning("clock", "not compared: there is no genesis", "") };
    if now < file.genesis.time.0 {
        return wrong("clock", "it shows a time before the network's genesis", set);
    }
    if file.genesis.test.is_some() {
        return ok("clock", "a test network has its own");
    }
    let block = status.and_then(|s| api::time::parse(&s.block_time).ok()).filter(|t| t.0 > 0);
    match block {
        Some(block) if block.0 > now.saturating_add(u64::from(file.genesis.params.clock_drift_ms)) => {
            wrong("clock", format!("{} ms behind the last block", block.0 - now), set)
        }
        Some(block) if now - block.0.min(now) > OLD_BLOCK_S * 1000 => {
            let detail = format!("the last block is {} s old", (now - block.0.min(now)) / 1000);
            warning("clock", detail, "if the other agencies go on, set the clock; otherwise see peers")
        }
        Some(_) => ok("clock", "agrees with the last block"),
        None => ok("clock", "after the genesis; start the node to compare with blocks"),
    }
}

fn disk(layout: &Home) -> Check {
    let folder = if layout.data().exists() { layout.data() } else { layout.folder().to_owned() };
    match rustix::fs::statvfs(&folder) {
        Err(error) => wrong("disk", format!("{}: {error}", folder.display()), "check the disk"),
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let detail = format!("{} MiB free at {}", free / (1024 * 1024), folder.display());
            match free < MIN_FREE {
                true => wrong("disk", detail, "make room: a node stops when the disk is full"),
                false => ok("disk", detail),
            }
        }
    }
}

fn node(config: &Config, status: Option<&StatusView>) -> Check {
    if let Some(status) = status {
        let detail = format!("runs: height {}, {}, {}", status.height, status.sync, status.safety);
        return match status.safety.as_str() {
            "safe" => ok("node", detail),
            code => wrong("node", detail, format!("hufu explain {code}")),
        };
    }
    let peers = config.p2p.as_ref().map(|p2p| ("peers", p2p.listen));
    for (what, address) in [("HTTP", config.api.listen)].into_iter().chain(peers) {
        if let Err(error) = TcpListener::bind(address) {
            let cure = format!("see who has it: ss -ltnp 'sport = :{}'", address.port());
            return wrong("node", format!("does not run, and {address} for {what} cannot be had: {error}"), cure);
        }
    }
    let cure = format!("hufud start --home {}", config.home.display());
    warning("node", "does not run; its ports are free", cure)
}

/// The sign-state, and the ledger of a node that does not run, which it is held against.
fn sign_state(config: &Config, file: Option<&ceremony::GenesisFile>, runs: bool) -> (Check, Option<Store>) {
    let layout = config.layout();
    let path = layout.consensus().join(SIGN_STATE_FILE);
    if runs {
        return (ok("sign-state", "in use by the running node"), None);
    }
    let Some(file) = file else { return (warning("sign-state", "not checked: there is no genesis", ""), None) };
    if !layout.consensus().join(LOCK_FILE).exists() && !path.exists() {
        let missing = wrong(
            "sign-state",
            format!("{} is not there", path.display()),
            "restore it, or see docs/guide/operator.md, \"Sign-state\"",
        );
        return (missing, None);
    }
    let _lock = match HomeLock::acquire(&layout.consensus()) {
        Ok(lock) => lock,
        Err(error) => {
            return (warning("sign-state", error.to_string(), "a node is starting or ending; ask again"), None);
        }
    };
    let store = match Store::open(&layout.store(), config.store_options()) {
        Ok(store) => store,
        Err(error) => return (wrong("ledger", error.to_string(), error.help()), None),
    };
    let height = store.tip().height;
    let key = match NodeKey::read(&layout.node_key()) {
        Ok(key) => key.consensus.key_id(),
        Err(error) => {
            let unread = wrong("sign-state", error.to_string(), "restore node.key.json from its backup");
            return (unread, Some(store));
        }
    };
    let check = match SignState::open(&path, file.network, key, height) {
        Ok(state) => ok("sign-state", format!("at height {}, the ledger at {height}", state.height())),
        Err(error) => wrong(
            "sign-state",
            error.to_string(),
            "see docs/guide/operator.md, \"Sign-state\"; never make it anew for a key that has signed",
        ),
    };
    (check, Some(store))
}

fn peers(config: &Config, status: Option<&StatusView>) -> Vec<Check> {
    if let Some(status) = status {
        let wanted = config.peers.len();
        let detail = format!("{} of {wanted} connected", status.peers);
        return vec![match status.peers as usize >= wanted {
            true => ok("peers", detail),
            false => warning("peers", detail, "ask the others whether their nodes run, and check the firewall"),
        }];
    }
    let reach = |peer: &crate::config::PeerConfig| {
        let Some(address) = peer.address else { return ok("peer", format!("{} connects by itself", peer.name)) };
        match TcpStream::connect_timeout(&address, REACH) {
            Ok(_) => ok("peer", format!("{} answers at {address}", peer.name)),
            Err(error) => {
                let cure = format!("ask {} whether its node runs; check the firewall for {address}", peer.name);
                warning("peer", format!("{} at {address}: {error}", peer.name), cure)
            }
        }
    };
    config.peers.iter().map(reach).collect()
}
