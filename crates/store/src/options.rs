//! Local knobs. None of them changes a root, a proof or a byte that is certified.

use crate::column::Column;
use rocksdb::{BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompressionType, DBRecoveryMode, LogLevel};

/// Names at which [`Options::failpoint`] is called, in the order in which a commit reaches them.
pub const FAIL_POINTS: [&str; 3] = [BEFORE_WRITE, AFTER_WRITE, AFTER_TREE];
/// Everything is checked, nothing is written.
pub(crate) const BEFORE_WRITE: &str = "store.commit.before_write";
/// The batch is synced, memory does not know it.
pub(crate) const AFTER_WRITE: &str = "store.commit.after_write";
/// The tree in memory is the new one.
pub(crate) const AFTER_TREE: &str = "store.commit.after_tree";

const MIB: usize = 1024 * 1024;
/// Bits per key of the bloom filters: one look-up in a hundred reads a block in vain.
const BLOOM_BITS: f64 = 10.0;
/// Bytes of one data block of the leaves: a bucket's leaves lie in one or two.
const LEAF_BLOCK_BYTES: usize = 4 * 1024;
/// Blocks and receipts from this size on lie in blob files.
const MIN_BLOB_BYTES: u64 = 4 * 1024;
/// Bytes of one data block elsewhere.
const BLOCK_BYTES: usize = 16 * 1024;
/// Memory is taken for a column family in steps of this; there are thirteen of them.
const ARENA_BYTES: usize = 256 * 1024;
/// RocksDB's own log: two files of this size.
const LOG_BYTES: usize = 256 * 1024;
/// Version of RocksDB's table format; 6 and later bind checksums to their place and cover the footer.
const TABLE_FORMAT: i32 = 6;

/// How a store uses the machine.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Memory for writes that are not in tables yet, all column families together, in MiB.
    /// More means fewer flushes and merges, and dearer puts.
    pub memtable_mib: usize,
    /// Memory for uncompressed blocks read, in MiB.
    pub cache_mib: usize,
    /// Memory for records read or written lately, in MiB; a block's execution and its commit read the same ones.
    pub records_mib: usize,
    /// Whether a commit is synced to the disk before it returns. False in benchmarks only.
    pub sync: bool,
    /// Table files open at a time.
    pub open_files: u16,
    /// Threads for flushes and compactions together.
    pub background_threads: u8,
    /// Called with a name of [`FAIL_POINTS`]; a test may end the process there.
    pub failpoint: fn(&str),
}

impl Default for Options {
    fn default() -> Self {
        Options {
            memtable_mib: 64,
            cache_mib: 32,
            records_mib: 32,
            sync: true,
            open_files: 256,
            background_threads: 2,
            failpoint: |_| {},
        }
    }
}

impl Options {
    pub(crate) fn database(&self, create: bool, recovery: DBRecoveryMode) -> rocksdb::Options {
        let mut options = rocksdb::Options::default();
        options.create_if_missing(create);
        options.create_missing_column_families(create);
        options.set_paranoid_checks(true);
        options.set_wal_recovery_mode(recovery);
        options.set_track_and_verify_wals_in_manifest(true);
        options.set_db_write_buffer_size(self.memtable_mib.max(1) * MIB);
        options.set_max_total_wal_size((self.memtable_mib.max(1) * 2 * MIB) as u64);
        options.set_max_open_files(i32::from(self.open_files.max(16)));
        options.set_max_file_opening_threads(1);
        options.set_max_background_jobs(i32::from(self.background_threads.max(1)));
        options.set_max_subcompactions(1);
        // One commit at a time writes: what lets writers share a table would only cost.
        options.set_allow_concurrent_memtable_write(false);
        options.set_enable_write_thread_adaptive_yield(false);
        options.set_bytes_per_sync(MIB as u64);
        options.set_log_level(LogLevel::Warn);
        options.set_keep_log_file_num(2);
        options.set_max_log_file_size(LOG_BYTES);
        options.set_stats_dump_period_sec(0);
        options.set_stats_persist_period_sec(0);
        options
    }

    pub(crate) fn columns(&self, which: &[Column]) -> Vec<ColumnFamilyDescriptor> {
        let cache = Cache::new_lru_cache(self.cache_mib.max(1) * MIB);
        which.iter().map(|c| ColumnFamilyDescriptor::new(c.name(), self.column(*c, &cache))).collect()
    }

    fn column(&self, column: Column, cache: &Cache) -> rocksdb::Options {
        let mut table = BlockBasedOptions::default();
        table.set_block_cache(cache);
        table.set_format_version(TABLE_FORMAT);
        let mut options = rocksdb::Options::default();
        match column {
            // Random keys, records of a few hundred bytes that are mostly hashes: compression would only cost time.
            Column::Leaves | Column::Transactions => {
                table.set_block_size(LEAF_BLOCK_BYTES);
                table.set_bloom_filter(BLOOM_BITS, false);
                options.set_compression_type(DBCompressionType::None);
            }
            // Large values under keys that only grow: kept in files of their own, they are never merged again.
            Column::Blocks | Column::Receipts => {
                options.set_enable_blob_files(true);
                options.set_min_blob_size(MIN_BLOB_BYTES);
                options.set_compression_type(DBCompressionType::Lz4);
            }
            Column::Meta
            | Column::Headers
            | Column::Certificates
            | Column::Events
            | Column::Feeds
            | Column::Lists
            | Column::Expiry
            | Column::Due
            | Column::Own => {
                table.set_block_size(BLOCK_BYTES);
                options.set_compression_type(DBCompressionType::Lz4);
            }
        }
        options.set_block_based_table_factory(&table);
        options.set_write_buffer_size(self.memtable_mib.max(1) * MIB / 2);
        options.set_arena_block_size(ARENA_BYTES);
        options
    }
}
