//! What agencies sign to agree: votes, proposals, certificates, and the evidence of those who sign twice.
//!
//! Everything that the consensus engine compares is under the signature, so that two messages of one key that differ
//! are always two different signed statements, and an honest agency can never be framed.

use crate::{
    bounds::MAX_VALIDATORS,
    crypto::{PublicKey, Signature},
    hash::Hash,
    id::{BlockId, KeyId, NetworkId, OrgId},
    tag,
};
use bincode::{
    BorrowDecode, Decode, Encode,
    de::{BorrowDecoder, Decoder},
    error::DecodeError,
};

/// One agency's seat.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Validator {
    /// The consensus key.
    pub key: PublicKey,
    /// The agency.
    pub org: OrgId,
    /// ed25519 key of its node on the consensus network (the libp2p identity).
    pub peer: [u8; 32],
}

/// The agencies whose signatures make a certificate, sorted by key identity; each has one vote.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct ValidatorSet {
    validators: Vec<Validator>,
}

/// Why a list of validators is no set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorSetError {
    /// Not 1 to 16 of them.
    #[error("make a validator set of {0}: 1 to {MAX_VALIDATORS} are possible")]
    Count(usize),
    /// One key or one transport identity twice, or out of order.
    #[error("make a validator set with a repeated key or transport identity, or out of order")]
    Repeated,
}

impl ValidatorSet {
    /// Sorts the validators and checks the bounds.
    pub fn new(mut validators: Vec<Validator>) -> Result<ValidatorSet, ValidatorSetError> {
        validators.sort_by_key(|v| v.key.id());
        ValidatorSet::from_sorted(validators)
    }

    fn from_sorted(validators: Vec<Validator>) -> Result<ValidatorSet, ValidatorSetError> {
        if validators.is_empty() || validators.len() > MAX_VALIDATORS {
            return Err(ValidatorSetError::Count(validators.len()));
        }
        let ascending = validators.windows(2).all(|w| matches!(w, [a, b] if a.key.id() < b.key.id()));
        let mut peers: Vec<_> = validators.iter().map(|v| v.peer).collect();
        peers.sort_unstable();
        peers.dedup();
        if !ascending || peers.len() != validators.len() {
            return Err(ValidatorSetError::Repeated);
        }
        Ok(ValidatorSet { validators })
    }

    /// The validators by ascending key identity.
    pub fn validators(&self) -> &[Validator] {
        &self.validators
    }

    /// The validator with this key.
    pub fn by_key(&self, key: &KeyId) -> Option<&Validator> {
        self.validators.iter().find(|v| v.key.id() == *key)
    }

    /// The smallest number of signatures that is more than two thirds.
    pub fn quorum(&self) -> usize {
        (self.validators.len().saturating_mul(2) / 3).saturating_add(1)
    }

    /// Hash of the set.
    pub fn hash(&self) -> Hash {
        Hash::of(&tag::VALIDATORS, self)
    }
}

impl<C> Decode<C> for ValidatorSet {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        ValidatorSet::from_sorted(Vec::decode(decoder)?).map_err(|e| DecodeError::OtherString(e.to_string()))
    }
}
impl<'de, C> BorrowDecode<'de, C> for ValidatorSet {
    fn borrow_decode<D: BorrowDecoder<'de, Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        <Self as Decode<C>>::decode(decoder)
    }
}

/// The two steps of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum VoteKind {
    /// First vote.
    Prevote,
    /// Second vote; a quorum of these for a block is its certificate.
    Precommit,
}

/// A vote.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Vote {
    /// The network.
    pub network: NetworkId,
    /// Prevote or precommit.
    pub kind: VoteKind,
    /// Height.
    pub height: u64,
    /// Round.
    pub round: u32,
    /// The voter's consensus key.
    pub signer: KeyId,
    /// The block, or nil.
    pub block: Option<BlockId>,
}

/// A proposal of a block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Proposal {
    /// The network.
    pub network: NetworkId,
    /// Height.
    pub height: u64,
    /// Round.
    pub round: u32,
    /// The earlier round in which the block had a quorum of prevotes, if it is proposed again.
    pub pol_round: Option<u32>,
    /// The proposer's consensus key.
    pub signer: KeyId,
    /// The block.
    pub block: BlockId,
}

/// The proposer's seal on the bytes of a block that it streams.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PartsSeal {
    /// The network.
    pub network: NetworkId,
    /// Height.
    pub height: u64,
    /// Round.
    pub round: u32,
    /// The proposer's consensus key.
    pub signer: KeyId,
    /// The block.
    pub block: BlockId,
}

impl Vote {
    /// What is signed.
    pub fn sign_hash(&self) -> Hash {
        Hash::of(&tag::VOTE, self)
    }
}
impl Proposal {
    /// What is signed.
    pub fn sign_hash(&self) -> Hash {
        Hash::of(&tag::PROPOSAL, self)
    }
}
impl PartsSeal {
    /// What is signed.
    pub fn sign_hash(&self) -> Hash {
        Hash::of(&tag::PARTS_SEAL, self)
    }
}

/// A vote with its signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedVote {
    /// The vote.
    pub vote: Vote,
    /// The voter's signature.
    pub signature: Signature,
}

/// A proposal with its signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedProposal {
    /// The proposal.
    pub proposal: Proposal,
    /// The proposer's signature.
    pub signature: Signature,
}

/// One agency's precommit within a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CommitSignature {
    /// The agency's consensus key.
    pub signer: KeyId,
    /// Its signature on the precommit.
    pub signature: Signature,
}

/// Precommits of more than two thirds of the agencies for one block.
///
/// Copies differ between nodes; what a certificate proves does not.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Certificate {
    /// Height.
    pub height: u64,
    /// Round in which the block was decided.
    pub round: u32,
    /// The block.
    pub block: BlockId,
    /// The precommits, by ascending key identity.
    pub signatures: Vec<CommitSignature>,
}

/// Why a certificate proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Signers are not in strictly ascending order, so one might count twice.
    #[error("count the signatures of a certificate whose signers are repeated or out of order")]
    Order,
    /// A signer who is not of the set.
    #[error("find the signer {0} in the validator set")]
    Unknown(KeyId),
    /// A signature that does not hold.
    #[error("verify the precommit of {0}")]
    Signature(KeyId),
    /// Too few signatures.
    #[error("reach a quorum: {found} of {needed} precommits")]
    TooFew {
        /// Present.
        found: usize,
        /// Needed.
        needed: usize,
    },
}

impl Certificate {
    /// The precommit that `signer` signed for this certificate.
    pub fn precommit(&self, network: NetworkId, signer: KeyId) -> Vote {
        Vote {
            network,
            kind: VoteKind::Precommit,
            height: self.height,
            round: self.round,
            signer,
            block: Some(self.block),
        }
    }

    /// Checks order, membership, every signature and the quorum; signatures checked = those present.
    pub fn verify(&self, network: NetworkId, set: &ValidatorSet) -> Result<(), CertificateError> {
        if !self.signatures.windows(2).all(|w| matches!(w, [a, b] if a.signer < b.signer)) {
            return Err(CertificateError::Order);
        }
        for CommitSignature { signer, signature } in &self.signatures {
            let validator = set.by_key(signer).ok_or(CertificateError::Unknown(*signer))?;
            if !validator.key.verify(&self.precommit(network, *signer).sign_hash(), signature) {
                return Err(CertificateError::Signature(*signer));
            }
        }
        match self.signatures.len() >= set.quorum() {
            true => Ok(()),
            false => Err(CertificateError::TooFew { found: self.signatures.len(), needed: set.quorum() }),
        }
    }
}

/// Two different signed messages of one key for the same height, round and step. It names its signer and nobody else.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Evidence {
    /// Two votes.
    Votes {
        /// One.
        first: SignedVote,
        /// The other.
        second: SignedVote,
    },
    /// Two proposals.
    Proposals {
        /// One.
        first: SignedProposal,
        /// The other.
        second: SignedProposal,
    },
}

impl Evidence {
    /// Height of the first message; of evidence that holds, of both.
    pub fn height(&self) -> u64 {
        match self {
            Evidence::Votes { first, second: _ } => first.vote.height,
            Evidence::Proposals { first, second: _ } => first.proposal.height,
        }
    }

    /// Signer of the first message; of evidence that holds, of both.
    pub fn signer(&self) -> KeyId {
        match self {
            Evidence::Votes { first, second: _ } => first.vote.signer,
            Evidence::Proposals { first, second: _ } => first.proposal.signer,
        }
    }

    /// The accused, if this is evidence: both signatures hold and the two messages conflict.
    pub fn accused(&self, network: NetworkId, set: &ValidatorSet) -> Option<KeyId> {
        match self {
            Evidence::Votes { first, second } => {
                let (a, b) = (&first.vote, &second.vote);
                let same_step = (a.network, a.kind, a.height, a.round, a.signer)
                    == (b.network, b.kind, b.height, b.round, b.signer);
                let key = set.by_key(&a.signer)?.key;
                let signed =
                    key.verify(&a.sign_hash(), &first.signature) && key.verify(&b.sign_hash(), &second.signature);
                (a.network == network && same_step && a.block != b.block && signed).then_some(a.signer)
            }
            Evidence::Proposals { first, second } => {
                let (a, b) = (&first.proposal, &second.proposal);
                let same_step = (a.network, a.height, a.round, a.signer) == (b.network, b.height, b.round, b.signer);
                let key = set.by_key(&a.signer)?.key;
                let signed =
                    key.verify(&a.sign_hash(), &first.signature) && key.verify(&b.sign_hash(), &second.signature);
                (a.network == network && same_step && a != b && signed).then_some(a.signer)
            }
        }
    }
}
