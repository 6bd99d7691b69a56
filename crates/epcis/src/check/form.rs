//! Forms of texts, to the letter of the standards that the published schema names.

use crate::vocabulary::Vocabulary;
use std::net::Ipv6Addr;
use std::ops::Range;

/// RFC 3986, section 3: a URI with its scheme. A word without a colon is none.
pub(super) fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    is_scheme(scheme)
        && is_authority(authority)
        && is_made_of(path, b":@/")
        && is_made_of(query, b":@/?")
        && is_made_of(fragment, b":@/?")
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn is_authority(text: &str) -> bool {
    let (user, host) = text.rsplit_once('@').unwrap_or(("", text));
    is_made_of(user, b":") && is_host_and_port(host)
}

fn is_host_and_port(text: &str) -> bool {
    if let Some(literal) = text.strip_prefix('[') {
        return literal.split_once(']').is_some_and(|(address, port)| {
            is_address(address) && (port.is_empty() || port.strip_prefix(':').is_some_and(are_digits))
        });
    }
    let (host, port) = text.split_once(':').unwrap_or((text, ""));
    is_made_of(host, b"") && are_digits(port)
}

/// What stands in brackets: an IPv6 address, or one of a version to come.
fn is_address(text: &str) -> bool {
    match text.strip_prefix(['v', 'V']) {
        Some(future) => future.split_once('.').is_some_and(|(version, address)| {
            is_hex(version) && !address.is_empty() && address.bytes().all(|byte| byte == b':' || is_plain(byte))
        }),
        None => text.parse::<Ipv6Addr>().is_ok(),
    }
}

/// Whether each byte is plain, or one of `others`, or percent-encoded.
fn is_made_of(text: &str, others: &[u8]) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let fits = if byte == b'%' {
            let mut hex = || bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit());
            hex() && hex()
        } else {
            is_plain(byte) || others.contains(&byte)
        };
        if !fits {
            return false;
        }
    }
    true
}

/// RFC 3986, section 2: the unreserved characters and the delimiters that mean something to a scheme only.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

/// RFC 3339, `date-time`: with its zone, and a leap second only where a day of UTC ends.
pub(super) fn is_date_time(text: &str) -> bool {
    text.split_once(['T', 't']).is_some_and(|(date, time)| is_date(date) && is_time(time))
}

fn is_date(text: &str) -> bool {
    let (Some(year), Some("-"), Some(month), Some("-"), Some(day), 10) =
        (number(text, 0..4), text.get(4..5), number(text, 5..7), text.get(7..8), number(text, 8..10), text.len())
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=last).contains(&day)
}

fn is_time(text: &str) -> bool {
    let (Some(hour), Some(":"), Some(minute), Some(":"), Some(second), Some(rest)) =
        (number(text, 0..2), text.get(2..3), number(text, 3..5), text.get(5..6), number(text, 6..8), text.get(8..))
    else {
        return false;
    };
    let rest = match rest.strip_prefix('.') {
        Some(fraction) if fraction.starts_with(|first: char| first.is_ascii_digit()) => {
            fraction.trim_start_matches(|digit: char| digit.is_ascii_digit())
        }
        Some(_) => return false,
        None => rest,
    };
    let Some(east) = zone(rest) else {
        return false;
    };
    let of_day = (hour * 60 + minute - east).rem_euclid(24 * 60);
    hour <= 23 && minute <= 59 && (second <= 59 || second == 60 && of_day == 24 * 60 - 1)
}

/// Minutes east of UTC, of `Z` or `+hh:mm`.
fn zone(text: &str) -> Option<i32> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = (number(text, 1..3)?, number(text, 4..6)?);
    let formed = text.len() == 6 && text.get(3..4) == Some(":") && hours <= 23 && minutes <= 59;
    formed.then_some(sign * (hours * 60 + minutes))
}

/// `eventTimeZoneOffset`, EPCIS 2.0 section 7.4.1: `+hh:mm` or `-hh:mm`, at most 14 hours.
pub(super) fn is_offset(text: &str) -> bool {
    text.len() == 6 && zone(text).is_some_and(|east| east.abs() <= 14 * 60)
}

/// A version such as `2.0`: numbers with points between them.
pub(super) fn is_version(text: &str) -> bool {
    text.split('.').all(|part| !part.is_empty() && are_digits(part))
}

/// One hexadecimal digit or more.
pub(super) fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A code of UN/ECE Recommendation 20, by its form.
pub(super) fn is_unit(text: &str) -> bool {
    matches!(text.len(), 2 | 3) && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Whether a URI stands in a namespace where GS1 alone makes words: a word from there is written bare in JSON.
pub(super) fn is_reserved(kind: Vocabulary, uri: &str) -> bool {
    let places: &[&str] = match kind {
        Vocabulary::BizStep
        | Vocabulary::Disposition
        | Vocabulary::BusinessTransaction
        | Vocabulary::SourceDestination
        | Vocabulary::ErrorReason
        | Vocabulary::Component => &["urn:epcglobal:cbv", "http://ns.gs1.org/cbv/", "https://ns.gs1.org/cbv/"],
        Vocabulary::Measurement | Vocabulary::Alert => {
            &["http://gs1.org/voc/", "https://gs1.org/voc/", "http://www.gs1.org/voc/", "https://www.gs1.org/voc/"]
        }
    };
    places.iter().any(|place| uri.starts_with(place))
}

/// Whether a URI says of itself that it is a key of GS1: an EPC URI of a scheme that has a key, or a link to GS1's own
/// host. Links to other hosts are their owners' business.
pub(super) fn is_gs1_key(uri: &str) -> bool {
    const KEYS: [&str; 16] = [
        "sgtin", "sscc", "sgln", "grai", "giai", "gsrn", "gsrnp", "gdti", "cpi", "sgcn", "ginc", "gsin", "itip",
        "upui", "pgln", "lgtin",
    ];
    let epc = ["urn:epc:id:", "urn:epc:class:", "urn:epc:idpat:"].iter().find_map(|prefix| uri.strip_prefix(prefix));
    match epc {
        Some(epc) => epc.split_once(':').is_some_and(|(scheme, _)| KEYS.contains(&scheme)),
        None => ["https://id.gs1.org/", "http://id.gs1.org/"].iter().any(|host| uri.starts_with(host)),
    }
}

fn are_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number that the digits of a range write.
fn number(text: &str, range: Range<usize>) -> Option<i32> {
    text.get(range).filter(|digits| are_digits(digits))?.parse().ok()
}

#[cfg(test)]
mod tests;
