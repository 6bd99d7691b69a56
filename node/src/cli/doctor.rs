//! `hufud doctor`: what is wrong with this machine or home, and the command that mends it.

mod agency;
mod member;

use super::{Answer, ask, quoted, with_causes};
use crate::{
    ceremony::{self, GenesisFile},
    config::{Config, Home, PeerConfig},
    http, runtime,
    seat::Seat,
    snapshot::load_trust,
};
use api::{catalogue, network::StatusView, paths};
use consensus::{HomeLock, SIGN_STATE_FILE, SignState, SignStateError};
use keys::{NodeKey, Signer as _};
use proof::TrustRoot;
use rustix::fs::StatVfsMountFlags;
use serde::Serialize;
use serde_json::json;
use std::{
    collections::BTreeSet,
    error::Error,
    fs, io,
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use store::{Store, StoreError};

/// Room below which the disk is called full, in bytes.
const MIN_FREE: u64 = 1024 * 1024 * 1024;
/// Time to reach a peer.
const REACH: Duration = Duration::from_secs(2);
/// Age of the last block of a running node from which its clock or its network is in doubt, in milliseconds.
const OLD_BLOCK_MS: u64 = 30_000;
/// Empty blocks that may be missed before it is, where they come more seldom.
const LATE_BLOCKS: u64 = 5;
/// Where the guide tells what is asked for here.
const GUIDE: &str = "docs/guide/operator.md";

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

/// An error as a finding tells it, with its code.
fn failed(code: &str, error: &dyn Error) -> String {
    format!("failed to {} ({code})", with_causes(error))
}

/// The command that starts the node.
fn start(config: &Config) -> String {
    format!("hufud start --home {}", quoted(&config.home))
}

/// Who has a port of this machine.
fn who_has(address: SocketAddr) -> String {
    format!("see who has it: ss -ltnp 'sport = :{}'", address.port())
}

/// Why an address of this machine cannot be listened on, and what to do; none where it is free.
fn taken(what: &str, address: SocketAddr) -> Option<(String, String)> {
    let error = TcpListener::bind(address).err()?;
    let cure = match error.kind() {
        io::ErrorKind::AddrNotAvailable => {
            "it is none of this machine's (ip -brief address): correct it in hufud.toml".to_owned()
        }
        io::ErrorKind::PermissionDenied => "it takes a right to listen there: take a port from 1024 on".to_owned(),
        _ => who_has(address),
    };
    Some((format!("{address} for {what} cannot be had: {error}"), cure))
}

/// Whether each address is reached, all asked at the same time; none for a node whose address is not known.
fn reach(nodes: &[PeerConfig]) -> Vec<Option<io::Result<()>>> {
    let ask = |address: SocketAddr| TcpStream::connect_timeout(&address, REACH).map(drop);
    let ended = |_| Err(io::Error::other("it was not asked"));
    thread::scope(|scope| {
        let begin = |node: &PeerConfig| node.address.map(|address| scope.spawn(move || ask(address)));
        let asked: Vec<_> = nodes.iter().map(begin).collect();
        asked.into_iter().map(|asked| asked.map(|asked| asked.join().unwrap_or_else(ended))).collect()
    })
}

/// Runs every check that can be run.
pub(super) fn answer(home: &Path) -> Answer {
    let (checks, exit) = match Config::load(home) {
        Ok(config) => (checks(&config), catalogue::exit::FAILED),
        Err(error) => {
            let check = wrong("config", failed(error.code(), &error), error.help());
            (vec![check], catalogue::exit_code(error.code()))
        }
    };
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
        answer.exit = exit;
    }
    answer
}

fn checks(config: &Config) -> Vec<Check> {
    let layout = config.layout();
    let mut checks = vec![ok("config", format!("{} of {}", layout.config().display(), config.name))];
    if let Err(error) = runtime::check_home(config) {
        let cure = format!("hufud init --role {} --home NEW; or correct `role` in hufud.toml", config.role.name());
        checks.push(wrong("role", failed(error.code(), &error), cure));
    }
    if config.role.is_member() {
        checks.extend(member::checks(config));
        return checks;
    }
    checks.push(permissions(&layout));
    let (genesis, file) = genesis(config);
    checks.push(genesis);
    let asked = Asked::of(config, file.as_ref().map(|file| file.network.to_string()).as_deref());
    let status = asked.status();
    checks.push(clock(file.as_ref(), status));
    checks.push(disk(&layout));
    checks.extend(config.archive().filter(|folder| folder.exists()).map(|folder| room(&folder)));
    checks.push(node(config, &asked));
    let (sign_state, ledger) = sign_state(config, file.as_ref(), status.is_some());
    checks.push(sign_state);
    match status.map(|_| connected(config)).transpose() {
        Ok(connected) => checks.extend(peers(config, connected.as_ref())),
        Err(error) => {
            let detail = format!("the running node does not tell which are connected: {error}");
            checks.push(warning("peers", detail, "ask again in a moment"));
        }
    }
    checks.extend(agency::checks(config, status, ledger.as_ref()));
    checks
}

/// What answers where the node serves HTTP.
enum Asked {
    /// The node.
    Node(Box<StatusView>),
    /// Nobody.
    Nobody,
    /// Something else, or the node in no state to answer.
    Other(String),
}

impl Asked {
    /// Asks. `network`: that of the home, where it is known.
    fn of(config: &Config, network: Option<&str>) -> Asked {
        use io::ErrorKind::{AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable, TimedOut};
        let body = match ask::get(config, paths::STATUS) {
            Ok((200, body)) => body,
            Ok((code, _)) => return Asked::Other(format!("what listens there answers {code}")),
            Err(error) => {
                return match error.kind() {
                    ConnectionRefused | AddrNotAvailable | NetworkUnreachable | HostUnreachable | TimedOut => {
                        Asked::Nobody
                    }
                    _ => Asked::Other(format!("what listens there gives no answer: {error}")),
                };
            }
        };
        match serde_json::from_slice::<StatusView>(&body) {
            Err(_) => Asked::Other("what listens there is no node".into()),
            Ok(status) if network.is_some_and(|network| network != status.network) => {
                Asked::Other(format!("a node of the network {} listens there", status.network))
            }
            Ok(status) => Asked::Node(Box::new(status)),
        }
    }

    /// What the node says of itself.
    fn status(&self) -> Option<&StatusView> {
        match self {
            Asked::Node(status) => Some(status),
            Asked::Nobody | Asked::Other(_) => None,
        }
    }
}

/// What is said where something else answers in the place of the node.
fn displaced(name: &'static str, config: &Config, detail: &str) -> Check {
    let address = config.api.listen;
    let cure = format!("ask again in a moment, if it is the node; else {}", who_has(address));
    wrong(name, format!("{address} for HTTP: {detail}"), cure)
}

fn permissions(layout: &Home) -> Check {
    let (folder, key) = (layout.folder(), layout.node_key());
    let restore = "restore node.key.json from its backup";
    let mode = |path: &Path| fs::metadata(path).map(|m| m.permissions().mode() & 0o777);
    let found = match (mode(folder), mode(&key)) {
        (_, Err(error)) => return wrong("permissions", format!("{}: {error}", key.display()), restore),
        (_, Ok(found)) if found & 0o077 != 0 => {
            let cure = format!("chmod 600 {}", quoted(&key));
            return wrong("permissions", format!("others can read {}", key.display()), cure);
        }
        (found, Ok(_)) => found.unwrap_or_default(),
    };
    if let Err(error) = NodeKey::read(&key) {
        return wrong("permissions", format!("failed to {}", with_causes(&error)), restore);
    }
    let cure = format!("chmod 700 {}", quoted(folder));
    if found & 0o022 != 0 {
        return wrong("permissions", format!("others can write to {}", folder.display()), cure);
    }
    if found & 0o007 != 0 {
        return warning("permissions", format!("others on this machine can look into {}", folder.display()), cure);
    }
    ok("permissions", "keys are their owner's alone")
}

fn genesis(config: &Config) -> (Check, Option<GenesisFile>) {
    let layout = config.layout();
    let file = match ceremony::load_genesis(&layout.genesis()) {
        Ok(file) => file,
        Err(error) => return (wrong("genesis", failed(error.code(), &error), error.help()), None),
    };
    let problem = match (load_trust(config), TrustRoot::from_genesis(&file.genesis)) {
        (Err(error), _) => Some(failed(error.code(), &error)),
        (_, Err(error)) => Some(failed(error.code(), &error)),
        (Ok(trust), _) if trust.network() != file.network => {
            Some(format!("{} is of another network than genesis.json", layout.trust().display()))
        }
        // A later one was led on from it, and a trust file may know witnesses besides.
        (Ok(trust), Ok(first)) => {
            let same = trust.start() == first.start() && trust.set_hash() == first.set_hash();
            (trust.start().height == 0 && !same)
                .then(|| format!("{} is not derived from genesis.json", layout.trust().display()))
        }
    };
    let check = match problem {
        None => ok("genesis", format!("cosigned by all agencies; network {}", file.network)),
        Some(problem) => {
            let (from, to) = (layout.genesis(), layout.trust());
            let cure = format!("hufu trust create --genesis {} --out {} --force", quoted(&from), quoted(&to));
            wrong("genesis", problem, cure)
        }
    };
    (check, Some(file))
}

/// The clock of this machine, in milliseconds since 1970.
fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    u64::try_from(now).unwrap_or(u64::MAX)
}

fn clock(file: Option<&GenesisFile>, status: Option<&StatusView>) -> Check {
    let now = now_ms();
    let set = "set the clock and keep it: timedatectl set-ntp true";
    let Some(file) = file else { return warning("clock", "not compared: there is no genesis", "") };
    if now < file.genesis.time.0 {
        return wrong("clock", "it shows a time before the network's genesis", set);
    }
    if file.genesis.test.is_some() {
        return ok("clock", "a test network has its own");
    }
    let params = &file.genesis.params;
    let allowed = OLD_BLOCK_MS.max(u64::from(params.idle_interval_ms).saturating_mul(LATE_BLOCKS));
    let status = status.filter(|status| status.height > 0);
    match status.and_then(|s| api::time::parse(&s.block_time).ok()) {
        Some(block) if block.0 > now.saturating_add(u64::from(params.clock_drift_ms)) => {
            wrong("clock", format!("{} ms behind the last block", block.0 - now), set)
        }
        Some(block) if now.saturating_sub(block.0) > allowed => {
            let detail = format!("the last block is {} s old", now.saturating_sub(block.0) / 1000);
            warning("clock", detail, "if the other agencies go on, set the clock; otherwise see peers")
        }
        Some(_) => ok("clock", "agrees with the last block"),
        None => ok("clock", "after the genesis; there is no block of a running node to compare it with"),
    }
}

fn disk(layout: &Home) -> Check {
    let data = layout.data();
    room(if data.exists() { data.as_path() } else { layout.folder() })
}

/// Whether there is room where a folder lies.
fn room(folder: &Path) -> Check {
    match rustix::fs::statvfs(folder) {
        Err(error) => wrong("disk", format!("{}: {error}", folder.display()), "check the disk"),
        Ok(stat) if stat.f_flag.contains(StatVfsMountFlags::RDONLY) => {
            let cure =
                format!("see why: dmesg; then mount -o remount,rw \"$(findmnt -no TARGET -T {})\"", quoted(folder));
            wrong("disk", format!("{} cannot be written to", folder.display()), cure)
        }
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

fn node(config: &Config, asked: &Asked) -> Check {
    match asked {
        Asked::Other(detail) => return displaced("node", config, detail),
        Asked::Node(status) => return runs(status),
        Asked::Nobody => {}
    }
    let peers = config.p2p.as_ref().map(|p2p| ("peers", p2p.listen));
    for (what, address) in [("HTTP", config.api.listen)].into_iter().chain(peers) {
        if let Some((detail, cure)) = taken(what, address) {
            return wrong("node", format!("does not run, and {detail}"), cure);
        }
    }
    warning("node", "does not run; its ports are free", start(config))
}

/// What is told of a node that runs.
fn runs(status: &StatusView) -> Check {
    let detail = format!("runs: height {}, {}, {}", status.height, status.sync, status.safety);
    match (status.safety.as_str(), status.sync.as_str()) {
        ("safe", "stalled") => warning("node", detail, "no block comes in: see clock, peers, and the log of the node"),
        ("safe", _) => ok("node", detail),
        // It starts or ends: neither is a fault.
        ("H7002", _) => warning("node", detail, "ask again in a moment"),
        (code, _) => wrong("node", detail, format!("hufu explain {code}; the log of the node says more")),
    }
}

/// The user whose a folder is, where that is another one than this.
fn of_another_user(folder: &Path, me: u32) -> Option<u32> {
    fs::metadata(folder).ok().map(|folder| folder.uid()).filter(|owner| *owner != me)
}

/// What is told where opening a ledger would leave files that its owner cannot use.
fn not_opened(name: &'static str, config: &Config, folder: &Path) -> Option<Check> {
    let owner = of_another_user(folder, rustix::process::geteuid().as_raw())?;
    let cure = format!("ask as its owner: sudo -u '#{owner}' hufud doctor --home {}", quoted(&config.home));
    Some(warning(name, format!("not opened: {} is of another user", folder.display()), cure))
}

/// The sign-state, and the ledger of a node that does not run, which it is held against.
fn sign_state(config: &Config, file: Option<&GenesisFile>, runs: bool) -> (Check, Option<Store>) {
    let (layout, again) = (config.layout(), "a node is starting or ending; ask again");
    let (folder, path) = (layout.consensus(), layout.consensus().join(SIGN_STATE_FILE));
    if runs {
        return (ok("sign-state", "in use by the running node"), None);
    }
    let Some(file) = file else { return (warning("sign-state", "not checked: there is no genesis", ""), None) };
    if let Some(check) = not_opened("sign-state", config, &layout.data()) {
        return (check, None);
    }
    if !layout.store().exists() {
        let cure = format!("see \"Restoring a node\" in {GUIDE}");
        return (wrong("ledger", format!("{} is not there", layout.store().display()), cure), None);
    }
    let _lock = match HomeLock::acquire(&folder) {
        Ok(lock) => lock,
        Err(error) => return (warning("sign-state", failed("H3118", &error), again), None),
    };
    let store = match Store::open(&layout.store(), config.store_options()) {
        Ok(store) => store,
        Err(error @ StoreError::Locked { .. }) => {
            return (warning("ledger", failed(error.code(), &error), again), None);
        }
        Err(error) => return (wrong("ledger", failed(error.code(), &error), error.help()), None),
    };
    if store.network() != file.network {
        let detail = format!("{} is of another network than genesis.json", layout.store().display());
        return (wrong("ledger", detail, "check --home; if files were copied, copy all of them again"), Some(store));
    }
    let keys = match NodeKey::read(&layout.node_key()) {
        Ok(keys) => keys,
        Err(error) => {
            let detail = format!("failed to {}", with_causes(&error));
            return (wrong("sign-state", detail, "restore node.key.json from its backup"), Some(store));
        }
    };
    let (key, peer) = (keys.consensus.key_id(), *keys.transport.public_key().bytes());
    let seat = Seat { key, peer, observe: config.observe };
    let votes = match seat.standing(&store) {
        Ok(standing) => standing.votes || standing.will_vote,
        Err(_) => true,
    };
    let height = store.tip().height;
    let check = match SignState::open(&path, file.network, key, height) {
        Ok(state) => ok("sign-state", format!("at height {}, the ledger at {height}", state.height())),
        Err(SignStateError::Missing { .. }) if !votes => {
            ok("sign-state", "none: the node follows, and does not vote without one")
        }
        Err(error) => wrong("sign-state", failed("H3118", &error), anew(config, &path, &error)),
    };
    (check, Some(store))
}

/// What is done about a sign-state that cannot be used.
fn anew(config: &Config, path: &Path, error: &SignStateError) -> String {
    let read = format!("read \"Sign-state\" in {GUIDE} first");
    let (home, file) = (quoted(&config.home), quoted(path));
    let create = format!("hufud sign-state create --home {home} --first-height HEIGHT --i-am-sure");
    match error {
        SignStateError::Missing { .. } => format!("{read}; then {create}"),
        SignStateError::Corrupt { .. } | SignStateError::Old { .. } => format!("{read}; then rm {file} && {create}"),
        SignStateError::Foreign { .. } => {
            "check --home; bring back the node.key.json or sign-state of this home".to_owned()
        }
        SignStateError::Exists { .. } | SignStateError::Io { .. } => format!("see who may read it: ls -l {file}"),
    }
}

/// The transport identities of the peers that the running node is connected to.
fn connected(config: &Config) -> io::Result<BTreeSet<String>> {
    match ask::get(config, paths::METRICS)? {
        (200, figures) => Ok(http::connected_peers(&String::from_utf8_lossy(&figures))),
        (code, _) => Err(io::Error::other(format!("it answers {code}"))),
    }
}

/// The peers of hufud.toml: those that the running node is not connected to; where none runs, whether each is reached.
/// Others may be connected as well, whom the ledger lets in: they stand for none of these.
fn peers(config: &Config, connected: Option<&BTreeSet<String>>) -> Vec<Check> {
    let is_missing = |peer: &&PeerConfig| connected.is_none_or(|connected| !connected.contains(&peer.peer));
    let missing: Vec<PeerConfig> = config.peers.iter().filter(is_missing).cloned().collect();
    let mut checks = Vec::new();
    if let Some(connected) = connected {
        let (all, wanted) = (connected.len(), config.peers.len());
        let detail = format!("{all} connected, {} of the {wanted} in hufud.toml among them", wanted - missing.len());
        if missing.is_empty() {
            return vec![ok("peers", detail)];
        }
        let names: Vec<&str> = missing.iter().map(|peer| peer.name.as_str()).collect();
        let detail = format!("{detail}; missing: {}", names.join(", "));
        let cure = "ask again in a minute, if the node has just started; then see each peer";
        checks.push(warning("peers", detail, cure));
    }
    let reached = reach(&missing);
    let told = |(peer, reached)| told_of(config, peer, reached, connected.is_some());
    checks.extend(missing.iter().zip(reached).map(told));
    checks
}

/// A peer. `missed`: the running node is not connected to it.
fn told_of(config: &Config, peer: &PeerConfig, reached: Option<io::Result<()>>, missed: bool) -> Check {
    let name = &peer.name;
    match (peer.address, reached) {
        (Some(address), Some(Err(error))) => {
            let cure = format!("ask {name} whether its node runs; check the firewall for {address}");
            warning("peer", format!("{name} at {address}: {error}"), cure)
        }
        (Some(address), _) if missed => {
            let cure = format!(
                "ask {name} for the transport key of its node; if it is another, correct `peer` in hufud.toml, end the \
                 node, and {}",
                start(config)
            );
            warning("peer", format!("{name} answers at {address}, and is not connected"), cure)
        }
        (None, _) if missed => {
            let cure = format!(
                "ask {name} whether its node runs and calls this one; or give its address in hufud.toml, end the node, \
                 and {}",
                start(config)
            );
            warning("peer", format!("{name}, whose address is not known, has not connected"), cure)
        }
        (Some(address), _) => ok("peer", format!("{name} answers at {address}")),
        (None, _) => ok("peer", format!("{name} connects by itself")),
    }
}

#[cfg(test)]
mod tests;
