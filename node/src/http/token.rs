//! Places in lists, sealed: the page tokens of EPCIS and the cursors of every other list.
//!
//! A place is that of something which the caller may not be allowed to see, so it is encrypted; and it is authenticated
//! together with whose it is and what was asked, so that a walk begins nowhere but at its beginning. The key is of this
//! process, and so are the tokens. Nothing is kept for one that is never used.

use super::{
    failure::Failure,
    params,
    sessions::{RandomError, random},
};
use axum::http::Uri;
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use epcis::Value;
use ledger::{
    OrgId,
    codec::{self, Canonical},
};

/// Bytes of a nonce. As many may be drawn at random under one key as anybody will ever ask for.
const NONCE: usize = 24;
/// Bytes that are sealed: the same for each place, so that the length of a token tells nothing.
const ROOM: usize = 64;
/// Parameters that say which part of an answer is asked for, and not what.
const PAGING: [&str; 4] = ["limit", "cursor", "perPage", "nextPageToken"];

/// Seals and opens tokens.
pub(super) struct Tokens(XChaCha20Poly1305);

/// Whose token it is, and of which query: it is good for no other.
pub(super) struct Bound(Vec<u8>);

impl Bound {
    /// That of an organisation and a request; `kept` is the named query that the path stands for. The order of
    /// parameters means nothing.
    pub(super) fn of(org: &OrgId, uri: &Uri, kept: Option<&Value>) -> Result<Bound, Failure> {
        let mut pairs: Vec<(String, String)> = params::parse(uri)?;
        pairs.retain(|(name, _)| !PAGING.contains(&name.as_str()));
        pairs.sort();
        let kept = kept.map(Value::to_string).unwrap_or_default();
        Ok(Bound(codec::encode(&(org, uri.path(), kept, pairs))))
    }
}

/// The bytes of a place behind their number, and zeros; none where they have no room.
fn filled(place: &[u8]) -> Option<[u8; ROOM]> {
    let mut room = [0u8; ROOM];
    let (length, rest) = room.split_first_mut()?;
    *length = u8::try_from(place.len()).ok()?;
    rest.get_mut(..place.len())?.copy_from_slice(place);
    Some(room)
}

fn place_of(room: &[u8]) -> Option<&[u8]> {
    let (length, rest) = room.split_first()?;
    rest.get(..usize::from(*length))
}

impl Tokens {
    /// With a key of their own.
    pub(super) fn new() -> Result<Tokens, RandomError> {
        let secret: [u8; 32] = random()?;
        Ok(Tokens(XChaCha20Poly1305::new(&Key::from(secret))))
    }

    /// The token of a place, of which the canonical bytes are fewer than [`ROOM`].
    pub(super) fn seal<T: Canonical>(&self, bound: &Bound, place: &T) -> Result<String, Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure::fault("seal a page token", error);
        let nonce: [u8; NONCE] = random().map_err(|error| failed(&error))?;
        let room = filled(&codec::encode(place)).ok_or_else(|| failed(&"the place has no room"))?;
        let payload = Payload { msg: &room, aad: &bound.0 };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).map_err(|error| failed(&error))?;
        Ok(api::bytes::encode(&[nonce.as_slice(), &sealed].concat()))
    }

    /// The place of a token that was sealed here, for this caller and this query.
    pub(super) fn open<T: Canonical>(&self, bound: &Bound, token: &str) -> Result<T, Failure> {
        let wrong = || Failure::request("the token is none that this node gave for this query");
        let bytes = api::bytes::decode(token).map_err(|_| wrong())?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>().ok_or_else(wrong)?;
        let payload = Payload { msg: sealed, aad: &bound.0 };
        let opened = self.0.decrypt(&XNonce::from(*nonce), payload).map_err(|_| wrong())?;
        let place = place_of(&opened).ok_or_else(wrong)?;
        codec::decode(place, ROOM).map_err(|_| wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::failure::code;
    use ledger::{Hash, ItemId};

    const ORG: OrgId = OrgId(Hash([1; 32]));
    const OTHER: OrgId = OrgId(Hash([2; 32]));
    const ITEM: ItemId = ItemId(Hash([7; 32]));
    const ASKED: &str = "/epcis/v2/events?EQ_action=ADD&EQ_bizStep=shipping";

    /// A place as long as any.
    type Place = (u64, u64, (ItemId, u64));

    fn bound(org: OrgId, uri: &str, kept: Option<&str>) -> Bound {
        let kept = kept.map(Value::from);
        Bound::of(&org, &uri.parse().unwrap(), kept.as_ref()).unwrap()
    }

    fn place() -> Place {
        (u64::MAX, u64::MAX, (ITEM, u64::MAX))
    }

    #[test]
    fn a_token_is_good_for_its_caller_its_query_and_its_process_alone() {
        let tokens = Tokens::new().unwrap();
        let token = tokens.seal(&bound(ORG, ASKED, None), &place()).unwrap();
        let open =
            |org, uri, kept| tokens.open::<Place>(&bound(org, uri, kept), &token).map_err(|failure| failure.code());
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
        assert_eq!(next.open::<Place>(&bound(ORG, ASKED, None), &token).unwrap_err().code(), code::REQUEST);
        let of_another_kind = tokens.open::<ItemId>(&bound(ORG, ASKED, None), &token);
        assert_eq!(of_another_kind.unwrap_err().code(), code::REQUEST);
    }

    #[test]
    fn a_changed_token_is_none() {
        let tokens = Tokens::new().unwrap();
        let bound = bound(ORG, ASKED, None);
        let token = tokens.seal(&bound, &place()).unwrap();
        let bytes = api::bytes::decode(&token).unwrap();
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            let opened = tokens.open::<Place>(&bound, &api::bytes::encode(&other));
            assert_eq!(opened.map_err(|failure| failure.code()), Err(code::REQUEST), "byte {at}");
        }
        // What tokens were before: the number of a list and a place, in the open.
        let bare = api::bytes::of(&(15u8, place()));
        for wrong in ["", "x", &token[1..], &format!("{token}AA"), &"A".repeat(2_000), &bare] {
            assert_eq!(tokens.open::<Place>(&bound, wrong).unwrap_err().code(), code::REQUEST, "{wrong}");
        }
    }

    #[test]
    fn a_token_tells_nothing_of_its_place() {
        let tokens = Tokens::new().unwrap();
        let bound = bound(ORG, ASKED, None);
        let first: Place = (0, 0, (ItemId::default(), 0));
        let [one, again, other] = [place(), place(), first].map(|place| tokens.seal(&bound, &place).unwrap());
        let short = tokens.seal(&bound, &7u64).unwrap();
        assert_eq!([one.len(), again.len(), short.len()], [other.len(); 3]);
        assert_ne!(one, again, "equal places can be told from others");
        let bytes = api::bytes::decode(&one).unwrap();
        assert!(!bytes.windows(32).any(|window| window == ITEM.0.0));
        assert!(tokens.seal(&bound, &[0u8; ROOM]).is_err(), "what has no room is not cut");
    }
}
