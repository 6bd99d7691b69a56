//! What a member's node has to ask of agencies before it can answer: names of the common frame that its own business has not
//! brought. On an agency's node there is nothing to ask.

use super::{
    Server,
    failure::{Failure, code},
    gate::gate,
    key::{self, ItemKey},
    orgs::class_id,
};
use crate::member::{FetchError, Fetched, MemberWay, Wanted};
use ::access::wire::OwnList;
use api::paths;
use axum::{
    http::{HeaderName, HeaderValue, Method, Uri},
    response::Response,
};
use custody::visibility::{Reader, Resource, accepted, present, visible};
use ledger::{
    ItemId, ItemRecord, Lifecycle, OrgId, OrgRecord, StateKey, StateRead,
    operation::Registry,
    record::CodeRecord,
    state::{ReadError, code_hash},
};

/// The height as of which a member's node shows what it shows.
const AS_OF: HeaderName = HeaderName::from_static("hufu-as-of");
/// That nothing proves a list whole, though each record in it is proven.
const LIST: HeaderName = HeaderName::from_static("hufu-list");

/// What a path needs, by its template. Text that names nothing is left to who answers.
fn wanted(template: &str, uri: &Uri) -> Vec<Wanted> {
    // The templates below have at most one name, and it is the fourth part: `/v1/orgs/{id}/keys`.
    let name = uri.path().split('/').nth(3).unwrap_or_default();
    let org = name.parse().ok();
    match template {
        paths::ORGS => vec![Wanted::List(OwnList::Orgs)],
        paths::CLASSES => vec![Wanted::List(OwnList::Classes)],
        paths::ORG => org.map(|org| Wanted::Record(StateKey::Org(org))).into_iter().collect(),
        // Proven here, so that no agency has anybody seal to a key of its own.
        paths::ORG_SEAL_KEY => {
            org.map(|org| [StateKey::Org(org), StateKey::SealKey(org)].map(Wanted::Record).to_vec()).unwrap_or_default()
        }
        paths::ORG_KEYS => org
            .map(|org| vec![Wanted::Record(StateKey::Org(org)), Wanted::List(OwnList::AgencyKeys(org))])
            .unwrap_or_default(),
        paths::KEY => name.parse().map(|key| Wanted::Record(StateKey::Key(key))).into_iter().collect(),
        paths::CLASS => class_id(name).map(|class| Wanted::Record(StateKey::Class(class))).into_iter().collect(),
        paths::PACK => name.parse().map(|pack| Wanted::Record(StateKey::Pack(pack))).into_iter().collect(),
        paths::REGISTRY => {
            let number = Registry::ALL.iter().position(|registry| registry.name() == name);
            let number = number.and_then(|number| u8::try_from(number).ok());
            number.map(|number| Wanted::List(OwnList::Registry(number))).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

impl Server {
    /// Sees to it that what a path needs is here.
    pub(super) async fn ensure(&self, template: &str, uri: &Uri) -> Result<Fetched, Failure> {
        let Some(way) = self.handle.member() else { return Ok(Fetched::default()) };
        match template {
            paths::ITEM => self.ensure_item(way, uri).await,
            _ => way.fetch.ensure(&wanted(template, uri)).await.map_err(not_had),
        }
    }

    /// The same of an item. What concerns the organisation came with its feed, save what waits for the test of a laboratory:
    /// that touches its feed when it is tested. The agency says whether it is for this one.
    async fn ensure_item(&self, way: &MemberWay, uri: &Uri) -> Result<Fetched, Failure> {
        let unread = |error: ReadError| Failure::fault("read a record", error);
        let Ok((key, _)) = key::parse(uri) else { return Ok(Fetched::default()) };
        if !self.may_test(&way.org).map_err(unread)? {
            return Ok(Fetched::default());
        }
        let mut fetched = Fetched::default();
        let item = match key {
            ItemKey::Id(id) => Some(id),
            ItemKey::Code(code) => {
                let key = StateKey::Code(code_hash(&code));
                fetched = way.fetch.ensure(&[Wanted::Record(key.clone())]).await.map_err(not_had)?;
                let record: Option<CodeRecord> = self.handle.store.record(&key).map_err(unread)?;
                record.map(|record| record.latest)
            }
        };
        let Some(item) = item else { return Ok(fetched) };
        if self.is_elsewhere(&way.org, &item).map_err(unread)? {
            match way.fetch.ensure(&[Wanted::Bundle(item)]).await {
                Ok(bundle) => fetched.is_of(bundle.as_of),
                // It was here once: its events are shown.
                Err(FetchError::Offline) if !self.events(&item, 1, 1)?.is_empty() => {}
                Err(error) => return Err(not_had(error)),
            }
        }
        Ok(fetched)
    }

    /// The height as of which a member's node answers a read: what its feed tells is here as of the last head, what was asked
    /// for as of when it was proven. It is taken before the answer is made, which may know more. None where nothing of the
    /// ledger is read, on an agency's node, and before the first head.
    pub(super) fn as_of(&self, template: &str, method: &Method, fetched: &Fetched) -> Option<u64> {
        let is_read = method.is_safe() && (template == paths::NETWORK || !matches!(gate(template), Resource::Node));
        let head = self.following().filter(|_| is_read)?.head?;
        Some(fetched.as_of.map_or(head.height, |height| height.min(head.height)))
    }

    /// Whether an organisation may test what waits for a test.
    fn may_test(&self, org: &OrgId) -> Result<bool, ReadError> {
        let Some(OrgRecord { profile, .. }) = self.handle.store.record(&StateKey::Org(*org))? else { return Ok(false) };
        let tests = visible(&Reader::of(*org, profile.kind), &Resource::TestPending { accepted: true });
        Ok(tests && accepted(&*self.handle.store, org, self.stamp().time)?)
    }

    /// Whether an item is none of the organisation's, as far as is known here, and may wait for a test.
    fn is_elsewhere(&self, org: &OrgId, item: &ItemId) -> Result<bool, ReadError> {
        let store = &*self.handle.store;
        let Some(record): Option<ItemRecord> = store.record(&StateKey::Item(*item))? else { return Ok(true) };
        let is_waiting = record.state == Lifecycle::TestPending;
        Ok(is_waiting && !present(store, (item, &record), self.stamp().time)?.contains(org))
    }
}

/// Why something cannot be had of an agency.
pub(super) fn not_had(error: FetchError) -> Failure {
    match error {
        FetchError::Offline => Failure::new(code::OFFLINE),
        FetchError::Busy => Failure::new(code::ACCESS_BUSY),
        FetchError::Refused { code, detail } => Failure::new(code).with("detail", super::failure::shown(&detail)),
        FetchError::Store(error) => Failure::fault("keep what an agency gave", error),
    }
}

/// Says with an answer as of which height it is, unless it says so itself.
pub(super) fn dated(as_of: Option<u64>, mut answer: Response) -> Response {
    if let Some(height) = as_of {
        answer.headers_mut().entry(AS_OF).or_insert(HeaderValue::from(height));
    }
    answer
}

/// Says with an answer how fresh it is.
pub(super) fn tell(as_of: Option<u64>, is_list: bool, mut answer: Response) -> Response {
    if is_list {
        answer.headers_mut().insert(LIST, HeaderValue::from_static("unproven"));
    }
    dated(as_of, answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{Hash, KeyId, OrgId};

    #[test]
    fn a_path_of_the_frame_says_what_it_needs() {
        let id = Hash([0xab; 32]);
        let org = OrgId(id);
        let check = |template: &str, path: &str, expect: Vec<Wanted>| {
            assert_eq!(wanted(template, &path.parse().unwrap()), expect, "{path}");
        };
        check(paths::ORGS, "/v1/orgs?limit=2", vec![Wanted::List(OwnList::Orgs)]);
        check(paths::ORG, &format!("/v1/orgs/{id}"), vec![Wanted::Record(StateKey::Org(org))]);
        check(paths::ORG, "/v1/orgs/me", vec![]);
        let seal_key = [StateKey::Org(org), StateKey::SealKey(org)].map(Wanted::Record).to_vec();
        check(paths::ORG_SEAL_KEY, &format!("/v1/orgs/{id}/seal-key"), seal_key);
        let keys = vec![Wanted::Record(StateKey::Org(org)), Wanted::List(OwnList::AgencyKeys(org))];
        check(paths::ORG_KEYS, &format!("/v1/orgs/{id}/keys"), keys);
        check(paths::KEY, &format!("/v1/keys/{id}"), vec![Wanted::Record(StateKey::Key(KeyId(id)))]);
        check(paths::PACK, &format!("/v1/packs/{id}"), vec![Wanted::Record(StateKey::Pack(id))]);
        check(paths::REGISTRY, "/v1/registries/premises", vec![Wanted::List(OwnList::Registry(2))]);
        check(paths::REGISTRY, "/v1/registries/none", vec![]);
        check(paths::ITEMS, "/v1/items", vec![]);
    }
}
