//! Moving heights from a store to its archive: copied, synced, read back, and only then removed.

use super::Archive;
use crate::{
    MAX_PAGE, Store, StoreError, View,
    column::{Column, event_key, feed_key, height_key, meta},
    database::Database,
    feed,
};
use ledger::{
    Block, BlockId, Event, Hash, Header, OrgId, Outcome, Receipt, SignedTx,
    block::{EventRef, FeedLink},
    codec, list,
    state::MAX_RECORD_BYTES,
    transaction,
};
use rocksdb::WriteBatch;
use std::collections::BTreeSet;

/// Heights that are moved in one step.
const STEP: u64 = 1_000;
/// Bytes of blocks after which a step ends early: what is removed together stays small.
const STEP_BYTES: usize = 32 * 1024 * 1024;
/// What belongs to a height under its number.
const OF_HEIGHT: [Column; 4] = [Column::Headers, Column::Blocks, Column::Certificates, Column::Receipts];

/// What was moved to the archive, or found there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The lowest height.
    pub from: u64,
    /// The height behind the last.
    pub to: u64,
    /// Transactions of those heights.
    pub transactions: u64,
    /// Events of those heights.
    pub events: u64,
    /// Links of feeds of those heights.
    pub links: u64,
}

/// Keys, besides heights, of what is moved in one step.
#[derive(Default)]
struct Step {
    end: u64,
    transactions: Vec<Hash>,
    events: Vec<EventRef>,
    links: Vec<(OrgId, u64)>,
}

fn events_of(receipt: &Receipt) -> &[EventRef] {
    match &receipt.outcome {
        Outcome::Accepted { events } => events,
        Outcome::Rejected { .. } => &[],
    }
}

fn lost(what: String) -> StoreError {
    StoreError::corrupt(what, "it is missing")
}

impl Store {
    /// Moves all heights below this one to the archive that is attached; the last height stays. The state, the identities
    /// of blocks, and the headers and certificates at which seats changed stay as well.
    ///
    /// Interrupted, it can be begun again. Errors: [`StoreError::Archive`] when none is attached, or what was copied there
    /// reads otherwise; [`StoreError::Corrupt`], [`StoreError::Full`], [`StoreError::Disk`], [`StoreError::Stopped`].
    pub fn prune(&self, below: u64) -> Result<Pruned, StoreError> {
        let none = || StoreError::Archive { path: "prune.archive".into(), detail: "none is attached".into() };
        let archive = self.database.archive.get().cloned().ok_or_else(none)?;
        let below = below.min(self.tip().height);
        let floor = self.floor()?;
        let mut pruned = Pruned { from: floor, to: floor, ..Pruned::default() };
        while pruned.to < below {
            let step = self.prune_step(&archive, pruned.to, below)?;
            pruned.to = step.end;
            pruned.transactions += step.transactions.len() as u64;
            pruned.events += step.events.len() as u64;
            pruned.links += step.links.len() as u64;
        }
        Ok(pruned)
    }

    fn prune_step(&self, archive: &Archive, from: u64, below: u64) -> Result<Step, StoreError> {
        let view = self.view()?;
        let mut step = Step { end: from, ..Step::default() };
        let mut bytes = 0;
        let last = below.min(from.saturating_add(STEP));
        while step.end < last && bytes < STEP_BYTES {
            bytes += archive.take_height(&view, &mut step)?;
        }
        archive.take_links(&view, &mut step)?;
        archive.close(from, step.end)?;
        for height in from..step.end {
            archive.check_height(height, view.block_ids(height, 1)?.first())?;
        }
        for (org, count) in &step.links {
            let (copied, own) = (archive.link(org, *count)?, view.feed_links(org, *count, 1)?);
            if copied.as_ref() != own.first() {
                return Err(archive.refuse(format!("link {count} of the feed of {org} reads otherwise there")));
            }
        }
        let kept: BTreeSet<u64> = view.seat_changes()?.iter().map(|change| change.header.height).collect();
        let removal = self.removal(&view, from, &step, &kept)?;
        drop(view);
        self.write_removal(removal)?;
        Ok(step)
    }

    /// One batch: the floor moves up, and what lies below it goes.
    fn removal(&self, view: &View<'_>, from: u64, step: &Step, kept: &BTreeSet<u64>) -> Result<WriteBatch, StoreError> {
        let mut batch = WriteBatch::default();
        let column = |column| self.database.column(column);
        for height in from..step.end {
            let key = height_key(height);
            batch.delete_cf(column(Column::Blocks)?, key);
            batch.delete_cf(column(Column::Receipts)?, key);
            if !kept.contains(&height) {
                let id = view.block_ids(height, 1)?.first().copied();
                let id = id.ok_or_else(|| lost(format!("the header of height {height}")))?;
                batch.put_cf(column(Column::Headers)?, key, id.0.as_bytes());
                batch.delete_cf(column(Column::Certificates)?, key);
            }
        }
        for tx in &step.transactions {
            batch.delete_cf(column(Column::Transactions)?, tx.as_bytes());
        }
        for event in &step.events {
            batch.delete_cf(column(Column::Events)?, event_key(&event.item, event.n));
        }
        for (org, count) in &step.links {
            batch.delete_cf(column(Column::Feeds)?, feed_key(org, *count));
        }
        batch.put_cf(column(Column::Meta)?, meta::FLOOR, height_key(step.end));
        if view.reader.moved()?.is_none() {
            batch.put_cf(column(Column::Meta)?, meta::MOVED, height_key(from));
        }
        Ok(batch)
    }

    /// Writes between two commits, under the same rule: after a write that failed there is no other.
    fn write_removal(&self, removal: WriteBatch) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().map_err(|_| StoreError::Stopped)?;
        if writer.failed {
            return Err(StoreError::Stopped);
        }
        let written = self.database.write(removal, true);
        writer.failed = written.is_err();
        written
    }
}

impl Archive {
    /// Copies the next height of a step, and notes what belongs to it; gives its bytes.
    fn take_height(&self, view: &View<'_>, step: &mut Step) -> Result<usize, StoreError> {
        let height = step.end;
        let mut batch = WriteBatch::default();
        let mut bytes = 0;
        for column in OF_HEIGHT {
            let value = view.reader.get(column, &height_key(height))?;
            let value = value.ok_or_else(|| lost(format!("a part of height {height} ({})", column.name())))?;
            bytes += value.len();
            batch.put_cf(self.database.column(column)?, height_key(height), &value);
        }
        for receipt in view.receipts(height)? {
            let key = receipt.tx.0;
            copy(&self.database, view, &mut batch, Column::Transactions, key.as_bytes())?;
            step.transactions.push(key);
            for event in events_of(&receipt) {
                copy(&self.database, view, &mut batch, Column::Events, &event_key(&event.item, event.n))?;
                step.events.push(*event);
            }
        }
        self.database.write(batch, false)?;
        step.end = height.saturating_add(1);
        Ok(bytes)
    }

    /// Copies the links of all feeds below the end of a step: they are the first of each feed.
    fn take_links(&self, view: &View<'_>, step: &mut Step) -> Result<(), StoreError> {
        let mut cursor = view.reader.cursor(Column::Feeds)?;
        let mut after = None;
        loop {
            let orgs = view.orgs(after, MAX_PAGE)?;
            let mut batch = WriteBatch::default();
            for org in &orgs {
                cursor.seek(&feed_key(org, 0));
                while let Some((key, value)) = cursor.item()? {
                    let Some(link) = feed::parse(key, value).filter(|link| link.org == *org) else { break };
                    if link.height >= step.end {
                        break;
                    }
                    batch.put_cf(self.database.column(Column::Feeds)?, key, value);
                    step.links.push((*org, link.count));
                    cursor.advance();
                }
            }
            self.database.write(batch, false)?;
            match orgs.last() {
                Some(last) if orgs.len() == MAX_PAGE => after = Some(*last),
                _ => return Ok(()),
            }
        }
    }

    /// Makes all that was copied durable, and says which heights are here: those as well that were here already.
    fn close(&self, from: u64, to: u64) -> Result<(), StoreError> {
        let (from, to) = self.span()?.map_or((from, to), |(begin, end)| (begin.min(from), end.max(to)));
        let mut batch = WriteBatch::default();
        let span = [height_key(from), height_key(to)].concat();
        batch.put_cf(self.database.column(Column::Meta)?, meta::SPAN, span);
        self.database.write(batch, true)
    }

    /// Reads everything of a height and checks it, from its header down; `id` is the identity of its block.
    fn check_height(&self, height: u64, id: Option<&BlockId>) -> Result<Pruned, StoreError> {
        let reader = self.live();
        let wrong = |what: &str| self.refuse(format!("height {height}: {what}"));
        let header = reader.header(height)?.ok_or_else(|| wrong("it has no header"))?;
        if Some(&header.id()) != id {
            return Err(wrong("its header is not that of its block"));
        }
        let (bytes, certificate) = reader.block(height)?.ok_or_else(|| wrong("it has no block"))?;
        let block = Block::from_bytes(&bytes).map_err(|_| wrong("its block does not read"))?;
        if block.header != header || (certificate.height, certificate.block) != (height, header.id()) {
            return Err(wrong("block, header and certificate are of different blocks"));
        }
        let receipts = reader.receipts(height)?;
        check_body(&header, &block, &receipts).map_err(&wrong)?;
        let mut found = Pruned { from: height, to: height.saturating_add(1), ..Pruned::default() };
        for receipt in &receipts {
            found.transactions += 1;
            let place = reader.tx(&receipt.tx)?;
            if place.is_none_or(|place| (place.height, place.index) != (height, receipt.index)) {
                return Err(wrong("a transaction is not found by its identity"));
            }
            for event in events_of(receipt) {
                found.events += 1;
                let bytes = reader.get(Column::Events, &event_key(&event.item, event.n))?;
                let read = bytes.and_then(|bytes| codec::decode::<Event>(&bytes, MAX_RECORD_BYTES).ok());
                if read.is_none_or(|read| read.hash() != event.hash) {
                    return Err(wrong("an event is missing, or another than its receipt names"));
                }
            }
        }
        Ok(found)
    }

    fn link(&self, org: &OrgId, count: u64) -> Result<Option<FeedLink>, StoreError> {
        let reader = self.live();
        let key = feed_key(org, count);
        Ok(reader.get(Column::Feeds, &key)?.and_then(|value| feed::parse(&key, &value)))
    }

    /// Checks that what the store has moved is here, and reads everything up to the store's last height: each height against
    /// the identity of its block, which the store keeps, and the links of each feed against each other and the store's next.
    ///
    /// Errors: [`StoreError::Archive`] for the first thing that is wrong, [`StoreError::Corrupt`], [`StoreError::Disk`].
    pub fn check(&self, store: &Store) -> Result<Pruned, StoreError> {
        let view = store.view()?;
        if view.network() != self.network {
            return Err(self.refuse(format!("it is of the network {}", self.network)));
        }
        self.fits(&view.reader)?;
        let Some((from, to)) = self.span()? else { return Ok(Pruned::default()) };
        let to = to.min(view.tip().height.saturating_add(1));
        let mut found = Pruned { from, to, ..Pruned::default() };
        for height in from..to {
            let of_height = self.check_height(height, view.block_ids(height, 1)?.first())?;
            found.transactions += of_height.transactions;
            found.events += of_height.events;
        }
        found.links = self.check_links(&view)?;
        Ok(found)
    }

    /// Follows each feed through the archive and into the store; gives the number of links here.
    fn check_links(&self, view: &View<'_>) -> Result<u64, StoreError> {
        let reader = self.live();
        let mut cursor = reader.scan(Column::Feeds)?;
        cursor.seek(&[]);
        let mut links = 0;
        let mut before: Option<FeedLink> = None;
        while let Some((key, value)) = cursor.item()? {
            let link = feed::parse(key, value).ok_or_else(|| self.refuse("a link of a feed does not read"))?;
            match before.take().filter(|before| before.org == link.org) {
                Some(before) if !feed::follows(&before.record(), &link) => {
                    let (count, org) = (link.count, link.org);
                    return Err(
                        self.refuse(format!("link {count} of the feed of {org} does not follow the one before"))
                    );
                }
                _ => {}
            }
            links += 1;
            cursor.advance();
            let goes_on = cursor.item()?.is_some_and(|(key, _)| key.starts_with(link.org.0.as_bytes()));
            if !goes_on {
                let next = view.feed_links(&link.org, link.count.saturating_add(1), 1)?;
                if next.first().is_some_and(|next| !feed::follows(&link.record(), next)) {
                    return Err(self.refuse(format!("the store's feed of {} does not follow the one here", link.org)));
                }
            }
            before = Some(link);
        }
        Ok(links)
    }
}

/// Whether transactions and receipts are those of the header.
fn check_body(header: &Header, block: &Block, receipts: &[Receipt]) -> Result<(), &'static str> {
    let leaf = |bytes: &Vec<u8>| {
        let tx = SignedTx::from_bytes(bytes).ok()?;
        Some(transaction::leaf(&tx.body.id(), &tx.signatures_hash()))
    };
    let leaves: Option<Vec<Hash>> = block.txs.iter().map(leaf).collect();
    if leaves.is_none_or(|leaves| list::root(&leaves) != header.txs) {
        return Err("its transactions are not those of its header");
    }
    let results: Vec<Hash> = receipts.iter().map(Receipt::hash).collect();
    match list::root(&results) == header.results {
        true => Ok(()),
        false => Err("its receipts are not those of its header"),
    }
}

/// Puts what a view has under a key into a batch of the archive.
fn copy(
    archive: &Database,
    view: &View<'_>,
    batch: &mut WriteBatch,
    column: Column,
    key: &[u8],
) -> Result<(), StoreError> {
    let value = view.reader.get(column, key)?;
    let value = value.ok_or_else(|| lost(format!("an entry of {}", column.name())))?;
    batch.put_cf(archive.column(column)?, key, &value);
    Ok(())
}
