//! What one act costs on a ledger of 10^4 items and on one of 10^6: records read, records written, bytes of records
//! that the state tree hashes, and bytes of its nodes above them. The first three must not grow with what else the
//! ledger holds; the fourth grows with the depth of the tree, and nothing else may.
//!
//! Items are made when they are asked for, so that a million of them need no room; the acts are on the last of them.

#[allow(dead_code, unused_imports, reason = "the tests use the rest")]
#[path = "../tests/world/mod.rs"]
mod world;

use custody::execute_block;
use ledger::{
    CustodyPoint, GrantId, Hash, ItemId, ItemRecord, Lifecycle, Operation, Outcome, Role, StateKey, StateRead,
    Timestamp, TxId, VerifiedTx, codec,
    operation::{Change, Motion, Registry, Subject, Value},
    state::{MemoryState, ReadError},
};
use std::{cell::Cell, sync::Arc};
use world::{A, B, BOTH_REPORT, CUSTOMS, DAY_MS, Org, World, class_id, many, pieces};

const SMALL: u64 = 10_000;
const LARGE: u64 = 1_000_000;
/// Acts may cost so many percent of what they cost on the small ledger.
const MOST_PERCENT: u64 = 105;

/// A member of the crowd: an item like one of a few kinds.
fn member(n: u64, kind: u8) -> ItemId {
    let mut bytes = [0xc7; 32];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    bytes[31] = kind;
    ItemId(Hash(bytes))
}

/// A state with a crowd of items beside its own records; it counts what is read.
struct Crowd<'a> {
    base: &'a MemoryState,
    kinds: &'a [ItemRecord],
    items: u64,
    reads: Cell<u64>,
}

impl Crowd<'_> {
    fn made(&self, key: &StateKey) -> Option<Vec<u8>> {
        let StateKey::Item(ItemId(Hash(bytes))) = key else { return None };
        let n = u64::from_be_bytes(*bytes.first_chunk()?);
        let kind = bytes[31];
        let record = self.kinds.get(usize::from(kind))?;
        let is_member = n < self.items && *key == StateKey::Item(member(n, kind));
        is_member.then(|| codec::encode(record))
    }
}

impl StateRead for Crowd<'_> {
    fn read(&self, key: &StateKey) -> Result<Option<Vec<u8>>, ReadError> {
        self.reads.set(self.reads.get() + 1);
        Ok(self.base.read(key)?.or_else(|| self.made(key)))
    }
    fn expired(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, TxId)>, ReadError> {
        self.base.expired(until, limit)
    }
    fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, Hash)>, ReadError> {
        self.base.due(until, limit)
    }
}

/// The kinds of items: released, under a permit, inspected, received abroad.
const RELEASED: u8 = 0;
const PERMITTED: u8 = 1;
const INSPECTED: u8 = 2;
const ABROAD: u8 = 3;

/// A world in which each act is possible, and an item of each kind.
fn prepared() -> (World, Vec<ItemRecord>, GrantId) {
    let (mut world, filing) = World::filed();
    let (org, class) = (Org::FirmA.id(), class_id());
    world.enter(Registry::PositiveList, Subject::Class(class), Value::None);
    world.enter(Registry::PreReview, Subject::OrgClass(org, class), Value::None);
    let permit = world.permit(1_000);
    let export = world.granted(world.export_application(filing, 100));
    let released = world.imported(permit, "L1", 100);
    let permitted = world.assigned(permit, "L2", 100);
    let inspected = world.inspected(permit, "L3", 100);
    let abroad = world.received_abroad(export, "P1", 100);
    let kinds = [released, permitted, inspected, abroad].map(|item| world.item(item));
    let states = [Lifecycle::Released, Lifecycle::Permitted, Lifecycle::Inspected, Lifecycle::ReceivedAbroad];
    assert_eq!(kinds.each_ref().map(|record| record.state), states);
    (world, kinds.to_vec(), filing)
}

/// An act of each sort, on the last of the crowd.
fn acts(w: &World, kinds: &[ItemRecord], filing: GrantId, items: u64) -> Vec<(&'static str, Arc<VerifiedTx>)> {
    let of = |kind: u8| member(items - 1, kind);
    let record = &kinds[usize::from(RELEASED)];
    let at = CustodyPoint { seq: record.custody_seq, trail: record.trail };
    let item = of(RELEASED);
    let used = Operation::Use { item, at, quantity: pieces(1), private: None };
    let declare = |list| Operation::Declare { list, exempt: true, private: None };
    let release = |list| Operation::Release { list };
    let entry = w.entry(Registry::PositiveList, Subject::Class(class_id()), Value::None);
    let motion = Motion { changes: vec![Change::Enter(entry)] };
    let propose = Operation::Propose { motion, until: w.now.plus_ms(DAY_MS) };
    let usage = [(of(ABROAD), 60, 40, 0)];
    vec![
        ("handover", w.handover_at(item, at, A, B)),
        ("use", w.tx(used, &w.with_lead(A))),
        ("declare with a lane", w.list_tx(many(&[of(PERMITTED)]), declare, &[(A, Role::Declarant)])),
        ("release with a permit", w.list_tx(many(&[of(INSPECTED)]), release, &[(CUSTOMS, Role::Officer)])),
        ("propose", w.tx(propose, &[(CUSTOMS, Role::Officer)])),
        ("report", w.report_tx(filing, (2026, 1), &usage, true, BOTH_REPORT)),
    ]
}

/// Reads, writes, bytes of records hashed, bytes of nodes hashed.
type Cost = [u64; 4];

fn measure(w: &World, kinds: &[ItemRecord], items: u64, txs: &[Arc<VerifiedTx>]) -> Cost {
    let crowd = Crowd { base: &w.state, kinds, items, reads: Cell::new(0) };
    let execution = execute_block(&crowd, w.next(), txs).expect("an admissible block");
    for receipt in &execution.receipts {
        assert!(matches!(receipt.outcome, Outcome::Accepted { .. }), "{:?}", receipt.outcome);
    }
    let bytes = |(key, change): (&StateKey, &Option<Vec<u8>>)| {
        (codec::encode(key).len() + change.as_ref().map_or(0, Vec::len)) as u64
    };
    let records: u64 = execution.writes.changes().map(bytes).sum();
    let writes = execution.writes.len() as u64;
    // One node of two hashes for each level above a leaf.
    let all = w.state.len() as u64 + items * kinds.len() as u64;
    let depth = u64::from(all.next_power_of_two().trailing_zeros());
    [crowd.reads.get(), writes, records, writes * depth * 64]
}

fn main() {
    let (world, kinds, filing) = prepared();
    let sorts = acts(&world, &kinds, filing, SMALL).into_iter().zip(acts(&world, &kinds, filing, LARGE));
    println!("{:<24}{:>28}{:>28}{:>10}", "one act", format!("{SMALL} items"), format!("{LARGE} items"), "percent");
    let what = ["reads", "writes", "record bytes", "node bytes"];
    let empty = [SMALL, LARGE].map(|items| measure(&world, &kinds, items, &[]));
    let mut rows = vec![("an empty block", empty)];
    for ((name, small), (_, large)) in sorts {
        let costs = [measure(&world, &kinds, SMALL, &[small]), measure(&world, &kinds, LARGE, &[large])];
        rows.push((name, costs));
    }
    for (name, [small, large]) in rows {
        println!("{name}");
        for (index, what) in what.iter().enumerate() {
            let (small, large) = (small[index], large[index]);
            let percent = (large * 100).checked_div(small).unwrap_or(100);
            println!("    {what:<20}{small:>28}{large:>28}{percent:>10}");
            if *what != "node bytes" {
                assert!(large * 100 <= small * MOST_PERCENT, "{name}: {what} grow with the ledger");
            }
        }
    }
}
