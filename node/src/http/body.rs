//! Bodies of requests: bounded before they are read, and never held beyond their bound.

use super::{
    failure::{Failure, code},
    params::Language,
};
use api::paths;
use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::HeaderMap,
};
use edge::body::{self, Fault};
use ledger::bounds::MAX_TX_BYTES;
use serde::de::DeserializeOwned;

/// Most bytes of a JSON body: those of a login have a few hundred.
const MAX_JSON_BYTES: usize = 16 * 1024;

/// Most bytes of a body at a path, given as its template.
pub(super) fn limit(template: &str) -> usize {
    match template {
        paths::TX => MAX_TX_BYTES,
        paths::TX_BATCH => paths::MAX_BATCH_BYTES,
        // Of these no more than a piece is held at a time.
        paths::DOCUMENTS => usize::try_from(ledger::sealed::MAX_BYTES).unwrap_or(usize::MAX),
        _ => MAX_JSON_BYTES,
    }
}

/// Gives the body back, or refuses one whose stated length is over the limit.
pub(super) async fn refuse_stated(headers: &HeaderMap, body: Body, limit: usize) -> Result<Body, Failure> {
    body::refuse_stated(headers, body, limit).await.map_err(|fault| refused(fault, limit))
}

/// The whole body of at most `limit` bytes; a longer one is refused where it passes the bound.
pub(super) async fn read(body: Body, limit: usize) -> Result<Vec<u8>, Failure> {
    body::read(body, limit).await.map_err(|fault| refused(fault, limit))
}

fn refused(fault: Fault, limit: usize) -> Failure {
    match fault {
        Fault::TooLarge => Failure::new(code::BODY).with("limit", limit.to_string()),
        Fault::CutOff => Failure::request("the body ends before its end"),
    }
}

/// Canonical bytes of a path that takes such.
pub(super) struct Octets {
    pub(super) bytes: Vec<u8>,
    pub(super) language: Language,
}

impl Octets {
    pub(super) async fn read(request: Request, limit: usize) -> Result<Octets, Failure> {
        let language = Language::of(request.uri(), request.headers());
        let bytes = read(request.into_body(), limit).await?;
        Ok(Octets { bytes, language })
    }
}

/// A JSON body. serde_json gives up at 128 levels, so depth costs no stack.
pub(super) struct Json<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let bytes = read(request.into_body(), MAX_JSON_BYTES).await?;
        serde_json::from_slice(&bytes).map(Json).map_err(Failure::request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::login::ChallengeRequest;
    use axum::http::header;

    #[tokio::test]
    async fn a_refused_body_says_what_is_taken() {
        let too_large = read(Body::from(vec![1; 9]), 8).await.unwrap_err();
        assert_eq!(too_large, Failure::new(code::BODY).with("limit", "8"));
        let stated = [(header::CONTENT_LENGTH, "9".parse().unwrap())].into_iter().collect();
        assert_eq!(refuse_stated(&stated, Body::from(vec![1; 9]), 8).await.unwrap_err(), too_large);
        assert_eq!(refused(Fault::CutOff, 8).code(), code::REQUEST);
    }

    #[tokio::test]
    async fn depth_and_unknown_fields_of_json_are_refused() {
        let nested = "[".repeat(10_000);
        for (wrong, expected) in [
            (nested.as_str(), code::REQUEST),
            (r#"{"key":"a","more":1}"#, code::REQUEST),
            ("", code::REQUEST),
            ("\u{feff}{}", code::REQUEST),
            (&"[".repeat(100_000), code::BODY),
        ] {
            let request = Request::new(Body::from(wrong.to_owned()));
            let failure = Json::<ChallengeRequest>::from_request(request, &()).await.err().unwrap();
            assert_eq!(failure.code(), expected);
        }
    }
}
