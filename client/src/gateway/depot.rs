//! Documents as they came, one file each, named by BLAKE3 of its bytes.

use crate::{
    failure::{Failure, Result},
    storage,
};
use ledger::Hash;
use std::path::{Path, PathBuf};

/// The folder of documents.
#[derive(Clone, Debug)]
pub(super) struct Depot {
    folder: PathBuf,
}

impl Depot {
    pub(super) fn at(dir: &Path) -> Depot {
        Depot { folder: dir.join("documents") }
    }

    fn path(&self, hash: &Hash) -> PathBuf {
        let name = hash.to_string();
        let (first, rest) = name.split_at_checked(2).unwrap_or(("", &name));
        self.folder.join(first).join(rest)
    }

    /// Keeps a document; once this returns it is on disk. One that is there stays as it is.
    pub(super) fn put(&self, bytes: &[u8]) -> Result<Hash> {
        let hash = hash(bytes);
        let path = self.path(&hash);
        if path.exists() && self.get(&hash).is_ok() {
            return Ok(hash);
        }
        if let Some(folder) = path.parent() {
            storage::folder(folder)?;
        }
        storage::replace(&path, bytes)?;
        Ok(hash)
    }

    /// A document, as it came. Errors: H1403, H1643 where its bytes are other ones.
    pub(super) fn get(&self, expected: &Hash) -> Result<Vec<u8>> {
        let path = self.path(expected);
        let bytes = storage::read(&path, epcis::MAX_DOCUMENT)?;
        match hash(&bytes) == *expected {
            true => Ok(bytes),
            false => Err(Failure::new("H1643", [("file", path.display().to_string())])),
        }
    }
}

/// BLAKE3 of bytes, without a tag.
pub(super) fn hash(bytes: &[u8]) -> Hash {
    Hash(*blake3::hash(bytes).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_or_is_known_to_be_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let depot = Depot::at(folder.path());
        let hash = depot.put(b"one").unwrap();
        assert_eq!(depot.put(b"one"), Ok(hash));
        assert_eq!(depot.get(&hash), Ok(b"one".to_vec()));
        assert_eq!(depot.get(&Hash([1; 32])).unwrap_err().code, "H1403");
        std::fs::write(depot.path(&hash), b"two").unwrap();
        assert_eq!(depot.get(&hash).unwrap_err().code, "H1643");
        // What is damaged is mended by whoever brings it again.
        assert_eq!(depot.put(b"one"), Ok(hash));
        assert_eq!(depot.get(&hash), Ok(b"one".to_vec()));
    }
}
