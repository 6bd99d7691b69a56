//! Random lives of items, and what must hold in all of them: under custody alone, and under the draft.
//!
//! A failure names the seed of its sequence; `SEED=n` runs that one alone, and `SEQUENCES=n` so many of them:
//! `SEQUENCES=n cargo test -p custody --test all model::`.

mod plain;
mod told;

use crate::{lives, world::*};
use custody::{execute_block, select_and_execute};
use ledger::{ItemId, Receipt, StateKey, TxId, VerifiedTx, record::GrantRecord};
use std::{collections::BTreeSet, ops::Range, sync::Arc};
use told::Told;

/// Sequences under `plain`; a quarter as many under the draft.
const SEQUENCES: u64 = 2_400;
const ACTS: usize = 50;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|text| text.parse().ok())
}

fn sequences() -> u64 {
    number("SEQUENCES").unwrap_or(SEQUENCES)
}

fn seeds(count: u64) -> Range<u64> {
    number("SEED").map_or(0..count, |seed| seed..seed + 1)
}

/// Executes a block of what is admissible, as a proposer does, and takes it in.
fn execute(world: &mut World, told: &mut Told, block: &[Arc<VerifiedTx>]) -> Vec<(Arc<VerifiedTx>, Receipt)> {
    let position = world.next();
    let selection = select_and_execute(&world.state, position, block).expect("a state that reads");
    world.apply(position, &selection.execution);
    told.take_in(world, &selection.included, &selection.execution);
    selection.included.into_iter().zip(selection.execution.receipts).collect()
}

#[test]
fn random_lives_keep_to_the_invariants() {
    let base = plain::base();
    let mut told = Told::default();
    for seed in seeds(sequences()) {
        // Printed only when the test fails.
        println!("SEED={seed}");
        told.forget();
        let (mut world, mut life) = (base.clone(), plain::Life::new(seed));
        let mut acts = 0;
        while acts < ACTS {
            if life.rng.one_in(15) {
                world.wait(HOUR_MS);
            }
            let mut block = Vec::new();
            for _ in 0..=life.rng.below(3) {
                block.extend(life.act(&world, &told.items));
            }
            acts += block.len();
            execute(&mut world, &mut told, &block);
        }
    }
    println!("{:?}", told.seen);
    if number("SEED").is_none() && sequences() >= SEQUENCES {
        for act in ITEM_ACTS {
            assert!(told.seen.get(act.name()).copied().unwrap_or(0) > 100, "{act:?} hardly happened");
        }
    }
}

#[test]
fn random_lives_under_the_draft_keep_to_the_invariants() {
    let base = lives::base();
    let mut told = Told::default();
    for seed in seeds(sequences() / 4) {
        println!("SEED={seed}");
        told.forget();
        let (mut world, mut life) = (base.clone(), lives::Life::new(seed));
        for _ in 0..ACTS {
            let pause = life.pause_ms();
            if pause > 0 {
                world.wait(pause);
            }
            let act = life.act(&world);
            for (tx, receipt) in execute(&mut world, &mut told, &[act]) {
                life.learn(&world, &tx, &receipt);
            }
            for grant in &life.grants {
                check_grant(&world.grant(*grant));
            }
        }
    }
    println!("{:?}", told.seen);
    if number("SEED").is_none() && sequences() >= SEQUENCES {
        for act in ["assign", "declare", "inspect", "release", "apply", "decide", "pause", "resume", "use", "propose"] {
            assert!(told.seen.get(act).copied().unwrap_or(0) > 40, "{act} hardly happened");
        }
    }
}

/// Drawn is never more than approved, and a clock that stands has no due time.
fn check_grant(grant: &GrantRecord) {
    use ledger::record::GrantState::*;
    assert!(grant.drawn.amount() <= grant.application.quantity.amount(), "{grant:?}");
    assert!(grant.abroad.amount() <= grant.application.quantity.amount(), "{grant:?}");
    match grant.state {
        Applied => assert!(grant.due.is_some() && grant.valid.is_none(), "{grant:?}"),
        Paused => assert!(grant.due.is_none() && grant.pauses > 0, "{grant:?}"),
        Granted | Exhausted | Closed => assert!(grant.due.is_none() && grant.valid.is_some(), "{grant:?}"),
        Refused => assert!(grant.due.is_none() && grant.valid.is_none(), "{grant:?}"),
        Cancelled => assert!(grant.due.is_none(), "{grant:?}"),
    }
}

/// Whoever executes the blocks of a life again comes to the same state.
#[test]
fn a_life_that_is_executed_again_is_the_same() {
    for seed in 0..20 {
        let base = lives::base();
        let (mut world, mut life) = (base.clone(), lives::Life::new(seed));
        world.blocks.clear();
        for _ in 0..ACTS {
            let pause = life.pause_ms();
            if pause > 0 {
                world.wait(pause);
            }
            let tx = life.act(&world);
            let receipts = world.block(std::slice::from_ref(&tx));
            life.learn(&world, &tx, &receipts[0]);
        }
        let mut again = base.clone();
        for (position, txs) in &world.blocks {
            let execution = execute_block(&again.state, *position, txs).expect("a block that was executed before");
            again.apply(*position, &execution);
        }
        assert_eq!(again.state.root(), world.state.root(), "seed {seed}");
        assert_eq!(again.events, world.events, "seed {seed}");
        assert_eq!(again.record::<u64>(StateKey::Audits), world.record(StateKey::Audits), "seed {seed}");
    }
}

#[test]
fn a_tx_id_names_one_transaction() {
    let world = World::default();
    let ids: BTreeSet<TxId> = (0..50).map(|_| world.hold_tx(ItemId::default(), HEALTH).id()).collect();
    assert_eq!(ids.len(), 50);
}
