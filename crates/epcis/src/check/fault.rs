//! Everything that can be at fault in an event, with its stable code.

use std::fmt;

/// How many faults are listed; one further entry says that there are more.
pub const MAX_FAULTS: usize = 1000;

/// How many characters of a text at fault are told.
const MAX_SHOWN: usize = 200;

/// How many characters of a place are told: names within it may be as long as the document, and each fault holds them.
const MAX_AT: usize = 1000;

/// Something that keeps an event or a document from being EPCIS 2.0, or that its sender should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: a JSON pointer (RFC 6901) into the event or the document; empty for the whole of it.
    pub at: String,
    /// The stable code; listed in [`CODES`].
    pub code: &'static str,
    /// The values that its message names.
    pub params: Vec<(&'static str, String)>,
}

/// Every code of the rules and its short title. Codes never change meaning and are never used again.
pub const CODES: &[(&str, &str)] = &[
    ("H1530", "a required field is missing"),
    ("H1531", "this value is of the wrong kind"),
    ("H1532", "this field is not one of EPCIS and has no prefix"),
    ("H1533", "the prefix of this field is not declared"),
    ("H1534", "this is not a URI"),
    ("H1535", "this is not a time with its zone"),
    ("H1536", "this is not an offset of a time zone"),
    ("H1537", "this is neither a word of the vocabulary nor a URI of another"),
    ("H1538", "a word of the vocabulary must be written bare"),
    ("H1539", "this is none of the values that may stand here"),
    ("H1540", "this list is empty"),
    ("H1541", "this stands twice in the list"),
    ("H1542", "master data of an instance may stand only where objects are added"),
    ("H1543", "the event names no objects"),
    ("H1544", "this is not a unit code"),
    ("H1545", "this is not hexadecimal"),
    ("H1546", "this is not a version"),
    ("H1547", "this is not a type of event"),
    ("H1548", "the persistent disposition neither sets nor unsets"),
    ("H1549", "there are more faults than are listed"),
    ("H1550", "this cannot be read as a GS1 key"),
    ("H1551", "the event names no parent"),
];

/// What is wrong, before it is known where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// A field that must be there is not.
    Missing(&'static str),
    /// A text where a number must stand, and the like.
    Kind { expected: &'static str, found: &'static str },
    /// A field that nobody defines.
    Unknown(String),
    /// An extension whose prefix no context declares.
    Prefix { field: String, prefix: String },
    /// Not a URI.
    Uri(String),
    /// Not a time of RFC 3339.
    Time(String),
    /// Not an offset such as `+08:00`.
    Offset(String),
    /// Neither a word of the list nor a URI outside the namespaces of GS1.
    Word(String),
    /// A word of the list, written as in XML or in another namespace of GS1.
    Reserved { input: String, expected: &'static str },
    /// Not one of a few texts.
    Choice { input: String, expected: String },
    /// A list without elements.
    Empty,
    /// An element that stands twice.
    Twice(String),
    /// `ilmd` beside an action other than `ADD`.
    Ilmd,
    /// None of the fields that would say what the event is about.
    Objects(&'static str),
    /// Not a unit of UN/ECE Recommendation 20.
    Unit(String),
    /// Not hexadecimal.
    Hex(String),
    /// Not a version.
    Version(String),
    /// Neither one of the five types of events nor a URI.
    Type(String),
    /// A `persistentDisposition` of nothing.
    Persistent,
    /// The list of faults is full.
    More,
    /// An EPC URI or link of GS1 that says no key: a doubt, not a fault.
    Key { input: String, cause: &'static str, detail: String },
    /// An aggregation made or ended without its parent: a doubt, not a fault.
    Parent(String),
}

impl Flaw {
    fn code(&self) -> &'static str {
        match self {
            Flaw::Missing(_) => "H1530",
            Flaw::Kind { .. } => "H1531",
            Flaw::Unknown(_) => "H1532",
            Flaw::Prefix { .. } => "H1533",
            Flaw::Uri(_) => "H1534",
            Flaw::Time(_) => "H1535",
            Flaw::Offset(_) => "H1536",
            Flaw::Word(_) => "H1537",
            Flaw::Reserved { .. } => "H1538",
            Flaw::Choice { .. } => "H1539",
            Flaw::Empty => "H1540",
            Flaw::Twice(_) => "H1541",
            Flaw::Ilmd => "H1542",
            Flaw::Objects(_) => "H1543",
            Flaw::Unit(_) => "H1544",
            Flaw::Hex(_) => "H1545",
            Flaw::Version(_) => "H1546",
            Flaw::Type(_) => "H1547",
            Flaw::Persistent => "H1548",
            Flaw::More => "H1549",
            Flaw::Key { .. } => "H1550",
            Flaw::Parent(_) => "H1551",
        }
    }

    fn params(self) -> Vec<(&'static str, String)> {
        match self {
            Flaw::Missing(field) => vec![("field", field.to_owned())],
            Flaw::Kind { expected, found } => vec![("expected", expected.to_owned()), ("found", found.to_owned())],
            Flaw::Unknown(field) => vec![("field", shown(&field))],
            Flaw::Prefix { field, prefix } => vec![("field", shown(&field)), ("prefix", shown(&prefix))],
            Flaw::Uri(input)
            | Flaw::Time(input)
            | Flaw::Offset(input)
            | Flaw::Word(input)
            | Flaw::Twice(input)
            | Flaw::Unit(input)
            | Flaw::Hex(input)
            | Flaw::Version(input)
            | Flaw::Type(input) => vec![("input", shown(&input))],
            Flaw::Reserved { input, expected } => vec![("input", shown(&input)), ("expected", expected.to_owned())],
            Flaw::Choice { input, expected } => vec![("input", shown(&input)), ("expected", expected)],
            Flaw::Objects(expected) => vec![("expected", expected.to_owned())],
            Flaw::Key { input, cause, detail } => {
                vec![("input", shown(&input)), ("cause", cause.to_owned()), ("detail", shown(&detail))]
            }
            Flaw::Parent(action) => vec![("action", action)],
            Flaw::Empty | Flaw::Ilmd | Flaw::Persistent | Flaw::More => Vec::new(),
        }
    }
}

/// A text at fault may be as long as the document.
fn shown(text: &str) -> String {
    text.chars().take(MAX_SHOWN).collect()
}

/// Faults as they are found, as many as are listed.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, at: &str, flaw: Flaw) {
        if self.0.len() < MAX_FAULTS {
            let at = at.chars().take(MAX_AT).collect();
            self.0.push(Fault { at, code: flaw.code(), params: flaw.params() });
        } else if self.0.len() == MAX_FAULTS {
            self.0.push(Fault { at: String::new(), code: Flaw::More.code(), params: Flaw::More.params() });
        }
    }

    pub(super) fn into_list(self) -> Vec<Fault> {
        self.0
    }
}

impl Fault {
    /// The short title of the code, without the values.
    #[must_use]
    pub fn title(&self) -> &'static str {
        CODES.iter().find(|(code, _)| *code == self.code).map_or("", |(_, title)| *title)
    }
}

/// Place, title and values in a line, for logs; the catalogue has sentences for people.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, place) = if self.at.is_empty() { ("", "") } else { (" at ", self.at.as_str()) };
        write!(f, "{}{before}{place}: {}", self.code, self.title())?;
        self.params.iter().try_for_each(|(name, value)| write!(f, ", {name} {value:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Every code that `code()` can return, read from this file, so that a new variant cannot be forgotten in `CODES`.
    fn codes_of_variants() -> Vec<&'static str> {
        let body = include_str!("fault.rs").split("fn code(&self)").nth(1).unwrap().split("fn params").next().unwrap();
        body.lines().filter_map(|line| line.split_once("=> \"")).map(|(_, rest)| &rest[..5]).collect()
    }

    #[test]
    fn codes_are_complete_unique_and_in_range() {
        let listed: Vec<&str> = CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(listed, codes_of_variants());
        assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), listed.len());
        assert!(listed.iter().all(|code| ("H1530".."H1560").contains(code)));
    }

    #[test]
    fn a_full_list_says_so_and_grows_no_more() {
        let mut faults = Faults::default();
        (0..MAX_FAULTS).for_each(|_| faults.add("/a", Flaw::Empty));
        assert_eq!(faults.0.last().map(|fault| fault.code), Some("H1540"));
        faults.add("/a", Flaw::Empty);
        assert_eq!(faults.0.last().map(|fault| fault.code), Some("H1549"));
        faults.add("/a", Flaw::Empty);
        assert_eq!(faults.into_list().len(), MAX_FAULTS + 1);
        let mut faults = Faults::default();
        faults.add(&"/name".repeat(1_000_000), Flaw::Empty);
        assert_eq!(faults.into_list()[0].at.len(), MAX_AT);
    }

    #[test]
    fn a_fault_reads_as_a_line() {
        let mut faults = Faults::default();
        faults.add("", Flaw::Missing("type"));
        faults.add("/epcList/0", Flaw::Uri("é".repeat(MAX_SHOWN + 1)));
        let lines: Vec<String> = faults.into_list().iter().map(Fault::to_string).collect();
        assert_eq!(lines[0], "H1530: a required field is missing, field \"type\"");
        assert_eq!(lines[1], format!("H1534 at /epcList/0: this is not a URI, input {:?}", "é".repeat(MAX_SHOWN)));
    }
}
