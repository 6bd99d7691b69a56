//! A slice: what one organisation keeps of a ledger that it does not execute.
//!
//! It has the columns and lists of a whole ledger, filled with records, events, transactions and links that were proven
//! under certified headers (`proof` does that, the caller calls it), and one column more for what a ledger has in its
//! blocks. The root in its tip is that of the records that it has: damage is found as ever, proofs of the ledger's
//! state are not possible. See `docs/formats/store.md`, "A slice".

pub(crate) mod check;

use crate::{
    Options, Store, StoreError, Tip, View,
    column::{Column, FORMAT, SLICE, event_key, feed_key, height_key, meta, read_hash, read_u64},
    database::{Database, Reader},
    feed,
    genesis::{build_tree, clear_interrupted},
    marker::Marker,
    read::{MAX_PAGE, TxLocation},
    view::{State, Writer},
};
use ledger::{
    BlockId, Certificate, Event, Hash, Header, ItemId, NetworkId, OrgId, Receipt, SignedTx, StateKey, Timestamp, TxId,
    WriteSet,
    block::{FeedLink, feed_head},
    bounds::MAX_TX_BYTES,
    codec,
    record::FeedRecord,
};
use rocksdb::WriteBatch;
use std::{
    path::Path,
    sync::{Arc, Mutex, RwLock},
};

/// Heads that are kept though nothing names their heights.
pub const MAX_LOOSE_HEADS: usize = 1_024;

/// Bytes of `upto`: number of the last link (8), head (32) and height (8) after it.
const UPTO_BYTES: usize = 48;
/// Bytes of the longest receipt with its height that is read.
const MAX_RECEIPT_BYTES: usize = 256 * 1024;

/// What the keys of [`Column::Own`] begin with.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
enum Own {
    /// `height (8) || index (4)`: bytes of a transaction.
    Tx = 1,
    /// `transaction (32)`: canonical (height, receipt).
    Receipt = 2,
    /// `item (32)`: height (8) and the gzip of its bundle.
    File = 3,
    /// `hash of a state key (32)`: height (8) at which the record, or its absence, was proven last.
    AsOf = 4,
    /// Alone: what the caller keeps beside the head.
    Kept = 5,
    /// `height (8)`: a head that nothing names.
    Loose = 6,
}

impl Own {
    fn key(self, rest: &[u8]) -> Vec<u8> {
        let mut key = Vec::with_capacity(1 + rest.len());
        key.push(self as u8);
        key.extend_from_slice(rest);
        key
    }

    fn tx(height: u64, index: u32) -> Vec<u8> {
        Own::Tx.key(&[&height.to_be_bytes()[..], &index.to_be_bytes()[..]].concat())
    }

    fn loose(height: u64) -> Vec<u8> {
        Own::Loose.key(&height_key(height))
    }
}

/// One step of a slice: all of it is there afterwards, or nothing.
#[derive(Clone, Debug)]
pub struct SliceBatch<'a> {
    /// The head: of the height of the tip, or a later one.
    pub head: &'a Header,
    /// Its certificate. The signatures are not checked here.
    pub certificate: &'a Certificate,
    /// Height of the head that the records were proven under, which may be another than `head`: so old a bundle is, or so
    /// new a record that was asked for. What is here and was proven later is left as it is.
    pub as_of: u64,
    /// Records; a removal where absence was proven. Bytes as they came are put by [`WriteSet::restore`].
    pub writes: WriteSet,
    /// Events of items.
    pub events: Vec<Event>,
    /// Links of the organisation's feed, from the one behind the last on.
    pub links: Vec<FeedLink>,
    /// Headers of the heights that transactions and links stand at.
    pub headers: Vec<Header>,
    /// Transactions that concern the organisation.
    pub txs: Vec<OwnTx>,
    /// What else the caller keeps with the head, such as the proofs under it; none leaves what is there.
    pub kept: Option<&'a [u8]>,
}

/// A transaction with its receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnTx {
    /// Height of its block.
    pub height: u64,
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
    /// Its receipt.
    pub receipt: Receipt,
}

impl Store {
    /// Makes an empty slice; what an interrupted creation left behind is replaced.
    ///
    /// Errors: [`StoreError::Exists`], [`StoreError::Locked`], [`StoreError::Full`], [`StoreError::Disk`].
    pub fn create_slice(path: &Path, options: Options, network: NetworkId, org: OrgId) -> Result<Store, StoreError> {
        clear_interrupted(path, &options)?;
        let database = Database::create(path, &options, &Column::SLICE)?;
        let tree = build_tree(&database.live(), 0)?;
        let (block, root) = (BlockId::default(), tree.root());
        let tip = Tip { height: 0, header: None, block, root, leaves: 0 };
        let marker = Marker::create(path, tip.mark())?;
        let mut batch = WriteBatch::default();
        let place = database.column(Column::Meta)?;
        batch.put_cf(place, meta::FORMAT, FORMAT);
        batch.put_cf(place, meta::NETWORK, network.0.as_bytes());
        batch.put_cf(place, meta::KIND, [SLICE, org.0.as_bytes()].concat());
        batch.put_cf(place, meta::UPTO, upto_value(&nothing()));
        batch.put_cf(place, meta::TIP, tip.to_bytes());
        database.write(batch, true)?;
        let never = Timestamp(u64::MAX);
        let state = RwLock::new(Arc::new(State { tip, tree, expiry_floor: never, due_floor: never }));
        let writer = Mutex::new(Writer { marker, failed: false });
        Ok(Store { database, options, network, slice: Some(org), writer, state })
    }

    /// Opens the slice of an organisation. Errors: [`StoreError::SliceOther`], and those of [`Store::open`].
    pub fn open_slice(path: &Path, options: Options, org: OrgId) -> Result<Store, StoreError> {
        let store = Store::open(path, options)?;
        let found = match store.slice_of() {
            Some(of) if of == org => return Ok(store),
            Some(other) => format!("the slice of {other}"),
            None => "a whole ledger".into(),
        };
        Err(StoreError::SliceOther { expected: org, found })
    }

    /// Lets the feed of an empty slice begin behind a record of it that was proven, instead of with its first link.
    ///
    /// Errors: [`StoreError::SliceGap`] when the slice has begun, [`StoreError::Slice`] for a whole ledger,
    /// [`StoreError::Full`], [`StoreError::Disk`], [`StoreError::Stopped`].
    pub fn begin_slice(&self, feed: &FeedRecord) -> Result<(), StoreError> {
        let mut writer = self.writing()?;
        let known = self.upto_at_rest()?.count;
        if self.tip().height > 0 {
            return Err(StoreError::SliceGap { known, problem: "it has begun already" });
        }
        let mut batch = WriteBatch::default();
        batch.put_cf(self.database.column(Column::Meta)?, meta::UPTO, upto_value(feed));
        let written = self.database.write(batch, true);
        writer.failed = written.is_err();
        written
    }

    /// Puts one step into the slice: one synced batch, then the marker, then the tree in memory.
    ///
    /// On any error nothing of it is there, save after [`StoreError::Full`] or [`StoreError::Disk`], as with
    /// [`Store::commit`]. Errors besides: [`StoreError::Block`] for parts that do not belong together,
    /// [`StoreError::SliceGap`] for links that do not continue the feed, [`StoreError::Slice`] for a whole ledger,
    /// [`StoreError::Record`], [`StoreError::Corrupt`], [`StoreError::Stopped`].
    pub fn put_slice(&self, mut batch: SliceBatch<'_>) -> Result<(), StoreError> {
        let mut writer = self.writing()?;
        let (org, before) = (self.slice.unwrap_or_default(), self.upto_at_rest()?);
        self.check_parts(&batch)?;
        let upto = continued(&org, &before, &batch)?;
        batch.writes = self.newer(&org, &batch)?;
        // The lock of the writer is held, so nothing is between disk and memory.
        let view = View { reader: self.database.live(), state: self.now(), network: self.network };
        let candidate = view.prepare(&batch.writes)?;
        drop(view);
        let tip = Tip {
            height: batch.head.height,
            block: batch.head.id(),
            root: candidate.root(),
            leaves: candidate.leaves(),
            header: Some(batch.head.clone()),
        };
        let mut written = WriteBatch::default();
        self.put_parts(&mut written, &batch)?;
        self.put_heads(&mut written, &batch)?;
        written.put_cf(self.database.column(Column::Meta)?, meta::UPTO, upto_value(&upto));
        self.put_state(&mut written, &candidate, &tip)?;
        self.advance(&mut writer, written, tip, candidate)
    }

    /// Keeps the last bundle of an item, as of a height; an older one is ignored. It is not synced: it can be had
    /// again.
    ///
    /// Errors: [`StoreError::Slice`] for a whole ledger, [`StoreError::Full`], [`StoreError::Disk`],
    /// [`StoreError::Stopped`].
    pub fn put_file(&self, item: &ItemId, height: u64, gz: &[u8]) -> Result<(), StoreError> {
        let mut writer = self.writing()?;
        if self.slice.is_none() {
            return Err(StoreError::Slice { doing: "keep a bundle beside the whole ledger" });
        }
        let key = Own::File.key(item.0.as_bytes());
        let reader = self.database.live();
        if reader.get(Column::Own, &key)?.and_then(|value| read_u64(&value)).is_some_and(|known| known > height) {
            return Ok(());
        }
        let mut batch = WriteBatch::default();
        batch.put_cf(self.database.column(Column::Own)?, key, [&height.to_be_bytes()[..], gz].concat());
        let written = self.database.write(batch, false);
        writer.failed = written.is_err();
        written
    }

    /// How far the feed goes, while the lock of the writer is held. Error: [`StoreError::Slice`] for a whole ledger.
    fn upto_at_rest(&self) -> Result<FeedRecord, StoreError> {
        let upto = self.database.live().upto()?;
        upto.ok_or(StoreError::Slice { doing: "put a part of a ledger into the whole" })
    }

    /// Whether the parts belong to this network, to each other and to what is there.
    fn check_parts(&self, batch: &SliceBatch<'_>) -> Result<(), StoreError> {
        let SliceBatch { head, certificate, headers, txs, events, .. } = batch;
        let (height, id, tip) = (head.height, head.id(), self.tip());
        let refuse = |problem| Err(StoreError::Block { height, problem });
        let mut all = headers.iter().chain([*head]);
        let checks = [
            (height > tip.height || (height == tip.height && id == tip.block), "the slice has another or a later head"),
            (certificate.height == height && certificate.block == id, "the certificate is of another block"),
            (all.all(|h| h.network == self.network && h.height <= height), "a header is of elsewhere or of later"),
            (
                headers.iter().all(|h| h.height != height || h == *head),
                "another header stands at the height of the head",
            ),
            (txs.iter().all(|tx| tx.height <= height && tx.is_whole()), "a transaction is not that of its receipt"),
        ];
        if let Some((_, problem)) = checks.into_iter().find(|(holds, _)| !holds) {
            return refuse(problem);
        }
        let reader = self.database.live();
        for header in headers.iter().chain([*head]) {
            if reader.header(header.height)?.is_some_and(|known| known != *header) {
                return refuse("another header stands at that height");
            }
        }
        for event in events {
            let known = reader.get(Column::Events, &event_key(&event.item, event.n))?;
            if known.is_some_and(|known| *known != *codec::encode(event)) {
                return refuse("another event stands in its place");
            }
        }
        for OwnTx { height, bytes, receipt } in txs {
            if reader.own_tx_bytes(*height, receipt.index)?.is_some_and(|known| known != *bytes) {
                return refuse("another transaction stands in its place");
            }
        }
        Ok(())
    }

    /// The records of a batch of which nothing later is here. That of the feed is the one that its links lead to.
    fn newer(&self, org: &OrgId, batch: &SliceBatch<'_>) -> Result<WriteSet, StoreError> {
        let reader = self.database.live();
        let mut writes = WriteSet::default();
        for (key, change) in batch.writes.changes() {
            if *key == StateKey::Feed(*org) || reader.as_of(key)?.is_none_or(|known| known <= batch.as_of) {
                writes.restore(key.clone(), Some(change.clone()));
            }
        }
        Ok(writes)
    }

    /// Adds what stands under keys of its own.
    fn put_parts(&self, written: &mut WriteBatch, batch: &SliceBatch<'_>) -> Result<(), StoreError> {
        let SliceBatch { head: _, certificate: _, as_of, writes, events, links, headers: _, txs, kept } = batch;
        let column = |c| self.database.column(c);
        for event in events {
            written.put_cf(column(Column::Events)?, event_key(&event.item, event.n), codec::encode(event));
        }
        for link in links {
            written.put_cf(column(Column::Feeds)?, feed_key(&link.org, link.count), feed::value(link));
        }
        let own = column(Column::Own)?;
        for OwnTx { height, bytes, receipt } in txs {
            written.put_cf(own, Own::tx(*height, receipt.index), bytes);
            written.put_cf(own, Own::Receipt.key(receipt.tx.0.as_bytes()), codec::encode(&(*height, receipt.clone())));
        }
        for (key, _) in writes.changes() {
            written.put_cf(own, Own::AsOf.key(key.hash().as_bytes()), height_key(*as_of));
        }
        if let Some(kept) = kept {
            written.put_cf(own, Own::Kept.key(&[]), kept);
        }
        Ok(())
    }

    /// Adds the headers, and takes away the oldest heads that nothing names.
    fn put_heads(&self, written: &mut WriteBatch, batch: &SliceBatch<'_>) -> Result<(), StoreError> {
        let SliceBatch { head, certificate, headers, .. } = batch;
        let (at, of) = (self.database.column(Column::Headers)?, self.database.column(Column::Certificates)?);
        let own = self.database.column(Column::Own)?;
        let reader = self.database.live();
        let is_named = |height: u64| headers.iter().any(|header| header.height == height);
        let mut loose = reader.loose_heads()?;
        loose.retain(|height| !is_named(*height));
        for header in headers {
            written.put_cf(at, height_key(header.height), codec::encode(header));
            written.delete_cf(own, Own::loose(header.height));
        }
        if !is_named(head.height) && reader.header(head.height)?.is_none() {
            written.put_cf(own, Own::loose(head.height), []);
            loose.push(head.height);
        }
        written.put_cf(at, height_key(head.height), codec::encode(*head));
        written.put_cf(of, height_key(head.height), codec::encode(*certificate));
        let surplus = loose.len().saturating_sub(MAX_LOOSE_HEADS);
        for height in loose.into_iter().take(surplus) {
            written.delete_cf(at, height_key(height));
            written.delete_cf(of, height_key(height));
            written.delete_cf(own, Own::loose(height));
        }
        Ok(())
    }
}

impl OwnTx {
    /// Whether the bytes are those of the transaction that the receipt is of.
    fn is_whole(&self) -> bool {
        let tx = codec::decode(&self.bytes, MAX_TX_BYTES);
        tx.is_ok_and(|tx: SignedTx| tx.body.id() == self.receipt.tx)
    }
}

impl View<'_> {
    /// The last bundle of an item that was kept: the height it is of, and its gzip. None in a whole ledger.
    pub fn file(&self, item: &ItemId) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        let what = || StoreError::corrupt(format!("the bundle of item {item}"), "it is cut short");
        let Some(bytes) = self.reader.own(&Own::File.key(item.0.as_bytes()))? else { return Ok(None) };
        let (height, gz) = bytes.split_at_checked(8).ok_or_else(what)?;
        Ok(Some((read_u64(height).ok_or_else(what)?, gz.to_vec())))
    }

    /// The height at which a record, or that there is none, was proven last; none where it never was, and in a whole
    /// ledger, whose records are all of its tip.
    pub fn as_of(&self, key: &StateKey) -> Result<Option<u64>, StoreError> {
        self.reader.as_of(key)
    }

    /// How far the feed of a slice goes: what its last link makes of the feed's record. None in a whole ledger.
    pub fn upto(&self) -> Result<Option<FeedRecord>, StoreError> {
        self.reader.upto()
    }

    /// What the caller kept beside the last head; see [`SliceBatch::kept`].
    pub fn kept(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.reader.own(&Own::Kept.key(&[]))
    }
}

impl Reader<'_> {
    /// A value of the column that a slice alone has.
    fn own(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.is_slice() {
            true => Ok(self.get(Column::Own, key)?.map(|value| value.to_vec())),
            false => Ok(None),
        }
    }

    fn as_of(&self, key: &StateKey) -> Result<Option<u64>, StoreError> {
        let Some(bytes) = self.own(&Own::AsOf.key(key.hash().as_bytes()))? else { return Ok(None) };
        let cut = || StoreError::corrupt(format!("the height of the record {key:?}"), "it is cut short");
        read_u64(&bytes).map(Some).ok_or_else(cut)
    }

    fn upto(&self) -> Result<Option<FeedRecord>, StoreError> {
        if !self.is_slice() {
            return Ok(None);
        }
        let bytes = self.get(Column::Meta, meta::UPTO)?;
        let upto = bytes.and_then(|bytes| read_upto(&bytes));
        upto.map(Some).ok_or_else(|| StoreError::corrupt("the end of the feed", "it is missing or cut short"))
    }

    /// Where a transaction of a slice stands.
    pub(crate) fn own_tx(&self, id: &TxId) -> Result<Option<TxLocation>, StoreError> {
        let Some(bytes) = self.own(&Own::Receipt.key(id.0.as_bytes()))? else { return Ok(None) };
        let bad = |detail: String| StoreError::corrupt(format!("the receipt of transaction {id}"), detail);
        let (height, receipt): (u64, Receipt) =
            codec::decode(&bytes, MAX_RECEIPT_BYTES).map_err(|e| bad(e.to_string()))?;
        match receipt.tx == *id {
            true => Ok(Some(TxLocation { height, index: receipt.index, receipt })),
            false => Err(bad("another stands in its place".into())),
        }
    }

    pub(crate) fn own_tx_bytes(&self, height: u64, index: u32) -> Result<Option<Vec<u8>>, StoreError> {
        self.own(&Own::tx(height, index))
    }

    /// What stands under `owner || n` from the number `from` on, ascending; numbers may be missing.
    pub(crate) fn sparse<T>(
        &self,
        column: Column,
        owner: &Hash,
        (from, limit): (u64, usize),
        read: impl Fn(u64, &[u8], &[u8]) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        let mut cursor = self.cursor(column)?;
        cursor.seek(&event_key(&ItemId(*owner), from));
        while found.len() < limit.min(MAX_PAGE) {
            let Some((key, value)) = cursor.item()? else { break };
            let Some(n) = key.strip_prefix(owner.as_bytes()).and_then(read_u64) else { break };
            found.push(read(n, key, value)?);
            cursor.advance();
        }
        Ok(found)
    }

    /// Heights of heads that nothing names, ascending.
    fn loose_heads(&self) -> Result<Vec<u64>, StoreError> {
        let prefix = Own::Loose.key(&[]);
        let mut heights = Vec::new();
        let mut cursor = self.cursor(Column::Own)?;
        cursor.seek(&prefix);
        while let Some((key, _)) = cursor.item()? {
            let Some(height) = key.strip_prefix(prefix.as_slice()).and_then(read_u64) else { break };
            heights.push(height);
            cursor.advance();
        }
        Ok(heights)
    }
}

/// The record of a feed without links.
fn nothing() -> FeedRecord {
    FeedRecord { count: 0, head: Hash::default(), height: 0 }
}

fn upto_value(feed: &FeedRecord) -> [u8; UPTO_BYTES] {
    let mut bytes = [0; UPTO_BYTES];
    bytes[..8].copy_from_slice(&feed.count.to_be_bytes());
    bytes[8..40].copy_from_slice(feed.head.as_bytes());
    bytes[40..].copy_from_slice(&feed.height.to_be_bytes());
    bytes
}

fn read_upto(bytes: &[u8]) -> Option<FeedRecord> {
    (bytes.len() == UPTO_BYTES).then_some(())?;
    Some(FeedRecord { count: read_u64(bytes)?, head: read_hash(bytes.get(8..)?)?, height: read_u64(bytes.get(40..)?)? })
}

/// Where the feed ends after the links of a batch, which follow each other and what is there. The record of the feed,
/// where it is written, is the one of that end.
fn continued(org: &OrgId, before: &FeedRecord, batch: &SliceBatch<'_>) -> Result<FeedRecord, StoreError> {
    let refuse = |problem| Err(StoreError::SliceGap { known: before.count, problem });
    let mut last = before.clone();
    for link in &batch.links {
        let count = last.count.saturating_add(1);
        let head = feed_head(org, count, &last.head, link.height, &link.root());
        if link.org != *org || link.count != count || link.head != head {
            return refuse("a link does not follow the one before");
        }
        if link.height <= last.height || link.height > batch.head.height {
            return refuse("a link is of no later block, or of one above the head");
        }
        last = link.record();
    }
    let leads_there = match batch.writes.change(&StateKey::Feed(*org)) {
        None => true,
        Some(None) => last.count == 0,
        Some(Some(record)) => *record == codec::encode(&last),
    };
    match leads_there {
        true => Ok(last),
        false => refuse("the links do not lead to the record of the feed"),
    }
}
