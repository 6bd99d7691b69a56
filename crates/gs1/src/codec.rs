//! Byte encodings: bincode 2, written by hand so that decoding validates and never allocates more than the type allows.
use bincode::de::{Decoder, read::Reader};
use bincode::error::DecodeError;

use crate::CodeError;

/// A refused value, as the decoder reports it: the stable code, then the message.
pub(crate) fn refuse(error: &CodeError) -> DecodeError {
    DecodeError::OtherString(format!("{}: {error}", error.code()))
}

/// Reads bincode's `str` (length as u64, then UTF-8 bytes), refusing more than `max` bytes before allocating.
pub(crate) fn bounded_str<D: Decoder>(decoder: &mut D, max: usize) -> Result<String, DecodeError> {
    let length = <u64 as bincode::Decode<D::Context>>::decode(decoder)?;
    let length = usize::try_from(length).map_err(|_| DecodeError::OutsideUsizeRange(length))?;
    if length > max {
        return Err(refuse(&CodeError::InputTooLong { found: length, max }));
    }
    decoder.claim_bytes_read(length)?;
    let mut bytes = vec![0; length];
    decoder.reader().read(&mut bytes)?;
    String::from_utf8(bytes).map_err(|error| DecodeError::Utf8 { inner: error.utf8_error() })
}

/// Encodes a type as one inner value and decodes it through a validating constructor:
/// `coded!(Type as u64, |value| value.to_inner(), |inner| Type::new(inner))`.
macro_rules! coded {
    ($type:ty as $inner:ty, $to:expr, $from:expr) => {
        impl bincode::Encode for $type {
            fn encode<E: bincode::enc::Encoder>(&self, encoder: &mut E) -> Result<(), bincode::error::EncodeError> {
                let to: fn(&$type) -> $inner = $to;
                to(self).encode(encoder)
            }
        }
        impl<Context> bincode::Decode<Context> for $type {
            fn decode<D: bincode::de::Decoder<Context = Context>>(
                decoder: &mut D,
            ) -> Result<Self, bincode::error::DecodeError> {
                let inner = <$inner as bincode::Decode<Context>>::decode(decoder)?;
                let from: fn($inner) -> Result<$type, crate::CodeError> = $from;
                from(inner).map_err(|error| crate::codec::refuse(&error))
            }
        }
        bincode::impl_borrow_decode!($type);
    };
    ($type:ty as str ..= $max:expr) => {
        impl bincode::Encode for $type {
            fn encode<E: bincode::enc::Encoder>(&self, encoder: &mut E) -> Result<(), bincode::error::EncodeError> {
                self.as_str().encode(encoder)
            }
        }
        impl<Context> bincode::Decode<Context> for $type {
            fn decode<D: bincode::de::Decoder<Context = Context>>(
                decoder: &mut D,
            ) -> Result<Self, bincode::error::DecodeError> {
                let text = crate::codec::bounded_str(decoder, $max)?;
                text.parse().map_err(|error| crate::codec::refuse(&error))
            }
        }
        bincode::impl_borrow_decode!($type);
    };
}
pub(crate) use coded;
