//! Nodes of members and partners in a local network: their homes, made by the invitations of every agency.

use crate::{
    files::{Folder, PlannedMember},
    people, ports,
};
use eyre::Context;
use ledger::record::{OrgKind, OrgProfile};
use node::{
    ceremony::{self, Invitation, Invite, Invited, Join},
    config::{CONFIG_FILE, NodeRole},
};
use std::{net::SocketAddr, path::PathBuf};

/// An organisation whose node joins.
pub(crate) struct Firm {
    /// Name of the node.
    pub(crate) name: String,
    /// The organisation.
    pub(crate) profile: OrgProfile,
}

impl Firm {
    fn role(&self) -> NodeRole {
        if matches!(self.profile.kind, OrgKind::Partner) { NodeRole::Partner } else { NodeRole::Member }
    }

    fn invited(&self) -> Invited {
        let OrgProfile { identifier, name, .. } = &self.profile;
        Invited {
            id: people::org_id(&self.profile).to_string(),
            scheme: identifier.scheme.to_string(),
            value: identifier.value.to_string(),
            name: name.to_string(),
            role: self.role(),
        }
    }
}

/// Sets up the homes of all firms; `agencies` names the nodes that invite. Each gets the invitation of every agency that it
/// has room for.
pub(crate) fn join_all(
    folder: &Folder,
    agencies: &[&str],
    firms: &[Firm],
    log: &str,
) -> eyre::Result<Vec<PlannedMember>> {
    let Some(first) = firms.first() else { return Ok(Vec::new()) };
    let invite = |agency: &&str| {
        let home = folder.home(agency);
        let OrgProfile { identifier, name, .. } = &first.profile;
        let (org, name) = (identifier.clone(), name.to_string());
        let invitation = ceremony::invite(Invite { home: &home, org, name, role: first.role(), address: None });
        Ok((home, invitation.wrap_err_with(|| format!("invite by {agency}"))?))
    };
    let invitations: Vec<(PathBuf, Invitation)> = agencies.iter().map(invite).collect::<eyre::Result<_>>()?;
    let ports = ports::free(firms.len())?;
    firms.iter().zip(ports).map(|(firm, api)| join(folder, firm, &invitations, api, log)).collect()
}

/// One home: the invitations differ in nothing but whom they invite.
fn join(
    folder: &Folder,
    firm: &Firm,
    invitations: &[(PathBuf, Invitation)],
    api: SocketAddr,
    log: &str,
) -> eyre::Result<PlannedMember> {
    let addressed = invitations
        .iter()
        .map(|(path, invitation)| (path.as_path(), Invitation { org: firm.invited(), ..invitation.clone() }));
    let agreed = ceremony::agree(&addressed.collect::<Vec<_>>())?;
    let (home, fingerprint) = (folder.home(&firm.name), agreed.trust.fingerprint().to_string());
    let (name, fingerprint) = (firm.name.clone(), fingerprint.as_str());
    let mut joined = ceremony::join(Join { home: &home, agreed, name, api, fingerprint, from_now: false })
        .wrap_err_with(|| format!("set up {}", firm.name))?;
    joined.config.log.filter = log.to_owned();
    joined.config.check()?;
    std::fs::write(home.join(CONFIG_FILE), joined.config.to_toml()).wrap_err("write hufud.toml")?;
    Ok(PlannedMember {
        name: firm.name.clone(),
        role: firm.role().name().to_owned(),
        org: people::org_id(&firm.profile).to_string(),
        org_name: firm.profile.name.to_string(),
        api,
    })
}
