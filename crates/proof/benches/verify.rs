//! Cost of verifying a bundle of 12 events, beside the pure cost of its signatures in the same run.

#[path = "../tests/world/mod.rs"]
mod world;

use criterion::{Criterion, criterion_group, criterion_main};
use ledger::{PublicKey, Signature, codec, crypto::Check};
use proof::{Bundle, Options, verify};
use std::{hint::black_box, time::Duration};

/// Every signature of the bundle with its key already parsed: what no verifier can do without.
fn signatures(bundle: &Bundle, story: &world::stories::Story) -> Vec<Check> {
    let mut checks = Vec::new();
    for step in bundle.events.iter() {
        let Some(tx) = &step.tx else { continue };
        let body: ledger::TxBody = codec::decode(&tx.body, 1 << 20).unwrap();
        let signatures: Vec<Signature> = codec::decode(&tx.signatures, 1 << 20).unwrap();
        for (slot, signature) in body.signers.iter().zip(signatures) {
            let person = story.world.people.values().find(|p| p.key == slot.key).unwrap();
            let key = PublicKey::from_bytes(*person.secret.verifying_key().as_bytes()).unwrap();
            checks.push(Check { key, message: body.sign_hash(&body.id(), slot), signature });
        }
    }
    let certificate: ledger::Certificate = codec::decode(&bundle.anchor.certificate, 1 << 20).unwrap();
    for commit in &certificate.signatures {
        let message = certificate.precommit(story.world.network, commit.signer).sign_hash();
        let key = story.world.set.by_key(&commit.signer).unwrap().key;
        checks.push(Check { key, message, signature: commit.signature });
    }
    checks
}

fn bench(c: &mut Criterion) {
    let mut story = world::stories::story("harbour");
    story.world.fill(1_000_000);
    let json = story.json();
    let checks = signatures(&Bundle::from_json(&json).unwrap(), &story);
    let verdict = verify(&json, Some(&story.world.trust), Options::default());
    assert_eq!((verdict.exit_code(), verdict.events), (0, 12));
    assert_eq!(verdict.signatures.checked, checks.len() as u64);
    println!("12 events, {} signatures, {} bytes", checks.len(), json.len());
    let mut group = c.benchmark_group("bundle of 12 events");
    group.bench_function("signatures alone", |b| b.iter(|| black_box(&checks).iter().all(Check::holds)));
    group.bench_function("verify", |b| {
        b.iter(|| verify(black_box(&json), Some(&story.world.trust), Options::default()).exit_code())
    });
    group.bench_function("read the JSON alone", |b| b.iter(|| Bundle::from_json(black_box(&json)).is_ok()));
    let bundle = Bundle::from_json(&json).unwrap();
    group.bench_function("read the validator set alone", |b| {
        b.iter(|| codec::decode::<ledger::ValidatorSet>(black_box(&bundle.anchor.validators), 1 << 20).is_ok())
    });
    group.bench_function("inspect", |b| b.iter(|| proof::inspect(black_box(&json)).is_ok()));
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    targets = bench
}
criterion_main!(benches);
