//! Which events are told: those of items that the caller may see, item after item, in order, as EPCIS says them.
//!
//! A page looks at so many items and makes so many events and no more; what is missing follows behind its token. A token
//! is a place in this order, and what is appended meanwhile moves nothing that stands before it, so that pages neither
//! lose nor repeat an event.

use crate::http::{
    Server,
    failure::{Failure, code},
    page::{self, List, Window},
    reads::{ItemList, MAX_SCAN, STRIDE},
    visibility::Who,
};
use epcis::{
    Value,
    export::{self, Known, Told},
    query::{self, Held, Query, Scope},
};
use gs1::{Gln, ItemCode};
use ledger::{
    ItemId, ItemRecord, OrgId, OrgRecord, StateKey,
    codec::Canonical,
    event::apply,
    record::{ClassRecord, CodeRecord},
    state::code_hash,
};
use std::{
    cell::RefCell,
    collections::BTreeSet,
    ops::Bound::{Excluded, Unbounded},
};

/// Events that are made for one page: each is written out, hashed and compared.
const MAX_MADE: usize = 2_000;
/// Events that are put in order for one answer.
const MAX_ORDERED: usize = 1_000;
/// Events of an item that are read at a time.
const EVENT_STRIDE: usize = 256;
/// The scheme of organisations that have a GLN.
const GLN: &str = "gln";

/// Behind an event of an item; behind all of them where the number is the greatest.
type At = (ItemId, u64);

/// Where events are looked for.
enum Source {
    /// In all items.
    All,
    /// In these.
    These(BTreeSet<ItemId>),
}

impl Source {
    fn holds(&self, item: &ItemId) -> bool {
        match self {
            Source::All => true,
            Source::These(items) => items.contains(item),
        }
    }

    /// Items behind one, at most [`STRIDE`].
    fn behind(&self, server: &Server, after: Option<ItemId>) -> Result<Vec<ItemId>, Failure> {
        match self {
            Source::All => server.items(&ItemList::All, after, STRIDE),
            Source::These(items) => {
                Ok(items.range((after.map_or(Unbounded, Excluded), Unbounded)).take(STRIDE).copied().collect())
            }
        }
    }
}

/// What an event names and does not tell, from the last state: codes and identifiers never change.
struct Lookup<'a> {
    server: &'a Server,
    failed: RefCell<Option<Failure>>,
}

impl Lookup<'_> {
    fn record<T: Canonical>(&self, key: &StateKey) -> Option<T> {
        self.server.record(key).unwrap_or_else(|failure| {
            *self.failed.borrow_mut() = Some(failure);
            None
        })
    }
}

impl Known for Lookup<'_> {
    fn code(&self, item: &ItemId) -> Option<ItemCode> {
        self.record::<ItemRecord>(&StateKey::Item(*item)).map(|item| item.code)
    }

    fn gln(&self, org: &OrgId) -> Option<Gln> {
        let identifier = self.record::<OrgRecord>(&StateKey::Org(*org))?.profile.identifier;
        match identifier.scheme.as_str() {
            GLN => identifier.value.as_str().parse().ok(),
            _ => None,
        }
    }
}

/// A way through events.
struct Walk<'a> {
    server: &'a Server,
    who: &'a Who,
    /// Items that may still be looked at.
    items: usize,
    /// Events that may still be made.
    events: usize,
    /// The last event, or item, that was looked at.
    at: Option<At>,
}

impl<'a> Walk<'a> {
    fn new(server: &'a Server, who: &'a Who, behind: Option<At>) -> Walk<'a> {
        Walk { server, who, items: MAX_SCAN, events: MAX_MADE, at: behind }
    }

    /// Goes on until `show` has enough, or enough was looked at; true when the end was reached.
    fn run(&mut self, source: &Source, mut show: impl FnMut(At, Value) -> bool) -> Result<bool, Failure> {
        if let Some((item, behind)) = self.at
            && behind < u64::MAX
            && source.holds(&item)
            && !self.item(item, behind, &mut show)?
        {
            return Ok(false);
        }
        loop {
            let items = source.behind(self.server, self.at.map(|(item, _)| item))?;
            for item in &items {
                if self.items == 0 || self.events == 0 {
                    return Ok(false);
                }
                self.items -= 1;
                if !self.item(*item, 0, &mut show)? {
                    return Ok(false);
                }
            }
            if items.len() < STRIDE {
                return Ok(true);
            }
        }
    }

    /// Shows the events of an item behind one; true when all were shown. An event is told with the record that it leads
    /// to, so that the history is gone through from its beginning.
    fn item(&mut self, id: ItemId, behind: u64, show: &mut impl FnMut(At, Value) -> bool) -> Result<bool, Failure> {
        if let Some(record) = self.server.visible_item(self.who, &id)?.filter(|record| record.count > behind) {
            let class: Option<ClassRecord> = self.server.record(&StateKey::Class(record.class))?;
            let lookup = Lookup { server: self.server, failed: RefCell::default() };
            let mut before: Option<ItemRecord> = None;
            while let Some(events) = self.more(&id, before.as_ref())? {
                for event in &events {
                    let after = apply(&self.server.handle.network, before.as_ref(), event)
                        .map_err(|error| Failure::fault("follow the history of an item", error))?;
                    if event.n > behind {
                        if self.events == 0 {
                            return Ok(false);
                        }
                        self.events -= 1;
                        let told = Told { event, after: &after, class: class.as_ref(), known: &lookup };
                        let value = export::event(&told);
                        if let Some(failure) = lookup.failed.take() {
                            return Err(failure);
                        }
                        let at = (id, event.n);
                        self.at = Some(at);
                        if !show(at, value) {
                            return Ok(false);
                        }
                    }
                    before = Some(after);
                }
            }
        }
        self.at = Some((id, u64::MAX));
        Ok(true)
    }

    /// The next events of an item; none behind the last.
    fn more(&self, id: &ItemId, before: Option<&ItemRecord>) -> Result<Option<Vec<ledger::Event>>, Failure> {
        let from = before.map_or(0, |record| record.count).saturating_add(1);
        let events = self.server.events(id, from, EVENT_STRIDE)?;
        Ok(Some(events).filter(|events| !events.is_empty()))
    }
}

impl Server {
    /// A page of the events that a query asks for, and the token of the next.
    pub(super) fn told(&self, who: &Who, query: &Query) -> Result<(Vec<Value>, Option<String>), Failure> {
        let limit = u32::try_from(query.per_page()).ok();
        // How many events of an ordered answer were given before, and the last of them.
        let window: Window<(u64, At)> = page::window(List::EpcisEvents, limit, query.next_page_token())?;
        let source = match query.scope() {
            Scope::All => Source::All,
            Scope::Carriers(codes) => Source::These(self.carrying(&codes, false)?),
            Scope::CarriersAndContents(codes) => Source::These(self.carrying(&codes, true)?),
        };
        if query.asks_for_all() {
            return self.ordered(who, query, &source, window);
        }
        let mut walk = Walk::new(self, who, window.after.map(|(_, at)| at));
        let mut events = Vec::new();
        let is_end = walk.run(&source, |_, event| {
            if query.matches(&event) {
                events.push(event);
            }
            events.len() < window.limit
        })?;
        let next = walk.at.filter(|_| !is_end).map(|at| page::cursor(List::EpcisEvents, (0u64, at)));
        Ok((events, next))
    }

    /// The same of a query that orders or counts: all its events are found before the first is told.
    fn ordered(
        &self,
        who: &Who,
        query: &Query,
        source: &Source,
        window: Window<(u64, At)>,
    ) -> Result<(Vec<Value>, Option<String>), Failure> {
        let mut walk = Walk::new(self, who, None);
        let mut all: Vec<(At, Value)> = Vec::new();
        let is_end = walk.run(source, |at, event| {
            if query.matches(&event) {
                all.push((at, event));
            }
            all.len() <= MAX_ORDERED
        })?;
        if let Some(most) = query.max_event_count().filter(|most| all.len() > *most) {
            return Err(Failure::new(code::RESULT_TOO_LARGE).with("max", most.to_string()));
        }
        if !is_end {
            return Err(Failure::new(code::RESULT_TOO_WIDE)
                .with("events", MAX_ORDERED.to_string())
                .with("items", MAX_SCAN.to_string()));
        }
        all.sort_by(|(at, one), (other_at, other)| query.compare(one, other).then_with(|| at.cmp(other_at)));
        let start = match window.after {
            None => 0,
            Some((_, last)) => {
                let place = all.iter().position(|(at, _)| *at == last);
                place.ok_or_else(|| Failure::new(code::PAGE_GONE))?.saturating_add(1)
            }
        };
        let given = window.after.map_or(0, |(given, _)| usize::try_from(given).unwrap_or(usize::MAX));
        let wanted = query.event_count_limit().unwrap_or(usize::MAX);
        let room = wanted.saturating_sub(given).min(window.limit);
        let mut rest = all.into_iter().skip(start);
        let page: Vec<(At, Value)> = rest.by_ref().take(room).collect();
        let given = given.saturating_add(page.len());
        let is_last = given >= wanted || rest.next().is_none();
        let last = page.last().map(|(at, _)| *at).filter(|_| !is_last);
        let given = u64::try_from(given).unwrap_or(u64::MAX);
        let next = last.map(|at| page::cursor(List::EpcisEvents, (given, at)));
        Ok((page.into_iter().map(|(_, event)| event).collect(), next))
    }

    /// The items that carry one of some codes; on request also those that their events are linked to, which are all that
    /// was ever packed into one that is a unit.
    fn carrying(&self, codes: &[ItemCode], with_contents: bool) -> Result<BTreeSet<ItemId>, Failure> {
        let mut found = BTreeSet::new();
        for code in codes {
            let record: Option<CodeRecord> = self.record(&StateKey::Code(code_hash(code)))?;
            let mut next = record.map(|record| record.latest);
            while let Some(id) = next {
                let Some(item): Option<ItemRecord> = self.record(&StateKey::Item(id))? else { break };
                next = item.previous;
                found.insert(id);
                if with_contents && matches!(item.code, ItemCode::Unit { .. }) {
                    self.linked(&id, &mut found)?;
                }
                if found.len() > MAX_SCAN {
                    return Err(Failure::new(code::RESULT_TOO_WIDE)
                        .with("events", MAX_ORDERED.to_string())
                        .with("items", MAX_SCAN.to_string()));
                }
            }
        }
        Ok(found)
    }

    fn linked(&self, unit: &ItemId, found: &mut BTreeSet<ItemId>) -> Result<(), Failure> {
        let mut from = 1;
        loop {
            let events = self.events(unit, from, EVENT_STRIDE)?;
            let Some(last) = events.last() else { return Ok(()) };
            from = last.n.saturating_add(1);
            found.extend(events.iter().flat_map(|event| &event.links).map(|link| link.item));
        }
    }

    /// One event, if the caller may see its item.
    pub(super) fn event_at(&self, who: &Who, (item, n): At) -> Result<Option<Value>, Failure> {
        let mut walk = Walk::new(self, who, None);
        let mut found = None;
        walk.item(item, n.saturating_sub(1), &mut |at: At, event| {
            found = (at.1 == n).then_some(event);
            false
        })?;
        Ok(found)
    }

    /// Names that events hold, behind a place.
    pub(super) fn names(
        &self,
        who: &Who,
        held: Held,
        window: Window<At>,
    ) -> Result<(BTreeSet<String>, Option<At>), Failure> {
        let mut walk = Walk::new(self, who, window.after);
        let mut names = BTreeSet::new();
        let is_end = walk.run(&Source::All, |_, event| {
            names.extend(query::held(&event, held));
            names.len() < window.limit
        })?;
        Ok((names, walk.at.filter(|_| !is_end)))
    }

    /// Whether an item that the caller may see carries the code that a URI names.
    pub(super) fn carries(&self, who: &Who, uri: &str) -> Result<bool, Failure> {
        let Some(code) = query::code(uri) else { return Ok(false) };
        for item in self.carrying(&[code], false)? {
            if self.visible_item(who, &item)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
