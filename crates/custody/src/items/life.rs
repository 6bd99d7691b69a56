//! Storage, notes, losses, holds, and the report of a quarter.

use super::{Court, Plan, hands};
use crate::{Judged, allowed, duties, grants, lookup, overlay::Overlay, seats};
use ledger::{
    Effect, ItemId, ItemRecord, Operation, OrgId, Rejection, Role, StateRead, Text,
    event::Ground,
    judge,
    operation::{GrantKind, Note},
    policy::{KindTag, SignerNeed, Who},
    record::{AlertKind, DutyKind, GrantRecord, GrantState, OrgKind},
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
        Effect::Stored { premises, quarantine: _ } => {
            let needed = allowed!(hands::level(overlay, court, before)?);
            let ground = allowed!(lookup::premises(overlay, court.pack, before.custodian, Some(*premises), needed)?);
            Ok(Ok(ground.into_iter().collect()))
        }
        Effect::Lost { .. } => {
            plan.alert(AlertKind::Loss, item, &[before.custodian]);
            Ok(Ok(Vec::new()))
        }
        Effect::HoldPlaced { .. } => {
            let custodian = effective_custodian(overlay, before)?;
            plan.alert(AlertKind::Hold, item, &[custodian]);
            Ok(Ok(Vec::new()))
        }
        Effect::HoldLifted { .. } => {
            if before.holds.len() == 1 {
                plan.settled.push((AlertKind::Hold, ledger::record::AlertSubject::Item(item)));
            }
            Ok(Ok(Vec::new()))
        }
        Effect::Disposed { .. } => disposer(court),
        Effect::Noted { note, excursion } => noted(overlay, court, plan, item, before, (note, *excursion)),
        _ => Ok(Ok(Vec::new())),
    }
}

/// Where a pack has disposers sign a disposal, one takes part: it signs, or it holds the goods itself (Art. 35).
fn disposer(court: &Court<'_>) -> Judged<Vec<Ground>> {
    let act = ledger::Act::Dispose;
    let asked = |need: &SignerNeed| need.who == Who::Kind(KindTag::Disposer);
    let rows = court.pack.pack.row(act).map(|row| row.any.as_slice()).unwrap_or_default();
    let signs = court.signers.iter().any(|s| s.org.profile.kind == OrgKind::Disposer);
    match rows.iter().flatten().any(asked) && !signs {
        true => Ok(Err(Rejection::SignersWrong { act })),
        false => Ok(Ok(Vec::new())),
    }
}

/// A note is the custodian's word, or a listed expert's.
fn noted<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    plan: &mut Plan,
    item: ItemId,
    before: &ItemRecord,
    (note, excursion): (&Note, bool),
) -> Judged<Vec<Ground>> {
    let mut grounds = Vec::new();
    let custodian = effective_custodian(overlay, before)?;
    let by_custodian = court.signers.iter().any(|s| s.slot.role == Role::Custodian);
    if by_custodian && court.authority.principal != custodian {
        return Ok(Err(Rejection::NotCustodian { item, custodian }));
    }
    if let Some(expert) = court.signers.iter().find(|s| s.slot.role == Role::Expert) {
        grounds.extend(allowed!(lookup::expert(overlay, court.pack, expert.key.person)?));
    }
    allowed!(judge::check_note(note, &item, before, overlay.at));
    match note {
        Note::SelfCheck { counted, report: _ } if counted.amount() != before.on_hand.amount() => {
            plan.alert(AlertKind::Balance, item, &[custodian]);
        }
        Note::SelfCheck { .. } | Note::Telemetry { .. } | Note::Expert { .. } | Note::Document { .. } => {}
    }
    if excursion {
        plan.alert(AlertKind::Excursion, item, &[custodian]);
    }
    Ok(Ok(grounds))
}

/// Who holds an item: its unit's custodian while it is packed, resolved through the units around it.
pub(crate) fn effective_custodian<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    record: &ItemRecord,
) -> Result<OrgId, ledger::state::ReadError> {
    let mut custodian = record.custodian;
    let mut container = record.container;
    for _ in 0..ledger::bounds::MAX_DEPTH {
        let Some(packed) = container else { break };
        let Some(unit) = overlay.item(&packed.unit)? else { break };
        custodian = unit.custodian;
        container = unit.container;
    }
    Ok(custodian)
}

/// A hold is lifted by all that placed it, or by a quorum of the agencies.
pub(super) fn lifted_by_enough<S: StateRead>(overlay: &Overlay<'_, S>, court: &Court<'_>, plan: &Plan) -> Judged<()> {
    let Operation::LiftHold { item, placed } = &court.act.tx.body.operation else {
        return Ok(Ok(()));
    };
    let before = plan.items.iter().find(|p| p.event.item == *item).and_then(|p| p.before.as_ref());
    let Some(hold) = before.and_then(|b| b.holds.iter().find(|h| h.placed == *placed)) else {
        return Ok(Ok(()));
    };
    let orgs = &court.authority.orgs;
    if hold.by.iter().all(|org| orgs.contains(org)) {
        return Ok(Ok(()));
    }
    seats::is_quorum(overlay, &orgs.iter().copied().collect())
}

/// The report of a quarter: both parties, all items of the filing, and nothing that does not add up (R15).
pub(super) fn plan_report<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    plan: &mut Plan,
) -> Judged<()> {
    let Operation::Report { filing, year, quarter, last, .. } = &court.act.tx.body.operation else {
        return Ok(Ok(()));
    };
    let mut grant = allowed!(grants::read(overlay, *filing)?);
    let partner = grant.application.counterpart;
    if grant.application.kind != GrantKind::HgrFiling {
        return Ok(Err(Rejection::FilingMissing));
    }
    if partner != Some(court.authority.principal) {
        return Ok(Err(Rejection::NotDebtor { org: court.authority.principal }));
    }
    if court.authority.counterpart != Some(grant.holder) {
        return Ok(Err(Rejection::NotDebtor { org: court.authority.counterpart.unwrap_or_default() }));
    }
    if grant.state != GrantState::Granted {
        return Ok(Err(Rejection::GrantStateForbids { grant: *filing, state: grant.state }));
    }
    allowed!(quarter_fits(overlay, court, (*filing, &grant), (*year, *quarter), *last));
    let (mut gone, mut left) = (0u64, 0u64);
    for planned in &plan.items {
        let (before, item) = (planned.before.as_ref(), planned.event.item);
        if before.is_some_and(|b| Some(b.custodian) != partner) {
            let custodian = before.map(|b| b.custodian).unwrap_or_default();
            return Ok(Err(Rejection::NotCustodian { item, custodian }));
        }
        allowed!(of_filing(overlay, before, *filing)?);
        if let Effect::Reported { used, disposed, last: _ } = &planned.event.effect {
            gone = gone.saturating_add(used.amount()).saturating_add(disposed.amount());
            left = left.saturating_add(planned.after.on_hand.amount());
        }
    }
    let abroad = grant.abroad.amount().saturating_sub(gone);
    if left != abroad || (*last && left > 0) {
        return Ok(Err(Rejection::ReportDiffers { left: abroad, stated: left }));
    }
    grant.abroad = gs1::Quantity::new(abroad, grant.abroad.unit()).unwrap_or(grant.abroad);
    if *last {
        grant.state = GrantState::Closed;
    }
    allowed!(duties::reported(
        overlay,
        court.act,
        &grant,
        DutyKind::Quarterly { filing: *filing, year: *year, quarter: *quarter }
    )?);
    plan.grants.insert(*filing, grant);
    Ok(Ok(()))
}

/// A quarter is reported on when it is over, or what was used of it later could never be told; while it runs, by the last
/// report alone, which leaves nothing. Of quarters before the filing there is nothing to tell (R15).
fn quarter_fits<S: StateRead>(
    overlay: &Overlay<'_, S>,
    court: &Court<'_>,
    (filing, grant): (ledger::GrantId, &GrantRecord),
    (year, quarter): (u16, u8),
    last: bool,
) -> Result<(), Rejection> {
    let calendar = &court.pack.pack.calendar;
    let now = calendar.quarter(overlay.at.time);
    if (year, quarter) > now || ((year, quarter) == now && !last) {
        return Err(Rejection::QuarterOpen { year, quarter, until: calendar.quarter_end(year, quarter) });
    }
    match grant.valid {
        Some((from, _)) if (year, quarter) < calendar.quarter(from) => {
            Err(Rejection::QuarterBefore { filing, year, quarter })
        }
        Some(_) | None => Ok(()),
    }
}

fn of_filing<S: StateRead>(
    overlay: &Overlay<'_, S>,
    record: Option<&ItemRecord>,
    filing: ledger::GrantId,
) -> Judged<()> {
    let permit = match record.and_then(|r| r.grant) {
        Some(permit) => allowed!(grants::read(overlay, permit)?),
        None => return Ok(Err(Rejection::FilingMissing)),
    };
    match permit.application.on.contains(&filing) {
        true => Ok(Ok(())),
        false => Ok(Err(Rejection::GrantDiffers { grant: filing, what: Text::new("filing").unwrap_or_default() })),
    }
}
