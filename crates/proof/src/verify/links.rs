//! Links of an event to other items: exactly those that its effect and its transaction call for.

use crate::{parts::Tx, problem::Problem};
use ledger::{Effect, Event, ItemId, NetworkId, Operation, event::Link, operation::EntryList};
use std::collections::BTreeSet;

/// Checks the links of an event that has a transaction.
pub(super) fn check(network: &NetworkId, event: &Event, tx: &Tx) -> Result<(), Problem> {
    match distinct(event) && called_for(network, event, tx) {
        true => Ok(()),
        false => Err(Problem::EventLinks { n: event.n }),
    }
}

/// None to the item itself, none twice, and none to an item that has no event.
fn distinct(event: &Event) -> bool {
    let mut seen = BTreeSet::from([event.item]);
    event.links.iter().all(|link| link.count > 0 && seen.insert(link.item))
}

/// Children are linked to their parents, parents to their children, what is packed to its unit, and a unit to what went
/// in or out, or to the one thing inside by which a hold concerns it.
fn called_for(network: &NetworkId, event: &Event, tx: &Tx) -> bool {
    let links = event.links.as_slice();
    match (&event.effect, &tx.body.operation) {
        (Effect::Registered { .. }, Operation::Derive { kind: _, inputs, list: _ }) => {
            links.iter().map(|link| link.item).eq(inputs.iter().map(|input| input.item))
        }
        (Effect::Derived { .. }, Operation::Derive { kind: _, inputs: _, list }) => {
            let child = |index| ItemId::of(network, &tx.id, index);
            let is_born = |(index, link): (u32, &Link)| link.count == 1 && link.item == child(index);
            as_many(links, list) && (0u32..).zip(links).all(is_born)
        }
        (Effect::Packed { .. }, Operation::Pack { unit, .. })
        | (Effect::Unpacked { .. }, Operation::Unpack { unit, .. }) => matches!(links, [link] if link.item == *unit),
        (Effect::Filled { .. }, Operation::Pack { list, .. } | Operation::Unpack { list, .. }) => as_many(links, list),
        (Effect::Filled { .. }, Operation::PlaceHold { .. } | Operation::LiftHold { .. }) => links.len() == 1,
        // Whatever else there is, or will be, calls for none.
        _ => links.is_empty(),
    }
}

fn as_many(links: &[Link], list: &EntryList) -> bool {
    u32::try_from(links.len()) == Ok(list.count)
}
