//! Secret keys: signing with them, and keeping them in files.
//!
//! Purpose: one place in which secret bytes live. People's keys lie encrypted in a [`KeyFile`] that opens with a
//! password, and so does the key to which documents for their organisation are sealed ([`SealKeyFile`]); a node's keys lie in
//! a plain [`NodeKey`] file that only its owner can read, because a node must start without anybody present. Layouts:
//! `docs/formats/keystore.md`. Sealing and opening itself is in [`seal`], for the secret stays here.
//!
//! Invariants:
//! - secret bytes are wiped from memory when they are dropped, and never printed;
//! - a file is written whole or not at all, with mode 0600, and never over another key;
//! - a file that others can read is refused;
//! - a backup is a key file under a password of its own. It alone may take the place of a file, once it was opened, and
//!   may be read by others, for it lies where there are no owners.
//!
//! Deliberately absent: asking for passwords (`client`), hardware keys (another implementation of [`Signer`]).

mod disk;
mod error;
mod keyfile;
mod lock;
mod node;
mod pair;
mod person;
pub mod seal;
mod sealkey;

pub use error::KeyError;
pub use keyfile::{KeyFile, KeyHeader, MAX_FILE_BYTES, MIN_PASSWORD_CHARS, SCHEMA};
pub use lock::KdfCost;
pub use node::{NODE_SCHEMA, NodeKey};
pub use pair::{KeyPair, Signer, claim, random};
pub use person::PersonKey;
pub use seal::SealKey;
pub use sealkey::{SEAL_SCHEMA, SealHeader, SealKeyFile};
pub use secrecy::{ExposeSecret, SecretString};
