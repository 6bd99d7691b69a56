//! A day of business: several scenarios at once on one network that is up, each act through the node of whoever signs it.
//!
//! Their organisations are one cast, and what one file says of an organisation another may add to. Steps are merged by the
//! time at which their files have them; at one time the scenario that comes first by name goes on first.

use super::{
    SHIPPED,
    engine::Story,
    file::{Agencies, Scenario, Words},
    nodes::{Nodes, setup},
    stage::Stage,
    teller::Teller,
};
use crate::files::{Folder, Plan};
use eyre::{Context, ensure, eyre};
use ledger::Timestamp;
use std::path::Path;

/// The scenarios that are played.
const STORIES: [&str; 3] = ["s1.toml", "s2.toml", "s4.toml"];
/// The organisations with a node of their own: a member of each story, and the partner of the second.
const NODES: [&str; 4] = ["cro", "maker", "firm", "hospital"];

/// Sets up the network of a day in a folder that is new or empty.
pub fn init_day(dir: &Path) -> eyre::Result<Plan> {
    let (whole, _) = stories()?;
    setup::set_up(&whole, dir, &NODES)?;
    Folder::open(dir)?.plan()
}

/// Plays the day on a network that [`init_day`] has set up and that is up. A JSON object a step, where that is asked for.
pub fn day(dir: &Path, json: bool) -> eyre::Result<()> {
    let (whole, parts) = stories()?;
    let plan = Folder::open(dir)?.plan()?;
    let fits = plan.chain == setup::chain(&whole);
    ensure!(fits, "the network of {} is not that of a day: make one with `testnet init --day --dir`", dir.display());
    let (mut nodes, cast) = Nodes::of_running(&whole, dir)?;
    let mut told = Vec::with_capacity(parts.len());
    for part in parts {
        let teller = Teller::new(&part, json, "day of business 一天的业务");
        teller.open(&part, &cast);
        let due = due(&part)?;
        told.push((Story::of(part)?, teller, due));
    }
    loop {
        let waiting = told.iter().enumerate().filter(|(_, (story, _, _))| story.goes_on());
        let next = waiting.min_by_key(|(place, (story, _, due))| (due.get(story.next()).copied(), *place));
        let Some((place, _)) = next else { break };
        let (story, teller, due) = &mut told[place];
        let (at, tip) = (due[story.next()], nodes.tip()?.time);
        story.skip((at > tip).then(|| format!("{}s", at.ms_since(tip).div_ceil(1_000))));
        story.step(&cast, &mut nodes, teller).wrap_err_with(|| story.name().to_owned())?;
    }
    told.iter().for_each(|(_, teller, _)| teller.close());
    Ok(())
}

/// When the steps of a scenario are due: its origin, and what its file lets pass.
fn due(scenario: &Scenario) -> eyre::Result<Vec<Timestamp>> {
    let mut at = api::time::parse(&scenario.network.clock.origin)?;
    let steps = scenario.steps.iter().map(|step| {
        at = at.plus_ms(step.skip.as_deref().map_or(Ok(0), span)?);
        Ok(at)
    });
    steps.collect()
}

/// Milliseconds of a span such as `4h` or `73d`.
fn span(text: &str) -> eyre::Result<u64> {
    let units = [("s", 1_000u64), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
    let found = units.iter().find_map(|(unit, ms)| Some((text.strip_suffix(*unit)?, *ms)));
    let (number, ms) = found.ok_or_else(|| eyre!("{text:?} is no span such as 4h or 73d"))?;
    let number: u64 = number.parse().wrap_err_with(|| format!("read the span {text:?}"))?;
    number.checked_mul(ms).ok_or_else(|| eyre!("{text:?} is too long"))
}

/// The whole cast as a scenario without steps, and the scenarios.
fn stories() -> eyre::Result<(Scenario, Vec<Scenario>)> {
    let mut parts = Vec::with_capacity(STORIES.len());
    for name in STORIES {
        let (_, text) = SHIPPED.iter().find(|(file, _)| *file == name).ok_or_else(|| eyre!("{name} is not shipped"))?;
        parts.push(Scenario::parse(text).wrap_err(name)?);
    }
    let mut all = parts.iter();
    let mut whole = all.next().ok_or_else(|| eyre!("a day without stories"))?.clone();
    for part in all {
        add(&mut whole, part)?;
    }
    whole.name = "DAY".into();
    whole.title = Words { en: "A day of business".into(), zh: "一天的业务".into() };
    (whole.steps, whole.series) = (Vec::new(), Vec::new());
    Ok((whole, parts))
}

/// Adds the network, the organisations and the classes of a scenario to those of others.
fn add(whole: &mut Scenario, part: &Scenario) -> eyre::Result<()> {
    let (all, own) = (&mut whole.network, &part.network);
    ensure!(all.pack == own.pack && all.orientation == own.orientation, "{} is played under another pack", part.name);
    ensure!(all.clock.rate == own.clock.rate, "{} is played at another pace", part.name);
    if api::time::parse(&own.clock.origin)? < api::time::parse(&all.clock.origin)? {
        all.clock.origin.clone_from(&own.clock.origin);
    }
    match (&mut all.agencies, &own.agencies) {
        (Agencies::First(count), Agencies::First(other)) => *count = (*count).max(*other),
        _ => return Err(eyre!("{} names its agencies: those of a day are counted", part.name)),
    }
    for org in &part.orgs {
        match whole.orgs.iter_mut().find(|known| known.key == org.key) {
            None => whole.orgs.push(org.clone()),
            Some(known) => {
                let same = known.id == org.id && known.kind == org.kind && known.name == org.name;
                ensure!(same, "{} calls another organisation {:?}", part.name, org.key);
                known.people.extend(org.people.clone());
            }
        }
    }
    for class in &part.classes {
        match whole.classes.iter().find(|known| known.key == class.key) {
            None => whole.classes.push(class.clone()),
            Some(known) => ensure!(known.code == class.code, "{} calls another class {:?}", part.name, class.key),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stories_are_one_cast_with_the_organisations_that_have_nodes() {
        let (whole, parts) = stories().unwrap();
        assert_eq!(parts.iter().map(|part| part.name.as_str()).collect::<Vec<_>>(), ["S1", "S2", "S4"]);
        assert_eq!(whole.network.clock.origin, "2025-01-20T01:00:00Z");
        let count = |key: &str| whole.orgs.iter().filter(|org| org.key == key).count();
        // The carrier is in two of them.
        assert_eq!(NODES.map(count), [1; 4]);
        assert_eq!(count("carrier"), 1);
        let kind = |key: &str| whole.orgs.iter().find(|org| org.key == key).unwrap().kind.clone();
        assert_eq!(NODES.map(kind), ["enterprise", "enterprise", "enterprise", "partner"]);
    }

    #[test]
    fn steps_are_due_when_their_files_have_them() {
        let (_, parts) = stories().unwrap();
        let day = |part: &Scenario| {
            let due = due(part).unwrap();
            assert!(due.is_sorted() && due.len() == part.steps.len());
            [due[0], due[due.len() - 1]].map(|at| api::time::rfc3339(at)[..10].to_owned())
        };
        assert_eq!(day(&parts[0]), ["2025-03-03", "2025-03-05"]);
        assert_eq!(day(&parts[1]), ["2025-02-17", "2025-02-17"]);
        assert_eq!(day(&parts[2]), ["2025-01-20", "2025-07-03"]);
    }

    #[test]
    fn spans() {
        assert_eq!(span("4h").unwrap(), 14_400_000);
        assert_eq!(span("73d").unwrap(), 73 * 86_400_000);
        assert!(span("soon").is_err() && span("d").is_err());
    }
}
