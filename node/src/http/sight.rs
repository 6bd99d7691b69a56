//! What one reader is shown of items in one request, and how much was read for it.
//!
//! Invariant: events of an item are given to its readers by [`Sight::history`] and in a bundle, and both take a [`Seen`],
//! which is made here alone, by asking `visibility`. Whoever sees an item sees its whole history from the first event on,
//! however he came to see it; other items that it names are known to him by their identities, and by their codes only
//! where he sees them too.

use super::{
    Server,
    failure::Failure,
    reads::ItemList,
    visibility::{Parties, Resource, Who, visible},
};
use gs1::ItemCode;
use ledger::{Event, ItemId, ItemRecord, Lifecycle, StateKey, bounds::MAX_DEPTH, codec::Canonical};
use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::BTreeMap,
};

/// Events that are read at a time.
pub(super) const EVENT_STRIDE: usize = 256;

/// An item that a reader may see.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    id: ItemId,
    record: ItemRecord,
}

impl Seen {
    pub(super) fn id(&self) -> &ItemId {
        &self.id
    }

    pub(super) fn record(&self) -> &ItemRecord {
        &self.record
    }
}

/// The look of one reader at items.
pub(super) struct Sight<'a> {
    server: &'a Server,
    who: &'a Who,
    reads: Cell<usize>,
    may_test: OnceCell<bool>,
    /// Codes of other items, none of those that are hidden.
    codes: RefCell<BTreeMap<ItemId, Option<ItemCode>>>,
}

impl<'a> Sight<'a> {
    pub(super) fn new(server: &'a Server, who: &'a Who) -> Sight<'a> {
        Sight { server, who, reads: Cell::default(), may_test: OnceCell::new(), codes: RefCell::default() }
    }

    /// Records, events and members of lists that were read so far.
    pub(super) fn reads(&self) -> usize {
        self.reads.get()
    }

    fn spend(&self, reads: usize) {
        self.reads.set(self.reads.get().saturating_add(reads));
    }

    /// A record of the last state.
    pub(super) fn record<T: Canonical>(&self, key: &StateKey) -> Result<Option<T>, Failure> {
        self.spend(1);
        self.server.record(key)
    }

    /// Members of a list of items behind one.
    pub(super) fn items(&self, list: &ItemList, after: Option<ItemId>, limit: usize) -> Result<Vec<ItemId>, Failure> {
        let items = self.server.items(list, after, limit)?;
        self.spend(items.len().max(1));
        Ok(items)
    }

    fn events(&self, item: &ItemId, from: u64, limit: usize) -> Result<Vec<Event>, Failure> {
        let events = self.server.events(item, from, limit)?;
        self.spend(events.len().max(1));
        Ok(events)
    }

    /// An item, if the reader may see it.
    pub(super) fn item(&self, id: &ItemId) -> Result<Option<Seen>, Failure> {
        match self.record::<ItemRecord>(&StateKey::Item(*id))? {
            Some(record) => self.seen(*id, record),
            None => Ok(None),
        }
    }

    /// The same of an item whose record was read.
    pub(super) fn seen(&self, id: ItemId, record: ItemRecord) -> Result<Option<Seen>, Failure> {
        Ok(self.sees(&id, &record)?.then_some(Seen { id, record }))
    }

    /// Events of an item from number `from` on.
    pub(super) fn history(&self, seen: &Seen, from: u64, limit: usize) -> Result<Vec<Event>, Failure> {
        self.events(&seen.id, from, limit)
    }

    /// The code of another item, if the reader may see that one too.
    pub(super) fn code_of(&self, id: &ItemId) -> Result<Option<ItemCode>, Failure> {
        if let Some(known) = self.codes.borrow().get(id) {
            return Ok(known.clone());
        }
        let code = self.item(id)?.map(|seen| seen.record.code);
        self.codes.borrow_mut().insert(*id, code.clone());
        Ok(code)
    }

    /// Whether the reader is a party. The record answers for the parties of now; for earlier ones the events are read.
    fn sees(&self, id: &ItemId, item: &ItemRecord) -> Result<bool, Failure> {
        let mut parties = Parties::of(item);
        let (mut container, mut from) = (item.container, 1);
        // Whoever holds the unit that it is in, or is offered it, is to have what is in it.
        for _ in 0..MAX_DEPTH {
            let Some(packed) = container.filter(|_| !self.is_among(&parties)) else { break };
            let Some(unit) = self.record::<ItemRecord>(&StateKey::Item(packed.unit))? else { break };
            parties.add_unit(&unit);
            container = unit.container;
        }
        if item.state == Lifecycle::TestPending
            && !self.is_among(&parties)
            && visible(self.who, &Resource::TestPending { accepted: self.may_test()? })
        {
            return Ok(true);
        }
        while !self.is_among(&parties) {
            let events = self.events(id, from, EVENT_STRIDE)?;
            for event in &events {
                parties.add(event);
            }
            match events.last() {
                Some(last) if events.len() == EVENT_STRIDE => from = last.n.saturating_add(1),
                Some(_) | None => return Ok(self.is_among(&parties)),
            }
        }
        Ok(true)
    }

    fn is_among(&self, parties: &Parties) -> bool {
        visible(self.who, &Resource::Item(parties))
    }

    /// Whether the rules would take a test of the reader now: looked up once for all items that wait for one.
    fn may_test(&self) -> Result<bool, Failure> {
        if let Some(known) = self.may_test.get() {
            return Ok(*known);
        }
        let found = self.server.may_test(self.who)?;
        Ok(*self.may_test.get_or_init(|| found))
    }
}
