//! Files of documents: written whole or not at all, and durable when it is said that they are.

use super::Refused;
use ledger::{DocumentId, Hash, OrgId, Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    str::FromStr,
};

/// Bytes of the disk that stay free: without them the ledger stands still.
pub(super) const FREE: u64 = 1024 * 1024 * 1024;
/// Longest note beside a document.
const MAX_NOTE_BYTES: u64 = 64 * 1024;

/// What stands beside a document: whose it is, and since when.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    by: String,
    /// Milliseconds since 1970.
    at: u64,
    /// The head of one that is being brought, hexadecimal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    head: String,
    /// For whom it was, of one that was erased: they alone are told so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    to: Vec<String>,
    /// The nodes that have it, of one that is passed on, hexadecimal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    has: Vec<String>,
}

impl Note {
    pub(super) fn new(by: &OrgId, at: Timestamp) -> Note {
        Note { by: by.to_string(), at: at.0, head: String::new(), to: Vec::new(), has: Vec::new() }
    }

    pub(super) fn with_head(self, head: &[u8]) -> Note {
        Note { head: hex::encode(head), ..self }
    }

    pub(super) fn with_recipients(self, recipients: &[OrgId]) -> Note {
        Note { to: recipients.iter().map(OrgId::to_string).collect(), ..self }
    }

    pub(super) fn with_nodes(self, nodes: impl Iterator<Item = [u8; 32]>) -> Note {
        Note { has: nodes.map(hex::encode).collect(), ..self }
    }

    pub(super) fn by(&self) -> Option<OrgId> {
        self.by.parse().ok()
    }

    pub(super) fn at(&self) -> Timestamp {
        Timestamp(self.at)
    }

    pub(super) fn head(&self) -> Vec<u8> {
        hex::decode(&self.head).unwrap_or_default()
    }

    pub(super) fn recipients(&self) -> Vec<OrgId> {
        self.to.iter().filter_map(|org| org.parse().ok()).collect()
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = [u8; 32]> {
        self.has.iter().filter_map(|node| node.parse::<Hash>().ok()).map(|node| node.0)
    }

    /// Writes it, in the place of an earlier one.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        write(path, &serde_json::to_vec(self).map_err(io::Error::other)?)
    }

    /// Reads one; none where there is no such file, or it is none.
    pub(super) fn read(path: &Path) -> io::Result<Option<Note>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(MAX_NOTE_BYTES).read_to_end(&mut bytes)?;
        Ok(serde_json::from_slice(&bytes).ok())
    }
}

/// Writes a file through another one, so that it is there whole or not at all.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(path)
}

/// Makes the names in the folder of a file durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// Whether so many bytes more fit on the disk of a folder, beside those that stay free. Error: [`Refused::Share`].
pub(super) fn must_fit(folder: &Path, free: u64, length: u64) -> Result<(), Refused> {
    let disk = rustix::fs::statvfs(folder).map_err(io::Error::from)?;
    match disk.f_bavail.saturating_mul(disk.f_frsize) >= free.saturating_add(length) {
        true => Ok(()),
        false => Err(Refused::Share { what: "the disk of this node is nearly full".into() }),
    }
}

/// Removes a file that may not be there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes the hashes of the pieces of a document.
pub(super) fn write_pieces(path: &Path, pieces: &[Hash]) -> io::Result<()> {
    let bytes: Vec<u8> = pieces.iter().flat_map(|hash| hash.0).collect();
    write(path, &bytes)
}

/// Reads them. Others than those of the document are an error: nothing that they prove would be believed.
pub(super) fn read_pieces(path: &Path, id: &DocumentId) -> io::Result<Vec<Hash>> {
    let bytes = fs::read(path)?;
    let hashes: Vec<Hash> = bytes.as_chunks::<32>().0.iter().map(|bytes| Hash(*bytes)).collect();
    match DocumentId::of(&hashes) == *id && bytes.len().is_multiple_of(32) {
        true => Ok(hashes),
        false => Err(io::Error::other(format!("{} holds other pieces", path.display()))),
    }
}

/// What a file is named after, and its ending.
pub(super) fn named<T: FromStr>(path: &Path) -> Option<(T, String)> {
    let name = path.file_stem()?.to_str()?.parse().ok()?;
    Some((name, path.extension()?.to_str()?.to_owned()))
}

/// Files of a folder; none where there is no such folder.
pub(super) fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// A file that goes when it is not wanted any more, unless it has got another name.
#[derive(Debug)]
pub(super) struct Temporary(PathBuf);

impl Temporary {
    /// A new file in a folder, which is made where it is not there.
    pub(super) fn create(folder: &Path) -> io::Result<(File, Temporary)> {
        fs::create_dir_all(folder)?;
        let name = keys::random::<16>().map_err(io::Error::other)?;
        let path = folder.join(format!("{}.tmp", hex::encode(name)));
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        Ok((file, Temporary(path)))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Where it was given a name there is nothing left to be removed; what else stays goes at the next start.
        let _ = fs::remove_file(&self.0);
    }
}
