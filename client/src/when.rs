//! Times and spans as people write them.

use crate::failure::{Failure, Result};
use ledger::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time of this computer.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// A span such as `30m`, `12h` or `2d`, in milliseconds.
pub(crate) fn span(text: &str) -> Result<u64> {
    let fail = || Failure::form(text, "30s, 15m, 12h, 2d");
    let unit = match text.chars().last() {
        Some('s') => 1_000,
        Some('m') => 60_000,
        Some('h') => 3_600_000,
        Some('d') => 86_400_000,
        _ => return Err(fail()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| fail())?;
    number.checked_mul(unit).ok_or_else(fail)
}

/// A time, or a span counted from `from`.
pub(crate) fn moment(text: &str, from: Timestamp) -> Result<Timestamp> {
    if text.contains('T') {
        return api::time::parse(text).map_err(|_| Failure::form(text, "12h, 2026-11-21T08:00:00Z"));
    }
    Ok(from.plus_ms(span(text)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_times() {
        assert_eq!(span("90m"), Ok(5_400_000));
        assert_eq!(span("2d"), Ok(172_800_000));
        for bad in ["", "h", "12", "-1h", "1w", "99999999999999999999d", "18446744073709551615d", "一h", "1é"] {
            assert_eq!(span(bad).unwrap_err().code, "H1444", "{bad}");
        }
        assert_eq!(moment("1s", Timestamp(5)), Ok(Timestamp(1_005)));
        assert_eq!(moment("1970-01-01T00:00:01Z", Timestamp(5)), Ok(Timestamp(1_000)));
        assert!(moment("T", Timestamp(0)).is_err());
    }
}
