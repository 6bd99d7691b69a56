//! The check of everything that is stored, by the code that opens and reads it.

use crate::{
    MAX_PAGE, Store, StoreError, View,
    column::{Column, event_key, height_key, location_value},
    feed,
    genesis::build_tree,
    index,
    leaf::{self, Leaf},
    read::leaf_of,
    slice::check as slice,
};
use ledger::{
    Block, BlockId, Event, Hash, Header, ItemId, ItemRecord, OrgId, Receipt, SignedTx, StateKey, codec, event,
    list::{self, Accumulator},
    record::FeedRecord,
    state::MAX_RECORD_BYTES,
    transaction,
};

/// Findings that a report names; more are only counted.
pub const MAX_FINDINGS: usize = 100;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// What is wrong with it.
    pub problem: String,
}

/// What [`Store::fsck`] read, and what it found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FsckReport {
    /// Height that was checked; 0 is genesis.
    pub height: u64,
    /// The lowest height whose block is here. Of what lies below nothing but the identities of blocks was checked.
    pub floor: u64,
    /// Records of the state.
    pub records: u64,
    /// Blocks.
    pub blocks: u64,
    /// Transactions in them.
    pub transactions: u64,
    /// Events.
    pub events: u64,
    /// Links of feeds.
    pub links: u64,
    /// Entries of lists, expiries and what is due.
    pub entries: u64,
    /// What is wrong, at most [`MAX_FINDINGS`].
    pub findings: Vec<Finding>,
    /// How many findings there are in all.
    pub found: u64,
}

impl FsckReport {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.found == 0
    }

    pub(crate) fn find(&mut self, what: impl Into<String>, problem: impl Into<String>) {
        self.found = self.found.saturating_add(1);
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(Finding { what: what.into(), problem: problem.into() });
        }
    }

    pub(crate) fn find_unless(&mut self, holds: bool, what: impl FnOnce() -> String, problem: &str) {
        if !holds {
            self.find(what(), problem);
        }
    }
}

/// A part of the check.
type Part = fn(&View<'_>, &mut FsckReport) -> Result<(), StoreError>;

const LEDGER: [Part; 5] = [check_leaves, check_entries, check_blocks, check_events, check_feeds];
const SLICE: [Part; 6] =
    [check_leaves, check_entries, slice::check_headers, slice::check_events, slice::check_feed, slice::check_txs];

impl Store {
    /// Reads everything and checks it: records against their leaves, leaves against the root, lists against records,
    /// blocks against their headers and each other, transactions and receipts against both, events against the heads of
    /// their items, links of feeds against the heads of their organisations. What begins above the floor is checked from
    /// there on. Signatures are not checked here. Commits may go on meanwhile.
    ///
    /// Errors: [`StoreError::Stopped`], [`StoreError::Disk`]; what is wrong in the data is in the report.
    pub fn fsck(&self) -> Result<FsckReport, StoreError> {
        let view = self.view()?;
        let mut report = FsckReport { height: view.tip().height, floor: view.floor()?, ..FsckReport::default() };
        let parts: &[Part] = match self.slice_of() {
            None => &LEDGER,
            Some(_) => &SLICE,
        };
        for part in parts {
            match part(&view, &mut report) {
                Ok(()) => {}
                // The storage refused a read: the rest of this part is unknown, the other parts are not.
                Err(StoreError::Corrupt { what, detail }) => report.find(what, detail),
                Err(other) => return Err(other),
            }
        }
        let writer = self.writer.lock().map_err(|_| StoreError::Stopped)?;
        report.find_unless(
            writer.marker.is_intact(),
            || "the marker of the last height".into(),
            "a slot is unreadable",
        );
        Ok(report)
    }
}

fn check_leaves(view: &View<'_>, report: &mut FsckReport) -> Result<(), StoreError> {
    let mut cursor = view.reader.scan(Column::Leaves)?;
    cursor.seek(&[]);
    while let Some((position, bytes)) = cursor.item()? {
        report.records += 1;
        let (position, _) = leaf_of(position, bytes)?;
        match check_leaf(view, position, bytes)? {
            None => {}
            Some(problem) => report.find(format!("the record at {position}"), problem),
        }
        cursor.advance();
    }
    let tip = view.tip();
    let tree = build_tree(&view.reader, tip.leaves)?;
    let state = || format!("the state of height {}", tip.height);
    report.find_unless(tree.root() == tip.root, state, "the leaves do not make the certified root");
    report.find_unless(tree.leaves() == tip.leaves, state, "the number of leaves is not the one noted");
    report.find_unless(view.state.tree.root() == tip.root, state, "the tree in memory has another root");
    Ok(())
}

fn check_leaf(view: &View<'_>, position: Hash, bytes: &[u8]) -> Result<Option<String>, StoreError> {
    let Some(leaf) = Leaf::parse(bytes) else { return Ok(Some("its leaf is cut short".into())) };
    let Some(key) = leaf::decode_key(leaf.key) else { return Ok(Some("its key does not decode".into())) };
    if key.hash() != position {
        return Ok(Some(format!("it belongs in the place of {key:?}")));
    }
    let record = match leaf.checked(&key, leaf.key) {
        Ok(record) => record,
        Err(error) => return Ok(Some(error.to_string())),
    };
    let entries = match index::entries(&key, record) {
        Ok(entries) => entries,
        Err(error) => return Ok(Some(error.to_string())),
    };
    for (column, entry) in entries {
        if view.reader.get(column, &entry)?.is_none() {
            return Ok(Some(format!("{key:?} is missing in a list")));
        }
    }
    Ok(None)
}

/// Every entry must follow from a record; with [`check_leaf`], which looks for every one that should be there, the
/// lists are then exactly those of the records.
fn check_entries(view: &View<'_>, report: &mut FsckReport) -> Result<(), StoreError> {
    let mut due = 0u64;
    let mut cursor = view.reader.scan(Column::Leaves)?;
    cursor.seek(&[]);
    while let Some((_, bytes)) = cursor.item()? {
        if let Some(leaf) = Leaf::parse(bytes)
            && let Some(key) = leaf::decode_key(leaf.key)
        {
            due += index::entries(&key, leaf.record).map_or(0, |e| e.len() as u64);
        }
        cursor.advance();
    }
    for column in [Column::Lists, Column::Expiry, Column::Due] {
        let mut cursor = view.reader.scan(column)?;
        cursor.seek(&[]);
        while cursor.item()?.is_some() {
            report.entries += 1;
            cursor.advance();
        }
    }
    let differs = format!("{due} entries follow from the records, {} are there", report.entries);
    report.find_unless(due == report.entries, || "the lists".into(), &differs);
    Ok(())
}

fn check_blocks(view: &View<'_>, report: &mut FsckReport) -> Result<(), StoreError> {
    let (mut history, mut parent) = below_the_floor(view, report)?;
    for height in report.floor..=report.height {
        let Some((bytes, certificate)) = view.block(height)? else {
            report.find(format!("block {height}"), "it is missing");
            continue;
        };
        let what = || format!("block {height}");
        let block = match Block::from_bytes(&bytes) {
            Ok(block) => block,
            Err(error) => {
                report.find(what(), error.to_string());
                continue;
            }
        };
        report.blocks += 1;
        let header = &block.header;
        let id = header.id();
        report.find_unless(
            view.header(height)?.as_ref() == Some(header),
            what,
            "its header stands apart with other bytes",
        );
        report.find_unless(header.height == height && header.network == view.network, what, "it is of another place");
        report.find_unless(header.parent == parent, what, "its parent is not the block before");
        report.find_unless(header.history == history.root(), what, "its history is not that of the blocks before");
        report.find_unless(
            certificate.block == id && certificate.height == height,
            what,
            "its certificate is of another",
        );
        let rest = Block::rest_hash(&block.evidence, &block.certificate);
        report.find_unless(header.rest == rest, what, "evidence or carried certificate are not those of the header");
        check_transactions(view, header, &block, report)?;
        history.push(id.0);
        parent = id;
    }
    report.find_unless(parent == view.tip().block, || "the last block".into(), "it is not the tip");
    let mut cursor = view.reader.scan(Column::Transactions)?;
    cursor.seek(&[]);
    let mut indexed = 0;
    while cursor.item()?.is_some() {
        indexed += 1;
        cursor.advance();
    }
    report.find_unless(
        indexed == report.transactions,
        || "the places of transactions".into(),
        "there are more or fewer",
    );
    let next = height_key(report.height.saturating_add(1));
    let beyond = view.reader.get(Column::Headers, &next)?.is_some();
    report.find_unless(!beyond, || "the last block".into(), "there is one behind it");
    Ok(())
}

/// History and last identity of the blocks that are not here.
fn below_the_floor(view: &View<'_>, report: &mut FsckReport) -> Result<(Accumulator, BlockId), StoreError> {
    let (mut history, mut last) = (Accumulator::default(), BlockId::default());
    let mut height = 1;
    while height < report.floor {
        let ids = view.block_ids(height, MAX_PAGE)?;
        if ids.is_empty() {
            report.find(format!("block {height}"), "its identity is missing");
            break;
        }
        let wanted = usize::try_from(report.floor - height).unwrap_or(usize::MAX);
        for id in ids.into_iter().take(wanted) {
            history.push(id.0);
            last = id;
            height += 1;
        }
    }
    Ok((history, last))
}

fn check_transactions(
    view: &View<'_>,
    header: &Header,
    block: &Block,
    report: &mut FsckReport,
) -> Result<(), StoreError> {
    let height = header.height;
    let receipts = view.receipts(height)?;
    let what = || format!("block {height}");
    let mut leaves = Vec::with_capacity(block.txs.len());
    for (index, bytes) in block.txs.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let what = || format!("transaction {index} of block {height}");
        match SignedTx::from_bytes(bytes) {
            Ok(tx) => {
                let id = tx.body.id();
                leaves.push(transaction::leaf(&id, &tx.signatures_hash()));
                let place = view.reader.get(Column::Transactions, id.0.as_bytes())?;
                let is_there = place.as_deref() == Some(&location_value(height, index)[..]);
                report.find_unless(is_there, what, "it is not found by its identity");
                let receipt = receipts.get(index as usize);
                report.find_unless(receipt.is_some_and(|r| r.tx == id), what, "its receipt is missing or of another");
            }
            Err(error) => report.find(what(), error.to_string()),
        }
        report.transactions += 1;
    }
    report.find_unless(receipts.len() == block.txs.len(), what, "it has more or fewer receipts than transactions");
    report.find_unless(list::root(&leaves) == header.txs, what, "its transactions are not those of the header");
    let results: Vec<Hash> = receipts.iter().map(Receipt::hash).collect();
    report.find_unless(list::root(&results) == header.results, what, "its receipts are not those of the header");
    Ok(())
}

/// A chain of events as far as it was followed.
struct Chain {
    item: ItemId,
    count: u64,
    /// Height of the last event.
    height: u64,
    /// None behind events that are not here any more.
    head: Option<Hash>,
}

impl Chain {
    fn begin(view: &View<'_>, item: ItemId) -> Chain {
        Chain { item, count: 0, height: 0, head: Some(event::head_zero(&view.network, &item)) }
    }

    /// Whether an event may follow: the next one, or one behind those that lay below the floor.
    fn take(&mut self, next: &Event, floor: u64) -> bool {
        let is_next = next.n == self.count + 1;
        let is_behind = next.n > self.count && self.height < floor && next.at.height >= floor;
        self.head = match self.head {
            Some(head) if is_next => Some(event::head_after(&head, &next.hash())),
            _ => None,
        };
        (self.count, self.height) = (next.n, next.at.height);
        is_next || (floor > 1 && is_behind)
    }
}

/// Events chained to the head that their item's record holds.
fn check_events(view: &View<'_>, report: &mut FsckReport) -> Result<(), StoreError> {
    let mut cursor = view.reader.scan(Column::Events)?;
    cursor.seek(&[]);
    let mut current: Option<Chain> = None;
    let mut items = 0u64;
    while let Some((key, bytes)) = cursor.item()? {
        report.events += 1;
        match codec::decode::<Event>(bytes, MAX_RECORD_BYTES) {
            Ok(found) => {
                if current.as_ref().is_none_or(|chain| chain.item != found.item) {
                    check_head(view, current.take(), report)?;
                    items += 1;
                }
                let chain = current.get_or_insert_with(|| Chain::begin(view, found.item));
                let follows = chain.take(&found, report.floor) && key == event_key(&found.item, found.n);
                let what = || format!("event {} of item {}", found.n, found.item);
                report.find_unless(follows, what, "it does not follow the one before");
            }
            Err(error) => report.find("an event", error.to_string()),
        }
        cursor.advance();
    }
    check_head(view, current, report)?;
    // Below the floor went the events of items that nothing has happened to since.
    let all_here = report.floor > 1 || items == items_with_events(view)?;
    report.find_unless(all_here, || "the events".into(), "an item has none, though its record counts some");
    Ok(())
}

fn check_head(view: &View<'_>, chain: Option<Chain>, report: &mut FsckReport) -> Result<(), StoreError> {
    let Some(Chain { item, count, height, head }) = chain else { return Ok(()) };
    let bytes = view.reader.record(&view.state.tree, &StateKey::Item(item))?;
    let record = bytes.and_then(|b| codec::decode::<ItemRecord>(&b, MAX_RECORD_BYTES).ok());
    // Where even the last one here lies below the floor, as those of the genesis do, others went behind it.
    let is_cut = height < report.floor && report.floor > 1;
    let matches = record.is_some_and(|record| match head {
        _ if is_cut => record.count >= count,
        Some(head) => record.count == count && record.head == head,
        None => record.count == count,
    });
    report.find_unless(matches, || format!("the events of item {item}"), "they do not make the head of its record");
    Ok(())
}

fn items_with_events(view: &View<'_>) -> Result<u64, StoreError> {
    let mut items = 0;
    let mut cursor = view.reader.scan(Column::Leaves)?;
    cursor.seek(&[]);
    while let Some((_, bytes)) = cursor.item()? {
        if let Some(leaf) = Leaf::parse(bytes)
            && let Some(StateKey::Item(_)) = leaf::decode_key(leaf.key)
            && codec::decode::<ItemRecord>(leaf.record, MAX_RECORD_BYTES).is_ok_and(|r| r.count > 0)
        {
            items += 1;
        }
        cursor.advance();
    }
    Ok(items)
}

/// Links of feeds chained to the head that their organisation's record holds.
fn check_feeds(view: &View<'_>, report: &mut FsckReport) -> Result<(), StoreError> {
    let mut cursor = view.reader.scan(Column::Feeds)?;
    cursor.seek(&[]);
    let mut current: Option<(OrgId, FeedRecord)> = None;
    let mut feeds = 0u64;
    while let Some((key, value)) = cursor.item()? {
        report.links += 1;
        match feed::parse(key, value) {
            Some(link) => {
                let is_first = current.as_ref().is_none_or(|(org, _)| *org != link.org);
                if is_first {
                    check_feed(view, current.take(), report)?;
                    feeds += 1;
                }
                let start = FeedRecord { count: 0, head: Hash::default(), height: 0 };
                let before = current.map_or(start, |(_, before)| before);
                // Below the floor there are none: the first one that is here is taken as it stands.
                let is_cut = is_first && report.floor > 1 && link.count > 1 && link.height >= report.floor;
                let what = || format!("link {} of the feed of {}", link.count, link.org);
                let follows = is_cut || feed::follows(&before, &link);
                report.find_unless(follows, what, "it does not follow the one before");
                current = Some((link.org, link.record()));
            }
            None => report.find("a link of a feed", "it does not read"),
        }
        cursor.advance();
    }
    check_feed(view, current, report)?;
    let recorded = feeds_with_links(view, report.floor)?;
    report.find_unless(feeds == recorded, || "the feeds".into(), "one has no links, though its record counts some");
    Ok(())
}

fn check_feed(view: &View<'_>, feed: Option<(OrgId, FeedRecord)>, report: &mut FsckReport) -> Result<(), StoreError> {
    let Some((org, last)) = feed else { return Ok(()) };
    let bytes = view.reader.record(&view.state.tree, &StateKey::Feed(org))?;
    let record = bytes.and_then(|b| codec::decode::<FeedRecord>(&b, MAX_RECORD_BYTES).ok());
    let what = || format!("the feed of {org}");
    report.find_unless(record.as_ref() == Some(&last), what, "its links do not make the head of its record");
    Ok(())
}

/// Feeds whose last link is not below the floor.
fn feeds_with_links(view: &View<'_>, floor: u64) -> Result<u64, StoreError> {
    let mut feeds = 0;
    let mut cursor = view.reader.scan(Column::Leaves)?;
    cursor.seek(&[]);
    while let Some((_, bytes)) = cursor.item()? {
        if let Some(leaf) = Leaf::parse(bytes)
            && let Some(StateKey::Feed(_)) = leaf::decode_key(leaf.key)
            && codec::decode::<FeedRecord>(leaf.record, MAX_RECORD_BYTES)
                .is_ok_and(|feed| feed.count > 0 && feed.height >= floor)
        {
            feeds += 1;
        }
        cursor.advance();
    }
    Ok(feeds)
}
