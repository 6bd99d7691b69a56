use super::*;
use gs1::Unit;
use ledger::{
    Act,
    operation::{Change, Purpose, Value},
    record::{Hold, Lifecycle, Marks, PendingOffer},
};
use std::collections::BTreeSet;

/// A place where every name stands for something: its hash, and of items always the same record.
pub(crate) struct World;

pub(crate) fn world() -> World {
    World
}

fn named(word: &str) -> Hash {
    word.parse().unwrap_or_else(|_| Hash::of_bytes(&ledger::tag::FIELD, word.as_bytes()))
}

/// 100 pieces of a lot in the hands of `firm`, offered and held.
fn record() -> ItemRecord {
    let quantity = |text: &str| text.parse::<Quantity>().unwrap();
    let none = Quantity::zero(Unit::PIECE);
    ItemRecord {
        class: ClassId(named("class")),
        code: "01/09521100000017/10/L1".parse().unwrap(),
        registrant: OrgId(named("firm")),
        custodian: OrgId(named("firm")),
        state: Lifecycle::Stored,
        registered: quantity("100 H87"),
        on_hand: quantity("100 H87"),
        used: none,
        derived: none,
        wasted: none,
        lost: none,
        disposed: none,
        purpose: Purpose::Unstated,
        marks: Marks::default(),
        place: None,
        quarantined: false,
        grant: None,
        excursions: 0,
        holds: vec![Hold { by: vec![OrgId(named("customs"))], placed: 7, reason: Text::default() }],
        container: None,
        inside: None,
        count: 9,
        head: Hash::default(),
        custody_seq: 3,
        trail: named("trail"),
        offer: Some(PendingOffer {
            terms: named("terms"),
            receiver: OrgId(named("carrier")),
            expires: Timestamp(9),
            purpose: Purpose::Research,
            premises: None,
        }),
        previous: None,
        private: None,
    }
}

impl Names for World {
    fn network(&self) -> Result<NetworkId> {
        Ok(NetworkId::default())
    }

    fn now(&self) -> Timestamp {
        Timestamp(1_000_000)
    }

    fn org(&self, word: &str) -> Result<OrgId> {
        Ok(OrgId(named(word)))
    }

    fn class(&self, word: &str) -> Result<ClassId> {
        Ok(ClassId(named(word)))
    }

    fn item(&self, word: &str) -> Result<(ItemId, ItemRecord)> {
        Ok((ItemId(named(word)), record()))
    }

    fn grant(&self, word: &str) -> Result<GrantId> {
        Ok(GrantId(named(word)))
    }

    fn tx(&self, word: &str) -> Result<TxId> {
        Ok(TxId(named(word)))
    }

    fn person(&self, word: &str) -> Result<PersonId> {
        Ok(PersonId(named(word)))
    }

    fn key(&self, word: &str) -> Result<KeyId> {
        Ok(KeyId(named(word)))
    }

    fn last_entry(&self, _: Registry, _: &Subject, _: u16) -> Result<u64> {
        Ok(4)
    }

    fn document(&self, word: &str) -> Result<Hash> {
        Ok(named(word))
    }

    fn salt(&self) -> Result<[u8; 16]> {
        Ok([5; 16])
    }
}

/// An act of each kind, in TOML.
const ACTS: &str = r#"
act = "register-org"
id = "gln:9521000000018"
name = "A"
kind = "observer"
---
act = "register-class"
code = "09521100000017"
name = "A"
category = "blood"
grade = "2"
hgr = true
hs = "HS2022-WCO-300215"
---
act = "assert-hs"
class = "09521100000017"
hs = "HS2022-CN-3002150010"
---
act = "register"
items = [
  { code = "01/09521100000017/10/L1", quantity = "100 H87", purpose = "research" },
  { code = "00/006141411234567890" },
  { code = "hufu:isbt128/A9999", quantity = "1 H87", class = "isbt128:x" },
]
---
act = "assign"
items = ["a"]
grant = "P1"
---
act = "declare"
items = ["a", "b"]
exempt = true
---
act = "arrive"
items = ["a"]
port = "CNSHA"
---
act = "order-inspection"
items = ["a"]
premises = "9521000000018"
---
act = "inspect"
items = ["a"]
result = "exempt"
video = "video.mp4"
---
act = "test"
items = ["a"]
passed = true
report = "report.pdf"
---
act = "release"
items = ["a"]
---
act = "return"
items = ["a"]
reason = "wrong goods"
---
act = "destroy"
items = ["a"]
reason = "wrong goods"
---
act = "exit"
items = ["a"]
port = "CNSHA"
---
act = "offer"
item = "a"
to = "carrier"
purpose = "research"
premises = "9521000000018"
until = "12h"
---
act = "handover"
item = "a"
to = "carrier"
from = "firm"
---
act = "accept"
item = "a"
---
act = "refuse"
item = "a"
reason = "seal broken"
---
act = "withdraw"
item = "a"
---
act = "store"
items = ["a"]
premises = "9521000000018"
quarantine = true
---
act = "use"
item = "a"
quantity = "10"
---
act = "waste"
item = "a"
quantity = "10"
---
act = "dispose"
item = "a"
quantity = "10 H87"
---
act = "lose"
item = "a"
quantity = "10"
theft = true
---
act = "correct"
item = "a"
event = 5
bucket = "wasted"
quantity = "3"
reason = "counted twice"
---
act = "self-check"
items = ["a"]
counted = "99"
report = "report.pdf"
---
act = "telemetry"
items = ["a"]
kind = "temperature"
root = "root"
count = 3
from = "2025-03-03T01:00:00Z"
to = "2025-03-03T01:20:00Z"
min = -151250
max = -149000
---
act = "expert"
items = ["a"]
report = "report.pdf"
---
act = "document"
items = ["a"]
document = "paper.pdf"
---
act = "derive"
kind = "manufacture"
inputs = [{ item = "a", quantity = "5" }, { item = "b" }]
outputs = [{ code = "01/09521200000023/21/P001" }]
---
act = "pack"
unit = "u"
items = ["a", "b"]
---
act = "unpack"
unit = "u"
items = ["a"]
---
act = "place-hold"
item = "a"
reason = "alert"
---
act = "lift-hold"
item = "a"
---
act = "apply"
kind = "permit"
class = "09521100000017"
quantity = "1000 H87"
direction = "export"
region = "HK"
purpose = "research"
counterpart = "partner"
ports = ["CNSHA", "CNSZX"]
premises = "9521000000018"
from = "5d"
on = ["F1", "F2"]
---
act = "pause"
grant = "P1"
notice = "notice.pdf"
---
act = "resume"
grant = "P1"
---
act = "grant"
grant = "P1"
number = "SZ-1"
lane = "instant-permit"
from = "1d"
---
act = "refuse-grant"
grant = "P1"
reason = "no premises"
---
act = "cancel"
grant = "P1"
reason = "not needed"
---
act = "demand"
debtors = ["firm", "carrier"]
until = "10d"
about = "a"
---
act = "report"
filing = "F1"
year = 2025
quarter = 1
items = [{ item = "a", used = "60", disposed = "0", left = "40" }]
last = true
---
act = "answer"
duty = "4444444444444444444444444444444444444444444444444444444444444444"
---
act = "enact"
changes = [
  { change = "enter", registry = "rating", org = "firm", period = 2024, value = "A", to = "365d" },
  { change = "enter", registry = "premises", org = "firm", place = "9521000000018", value = "2" },
  { change = "enter", registry = "graded-class", class = "c", value = "2" },
  { change = "enter", registry = "expert", person = "p", value = "virology", documents = "paper.pdf" },
  { change = "enter", registry = "person-ban", person = "p", ends-keys = ["k", "l"] },
  { change = "end", registry = "white-list", org = "firm", class = "c", why = "cancelled", documents = "paper.pdf" },
  { change = "install-pack", pack = "gacc-281", from = 100 },
  { change = "remove-agency", org = "health", from = 100 },
]
---
act = "propose"
changes = [{ change = "enter", registry = "positive-list", class = "c" }]
until = "7d"
---
act = "approve"
proposal = "t"
---
act = "retract"
proposal = "t"
---
act = "close-alert"
alert = "4444444444444444444444444444444444444444444444444444444444444444"
reason = "looked at"
---
act = "advance-clock"
by = "95d"
---
act = "anchor"
documents = "5555555555555555555555555555555555555555555555555555555555555555"
count = 3
---
act = "share"
item = "a"
with = "partner"
until = "30d"
---
act = "end-share"
item = "a"
with = "partner"
---
act = "seal-key"
org = "firm"
key = "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e"
---
act = "depart"
item = "a"
to = "6666666666666666666666666666666666666666666666666666666666666666"
---
act = "land"
passage = "000000004444444444444444444444444444444444444444444444444444444444444444000000000000000000"
"#;

/// An act of each kind.
pub(crate) fn samples() -> Vec<ActSpec> {
    ACTS.split("---\n").map(|text| read(text).unwrap_or_else(|failure| panic!("{failure} in {text}"))).collect()
}

fn operation(text: &str) -> Operation {
    read(text).unwrap().build(&World).unwrap().operation
}

/// Keys and nodes are made and ended where their secrets are: by commands of their own.
#[test]
fn every_other_act_is_reached_and_has_its_shape() {
    let own = [Act::RegisterKey, Act::RotateKey, Act::EndKey, Act::RegisterNode, Act::EndNode];
    let mut reached = BTreeSet::new();
    for spec in samples() {
        let Built { operation, entries } = spec.build(&World).unwrap_or_else(|failure| panic!("{failure} in {spec:?}"));
        assert_eq!(operation.list().map_or(0, |list| list.count as usize), entries.len(), "{spec:?}");
        assert!(entries.iter().all(|entry| operation.takes(&entry.body)), "{spec:?}");
        reached.insert(operation.act());
    }
    let all: BTreeSet<Act> = Act::ALL.into_iter().filter(|act| !own.contains(act)).collect();
    assert_eq!(reached, all);
}

#[test]
fn an_act_is_the_same_in_toml_and_json() {
    for spec in samples() {
        let json = serde_json::to_string(&spec).unwrap();
        assert_eq!(read(&json), Ok(spec), "{json}");
    }
}

#[test]
fn what_an_act_does_not_have_is_refused() {
    let code = |text: &str| read(text).unwrap_err().code;
    for text in [
        "",
        "{",
        "act = \"fly\"",
        "act = \"release\"",
        "act = \"release\"\nitems = [\"a\"]\nport = \"CNSHA\"",
        "act = \"accept\"\nitem = 1",
        "{\"act\": \"accept\", \"item\": \"a\", \"at\": 3}",
        "act = \"register\"\nitems = [{ code = \"x\", amount = \"1\" }]",
        "act = \"enact\"\nchanges = [{ change = \"enter\", registry = \"tri\", organisation = \"x\" }]",
    ] {
        assert_eq!(code(text), "H1430", "{text}");
    }
    assert_eq!(read_changes("changes = []"), Ok(Vec::new()));
    assert_eq!(read_changes("change = []").unwrap_err().code, "H1430");
}

#[test]
fn words_that_are_none_name_those_that_are() {
    let code = |text: &str| read(text).unwrap().build(&World).map(|_| ()).unwrap_err().code;
    for (text, expected) in [
        ("act = \"inspect\"\nitems = [\"a\"]\nresult = \"good\"", "H1412"),
        ("act = \"offer\"\nitem = \"a\"\nto = \"b\"\npurpose = \"fun\"", "H1412"),
        ("act = \"offer\"\nitem = \"a\"\nto = \"b\"\npremises = \"9521000000019\"", "H1209"),
        ("act = \"use\"\nitem = \"a\"\nquantity = \"1.5\"", "H1233"),
        ("act = \"register\"\nitems = [{ code = \"01/09521100000017/10/L1\" }]", "H1443"),
        ("act = \"register\"\nitems = [{ code = \"hufu:isbt128/A\", quantity = \"1 H87\" }]", "H1443"),
        ("act = \"answer\"\nduty = \"x\"", "H1431"),
        ("act = \"enact\"\nchanges = [{ change = \"enter\", registry = \"lists\", org = \"x\" }]", "H1412"),
        ("act = \"enact\"\nchanges = [{ change = \"enter\", registry = \"tri\" }]", "H1445"),
        ("act = \"enact\"\nchanges = [{ change = \"enter\", registry = \"access\", org = \"x\" }]", "H1445"),
        ("act = \"enact\"\nchanges = [{ change = \"enter\", registry = \"tri\", org = \"x\", value = \"\" }]", "H1446"),
        ("act = \"enact\"\nchanges = [{ change = \"bytes\", bytes = \"00\" }]", "H1430"),
        ("act = \"enact\"\nchanges = [{ change = \"install-pack\", pack = \"x = 1\", from = 1 }]", "H1448"),
        ("act = \"enact\"\nchanges = [{ change = \"install-pack\", pack = \"plain\", from = 1 }]", "H1448"),
    ] {
        assert_eq!(code(text), expected, "{text}");
    }
    let many = vec!["\"a\""; MAX_ENTRIES + 1].join(", ");
    assert_eq!(code(&format!("act = \"release\"\nitems = [{many}]")), "H1444");
}

#[test]
fn what_is_not_said_is_the_usual() {
    let now = World.now();
    match operation("act = \"offer\"\nitem = \"a\"\nto = \"b\"") {
        Operation::Offer { terms } => {
            assert_eq!((terms.giver, terms.purpose, terms.premises), (OrgId(named("firm")), Purpose::Unstated, None));
            assert_eq!(terms.expires, now.plus_ms(48 * 3_600_000));
        }
        other => panic!("{other:?}"),
    }
    match operation("act = \"derive\"\nkind = \"merge\"\ninputs = [{ item = \"a\" }]\noutputs = []") {
        Operation::Derive { inputs, .. } => assert_eq!(inputs[0].quantity.to_string(), "100 H87"),
        other => panic!("{other:?}"),
    }
    match operation("act = \"lift-hold\"\nitem = \"a\"") {
        Operation::LiftHold { placed, .. } => assert_eq!(placed, 7),
        other => panic!("{other:?}"),
    }
    match operation("act = \"propose\"\nchanges = [{ change = \"enter\", registry = \"tri\", org = \"x\" }]") {
        Operation::Propose { motion, until } => {
            assert_eq!(until, now.plus_ms(14 * 86_400_000));
            let [Change::Enter(entry)] = motion.changes.as_slice() else { panic!("{motion:?}") };
            assert_eq!((entry.from, entry.to, &entry.value), (now, None, &Value::None));
        }
        other => panic!("{other:?}"),
    }
}

/// A change that no words describe travels as its bytes.
#[test]
fn a_change_as_bytes_is_that_change() {
    let change = Change::RemoveAgency { org: OrgId(named("health")), from: 9 };
    let bytes = hex::encode(ledger::codec::encode(&change));
    match operation(&format!("act = \"enact\"\nchanges = [{{ change = \"bytes\", bytes = \"{bytes}\" }}]")) {
        Operation::Enact { motion } => assert_eq!(motion.changes, [change]),
        other => panic!("{other:?}"),
    }
}
