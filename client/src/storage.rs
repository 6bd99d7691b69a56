//! Files written whole or not at all.

use crate::failure::{Failure, Result};
use ledger::Hash;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

/// Writes a file through a temporary one, fsync and rename; the file is private to its owner.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    write(path, bytes).map_err(|e| Failure::file(path, &e))
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
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
