//! The change from one height to the next: the root it will have, and the one batch that makes it durable.

use crate::{
    Store, StoreError, Tip, View,
    column::{Column, event_key, feed_key, height_key, location_value, meta},
    feed,
    index::{self, Entry},
    leaf::{self, Leaf},
    options::{AFTER_TREE, AFTER_WRITE, BEFORE_WRITE},
    receipts,
    tree::{LeafChange, Overlay},
    view::Writer,
};
use ledger::{
    Certificate, Event, Hash, Header, Receipt, StateKey, Timestamp, WriteSet, block::FeedLink, codec, tag,
    tree as hashing,
};
use rocksdb::WriteBatch;
use std::sync::{Arc, MutexGuard};

/// A certified block with all that follows from it.
#[derive(Clone, Debug)]
pub struct Commit<'a> {
    /// Canonical bytes of the block.
    pub block: &'a [u8],
    /// Its header.
    pub header: Header,
    /// The certificate at hand. Its signatures are not checked here.
    pub certificate: Certificate,
    /// Receipts of its transactions, by position.
    pub receipts: Vec<Receipt>,
    /// Events of the block, ascending for each item.
    pub events: Vec<Event>,
    /// One link for each feed that the writes change.
    pub feeds: Vec<FeedLink>,
    /// Changes to the state.
    pub writes: WriteSet,
    /// What [`Store::candidate`] made of those changes; it is made here when there is none, or an old one.
    pub candidate: Option<Candidate>,
}

/// One changed record.
#[derive(Clone, Debug)]
struct Change {
    position: Hash,
    key_bytes: Vec<u8>,
    /// Value hash and bytes of the new leaf; none for a removal.
    leaf: Option<(Hash, Vec<u8>)>,
    entries: Vec<Entry>,
    /// Whether the record may be asked for again soon. What remembers a transaction is not: its key is all there is.
    is_kept: bool,
}

impl Change {
    /// What is worth keeping in memory: position, hash of the leaf, record.
    fn of_recent(&self) -> Option<(Hash, Hash, Arc<[u8]>)> {
        if !self.is_kept {
            return None;
        }
        let (value, bytes) = self.leaf.as_ref()?;
        let record = Leaf::parse(bytes)?.record;
        Some((self.position, hashing::leaf(&self.position, value), record.into()))
    }

    fn of_tree(&self) -> LeafChange {
        (self.position, self.leaf.as_ref().map(|(value, _)| hashing::leaf(&self.position, value)))
    }
}

/// What a set of writes makes of the state: its root, and what a commit of the same writes need not compute again.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Height and root that it builds on.
    base: (u64, Hash),
    overlay: Overlay,
    /// By position.
    changes: Vec<Change>,
    /// For each change in the order of the writes its place in `changes`.
    order: Vec<usize>,
    removed_entries: Vec<Entry>,
    added_entries: Vec<Entry>,
}

impl Candidate {
    /// Root of the state after the writes.
    pub fn root(&self) -> Hash {
        self.overlay.root
    }

    /// Records in the state after the writes.
    pub fn leaves(&self) -> u64 {
        self.overlay.leaves
    }

    /// The first key at which the writes differ from those that it was made from.
    fn first_difference<'w>(&self, writes: &'w WriteSet) -> Option<&'w StateKey> {
        let mut order = self.order.iter();
        for (key, record) in writes.changes() {
            let Some(change) = order.next().and_then(|at| self.changes.get(*at)) else { return Some(key) };
            let mine = change.leaf.as_ref().and_then(|(_, bytes)| Leaf::parse(bytes)).map(|l| l.record);
            if change.key_bytes != codec::encode(key) || mine != record.as_deref() {
                return Some(key);
            }
        }
        None
    }
}

impl View<'_> {
    /// See [`Store::candidate`].
    pub fn candidate(&self, writes: &WriteSet) -> Result<Candidate, StoreError> {
        match self.reader.is_slice() {
            true => Err(StoreError::Slice { doing: "compute the state after a block" }),
            false => self.prepare(writes),
        }
    }

    /// The same for a slice too, whose root is of the records that it has.
    pub(crate) fn prepare(&self, writes: &WriteSet) -> Result<Candidate, StoreError> {
        let (changes, order) = changes_of(writes)?;
        let tree = &self.state.tree;
        let (mut removed_entries, mut added_entries) = (Vec::new(), Vec::new());
        for ((key, _), at) in writes.changes().zip(&order) {
            if index::has_entries(key)
                && let Some(change) = changes.get(*at)
            {
                let before = self.entries_before(key, &change.position)?;
                let (removed, added) = index::difference(before, &change.entries);
                removed_entries.extend(removed);
                added_entries.extend(added);
            }
        }
        let leaves: Vec<LeafChange> = changes.iter().map(Change::of_tree).collect();
        let base = (self.state.tip.height, self.state.tip.root);
        Ok(Candidate { base, overlay: tree.overlay(leaves), changes, order, removed_entries, added_entries })
    }

    /// List entries of the record that is there now.
    fn entries_before(&self, key: &StateKey, position: &Hash) -> Result<Vec<Entry>, StoreError> {
        let record = match index::needs_record(key) {
            true => self.reader.record(&self.state.tree, key)?,
            false => self.state.tree.leaf(position).map(|_| Arc::from([])),
        };
        match record {
            Some(record) => index::entries(key, &record).map_err(|e| StoreError::corrupt("a record", e.to_string())),
            None => Ok(Vec::new()),
        }
    }
}

/// The changes by position, and the place of each in the order of the writes.
fn changes_of(writes: &WriteSet) -> Result<(Vec<Change>, Vec<usize>), StoreError> {
    let mut changes = Vec::with_capacity(writes.len());
    for (at, (key, record)) in writes.changes().enumerate() {
        let key_bytes = codec::encode(key);
        let (leaf, entries) = match record {
            Some(record) => (Some(leaf::encode(key, &key_bytes, record)?), index::entries(key, record)?),
            None => (None, Vec::new()),
        };
        let is_kept = !matches!(key, StateKey::Seen { .. } | StateKey::Due { .. });
        let position = Hash::of_bytes(&tag::STATE_KEY, &key_bytes);
        changes.push((at, Change { position, key_bytes, leaf, entries, is_kept }));
    }
    changes.sort_unstable_by_key(|(_, c)| c.position);
    let mut order = vec![0; changes.len()];
    for (place, (at, _)) in changes.iter().enumerate() {
        order[*at] = place;
    }
    Ok((changes.into_iter().map(|(_, change)| change).collect(), order))
}

/// Whether there is exactly one link of this height for each record of a feed that is written, and it leads there.
fn has_its_feeds(commit: &Commit<'_>) -> bool {
    let written = commit.writes.changes().filter(|(key, _)| matches!(key, StateKey::Feed(_))).count();
    let is_written = |link: &FeedLink| {
        let record = commit.writes.change(&StateKey::Feed(link.org));
        link.height == commit.header.height && record == Some(&Some(codec::encode(&link.record())))
    };
    let ascends = commit.feeds.windows(2).all(|pair| matches!(pair, [a, b] if a.org < b.org));
    ascends && written == commit.feeds.len() && commit.feeds.iter().all(is_written)
}

impl Store {
    /// The state root after these writes, without changing anything.
    ///
    /// Errors: [`StoreError::Record`] for a record that could not be read again, [`StoreError::Corrupt`],
    /// [`StoreError::Disk`], [`StoreError::Stopped`], [`StoreError::Slice`].
    pub fn candidate(&self, writes: &WriteSet) -> Result<Candidate, StoreError> {
        self.view()?.candidate(writes)
    }

    /// Makes a block the last one: one synced batch, then the tree in memory.
    ///
    /// On any error nothing of the block is there, save after [`StoreError::Full`] or [`StoreError::Disk`], when the
    /// next opening tells; the store writes nothing more before that. Errors besides: [`StoreError::Height`],
    /// [`StoreError::Block`], [`StoreError::WrongRoot`], [`StoreError::Candidate`], [`StoreError::Record`],
    /// [`StoreError::Corrupt`], [`StoreError::Stopped`], [`StoreError::Slice`].
    pub fn commit(&self, mut commit: Commit<'_>) -> Result<(), StoreError> {
        let mut writer = self.writing()?;
        if self.slice.is_some() {
            return Err(StoreError::Slice { doing: "commit a block" });
        }
        self.check(&commit)?;
        let candidate = self.candidate_of(commit.candidate.take(), &commit.writes)?;
        if candidate.root() != commit.header.state {
            return Err(StoreError::WrongRoot {
                height: commit.header.height,
                stated: commit.header.state,
                computed: candidate.root(),
            });
        }
        let tip = Tip {
            height: commit.header.height,
            block: commit.header.id(),
            root: candidate.root(),
            leaves: candidate.leaves(),
            header: Some(commit.header.clone()),
        };
        let batch = self.batch(&commit, &candidate, &tip)?;
        self.advance(&mut writer, batch, tip, candidate)
    }

    /// The lock of whoever writes. Error: [`StoreError::Stopped`].
    pub(crate) fn writing(&self) -> Result<MutexGuard<'_, Writer>, StoreError> {
        let writer = self.writer.lock().map_err(|_| StoreError::Stopped)?;
        match writer.failed {
            true => Err(StoreError::Stopped),
            false => Ok(writer),
        }
    }

    /// Writes the batch that makes a tip, synced, and brings memory to where the disk is then.
    pub(crate) fn advance(
        &self,
        writer: &mut MutexGuard<'_, Writer>,
        batch: WriteBatch,
        tip: Tip,
        candidate: Candidate,
    ) -> Result<(), StoreError> {
        (self.options.failpoint)(BEFORE_WRITE);
        // From here on memory may be behind the disk; only the end of this function makes them equal again.
        writer.failed = true;
        self.database.write(batch, true)?;
        (self.options.failpoint)(AFTER_WRITE);
        self.publish(writer, tip, candidate)?;
        (self.options.failpoint)(AFTER_TREE);
        Ok(())
    }

    fn check(&self, commit: &Commit<'_>) -> Result<(), StoreError> {
        let header = &commit.header;
        let height = header.height;
        let tip = self.tip();
        if height != tip.height.saturating_add(1) {
            return Err(StoreError::Height { expected: tip.height.saturating_add(1), found: height });
        }
        let id = header.id();
        let certificate = &commit.certificate;
        let checks = [
            (header.network == self.network, "it is of another network"),
            (header.parent == tip.block, "its parent is not the last block"),
            (commit.block.starts_with(&codec::encode(header)), "the bytes are not those of a block with this header"),
            (certificate.height == height && certificate.block == id, "the certificate is of another block"),
            (
                commit.receipts.iter().enumerate().all(|(i, r)| usize::try_from(r.index) == Ok(i)),
                "the receipts are not in the order of the transactions",
            ),
            (commit.events.iter().all(|e| e.at.height == height), "an event is of another height"),
            (has_its_feeds(commit), "the links of feeds are not those of the records that it writes"),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, problem)) => Err(StoreError::Block { height, problem }),
            None => Ok(()),
        }
    }

    /// The candidate given, if it builds on the last height and is of the same writes; a new one otherwise.
    fn candidate_of(&self, given: Option<Candidate>, writes: &WriteSet) -> Result<Candidate, StoreError> {
        let tip = self.tip();
        let Some(given) = given.filter(|c| c.base == (tip.height, tip.root)) else {
            // The lock of the writer is held, so nothing is between disk and memory.
            let view = View { reader: self.database.live(), state: self.now(), network: self.network };
            return view.prepare(writes);
        };
        if let Some(key) = given.first_difference(writes) {
            return Err(StoreError::Candidate { key: format!("{key:?}") });
        }
        match given.changes.len() == writes.len() {
            true => Ok(given),
            false => Err(StoreError::Candidate { key: "a key that is no longer written".into() }),
        }
    }

    fn batch(&self, commit: &Commit<'_>, candidate: &Candidate, tip: &Tip) -> Result<WriteBatch, StoreError> {
        let mut batch = WriteBatch::default();
        let column = |c| self.database.column(c);
        let height = height_key(tip.height);
        batch.put_cf(column(Column::Headers)?, height, codec::encode(&commit.header));
        batch.put_cf(column(Column::Blocks)?, height, commit.block);
        batch.put_cf(column(Column::Certificates)?, height, codec::encode(&commit.certificate));
        batch.put_cf(column(Column::Receipts)?, height, receipts::pack(&commit.receipts)?);
        let transactions = column(Column::Transactions)?;
        for receipt in &commit.receipts {
            batch.put_cf(transactions, receipt.tx.0.as_bytes(), location_value(tip.height, receipt.index));
        }
        let events = column(Column::Events)?;
        for event in &commit.events {
            batch.put_cf(events, event_key(&event.item, event.n), codec::encode(event));
        }
        let feeds = column(Column::Feeds)?;
        for link in &commit.feeds {
            batch.put_cf(feeds, feed_key(&link.org, link.count), feed::value(link));
        }
        self.put_state(&mut batch, candidate, tip)?;
        Ok(batch)
    }

    /// Adds the changed records, their entries in lists, and the tip.
    pub(crate) fn put_state(&self, batch: &mut WriteBatch, candidate: &Candidate, tip: &Tip) -> Result<(), StoreError> {
        let column = |c| self.database.column(c);
        let leaves = column(Column::Leaves)?;
        for change in &candidate.changes {
            match &change.leaf {
                Some((_, bytes)) => batch.put_cf(leaves, change.position.as_bytes(), bytes),
                None => batch.delete_cf(leaves, change.position.as_bytes()),
            }
        }
        for (place, entry) in &candidate.removed_entries {
            batch.delete_cf(column(*place)?, entry);
        }
        for (place, entry) in &candidate.added_entries {
            batch.put_cf(column(*place)?, entry, []);
        }
        batch.put_cf(column(Column::Meta)?, meta::TIP, tip.to_bytes());
        Ok(())
    }

    /// Brings memory to where the disk is.
    fn publish(&self, writer: &mut MutexGuard<'_, Writer>, tip: Tip, candidate: Candidate) -> Result<(), StoreError> {
        writer.marker.note(tip.mark())?;
        let before = self.now();
        let expiry_floor = self.floor_after(&candidate, Column::Expiry, before.expiry_floor)?;
        let due_floor = self.floor_after(&candidate, Column::Due, before.due_floor)?;
        drop(before);
        let mut guard = self.state.write().map_err(|_| StoreError::Stopped)?;
        // Copies what views still hold of the height before, and nothing when there is none.
        let state = Arc::make_mut(&mut guard);
        state.tree.apply(candidate.overlay);
        let written = candidate.changes.iter().filter_map(Change::of_recent);
        self.database.recent.remember(written);
        state.tip = tip;
        state.expiry_floor = expiry_floor;
        state.due_floor = due_floor;
        writer.failed = false;
        Ok(())
    }

    /// The new lower bound of a column of times: from the old one, and the earliest just added, over what was removed.
    fn floor_after(&self, candidate: &Candidate, times: Column, before: Timestamp) -> Result<Timestamp, StoreError> {
        let is_time = |(column, _): &&Entry| *column == times;
        let added = candidate.added_entries.iter().filter(is_time);
        let earliest = added.filter_map(|(_, key)| crate::column::read_u64(key)).min().map(Timestamp);
        let floor = before.min(earliest.unwrap_or(Timestamp(u64::MAX)));
        match candidate.removed_entries.iter().any(|e| is_time(&e)) {
            true => self.database.live().first_of(times, floor),
            false => Ok(floor),
        }
    }

    /// Puts a certificate with more signatures in the place of the one stored for the same block; one with fewer or as
    /// many is ignored. It is not synced: losing it leaves the one that was synced with the block.
    ///
    /// Errors: [`StoreError::Certificate`], [`StoreError::Corrupt`], [`StoreError::Full`], [`StoreError::Disk`],
    /// [`StoreError::Stopped`].
    pub fn replace_certificate(&self, certificate: &Certificate) -> Result<(), StoreError> {
        let mut writer = self.writing()?;
        let height = certificate.height;
        let stored = self.database.live().certificate(height)?;
        match stored {
            Some(stored) if stored.block == certificate.block => {
                if certificate.signatures.len() <= stored.signatures.len() {
                    return Ok(());
                }
            }
            other => {
                let stored = other.map(|c| c.block);
                return Err(StoreError::Certificate { height, found: certificate.block, stored });
            }
        }
        let mut batch = WriteBatch::default();
        let place = self.database.column(Column::Certificates)?;
        batch.put_cf(place, height_key(height), codec::encode(certificate));
        let written = self.database.write(batch, false);
        writer.failed = written.is_err();
        written
    }
}
