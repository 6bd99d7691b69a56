//! Who takes part and with which keys, and the classes of items.

use super::{
    Server, Shared,
    failure::Failure,
    login::Caller,
    page::{List, Pages, Window},
    params::Params,
    reads::part,
};
use api::view::{ClassView, KeyView, OrgView, PageQuery, SealKeyView};
use axum::{
    Json,
    extract::{Path, State},
    http::Uri,
    response::Response,
};
use custody::visibility::{Resource, visible};
use gs1::Gtin;
use ledger::{
    ClassId, KeyId, KeyRecord, OrgId, OrgRecord, StateKey,
    codec::Canonical,
    record::{ClassCode, ClassRecord, SealKeyRecord},
};

impl Server {
    /// The records of a part of a list, and the last of them where more follow.
    fn views<K: Canonical + Copy, R: Canonical, V>(
        &self,
        (ids, has_more): (Vec<K>, bool),
        key: impl Fn(K) -> StateKey,
        view: impl Fn(&R) -> V,
    ) -> Result<(Vec<V>, Option<K>), Failure> {
        let mut views = Vec::with_capacity(ids.len());
        for id in &ids {
            if let Some(record) = self.record::<R>(&key(*id))? {
                views.push(view(&record));
            }
        }
        Ok((views, ids.last().filter(|_| has_more).copied()))
    }

    fn org(&self, text: &str) -> Result<(OrgId, OrgRecord), Failure> {
        let id: OrgId = text.parse().map_err(|_| Failure::id(text))?;
        let record = self.record(&StateKey::Org(id))?;
        record.map(|r| (id, r)).ok_or_else(|| Failure::not_found("organisation", id))
    }
}

/// `GET /v1/orgs`.
pub(super) async fn orgs(
    State(server): State<Shared>,
    caller: Caller,
    uri: Uri,
    Params(query): Params<PageQuery>,
) -> Result<Response, Failure> {
    caller.must_see(&Resource::Profile)?;
    let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::Orgs)?;
    let window: Window<OrgId> = pages.window(query.limit, query.cursor.as_deref())?;
    let read = server.blocking(move |server| {
        let ids = part(&window, |after, limit| server.org_ids(after, limit))?;
        server.views(ids, StateKey::Org, OrgView::of)
    });
    let (views, next) = read.await?;
    pages.page(views, next)
}

/// `GET /v1/orgs/{id}`.
pub(super) async fn org(
    State(server): State<Shared>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<OrgView>, Failure> {
    caller.must_see(&Resource::Profile)?;
    let (_, record) = server.org(&text)?;
    Ok(Json(OrgView::of(&record)))
}

/// `GET /v1/orgs/{id}/keys`.
pub(super) async fn org_keys(
    State(server): State<Shared>,
    caller: Caller,
    uri: Uri,
    Path(text): Path<String>,
    Params(query): Params<PageQuery>,
) -> Result<Response, Failure> {
    let (org, record) = server.org(&text)?;
    let agency = record.profile.kind.function().is_some();
    caller.must_see(&Resource::Keys { owner: &org, agency })?;
    let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::Keys)?;
    let window: Window<KeyId> = pages.window(query.limit, query.cursor.as_deref())?;
    let read = server.blocking(move |server| {
        let ids = part(&window, |after, limit| server.key_ids(&org, after, limit))?;
        server.views(ids, StateKey::Key, KeyView::of)
    });
    let (views, next) = read.await?;
    pages.page(views, next)
}

/// `GET /v1/orgs/{id}/seal-key`.
pub(super) async fn seal_key(
    State(server): State<Shared>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<SealKeyView>, Failure> {
    caller.must_see(&Resource::Profile)?;
    let (org, _) = server.org(&text)?;
    let record: Option<SealKeyRecord> = server.record(&StateKey::SealKey(org))?;
    record.map(|r| Json(SealKeyView::of(&r))).ok_or_else(|| Failure::not_found("seal key", org))
}

/// `GET /v1/keys/{id}`. Another organisation's key is answered as if it were not there.
pub(super) async fn key(
    State(server): State<Shared>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<KeyView>, Failure> {
    let id: KeyId = text.parse().map_err(|_| Failure::id(&text))?;
    let record: Option<KeyRecord> = server.record(&StateKey::Key(id))?;
    let Some(record) = record else { return Err(Failure::not_found("key", id)) };
    let owner: Option<OrgRecord> = server.record(&StateKey::Org(record.org))?;
    let agency = owner.is_some_and(|o| o.profile.kind.function().is_some());
    let shown = Some(record).filter(|r| visible(&caller.who(), &Resource::Keys { owner: &r.org, agency }));
    shown.map(|r| Json(KeyView::of(&r))).ok_or_else(|| Failure::not_found("key", id))
}

/// `GET /v1/classes`.
pub(super) async fn classes(
    State(server): State<Shared>,
    caller: Caller,
    uri: Uri,
    Params(query): Params<PageQuery>,
) -> Result<Response, Failure> {
    caller.must_see(&Resource::Class)?;
    let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::Classes)?;
    let window: Window<ClassId> = pages.window(query.limit, query.cursor.as_deref())?;
    let read = server.blocking(move |server| {
        let ids = part(&window, |after, limit| server.class_ids(after, limit))?;
        server.views(ids, StateKey::Class, ClassView::of)
    });
    let (views, next) = read.await?;
    pages.page(views, next)
}

/// `GET /v1/classes/{id}`, by identity or GTIN.
pub(super) async fn class(
    State(server): State<Shared>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<ClassView>, Failure> {
    caller.must_see(&Resource::Class)?;
    let id = class_id(&text)?;
    let record: Option<ClassRecord> = server.record(&StateKey::Class(id))?;
    record.map(|r| Json(ClassView::of(&r))).ok_or_else(|| Failure::not_found("class", text))
}

pub(super) fn class_id(text: &str) -> Result<ClassId, Failure> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let gtin: Gtin = text.parse().map_err(|e| Failure::item_code(&e, text))?;
    Ok(ClassId::of(&ClassCode::Gtin(gtin)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_named_by_identity_or_gtin() {
        let gtin: Gtin = "09521234543213".parse().unwrap();
        let id = ClassId::of(&ClassCode::Gtin(gtin));
        for text in [id.to_string().as_str(), "09521234543213", "9521234543213"] {
            assert_eq!(class_id(text), Ok(id), "{text}");
        }
        assert_eq!(class_id("09521234543214").unwrap_err().code(), "H1203");
        assert_eq!(class_id("vaccine").unwrap_err().code(), "H1201");
    }
}
