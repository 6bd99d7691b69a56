//! The signature bound: what the cores could do if they did nothing but verify signatures.

use keys::Signer;
use ledger::{Hash, PublicKey, Signature};
use std::time::{Duration, Instant};

/// Distinct keys that are verified in turn.
const KEYS: usize = 256;
/// Passes over them; the middle one counts, so that a noisy neighbour does not.
const PASSES: usize = 15;

/// Time of one single ZIP 215 verification on this machine, now.
pub(super) fn verification_time() -> Duration {
    let checks: Vec<(PublicKey, Hash, Signature)> = (0..KEYS)
        .map(|_| {
            let key = crate::stock::random_key();
            let message = Hash(rand::random());
            (key.public_key(), message, key.sign(&message))
        })
        .collect();
    let mut passes: Vec<Duration> = (0..PASSES)
        .map(|_| {
            let start = Instant::now();
            let valid = checks.iter().filter(|(key, message, signature)| key.verify(message, signature)).count();
            assert_eq!(valid, KEYS, "signatures just made must hold");
            start.elapsed()
        })
        .collect();
    passes.sort();
    passes[0] / KEYS as u32
}

/// `cores / (validators on this machine * 2 * t)`: each handover has two signatures, which each agency verifies.
pub(super) fn handovers_per_second(verify: Duration, validators: usize) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    cores as f64 / (validators.max(1) as f64 * 2.0 * verify.as_secs_f64())
}
