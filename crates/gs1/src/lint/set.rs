//! Sets of characters (General Specifications 7.11).
use super::{Fault, Wrong};
use crate::ai::Kind;
use crate::is_set_82;

const fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

const fn is_set_39(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '#' | '-' | '/')
}

const fn is_set_64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// The characters that a part of this kind may have.
pub(crate) fn characters(kind: Kind, data: &str) -> Result<(), Fault> {
    match kind {
        Kind::Digits => digits(data),
        Kind::Set82 => set_82(data),
        Kind::Set39 => set_39(data),
        Kind::Set64 => set_64(data),
    }
}

fn all(data: &str, allowed: fn(char) -> bool) -> Result<(), Fault> {
    match data.char_indices().find(|(_, c)| !allowed(*c)) {
        Some((position, found)) => Err(Wrong::Character(found).at(position)),
        None => Ok(()),
    }
}

pub(super) fn digits(data: &str) -> Result<(), Fault> {
    all(data, is_digit)
}

pub(super) fn set_39(data: &str) -> Result<(), Fault> {
    all(data, is_set_39)
}

pub(super) fn set_82(data: &str) -> Result<(), Fault> {
    all(data, is_set_82)
}

/// Padding is optional; what there is of it must make the length a multiple of three.
pub(super) fn set_64(data: &str) -> Result<(), Fault> {
    let text = data.trim_end_matches('=');
    let padding = data.len().saturating_sub(text.len());
    if padding > 2 || (padding > 0 && !data.len().is_multiple_of(3)) {
        return Err(Wrong::Character('=').at(text.len()));
    }
    all(text, is_set_64)
}

pub(super) fn has_non_digit(data: &str) -> Result<(), Fault> {
    if data.chars().all(is_digit) { Err(Wrong::OnlyDigits.at(0)) } else { Ok(()) }
}

pub(super) fn hyphens(data: &str) -> Result<(), Fault> {
    if data.is_empty() {
        return Err(Wrong::Length { min: 1, max: crate::MAX_INPUT }.at(0));
    }
    all(data, |c| c == '-')
}

pub(super) fn importer_index(data: &str) -> Result<(), Fault> {
    super::exactly(data, 1)?;
    all(data, is_set_64)
}

pub(super) fn percent_encoding(data: &str) -> Result<(), Fault> {
    for (position, _) in data.match_indices('%') {
        let pair = data.get(position..).and_then(|rest| rest.get(1..3)).unwrap_or_default();
        if pair.len() != 2 || !pair.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Wrong::Percent.at(position));
        }
    }
    Ok(())
}
