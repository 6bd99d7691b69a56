//! Queries and languages.

use super::failure::{Failure, code, shown};
use api::Lang;
use axum::{
    extract::{FromRequestParts, Query},
    http::{HeaderMap, Uri, header, request::Parts, uri::PathAndQuery},
};
use serde::de::DeserializeOwned;
use std::{convert::Infallible, str::FromStr};

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

/// Where the path decides what the query may ask.
pub(super) fn parse<T: DeserializeOwned>(uri: &Uri) -> Result<T, Failure> {
    let target: PathAndQuery = format!("/?{}", without(uri, LANG)).parse().map_err(Failure::request)?;
    match Query::<T>::try_from_uri(&Uri::from(target)) {
        Ok(Query(query)) => Ok(query),
        Err(error) => Err(Failure::request(error.body_text())),
    }
}

/// The one of a list of words that a text is.
pub(super) fn one_of<T: Copy>(text: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, Failure> {
    let found = all.iter().copied().find(|one| name(*one) == text);
    let names = || all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| Failure::new(code::WORD).with("input", shown(text)).with("expected", names()))
}

/// The identity that a parameter names, if it is there.
pub(super) fn identity<T: FromStr>(text: Option<&str>) -> Result<Option<T>, Failure> {
    text.map(|text| text.parse().map_err(|_| Failure::id(text))).transpose()
}

/// Whether a parameter that is 0 or 1 is set.
pub(super) fn flag(value: Option<u8>) -> Result<bool, Failure> {
    match value {
        None | Some(0) => Ok(false),
        Some(1) => Ok(true),
        Some(other) => Err(Failure::new(code::WORD).with("input", other.to_string()).with("expected", "0 or 1")),
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
    fn words_identities_and_flags_are_read() {
        let words = ["on", "off"];
        assert_eq!(one_of("off", &words, |word| word), Ok("off"));
        assert_eq!(one_of("of", &words, |word| word).unwrap_err().code(), "H1412");
        assert_eq!(identity::<u8>(None), Ok(None));
        assert_eq!(identity::<u8>(Some("7")), Ok(Some(7)));
        assert_eq!(identity::<u8>(Some("x")).unwrap_err().code(), "H1409");
        assert_eq!([None, Some(0), Some(1)].map(flag), [Ok(false), Ok(false), Ok(true)]);
        assert_eq!(flag(Some(2)).unwrap_err().code(), "H1412");
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
