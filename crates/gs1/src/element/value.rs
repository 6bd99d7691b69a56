//! What the row of an identifier asks of its value.
use crate::ai::{AiRule, Content, Part};
use crate::{CodeError, Gln, Gtin, Lot, Serial, Sscc, lint};

/// Refuses a value that its row does not allow.
pub(super) fn validate(rule: &AiRule, ai: &str, value: &str) -> Result<(), CodeError> {
    match rule.content {
        Content::Gtin => {
            // In an element string a GTIN always has 14 digits (General Specifications 3.3.2).
            if value.bytes().all(|byte| byte.is_ascii_digit()) {
                pieces(rule, ai, value)?;
            }
            value.parse::<Gtin>().map(drop)
        }
        Content::Sscc => value.parse::<Sscc>().map(drop),
        Content::Gln => value.parse::<Gln>().map(drop),
        Content::Lot => value.parse::<Lot>().map(drop),
        Content::Serial => value.parse::<Serial>().map(drop),
        Content::Origin => characters(rule, ai, value),
        Content::Parts => {
            characters(rule, ai, value)?;
            linters(rule, ai, value)
        }
    }
}

/// Refuses a length or a character that a part does not have.
fn characters(rule: &AiRule, ai: &str, value: &str) -> Result<(), CodeError> {
    for Piece { offset, part, text } in pieces(rule, ai, value)? {
        lint::characters(part.kind, text).map_err(|fault| fault.of(ai, value, offset))?;
    }
    Ok(())
}

/// Refuses what the linters of a part refuse.
pub(super) fn linters(rule: &AiRule, ai: &str, value: &str) -> Result<(), CodeError> {
    for Piece { offset, part, text } in pieces(rule, ai, value)? {
        for linter in part.linters {
            linter.check(text).map_err(|fault| fault.of(ai, value, offset))?;
        }
    }
    Ok(())
}

/// A part and the text of the value that is it.
struct Piece<'a> {
    offset: usize,
    part: &'static Part,
    text: &'a str,
}

/// The value in its parts. Each takes as much as it may.
fn pieces<'a>(rule: &AiRule, ai: &str, value: &'a str) -> Result<Vec<Piece<'a>>, CodeError> {
    let wrong = |min: usize, max: usize| {
        let (ai, input, found) = (ai.to_owned(), value.to_owned(), value.len());
        CodeError::ElementLength { ai, input, found, min, max }
    };
    let mut pieces = Vec::new();
    let mut rest = value;
    for part in rule.parts {
        if rest.is_empty() && part.optional {
            break;
        }
        let offset = value.len().saturating_sub(rest.len());
        let (text, after) = rest.split_at_checked(part.max).unwrap_or((rest, ""));
        if text.len() < part.min && part.optional {
            return Err(wrong(offset.saturating_add(part.min), offset.saturating_add(part.max)));
        }
        if text.len() < part.min {
            return Err(wrong(rule.min_length(), rule.max_length()));
        }
        pieces.push(Piece { offset, part, text });
        rest = after;
    }
    if rest.is_empty() { Ok(pieces) } else { Err(wrong(rule.min_length(), rule.max_length())) }
}
