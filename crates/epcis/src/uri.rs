//! What the ledger names, as URIs, and back (`docs/epcis.md`, "Names").

use gs1::{CodeError, Gln, ItemCode, digital_link::is_web_uri, epc, parse_code};
use ledger::{Hash, OrgId, Timestamp};
use std::fmt;

/// The namespace of the extension. JSON-LD takes as a prefix only what ends in a delimiter.
pub(crate) const NAMESPACE: &str = "urn:hufu:epcis:1:";
/// The prefix that is bound to it in what is written.
pub(crate) const PREFIX: &str = "hufu";

/// Canonical links begin so.
const LINK: &str = "https://id.gs1.org/";
/// Codes of other schemes begin so, here and in [`ItemCode::digital_link`].
const OTHER: (&str, &str) = ("urn:hufu:code:", "hufu:");
/// EPC URIs of what the ledger can hold, and those that only look so: a class without lot is refused, not passed over.
const ITEMS: [&str; 4] = ["urn:epc:id:sgtin:", "urn:epc:id:sscc:", "urn:epc:class:lgtin:", "urn:epc:idpat:sgtin:"];
/// EPC URIs of parties and places.
const PLACES: [&str; 2] = ["urn:epc:id:pgln:", "urn:epc:id:sgln:"];
const PORT: &str = "urn:hufu:port:";
const ORG: &str = "urn:hufu:org:";
const ITEM: &str = "urn:hufu:item:";

/// The URI of an identity, a hash or a word.
pub(crate) fn name(list: &str, what: impl fmt::Display) -> String {
    format!("urn:hufu:{list}:{what}")
}

/// The URI of a code: its constrained link, which is the form that the event hash takes.
pub(crate) fn of_code(code: &ItemCode) -> String {
    let link = code.digital_link();
    let (urn, short) = OTHER;
    match code {
        ItemCode::Lot { .. } | ItemCode::Serial { .. } | ItemCode::Unit { .. } => {
            epc::to_digital_link(&link).unwrap_or(link)
        }
        ItemCode::Other { .. } => format!("{urn}{}", link.strip_prefix(short).unwrap_or(&link)),
    }
}

/// The URI of an organisation: its PGLN, or its identity.
pub(crate) fn of_org(org: &OrgId, gln: Option<Gln>) -> String {
    match gln {
        Some(gln) => format!("{LINK}417/{gln}"),
        None => format!("{ORG}{org}"),
    }
}

/// The URI of premises.
pub(crate) fn of_place(gln: Gln) -> String {
    format!("{LINK}414/{gln}")
}

/// The URI of a port.
pub(crate) fn of_port(port: &str) -> String {
    format!("{PORT}{port}")
}

/// A time as it is written: RFC 3339, UTC, milliseconds. What no calendar holds is written as its last moment.
pub(crate) fn of_time(time: Timestamp) -> String {
    let instant = i64::try_from(time.0).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    format!("{:.3}", instant.unwrap_or(jiff::Timestamp::MAX))
}

/// A time as it is read: RFC 3339 with an offset; digits beyond milliseconds are cut.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    let instant: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(instant.as_millisecond()).ok().map(Timestamp)
}

/// The code of what a URI names; none where the ledger does not trace it. Errors: of a code that is not what it seems.
pub(crate) fn code(uri: &str) -> Result<Option<ItemCode>, CodeError> {
    let (urn, short) = OTHER;
    if let Some(rest) = uri.strip_prefix(urn) {
        return parse_code(&format!("{short}{rest}")).map(Some);
    }
    match link(uri, &ITEMS)? {
        Some(link) if ["00/", "01/"].into_iter().any(|key| path(&link).starts_with(key)) => parse_code(&link).map(Some),
        Some(_) | None => Ok(None),
    }
}

/// The GLN of a party or place; none where the URI names none. Errors: of a GLN that is not what it seems.
pub(crate) fn gln(uri: &str) -> Result<Option<Gln>, CodeError> {
    let link = match link(uri, &PLACES) {
        Ok(Some(link)) => link,
        // Nobody writes a place so, but the last part of somebody's own address may look like it.
        Ok(None) | Err(CodeError::LinkCompressed { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let path = path(&link);
    let Some(rest) = path.strip_prefix("414/").or_else(|| path.strip_prefix("417/")) else { return Ok(None) };
    rest.split('/').next().unwrap_or(rest).parse::<Gln>().map(Some)
}

/// The organisation that a URI names by its identity.
pub(crate) fn org(uri: &str) -> Option<OrgId> {
    uri.strip_prefix(ORG)?.parse().ok()
}

/// Whether a URI names an item by its identity, as one is whose code is not told.
pub(crate) fn is_item(uri: &str) -> bool {
    uri.starts_with(ITEM)
}

/// The port that a URI names.
pub(crate) fn port(uri: &str) -> Option<&str> {
    uri.strip_prefix(PORT)
}

/// The last part of a name: a word or an identity, bare or in a URN.
pub(crate) fn last(text: &str) -> &str {
    text.rsplit(':').next().unwrap_or(text)
}

/// A hash, bare or in a URN.
pub(crate) fn hash(text: &str) -> Option<Hash> {
    last(text).parse().ok()
}

/// The canonical link of a Digital Link, or of an EPC URI that begins like one of `known`; none of any other URI.
fn link(uri: &str, known: &[&str]) -> Result<Option<String>, CodeError> {
    let is_web = is_web_uri(uri);
    if !is_web && !known.iter().any(|start| uri.starts_with(start)) {
        return Ok(None);
    }
    match epc::to_digital_link(uri) {
        Ok(link) => Ok(Some(link)),
        // An address that holds no key is somebody's own name for something.
        Err(CodeError::LinkNoKey { .. } | CodeError::EpcNone { .. }) if is_web => Ok(None),
        Err(error) => Err(error),
    }
}

fn path(link: &str) -> &str {
    link.strip_prefix(LINK).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_they_are_written() {
        for text in [
            "01/09521100000017/10/L1",
            "01/09521100000017/10/a%2Fb%28c%27%3B%3D",
            "01/09521100000017/21/P001",
            "00/195210000000000015",
            "hufu:isbt128/A9999%2017%2F3",
        ] {
            let expected = parse_code(text).unwrap();
            assert_eq!(code(&of_code(&expected)).unwrap(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_traced_is_passed_over_and_what_is_wrong_is_not() {
        let check = |uri: &str, expect: Result<Option<&str>, ()>| {
            let found = code(uri).map(|code| code.map(|code| code.to_string())).map_err(|_| ());
            assert_eq!(found, expect.map(|code| code.map(str::to_owned)), "{uri}");
        };
        check("urn:epc:class:lgtin:4012345.012345.Lot987", Ok(Some("01/04012345123456/10/Lot987")));
        check("urn:epc:id:sgtin:0614141.812345.6789", Ok(Some("01/80614141123458/21/6789")));
        check("urn:epc:id:sscc:4012345.3111111111", Ok(Some("00/340123451111111111")));
        check("https://example.com/01/09521100000017/10/L1", Ok(Some("01/09521100000017/10/L1")));
        check("urn:epc:id:grai:4012345.00022.334455", Ok(None));
        check("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", Ok(None));
        check("https://example.com/assets/17", Ok(None));
        check("https://id.gs1.org/8004/4012345ABC345", Ok(None));
        check("urn:epc:idpat:sgtin:4012345.012345.*", Err(()));
        check("https://id.gs1.org/01/09521100000017", Err(()));
        check("https://id.gs1.org/01/09521100000018/10/L1", Err(()));
        check("urn:hufu:code:ISBT/1", Err(()));
    }

    #[test]
    fn parties_and_places() {
        let org = OrgId::default();
        let one: Gln = "9521000000018".parse().unwrap();
        for uri in [of_org(&org, Some(one)), of_place(one), format!("{}/254/12", of_place(one))] {
            assert_eq!(gln(&uri).unwrap(), Some(one), "{uri}");
        }
        assert_eq!(gln("urn:epc:id:pgln:952100000.001").unwrap(), Some(one));
        assert_eq!(gln("geo:22.5,114.1").unwrap(), None);
        assert!(gln("https://id.gs1.org/417/9521000000019").is_err());
        assert_eq!(super::org(&of_org(&org, None)), Some(org));
        assert_eq!(port(&of_port("CNSZX")), Some("CNSZX"));
    }

    #[test]
    fn times() {
        assert_eq!(of_time(Timestamp(1_795_248_000_120)), "2026-11-21T08:00:00.120Z");
        assert_eq!(time("2026-11-21T16:00:00.1209+08:00"), Some(Timestamp(1_795_248_000_120)));
        assert!(of_time(Timestamp(u64::MAX)).starts_with("9999-12-30T"));
        assert_eq!(time("yesterday"), None);
    }
}
