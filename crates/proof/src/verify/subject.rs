//! What a transaction says of the item: by an entry of its list, or by its body.

use crate::{
    parts::{Parts, Tx, has_entry},
    problem::Problem,
};
use ledger::{
    Cause, Effect, Event, ItemId, Operation,
    bounds::{MAX_ENTRIES, MAX_INPUTS, MAX_LINKS},
    list,
    operation::{DeriveKind, EntryBody, EntryList, Input, Registration, Usage},
    passage::Passage,
};
use std::collections::BTreeSet;

/// What a transaction says of the item of an event.
pub(super) enum Said<'a> {
    /// How it enters the ledger.
    Registration(&'a Registration),
    /// What was done with it in a quarter.
    Usage(&'a Usage),
    /// What it was in another network, which has closed it.
    Passage(&'a Passage),
    /// That it is about it.
    Named,
    /// That it is about something inside it, at whatever depth: a hold, of which every unit around is told.
    Inside,
}

/// Finds it. Errors: [`Problem::TxEntry`] for an entry that is missing, too many, or not in the list that was signed;
/// [`Problem::TxSubject`] for another item.
pub(super) fn of<'a>(parts: &Parts, event: &Event, tx: &'a Tx) -> Result<Said<'a>, Problem> {
    let n = event.n;
    let index = match event.cause {
        Cause::Tx { id: _, index } => index,
        Cause::Genesis => return Err(Problem::TxPresence { n }),
    };
    let operation = &tx.body.operation;
    if !bounded(operation) {
        return Err(Problem::TxEntry { n });
    }
    match has_entry(operation, &event.item) {
        true => listed(parts, event, tx, index),
        false => named(parts, event, tx, index),
    }
}

/// Lists are as long as `SignedTx::check_shape` allows; the other entries are not here.
fn bounded(operation: &Operation) -> bool {
    let most = match operation {
        Operation::Derive { kind, inputs, list } if !derives(*kind, inputs, list) => return false,
        Operation::Derive { .. } | Operation::Pack { .. } | Operation::Unpack { .. } => MAX_LINKS,
        _ => MAX_ENTRIES,
    };
    let fits = |count: u32| count >= 1 && usize::try_from(count).is_ok_and(|count| count <= most);
    operation.list().is_none_or(|list| fits(list.count))
}

/// As many inputs as a derivation can have, each item once, and as many become as many as its kind says.
fn derives(kind: DeriveKind, inputs: &[Input], list: &EntryList) -> bool {
    let mut seen = BTreeSet::new();
    (1..=MAX_INPUTS).contains(&inputs.len())
        && inputs.iter().all(|input| seen.insert(input.item))
        && usize::try_from(list.count).is_ok_and(|made| kind.joins(inputs.len(), made))
}

/// The entry of the item.
fn listed<'a>(parts: &Parts, event: &Event, tx: &'a Tx, index: u32) -> Result<Said<'a>, Problem> {
    let (n, operation) = (event.n, &tx.body.operation);
    let (Some(list), Some(open)) = (operation.list(), &tx.entry) else {
        return Err(Problem::TxEntry { n });
    };
    let stands = open.index == index
        && list::verify(&list.root, u64::from(list.count), u64::from(index), &open.entry.hash(), &open.path);
    if !stands {
        return Err(Problem::TxEntry { n });
    }
    let body = &open.entry.body;
    let (of, said) = match body {
        EntryBody::Registration(registration) => {
            (ItemId::of(&parts.anchor.header().network, &tx.id, index), Said::Registration(registration))
        }
        EntryBody::Item(item) => (*item, Said::Named),
        EntryBody::Usage(usage) => (usage.item, Said::Usage(usage)),
    };
    match of == event.item && operation.takes(body) {
        true => Ok(said),
        false => Err(Problem::TxSubject { n }),
    }
}

/// The item as the body names it, and nothing from a list.
fn named<'a>(parts: &Parts, event: &Event, tx: &'a Tx, index: u32) -> Result<Said<'a>, Problem> {
    let (n, item, operation) = (event.n, event.item, &tx.body.operation);
    let place = match operation {
        Operation::Derive { kind: _, inputs, list: _ } => inputs.iter().position(|input| input.item == item),
        _ => Some(0),
    };
    if tx.entry.is_some() || place.and_then(|place| u32::try_from(place).ok()) != Some(index) {
        return Err(Problem::TxEntry { n });
    }
    match (operation, operation.subject()) {
        (Operation::Derive { .. } | Operation::Pack { .. } | Operation::Unpack { .. }, _) => Ok(Said::Named),
        (Operation::Land { passage }, _) if ItemId::of(&parts.anchor.header().network, &tx.id, index) == item => {
            Ok(Said::Passage(passage))
        }
        (_, Some((of, _))) if of == item => Ok(Said::Named),
        (Operation::PlaceHold { .. } | Operation::LiftHold { .. }, Some(_))
            if matches!(event.effect, Effect::Filled { .. }) =>
        {
            Ok(Said::Inside)
        }
        _ => Err(Problem::TxSubject { n }),
    }
}
