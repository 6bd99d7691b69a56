//! Calendars: civil dates from block time, working days, months, quarters and years.
//!
//! Pure integers: dates are those of the proleptic Gregorian calendar (Hinnant, "chrono-Compatible Low-Level Date
//! Algorithms"). Everything here is total. Dates run from 1970-01-01 to 9999-12-31, and a time outside of them counts
//! as the nearest one inside; what looks forward never gives a time before the one it was asked about.
//!
//! Deliberately absent: daylight saving time and time zones, since a pack has one offset; lunar dates, since the State
//! Council announces each year's holidays by their civil dates.

use crate::time::Timestamp;
use bincode::{Decode, Encode};
use std::fmt;

/// Days in each list of a calendar.
pub const MAX_LISTED_DAYS: usize = 512;
/// By how much local time is ahead of or behind UTC at most: 14 hours, in minutes.
pub const MAX_UTC_OFFSET_MIN: u16 = 14 * 60;
/// How far working days are looked for and counted, in days.
pub const MAX_DAYS_AHEAD: u32 = 400;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// 9999-12-31.
const LAST_DAY: u32 = 2_932_896;
/// 9999-12-31T23:59:59.999, in milliseconds since 1970-01-01T00:00:00.
const LAST_MS: i64 = 253_402_300_799_999;
/// All days of the week.
const WHOLE_WEEK: u8 = 0b0111_1111;
const QUARTERS: u8 = 4;

// ------------------------------------------------------------------------------------------------------------- dates

/// A civil date. Its order is that of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Year, 1970 to 9999.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
}

impl Date {
    /// Reads `2026-02-17` and nothing else; none for a day that no month has, or before 1970-01-01.
    pub fn parse(text: &str) -> Option<Date> {
        let mut parts = text.split('-');
        let year = digits(parts.next()?, 4)?;
        let month = u8::try_from(digits(parts.next()?, 2)?).ok()?;
        let day = u8::try_from(digits(parts.next()?, 2)?).ok()?;
        let date = Date { year, month, day };
        // What does not exist has the number of another day.
        (parts.next().is_none() && Date::of_day(date.day_number()) == date).then_some(date)
    }

    /// Days since 1970-01-01; for a date that does not exist, as [`days_from_civil`] has it.
    pub fn day_number(self) -> u32 {
        days_from_civil(self.year, self.month, self.day)
    }

    /// The date of a day since 1970-01-01, at most 9999-12-31.
    pub fn of_day(day: u32) -> Date {
        let (year, month, day) = civil_from_days(day);
        Date { year, month, day }
    }
}

impl fmt::Display for Date {
    /// `2026-02-17`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Date { year, month, day } = self;
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// A number of exactly so many decimal digits.
fn digits(text: &str, count: usize) -> Option<u16> {
    let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

// The two algorithms let a year begin on 1 March, so that the leap day comes last, and count in eras of 400 years
// (146,097 days) from 0000-03-01, which is 719,468 days before 1970-01-01.

/// Days from 1970-01-01 to a date: 0 for whatever is earlier. A month or day that does not exist counts as the nearest
/// one of its year or month, so 31 April is 30 April.
pub fn days_from_civil(year: u16, month: u8, day: u8) -> u32 {
    let month = month.clamp(1, 12);
    let day = u32::from(day.clamp(1, days_in_month(year, month)));
    let (march_year, march_month) = match month {
        1 | 2 => (u32::from(year).saturating_sub(1), u32::from(month).saturating_add(9)),
        _ => (u32::from(year), u32::from(month).saturating_sub(3)),
    };
    (march_year / 400)
        .saturating_mul(146_097)
        .saturating_add(days_before_year(march_year % 400))
        .saturating_add(days_before_month(march_month))
        .saturating_add(day.saturating_sub(1))
        .saturating_sub(719_468)
}

/// Year, month (1 to 12) and day of the month (1 to 31) of a day since 1970-01-01, at most 9999-12-31.
pub fn civil_from_days(days: u32) -> (u16, u8, u8) {
    let days = days.min(LAST_DAY).saturating_add(719_468);
    let (era, in_era) = (days / 146_097, days % 146_097);
    // Without the leap days before it, the day falls into years of 365 days.
    let without_leap_days =
        in_era.saturating_sub(in_era / 1_460).saturating_add(in_era / 36_524).saturating_sub(in_era / 146_096);
    let march_year = without_leap_days / 365;
    let in_year = in_era.saturating_sub(days_before_year(march_year));
    let march_month = in_year.saturating_mul(5).saturating_add(2) / 153;
    let day = in_year.saturating_sub(days_before_month(march_month)).saturating_add(1);

    let year = era.saturating_mul(400).saturating_add(march_year);
    let (year, month) = match march_month {
        0..=9 => (year, march_month.saturating_add(3)),
        _ => (year.saturating_add(1), march_month.saturating_sub(9)),
    };
    // The day is at most LAST_DAY, so all three fit.
    (u16::try_from(year).unwrap_or(u16::MAX), u8::try_from(month).unwrap_or(12), u8::try_from(day).unwrap_or(31))
}

/// Days of an era before its year of this number, 0 to 399.
fn days_before_year(march_year: u32) -> u32 {
    march_year.saturating_mul(365).saturating_add(march_year / 4).saturating_sub(march_year / 100)
}

/// Days from 1 March to the beginning of a month, 0 (March) to 11 (February).
fn days_before_month(march_month: u32) -> u32 {
    march_month.saturating_mul(153).saturating_add(2) / 5
}

fn days_in_month(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// 0 Monday to 6 Sunday: 1970-01-01 was a Thursday.
fn weekday(day: u32) -> u32 {
    day.saturating_add(3) % 7
}

// --------------------------------------------------------------------------------------------------------- calendars

/// A pack's calendar. Its answers hold for one that passes [`Calendar::check`]; for any other there is an answer too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Calendar {
    /// Minutes that local time is ahead of UTC (China: 480).
    pub utc_offset_min: i16,
    /// Days of the week that are no working days, bit 0 Monday to bit 6 Sunday.
    pub weekend: u8,
    /// Holidays, as days since 1970-01-01 in local time, ascending.
    pub holidays: Vec<u32>,
    /// Days of a weekend that are worked (调休), likewise.
    pub workdays: Vec<u32>,
}

/// Why a calendar is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// No place on Earth has such a local time.
    #[error("read the UTC offset of {minutes} minutes: at most {MAX_UTC_OFFSET_MIN} either way exist")]
    Offset {
        /// The offset.
        minutes: i16,
    },
    /// The mask has a bit that is no day of the week, or no day is left to work on.
    #[error("read the weekend {mask}: it takes a mask of seven days, at least one of them worked")]
    Weekend {
        /// The mask.
        mask: u8,
    },
    /// A list is too long.
    #[error("read {count} {list}: at most {MAX_LISTED_DAYS} fit")]
    TooMany {
        /// `holidays` or `workdays`.
        list: &'static str,
        /// Days given.
        count: usize,
    },
    /// A list is not strictly ascending.
    #[error("read the {list}: {date} stands twice or out of order")]
    Order {
        /// `holidays` or `workdays`.
        list: &'static str,
        /// The day that does not follow the one before it.
        date: Date,
    },
    /// A day has no date of four-digit years, so it could not be written down.
    #[error("read the {list}: day {day} is after 9999-12-31")]
    Beyond {
        /// `holidays` or `workdays`.
        list: &'static str,
        /// The day since 1970-01-01.
        day: u32,
    },
    /// A day cannot be off and worked.
    #[error("read the holidays and workdays: {date} is in both lists")]
    InBoth {
        /// The day.
        date: Date,
    },
}

impl Calendar {
    /// Checks that the calendar says one thing about each day.
    pub fn check(&self) -> Result<(), CalendarError> {
        let Calendar { utc_offset_min, weekend, holidays, workdays } = self;
        if utc_offset_min.unsigned_abs() > MAX_UTC_OFFSET_MIN {
            return Err(CalendarError::Offset { minutes: *utc_offset_min });
        }
        if *weekend >= WHOLE_WEEK {
            return Err(CalendarError::Weekend { mask: *weekend });
        }
        check_list("holidays", holidays)?;
        check_list("workdays", workdays)?;
        match holidays.iter().find(|day| workdays.binary_search(day).is_ok()) {
            Some(day) => Err(CalendarError::InBoth { date: Date::of_day(*day) }),
            None => Ok(()),
        }
    }

    /// The local day, as days since 1970-01-01.
    pub fn day(&self, at: Timestamp) -> u32 {
        u32::try_from(self.local_ms(at).div_euclid(DAY_MS)).unwrap_or(LAST_DAY)
    }

    /// The local date.
    pub fn date(&self, at: Timestamp) -> Date {
        Date::of_day(self.day(at))
    }

    /// The local calendar year.
    pub fn year(&self, at: Timestamp) -> u16 {
        self.date(at).year
    }

    /// The first instant of a local day.
    pub fn start_of_day(&self, day: u32) -> Timestamp {
        self.utc(i64::from(day).saturating_mul(DAY_MS))
    }

    /// The first instant of a year.
    pub fn start_of_year(&self, year: u16) -> Timestamp {
        self.start_of_day(days_from_civil(year, 1, 1))
    }

    /// The first instant after the year that contains `at`.
    pub fn year_end(&self, at: Timestamp) -> Timestamp {
        self.start_of_year(self.year(at).saturating_add(1)).max(at)
    }

    /// The first instant after the half-year that contains `at`: half-years begin on 1 January and 1 July.
    pub fn half_year_end(&self, at: Timestamp) -> Timestamp {
        let (year, quarter) = self.quarter(at);
        self.quarter_end(year, if quarter <= 2 { 2 } else { QUARTERS }).max(at)
    }

    /// Year and quarter, 1 to 4.
    pub fn quarter(&self, at: Timestamp) -> (u16, u8) {
        let date = self.date(at);
        (date.year, date.month.saturating_add(2) / 3)
    }

    /// The first instant after a quarter; a number that is no quarter counts as the nearest one.
    pub fn quarter_end(&self, year: u16, quarter: u8) -> Timestamp {
        let (year, next) = Calendar::next_quarter(year, quarter);
        let first_month = next.saturating_mul(3).saturating_sub(2);
        self.start_of_day(days_from_civil(year, first_month, 1))
    }

    /// The quarter that follows; a number that is no quarter counts as the nearest one.
    pub fn next_quarter(year: u16, quarter: u8) -> (u16, u8) {
        match quarter.clamp(1, QUARTERS) {
            QUARTERS => (year.saturating_add(1), 1),
            quarter => (year, quarter.saturating_add(1)),
        }
    }

    /// The same local time of day on the same day of the month so many months later, or on that month's last day if it
    /// is shorter.
    pub fn add_months(&self, at: Timestamp, months: u8) -> Timestamp {
        let Date { year, month, day } = self.date(at);
        let months = u16::from(month).saturating_sub(1).saturating_add(u16::from(months));
        let year = year.saturating_add(months / 12);
        let month = u8::try_from((months % 12).saturating_add(1)).unwrap_or(12);
        let midnight = i64::from(days_from_civil(year, month, day)).saturating_mul(DAY_MS);
        let time_of_day = self.local_ms(at).rem_euclid(DAY_MS);
        self.utc(midnight.saturating_add(time_of_day)).max(at)
    }

    /// Whether a local day, as days since 1970-01-01, is worked.
    pub fn is_working_day(&self, day: u32) -> bool {
        let listed = |days: &[u32]| days.binary_search(&day).is_ok();
        let is_weekend = (self.weekend >> weekday(day)) & 1 == 1;
        !listed(&self.holidays) && (listed(&self.workdays) || !is_weekend)
    }

    /// The first instant after the `days`-th working day that follows the local day of `from`, which itself does not
    /// count; for 0 days, the first instant after the day of `from`. Where [`MAX_DAYS_AHEAD`] days hold fewer working
    /// days, the first instant after all of them.
    pub fn add_working_days(&self, from: Timestamp, days: u8) -> Timestamp {
        let today = self.day(from);
        let last = today.saturating_add(MAX_DAYS_AHEAD);
        let mut ahead = (today.saturating_add(1)..=last).filter(|day| self.is_working_day(*day));
        let day = match usize::from(days).checked_sub(1) {
            None => today,
            Some(before) => ahead.nth(before).unwrap_or(last),
        };
        self.start_of_day(day.saturating_add(1)).max(from)
    }

    /// Working days after the local day of `from`, up to and including the local day of `to`: at most 255, and of
    /// [`MAX_DAYS_AHEAD`] days at most. For what is left until a due time, see [`Calendar::working_days_left`].
    pub fn working_days_between(&self, from: Timestamp, to: Timestamp) -> u8 {
        let today = self.day(from);
        let last = self.day(to).min(today.saturating_add(MAX_DAYS_AHEAD));
        let count = (today.saturating_add(1)..=last).filter(|day| self.is_working_day(*day)).count();
        u8::try_from(count).unwrap_or(u8::MAX)
    }

    /// Working days left before `due`, a first instant after a day as [`Calendar::add_working_days`] gives it: what a
    /// pause keeps and a resumption adds again. The day that begins at `due` is not among them.
    pub fn working_days_left(&self, at: Timestamp, due: Timestamp) -> u8 {
        self.working_days_between(at, Timestamp(due.0.saturating_sub(1)))
    }

    /// Local milliseconds since 1970-01-01T00:00:00 local time, 0 to [`LAST_MS`].
    fn local_ms(&self, at: Timestamp) -> i64 {
        i64::try_from(at.0).unwrap_or(i64::MAX).saturating_add(self.offset_ms()).clamp(0, LAST_MS)
    }

    /// The time at which the local clock shows this; what is before 1970 in UTC counts as its beginning.
    fn utc(&self, local_ms: i64) -> Timestamp {
        Timestamp(u64::try_from(local_ms.saturating_sub(self.offset_ms())).unwrap_or(0))
    }

    fn offset_ms(&self) -> i64 {
        i64::from(self.utc_offset_min).saturating_mul(MINUTE_MS)
    }
}

fn check_list(list: &'static str, days: &[u32]) -> Result<(), CalendarError> {
    if days.len() > MAX_LISTED_DAYS {
        return Err(CalendarError::TooMany { list, count: days.len() });
    }
    if let Some(day) = days.iter().find(|day| **day > LAST_DAY) {
        return Err(CalendarError::Beyond { list, day: *day });
    }
    match days.iter().zip(days.iter().skip(1)).find(|(before, day)| before >= day) {
        Some((_, day)) => Err(CalendarError::Order { list, date: Date::of_day(*day) }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: u64 = 3_600_000;

    fn day(text: &str) -> u32 {
        Date::parse(text).unwrap().day_number()
    }

    /// China in early 2026: the Spring Festival is off from 15 to 23 February, two Saturdays are worked instead.
    fn china() -> Calendar {
        Calendar {
            utc_offset_min: 480,
            weekend: 0b0110_0000,
            holidays: (day("2026-02-15")..=day("2026-02-23")).collect(),
            workdays: vec![day("2026-02-14"), day("2026-02-28")],
        }
    }

    /// So many hours into a day in China.
    fn at(text: &str, hour: u64) -> Timestamp {
        china().start_of_day(day(text)).plus_ms(hour * HOUR_MS)
    }

    #[test]
    fn days_have_the_dates_that_others_give_them() {
        let check = |number: u32, text: &str| {
            assert_eq!(Date::of_day(number).to_string(), text);
            assert_eq!(day(text), number);
        };
        check(0, "1970-01-01");
        check(11_016, "2000-02-29");
        check(19_782, "2024-02-29");
        check(20_501, "2026-02-17");
        check(47_540, "2100-02-28");
        check(47_541, "2100-03-01");
        check(LAST_DAY, "9999-12-31");
        assert_eq!(Date::of_day(u32::MAX), Date::of_day(LAST_DAY));
        assert_eq!(days_from_civil(10_000, 1, 1), LAST_DAY + 1);
        assert_eq!(LAST_MS, i64::from(LAST_DAY + 1) * DAY_MS - 1);
        assert_eq!((weekday(0), weekday(20_501), weekday(20_498)), (3, 1, 5), "Thursday, Tuesday, Saturday");
    }

    #[test]
    fn each_day_has_a_date_and_each_date_a_day() {
        let mut before = None;
        for number in 0..=60_000 {
            let date = Date::of_day(number);
            assert_eq!(date.day_number(), number);
            assert_eq!(Date::parse(&date.to_string()), Some(date));
            assert!(before < Some(date), "{date}");
            before = Some(date);
        }
        assert_eq!(before.unwrap().to_string(), "2134-04-11");
    }

    #[test]
    fn nothing_else_is_read_as_a_date() {
        let wrong = "2026-02-29 2100-02-29 2026-04-31 2026-00-10 2026-13-01 2026-01-00 1969-12-31 2026-2-17 26-02-17 \
                     +026-02-17 2026-02-17- 2026-02 20260217 2026/02/17 2026-02-1七 10000-01-01 -026-02-17";
        for text in wrong.split(' ').chain([""]) {
            assert_eq!(Date::parse(text), None, "{text}");
        }
        assert_eq!(days_from_civil(2026, 4, 31), day("2026-04-30"));
        assert_eq!(days_from_civil(2026, 13, 0), day("2026-12-01"));
        assert_eq!(days_from_civil(1969, 12, 31), 0);
        assert_eq!(days_from_civil(0, 0, 0), 0);
    }

    #[test]
    fn local_days_begin_at_local_midnight() {
        let check = |calendar: &Calendar, midnight: u64| {
            assert_eq!(calendar.start_of_year(2026), Timestamp(midnight));
            assert_eq!(calendar.date(Timestamp(midnight)).to_string(), "2026-01-01");
            assert_eq!(calendar.date(Timestamp(midnight - 1)).to_string(), "2025-12-31");
            assert_eq!(calendar.year(Timestamp(midnight - 1)), 2025);
            assert_eq!(calendar.year_end(Timestamp(midnight - 1)), Timestamp(midnight));
        };
        check(&Calendar::default(), 1_767_225_600_000);
        check(&china(), 1_767_196_800_000);
        let new_york = Calendar { utc_offset_min: -300, ..Calendar::default() };
        check(&new_york, 1_767_243_600_000);

        assert_eq!(new_york.day(Timestamp(0)), 0, "before 1970 there");
        assert_eq!(china().start_of_year(1970), Timestamp(0), "before 1970 here");
        let end = Timestamp(u64::MAX);
        assert_eq!(china().date(end).to_string(), "9999-12-31");
        assert_eq!((china().year_end(end), china().half_year_end(end)), (end, end));
        assert_eq!((china().add_months(end, 1), china().add_working_days(end, 3)), (end, end));
    }

    #[test]
    fn working_days_pass_over_the_spring_festival() {
        let check = |from: &str, days: u8, end: &str| {
            assert_eq!(china().add_working_days(at(from, 10), days), at(end, 0), "{from} + {days}");
        };
        check("2026-03-02", 1, "2026-03-04");
        check("2026-03-02", 3, "2026-03-06");
        check("2026-03-05", 2, "2026-03-10");
        check("2026-03-07", 1, "2026-03-10");
        check("2026-03-07", 0, "2026-03-08");
        // The Saturday before is worked, then nothing is until Tuesday the 24th.
        check("2026-02-13", 1, "2026-02-15");
        check("2026-02-13", 3, "2026-02-26");
        check("2026-02-17", 1, "2026-02-25");
        // So is the Saturday after; the Sunday after is not.
        check("2026-02-26", 2, "2026-03-01");
        check("2026-02-26", 3, "2026-03-03");
        assert_eq!(china().add_working_days(at("2026-03-03", 0), 1), at("2026-03-05", 0));
        assert_eq!(china().add_working_days(Timestamp(at("2026-03-03", 0).0 - 1), 1), at("2026-03-04", 0));

        let between = |from: &str, to: &str| china().working_days_between(at(from, 23), at(to, 0));
        assert_eq!(between("2026-02-13", "2026-02-13"), 0);
        assert_eq!(between("2026-02-13", "2026-02-14"), 1);
        assert_eq!(between("2026-02-13", "2026-02-23"), 1);
        assert_eq!(between("2026-02-13", "2026-03-02"), 7);
        assert_eq!(between("2026-03-02", "2026-02-13"), 0);
    }

    #[test]
    fn a_pause_keeps_the_days_that_are_left() {
        let calendar = china();
        let due = calendar.add_working_days(at("2026-03-02", 10), 3);
        assert_eq!(due, at("2026-03-06", 0), "the whole of Thursday");
        // Paused on Wednesday: Thursday is left, and stays left over the weekend.
        let left = calendar.working_days_left(at("2026-03-04", 9), due);
        assert_eq!(left, 1);
        assert_eq!(calendar.add_working_days(at("2026-03-09", 9), left), at("2026-03-11", 0));
        // On the last day nothing more is left than that day, and afterwards nothing.
        assert_eq!(calendar.working_days_left(at("2026-03-05", 23), due), 0);
        assert_eq!(calendar.working_days_left(at("2026-03-09", 9), due), 0);
        // `due` begins a working day, which counts only where its day is included.
        assert_eq!(calendar.working_days_between(at("2026-03-04", 9), due), 2);

        for start in day("2026-01-01")..day("2026-04-01") {
            let now = calendar.start_of_day(start).plus_ms(HOUR_MS);
            for days in 0..=u8::MAX {
                assert_eq!(calendar.working_days_left(now, calendar.add_working_days(now, days)), days);
            }
        }
    }

    #[test]
    fn months_keep_the_day_or_end_with_the_month() {
        let check = |from: &str, months: u8, then: &str| {
            assert_eq!(china().add_months(at(from, 7), months), at(then, 7), "{from} + {months}");
        };
        check("2026-01-31", 0, "2026-01-31");
        check("2026-01-31", 1, "2026-02-28");
        check("2024-01-31", 1, "2024-02-29");
        check("2026-01-31", 2, "2026-03-31");
        check("2026-11-30", 3, "2027-02-28");
        check("2026-12-15", 1, "2027-01-15");
        check("2024-02-29", 12, "2025-02-28");
        check("2026-01-31", 255, "2047-04-30");
    }

    #[test]
    fn quarters_and_half_years_end_at_local_midnight() {
        let check = |last: &str, next: &str, quarter: u8, half: &str| {
            let (calendar, end) = (china(), at(next, 0));
            let before = Timestamp(end.0 - 1);
            assert_eq!(calendar.date(before).to_string(), last);
            assert_eq!(calendar.quarter(before), (2026, quarter));
            assert_eq!(calendar.quarter(end), Calendar::next_quarter(2026, quarter));
            assert_eq!(calendar.quarter_end(2026, quarter), end);
            assert_eq!(calendar.half_year_end(before), at(half, 0));
            assert_eq!(calendar.year_end(before), at("2027-01-01", 0));
        };
        check("2026-03-31", "2026-04-01", 1, "2026-07-01");
        check("2026-06-30", "2026-07-01", 2, "2026-07-01");
        check("2026-09-30", "2026-10-01", 3, "2027-01-01");
        check("2026-12-31", "2027-01-01", 4, "2027-01-01");
        assert_eq!((Calendar::next_quarter(2026, 2), Calendar::next_quarter(2026, 4)), ((2026, 3), (2027, 1)));
        assert_eq!(china().half_year_end(at("2026-07-01", 0)), at("2027-01-01", 0));
        assert_eq!(china().quarter_end(2026, 0), china().quarter_end(2026, 1));
        assert_eq!(china().quarter_end(2026, u8::MAX), china().quarter_end(2026, 4));
    }

    #[test]
    fn a_calendar_without_working_days_is_refused_and_ends() {
        let idle = Calendar { weekend: WHOLE_WEEK, ..Calendar::default() };
        assert_eq!(idle.check(), Err(CalendarError::Weekend { mask: 127 }));
        // More holidays on end than are looked at pass the check.
        let holidays = Calendar { holidays: (0..512).collect(), ..Calendar::default() };
        assert_eq!(holidays.check(), Ok(()));
        for calendar in [idle, holidays] {
            assert_eq!(calendar.add_working_days(Timestamp(7), 1), calendar.start_of_day(MAX_DAYS_AHEAD + 1));
            assert_eq!(calendar.working_days_between(Timestamp(0), Timestamp(u64::MAX)), 0);
        }
        let mondays = Calendar { weekend: 0b0111_1110, ..Calendar::default() };
        assert_eq!(mondays.working_days_between(Timestamp(0), Timestamp(u64::MAX)), 57, "of 400 days");
        assert_eq!(Calendar::default().working_days_between(Timestamp(0), Timestamp(u64::MAX)), u8::MAX);
    }

    #[test]
    fn a_calendar_says_one_thing_about_each_day() {
        let check = |change: fn(&mut Calendar), expect: Result<(), CalendarError>| {
            let mut calendar = china();
            change(&mut calendar);
            assert_eq!(calendar.check(), expect);
        };
        let date = Date { year: 2026, month: 2, day: 14 };
        check(|_| {}, Ok(()));
        check(|c| c.utc_offset_min = 840, Ok(()));
        check(|c| c.utc_offset_min = -840, Ok(()));
        check(|c| c.utc_offset_min = 841, Err(CalendarError::Offset { minutes: 841 }));
        check(|c| c.utc_offset_min = i16::MIN, Err(CalendarError::Offset { minutes: i16::MIN }));
        check(|c| c.weekend = 126, Ok(()));
        check(|c| c.weekend = 128, Err(CalendarError::Weekend { mask: 128 }));
        check(|c| c.holidays = (0..512).collect(), Ok(()));
        check(|c| c.holidays = (0..513).collect(), Err(CalendarError::TooMany { list: "holidays", count: 513 }));
        check(|c| c.workdays = (0..513).collect(), Err(CalendarError::TooMany { list: "workdays", count: 513 }));
        check(|c| c.workdays.reverse(), Err(CalendarError::Order { list: "workdays", date }));
        check(|c| c.holidays = vec![20_498, 20_498], Err(CalendarError::Order { list: "holidays", date }));
        check(|c| c.holidays = vec![LAST_DAY], Ok(()));
        let day = LAST_DAY + 1;
        check(|c| c.holidays = vec![LAST_DAY + 1], Err(CalendarError::Beyond { list: "holidays", day }));
        check(|c| c.holidays.insert(0, 20_498), Err(CalendarError::InBoth { date }));
        assert_eq!(Calendar::default().check(), Ok(()));
        let message = CalendarError::Order { list: "holidays", date }.to_string();
        assert_eq!(message, "read the holidays: 2026-02-14 stands twice or out of order");
    }
}
