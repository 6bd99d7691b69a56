//! What a scenario file says (`hufu.scenario/1`, `docs/formats/scenario.md`; unknown fields are refused).
//!
//! A file names a network, organisations with the people who sign for them, classes, and steps. A step is played in this
//! order: time passes (`skip`), blocks pass (`blocks`), acts are done or refused (`do`), and what should be so is looked at
//! (`check`). Acts are [`ActSpec`]s, as `hufu tx draft --act` reads them, with three additions: `@label` stands for what an
//! earlier act made, heights of a motion are counted from the height of now, and the root `series:KEY` is that of a
//! `[[series]]`.

use client::act::ActSpec;
use eyre::{Context, ensure};
use ledger::policy::Orientation;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Value of `schema`.
pub const SCENARIO_SCHEMA: &str = "hufu.scenario/1";

/// The same in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// English.
    pub en: String,
    /// 简体中文.
    pub zh: String,
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.zh, self.en)
    }
}

/// A scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// [`SCENARIO_SCHEMA`].
    pub schema: String,
    /// Its name, such as `S1`.
    pub name: String,
    /// What it is about.
    pub title: Words,
    /// The network it is played on.
    pub network: NetworkSpec,
    /// Organisations besides the agencies.
    #[serde(default, rename = "org")]
    pub orgs: Vec<OrgSpec>,
    /// Classes that genesis holds.
    #[serde(default, rename = "class")]
    pub classes: Vec<ClassSpec>,
    /// Series of readings that are anchored.
    #[serde(default)]
    pub series: Vec<SeriesSpec>,
    /// The steps, in their order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// The network of a scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// The agencies, each with a node and a vote.
    pub agencies: Agencies,
    /// A pack that comes with the program.
    pub pack: String,
    /// Which end of its grades is dangerous, where the pack leaves it to the genesis.
    pub orientation: Option<String>,
    /// The test clock.
    pub clock: ClockSpec,
}

/// Which agencies take part.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Agencies {
    /// The first so many, in the order of the demo.
    First(usize),
    /// These, by their functions.
    Named(Vec<String>),
}

/// The clock of the network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockSpec {
    /// Block time at the start, RFC 3339.
    pub origin: String,
    /// How many times faster than real time it runs.
    #[serde(default = "one")]
    pub rate: u32,
}

fn one() -> u32 {
    1
}

/// An organisation with its people.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrgSpec {
    /// How the file calls it.
    pub key: String,
    /// Its identifier, such as `gln:9521000000018`.
    pub id: String,
    /// What it is, such as `enterprise`.
    pub kind: String,
    /// Its name.
    pub name: Words,
    /// Its people, each with a key and the roles of it.
    pub people: BTreeMap<String, Vec<String>>,
}

/// An item class.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassSpec {
    /// How the file calls it.
    pub key: String,
    /// Its GTIN, or `scheme:value`.
    pub code: String,
    /// Its name.
    pub name: Words,
    /// Kind of special item.
    pub category: String,
    /// Risk grade of the pack.
    pub grade: String,
    /// Whether it is a human genetic resource.
    #[serde(default)]
    pub hgr: bool,
    /// HS code, such as `HS2022-WCO-300215`.
    pub hs: String,
}

/// Readings that are anchored by their root alone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesSpec {
    /// How the file calls it.
    pub key: String,
    /// Time of the first, RFC 3339.
    pub from: String,
    /// Seconds between two.
    pub every_s: u64,
    /// The readings; temperatures in thousandths of a degree Celsius.
    pub values: Vec<i32>,
}

/// A step.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What happens.
    pub title: Words,
    /// So much time passes first, such as `95d`.
    pub skip: Option<String>,
    /// So many blocks pass first.
    pub blocks: Option<u64>,
    /// The acts, in their order.
    #[serde(default, rename = "do")]
    pub acts: Vec<Do>,
    /// What has to be so afterwards, in this order.
    #[serde(default, rename = "check")]
    pub checks: Vec<Check>,
}

/// An act, and what has to become of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Do {
    /// Who signs, one slot each: `org.person:role`; an agency's person need not be named.
    pub by: Vec<String>,
    /// The act.
    pub act: ActSpec,
    /// Names the one thing that it makes: an item, a grant, a proposal, a duty.
    pub label: Option<String>,
    /// Names the items that it makes, in their order.
    #[serde(default)]
    pub labels: Vec<String>,
    /// By what it is refused; it is accepted where nothing is said.
    pub refused: Option<Refused>,
}

impl Do {
    /// The labels, however many.
    pub fn all_labels(&self) -> Vec<&str> {
        self.label.iter().chain(&self.labels).map(String::as_str).collect()
    }
}

/// A refusal that is expected.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// Its code.
    pub code: String,
    /// Its rule; none where no rule of R1 to R33 stands behind it.
    pub rule: Option<String>,
    /// Its article.
    pub article: String,
    /// Values that it has to give, by name.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        law(f, &self.code, self.rule.as_deref(), &self.article)?;
        self.params.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

/// Code, rule and article, as far as there are.
pub(super) fn law(f: &mut impl fmt::Write, code: &str, rule: Option<&str>, article: &str) -> fmt::Result {
    write!(f, "{code}")?;
    rule.map_or(Ok(()), |rule| write!(f, " {rule}"))?;
    if article.is_empty() { Ok(()) } else { write!(f, " {article}") }
}

/// Something to look at: each kind that is given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Check {
    /// An item.
    pub item: Option<ItemCheck>,
    /// A grant.
    pub grant: Option<GrantCheck>,
    /// An alert.
    pub alert: Option<AlertCheck>,
    /// The decision of an item's last event, or on a grant.
    pub decision: Option<DecisionCheck>,
    /// An entry of a registry.
    pub entry: Option<EntryCheck>,
    /// A proposal.
    pub proposal: Option<ProposalCheck>,
    /// That an anchored series is this one, and would not be with one reading altered.
    pub series: Option<SeriesCheck>,
    /// Every node has the same state; on the state machine: the history gives the same state once more.
    pub same_roots: Option<bool>,
    /// A text that stands in no block.
    pub private: Option<PrivateCheck>,
    /// A bundle of an item verifies offline (processes alone).
    pub bundle: Option<BundleCheck>,
    /// No changed copy of a bundle does (processes alone).
    pub tamper: Option<TamperCheck>,
    /// This agency's node is killed, starts again and catches up (processes alone).
    pub restart: Option<String>,
}

/// What an item should be like.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ItemCheck {
    /// Which.
    pub of: String,
    /// Its state.
    pub state: Option<String>,
    /// Who holds it.
    pub custodian: Option<String>,
    /// Registered, a decimal number in its unit, as all quantities.
    pub registered: Option<String>,
    /// On hand.
    pub on_hand: Option<String>,
    /// Used.
    pub used: Option<String>,
    /// Made into other items.
    pub derived: Option<String>,
    /// Waste.
    pub wasted: Option<String>,
    /// Lost.
    pub lost: Option<String>,
    /// Disposed of.
    pub disposed: Option<String>,
    /// Number of its events.
    pub events: Option<u64>,
    /// Holds in force.
    pub holds: Option<u64>,
    /// Its premises.
    pub place: Option<String>,
    /// Whether it is in quarantine.
    pub quarantined: Option<bool>,
    /// Whether it is for research only.
    pub research_only: Option<bool>,
    /// Series beyond the limits.
    pub excursions: Option<u64>,
    /// The unit it is in; `none` where it is in none.
    pub packed_in: Option<String>,
    /// What it was made of.
    pub made_of: Option<Vec<String>>,
    /// What was made of it.
    pub made: Option<Vec<String>>,
}

/// What a grant should be like.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantCheck {
    /// Which.
    pub of: String,
    /// Its state.
    pub state: Option<String>,
    /// Drawn so far.
    pub drawn: Option<String>,
    /// Left of it.
    pub left: Option<String>,
    /// Abroad under it.
    pub abroad: Option<String>,
    /// Declarations that it has served.
    pub declared: Option<u64>,
}

/// An alert.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertCheck {
    /// Its kind.
    pub kind: String,
    /// An organisation that it concerns.
    pub org: String,
    /// Whether it is open; that one is, if nothing is said.
    #[serde(default = "yes")]
    pub open: bool,
}

fn yes() -> bool {
    true
}

/// A decision.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionCheck {
    /// Of the last event of this item.
    pub item: Option<String>,
    /// On this grant.
    pub grant: Option<String>,
    /// Its rule; empty: none.
    pub rule: Option<String>,
    /// Its article.
    pub article: Option<String>,
    /// Records that it rests on, how many.
    pub grounds: Option<u64>,
    /// Under which pack that comes with the program.
    pub pack: Option<String>,
}

/// An entry of a registry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EntryCheck {
    /// Which registry.
    pub registry: String,
    /// About this organisation.
    pub org: Option<String>,
    /// About this class.
    pub class: Option<String>,
    /// About this person.
    pub person: Option<String>,
    /// About these premises.
    pub place: Option<String>,
    /// Year of a rating.
    #[serde(default)]
    pub period: u16,
    /// Whether one is in force.
    pub in_force: bool,
}

/// A proposal.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposalCheck {
    /// Which.
    pub of: String,
    /// Where it stands.
    pub state: String,
}

/// A series.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesCheck {
    /// The item to which it is anchored.
    pub item: String,
    /// Which.
    pub of: String,
    /// The reading that is altered, from 0.
    pub altered: usize,
}

/// A text that must not be found.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateCheck {
    /// The text.
    pub text: String,
}

/// A bundle.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleCheck {
    /// Of which item.
    pub item: String,
    /// The verdict, such as `valid`.
    pub verify: String,
}

/// Changed copies of a bundle.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TamperCheck {
    /// Of which item.
    pub item: String,
    /// How many.
    #[serde(default = "five")]
    pub copies: u64,
}

fn five() -> u64 {
    5
}

impl Scenario {
    /// Reads a scenario. Error: what is no TOML of this shape, with its line; names that stand twice.
    pub fn parse(text: &str) -> eyre::Result<Scenario> {
        let scenario: Scenario = toml::from_str(text).wrap_err("read the scenario")?;
        let Scenario { schema, name, steps, .. } = &scenario;
        ensure!(schema == SCENARIO_SCHEMA, "its schema is {schema:?}, not {SCENARIO_SCHEMA:?}");
        ensure!(!steps.is_empty(), "{name} has no step");
        let orgs = scenario.orgs.iter().map(|org| &org.key);
        let names = orgs.chain(scenario.classes.iter().map(|class| &class.key));
        let names = names.chain(scenario.series.iter().map(|series| &series.key));
        let mut seen = BTreeSet::new();
        for name in names {
            ensure!(seen.insert(name), "{name:?} names two things");
        }
        let labels = steps.iter().flat_map(|step| &step.acts).flat_map(Do::all_labels);
        let mut seen = BTreeSet::new();
        for label in labels {
            ensure!(seen.insert(label), "the label {label:?} stands twice");
        }
        Ok(scenario)
    }

    /// Which end of the grades is dangerous, if the file says it.
    pub fn orientation(&self) -> eyre::Result<Option<Orientation>> {
        let Some(word) = &self.network.orientation else { return Ok(None) };
        let found = Orientation::ALL.into_iter().find(|orientation| orientation.name() == word);
        ensure!(found.is_some(), "there is no orientation {word:?}");
        Ok(found)
    }

    /// Every refusal that it expects.
    pub fn refusals(&self) -> Vec<&Refused> {
        self.steps.iter().flat_map(|step| &step.acts).filter_map(|act| act.refused.as_ref()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "schema = \"hufu.scenario/1\"\nname = \"X\"\ntitle = { en = \"a\", zh = \"甲\" }\n\
        [network]\nagencies = 4\npack = \"plain\"\norientation = \"first-is-lowest\"\n\
        clock = { origin = \"2025-03-03T01:00:00Z\" }\n";

    #[test]
    fn a_file_says_who_does_what_and_what_becomes_of_it() {
        let text = format!(
            "{HEAD}[[step]]\ntitle = {{ en = \"b\", zh = \"乙\" }}\nskip = \"3d\"\n[[step.do]]\n\
             by = [\"customs:officer\"]\nact = {{ act = \"release\", items = [\"@b4\"] }}\n\
             refused = {{ code = \"H5406\", rule = \"R21\", article = \"P0\" }}\n\
             [[step.check]]\nitem = {{ of = \"@b1\", state = \"stored\", on-hand = \"20\" }}\n"
        );
        let scenario = Scenario::parse(&text).unwrap();
        let step = &scenario.steps[0];
        assert_eq!(step.acts[0].act, ActSpec::Release { items: vec!["@b4".into()] });
        assert_eq!(scenario.refusals()[0].to_string(), "H5406 R21 P0");
        assert_eq!(step.checks[0].item.as_ref().unwrap().on_hand.as_deref(), Some("20"));
        assert_eq!(scenario.orientation().unwrap(), Some(Orientation::FirstIsLowest));
    }

    #[test]
    fn what_nobody_understands_is_refused() {
        let step = "[[step]]\ntitle = { en = \"b\", zh = \"乙\" }\n";
        assert!(Scenario::parse(&format!("{HEAD}{step}")).is_ok());
        assert!(Scenario::parse(&format!("{HEAD}{step}waits = \"3d\"\n")).is_err());
        assert!(Scenario::parse(HEAD).is_err());
        let act = "[[step.do]]\nby = [\"a.b:officer\"]\nlabel = \"x\"\nact = { act = \"resume\", grant = \"@g\" }\n";
        assert!(Scenario::parse(&format!("{HEAD}{step}{act}")).is_ok());
        assert!(Scenario::parse(&format!("{HEAD}{step}{act}{act}")).is_err());
    }
}
