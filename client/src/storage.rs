//! Files written whole or not at all.

use crate::failure::{Failure, Result};
use ledger::Hash;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

/// Writes a file that a person named. One that is there already is theirs: it is replaced where `force` says so alone.
///
/// Errors: H1418 for a file that is there; H1403.
pub(crate) fn write_named(path: &Path, bytes: &[u8], force: bool) -> Result<()> {
    if force {
        return replace(path, bytes);
    }
    // The name is taken before anything is written under it: of two programs one gets it.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(taken(path)),
        Err(error) => return Err(Failure::file(path, &error)),
    }
    replace(path, bytes).inspect_err(|_| {
        // The first failure is what matters.
        let _ = fs::remove_file(path);
    })
}

/// Whether [`write_named`] would find the name free: asked before anybody is asked to sign. Error: H1418.
pub(crate) fn check_name(path: &Path, force: bool) -> Result<()> {
    match !force && path.symlink_metadata().is_ok() {
        true => Err(taken(path)),
        false => Ok(()),
    }
}

fn taken(path: &Path) -> Failure {
    Failure::new("H1418", [("file", path.display().to_string())])
}

/// Writes a file of the program's own through a temporary one, fsync and rename; it is private to its owner. For what
/// a person named there is [`write_named`].
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    replace_with(path, |file| file.write_all(bytes))
}

/// The same for what is too much to be held at once.
pub(crate) fn replace_with(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    write(path, fill).map_err(|e| Failure::file(path, &e))
}

fn write(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    let written = fill(&mut file).and_then(|()| file.sync_all());
    match written.and_then(|()| fs::rename(&temporary, path)) {
        Ok(()) => sync_folder(path),
        Err(error) => {
            // The first failure is what matters.
            let _ = fs::remove_file(&temporary);
            Err(error)
        }
    }
}

/// Makes the name of a file durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

/// Makes a folder that nobody else reads, with those above it; their names are durable.
pub(crate) fn folder(path: &Path) -> Result<()> {
    let missing: Vec<&Path> = path.ancestors().take_while(|p| !p.as_os_str().is_empty() && !p.exists()).collect();
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.and_then(|()| missing.iter().try_for_each(|p| sync_folder(p))).map_err(|e| Failure::file(path, &e))
}

/// Plain BLAKE3 of a file's bytes: what `b3sum` prints, so that anybody can compute it again.
pub(crate) fn content_hash(path: &Path) -> Result<Hash> {
    let mut hasher = blake3::Hasher::new();
    let file = File::open(path).map_err(|e| Failure::file(path, &e))?;
    hasher.update_reader(file).map_err(|e| Failure::file(path, &e))?;
    Ok(Hash(*hasher.finalize().as_bytes()))
}

/// Reads a file of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Vec<u8>> {
    let read = || {
        let mut bytes = Vec::new();
        let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        File::open(path)?.take(bound).read_to_end(&mut bytes)?;
        match bytes.len() > limit {
            true => Err(io::Error::other(format!("longer than {limit} bytes"))),
            false => Ok(bytes),
        }
    };
    read().map_err(|e| Failure::file(path, &e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_that_somebody_named_is_replaced_only_when_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.key");
        assert_eq!(check_name(&path, false), Ok(()));
        write_named(&path, b"first", false).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(check_name(&path, false).unwrap_err().code, "H1418");
        assert_eq!(write_named(&path, b"second", false).unwrap_err().code, "H1418");
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(check_name(&path, true), Ok(()));
        write_named(&path, b"second", true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(write_named(&folder.path().join("none/x"), b"", false).unwrap_err().code, "H1403");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
