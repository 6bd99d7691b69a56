//! What a node says of itself and of other nodes, and the ledger knows nothing of: alerts about nodes, and where a member's
//! node stands.

use super::Server;
use crate::{
    access::Reported,
    handle::Way,
    member::{Following, LocalAlert, Sync, fault_name},
};
use api::{
    network::{NodeSightView, OutboxView},
    time::rfc3339,
    view::{AlertView, AsOf},
};
use custody::visibility::{Reader, Resource, visible};
use ledger::{StateKey, Timestamp, record::NodeRecord};
use std::collections::BTreeMap;

/// Block time without another sign after which an alert about a node counts as over.
const OPEN_MS: u64 = 600_000;

impl Server {
    /// Alerts about nodes that the reader may see, the oldest first.
    pub(super) fn local_alerts(&self, who: &Reader, open: bool) -> Vec<AlertView> {
        let now = self.stamp().time;
        let is_shown = |last: Timestamp| !open || now.ms_since(last) < OPEN_MS;
        match &self.handle.way {
            Way::Member(way) if visible(who, &Resource::Feed { owner: &way.org }) => {
                let alerts = way.state.borrow().alerts.clone();
                let shown = alerts.iter().filter(|alert| is_shown(Timestamp(alert.last.1)));
                shown.map(|alert| self.of_member(alert)).collect()
            }
            Way::Agency(way) if visible(who, &Resource::Report) => {
                let shown = way.reports.list().into_iter().filter(|reported| is_shown(reported.last.time));
                let view = |reported: Reported| {
                    let peer = hex::encode(reported.peer);
                    let mut about = self.about(&peer, &reported.detail);
                    about.insert("by".into(), reported.by.to_string());
                    let times = (reported.first.into(), reported.last.into());
                    AlertView::of_node(fault_name(reported.fault), about, times, reported.times)
                };
                shown.map(view).collect()
            }
            Way::Member(_) | Way::Agency(_) => Vec::new(),
        }
    }

    fn of_member(&self, alert: &LocalAlert) -> AlertView {
        let LocalAlert { peer, node, kind, detail, first, last, times } = alert;
        let mut about = self.about(peer, detail);
        about.insert("node".into(), node.clone());
        let at = |(height, time): &(u64, u64)| AsOf { height: *height, time: rfc3339(Timestamp(*time)) };
        AlertView::of_node(kind, about, (at(first), at(last)), *times)
    }

    /// A node, and whose it is where the ledger is known to say so.
    fn about(&self, peer: &str, detail: &str) -> BTreeMap<String, String> {
        let mut about = BTreeMap::from([("peer".into(), peer.into()), ("detail".into(), detail.into())]);
        let mut key = [0; 32];
        if hex::decode_to_slice(peer, &mut key).is_ok()
            && let Ok(Some(NodeRecord { org, .. })) = self.record::<NodeRecord>(&StateKey::Node(key))
        {
            about.insert("org".into(), org.to_string());
        }
        about
    }

    /// Where a member's node stands; none of an agency's.
    pub(super) fn following(&self) -> Option<Following> {
        self.handle.member().map(|way| way.state.borrow().clone())
    }

    /// What a member's node says of itself in its status.
    pub(super) fn member_part(&self) -> (Vec<NodeSightView>, Option<u64>, Option<OutboxView>) {
        let (Some(way), Some(following)) = (self.handle.member(), self.following()) else {
            return (Vec::new(), None, None);
        };
        let nodes = following.nodes.iter().map(|node| NodeSightView {
            name: node.name.clone(),
            peer: node.peer.to_string(),
            connected: node.connected,
            height: node.height,
            fault: node.fault.map(|fault| fault_name(fault).to_owned()),
        });
        let (count, bytes) = way.outbox.size();
        let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let oldest = way.outbox.oldest().map(rfc3339);
        let outbox = OutboxView { count: number(count), bytes: number(bytes), oldest };
        (nodes.collect(), Some(following.links), Some(outbox))
    }

    /// Whether a member's node has what concerns it, and what to say of that.
    pub(super) fn member_check(following: &Following) -> (bool, String) {
        let height = following.head.map_or(0, |head| head.height);
        let connected = following.nodes.iter().filter(|node| node.connected).count();
        let behind = if following.all_behind { "; every agency's node is behind this one (H7127)" } else { "" };
        let detail = format!("{}: height {height}, {connected} nodes connected{behind}", following.sync.name());
        (following.sync == Sync::Following && !following.all_behind, detail)
    }
}
