//! The stories once more, executed by the rules themselves: the same events, and bundles that verify.

use crate::world;

use custody::{BlockPosition, execute_block, genesis_state};
use ledger::{
    BlockId, Outcome, SignedTx, StateKey, StateRead, VerifiedTx, WriteSet,
    record::{NetworkRecord, Stamp},
    state::MemoryState,
};
use proof::{Options, Standing, verify};
use std::{collections::BTreeMap, sync::Arc};
use world::{
    World,
    stories::{NAMES, Story, elsewhere, story},
};

/// These write records that no transaction of the story wrote: keys, an item of genesis, another validator set.
const BY_HAND: [&str; 3] = ["keys", "genesis", "validators"];

fn verified(world: &World, tx: &SignedTx) -> Arc<VerifiedTx> {
    let key = |id: &ledger::KeyId| {
        let record: Option<ledger::KeyRecord> = world.state.record(&StateKey::Key(*id)).unwrap();
        record.and_then(|r| r.public_key())
    };
    Arc::new(tx.clone().resolve(&world.network, key).unwrap().verify().unwrap())
}

/// That the other network of the stories is admitted.
fn known() -> WriteSet {
    let World { network, set, now, genesis, .. } = elsewhere();
    let (chain, block) = (genesis.chain, BlockId::default());
    let record = NetworkRecord { chain, set, height: now.height, block, time: now.time, from: now };
    let mut writes = WriteSet::default();
    writes.put(StateKey::Network(network), &record);
    writes
}

#[test]
fn the_rules_write_the_same_events() {
    for name in NAMES.into_iter().filter(|n| !BY_HAND.contains(n)) {
        let Story { mut world, item, .. } = story(name);
        let by_hand = std::mem::take(&mut world.events);
        let mut state = MemoryState::default();
        state.apply(&genesis_state(&world.genesis).unwrap().writes);
        state.apply(&known());
        let mut blocks: BTreeMap<Stamp, Vec<Arc<VerifiedTx>>> = BTreeMap::new();
        for (at, tx) in &world.executed {
            blocks.entry(*at).or_default().push(verified(&world, tx));
        }
        for (Stamp { height, time }, txs) in blocks {
            let position = BlockPosition { network: world.network, height, time, parent: BlockId::default() };
            let done = execute_block(&state, position, &txs).unwrap();
            for receipt in &done.receipts {
                assert!(matches!(receipt.outcome, Outcome::Accepted { .. }), "{name}: {:?}", receipt.outcome);
            }
            state.apply(&done.writes);
            for event in done.events {
                world.events.entry(event.item).or_default().push(event);
            }
        }
        assert_eq!(world.events, by_hand, "{name}");
        world.state = state;
        let verdict = verify(&world.export(&item).to_json(), Some(&world.trust), Options::default());
        assert_eq!(verdict.verdict, Standing::Valid, "{name}: {:?}", verdict.failure);
    }
}
