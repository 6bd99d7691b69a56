//! The trust root: what a stranger must hold, or have read aloud to him, before a bundle means anything.

use crate::{
    bounds::MAX_TRUST_BYTES,
    json::{Digest, List},
};
use ledger::{
    Genesis, Hash, NetworkId, OrgId, PublicKey, Text, Validator, ValidatorSet, bounds::MAX_VALIDATORS,
    genesis::GenesisError, tag,
};
use std::fmt;

/// Schema of a trust file.
const TRUST_SCHEMA: &str = "hufu.trust/1";

object! {
    /// One agency of a trust file.
    struct TrustFileValidator {
        /// Name of the agency, for people.
        name: String,
        /// Its identity.
        org: Digest,
        /// Its consensus key, ed25519.
        key: Digest,
        /// Transport identity of its node, ed25519.
        peer: Digest,
    }
}

object! {
    /// A trust file as JSON; see `docs/formats/trust.md`.
    struct TrustFile {
        /// `hufu.trust/1`.
        schema: String,
        /// Name of the chain, for people.
        chain: String,
        /// Identity of the network: hash of its genesis.
        network: Digest,
        /// Whether it is a test network.
        test: bool,
        /// The agencies at genesis, by ascending key identity.
        validators: List<TrustFileValidator, MAX_VALIDATORS>,
        /// Hash of all of the above; recomputed when the file is read.
        fingerprint: Digest,
    }
}

/// One agency that signs from the first block on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedValidator {
    /// Name of the agency.
    pub name: Text<128>,
    /// Its identity.
    pub org: OrgId,
    /// Its consensus key, 32 bytes of ed25519.
    pub key: [u8; 32],
    /// Transport identity of its node, 32 bytes of ed25519.
    pub peer: [u8; 32],
}

/// A network and the agencies whose signatures count for it from its first block on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustRoot {
    chain: Text<32>,
    network: NetworkId,
    test: bool,
    validators: Vec<TrustedValidator>,
    set: ValidatorSet,
    set_hash: Hash,
}

/// Hash over the content of a trust root. `Display` writes 16 groups of four digits, to be read aloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub Hash);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, digit) in self.0.to_string().chars().enumerate() {
            if position > 0 && position % 4 == 0 {
                f.write_str(" ")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// Why a trust file is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Over [`MAX_TRUST_BYTES`].
    #[error("read a trust file of {length} bytes: at most {MAX_TRUST_BYTES} are taken")]
    TooLarge {
        /// Bytes given.
        length: usize,
    },
    /// No JSON, or not of the shape of a trust file.
    #[error("read the trust file: {detail}")]
    Shape {
        /// What the reader found.
        detail: String,
    },
    /// Another schema.
    #[error("read a trust file of another schema than {TRUST_SCHEMA}")]
    Schema,
    /// A name that is too long, no agency, or agencies out of order.
    #[error("take the {what} of the trust file")]
    Content {
        /// Which part.
        what: &'static str,
    },
    /// The file says another fingerprint than its content has.
    #[error("match the fingerprint: the file states {stated}, its content has {found}")]
    Fingerprint {
        /// As the file states it.
        stated: Hash,
        /// As it is computed.
        found: Hash,
    },
    /// The genesis is not usable.
    #[error("take the genesis: {0}")]
    Genesis(#[from] GenesisError),
}

impl TrustError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            TrustError::TooLarge { .. } => "H9190",
            TrustError::Shape { .. } => "H9191",
            TrustError::Schema => "H9192",
            TrustError::Content { .. } => "H9193",
            TrustError::Fingerprint { .. } => "H9194",
            TrustError::Genesis(_) => "H9195",
        }
    }

    /// Every code with its meaning in a few words.
    pub const CODES: &'static [(&'static str, &'static str)] = &[
        ("H9190", "the trust file is too large"),
        ("H9191", "the file has not the shape of a trust file"),
        ("H9192", "the schema of the trust file is another one"),
        ("H9193", "a part of the trust file is not usable"),
        ("H9194", "the fingerprint is not that of the content"),
        ("H9195", "the genesis gives no trust root"),
    ];
}

impl TrustRoot {
    /// The trust root of a network that starts from this genesis.
    pub fn from_genesis(genesis: &Genesis) -> Result<TrustRoot, TrustError> {
        let set = genesis.validators()?;
        let name = |org: &OrgId| {
            let found = genesis.orgs.iter().find(|o| OrgId::of(&o.profile.identifier) == *org);
            found.map(|o| o.profile.name.clone()).unwrap_or_default()
        };
        let seat =
            |v: &Validator| TrustedValidator { name: name(&v.org), org: v.org, key: *v.key.bytes(), peer: v.peer };
        Ok(TrustRoot {
            chain: genesis.chain.clone(),
            network: genesis.network(),
            test: genesis.test.is_some(),
            validators: set.validators().iter().map(seat).collect(),
            set_hash: set.hash(),
            set,
        })
    }

    /// Reads a trust file and checks its fingerprint.
    pub fn from_json(bytes: &[u8]) -> Result<TrustRoot, TrustError> {
        if bytes.len() > MAX_TRUST_BYTES {
            return Err(TrustError::TooLarge { length: bytes.len() });
        }
        let file: TrustFile = serde_json::from_slice(bytes)
            .map_err(|e| TrustError::Shape { detail: crate::bundle::cut(&e.to_string()) })?;
        if file.schema != TRUST_SCHEMA {
            return Err(TrustError::Schema);
        }
        let seat = |v: TrustFileValidator| {
            Ok(TrustedValidator {
                name: Text::new(v.name).map_err(|_| TrustError::Content { what: "name of a validator" })?,
                org: OrgId(v.org.0),
                key: v.key.0.0,
                peer: v.peer.0.0,
            })
        };
        let validators = file.validators.0.into_iter().map(seat).collect::<Result<Vec<_>, TrustError>>()?;
        let set = set_of(&validators).ok_or(TrustError::Content { what: "validators" })?;
        let root = TrustRoot {
            chain: Text::new(file.chain).map_err(|_| TrustError::Content { what: "chain" })?,
            network: NetworkId(file.network.0),
            test: file.test,
            validators,
            set_hash: set.hash(),
            set,
        };
        let found = root.fingerprint().0;
        match found == file.fingerprint.0 {
            true => Ok(root),
            false => Err(TrustError::Fingerprint { stated: file.fingerprint.0, found }),
        }
    }

    /// The trust file, indented, with a line end.
    pub fn to_json(&self) -> Vec<u8> {
        let seat = |v: &TrustedValidator| TrustFileValidator {
            name: v.name.to_string(),
            org: Digest(v.org.0),
            key: Digest(Hash(v.key)),
            peer: Digest(Hash(v.peer)),
        };
        let file = TrustFile {
            schema: TRUST_SCHEMA.into(),
            chain: self.chain.to_string(),
            network: Digest(self.network.0),
            test: self.test,
            validators: List(self.validators.iter().map(seat).collect()),
            fingerprint: Digest(self.fingerprint().0),
        };
        // Writing plain structs to memory fails for no value.
        let mut bytes = serde_json::to_vec_pretty(&file).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Hash over (chain, network, test, validators as (key, peer, org, name)) in canonical bytes.
    pub fn fingerprint(&self) -> Fingerprint {
        let seats: Vec<([u8; 32], [u8; 32], OrgId, Text<128>)> =
            self.validators.iter().map(|v| (v.key, v.peer, v.org, v.name.clone())).collect();
        Fingerprint(Hash::of(&tag::TRUST_ROOT, &(self.chain.clone(), self.network, self.test, seats)))
    }

    /// The validator set that signs the first block. Its keys passed the full rule when the root was made.
    pub fn set(&self) -> &ValidatorSet {
        &self.set
    }

    /// Hash of that set.
    pub fn set_hash(&self) -> Hash {
        self.set_hash
    }

    /// Name of the chain.
    pub fn chain(&self) -> &str {
        self.chain.as_str()
    }

    /// Identity of the network.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// Whether it is a test network.
    pub fn is_test(&self) -> bool {
        self.test
    }

    /// The agencies, by ascending key identity.
    pub fn validators(&self) -> &[TrustedValidator] {
        &self.validators
    }
}

/// The set of these agencies, whose keys must be usable and stand in ascending order of identity.
fn set_of(validators: &[TrustedValidator]) -> Option<ValidatorSet> {
    let seat =
        |v: &TrustedValidator| Some(Validator { key: PublicKey::from_bytes(v.key).ok()?, org: v.org, peer: v.peer });
    let set = ValidatorSet::new(validators.iter().map(seat).collect::<Option<_>>()?).ok()?;
    let ordered = set.validators().iter().zip(validators).all(|(sorted, given)| *sorted.key.bytes() == given.key);
    ordered.then_some(set)
}
