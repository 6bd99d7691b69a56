//! Page tokens: a place in the answer to a query, sealed.
//!
//! The place is that of an event or item which the caller may not be allowed to see, so the token is encrypted; and it is
//! authenticated together with whose it is and what was asked, so that a walk begins nowhere but at its beginning. The
//! key is of this process, and so are the tokens. Nothing is kept for one that is never used.

use super::{pairs, walk::At};
use crate::http::{
    failure::Failure,
    sessions::{RandomError, random},
};
use axum::http::Uri;
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use epcis::Value;
use ledger::{ItemId, OrgId, codec};

/// Bytes of a nonce. As many may be drawn at random under one key as anybody will ever ask for.
const NONCE: usize = 24;
/// Bytes of a place: the same for each, so that the length of a token tells nothing.
const PLACE: usize = 56;
/// Parameters that say which part of an answer is asked for, and not what.
const PAGING: [&str; 2] = ["perPage", "nextPageToken"];

/// Seals and opens tokens.
pub(in crate::http) struct Tokens(XChaCha20Poly1305);

/// Whose token it is, and of which query: it is good for no other.
pub(in crate::http) struct Bound(Vec<u8>);

/// Where an answer goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The last height of which it tells.
    pub(super) as_of: u64,
    /// Events of an ordered answer that were given before.
    pub(super) given: u64,
    /// The last event, or item, that was looked at or told.
    pub(super) at: At,
}

impl Bound {
    /// That of an organisation and a request; `kept` is the named query that the path stands for. The order of
    /// parameters means nothing.
    pub(in crate::http) fn of(org: &OrgId, uri: &Uri, kept: Option<&Value>) -> Result<Bound, Failure> {
        let mut pairs = pairs(uri)?;
        pairs.retain(|(name, _)| !PAGING.contains(&name.as_str()));
        pairs.sort();
        let kept = kept.map(Value::to_string).unwrap_or_default();
        Ok(Bound(codec::encode(&(org, uri.path(), kept, pairs))))
    }
}

impl Place {
    fn to_bytes(self) -> Vec<u8> {
        let Place { as_of, given, at: (item, n) } = self;
        codec::encode(&(as_of.to_be_bytes(), given.to_be_bytes(), item, n.to_be_bytes()))
    }

    fn of_bytes(bytes: &[u8]) -> Option<Place> {
        let (as_of, given, item, n): ([u8; 8], [u8; 8], ItemId, [u8; 8]) = codec::decode(bytes, PLACE).ok()?;
        let number = u64::from_be_bytes;
        Some(Place { as_of: number(as_of), given: number(given), at: (item, number(n)) })
    }
}

impl Tokens {
    /// With a key of their own.
    pub(in crate::http) fn new() -> Result<Tokens, RandomError> {
        let secret: [u8; 32] = random()?;
        Ok(Tokens(XChaCha20Poly1305::new(&Key::from(secret))))
    }

    /// The token of a place.
    pub(super) fn seal(&self, bound: &Bound, place: Place) -> Result<String, Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure::fault("seal a page token", error);
        let nonce: [u8; NONCE] = random().map_err(|error| failed(&error))?;
        let bytes = place.to_bytes();
        let payload = Payload { msg: &bytes, aad: &bound.0 };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).map_err(|error| failed(&error))?;
        Ok(api::bytes::encode(&[nonce.as_slice(), &sealed].concat()))
    }

    /// The place of a token that was sealed here, for this caller and this query.
    pub(super) fn open(&self, bound: &Bound, token: &str) -> Result<Place, Failure> {
        let wrong = || Failure::request("the token is none that this node gave for this query");
        let bytes = api::bytes::decode(token).map_err(|_| wrong())?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>().ok_or_else(wrong)?;
        let payload = Payload { msg: sealed, aad: &bound.0 };
        let opened = self.0.decrypt(&XNonce::from(*nonce), payload).map_err(|_| wrong())?;
        Place::of_bytes(&opened).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::failure::code;
    use ledger::Hash;

    const ORG: OrgId = OrgId(Hash([1; 32]));
    const OTHER: OrgId = OrgId(Hash([2; 32]));
    const ITEM: ItemId = ItemId(Hash([7; 32]));
    const ASKED: &str = "/epcis/v2/events?EQ_action=ADD&EQ_bizStep=shipping";

    fn bound(org: OrgId, uri: &str, kept: Option<&str>) -> Bound {
        let kept = kept.map(Value::from);
        Bound::of(&org, &uri.parse().unwrap(), kept.as_ref()).unwrap()
    }

    fn place() -> Place {
        Place { as_of: 9, given: 3, at: (ITEM, u64::MAX) }
    }

    #[test]
    fn a_token_is_good_for_its_caller_its_query_and_its_process_alone() {
        let tokens = Tokens::new().unwrap();
        let token = tokens.seal(&bound(ORG, ASKED, None), place()).unwrap();
        let open = |org, uri, kept| tokens.open(&bound(org, uri, kept), &token).map_err(|failure| failure.code());
        assert_eq!(open(ORG, ASKED, None), Ok(place()));
        for same in [
            "/epcis/v2/events?EQ_bizStep=shipping&EQ_action=ADD",
            "/epcis/v2/events?perPage=7&EQ_action=ADD&nextPageToken=x&EQ_bizStep=shipping&lang=en",
        ] {
            assert_eq!(open(ORG, same, None), Ok(place()), "{same}");
        }
        for (org, uri, kept) in [
            (OTHER, ASKED, None),
            (ORG, "/epcis/v2/events?EQ_action=ADD", None),
            (ORG, "/epcis/v2/events?EQ_action=ADD&EQ_bizStep=receiving", None),
            (ORG, "/epcis/v2/events?EQ_action=ADD&EQ_bizStep=shipping&orderBy=eventTime", None),
            (ORG, "/epcis/v2/epcs?EQ_action=ADD&EQ_bizStep=shipping", None),
            (ORG, ASKED, Some("{}")),
        ] {
            assert_eq!(open(org, uri, kept), Err(code::REQUEST), "{uri}");
        }
        let next = Tokens::new().unwrap();
        assert_eq!(next.open(&bound(ORG, ASKED, None), &token).unwrap_err().code(), code::REQUEST);
    }

    #[test]
    fn a_changed_token_is_none() {
        let tokens = Tokens::new().unwrap();
        let bound = bound(ORG, ASKED, None);
        let token = tokens.seal(&bound, place()).unwrap();
        let bytes = api::bytes::decode(&token).unwrap();
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            let opened = tokens.open(&bound, &api::bytes::encode(&other));
            assert_eq!(opened.map_err(|failure| failure.code()), Err(code::REQUEST), "byte {at}");
        }
        // What tokens were before: the number of a list and a place, in the open.
        let bare = api::bytes::of(&(15u8, (0u64, (ITEM, u64::MAX))));
        for wrong in ["", "x", &token[1..], &format!("{token}AA"), &"A".repeat(2_000), &bare] {
            assert_eq!(tokens.open(&bound, wrong).unwrap_err().code(), code::REQUEST, "{wrong}");
        }
    }

    #[test]
    fn a_token_tells_nothing_of_its_place() {
        let tokens = Tokens::new().unwrap();
        let bound = bound(ORG, ASKED, None);
        let first = Place { as_of: 0, given: 0, at: (ItemId::default(), 0) };
        let [one, again, other] = [place(), place(), first].map(|place| tokens.seal(&bound, place).unwrap());
        assert_eq!((one.len(), again.len()), (other.len(), other.len()));
        assert_ne!(one, again, "equal places can be told from others");
        let bytes = api::bytes::decode(&one).unwrap();
        assert!(!bytes.windows(32).any(|window| window == ITEM.0.0));
    }
}
