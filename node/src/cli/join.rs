//! `hufud invite`, and `hufud init --role`: how somebody's own node comes into a network that runs.

use super::{
    Answer, CliError,
    init::{set_up, text, typed_fingerprint, wrong},
    quoted,
};
use crate::{
    ceremony::{self, Agreed, Follow, GenesisFile, Invitation, Invite, Join, Joined, TakenNode, groups_of_four},
    config::{NodeRole, PeerConfig},
};
use clap::{Args, ValueEnum};
use ledger::record::OrgIdentifier;
use serde_json::json;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// Port of the HTTP interface unless the operator says otherwise.
const API_PORT: u16 = 8440;

#[derive(Debug, Args)]
pub(super) struct InviteArgs {
    /// Home of the agency's node.
    #[arg(long, env = "HUFU_HOME", value_name = "FOLDER")]
    home: PathBuf,
    /// Identifier of the organisation that joins, SCHEME:VALUE, such as gln:9521000000018.
    #[arg(long, value_name = "SCHEME:VALUE")]
    org: String,
    /// Its name.
    #[arg(long)]
    name: String,
    /// What its node is to be.
    #[arg(long, value_enum, default_value_t = InvitedRole::Member)]
    role: InvitedRole,
    /// Where the invited reach this node, if not at access.listen of its hufud.toml; an observer, at p2p.listen.
    #[arg(long, value_name = "IP:PORT")]
    address: Option<SocketAddr>,
    /// Where to put the invitation.
    #[arg(long, default_value = "invitation.json", value_name = "FILE")]
    out: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum InvitedRole {
    /// An enterprise, carrier, laboratory, disposer or mechanism.
    Member,
    /// A trusted institution of Hong Kong or Macau.
    Partner,
    /// Whoever supervises, or an agency that wants another node: it holds the whole ledger.
    Observer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RoleArg {
    /// Follows, and votes when a vote gives it a seat.
    Agency,
    /// Holds the whole ledger and never votes.
    Observer,
    /// Holds what concerns its organisation.
    Member,
    /// The same for a partner.
    Partner,
}

/// `hufud init --role`, for a network that runs.
#[derive(Debug, Args)]
pub(super) struct JoinArgs {
    /// Join a network that runs as this; the steps below are for a new network.
    #[arg(long, value_enum)]
    role: Option<RoleArg>,
    /// Home of the node; made if needed. Otherwise HUFU_HOME.
    #[arg(long, value_name = "FOLDER")]
    home: Option<PathBuf>,
    /// Member, partner, observer: an invitation; once for each agency that wrote one.
    #[arg(long, value_name = "FILE")]
    invitation: Vec<PathBuf>,
    /// Member, partner: the home is there, and the agencies' nodes of these later invitations are taken into it. All
    /// else in it stays.
    #[arg(
        long,
        requires = "invitation",
        conflicts_with_all = ["fingerprint", "from_now", "genesis", "snapshot", "node", "api", "listen"]
    )]
    update: bool,
    /// Member, partner, observer: the fingerprint of the trust root, as an agency reads it aloud. Otherwise it is
    /// shown, and asked for.
    #[arg(long)]
    fingerprint: Option<String>,
    /// Member, partner: begin now; what touched the organisation before is not fetched.
    #[arg(long)]
    from_now: bool,
    /// Agency, observer: the genesis with all cosignatures.
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
    /// Agency, observer: a snapshot of the ledger to begin with, as `hufud snapshot create` makes it at an agency.
    #[arg(long, value_name = "FOLDER")]
    snapshot: Option<PathBuf>,
    /// Name of the node; otherwise that of its role.
    #[arg(long, value_name = "NAME")]
    node: Option<String>,
    /// Where the HTTP interface listens; otherwise at 127.0.0.1:8440.
    #[arg(long, value_name = "IP:PORT")]
    api: Option<SocketAddr>,
    /// Agency, observer: where the node listens for the other agencies.
    #[arg(long, value_name = "IP:PORT")]
    listen: Option<SocketAddr>,
}

/// Writes an invitation.
pub(super) fn invite(args: InviteArgs) -> Result<Answer, CliError> {
    let (scheme, value) = args.org.split_once(':').ok_or_else(|| wrong("failed to take --org: it is SCHEME:VALUE"))?;
    let org = OrgIdentifier { scheme: text("the scheme of --org", scheme)?, value: text("the value of --org", value)? };
    let name: ledger::Text<128> = text("--name", &args.name)?;
    let role = match args.role {
        InvitedRole::Member => NodeRole::Member,
        InvitedRole::Partner => NodeRole::Partner,
        InvitedRole::Observer => NodeRole::Observer,
    };
    let home = &args.home;
    let invitation = ceremony::invite(Invite { home, org, name: name.to_string(), role, address: args.address })?;
    invitation.save(&args.out)?;
    let agreed = ceremony::agree(&[(args.out.as_path(), invitation.clone())])?;
    let trust = agreed.trust.fingerprint();
    let with = if role == NodeRole::Observer { " --genesis genesis.json --listen IP:PORT" } else { "" };
    let files = if role == NodeRole::Observer { "the file, and genesis.json of the home" } else { "the file" };
    let lines = [
        format!("invitation of {name} as {}: {}", role.name(), args.out.display()),
        format!("network {}", groups_of_four(&agreed.network)),
        format!("trust   {trust}"),
        format!(
            "next: send {files}; read the trust fingerprint aloud when they run: hufud init --role {} --invitation {}{with}",
            role.name(),
            quoted(&args.out)
        ),
    ];
    let json = json!({
        "schema": "hufu.invited/1",
        "file": args.out,
        "org": invitation.org,
        "network": agreed.network.to_string(),
        "trust": trust.to_string().replace(' ', ""),
    });
    Ok(Answer::new(lines.join("\n"), json))
}

/// Makes a home that joins.
pub(super) fn answer(args: JoinArgs) -> Result<Answer, CliError> {
    let role = args.role.ok_or_else(|| {
        wrong("failed to begin: give a step such as `claim` for a new network, or --role for one that runs")
    })?;
    let home = args.home.clone().or_else(|| std::env::var_os("HUFU_HOME").map(PathBuf::from));
    let home = home.ok_or_else(|| wrong("failed to find the home: give --home"))?;
    let api = args.api.unwrap_or_else(|| SocketAddr::new(Ipv4Addr::LOCALHOST.into(), API_PORT));
    if args.update {
        return update(&args, role, &home);
    }
    match role {
        RoleArg::Member => join(&args, NodeRole::Member, &home, api),
        RoleArg::Partner => join(&args, NodeRole::Partner, &home, api),
        RoleArg::Agency => follow(&args, None, &home, api),
        RoleArg::Observer => {
            let agreed = agreed(&args, NodeRole::Observer)?;
            let typed = read_aloud(&args, &agreed)?;
            follow(&args, Some((agreed, typed.as_str())), &home, api)
        }
    }
}

/// What the invitations say together.
fn agreed(args: &JoinArgs, role: NodeRole) -> Result<Agreed, CliError> {
    let mut invitations = Vec::with_capacity(args.invitation.len());
    for path in &args.invitation {
        invitations.push((path.as_path(), Invitation::load(path)?));
    }
    if invitations.is_empty() {
        return Err(wrong("failed to find the network: give --invitation, as `hufud invite` wrote it at an agency"));
    }
    let agreed = ceremony::agree(&invitations)?;
    if agreed.role != role {
        let (is, wanted) = (agreed.role.name(), role.name());
        return Err(CliError::new(
            "H3153",
            format!("failed to join as {wanted}: the invitation is for: {is}"),
            format!("run it again with --role {is}, or ask the agency for another invitation"),
        ));
    }
    Ok(agreed)
}

/// The fingerprint of the trust root, as it was read aloud.
fn read_aloud(args: &JoinArgs, agreed: &Agreed) -> Result<String, CliError> {
    let trust = agreed.trust.fingerprint().to_string();
    match &args.fingerprint {
        Some(fingerprint) => Ok(fingerprint.clone()),
        None => typed_fingerprint(&invited(agreed, &trust), &trust, "an agency", "to join"),
    }
}

/// Takes the agencies' nodes of later invitations into a home that is there.
fn update(args: &JoinArgs, role: RoleArg, home: &Path) -> Result<Answer, CliError> {
    let role = match role {
        RoleArg::Member => NodeRole::Member,
        RoleArg::Partner => NodeRole::Partner,
        RoleArg::Agency | RoleArg::Observer => {
            return Err(wrong("failed to update: only members' and partners' nodes ask by invitations; see [[peers]]"));
        }
    };
    let agreed = agreed(args, role)?;
    let taken = ceremony::update(home, &agreed)?;
    let mut lines: Vec<String> = taken.iter().flat_map(told).collect();
    lines.push(match taken.is_empty() {
        true => "nothing new: hufud.toml stays as it is".to_owned(),
        false => format!("next: end the node, and hufud start --home {}", quoted(home)),
    });
    let node = |t: &TakenNode| json!({"now": t.now, "before": t.before, "same_address": t.same_address});
    let nodes: Vec<_> = taken.iter().map(node).collect();
    let json = json!({"schema": "hufu.invitation-taken/1", "home": home, "nodes": nodes});
    Ok(Answer::new(lines.join("\n"), json))
}

/// What is told of an agency's node that was taken.
fn told(TakenNode { now, before, same_address }: &TakenNode) -> Vec<String> {
    let shown = |node: &PeerConfig| {
        let at = node.address.map_or_else(String::new, |address| address.to_string());
        format!("{} at {at}, {}", node.name, node.peer)
    };
    let mut lines = vec![match before {
        None => format!("new     {}", shown(now)),
        Some(old) => format!("changed {}; it was {}", shown(now), shown(old)),
    }];
    lines.extend(same_address.as_ref().map(|other| {
        format!(
            "        {} stays: if its agency says that its key was changed, take it out of hufud.toml",
            shown(other)
        )
    }));
    lines
}

fn join(args: &JoinArgs, role: NodeRole, home: &Path, api: SocketAddr) -> Result<Answer, CliError> {
    let agreed = agreed(args, role)?;
    let typed = read_aloud(args, &agreed)?;
    let trust = agreed.trust.fingerprint().to_string();
    let (network, org) = (agreed.network, agreed.name.clone());
    let name = args.node.clone().unwrap_or_else(|| role.name().to_owned());
    let joined = ceremony::join(Join { home, agreed, name, api, fingerprint: &typed, from_now: args.from_now })?;
    let Joined { config, claim, peer } = joined;
    let lines = [
        format!("home of {}, a {} of {org}: {}", config.name, role.name(), home.display()),
        format!("network {}\ntrust   {trust}\npeer    {peer}", groups_of_four(&network)),
        format!("next: the administrator of {org} registers the node: hufu node register {}", quoted(&claim)),
        format!("then: hufud start --home {}", quoted(home)),
    ];
    let json = json!({
        "schema": "hufu.joined/1",
        "role": role.name(),
        "network": network.to_string(),
        "trust": trust.replace(' ', ""),
        "home": home,
        "peer": peer,
        "claim": claim,
        "api": config.api_url(),
    });
    Ok(Answer::new(lines.join("\n"), json))
}

/// What is read before the fingerprint is compared.
fn invited(agreed: &Agreed, trust: &str) -> String {
    let mut lines =
        vec![format!("{} is invited to the network {} as {}", agreed.name, agreed.chain, agreed.role.name())];
    lines.extend(agreed.nodes.iter().map(|node| format!("node    {} at {}", node.name, node.address)));
    lines.push(format!("trust   {trust}"));
    lines.join("\n")
}

fn follow(args: &JoinArgs, observer: Option<(Agreed, &str)>, home: &Path, api: SocketAddr) -> Result<Answer, CliError> {
    let genesis = args.genesis.as_deref();
    let genesis = genesis.ok_or_else(|| wrong("failed to find the network: give --genesis, as any agency has it"))?;
    let listen =
        args.listen.ok_or_else(|| wrong("failed to set up the node: give --listen, for the other agencies"))?;
    let role = if observer.is_some() { NodeRole::Observer } else { NodeRole::Agency };
    let name = args.node.clone().unwrap_or_else(|| role.name().to_owned());
    let (genesis, snapshot) = (GenesisFile::load(genesis)?, args.snapshot.as_deref());
    let finished = ceremony::follow(Follow { home, genesis, name, observer, api, listen, snapshot })?;
    Ok(set_up(home, &finished))
}
