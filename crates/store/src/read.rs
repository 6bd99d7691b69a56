//! Reading what is stored: each value is decoded, checked where a hash of it is known, and never trusted for its shape.

use crate::{
    StoreError,
    column::{
        Column, ID_BYTES, List, event_key, expiry_key, height_key, meta, read_expiry_key, read_hash, read_location,
        read_u64,
    },
    database::{Cursor, Reader},
    feed,
    leaf::{self, Leaf},
    receipts,
    tree::Tree,
};
use ledger::{
    Block, BlockId, Certificate, Event, Hash, Header, ItemId, ItemRecord, OrgId, Receipt, StateKey, Timestamp, TxId,
    block::FeedLink,
    bounds::MAX_BLOCK_BYTES,
    codec::{self, CodecError},
    record::FeedRecord,
    state::MAX_RECORD_BYTES,
    tag,
    tree::{self as hashing, StateProof},
};
use std::sync::Arc;

/// Most entries that one call of a listing gives.
pub const MAX_PAGE: usize = 1_000;
/// Bytes of the longest header, receipt or event that is read.
const MAX_SMALL_BYTES: usize = 256 * 1024;

/// Where a transaction is, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxLocation {
    /// Height of its block.
    pub height: u64,
    /// Position in the block, from 0.
    pub index: u32,
    /// Its receipt.
    pub receipt: Receipt,
}

/// A record, or its absence, with the proof under the state root of a height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// Bytes of the record; none if there is no such record.
    pub value: Option<Vec<u8>>,
    /// The proof.
    pub proof: StateProof,
    /// The root it leads to.
    pub root: Hash,
    /// The height whose header holds that root; 0 is genesis.
    pub height: u64,
}

fn bad(what: impl Into<String>) -> impl FnOnce(CodecError) -> StoreError {
    move |e| StoreError::corrupt(what, e.to_string())
}

impl Reader<'_> {
    pub(crate) fn genesis(&self) -> Result<Vec<u8>, StoreError> {
        match self.get(Column::Blocks, &height_key(0))? {
            Some(bytes) => Ok(bytes.to_vec()),
            None => Err(StoreError::corrupt("the genesis", "it is missing")),
        }
    }

    /// The lowest height whose block stands here.
    pub(crate) fn floor(&self) -> Result<u64, StoreError> {
        let Some(bytes) = self.get(Column::Meta, meta::FLOOR)? else { return Ok(1) };
        read_u64(&bytes).ok_or_else(|| StoreError::corrupt("the lowest height", "it is cut short"))
    }

    /// The lowest height that was moved to an archive; none where nothing was.
    pub(crate) fn moved(&self) -> Result<Option<u64>, StoreError> {
        let Some(bytes) = self.get(Column::Meta, meta::MOVED)? else { return Ok(None) };
        let cut = || StoreError::corrupt("the lowest height that was moved", "it is cut short");
        read_u64(&bytes).map(Some).ok_or_else(cut)
    }

    /// What belongs to a height: from here or, below the floor, from the archive.
    fn of_height<T>(
        &self,
        column: Column,
        height: u64,
        read: impl FnOnce(&[u8]) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        if let Some(bytes) = self.get(column, &height_key(height))? {
            return read(&bytes).map(Some);
        }
        let floor = self.floor()?;
        match (1..floor).contains(&height) {
            true => self.of_archive(column, height, floor, read).map(Some),
            false => Ok(None),
        }
    }

    fn of_archive<T>(
        &self,
        column: Column,
        height: u64,
        floor: u64,
        read: impl FnOnce(&[u8]) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let archive = self.archive().ok_or(StoreError::Pruned { floor })?.live();
        match archive.get(column, &height_key(height))? {
            Some(bytes) => read(&bytes),
            None => Err(StoreError::Pruned { floor }),
        }
    }

    pub(crate) fn header(&self, height: u64) -> Result<Option<Header>, StoreError> {
        let read =
            |bytes: &[u8]| codec::decode(bytes, MAX_SMALL_BYTES).map_err(bad(format!("the header of height {height}")));
        match self.get(Column::Headers, &height_key(height))? {
            Some(id) if id.len() == ID_BYTES => {
                let header: Header = self.of_archive(Column::Headers, height, self.floor()?, read)?;
                match read_hash(&id) == Some(header.id().0) {
                    true => Ok(Some(header)),
                    false => Err(StoreError::corrupt(format!("the header of height {height}"), "another is archived")),
                }
            }
            Some(bytes) => read(&bytes).map(Some),
            None => Ok(None),
        }
    }

    /// Identities of blocks, as they are kept or from the bytes of their headers; the caller holds them against a later
    /// header.
    pub(crate) fn block_ids(&self, from: u64, limit: usize) -> Result<Vec<BlockId>, StoreError> {
        let mut ids = Vec::new();
        let mut due = from.max(1);
        let mut cursor = self.cursor(Column::Headers)?;
        cursor.seek(&height_key(due));
        while ids.len() < limit.min(MAX_PAGE) {
            let Some((key, header)) = cursor.item()? else { break };
            if key != height_key(due) {
                return Err(StoreError::corrupt(format!("the header of height {due}"), "it is missing"));
            }
            let kept = (header.len() == ID_BYTES).then(|| read_hash(header)).flatten();
            ids.push(BlockId(kept.unwrap_or_else(|| Hash::of_bytes(&tag::BLOCK_ID, header))));
            due = due.saturating_add(1);
            cursor.advance();
        }
        Ok(ids)
    }

    pub(crate) fn certificate(&self, height: u64) -> Result<Option<Certificate>, StoreError> {
        self.of_height(Column::Certificates, height, |bytes| {
            codec::decode(bytes, MAX_BLOCK_BYTES).map_err(bad(format!("the certificate of height {height}")))
        })
    }

    pub(crate) fn block_bytes(&self, height: u64) -> Result<Option<Vec<u8>>, StoreError> {
        match height {
            // Under height 0 stands the genesis, which is no block.
            0 => Ok(None),
            _ => self.of_height(Column::Blocks, height, |bytes| Ok(bytes.to_vec())),
        }
    }

    pub(crate) fn block(&self, height: u64) -> Result<Option<(Vec<u8>, Certificate)>, StoreError> {
        if self.is_slice() {
            return Ok(None);
        }
        match (self.block_bytes(height)?, self.certificate(height)?) {
            (Some(block), Some(certificate)) => Ok(Some((block, certificate))),
            (None, None) => Ok(None),
            _ => Err(StoreError::corrupt(format!("height {height}"), "only one of block and certificate is there")),
        }
    }

    pub(crate) fn receipts(&self, height: u64) -> Result<Vec<Receipt>, StoreError> {
        let all = self.of_height(Column::Receipts, height, |bytes| {
            receipts::all(bytes)
                .map_err(|e| StoreError::corrupt(format!("the receipts of height {height}"), e.to_string()))
        });
        Ok(all?.unwrap_or_default())
    }

    pub(crate) fn tx(&self, id: &TxId) -> Result<Option<TxLocation>, StoreError> {
        if self.is_slice() {
            return self.own_tx(id);
        }
        let Some(value) = self.get(Column::Transactions, id.0.as_bytes())? else { return self.archived_tx(id) };
        let what = || format!("the place of transaction {id}");
        let (height, index) = read_location(&value).ok_or_else(|| StoreError::corrupt(what(), "it is cut short"))?;
        // Between the two looks the height may have moved to the archive.
        let receipt = self.of_height(Column::Receipts, height, |bytes| {
            receipts::one(bytes, index).map_err(|e| StoreError::corrupt(what(), e.to_string()))
        })?;
        let none = || StoreError::corrupt(what(), "there is no receipt in that place");
        let receipt = receipt.flatten().ok_or_else(none)?;
        match receipt.tx == *id && receipt.index == index {
            true => Ok(Some(TxLocation { height, index, receipt })),
            false => Err(StoreError::corrupt(what(), "the receipt in that place is of another transaction")),
        }
    }

    /// What the archive knows of a transaction below the floor. Above it an archive may be ahead of this store.
    fn archived_tx(&self, id: &TxId) -> Result<Option<TxLocation>, StoreError> {
        let Some(archive) = self.archive() else { return Ok(None) };
        let floor = self.floor()?;
        Ok(archive.live().tx(id)?.filter(|place| place.height < floor))
    }

    pub(crate) fn tx_bytes(&self, height: u64, index: u32) -> Result<Option<Vec<u8>>, StoreError> {
        if self.is_slice() {
            return self.own_tx_bytes(height, index);
        }
        let Some(bytes) = self.block_bytes(height)? else { return Ok(None) };
        let tx = Block::tx_bytes(&bytes, index).map_err(bad(format!("the block of height {height}")))?;
        Ok(tx.map(<[u8]>::to_vec))
    }

    pub(crate) fn events(&self, item: &ItemId, from: u64, limit: usize) -> Result<Vec<Event>, StoreError> {
        let read = |n: u64, _: &[u8], value: &[u8]| {
            let what = || format!("event {n} of item {item}");
            let event: Event = codec::decode(value, MAX_SMALL_BYTES).map_err(bad(what()))?;
            match event.item == *item && event.n == n {
                true => Ok(event),
                false => Err(StoreError::corrupt(what(), "another event stands in its place")),
            }
        };
        match self.is_slice() {
            true => self.sparse(Column::Events, &item.0, (from, limit), read),
            false => self.numbered(Column::Events, &StateKey::Item(*item), &item.0, (from, limit), read),
        }
    }

    pub(crate) fn feed_links(&self, org: &OrgId, from: u64, limit: usize) -> Result<Vec<FeedLink>, StoreError> {
        let read = |n: u64, key: &[u8], value: &[u8]| {
            let link = feed::parse(key, value).filter(|link| link.org == *org && link.count == n);
            let what = || format!("link {n} of the feed of {org}");
            link.ok_or_else(|| StoreError::corrupt(what(), "it does not read, or stands elsewhere"))
        };
        match self.is_slice() {
            true => self.sparse(Column::Feeds, &org.0, (from, limit), read),
            false => self.numbered(Column::Feeds, &StateKey::Feed(*org), &org.0, (from, limit), read),
        }
    }

    /// What stands under `owner || n` from the number `from` on, without a gap: below the floor in the archive, then here.
    fn numbered<T>(
        &self,
        column: Column,
        counted_by: &StateKey,
        owner: &Hash,
        (from, limit): (u64, usize),
        read: impl Fn(u64, &[u8], &[u8]) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        // Counted before the cursor is there: it shows that many at least, whatever is committed meanwhile.
        let counted = self.count(counted_by);
        let mut run = Run { owner, due: from.max(1), end: u64::MAX, room: limit.min(MAX_PAGE), found: Vec::new() };
        let mut cursor = self.cursor(column)?;
        loop {
            run.end = u64::MAX;
            run.seek(&mut cursor);
            run.take(&mut cursor, &read)?;
            let next = run.number(&cursor)?;
            if run.room == 0 {
                return Ok(run.found);
            }
            let floor = self.floor()?;
            if floor == 1 {
                let missing = || StoreError::corrupt(format!("number {} of {owner}", run.due), "it is missing");
                return if next.is_some() { Err(missing()) } else { Ok(run.found) };
            }
            // What was pruned lies between. Where nothing follows it here, the record tells how far it goes.
            run.end = match next {
                Some(next) => next,
                None => counted.clone()?.saturating_add(1),
            };
            if run.due >= run.end {
                return Ok(run.found);
            }
            if let Some(archive) = self.archive() {
                let archive = archive.live();
                let mut cursor = archive.cursor(column)?;
                run.seek(&mut cursor);
                run.take(&mut cursor, &read)?;
            }
            if run.room > 0 && run.due < run.end {
                return Err(StoreError::Pruned { floor });
            }
        }
    }

    /// How many events an item has, or links a feed, as the record here says; it serves to tell what is missing from what
    /// never was, and proves nothing.
    fn count(&self, key: &StateKey) -> Result<u64, StoreError> {
        let Some(bytes) = self.get(Column::Leaves, key.hash().as_bytes())? else { return Ok(0) };
        let record = Leaf::parse(&bytes).map(|leaf| leaf.record).unwrap_or_default();
        let count = match key {
            StateKey::Feed(_) => codec::decode(record, MAX_RECORD_BYTES).map(|feed: FeedRecord| feed.count),
            _ => codec::decode(record, MAX_RECORD_BYTES).map(|item: ItemRecord| item.count),
        };
        count.map_err(bad(format!("the record {key:?}")))
    }

    /// The record of a key in the state that `tree` is of. It is the one that the root stands for: a record that is
    /// missing, another one or an old one does not pass.
    pub(crate) fn record(&self, tree: &Tree, key: &StateKey) -> Result<Option<Arc<[u8]>>, StoreError> {
        let position = key.hash();
        let Some(expected) = tree.leaf(&position) else { return Ok(None) };
        if let Some(record) = self.recent().find(&position, &expected) {
            return Ok(Some(record));
        }
        let what = || format!("the record {key:?}");
        let bytes = self.get(Column::Leaves, position.as_bytes())?;
        let bytes = bytes.ok_or_else(|| StoreError::corrupt(what(), "its leaf is missing"))?;
        let leaf = Leaf::parse(&bytes).ok_or_else(|| StoreError::corrupt(what(), "its leaf is cut short"))?;
        if hashing::leaf(&position, &leaf.value_hash) != expected {
            return Err(StoreError::corrupt(what(), "its leaf is not the one that the state root stands for"));
        }
        let record: Arc<[u8]> = leaf.checked(key, &codec::encode(key))?.into();
        self.recent().remember([(position, expected, Arc::clone(&record))]);
        Ok(Some(record))
    }

    /// Value hash of the leaf at a position.
    pub(crate) fn value_hash(&self, position: &Hash) -> Result<Hash, StoreError> {
        let bytes = self.get(Column::Leaves, position.as_bytes())?;
        let hash = bytes.and_then(|b| leaf::value_hash(&b));
        hash.ok_or_else(|| StoreError::corrupt("a leaf of the state tree", "it is missing or cut short"))
    }

    /// Remembered transactions that expire from `floor` to `until`; the caller knows that there are none before.
    pub(crate) fn expired(
        &self,
        floor: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, TxId)>, StoreError> {
        self.timed(Column::Expiry, floor, until, limit)
    }

    /// What is due from `floor` to `until`; the caller knows that there is nothing before.
    pub(crate) fn due(
        &self,
        floor: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, Hash)>, StoreError> {
        Ok(self.timed(Column::Due, floor, until, limit)?.into_iter().map(|(at, id)| (at, id.0)).collect())
    }

    fn timed(
        &self,
        column: Column,
        floor: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, TxId)>, StoreError> {
        let mut found = Vec::new();
        let mut cursor = self.cursor(column)?;
        cursor.seek(&expiry_key(floor, &TxId::default()));
        while found.len() < limit {
            let Some((key, _)) = cursor.item()? else { break };
            let entry = read_expiry_key(key).ok_or_else(|| StoreError::corrupt("a time", "its key is cut short"))?;
            if entry.0 > until {
                break;
            }
            found.push(entry);
            cursor.advance();
        }
        Ok(found)
    }

    /// The earliest time at or after `floor` in a column of times; the end of time when nothing is there.
    pub(crate) fn first_of(&self, column: Column, floor: Timestamp) -> Result<Timestamp, StoreError> {
        let first = self.timed(column, floor, Timestamp(u64::MAX), 1)?;
        Ok(first.first().map_or(Timestamp(u64::MAX), |(at, _)| *at))
    }

    /// Members of a list behind `after`, ascending.
    pub(crate) fn list(
        &self,
        list: List,
        owner: Option<&Hash>,
        after: Option<&[u8; 32]>,
        limit: usize,
    ) -> Result<Vec<Hash>, StoreError> {
        let prefix = list.prefix(owner);
        let mut members = Vec::new();
        let mut cursor = self.cursor(Column::Lists)?;
        match after {
            None => cursor.seek(&prefix),
            Some(after) => {
                // A zero byte more than the key: the next key there can be.
                let mut key = list.key(owner, after);
                key.push(0);
                cursor.seek(&key);
            }
        }
        while members.len() < limit.min(MAX_PAGE) {
            let Some((key, _)) = cursor.item()? else { break };
            let Some(member) = key.strip_prefix(prefix.as_slice()) else { break };
            let member = member.try_into().map_err(|_| StoreError::corrupt("a list", "a member is cut short"))?;
            members.push(Hash(member));
            cursor.advance();
        }
        Ok(members)
    }
}

/// A run of numbers of one owner that is being read.
struct Run<'a, T> {
    owner: &'a Hash,
    /// The next number.
    due: u64,
    /// Behind the last that is wanted.
    end: u64,
    /// How many may still be taken.
    room: usize,
    found: Vec<T>,
}

impl<T> Run<'_, T> {
    /// The number of this owner that the cursor stands on.
    fn number(&self, cursor: &Cursor<'_>) -> Result<Option<u64>, StoreError> {
        let Some((key, _)) = cursor.item()? else { return Ok(None) };
        Ok(key.strip_prefix(self.owner.as_bytes()).and_then(read_u64))
    }

    fn seek(&self, cursor: &mut Cursor<'_>) {
        cursor.seek(&event_key(&ItemId(*self.owner), self.due));
    }

    /// Takes on as long as the next number follows.
    fn take(
        &mut self,
        cursor: &mut Cursor<'_>,
        read: &impl Fn(u64, &[u8], &[u8]) -> Result<T, StoreError>,
    ) -> Result<(), StoreError> {
        while self.room > 0 && self.due < self.end {
            let Some((key, value)) = cursor.item()? else { break };
            if key != event_key(&ItemId(*self.owner), self.due) {
                break;
            }
            self.found.push(read(self.due, key, value)?);
            self.due = self.due.saturating_add(1);
            self.room = self.room.saturating_sub(1);
            cursor.advance();
        }
        Ok(())
    }
}

/// Key and value hash of the leaf that a cursor stands on.
pub(crate) fn leaf_of(key: &[u8], value: &[u8]) -> Result<(Hash, Hash), StoreError> {
    let cut = || StoreError::corrupt("a leaf of the state tree", "its key or value is cut short");
    let key = key.try_into().map_err(|_| cut())?;
    Ok((Hash(key), leaf::value_hash(value).ok_or_else(cut)?))
}
