//! What one reader is shown of items in one request, and how much was read for it.
//!
//! Invariant: events of an item are given to its readers by [`Sight::history`] and in a bundle, and both take a [`Seen`],
//! which is made here alone, by asking `custody::visibility`. Whoever is a party to an item now sees its whole history from
//! the first event on, however he came to see it. Whoever was one sees the item as it was at the last event that names him,
//! the events until then, and no bundle. Other items that it names are known to him by their identities, and by their
//! codes only where he sees them too.

use super::{
    Server,
    failure::{Failure, code},
    reads::ItemList,
};
use custody::visibility::{FORMER, Former, Reader, Resource, Row, Rule, accepted, names, present, visible};
use gs1::ItemCode;
use ledger::{
    Event, Hash, ItemId, ItemRecord, Lifecycle, StateKey, StateRead, Timestamp, TxId, codec::Canonical, event::apply,
    record::Stamp, state::ReadError,
};
use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::BTreeMap,
};

/// Events that are read at a time.
pub(super) const EVENT_STRIDE: usize = 256;

/// An item as a reader may see it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    id: ItemId,
    record: ItemRecord,
    /// Of a reader who is no party any more: when the last event was that he sees.
    left: Option<Stamp>,
}

impl Seen {
    pub(super) fn id(&self) -> &ItemId {
        &self.id
    }

    pub(super) fn record(&self) -> &ItemRecord {
        &self.record
    }

    /// As of when it is shown, if not as of now.
    pub(super) fn left(&self) -> Option<Stamp> {
        self.left
    }

    /// Whether an event of the item is among those that the reader sees.
    pub(super) fn shows(&self, n: u64) -> bool {
        n <= self.record.count
    }

    /// Goes on only if the reader sees the item as it is now, which a bundle proves. Error: H4303.
    pub(super) fn must_be_present(&self) -> Result<(), Failure> {
        match self.left {
            None => Ok(()),
            Some(_) => Err(Failure::new(code::FORMER).with("item", self.id.to_string())),
        }
    }
}

/// The look of one reader at items.
pub(super) struct Sight<'a> {
    server: &'a Server,
    who: &'a Reader,
    now: Timestamp,
    reads: Cell<usize>,
    accepted: OnceCell<bool>,
    /// Codes of other items, none of those that are hidden.
    codes: RefCell<BTreeMap<ItemId, Option<ItemCode>>>,
}

/// The last state, with what was read of it counted.
impl StateRead for Sight<'_> {
    fn read(&self, key: &StateKey) -> Result<Option<Vec<u8>>, ReadError> {
        self.spend(1);
        self.server.handle.store.read(key)
    }

    fn expired(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, TxId)>, ReadError> {
        self.server.handle.store.expired(until, limit)
    }

    fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, Hash)>, ReadError> {
        self.server.handle.store.due(until, limit)
    }
}

fn unread(error: ReadError) -> Failure {
    Failure::fault("read a record", error)
}

impl<'a> Sight<'a> {
    pub(super) fn new(server: &'a Server, who: &'a Reader) -> Sight<'a> {
        let now = server.stamp().time;
        Sight { server, who, now, reads: Cell::default(), accepted: OnceCell::new(), codes: RefCell::default() }
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
        StateRead::record(self, key).map_err(unread)
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
        match self.present(id, record)? {
            Some(seen) => Ok(Some(seen)),
            None => self.former(id),
        }
    }

    /// The same if the reader sees the item as it is now. No event is read for it.
    pub(super) fn present(&self, id: ItemId, record: ItemRecord) -> Result<Option<Seen>, Failure> {
        let is_shown = self.who.sees_all(Row::Item) || self.is_party(&id, &record)? || self.may_test(&record)?;
        Ok(is_shown.then_some(Seen { id, record, left: None }))
    }

    /// Events of an item from number `from` on, as far as the reader sees them.
    pub(super) fn history(&self, seen: &Seen, from: u64, limit: usize) -> Result<Vec<Event>, Failure> {
        let mut events = self.events(&seen.id, from, limit)?;
        events.retain(|event| seen.shows(event.n));
        Ok(events)
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

    fn is_party(&self, id: &ItemId, item: &ItemRecord) -> Result<bool, Failure> {
        if self.who.rule(Row::Item) != Rule::Party {
            return Ok(false);
        }
        let parties = present(self, (id, item), self.now).map_err(unread)?;
        Ok(visible(self.who, &Resource::Item(&parties)))
    }

    /// Whether the item waits for a test that the rules would take of the reader, which is looked up once for all items.
    fn may_test(&self, item: &ItemRecord) -> Result<bool, Failure> {
        if item.state != Lifecycle::TestPending || !visible(self.who, &Resource::TestPending { accepted: true }) {
            return Ok(false);
        }
        if let Some(known) = self.accepted.get() {
            return Ok(*known);
        }
        let found = match self.who.org() {
            Some(org) => accepted(self, org, self.now).map_err(unread)?,
            None => false,
        };
        Ok(*self.accepted.get_or_init(|| found))
    }

    /// The item as it was at the last event that names the reader, if one does: the history is gone through.
    fn former(&self, id: ItemId) -> Result<Option<Seen>, Failure> {
        let Some(org) = self.who.org().filter(|_| self.who.rule(Row::Item) == Rule::Party) else { return Ok(None) };
        let mut last: Option<(ItemRecord, Stamp)> = None;
        let mut before: Option<ItemRecord> = None;
        'history: loop {
            let from = before.as_ref().map_or(0, |record| record.count).saturating_add(1);
            let events = self.events(&id, from, EVENT_STRIDE)?;
            for event in &events {
                let after = match apply(&self.server.handle.network, before.as_ref(), event) {
                    Ok(after) => after,
                    // A member's node lacks the events that did not touch its organisation.
                    Err(_) if self.server.handle.member().is_some() => break 'history,
                    Err(error) => return Err(Failure::fault("follow the history of an item", error)),
                };
                if names(org, before.as_ref(), &after, event) {
                    last = Some((after.clone(), event.at));
                }
                before = Some(after);
            }
            if events.len() < EVENT_STRIDE {
                break;
            }
        }
        let Some((then, at)) = last else { return Ok(None) };
        Ok(match FORMER {
            Former::UntilNamed => Some(Seen { id, record: then, left: Some(at) }),
            Former::WholeHistory => before.map(|record| Seen { id, record, left: None }),
        })
    }
}
