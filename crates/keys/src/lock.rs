//! What a password locks, in every kind of key file: argon2id and XChaCha20-Poly1305.
//!
//! What stands in the open is bound to the ciphertext as associated data, so that nobody can exchange it.

use crate::{KeyError, MIN_PASSWORD_CHARS, random};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use ledger::codec::encode;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::path::Path;
use zeroize::Zeroizing;

const KDF: &str = "argon2id-19";
const CIPHER: &str = "xchacha20poly1305";

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

/// How the key of the lock comes from the password, in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KdfJson {
    name: String,
    /// Memory in KiB.
    m_kib: u32,
    /// Passes.
    t: u32,
    /// Lanes.
    p: u32,
    salt: String,
}

/// The ciphertext, in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CipherJson {
    name: String,
    nonce: String,
    text: String,
}

/// What stands in the open beside the lock.
#[derive(Clone, Copy)]
pub(crate) struct Open<'a> {
    /// Of the file.
    pub(crate) schema: &'a str,
    /// Canonical bytes of its header.
    pub(crate) header: &'a [u8],
}

/// The locked part of a key file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lock {
    work: Work,
    salt: [u8; 16],
    nonce: [u8; 24],
    pub(crate) text: Vec<u8>,
}

impl Lock {
    /// Locks a secret. Errors: [`KeyError::PasswordShort`], [`KeyError::Random`].
    pub(crate) fn close(
        secret: &[u8],
        open: Open<'_>,
        password: &SecretString,
        cost: KdfCost,
    ) -> Result<Lock, KeyError> {
        if password.expose_secret().chars().count() < MIN_PASSWORD_CHARS {
            return Err(KeyError::PasswordShort);
        }
        let mut lock = Lock { work: cost.into(), salt: random()?, nonce: random()?, text: Vec::new() };
        let payload = Payload { msg: secret, aad: &lock.bound(open) };
        let sealed = lock.cipher(password, Path::new(""))?.encrypt(&XNonce::from(lock.nonce), payload);
        lock.text = sealed.map_err(|_| KeyError::Header { field: "name" })?;
        Ok(lock)
    }

    /// The secret. `file` is for error messages. Errors: [`KeyError::Password`], [`KeyError::Cost`].
    pub(crate) fn open(
        &self,
        open: Open<'_>,
        password: &SecretString,
        file: &Path,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let payload = Payload { msg: &self.text, aad: &self.bound(open) };
        self.cipher(password, file)?
            .decrypt(&XNonce::from(self.nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| KeyError::Password { file: file.to_owned() })
    }

    /// As it stands in the file.
    pub(crate) fn json(&self) -> (KdfJson, CipherJson) {
        let Work { m_kib, t, p } = self.work;
        let kdf = KdfJson { name: KDF.into(), m_kib, t, p, salt: URL_SAFE_NO_PAD.encode(self.salt) };
        let cipher = CipherJson {
            name: CIPHER.into(),
            nonce: URL_SAFE_NO_PAD.encode(self.nonce),
            text: URL_SAFE_NO_PAD.encode(&self.text),
        };
        (kdf, cipher)
    }

    /// Reads it. Errors: [`KeyError::Version`], [`KeyError::Cost`], [`KeyError::Damaged`].
    pub(crate) fn read(kdf: &KdfJson, cipher: &CipherJson, file: &Path) -> Result<Lock, KeyError> {
        let damaged = |detail: String| KeyError::Damaged { file: file.to_owned(), detail };
        if kdf.name != KDF || cipher.name != CIPHER {
            let found = format!("{} {}", kdf.name, cipher.name);
            return Err(KeyError::Version { file: file.to_owned(), found });
        }
        let KdfJson { name: _, m_kib, t, p, salt } = kdf;
        let work = Work { m_kib: *m_kib, t: *t, p: *p };
        if !work.is_reasonable() {
            return Err(KeyError::Cost { file: file.to_owned() });
        }
        let bytes_of = |text: &str, field: &str| {
            URL_SAFE_NO_PAD.decode(text).map_err(|_| damaged(format!("{field} is not base64url")))
        };
        let salt = bytes_of(salt, "salt")?;
        let nonce = bytes_of(&cipher.nonce, "nonce")?;
        Ok(Lock {
            work,
            salt: salt.try_into().map_err(|_| damaged("salt is not 16 bytes".into()))?,
            nonce: nonce.try_into().map_err(|_| damaged("nonce is not 24 bytes".into()))?,
            text: bytes_of(&cipher.text, "text")?,
        })
    }

    fn cipher(&self, password: &SecretString, file: &Path) -> Result<XChaCha20Poly1305, KeyError> {
        let cost = || KeyError::Cost { file: file.to_owned() };
        let params = Params::new(self.work.m_kib, self.work.t, self.work.p, Some(32)).map_err(|_| cost())?;
        let mut key = Zeroizing::new([0u8; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(password.expose_secret().as_bytes(), &self.salt, &mut *key)
            .map_err(|_| cost())?;
        Ok(XChaCha20Poly1305::new(key.as_slice().into()))
    }

    /// Associated data: everything that stands in the open.
    fn bound(&self, open: Open<'_>) -> Vec<u8> {
        let Work { m_kib, t, p } = self.work;
        let mut bytes = encode(&(open.schema, KDF, CIPHER));
        bytes.extend_from_slice(open.header);
        bytes.extend_from_slice(&encode(&(m_kib, t, p, self.salt)));
        bytes
    }
}
