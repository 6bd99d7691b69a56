//! Bytes of what the engine keeps in its log and sends to peers.
//!
//! Big-endian integers of fixed width, one tag byte per alternative, every length bounded by a constant. One value has
//! one form: unknown tags, lengths beyond their bound and trailing bytes are refused. Nothing here is signed or hashed;
//! what is signed is laid out by `ledger`.

mod wire;

use crate::context::{Hufu, Part};
use bytes::{Buf, Bytes, BytesMut};
use malachite::app::consensus::{LivenessMsg, ProposedValue, SignedConsensusMsg};
use malachite::app::streaming::StreamMessage;
use malachite::app::types::codec::{Codec, HasEncodedLen};
use malachite::app::types::core::PolkaCertificate;
use malachite::app::types::sync::{Request, Response, Status};
use wire::Wire;

/// Why bytes are no message, or a message has no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CodecError {
    /// The bytes end too early.
    #[error("decode: the bytes end too early")]
    Short,
    /// Bytes are left over.
    #[error("decode: bytes are left over")]
    Trailing,
    /// An alternative that does not exist.
    #[error("decode {0}: unknown tag")]
    Tag(&'static str),
    /// A length beyond its bound.
    #[error("decode or encode {0}: too long")]
    TooLong(&'static str),
    /// Bytes that name no peer.
    #[error("decode a peer's name")]
    Peer,
    /// A vote, proposal or certificate without a round.
    #[error("encode a message without a round")]
    NoRound,
}

/// The codec of this crate, for log, gossip and sync alike.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wired;

pub(crate) fn decode<T: Wire>(mut bytes: Bytes) -> Result<T, CodecError> {
    let value = T::take(&mut bytes)?;
    if bytes.has_remaining() {
        return Err(CodecError::Trailing);
    }
    Ok(value)
}

pub(crate) fn encode<T: Wire>(value: &T) -> Result<Bytes, CodecError> {
    let mut out = BytesMut::new();
    value.put(&mut out)?;
    Ok(out.freeze())
}

macro_rules! codecs {
    ($($message:ty),* $(,)?) => {$(
        impl Codec<$message> for Wired {
            type Error = CodecError;

            fn decode(&self, bytes: Bytes) -> Result<$message, CodecError> {
                decode(bytes)
            }

            fn encode(&self, message: &$message) -> Result<Bytes, CodecError> {
                encode(message)
            }
        }
    )*};
}

codecs! {
    SignedConsensusMsg<Hufu>,
    LivenessMsg<Hufu>,
    StreamMessage<Part>,
    ProposedValue<Hufu>,
    PolkaCertificate<Hufu>,
    Status<Hufu>,
    Request<Hufu>,
    Response<Hufu>,
}

impl HasEncodedLen<Response<Hufu>> for Wired {
    fn encoded_len(&self, response: &Response<Hufu>) -> Result<usize, CodecError> {
        Ok(wire::response_length(response))
    }
}

#[cfg(test)]
mod tests;
