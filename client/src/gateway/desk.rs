//! The desk: the one thread that signs and sends.
//!
//! A round looks at everything that is signed and not decided, then signs what may be signed now ([`order`] says what
//! may), and looks again. What it does is written down before and after, so that a round that is cut off at any point is
//! taken up by the next one, in this process or another.

mod looking;
pub(super) mod making;
pub(super) mod order;
mod patience;

use super::{
    Pass, Shared,
    book::{Place, Tx, What},
    journal::{Fate, JobLine, Line},
};
use crate::{
    act::ActSpec,
    acts::{self, Act},
    commands::signers,
    failure::{Failure, Result},
    fate,
    session::Session,
    when,
};
use api::{
    catalogue, paths,
    tx::{TxState, TxStatus},
};
use ledger::{
    Operation, SignedTx, TxId,
    document::{self, Document},
};
use looking::FEED_HEIGHTS;
use making::Stated;
use order::{Before, Things};
use patience::Patience;
use std::{
    collections::BTreeMap,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

/// Pauses while nodes are away, the first and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(30);
/// Longest time without a look at the network.
const IDLE: Duration = Duration::from_secs(5);
/// The same while acts wait for their turn.
const TURN: Duration = Duration::from_secs(1);
/// Pause after something that only a person can mend.
const MEND_PAUSE: Duration = Duration::from_secs(60);
/// Longest wait of one question for a decision, in milliseconds.
const WAIT_MS: u64 = 5_000;
/// Shortest time between two such questions.
const ASK_PAUSE: Duration = Duration::from_millis(250);
/// How often an act is signed anew after it expired.
const MAX_VOIDS: u32 = 5;
/// Most acts that are signed and not decided.
const UNDER_WAY: usize = 16;
/// How many acts are looked at for some that may be signed.
const AHEAD: usize = 64;
/// How long somebody who waits for a job waits while nothing gets decided.
const STANDSTILL: Duration = Duration::from_secs(60);

/// What the thread remembers between rounds.
struct Desk<'s> {
    shared: &'s Shared,
    session: Session,
    /// The job at hand, as it was written.
    job: Option<(usize, JobLine)>,
    /// What the entries touch for which an act is under way; everything, of those that an earlier process signed for.
    touched: BTreeMap<Place, Things>,
    patience: Patience,
    /// Height up to which others were looked at.
    looked: Option<u64>,
    /// How many heights are asked for at a time.
    span: u64,
    /// Not before then: something was in the way, and what.
    anchor_after: Instant,
    look_after: Instant,
    no_anchor: Option<Failure>,
    no_look: Option<Failure>,
}

/// What became of an act whose turn it may be.
enum Turn {
    /// It is under way.
    Signed(Things),
    /// It waits.
    Waits(Things),
    /// Its entry is refused.
    Ended,
}

/// What an entry still asks for.
struct Asked {
    act: ActSpec,
    said: Stated,
    /// The acts behind it; none where this version does not know one.
    later: Option<Vec<ActSpec>>,
}

/// Signs and sends until the gateway ends. Error: the disk's, after which nothing is certain.
pub(super) fn run(shared: &Shared, session: Session) -> Result<()> {
    let mut desk = Desk::new(shared, session);
    let mut pause = FIRST_PAUSE;
    while !shared.is_ended() {
        match desk.round() {
            Ok(has_done) => {
                pause = FIRST_PAUSE;
                shared.say_trouble(desk.trouble());
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

/// Signs and sends until a job is decided, with what stands before it, or nothing has been for a minute. `tell` hears how
/// many of its entries are.
///
/// Errors: the disk's, those of being without a node, and whatever only a person can mend. What is signed is kept.
pub(super) fn until(shared: &Shared, session: Session, job: usize, tell: &mut dyn FnMut(usize)) -> Result<()> {
    let mut desk = Desk::new(shared, session);
    let mut last = (0, Instant::now());
    loop {
        let (settled, is_done) = shared.book().standing(job);
        tell(settled);
        if settled > last.0 {
            last = (settled, Instant::now());
        }
        if is_done || last.1.elapsed() > STANDSTILL {
            return Ok(());
        }
        match desk.begin().and_then(|_| desk.work()) {
            Ok(true) => shared.say_trouble(desk.trouble()),
            Ok(false) => match desk.no_anchor.take() {
                Some(failure) if !is_passing(&failure) => return Err(failure),
                _ => desk.rest(),
            },
            Err(failure) if is_of_the_node(&failure) || !is_passing(&failure) => return Err(failure),
            Err(failure) => {
                shared.say_trouble(Some(&failure));
                shared.rest(FIRST_PAUSE);
            }
        }
    }
}

fn is_of_the_disk(failure: &Failure) -> bool {
    matches!(failure.code.as_str(), "H1403" | "H1642" | "H1643")
}

/// Whether it may go away by itself: no node answers, or one has too much to do, or is behind.
fn is_passing(failure: &Failure) -> bool {
    let status = catalogue::http_status(&failure.code);
    is_of_the_node(failure)
        || matches!(failure.code.as_str(), "H1004" | "H1007" | "H2302")
        || (status >= 500 && !is_of_the_disk(failure))
}

/// Whether it would be the same with any other act: no node answers, or one has too much to do, or has stopped.
fn is_of_the_node(failure: &Failure) -> bool {
    failure.is_of_the_road() || fate::is_final(failure) || failure.code == "H7011"
}

impl<'s> Desk<'s> {
    fn new(shared: &'s Shared, session: Session) -> Desk<'s> {
        let now = Instant::now();
        Desk {
            shared,
            session,
            job: None,
            touched: BTreeMap::new(),
            patience: Patience::new(shared.settings.give_up),
            looked: None,
            span: FEED_HEIGHTS,
            anchor_after: now,
            look_after: now,
            no_anchor: None,
            no_look: None,
        }
    }

    /// What is in the way of something.
    fn trouble(&self) -> Option<&Failure> {
        self.patience.trouble().or(self.no_anchor.as_ref()).or(self.no_look.as_ref())
    }

    /// Waits for the bell where nothing is to be done.
    fn rest(&self) {
        let book = self.shared.book();
        let wait = match (book.open.is_empty(), book.loose.is_empty()) {
            (false, _) => TURN,
            (true, false) => IDLE.min(self.shared.settings.anchor_after),
            (true, true) => IDLE,
        };
        if !self.shared.is_ended() {
            // That the time is over changes nothing.
            drop(self.shared.bell.wait_timeout(book, wait.max(ASK_PAUSE)));
        }
    }

    /// Does what can be done now; whether there was something.
    fn round(&mut self) -> Result<bool> {
        let height = self.begin()?;
        if self.work()? {
            return Ok(true);
        }
        if self.look_after > Instant::now() {
            return Ok(false);
        }
        match self.look(height) {
            Err(failure) if is_passing(&failure) || is_of_the_disk(&failure) => Err(failure),
            Err(failure) => {
                self.look_after = Instant::now() + MEND_PAUSE;
                self.no_look = Some(failure);
                Ok(false)
            }
            Ok(has_more) => {
                self.no_look = None;
                Ok(has_more)
            }
        }
    }

    /// Looks at the network: its height. Errors: those of being without a node, and H3002.
    fn begin(&mut self) -> Result<u64> {
        self.session.renew();
        let view = self.session.network()?;
        let (height, network) = (view.as_of.height, view.network.clone());
        if self.shared.book().network() != Some(network.as_str()) {
            let expected = self.session.network_id()?;
            return Err(self.session.other_network(&expected, &network));
        }
        self.shared.tip.fetch_max(height, Ordering::Relaxed);
        if self.shared.wants_pass.load(Ordering::Relaxed) {
            // Without it new blocks are noticed a little later. The node in use after a login is the one that gave it.
            if let (Ok(login), Ok(node)) = (self.session.login(), self.session.node()) {
                self.shared.give_pass(Pass { node: node.to_owned(), token: login.token });
            }
        }
        Ok(height)
    }

    /// Learns what became of what is under way, anchors, and signs; else waits for a decision, if there is one to come.
    fn work(&mut self) -> Result<bool> {
        let mut has_done = self.settle_all()?;
        has_done |= self.anchor_when_due()?;
        has_done |= self.sign_all()?;
        Ok(has_done || self.wait()?)
    }

    // Transactions

    fn ask(&self, id: &TxId, wait_ms: u64) -> Result<TxStatus> {
        let path = paths::fill(paths::TX_ONE, &id.to_string());
        match wait_ms {
            0 => self.session.read(&path, &[]),
            ms => self.session.read(&path, &[("wait", "committed".to_owned()), ("timeout_ms", ms.to_string())]),
        }
    }

    /// What is under way and to be asked about by now.
    fn due(&self) -> Vec<(What, TxId)> {
        let (book, now) = (self.shared.book(), Instant::now());
        let due = book.under_way.iter().filter(|(what, _)| self.patience.is_due(what, now));
        due.map(|(what, id)| (*what, *id)).collect()
    }

    fn settle_all(&mut self) -> Result<bool> {
        let mut has_done = false;
        for (what, id) in self.due() {
            let tx = self.shared.book().txs.get(&id).cloned();
            let Some(tx) = tx else { continue };
            match self.settle(&id, &tx) {
                Ok(is_decided) => {
                    self.patience.fine(&what);
                    has_done |= is_decided;
                }
                Err(failure) => has_done |= self.failed(what, failure)?,
            }
        }
        Ok(has_done)
    }

    /// Learns what became of a transaction, and sends it where no node has it; whether it is decided.
    fn settle(&self, id: &TxId, tx: &Tx) -> Result<bool> {
        let status = self.ask(id, 0)?;
        match status.status {
            TxState::Committed | TxState::Refused => self.decide(id, &status),
            TxState::Pending => Ok(false),
            TxState::Unknown | TxState::Expired if self.session.block_time() > tx.expires => {
                match fate::lost(&self.session, &SignedTx::from_bytes(&tx.bytes)?)? {
                    Some(status) => self.decide(id, &status),
                    None => self.write_decided(id, Fate::Void, &status, None),
                }
            }
            TxState::Unknown | TxState::Expired => self.send(id, &tx.bytes),
        }
    }

    /// Sends what was written down; whether that decided it: no node would ever take it.
    fn send(&self, id: &TxId, bytes: &[u8]) -> Result<bool> {
        match acts::post(&self.session, bytes) {
            Ok(_) => Ok(false),
            Err(failure) if acts::is_hopeless(&failure) && !matches!(failure.code.as_str(), "H1004" | "H1005") => {
                let unknown = TxStatus::undecided(id, TxState::Unknown);
                self.write_decided(id, Fate::Refused, &unknown, Some(failure.problem(self.shared.lang)))
            }
            Err(failure) => Err(failure),
        }
    }

    fn decide(&self, id: &TxId, status: &TxStatus) -> Result<bool> {
        let rejection = status.rejection.as_ref();
        let problem = rejection.map(|rejection| rejection.problem(rejection.params.clone(), self.shared.lang));
        let fate = if problem.is_some() { Fate::Refused } else { Fate::Committed };
        self.write_decided(id, fate, status, problem)
    }

    fn write_decided(&self, id: &TxId, fate: Fate, status: &TxStatus, problem: Option<api::Problem>) -> Result<bool> {
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

    /// Something could not be done that may go better later; whether it is given up, so that what is behind it can go on.
    /// Errors: those that are not about it alone.
    fn failed(&mut self, what: What, failure: Failure) -> Result<bool> {
        if is_of_the_disk(&failure) || is_of_the_node(&failure) {
            return Err(failure);
        }
        let given_up = self.patience.failed(what, &failure, Instant::now());
        let (Some(given_up), What::Act(place)) = (given_up, what) else { return Ok(false) };
        let live = {
            let book = self.shared.book();
            let live = book.entry(place).and_then(|entry| entry.live);
            live.map(|id| (id, book.txs.get(&id).map(|tx| tx.expires)))
        };
        match live {
            None => self.refuse(place, &given_up),
            // Until then a block may take it.
            Some((_, expires)) if expires.is_none_or(|expires| self.session.block_time() <= expires) => Ok(false),
            Some((id, _)) => {
                self.patience.fine(&what);
                let unknown = TxStatus::undecided(&id, TxState::Unknown);
                self.write_decided(&id, Fate::Refused, &unknown, Some(given_up.problem(self.shared.lang)))
            }
        }
    }

    /// Waits until the first of what is under way is decided, or some time is over; whether there is one.
    fn wait(&mut self) -> Result<bool> {
        let Some((what, id)) = self.due().into_iter().next() else { return Ok(false) };
        let asked = Instant::now();
        match self.ask(&id, WAIT_MS) {
            Ok(status) if status.status.is_final() => {}
            // A node that answers at once instead of waiting is not to be flooded.
            Ok(_) => self.shared.rest(ASK_PAUSE.saturating_sub(asked.elapsed())),
            Err(failure) => {
                self.failed(what, failure)?;
            }
        }
        Ok(true)
    }

    // Acts

    /// Signs every act whose turn it is; whether something changed.
    fn sign_all(&mut self) -> Result<bool> {
        let (places, mut under_way) = {
            let book = self.shared.book();
            let places: Vec<Place> = book.open.iter().map(|(_, place)| *place).take(AHEAD).collect();
            self.touched.retain(|place, _| book.under_way.contains_key(&What::Act(*place)));
            (places, book.acts_under_way())
        };
        let (mut before, mut has_done) = (Before::default(), false);
        for place in places {
            if under_way >= UNDER_WAY || before.is_barrier() {
                break;
            }
            if self.shared.book().under_way.contains_key(&What::Act(place)) {
                before.add(self.touched.get(&place).unwrap_or(&Things::all()));
                continue;
            }
            match self.turn(place, &before)? {
                Turn::Signed(things) => {
                    before.add(&things);
                    under_way += 1;
                    has_done = true;
                }
                Turn::Waits(things) => before.add(&things),
                Turn::Ended => has_done = true,
            }
        }
        Ok(has_done)
    }

    /// Signs an act if its turn has come. One that cannot be made, or that would be refused, has its turn when everything
    /// before it is decided: only then it is known to be so.
    fn turn(&mut self, place: Place, before: &Before) -> Result<Turn> {
        let what = What::Act(place);
        let (step, voids) = {
            let book = self.shared.book();
            let Some(entry) = book.entry(place) else { return Ok(Turn::Ended) };
            (entry.txs.len(), entry.voids)
        };
        if voids >= MAX_VOIDS {
            let failure = Failure::new("H1656", [("times", voids.to_string())]);
            return self.refuse_in_turn(place, before, Things::all(), &failure);
        }
        let Asked { act, said, later } = match self.asked(place, step)? {
            Ok(asked) => asked,
            Err(failure) => return self.refuse_in_turn(place, before, Things::all(), &failure),
        };
        let is_due = self.patience.is_due(&what, Instant::now());
        let things = match self.things(&act, later.as_deref()) {
            Ok(things) => things,
            Err(failure) if is_of_the_node(&failure) => return Err(failure),
            Err(_) if !is_due => return Ok(Turn::Waits(Things::all())),
            Err(failure) if is_passing(&failure) => return self.failed_turn(what, failure, Things::all()),
            Err(failure) => return self.refuse_in_turn(place, before, Things::all(), &failure),
        };
        if !is_due || before.holds_up(&things) {
            return Ok(Turn::Waits(things));
        }
        match making::signed(&self.session, &self.shared.settings.life, act, &said) {
            Ok((id, tx)) => {
                let bytes = tx.to_bytes();
                let (job, entry) = place;
                let line = Line::Signed { job, entry, tx: id.to_string(), bytes: api::bytes::encode(&bytes) };
                self.shared.book().write(&line)?;
                self.patience.fine(&what);
                self.touched.insert(place, things.clone());
                if let Err(failure) = self.send(&id, &bytes) {
                    self.failed(what, failure)?;
                }
                Ok(Turn::Signed(things))
            }
            Err(failure) if is_of_the_disk(&failure) => Err(failure),
            Err(failure) if is_passing(&failure) => self.failed_turn(what, failure, things),
            Err(failure) => self.refuse_in_turn(place, before, things, &failure),
        }
    }

    fn failed_turn(&mut self, what: What, failure: Failure, things: Things) -> Result<Turn> {
        Ok(if self.failed(what, failure)? { Turn::Ended } else { Turn::Waits(things) })
    }

    fn refuse_in_turn(&mut self, place: Place, before: &Before, things: Things, failure: &Failure) -> Result<Turn> {
        if !before.is_empty() {
            return Ok(Turn::Waits(things));
        }
        self.refuse(place, failure)?;
        Ok(Turn::Ended)
    }

    fn refuse(&mut self, place: Place, failure: &Failure) -> Result<bool> {
        let (job, entry) = place;
        let height = self.shared.tip.load(Ordering::Relaxed);
        let problem = failure.problem(self.shared.lang);
        self.shared.book().write(&Line::Refused { job, entry, at: when::now().0, height, problem })?;
        self.patience.fine(&What::Act(place));
        self.shared.wake();
        Ok(true)
    }

    /// What an entry asks for from a step on. Outer error: the disk's. Inner error: H1430 for an act that this version
    /// does not know.
    fn asked(&mut self, (job, entry): Place, step: usize) -> Result<Result<Asked>> {
        if self.job.as_ref().is_none_or(|(index, _)| *index != job) {
            let line = self.shared.book().job_line(job)?;
            self.job = Some((job, line));
        }
        let entry = self.job.as_ref().and_then(|(_, line)| line.entries.get(entry));
        let values = entry.and_then(|entry| entry.acts.get(step..)).unwrap_or_default();
        let said = entry.and_then(|entry| entry.said.get(step)).cloned().unwrap_or_default();
        let mut acts = values.iter().cloned().map(serde_json::from_value::<ActSpec>);
        let act = acts.next().unwrap_or_else(|| serde_json::from_value(serde_json::Value::Null));
        let later = acts.collect::<std::result::Result<Vec<_>, _>>().ok();
        Ok(match act {
            Ok(act) => Ok(Asked { act, said, later }),
            Err(error) => Err(Failure::new("H1430", [("detail", error.to_string())])),
        })
    }

    /// What an entry touches with an act and those behind it.
    fn things(&self, act: &ActSpec, later: Option<&[ActSpec]>) -> Result<Things> {
        let Some(later) = later else { return Ok(Things::all()) };
        let mut things = Things::of(&self.session, act)?;
        for act in later {
            things = things.and(Things::of(&self.session, act)?);
        }
        Ok(things)
    }

    // Anchors

    fn anchor_when_due(&mut self) -> Result<bool> {
        if !self.is_anchor_due() || self.anchor_after > Instant::now() {
            return Ok(false);
        }
        match self.anchor() {
            Ok(()) => {
                self.no_anchor = None;
                Ok(true)
            }
            Err(failure) if is_of_the_node(&failure) || is_of_the_disk(&failure) => Err(failure),
            Err(failure) => {
                let pause = if is_passing(&failure) { IDLE } else { MEND_PAUSE };
                self.anchor_after = Instant::now() + pause;
                self.no_anchor = Some(failure);
                Ok(false)
            }
        }
    }

    fn is_anchor_due(&self) -> bool {
        let book = self.shared.book();
        let Some((job, _)) = book.loose.front() else { return false };
        let came = book.jobs.get(*job).map_or(0, |job| job.at);
        let (now, after) = (when::now().0, self.shared.settings.anchor_after.as_millis());
        // A clock that was put back holds nothing up.
        let has_waited = now < came || u128::from(now - came) >= after;
        !book.has_live_anchor() && (has_waited || book.loose.len() >= self.shared.settings.anchor_most)
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
        let (id, tx) = making::sign(&self.session, &mut draft)?;
        let bytes = api::bytes::encode(&tx.to_bytes());
        self.shared.book().write(&Line::Anchor { events, root: root.to_string(), tx: id.to_string(), bytes })
    }
}
