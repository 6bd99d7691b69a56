//! Percent-encoding (RFC 3986 section 2): strict when reading, and with one form when writing.
use std::fmt::Write as _;

use crate::CodeError;

/// The characters that RFC 3986 section 2.3 reserves for no purpose, beside letters and digits.
const UNRESERVED: &str = "-._~";

/// Writes ASCII with everything but the unreserved characters of RFC 3986 section 2.3 encoded, hexadecimal in capitals.
#[must_use]
pub fn encode(value: &str) -> String {
    encode_all_but(UNRESERVED, value)
}

/// Writes ASCII with everything but letters, digits and the characters of `kept` encoded, hexadecimal in capitals.
pub(crate) fn encode_all_but(kept: &str, value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || kept.contains(c) {
            out.push(c);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Reads `part`, which stands at `offset` of `input`, once: what it writes may look encoded again and stays so.
///
/// Errors: [`CodeError::LinkPercent`] for a percent sign without two hexadecimal digits after it, or one that writes a
/// byte outside ASCII.
pub fn decode(input: &str, offset: usize, part: &str) -> Result<String, CodeError> {
    let mut out = String::with_capacity(part.len());
    let mut rest = part;
    while let Some(c) = rest.chars().next() {
        let position = offset.saturating_add(part.len().saturating_sub(rest.len()));
        if c == '%' {
            let pair = rest.get(1..3).and_then(decode_pair);
            out.push(pair.ok_or_else(|| CodeError::LinkPercent { input: input.to_owned(), position })?);
            rest = rest.get(3..).unwrap_or_default();
        } else {
            out.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(out)
}

/// Reads a part of a query, in which a plus sign writes a blank and a plus itself is `%2B`. Errors as for [`decode`].
pub fn decode_query(input: &str, offset: usize, part: &str) -> Result<String, CodeError> {
    decode(input, offset, &part.replace('+', " "))
}

/// The first control character that a percent sign of `part` writes, and the offset of that sign.
pub(crate) fn control(part: &str) -> Option<(usize, char)> {
    part.match_indices('%').find_map(|(position, _)| {
        let found = part.get(position..)?.get(1..3).and_then(decode_pair)?;
        found.is_ascii_control().then_some((position, found))
    })
}

fn decode_pair(pair: &str) -> Option<char> {
    if !pair.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let byte = u8::from_str_radix(pair, 16).ok()?;
    byte.is_ascii().then(|| char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading() {
        let check = |input: &str, expect: Result<&str, usize>| match (decode(input, 0, input), expect) {
            (Ok(found), Ok(expect)) => assert_eq!(found, expect, "{input}"),
            (Err(CodeError::LinkPercent { position, .. }), Err(expect)) => assert_eq!(position, expect, "{input}"),
            (found, expect) => panic!("{input}: {found:?}, not {expect:?}"),
        };
        check("+", Ok("+"));
        check("%20AB", Ok(" AB"));
        check("A%20%20B", Ok("A  B"));
        check("A%4FB", Ok("AOB"));
        check("A%4fB", Ok("AOB"));
        check("A%2525", Ok("A%25"));
        check("ABC%2", Err(3));
        check("ABCD%", Err(4));
        check("A%4gB", Err(1));
        check("A%G4B", Err(1));
        check("A%+4B", Err(1));
        check("%20%FF", Err(3));
        assert_eq!(decode_query("a+%2B", 0, "a+%2B").as_deref(), Ok("a +"));
    }

    #[test]
    fn control_characters() {
        let check = |input: &str, expect| assert_eq!(control(input), expect, "{input}");
        check("A%2FB%20", None);
        check("A%1D", Some((1, '\u{1d}')));
        check("%2F%00", Some((3, '\0')));
        check("%7f", Some((0, '\u{7f}')));
        check("%251D", None);
        check("%", None);
    }

    #[test]
    fn writing() {
        assert_eq!(encode("ABC+1/2-3._~ %"), "ABC%2B1%2F2-3._~%20%25");
        assert_eq!(encode_all_but("+", "a+b-c"), "a+b%2Dc");
    }
}
