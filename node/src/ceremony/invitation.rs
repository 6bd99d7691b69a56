//! Joining a network that runs, as a member, a partner or an observer: the invitation that an agency writes, and the home that
//! a member's or partner's node is made of; an observer's is made of a genesis too ([`super::follow`]). Nothing in an
//! invitation is secret, and nothing in it is signed: what it is worth is the fingerprint of its trust root, which both sides
//! read aloud. The file is specified in `docs/formats/joining.md`.

use super::{CeremonyError, file, load_genesis};
use crate::{
    config::{AccessConfig, Config, ConfigError, Home, MAX_ACCESS_NODES, NodeRole, PeerConfig, TestClockConfig},
    snapshot::load_trust,
};
use api::join::{ClaimedNode, NodeClaimFile};
use keys::{NodeKey, Signer as _};
use ledger::{NetworkId, OrgId, Text, record::OrgIdentifier};
use proof::TrustRoot;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Value of `schema` in an invitation.
pub const INVITATION_SCHEMA: &str = "hufu.invitation/1";
/// Largest invitation, in bytes.
pub const MAX_INVITATION_BYTES: u64 = 256 * 1024;

/// A node of an agency that lets in whoever is invited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessPoint {
    /// Name of the node.
    pub name: String,
    /// Its transport identity, 64 hexadecimal digits.
    pub peer: String,
    /// Where members, or an observer, reach it. Not signed: the transport key is, so a wrong address reaches nobody.
    pub address: SocketAddr,
}

impl AccessPoint {
    /// As a configuration has it.
    pub(crate) fn as_peer(&self) -> PeerConfig {
        PeerConfig { name: self.name.clone(), peer: self.peer.clone(), address: Some(self.address) }
    }
}

/// Clock of a test network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitedClock {
    /// Real time of the ceremony, in milliseconds since 1970.
    pub started: u64,
    /// Block time then.
    pub origin: u64,
    /// How many times faster.
    pub rate: u32,
}

/// Who is invited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invited {
    /// Identity of the organisation: the hash of its identifier.
    pub id: String,
    /// Scheme of its identifier.
    pub scheme: String,
    /// Value of its identifier.
    pub value: String,
    /// Its name, for people.
    pub name: String,
    /// `member`, `partner` or `observer`.
    pub role: NodeRole,
}

/// What an agency hands to an organisation whose node is to join.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// `hufu.invitation/1`.
    pub schema: String,
    /// Name of the chain.
    pub chain: String,
    /// The network.
    pub network: String,
    /// The trust file, whole.
    pub trust: serde_json::Value,
    /// The clock of a test network; none elsewhere.
    pub test_clock: Option<InvitedClock>,
    /// Who is invited.
    pub org: Invited,
    /// Nodes of agencies to reach, 1 to 16.
    pub nodes: Vec<AccessPoint>,
}

/// What several invitations of one organisation say together.
#[derive(Clone, Debug)]
pub struct Agreed {
    /// The network.
    pub network: NetworkId,
    /// Name of the chain.
    pub chain: String,
    /// The trust root.
    pub trust: TrustRoot,
    /// The clock of a test network.
    pub test_clock: Option<InvitedClock>,
    /// Who is invited.
    pub org: OrgId,
    /// Its name.
    pub name: String,
    /// `member`, `partner` or `observer`.
    pub role: NodeRole,
    /// Nodes of agencies to reach: each once, in the order of the invitations.
    pub nodes: Vec<AccessPoint>,
}

impl Invitation {
    /// Reads an invitation.
    pub fn load(path: &Path) -> Result<Invitation, CeremonyError> {
        file::read_json(path, MAX_INVITATION_BYTES, INVITATION_SCHEMA)
    }

    /// Writes it, whole or not at all.
    pub fn save(&self, path: &Path) -> Result<(), CeremonyError> {
        file::write_json(path, self)
    }

    /// What it says, checked. `path` is how errors name it.
    fn agreed(&self, path: &Path) -> Result<Agreed, CeremonyError> {
        let bad = |field: &str| CeremonyError::Readable { path: path.to_owned(), field: field.to_owned() };
        let shape = |detail: String| CeremonyError::Shape { path: path.to_owned(), detail };
        // A JSON value that was read is written again without fail.
        let trust = serde_json::to_vec(&self.trust).unwrap_or_default();
        let trust = TrustRoot::from_json(&trust).map_err(|e| shape(format!("trust: {e}")))?;
        unwitnessed(path, &trust)?;
        let identifier = OrgIdentifier {
            scheme: Text::new(&self.org.scheme).map_err(|_| shape("org.scheme".into()))?,
            value: Text::new(&self.org.value).map_err(|_| shape("org.value".into()))?,
        };
        let org = OrgId::of(&identifier);
        if org.to_string() != self.org.id {
            return Err(bad("org.id"));
        }
        if trust.network().to_string() != self.network || trust.chain() != self.chain {
            return Err(bad("network"));
        }
        if self.org.role == NodeRole::Agency {
            return Err(bad("org.role"));
        }
        if trust.is_test() != self.test_clock.is_some() {
            return Err(bad("test_clock"));
        }
        if self.nodes.is_empty() || self.nodes.len() > MAX_ACCESS_NODES {
            return Err(shape(format!("nodes: 1 to {MAX_ACCESS_NODES} are taken")));
        }
        let once: BTreeSet<&str> = self.nodes.iter().map(|node| node.peer.as_str()).collect();
        if once.len() != self.nodes.len() {
            return Err(shape("nodes: each is taken once".into()));
        }
        Ok(Agreed {
            network: trust.network(),
            chain: self.chain.clone(),
            trust,
            test_clock: self.test_clock,
            org,
            name: self.org.name.clone(),
            role: self.org.role,
            nodes: self.nodes.clone(),
        })
    }
}

/// Whether a member's node can follow by a trust root: by none that needs witnesses, for they sign long after a head was
/// made, and no node gives their signatures. `path` is how errors name it.
pub(crate) fn unwitnessed(path: &Path, trust: &TrustRoot) -> Result<(), CeremonyError> {
    match trust.witnesses().needed {
        0 => Ok(()),
        needed => Err(CeremonyError::Witnessed { path: path.to_owned(), needed }),
    }
}

/// Puts the invitations of several agencies together. They must be of one network, trust root, organisation and role: an
/// agency that invites to another network, or with another trust root, is found out here.
pub fn agree(invitations: &[(&Path, Invitation)]) -> Result<Agreed, CeremonyError> {
    let mut agreed: Option<Agreed> = None;
    for (path, invitation) in invitations {
        let next = invitation.agreed(path)?;
        let Some(sum) = &mut agreed else {
            agreed = Some(next);
            continue;
        };
        let same = [
            ("network", sum.network == next.network),
            ("trust", sum.trust.fingerprint().0 == next.trust.fingerprint().0),
            ("test_clock", sum.test_clock == next.test_clock),
            ("org", sum.org == next.org),
            ("role", sum.role == next.role),
        ];
        if let Some((what, _)) = same.into_iter().find(|(_, same)| !same) {
            return Err(CeremonyError::Disagree { path: path.to_path_buf(), what });
        }
        for node in next.nodes {
            if sum.nodes.iter().all(|known| known.peer != node.peer) {
                sum.nodes.push(node);
            }
        }
        if sum.nodes.len() > MAX_ACCESS_NODES {
            let detail = format!("nodes: with those of the others more than {MAX_ACCESS_NODES}");
            return Err(CeremonyError::Shape { path: path.to_path_buf(), detail });
        }
    }
    agreed.ok_or(CeremonyError::Request { what: "the invitation", problem: "none was given".into() })
}

/// Who is invited, and to where.
#[derive(Clone, Debug)]
pub struct Invite<'a> {
    /// The home of the agency's node.
    pub home: &'a Path,
    /// Identifier of the organisation.
    pub org: OrgIdentifier,
    /// Its name, for people.
    pub name: String,
    /// What its node is to be.
    pub role: NodeRole,
    /// Where the invited reach the agency's node, if not where it listens for them.
    pub address: Option<SocketAddr>,
}

/// The invitation of an agency to its own node. The network is that of its home.
pub fn invite(invite: Invite<'_>) -> Result<Invitation, CeremonyError> {
    let Invite { home, org, name, role, address } = invite;
    let (layout, config) = (Home::new(home), Config::load(home)?);
    let problem = |what, problem: &str| CeremonyError::Request { what, problem: problem.to_owned() };
    if config.role.is_member() {
        return Err(problem("the home", "agencies alone invite"));
    }
    let (listens, missing) = match role {
        NodeRole::Member | NodeRole::Partner => (
            config.access.listen,
            "set access.listen in hufud.toml, and give --address where members reach it elsewhere",
        ),
        NodeRole::Agency | NodeRole::Observer => (
            config.p2p.as_ref().map(|p2p| p2p.listen),
            "p2p.listen in hufud.toml is no address that others reach: give --address",
        ),
    };
    let address = address.or(listens).filter(|a| a.port() != 0 && !a.ip().is_unspecified());
    let address = address.ok_or_else(|| problem("the address", missing))?;
    let genesis = load_genesis(&layout.genesis())?;
    let trust = load_trust(&config)?.to_json();
    let damaged = |detail: String| CeremonyError::Shape { path: layout.trust(), detail };
    let trust: serde_json::Value = serde_json::from_slice(&trust).map_err(|e| damaged(e.to_string()))?;
    let key = NodeKey::read(&layout.node_key())?;
    let (started, id) = (genesis.genesis.time.0, OrgId::of(&org));
    let clock = |c: ledger::genesis::TestClock| InvitedClock { started, origin: c.origin.0, rate: c.rate };
    let peer = hex::encode(key.transport.public_key().bytes());
    Ok(Invitation {
        schema: INVITATION_SCHEMA.into(),
        chain: genesis.genesis.chain.to_string(),
        network: genesis.network.to_string(),
        trust,
        test_clock: genesis.genesis.test.map(clock),
        org: Invited { id: id.to_string(), scheme: org.scheme.to_string(), value: org.value.to_string(), name, role },
        nodes: vec![AccessPoint { name: config.name, peer, address }],
    })
}

/// A node of a member or partner that joins.
#[derive(Clone, Debug)]
pub struct Join<'a> {
    /// The home; made if needed, with new keys unless it has some.
    pub home: &'a Path,
    /// What the invitations say together.
    pub agreed: Agreed,
    /// Name of the node.
    pub name: String,
    /// Where the HTTP interface listens.
    pub api: SocketAddr,
    /// The fingerprint of the trust root, as an agency reads it aloud; in groups or without spaces.
    pub fingerprint: &'a str,
    /// Begin at the header of now: what touched the organisation before is not fetched.
    pub from_now: bool,
}

/// What was set up.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The configuration, as it was written.
    pub config: Config,
    /// The claim that the administrator registers.
    pub claim: PathBuf,
    /// The transport identity, 64 hexadecimal digits.
    pub peer: String,
}

/// Sets up a home that follows as a member or partner. Interrupted, it can be run again: `hufud.toml` is the last thing
/// written, and its keys are kept.
pub fn join(join: Join<'_>) -> Result<Joined, CeremonyError> {
    let Join { home, agreed, name, api, fingerprint, from_now } = join;
    let layout = Home::new(home);
    if layout.config().exists() || layout.data().exists() {
        return Err(CeremonyError::Occupied { home: home.to_owned() });
    }
    check_read_aloud(&agreed, fingerprint)?;
    let config = config(home, &name, api, &agreed, from_now)?;
    file::private_folder(home)?;
    if !layout.node_key().exists() {
        NodeKey::random()?.write_new(&layout.node_key())?;
    }
    let key = NodeKey::read(&layout.node_key())?;
    let (claim, peer) = claim_node(home, &key, &agreed)?;
    file::write(&layout.trust(), &agreed.trust.to_json(), 0o644)?;
    file::write(&layout.config(), config.to_toml().as_bytes(), 0o644)?;
    Ok(Joined { config, claim, peer })
}

/// Refuses a trust root that is not the one whose fingerprint was read aloud, in groups or without spaces.
pub(super) fn check_read_aloud(agreed: &Agreed, fingerprint: &str) -> Result<(), CeremonyError> {
    let found = agreed.trust.fingerprint().to_string();
    let plain = |text: &str| text.split_whitespace().collect::<String>().to_ascii_lowercase();
    match plain(fingerprint) == plain(&found) {
        true => Ok(()),
        false => Err(CeremonyError::Stranger { found, expected: fingerprint.trim().to_owned() }),
    }
}

/// Where a home keeps the claim by which the administrator of its organisation registers the node.
pub(crate) fn own_node_claim(home: &Path) -> PathBuf {
    home.join("node.claim.json")
}

/// Writes the claim of a node that was invited; where it is, and the transport identity.
pub(super) fn claim_node(home: &Path, key: &NodeKey, agreed: &Agreed) -> Result<(PathBuf, String), CeremonyError> {
    let peer = *key.transport.public_key().bytes();
    let possession = key.claim_peer(&agreed.network, &agreed.org);
    let claim = NodeClaimFile::of(&ClaimedNode { network: agreed.network, org: agreed.org, peer, possession });
    let path = own_node_claim(home);
    file::write_json(&path, &claim)?;
    Ok((path, hex::encode(peer)))
}

fn config(home: &Path, name: &str, api: SocketAddr, agreed: &Agreed, from_now: bool) -> Result<Config, ConfigError> {
    let clock = |c: InvitedClock| TestClockConfig { started: Some(c.started), origin: c.origin, rate: c.rate };
    let access = AccessConfig {
        org: Some(agreed.org.to_string()),
        from_now,
        test_clock: agreed.test_clock.map(clock),
        nodes: agreed.nodes.iter().map(AccessPoint::as_peer).collect(),
        ..AccessConfig::default()
    };
    let config = Config::member(home, name, api, agreed.role, access);
    config.check()?;
    Ok(config)
}
