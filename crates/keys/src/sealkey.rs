//! The key of an organisation to which documents are sealed, encrypted under a password.

use crate::{
    KdfCost, KeyError, MAX_FILE_BYTES, SealKey, disk,
    keyfile::check_schema,
    lock::{CipherJson, KdfJson, Lock, Open},
    seal::seal_key_id,
};
use ledger::{
    Hash, OrgId, Text,
    codec::{decode, encode},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Value of `schema`.
pub const SEAL_SCHEMA: &str = "hufu.sealkey/1";

/// What is readable without the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealHeader {
    /// X25519 public key.
    pub key: [u8; 32],
    /// Whose it is.
    pub org: OrgId,
    /// A name for the key, for people.
    pub label: Text<64>,
}

impl SealHeader {
    /// By what a sealed document names the key.
    pub fn id(&self) -> Hash {
        seal_key_id(&self.key)
    }

    fn bytes(&self) -> Vec<u8> {
        let SealHeader { key, org, label } = self;
        encode(&(key, org, label))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderJson {
    key: String,
    id: String,
    org: String,
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

/// A file with such a key: header and ciphertext.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealKeyFile {
    header: SealHeader,
    lock: Lock,
    /// Where it was read; empty for one in memory.
    file: PathBuf,
}

impl SealKeyFile {
    /// Encrypts a key. Errors: [`KeyError::PasswordShort`], [`KeyError::Random`].
    pub fn seal(
        key: &SealKey,
        org: OrgId,
        label: Text<64>,
        password: &SecretString,
        cost: KdfCost,
    ) -> Result<SealKeyFile, KeyError> {
        let header = SealHeader { key: *key.public(), org, label };
        let lock = Lock::close(key.secret(), Open { schema: SEAL_SCHEMA, header: &header.bytes() }, password, cost)?;
        Ok(SealKeyFile { header, lock, file: PathBuf::new() })
    }

    /// Decrypts the key. Errors: [`KeyError::Password`], [`KeyError::Damaged`], [`KeyError::Cost`].
    pub fn open(&self, password: &SecretString) -> Result<SealKey, KeyError> {
        let open = Open { schema: SEAL_SCHEMA, header: &self.header.bytes() };
        let damaged = |detail: String| KeyError::Damaged { file: self.file.clone(), detail };
        let secret = self.lock.open(open, password, &self.file)?;
        let secret: Zeroizing<[u8; 32]> =
            Zeroizing::new(decode(&secret, MAX_FILE_BYTES).map_err(|e| damaged(e.to_string()))?);
        let key = SealKey::from_secret(&secret);
        match *key.public() == self.header.key {
            true => Ok(key),
            false => Err(damaged("the header names another key than the file holds".into())),
        }
    }

    /// What is readable without the password. Nothing vouches for it before [`SealKeyFile::open`] succeeds.
    pub fn header(&self) -> &SealHeader {
        &self.header
    }

    /// Reads the file. Errors: [`KeyError::Io`], [`KeyError::TooOpen`], [`KeyError::Damaged`], [`KeyError::Version`],
    /// [`KeyError::Use`], [`KeyError::Cost`].
    pub fn read(path: &Path) -> Result<SealKeyFile, KeyError> {
        SealKeyFile::from_json(&disk::read(path)?, path)
    }

    /// Writes a new file with mode 0600. Errors: [`KeyError::Exists`], [`KeyError::Io`].
    pub fn write_new(&self, path: &Path) -> Result<(), KeyError> {
        disk::write_new(path, &self.to_json())
    }

    /// The file as it is written: JSON, indented, with a line end.
    pub fn to_json(&self) -> Vec<u8> {
        let SealHeader { key, org, label } = &self.header;
        let (kdf, cipher) = self.lock.json();
        let header = HeaderJson {
            key: hex::encode(key),
            id: self.header.id().to_string(),
            org: org.to_string(),
            label: label.to_string(),
        };
        // Writing plain structs to memory fails for no value.
        let file = FileJson { schema: SEAL_SCHEMA.into(), header, kdf, cipher };
        let mut bytes = serde_json::to_vec_pretty(&file).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads the JSON of a file; `path` is for error messages.
    pub fn from_json(bytes: &[u8], path: &Path) -> Result<SealKeyFile, KeyError> {
        let damaged = |detail: String| KeyError::Damaged { file: path.to_owned(), detail };
        check_schema(bytes, SEAL_SCHEMA, path)?;
        let file: FileJson = serde_json::from_slice(bytes).map_err(|e| damaged(e.to_string()))?;
        let lock = Lock::read(&file.kdf, &file.cipher, path)?;
        let header = header_from(file.header).ok_or_else(|| damaged("the header cannot be read".into()))?;
        Ok(SealKeyFile { header, lock, file: path.to_owned() })
    }
}

fn header_from(json: HeaderJson) -> Option<SealHeader> {
    let header = SealHeader {
        key: json.key.parse::<Hash>().ok()?.0,
        org: json.org.parse().ok()?,
        label: Text::new(json.label).ok()?,
    };
    (header.id().to_string() == json.id).then_some(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyFile, PersonKey};
    use ledger::{PersonId, record::Roles};
    use std::{fs, os::unix::fs::PermissionsExt};

    fn password(text: &str) -> SecretString {
        SecretString::from(text)
    }

    fn sealed() -> SealKeyFile {
        let (key, label) = (SealKey::from_secret(&[7; 32]), Text::new("seal").unwrap());
        SealKeyFile::seal(&key, OrgId(Hash([3; 32])), label, &password("correct horse"), KdfCost::Light).unwrap()
    }

    #[test]
    fn what_is_locked_opens_again() {
        let file = SealKeyFile::from_json(&sealed().to_json(), Path::new("k")).unwrap();
        let key = file.open(&password("correct horse")).unwrap();
        assert_eq!(key.public(), SealKey::from_secret(&[7; 32]).public());
        assert_eq!((file.header().key, file.header().org), (*key.public(), OrgId(Hash([3; 32]))));
        assert_eq!(file.open(&password("wrong horse")).unwrap_err().code(), "H2201");
    }

    #[test]
    fn no_changed_byte_of_the_file_gives_a_key() {
        let json = sealed().to_json();
        for at in 0..json.len() {
            let mut changed = json.clone();
            changed[at] ^= 1;
            let read = SealKeyFile::from_json(&changed, Path::new("k"));
            assert!(read.and_then(|file| file.open(&password("correct horse"))).is_err(), "byte {at}");
        }
    }

    /// A key has one use: the two kinds of file are told apart before a password is asked for.
    #[test]
    fn a_key_of_another_use_is_refused_as_such() {
        let person = PersonKey::from_seed(&[1; 32], OrgId::default(), PersonId::default(), "A", "a", Roles::default());
        let signs = KeyFile::seal(&person.unwrap(), &password("correct horse"), KdfCost::Light).unwrap().to_json();
        let read = |bytes: &[u8]| SealKeyFile::from_json(bytes, Path::new("k")).map(|_| ()).map_err(|e| e.code());
        assert_eq!(read(&signs), Err("H2222"));
        assert_eq!(KeyFile::from_json(&sealed().to_json(), Path::new("k")).unwrap_err().code(), "H2222");
        let later = String::from_utf8(sealed().to_json()).unwrap().replace("sealkey/1", "sealkey/2");
        assert_eq!(read(later.as_bytes()), Err("H2203"));
        assert_eq!(read(b"{}"), Err("H2202"));
    }

    #[test]
    fn files_are_new_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seal.key.json");
        sealed().write_new(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(sealed().write_new(&path).unwrap_err().code(), "H2206");
        assert!(SealKeyFile::read(&path).is_ok());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(SealKeyFile::read(&path).unwrap_err().code(), "H2204");
    }
}
