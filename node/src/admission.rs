//! Who may connect: the nodes of agencies that the ledger knows, at the addresses that the configuration knows. This is
//! the network on which agencies agree; nodes of others have no business on it.
//!
//! Admission is ledger state, and follows it: once the block is committed that ends a node's record, the node is cut off,
//! and one whose record is new is let in. An address takes configuration; without it the node has to connect by itself.

use crate::{
    config::{MAX_PEERS, PeerConfig},
    handle::Committed,
};
use consensus::{EngineHandle, Peer, PeerKey};
use ledger::{
    OrgId, StateKey, StateRead,
    record::{NodeRecord, OrgRecord},
    state::ReadError,
};
use std::{collections::HashSet, convert::Infallible, sync::Arc};
use store::{MAX_PAGE, Store, StoreError, View};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Nodes of one organisation that are let in without being configured, so that none fills the list alone.
const MAX_NODES_OF_ORG: usize = 4;

/// The list of peers.
#[derive(Clone)]
pub(crate) struct Admission {
    store: Arc<Store>,
    configured: Arc<[PeerConfig]>,
}

impl Admission {
    pub(crate) fn of(configured: &[PeerConfig], store: Arc<Store>) -> Admission {
        Admission { store, configured: configured.into() }
    }

    /// Everyone who may connect as things stand. The configured come first: they stay should there be too many.
    pub(crate) fn peers(&self) -> Result<Vec<Peer>, StoreError> {
        let view = self.store.view()?;
        let mut peers = Vec::new();
        for peer in self.configured.iter() {
            match is_admitted(&view, &peer.key())? {
                true => peers.push(Peer { key: PeerKey(peer.key()), address: peer.address }),
                false => tracing::warn!(name = peer.name, "the ledger knows no such node of an agency: not admitted"),
            }
        }
        let named: HashSet<[u8; 32]> = self.configured.iter().map(PeerConfig::key).collect();
        let mut after = None;
        loop {
            let orgs = view.orgs(after, MAX_PAGE)?;
            for org in &orgs {
                let others = nodes_of(&view, org)?.into_iter().filter(|key| !named.contains(key));
                peers.extend(others.take(MAX_NODES_OF_ORG).map(|key| Peer { key: PeerKey(key), address: None }));
            }
            after = orgs.last().copied();
            if orgs.len() < MAX_PAGE {
                break;
            }
        }
        if peers.len() > MAX_PEERS {
            tracing::warn!(count = peers.len(), "the ledger knows more nodes than may connect: the first are admitted");
            peers.truncate(MAX_PEERS);
        }
        Ok(peers)
    }

    /// Tells the network who may connect, after each block that changed the record of a node. It never ends.
    pub(crate) async fn follow(&self, mut blocks: Receiver<Committed>, engine: &EngineHandle) -> Infallible {
        let mut due = false;
        loop {
            due |= match blocks.recv().await {
                Ok(block) => block.nodes,
                // Any of those that were missed may have changed one.
                Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => std::future::pending().await,
            };
            if !due {
                continue;
            }
            let admission = self.clone();
            match tokio::task::spawn_blocking(move || admission.peers()).await {
                Ok(Ok(peers)) => {
                    engine.allow(peers).await;
                    due = false;
                }
                // The next block finds it due still.
                Ok(Err(error)) => tracing::error!(%error, "who may connect cannot be read"),
                Err(error) => tracing::error!(%error, "who may connect cannot be read"),
            }
        }
    }
}

/// The nodes of an organisation in force.
fn nodes_of(view: &View<'_>, org: &OrgId) -> Result<Vec<[u8; 32]>, StoreError> {
    let mut nodes = Vec::new();
    for key in view.nodes_of(org, None, MAX_PAGE)? {
        if is_admitted(view, &key)? {
            nodes.push(key);
        }
    }
    Ok(nodes)
}

fn is_admitted(view: &View<'_>, key: &[u8; 32]) -> Result<bool, StoreError> {
    let unread = |e: ReadError| StoreError::Corrupt { what: "the record of a node".into(), detail: e.to_string() };
    let record: Option<NodeRecord> = view.record(&StateKey::Node(*key)).map_err(unread)?;
    let Some(NodeRecord { org, end: None, .. }) = record else { return Ok(false) };
    let org: Option<OrgRecord> = view.record(&StateKey::Org(org)).map_err(unread)?;
    Ok(org.is_some_and(|org| org.profile.kind.function().is_some()))
}
