//! `hufud init`: the steps of the ceremony.

use super::{Answer, CliError, join::JoinArgs, pack::OrientationArg, quoted};
use crate::{
    ceremony::{
        self, Assembly, ClaimFile, ClaimRequest, CosignatureFile, Finish, Finished, GenesisFile, MadeKey, OrgSummary,
        PersonRequest, groups_of_four,
    },
    config::Home,
};
use clap::{Args, Subcommand};
use keys::{KdfCost, KeyFile, SecretString};
use ledger::{
    ChainParams, Role, Text, Timestamp,
    record::{AgencyFunction, OrgIdentifier, OrgKind, OrgProfile, Roles},
};
use serde_json::json;
use std::{
    io::{BufRead, IsTerminal, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// Steps for a new network, or `--role` for one that runs.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct InitArgs {
    #[command(flatten)]
    join: JoinArgs,
    #[command(subcommand)]
    step: Option<InitCommand>,
}

#[derive(Debug, Subcommand)]
enum InitCommand {
    /// 1. Each agency: make the keys, and the claim that goes to whoever assembles.
    Claim(Box<ClaimArgs>),
    /// 2. One of them: put the claims together into genesis.json.
    Assemble(AssembleArgs),
    /// 3. Each agency: read what will be signed, and compare the fingerprint with the others by telephone.
    Show(ShowArgs),
    /// 4. Each agency: sign the genesis with the administrator's key.
    Cosign(CosignArgs),
    /// 5. Each agency: with all cosignatures, set up the home of the node.
    Finish(FinishArgs),
}

#[derive(Debug, Args)]
pub(super) struct ClaimArgs {
    /// Home of the node; made if needed.
    #[arg(long, env = "HUFU_HOME", value_name = "FOLDER")]
    home: PathBuf,
    /// Folder for the people's key files; otherwise keys/ in the home. They do not belong on the node's machine.
    #[arg(long, value_name = "FOLDER")]
    keys: Option<PathBuf>,
    /// Name of the chain that the agencies agreed on.
    #[arg(long)]
    chain: String,
    #[command(flatten)]
    agency: AgencyArgs,
    /// Name of the node; otherwise that of the function.
    #[arg(long)]
    node: Option<String>,
    /// Where the other agencies reach the node.
    #[arg(long, value_name = "IP:PORT")]
    address: SocketAddr,
    #[command(flatten)]
    password: PasswordArgs,
    /// Where to put the claim; otherwise it stays in the home as claim.json.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// An agency and its people.
#[derive(Debug, Args)]
pub(super) struct AgencyArgs {
    /// Function of the agency.
    #[arg(long, value_parser = function)]
    function: AgencyFunction,
    /// Registered identifier, SCHEME:VALUE, such as uscc:11440300MB2D05132X.
    #[arg(long, value_name = "SCHEME:VALUE")]
    id: String,
    /// Name of the agency.
    #[arg(long)]
    name: String,
    /// Name of a person who minds keys and cosigns; may be repeated.
    #[arg(long, required = true, value_name = "NAME")]
    administrator: Vec<String>,
    /// Name of a person who acts for the agency; may be repeated.
    #[arg(long, value_name = "NAME")]
    officer: Vec<String>,
}

impl AgencyArgs {
    pub(super) fn profile(&self) -> Result<OrgProfile, CliError> {
        let (scheme, value) =
            self.id.split_once(':').ok_or_else(|| wrong("failed to take --id: it is SCHEME:VALUE"))?;
        let identifier =
            OrgIdentifier { scheme: text("the scheme of --id", scheme)?, value: text("the value of --id", value)? };
        Ok(OrgProfile { identifier, name: text("--name", &self.name)?, kind: OrgKind::Agency(self.function) })
    }

    pub(super) fn persons(&self) -> Vec<PersonRequest> {
        let persons = |names: &[String], what: &str, roles: &[Role]| -> Vec<PersonRequest> {
            let label = |n: usize| if n == 0 { what.to_owned() } else { format!("{what}-{}", n + 1) };
            names
                .iter()
                .enumerate()
                .map(|(n, name)| PersonRequest { label: label(n), name: name.clone(), roles: Roles::of(roles) })
                .collect()
        };
        let mut people = persons(&self.administrator, "administrator", &[Role::Administrator]);
        people.extend(persons(&self.officer, "officer", &[Role::Officer, Role::Countersigner]));
        people
    }
}

#[derive(Debug, Args)]
pub(super) struct PasswordArgs {
    /// File with the password of the key files; otherwise it is asked for.
    #[arg(long, env = "HUFU_KEY_PASSWORD_FILE", value_name = "FILE")]
    key_password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct AssembleArgs {
    /// The claims, one of each agency.
    #[arg(required = true, value_name = "CLAIM")]
    claims: Vec<PathBuf>,
    /// Name of the chain.
    #[arg(long)]
    chain: String,
    /// Which end of the risk grades is the most dangerous. The Shenzhen draft does not settle it, so there is no default;
    /// a pack that settles it takes none.
    #[arg(long)]
    orientation: Option<OrientationArg>,
    /// The rules in force: a pack that comes with the program (`hufud pack list`), or a file.
    #[arg(long, default_value = "shenzhen-draft", value_name = "NAME|FILE")]
    pack: String,
    /// Interval of empty blocks, in milliseconds.
    #[arg(long, value_name = "MS")]
    idle_interval_ms: Option<u32>,
    /// Shortest interval of blocks, in milliseconds.
    #[arg(long, value_name = "MS")]
    busy_interval_ms: Option<u32>,
    /// Farthest that the time of a block may lie from a validator's clock, in milliseconds.
    #[arg(long, value_name = "MS")]
    clock_drift_ms: Option<u32>,
    /// Where to put the genesis.
    #[arg(long, default_value = "genesis.json", value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// A genesis, or a claim.
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct CosignArgs {
    /// The genesis.
    genesis: PathBuf,
    /// Key file of the administrator.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The fingerprint, as the other agencies read it aloud. Otherwise it is shown, and asked for.
    #[arg(long)]
    fingerprint: Option<String>,
    /// Home whose claim the genesis has to hold unchanged.
    #[arg(long, env = "HUFU_HOME", value_name = "FOLDER")]
    home: Option<PathBuf>,
    #[command(flatten)]
    password: PasswordArgs,
    /// Where to put the cosignature.
    #[arg(long, default_value = "cosignature.json", value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct FinishArgs {
    /// Home of the node, as `claim` made it.
    #[arg(long, env = "HUFU_HOME", value_name = "FOLDER")]
    home: PathBuf,
    /// The genesis.
    #[arg(long, value_name = "FILE")]
    genesis: PathBuf,
    /// A cosignature; once for each agency.
    #[arg(long, value_name = "FILE")]
    cosignature: Vec<PathBuf>,
    /// Where the HTTP interface listens.
    #[arg(long, default_value = "127.0.0.1:8440", value_name = "IP:PORT")]
    api: SocketAddr,
    /// Where the node listens for the other agencies, if not at the address of its claim.
    #[arg(long, value_name = "IP:PORT")]
    listen: Option<SocketAddr>,
}

pub(super) fn answer(args: InitArgs) -> Result<Answer, CliError> {
    let Some(step) = args.step else { return super::join::answer(args.join) };
    match step {
        InitCommand::Claim(args) => claim(*args),
        InitCommand::Assemble(args) => assemble(args),
        InitCommand::Show(args) => show(&args.file),
        InitCommand::Cosign(args) => cosign(args),
        InitCommand::Finish(args) => finish(args),
    }
}

fn function(name: &str) -> Result<AgencyFunction, String> {
    let names = || AgencyFunction::ALL.map(|f| f.name()).join(", ");
    AgencyFunction::ALL.into_iter().find(|f| f.name() == name).ok_or_else(|| format!("one of {}", names()))
}

/// A wrong input of this command line.
pub(super) fn wrong(message: impl Into<String>) -> CliError {
    CliError::new("H3107", message, "hufud init --help shows what each step takes")
}

pub(super) fn text<const MAX: usize>(what: &str, value: &str) -> Result<Text<MAX>, CliError> {
    Text::new(value).map_err(|e| wrong(format!("failed to take {what}: {e}")))
}

pub(super) fn password(args: &PasswordArgs, repeat: bool) -> Result<SecretString, CliError> {
    if let Some(file) = &args.key_password_file {
        let text =
            std::fs::read_to_string(file).map_err(|e| wrong(format!("failed to read {}: {e}", file.display())))?;
        return Ok(SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned()));
    }
    if !std::io::stdin().is_terminal() {
        return Err(wrong("failed to ask for the password: there is no terminal; give --key-password-file"));
    }
    let ask = |prompt: &str| rpassword::prompt_password(prompt).map_err(|e| wrong(format!("failed to ask: {e}")));
    let first = ask("password of the key files: ")?;
    if repeat && ask("the same again: ")? != first {
        return Err(wrong("failed to take the password: the two differ"));
    }
    Ok(SecretString::from(first))
}

fn claim(args: ClaimArgs) -> Result<Answer, CliError> {
    let (profile, persons) = (args.agency.profile()?, args.agency.persons());
    let keys = args.keys.clone().unwrap_or_else(|| args.home.join("keys"));
    let password = password(&args.password, true)?;
    let request = ClaimRequest {
        home: &args.home,
        keys: &keys,
        password: &password,
        cost: KdfCost::Standard,
        chain: text("--chain", &args.chain)?,
        profile,
        persons,
        name: args.node.clone().unwrap_or_else(|| args.agency.function.name().to_owned()),
        address: args.address,
    };
    let (claim, made) = ceremony::claim(request)?;
    let out = args.out.unwrap_or_else(|| args.home.join("claim.json"));
    claim.save(&out)?;
    let mut lines = vec![format!("claim of {}: {}", claim.org.profile.name, out.display())];
    lines.extend(made.iter().map(told));
    lines.push("keep the key files and node.key.json: back them up, show them to nobody".into());
    lines.push("next: send the claim to whoever assembles".into());
    let files: Vec<_> = made.iter().map(|k| k.file.display().to_string()).collect();
    let json = json!({"schema": "hufu.claimed/1", "claim": out, "org": OrgSummary::of(&claim.org), "keys": files});
    Ok(Answer::new(lines.join("\n"), json))
}

/// A key file that was made, in a line.
pub(super) fn told(key: &MadeKey) -> String {
    let roles: Vec<&str> = key.roles.list().into_iter().map(|r| r.name()).collect();
    format!("key file ({}): {}", roles.join(", "), key.file.display())
}

fn assemble(args: AssembleArgs) -> Result<Answer, CliError> {
    let claims = args.claims.iter().map(|path| ClaimFile::load(path)).collect::<Result<Vec<_>, _>>()?;
    let pack = super::pack::load(&args.pack, args.orientation)?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let time = Timestamp(u64::try_from(since.as_millis()).unwrap_or_default());
    let mut assembly = Assembly::new(text("--chain", &args.chain)?, time, pack);
    let standard = ChainParams::default();
    assembly.params = ChainParams {
        idle_interval_ms: args.idle_interval_ms.unwrap_or(standard.idle_interval_ms),
        busy_interval_ms: args.busy_interval_ms.unwrap_or(standard.busy_interval_ms),
        clock_drift_ms: args.clock_drift_ms.unwrap_or(standard.clock_drift_ms),
        ..standard
    };
    let genesis = ceremony::assemble(&claims, assembly)?;
    genesis.save(&args.out)?;
    let text = format!(
        "{}genesis      {}\nnext: send it to every agency; each runs `hufud init show`, then `hufud init cosign`",
        ceremony::show(&genesis),
        args.out.display()
    );
    Ok(Answer::new(text, summary(&genesis)?))
}

fn summary(genesis: &GenesisFile) -> Result<serde_json::Value, CliError> {
    Ok(json!({
        "schema": "hufu.genesis-summary/1",
        "network": genesis.network.to_string(),
        "summary": ceremony::GenesisSummary::of(&genesis.genesis),
        "addresses": genesis.addresses,
        "cosigned_by": genesis.cosignatures.iter().map(|c| c.org.clone()).collect::<Vec<_>>(),
        "missing": genesis.missing()?,
    }))
}

fn show(path: &Path) -> Result<Answer, CliError> {
    match GenesisFile::load(path) {
        Ok(genesis) => Ok(Answer::new(ceremony::show(&genesis), summary(&genesis)?)),
        Err(error @ ceremony::CeremonyError::Schema { .. }) => match ClaimFile::load(path) {
            Ok(claim) => {
                let summary = OrgSummary::of(&claim.org);
                let text = format!(
                    "claim of {} for the chain {}\nnode {} at {}\n{}",
                    summary.name,
                    claim.chain,
                    claim.name,
                    claim.address,
                    serde_json::to_string_pretty(&summary).unwrap_or_default()
                );
                Ok(Answer::new(text, json!({"schema": "hufu.claim-summary/1", "org": summary})))
            }
            Err(ceremony::CeremonyError::Schema { .. }) => Err(error.into()),
            Err(error) => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

fn cosign(args: CosignArgs) -> Result<Answer, CliError> {
    let genesis = GenesisFile::load(&args.genesis)?;
    let own = args.home.as_deref().map(|home| ClaimFile::load(&ceremony::own_claim(home))).transpose()?;
    let expected = match args.fingerprint {
        Some(fingerprint) => fingerprint,
        None => ask_fingerprint(&genesis)?,
    };
    let file = KeyFile::read(&args.key).map_err(ceremony::CeremonyError::from)?;
    let key = file.open(&password(&args.password, false)?).map_err(ceremony::CeremonyError::from)?;
    let cosignature = ceremony::cosign(&genesis, &key, Some(&expected), own.as_ref())?;
    cosignature.save(&args.out)?;
    let text = format!(
        "{} cosigned {}\ncosignature: {}\nnext: send it to every other agency",
        cosignature.name,
        groups_of_four(&genesis.network),
        args.out.display()
    );
    let json = json!({"schema": "hufu.cosigned/1", "network": cosignature.network, "org": cosignature.cosignature.org, "file": args.out});
    Ok(Answer::new(text, json))
}

/// Shows what is signed and lets the operator type the first two groups of what the others read aloud.
fn ask_fingerprint(genesis: &GenesisFile) -> Result<String, CliError> {
    typed_fingerprint(&ceremony::show(genesis), &groups_of_four(&genesis.network), "the other agencies", "to sign")
}

/// Shows something and lets the operator type the first two groups of its fingerprint, as others read it aloud.
pub(super) fn typed_fingerprint(shown: &str, full: &str, who: &str, aim: &str) -> Result<String, CliError> {
    if !std::io::stdin().is_terminal() {
        return Err(wrong("failed to ask for the fingerprint: there is no terminal; give --fingerprint"));
    }
    let failed = |e: std::io::Error| wrong(format!("failed to ask: {e}"));
    eprintln!("{shown}");
    eprint!("Compare the fingerprint with {who} by telephone.\nType its first two groups {aim}: ");
    std::io::stderr().flush().map_err(failed)?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(failed)?;
    let typed: String = line.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    let start: String = full.chars().filter(|c| !c.is_whitespace()).take(8).collect();
    // What is typed wrong goes on as it is, and the library says how it differs.
    Ok(if typed == start { full.to_owned() } else { line.trim().to_owned() })
}

fn finish(args: FinishArgs) -> Result<Answer, CliError> {
    let genesis = GenesisFile::load(&args.genesis)?;
    let cosignatures = args.cosignature.iter().map(|p| CosignatureFile::load(p)).collect::<Result<Vec<_>, _>>()?;
    let finished =
        ceremony::finish(Finish { home: &args.home, genesis, cosignatures, api: args.api, listen: args.listen })?;
    Ok(set_up(&args.home, &finished))
}

/// What is told of a home that was set up.
pub(super) fn set_up(home: &Path, finished: &Finished) -> Answer {
    let start = format!("hufud start --home {}", quoted(home));
    let next = match &finished.claim {
        None => format!("next: {start}"),
        Some(claim) => {
            let register = format!("hufu node register {}", quoted(claim));
            format!("next: the administrator of the organisation registers the node: {register}\nthen: {start}")
        }
    };
    let text = format!(
        "home of {}: {}\nnetwork {}\ntrust   {}\n        {} is for strangers: they compare its fingerprint by telephone\n{next}",
        finished.config.name,
        home.display(),
        groups_of_four(&finished.network),
        finished.trust,
        Home::new(home).trust().display(),
    );
    let json = json!({
        "schema": "hufu.finished/1",
        "network": finished.network.to_string(),
        "trust": finished.trust.replace(' ', ""),
        "home": home,
        "api": finished.config.api_url(),
        "claim": finished.claim,
    });
    Answer::new(text, json)
}
