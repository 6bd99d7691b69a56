//! What a running node does beside the ledger's work: snapshots for others to start from, and heights that move to the
//! archive. One task, which waits for each piece of work: there are never two at once.

use crate::{
    config::{Config, PruneConfig, SnapshotConfig},
    handle::Committed,
    snapshot::heights,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use store::{
    Archive, Store, StoreError,
    snapshot::{self, SnapshotError},
};
use tokio::{
    sync::{broadcast, watch},
    task::JoinHandle,
};

/// Heights that are moved together, at least: a step reads and writes, and is not worth it for one.
const MOVE_AT_ONCE: u64 = 1_000;
/// Heights that are moved before a look at whether the node is to end: the rest follows at the next block.
const MOVE_AT_MOST: u64 = 10_000;
/// Heights that pass before what has failed is tried again: a try may write as much as the state is large.
const REST: u64 = 100;
/// Memory of an archive, in MiB: nothing in it is read twice in a row.
const ARCHIVE_MIB: usize = 8;

/// Opens the archive that the configuration names, if any, and lets the store look into it.
pub(crate) fn attach_archive(config: &Config, store: &Store) -> Result<(), StoreError> {
    match config.archive() {
        Some(folder) => store.attach(Arc::new(open_archive(&folder, config, store)?)),
        None => Ok(()),
    }
}

/// The archive of a store in a folder.
pub(crate) fn open_archive(folder: &Path, config: &Config, store: &Store) -> Result<Archive, StoreError> {
    let options =
        store::Options { memtable_mib: ARCHIVE_MIB, cache_mib: ARCHIVE_MIB, records_mib: 0, ..config.store_options() };
    Archive::open(folder, options, store.network())
}

/// What is to be done, and where.
struct Upkeep {
    store: Arc<Store>,
    snapshots: PathBuf,
    snapshot: Option<SnapshotConfig>,
    prune: Option<PruneConfig>,
    /// The height from which on something may be tried again.
    rested: AtomicU64,
}

/// Works beside the node until `end` says so or no block comes any more; none where nothing is to be done.
pub(crate) fn begin(
    config: &Config,
    store: Arc<Store>,
    mut blocks: broadcast::Receiver<Committed>,
    mut end: watch::Receiver<bool>,
) -> Option<JoinHandle<()>> {
    let (snapshot, prune) = (config.snapshot, config.prune.clone());
    if snapshot.is_none() && prune.is_none() {
        return None;
    }
    let (snapshots, rested) = (config.layout().snapshots(), AtomicU64::new(0));
    let upkeep = Arc::new(Upkeep { store, snapshots, snapshot, prune, rested });
    Some(tokio::spawn(async move {
        loop {
            tokio::select! {
                biased;
                _ = end.wait_for(|end| *end) => return,
                block = blocks.recv() => match block {
                    // What was missed is no loss: what is due follows from the last height.
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return,
                },
            }
            let work = upkeep.clone();
            if let Err(error) = tokio::task::spawn_blocking(move || work.run()).await {
                tracing::error!(%error, "the upkeep of the ledger ended");
                return;
            }
        }
    }))
}

impl Upkeep {
    /// Does what is due, unless something has failed lately.
    fn run(&self) {
        let height = self.store.tip().height;
        if height >= self.rested.load(Ordering::Relaxed) && !self.work(height) {
            self.rested.store(height.saturating_add(REST), Ordering::Relaxed);
        }
    }

    /// Does what is due; whether nothing failed. What fails is told, and the node goes on.
    fn work(&self, height: u64) -> bool {
        let newest = match heights(&self.snapshots) {
            Ok(found) => found.into_iter().max(),
            Err(error) => {
                tracing::error!(%error, "the folder of snapshots cannot be read");
                return false;
            }
        };
        let (mut made, mut well) = (newest, true);
        if let Some(config) = self.snapshot
            && is_due(height, newest, config.every_heights)
        {
            match self.make_snapshot(config.keep) {
                Ok(height) => made = Some(height),
                Err(error) => {
                    tracing::error!(%error, code = error.code(), "no snapshot was made");
                    well = false;
                }
            }
        }
        if let Some(config) = &self.prune
            && let Err(error) = self.prune(height, config.keep_heights, made)
        {
            tracing::error!(%error, code = error.code(), "no heights were moved to the archive");
            well = false;
        }
        well
    }

    fn make_snapshot(&self, keep: usize) -> Result<u64, SnapshotError> {
        let disk = |error: io::Error| StoreError::Disk { doing: "keep snapshots", detail: error.to_string() };
        fs::create_dir_all(&self.snapshots).and_then(|()| remove_drafts(&self.snapshots)).map_err(disk)?;
        let view = self.store.view()?;
        let height = view.tip().height;
        let manifest = snapshot::make(&view, &self.snapshots.join(height.to_string()))?;
        drop(view);
        tracing::info!(height, records = manifest.leaves(), bytes = manifest.bytes(), "snapshot made");
        let mut kept = heights(&self.snapshots).map_err(disk)?;
        kept.sort_unstable();
        kept.truncate(kept.len().saturating_sub(keep));
        for old in kept {
            fs::remove_dir_all(self.snapshots.join(old.to_string())).map_err(disk)?;
        }
        Ok(height)
    }

    fn prune(&self, height: u64, keep: u64, snapshot: Option<u64>) -> Result<(), StoreError> {
        let covered = if self.snapshot.is_some() { Some(snapshot.unwrap_or(0)) } else { None };
        let Some(below) = next_floor(self.store.floor()?, lowest_kept(height, keep, covered)) else { return Ok(()) };
        let moved = self.store.prune(below)?;
        tracing::info!(from = moved.from, to = moved.to, events = moved.events, "heights moved to the archive");
        Ok(())
    }
}

/// Removes what interrupted makings left: each has the name of its height, under which nobody begins again.
fn remove_drafts(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let height = name.to_str().and_then(|name| name.strip_suffix(".new")).map(str::parse::<u64>);
        if matches!(height, Some(Ok(_))) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn is_due(height: u64, newest: Option<u64>, every: u64) -> bool {
    height >= newest.unwrap_or(0).saturating_add(every)
}

/// The lowest height that stays: some behind the last and, where snapshots are made, what follows the newest of them. So
/// a node that starts from it finds here what it has to fetch.
fn lowest_kept(height: u64, keep: u64, covered: Option<u64>) -> u64 {
    let below = height.saturating_sub(keep);
    covered.map_or(below, |covered| below.min(covered.saturating_add(1)))
}

/// Where the floor is to be after the next move towards the lowest height that stays; none while that is not worth it.
fn next_floor(floor: u64, lowest: u64) -> Option<u64> {
    let most = lowest.min(floor.saturating_add(MOVE_AT_MOST));
    (most >= floor.saturating_add(MOVE_AT_ONCE)).then_some(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{NetworkId, WriteSet};

    #[test]
    fn what_interrupted_makings_left_goes_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["7", "8.new", "123.new", "of others.new", "new"] {
            fs::create_dir_all(folder.path().join(name).join("leaves")).unwrap();
        }
        remove_drafts(folder.path()).unwrap();
        let left = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut left: Vec<String> = left.collect();
        left.sort_unstable();
        assert_eq!(left, ["7", "new", "of others.new"]);
    }

    #[test]
    fn what_has_failed_is_not_tried_again_at_the_next_block() {
        let folder = tempfile::tempdir().unwrap();
        let writes = WriteSet::default();
        let network = NetworkId::default();
        let store = Store::create(&folder.path().join("store"), store::Options::default(), b"", network, &writes, &[]);
        let snapshots = folder.path().join("snapshots");
        fs::write(&snapshots, "no folder").unwrap();
        let (store, snapshot) = (Arc::new(store.unwrap()), Some(SnapshotConfig { every_heights: 10, keep: 1 }));
        let upkeep = Upkeep { store, snapshots: snapshots.clone(), snapshot, prune: None, rested: AtomicU64::new(0) };
        upkeep.run();
        assert_eq!(upkeep.rested.load(Ordering::Relaxed), REST);
        fs::remove_file(&snapshots).unwrap();
        assert!(upkeep.work(0), "nothing is due, and nothing fails");
    }

    #[test]
    fn heights_move_neither_one_by_one_nor_all_at_once() {
        for (floor, lowest, expected) in [
            (1, 0, None),
            (1, 1_000, None),
            (1, 1_001, Some(1_001)),
            (1, 10_001, Some(10_001)),
            (1, 5_000_000, Some(10_001)),
            (10_001, 10_500, None),
            (20_000, 5, None),
        ] {
            assert_eq!(next_floor(floor, lowest), expected, "{floor} {lowest}");
        }
    }

    #[test]
    fn a_snapshot_is_due_once_for_so_many_heights() {
        for (height, newest, due) in
            [(9, None, false), (10, None, true), (19, Some(10), false), (20, Some(10), true), (500, Some(10), true)]
        {
            assert_eq!(is_due(height, newest, 10), due, "{height} {newest:?}");
        }
    }

    #[test]
    fn what_stays_is_what_was_asked_for_and_what_follows_the_newest_snapshot() {
        let check = |height, covered, expected| assert_eq!(lowest_kept(height, 10_000, covered), expected);
        check(9_000, None, 0);
        check(30_000, None, 20_000);
        check(30_000, Some(25_000), 20_000);
        check(30_000, Some(15_000), 15_001);
        // Snapshots are to be made, and none is there.
        check(30_000, Some(0), 1);
    }
}
