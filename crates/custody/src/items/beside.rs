//! What an act finds beside its item.

use super::Court;
use crate::{Judged, allowed, lookup, overlay::Overlay};
use ledger::{
    ItemRecord, Operation, Rejection, StateRead,
    event::Receiver,
    judge::Beside,
    operation::{Note, Registry, Subject, Telemetry, Usage},
};

/// Reads it.
pub(super) fn of<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    record: &ItemRecord,
    usage: Option<Usage>,
) -> Judged<Beside> {
    let mut beside = Beside { usage, ..Beside::default() };
    match &court.act.tx.body.operation {
        Operation::Offer { terms } | Operation::Handover { terms } => {
            // An offer to nobody could never be answered, and would open a feed that nobody owns.
            match overlay.org(&terms.receiver)? {
                Some(org) => beside.receiver = Receiver::of(org.profile.kind),
                None => return Ok(Err(Rejection::OrgUnknown { org: terms.receiver })),
            }
        }
        Operation::Accept { .. } => {
            if let Some(org) = overlay.org(&court.authority.principal)? {
                beside.receiver = Receiver::of(org.profile.kind);
            }
        }
        Operation::Declare { .. } => beside.research_only = allowed!(cleared_by_list(overlay, court, record)?),
        Operation::Note { list: _, note } => beside.excursion = excursion(overlay, court, record, note)?,
        _ => {}
    }
    Ok(Ok(beside))
}

/// Whether the R&D white list, and nothing else, clears the goods (R22): then they are for research only.
fn cleared_by_list<S: StateRead>(overlay: &mut Overlay<'_, S>, court: &Court<'_>, record: &ItemRecord) -> Judged<bool> {
    let Some(class) = overlay.class(&record.class)? else {
        return Ok(Err(Rejection::ClassUnknown));
    };
    if !needs_clearance(court, &class) || has_clearance(overlay, record)? {
        return Ok(Ok(false));
    }
    let subject = Subject::OrgClass(court.authority.principal, record.class);
    Ok(Ok(lookup::in_force(overlay, Registry::WhiteList, &subject, 0)?.is_some()))
}

/// Whether an HS code of the class is one that needs a clearance proof (R25).
pub(super) fn needs_clearance(court: &Court<'_>, class: &ledger::record::ClassRecord) -> bool {
    let prefixes = &court.pack.pack.scope.clearance_hs;
    class.hs_in_force().any(|hs| prefixes.iter().any(|prefix| hs.digits().starts_with(prefix.as_str())))
}

/// Whether the permit of an item stands on a clearance proof (R25).
pub(super) fn has_clearance<S: StateRead>(
    overlay: &Overlay<'_, S>,
    record: &ItemRecord,
) -> Result<bool, ledger::state::ReadError> {
    let Some(grant) = record.grant else { return Ok(false) };
    let Some(permit) = overlay.grant(&grant)? else { return Ok(false) };
    for on in &permit.application.on {
        if overlay.grant(on)?.is_some_and(|g| g.application.kind == ledger::operation::GrantKind::Clearance) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether readings are beyond the limits of the class's category.
fn excursion<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    record: &ItemRecord,
    note: &Note,
) -> Result<bool, ledger::state::ReadError> {
    let Note::Telemetry { kind: Telemetry::Temperature, min, max, .. } = note else {
        return Ok(false);
    };
    let category = overlay.class(&record.class)?.map(|class| class.category);
    let limits = court.pack.pack.temperatures.iter().find(|row| Some(row.category) == category);
    Ok(limits.is_some_and(|row| *min < row.min || *max > row.max))
}
