//! Later invitations: the agencies' nodes that the node of a member or partner asks, led on while all else in its home stays.

use super::{AccessPoint, Agreed, CeremonyError, file};
use crate::{
    config::{AccessConfig, Config, MAX_ACCESS_NODES, PeerConfig},
    snapshot::load_trust,
};
use std::{fs, io, os::unix::fs::PermissionsExt, path::Path};

/// An agency's node that was taken into a home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenNode {
    /// As it stands there now.
    pub now: PeerConfig,
    /// As it stood there before; none where it is new.
    pub before: Option<PeerConfig>,
    /// Another one of the same address, which stays. Only who asks its agency knows whether its key was changed.
    pub same_address: Option<PeerConfig>,
}

/// Takes the agencies' nodes of later invitations into the home of a member's or partner's node. A node that is there by its
/// transport identity has its name and address led on, any other is added. None leaves: whoever invites could put the nodes of
/// other agencies out, and names and addresses are but what an invitation says. Everything else in `hufud.toml` stays. The
/// same again changes nothing.
pub fn update(home: &Path, agreed: &Agreed) -> Result<Vec<TakenNode>, CeremonyError> {
    let config = Config::load(home)?;
    check_home(&config, agreed)?;
    let mut nodes = config.access.nodes.clone();
    let taken = merge(&mut nodes, &agreed.nodes);
    if taken.is_empty() {
        return Ok(taken);
    }
    if nodes.len() > MAX_ACCESS_NODES {
        let problem = format!(
            "with those in hufud.toml they are {}, and {MAX_ACCESS_NODES} are possible: take some out there first",
            nodes.len()
        );
        return Err(CeremonyError::Request { what: "the nodes", problem });
    }
    let path = config.layout().config();
    let changed = Config { access: AccessConfig { nodes, ..config.access.clone() }, ..config };
    changed.check()?;
    let io = |source: io::Error| CeremonyError::Io { path: path.clone(), source };
    let text = fs::read_to_string(&path).map_err(io)?;
    let mode = fs::metadata(&path).map_err(io)?.permissions().mode() & 0o777;
    file::write(&path, with_nodes(&text, &changed).as_bytes(), mode)?;
    Ok(taken)
}

/// Whether the invitations are to the network of the home, and for its organisation. The trust file of a home may have been
/// led on, or know witnesses: it is held against that of the invitations where both start at one height.
fn check_home(config: &Config, agreed: &Agreed) -> Result<(), CeremonyError> {
    let trust = load_trust(config)?;
    let (start, theirs) = (trust.start(), agreed.trust.start());
    let root = start.height != theirs.height || (start == theirs && trust.set_hash() == agreed.trust.set_hash());
    let clock = config.access.test_clock.map(|clock| (clock.origin, clock.rate));
    let same = [
        ("role", config.role.is_member() && config.role == agreed.role),
        ("network", trust.network() == agreed.network),
        ("trust", root),
        ("org", config.access.org_id() == agreed.org),
        ("test_clock", clock == agreed.test_clock.map(|clock| (clock.origin, clock.rate))),
    ];
    match same.into_iter().find(|(_, same)| !same) {
        Some((what, _)) => Err(CeremonyError::Elsewhere { what, whose: "the home" }),
        None => Ok(()),
    }
}

fn merge(nodes: &mut Vec<PeerConfig>, invited: &[AccessPoint]) -> Vec<TakenNode> {
    let mut taken = Vec::new();
    for now in invited.iter().map(AccessPoint::as_peer) {
        let before = match nodes.iter().position(|known| known.peer == now.peer) {
            Some(place) if nodes[place] == now => continue,
            Some(place) => Some(std::mem::replace(&mut nodes[place], now.clone())),
            None => {
                nodes.push(now.clone());
                None
            }
        };
        let same_address = nodes.iter().find(|known| known.peer != now.peer && known.address == now.address).cloned();
        taken.push(TakenNode { now, before, same_address });
    }
    taken
}

/// The text of a configuration with other `[[access.nodes]]` at its end, and everything else as it stands there, comments
/// too. Where the nodes are written in another way, the whole is written anew.
fn with_nodes(text: &str, config: &Config) -> String {
    let (mut kept, mut is_node) = (String::new(), false);
    for line in text.lines() {
        let begins = line.trim_start();
        if begins.starts_with('[') {
            is_node = begins.starts_with("[[access.nodes]]");
        }
        if !is_node || begins.starts_with('#') {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept.truncate(kept.trim_end().len());
    kept.push('\n');
    for node in &config.access.nodes {
        // Plain text and an address: writing them fails for no value.
        kept.push_str(&format!("\n[[access.nodes]]\n{}", toml::to_string(node).unwrap_or_default()));
    }
    let same = |read: Config| Config { home: config.home.clone(), ..read } == *config;
    match Config::parse(&kept).is_ok_and(same) {
        true => kept,
        false => config.to_toml(),
    }
}
