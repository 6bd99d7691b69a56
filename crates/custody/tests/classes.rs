//! Classes: their tariff codes by jurisdiction and edition.

mod world;

use ledger::{StateKey, record::ClassRecord};
use world::*;

/// Of the codes of one jurisdiction and edition the last asserted is in force; the others stay readable.
#[test]
fn the_last_code_of_a_jurisdiction_and_edition_is_in_force() {
    let mut world = World::default();
    for hs in ["HS2022-HK-30021500", "HS2022-CN-3002150010", "HS2028-CN-3002150000", "HS2022-HK-30021510"] {
        world.accepted(world.assert_hs_tx(hs));
    }
    let class: ClassRecord = world.record(StateKey::Class(class_id())).unwrap();
    let in_force: Vec<String> = class.hs_in_force().map(|hs| hs.to_string()).collect();
    assert_eq!(in_force, ["HS2022-CN-3002150010", "HS2028-CN-3002150000", "HS2022-HK-30021510"]);
    assert_eq!(class.hs.len(), 5);
    assert!(class.hs[0].cause.is_none() && class.hs[1..].iter().all(|a| a.cause.is_some() && a.at.height > 0));
}
