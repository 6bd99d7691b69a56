//! Canonical bytes: bincode 2, little endian, variable-length integers, and nothing else decodes.
//!
//! bincode accepts integers longer than they need be and says nothing of trailing bytes. Both would give one value two
//! byte forms, and so two hashes; hence [`decode`] checks that everything was consumed and that the value encodes again
//! to the very same bytes. The project behind bincode has stopped; it is named in this module alone.

use bincode::{config, de::Decode, enc::Encode, error::DecodeError};

/// The largest input that [`decode`] takes, in bytes.
pub const MAX_INPUT: usize = 128 * 1024 * 1024;

/// Why bytes were not taken for a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The input is longer than the caller allows.
    #[error("decode {length} bytes: at most {limit} are allowed")]
    TooLong {
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The bytes are no encoding of the type.
    #[error("decode: {detail}")]
    Malformed {
        /// What the decoder found.
        detail: String,
    },
    /// Bytes are left over behind the value.
    #[error("decode: {extra} bytes are left over")]
    Trailing {
        /// How many.
        extra: usize,
    },
    /// The value has another, shorter encoding.
    #[error("decode: the bytes are not the canonical encoding")]
    NotCanonical,
}

/// A value with canonical bytes.
pub trait Canonical: Encode + Decode<()> {}
impl<T: Encode + Decode<()>> Canonical for T {}

/// Canonical bytes of a value.
pub fn encode<T: Encode>(value: &T) -> Vec<u8> {
    // Encoding to memory fails only for types that bincode cannot represent (a poisoned lock, a sequence of unknown
    // length); none is ever encoded here. An empty vector would decode to nothing.
    bincode::encode_to_vec(value, config::standard()).unwrap_or_default()
}

/// Reads the canonical bytes of a value.
///
/// `limit` is the number of bytes the caller is willing to read; memory taken stays in proportion to the input.
pub fn decode<T: Canonical>(bytes: &[u8], limit: usize) -> Result<T, CodecError> {
    let limit = limit.min(MAX_INPUT);
    if bytes.len() > limit {
        return Err(CodecError::TooLong { length: bytes.len(), limit });
    }
    let (value, rest) = decode_first(bytes)?;
    match rest.len() {
        0 => Ok(value),
        extra => Err(CodecError::Trailing { extra }),
    }
}

/// Reads the canonical bytes of a value at the start of `bytes`, whose length the caller has bounded, and gives the rest.
pub(crate) fn decode_first<T: Canonical>(bytes: &[u8]) -> Result<(T, &[u8]), CodecError> {
    let (value, read) = decode_within::<T>(bytes).map_err(|e| CodecError::Malformed { detail: e.to_string() })?;
    match bytes.split_at_checked(read) {
        Some((own, rest)) if encode(&value) == own => Ok((value, rest)),
        _ => Err(CodecError::NotCanonical),
    }
}

/// bincode takes its memory limit as a constant: choose the smallest that suffices. A claimed length beyond it is
/// refused before anything is allocated; values take at most 64 times the room of their bytes.
fn decode_within<T: Decode<()>>(bytes: &[u8]) -> Result<(T, usize), DecodeError> {
    let standard = config::standard();
    match bytes.len() {
        0..=1_024 => bincode::decode_from_slice(bytes, standard.with_limit::<65_536>()),
        1_025..=16_384 => bincode::decode_from_slice(bytes, standard.with_limit::<1_048_576>()),
        16_385..=262_144 => bincode::decode_from_slice(bytes, standard.with_limit::<16_777_216>()),
        262_145..=2_097_152 => bincode::decode_from_slice(bytes, standard.with_limit::<134_217_728>()),
        _ => bincode::decode_from_slice(bytes, standard.with_limit::<1_073_741_824>()),
    }
}
