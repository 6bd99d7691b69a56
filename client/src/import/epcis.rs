//! `import epcis`: the events of a document are anchored and done, each once.

use super::{
    commit::progress,
    report::{self, Line},
};
use crate::{
    acts,
    capture::{self, Book, Content, Outcome, Plan, Preview, Rule, Work},
    cli::ImportEpcis,
    failure::{Failure, Result},
    output::Sheet,
    session::Session,
    storage,
};
use api::{Lang, Problem, catalogue::exit};
use epcis::{Captured, Document, Format, Kind, check};
use serde::Serialize;
use std::collections::BTreeMap;

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

/// An event with what is done of it.
struct Event<'d> {
    captured: &'d Captured,
    plan: Plan,
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
    acts: BTreeMap<&'static str, usize>,
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
    let bytes = storage::read(&args.file, MAX_FILE)?;
    let document = Document::read(&bytes, format_of(&bytes)).map_err(|error| capture::failure(&error))?;
    check_envelope(&document)?;
    let org = session.key_header()?.org;
    let rule = Rule { org, premises: capture::premises(session, &org)?, own_only: args.own_only };
    let mut events = planned(session, &rule, &document.events)?;
    let bad = count(&events, |fate| matches!(fate, Fate::Bad(_)));
    if session.dry_run {
        let outcome = preview(session, &mut events);
        finish(session, args, &events)?;
        outcome?;
        return Ok(match count(&events, |fate| matches!(fate, Fate::Bad(_))) {
            0 => exit::DONE,
            _ => exit::PARTLY,
        });
    }
    if bad > 0 && !args.proceed {
        for event in events.iter_mut().filter(|event| event.fate == Fate::Good) {
            event.fate = Fate::Ran(Outcome::Skipped);
        }
        finish(session, args, &events)?;
        return Err(Failure::new("H1337", [("bad", bad.to_string()), ("events", events.len().to_string())]));
    }
    let outcome = commit(session, args, &mut events);
    finish(session, args, &events)?;
    outcome?;
    let done = count(&events, |fate| matches!(fate, Fate::Ran(Outcome::Done(_) | Outcome::Before(_))));
    match events.len() - done {
        0 => Ok(exit::DONE),
        failed => Err(Failure::new("H6001", [("done", done.to_string()), ("failed", failed.to_string())])),
    }
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

/// What each event asks for, and what is wrong with it: by itself, and beside those that came before.
fn planned<'d>(session: &Session, rule: &Rule, captured: &'d [Captured]) -> Result<Vec<Event<'d>>> {
    let book = Book::of_earlier(session)?;
    // A declaration that an event was wrong has the identity of that event.
    let mut ids: BTreeMap<(&str, bool), &[u8]> = BTreeMap::new();
    let mut events = Vec::with_capacity(captured.len());
    for (captured, plan) in captured.iter().zip(capture::plan_all(rule, captured, book.as_ref())) {
        let id = captured.value.get("eventID").and_then(|id| id.as_text());
        let declares = captured.value.get("errorDeclaration").is_some();
        let first = id.map(|id| (id, *ids.entry((id, declares)).or_insert(&captured.bytes)));
        let known = match first {
            Some((id, bytes)) if bytes != captured.bytes.as_slice() => Err(Failure::input("H1338", id)),
            _ => book.as_ref().map_or(Ok(()), |book| book.look(captured).map(|_| ())),
        };
        let (plan, fate) = match known.and(plan) {
            Ok(plan) => (plan, Fate::Good),
            Err(failure) => (Plan::default(), Fate::Bad(failure)),
        };
        events.push(Event { captured, plan, fate });
    }
    Ok(events)
}

fn content(captured: &Captured) -> Content {
    ledger::Hash(*blake3::hash(&captured.bytes).as_bytes())
}

/// Lets the node judge what can be judged before anything is done.
fn preview(session: &Session, events: &mut [Event<'_>]) -> Result<()> {
    let bar = progress(session, events.len());
    let mut preview = Preview::default();
    for event in events.iter_mut().filter(|event| event.fate == Fate::Good) {
        let work = Work { content: content(event.captured), steps: event.plan.steps.clone() };
        if let Some(failure) = preview.objection(session, &work)? {
            event.fate = Fate::Bad(failure);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

fn commit(session: &Session, args: &ImportEpcis, events: &mut [Event<'_>]) -> Result<()> {
    agree(session, events)?;
    let mut book = Book::open(session)?;
    let (mut works, mut places) = (Vec::new(), Vec::new());
    for (place, event) in events.iter().enumerate().filter(|(_, event)| event.fate == Fate::Good) {
        works.push(Work { content: book.keep(event.captured)?, steps: event.plan.steps.clone() });
        places.push(place);
    }
    book.sync()?;
    let bar = progress(session, works.len());
    let (outcomes, ended) = capture::run(session, &mut book, &works, args.proceed, &mut |_| bar.inc(1));
    bar.finish_and_clear();
    for (place, outcome) in places.into_iter().zip(outcomes) {
        events[place].fate = match outcome {
            Outcome::Bad(failure) => Fate::Bad(failure),
            other => Fate::Ran(other),
        };
    }
    ended
}

/// Acts that the good events ask for, by their words.
fn acts_of(events: &[Event<'_>]) -> BTreeMap<&'static str, usize> {
    let mut acts = BTreeMap::new();
    for step in events.iter().flat_map(|event| &event.plan.steps) {
        *acts.entry(step.act()).or_default() += 1;
    }
    acts
}

/// Shows what is about to be anchored and done, and asks.
fn agree(session: &Session, events: &[Event<'_>]) -> Result<()> {
    let out = &session.out;
    let header = session.key_header()?;
    let good = count(events, |fate| *fate == Fate::Good);
    let mut sheet = Sheet::default();
    sheet.line(format!("{}{good}", out.pick("What is signed: events anchored: ", "签名内容：锚定事件：")));
    for (act, count) in acts_of(events) {
        sheet.pair(out.word(act), count.to_string());
    }
    sheet.pair(out.pick("signer", "签名人"), format!("{} {}", header.label, header.id()));
    out.show(&sheet);
    acts::ask(session, out.pick("Sign this?", "签名吗？"))
}

fn count(events: &[Event<'_>], is: impl Fn(&Fate) -> bool) -> usize {
    events.iter().filter(|event| is(&event.fate)).count()
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
                Some(tx.to_string())
            }
            Fate::Good | Fate::Bad(_) | Fate::Ran(Outcome::Bad(_) | Outcome::Skipped) => None,
        }
    }
}

impl Event<'_> {
    /// What there is to say: what is wrong, else why nothing of it is signed.
    fn remark(&self) -> Option<&Failure> {
        self.fate.failure().or(self.plan.note.as_ref())
    }
}

fn lines(events: &[Event<'_>]) -> impl Iterator<Item = Line> {
    (1u64..).zip(events).map(|(row, event)| Line {
        row,
        status: event.fate.word(),
        remark: event.remark().cloned(),
        tx: event.fate.tx(),
    })
}

fn problems(events: &[Event<'_>], lang: Lang) -> Vec<EventProblem> {
    let failed = (1u64..).zip(events).filter_map(|(number, event)| Some((number, event.remark()?)));
    let problem = |(event, failure): (u64, &Failure)| {
        let Problem { code, detail, hint, .. } = failure.problem(lang);
        EventProblem { event, code, message: detail, hint }
    };
    failed.take(TOLD).map(problem).collect()
}

/// Writes the report and prints the summary.
fn finish(session: &Session, args: &ImportEpcis, events: &[Event<'_>]) -> Result<()> {
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
        noted: events.iter().filter(|event| event.plan.note.is_some() && event.fate.failure().is_none()).count(),
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
