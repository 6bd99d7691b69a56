//! Following a network without its blocks: heads that extend each other, records under them, a feed that goes on, a
//! transaction in its block.
//!
//! Who follows keeps a trust root and the last head that he took ([`Known`]). Of each new head he asks for the way from the
//! trust root and for the place of the block that he knows; all that happened between is bound by the two. A head is judged
//! by the light client that judges files. Witnesses are not asked: nobody has signed a head that is a second old.

use crate::{
    anchor::{Anchor, Anchored, Certified, SignedHeader},
    bounds::MAX_CHAIN,
    evidence::{self, EvidenceFile, Headers},
    feed,
    problem::Problem,
    standing,
    trust::{Start, TrustRoot},
    verdict::Standing,
    verify::{Options, light},
};
use ledger::{
    BlockId, Event, Hash, Header, OrgId, Receipt, SignedTx, StateKey, Timestamp,
    block::{FeedEntry, FeedLink},
    list,
    record::FeedRecord,
    transaction,
    tree::{self, StateProof},
};
use std::cmp::Ordering;

/// A head that was taken: what later ones must extend, and records are proven under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its height, from 1.
    pub height: u64,
    /// Its time.
    pub time: Timestamp,
    /// Identity of its block.
    pub block: BlockId,
    /// Merkle list of the identities of all blocks before it.
    pub history: Hash,
    /// Root of the state after it.
    pub state: Hash,
}

/// What following one head gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The head.
    pub known: Known,
    /// The same with its signatures.
    pub certified: Certified,
    /// The changes of the validators that were judged: those from the start of the trust root on, by ascending height. Who
    /// keeps the way to the head keeps these alone.
    pub way: Vec<Certified>,
    /// The trust root to go on from, where the validators changed on the way to the head, and where half of the time has
    /// passed for which the one at hand may be led on from. It starts at the head or, where the validators change behind the
    /// head itself, at the change before. An agency that the old one does not name is called `unknown` in it.
    pub trust: Option<TrustRoot>,
}

/// The link of one block, with the events that its entries name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowedLink {
    /// Height of the block.
    pub height: u64,
    /// The organisation's entries in it, in order; an event beside each that names one.
    pub entries: Vec<(FeedEntry, Option<Event>)>,
}

/// Judges a head under the trust root, and that it extends what is known.
///
/// `chain`: the changes of the validators above the trust root, by ascending height; links below its start are not looked at,
/// for nothing leads to them. `path`: of the block that is known, in the history of the head; empty where nothing is known, or
/// the head itself. Of `options` the clock counts alone; a test network is followed by whoever trusts one. Errors: those of
/// the light client; H9026 also for a head of another network; [`Problem::TrustExpired`], [`Problem::HeadOld`],
/// [`Problem::HeadFork`].
pub fn follow(
    trust: &TrustRoot,
    known: Option<&Known>,
    head: &Certified,
    chain: &[Certified],
    path: &[Hash],
    options: Options,
) -> Result<Taken, Problem> {
    let anchored = judged(trust, head, chain, options)?;
    if let Some(known) = known {
        extends(known, anchored.header(), &anchored.head.id, path)?;
    }
    let way = anchored.chain.iter().map(SignedHeader::certified).collect();
    Ok(Taken { known: taken(&anchored), certified: head.clone(), way, trust: led_on(trust, &anchored) })
}

/// Judges the head that records came with, without a path: it is not older than what is known.
///
/// So nobody is given what has changed since. Arguments and errors are those of [`follow()`]; [`Problem::HeadFork`] for another
/// block of the same height alone.
pub fn no_older(
    trust: &TrustRoot,
    known: &Known,
    head: &Certified,
    chain: &[Certified],
    options: Options,
) -> Result<Known, Problem> {
    let found = taken(&judged(trust, head, chain, options)?);
    match found.height.cmp(&known.height) {
        Ordering::Less => Err(Problem::HeadOld { height: found.height, known: known.height }),
        Ordering::Equal if found.block != known.block => Err(Problem::HeadFork { height: known.height }),
        Ordering::Equal | Ordering::Greater => Ok(found),
    }
}

/// The head with the way to it from the start of the trust root, once the light client has found nothing wrong.
fn judged(trust: &TrustRoot, head: &Certified, chain: &[Certified], options: Options) -> Result<Anchored, Problem> {
    if chain.len() > MAX_CHAIN {
        return Err(Problem::Shape { detail: format!("more than {MAX_CHAIN} changes of the validator set") });
    }
    if head.header.network != trust.network() {
        return Err(Problem::TrustBroken);
    }
    let start = trust.start().height;
    let way: Vec<Certified> = chain.iter().filter(|link| link.header.height >= start).cloned().collect();
    let anchored = Anchored::decode(&Anchor::at(head, &way), Some(trust))?;
    let ground = light::check(&anchored, Some(trust), options)?;
    let header = anchored.header();
    if !ground.rooted {
        return Err(Problem::HeadOld { height: header.height, known: start });
    }
    match standing::is_expired(header, trust, options) {
        true => Err(Problem::TrustExpired),
        false => Ok(anchored),
    }
}

fn taken(anchored: &Anchored) -> Known {
    let Header { height, time, history, state, .. } = *anchored.header();
    Known { height, time, block: anchored.head.id, history, state }
}

/// The head is the block that is known, or has it in its history.
fn extends(known: &Known, header: &Header, block: &BlockId, path: &[Hash]) -> Result<(), Problem> {
    let holds = match header.height.cmp(&known.height) {
        Ordering::Less => return Err(Problem::HeadOld { height: header.height, known: known.height }),
        Ordering::Equal => *block == known.block,
        Ordering::Greater => is_in_history(&header.history, header.height, known.height, &known.block, path),
    };
    holds.then_some(()).ok_or(Problem::HeadFork { height: known.height })
}

/// Whether a block stands at its height in the history of a header above it.
fn is_in_history(history: &Hash, above: u64, height: u64, block: &BlockId, path: &[Hash]) -> bool {
    let places = above.checked_sub(1).zip(height.checked_sub(1));
    places.is_some_and(|(count, index)| list::verify(history, count, index, &block.0, path))
}

/// The trust root to go on from, where there is a reason for one.
///
/// It starts where the validators of the head sign the next block: at the head, or at the last change before it. Without the
/// second, a head that is a change itself would leave the trust root behind a change that nobody shows again: it is asked for
/// changes from the head on.
fn led_on(trust: &TrustRoot, anchored: &Anchored) -> Option<TrustRoot> {
    let (head, start) = (&anchored.head, trust.start());
    let change = anchored.chain.iter().rfind(|link| link.header.height > start.height);
    let is_aged = trust.trusting_ms().is_some_and(|ms| head.header.time.ms_since(start.time) > ms / 2);
    let at = match head.header.next_validators == head.header.validators {
        true => (change.is_some() || is_aged).then_some(head),
        false => change,
    };
    let SignedHeader { header, id, .. } = at.filter(|at| at.header.height > start.height)?;
    let at = Start { height: header.height, time: header.time, block: *id, history: header.history };
    Some(trust.starting(at, head.set.clone(), &|_| None))
}

/// Proves a record, or that there is none, under a state root. Error: [`Problem::StateProof`].
pub fn proven(state: &Hash, key: &StateKey, record: Option<&[u8]>, proof: &StateProof) -> Result<(), Problem> {
    let value = record.map(tree::value);
    proof.proves(state, &key.hash(), value.as_ref()).then_some(()).ok_or(Problem::StateProof)
}

/// Continues a feed: the links behind `before`, whose last leads to the certified record or stays below it.
///
/// Links that stay below it are proven by nothing yet: they are kept apart until one reaches it. Errors:
/// [`Problem::FeedShrinks`] for a record that does not come behind `before`, [`Problem::FeedBroken`],
/// [`Problem::FeedEvent`] for an event that is missing, surplus or another.
pub fn continue_feed(
    org: &OrgId,
    before: &FeedRecord,
    links: &[FollowedLink],
    certified: &FeedRecord,
) -> Result<Vec<FeedLink>, Problem> {
    if certified.count < before.count || (certified.count == before.count && certified != before) {
        return Err(Problem::FeedShrinks { found: certified.count, known: before.count });
    }
    let mut last = before.clone();
    let mut taken = Vec::with_capacity(links.len());
    for FollowedLink { height, entries } in links {
        if last.count >= certified.count || *height <= last.height || *height > certified.height {
            return Err(Problem::FeedBroken);
        }
        for (position, (entry, event)) in entries.iter().enumerate() {
            if !feed::fits(entry, event.as_ref().map(|event| (event, event.hash()))) {
                return Err(Problem::FeedEvent { height: *height, entry: position });
            }
        }
        let entries = entries.iter().map(|(entry, _)| entry.clone()).collect();
        let link = FeedLink::behind(Some(&last), *org, *height, entries);
        last = link.record();
        taken.push(link);
    }
    let holds = last.count < certified.count || last == *certified;
    holds.then_some(taken).ok_or(Problem::FeedBroken)
}

/// Where a transaction is said to stand.
#[derive(Clone, Copy, Debug)]
pub struct TxPlace<'a> {
    /// Header of its block.
    pub header: &'a Header,
    /// Path of the block in the history of the head; empty where it is the head.
    pub in_history: &'a [Hash],
    /// How many transactions, and so receipts, the block has.
    pub receipts: u32,
    /// Path of the receipt among those of the block.
    pub in_results: &'a [Hash],
    /// Path of the transaction among those of the block.
    pub in_txs: &'a [Hash],
}

/// A transaction with its receipt stands in a block of the history of a head.
///
/// The receipt binds the body and through it the entries of a list, the place among the transactions binds the signatures:
/// each byte is the one in the block. Error: [`Problem::Placed`].
pub fn placed(head: &Known, place: &TxPlace<'_>, tx: &SignedTx, receipt: &Receipt) -> Result<(), Problem> {
    let TxPlace { header, in_history, receipts, in_results, in_txs } = *place;
    let (block, id) = (header.id(), tx.body.id());
    let is_below = match header.height.cmp(&head.height) {
        Ordering::Less => is_in_history(&head.history, head.height, header.height, &block, in_history),
        Ordering::Equal => block == head.block && in_history.is_empty(),
        Ordering::Greater => false,
    };
    let (count, index) = (u64::from(receipts), u64::from(receipt.index));
    let leaf = transaction::leaf(&id, &tx.signatures_hash());
    let checks = [
        (is_below, "the block is not in its history"),
        (list::verify(&header.results, count, index, &receipt.hash(), in_results), "the receipt is not in the block"),
        (id == receipt.tx, "the receipt is of another transaction"),
        (list::verify(&header.txs, count, index, &leaf, in_txs), "the block has it with other signatures"),
        (tx.check_shape().is_ok(), "the transaction is not whole"),
    ];
    match checks.iter().find(|(holds, _)| !holds) {
        Some((_, detail)) => Err(Problem::Placed { detail }),
        None => Ok(()),
    }
}

/// The evidence that lies in two heads of which at most one can be true, each with the changes of the validators on the way
/// to it. None where no two certificates of one height and one set contradict each other.
pub fn fork(
    one: (&Certified, &[Certified]),
    other: (&Certified, &[Certified]),
    trust: &TrustRoot,
) -> Option<EvidenceFile> {
    let one = Headers::at(one.0, one.1).ok()?;
    let other = Headers::at(other.0, other.1).ok()?;
    let file = evidence::contradiction(&one, &other, Some(trust))?;
    let options = Options { allow_test: true, ..Options::default() };
    let verdict = evidence::verify(&file.to_json(), Some(trust), options).head.verdict;
    (verdict != Standing::Invalid).then_some(file)
}
