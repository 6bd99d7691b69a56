//! How the node is: alive, ready, its version, its status and its figures. None of it needs a token.

use super::{
    Server, Shared,
    failure::{Failure, code},
    metrics, params,
};
use api::{
    network::{
        MempoolView, READY_SCHEMA, ReadyCheck, ReadyView, STATUS_SCHEMA, StatusView, VERSION_SCHEMA, VersionView,
    },
    time::rfc3339,
    view::AsOf,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use consensus::{HaltReason, Safety};
use std::time::Duration;

/// Shortest time without a new block after which a node counts as behind.
const MIN_LAG: Duration = Duration::from_secs(15);
/// Idle blocks that may be missed before it does.
const LAG_BLOCKS: u32 = 5;

/// Where the node stands between the chain and its clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sync {
    Synced,
    CatchingUp,
    Stalled,
}

impl Sync {
    fn name(self) -> &'static str {
        match self {
            Sync::Synced => "synced",
            Sync::CatchingUp => "catching-up",
            Sync::Stalled => "stalled",
        }
    }
}

/// `behind`: how far the last block's time lies behind the clock; `quiet`: time since a block came in.
fn sync_state(behind: Duration, quiet: Duration, allowed: Duration) -> Sync {
    if behind <= allowed {
        Sync::Synced
    } else if quiet <= allowed {
        Sync::CatchingUp
    } else {
        Sync::Stalled
    }
}

pub(super) fn safety_code(safety: &Safety) -> &'static str {
    match safety {
        Safety::Running => "safe",
        Safety::Starting | Safety::Stopped => code::NOT_READY,
        Safety::Halted(HaltReason::DiskFull(_)) => code::DISK_FULL,
        Safety::Halted(_) => code::HALTED,
    }
}

impl Server {
    fn sync(&self) -> (Sync, Duration) {
        let frame = &self.handle.frame;
        let behind_ms = self.handle.clock.now().ms_since(self.stamp().time);
        let rate = frame.test.map_or(1, |t| u64::from(t.rate)).max(1);
        let behind = Duration::from_millis(behind_ms / rate);
        let idle = Duration::from_millis(u64::from(frame.params.idle_interval_ms));
        let allowed = MIN_LAG.max(idle.saturating_mul(LAG_BLOCKS));
        (sync_state(behind, self.last_commit.age(), allowed), behind)
    }

    fn checks(&self) -> Vec<ReadyCheck> {
        let tip = self.handle.store.tip();
        // The header of the tip is read, not remembered: this asks the disk.
        let stored = match tip.height {
            0 => Ok(true),
            height => self.handle.store.header(height).map(|h| h.is_some()),
        };
        let store = match stored {
            Ok(true) => (true, format!("height {}", tip.height)),
            Ok(false) => (false, format!("the header of height {} is missing", tip.height)),
            Err(error) => {
                tracing::error!(%error, "the store cannot be read");
                (false, "the store cannot be read; the reason is in the log".into())
            }
        };
        if let Some(following) = self.following() {
            let checks = [("store", store), ("following", Server::member_check(&following))].into_iter();
            return checks.map(|(name, (ok, detail))| ReadyCheck { name: name.into(), ok, detail }).collect();
        }
        let status = self.handle.consensus();
        let consensus = match &status.safety {
            Safety::Running => (true, format!("height {}, round {}", status.height, status.round)),
            Safety::Starting => (false, "starting".into()),
            Safety::Stopped => (false, "stopped".into()),
            Safety::Halted(reason) => (false, format!("halted: {reason}")),
        };
        let (sync, behind) = self.sync();
        let caught_up =
            (sync == Sync::Synced, format!("{}: the last block is {} s old", sync.name(), behind.as_secs()));
        [("store", store), ("consensus", consensus), ("caught-up", caught_up)]
            .into_iter()
            .map(|(name, (ok, detail))| ReadyCheck { name: name.into(), ok, detail })
            .collect()
    }
}

/// `GET /livez`: the process answers.
pub(super) async fn livez() -> &'static str {
    "ok\n"
}

/// `GET /readyz`.
pub(super) async fn readyz(State(server): State<Shared>, uri: Uri) -> Result<Response, Failure> {
    let checks = server.blocking(|server| Ok(server.checks())).await?;
    let ready = checks.iter().all(|c| c.ok);
    if params::names(&uri, "verbose") {
        let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let view = ReadyView { schema: READY_SCHEMA.into(), ready, checks };
        return Ok((status, Json(view)).into_response());
    }
    if ready {
        return Ok("ok\n".into_response());
    }
    let halted = matches!(server.handle.consensus().safety, Safety::Halted(_));
    let reasons: Vec<String> = checks.iter().filter(|c| !c.ok).map(|c| format!("{}: {}", c.name, c.detail)).collect();
    let code = if halted { code::HALTED } else { code::NOT_READY };
    Err(Failure::new(code).with("detail", reasons.join("; ")))
}

/// `GET /version`.
pub(super) async fn version() -> Json<VersionView> {
    Json(VersionView {
        schema: VERSION_SCHEMA.into(),
        name: "hufud".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        protocol: ledger::block::PROTOCOL_VERSION,
    })
}

/// `GET /v1/status`. It says no more than readiness, figures and network do, which are open as well.
pub(super) async fn status(State(server): State<Shared>) -> Result<Json<StatusView>, Failure> {
    let standing = server.options.seat.standing(&*server.handle.store);
    let standing = standing.map_err(|e| Failure::fault("read the seats", e))?;
    let tip = server.handle.store.tip();
    let stamp = server.stamp();
    let consensus = server.handle.consensus();
    let (count, bytes) = server.handle.pool_size();
    let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let member = server.handle.member();
    let org = standing.org.or(member.map(|way| way.org));
    let sync = match server.following() {
        Some(following) => following.sync.name(),
        None => server.sync().0.name(),
    };
    let (nodes, links, outbox) = server.member_part();
    Ok(Json(StatusView {
        schema: STATUS_SCHEMA.into(),
        role: member.map_or(standing.role(), |way| way.role.name()).into(),
        org: org.map(|org| org.to_string()).unwrap_or_default(),
        ended: standing.ended.map(AsOf::from),
        chain: server.handle.frame.chain.to_string(),
        network: server.handle.network.to_string(),
        height: tip.height,
        block_time: rfc3339(stamp.time),
        state_root: tip.root.to_string(),
        peers: u32::try_from(consensus.peers.len()).unwrap_or(u32::MAX),
        mempool: MempoolView { count: number(count), bytes: number(bytes) },
        sync: sync.into(),
        safety: safety_code(&consensus.safety).into(),
        version: env!("CARGO_PKG_VERSION").into(),
        nodes,
        links,
        outbox,
    }))
}

/// `GET /metrics`.
pub(super) async fn figures(
    State(server): State<Shared>,
) -> Result<([(HeaderName, &'static str); 1], String), Failure> {
    let text = server.metrics.text(&server).map_err(|e| Failure::fault("write the metrics", e))?;
    Ok(([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_without_new_blocks_is_stalled_and_one_with_old_ones_catches_up() {
        let [short, allowed, long] = [1, 15, 16].map(Duration::from_secs);
        assert_eq!(sync_state(allowed, long, allowed), Sync::Synced);
        assert_eq!(sync_state(long, short, allowed), Sync::CatchingUp);
        assert_eq!(sync_state(long, long, allowed), Sync::Stalled);
    }

    #[test]
    fn safety_is_a_word_or_a_code() {
        assert_eq!(safety_code(&Safety::Running), "safe");
        assert_eq!(safety_code(&Safety::Starting), "H7002");
        assert_eq!(safety_code(&Safety::Halted(HaltReason::Fault("disk".into()))), "H7011");
        assert_eq!(safety_code(&Safety::Halted(HaltReason::DiskFull("write".into()))), "H8116");
    }
}
