//! Queries and languages.

use super::failure::Failure;
use api::Lang;
use axum::{
    extract::{FromRequestParts, Query},
    http::{HeaderMap, Uri, header, request::Parts, uri::PathAndQuery},
};
use serde::de::DeserializeOwned;
use std::convert::Infallible;

/// The query parameter that chooses a language, on every path.
const LANG: &str = "lang";

/// The language of messages: `lang` of the query, else `Accept-Language`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Language(pub(super) Lang);

impl Language {
    pub(super) fn of(uri: &Uri, headers: &HeaderMap) -> Language {
        let asked = pairs(uri).find(|(name, _)| *name == LANG).and_then(|(_, value)| Lang::from_tag(value));
        let accepted = || headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
        Language(asked.unwrap_or_else(|| accepted().map(Lang::from_accept_language).unwrap_or_default()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Language::of(&parts.uri, &parts.headers))
    }
}

/// The query as a type that refuses unknown fields; `lang` is taken out before.
pub(super) struct Params<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parse(&parts.uri).map(Params)
    }
}

fn parse<T: DeserializeOwned>(uri: &Uri) -> Result<T, Failure> {
    let target: PathAndQuery = format!("/?{}", without(uri, LANG)).parse().map_err(Failure::request)?;
    match Query::<T>::try_from_uri(&Uri::from(target)) {
        Ok(Query(query)) => Ok(query),
        Err(error) => Err(Failure::request(error.body_text())),
    }
}

/// The query without one parameter, as it was written.
pub(super) fn without(uri: &Uri, name: &str) -> String {
    let query = uri.query().unwrap_or_default();
    let rest: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && split(pair).0 != name).collect();
    rest.join("&")
}

/// Whether the query names a parameter, with or without a value.
pub(super) fn names(uri: &Uri, name: &str) -> bool {
    pairs(uri).any(|(n, _)| n == name)
}

fn pairs(uri: &Uri) -> impl Iterator<Item = (&str, &str)> {
    uri.query().unwrap_or_default().split('&').map(split)
}

fn split(pair: &str) -> (&str, &str) {
    pair.split_once('=').unwrap_or((pair, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::{tx::WaitQuery, view::PageQuery};

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    #[test]
    fn the_query_chooses_the_language_before_the_header() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, "zh-CN,en;q=0.5".parse().unwrap());
        for (query, lang) in [
            ("/v1/tx", Lang::ZhHans),
            ("/v1/tx?lang=en", Lang::En),
            ("/v1/tx?lang=fr", Lang::ZhHans),
            ("/v1/tx?a=b&lang=zh-Hans", Lang::ZhHans),
        ] {
            assert_eq!(Language::of(&uri(query), &headers), Language(lang), "{query}");
        }
        assert_eq!(Language::of(&uri("/"), &HeaderMap::new()), Language(Lang::En));
    }

    #[test]
    fn unknown_parameters_are_refused_and_lang_is_not_one() {
        let page = parse::<PageQuery>(&uri("/?limit=5&lang=en")).unwrap();
        assert_eq!(page.limit, Some(5));
        assert!(parse::<WaitQuery>(&uri("/?wait=committed&timeout_ms=100")).is_ok());
        assert!(parse::<PageQuery>(&uri("/")).is_ok());
        for wrong in ["/?limits=5", "/?limit=-1", "/?limit=a", "/?limit=1&limit=2", "/?limit="] {
            assert_eq!(parse::<PageQuery>(&uri(wrong)).unwrap_err().code(), "H1413", "{wrong}");
        }
    }

    #[test]
    fn parameters_are_found_and_left_out() {
        assert!(names(&uri("/readyz?verbose"), "verbose"));
        assert!(names(&uri("/readyz?a=1&verbose=1"), "verbose"));
        assert!(!names(&uri("/readyz?verbos"), "verbose"));
        assert_eq!(without(&uri("/?a=1&cursor=x&b=2"), "cursor"), "a=1&b=2");
        assert_eq!(without(&uri("/"), "cursor"), "");
    }
}
