//! What is said around the events: media types, versions, links, problems.

use crate::http::{
    failure::{self, Failure, code, shown},
    params::{self, Language},
};
use api::{catalogue, paths};
use axum::{
    extract::{FromRequestParts, MatchedPath},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use epcis::{Map, Value, export};

/// Longest path and query, in bytes.
const MAX_URI: usize = 8_192;

const JSON: &str = "application/json";
const JSON_LD: &str = "application/ld+json";

/// The one version that is spoken, of EPCIS and of CBV.
const VERSION: &str = "2.0.0";
const EPC_FORMAT: HeaderName = HeaderName::from_static("gs1-epc-format");
/// Links as the ledger has them; whoever wants something else is refused.
const EPC_FORMATS: [&str; 3] = ["Always_GS1_Digital_Link", "No_Preference", "Never_Translates"];

/// What stands at the head of every answer.
const HEADERS: [(&str, &str); 6] = [
    ("gs1-epcis-version", VERSION),
    ("gs1-cbv-version", VERSION),
    ("gs1-vendor-version", concat!("hufu-", env!("CARGO_PKG_VERSION"))),
    ("gs1-epc-format", "Always_GS1_Digital_Link"),
    ("gs1-cbv-xml-format", "Never_Translates"),
    ("gs1-extensions", "hufu=urn:hufu:epcis:1:"),
];
/// What stands beside it where capabilities are asked for.
const RANGES: [&str; 4] = ["gs1-epcis-min", "gs1-epcis-max", "gs1-cbv-min", "gs1-cbv-max"];

/// How the caller wants its answer.
pub(super) struct Asked {
    media: &'static str,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let length = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
        if length > MAX_URI {
            return Err(Failure::new(code::URI_TOO_LONG).with("max", MAX_URI.to_string()));
        }
        for (range, is_least) in [(RANGES[0], true), (RANGES[1], false), (RANGES[2], true), (RANGES[3], false)] {
            let Some(text) = parts.headers.get(range) else { continue };
            let text = text.to_str().unwrap_or_default();
            let spoken = version(VERSION);
            let fits = version(text).is_some_and(|bound| match is_least {
                true => Some(&bound) <= spoken.as_ref(),
                false => Some(&bound) >= spoken.as_ref(),
            });
            if !fits {
                return Err(unacceptable(text, VERSION));
            }
        }
        let format = parts.headers.get(EPC_FORMAT).and_then(|value| value.to_str().ok());
        if let Some(format) = format.filter(|format| !EPC_FORMATS.contains(format)) {
            return Err(unacceptable(format, &EPC_FORMATS.join(", ")));
        }
        media(&parts.headers).map(|media| Asked { media })
    }
}

fn unacceptable(input: &str, expected: &str) -> Failure {
    Failure::new(code::NOT_ACCEPTABLE).with("input", shown(input)).with("expected", expected)
}

/// The numbers of a version without the zeros at its end, so that 2.0 is 2.0.0.
fn version(text: &str) -> Option<Vec<u32>> {
    let mut numbers = text.trim().split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u32>>>()?;
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    Some(numbers)
}

/// The media type that suits the caller best.
fn media(headers: &HeaderMap) -> Result<&'static str, Failure> {
    let mut best: Option<(f32, &'static str)> = None;
    let mut all = Vec::new();
    for value in headers.get_all(header::ACCEPT) {
        let value = value.to_str().unwrap_or_default();
        all.push(value);
        for range in value.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let offered = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                JSON | "application/*" | "*/*" => JSON,
                JSON_LD => JSON_LD,
                _ => continue,
            };
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse::<f32>().ok());
            let weight = weight.unwrap_or_default();
            if weight > best.map_or(0.0, |(known, _)| known) {
                best = Some((weight, offered));
            }
        }
    }
    match best {
        Some((_, media)) => Ok(media),
        None if all.is_empty() => Ok(JSON),
        None => Err(unacceptable(&all.join(", "), &format!("{JSON}, {JSON_LD}"))),
    }
}

impl Asked {
    /// A success.
    pub(super) fn page(&self, value: &Value, next: Option<HeaderValue>) -> Response {
        let mut response = ([(header::CONTENT_TYPE, self.media)], value.to_string()).into_response();
        if let Some(next) = next {
            response.headers_mut().insert(header::LINK, next);
        }
        response
    }
}

/// The link to the page that a token stands for.
pub(super) fn next_link(uri: &Uri, token: Option<&str>) -> Option<HeaderValue> {
    let rest = params::without(uri, "nextPageToken");
    let and = if rest.is_empty() { "" } else { "&" };
    let link = format!("<{}?{rest}{and}nextPageToken={}>; rel=\"next\"", uri.path(), token?);
    HeaderValue::from_str(&link).ok()
}

/// The answer to a query.
pub(super) fn document(events: Vec<Value>, name: &str, created: &str) -> Value {
    let Value::Map(mut document) = export::document(events, created) else { return Value::Null };
    let body = document.remove("epcisBody");
    let list = body.as_ref().and_then(|body| body.get("eventList")).cloned();
    let mut results = Map::default();
    results.insert("eventList", list.unwrap_or(Value::List(Vec::new())));
    let mut answer = Map::default();
    answer.insert("queryName", name);
    answer.insert("resultsBody", results);
    let mut body = Map::default();
    body.insert("queryResults", answer);
    document.insert("type", "EPCISQueryDocument");
    document.insert("epcisBody", body);
    document.into()
}

/// A collection of names.
pub(super) fn collection<'n>(members: impl IntoIterator<Item = &'n str>) -> Value {
    let members: Vec<Value> = members.into_iter().map(Value::from).collect();
    let mut collection = Map::default();
    collection.insert("@context", epcis::CONTEXT);
    collection.insert("type", "Collection");
    collection.insert("member", members);
    collection.into()
}

/// `OPTIONS` of every path.
pub(super) async fn capabilities(path: MatchedPath) -> Response {
    let allow = match path.as_str() {
        paths::EPCIS_QUERIES => "OPTIONS, GET, POST",
        paths::EPCIS_QUERY => "OPTIONS, GET, DELETE",
        _ => "OPTIONS, GET",
    };
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, HeaderValue::from_static(allow));
    for range in RANGES {
        headers.insert(HeaderName::from_static(range), HeaderValue::from_static(VERSION));
    }
    response
}

/// The type of a problem as EPCIS names it.
fn exception(failure: &Failure) -> &'static str {
    match (catalogue::http_status(failure.code()), failure.code()) {
        (_, code::QUERY_BODY | code::QUERY_NAME) => "epcisException:QueryValidationException",
        (_, code::RESULT_TOO_LARGE) => "epcisException:QueryTooLargeException",
        (413, _) => "epcisException:QueryTooComplexException",
        (400, said) if said.starts_with("H168") => "epcisException:QueryParameterException",
        (400 | 422, _) => "epcisException:ValidationException",
        (401 | 403, _) => "epcisException:SecurityException",
        (404, _) => "epcisException:NoSuchNameException",
        (406, _) => "epcisException:NotAcceptableException",
        (409, _) => "epcisException:ResourceAlreadyExistsException",
        (414, _) => "epcisException:URITooLongException",
        (415, _) => "epcisException:UnsupportedMediaTypeException",
        _ => "epcisException:ImplementationException",
    }
}

/// Puts the headers of EPCIS to every answer, and its type to a problem.
pub(in crate::http) fn finish(mut response: Response, language: Language) -> Response {
    if let Some(failure) = response.extensions_mut().get_mut::<Failure>() {
        let exception = exception(failure);
        failure.except(exception);
    }
    let mut response = failure::finish(response, language);
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_chooses_among_what_is_spoken() {
        for (accept, expect) in [
            (None, Some(JSON)),
            (Some("*/*"), Some(JSON)),
            (Some("application/ld+json"), Some(JSON_LD)),
            (Some("text/html, application/ld+json;q=0.5, application/json;q=0.4"), Some(JSON_LD)),
            (Some("application/xml, */*;q=0.1"), Some(JSON)),
            (Some("application/json;q=0"), None),
            (Some("application/xml"), None),
        ] {
            let headers: HeaderMap = accept.iter().map(|text| (header::ACCEPT, text.parse().unwrap())).collect();
            assert_eq!(media(&headers).ok(), expect, "{accept:?}");
        }
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(version("2.0"), version(VERSION));
        assert!(version("2.0.1") > version(VERSION) && version("1.10") < version(VERSION));
        assert_eq!(version("two"), None);
    }

    #[test]
    fn the_next_page_is_asked_for_with_the_same_parameters() {
        let uri: Uri = "/epcis/v2/events?EQ_action=ADD&nextPageToken=old&perPage=2".parse().unwrap();
        let link = next_link(&uri, Some("new")).unwrap();
        assert_eq!(link, "</epcis/v2/events?EQ_action=ADD&perPage=2&nextPageToken=new>; rel=\"next\"");
        assert_eq!(next_link(&uri, None), None);
    }

    #[test]
    fn problems_have_the_types_of_epcis() {
        for (code, expect) in [
            ("H1680", "QueryParameterException"),
            (code::QUERY_BODY, "QueryValidationException"),
            (code::RESULT_TOO_LARGE, "QueryTooLargeException"),
            (code::RESULT_TOO_WIDE, "QueryTooComplexException"),
            (code::NOT_ACCEPTABLE, "NotAcceptableException"),
            (code::GATEWAY, "ImplementationException"),
            (code::URI_TOO_LONG, "URITooLongException"),
            (code::QUERY_TAKEN, "ResourceAlreadyExistsException"),
            (code::QUERIES_SHARE, "ImplementationException"),
            (code::QUERIES_FULL, "ImplementationException"),
            (code::NOTHING_KEPT, "ImplementationException"),
            (code::TOKEN_MISSING, "SecurityException"),
            (code::NOT_FOUND, "NoSuchNameException"),
            (code::TOO_MANY, "ImplementationException"),
        ] {
            assert_eq!(exception(&Failure::new(code)), format!("epcisException:{expect}"), "{code}");
        }
    }
}
