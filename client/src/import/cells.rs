//! The rows of a CSV text, as RFC 4180 has them and spreadsheets write them.
//!
//! A row is one that a spreadsheet shows: line breaks between quotation marks do not end it, and an empty line is a row
//! too. A row is bounded, and a quotation mark that nothing closes is told: to other readers everything behind it is one
//! cell, and rows are gone without a word.

use super::decode::unreadable;
use crate::failure::{Failure, Result};
use std::{
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

/// Longest row, in bytes of UTF-8: all private fields that an item may have, and as much again.
pub(super) const MAX_ROW: usize = 512 * 1024;
/// What separates fields, where a list does not say; of two that stand equally often, the first.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// Where a reader is within a row.
#[derive(Clone, Copy)]
enum State {
    /// Before a field.
    Start,
    /// Within a field without quotation marks.
    Plain,
    /// Within quotation marks.
    Quoted,
    /// Behind a quotation mark that closes them, or is the first of two that stand for one.
    Closed,
}

/// What a reader met.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// A row.
    Row,
    /// A row that never ends, and so the end of what can be read.
    Broken(Failure),
    /// The end.
    End,
}

/// A reader of rows.
pub(super) struct Cells<R> {
    source: BufReader<R>,
    path: PathBuf,
    delimiter: u8,
    /// Rows so far.
    number: u64,
    /// Bytes of the field that is being read.
    field: Vec<u8>,
    /// The byte that was read too far.
    next: Option<u8>,
    one: [u8; 1],
}

impl<R: Read> Cells<R> {
    /// Rows of a UTF-8 text; `path` is what a failure names.
    pub(super) fn new(source: R, path: &Path, delimiter: u8) -> Cells<R> {
        let source = BufReader::with_capacity(64 * 1024, source);
        Cells { source, path: path.to_owned(), delimiter, number: 0, field: Vec::new(), next: None, one: [0] }
    }

    /// Number of the row that was read last, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Reads a line that a spreadsheet does not show, and counts it not.
    pub(super) fn skip(&mut self) -> Result<()> {
        self.read(&mut csv::StringRecord::new())?;
        self.number = 0;
        Ok(())
    }

    /// Reads the next row. Errors: H1301, H1403.
    pub(super) fn read(&mut self, row: &mut csv::StringRecord) -> Result<Met> {
        row.clear();
        self.field.clear();
        let (mut state, mut size) = (State::Start, 0usize);
        loop {
            let Some(byte) = self.byte()? else {
                return match state {
                    State::Start if size == 0 => Ok(Met::End),
                    State::Quoted => Ok(self.broken("H1320")),
                    State::Start | State::Plain | State::Closed => self.end_row(row),
                };
            };
            size += 1;
            if size > MAX_ROW {
                return Ok(self.broken("H1321"));
            }
            state = match (state, byte) {
                (State::Start, b'"') | (State::Closed, b'"') => {
                    if matches!(state, State::Closed) {
                        self.field.push(b'"');
                    }
                    State::Quoted
                }
                (State::Quoted, b'"') => State::Closed,
                (State::Quoted, _) => {
                    self.field.push(byte);
                    State::Quoted
                }
                (_, b'\n') => return self.end_row(row),
                (_, b'\r') => {
                    self.next = self.byte()?.filter(|next| *next != b'\n');
                    return self.end_row(row);
                }
                (_, _) if byte == self.delimiter => {
                    self.end_field(row)?;
                    State::Start
                }
                (State::Start | State::Plain | State::Closed, _) => {
                    self.field.push(byte);
                    State::Plain
                }
            };
        }
    }

    fn byte(&mut self) -> Result<Option<u8>> {
        if let Some(byte) = self.next.take() {
            return Ok(Some(byte));
        }
        match self.source.read(&mut self.one) {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(self.one[0])),
            Err(error) => Err(unreadable(&self.path, &error)),
        }
    }

    fn end_field(&mut self, row: &mut csv::StringRecord) -> Result<()> {
        let text = std::str::from_utf8(&self.field);
        row.push_field(text.map_err(|_| Failure::input("H1301", self.path.display().to_string()))?);
        self.field.clear();
        Ok(())
    }

    fn end_row(&mut self, row: &mut csv::StringRecord) -> Result<Met> {
        self.end_field(row)?;
        self.number += 1;
        Ok(Met::Row)
    }

    fn broken(&mut self, code: &str) -> Met {
        self.number += 1;
        Met::Broken(Failure::new(code, [("row", self.number.to_string()), ("most", MAX_ROW.to_string())]))
    }
}

/// What separates the fields of a text that begins like this, and whether its first line says nothing but that: `sep=;`,
/// which spreadsheets write and do not show.
pub(super) fn delimiter(head: &str) -> (u8, bool) {
    let first = head.lines().next().unwrap_or_default().trim_matches('"');
    if let Some(&[byte]) = first.strip_prefix("sep=").map(str::as_bytes)
        && byte.is_ascii()
        && byte != b'"'
    {
        return (byte, true);
    }
    let mut lines = head.lines().map(|line| {
        let mut counts = [0usize; DELIMITERS.len()];
        // Every second part stands between quotation marks.
        for byte in line.split('"').step_by(2).flat_map(str::bytes) {
            if let Some(at) = DELIMITERS.iter().position(|known| *known == byte) {
                counts[at] += 1;
            }
        }
        counts
    });
    // A title above the headings has none.
    let counts = lines.find(|counts| counts.iter().any(|count| *count > 0)).unwrap_or_default();
    let most = counts.iter().copied().max().unwrap_or_default();
    let found = DELIMITERS.into_iter().zip(counts).find(|(_, count)| *count == most);
    (found.map_or(b',', |(byte, _)| byte), false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> (Vec<Vec<String>>, Option<String>) {
        let mut cells = Cells::new(text.as_bytes(), Path::new("x"), b',');
        let (mut rows, mut row) = (Vec::new(), csv::StringRecord::new());
        loop {
            match cells.read(&mut row).unwrap() {
                Met::Row => rows.push(row.iter().map(str::to_owned).collect()),
                Met::Broken(failure) => return (rows, Some(failure.code)),
                Met::End => return (rows, None),
            }
        }
    }

    fn check(text: &str, expect: &[&[&str]]) {
        let rows: Vec<Vec<String>> = expect.iter().map(|r| r.iter().map(|c| (*c).to_owned()).collect()).collect();
        assert_eq!(read(text), (rows, None), "{text:?}");
    }

    #[test]
    fn rows_are_those_of_a_spreadsheet() {
        check("", &[]);
        check("a,b\r\nc,d", &[&["a", "b"], &["c", "d"]]);
        check("a,\"b\r\n\"\"c\"\"\",\n", &[&["a", "b\r\n\"c\"", ""]]);
        check("a\n\n\rb\r", &[&["a"], &[""], &[""], &["b"]]);
        check("5\" pipe,x\"y\n\"a\"b,\n", &[&["5\" pipe", "x\"y"], &["ab", ""]]);
    }

    #[test]
    fn a_row_without_an_end_is_told() {
        assert_eq!(read("a,b\n1,\"x\n2,y\n"), (vec![vec!["a".into(), "b".into()]], Some("H1320".into())));
        assert_eq!(read(&"x".repeat(MAX_ROW)).1, None);
        assert_eq!(read(&"x".repeat(MAX_ROW + 1)).1, Some("H1321".into()));
    }

    #[test]
    fn delimiters_are_found() {
        let check = |head: &str, expect: (u8, bool)| assert_eq!(delimiter(head), expect, "{head:?}");
        check("gtin,lot,qty\n", (b',', false));
        check("gtin;lot;\"a,b,c\";qty\n1;2;3;4", (b';', false));
        check("gtin\tlot\tqty\n", (b'\t', false));
        check("发货清单\ngtin;lot\n", (b';', false));
        check("sep=;\r\ngtin;lot", (b';', true));
        check("sep=\t\ngtin\tlot", (b'\t', true));
        check("", (b',', false));
        check("gtin", (b',', false));
    }

    proptest! {
        /// Another reader reads the same, where it says anything: it leaves out empty lines, and does not tell of a
        /// quotation mark that nothing closes.
        #[test]
        fn rows_are_those_of_another_reader(text in "[ab,\"\r\n]{0,40}") {
            let (rows, broken) = read(&text);
            if broken.is_none() {
                let mut other = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
                let theirs: Vec<Vec<String>> =
                    other.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
                let full = |rows: Vec<Vec<String>>| rows.into_iter().filter(|r| *r != [""]).collect::<Vec<_>>();
                prop_assert_eq!(full(rows), full(theirs));
            }
        }
    }
}
