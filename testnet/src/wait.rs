//! Waiting for something to become true, with a deadline. Tests and commands wait through this and nothing else.

use std::{
    fmt, thread,
    time::{Duration, Instant},
};

/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(20);

/// What was waited for did not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotInTime {
    /// What was waited for.
    pub what: String,
    /// For how long.
    pub waited: Duration,
    /// What was seen last.
    pub last: String,
}

impl fmt::Display for NotInTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wait for {}: not within {} s", self.what, self.waited.as_secs())?;
        match self.last.is_empty() {
            true => Ok(()),
            false => write!(f, "; last seen: {}", self.last),
        }
    }
}

impl std::error::Error for NotInTime {}

/// What a look saw.
pub enum Seen<T> {
    /// What was waited for.
    Yes(T),
    /// Not yet, and what there is instead.
    NotYet(String),
}

/// Looks again and again until `look` says yes or the time is up. It always looks at least once.
pub fn wait_for<T>(what: &str, at_most: Duration, mut look: impl FnMut() -> Seen<T>) -> Result<T, NotInTime> {
    let start = Instant::now();
    loop {
        let last = match look() {
            Seen::Yes(value) => return Ok(value),
            Seen::NotYet(last) => last,
        };
        let waited = start.elapsed();
        if waited >= at_most {
            return Err(NotInTime { what: what.to_owned(), waited, last });
        }
        pause(INTERVAL.min(at_most.saturating_sub(waited)));
    }
}

/// Rests for a while; for the pacing of load, and of [`wait_for`].
pub fn pause(time: Duration) {
    thread::sleep(time);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_when_it_is_seen_or_when_the_time_is_up() {
        let mut looks = 0;
        let found = wait_for("three", Duration::from_secs(10), || {
            looks += 1;
            if looks == 3 { Seen::Yes(looks) } else { Seen::NotYet(looks.to_string()) }
        });
        assert_eq!(found, Ok(3));
        let never = wait_for::<()>("never", Duration::ZERO, || Seen::NotYet("nothing".into()));
        assert_eq!(never.unwrap_err().to_string(), "wait for never: not within 0 s; last seen: nothing");
    }
}
