//! A person's key, encrypted under a password.
//!
//! The header is readable without the password, so that a client can choose among keys.

use crate::{
    KeyError, KeyPair, PersonKey, SEAL_SCHEMA, Signer, disk,
    lock::{CipherJson, KdfCost, KdfJson, Lock, Open},
};
use ledger::{
    Hash, KeyId, OrgId, PersonId, Role, Text,
    codec::{decode, encode},
    record::Roles,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Value of `schema`.
pub const SCHEMA: &str = "hufu.key/1";
/// Largest key file, in bytes.
pub const MAX_FILE_BYTES: usize = 16 * 1024;
/// Shortest password, in characters.
pub const MIN_PASSWORD_CHARS: usize = 8;

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

    fn bytes(&self) -> Vec<u8> {
        let KeyHeader { key, org, person, roles, label } = self;
        encode(&(key, org, person, roles, label))
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

/// A key file: header and ciphertext.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    header: KeyHeader,
    lock: Lock,
    /// Where it was read; empty for one in memory.
    file: PathBuf,
}

impl KeyFile {
    /// Encrypts a key. Errors: [`KeyError::PasswordShort`], [`KeyError::Random`].
    pub fn seal(key: &PersonKey, password: &SecretString, cost: KdfCost) -> Result<KeyFile, KeyError> {
        let header = key.header().clone();
        let secret = Zeroizing::new(encode(&(*key.pair().seed(), *key.name_salt(), key.name().clone())));
        let lock = Lock::close(&secret, Open { schema: SCHEMA, header: &header.bytes() }, password, cost)?;
        Ok(KeyFile { header, lock, file: PathBuf::new() })
    }

    /// Decrypts the key. Errors: [`KeyError::Password`], [`KeyError::Damaged`], [`KeyError::Cost`].
    pub fn open(&self, password: &SecretString) -> Result<PersonKey, KeyError> {
        let open = Open { schema: SCHEMA, header: &self.header.bytes() };
        let secret = self.lock.open(open, password, &self.file)?;
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
        let (kdf, cipher) = self.lock.json();
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
            kdf,
            cipher,
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
        let lock = Lock::read(&file.kdf, &file.cipher, path)?;
        let header = header_from(&file.header).ok_or_else(|| damaged("the header cannot be read".into()))?;
        Ok(KeyFile { header, lock, file: path.to_owned() })
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
    match schema.as_str() {
        found if found == expected => Ok(()),
        SCHEMA | SEAL_SCHEMA => Err(KeyError::Use { file: path.to_owned() }),
        found => Err(KeyError::Version { file: path.to_owned(), found: found.chars().take(80).collect() }),
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
