//! GS1 Digital Link URIs, uncompressed (GS1 Digital Link Standard: URI Syntax, section 4).
use crate::ai::{self, AiRule};
use crate::percent;
use crate::{CodeError, Elements, bounded_ascii};

/// The host of canonical links (URI Syntax, section 5).
pub const CANONICAL_STEM: &str = "https://id.gs1.org";

/// Keys in order of precedence, each with its qualifiers in the order of the path (URI Syntax, section 4.9).
const KEYS: &[(&str, &[&str])] = &[("01", &["22", "10", "21"]), ("00", &[]), ("414", &[])];

/// Identifiers that are only ever qualifiers, never attributes in a query.
const NEVER_IN_QUERY: &[&str] = &["21", "22"];

fn qualifiers_of(key: &str) -> Option<&'static [&'static str]> {
    KEYS.iter().find(|(known, _)| *known == key).map(|(_, qualifiers)| *qualifiers)
}

/// Whether `input` begins like a web address, with the scheme in small letters or in capitals.
#[must_use]
pub fn is_web_uri(input: &str) -> bool {
    strip_scheme(input).is_some()
}

fn strip_scheme(input: &str) -> Option<&str> {
    ["https://", "http://", "HTTPS://", "HTTP://"].iter().find_map(|scheme| input.strip_prefix(scheme))
}

/// Reads a link with any host and path prefix: `https://example.com/shop/01/09521234543213/10/L1?17=270131`.
///
/// The result begins with the key and its qualifiers; attributes of the query follow. Query parameters that are not
/// numbers, and the fragment, are dropped. Errors: [`CodeError::LinkScheme`] and the other `Link` variants,
/// [`CodeError::UnknownAi`], and what [`Elements::push`] says of the values.
pub fn parse(input: &str) -> Result<Elements, CodeError> {
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
    let pairs = key_and_qualifiers(input, &pieces(path, '/', path_start))?;
    let mut elements = Elements::default();
    for pair in &pairs {
        elements.push(pair.ai, &percent::decode(input, pair.offset, pair.value)?)?;
    }
    let query_start = start.saturating_add(location.len()).saturating_add(1);
    let key = pairs.first().map_or("", |pair| pair.ai);
    read_query(input, key, &pieces(query, '&', query_start), &mut elements)?;
    Ok(elements)
}

/// Reads the path of a canonical link without host: `01/09521234543213/10/L1`. Nothing may stand before the key.
/// Errors as for [`parse`].
pub fn parse_short_path(input: &str) -> Result<Elements, CodeError> {
    bounded_ascii(input)?;
    check_characters(input)?;
    if let Some((position, found)) = input.char_indices().find(|(_, c)| matches!(c, '?' | '#')) {
        return Err(CodeError::LinkCharacter { input: input.to_owned(), position, found });
    }
    let pieces = pieces(input, '/', 0);
    let pairs = key_and_qualifiers(input, &pieces)?;
    if pairs.len().saturating_mul(2) != pieces.len() {
        return Err(CodeError::LinkNoKey { input: input.to_owned() });
    }
    let mut elements = Elements::default();
    for pair in &pairs {
        elements.push(pair.ai, &percent::decode(input, pair.offset, pair.value)?)?;
    }
    Ok(elements)
}

/// Writes the canonical link: [`CANONICAL_STEM`], key and qualifiers in the path, everything else in the query, first
/// the identifiers of predefined length, each group in the order given.
///
/// Errors: [`CodeError::LinkNoKey`], [`CodeError::LinkQualifierInQuery`] for a serial or variant without its key.
pub fn format(elements: &Elements) -> Result<String, CodeError> {
    let key = KEYS.iter().find_map(|(key, qualifiers)| Some((*key, elements.get(key)?, *qualifiers)));
    let Some((key, value, qualifiers)) = key else {
        return Err(CodeError::LinkNoKey { input: elements.to_bracketed() });
    };
    let mut out = format!("{CANONICAL_STEM}/{key}/{}", percent::encode(value));
    for qualifier in qualifiers {
        if let Some(value) = elements.get(qualifier) {
            out.push_str(&format!("/{qualifier}/{}", percent::encode(value)));
        }
    }
    let mut separator = '?';
    for predefined in [true, false] {
        for element in elements.iter().filter(|element| element.rule().predefined == predefined) {
            let ai = element.ai();
            if ai == key || qualifiers.contains(&ai) {
                continue;
            }
            if NEVER_IN_QUERY.contains(&ai) {
                let input = elements.to_bracketed();
                return Err(CodeError::LinkQualifierInQuery { input, ai: ai.to_owned() });
            }
            out.push_str(&format!("{separator}{ai}={}", percent::encode(element.value())));
            separator = '&';
        }
    }
    Ok(out)
}

/// Any link as its canonical link. Errors as for [`parse`].
pub fn canonicalise(input: &str) -> Result<String, CodeError> {
    format(&parse(input)?)
}

/// A piece of the input and the offset at which it stands.
struct Piece<'a> {
    offset: usize,
    text: &'a str,
}

/// An identifier and its value, still percent-encoded, which stands at `offset`.
struct Pair<'a> {
    ai: &'a str,
    value: &'a str,
    offset: usize,
}

fn pieces(text: &str, separator: char, start: usize) -> Vec<Piece<'_>> {
    let mut offset = start;
    let split = text.split(separator).map(|text| {
        let piece = Piece { offset, text };
        offset = offset.saturating_add(text.len()).saturating_add(1);
        piece
    });
    split.collect()
}

/// From the right, pair by pair, up to the first key: what stands before it is the path prefix of the host.
fn key_and_qualifiers<'a>(input: &str, segments: &[Piece<'a>]) -> Result<Vec<Pair<'a>>, CodeError> {
    let mut pairs = Vec::new();
    for chunk in segments.rchunks_exact(2) {
        let [Piece { text: ai, .. }, Piece { text: value, offset }] = chunk else {
            break;
        };
        if ai::find(ai).is_none() {
            break;
        }
        pairs.push(Pair { ai, value, offset: *offset });
        let Some(qualifiers) = qualifiers_of(ai) else { continue };
        pairs.reverse();
        check_sequence(input, ai, qualifiers, &pairs)?;
        return Ok(pairs);
    }
    Err(CodeError::LinkNoKey { input: input.to_owned() })
}

fn check_sequence(input: &str, key: &str, qualifiers: &[&str], pairs: &[Pair<'_>]) -> Result<(), CodeError> {
    let mut allowed = qualifiers.iter();
    for Pair { ai, .. } in pairs.iter().skip(1) {
        // Searching on from the last match is what makes the order count.
        if !allowed.any(|qualifier| qualifier == ai) {
            let (key, ai) = (key.to_owned(), (*ai).to_owned());
            return Err(CodeError::LinkSequence { input: input.to_owned(), key, ai });
        }
    }
    Ok(())
}

fn read_query(input: &str, key: &str, parameters: &[Piece<'_>], elements: &mut Elements) -> Result<(), CodeError> {
    let qualifiers = qualifiers_of(key).unwrap_or_default();
    for Piece { offset, text } in parameters {
        let Some((ai, value)) = text.split_once('=') else {
            continue;
        };
        if ai.is_empty() || !ai.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        attribute(input, *offset, ai)?;
        if qualifiers.contains(&ai) || NEVER_IN_QUERY.contains(&ai) {
            return Err(CodeError::LinkQualifierInQuery { input: input.to_owned(), ai: ai.to_owned() });
        }
        let offset = offset.saturating_add(ai.len()).saturating_add(1);
        // In a query a plus sign is a blank, which no value may hold; a plus itself is written %2B.
        elements.push(ai, &percent::decode(input, offset, &value.replace('+', " "))?)?;
    }
    Ok(())
}

fn attribute(input: &str, position: usize, ai: &str) -> Result<&'static AiRule, CodeError> {
    ai::find(ai).ok_or_else(|| CodeError::UnknownAi { input: input.to_owned(), position, ai: ai.to_owned() })
}

/// RFC 3986 section 2: unreserved, reserved, and the percent sign.
fn check_characters(input: &str) -> Result<(), CodeError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: Result<&str, &str>) {
        let found = canonicalise(input);
        assert_eq!(found.as_deref().map_err(CodeError::code), expect, "{input}");
    }

    #[test]
    fn links() {
        let canonical = Ok("https://id.gs1.org/01/09521234543213/10/L1");
        check("https://id.gs1.org/01/09521234543213/10/L1", canonical);
        check("http://example.com:8080/a/b/01/09521234543213/10/L1?lang=zh#top", canonical);
        check("HTTPS://EXAMPLE.COM/01/09521234543213/10/%4C1", canonical);
        check(
            "https://a/01/09521234543213/22/v/10/L/21/S?17=270100&95=x",
            Ok("https://id.gs1.org/01/09521234543213/22/v/10/L/21/S?17=270100&95=x"),
        );
        check("https://a/414/9580000000015", Ok("https://id.gs1.org/414/9580000000015"));
        check("https://a/00/006141411234567890", Ok("https://id.gs1.org/00/006141411234567890"));
        check("https://a/01/09521234543213/10/L+1%2F2", Ok("https://id.gs1.org/01/09521234543213/10/L%2B1%2F2"));
        check("https://a/01/09521234543213?95=1&17=270100", Ok("https://id.gs1.org/01/09521234543213?17=270100&95=1"));
    }

    #[test]
    fn faults_have_their_own_codes() {
        check("ftp://a/01/09521234543213", Err("H1130"));
        check("HtTp://a/01/09521234543213", Err("H1130"));
        check("https:///01/09521234543213", Err("H1131"));
        check("https://user@a/01/09521234543213", Err("H1131"));
        check("https://a/01/09521234543213/10/L\"1", Err("H1132"));
        check("https://a/01/09521234543213/10/L 1", Err("H1132"));
        check("https://a/01/09521234543213/10/%2", Err("H1133"));
        check("https://a/01/09521234543213/10/%C3%A9", Err("H1133"));
        check("https://a", Err("H1134"));
        check("https://a/", Err("H1134"));
        check("https://a/10/L1", Err("H1134"));
        check("https://a/01/09521234543213/", Err("H1134"));
        check("https://a/01/09521234543213/21/S/10/L", Err("H1135"));
        check("https://a/01/09521234543213/10/L/10/L", Err("H1135"));
        check("https://a/00/006141411234567890/10/L", Err("H1135"));
        check("https://a/01/09521234543213?10=L", Err("H1136"));
        check("https://a/00/006141411234567890?21=S", Err("H1136"));
        check("https://a/01/09521234543213?999=L", Err("H1110"));
        check("https://a/01/09521234543213?95=a+b", Err("H1114"));
        check("https://a/01/09521234543213?95=a&95=b", Err("H1112"));
        check("https://a/01/09521234543213/10/%20", Err("H1211"));
        check("https://a/01/09521234543213/10/", Err("H1210"));
        check("https://a/01/9521234543213", Err("H1113"));
        check("https://a/01/09521234543214", Err("H1203"));
        check("https://例.cn/01/09521234543213", Err("H1104"));
        check(&format!("https://a/{}", "b".repeat(512)), Err("H1101"));
    }

    #[test]
    fn positions_count_from_the_start_of_the_input() {
        let caret = |input: &str| canonicalise(input).unwrap_err().caret().map(|(_, position)| position);
        assert_eq!(caret("https://a/01/09521234543213/10/L%zz"), Some(32));
        assert_eq!(caret("https://a/01/09521234543213?x=1&95=%"), Some(35));
        assert_eq!(caret("https://a/01/09521234543213?x=1&999=1"), Some(32));
        assert_eq!(caret("https://a$/01/09521234543213"), Some(9));
    }

    #[test]
    fn nothing_but_a_key_makes_a_link() {
        let format = |text: &str| format(&Elements::parse(text).unwrap()).map_err(|error| error.code());
        assert_eq!(format("(99)XYZ"), Err("H1134"));
        assert_eq!(format("(00)006141411234567890(21)S"), Err("H1136"));
        assert_eq!(format("(00)006141411234567890(10)L").unwrap(), "https://id.gs1.org/00/006141411234567890?10=L");
    }
}
