//! The organisation's own lists, compared with the slice: whose record has another hash is asked for.

use super::{
    agencies::{Agencies, Unanswered, Wrong},
    proven::End,
};
use ::access::{
    PeerKey, Request, Response,
    limits::{MAX_IDS, MAX_LIST},
    wire::OwnList,
};
use ledger::{
    AlertId, ClassId, DutyId, GrantId, Hash, ItemId, KeyId, OrgId, StateKey, StateRead, TxId, codec,
    record::{AlertRecord, RegisterRecord},
    state::MAX_RECORD_BYTES,
    tree,
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use store::{MAX_PAGE, Store};

/// Pages of one list that are asked for.
const MAX_PAGES: usize = 1_000;

/// Records, and items, that are held until a round fetches them.
const MAX_FOUND: usize = 64;

/// What differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Differences {
    /// Records to ask for.
    pub(crate) keys: BTreeSet<StateKey>,
    /// Items that are not here.
    pub(crate) wanted: BTreeSet<ItemId>,
}

impl Differences {
    /// Adds others.
    pub(crate) fn extend(&mut self, others: Differences) {
        self.keys.extend(others.keys);
        self.wanted.extend(others.wanted);
    }
}

/// What others than the node of a round name, until a round fetches it: a bounded number. Shared by reference count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found(Arc<Mutex<Differences>>);

impl Found {
    fn lock(&self) -> MutexGuard<'_, Differences> {
        // Each of its sets is whole at any time.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds differences, as far as there is room: what has none is found again.
    pub(crate) fn add(&self, more: Differences) {
        let mut found = self.lock();
        let room = |held: usize| MAX_FOUND.saturating_sub(held);
        let (keys, items) = (room(found.keys.len()), room(found.wanted.len()));
        found.keys.extend(more.keys.into_iter().take(keys));
        found.wanted.extend(more.wanted.into_iter().take(items));
    }

    /// Takes all of them.
    pub(crate) fn take(&self) -> Differences {
        std::mem::take(&mut *self.lock())
    }
}

/// The lists that are compared: of records by their hashes; of items those that are not here, which are asked for with
/// their history.
pub(crate) const LISTS: [OwnList; 9] = [
    OwnList::Grants,
    OwnList::Duties,
    OwnList::Proposals,
    OwnList::Keys,
    OwnList::Nodes,
    OwnList::Entries,
    OwnList::Held,
    OwnList::Offered,
    OwnList::Shared,
];

/// Compares all lists as one node has them. It may leave something out, and nothing that it adds is believed without proof.
pub(crate) async fn compare(agencies: &Agencies, node: PeerKey, store: &Store) -> Result<Differences, End> {
    let mut found = Differences::default();
    for list in LISTS {
        let given = members(agencies, node, list).await?;
        found.extend(differences(store, list, &given)?);
        if list == OwnList::Shared {
            found.keys.extend(given.into_iter().map(|(id, _)| StateKey::Shares(ItemId(id))));
        }
    }
    found.keys.extend(open_alerts(store)?);
    Ok(found)
}

/// What a list names that is not here, or is here otherwise.
pub(crate) fn differences(store: &Store, list: OwnList, given: &[(Hash, Hash)]) -> Result<Differences, End> {
    let mut found = Differences::default();
    for (id, hash) in given {
        let key = key(list, *id);
        let here = store.read(&key)?;
        match key {
            // What becomes of one that is here is told by the feed.
            StateKey::Item(item) if here.is_none() => {
                found.keys.extend((list == OwnList::Shared).then_some(StateKey::Shares(item)));
                found.wanted.insert(item);
            }
            StateKey::Item(_) => {}
            key => found.keys.extend(here.is_none_or(|record| tree::value(&record) != *hash).then_some(key)),
        }
    }
    Ok(found)
}

/// The key of the record of a list's member.
pub(crate) fn key(list: OwnList, id: Hash) -> StateKey {
    match list {
        OwnList::Grants => StateKey::Grant(GrantId(id)),
        OwnList::Duties => StateKey::Duty(DutyId(id)),
        OwnList::Proposals => StateKey::Proposal(TxId(id)),
        OwnList::Alerts => StateKey::Alert(AlertId(id)),
        OwnList::Keys | OwnList::AgencyKeys(_) => StateKey::Key(KeyId(id)),
        OwnList::Nodes => StateKey::Node(id.0),
        OwnList::Offered | OwnList::Held | OwnList::Shared => StateKey::Item(ItemId(id)),
        OwnList::Orgs => StateKey::Org(OrgId(id)),
        OwnList::Classes => StateKey::Class(ClassId(id)),
        OwnList::Entries | OwnList::Premises | OwnList::Registry(_) => StateKey::Register(id),
    }
}

/// All members of a list.
pub(crate) async fn members(agencies: &Agencies, node: PeerKey, list: OwnList) -> Result<Vec<(Hash, Hash)>, End> {
    let mut found: Vec<(Hash, Hash)> = Vec::new();
    let limit = u16::try_from(MAX_LIST).unwrap_or(u16::MAX);
    for _ in 0..MAX_PAGES {
        let after = found.last().map(|(id, _)| *id);
        let Response::List { entries, more } = agencies.ask(node, Request::List { list, after, limit }).await? else {
            return Err(Wrong::shape("another answer than a list").into());
        };
        let is_last = !more || entries.is_empty();
        found.extend(entries);
        if is_last {
            break;
        }
    }
    Ok(found)
}

/// Alerts that are open here: that one was closed touches nobody's feed.
fn open_alerts(store: &Store) -> Result<Vec<StateKey>, End> {
    let (mut open, mut after) = (Vec::new(), None::<AlertId>);
    loop {
        let page = store.alerts(after, MAX_PAGE)?;
        for id in &page {
            let alert: Option<AlertRecord> = store.record(&StateKey::Alert(*id))?;
            open.extend(alert.filter(|alert| alert.closed.is_none()).map(|_| StateKey::Alert(*id)));
        }
        after = page.last().copied();
        if page.len() < MAX_PAGE {
            return Ok(open);
        }
    }
}

/// Entries of the places whose record came: those that are new, and the last one that was here, which may have ended.
pub(crate) fn entries(store: &Store, came: &[(StateKey, Option<Vec<u8>>)]) -> Result<Vec<StateKey>, End> {
    let mut keys = Vec::new();
    for (key, bytes) in came {
        let (StateKey::Register(place), Some(bytes)) = (key, bytes) else { continue };
        let read = codec::decode::<RegisterRecord>(bytes, MAX_RECORD_BYTES);
        let count = read.map_err(|e| Wrong::shape(format!("the record of a place: {e}")))?.count;
        let mut known = count;
        while known > 0 && store.read(&StateKey::Entry { place: *place, n: known })?.is_none() {
            known -= 1;
        }
        keys.extend((known.max(1)..=count).map(|n| StateKey::Entry { place: *place, n }));
    }
    Ok(keys)
}

/// Records from one node, proven. One that neither it nor another shows is left out: it was ours when the list was made,
/// and is no more.
pub(crate) async fn records(
    agencies: &Agencies,
    node: PeerKey,
    keys: Vec<StateKey>,
    judge: impl Fn(&[StateKey], Response) -> Result<Vec<(StateKey, Option<Vec<u8>>)>, End>,
) -> Result<Vec<(StateKey, Option<Vec<u8>>)>, End> {
    let mut found = Vec::with_capacity(keys.len());
    let mut waiting: Vec<Vec<StateKey>> = keys.chunks(MAX_IDS).map(<[StateKey]>::to_vec).collect();
    while let Some(keys) = waiting.pop() {
        match agencies.ask(node, Request::Records { keys: keys.clone() }).await {
            Ok(response) => found.extend(judge(&keys, response)?),
            Err(Unanswered::Refused { .. }) if keys.len() > 1 => waiting.extend(keys.into_iter().map(|key| vec![key])),
            Err(Unanswered::Refused { .. }) => {
                let request = Request::Records { keys: keys.clone() };
                let shown = agencies.first(request, |answer| judge(&keys, answer)).await;
                found.extend(shown.unwrap_or_default());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}
