//! ed25519 key pairs.

use crate::KeyError;
use ed25519_dalek::{Signer as _, SigningKey};
use ledger::{
    Hash, KeyId, NetworkId, OrgId, PersonId, PublicKey, Signature, crypto::possession_message, operation::KeyClaim,
    record::Roles,
};
use std::fmt;
use zeroize::Zeroizing;

/// Whoever can sign: a key in memory, later a card or a hardware module.
pub trait Signer {
    /// The public key.
    fn public_key(&self) -> PublicKey;

    /// Signs a hash; the domain tag is part of how the hash was made.
    fn sign(&self, message: &Hash) -> Signature;

    /// Identity of the key.
    fn key_id(&self) -> KeyId {
        self.public_key().id()
    }
}

/// `N` random bytes of the operating system. Error: [`KeyError::Random`].
pub fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|_| KeyError::Random)?;
    Ok(bytes)
}

/// An ed25519 key pair. Its secret is wiped when it is dropped.
#[derive(Clone)]
pub struct KeyPair {
    signing: SigningKey,
    public: PublicKey,
}

impl KeyPair {
    /// The pair of a 32-byte seed (RFC 8032 section 5.1.5).
    pub fn from_seed(seed: &[u8; 32]) -> KeyPair {
        let signing = SigningKey::from_bytes(seed);
        let public = PublicKey::from_bytes(signing.verifying_key().to_bytes())
            .expect("a clamped multiple of the base point is canonical and of prime order");
        KeyPair { signing, public }
    }

    /// A new pair. Error: [`KeyError::Random`].
    pub fn random() -> Result<KeyPair, KeyError> {
        let seed = Zeroizing::new(random::<32>()?);
        Ok(KeyPair::from_seed(&seed))
    }

    /// The seed, wiped when it is dropped.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.signing.to_bytes())
    }
}

impl Signer for KeyPair {
    fn public_key(&self) -> PublicKey {
        self.public
    }

    fn sign(&self, message: &Hash) -> Signature {
        Signature(self.signing.sign(message.as_bytes()).to_bytes())
    }
}

impl fmt::Debug for KeyPair {
    /// The public half only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({})", self.public)
    }
}

/// A key with what its registration needs, possession proved for one network. `name` is the salted commitment of
/// `ledger::field::person_name`. For a genesis the network is the zero one.
pub fn claim(
    signer: &impl Signer,
    network: &NetworkId,
    org: &OrgId,
    person: PersonId,
    name: Hash,
    roles: Roles,
) -> KeyClaim {
    let key = *signer.public_key().bytes();
    let possession = signer.sign(&possession_message(network, org, &person, &key));
    KeyClaim { key, person, name, roles, possession }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032 section 7.1, test 1.
    #[test]
    fn seed_gives_the_key_of_the_rfc() {
        let seed: [u8; 32] = [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49,
            0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
        ];
        let pair = KeyPair::from_seed(&seed);
        assert_eq!(pair.public_key().to_string(), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        assert_eq!(*pair.seed(), seed);
    }

    #[test]
    fn signatures_hold_over_their_hash_alone() {
        let pair = KeyPair::random().unwrap();
        let signature = pair.sign(&Hash([1; 32]));
        assert!(pair.public_key().verify(&Hash([1; 32]), &signature));
        assert!(!pair.public_key().verify(&Hash([2; 32]), &signature));
        assert_ne!(pair.public_key(), KeyPair::random().unwrap().public_key());
    }

    #[test]
    fn debug_shows_no_secret() {
        let pair = KeyPair::from_seed(&[7; 32]);
        let secret = "07".repeat(8);
        assert!(!format!("{pair:?}").contains(&secret));
    }

    #[test]
    fn claims_prove_possession_for_one_network() {
        let pair = KeyPair::from_seed(&[7; 32]);
        let (org, person) = (OrgId::default(), PersonId::default());
        let network = NetworkId(Hash([9; 32]));
        let made = claim(&pair, &network, &org, person, Hash::default(), Roles::default());
        let holds = |n: &NetworkId| {
            let message = possession_message(n, &org, &person, &made.key);
            pair.public_key().verify(&message, &made.possession)
        };
        assert!(holds(&network) && !holds(&NetworkId::default()));
    }
}
