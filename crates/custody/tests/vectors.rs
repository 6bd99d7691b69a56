//! A golden life: one item from genesis to its end, block by block, with every refusal on the way.
//!
//! `HUFU_BLESS=1 cargo test -p custody --test all vectors::` writes the file: do so only for a change of rules or
//! formats that is meant. Whoever executes these transactions in this order must come to these roots.

use crate::world::*;
use ledger::{
    Event, Hash, Outcome, Receipt, Role, VerifiedTx, codec, list,
    operation::{DeriveKind, InspectionResult, Operation, Purpose},
};
use serde_json::{Value, json};
use std::{env, fs, path::Path, sync::Arc};

const FILE: &str = "../../docs/formats/vectors/custody-life.json";

fn outcome(receipt: &Receipt) -> String {
    match &receipt.outcome {
        Outcome::Accepted { .. } => "accepted".into(),
        Outcome::Rejected { rejection, decision: _ } => rejection.code().into(),
    }
}

/// Executes a block and tells everything about it.
fn block(world: &mut World, txs: &[Arc<VerifiedTx>]) -> Value {
    let position = world.next();
    let execution = world.execute(txs).expect("an admissible block");
    world.apply(position, &execution);
    let results: Vec<Hash> = execution.receipts.iter().map(Receipt::hash).collect();
    let leaves: Vec<Hash> = txs.iter().map(|tx| tx.leaf()).collect();
    json!({
        "height": position.height,
        "time": position.time.0,
        "parent": position.parent.to_string(),
        "txs": txs.iter().map(|tx| hex::encode(tx.bytes())).collect::<Vec<_>>(),
        "txs_root": list::root(&leaves).to_string(),
        "outcomes": execution.receipts.iter().map(outcome).collect::<Vec<_>>(),
        "receipts": execution.receipts.iter().map(|r| hex::encode(codec::encode(r))).collect::<Vec<_>>(),
        "results_root": list::root(&results).to_string(),
        "events": execution.events.iter().map(|e: &Event| hex::encode(codec::encode(e))).collect::<Vec<_>>(),
        "history_root": execution.history.to_string(),
        "changes": execution.writes.len(),
        "state_root": world.state.root().to_string(),
    })
}

/// Port arrival, inspection, release, an offer and a face-to-face chain, rivals, a hold, use, a split, a logistic unit,
/// waste, disposal, a key's end.
fn life() -> Value {
    let mut world = World::default();
    let state_of_genesis = world.state.root().to_string();
    let mut blocks = Vec::new();
    let mut step = |txs: &[Arc<VerifiedTx>], world: &mut World| blocks.push(block(world, txs));

    let profile = Org::Stranger.profile();
    let org = world.tx(Operation::RegisterOrg { profile }, &[(CUSTOMS, Role::Officer)]);
    let claim = STRANGER.claim(&world.network, Org::Stranger, STRANGER.pseudonym(), all_roles());
    let stranger = Org::Stranger.id();
    let key = world.tx(Operation::RegisterKey { org: stranger, claim }, &[(CUSTOMS, Role::Officer)]);
    step(&[org, key], &mut world);
    let registered = world.register_tx(A, vec![(lot("L1"), pieces(1_000)), (serial("S1"), pieces(1))]);
    let items = [0, 1].map(|n| ledger::ItemId::of(&world.network, &registered.id(), n));
    let item = items[0];
    step(&[registered], &mut world);
    let declared = world.declare_tx(A, &items);
    let early = world.release_tx(CUSTOMS, &items);
    step(&[declared, early], &mut world);
    let passed = world.inspect_tx(CUSTOMS, &items[..1], InspectionResult::Passed);
    let pending = world.inspect_tx(CUSTOMS, &items[1..], InspectionResult::TestPending);
    let foreign = world.inspect_tx(HEALTH, &items[1..], InspectionResult::Passed);
    step(&[passed, pending, foreign], &mut world);
    step(&[world.release_tx(CUSTOMS, &items[..1])], &mut world);
    let terms = world.terms(item, world.point(item), Org::FirmA, Org::FirmB);
    step(&[world.offer(&terms, A), world.accept(&terms, CARRIER)], &mut world);
    step(&[world.accept(&terms, B)], &mut world);
    let first = world.handover(item, B, CARRIER);
    let rival = world.handover(item, B, DISPOSER);
    let then = world.point(item).after(&first.id());
    let second = world.handover_at(item, then, CARRIER, STRANGER);
    step(&[first, rival, second], &mut world);
    step(&[world.hold_tx(item, HEALTH), world.use_tx(item, pieces(1), STRANGER)], &mut world);
    let placed = world.item(item).count;
    step(&[world.lift_tx(item, placed, CUSTOMS), world.lift_tx(item, placed, HEALTH)], &mut world);
    step(&[world.use_tx(item, pieces(380), STRANGER)], &mut world);
    let split = world.derive_tx(STRANGER, DeriveKind::Split, &[(item, pieces(20))], world.parts(item, &[15, 5]));
    let parts = [0, 1].map(|n| ledger::ItemId::of(&world.network, &split.id(), n));
    let unit = registration_of(unit_class(), unit_code(1), pieces(1), Purpose::Unstated);
    let unit = world.register_all_tx(STRANGER, vec![unit]);
    let pallet = ledger::ItemId::of(&world.network, &unit.id(), 0);
    step(&[split, unit], &mut world);
    step(&[world.pack_tx(STRANGER, pallet, &parts)], &mut world);
    step(&[world.handover(pallet, STRANGER, CARRIER), world.handover(parts[0], STRANGER, CARRIER)], &mut world);
    step(&[world.unpack_tx(CARRIER, pallet, &parts[1..])], &mut world);
    step(&[world.waste_tx(item, pieces(600), STRANGER)], &mut world);
    step(&[world.dispose_tx(item, pieces(600), STRANGER, ENVIRONMENT)], &mut world);
    let end = Operation::EndKey { key: STRANGER.key_id(), reason: ledger::record::KeyEndReason::Compromised };
    let end = world.tx(end, &[(CUSTOMS, Role::Officer)]);
    let after = world.handover(items[1], STRANGER, B);
    step(&[end, after], &mut world);
    step(&[], &mut world);
    json!({
        "genesis": hex::encode(genesis().to_bytes()),
        "network": world.network.to_string(),
        "state_root": state_of_genesis,
        "blocks": blocks,
    })
}

#[test]
fn a_life_executes_to_the_same_roots() {
    let made = life();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if env::var_os("HUFU_BLESS").is_some() {
        fs::write(&path, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
        return;
    }
    let found: Value = serde_json::from_str(&fs::read_to_string(&path).expect("read custody-life.json")).unwrap();
    let blocks = |life: &Value| life["blocks"].as_array().cloned().unwrap_or_default();
    for (found, made) in blocks(&found).iter().zip(&blocks(&made)) {
        assert_eq!(found, made, "height {}", made["height"]);
    }
    assert_eq!(found, made);
}
