//! What goes to the terminal: results to stdout, progress and errors to stderr.

use crate::{cli::Global, failure::Failure};
use api::Lang;
use serde::Serialize;
use std::{
    cell::Cell,
    io::{self, IsTerminal, Write},
    rc::Rc,
};

/// What answers of nodes say of themselves (`docs/formats/http.md`, "A member's node").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Caveats {
    /// Height as of which the oldest is, where no agency shows it newer.
    pub(crate) as_of: Option<u64>,
    /// Whether one is a list that nothing proves whole.
    pub(crate) unproven_list: bool,
}

/// Caveats on what is printed next, and those that were told last.
#[derive(Debug, Default)]
struct Heard {
    next: Cell<Caveats>,
    told: Cell<Caveats>,
}

/// Where and how results are printed.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) lang: Lang,
    color: bool,
    heard: Rc<Heard>,
}

/// A result with the caveats on it.
#[derive(Serialize)]
struct Heeded<'a, T> {
    #[serde(flatten)]
    value: &'a T,
    caveats: Caveats,
}

impl Output {
    pub(crate) fn new(flags: &Global, lang: Lang) -> Output {
        let color = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        Output { json: flags.json, quiet: flags.quiet, lang, color, heard: Rc::default() }
    }

    /// The text of this language.
    pub(crate) fn pick<'a>(&self, en: &'a str, zh: &'a str) -> &'a str {
        self.lang.pick(en, zh)
    }

    /// A word of the ledger in this language.
    pub(crate) fn word(&self, word: &str) -> String {
        api::words::word(word, self.lang)
    }

    /// Takes note of what an answer says of itself: the next result rests on it.
    pub(crate) fn heed(&self, caveats: Caveats) {
        let Caveats { as_of, unproven_list } = self.heard.next.get();
        self.heard.next.set(Caveats {
            as_of: as_of.into_iter().chain(caveats.as_of).min(),
            unproven_list: unproven_list || caveats.unproven_list,
        });
    }

    /// Says to people how old or unproven is what they see next, a line on stderr; the same is said once.
    fn tell(&self) {
        let next = self.heard.next.get();
        if self.json || next == Caveats::default() || next == self.heard.told.replace(next) {
            return;
        }
        let old = next.as_of.map(|height| match self.lang {
            Lang::En => format!("as of height {height}: no agency shows anything newer now"),
            Lang::ZhHans => format!("截至高度 {height}：目前没有机关给出更新的内容"),
        });
        let unproven = self.pick(
            "each record of a list is proven, that none is missing is not",
            "列表中每条记录均已证明，是否有遗漏则未证明",
        );
        let said: Vec<String> = old.into_iter().chain(next.unproven_list.then(|| unproven.to_owned())).collect();
        eprintln!("{}{}", self.pick("note: ", "注意："), said.join(self.pick("; ", "；")));
    }

    /// The result as JSON, with the field `caveats` where there are some.
    fn json_of<T: Serialize>(&self, value: &T) -> String {
        let caveats = self.heard.next.take();
        let text = match caveats == Caveats::default() {
            true => serde_json::to_string(value),
            false => serde_json::to_string(&Heeded { value, caveats }),
        };
        // Writing plain structs to memory fails for no value.
        text.unwrap_or_default()
    }

    /// Prints the result: one line of JSON, or text.
    pub(crate) fn result<T: Serialize>(&self, value: &T, text: impl FnOnce(&mut Sheet)) {
        if self.json {
            self.print(&self.json_of(value));
            return;
        }
        let mut sheet = Sheet::default();
        text(&mut sheet);
        self.print_raw(&sheet.text());
        self.heard.next.set(Caveats::default());
    }

    /// A line to stdout.
    pub(crate) fn print(&self, line: &str) {
        self.print_raw(&format!("{line}\n"));
    }

    /// Bytes to stdout. A closed pipe is the reader's choice, not a failure.
    pub(crate) fn print_raw(&self, text: &str) {
        self.tell();
        let mut stdout = io::stdout().lock();
        let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    }

    /// Something to read before an answer is given: to stderr, whatever `--quiet` says.
    pub(crate) fn show(&self, sheet: &Sheet) {
        if !self.json {
            self.tell();
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
        self.tell();
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
    fn a_result_has_the_caveats_on_what_it_rests_on_and_the_next_one_its_own() {
        #[derive(Serialize)]
        struct Shown {
            schema: &'static str,
        }
        let out = Output::new(&Global { json: true, ..Global::default() }, Lang::En);
        let shown = |caveats: &[Caveats]| {
            // Whoever asks nodes has a copy.
            caveats.iter().for_each(|one| out.clone().heed(*one));
            out.json_of(&Shown { schema: "x/1" })
        };
        let (plain, list) = (r#"{"schema":"x/1"}"#, Caveats { as_of: None, unproven_list: true });
        let at = |height| Caveats { as_of: Some(height), unproven_list: false };
        assert_eq!(shown(&[]), plain);
        assert_eq!(shown(&[Caveats::default()]), plain);
        let both = r#"{"schema":"x/1","caveats":{"as_of":7,"unproven_list":true}}"#;
        assert_eq!(shown(&[at(9), list, at(7), at(8)]), both);
        assert_eq!(shown(&[]), plain);
        assert_eq!(shown(&[list]), r#"{"schema":"x/1","caveats":{"as_of":null,"unproven_list":true}}"#);
    }

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
