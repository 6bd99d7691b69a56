//! What an event of a partner asks of a gateway: to be kept and anchored, and nothing else.

use crate::gate::{Desk, until};
use crate::node::{GTIN, Node};
use crate::told::document;
use api::view::{EntryView, Page};
use ledger::{
    Hash, Operation, OrgId, Timestamp,
    operation::{NewEntry, Registry, Subject, Value::Level},
    record::{EntryRecord, Stamp},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Premises of the organisation, and of another one.
const PREMISES: &str = "9521000000018";
const ELSEWHERE: &str = "9521000000025";

/// What the node tells of premises.
fn registry() -> Value {
    let view = |gln: &str, org: OrgId| {
        let entry = NewEntry {
            registry: Registry::Premises,
            subject: Subject::Place(gln.parse().unwrap()),
            period: 0,
            value: Level { org, level: 2 },
            from: Timestamp(0),
            to: None,
            ends_keys: Vec::new(),
            documents: None,
        };
        let (place, at, decision) = (entry.place(), Stamp::default(), ledger::Decision::default());
        EntryView::of(&place, 1, &EntryRecord { entry, by: Vec::new(), at, decision, end: None }, Timestamp(0))
    };
    let items = vec![view(PREMISES, OrgId::default()), view(ELSEWHERE, OrgId(Hash([5; 32])))];
    serde_json::to_value(Page { items, next: None }).unwrap()
}

fn tell(node: &Node, premises: Value) {
    node.with(|state| {
        state.served.insert("/v1/registries/premises".to_owned(), premises);
    });
}

/// The use of a part of a lot.
fn used(id: &str, places: &[(&str, &str)]) -> Value {
    let mut event = json!({
        "type": "ObjectEvent", "eventID": id, "action": "OBSERVE", "bizStep": "dispensing",
        "eventTime": "2026-05-01T08:00:00Z", "eventTimeZoneOffset": "+00:00",
        "quantityList": [{ "epcClass": format!("https://id.gs1.org/01/{GTIN}/10/L1"), "quantity": 2, "uom": "KGM" }],
    });
    for (name, gln) in places {
        event[*name] = json!({ "id": format!("https://id.gs1.org/414/{gln}") });
    }
    event
}

/// Uses by the organisation, by a partner who holds a part of the lot too, by either, and by nobody who is named.
fn uses() -> [Value; 4] {
    [
        used("urn:u:ours", &[("bizLocation", PREMISES)]),
        used("urn:u:theirs", &[("bizLocation", ELSEWHERE)]),
        used("urn:u:both", &[("readPoint", PREMISES), ("bizLocation", ELSEWHERE)]),
        used("urn:u:nobody", &[]),
    ]
}

/// How many acts each event of a job asks for, as the journal has it: under the policy of this node two sign a use, so that
/// none is sent.
fn acts(desk: &Desk, job: usize) -> Vec<usize> {
    let journal = desk.journal();
    let lines = journal.lines().filter_map(|line| serde_json::from_str(line.split_once(' ')?.1).ok());
    let jobs: Vec<Value> = lines.filter(|line: &Value| line["line"] == "job").collect();
    let entries = jobs[job]["entries"].as_array().unwrap();
    entries.iter().map(|entry| entry["acts"].as_array().unwrap().len()).collect()
}

/// Of the problems of a list those that say why an event is not signed, each by the place of its event.
fn unsigned(list: &Value) -> BTreeMap<u64, String> {
    // A job without notes has no such list.
    let told = list.as_array().into_iter().flatten();
    let told = told.map(|one| (one["params"]["event"].as_str().unwrap(), one["code"].as_str().unwrap()));
    let told = told.filter(|(_, code)| ["H1570", "H1571", "H1572"].contains(code));
    told.map(|(event, code)| (event.parse().unwrap(), code.to_owned())).collect()
}

fn codes(list: &[(u64, &str)]) -> BTreeMap<u64, String> {
    list.iter().map(|(place, code)| (*place, (*code).to_owned())).collect()
}

#[test]
fn what_a_partner_did_with_his_part_of_a_lot_is_anchored_and_not_signed() {
    let named = [(1, "H1572"), (2, "H1571")];
    let or_nobody = [(1, "H1572"), (2, "H1571"), (3, "H1570")];
    for (setting, notes, asked) in
        [("", &or_nobody[..], [1, 0, 0, 0]), ("own-only = false\n", &named[..], [1, 0, 0, 1])]
    {
        let node = Node::start();
        tell(&node, registry());
        let desk = Desk::new(&node.url);
        desk.settings(&format!("anchor-after = '0s'\n{setting}"));
        let gateway = desk.start();
        let job = gateway.done(&gateway.capture(&document(&uses())).location);
        assert_eq!(unsigned(&job["notes"]), codes(notes), "{setting}{job}");
        assert_eq!(acts(&desk, 0), asked, "{setting}{job}");
        assert_eq!(job["events"][1]["state"], "committed", "{setting}{job}");
        let proof = until(|| Some(gateway.get("/events/urn%3Au%3Atheirs/proof")).filter(|told| told.status == 200));
        assert_eq!(proof.json()["eventID"], "urn:u:theirs");
        let state = node.state.lock().unwrap();
        assert!(state.txs.iter().all(|tx| matches!(tx.body.operation, Operation::Anchor { .. })));
    }
}

#[test]
fn a_strict_gateway_refuses_what_does_not_say_whose_it_is_and_takes_what_is_of_others() {
    let node = Node::start();
    tell(&node, registry());
    let desk = Desk::new(&node.url);
    desk.settings("anchor-after = '0s'\nstrict = true\n");
    let gateway = desk.start();
    let (text, behaviour) = (document(&uses()), [("GS1-Capture-Error-Behaviour", "proceed")]);
    let job = gateway.done(&gateway.post("/capture", "application/json", &behaviour, text.as_bytes()).location);
    assert_eq!(unsigned(&job["errors"]), codes(&[(2, "H1571"), (3, "H1570")]), "{job}");
    assert_eq!(unsigned(&job["notes"]), codes(&[(1, "H1572")]), "{job}");
    assert_eq!(acts(&desk, 0), [1, 0], "{job}");
}

#[test]
fn nothing_is_taken_until_a_node_told_whose_premises_are_whose_and_then_it_stays_known() {
    let node = Node::start();
    tell(&node, json!("away"));
    let desk = Desk::new(&node.url);
    let gateway = desk.start();
    let text = document(&uses());
    let told = gateway.capture(&text);
    assert_eq!((told.status, told.code().as_str()), (503, "H1666"));
    tell(&node, registry());
    let told = until(|| Some(gateway.capture(&text)).filter(|told| told.status == 202));
    gateway.done(&told.location);
    drop(gateway);
    // The next start has them, whatever the node says then.
    tell(&node, json!("away"));
    let gateway = desk.start();
    let again = used("urn:u:again", &[("bizLocation", PREMISES)]);
    gateway.done(&gateway.capture(&document(&[again])).location);
    assert_eq!(acts(&desk, 1), [1]);
}

/// What an import says of the events of which nothing is signed, how many of them there are, and its exit code.
fn imported(desk: &Desk, events: &[Value], flags: &[&str]) -> (Option<i32>, u64, BTreeMap<u64, String>) {
    let (exit, summary) = desk.import_with(&document(events), flags);
    let problems = summary["problems"].as_array().unwrap_or_else(|| panic!("{summary}")).iter();
    let told = problems.map(|one| (one["event"].as_u64().unwrap(), one["code"].as_str().unwrap().to_owned()));
    (exit, summary["noted"].as_u64().unwrap(), told.collect())
}

#[test]
fn an_import_anchors_what_it_does_not_sign_and_says_so() {
    let node = Node::start();
    tell(&node, registry());
    let desk = Desk::new(&node.url);
    let noted = (Some(0), 3, codes(&[(1, "H1572"), (2, "H1571"), (3, "H1570")]));
    assert_eq!(imported(&desk, &uses()[1..], &["--dry-run"]), noted);
    assert!(!desk.path("g/premises").exists(), "a dry run writes nothing");
    assert_eq!(imported(&desk, &uses()[1..], &[]), noted);
    assert_eq!(acts(&desk, 0), [0, 0, 0]);
    // What is in the book stays as it is there.
    assert_eq!(imported(&desk, &uses()[1..], &["--own-only", "false"]), noted);
    assert!(acts(&desk, 1).is_empty());
    let state = node.state.lock().unwrap();
    assert!(state.txs.iter().all(|tx| matches!(tx.body.operation, Operation::Anchor { .. })));
}

#[test]
fn of_an_import_and_the_gateway_that_does_it_the_stricter_one_holds() {
    for (settings, flags) in [("", &["--own-only", "false"][..]), ("own-only = false\n", &[][..])] {
        let node = Node::start();
        tell(&node, registry());
        let desk = Desk::new(&node.url);
        desk.settings(&format!("anchor-after = '0s'\n{settings}"));
        let _gateway = desk.start();
        assert_eq!(imported(&desk, &uses()[3..], flags), (Some(0), 1, codes(&[(1, "H1570")])), "{settings}");
        assert_eq!(acts(&desk, 0), [0], "{settings}");
    }
    // A strict gateway refuses what an import by itself would keep.
    let node = Node::start();
    tell(&node, registry());
    let desk = Desk::new(&node.url);
    desk.settings("anchor-after = '0s'\nstrict = true\n");
    let _gateway = desk.start();
    assert_eq!(imported(&desk, &uses()[3..], &[]), (Some(6), 0, codes(&[(1, "H1570")])));
    assert!(acts(&desk, 0).is_empty());
}

/// Parts of one transformation, of which one is told by a partner.
#[test]
fn a_transformation_that_two_tell_of_as_theirs_is_nobodys() {
    let node = Node::start();
    tell(&node, registry());
    let part = |id: &str, list: &str, place: &str| {
        let mut event = used(id, &[("bizLocation", place)]);
        let members = event.as_object_mut().unwrap();
        let quantities = members.remove("quantityList").unwrap();
        members.remove("action");
        members.extend([
            ("type".to_owned(), json!("TransformationEvent")),
            ("bizStep".to_owned(), json!("creating_class_instance")),
            ("transformationID".to_owned(), json!("urn:t:1")),
            (list.to_owned(), quantities),
        ]);
        event
    };
    let of = |first: &str, second: &str| {
        [part("urn:p:1", "inputQuantityList", first), part("urn:p:2", "outputQuantityList", second)]
    };
    let notes = |parts: [Value; 2]| {
        let desk = Desk::new(&node.url);
        let gateway = desk.start();
        let job = gateway.done(&gateway.capture(&document(&parts)).location);
        (unsigned(&job["notes"]), acts(&desk, 0))
    };
    assert_eq!(notes(of(PREMISES, PREMISES)), (codes(&[]), vec![1, 0]));
    assert_eq!(notes(of(PREMISES, ELSEWHERE)), (codes(&[(0, "H1571"), (1, "H1571")]), vec![0, 0]));
    assert_eq!(notes(of(ELSEWHERE, ELSEWHERE)), (codes(&[(0, "H1572"), (1, "H1572")]), vec![0, 0]));
}
