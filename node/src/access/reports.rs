//! What members' nodes have told of other agencies' nodes. It is somebody's word: it is shown to people, and nothing
//! follows from it.

use ::access::wire::{Fault, Report};
use ledger::{OrgId, record::Stamp};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Reports that are kept.
const MAX_REPORTS: usize = 1_024;
/// Those of one organisation: each fault of sixteen nodes.
const MAX_OF_ORG: usize = 80;
/// Time until the same report is logged again, however often it comes meanwhile.
const QUIET: Duration = Duration::from_secs(60);

/// A report, and who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reported {
    /// Who.
    pub(crate) by: OrgId,
    /// About which node.
    pub(crate) peer: [u8; 32],
    /// What.
    pub(crate) fault: Fault,
    /// In words.
    pub(crate) detail: String,
    /// The last block when it came first.
    pub(crate) first: Stamp,
    /// The same when it came last.
    pub(crate) last: Stamp,
    /// How often.
    pub(crate) times: u64,
}

/// The last reports, each with when it was logged; shared by reference count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reports(Arc<Mutex<VecDeque<(Reported, Instant)>>>);

impl Reports {
    /// Takes a report. The same one again is counted, and logged once in a while.
    pub(crate) fn note(&self, by: OrgId, report: Report, at: Stamp) {
        let Report { peer, kind, height, ref detail } = report;
        let detail = detail.to_string();
        if self.take(by, report, at, Instant::now()) {
            tracing::warn!(%by, peer = hex::encode(peer), fault = ?kind, height, detail, "a member reports a node");
        }
    }

    /// Keeps a report; says whether it is to be logged.
    fn take(&self, by: OrgId, report: Report, at: Stamp, now: Instant) -> bool {
        let Report { peer, kind, height: _, detail } = report;
        let detail = detail.to_string();
        let mut reports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |known: &Reported| known.by == by && known.peer == peer && known.fault == kind;
        match reports.iter_mut().find(|(known, _)| is_same(known)) {
            Some((known, logged)) => {
                (known.detail, known.last, known.times) = (detail, at, known.times.saturating_add(1));
                let is_due = now.duration_since(*logged) >= QUIET;
                if is_due {
                    *logged = now;
                }
                is_due
            }
            None => {
                let report = Reported { by, peer, fault: kind, detail, first: at, last: at, times: 1 };
                // Who tells of ever more nodes takes the place of nobody else's word, and does not fill the log.
                let own = reports.iter().enumerate().filter(|(_, (known, _))| known.by == by);
                let own: Vec<usize> = own.map(|(place, _)| place).collect();
                let oldest = own.first().copied().filter(|_| own.len() >= MAX_OF_ORG);
                let replaced = oldest.and_then(|oldest| reports.remove(oldest));
                reports.push_back((report, now));
                if reports.len() > MAX_REPORTS {
                    reports.pop_front();
                }
                replaced.is_none_or(|(_, logged)| now.duration_since(logged) >= QUIET)
            }
        }
    }

    /// The reports, the oldest first.
    pub(crate) fn list(&self) -> Vec<Reported> {
        let reports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reports.iter().map(|(report, _)| report.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{Hash, Text};

    #[test]
    fn the_last_are_kept_and_the_same_one_is_counted() {
        let reports = Reports::default();
        let at = Stamp::default();
        let report = |n: u16, kind| {
            let mut peer = [0; 32];
            peer[..2].copy_from_slice(&n.to_be_bytes());
            Report { peer, kind, height: 7, detail: Text::new("words").unwrap() }
        };
        let by = OrgId(Hash([1; 32]));
        reports.note(by, report(0, Fault::Stale), at);
        reports.note(by, report(0, Fault::Stale), at);
        reports.note(by, report(0, Fault::Feed), at);
        reports.note(OrgId(Hash([2; 32])), report(0, Fault::Stale), at);
        let times: Vec<u64> = reports.list().iter().map(|reported| reported.times).collect();
        assert_eq!(times, [2, 1, 1]);
        for n in 1..=u16::try_from(MAX_REPORTS).unwrap() {
            let mut by = [3; 32];
            by[..2].copy_from_slice(&n.to_be_bytes());
            reports.note(OrgId(Hash(by)), report(n, Fault::Proof), at);
        }
        let list = reports.list();
        assert_eq!((list.len(), list[0].peer[..2].to_vec()), (MAX_REPORTS, vec![0, 1]));
    }

    #[test]
    fn who_tells_of_ever_more_nodes_fills_neither_the_list_nor_the_log() {
        let (reports, begun) = (Reports::default(), Instant::now());
        let (a, b) = (OrgId(Hash([1; 32])), OrgId(Hash([2; 32])));
        let told = |by: OrgId, peer: u8, after: Duration| {
            let detail = Text::new("words").unwrap();
            let report = Report { peer: [peer; 32], kind: Fault::Stale, height: 7, detail };
            reports.take(by, report, Stamp::default(), begun + after)
        };
        assert!(told(b, 0, Duration::ZERO));
        let logged = (0..=255).filter(|peer| told(a, *peer, Duration::ZERO)).count();
        assert_eq!((logged, reports.list().len()), (MAX_OF_ORG, MAX_OF_ORG + 1));
        assert_eq!(reports.list()[0].by, b);
        assert!(!told(a, 0, QUIET - Duration::from_millis(1)));
        assert!(told(a, 1, QUIET));
    }

    #[test]
    fn the_same_one_is_logged_once_a_minute() {
        let (reports, begun) = (Reports::default(), Instant::now());
        let (a, b) = (OrgId(Hash([1; 32])), OrgId(Hash([2; 32])));
        let check = |by: OrgId, peer: u8, kind, after: Duration, expect: bool| {
            let report = Report { peer: [peer; 32], kind, height: 7, detail: Text::new("words").unwrap() };
            let is_logged = reports.take(by, report, Stamp::default(), begun + after);
            assert_eq!(is_logged, expect, "{by} {peer} {kind:?} {after:?}");
        };
        check(a, 1, Fault::Stale, Duration::ZERO, true);
        for n in 1..100 {
            check(a, 1, Fault::Stale, QUIET * n / 100, false);
        }
        check(b, 1, Fault::Stale, QUIET / 2, true);
        check(a, 2, Fault::Stale, QUIET / 2, true);
        check(a, 1, Fault::Proof, QUIET / 2, true);
        check(a, 1, Fault::Stale, QUIET, true);
        check(a, 1, Fault::Stale, QUIET * 2 - Duration::from_millis(1), false);
        check(a, 1, Fault::Stale, QUIET * 2, true);
        assert_eq!(reports.list()[0].times, 103);
    }
}
