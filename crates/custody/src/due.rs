//! What becomes due: at the start of each block, in the order of its time, at most [`MAX_DUES`] of it.
//!
//! Nothing is legal or illegal because something fired or did not: rules judge by dates and records. A backlog makes an
//! alert late and nothing else.

use crate::{alert, duties, execute::Pack, lookup::plus_days, overlay::Overlay};
use ledger::{
    OrgId, StateKey, StateRead, Timestamp,
    bounds::{CASCADE_STEP, MAX_DUES},
    operation::{Registry, Subject},
    record::{
        AlertKind, AlertSubject, Due, DutyRecord, EntryRecord, GrantRecord, GrantState, ProposalRecord, ProposalState,
    },
    state::ReadError,
};

/// Fires what is due at the time of the block.
pub(crate) fn fire<S: StateRead>(overlay: &mut Overlay<'_, S>, pack: &Pack) -> Result<(), ReadError> {
    for (at, id) in overlay.state().due(overlay.at.time, MAX_DUES)? {
        let key = StateKey::Due { at, id };
        let due: Option<Due> = overlay.record(&key)?;
        overlay.remove(key);
        if let Some(due) = due {
            one(overlay, pack, at, due)?;
        }
    }
    Ok(())
}

fn one<S: StateRead>(overlay: &mut Overlay<'_, S>, pack: &Pack, at: Timestamp, due: Due) -> Result<(), ReadError> {
    let now = overlay.at.time;
    match due {
        Due::Offer(item) => {
            let Some(record) = overlay.item(&item)? else { return Ok(()) };
            match record.offer {
                Some(offer) if offer.expires <= now => {
                    let orgs = [record.custodian, offer.receiver];
                    alert::raise(overlay, pack, AlertKind::AcceptanceOverdue, AlertSubject::Item(item), &orgs)
                }
                Some(_) | None => Ok(()),
            }
        }
        Due::Decision(grant) => {
            let waits = |g: &GrantRecord| g.state == GrantState::Applied && g.due.is_some_and(|due| due <= now);
            match overlay.grant(&grant)?.filter(waits) {
                Some(g) => {
                    alert::raise(overlay, pack, AlertKind::DecisionOverdue, AlertSubject::Grant(grant), &[g.holder])
                }
                None => Ok(()),
            }
        }
        Due::GrantEnding(grant) => match overlay.grant(&grant)?.filter(|g| g.state == GrantState::Granted) {
            Some(g) => alert::raise(overlay, pack, AlertKind::PermitEnding, AlertSubject::Grant(grant), &[g.holder]),
            None => Ok(()),
        },
        Due::EntryEnding(place, n) => {
            let entry: Option<EntryRecord> = overlay.record(&StateKey::Entry { place, n })?;
            match entry.filter(|entry| entry.end.is_none()) {
                Some(entry) => {
                    let orgs: Vec<OrgId> = of_subject(&entry.entry.subject).into_iter().collect();
                    alert::raise(overlay, pack, AlertKind::EntryEnding, AlertSubject::Entry(place, n), &orgs)
                }
                None => Ok(()),
            }
        }
        Due::Duty(duty) => {
            let record: Option<DutyRecord> = overlay.record(&StateKey::Duty(duty))?;
            let Some(record) = record.filter(|duty| duty.done.is_none()) else { return Ok(()) };
            for debtor in record.debtors.iter().copied().filter(|debtor| record.owes(debtor)) {
                let subject = AlertSubject::Duty(duty, debtor);
                alert::raise(overlay, pack, AlertKind::ReportOverdue, subject, &[debtor])?;
            }
            Ok(())
        }
        Due::Quarter { filing, year, quarter } => duties::quarter(overlay, pack, filing, year, quarter, at),
        Due::Proposal(tx) => {
            let key = StateKey::Proposal(tx);
            let record: Option<ProposalRecord> = overlay.record(&key)?;
            if let Some(record) = record.filter(|p| p.state == ProposalState::Open) {
                overlay.put(key, &ProposalRecord { state: ProposalState::Lapsed, ..record });
            }
            Ok(())
        }
        Due::Cascade { org, next } => cascade(overlay, pack, org, next),
    }
}

/// The organisation that an entry is about, if it is about one.
pub(crate) fn of_subject(subject: &Subject) -> Option<OrgId> {
    match subject {
        Subject::Org(org) | Subject::OrgClass(org, _) => Some(*org),
        Subject::Class(_) | Subject::Person(_) | Subject::Place(_) => None,
    }
}

/// Tells the partners of a removed institution (R19), some in each block.
fn cascade<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    org: OrgId,
    from: ledger::GrantId,
) -> Result<(), ReadError> {
    let mut next = Some(from);
    for _ in 0..CASCADE_STEP {
        let Some(id) = next else { return Ok(()) };
        let Some(grant) = overlay.grant(&id)? else { return Ok(()) };
        let open = matches!(grant.state, GrantState::Applied | GrantState::Paused | GrantState::Granted);
        let other = if grant.holder == org { grant.application.counterpart } else { Some(grant.holder) };
        if let (true, Some(other)) = (open, other) {
            alert::raise(overlay, pack, AlertKind::PartnerRemoved, AlertSubject::Grant(id), &[other])?;
        }
        next = if grant.holder == org { grant.previous } else { grant.previous_of_counterpart };
    }
    if let Some(next) = next {
        let at = overlay.at.time;
        overlay.schedule(at.plus_ms(1), Due::Cascade { org, next });
    }
    Ok(())
}

/// Schedules the warning before an entry ends.
pub(crate) fn warn_of_entry<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    registry: Registry,
    place: ledger::Hash,
    n: u64,
    to: Option<Timestamp>,
) {
    let Some(row) = pack.pack.registry(registry) else { return };
    if let (Some(to), true) = (to, row.warn_days > 0) {
        overlay.schedule(before(to, row.warn_days), Due::EntryEnding(place, n));
    }
}

/// `days` before a time.
pub(crate) fn before(at: Timestamp, days: u16) -> Timestamp {
    let span = plus_days(Timestamp(0), days);
    Timestamp(at.0.saturating_sub(span.0))
}
