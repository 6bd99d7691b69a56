//! `import csv`: the rows of a shipment list become registrations, each exactly once.
//!
//! First every row is read and judged, and the report names each bad one. Only then are the good ones signed, in
//! transactions of up to [`GROUP`] entries that enter the journal before they are sent.

mod commit;
mod decode;
mod journal;
mod mapping;
mod report;
mod row;

use crate::{
    cli::ImportCsv,
    failure::{Failure, Result},
    session::Session,
    storage,
};
use api::{catalogue::exit, paths, view::ClassView};
use journal::{Decided, Journal};
use ledger::{ClassId, Hash, record::ClassRecord};
use mapping::{Columns, Mapping};
use report::{Fate, Report};
use row::Parsed;
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

/// Entries of one transaction.
const GROUP: usize = 200;
/// Bad rows that are shown on the terminal; the report has all.
const SHOWN: usize = 20;

/// A list, read and judged.
struct List {
    /// Hash of the file's bytes.
    content: Hash,
    good: BTreeMap<u64, Parsed>,
    report: Report,
}

/// A class that rows need and the ledger lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct MissingClass {
    id: String,
    gtin: String,
    rows: usize,
}

/// The result of an import.
#[derive(Serialize)]
struct Summary {
    schema: &'static str,
    file: String,
    dry_run: bool,
    rows: usize,
    ok: usize,
    bad: usize,
    warnings: usize,
    registered: usize,
    already_registered: usize,
    refused: usize,
    waiting: usize,
    skipped: usize,
    missing_classes: Vec<MissingClass>,
    transactions: Vec<Transaction>,
    report: Option<String>,
}

#[derive(Serialize)]
struct Transaction {
    id: String,
    entries: usize,
    /// `committed`, `refused`, `void` or `undecided`.
    status: &'static str,
}

/// Runs `import csv`.
pub(crate) fn run(session: &Session, args: &ImportCsv) -> Result<u8> {
    if let Some(path) = &args.report {
        report::check_name(path, session.force)?;
    }
    let mapping = match &args.map {
        Some(path) => Mapping::read(path)?,
        None => Mapping::default(),
    };
    let mut list = read(&args.file, args.encoding.as_deref(), &mapping)?;
    let checked = check_classes(session, &mut list);
    let missing = match &checked {
        Ok(missing) => missing.clone(),
        Err(_) => Vec::new(),
    };
    if let Err(failure) = checked {
        // What could be judged without a node is worth having.
        finish(session, args, &list.report, missing, None)?;
        return Err(failure);
    }
    let bad = list.report.count(|f| matches!(f, Fate::Bad(_)));
    if session.dry_run {
        finish(session, args, &list.report, missing, None)?;
        return Ok(if bad == 0 { exit::DONE } else { exit::PARTLY });
    }
    if bad > 0 && !args.skip_bad {
        list.report.fates.values_mut().filter(|f| **f == Fate::Good).for_each(|f| *f = Fate::Skipped);
        let rows = list.report.fates.len();
        finish(session, args, &list.report, missing, None)?;
        return Err(Failure::new("H1316", [("bad", bad.to_string()), ("rows", rows.to_string())]));
    }
    let mut journal = Journal::open(&args.file, &list.content, &session.network_id()?)?;
    let outcome = commit::run(session, &mut journal, &list.good, &mut list.report, &args.life);
    finish(session, args, &list.report, missing, Some(&journal))?;
    outcome?;
    let done = list.report.count(|f| matches!(f, Fate::Registered(..) | Fate::Already(..)));
    match list.report.fates.len() - done {
        0 => Ok(exit::DONE),
        failed => Err(Failure::new("H6001", [("done", done.to_string()), ("failed", failed.to_string())])),
    }
}

/// Reads every row of a list.
fn read(path: &Path, encoding: Option<&str>, mapping: &Mapping) -> Result<List> {
    let encoding = match encoding {
        Some(word) => decode::named(word)?,
        None => decode::detect(path)?,
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(mapping.delimiter())
        .from_reader(decode::open(path, encoding)?);
    let mut list = List { content: storage::content_hash(path)?, good: BTreeMap::new(), report: Report::default() };
    let mut record = csv::StringRecord::new();
    let mut columns = None;
    let mut seen: HashMap<String, u64> = HashMap::new();
    let mut number = 0u64;
    loop {
        let more = reader.read_record(&mut record).map_err(|e| unreadable(path, &e))?;
        if !more {
            break;
        }
        number += 1;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let Some(columns) = &columns else {
            columns = Some(Columns::of(record.iter().map(|h| h.trim().to_owned()).collect(), mapping)?);
            continue;
        };
        let fate = match row::parse(&record, columns, mapping).and_then(|p| once(p, number, &mut seen)) {
            Ok(parsed) => {
                list.good.insert(number, parsed);
                Fate::Good
            }
            Err(failure) => Fate::Bad(failure),
        };
        list.report.fates.insert(number, fate);
    }
    match list.report.fates.is_empty() {
        true => Err(Failure::new("H1317", [("file", path.display().to_string())])),
        false => Ok(list),
    }
}

fn unreadable(path: &Path, error: &csv::Error) -> Failure {
    match error.kind() {
        csv::ErrorKind::Io(e) if e.kind() == std::io::ErrorKind::InvalidData => {
            Failure::input("H1301", path.display().to_string())
        }
        other => Failure::new("H1403", [("file", path.display().to_string()), ("detail", format!("{other:?}"))]),
    }
}

/// A code stands once in a list.
fn once(parsed: Parsed, number: u64, seen: &mut HashMap<String, u64>) -> Result<Parsed> {
    let code = parsed.code.to_string();
    match seen.get(&code) {
        Some(first) => Err(Failure::new("H1310", [("input", code), ("first", first.to_string())])),
        None => {
            seen.insert(code, number);
            Ok(parsed)
        }
    }
}

/// Judges the rows by the classes of the ledger: unknown ones make a row bad, another HS code gives a warning.
fn check_classes(session: &Session, list: &mut List) -> Result<Vec<MissingClass>> {
    let views: Vec<ClassView> = session.pages(paths::CLASSES, &[], 1_000_000)?;
    let mut classes = BTreeMap::new();
    for view in views {
        let record: ClassRecord = session.record(&view.record)?;
        classes.insert(ClassId::of(&record.code), record);
    }
    Ok(judge_classes(&classes, list))
}

fn judge_classes(classes: &BTreeMap<ClassId, ClassRecord>, list: &mut List) -> Vec<MissingClass> {
    let mut missing: BTreeMap<ClassId, MissingClass> = BTreeMap::new();
    let List { content: _, good, report } = list;
    good.retain(|number, parsed| {
        let Some(class) = classes.get(&parsed.class) else {
            let gtin = parsed.code.gtin().map(|g| g.as_str14()).unwrap_or_default();
            let failure = Failure::input("H5002", gtin.clone());
            report.fates.insert(*number, Fate::Bad(failure));
            let entry = MissingClass { id: parsed.class.to_string(), gtin, rows: 0 };
            missing.entry(parsed.class).or_insert(entry).rows += 1;
            return false;
        };
        if let Some(hs) = parsed.hs.as_ref().filter(|hs| !class.hs.iter().any(|a| a.hs.hs6() == hs.hs6())) {
            let known: Vec<String> = class.hs.iter().map(|a| a.hs.to_string()).collect();
            let values = [("input", hs.to_string()), ("expected", known.join(", "))];
            report.warnings.insert(*number, Failure::new("H1311", values));
        }
        true
    });
    missing.into_values().collect()
}

/// Writes the report and prints the summary.
fn finish(
    session: &Session,
    args: &ImportCsv,
    report: &Report,
    missing_classes: Vec<MissingClass>,
    journal: Option<&Journal>,
) -> Result<()> {
    if let Some(path) = &args.report {
        report.write(path, session.out.lang, session.force)?;
    }
    let transactions = journal.map(|j| j.signed()).unwrap_or_default();
    let summary = Summary {
        schema: "hufu.import/1",
        file: args.file.display().to_string(),
        dry_run: session.dry_run,
        rows: report.fates.len(),
        ok: report.count(|f| *f == Fate::Good),
        bad: report.count(|f| matches!(f, Fate::Bad(_))),
        warnings: report.warnings.len(),
        registered: report.count(|f| matches!(f, Fate::Registered(..))),
        already_registered: report.count(|f| matches!(f, Fate::Already(..))),
        refused: report.count(|f| matches!(f, Fate::Refused(..))),
        waiting: report.count(|f| matches!(f, Fate::Waiting(..))),
        skipped: report.count(|f| *f == Fate::Skipped),
        missing_classes,
        transactions: transactions
            .iter()
            .map(|s| Transaction { id: s.id.to_string(), entries: s.rows.len(), status: status_word(s.decided) })
            .collect(),
        report: args.report.as_ref().map(|p| p.display().to_string()),
    };
    session.out.result(&summary, |sheet| write(sheet, &summary, report, session));
    Ok(())
}

fn status_word(decided: Option<Decided>) -> &'static str {
    match decided {
        Some(Decided::Committed) => "committed",
        Some(Decided::Refused) => "refused",
        Some(Decided::Void) => "void",
        None => "undecided",
    }
}

fn write(sheet: &mut crate::output::Sheet, summary: &Summary, report: &Report, session: &Session) {
    let out = &session.out;
    for (number, failure) in report.bad().take(SHOWN) {
        let problem = failure.problem(out.lang);
        sheet.line(format!("{} {number}  {}  {}", out.pick("row", "行"), problem.code, problem.detail));
    }
    let hidden = report.bad().count().saturating_sub(SHOWN);
    if hidden > 0 {
        sheet.line(format!("… {hidden} {}", out.pick("more: see --report", "行未列出：见 --report")));
    }
    for class in &summary.missing_classes {
        let text = out.pick("class not registered", "品类未登记");
        sheet.line(format!("{text}: {} ({} {})", class.gtin, class.rows, out.pick("rows", "行")));
    }
    let numbers = [
        (out.pick("rows", "行数"), summary.rows),
        (out.pick("ready", "可登记"), summary.ok),
        (out.pick("bad", "错误"), summary.bad),
        (out.pick("warnings", "警告"), summary.warnings),
        (out.pick("registered", "已登记"), summary.registered),
        (out.pick("registered before", "此前已登记"), summary.already_registered),
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

#[cfg(test)]
mod tests;
