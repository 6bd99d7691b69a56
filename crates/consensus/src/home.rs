//! The folder of one node's consensus: who may use it, and how files in it become durable.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// File that is locked while a node runs.
pub const LOCK_FILE: &str = "lock";
/// File of the sign-state.
pub const SIGN_STATE_FILE: &str = "sign-state";
/// File of the undecided blocks.
pub const JOURNAL_FILE: &str = "journal";
/// File of the engine's log.
pub const WAL_FILE: &str = "consensus.wal";

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// A running process has it; two nodes on one folder would sign twice.
    #[error("lock {path}: another process uses this folder")]
    InUse {
        /// The lock file.
        path: PathBuf,
    },
    /// The folder cannot be made or opened.
    #[error("open {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

/// The exclusive use of a folder, until dropped.
#[derive(Debug)]
pub struct HomeLock {
    // The lock belongs to the open file and ends with it, however the process ends.
    _file: File,
    path: PathBuf,
}

impl HomeLock {
    /// Makes the folder if needed and locks it.
    pub fn acquire(home: &Path) -> Result<HomeLock, HomeError> {
        std::fs::create_dir_all(home).map_err(|source| HomeError::Io { path: home.to_owned(), source })?;
        let path = home.join(LOCK_FILE);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|source| HomeError::Io { path: path.clone(), source })?;
        match file.try_lock() {
            Ok(()) => Ok(HomeLock { _file: file, path: home.to_owned() }),
            Err(TryLockError::WouldBlock) => Err(HomeError::InUse { path }),
            Err(TryLockError::Error(source)) => Err(HomeError::Io { path, source }),
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Makes a rename or creation in `folder` durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_user() {
        let dir = tempfile::tempdir().unwrap();
        let first = HomeLock::acquire(dir.path()).unwrap();
        assert!(matches!(HomeLock::acquire(dir.path()), Err(HomeError::InUse { .. })));
        drop(first);
        HomeLock::acquire(dir.path()).unwrap();
    }
}
