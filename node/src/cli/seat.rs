//! `hufud seat`: claims to a seat in a network that runs.

use super::{
    Answer, CliError,
    init::{AgencyArgs, PasswordArgs, password, text, told, wrong},
};
use crate::ceremony::{self, NewAgency};
use api::seat::SeatClaim;
use clap::{Args, Subcommand};
use keys::KdfCost;
use ledger::{OrgId, record::OrgIdentifier};
use serde_json::json;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

#[derive(Debug, Subcommand)]
pub(super) enum SeatCommand {
    /// An agency that has a seat: claim it for the keys of this home.
    Claim(ClaimArgs),
    /// A new agency: make its people's keys, and claim a seat for the keys of this home.
    NewAgency(Box<NewAgencyArgs>),
}

#[derive(Debug, Args)]
pub(super) struct ClaimArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The agency: its identity, or SCHEME:VALUE.
    #[arg(long, value_name = "ORG")]
    org: String,
}

#[derive(Debug, Args)]
pub(super) struct NewAgencyArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// Folder for the people's key files; otherwise keys/ in the home. They do not belong on the node's machine.
    #[arg(long, value_name = "FOLDER")]
    keys: Option<PathBuf>,
    #[command(flatten)]
    agency: AgencyArgs,
    #[command(flatten)]
    password: PasswordArgs,
}

#[derive(Debug, Args)]
struct PlaceArgs {
    /// Home of the node, as `hufud init --role agency` made it.
    #[arg(long, env = "HUFU_HOME", value_name = "FOLDER")]
    home: PathBuf,
    /// Where the other agencies reach the node, if not where it listens.
    #[arg(long, value_name = "IP:PORT")]
    address: Option<SocketAddr>,
    /// Where to put the claim; otherwise it stays in the home as seat.json.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl PlaceArgs {
    fn save(&self, claim: &SeatClaim) -> Result<PathBuf, CliError> {
        let out = self.out.clone().unwrap_or_else(|| ceremony::own_seat_claim(&self.home));
        ceremony::save_seat_claim(claim, &out)?;
        Ok(out)
    }
}

pub(super) fn answer(command: SeatCommand) -> Result<Answer, CliError> {
    match command {
        SeatCommand::Claim(args) => claim(&args),
        SeatCommand::NewAgency(args) => new_agency(&args),
    }
}

fn claim(args: &ClaimArgs) -> Result<Answer, CliError> {
    let claim = ceremony::claim_seat(&args.place.home, org(&args.org)?, args.place.address)?;
    let out = args.place.save(&claim)?;
    Ok(claimed(&claim, &out, Vec::new(), "hufu gov enact move-seat"))
}

fn new_agency(args: &NewAgencyArgs) -> Result<Answer, CliError> {
    let keys = args.keys.clone().unwrap_or_else(|| args.place.home.join("keys"));
    let password = password(&args.password, true)?;
    let (claim, made) = ceremony::claim_new_seat(NewAgency {
        home: &args.place.home,
        address: args.place.address,
        keys: &keys,
        password: &password,
        cost: KdfCost::Standard,
        profile: args.agency.profile()?,
        persons: args.agency.persons(),
    })?;
    let out = args.place.save(&claim)?;
    Ok(claimed(&claim, &out, made.iter().map(told).collect(), "hufu gov propose add-agency"))
}

/// An identity, or the identifier that it is the hash of.
fn org(word: &str) -> Result<OrgId, CliError> {
    if let Ok(id) = word.parse() {
        return Ok(id);
    }
    let parts = word.split_once(':').ok_or_else(|| wrong("failed to take --org: it is an identity or SCHEME:VALUE"))?;
    let identifier =
        OrgIdentifier { scheme: text("the scheme of --org", parts.0)?, value: text("the value of --org", parts.1)? };
    Ok(OrgId::of(&identifier))
}

/// What is told of a claim.
fn claimed(claim: &SeatClaim, out: &Path, keys: Vec<String>, next: &str) -> Answer {
    let mut lines = vec![format!("claim of {}: {}", claim.org_name.as_ref().unwrap_or(&claim.org), out.display())];
    lines.extend(keys);
    lines.push(format!("consensus key {}\ntransport key {}", claim.key, claim.peer));
    lines.push(format!("next: start the node, then: {next} --claim {} --from HEIGHT", out.display()));
    Answer::new(lines.join("\n"), json!({"schema": "hufu.seat-claimed/1", "file": out, "claim": claim}))
}
