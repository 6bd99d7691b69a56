//! Why a document is not taken, given or erased.

use keys::seal::SealError;
use ledger::DocumentId;
use std::io;

/// Why a document is not taken, given or erased.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// It is none, or too large.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// A piece is not of it.
    #[error("take piece {number}: it is not of this document")]
    Piece {
        /// Which.
        number: u32,
    },
    /// There is no room for more of its depositor, or of anybody.
    #[error("keep more: {what}")]
    Share {
        /// What is used up.
        what: String,
    },
    /// It was erased by its depositor, and is offered again.
    #[error("take document {0} again: its depositor erased it")]
    ErasedBefore(DocumentId),
    /// It was erased by its depositor.
    #[error("give document {0}: its depositor erased it")]
    Erased(DocumentId),
    /// There is none of this name for whoever asks.
    #[error("find document {0}")]
    Unknown(DocumentId),
    /// It is another organisation's to put here or to erase.
    #[error("do this for another organisation than the depositor")]
    NotYours,
    /// It is being written at this moment.
    #[error("answer while the document is being written")]
    Busy,
    /// No agency's node can be asked.
    #[error("reach an agency")]
    Offline,
    /// This node's disk.
    #[error("read or write documents: {0}")]
    Fault(#[from] io::Error),
}

impl Refused {
    /// Something that is no sealed document.
    pub(crate) fn shape(detail: &'static str) -> Refused {
        Refused::Sealed(SealError::Shape { detail })
    }

    /// Stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            // What is read from a body or written to a file here is this node's business.
            Refused::Sealed(SealError::Io(_)) | Refused::Fault(_) => "H7009",
            Refused::Sealed(error) => error.code(),
            Refused::Piece { .. } => "H1428",
            Refused::Share { .. } => "H1426",
            Refused::ErasedBefore(_) => "H4304",
            Refused::Erased(_) => "H7022",
            Refused::Unknown(_) => "H7004",
            Refused::NotYours => "H4302",
            Refused::Busy => "H7008",
            Refused::Offline => "H7122",
        }
    }

    /// The values, by name, for the catalogue's templates. Of this node's inside nothing is told.
    pub(crate) fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Refused::Sealed(SealError::Io(_)) | Refused::Fault(_) => Vec::new(),
            Refused::Sealed(_) | Refused::Piece { .. } | Refused::Share { .. } => vec![("detail", self.to_string())],
            Refused::ErasedBefore(id) | Refused::Erased(id) => vec![("id", id.to_string())],
            Refused::Unknown(id) => vec![("kind", "document".to_owned()), ("input", id.to_string())],
            Refused::NotYours | Refused::Busy | Refused::Offline => Vec::new(),
        }
    }
}
