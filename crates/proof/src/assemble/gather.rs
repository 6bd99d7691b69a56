//! Which histories a bundle holds, and how far each is open: a work list from the item to all that it rests on.
//!
//! What `verify` asks for is told in `docs/formats/bundle.md`, "Related histories"; this asks for the same.

use super::{AssembleError, Records, Source};
use crate::{
    bounds::{MAX_EVENTS, MAX_RELATED},
    json::Blob,
};
use ledger::{Effect, Event, ItemId, ItemRecord, StateKey, codec, state::MAX_RECORD_BYTES};
use std::collections::{BTreeMap, VecDeque, btree_map::Entry};

/// An item with all of its events, so many of which are open.
pub(super) struct Gathered {
    pub(super) bytes: Blob,
    pub(super) record: ItemRecord,
    pub(super) events: Vec<Event>,
    pub(super) open: usize,
    /// Whether what it rests on is asked for too.
    followed: bool,
    /// Events whose links have been looked at.
    seen: usize,
}

impl Gathered {
    /// What those of the open events ask for that were not looked at before, and the unit around it asks for.
    fn asks(&mut self, children: bool) -> Vec<(ItemId, Asked)> {
        let mut asked = Vec::new();
        for event in self.events.iter().take(self.open).skip(self.seen) {
            // A link to nothing asks for nothing: it is found with the act.
            let links = event.links.iter().filter(|link| link.count > 0);
            match &event.effect {
                Effect::Registered { origin: Some(_), .. } | Effect::Packed { .. } | Effect::Unpacked { .. } => {
                    asked.extend(links.map(|link| (link.item, Asked::Until(link.count.saturating_add(1)))));
                }
                Effect::Derived { .. } if children => asked.extend(links.map(|link| (link.item, Asked::Birth))),
                _ => {}
            }
        }
        self.seen = self.open;
        if self.open == self.events.len() {
            asked.extend(self.record.container.iter().map(|packed| (packed.unit, Asked::Whole)));
        }
        asked
    }
}

/// How much of another history is asked for.
enum Asked {
    /// So many events, and what it rests on.
    Until(u64),
    /// All events, and what it rests on.
    Whole,
    /// That it came about.
    Birth,
}

/// The item's own history, open to its end, and the others, by identity.
pub(super) fn gather<S: Source>(
    records: &mut Records<'_, S>,
    item: &ItemId,
    children: bool,
) -> Result<(Gathered, BTreeMap<ItemId, Gathered>), AssembleError<S::Error>> {
    let mut main = find(records, item)?.ok_or(AssembleError::ItemUnknown(*item))?;
    (main.open, main.followed) = (main.events.len(), true);
    let mut pool = Pool { records, others: BTreeMap::new(), queue: VecDeque::new(), open: main.open };
    pool.fits()?;
    let asked = main.asks(children);
    pool.take(item, asked)?;
    while let Some(id) = pool.queue.pop_front() {
        let Some(mut one) = pool.others.remove(&id) else { continue };
        let asked = one.asks(false);
        pool.others.insert(id, one);
        pool.take(item, asked)?;
    }
    Ok((main, pool.others))
}

fn find<S: Source>(records: &mut Records<'_, S>, item: &ItemId) -> Result<Option<Gathered>, AssembleError<S::Error>> {
    let Some(bytes) = records.find(&StateKey::Item(*item))? else { return Ok(None) };
    let record: ItemRecord = codec::decode(&bytes, MAX_RECORD_BYTES)?;
    super::within("events of one item", usize::try_from(record.count).unwrap_or(usize::MAX), MAX_EVENTS)?;
    let events = records.source.events(item).map_err(AssembleError::Source)?;
    Ok(Some(Gathered { bytes, record, events, open: 0, followed: false, seen: 0 }))
}

/// What was gathered so far, and whose links are to be looked at.
struct Pool<'a, 'b, S> {
    records: &'a mut Records<'b, S>,
    others: BTreeMap<ItemId, Gathered>,
    queue: VecDeque<ItemId>,
    /// Open events of all histories.
    open: usize,
}

impl<S: Source> Pool<'_, '_, S> {
    /// Opens what is asked for; `item` is open to its end as it is.
    fn take(&mut self, item: &ItemId, asked: Vec<(ItemId, Asked)>) -> Result<(), AssembleError<S::Error>> {
        for (id, asked) in asked {
            if id == *item {
                continue;
            }
            let lost = || AssembleError::Missing { what: "item", id: id.to_string() };
            let one = match self.others.entry(id) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => entry.insert(find(self.records, &id)?.ok_or_else(lost)?),
            };
            let (events, follow) = match asked {
                Asked::Until(events) => (usize::try_from(events).unwrap_or(usize::MAX), true),
                Asked::Whole => (one.events.len(), true),
                Asked::Birth => (1, false),
            };
            if events > one.events.len() {
                return Err(AssembleError::Missing { what: "event of item", id: id.to_string() });
            }
            let more = events.saturating_sub(one.open);
            one.open = one.open.max(events);
            if (follow && !one.followed) || (one.followed && more > 0) {
                one.followed = true;
                self.queue.push_back(id);
            }
            self.open = self.open.saturating_add(more);
            self.fits()?;
        }
        Ok(())
    }

    fn fits(&self) -> Result<(), AssembleError<S::Error>> {
        super::within("events", self.open, MAX_EVENTS)?;
        super::within("histories of other items", self.others.len(), MAX_RELATED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anchor::Certified;
    use ledger::{SignedTx, TxId, tree::StateProof};

    /// Nothing is asked of it.
    struct Nothing;

    impl Source for Nothing {
        type Error = ();

        fn certified(&self) -> Result<Certified, ()> {
            Err(())
        }
        fn validator_chain(&self) -> Result<Vec<Certified>, ()> {
            Err(())
        }
        fn prove(&self, _: &StateKey) -> Result<(Option<Vec<u8>>, StateProof), ()> {
            Err(())
        }
        fn events(&self, _: &ItemId) -> Result<Vec<Event>, ()> {
            Err(())
        }
        fn tx(&self, _: &TxId) -> Result<Option<SignedTx>, ()> {
            Err(())
        }
    }

    #[test]
    fn as_many_events_fit_as_the_bound_says() {
        let fits = |open: usize| {
            let mut records = Records { source: &Nothing, proofs: Vec::new() };
            Pool { records: &mut records, others: BTreeMap::new(), queue: VecDeque::new(), open }.fits()
        };
        assert_eq!(fits(MAX_EVENTS), Ok(()));
        assert_eq!(fits(MAX_EVENTS + 1), Err(AssembleError::TooLarge { what: "events", limit: MAX_EVENTS }));
    }
}
