//! Signed transactions that have not been decided yet: one file each, named by identity.
//!
//! A transaction enters before it is sent and leaves when it is decided, so that neither a crash nor an unreachable
//! node loses a signature. Sending one twice does no harm: its identity is the same.

use crate::{
    draft::Draft,
    failure::{Failure, Result},
    storage,
};
use ledger::TxId;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A folder of signed transactions.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    folder: PathBuf,
}

const SUFFIX: &str = ".tx.json";

impl Outbox {
    /// The outbox below a folder of state.
    pub(crate) fn at(state: &Path) -> Outbox {
        Outbox { folder: state.join("outbox") }
    }

    fn path(&self, id: &TxId) -> PathBuf {
        self.folder.join(format!("{id}{SUFFIX}"))
    }

    /// Keeps a transaction, without private fields: they have one place, and this is not it.
    pub(crate) fn put(&self, draft: &Draft) -> Result<()> {
        storage::folder(&self.folder)?;
        draft.clone().with(Vec::new()).write(&self.path(&draft.id()))
    }

    /// Forgets a transaction, whether or not it was there.
    pub(crate) fn remove(&self, id: &TxId) -> Result<()> {
        let path = self.path(id);
        match fs::remove_file(&path) {
            Ok(()) => storage::sync_folder(&path).map_err(|e| Failure::file(&path, &e)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Failure::file(&path, &error)),
        }
    }

    /// What waits, the oldest first. Error: H8007 for a file that is no signed transaction.
    pub(crate) fn list(&self) -> Result<Vec<Draft>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Failure::file(&self.folder, &error)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|e| Failure::file(&self.folder, &e))?;
            let path = entry.path();
            if !path.to_string_lossy().ends_with(SUFFIX) {
                continue;
            }
            let damaged = || Failure::new("H8007", [("file", path.display().to_string())]);
            let draft = Draft::read(&path).map_err(|_| damaged())?;
            if self.path(&draft.id()) != path || !draft.missing().is_empty() {
                return Err(damaged());
            }
            let written = entry.metadata().and_then(|m| m.modified()).map_err(|e| Failure::file(&path, &e))?;
            found.push((written, draft));
        }
        found.sort_by_key(|(written, draft)| (*written, draft.id()));
        Ok(found.into_iter().map(|(_, draft)| draft).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        draft::tests::{handover, handover_with, person},
        private::tests::fields,
    };

    fn complete() -> Draft {
        let mut draft = handover();
        draft.sign(&person(1));
        draft.sign(&person(2));
        draft
    }

    #[test]
    fn what_is_put_is_listed_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::at(folder.path());
        assert_eq!(outbox.list(), Ok(vec![]));
        outbox.put(&complete()).unwrap();
        outbox.put(&complete()).unwrap();
        assert_eq!(outbox.list(), Ok(vec![complete()]));
        outbox.remove(&complete().id()).unwrap();
        outbox.remove(&complete().id()).unwrap();
        assert_eq!(outbox.list(), Ok(vec![]));
    }

    #[test]
    fn private_fields_stay_out() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::at(folder.path());
        let mut draft = handover_with(Some(fields(&[("price", "120")])));
        draft.sign(&person(1));
        draft.sign(&person(2));
        outbox.put(&draft).unwrap();
        assert_eq!(outbox.list(), Ok(vec![draft.with(vec![])]));
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::at(folder.path());
        outbox.put(&complete()).unwrap();
        fs::write(outbox.folder.join(format!("x{SUFFIX}")), "{").unwrap();
        assert_eq!(outbox.list().unwrap_err().code, "H8007");
    }

    #[test]
    fn an_incomplete_one_is_no_business_of_the_outbox() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::at(folder.path());
        outbox.put(&handover()).unwrap();
        assert_eq!(outbox.list().unwrap_err().code, "H8007");
    }
}
