//! Who may receive what (R4, R14, R18, R19), and what an unanswered offer becomes.

use super::{Court, Plan};
use crate::{Judged, allowed, grants, lookup, overlay::Overlay};
use ledger::{
    Effect, ItemId, ItemRecord, Lifecycle, OrgId, Rejection, StateRead, Text,
    event::{Ground, Receiver},
    operation::{GrantKind, Registry, Subject},
    record::{AlertKind, AlertSubject, Due, OrgKind},
};

pub(super) fn conditions<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    plan: &mut Plan,
    item: ItemId,
    before: &ItemRecord,
    effect: &Effect,
) -> Judged<Vec<Ground>> {
    match effect {
        Effect::Offered { offer } => receiver(overlay, court, before, offer.receiver, offer.premises),
        Effect::Moved { to, place, .. } => {
            let grounds = allowed!(receiver(overlay, court, before, *to, *place)?);
            allowed!(received(overlay, plan, item, before, &grounds)?);
            Ok(Ok(grounds))
        }
        _ => Ok(Ok(Vec::new())),
    }
}

/// What a partner receives from abroad counts on its filing from then on, for the reports to come (R15).
fn received<S: StateRead>(
    overlay: &Overlay<'_, S>,
    plan: &mut Plan,
    item: ItemId,
    before: &ItemRecord,
    grounds: &[Ground],
) -> Judged<()> {
    if before.state != Lifecycle::Exited {
        return Ok(Ok(()));
    }
    for ground in grounds {
        let Ground::Grant(id) = ground else { continue };
        let mut filing = allowed!(plan.grant(overlay, *id)?);
        let Ok(abroad) = filing.abroad.checked_add(before.on_hand) else {
            return Ok(Err(Rejection::UnitMismatch { item }));
        };
        filing.abroad = abroad;
        plan.grants.insert(*id, filing);
    }
    Ok(Ok(()))
}

/// An offer that waits is due at its expiry, and no more once it is answered, replaced or voided by another act.
pub(super) fn offers(court: &Court<'_>, plan: &mut Plan) {
    if court.pack.pack.alert(AlertKind::AcceptanceOverdue).is_none() {
        return;
    }
    for planned in &plan.items {
        let item = planned.event.item;
        let before = planned.before.as_ref().and_then(|record| record.offer.as_ref());
        let after = planned.after.offer.as_ref();
        if before == after {
            continue;
        }
        if let Some(offer) = before {
            plan.dues.push((offer.expires, Due::Offer(item), false));
            plan.settled.push((AlertKind::AcceptanceOverdue, AlertSubject::Item(item)));
        }
        plan.dues.extend(after.map(|offer| (offer.expires, Due::Offer(item), true)));
    }
}

/// Whether an organisation may receive an item.
fn receiver<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    before: &ItemRecord,
    org: OrgId,
    premises: Option<gs1::Gln>,
) -> Judged<Vec<Ground>> {
    let Some(record) = overlay.org(&org)? else {
        return Ok(Err(Rejection::OrgUnknown { org }));
    };
    if record.banned(overlay.at.time).is_some() {
        return Ok(Err(Rejection::OrgBanned { org }));
    }
    let mut grounds = Vec::new();
    match Receiver::of(record.profile.kind) {
        Receiver::Carrier | Receiver::Disposer => {}
        Receiver::Partner => grounds.extend(allowed!(partner(overlay, court, before, org)?)),
        Receiver::Holder if record.profile.kind == OrgKind::Enterprise || premises.is_some() => {
            let needed = allowed!(level(overlay, court, before)?);
            grounds.extend(allowed!(lookup::premises(overlay, court.pack, org, premises, needed)?));
        }
        Receiver::Holder => {}
    }
    Ok(Ok(grounds))
}

/// The level of premises that an item, or what a unit holds, asks for.
pub(super) fn level<S: StateRead>(overlay: &mut Overlay<'_, S>, court: &Court<'_>, record: &ItemRecord) -> Judged<u8> {
    if let Some(inside) = &record.inside {
        return Ok(Ok(inside.level()));
    }
    let Some(class) = overlay.class(&record.class)? else {
        return Ok(Err(Rejection::ClassUnknown));
    };
    let grade = allowed!(lookup::grade(overlay, court.pack, &record.class, &class)?);
    Ok(Ok(grade.premises))
}

/// A partner receives human genetic resources only while it is listed, and under its own filing (R14, R19).
fn partner<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    before: &ItemRecord,
    org: OrgId,
) -> Judged<Vec<Ground>> {
    let hgr = before.marks.hgr || before.inside.is_some_and(|inside| inside.hgr > 0);
    if !hgr || court.pack.pack.registry(Registry::Tri).is_none() {
        return Ok(Ok(Vec::new()));
    }
    // What a unit holds was filed lot by lot: it is unpacked first.
    if before.inside.is_some() {
        return Ok(Err(Rejection::FilingMissing));
    }
    let mut grounds = Vec::new();
    match lookup::in_force(overlay, Registry::Tri, &Subject::Org(org), 0)? {
        Some(found) => grounds.push(found.ground),
        None => {
            let subject = Text::new(org.0.short()).unwrap_or_default();
            return Ok(Err(Rejection::NotListed { registry: Registry::Tri, subject }));
        }
    }
    if let Some(permit) = before.grant {
        let permit = allowed!(grants::read(overlay, permit)?);
        for on in &permit.application.on {
            let filing = allowed!(grants::read(overlay, *on)?);
            if filing.application.kind == GrantKind::HgrFiling {
                if filing.application.counterpart != Some(org) {
                    return Ok(Err(Rejection::FilingMissing));
                }
                grounds.push(Ground::Grant(*on));
            }
        }
    }
    Ok(Ok(grounds))
}
