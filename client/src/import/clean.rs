//! What spreadsheets, input methods and copying do to the text of a cell, and what tells it.

use std::borrow::Cow;

/// A cell without blanks around it, freed of what people put around text so that a spreadsheet keeps it: `="00123"` and
/// `'00123`.
pub(super) fn bare(value: &str) -> &str {
    let value = value.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    match value.strip_prefix("=\"").and_then(|v| v.strip_suffix('"')) {
        Some(inner) => inner,
        None => value.strip_prefix('\'').unwrap_or(value),
    }
}

/// The same text in plain characters: full-width forms made narrow, odd blanks made blanks, what cannot be seen left out.
pub(super) fn plain(value: &str) -> Cow<'_, str> {
    let is_odd = |c: char| is_invisible(c) || narrow(c) != c;
    match value.contains(is_odd) {
        true => Cow::Owned(value.chars().filter(|c| !is_invisible(*c)).map(narrow).collect()),
        false => Cow::Borrowed(value),
    }
}

/// The narrow form of a full-width character; a blank for the blanks that look like one.
pub(super) fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{3000}' => ' ',
        other => other,
    }
}

/// Marks of direction, joiners, soft hyphens, byte order marks.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// A formula, or what a spreadsheet shows where one fails or the column is too narrow.
pub(super) fn is_formula(value: &str) -> bool {
    const ERRORS: [&str; 10] =
        ["#n/a", "#ref!", "#value!", "#name?", "#div/0!", "#num!", "#null!", "#spill!", "#calc!", "#getting_data"];
    value.starts_with('=')
        || ERRORS.contains(&value.to_lowercase().as_str())
        || (value.len() > 1 && value.bytes().all(|b| b == b'#'))
}

/// A word for "there is none".
pub(super) fn says_none(value: &str) -> bool {
    const WORDS: [&str; 17] = [
        "-", "--", "---", "—", "——", "/", "//", "\\", "n/a", "null", "(null)", "none", "nil", "无", "空", "暂无",
        "没有",
    ];
    WORDS.contains(&value.to_lowercase().as_str())
}

/// `6.9E+12`, `1E5`: digits, at most one point, E, an optional sign, digits.
pub(super) fn is_exponent(value: &str) -> bool {
    let Some((mantissa, exponent)) = value.split_once(['e', 'E']) else { return false };
    let mantissa_is_number = match mantissa.split_once(['.', ',']) {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(mantissa),
    };
    mantissa_is_number && is_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}

/// `240612.0`: what becomes of digits that went through a number with decimals. Gives the digits.
pub(super) fn before_point_zero(value: &str) -> Option<&str> {
    let (digits, zeros) = value.split_once('.')?;
    (is_digits(digits) && !zeros.is_empty() && zeros.bytes().all(|b| b == b'0')).then_some(digits)
}

/// `1,234,567`, `1 234`, `1'234`, `1.234,5`: signs that group digits, or a comma for the point.
pub(super) fn is_grouped(value: &str) -> bool {
    let is_sign = |c: char| matches!(c, ',' | '，' | '\'' | '’' | ' ');
    value.starts_with(|c: char| c.is_ascii_digit())
        && value.contains(is_sign)
        && value.chars().all(|c| c.is_ascii_digit() || c == '.' || is_sign(c))
}

/// `240,612`: a code that reads as a number with its thousands apart.
pub(super) fn is_thousands(value: &str) -> bool {
    let mut groups = value.split(',');
    let first = groups.next().unwrap_or_default();
    let mut rest = groups.peekable();
    rest.peek().is_some() && is_digits(first) && first.len() <= 3 && rest.all(|g| g.len() == 3 && is_digits(g))
}

/// Digits of which a spreadsheet keeps no more than fifteen: all behind those are zeros.
pub(super) fn is_rounded(value: &str) -> bool {
    value.len() > 15 && is_digits(value) && value.bytes().skip(15).all(|b| b == b'0')
}

/// Parts of a scan that are none of a lot or serial: separators in whatever writing, application identifiers in brackets,
/// prefixes of symbologies, addresses.
pub(super) fn holds_scan(value: &str) -> bool {
    const SEPARATORS: [&str; 7] = ["\u{1d}", "␝", "%1d", "<gs>", "{gs}", "^]", "\\u001d"];
    const BEGINNINGS: [&str; 8] = ["(01)", "(10)", "(21)", "]c1", "]d2", "]q3", "http://", "https://"];
    let value = value.to_lowercase();
    SEPARATORS.iter().any(|s| value.contains(s)) || BEGINNINGS.iter().any(|b| value.starts_with(b))
}

/// `%2F`: a character as addresses write it, or three characters of a lot; nothing tells which.
pub(super) fn holds_percent(value: &str) -> bool {
    let is_hex = |at: usize| value.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit);
    value.match_indices('%').any(|(at, _)| is_hex(at + 1) && is_hex(at + 2))
}

/// One digit or more, and nothing else.
pub(super) fn is_digits(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit())
}

/// What spreadsheets write for a date: `2026-3-12`, `2026/3/12 0:00`, `3/12/2026`, `12.03.2026`, `12-Mar`, `Mar-26`,
/// `3月12日`.
pub(super) fn is_date(value: &str) -> bool {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let day = match value.split_once(' ') {
        Some((day, time)) if is_time(time) => day,
        _ => value,
    };
    let day = day.trim_end_matches('日').to_lowercase().replace(['年', '月'], "/");
    let separator = ['/', '-', '.'].into_iter().find(|c| day.contains(*c)).unwrap_or('-');
    let parts: Vec<&str> = day.split(separator).filter(|p| !p.is_empty()).collect();
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.len() <= 4 && is_digits(text));
    let is_month = |text: &str| number(text).is_some_and(|n| text.len() <= 2 && (1..=12).contains(&n));
    let is_day = |text: &str| number(text).is_some_and(|n| text.len() <= 2 && (1..=31).contains(&n));
    let is_year = |text: &str| text.len() == 4 && number(text).is_some_and(|n| (1900..=2099).contains(&n));
    let is_name = |text: &str| MONTHS.contains(&text);
    let is_short_year = |text: &str| text.len() == 2 && number(text).is_some();
    match parts.as_slice() {
        // Points stand in numbers and versions as often: with them, nothing but a whole date is one.
        [d, m, y] if separator == '.' => is_year(y) && is_month(m) && is_day(d),
        _ if separator == '.' => false,
        [y, m, d] if is_year(y) => is_month(m) && is_day(d),
        [a, b, y] if is_year(y) || is_short_year(y) => {
            (is_month(a) && is_day(b)) || (is_day(a) && (is_month(b) || is_name(b)))
        }
        [a, b] if is_name(a) => is_year(b) || is_day(b) || is_short_year(b),
        [a, b] if is_name(b) => is_day(a),
        [y, m] if is_year(y) => is_month(m),
        // 3/12 is a date that lost its year; 3-12 would be, too, and is a lot as often.
        [m, d] => separator == '/' && is_month(m) && is_day(d),
        _ => false,
    }
}

/// `0:00`, `00:00:00`.
fn is_time(value: &str) -> bool {
    let parts: Vec<&str> = value.split(':').collect();
    matches!(parts.len(), 2 | 3) && parts.iter().all(|p| p.len() <= 2 && is_digits(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(is: fn(&str) -> bool, yes: &[&str], no: &[&str]) {
        yes.iter().for_each(|value| assert!(is(value), "{value}"));
        no.iter().for_each(|value| assert!(!is(value), "{value}"));
    }

    #[test]
    fn wrappings_and_odd_characters_are_taken_off() {
        assert_eq!(bare("=\"00123\""), "00123");
        assert_eq!(bare("'0045"), "0045");
        assert_eq!(bare("\u{feff}\u{a0}7\u{200b} "), "7");
        assert_eq!(plain("L-1"), "L-1");
        assert!(matches!(plain("L-1"), Cow::Borrowed(_)));
        assert_eq!(plain("０９５２\u{200b}Ａ－\u{a0}1"), "0952A- 1");
        assert_eq!(plain("批号"), "批号");
    }

    #[test]
    fn what_spreadsheets_write_is_told_from_codes() {
        all(is_formula, &["=A1&B1", "#N/A", "#REF!", "#####"], &["#1", "#", "L=1", "A#N/A"]);
        all(says_none, &["-", "/", "—", "N/A", "NULL", "无"], &["", "0", "A/B", "L-1", "无1"]);
        all(is_exponent, &["6.9E+12", "9,52E+12", "1E5", "1e-3"], &["E5", "1E", "12E4A", "A1E5", "1.2.3E4"]);
        all(is_grouped, &["1,000", "1 000", "1'000", "1.000,5", "1，000"], &["1000", "1.5", "x,1", ",5", "1,x"]);
        all(is_thousands, &["1,234", "240,612", "1,234,567"], &["1234", "1,23", "A,123", "1234,567", "1,234,"]);
        all(is_rounded, &["1234567890123450", "123456789012345000"], &["123456789012345", "1234567890123456"]);
        all(
            holds_scan,
            &["L1%1D21S1", "L1\u{1d}21S", "L1^]21S", "(10)L1", "]d201095", "https://id.gs1.org/x"],
            &["A/B", "L(10)", "50%", "%2F"],
        );
        all(holds_percent, &["A%2FB", "%20"], &["50%", "%G1", "1%2"]);
        assert_eq!(before_point_zero("240612.0"), Some("240612"));
        assert_eq!(before_point_zero("240612.00"), Some("240612"));
        for value in ["240612", "240612.", "240612.5", "A.0", ".0"] {
            assert_eq!(before_point_zero(value), None, "{value}");
        }
    }

    #[test]
    fn dates_are_told_from_lots() {
        all(
            is_date,
            &[
                "2025/3/1",
                "2025-03-01",
                "2025/3/1 0:00",
                "2025-03-01 00:00:00",
                "3/12/2026",
                "3/12/26",
                "31-12-2025",
                "12.03.2026",
                "1-Mar",
                "Mar-26",
                "1-Mar-25",
                "3/12",
                "3月12日",
                "2025年3月",
                "2025年3月1日",
                "2025-03",
            ],
            &["3-12", "A-12", "2406-1", "20260312", "12-34-56", "1.3.25", "240612.5", "L2406E60-00000", "3/12/A", ""],
        );
    }
}
