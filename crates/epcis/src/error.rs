//! Every way in which a document can be refused, with its stable code.

use thiserror::Error;

/// The longest piece of a document that an error repeats, in characters.
const SHOWN: usize = 80;

/// Why bytes are no EPCIS document, or an event has no hash.
///
/// Fields mean the same in every variant: `line` and `column` count from 1, columns in characters; `found` is what
/// stands there, cut to a few words; `max` is the bound that was passed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the fields are explained once, above")]
pub enum EpcisError {
    // H150x: any text, and JSON
    /// The document is longer than the bound.
    #[error("this document is too long: {found} bytes, at most {max} allowed")]
    TooLong { found: usize, max: usize },
    /// Bytes that are not UTF-8.
    #[error("line {line}, column {column}: the bytes are not UTF-8")]
    NotUtf8 { line: usize, column: usize },
    /// Objects, arrays or elements within each other, more than the bound.
    #[error("line {line}, column {column}: nested more than {max} deep")]
    TooDeep { line: usize, column: usize, max: usize },
    /// More values, members, elements, attributes, namespaces or events than the bound.
    #[error("line {line}, column {column}: more than {max} {what}")]
    TooMany { line: usize, column: usize, what: &'static str, max: usize },
    /// Not JSON.
    #[error("line {line}, column {column}: {expected} is expected, and {found} stands there")]
    Syntax { line: usize, column: usize, expected: &'static str, found: String },
    /// An object that has one name twice.
    #[error("line {line}, column {column}: the name {found:?} stands twice in one object")]
    Duplicate { line: usize, column: usize, found: String },
    /// A control character, NUL, or half of a surrogate pair.
    #[error("line {line}, column {column}: {found} may not stand in a text")]
    Character { line: usize, column: usize, found: String },

    // H151x: XML
    /// Not well-formed XML.
    #[error("line {line}, column {column}: not well-formed XML: {found}")]
    Xml { line: usize, column: usize, found: String },
    /// A document type declaration that declares something or names another file; a reference to an entity.
    #[error("line {line}, column {column}: {what} is not accepted")]
    Declared { line: usize, column: usize, what: &'static str },
    /// An encoding other than UTF-8 in the XML declaration.
    #[error("the encoding {found:?} is not accepted")]
    Encoding { found: String },

    // H152x: EPCIS
    /// Neither EPCISDocument, nor EPCISQueryDocument, nor an event.
    #[error("{found:?} is neither an EPCIS document, nor a query document, nor an event")]
    NotEpcis { found: String },
    /// A version of EPCIS that is not read in this format.
    #[error("EPCIS {found} is not read in this format")]
    Version { found: String },
    /// The list of events is missing, or something else stands in its place.
    #[error("there is no list of events at {at}")]
    NoEvents { at: String },
    /// Something else than an event in the list of events.
    #[error("{at} is not an event")]
    NotEvent { at: String },
    /// A document whose contexts name none of GS1, so that no name in it has a meaning.
    #[error("the context of the document names none of the contexts of GS1")]
    ContextMissing,
    /// A context that is not of the profile.
    #[error("the context {found:?} is not known")]
    ContextUnknown { found: String },
    /// A definition in a context that is not of the profile.
    #[error("the definition of {found:?} in the context is not accepted")]
    ContextTerm { found: String },
    /// A name with a prefix that no context declares.
    #[error("the prefix of {found:?} is not declared")]
    PrefixUnknown { found: String },
    /// A field that the event hash cannot take up: no text where one must stand, or no time.
    #[error("the field {field:?} has no value that can be hashed: {found}")]
    Unhashable { field: String, found: String },
    /// The pre-hash string is longer than the bound.
    #[error("the text to be hashed is longer than {max} bytes")]
    HashTooLong { max: usize },
    /// It asks of the ledger what cannot be done so.
    #[error(transparent)]
    Asked(#[from] crate::intent::AskError),
}

impl EpcisError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "H1500",
            Self::NotUtf8 { .. } => "H1501",
            Self::TooDeep { .. } => "H1502",
            Self::TooMany { .. } => "H1503",
            Self::Syntax { .. } => "H1504",
            Self::Duplicate { .. } => "H1505",
            Self::Character { .. } => "H1506",
            Self::Xml { .. } => "H1510",
            Self::Declared { .. } => "H1511",
            Self::Encoding { .. } => "H1512",
            Self::NotEpcis { .. } => "H1520",
            Self::Version { .. } => "H1521",
            Self::NoEvents { .. } => "H1522",
            Self::NotEvent { .. } => "H1523",
            Self::ContextMissing => "H1524",
            Self::ContextUnknown { .. } => "H1525",
            Self::ContextTerm { .. } => "H1526",
            Self::PrefixUnknown { .. } => "H1527",
            Self::Unhashable { .. } => "H1528",
            Self::HashTooLong { .. } => "H1529",
            Self::Asked(error) => error.code(),
        }
    }

    /// The values of the error, by name.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, String)> {
        let with = |line: &usize, column: &usize, rest: &[(&'static str, String)]| -> Vec<(&'static str, String)> {
            let place = [("line", line.to_string()), ("column", column.to_string())];
            place.into_iter().chain(rest.iter().cloned()).collect()
        };
        match self {
            Self::TooLong { found, max } => vec![("found", found.to_string()), ("max", max.to_string())],
            Self::NotUtf8 { line, column } => with(line, column, &[]),
            Self::TooDeep { line, column, max } => with(line, column, &[("max", max.to_string())]),
            Self::TooMany { line, column, what, max } => {
                with(line, column, &[("what", (*what).to_owned()), ("max", max.to_string())])
            }
            Self::Syntax { line, column, expected, found } => {
                with(line, column, &[("expected", (*expected).to_owned()), ("found", found.clone())])
            }
            Self::Duplicate { line, column, found }
            | Self::Character { line, column, found }
            | Self::Xml { line, column, found } => with(line, column, &[("found", found.clone())]),
            Self::Declared { line, column, what } => with(line, column, &[("what", (*what).to_owned())]),
            Self::Encoding { found }
            | Self::NotEpcis { found }
            | Self::Version { found }
            | Self::ContextUnknown { found }
            | Self::ContextTerm { found }
            | Self::PrefixUnknown { found } => vec![("found", found.clone())],
            Self::NoEvents { at } | Self::NotEvent { at } => vec![("at", at.clone())],
            Self::ContextMissing => Vec::new(),
            Self::Unhashable { field, found } => vec![("field", field.clone()), ("found", found.clone())],
            Self::HashTooLong { max } => vec![("max", max.to_string())],
            Self::Asked(error) => error.params(),
        }
    }
}

/// The beginning of a text, so that no error is as long as the document that it complains of.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_in_range() {
        let source = include_str!("error.rs");
        let body = source.split("pub fn code(&self)").nth(1).unwrap().split("pub fn params").next().unwrap();
        let codes: Vec<&str> = body.lines().filter_map(|line| line.split_once("=> \"")).map(|(_, r)| &r[..5]).collect();
        assert_eq!(codes.len(), 20);
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        assert!(codes.iter().all(|code| ("H1500".."H1530").contains(code)));
    }

    #[test]
    fn what_is_shown_is_short() {
        assert_eq!(shown("血"), "血");
        assert_eq!(shown(&"血".repeat(SHOWN)), "血".repeat(SHOWN));
        assert_eq!(shown(&"血".repeat(SHOWN + 1)), format!("{}…", "血".repeat(SHOWN)));
    }

    #[test]
    fn values_stand_by_their_names() {
        let error = EpcisError::TooMany { line: 2, column: 3, what: "events", max: 4 };
        let params = error.params();
        assert_eq!(params.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["line", "column", "what", "max"]);
        assert_eq!(error.to_string(), "line 2, column 3: more than 4 events");
    }
}
