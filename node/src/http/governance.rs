//! Proposals, alerts, and the audit trail.

use super::{
    Server, Shared,
    failure::Failure,
    login::Caller,
    page::{List, Pages, Window},
    params::{Params, flag},
    reads::sift,
};
use api::view::{AlertView, AlertsQuery, AuditQuery, AuditView, PageQuery, ProposalView};
use axum::{
    Json,
    extract::{Path, State},
    http::Uri,
    response::Response,
};
use custody::visibility::{Reader, Resource, proposal_parties, visible};
use ledger::{
    AlertId, StateKey, TxId,
    record::{AlertRecord, AuditRecord, ProposalRecord},
};

impl Server {
    /// A proposal, if the reader may see it.
    fn visible_proposal(&self, who: &Reader, id: TxId) -> Result<Option<ProposalView>, Failure> {
        let Some(proposal): Option<ProposalRecord> = self.record(&StateKey::Proposal(id))? else { return Ok(None) };
        let parties = proposal_parties(&*self.handle.store, &proposal);
        let parties = parties.map_err(|e| Failure::fault("read whom a proposal is about", e))?;
        let seen = visible(who, &Resource::Proposal { parties: &parties });
        Ok(seen.then(|| ProposalView::of(&id, &proposal)))
    }

    fn proposal_page(&self, who: &Reader, window: &Window<TxId>) -> Result<(Vec<ProposalView>, Option<TxId>), Failure> {
        sift(window, |after, limit| self.proposal_ids(after, limit), |id| self.visible_proposal(who, id))
    }

    fn alert_page(
        &self,
        who: &Reader,
        open: bool,
        window: &Window<AlertId>,
    ) -> Result<(Vec<AlertView>, Option<AlertId>), Failure> {
        sift(
            window,
            |after, limit| self.alert_ids(after, limit),
            |id| {
                let alert: Option<AlertRecord> = self.record(&StateKey::Alert(id))?;
                let seen = |alert: &AlertRecord| visible(who, &Resource::Alert { kind: alert.kind, orgs: &alert.orgs });
                let shown = alert.filter(|alert| !(open && alert.closed.is_some()) && seen(alert));
                Ok(shown.map(|alert| AlertView::of(&id, &alert)))
            },
        )
    }

    /// Lines by number, and the last one shown where more follow.
    fn audit_page(
        &self,
        (from, to): (u64, u64),
        window: &Window<u64>,
    ) -> Result<(Vec<AuditView>, Option<u64>), Failure> {
        let count: u64 = self.record(&StateKey::Audits)?.unwrap_or(0);
        let (first, last) = lines((from, to), window.after, count);
        let mut views = Vec::new();
        for n in first..=last {
            if views.len() >= window.limit {
                return Ok((views, Some(n.saturating_sub(1))));
            }
            let line: Option<AuditRecord> = self.record(&StateKey::Audit(n))?;
            views.extend(line.map(|line| AuditView::of(n, &line)));
        }
        Ok((views, None))
    }
}

/// The first and the last line that are asked for, of so many.
fn lines((from, to): (u64, u64), after: Option<u64>, count: u64) -> (u64, u64) {
    let first = after.map_or(1, |n| n.saturating_add(1)).max(from).max(1);
    (first, to.min(count))
}

/// `GET /v1/proposals`.
pub(super) async fn proposals(
    State(server): State<Shared>,
    caller: Caller,
    uri: Uri,
    Params(query): Params<PageQuery>,
) -> Result<Response, Failure> {
    let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::Proposals)?;
    let window = pages.window(query.limit, query.cursor.as_deref())?;
    let who = caller.who();
    let (views, next) = server.blocking(move |server| server.proposal_page(&who, &window)).await?;
    pages.page(views, next)
}

/// `GET /v1/proposals/{id}`. What the reader may not see is answered as if it were not there.
pub(super) async fn proposal(
    State(server): State<Shared>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<ProposalView>, Failure> {
    let id: TxId = text.parse().map_err(|_| Failure::id(&text))?;
    let shown = server.visible_proposal(&caller.who(), id)?;
    shown.map(Json).ok_or_else(|| Failure::not_found("proposal", id))
}

/// `GET /v1/alerts`.
pub(super) async fn alerts(
    State(server): State<Shared>,
    caller: Caller,
    uri: Uri,
    Params(query): Params<AlertsQuery>,
) -> Result<Response, Failure> {
    let open = flag(query.open)?;
    let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::Alerts)?;
    let window = pages.window(query.limit, query.cursor.as_deref())?;
    let who = caller.who();
    let read = server.blocking(move |server| {
        // What the node says of other nodes stands before the first page.
        let mut views = if window.after.is_none() { server.local_alerts(&who, open) } else { Vec::new() };
        let (of_ledger, next) = server.alert_page(&who, open, &window)?;
        views.extend(of_ledger);
        Ok((views, next))
    });
    let (views, next) = read.await?;
    pages.page(views, next)
}

/// `GET /v1/audit`.
pub(super) async fn audit(
    State(server): State<Shared>,
    caller: Caller,
    uri: Uri,
    Params(query): Params<AuditQuery>,
) -> Result<Response, Failure> {
    caller.must_see(&Resource::Audit)?;
    let asked = (query.from.unwrap_or(1), query.to.unwrap_or(u64::MAX));
    let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::Audit)?;
    let window = pages.window(query.limit, query.cursor.as_deref())?;
    let (views, next) = server.blocking(move |server| server.audit_page(asked, &window)).await?;
    pages.page(views, next)
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn lines_are_asked_for_by_number_and_go_on_behind_a_cursor() {
        assert_eq!(lines((1, u64::MAX), None, 9), (1, 9));
        assert_eq!(lines((0, 0), None, 9), (1, 0));
        assert_eq!(lines((3, 5), None, 9), (3, 5));
        assert_eq!(lines((3, 5), Some(4), 9), (5, 5));
        assert_eq!(lines((3, 50), Some(u64::MAX), 9), (u64::MAX, 9));
        assert_eq!(lines((1, u64::MAX), None, 0), (1, 0));
    }
}
