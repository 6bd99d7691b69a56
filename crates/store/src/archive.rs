//! Blocks, receipts, events and links of feeds of past heights, in a database of their own: an archive.
//!
//! It is laid out as the store is, so what reads the one reads the other. A store that has one attached looks there for
//! what lies below its floor; see `docs/formats/store.md`.

mod moving;

pub use moving::Pruned;

use crate::{
    Options, Store, StoreError,
    column::{ARCHIVE_FORMAT, Column, meta, read_hash, read_u64},
    database::{Database, Reader, is_unmade},
};
use ledger::NetworkId;
use rocksdb::WriteBatch;
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// An open archive. One process has it open at a time.
pub struct Archive {
    pub(crate) database: Database,
    path: PathBuf,
    network: NetworkId,
}

impl Archive {
    /// Opens the archive in a folder, or begins one where there is none.
    ///
    /// Errors: [`StoreError::Archive`] when it is of another network or no archive, [`StoreError::Locked`],
    /// [`StoreError::Corrupt`], [`StoreError::Full`], [`StoreError::Disk`].
    pub fn open(path: &Path, options: Options, network: NetworkId) -> Result<Archive, StoreError> {
        let database = match is_unmade(path, &Column::ARCHIVE) {
            // Whether what was synced is still there is seen by the store: it knows what it gave away.
            false => Database::open(path, &options, &Column::ARCHIVE, |_| Ok(true))?,
            true => {
                let database = Database::create(path, &options, &Column::ARCHIVE)?;
                // What moves here is removed elsewhere, so the folder itself has to outlast a loss of power.
                sync_folders(path).map_err(|e| StoreError::of_io("make the folder of the archive durable", &e))?;
                database
            }
        };
        let archive = Archive { database, path: path.to_owned(), network };
        match archive.stated()? {
            Some((format, of)) if format == ARCHIVE_FORMAT && of == network => Ok(archive),
            Some((format, _)) if format != ARCHIVE_FORMAT => Err(archive.refuse(format!("its format is {format:?}"))),
            Some((_, of)) => Err(archive.refuse(format!("it is of the network {of}"))),
            None => {
                archive.begin()?;
                Ok(archive)
            }
        }
    }

    /// Format and network; none in an empty database.
    fn stated(&self) -> Result<Option<(String, NetworkId)>, StoreError> {
        let reader = self.live();
        let Some(format) = reader.get(Column::Meta, meta::FORMAT)? else { return Ok(None) };
        let network = reader.get(Column::Meta, meta::NETWORK)?.and_then(|bytes| read_hash(&bytes));
        Ok(Some((String::from_utf8_lossy(&format).into_owned(), NetworkId(network.unwrap_or_default()))))
    }

    fn begin(&self) -> Result<(), StoreError> {
        let mut batch = WriteBatch::default();
        let place = self.database.column(Column::Meta)?;
        batch.put_cf(place, meta::FORMAT, ARCHIVE_FORMAT);
        batch.put_cf(place, meta::NETWORK, self.network.0.as_bytes());
        self.database.write(batch, true)
    }

    /// The first height in it and the one behind the last; none while it is empty.
    pub fn span(&self) -> Result<Option<(u64, u64)>, StoreError> {
        let reader = self.live();
        let Some(bytes) = reader.get(Column::Meta, meta::SPAN)? else { return Ok(None) };
        let ends = bytes.split_at_checked(8).and_then(|(from, to)| Some((read_u64(from)?, read_u64(to)?)));
        ends.map(Some).ok_or_else(|| self.refuse("the heights that it states are cut short"))
    }

    /// Refuses with [`StoreError::Archive`] where a store should find more than is here: an empty folder, as of a disk that
    /// is not there, when the store has moved heights; one in which heights are missing at either end.
    fn fits(&self, store: &Reader<'_>) -> Result<(), StoreError> {
        let (floor, moved) = (store.floor()?, store.moved()?);
        let first = moved.unwrap_or(floor);
        match (self.span()?, moved) {
            (None, None) => Ok(()),
            (None, Some(first)) => {
                let detail = format!("it is empty, and heights from {first} on were moved: is its disk there?");
                Err(self.refuse(detail))
            }
            (Some((begin, end)), _) if begin > first || end < floor => {
                let detail = format!("it begins at height {begin} and ends below {end}, needed is {first} to {floor}");
                Err(self.refuse(detail))
            }
            (Some(_), _) => Ok(()),
        }
    }

    pub(crate) fn live(&self) -> Reader<'_> {
        self.database.live()
    }

    pub(crate) fn refuse(&self, detail: impl Into<String>) -> StoreError {
        StoreError::Archive { path: self.path.display().to_string(), detail: detail.into() }
    }
}

impl Store {
    /// Looks below the floor into this archive from now on; once for an open store.
    ///
    /// Errors: [`StoreError::Archive`] when it is of another network, when it lacks heights that the store has moved or
    /// that lie between the two, or when there is one already; [`StoreError::Slice`].
    pub fn attach(&self, archive: Arc<Archive>) -> Result<(), StoreError> {
        if self.slice.is_some() {
            return Err(StoreError::Slice { doing: "look into the archive of a ledger" });
        }
        if archive.network != self.network {
            return Err(archive.refuse(format!("it is of the network {}", archive.network)));
        }
        archive.fits(&self.database.live())?;
        self.database.archive.set(archive).map_err(|archive| archive.refuse("there is one already"))
    }

    /// The lowest height whose block can be given, from the archive too.
    pub fn first_height(&self) -> Result<u64, StoreError> {
        let floor = self.floor()?;
        let archive = self.database.archive.get().map(|archive| archive.span()).transpose()?.flatten();
        Ok(archive.map_or(floor, |(from, _)| floor.min(from)))
    }
}

/// Makes the entries of a new folder durable, and the folder in the one above.
fn sync_folders(path: &Path) -> io::Result<()> {
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    File::open(path)?.sync_all()?;
    File::open(above.unwrap_or(Path::new(".")))?.sync_all()
}
