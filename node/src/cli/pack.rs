//! Policy packs: those that come with the program, and files, checked before anybody votes on them.

use super::{Answer, CliError};
use api::{
    Lang,
    pack::{self, Comparison, Competence, Difference},
};
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

fn diff(old: &PolicyPack, new: &PolicyPack) -> Result<Answer, CliError> {
    // Answers of this program are in English.
    let Comparison { heads: [before, after], acts, rows, competence } = pack::compare(old, new, Lang::En);
    let mut text = format!("- {before}\n+ {after}\n");
    for difference in acts.iter().chain(&rows) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n{}\n{}", difference.heading(), difference.lines().join("\n"));
    }
    text.push('\n');
    for Competence { agency, gains, loses } in &competence {
        for (verb, powers) in [("gains", gains), ("loses", loses)] {
            if !powers.is_empty() {
                let _ = writeln!(text, "{} {verb} {}", agency.name(), powers.join(", "));
            }
        }
    }
    if competence.is_empty() {
        text.push_str("no agency gains or loses competence\n");
    }
    let act = |d: &Difference| json!({"act": d.name, "old": d.old.join("\n"), "new": d.new.join("\n")});
    let row = |d: &Difference| json!({"part": d.part, "name": d.name, "old": d.old, "new": d.new});
    let shift = |c: &Competence| json!({"agency": c.agency.name(), "gains": c.gains, "loses": c.loses});
    let json = json!({"schema": "hufu.pack-diff/1", "old": old.hash().to_string(), "new": new.hash().to_string(),
        "acts": acts.iter().map(act).collect::<Vec<_>>(), "rows": rows.iter().map(row).collect::<Vec<_>>(),
        "competence": competence.iter().map(shift).collect::<Vec<_>>()});
    Ok(Answer::new(text.trim_end(), json))
}

fn view(pack: &PolicyPack) -> serde_json::Value {
    json!({"schema": "hufu.pack-check/1", "ok": true, "pack": api::network::PackView::of(pack), "text": pack::write(pack)})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_is_text_and_json() {
        let old = open("shenzhen-draft", Some(OrientationArg::FirstIsHighest)).unwrap();
        let new = open("gacc-281", None).unwrap();
        let Answer { text, json, .. } = diff(&old, &new).unwrap();
        let parts = [
            "- shenzhen-draft version 1, grades 1 2 3 4, first-is-highest, ratings A B C D\n\
             + gacc-281 version 1, grades A1 A2 B1 B2 C1 C2, first-is-highest, ratings none\n\nact ",
            "\n\nact report\n- custodian@principal and joint@counterpart (R15, art. 32)\n+ not possible\n\n",
            "\n\ngrant permit\n- working-days = 3\n+ working-days = 20\n",
            "\nscience-technology loses register-class, demand, enter graded-class, enter positive-list,",
        ];
        for part in parts {
            assert!(text.contains(part), "{part}\n---\n{text}");
        }
        let has = |list: &str, key: &str, name: &str| {
            json[list].as_array().is_some_and(|rows| rows.iter().any(|row| row[key] == name))
        };
        assert!(
            has("acts", "act", "use") && has("rows", "name", "hgr-filing") && has("competence", "agency", "health")
        );
    }

    #[test]
    fn a_pack_does_not_differ_from_itself() {
        let pack = open("plain", Some(OrientationArg::FirstIsLowest)).unwrap();
        let Answer { text, json, .. } = diff(&pack, &pack).unwrap();
        assert!(text.ends_with("\n\nno agency gains or loses competence"), "{text}");
        assert!(["acts", "rows", "competence"].iter().all(|list| json[*list] == json!([])), "{json}");
    }
}
