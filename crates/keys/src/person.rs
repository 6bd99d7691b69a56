//! A person's key in the open: what signing and registering need.

use crate::{KeyError, KeyHeader, KeyPair, Signer, claim, random};
use ledger::{
    Hash, NetworkId, OrgId, PersonId, PublicKey, Signature, Text, field::person_name, operation::KeyClaim,
    record::Roles,
};
use std::fmt;

/// A key with the person who holds it. The name never leaves the key file but as a salted commitment.
#[derive(Clone)]
pub struct PersonKey {
    header: KeyHeader,
    pair: KeyPair,
    name: Text<128>,
    salt: [u8; 16],
}

impl PersonKey {
    /// A new key of a person. Errors: [`KeyError::Random`], [`KeyError::Header`].
    pub fn random(org: OrgId, person: PersonId, name: &str, label: &str, roles: Roles) -> Result<PersonKey, KeyError> {
        let pair = KeyPair::random()?;
        PersonKey::from_seed(&pair.seed(), org, person, name, label, roles)
    }

    /// The key of a seed, for tests and networks that can be made again. The salt of the name is random all the same.
    pub fn from_seed(
        seed: &[u8; 32],
        org: OrgId,
        person: PersonId,
        name: &str,
        label: &str,
        roles: Roles,
    ) -> Result<PersonKey, KeyError> {
        let pair = KeyPair::from_seed(seed);
        let label = Text::new(label).map_err(|_| KeyError::Header { field: "label" })?;
        let name = Text::new(name).map_err(|_| KeyError::Header { field: "name" })?;
        let header = KeyHeader { key: *pair.public_key().bytes(), org, person, roles, label };
        Ok(PersonKey { header, pair, name, salt: random()? })
    }

    /// Another key of the same person: same organisation, name, salt and roles. Error: [`KeyError::Random`].
    pub fn successor(&self) -> Result<PersonKey, KeyError> {
        let pair = KeyPair::random()?;
        let header = KeyHeader { key: *pair.public_key().bytes(), ..self.header.clone() };
        Ok(PersonKey { header, pair, name: self.name.clone(), salt: self.salt })
    }

    pub(crate) fn from_parts(header: KeyHeader, pair: KeyPair, name: Text<128>, salt: [u8; 16]) -> PersonKey {
        PersonKey { header, pair, name, salt }
    }

    /// A new pseudonym: 32 random bytes. Error: [`KeyError::Random`].
    pub fn pseudonym() -> Result<PersonId, KeyError> {
        Ok(PersonId(Hash(random()?)))
    }

    /// Key, organisation, person, roles, label.
    pub fn header(&self) -> &KeyHeader {
        &self.header
    }

    /// The pair.
    pub fn pair(&self) -> &KeyPair {
        &self.pair
    }

    /// The person's name.
    pub fn name(&self) -> &Text<128> {
        &self.name
    }

    /// Salt of the name; whoever has both can open the commitment.
    pub fn name_salt(&self) -> &[u8; 16] {
        &self.salt
    }

    /// Commitment to the name, as the ledger holds it.
    pub fn name_commitment(&self) -> Hash {
        person_name(&self.salt, &self.name)
    }

    /// What registration on `network` needs.
    pub fn claim(&self, network: &NetworkId) -> KeyClaim {
        let KeyHeader { key: _, org, person, roles, label: _ } = &self.header;
        claim(&self.pair, network, org, *person, self.name_commitment(), *roles)
    }
}

impl Signer for PersonKey {
    fn public_key(&self) -> PublicKey {
        self.pair.public_key()
    }

    fn sign(&self, message: &Hash) -> Signature {
        self.pair.sign(message)
    }
}

impl fmt::Debug for PersonKey {
    /// Without secret, name and salt.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonKey").field("header", &self.header).finish_non_exhaustive()
    }
}
