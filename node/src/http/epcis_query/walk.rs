//! Which events are told: those of items that the caller may see, item after item, in order, as EPCIS says them.
//!
//! A page reads so many records, makes so many events, and no more; what is missing follows behind its token. A token is a
//! place in this order and the height of the first page: later pages tell of nothing newer, so that together they are the
//! answer of that height, and neither lose nor repeat an event.

use crate::http::{
    Server,
    failure::{Failure, code},
    reads::{ItemList, MAX_READS, STRIDE},
    sight::{EVENT_STRIDE, Seen, Sight},
    token::Bound,
};
use epcis::{
    Value,
    export::{self, Known, Told},
    query::{self, Held, Query, Scope},
};
use gs1::{Gln, ItemCode};
use ledger::{
    ItemId, ItemRecord, OrgId, OrgRecord, StateKey,
    event::apply,
    record::{ClassRecord, CodeRecord},
    state::code_hash,
};
use std::{
    cell::RefCell,
    collections::BTreeSet,
    ops::Bound::{Excluded, Unbounded},
};

/// Records, events and members of lists that are read to find the items that carry the codes of a query. Where it does not
/// suffice, all items are gone through.
const MAX_FINDING: usize = 5_000;
/// Events that are made for one page: each is written out, hashed and compared.
const MAX_MADE: usize = 2_000;
/// Events that are put in order for one answer.
const MAX_ORDERED: usize = 1_000;
/// The scheme of organisations that have a GLN.
const GLN: &str = "gln";

/// Behind an event of an item; behind all of them where the number is the greatest.
pub(super) type At = (ItemId, u64);

/// Where an answer goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// The last height of which it tells.
    as_of: u64,
    /// Events of an ordered answer that were given before.
    given: u64,
    /// The last event, or item, that was looked at or told.
    at: At,
}

/// Where events are looked for. The order is the same in both.
enum Source {
    /// In all items.
    All,
    /// In these.
    These(BTreeSet<ItemId>),
}

impl Source {
    /// The shortest that holds all events of a query.
    fn of(sight: &Sight<'_>, query: &Query) -> Result<Source, Failure> {
        let found = match query.scope() {
            Scope::All => None,
            Scope::Carriers(codes) => carrying(sight, &codes, false)?,
            Scope::CarriersAndContents(codes) => carrying(sight, &codes, true)?,
        };
        Ok(found.map_or(Source::All, Source::These))
    }

    fn holds(&self, item: &ItemId) -> bool {
        match self {
            Source::All => true,
            Source::These(items) => items.contains(item),
        }
    }

    /// Items behind one, at most [`STRIDE`].
    fn behind(&self, sight: &Sight<'_>, after: Option<ItemId>) -> Result<Vec<ItemId>, Failure> {
        match self {
            Source::All => sight.items(&ItemList::All, after, STRIDE),
            Source::These(items) => {
                Ok(items.range((after.map_or(Unbounded, Excluded), Unbounded)).take(STRIDE).copied().collect())
            }
        }
    }
}

/// The items that carry one of some codes; on request also those that their events are linked to, which are all that was
/// ever packed into one that is a unit. None where that takes too much.
fn carrying(sight: &Sight<'_>, codes: &[ItemCode], with_contents: bool) -> Result<Option<BTreeSet<ItemId>>, Failure> {
    let mut found = BTreeSet::new();
    for code in codes {
        let record: Option<CodeRecord> = sight.record(&StateKey::Code(code_hash(code)))?;
        let mut next = record.map(|record| record.latest);
        while let Some(id) = next {
            if sight.reads() >= MAX_FINDING || found.len() >= MAX_FINDING {
                return Ok(None);
            }
            let Some(item): Option<ItemRecord> = sight.record(&StateKey::Item(id))? else { break };
            next = item.previous;
            found.insert(id);
            // A unit that is hidden is named by its code nowhere.
            if with_contents
                && matches!(item.code, ItemCode::Unit { .. })
                && let Some(unit) = sight.seen(id, item)?
                && !contents(sight, &unit, &mut found)?
            {
                return Ok(None);
            }
        }
    }
    Ok(Some(found))
}

/// Adds what was ever packed into a unit; false where that takes too much.
fn contents(sight: &Sight<'_>, unit: &Seen, found: &mut BTreeSet<ItemId>) -> Result<bool, Failure> {
    let mut from = 1;
    loop {
        let events = sight.history(unit, from, EVENT_STRIDE)?;
        let Some(last) = events.last() else { return Ok(true) };
        from = last.n.saturating_add(1);
        found.extend(events.iter().flat_map(|event| &event.links).map(|link| link.item));
        if sight.reads() >= MAX_FINDING || found.len() >= MAX_FINDING {
            return Ok(false);
        }
    }
}

/// What an event names and does not tell, from the last state, as far as the caller may know it: codes and identifiers
/// never change.
struct Lookup<'a> {
    sight: &'a Sight<'a>,
    failed: RefCell<Option<Failure>>,
}

impl Lookup<'_> {
    fn found<T>(&self, read: Result<Option<T>, Failure>) -> Option<T> {
        read.unwrap_or_else(|failure| {
            *self.failed.borrow_mut() = Some(failure);
            None
        })
    }
}

impl Known for Lookup<'_> {
    fn code(&self, item: &ItemId) -> Option<ItemCode> {
        self.found(self.sight.code_of(item))
    }

    fn gln(&self, org: &OrgId) -> Option<Gln> {
        let org: Option<OrgRecord> = self.found(self.sight.record(&StateKey::Org(*org)));
        let identifier = org?.profile.identifier;
        match identifier.scheme.as_str() {
            GLN => identifier.value.as_str().parse().ok(),
            _ => None,
        }
    }
}

/// A way through events.
struct Walk<'a> {
    server: &'a Server,
    sight: &'a Sight<'a>,
    /// Nothing newer is told.
    as_of: u64,
    /// What may be read in all, once the first step is made.
    until: Option<usize>,
    /// Events that may still be made.
    events: usize,
    /// The last event, or item, that was looked at.
    at: Option<At>,
}

impl<'a> Walk<'a> {
    fn new(server: &'a Server, sight: &'a Sight<'a>, as_of: u64, behind: Option<At>) -> Walk<'a> {
        Walk { server, sight, as_of, until: None, events: MAX_MADE, at: behind }
    }

    /// Whether enough was read or made. The first step is always made, whatever it takes: every page gets on.
    fn is_spent(&self) -> bool {
        self.until.is_some_and(|until| self.events == 0 || self.sight.reads() >= until)
    }

    fn step_to(&mut self, at: At) {
        self.at = Some(at);
        self.until = self.until.or(Some(self.sight.reads().saturating_add(MAX_READS)));
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
            let items = source.behind(self.sight, self.at.map(|(item, _)| item))?;
            for item in &items {
                if self.is_spent() || !self.item(*item, 0, &mut show)? {
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
        if let Some(seen) = self.sight.item(&id)?.filter(|seen| seen.record().count > behind) {
            let class: Option<ClassRecord> = self.sight.record(&StateKey::Class(seen.record().class))?;
            let mut before: Option<ItemRecord> = None;
            'history: loop {
                let from = before.as_ref().map_or(0, |record| record.count).saturating_add(1);
                let events = self.sight.history(&seen, from, EVENT_STRIDE)?;
                for event in &events {
                    if event.at.height > self.as_of {
                        break 'history;
                    }
                    let after = apply(&self.server.handle.network, before.as_ref(), event)
                        .map_err(|error| Failure::fault("follow the history of an item", error))?;
                    if event.n > behind {
                        if self.is_spent() {
                            return Ok(false);
                        }
                        self.events -= 1;
                        let value = told(self.sight, event, &after, class.as_ref())?;
                        let at = (id, event.n);
                        self.step_to(at);
                        if !show(at, value) {
                            return Ok(false);
                        }
                    }
                    before = Some(after);
                }
                if events.len() < EVENT_STRIDE {
                    break;
                }
            }
        }
        self.step_to((id, u64::MAX));
        Ok(true)
    }
}

/// An event as EPCIS says it to this caller.
fn told(
    sight: &Sight<'_>,
    event: &ledger::Event,
    after: &ItemRecord,
    class: Option<&ClassRecord>,
) -> Result<Value, Failure> {
    let lookup = Lookup { sight, failed: RefCell::default() };
    let value = export::event(&Told { event, after, class, known: &lookup });
    lookup.failed.into_inner().map_or(Ok(value), Err)
}

impl Server {
    /// Where a request goes on: the place of its token, or the beginning as of now.
    fn place(&self, bound: &Bound, query: &Query) -> Result<(u64, Option<Place>), Failure> {
        match query.next_page_token() {
            Some(token) => {
                let (as_of, given, at) = self.tokens.open(bound, token)?;
                Ok((as_of, Some(Place { as_of, given, at })))
            }
            None => Ok((self.stamp().height, None)),
        }
    }

    /// The token of a place.
    fn token(&self, bound: &Bound, Place { as_of, given, at }: Place) -> Result<String, Failure> {
        self.tokens.seal(bound, &(as_of, given, at))
    }

    /// A page of the events that a query asks for, and the token of the next.
    pub(in crate::http) fn told(
        &self,
        sight: &Sight<'_>,
        bound: &Bound,
        query: &Query,
    ) -> Result<(Vec<Value>, Option<String>), Failure> {
        let (as_of, place) = self.place(bound, query)?;
        let source = Source::of(sight, query)?;
        if query.asks_for_all() {
            let (events, next) = self.ordered(Walk::new(self, sight, as_of, None), query, &source, place)?;
            return Ok((events, next.map(|place| self.token(bound, place)).transpose()?));
        }
        let mut walk = Walk::new(self, sight, as_of, place.map(|place| place.at));
        let mut events = Vec::new();
        let is_end = walk.run(&source, |_, event| {
            if query.matches(&event) {
                events.push(event);
            }
            events.len() < query.per_page()
        })?;
        Ok((events, self.next(bound, as_of, walk.at.filter(|_| !is_end))?))
    }

    fn next(&self, bound: &Bound, as_of: u64, at: Option<At>) -> Result<Option<String>, Failure> {
        at.map(|at| self.token(bound, Place { as_of, given: 0, at })).transpose()
    }

    /// The same of a query that orders or counts: all its events are found before the first is told.
    fn ordered(
        &self,
        mut walk: Walk<'_>,
        query: &Query,
        source: &Source,
        place: Option<Place>,
    ) -> Result<(Vec<Value>, Option<Place>), Failure> {
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
                .with("reads", MAX_READS.to_string()));
        }
        all.sort_by(|(at, one), (other_at, other)| query.compare(one, other).then_with(|| at.cmp(other_at)));
        let start = match place {
            None => 0,
            Some(Place { at: last, .. }) => {
                let found = all.iter().position(|(at, _)| *at == last);
                found.ok_or_else(|| Failure::new(code::PAGE_GONE))?.saturating_add(1)
            }
        };
        let given = place.map_or(0, |place| usize::try_from(place.given).unwrap_or(usize::MAX));
        let wanted = query.event_count_limit().unwrap_or(usize::MAX);
        let room = wanted.saturating_sub(given).min(query.per_page());
        let mut rest = all.into_iter().skip(start);
        let page: Vec<(At, Value)> = rest.by_ref().take(room).collect();
        let given = given.saturating_add(page.len());
        let is_last = given >= wanted || rest.next().is_none();
        let last = page.last().map(|(at, _)| *at).filter(|_| !is_last);
        let given = u64::try_from(given).unwrap_or(u64::MAX);
        let next = last.map(|at| Place { as_of: walk.as_of, given, at });
        Ok((page.into_iter().map(|(_, event)| event).collect(), next))
    }

    /// One event, if the caller may see its item.
    pub(super) fn event_at(&self, sight: &Sight<'_>, (item, n): At) -> Result<Option<Value>, Failure> {
        let mut walk = Walk::new(self, sight, u64::MAX, None);
        let mut found = None;
        walk.item(item, n.saturating_sub(1), &mut |at: At, event| {
            found = (at.1 == n).then_some(event);
            false
        })?;
        Ok(found)
    }

    /// Names that events hold, and the token of the next page. What has no name but its identity, as a unit that is
    /// hidden from the caller, is not among them.
    pub(in crate::http) fn names(
        &self,
        sight: &Sight<'_>,
        held: Held,
        bound: &Bound,
        query: &Query,
    ) -> Result<(BTreeSet<String>, Option<String>), Failure> {
        let (as_of, place) = self.place(bound, query)?;
        let mut walk = Walk::new(self, sight, as_of, place.map(|place| place.at));
        let mut names = BTreeSet::new();
        let is_end = walk.run(&Source::All, |_, event| {
            let has_name = |name: &String| held != Held::Epcs || query::code(name).is_some();
            names.extend(query::held(&event, held).into_iter().filter(has_name));
            names.len() < query.per_page()
        })?;
        Ok((names, self.next(bound, as_of, walk.at.filter(|_| !is_end))?))
    }
}
