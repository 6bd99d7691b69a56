//! What a verdict says of other items: of the units around the item, of what it was made of, and of what was made of it.

use crate::{
    parts::{ORIGIN, Parts},
    problem::Problem,
    readable,
    verdict::RelatedItem,
};
use ledger::Effect;

/// The related items, in the order of the file.
pub(super) fn related(parts: &Parts) -> Result<Vec<RelatedItem>, Problem> {
    let mut told = Vec::with_capacity(parts.related.len());
    for (history, tie) in parts.related.iter().zip(parts.ties()) {
        let item = &history.item.value;
        let holder = parts.holder(item);
        told.push(RelatedItem {
            item: item.code.digital_link(),
            item_id: history.id().to_string(),
            r#as: tie,
            custodian: holder.map(|holder| holder.to_string()),
            custodian_name: holder.map(|holder| readable::name(parts, &holder)).transpose()?,
            state: item.state.name(),
            on_hand: item.on_hand.to_string(),
            held: !item.holds.is_empty(),
            events: history.open(),
            count: item.count,
        });
    }
    Ok(told)
}

/// Of what the item was made, and what is held of that.
pub(super) fn origins(parts: &Parts, say: &mut dyn FnMut(&'static str, String)) {
    match made_of(parts) {
        None => {}
        Some(1) => say("derived", "made out of 1 other item; its history up to then is in this file".into()),
        Some(n) => {
            say("derived", format!("made out of {n} other items; their histories up to then are in this file"));
        }
    }
    for (history, _) in parts.related.iter().zip(parts.ties()).filter(|(_, tie)| *tie == ORIGIN) {
        for hold in &history.item.value.holds {
            let (item, placed, reason) = (history.id(), hold.placed, &hold.reason);
            say("origin-held", format!("made of item {item}, which is held since its event {placed}: {reason}"));
        }
    }
}

/// In which units the item is packed, and which of them is held.
pub(super) fn units(parts: &Parts, say: &mut dyn FnMut(&'static str, String)) {
    let item = &parts.main.item.value;
    if let Some(packed) = &item.container {
        say("packed-in", format!("packed in unit {}: the custodian is that of the outermost unit", packed.unit));
    }
    let (units, _) = parts.units_around(item);
    for unit in units {
        for hold in &unit.item.value.holds {
            let (id, placed, reason) = (unit.id(), hold.placed, &hold.reason);
            say("unit-held", format!("packed in unit {id}, which is held since its event {placed}: {reason}"));
        }
    }
}

/// Of how many other items this one was made, if it was.
fn made_of(parts: &Parts) -> Option<usize> {
    let event = &parts.main.steps.first()?.event;
    matches!(event.effect, Effect::Registered { origin: Some(_), .. }).then_some(event.links.len())
}
