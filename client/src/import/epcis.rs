//! `import epcis`: the events of a document are anchored and done, each once.

use super::{
    commit::progress,
    report::{self, Line},
};
use crate::{
    act::ActSpec,
    acts, capture,
    cli::ImportEpcis,
    failure::{Failure, Result},
    gateway::{
        self, Planned,
        batch::{self, Batch, Outcome},
    },
    output::Sheet,
    session::Session,
    storage,
};
use api::{Lang, Problem, catalogue::exit};
use epcis::{Captured, Document, Format, Kind, check};
use serde::Serialize;
use std::{collections::BTreeMap, path::Path};

/// Largest file, in bytes; the bound on a document is below it and has a code of its own.
const MAX_FILE: usize = 64 * 1024 * 1024;
/// Bad events that are shown on the terminal, and that are told as JSON; the report has all.
const SHOWN: usize = 20;
const TOLD: usize = 1_000;

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    /// Would be captured.
    Good,
    /// Cannot be.
    Bad(Failure),
    /// As the run ended.
    Ran(Outcome),
}

/// An event with what it asks for.
struct Event {
    planned: Planned,
    fate: Fate,
}

/// The result of an import.
#[derive(Serialize)]
struct Summary {
    schema: &'static str,
    file: String,
    dry_run: bool,
    events: usize,
    ok: usize,
    bad: usize,
    captured: usize,
    already_captured: usize,
    refused: usize,
    waiting: usize,
    skipped: usize,
    /// Acts that the events ask for, by their words.
    acts: BTreeMap<String, usize>,
    /// Events of which nothing is signed, for they are another's or do not say whose.
    noted: usize,
    problems: Vec<EventProblem>,
    report: Option<String>,
}

/// What is wrong with an event.
#[derive(Serialize)]
struct EventProblem {
    event: u64,
    code: String,
    message: String,
    hint: String,
}

/// Runs `import epcis`.
pub(super) fn run(session: &Session, args: &ImportEpcis) -> Result<u8> {
    if let Some(path) = &args.report {
        report::check_name(path, session.force)?;
    }
    let body = storage::read(&args.file, MAX_FILE)?;
    let format = format_of(&body);
    let document = Document::read(&body, format).map_err(|error| capture::failure(&error))?;
    check_envelope(&document)?;
    let dir = gateway::folder(session, args.dir.as_deref());
    let rule = batch::rule(session, &dir, args.own_only)?;
    let mut planned = batch::plan(session, &dir, &rule, &body, &document.events)?;
    planned.iter_mut().zip(&document.events).for_each(|(planned, event)| rename(planned, event));
    if session.dry_run {
        return preview(session, args, &dir, planned);
    }
    let mut events: Vec<Event> = planned.into_iter().map(Event::of).collect();
    let bad = count(&events, |fate| matches!(fate, Fate::Bad(_)));
    if bad > 0 && !args.proceed {
        skip(&mut events);
        finish(session, args, &events)?;
        return Err(Failure::new("H1337", [("bad", bad.to_string()), ("events", events.len().to_string())]));
    }
    let batch = Batch { body: &body, format, proceed: args.proceed, rule: &rule };
    let outcome = commit(session, &dir, &batch, &mut events);
    if outcome.is_err() {
        skip(&mut events);
    }
    finish(session, args, &events)?;
    outcome?;
    let done = count(&events, |fate| matches!(fate, Fate::Ran(Outcome::Done(_) | Outcome::Before(_))));
    match events.len() - done {
        0 => Ok(exit::DONE),
        failed => Err(Failure::new("H6001", [("done", done.to_string()), ("failed", failed.to_string())])),
    }
}

/// What is good so far is not taken.
fn skip(events: &mut [Event]) {
    for event in events.iter_mut().filter(|event| event.fate == Fate::Good) {
        event.fate = Fate::Ran(Outcome::Skipped);
    }
}

/// An import has codes of its own for what is told of a whole request elsewhere.
fn rename(planned: &mut Planned, event: &Captured) {
    let text = |name: &str| event.value.get(name).and_then(|text| text.as_text()).unwrap_or_default().to_owned();
    planned.bad = planned.bad.take().map(|failure| match failure.code.as_str() {
        "H1648" => Failure::input("H1338", text("eventID")),
        "H1652" => Failure::new("H1568", [("id", text("transformationID"))]),
        _ => failure,
    });
}

/// By the first sign of the text.
fn format_of(bytes: &[u8]) -> Format {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'<') => Format::Xml,
        _ => Format::Json,
    }
}

/// What is around the events keeps the rules too; an event by itself has nothing around it.
fn check_envelope(document: &Document) -> Result<()> {
    let fault = match document.kind {
        Kind::Event => None,
        Kind::Document | Kind::QueryDocument => {
            check::document(document).into_iter().find(|fault| !fault.at.contains("/eventList/"))
        }
    };
    match fault {
        Some(fault) => Err(Failure::new(fault.code, fault.params.into_iter().chain([("at", fault.at)]))),
        None => Ok(()),
    }
}

/// Lets the node judge what can be judged before anything is done.
fn preview(session: &Session, args: &ImportEpcis, dir: &Path, mut planned: Vec<Planned>) -> Result<u8> {
    let bar = progress(session, planned.len());
    let outcome = batch::preview(session, dir, &mut planned, &mut || bar.inc(1));
    bar.finish_and_clear();
    let events: Vec<Event> = planned.into_iter().map(Event::of).collect();
    finish(session, args, &events)?;
    outcome?;
    Ok(match count(&events, |fate| matches!(fate, Fate::Bad(_))) {
        0 => exit::DONE,
        _ => exit::PARTLY,
    })
}

fn commit(session: &Session, dir: &Path, batch: &Batch<'_>, events: &mut [Event]) -> Result<()> {
    agree(session, events)?;
    let mut planned: Vec<Planned> = events.iter_mut().map(|event| std::mem::take(&mut event.planned)).collect();
    let bar = progress(session, planned.len());
    let mut tell = |settled: usize| bar.set_position(u64::try_from(settled).unwrap_or(0));
    let performed = batch::perform(session, dir, batch, &mut planned, &mut tell);
    bar.finish_and_clear();
    for (event, planned) in events.iter_mut().zip(planned) {
        event.planned = planned;
    }
    let (outcomes, ended) = performed?;
    for (event, outcome) in events.iter_mut().zip(outcomes).filter(|(event, _)| event.fate == Fate::Good) {
        event.fate = match (event.planned.bad.clone(), outcome) {
            (Some(failure), _) | (None, Outcome::Bad(failure)) => Fate::Bad(failure),
            (None, other) => Fate::Ran(other),
        };
    }
    ended
}

/// Acts that the good events ask for, by their words.
fn acts_of(events: &[Event]) -> BTreeMap<String, usize> {
    let mut acts = BTreeMap::new();
    for (act, _) in events.iter().filter(|event| !matches!(event.fate, Fate::Bad(_))).flat_map(|e| &e.planned.acts) {
        *acts.entry(word(act)).or_default() += 1;
    }
    acts
}

/// The word of an act: facts of all kinds are notes.
fn word(act: &ActSpec) -> String {
    match act {
        ActSpec::SelfCheck { .. } | ActSpec::Telemetry { .. } | ActSpec::Expert { .. } | ActSpec::Document { .. } => {
            ledger::Act::Note.name().to_owned()
        }
        other => {
            let value = serde_json::to_value(other).unwrap_or_default();
            value.get("act").and_then(|word| word.as_str()).unwrap_or_default().to_owned()
        }
    }
}

/// Shows what is about to be anchored and done, and asks.
fn agree(session: &Session, events: &[Event]) -> Result<()> {
    let out = &session.out;
    let header = session.key_header()?;
    let good = count(events, |fate| *fate == Fate::Good);
    let mut sheet = Sheet::default();
    sheet.line(format!("{}{good}", out.pick("What is signed: events anchored: ", "签名内容：锚定事件：")));
    for (act, count) in acts_of(events) {
        sheet.pair(out.word(&act), count.to_string());
    }
    sheet.pair(out.pick("signer", "签名人"), format!("{} {}", header.label, header.id()));
    out.show(&sheet);
    acts::ask(session, out.pick("Sign this?", "签名吗？"))
}

fn count(events: &[Event], is: impl Fn(&Fate) -> bool) -> usize {
    events.iter().filter(|event| is(&event.fate)).count()
}

impl Event {
    fn of(planned: Planned) -> Event {
        let fate = planned.bad.clone().map_or(Fate::Good, Fate::Bad);
        Event { planned, fate }
    }

    /// What there is to say: what is wrong, else why nothing of it is signed.
    fn remark(&self) -> Option<&Failure> {
        self.fate.failure().or(self.planned.note.as_ref())
    }
}

impl Fate {
    fn word(&self) -> &'static str {
        match self {
            Fate::Good => "ok",
            Fate::Bad(_) | Fate::Ran(Outcome::Bad(_)) => "error",
            Fate::Ran(Outcome::Done(_)) => "captured",
            Fate::Ran(Outcome::Before(_)) => "already-captured",
            Fate::Ran(Outcome::Refused(..)) => "refused",
            Fate::Ran(Outcome::Waiting(..)) => "waiting",
            Fate::Ran(Outcome::Skipped) => "skipped",
        }
    }

    fn failure(&self) -> Option<&Failure> {
        match self {
            Fate::Bad(failure)
            | Fate::Ran(Outcome::Bad(failure) | Outcome::Refused(_, failure) | Outcome::Waiting(_, failure)) => {
                Some(failure)
            }
            Fate::Good | Fate::Ran(Outcome::Done(_) | Outcome::Before(_) | Outcome::Skipped) => None,
        }
    }

    fn tx(&self) -> Option<String> {
        match self {
            Fate::Ran(Outcome::Done(tx) | Outcome::Before(tx) | Outcome::Refused(tx, _) | Outcome::Waiting(tx, _)) => {
                Some(tx.clone()).filter(|tx| !tx.is_empty())
            }
            Fate::Good | Fate::Bad(_) | Fate::Ran(Outcome::Bad(_) | Outcome::Skipped) => None,
        }
    }
}

fn lines(events: &[Event]) -> impl Iterator<Item = Line> {
    (1u64..).zip(events).map(|(row, event)| Line {
        row,
        status: event.fate.word(),
        remark: event.remark().cloned(),
        tx: event.fate.tx(),
    })
}

fn problems(events: &[Event], lang: Lang) -> Vec<EventProblem> {
    let failed = (1u64..).zip(events).filter_map(|(number, event)| Some((number, event.remark()?)));
    let problem = |(event, failure): (u64, &Failure)| {
        let Problem { code, detail, hint, .. } = failure.problem(lang);
        EventProblem { event, code, message: detail, hint }
    };
    failed.take(TOLD).map(problem).collect()
}

/// Writes the report and prints the summary.
fn finish(session: &Session, args: &ImportEpcis, events: &[Event]) -> Result<()> {
    let out = &session.out;
    if let Some(path) = &args.report {
        report::write(path, out.lang, session.force, lines(events))?;
    }
    let of = |word: &str| count(events, |fate| fate.word() == word);
    let summary = Summary {
        schema: "hufu.import-epcis/1",
        file: args.file.display().to_string(),
        dry_run: session.dry_run,
        events: events.len(),
        ok: of("ok"),
        bad: of("error"),
        captured: of("captured"),
        already_captured: of("already-captured"),
        refused: of("refused"),
        waiting: of("waiting"),
        skipped: of("skipped"),
        acts: acts_of(events),
        noted: events.iter().filter(|event| event.planned.note.is_some() && event.fate.failure().is_none()).count(),
        problems: problems(events, out.lang),
        report: args.report.as_ref().map(|path| path.display().to_string()),
    };
    out.result(&summary, |sheet| write(sheet, &summary, session));
    Ok(())
}

fn write(sheet: &mut Sheet, summary: &Summary, session: &Session) {
    let out = &session.out;
    for problem in summary.problems.iter().take(SHOWN) {
        sheet.line(format!("{} {}  {}  {}", out.pick("event", "事件"), problem.event, problem.code, problem.message));
    }
    let told = summary.bad + summary.refused + summary.waiting + summary.noted;
    let hidden = told.saturating_sub(SHOWN);
    if hidden > 0 {
        sheet.line(format!("… {hidden} {}", out.pick("more: see --report", "个未列出：见 --report")));
    }
    for (act, count) in &summary.acts {
        sheet.pair(out.word(act), count.to_string());
    }
    let numbers = [
        (out.pick("events", "事件数"), summary.events),
        (out.pick("ready", "可采集"), summary.ok),
        (out.pick("bad", "错误"), summary.bad),
        (out.pick("not signed", "不签名"), summary.noted),
        (out.pick("captured", "已采集"), summary.captured),
        (out.pick("captured before", "此前已采集"), summary.already_captured),
        (out.pick("refused", "被拒绝"), summary.refused),
        (out.pick("waiting", "待入账"), summary.waiting),
        (out.pick("not sent", "未发送"), summary.skipped),
    ];
    for (label, number) in numbers.into_iter().filter(|(_, n)| *n > 0) {
        sheet.pair(label, number.to_string());
    }
    if let Some(report) = &summary.report {
        sheet.pair(out.pick("report", "报告"), report);
    }
}
