//! What a run came to.

use super::{LoadOptions, Rate, shots::Tally};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, time::Duration};

/// Value of `schema` in [`LoadReport`].
pub const LOAD_SCHEMA: &str = "hufu.load/1";

/// Milliseconds from the intended moment of sending to the committed receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// Half were faster.
    pub p50: f64,
    /// Nine of ten were faster.
    pub p90: f64,
    /// All but one of a hundred were faster.
    pub p99: f64,
}

/// What a run came to: `testnet load --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadReport {
    /// [`LOAD_SCHEMA`].
    pub schema: String,
    /// `handover`.
    pub kind: String,
    /// `max`, or handovers a second.
    pub rate: String,
    /// Handovers sent.
    pub submitted: u64,
    /// Confirmed by a committed receipt.
    pub committed: u64,
    /// Refused by a rule, or inadmissible.
    pub refused: u64,
    /// Sent, but nothing was heard of them in time.
    pub unknown: u64,
    /// Committed, by the time from the start to the last receipt.
    pub tps: f64,
    /// Latencies.
    pub latency_ms: Latency,
    /// What the cores could do if they only verified signatures.
    pub signature_bound_tps: f64,
    /// `tps` by it.
    pub ratio_to_bound: f64,
    /// Time from the start to the last receipt, in seconds.
    pub elapsed_s: f64,
    /// One single verification of a signature, in microseconds.
    pub verification_us: f64,
    /// Cores of this machine.
    pub cores: usize,
    /// Validators on this machine.
    pub validators: usize,
    /// Nodes that were sent to.
    pub nodes: usize,
    /// Times that the receipts of a node broke off, as where it is stopped, and were followed again.
    pub followed_again: u64,
    /// Refusals by code.
    pub refusals: BTreeMap<String, u64>,
}

/// On what it ran.
pub(super) struct Setting {
    pub(super) bound: f64,
    pub(super) verify: Duration,
    pub(super) validators: usize,
    pub(super) nodes: usize,
    pub(super) followed_again: u64,
}

impl LoadReport {
    pub(super) fn of(options: &LoadOptions, tally: &Tally, elapsed: Duration, setting: Setting) -> LoadReport {
        let seconds = elapsed.as_secs_f64();
        let tps = if seconds > 0.0 { tally.committed as f64 / seconds } else { 0.0 };
        LoadReport {
            schema: LOAD_SCHEMA.into(),
            kind: "handover".into(),
            rate: match options.rate {
                Rate::Max => "max".into(),
                Rate::PerSecond(rate) => rate.to_string(),
            },
            submitted: tally.submitted as u64,
            committed: tally.committed as u64,
            refused: tally.refused as u64,
            unknown: tally.submitted.saturating_sub(tally.committed + tally.refused) as u64,
            tps: rounded(tps, 10.0),
            latency_ms: Latency {
                p50: percentile(&tally.latencies_us, 50),
                p90: percentile(&tally.latencies_us, 90),
                p99: percentile(&tally.latencies_us, 99),
            },
            signature_bound_tps: rounded(setting.bound, 10.0),
            ratio_to_bound: rounded(tps / setting.bound, 1000.0),
            elapsed_s: rounded(seconds, 1000.0),
            verification_us: rounded(setting.verify.as_secs_f64() * 1e6, 100.0),
            cores: std::thread::available_parallelism().map_or(1, |n| n.get()),
            validators: setting.validators,
            nodes: setting.nodes,
            followed_again: setting.followed_again,
            refusals: tally.refusals.clone(),
        }
    }
}

fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

/// The smallest value that `percent` of all do not exceed (nearest rank), in milliseconds.
fn percentile(sorted_us: &[u32], percent: usize) -> f64 {
    let rank = (sorted_us.len() * percent).div_ceil(100).max(1);
    sorted_us.get(rank - 1).map_or(0.0, |us| rounded(f64::from(*us) / 1000.0, 10.0))
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Latency { p50, p90, p99 } = self.latency_ms;
        writeln!(
            f,
            "handovers    {} sent, {} committed, {} refused, {} unknown",
            self.submitted, self.committed, self.refused, self.unknown
        )?;
        for (code, count) in &self.refusals {
            writeln!(f, "  refused    {count} with {code}")?;
        }
        writeln!(f, "throughput   {} a second over {} s", self.tps, self.elapsed_s)?;
        writeln!(f, "latency      p50 {p50} ms · p90 {p90} ms · p99 {p99} ms, from the intended moment of sending")?;
        writeln!(
            f,
            "bound        {} a second: {} cores / ({} validators x 2 signatures x {} us)",
            self.signature_bound_tps, self.cores, self.validators, self.verification_us
        )?;
        write!(f, "ratio        {}", self.ratio_to_bound)
    }
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let values: Vec<u32> = (1..=200).map(|n| n * 1000).collect();
        assert_eq!([50, 90, 99, 100].map(|p| percentile(&values, p)), [100.0, 180.0, 198.0, 200.0]);
        assert_eq!(percentile(&[7_000], 99), 7.0);
        assert_eq!(percentile(&[], 50), 0.0);
    }
}
