//! What an agency's node answers to members' nodes: each answer is read from one view of the store, and what it shows is
//! asked of `visibility` with the organisation whose node asks as the reader. What may not be shown is answered as if it
//! were not there; of records, whose absence could be proven otherwise, by one refusal for the whole request.

use super::{
    admission::{self, is_guest, unread},
    list, news,
    reports::Reports,
};
use crate::{
    documents::Library,
    handle::{AgencyWay, Handle},
    http::Moment,
    ingress::SubmitError,
};
use ::access::{
    Answers, DocumentRequest, DocumentResponse, Guest, Request, Response,
    limits::{MAX_LINKS, MAX_RESPONSE_BYTES},
    wire::{Certified3, Head, Link, PlacedTx, Proven, Refusal, Report, Stand},
};
use custody::visibility::{Parties, Reader, Resource, sees, visible};
use futures::future::BoxFuture;
use ledger::{
    Event, Hash, ItemId, OrgId, OrgRecord, Outcome, Receipt, SignedTx, StateKey, StateRead, TxId,
    block::{Block, FeedEntry, FeedLink},
    codec, list as hashes,
    record::{FeedRecord, Stamp},
    transaction,
};
use proof::{
    AssembleError, Certified, Source,
    absence::{self, AbsenceError},
    bounds::MAX_BUNDLE_BYTES,
    feed::FeedSource,
};
use std::{collections::BTreeSet, fmt::Display, time::Duration};
use store::{StoreError, TxLocation, View};

/// Heights below its last one for whose heads a node proves where transactions are.
pub(crate) const MAX_AGE: u64 = 4_096;
/// Bytes of links in one answer; the rest is asked for again.
const LINK_ROOM: usize = MAX_RESPONSE_BYTES - 512 * 1024;
/// Bytes of a file in one answer.
const FILE_ROOM: usize = MAX_RESPONSE_BYTES - 1024;

/// Codes of refusals.
mod code {
    pub(super) const REQUEST: &str = "H1413";
    pub(super) const HIDDEN: &str = "H4301";
    pub(super) const NOT_FOR_YOU: &str = "H4302";
    pub(super) const NOT_READY: &str = "H7002";
    pub(super) const NOT_FOUND: &str = "H7004";
    pub(super) const FAULT: &str = "H7009";
    pub(super) const REGISTERED: &str = "H7016";
    pub(super) const NOT_ADMITTED: &str = "H7121";
    pub(super) const TOO_LARGE: &str = "H7124";
    pub(super) const GONE: &str = "H7125";
}

/// Why a request is not answered.
#[derive(Debug)]
pub(super) enum Refused {
    /// With a code of the catalogue.
    Code(&'static str, String),
    /// A fault of this node: the reason goes to the log and to nobody else.
    Fault(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            // This node does not keep it any more; another does.
            StoreError::Pruned { .. } => Refused::Code(error.code(), error.to_string()),
            error => Refused::Fault(error),
        }
    }
}

fn refused(code: &'static str, detail: impl Display) -> Refused {
    Refused::Code(code, detail.to_string())
}

/// Who answers.
pub(crate) struct Desk {
    handle: Handle,
    way: AgencyWay,
    documents: Library,
    runtime: tokio::runtime::Handle,
}

/// What the places in a block are proven with.
struct Leaves {
    height: u64,
    /// Of its receipts, in their order.
    receipts: Vec<Hash>,
    /// Of its transactions, likewise.
    txs: Vec<Hash>,
}

/// One asker at one moment.
struct Asked<'a> {
    desk: &'a Desk,
    org: OrgId,
    reader: Reader,
    moment: Moment<'a>,
}

impl Answers for Desk {
    fn answer(&self, of: &Guest, request: Request) -> Response {
        let answered = self.asked(of).and_then(|asked| asked.answer(request));
        answered.unwrap_or_else(|why| match why {
            Refused::Code(code, detail) => Response::failure(code, &detail, 0),
            Refused::Fault(error) => {
                tracing::error!(%error, org = %of.org, "a member's request failed");
                Response::failure(code::FAULT, "the reason is in the log of the node", 0)
            }
        })
    }

    fn document(&self, of: &Guest, request: DocumentRequest) -> DocumentResponse {
        // The state is let go before the disk is waited for.
        let reader = self.asked(of).map(|asked| asked.reader);
        match reader {
            Ok(reader) => self.documents.answer(&reader, request),
            Err(Refused::Code(code, detail)) => DocumentResponse::failure(code, &detail, 0),
            Err(Refused::Fault(error)) => {
                tracing::error!(%error, org = %of.org, "a member's request failed");
                DocumentResponse::failure(code::FAULT, "the reason is in the log of the node", 0)
            }
        }
    }

    fn news(&self, of: OrgId, known: u64, links: u64, wait: Duration) -> BoxFuture<'static, ()> {
        news::news(&self.handle, of, known, links, wait)
    }
}

impl Desk {
    /// One that answers from the ledger of an agency's node. Call it on the runtime that is to wait for submissions.
    pub(crate) fn new(handle: Handle, way: AgencyWay, documents: Library) -> Desk {
        Desk { handle, way, documents, runtime: tokio::runtime::Handle::current() }
    }

    /// The state of now as the asker may see it. Whether he may ask at all is looked up in the same state: a node whose
    /// record ended gets nothing of the block that ended it.
    fn asked(&self, of: &Guest) -> Result<Asked<'_>, Refused> {
        let view = self.handle.store.view()?;
        if !is_guest(&view, &of.peer, &of.org)? {
            return Err(refused(code::NOT_ADMITTED, "the ledger names no such node in force"));
        }
        if view.tip().height == 0 {
            return Err(refused(code::NOT_READY, "nothing is certified before the first block"));
        }
        let record: Option<OrgRecord> = view.record(&StateKey::Org(of.org)).map_err(unread)?;
        let record = record.ok_or_else(|| refused(code::NOT_ADMITTED, "the organisation is not registered"))?;
        let reader = Reader::of(of.org, record.profile.kind);
        Ok(Asked { desk: self, org: of.org, reader, moment: Moment(view) })
    }
}

impl Asked<'_> {
    fn view(&self) -> &View<'_> {
        &self.moment.0
    }

    fn answer(&self, request: Request) -> Result<Response, Refused> {
        match request {
            Request::Head { known, block: _, links: _, brief, wait_ms: _ } => self.head(known, brief),
            Request::Links { from, limit } => self.links(from, usize::from(limit)),
            Request::Records { keys } => self.records(&keys),
            Request::List { list, after, limit } => {
                let (entries, more) = list::list(self.view(), &self.reader, list, after, usize::from(limit))?;
                Ok(Response::List { entries, more })
            }
            Request::Txs { at, ids } => self.txs(at, &ids),
            Request::Bundle { item, children } => self.bundle(item, children),
            Request::Absence { code } => self.absence(&code),
            Request::Submit { tx } => self.submit(tx),
            Request::Judge { draft } => self.judge(&draft),
            Request::Waiting { ids } => {
                let pool = self.desk.way.pool.lock();
                let pool = pool.map_err(|_| refused(code::FAULT, "the pool cannot be reached"))?;
                Ok(Response::Waiting { pending: ids.iter().map(|id| pool.contains(id)).collect() })
            }
            Request::Report { report } => Ok(self.note(report)),
        }
    }

    /// The last header and the way to it.
    fn stand(&self, from: u64) -> Result<Stand, Refused> {
        let chain = self.moment.validator_chain()?;
        let chain = chain.iter().filter(|link| link.header.height >= from).map(certified).collect();
        Ok(Stand { head: certified(&self.moment.certified()?), chain })
    }

    fn proven(&self, key: &StateKey) -> Result<Proven, Refused> {
        let (record, proof) = self.moment.prove(key)?;
        Ok(Proven { record, proof })
    }

    fn head(&self, known: u64, brief: bool) -> Result<Response, Refused> {
        let last = self.view().tip().height;
        let path = match known > 0 && known < last {
            true => self.way_to(last, known)?,
            false => Vec::new(),
        };
        let own = match brief {
            true => None,
            false => Some((self.proven(&StateKey::Org(self.org))?, self.proven(&StateKey::Feed(self.org))?)),
        };
        Ok(Response::Head(Box::new(Head { stand: self.stand(known)?, path, own })))
    }

    /// The path of a block in the history of a later header.
    fn way_to(&self, head: u64, height: u64) -> Result<Vec<Hash>, Refused> {
        let path = self.desk.way.history.path(&self.desk.handle.store, head.saturating_sub(1), height)?;
        let (_, path) = path.ok_or_else(|| refused(code::GONE, format!("block {height} is not below {head}")))?;
        Ok(path)
    }

    fn links(&self, from: u64, limit: usize) -> Result<Response, Refused> {
        let (mut links, mut room) = (Vec::new(), LINK_ROOM);
        for link in self.moment.feed_links(&self.org, from.max(1), limit.min(MAX_LINKS))? {
            let link = self.link(link)?;
            let bytes = link.entries.iter().map(|(entry, event)| entry.len() + event.as_ref().map_or(0, Vec::len) + 32);
            // The first fits whatever it holds: a block does.
            match room.checked_sub(bytes.sum()) {
                None if !links.is_empty() => break,
                left => room = left.unwrap_or(0),
            }
            links.push(link);
        }
        Ok(Response::Links { links })
    }

    fn link(&self, link: FeedLink) -> Result<Link, Refused> {
        let mut entries = Vec::with_capacity(link.entries.len());
        for entry in &link.entries {
            let event = match entry {
                FeedEntry::Event(named) => Some(self.event(&named.item, named.n)?),
                FeedEntry::Done(_) | FeedEntry::Refused { .. } | FeedEntry::Alert { .. } => None,
            };
            entries.push((codec::encode(entry), event.as_ref().map(codec::encode)));
        }
        Ok(Link { height: link.height, entries })
    }

    fn event(&self, item: &ItemId, n: u64) -> Result<Event, Refused> {
        let lost = || StoreError::Corrupt { what: "an event".into(), detail: format!("{n} of {item} is missing") };
        Ok(FeedSource::event(&self.moment, item, n)?.ok_or_else(lost)?)
    }

    fn records(&self, keys: &[StateKey]) -> Result<Response, Refused> {
        let now = admission::time(self.view());
        let mut records = Vec::with_capacity(keys.len());
        for key in keys {
            if !sees(&self.reader, key, self.view(), now).map_err(unread)? {
                return Err(refused(code::HIDDEN, "a record among them is not for this organisation"));
            }
            records.push(self.proven(key)?);
        }
        Ok(Response::Records { stand: self.stand(0)?, records })
    }

    fn txs(&self, at: u64, ids: &[TxId]) -> Result<Response, Refused> {
        let last = self.view().tip().height;
        if at > last || at == 0 || last - at >= MAX_AGE {
            return Err(refused(code::GONE, format!("{at} is not one of the last {MAX_AGE} heights up to {last}")));
        }
        let mut located = Vec::with_capacity(ids.len());
        for (position, id) in ids.iter().enumerate() {
            let location = self.view().tx(id)?.filter(|location| location.height <= at);
            located.extend(location.map(|location| (position, location)));
        }
        // Those of one block come in a row: its leaves are made once for all of them.
        located.sort_by_key(|(_, location)| location.height);
        let (mut txs, mut kept) = (vec![None; ids.len()], None);
        for (position, location) in &located {
            txs[*position] = self.tx(at, location, &mut kept)?;
        }
        Ok(Response::Txs { txs })
    }

    /// A transaction with its place. `kept`: the leaves of the block before.
    fn tx(&self, at: u64, location: &TxLocation, kept: &mut Option<Leaves>) -> Result<Option<Box<PlacedTx>>, Refused> {
        let view = self.view();
        let lost = |what: &str| StoreError::Corrupt { what: what.into(), detail: "it is missing".into() };
        let bytes = view.tx_bytes(location.height, location.index)?.ok_or_else(|| lost("a transaction"))?;
        let tx = SignedTx::from_bytes(&bytes)
            .map_err(|e| StoreError::Corrupt { what: "a transaction of a block".into(), detail: e.to_string() })?;
        let signers: Vec<OrgId> = tx.body.signers.iter().map(|slot| slot.org).collect();
        let touched = self.touched(location.height, &location.receipt)?;
        let parties: Parties = touched.then_some(self.org).into_iter().collect();
        if !visible(&self.reader, &Resource::Tx { signers: &signers, parties: &parties }) {
            return Ok(None);
        }
        let Leaves { height: _, receipts, txs } = self.leaves(location.height, kept)?;
        let position = usize::try_from(location.index).unwrap_or(usize::MAX);
        let in_results = hashes::path(receipts, position).ok_or_else(|| lost("a receipt"))?;
        let in_txs = hashes::path(txs, position).ok_or_else(|| lost("a transaction"))?;
        let header = view.header(location.height)?.ok_or_else(|| lost("a header"))?;
        let in_history = match location.height < at {
            true => self.way_to(at, location.height)?,
            false => Vec::new(),
        };
        Ok(Some(Box::new(PlacedTx {
            tx: bytes,
            receipt: codec::encode(&location.receipt),
            receipts: u32::try_from(receipts.len()).unwrap_or(u32::MAX),
            in_results,
            in_txs,
            header: codec::encode(&header),
            in_history,
        })))
    }

    /// The leaves of a block: those that are kept, or else they are made of the whole block, and kept.
    fn leaves<'k>(&self, height: u64, kept: &'k mut Option<Leaves>) -> Result<&'k Leaves, Refused> {
        let leaves = match kept.take().filter(|leaves| leaves.height == height) {
            Some(leaves) => leaves,
            None => {
                let receipts = self.view().receipts(height)?.iter().map(Receipt::hash).collect();
                Leaves { height, receipts, txs: self.tx_leaves(height)? }
            }
        };
        Ok(kept.insert(leaves))
    }

    /// Leaves of the transactions of a block, in their order.
    fn tx_leaves(&self, height: u64) -> Result<Vec<Hash>, Refused> {
        let damaged = |detail: String| StoreError::Corrupt { what: format!("block {height}"), detail };
        let (bytes, _) = self.view().block(height)?.ok_or_else(|| damaged("it is missing".into()))?;
        let block = Block::from_bytes(&bytes).map_err(|e| damaged(e.to_string()))?;
        let leaf = |bytes: &Vec<u8>| -> Result<Hash, StoreError> {
            let tx = SignedTx::from_bytes(bytes).map_err(|e| damaged(e.to_string()))?;
            Ok(transaction::leaf(&tx.body.id(), &tx.signatures_hash()))
        };
        Ok(block.txs.iter().map(leaf).collect::<Result<_, _>>()?)
    }

    /// Whether a transaction stands in the feed of the asker: it signed it, or one of its events touched it.
    fn touched(&self, height: u64, receipt: &Receipt) -> Result<bool, Refused> {
        let feed: Option<FeedRecord> = self.view().record(&StateKey::Feed(self.org)).map_err(unread)?;
        // The first link at or above the height: heights ascend with the numbers.
        let (mut low, mut high) = (1, feed.map_or(0, |feed| feed.count));
        let mut found = None;
        while low <= high {
            let middle = low + (high - low) / 2;
            let Some(link) = self.moment.feed_links(&self.org, middle, 1)?.pop() else { break };
            match link.height < height {
                true => low = middle + 1,
                false => {
                    high = middle - 1;
                    found = Some(link);
                }
            }
        }
        let events = match &receipt.outcome {
            Outcome::Accepted { events } => events.as_slice(),
            Outcome::Rejected { rejection: _, decision: _ } => &[],
        };
        let is_of = |entry: &FeedEntry| match entry {
            FeedEntry::Event(named) => events.contains(named),
            FeedEntry::Done(tx) | FeedEntry::Refused { tx, rejection: _ } => *tx == receipt.tx,
            FeedEntry::Alert { .. } => false,
        };
        Ok(found.is_some_and(|link| link.height == height && link.entries.iter().any(is_of)))
    }

    /// A bundle, for who is a party now. Who was one has it, or had it.
    fn bundle(&self, item: ItemId, children: bool) -> Result<Response, Refused> {
        let hidden = || refused(code::NOT_FOUND, format!("no item {item}"));
        let now = admission::time(self.view());
        if !sees(&self.reader, &StateKey::Item(item), self.view(), now).map_err(unread)? {
            return Err(hidden());
        }
        match proof::assemble(&self.moment, &item, &[], children) {
            Ok(bundle) => file(&bundle.to_json()),
            Err(AssembleError::ItemUnknown(_)) => Err(hidden()),
            Err(AssembleError::Source(error)) => Err(error.into()),
            Err(error @ AssembleError::TooLarge { .. }) => Err(refused(code::TOO_LARGE, error)),
            Err(error) => {
                let detail = error.to_string();
                Err(Refused::Fault(StoreError::Corrupt { what: "what a bundle is made of".into(), detail }))
            }
        }
    }

    fn absence(&self, item_code: &[u8]) -> Result<Response, Refused> {
        let read: Result<gs1::ItemCode, _> = codec::decode(item_code, item_code.len());
        read.map_err(|e| refused(code::REQUEST, format!("the code is none: {e}")))?;
        match absence::assemble(&self.moment, item_code) {
            Ok(absent) => file(&absent.to_json()),
            Err(AbsenceError::Registered) => Err(refused(code::REGISTERED, "the code is registered")),
            Err(AbsenceError::Source(error)) => Err(error.into()),
        }
    }

    fn submit(&self, tx: Vec<u8>) -> Result<Response, Refused> {
        let submitted = self.desk.runtime.block_on(self.desk.handle.submit(tx)).map_err(|e| not_taken(&e))?;
        let known = matches!(submitted, crate::Submitted::Known(_));
        Ok(Response::Submitted { id: submitted.id(), known })
    }

    /// What the rules would say, to who is to sign; as if what the asker does not see were not there.
    fn judge(&self, draft: &[u8]) -> Result<Response, Refused> {
        let draft = SignedTx::from_bytes(draft).map_err(|e| refused(e.code(), e))?;
        let signers: Vec<OrgId> = draft.body.signers.iter().map(|slot| slot.org).collect();
        if !visible(&self.reader, &Resource::Draft { signers: &signers }) {
            return Err(refused(code::NOT_FOR_YOU, "the organisation is not to sign it"));
        }
        let now = admission::time(self.view());
        let mut hidden = BTreeSet::new();
        for key in custody::named(&draft) {
            if !sees(&self.reader, &key, self.view(), now).map_err(unread)? {
                hidden.insert(key);
            }
        }
        let state = custody::Veiled::new(self.view(), &hidden);
        let outcome = self.desk.handle.judge_on(self.view().tip(), &state, &draft).map_err(|e| not_taken(&e))?;
        Ok(Response::Judged { outcome: codec::encode(&outcome) })
    }

    fn note(&self, report: Report) -> Response {
        let reports: &Reports = &self.desk.way.reports;
        let tip = self.view().tip();
        reports.note(self.org, report, Stamp { height: tip.height, time: admission::time(self.view()) });
        Response::Noted
    }
}

fn not_taken(error: &SubmitError) -> Refused {
    match error {
        SubmitError::Unavailable { detail } => {
            tracing::error!(detail, "a member's transaction could not be judged");
            refused(code::FAULT, "the reason is in the log of the node")
        }
        error => refused(error.code(), error),
    }
}

/// A file as it is carried.
fn file(json: &[u8]) -> Result<Response, Refused> {
    let bytes = proof::compress(json);
    match json.len() <= MAX_BUNDLE_BYTES && bytes.len() <= FILE_ROOM {
        true => Ok(Response::File { bytes }),
        false => Err(refused(code::TOO_LARGE, format!("{} bytes", bytes.len()))),
    }
}

fn certified(one: &Certified) -> Certified3 {
    let Certified { header, certificate, validators } = one;
    let (header, certificate) = (codec::encode(header), codec::encode(certificate));
    Certified3 { header, certificate, validators: codec::encode(validators) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        http::tests::world::{Who, World},
        member::tests::{Folder, commit, desk, register},
    };

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_block_is_read_once_for_all_that_is_asked_of_it_in_a_row() {
        let world = World::start().await;
        let guest = register(&world, 1, Who::A).await;
        let sent = [world.handover(2, "ONCE", Who::A, Who::B), world.handover(3, "TWICE", Who::A, Who::B)];
        for tx in &sent {
            commit(&world, tx.clone()).await;
        }
        let folder = Folder::new();
        let desk = desk(&world, &folder);
        {
            let asked = desk.asked(&guest).unwrap();
            let at = asked.view().tip().height;
            let [first, second] = sent.each_ref().map(|tx| tx.body.id());
            // The answers stand in the order of the ids, in whatever order the blocks were read.
            let ids = [second, first, TxId::default(), second];
            let Response::Txs { txs } = asked.txs(at, &ids).unwrap() else { panic!("no transactions") };
            let name = |bytes: &[u8]| SignedTx::from_bytes(bytes).unwrap().body.id();
            let found: Vec<Option<TxId>> =
                txs.iter().map(|placed| placed.as_ref().map(|placed| name(&placed.tx))).collect();
            assert_eq!(found, [Some(second), Some(first), None, Some(second)]);
            // What is kept of a block is what the next answer about it is made of, and none about another block.
            let [one, other] = [first, second].map(|id| asked.view().tx(&id).unwrap().unwrap());
            let mut kept = None;
            let place = |location: &TxLocation, kept: &mut Option<Leaves>| {
                asked.tx(at, location, kept).unwrap().unwrap().in_txs
            };
            let path = place(&one, &mut kept);
            kept.as_mut().unwrap().txs.push(Hash::default());
            assert_ne!(place(&one, &mut kept), path);
            place(&other, &mut kept);
            assert_eq!(place(&one, &mut kept), path);
        }
        world.end().await;
    }

    #[test]
    fn what_is_not_kept_any_more_is_no_fault() {
        let detail = match Refused::from(StoreError::Pruned { floor: 700 }) {
            Refused::Code("H8121", detail) => detail,
            other => panic!("{other:?}"),
        };
        assert!(detail.contains("700"), "{detail}");
        assert!(matches!(Refused::from(StoreError::Stopped), Refused::Fault(StoreError::Stopped)));
    }
}
