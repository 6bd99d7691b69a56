//! The engine's types, made of the ledger's.
//!
//! An address is the identity of a consensus key, a value is the identity of a block; its bytes travel in proposal parts.
//! What is signed is defined by `ledger` alone: votes and proposals are turned into its types before they are hashed.

use bytes::Bytes;
use ledger::{BlockId, KeyId, NetworkId, PublicKey, Signature, VoteKind};
use malachite::app::types::core::{self as engine, LinearTimeouts, NilOrVal, Round, SignedExtension, VoteType};
use std::fmt;
use std::sync::Arc;

/// A height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Height(pub(crate) u64);

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl engine::Height for Height {
    const ZERO: Self = Height(0);
    const INITIAL: Self = Height(1);

    fn increment_by(&self, n: u64) -> Self {
        Height(self.0.saturating_add(n))
    }

    fn decrement_by(&self, n: u64) -> Option<Self> {
        self.0.checked_sub(n).map(Height)
    }

    fn as_u64(&self) -> u64 {
        self.0
    }
}

/// A validator, by its consensus key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Address(pub(crate) KeyId);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.0.short())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl engine::Address for Address {}

/// The identity of a block: what is proposed and voted for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Value(pub(crate) BlockId);

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.0.short())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl engine::Value for Value {
    type Id = Value;

    fn id(&self) -> Value {
        *self
    }
}

/// A signature; ordered only because the engine sorts messages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sig(pub(crate) Signature);

impl fmt::Debug for Sig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Ord for Sig {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.0.cmp(&other.0.0)
    }
}

impl PartialOrd for Sig {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Suite 1 of the ledger. Private keys stay behind the signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Suite1;

impl engine::SigningScheme for Suite1 {
    type DecodingError = String;
    type Signature = Sig;
    type PublicKey = PublicKey;
    type PrivateKey = ();

    fn decode_signature(bytes: &[u8]) -> Result<Sig, String> {
        let bytes = bytes.try_into().map_err(|_| "a signature has 64 bytes".to_owned())?;
        Ok(Sig(Signature(bytes)))
    }

    fn encode_signature(signature: &Sig) -> Vec<u8> {
        signature.0.0.to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<PublicKey, String> {
        let bytes = bytes.try_into().map_err(|_| "a key has 32 bytes".to_owned())?;
        PublicKey::from_bytes(bytes).map_err(|e| e.to_string())
    }

    fn encode_public_key(key: &PublicKey) -> Vec<u8> {
        key.bytes().to_vec()
    }
}

/// One seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Validator {
    pub(crate) address: Address,
    pub(crate) key: PublicKey,
    pub(crate) peer: [u8; 32],
}

impl engine::Validator<Hufu> for Validator {
    fn address(&self) -> &Address {
        &self.address
    }

    fn public_key(&self) -> &PublicKey {
        &self.key
    }

    fn voting_power(&self) -> u64 {
        1
    }
}

/// The seats of a height, in the ledger's order. Shared: the engine clones it with every message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Validators(Arc<Vec<Validator>>);

impl Validators {
    pub(crate) fn of(set: &ledger::ValidatorSet) -> Validators {
        let seats =
            set.validators().iter().map(|v| Validator { address: Address(v.key.id()), key: v.key, peer: v.peer });
        Validators(Arc::new(seats.collect()))
    }

    pub(crate) fn seats(&self) -> &[Validator] {
        &self.0
    }
}

impl engine::ValidatorSet<Hufu> for Validators {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn total_voting_power(&self) -> u64 {
        self.0.len() as u64
    }

    fn get_by_address(&self, address: &Address) -> Option<&Validator> {
        self.0.iter().find(|v| v.address == *address)
    }

    fn get_by_index(&self, index: usize) -> Option<&Validator> {
        self.0.get(index)
    }
}

/// Index of the proposer in a set of `count`: the seats take turns by height, and by round within a height.
pub(crate) fn turn(count: usize, height: u64, round: u32) -> usize {
    let count = count.max(1) as u64;
    // Reduced before the sum, so that no height overflows.
    ((height % count + u64::from(round) % count) % count) as usize
}

/// Who proposes at a height and round.
///
/// Blocks that come back through a re-proposal or a sync carry the round and the builder of their own making; this is how
/// an application checks that the builder had the turn.
pub fn proposer(set: &ledger::ValidatorSet, height: u64, round: u32) -> KeyId {
    let seats = set.validators();
    // A set is never empty; the default is no validator's key.
    seats.get(turn(seats.len(), height, round)).map(|v| v.key.id()).unwrap_or_default()
}

/// A vote as the engine handles it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vote {
    pub(crate) kind: VoteType,
    pub(crate) height: Height,
    pub(crate) round: Round,
    pub(crate) value: NilOrVal<Value>,
    pub(crate) address: Address,
}

impl Vote {
    /// The statement that is signed; `None` for a vote without a round, which is never made.
    pub(crate) fn statement(&self, network: NetworkId) -> Option<ledger::Vote> {
        Some(ledger::Vote {
            network,
            kind: match self.kind {
                VoteType::Prevote => VoteKind::Prevote,
                VoteType::Precommit => VoteKind::Precommit,
            },
            height: self.height.0,
            round: self.round.as_u32()?,
            signer: self.address.0,
            block: match self.value {
                NilOrVal::Nil => None,
                NilOrVal::Val(value) => Some(value.0),
            },
        })
    }
}

impl engine::Vote<Hufu> for Vote {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<Value> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<Value> {
        self.value
    }

    fn vote_type(&self) -> VoteType {
        self.kind
    }

    fn validator_address(&self) -> &Address {
        &self.address
    }

    // Votes carry no extensions: there is no field for one, in memory or on the wire.
    fn extension(&self) -> Option<&SignedExtension<Hufu>> {
        None
    }

    fn take_extension(&mut self) -> Option<SignedExtension<Hufu>> {
        None
    }

    fn extend(self, _: SignedExtension<Hufu>) -> Self {
        self
    }
}

/// A proposal as the engine handles it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposal {
    pub(crate) height: Height,
    pub(crate) round: Round,
    pub(crate) value: Value,
    pub(crate) pol_round: Round,
    pub(crate) address: Address,
}

impl Proposal {
    /// The statement that is signed; `None` for a proposal without a round, which is never made.
    pub(crate) fn statement(&self, network: NetworkId) -> Option<ledger::Proposal> {
        Some(ledger::Proposal {
            network,
            height: self.height.0,
            round: self.round.as_u32()?,
            pol_round: self.pol_round.as_u32(),
            signer: self.address.0,
            block: self.value.0,
        })
    }
}

impl engine::Proposal<Hufu> for Proposal {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &Value {
        &self.value
    }

    fn take_value(self) -> Value {
        self.value
    }

    fn pol_round(&self) -> Round {
        self.pol_round
    }

    fn validator_address(&self) -> &Address {
        &self.address
    }
}

/// One message of a stream that carries a block: the opening, its bytes in order, the seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Open(Opening),
    Bytes(Bytes),
    Seal(Signature),
}

/// What a stream carries. The seal covers all of it but `pol_round`, which is only a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) height: u64,
    pub(crate) round: u32,
    pub(crate) pol_round: Option<u32>,
    pub(crate) proposer: KeyId,
}

impl engine::ProposalPart<Hufu> for Part {
    fn is_first(&self) -> bool {
        matches!(self, Part::Open(_))
    }

    fn is_last(&self) -> bool {
        matches!(self, Part::Seal(_))
    }
}

/// The context that binds all of these together.
#[derive(Clone, Debug)]
pub(crate) struct Hufu;

impl engine::Context for Hufu {
    type Address = Address;
    type Height = Height;
    type ProposalPart = Part;
    type Proposal = Proposal;
    type Validator = Validator;
    type ValidatorSet = Validators;
    type Timeouts = LinearTimeouts;
    type Value = Value;
    type Vote = Vote;
    type Extension = ();
    type SigningScheme = Suite1;

    fn select_proposer<'a>(&self, set: &'a Validators, height: Height, round: Round) -> &'a Validator {
        // The engine never asks about an empty set.
        &set.0[turn(set.0.len(), height.0, round.as_u32().unwrap_or(0))]
    }

    fn new_proposal(&self, height: Height, round: Round, value: Value, pol_round: Round, address: Address) -> Proposal {
        Proposal { height, round, value, pol_round, address }
    }

    fn new_prevote(&self, height: Height, round: Round, value: NilOrVal<Value>, address: Address) -> Vote {
        Vote { kind: VoteType::Prevote, height, round, value, address }
    }

    fn new_precommit(&self, height: Height, round: Round, value: NilOrVal<Value>, address: Address) -> Vote {
        Vote { kind: VoteType::Precommit, height, round, value, address }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_take_turns() {
        assert_eq!((0..6).map(|h| turn(4, h, 0)).collect::<Vec<_>>(), [0, 1, 2, 3, 0, 1]);
        assert_eq!((0..6).map(|r| turn(4, 2, r)).collect::<Vec<_>>(), [2, 3, 0, 1, 2, 3]);
        assert_eq!(turn(1, u64::MAX, u32::MAX), 0);
        assert!(turn(16, u64::MAX, u32::MAX) < 16);
    }
}
