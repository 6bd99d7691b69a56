//! What goes to the terminal: results to stdout, progress and errors to stderr.

use crate::{cli::Global, failure::Failure};
use api::Lang;
use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// Where and how results are printed.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) lang: Lang,
    color: bool,
}

impl Output {
    pub(crate) fn new(flags: &Global, lang: Lang) -> Output {
        let color = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        Output { json: flags.json, quiet: flags.quiet, lang, color }
    }

    /// The text of this language.
    pub(crate) fn pick<'a>(&self, en: &'a str, zh: &'a str) -> &'a str {
        self.lang.pick(en, zh)
    }

    /// A word of the ledger in this language.
    pub(crate) fn word(&self, word: &str) -> String {
        api::words::word(word, self.lang)
    }

    /// Prints the result: one line of JSON, or text.
    pub(crate) fn result<T: Serialize>(&self, value: &T, text: impl FnOnce(&mut Sheet)) {
        if self.json {
            // Writing plain structs to memory fails for no value.
            self.print(&serde_json::to_string(value).unwrap_or_default());
            return;
        }
        let mut sheet = Sheet::default();
        text(&mut sheet);
        self.print_raw(&sheet.text());
    }

    /// A line to stdout.
    pub(crate) fn print(&self, line: &str) {
        self.print_raw(&format!("{line}\n"));
    }

    /// Bytes to stdout. A closed pipe is the reader's choice, not a failure.
    pub(crate) fn print_raw(&self, text: &str) {
        let mut stdout = io::stdout().lock();
        let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    }

    /// Something to read before an answer is given: to stderr, whatever `--quiet` says.
    pub(crate) fn show(&self, sheet: &Sheet) {
        if !self.json {
            eprint!("{}", sheet.text());
        }
    }

    /// Progress, unless `--quiet` or `--json`.
    pub(crate) fn progress(&self, line: &str) {
        if !self.quiet && !self.json {
            eprintln!("{line}");
        }
    }

    /// A warning.
    pub(crate) fn warn(&self, line: &str) {
        if !self.json {
            eprintln!("{}{line}", self.pick("warning: ", "警告："));
        }
    }

    /// Prints a failure to stderr, and gives its exit code.
    pub(crate) fn failure(&self, failure: &Failure) -> u8 {
        if self.json {
            // Writing plain structs to memory fails for no value.
            eprintln!("{}", serde_json::to_string(&failure.problem(self.lang)).unwrap_or_default());
        } else {
            let text = failure.text(self.lang);
            match (self.color, text.split_once('\n')) {
                (true, Some((first, rest))) => eprint!("\x1b[1;31m{first}\x1b[0m\n{rest}"),
                _ => eprint!("{text}"),
            }
        }
        failure.exit_code()
    }

    /// Whether progress bars make sense.
    pub(crate) fn is_interactive(&self) -> bool {
        !self.quiet && !self.json && io::stderr().is_terminal()
    }
}

/// Lines for people: headings, labels with values, rows of a table.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    lines: Vec<Line>,
}

#[derive(Debug)]
enum Line {
    Text(String),
    Pair(String, String),
    Row(Vec<String>),
}

impl Sheet {
    /// A line as it is.
    pub(crate) fn line(&mut self, text: impl Into<String>) {
        self.lines.push(Line::Text(text.into()));
    }

    /// A label and its value; values of neighbouring pairs stand below each other.
    pub(crate) fn pair(&mut self, label: impl Into<String>, value: impl Into<String>) {
        self.lines.push(Line::Pair(label.into(), value.into()));
    }

    /// A row; columns of neighbouring rows stand below each other.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.lines.push(Line::Row(cells.into_iter().collect()));
    }

    /// Rows below their headings, in English and in Chinese. That there are none is said: silence would be taken for a
    /// failure.
    pub(crate) fn table<const N: usize>(
        &mut self,
        out: &Output,
        headings: [(&str, &str); N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return self.line(out.pick("none", "无"));
        }
        self.row(headings.map(|(en, zh)| out.pick(en, zh).to_owned()));
        rows.for_each(|row| self.row(row));
    }

    /// The text.
    pub(crate) fn text(&self) -> String {
        let labels = self.lines.iter().map(|l| match l {
            Line::Pair(label, _) => width(label),
            _ => 0,
        });
        let label_width = labels.max().unwrap_or(0);
        let columns = self.lines.iter().map(|l| if let Line::Row(cells) = l { cells.len() } else { 0 }).max();
        let widths: Vec<usize> = (0..columns.unwrap_or(0)).map(|c| self.column_width(c)).collect();
        let mut text = String::new();
        for line in &self.lines {
            let shown = match line {
                Line::Text(line) => line.clone(),
                Line::Pair(label, value) => format!("  {}  {value}", padded(label, label_width)),
                Line::Row(cells) => {
                    cells.iter().zip(&widths).map(|(cell, w)| padded(cell, *w)).collect::<Vec<_>>().join("  ")
                }
            };
            text.push_str(shown.trim_end());
            text.push('\n');
        }
        text
    }

    fn column_width(&self, column: usize) -> usize {
        let cells = self.lines.iter().filter_map(|l| match l {
            Line::Row(cells) => cells.get(column),
            _ => None,
        });
        cells.map(|c| width(c)).max().unwrap_or(0)
    }
}

/// Columns on a terminal: Chinese characters and full-width forms take two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3fffd}') { 2 } else { 1 }).sum()
}

fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_headings_and_an_empty_one_says_so() {
        let text = |lang, rows: &[[&str; 2]]| {
            let mut sheet = Sheet::default();
            let out = Output::new(&Global::default(), lang);
            let rows = rows.iter().map(|row| row.map(str::to_owned));
            sheet.table(&out, [("state", "状态"), ("code", "编码")], rows);
            sheet.text()
        };
        assert_eq!(text(Lang::En, &[["ok", "x"]]), "state  code\nok     x\n");
        assert_eq!(text(Lang::ZhHans, &[["ok", "x"]]), "状态  编码\nok    x\n");
        assert_eq!((text(Lang::En, &[]).as_str(), text(Lang::ZhHans, &[]).as_str()), ("none\n", "无\n"));
    }

    #[test]
    fn columns_stand_below_each_other_in_both_scripts() {
        let mut sheet = Sheet::default();
        sheet.line("物品");
        sheet.pair("state", "released");
        sheet.pair("数量", "12");
        sheet.row(["已放行".to_owned(), "x".to_owned()]);
        sheet.row(["ok".to_owned(), "y".to_owned()]);
        assert_eq!(sheet.text(), "物品\n  state  released\n  数量   12\n已放行  x\nok      y\n");
    }
}
