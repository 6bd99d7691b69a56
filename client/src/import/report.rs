//! The report of an import: a line for each row or event, as CSV, which no spreadsheet takes for formulas.

use crate::{
    failure::{Failure, Result},
    storage,
};
use api::{Lang, Problem};
use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

/// The columns.
const HEADING: [&str; 6] = ["row", "status", "code", "message", "hint", "tx_id"];

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Number of the row or event.
    pub(crate) row: u64,
    /// What became of it.
    pub(crate) status: &'static str,
    /// What there is to say of it.
    pub(crate) remark: Option<Failure>,
    /// The transaction that it is in.
    pub(crate) tx: Option<String>,
}

/// A report takes the place of an earlier one, and of no other file. Error: H1418.
pub(crate) fn check_name(path: &Path, force: bool) -> Result<()> {
    let mut begin = Vec::new();
    let bound = u64::try_from(HEADING.join(",").len()).unwrap_or(u64::MAX);
    let is_report = File::open(path).and_then(|file| file.take(bound).read_to_end(&mut begin)).is_ok()
        && begin == HEADING.join(",").as_bytes();
    storage::check_name(path, force || is_report)
}

/// Writes a report, line by line. Error: H1418, as of [`check_name`].
pub(crate) fn write(path: &Path, lang: Lang, force: bool, lines: impl Iterator<Item = Line>) -> Result<()> {
    check_name(path, force)?;
    storage::replace_with(path, |file| fill(file, lang, lines))
}

fn fill(file: &mut dyn Write, lang: Lang, lines: impl Iterator<Item = Line>) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(file);
    writer.write_record(HEADING)?;
    for Line { row, status, remark, tx } in lines {
        let (code, message, hint) =
            remark.map(|failure| problem(&failure, lang)).map(|p| (p.code, p.detail, p.hint)).unwrap_or_default();
        let cells = [row.to_string(), status.to_owned(), code, harmless(&message), harmless(&hint)];
        writer.write_record(cells.iter().map(String::as_str).chain([tx.as_deref().unwrap_or_default()]))?;
    }
    writer.flush()
}

/// What is wrong with a row, in words that name the column: those of a code that others use too do not.
pub(super) fn problem(failure: &Failure, lang: Lang) -> Problem {
    let problem = failure.problem(lang);
    let mut elsewhere = failure.clone();
    match elsewhere.params.remove("column") {
        Some(column) if elsewhere.problem(lang).detail == problem.detail => {
            let detail = format!("{}{}{column}", problem.detail, lang.pick(" · column ", " · 列："));
            problem.with_detail(detail)
        }
        Some(_) | None => problem,
    }
}

/// A text of others in a cell: on one line, and nowhere with a sign that begins a formula where a spreadsheet may begin a
/// cell, which is at its beginning, and behind what separates cells in other countries.
fn harmless(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if begins && matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') {
            cell.push('\'');
        }
        begins = matches!(c, ',' | ';' | '|' | '"') || (begins && c.is_whitespace());
        cell.push(c);
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(row: u64, status: &'static str, remark: Option<Failure>, tx: Option<&str>) -> Line {
        Line { row, status, remark, tx: tx.map(str::to_owned) }
    }

    #[test]
    fn a_report_takes_the_place_of_a_report_and_of_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.csv");
        let write = |lang, force| write(&path, lang, force, std::iter::empty());
        write(Lang::En, false).unwrap();
        write(Lang::ZhHans, false).unwrap();
        std::fs::write(&path, "row").unwrap();
        assert_eq!(write(Lang::En, false).unwrap_err().code, "H1418");
        write(Lang::En, true).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_line_for_each_row() {
        let lines = vec![
            line(2, "ok", None, None),
            line(3, "error", Some(Failure::input("H1202", "12")), None),
            line(4, "registered", None, Some("00ab")),
            line(5, "warning", Some(Failure::new("H1311", [("input", "300251"), ("expected", "300190")])), None),
        ];
        let mut text = Vec::new();
        fill(&mut text, Lang::En, lines.into_iter()).unwrap();
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "row,status,code,message,hint,tx_id");
        assert_eq!(lines[1], "2,ok,,,,");
        assert!(lines[2].starts_with("3,error,H1202,"), "{}", lines[2]);
        assert_eq!(lines[3], "4,registered,,,,00ab");
        assert!(lines[4].starts_with("5,warning,H1311,"), "{}", lines[4]);
    }

    #[test]
    fn every_message_names_the_column_once() {
        let check = |code: &str, lang: Lang, ends: &str| {
            let values = [("input", "06901234567893"), ("expected", "2"), ("found", "3"), ("column", "货号")];
            let detail = problem(&Failure::new(code, values), lang).detail;
            assert_eq!(detail.matches("货号").count(), 1, "{detail}");
            assert!(detail.ends_with(ends), "{detail}");
        };
        check("H1203", Lang::En, " · column 货号");
        check("H1203", Lang::ZhHans, " · 列：货号");
        check("H1305", Lang::En, "in column 货号: digits are lost");
        let bare = Failure::input("H1203", "06901234567893");
        assert_eq!(problem(&bare, Lang::En), bare.problem(Lang::En));
    }

    #[test]
    fn no_cell_is_a_formula() {
        let check = |text: &str, expect: &str| assert_eq!(harmless(text), expect);
        check("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0");
        check("@SUM(1)", "'@SUM(1)");
        check("\t=1", " '=1");
        check("x;=HYPERLINK(\"a\")", "x;'=HYPERLINK(\"a\")");
        check("a\n+1", "a +1");
        check("\"-1\"", "\"'-1\"");
        check("L-1 = 2", "L-1 = 2");
        // Whatever stands in a list, a line of the report is one line with six cells.
        let input = "=1,\"2\n3;@4";
        let mut text = Vec::new();
        fill(&mut text, Lang::En, [line(2, "error", Some(Failure::input("H1211", input)), None)].into_iter()).unwrap();
        let mut reader = csv::ReaderBuilder::new().from_reader(text.as_slice());
        let cells: Vec<csv::StringRecord> = reader.records().map(|r| r.unwrap()).collect();
        assert_eq!((cells.len(), cells[0].len()), (1, 6));
        assert_eq!(text.iter().filter(|b| **b == b'\n').count(), 2);
        assert!(cells[0][3].ends_with("=1,\"2 3;'@4"), "{}", &cells[0][3]);
    }
}
