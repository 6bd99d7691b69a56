//! Duties to report: quarterly on human genetic resources (R15), and on demand (R16).

use crate::{
    Judged, alert, allowed,
    execute::{Act, Pack},
    lookup::plus_days,
    overlay::Overlay,
};
use ledger::{
    DutyId, GrantId, Hash, ItemId, OrgId, Rejection, StateKey, StateRead, Timestamp,
    calendar::Calendar,
    judge::Authority,
    record::{AlertKind, AlertSubject, Due, DutyKind, DutyRecord, GrantRecord, GrantState},
    state::ReadError,
};

/// The quarters of a filing begin with the one in which it is granted.
pub(crate) fn first_quarter<S: StateRead>(overlay: &mut Overlay<'_, S>, pack: &Pack, filing: GrantId) {
    let calendar = &pack.pack.calendar;
    let (year, quarter) = calendar.quarter(overlay.at.time);
    overlay.schedule(calendar.quarter_end(year, quarter), Due::Quarter { filing, year, quarter });
}

/// At the end of a quarter both parties of an open filing owe its report, unless they have made it already.
pub(crate) fn quarter<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    filing: GrantId,
    year: u16,
    quarter: u8,
    at: Timestamp,
) -> Result<(), ReadError> {
    let Some(grant) = overlay.grant(&filing)?.filter(|g| g.state == GrantState::Granted) else {
        return Ok(());
    };
    let kind = DutyKind::Quarterly { filing, year, quarter };
    let id = kind.id();
    // Of a quarter in which nothing is abroad there is nothing to report.
    if !grant.abroad.is_zero() && !overlay.exists(&StateKey::Duty(id))? {
        let due = plus_days(at, pack.pack.limits.report_days);
        let record = DutyRecord {
            kind,
            debtors: parties(&grant),
            about: None,
            due,
            opened: overlay.at,
            answers: Vec::new(),
            done: None,
            private: None,
        };
        overlay.put(StateKey::Duty(id), &record);
        overlay.schedule(due, Due::Duty(id));
    }
    let calendar = &pack.pack.calendar;
    let (year, quarter) = Calendar::next_quarter(year, quarter);
    overlay.schedule(calendar.quarter_end(year, quarter), Due::Quarter { filing, year, quarter });
    Ok(())
}

/// Both parties of a filing.
pub(crate) fn parties(grant: &GrantRecord) -> Vec<OrgId> {
    let mut parties = vec![grant.holder];
    parties.extend(grant.application.counterpart);
    parties.sort();
    parties.dedup();
    parties
}

/// The report of a quarter is made: the duty is done, whether or not it had been opened.
pub(crate) fn reported<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    act: Act<'_>,
    grant: &GrantRecord,
    kind: DutyKind,
) -> Judged<()> {
    let id = kind.id();
    let before: Option<DutyRecord> = overlay.record(&StateKey::Duty(id))?;
    if before.as_ref().is_some_and(|duty| duty.done.is_some()) {
        return Ok(Err(Rejection::DutyDone));
    }
    let open = DutyRecord {
        kind,
        debtors: parties(grant),
        about: None,
        due: overlay.at.time,
        opened: overlay.at,
        answers: Vec::new(),
        done: None,
        private: None,
    };
    let record = before.unwrap_or(open);
    done(overlay, act, id, record)?;
    Ok(Ok(()))
}

fn done<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    act: Act<'_>,
    id: DutyId,
    record: DutyRecord,
) -> Result<(), ReadError> {
    overlay.unschedule(record.due, Due::Duty(id))?;
    for debtor in &record.debtors {
        alert::settle(overlay, act, *debtor, AlertKind::ReportOverdue, AlertSubject::Duty(id, *debtor))?;
    }
    let done = Some((overlay.at, act.id));
    overlay.put(StateKey::Duty(id), &DutyRecord { done, ..record });
    Ok(())
}

/// An agency demands a report (R16).
pub(crate) fn demand<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    act: Act<'_>,
    authority: &Authority,
    debtors: &[OrgId],
    until: Timestamp,
    about: Option<ItemId>,
    private: Option<Hash>,
) -> Judged<()> {
    if until <= overlay.at.time {
        return Ok(Err(Rejection::DatesReversed));
    }
    for org in debtors {
        if overlay.org(org)?.is_none() {
            return Ok(Err(Rejection::OrgUnknown { org: *org }));
        }
    }
    if let Some(item) = about
        && overlay.item(&item)?.is_none()
    {
        return Ok(Err(Rejection::ItemUnknown { item }));
    }
    let kind = DutyKind::OnDemand { by: authority.principal, tx: act.id };
    let record = DutyRecord {
        kind,
        debtors: debtors.to_vec(),
        about,
        due: until,
        opened: overlay.at,
        answers: Vec::new(),
        done: None,
        private,
    };
    overlay.put(StateKey::Duty(kind.id()), &record);
    overlay.schedule(until, Due::Duty(kind.id()));
    Ok(Ok(()))
}

/// One of those who owe a report on demand makes it. That of the others is owed until they make theirs.
pub(crate) fn answer<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    act: Act<'_>,
    authority: &Authority,
    duty: DutyId,
) -> Judged<()> {
    let record: Option<DutyRecord> = overlay.record(&StateKey::Duty(duty))?;
    let on_demand = |duty: &DutyRecord| matches!(duty.kind, DutyKind::OnDemand { .. });
    let mut record = allowed!(record.filter(on_demand).ok_or(Rejection::DutyUnknown));
    let by = authority.principal;
    if !record.debtors.contains(&by) {
        return Ok(Err(Rejection::NotDebtor { org: by }));
    }
    if !record.owes(&by) {
        return Ok(Err(Rejection::DutyDone));
    }
    record.answers.push((by, overlay.at, act.id));
    if record.debtors.iter().any(|debtor| record.owes(debtor)) {
        alert::settle(overlay, act, by, AlertKind::ReportOverdue, AlertSubject::Duty(duty, by))?;
        overlay.put(StateKey::Duty(duty), &record);
    } else {
        done(overlay, act, duty, record)?;
    }
    Ok(Ok(()))
}
