//! From bytes that a node gave to what they prove: the one place in which answers are read and judged. What comes out of
//! here was proven under a head that the trust root leads to.

use super::{
    agencies::{Unanswered, Wrong},
    keeper::Ground,
};
use crate::runtime::RunError;
use ::access::{
    limits::MAX_CERTIFIED_BYTES,
    wire::{Certified3, Head, Link, PlacedTx, Proven, Stand},
};
use ledger::{
    Event, Header, ItemId, OrgId, OrgRecord, Receipt, SignedTx, StateKey,
    block::FeedEntry,
    bounds::MAX_TX_BYTES,
    codec::{self, Canonical},
    record::FeedRecord,
    state::{MAX_RECORD_BYTES, ReadError},
};
use proof::{
    Anchor, AsOf, Bundle, Certified, Contents, Failure, FollowedLink, Known, Options, Problem, Standing, Taken,
    TrustRoot, TxPlace, Verdict, VerdictHead,
    absence::{self, Absence},
    bounds::{MAX_BUNDLE_BYTES, MAX_EVENT_BYTES, MAX_FEED_ENTRY_BYTES},
};
use store::{OwnTx, StoreError};

/// Why a round with a node came to no end.
#[derive(Debug)]
pub(crate) enum End {
    /// It did not answer, or refused.
    Unanswered(Unanswered),
    /// What it gave does not hold.
    Wrong(Wrong),
    /// Its head is below what is known.
    Behind(u64),
    /// It refuses what its own head says is there.
    Withheld(String),
    /// It took longer than a round may.
    Slow,
    /// A fault that the watch knows already.
    Told,
    /// Not the node's fault: the clock of this machine, or a trust file that is too old.
    Own(Problem),
    /// The slice cannot be read or written.
    Store(StoreError),
    /// The node is not to go on.
    Over(Box<RunError>),
}

impl From<Unanswered> for End {
    fn from(why: Unanswered) -> Self {
        End::Unanswered(why)
    }
}

impl From<Wrong> for End {
    fn from(wrong: Wrong) -> Self {
        End::Wrong(wrong)
    }
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        End::Store(error)
    }
}

impl From<ReadError> for End {
    fn from(error: ReadError) -> Self {
        End::Store(StoreError::Corrupt { what: "a record of the slice".into(), detail: error.to_string() })
    }
}

impl From<Problem> for End {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::TrustExpired | Problem::Future { .. } => End::Own(problem),
            Problem::HeadOld { height, known: _ } => End::Behind(height),
            problem => End::Wrong(problem.into()),
        }
    }
}

fn read<T: Canonical>(what: &'static str, bytes: &[u8], limit: usize) -> Result<T, Wrong> {
    codec::decode(bytes, limit).map_err(|e| Wrong::shape(format!("{what}: {e}")))
}

/// A header with its certificate and validators, as they are carried; nothing is judged.
pub(crate) fn certified(one: &Certified3) -> Result<Certified, Wrong> {
    let Certified3 { header, certificate, validators } = one;
    Ok(Certified {
        header: read("a header", header, MAX_CERTIFIED_BYTES)?,
        certificate: read("a certificate", certificate, MAX_CERTIFIED_BYTES)?,
        validators: read("a set of validators", validators, MAX_CERTIFIED_BYTES)?,
    })
}

/// A header with its certificate and validators, to be carried.
pub(crate) fn carried(one: &Certified) -> Certified3 {
    let Certified { header, certificate, validators } = one;
    let (header, certificate) = (codec::encode(header), codec::encode(certificate));
    Certified3 { header, certificate, validators: codec::encode(validators) }
}

/// A head, as it is carried, with the way to it.
pub(crate) fn stand(stand: &Stand) -> Result<(Certified, Vec<Certified>), Wrong> {
    let chain = stand.chain.iter().map(certified).collect::<Result<_, _>>()?;
    Ok((certified(&stand.head)?, chain))
}

/// Judges a head: that the trust root leads to it, and that it extends what is known.
pub(crate) fn head(trust: &TrustRoot, known: Option<&Known>, answer: &Head, options: Options) -> Result<Taken, End> {
    let (head, chain) = stand(&answer.stand)?;
    // Somebody who does not show the block that is known as a part of his history has none of it.
    Ok(proof::follow(trust, known, &head, &chain, &answer.path, options)?)
}

/// The way to a head from the trust file on, not only from where this node has come to: so the links between the two are
/// proven also where the head that was kept with them is lost. The age of the trust file counts for nothing here: the head
/// is judged by the trust root of this node as well.
pub(crate) fn way(origin: &TrustRoot, answer: &Head, options: Options) -> Result<Vec<Certified>, End> {
    let (head, mut chain) = stand(&answer.stand)?;
    chain.retain(|link| link.header.height >= origin.start().height);
    leads(origin, &Anchor::at(&head, &chain), options)?;
    Ok(chain)
}

/// Whether a trust root leads to an anchor.
fn leads(origin: &TrustRoot, anchor: &Anchor, options: Options) -> Result<(), End> {
    match proof::judge(anchor, Some(origin), options)?.rooted {
        true => Ok(()),
        false => Err(Wrong::shape("no way leads there from the trust file").into()),
    }
}

/// The records of the organisation and of its feed under a head; of a feed that nothing touched an empty one.
pub(crate) fn own(known: &Known, org: OrgId, answer: &Head) -> Result<(OrgRecord, FeedRecord), Wrong> {
    let (record, feed) = answer.own.as_ref().ok_or_else(|| Wrong::shape("a head without the records asked for"))?;
    let prove = |key: StateKey, given: &Proven| {
        proof::proven(&known.state, &key, given.record.as_deref(), &given.proof).map_err(Wrong::from)
    };
    prove(StateKey::Org(org), record)?;
    prove(StateKey::Feed(org), feed)?;
    let record = record.record.as_deref().ok_or_else(|| Wrong::shape("no organisation of this name"))?;
    let feed = match feed.record.as_deref() {
        Some(bytes) => read("the record of the feed", bytes, MAX_RECORD_BYTES)?,
        None => FeedRecord { count: 0, head: Default::default(), height: 0 },
    };
    Ok((read("the record of the organisation", record, MAX_RECORD_BYTES)?, feed))
}

/// Records under the head that came with them, in the order of their keys, and the height of that head, which is not below
/// what is known.
pub(crate) fn records(
    trust: &TrustRoot,
    least: Option<&Known>,
    keys: &[StateKey],
    (under, records): (&Stand, Vec<Proven>),
    options: Options,
) -> Result<(u64, Vec<(StateKey, Option<Vec<u8>>)>), End> {
    if records.len() != keys.len() {
        return Err(Wrong::shape("another number of records than was asked for").into());
    }
    let (head, chain) = stand(under)?;
    let known = match least {
        Some(least) => proof::no_older(trust, least, &head, &chain, options)?,
        None => proof::follow(trust, None, &head, &chain, &[], options)?.known,
    };
    let mut proven = Vec::with_capacity(keys.len());
    for (key, Proven { record, proof }) in keys.iter().zip(records) {
        proof::proven(&known.state, key, record.as_deref(), &proof)?;
        proven.push((key.clone(), record));
    }
    Ok((known.height, proven))
}

/// Records with their proofs, and what they are proven under.
#[derive(Debug)]
pub(crate) struct Under {
    /// The header that they are proven under.
    pub(crate) certified: Certified,
    /// The changes of the seats before it.
    pub(crate) chain: Vec<Certified>,
    /// In the order of their keys.
    pub(crate) records: Vec<Proven>,
}

/// Records with their proofs, for this node, and for whoever is given them and has the trust file alone.
pub(crate) fn under(
    ground: &Ground,
    keys: &[StateKey],
    given: &Stand,
    proofs: Vec<Proven>,
    options: Options,
) -> Result<Under, End> {
    records(&ground.trust, ground.known.as_ref(), keys, (given, proofs.clone()), options)?;
    let (certified, mut chain) = stand(given)?;
    chain.retain(|link| link.header.height >= ground.origin.start().height);
    leads(&ground.origin, &Anchor::at(&certified, &chain), options)?;
    Ok(Under { certified, chain, records: proofs })
}

/// Links, as they are carried.
pub(crate) fn links(links: &[Link]) -> Result<Vec<FollowedLink>, Wrong> {
    let entry = |(entry, event): &(Vec<u8>, Option<Vec<u8>>)| -> Result<(FeedEntry, Option<Event>), Wrong> {
        let event = event.as_ref().map(|bytes| read("an event", bytes, MAX_EVENT_BYTES)).transpose()?;
        Ok((read("an entry of the feed", entry, MAX_FEED_ENTRY_BYTES)?, event))
    };
    let link = |link: &Link| {
        let entries = link.entries.iter().map(entry).collect::<Result<_, _>>()?;
        Ok(FollowedLink { height: link.height, entries })
    };
    links.iter().map(link).collect()
}

/// A transaction in a block of the history of a head, with the header of that block.
pub(crate) fn tx(head: &Known, placed: PlacedTx) -> Result<(Header, OwnTx), Wrong> {
    let PlacedTx { tx: bytes, receipt, receipts, in_results, in_txs, header, in_history } = placed;
    let tx: SignedTx = read("a transaction", &bytes, MAX_TX_BYTES)?;
    let receipt: Receipt = read("a receipt", &receipt, MAX_RECORD_BYTES)?;
    let header: Header = read("a header", &header, MAX_CERTIFIED_BYTES)?;
    let place =
        TxPlace { header: &header, in_history: &in_history, receipts, in_results: &in_results, in_txs: &in_txs };
    proof::placed(head, &place, &tx, &receipt)?;
    let height = header.height;
    Ok((header, OwnTx { height, bytes, receipt }))
}

/// What a bundle holds, if it is valid and not older than what is known; for this node, and for whoever is given it and has
/// the trust file alone. `gz`: as it is carried.
pub(crate) fn bundle(
    ground: &Ground,
    least: Option<&Known>,
    item: ItemId,
    gz: &[u8],
    options: Options,
) -> Result<Contents, End> {
    let plain = proof::read_file(gz, MAX_BUNDLE_BYTES)?;
    let Verdict { verdict, as_of, failure, .. } = proof::verify(&plain, Some(&ground.trust), options);
    holds(&format!("the bundle of {item}"), verdict, as_of, failure)?;
    let bundle = Bundle::from_json(&plain)?;
    leads(&ground.origin, &bundle.anchor, options)?;
    let contents = proof::contents(&bundle)?;
    let height = contents.certified.header.height;
    if least.is_some_and(|least| height < least.height) {
        return Err(End::Behind(height));
    }
    match contents.item == item {
        true => Ok(contents),
        false => Err(Wrong::shape("the bundle of another item").into()),
    }
}

/// The file that proves that nobody registered a code, given as canonical bytes, and the height that it is of, if it is
/// valid, for the same two. `gz`: as it is carried.
pub(crate) fn absence(ground: &Ground, code: &[u8], gz: &[u8], options: Options) -> Result<(u64, Vec<u8>), End> {
    let plain = proof::read_file(gz, MAX_BUNDLE_BYTES)?;
    let VerdictHead { verdict, as_of, failure, .. } = absence::verify(&plain, Some(&ground.trust), options).head;
    let height = as_of.as_ref().map_or(0, |as_of| as_of.height);
    holds("the proof of an absence", verdict, as_of, failure)?;
    let file = Absence::from_json(&plain)?;
    leads(&ground.origin, &file.anchor, options)?;
    match *file.code == *code {
        true => Ok((height, plain.into_owned())),
        false => Err(Wrong::shape("the proof that another code is absent").into()),
    }
}

/// Whether a file holds, by its verdict; if not, whose fault that is.
fn holds(what: &str, verdict: Standing, as_of: Option<AsOf>, failure: Option<Failure>) -> Result<(), End> {
    let future = Problem::Future { ms: 0 };
    let is_future = failure.as_ref().is_some_and(|failure| failure.code == future.code());
    match verdict {
        Standing::Valid => Ok(()),
        // It was assembled after the head was judged: the clock, or the age of the trust, is at fault then too.
        Standing::Stale => Err(Problem::TrustExpired.into()),
        // Below the start of the trust root: who is behind is no liar.
        Standing::Untrusted => Err(End::Behind(as_of.map_or(0, |as_of| as_of.height))),
        Standing::Invalid if is_future => Err(future.into()),
        Standing::Invalid => {
            let why = failure.map_or_else(|| "it is not valid".to_owned(), |f| format!("{}: {}", f.code, f.message));
            Err(Wrong::shape(format!("{what}: {why}")).into())
        }
    }
}
