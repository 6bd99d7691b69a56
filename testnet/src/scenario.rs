//! Scenarios: lives of goods under the regulation, as files that a lawyer reads, played step by step.
//!
//! Purpose: what the regulation asks for is shown, not told: who may do what and who is refused, by which code, rule and
//! article. One file is played on the state machine alone, in a moment, and on real nodes, with bundles that a stranger
//! verifies.
//!
//! Invariants: a scenario holds only if every act is done or refused as its file says, and every check holds; acts are
//! signed by the keys of their people and take the whole way of a transaction on either stage.
//!
//! Deliberately absent: rules. What is legal the ledger decides; a file only expects.

mod cast;
mod check;
mod day;
mod engine;
mod file;
mod machine;
mod names;
mod nodes;
mod series;
mod stage;
mod teller;

pub use day::{day, init_day};
use eyre::{Context, bail, ensure};
pub use file::{Refused, SCENARIO_SCHEMA, Scenario};
use std::{
    fs,
    path::{Path, PathBuf},
};
use teller::Teller;

/// The scenarios that come with the program, by the names of their files.
pub const SHIPPED: [(&str, &str); 9] = [
    ("s1.toml", include_str!("../scenarios/s1.toml")),
    ("s2.toml", include_str!("../scenarios/s2.toml")),
    ("s3.toml", include_str!("../scenarios/s3.toml")),
    ("s4.toml", include_str!("../scenarios/s4.toml")),
    ("s4b.toml", include_str!("../scenarios/s4b.toml")),
    ("s5.toml", include_str!("../scenarios/s5.toml")),
    ("s6.toml", include_str!("../scenarios/s6.toml")),
    ("s7.toml", include_str!("../scenarios/s7.toml")),
    ("s8.toml", include_str!("../scenarios/s8.toml")),
];

/// How to play.
#[derive(Clone, Debug, Default)]
pub struct ScenarioOptions {
    /// Where the networks are set up; otherwise in new folders under the system's temporary files.
    pub dir: Option<PathBuf>,
    /// A JSON object a step instead of a story.
    pub json: bool,
    /// On the state machine alone.
    pub machine: bool,
}

/// Plays the scenario of a name such as `S1`, of a file, or `all` that come with the program. Error: what did not hold, by
/// file and step.
pub fn run(name: &str, options: &ScenarioOptions) -> eyre::Result<()> {
    let mut failed: Vec<eyre::Report> = Vec::new();
    for (source, text) in chosen(name)? {
        failed.extend(play(&source, &text, options).err());
    }
    match failed.len() {
        0 => Ok(()),
        1 => Err(failed.remove(0)),
        count => {
            let all: Vec<String> = failed.iter().map(|error| format!("{error:#}")).collect();
            bail!("{count} scenarios did not hold:\n{}", all.join("\n"))
        }
    }
}

/// Plays one scenario on the state machine alone; `source` names it in what did not hold.
pub fn on_machine(source: &str, text: &str) -> eyre::Result<()> {
    play(source, text, &ScenarioOptions { machine: true, ..ScenarioOptions::default() })
}

fn chosen(name: &str) -> eyre::Result<Vec<(String, String)>> {
    let owned = |(source, text): &(&str, &str)| ((*source).to_owned(), (*text).to_owned());
    if name == "all" {
        return Ok(SHIPPED.iter().map(owned).collect());
    }
    let file = format!("{}.toml", name.to_lowercase());
    if let Some(found) = SHIPPED.iter().find(|(source, _)| *source == file) {
        return Ok(vec![owned(found)]);
    }
    let known: Vec<&str> = SHIPPED.iter().filter_map(|(source, _)| source.strip_suffix(".toml")).collect();
    let path = Path::new(name);
    ensure!(path.is_file(), "there is no scenario {name:?}; there are {}, all, and files", known.join(", "));
    let text = fs::read_to_string(path).wrap_err_with(|| format!("read {name}"))?;
    Ok(vec![(name.to_owned(), text)])
}

fn play(source: &str, text: &str, options: &ScenarioOptions) -> eyre::Result<()> {
    let scenario = Scenario::parse(text).wrap_err_with(|| source.to_owned())?;
    let played = match options.machine {
        true => play_on_machine(&scenario, options.json),
        false => play_on_nodes(&scenario, options),
    };
    played.wrap_err_with(|| source.to_owned())
}

fn play_on_machine(scenario: &Scenario, json: bool) -> eyre::Result<()> {
    let mut teller = Teller::new(scenario, json, "state machine 状态机");
    let (mut stage, cast) = machine::Machine::start(scenario)?;
    engine::play(scenario, &cast, &mut stage, &mut teller)
}

/// The folder of a network that held is removed, unless somebody named it.
fn play_on_nodes(scenario: &Scenario, options: &ScenarioOptions) -> eyre::Result<()> {
    let mut teller = Teller::new(scenario, options.json, "nodes 真实节点");
    let mut on = |dir: &Path| {
        let (mut stage, cast) = nodes::Nodes::start(scenario, dir)?;
        engine::play(scenario, &cast, &mut stage, &mut teller)
    };
    if let Some(dir) = &options.dir {
        return on(&dir.join(scenario.name.to_lowercase()));
    }
    let folder = tempfile::Builder::new().prefix("hufu-scenario-").tempdir().wrap_err("make a folder")?;
    on(folder.path()).map_err(|error| {
        let kept = folder.keep();
        error.wrap_err(format!("the logs are in {}", kept.join("network").display()))
    })
}

/// Whether a text stands in bytes.
fn holds(bytes: &[u8], text: &str) -> bool {
    !text.is_empty() && bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_found_by_name() {
        assert_eq!(chosen("S4b").unwrap()[0].0, "s4b.toml");
        assert_eq!(chosen("all").unwrap().len(), SHIPPED.len());
        assert!(chosen("S99").unwrap_err().to_string().contains("s1, s2"));
    }

    #[test]
    fn the_example_of_the_document_holds() {
        let document = include_str!("../../docs/formats/scenario.md");
        let (_, from) = document.split_once("```toml\n").unwrap();
        let (text, _) = from.split_once("```").unwrap();
        on_machine("docs/formats/scenario.md", text).unwrap();
    }

    #[test]
    fn a_text_is_found_among_bytes() {
        assert!(holds("x 黄小明 y".as_bytes(), "黄小明"));
        assert!(!holds(b"abc", "abd") && !holds(b"", "a") && !holds(b"abc", ""));
    }
}
