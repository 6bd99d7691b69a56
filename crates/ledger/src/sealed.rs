//! Names of sealed documents: what agencies keep and hand out without being able to read it (`docs/formats/sealed.md`).
//!
//! A document is named by the root over its pieces, so that whoever is given a piece with its path knows that it is of that
//! document and where it stands, whoever gave it. What is in the pieces is no business of the ledger.

use crate::{hash::Hash, id::DocumentId, list, tag};

/// Bytes of a piece; the last one of a document may have fewer.
pub const PIECE_BYTES: usize = 256 * 1024;
/// The same as lengths are counted.
const WHOLE: u64 = 256 * 1024;
/// Most pieces of a document.
pub const MAX_PIECES: u32 = 1_024;
/// Most bytes of a document, sealed.
pub const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Hash of a piece.
pub fn piece(bytes: &[u8]) -> Hash {
    Hash::of_bytes(&tag::SEALED_PIECE, bytes)
}

/// Pieces of a document of so many bytes; none where there can be no such document.
pub fn pieces(length: u64) -> Option<u32> {
    let count = u32::try_from(length.div_ceil(WHOLE)).ok()?;
    (1..=MAX_PIECES).contains(&count).then_some(count)
}

/// Bytes of the piece with this number, from 0 on, in a document of so many; none where it has no such piece.
pub fn piece_bytes(length: u64, number: u32) -> Option<usize> {
    let left = length.checked_sub(WHOLE.checked_mul(u64::from(number))?)?;
    (left > 0).then(|| usize::try_from(left.min(WHOLE)).ok())?
}

impl DocumentId {
    /// Name of the document with these pieces, by their hashes ([`piece`]).
    pub fn of(pieces: &[Hash]) -> DocumentId {
        DocumentId(list::root(pieces))
    }

    /// Whether a piece is this one of the document, which has `count` of them.
    pub fn has(&self, count: u32, number: u32, bytes: &[u8], path: &[Hash]) -> bool {
        list::verify(&self.0, u64::from(count), u64::from(number), &piece(bytes), path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_as_many_pieces_as_its_bytes_fill() {
        let whole = PIECE_BYTES as u64;
        for (length, expect) in [
            (0, None),
            (1, Some(1)),
            (whole, Some(1)),
            (whole + 1, Some(2)),
            (MAX_BYTES, Some(MAX_PIECES)),
            (MAX_BYTES + 1, None),
            (u64::MAX, None),
        ] {
            assert_eq!(pieces(length), expect, "{length}");
        }
        assert_eq!(piece_bytes(whole + 1, 0), Some(PIECE_BYTES));
        assert_eq!(piece_bytes(whole + 1, 1), Some(1));
        assert_eq!(piece_bytes(whole + 1, 2), None);
        assert_eq!(piece_bytes(whole, 1), None);
        assert_eq!(piece_bytes(0, 0), None);
    }

    #[test]
    fn a_piece_is_proved_at_its_place_and_nowhere_else() {
        let parts: [&[u8]; 3] = [b"one", b"two", b"three"];
        let hashes = parts.map(piece);
        let id = DocumentId::of(&hashes);
        for (number, bytes) in (0u32..).zip(parts) {
            let path = list::path(&hashes, number as usize).unwrap();
            assert!(id.has(3, number, bytes, &path));
            assert!(!id.has(4, number, bytes, &path));
            assert!(!id.has(3, number, b"other", &path));
            assert!(!DocumentId::of(&hashes[..2]).has(3, number, bytes, &path));
            for other in (0u32..3).filter(|other| *other != number) {
                assert!(!id.has(3, other, bytes, &path), "{other}");
            }
        }
    }
}
