use super::*;
use crate::context::{Address, Height, Opening, Proposal, Sig, Value, Vote};
use crate::limits::*;
use ledger::{BlockId, Hash, KeyId, Signature};
use malachite::app::streaming::{StreamContent, StreamId};
use malachite::app::types::PeerId;
use malachite::app::types::core::{
    ExtendedCommitCertificate, ExtendedCommitSignature, NilOrVal, PolkaSignature, Round, RoundCertificate,
    RoundCertificateType, RoundSignature, SignedMessage, Validity, VoteType,
};
use malachite::app::types::sync::RawDecidedValue;
use malachite_sync::{ValueRequest, ValueResponse};
use proptest::prelude::*;

fn value() -> impl Strategy<Value = Value> {
    any::<[u8; 32]>().prop_map(|b| Value(BlockId(Hash(b))))
}

fn address() -> impl Strategy<Value = Address> {
    any::<[u8; 32]>().prop_map(|b| Address(KeyId(Hash(b))))
}

fn sig() -> impl Strategy<Value = Sig> {
    any::<[u8; 64]>().prop_map(|b| Sig(Signature(b)))
}

fn height() -> impl Strategy<Value = Height> {
    any::<u64>().prop_map(Height)
}

fn round() -> impl Strategy<Value = Round> {
    any::<u32>().prop_map(Round::new)
}

fn maybe_round() -> impl Strategy<Value = Round> {
    prop_oneof![Just(Round::Nil), round()]
}

fn nil_or_val() -> impl Strategy<Value = NilOrVal<Value>> {
    prop_oneof![Just(NilOrVal::Nil), value().prop_map(NilOrVal::Val)]
}

fn kind() -> impl Strategy<Value = VoteType> {
    prop_oneof![Just(VoteType::Prevote), Just(VoteType::Precommit)]
}

fn vote() -> impl Strategy<Value = SignedMessage<Hufu, Vote>> {
    (kind(), height(), round(), nil_or_val(), address(), sig()).prop_map(|(kind, height, round, value, address, s)| {
        SignedMessage::new(Vote { kind, height, round, value, address }, s)
    })
}

fn proposal() -> impl Strategy<Value = SignedMessage<Hufu, Proposal>> {
    (height(), round(), value(), maybe_round(), address(), sig()).prop_map(
        |(height, round, value, pol_round, address, s)| {
            SignedMessage::new(Proposal { height, round, value, pol_round, address }, s)
        },
    )
}

fn consensus_message() -> impl Strategy<Value = SignedConsensusMsg<Hufu>> {
    prop_oneof![vote().prop_map(SignedConsensusMsg::Vote), proposal().prop_map(SignedConsensusMsg::Proposal)]
}

fn polka() -> impl Strategy<Value = PolkaCertificate<Hufu>> {
    let signatures = prop::collection::vec((address(), sig()), 0..=MAX_CERTIFICATE_SIGNATURES);
    (height(), round(), value(), signatures).prop_map(|(height, round, value_id, signatures)| PolkaCertificate {
        height,
        round,
        value_id,
        polka_signatures: signatures.into_iter().map(|(a, s)| PolkaSignature::new(a, s)).collect(),
    })
}

fn liveness_message() -> impl Strategy<Value = LivenessMsg<Hufu>> {
    let entries = prop::collection::vec((kind(), nil_or_val(), address(), sig()), 0..=MAX_CERTIFICATE_SIGNATURES);
    let cert_type = prop_oneof![Just(RoundCertificateType::Skip), Just(RoundCertificateType::Precommit)];
    let certificate = (height(), round(), cert_type, entries).prop_map(|(height, round, cert_type, entries)| {
        let round_signatures = entries.into_iter().map(|(k, v, a, s)| RoundSignature::new(k, v, a, s)).collect();
        RoundCertificate { height, round, cert_type, round_signatures }
    });
    prop_oneof![
        vote().prop_map(LivenessMsg::Vote),
        polka().prop_map(LivenessMsg::PolkaCertificate),
        certificate.prop_map(LivenessMsg::SkipRoundCertificate),
    ]
}

fn proposed_value() -> impl Strategy<Value = ProposedValue<Hufu>> {
    (height(), round(), maybe_round(), address(), value(), any::<bool>()).prop_map(
        |(height, round, valid_round, proposer, value, valid)| ProposedValue {
            height,
            round,
            valid_round,
            proposer,
            value,
            validity: Validity::from_bool(valid),
        },
    )
}

fn stream_message() -> impl Strategy<Value = StreamMessage<Part>> {
    let opening = (any::<u64>(), any::<u32>(), any::<Option<u32>>(), any::<[u8; 32]>()).prop_map(
        |(height, round, pol_round, proposer)| {
            Part::Open(Opening { height, round, pol_round, proposer: KeyId(Hash(proposer)) })
        },
    );
    let part = prop_oneof![
        opening,
        prop::collection::vec(any::<u8>(), 0..300).prop_map(|b| Part::Bytes(b.into())),
        any::<[u8; 64]>().prop_map(|b| Part::Seal(Signature(b))),
    ];
    (prop::collection::vec(any::<u8>(), 0..=MAX_STREAM_ID_BYTES), any::<u64>(), part).prop_map(|(name, sequence, p)| {
        StreamMessage::new(StreamId::new(name.into()), sequence, StreamContent::Data(p))
    })
}

fn status() -> impl Strategy<Value = Status<Hufu>> {
    (any::<[u8; 32]>(), height(), height()).prop_map(|(key, tip_height, history_min_height)| {
        let name = [&[0x00, 0x24, 0x08, 0x01, 0x12, 0x20], key.as_slice()].concat();
        Status { peer_id: PeerId::from_bytes(&name).unwrap(), tip_height, history_min_height }
    })
}

fn response() -> impl Strategy<Value = Response<Hufu>> {
    let signatures = prop::collection::vec((address(), sig()), 0..=16);
    let certificate = (height(), round(), value(), signatures).prop_map(|(height, round, value_id, signatures)| {
        let commit_signatures = signatures.into_iter().map(|(a, s)| ExtendedCommitSignature::new(a, s, None)).collect();
        ExtendedCommitCertificate { height, round, value_id, commit_signatures }
    });
    let decided = (prop::collection::vec(any::<u8>(), 0..300), certificate)
        .prop_map(|(bytes, certificate)| RawDecidedValue::new(bytes.into(), certificate));
    (height(), prop::collection::vec(decided, 0..5))
        .prop_map(|(start, values)| Response::ValueResponse(ValueResponse::new(start, values)))
}

fn request() -> impl Strategy<Value = Request<Hufu>> {
    (height(), height()).prop_map(|(a, b)| Request::ValueRequest(ValueRequest::new(a..=b)))
}

/// It comes back; no truncation of it decodes, nor does anything longer.
fn check<T: Wire + PartialEq + std::fmt::Debug>(message: &T) -> Result<(), TestCaseError> {
    let bytes = encode(message).unwrap();
    prop_assert_eq!(&decode::<T>(bytes.clone()).unwrap(), message);
    for length in (0..bytes.len()).rev().take(200).chain(0..bytes.len().min(50)) {
        prop_assert!(decode::<T>(bytes.slice(..length)).is_err(), "length {}", length);
    }
    let longer = Bytes::from([bytes.as_ref(), &[0]].concat());
    prop_assert_eq!(decode::<T>(longer).unwrap_err(), CodecError::Trailing);
    Ok(())
}

/// Whatever decodes encodes to the very same bytes.
fn canonical<T: Wire>(bytes: &[u8]) -> Result<(), TestCaseError> {
    let bytes = Bytes::copy_from_slice(bytes);
    if let Ok(message) = decode::<T>(bytes.clone()) {
        prop_assert_eq!(encode(&message).unwrap(), bytes);
    }
    Ok(())
}

fn all_canonical(bytes: &[u8]) -> Result<(), TestCaseError> {
    canonical::<SignedConsensusMsg<Hufu>>(bytes)?;
    canonical::<LivenessMsg<Hufu>>(bytes)?;
    canonical::<StreamMessage<Part>>(bytes)?;
    canonical::<ProposedValue<Hufu>>(bytes)?;
    canonical::<PolkaCertificate<Hufu>>(bytes)?;
    canonical::<Status<Hufu>>(bytes)?;
    canonical::<Request<Hufu>>(bytes)?;
    canonical::<Response<Hufu>>(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn messages_come_back(
        a in consensus_message(), b in liveness_message(), c in stream_message(), d in proposed_value(),
        e in polka(), f in status(), g in request(), h in response(),
    ) {
        check(&a)?;
        check(&b)?;
        check(&c)?;
        check(&d)?;
        check(&e)?;
        check(&f)?;
        check(&g)?;
        check(&h)?;
        prop_assert_eq!(Wired.encoded_len(&h).unwrap(), encode(&h).unwrap().len());
    }

    #[test]
    fn damaged_messages_are_refused_or_canonical(
        a in consensus_message(), b in liveness_message(), c in stream_message(), h in response(), flips in any::<u64>(),
    ) {
        for bytes in [encode(&a).unwrap(), encode(&b).unwrap(), encode(&c).unwrap(), encode(&h).unwrap()] {
            let mut damaged = bytes.to_vec();
            let at = flips as usize % damaged.len();
            damaged[at] ^= 1 << (flips >> 61);
            all_canonical(&damaged)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        all_canonical(&bytes)?;
    }
}

#[test]
fn lengths_are_bounded_at_their_value_and_one_above() {
    let part = |length: usize| {
        StreamMessage::new(StreamId::new(Bytes::new()), 0, StreamContent::Data(Part::Bytes(vec![1; length].into())))
    };
    let full = encode(&part(PART_BYTES)).unwrap();
    decode::<StreamMessage<Part>>(full.clone()).unwrap();
    assert_eq!(encode(&part(PART_BYTES + 1)).unwrap_err(), CodecError::TooLong("a proposal part"));
    // The same with bytes that another encoder made.
    let mut forged = full.to_vec();
    forged.push(1);
    let length_at = 4 + 8 + 1;
    forged[length_at..length_at + 4].copy_from_slice(&(PART_BYTES as u32 + 1).to_be_bytes());
    assert_eq!(decode::<StreamMessage<Part>>(forged.into()).unwrap_err(), CodecError::TooLong("a proposal part"));

    let polka = |count: usize| PolkaCertificate::<Hufu> {
        height: Height(1),
        round: Round::new(0),
        value_id: Value(BlockId(Hash([1; 32]))),
        polka_signatures: vec![PolkaSignature::new(Address(KeyId(Hash([1; 32]))), Sig(Signature([0; 64]))); count],
    };
    let full = encode(&polka(MAX_CERTIFICATE_SIGNATURES)).unwrap();
    assert!(full.len() < MAX_CONTROL_BYTES);
    decode::<PolkaCertificate<Hufu>>(full).unwrap();
    assert!(encode(&polka(MAX_CERTIFICATE_SIGNATURES + 1)).is_err());
}

#[test]
fn a_huge_claimed_length_costs_nothing() {
    let mut bytes = vec![0; 8];
    bytes.extend_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(decode::<Response<Hufu>>(bytes.into()).unwrap_err(), CodecError::TooLong("a sync response"));
}

#[test]
fn votes_have_a_round() {
    let vote = Vote {
        kind: VoteType::Prevote,
        height: Height(1),
        round: Round::Nil,
        value: NilOrVal::Nil,
        address: Address(KeyId(Hash([1; 32]))),
    };
    let message = SignedConsensusMsg::Vote(SignedMessage::new(vote, Sig(Signature([0; 64]))));
    assert_eq!(encode(&message).unwrap_err(), CodecError::NoRound);
}
