//! The check of what a slice has in other ways than a ledger: numbers may be missing, and there are no blocks.

use super::{Own, OwnTx};
use crate::{
    FsckReport, StoreError, View,
    column::{Column, event_key, height_key},
    feed,
};
use ledger::{
    Event, Hash, Header, Receipt, TxId, block::feed_head, codec, record::FeedRecord, state::MAX_RECORD_BYTES,
};

/// Each header stands at its height, the tip's among them.
pub(crate) fn check_headers(view: &View<'_>, report: &mut FsckReport) -> Result<(), StoreError> {
    let mut cursor = view.reader.scan(Column::Headers)?;
    cursor.seek(&[]);
    while let Some((key, bytes)) = cursor.item()? {
        report.blocks += 1;
        match codec::decode::<Header>(bytes, MAX_RECORD_BYTES) {
            Ok(header) => {
                let fits = key == height_key(header.height) && header.network == view.network;
                report.find_unless(
                    fits,
                    || format!("the header of height {}", header.height),
                    "it is of another place",
                );
            }
            Err(error) => report.find("a header", error.to_string()),
        }
        cursor.advance();
    }
    let tip = view.tip();
    let header = view.header(tip.height)?.map(|header| header.id()).unwrap_or_default();
    report.find_unless(header == tip.block, || "the last head".into(), "it is not the tip");
    let certificate = view.tip_certificate()?.map(|certificate| certificate.block).unwrap_or_default();
    report.find_unless(certificate == tip.block, || "the last head".into(), "its certificate is of another");
    Ok(())
}

/// Each event stands in its place. Whether it is the item's own is proven by whoever puts it.
pub(crate) fn check_events(view: &View<'_>, report: &mut FsckReport) -> Result<(), StoreError> {
    let mut cursor = view.reader.scan(Column::Events)?;
    cursor.seek(&[]);
    while let Some((key, bytes)) = cursor.item()? {
        report.events += 1;
        match codec::decode::<Event>(bytes, MAX_RECORD_BYTES) {
            Ok(event) => {
                let what = || format!("event {} of item {}", event.n, event.item);
                report.find_unless(key == event_key(&event.item, event.n), what, "another place is its own");
            }
            Err(error) => report.find("an event", error.to_string()),
        }
        cursor.advance();
    }
    Ok(())
}

/// The links follow each other, from the first there is, and lead to where the slice says that its feed ends.
pub(crate) fn check_feed(view: &View<'_>, report: &mut FsckReport) -> Result<(), StoreError> {
    let Some(upto) = view.upto()? else { return Ok(()) };
    let mut cursor = view.reader.scan(Column::Feeds)?;
    cursor.seek(&[]);
    let mut last = None;
    while let Some((key, value)) = cursor.item()? {
        report.links += 1;
        match feed::parse(key, value) {
            Some(link) => {
                let start = FeedRecord { count: 0, head: Hash::default(), height: 0 };
                // Of the first of a feed that was begun later the head before is not known.
                let before = last.or((link.count == 1).then_some(start));
                let follows = before.is_none_or(|before| {
                    let count = before.count.saturating_add(1);
                    let head = feed_head(&link.org, count, &before.head, link.height, &link.root());
                    link.count == count && link.head == head && link.height > before.height
                });
                let what = || format!("link {} of the feed", link.count);
                report.find_unless(follows, what, "it does not follow the one before");
                last = Some(link.record());
            }
            None => report.find("a link of the feed", "it does not read"),
        }
        cursor.advance();
    }
    let ends_there = last.is_none_or(|last| last == upto);
    report.find_unless(ends_there, || "the feed".into(), "its last link is not the one that the slice ends with");
    Ok(())
}

/// Each transaction is found by its identity, and is that of its receipt.
pub(crate) fn check_txs(view: &View<'_>, report: &mut FsckReport) -> Result<(), StoreError> {
    let mut cursor = view.reader.scan(Column::Own)?;
    let prefix = Own::Receipt.key(&[]);
    cursor.seek(&prefix);
    while let Some((key, bytes)) = cursor.item()? {
        let Some(id) = key.strip_prefix(prefix.as_slice()) else { break };
        report.transactions += 1;
        match codec::decode::<(u64, Receipt)>(bytes, MAX_RECORD_BYTES) {
            Ok((height, receipt)) => {
                let id = <[u8; 32]>::try_from(id).map(|id| TxId(Hash(id))).unwrap_or_default();
                let tx = view.tx_bytes(height, receipt.index)?.map(|bytes| OwnTx { height, bytes, receipt });
                let fits = tx.is_some_and(|tx| tx.receipt.tx == id && tx.is_whole());
                report.find_unless(
                    fits,
                    || format!("transaction {id}"),
                    "it is not there, or not the one of its receipt",
                );
            }
            Err(error) => report.find("a receipt", error.to_string()),
        }
        cursor.advance();
    }
    Ok(())
}
