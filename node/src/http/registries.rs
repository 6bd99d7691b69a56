//! Entries of registries, and policy packs.

use super::{
    Server, Shared,
    failure::Failure,
    login::Caller,
    page::{List, Pages, Window},
    params::{Params, one_of},
    reads::{MAX_SCAN, STRIDE},
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
use custody::visibility::{Reader, Resource, org_of, visible};
use gs1::Gln;
use ledger::{
    Hash, PolicyPack, StateKey,
    operation::{Registry, Subject, place},
    record::{EntryRecord, RegisterRecord},
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

    /// The entry at a place, if it is asked for and the reader may see it. The places about a subject are of all registries:
    /// what is not of this one is not shown.
    fn entry_shown(
        &self,
        who: &Reader,
        registry: Registry,
        about: About,
        at: At,
    ) -> Result<Option<EntryRecord>, Failure> {
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
        who: &Reader,
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
    let pages = Pages::of(&server.tokens, &caller.session.org, &uri, List::Registry)?;
    let window = pages.window(query.limit, query.cursor.as_deref())?;
    let who = caller.who();
    let (views, next) = server.blocking(move |server| server.entry_page(&who, registry, about, window)).await?;
    pages.page(views, next)
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
    use ledger::{ClassId, OrgId};

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
