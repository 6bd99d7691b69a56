//! EPC URIs, and the links that name the same (EPC Tag Data Standard 1.13, sections 6 and 7; Core Business Vocabulary
//! 2.0, section 8). EPCIS events hold either; their hash and their comparison need one form.
//!
//! That form is the constrained link: the canonical host, a key and its finest qualifier, no query. In it everything
//! but letters, digits and `-._';=` is percent-encoded, as the event hash of the Core Business Vocabulary has it.
mod urn;

use std::ops::Range;

use crate::digital_link::path::{self, Spelling, Uri};
use crate::digital_link::{self, CANONICAL_STEM, pad_gtin};
use crate::prefix::PrefixTable;
use crate::{CodeError, ai, bounded_ascii, lint, percent};

/// What a constrained link does not encode, beside letters and digits.
const PLAIN_IN_LINK: &str = "-._';=";

/// What an EPC URI does not encode, beside letters and digits (Tag Data Standard, annex A).
const PLAIN_IN_URN: &str = "!'()*+,-.:;=_";

/// Keys that have an EPC.
const KEYS: &[&str] =
    &["00", "01", "253", "255", "401", "402", "414", "417", "8003", "8004", "8006", "8010", "8017", "8018"];

/// Qualifiers that are part of an EPC, and the variant (22), which is part of none and left out.
const QUALIFIERS: &[&str] = &["10", "21", "22", "235", "254", "8011"];

/// Digits that a key begins with at least: a company prefix has no fewer.
const LEADING_DIGITS: usize = 4;

/// A key, its value, and its finest qualifier with its value.
struct Named<'a> {
    key: &'a str,
    value: String,
    qualifier: Option<(&'a str, String)>,
}

impl Named<'_> {
    fn link(&self) -> String {
        let mut out = format!("{CANONICAL_STEM}/{}/{}", self.key, percent::encode_all_but(PLAIN_IN_LINK, &self.value));
        if let Some((ai, value)) = &self.qualifier {
            out.push_str(&format!("/{ai}/{}", percent::encode_all_but(PLAIN_IN_LINK, value)));
        }
        out
    }
}

/// The constrained link of an EPC URI (`urn:epc:id:…`, `urn:epc:class:…`, `urn:epc:idpat:…`) or of a Digital Link,
/// which may be spelled as [`digital_link::read`] allows.
///
/// It rewrites and does not judge: of the values of a link lengths and characters are asked, not check digits, and its
/// query is not looked at, so that a hash can be made of what someone wrote.
///
/// Errors: [`CodeError::EpcForm`], [`CodeError::EpcScheme`], [`CodeError::EpcPart`]; of links the `Link` variants, and
/// [`CodeError::EpcNone`] where nothing of this key and these qualifiers has an EPC.
pub fn to_digital_link(uri: &str) -> Result<String, CodeError> {
    bounded_ascii(uri)?;
    let named = if uri.starts_with(urn::PREFIX) {
        urn::read(uri)?
    } else if digital_link::is_web_uri(uri) {
        constrain(uri)?
    } else {
        return Err(CodeError::EpcForm { input: uri.to_owned() });
    };
    Ok(named.link())
}

/// The EPC URI of a Digital Link: of a serial, `urn:epc:id:…`; of a lot, `urn:epc:class:lgtin:…`; of all that have a
/// key, `urn:epc:idpat:…`. A constrained link comes back from it through [`to_digital_link`].
///
/// Errors: those of [`digital_link::read`], so that no wrong check digit is lost; [`CodeError::EpcNone`] where the link
/// names nothing that has an EPC, as do a payee (415) or the lot of pieces (8006); [`CodeError::CompanyPrefix`] where
/// the table gives no prefix of 6 to 12 digits.
pub fn from_digital_link(link: &str, prefixes: &PrefixTable) -> Result<String, CodeError> {
    digital_link::read(link)?;
    let Named { key, value, qualifier } = constrain(link)?;
    let joined = |first: &str, digits: &str| split(link, digits, prefixes).map(|split| split.join(first));
    let none = || CodeError::EpcNone { input: link.to_owned() };

    let body = match key {
        // The indicator or extension digit stands before the reference; the check digit is left out.
        "01" | "8006" => joined(part(&value, 0..1), part(&value, 1..13))?,
        "00" => joined(part(&value, 0..1), part(&value, 1..17))?,
        "8003" => joined("", part(&value, 1..13))?,
        "253" | "255" | "414" | "417" => joined("", part(&value, 0..12))?,
        "402" => joined("", part(&value, 0..16))?,
        "8017" | "8018" => joined("", part(&value, 0..17))?,
        "401" | "8004" | "8010" => {
            let Split { company, reference } = split(link, &value, prefixes)?;
            if reference.is_empty() {
                return Err(none());
            }
            format!("{company}.{}", percent::encode_all_but(PLAIN_IN_URN, reference))
        }
        _ => return Err(none()),
    };
    let encode = |text: &str| percent::encode_all_but(PLAIN_IN_URN, text);
    let (ai, text) = qualifier.as_ref().map_or(("", ""), |(ai, text)| (*ai, text.as_str()));
    let text = encode(text);
    let serial = match key {
        "253" | "255" => encode(value.get(13..).unwrap_or_default()),
        "8003" => encode(value.get(14..).unwrap_or_default()),
        _ => String::new(),
    };
    let pieces = format!("{}.{}", part(&value, 14..16), part(&value, 16..18));
    let of_serial = |scheme: &str| match serial.as_str() {
        "" => format!("idpat:{scheme}:{body}.*"),
        serial => format!("id:{scheme}:{body}.{serial}"),
    };
    let name = match (key, ai) {
        ("00", "") => format!("id:sscc:{body}"),
        ("01", "21") => format!("id:sgtin:{body}.{text}"),
        ("01", "235") => format!("id:upui:{body}.{text}"),
        ("01", "10") => format!("class:lgtin:{body}.{text}"),
        ("01", "") => format!("idpat:sgtin:{body}.*"),
        ("253", "") => of_serial("gdti"),
        ("255", "") => of_serial("sgcn"),
        ("401", "") => format!("id:ginc:{body}"),
        ("402", "") => format!("id:gsin:{body}"),
        ("414", "") => format!("id:sgln:{body}.0"),
        // Extension 0 says in an EPC that there is none.
        ("414", "254") if text != "0" => format!("id:sgln:{body}.{text}"),
        ("417", "") => format!("id:pgln:{body}"),
        ("8003", "") => of_serial("grai"),
        ("8004", "") => format!("id:giai:{body}"),
        ("8006", "21") => format!("id:itip:{body}.{pieces}.{text}"),
        ("8006", "") => format!("idpat:itip:{body}.{pieces}.*"),
        ("8010", "8011") => format!("id:cpi:{body}.{text}"),
        ("8010", "") => format!("idpat:cpi:{body}.*"),
        ("8017", "") => format!("id:gsrnp:{body}"),
        ("8018", "") => format!("id:gsrn:{body}"),
        _ => return Err(none()),
    };
    Ok(format!("{}{name}", urn::PREFIX))
}

/// Key and finest qualifier of a link.
fn constrain(link: &str) -> Result<Named<'_>, CodeError> {
    let none = || CodeError::EpcNone { input: link.to_owned() };
    let mut pairs = Uri::split(link)?.pairs(Spelling::Older)?.into_iter();
    let key = pairs.next().filter(|pair| KEYS.contains(&pair.ai)).ok_or_else(none)?;
    let value = pad_gtin_of(key.ai, path::value(link, key.offset, key.value, percent::decode)?);
    let leading = value.bytes().take(LEADING_DIGITS).filter(u8::is_ascii_digit).count();
    if leading < LEADING_DIGITS || !has_shape(key.ai, &value) {
        return Err(CodeError::EpcPart { input: link.to_owned(), part: "key" });
    }
    let mut qualifier = None;
    for pair in pairs {
        if !QUALIFIERS.contains(&pair.ai) {
            return Err(none());
        }
        let value = path::value(link, pair.offset, pair.value, percent::decode)?;
        if !has_shape(pair.ai, &value) {
            return Err(CodeError::EpcPart { input: link.to_owned(), part: "qualifier" });
        }
        // In the order of the path the finer one comes later.
        if pair.ai != "22" {
            qualifier = Some((pair.ai, value));
        }
    }
    Ok(Named { key: key.ai, value, qualifier })
}

fn pad_gtin_of(key: &str, value: String) -> String {
    if key == "01" { pad_gtin(value) } else { value }
}

/// Whether a value has the lengths and characters of the parts of its identifier.
fn has_shape(ai: &str, value: &str) -> bool {
    let Some(rule) = ai::find(ai) else { return false };
    let mut rest = value;
    for part in rule.parts {
        let Some((text, after)) = rest.split_at_checked(rest.len().min(part.max)) else { return false };
        let absent = part.optional && text.is_empty();
        if !absent && (text.len() < part.min || lint::characters(part.kind, text).is_err()) {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}

fn part(value: &str, range: Range<usize>) -> &str {
    value.get(range).unwrap_or_default()
}

/// Digits of a key, the company prefix told from the reference that the company gave.
struct Split<'a> {
    company: &'a str,
    reference: &'a str,
}

impl Split<'_> {
    fn join(&self, first: &str) -> String {
        format!("{}.{first}{}", self.company, self.reference)
    }
}

fn split<'a>(link: &str, key: &'a str, prefixes: &PrefixTable) -> Result<Split<'a>, CodeError> {
    let length = prefixes.length_of(key).filter(|length| urn::COMPANY.contains(length));
    let parts = length.and_then(|length| key.split_at_checked(length));
    match parts.filter(|(company, _)| urn::is_digits(company)) {
        Some((company, reference)) => Ok(Split { company, reference }),
        None => Err(CodeError::CompanyPrefix { input: link.to_owned() }),
    }
}

#[cfg(test)]
#[path = "epc/tests.rs"]
mod tests;
