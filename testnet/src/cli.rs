//! The command line of `testnet`.

use crate::{
    chaos::{self, ChaosOptions},
    demo::{self, DemoOptions},
    files::{Network, read_json},
    init::{self, InitOptions},
    load::{self, DEFAULT_CLIENTS, DEFAULT_IN_FLIGHT, LoadOptions, Rate},
    measure::{self, MeasureOptions},
    running,
    scale::Measure,
    scenario::{self, ScenarioOptions},
    seats, tamper,
};
use api::{
    Lang, Problem,
    catalogue::{exit, exit_code},
};
use clap::{Args, Parser, Subcommand};
use serde_json::json;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// What did not hold, whatever it was.
const FAILED: &str = "H7151";
/// Wrong use.
const USAGE: &str = "H1416";

/// `testnet`: local networks.
#[derive(Debug, Parser)]
#[command(name = "testnet", version, about = "Local networks of real nodes: demo, load, tampering")]
pub struct Cli {
    /// Print one JSON object instead of text.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Four agencies, one shipment from the port to its disposal, and a bundle that a stranger verifies.
    Demo(DemoArgs),
    /// Set up a network in a new folder.
    Init(InitArgs),
    /// Start the nodes of a network, and write network.json.
    Up(NodeArgs),
    /// End the nodes that `up` started, and nothing else.
    Down(NodeArgs),
    /// Change the seats of a network that is up: add an agency, move a seat to new keys, let an agency leave.
    #[command(subcommand)]
    Seats(SeatsCommand),
    /// Play a day of business on a network of `init --day` that is up: S1, S2 and S4 at once, through the members' own nodes.
    Day(DayArgs),
    /// Play lives of goods under the regulation: every act done or refused as the file says.
    Scenario(ScenarioArgs),
    /// Send handovers that were signed beforehand, and measure.
    Load(LoadArgs),
    /// Kill nodes under load, at random moments and around each fsync, and look for anything that was lost.
    Chaos(ChaosArgs),
    /// Measure what handovers, own events and heartbeats cost each kind of node, on a new network of four agencies, a member
    /// and a partner; or tell what a country costs by an earlier measurement.
    Measure(MeasureArgs),
    /// Change the meaning of a bundle.
    Tamper(TamperArgs),
}

#[derive(Debug, Args)]
struct DemoArgs {
    /// End when done; exits 0 only if every step held.
    #[arg(long)]
    once: bool,
    /// Folder for the network and its results; otherwise a new one under the system's temporary files.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct InitArgs {
    /// A folder that is new or empty.
    #[arg(long, value_name = "FOLDER")]
    dir: PathBuf,
    /// The network of a day of business: what `testnet day` needs, with nodes for three members and a partner.
    #[arg(long, conflicts_with_all = ["validators", "members", "partners", "no_nodes", "items", "keys", "chain", "log"])]
    day: bool,
    /// Agencies with a voting node, 1 to 16.
    #[arg(long, default_value_t = 4)]
    validators: usize,
    /// Enterprises with keys and a node of their own.
    #[arg(long, default_value_t = 0)]
    members: usize,
    /// Trusted institutions with keys and a node of their own.
    #[arg(long, default_value_t = 0)]
    partners: usize,
    /// Members and partners without nodes: they use an agency's.
    #[arg(long)]
    no_nodes: bool,
    /// Released items for load; they make it a test network.
    #[arg(long, default_value_t = 0)]
    items: u32,
    /// Keys that hold and receive those items; otherwise one for each item, at most 16384.
    #[arg(long)]
    keys: Option<u32>,
    /// Name of the chain.
    #[arg(long, default_value = "local")]
    chain: String,
    /// Log filter of the nodes.
    #[arg(long, default_value_t = node::config::LogConfig::default().filter)]
    log: String,
}

#[derive(Debug, Args)]
struct DayArgs {
    /// Folder of the network.
    #[arg(long, value_name = "FOLDER")]
    dir: PathBuf,
}

#[derive(Debug, Args)]
struct NodeArgs {
    /// Folder of the network.
    #[arg(long, value_name = "FOLDER")]
    dir: PathBuf,
    /// Only this node.
    #[arg(long, value_name = "NAME")]
    node: Option<String>,
}

#[derive(Debug, Subcommand)]
enum SeatsCommand {
    /// A new agency joins: its node follows, the others vote, and it votes from its height on.
    Add {
        /// Folder of the network.
        #[arg(long, value_name = "FOLDER")]
        dir: PathBuf,
        /// Begin with the newest snapshot that a running node has made (`[snapshot]` in its hufud.toml).
        #[arg(long)]
        snapshot: bool,
    },
    /// The seat of a node's agency moves to a new node with new keys.
    Move(SeatArgs),
    /// The agency of a node leaves.
    Remove(SeatArgs),
}

#[derive(Debug, Args)]
struct SeatArgs {
    /// Folder of the network.
    #[arg(long, value_name = "FOLDER")]
    dir: PathBuf,
    /// The node.
    #[arg(long, value_name = "NAME")]
    node: String,
}

#[derive(Debug, Args)]
struct ScenarioArgs {
    /// A name such as S1, `all`, or a file.
    name: String,
    /// Folder for the networks and their bundles; otherwise new ones under the system's temporary files.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// On the state machine alone, without nodes.
    #[arg(long)]
    machine: bool,
}

#[derive(Debug, Args)]
struct LoadArgs {
    /// Folder of the network.
    #[arg(long, value_name = "FOLDER")]
    dir: PathBuf,
    /// For how long to send.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: u32,
    /// Handovers a second, or `max`.
    #[arg(long, default_value = "max")]
    rate: Rate,
    /// Connections, shared out among the nodes.
    #[arg(long, default_value_t = DEFAULT_CLIENTS)]
    clients: usize,
    /// Handovers under way at a time with `--rate max`.
    #[arg(long, default_value_t = DEFAULT_IN_FLIGHT)]
    in_flight: usize,
    /// Write what is sent and confirmed, a JSON object a line.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Tell nothing on stderr.
    #[arg(long)]
    quiet: bool,
}

#[derive(Debug, Args)]
struct ChaosArgs {
    /// Folder of a network that is up and was made with items.
    #[arg(long, value_name = "FOLDER")]
    dir: PathBuf,
    /// Kills (SIGKILL) at random moments.
    #[arg(long, default_value_t = 30)]
    kills: u32,
    /// Ends at named points around each fsync.
    #[arg(long, default_value_t = 20)]
    points: u32,
    /// Handovers a second meanwhile.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// For how long load runs; the faults have to fit in.
    #[arg(long, default_value_t = 240)]
    seconds: u32,
    /// Decides what is chosen.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Args)]
struct MeasureArgs {
    /// A folder that is new or empty, for the network.
    #[arg(long, value_name = "FOLDER", required_unless_present = "table")]
    dir: Option<PathBuf>,
    /// What was measured before: only the tables of `docs/scale.md` are made of it.
    #[arg(long, value_name = "FILE", conflicts_with = "dir")]
    table: Option<PathBuf>,
    /// For how long handovers are sent, each of the two times.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    seconds: u32,
    /// Handovers of others a second; the second time ten times as many.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rate: u32,
}

#[derive(Debug, Args)]
struct TamperArgs {
    /// The bundle.
    file: PathBuf,
    /// Decides what is changed.
    #[arg(long)]
    seed: u64,
    /// Where to put the changed bundle.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Reads the command line of this process and runs it. Help and version are answers; anything else that cannot be read is
/// wrong use, and JSON where that is asked for.
pub fn main() -> ExitCode {
    let error = match Cli::try_parse() {
        Ok(cli) => return run(cli),
        Err(error) => error,
    };
    if error.use_stderr() && std::env::args_os().any(|word| word == "--json") {
        let message = error.render().to_string();
        let message = message.strip_prefix("error: ").unwrap_or(&message).trim_end();
        let _ = writeln!(std::io::stderr(), "{}", told(USAGE, &[message.to_owned()], true));
    } else {
        // A closed pipe is no failure of ours.
        let _ = error.print();
    }
    ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::DONE })
}

/// A failure and its causes: a problem as over HTTP where JSON is asked for.
fn told(code: &str, causes: &[String], as_json: bool) -> String {
    match as_json {
        // Writing plain structs to memory fails for no value.
        true => {
            serde_json::to_string(&Problem::new(code, [("detail", causes.join(": "))], Lang::En)).unwrap_or_default()
        }
        false => format!("error[{code}]: {}", causes.join("\n  because: ")),
    }
}

/// Runs a command.
pub fn run(cli: Cli) -> ExitCode {
    match answer(cli.command, cli.json) {
        Ok(text) => {
            // Nobody listens any more: that is no failure of the command.
            let _ = if text.is_empty() { Ok(()) } else { writeln!(std::io::stdout(), "{}", text.trim_end()) };
            ExitCode::SUCCESS
        }
        Err(report) => {
            let causes: Vec<String> = report.chain().map(|cause| cause.to_string()).collect();
            let _ = writeln!(std::io::stderr(), "{}", told(FAILED, &causes, cli.json));
            ExitCode::from(exit_code(FAILED))
        }
    }
}

fn answer(command: Command, as_json: bool) -> eyre::Result<String> {
    match command {
        Command::Demo(DemoArgs { once, dir }) => {
            demo::run(&DemoOptions { once, dir, json: as_json }).map(|()| String::new())
        }
        Command::Init(args) => init(args, as_json),
        Command::Up(NodeArgs { dir, node }) => {
            let network = running::up(&dir, node.as_deref())?;
            Ok(if as_json { serde_json::to_string(&network)? } else { nodes(&dir, &network) })
        }
        Command::Down(NodeArgs { dir, node }) => {
            let ended = running::down(&dir, node.as_deref())?;
            Ok(match (as_json, ended.is_empty()) {
                (true, _) => json!({"schema": "hufu.down/1", "ended": ended}).to_string(),
                (false, true) => "nothing ran".into(),
                (false, false) => format!("ended {}", ended.join(", ")),
            })
        }
        Command::Seats(command) => {
            let changed = match command {
                SeatsCommand::Add { dir, snapshot: false } => seats::add(&dir)?,
                SeatsCommand::Add { dir, snapshot: true } => seats::add_from_snapshot(&dir)?,
                SeatsCommand::Move(SeatArgs { dir, node }) => seats::move_seat(&dir, &node)?,
                SeatsCommand::Remove(SeatArgs { dir, node }) => seats::remove(&dir, &node)?,
            };
            Ok(match as_json {
                true => serde_json::to_string(&changed)?,
                false => format!("{}: the seats changed at height {}", changed.node, changed.from),
            })
        }
        Command::Day(DayArgs { dir }) => scenario::day(&dir, as_json).map(|()| String::new()),
        Command::Scenario(ScenarioArgs { name, dir, machine }) => {
            scenario::run(&name, &ScenarioOptions { dir, json: as_json, machine }).map(|()| String::new())
        }
        Command::Load(args) => {
            let LoadArgs { dir, seconds, rate, clients, in_flight, journal, quiet } = args;
            let options = LoadOptions { seconds, rate, clients, in_flight, journal, progress: !quiet };
            let report = load::run(&dir, options)?;
            Ok(if as_json { serde_json::to_string(&report)? } else { report.to_string() })
        }
        Command::Chaos(args) => {
            let ChaosArgs { dir, kills, points, rate, seconds, seed } = args;
            let report = chaos::run(&dir, ChaosOptions { kills, points, rate, seconds, seed })?;
            let text = serde_json::to_string(&report)?;
            eyre::ensure!(report.problems.is_empty(), "{text}");
            Ok(text)
        }
        Command::Measure(args) => measured(args, as_json),
        Command::Tamper(TamperArgs { file, seed, out }) => {
            let what = tamper::tamper(&file, seed, &out)?;
            Ok(match as_json {
                true => json!({"schema": "hufu.tamper/1", "changed": what, "file": out}).to_string(),
                false => format!("changed {what}: {}", out.display()),
            })
        }
    }
}

fn measured(args: MeasureArgs, as_json: bool) -> eyre::Result<String> {
    let MeasureArgs { dir, table, seconds, rate } = args;
    let measure: Measure = match (dir, table) {
        (Some(dir), _) => measure::run(&dir, MeasureOptions { seconds, rate })?,
        (None, Some(file)) => read_json(&file)?,
        (None, None) => eyre::bail!("--dir or --table is needed"),
    };
    Ok(if as_json { serde_json::to_string_pretty(&measure)? } else { measure.tables() })
}

fn init(args: InitArgs, as_json: bool) -> eyre::Result<String> {
    let InitArgs { dir, day, validators, members, partners, no_nodes, items, keys, chain, log } = args;
    let options = InitOptions { validators, members, partners, member_nodes: !no_nodes, items, keys, chain, log };
    let plan = if day { scenario::init_day(&dir)? } else { init::init(&dir, &options)? };
    if as_json {
        return Ok(serde_json::to_string(&plan)?);
    }
    let agencies = plan.nodes.iter().map(|n| n.name.as_str());
    let names: Vec<&str> = agencies.chain(plan.members.iter().map(|n| n.name.as_str())).collect();
    let dir = dir.display();
    Ok(format!(
        "network {} of {}\nkeys and passwords in {dir}/keys, trust root in {dir}/trust.json\nnext: testnet up --dir {dir}",
        plan.network,
        names.join(", ")
    ))
}

fn nodes(dir: &Path, network: &Network) -> String {
    let mut lines: Vec<String> = network
        .nodes
        .iter()
        .map(|n| format!("{:<20} {} · process {} · {}", n.name, n.api, n.pid, n.log.display()))
        .collect();
    lines.push(format!("written to {}", dir.join("network.json").display()));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_its_code_and_its_causes() {
        let causes = ["start the nodes".to_owned(), "no room".to_owned()];
        assert_eq!(told(FAILED, &causes, false), "error[H7151]: start the nodes\n  because: no room");
        for (code, ends) in [(FAILED, 1), (USAGE, 2)] {
            let problem: Problem = serde_json::from_str(&told(code, &causes, true)).unwrap();
            assert_eq!((problem.code.as_str(), problem.exit_code()), (code, ends));
            assert!(problem.detail.ends_with("start the nodes: no room"), "{}", problem.detail);
            assert!(!problem.hint.is_empty());
        }
    }
}
