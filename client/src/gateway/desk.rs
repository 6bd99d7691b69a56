//! The desk: the one thread that signs and sends, in the order in which things came.
//!
//! A round does one thing and looks again. What it does is written down before and after, so that a round that is cut off
//! at any point is taken up by the next one, in this process or another.

use super::{
    Shared,
    book::{Place, Tx},
    journal::{Fate, Incoming, JobLine, Line},
    names::Near,
};
use crate::{
    act::{ActSpec, Built, Names},
    acts::{self, Act},
    commands::signers,
    draft::Draft,
    failure::{Failure, Result},
    session::Session,
    when,
};
use api::{
    catalogue::{self, exit},
    paths,
    tx::{TxState, TxStatus},
    view::ItemView,
};
use ledger::{
    Cause, Event, Operation, TxId,
    bounds::MAX_ENTRIES,
    codec::decode,
    document::{self, Document},
    state::MAX_RECORD_BYTES,
};
use serde::Deserialize;
use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

/// Pauses while nodes are away, the first and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(30);
/// Longest time without a look at the network.
const IDLE: Duration = Duration::from_secs(5);
/// Pause after something that only a person can mend.
const MEND_PAUSE: Duration = Duration::from_secs(60);
/// Longest wait of one question for a decision, in milliseconds.
const WAIT_MS: u64 = 5_000;
/// Shortest time between two such questions.
const ASK_PAUSE: Duration = Duration::from_millis(250);
/// How often an act is signed anew after it expired.
const MAX_VOIDS: u32 = 5;
/// Most heights of the feed that are asked for at a time.
const FEED_HEIGHTS: u64 = 1_000;
/// Heights without anything from others after which that is written down.
const QUIET_HEIGHTS: u64 = 1_000;

/// Codes, each with a quantity that an event says there is.
type Stated = Vec<(String, String)>;

/// What the thread remembers between rounds.
struct Desk<'s> {
    shared: &'s Shared,
    session: Session,
    /// The job at hand, as it was written.
    job: Option<(usize, JobLine)>,
    /// Height up to which others were looked at.
    looked: Option<u64>,
    /// How many heights are asked for at a time.
    span: u64,
    /// Not before then: something that only a person can mend was in the way.
    anchor_after: Instant,
    look_after: Instant,
}

/// Signs and sends until the gateway ends. Error: the disk's, after which nothing is certain.
pub(super) fn run(shared: &Shared, session: Session) -> Result<()> {
    let now = Instant::now();
    let mut desk =
        Desk { shared, session, job: None, looked: None, span: FEED_HEIGHTS, anchor_after: now, look_after: now };
    let mut pause = FIRST_PAUSE;
    while !shared.is_ended() {
        match desk.round() {
            Ok(has_done) => {
                pause = FIRST_PAUSE;
                if desk.anchor_after.max(desk.look_after) <= Instant::now() {
                    shared.say_trouble(None);
                }
                if !has_done {
                    desk.rest();
                }
            }
            Err(failure) if is_of_the_disk(&failure) => return Err(failure),
            Err(failure) => {
                shared.say_trouble(Some(&failure));
                shared.rest(pause);
                pause = LAST_PAUSE.min(pause * 2);
            }
        }
    }
    Ok(())
}

fn is_of_the_disk(failure: &Failure) -> bool {
    matches!(failure.code.as_str(), "H1403" | "H1642" | "H1643")
}

/// Whether it may go away by itself: no node answers, or one has too much to do, or is behind.
fn is_passing(failure: &Failure) -> bool {
    let status = catalogue::http_status(&failure.code);
    failure.is_of_the_road()
        || failure.exit_code() == exit::UNREACHABLE
        || matches!(failure.code.as_str(), "H1004" | "H1007" | "H2302")
        || (status >= 500 && !is_of_the_disk(failure))
}

impl Desk<'_> {
    fn rest(&self) {
        let book = self.shared.book();
        let wait = if book.loose.is_empty() { IDLE } else { IDLE.min(self.shared.settings.anchor_after) };
        let has_work = !book.open.is_empty() || self.shared.is_ended();
        if !has_work {
            // That the time is over changes nothing.
            drop(self.shared.bell.wait_timeout(book, wait.max(ASK_PAUSE)));
        }
    }

    /// Does one thing; whether there was one.
    fn round(&mut self) -> Result<bool> {
        self.session.renew();
        let view = self.session.network()?;
        let (height, network) = (view.as_of.height, view.network.clone());
        if self.shared.book().network() != Some(network.as_str()) {
            let expected = self.session.network_id()?;
            return Err(self.session.other_network(&expected, &network));
        }
        self.shared.tip.fetch_max(height, Ordering::Relaxed);
        if self.shared.wants_pass.load(Ordering::Relaxed) {
            // Without it new blocks are noticed a little later.
            if let Ok(token) = self.session.login() {
                self.shared.give_pass(token.token);
            }
        }
        let anchor = self.shared.book().live_anchor().map(|(id, tx)| (id, tx.clone()));
        if let Some((id, tx)) = anchor {
            return self.settle(&id, &tx);
        }
        if self.is_anchor_due() && self.anchor_after <= Instant::now() {
            match self.anchor() {
                Ok(()) => return Ok(true),
                Err(failure) if is_passing(&failure) || is_of_the_disk(&failure) => return Err(failure),
                Err(failure) => {
                    self.shared.say_trouble(Some(&failure));
                    self.anchor_after = Instant::now() + MEND_PAUSE;
                }
            }
        }
        let first = self.shared.book().open.first().copied();
        if let Some(place) = first {
            return self.advance(place);
        }
        if self.look_after > Instant::now() {
            return Ok(false);
        }
        match self.look(height) {
            Err(failure) if is_passing(&failure) || is_of_the_disk(&failure) => Err(failure),
            Err(failure) => {
                self.shared.say_trouble(Some(&failure));
                self.look_after = Instant::now() + MEND_PAUSE;
                Ok(false)
            }
            done => done,
        }
    }

    // One transaction

    fn ask(&self, id: &TxId, wait_ms: u64) -> Result<TxStatus> {
        let path = paths::fill(paths::TX_ONE, &id.to_string());
        match wait_ms {
            0 => self.session.read(&path, &[]),
            ms => self.session.read(&path, &[("wait", "committed".to_owned()), ("timeout_ms", ms.to_string())]),
        }
    }

    /// Learns what became of a transaction, and sends it where no node has it.
    ///
    /// It is void when a node that has seen a block later than its end does not have it: no later block can. Both are
    /// asked of one node, for another may be behind.
    fn settle(&self, id: &TxId, tx: &Tx) -> Result<bool> {
        let is_over = self.session.block_time() > tx.expires;
        let node = self.session.node()?.to_owned();
        let mut status = self.ask(id, 0)?;
        if status.status == TxState::Unknown {
            match (is_over, self.session.node()? == node) {
                (true, true) => return self.decide(id, Fate::Void, &status, None),
                (true, false) => return Ok(true),
                (false, _) => {}
            }
            match acts::post(&self.session, &tx.bytes) {
                Ok(_) => {}
                Err(failure) if acts::is_hopeless(&failure) && !matches!(failure.code.as_str(), "H1004" | "H1005") => {
                    return self.decide(id, Fate::Refused, &status, Some(failure.problem(self.shared.lang)));
                }
                Err(failure) => return Err(failure),
            }
        }
        if !status.status.is_final() {
            let asked = Instant::now();
            status = self.ask(id, WAIT_MS)?;
            if !status.status.is_final() {
                // A node that answers at once instead of waiting is not to be flooded.
                self.shared.rest(ASK_PAUSE.saturating_sub(asked.elapsed()));
                return Ok(true);
            }
        }
        let rejection = status.rejection.as_ref();
        let problem = rejection.map(|rejection| rejection.problem(rejection.params.clone(), self.shared.lang));
        let fate = if problem.is_some() { Fate::Refused } else { Fate::Committed };
        self.decide(id, fate, &status, problem)
    }

    fn decide(&self, id: &TxId, fate: Fate, status: &TxStatus, problem: Option<api::Problem>) -> Result<bool> {
        let tip = self.shared.tip.load(Ordering::Relaxed);
        self.shared.book().write(&Line::Decided {
            tx: id.to_string(),
            fate,
            at: when::now().0,
            height: status.height.unwrap_or(tip),
            index: status.index.unwrap_or(0),
            time: status.time.clone().unwrap_or_default(),
            problem,
        })?;
        self.shared.wake();
        Ok(true)
    }

    // Acts

    /// Takes the first entry that is open one step on.
    fn advance(&mut self, place: Place) -> Result<bool> {
        let (live, step, voids) = {
            let book = self.shared.book();
            let Some(entry) = book.entry(place) else { return Ok(false) };
            let live = entry.live.and_then(|id| Some((id, book.txs.get(&id)?.clone())));
            (live, entry.txs.len(), entry.voids)
        };
        if let Some((id, tx)) = live {
            return self.settle(&id, &tx);
        }
        if voids >= MAX_VOIDS {
            return self.refuse(place, &Failure::new("H1656", [("times", voids.to_string())]));
        }
        let asked = self.asked(place, step)?;
        let signed = asked.and_then(|(spec, said)| self.signed(spec, &said));
        match signed {
            Ok((id, bytes)) => {
                let (job, entry) = place;
                self.shared.book().write(&Line::Signed { job, entry, tx: id.to_string(), bytes })?;
                Ok(true)
            }
            Err(failure) if is_passing(&failure) || is_of_the_disk(&failure) => Err(failure),
            Err(failure) => self.refuse(place, &failure),
        }
    }

    fn refuse(&self, (job, entry): Place, failure: &Failure) -> Result<bool> {
        let height = self.shared.tip.load(Ordering::Relaxed);
        let problem = failure.problem(self.shared.lang);
        self.shared.book().write(&Line::Refused { job, entry, at: when::now().0, height, problem })?;
        self.shared.wake();
        Ok(true)
    }

    /// An act of an entry, and how much its event says there is of what it is about. Outer error: the disk's. Inner
    /// error: H1430 for one that this version does not know.
    fn asked(&mut self, (job, entry): Place, step: usize) -> Result<Result<(ActSpec, Stated)>> {
        if self.job.as_ref().is_none_or(|(index, _)| *index != job) {
            self.job = Some((job, self.shared.book().job_line(job)?));
        }
        let entry = self.job.as_ref().and_then(|(_, line)| line.entries.get(entry));
        let value = entry.and_then(|entry| entry.acts.get(step)).cloned().unwrap_or_default();
        let said = entry.and_then(|entry| entry.said.get(step)).cloned().unwrap_or_default();
        let spec = serde_json::from_value(value).map_err(|e| Failure::new("H1430", [("detail", e.to_string())]));
        Ok(spec.map(|spec| (spec, said)))
    }

    /// The transaction of an act, which the rules would take now.
    fn signed(&self, spec: ActSpec, said: &[(String, String)]) -> Result<(TxId, String)> {
        let mut draft = self.drafted(spec, said)?;
        let objection = acts::objection(&self.session, &acts::judge(&self.session, &draft)?);
        objection.map_or(Ok(()), Err)?;
        self.sign(&mut draft)
    }

    fn sign(&self, draft: &mut Draft) -> Result<(TxId, String)> {
        if draft.sign(self.session.key()?) == 0 {
            let key = self.session.key()?.header().id().to_string();
            return Err(Failure::new("H1410", [("key", key)]));
        }
        // An act that others sign too is none for a gateway.
        let tx = draft.complete()?;
        Ok((draft.id(), api::bytes::encode(&tx.to_bytes())))
    }

    fn drafted(&self, spec: ActSpec, said: &[(String, String)]) -> Result<Draft> {
        let session = &self.session;
        let is_answer = matches!(spec, ActSpec::Accept { .. } | ActSpec::Refuse { .. });
        let names = Near::new(session, session.key_header()?.org, is_answer, said);
        if let ActSpec::Register { items } = &spec {
            self.check_new(items.iter().map(|item| item.code.as_str()))?;
        }
        let Built { operation, entries } = self.whole(spec, &names)?.build(&names)?;
        let slots = signers::of(session, &operation, &[])?;
        let life = Some(self.shared.settings.life.clone());
        acts::draft(session, &Act { entries, ..Act::new(operation, slots, &life) })
    }

    /// What is held already is not registered once more. Errors: H1440; where no node says, none is signed.
    fn check_new<'c>(&self, codes: impl Iterator<Item = &'c str>) -> Result<()> {
        let org = self.session.key_header()?.org;
        for code in codes {
            let mut held = match self.session.items_of(&crate::session::code(code)?) {
                Err(failure) if matches!(failure.code.as_str(), "H4301" | "H7004") => Vec::new(),
                other => other?,
            };
            held.retain(|item| item.record.custodian == org && !item.record.on_hand.is_zero());
            if !held.is_empty() {
                let list: Vec<String> = held.iter().map(|item| item.id.to_string()).collect();
                return Err(Failure::new("H1440", [("input", code.to_owned()), ("list", list.join(", "))]));
            }
        }
        Ok(())
    }

    /// Unpacking without a list is unpacking all.
    fn whole(&self, spec: ActSpec, names: &Near<'_>) -> Result<ActSpec> {
        match spec {
            ActSpec::Unpack { unit, items } if items.is_empty() => {
                let id = names.item(&unit)?.0.to_string();
                let inside: Vec<ItemView> = self.session.pages(paths::ITEMS, &[("unit", id.clone())], MAX_ENTRIES)?;
                Ok(ActSpec::Unpack { unit: id, items: inside.into_iter().map(|item| item.id).collect() })
            }
            other => Ok(other),
        }
    }

    // Anchors

    fn is_anchor_due(&self) -> bool {
        let book = self.shared.book();
        let Some((job, _)) = book.loose.front() else { return false };
        let came = book.jobs.get(*job).map_or(0, |job| job.at);
        let (now, after) = (when::now().0, self.shared.settings.anchor_after.as_millis());
        // A clock that was put back holds nothing up.
        let has_waited = now < came || u128::from(now - came) >= after;
        has_waited || book.loose.len() >= self.shared.settings.anchor_most
    }

    fn anchor(&self) -> Result<()> {
        let (events, documents): (Vec<Place>, Vec<Document>) = {
            let book = self.shared.book();
            let first = book.loose.iter().take(self.shared.settings.anchor_most);
            first.filter_map(|place| Some((*place, book.entry(*place)?.document?))).unzip()
        };
        let Some(root) = document::root(&documents) else { return Ok(()) };
        let count = u32::try_from(documents.len()).unwrap_or(u32::MAX);
        let operation = Operation::Anchor { documents: root, count };
        let slots = signers::of(&self.session, &operation, &[])?;
        let life = Some(self.shared.settings.life.clone());
        let mut draft = acts::draft(&self.session, &Act::new(operation, slots, &life))?;
        // One that a block refuses is not made again: what would be refused waits until it is mended.
        acts::objection(&self.session, &acts::judge(&self.session, &draft)?).map_or(Ok(()), Err)?;
        let (id, bytes) = self.sign(&mut draft)?;
        let line = Line::Anchor { events, root: root.to_string(), tx: id.to_string(), bytes };
        self.shared.book().write(&line)
    }

    // What others do

    /// Looks at what others did to the organisation; whether there are more heights to look at.
    fn look(&mut self, height: u64) -> Result<bool> {
        let seen = self.shared.book().seen;
        let Some(seen) = seen else {
            // What was before the gateway is not told.
            self.shared.book().write(&Line::Seen { height, incoming: Vec::new() })?;
            return Ok(true);
        };
        let looked = self.looked.unwrap_or(seen).max(seen);
        if height <= looked {
            return Ok(false);
        }
        let to = height.min(looked.saturating_add(self.span));
        let incoming = match self.incoming(looked.saturating_add(1), to) {
            // A file has no room for so much.
            Err(failure) if failure.code == "H1413" && self.span > 1 => {
                self.span /= 2;
                return Ok(true);
            }
            other => other?,
        };
        self.span = FEED_HEIGHTS.min(self.span.saturating_mul(2));
        if !incoming.is_empty() || to.saturating_sub(seen) >= QUIET_HEIGHTS {
            self.shared.book().write(&Line::Seen { height: to, incoming })?;
            self.shared.wake();
        }
        self.looked = Some(to);
        Ok(to < height)
    }

    /// Events of the organisation's feed that come of no transaction of this gateway.
    fn incoming(&self, from: u64, to: u64) -> Result<Vec<Incoming>> {
        let org = self.session.key_header()?.org.to_string();
        let query = [("from", from.to_string()), ("to", to.to_string())];
        let feed: FeedJson = self.session.read(&paths::fill(paths::ORG_FEED, &org), &query)?;
        let mut incoming = Vec::new();
        for bytes in feed.links.iter().flat_map(|link| &link.entries).filter_map(|entry| entry.event.as_ref()) {
            let bytes = api::bytes::decode(bytes).map_err(|_| self.session.mismatch("feed"))?;
            let event: Event = decode(&bytes, MAX_RECORD_BYTES).map_err(|_| self.session.mismatch("feed"))?;
            let tx = cause(&event);
            if tx.is_some_and(|tx| self.shared.book().txs.contains_key(&tx)) {
                continue;
            }
            incoming.push(Incoming {
                height: event.at.height,
                time: api::time::rfc3339(event.at.time),
                kind: event.effect.name().to_owned(),
                item: event.item.to_string(),
                n: event.n,
                tx: tx.map(|tx| tx.to_string()).unwrap_or_default(),
                record: api::bytes::encode(&bytes),
            });
        }
        Ok(incoming)
    }
}

/// The transaction that caused an event; none at genesis.
fn cause(event: &Event) -> Option<TxId> {
    match event.cause {
        Cause::Genesis => None,
        Cause::Tx { id, .. } => Some(id),
    }
}

/// What is read of a feed: `docs/formats/feed.md` has all of it.
#[derive(Deserialize)]
struct FeedJson {
    links: Vec<LinkJson>,
}

#[derive(Deserialize)]
struct LinkJson {
    entries: Vec<EntryJson>,
}

#[derive(Deserialize)]
struct EntryJson {
    event: Option<String>,
}
