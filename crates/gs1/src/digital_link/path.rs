//! The parts of a link: where its key stands, and which identifiers may follow it.
use crate::{CodeError, ai, bounded_ascii, percent};

/// How the identifiers of a path may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As numbers.
    Current,
    /// As numbers or by [`NAMES`], as versions 1.0 and 1.1 of the standard allowed.
    Older,
}

/// Names of keys and qualifiers in links of version 1.0 and 1.1.
const NAMES: &[(&str, &str)] = &[
    ("sscc", "00"),
    ("gtin", "01"),
    ("lot", "10"),
    ("ser", "21"),
    ("cpv", "22"),
    ("gdti", "253"),
    ("glnx", "254"),
    ("gcn", "255"),
    ("ginc", "401"),
    ("gsin", "402"),
    ("gln", "414"),
    ("payto", "415"),
    ("party", "417"),
    ("grai", "8003"),
    ("giai", "8004"),
    ("itip", "8006"),
    ("cpid", "8010"),
    ("cpsn", "8011"),
    ("gmn", "8013"),
    ("gsrnp", "8017"),
    ("gsrn", "8018"),
    ("srin", "8019"),
    ("refno", "8020"),
];

/// The alphabet of compressed links (RFC 4648 section 5).
const BASE64URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A compressed GTIN, which is the shortest key: 8 bits for the identifier, 47 for the value.
const COMPRESSED_MIN: usize = 10;

/// A piece of the input and the offset at which it stands.
pub(crate) struct Piece<'a> {
    pub(crate) offset: usize,
    pub(crate) text: &'a str,
}

/// An identifier and its value, still percent-encoded, which stands at `offset`.
pub(crate) struct Pair<'a> {
    pub(crate) ai: &'a str,
    pub(crate) value: &'a str,
    pub(crate) offset: usize,
}

/// A link, taken apart. Scheme, host and fragment say nothing about the item.
pub(crate) struct Uri<'a> {
    input: &'a str,
    path: Vec<Piece<'a>>,
    pub(crate) query: Vec<Piece<'a>>,
}

impl<'a> Uri<'a> {
    /// Errors: too long, not ASCII, scheme, character, host.
    pub(crate) fn split(input: &'a str) -> Result<Self, CodeError> {
        bounded_ascii(input)?;
        let Some(rest) = strip_scheme(input) else {
            return Err(CodeError::LinkScheme { input: input.to_owned() });
        };
        check_characters(input)?;
        let start = input.len().saturating_sub(rest.len());
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (location, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = location.split_once('/').unwrap_or((location, ""));
        check_host(input, start, host)?;
        let path_start = start.saturating_add(host.len()).saturating_add(1);
        let query_start = start.saturating_add(location.len()).saturating_add(1);
        Ok(Self { input, path: pieces(path, '/', path_start), query: pieces(query, '&', query_start) })
    }

    /// The key and its qualifiers. Errors: no key, a compressed link, qualifiers out of order.
    pub(crate) fn pairs(&self, spelling: Spelling) -> Result<Vec<Pair<'a>>, CodeError> {
        let Some(pairs) = find_key(&self.path, spelling) else {
            let input = self.input.to_owned();
            let compressed = is_compressed(&self.path);
            return Err(if compressed { CodeError::LinkCompressed { input } } else { CodeError::LinkNoKey { input } });
        };
        check_sequence(self.input, &pairs)?;
        Ok(pairs)
    }
}

pub(crate) fn strip_scheme(input: &str) -> Option<&str> {
    ["https://", "http://", "HTTPS://", "HTTP://"].iter().find_map(|scheme| input.strip_prefix(scheme))
}

pub(crate) fn pieces(text: &str, separator: char, start: usize) -> Vec<Piece<'_>> {
    let mut offset = start;
    let split = text.split(separator).map(|text| {
        let piece = Piece { offset, text };
        offset = offset.saturating_add(text.len()).saturating_add(1);
        piece
    });
    split.collect()
}

/// From the right, pair by pair, up to the first key: what stands before it is the path prefix of the host.
pub(crate) fn find_key<'a>(segments: &[Piece<'a>], spelling: Spelling) -> Option<Vec<Pair<'a>>> {
    let mut pairs = Vec::new();
    for chunk in segments.rchunks_exact(2) {
        let [Piece { text: name, .. }, Piece { text: value, offset }] = chunk else {
            return None;
        };
        let ai = identifier(name, spelling)?;
        pairs.push(Pair { ai, value, offset: *offset });
        if ai::find(ai).is_some_and(|rule| rule.dl_key) {
            pairs.reverse();
            return Some(pairs);
        }
    }
    None
}

fn identifier(name: &str, spelling: Spelling) -> Option<&str> {
    let of_name = NAMES.iter().find(|(known, _)| spelling == Spelling::Older && *known == name).map(|(_, ai)| *ai);
    of_name.or_else(|| ai::find(name).map(|_| name))
}

/// The qualifiers must follow in the order of one of the key's sequences, of which any may be left out.
pub(crate) fn check_sequence(input: &str, pairs: &[Pair<'_>]) -> Result<(), CodeError> {
    let Some((key, qualifiers)) = pairs.split_first() else { return Ok(()) };
    let sequences = sequences_of(key.ai);
    for (count, last) in (1..).zip(qualifiers) {
        let in_order = |sequence: &&[&str]| {
            let mut allowed = sequence.iter();
            // Searching on from the last match is what makes the order count.
            qualifiers.iter().take(count).all(|pair| allowed.any(|ai| *ai == pair.ai))
        };
        if !sequences.iter().any(in_order) {
            let (key, ai) = (key.ai.to_owned(), last.ai.to_owned());
            return Err(CodeError::LinkSequence { input: input.to_owned(), key, ai });
        }
    }
    Ok(())
}

/// Whether `ai` has a place in this path, beside the qualifiers that stand there or as one of them.
pub(crate) fn takes(pairs: &[Pair<'_>], ai: &str) -> bool {
    let Some((key, qualifiers)) = pairs.split_first() else { return false };
    sequences_of(key.ai).iter().any(|sequence| {
        let has = |ai: &str| sequence.contains(&ai);
        has(ai) && qualifiers.iter().all(|pair| has(pair.ai))
    })
}

/// Whether `ai` qualifies any key.
pub(crate) fn is_qualifier(ai: &str) -> bool {
    ai::TABLE.iter().flat_map(|rule| rule.qualifiers()).any(|sequence| sequence.contains(&ai))
}

fn sequences_of(key: &str) -> &'static [&'static [&'static str]] {
    match ai::find(key) {
        Some(rule) => rule.qualifiers(),
        None => &[],
    }
}

/// A value without its percent-encoding. Errors: as for [`percent::decode`], and control characters, which no value
/// holds: %1D would end an element string, %00 the text of many programs.
pub(crate) fn value(
    input: &str,
    offset: usize,
    part: &str,
    decode: fn(&str, usize, &str) -> Result<String, CodeError>,
) -> Result<String, CodeError> {
    let value = decode(input, offset, part)?;
    match percent::control(part) {
        Some((position, found)) => {
            let position = offset.saturating_add(position);
            Err(CodeError::LinkControl { input: input.to_owned(), position, found })
        }
        None => Ok(value),
    }
}

/// RFC 3986 section 2: unreserved, reserved, and the percent sign.
pub(crate) fn check_characters(input: &str) -> Result<(), CodeError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    match input.char_indices().find(|(_, c)| !allowed(*c)) {
        Some((position, found)) => Err(CodeError::LinkCharacter { input: input.to_owned(), position, found }),
        None => Ok(()),
    }
}

/// A host name or address, with port: letters, digits, `-`, `.`, `_`, `:`, and the brackets of IPv6.
fn check_host(input: &str, start: usize, host: &str) -> Result<(), CodeError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    let fault = host.char_indices().find(|(_, c)| !allowed(*c)).map(|(position, _)| position);
    match fault.or(host.is_empty().then_some(0)) {
        Some(position) => {
            Err(CodeError::LinkHost { input: input.to_owned(), position: start.saturating_add(position) })
        }
        None => Ok(()),
    }
}

/// Whether a path without a key looks like a compressed link: its last segment is base64 of the kind for URIs, and
/// stands behind a key or begins with the bits of one (GS1 Digital Link Standard: Compression).
fn is_compressed(segments: &[Piece<'_>]) -> bool {
    let Some((last, before)) = segments.split_last() else { return false };
    if last.text.len() < COMPRESSED_MIN || !last.text.chars().all(|c| BASE64URL.contains(c)) {
        return false;
    }
    find_key(before, Spelling::Current).is_some() || begins_with_key(last.text)
}

/// The first byte holds the first two digits of the key's identifier, or the code of a key with what often stands
/// beside it.
fn begins_with_key(text: &str) -> bool {
    let mut sextets = text.chars().map_while(|c| u8::try_from(BASE64URL.find(c)?).ok());
    let (Some(first), Some(second)) = (sextets.next(), sextets.next()) else { return false };
    let byte = first.saturating_mul(4).saturating_add(second / 16);
    let key = matches!(byte, 0x00 | 0x01 | 0x25 | 0x40 | 0x41 | 0x80);
    key || matches!(byte, 0x0A..=0x0F | 0x1A..=0x1F | 0x2A..=0x2F | 0x3A..=0x3F | 0x9A..=0x9D | 0xA0..=0xA9 | 0xC0..=0xCD)
}
