//! What the ledger says as EPCIS keeps the published schema, and a program of others takes the very hashes from it that are
//! the identities of our events: of events of every kind, and of a life on a network of processes.

#[path = "../../crates/epcis/tests/samples/mod.rs"]
#[allow(dead_code, reason = "the tests of the crate use the rest")]
mod samples;

use api::{
    paths,
    view::{ClassView, EventView, ItemView, OrgView, Page},
};
use epcis::{
    Value,
    export::{self, Known},
};
use gs1::{Gln, ItemCode};
use ledger::{Event, ItemId, NetworkId, OrgId, codec, record::ClassRecord};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use testnet::{
    files::{KeyEntry, Plan},
    http::Node,
    init::{self, InitOptions},
    people, process, running,
};
use tests::{Python, local::Up, python, top};

const CREATED: &str = "2026-11-21T09:00:00.000Z";
/// Largest record of a view, in bytes.
const MAX: usize = 1 << 20;

/// The published schema, with formats on.
fn schema() -> Option<jsonschema::Validator> {
    let fixtures = top().join("../shared/fixtures");
    if !fixtures.is_dir() {
        println!("skipped: no fixtures");
        return None;
    }
    let text = fs::read_to_string(fixtures.join("epcis/schema/epcis-json-schema-2.0.1.json")).unwrap();
    let schema = serde_json::from_str(&text).unwrap();
    Some(jsonschema::draft7::options().should_validate_formats(true).build(&schema).unwrap())
}

/// The identities of events as another program takes them from the text of their document.
fn hashes(python: &Python, document: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("events.jsonld"), document).unwrap();
    let mut command = python.command(folder.path());
    let output = command.args(["-m", "epcis_event_hash_generator", "events.jsonld"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter(|line| line.starts_with("ni:///")).map(str::to_owned).collect()
}

fn identity(event: &Value) -> String {
    event.get("eventID").and_then(Value::as_text).expect("an event has an identity").to_owned()
}

/// Asks both of some events: the schema, where it is here, and the other program.
#[track_caller]
fn agree(python: &Python, events: Vec<Value>, label: impl Fn(usize) -> String) {
    let own: Vec<String> = events.iter().map(identity).collect();
    let document = export::document(events.clone(), CREATED).to_string();
    if let Some(schema) = schema() {
        let instance: serde_json::Value = serde_json::from_str(&document).unwrap();
        let faults: Vec<String> =
            schema.iter_errors(&instance).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(faults, [""; 0]);
    }
    let theirs = hashes(python, &document);
    assert_eq!(theirs.len(), own.len());
    for (place, (own, theirs)) in own.iter().zip(&theirs).enumerate() {
        assert_eq!(own, theirs, "{}\n{}", label(place), events[place]);
    }
}

#[test]
fn events_of_every_kind_have_the_hash_that_others_take() {
    let Some(python) = python() else { return };
    let samples = samples::all();
    let events: Vec<Value> = samples.iter().map(samples::Sample::export).collect();
    agree(&python, events, |place| samples[place].label());
}

/// Somebody who acts.
struct Desk<'a> {
    folder: PathBuf,
    key: &'a KeyEntry,
}

impl<'a> Desk<'a> {
    fn new(dir: &Path, plan: &'a Plan, node: &str, org: &str, role: &str) -> Desk<'a> {
        let key = people::key_of(&plan.keys, org, role).unwrap();
        let folder = dir.join(&org[..8]);
        fs::create_dir_all(&folder).unwrap();
        let (file, password, network) = (&key.file, &key.password_file, &plan.network);
        let text =
            format!("nodes = [{node:?}]\nkey = {file:?}\nkey_password_file = {password:?}\nnetwork = {network:?}\n");
        fs::write(folder.join("hufu.toml"), text).unwrap();
        Desk { folder, key }
    }

    fn does(&self, words: &[&str]) -> serde_json::Value {
        let mut command = Command::new(process::beside("hufu").unwrap());
        command.args(["--json", "--yes", "--no-input", "--lang", "en"]).args(words).current_dir(&self.folder);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "hufu {}: {said}", words.join(" "));
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }
}

/// What a reader of the node knows of codes and GLNs.
struct Told {
    codes: BTreeMap<ItemId, ItemCode>,
    glns: BTreeMap<OrgId, Gln>,
}

impl Known for Told {
    fn code(&self, item: &ItemId) -> Option<ItemCode> {
        self.codes.get(item).cloned()
    }

    fn gln(&self, org: &OrgId) -> Option<Gln> {
        self.glns.get(org).copied()
    }
}

impl Told {
    fn of(node: &Node) -> Told {
        let items: Page<ItemView> = node.get(paths::ITEMS).unwrap();
        let orgs: Page<OrgView> = node.get(paths::ORGS).unwrap();
        let codes = items.items.iter().map(|item| (item.id.parse().unwrap(), gs1::parse_code(&item.code).unwrap()));
        let glns = orgs.items.iter().filter(|org| org.scheme == "gln");
        let glns = glns.map(|org| (org.id.parse().unwrap(), org.value.parse().unwrap()));
        Told { codes: codes.collect(), glns: glns.collect() }
    }
}

/// The whole history of an item as EPCIS events, from what the node answers.
fn history(node: &Node, network: &NetworkId, known: &Told, item: &str) -> Vec<Value> {
    let record = |text: &str| api::bytes::decode(text).unwrap();
    let seen: ItemView = node.get(&paths::fill(paths::ITEM, item)).unwrap();
    let class: ClassView = node.get(&paths::fill(paths::CLASS, &seen.class.id)).unwrap();
    let class: ClassRecord = codec::decode(&record(&class.record), MAX).unwrap();
    let page: Page<EventView> = node.get(&paths::fill(paths::ITEM, &format!("{item}/events"))).unwrap();
    let events: Vec<Event> = page.items.iter().map(|e| codec::decode(&record(&e.record), MAX).unwrap()).collect();
    assert_eq!((events.len() as u64, page.next), (seen.count, None));
    export::history(network, &events, Some(&class), known).unwrap()
}

#[test]
fn a_life_on_a_network_has_the_hashes_that_others_take() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    let _up = Up(&net);
    let plan = init::init(&net, &InitOptions { validators: 1, members: 2, ..Default::default() }).unwrap();
    let up = running::up(&net, None).unwrap();
    let (agency, api) = (plan.nodes[0].org.clone(), up.nodes[0].api.clone());
    let firms: Vec<&String> = plan.keys.iter().map(|key| &key.org).filter(|org| **org != agency).collect();
    let (one, two) = (firms[0].as_str(), firms[2].as_str());
    let desk = |org: &str, role: &str| Desk::new(dir.path(), &plan, &api, org, role);
    let (customs, a, b) = (desk(&agency, "officer"), desk(one, "custodian"), desk(two, "custodian"));

    let lot = "01/09521100000017/10/L%2F1";
    let registered = a.does(&["item", "register", lot, "--quantity", "100 H87", "--purpose", "research"]);
    let lot = registered["events"][0]["item"].as_str().unwrap();
    a.does(&["agency", "declare", lot]);
    customs.does(&["agency", "inspect", lot, "--result", "passed"]);
    customs.does(&["agency", "release", lot]);
    customs.does(&["hold", "place", lot, "--reason", "抽检 \"sample\""]);
    customs.does(&["hold", "lift", lot]);
    a.does(&["handover", "offer", lot, "--to", two]);
    b.does(&["handover", "refuse", lot, "--reason", "包装破损 damaged"]);
    a.does(&["handover", "offer", lot, "--to", two, "--purpose", "research"]);
    b.does(&["handover", "accept", lot]);
    b.does(&["item", "store", lot, "--premises", "9521100000017"]);
    b.does(&["item", "use", lot, "--quantity", "5"]);
    b.does(&["item", "waste", lot, "--quantity", "5"]);
    b.does(&["item", "lose", lot, "--quantity", "2", "--theft"]);
    let unit = b.does(&["item", "register", "00/095211000000000017"]);
    let unit = unit["events"][0]["item"].as_str().unwrap();
    b.does(&["item", "pack", unit, lot]);
    b.does(&["item", "unpack", unit, lot]);
    b.does(&["item", "split", lot, "--into", "20", "--into", "30"]);

    let network: NetworkId = plan.network.parse().unwrap();
    let node = Node::new(&api).login(&network, &people::open(customs.key).unwrap()).unwrap().0;
    let known = Told::of(&node);
    assert_eq!(known.codes.len(), 4);
    let mut events = Vec::new();
    for item in known.codes.keys() {
        events.extend(history(&node, &network, &known, &item.to_string()));
    }
    let steps: BTreeSet<&str> =
        events.iter().filter_map(|event| event.get("bizStep").and_then(Value::as_text)).collect();
    assert!(events.len() >= 20 && steps.len() >= 6, "{} events, {steps:?}", events.len());
    let firm = people::gln(1);
    assert!(events.iter().any(|event| event.to_string().contains(&firm)), "the firm's GLN stands in its events");

    // The query of a node tells the same events, in a text from which others take the same hashes. The text stays as it
    // is: the tool takes the members of a source in the order in which they stand.
    let (status, body) = node.get_raw(&format!("{}?perPage=1000", paths::EPCIS_EVENTS)).unwrap();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    let answer = epcis::json::parse(&body).unwrap();
    let within = ["epcisBody", "queryResults", "resultsBody", "eventList"];
    let list = within.iter().fold(&answer, |value, name| value.get(name).unwrap());
    let told = list.as_list().unwrap().iter().map(|event| event.get("eventID").and_then(Value::as_text).unwrap());
    let told: Vec<String> = told.map(str::to_owned).collect();
    let (context, created) = (answer.get("@context").unwrap(), answer.get("creationDate").unwrap());
    let document = format!(
        r#"{{"@context":{context},"type":"EPCISDocument","schemaVersion":"2.0","creationDate":{created},"epcisBody":{{"eventList":{list}}}}}"#
    );
    assert_eq!(hashes(&python, &document), told);
    let own: BTreeSet<String> = events.iter().map(identity).collect();
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), own);
    agree(&python, events, |place| format!("event {place} of a life"));
}
