//! Figures for monitoring, as OpenMetrics text. They are counted since the process began; none names an organisation.

use super::Server;
use crate::handle::Committed;
use axum::http::{Method, StatusCode};
use consensus::PeerKey;
use ledger::Outcome;
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::{collections::BTreeSet, fmt, time::Duration};

/// Media type of the text.
pub(super) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Before all names.
const PREFIX: &str = "hufu";
/// Begins the line of a connected peer: [`peers`].
const PEER_LINE: &str = "hufu_consensus_peer_connected{peer=\"";
/// Upper bounds of the times that are told apart, in seconds.
const BUCKETS: [f64; 9] = [0.001, 0.005, 0.02, 0.1, 0.3, 1.0, 3.0, 10.0, 60.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    path: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PathLabels {
    path: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct FaultLabels {
    node: String,
    fault: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PeerLabels {
    peer: String,
}

/// All figures.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<PathLabels, Histogram, fn() -> Histogram>,
    transactions: Family<OutcomeLabels, Counter>,
    height: Gauge,
    block_time: Gauge,
    pool_transactions: Gauge,
    pool_bytes: Gauge,
    peers: Gauge,
    node_faults: Family<FaultLabels, Counter>,
}

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}

impl Metrics {
    pub(super) fn new() -> Metrics {
        let mut metrics = Metrics {
            registry: Registry::with_prefix(PREFIX),
            requests: Family::default(),
            seconds: Family::new_with_constructor(histogram),
            transactions: Family::default(),
            height: Gauge::default(),
            block_time: Gauge::default(),
            pool_transactions: Gauge::default(),
            pool_bytes: Gauge::default(),
            peers: Gauge::default(),
            node_faults: Family::default(),
        };
        // A rate is computed from zero on, so both are there before the first transaction.
        for outcome in ["committed", "refused"] {
            let _ = metrics.transactions.get_or_create(&OutcomeLabels { outcome });
        }
        let registry = &mut metrics.registry;
        registry.register("http_requests", "Requests answered", metrics.requests.clone());
        registry.register("http_request_seconds", "Time to the head of the answer", metrics.seconds.clone());
        registry.register("transactions", "Transactions decided, by outcome", metrics.transactions.clone());
        registry.register("block_height", "Height of the last block", metrics.height.clone());
        registry.register("block_time_milliseconds", "Time of the last block since 1970", metrics.block_time.clone());
        registry.register("pool_transactions", "Transactions that wait", metrics.pool_transactions.clone());
        registry.register("pool_bytes", "Bytes of the transactions that wait", metrics.pool_bytes.clone());
        registry.register("consensus_peers", "Peers connected", metrics.peers.clone());
        registry.register("node_fault", "Faults of agencies' nodes that a member's found", metrics.node_faults.clone());
        metrics
    }

    /// Counts an answered request. `path` is a template, so that their number stays bounded.
    pub(super) fn answered(&self, method: &Method, path: &str, status: StatusCode, took: Duration) {
        let labels = RequestLabels { method: method_name(method), path: path.to_owned(), status: status.as_u16() };
        self.requests.get_or_create(&labels).inc();
        self.seconds.get_or_create(&PathLabels { path: path.to_owned() }).observe(took.as_secs_f64());
    }

    /// Counts the transactions of a block.
    pub(super) fn committed(&self, committed: &Committed) {
        let total = u64::try_from(committed.receipts.len()).unwrap_or(u64::MAX);
        let refused = committed.receipts.iter().filter(|r| matches!(r.outcome, Outcome::Rejected { .. })).count();
        let refused = u64::try_from(refused).unwrap_or(u64::MAX);
        self.transactions.get_or_create(&OutcomeLabels { outcome: "refused" }).inc_by(refused);
        self.transactions.get_or_create(&OutcomeLabels { outcome: "committed" }).inc_by(total.saturating_sub(refused));
    }

    /// The text, with what the node says of itself at this moment.
    pub(super) fn text(&self, server: &Server) -> Result<String, fmt::Error> {
        let stamp = server.stamp();
        let (transactions, bytes) = server.handle.pool_size();
        self.height.set(gauge(stamp.height));
        self.block_time.set(gauge(stamp.time.0));
        self.pool_transactions.set(gauge(transactions));
        self.pool_bytes.set(gauge(bytes));
        let connected = server.handle.consensus().peers;
        self.peers.set(gauge(connected.len()));
        for alert in server.following().iter().flat_map(|following| following.alerts.iter()) {
            let labels = FaultLabels { node: alert.node.clone(), fault: alert.kind.clone() };
            let counted = self.node_faults.get_or_create(&labels);
            counted.inc_by(alert.times.saturating_sub(counted.get()));
        }
        let mut out = String::new();
        text::encode_registry(&mut out, &self.registry)?;
        text::encode(&mut out, &peers(&connected))?;
        Ok(out)
    }
}

/// The peers that are connected, by their transport identities. These figures are made anew for each text: who has gone
/// leaves no line.
fn peers(connected: &BTreeSet<PeerKey>) -> Registry {
    let family = Family::<PeerLabels, Gauge>::default();
    for peer in connected {
        family.get_or_create(&PeerLabels { peer: peer.to_string() }).set(1);
    }
    let mut registry = Registry::with_prefix(PREFIX);
    registry.register("consensus_peer_connected", "Peers connected, by transport identity", family);
    registry
}

/// The transport identities, 64 hexadecimal digits each, of the peers that are connected by such a text.
pub(crate) fn connected_peers(text: &str) -> BTreeSet<String> {
    let peer = |line: &str| Some(line.strip_prefix(PEER_LINE)?.strip_suffix("\"} 1")?.to_owned());
    text.lines().filter_map(peer).collect()
}

fn gauge<N: TryInto<i64>>(number: N) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// Methods are free text of the client; only those that are served get a name of their own.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_template_and_status() {
        let metrics = Metrics::new();
        let method = Method::from_bytes(b"BREW").unwrap();
        metrics.answered(&method, "/v1/items", StatusCode::OK, Duration::from_millis(2));
        metrics.answered(&Method::GET, "/v1/items", StatusCode::OK, Duration::from_millis(2));
        let mut out = String::new();
        text::encode(&mut out, &metrics.registry).unwrap();
        assert!(out.contains(r#"hufu_http_requests_total{method="other",path="/v1/items",status="200"} 1"#), "{out}");
        assert!(out.contains(r#"hufu_transactions_total{outcome="refused"} 0"#), "{out}");
        assert!(out.ends_with("# EOF\n"));
    }

    #[test]
    fn connected_peers_are_read_as_they_are_written() {
        let (first, second) = (PeerKey([7; 32]), PeerKey([0xab; 32]));
        for connected in [BTreeSet::new(), BTreeSet::from([first]), BTreeSet::from([first, second])] {
            let mut out = String::new();
            text::encode(&mut out, &peers(&connected)).unwrap();
            let keys: BTreeSet<String> = connected.iter().map(PeerKey::to_string).collect();
            assert_eq!(connected_peers(&out), keys, "{out}");
        }
    }
}
