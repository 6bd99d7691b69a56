//! Starting and ending the nodes of a local network as real processes.

use crate::{
    clerk::Clerk,
    files::{Folder, NETWORK_SCHEMA, Network, Plan, PlannedMember, PlannedNode, RunningNode, TokenEntry, write_json},
    http::Node,
    people,
    process::{self, Process},
    wait::{Seen, wait_for},
};
use api::paths;
use eyre::{Context, bail, ensure, eyre};
use ledger::NetworkId;
use std::{collections::BTreeSet, fs, net::SocketAddr, os::unix::fs::PermissionsExt, path::Path, time::Duration};

/// Time for a node to be ready; a ledger with many records is hashed whole at the start. One that ends is not waited for.
const READY_TIME: Duration = Duration::from_secs(600);
/// Lines of a log that are shown when a node does not start.
const LOG_LINES: usize = 15;

/// A node that may be started.
struct Planned<'a> {
    name: &'a str,
    role: &'a str,
    org: &'a str,
    api: SocketAddr,
    is_member: bool,
}

/// All nodes of a network, those of agencies first.
fn planned(plan: &Plan) -> Vec<Planned<'_>> {
    let agencies = plan.nodes.iter().map(|PlannedNode { name, role, org, api, .. }| Planned {
        name,
        role,
        org,
        api: *api,
        is_member: false,
    });
    let members = plan.members.iter().map(|PlannedMember { name, role, org, api, .. }| Planned {
        name,
        role,
        org,
        api: *api,
        is_member: true,
    });
    agencies.chain(members).collect()
}

/// Starts the nodes that do not run, or the one named, waits until they are ready, and writes `network.json`. Those of
/// members start when those of agencies are ready and have registered them.
pub fn up(dir: &Path, only: Option<&str>) -> eyre::Result<Network> {
    let folder = Folder::open(dir)?;
    let plan = folder.plan()?;
    let all = planned(&plan);
    if let Some(name) = only {
        let known = || all.iter().map(|n| n.name).collect::<Vec<_>>().join(", ");
        ensure!(all.iter().any(|n| n.name == name), "there is no node {name:?}; there are {}", known());
    }
    let before = folder.network().map(|n| n.nodes).unwrap_or_default();
    let known = all.iter().filter_map(|planned| before.iter().find(|n| n.name == planned.name).cloned());
    let mut nodes: Vec<RunningNode> = known.collect();
    let (members, agencies): (Vec<&Planned<'_>>, Vec<&Planned<'_>>) =
        all.iter().filter(|n| only.is_none_or(|name| n.name == name)).partition(|n| n.is_member);
    start_all(&folder, &plan, &agencies, &mut nodes)?;
    if !members.is_empty() {
        let clerk = Clerk::of(plan.clone(), nodes.clone())?;
        members.iter().try_for_each(|member| clerk.register(&folder.claim(member.name)))?;
        start_all(&folder, &plan, &members, &mut nodes)?;
    }
    let tokens = log_in(&folder, &plan, &nodes)?;
    save(&folder, &plan, &nodes, tokens)
}

/// Starts those that do not run, and waits until all of them are ready.
fn start_all(folder: &Folder, plan: &Plan, wanted: &[&Planned<'_>], nodes: &mut Vec<RunningNode>) -> eyre::Result<()> {
    let hufud = process::beside("hufud")?;
    for planned in wanted {
        let known = nodes.iter().position(|n| n.name == planned.name);
        if known.is_some_and(|at| nodes[at].process().lives()) {
            continue;
        }
        let started = start(folder, &hufud, planned)?;
        match known {
            Some(at) => nodes[at] = started,
            None => nodes.push(started),
        }
        // Written at once: whatever happens next, `down` finds what was started.
        save(folder, plan, nodes, Vec::new())?;
    }
    for planned in wanted {
        let started = nodes.iter().find(|n| n.name == planned.name);
        started.map_or(Ok(()), |node| ready(node, READY_TIME))?;
    }
    Ok(())
}

fn save(folder: &Folder, plan: &Plan, nodes: &[RunningNode], tokens: Vec<TokenEntry>) -> eyre::Result<Network> {
    let (order, mut nodes) = (planned(plan), nodes.to_vec());
    nodes.sort_by_key(|node| order.iter().position(|planned| planned.name == node.name));
    let network =
        Network { schema: NETWORK_SCHEMA.into(), chain: plan.chain.clone(), nodes, keys: plan.keys.clone(), tokens };
    write_json(&folder.network_file(), &network)?;
    Ok(network)
}

fn start(folder: &Folder, hufud: &Path, planned: &Planned<'_>) -> eyre::Result<RunningNode> {
    let (home, log) = (folder.home(planned.name), folder.log(planned.name));
    let home_text = home.to_str().ok_or_else(|| eyre!("{} is no text", home.display()))?;
    let process = process::start(hufud, &["start", "--home", home_text], &log)
        .wrap_err_with(|| format!("start {}", planned.name))?;
    Ok(RunningNode {
        name: planned.name.to_owned(),
        role: planned.role.to_owned(),
        org: planned.org.to_owned(),
        api: format!("http://{}", planned.api),
        pid: process.pid,
        started: process.started,
        home,
        log,
    })
}

/// Waits until a node says that it is ready, or shows why it ended.
pub fn ready(node: &RunningNode, at_most: Duration) -> eyre::Result<()> {
    let client = Node::new(&node.api);
    let mut ended = false;
    let seen = wait_for(&format!("{} to be ready", node.name), at_most, || {
        if !node.process().lives() {
            ended = true;
            return Seen::Yes(());
        }
        match client.get_raw(paths::READYZ) {
            Ok((200, _)) => Seen::Yes(()),
            Ok((status, body)) => Seen::NotYet(format!("{status} {}", String::from_utf8_lossy(&body).trim())),
            Err(error) => Seen::NotYet(error.to_string()),
        }
    });
    if ended {
        let log = process::last_lines(&node.log, LOG_LINES);
        bail!("{} ended instead of starting; the end of {}:\n{log}", node.name, node.log.display());
    }
    seen.wrap_err_with(|| format!("see {}", node.log.display()))
}

/// A token for each organisation with a key in a file, from a node that answers.
fn log_in(folder: &Folder, plan: &Plan, nodes: &[RunningNode]) -> eyre::Result<Vec<TokenEntry>> {
    let network: NetworkId = plan.network.parse().wrap_err("read the network in testnet.json")?;
    let living: Vec<&RunningNode> = nodes.iter().filter(|n| n.process().lives()).collect();
    let mut tokens = Vec::new();
    let mut done = BTreeSet::new();
    for entry in &plan.keys {
        let acts = entry.roles.iter().any(|r| r != "administrator");
        if !acts || !done.insert(entry.org.as_str()) {
            continue;
        }
        let signer = people::open(entry)?;
        // Everybody asks their own node first; of the others only those of agencies know them.
        let own = living.iter().filter(|n| n.org == entry.org);
        let own = own.chain(living.iter().filter(|n| !n.is_member()));
        let token = own.map(|n| Node::new(&n.api).login(&network, &signer)).find_map(|answer| answer.ok());
        let Some((_, token)) = token else { continue };
        let file = folder.token(&entry.org);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).wrap_err("make the folder of tokens")?;
        }
        fs::write(&file, format!("{}\n", token.token)).wrap_err_with(|| format!("write {}", file.display()))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).wrap_err("close the token to others")?;
        tokens.push(TokenEntry { org: entry.org.clone(), file });
    }
    Ok(tokens)
}

/// Ends the nodes that `up` started, or the one named, and nothing else. The names of those that ran.
pub fn down(dir: &Path, only: Option<&str>) -> eyre::Result<Vec<String>> {
    let folder = Folder::open(dir)?;
    let Ok(network) = folder.network() else { return Ok(Vec::new()) };
    let mut ended = Vec::new();
    for node in network.nodes.iter().filter(|n| only.is_none_or(|name| n.name == name)) {
        if node.process().lives() {
            stop(&node.process()).wrap_err_with(|| format!("end {}", node.name))?;
            ended.push(node.name.clone());
        }
    }
    Ok(ended)
}

fn stop(process: &Process) -> eyre::Result<()> {
    Ok(process.stop()?)
}
