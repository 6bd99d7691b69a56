//! The layout of each type.

use super::CodecError;
use crate::context::{Address, Height, Hufu, Opening, Part, Proposal, Sig, Value, Vote};
use crate::limits::{MAX_BLOCK_BYTES, MAX_CERTIFICATE_SIGNATURES, MAX_STREAM_ID_BYTES, MAX_SYNC_VALUES, PART_BYTES};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use ledger::{BlockId, Hash, KeyId, Signature};
use malachite::app::consensus::{LivenessMsg, ProposedValue, SignedConsensusMsg};
use malachite::app::streaming::{StreamContent, StreamId, StreamMessage};
use malachite::app::types::PeerId;
use malachite::app::types::core::{
    ExtendedCommitCertificate, ExtendedCommitSignature, NilOrVal, PolkaCertificate, PolkaSignature, Round,
    RoundCertificate, RoundCertificateType, RoundSignature, SignedMessage, Validity, VoteType,
};
use malachite::app::types::sync::{RawDecidedValue, Request, Response, Status};
use malachite_sync::{ValueRequest, ValueResponse};

/// Longest name of a peer: an ed25519 one has 38 bytes.
const MAX_PEER_BYTES: usize = 64;
const SIGNATURE_ENTRY_BYTES: usize = 32 + 64;

type Done = Result<(), CodecError>;

/// A type with a layout.
pub(crate) trait Wire: Sized {
    fn put(&self, out: &mut BytesMut) -> Done;
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError>;
}

fn need(bytes: &Bytes, length: usize) -> Done {
    if bytes.remaining() < length { Err(CodecError::Short) } else { Ok(()) }
}

impl Wire for u8 {
    fn put(&self, out: &mut BytesMut) -> Done {
        out.put_u8(*self);
        Ok(())
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        need(bytes, 1)?;
        Ok(bytes.get_u8())
    }
}

impl Wire for u32 {
    fn put(&self, out: &mut BytesMut) -> Done {
        out.put_u32(*self);
        Ok(())
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        need(bytes, 4)?;
        Ok(bytes.get_u32())
    }
}

impl Wire for u64 {
    fn put(&self, out: &mut BytesMut) -> Done {
        out.put_u64(*self);
        Ok(())
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        need(bytes, 8)?;
        Ok(bytes.get_u64())
    }
}

impl<const N: usize> Wire for [u8; N] {
    fn put(&self, out: &mut BytesMut) -> Done {
        out.extend_from_slice(self);
        Ok(())
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        need(bytes, N)?;
        let mut array = [0; N];
        bytes.copy_to_slice(&mut array);
        Ok(array)
    }
}

fn put_bytes(value: &[u8], bound: usize, what: &'static str, out: &mut BytesMut) -> Done {
    if value.len() > bound {
        return Err(CodecError::TooLong(what));
    }
    (value.len() as u32).put(out)?;
    out.extend_from_slice(value);
    Ok(())
}

/// Shares the memory of the input.
fn take_bytes(bytes: &mut Bytes, bound: usize, what: &'static str) -> Result<Bytes, CodecError> {
    let length = u32::take(bytes)? as usize;
    if length > bound {
        return Err(CodecError::TooLong(what));
    }
    need(bytes, length)?;
    Ok(bytes.split_to(length))
}

fn put_list<T: Wire>(list: &[T], bound: usize, what: &'static str, out: &mut BytesMut) -> Done {
    if list.len() > bound {
        return Err(CodecError::TooLong(what));
    }
    (list.len() as u32).put(out)?;
    list.iter().try_for_each(|item| item.put(out))
}

fn take_list<T: Wire>(bytes: &mut Bytes, bound: usize, what: &'static str) -> Result<Vec<T>, CodecError> {
    let length = u32::take(bytes)? as usize;
    if length > bound {
        return Err(CodecError::TooLong(what));
    }
    (0..length).map(|_| T::take(bytes)).collect()
}

/// A round that must be one.
fn put_round(round: Round, out: &mut BytesMut) -> Done {
    round.as_u32().ok_or(CodecError::NoRound)?.put(out)
}

fn take_round(bytes: &mut Bytes) -> Result<Round, CodecError> {
    u32::take(bytes).map(Round::new)
}

macro_rules! newtype {
    ($($type:ty: $make:expr, $open:expr, $inner:ty;)*) => {$(
        impl Wire for $type {
            fn put(&self, out: &mut BytesMut) -> Done {
                let open: fn(&$type) -> &$inner = $open;
                open(self).put(out)
            }
            fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
                <$inner>::take(bytes).map($make)
            }
        }
    )*};
}

newtype! {
    Height: Height, |h| &h.0, u64;
    Address: |b| Address(KeyId(Hash(b))), |a| &a.0.0.0, [u8; 32];
    KeyId: |b| KeyId(Hash(b)), |k| &k.0.0, [u8; 32];
    Value: |b| Value(BlockId(Hash(b))), |v| &v.0.0.0, [u8; 32];
    Signature: Signature, |s| &s.0, [u8; 64];
    Sig: |b| Sig(Signature(b)), |s| &s.0.0, [u8; 64];
}

macro_rules! tagged {
    ($($type:ty, $what:literal: $($tag:literal => $variant:pat => $value:expr),*;)*) => {$(
        impl Wire for $type {
            fn put(&self, out: &mut BytesMut) -> Done {
                match self { $($variant => $tag,)* }.put(out)
            }
            fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
                match u8::take(bytes)? { $($tag => Ok($value),)* _ => Err(CodecError::Tag($what)) }
            }
        }
    )*};
}

tagged! {
    VoteType, "a vote's kind": 1u8 => VoteType::Prevote => VoteType::Prevote, 2u8 => VoteType::Precommit => VoteType::Precommit;
    Validity, "a validity": 0u8 => Validity::Invalid => Validity::Invalid, 1u8 => Validity::Valid => Validity::Valid;
    RoundCertificateType, "a round certificate's kind":
        1u8 => RoundCertificateType::Precommit => RoundCertificateType::Precommit,
        2u8 => RoundCertificateType::Skip => RoundCertificateType::Skip;
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut BytesMut) -> Done {
        match self {
            None => 0u8.put(out),
            Some(value) => {
                1u8.put(out)?;
                value.put(out)
            }
        }
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        match u8::take(bytes)? {
            0 => Ok(None),
            1 => T::take(bytes).map(Some),
            _ => Err(CodecError::Tag("an option")),
        }
    }
}

/// A round or none.
impl Wire for Round {
    fn put(&self, out: &mut BytesMut) -> Done {
        self.as_u32().put(out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        Ok(<Option<u32> as Wire>::take(bytes)?.map_or(Round::Nil, Round::new))
    }
}

impl Wire for NilOrVal<Value> {
    fn put(&self, out: &mut BytesMut) -> Done {
        match self {
            NilOrVal::Nil => None,
            NilOrVal::Val(value) => Some(*value),
        }
        .put(out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        Ok(<Option<Value> as Wire>::take(bytes)?.map_or(NilOrVal::Nil, NilOrVal::Val))
    }
}

impl Wire for Vote {
    fn put(&self, out: &mut BytesMut) -> Done {
        self.kind.put(out)?;
        self.height.put(out)?;
        put_round(self.round, out)?;
        self.value.put(out)?;
        self.address.put(out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        Ok(Vote {
            kind: Wire::take(bytes)?,
            height: Wire::take(bytes)?,
            round: take_round(bytes)?,
            value: Wire::take(bytes)?,
            address: Wire::take(bytes)?,
        })
    }
}

impl Wire for Proposal {
    fn put(&self, out: &mut BytesMut) -> Done {
        self.height.put(out)?;
        put_round(self.round, out)?;
        self.value.put(out)?;
        self.pol_round.put(out)?;
        self.address.put(out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        Ok(Proposal {
            height: Wire::take(bytes)?,
            round: take_round(bytes)?,
            value: Wire::take(bytes)?,
            pol_round: Wire::take(bytes)?,
            address: Wire::take(bytes)?,
        })
    }
}

impl<M: Wire> Wire for SignedMessage<Hufu, M> {
    fn put(&self, out: &mut BytesMut) -> Done {
        self.message.put(out)?;
        self.signature.put(out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        Ok(SignedMessage::new(Wire::take(bytes)?, Wire::take(bytes)?))
    }
}

impl Wire for SignedConsensusMsg<Hufu> {
    fn put(&self, out: &mut BytesMut) -> Done {
        match self {
            SignedConsensusMsg::Vote(vote) => {
                1u8.put(out)?;
                vote.put(out)
            }
            SignedConsensusMsg::Proposal(proposal) => {
                2u8.put(out)?;
                proposal.put(out)
            }
        }
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        match u8::take(bytes)? {
            1 => Wire::take(bytes).map(SignedConsensusMsg::Vote),
            2 => Wire::take(bytes).map(SignedConsensusMsg::Proposal),
            _ => Err(CodecError::Tag("a consensus message")),
        }
    }
}

impl Wire for PolkaSignature<Hufu> {
    fn put(&self, out: &mut BytesMut) -> Done {
        self.address.put(out)?;
        self.signature.put(out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        Ok(PolkaSignature::new(Wire::take(bytes)?, Wire::take(bytes)?))
    }
}

impl Wire for PolkaCertificate<Hufu> {
    fn put(&self, out: &mut BytesMut) -> Done {
        self.height.put(out)?;
        put_round(self.round, out)?;
        self.value_id.put(out)?;
        put_list(&self.polka_signatures, MAX_CERTIFICATE_SIGNATURES, "a polka certificate", out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        Ok(PolkaCertificate {
            height: Wire::take(bytes)?,
            round: take_round(bytes)?,
            value_id: Wire::take(bytes)?,
            polka_signatures: take_list(bytes, MAX_CERTIFICATE_SIGNATURES, "a polka certificate")?,
        })
    }
}

impl Wire for RoundSignature<Hufu> {
    fn put(&self, out: &mut BytesMut) -> Done {
        self.vote_type.put(out)?;
        self.value_id.put(out)?;
        self.address.put(out)?;
        self.signature.put(out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        Ok(RoundSignature::new(Wire::take(bytes)?, Wire::take(bytes)?, Wire::take(bytes)?, Wire::take(bytes)?))
    }
}

impl Wire for RoundCertificate<Hufu> {
    fn put(&self, out: &mut BytesMut) -> Done {
        self.height.put(out)?;
        put_round(self.round, out)?;
        self.cert_type.put(out)?;
        put_list(&self.round_signatures, MAX_CERTIFICATE_SIGNATURES, "a round certificate", out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        Ok(RoundCertificate {
            height: Wire::take(bytes)?,
            round: take_round(bytes)?,
            cert_type: Wire::take(bytes)?,
            round_signatures: take_list(bytes, MAX_CERTIFICATE_SIGNATURES, "a round certificate")?,
        })
    }
}

impl Wire for LivenessMsg<Hufu> {
    fn put(&self, out: &mut BytesMut) -> Done {
        match self {
            LivenessMsg::Vote(vote) => {
                1u8.put(out)?;
                vote.put(out)
            }
            LivenessMsg::PolkaCertificate(certificate) => {
                2u8.put(out)?;
                certificate.put(out)
            }
            LivenessMsg::SkipRoundCertificate(certificate) => {
                3u8.put(out)?;
                certificate.put(out)
            }
        }
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        match u8::take(bytes)? {
            1 => Wire::take(bytes).map(LivenessMsg::Vote),
            2 => Wire::take(bytes).map(LivenessMsg::PolkaCertificate),
            3 => Wire::take(bytes).map(LivenessMsg::SkipRoundCertificate),
            _ => Err(CodecError::Tag("a liveness message")),
        }
    }
}

impl Wire for ProposedValue<Hufu> {
    fn put(&self, out: &mut BytesMut) -> Done {
        self.height.put(out)?;
        put_round(self.round, out)?;
        self.valid_round.put(out)?;
        self.proposer.put(out)?;
        self.value.put(out)?;
        self.validity.put(out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        Ok(ProposedValue {
            height: Wire::take(bytes)?,
            round: take_round(bytes)?,
            valid_round: Wire::take(bytes)?,
            proposer: Wire::take(bytes)?,
            value: Wire::take(bytes)?,
            validity: Wire::take(bytes)?,
        })
    }
}

impl Wire for Opening {
    fn put(&self, out: &mut BytesMut) -> Done {
        self.height.put(out)?;
        self.round.put(out)?;
        self.pol_round.put(out)?;
        self.proposer.put(out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        Ok(Opening {
            height: Wire::take(bytes)?,
            round: Wire::take(bytes)?,
            pol_round: Wire::take(bytes)?,
            proposer: Wire::take(bytes)?,
        })
    }
}

impl Wire for Part {
    fn put(&self, out: &mut BytesMut) -> Done {
        match self {
            Part::Open(opening) => {
                1u8.put(out)?;
                opening.put(out)
            }
            Part::Bytes(bytes) => {
                2u8.put(out)?;
                put_bytes(bytes, PART_BYTES, "a proposal part", out)
            }
            Part::Seal(seal) => {
                3u8.put(out)?;
                seal.put(out)
            }
        }
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        match u8::take(bytes)? {
            1 => Wire::take(bytes).map(Part::Open),
            2 => take_bytes(bytes, PART_BYTES, "a proposal part").map(Part::Bytes),
            3 => Wire::take(bytes).map(Part::Seal),
            _ => Err(CodecError::Tag("a proposal part")),
        }
    }
}

/// The end of a stream is its seal; the engine's separate end mark is neither sent nor taken.
impl Wire for StreamMessage<Part> {
    fn put(&self, out: &mut BytesMut) -> Done {
        put_bytes(&self.stream_id.to_bytes(), MAX_STREAM_ID_BYTES, "a stream's name", out)?;
        self.sequence.put(out)?;
        self.content.as_data().ok_or(CodecError::Tag("a stream message"))?.put(out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        let name = take_bytes(bytes, MAX_STREAM_ID_BYTES, "a stream's name")?;
        let sequence = u64::take(bytes)?;
        Ok(StreamMessage::new(StreamId::new(name), sequence, StreamContent::Data(Wire::take(bytes)?)))
    }
}

impl Wire for Status<Hufu> {
    fn put(&self, out: &mut BytesMut) -> Done {
        put_bytes(&self.peer_id.to_bytes(), MAX_PEER_BYTES, "a peer's name", out)?;
        self.tip_height.put(out)?;
        self.history_min_height.put(out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        let name = take_bytes(bytes, MAX_PEER_BYTES, "a peer's name")?;
        let peer_id = PeerId::from_bytes(&name).map_err(|_| CodecError::Peer)?;
        // A name could be written with needless bytes in its integers.
        if peer_id.to_bytes() != name {
            return Err(CodecError::Peer);
        }
        Ok(Status { peer_id, tip_height: Wire::take(bytes)?, history_min_height: Wire::take(bytes)? })
    }
}

impl Wire for Request<Hufu> {
    fn put(&self, out: &mut BytesMut) -> Done {
        let Request::ValueRequest(request) = self;
        request.range.start().put(out)?;
        request.range.end().put(out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        let (start, end) = (Height::take(bytes)?, Height::take(bytes)?);
        Ok(Request::ValueRequest(ValueRequest::new(start..=end)))
    }
}

impl Wire for ExtendedCommitSignature<Hufu> {
    fn put(&self, out: &mut BytesMut) -> Done {
        self.address.put(out)?;
        self.signature.put(out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        Ok(ExtendedCommitSignature::new(Wire::take(bytes)?, Wire::take(bytes)?, None))
    }
}

impl Wire for ExtendedCommitCertificate<Hufu> {
    fn put(&self, out: &mut BytesMut) -> Done {
        self.height.put(out)?;
        put_round(self.round, out)?;
        self.value_id.put(out)?;
        put_list(&self.commit_signatures, MAX_CERTIFICATE_SIGNATURES, "a certificate", out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        Ok(ExtendedCommitCertificate {
            height: Wire::take(bytes)?,
            round: take_round(bytes)?,
            value_id: Wire::take(bytes)?,
            commit_signatures: take_list(bytes, MAX_CERTIFICATE_SIGNATURES, "a certificate")?,
        })
    }
}

impl Wire for RawDecidedValue<Hufu> {
    fn put(&self, out: &mut BytesMut) -> Done {
        put_bytes(&self.value_bytes, MAX_BLOCK_BYTES, "a block", out)?;
        self.certificate.put(out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        Ok(RawDecidedValue::new(take_bytes(bytes, MAX_BLOCK_BYTES, "a block")?, Wire::take(bytes)?))
    }
}

impl Wire for Response<Hufu> {
    fn put(&self, out: &mut BytesMut) -> Done {
        let Response::ValueResponse(response) = self;
        response.start_height.put(out)?;
        put_list(&response.values, MAX_SYNC_VALUES, "a sync response", out)
    }
    fn take(bytes: &mut Bytes) -> Result<Self, CodecError> {
        let start = Wire::take(bytes)?;
        let values = take_list(bytes, MAX_SYNC_VALUES, "a sync response")?;
        Ok(Response::ValueResponse(ValueResponse::new(start, values)))
    }
}

/// The encoded length of a response, without encoding it.
pub(super) fn response_length(response: &Response<Hufu>) -> usize {
    let Response::ValueResponse(response) = response;
    let value = |v: &RawDecidedValue<Hufu>| {
        let certificate = 8 + 4 + 32 + 4 + v.certificate.commit_signatures.len() * SIGNATURE_ENTRY_BYTES;
        4 + v.value_bytes.len() + certificate
    };
    8 + 4 + response.values.iter().map(value).sum::<usize>()
}
