//! What the gateway knows: the journal, and what follows from its lines.
//!
//! Nothing is changed but by a line that is on disk already, and the same lines give the same state: so a gateway that
//! was killed goes on where its last line was written. Of a document, identities and places are held here, its bytes and
//! acts stay on disk.

#[cfg(test)]
mod tests;

use super::{
    journal::{Behaviour, EntryLine, Fate, JobLine, Journal, Kind, Line, Outcome, Reader, SCHEMA, damaged},
    settings::{Hook, takes},
};
use crate::failure::{Failure, Result};
use ledger::{Hash, SignedTx, Timestamp, TxId};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Deref,
    path::{Path, PathBuf},
};

/// An event or an act by its job and its place in it.
pub(super) type Place = (usize, usize);

/// A job.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) at: u64,
    pub(super) kind: Kind,
    pub(super) behaviour: Behaviour,
    pub(super) body: Hash,
    pub(super) entries: Vec<Entry>,
    pub(super) known: Vec<Place>,
    /// Where its line stands.
    pub(super) line: u64,
}

/// How an entry ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Done {
    pub(super) outcome: Outcome,
    pub(super) at: u64,
    pub(super) height: u64,
    /// Line that says why.
    pub(super) line: u64,
    /// Whether it is certain: a block says so, or nothing was signed. What was given up may have been done.
    is_certain: bool,
}

/// An event, or an act.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) place: usize,
    pub(super) start: usize,
    pub(super) length: usize,
    /// Hash of its bytes, and the salt; none of an act.
    pub(super) document: Option<ledger::document::Document>,
    /// How many acts it asks for.
    pub(super) acts: usize,
    with: Option<usize>,
    /// Its place among the anchors.
    pub(super) anchor: Option<(usize, usize)>,
    /// The transactions that did what it asks for.
    pub(super) txs: Vec<TxId>,
    /// The one that is not decided.
    pub(super) live: Option<TxId>,
    /// How many expired.
    pub(super) voids: u32,
    pub(super) done: Option<Done>,
    /// The job with which it came; the last one, of what is tried again.
    pub(super) turn: usize,
    /// How often it was tried again.
    again: u32,
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Act(Place),
    Anchor(usize),
}

/// A transaction.
#[derive(Clone, Debug)]
pub(super) struct Tx {
    pub(super) what: What,
    /// What was signed, until it is decided.
    pub(super) bytes: Vec<u8>,
    pub(super) expires: Timestamp,
}

/// A root that was signed over some documents.
#[derive(Debug)]
pub(super) struct Anchor {
    pub(super) events: Vec<Place>,
    pub(super) root: Hash,
    pub(super) tx: TxId,
    /// Height and place in the block, once it is in one.
    pub(super) at: Option<(u64, u32)>,
}

/// What a notice is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum About {
    /// The end of an entry, with how many transactions it had by then, and how often it was tried again.
    Entry { place: Place, done: Done, txs: usize, again: u32 },
    /// A line, and the place in it.
    Incoming(u64, usize),
}

/// Something to be told.
#[derive(Clone, Debug)]
pub(super) struct Notice {
    pub(super) height: u64,
    pub(super) kind: String,
    pub(super) about: About,
}

/// What a webhook has and has not been told.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// What it takes; none while it is not served.
    pub(super) kinds: Option<Vec<String>>,
    pub(super) waiting: BTreeSet<usize>,
    /// Line of the last word on a notice.
    pub(super) told: BTreeMap<usize, u64>,
}

/// Everything that follows from the lines.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) jobs: Vec<Job>,
    pub(super) txs: BTreeMap<TxId, Tx>,
    pub(super) anchors: Vec<Anchor>,
    pub(super) notices: Vec<Notice>,
    pub(super) queues: BTreeMap<String, Queue>,
    /// Height up to which it is known what others did.
    pub(super) seen: Option<u64>,
    /// What asks for acts and is not done, in the order in which it came: each with its job, or the one that tries it again.
    pub(super) open: BTreeSet<(usize, Place)>,
    /// What is signed and not decided: acts in their order, then anchors.
    pub(super) under_way: BTreeMap<What, TxId>,
    /// Events that are in no anchor.
    pub(super) loose: VecDeque<Place>,
    /// Events in all.
    pub(super) kept: usize,
    head: Option<(String, String)>,
    by_id: BTreeMap<String, usize>,
    by_event: BTreeMap<String, Place>,
    by_key: BTreeMap<String, usize>,
}

/// An event by its identity. A declaration that an event was wrong has the identity of that event, and is another one.
fn event_key(id: &str, declares: bool) -> String {
    match declares {
        true => format!("{id}\u{0}declaration"),
        false => id.to_owned(),
    }
}

impl Entry {
    fn of(line: &EntryLine, kind: Kind, turn: usize) -> Option<Entry> {
        let document = match kind {
            Kind::Json | Kind::Xml => {
                let salt = api::bytes::decode(&line.salt).ok()?.try_into().ok()?;
                let document = ledger::document::Document { salt, content: line.content.parse().ok()? };
                Some(document).filter(|document| document.hash().to_string() == line.document)
            }
            Kind::Acts => None,
        };
        let is_whole = document.is_some() || kind == Kind::Acts;
        is_whole.then(|| Entry {
            id: line.id.clone(),
            place: line.place,
            start: line.start,
            length: line.length,
            document,
            acts: line.acts.len(),
            with: line.with,
            anchor: None,
            txs: Vec::new(),
            live: None,
            voids: 0,
            done: None,
            turn,
            again: 0,
        })
    }

    /// Whether there is nothing to sign for it, nor for what it is part of.
    pub(super) fn asks_nothing(&self) -> bool {
        self.acts == 0 && self.with.is_none()
    }
}

impl State {
    pub(super) fn entry(&self, (job, entry): Place) -> Option<&Entry> {
        self.jobs.get(job)?.entries.get(entry)
    }

    fn entry_mut(&mut self, (job, entry): Place) -> Option<&mut Entry> {
        self.jobs.get_mut(job)?.entries.get_mut(entry)
    }

    /// An event by its identity.
    pub(super) fn event(&self, id: &str, declares: bool) -> Option<Place> {
        self.by_event.get(&event_key(id, declares)).copied()
    }

    /// A job by its identity.
    pub(super) fn job(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// A job by the name that its sender gave to the request.
    pub(super) fn job_of_key(&self, key: &str) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    /// All entries that a job speaks of.
    pub(super) fn places(&self, index: usize) -> Vec<Place> {
        let Some(job) = self.jobs.get(index) else { return Vec::new() };
        (0..job.entries.len()).map(|entry| (index, entry)).chain(job.known.iter().copied()).collect()
    }

    /// How many acts are signed and not decided.
    pub(super) fn acts_under_way(&self) -> usize {
        self.under_way.keys().filter(|what| matches!(what, What::Act(_))).count()
    }

    /// Whether an anchor is signed and not decided.
    pub(super) fn has_live_anchor(&self) -> bool {
        matches!(self.under_way.last_key_value(), Some((What::Anchor(_), _)))
    }

    /// Whether all of an entry is decided: what it asks for, and its anchor.
    pub(super) fn is_settled(&self, place: Place) -> bool {
        let Some(entry) = self.entry(place) else { return true };
        let is_anchored = match (entry.document, entry.anchor) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some((anchor, _))) => !self.under_way.contains_key(&What::Anchor(anchor)),
        };
        entry.done.is_some() && is_anchored
    }

    /// How many entries of a job are settled, and whether they all are, with everything that stands before them.
    pub(super) fn standing(&self, job: usize) -> (usize, bool) {
        let places = self.places(job);
        let settled = places.iter().filter(|place| self.is_settled(**place)).count();
        let is_before = |of: usize| of <= job;
        let waits = self.open.first().is_some_and(|(turn, _)| is_before(*turn))
            || self.loose.front().is_some_and(|(of, _)| is_before(*of));
        (settled, settled == places.len() && !waits)
    }

    /// An entry with those that are parts of the same act.
    pub(super) fn parts(&self, (job, entry): Place) -> Vec<Place> {
        let Some(of) = self.jobs.get(job) else { return Vec::new() };
        let parts = of.entries.iter().enumerate().filter(|(index, part)| *index == entry || part.with == Some(entry));
        parts.map(|(index, _)| (job, index)).collect()
    }

    /// Whether an entry may be tried again: it was refused, and it is certain that nothing came of it.
    pub(super) fn may_try_again(&self, place: Place) -> bool {
        let refused = |done: &Done| done.outcome == Outcome::Refused && done.is_certain;
        self.entry(place).is_some_and(|entry| entry.with.is_none() && entry.done.as_ref().is_some_and(refused))
    }

    /// Does what a line says; none where it contradicts those before it.
    fn apply(&mut self, line: &Line, at: u64) -> Option<()> {
        match line {
            Line::Head { schema, network, org } => {
                let is_first = self.head.is_none() && schema == SCHEMA;
                self.head = Some((network.clone(), org.clone()));
                is_first.then_some(())
            }
            _ if self.head.is_none() => None,
            Line::Job(job) => self.begin(job, at),
            Line::Signed { job, entry, tx, bytes } => {
                let place = (*job, *entry);
                let id = self.sign(What::Act(place), tx, bytes)?;
                let entry = self.entry_mut(place).filter(|entry| entry.live.is_none() && entry.done.is_none())?;
                entry.live = Some(id);
                Some(())
            }
            Line::Anchor { events, root, tx, bytes } => {
                let index = self.anchors.len();
                let id = self.sign(What::Anchor(index), tx, bytes)?;
                for (position, place) in events.iter().enumerate() {
                    (self.loose.pop_front()? == *place).then_some(())?;
                    self.entry_mut(*place)?.anchor = Some((index, position));
                }
                self.anchors.push(Anchor { events: events.clone(), root: root.parse().ok()?, tx: id, at: None });
                Some(())
            }
            Line::Decided { tx, fate, at: when, height, index, time, problem: _ } => {
                let id: TxId = tx.parse().ok()?;
                let tx = self.txs.get_mut(&id).filter(|tx| !tx.bytes.is_empty())?;
                tx.bytes = Vec::new();
                let what = tx.what;
                self.under_way.remove(&what);
                // Without a time no block said so.
                let is_certain = !time.is_empty();
                let done = |outcome| Done { outcome, at: *when, height: *height, line: at, is_certain };
                match what {
                    What::Act(place) => self.decide_act(place, id, *fate, done),
                    What::Anchor(anchor) => self.decide_anchor(anchor, *fate, (*height, *index), done),
                }
            }
            Line::Refused { job, entry, at: time, height, problem: _ } => {
                let done = Done { outcome: Outcome::Refused, at: *time, height: *height, line: at, is_certain: true };
                self.finish((*job, *entry), done)
            }
            Line::Seen { height, incoming } => {
                for (index, one) in incoming.iter().enumerate() {
                    let kind = format!("incoming.{}", one.kind);
                    self.tell(Notice { height: one.height, kind, about: About::Incoming(at, index) });
                }
                self.seen = Some(*height);
                Some(())
            }
            Line::Hook { name, kinds } => {
                let (queue, notices) = (self.queues.entry(name.clone()).or_default(), &self.notices);
                queue.waiting.retain(|index| notices.get(*index).is_some_and(|notice| takes(kinds, &notice.kind)));
                queue.kinds = Some(kinds.clone());
                Some(())
            }
            Line::Unhook { name } => {
                self.queues.get_mut(name)?.kinds = None;
                Some(())
            }
            Line::Told { hook, notice, taken: _, attempts: _, detail: _ } => {
                let queue = self.queues.get_mut(hook)?;
                queue.waiting.remove(notice);
                queue.told.insert(*notice, at);
                Some(())
            }
            Line::Replay { from } => {
                let again = self.notices.iter().enumerate().filter(|(_, notice)| notice.height >= *from);
                let again: Vec<usize> = again.map(|(index, _)| index).collect();
                again.into_iter().for_each(|index| self.queue(index));
                Some(())
            }
        }
    }

    fn begin(&mut self, line: &JobLine, at: u64) -> Option<()> {
        let index = self.jobs.len();
        let entries = line.entries.iter().map(|entry| Entry::of(entry, line.kind, index));
        let entries = entries.collect::<Option<Vec<_>>>()?;
        for (number, (entry, said)) in entries.iter().zip(&line.entries).enumerate() {
            let place = (index, number);
            if entry.document.is_some() {
                let is_new = self.by_event.insert(event_key(&said.id, said.declares), place).is_none();
                is_new.then_some(())?;
                self.loose.push_back(place);
                self.kept += 1;
            }
            if entry.acts > 0 {
                self.open.insert((index, place));
            }
            // The other part stands before it.
            entry.with.is_none_or(|with| with < number).then_some(())?;
        }
        line.known.iter().all(|place| self.entry(*place).is_some()).then_some(())?;
        line.again.iter().try_for_each(|place| self.try_again(*place, index))?;
        self.by_id.insert(line.id.clone(), index).is_none().then_some(())?;
        self.by_key.extend(line.key.clone().map(|key| (key, index)));
        self.jobs.push(Job {
            id: line.id.clone(),
            at: line.at,
            kind: line.kind,
            behaviour: line.behaviour,
            body: line.body.parse().ok()?,
            entries,
            known: line.known.clone(),
            line: at,
        });
        Some(())
    }

    /// Opens an entry that was refused, and those that are parts of the same act, as if they came with a job.
    fn try_again(&mut self, place: Place, job: usize) -> Option<()> {
        self.may_try_again(place).then_some(())?;
        for part in self.parts(place) {
            let is_refused = |anchor: usize| {
                let is_out = !self.under_way.contains_key(&What::Anchor(anchor));
                is_out && self.anchors.get(anchor).is_some_and(|anchor| anchor.at.is_none())
            };
            let is_loose = self.entry(part)?.anchor.is_some_and(|(anchor, _)| is_refused(anchor));
            let entry = self.entry_mut(part)?;
            (entry.done, entry.voids, entry.turn) = (None, 0, job);
            entry.again += 1;
            if is_loose {
                entry.anchor = None;
            }
            let asks = entry.acts > 0;
            if asks {
                self.open.insert((job, part));
            }
            if is_loose {
                self.loose.push_back(part);
            }
        }
        Some(())
    }

    fn sign(&mut self, what: What, id: &str, bytes: &str) -> Option<TxId> {
        let bytes = api::bytes::decode(bytes).ok()?;
        let body = SignedTx::from_bytes(&bytes).ok()?.body;
        let found = body.id();
        let tx = Tx { what, bytes, expires: body.expires };
        let is_new = self.under_way.insert(what, found).is_none() && self.txs.insert(found, tx).is_none();
        (found.to_string() == id && is_new).then_some(found)
    }

    fn decide_act(&mut self, place: Place, id: TxId, fate: Fate, done: impl Fn(Outcome) -> Done) -> Option<()> {
        let entry = self.entry_mut(place).filter(|entry| entry.live == Some(id))?;
        entry.live = None;
        match fate {
            Fate::Committed => {
                entry.txs.push(id);
                match entry.txs.len() >= entry.acts {
                    true => self.finish(place, done(Outcome::Committed)),
                    false => Some(()),
                }
            }
            Fate::Refused => self.finish(place, done(Outcome::Refused)),
            Fate::Void => {
                entry.voids += 1;
                Some(())
            }
        }
    }

    fn decide_anchor(
        &mut self,
        index: usize,
        fate: Fate,
        at: (u64, u32),
        done: impl Fn(Outcome) -> Done,
    ) -> Option<()> {
        let anchor = self.anchors.get_mut(index)?;
        let events = anchor.events.clone();
        let outcome = match fate {
            Fate::Committed => {
                anchor.at = Some(at);
                Outcome::Committed
            }
            Fate::Refused => Outcome::Refused,
            Fate::Void => {
                for place in events.iter().rev() {
                    self.entry_mut(*place)?.anchor = None;
                    self.loose.push_front(*place);
                }
                return Some(());
            }
        };
        for place in events {
            let entry = self.entry(place)?;
            // One that asks for something is done when that is.
            if entry.asks_nothing() {
                self.finish(place, done(outcome))?;
            }
        }
        Some(())
    }

    /// Ends an entry, and those that are parts of the same act.
    fn finish(&mut self, place: Place, done: Done) -> Option<()> {
        let kind = match done.outcome {
            Outcome::Committed => "committed",
            Outcome::Refused => "refused",
        };
        self.entry(place)?;
        for part in self.parts(place) {
            let entry = self.entry_mut(part).filter(|entry| entry.done.is_none())?;
            entry.done = Some(done);
            let about = About::Entry { place: part, done, txs: entry.txs.len(), again: entry.again };
            let turn = entry.turn;
            self.open.remove(&(turn, part));
            self.tell(Notice { height: done.height, kind: kind.to_owned(), about });
        }
        Some(())
    }

    fn tell(&mut self, notice: Notice) {
        self.notices.push(notice);
        self.queue(self.notices.len() - 1);
    }

    fn queue(&mut self, index: usize) {
        let Some(notice) = self.notices.get(index) else { return };
        for queue in self.queues.values_mut() {
            if queue.kinds.as_ref().is_some_and(|kinds| takes(kinds, &notice.kind)) {
                queue.waiting.insert(index);
            }
        }
    }
}

/// The journal with what follows from it.
#[derive(Debug)]
pub(super) struct Book {
    path: PathBuf,
    journal: Journal,
    state: State,
}

impl Deref for Book {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl Book {
    /// Opens the book of a folder. Errors: H1641, H1642, H1403.
    pub(super) fn open(dir: &Path) -> Result<Book> {
        let path = dir.join("journal");
        let (mut state, mut number) = (State::default(), 0);
        let journal = Journal::open(&path, |line, at| {
            number += 1;
            state.apply(&line, at).ok_or_else(|| damaged(&path, number))
        })?;
        Ok(Book { path, journal, state })
    }

    /// The book of a folder as it stands, while another program may have it; none where none was begun. It cannot be
    /// written to. Errors: H1642, H1403.
    pub(super) fn look(dir: &Path) -> Result<Option<Book>> {
        let path = dir.join("journal");
        if !path.exists() {
            return Ok(None);
        }
        let (mut state, mut number) = (State::default(), 0);
        let journal = Journal::look(&path, |line, at| {
            number += 1;
            state.apply(&line, at).ok_or_else(|| damaged(&path, number))
        })?;
        Ok(Some(Book { path, journal, state }))
    }

    /// That it is the book of an organisation on a network, as far as it is begun. Error: H1645.
    pub(super) fn check(&self, network: &str, org: &str) -> Result<()> {
        match &self.head {
            Some(head) if (head.0.as_str(), head.1.as_str()) != (network, org) => {
                Err(Failure::new("H1645", [("file", self.path.display().to_string())]))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whose book it is; the head is written where there is none. Error: H1645 where it is another's.
    pub(super) fn claim(&mut self, network: &str, org: &str) -> Result<()> {
        if self.journal.is_empty() {
            self.write(&Line::Head { schema: SCHEMA.into(), network: network.into(), org: org.into() })?;
        }
        self.check(network, org)
    }

    /// Notes which webhooks are served from here on, and what each takes: one that is new, or takes more than it did, is
    /// told what happens from then on.
    pub(super) fn serve(&mut self, hooks: &[Hook]) -> Result<()> {
        let known = |name: &str| self.queues.get(name).and_then(|queue| queue.kinds.as_ref());
        let new = hooks.iter().filter(|hook| known(&hook.name) != Some(&hook.kinds));
        let new = new.map(|hook| Line::Hook { name: hook.name.clone(), kinds: hook.kinds.clone() });
        let is_gone = |name: &str| hooks.iter().all(|hook| hook.name != name);
        let gone = self.queues.iter().filter(|(name, queue)| queue.kinds.is_some() && is_gone(name));
        let lines: Vec<Line> = new.chain(gone.map(|(name, _)| Line::Unhook { name: name.clone() })).collect();
        lines.iter().try_for_each(|line| self.write(line))
    }

    /// The network of the head.
    pub(super) fn network(&self) -> Option<&str> {
        self.head.as_ref().map(|(network, _)| network.as_str())
    }

    /// Writes a line, then does what it says.
    pub(super) fn write(&mut self, line: &Line) -> Result<()> {
        let at = self.journal.append(line)?;
        self.state.apply(line, at).ok_or_else(|| damaged(&self.path, 0))
    }

    /// Whoever reads lines without holding the book.
    pub(super) fn reader(&self) -> Reader {
        self.journal.reader()
    }

    /// A line once more.
    pub(super) fn again(&self, at: u64) -> Result<Line> {
        self.reader().line(at)
    }

    /// A job once more, with its acts and all that was wrong.
    pub(super) fn job_line(&self, index: usize) -> Result<JobLine> {
        let at = self.jobs.get(index).map_or(0, |job| job.line);
        match self.again(at)? {
            Line::Job(line) => Ok(line),
            _ => Err(damaged(&self.path, 0)),
        }
    }

    /// Why an entry ended as it did; none where it is well.
    pub(super) fn why(&self, done: &Done) -> Result<Option<api::Problem>> {
        if done.outcome == Outcome::Committed {
            return Ok(None);
        }
        self.reader().why(done.line)
    }
}
