//! What a node shows of registries, grants, duties, proposals, alerts and the audit trail: each view is checked against
//! the record beside it, as everywhere, and the record is what is relied on.

use crate::{
    failure::{Failure, Result},
    refs,
    session::Session,
};
use api::{
    paths,
    view::{AlertView, AuditView, DutyView, EntryView, GrantView, ProposalView},
};
use ledger::{
    AlertId, DutyId, GrantId, Hash, Timestamp, TxId,
    operation::{Registry, Subject, place},
    record::{AlertRecord, AuditRecord, DutyRecord, EntryRecord, GrantRecord, ProposalRecord, alert_id},
};

/// Most records that one command lists.
const MOST: usize = 100_000;

/// Nothing is there, or it is not shown.
fn missing(session: &Session, en: &str, zh: &str, input: &str) -> Failure {
    Failure::new("H7004", [("kind", session.out.pick(en, zh)), ("input", input)])
}

/// A view that says what its record says.
fn agreed<T>(session: &Session, what: &str, agrees: bool, shown: T) -> Result<T> {
    match agrees {
        true => Ok(shown),
        false => Err(session.mismatch(what)),
    }
}

// Grants

/// A grant or an application.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) id: GrantId,
    pub(crate) view: GrantView,
    pub(crate) record: GrantRecord,
}

fn checked_grant(session: &Session, view: GrantView) -> Result<Grant> {
    let id = view.id.parse().map_err(|_| session.mismatch("permit"))?;
    let record: GrantRecord = session.record(&view.record)?;
    agreed(session, "permit", GrantView::of(&id, &record) == view, Grant { id, view, record })
}

/// The grants and applications that one may see, of a kind or of all.
pub(crate) fn grants(session: &Session, kind: Option<&str>) -> Result<Vec<Grant>> {
    let query: Vec<(&str, String)> = kind.map(|kind| ("kind", kind.to_owned())).into_iter().collect();
    let views: Vec<GrantView> = session.pages(paths::PERMITS, &query, MOST)?;
    views.into_iter().map(|view| checked_grant(session, view)).collect()
}

/// A grant by its identity.
pub(crate) fn grant_of(session: &Session, id: &GrantId) -> Result<Grant> {
    let grant = checked_grant(session, session.read(&paths::fill(paths::PERMIT, &id.to_string()), &[])?)?;
    agreed(session, "permit", grant.id == *id, grant)
}

/// A grant by its identity or the beginning of it, or by the number that an agency gave it. Errors: H7004; H1407 where
/// several have it.
pub(crate) fn grant(session: &Session, word: &str) -> Result<Grant> {
    let word = word.trim();
    if let Ok(id) = word.parse() {
        return grant_of(session, &id);
    }
    let mut found = grants(session, None)?;
    let is_numbered = found.iter().any(|grant| grant.record.number.as_str() == word);
    found.retain(|grant| match is_numbered {
        true => grant.record.number.as_str() == word,
        false => refs::is_prefix(word) && grant.id.to_string().starts_with(word),
    });
    let list: Vec<String> = found.iter().map(|grant| grant.id.to_string()).collect();
    match found.pop() {
        Some(one) if list.len() == 1 => Ok(one),
        Some(_) => Err(refs::several(word, list.len(), &list)),
        None => Err(missing(session, "grant", "批件", word)),
    }
}

// Registries

/// A line of a registry.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Its number at its place.
    pub(crate) n: u64,
    pub(crate) place: Hash,
    pub(crate) view: EntryView,
    pub(crate) record: EntryRecord,
}

fn checked_line(session: &Session, view: EntryView) -> Result<Line> {
    let record: EntryRecord = session.record(&view.record)?;
    let (n, place) = (view.n, record.entry.place());
    let mut computed = EntryView::of(&place, n, &record, Timestamp(0));
    // That it is in force depends on the node's last block as well.
    computed.in_force = view.in_force;
    agreed(session, "entry", computed == view, Line { n, place, view, record })
}

/// The lines of a registry that one may see.
pub(crate) fn lines(session: &Session, registry: Registry) -> Result<Vec<Line>> {
    let views: Vec<EntryView> = session.pages(&paths::fill(paths::REGISTRY, registry.name()), &[], MOST)?;
    views.into_iter().map(|view| checked_line(session, view)).collect()
}

/// The lines about a subject, the first one first.
pub(crate) fn lines_about(session: &Session, registry: Registry, subject: &Subject, period: u16) -> Result<Vec<Line>> {
    let at = place(registry, subject, period);
    let mut lines = lines(session, registry)?;
    lines.retain(|line| line.place == at);
    lines.sort_by_key(|line| line.n);
    Ok(lines)
}

/// The line of a place and number, in whatever registry. What may not be seen is not found.
pub(crate) fn line_at(session: &Session, at: &Hash, n: u64) -> Option<Line> {
    Registry::ALL.into_iter().find_map(|registry| {
        let lines = lines(session, registry).ok()?;
        lines.into_iter().find(|line| line.n == n && line.place == *at)
    })
}

// Proposals

/// A motion that collects approvals.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    pub(crate) id: TxId,
    pub(crate) view: ProposalView,
    pub(crate) record: ProposalRecord,
}

fn checked_proposal(session: &Session, view: ProposalView) -> Result<Proposal> {
    let id = view.id.parse().map_err(|_| session.mismatch("proposal"))?;
    let record: ProposalRecord = session.record(&view.record)?;
    agreed(session, "proposal", ProposalView::of(&id, &record) == view, Proposal { id, view, record })
}

/// The proposals that one may see.
pub(crate) fn proposals(session: &Session) -> Result<Vec<Proposal>> {
    let views: Vec<ProposalView> = session.pages(paths::PROPOSALS, &[], MOST)?;
    views.into_iter().map(|view| checked_proposal(session, view)).collect()
}

/// A proposal by its identity.
pub(crate) fn proposal(session: &Session, id: &TxId) -> Result<Proposal> {
    let proposal = checked_proposal(session, session.read(&paths::fill(paths::PROPOSAL, &id.to_string()), &[])?)?;
    agreed(session, "proposal", proposal.id == *id, proposal)
}

// Duties, alerts, the audit trail

/// A duty to report.
#[derive(Clone, Debug)]
pub(crate) struct Duty {
    pub(crate) id: DutyId,
    pub(crate) view: DutyView,
    pub(crate) record: DutyRecord,
}

/// The duties that one may see.
pub(crate) fn duties(session: &Session) -> Result<Vec<Duty>> {
    let views: Vec<DutyView> = session.pages(paths::DUTIES, &[], MOST)?;
    let checked = |view: DutyView| {
        let record: DutyRecord = session.record(&view.record)?;
        let id = record.kind.id();
        let mut computed = DutyView::of(&id, &record, Timestamp(0));
        // That it is overdue depends on the node's last block as well.
        computed.overdue = view.overdue;
        agreed(session, "duty", computed == view, Duty { id, view, record })
    };
    views.into_iter().map(checked).collect()
}

/// An alert that the ledger derived.
#[derive(Clone, Debug)]
pub(crate) struct Alert {
    pub(crate) view: AlertView,
    /// As the ledger has it; none of what the node says of another node.
    pub(crate) told: Option<(AlertId, AlertRecord)>,
}

/// The alerts that one may see.
pub(crate) fn alerts(session: &Session) -> Result<Vec<Alert>> {
    let views: Vec<AlertView> = session.pages(paths::ALERTS, &[], MOST)?;
    let checked = |view: AlertView| {
        if view.local {
            return Ok(Alert { view, told: None });
        }
        let record: AlertRecord = session.record(&view.record)?;
        let id = alert_id(record.kind, &record.subject);
        let agrees = AlertView::of(&id, &record) == view;
        agreed(session, "alert", agrees, Alert { view, told: Some((id, record)) })
    };
    views.into_iter().map(checked).collect()
}

/// The lines of the audit trail that one may see, at heights of this range, the first one first.
///
/// Error: H1444 where the range begins behind its end, or behind the last height.
pub(crate) fn audit(session: &Session, from: u64, to: u64) -> Result<Vec<(AuditView, AuditRecord)>> {
    if from > to {
        return Err(Failure::form(format!("--from {from}"), format!("a height up to {to}")));
    }
    let views: Vec<AuditView> = session.pages(paths::AUDIT, &[], MOST)?;
    let checked = |view: AuditView| {
        let record: AuditRecord = session.record(&view.record)?;
        agreed(session, "audit", AuditView::of(view.n, &record) == view, (view, record))
    };
    let lines: Vec<(AuditView, AuditRecord)> = views.into_iter().map(checked).collect::<Result<_>>()?;
    let mut lines: Vec<_> = lines.into_iter().filter(|(view, _)| (from..=to).contains(&view.at.height)).collect();
    lines.sort_by_key(|(view, _)| view.n);
    Ok(lines)
}
