//! Making the file of a feed from a ledger's storage.

use super::{FEED_SCHEMA, Feed, FeedBefore, FeedBlock, FeedItem, FeedLater};
use crate::{
    anchor::Anchor,
    assemble::Source,
    bounds::{MAX_BUNDLE_BYTES, MAX_FEED_ENTRIES, MAX_FEED_LATER, MAX_FEED_LINKS},
    json::{Blob, Digest, List},
};
use ledger::{
    Event, Hash, ItemId, OrgId, StateKey,
    block::{FeedEntry, FeedLink},
    codec::{self, CodecError},
    record::FeedRecord,
    state::MAX_RECORD_BYTES,
};

/// Links that are read at a time.
const PAGE: usize = 100;
/// Bytes that a link, an entry or a later link takes in the file beside what it holds, at most.
const FRAME_BYTES: usize = 128;

/// What assembling needs of a store besides [`Source`], of the same moment.
pub trait FeedSource: Source {
    /// Links of a feed from number `from` on (the first is 1), ascending and without a gap, at most `limit`.
    fn feed_links(&self, org: &OrgId, from: u64, limit: usize) -> Result<Vec<FeedLink>, Self::Error>;

    /// One event of an item.
    fn event(&self, item: &ItemId, n: u64) -> Result<Option<Event>, Self::Error>;
}

/// Why no file can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedError<E> {
    /// The store failed.
    #[error("read the store")]
    Source(E),
    /// There is no such organisation.
    #[error("find the organisation {0}")]
    OrgUnknown(OrgId),
    /// Heights that end before they begin, or above the last block.
    #[error("take the heights {from} to {to}: the last block is {height}")]
    Range {
        /// The first height.
        from: u64,
        /// The last height.
        to: u64,
        /// Height of the last block.
        height: u64,
    },
    /// More than one file holds.
    #[error("put so much into one file: ask for fewer heights")]
    TooLarge,
    /// The store does not hold something that it must.
    #[error("find the {what} {id} in the store")]
    Missing {
        /// What.
        what: &'static str,
        /// Which.
        id: String,
    },
    /// A record of the store does not decode.
    #[error("read a record of the store: {0}")]
    Record(#[from] CodecError),
}

/// Makes the file of what touched an organisation from height `from` to height `to`.
pub fn assemble<S: FeedSource>(source: &S, org: &OrgId, from: u64, to: u64) -> Result<Feed, FeedError<S::Error>> {
    let head = source.certified().map_err(FeedError::Source)?;
    let height = head.header.height;
    if from > to || to > height {
        return Err(FeedError::Range { from, to, height });
    }
    let chain = source.validator_chain().map_err(FeedError::Source)?;
    let (record, org_proof) = source.prove(&StateKey::Org(*org)).map_err(FeedError::Source)?;
    let record = record.ok_or(FeedError::OrgUnknown(*org))?;
    let (feed, feed_proof) = source.prove(&StateKey::Feed(*org)).map_err(FeedError::Source)?;
    let count = match &feed {
        Some(bytes) => codec::decode::<FeedRecord>(bytes, MAX_RECORD_BYTES)?.count,
        None => 0,
    };
    let mut reading = Reading { source, org, count, room: MAX_BUNDLE_BYTES };
    let first = reading.first_from(from)?;
    let before = reading.before(first)?;
    let (links, later) = reading.rest(first, to)?;
    Ok(Feed {
        schema: FEED_SCHEMA.into(),
        anchor: Anchor::at(&head, &chain),
        org: Blob(record),
        org_proof: Blob(codec::encode(&org_proof)),
        feed: feed.map(Blob),
        feed_proof: Blob(codec::encode(&feed_proof)),
        from,
        to,
        before,
        links: List(links),
        later: List(later),
    })
}

/// Reading one feed while there is room in the file.
struct Reading<'a, S> {
    source: &'a S,
    org: &'a OrgId,
    /// Links in all.
    count: u64,
    room: usize,
}

impl<S: FeedSource> Reading<'_, S> {
    fn links(&self, from: u64, limit: usize) -> Result<Vec<FeedLink>, FeedError<S::Error>> {
        self.source.feed_links(self.org, from, limit).map_err(FeedError::Source)
    }

    fn link(&self, number: u64) -> Result<FeedLink, FeedError<S::Error>> {
        self.links(number, 1)?.pop().ok_or_else(|| self.lost(number))
    }

    fn lost(&self, number: u64) -> FeedError<S::Error> {
        FeedError::Missing { what: "link of the feed", id: format!("{number} of {}", self.org) }
    }

    /// Number of the first link at or above a height; one more than there are where none is. Heights ascend.
    fn first_from(&self, height: u64) -> Result<u64, FeedError<S::Error>> {
        let (mut low, mut high) = (1, self.count.saturating_add(1));
        while low < high {
            let middle = u64::midpoint(low, high);
            match self.link(middle)?.height < height {
                true => low = middle.saturating_add(1),
                false => high = middle,
            }
        }
        Ok(low)
    }

    fn before(&self, first: u64) -> Result<Option<FeedBefore>, FeedError<S::Error>> {
        let Some(number) = first.checked_sub(1).filter(|number| *number > 0) else { return Ok(None) };
        let head = match number {
            1 => Hash::default(),
            _ => self.link(number.saturating_sub(1))?.head,
        };
        let link = self.link(number)?;
        Ok(Some(FeedBefore { count: number, head: Digest(head), height: link.height, root: Digest(link.root()) }))
    }

    /// The links from number `first` on: those up to height `to` with their entries, of the others height and root.
    fn rest(&mut self, first: u64, to: u64) -> Result<(Vec<FeedBlock>, Vec<FeedLater>), FeedError<S::Error>> {
        let (mut links, mut later) = (Vec::new(), Vec::new());
        let mut next = first;
        while next <= self.count {
            // Later ones may be there already, of which the record knows nothing.
            let due = usize::try_from(self.count.saturating_sub(next).saturating_add(1)).unwrap_or(PAGE);
            let page = self.links(next, due.min(PAGE))?;
            if page.is_empty() {
                return Err(self.lost(next));
            }
            for link in page {
                self.take(0)?;
                next = link.count.saturating_add(1);
                match link.height <= to {
                    true => links.push(self.block(link)?),
                    false => later.push(FeedLater { height: link.height, root: Digest(link.root()) }),
                }
                if links.len() > MAX_FEED_LINKS || later.len() > MAX_FEED_LATER {
                    return Err(FeedError::TooLarge);
                }
            }
        }
        Ok((links, later))
    }

    fn block(&mut self, link: FeedLink) -> Result<FeedBlock, FeedError<S::Error>> {
        if link.entries.len() > MAX_FEED_ENTRIES {
            return Err(FeedError::TooLarge);
        }
        let mut entries = Vec::with_capacity(link.entries.len());
        for entry in &link.entries {
            let event = match entry {
                FeedEntry::Event(named) => {
                    let found = self.source.event(&named.item, named.n).map_err(FeedError::Source)?;
                    let lost =
                        || FeedError::Missing { what: "event", id: format!("{} of item {}", named.n, named.item) };
                    Some(Blob(codec::encode(&found.ok_or_else(lost)?)))
                }
                FeedEntry::Done(_) | FeedEntry::Refused { .. } | FeedEntry::Alert { .. } => None,
            };
            let entry = Blob(codec::encode(entry));
            self.take(entry.len().saturating_add(event.as_ref().map_or(0, |event| event.len())))?;
            entries.push(FeedItem { entry, event });
        }
        Ok(FeedBlock { height: link.height, entries: List(entries) })
    }

    /// Takes room for so many bytes, which base64 makes a third longer.
    fn take(&mut self, bytes: usize) -> Result<(), FeedError<S::Error>> {
        let written = bytes.saturating_add(bytes / 3).saturating_add(FRAME_BYTES);
        self.room = self.room.checked_sub(written).ok_or(FeedError::TooLarge)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anchor::Certified;
    use ledger::{SignedTx, TxId, tree::StateProof};

    /// A feed of links without entries, one a height, of which nothing else is asked.
    struct Links(u64);

    impl Source for Links {
        type Error = ();

        fn certified(&self) -> Result<Certified, ()> {
            Err(())
        }
        fn validator_chain(&self) -> Result<Vec<Certified>, ()> {
            Err(())
        }
        fn prove(&self, _: &StateKey) -> Result<(Option<Vec<u8>>, StateProof), ()> {
            Err(())
        }
        fn events(&self, _: &ItemId) -> Result<Vec<Event>, ()> {
            Err(())
        }
        fn tx(&self, _: &TxId) -> Result<Option<SignedTx>, ()> {
            Err(())
        }
    }

    fn link(count: u64, entries: Vec<FeedEntry>) -> FeedLink {
        FeedLink { org: OrgId::default(), count, height: count, head: Hash::default(), entries }
    }

    impl FeedSource for Links {
        fn feed_links(&self, _: &OrgId, from: u64, limit: usize) -> Result<Vec<FeedLink>, ()> {
            Ok((from..=self.0).take(limit).map(|count| link(count, Vec::new())).collect())
        }
        fn event(&self, _: &ItemId, _: u64) -> Result<Option<Event>, ()> {
            Err(())
        }
    }

    fn reading<'a>(source: &'a Links, org: &'a OrgId, room: usize) -> Reading<'a, Links> {
        Reading { source, org, count: source.0, room }
    }

    #[test]
    fn a_file_has_as_many_links_as_its_bounds_say() {
        let read = |links: usize, to: u64| {
            let (source, org) = (Links(links as u64), OrgId::default());
            let read = reading(&source, &org, usize::MAX).rest(1, to);
            read.map(|(links, later)| (links.len(), later.len()))
        };
        assert_eq!(read(MAX_FEED_LINKS, u64::MAX), Ok((MAX_FEED_LINKS, 0)));
        assert_eq!(read(MAX_FEED_LINKS + 1, u64::MAX), Err(FeedError::TooLarge));
        assert_eq!(read(MAX_FEED_LATER, 0), Ok((0, MAX_FEED_LATER)));
        assert_eq!(read(MAX_FEED_LATER + 1, 0), Err(FeedError::TooLarge));
        assert_eq!(read(250, 99), Ok((99, 151)));
    }

    #[test]
    fn a_file_ends_with_the_last_link_that_the_record_counts() {
        let (source, org) = (Links(250), OrgId::default());
        for count in [1, 99, 100, 101, 250] {
            let mut reading = Reading { count, ..reading(&source, &org, usize::MAX) };
            let (links, later) = reading.rest(1, 50).unwrap();
            assert_eq!((links.len() + later.len()) as u64, count);
        }
    }

    #[test]
    fn a_link_has_as_many_entries_as_its_bound_says() {
        let (source, org) = (Links(1), OrgId::default());
        let block = |entries: usize| {
            let entries = vec![FeedEntry::Done(TxId::default()); entries];
            reading(&source, &org, usize::MAX).block(link(1, entries)).map(|block| block.entries.len())
        };
        assert_eq!(block(MAX_FEED_ENTRIES), Ok(MAX_FEED_ENTRIES));
        assert_eq!(block(MAX_FEED_ENTRIES + 1), Err(FeedError::TooLarge));
    }

    /// Six bytes are eight characters.
    #[test]
    fn room_is_counted_as_it_is_written() {
        let (source, org) = (Links(1), OrgId::default());
        let left = |room: usize| {
            let mut reading = reading(&source, &org, room);
            reading.take(6).map(|()| reading.room)
        };
        assert_eq!(left(FRAME_BYTES + 8), Ok(0));
        assert_eq!(left(FRAME_BYTES + 7), Err(FeedError::TooLarge));
    }
}
