//! Files that only their owner reads, written whole or not at all.

use crate::{KeyError, MAX_FILE_BYTES, random};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

fn io_error(file: &Path) -> impl FnOnce(io::Error) -> KeyError {
    let file = file.to_owned();
    move |source| KeyError::Io { file, source }
}

/// Reads a file of at most [`MAX_FILE_BYTES`] that nobody but its owner can read or write.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let file = File::open(path).map_err(io_error(path))?;
    // Of the open file, so that it cannot be exchanged between the check and the reading.
    let mode = file.metadata().map_err(io_error(path))?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyError::TooOpen { file: path.to_owned(), mode });
    }
    read_bounded(file, path)
}

/// The same, whoever else can read it.
pub(crate) fn read_shared(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    read_bounded(File::open(path).map_err(io_error(path))?, path)
}

fn read_bounded(file: File, path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(4 * 1024));
    let limit = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(io_error(path))?;
    if bytes.len() > MAX_FILE_BYTES {
        let detail = format!("longer than {MAX_FILE_BYTES} bytes");
        return Err(KeyError::Damaged { file: path.to_owned(), detail });
    }
    Ok(bytes)
}

/// Writes a new file: temporary file, fsync, then its name, fsync of the folder. An existing file stays as it is.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    write_checked(path, bytes, false, |_| Ok(()))
}

/// The same for a file that gets its name only after `check` has seen what was written. Where `replace` says so it takes
/// the place of an existing one, which is there until then.
pub(crate) fn write_checked(
    path: &Path,
    bytes: &[u8],
    replace: bool,
    check: impl FnOnce(&Path) -> Result<(), KeyError>,
) -> Result<(), KeyError> {
    if !replace && path.exists() {
        return Err(KeyError::Exists { file: path.to_owned() });
    }
    let temporary = write_temporary(path, bytes)?;
    let placed = check(&temporary).and_then(|()| place(&temporary, path, replace));
    if placed.is_err() {
        // The first failure is what matters; it may be that nothing is left to be removed.
        let _ = fs::remove_file(&temporary);
    }
    placed?;
    sync_folder(path).map_err(io_error(path))
}

/// Gives a temporary file its name.
fn place(temporary: &Path, path: &Path, replace: bool) -> Result<(), KeyError> {
    if replace {
        return fs::rename(temporary, path).map_err(io_error(path));
    }
    // A link, unlike a rename, fails where a file of this name has come into being meanwhile.
    match fs::hard_link(temporary, path) {
        Ok(()) => fs::remove_file(temporary).map_err(io_error(path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(KeyError::Exists { file: path.to_owned() }),
        // Not every file system has links.
        Err(_) => fs::rename(temporary, path).map_err(io_error(path)),
    }
}

fn write_temporary(path: &Path, bytes: &[u8]) -> Result<PathBuf, KeyError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", hex::encode(random::<8>()?)));
    let temporary = path.with_file_name(name);
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    match write() {
        Ok(()) => Ok(temporary),
        Err(source) => {
            // The failure is what is reported; a leftover without secrets is harmless, one with them must go.
            let _ = fs::remove_file(&temporary);
            Err(KeyError::Io { file: path.to_owned(), source })
        }
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}
