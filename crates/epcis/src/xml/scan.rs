//! A look at the text before it is parsed: that it declares nothing, and that its tree will be bounded.

use std::ops::Range;

use crate::error::{EpcisError, shown};
use crate::source::{MAX_DEPTH, MAX_MEMBERS, MAX_VALUES, place};

pub(super) const DOCTYPE: &str = "a document type declaration";

/// Namespaces that are declared on an element and on those around it. The parser copies them to each element that
/// declares another.
pub(super) const MAX_NAMESPACES: usize = 64;

/// Looks at a text, and says where a document type declaration stands that declares nothing.
///
/// What is not well-formed is left to the parser to complain of.
pub(super) fn check(text: &str) -> Result<Option<Range<usize>>, EpcisError> {
    encoding(text)?;
    // The parser makes room for a node and an attribute at each of these signs.
    for sign in ['<', '='] {
        if let Some((at, _)) = text.match_indices(sign).nth(MAX_VALUES) {
            let (line, column) = place(text.as_bytes(), at);
            return Err(EpcisError::TooMany { line, column, what: "tags or attributes", max: MAX_VALUES });
        }
    }
    let mut scan = Scan { text, at: 0, open: Vec::new(), namespaces: 0, doctype: None };
    scan.run()?;
    Ok(scan.doctype)
}

/// UTF-8 is what the bytes are; a declaration that says otherwise is wrong, or they are not what they seem.
fn encoding(text: &str) -> Result<(), EpcisError> {
    let declaration = text.strip_prefix("<?xml ").and_then(|rest| rest.split_once("?>"));
    let Some((_, rest)) = declaration.and_then(|(declaration, _)| declaration.split_once("encoding")) else {
        return Ok(());
    };
    let named = rest.trim_start().trim_start_matches('=').trim_start();
    let named = named.get(1..).and_then(|named| named.split(['"', '\'']).next()).unwrap_or_default();
    if ["UTF-8", "UTF8", "US-ASCII"].iter().any(|known| named.eq_ignore_ascii_case(known)) {
        Ok(())
    } else {
        Err(EpcisError::Encoding { found: shown(named) })
    }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// How many namespaces each open element declares.
    open: Vec<usize>,
    /// How many these are.
    namespaces: usize,
    doctype: Option<Range<usize>>,
}

impl<'a> Scan<'a> {
    fn run(&mut self) -> Result<(), EpcisError> {
        while let Some(found) = self.rest().find('<') {
            self.at += found;
            let rest = self.rest();
            if rest.starts_with("<!--") {
                self.skip(4, "-->");
            } else if rest.starts_with("<![CDATA[") {
                self.skip(9, "]]>");
            } else if rest.starts_with("<?") {
                self.skip(2, "?>");
            } else if rest.starts_with("<!") {
                self.declaration()?;
            } else if rest.starts_with("</") {
                self.namespaces -= self.open.pop().unwrap_or_default();
                self.skip(2, ">");
            } else {
                self.element()?;
            }
        }
        Ok(())
    }

    /// Steps behind an end, or behind everything, if it does not come.
    fn skip(&mut self, from: usize, end: &str) {
        let rest = self.rest();
        let found = rest.get(from..).and_then(|inner| inner.find(end));
        self.at += found.map_or(rest.len(), |at| from + at + end.len());
    }

    fn declaration(&mut self) -> Result<(), EpcisError> {
        let rest = self.rest();
        let length = rest.find('>').map_or(rest.len(), |at| at + 1);
        let inner = rest.get(..length).and_then(|it| it.strip_prefix("<!DOCTYPE")?.strip_suffix('>'));
        let names_its_root = |inner: &str| {
            inner.starts_with(char::is_whitespace)
                && inner.split_whitespace().count() == 1
                && !inner.contains(['[', ']', '"', '\'', '&', '%', '<'])
        };
        if !inner.is_some_and(names_its_root) || self.doctype.is_some() || !self.open.is_empty() {
            let (line, column) = self.place();
            return Err(EpcisError::Declared { line, column, what: DOCTYPE });
        }
        self.doctype = Some(self.at..self.at + length);
        self.at += length;
        Ok(())
    }

    fn element(&mut self) -> Result<(), EpcisError> {
        if self.open.len() >= MAX_DEPTH {
            let (line, column) = self.place();
            return Err(EpcisError::TooDeep { line, column, max: MAX_DEPTH });
        }
        let tag = Tag::of(self.rest().as_bytes());
        if tag.attributes > MAX_MEMBERS {
            return Err(self.too_many("attributes of one element", MAX_MEMBERS));
        }
        if self.namespaces + tag.namespaces > MAX_NAMESPACES {
            return Err(self.too_many("namespaces in one place", MAX_NAMESPACES));
        }
        if !tag.is_closed {
            self.open.push(tag.namespaces);
            self.namespaces += tag.namespaces;
        }
        self.at += tag.length;
        Ok(())
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn place(&self) -> (usize, usize) {
        place(self.text.as_bytes(), self.at)
    }

    fn too_many(&self, what: &'static str, max: usize) -> EpcisError {
        let (line, column) = self.place();
        EpcisError::TooMany { line, column, what, max }
    }
}

/// The first tag of an element.
struct Tag {
    length: usize,
    attributes: usize,
    namespaces: usize,
    is_closed: bool,
}

impl Tag {
    fn of(bytes: &[u8]) -> Tag {
        let mut tag = Tag { length: bytes.len(), attributes: 0, namespaces: 0, is_closed: false };
        // Where the name of the attribute begins, and whether another may begin.
        let (mut quote, mut name, mut is_between) = (None, 0, true);
        for (at, byte) in bytes.iter().copied().enumerate() {
            match (quote, byte) {
                (Some(open), _) if open == byte => (quote, is_between) = (None, true),
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'=') => {
                    let is_namespace = bytes.get(name..at).is_some_and(|name| name.starts_with(b"xmlns"));
                    tag.attributes += 1;
                    tag.namespaces += usize::from(is_namespace);
                    is_between = true;
                }
                (None, b'>') => {
                    tag.length = at + 1;
                    tag.is_closed = bytes.get(..at).is_some_and(|before| before.ends_with(b"/"));
                    return tag;
                }
                (None, _) if byte.is_ascii_whitespace() => is_between = true,
                (None, _) if is_between => (name, is_between) = (at, false),
                (None, _) => {}
            }
        }
        tag
    }
}
