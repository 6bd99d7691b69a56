//! One agency of four is killed without warning.

use super::{LOT, Stage, custody::customs_shows};
use crate::{
    demo::{
        setting::{LABORATORY, Setting},
        story::Story,
    },
    files::RunningNode,
    http::Node,
    running,
    wait::{Seen, wait_for},
};
use api::{network::StatusView, paths};
use eyre::{Context, ensure};
use std::{process::Command, time::Duration};

/// The agency whose node is killed. The laboratory uses another's.
const VICTIM: &str = "environment";
/// Time for a node to catch up.
const CATCH_UP: Duration = Duration::from_secs(60);

/// kill -9, go on with three, start again, compare the state.
pub(in crate::demo) fn kill_one(setting: &Setting, story: &mut Story, _: &mut Stage) -> eyre::Result<()> {
    let laboratory = &setting.firms[LABORATORY];
    let victim = setting.node(VICTIM)?;
    victim.process().kill().wrap_err("kill the node")?;
    story.held(format!("{VICTIM}: process {} killed (kill -9)", victim.pid));
    laboratory.does(&["item", "use", LOT, "--quantity", "100"])?;
    customs_shows(setting, LOT, "quantity.used", "100")?;
    story.held("three of four agencies went on: the laboratory's use of 100 doses is committed");
    running::up(&setting.network_dir, Some(VICTIM))?;
    story.held(format!("{VICTIM}: started again, as process {}", setting.node(VICTIM)?.pid));
    let nodes = setting.network()?.nodes;
    let (height, root) = same_state(&nodes)?;
    story.held(format!("all four have the same state at height {height}: {}", root.get(..16).unwrap_or(&root)));
    let status = Command::new(&setting.hufud)
        .args(["status", "--home"])
        .arg(&setting.node(VICTIM)?.home)
        .output()
        .wrap_err("run hufud status")?;
    ensure!(status.status.success(), "hufud status: {}", String::from_utf8_lossy(&status.stderr));
    String::from_utf8_lossy(&status.stdout).lines().skip(1).for_each(|line| story.note(line));
    Ok(())
}

/// Height and root of a moment at which all nodes say the same.
fn same_state(nodes: &[RunningNode]) -> eyre::Result<(u64, String)> {
    let clients: Vec<Node> = nodes.iter().map(|n| Node::new(&n.api)).collect();
    let seen = wait_for("all nodes to be in one state", CATCH_UP, || {
        let states: Result<Vec<(u64, String)>, _> =
            clients.iter().map(|c| c.get::<StatusView>(paths::STATUS).map(|s| (s.height, s.state_root))).collect();
        match states {
            Err(error) => Seen::NotYet(error.to_string()),
            Ok(states) => match states.split_first() {
                Some((first, rest)) if rest.iter().all(|s| s == first) => Seen::Yes(first.clone()),
                _ => Seen::NotYet(format!("heights {:?}", states.iter().map(|s| s.0).collect::<Vec<_>>())),
            },
        }
    });
    Ok(seen?)
}
