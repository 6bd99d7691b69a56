//! How much an organisation may ask: of its nodes together, so that another node is no other quota.

use crate::limits::{BYTE_RATE, MALFORMED_COST, REQUEST_RATE, Rate, SUBMIT_RATE};
use ledger::OrgId;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Tokens that come back with time. It may be in debt.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    rate: Rate,
    left: f64,
    at: Instant,
}

impl Bucket {
    fn full(rate: Rate, now: Instant) -> Bucket {
        Bucket { rate, left: f64::from(rate.0), at: now }
    }

    fn fill(&mut self, now: Instant) {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * f64::from(self.rate.1);
        self.left = (self.left + gained).min(f64::from(self.rate.0));
        // What came back once does not come back again, whatever the clock does.
        self.at = self.at.max(now);
    }

    /// Whether everything has come back.
    fn is_full(&mut self, now: Instant) -> bool {
        self.has(self.rate.0, now).is_ok()
    }

    /// Whether there is so much, or after how long there will be.
    fn has(&mut self, amount: u32, now: Instant) -> Result<(), Duration> {
        self.fill(now);
        let lacks = f64::from(amount) - self.left;
        if lacks <= 0.0 { Ok(()) } else { Err(Duration::from_secs_f64(lacks / f64::from(self.rate.1))) }
    }

    fn take(&mut self, amount: u32, now: Instant) -> Result<(), Duration> {
        self.has(amount, now).map(|()| self.left -= f64::from(amount))
    }

    /// Takes what was spent already, whether it is there or not.
    fn owe(&mut self, amount: f64, now: Instant) {
        self.fill(now);
        self.left -= amount;
    }
}

#[derive(Debug)]
struct Quota {
    requests: Bucket,
    bytes: Bucket,
    submits: Bucket,
}

impl Quota {
    fn is_full(&mut self, now: Instant) -> bool {
        [&mut self.requests, &mut self.bytes, &mut self.submits].into_iter().all(|bucket| bucket.is_full(now))
    }
}

/// The quotas of all organisations that asked.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    of: HashMap<OrgId, Quota>,
}

impl Quotas {
    fn of(&mut self, org: OrgId, now: Instant) -> &mut Quota {
        self.of.entry(org).or_insert_with(|| Quota {
            requests: Bucket::full(REQUEST_RATE, now),
            bytes: Bucket::full(BYTE_RATE, now),
            submits: Bucket::full(SUBMIT_RATE, now),
        })
    }

    /// Whether the organisation is without debts, so that its bytes are looked at at all.
    pub(crate) fn hears(&mut self, org: OrgId, now: Instant) -> Result<(), Duration> {
        let quota = self.of(org, now);
        quota.requests.has(0, now)?;
        quota.bytes.has(0, now)
    }

    /// Counts a request, or a transaction that is submitted.
    pub(crate) fn take(&mut self, org: OrgId, submits: bool, now: Instant) -> Result<(), Duration> {
        let quota = self.of(org, now);
        let bucket = if submits { &mut quota.submits } else { &mut quota.requests };
        bucket.take(1, now)
    }

    /// Counts bytes that were no request.
    pub(crate) fn malformed(&mut self, org: OrgId, now: Instant) {
        self.of(org, now).requests.owe(f64::from(MALFORMED_COST), now);
    }

    /// Counts an answer.
    pub(crate) fn answered(&mut self, org: OrgId, bytes: usize, now: Instant) {
        self.of(org, now).bytes.owe(bytes as f64, now);
    }

    /// Forgets organisations that have no node any more and have spent nothing: whoever ends its nodes and registers them
    /// again has no new quota.
    pub(crate) fn keep(&mut self, is_guest: impl Fn(&OrgId) -> bool, now: Instant) {
        self.of.retain(|org, quota| is_guest(org) || !quota.is_full(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::Hash;

    const ONE: OrgId = OrgId(Hash([1; 32]));
    const OTHER: OrgId = OrgId(Hash([2; 32]));

    /// How many of one kind are taken at one moment.
    fn taken(quotas: &mut Quotas, org: OrgId, submits: bool, now: Instant) -> u32 {
        (0..1_000_000).take_while(|_| quotas.take(org, submits, now).is_ok()).count() as u32
    }

    #[test]
    fn each_kind_has_its_own_measure_and_each_organisation_its_own_quota() {
        let (mut quotas, now) = (Quotas::default(), Instant::now());
        for submits in [false, true] {
            let rate = if submits { SUBMIT_RATE } else { REQUEST_RATE };
            assert_eq!(taken(&mut quotas, ONE, submits, now), rate.0);
            let pause = quotas.take(ONE, submits, now).unwrap_err();
            assert_eq!(pause, Duration::from_secs_f64(1.0 / f64::from(rate.1)));
            assert!(quotas.take(ONE, submits, now + pause / 2).is_err());
            // A little more: the clock counts in nanoseconds.
            assert!(quotas.take(ONE, submits, now + pause + Duration::from_micros(1)).is_ok());
            let later = now + Duration::from_secs(2);
            assert!(taken(&mut quotas, ONE, submits, later).abs_diff(2 * rate.1) <= 2);
        }
        assert_eq!(taken(&mut quotas, OTHER, false, now), REQUEST_RATE.0);
        assert_eq!(taken(&mut quotas, ONE, false, now + Duration::from_secs(86_400)), REQUEST_RATE.0);
    }

    #[test]
    fn bytes_are_paid_for_before_the_next_request_is_heard() {
        let (mut quotas, now) = (Quotas::default(), Instant::now());
        quotas.answered(ONE, BYTE_RATE.0 as usize, now);
        assert_eq!(quotas.hears(ONE, now), Ok(()));
        quotas.answered(ONE, BYTE_RATE.1 as usize, now);
        assert_eq!(quotas.hears(ONE, now), Err(Duration::from_secs(1)));
        assert_eq!(quotas.hears(OTHER, now), Ok(()));
        assert_eq!(quotas.hears(ONE, now + Duration::from_secs(1)), Ok(()));
    }

    #[test]
    fn garbage_costs_more_than_a_request() {
        let (mut quotas, now) = (Quotas::default(), Instant::now());
        let mut heard = 0;
        while quotas.hears(ONE, now).is_ok() {
            quotas.malformed(ONE, now);
            heard += 1;
        }
        // One more at the very edge of the debt.
        assert_eq!(heard, REQUEST_RATE.0 / MALFORMED_COST + 1);
    }

    #[test]
    fn who_leaves_and_comes_back_has_what_it_left_with() {
        let (mut quotas, now) = (Quotas::default(), Instant::now());
        quotas.answered(ONE, 2 * BYTE_RATE.0 as usize, now);
        quotas.take(OTHER, false, now).unwrap();
        let nobody = |_: &OrgId| false;
        quotas.keep(nobody, now);
        assert!(quotas.hears(ONE, now).is_err());
        let paid = now + Duration::from_secs(u64::from(2 * BYTE_RATE.0 / BYTE_RATE.1));
        quotas.keep(nobody, paid - Duration::from_secs(1));
        assert_eq!(quotas.of.keys().collect::<Vec<_>>(), [&ONE]);
        quotas.keep(nobody, paid);
        assert!(quotas.of.is_empty());
        quotas.take(ONE, false, now).unwrap();
        quotas.keep(|org| *org == ONE, paid);
        assert_eq!(quotas.of.len(), 1);
    }

    #[test]
    fn what_came_back_does_not_come_back_again() {
        let (mut quotas, now) = (Quotas::default(), Instant::now());
        let later = now + Duration::from_secs(1);
        taken(&mut quotas, ONE, false, now);
        taken(&mut quotas, ONE, false, later);
        for at in [now, later, now, later] {
            assert!(quotas.take(ONE, false, at).is_err());
        }
    }
}
