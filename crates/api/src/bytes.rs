//! Canonical bytes within JSON: base64url without padding.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ledger::codec::{self, Canonical};

/// Bytes as base64url text, without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The canonical bytes of a value as such text: what stands beside its readable fields, and what is signed or hashed.
pub fn of<T: Canonical>(value: &T) -> String {
    encode(&codec::encode(value))
}

/// The text was not base64url without padding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read base64url without padding: {detail}")]
pub struct BytesError {
    /// What the decoder found.
    pub detail: String,
}

/// The bytes of base64url text without padding; any other alphabet, padding or stray bits are refused.
pub fn decode(text: &str) -> Result<Vec<u8>, BytesError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|e| BytesError { detail: e.to_string() })
}

#[cfg(test)]
mod tests {
    #[test]
    fn one_text_for_some_bytes() {
        assert_eq!(super::encode(&[0xfb, 0xff]), "-_8");
        assert_eq!(super::decode("-_8").unwrap(), [0xfb, 0xff]);
        for other in ["-_8=", "+/8", "-_9", "-_8 "] {
            assert!(super::decode(other).is_err(), "{other}");
        }
    }
}
