//! Other histories: exactly those that the item's own rests on are here, each as far as it matters, and the links between
//! them lead where they say.
//!
//! An item that was made of others rests on what these were until then, and so on; what was packed rests on the unit it was
//! in for as long as it was in there, for the unit tells who held it. Histories that others rest on are *followed*. Those of
//! items that were made out of this one stand here only where the bundle says so, and are not followed.

use super::{Fault, history::Replayed};
use crate::{
    parts::{EventTx, History, Parts},
    problem::Problem,
};
use ledger::{
    Cause, Effect, Event, ItemId, ItemRecord, Operation,
    event::Link,
    judge,
    operation::{DeriveKind, Input},
    record::Marks,
};
use std::collections::VecDeque;

/// What a link makes of the other item.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tie {
    /// What the item was made of.
    Origin,
    /// The unit that it was packed into, or out of.
    Unit,
    /// What was made out of it.
    Child,
}

/// How much of a history others rest on.
#[derive(Clone, Copy, Default)]
struct Asked {
    /// Events that must be open; none: nothing rests on it.
    open: u64,
    /// Whether its own links are followed.
    followed: bool,
}

/// Checks that no history is missing that a link of an open event calls for: before the proof of the records, so that
/// whoever left one out hears that it is missing, and not that the proof is another. Nothing is proved yet.
pub(super) fn present(parts: &Parts) -> Result<(), Fault> {
    let mut seen = vec![false; parts.related.len().saturating_add(1)];
    let mut queue = VecDeque::from([0]);
    while let Some(position) = queue.pop_front() {
        let Some(history) = parts.at(position) else { continue };
        for event in history.steps.iter().map(|step| &step.event) {
            let Some(tie) = tie(event, position == 0 && parts.children) else { continue };
            for link in event.links.iter().filter(|link| link.count > 0) {
                let Some(other) = parts.position(&link.item) else {
                    return Err(Fault::from(Problem::Incomplete { n: 1, count: link.count }).of(Some(link.item)));
                };
                if let Some(seen) = seen.get_mut(other).filter(|seen| tie != Tie::Child && !**seen) {
                    *seen = true;
                    queue.push_back(other);
                }
            }
        }
    }
    Ok(())
}

/// Checks that the related histories are those that are needed, open as far as they are needed, and that links hold.
///
/// All histories have been replayed. `replayed`: in the order of [`Parts::histories`].
pub(super) fn check(parts: &Parts, replayed: &[Replayed]) -> Result<(), Fault> {
    let mut asked = vec![Asked::default(); replayed.len()];
    if let Some(main) = asked.first_mut() {
        *main = Asked { open: parts.main.open(), followed: true };
    }
    let mut walk = Walk { parts, replayed, asked, queue: VecDeque::from([0]) };
    while let Some(position) = walk.queue.pop_front() {
        walk.follow(position)?;
    }
    for (history, asked) in parts.histories().zip(&walk.asked).skip(1) {
        let id = history.id();
        let problem = match asked.open {
            0 => Problem::Surplus { what: "history", id: id.to_string() },
            open if open < history.open() => Problem::EventOrder { n: open.saturating_add(1) },
            _ => continue,
        };
        return Err(Fault::from(problem).of(Some(id)));
    }
    Ok(())
}

/// From history to history, each once, in the order in which they are first asked for.
struct Walk<'a> {
    parts: &'a Parts,
    replayed: &'a [Replayed],
    asked: Vec<Asked>,
    queue: VecDeque<usize>,
}

impl<'a> Walk<'a> {
    /// Asks for what the open events of a history rest on, and where it is open to its end, for the unit around it.
    fn follow(&mut self, position: usize) -> Result<(), Fault> {
        let parts = self.parts;
        let Some(history) = parts.at(position) else { return Ok(()) };
        for step in &history.steps {
            let event = &step.event;
            let Some(tie) = tie(event, position == 0 && parts.children) else { continue };
            for (index, link) in (0u32..).zip(&event.links) {
                // A link to nothing is found with the act.
                if link.count == 0 {
                    continue;
                }
                let open = match tie {
                    Tie::Child => 1,
                    Tie::Origin | Tie::Unit => link.count.saturating_add(1),
                };
                let other = self.ask(&link.item, open, tie != Tie::Child)?;
                if !self.holds(tie, event, index, link, other) {
                    return Err(Fault::from(Problem::LinkBroken { n: event.n }).of(parts.other(history)));
                }
            }
        }
        match &history.item.value.container {
            Some(packed) if history.later.is_empty() => self.ask_whole(&packed.unit),
            Some(_) | None => Ok(()),
        }
    }

    /// Asks for a history that is open so far; gives its position.
    fn ask(&mut self, item: &ItemId, open: u64, follow: bool) -> Result<usize, Fault> {
        let Some((position, history)) = self.find(item) else {
            return Err(Fault::from(Problem::Incomplete { n: 1, count: open }).of(Some(*item)));
        };
        if history.open() < open {
            let n = history.open().saturating_add(1);
            let problem = Problem::Incomplete { n, count: history.item.value.count.max(open) };
            return Err(Fault::from(problem).of(self.parts.other(history)));
        }
        if let Some(asked) = self.asked.get_mut(position) {
            asked.open = asked.open.max(open);
            if follow && !asked.followed {
                asked.followed = true;
                self.queue.push_back(position);
            }
        }
        Ok(position)
    }

    /// Asks for a history that is open to its end.
    fn ask_whole(&mut self, item: &ItemId) -> Result<(), Fault> {
        let whole = self.find(item).map_or(1, |(_, history)| history.item.value.count);
        self.ask(item, whole, true).map(drop)
    }

    fn find(&self, item: &ItemId) -> Option<(usize, &'a History)> {
        let position = self.parts.position(item)?;
        Some((position, self.parts.at(position)?))
    }

    /// Whether a link leads to the other item as it was, and the very transaction did there what belongs to it.
    fn holds(&self, tie: Tie, event: &Event, index: u32, link: &Link, other: usize) -> bool {
        let (Some(history), Some(replayed)) = (self.parts.at(other), self.replayed.get(other)) else { return false };
        // Event n stands at position n - 1. A child is linked with its first event, all others with the one before.
        let place = match tie {
            Tie::Child => link.count.checked_sub(1).filter(|place| *place == 0),
            Tie::Origin | Tie::Unit => Some(link.count),
        };
        let place = place.and_then(|place| usize::try_from(place).ok());
        let Some(step) = place.and_then(|place| history.steps.get(place)) else { return false };
        let (Cause::Tx { id, index: _ }, Cause::Tx { id: its, index: at }) = (event.cause, step.event.cause) else {
            return false;
        };
        let belongs = match (tie, &step.event.effect) {
            (Tie::Origin, Effect::Derived { .. }) | (Tie::Unit, Effect::Filled { .. }) => true,
            (Tie::Child, Effect::Registered { .. }) => at == index,
            _ => false,
        };
        belongs && id == its && replayed.head_after(link.count) == Some(link.head)
    }
}

/// What the links of an event make of the other items; none where the event rests on nothing of theirs. A unit is what it
/// is whatever is in it, and what went into a manufacture is not changed by what came out.
fn tie(event: &Event, children: bool) -> Option<Tie> {
    match &event.effect {
        Effect::Registered { origin: Some(_), .. } => Some(Tie::Origin),
        Effect::Packed { .. } | Effect::Unpacked { .. } => Some(Tie::Unit),
        Effect::Derived { .. } if children => Some(Tie::Child),
        _ => None,
    }
}

/// Checks that a derivation made what went into it: of what a split or merge made, no item is more than that, and a single
/// one is all of it; children that are all here are that together; and what sticks to the parents sticks to the child.
///
/// All acts have been checked.
pub(super) fn balances(parts: &Parts, replayed: &[Replayed]) -> Result<(), Fault> {
    let unbalanced = |n| Fault::from(Problem::DerivationUnbalanced { n });
    for history in parts.histories() {
        if let Some(made) = history.steps.first().and_then(Derivation::of)
            && matches!(made.event.effect, Effect::Registered { .. })
            && !(made.is_of_quantity() && made.inherits(parts, replayed, history)?)
        {
            return Err(unbalanced(made.event.n).of(parts.other(history)));
        }
    }
    if !parts.children {
        return Ok(());
    }
    for step in &parts.main.steps {
        if let Some(parted) = Derivation::of(step)
            && matches!(parted.event.effect, Effect::Derived { .. })
            && !parted.all_came_out(parts)
        {
            return Err(unbalanced(parted.event.n));
        }
    }
    Ok(())
}

/// An event by a derivation, with what went into that and how many items came out.
struct Derivation<'a> {
    event: &'a Event,
    kind: DeriveKind,
    inputs: &'a [Input],
    made: u32,
}

impl<'a> Derivation<'a> {
    fn of(step: &'a EventTx) -> Option<Derivation<'a>> {
        match &step.tx.as_ref()?.body.operation {
            Operation::Derive { kind, inputs, list } => {
                Some(Derivation { event: &step.event, kind: *kind, inputs, made: list.count })
            }
            _ => None,
        }
    }

    /// Whether as much was registered as can have come out.
    fn is_of_quantity(&self) -> bool {
        if self.kind == DeriveKind::Manufacture {
            return true;
        }
        match (&self.event.effect, judge::went_in(self.inputs)) {
            (Effect::Registered { quantity, .. }, Some(went_in)) => match self.made {
                1 => *quantity == went_in,
                _ => quantity.unit() == went_in.unit() && quantity.amount() <= went_in.amount(),
            },
            _ => false,
        }
    }

    /// Whether all children, whose histories are all here, are together what went in.
    fn all_came_out(&self, parts: &Parts) -> bool {
        if self.kind == DeriveKind::Manufacture {
            return true;
        }
        let registered = |link: &Link| Some(parts.at(parts.position(&link.item)?)?.item.value.registered);
        let mut children = self.event.links.iter().map(registered);
        let first = children.next().flatten();
        let made = first.and_then(|first| children.try_fold(first, |sum, quantity| sum.checked_add(quantity?).ok()));
        made.is_some() && made == judge::went_in(self.inputs)
    }

    /// Whether what was made has of its parents, as they were before it, what sticks to it; by a split or merge they are
    /// of its class, code and unit, and under its permit. Of a child of this item not all parents need be here: then
    /// nothing is asked.
    fn inherits(&self, parts: &Parts, replayed: &[Replayed], history: &History) -> Result<bool, Problem> {
        let before = |link: &Link| replayed.get(parts.position(&link.item)?)?.before_next(link.count);
        let mut parents = Vec::with_capacity(self.inputs.len());
        for link in &self.event.links {
            match before(link) {
                Some(parent) => parents.push(parent),
                None => return Ok(true),
            }
        }
        let Effect::Registered { class, code, quantity, marks, place, grant, .. } = &self.event.effect else {
            return Ok(true);
        };
        let of_class = Marks { hgr: parts.class_of(&history.item.value)?.hgr, research_only: false };
        let from = judge::inherited(self.kind, &parents);
        let sticks = (from.marks.and(of_class), from.place, from.grant) == (*marks, *place, *grant);
        let alike = |parent: &&ItemRecord| {
            (parent.class, &parent.code, parent.grant) == (*class, code, *grant)
                && parent.on_hand.unit() == quantity.unit()
        };
        Ok(sticks && (self.kind == DeriveKind::Manufacture || parents.iter().all(alike)))
    }
}
