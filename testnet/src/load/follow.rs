//! Receipts: the stream of each node tells of its durable blocks and what became of their transactions.

use super::{Run, Seat};
use crate::{http::Stream, wait::pause};
use api::{
    network::{BlockEvent, BlockTx},
    tx::TxState,
};
use eyre::Context;
use std::{sync::atomic::Ordering, time::Duration};

/// Rest before a broken stream is opened again.
const BACK_OFF: Duration = Duration::from_millis(100);

/// Opens a stream at every node before anything is sent.
pub(super) fn prepare(seats: &[Seat]) -> eyre::Result<Vec<Stream>> {
    let open = |seat: &Seat| seat.node.stream(None).wrap_err_with(|| format!("follow {}", seat.node.base()));
    seats.iter().map(open).collect()
}

/// Reads the stream of node `index` until the run stops; opens it again behind the last block where it breaks. A node
/// that was started again knows no token of before.
pub(super) fn follow(run: &Run, index: usize, mut seat: Seat, first: Stream) {
    let mut stream = Some(first);
    let mut last = None;
    while !run.stopped() {
        let Some(open) = stream.as_mut() else {
            pause(BACK_OFF);
            stream = seat.node.stream(last).ok();
            if stream.is_some() {
                run.followed_again.fetch_add(1, Ordering::Relaxed);
            } else {
                // Whether it answers is seen when the stream is opened.
                let _ = seat.log_in();
            }
            continue;
        };
        match open.next_event() {
            Ok(Some(event)) if event.kind == "block" => match serde_json::from_str::<BlockEvent>(&event.data) {
                Ok(block) => {
                    judge(run, index, &block);
                    last = Some(block.height);
                }
                Err(error) => eprintln!("load: a block event cannot be read: {error}"),
            },
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => stream = None,
        }
    }
}

/// Takes note of what became of the transactions of a block.
fn judge(run: &Run, index: usize, block: &BlockEvent) {
    let now = run.now_us();
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    block.txs.iter().for_each(|tx| note(run, index, tx, now, &mut done, &mut refused));
    run.journal.note("committed", done.iter().map(|p| run.shots.id(*p)));
    run.journal.note("refused", refused.iter().map(|p| run.shots.id(*p)));
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
