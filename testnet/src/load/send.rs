//! Sending: each connection takes what is due and posts it; what a node has no room for is sent again.

use super::{Rate, Run};
use crate::{http::Node, wait::pause};
use api::{
    paths,
    tx::{BatchAccepted, TxState, join_batch},
};
use std::time::Duration;

/// Most transactions of one request.
const BATCH: u32 = 256;
/// Time in which due transactions are gathered into one request, in microseconds.
const GATHER_US: u64 = 5_000;
/// Rest when nothing is due.
const REST: Duration = Duration::from_millis(1);
/// Rest after a node had no room or did not answer.
const BACK_OFF: Duration = Duration::from_millis(25);

/// One connection, until the run stops.
pub(super) fn send(run: &Run, client: usize, nodes: &[Node]) {
    let mut node = client % nodes.len();
    let limit_us = u64::from(run.options.seconds) * 1_000_000;
    while !run.stopped() {
        let again = run.shots.take_again(BATCH as usize);
        let positions = match again.is_empty() {
            false => again,
            true if run.now_us() < limit_us => due(run),
            true => Vec::new(),
        };
        if positions.is_empty() {
            pause(REST);
            continue;
        }
        if !post(run, &nodes[node], node, &positions) {
            // It may be down: the next node takes them; sending twice is harmless.
            node = (node + 1) % nodes.len();
            pause(BACK_OFF);
        }
    }
}

/// What is to be sent now. The intended moment follows from the rate, not from when a connection came free.
fn due(run: &Run) -> Vec<u32> {
    let now = run.now_us();
    let (range, due): (_, Box<dyn Fn(u32) -> u64>) = match run.options.rate {
        Rate::PerSecond(rate) => {
            let rate = u64::from(rate);
            let moment = move |position: u32| u64::from(position) * 1_000_000 / rate;
            let ripe = u32::try_from(now * rate / 1_000_000 + 1).unwrap_or(u32::MAX);
            let waiting = ripe.saturating_sub(run.shots.taken());
            let oldest = moment(run.shots.taken());
            if waiting == 0 || (waiting < BATCH && now < oldest + GATHER_US) {
                return Vec::new();
            }
            (run.shots.take(BATCH, ripe), Box::new(moment))
        }
        Rate::Max => {
            let room = run.options.in_flight.saturating_sub(run.shots.under_way());
            if room == 0 {
                return Vec::new();
            }
            (run.shots.take(BATCH.min(u32::try_from(room).unwrap_or(BATCH)), u32::MAX), Box::new(move |_| now))
        }
    };
    range.inspect(|position| run.shots.meant(*position, due(*position))).collect()
}

/// Posts a batch. Whether the node took part in it.
fn post(run: &Run, node: &Node, index: usize, positions: &[u32]) -> bool {
    let shots = &run.shots;
    let now = run.now_us();
    let fresh: Vec<u32> = positions.iter().copied().filter(|p| shots.sending(*p, now, index)).collect();
    run.journal.note("sent", fresh.iter().map(|p| shots.id(*p)));
    let body = join_batch(positions.iter().map(|p| shots.bytes(*p)));
    let Ok(answer) = node.post::<BatchAccepted>(paths::TX_BATCH, paths::OCTETS, &body) else {
        shots.send_again(positions.iter().copied().filter(|p| !shots.is_decided(*p)));
        return false;
    };
    let mut no_room = Vec::new();
    for (position, answer) in positions.iter().copied().zip(answer.answers) {
        match (answer.status, answer.problem) {
            (Some(TxState::Committed), _) if shots.committed(position, run.now_us()) => {
                run.journal.note("committed", std::iter::once(shots.id(position)));
            }
            (Some(_), _) => {}
            (None, Some(problem)) if is_for_later(&problem.code, problem.status) => no_room.push(position),
            (None, problem) => {
                let code = problem.map(|p| p.code).unwrap_or_default();
                if shots.refused(position, &code) {
                    run.journal.note("refused", std::iter::once(shots.id(position)));
                }
            }
        }
    }
    if !no_room.is_empty() {
        shots.send_again(no_room);
        pause(BACK_OFF);
    }
    true
}

/// Whether the node only had no room at the moment.
fn is_for_later(code: &str, status: u16) -> bool {
    status == 429 || status == 503 || code.starts_with("H70")
}
