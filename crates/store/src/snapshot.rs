//! The certified state of one height in a folder, for a node that starts without fetching and executing all blocks.
//!
//! Everything in it leads to one header: the manifest folds to the header's root, each chunk proves itself under the
//! manifest, the identities of blocks are the header's history. Whether the header is certified is the caller's to judge:
//! he has the trust root. The layout is specified in `docs/formats/snapshot.md`.

mod make;
mod read;
mod restore;

pub use make::make;
pub use proof::snapshot::{ChunkEntry, Manifest, SnapshotProblem};
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
    /// What is there is no snapshot of a certified state.
    #[error(transparent)]
    Problem(#[from] SnapshotProblem),
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
            SnapshotError::Problem(problem) => problem.code(),
            SnapshotError::Exists { .. } => "H8127",
            SnapshotError::Store(error) => error.code(),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            SnapshotError::Problem(problem) => problem.help(),
            SnapshotError::Exists { .. } => "name another folder; a snapshot is never written over",
            SnapshotError::Store(error) => error.help(),
        }
    }

    fn manifest(detail: impl Into<String>) -> SnapshotError {
        SnapshotProblem::manifest(detail).into()
    }

    fn root(detail: impl Into<String>) -> SnapshotError {
        SnapshotProblem::root(detail).into()
    }

    fn not_certified(detail: impl Into<String>) -> SnapshotError {
        SnapshotProblem::NotCertified { detail: detail.into() }.into()
    }
}
