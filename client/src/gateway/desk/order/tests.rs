use super::*;
use crate::failure::Failure;
use gs1::Quantity;
use ledger::{
    ClassId, Hash, Lifecycle, OrgId,
    operation::Purpose,
    record::{Inside, Marks, Packed},
};
use serde_json::json;

fn id(seed: u8) -> ItemId {
    ItemId(Hash([seed; 32]))
}

fn lot(name: &str) -> String {
    format!("01/09520000102968/10/{name}")
}

fn record(code: &str, unit: Option<u8>, grant: Option<u8>) -> ItemRecord {
    let quantity = |text: &str| text.parse::<Quantity>().unwrap();
    let none = quantity("0 KGM");
    let code: ItemCode = code.parse().unwrap();
    ItemRecord {
        class: ClassId::default(),
        inside: matches!(code, ItemCode::Unit { .. }).then(Inside::default),
        code,
        registrant: OrgId::default(),
        custodian: OrgId::default(),
        state: Lifecycle::Stored,
        registered: quantity("2 KGM"),
        on_hand: quantity("2 KGM"),
        used: none,
        derived: none,
        wasted: none,
        lost: none,
        disposed: none,
        purpose: Purpose::Research,
        marks: Marks::default(),
        place: None,
        quarantined: false,
        grant: grant.map(|seed| GrantId(Hash([seed; 32]))),
        excursions: 0,
        holds: Vec::new(),
        container: unit.map(|seed| Packed { unit: id(seed), level: 0 }),
        count: 1,
        head: Hash::default(),
        custody_seq: 0,
        trail: Hash::default(),
        offer: None,
        previous: None,
        private: None,
    }
}

const BOX: &str = "00/006141411234567890";
const PALLET: &str = "00/106141411234567897";

/// IN lies in a box on a pallet; A and B lie about; C1 and C2 are under one permit, D under another; T is two items; LOST is
/// in a unit that nobody shows.
struct World(Vec<(ItemId, ItemRecord)>);

impl World {
    fn new() -> World {
        let all = [
            (1, record(&lot("IN"), Some(2), None)),
            (2, record(BOX, Some(3), None)),
            (3, record(PALLET, None, None)),
            (4, record(&lot("A"), None, None)),
            (5, record(&lot("B"), None, None)),
            (6, record(&lot("C1"), None, Some(1))),
            (7, record(&lot("C2"), None, Some(1))),
            (8, record(&lot("D"), None, Some(2))),
            (9, record(&lot("T"), None, None)),
            (10, record(&lot("T"), Some(2), None)),
            (11, record(&lot("LOST"), Some(99), None)),
        ];
        World(all.into_iter().map(|(seed, record)| (id(seed), record)).collect())
    }
}

impl Items for World {
    fn item(&self, id: &ItemId) -> Result<Option<ItemRecord>> {
        Ok(self.0.iter().find(|(of, _)| of == id).map(|(_, record)| record.clone()))
    }

    fn items_of(&self, code: &ItemCode) -> Result<Vec<(ItemId, ItemRecord)>> {
        Ok(self.0.iter().filter(|(_, record)| record.code == *code).cloned().collect())
    }
}

fn spec(value: serde_json::Value) -> ActSpec {
    serde_json::from_value(value).unwrap()
}

fn using(item: &str) -> ActSpec {
    spec(json!({ "act": "use", "item": item, "quantity": "1 KGM" }))
}

fn offer(item: &str) -> ActSpec {
    spec(json!({ "act": "offer", "item": item, "to": "9521000000025" }))
}

fn register(code: &str) -> ActSpec {
    spec(json!({ "act": "register", "items": [{ "code": code, "quantity": "1 KGM" }] }))
}

fn list(act: &str, items: &[String]) -> ActSpec {
    spec(match act {
        "pack" | "unpack" => json!({ "act": act, "unit": BOX, "items": items }),
        "store" => json!({ "act": act, "items": items, "premises": "9521000000018" }),
        "assign" => json!({ "act": act, "items": items, "grant": "SZ-1" }),
        _ => json!({ "act": act, "items": items }),
    })
}

fn derive(from: &str, to: &str) -> ActSpec {
    let outputs = [json!({ "code": to, "quantity": "1 KGM" })];
    spec(json!({ "act": "derive", "kind": "split", "inputs": [{ "item": from }], "outputs": outputs }))
}

#[test]
fn an_act_waits_for_an_earlier_one_that_touches_the_same() {
    let world = World::new();
    let check = |first: &ActSpec, second: &ActSpec, expect: bool| {
        let mut before = Before::default();
        before.add(&Things::of(&world, first).unwrap());
        let waits = before.holds_up(&Things::of(&world, second).unwrap());
        assert_eq!(waits, expect, "{first:?} then {second:?}");
    };
    let barrier = spec(json!({ "act": "cancel", "grant": "SZ-1", "reason": "over" }));
    let table: Vec<(ActSpec, ActSpec, bool)> = vec![
        (using(&lot("A")), using(&lot("B")), false),
        (using(&lot("A")), using(&lot("A")), true),
        // By code and by identity it is the same item.
        (using(&lot("A")), using(&id(4).to_string()), true),
        (using(&lot("A")), using(&format!("https://id.gs1.org/{}", lot("A"))), true),
        (register(&lot("N")), register(&lot("M")), false),
        (register(&lot("N")), register(&lot("N")), true),
        // What is not there yet has its code.
        (register(&lot("N")), using(&lot("N")), true),
        (using(&lot("N")), register(&lot("M")), false),
        // A new item of a code makes the code say something else.
        (register(&lot("A")), using(&lot("A")), true),
        (register(&lot("A")), using(&id(4).to_string()), true),
        (derive(&lot("A"), &lot("N")), using(&lot("N")), true),
        (derive(&lot("A"), &lot("N")), using(&lot("A")), true),
        (derive(&lot("A"), &lot("N")), using(&lot("B")), false),
        // Units, at any depth and in both directions.
        (using(&lot("IN")), offer(BOX), true),
        (using(&lot("IN")), offer(PALLET), true),
        (offer(PALLET), using(&lot("IN")), true),
        (offer(PALLET), using(&lot("A")), false),
        (list("pack", &[lot("A")]), offer(PALLET), true),
        (list("pack", &[lot("A")]), using(&lot("A")), true),
        (list("pack", &[lot("A")]), using(&lot("B")), false),
        (list("unpack", &[]), using(&lot("IN")), true),
        (list("store", &[lot("A"), lot("B")]), using(&lot("B")), true),
        // Any item of a code may be the one that is meant.
        (using(&lot("T")), offer(PALLET), true),
        // One permit has one quota.
        (list("declare", &[lot("C1")]), list("declare", &[lot("C2")]), true),
        (list("declare", &[lot("C1")]), list("declare", &[lot("D")]), false),
        (using(&lot("C1")), using(&lot("C2")), false),
        (list("declare", &[BOX.to_owned()]), list("declare", &[lot("A")]), true),
        // Barriers, before and behind.
        (barrier.clone(), using(&lot("A")), true),
        (using(&lot("A")), barrier.clone(), true),
        (list("assign", &[lot("A")]), using(&lot("B")), true),
        (using("abcdef01"), using(&lot("B")), true),
        (using(&lot("LOST")), using(&lot("B")), true),
    ];
    for (first, second, expect) in &table {
        check(first, second, *expect);
    }
}

#[test]
fn without_anything_before_it_nothing_waits() {
    let (mut before, all) = (Before::default(), Things::all());
    assert!(before.is_empty() && !before.holds_up(&all) && !before.is_barrier());
    before.add(&Things::default());
    assert!(!before.is_empty() && before.holds_up(&all) && !before.holds_up(&Things::default()));
    before.add(&Things::default().and(Things::all()));
    assert!(before.is_barrier() && before.holds_up(&Things::default()));
}

#[test]
fn what_cannot_be_asked_is_a_failure_and_no_empty_answer() {
    struct Silent;
    impl Items for Silent {
        fn item(&self, _: &ItemId) -> Result<Option<ItemRecord>> {
            Err(Failure::plain("H7009"))
        }

        fn items_of(&self, _: &ItemCode) -> Result<Vec<(ItemId, ItemRecord)>> {
            Err(Failure::plain("H7009"))
        }
    }
    assert_eq!(Things::of(&Silent, &using(&lot("A"))).unwrap_err().code, "H7009");
    assert_eq!(Things::of(&Silent, &register(&lot("A"))).map(|things| things.some.len()), Ok(1));
}
