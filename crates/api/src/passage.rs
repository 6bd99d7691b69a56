//! The file in which a passage travels from one network to another: `hufu.passage/1`. See `docs/formats/passage.md`.

use crate::bytes;
use ledger::{
    NetworkId,
    bounds::MAX_PASSAGE_BYTES,
    codec,
    passage::{self, Arrived, Passage, PassageError},
};
use serde::{Deserialize, Serialize};

/// Value of `schema` in [`PassageFile`].
pub const PASSAGE_SCHEMA: &str = "hufu.passage/1";
/// Largest file of a passage, in bytes: the passage as base64url, and what is readable beside it.
pub const MAX_PASSAGE_FILE_BYTES: usize = 2 * MAX_PASSAGE_BYTES;

/// A passage with what is readable of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassageFile {
    /// `hufu.passage/1`.
    pub schema: String,
    /// The network that the item departed from.
    pub network: String,
    /// The network that it departed to.
    pub to: String,
    /// The item, as it was named there.
    pub item: String,
    /// Its code as a GS1 Digital Link, or `scheme:value`.
    pub code: String,
    /// Quantity on hand, such as `12.5 MLT`.
    pub quantity: String,
    /// Identity of the organisation that held it and opens it.
    pub holder: String,
    /// Height at which it departed.
    pub height: u64,
    /// Block time then, RFC 3339.
    pub time: String,
    /// Canonical bytes of the [`Passage`], base64url.
    pub passage: String,
}

/// Why a file of a passage is not taken. Messages read after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassageFileError {
    /// No JSON, or fields that are missing, unknown or of another type.
    #[error("read the passage: {0}")]
    Shape(String),
    /// A file of another kind.
    #[error("read the passage: its schema is {0:?}, needed is {PASSAGE_SCHEMA:?}")]
    Schema(String),
    /// The bytes within the file are no passage.
    #[error("read the passage: its bytes do not decode: {0}")]
    Bytes(String),
    /// The readable part says something else than the bytes.
    #[error("read the passage: what it shows as `{0}` is not what its bytes say")]
    Readable(&'static str),
    /// Its parts do not belong together.
    #[error(transparent)]
    Passage(#[from] PassageError),
}

impl PassageFileError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            PassageFileError::Shape(_)
            | PassageFileError::Schema(_)
            | PassageFileError::Bytes(_)
            | PassageFileError::Readable(_) => "H1429",
            PassageFileError::Passage(_) => "H5118",
        }
    }
}

impl PassageFile {
    /// The file of a passage to a network.
    pub fn of(passage: &Passage, to: NetworkId) -> Result<PassageFile, PassageError> {
        let Arrived { network, item, record, departure, class: _ } = passage::read(passage, to)?;
        Ok(PassageFile {
            schema: PASSAGE_SCHEMA.into(),
            network: network.to_string(),
            to: to.to_string(),
            item: item.to_string(),
            code: record.code.digital_link(),
            quantity: record.on_hand.to_string(),
            holder: departure.by.to_string(),
            height: departure.at.height,
            time: crate::time::rfc3339(departure.at.time),
            passage: bytes::encode(&codec::encode(passage)),
        })
    }

    /// Reads a file, recomputes what is readable, and gives the passage. Whether agencies of the first network signed it is
    /// for the second one to judge, which knows them.
    pub fn read(text: &[u8]) -> Result<(PassageFile, Passage), PassageFileError> {
        let shape = |e: serde_json::Error| PassageFileError::Shape(e.to_string().chars().take(300).collect());
        let value: serde_json::Value = serde_json::from_slice(text).map_err(shape)?;
        match value.get("schema").and_then(serde_json::Value::as_str) {
            Some(PASSAGE_SCHEMA) => {}
            found => return Err(PassageFileError::Schema(found.unwrap_or_default().chars().take(80).collect())),
        }
        let file: PassageFile = serde_json::from_value(value).map_err(shape)?;
        let to: NetworkId = file.to.parse().map_err(|_| PassageFileError::Shape("`to` is no identity".into()))?;
        let bytes = bytes::decode(&file.passage).map_err(|e| PassageFileError::Bytes(e.to_string()))?;
        let passage: Passage =
            codec::decode(&bytes, MAX_PASSAGE_BYTES).map_err(|e| PassageFileError::Bytes(e.to_string()))?;
        let computed = PassageFile::of(&passage, to)?;
        let fields = [
            ("network", file.network == computed.network),
            ("item", file.item == computed.item),
            ("code", file.code == computed.code),
            ("quantity", file.quantity == computed.quantity),
            ("holder", file.holder == computed.holder),
            ("height", file.height == computed.height),
            ("time", file.time == computed.time),
            ("passage", file.passage == computed.passage),
        ];
        match fields.into_iter().find(|(_, same)| !same) {
            Some((field, _)) => Err(PassageFileError::Readable(field)),
            None => Ok((file, passage)),
        }
    }
}
