//! A person's key, encrypted under a password: argon2id and XChaCha20-Poly1305.
//!
//! The header is readable without the password, so that a client can choose among keys; it is bound to the ciphertext
//! as associated data, so that nobody can exchange it.

use crate::{KeyError, KeyPair, PersonKey, Signer, disk, random};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use ledger::{
    Hash, KeyId, OrgId, PersonId, Role, Text,
    codec::{decode, encode},
    record::Roles,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Value of `schema`.
pub const SCHEMA: &str = "hufu.key/1";
/// Largest key file, in bytes.
pub const MAX_FILE_BYTES: usize = 16 * 1024;
/// Shortest password, in characters.
pub const MIN_PASSWORD_CHARS: usize = 8;

/// How much work a guess at the password costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum KdfCost {
    /// 64 MiB, 3 passes, 1 lane: about 0.2 s.
    #[default]
    Standard,
    /// 1 MiB, 1 pass, 1 lane: for tests and demo networks, whose passwords lie beside their keys.
    Light,
}

/// argon2id parameters, as they stand in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Work {
    /// Memory in KiB.
    m_kib: u32,
    /// Passes.
    t: u32,
    /// Lanes.
    p: u32,
}

impl From<KdfCost> for Work {
    fn from(cost: KdfCost) -> Work {
        match cost {
            KdfCost::Standard => Work { m_kib: 64 * 1024, t: 3, p: 1 },
            KdfCost::Light => Work { m_kib: 1024, t: 1, p: 1 },
        }
    }
}

impl Work {
    /// A file may not ask for more than 1 GiB or 64 passes: whoever can exchange it could stop the client with it.
    fn is_reasonable(self) -> bool {
        (8..=1024 * 1024).contains(&self.m_kib) && (1..=64).contains(&self.t) && (1..=16).contains(&self.p)
    }
}

/// What is readable without the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHeader {
    /// ed25519 public key.
    pub key: [u8; 32],
    /// The organisation for which the person signs.
    pub org: OrgId,
    /// The person, a pseudonym.
    pub person: PersonId,
    /// In which capacities.
    pub roles: Roles,
    /// A name for the key, for people.
    pub label: Text<64>,
}

impl KeyHeader {
    /// Identity of the key.
    pub fn id(&self) -> KeyId {
        KeyId::of_ed25519(&self.key)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderJson {
    key: String,
    id: String,
    org: String,
    person: String,
    roles: Vec<String>,
    label: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileJson {
    schema: String,
    header: HeaderJson,
    kdf: KdfJson,
    cipher: CipherJson,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KdfJson {
    name: String,
    /// Memory in KiB.
    m_kib: u32,
    /// Passes.
    t: u32,
    /// Lanes.
    p: u32,
    salt: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CipherJson {
    name: String,
    nonce: String,
    text: String,
}

const KDF: &str = "argon2id-19";
const CIPHER: &str = "xchacha20poly1305";

/// A key file: header and ciphertext.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    header: KeyHeader,
    work: Work,
    salt: [u8; 16],
    nonce: [u8; 24],
    text: Vec<u8>,
    /// Where it was read; empty for one in memory.
    file: PathBuf,
}

impl KeyFile {
    /// Encrypts a key. Errors: [`KeyError::PasswordShort`], [`KeyError::Random`].
    pub fn seal(key: &PersonKey, password: &SecretString, cost: KdfCost) -> Result<KeyFile, KeyError> {
        if password.expose_secret().chars().count() < MIN_PASSWORD_CHARS {
            return Err(KeyError::PasswordShort);
        }
        let mut sealed = KeyFile {
            header: key.header().clone(),
            work: cost.into(),
            salt: random()?,
            nonce: random()?,
            text: Vec::new(),
            file: PathBuf::new(),
        };
        let secret = Zeroizing::new(encode(&(*key.pair().seed(), *key.name_salt(), key.name().clone())));
        let bound = sealed.bound();
        let payload = Payload { msg: &secret, aad: &bound };
        sealed.text = sealed
            .cipher(password)?
            .encrypt(&XNonce::from(sealed.nonce), payload)
            .map_err(|_| KeyError::Header { field: "name" })?;
        Ok(sealed)
    }

    /// Decrypts the key. Errors: [`KeyError::Password`], [`KeyError::Damaged`], [`KeyError::Cost`].
    pub fn open(&self, password: &SecretString) -> Result<PersonKey, KeyError> {
        let bound = self.bound();
        let payload = Payload { msg: &self.text, aad: &bound };
        let secret = self
            .cipher(password)?
            .decrypt(&XNonce::from(self.nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| KeyError::Password { file: self.file.clone() })?;
        let (seed, salt, name): ([u8; 32], [u8; 16], Text<128>) =
            decode(&secret, MAX_FILE_BYTES).map_err(|e| self.damaged(&e))?;
        let seed = Zeroizing::new(seed);
        let pair = KeyPair::from_seed(&seed);
        match *pair.public_key().bytes() == self.header.key {
            true => Ok(PersonKey::from_parts(self.header.clone(), pair, name, salt)),
            false => Err(self.damaged(&"the header names another key than the file holds")),
        }
    }

    /// What is readable without the password. Nothing vouches for it before [`KeyFile::open`] succeeds.
    pub fn header(&self) -> &KeyHeader {
        &self.header
    }

    /// Reads a key file. Errors: [`KeyError::Io`], [`KeyError::TooOpen`], [`KeyError::Damaged`],
    /// [`KeyError::Version`], [`KeyError::Cost`].
    pub fn read(path: &Path) -> Result<KeyFile, KeyError> {
        KeyFile::from_json(&disk::read(path)?, path)
    }

    /// Reads a backup, whoever else can read it: a stick or a mailbox knows no owner, and the password guards it.
    /// Errors: those of [`KeyFile::read`] but [`KeyError::TooOpen`].
    pub fn read_backup(path: &Path) -> Result<KeyFile, KeyError> {
        KeyFile::from_json(&disk::read_shared(path)?, path)
    }

    /// Writes a new key file with mode 0600. Errors: [`KeyError::Exists`], [`KeyError::Io`].
    pub fn write_new(&self, path: &Path) -> Result<(), KeyError> {
        disk::write_new(path, &self.to_json())
    }

    /// Writes a backup with mode 0600: it gets its name only after it was read back and opened with `password`. Until
    /// then the file whose place it takes, where `replace` says that it may, is as it was.
    ///
    /// Errors: [`KeyError::Exists`], [`KeyError::Unproved`], [`KeyError::Io`].
    pub fn write_backup(&self, path: &Path, password: &SecretString, replace: bool) -> Result<(), KeyError> {
        let check = |written: &Path| {
            let opened = disk::read_shared(written).and_then(|bytes| KeyFile::from_json(&bytes, path)?.open(password));
            let unproved = |source| KeyError::Unproved { file: path.to_owned(), source: Box::new(source) };
            opened.map(|_| ()).map_err(unproved)
        };
        disk::write_checked(path, &self.to_json(), replace, check)
    }

    /// The file as it is written: JSON, indented, with a line end.
    pub fn to_json(&self) -> Vec<u8> {
        let header = &self.header;
        let Work { m_kib, t, p } = self.work;
        let file = FileJson {
            schema: SCHEMA.into(),
            header: HeaderJson {
                key: hex::encode(header.key),
                id: header.id().to_string(),
                org: header.org.to_string(),
                person: header.person.to_string(),
                roles: header.roles.list().into_iter().map(|r| r.name().into()).collect(),
                label: header.label.to_string(),
            },
            kdf: KdfJson { name: KDF.into(), m_kib, t, p, salt: URL_SAFE_NO_PAD.encode(self.salt) },
            cipher: CipherJson {
                name: CIPHER.into(),
                nonce: URL_SAFE_NO_PAD.encode(self.nonce),
                text: URL_SAFE_NO_PAD.encode(&self.text),
            },
        };
        // Writing plain structs to memory fails for no value.
        let mut bytes = serde_json::to_vec_pretty(&file).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads the JSON of a key file; `path` is for error messages.
    pub fn from_json(bytes: &[u8], path: &Path) -> Result<KeyFile, KeyError> {
        let damaged = |detail: String| KeyError::Damaged { file: path.to_owned(), detail };
        check_schema(bytes, SCHEMA, path)?;
        let file: FileJson = serde_json::from_slice(bytes).map_err(|e| damaged(e.to_string()))?;
        if file.kdf.name != KDF || file.cipher.name != CIPHER {
            let found = format!("{} {}", file.kdf.name, file.cipher.name);
            return Err(KeyError::Version { file: path.to_owned(), found });
        }
        let KdfJson { name: _, m_kib, t, p, salt } = &file.kdf;
        let work = Work { m_kib: *m_kib, t: *t, p: *p };
        if !work.is_reasonable() {
            return Err(KeyError::Cost { file: path.to_owned() });
        }
        let header = header_from(&file.header).ok_or_else(|| damaged("the header cannot be read".into()))?;
        let bytes_of = |text: &str, field: &str| {
            URL_SAFE_NO_PAD.decode(text).map_err(|_| damaged(format!("{field} is not base64url")))
        };
        let salt = bytes_of(salt, "salt")?;
        let nonce = bytes_of(&file.cipher.nonce, "nonce")?;
        Ok(KeyFile {
            header,
            work,
            salt: salt.try_into().map_err(|_| damaged("salt is not 16 bytes".into()))?,
            nonce: nonce.try_into().map_err(|_| damaged("nonce is not 24 bytes".into()))?,
            text: bytes_of(&file.cipher.text, "text")?,
            file: path.to_owned(),
        })
    }

    fn cipher(&self, password: &SecretString) -> Result<XChaCha20Poly1305, KeyError> {
        let cost = || KeyError::Cost { file: self.file.clone() };
        let params = Params::new(self.work.m_kib, self.work.t, self.work.p, Some(32)).map_err(|_| cost())?;
        let mut key = Zeroizing::new([0u8; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(password.expose_secret().as_bytes(), &self.salt, &mut *key)
            .map_err(|_| cost())?;
        Ok(XChaCha20Poly1305::new(key.as_slice().into()))
    }

    /// Associated data: everything that stands in the open.
    fn bound(&self) -> Vec<u8> {
        let KeyHeader { key, org, person, roles, label } = &self.header;
        let Work { m_kib, t, p } = self.work;
        encode(&((SCHEMA, KDF, CIPHER), (key, org, person, roles, label), (m_kib, t, p, self.salt)))
    }

    fn damaged(&self, detail: &dyn std::fmt::Display) -> KeyError {
        KeyError::Damaged { file: self.file.clone(), detail: detail.to_string() }
    }
}

/// Reads the schema alone, so that a file of a later version is not called damaged.
pub(crate) fn check_schema(bytes: &[u8], expected: &str, path: &Path) -> Result<(), KeyError> {
    #[derive(Deserialize)]
    struct Schema {
        schema: String,
    }
    let Schema { schema } = serde_json::from_slice(bytes)
        .map_err(|e| KeyError::Damaged { file: path.to_owned(), detail: e.to_string() })?;
    match schema == expected {
        true => Ok(()),
        false => Err(KeyError::Version { file: path.to_owned(), found: schema.chars().take(80).collect() }),
    }
}

fn header_from(json: &HeaderJson) -> Option<KeyHeader> {
    let key = json.key.parse::<Hash>().ok()?.0;
    let mut roles = Vec::new();
    for name in &json.roles {
        roles.push(Role::ALL.into_iter().find(|r| r.name() == name)?);
    }
    let header = KeyHeader {
        key,
        org: json.org.parse().ok()?,
        person: json.person.parse().ok()?,
        roles: Roles::of(&roles),
        label: Text::new(json.label.clone()).ok()?,
    };
    (header.id().to_string() == json.id).then_some(header)
}

#[cfg(test)]
mod tests;
