//! From the links of the feed to items: each event is applied to the record that the slice has. An item whose earlier events
//! are not here is wanted: its bundle has them, if the organisation is a party to it still.

use super::keeper::Part;
use ledger::{
    Effect, Event, ItemId, ItemRecord, NetworkId, StateKey, StateRead, event,
    state::{ReadError, code_hash},
};
use proof::Contents;
use std::collections::{BTreeMap, BTreeSet};

/// Items as a run of events leaves them.
pub(crate) struct Items<'a, S> {
    state: &'a S,
    network: NetworkId,
    records: BTreeMap<ItemId, Option<ItemRecord>>,
    events: Vec<Event>,
    /// With the number of the last event that came.
    wanted: BTreeMap<ItemId, u64>,
}

impl<'a, S: StateRead> Items<'a, S> {
    /// Those of a state, before any event.
    pub(crate) fn new(state: &'a S, network: NetworkId) -> Self {
        Items { state, network, records: BTreeMap::new(), events: Vec::new(), wanted: BTreeMap::new() }
    }

    /// Takes an event of the feed.
    pub(crate) fn take(&mut self, event: Event) -> Result<(), ReadError> {
        let item = event.item;
        let before = match self.records.get(&item) {
            Some(known) => known.clone(),
            None => self.state.record(&StateKey::Item(item))?,
        };
        let count = before.as_ref().map_or(0, |record| record.count);
        if event.n <= count {
            // The bundle that the record came with has it.
            return Ok(());
        }
        match event::apply(&self.network, before.as_ref(), &event) {
            Ok(record) => {
                self.records.insert(item, Some(record));
            }
            // What came between did not touch the organisation.
            Err(_) => {
                self.records.insert(item, before);
                self.wanted.insert(item, event.n);
            }
        }
        self.events.push(event);
        Ok(())
    }

    /// Items whose bundle is to be asked for, each with the number of its last event that came.
    pub(crate) fn wanted(&self) -> &BTreeMap<ItemId, u64> {
        &self.wanted
    }

    /// What is to be written, as of a state that may have bundles of later already.
    pub(crate) fn finish(self, part: &mut Part, now: &impl StateRead) -> Result<(), ReadError> {
        for (item, record) in self.records {
            let Some(record) = record.filter(|_| !self.wanted.contains_key(&item)) else { continue };
            let there: Option<ItemRecord> = now.record(&StateKey::Item(item))?;
            if there.is_none_or(|there| there.count < record.count) {
                part.writes.put(StateKey::Item(item), &record);
            }
        }
        part.events.extend(self.events);
        Ok(())
    }
}

/// A verified bundle as a part of the slice, and the items that were put into the item, where it is a unit: who is to have
/// the unit is to have what is in it.
pub(crate) fn of_bundle(contents: Contents) -> (Part, BTreeSet<ItemId>) {
    let Contents { item: _, record: _, events, txs: _, records, certified } = contents;
    let mut part = Part::of(records.into_iter().map(|(key, bytes)| (key, Some(bytes))));
    part.as_of = Some(certified.header.height);
    let inside = inside(&events);
    part.events = events;
    (part, inside)
}

/// Records that an event names and without which it reads badly: of the class and the code of an item that enters, and of
/// the organisations that it goes to, comes from or was tested by.
pub(crate) fn named(event: &Event) -> Vec<StateKey> {
    match &event.effect {
        Effect::Registered { class, code, custodian, .. } | Effect::Landed { class, code, custodian, .. } => {
            vec![StateKey::Class(*class), StateKey::Code(code_hash(code)), StateKey::Org(*custodian)]
        }
        Effect::Offered { offer } => vec![StateKey::Org(offer.receiver)],
        Effect::Moved { from, to, .. } => vec![StateKey::Org(*from), StateKey::Org(*to)],
        Effect::Tested { laboratory, .. } => vec![StateKey::Org(*laboratory)],
        _ => Vec::new(),
    }
}

/// The items that are in a unit after its events.
pub(crate) fn inside(events: &[Event]) -> BTreeSet<ItemId> {
    let mut inside = BTreeSet::new();
    for event in events {
        let linked = event.links.iter().map(|link| link.item);
        match &event.effect {
            Effect::Filled { more: true, .. } => inside.extend(linked),
            Effect::Filled { more: false, .. } => {
                let out: BTreeSet<ItemId> = linked.collect();
                inside.retain(|item| !out.contains(item));
            }
            _ => {}
        }
    }
    inside
}
