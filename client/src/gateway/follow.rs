//! The stream of a node: that there is a new block. It saves the desk from asking, and nothing depends on it.

use super::{Pass, Shared};
use crate::http;
use api::paths;
use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    sync::atomic::Ordering,
    time::Duration,
};
use ureq::Agent;

/// Longest piece of a line that is looked at: heights are short.
const MAX_LINE: u64 = 64 * 1024;
/// Longest silence: nodes give a sign of life every 15 seconds.
const SILENCE: Duration = Duration::from_secs(60);
/// Pause before the stream is asked for again.
const PAUSE: Duration = Duration::from_secs(5);

/// Follows until the gateway ends; `ca_file` has the CAs of nodes that are reached by TLS.
pub(super) fn run(shared: &Shared, ca_file: Option<&Path>) {
    while !shared.is_ended() {
        if let Some(pass) = shared.pass() {
            follow(shared, &pass, ca_file);
        }
        shared.rest(PAUSE);
    }
}

/// Reads one stream, of the node that gave the token, to its end, which may be a fault of the road: then it is asked for once
/// more.
fn follow(shared: &Shared, pass: &Pass, ca_file: Option<&Path>) {
    let config = Agent::config_builder()
        .timeout_connect(Some(SILENCE))
        .timeout_recv_response(Some(SILENCE))
        .timeout_per_read(Some(SILENCE));
    let Ok(agent) = http::agent(&pass.node, ca_file, config) else { return };
    let url = format!("{}{}", pass.node, paths::STREAM);
    let request = agent.get(url).header("Authorization", format!("Bearer {}", pass.token));
    let answer = request.call().ok().filter(|response| response.status().as_u16() != 401);
    let Some(response) = answer else {
        // It does not honour the token, or is away: another one may be in use by now.
        shared.wants_pass.store(true, Ordering::Relaxed);
        return;
    };
    if response.status().as_u16() != 200 {
        return;
    }
    let mut reader = BufReader::new(response.into_body().into_reader());
    let mut line = Vec::new();
    while !shared.is_ended() {
        line.clear();
        match reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
            Ok(1..) => {}
            Ok(0) | Err(_) => return,
        }
        let height = std::str::from_utf8(&line).ok().and_then(|line| line.strip_prefix("id:"));
        if let Some(height) = height.and_then(|height| height.trim().parse().ok()) {
            shared.tip.fetch_max(height, Ordering::Relaxed);
            shared.wake();
        }
    }
}
