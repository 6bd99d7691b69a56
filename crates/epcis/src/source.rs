//! Bytes as text: their size, their encoding, and where in them something stands.

use crate::error::EpcisError;

/// The longest document that is read, in bytes.
pub const MAX_DOCUMENT: usize = 16 * 1024 * 1024;

/// Objects, arrays or elements within each other.
pub const MAX_DEPTH: usize = 64;

/// Values of a JSON document, elements of an XML document.
pub const MAX_VALUES: usize = 500_000;

/// Members of an object, attributes of an element, prefixes of a context.
pub const MAX_MEMBERS: usize = 256;

/// Events of a document.
pub const MAX_EVENTS: usize = 20_000;

/// The text of a document, without the mark of its byte order, and how many bytes that mark took.
///
/// Errors: [`EpcisError::TooLong`], before a byte is looked at, and [`EpcisError::NotUtf8`].
pub(crate) fn text(bytes: &[u8]) -> Result<(&str, usize), EpcisError> {
    if bytes.len() > MAX_DOCUMENT {
        return Err(EpcisError::TooLong { found: bytes.len(), max: MAX_DOCUMENT });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (line, column) = place(bytes, error.valid_up_to());
        EpcisError::NotUtf8 { line, column }
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => (rest, bytes.len() - rest.len()),
        None => (text, 0),
    })
}

/// Line and column of an offset; both count from 1, columns in characters.
pub(crate) fn place(bytes: &[u8], offset: usize) -> (usize, usize) {
    let before = bytes.get(..offset).unwrap_or(bytes);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let is_begin = |byte: &&u8| (**byte & 0xC0) != 0x80;
    let column = before.get(start..).unwrap_or_default().iter().filter(is_begin).count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lines_and_characters() {
        let text = "ab\n血液x\n".as_bytes();
        for (offset, expected) in [(0, (1, 1)), (2, (1, 3)), (3, (2, 1)), (9, (2, 3)), (11, (3, 1)), (99, (3, 1))] {
            assert_eq!(place(text, offset), expected, "{offset}");
        }
    }

    #[test]
    fn the_mark_of_the_byte_order_is_no_text() {
        assert_eq!(text(b"\xEF\xBB\xBF{}"), Ok(("{}", 3)));
        assert_eq!(text(b"{}"), Ok(("{}", 0)));
        assert_eq!(text(b"a\nb\xFF"), Err(EpcisError::NotUtf8 { line: 2, column: 2 }));
    }

    #[test]
    fn size_is_bounded() {
        assert!(text(&vec![b' '; MAX_DOCUMENT]).is_ok());
        let found = MAX_DOCUMENT + 1;
        assert_eq!(text(&vec![b' '; found]), Err(EpcisError::TooLong { found, max: MAX_DOCUMENT }));
    }
}
