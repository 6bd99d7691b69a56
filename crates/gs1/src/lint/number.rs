//! Numbers, and places and pieces that are written as numbers.
use super::{Fault, Wrong, exactly, set};

/// The error of a part that stands at `position` and should be `expected`.
fn wrong(position: usize, expected: &'static str) -> Fault {
    Wrong::Number { expected }.at(position)
}

/// Orders two runs of digits by the numbers that they write, however long they are.
fn exceeds(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    (a.len(), a) > (b.len(), b)
}

pub(super) fn zeros(data: &str) -> Result<(), Fault> {
    let all = !data.is_empty() && data.bytes().all(|byte| byte == b'0');
    if all { Ok(()) } else { Err(wrong(0, "zeros only")) }
}

pub(super) fn above_zero(data: &str) -> Result<(), Fault> {
    set::digits(data)?;
    if exceeds(data, "0") { Ok(()) } else { Err(wrong(0, "a number above zero")) }
}

pub(super) fn no_leading_zero(data: &str) -> Result<(), Fault> {
    set::digits(data)?;
    if data.starts_with('0') { Err(wrong(0, "a number that does not begin with zero")) } else { Ok(()) }
}

pub(super) fn latitude(data: &str) -> Result<(), Fault> {
    exactly(data, 10)?;
    set::digits(data)?;
    if exceeds(data, "1800000000") { Err(wrong(0, "a latitude, at most 1800000000")) } else { Ok(()) }
}

pub(super) fn longitude(data: &str) -> Result<(), Fault> {
    exactly(data, 10)?;
    set::digits(data)?;
    if exceeds(data, "3600000000") { Err(wrong(0, "a longitude, at most 3600000000")) } else { Ok(()) }
}

pub(super) fn piece_of_total(data: &str) -> Result<(), Fault> {
    set::digits(data)?;
    let half = data.len() / 2;
    let (piece, total) = data.split_at_checked(half).unwrap_or_default();
    if piece.is_empty() || piece.len() != total.len() {
        return Err(wrong(0, "a piece and a total of as many digits"));
    }
    if !exceeds(piece, "0") {
        return Err(wrong(0, "a piece number above zero"));
    }
    if !exceeds(total, "0") {
        return Err(wrong(half, "a total above zero"));
    }
    if exceeds(piece, total) { Err(wrong(0, "a piece number up to the total")) } else { Ok(()) }
}

pub(super) fn position_in_sequence(data: &str) -> Result<(), Fault> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = data.split_once('/').filter(|(position, end)| is_number(position) && is_number(end));
    let Some((position, end)) = numbers else {
        return Err(wrong(0, "a position, a slash and the last position"));
    };
    if position.starts_with('0') {
        return Err(wrong(0, "a position that does not begin with zero"));
    }
    if end.starts_with('0') {
        let start = data.len().saturating_sub(end.len());
        return Err(wrong(start, "a last position that does not begin with zero"));
    }
    if exceeds(position, end) { Err(wrong(0, "a position up to the last one")) } else { Ok(()) }
}
