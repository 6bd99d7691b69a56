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
use api::{
    Lang, Problem,
    catalogue::exit,
    paths,
    view::{ClassView, ItemView},
};
use gs1::Quantity;
use journal::{Decided, Journal};
use ledger::{ClassId, Hash, operation::Purpose, record::ClassRecord};
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
/// Most items that the organisation holds, looked through for codes of the list.
const MOST_HELD: usize = 1_000_000;

/// A list, read and judged.
struct List {
    /// Hash of the file's bytes.
    content: Hash,
    good: BTreeMap<u64, Parsed>,
    report: Report,
    /// Headings of columns that are left alone.
    unknown: Vec<String>,
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
    /// Rows that are bad or were refused.
    problems: Vec<RowProblem>,
    /// Headings of columns that mean nothing here.
    unknown_columns: Vec<String>,
    report: Option<String>,
}

/// What is wrong with a row.
#[derive(Serialize)]
struct RowProblem {
    row: u64,
    code: String,
    message: String,
    hint: String,
}

impl RowProblem {
    fn all(report: &Report, lang: Lang) -> Vec<RowProblem> {
        let problem = |(row, failure): (u64, &Failure)| {
            let Problem { code, detail, hint, .. } = failure.problem(lang);
            RowProblem { row, code, message: detail, hint }
        };
        report.bad().map(problem).collect()
    }
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
    let mut missing = Vec::new();
    let journal = match judge(session, args, &mut list, &mut missing) {
        Ok(journal) => journal,
        Err(failure) => {
            // What could be judged without a node is worth having.
            finish(session, args, &list, missing, None)?;
            return Err(failure);
        }
    };
    if session.dry_run {
        let outcome = commit::preview(session, journal.as_ref(), &list.good, &mut list.report, &args.life);
        finish(session, args, &list, missing, journal.as_ref())?;
        outcome?;
        return Ok(if list.bad() == 0 { exit::DONE } else { exit::PARTLY });
    }
    if list.bad() > 0 && !args.skip_bad {
        list.report.fates.values_mut().filter(|f| **f == Fate::Good).for_each(|f| *f = Fate::Skipped);
        let (bad, rows) = (list.bad(), list.report.fates.len());
        finish(session, args, &list, missing, journal.as_ref())?;
        return Err(Failure::new("H1316", [("bad", bad.to_string()), ("rows", rows.to_string())]));
    }
    let mut journal = match journal {
        Some(journal) => journal,
        None => Journal::open(&args.file, &list.content, &session.network_id()?)?,
    };
    let outcome = commit::run(session, &mut journal, &list.good, &mut list.report, &args.life);
    finish(session, args, &list, missing, Some(&journal))?;
    outcome?;
    let done = list.report.count(|f| matches!(f, Fate::Registered(..) | Fate::Already(..)));
    match list.report.fates.len() - done {
        0 => Ok(exit::DONE),
        failed => Err(Failure::new("H6001", [("done", done.to_string()), ("failed", failed.to_string())])),
    }
}

impl List {
    /// How many rows cannot be registered.
    fn bad(&self) -> usize {
        self.report.count(|f| matches!(f, Fate::Bad(_)))
    }

    /// Takes a row out of the good ones.
    fn refuse(&mut self, row: u64, failure: Failure) {
        self.good.remove(&row);
        self.report.fates.insert(row, Fate::Bad(failure));
    }

    /// The good rows by their codes.
    fn by_code(&self) -> BTreeMap<String, u64> {
        self.good.iter().map(|(row, parsed)| (parsed.code.to_string(), *row)).collect()
    }
}

/// Judges the rows by the ledger and by what was imported of the list before; the journal of that, where there is one.
fn judge(
    session: &Session,
    args: &ImportCsv,
    list: &mut List,
    missing: &mut Vec<MissingClass>,
) -> Result<Option<Journal>> {
    *missing = check_classes(session, list)?;
    let mut journal = Journal::of_earlier(&args.file, &list.content, &session.network_id()?)?;
    if let Some(journal) = &mut journal {
        compare(journal, list);
        commit::recall(session, journal, &mut list.report)?;
    }
    if !args.again {
        check_held(session, journal.as_ref(), list)?;
    }
    Ok(journal)
}

/// Finds the rows that were imported before; one that was changed since is bad.
fn compare(journal: &mut Journal, list: &mut List) {
    journal.match_rows(&list.by_code());
    let said =
        |class: &ClassId, quantity: &Quantity, purpose: &Purpose| format!("{quantity} {} {class}", purpose.name());
    let mut changed = Vec::new();
    for (row, before) in journal.taken() {
        let Some(now) = list.good.get(&row) else { continue };
        if (now.class, now.quantity, now.purpose) != (before.class, before.quantity, before.purpose) {
            let values = [
                ("input", now.code.to_string()),
                ("registered", said(&before.class, &before.quantity, &before.purpose)),
                ("stated", said(&now.class, &now.quantity, &now.purpose)),
            ];
            changed.push((row, Failure::new("H1318", values)));
        }
    }
    changed.into_iter().for_each(|(row, failure)| list.refuse(row, failure));
    // What became of the row's code before is not what becomes of the changed row.
    journal.match_rows(&list.by_code());
}

/// A code that the organisation holds already, and not by this list, would be registered twice.
fn check_held(session: &Session, journal: Option<&Journal>, list: &mut List) -> Result<()> {
    let taken = journal.map(Journal::taken).unwrap_or_default();
    let mut fresh = list.by_code();
    fresh.retain(|_, row| !taken.contains_key(row));
    if fresh.is_empty() {
        return Ok(());
    }
    let org = session.key_header()?.org.to_string();
    let views: Vec<ItemView> = session.pages(paths::ITEMS, &[("custodian", org)], MOST_HELD)?;
    for item in session.own(views)? {
        if let Some(row) = fresh.get(&item.record.code.to_string()) {
            let held = format!("{} ({})", item.id, item.record.on_hand);
            let values = [("input", item.record.code.to_string()), ("list", held)];
            list.refuse(*row, Failure::new("H1440", values));
        }
    }
    Ok(())
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
    let content = storage::content_hash(path)?;
    let mut list = List { content, good: BTreeMap::new(), report: Report::default(), unknown: Vec::new() };
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
            let found = Columns::of(record.iter().map(|h| h.trim().to_owned()).collect(), mapping)?;
            list.unknown = found.unknown().to_vec();
            columns = Some(found);
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
    let List { content: _, good, report, unknown: _ } = list;
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
    list: &List,
    missing_classes: Vec<MissingClass>,
    journal: Option<&Journal>,
) -> Result<()> {
    let report = &list.report;
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
        problems: RowProblem::all(report, session.out.lang),
        unknown_columns: list.unknown.clone(),
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
    if !summary.unknown_columns.is_empty() {
        sheet.pair(out.pick("columns left alone", "未用的列"), summary.unknown_columns.join(", "));
    }
    if let Some(report) = &summary.report {
        sheet.pair(out.pick("report", "报告"), report);
    }
}

#[cfg(test)]
mod tests;
