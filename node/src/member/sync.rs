//! Following: one task that asks one node at a time for its newest head, proves it, and fetches what it says has touched the
//! organisation. A round is put into the slice as a whole at its end; what it puts before is true by itself, and a round
//! that breaks off is begun again. It takes one portion of the links, and has a time: whoever needs more is asked again, or
//! another is.

use super::{
    Following, Sync,
    agencies::{Agencies, Unanswered, Wrong},
    frame, items,
    keeper::{Ground, Keeper, Part},
    links::{Links, Portion},
    lists,
    outbox::Outbox,
    proven::{self, End},
    txs,
    watch::{Answered, FeedSeen},
};
use crate::{
    config::NodeRole,
    handle::Committed,
    runtime::{RunError, check_role},
};
use ::access::{
    PeerKey, Request, Response,
    limits::{MAX_IDS, MAX_WAIT},
    wire::{self, Certified3, Head, Stand},
};
use ledger::{
    Cause, Event, ItemId, Operation, OrgId, Outcome, Receipt, SignedTx, StateKey, StateRead, Timestamp, TxId,
    block::{FeedEntry, FeedLink},
    record::{FeedRecord, Stamp},
};
use proof::{Certified, FollowedLink, Known, Options, Problem, Taken};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};
use store::{OwnTx, Store, StoreError, TxLocation};
use tokio::sync::{broadcast, watch};

/// Time until the next try where nothing answers; it doubles.
const PAUSE: Duration = Duration::from_millis(200);
/// Longest such time.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Shortest time from one round to the next: what comes meanwhile comes together.
const SHORTEST: Duration = Duration::from_millis(200);
/// How old records of the frame may be that nobody's feed tells of.
const FRAME_AGE: Duration = Duration::from_secs(600);
/// Time for a round, in which a portion of links comes with what they name also by the quota of an organisation.
pub(crate) const ROUND_TIME: Duration = Duration::from_secs(60);

/// What the task is made of.
pub(crate) struct Follower {
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) agencies: Agencies,
    pub(crate) outbox: Outbox,
    pub(crate) blocks: broadcast::Sender<Committed>,
    pub(crate) state: Arc<watch::Sender<Following>>,
    pub(crate) role: NodeRole,
    pub(crate) heartbeat: Duration,
    /// Whether the feed begins at the first head instead of at its first link.
    pub(crate) from_now: bool,
    /// Time for a round.
    pub(crate) time: Duration,
    pub(crate) links: Links,
    /// What heartbeats found to be fetched.
    pub(crate) found: lists::Found,
    pub(crate) pace: Pace,
}

/// Where the task stands; all of it begins anew with the process.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Whether the way from the trust file was walked since the start.
    walked: bool,
    /// What was found on it, until a head is kept with it.
    way: Vec<Certified3>,
    /// Whether the last round came to the end of the feed.
    settled: bool,
    /// Whether the lists were compared.
    compared: bool,
    /// Items that nobody gave for the links of the next portion, with the last event that these name: a round that breaks
    /// off does not ask for them again, or many of them would keep it from ever coming to its end.
    refused: BTreeMap<ItemId, u64>,
    /// When the frame was last asked for.
    framed: Option<Instant>,
    /// Rounds in a row that came to nothing.
    failures: u32,
}

/// What a round with one node works with.
struct Round {
    node: PeerKey,
    ground: Ground,
    options: Options,
    taken: Taken,
}

/// What a round fetched and has not put yet.
struct Fetched {
    part: Part,
    receipts: Vec<Receipt>,
    /// What the feed is behind its links.
    upto: FeedRecord,
}

/// What follows from transactions.
#[derive(Debug, Default)]
struct Came {
    receipts: Vec<Receipt>,
    /// Records to ask for.
    keys: Vec<StateKey>,
    /// Items to ask for, for no event.
    wanted: BTreeMap<ItemId, u64>,
}

/// What links name beside events of items.
#[derive(Debug, Default)]
struct Named {
    txs: BTreeSet<TxId>,
    alerts: BTreeSet<StateKey>,
    /// Whether something was done that no event tells of.
    done: bool,
}

impl Follower {
    /// Follows until the node ends. The error is one with which it must not go on.
    pub(crate) async fn run(mut self, mut end: watch::Receiver<bool>) -> Result<(), RunError> {
        loop {
            let begun = Instant::now();
            let round = async {
                match self.agencies.order().first().copied() {
                    Some(node) => (Some(node), self.round(node).await),
                    None => (None, Err(End::Unanswered(Unanswered::Offline))),
                }
            };
            let (node, ended) = tokio::select! {
                _ = end.wait_for(|end| *end) => return Ok(()),
                ended = round => ended,
            };
            let pause = match ended {
                Ok(()) => {
                    self.pace.failures = 0;
                    SHORTEST.saturating_sub(begun.elapsed())
                }
                Err(End::Over(error)) => return Err(*error),
                Err(why) => self.failed(node, &why),
            };
            tokio::select! {
                _ = end.wait_for(|end| *end) => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// What follows from a round that came to nothing, and for how long to wait.
    pub(crate) fn failed(&mut self, node: Option<PeerKey>, why: &End) -> Duration {
        self.pace.settled = false;
        let pause = PAUSE.saturating_mul(1 << self.pace.failures.min(5)).min(LONGEST_PAUSE);
        self.pace.failures = self.pace.failures.saturating_add(1);
        let height = self.keeper.ground().known.map_or(0, |known| known.height);
        if let Some(node) = node {
            match why {
                End::Wrong(wrong) => self.agencies.tell_wrong(node, height, wrong.clone()),
                End::Withheld(detail) => {
                    self.agencies.tell(node, Answered::Withheld { height, detail: detail.clone() });
                }
                End::Unanswered(Unanswered::Refused { code, detail }) => {
                    tracing::warn!(node = self.agencies.name(&node), code, detail, "an agency's node refuses");
                }
                End::Slow => {
                    tracing::warn!(node = self.agencies.name(&node), "an agency's node takes too long for a round");
                }
                End::Own(problem) => tracing::error!(code = problem.code(), %problem, "heads cannot be judged"),
                End::Store(error) => tracing::error!(code = error.code(), %error, "the slice cannot go on"),
                End::Unanswered(Unanswered::Offline) | End::Behind(_) | End::Told | End::Over(_) => {}
            }
            // Who held us up waits as long.
            self.agencies.pass(node, if matches!(why, End::Slow) { self.time } else { Duration::ZERO });
        }
        let sync = match why {
            End::Own(Problem::TrustExpired) => Some(Sync::Stale),
            _ if self.agencies.connected().is_empty() || self.pace.failures > 3 => Some(Sync::Offline),
            _ => None,
        };
        if let Some(sync) = sync {
            self.state.send_modify(|state| state.sync = sync);
        }
        pause
    }

    /// One round: the newest head of a node, and everything that it says there is, as far as a portion goes.
    pub(crate) async fn round(&mut self, node: PeerKey) -> Result<(), End> {
        let until = tokio::time::Instant::now() + self.time;
        let (ground, options) = (self.keeper.ground(), self.keeper.options());
        let mut upto = self.keeper.upto()?;
        let known = ground.known.filter(|_| self.pace.walked);
        let wait = if self.pace.settled { self.heartbeat.min(MAX_WAIT) } else { Duration::ZERO };
        let request = Request::Head {
            known: known.map_or(0, |known| known.height),
            block: known.map(|known| known.block).unwrap_or_default(),
            links: upto.count,
            brief: false,
            wait_ms: u32::try_from(wait.as_millis()).unwrap_or(0),
        };
        let Response::Head(mut answer) = self.agencies.ask(node, request).await? else {
            return Err(Wrong::shape("another answer than a head").into());
        };
        let taken = proven::head(&ground.trust, known.as_ref(), &answer, options)
            .inspect_err(|why| self.keeper.note_fork(why, &answer.stand))?;
        let way = match self.pace.walked {
            true => taken.way.clone(),
            false => proven::way(&ground.origin, &answer, options)?,
        };
        // What else came as a part of the way was not judged, and is not kept.
        answer.stand.chain = way.iter().map(proven::carried).collect();
        if let (false, Some(before)) = (self.pace.walked, ground.known) {
            // The whole way from the trust file, without a word on what is known: the next head is to extend that.
            return self.walk(&before, &taken, answer.stand.chain);
        }
        // A round that broke off may have put records under a later head already.
        self.keeper.goes_on(&taken.known)?;
        let (org, certified) = proven::own(&taken.known, self.keeper.org(), &answer)?;
        check_role(self.role, org.profile.kind).map_err(|error| End::Over(Box::new(error)))?;
        let Known { height, block, .. } = taken.known;
        let feed = FeedSeen { count: certified.count, head: certified.head };
        if self.agencies.tell(node, Answered::Head { height, block, feed: Some(feed) }) {
            return Err(End::Told);
        }
        if self.from_now && ground.known.is_none() && upto.count == 0 {
            self.keeper.store().begin_slice(&certified)?;
            upto = certified.clone();
        }
        if upto.count < certified.count {
            self.state.send_modify(|state| state.sync = Sync::CatchingUp);
        }
        let whole = with_way(*answer, ground.head.as_deref(), &self.pace.way);
        let round = Round { node, ground, options, taken };
        let fetched = tokio::time::timeout_at(until, self.fetch(&round, &upto, &certified)).await;
        let fetched = fetched.map_err(|_| End::Slow)??;
        self.agencies.prefer(node);
        self.pace.settled = match fetched {
            Some(fetched) => self.take(round, fetched, &certified, whole).await?,
            None => false,
        };
        Ok(())
    }

    /// Takes the way from the trust file to a head that is judged without a word on what is known.
    fn walk(&mut self, before: &Known, taken: &Taken, way: Vec<Certified3>) -> Result<(), End> {
        if taken.known.height < before.height {
            return Err(End::Behind(taken.known.height));
        }
        let led = Taken { known: *before, ..taken.clone() };
        self.keeper.advance(&led, None).map_err(not_written)?;
        (self.pace.way, self.pace.walked) = (way, true);
        Ok(())
    }

    /// Fetches a portion of what touched the organisation up to a head; none where the links were only read on.
    async fn fetch(
        &mut self,
        round: &Round,
        upto: &FeedRecord,
        certified: &FeedRecord,
    ) -> Result<Option<Fetched>, End> {
        let (store, org) = (self.keeper.store().clone(), self.keeper.org());
        let portion = self.links.next((&self.agencies, round.node), &org, upto, certified).await?;
        let Some(Portion { followed, links }) = portion else { return Ok(None) };
        let upto = links.last().map_or_else(|| upto.clone(), FeedLink::record);
        let named = named(&followed);
        self.pace.compared &= !named.done;
        let mut items = items::Items::new(&*store, self.keeper.network());
        let mut keys = named.alerts;
        for event in followed.into_iter().flat_map(|link| link.entries).filter_map(|(_, event)| event) {
            for key in items::named(&event) {
                // Under a code another item may have been registered since.
                if matches!(key, StateKey::Code(_)) || store.read(&key)?.is_none() {
                    keys.insert(key);
                }
            }
            items.take(event)?;
        }
        let mut wanted = items.wanted().clone();
        let mut differences = self.found.take();
        // What is said of now is asked for when nothing older is to come.
        if !self.pace.compared && upto.count == certified.count {
            differences.extend(lists::compare(&self.agencies, round.node, &store).await?);
        }
        wanted.extend(differences.wanted.into_iter().map(|item| (item, 0)));
        keys.extend(differences.keys);
        self.bundles(round, wanted).await?;
        let Came { receipts, keys: of_txs, wanted } = self.txs(round, &named.txs).await?;
        keys.extend(of_txs);
        self.bundles(round, wanted).await?;
        self.frame(round).await?;
        self.records(round, keys.into_iter().collect()).await?;
        let mut part = Part { links, ..Part::default() };
        items.finish(&mut part, &*store)?;
        Ok(Some(Fetched { part, receipts, upto }))
    }

    /// Puts what was fetched, and where it is all that there is, goes on from the head; says whether it is.
    async fn take(&mut self, round: Round, fetched: Fetched, certified: &FeedRecord, whole: Head) -> Result<bool, End> {
        let Fetched { mut part, receipts, upto } = fetched;
        self.pace.refused.clear();
        if upto.count < certified.count {
            // Items are as the last of these links leaves them, not as they are under the head.
            part.as_of = Some(upto.height);
            self.put(&round.taken.certified, part, None).await?;
            self.state.send_modify(|state| state.links = upto.count);
            self.tell(&round.taken, receipts);
            return Ok(false);
        }
        let own = whole.own.as_ref().ok_or_else(|| Wrong::shape("a head without the records asked for"))?;
        part.record(StateKey::Org(self.keeper.org()), own.0.record.clone());
        part.record(StateKey::Feed(self.keeper.org()), own.1.record.clone());
        let kept = wire::encode(&Response::Head(Box::new(whole.clone())));
        // A way that is too long to be kept is walked again at the next start.
        self.put(&round.taken.certified, part, kept.ok()).await?;
        self.keeper.advance(&round.taken, Some(Arc::new(whole))).map_err(not_written)?;
        self.pace.compared = true;
        self.announce(&round.taken, receipts, upto.count)?;
        self.pace.way.clear();
        self.pace.walked = true;
        Ok(true)
    }

    /// Items with their whole history, and what is in them. Each with the event for which it is wanted, 0 for none. One that
    /// nobody gives is not ours any more.
    async fn bundles(&mut self, round: &Round, wanted: BTreeMap<ItemId, u64>) -> Result<(), End> {
        let mut seen = BTreeSet::new();
        let mut queue: VecDeque<(ItemId, u64)> = wanted.into_iter().collect();
        while let Some((item, n)) = queue.pop_front() {
            if self.pace.refused.get(&item) == Some(&n) || !seen.insert(item) {
                continue;
            }
            let Some(bytes) = self.file(round, item).await? else {
                // What is wanted for no event may be ours under the next head.
                if n > 0 {
                    self.pace.refused.insert(item, n);
                }
                continue;
            };
            let (ground, options) = (round.ground.clone(), round.options);
            let keeper = self.keeper.clone();
            let (head, known) = (round.taken.certified.clone(), round.taken.known);
            let inside = blocking(move || {
                let contents = proven::bundle(&ground, Some(&known), item, &bytes, options)?;
                let height = contents.certified.header.height;
                let (part, inside) = items::of_bundle(contents);
                keeper.put(&head, part, None)?;
                keeper.keep_file(&item, height, &bytes)?;
                Ok(inside)
            });
            for item in inside.await? {
                if self.keeper.store().read(&StateKey::Item(item))?.is_none() {
                    queue.push_back((item, 0));
                }
            }
        }
        Ok(())
    }

    /// The bundle of an item. One node's word that there is none for us is not taken where another gives it.
    async fn file(&self, round: &Round, item: ItemId) -> Result<Option<Vec<u8>>, End> {
        let request = Request::Bundle { item, children: false };
        let shape = || End::from(Wrong::shape("another answer than a bundle"));
        let (code, detail) = match self.agencies.ask(round.node, request.clone()).await {
            Ok(Response::File { bytes }) => return Ok(Some(bytes)),
            Ok(_) => return Err(shape()),
            Err(Unanswered::Refused { code, detail }) => (code, detail),
            Err(error) => return Err(error.into()),
        };
        let take = |answer: Response| match answer {
            Response::File { bytes } => {
                proven::bundle(&round.ground, Some(&round.taken.known), item, &bytes, round.options).map(|_| bytes)
            }
            _ => Err(shape()),
        };
        let given = self.agencies.first(request, take).await.ok();
        if given.is_none() {
            tracing::info!(%item, code, detail, "no bundle of an item that was named");
        }
        Ok(given)
    }

    /// Transactions that links name, and those of the outbox that gave no sign, of which a node may have said before that
    /// there is none: those that are not here yet come with their receipts. What follows from them follows also where a round
    /// that broke off has put them.
    async fn txs(&self, round: &Round, ids: &BTreeSet<TxId>) -> Result<Came, End> {
        self.outbox.placed(ids);
        let (mut came, mut missing) = (Came::default(), Vec::new());
        for id in ids.union(&self.outbox.in_doubt(MAX_IDS)) {
            match self.tx(id)? {
                Some(tx) => self.note(round, &tx, &mut came)?,
                None => missing.push(*id),
            }
        }
        for ids in missing.chunks(MAX_IDS) {
            let found = txs::find(&self.agencies, round.node, &round.taken.known, ids).await?;
            let mut part = Part::default();
            let mut headers = BTreeMap::new();
            for (header, tx) in found {
                headers.insert(header.height, header);
                self.note(round, &tx, &mut came)?;
                part.txs.push(tx);
            }
            part.headers = headers.into_values().collect();
            self.put(&round.taken.certified, part, None).await?;
        }
        Ok(came)
    }

    /// A transaction that is here.
    fn tx(&self, id: &TxId) -> Result<Option<OwnTx>, StoreError> {
        let store = self.keeper.store();
        let Some(TxLocation { height, index, receipt }) = store.tx(id)? else { return Ok(None) };
        Ok(store.tx_bytes(height, index)?.map(|bytes| OwnTx { height, bytes, receipt }))
    }

    /// Notes what follows from a transaction. An item that it shares with the organisation is to come, whether or not a list
    /// names it, where it is not here as of that block, or later.
    fn note(&self, round: &Round, tx: &OwnTx, came: &mut Came) -> Result<(), StoreError> {
        came.receipts.push(tx.receipt.clone());
        came.keys.extend(changed(&tx.bytes));
        if let Some(item) = shared(tx, &self.keeper.org(), round.taken.known.time) {
            let as_of = self.keeper.store().view()?.as_of(&StateKey::Item(item))?;
            if as_of.is_none_or(|height| height < tx.height) {
                came.wanted.insert(item, 0);
            }
        }
        Ok(())
    }

    /// The frame: what is old or has changed, and what it names.
    async fn frame(&mut self, round: &Round) -> Result<(), End> {
        let (store, org) = (self.keeper.store().clone(), self.keeper.org());
        let is_old = self.pace.framed.is_none_or(|at| at.elapsed() > FRAME_AGE);
        if is_old || frame::has_changed(&*store, &round.taken.certified.header, self.keeper.clock())? {
            self.records(round, frame::renewed(org, round.ground.trust.is_test())).await?;
            self.keeper.clock().follow(&*store)?;
            self.pace.framed = Some(Instant::now());
        }
        let missing = frame::missing(&*store)?;
        self.records(round, missing).await
    }

    /// Records, and the entries of the places among them.
    async fn records(&self, round: &Round, keys: Vec<StateKey>) -> Result<(), End> {
        let mut keys = keys;
        while !keys.is_empty() {
            let judge = |keys: &[StateKey], response: Response| match response {
                Response::Records { stand, records } => {
                    let least = Some(&round.taken.known);
                    let came = proven::records(&round.ground.trust, least, keys, (&stand, records), round.options);
                    came.map(|(_, records)| records)
                }
                _ => Err(Wrong::shape("another answer than records").into()),
            };
            let came = lists::records(&self.agencies, round.node, keys, judge).await?;
            keys = lists::entries(self.keeper.store(), &came)?;
            self.put(&round.taken.certified, Part::of(came), None).await?;
        }
        Ok(())
    }

    async fn put(&self, head: &Certified, part: Part, kept: Option<Vec<u8>>) -> Result<(), End> {
        let (keeper, head) = (self.keeper.clone(), head.clone());
        blocking(move || Ok(keeper.put(&head, part, kept.as_deref())?)).await
    }

    /// Tells everybody here of a head that was taken.
    fn announce(&self, taken: &Taken, receipts: Vec<Receipt>, links: u64) -> Result<(), End> {
        let Known { height, time, .. } = taken.known;
        let decided: BTreeSet<TxId> = decided(&self.outbox, self.keeper.store())?;
        if let Err(error) = self.outbox.settle(&decided, time) {
            tracing::error!(%error, "the outbox cannot be settled");
        }
        self.agencies.stamp(Stamp { height, time });
        self.state.send_modify(|state| {
            (state.sync, state.head, state.links) = (Sync::Following, Some(taken.known), links);
        });
        self.tell(taken, receipts);
        Ok(())
    }

    /// Tells those who wait that something came under a head.
    fn tell(&self, taken: &Taken, receipts: Vec<Receipt>) {
        // Nobody follows: that is no fault.
        let _ = self.blocks.send(Committed {
            id: taken.known.block,
            header: taken.certified.header.clone(),
            receipts: Arc::new(receipts),
            nodes: false,
            orgs: false,
            touched: Arc::from([self.keeper.org()]),
        });
    }
}

/// What waits in the outbox and has its receipt.
fn decided(outbox: &Outbox, store: &Store) -> Result<BTreeSet<TxId>, End> {
    let mut decided = BTreeSet::new();
    for id in outbox.ids() {
        if store.tx(&id)?.is_some() {
            decided.insert(id);
        }
    }
    Ok(decided)
}

/// What links name.
fn named(links: &[FollowedLink]) -> Named {
    let mut named = Named::default();
    for (entry, event) in links.iter().flat_map(|link| &link.entries) {
        match entry {
            FeedEntry::Event(_) => named.txs.extend(event.as_ref().and_then(cause)),
            FeedEntry::Done(tx) => {
                named.txs.insert(*tx);
                named.done = true;
            }
            FeedEntry::Refused { tx, rejection: _ } => {
                named.txs.insert(*tx);
            }
            FeedEntry::Alert { alert, times: _ } => {
                named.alerts.insert(StateKey::Alert(*alert));
                named.done = true;
            }
        }
    }
    named
}

fn cause(event: &Event) -> Option<TxId> {
    match event.cause {
        Cause::Genesis => None,
        Cause::Tx { id, index: _ } => Some(id),
    }
}

/// Records that a transaction changed and that no list has.
fn changed(tx: &[u8]) -> Option<StateKey> {
    match SignedTx::from_bytes(tx).ok()?.body.operation {
        Operation::Share { item, .. } | Operation::EndShare { item, .. } => Some(StateKey::Shares(item)),
        Operation::SetSealKey { org, .. } => Some(StateKey::SealKey(org)),
        _ => None,
    }
}

/// The item that a transaction shares with an organisation, for longer than until a time.
fn shared(tx: &OwnTx, org: &OrgId, now: Timestamp) -> Option<ItemId> {
    match (SignedTx::from_bytes(&tx.bytes).ok()?.body.operation, &tx.receipt.outcome) {
        (Operation::Share { item, with, until }, Outcome::Accepted { .. }) if with == *org && until > now => Some(item),
        _ => None,
    }
}

/// A head with the whole way to it: what was kept with the head before, what was walked, and what came; each link once and
/// by height.
pub(super) fn with_way(answer: Head, before: Option<&Head>, walked: &[Certified3]) -> Head {
    let height = |link: &Certified3| proven::certified(link).map_or(0, |link| link.header.height);
    let known = before.map(|head| head.stand.chain.as_slice()).unwrap_or_default();
    let links = known.iter().chain(walked).chain(&answer.stand.chain);
    let links: BTreeMap<u64, Certified3> = links.map(|link| (height(link), link.clone())).collect();
    let stand = Stand { head: answer.stand.head, chain: links.into_values().collect() };
    Head { stand, path: answer.path, own: answer.own }
}

/// Work that waits for the disk or computes for long.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, End> + Send + 'static) -> Result<T, End> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(End::Over(Box::new(RunError::System(std::io::Error::other(error))))))
}

fn not_written(error: std::io::Error) -> End {
    End::Over(Box::new(RunError::System(error)))
}
