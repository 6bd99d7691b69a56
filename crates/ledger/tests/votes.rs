//! Certificates and evidence: what proves a decision, what accuses a signer, and what does neither.

use crate::samples::*;
use ledger::{
    BlockId, Certificate, Evidence, NetworkId, SignedProposal, SignedVote, Validator, ValidatorSet, Vote, VoteKind,
    codec,
    vote::{CertificateError, ValidatorSetError},
};

const BLOCK: u8 = 0x51;

fn quorum() -> Certificate {
    certificate(BlockId(hash(BLOCK)), &[30, 31, 32])
}

#[test]
fn a_quorum_is_more_than_two_thirds() {
    let quorums: Vec<usize> = (1..=16u8).map(|n| genesis_of(n).validators().unwrap().quorum()).collect();
    assert_eq!(quorums, [1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 9, 9, 10, 11, 11]);
}

#[test]
fn certificates_prove_a_block_with_a_quorum_of_valid_precommits() {
    let check = |name: &str, expect: Result<(), CertificateError>, change: &dyn Fn(&mut Certificate)| {
        let mut certificate = quorum();
        change(&mut certificate);
        assert_eq!(certificate.verify(network(), &validators()), expect, "{name}");
    };
    let first = quorum().signatures[0].signer;
    check("as it is", Ok(()), &|_| {});
    check("all four", Ok(()), &|c| *c = certificate(c.block, &[30, 31, 32, 33]));
    let (found, needed) = (2, 3);
    check("one less", Err(CertificateError::TooFew { found, needed }), &|c| {
        c.signatures.truncate(2);
    });
    let (found, needed) = (0, 3);
    check("none", Err(CertificateError::TooFew { found, needed }), &|c| c.signatures.clear());
    check("one twice", Err(CertificateError::Order), &|c| c.signatures[1] = c.signatures[0].clone());
    check("out of order", Err(CertificateError::Order), &|c| c.signatures.swap(0, 1));
    check("a stranger", Err(CertificateError::Unknown(key_id(77))), &|c| {
        *c = certificate(c.block, &[77]);
    });
    for change in [
        (|c| c.height += 1) as fn(&mut Certificate),
        |c| c.round += 1,
        |c| c.block = BlockId(hash(1)),
        |c| c.signatures[0].signature.0[0] ^= 1,
    ] {
        check("changed", Err(CertificateError::Signature(first)), &change);
    }
    // The same precommits are nothing on another network.
    let elsewhere = quorum().verify(NetworkId(hash(2)), &validators());
    assert_eq!(elsewhere, Err(CertificateError::Signature(first)));
}

#[test]
fn prevotes_are_no_precommits() {
    let mut certificate = quorum();
    for signature in &mut certificate.signatures {
        let prevote = Vote { kind: VoteKind::Prevote, ..certificate_precommit(signature.signer) };
        let seed = (30..34).find(|s| key_id(*s) == signature.signer).unwrap();
        signature.signature = sign(seed, &prevote.sign_hash());
    }
    assert!(matches!(certificate.verify(network(), &validators()), Err(CertificateError::Signature(_))));
}

fn certificate_precommit(signer: ledger::KeyId) -> Vote {
    quorum().precommit(network(), signer)
}

fn signed_by(seed: u8, vote: Vote) -> SignedVote {
    let signature = sign(seed, &vote.sign_hash());
    SignedVote { vote, signature }
}

#[test]
fn two_votes_of_one_step_accuse_their_signer_and_nobody_else() {
    let vote = |block: Option<u8>| vote(VoteKind::Prevote, block.map(|n| BlockId(hash(n))));
    let check = |name: &str, expect: bool, second: SignedVote| {
        let first = signed_by(30, vote(Some(1)));
        let evidence = Evidence::Votes { first, second };
        let accused = evidence.accused(network(), &validators());
        assert_eq!(accused, expect.then(|| key_id(30)), "{name}");
    };
    check("another block", true, signed_by(30, vote(Some(2))));
    check("nil", true, signed_by(30, vote(None)));
    check("the same", false, signed_by(30, vote(Some(1))));
    let other = |change: fn(&mut Vote)| {
        let mut vote = vote(Some(2));
        change(&mut vote);
        signed_by(30, vote)
    };
    check("another round", false, other(|v| v.round += 1));
    check("another height", false, other(|v| v.height += 1));
    check("the other step", false, other(|v| v.kind = VoteKind::Precommit));
    check("another network", false, other(|v| v.network = NetworkId(hash(2))));
    check("another signer", false, other(|v| v.signer = key_id(31)));
    check("signed by somebody else", false, signed_by(31, vote(Some(2))));

    let both = |n: NetworkId| {
        let vote = |block| Vote { network: n, ..vote(Some(block)) };
        Evidence::Votes { first: signed_by(30, vote(1)), second: signed_by(30, vote(2)) }
    };
    assert_eq!(both(NetworkId(hash(2))).accused(network(), &validators()), None);
    let strangers = ValidatorSet::new(validators().validators()[..1].to_vec()).unwrap();
    let outside = strangers.by_key(&key_id(30)).is_none();
    assert_eq!(both(network()).accused(network(), &strangers).is_none(), outside);
}

#[test]
fn two_proposals_that_differ_in_anything_signed_accuse() {
    let check = |expect: bool, second: SignedProposal| {
        let first = signed_proposal(None);
        let accused = Evidence::Proposals { first, second }.accused(network(), &validators());
        assert_eq!(accused, expect.then(|| key_id(30)));
    };
    check(true, signed_proposal(Some(0)));
    check(false, signed_proposal(None));
    let mut forged = signed_proposal(Some(0));
    forged.signature.0[0] ^= 1;
    check(false, forged);
    let mut later = proposal(Some(0));
    later.round += 1;
    let signature = sign(30, &later.sign_hash());
    check(false, SignedProposal { proposal: later, signature });
}

#[test]
fn sets_are_sorted_and_without_repetition() {
    let seats = validators().validators().to_vec();
    assert!(seats.windows(2).all(|w| w[0].key.id() < w[1].key.id()));
    let mut reversed = seats.clone();
    reversed.reverse();
    assert_eq!(ValidatorSet::new(reversed.clone()), Ok(validators()));
    // Bytes hold the one order that there is.
    assert!(codec::decode::<ValidatorSet>(&codec::encode(&reversed), 10_000).is_err());
    let twice = |change: fn(&mut Vec<Validator>)| {
        let mut seats = seats.clone();
        change(&mut seats);
        assert_eq!(ValidatorSet::new(seats), Err(ValidatorSetError::Repeated));
    };
    twice(|s| s[1].key = s[0].key);
    twice(|s| s[1].peer = s[0].peer);
    for seat in &seats {
        assert_eq!(validators().by_key(&seat.key.id()), Some(seat));
    }
    assert_eq!(validators().by_key(&key_id(1)), None);
}
