//! A link of a feed on disk: `height (8) || head after it (32) || canonical list of entries`, integers big endian, under
//! `organisation || number`.
//!
//! The head follows from what stands before it. It is kept all the same, because a file of some heights begins with the
//! head before them, and a firm may have been touched by a hundred thousand blocks until then.

use crate::column::{read_hash, read_u64};
use ledger::{
    OrgId,
    block::{FeedLink, feed_head},
    codec,
    record::FeedRecord,
};

/// Bytes of an organisation's entries in one block that are read: a block of the greatest size makes fewer.
const MAX_ENTRIES_BYTES: usize = 32 * 1024 * 1024;
const KEY_BYTES: usize = 40;
const FIXED_BYTES: usize = 40;

pub(crate) fn value(link: &FeedLink) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(FIXED_BYTES + 80 * link.entries.len());
    bytes.extend_from_slice(&link.height.to_be_bytes());
    bytes.extend_from_slice(link.head.as_bytes());
    bytes.extend(codec::encode(&link.entries));
    bytes
}

/// None where key or value are no link.
pub(crate) fn parse(key: &[u8], value: &[u8]) -> Option<FeedLink> {
    let (org, count) = key.split_at_checked(32).filter(|_| key.len() == KEY_BYTES)?;
    let (fixed, entries) = value.split_at_checked(FIXED_BYTES)?;
    Some(FeedLink {
        org: OrgId(read_hash(org)?),
        count: read_u64(count)?,
        height: read_u64(fixed)?,
        head: read_hash(fixed.get(8..)?)?,
        entries: codec::decode(entries, MAX_ENTRIES_BYTES).ok()?,
    })
}

/// Whether a link is the next one of a feed that stands here.
pub(crate) fn follows(before: &FeedRecord, link: &FeedLink) -> bool {
    let head = feed_head(&link.org, link.count, &before.head, link.height, &link.root());
    link.count == before.count.saturating_add(1) && link.height > before.height && link.head == head
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::feed_key;
    use ledger::{Rejection, TxId, block::FeedEntry};

    #[test]
    fn a_link_is_read_as_it_was_written_and_nothing_else_is() {
        let tx = TxId(ledger::tree::value(b"tx"));
        let entries = vec![FeedEntry::Done(tx), FeedEntry::Refused { tx, rejection: Rejection::QuantityZero }];
        let link = FeedLink::behind(None, OrgId(ledger::tree::value(b"org")), 7, entries);
        let (key, bytes) = (feed_key(&link.org, link.count), value(&link));
        assert_eq!(parse(&key, &bytes).as_ref(), Some(&link));
        for cut in 0..bytes.len() {
            assert_eq!(parse(&key, &bytes[..cut]), None, "{cut}");
        }
        assert_eq!(parse(&key, &[&bytes[..], &[0]].concat()), None);
        assert_eq!(parse(&key[..39], &bytes), None);
        assert_eq!(parse(&[&key[..], &[0]].concat(), &bytes), None);
        assert_ne!(parse(&feed_key(&link.org, 2), &bytes).as_ref(), Some(&link));
    }
}
