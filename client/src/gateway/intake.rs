//! What comes in: documents and acts are read, checked, and kept as jobs, before anybody is told that they are taken.

use super::{
    Shared,
    asks::{self, Answer},
    book::{Book, Entry, Place},
    depot,
    journal::{Behaviour, EntryLine, JobLine, Kind, Line},
};
use crate::{
    act::ActSpec,
    capture::{self, Rule},
    failure::{Failure, Result},
    readings::Series,
    storage, when,
};
use api::{Lang, Problem};
use epcis::{Captured, Document, Value, check};
use ledger::Hash;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::MutexGuard,
};

/// Most faults of one event that are told.
const MAX_FAULTS: usize = 50;
/// Most faults and notes of one job; beyond it each event that is not taken still has one.
const MAX_TOLD: usize = 5_000;
/// Longest identity of an event, in bytes.
const MAX_ID: usize = 1_024;
/// Most events and acts that may wait at a time.
const MOST_WAITING: usize = 100_000;

/// A document as it came.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) body: Vec<u8>,
    pub(super) kind: Kind,
    pub(super) behaviour: Behaviour,
    /// Whether it has to be one event by itself.
    pub(super) single: bool,
    pub(super) strict: Strict,
    pub(super) rule: Rule,
    /// Most events that it may have.
    pub(super) most: usize,
}

/// Which events are refused that ask for an act and do not say enough for it; the others are kept with a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strict {
    /// None.
    Never,
    /// Those that lack a fact of their act, and not those that do not say whose it is.
    Facts,
    /// All.
    Always,
}

impl Strict {
    fn refuses(self, code: &str) -> bool {
        match self {
            Strict::Never => false,
            Strict::Facts => !is_of_whose(code),
            Strict::Always => true,
        }
    }
}

/// Whether it says why an event is kept and nothing of it signed: it is another's act, or does not say whose.
fn is_of_whose(code: &str) -> bool {
    matches!(code, "H1570" | "H1571" | "H1572")
}

/// By what a document is judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'r> {
    /// Whose act is whose.
    pub(super) rule: &'r Rule,
    pub(super) lang: Lang,
    pub(super) strict: Strict,
}

/// A valid event.
struct Valid {
    id: String,
    declares: bool,
    place: usize,
    start: usize,
    length: usize,
    content: Hash,
    hash: String,
    answer: Answer,
}

/// What reading a document gave.
#[derive(Default)]
struct Read {
    valid: Vec<Valid>,
    errors: Vec<Problem>,
    notes: Vec<Problem>,
    series: Vec<Series>,
}

/// Takes a document; the number of its job.
///
/// Errors: those of reading it and of its envelope, H1646 for too many events, H1648 for an event that is known with
/// other content, H1649, H1650, H1651; and of one event by itself, whatever is wrong with it.
pub(super) fn document(shared: &Shared, request: Request) -> Result<usize> {
    let Some(format) = request.kind.format() else { return Err(Failure::plain("H1659")) };
    room(shared, &shared.book())?;
    let Document { format, kind, context, envelope, events } =
        Document::read(&request.body, format).map_err(|e| capture::failure(&e))?;
    if request.single && kind != epcis::Kind::Event {
        return Err(Failure::plain("H1651"));
    }
    if events.len() > request.most {
        let values = [("found", events.len().to_string()), ("limit", request.most.to_string())];
        return Err(Failure::new("H1646", values));
    }
    if kind != epcis::Kind::Event {
        let hollow = Document { format, kind, context, envelope, events: Vec::new() };
        if let Some(fault) = check::document(&hollow).first() {
            return Err(fault_failure(fault));
        }
    }
    let rules = Rules { rule: &request.rule, lang: shared.lang, strict: request.strict };
    let mut read = examined(&rules, &request.body, &events);
    let is_refused = !read.errors.is_empty() && request.behaviour == Behaviour::Rollback;
    if let Some(first) = read.errors.first().filter(|_| request.single) {
        return Err(first.clone().into());
    }
    if is_refused {
        read.valid.clear();
    }
    commit(shared, &rules, &request, read)
}

/// An event of a document, as it would be taken.
#[derive(Debug, Default)]
pub(crate) struct Planned {
    /// Its identity, and whether it declares the event of that identity wrong.
    pub(crate) name: Option<(String, bool)>,
    /// The acts that it asks for, each with what the event says there is of what it is about as a whole.
    pub(crate) acts: Vec<(ActSpec, Vec<(String, String)>)>,
    /// Why it is kept and nothing of it signed: H1570 to H1572.
    pub(crate) note: Option<Failure>,
    /// Whether it came before, and is not tried again.
    pub(crate) is_known: bool,
    /// Why it would not be taken.
    pub(crate) bad: Option<Failure>,
}

/// What would be taken of the events of a document; nothing is written. Error: H1642.
pub(super) fn planned(
    rules: &Rules<'_>,
    book: Option<&Book>,
    body: &[u8],
    events: &[Captured],
) -> Result<Vec<Planned>> {
    let read = examined(rules, body, events);
    let name = |event: &Captured| named(event).ok().map(|(id, declares, _)| (id, declares));
    let mut planned: Vec<Planned> =
        events.iter().map(|event| Planned { name: name(event), ..Planned::default() }).collect();
    for valid in &read.valid {
        let Some(planned) = planned.get_mut(valid.place) else { continue };
        planned.acts = valid.answer.acts.iter().cloned().zip(valid.answer.said.iter().cloned()).collect();
        let known = book.and_then(|book| Some((book, book.event(&valid.id, valid.declares)?)));
        planned.is_known = known.is_some_and(|(book, place)| !book.may_try_again(place));
    }
    let Sorted { errors, notes, .. } = sorted(rules, book, (Behaviour::Proceed, false), read)?;
    // Whoever asks for it beforehand is told of a part that would not be done with the others.
    let (parts, notes): (Vec<_>, Vec<_>) = notes.into_iter().partition(|note| note.code == "H1652");
    bad(&mut planned, errors.into_iter().chain(parts));
    for note in notes.into_iter().filter(|note| is_of_whose(&note.code)) {
        if let Some(planned) = planned.get_mut(event_of(&note)) {
            planned.note = Some(note.into());
        }
    }
    if let Some(book) = book {
        noted(book, &mut planned)?;
    }
    Ok(planned)
}

/// Marks the events of a document that would not be taken, or were not.
pub(super) fn bad(events: &mut [Planned], problems: impl IntoIterator<Item = Problem>) {
    for problem in problems {
        if let Some(event) = events.get_mut(event_of(&problem)) {
            event.bad.get_or_insert_with(|| problem.into());
        }
    }
}

/// Puts what the book says in the place of what was planned, for the events that are in it: of one of which nothing is
/// signed why, whatever would be signed of it now. Errors: H1642, H1403.
pub(super) fn noted(book: &Book, events: &mut [Planned]) -> Result<()> {
    let mut jobs: BTreeMap<usize, Vec<(usize, &mut Planned)>> = BTreeMap::new();
    for event in events {
        let place = event.name.as_ref().and_then(|(id, declares)| book.event(id, *declares));
        if let Some((job, entry)) = place.and_then(|place| Some((place.0, book.entry(place)?))) {
            event.note = None;
            if entry.asks_nothing() {
                event.acts.clear();
                jobs.entry(job).or_default().push((entry.place, event));
            }
        }
    }
    for (job, events) in jobs {
        let notes = book.job_line(job)?.notes.into_iter().filter(|note| is_of_whose(&note.code));
        let notes: BTreeMap<usize, Problem> = notes.map(|note| (event_of(&note), note)).collect();
        for (place, event) in events {
            event.note = notes.get(&place).cloned().map(Failure::from);
        }
    }
    Ok(())
}

/// The place in the document of what a problem is about.
fn event_of(problem: &Problem) -> usize {
    problem.params.get("event").and_then(|place| place.parse().ok()).unwrap_or(usize::MAX)
}

fn room(shared: &Shared, book: &Book) -> Result<()> {
    if book.open.len() + book.loose.len() > MOST_WAITING {
        return Err(Failure::plain("H1650"));
    }
    match book.kept.max(book.jobs.len()) >= shared.settings.kept {
        true => Err(Failure::new("H1649", [("limit", shared.settings.kept.to_string())])),
        false => Ok(()),
    }
}

fn fault_failure(fault: &check::Fault) -> Failure {
    let mut failure = Failure::new(fault.code, fault.params.clone());
    failure.params.insert("at".into(), fault.at.clone());
    failure
}

/// A failure about an event, as it stands in a job.
fn about(rules: &Rules<'_>, failure: &Failure, place: usize, event: &Value) -> Problem {
    let mut problem = failure.problem(rules.lang);
    let id = event.get("eventID").and_then(Value::as_text).unwrap_or_default();
    if !id.is_empty() {
        problem.params.insert("eventID".into(), id.chars().take(MAX_ID).collect());
    }
    problem.params.insert("event".into(), place.to_string());
    problem
}

fn examined(rules: &Rules<'_>, body: &[u8], events: &[Captured]) -> Read {
    let mut read = Read::default();
    let mut from = 0;
    for (place, event) in events.iter().enumerate() {
        let start = find(body, from, &event.bytes);
        from = start + event.bytes.len();
        let doubts = check::doubts(event);
        let room = MAX_FAULTS.min(MAX_TOLD.saturating_sub(read.notes.len()));
        read.notes
            .extend(doubts.iter().take(room).map(|fault| about(rules, &fault_failure(fault), place, &event.value)));
        let faults = check::check(event);
        if !faults.is_empty() {
            let room = MAX_FAULTS.min(MAX_TOLD.saturating_sub(read.errors.len())).max(1);
            let told = faults.iter().take(room).map(fault_failure);
            read.errors.extend(told.map(|failure| about(rules, &failure, place, &event.value)));
            continue;
        }
        match named(event) {
            Ok((id, declares, hash)) => read.valid.push(Valid {
                id,
                declares,
                place,
                start,
                length: event.bytes.len(),
                content: depot::hash(&event.bytes),
                hash,
                answer: Answer::default(),
            }),
            Err(failure) => read.errors.push(about(rules, &failure, place, &event.value)),
        }
    }
    ask(rules, events, &mut read);
    read
}

/// Finds out what each event asks for. One that lacks what it takes is told, and only anchored; or refused where the
/// settings are strict.
fn ask(rules: &Rules<'_>, events: &[Captured], read: &mut Read) {
    let mut names = BTreeSet::new();
    let asking = read.valid.iter().filter_map(|valid| {
        let is_twin = !names.insert((valid.id.clone(), valid.declares));
        Some((events.get(valid.place)?, valid.content, is_twin))
    });
    let asking: Vec<asks::Asking<'_>> = asking.collect();
    let asked = asks::of(&asking, rules.rule);
    read.series = asked.series;
    let mut refused = BTreeSet::new();
    let empty = Value::Null;
    for (valid, answer) in read.valid.iter_mut().zip(asked.answers) {
        let value = events.get(valid.place).map_or(&empty, |event| &event.value);
        match answer {
            Ok(mut answer) => {
                let note = answer.note.take();
                read.notes.extend(note.map(|note| about(rules, &note, valid.place, value)));
                valid.answer = answer;
            }
            Err(failure) => {
                let problem = about(rules, &failure, valid.place, value);
                match rules.strict.refuses(&failure.code) {
                    true => {
                        refused.insert((valid.id.clone(), valid.declares));
                        read.errors.push(problem);
                    }
                    false => read.notes.push(problem),
                }
            }
        }
    }
    if !refused.is_empty() {
        // Places among the valid ones are what parts of a transformation name: whoever is left keeps his.
        for valid in &mut read.valid {
            if refused.contains(&(valid.id.clone(), valid.declares)) {
                valid.id.clear();
            }
        }
    }
}

/// Identity, whether it declares another wrong, and the event hash.
fn named(event: &Captured) -> Result<(String, bool, String)> {
    let stated = event.value.get("eventID").and_then(Value::as_text);
    let hash = match (epcis::hash::hash(event), stated) {
        (Ok(hash), _) => hash,
        (Err(_), Some(_)) => String::new(),
        (Err(error), None) => return Err(capture::failure(&error)),
    };
    let id = stated.unwrap_or(&hash).to_owned();
    if id.is_empty() || id.len() > MAX_ID || id.chars().any(char::is_control) {
        return Err(Failure::new("H1647", [("limit", MAX_ID.to_string())]));
    }
    Ok((id, event.value.get("errorDeclaration").is_some(), hash))
}

/// Where a part of a document begins. The events stand one behind another, so that each is looked for behind the last.
fn find(body: &[u8], from: usize, part: &[u8]) -> usize {
    let rest = body.get(from..).unwrap_or_default();
    rest.windows(part.len().max(1)).position(|window| window == part).map_or(from, |at| from + at)
}

fn keep_series(shared: &Shared, all: &[Series]) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let folder = shared.dir.join("readings");
    storage::folder(&folder)?;
    for series in all {
        storage::replace(&folder.join(format!("{}.readings.json", series.anchor().root)), &series.to_json())?;
    }
    Ok(())
}

/// What is new in a document, what is known, and what else there is to say.
struct Sorted {
    entries: Vec<EntryLine>,
    known: Vec<Place>,
    again: Vec<Place>,
    errors: Vec<Problem>,
    notes: Vec<Problem>,
}

/// Holds the events of a document against each other and against those that came before. Error: H1648 for one that is known
/// with other content, where the first fault ends it.
fn sorted(
    rules: &Rules<'_>,
    book: Option<&Book>,
    (behaviour, single): (Behaviour, bool),
    read: Read,
) -> Result<Sorted> {
    let Read { valid, mut errors, mut notes, series: _ } = read;
    let mut entries: Vec<EntryLine> = Vec::new();
    let mut known: Vec<Place> = Vec::new();
    let mut twins: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    // Of each valid event the entry that it becomes.
    let mut became: Vec<Option<usize>> = Vec::with_capacity(valid.len());
    for valid in &valid {
        became.push(None);
        if valid.id.is_empty() {
            continue;
        }
        let twin = twins.get(&(valid.id.as_str(), valid.declares)).and_then(|twin| entries.get(*twin));
        let earlier = book.and_then(|book| Some((book, book.event(&valid.id, valid.declares)?)));
        let same = match (twin, earlier) {
            (Some(twin), _) => Some(twin.content == valid.content.to_string() || is_alike(&twin.hash, valid)),
            (None, Some((book, place))) => {
                let same = is_known(book, place, valid)?;
                if same && !known.contains(&place) {
                    known.push(place);
                }
                Some(same)
            }
            (None, None) => None,
        };
        match same {
            Some(true) => {}
            Some(false) => {
                let failure = Failure::input("H1648", valid.id.clone());
                if behaviour == Behaviour::Rollback || single {
                    return Err(failure);
                }
                errors.push(about(rules, &failure, valid.place, &Value::Null));
            }
            None => {
                if let Some(last) = became.last_mut() {
                    *last = Some(entries.len());
                }
                twins.insert((valid.id.as_str(), valid.declares), entries.len());
                entries.push(entry_line(valid)?);
                let acts = valid.answer.acts.iter().filter_map(|act| serde_json::to_value(act).ok());
                let with = valid.answer.with.map(|with| became.get(with).copied().flatten());
                if let Some(entry) = entries.last_mut() {
                    entry.acts = acts.collect();
                    entry.said.clone_from(&valid.answer.said);
                    entry.with = with.flatten();
                }
                if with == Some(None) {
                    // The other part is known already, or was not taken.
                    let failure = Failure::input("H1652", valid.id.clone());
                    notes.push(about(rules, &failure, valid.place, &Value::Null));
                }
            }
        }
    }
    for first in broken(&valid, &became) {
        let Some(entry) = entries.get_mut(first) else { continue };
        let (failure, place) = (Failure::input("H1652", entry.id.clone()), entry.place);
        (entry.acts, entry.said) = (Vec::new(), Vec::new());
        entries.iter_mut().filter(|entry| entry.with == Some(first)).for_each(|entry| entry.with = None);
        notes.push(about(rules, &failure, place, &Value::Null));
    }
    let again = book.map(|book| again(book, &valid, &known)).unwrap_or_default();
    Ok(Sorted { entries, known, again, errors, notes })
}

/// Entries of earlier jobs that were refused and are tried again: the document asks for the same once more. A transformation
/// is the same with all its parts and no others.
fn again(book: &Book, valid: &[Valid], known: &[Place]) -> Vec<Place> {
    let known: BTreeSet<Place> = known.iter().copied().collect();
    let place = |valid: &Valid| book.event(&valid.id, valid.declares).filter(|place| known.contains(place));
    let mut acts: BTreeMap<usize, BTreeSet<Option<Place>>> = BTreeMap::new();
    for (index, one) in valid.iter().enumerate() {
        acts.entry(one.answer.with.unwrap_or(index)).or_default().insert(place(one));
    }
    let mut again = BTreeSet::new();
    for (first, parts) in acts {
        let Some((first, place)) = valid.get(first).and_then(|first| Some((first, place(first)?))) else { continue };
        let is_asked = |entry: &Entry| entry.asks_nothing() || !first.answer.acts.is_empty();
        let is_same = || book.parts(place).into_iter().map(Some).collect::<BTreeSet<_>>() == parts;
        if book.may_try_again(place) && book.entry(place).is_some_and(is_asked) && is_same() {
            again.insert(place);
        }
    }
    again.into_iter().collect()
}

/// Writes the job. Whoever asks at the same time waits, so that of two alike one is taken.
fn commit(shared: &Shared, rules: &Rules<'_>, request: &Request, mut read: Read) -> Result<usize> {
    let book = shared.book();
    let series = std::mem::take(&mut read.series);
    let sorted = sorted(rules, Some(&*book), (request.behaviour, request.single), read)?;
    let Sorted { entries, known, again, errors, notes } = sorted;
    // Of what is not taken nothing is kept.
    if !entries.is_empty() || !known.is_empty() {
        shared.depot.put(&request.body)?;
        keep_series(shared, &series)?;
    }
    let line = JobLine {
        id: job_id()?,
        at: when::now().0,
        kind: request.kind,
        behaviour: request.behaviour,
        key: None,
        body: depot::hash(&request.body).to_string(),
        entries,
        known,
        again,
        errors,
        notes,
    };
    write(shared, book, line)
}

fn entry_line(valid: &Valid) -> Result<EntryLine> {
    let salt: [u8; 16] = keys::random()?;
    let document = ledger::document::Document { salt, content: valid.content };
    Ok(EntryLine {
        id: valid.id.clone(),
        declares: valid.declares,
        place: valid.place,
        start: valid.start,
        length: valid.length,
        content: valid.content.to_string(),
        salt: api::bytes::encode(&salt),
        document: document.hash().to_string(),
        hash: valid.hash.clone(),
        acts: Vec::new(),
        said: Vec::new(),
        with: None,
    })
}

/// Entries whose act is that of several events, one of which is known already or not taken: what that one asks for was
/// done with it, or is not to be done.
fn broken(valid: &[Valid], became: &[Option<usize>]) -> BTreeSet<usize> {
    let lost = valid.iter().zip(became).filter(|(_, became)| became.is_none());
    lost.filter_map(|(valid, _)| became.get(valid.answer.with?).copied().flatten()).collect()
}

/// Whether two events of one identity are the same by their hash. It leaves out what a declaration says, so that of
/// declarations only the bytes tell.
fn is_alike(hash: &str, valid: &Valid) -> bool {
    !valid.declares && !hash.is_empty() && *hash == valid.hash
}

/// Whether an event is the one that is kept under its identity: the same bytes, or the same event written otherwise.
fn is_known(book: &Book, place: Place, valid: &Valid) -> Result<bool> {
    let kept = book.entry(place).and_then(|entry| entry.document);
    if kept.is_some_and(|kept| kept.content == valid.content) {
        return Ok(true);
    }
    let line = book.job_line(place.0)?;
    Ok(line.entries.get(place.1).is_some_and(|entry| is_alike(&entry.hash, valid)))
}

fn job_id() -> Result<String> {
    Ok(hex::encode(keys::random::<16>()?))
}

fn write(shared: &Shared, mut book: MutexGuard<'_, Book>, line: JobLine) -> Result<usize> {
    let index = book.jobs.len();
    book.write(&Line::Job(line))?;
    drop(book);
    shared.wake();
    Ok(index)
}

/// Takes acts: one, a list of them, or a list under the name `acts`. The number of the job.
///
/// Errors: those of reading JSON, H1430, H1646, H1648 for a name that stands for another request, H1649, H1650.
pub(super) fn acts(shared: &Shared, body: &[u8], key: Option<String>) -> Result<usize> {
    // Twice the same name, or too deep: what serde_json would let pass.
    epcis::json::parse(body).map_err(|e| capture::failure(&e))?;
    let unreadable = |error: serde_json::Error| Failure::new("H1430", [("detail", error.to_string())]);
    let value: serde_json::Value = serde_json::from_slice(body).map_err(unreadable)?;
    let list = match value {
        serde_json::Value::Array(list) => list,
        serde_json::Value::Object(mut map) if map.len() == 1 && map.contains_key("acts") => match map.remove("acts") {
            Some(serde_json::Value::Array(list)) => list,
            _ => return Err(Failure::new("H1430", [("detail", "acts: a list")])),
        },
        one => vec![one],
    };
    if list.is_empty() || list.len() > shared.settings.events {
        let values = [("found", list.len().to_string()), ("limit", shared.settings.events.to_string())];
        return Err(Failure::new("H1646", values));
    }
    for act in &list {
        serde_json::from_value::<ActSpec>(act.clone()).map_err(unreadable)?;
    }
    let hash = depot::hash(body);
    let book = shared.book();
    if let Some((key, index)) = key.as_ref().and_then(|key| Some((key, book.job_of_key(key)?))) {
        return match book.jobs.get(index).is_some_and(|job| job.body == hash) {
            true => Ok(index),
            false => Err(Failure::input("H1648", key.clone())),
        };
    }
    room(shared, &book)?;
    let entry = |(place, act)| EntryLine {
        id: String::new(),
        declares: false,
        place,
        start: 0,
        length: 0,
        content: String::new(),
        salt: String::new(),
        document: String::new(),
        hash: String::new(),
        acts: vec![act],
        said: Vec::new(),
        with: None,
    };
    let line = JobLine {
        id: job_id()?,
        at: when::now().0,
        kind: Kind::Acts,
        behaviour: Behaviour::Proceed,
        key,
        body: hash.to_string(),
        entries: list.into_iter().enumerate().map(entry).collect(),
        known: Vec::new(),
        again: Vec::new(),
        errors: Vec::new(),
        notes: Vec::new(),
    };
    write(shared, book, line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_behind_each_other() {
        let body = b"[{a},{a},{b}]";
        let mut from = 0;
        let mut places = Vec::new();
        for part in [&b"{a}"[..], b"{a}", b"{b}"] {
            let at = find(body, from, part);
            places.push(at);
            from = at + part.len();
        }
        assert_eq!(places, [1, 5, 9]);
    }
}
