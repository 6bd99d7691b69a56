//! Who may connect: the nodes of agencies and observers that the ledger knows, at the addresses that the configuration
//! knows. This is the network on which agencies agree; nodes of others have no business on it.
//!
//! Admission is ledger state, and follows it: once the block is committed that ends a node's record, the node is cut off,
//! and one whose record is new is let in. A seat that is voted is let in at once, so that its node has the ledger when it
//! begins to vote; that of an agency that has left stays long enough to hear how its last heights ended. An address takes
//! configuration; without it the node has to connect by itself.

use crate::{
    config::{MAX_PEERS, PeerConfig},
    handle::Committed,
};
use consensus::{EngineHandle, Peer, PeerKey};
use ledger::{
    OrgId, StateKey, StateRead,
    record::{NodeRecord, OrgKind, OrgRecord, SeatChangeRecord, ValidatorsRecord},
    seats,
    state::ReadError,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    sync::Arc,
};
use store::{MAX_PAGE, Store, StoreError, View};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Nodes of one organisation that are let in without a seat and without being configured, so that none fills the list
/// alone.
const MAX_NODES_OF_ORG: usize = 4;
/// Heights after its last one that a seat is still let in: it may have missed how that one ended.
pub(crate) const FAREWELL_HEIGHTS: u64 = 64;

/// The list of peers.
#[derive(Clone)]
pub(crate) struct Admission {
    store: Arc<Store>,
    configured: Arc<[PeerConfig]>,
    /// Transport identity of this node.
    me: [u8; 32],
}

/// Who may connect as things stand.
#[derive(Clone, Debug)]
pub(crate) struct Admitted {
    /// The list. The configured come first, then the seats: they stay should there be too many.
    pub(crate) peers: Vec<Peer>,
    /// The height at which it may be another without a change of any record.
    pub(crate) until: Option<u64>,
}

impl Admission {
    pub(crate) fn of(configured: &[PeerConfig], store: Arc<Store>, me: [u8; 32]) -> Admission {
        Admission { store, configured: configured.into(), me }
    }

    /// Everyone who may connect as things stand.
    pub(crate) fn admitted(&self) -> Result<Admitted, StoreError> {
        let view = self.store.view()?;
        let seats = Seats::of(&view)?;
        // Who does not vote may ask for blocks whomever it was told to: certificates say whether they are the ledger's. A
        // node that begins when all seats have moved could reach nobody otherwise.
        let follows = !seats.vote.contains(&self.me);
        let mut peers = Vec::new();
        for peer in self.configured.iter() {
            match standing(&view, &seats, &peer.key())? {
                Standing::Admitted => {}
                Standing::Unknown if follows => {}
                Standing::Unknown | Standing::Refused => {
                    tracing::warn!(name = peer.name, "the ledger knows no such node of an agency: not admitted");
                    continue;
                }
            }
            peers.push(Peer { key: PeerKey(peer.key()), address: peer.address });
        }
        let mut named: BTreeSet<[u8; 32]> = self.configured.iter().map(PeerConfig::key).collect();
        let mut add = |key: [u8; 32], peers: &mut Vec<Peer>| {
            if named.insert(key) {
                peers.push(Peer { key: PeerKey(key), address: None });
            }
        };
        for key in seats.until.keys() {
            if standing(&view, &seats, key)? == Standing::Admitted {
                add(*key, &mut peers);
            }
        }
        for key in others(&view, &seats)? {
            add(key, &mut peers);
        }
        if peers.len() > MAX_PEERS {
            tracing::warn!(count = peers.len(), "the ledger knows more nodes than may connect: the first are admitted");
            peers.truncate(MAX_PEERS);
        }
        let until = seats.until.values().copied().flatten().min();
        Ok(Admitted { peers, until })
    }

    /// Tells the network who may connect, after each block that may have changed it. It never ends.
    pub(crate) async fn follow(&self, mut blocks: Receiver<Committed>, engine: &EngineHandle) -> Infallible {
        // The list that the engine was started with may have a time too.
        let mut due = true;
        let mut until = None;
        loop {
            due |= match blocks.recv().await {
                Ok(block) => block.nodes || until.is_some_and(|height| block.header.height >= height),
                // Any of those that were missed may have changed one.
                Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => std::future::pending().await,
            };
            if !due {
                continue;
            }
            let admission = self.clone();
            match tokio::task::spawn_blocking(move || admission.admitted()).await {
                Ok(Ok(admitted)) => {
                    engine.allow(admitted.peers).await;
                    (due, until) = (false, admitted.until);
                }
                // The next block finds it due still.
                Ok(Err(error)) => tracing::error!(%error, "who may connect cannot be read"),
                Err(error) => tracing::error!(%error, "who may connect cannot be read"),
            }
        }
    }
}

/// The seats that count for admission.
struct Seats {
    /// Transport identities of those who sign the next block.
    vote: BTreeSet<[u8; 32]>,
    /// Those of all who vote, will vote, or did until a while ago; the latter with the height at which that ends.
    until: BTreeMap<[u8; 32], Option<u64>>,
}

impl Seats {
    fn of(view: &View<'_>) -> Result<Seats, StoreError> {
        let record: Option<ValidatorsRecord> = view.record(&StateKey::Validators).map_err(unread)?;
        let Some(ValidatorsRecord { set, from: _, previous: _, next, changes }) = record else {
            return Ok(Seats { vote: BTreeSet::new(), until: BTreeMap::new() });
        };
        let vote: BTreeSet<[u8; 32]> = set.validators().iter().map(|seat| seat.peer).collect();
        let coming = next.iter().flat_map(|(set, _)| set.validators()).map(|seat| seat.peer);
        let mut until: BTreeMap<_, _> = vote.iter().copied().chain(coming).map(|peer| (peer, None)).collect();
        for n in (1..=changes).rev() {
            let change = seats::change(view, n).map_err(unread)?;
            let Some(SeatChangeRecord { height, signed }) = change else { break };
            let end = height.saturating_add(FAREWELL_HEIGHTS);
            if end <= view.tip().height {
                break;
            }
            for seat in signed.validators() {
                until.entry(seat.peer).or_insert(Some(end));
            }
        }
        Ok(Seats { vote, until })
    }
}

/// What the ledger says of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Admitted,
    /// It has ended, or is of somebody who has no business here.
    Refused,
    Unknown,
}

fn standing(view: &View<'_>, seats: &Seats, key: &[u8; 32]) -> Result<Standing, StoreError> {
    let record: Option<NodeRecord> = view.record(&StateKey::Node(*key)).map_err(unread)?;
    let org = match record {
        None => return Ok(Standing::Unknown),
        Some(NodeRecord { end: Some(_), .. }) => return Ok(Standing::Refused),
        Some(NodeRecord { org, .. }) => org,
    };
    if seats.until.contains_key(key) {
        return Ok(Standing::Admitted);
    }
    let org: Option<OrgRecord> = view.record(&StateKey::Org(org)).map_err(unread)?;
    let takes_part = |org: &OrgRecord| match org.profile.kind {
        OrgKind::Agency(_) => org.left.is_none(),
        OrgKind::Observer => true,
        OrgKind::Enterprise
        | OrgKind::Carrier
        | OrgKind::Laboratory
        | OrgKind::Disposer
        | OrgKind::Partner
        | OrgKind::Mechanism(_) => false,
    };
    Ok(if org.is_some_and(|org| takes_part(&org)) { Standing::Admitted } else { Standing::Refused })
}

/// Nodes without a seat that may connect, some of each organisation.
fn others(view: &View<'_>, seats: &Seats) -> Result<Vec<[u8; 32]>, StoreError> {
    let mut nodes = Vec::new();
    let mut after = None;
    loop {
        let orgs = view.orgs(after, MAX_PAGE)?;
        for org in &orgs {
            nodes.extend(nodes_of(view, seats, org)?.into_iter().take(MAX_NODES_OF_ORG));
        }
        after = orgs.last().copied();
        if orgs.len() < MAX_PAGE {
            return Ok(nodes);
        }
    }
}

/// The nodes of an organisation in force that have no seat.
fn nodes_of(view: &View<'_>, seats: &Seats, org: &OrgId) -> Result<Vec<[u8; 32]>, StoreError> {
    let mut nodes = Vec::new();
    for key in view.nodes_of(org, None, MAX_PAGE)? {
        if !seats.until.contains_key(&key) && standing(view, seats, &key)? == Standing::Admitted {
            nodes.push(key);
        }
    }
    Ok(nodes)
}

fn unread(error: ReadError) -> StoreError {
    StoreError::Corrupt { what: "the record of a node".into(), detail: error.to_string() }
}
