//! XML of EPCIS 2.0 and 1.x, read into the shape of EPCIS 2.0 in JSON.
//!
//! One shape, so that rules, hash and mapping see the same event whatever it was written in. The bytes are kept beside
//! it: the shape says nothing of comments, blanks and prefixes.
//!
//! A document type declaration that declares nothing (`<!DOCTYPE project>`) is stepped over; any other is refused, and
//! so is every reference to an entity but the five of XML itself. Nothing outside the document is looked at.

mod scan;
mod shape;

use std::borrow::Cow;

use roxmltree::{Document, Error, ParsingOptions};

use crate::error::{EpcisError, shown};
use crate::json::Read;
use crate::source::{MAX_VALUES, text};
use crate::value::Value;

/// Nodes of the tree: elements, and the blanks, comments and instructions between them.
const MAX_NODES: u32 = 1_500_000;

/// Reads a document, a query document or an event.
///
/// Words of the standard's lists come out bare (`shipping`), quantities and values as numbers, lists and objects as in
/// JSON. Members of other namespaces have a prefix that the `@context` of the result declares. Attributes of such
/// elements become members, and a text beside them `#text`. `extension` and `baseExtension`, within which EPCIS 1.x
/// puts what is newer, are opened; attributes of XML Schema (`xsi:type`) are left out.
///
/// ```
/// let event = b"<ObjectEvent><bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep></ObjectEvent>";
/// let value = epcis::xml::parse(event)?;
/// assert_eq!(value.get("bizStep").and_then(epcis::Value::as_text), Some("shipping"));
/// # Ok::<(), epcis::EpcisError>(())
/// ```
pub fn parse(bytes: &[u8]) -> Result<Value, EpcisError> {
    read(bytes).map(|read| read.value)
}

pub(crate) fn read(bytes: &[u8]) -> Result<Read, EpcisError> {
    let (text, base) = text(bytes)?;
    let text = match scan::check(text)? {
        None => Cow::Borrowed(text),
        Some(doctype) => {
            let mut text = text.to_owned();
            text.replace_range(doctype.clone(), &" ".repeat(doctype.len()));
            Cow::Owned(text)
        }
    };
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(&text, options).map_err(|error| refused(&error))?;
    shape::document(&document, base)
}

fn refused(error: &Error) -> EpcisError {
    let place = error.pos();
    let (line, column) = (place.row as usize, place.col as usize);
    match error {
        Error::DtdDetected => EpcisError::Declared { line, column, what: scan::DOCTYPE },
        Error::UnknownEntityReference(..) => EpcisError::Declared { line, column, what: "a reference to an entity" },
        Error::NodesLimitReached | Error::AttributesLimitReached | Error::NamespacesLimitReached => {
            EpcisError::TooMany { line, column, what: "elements", max: MAX_VALUES }
        }
        other => EpcisError::Xml { line, column, found: shown(&other.to_string()) },
    }
}

#[cfg(test)]
mod tests;
