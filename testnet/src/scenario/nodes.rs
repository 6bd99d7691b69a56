//! Real nodes: every agency a process of `hufud`, every act over HTTP, every record read by an agency with its token.

pub(super) mod setup;

use super::{
    cast::Cast,
    file::Scenario,
    stage::{Answer, Processes, Stage},
};
use crate::{
    clerk::{self, Clerk},
    files::{Folder, RunningNode},
    http::{HttpError, Node},
    process, running,
    wait::{Seen, wait_for},
};
use api::{
    network::{NetworkView, StatusView},
    paths,
    tx::TxState,
};
use eyre::{Context, bail, ensure, eyre};
use keys::PersonKey;
use ledger::{
    Event, GrantId, Hash, ItemId, ItemRecord, NetworkId, OrgId, Role, SignedTx, TxId,
    codec::{Canonical, decode},
    operation::Registry,
    record::{AlertRecord, EntryRecord, GrantRecord, ProposalRecord, Stamp},
    state::MAX_RECORD_BYTES,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// Time for a block, and for a node to catch up.
const SOON: Duration = Duration::from_secs(60);

/// By how much an own node may lag behind the blocks.
const DAY_MS: u64 = 24 * 3_600_000;

/// A network of processes.
pub(super) struct Nodes {
    folder: Folder,
    work: PathBuf,
    network: NetworkId,
    officer: PersonKey,
    reader: Node,
    /// Nodes of organisations that have one: their acts go through it.
    desks: BTreeMap<OrgId, Node>,
    /// Whether the processes end with it.
    ends: bool,
}

impl Drop for Nodes {
    fn drop(&mut self) {
        if !self.ends {
            return;
        }
        if let Err(error) = running::down(self.folder.path(), None) {
            eprintln!("the nodes were not ended: {error:#}");
        }
    }
}

impl Nodes {
    /// Sets up the network of a scenario in a folder and starts it.
    pub(super) fn start(scenario: &Scenario, dir: &Path) -> eyre::Result<(Nodes, Cast)> {
        let setup::Made { cast, network } = setup::set_up(scenario, &dir.join("network"), &[])?;
        let mut nodes = Nodes::of(Folder::open(&dir.join("network"))?, network, &cast)?;
        // From here on whatever was started ends with them.
        nodes.ends = true;
        running::up(nodes.folder.path(), None)?;
        nodes.log_in()?;
        nodes.block()?;
        Ok((nodes, cast))
    }

    /// A network that is up. Whoever started it ends it.
    pub(super) fn of_running(scenario: &Scenario, dir: &Path) -> eyre::Result<(Nodes, Cast)> {
        let folder = Folder::open(dir)?;
        let clerk = Clerk::open(&folder)?;
        let cast = setup::cast_of(scenario, clerk.plan())?;
        let mut nodes = Nodes::of(folder, clerk.network(), &cast)?;
        nodes.log_in()?;
        for member in &clerk.plan().members {
            let running = clerk.node_of(&member.org)?;
            ensure!(running.name == member.name, "{} does not run: start it with `testnet up --dir`", member.name);
            let desk = clerk.desk_at(running, &member.org, Role::Custodian)?;
            nodes.desks.insert(member.org.parse().wrap_err("read an organisation in testnet.json")?, desk);
        }
        Ok((nodes, cast))
    }

    fn of(folder: Folder, network: NetworkId, cast: &Cast) -> eyre::Result<Nodes> {
        let first = cast.agencies().first().ok_or_else(|| eyre!("there is no agency"))?;
        let (_, officer, _) = cast.signer(&format!("{first}:officer"))?;
        let officer = officer.clone();
        let work = folder.path().join("scenario");
        fs::create_dir_all(&work).wrap_err("make a folder for bundles")?;
        let api = folder.plan()?.nodes.first().map(|node| format!("http://{}", node.api)).unwrap_or_default();
        let (reader, desks) = (Node::new(&api), BTreeMap::new());
        Ok(Nodes { folder, work, network, officer, reader, desks, ends: false })
    }

    /// A node forgets its tokens when it ends.
    fn log_in(&mut self) -> eyre::Result<()> {
        let (reader, _) = Node::new(self.reader.base()).login(&self.network, &self.officer).wrap_err("log in")?;
        self.reader = reader;
        Ok(())
    }

    /// The nodes of agencies.
    fn running(&self) -> eyre::Result<Vec<RunningNode>> {
        Ok(self.folder.network()?.agencies().cloned().collect())
    }

    /// Waits until somebody's own node has a head of these days: after the clock was advanced it takes an act of now for one
    /// of the future until then.
    fn keeps_up(&self, desk: &Node) -> eyre::Result<()> {
        let now = self.tip()?.time;
        wait_for("an own node to follow the clock", SOON, || match desk.get::<StatusView>(paths::STATUS) {
            Ok(status) => match api::time::parse(&status.block_time) {
                Ok(time) if time.plus_ms(DAY_MS) > now => Seen::Yes(()),
                _ => Seen::NotYet(status.block_time),
            },
            Err(error) => Seen::NotYet(error.to_string()),
        })?;
        Ok(())
    }

    /// What a path shows; none where there is nothing.
    fn shown(&self, path: &str) -> eyre::Result<Option<Value>> {
        match self.reader.get::<Value>(path) {
            Ok(value) => Ok(Some(value)),
            Err(HttpError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error).wrap_err_with(|| format!("read {path}")),
        }
    }

    /// The canonical record beside what a path shows.
    fn record<T: Canonical>(&self, path: &str) -> eyre::Result<Option<T>> {
        self.shown(path)?.map(|shown| record(&shown)).transpose()
    }

    /// The records of all pages of a list.
    fn records<T: Canonical>(&self, path: &str) -> eyre::Result<Vec<T>> {
        let mut records = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let cursor = next.as_ref().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page = self.shown(&format!("{path}?limit={}{cursor}", paths::MAX_LIMIT))?.unwrap_or_default();
            let items = page.get("items").and_then(Value::as_array);
            for shown in items.into_iter().flatten() {
                records.push(record(shown)?);
            }
            next = page.get("next").and_then(Value::as_str).map(str::to_owned);
            if next.is_none() {
                return Ok(records);
            }
        }
    }

    /// Height and root of a moment at which all nodes say the same.
    fn agreed(&self) -> eyre::Result<(u64, String)> {
        let nodes: Vec<Node> = self.running()?.iter().map(|node| Node::new(&node.api)).collect();
        let seen = wait_for("all nodes to be in one state", SOON, || {
            let state = |node: &Node| node.get::<StatusView>(paths::STATUS).map(|s| (s.height, s.state_root));
            match nodes.iter().map(state).collect::<Result<Vec<_>, _>>() {
                Err(error) => Seen::NotYet(error.to_string()),
                Ok(states) => match states.split_first() {
                    Some((first, rest)) if rest.iter().all(|state| state == first) => Seen::Yes(first.clone()),
                    _ => Seen::NotYet(format!("heights {:?}", states.iter().map(|s| s.0).collect::<Vec<_>>())),
                },
            }
        });
        Ok(seen?)
    }
}

/// The canonical record beside what is shown.
fn record<T: Canonical>(shown: &Value) -> eyre::Result<T> {
    let text = shown.get("record").and_then(Value::as_str).ok_or_else(|| eyre!("an answer has no record"))?;
    let bytes = api::bytes::decode(text)?;
    Ok(decode(&bytes, MAX_RECORD_BYTES)?)
}

impl Stage for Nodes {
    fn network(&self) -> NetworkId {
        self.network
    }

    fn tip(&self) -> eyre::Result<Stamp> {
        let view: NetworkView = self.reader.get(paths::NETWORK)?;
        Ok(Stamp { height: view.as_of.height, time: api::time::parse(&view.as_of.time)? })
    }

    fn perform(&mut self, tx: &SignedTx) -> eyre::Result<Answer> {
        let own = tx.body.signers.first().and_then(|slot| self.desks.get(&slot.org));
        if let Some(desk) = own {
            self.keeps_up(desk)?;
        }
        let sent = clerk::send(own.unwrap_or(&self.reader), tx)?;
        // What is built next is read here.
        let status = if own.is_some() { clerk::decided(&self.reader, &tx.body.id())? } else { sent };
        match (status.status, status.rejection) {
            (TxState::Committed, _) => Ok(Answer::Done),
            (_, Some(rejection)) => Ok(Answer::Refused(Box::new(rejection))),
            (other, None) => bail!("act {} is {other:?} without a reason", status.id),
        }
    }

    fn block(&mut self) -> eyre::Result<()> {
        let before = self.tip()?.height;
        wait_for("a further block", SOON, || match self.tip() {
            Ok(tip) if tip.height > before => Seen::Yes(()),
            Ok(tip) => Seen::NotYet(format!("height {}", tip.height)),
            Err(error) => Seen::NotYet(error.to_string()),
        })?;
        Ok(())
    }

    fn item(&self, id: &ItemId) -> eyre::Result<Option<ItemRecord>> {
        self.record(&format!("{}/{id}", paths::ITEMS))
    }

    fn events(&self, id: &ItemId) -> eyre::Result<Vec<Event>> {
        self.records(&format!("{}/{id}/{}", paths::ITEMS, paths::EVENTS))
    }

    fn grant(&self, id: &GrantId) -> eyre::Result<Option<GrantRecord>> {
        self.record(&format!("/v1/permits/{id}"))
    }

    fn proposal(&self, tx: &TxId) -> eyre::Result<Option<ProposalRecord>> {
        self.record(&format!("/v1/proposals/{tx}"))
    }

    fn entries(&self, registry: Registry, place: &Hash) -> eyre::Result<Vec<EntryRecord>> {
        let mut entries: Vec<EntryRecord> = self.records(&format!("/v1/registries/{}", registry.name()))?;
        entries.retain(|record| record.entry.place() == *place);
        entries.sort_by_key(|record| record.at);
        Ok(entries)
    }

    fn alerts(&self) -> eyre::Result<Vec<AlertRecord>> {
        self.records("/v1/alerts")
    }

    fn same_roots(&mut self) -> eyre::Result<String> {
        let (height, root) = self.agreed()?;
        let root = root.get(..8).unwrap_or(&root);
        Ok(format!("all {} nodes have the same state {root} at height {height}", self.running()?.len()))
    }

    fn processes(&mut self) -> Option<&mut dyn Processes> {
        Some(self)
    }
}

impl Processes for Nodes {
    fn bundle(&mut self, item: &ItemId, file: &Path) -> eyre::Result<()> {
        let path = format!("{}/{item}/{}", paths::ITEMS, paths::BUNDLE);
        let (status, bytes) = self.reader.get_raw(&path)?;
        ensure!(status == 200, "{path} answers {status}: {}", String::from_utf8_lossy(&bytes));
        fs::write(file, bytes).wrap_err_with(|| format!("write {}", file.display()))
    }

    fn verify(&mut self, file: &Path) -> eyre::Result<(i32, String)> {
        let output = Command::new(process::beside("hufu")?)
            .args(["--json", "--no-input", "verify", "--allow-test", "--trust"])
            .arg(self.folder.path().join("trust.json"))
            .arg(file)
            .current_dir(&self.work)
            // What it says must not depend on the settings of whoever runs this.
            .env_clear()
            .env("HOME", &self.work)
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::null())
            .output()
            .wrap_err("run hufu verify")?;
        let verdict: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let said = match verdict.get("verdict").and_then(Value::as_str) {
            Some(word) => word.to_owned(),
            None => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        };
        Ok((output.status.code().unwrap_or(-1), said))
    }

    fn folder(&self) -> &Path {
        &self.work
    }

    fn restart(&mut self, agency: &str) -> eyre::Result<String> {
        let node = self.running()?.into_iter().find(|node| node.name == agency);
        let node = node.ok_or_else(|| eyre!("there is no node {agency}"))?;
        node.process().kill().wrap_err_with(|| format!("kill {agency}"))?;
        running::up(self.folder.path(), Some(agency))?;
        self.log_in()?;
        let (height, root) = self.agreed()?;
        let root = root.get(..8).unwrap_or(&root);
        Ok(format!(
            "{agency}: process {} killed and started again; caught up at height {height}, state {root}",
            node.pid
        ))
    }

    fn is_stored(&self, text: &str) -> eyre::Result<bool> {
        let nodes = self.running()?;
        let node = nodes.first().ok_or_else(|| eyre!("there is no node"))?;
        let mut folders = vec![node.home.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).wrap_err_with(|| format!("look into {}", folder.display()))? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                // A file of a running node may go while it is looked at.
                let bytes = fs::read(&path).unwrap_or_default();
                if super::holds(&bytes, text) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}
