//! Things at which a node fails although it answers otherwise: each is tried again after a pause, and an act is given up in
//! the end, so that nothing waits behind it for ever. Time is an argument.

use super::super::book::What;
use crate::failure::Failure;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Pauses before something is tried again, the first and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(30);
/// Longest time between two failures that counts: while no node answered at all, nothing failed.
const MOST_COUNTED: Duration = Duration::from_secs(120);

struct Failing {
    /// How long it has failed.
    spent: Duration,
    last: Instant,
    /// Not before then.
    due: Instant,
    pause: Duration,
    why: Failure,
}

/// What fails, and for how long.
pub(super) struct Patience {
    give_up: Duration,
    failing: BTreeMap<What, Failing>,
}

impl Patience {
    pub(super) fn new(give_up: Duration) -> Patience {
        Patience { give_up, failing: BTreeMap::new() }
    }

    /// Whether something is to be tried by now.
    pub(super) fn is_due(&self, what: &What, now: Instant) -> bool {
        self.failing.get(what).is_none_or(|failing| failing.due <= now)
    }

    /// It failed once more. Gives the failure with which it is given up, once that went on for long enough.
    ///
    /// What cannot be known (H7007, H7018) is no failing: to give it up would be to forget what may have been done.
    pub(super) fn failed(&mut self, what: What, why: &Failure, now: Instant) -> Option<Failure> {
        let fresh = || Failing { spent: Duration::ZERO, last: now, due: now, pause: FIRST_PAUSE, why: why.clone() };
        let failing = self.failing.entry(what).or_insert_with(fresh);
        if !matches!(why.code.as_str(), "H7007" | "H7018") {
            failing.spent += now.saturating_duration_since(failing.last).min(MOST_COUNTED);
        }
        (failing.last, failing.due) = (now, now + failing.pause);
        failing.pause = LAST_PAUSE.min(failing.pause * 2);
        failing.why = why.clone();
        (failing.spent >= self.give_up).then(|| {
            let values = [("time", words(self.give_up)), ("last", why.code.clone())];
            Failure::new("H1669", values)
        })
    }

    /// It went well, or is over.
    pub(super) fn fine(&mut self, what: &What) {
        self.failing.remove(what);
    }

    /// Why the first thing that fails does.
    pub(super) fn trouble(&self) -> Option<&Failure> {
        self.failing.values().next().map(|failing| &failing.why)
    }
}

/// A span as the settings have it.
fn words(span: Duration) -> String {
    let seconds = span.as_secs();
    match (seconds % 3_600, seconds % 60) {
        (0, _) => format!("{}h", seconds / 3_600),
        (_, 0) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACT: What = What::Act((0, 0));

    /// Fails every so many seconds; after how many failures it is given up.
    fn failures(code: &str, every: u64, most: usize) -> Option<usize> {
        let mut patience = Patience::new(Duration::from_secs(3_600));
        let start = Instant::now();
        let why = Failure::plain(code);
        (0..most).position(|n| {
            let now = start + Duration::from_secs(every * n as u64);
            assert!(patience.is_due(&ACT, now));
            patience.failed(ACT, &why, now).is_some()
        })
    }

    #[test]
    fn an_act_is_given_up_after_the_time_that_it_failed_and_never_for_being_unknown() {
        let check = |code: &str, every: u64, expect: Option<usize>| {
            assert_eq!(failures(code, every, 1_000), expect, "{code} every {every} s");
        };
        check("H7009", 60, Some(60));
        check("H7010", 100, Some(36));
        // A night without a node is not an hour of failing.
        check("H7009", 12 * 3_600, Some(30));
        check("H7018", 60, None);
    }

    #[test]
    fn what_goes_well_once_begins_anew_and_pauses_grow() {
        let mut patience = Patience::new(Duration::from_secs(100));
        let (start, why) = (Instant::now(), Failure::plain("H7009"));
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        assert_eq!(patience.failed(ACT, &why, at(0)), None);
        assert!(!patience.is_due(&ACT, start) && patience.is_due(&ACT, at(1)));
        assert!(patience.is_due(&What::Act((0, 1)), start), "others go on");
        assert_eq!(patience.failed(ACT, &why, at(90)), None);
        patience.fine(&ACT);
        assert!(patience.trouble().is_none());
        assert_eq!(patience.failed(ACT, &why, at(180)), None);
        for n in 0..10 {
            patience.failed(ACT, &why, at(181 + n));
        }
        assert!(!patience.is_due(&ACT, at(190 + 29)) && patience.is_due(&ACT, at(190 + 30)));
        let given_up = patience.failed(ACT, &why, at(300)).unwrap();
        assert_eq!((given_up.code.as_str(), given_up.params["time"].as_str()), ("H1669", "100s"));
    }
}
