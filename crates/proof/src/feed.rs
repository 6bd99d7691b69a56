//! Everything that touched an organisation in some heights (`docs/formats/feed.md`).
//!
//! The certified record of a feed counts its links and holds their head. A file shows the entries of the links of the
//! heights asked for, the one link before them, and of all later ones height and root: so none can be left out.

use crate::{
    anchor::{Anchor, Anchored},
    bounds::*,
    ground::{self, notice},
    json::{Blob, Digest, List},
    problem::Problem,
    standing::VerdictHead,
    trust::TrustRoot,
    verify::Options,
};
use ledger::{
    Event, Hash, OrgId, OrgRecord, StateKey,
    block::{FeedEntry, feed_head, feed_root},
    record::FeedRecord,
    state::MAX_RECORD_BYTES,
    tag,
    tree::{self, StateProof},
};
use serde::Serialize;

mod make;

pub use make::{FeedError, FeedSource, assemble};

/// Schema of the file.
pub const FEED_SCHEMA: &str = "hufu.feed/1";
const VERDICT_SCHEMA: &str = "hufu.feed-verdict/1";

object! {
    /// The file as it is written.
    pub struct Feed {
        /// `hufu.feed/1`.
        schema: String,
        /// The certified header that the records stand under.
        anchor: Anchor,
        /// Canonical bytes of the record of the organisation.
        org: Blob,
        /// Canonical bytes of the `StateProof` that it stands in the certified state.
        org_proof: Blob,
        /// Canonical bytes of the record of its feed; none where nothing ever touched it.
        feed: Option<Blob>,
        /// Canonical bytes of the `StateProof` of that record, or of its absence.
        feed_proof: Blob,
        /// The first height asked for.
        from: u64,
        /// The last height asked for.
        to: u64,
        /// The last link below `from`.
        before: Option<FeedBefore>,
        /// The links from `from` to `to`, by ascending height.
        links: List<FeedBlock, MAX_FEED_LINKS>,
        /// The links above `to`, by ascending height.
        later: List<FeedLater, MAX_FEED_LATER>,
    }
}

object! {
    /// The last link below the heights asked for.
    pub struct FeedBefore {
        /// Its number.
        count: u64,
        /// Head of the feed before it.
        head: Digest,
        /// Its height.
        height: u64,
        /// Root of its entries.
        root: Digest,
    }
}

object! {
    /// The link of one block.
    pub struct FeedBlock {
        /// Height of the block.
        height: u64,
        /// The organisation's entries in it, in order.
        entries: List<FeedItem, MAX_FEED_ENTRIES>,
    }
}

object! {
    /// One entry.
    pub struct FeedItem {
        /// Canonical bytes of the entry.
        entry: Blob,
        /// Canonical bytes of the event, for an entry that names one.
        event: Option<Blob>,
    }
}

object! {
    /// A link above the heights asked for: that it is there, and what it hides.
    pub struct FeedLater {
        /// Height of the block.
        height: u64,
        /// Root of its entries.
        root: Digest,
    }
}

impl Feed {
    /// Reads the file; nothing is verified.
    pub fn from_json(bytes: &[u8]) -> Result<Feed, Problem> {
        ground::from_json(bytes, FEED_SCHEMA, |file: &Feed| &file.schema)
    }

    /// The file.
    pub fn to_json(&self) -> Vec<u8> {
        ground::to_json(self)
    }
}

/// What the file is worth. Fields about the organisation are filled only with what was proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FeedVerdict {
    /// `hufu.feed-verdict/1`.
    pub schema: &'static str,
    /// Identity of the organisation, hexadecimal.
    pub org: Option<String>,
    /// Its name.
    pub org_name: Option<String>,
    /// The first height that is covered.
    pub from: Option<u64>,
    /// The last height that is covered.
    pub to: Option<u64>,
    /// Blocks that touched it in these heights.
    pub links: u64,
    /// Its entries in them.
    pub entries: u64,
    /// Events among them, each in the file.
    pub events: u64,
    /// What all verdicts say.
    #[serde(flatten)]
    pub head: VerdictHead,
}

/// A record, and what its bytes hash to.
struct Proven<T> {
    value: T,
    hash: Hash,
}

/// The file with its bytes decoded.
struct Decoded {
    org: Proven<OrgRecord>,
    org_proof: StateProof,
    feed: Option<Proven<FeedRecord>>,
    feed_proof: StateProof,
    links: Vec<Link>,
}

struct Link {
    height: u64,
    entries: Vec<FeedEntry>,
    /// As many as there are entries.
    events: Vec<Option<Named>>,
}

/// An event, and what its bytes hash to.
struct Named {
    event: Event,
    hash: Hash,
}

impl Decoded {
    fn of(file: &Feed) -> Result<Decoded, Problem> {
        let org = Proven {
            value: read!("the record of the organisation", &file.org, MAX_RECORD_BYTES)?,
            hash: tree::value(&file.org),
        };
        let feed = match &file.feed {
            Some(bytes) => Some(Proven {
                value: read!("the record of the feed", bytes, MAX_RECORD_BYTES)?,
                hash: tree::value(bytes),
            }),
            None => None,
        };
        Ok(Decoded {
            org,
            org_proof: read!("the proof of the organisation", &file.org_proof, MAX_STATE_PROOF_BYTES)?,
            feed,
            feed_proof: read!("the proof of the feed", &file.feed_proof, MAX_STATE_PROOF_BYTES)?,
            links: file.links.iter().map(link).collect::<Result<_, _>>()?,
        })
    }

    fn org_id(&self) -> OrgId {
        OrgId::of(&self.org.value.profile.identifier)
    }
}

fn link(block: &FeedBlock) -> Result<Link, Problem> {
    let mut link = Link { height: block.height, entries: Vec::new(), events: Vec::new() };
    for item in block.entries.iter() {
        link.entries.push(read!("an entry of the feed", &item.entry, MAX_FEED_ENTRY_BYTES)?);
        let event = match &item.event {
            Some(bytes) => Some(Named {
                event: read!("an event", bytes, MAX_EVENT_BYTES)?,
                hash: Hash::of_bytes(&tag::EVENT, bytes),
            }),
            None => None,
        };
        link.events.push(event);
    }
    Ok(link)
}

/// Judges the file; arguments as of [`crate::verify()`].
pub fn verify(bytes: &[u8], trust: Option<&TrustRoot>, options: Options) -> FeedVerdict {
    let mut verdict = FeedVerdict {
        schema: VERDICT_SCHEMA,
        org: None,
        org_name: None,
        from: None,
        to: None,
        links: 0,
        entries: 0,
        events: 0,
        head: VerdictHead::new(trust),
    };
    if let Err(problem) = check(bytes, trust, options, &mut verdict) {
        verdict.head.fail(&problem);
    }
    verdict
}

fn check(bytes: &[u8], trust: Option<&TrustRoot>, options: Options, verdict: &mut FeedVerdict) -> Result<(), Problem> {
    let file = Feed::from_json(bytes)?;
    let anchored = Anchored::decode(&file.anchor, trust)?;
    let parts = Decoded::of(&file)?;

    let ground = verdict.head.anchored(&anchored, trust, options)?;
    let header = anchored.header();
    proved(&parts, &header.state)?;
    let name = &parts.org.value.profile.name;
    (verdict.org, verdict.org_name) = (Some(parts.org_id().to_string()), Some(name.to_string()));

    heights(&file, header.height)?;
    whole(&file, &parts)?;
    let events = named(&parts.links)?;
    let entries: usize = parts.links.iter().fold(0, |sum, link| sum.saturating_add(link.entries.len()));
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    (verdict.from, verdict.to) = (Some(file.from), Some(file.to));
    (verdict.links, verdict.entries, verdict.events) = (number(parts.links.len()), number(entries), number(events));

    let mut own = Vec::new();
    if parts.feed.is_none() {
        own.push(notice("feed-empty", format!("nothing ever touched {name} up to height {}", header.height)));
    }
    let range = format!("from height {} to {}", file.from, file.to);
    own.push(notice("feed-covers", format!("covers every event, act, refusal and alert that touched {name} {range}")));
    let not = "does not cover what happened to items in the hands of others, nor alerts that a party is banned";
    own.push(notice("feed-covers-not", not));
    verdict.head.conclude(&anchored, trust, &ground, options, own);
    Ok(())
}

/// The records of organisation and feed, or that there is no feed, stand in the certified state.
fn proved(parts: &Decoded, state: &Hash) -> Result<(), Problem> {
    let (org, feed) = (StateKey::Org(parts.org_id()).hash(), StateKey::Feed(parts.org_id()).hash());
    let value = parts.feed.as_ref().map(|feed| &feed.hash);
    let holds =
        parts.org_proof.proves(state, &org, Some(&parts.org.hash)) && parts.feed_proof.proves(state, &feed, value);
    holds.then_some(()).ok_or(Problem::StateProof)
}

/// The heights asked for lie below the header's, and every link on its side of them.
fn heights(file: &Feed, certified: u64) -> Result<(), Problem> {
    let refuse = |what| Err(Problem::FeedRange { what });
    if file.from > file.to || file.to > certified {
        return refuse("they end before they begin, or above the header");
    }
    if file.before.as_ref().is_some_and(|before| before.height >= file.from) {
        return refuse("the link before them is one of them");
    }
    let mut lowest = file.from;
    for link in file.links.iter() {
        if link.height < lowest || link.height > file.to {
            return refuse("a link is outside, or out of order");
        }
        lowest = link.height.saturating_add(1);
    }
    let mut lowest = file.to.saturating_add(1);
    for link in file.later.iter() {
        if link.height < lowest {
            return refuse("a later link is not later, or out of order");
        }
        lowest = link.height.saturating_add(1);
    }
    Ok(())
}

/// All links together lead to the certified record: what is hashed is number, head before, height and root of each.
fn whole(file: &Feed, parts: &Decoded) -> Result<(), Problem> {
    let org = parts.org_id();
    let mut last = FeedRecord { count: 0, head: Hash::default(), height: 0 };
    let follow = |last: &mut FeedRecord, height: u64, root: &Hash| {
        last.count = last.count.saturating_add(1);
        last.head = feed_head(&org, last.count, &last.head, height, root);
        last.height = height;
    };
    if let Some(before) = &file.before {
        let count = before.count.checked_sub(1).ok_or(Problem::FeedBroken)?;
        last = FeedRecord { count, head: before.head.0, height: 0 };
        follow(&mut last, before.height, &before.root.0);
    }
    for link in &parts.links {
        follow(&mut last, link.height, &feed_root(&link.entries));
    }
    for link in file.later.iter() {
        follow(&mut last, link.height, &link.root.0);
    }
    let leads_there = match &parts.feed {
        Some(feed) => feed.value == last,
        None => last.count == 0,
    };
    leads_there.then_some(()).ok_or(Problem::FeedBroken)
}

/// Every event that an entry names is there, and no other; gives how many.
fn named(links: &[Link]) -> Result<usize, Problem> {
    let mut count = 0usize;
    for link in links {
        for (position, (entry, event)) in link.entries.iter().zip(&link.events).enumerate() {
            if !fits(entry, event.as_ref().map(|found| (&found.event, found.hash))) {
                return Err(Problem::FeedEvent { height: link.height, entry: position });
            }
            count = count.saturating_add(usize::from(event.is_some()));
        }
    }
    Ok(count)
}

/// Whether what stands beside an entry is the event that it names, with its hash, and nothing where it names none.
pub(crate) fn fits(entry: &FeedEntry, event: Option<(&Event, Hash)>) -> bool {
    match (entry, event) {
        (FeedEntry::Event(named), Some((event, hash))) => {
            hash == named.hash && event.item == named.item && event.n == named.n
        }
        (FeedEntry::Event(_), None) => false,
        (FeedEntry::Done(_) | FeedEntry::Refused { .. } | FeedEntry::Alert { .. }, event) => event.is_none(),
    }
}
