//! What a verdict says of the item's record, and of other items: of the units around it, of what it was made of, and of
//! what was made of it.

use crate::{
    parts::{ORIGIN, Parts},
    problem::Problem,
    readable,
    time::rfc3339,
    verdict::RelatedItem,
};
use ledger::{Effect, ItemId, ItemRecord, record::Hold};

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

/// What the record of an item says, and those of the units around it, from the inside out: of a bundle as of a card.
pub(crate) fn item(item: &ItemRecord, units: &[(ItemId, &ItemRecord)], say: &mut dyn FnMut(&'static str, String)) {
    if let Some(packed) = &item.container {
        say("packed-in", format!("packed in unit {}: the custodian is that of the outermost unit", packed.unit));
    }
    for (id, unit) in units {
        for Hold { placed, reason, .. } in &unit.holds {
            say("unit-held", format!("packed in unit {id}, which is held since its event {placed}: {reason}"));
        }
    }
    for (id, unit) in units {
        if let Some(until) = unit.offer.as_ref().map(|offer| rfc3339(offer.expires)) {
            say("unit-offered", format!("packed in unit {id}, of which an offer waits for its answer until {until}"));
        }
    }
    if item.marks.research_only {
        say("research-only", "for research only: no other use is allowed, nor of what is made of it".into());
    }
    for Hold { placed, reason, .. } in &item.holds {
        say("held", format!("held since event {placed}: {reason}"));
    }
    if let Some(until) = item.offer.as_ref().map(|offer| rfc3339(offer.expires)) {
        say("offer-pending", format!("an offer waits for its answer until {until}"));
    }
}

/// Of how many other items this one was made, if it was.
fn made_of(parts: &Parts) -> Option<usize> {
    let event = &parts.main.steps.first()?.event;
    matches!(event.effect, Effect::Registered { origin: Some(_), .. }).then_some(event.links.len())
}
