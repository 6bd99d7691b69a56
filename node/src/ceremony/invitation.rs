//! Joining a network that runs, as a member or a partner: the invitation that an agency writes, and the home that is made of
//! it. Nothing in an invitation is secret, and nothing in it is signed: what it is worth is the fingerprint of its trust
//! root, which both sides read aloud. The file is specified in `docs/formats/joining.md`.

use super::{CeremonyError, file};
use ledger::{NetworkId, OrgId, Text, record::OrgIdentifier};
use proof::TrustRoot;
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::Path};

/// Value of `schema` in an invitation.
pub const INVITATION_SCHEMA: &str = "hufu.invitation/1";
/// Largest invitation, in bytes.
pub const MAX_INVITATION_BYTES: u64 = 256 * 1024;
/// Nodes of agencies in one home.
pub const MAX_ACCESS_NODES: usize = 16;

/// A node of an agency that lets members and partners in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessPoint {
    /// Name of the node.
    pub name: String,
    /// Its transport identity, 64 hexadecimal digits.
    pub peer: String,
    /// Where members reach it. Not signed: the transport key is, so a wrong address reaches nobody.
    pub address: SocketAddr,
}

/// Clock of a test network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitedClock {
    /// Block time at genesis, in milliseconds since 1970.
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
    /// `member` or `partner`.
    pub role: String,
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
    /// `member` or `partner`.
    pub role: String,
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
        if trust.is_test() != self.test_clock.is_some() {
            return Err(bad("test_clock"));
        }
        if self.nodes.is_empty() || self.nodes.len() > MAX_ACCESS_NODES {
            return Err(shape(format!("nodes: 1 to {MAX_ACCESS_NODES} are taken")));
        }
        Ok(Agreed {
            network: trust.network(),
            chain: self.chain.clone(),
            trust,
            test_clock: self.test_clock,
            org,
            name: self.org.name.clone(),
            role: self.org.role.clone(),
            nodes: self.nodes.clone(),
        })
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
