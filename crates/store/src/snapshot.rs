//! The certified state of one height in a folder, for a node that starts without fetching and executing all blocks.
//!
//! Everything in it leads to one header: the manifest folds to the header's root, each chunk proves itself under the
//! manifest, the identities of blocks are the header's history. Whether the header is certified is the caller's to judge:
//! he has the trust root. The layout is specified in `docs/formats/snapshot.md`.

mod fold;
mod make;
mod manifest;
mod read;
mod restore;

pub use make::make;
pub use manifest::{ChunkEntry, MAX_BITS, MAX_CHUNK_BYTES, MAX_MANIFEST_BYTES, Manifest};
pub use read::Snapshot;
pub use restore::restore;

use crate::StoreError;
use std::path::{Path, PathBuf};

/// Files of the folder.
const MANIFEST: &str = "manifest";
const GENESIS: &str = "genesis";
const IDS: &str = "ids";
const LEAVES: &str = "leaves";

fn chunk_path(folder: &Path, chunk: usize) -> PathBuf {
    folder.join(LEAVES).join(format!("{chunk:04x}"))
}

/// Why a snapshot is not made or not taken. Each message reads after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The manifest or the genesis beside it is damaged, or no such file.
    #[error("read the snapshot's manifest: {detail}")]
    Manifest {
        /// What is wrong.
        detail: String,
    },
    /// A chunk is damaged, or of another snapshot.
    #[error("read chunk {chunk:04x} of the snapshot: {detail}")]
    Chunk {
        /// Its number.
        chunk: usize,
        /// What is wrong.
        detail: String,
    },
    /// What is there does not lead to the header.
    #[error("lead the snapshot to its header: {detail}")]
    Root {
        /// What does not.
        detail: String,
    },
    /// The header is not certified, or not by those whom the reader trusts.
    #[error("trust the snapshot's header: {detail}")]
    NotCertified {
        /// What is missing.
        detail: String,
    },
    /// A snapshot is there already.
    #[error("make a snapshot in {path}: something is there already")]
    Exists {
        /// The folder.
        path: String,
    },
    /// The store refuses, or the disk.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SnapshotError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            SnapshotError::Manifest { .. } => "H8122",
            SnapshotError::Chunk { .. } => "H8123",
            SnapshotError::Root { .. } => "H8124",
            SnapshotError::NotCertified { .. } => "H8125",
            SnapshotError::Exists { .. } => "H8127",
            SnapshotError::Store(error) => error.code(),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            SnapshotError::Manifest { .. } | SnapshotError::Chunk { .. } => {
                "copy the folder again, whole; if it stays so, ask another agency for a snapshot"
            }
            SnapshotError::Root { .. } => "do not use it: it is no state that was certified; ask another agency",
            SnapshotError::NotCertified { .. } => {
                "do not use it; compare fingerprints of trust.json, and ask another agency"
            }
            SnapshotError::Exists { .. } => "name another folder; a snapshot is never written over",
            SnapshotError::Store(error) => error.help(),
        }
    }

    fn manifest(detail: impl Into<String>) -> SnapshotError {
        SnapshotError::Manifest { detail: detail.into() }
    }

    fn root(detail: impl Into<String>) -> SnapshotError {
        SnapshotError::Root { detail: detail.into() }
    }
}
