//! Looking at a node from outside: its status while it runs, its ledger while it does not.

use super::{Answer, CliError, ask, quoted};
use crate::{
    ceremony::{self, CeremonyError},
    config::Config,
    evidence::{self, Found},
    upkeep,
    waiting::{self, WaitingError},
};
use api::{
    catalogue,
    network::{EvidenceView, StatusView},
    paths,
    view::{AsOf, OrgRef},
};
use consensus::{HomeLock, SIGN_STATE_FILE, SignState};
use keys::{NodeKey, Signer as _};
use ledger::{Evidence, OrgRecord, StateKey, StateRead, seats};
use serde_json::json;
use std::{fs, path::Path};
use store::Store;

/// `hufud status`.
pub(super) fn status(home: &Path) -> Result<Answer, CliError> {
    let config = Config::load(home)?;
    let unreachable = |detail: String| {
        let help = format!("start it: hufud start --home {}", quoted(home));
        CliError::new("H7001", format!("failed to reach the node at {}: {detail}", config.api_url()), help)
    };
    let (code, body) = ask::get(&config, paths::STATUS).map_err(|e| unreachable(e.to_string()))?;
    if code != 200 {
        return Err(unreachable(format!("it answers {code}")));
    }
    let status: StatusView = serde_json::from_slice(&body).map_err(|e| unreachable(e.to_string()))?;
    let mut text = format!(
        "{} · {} · {}\nheight   {} at {}\nstate    {}\npeers    {}\nwaiting  {} transactions, {} bytes\nsync     {}\nsafety   {}",
        config.name,
        status.role,
        status.chain,
        status.height,
        status.block_time,
        status.state_root,
        status.peers,
        status.mempool.count,
        status.mempool.bytes,
        status.sync,
        status.safety
    );
    if let Some(AsOf { height, time }) = &status.ended {
        text.push_str(&format!("\nended    the registration of this node, at height {height}, {time}"));
    }
    for node in &status.nodes {
        let standing = match (&node.fault, node.connected) {
            (Some(fault), _) => fault.as_str(),
            (None, true) => "connected",
            (None, false) => "not connected",
        };
        let height = node.height.map_or_else(|| "-".to_owned(), |height| height.to_string());
        text.push_str(&format!("\nnode     {} {standing}, height {height}", node.name));
    }
    let json = serde_json::from_slice(&body).unwrap_or_default();
    Ok(Answer::new(text, json))
}

/// `hufud fsck`.
pub(super) fn fsck(home: &Path) -> Result<Answer, CliError> {
    let config = Config::load(home)?;
    let path = if config.role.is_member() { config.layout().slice() } else { config.layout().store() };
    let report = Store::open(&path, config.store_options())?.fsck()?;
    let mut text = String::new();
    for finding in &report.findings {
        text.push_str(&format!("{}: {}\n", finding.what, finding.problem));
    }
    let sound = report.is_clean();
    let verdict = if sound { "sound" } else { "DAMAGED" };
    text.push_str(&format!("{}: {verdict}", config.layout().store().display()));
    if report.floor > 1 {
        text.push_str(&format!("; blocks and what came of them from height {} on", report.floor));
    }
    let findings: Vec<String> = report.findings.iter().map(|f| format!("{}: {}", f.what, f.problem)).collect();
    let json = json!({"schema": "hufu.fsck/1", "sound": sound, "from": report.floor, "findings": findings});
    let mut answer = Answer::new(text, json);
    if !sound {
        answer.exit = catalogue::exit::FAILED;
    }
    Ok(answer)
}

/// `hufud sign-state create`.
pub(super) fn create_sign_state(home: &Path, first_height: u64) -> Result<Answer, CliError> {
    let config = Config::load(home)?;
    let layout = config.layout();
    let genesis = ceremony::load_genesis(&layout.genesis())?;
    let node_key = NodeKey::read(&layout.node_key()).map_err(CeremonyError::from)?;
    let _lock = HomeLock::acquire(&layout.consensus()).map_err(CeremonyError::from)?;
    let path = layout.consensus().join(SIGN_STATE_FILE);
    SignState::create(&path, genesis.network, node_key.consensus.key_id(), first_height)
        .map_err(CeremonyError::from)?;
    let text = format!(
        "{} made: the key signs nothing below height {first_height}\nnext: hufud start --home {} --observe, until the ledger is there",
        path.display(),
        quoted(home)
    );
    Ok(Answer::new(text, json!({"schema": "hufu.sign-state/1", "first_height": first_height})))
}

/// `hufud evidence`.
pub(super) fn evidence(home: &Path, out: Option<&Path>) -> Result<Answer, CliError> {
    let config = Config::load(home)?;
    let store = Store::open(&config.layout().store(), config.store_options())?;
    // Blocks that have moved hold evidence too.
    upkeep::attach_archive(&config, &store)?;
    let view = store.view()?;
    let unread = |e: WaitingError| CliError::new("H8006", format!("failed to {e}"), "move it away; start the node");
    let waiting = waiting::read(&config.layout().evidence(), view.network()).map_err(unread)?;
    let (mut views, mut files) = (Vec::new(), Vec::new());
    for Found { block, name, evidence } in evidence::all(&view, waiting)? {
        let file = evidence::file(&view, &evidence)?;
        if let (Some(folder), Some(file)) = (out, &file) {
            files.push(write_file(folder, &name, &file.to_json())?);
        }
        let file = file.and_then(|file| serde_json::to_value(file).ok());
        views.push(EvidenceView::of(&evidence, block, accused_org(&store, &evidence), file));
    }
    let lines: Vec<String> = views
        .iter()
        .map(|v| {
            let org = v.org.as_ref().map_or("an unknown agency", |o| o.name.as_str());
            let waits = if v.block.is_none() { "; in no block yet" } else { "" };
            format!(
                "{org} signed twice: {} at height {}, round {}; key {}{waits}",
                v.kind, v.height, v.round, v.accused
            )
        })
        .chain(files.iter().map(|file| format!("written: {file}")))
        .collect();
    let text = if lines.is_empty() { "no evidence of double signing".to_owned() } else { lines.join("\n") };
    Ok(Answer::new(text, json!({"schema": "hufu.evidence-list/1", "evidence": views, "files": files})))
}

fn write_file(folder: &Path, name: &str, bytes: &[u8]) -> Result<String, CliError> {
    let path = folder.join(name);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, bytes));
    let refused = |e: std::io::Error| {
        CliError::new(
            "H8006",
            format!("failed to write {}: {e}", path.display()),
            "choose a folder that can be written",
        )
    };
    written.map(|()| path.display().to_string()).map_err(refused)
}

/// The agency by the seats of the height at which it signed twice.
fn accused_org(store: &Store, evidence: &Evidence) -> Option<OrgRef> {
    let set = seats::set_at(store, evidence.height()).ok().flatten()?;
    let org = set.by_key(&evidence.signer())?.org;
    let record: Option<OrgRecord> = store.record(&StateKey::Org(org)).ok().flatten();
    Some(OrgRef::of(&org, record.as_ref()))
}
