//! Logistic units: items that hold items (SSCC, General Specifications 3.3.1).
//!
//! Packing writes one event on each item and one on the unit; a handover of the unit is one event, whatever it holds. Only
//! the outermost unit is packed into and out of, so that no offer of a pallet hides what changed in a box on it.

use super::{Court, Plan, effect, hands, item_of, link, step};
use crate::{Judged, allowed, overlay::Overlay};
use ledger::{
    Cause, Effect, ItemId, ItemRecord, Lifecycle, Rejection, StateRead,
    bounds::{MAX_DEPTH, MAX_IN_UNIT},
    event::Link,
    judge::Beside,
    record::{Inside, OrgKind, Packed},
    state::ReadError,
};
use std::collections::BTreeSet;

fn items(court: &Court<'_>) -> Vec<ItemId> {
    court.act.tx.entries.iter().filter_map(|entry| item_of(&entry.body)).map(|(item, _)| item).collect()
}

/// The unit, which the signer holds and which is in no other.
fn unit_of<S: StateRead>(overlay: &mut Overlay<'_, S>, court: &Court<'_>, unit: ItemId) -> Judged<ItemRecord> {
    let Some(record) = overlay.item(&unit)? else {
        return Ok(Err(Rejection::ItemUnknown { item: unit }));
    };
    if record.inside.is_none() {
        return Ok(Err(Rejection::NotUnit { item: unit }));
    }
    if record.custodian != court.authority.principal {
        return Ok(Err(Rejection::NotCustodian { item: unit, custodian: record.custodian }));
    }
    match record.container {
        Some(packed) => Ok(Err(Rejection::Packed { item: unit, unit: packed.unit })),
        None => Ok(Ok(record)),
    }
}

pub(super) fn plan_packing<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    plan: &mut Plan,
    unit: ItemId,
) -> Judged<()> {
    let record = allowed!(unit_of(overlay, court, unit)?);
    let mut more = Inside::default();
    let mut seen = BTreeSet::from([unit]);
    for (index, item) in (0u32..).zip(items(court)) {
        if !seen.insert(item) {
            return Ok(Err(Rejection::EntryRepeated { index }));
        }
        let Some(before) = overlay.item(&item)? else {
            return Ok(Err(Rejection::ItemUnknown { item }));
        };
        let level = allowed!(hands::level(overlay, court, &before)?);
        let beside = Beside { packed: Some(Packed { unit, level }), ..Beside::default() };
        let change = allowed!(effect(overlay, court, &item, &before, &beside));
        if let Some(offer) = before.offer.as_ref().filter(|offer| offer.expires > overlay.at.time) {
            let (receiver, expires) = (offer.receiver, offer.expires);
            return Ok(Err(Rejection::OfferPending { item, receiver, expires }));
        }
        let weight = before.weight(level);
        more = allowed!(more.plus(&weight).ok_or(Rejection::UnitFull { unit }));
        let cause = Cause::Tx { id: court.act.id, index };
        let links = vec![link(unit, &record)];
        plan.items.push(allowed!(step(overlay, court, item, Some(before), change, (cause, Vec::new(), links))));
    }
    let within = record.inside.unwrap_or_default();
    let after = allowed!(within.plus(&more).ok_or(Rejection::UnitFull { unit }));
    if after.items > MAX_IN_UNIT {
        return Ok(Err(Rejection::UnitFull { unit }));
    }
    if usize::from(after.depth) >= MAX_DEPTH {
        return Ok(Err(Rejection::UnitTooDeep { unit }));
    }
    fill(overlay, court, plan, (unit, record), more)
}

pub(super) fn plan_unpacking<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    plan: &mut Plan,
    unit: ItemId,
) -> Judged<()> {
    let record = allowed!(unit_of(overlay, court, unit)?);
    let mut less = Inside::default();
    let mut seen = BTreeSet::new();
    for (index, item) in (0u32..).zip(items(court)) {
        if !seen.insert(item) {
            return Ok(Err(Rejection::EntryRepeated { index }));
        }
        let Some(before) = overlay.item(&item)? else {
            return Ok(Err(Rejection::ItemUnknown { item }));
        };
        let abroad = overlay.org(&record.custodian)?.is_some_and(|org| org.profile.kind == OrgKind::Partner);
        let state = comes_out(before.state, record.state, abroad);
        let unpacked = Some((record.custodian, state, record.place));
        let beside = Beside { unpacked, ..Beside::default() };
        let change = allowed!(effect(overlay, court, &item, &before, &beside));
        let level = before.container.map_or(0, |packed| packed.level);
        less = allowed!(less.plus(&before.weight(level)).ok_or(Rejection::NotPacked { item }));
        let cause = Cause::Tx { id: court.act.id, index };
        let links = vec![link(unit, &record)];
        plan.items.push(allowed!(step(overlay, court, item, Some(before), change, (cause, Vec::new(), links))));
    }
    fill(overlay, court, plan, (unit, record), less)
}

/// Goods stand where their unit stood: what left the country in it and comes out with a partner is received abroad.
fn comes_out(item: Lifecycle, unit: Lifecycle, abroad: bool) -> Lifecycle {
    match (item, unit) {
        (Lifecycle::Exited, Lifecycle::Stored) if abroad => Lifecycle::ReceivedAbroad,
        (Lifecycle::Exited, _) => Lifecycle::Exited,
        (Lifecycle::Released | Lifecycle::Stored | Lifecycle::InUse | Lifecycle::InTransit, unit) => unit,
        (item, _) => item,
    }
}

/// The event of the unit, linked to what went in or came out as it is now.
fn fill<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    plan: &mut Plan,
    (unit, record): (ItemId, ItemRecord),
    inside: Inside,
) -> Judged<()> {
    let beside = Beside { inside, ..Beside::default() };
    let change = allowed!(effect(overlay, court, &unit, &record, &beside));
    let links: Vec<Link> = plan.items.iter().map(|planned| link(planned.event.item, &planned.after)).collect();
    let cause = Cause::Tx { id: court.act.id, index: 0 };
    plan.items.push(allowed!(step(overlay, court, unit, Some(record), change, (cause, Vec::new(), links))));
    Ok(Ok(()))
}

/// A hold on a packed item blocks every unit around it (R28): each gets an event that says so, and one when it is lifted.
pub(super) fn tell_units<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    plan: &mut Plan,
    cause: Cause,
) -> Result<(), ReadError> {
    let Some(last) = plan.items.last() else { return Ok(()) };
    let more = match last.event.effect {
        Effect::HoldPlaced { .. } => true,
        Effect::HoldLifted { .. } => false,
        _ => return Ok(()),
    };
    let mut links = vec![link(last.event.item, &last.after)];
    let mut container = last.after.container;
    for _ in 0..MAX_DEPTH {
        let Some(packed) = container else { break };
        let Some(unit) = overlay.item(&packed.unit)? else { break };
        container = unit.container;
        let effect = Effect::Filled { more, by: Inside { held: 1, ..Inside::default() } };
        // What was counted in can be counted out; a unit that disagrees is left as it is.
        let Ok(planned) = step(overlay, court, packed.unit, Some(unit), effect, (cause, Vec::new(), links.clone()))
        else {
            break;
        };
        links = vec![link(packed.unit, &planned.after)];
        plan.items.push(planned);
    }
    Ok(())
}
