//! A document that `import epcis` takes in: a job of the gateway's book like any other.
//!
//! Where no other process has the book, the import opens it and runs the desk itself until the job is decided. Where a
//! gateway has it, the import hands the document to that gateway, and waits. What became of the events is read from the
//! book either way.

use super::{
    Shared,
    book::Book,
    claim,
    desk::{self, making, order},
    desk_session, door, http,
    intake::{self, Planned, Request, Rules, Strict},
    journal::{Behaviour, Kind, Line, Outcome as Ended},
    premises,
    settings::Settings,
};
use crate::{
    capture::Rule,
    failure::{Failure, Result},
    fate,
    session::{Session, code},
    storage,
};
use api::catalogue::{self, exit};
use epcis::{Captured, Format};
use gs1::ItemCode;
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// Pause between two looks at the job of a gateway.
const LOOK: Duration = Duration::from_millis(250);
/// How long a gateway may decide nothing of a job before nobody waits any longer.
const STANDSTILL: Duration = Duration::from_secs(60);

/// A document to be taken in.
pub(crate) struct Batch<'d> {
    pub(crate) body: &'d [u8],
    pub(crate) format: Format,
    /// Whether the valid events are taken where others are not.
    pub(crate) proceed: bool,
    /// Whose act is whose.
    pub(crate) rule: &'d Rule,
}

/// What became of an event, with the last of its transactions, where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All of it is in the ledger.
    Done(String),
    /// It was all there before.
    Before(String),
    /// A rule refused something of it.
    Refused(String, Failure),
    /// Something of it is not decided.
    Waiting(String, Failure),
    /// Something of it could not be signed.
    Bad(Failure),
    /// It was not taken.
    Skipped,
}

/// Which acts are the organisation's: by its premises as a node tells them, else as one told a gateway of this folder.
/// Nothing is written. Errors: those of asking.
pub(crate) fn rule(session: &Session, dir: &Path, own_only: bool) -> Result<Rule> {
    let premises = premises::seen(session, dir, &session.network_id()?.to_string())?;
    Ok(Rule { org: session.key_header()?.org, premises, own_only })
}

/// What the events of a document ask for, and what is wrong with them: by themselves, and beside those that came before.
/// Nothing is written. Errors: H1645, H1642.
pub(crate) fn plan(
    session: &Session,
    dir: &Path,
    rule: &Rule,
    body: &[u8],
    events: &[Captured],
) -> Result<Vec<Planned>> {
    let book = Book::look(dir)?;
    if let Some(book) = &book {
        book.check(&session.network_id()?.to_string(), &rule.org.to_string())?;
    }
    intake::planned(&Rules { rule, lang: session.out.lang, strict: Strict::Facts }, book.as_ref(), body, events)
}

/// Lets the node judge what can be judged before anything is done. `tell` hears of each event. What rests on an item that
/// an earlier event makes cannot be judged. Errors: those of being without a node.
pub(crate) fn preview(session: &Session, dir: &Path, events: &mut [Planned], tell: &mut dyn FnMut()) -> Result<()> {
    let life = Settings::load(None, dir)?.life;
    let mut made: BTreeSet<ItemCode> = BTreeSet::new();
    for event in events.iter_mut() {
        let asks = event.bad.is_none() && !event.is_known;
        for (act, said) in event.acts.iter().filter(|_| asks) {
            let (items, makes) = order::words(act).map(|words| (words.items, words.made)).unwrap_or_default();
            let codes = |words: Vec<&str>| words.into_iter().filter_map(|word| code(word).ok()).collect::<Vec<_>>();
            let rests_on_earlier = codes(items).iter().any(|code| made.contains(code));
            made.extend(codes(makes));
            match making::objection(session, &life, act.clone(), said) {
                Ok(None) => {}
                Err(failure) if fate::is_final(&failure) => return Err(failure),
                Ok(Some(_)) | Err(_) if rests_on_earlier => {}
                Ok(Some(failure)) | Err(failure) => {
                    event.bad = Some(failure);
                    break;
                }
            }
        }
        tell();
    }
    Ok(())
}

/// Takes a document in and waits until it is decided, or cannot be for now. What became of its events, of those that are
/// bad nothing; and why it ended early, where it did. `tell` hears how many events are decided. A gateway may ask for more
/// than an import does: what it made of the events stands in the place of what was planned.
///
/// Errors: those by which nothing was taken, H1641 while another import has the book.
pub(crate) fn perform(
    session: &Session,
    dir: &Path,
    batch: &Batch<'_>,
    events: &mut [Planned],
    tell: &mut dyn FnMut(usize),
) -> Result<(Vec<Outcome>, Result<()>)> {
    storage::folder(dir)?;
    // An import anchors at once: nobody sends it more.
    let settings = Settings { anchor_after: Duration::ZERO, ..Settings::load(None, dir)? };
    match Book::open(dir) {
        Ok(book) => here(session, dir, batch, events, (book, settings), tell),
        Err(failure) if failure.code == "H1641" => match door::running(dir) {
            Ok(running) => there(session, dir, batch, events, &running.http(&session.out), tell),
            Err(_) => Err(failure),
        },
        Err(failure) => Err(failure),
    }
}

/// Does it in this process.
fn here(
    session: &Session,
    dir: &Path,
    batch: &Batch<'_>,
    events: &mut [Planned],
    (mut book, settings): (Book, Settings),
    tell: &mut dyn FnMut(usize),
) -> Result<(Vec<Outcome>, Result<()>)> {
    let desk = desk_session(session)?;
    claim(&mut book, &desk)?;
    let shared = Shared::new(book, settings, dir, desk.key_header()?.org, session.out.lang)?;
    let request = Request {
        body: batch.body.to_vec(),
        kind: kind(batch.format),
        behaviour: behaviour(batch.proceed),
        single: false,
        strict: Strict::Facts,
        rule: batch.rule.clone(),
        most: usize::MAX,
    };
    let job = intake::document(&shared, request)?;
    let before = taken(&shared.book(), events, job)?;
    let ended = desk::until(&shared, desk, job, tell);
    let why = ended.clone().err().or_else(|| shared.trouble().map(Failure::from));
    let outcomes = outcomes(&shared.book(), events, &before, why.as_ref())?;
    Ok((outcomes, ended))
}

/// The job of a gateway, as far as it is read here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JobJson {
    #[serde(rename = "captureID")]
    capture_id: String,
    running: bool,
    #[serde(default)]
    events: Vec<EventJson>,
}

#[derive(Deserialize)]
struct EventJson {
    state: String,
    anchored: Option<u64>,
}

impl JobJson {
    /// How many events are decided, with their anchors.
    fn settled(&self) -> usize {
        self.events.iter().filter(|event| event.state != "waiting" && event.anchored.is_some()).count()
    }
}

/// Hands it to the gateway that has the book.
fn there(
    session: &Session,
    dir: &Path,
    batch: &Batch<'_>,
    events: &mut [Planned],
    gateway: &crate::http::Http,
    tell: &mut dyn FnMut(usize),
) -> Result<(Vec<Outcome>, Result<()>)> {
    let media = match batch.format {
        Format::Json => http::JSON,
        Format::Xml => http::XML,
    };
    let word = if batch.proceed { "proceed" } else { "rollback" };
    let own_only = if batch.rule.own_only { "true" } else { "false" };
    let headers = [("gs1-capture-error-behaviour", word), (http::STRICT, "true"), (http::OWN_ONLY, own_only)];
    let answer = gateway.post_document(http::CAPTURE, media, &headers, batch.body)?;
    let mut job: JobJson = answer.json()?;
    let looked = || Book::look(dir)?.ok_or_else(|| Failure::plain("H1642"));
    let before = {
        let book = looked()?;
        let index = book.job(&job.capture_id).ok_or_else(|| Failure::plain("H1642"))?;
        taken(&book, events, index)?
    };
    let place = format!("{}/{}", http::CAPTURE, job.capture_id);
    let mut last = (0, Instant::now());
    let ended = loop {
        let settled = job.settled();
        tell(settled);
        if settled > last.0 {
            last = (settled, Instant::now());
        }
        if (!job.running && settled == job.events.len()) || last.1.elapsed() > STANDSTILL {
            break Ok(());
        }
        thread::sleep(LOOK);
        match gateway.get(&place, &[]).and_then(|answer| answer.json()) {
            Ok(next) => job = next,
            Err(failure) => break Err(failure),
        }
    };
    let outcomes = outcomes(&looked()?, events, &before, ended.as_ref().err())?;
    session.out.progress(session.out.pick("The gateway of this folder did it.", "由该目录的网关办理。"));
    Ok((outcomes, ended))
}

fn kind(format: Format) -> Kind {
    match format {
        Format::Json => Kind::Json,
        Format::Xml => Kind::Xml,
    }
}

fn behaviour(proceed: bool) -> Behaviour {
    if proceed { Behaviour::Proceed } else { Behaviour::Rollback }
}

/// Puts what a job made of the events in the place of what was planned. Of each event whether an earlier job had it, and all
/// of it was decided then, and is not tried again. Errors: H1642, H1403.
fn taken(book: &Book, events: &mut [Planned], job: usize) -> Result<Vec<bool>> {
    intake::bad(events, book.job_line(job)?.errors);
    intake::noted(book, events)?;
    let was_settled = |event: &Planned| {
        let place = event.name.as_ref().and_then(|(id, declares)| book.event(id, *declares));
        let is_earlier = |place| book.entry(place).is_some_and(|entry| entry.turn < job);
        place.is_some_and(|place| is_earlier(place) && book.is_settled(place))
    };
    Ok(events.iter().map(was_settled).collect())
}

/// What became of the events by now. `why`: why nothing more is done now, where that is known.
fn outcomes(book: &Book, events: &[Planned], before: &[bool], why: Option<&Failure>) -> Result<Vec<Outcome>> {
    let one = |(event, was_settled): (&Planned, &bool)| outcome(book, event, *was_settled, why);
    events.iter().zip(before).map(one).collect()
}

fn outcome(book: &Book, event: &Planned, was_settled: bool, why: Option<&Failure>) -> Result<Outcome> {
    let place = event.name.as_ref().and_then(|(id, declares)| book.event(id, *declares));
    let Some((entry, place)) = place.and_then(|place| Some((book.entry(place)?, place))) else {
        return Ok(Outcome::Skipped);
    };
    let anchor = entry.anchor.and_then(|(anchor, _)| Some(book.anchors.get(anchor)?.tx));
    let tx = entry.live.or(entry.txs.last().copied()).or(anchor);
    let name = tx.map(|tx| tx.to_string()).unwrap_or_default();
    let done = match entry.done.filter(|done| done.outcome == Ended::Refused || book.is_settled(place)) {
        Some(done) => done,
        None => {
            let undecided = || fate::undecided(&tx.unwrap_or_default());
            return Ok(Outcome::Waiting(name, why.cloned().unwrap_or_else(undecided)));
        }
    };
    match book.why(&done)? {
        None if done.outcome == Ended::Committed && was_settled => Ok(Outcome::Before(name)),
        None if done.outcome == Ended::Committed => Ok(Outcome::Done(name)),
        problem => {
            let failure = problem.map_or_else(|| Failure::plain("H7009"), Failure::from);
            let is_signed = matches!(book.again(done.line)?, Line::Decided { .. });
            let is_of_a_rule = matches!(catalogue::exit_code(&failure.code), exit::REFUSED | exit::NOT_AUTHORISED);
            Ok(if is_signed || is_of_a_rule { Outcome::Refused(name, failure) } else { Outcome::Bad(failure) })
        }
    }
}
