//! Classes: their tariff codes by jurisdiction and edition.

use crate::world::*;
use ledger::{StateKey, record::ClassRecord};

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

/// An SSCC needs no GTIN: the class of logistic units comes with every network, and has no grade to judge by.
#[test]
fn every_network_has_the_class_of_logistic_units() {
    for world in [World::default(), World::regulated()] {
        let class: ClassRecord = world.record(StateKey::Class(unit_class())).unwrap();
        assert_eq!((class.grade.as_str(), class.hs.len(), class.cause), ("", 0, None));
    }
    let mut world = World::default();
    let unit = world.unit(A, 1);
    let record = world.item(unit);
    assert_eq!((record.state, record.inside), (ledger::Lifecycle::Stored, Some(Default::default())));
    // A unit's code is of no other class, and no other code is of this one.
    for (class, code) in [(class_id(), unit_code(2)), (unit_class(), lot("L1")), (unit_class(), serial("S1"))] {
        let body = registration_of(class, code, pieces(1), ledger::operation::Purpose::Unstated);
        let tx = world.register_all_tx(A, vec![body]);
        assert_eq!(world.refused(tx), ledger::Rejection::CodeNotOfClass);
    }
    let body = registration_of(unit_class(), unit_code(2), pieces(2), ledger::operation::Purpose::Unstated);
    let tx = world.register_all_tx(A, vec![body]);
    assert_eq!(world.refused(tx), ledger::Rejection::SerialNotOnePiece);
}
