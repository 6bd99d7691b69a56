//! Receipts: the stream of each node tells of its durable blocks and what became of their transactions.

use super::Run;
use crate::{
    http::{Node, Stream},
    wait::pause,
};
use api::{
    network::{BlockTx, BlockView},
    paths,
    tx::TxState,
};
use eyre::Context;
use serde::Deserialize;
use std::time::Duration;

/// Rest before a broken stream is opened again.
const BACK_OFF: Duration = Duration::from_millis(100);

/// Opens a stream at every node before anything is sent.
pub(super) fn prepare(nodes: &[Node]) -> eyre::Result<Vec<Stream>> {
    nodes.iter().map(|n| n.stream(None).wrap_err_with(|| format!("follow {}", n.base()))).collect()
}

/// A transaction of a block event: its identity alone, or with what became of it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Told {
    Id(String),
    Full(BlockTx),
}

/// An event `block`.
#[derive(Deserialize)]
struct Block {
    height: u64,
    txs: Vec<Told>,
}

/// Reads the stream of node `index` until the run stops; opens it again behind the last block where it breaks.
pub(super) fn follow(run: &Run, index: usize, node: Node, first: Stream) {
    let mut stream = Some(first);
    let mut last = None;
    while !run.stopped() {
        let Some(open) = stream.as_mut() else {
            pause(BACK_OFF);
            stream = node.stream(last).ok();
            continue;
        };
        match open.next_event() {
            Ok(Some(event)) if event.kind == "block" => match serde_json::from_str::<Block>(&event.data) {
                Ok(block) if judge(run, index, &node, &block) => last = Some(block.height),
                // Opened again, the stream tells the block once more.
                Ok(_) => stream = None,
                Err(error) => eprintln!("load: a block event cannot be read: {error}"),
            },
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => stream = None,
        }
    }
}

/// Whether everything that the block says was understood.
fn judge(run: &Run, index: usize, node: &Node, block: &Block) -> bool {
    let now = run.now_us();
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    let mut ids_alone = false;
    for told in &block.txs {
        match told {
            Told::Full(tx) => note(run, index, tx, now, &mut done, &mut refused),
            Told::Id(id) => ids_alone = ids_alone || position(run, index, id).is_some(),
        }
    }
    if ids_alone {
        let path = paths::fill(paths::BLOCK, &block.height.to_string());
        let Ok(view) = node.get::<BlockView>(&path) else { return false };
        view.txs.iter().for_each(|tx| note(run, index, tx, now, &mut done, &mut refused));
    }
    run.journal.note("committed", done.iter().map(|p| run.shots.id(*p)));
    run.journal.note("refused", refused.iter().map(|p| run.shots.id(*p)));
    true
}

fn position(run: &Run, index: usize, id: &str) -> Option<u32> {
    let mut bytes = [0u8; 32];
    hex::decode_to_slice(id, &mut bytes).ok()?;
    run.shots.find(&bytes, index)
}

fn note(run: &Run, index: usize, tx: &BlockTx, now: u64, done: &mut Vec<u32>, refused: &mut Vec<u32>) {
    let Some(position) = position(run, index, &tx.id) else { return };
    match tx.status {
        TxState::Committed if run.shots.committed(position, now) => done.push(position),
        TxState::Refused if run.shots.refused(position, tx.code.as_deref().unwrap_or_default()) => {
            refused.push(position);
        }
        _ => {}
    }
}
