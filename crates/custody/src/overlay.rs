//! The state as a block changes it: reads fall through to the state before the block, writes stay here.

use ledger::{
    Event, Hash, ItemId, ItemRecord, KeyId, KeyRecord, NetworkId, OrgId, OrgRecord, StateKey, StateRead, WriteSet,
    block::{FeedEntry, feed_head},
    codec::Canonical,
    list,
    record::{FeedRecord, Stamp},
    state::ReadError,
};
use std::collections::BTreeMap;

/// Changes of one block so far. Records that are read and changed often are kept decoded.
pub(crate) struct Overlay<'a, S> {
    state: &'a S,
    pub(crate) network: NetworkId,
    pub(crate) at: Stamp,
    pub(crate) writes: WriteSet,
    keys: BTreeMap<KeyId, Option<KeyRecord>>,
    orgs: BTreeMap<OrgId, Option<OrgRecord>>,
    items: BTreeMap<ItemId, Option<ItemRecord>>,
    changed_items: BTreeMap<ItemId, ItemRecord>,
    feeds: BTreeMap<OrgId, Vec<Hash>>,
    pub(crate) events: Vec<Event>,
}

impl<'a, S: StateRead> Overlay<'a, S> {
    pub(crate) fn new(state: &'a S, network: NetworkId, at: Stamp) -> Self {
        Overlay {
            state,
            network,
            at,
            writes: WriteSet::default(),
            keys: BTreeMap::new(),
            orgs: BTreeMap::new(),
            items: BTreeMap::new(),
            changed_items: BTreeMap::new(),
            feeds: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    pub(crate) fn state(&self) -> &'a S {
        self.state
    }

    /// A record of a kind that is not kept decoded.
    pub(crate) fn record<T: Canonical>(&self, key: &StateKey) -> Result<Option<T>, ReadError> {
        match self.writes.change(key) {
            Some(Some(bytes)) => Ok(Some(ledger::codec::decode(bytes, ledger::state::MAX_RECORD_BYTES)?)),
            Some(None) => Ok(None),
            None => self.state.record(key),
        }
    }

    pub(crate) fn exists(&self, key: &StateKey) -> Result<bool, ReadError> {
        match self.writes.change(key) {
            Some(change) => Ok(change.is_some()),
            None => Ok(self.state.read(key)?.is_some()),
        }
    }

    pub(crate) fn key(&mut self, id: &KeyId) -> Result<Option<KeyRecord>, ReadError> {
        if let Some(known) = self.keys.get(id) {
            return Ok(known.clone());
        }
        let record: Option<KeyRecord> = self.state.record(&StateKey::Key(*id))?;
        self.keys.insert(*id, record.clone());
        Ok(record)
    }

    pub(crate) fn put_key(&mut self, id: KeyId, record: KeyRecord) {
        self.writes.put(StateKey::Key(id), &record);
        self.keys.insert(id, Some(record));
    }

    pub(crate) fn org(&mut self, id: &OrgId) -> Result<Option<OrgRecord>, ReadError> {
        if let Some(known) = self.orgs.get(id) {
            return Ok(known.clone());
        }
        let record: Option<OrgRecord> = self.state.record(&StateKey::Org(*id))?;
        self.orgs.insert(*id, record.clone());
        Ok(record)
    }

    pub(crate) fn put_org(&mut self, id: OrgId, record: OrgRecord) {
        self.writes.put(StateKey::Org(id), &record);
        self.orgs.insert(id, Some(record));
    }

    pub(crate) fn item(&mut self, id: &ItemId) -> Result<Option<ItemRecord>, ReadError> {
        if let Some(changed) = self.changed_items.get(id) {
            return Ok(Some(changed.clone()));
        }
        if let Some(known) = self.items.get(id) {
            return Ok(known.clone());
        }
        let record: Option<ItemRecord> = self.state.record(&StateKey::Item(*id))?;
        self.items.insert(*id, record.clone());
        Ok(record)
    }

    /// Keeps an item as it is after an event.
    pub(crate) fn put_item(&mut self, record: ItemRecord, event: Event) {
        self.changed_items.insert(event.item, record);
        self.events.push(event);
    }

    pub(crate) fn feed(&mut self, org: OrgId, entry: &FeedEntry) {
        self.feeds.entry(org).or_default().push(entry.hash());
    }

    /// Writes what was kept decoded, and one link of each touched feed.
    pub(crate) fn finish(mut self) -> Result<(WriteSet, Vec<Event>), ReadError> {
        for (id, record) in &self.changed_items {
            self.writes.put(StateKey::Item(*id), record);
        }
        for (org, entries) in &self.feeds {
            let key = StateKey::Feed(*org);
            let before: Option<FeedRecord> = self.state.record(&key)?;
            let (count, head) = before.map_or((0, Hash::default()), |f| (f.count, f.head));
            let count = count.saturating_add(1);
            let head = feed_head(org, count, &head, self.at.height, &list::root(entries));
            self.writes.put(key, &FeedRecord { count, head, height: self.at.height });
        }
        Ok((self.writes, self.events))
    }
}
