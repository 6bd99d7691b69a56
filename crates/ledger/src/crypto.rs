//! Public keys and signatures: suite 1, ed25519 under ZIP 215.
//!
//! Rules for single and batch verification differ between libraries, and a rule that depends on the company of a
//! signature would split the ledger. ZIP 215 defines both to accept the same set; registration adds that a key is
//! canonical and free of torsion, so that nobody holds a key under which one signature fits many messages.

use crate::{codec, hash::Hash, id::KeyId};
use bincode::{
    BorrowDecode, Decode, Encode,
    de::{BorrowDecoder, Decoder},
    enc::Encoder,
    error::{DecodeError, EncodeError},
};
use curve25519_dalek::edwards::CompressedEdwardsY;
use ed25519_zebra::{VerificationKey, VerificationKeyBytes, batch};
use std::{cmp::Ordering, fmt};

/// The signature suite of a signer. Numbers are stable; 2 is kept for SM2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Suite {
    /// Reserved: an encoding of zeros must not name a suite.
    None,
    /// ed25519, verified by ZIP 215.
    Ed25519,
}

/// A 64-byte ed25519 signature. Nothing is ever keyed on its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Signature(pub [u8; 64]);

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Why 32 bytes are not taken as a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a point of the curve.
    #[error("take a key that is no point of the curve")]
    NotAPoint,
    /// Another encoding of the same point exists.
    #[error("take a key that is not in its canonical encoding")]
    NotCanonical,
    /// The point has small or mixed order.
    #[error("take a key of small or mixed order")]
    Torsion,
}

/// An ed25519 public key.
#[derive(Clone, Copy)]
pub struct PublicKey {
    /// None where it is parsed when it is needed.
    parsed: Option<VerificationKey>,
    bytes: [u8; 32],
}

impl PublicKey {
    /// Takes a key for registration: a point, canonical, of prime order.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<PublicKey, KeyError> {
        let point = CompressedEdwardsY(bytes).decompress().ok_or(KeyError::NotAPoint)?;
        if point.compress().to_bytes() != bytes {
            return Err(KeyError::NotCanonical);
        }
        if point.is_small_order() || !point.is_torsion_free() {
            return Err(KeyError::Torsion);
        }
        PublicKey::registered(bytes)
    }

    /// Parses a key that a certified record holds, whose torsion was checked when it was registered.
    pub fn registered(bytes: [u8; 32]) -> Result<PublicKey, KeyError> {
        let parsed = VerificationKey::try_from(VerificationKeyBytes::from(bytes)).map_err(|_| KeyError::NotAPoint)?;
        Ok(PublicKey { parsed: Some(parsed), bytes })
    }

    /// Takes the bytes that a certified record holds as they are, for checks that are made together: those parse every
    /// key by themselves, and parsing costs a sixth of a check. Under bytes that are no point no signature holds.
    pub fn unparsed(bytes: [u8; 32]) -> PublicKey {
        PublicKey { parsed: None, bytes }
    }

    /// The 32 bytes of the key.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Identity of the key.
    pub fn id(&self) -> KeyId {
        KeyId::of_ed25519(&self.bytes)
    }

    /// Whether the signature stands over the hash (ZIP 215).
    pub fn verify(&self, message: &Hash, signature: &Signature) -> bool {
        let key = match self.parsed {
            Some(key) => Ok(key),
            None => VerificationKey::try_from(VerificationKeyBytes::from(self.bytes)),
        };
        key.is_ok_and(|key| key.verify(&signature.0.into(), &message.0).is_ok())
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}
impl Eq for PublicKey {}
impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(&other.bytes)
    }
}
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", hex::encode(self.bytes))
    }
}
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.bytes))
    }
}
impl Encode for PublicKey {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.bytes.encode(encoder)
    }
}
impl<C> Decode<C> for PublicKey {
    /// Decoding applies the full rule of registration.
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        PublicKey::from_bytes(<[u8; 32]>::decode(decoder)?).map_err(|e| DecodeError::OtherString(e.to_string()))
    }
}
impl<'de, C> BorrowDecode<'de, C> for PublicKey {
    fn borrow_decode<D: BorrowDecoder<'de, Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        <Self as Decode<C>>::decode(decoder)
    }
}

/// One signature to be checked.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Under this key.
    pub key: PublicKey,
    /// Over this hash.
    pub message: Hash,
    /// The signature.
    pub signature: Signature,
}

impl Check {
    /// Checks it alone.
    pub fn holds(&self) -> bool {
        self.key.verify(&self.message, &self.signature)
    }
}

/// Whether all signatures hold, checked together, which costs about two thirds of checking them singly.
///
/// ZIP 215 makes the answer the same as that of [`Check::holds`] on each, save with probability 2^-128 over `seed`,
/// 32 bytes that whoever made the signatures could not foresee. The caller falls back to singles on `false`.
pub fn all_hold(checks: &[Check], seed: [u8; 32]) -> bool {
    let mut together = batch::Verifier::new();
    for check in checks {
        let key = VerificationKeyBytes::from(check.key.bytes);
        together.queue((key, check.signature.0.into(), &check.message.0));
    }
    together.verify(SeededRng(blake3::Hasher::new_keyed(&seed).finalize_xof())).is_ok()
}

struct SeededRng(blake3::OutputReader);

impl rand_core::TryRng for SeededRng {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0u8; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0u8; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill(out);
        Ok(())
    }
}
impl rand_core::TryCryptoRng for SeededRng {}

/// What a person signs to have a key registered: it binds the key to one network, organisation and person.
pub fn possession_message(
    network: &crate::id::NetworkId,
    org: &crate::id::OrgId,
    person: &crate::id::PersonId,
    key: &[u8; 32],
) -> Hash {
    Hash::of_bytes(&crate::tag::KEY_POSSESSION, &codec::encode(&(network, org, person, key)))
}

/// What a transport identity signs to be registered: it binds the key to one network and organisation.
pub fn peer_possession(network: &crate::id::NetworkId, org: &crate::id::OrgId, peer: &[u8; 32]) -> Hash {
    Hash::of_bytes(&crate::tag::PEER_POSSESSION, &codec::encode(&(network, org, peer)))
}
