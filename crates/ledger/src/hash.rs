//! 32-byte tagged hashes.

use crate::{codec, tag::Tag};
use bincode::{Decode, Encode};
use std::{cmp::Ordering, fmt, str::FromStr};

/// A BLAKE3 hash, 32 bytes, made under a domain tag.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Hash(pub [u8; 32]);

/// The text was not 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read {input:?} as 64 hexadecimal digits")]
pub struct HashTextError {
    /// What was given, cut to 80 characters.
    pub input: String,
}

impl Hash {
    /// Hash of bytes under a tag: `BLAKE3_keyed(BLAKE3(tag), bytes)`.
    pub fn of_bytes(tag: &Tag, bytes: &[u8]) -> Hash {
        Hash(*blake3::keyed_hash(tag.key(), bytes).as_bytes())
    }

    /// Hash of the canonical encoding of a value under a tag.
    pub fn of<T: Encode>(tag: &Tag, value: &T) -> Hash {
        Hash::of_bytes(tag, &codec::encode(value))
    }

    /// Hash of two hashes side by side, as tree nodes use it: 64 bytes, one compression.
    pub fn of_pair(tag: &Tag, left: &Hash, right: &Hash) -> Hash {
        let mut bytes = [0u8; 64];
        let (l, r) = bytes.split_at_mut(32);
        l.copy_from_slice(&left.0);
        r.copy_from_slice(&right.0);
        Hash::of_bytes(tag, &bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first eight hexadecimal digits, for people.
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(8);
        text
    }

    /// Bit `depth` of the hash, counted from the most significant bit of the first byte; false beyond 255.
    pub fn bit(&self, depth: usize) -> bool {
        let byte = self.0.get(depth / 8).copied().unwrap_or(0);
        byte & (0x80u8 >> (depth % 8)) != 0
    }
}

impl Ord for Hash {
    /// The order of the bytes. The first eight nearly always decide, and are compared without a call.
    fn cmp(&self, other: &Self) -> Ordering {
        let head = |hash: &Hash| hash.0.first_chunk().map_or(0, |head| u64::from_be_bytes(*head));
        head(self).cmp(&head(other)).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Hash {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = HashTextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0u8; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| HashTextError { input: text.chars().take(80).collect() })?;
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(HashTextError { input: text.chars().take(80).collect() });
        }
        Ok(Hash(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_stand_in_the_order_of_their_bytes() {
        let hash = |at: usize, byte: u8| {
            let mut bytes = [7; 32];
            bytes[at] = byte;
            Hash(bytes)
        };
        let hashes: Vec<Hash> = (0..32).flat_map(|at| [0, 6, 7, 8, 0x80, 0xff].map(|byte| hash(at, byte))).collect();
        for a in &hashes {
            for b in &hashes {
                assert_eq!(a.cmp(b), a.0.cmp(&b.0), "{a} {b}");
                assert_eq!(a < b, a.0 < b.0);
            }
        }
    }
}
