//! Grants (permits, plans, clearance proofs, filings) and duties to report.

use super::{
    Server, Shared,
    failure::Failure,
    login::Caller,
    page::{List, Pages, Window},
    params::{Params, identity, one_of},
    reads::sift,
};
use api::view::{DutiesQuery, DutyView, GrantView, PermitsQuery};
use axum::{
    Json,
    extract::{Path, State},
    http::Uri,
    response::Response,
};
use custody::visibility::{Reader, Resource, grant_parties, visible};
use ledger::{
    DutyId, GrantId, OrgId, StateKey,
    operation::GrantKind,
    record::{DutyRecord, GrantRecord},
};

/// Which grants a list is to show.
struct Wanted {
    kind: Option<GrantKind>,
    holder: Option<OrgId>,
}

impl Wanted {
    fn of(query: &PermitsQuery) -> Result<Wanted, Failure> {
        let kind = query.kind.as_deref().map(|word| one_of(word, &GrantKind::ALL, GrantKind::name)).transpose()?;
        Ok(Wanted { kind, holder: identity(query.holder.as_deref())? })
    }

    fn fits(&self, grant: &GrantRecord) -> bool {
        self.kind.is_none_or(|kind| grant.application.kind == kind) && self.holder.is_none_or(|org| grant.holder == org)
    }
}

/// Whose lists a reader is shown: a member's own, which are short, and to others those of whom they ask about.
fn whose(who: &Reader, asked: Option<OrgId>) -> Option<OrgId> {
    match who {
        Reader::Member(org) | Reader::Laboratory(org) | Reader::Partner(org) => Some(*org),
        Reader::Stranger | Reader::Agency(_) | Reader::Observer(_) | Reader::Mechanism(_) => asked,
    }
}

fn sees(who: &Reader, grant: &GrantRecord) -> bool {
    visible(who, &Resource::Grant { parties: &grant_parties(grant) })
}

impl Server {
    fn permit_page(
        &self,
        who: &Reader,
        wanted: &Wanted,
        window: &Window<GrantId>,
    ) -> Result<(Vec<GrantView>, Option<GrantId>), Failure> {
        let of = whose(who, wanted.holder);
        sift(
            window,
            |after, limit| self.grant_ids(of.as_ref(), after, limit),
            |id| {
                let grant: Option<GrantRecord> = self.record(&StateKey::Grant(id))?;
                let shown = grant.filter(|grant| wanted.fits(grant) && sees(who, grant));
                Ok(shown.map(|grant| GrantView::of(&id, &grant)))
            },
        )
    }

    fn duty_page(
        &self,
        who: &Reader,
        org: Option<OrgId>,
        window: &Window<DutyId>,
    ) -> Result<(Vec<DutyView>, Option<DutyId>), Failure> {
        let of = whose(who, org);
        let now = self.stamp().time;
        sift(
            window,
            |after, limit| self.duty_ids(of.as_ref(), after, limit),
            |id| {
                let duty: Option<DutyRecord> = self.record(&StateKey::Duty(id))?;
                let fits = |duty: &DutyRecord| org.is_none_or(|org| duty.debtors.contains(&org));
                let seen = |duty: &DutyRecord| visible(who, &Resource::Duty { debtors: &duty.debtors });
                Ok(duty.filter(|duty| fits(duty) && seen(duty)).map(|duty| DutyView::of(&id, &duty, now)))
            },
        )
    }
}

/// `GET /v1/permits`.
pub(super) async fn permits(
    State(server): State<Shared>,
    caller: Caller,
    uri: Uri,
    Params(query): Params<PermitsQuery>,
) -> Result<Response, Failure> {
    let wanted = Wanted::of(&query)?;
    let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::Permits)?;
    let window = pages.window(query.limit, query.cursor.as_deref())?;
    let who = caller.who();
    let (views, next) = server.blocking(move |server| server.permit_page(&who, &wanted, &window)).await?;
    pages.page(views, next)
}

/// `GET /v1/permits/{id}`. What the reader may not see is answered as if it were not there.
pub(super) async fn permit(
    State(server): State<Shared>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<GrantView>, Failure> {
    let id: GrantId = text.parse().map_err(|_| Failure::id(&text))?;
    let grant: Option<GrantRecord> = server.record(&StateKey::Grant(id))?;
    let shown = grant.filter(|grant| sees(&caller.who(), grant));
    shown.map(|grant| Json(GrantView::of(&id, &grant))).ok_or_else(|| Failure::not_found("permit", id))
}

/// `GET /v1/duties`.
pub(super) async fn duties(
    State(server): State<Shared>,
    caller: Caller,
    uri: Uri,
    Params(query): Params<DutiesQuery>,
) -> Result<Response, Failure> {
    let org = identity(query.org.as_deref())?;
    let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::Duties)?;
    let window = pages.window(query.limit, query.cursor.as_deref())?;
    let who = caller.who();
    let (views, next) = server.blocking(move |server| server.duty_page(&who, org, &window)).await?;
    pages.page(views, next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::Hash;

    #[test]
    fn conditions_are_read() {
        let of = |kind: Option<&str>, holder: Option<&str>| {
            let (kind, holder) = (kind.map(String::from), holder.map(String::from));
            Wanted::of(&PermitsQuery { kind, holder, ..PermitsQuery::default() })
        };
        for kind in GrantKind::ALL {
            assert_eq!(of(Some(kind.name()), None).map(|w| w.kind).unwrap(), Some(kind));
        }
        assert_eq!(of(Some("licence"), None).map(|w| w.kind).unwrap_err().code(), "H1412");
        assert_eq!(of(None, Some("me")).map(|w| w.holder).unwrap_err().code(), "H1409");
    }

    #[test]
    fn a_member_is_shown_its_own_lists() {
        let (me, other) = (OrgId(Hash([1; 32])), OrgId(Hash([2; 32])));
        assert_eq!(whose(&Reader::Member(me), None), Some(me));
        assert_eq!(whose(&Reader::Member(me), Some(other)), Some(me));
        for who in [Reader::Agency(me), Reader::Observer(me), Reader::Mechanism(me)] {
            assert_eq!((whose(&who, None), whose(&who, Some(other))), (None, Some(other)));
        }
    }
}
