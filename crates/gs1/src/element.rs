//! GS1 element strings: bracketed as printed under a symbol, and raw as a scanner sends them
//! (General Specifications 4.15 and 7.8).
use std::fmt;
use std::str::FromStr;

use crate::ai::{self, AiRule, Content};
use crate::{CodeError, Gln, Gtin, Lot, Serial, Sscc, bounded_ascii, is_set_82};

/// FNC1 as scanners send it between elements: the group separator, 0x1D (General Specifications 7.8.3).
pub const FNC1: char = '\u{1d}';

/// Symbology identifiers (ISO/IEC 15424) of symbols that carry element strings: Data Matrix, GS1-128, QR Code, DataBar
/// and composites, DotCode.
pub const GS1_SYMBOLOGIES: &[&str] = &["]d2", "]C1", "]Q3", "]e0", "]J1"];

/// One application identifier and its valid value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Element {
    ai: String,
    value: String,
    rule: &'static AiRule,
}

impl Element {
    /// The application identifier, 2 to 4 digits.
    #[must_use]
    pub fn ai(&self) -> &str {
        &self.ai
    }

    /// The value, 1 to 90 characters of set 82.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The row of the table.
    #[must_use]
    pub const fn rule(&self) -> &'static AiRule {
        self.rule
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}){:?}", self.ai, self.value)
    }
}

/// Application identifiers with valid values, in the order in which they were read, each identifier once.
///
/// Which identifiers may stand together is not checked. Display is the bracketed form; `FromStr` is [`Elements::parse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Elements(Vec<Element>);

impl Elements {
    /// From identifiers and values. Errors as for [`Elements::push`].
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, CodeError> {
        let mut elements = Self::default();
        for (ai, value) in pairs {
            elements.push(ai, value)?;
        }
        Ok(elements)
    }

    /// Adds an element; the same value a second time changes nothing. Errors: unknown identifier, a value that its row
    /// does not allow (of GTIN, SSCC, GLN, lot and serial: the variants of these types), [`CodeError::DuplicateAi`].
    pub fn push(&mut self, ai: &str, value: &str) -> Result<(), CodeError> {
        bounded_ascii(ai)?;
        bounded_ascii(value)?;
        let Some(rule) = ai::find(ai) else {
            return Err(CodeError::UnknownAi { input: ai.to_owned(), position: 0, ai: ai.to_owned() });
        };
        validate(rule, ai, value)?;
        match self.get(ai) {
            // General Specifications 4.13: an identifier may be repeated only with the same value.
            Some(first) if first == value => Ok(()),
            Some(first) => {
                Err(CodeError::DuplicateAi { ai: ai.to_owned(), first: first.to_owned(), second: value.to_owned() })
            }
            None => {
                self.0.push(Element { ai: ai.to_owned(), value: value.to_owned(), rule });
                Ok(())
            }
        }
    }

    /// Reads either form: bracketed if it begins with a bracket, otherwise a scan.
    pub fn parse(input: &str) -> Result<Self, CodeError> {
        if input.starts_with('(') { Self::parse_bracketed(input) } else { Self::parse_scan(input) }
    }

    /// Reads `(01)09521234543213(10)L1`. A bracket that opens within a value is written `\(`; blanks around values, as in
    /// printed text, are dropped.
    pub fn parse_bracketed(input: &str) -> Result<Self, CodeError> {
        bounded_ascii(input)?;
        if input.is_empty() {
            return Err(CodeError::InputEmpty);
        }
        let mut elements = Self::default();
        let mut rest = input;
        while !rest.is_empty() {
            let position = input.len().saturating_sub(rest.len());
            let inside = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
            let Some((ai, after)) = inside else {
                return Err(CodeError::MalformedBrackets { input: input.to_owned(), position });
            };
            if ai::find(ai).is_none() {
                let position = position.saturating_add(1);
                return Err(CodeError::UnknownAi { input: input.to_owned(), position, ai: ai.to_owned() });
            }
            let (value, next) = bracketed_value(after);
            elements.push(ai, value.trim_matches(' '))?;
            rest = next;
        }
        Ok(elements)
    }

    /// Reads what a scanner sends: optionally one of [`GS1_SYMBOLOGIES`] and an FNC1, then elements. FNC1 is 0x1D, or
    /// `^]` from scanners that type it; after a predefined length and at the end it may be left out or not.
    pub fn parse_scan(input: &str) -> Result<Self, CodeError> {
        bounded_ascii(input)?;
        // The circumflex is not in set 82: it can only be the typed separator.
        let input = input.replace("^]", "\u{1d}");
        let data = strip_symbology(&input)?;
        let mut rest = data.strip_prefix(FNC1).unwrap_or(data);
        if rest.is_empty() {
            return Err(CodeError::InputEmpty);
        }
        let mut elements = Self::default();
        while !rest.is_empty() {
            let position = input.len().saturating_sub(rest.len());
            if rest.starts_with(FNC1) {
                return Err(CodeError::MisplacedSeparator { input, position });
            }
            let Some((ai, rule, after)) = ai::find_prefix(rest) else {
                let ai = rest.get(..2).unwrap_or(rest).to_owned();
                return Err(CodeError::UnknownAi { input, position, ai });
            };
            let (value, next) = scanned_value(rule, after);
            elements.push(ai, value)?;
            rest = next;
        }
        Ok(elements)
    }

    /// The elements, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Element> {
        self.0.iter()
    }

    /// The value of an identifier.
    #[must_use]
    pub fn get(&self, ai: &str) -> Option<&str> {
        self.0.iter().find(|element| element.ai == ai).map(Element::value)
    }

    /// The GTIN, AI (01).
    #[must_use]
    pub fn gtin(&self) -> Option<Gtin> {
        self.get("01")?.parse().ok()
    }

    /// The lot, AI (10).
    #[must_use]
    pub fn lot(&self) -> Option<Lot> {
        self.get("10")?.parse().ok()
    }

    /// The serial, AI (21).
    #[must_use]
    pub fn serial(&self) -> Option<Serial> {
        self.get("21")?.parse().ok()
    }

    /// The SSCC, AI (00).
    #[must_use]
    pub fn sscc(&self) -> Option<Sscc> {
        self.get("00")?.parse().ok()
    }

    /// The raw form: elements in order, [`FNC1`] after those whose length is not predefined, none at the end.
    #[must_use]
    pub fn to_scan(&self) -> String {
        let mut out = String::new();
        let mut separate = false;
        for Element { ai, value, rule } in &self.0 {
            if separate {
                out.push(FNC1);
            }
            out.push_str(ai);
            out.push_str(value);
            separate = !rule.predefined;
        }
        out
    }

    /// The bracketed form, with `\(` for a bracket that opens within a value. Same as Display.
    #[must_use]
    pub fn to_bracketed(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Elements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|Element { ai, value, .. }| write!(f, "({ai}){}", value.replace('(', "\\(")))
    }
}

impl FromStr for Elements {
    type Err = CodeError;

    fn from_str(input: &str) -> Result<Self, CodeError> {
        Self::parse(input)
    }
}

/// The text up to the next bracket that opens an identifier, unescaped, and what follows.
fn bracketed_value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '(' {
            break;
        }
        let (c, width) = if rest.starts_with("\\(") { ('(', 2) } else { (c, c.len_utf8()) };
        value.push(c);
        rest = rest.get(width..).unwrap_or_default();
    }
    (value, rest)
}

/// The value at the beginning of a scan, after its identifier, and what follows with the separator between them taken
/// away. A value that ends too early is returned short, for the length check to refuse.
fn scanned_value<'a>(rule: &AiRule, text: &'a str) -> (&'a str, &'a str) {
    if rule.predefined
        && let Some((value, next)) = text.split_at_checked(rule.max)
        && !value.contains(FNC1)
    {
        return (value, next.strip_prefix(FNC1).unwrap_or(next));
    }
    text.split_once(FNC1).unwrap_or((text, ""))
}

fn strip_symbology(input: &str) -> Result<&str, CodeError> {
    if !input.starts_with(']') {
        return Ok(input);
    }
    if let Some(data) = GS1_SYMBOLOGIES.iter().find_map(|identifier| input.strip_prefix(identifier)) {
        return Ok(data);
    }
    let found = input.get(..3).unwrap_or(input).to_owned();
    Err(CodeError::UnsupportedSymbology { input: input.to_owned(), found })
}

fn validate(rule: &AiRule, ai: &str, value: &str) -> Result<(), CodeError> {
    match rule.content {
        Content::Gtin => {
            // In an element string a GTIN always has 14 digits (General Specifications 3.3.2).
            if value.bytes().all(|byte| byte.is_ascii_digit()) {
                check_length(rule, ai, value)?;
            }
            value.parse::<Gtin>().map(drop)
        }
        Content::Sscc => value.parse::<Sscc>().map(drop),
        Content::Gln => value.parse::<Gln>().map(drop),
        Content::Lot => value.parse::<Lot>().map(drop),
        Content::Serial => value.parse::<Serial>().map(drop),
        Content::Date => {
            check_characters(ai, value, |c| c.is_ascii_digit())?;
            check_length(rule, ai, value)?;
            check_date(ai, value)
        }
        Content::Digits => {
            check_characters(ai, value, |c| c.is_ascii_digit())?;
            check_length(rule, ai, value)
        }
        Content::Set82 => {
            check_characters(ai, value, is_set_82)?;
            check_length(rule, ai, value)
        }
    }
}

fn check_characters(ai: &str, value: &str, allowed: fn(char) -> bool) -> Result<(), CodeError> {
    match value.char_indices().find(|(_, c)| !allowed(*c)) {
        Some((position, found)) => {
            Err(CodeError::ElementCharacter { ai: ai.to_owned(), input: value.to_owned(), position, found })
        }
        None => Ok(()),
    }
}

fn check_length(rule: &AiRule, ai: &str, value: &str) -> Result<(), CodeError> {
    if (rule.min..=rule.max).contains(&value.len()) {
        return Ok(());
    }
    let (min, max, found) = (rule.min, rule.max, value.len());
    Err(CodeError::ElementLength { ai: ai.to_owned(), input: value.to_owned(), found, min, max })
}

/// YYMMDD, day 00 allowed. The years that two digits can mean (General Specifications 7.12: 49 back, 50 on) make every
/// fourth a leap year until 2050, when 2100 comes within reach.
fn check_date(ai: &str, value: &str) -> Result<(), CodeError> {
    let part = |from: usize, to: usize| value.get(from..to).and_then(|part| part.parse::<u8>().ok());
    let valid = match (part(0, 2), part(2, 4), part(4, 6)) {
        (Some(year), Some(month), Some(day)) => match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => day <= 31,
            4 | 6 | 9 | 11 => day <= 30,
            2 => day <= if year % 4 == 0 { 29 } else { 28 },
            _ => false,
        },
        _ => false,
    };
    if valid { Ok(()) } else { Err(CodeError::ElementDate { ai: ai.to_owned(), input: value.to_owned() }) }
}

#[cfg(test)]
#[path = "element/tests.rs"]
mod tests;
