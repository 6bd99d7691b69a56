//! What goes wrong, on its way to the client: a code with its values. The words are added last, in the language asked for.

use super::params::Language;
use crate::ingress::SubmitError;
use api::{Lang, Problem, catalogue, paths};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use ledger::transaction::TxError;
use mempool::Refused;
use store::StoreError;

/// Codes of the catalogue that this module speaks; those of ledger and codes come with their errors.
pub(super) mod code {
    pub(crate) const ID: &str = "H1409";
    pub(crate) const WORD: &str = "H1412";
    pub(crate) const REQUEST: &str = "H1413";
    pub(crate) const BODY: &str = "H1414";
    pub(crate) const TOKEN_MISSING: &str = "H2301";
    pub(crate) const TOKEN: &str = "H2302";
    pub(crate) const CHALLENGE: &str = "H2303";
    pub(crate) const SIGNATURE: &str = "H2304";
    pub(crate) const KEY: &str = "H2305";
    pub(crate) const HIDDEN: &str = "H4301";
    pub(crate) const NOT_FOR_YOU: &str = "H4302";
    pub(crate) const FORMER: &str = "H4303";
    pub(crate) const NOT_READY: &str = "H7002";
    pub(crate) const POOL_FULL: &str = "H7003";
    pub(crate) const POOL_SHARE: &str = "H7012";
    pub(crate) const KNOWN: &str = "H1006";
    pub(crate) const NOT_FOUND: &str = "H7004";
    pub(crate) const PATH: &str = "H7005";
    pub(crate) const NOT_HERE: &str = "H7020";
    pub(crate) const LEFT: &str = "H7021";
    pub(crate) const OFFLINE: &str = "H7122";
    pub(crate) const OUTBOX: &str = "H7126";
    pub(crate) const ACCESS_BUSY: &str = "H7129";
    pub(crate) const METHOD: &str = "H7006";
    pub(crate) const TOO_MANY: &str = "H7008";
    pub(crate) const REGISTERED: &str = "H7016";
    pub(crate) const SEATS_CHANGED: &str = "H7023";
    pub(crate) const FAULT: &str = "H7009";
    pub(crate) const HALTED: &str = "H7011";
    pub(crate) const BUNDLE: &str = "H7015";
    pub(crate) const PRUNED: &str = "H8121";
    pub(crate) const DISK_FULL: &str = "H8116";
    pub(crate) const MEDIA: &str = "H1415";
    pub(crate) const QUERY_BODY: &str = "H1686";
    pub(crate) const RESULT_TOO_LARGE: &str = "H1687";
    pub(crate) const RESULT_TOO_WIDE: &str = "H1688";
    pub(crate) const PAGE_GONE: &str = "H1689";
    pub(crate) const NOT_ACCEPTABLE: &str = "H1690";
    pub(crate) const GATEWAY: &str = "H1691";
    pub(crate) const URI_TOO_LONG: &str = "H1692";
    pub(crate) const QUERY_NAME: &str = "H1693";
    pub(crate) const QUERY_TAKEN: &str = "H1694";
    pub(crate) const QUERIES_SHARE: &str = "H1695";
    pub(crate) const QUERIES_FULL: &str = "H1696";
    pub(crate) const NOTHING_KEPT: &str = "H1697";
}

/// Seconds after which a client that was turned away for load may come again.
const RETRY_AFTER_S: &str = "1";
/// Characters of a value that came from outside and is repeated in an answer.
const MAX_SHOWN: usize = 120;

/// A request that is not answered as it was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    code: &'static str,
    params: Vec<(&'static str, String)>,
    /// The type of the problem where EPCIS has one for it.
    exception: Option<&'static str>,
}

impl Failure {
    pub(super) fn new(code: &'static str) -> Failure {
        Failure::said(code, Vec::new())
    }

    /// A code with its values, as an error of the libraries has them.
    pub(super) fn said(code: &'static str, params: Vec<(&'static str, String)>) -> Failure {
        Failure { code, params, exception: None }
    }

    /// Makes it an exception of EPCIS.
    pub(super) fn except(&mut self, exception: &'static str) {
        self.exception = Some(exception);
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Failure {
        self.params.push((name, value.into()));
        self
    }

    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    /// Nothing has this name, or it is not shown to this reader: the two are told alike on purpose.
    pub(super) fn not_found(kind: &'static str, input: impl std::fmt::Display) -> Failure {
        Failure::new(code::NOT_FOUND).with("kind", kind).with("input", shown(&input.to_string()))
    }

    /// A query or a JSON body that does not fit.
    pub(super) fn request(detail: impl std::fmt::Display) -> Failure {
        Failure::new(code::REQUEST).with("detail", shown(&detail.to_string()))
    }

    /// Text that is no identity.
    pub(super) fn id(input: &str) -> Failure {
        Failure::new(code::ID).with("input", shown(input))
    }

    /// A fault of this node: the reason goes to the log and to nobody else.
    pub(super) fn fault(doing: &'static str, error: impl std::fmt::Display) -> Failure {
        tracing::error!(%error, doing, "a request failed");
        Failure::new(code::FAULT)
    }

    /// A read that the store refuses: what it does not keep any more is told, anything else is a fault.
    pub(super) fn store(doing: &'static str, error: &StoreError) -> Failure {
        match error {
            StoreError::Pruned { floor } => Failure::new(code::PRUNED).with("floor", floor.to_string()),
            other => Failure::fault(doing, other),
        }
    }

    /// A code of a label that does not read.
    pub(super) fn item_code(error: &gs1::CodeError, input: &str) -> Failure {
        Failure::new(error.code()).with("input", shown(input)).with("detail", error.to_string())
    }

    pub(super) fn of_tx(error: &TxError) -> Failure {
        Failure::said(error.code(), catalogue::tx_params(error))
    }

    pub(super) fn of_submit(error: &SubmitError) -> Failure {
        match error {
            SubmitError::Inadmissible(error) => Failure::of_tx(error),
            SubmitError::Pool(refused) => match refused {
                Refused::Full { .. } => Failure::new(code::POOL_FULL),
                Refused::OrgFull { .. } => Failure::new(code::POOL_SHARE),
                Refused::Known => Failure::new(code::KNOWN),
                Refused::Expired { expires, now } => Failure::of_tx(&TxError::Expired { expires: *expires, now: *now }),
            },
            SubmitError::Busy => Failure::new(code::POOL_FULL),
            SubmitError::OutboxFull => Failure::new(code::OUTBOX),
            SubmitError::Offline => Failure::new(code::OFFLINE),
            SubmitError::Refused { code, detail } => Failure::new(code).with("detail", shown(detail)),
            SubmitError::Unavailable { detail } => Failure::fault("judge a transaction", detail),
        }
    }

    /// The problem in a language.
    pub(super) fn problem(&self, lang: Lang) -> Problem {
        let problem = Problem::new(self.code, self.params.iter().cloned(), lang);
        match self.exception {
            Some(exception) => Problem { kind: exception.to_owned(), ..problem },
            None => problem,
        }
    }
}

/// A value from outside as it may be repeated.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_SHOWN).collect()
}

/// Carries the failure to [`finish`], which alone knows the language.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(catalogue::http_status(self.code));
        let mut response = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Puts the words to a failure and the headers to every answer.
pub(super) fn finish(mut response: Response, language: Language) -> Response {
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        let said = std::mem::take(response.headers_mut());
        response = problem_response(&failure, language.0, response.status());
        // What was said of it already stays, such as as of when it holds.
        for (name, value) in said.into_iter().filter_map(|(name, value)| Some((name?, value))) {
            response.headers_mut().entry(name).or_insert(value);
        }
    }
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // What is shown depends on who asks, and changes with the next block.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn problem_response(failure: &Failure, lang: Lang, status: StatusCode) -> Response {
    // Plain structs of text always encode; an empty body would still carry the status.
    let body = serde_json::to_vec(&failure.problem(lang)).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(paths::PROBLEM_JSON));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.tag()));
    match failure.code {
        code::TOKEN_MISSING | code::TOKEN => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        code::POOL_FULL
        | code::POOL_SHARE
        | code::TOO_MANY
        | code::NOT_READY
        | code::OFFLINE
        | code::OUTBOX
        | code::ACCESS_BUSY => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S));
        }
        _ => {}
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_spoken_here_is_in_the_catalogue() {
        let spoken = [
            code::ID,
            code::WORD,
            code::REQUEST,
            code::BODY,
            code::TOKEN_MISSING,
            code::TOKEN,
            code::CHALLENGE,
            code::SIGNATURE,
            code::KEY,
            code::HIDDEN,
            code::NOT_FOR_YOU,
            code::FORMER,
            code::NOT_READY,
            code::POOL_FULL,
            code::POOL_SHARE,
            code::KNOWN,
            code::NOT_FOUND,
            code::PATH,
            code::NOT_HERE,
            code::LEFT,
            code::PRUNED,
            code::OFFLINE,
            code::OUTBOX,
            code::ACCESS_BUSY,
            code::METHOD,
            code::TOO_MANY,
            code::REGISTERED,
            code::SEATS_CHANGED,
            code::FAULT,
            code::HALTED,
            code::DISK_FULL,
            code::MEDIA,
            code::QUERY_BODY,
            code::RESULT_TOO_LARGE,
            code::RESULT_TOO_WIDE,
            code::PAGE_GONE,
            code::NOT_ACCEPTABLE,
            code::GATEWAY,
            code::URI_TOO_LONG,
            code::QUERY_NAME,
            code::QUERY_TAKEN,
            code::QUERIES_SHARE,
            code::QUERIES_FULL,
            code::NOTHING_KEPT,
        ];
        for code in spoken {
            assert!(catalogue::explain(code, Lang::En).is_some(), "{code}");
            assert!((400..600).contains(&catalogue::http_status(code)), "{code}");
        }
    }

    #[test]
    fn a_failure_speaks_the_language_asked_for() {
        for (lang, tag) in [(Lang::En, "en"), (Lang::ZhHans, "zh-Hans")] {
            let response = finish(Failure::new(code::TOKEN_MISSING).into_response(), Language(lang));
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            assert_eq!(response.headers()[header::CONTENT_TYPE], paths::PROBLEM_JSON);
            assert_eq!(response.headers()[header::CONTENT_LANGUAGE], tag);
            assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
        }
    }

    #[test]
    fn what_comes_from_outside_is_cut() {
        let failure = Failure::not_found("item", format!("a\r\n{}", "b".repeat(500)));
        let problem = failure.problem(Lang::En);
        assert_eq!(problem.params["input"].len(), MAX_SHOWN);
        assert!(!problem.params["input"].contains('\n'));
    }
}
