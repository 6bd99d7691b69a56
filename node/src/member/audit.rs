//! The organisation's own lists, as one agency's node after the other gives them: what a node leaves out another one has,
//! and what it leaves out though it stood in the state all the while, the node is named for.
//!
//! A list cannot be proven whole, and says not of which height it is. So before a node is named, the record is proven first;
//! then the node shows a head that is not below, gives its list, and shows a head again; then the record is proven as of
//! that head or a later one, and is the same. Whatever the list is of lies between: the record stood in it.

use super::{
    agencies::{Agencies, Wrong},
    keeper::Keeper,
    lists::{self, Found, LISTS},
    proven::{self, End},
    watch::Answered,
};
use ::access::{PeerKey, Request, Response, wire::OwnList};
use ledger::{
    Hash, OrgId, StateKey,
    codec::{self, Canonical},
    record::{DutyRecord, GrantRecord, KeyRecord, NodeRecord},
    state::MAX_RECORD_BYTES,
};
use proof::Known;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use store::{MAX_PAGE, StoreError};
use tokio::time::MissedTickBehavior;

/// Longest time for one list of one node.
const LONGEST: Duration = Duration::from_secs(60);
/// Records that a list leaves out of which it is asked whether they stood in it.
const MAX_SUSPECTS: usize = 16;

/// What the task is made of.
pub(crate) struct Audit {
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) agencies: Agencies,
    /// What a round is to fetch.
    pub(crate) found: Found,
    pub(crate) heartbeat: Duration,
    /// How many lists were asked for.
    pub(crate) turn: usize,
}

impl Audit {
    /// Asks for a list each heartbeat, for ever.
    pub(crate) async fn run(mut self) {
        let mut ticks = tokio::time::interval(self.heartbeat);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.next().await;
        }
    }

    /// Asks the node whose turn it is for the list whose turn it is: all lists of one node, then those of the next.
    pub(crate) async fn next(&mut self) {
        let nodes = self.agencies.connected();
        let (list, round) = (LISTS[self.turn % LISTS.len()], self.turn / LISTS.len());
        self.turn = self.turn.wrapping_add(1);
        let Some(node) = nodes.get(round % nodes.len().max(1)).copied() else { return };
        // Before the first head there is nothing to compare with; of whom a fault is known, no other is looked for.
        let Some(known) = self.keeper.ground().known else { return };
        if self.agencies.sight(&node).1.is_some() {
            return;
        }
        match tokio::time::timeout(LONGEST, self.look(node, list)).await {
            Ok(Err(End::Wrong(wrong))) => self.agencies.tell_wrong(node, known.height, wrong),
            Ok(Err(End::Store(error))) => tracing::error!(code = error.code(), %error, "lists cannot be compared"),
            // Who gives none now is asked again.
            Ok(Ok(()) | Err(_)) | Err(_) => {}
        }
    }

    async fn look(&self, node: PeerKey, list: OwnList) -> Result<(), End> {
        let given = lists::members(&self.agencies, node, list).await?;
        self.found.add(lists::differences(self.keeper.store(), list, &given)?);
        for key in self.missing(list, &given)?.into_iter().take(MAX_SUSPECTS) {
            if let Some(height) = self.is_left_out(node, list, &key).await? {
                let detail = format!("its list of {list:?} leaves out {key:?}, which stood in it");
                self.agencies.tell(node, Answered::Withheld { height, detail });
                break;
            }
        }
        Ok(())
    }

    /// What the slice has of a list that is not in it as it was given.
    fn missing(&self, list: OwnList, given: &[(Hash, Hash)]) -> Result<Vec<StateKey>, StoreError> {
        let given: BTreeSet<Hash> = given.iter().map(|(id, _)| *id).collect();
        let (mut missing, mut after) = (Vec::new(), None);
        loop {
            let page = self.page(list, after)?;
            missing.extend(page.iter().filter(|id| !given.contains(*id)).map(|id| lists::key(list, *id)));
            after = page.last().copied();
            if page.len() < MAX_PAGE {
                return Ok(missing);
            }
        }
    }

    /// A page of a list whose members follow from the records of the organisation alone; nothing of others.
    fn page(&self, list: OwnList, after: Option<Hash>) -> Result<Vec<Hash>, StoreError> {
        let (store, org) = (self.keeper.store(), self.keeper.org());
        Ok(match list {
            OwnList::Grants => hashes(store.grants_of(&org, after.map(ledger::GrantId), MAX_PAGE)?, |id| id.0),
            OwnList::Duties => hashes(store.duties_of(&org, after.map(ledger::DutyId), MAX_PAGE)?, |id| id.0),
            OwnList::Keys => hashes(store.keys_of(&org, after.map(ledger::KeyId), MAX_PAGE)?, |id| id.0),
            OwnList::Nodes => hashes(store.nodes_of(&org, after.map(|id| id.0), MAX_PAGE)?, Hash),
            _ => Vec::new(),
        })
    }

    /// Whether a node leaves a record out of a list in which it stood; if so, the height that it shows.
    async fn is_left_out(&self, node: PeerKey, list: OwnList, key: &StateKey) -> Result<Option<u64>, End> {
        let Some((from, record)) = self.prove(key, None).await else { return Ok(None) };
        if !is_of(&self.keeper.org(), key, &record) || self.head(node).await?.height < from {
            return Ok(None);
        }
        let given = lists::members(&self.agencies, node, list).await?;
        if given.iter().any(|(id, _)| lists::key(list, *id) == *key) {
            return Ok(None);
        }
        let shown = self.head(node).await?;
        let still = self.prove(key, Some(&shown)).await;
        Ok(still.is_some_and(|(_, still)| still == record).then_some(shown.height))
    }

    /// The head that a node shows now.
    async fn head(&self, node: PeerKey) -> Result<Known, End> {
        let (ground, options) = (self.keeper.ground(), self.keeper.options());
        let (known, block) = ground.known.map(|known| (known.height, known.block)).unwrap_or_default();
        let request = Request::Head { known, block, links: 0, brief: true, wait_ms: 0 };
        match self.agencies.ask(node, request).await? {
            Response::Head(head) => Ok(proven::head(&ground.trust, ground.known.as_ref(), &head, options)?.known),
            _ => Err(Wrong::shape("another answer than a head").into()),
        }
    }

    /// A record as some node proves it, under a head that is not below one, and the height of that; none where none shows it.
    async fn prove(&self, key: &StateKey, least: Option<&Known>) -> Option<(u64, Vec<u8>)> {
        let (ground, options, keys) = (self.keeper.ground(), self.keeper.options(), [key.clone()]);
        let least = least.or(ground.known.as_ref());
        let take = |response: Response| match response {
            Response::Records { stand, records } => {
                proven::records(&ground.trust, least, &keys, (&stand, records), options)
            }
            _ => Err(End::from(Wrong::shape("another answer than records"))),
        };
        let shown = self.agencies.first(Request::Records { keys: keys.to_vec() }, take).await;
        let (height, records) = shown.ok()?;
        records.into_iter().find_map(|(_, record)| record).map(|record| (height, record))
    }
}

/// Whether a record stands in the list of its kind of an organisation.
fn is_of(org: &OrgId, key: &StateKey, record: &[u8]) -> bool {
    fn read<T: Canonical>(record: &[u8]) -> Option<T> {
        codec::decode(record, MAX_RECORD_BYTES).ok()
    }
    match key {
        StateKey::Grant(_) => read(record)
            .is_some_and(|grant: GrantRecord| grant.holder == *org || grant.application.counterpart == Some(*org)),
        StateKey::Duty(_) => read(record).is_some_and(|duty: DutyRecord| duty.debtors.contains(org)),
        StateKey::Key(_) => read(record).is_some_and(|key: KeyRecord| key.org == *org),
        StateKey::Node(_) => read(record).is_some_and(|node: NodeRecord| node.org == *org),
        _ => false,
    }
}

fn hashes<T>(ids: Vec<T>, hash: impl Fn(T) -> Hash) -> Vec<Hash> {
    ids.into_iter().map(hash).collect()
}
