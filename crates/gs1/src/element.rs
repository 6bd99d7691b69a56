//! GS1 element strings: bracketed as printed under a symbol, and raw as a scanner sends them
//! (General Specifications 4.15 and 7.8).
mod check;
mod value;

use std::fmt;
use std::str::FromStr;

use crate::ai::{self, AiRule};
use crate::{CodeError, Gtin, Lot, Serial, Sscc, bounded_ascii};
use value::validate;

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
/// Which identifiers may stand together is asked by [`Elements::check`] alone: a label that lacks the partner of a side
/// element still names its item. Display is the bracketed form; `FromStr` is [`Elements::parse`].
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
    ///
    /// Errors, beside those of [`Elements::push`]: [`CodeError::UnsupportedSymbology`],
    /// [`CodeError::MisplacedSeparator`], and [`CodeError::SeparatorLost`] where a value goes on beyond its greatest
    /// length with what reads as other elements.
    pub fn parse_scan(input: &str) -> Result<Self, CodeError> {
        bounded_ascii(input)?;
        // The circumflex is not in set 82: it can only be the typed separator.
        let input = input.replace("^]", "\u{1d}");
        let data = strip_symbology(&input)?;
        Self::read(&input, data)
    }

    /// Reads `^010952123454321310L1^217`, the raw form as people can write it: `^` for FNC1, one at the beginning.
    /// Errors as for [`Elements::parse_scan`].
    pub fn parse_caret(input: &str) -> Result<Self, CodeError> {
        bounded_ascii(input)?;
        if input.is_empty() {
            return Err(CodeError::InputEmpty);
        }
        if !input.starts_with('^') {
            return Err(CodeError::MisplacedSeparator { input: input.to_owned(), position: 0 });
        }
        Self::read(input, &input.replace('^', "\u{1d}"))
    }

    /// Reads the elements of `data`. It is as long as the end of `shown`, which errors repeat.
    pub(crate) fn read(shown: &str, data: &str) -> Result<Self, CodeError> {
        let mut rest = data.strip_prefix(FNC1).unwrap_or(data);
        if rest.is_empty() {
            return Err(CodeError::InputEmpty);
        }
        let mut elements = Self::default();
        while !rest.is_empty() {
            let input = || shown.to_owned();
            let position = shown.len().saturating_sub(rest.len());
            if rest.starts_with(FNC1) {
                return Err(CodeError::MisplacedSeparator { input: input(), position });
            }
            let Some((ai, rule, after)) = ai::find_prefix(rest) else {
                let ai = rest.get(..2).unwrap_or(rest).to_owned();
                return Err(CodeError::UnknownAi { input: input(), position, ai });
            };
            let (value, next) = scanned_value(rule, after);
            if value.len() > rule.max_length() && holds_another(rule, ai, value) {
                let position = shown.len().saturating_sub(after.len());
                return Err(CodeError::SeparatorLost { input: input(), position, ai: ai.to_owned() });
            }
            elements.push(ai, value)?;
            rest = next;
        }
        Ok(elements)
    }

    /// The last element, where its value could as well end earlier and other elements follow, had a separator between
    /// them been lost.
    pub(crate) fn open_end(&self) -> Option<&Element> {
        self.0.last().filter(|element| holds_another(element.rule, &element.ai, &element.value))
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

    /// The raw form with `^` for FNC1, one at the beginning; [`Elements::parse_caret`] reads it back.
    #[must_use]
    pub fn to_caret(&self) -> String {
        format!("^{}", self.to_scan().replace(FNC1, "^"))
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
        && let Some((value, next)) = text.split_at_checked(rule.max_length())
        && !value.contains(FNC1)
    {
        return (value, next.strip_prefix(FNC1).unwrap_or(next));
    }
    text.split_once(FNC1).unwrap_or((text, ""))
}

/// Whether a value whose length is not predefined could end earlier, with other elements behind it.
fn holds_another(rule: &AiRule, ai: &str, value: &str) -> bool {
    let splits = |cut: usize| {
        let (own, rest) = value.split_at_checked(cut).unwrap_or((value, ""));
        !rest.is_empty() && validate(rule, ai, own).is_ok() && reads(rest)
    };
    !rule.predefined && (rule.min_length()..=rule.max_length()).any(splits)
}

/// Whether `text`, in which no separator stands, reads as elements.
fn reads(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let Some((ai, rule, after)) = ai::find_prefix(rest) else { return false };
        let (value, next) = scanned_value(rule, after);
        if validate(rule, ai, value).is_err() {
            return false;
        }
        rest = next;
    }
    true
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

#[cfg(test)]
#[path = "element/tests.rs"]
mod tests;
