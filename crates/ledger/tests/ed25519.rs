//! One rule for signatures: ZIP 215 under registered keys, the same alone, in a batch, and in any company.
//!
//! The published vectors lie beside the repository, in `../shared/fixtures/ed25519`; where they are absent the tests
//! over them say so and pass.

use crate::samples::{self, Dice, public, sign, signing};
use curve25519_dalek::{constants::EIGHT_TORSION, edwards::CompressedEdwardsY, scalar::Scalar};
use ed25519_dalek::{Digest, Sha512};
use ed25519_zebra::{VerificationKey, VerificationKeyBytes, batch};
use ledger::{
    Hash, PublicKey, Signature,
    crypto::{Check, KeyError, all_hold},
};
use serde_json::Value;
use std::{fs, path::Path};

// ---------------------------------------------------------------------------------------------------------- fixtures

/// One published case.
struct Case {
    number: usize,
    key: [u8; 32],
    message: Vec<u8>,
    signature: [u8; 64],
    flags: Vec<String>,
}

fn fixture(file: &str) -> Option<Vec<Value>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/ed25519");
    if !folder.is_dir() {
        println!("skipped: no fixtures");
        return None;
    }
    let text = fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("failed to read {file}: {error}"));
    Some(serde_json::from_str(&text).unwrap())
}

fn bytes<const N: usize>(case: &Value, field: &str) -> [u8; N] {
    let mut bytes = [0; N];
    hex::decode_to_slice(case[field].as_str().unwrap(), &mut bytes).unwrap();
    bytes
}

/// The CCTV collection: messages are text.
fn cctv() -> Vec<Case> {
    let cases = fixture("cctv.json").unwrap_or_default().into_iter().enumerate();
    let cases = cases.map(|(number, case)| Case {
        number,
        key: bytes(&case, "key"),
        message: case["msg"].as_str().unwrap().as_bytes().to_vec(),
        signature: bytes(&case, "sig"),
        flags: case["flags"]
            .as_array()
            .map_or_else(Vec::new, |f| f.iter().map(|v| v.as_str().unwrap().to_owned()).collect()),
    });
    cases.collect()
}

/// The speccheck collection: messages are 32 bytes, as all of ours are.
fn speccheck() -> Vec<Case> {
    let cases = fixture("speccheck.json").unwrap_or_default().into_iter().enumerate();
    let cases = cases.map(|(number, case)| Case {
        number,
        key: bytes(&case, "pub_key"),
        message: bytes::<32>(&case, "message").to_vec(),
        signature: bytes(&case, "signature"),
        flags: Vec::new(),
    });
    cases.collect()
}

/// What the library below decides on any key and message.
fn zip215(case: &Case) -> bool {
    let key = VerificationKey::try_from(VerificationKeyBytes::from(case.key));
    key.is_ok_and(|key| key.verify(&case.signature.into(), &case.message).is_ok())
}

#[test]
fn zip215_accepts_exactly_826_of_the_914_published_cases() {
    let cases = cctv();
    if cases.is_empty() {
        return;
    }
    assert_eq!(cases.len(), 914);
    assert_eq!(cases.iter().filter(|c| zip215(c)).count(), 826);
}

#[test]
fn a_batch_agrees_with_singles_on_every_published_case_in_random_company() {
    let mut dice = Dice(1);
    for cases in [cctv(), speccheck()] {
        if cases.is_empty() {
            return;
        }
        let valid: Vec<&Case> = cases.iter().filter(|c| zip215(c)).collect();
        for case in &cases {
            // Valid company, so that the batch's verdict is the case's.
            let mut company: Vec<&Case> = (0..dice.below(8)).map(|_| valid[dice.below(valid.len())]).collect();
            company.insert(dice.below(company.len() + 1), case);
            let mut together = batch::Verifier::new();
            for c in &company {
                together.queue((VerificationKeyBytes::from(c.key), c.signature.into(), &c.message));
            }
            let verdict = together.verify(Xof(blake3::Hasher::new_keyed(&dice.seed()).finalize_xof())).is_ok();
            assert_eq!(verdict, zip215(case), "case {} among {}", case.number, company.len());
        }
    }
}

/// Randomness for the library's batches, as `all_hold` makes it.
struct Xof(blake3::OutputReader);

impl rand_core::TryRng for Xof {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill(out);
        Ok(())
    }
}
impl rand_core::TryCryptoRng for Xof {}

#[test]
fn all_hold_agrees_with_verify_on_speccheck_under_any_key_that_parses() {
    let mut dice = Dice(2);
    let company: Vec<Check> = (1..9).map(honest).collect();
    for case in speccheck() {
        // Deliberately without the rule of registration: the two ways of checking must agree even then.
        let Ok(key) = PublicKey::registered(case.key) else { continue };
        let check = Check {
            key,
            message: Hash(case.message.clone().try_into().unwrap()),
            signature: Signature(case.signature),
        };
        assert_eq!(check.holds(), zip215(&case), "case {}", case.number);
        for _ in 0..8 {
            let mut batch: Vec<Check> = (0..dice.below(6)).map(|_| company[dice.below(company.len())]).collect();
            batch.insert(dice.below(batch.len() + 1), check);
            assert_eq!(all_hold(&batch, dice.seed()), check.holds(), "case {}", case.number);
        }
    }
}

// ------------------------------------------------------------------------------------------------------ registration

#[test]
fn registration_refuses_every_weak_non_canonical_or_mixed_order_key_of_the_fixtures() {
    let (mut taken, mut refused) = (0, 0);
    for case in cctv() {
        let has = |flag: &str| case.flags.iter().any(|f| f == flag);
        let bad = has("low_order_A") || has("low_order_component_A") || has("non_canonical_A");
        assert_eq!(PublicKey::from_bytes(case.key).is_err(), bad, "case {}: {:?}", case.number, case.flags);
        if bad { refused += 1 } else { taken += 1 }
    }
    println!("{taken} keys taken, {refused} refused");
}

#[test]
fn registration_names_what_is_wrong_with_a_key() {
    let torsion = EIGHT_TORSION.map(|point| point.compress().to_bytes());
    for key in torsion {
        assert_eq!(PublicKey::from_bytes(key), Err(KeyError::Torsion));
    }
    let good = CompressedEdwardsY(samples::key(1)).decompress().unwrap();
    for point in EIGHT_TORSION.iter().skip(1) {
        let mixed = (good + point).compress().to_bytes();
        assert_eq!(PublicKey::from_bytes(mixed), Err(KeyError::Torsion));
    }
    // y = 1 with the sign of x = 0 set; y = p; y = p + 1: other encodings of points that have one.
    let mut minus_zero = [0; 32];
    minus_zero[0] = 1;
    minus_zero[31] = 0x80;
    let mut p = [0xff; 32];
    (p[0], p[31]) = (0xed, 0x7f);
    let mut p_and_one = p;
    p_and_one[0] = 0xee;
    for key in [minus_zero, p, p_and_one] {
        assert_eq!(PublicKey::from_bytes(key), Err(KeyError::NotCanonical), "{}", hex::encode(key));
    }
    let mut no_point = [0; 32];
    no_point[0] = 2;
    assert_eq!(PublicKey::from_bytes(no_point), Err(KeyError::NotAPoint));
    for seed in 0..50 {
        assert_eq!(public(seed).bytes(), &samples::key(seed));
    }
}

#[test]
fn decoding_applies_the_rule_of_registration() {
    let bad = EIGHT_TORSION[1].compress().to_bytes();
    assert!(ledger::codec::decode::<PublicKey>(&bad, 32).is_err());
    let good = ledger::codec::decode::<PublicKey>(&samples::key(1), 32).unwrap();
    assert_eq!(good, public(1));
}

// --------------------------------------------------------------------------------------- crafted, under registered keys

fn honest(seed: u8) -> Check {
    let message = Hash([seed; 32]);
    Check { key: public(seed), message, signature: sign(seed, &message) }
}

/// A signature of the holder of a good key whose R has a component of small order: the cofactored rule accepts it, a
/// rule without cofactor does not, and a batch without cofactor decides by chance.
fn torsioned(seed: u8, torsion: usize) -> Check {
    let key = samples::key(seed);
    let message = Hash([seed ^ 0xff; 32]);
    let r = Scalar::from(u64::from(seed) + 77);
    let point = curve25519_dalek::constants::ED25519_BASEPOINT_POINT * r + EIGHT_TORSION[torsion];
    let big_r = point.compress().to_bytes();
    let mut digest = Sha512::new();
    for part in [&big_r, &key, &message.0] {
        digest.update(part);
    }
    let k = Scalar::from_bytes_mod_order_wide(&digest.finalize().into());
    let s = r + k * signing(seed).to_scalar();
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&big_r);
    signature[32..].copy_from_slice(s.as_bytes());
    Check { key: public(seed), message, signature: Signature(signature) }
}

#[test]
fn crafted_signatures_of_registered_keys_are_judged_alike_in_every_company() {
    let mut dice = Dice(3);
    for torsion in 0..EIGHT_TORSION.len() {
        for seed in 1..5 {
            let check = torsioned(seed, torsion);
            assert!(check.holds());
            for _ in 0..20 {
                let mut batch: Vec<Check> = (0..dice.below(5)).map(|n| torsioned(9 + n as u8, dice.below(8))).collect();
                batch.push(honest(30));
                batch.push(check);
                assert!(all_hold(&batch, dice.seed()));
            }
        }
    }
}

#[test]
fn one_false_signature_spoils_a_batch_wherever_it_stands() {
    let mut dice = Dice(4);
    for _ in 0..200 {
        let mut batch: Vec<Check> = (1..=1 + dice.below(20) as u8).map(honest).collect();
        assert!(all_hold(&batch, dice.seed()));
        let place = dice.below(batch.len());
        let bad = &mut batch[place];
        match dice.below(4) {
            0 => bad.signature.0[dice.below(64)] ^= 1 << dice.below(8),
            1 => bad.message.0[dice.below(32)] ^= 1 << dice.below(8),
            2 => bad.key = public(60),
            // s + l: the same value in a form that no signature may have.
            _ => bad.signature.0[63] |= 0xe0,
        }
        assert!(!bad.holds());
        assert!(!all_hold(&batch, dice.seed()));
    }
    assert!(all_hold(&[], [0; 32]));
}
