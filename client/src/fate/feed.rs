//! Whether a transaction is in a block, by the proved feed of one who signed it (`docs/formats/feed.md`).
//!
//! A feed lists everything that its organisation signed and a block took, done or refused. It is read from its end back to
//! where no block could hold the transaction yet.

use crate::{failure::Result, session::Session};
use api::paths;
use ledger::{Cause, Event, OrgId, SignedTx, Timestamp, TxId, block::FeedEntry, codec::decode};
use proof::{
    Options, Standing, TrustRoot,
    bounds::{MAX_EVENT_BYTES, MAX_FEED_ENTRY_BYTES},
    feed::{self, Feed},
};

/// Heights that are asked for at first; more where there is room for them in a file, fewer where there is none.
const HEIGHTS: u64 = 4_096;

/// Whether the feed of an organisation lists a transaction that it signed, up to a certified block after its end.
///
/// Errors: H1402 without a trust file, H7013 for a feed that it does not vouch for or that ends too early, and those of
/// the node.
pub(super) fn lists(session: &Session, org: &OrgId, tx: &SignedTx) -> Result<bool> {
    let trust = session.needed_trust(None)?;
    let (id, body) = (tx.body.id(), &tx.body);
    let first_time = Timestamp(body.expires.0.saturating_sub(body.longest_life_ms()));
    let (mut heights, mut end): (u64, Option<u64>) = (HEIGHTS, None);
    loop {
        let last = match end {
            Some(end) => end,
            None => session.network()?.as_of.height,
        };
        let from = last.saturating_sub(heights.saturating_sub(1)).max(1);
        let page = match page(session, &trust, org, (from, end)) {
            // A file has no room for so much.
            Err(failure) if failure.code == "H1413" && heights > 1 => {
                heights /= 2;
                continue;
            }
            other => other?,
        };
        if end.is_none() && page.anchor.header()?.time <= body.expires {
            return Err(session.mismatch("feed"));
        }
        let seen = Seen::of(&page, &id).ok_or_else(|| session.mismatch("feed"))?;
        if seen.is_listed || from == 1 || seen.oldest < first_time {
            return Ok(seen.is_listed);
        }
        end = Some(from.saturating_sub(1));
        heights = heights.saturating_mul(2);
    }
}

/// The feed in some heights; without a last one up to the header that it is proved under.
fn page(session: &Session, trust: &TrustRoot, org: &OrgId, heights: (u64, Option<u64>)) -> Result<Feed> {
    let (from, to) = heights;
    let mut query = vec![("from", from.to_string())];
    query.extend(to.map(|to| ("to", to.to_string())));
    let bytes = session.get(&paths::fill(paths::ORG_FEED, &org.to_string()), &query)?.body;
    sound(&bytes, trust, org, heights).ok_or_else(|| session.mismatch("feed"))
}

/// A feed that is the one that was asked for, and that the trust root vouches for.
fn sound(bytes: &[u8], trust: &TrustRoot, org: &OrgId, (from, to): (u64, Option<u64>)) -> Option<Feed> {
    let verdict = feed::verify(bytes, Some(trust), Options { allow_test: true, ..Options::default() });
    let is_asked = verdict.org == Some(org.to_string()) && verdict.from == Some(from);
    let page = Feed::from_json(bytes).ok()?;
    let last = to.or_else(|| Some(page.anchor.header().ok()?.height));
    (is_asked && verdict.to == last && verdict.head.verdict == Standing::Valid).then_some(page)
}

/// What a page tells of a transaction.
struct Seen {
    is_listed: bool,
    /// Time of the earliest event in it.
    oldest: Timestamp,
}

impl Seen {
    /// None where an entry does not decode, which a sound feed rules out.
    fn of(page: &Feed, id: &TxId) -> Option<Seen> {
        let mut seen = Seen { is_listed: false, oldest: Timestamp(u64::MAX) };
        for item in page.links.iter().flat_map(|link| link.entries.iter()) {
            let named = match decode::<FeedEntry>(&item.entry, MAX_FEED_ENTRY_BYTES).ok()? {
                FeedEntry::Event(_) => {
                    let event: Event = decode(item.event.as_ref()?, MAX_EVENT_BYTES).ok()?;
                    seen.oldest = seen.oldest.min(event.at.time);
                    match event.cause {
                        Cause::Genesis => None,
                        Cause::Tx { id, .. } => Some(id),
                    }
                }
                FeedEntry::Done(tx) | FeedEntry::Refused { tx, .. } => Some(tx),
                FeedEntry::Alert { .. } => None,
            };
            seen.is_listed |= named == Some(*id);
        }
        Some(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::Hash;
    use std::{fs, path::Path};

    fn vector(name: &str) -> Vec<u8> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/formats/vectors");
        fs::read(folder.join(name)).unwrap()
    }

    /// The organisation and heights that a vector is about.
    fn about(name: &str) -> (OrgId, u64, u64) {
        let trust = trust("bundle-trust.json");
        let verdict = feed::verify(&vector(name), Some(&trust), Options { allow_test: true, ..Options::default() });
        let org: Hash = verdict.org.unwrap().parse().unwrap();
        (OrgId(org), verdict.from.unwrap(), verdict.to.unwrap())
    }

    fn trust(name: &str) -> TrustRoot {
        TrustRoot::from_json(&vector(name)).unwrap()
    }

    fn is_sound(name: &str, trust_file: &str, org: &OrgId, heights: (u64, Option<u64>)) -> bool {
        sound(&vector(name), &trust(trust_file), org, heights).is_some()
    }

    #[test]
    fn a_feed_counts_only_where_it_is_proved_whole_and_the_one_that_was_asked_for() {
        let (org, from, to) = about("feed-whole.json");
        let check = |name: &str, org: &OrgId, heights, expect: bool| {
            assert_eq!(is_sound(name, "bundle-trust.json", org, heights), expect, "{name} {heights:?}");
        };
        check("feed-whole.json", &org, (from, Some(to)), true);
        check("feed-whole.json", &OrgId(Hash([1; 32])), (from, Some(to)), false);
        check("feed-whole.json", &org, (from + 1, Some(to)), false);
        check("feed-whole.json", &org, (from, Some(to + 1)), false);
        // A part that does not reach its own header is no word on what came last.
        let (org, from, to) = about("feed-part.json");
        check("feed-part.json", &org, (from, Some(to)), true);
        check("feed-part.json", &org, (from, None), false);
        for bad in ["feed-bad-link.json", "feed-bad-later.json", "feed-bad-entry.json", "feed-bad-before.json"] {
            check(bad, &org, (from, Some(to)), false);
        }
    }

    #[test]
    fn what_is_listed_is_seen_however_it_ended() {
        let (org, from, to) = about("feed-whole.json");
        let page = sound(&vector("feed-whole.json"), &trust("bundle-trust.json"), &org, (from, Some(to))).unwrap();
        let mut ids = Vec::new();
        for item in page.links.iter().flat_map(|link| link.entries.iter()) {
            match decode::<FeedEntry>(&item.entry, MAX_FEED_ENTRY_BYTES).unwrap() {
                FeedEntry::Event(_) => {
                    let event: Event = decode(item.event.as_ref().unwrap(), MAX_EVENT_BYTES).unwrap();
                    if let Cause::Tx { id, .. } = event.cause {
                        ids.push(id);
                    }
                }
                FeedEntry::Done(tx) | FeedEntry::Refused { tx, .. } => ids.push(tx),
                FeedEntry::Alert { .. } => {}
            }
        }
        assert!(!ids.is_empty());
        assert!(ids.iter().all(|id| Seen::of(&page, id).unwrap().is_listed));
        assert!(!Seen::of(&page, &TxId(Hash([1; 32]))).unwrap().is_listed);
    }
}
