//! The command line of `hufud`.
//!
//! stdout carries the result, stderr everything else; `--json` makes the result one object with a `schema`, and an error
//! a problem. Every failure has a stable code, from which the exit code follows.

mod ask;
mod doctor;
mod init;
mod inspect;
mod join;
mod pack;
mod seat;
mod snapshot;

use crate::{ceremony::CeremonyError, config::Config, config::ConfigError, runtime};
use api::{Lang, Problem, catalogue};
use clap::{Args, Parser, Subcommand};
use serde_json::{Value, json};
use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// `hufud`: the node of an organisation.
#[derive(Debug, Parser)]
#[command(name = "hufud", version, about = "A node: of an agency, which votes, or of whoever follows; stores, serves")]
pub struct Cli {
    /// Print one JSON object instead of text.
    #[arg(long, global = true)]
    json: bool,
    /// Language of messages: en or zh-Hans.
    #[arg(long, global = true, env = "HUFU_LANG")]
    lang: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Set up a node: the ceremony by which agencies come to one genesis, or --role for a network that runs.
    Init(Box<init::InitArgs>),
    /// Invite an organisation to join with a node of its own.
    Invite(join::InviteArgs),
    /// Claim a seat in a network that runs.
    #[command(subcommand)]
    Seat(seat::SeatCommand),
    /// Run the node until it is told to end.
    Start(StartArgs),
    /// Ask the running node how it is.
    Status(HomeArgs),
    /// Check this machine and the home, and say what would mend it.
    Doctor(HomeArgs),
    /// Check or show the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Policy packs: the rules of a network as text.
    #[command(subcommand)]
    Pack(pack::PackCommand),
    /// The state of one height in a folder, for a node that starts.
    #[command(subcommand)]
    Snapshot(snapshot::SnapshotCommand),
    /// What the node has moved out of its ledger.
    #[command(subcommand)]
    Archive(snapshot::ArchiveCommand),
    /// Check every record of the stopped node's ledger.
    Fsck(HomeArgs),
    /// List evidence of double signing in the stopped node's ledger, or write it as files that strangers judge.
    Evidence(EvidenceArgs),
    /// The record of what the node's key has signed, which keeps it from signing twice.
    #[command(subcommand)]
    SignState(SignStateCommand),
    /// Print the versions of program and protocol.
    Version,
}

#[derive(Debug, Args)]
struct HomeArgs {
    /// Home of the node.
    #[arg(long, env = "HUFU_HOME", value_name = "FOLDER")]
    home: PathBuf,
}

#[derive(Debug, Args)]
struct EvidenceArgs {
    /// Home of the node.
    #[arg(long, env = "HUFU_HOME", value_name = "FOLDER")]
    home: PathBuf,
    /// Folder to write a file into for each, for `hufu verify`.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct StartArgs {
    /// Home of the node.
    #[arg(long, env = "HUFU_HOME", value_name = "FOLDER")]
    home: PathBuf,
    /// Log filter, such as info or info,node=debug; otherwise as in hufud.toml.
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// Follow without voting, as `observe = true` in hufud.toml.
    #[arg(long)]
    observe: bool,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check hufud.toml.
    Check(HomeArgs),
    /// Print the configuration with all defaults.
    Show(HomeArgs),
}

#[derive(Debug, Subcommand)]
enum SignStateCommand {
    /// Make the sign-state of a home that has lost it. Dangerous: see "Sign-state" in the operator's guide.
    Create(SignStateArgs),
}

#[derive(Debug, Args)]
struct SignStateArgs {
    /// Home of the node.
    #[arg(long, env = "HUFU_HOME", value_name = "FOLDER")]
    home: PathBuf,
    /// The key signs nothing below this height. Take it well above the height of every other agency.
    #[arg(long, value_name = "HEIGHT", value_parser = clap::value_parser!(u64).range(1..))]
    first_height: u64,
    /// You know that this key signed nothing at or above that height, on any machine.
    #[arg(long, required = true)]
    i_am_sure: bool,
}

/// How a command ended, if not well.
#[derive(Debug)]
pub(crate) struct CliError {
    code: &'static str,
    message: String,
    help: String,
}

impl CliError {
    fn new(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> CliError {
        CliError { code, message: message.into(), help: help.into() }
    }

    /// With the words of the catalogue as help, where it has the code.
    fn explained(code: &'static str, message: impl Into<String>, lang: Lang) -> CliError {
        CliError::new(code, message, catalogue::explain(code, lang).map_or("", |e| e.cure))
    }
}

impl From<CeremonyError> for CliError {
    fn from(error: CeremonyError) -> CliError {
        CliError::new(error.code(), format!("failed to {}", with_causes(&error)), error.help())
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> CliError {
        CliError::new(error.code(), format!("failed to {error}"), error.help())
    }
}

impl From<store::StoreError> for CliError {
    fn from(error: store::StoreError) -> CliError {
        CliError::new(error.code(), format!("failed to {error}"), error.help())
    }
}

impl From<store::snapshot::SnapshotError> for CliError {
    fn from(error: store::snapshot::SnapshotError) -> CliError {
        CliError::new(error.code(), format!("failed to {error}"), error.help())
    }
}

/// A path as a word of a command line that is shown: of a shell, whatever stands in the path.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-+:@%=,".contains(&b) || !b.is_ascii();
    match !text.is_empty() && text.bytes().all(is_plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// An error with the causes that its own text does not name.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// What a command says, as text and as JSON, and how it exits.
pub(crate) struct Answer {
    text: String,
    json: Value,
    exit: u8,
}

impl Answer {
    fn new(text: impl Into<String>, json: Value) -> Answer {
        Answer { text: text.into(), json, exit: catalogue::exit::DONE }
    }
}

/// Reads the command line of this process and runs it.
pub fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => run(cli),
        Err(error) => usage(&error, std::env::args_os().any(|word| word == "--json")),
    }
}

/// Help and version are answers; anything else is wrong use, and a problem where JSON is asked for.
fn usage(error: &clap::Error, json: bool) -> ExitCode {
    if json && error.use_stderr() {
        let message = error.render().to_string();
        let message = message.strip_prefix("error: ").unwrap_or(&message).trim_end();
        print_error(&CliError::explained("H1416", message, Lang::En), true, Lang::En);
    } else {
        // A closed pipe is no failure of ours.
        let _ = error.print();
    }
    ExitCode::from(if error.use_stderr() { catalogue::exit::USAGE } else { catalogue::exit::DONE })
}

/// Runs a command.
pub fn run(cli: Cli) -> ExitCode {
    let json = cli.json;
    let lang = match language(cli.lang.as_deref(), &std::env::var("LANG").unwrap_or_default()) {
        Ok(lang) => lang,
        Err(error) => {
            print_error(&error, json, Lang::En);
            return ExitCode::from(catalogue::exit_code(error.code));
        }
    };
    match answer(cli.command, lang) {
        Ok(Answer { text, json: value, exit }) => {
            let text = if json { value.to_string() } else { text };
            // Nobody listens any more: that is no failure of the command.
            let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
            ExitCode::from(exit)
        }
        Err(error) => {
            print_error(&error, json, lang);
            ExitCode::from(catalogue::exit_code(error.code))
        }
    }
}

/// The language that was asked for, else that of the locale. Error: H1412.
fn language(asked: Option<&str>, locale: &str) -> Result<Lang, CliError> {
    match asked.filter(|tag| !tag.is_empty()) {
        None => Ok(Lang::from_locale(locale)),
        Some(tag) => Lang::from_tag(tag).ok_or_else(|| {
            CliError::explained("H1412", format!("{tag} is no language of messages: en, zh-Hans"), Lang::En)
        }),
    }
}

fn print_error(error: &CliError, json: bool, lang: Lang) {
    let mut out = std::io::stderr();
    let _ = if json {
        let mut problem = Problem::new(error.code, [("detail", error.message.as_str())], lang);
        problem.detail.clone_from(&error.message);
        if problem.hint.is_empty() {
            problem.hint.clone_from(&error.help);
        }
        writeln!(out, "{}", serde_json::to_string(&problem).unwrap_or_default())
    } else {
        writeln!(out, "error[{}]: {}", error.code, error.message)
            .and_then(|()| if error.help.is_empty() { Ok(()) } else { writeln!(out, "  help: {}", error.help) })
    };
}

fn answer(command: Command, lang: Lang) -> Result<Answer, CliError> {
    match command {
        Command::Init(args) => init::answer(*args),
        Command::Invite(args) => join::invite(args),
        Command::Seat(command) => seat::answer(command),
        Command::Start(args) => start(args, lang),
        Command::Status(args) => inspect::status(&args.home),
        Command::Doctor(args) => Ok(doctor::answer(&args.home)),
        Command::Config(ConfigCommand::Check(args)) => {
            let config = Config::load(&args.home)?;
            let json = json!({"schema": "hufu.config-check/1", "ok": true, "name": config.name});
            Ok(Answer::new(format!("{}: ok", config.layout().config().display()), json))
        }
        Command::Config(ConfigCommand::Show(args)) => {
            let config = Config::load(&args.home)?;
            let json = json!({"schema": "hufu.config/1", "config": config});
            Ok(Answer::new(config.to_toml(), json))
        }
        Command::Pack(command) => pack::answer(command),
        Command::Snapshot(command) => snapshot::answer(command),
        Command::Archive(command) => snapshot::archive(command),
        Command::Fsck(args) => inspect::fsck(&args.home),
        Command::Evidence(args) => inspect::evidence(&args.home, args.out.as_deref()),
        Command::SignState(SignStateCommand::Create(args)) => inspect::create_sign_state(&args.home, args.first_height),
        Command::Version => Ok(version()),
    }
}

fn version() -> Answer {
    let (version, protocol) = (env!("CARGO_PKG_VERSION"), ledger::block::PROTOCOL_VERSION);
    let view = api::network::VersionView {
        schema: api::network::VERSION_SCHEMA.into(),
        name: "hufud".into(),
        version: version.into(),
        protocol,
    };
    Answer::new(format!("hufud {version}, protocol {protocol}"), json!(view))
}

fn start(args: StartArgs, lang: Lang) -> Result<Answer, CliError> {
    let mut config = Config::load(&args.home)?;
    config.observe |= args.observe;
    if let Some(filter) = args.log {
        config.log.filter = filter;
        config.check()?;
    }
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(&config.log.filter))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // A log that cannot be written must not end the node, and telling of it on stderr would panic.
        .log_internal_errors(false)
        .init();
    let run = |error: String| CliError::new("H7102", format!("failed to start the threads: {error}"), "");
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| run(e.to_string()))?;
    match threads.block_on(runtime::run(config)) {
        Ok(()) => Ok(Answer::new("ended", json!({"schema": "hufu.ended/1"}))),
        Err(error) => {
            let message = format!("failed to {}", with_causes(&error));
            let help = match &error {
                runtime::RunError::Ceremony(error) => error.help(),
                runtime::RunError::Store(error) => error.help(),
                _ => return Err(CliError::explained(error.code(), message, lang)),
            };
            Err(CliError::new(error.code(), message, help))
        }
    }
}

#[cfg(test)]
mod tests;
