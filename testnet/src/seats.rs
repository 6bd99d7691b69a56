//! Seats that change while a local network runs, by the ways that agencies have: a home that follows, a claim, and a vote.

use crate::{
    clerk::Clerk,
    files::{Folder, Plan, PlannedNode, RunningNode, write_json},
    http::Node,
    people::{self, Keyring},
    ports, running,
    wait::{Seen, wait_for},
};
use api::{
    network::{BlockView, StatusView, ValidatorsView},
    paths,
};
use eyre::{Context, bail, ensure, eyre};
use keys::{NodeKey, Signer};
use ledger::{
    Certificate, KeyId, NetworkId, Operation, OrgId, Role,
    operation::{Change, Motion},
    record::OrgProfile,
};
use node::{
    ceremony::{self, Follow, GenesisFile, NewAgency},
    config::{CONFIG_FILE, Home, PeerConfig},
    snapshot::newest,
};
use serde::Serialize;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

/// Heights from the proposal to the first height of the new seats: the law asks for ten after the vote, and voting takes
/// some.
const LEAD: u64 = 40;
/// Time for what a vote brings about, with a large state too.
const IN_TIME: Duration = Duration::from_secs(600);
/// Most agencies that have seats.
const MAX_AGENCIES: usize = 16;

/// A change of the seats that has taken force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The node that votes from then on; of an agency that left, the one that votes no more.
    pub node: String,
    /// Identity of the agency.
    pub org: String,
    /// The first height of the new seats.
    pub from: u64,
}

/// Lets a new agency join: its node follows, the others vote, and it votes from its height on.
pub fn add(dir: &Path) -> eyre::Result<Changed> {
    seat_newcomer(Office::open(dir)?, None)
}

/// The same with a node that begins with the newest snapshot of a running node, and fetches only what came since.
pub fn add_from_snapshot(dir: &Path) -> eyre::Result<Changed> {
    let office = Office::open(dir)?;
    let snapshot = office.snapshot()?;
    seat_newcomer(office, Some(&snapshot))
}

fn seat_newcomer(mut office: Office, snapshot: Option<&Path>) -> eyre::Result<Changed> {
    let (name, profile) = newcomer(&office.plan)?;
    let ring = Keyring::create(&office.folder.keys(), &name)?;
    let (home, api, p2p) = office.follow(&name, snapshot)?;
    let (claim, made) = ceremony::claim_new_seat(NewAgency {
        home: &home,
        address: None,
        keys: &ring.folder,
        password: &ring.password,
        cost: people::COST,
        profile: profile.clone(),
        persons: people::agency_people(&name),
    })?;
    ceremony::save_seat_claim(&claim, &ceremony::own_seat_claim(&home))?;
    let from = office.vote(|from| Ok(claim.starting(from)?))?;
    let org = people::org_id(&profile).to_string();
    office.plan.keys.extend(people::entries(&made, &ring.password_file));
    office.start(&name, (org.as_str(), profile.name.as_str()), (api, p2p))?;
    office.votes(&name, from)?;
    Ok(Changed { node: name, org, from })
}

/// The first agency of a local network that is not there yet: its node's name and its public facts.
fn newcomer(plan: &Plan) -> eyre::Result<(String, OrgProfile)> {
    for place in 0..MAX_AGENCIES {
        let (name, profile) = people::agency(place)?;
        if plan.nodes.iter().all(|node| node.name != name) {
            return Ok((name, profile));
        }
    }
    bail!("all {MAX_AGENCIES} agencies of a local network are there")
}

/// Moves the seat of a node's agency to a new node with keys of its own. The old one goes on following.
pub fn move_seat(dir: &Path, node: &str) -> eyre::Result<Changed> {
    let mut office = Office::open(dir)?;
    let old = office.planned(node)?.clone();
    let count = office.plan.nodes.iter().filter(|n| n.org == old.org).count();
    let first = office.plan.nodes.iter().find(|n| n.org == old.org).map_or(node, |n| n.name.as_str());
    let name = format!("{first}-new-{count}");
    let (home, api, p2p) = office.follow(&name, None)?;
    let org: OrgId = old.org.parse().wrap_err("read the organisation in testnet.json")?;
    let claim = ceremony::claim_seat(&home, org, None)?;
    ceremony::save_seat_claim(&claim, &ceremony::own_seat_claim(&home))?;
    let from = office.height()? + LEAD;
    let motion = Motion { changes: vec![claim.starting(from)?] };
    office.clerk()?.done((Operation::Enact { motion }, Vec::new()), &[(old.org.as_str(), Role::Administrator)])?;
    office.is_scheduled(from)?;
    office.start(&name, (old.org.as_str(), old.org_name.as_str()), (api, p2p))?;
    office.votes(&name, from)?;
    office.retire(node)?;
    Ok(Changed { node: name, org: old.org, from })
}

/// Lets an agency leave. Its node is cut off when it has heard how its last heights ended.
pub fn remove(dir: &Path, node: &str) -> eyre::Result<Changed> {
    let mut office = Office::open(dir)?;
    let org = office.planned(node)?.org.clone();
    let id: OrgId = org.parse().wrap_err("read the organisation in testnet.json")?;
    let from = office.vote(|from| Ok(Change::RemoveAgency { org: id, from }))?;
    // From now on nobody reads through it, whose people sign no more.
    office.retire(node)?;
    office.reach(from)?;
    Ok(Changed { node: node.to_owned(), org, from })
}

/// The certificate of a height, as a node holds it; `node` is logged in.
pub fn certificate(node: &Node, height: u64) -> eyre::Result<Certificate> {
    let view: BlockView = node.get(&paths::fill(paths::BLOCK, &height.to_string()))?;
    let text = view.certificate.ok_or_else(|| eyre!("block {height} has no certificate"))?;
    let bytes = api::bytes::decode(&text)?;
    Ok(ledger::codec::decode(&bytes, bytes.len())?)
}

/// Who acts for all agencies of a local network.
struct Office {
    folder: Folder,
    plan: Plan,
    network: NetworkId,
}

impl Office {
    fn open(dir: &Path) -> eyre::Result<Office> {
        let folder = Folder::open(dir)?;
        let plan = folder.plan()?;
        let network: NetworkId = plan.network.parse().wrap_err("read the network in testnet.json")?;
        Ok(Office { folder, plan, network })
    }

    fn planned(&self, name: &str) -> eyre::Result<&PlannedNode> {
        let node = self.plan.nodes.iter().find(|n| n.name == name);
        node.ok_or_else(|| eyre!("there is no node {name:?}"))
    }

    /// The nodes that live and have a seat.
    fn seated(&self) -> eyre::Result<Vec<RunningNode>> {
        let votes = |node: &RunningNode| {
            let planned = self.plan.nodes.iter().find(|n| n.name == node.name);
            planned.is_some_and(|n| n.role == "validator") && node.process().lives()
        };
        Ok(self.folder.network()?.nodes.into_iter().filter(votes).collect())
    }

    /// Who signs and sends for the agencies. A node that lost its seat lives on: the clerk is told of none but those that vote.
    fn clerk(&self) -> eyre::Result<Clerk> {
        Clerk::of(self.plan.clone(), self.seated()?)
    }

    /// A connection for reading.
    fn reader(&self) -> eyre::Result<Node> {
        self.clerk()?.reader()
    }

    fn height(&self) -> eyre::Result<u64> {
        let seated = self.seated()?;
        let first = seated.first().ok_or_else(|| eyre!("no node with a seat runs"))?;
        let status: StatusView = Node::new(&first.api).get(paths::STATUS)?;
        Ok(status.height)
    }

    /// Waits for a height.
    fn reach(&self, height: u64) -> eyre::Result<()> {
        let seen = wait_for(&format!("height {height}"), IN_TIME, || match self.height() {
            Ok(found) if found >= height => Seen::Yes(()),
            other => Seen::NotYet(format!("{other:?}")),
        });
        Ok(seen?)
    }

    /// The newest snapshot of a node that runs and has a seat; waits for the first.
    fn snapshot(&self) -> eyre::Result<PathBuf> {
        let running = self.folder.network()?.nodes;
        let seen = wait_for("a snapshot", IN_TIME, || {
            let mut looked = Vec::new();
            for node in running.iter().filter(|node| node.process().lives()) {
                match newest(&Home::new(&node.home)) {
                    Ok(Some(found)) => return Seen::Yes(found),
                    other => looked.push(format!("{}: {other:?}", node.name)),
                }
            }
            Seen::NotYet(looked.join(", "))
        });
        Ok(seen?)
    }

    /// The home of a new node, with its keys, and where it listens. It calls everyone who is there, not those of genesis
    /// alone.
    fn follow(&self, name: &str, snapshot: Option<&Path>) -> eyre::Result<(PathBuf, SocketAddr, SocketAddr)> {
        let first = self.plan.nodes.first().ok_or_else(|| eyre!("a network without nodes"))?;
        let genesis = GenesisFile::load(&Home::new(self.folder.home(&first.name)).genesis())?;
        let ports = ports::free(2)?;
        let [api, p2p] = ports.as_slice() else { bail!("two ports were asked for") };
        let home = self.folder.home(name);
        let (name, observer) = (name.to_owned(), None);
        let finished =
            ceremony::follow(Follow { home: &home, genesis, name, observer, api: *api, listen: *p2p, snapshot })?;
        let peers = self.plan.nodes.iter().map(|node| {
            let key = NodeKey::read(&Home::new(self.folder.home(&node.name)).node_key())?;
            let peer = hex::encode(key.transport.public_key().bytes());
            Ok(PeerConfig { name: node.name.clone(), peer, address: Some(node.p2p) })
        });
        let peers = peers.collect::<eyre::Result<Vec<_>>>()?;
        let mut config = finished.config;
        config.peers = peers;
        config.check()?;
        std::fs::write(home.join(CONFIG_FILE), config.to_toml()).wrap_err("write hufud.toml")?;
        Ok((home, *api, *p2p))
    }

    /// Writes a node down and starts it; it is ready when it has caught up.
    fn start(
        &mut self,
        name: &str,
        (org, org_name): (&str, &str),
        (api, p2p): (SocketAddr, SocketAddr),
    ) -> eyre::Result<()> {
        self.plan.nodes.push(PlannedNode {
            name: name.to_owned(),
            role: "validator".into(),
            org: org.to_owned(),
            org_name: org_name.to_owned(),
            api,
            p2p,
        });
        write_json(&self.folder.plan_file(), &self.plan)?;
        running::up(self.folder.path(), Some(name)).map(drop)
    }

    /// Writes down that a node votes no more.
    fn retire(&mut self, name: &str) -> eyre::Result<()> {
        for node in self.plan.nodes.iter_mut().filter(|n| n.name == name) {
            node.role = "observer".into();
        }
        write_json(&self.folder.plan_file(), &self.plan)
    }

    /// Lets a quorum vote; the first height of the new seats.
    fn vote(&self, change: impl FnOnce(u64) -> eyre::Result<Change>) -> eyre::Result<u64> {
        let from = self.height()? + LEAD;
        self.clerk()?.vote(vec![change(from)?], None)?;
        self.is_scheduled(from)?;
        Ok(from)
    }

    /// Whether new seats follow from this height.
    fn is_scheduled(&self, from: u64) -> eyre::Result<()> {
        let seats: ValidatorsView = self.reader()?.get(paths::VALIDATORS)?;
        let scheduled = seats.next.and_then(|next| next.from);
        ensure!(scheduled == Some(from), "no seats are scheduled for height {from}: {scheduled:?}");
        Ok(())
    }

    /// Waits until a node's key has signed a height from this one on, by its own word.
    fn votes(&self, name: &str, from: u64) -> eyre::Result<()> {
        let planned = self.planned(name)?;
        let keys = NodeKey::read(&Home::new(self.folder.home(name)).node_key())?;
        let key: KeyId = keys.consensus.key_id();
        // Until it has caught up it knows neither the people of a new agency nor that it sits.
        let node = Node::new(&format!("http://{}", planned.api));
        wait_for(&format!("{name} to have a seat"), IN_TIME, || match node.get::<StatusView>(paths::STATUS) {
            Ok(status) if status.height >= from && status.role == "validator" => Seen::Yes(()),
            other => Seen::NotYet(format!("{other:?}")),
        })?;
        let officer = people::open(people::key_of(&self.plan.keys, &planned.org, "officer")?)?;
        let (node, _) = node.login(&self.network, &officer)?;
        let signed = || -> eyre::Result<bool> {
            let status: StatusView = node.get(paths::STATUS)?;
            let certificate = certificate(&node, status.height)?;
            Ok(certificate.signatures.iter().any(|s| s.signer == key))
        };
        wait_for(&format!("{name} to vote"), IN_TIME, || match signed() {
            Ok(true) => Seen::Yes(()),
            other => Seen::NotYet(format!("{other:?}")),
        })?;
        Ok(())
    }
}
