//! Entries of registries, and policy packs.

use super::{
    Server, Shared,
    failure::Failure,
    login::Caller,
    page::{self, List, Window},
    params::{Params, one_of},
    reads::{MAX_SCAN, STRIDE},
    visibility::{Resource, Who, org_of, visible},
};
use api::{
    network::PackDocument,
    view::{EntryView, RegistryQuery},
};
use axum::{
    Json,
    extract::{Path, State},
    http::Uri,
    response::Response,
};
use gs1::Gln;
use ledger::{
    Hash, OrgId, OrgRecord, PolicyPack, StateKey,
    operation::{Registry, Subject, place},
    record::{EntryRecord, OrgKind, RegisterRecord},
};

/// Digits of a GLN.
const GLN_DIGITS: usize = 13;

/// An entry by its place and its number there.
type At = (Hash, u64);

/// What entries are to be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Anything,
    /// An organisation, class or person.
    Identity(Hash),
    /// Premises.
    Place(Gln),
}

impl About {
    fn of(text: Option<&str>) -> Result<About, Failure> {
        match text {
            None => Ok(About::Anything),
            Some(text) if text.len() == GLN_DIGITS => {
                text.parse().map(About::Place).map_err(|e| Failure::item_code(&e, text))
            }
            Some(text) => text.parse().map(About::Identity).map_err(|_| Failure::id(text)),
        }
    }

    fn fits(self, subject: &Subject) -> bool {
        match (self, subject) {
            (About::Anything, _) => true,
            (About::Identity(id), Subject::Org(org) | Subject::OrgClass(org, _)) => org.0 == id,
            (About::Identity(id), Subject::Class(class)) => class.0 == id,
            (About::Identity(id), Subject::Person(person)) => person.0 == id,
            (About::Place(gln), Subject::Place(of)) => *of == gln,
            (About::Identity(_), Subject::Place(_)) => false,
            (About::Place(_), Subject::Org(_) | Subject::Class(_) | Subject::Person(_) | Subject::OrgClass(_, _)) => {
                false
            }
        }
    }
}

impl Server {
    /// Whether the rules would take a test by the reader's organisation now (R29): it is listed, and not on the list of
    /// those that are not accepted. Where no laboratories are listed, whoever is one may test.
    pub(super) fn may_test(&self, who: &Who) -> Result<bool, Failure> {
        let Who::Member(org) = who else { return Ok(false) };
        let in_force = self.pack_in_force()?.pack;
        let Some(pack): Option<PolicyPack> = self.record(&StateKey::Pack(in_force))? else { return Ok(false) };
        let keeps = |registry| pack.registry(registry).is_some();
        if keeps(Registry::NonAcceptance) && self.stands_in(Registry::NonAcceptance, *org)? {
            return Ok(false);
        }
        match keeps(Registry::Laboratory) {
            true => self.stands_in(Registry::Laboratory, *org),
            false => {
                let record: Option<OrgRecord> = self.record(&StateKey::Org(*org))?;
                Ok(record.is_some_and(|record| record.profile.kind == OrgKind::Laboratory))
            }
        }
    }

    /// Whether an organisation has an entry in force: the last of its place, or the one before it where the last begins
    /// later.
    fn stands_in(&self, registry: Registry, org: OrgId) -> Result<bool, Failure> {
        let (place, now) = (place(registry, &Subject::Org(org), 0), self.stamp().time);
        let Some(RegisterRecord { count }) = self.record(&StateKey::Register(place))? else { return Ok(false) };
        let entry = |n: u64| self.record::<EntryRecord>(&StateKey::Entry { place, n });
        let found = match entry(count)? {
            Some(last) if last.entry.from > now => entry(count.saturating_sub(1))?,
            last => last,
        };
        Ok(found.is_some_and(|record| record.in_force(now)))
    }

    /// Places of a registry that may hold what is asked for, behind one. The place of premises follows from their number.
    fn places_with(
        &self,
        registry: Registry,
        about: About,
        after: Option<Hash>,
        limit: usize,
    ) -> Result<Vec<Hash>, Failure> {
        match about {
            About::Anything => self.places_of(registry, after, limit),
            About::Identity(id) => self.places_about(&id, after, limit),
            About::Place(gln) => {
                let only = place(registry, &Subject::Place(gln), 0);
                Ok(if after.is_none() { vec![only] } else { Vec::new() })
            }
        }
    }

    /// The entry at a place, if it is asked for and the reader may see it. A cursor may have been made for another
    /// registry: what is not of this one is not shown.
    fn entry_shown(&self, who: &Who, registry: Registry, about: About, at: At) -> Result<Option<EntryRecord>, Failure> {
        let (place, n) = at;
        let record: Option<EntryRecord> = self.record(&StateKey::Entry { place, n })?;
        Ok(record.filter(|EntryRecord { entry, .. }| {
            let resource = Resource::Entry { registry: entry.registry, org: org_of(entry) };
            entry.registry == registry && about.fits(&entry.subject) && visible(who, &resource)
        }))
    }

    /// Entries place by place, ascending at each. The cursor is the last entry that was looked at.
    fn entry_page(
        &self,
        who: &Who,
        registry: Registry,
        about: About,
        window: Window<At>,
    ) -> Result<(Vec<EntryView>, Option<At>), Failure> {
        let now = self.stamp().time;
        let mut last = window.after;
        let mut behind = last.map(|(place, _)| place);
        let mut places = match behind {
            // More may follow at the place of the cursor itself.
            Some(place) => vec![place],
            None => self.places_with(registry, about, None, STRIDE)?,
        };
        let (mut views, mut looked) = (Vec::new(), 0usize);
        while !places.is_empty() {
            for place in places {
                let head: Option<RegisterRecord> = self.record(&StateKey::Register(place))?;
                let first = match last {
                    Some((of, n)) if of == place => n.saturating_add(1),
                    Some(_) | None => 1,
                };
                for n in first..=head.map_or(0, |head| head.count) {
                    if views.len() >= window.limit || looked >= MAX_SCAN {
                        return Ok((views, last));
                    }
                    looked = looked.saturating_add(1);
                    last = Some((place, n));
                    let shown = self.entry_shown(who, registry, about, (place, n))?;
                    views.extend(shown.map(|record| EntryView::of(&place, n, &record, now)));
                }
                behind = Some(place);
            }
            places = self.places_with(registry, about, behind, STRIDE)?;
        }
        Ok((views, None))
    }
}

/// `GET /v1/registries/{registry}`.
pub(super) async fn registry(
    State(server): State<Shared>,
    caller: Caller,
    uri: Uri,
    Path(word): Path<String>,
    Params(query): Params<RegistryQuery>,
) -> Result<Response, Failure> {
    let registry = one_of(&word, &Registry::ALL, Registry::name)?;
    let about = About::of(query.subject.as_deref())?;
    let window = page::window(List::Registry, query.limit, query.cursor.as_deref())?;
    let who = caller.who();
    let (views, next) = server.blocking(move |server| server.entry_page(&who, registry, about, window)).await?;
    Ok(page::page(&uri, views, next.map(|at| page::cursor(List::Registry, at))))
}

/// `GET /v1/packs/{hash}`.
pub(super) async fn pack(
    State(server): State<Shared>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<PackDocument>, Failure> {
    caller.must_see(&Resource::Frame)?;
    let hash: Hash = text.parse().map_err(|_| Failure::id(&text))?;
    let pack: Option<PolicyPack> = server.record(&StateKey::Pack(hash))?;
    let pack = pack.ok_or_else(|| Failure::not_found("policy pack", hash))?;
    Ok(Json(PackDocument::of(&pack, &server.pack_in_force()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::ClassId;

    #[test]
    fn a_subject_is_an_identity_or_premises() {
        let hash = Hash([0xab; 32]);
        assert_eq!(About::of(None), Ok(About::Anything));
        assert_eq!(About::of(Some(&hash.to_string())), Ok(About::Identity(hash)));
        assert_eq!(About::of(Some("9521100000017")), Ok(About::Place("9521100000017".parse().unwrap())));
        assert_eq!(About::of(Some("somebody")).unwrap_err().code(), "H1409");
        assert!(About::of(Some("9521100000010")).unwrap_err().code().starts_with("H1"));
        let (org, class) = (OrgId(hash), ClassId(hash));
        let other = ClassId::default();
        for subject in [Subject::Org(org), Subject::OrgClass(org, other), Subject::Class(class)] {
            assert!(About::Identity(hash).fits(&subject) && About::Anything.fits(&subject), "{subject:?}");
        }
        assert!(!About::Identity(hash).fits(&Subject::OrgClass(OrgId::default(), class)));
        let place = Subject::Place("9521100000017".parse().unwrap());
        assert!(!About::Identity(hash).fits(&place) && About::Place("9521100000017".parse().unwrap()).fits(&place));
    }
}
