//! Faults under load: nodes are killed at random moments and at named points around each fsync, and afterwards every
//! handover that was acknowledged has to be in every node.
//!
//! What is checked at the end: each acknowledged transaction is committed on every node; all nodes have the same state
//! root at the same height; no node halted; no evidence of double signing was found by anybody; a sample of bundles
//! from each node verifies under the trust root.

use crate::{
    files::{Folder, Network, RunningNode},
    http::Node,
    load::{self, LoadOptions, LoadReport, Rate},
    process, running,
    wait::{Seen, pause, wait_for},
};
use api::{
    network::StatusView,
    paths,
    tx::{TxState, TxStatus},
    view::{ItemView, Page},
};
use eyre::{Context, bail, ensure};
use proof::{Options, TrustRoot};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    time::{Duration, Instant},
};

/// Schema of the report.
pub const CHAOS_SCHEMA: &str = "hufu.chaos/1";
/// Time for an armed node to reach its fail point.
const POINT_TIME: Duration = Duration::from_secs(60);
/// Time for nodes to be back and agree.
const BACK_TIME: Duration = Duration::from_secs(120);
/// Bundles verified of each node.
const BUNDLES: usize = 25;
/// How often a fail point may be passed before it strikes.
const HITS: u64 = 40;

/// What to do.
#[derive(Clone, Debug)]
pub struct ChaosOptions {
    /// Kills at random moments.
    pub kills: u32,
    /// Ends at named points.
    pub points: u32,
    /// Handovers a second meanwhile.
    pub rate: u32,
    /// For how long load runs; the faults have to fit in.
    pub seconds: u32,
    /// Seed of what is chosen.
    pub seed: u64,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct ChaosReport {
    /// [`CHAOS_SCHEMA`].
    pub schema: String,
    /// Kills at random moments.
    pub kills: u32,
    /// Ends at named points, by name.
    pub points: Vec<String>,
    /// Acknowledged transactions, all found in all nodes.
    pub acknowledged: usize,
    /// Height at which all nodes were compared.
    pub height: u64,
    /// Their common state root.
    pub state_root: String,
    /// Bundles that verified.
    pub bundles: usize,
    /// The load meanwhile.
    pub load: LoadReport,
    /// What did not hold; empty if all did.
    pub problems: Vec<String>,
}

/// A small generator: what is chosen follows from the seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit.max(1)
    }
}

/// Runs faults under load on a network that is up and has items.
pub fn run(dir: &Path, options: ChaosOptions) -> eyre::Result<ChaosReport> {
    let folder = Folder::open(dir)?;
    let journal = dir.join("chaos.journal");
    let load_options = LoadOptions {
        seconds: options.seconds,
        rate: Rate::PerSecond(options.rate),
        clients: load::DEFAULT_CLIENTS,
        in_flight: load::DEFAULT_IN_FLIGHT,
        journal: Some(journal.clone()),
        progress: false,
    };
    let load_dir = dir.to_owned();
    let load = std::thread::spawn(move || load::run(&load_dir, load_options));
    wait_for("the load to begin", BACK_TIME, || match fs::metadata(&journal).is_ok_and(|m| m.len() > 0) {
        true => Seen::Yes(()),
        false => Seen::NotYet("nothing is sent yet".into()),
    })?;
    let points = strike(dir, &folder, &options)?;
    let still = !load.is_finished();
    let report = load.join().map_err(|_| eyre::eyre!("the load ended with a panic"))??;
    let mut problems = Vec::new();
    if !still {
        problems.push("the load ended before the last fault: give it more --seconds".into());
    }
    let network = folder.network()?;
    let (height, state_root) = agree(&network, &mut problems)?;
    let acknowledged = acknowledged(&journal)?;
    compare(&network, &acknowledged, &mut problems)?;
    let bundles = verify_bundles(&folder, &network, &mut problems)?;
    Ok(ChaosReport {
        schema: CHAOS_SCHEMA.into(),
        kills: options.kills,
        points,
        acknowledged: acknowledged.len(),
        height,
        state_root,
        bundles,
        load: report,
        problems,
    })
}

/// All faults, one after the other; each node is back before the next fault.
fn strike(dir: &Path, folder: &Folder, options: &ChaosOptions) -> eyre::Result<Vec<String>> {
    let mut dice = Dice(options.seed);
    let names = node::fail_points();
    let mut struck = Vec::new();
    for number in 0..options.kills + options.points {
        let network = folder.network()?;
        let nodes: Vec<&RunningNode> = network.agencies().collect();
        let node = nodes[dice.below(nodes.len() as u64) as usize];
        pause(Duration::from_millis(100 + dice.below(900)));
        node.process().kill()?;
        if number < options.kills {
            eprintln!("chaos: {:>3} killed {}", number + 1, node.name);
            pause(Duration::from_millis(dice.below(1_000)));
        } else {
            let name = names[(number - options.kills) as usize % names.len()];
            let hit = 1 + dice.below(HITS);
            eprintln!("chaos: {:>3} {} is to end at {name}, the {hit}. time", number + 1, node.name);
            end_at_point(folder, node, &format!("{name}:{hit}"))?;
            struck.push(name.to_owned());
        }
        running::up(dir, Some(&node.name))?;
    }
    Ok(struck)
}

fn end_at_point(folder: &Folder, node: &RunningNode, armed: &str) -> eyre::Result<()> {
    let hufud = process::beside("hufud")?;
    let home = node.home.to_str().unwrap_or_default();
    let environment = [(node::FAIL_POINT_VARIABLE, armed)];
    let process = process::start_with(&hufud, &["start", "--home", home], &environment, &folder.log(&node.name))?;
    wait_for(&format!("{} to end at {armed}", node.name), POINT_TIME, || match process.lives() {
        true => Seen::NotYet("it lives".into()),
        false => Seen::Yes(()),
    })
    .inspect_err(|_| {
        // Nothing is left behind, whatever went wrong.
        let _ = process.kill();
    })?;
    Ok(())
}

/// Waits until all nodes stand at one height, and compares their roots.
fn agree(network: &Network, problems: &mut Vec<String>) -> eyre::Result<(u64, String)> {
    let nodes: Vec<Node> = network.agencies().map(|n| Node::new(&n.api)).collect();
    let found = wait_for("all nodes at one height", BACK_TIME, || {
        let mut seen = BTreeSet::new();
        for node in &nodes {
            match node.get::<StatusView>(paths::STATUS) {
                Ok(status) => seen.insert((status.height, status.state_root, status.safety)),
                Err(error) => return Seen::NotYet(error.to_string()),
            };
        }
        let heights: BTreeSet<u64> = seen.iter().map(|(height, ..)| *height).collect();
        match heights.len() {
            1 => Seen::Yes(seen),
            _ => Seen::NotYet(format!("{heights:?}")),
        }
    })?;
    let roots: BTreeSet<&String> = found.iter().map(|(_, root, _)| root).collect();
    if roots.len() != 1 {
        problems.push(format!("state roots differ at one height: {roots:?}"));
    }
    for (height, _, safety) in &found {
        if safety != "safe" {
            problems.push(format!("a node at height {height} says: {safety}"));
        }
    }
    let (height, root, _) = found.into_iter().next().unwrap_or_default();
    Ok((height, root))
}

#[derive(Deserialize)]
struct Line {
    tx: String,
    event: String,
}

/// Transactions that were acknowledged as committed.
fn acknowledged(journal: &Path) -> eyre::Result<BTreeSet<String>> {
    let text = fs::read_to_string(journal).wrap_err_with(|| format!("read {}", journal.display()))?;
    let lines = text.lines().map(serde_json::from_str::<Line>).collect::<Result<Vec<_>, _>>()?;
    Ok(lines.into_iter().filter(|l| l.event == "committed").map(|l| l.tx).collect())
}

fn token(network: &Network, node: &RunningNode) -> eyre::Result<String> {
    let mut own = network.tokens.iter().filter(|t| t.org == node.org);
    let Some(entry) = own.next().or(network.tokens.first()) else { bail!("no token for {}", node.name) };
    Ok(fs::read_to_string(&entry.file)?.trim().to_owned())
}

/// Asks every node for every acknowledged transaction.
fn compare(network: &Network, acknowledged: &BTreeSet<String>, problems: &mut Vec<String>) -> eyre::Result<()> {
    let lost: Vec<eyre::Result<Vec<String>>> = std::thread::scope(|scope| {
        let asking: Vec<_> = network
            .agencies()
            .map(|node| {
                scope.spawn(move || {
                    let client = Node::new(&node.api).with_token(&token(network, node)?);
                    let mut lost = Vec::new();
                    for id in acknowledged {
                        let status: TxStatus = client.get(&format!("{}/{id}", paths::TX))?;
                        if status.status != TxState::Committed {
                            lost.push(format!("{}: acknowledged {id} is {:?}", node.name, status.status));
                        }
                    }
                    let evidence: Page<serde_json::Value> = client.get(paths::EVIDENCE)?;
                    lost.extend(evidence.items.iter().map(|e| format!("{}: double signing: {e}", node.name)));
                    Ok(lost)
                })
            })
            .collect();
        asking.into_iter().map(|a| a.join().unwrap_or_else(|_| Ok(vec!["a comparison panicked".into()]))).collect()
    });
    for lost in lost {
        problems.extend(lost?);
    }
    Ok(())
}

/// Bundles of moved items of every node, verified under the trust root.
fn verify_bundles(folder: &Folder, network: &Network, problems: &mut Vec<String>) -> eyre::Result<usize> {
    let trust = TrustRoot::from_json(&fs::read(folder.path().join("trust.json"))?)?;
    let options = Options { now: None, max_age_ms: None, allow_test: true };
    let mut verified = 0;
    for node in network.agencies() {
        let client = Node::new(&node.api).with_token(&token(network, node)?);
        let mut cursor: Option<String> = None;
        let mut of_node = 0;
        let until = Instant::now() + BACK_TIME;
        while of_node < BUNDLES && Instant::now() < until {
            let behind = cursor.map(|c| format!("&cursor={c}")).unwrap_or_default();
            let page: Page<ItemView> = client.get(&format!("{}?limit=100{behind}", paths::ITEMS))?;
            for item in page.items.iter().filter(|i| i.count > 1).take(BUNDLES - of_node) {
                let (status, bytes) = client.get_raw(&format!("{}/{}/{}", paths::ITEMS, item.id, paths::BUNDLE))?;
                ensure!(status == 200, "the bundle of {} gives {status}", item.id);
                let verdict = proof::verify(&bytes, Some(&trust), options);
                match verdict.exit_code() {
                    0 => of_node += 1,
                    _ => problems.push(format!("{}: the bundle of {} does not verify", node.name, item.id)),
                }
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        verified += of_node;
    }
    Ok(verified)
}
