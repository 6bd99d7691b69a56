//! GS1 Digital Link URIs, uncompressed (GS1 Digital Link Standard: URI Syntax, section 4).
pub(crate) mod path;

use std::iter;

use crate::element::Element;
use crate::{CodeError, Elements, ai, bounded_ascii, percent};
use path::{Pair, Piece, Spelling, Uri};

/// The host of canonical links (URI Syntax, section 5).
pub const CANONICAL_STEM: &str = "https://id.gs1.org";

/// Whether `input` begins like a web address, with the scheme in small letters or in capitals.
#[must_use]
pub fn is_web_uri(input: &str) -> bool {
    path::strip_scheme(input).is_some()
}

/// A link that was read, and what it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    elements: Elements,
    in_path: usize,
    aside: Vec<String>,
    is_canonical: bool,
}

impl Link {
    /// Key and qualifiers in the order of the path, then the attributes of the query.
    #[must_use]
    pub const fn elements(&self) -> &Elements {
        &self.elements
    }

    /// The parameters of the query that are not application identifiers, as they stood there.
    #[must_use]
    pub fn aside(&self) -> &[String] {
        &self.aside
    }

    /// Whether the link was written as [`Link::canonical`] writes it.
    #[must_use]
    pub const fn is_canonical(&self) -> bool {
        self.is_canonical
    }

    /// The canonical link: path and query hold what they held, each value in its one form.
    #[must_use]
    pub fn canonical(&self) -> String {
        let path: Vec<&Element> = self.elements.iter().take(self.in_path).collect();
        let query: Vec<&Element> = self.elements.iter().skip(self.in_path).collect();
        write(&path, &query)
    }
}

/// Reads a link with any host and path prefix: `https://example.com/shop/01/09521234543213/10/L1?17=270131`.
///
/// The result begins with the key and its qualifiers; attributes of the query follow. Query parameters that are not
/// numbers, and the fragment, are dropped. Which identifiers must stand together is asked of [`Elements::check`].
/// Errors: [`CodeError::LinkScheme`] and the other `Link` variants, [`CodeError::UnknownAi`], and what
/// [`Elements::push`] says of the values.
pub fn parse(input: &str) -> Result<Elements, CodeError> {
    read_as(input, Spelling::Current).map(|link| link.elements)
}

/// Reads a link as [`parse`] does, and also as versions 1.0 and 1.1 of the standard allowed: names such as `gtin` and
/// `lot` for identifiers in the path, and GTINs of 8, 12 or 13 digits, which are filled up with zeros to 14.
/// Errors as for [`parse`].
pub fn read(input: &str) -> Result<Link, CodeError> {
    read_as(input, Spelling::Older)
}

/// Reads the path of a canonical link without host: `01/09521234543213/10/L1`. Nothing may stand before the key.
/// Errors as for [`parse`].
pub fn parse_short_path(input: &str) -> Result<Elements, CodeError> {
    bounded_ascii(input)?;
    path::check_characters(input)?;
    if let Some((position, found)) = input.char_indices().find(|(_, c)| matches!(c, '?' | '#')) {
        return Err(CodeError::LinkCharacter { input: input.to_owned(), position, found });
    }
    let pieces = path::pieces(input, '/', 0);
    let pairs = path::find_key(&pieces, Spelling::Current);
    let Some(pairs) = pairs.filter(|pairs| pairs.len().saturating_mul(2) == pieces.len()) else {
        return Err(CodeError::LinkNoKey { input: input.to_owned() });
    };
    path::check_sequence(input, &pairs)?;
    read_path(input, Spelling::Current, &pairs)
}

/// Writes the canonical link: [`CANONICAL_STEM`], key and qualifiers in the path, everything else in the query, first
/// the identifiers of predefined length, each group in the order given. The key is the first one of which all the rest
/// can be qualifiers or attributes.
///
/// Errors: [`CodeError::LinkNoKey`]; of the first key, [`CodeError::LinkSequence`] where its qualifiers may not stand
/// together, [`CodeError::LinkQualifierInQuery`] for a qualifier of another key, [`CodeError::LinkAttribute`] for what
/// stands in no link.
pub fn format(elements: &Elements) -> Result<String, CodeError> {
    let mut fault = None;
    for key in elements.iter().filter(|element| element.rule().dl_key) {
        match arrange(elements, key) {
            Ok((path, query)) => return Ok(write(&path, &query)),
            Err(error) => fault = fault.or(Some(error)),
        }
    }
    Err(fault.unwrap_or_else(|| CodeError::LinkNoKey { input: elements.to_bracketed() }))
}

/// Any link as its canonical link. Errors as for [`parse`].
pub fn canonicalise(input: &str) -> Result<String, CodeError> {
    read_as(input, Spelling::Current).map(|link| link.canonical())
}

/// A GTIN of 8, 12 or 13 digits with the zeros before it that make 14 (General Specifications 3.3.2); other text as it
/// is.
pub(crate) fn pad_gtin(value: String) -> String {
    let short = matches!(value.len(), 8 | 12 | 13) && value.bytes().all(|byte| byte.is_ascii_digit());
    if short { format!("{value:0>14}") } else { value }
}

fn read_as(input: &str, spelling: Spelling) -> Result<Link, CodeError> {
    let uri = Uri::split(input)?;
    let pairs = uri.pairs(spelling)?;
    let mut elements = read_path(input, spelling, &pairs)?;
    let aside = read_query(input, spelling, &pairs, &uri.query, &mut elements)?;
    // A path names each identifier once.
    let mut link = Link { elements, in_path: pairs.len(), aside, is_canonical: false };
    link.is_canonical = link.canonical() == input;
    Ok(link)
}

fn read_path(input: &str, spelling: Spelling, pairs: &[Pair<'_>]) -> Result<Elements, CodeError> {
    let mut elements = Elements::default();
    for Pair { ai, value, offset } in pairs {
        push(&mut elements, spelling, ai, path::value(input, *offset, value, percent::decode)?)?;
    }
    Ok(elements)
}

/// Adds the attributes of the query to `elements` and returns the other parameters.
fn read_query(
    input: &str,
    spelling: Spelling,
    pairs: &[Pair<'_>],
    parameters: &[Piece<'_>],
    elements: &mut Elements,
) -> Result<Vec<String>, CodeError> {
    let mut aside = Vec::new();
    for Piece { offset, text } in parameters.iter().filter(|piece| !piece.text.is_empty()) {
        let numbered = |ai: &str| !ai.is_empty() && ai.bytes().all(|byte| byte.is_ascii_digit());
        let Some((ai, value)) = text.split_once('=').filter(|(ai, _)| numbered(ai)) else {
            aside.push((*text).to_owned());
            continue;
        };
        check_attribute(input, *offset, pairs, ai)?;
        let offset = offset.saturating_add(ai.len()).saturating_add(1);
        push(elements, spelling, ai, path::value(input, offset, value, percent::decode_query)?)?;
    }
    Ok(aside)
}

fn push(elements: &mut Elements, spelling: Spelling, ai: &str, value: String) -> Result<(), CodeError> {
    let value = if spelling == Spelling::Older && ai == "01" { pad_gtin(value) } else { value };
    elements.push(ai, &value)
}

/// What the path takes, or has, may not stand in the query too.
fn check_attribute(input: &str, position: usize, pairs: &[Pair<'_>], ai: &str) -> Result<(), CodeError> {
    let Some(rule) = ai::find(ai) else {
        return Err(CodeError::UnknownAi { input: input.to_owned(), position, ai: ai.to_owned() });
    };
    if path::takes(pairs, ai) {
        return Err(CodeError::LinkQualifierInQuery { input: input.to_owned(), ai: ai.to_owned() });
    }
    if rule.dl_attribute { Ok(()) } else { Err(no_attribute(input, ai)) }
}

fn no_attribute(input: &str, ai: &str) -> CodeError {
    let (input, ai) = (input.to_owned(), ai.to_owned());
    if path::is_qualifier(&ai) {
        CodeError::LinkQualifierInQuery { input, ai }
    } else {
        CodeError::LinkAttribute { input, ai }
    }
}

/// What stands in the path of a link with this key, and what in its query.
fn arrange<'a>(elements: &'a Elements, key: &'a Element) -> Result<(Vec<&'a Element>, Vec<&'a Element>), CodeError> {
    let find = |ai: &str| elements.iter().find(|element| element.ai() == ai);
    let sequences = key.rule().qualifiers();
    let present: Vec<&str> = sequences.iter().copied().flatten().copied().filter(|ai| find(ai).is_some()).collect();
    let whole = |sequence: &&[&str]| present.iter().all(|ai| sequence.iter().any(|of_key| of_key == ai));
    let sequence = match (sequences.iter().copied().find(whole), present.last()) {
        (Some(sequence), _) => sequence,
        (None, None) => &[],
        (None, Some(ai)) => {
            let (key, ai) = (key.ai().to_owned(), (*ai).to_owned());
            return Err(CodeError::LinkSequence { input: elements.to_bracketed(), key, ai });
        }
    };
    let path: Vec<&Element> = iter::once(key).chain(sequence.iter().filter_map(|ai| find(ai))).collect();
    let in_path = |ai: &str| path.iter().any(|element| element.ai() == ai);
    let query: Vec<&Element> = elements.iter().filter(|element| !in_path(element.ai())).collect();
    if let Some(element) = query.iter().find(|element| !element.rule().dl_attribute) {
        return Err(no_attribute(&elements.to_bracketed(), element.ai()));
    }
    Ok((path, query))
}

fn write(path: &[&Element], query: &[&Element]) -> String {
    let mut out = CANONICAL_STEM.to_owned();
    for element in path {
        out.push_str(&format!("/{}/{}", element.ai(), percent::encode(element.value())));
    }
    let mut separator = '?';
    for predefined in [true, false] {
        for element in query.iter().filter(|element| element.rule().predefined == predefined) {
            out.push_str(&format!("{separator}{}={}", element.ai(), percent::encode(element.value())));
            separator = '&';
        }
    }
    out
}

#[cfg(test)]
#[path = "digital_link/tests.rs"]
mod tests;
