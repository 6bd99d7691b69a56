//! The state as a block changes it: reads fall through to the state before the block, writes stay here.

use ledger::{
    ClassId, Event, GrantId, ItemId, ItemRecord, KeyId, KeyRecord, NetworkId, OrgId, OrgRecord, StateKey, StateRead,
    Timestamp, WriteSet,
    block::{FeedEntry, FeedLink},
    codec::Canonical,
    record::{ClassRecord, Due, FeedRecord, GrantRecord, Stamp},
    state::ReadError,
};
use std::collections::BTreeMap;

/// One step back.
enum Undo {
    Write(StateKey, Option<Option<Vec<u8>>>),
    Key(KeyId, Option<Option<KeyRecord>>),
    Org(OrgId, Option<Option<OrgRecord>>),
    Class(ClassId, Option<Option<ClassRecord>>),
    Feed(OrgId),
}

/// Changes of one block so far. Records that are read and changed often are kept decoded.
pub(crate) struct Overlay<'a, S> {
    state: &'a S,
    pub(crate) network: NetworkId,
    pub(crate) at: Stamp,
    writes: WriteSet,
    /// What the act that is judged has changed so far: a refusal takes it back.
    undo: Vec<Undo>,
    keys: BTreeMap<KeyId, Option<KeyRecord>>,
    orgs: BTreeMap<OrgId, Option<OrgRecord>>,
    classes: BTreeMap<ClassId, Option<ClassRecord>>,
    items: BTreeMap<ItemId, Option<ItemRecord>>,
    changed_items: BTreeMap<ItemId, ItemRecord>,
    feeds: BTreeMap<OrgId, Vec<FeedEntry>>,
    pub(crate) events: Vec<Event>,
}

impl<'a, S: StateRead> Overlay<'a, S> {
    pub(crate) fn new(state: &'a S, network: NetworkId, at: Stamp) -> Self {
        Overlay {
            state,
            network,
            at,
            writes: WriteSet::default(),
            undo: Vec::new(),
            keys: BTreeMap::new(),
            orgs: BTreeMap::new(),
            classes: BTreeMap::new(),
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
        self.put(StateKey::Key(id), &record);
        let before = self.keys.insert(id, Some(record));
        self.undo.push(Undo::Key(id, before));
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
        self.put(StateKey::Org(id), &record);
        let before = self.orgs.insert(id, Some(record));
        self.undo.push(Undo::Org(id, before));
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

    /// Writes a record of a kind that is not kept decoded.
    pub(crate) fn put<T: Canonical>(&mut self, key: StateKey, record: &T) {
        self.undo.push(Undo::Write(key.clone(), self.writes.change(&key).cloned()));
        self.writes.put(key, record);
    }

    /// Removes a record.
    pub(crate) fn remove(&mut self, key: StateKey) {
        self.undo.push(Undo::Write(key.clone(), self.writes.change(&key).cloned()));
        self.writes.remove(key);
    }

    /// From here on a refusal takes changes back.
    pub(crate) fn begin(&mut self) {
        self.undo.clear();
    }

    /// Takes back every change since [`Overlay::begin`]: a refused act changes nothing. Items are not among them: they are
    /// written when nothing can refuse any more.
    pub(crate) fn take_back(&mut self) {
        while let Some(undo) = self.undo.pop() {
            match undo {
                Undo::Write(key, before) => self.writes.restore(key, before),
                Undo::Key(id, before) => drop(restore(&mut self.keys, id, before)),
                Undo::Org(id, before) => drop(restore(&mut self.orgs, id, before)),
                Undo::Class(id, before) => drop(restore(&mut self.classes, id, before)),
                Undo::Feed(org) => {
                    if let Some(entries) = self.feeds.get_mut(&org) {
                        entries.pop();
                        if entries.is_empty() {
                            self.feeds.remove(&org);
                        }
                    }
                }
            }
        }
    }

    /// Makes something due.
    pub(crate) fn schedule(&mut self, at: Timestamp, due: Due) {
        self.put(StateKey::Due { at, id: due.id() }, &due);
    }

    /// Makes something due no more; nothing happens where it was not.
    pub(crate) fn unschedule(&mut self, at: Timestamp, due: Due) -> Result<(), ReadError> {
        let key = StateKey::Due { at, id: due.id() };
        if self.exists(&key)? {
            self.remove(key);
        }
        Ok(())
    }

    pub(crate) fn grant(&self, id: &GrantId) -> Result<Option<GrantRecord>, ReadError> {
        self.record(&StateKey::Grant(*id))
    }

    pub(crate) fn class(&mut self, id: &ClassId) -> Result<Option<ClassRecord>, ReadError> {
        if let Some(known) = self.classes.get(id) {
            return Ok(known.clone());
        }
        let record: Option<ClassRecord> = self.record(&StateKey::Class(*id))?;
        self.classes.insert(*id, record.clone());
        Ok(record)
    }

    pub(crate) fn put_class(&mut self, id: ClassId, record: ClassRecord) {
        self.put(StateKey::Class(id), &record);
        let before = self.classes.insert(id, Some(record));
        self.undo.push(Undo::Class(id, before));
    }

    pub(crate) fn feed(&mut self, org: OrgId, entry: &FeedEntry) {
        self.feeds.entry(org).or_default().push(entry.clone());
        self.undo.push(Undo::Feed(org));
    }

    /// Writes what was kept decoded, and gives one link of each touched feed, by organisation.
    pub(crate) fn finish(mut self) -> Result<(WriteSet, Vec<Event>, Vec<FeedLink>), ReadError> {
        for (id, record) in &self.changed_items {
            self.writes.put(StateKey::Item(*id), record);
        }
        let mut links = Vec::with_capacity(self.feeds.len());
        for (org, entries) in self.feeds {
            let key = StateKey::Feed(org);
            let before: Option<FeedRecord> = self.state.record(&key)?;
            let link = FeedLink::behind(before.as_ref(), org, self.at.height, entries);
            self.writes.put(key, &link.record());
            links.push(link);
        }
        Ok((self.writes, self.events, links))
    }
}

fn restore<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, before: Option<V>) -> Option<V> {
    match before {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    }
}
