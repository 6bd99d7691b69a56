//! Answers: failures with their words, the headers of EPCIS, and what is asked of requests before they are read.

use super::super::settings::Settings;
use crate::failure::{Failure, Result};
use api::{Lang, Problem, paths};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use edge::body::{self, Fault};
use epcis::Format;

pub(in crate::gateway) const JSON: &str = "application/json";
pub(super) const JSON_LD: &str = "application/ld+json";
pub(in crate::gateway) const XML: &str = "application/xml";
pub(super) const TEXT_XML: &str = "text/xml";
/// The version of EPCIS and of the CBV that is spoken.
const VERSION: &str = "2.0.0";
/// Headers that say so.
const VERSION_HEADERS: [&str; 6] =
    ["gs1-epcis-version", "gs1-epcis-min", "gs1-epcis-max", "gs1-cbv-version", "gs1-cbv-min", "gs1-cbv-max"];
/// Seconds after which a client that was turned away for load may come again.
const RETRY_AFTER: &str = "1";
/// Characters of a value that came from outside and is repeated in an answer.
const MAX_SHOWN: usize = 100;

/// A failure on its way to [`finish`], which knows the language.
#[derive(Clone, Debug)]
pub(super) struct Refused(pub(super) Failure);

/// What handlers return.
pub(super) type Answered = std::result::Result<Response, Refused>;

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Refused {
        Refused(failure)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.problem(Lang::En).status);
        let mut response = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The answer of a code that says everything by itself.
pub(super) fn refused(code: &str) -> Response {
    Refused(Failure::plain(code)).into_response()
}

fn shown(text: &str) -> String {
    text.chars().take(MAX_SHOWN).collect()
}

fn is_epcis(path: &str) -> bool {
    let is_below = |of: &&str| path.strip_prefix(*of).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    ["/capture", "/events"].iter().any(is_below)
}

/// The exception of EPCIS for a status.
fn exception(status: u16) -> &'static str {
    match status {
        401 | 403 => "SecurityException",
        404 => "NoSuchResourceException",
        406 => "NotAcceptableException",
        409 => "ResourceAlreadyExistsException",
        413 => "CaptureLimitExceededException",
        414 => "URITooLongException",
        415 => "UnsupportedMediaTypeException",
        400..=499 => "ValidationException",
        _ => "ImplementationException",
    }
}

/// Puts the words to a failure and the headers to every answer.
pub(super) fn finish(mut response: Response, path: &str, lang: Lang, settings: &Settings) -> Response {
    if let Some(Refused(failure)) = response.extensions_mut().remove::<Refused>() {
        let mut problem = failure.problem(lang);
        if is_epcis(path) {
            problem.kind = format!("epcisException:{}", exception(problem.status));
        }
        response = problem_response(&problem, lang, response.status());
    }
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if is_epcis(path) {
        for name in VERSION_HEADERS {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(VERSION));
        }
        headers.insert(HeaderName::from_static("gs1-epcis-capture-limit"), settings.events.into());
        headers.insert(HeaderName::from_static("gs1-epcis-capture-file-size-limit"), settings.bytes.into());
    }
    response
}

fn problem_response(problem: &Problem, lang: Lang, status: StatusCode) -> Response {
    // Plain structs of text always encode; an empty body would still carry the status.
    let mut response = Response::new(Body::from(serde_json::to_vec(problem).unwrap_or_default()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(paths::PROBLEM_JSON));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.tag()));
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        }
        _ => {}
    }
    response
}

/// An answer of a media type.
pub(super) fn bytes(status: StatusCode, kind: &'static str, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, kind)], body).into_response()
}

/// An answer in JSON.
pub(super) fn json<T: serde::Serialize>(status: StatusCode, value: &T) -> Response {
    // Plain structs of text always encode.
    bytes(status, JSON, serde_json::to_vec(value).unwrap_or_default())
}

/// With a header; a value that cannot be one is left out.
pub(super) fn with(mut response: Response, name: HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

/// A media type and the values behind it.
fn media(value: &str) -> (String, Vec<String>) {
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    (parts.next().unwrap_or_default(), parts.collect())
}

/// How a body is written. Error: H1659 where it is neither JSON nor XML in UTF-8, or is packed.
pub(super) fn format(headers: &HeaderMap) -> Result<Format> {
    let stated = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_packed = headers.get(header::CONTENT_ENCODING).is_some_and(|value| value != "identity");
    let (kind, values) = media(stated);
    let is_utf8 = |value: &String| !value.starts_with("charset=") || value.trim_matches('"').ends_with("utf-8");
    match kind.as_str() {
        _ if is_packed || !values.iter().all(is_utf8) => Err(Failure::input("H1659", shown(stated))),
        JSON | JSON_LD => Ok(Format::Json),
        XML | TEXT_XML => Ok(Format::Xml),
        _ => Err(Failure::input("H1659", shown(stated))),
    }
}

/// That a media type may be answered. Errors: H1660, H1658 for another version of EPCIS.
pub(super) fn acceptable(headers: &HeaderMap, kinds: &[&str]) -> Result<()> {
    for name in ["gs1-epcis-version", "gs1-cbv-version"] {
        let asked = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or(VERSION).trim();
        if asked != "2.0" && !asked.starts_with("2.0.") {
            return Err(Failure::input("H1658", shown(asked)));
        }
    }
    let stated: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let fits = |range: &str| {
        let (range, values) = media(range);
        let is_refused = values.iter().any(|value| matches!(value.as_str(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        let is_of = |kind: &&str| {
            let family = kind.split('/').next().unwrap_or_default();
            range == "*/*" || range == *kind || range == format!("{family}/*")
        };
        !is_refused && kinds.iter().any(is_of)
    };
    match stated.is_empty() || stated.iter().flat_map(|list| list.split(',')).any(fits) {
        true => Ok(()),
        false => Err(Failure::new("H1660", [("kinds", kinds.join(", "))])),
    }
}

/// The whole body of at most `limit` bytes; a longer one is refused, before it is read where its length is stated.
///
/// Errors: H1661, H1413 for one that ends too early.
pub(super) async fn body(headers: &HeaderMap, body: Body, limit: usize) -> Result<Vec<u8>> {
    let refused = |fault: Fault| match fault {
        Fault::TooLarge => Failure::new("H1661", [("limit", limit.to_string())]),
        Fault::CutOff => wrong_query("the body ends before its end"),
    };
    let body = body::refuse_stated(headers, body, limit).await.map_err(refused)?;
    body::read(body, limit).await.map_err(refused)
}

/// Work on the disk, on a thread of its own. Error: H7009 where it panicked.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Failure::plain("H7009")))
}

/// The query of a URL, percent-decoded. Error: H1413.
pub(super) fn pairs(query: Option<&str>) -> Result<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let text = |text: &str| decoded(&text.replace('+', " ")).ok_or_else(|| wrong_query(text));
        pairs.push((text(name)?, text(value)?));
    }
    Ok(pairs)
}

/// A query that is not understood.
pub(super) fn wrong_query(detail: &str) -> Failure {
    Failure::new("H1413", [("detail", shown(detail))])
}

/// A text without its percent signs; none where it is not UTF-8, or ends within one.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// A text as one segment of a path.
pub(super) fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let one = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        [(name, value.parse().unwrap())].into_iter().collect()
    }

    #[test]
    fn identities_travel_as_one_segment() {
        let id = "ni:///sha-256;00ab?ver=CBV2.0&血 %";
        assert!(!encoded(id).contains(['/', '?', '&', ' ']));
        assert_eq!(decoded(&encoded(id)).as_deref(), Some(id));
        for wrong in ["%", "%2", "%zz", "%ff"] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
        assert_eq!(pairs(Some("a=1%202&b&c=x+y")).unwrap()[2], ("c".to_owned(), "x y".to_owned()));
        assert_eq!(pairs(Some("a=%")).unwrap_err().code, "H1413");
    }

    #[test]
    fn media_types_are_told_apart() {
        let kind = |value: &str| format(&headers(header::CONTENT_TYPE, value)).map_err(|failure| failure.code);
        assert_eq!(kind("application/json; charset=UTF-8"), Ok(Format::Json));
        assert_eq!(kind("application/ld+json"), Ok(Format::Json));
        assert_eq!(kind("text/xml"), Ok(Format::Xml));
        for wrong in ["", "text/plain", "application/json; charset=gb18030", "application/jsonx"] {
            assert_eq!(kind(wrong), Err("H1659".to_owned()), "{wrong}");
        }
        let accepts = |value: &str| acceptable(&headers(header::ACCEPT, value), &[JSON]).is_ok();
        assert!(accepts("*/*") && accepts("text/html, application/json;q=0.5") && accepts("application/*"));
        assert!(!accepts("application/xml") && !accepts("application/json;q=0"));
        assert!(acceptable(&HeaderMap::new(), &[JSON]).is_ok());
        let version = headers(HeaderName::from_static("gs1-epcis-version"), "1.2");
        assert_eq!(acceptable(&version, &[JSON]).unwrap_err().code, "H1658");
    }
}
