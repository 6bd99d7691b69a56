//! The links of the feed behind those that are here, in portions of bounded size.
//!
//! Nothing proves a link but the certified record at the end of the feed. Where more is due than one portion, the links are
//! read twice: first on to that record, and nothing of them is held but a mark behind each portion; then from mark to mark,
//! and each portion is kept before the next is asked for. What one node gives is read on by itself: where it leads
//! elsewhere, that node is at fault and no other.

use super::{
    agencies::{Agencies, Unanswered, Wrong},
    proven::{self, End},
};
use ::access::{
    PeerKey, Request, Response,
    limits::{MAX_LINKS, MAX_RESPONSE_BYTES},
};
use ledger::{OrgId, block::FeedLink, record::FeedRecord};
use proof::{FollowedLink, Problem, continue_feed};
use std::collections::{BTreeMap, VecDeque};

/// Codes of refusals that hold nothing back: the node does not know us, is not ready, has a fault, or pruned.
const EXCUSED: [&str; 4] = ["H7121", "H7002", "H7009", "H8121"];
/// Links, and their bytes with those of their events, that are held at a time; of bytes one answer more.
pub(crate) const PORTION: Bound = Bound { links: 16_384, bytes: 4 * 1024 * 1024 };

/// How much is held at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    /// Links.
    pub(crate) links: usize,
    /// Their bytes: no answer is asked for beyond.
    pub(crate) bytes: usize,
}

/// Links that are proven, from the one behind the last that is here on.
#[derive(Debug)]
pub(crate) struct Portion {
    /// With their events.
    pub(crate) followed: Vec<FollowedLink>,
    /// As they are kept.
    pub(crate) links: Vec<FeedLink>,
}

/// Where the links stand; all of it begins anew with the process.
#[derive(Debug)]
pub(crate) struct Links {
    bound: Bound,
    /// What the feed is behind each portion that is to be kept; proven, ascending.
    marks: VecDeque<FeedRecord>,
    /// The same of what each node gives, as far as it was read: nothing proves it yet.
    readings: BTreeMap<PeerKey, Vec<FeedRecord>>,
}

impl Links {
    /// Nothing was read yet.
    pub(crate) fn new(bound: Bound) -> Links {
        Links { bound, marks: VecDeque::new(), readings: BTreeMap::new() }
    }

    /// The next portion behind `upto`, as one node gives it; `certified`: the record under its head. None where more than a
    /// portion is due and the links were read on.
    pub(crate) async fn next(
        &mut self,
        (agencies, node): (&Agencies, PeerKey),
        org: &OrgId,
        upto: &FeedRecord,
        certified: &FeedRecord,
    ) -> Result<Option<Portion>, End> {
        self.marks.retain(|mark| mark.count > upto.count);
        if let Some(mark) = self.marks.front() {
            // A head that lies below the mark is in the same portion.
            let end = if mark.count < certified.count { mark } else { certified };
            // What leads there was read before: it fits.
            let bound = Bound { bytes: self.bound.bytes.saturating_add(MAX_RESPONSE_BYTES), ..self.bound };
            let followed = fetch((agencies, node), (upto.count, end.count), bound).await?;
            let links = continue_feed(org, upto, &followed, end)?;
            return match last(upto, &links) == *end {
                true => Ok(Some(Portion { followed, links })),
                false => Err(Problem::FeedBroken.into()),
            };
        }
        let mut marks = self.reading(&node, upto, certified);
        let before = marks.last().unwrap_or(upto);
        let followed = fetch((agencies, node), (before.count, certified.count), self.bound).await?;
        // What does not lead on is not gone on with.
        self.readings.remove(&node);
        let links = continue_feed(org, before, &followed, certified)?;
        let end = last(before, &links);
        let is_end = end.count == certified.count;
        if is_end && marks.is_empty() {
            return Ok(Some(Portion { followed, links }));
        }
        marks.push(end);
        match is_end {
            true => {
                self.marks = marks.into();
                self.readings.clear();
            }
            false => drop(self.readings.insert(node, marks)),
        }
        Ok(None)
    }

    /// How far a node was read, if that is of any use still.
    fn reading(&self, node: &PeerKey, upto: &FeedRecord, certified: &FeedRecord) -> Vec<FeedRecord> {
        let is_between = |last: &FeedRecord| upto.count < last.count && last.count < certified.count;
        let begun = self.readings.get(node).filter(|marks| marks.last().is_some_and(is_between));
        begun.cloned().unwrap_or_default()
    }
}

/// The record of the feed behind links.
fn last(before: &FeedRecord, links: &[FeedLink]) -> FeedRecord {
    links.last().map_or_else(|| before.clone(), FeedLink::record)
}

/// The links of a node behind one number, up to another; fewer where the bound is reached.
async fn fetch(
    (agencies, node): (&Agencies, PeerKey),
    (after, upto): (u64, u64),
    bound: Bound,
) -> Result<Vec<FollowedLink>, End> {
    let (mut found, mut bytes) = (Vec::new(), 0usize);
    let due = usize::try_from(upto.saturating_sub(after)).unwrap_or(usize::MAX).min(bound.links);
    while found.len() < due && bytes < bound.bytes {
        let from = after.saturating_add(u64::try_from(found.len()).unwrap_or(u64::MAX)).saturating_add(1);
        let limit = u16::try_from(MAX_LINKS.min(due - found.len())).unwrap_or(u16::MAX);
        let withheld = || End::Withheld(format!("it gives no link {from}, which it certifies"));
        let links = match agencies.ask(node, Request::Links { from, limit }).await {
            Ok(Response::Links { links }) if !links.is_empty() => links,
            Ok(Response::Links { .. }) => return Err(withheld()),
            Err(Unanswered::Refused { code, detail: _ }) if !EXCUSED.contains(&code) => return Err(withheld()),
            Ok(_) => return Err(Wrong::shape("another answer than links").into()),
            Err(error) => return Err(error.into()),
        };
        let size = |(entry, event): &(Vec<u8>, Option<Vec<u8>>)| entry.len() + event.as_ref().map_or(0, Vec::len);
        bytes += links.iter().flat_map(|link| &link.entries).map(size).sum::<usize>();
        found.extend(proven::links(&links)?);
    }
    found.truncate(due);
    Ok(found)
}
