//! What an import says in the end: the report, and the summary on the terminal.

use super::{
    journal::{Decided, Journal},
    list::{List, MissingClass},
    report::{self, Line},
};
use crate::{
    cli::ImportCsv,
    failure::{Failure, Result},
    output::Sheet,
    session::Session,
};
use api::{Lang, Problem};
use serde::Serialize;

/// Bad rows that are shown on the terminal; the report has all.
const SHOWN: usize = 20;
/// Bad rows that are told as JSON.
const TOLD: usize = 1_000;

/// What was found out of a list beside its rows.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) encoding: &'static str,
    pub(super) missing_classes: Vec<MissingClass>,
    /// What is worth a look, of the whole list.
    pub(super) notices: Vec<Failure>,
}

/// The result of an import.
#[derive(Serialize)]
struct Summary {
    schema: &'static str,
    file: String,
    encoding: &'static str,
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
    /// Rows that are bad or were refused, the first of them.
    problems: Vec<RowProblem>,
    /// What is worth a look, of the whole list.
    notices: Vec<Problem>,
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

#[derive(Serialize)]
struct Transaction {
    id: String,
    entries: usize,
    /// `committed`, `refused`, `void` or `undecided`.
    status: &'static str,
}

/// Writes the report and prints the summary.
pub(super) fn finish(
    session: &Session,
    args: &ImportCsv,
    list: &List,
    told: Told,
    journal: Option<&Journal>,
) -> Result<()> {
    let lang = session.out.lang;
    if let Some(path) = &args.report {
        report::write(path, lang, session.force, lines(list))?;
    }
    let tally = list.tally();
    let signed = journal.map(Journal::signed).unwrap_or_default();
    let transaction =
        |s: &super::journal::Signed| Transaction { id: s.id.to_string(), entries: s.rows, status: word(s.decided) };
    let summary = Summary {
        schema: "hufu.import/1",
        file: args.file.display().to_string(),
        encoding: told.encoding,
        dry_run: session.dry_run,
        rows: list.rows.len(),
        ok: tally.ok,
        bad: tally.bad,
        warnings: tally.warnings,
        registered: tally.registered,
        already_registered: tally.already,
        refused: tally.refused,
        waiting: tally.waiting,
        skipped: tally.skipped,
        missing_classes: told.missing_classes,
        transactions: signed.iter().map(transaction).collect(),
        problems: problems(list, lang),
        notices: told.notices.iter().map(|notice| notice.problem(lang)).collect(),
        unknown_columns: list.unknown.clone(),
        report: args.report.as_ref().map(|p| p.display().to_string()),
    };
    session.out.result(&summary, |sheet| write(sheet, &summary, session));
    Ok(())
}

/// A line of the report for each row.
fn lines(list: &List) -> impl Iterator<Item = Line> {
    list.rows.iter().map(|row| Line {
        row: row.number.into(),
        status: list.word(row),
        remark: list.remark(row),
        tx: list.sent_of(row).map(|sent| sent.id.to_string()),
    })
}

fn problems(list: &List, lang: Lang) -> Vec<RowProblem> {
    let faults = list.rows.iter().filter_map(|row| Some((row.number, list.fault(row)?)));
    let problem = |(row, failure): (u32, Failure)| {
        let Problem { code, detail, hint, .. } = report::problem(&failure, lang);
        RowProblem { row: row.into(), code, message: detail, hint }
    };
    faults.take(TOLD).map(problem).collect()
}

fn word(decided: Option<Decided>) -> &'static str {
    match decided {
        Some(Decided::Committed) => "committed",
        Some(Decided::Refused) => "refused",
        Some(Decided::Void) => "void",
        None => "undecided",
    }
}

fn write(sheet: &mut Sheet, summary: &Summary, session: &Session) {
    let out = &session.out;
    for notice in &summary.notices {
        sheet.line(format!("{}  {}", notice.code, notice.detail));
    }
    for problem in summary.problems.iter().take(SHOWN) {
        sheet.line(format!("{} {}  {}  {}", out.pick("row", "行"), problem.row, problem.code, problem.message));
    }
    let hidden = (summary.bad + summary.refused).saturating_sub(SHOWN);
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
