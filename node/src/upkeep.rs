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
    sync::Arc,
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
    let upkeep = Arc::new(Upkeep { store, snapshots: config.layout().snapshots(), snapshot, prune });
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
    /// Does what is due. What fails is told, and tried again when it is due again: the node goes on.
    fn run(&self) {
        let height = self.store.tip().height;
        let newest = match heights(&self.snapshots) {
            Ok(found) => found.into_iter().max(),
            Err(error) => return tracing::error!(%error, "the folder of snapshots cannot be read"),
        };
        let mut made = newest;
        if let Some(config) = self.snapshot
            && is_due(height, newest, config.every_heights)
        {
            match self.make_snapshot(config.keep) {
                Ok(height) => made = Some(height),
                Err(error) => tracing::error!(%error, code = error.code(), "no snapshot was made"),
            }
        }
        if let Some(config) = &self.prune
            && let Err(error) = self.prune(height, config.keep_heights, made)
        {
            tracing::error!(%error, code = error.code(), "no heights were moved to the archive");
        }
    }

    fn make_snapshot(&self, keep: usize) -> Result<u64, SnapshotError> {
        let disk = |error: io::Error| StoreError::Disk { doing: "keep snapshots", detail: error.to_string() };
        fs::create_dir_all(&self.snapshots).map_err(disk)?;
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
        let below = lowest_kept(height, keep, covered);
        if below < self.store.floor()?.saturating_add(MOVE_AT_ONCE) {
            return Ok(());
        }
        let moved = self.store.prune(below)?;
        tracing::info!(from = moved.from, to = moved.to, events = moved.events, "heights moved to the archive");
        Ok(())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
