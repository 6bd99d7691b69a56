//! The last step: a home from which the node of one agency starts.

use super::{
    Agreed, CeremonyError, CosignatureFile, GenesisFile, file,
    invitation::{AccessPoint, check_read_aloud, claim_node},
};
use crate::config::{Config, Home, NodeRole, PeerConfig};
use consensus::{SIGN_STATE_FILE, SignState};
use keys::{NodeKey, Signer as _};
use ledger::{NetworkId, genesis::GenesisOrg};
use proof::TrustRoot;
use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};
use store::{Options, Store};

/// What a home is made of.
#[derive(Clone, Debug)]
pub struct Finish<'a> {
    /// The home that `claim` made: it holds the node's keys.
    pub home: &'a Path,
    /// The genesis.
    pub genesis: GenesisFile,
    /// Cosignatures that are not in the genesis file yet.
    pub cosignatures: Vec<CosignatureFile>,
    /// Where the HTTP interface listens.
    pub api: SocketAddr,
    /// Where the node listens for the other agencies, if not at the address of its claim.
    pub listen: Option<SocketAddr>,
}

/// What was set up.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The network.
    pub network: NetworkId,
    /// The configuration, as it was written.
    pub config: Config,
    /// Fingerprint of the trust root.
    pub trust: String,
    /// An observer's node: the claim that the administrator of its organisation registers.
    pub claim: Option<PathBuf>,
}

/// Checks everything and sets up the home. Interrupted, it can be run again: the ledger is made beside its place, and
/// its appearing there is the last step.
pub fn finish(finish: Finish<'_>) -> Result<Finished, CeremonyError> {
    let Finish { home, mut genesis, cosignatures, api, listen } = finish;
    let layout = Home::new(home);
    if layout.data().exists() {
        return Err(CeremonyError::Occupied { home: home.to_owned() });
    }
    for file in cosignatures {
        let cosignature = file.of(&genesis)?;
        genesis.cosignatures.retain(|c| c.org != cosignature.org);
        genesis.cosignatures.push(cosignature);
    }
    let missing = genesis.missing()?;
    if !missing.is_empty() {
        return Err(CeremonyError::NotCosigned { orgs: missing });
    }
    let node_key = NodeKey::read(&layout.node_key())?;
    let own = own_place(&genesis, &node_key)?;
    set_up(&layout, &genesis, &own, &node_key, (Listening { api, p2p: listen.unwrap_or(own.address) }, None))
}

/// A node that follows a network that runs: its keys stand in no genesis.
#[derive(Clone, Debug)]
pub struct Follow<'a> {
    /// The home; made if needed, with new keys unless it has some.
    pub home: &'a Path,
    /// The genesis, with the cosignature of every agency in it.
    pub genesis: GenesisFile,
    /// Name of the node.
    pub name: String,
    /// An observer's node: what its invitations say together, and the fingerprint of their trust root as an agency reads it
    /// aloud. Without it the node is an agency's, to which a seat may come by vote.
    pub observer: Option<(Agreed, &'a str)>,
    /// Where the HTTP interface listens.
    pub api: SocketAddr,
    /// Where the node listens for the other agencies.
    pub listen: SocketAddr,
    /// A snapshot to begin with; without it the ledger begins at the genesis.
    pub snapshot: Option<&'a Path>,
}

/// Sets up the home of a node that begins at the genesis or with a snapshot, and follows. A seat may come to an agency's
/// later, by vote; an observer's is let in when it is registered by its claim. Interrupted, it can be run again.
pub fn follow(follow: Follow<'_>) -> Result<Finished, CeremonyError> {
    let Follow { home, genesis, name, observer, api, listen, snapshot } = follow;
    let layout = Home::new(home);
    if layout.data().exists() {
        return Err(CeremonyError::Occupied { home: home.to_owned() });
    }
    let missing = genesis.missing()?;
    if !missing.is_empty() {
        return Err(CeremonyError::NotCosigned { orgs: missing });
    }
    if let Some((agreed, fingerprint)) = &observer {
        check_read_aloud(agreed, fingerprint)?;
        if agreed.network != genesis.network {
            return Err(CeremonyError::Elsewhere { what: "network", whose: "the genesis" });
        }
    }
    file::private_folder(home)?;
    if !layout.node_key().exists() {
        NodeKey::random()?.write_new(&layout.node_key())?;
    }
    let node_key = NodeKey::read(&layout.node_key())?;
    if own_place(&genesis, &node_key).is_ok() {
        let problem = "they stand in the genesis: `hufud init finish` sets up this home".into();
        return Err(CeremonyError::Request { what: "the keys of the home", problem });
    }
    let peer = hex::encode(node_key.transport.public_key().bytes());
    let (role, claim, invited) = match &observer {
        None => (NodeRole::Agency, None, Vec::new()),
        Some((agreed, _)) => {
            let (claim, _) = claim_node(home, &node_key, agreed)?;
            (NodeRole::Observer, Some(claim), agreed.nodes.clone())
        }
    };
    let own = Place { name, role, address: listen, peer, invited };
    let finished = set_up(&layout, &genesis, &own, &node_key, (Listening { api, p2p: listen }, snapshot))?;
    Ok(Finished { claim, ..finished })
}

/// Where a node listens.
#[derive(Clone, Copy)]
struct Listening {
    api: SocketAddr,
    p2p: SocketAddr,
}

fn set_up(
    layout: &Home,
    genesis: &GenesisFile,
    own: &Place,
    node_key: &NodeKey,
    (listening, snapshot): (Listening, Option<&Path>),
) -> Result<Finished, CeremonyError> {
    let config = config(layout.folder(), genesis, own, listening)?;
    let trust = TrustRoot::from_genesis(&genesis.genesis)
        .map_err(|_| CeremonyError::OwnClaim { problem: "its agencies give no trust root" })?;
    let begin = match snapshot {
        Some(from) => Begin::Snapshot(from, &trust),
        None => Begin::Genesis(custody::genesis_state(&genesis.genesis)?),
    };

    file::write(&layout.trust(), &trust.to_json(), 0o644)?;
    genesis.save(&layout.genesis())?;
    if !layout.config().exists() {
        file::write(&layout.config(), config.to_toml().as_bytes(), 0o644)?;
    }
    make_data(layout, genesis, node_key, begin)?;
    Ok(Finished { network: genesis.network, config, trust: trust.fingerprint().to_string(), claim: None })
}

/// What a ledger begins with.
enum Begin<'a> {
    Genesis(custody::GenesisState),
    /// A snapshot that this trust root leads to.
    Snapshot(&'a Path, &'a TrustRoot),
}

struct Place {
    name: String,
    role: NodeRole,
    address: SocketAddr,
    peer: String,
    /// Agencies' nodes by its invitations: where the genesis says otherwise, this is newer.
    invited: Vec<AccessPoint>,
}

/// This node in the genesis.
fn own_place(genesis: &GenesisFile, node_key: &NodeKey) -> Result<Place, CeremonyError> {
    let consensus = *node_key.consensus.public_key().bytes();
    let peer = *node_key.transport.public_key().bytes();
    let is_own = |org: &&GenesisOrg| org.node.as_ref().is_some_and(|n| n.key == consensus && n.peer == peer);
    let fail = |problem| CeremonyError::OwnClaim { problem };
    genesis.agencies().find(is_own).ok_or_else(|| fail("no agency in it has the keys of this node"))?;
    let peer = hex::encode(peer);
    let place = genesis.addresses.iter().find(|a| a.peer == peer);
    let place = place.ok_or_else(|| fail("it has no address of this node"))?;
    let (name, address) = (place.name.clone(), place.address);
    Ok(Place { name, role: NodeRole::Agency, address, peer, invited: Vec::new() })
}

fn config(home: &Path, genesis: &GenesisFile, own: &Place, listening: Listening) -> Result<Config, CeremonyError> {
    let others = genesis.addresses.iter().filter(|a| own.invited.iter().all(|node| node.peer != a.peer));
    let others = others.map(|a| PeerConfig { name: a.name.clone(), peer: a.peer.clone(), address: Some(a.address) });
    let peers = own.invited.iter().map(AccessPoint::as_peer).chain(others).filter(|p| p.peer != own.peer).collect();
    let whole = Config::new(home, &own.name, listening.api, listening.p2p, peers);
    let config = Config { role: own.role, ..whole };
    config.check()?;
    Ok(config)
}

/// Ledger and sign-state, made aside and moved to their place whole.
fn make_data(layout: &Home, genesis: &GenesisFile, node_key: &NodeKey, begin: Begin<'_>) -> Result<(), CeremonyError> {
    let aside = layout.folder().join("data.new");
    remove_leftover(&aside)?;
    file::private_folder(&aside.join("consensus"))?;
    let (path, options) = (aside.join("store"), Options::default());
    let signer = node_key.consensus.public_key().id();
    let store = match begin {
        Begin::Genesis(custody::GenesisState { network, writes, events }) => {
            Store::create(&path, options, &genesis.genesis.to_bytes(), network, &writes, &events)?
        }
        Begin::Snapshot(from, trust) => {
            let store = crate::snapshot::make(from, &path, trust, options)?;
            if crate::snapshot::had_seat(&store, signer)? {
                let problem = "they have or had a seat: leave --snapshot out, then `hufud snapshot restore`".into();
                return Err(CeremonyError::Request { what: "the keys of the home", problem });
            }
            store
        }
    };
    let first = store.tip().height.saturating_add(1);
    drop(store);
    SignState::create(&aside.join("consensus").join(SIGN_STATE_FILE), genesis.network, signer, first)?;
    file::sync_folder(&aside)?;
    let data = layout.data();
    fs::rename(&aside, &data).map_err(|source| CeremonyError::Io { path: data, source })?;
    file::sync_folder(layout.folder())
}

/// Removes what an interrupted run left. Nothing was ever signed with it: only after the rename can a node start.
fn remove_leftover(aside: &Path) -> Result<(), CeremonyError> {
    match fs::remove_dir_all(aside) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(CeremonyError::Io { path: PathBuf::from(aside), source })
        }
        _ => Ok(()),
    }
}

/// Reads a genesis with the cosignature of every agency in it: what a node starts from.
pub fn load_genesis(path: &Path) -> Result<GenesisFile, CeremonyError> {
    if !path.exists() {
        return Err(CeremonyError::Unfinished { path: path.to_owned() });
    }
    let genesis = GenesisFile::load(path)?;
    let missing = genesis.missing()?;
    match missing.is_empty() {
        true => Ok(genesis),
        false => Err(CeremonyError::NotCosigned { orgs: missing }),
    }
}
