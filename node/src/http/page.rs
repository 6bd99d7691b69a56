//! Lists in pages: a cursor names the last entry that was looked at, and is sealed for the organisation and the list that
//! it was given for, as that entry may be hidden from it.

use super::{
    failure::{Failure, code},
    params,
    token::{Bound, Tokens},
};
use api::{paths, view::Page};
use axum::{
    Json,
    http::{HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use ledger::{OrgId, codec::Canonical};
use serde::Serialize;

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

/// The pages of a list as one organisation asks for them.
pub(super) struct Pages<'a> {
    tokens: &'a Tokens,
    bound: Bound,
    list: List,
    uri: &'a Uri,
}

impl<'a> Pages<'a> {
    pub(super) fn of(tokens: &'a Tokens, org: &OrgId, uri: &'a Uri, list: List) -> Result<Pages<'a>, Failure> {
        Ok(Pages { tokens, bound: Bound::of(org, uri, None)?, list, uri })
    }

    /// Reads limit and cursor.
    pub(super) fn window<K: Canonical>(&self, limit: Option<u32>, cursor: Option<&str>) -> Result<Window<K>, Failure> {
        let limit = limit.unwrap_or(paths::DEFAULT_LIMIT);
        if !(1..=paths::MAX_LIMIT).contains(&limit) {
            let expected = format!("1 to {}", paths::MAX_LIMIT);
            return Err(Failure::new(code::WORD).with("input", limit.to_string()).with("expected", expected));
        }
        let after = cursor.map(|text| self.place(text)).transpose()?;
        Ok(Window { limit: usize::try_from(limit).unwrap_or(1), after })
    }

    fn place<K: Canonical>(&self, cursor: &str) -> Result<K, Failure> {
        match self.tokens.open::<(u8, K)>(&self.bound, cursor) {
            Ok((number, key)) if number == self.list.number() => Ok(key),
            Ok(_) | Err(_) => Err(Failure::request("the cursor is none that this node gave for this list")),
        }
    }

    /// A page with its `Link: rel=next`.
    pub(super) fn page<T: Serialize, K: Canonical>(&self, items: Vec<T>, next: Option<K>) -> Result<Response, Failure> {
        let seal = |key: K| self.tokens.seal(&self.bound, &(self.list.number(), key));
        let next = next.map(seal).transpose()?;
        let link = next.as_ref().and_then(|cursor| next_link(self.uri, cursor));
        let mut response = Json(Page { items, next }).into_response();
        if let Some(link) = link {
            response.headers_mut().insert(header::LINK, link);
        }
        Ok(response)
    }
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

    const ORG: OrgId = OrgId(Hash([1; 32]));

    /// The cursor of a page.
    async fn cursor(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        serde_json::from_slice::<Page<u8>>(&bytes).unwrap().next.unwrap()
    }

    #[tokio::test]
    async fn a_cursor_is_good_at_its_own_list_for_its_own_caller_and_tells_nothing() {
        let (tokens, id) = (Tokens::new().unwrap(), ItemId(Hash([7; 32])));
        let uri: Uri = "/v1/items?state=released&limit=1".parse().unwrap();
        let pages = Pages::of(&tokens, &ORG, &uri, List::Items).unwrap();
        let text = cursor(pages.page(vec![1u8], Some(id)).unwrap()).await;
        let bytes = api::bytes::decode(&text).unwrap();
        assert!(!bytes.windows(32).any(|window| window == id.0.0));
        let open = |org: &OrgId, uri: &str, list, text: &str| {
            let uri: Uri = uri.parse().unwrap();
            let window = Pages::of(&tokens, org, &uri, list).unwrap().window::<ItemId>(None, Some(text));
            window.map(|window| window.after).map_err(|failure| failure.code())
        };
        assert_eq!(open(&ORG, "/v1/items?limit=9&state=released&cursor=x", List::Items, &text), Ok(Some(id)));
        let other = OrgId(Hash([2; 32]));
        for (org, uri, list) in [
            (&other, "/v1/items?state=released", List::Items),
            (&ORG, "/v1/items", List::Items),
            (&ORG, "/v1/holds?state=released", List::Items),
            (&ORG, "/v1/items?state=released", List::Holds),
        ] {
            assert_eq!(open(org, uri, list, &text), Err(code::REQUEST), "{uri}");
        }
        let uri = "/v1/items?state=released";
        // What cursors were before: the number of the list and the entry, in the open.
        let bare = api::bytes::of(&(List::Items.number(), id));
        for wrong in ["", "x", "AQ", &text[1..], &format!("{text}AA"), &"A".repeat(500), &bare] {
            assert_eq!(open(&ORG, uri, List::Items, wrong), Err(code::REQUEST), "{wrong}");
        }
    }

    #[test]
    fn limits_have_bounds() {
        let (tokens, uri) = (Tokens::new().unwrap(), Uri::from_static("/v1/items/x/events"));
        let pages = Pages::of(&tokens, &ORG, &uri, List::Events).unwrap();
        let limit = |n| pages.window::<u64>(n, None).map(|w| w.limit).ok();
        assert_eq!(limit(None), Some(100));
        assert_eq!(limit(Some(1)), Some(1));
        assert_eq!(limit(Some(1_000)), Some(1_000));
        assert_eq!(limit(Some(0)), None);
        assert_eq!(limit(Some(1_001)), None);
    }

    #[test]
    fn the_next_page_is_linked_with_the_same_conditions() {
        let (tokens, uri) = (Tokens::new().unwrap(), Uri::from_static("/v1/items?state=released&cursor=old&limit=2"));
        let link = next_link(&uri, "new").unwrap();
        assert_eq!(link, "</v1/items?state=released&limit=2&cursor=new>; rel=\"next\"");
        let pages = Pages::of(&tokens, &ORG, &uri, List::Items).unwrap();
        assert!(pages.page(vec![1], Some(7u64)).unwrap().headers().get(header::LINK).is_some());
        assert!(pages.page(vec![1], None::<u64>).unwrap().headers().get(header::LINK).is_none());
    }
}
