//! The value of a leaf on disk: `value hash (32) || length of key (1) || key || record`.

use crate::StoreError;
use ledger::{Hash, StateKey, codec, state::MAX_RECORD_BYTES, tree};

/// Canonical bytes of the longest [`StateKey`] are far below what one length byte can say.
const MAX_KEY_BYTES: usize = 255;
const HASH_BYTES: usize = 32;

/// A leaf as it was read; nothing is checked yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf<'a> {
    pub(crate) value_hash: Hash,
    pub(crate) key: &'a [u8],
    pub(crate) record: &'a [u8],
}

impl<'a> Leaf<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Leaf<'a>> {
        let (hash, rest) = bytes.split_at_checked(HASH_BYTES)?;
        let (length, rest) = rest.split_first()?;
        let (key, record) = rest.split_at_checked(usize::from(*length))?;
        Some(Leaf { value_hash: Hash(hash.try_into().ok()?), key, record })
    }

    /// The record, if it is the one whose hash the leaf holds.
    pub(crate) fn checked(self, key: &StateKey, key_bytes: &[u8]) -> Result<&'a [u8], StoreError> {
        if self.key != key_bytes {
            return Err(StoreError::corrupt(format!("the record {key:?}"), "another key stands in its place"));
        }
        if tree::value(self.record) != self.value_hash {
            return Err(StoreError::corrupt(
                format!("the record {key:?}"),
                "its bytes do not have the hash of its leaf",
            ));
        }
        Ok(self.record)
    }
}

/// The value hash alone, without looking at the rest.
pub(crate) fn value_hash(bytes: &[u8]) -> Option<Hash> {
    Some(Hash(bytes.get(..HASH_BYTES)?.try_into().ok()?))
}

/// Bytes of a leaf.
pub(crate) fn encode(key: &StateKey, key_bytes: &[u8], record: &[u8]) -> Result<(Hash, Vec<u8>), StoreError> {
    let refuse = |detail: String| StoreError::Record { key: format!("{key:?}"), detail };
    if record.len() > MAX_RECORD_BYTES {
        return Err(refuse(format!("{} bytes, at most {MAX_RECORD_BYTES} are read", record.len())));
    }
    let length = u8::try_from(key_bytes.len()).map_err(|_| refuse(format!("its key is over {MAX_KEY_BYTES} bytes")))?;
    let hash = tree::value(record);
    let mut bytes = Vec::with_capacity(HASH_BYTES + 1 + key_bytes.len() + record.len());
    bytes.extend_from_slice(hash.as_bytes());
    bytes.push(length);
    bytes.extend_from_slice(key_bytes);
    bytes.extend_from_slice(record);
    Ok((hash, bytes))
}

/// The key that a leaf states, canonical or refused.
pub(crate) fn decode_key(bytes: &[u8]) -> Option<StateKey> {
    codec::decode(bytes, MAX_KEY_BYTES).ok()
}
