//! Whose nodes may ask: those that the last state names, of organisations that take part. Configuration adds nobody.

use ::access::{
    PeerKey,
    limits::{MAX_ACCESS_NODES_OF_ORG, MAX_GUESTS},
};
use ledger::{
    OrgId, StateKey, StateRead, Timestamp,
    record::{NodeRecord, OrgKind, OrgRecord, Stamp},
    state::ReadError,
};
use std::collections::BTreeMap;
use store::{MAX_PAGE, StoreError, View};

/// Who may ask as things stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Admitted {
    /// By their nodes.
    pub(crate) guests: BTreeMap<PeerKey, OrgId>,
    /// The time at which it may be another without a change of any record: a ban begins or ends.
    pub(crate) until: Option<Timestamp>,
}

/// Everyone who may ask: of each organisation the nodes that were registered first.
pub(crate) fn guests(view: &View<'_>) -> Result<Admitted, StoreError> {
    let now = time(view);
    let mut admitted = Admitted::default();
    let mut after = None;
    loop {
        let orgs = view.orgs(after, MAX_PAGE)?;
        for org in &orgs {
            let record: Option<OrgRecord> = view.record(&StateKey::Org(*org)).map_err(unread)?;
            let Some(record) = record else { continue };
            let turns = record.ban.iter().flat_map(|ban| [Some(ban.from), ban.to]).flatten().filter(|at| *at > now);
            admitted.until = admitted.until.into_iter().chain(turns).min();
            if !takes_part(&record, now) {
                continue;
            }
            let mut nodes = nodes_of(view, org)?;
            nodes.sort();
            let first = nodes.into_iter().take(MAX_ACCESS_NODES_OF_ORG);
            admitted.guests.extend(first.map(|(_, peer)| (PeerKey(peer), *org)));
        }
        after = orgs.last().copied();
        if orgs.len() < MAX_PAGE {
            break;
        }
    }
    if admitted.guests.len() > MAX_GUESTS {
        tracing::warn!(count = admitted.guests.len(), "the ledger knows more nodes than may ask: the first are let in");
        if let Some(first_out) = admitted.guests.keys().nth(MAX_GUESTS).copied() {
            admitted.guests.split_off(&first_out);
        }
    }
    Ok(admitted)
}

/// Whether a node may ask for an organisation, as things stand in this view.
pub(crate) fn is_guest(view: &View<'_>, peer: &PeerKey, org: &OrgId) -> Result<bool, StoreError> {
    let node: Option<NodeRecord> = view.record(&StateKey::Node(peer.0)).map_err(unread)?;
    if !node.is_some_and(|node| node.org == *org && node.end.is_none()) {
        return Ok(false);
    }
    let record: Option<OrgRecord> = view.record(&StateKey::Org(*org)).map_err(unread)?;
    Ok(record.is_some_and(|record| takes_part(&record, time(view))))
}

/// Whether an organisation takes part. The bodies of a mechanism have nodes, it has none.
fn takes_part(record: &OrgRecord, now: Timestamp) -> bool {
    let has_nodes = match record.profile.kind {
        OrgKind::Agency(_)
        | OrgKind::Observer
        | OrgKind::Enterprise
        | OrgKind::Carrier
        | OrgKind::Laboratory
        | OrgKind::Disposer
        | OrgKind::Partner => true,
        OrgKind::Mechanism(_) => false,
    };
    has_nodes && record.left.is_none() && record.banned(now).is_none()
}

/// Nodes of an organisation that have not ended, with when they were registered.
fn nodes_of(view: &View<'_>, org: &OrgId) -> Result<Vec<(Stamp, [u8; 32])>, StoreError> {
    let mut nodes = Vec::new();
    let mut after = None;
    loop {
        let page = view.nodes_of(org, after, MAX_PAGE)?;
        for peer in &page {
            let record: Option<NodeRecord> = view.record(&StateKey::Node(*peer)).map_err(unread)?;
            nodes.extend(record.filter(|record| record.end.is_none()).map(|record| (record.from, *peer)));
        }
        after = page.last().copied();
        if page.len() < MAX_PAGE {
            return Ok(nodes);
        }
    }
}

/// Time of the last block.
pub(super) fn time(view: &View<'_>) -> Timestamp {
    view.tip().header.as_ref().map_or(Timestamp(0), |header| header.time)
}

pub(super) fn unread(error: ReadError) -> StoreError {
    StoreError::Corrupt { what: "a record of the state".into(), detail: error.to_string() }
}
