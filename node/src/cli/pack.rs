//! Policy packs: those that come with the program, and files, checked before anybody votes on them.

use super::{Answer, CliError};
use api::pack;
use clap::{Args, Subcommand, ValueEnum};
use ledger::{
    Act, PolicyPack,
    policy::{self, Orientation, Shift},
};
use serde_json::json;
use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

#[derive(Debug, Subcommand)]
pub(super) enum PackCommand {
    /// List the packs that come with the program.
    List,
    /// Check a pack, and say everything that is wrong in it.
    Check(PackArgs),
    /// Print a pack as text: one that comes with the program as it was written, others complete and in order.
    Show(PackArgs),
    /// Say what differs between two packs, and which agency gains or loses what.
    Diff {
        /// The one in force: a pack that comes with the program, or a file.
        #[arg(value_name = "OLD")]
        old: String,
        /// The one that is to follow.
        #[arg(value_name = "NEW")]
        new: String,
        /// Which end of the risk grades is the most dangerous, where a pack leaves it to the genesis.
        #[arg(long)]
        orientation: Option<OrientationArg>,
    },
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
        PackCommand::Diff { old, new, orientation } => diff(&open(&old, orientation)?, &open(&new, orientation)?),
    }
}

/// The same for a pack that may leave the orientation open or say it: of two packs each may do as it likes.
fn open(name: &str, orientation: Option<OrientationArg>) -> Result<PolicyPack, CliError> {
    load(name, None).or_else(|error| match orientation {
        Some(_) => load(name, orientation),
        None => Err(error),
    })
}

/// Who signs an act, and by which law, in a line.
fn row_words(pack: &PolicyPack, act: Act) -> String {
    let Some(row) = pack.row(act) else { return "not possible".into() };
    let sets: Vec<String> = pack::set_words(&row.any).iter().map(|set| set.join(" and ")).collect();
    let signers = if sets.is_empty() { "the old key".into() } else { sets.join(", or ") };
    let article = row.article.as_ref().or_else(|| pack.article(row.rule)).map_or("", |article| article.as_str());
    let law: Vec<String> = [row.rule.to_string(), article.to_owned()].into_iter().filter(|w| !w.is_empty()).collect();
    format!("{signers} ({})", law.join(", "))
}

fn diff(old: &PolicyPack, new: &PolicyPack) -> Result<Answer, CliError> {
    let head = |pack: &PolicyPack| {
        let grades: Vec<&str> = pack.grades.iter().map(|grade| grade.as_str()).collect();
        format!("{} version {}, grades {}, {}", pack.name, pack.version, grades.join(" "), pack.orientation.name())
    };
    let (mut text, mut changes, mut competence) =
        (format!("- {}\n+ {}\n", head(old), head(new)), Vec::new(), Vec::new());
    for act in Act::ALL {
        let (before, after) = (row_words(old, act), row_words(new, act));
        if before != after {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{}\n- {before}\n+ {after}\n", act.name());
            changes.push(json!({"act": act.name(), "old": before, "new": after}));
        }
    }
    text.push('\n');
    for (function, Shift { gains, loses }) in policy::shift(old, new) {
        let words = |acts: &BTreeSet<Act>| acts.iter().map(|act| act.name()).collect::<Vec<_>>();
        for (verb, acts) in [("gains", words(&gains)), ("loses", words(&loses))] {
            if !acts.is_empty() {
                let _ = writeln!(text, "{} {verb} {}", function.name(), acts.join(", "));
            }
        }
        competence.push(json!({"agency": function.name(), "gains": words(&gains), "loses": words(&loses)}));
    }
    if competence.is_empty() {
        text.push_str("no agency gains or loses competence\n");
    }
    let json = json!({"schema": "hufu.pack-diff/1", "old": old.hash().to_string(), "new": new.hash().to_string(),
        "acts": changes, "competence": competence});
    Ok(Answer::new(text.trim_end(), json))
}

fn view(pack: &PolicyPack) -> serde_json::Value {
    json!({"schema": "hufu.pack-check/1", "ok": true, "pack": api::network::PackView::of(pack), "text": pack::write(pack)})
}
