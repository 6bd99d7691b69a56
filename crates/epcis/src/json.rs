//! A strict reader of JSON (RFC 8259) that keeps what others throw away: the text of numbers, and where events stand.
//!
//! A reader of our own, because one that takes the last of two equal names lets one document say two things: a program
//! that takes the first would see another event.

use std::ops::Range;

use crate::error::{EpcisError, shown};
use crate::source::{MAX_DEPTH, MAX_EVENTS, MAX_MEMBERS, MAX_VALUES, place, text};
use crate::value::{Map, Value};

/// Reads a document.
///
/// Refused are: bytes that are not UTF-8, a name that stands twice in an object at any depth, anything behind the
/// document, control characters and NUL in texts, halves of surrogate pairs, and whatever passes a bound.
///
/// ```
/// assert_eq!(epcis::json::parse(br#"{"a": 1.50}"#).map(|value| value.to_string()), Ok(r#"{"a":1.50}"#.to_owned()));
/// assert_eq!(epcis::json::parse(br#"{"a": 1, "a": 2}"#).map_err(|error| error.code()), Err("H1505"));
/// ```
pub fn parse(bytes: &[u8]) -> Result<Value, EpcisError> {
    read(bytes).map(|read| read.value)
}

/// A document that was read, and where in its bytes the events stand.
pub(crate) struct Read {
    pub(crate) value: Value,
    /// The document itself, without the blanks around it.
    pub(crate) whole: Range<usize>,
    /// The objects of `epcisBody/eventList`.
    pub(crate) captured: Vec<Range<usize>>,
    /// The objects of `epcisBody/queryResults/resultsBody/eventList`.
    pub(crate) queried: Vec<Range<usize>>,
}

pub(crate) fn read(bytes: &[u8]) -> Result<Read, EpcisError> {
    let (text, base) = text(bytes)?;
    let mut reader = Reader::new(text);
    reader.blanks();
    let start = reader.at;
    let value = reader.value(0)?;
    let end = reader.at;
    reader.blanks();
    if reader.at < text.len() {
        return Err(reader.expected("the end of the document"));
    }
    let shift = |range: Range<usize>| range.start + base..range.end + base;
    Ok(Read {
        value,
        whole: shift(start..end),
        captured: reader.captured.into_iter().map(shift).collect(),
        queried: reader.queried.into_iter().map(shift).collect(),
    })
}

/// Whether a text is a number of JSON.
pub(crate) fn is_number(text: &str) -> bool {
    let mut reader = Reader::new(text);
    reader.number().is_ok() && reader.at == text.len()
}

/// A step on the way from the document to a value, as far as it matters where events stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Body,
    Results,
    ResultsBody,
    EventList,
    Item,
    Other,
}

impl Step {
    fn of(name: &str) -> Step {
        match name {
            "epcisBody" => Step::Body,
            "queryResults" => Step::Results,
            "resultsBody" => Step::ResultsBody,
            "eventList" => Step::EventList,
            _ => Step::Other,
        }
    }
}

const CAPTURED: [Step; 3] = [Step::Body, Step::EventList, Step::Item];
const QUERIED: [Step; 5] = [Step::Body, Step::Results, Step::ResultsBody, Step::EventList, Step::Item];

struct Reader<'a> {
    text: &'a str,
    /// Always at the beginning of a character.
    at: usize,
    values: usize,
    trail: Vec<Step>,
    captured: Vec<Range<usize>>,
    queried: Vec<Range<usize>>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Reader<'a> {
        Reader { text, at: 0, values: 0, trail: Vec::new(), captured: Vec::new(), queried: Vec::new() }
    }

    fn value(&mut self, depth: usize) -> Result<Value, EpcisError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(self.too_many("values", MAX_VALUES));
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.expected("a value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, EpcisError> {
        let start = self.at;
        self.open(depth)?;
        let mut map = Map::default();
        self.blanks();
        if !self.eat(b'}') {
            loop {
                self.member(depth, &mut map)?;
                if !self.goes_on(b'}', "a comma or the end of the object")? {
                    break;
                }
            }
        }
        self.keep(start..self.at)?;
        Ok(Value::Map(map))
    }

    fn member(&mut self, depth: usize, map: &mut Map) -> Result<(), EpcisError> {
        self.blanks();
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.expected("the name of a member"));
        }
        let name = self.string()?;
        if map.get(&name).is_some() {
            let (line, column) = place(self.text.as_bytes(), start);
            return Err(EpcisError::Duplicate { line, column, found: shown(&name) });
        }
        if map.len() == MAX_MEMBERS {
            return Err(self.too_many("members of one object", MAX_MEMBERS));
        }
        self.blanks();
        if !self.eat(b':') {
            return Err(self.expected("a colon"));
        }
        self.blanks();
        self.trail.push(Step::of(&name));
        let value = self.value(depth + 1)?;
        self.trail.pop();
        map.push(name, value);
        Ok(())
    }

    fn list(&mut self, depth: usize) -> Result<Value, EpcisError> {
        self.open(depth)?;
        let mut list = Vec::new();
        self.blanks();
        if !self.eat(b']') {
            loop {
                self.blanks();
                self.trail.push(Step::Item);
                list.push(self.value(depth + 1)?);
                self.trail.pop();
                if !self.goes_on(b']', "a comma or the end of the array")? {
                    break;
                }
            }
        }
        Ok(Value::List(list))
    }

    /// Steps over an opening bracket, if there may be another level.
    fn open(&mut self, depth: usize) -> Result<(), EpcisError> {
        if depth >= MAX_DEPTH {
            let (line, column) = self.place();
            return Err(EpcisError::TooDeep { line, column, max: MAX_DEPTH });
        }
        self.at += 1;
        Ok(())
    }

    /// Steps over a comma, or over the closing bracket.
    fn goes_on(&mut self, close: u8, expected: &'static str) -> Result<bool, EpcisError> {
        self.blanks();
        if self.eat(b',') {
            Ok(true)
        } else if self.eat(close) {
            Ok(false)
        } else {
            Err(self.expected(expected))
        }
    }

    /// Keeps the place of an object, if it is one of the events.
    fn keep(&mut self, range: Range<usize>) -> Result<(), EpcisError> {
        let events = match self.trail.as_slice() {
            trail if trail == CAPTURED => &mut self.captured,
            trail if trail == QUERIED => &mut self.queried,
            _ => return Ok(()),
        };
        if events.len() == MAX_EVENTS {
            return Err(self.too_many("events", MAX_EVENTS));
        }
        events.push(range);
        Ok(())
    }

    fn word(&mut self, word: &'static str, value: Value) -> Result<Value, EpcisError> {
        if !self.rest().starts_with(word) {
            return Err(self.expected("a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<String, EpcisError> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
        }
        Ok(self.text.get(start..self.at).unwrap_or_default().to_owned())
    }

    /// One digit at least.
    fn digits(&mut self) -> Result<(), EpcisError> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.expected("a digit"));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, EpcisError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let is_special = |byte: u8| byte == b'"' || byte == b'\\' || byte < b' ';
            let plain = rest.bytes().position(is_special).unwrap_or(rest.len());
            text.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(byte) => return Err(self.character(self.at, format!("the control character {byte:#04x}"))),
                None => return Err(self.expected("a quotation mark")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, EpcisError> {
        let start = self.at;
        self.at += 1;
        let escaped = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(start),
            _ => return Err(self.expected("a letter that follows a backslash")),
        };
        self.at += 1;
        Ok(escaped)
    }

    fn unicode(&mut self, start: usize) -> Result<char, EpcisError> {
        self.at += 1;
        let first = self.hexadecimal()?;
        let code = if (0xD800..0xDC00).contains(&first) && self.rest().starts_with("\\u") {
            self.at += 2;
            match self.hexadecimal()? {
                second @ 0xDC00..=0xDFFF => 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00),
                _ => first,
            }
        } else {
            first
        };
        match char::from_u32(code) {
            Some('\0') => Err(self.character(start, "NUL".to_owned())),
            Some(c) => Ok(c),
            None => Err(self.character(start, "half of a surrogate pair".to_owned())),
        }
    }

    fn hexadecimal(&mut self) -> Result<u32, EpcisError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.expected("a hexadecimal digit"));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let eaten = self.peek() == Some(byte);
        if eaten {
            self.at += 1;
        }
        eaten
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn place(&self) -> (usize, usize) {
        place(self.text.as_bytes(), self.at)
    }

    fn expected(&self, expected: &'static str) -> EpcisError {
        let (line, column) = self.place();
        let found = self.rest().chars().next().map_or_else(|| "the end".to_owned(), |c| format!("{c:?}"));
        EpcisError::Syntax { line, column, expected, found }
    }

    fn character(&self, at: usize, found: String) -> EpcisError {
        let (line, column) = place(self.text.as_bytes(), at);
        EpcisError::Character { line, column, found }
    }

    fn too_many(&self, what: &'static str, max: usize) -> EpcisError {
        let (line, column) = self.place();
        EpcisError::TooMany { line, column, what, max }
    }
}

#[cfg(test)]
mod tests;
