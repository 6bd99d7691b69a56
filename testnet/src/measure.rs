//! Measuring what a handover, an own event and a heartbeat cost each kind of node, on a network that is made for it: four
//! agencies, a member and a partner, with a counter on every way between them.
//!
//! Others' traffic is run twice, the second time with ten times as much. What nothing happens costs is taken off first.

mod probe;
mod wire;

use crate::{
    clerk::{self, Clerk},
    files::{Folder, Plan},
    goods,
    http::Node,
    init::{self, InitOptions},
    load::{self, DEFAULT_CLIENTS, DEFAULT_IN_FLIGHT, LoadOptions, Rate},
    running,
    scale::{Agency, MEASURE_SCHEMA, Measure, Member, Partner},
    wait::{Seen, wait_for},
};
use api::{network::StatusView, paths};
use eyre::{Context, ensure, eyre};
use ledger::{Genesis, ItemId, Operation, Role, Timestamp};
use node::{
    ceremony::GenesisFile,
    config::{CONFIG_FILE, Config},
};
use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use wire::Wire;

/// Blocks of the time in which nothing happens.
const IDLE_BLOCKS: u64 = 60;
/// Own events of the member, one after the other.
const OWN: u32 = 60;
/// Items of the member that are shared with the partner.
const SHARED: usize = 20;
/// For how long they are.
const SHARE_MS: u64 = 30 * 86_400_000;
/// How many times more handovers of others there are in the second run.
const TIMES: u32 = 10;
/// Time for a height and for catching up.
const IN_TIME: Duration = Duration::from_secs(300);
/// Seconds from one heartbeat to the next, as configured by default.
const HEARTBEAT_S: f64 = 5.0;

/// How to measure.
#[derive(Clone, Copy, Debug)]
pub struct MeasureOptions {
    /// For how long handovers are sent, each of the two times.
    pub seconds: u32,
    /// Handovers of others a second, the first time.
    pub rate: u32,
}

/// Measures on a new network in a folder that is new or empty, and ends it.
pub fn run(dir: &Path, options: MeasureOptions) -> eyre::Result<Measure> {
    let MeasureOptions { seconds, rate } = options;
    let items = rate.checked_mul(seconds).and_then(|few| few.checked_mul(TIMES + 1));
    let items =
        items.filter(|items| *items > 0).ok_or_else(|| eyre!("--seconds and --rate are too much or nothing"))?;
    let options = InitOptions {
        members: 1,
        partners: 1,
        member_nodes: true,
        items,
        chain: "measure".into(),
        ..InitOptions::default()
    };
    init::init(dir, &options)?;
    let mut rig = Rig::new(dir)?;
    // From here on whatever was started ends with it.
    running::up(dir, None)?;
    rig.sizes = rig.flushed()?;

    let idle = rig.phase(|rig| rig.blocks(IDLE_BLOCKS))?;
    let few = rig.phase(|rig| rig.load(seconds, rate))?;
    let many = rig.phase(|rig| rig.load(seconds, rate * TIMES))?;
    let mut own_items = Vec::new();
    let own = rig.phase(|rig| rig.own(&mut own_items))?;
    let shared = rig.phase(|rig| rig.share(&own_items))?;
    let bundle = rig.bundle(&own_items)?;
    let link_wire = rig.catch_up()?;
    let agencies = rig.plan.nodes.len() as f64;
    Ok(Measure {
        schema: MEASURE_SCHEMA.into(),
        date: api::time::rfc3339(now()),
        machine: probe::machine(),
        handovers: [few.done as u64, many.done as u64],
        agency: Agency {
            block_disk: (idle.agency_disk / idle.blocks).max(0.0),
            handover_disk: many.beyond(&idle, many.blocks / idle.blocks, |phase| phase.agency_disk),
            handover_cpu_us: many.beyond(&idle, many.seconds / idle.seconds, |phase| phase.agency_cpu_us),
            // Every byte is sent by one and received by another.
            handover_wire: many.beyond(&idle, many.blocks / idle.blocks, |phase| phase.mesh) * 2.0 / agencies,
            leaves: leaves(dir, items)?,
        },
        member: Member {
            heartbeat_wire: idle.member / (idle.seconds / HEARTBEAT_S),
            others_wire: many.beyond(&few, many.seconds / few.seconds, |phase| phase.member),
            event_wire: own.beyond(&idle, own.seconds / idle.seconds, |phase| phase.member),
            event_disk: own.beyond(&idle, own.seconds / idle.seconds, |phase| phase.member_disk),
            event_cpu_us: own.beyond(&idle, own.seconds / idle.seconds, |phase| phase.member_cpu_us),
            link_wire,
            bundle,
        },
        partner: Partner {
            item_wire: shared.beyond(&idle, shared.seconds / idle.seconds, |phase| phase.partner),
            item_disk: shared.beyond(&idle, shared.seconds / idle.seconds, |phase| phase.partner_disk),
        },
    })
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Records of an item, as genesis makes them.
fn leaves(dir: &Path, items: u32) -> eyre::Result<f64> {
    let genesis = GenesisFile::load(&dir.join("genesis.json"))?.genesis;
    let bare = Genesis { items: Vec::new(), ..genesis.clone() };
    let count = |genesis: &Genesis| -> eyre::Result<usize> { Ok(custody::genesis_state(genesis)?.writes.len()) };
    Ok((count(&genesis)? - count(&bare)?) as f64 / f64::from(items))
}

/// The network with its counters.
struct Rig {
    folder: Folder,
    plan: Plan,
    mesh: Vec<Wire>,
    member: Vec<Wire>,
    partner: Vec<Wire>,
    /// Bytes on disk of agency, member and partner, when they were looked at last.
    sizes: [u64; 3],
}

impl Drop for Rig {
    fn drop(&mut self) {
        if let Err(error) = running::down(self.folder.path(), None) {
            eprintln!("the nodes were not ended: {error:#}");
        }
    }
}

/// What was counted up to a moment.
struct Reading {
    at: Instant,
    height: u64,
    wires: [u64; 3],
    cpu_us: [u64; 2],
}

/// What some time cost.
#[derive(Debug)]
struct Phase {
    /// Of what was to be done.
    done: f64,
    seconds: f64,
    blocks: f64,
    mesh: f64,
    member: f64,
    partner: f64,
    agency_cpu_us: f64,
    member_cpu_us: f64,
    agency_disk: f64,
    member_disk: f64,
    partner_disk: f64,
}

impl Phase {
    /// What one of its works cost, beyond another phase of which so much fits into it, with its own works taken off.
    fn beyond(&self, base: &Phase, times: f64, of: impl Fn(&Phase) -> f64) -> f64 {
        let works = (self.done - base.done * times).max(1.0);
        ((of(self) - of(base) * times) / works).max(0.0)
    }
}

impl Rig {
    /// Puts a counter on every way.
    fn new(dir: &Path) -> eyre::Result<Rig> {
        let folder = Folder::open(dir)?;
        let plan = folder.plan()?;
        let mut mesh = BTreeMap::new();
        for node in &plan.nodes {
            mesh.insert(node.name.clone(), Wire::to(node.p2p).wrap_err("make a counter")?);
        }
        for node in &plan.nodes {
            change(&folder, &node.name, |config| {
                for peer in &mut config.peers {
                    peer.address = mesh.get(&peer.name).map(|wire| wire.address);
                }
                Ok(())
            })?;
        }
        let mut ways = Vec::with_capacity(plan.members.len());
        for node in &plan.members {
            let mut wires = Vec::new();
            change(&folder, &node.name, |config| {
                for agency in &mut config.access.nodes {
                    let address = agency.address.ok_or_else(|| eyre!("{} has no address", agency.name))?;
                    let wire = Wire::to(address).wrap_err("make a counter")?;
                    agency.address = Some(wire.address);
                    wires.push(wire);
                }
                Ok(())
            })?;
            ways.push(wires);
        }
        let partner = ways.pop().unwrap_or_default();
        let member = ways.pop().unwrap_or_default();
        Ok(Rig { folder, plan, mesh: mesh.into_values().collect(), member, partner, sizes: [0; 3] })
    }

    /// The nodes that are looked at: of an agency, the member and the partner.
    fn names(&self) -> eyre::Result<[&str; 3]> {
        let member = |at: usize| self.plan.members.get(at).map(|node| node.name.as_str());
        let agency = self.plan.nodes.first().map(|node| node.name.as_str());
        let names = agency.zip(member(0)).zip(member(1)).map(|((agency, member), partner)| [agency, member, partner]);
        names.ok_or_else(|| eyre!("nodes are missing in testnet.json"))
    }

    fn status(&self) -> eyre::Result<StatusView> {
        let node = self.plan.nodes.first().ok_or_else(|| eyre!("a network without nodes"))?;
        Ok(Node::new(&format!("http://{}", node.api)).get(paths::STATUS)?)
    }

    fn read(&self) -> eyre::Result<Reading> {
        let network = self.folder.network()?;
        let cpu = |name: &str| {
            let node = network.nodes.iter().find(|node| node.name == name);
            probe::cpu_us(&node.ok_or_else(|| eyre!("{name} does not run"))?.process())
        };
        let sum = |wires: &[Wire]| -> u64 { wires.iter().map(Wire::bytes).sum() };
        let [agency, member, _] = self.names()?;
        Ok(Reading {
            at: Instant::now(),
            height: self.status()?.height,
            wires: [sum(&self.mesh), sum(&self.member), sum(&self.partner)],
            cpu_us: [cpu(agency)?, cpu(member)?],
        })
    }

    /// Bytes on disk when everything in memory is in its tables: a node writes it there when it starts.
    fn flushed(&self) -> eyre::Result<[u64; 3]> {
        let mut sizes = [0; 3];
        for (size, name) in sizes.iter_mut().zip(self.names()?) {
            running::down(self.folder.path(), Some(name))?;
            running::up(self.folder.path(), Some(name))?;
            *size = probe::size(&self.folder.home(name).join("data"))?;
        }
        Ok(sizes)
    }

    fn phase(&mut self, work: impl FnOnce(&Rig) -> eyre::Result<u64>) -> eyre::Result<Phase> {
        let before = self.read()?;
        let done = work(self)?;
        let after = self.read()?;
        let sizes = self.flushed()?;
        let old = std::mem::replace(&mut self.sizes, sizes);
        let more = |now: u64, then: u64| now as f64 - then as f64;
        let wires = [0, 1, 2].map(|at| more(after.wires[at], before.wires[at]));
        let cpu = [0, 1].map(|at| more(after.cpu_us[at], before.cpu_us[at]));
        let disk = [0, 1, 2].map(|at| more(sizes[at], old[at]));
        Ok(Phase {
            done: done as f64,
            seconds: after.at.duration_since(before.at).as_secs_f64().max(1.0),
            blocks: more(after.height, before.height).max(1.0),
            mesh: wires[0],
            member: wires[1],
            partner: wires[2],
            agency_cpu_us: cpu[0],
            member_cpu_us: cpu[1],
            agency_disk: disk[0],
            member_disk: disk[1],
            partner_disk: disk[2],
        })
    }

    /// Lets so many blocks pass.
    fn blocks(&self, count: u64) -> eyre::Result<u64> {
        let height = self.status()?.height + count;
        wait_for(&format!("height {height}"), IN_TIME, || match self.status() {
            Ok(status) if status.height >= height => Seen::Yes(()),
            other => Seen::NotYet(format!("{:?}", other.map(|status| status.height))),
        })?;
        Ok(0)
    }

    /// Handovers of others.
    fn load(&self, seconds: u32, rate: u32) -> eyre::Result<u64> {
        let (clients, in_flight) = (DEFAULT_CLIENTS, DEFAULT_IN_FLIGHT);
        let options =
            LoadOptions { seconds, rate: Rate::PerSecond(rate), clients, in_flight, journal: None, progress: false };
        let report = load::run(self.folder.path(), options)?;
        ensure!(report.committed == report.submitted, "not every handover was committed: {report}");
        Ok(report.committed)
    }

    fn org(&self, at: usize) -> eyre::Result<&str> {
        let node = self.plan.members.get(at).map(|node| node.org.as_str());
        node.ok_or_else(|| eyre!("nodes are missing in testnet.json"))
    }

    /// Own events, through the own node.
    fn own(&self, items: &mut Vec<ItemId>) -> eyre::Result<u64> {
        let clerk = Clerk::open(&self.folder)?;
        for n in 0..OWN {
            let deed = goods::registration(&format!("OWN{n}"), "10 H87")?;
            let tx = clerk.done(deed, &[(self.org(0)?, Role::Declarant)])?;
            items.push(ItemId::of(&clerk.network(), &tx, 0));
        }
        Ok(u64::from(OWN))
    }

    /// Shares items with the partner.
    fn share(&self, items: &[ItemId]) -> eyre::Result<u64> {
        let clerk = Clerk::open(&self.folder)?;
        let with = self.org(1)?.parse().wrap_err("read an organisation in testnet.json")?;
        let desk = clerk.desk(self.org(0)?, Role::Custodian)?;
        for item in items.iter().take(SHARED) {
            let until = clerk::now(&desk)?.plus_ms(SHARE_MS);
            let operation = Operation::Share { item: *item, with, until };
            clerk.done((operation, Vec::new()), &[(self.org(0)?, Role::Custodian)])?;
        }
        Ok(SHARED as u64)
    }

    /// Bytes of the bundle of an item.
    fn bundle(&self, items: &[ItemId]) -> eyre::Result<f64> {
        let item = items.first().ok_or_else(|| eyre!("there is no item"))?;
        let desk = Clerk::open(&self.folder)?.desk(self.org(0)?, Role::Custodian)?;
        let (status, bytes) = desk.get_raw(&format!("{}/{item}/{}", paths::ITEMS, paths::BUNDLE))?;
        ensure!(status == 200, "the bundle of {item} gives {status}");
        Ok(bytes.len() as f64)
    }

    /// Bytes for a link, where the member's node begins with nothing.
    fn catch_up(&self) -> eyre::Result<f64> {
        let [_, name, _] = self.names()?;
        let node = self.plan.members.first().ok_or_else(|| eyre!("nodes are missing in testnet.json"))?;
        let node = Node::new(&format!("http://{}", node.api));
        let links = |node: &Node| -> eyre::Result<u64> {
            let status: StatusView = node.get(paths::STATUS)?;
            Ok(status.links.unwrap_or_default())
        };
        let before = links(&node)?;
        ensure!(before > 0, "{name} has no links");
        running::down(self.folder.path(), Some(name))?;
        std::fs::remove_dir_all(self.folder.home(name).join("data")).wrap_err("let a member begin anew")?;
        let counted: u64 = self.member.iter().map(Wire::bytes).sum();
        running::up(self.folder.path(), Some(name))?;
        let found = wait_for("all links", IN_TIME, || match links(&node) {
            Ok(found) if found >= before => Seen::Yes(found),
            other => Seen::NotYet(format!("{other:?} of {before}")),
        })?;
        let now: u64 = self.member.iter().map(Wire::bytes).sum();
        Ok((now - counted) as f64 / found as f64)
    }
}

/// Changes the configuration of a node.
fn change(folder: &Folder, name: &str, how: impl FnOnce(&mut Config) -> eyre::Result<()>) -> eyre::Result<()> {
    let home = folder.home(name);
    let mut config = Config::load(&home)?;
    how(&mut config)?;
    config.check()?;
    std::fs::write(home.join(CONFIG_FILE), config.to_toml()).wrap_err("write hufud.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(done: f64, seconds: f64, member: f64) -> Phase {
        Phase {
            done,
            seconds,
            blocks: seconds,
            mesh: 0.0,
            member,
            partner: 0.0,
            agency_cpu_us: 0.0,
            member_cpu_us: 0.0,
            agency_disk: 0.0,
            member_disk: 0.0,
            partner_disk: 0.0,
        }
    }

    #[test]
    fn what_would_have_been_spent_anyhow_is_taken_off() {
        let idle = phase(0.0, 60.0, 600.0);
        // 30 seconds cost 300 anyhow; 100 works cost the rest.
        assert_eq!(phase(100.0, 30.0, 2_300.0).beyond(&idle, 0.5, |phase| phase.member), 20.0);
        // Ten times as much of others' traffic that costs nothing.
        let (few, many) = (phase(100.0, 30.0, 300.0), phase(1_000.0, 30.0, 300.0));
        assert_eq!(many.beyond(&few, 1.0, |phase| phase.member), 0.0);
        let dear = phase(1_000.0, 30.0, 1_200.0);
        assert_eq!(dear.beyond(&few, 1.0, |phase| phase.member), 1.0);
    }
}
