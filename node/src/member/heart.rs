//! The heartbeat: every agency's node is asked for a brief head at the same time, so that one that shows an old one, another
//! history or nothing at all stands out within a heartbeat.

use super::{
    Following, NodeSight,
    agencies::{Agencies, Unanswered, Wrong},
    keeper::Keeper,
    proven::{self, End},
    watch::Answered,
};
use ::access::{PeerKey, Request, Response, wire::Report};
use futures::future::join_all;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time::MissedTickBehavior};

/// Longest time for an answer in a heartbeat: within the time that an answer may take, so that whoever says nothing is told
/// from whoever cannot be asked.
const LONGEST: Duration = Duration::from_secs(9);

/// What the task is made of.
pub(crate) struct Heart {
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) agencies: Agencies,
    pub(crate) state: Arc<watch::Sender<Following>>,
    pub(crate) heartbeat: Duration,
}

impl Heart {
    /// Beats for ever.
    pub(crate) async fn run(self) {
        let mut ticks = tokio::time::interval(self.heartbeat);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.beat().await;
        }
    }

    /// One heartbeat.
    pub(crate) async fn beat(&self) {
        let nodes = self.agencies.begin_beat();
        join_all(nodes.iter().map(|node| self.ask(*node))).await;
        let all_behind = self.agencies.end_beat();
        if all_behind {
            tracing::error!(code = "H7127", "every agency's node is behind what this node has seen proven");
        }
        self.report().await;
        let (sights, alerts) = (self.sights(&nodes), self.agencies.alerts());
        self.state.send_modify(|state| {
            (state.nodes, state.alerts, state.all_behind) = (sights, alerts, all_behind);
        });
    }

    /// Asks one node for a brief head, and tells the watch what that is.
    async fn ask(&self, node: PeerKey) {
        let (ground, options) = (self.keeper.ground(), self.keeper.options());
        let request = Request::Head {
            known: ground.known.map_or(0, |known| known.height),
            block: ground.known.map(|known| known.block).unwrap_or_default(),
            links: 0,
            brief: true,
            wait_ms: 0,
        };
        let time = self.heartbeat.min(LONGEST);
        let answered = match tokio::time::timeout(time, self.agencies.ask(node, request)).await {
            Err(_) => Answered::Silent,
            // Who is busy, or refuses, has answered; who cannot be asked was not.
            Ok(Err(Unanswered::Offline | Unanswered::Refused { .. })) => Answered::Busy,
            Ok(Ok(Response::Head(head))) => {
                match proven::head(&ground.trust, ground.known.as_ref(), &head, options) {
                    Ok(taken) => Answered::Head { height: taken.known.height, block: taken.known.block, feed: None },
                    Err(End::Behind(height)) => Answered::Behind { height },
                    Err(why @ End::Wrong(_)) => {
                        self.keeper.note_fork(&why, &head.stand);
                        let End::Wrong(Wrong { fault, detail }) = why else { return };
                        Answered::Wrong { fault, height: ground.known.map_or(0, |known| known.height), detail }
                    }
                    // This machine's clock, or its trust file.
                    Err(_) => Answered::Busy,
                }
            }
            Ok(Ok(_)) => {
                let Wrong { fault, detail } = Wrong::shape("another answer than a head");
                Answered::Wrong { fault, height: 0, detail }
            }
        };
        self.agencies.tell(node, answered);
    }

    /// Tells all other nodes what was found of one. Who takes his time holds up neither the others nor, for longer than a
    /// heartbeat, the next one.
    async fn report(&self) {
        let (reports, nodes) = (self.agencies.take_reports(), self.agencies.connected());
        let told = join_all(nodes.iter().map(|node| self.tell(*node, &reports)));
        // Whether they are noted changes nothing here.
        let _ = tokio::time::timeout(self.heartbeat.min(LONGEST), told).await;
    }

    async fn tell(&self, node: PeerKey, reports: &[Report]) {
        for report in reports.iter().filter(|report| report.peer != node.0) {
            let _ = self.agencies.ask(node, Request::Report { report: report.clone() }).await;
        }
    }

    fn sights(&self, connected: &[PeerKey]) -> Vec<NodeSight> {
        let sight = |config: &crate::config::PeerConfig| {
            let peer = PeerKey(config.key());
            let (height, fault) = self.agencies.sight(&peer);
            NodeSight { name: config.name.clone(), peer, connected: connected.contains(&peer), height, fault }
        };
        self.agencies.nodes().iter().map(sight).collect()
    }
}
