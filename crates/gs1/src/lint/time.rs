//! Dates and times of day.
use super::{Fault, Wrong, exactly, set};

/// Digits, as many as `length`.
fn digits(data: &str, length: usize) -> Result<(), Fault> {
    exactly(data, length)?;
    set::digits(data)
}

/// The number that two to four digits write; one that is no part of a date or time where they are not there.
fn number(data: &str, from: usize, to: usize) -> u16 {
    data.get(from..to).and_then(|digits| digits.parse().ok()).unwrap_or(u16::MAX)
}

/// The two digits at `from` write a number below `limit`.
fn below(data: &str, from: usize, limit: u16) -> Result<(), Fault> {
    if number(data, from, from.saturating_add(2)) < limit { Ok(()) } else { Err(Wrong::Time.at(from)) }
}

pub(super) fn hour(data: &str) -> Result<(), Fault> {
    digits(data, 2)?;
    below(data, 0, 24)
}

pub(super) fn minute(data: &str) -> Result<(), Fault> {
    digits(data, 2)?;
    below(data, 0, 60)
}

pub(super) fn second(data: &str) -> Result<(), Fault> {
    minute(data)
}

pub(super) fn hour_minute(data: &str) -> Result<(), Fault> {
    digits(data, 4)?;
    below(data, 0, 24)?;
    below(data, 2, 60)
}

pub(super) fn hour_minute_second(data: &str) -> Result<(), Fault> {
    digits(data, 6)?;
    below(data, 0, 24)?;
    below(data, 2, 60)?;
    below(data, 4, 60)
}

pub(super) fn date(data: &str) -> Result<(), Fault> {
    digits(data, 6)?;
    exists(data, 2, 0)
}

pub(super) fn day(data: &str) -> Result<(), Fault> {
    digits(data, 6)?;
    exists(data, 2, 1)
}

pub(super) fn day_hour(data: &str) -> Result<(), Fault> {
    digits(data, 8)?;
    exists(data, 2, 1)?;
    below(data, 6, 24)
}

pub(super) fn long_date(data: &str) -> Result<(), Fault> {
    digits(data, 8)?;
    exists(data, 4, 0)
}

pub(super) fn long_day(data: &str) -> Result<(), Fault> {
    digits(data, 8)?;
    exists(data, 4, 1)
}

pub(super) fn long_day_hour(data: &str) -> Result<(), Fault> {
    digits(data, 10)?;
    exists(data, 4, 1)?;
    below(data, 8, 24)
}

/// Whether the date that `data` begins with exists: a year of `width` digits, month, day from `first` on.
///
/// The years that two digits can mean (General Specifications 7.12: 49 back, 50 on) make every fourth a leap year until
/// 2050, when 2100 comes within reach.
fn exists(data: &str, width: usize, first: u16) -> Result<(), Fault> {
    let (year, rest) = data.split_at_checked(width).unwrap_or_default();
    let (year, month, day) = (number(year, 0, width), number(rest, 0, 2), number(rest, 2, 4));
    let wrong = if width == 2 { Wrong::Date } else { Wrong::Time };
    let leap = year % 4 == 0 && (width == 2 || year % 100 != 0 || year % 400 == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return Err(wrong.at(width)),
    };
    if (first..=last).contains(&day) { Ok(()) } else { Err(wrong.at(width.saturating_add(2))) }
}
