//! Lists in pages: a cursor names the last entry that was looked at, and the list that it is of.

use super::{
    failure::{Failure, code},
    params,
};
use api::{bytes, paths, view::Page};
use axum::{
    Json,
    http::{HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use ledger::codec::{self, Canonical};
use serde::Serialize;

/// Bytes of a cursor.
const MAX_CURSOR: usize = 64;

/// The lists that have cursors. Numbers are local: a cursor is good at the list that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Items,
    ItemsOfCode,
    Events,
    Orgs,
    Keys,
    Classes,
    Holds,
    Evidence,
    Permits,
    Registry,
    Duties,
    Proposals,
    Alerts,
    Audit,
    Documents,
}

impl List {
    fn number(self) -> u8 {
        match self {
            List::Items => 1,
            List::ItemsOfCode => 2,
            List::Events => 3,
            List::Orgs => 4,
            List::Keys => 5,
            List::Classes => 6,
            List::Holds => 7,
            List::Evidence => 8,
            List::Permits => 9,
            List::Registry => 10,
            List::Duties => 11,
            List::Proposals => 12,
            List::Alerts => 13,
            List::Audit => 14,
            List::Documents => 15,
        }
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window<K> {
    /// Entries, 1 to [`paths::MAX_LIMIT`].
    pub(super) limit: usize,
    /// Behind this entry.
    pub(super) after: Option<K>,
}

/// Reads limit and cursor.
pub(super) fn window<K: Canonical>(list: List, limit: Option<u32>, cursor: Option<&str>) -> Result<Window<K>, Failure> {
    let limit = limit.unwrap_or(paths::DEFAULT_LIMIT);
    if !(1..=paths::MAX_LIMIT).contains(&limit) {
        let expected = format!("1 to {}", paths::MAX_LIMIT);
        return Err(Failure::new(code::WORD).with("input", limit.to_string()).with("expected", expected));
    }
    let after = cursor.map(|text| read_cursor(list, text)).transpose()?;
    Ok(Window { limit: usize::try_from(limit).unwrap_or(1), after })
}

fn read_cursor<K: Canonical>(list: List, text: &str) -> Result<K, Failure> {
    let wrong = || Failure::request("the cursor is none that this list gave");
    let bytes = bytes::decode(text).map_err(|_| wrong())?;
    let (number, key): (u8, K) = codec::decode(&bytes, MAX_CURSOR).map_err(|_| wrong())?;
    match number == list.number() {
        true => Ok(key),
        false => Err(wrong()),
    }
}

/// The cursor behind an entry.
pub(super) fn cursor<K: Canonical>(list: List, key: K) -> String {
    bytes::of(&(list.number(), key))
}

/// A page with its `Link: rel=next`.
pub(super) fn page<T: Serialize>(uri: &Uri, items: Vec<T>, next: Option<String>) -> Response {
    let link = next.as_ref().and_then(|cursor| next_link(uri, cursor));
    let mut response = Json(Page { items, next }).into_response();
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

fn next_link(uri: &Uri, cursor: &str) -> Option<HeaderValue> {
    let rest = params::without(uri, "cursor");
    let and = if rest.is_empty() { "" } else { "&" };
    HeaderValue::from_str(&format!("<{}?{rest}{and}cursor={cursor}>; rel=\"next\"", uri.path())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{Hash, ItemId};

    #[test]
    fn cursors_are_good_at_their_own_list_only() {
        let id = ItemId(Hash([7; 32]));
        let text = cursor(List::Items, id);
        assert_eq!(window(List::Items, None, Some(&text)).unwrap().after, Some(id));
        assert!(window::<ItemId>(List::Holds, None, Some(&text)).is_err());
        for wrong in ["", "x", "AQ", &text[1..], &format!("{text}AA"), &"A".repeat(500)] {
            assert_eq!(window::<ItemId>(List::Items, None, Some(wrong)).unwrap_err().code(), code::REQUEST, "{wrong}");
        }
    }

    #[test]
    fn limits_have_bounds() {
        let limit = |n| window::<u64>(List::Events, n, None).map(|w| w.limit).ok();
        assert_eq!(limit(None), Some(100));
        assert_eq!(limit(Some(1)), Some(1));
        assert_eq!(limit(Some(1_000)), Some(1_000));
        assert_eq!(limit(Some(0)), None);
        assert_eq!(limit(Some(1_001)), None);
    }

    #[test]
    fn the_next_page_is_linked_with_the_same_conditions() {
        let uri: Uri = "/v1/items?state=released&cursor=old&limit=2".parse().unwrap();
        let response = page(&uri, vec![1], Some("new".into()));
        assert_eq!(response.headers()[header::LINK], "</v1/items?state=released&limit=2&cursor=new>; rel=\"next\"");
        assert!(page(&uri, vec![1], None).headers().get(header::LINK).is_none());
    }
}
