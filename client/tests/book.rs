//! One book for the gateway and `import epcis`: what goes both ways is done once. And the desk: what it signs at a time,
//! what it never signs twice, and what it gives up.

use crate::gate::{Desk, Gateway, until};
use crate::node::{GTIN, Node};
use crate::told::{acts, document, event, link, registering, shipping, show};
use ledger::{Hash, Operation, OrgId, Timestamp};
use proof::{
    Options, TrustRoot,
    feed::{self, Feed},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    net::TcpListener,
    path::Path,
};

/// A part of the transformation `urn:t:1` of the organisation: 2 kg of a lot.
fn part(id: &str, list: &str, lot: &str) -> Value {
    json!({
        "urn:hufu:epcis:1:by": format!("urn:hufu:org:{}", OrgId::default()),
        "type": "TransformationEvent", "eventID": id, "transformationID": "urn:t:1",
        "eventTime": "2026-05-01T08:00:00Z", "eventTimeZoneOffset": "+00:00",
        list: [{ "epcClass": link(lot), "quantity": 2, "uom": "KGM" }],
    })
}

/// The job of a document when all of it is decided, its anchor too.
fn succeeds(gateway: &Gateway, text: &str) -> Value {
    let place = gateway.capture(text).location;
    let is_over = |job: &Value| {
        let events = job["events"].as_array().unwrap();
        job["running"] == false && events.iter().all(|event| event["anchored"].is_u64())
    };
    let job = until(|| Some(gateway.get(&place).json()).filter(is_over));
    assert_eq!(job["success"], true, "{job}");
    job
}

fn counts(summary: &Value) -> [u64; 2] {
    ["captured", "already_captured"].map(|what| summary[what].as_u64().unwrap_or(u64::MAX))
}

// One book

#[test]
fn what_the_gateway_did_is_not_imported_again_and_the_other_way_round() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    let (one, two) = (document(&[registering("urn:e:1", "L1")]), document(&[registering("urn:e:2", "L2")]));
    succeeds(&desk.start(), &one);
    let (exit, summary) = desk.import(&one);
    assert_eq!((exit, counts(&summary)), (Some(0), [0, 1]), "{summary}");
    let (exit, summary) = desk.import(&two);
    assert_eq!((exit, counts(&summary)), (Some(0), [1, 0]), "{summary}");
    let gateway = desk.start();
    let job = succeeds(&gateway, &two);
    assert_eq!(job["events"][0]["state"], "committed", "{job}");
    assert_eq!((acts(&node).len(), desk.lines("signed").len()), (2, 2));
    assert_eq!(gateway.get("/events/urn%3Ae%3A2").status, 200);
    // Another content under an identity is told in the words of each.
    let other = document(&[registering("urn:e:2", "L9")]);
    assert_eq!(gateway.capture(&other).code(), "H1648");
    let (exit, summary) = desk.import(&other);
    assert_eq!((exit, summary["problems"][0]["code"].as_str()), (Some(6), Some("H1338")), "{summary}");
}

#[test]
fn a_gateway_that_runs_is_handed_what_is_imported() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    let gateway = desk.start();
    succeeds(&gateway, &document(&[registering("urn:e:1", "L1")]));
    let both = document(&[registering("urn:e:1", "L1"), registering("urn:e:2", "L2")]);
    let (exit, summary) = desk.import(&both);
    assert_eq!((exit, counts(&summary)), (Some(0), [1, 1]), "{summary}");
    assert_eq!(summary["acts"]["register"], 2);
    assert_eq!(gateway.get("/events/urn%3Ae%3A2").status, 200);
    assert_eq!((acts(&node).len(), desk.lines("signed").len()), (2, 2));
    // What lacks something is not taken, as by an import of its own, though this gateway would keep it.
    let nothing = json!({ "action": "ADD", "quantityList": [{ "epcClass": link("L3") }] });
    let lacking = document(&[event("urn:e:3", "L3", "commissioning", nothing), registering("urn:e:4", "L4")]);
    let (exit, summary) = desk.import_with(&lacking, &["--proceed"]);
    assert_eq!((exit, counts(&summary), summary["bad"].as_u64()), (Some(6), [1, 0], Some(1)), "{summary}");
    assert_eq!(["urn%3Ae%3A3", "urn%3Ae%3A4"].map(|id| gateway.get(&format!("/events/{id}")).status), [404, 200]);
}

#[test]
fn a_dry_run_writes_nothing_and_knows_the_book() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    let dry = || desk.import_with(&document(&[registering("urn:e:1", "L1")]), &["--dry-run"]);
    let (exit, summary) = dry();
    assert_eq!((exit, summary["ok"].as_u64()), (Some(0), Some(1)), "{summary}");
    assert!(!desk.path("g/journal").exists() && !desk.path("g/token").exists() && acts(&node).is_empty());
    succeeds(&desk.start(), &document(&[registering("urn:e:1", "L9")]));
    let (exit, summary) = dry();
    assert_eq!((exit, summary["problems"][0]["code"].as_str()), (Some(6), Some("H1338")), "{summary}");
}

#[test]
fn nobody_sends_the_token_to_an_address_that_no_gateway_holds() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    succeeds(&desk.start(), &document(&[registering("urn:e:1", "L1")]));
    // The gateway was killed, and another program listens where its address says.
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    stranger.set_nonblocking(true).unwrap();
    fs::write(desk.path("g/address"), format!("http://{}\n", stranger.local_addr().unwrap())).unwrap();
    let replay = desk.command(&["gateway", "replay", "--from", "1"]).output().unwrap();
    assert!(String::from_utf8_lossy(&replay.stderr).contains("H1668"), "{replay:?}");
    let (exit, summary) = desk.import(&document(&[registering("urn:e:2", "L2")]));
    assert_eq!((exit, counts(&summary)), (Some(0), [1, 0]), "{summary}");
    // The journal is another's, and the address still nobody's.
    let journal = File::open(desk.path("g/journal")).unwrap();
    journal.try_lock().unwrap();
    let (exit, problem) = desk.import(&document(&[registering("urn:e:3", "L3")]));
    assert_eq!(exit, Some(1), "{problem}");
    assert_eq!((acts(&node).len(), desk.lines("job").len()), (2, 2));
    assert_eq!(stranger.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "somebody called");
}

/// The entries that each job of the journal tries again.
fn again(desk: &Desk) -> Vec<Value> {
    desk.lines("job").iter().map(|job| job.get("again").cloned().unwrap_or(json!([]))).collect()
}

#[test]
fn what_was_refused_is_tried_again_when_it_comes_again_and_is_done_once() {
    let node = Node::start();
    node.with(|state| state.refuse = true);
    let desk = Desk::new(&node.url);
    desk.settings("anchor-after = '1h'\n");
    let gateway = desk.start();
    let text = document(&[registering("urn:e:1", "L1")]);
    let first = gateway.capture(&text).location;
    let ended = |gateway: &Gateway, place: &str| gateway.done(place)["events"][0]["state"].clone();
    assert_eq!((ended(&gateway, &first), desk.lines("signed").len()), (json!("refused"), 0));
    // The node would take it now, and then a block refuses it. What waits is not tried again.
    node.with(|state| (state.refuse, state.hold) = (false, true));
    let second = gateway.capture(&text).location;
    until(|| (acts(&node).len() == 1).then_some(()));
    assert_eq!(gateway.get(&first).json()["running"], true);
    gateway.capture(&text);
    node.with(|state| (state.refuse, state.hold) = (true, false));
    assert_eq!((ended(&gateway, &second), desk.lines("signed").len()), (json!("refused"), 1));
    drop(gateway);
    // Another process goes on with the same lines.
    node.with(|state| state.refuse = false);
    let gateway = desk.start();
    let last = gateway.capture(&text).location;
    assert_eq!((ended(&gateway, &last), desk.lines("signed").len()), (json!("committed"), 2));
    // Every job that has the event tells how it ended last.
    let told = gateway.get(&first).json();
    assert_eq!((&told["success"], &told["errors"]), (&json!(true), &json!([])), "{told}");
    // What is committed is not.
    assert_eq!(ended(&gateway, &gateway.capture(&text).location), "committed");
    assert_eq!(again(&desk), [json!([]), json!([[0, 0]]), json!([]), json!([[0, 0]]), json!([])]);
    // Each end is a notice of its own, and stays as it was.
    let notices = gateway.get("/webhooks/deliveries").json()["items"].as_array().unwrap().clone();
    let of = |notice: &Value| (notice["kind"].clone(), notice["capture"].get("problem").is_some());
    let expected = [("refused", true), ("refused", true), ("committed", false)];
    assert_eq!(notices.iter().map(of).collect::<Vec<_>>(), expected.map(|(kind, why)| (json!(kind), why)));
    let ids: BTreeSet<&str> = notices.iter().filter_map(|notice| notice["id"].as_str()).collect();
    assert_eq!(ids.len(), 3, "{notices:?}");
    drop(gateway);
    for expected in [[1, 0], [0, 1]] {
        let (exit, summary) = desk.import(&text);
        assert_eq!((exit, counts(&summary)), (Some(0), expected), "{summary}");
    }
    assert_eq!((acts(&node).len(), desk.lines("signed").len()), (2, 2));
}

#[test]
fn an_import_tries_again_what_an_import_was_refused() {
    let node = Node::start();
    node.with(|state| state.refuse = true);
    let desk = Desk::new(&node.url);
    let text = document(&[registering("urn:e:1", "L1")]);
    let (_, summary) = desk.import(&text);
    assert_eq!((summary["refused"].as_u64(), desk.lines("signed").len()), (Some(1), 0), "{summary}");
    node.with(|state| state.refuse = false);
    let (exit, summary) = desk.import(&text);
    assert_eq!((exit, counts(&summary)), (Some(0), [1, 0]), "{summary}");
    assert_eq!((acts(&node).len(), again(&desk)), (1, vec![json!([]), json!([[0, 0]])]));
}

/// Under the policy of this node two sign a derivation, so that it is refused whenever it is tried.
#[test]
fn a_transformation_is_tried_again_with_all_its_parts_and_no_others() {
    let node = Node::start();
    show(&node, "L1", 21, OrgId::default(), None);
    let desk = Desk::new(&node.url);
    let gateway = desk.start();
    let (input, output) = (part("urn:p:1", "inputQuantityList", "L1"), part("urn:p:2", "outputQuantityList", "L3"));
    let more = part("urn:p:3", "outputQuantityList", "L4");
    let both = [input.clone(), output.clone()];
    for (parts, refused) in [(&both[..], 2), (&both[..1], 1), (&[input, output, more][..], 2), (&both[..], 2)] {
        let job = gateway.done(&gateway.capture(&document(parts)).location);
        let codes: Vec<&Value> = job["errors"].as_array().unwrap().iter().map(|error| &error["code"]).collect();
        assert_eq!(codes, vec!["H1443"; refused], "{job}");
    }
    assert_eq!(again(&desk), [json!([]), json!([]), json!([]), json!([[0, 0]])]);
    assert_eq!(desk.lines("refused").len(), 2);
}

#[test]
fn what_was_given_up_after_it_was_signed_is_never_signed_again() {
    let node = Node::start();
    let (desk, job) = over(&node, true);
    desk.settings("anchor-after = '1h'\ngive-up = '1s'\n");
    // It is in a block; the node fails whenever it is asked about it.
    node.with(|state| state.broken = Some("/v1/tx/".to_owned()));
    let gateway = desk.start();
    let told = gateway.done(&job);
    assert_eq!(told["errors"][0]["code"], "H1669", "{told}");
    node.with(|state| state.broken = None);
    let told = gateway.done(&gateway.capture(&document(&[registering("urn:e:1", "L1")])).location);
    assert_eq!((&told["events"][0]["state"], &told["errors"][0]["code"]), (&json!("refused"), &json!("H1669")));
    assert_eq!((acts(&node).len(), desk.lines("signed").len()), (1, 1));
}

// The desk

#[test]
fn sixteen_acts_are_under_way_and_no_more() {
    let node = Node::start();
    node.with(|state| state.hold = true);
    let desk = Desk::new(&node.url);
    let gateway = desk.start();
    let events: Vec<Value> = (0..20).map(|n| registering(&format!("urn:e:{n}"), &format!("L{n}"))).collect();
    let job = gateway.capture(&document(&events)).location;
    until(|| (acts(&node).len() == 16).then_some(()));
    // It looks again and again, and signs no more.
    let looked = || node.state.lock().unwrap().looked;
    let before = looked();
    until(|| (looked() > before + 100).then_some(()));
    assert_eq!((acts(&node).len(), desk.lines("signed").len()), (16, 16));
    node.with(|state| state.hold = false);
    assert_eq!(gateway.done(&job)["success"], true);
    assert_eq!((acts(&node).len(), desk.lines("signed").len()), (20, 20));
}

#[test]
fn an_act_waits_for_the_one_that_it_builds_on_and_for_no_other() {
    let node = Node::start();
    node.with(|state| state.hold = true);
    let desk = Desk::new(&node.url);
    let gateway = desk.start();
    let offer = event("urn:e:2", "L1", "shipping", shipping(OrgId::default(), OrgId(Hash([5; 32]))));
    let events = [registering("urn:e:1", "L1"), offer, registering("urn:e:3", "L3")];
    let job = gateway.capture(&document(&events)).location;
    until(|| (acts(&node).len() == 2).then_some(()));
    assert!(acts(&node).iter().all(|act| matches!(act, Operation::Register { .. })));
    show(&node, "L1", 21, OrgId::default(), None);
    node.with(|state| state.hold = false);
    let job = gateway.done(&job);
    assert_eq!(job["success"], true, "{job}");
    assert!(matches!(acts(&node).as_slice(), [_, _, Operation::Offer { .. }]));
}

#[test]
fn what_a_node_took_before_the_gateway_was_killed_is_not_signed_again() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    desk.settings("anchor-after = '1h'\n");
    node.with(|state| state.cut_after = Some(0));
    let gateway = desk.start();
    let job = gateway.capture(&document(&[registering("urn:e:1", "L1")])).location;
    until(|| (acts(&node).len() == 1).then_some(()));
    drop(gateway);
    assert_eq!((desk.lines("signed").len(), desk.lines("decided").len()), (1, 0));
    node.with(|state| state.cut_after = None);
    let gateway = desk.start();
    let told = gateway.done(&job);
    assert_eq!(told["events"][0]["transactions"], json!([desk.lines("signed")[0]["tx"]]), "{told}");
    assert_eq!((acts(&node).len(), desk.lines("signed").len()), (1, 1));
}

/// A desk whose gateway signed one act that its node took, or not, and that is over by now; and its job.
fn over(node: &Node, is_taken: bool) -> (Desk, String) {
    let desk = Desk::new(&node.url);
    let job = left(&desk, node, is_taken);
    (desk, job)
}

/// The job of an act that the gateway of a desk signed, that its node took, or not, and that is over by now.
fn left(desk: &Desk, node: &Node, is_taken: bool) -> String {
    desk.settings("anchor-after = '1h'\nlife = '1m'\n");
    node.with(|state| (state.cut_after, state.lose) = (Some(0), !is_taken));
    let gateway = desk.start();
    let job = gateway.capture(&document(&[registering("urn:e:1", "L1")])).location;
    until(|| (desk.lines("signed").len() == 1).then_some(()));
    if is_taken {
        until(|| (acts(node).len() == 1).then_some(()));
    }
    drop(gateway);
    node.with(|state| {
        state.cut_after = None;
        state.now = state.now.plus_ms(3_600_000);
    });
    job
}

#[test]
fn one_node_that_does_not_have_it_is_no_reason_to_sign_again() {
    let node = Node::start();
    let (desk, job) = over(&node, false);
    let gateway = desk.start();
    let trouble = until(|| Some(gateway.get("/readyz")).filter(|told| told.status == 503)).json();
    assert_eq!(trouble["trouble"]["code"], "H7018", "{trouble}");
    assert_eq!((gateway.get(&job).json()["running"].clone(), desk.lines("signed").len()), (json!(true), 1));
    drop(gateway);
    // A second one says so too.
    let other = Node::start();
    other.with(|state| state.now = state.now.plus_ms(3_600_000));
    desk.configure(&[&node.url, &other.url]);
    let gateway = desk.start();
    assert_eq!(gateway.done(&job)["success"], true);
    let fates: Vec<Value> = desk.lines("decided").into_iter().map(|line| line["fate"].clone()).collect();
    assert_eq!((fates, desk.lines("signed").len()), (vec![json!("void"), json!("committed")], 2));
}

fn vector(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/formats/vectors").join(name)).unwrap()
}

#[test]
fn one_node_is_enough_where_the_feed_of_the_organisation_proves_that_no_block_has_it() {
    let (trust, whole) = (TrustRoot::from_json(&vector("bundle-trust.json")).unwrap(), vector("feed-whole.json"));
    let verdict = feed::verify(&whole, Some(&trust), Options { allow_test: true, ..Options::default() });
    let org = OrgId(verdict.org.unwrap().parse().unwrap());
    let last = Feed::from_json(&whole).unwrap().anchor.header().unwrap().time;
    let node = Node::start();
    node.with(|state| {
        state.network = Some(trust.network());
        // What lives a minute from here on is over before the last block of the feed.
        state.now = Timestamp(last.0 - 600_000);
    });
    let desk = Desk::of(org, trust.network(), &node.url);
    fs::write(desk.path("trust.json"), vector("bundle-trust.json")).unwrap();
    let config = fs::read_to_string(desk.path("config.toml")).unwrap();
    fs::write(desk.path("config.toml"), format!("{config}trust = 'trust.json'\n")).unwrap();
    let job = left(&desk, &node, false);
    let serve = |name: &str| {
        let feed = serde_json::from_slice(&vector(name)).unwrap();
        node.with(|state| {
            state.served.insert(format!("/v1/orgs/{org}/feed"), feed);
        });
    };
    // One that does not prove itself is none.
    serve("feed-bad-link.json");
    let gateway = desk.start();
    let trouble = until(|| Some(gateway.get("/readyz")).filter(|told| told.status == 503)).json();
    assert_eq!((trouble["trouble"]["code"].as_str(), desk.lines("signed").len()), (Some("H7018"), 1), "{trouble}");
    serve("feed-whole.json");
    let told = gateway.done(&job);
    let decided = desk.lines("decided");
    let fates: Vec<&str> = decided.iter().map(|line| line["fate"].as_str().unwrap()).collect();
    assert_eq!((&told["success"], fates), (&json!(true), vec!["void", "committed"]), "{told}");
    let signed: Vec<Value> = desk.lines("signed").iter().map(|line| line["tx"].clone()).collect();
    assert_eq!((signed.len(), decided[0]["tx"].clone()), (2, signed[0].clone()));
    assert_eq!((&told["events"][0]["transactions"], acts(&node).len()), (&json!([signed[1]]), 1), "{told}");
}

#[test]
fn a_second_node_that_is_behind_proves_nothing() {
    let (node, other) = (Node::start(), Node::start());
    let (desk, _) = over(&node, false);
    desk.configure(&[&node.url, &other.url]);
    let gateway = desk.start();
    let trouble = until(|| Some(gateway.get("/readyz")).filter(|told| told.status == 503)).json();
    assert_eq!((trouble["trouble"]["code"].as_str(), desk.lines("signed").len()), (Some("H7018"), 1), "{trouble}");
}

#[test]
fn what_one_node_hides_and_another_shows_is_done() {
    let (node, other) = (Node::start(), Node::start());
    let (desk, job) = over(&node, true);
    let taken = std::mem::take(&mut node.state.lock().unwrap().txs);
    other.with(|state| {
        state.txs = taken;
        state.now = state.now.plus_ms(3_600_000);
    });
    desk.configure(&[&node.url, &other.url]);
    let gateway = desk.start();
    let told = gateway.done(&job);
    assert_eq!((told["success"].clone(), desk.lines("signed").len(), acts(&node).len()), (json!(true), 1, 0), "{told}");
}

#[test]
fn an_act_at_which_the_node_fails_for_ever_is_given_up_and_holds_up_no_other() {
    let node = Node::start();
    node.with(|state| state.broken = Some(format!("/v1/items/01/{GTIN}/10/L1")));
    let desk = Desk::new(&node.url);
    desk.settings("anchor-after = '0s'\ngive-up = '3s'\n");
    let gateway = desk.start();
    // The offer cannot even be held against others: all behind it wait, until it is given up.
    let offer = event("urn:e:1", "L1", "shipping", shipping(OrgId::default(), OrgId(Hash([5; 32]))));
    let events = [registering("urn:e:2", "L2"), offer, registering("urn:e:3", "L3")];
    let job = gateway.capture(&document(&events)).location;
    let trouble = until(|| Some(gateway.get("/readyz")).filter(|told| told.status == 503)).json();
    assert_eq!(trouble["trouble"]["code"], "H7009", "{trouble}");
    let told = gateway.done(&job);
    assert_eq!(told["errors"].as_array().unwrap().len(), 1, "{told}");
    let error = &told["errors"][0];
    assert_eq!((&error["code"], &error["params"]["eventID"]), (&json!("H1669"), &json!("urn:e:1")), "{told}");
    assert_eq!((&error["params"]["last"], acts(&node).len()), (&json!("H7009"), 2), "{told}");
    until(|| (gateway.get("/readyz").status == 200).then_some(()));
}
