//! Alerts that the ledger itself derives: the same on every node, one for each kind and subject, counted.
//!
//! An alert tells; it decides nothing. A pack without a row for a kind raises none of it.

use crate::{
    Judged, allowed,
    execute::{Act, Pack},
    overlay::Overlay,
};
use ledger::{
    AlertId, OrgId, Rejection, StateKey, StateRead,
    block::FeedEntry,
    event::Decision,
    judge::Authority,
    record::{AlertKind, AlertRecord, AlertSubject, alert_id},
    state::ReadError,
};

/// Raises an alert, or counts it once more.
pub(crate) fn raise<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    kind: AlertKind,
    subject: AlertSubject,
    orgs: &[OrgId],
) -> Result<(), ReadError> {
    let Some(row) = pack.pack.alert(kind) else {
        return Ok(());
    };
    let id = alert_id(kind, &subject);
    let before: Option<AlertRecord> = overlay.record(&StateKey::Alert(id))?;
    let decision = Decision {
        pack: pack.hash,
        version: pack.pack.version,
        rule: row.rule,
        article: pack.pack.article(row.rule).cloned().unwrap_or_default(),
        grounds: Vec::new(),
    };
    let mut concerned = orgs.to_vec();
    concerned.sort();
    concerned.dedup();
    let record = AlertRecord {
        kind,
        subject,
        orgs: concerned,
        readers: row.to.clone(),
        decision,
        raised: before.as_ref().filter(|b| b.closed.is_none()).map_or(overlay.at, |b| b.raised),
        last: overlay.at,
        times: before.map_or(0, |b| b.times).saturating_add(1),
        closed: None,
    };
    // A banned party is not told that it is watched.
    if kind != AlertKind::BannedParty {
        for org in &record.orgs {
            overlay.feed(*org, &FeedEntry::Alert { alert: id, times: record.times });
        }
    }
    overlay.put(StateKey::Alert(id), &record);
    Ok(())
}

/// Closes an alert by the act that ended its cause; nothing happens where none is open.
pub(crate) fn settle<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    act: Act<'_>,
    by: OrgId,
    kind: AlertKind,
    subject: AlertSubject,
) -> Result<(), ReadError> {
    let key = StateKey::Alert(alert_id(kind, &subject));
    if let Some(record) = overlay.record::<AlertRecord>(&key)?.filter(|record| record.closed.is_none()) {
        let closed = Some((overlay.at, by, act.id));
        overlay.put(key, &AlertRecord { closed, ..record });
    }
    Ok(())
}

/// An officer of an agency that the alert is for closes it.
pub(crate) fn close<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    act: Act<'_>,
    authority: &Authority,
    alert: AlertId,
) -> Judged<()> {
    let by = authority.principal;
    let function = overlay.org(&by)?.and_then(|org| org.profile.kind.function());
    let key = StateKey::Alert(alert);
    let record: Option<AlertRecord> = overlay.record(&key)?;
    let open = |record: &AlertRecord| {
        record.closed.is_none() && function.is_some_and(|function| record.readers.contains(&function))
    };
    let record = allowed!(record.filter(open).ok_or(Rejection::AlertUnknown));
    let closed = Some((overlay.at, by, act.id));
    overlay.put(key, &AlertRecord { closed, ..record });
    Ok(Ok(()))
}

/// What a refusal itself alerts: banned parties, goods for research only that were to go elsewhere, reports that do not
/// agree. `signers`: the organisations whose keys signed.
pub(crate) fn refused<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    rejection: &Rejection,
    signers: &[OrgId],
) -> Result<(), ReadError> {
    let first = signers.first().copied();
    match rejection {
        Rejection::OrgBanned { org } => raise(overlay, pack, AlertKind::BannedParty, AlertSubject::Org(*org), &[*org]),
        Rejection::KeyBanned { key } => match overlay.key(key)? {
            Some(record) => raise(overlay, pack, AlertKind::BannedParty, AlertSubject::Org(record.org), &[record.org]),
            None => Ok(()),
        },
        Rejection::PurposeForbidden { item, purpose: _ } => {
            raise(overlay, pack, AlertKind::PurposeBreach, AlertSubject::Item(*item), signers)
        }
        Rejection::ReportDiffers { .. } => match first {
            Some(org) => raise(overlay, pack, AlertKind::Balance, AlertSubject::Org(org), signers),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}
