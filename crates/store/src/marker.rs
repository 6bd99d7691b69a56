//! The last committed height, beside the database and not in it.
//!
//! RocksDB cannot tell a log that was cut short after it was synced from one whose last record was never finished. This
//! file can: it is written after each commit, without a sync of its own, for the system keeps what was written through
//! any end of the process, and after a loss of power an older height merely knows less. Two slots take turns, in
//! sectors of their own, so that a torn write leaves the other.

use crate::StoreError;
use ledger::{BlockId, Hash};
use std::{
    fs::{File, OpenOptions},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

const NAME: &str = "marker";
const SLOT_BYTES: u64 = 512;
/// `height (8, big endian) || block (32) || CRC-32 of both (4, big endian)`.
const ENTRY_BYTES: usize = 44;
const BODY_BYTES: usize = 40;

/// A height and its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) height: u64,
    pub(crate) block: BlockId,
}

pub(crate) struct Marker {
    file: File,
}

fn file_of(path: &Path) -> PathBuf {
    path.join(NAME)
}

impl Marker {
    /// Writes a new marker and makes it and its folder durable.
    pub(crate) fn create(path: &Path, mark: Mark) -> Result<Marker, StoreError> {
        let doing = "create the marker of the last height";
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(file_of(path))
            .map_err(|e| StoreError::of_io(doing, &e))?;
        let marker = Marker { file };
        for slot in 0..2 {
            marker.write(slot, mark)?;
        }
        marker.sync()?;
        File::open(path).and_then(|folder| folder.sync_all()).map_err(|e| StoreError::of_io(doing, &e))?;
        Ok(marker)
    }

    /// Opens the marker and reads the later of its two slots.
    pub(crate) fn open(path: &Path) -> Result<(Marker, Mark), StoreError> {
        let file = file_of(path);
        let refuse = |detail: String| StoreError::Marker { path: file.display().to_string(), detail };
        let opened = OpenOptions::new().read(true).write(true).open(&file).map_err(|e| refuse(e.to_string()))?;
        let marker = Marker { file: opened };
        let slots = [marker.read(0), marker.read(1)];
        if slots.iter().any(Option::is_none) {
            tracing::warn!(file = %file.display(), "one slot of the marker of the last height is unreadable");
        }
        let mark = slots.into_iter().flatten().max_by_key(|m| m.height);
        Ok((marker, mark.ok_or_else(|| refuse("neither of its two slots has the checksum it should".into()))?))
    }

    /// Notes a committed height.
    pub(crate) fn note(&self, mark: Mark) -> Result<(), StoreError> {
        self.write(mark.height % 2, mark)
    }

    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_data().map_err(|e| StoreError::of_io("sync the marker of the last height", &e))
    }

    /// Whether both slots can be read.
    pub(crate) fn is_intact(&self) -> bool {
        self.read(0).is_some() && self.read(1).is_some()
    }

    fn write(&self, slot: u64, mark: Mark) -> Result<(), StoreError> {
        let mut entry = [0; ENTRY_BYTES];
        entry[..8].copy_from_slice(&mark.height.to_be_bytes());
        entry[8..BODY_BYTES].copy_from_slice(mark.block.0.as_bytes());
        let check = crc32fast::hash(&entry[..BODY_BYTES]);
        entry[BODY_BYTES..].copy_from_slice(&check.to_be_bytes());
        let doing = "write the marker of the last height";
        self.file.write_all_at(&entry, slot * SLOT_BYTES).map_err(|e| StoreError::of_io(doing, &e))
    }

    fn read(&self, slot: u64) -> Option<Mark> {
        let mut entry = [0; ENTRY_BYTES];
        self.file.read_exact_at(&mut entry, slot * SLOT_BYTES).ok()?;
        let (body, check) = entry.split_at_checked(BODY_BYTES)?;
        if crc32fast::hash(body).to_be_bytes() != check {
            return None;
        }
        let (height, block) = body.split_at_checked(8)?;
        Some(Mark { height: u64::from_be_bytes(height.try_into().ok()?), block: BlockId(Hash(block.try_into().ok()?)) })
    }
}
