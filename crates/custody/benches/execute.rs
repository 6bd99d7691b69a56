//! What executing a block costs: 1,000 handovers of as many items, verified before, over a state in memory.

#[allow(dead_code, unused_imports, reason = "the tests use the rest")]
#[path = "../tests/world/mod.rs"]
mod world;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ledger::{ItemId, VerifiedTx, operation::InspectionResult};
use std::sync::Arc;
use world::{A, B, CUSTOMS, World, lot, pieces};

const HANDOVERS: usize = 1_000;

/// A world with released lots of firm A, and one handover of each to firm B.
fn waiting() -> (World, Vec<Arc<VerifiedTx>>) {
    let mut world = World::default();
    let lots = (0..HANDOVERS).map(|n| (lot(&format!("L{n}")), pieces(10))).collect();
    let registered = world.accepted(world.register_tx(A, lots));
    let items: Vec<ItemId> =
        (0u32..).take(HANDOVERS).map(|index| ItemId::of(&world.network, &registered, index)).collect();
    world.accepted(world.declare_tx(A, &items));
    world.accepted(world.inspect_tx(CUSTOMS, &items, InspectionResult::Passed));
    world.accepted(world.release_tx(CUSTOMS, &items));
    let handovers = items.iter().map(|item| world.handover(*item, A, B)).collect();
    (world, handovers)
}

fn execute(c: &mut Criterion) {
    let (world, handovers) = waiting();
    let mut group = c.benchmark_group("execute_block");
    group.throughput(Throughput::Elements(HANDOVERS as u64));
    group.sample_size(20);
    group.bench_function("1000 handovers", |bencher| {
        bencher.iter_batched(
            || handovers.clone(),
            |txs| world.execute(&txs).expect("an admissible block"),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, execute);
criterion_main!(benches);
