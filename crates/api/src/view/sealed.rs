//! Sealed documents, as far as a node knows them, and the keys that they are sealed to.

use super::AsOf;
use crate::bytes;
use ledger::record::SealKeyRecord;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Value of `schema` of a [`DocumentView`].
pub const DOCUMENT_SCHEMA: &str = "hufu.document/1";

/// A sealed document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentView {
    /// [`DOCUMENT_SCHEMA`].
    pub schema: String,
    /// Its name: the root over its pieces.
    pub id: String,
    /// The organisation that deposited it.
    pub by: String,
    /// Bytes of the envelope.
    pub bytes: u64,
    /// The commitment that it opens.
    pub opens: String,
    /// The transaction that names the commitment; none where none was named.
    pub tx: Option<String>,
    /// When it was whole here.
    pub at: String,
    /// At a member's node: the keys of the agencies' nodes that have it, as far as they were reached.
    pub has: Option<Vec<String>>,
}

/// Value of `schema` of a [`SealKeyView`].
pub const SEAL_KEY_SCHEMA: &str = "hufu.seal-key/1";

/// The key to which documents for an organisation are sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SealKeyView {
    /// [`SEAL_KEY_SCHEMA`].
    pub schema: String,
    /// X25519 public key, hexadecimal; none where the last one was ended.
    pub key: Option<String>,
    /// How many times one was published or ended.
    pub number: u32,
    /// Since when.
    pub from: AsOf,
    /// By which transaction.
    pub tx: String,
    /// Canonical bytes of the record.
    pub record: String,
}

impl SealKeyView {
    /// Of a record.
    pub fn of(record: &SealKeyRecord) -> SealKeyView {
        SealKeyView {
            schema: SEAL_KEY_SCHEMA.into(),
            key: (record.key != [0; 32]).then(|| hex::encode(record.key)),
            number: record.number,
            from: record.from.into(),
            tx: record.cause.to_string(),
            record: bytes::of(record),
        }
    }
}

/// Query of [`crate::paths::DOCUMENTS`].
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DocumentsQuery {
    /// Those that open this commitment.
    pub about: Option<String>,
    /// Entries a page.
    pub limit: Option<u32>,
    /// [`crate::view::Page::next`] of the page before.
    pub cursor: Option<String>,
}
