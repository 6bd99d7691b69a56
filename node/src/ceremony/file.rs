//! Reading and writing the ceremony's files: bounded, whole or not at all.

use super::CeremonyError;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

fn fail(path: &Path) -> impl FnOnce(io::Error) -> CeremonyError {
    move |source| CeremonyError::Io { path: path.to_owned(), source }
}

/// Reads at most `limit` bytes of a file.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, CeremonyError> {
    let file = File::open(path).map_err(fail(path))?;
    let length = file.metadata().map_err(fail(path))?.len();
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(fail(path))?;
    match bytes.len() as u64 > limit {
        true => Err(CeremonyError::TooLarge { path: path.to_owned(), length, limit }),
        false => Ok(bytes),
    }
}

/// Only the schema of a file, so that a file of another kind is named as such before its fields are judged.
#[derive(serde::Deserialize)]
struct Schema {
    schema: String,
}

/// Reads a JSON file of a schema.
pub(super) fn read_json<T: DeserializeOwned>(
    path: &Path,
    limit: u64,
    needed: &'static str,
) -> Result<T, CeremonyError> {
    let bytes = read(path, limit)?;
    let shape = |e: serde_json::Error| {
        let detail = e.to_string().chars().take(300).collect();
        CeremonyError::Shape { path: path.to_owned(), detail }
    };
    let Schema { schema: found } = serde_json::from_slice(&bytes).map_err(shape)?;
    if found != needed {
        let found = found.chars().take(80).collect();
        return Err(CeremonyError::Schema { path: path.to_owned(), found, needed });
    }
    serde_json::from_slice(&bytes).map_err(shape)
}

/// Writes a JSON file whole or not at all.
pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), CeremonyError> {
    // Writing plain structs to memory fails for no value.
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    write(path, &bytes, 0o644)
}

/// Writes a file beside its place, makes it durable, and moves it there.
pub(super) fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), CeremonyError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let temporary = path.with_file_name(name);
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(mode)
        .open(&temporary)
        .map_err(fail(&temporary))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fail(&temporary))?;
    std::fs::rename(&temporary, path).map_err(fail(path))?;
    sync_folder(path.parent().unwrap_or_else(|| Path::new(".")))
}

/// Makes a rename or creation in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> Result<(), CeremonyError> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder).and_then(|f| f.sync_all()).map_err(fail(folder))
}

/// Makes a folder that others may not enter.
pub(super) fn private_folder(folder: &Path) -> Result<(), CeremonyError> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail(folder))
}
