//! Policy packs: those that come with the program, and files, checked before anybody votes on them.

use super::{Answer, CliError};
use api::pack::{self, Row};
use clap::{Args, Subcommand, ValueEnum};
use ledger::{
    Act, PolicyPack,
    policy::{self, Orientation, Shift},
};
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

/// Who signs an act, and by which law, in a line.
fn act_words(pack: &PolicyPack, act: Act) -> String {
    let Some(row) = pack.row(act) else { return "not possible".into() };
    let sets: Vec<String> = pack::set_words(&row.any).iter().map(|set| set.join(" and ")).collect();
    let signers = match (sets.is_empty(), act) {
        (false, _) => sets.join(", or "),
        (true, Act::RotateKey) => "the old key".into(),
        (true, _) => "whom the grant or the motion asks for".into(),
    };
    let article = row.article.as_ref().or_else(|| pack.article(row.rule)).map_or("", |article| article.as_str());
    let law: Vec<String> = [row.rule.to_string(), article.to_owned()].into_iter().filter(|w| !w.is_empty()).collect();
    format!("{signers} ({})", law.join(", "))
}

/// Name, version, scales and orientation, in a line.
fn head_words(pack: &PolicyPack) -> String {
    let grades: Vec<&str> = pack.grades.iter().map(|grade| grade.name.as_str()).collect();
    let ratings: Vec<&str> = pack.ratings.iter().map(|rating| rating.as_str()).collect();
    let ratings = if ratings.is_empty() { "none".into() } else { ratings.join(" ") };
    let (name, version, orientation) = (&pack.name, pack.version, pack.orientation.name());
    format!("{name} version {version}, grades {}, {orientation}, ratings {ratings}", grades.join(" "))
}

/// What one pack says of a row and the other does not.
struct Difference {
    part: &'static str,
    name: String,
    old: Vec<String>,
    new: Vec<String>,
}

impl Difference {
    fn to_text(&self) -> String {
        let Difference { part, name, old, new } = self;
        let lines = old.iter().map(|line| format!("- {line}\n")).chain(new.iter().map(|line| format!("+ {line}\n")));
        let heading = format!("{part} {name}");
        format!("\n{}\n{}", heading.trim_end(), lines.collect::<String>())
    }
}

/// Acts, with their law in words: an act of which neither pack changes signers, rule and article is left out.
fn acts_that_differ(old: &PolicyPack, new: &PolicyPack) -> Vec<Difference> {
    let of = |act: Act| {
        let (before, after) = (act_words(old, act), act_words(new, act));
        let name = act.name().to_owned();
        (before != after).then(|| Difference { part: "act", name, old: vec![before], new: vec![after] })
    };
    Act::ALL.into_iter().filter_map(of).collect()
}

/// All other rows, line by line as a pack is written, part by part.
fn rows_that_differ(old: &PolicyPack, new: &PolicyPack) -> Vec<Difference> {
    let (before, after) = (pack::rows(old), pack::rows(new));
    let lines = |rows: &[Row], like: &Row| {
        let same = rows.iter().find(|row| row.part == like.part && row.name == like.name);
        same.map(|row| row.lines.clone()).unwrap_or_default()
    };
    let mut differences: Vec<Difference> = Vec::new();
    for part in pack::PARTS.into_iter().filter(|part| *part != "act") {
        for row in before.iter().chain(&after).filter(|row| row.part == part) {
            let (old, new) = (lines(&before, row), lines(&after, row));
            let told = differences.iter().any(|told| told.part == part && told.name == row.name);
            if !told && old != new {
                let alone = |these: &[String], those: &[String]| -> Vec<String> {
                    these.iter().filter(|line| !those.contains(line)).cloned().collect()
                };
                let (old, new) = (alone(&old, &new), alone(&new, &old));
                differences.push(Difference { part, name: row.name.clone(), old, new });
            }
        }
    }
    differences
}

fn diff(old: &PolicyPack, new: &PolicyPack) -> Result<Answer, CliError> {
    let (acts, rows) = (acts_that_differ(old, new), rows_that_differ(old, new));
    let mut text = format!("- {}\n+ {}\n", head_words(old), head_words(new));
    text.extend(acts.iter().chain(&rows).map(Difference::to_text));
    text.push('\n');
    let mut competence = Vec::new();
    for (function, Shift { gains, loses }) in policy::shift(old, new) {
        let gains: Vec<String> = gains.iter().map(|power| power.words()).collect();
        let loses: Vec<String> = loses.iter().map(|power| power.words()).collect();
        for (verb, powers) in [("gains", &gains), ("loses", &loses)] {
            if !powers.is_empty() {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{} {verb} {}", function.name(), powers.join(", "));
            }
        }
        competence.push(json!({"agency": function.name(), "gains": gains, "loses": loses}));
    }
    if competence.is_empty() {
        text.push_str("no agency gains or loses competence\n");
    }
    let act = |d: &Difference| json!({"act": d.name, "old": d.old.join("\n"), "new": d.new.join("\n")});
    let row = |d: &Difference| json!({"part": d.part, "name": d.name, "old": d.old, "new": d.new});
    let json = json!({"schema": "hufu.pack-diff/1", "old": old.hash().to_string(), "new": new.hash().to_string(),
        "acts": acts.iter().map(act).collect::<Vec<_>>(), "rows": rows.iter().map(row).collect::<Vec<_>>(),
        "competence": competence});
    Ok(Answer::new(text.trim_end(), json))
}

fn view(pack: &PolicyPack) -> serde_json::Value {
    json!({"schema": "hufu.pack-check/1", "ok": true, "pack": api::network::PackView::of(pack), "text": pack::write(pack)})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_tells_of_every_part() {
        let old = open("shenzhen-draft", Some(OrientationArg::FirstIsHighest)).unwrap();
        let new = open("gacc-281", None).unwrap();
        let Answer { text, json, .. } = diff(&old, &new).unwrap();
        let parts = [
            "- shenzhen-draft version 1, grades 1 2 3 4, first-is-highest, ratings A B C D\n\
             + gacc-281 version 1, grades A1 A2 B1 B2 C1 C2, first-is-highest, ratings none\n",
            "\nact register-class\n- officer@science-technology (R4, art. 14)\n+ officer@customs (R4, Order 281, grades)\n",
            "\nact report\n- custodian@principal and joint@counterpart (R15, art. 32)\n+ not possible\n",
            "\nact apply\n- whom the grant or the motion asks for (R7, art. 20)\n+ whom",
            "\narticles\n- R1 = \"art. 3\"\n",
            "\ngrade A1\n+ permit = true\n+ access = true\n+ validity = \"3 months\"\n",
            "\nregistry access\n+ rule = \"R7\"\n",
            "\ngrant permit\n- working-days = 3\n+ working-days = 20\n",
            "\nlane instant-permit\n- rule = \"R8\"\n",
            "\nalert report-overdue\n- rule = \"R15\"\n- to = [\"science-technology\", \"customs\"]\n+ rule = \"R16\"\n",
            "\nscope\n- excluded-hs = []\n- clearance-hs = [\"3004\"]\n+ excluded-hs = [\"3003\", \"3004\", \"9018\"]\n",
            "\ncalendar\n- holidays = [\"2025-01-01\",",
            "\nlimits\n- pilot-rating = \"B\"\n",
            "\nscience-technology loses register-class, demand, enter graded-class, enter positive-list,",
        ];
        for part in parts {
            assert!(text.contains(part), "{part}\n---\n{text}");
        }
        // Rows that are the same are not told.
        assert!(!text.contains("registry non-acceptance") && !text.contains("temperature"), "{text}");
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
