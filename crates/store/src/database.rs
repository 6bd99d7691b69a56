//! RocksDB, opened so that a fault is found and named: the one place that knows its recovery modes and messages.

use crate::{Archive, Options, StoreError, column::Column, recent::Recent};
use rocksdb::{
    ColumnFamily, DB, DBPinnableSlice, DBRawIterator, DBRecoveryMode, ErrorKind, ReadOptions, Snapshot, WriteBatch,
    WriteOptions,
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

/// Bytes read ahead when a column family is read from end to end.
const READ_AHEAD_BYTES: usize = 2 * 1024 * 1024;

/// An open database.
pub(crate) struct Database {
    db: DB,
    sync: bool,
    pub(crate) recent: Recent,
    /// Where heights below the floor are looked for.
    pub(crate) archive: OnceLock<Arc<Archive>>,
}

/// The columns of the store in a folder: a slice has one more. Of a damaged one it does not matter which: it does not
/// open.
pub(crate) fn columns_of(path: &Path) -> &'static [Column] {
    let names = DB::list_cf(&rocksdb::Options::default(), folder(path)).unwrap_or_default();
    match names.iter().any(|name| name == Column::Own.name()) {
        true => &Column::SLICE,
        false => &Column::ALL,
    }
}

/// Whether there is no database in a folder, or one whose creation was interrupted: it lacks columns.
pub(crate) fn is_unmade(path: &Path, columns: &[Column]) -> bool {
    let lacks = |names: Vec<String>| columns.iter().any(|column| names.iter().all(|name| name != column.name()));
    !folder(path).join("CURRENT").is_file() || DB::list_cf(&rocksdb::Options::default(), folder(path)).is_ok_and(lacks)
}

/// The folder of RocksDB's own files within the store's folder.
pub(crate) fn folder(path: &Path) -> PathBuf {
    path.join("db")
}

fn sort_open_error(path: &Path, error: &rocksdb::Error) -> StoreError {
    let text = error.to_string();
    let is_lock = text.contains("LOCK") && (text.contains("lock hold by") || text.contains("temporarily unavailable"));
    match is_lock || text.contains("No locks available") {
        true => StoreError::Locked { path: path.display().to_string() },
        false => StoreError::of_rocksdb("open the database", error),
    }
}

impl Database {
    fn of(db: DB, options: &Options) -> Database {
        let recent = Recent::new(options.records_mib * 1024 * 1024);
        Database { db, sync: options.sync, recent, archive: OnceLock::new() }
    }

    /// Makes an empty database, in the place of one whose creation was interrupted.
    pub(crate) fn create(path: &Path, options: &Options, columns: &[Column]) -> Result<Database, StoreError> {
        fs::create_dir_all(path).map_err(|e| StoreError::of_io("create the folder", &e))?;
        let database = options.database(true, DBRecoveryMode::TolerateCorruptedTailRecords);
        let db = DB::open_cf_descriptors(&database, folder(path), options.columns(columns))
            .map_err(|e| sort_open_error(path, &e))?;
        Ok(Database::of(db, options))
    }

    /// Removes the files of a database that nobody has open.
    pub(crate) fn destroy(path: &Path) -> Result<(), StoreError> {
        DB::destroy(&rocksdb::Options::default(), folder(path)).map_err(|e| sort_open_error(path, &e))
    }

    /// Opens a database that exists.
    ///
    /// The write-ahead log is read in the mode that takes a last record cut short for one that was being written, and any
    /// other damage for damage: synced data cannot vanish silently. After a loss of power the unsynced tail may hold
    /// zeros instead of being short, which that mode cannot tell from damage. Then `is_whole` looks at what a reading up
    /// to the damage yields, without changing a file: only if nothing that was acknowledged is missing is it accepted.
    pub(crate) fn open(
        path: &Path,
        options: &Options,
        columns: &[Column],
        is_whole: impl FnOnce(&Database) -> Result<bool, StoreError>,
    ) -> Result<Database, StoreError> {
        let open = |recovery| {
            DB::open_cf_descriptors(&options.database(false, recovery), folder(path), options.columns(columns))
        };
        let damage = match open(DBRecoveryMode::TolerateCorruptedTailRecords) {
            Ok(db) => return Ok(Database::of(db, options)),
            Err(e) if e.kind() == ErrorKind::Corruption => e,
            Err(e) => return Err(sort_open_error(path, &e)),
        };
        let refused = StoreError::of_rocksdb("open the database", &damage);
        let look = options.database(false, DBRecoveryMode::PointInTime);
        let Ok(db) = DB::open_cf_descriptors_read_only(&look, folder(path), options.columns(columns), false) else {
            return Err(refused);
        };
        if !is_whole(&Database::of(db, options))? {
            return Err(refused);
        }
        tracing::warn!(%damage, "the tail of the write-ahead log is damaged behind the last synced block: it is cut off");
        let db = open(DBRecoveryMode::PointInTime).map_err(|e| sort_open_error(path, &e))?;
        Ok(Database::of(db, options))
    }

    pub(crate) fn column(&self, column: Column) -> Result<&ColumnFamily, StoreError> {
        self.db
            .cf_handle(column.name())
            .ok_or_else(|| StoreError::corrupt(column.name(), "the column family is missing"))
    }

    /// Writes a batch whole or not at all.
    pub(crate) fn write(&self, batch: WriteBatch, synced: bool) -> Result<(), StoreError> {
        let mut how = WriteOptions::default();
        how.set_sync(synced && self.sync);
        self.db.write_opt(batch, &how).map_err(|e| StoreError::of_rocksdb("write", &e))
    }

    /// What is there now.
    pub(crate) fn live(&self) -> Reader<'_> {
        Reader { database: self, snapshot: None }
    }

    /// What is there now, also later.
    pub(crate) fn frozen(&self) -> Reader<'_> {
        Reader { database: self, snapshot: Some(self.db.snapshot()) }
    }
}

/// Reads of the newest data or of one moment.
pub(crate) struct Reader<'a> {
    database: &'a Database,
    snapshot: Option<Snapshot<'a>>,
}

impl<'a> Reader<'a> {
    pub(crate) fn recent(&self) -> &Recent {
        &self.database.recent
    }

    /// Whether this is a slice: it alone has the column.
    pub(crate) fn is_slice(&self) -> bool {
        self.database.db.cf_handle(Column::Own.name()).is_some()
    }

    pub(crate) fn archive(&self) -> Option<&Archive> {
        self.database.archive.get().map(Arc::as_ref)
    }

    pub(crate) fn get(&self, column: Column, key: &[u8]) -> Result<Option<DBPinnableSlice<'_>>, StoreError> {
        let family = self.database.column(column)?;
        let found = match &self.snapshot {
            Some(snapshot) => snapshot.get_pinned_cf(family, key),
            None => self.database.db.get_pinned_cf(family, key),
        };
        found.map_err(|e| StoreError::of_rocksdb("read", &e))
    }

    /// An iterator for seeking here and there.
    pub(crate) fn cursor(&self, column: Column) -> Result<Cursor<'_>, StoreError> {
        self.iterate(column, ReadOptions::default())
    }

    /// An iterator for reading from end to end, which leaves the cache to others.
    pub(crate) fn scan(&self, column: Column) -> Result<Cursor<'_>, StoreError> {
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        options.set_readahead_size(READ_AHEAD_BYTES);
        self.iterate(column, options)
    }

    fn iterate(&self, column: Column, options: ReadOptions) -> Result<Cursor<'_>, StoreError> {
        let family = self.database.column(column)?;
        let iterator = match &self.snapshot {
            Some(snapshot) => snapshot.raw_iterator_cf_opt(family, options),
            None => self.database.db.raw_iterator_cf_opt(family, options),
        };
        Ok(Cursor { iterator })
    }
}

/// A position in a column family. An end that is really an error is told apart from an end.
pub(crate) struct Cursor<'a> {
    iterator: DBRawIterator<'a>,
}

impl Cursor<'_> {
    pub(crate) fn seek(&mut self, key: &[u8]) {
        self.iterator.seek(key);
    }

    pub(crate) fn advance(&mut self) {
        if self.iterator.valid() {
            self.iterator.next();
        }
    }

    /// The key and value here; none at the end.
    pub(crate) fn item(&self) -> Result<Option<(&[u8], &[u8])>, StoreError> {
        match self.iterator.item() {
            Some(item) => Ok(Some(item)),
            None => {
                self.iterator.status().map_err(|e| StoreError::of_rocksdb("read on", &e))?;
                Ok(None)
            }
        }
    }
}
