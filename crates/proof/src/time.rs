//! Times as people read them.

use ledger::Timestamp;

const DAY_MS: u64 = 86_400_000;
/// 9999-12-31T23:59:59.999Z, the last moment that RFC 3339 can write.
const LAST_MS: u64 = 253_402_300_799_999;

/// RFC 3339 in UTC with milliseconds, `2026-01-31T08:00:00.000Z`; milliseconds since 1970 beyond the year 9999.
pub fn rfc3339(time: Timestamp) -> String {
    let ms = time.0;
    if ms > LAST_MS {
        return ms.to_string();
    }
    let (year, month, day) = civil(ms / DAY_MS);
    let of_day = ms % DAY_MS;
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, milli) = (of_day / 1_000 % 60, of_day % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// Gregorian date of a day counted from 1970-01-01 (Hinnant, "chrono-compatible low-level date algorithms").
///
/// The era begins on 0000-03-01, so that the leap day is the last of its year. `days` is below 2,932,897 here, which
/// keeps every step far from the limits of u64; saturating operations say so to the reader and to the lints.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days.saturating_add(719_468);
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let leaps = of_era / 36_524;
    let year_of_era =
        of_era.saturating_sub(of_era / 1_460).saturating_add(leaps).saturating_sub(of_era / 146_096) / 365;
    let before = year_of_era.saturating_mul(365).saturating_add(year_of_era / 4).saturating_sub(year_of_era / 100);
    let of_year = of_era.saturating_sub(before);
    let march = of_year.saturating_mul(5).saturating_add(2) / 153;
    let day = of_year.saturating_sub(march.saturating_mul(153).saturating_add(2) / 5).saturating_add(1);
    let month = if march < 10 { march.saturating_add(3) } else { march.saturating_sub(9) };
    let year = era.saturating_mul(400).saturating_add(year_of_era).saturating_add(u64::from(month <= 2));
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_772_600_767_089, "2026-03-04T05:06:07.089Z"),
            (1_785_542_400_000, "2026-08-01T00:00:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (LAST_MS, "9999-12-31T23:59:59.999Z"),
            (LAST_MS + 1, "253402300800000"),
            (u64::MAX, "18446744073709551615"),
        ] {
            assert_eq!(rfc3339(Timestamp(ms)), text);
        }
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let lengths = |year: u64| {
            let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
            [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        };
        let mut date = (1970, 1, 1);
        for day in 0..146_097 {
            assert_eq!(civil(day), date);
            let (mut y, mut m, mut d) = date;
            d += 1;
            if d > lengths(y)[m as usize - 1] {
                (m, d) = (m + 1, 1);
            }
            if m > 12 {
                (y, m) = (y + 1, 1);
            }
            date = (y, m, d);
        }
    }
}
