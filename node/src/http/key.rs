//! What stands behind `/v1/items/` and `/v1/codes/`: an identity or the path of a GS1 Digital Link, and what is asked of it.

use super::failure::{Failure, code};
use api::paths;
use axum::http::Uri;
use gs1::ItemCode;
use ledger::ItemId;

/// What names an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ItemKey {
    /// Its identity.
    Id(ItemId),
    /// Its code, which several items may carry.
    Code(ItemCode),
}

/// What is asked of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Facet {
    Record,
    Events,
    Bundle,
    Passage,
}

/// Length of the prefix of [`paths::ITEM`] before its key.
const PREFIX: &str = "/v1/items/";

/// The prefix of [`paths::CODE`] before its key.
const CODES: &str = "/v1/codes/";

/// The code whose absence is asked for.
pub(super) fn parse_absence(uri: &Uri) -> Result<ItemCode, Failure> {
    let rest = uri.path().strip_prefix(CODES).unwrap_or_default();
    match rest.rsplit_once('/') {
        Some((text, paths::ABSENCE)) => gs1::parse_code(text).map_err(|e| Failure::item_code(&e, text)),
        _ => Err(Failure::new(code::PATH)),
    }
}

/// Takes the path apart. It is read as it was sent, for a lot may hold an encoded slash.
///
/// A lot may also be called `events`. As the path of a Digital Link has an even number of segments, other codes have two
/// and an identity one, the number of segments says whether the last one is an ending.
pub(super) fn parse(uri: &Uri) -> Result<(ItemKey, Facet), Failure> {
    let rest = uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let (key, facet) = match rest.rsplit_once('/') {
        Some((key, paths::EVENTS)) if is_whole(key) => (key, Facet::Events),
        Some((key, paths::BUNDLE)) if is_whole(key) => (key, Facet::Bundle),
        Some((key, paths::PASSAGE)) if is_whole(key) => (key, Facet::Passage),
        _ => (rest, Facet::Record),
    };
    parse_key(key).map(|key| (key, facet))
}

/// Whether the text has as many segments as a key of its kind.
fn is_whole(key: &str) -> bool {
    let segments = key.split('/').count();
    match key.split('/').next() {
        Some("01" | "00") => segments.is_multiple_of(2),
        Some(first) if first.starts_with("hufu:") => segments == 2,
        _ => segments == 1,
    }
}

fn parse_key(text: &str) -> Result<ItemKey, Failure> {
    if let Ok(id) = text.parse() {
        return Ok(ItemKey::Id(id));
    }
    let is_code = ["01/", "00/", "hufu:"].iter().any(|start| text.starts_with(start));
    if !is_code && !text.contains('/') && text.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(Failure::id(text));
    }
    gs1::parse_code(text).map(ItemKey::Code).map_err(|e| Failure::item_code(&e, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expect: Result<(&str, Facet), &str>) {
        let found = parse(&format!("/v1/items/{path}").parse().unwrap());
        let found = found.map(|(key, facet)| match key {
            ItemKey::Id(id) => (id.to_string(), facet),
            ItemKey::Code(code) => (code.to_string(), facet),
        });
        let found = found.as_ref().map(|(key, facet)| (key.as_str(), *facet)).map_err(|f| f.code());
        assert_eq!(found, expect, "{path}");
    }

    #[test]
    fn identities_and_codes_with_and_without_an_ending() {
        let id = "ab".repeat(32);
        check(&id, Ok((&id, Facet::Record)));
        check(&format!("{id}/events"), Ok((&id, Facet::Events)));
        check(&format!("{id}/bundle"), Ok((&id, Facet::Bundle)));
        check(&format!("{id}/passage"), Ok((&id, Facet::Passage)));
        let lot = "01/09521234543213/10/L1";
        check(lot, Ok((lot, Facet::Record)));
        check(&format!("{lot}/events"), Ok((lot, Facet::Events)));
        check(&format!("{lot}/bundle"), Ok((lot, Facet::Bundle)));
        check("hufu:isbt128/A9999", Ok(("hufu:isbt128/A9999", Facet::Record)));
        check("hufu:isbt128/A9999/bundle", Ok(("hufu:isbt128/A9999", Facet::Bundle)));
    }

    #[test]
    fn a_lot_may_be_called_like_an_ending_and_hold_a_slash() {
        check("01/09521234543213/10/events", Ok(("01/09521234543213/10/events", Facet::Record)));
        check("01/09521234543213/10/events/events", Ok(("01/09521234543213/10/events", Facet::Events)));
        check("01/09521234543213/21/bundle/bundle", Ok(("01/09521234543213/21/bundle", Facet::Bundle)));
        check("hufu:isbt128/events", Ok(("hufu:isbt128/events", Facet::Record)));
        check("hufu:isbt128/events/events", Ok(("hufu:isbt128/events", Facet::Events)));
        check("01/09521234543213/10/a%2Fevents", Ok(("01/09521234543213/10/a%2Fevents", Facet::Record)));
        check("01/09521234543213/10/a%2Fb/events", Ok(("01/09521234543213/10/a%2Fb", Facet::Events)));
    }

    #[test]
    fn absence_is_asked_of_a_code() {
        let check = |path: &str, expect: Result<&str, &str>| {
            let found = parse_absence(&format!("/v1/codes/{path}").parse().unwrap());
            let found = found.map(|code| code.to_string());
            assert_eq!(found.as_deref().map_err(|f| f.code()), expect, "{path}");
        };
        check("01/09521234543213/10/L1/absence", Ok("01/09521234543213/10/L1"));
        check("01/09521234543213/10/absence/absence", Ok("01/09521234543213/10/absence"));
        check("hufu:isbt128/A9999/absence", Ok("hufu:isbt128/A9999"));
        check("01/09521234543213/10/L1", Err("H7005"));
        check("absence", Err("H7005"));
        check("01/09521234543214/10/L1/absence", Err("H1203"));
        check(&format!("{}/absence", "ab".repeat(32)), Err("H1103"));
    }

    #[test]
    fn faults_keep_their_codes() {
        check("01/09521234543214/10/L1", Err("H1203"));
        check("01/09521234543214/10/L1/events", Err("H1203"));
        check("01/09521234543213/events", Err("H1122"));
        check("01/09521234543213", Err("H1122"));
        check(&"AB".repeat(32), Err("H1409"));
        check("abc/events", Err("H1409"));
        check("nonsense", Err("H1103"));
        check("", Err("H1409"));
    }
}
