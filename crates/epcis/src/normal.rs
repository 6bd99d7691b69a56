//! Values as the event hash writes them, so that one event has one text however it was written (CBV 2.0, 8.9).

use jiff::SignedDuration;

use crate::context::Context;
use crate::vocabulary::{Vocabulary, web_uri};

/// URNs of the standard's words, and what stands for them on the web. That a word is one of the list is not asked here:
/// the hash of an event with a word of a later version is the same.
const WORDS: [(&str, &str); 5] = [
    ("urn:epcglobal:cbv:bizstep:", "https://ref.gs1.org/cbv/BizStep-"),
    ("urn:epcglobal:cbv:disp:", "https://ref.gs1.org/cbv/Disp-"),
    ("urn:epcglobal:cbv:btt:", "https://ref.gs1.org/cbv/BTT-"),
    ("urn:epcglobal:cbv:sdt:", "https://ref.gs1.org/cbv/SDT-"),
    ("urn:epcglobal:cbv:er:", "https://ref.gs1.org/cbv/ER-"),
];

/// Beginnings of texts that may identify something.
const IDENTIFIERS: [&str; 5] = ["urn:epc:id:", "urn:epc:class:", "urn:epc:idpat:", "http://", "https://"];

/// Any value: numbers in one form, words and compact URIs in full, identifiers as constrained canonical Digital Links.
/// What is none of these stays, but for the blanks around it.
pub(crate) fn text(context: &Context, text: &str) -> String {
    let text = text.trim();
    if let Some(number) = number(text) {
        return number;
    }
    let urn = WORDS.iter().find_map(|(urn, web)| text.strip_prefix(urn).map(|word| format!("{web}{word}")));
    if let Some(web) = urn {
        return web;
    }
    let text = context.expand(text).unwrap_or_else(|| text.to_owned());
    identifier(&text).unwrap_or(text)
}

/// A value of a field that holds words of a list.
pub(crate) fn word(context: &Context, kind: Vocabulary, word: &str) -> String {
    web_uri(kind, word.trim()).unwrap_or_else(|| text(context, word))
}

/// The constrained canonical Digital Link of an EPC URI, or of a Digital Link on any host; `None` of any other text.
///
/// ```
/// let link = epcis::identifier("urn:epc:id:sscc:4012345.0000000333");
/// assert_eq!(link.as_deref(), Some("https://id.gs1.org/00/040123450000003338"));
/// assert_eq!(epcis::identifier("https://example.com/no/key"), None);
/// ```
#[must_use]
pub fn identifier(text: &str) -> Option<String> {
    let may_be = IDENTIFIERS.iter().any(|beginning| text.starts_with(beginning));
    if may_be { gs1::epc::to_digital_link(text).ok() } else { None }
}

/// A number without the zeros and signs that say nothing: `26.0` is `26`.
///
/// Values are of type xsd:double, and the published vectors round as a double does; so does this, also where a text
/// only looks like a number. Under 0.0001 they write an exponent.
fn number(text: &str) -> Option<String> {
    let value = text.parse::<f64>().ok().filter(|value| is_decimal(text) && value.is_finite())?;
    if value == 0.0 {
        return Some("0".to_owned());
    }
    if value.fract() == 0.0 {
        return Some(format!("{value:.0}"));
    }
    if value.abs() >= 1e-4 {
        return Some(value.to_string());
    }
    let written = format!("{value:e}");
    let (digits, exponent) = written.split_once("e-")?;
    Some(format!("{digits}e-{exponent:0>2}"))
}

/// Whether a text is a decimal number, and not `inf` or `NaN`.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, unsigned(exponent)),
        None => (text, "0"),
    };
    let (whole, part) = unsigned(mantissa).split_once('.').unwrap_or((unsigned(mantissa), ""));
    let is_empty = exponent.is_empty() || whole.is_empty() && part.is_empty();
    !is_empty && [whole, part, exponent].into_iter().all(is_digits)
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A time in UTC with milliseconds; `None` of a text that is no date and time with an offset (RFC 3339).
///
/// The fourth place of the fraction rounds: five and more is up.
pub(crate) fn time(text: &str) -> Option<String> {
    let (date, rest) = text.trim().split_once(['T', 't'])?;
    let zone = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.')))?;
    let (clock, zone) = rest.split_at_checked(zone)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    if fraction.is_empty() || !is_digits(fraction) {
        return None;
    }
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let small = |number: i16| i8::try_from(number).ok();
    let date = jiff::civil::Date::new(year, small(month)?, small(day)?).ok()?;
    // A leap second is the first of the next minute, as it is to clocks that know none.
    let leap = i64::from(second == 60);
    let clock = jiff::civil::Time::new(small(hour)?, small(minute)?, small(second.min(59))?, 0).ok()?;
    if second > 60 {
        return None;
    }
    let digit = |at: usize| fraction.as_bytes().get(at).map_or(0, |byte| i64::from(byte.saturating_sub(b'0')));
    let milliseconds = digit(0) * 100 + digit(1) * 10 + digit(2) + i64::from(digit(3) >= 5) + leap * 1000;
    let passed = SignedDuration::from_millis(milliseconds - offset(zone)? * 60_000);
    let utc = date.to_datetime(clock).checked_add(passed).ok()?;
    let (year, month, day) = (utc.year(), utc.month(), utc.day());
    let (hour, minute, second, milliseconds) = (utc.hour(), utc.minute(), utc.second(), utc.millisecond());
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z"))
}

/// How many minutes ahead of UTC a clock is.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let [hours, minutes] = numbers(zone.get(1..)?, ':', [2, 2])?;
    let ahead = i64::from(hours) * 60 + i64::from(minutes);
    match zone.as_bytes() {
        _ if hours > 23 || minutes > 59 => None,
        [b'+', ..] => Some(ahead),
        [b'-', ..] => Some(-ahead),
        _ => None,
    }
}

/// Numbers of so many digits each, with a separator between.
fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i16; N]> {
    let mut parts = text.split(separator);
    let mut found = [0; N];
    for (number, width) in found.iter_mut().zip(widths) {
        let part = parts.next().filter(|part| part.len() == width && is_digits(part))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_have_one_form() {
        for (text, expected) in [
            ("26", "26"),
            ("26.0", "26"),
            ("0.3434", "0.3434"),
            ("200.10", "200.1"),
            ("-1.50", "-1.5"),
            ("+3", "3"),
            ("007", "7"),
            (".5", "0.5"),
            ("5.", "5"),
            ("0.0", "0"),
            ("-0.0", "0"),
            ("1e3", "1000"),
            ("1E-2", "0.01"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("-0.0000123", "-1.23e-05"),
            ("1e-100", "1e-100"),
            ("111100001111000011110000", "111100001111000003641344"),
            ("1e21", "1000000000000000000000"),
            ("1e23", "99999999999999991611392"),
        ] {
            assert_eq!(number(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", ".", "-", "1,5", "1_000", "0x10", "NaN", "inf", "Infinity", "1e", "1e400", "1.2.3", "٣"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_utc_with_milliseconds() {
        for (text, expected) in [
            ("2020-03-04T11:00:30.000+01:00", "2020-03-04T10:00:30.000Z"),
            ("2005-04-03T20:33:31.116000-06:00", "2005-04-04T02:33:31.116Z"),
            ("2023-02-02T11:04:03Z", "2023-02-02T11:04:03.000Z"),
            ("2023-02-02t11:04:03.1z", "2023-02-02T11:04:03.100Z"),
            ("2023-02-02T11:04:03.1414Z", "2023-02-02T11:04:03.141Z"),
            ("2023-02-02T11:04:03.1415Z", "2023-02-02T11:04:03.142Z"),
            ("2023-02-02T11:04:03.1425Z", "2023-02-02T11:04:03.143Z"),
            ("2023-02-02T11:04:03.14149999999999999Z", "2023-02-02T11:04:03.141Z"),
            ("2020-12-31T23:59:59.9995Z", "2021-01-01T00:00:00.000Z"),
            ("2020-02-29T00:00:00+14:00", "2020-02-28T10:00:00.000Z"),
            ("2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00.500Z"),
            ("0001-01-01T00:00:00+01:00", "0000-12-31T23:00:00.000Z"),
            (" 2023-02-02T11:04:03Z\n", "2023-02-02T11:04:03.000Z"),
        ] {
            assert_eq!(time(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "2023-02-02",
            "2023-02-02T11:04:03",
            "2023-02-02 11:04:03Z",
            "2023-02-30T11:04:03Z",
            "2023-02-02T24:00:00Z",
            "2023-02-02T11:04:61Z",
            "2023-02-02T11:04:03.Z",
            "2023-02-02T11:04:03.1.2Z",
            "2023-02-02T11:04:03+0100",
            "2023-02-02T11:04:03+24:00",
            "2023-02-02T11:04:03+01:60",
            "23-02-02T11:04:03Z",
            "2023-02-02T11:04Z",
            "2023-02-02T11:04:03血",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn values_have_one_form() {
        let context = Context::gs1();
        for (value, expected) in [
            ("  a  b ", "a  b"),
            ("12.0", "12"),
            ("urn:epcglobal:cbv:bizstep:shipping", "https://ref.gs1.org/cbv/BizStep-shipping"),
            ("urn:epcglobal:cbv:btt:later", "https://ref.gs1.org/cbv/BTT-later"),
            ("urn:epcglobal:cbv:bt:4012345000009:ASN1099", "urn:epcglobal:cbv:bt:4012345000009:ASN1099"),
            ("cbv:Disp-damaged", "https://ref.gs1.org/cbv/Disp-damaged"),
            ("urn:epc:id:sscc:4012345.0000000333", "https://id.gs1.org/00/040123450000003338"),
            ("https://id.example.com/414/4012345000054?x=1", "https://id.gs1.org/414/4012345000054"),
            ("urn:epc:id:none:1", "urn:epc:id:none:1"),
            ("http://transaction.example.com/po/12345678", "http://transaction.example.com/po/12345678"),
            ("shipping", "shipping"),
            ("geo:47.506694,11.104301", "geo:47.506694,11.104301"),
            ("+01:00", "+01:00"),
        ] {
            assert_eq!(text(&context, value), expected);
        }
        for value in [" shipping", "cbv:BizStep-shipping", "https://ref.gs1.org/cbv/BizStep-shipping"] {
            let expected = "https://ref.gs1.org/cbv/BizStep-shipping";
            assert_eq!(word(&context, Vocabulary::BizStep, value), expected, "{value}");
        }
        assert_eq!(word(&context, Vocabulary::BizStep, "damaged"), "damaged");
        assert_eq!(word(&context, Vocabulary::Measurement, "gs1:Speed"), "https://gs1.org/voc/Speed");
    }

    proptest! {
        #[test]
        fn nothing_panics(value in ".{0,40}") {
            let _ = text(&Context::gs1(), &value);
            let _ = time(&value);
        }

        /// What is in the form that the hash takes keeps it.
        #[test]
        fn the_form_of_a_number_is_its_own(value in "-?[0-9]{1,12}(\\.[0-9]{1,12})?(e-?[0-9]{1,2})?") {
            let once = number(&value).unwrap();
            prop_assert_eq!(number(&once), Some(once.clone()));
        }

        #[test]
        fn the_form_of_a_time_is_its_own(ms in 0u32..1_000, hour in 0u8..24, zone in -14i8..15) {
            let sign = if zone < 0 { '-' } else { '+' };
            let once = time(&format!("2024-02-29T{hour:02}:59:59.{ms:03}{sign}{:02}:30", zone.abs())).unwrap();
            prop_assert_eq!(time(&once), Some(once.clone()));
        }
    }
}
