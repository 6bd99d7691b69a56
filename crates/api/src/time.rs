//! Block time as text: RFC 3339, UTC, milliseconds.

use jiff::Timestamp as Instant;
use ledger::Timestamp;

/// `2026-11-21T08:00:00.123Z`. Times beyond the year 9999 are written as milliseconds.
pub fn rfc3339(time: Timestamp) -> String {
    let instant = i64::try_from(time.0).ok().and_then(|ms| Instant::from_millisecond(ms).ok());
    match instant {
        Some(instant) => format!("{instant:.3}"),
        None => format!("{} ms", time.0),
    }
}

/// The text was no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read {input:?} as a time such as 2026-11-21T08:00:00Z")]
pub struct TimeError {
    /// What was given, cut to 80 characters.
    pub input: String,
}

/// Reads an RFC 3339 time with an offset; digits beyond milliseconds are cut.
pub fn parse(text: &str) -> Result<Timestamp, TimeError> {
    let fail = || TimeError { input: text.chars().take(80).collect() };
    let instant: Instant = text.parse().map_err(|_| fail())?;
    u64::try_from(instant.as_millisecond()).map(Timestamp).map_err(|_| fail())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for (ms, text) in [(0, "1970-01-01T00:00:00.000Z"), (1_795_248_000_123, "2026-11-21T08:00:00.123Z")] {
            assert_eq!(rfc3339(Timestamp(ms)), text);
            assert_eq!(parse(text), Ok(Timestamp(ms)));
        }
        assert_eq!(parse("2026-11-21T16:00:00+08:00"), Ok(Timestamp(1_795_248_000_000)));
        assert!(parse("yesterday").is_err());
        assert!(rfc3339(Timestamp(u64::MAX)).ends_with("ms"));
    }
}
