//! Policy packs: those that come with the program, and files, checked before anybody votes on them.

use super::{Answer, CliError};
use api::pack;
use clap::{Args, Subcommand, ValueEnum};
use ledger::{PolicyPack, policy::Orientation};
use serde_json::json;
use std::{fmt::Write as _, fs, path::Path};

#[derive(Debug, Subcommand)]
pub(super) enum PackCommand {
    /// List the packs that come with the program.
    List,
    /// Check a pack, and say everything that is wrong in it.
    Check(PackArgs),
    /// Print a pack as text: one that comes with the program as it was written, others complete and in order.
    Show(PackArgs),
}

#[derive(Debug, Args)]
pub(super) struct PackArgs {
    /// A pack that comes with the program, or a file.
    #[arg(value_name = "NAME|FILE")]
    pack: String,
    /// Which end of the risk grades is the most dangerous, where the pack leaves it to the genesis.
    #[arg(long)]
    orientation: Option<OrientationArg>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum OrientationArg {
    /// The first grade is the most dangerous.
    FirstIsHighest,
    /// The first grade is the least dangerous.
    FirstIsLowest,
}

impl From<OrientationArg> for Orientation {
    fn from(arg: OrientationArg) -> Orientation {
        match arg {
            OrientationArg::FirstIsHighest => Orientation::FirstIsHighest,
            OrientationArg::FirstIsLowest => Orientation::FirstIsLowest,
        }
    }
}

/// Reads the pack with this name, or in this file.
pub(super) fn load(name: &str, orientation: Option<OrientationArg>) -> Result<PolicyPack, CliError> {
    let text = match pack::shipped(name) {
        Some(text) => text.to_owned(),
        None => fs::read_to_string(Path::new(name)).map_err(|error| {
            let names: Vec<&str> = pack::SHIPPED.iter().map(|(name, _)| *name).collect();
            let help = format!("name a file, or one of the packs that come with the program: {}", names.join(", "));
            CliError::new("H3008", format!("failed to read the policy pack {name}: {error}"), help)
        })?,
    };
    let read = pack::read(&text, orientation.map(Orientation::from)).map_err(|faults| {
        let mut message = format!("the policy pack {name} cannot be taken");
        for fault in faults {
            // Writing to a string cannot fail.
            let _ = write!(message, "\n  {fault}");
        }
        let help = "correct the text (`hufud pack show gacc-281` prints a whole one), or say --orientation";
        CliError::new("H3008", message, help)
    })?;
    match pack::is_impostor(&read) {
        true => {
            let (name, version) = (&read.name, read.version);
            let message = format!("{name} version {version} comes with the program, and this pack is another one");
            Err(CliError::new("H3008", message, "give it a name or a version of its own"))
        }
        false => Ok(read),
    }
}

pub(super) fn answer(command: PackCommand) -> Result<Answer, CliError> {
    match command {
        PackCommand::List => {
            let names: Vec<&str> = pack::SHIPPED.iter().map(|(name, _)| *name).collect();
            Ok(Answer::new(names.join("\n"), json!({"schema": "hufu.packs/1", "packs": names})))
        }
        PackCommand::Check(args) => {
            let pack = load(&args.pack, args.orientation)?;
            let text = format!("{} version {}: ok\nhash {}", pack.name, pack.version, pack.hash());
            Ok(Answer::new(text, view(&pack)))
        }
        // As it was written, with what its comments say.
        PackCommand::Show(PackArgs { pack: name, orientation: None }) if pack::shipped(&name).is_some() => {
            let text = pack::shipped(&name).unwrap_or_default();
            Ok(Answer::new(text.trim_end(), json!({"schema": "hufu.pack-text/1", "text": text})))
        }
        PackCommand::Show(args) => {
            let pack = load(&args.pack, args.orientation)?;
            Ok(Answer::new(pack::write(&pack).trim_end(), view(&pack)))
        }
    }
}

fn view(pack: &PolicyPack) -> serde_json::Value {
    json!({"schema": "hufu.pack-check/1", "ok": true, "pack": api::network::PackView::of(pack), "text": pack::write(pack)})
}
