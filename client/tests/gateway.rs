//! The gateway: what came is kept and done once, whatever happens to the program, the node or the receiver of a webhook.

use crate::gate::{Desk, Gateway, until};
use crate::node::Node;
use crate::told::{CONTEXT, acts, document, event, link, registering, shipping, show};
use epcis::{Document, Format};
use ledger::{
    Cause, Effect, Event, Hash, ItemId, Lifecycle, Operation, OrgId, Text, Timestamp, TxId,
    document::Document as Kept,
    list,
    operation::Purpose,
    record::{PendingOffer, Stamp},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

#[test]
fn a_document_registers_offers_and_accepts_and_a_second_time_does_nothing() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    let gateway = desk.start();
    let own = OrgId::default();
    let first = gateway.capture(&document(&[registering("urn:e:1", "L1")]));
    assert_eq!(first.status, 202, "{}", first.json());
    let job = gateway.done(&first.location);
    assert_eq!((&job["success"], &job["events"][0]["state"]), (&json!(true), &json!("committed")), "{job}");
    assert!(job["finishedAt"].is_string() && job["captureErrorBehaviour"] == "rollback");
    assert!(matches!(acts(&node).as_slice(), [Operation::Register { .. }]));

    show(&node, "L1", 21, own, None);
    let receiver = OrgId(Hash([5; 32]));
    let shipping = shipping(own, receiver);
    let offer = PendingOffer {
        terms: Hash([3; 32]),
        receiver: own,
        expires: Timestamp(1_900_000_000_000),
        purpose: Purpose::Research,
        premises: None,
    };
    show(&node, "L2", 22, receiver, Some(offer));
    let text = document(&[
        registering("urn:e:1", "L1"),
        event("urn:e:2", "L1", "shipping", shipping),
        event("urn:e:3", "L2", "receiving", json!({})),
    ]);
    let second = gateway.capture(&text);
    let job = gateway.done(&second.location);
    assert_eq!(job["success"], true, "{job}");
    let done = acts(&node);
    assert!(matches!(&done[1], Operation::Offer { terms } if terms.receiver == receiver));
    assert!(matches!(&done[2], Operation::Accept { terms, .. } if *terms == Hash([3; 32])));

    // The same once more, and written otherwise, is the same; other content under its name is not.
    for text in [text.clone(), document(&[registering("urn:e:1", "L1")]).replace("\":", "\" : ")] {
        assert_eq!(gateway.done(&gateway.capture(&text).location)["success"], true);
    }
    assert_eq!(acts(&node).len(), 3);
    let other = gateway.capture(&document(&[registering("urn:e:1", "L9")]));
    assert_eq!((other.status, other.code().as_str()), (409, "H1648"));
    assert_eq!(other.json()["type"], "epcisException:ResourceAlreadyExistsException");
    // What is held already is not registered again by another event.
    let again = gateway.done(&gateway.capture(&document(&[registering("urn:e:9", "L1")])).location);
    assert_eq!(again["errors"][0]["code"], "H1440", "{again}");
    assert_eq!(acts(&node).len(), 3);
}

#[test]
fn a_part_of_a_lot_is_not_offered_as_the_whole() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    let gateway = desk.start();
    show(&node, "L1", 21, OrgId::default(), None);
    let mut shipping = shipping(OrgId::default(), OrgId(Hash([5; 32])));
    shipping["quantityList"] = json!([{ "epcClass": link("L1"), "quantity": 1, "uom": "KGM" }]);
    let job = gateway.done(&gateway.capture(&document(&[event("urn:e:1", "L1", "shipping", shipping)])).location);
    assert_eq!(job["errors"][0]["code"], "H1567", "{job}");
    assert!(acts(&node).is_empty());
}

/// A part of the transformation `urn:t:1` of the organisation: 2 kg of a lot.
fn part(id: &str, list: &str, lot: &str) -> Value {
    json!({
        "urn:hufu:epcis:1:by": format!("urn:hufu:org:{}", OrgId::default()),
        "type": "TransformationEvent", "eventID": id, "transformationID": "urn:t:1",
        "eventTime": "2026-05-01T08:00:00Z", "eventTimeZoneOffset": "+00:00",
        list: [{ "epcClass": link(lot), "quantity": 2, "uom": "KGM" }],
    })
}

#[test]
fn a_transformation_is_done_once_in_whatever_order_and_number_its_parts_come() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    let gateway = desk.start();
    show(&node, "L1", 21, OrgId::default(), None);
    let (input, output) = (part("urn:p:1", "inputQuantityList", "L1"), part("urn:p:2", "outputQuantityList", "L3"));
    let first = document(&[input.clone(), output.clone(), input.clone()]);
    let jobs = || -> Vec<Value> {
        let lines = desk.journal();
        let lines = lines.lines().filter_map(|line| serde_json::from_str(line.split_once(' ')?.1).ok());
        lines.filter(|line: &Value| line["line"] == "job").collect()
    };
    // Under the policy of this node two sign a derivation, so that what is asked for shows in the journal alone.
    let job = gateway.done(&gateway.capture(&first).location);
    assert_eq!(job["errors"][0]["code"], "H1443", "{job}");
    let asked = jobs()[0]["entries"].clone();
    assert_eq!((asked.as_array().unwrap().len(), asked[1]["with"].clone()), (2, json!(0)), "{asked}");
    let sides = ["inputs", "outputs"].map(|side| asked[0]["acts"][0][side].as_array().unwrap().len());
    assert_eq!(sides, [1, 1], "{asked}");
    // A new part that comes before those that are known does not do their part again.
    let more = part("urn:p:3", "outputQuantityList", "L4");
    let job = gateway.done(&gateway.capture(&document(&[more, input, output])).location);
    assert!(job["notes"].as_array().unwrap().iter().any(|note| note["code"] == "H1652"), "{job}");
    assert_eq!(jobs()[1]["entries"][0]["acts"], json!([]));
}

#[test]
fn what_a_ledger_tells_is_not_done_again_and_two_declarations_are_two() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    let gateway = desk.start();
    let mut told = registering("urn:e:1", "L1");
    told.as_object_mut().unwrap().insert("urn:hufu:epcis:1:height".into(), json!(7));
    assert_eq!(gateway.done(&gateway.capture(&document(&[told])).location)["success"], true);
    assert!(acts(&node).is_empty());
    let declared = |reason: &str| {
        let declaration = json!({ "declarationTime": "2026-05-02T08:00:00Z", "reason": reason });
        document(&[event("urn:e:2", "L1", "inspecting", json!({ "errorDeclaration": declaration }))])
    };
    for (reason, status) in [("did_not_occur", 202), ("did_not_occur", 202), ("incorrect_data", 409)] {
        assert_eq!(gateway.capture(&declared(reason)).status, status, "{reason}");
    }
}

#[test]
fn rollback_sends_nothing_and_proceed_sends_the_rest() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    let gateway = desk.start();
    let bad = json!({ "type": "ObjectEvent", "eventID": "urn:e:2", "action": "ADD" });
    let text = document(&[registering("urn:e:1", "L1"), bad, registering("urn:e:3", "L3")]);
    let job = gateway.done(&gateway.capture(&text).location);
    assert_eq!((&job["success"], &job["errors"][0]["params"]["eventID"]), (&json!(false), &json!("urn:e:2")), "{job}");
    assert_eq!(gateway.get("/events/urn%3Ae%3A1").status, 404);
    for name in ["GS1-Capture-Error-Behaviour", "GS1-EPCIS-Capture-Error-Behaviour"] {
        let answer = gateway.post("/capture", "application/ld+json", &[(name, "proceed")], text.as_bytes());
        let job = gateway.done(&answer.location);
        assert_eq!((&job["success"], job["events"].as_array().unwrap().len()), (&json!(false), 2), "{job}");
    }
    assert_eq!((acts(&node).len(), gateway.get("/events/urn%3Ae%3A3").status), (2, 200));
    let wrong = gateway.post("/capture", "application/json", &[("GS1-Capture-Error-Behaviour", "x")], text.as_bytes());
    assert_eq!((wrong.status, wrong.code().as_str()), (400, "H1662"));
}

#[test]
fn of_a_document_that_is_not_taken_nothing_is_kept() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    let gateway = desk.start();
    let kept = || {
        let mut found = Vec::new();
        files(&desk.path("g/documents"), &mut found);
        found.len()
    };
    assert_eq!(gateway.capture(&document(&[registering("urn:e:1", "L1")])).status, 202);
    assert_eq!(kept(), 1);
    // A conflict ends all of it, what is new in it too.
    let conflict = document(&[registering("urn:e:2", "L2"), registering("urn:e:1", "L9")]);
    assert_eq!((gateway.capture(&conflict).status, kept()), (409, 1));
    let post = |text: &str| {
        let proceed = [("GS1-Capture-Error-Behaviour", "proceed")];
        gateway.post("/capture", "application/json", &proceed, text.as_bytes())
    };
    let nothing = post(&document(&[registering("urn:e:1", "L9")]));
    assert_eq!((nothing.status, kept()), (202, 1));
    assert_eq!(gateway.get(&format!("{}/document", nothing.location)).status, 404);
    assert_eq!((post(&conflict).status, kept()), (202, 2));
}

#[test]
fn jobs_have_a_bound_too_and_are_listed_page_by_page() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    desk.settings("kept = 3\n");
    let gateway = desk.start();
    let bad = document(&[json!({ "type": "ObjectEvent", "eventID": "urn:e:2", "action": "ADD" })]);
    let mut jobs: Vec<String> = (0..3).map(|_| gateway.capture(&bad).location).collect();
    let told = gateway.capture(&bad);
    assert_eq!((told.status, told.code().as_str()), (507, "H1649"));
    let page = |query: &str| -> Vec<String> {
        let page = gateway.get(&format!("/capture{query}")).json();
        page.as_array().unwrap().iter().map(|job| format!("/capture/{}", job["captureID"].as_str().unwrap())).collect()
    };
    jobs.reverse();
    assert_eq!(page("?perPage=2"), jobs[..2].to_vec());
    assert_eq!(page("?perPage=2&nextPageToken=1"), jobs[2..].to_vec());
}

#[test]
fn what_cannot_be_read_is_refused_with_a_code() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    let gateway = desk.start();
    let good = document(&[registering("urn:e:1", "L1")]);
    let twice = good.replace("\"schemaVersion\":", "\"type\":\"EPCISDocument\",\"schemaVersion\":");
    let deep = "[".repeat(10_000);
    let entity = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><a>&x;</a>";
    let huge = vec![b' '; 50 * 1024 * 1024];
    let cases: [(&str, &[u8], u16, &str); 8] = [
        ("application/json", twice.as_bytes(), 400, "H1505"),
        ("application/json", deep.as_bytes(), 400, "H1502"),
        ("application/xml", entity.as_bytes(), 400, "H1511"),
        ("application/json", &huge, 413, "H1661"),
        ("application/json", b"{", 400, "H1504"),
        ("text/plain", good.as_bytes(), 415, "H1659"),
        ("application/json; charset=gb18030", good.as_bytes(), 415, "H1659"),
        ("application/json", b"\xff", 400, "H1501"),
    ];
    for (kind, body, status, code) in cases {
        let told = gateway.post("/capture", kind, &[], body);
        assert_eq!((told.status, told.code().as_str()), (status, code), "{kind} {} bytes", body.len());
        assert_eq!(told.kind, "application/problem+json");
    }
    let accept = gateway.post("/capture", "application/json", &[("Accept", "text/html")], good.as_bytes());
    assert_eq!((accept.status, accept.code().as_str()), (406, "H1660"));
    let strangers: [(Vec<(&str, &str)>, &str); 2] =
        [(Vec::new(), "H2301"), (vec![("Authorization", "Bearer x")], "H2302")];
    for (headers, code) in strangers {
        let told = gateway.get_with("/capture", &headers);
        assert_eq!((told.status, told.code().as_str()), (401, code));
    }
    assert_eq!(gateway.get_with("/livez", &[]).status, 200);
    assert_eq!(gateway.get_with("/version", &[]).status, 200);
    assert_eq!(node.state.lock().unwrap().txs.len(), 0);
}

#[test]
fn one_event_has_a_name_and_a_query_finds_it() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    let gateway = desk.start();
    let mut one = registering("urn:e:1", "L1");
    one.as_object_mut().unwrap().insert("@context".into(), json!(CONTEXT));
    one.as_object_mut().unwrap().remove("eventID");
    let text = one.to_string();
    let told = gateway.post("/events", "application/json", &[], text.as_bytes());
    assert_eq!(told.status, 201, "{}", told.json());
    let id = told.json()["eventID"].as_str().unwrap().to_owned();
    assert!(id.starts_with("ni:///sha-256;"), "{id}");
    assert_eq!(gateway.get(&told.location).body, text.as_bytes());
    assert_eq!(gateway.post("/events", "application/json", &[], text.as_bytes()).location, told.location);
    let list = gateway.post("/events", "application/json", &[], document(&[]).as_bytes());
    assert_eq!((list.status, list.code().as_str()), (400, "H1651"));
    gateway.done(&gateway.capture(&document(&[event("urn:e:2", "L7", "inspecting", json!({}))])).location);
    for (query, expected) in [("", 2), ("?EQ_bizStep=inspecting", 1), ("?EQ_bizStep=shipping", 0), ("?perPage=1", 1)] {
        let found = gateway.get(&format!("/events{query}")).json();
        let events = found["epcisBody"]["queryResults"]["resultsBody"]["eventList"].as_array().unwrap().clone();
        assert_eq!(events.len(), expected, "{query}: {found}");
        assert!(events.iter().all(|event| event["recordTime"].is_string() && event.get("@context").is_some()));
    }
}

#[test]
fn acts_are_jobs_too_and_a_request_with_a_name_is_done_once() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    let gateway = desk.start();
    let act = |lot: &str| {
        let item = json!({ "code": link(lot), "quantity": "2 KGM" });
        json!({ "acts": [{ "act": "register", "items": [item] }] }).to_string()
    };
    let post = |body: &str| gateway.post("/v1/acts", "application/json", &[("Idempotency-Key", "a")], body.as_bytes());
    let first = post(&act("L1"));
    assert_eq!((first.status, gateway.done(&first.location)["success"].clone()), (202, json!(true)));
    assert_eq!(post(&act("L1")).location, first.location);
    assert_eq!(post(&act("L2")).code(), "H1648");
    assert_eq!(acts(&node).len(), 1);
    let unknown = gateway.post("/v1/acts", "application/json", &[], b"{\"act\":\"fly\"}");
    assert_eq!((unknown.status, unknown.code().as_str()), (400, "H1430"));
    // No word of a request is the name of a file.
    let report = json!({ "act": "document", "items": [], "document": desk.path("password") }).to_string();
    let job = gateway.done(&gateway.post("/v1/acts", "application/json", &[], report.as_bytes()).location);
    assert_eq!(job["errors"][0]["code"], "H1409", "{job}");
}

#[test]
fn a_gateway_that_is_killed_between_journal_and_sending_does_each_act_once() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    desk.settings("anchor-after = '1h'\n");
    node.with(|state| (state.cut_after, state.lose) = (Some(0), true));
    let gateway = desk.start();
    let job = gateway.capture(&document(&[registering("urn:e:1", "L1"), registering("urn:e:2", "L2")])).location;
    let signed = until(|| desk.journal().lines().find(|line| line.contains("\"line\":\"signed\"")).map(str::to_owned));
    until(|| (gateway.get("/readyz").status == 503).then_some(()));
    drop(gateway);
    let signed: Value = serde_json::from_str(signed.split_once(' ').unwrap().1).unwrap();
    assert!(node.state.lock().unwrap().txs.is_empty());
    // It starts though the node takes nothing, and goes on where it was.
    let gateway = desk.start();
    assert_eq!(gateway.get(&job).json()["running"], true);
    // A second one keeps away.
    let second = desk.command(&["gateway", "serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    assert!(String::from_utf8_lossy(&second.stderr).contains("H1641"));
    node.with(|state| (state.cut_after, state.lose) = (None, false));
    assert_eq!(gateway.done(&job)["success"], true);
    drop(gateway);
    let gateway = desk.start();
    assert_eq!(gateway.done(&job)["events"][0]["transactions"], json!([signed["tx"]]));
    assert_eq!((acts(&node).len(), node.registered()), (2, 2));
    assert_eq!(node.state.lock().unwrap().txs[0].body.id().to_string(), signed["tx"].as_str().unwrap());
}

#[test]
fn what_the_ledger_refuses_is_told_event_by_event() {
    let node = Node::start();
    node.with(|state| state.refuse = true);
    let desk = Desk::new(&node.url);
    let gateway = desk.start();
    let text = document(&[registering("urn:e:1", "L1"), registering("urn:e:2", "L2")]);
    let job = gateway.done(&gateway.capture(&text).location);
    assert_eq!(job["success"], false);
    let ids: Vec<&str> =
        job["errors"].as_array().unwrap().iter().map(|e| e["params"]["eventID"].as_str().unwrap()).collect();
    assert_eq!(ids, ["urn:e:1", "urn:e:2"], "{job}");
}

#[test]
fn others_do_not_reach_a_gateway_unless_that_is_said() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    let output = desk.command(&["gateway", "serve", "--listen", "0.0.0.0:0"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("H1654"));
    assert_eq!(output.status.code(), Some(2));
}

// Webhooks

/// Header lines and body.
type Post = (Vec<String>, Vec<u8>);

/// A receiver that fails the first time.
fn receiver() -> (String, Arc<Mutex<Vec<Post>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hufu", listener.local_addr().unwrap());
    let posts: Arc<Mutex<Vec<Post>>> = Arc::default();
    let kept = posts.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut headers = Vec::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                match line.trim_end() {
                    "" => break,
                    line => headers.push(line.to_owned()),
                }
            }
            let mut body = vec![0; header(&headers, "content-length").parse().unwrap()];
            reader.read_exact(&mut body).unwrap();
            let mut kept = kept.lock().unwrap();
            kept.push((headers, body));
            let status = if kept.len() == 1 { "500 No" } else { "204 Yes" };
            drop(kept);
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
        }
    });
    (url, posts)
}

fn header(headers: &[String], name: &str) -> String {
    let found = headers.iter().filter_map(|line| line.split_once(": "));
    found.filter(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next().unwrap_or_default()
}

/// HMAC-SHA256 of RFC 2104, from its definition.
fn hmac(key: &[u8], message: &[u8]) -> String {
    let pad = |with: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect() };
    let inner = Sha256::digest([&pad(0x36)[..], message].concat());
    hex::encode(Sha256::digest([&pad(0x5c)[..], &inner[..]].concat()))
}

#[test]
fn webhooks_are_signed_tried_again_and_replayed() {
    let node = Node::start();
    let desk = Desk::new(&node.url);
    let (url, posts) = receiver();
    let secret = "a secret of the warehouse";
    fs::write(desk.path("g/secret"), secret).unwrap();
    let hook = format!("[[webhook]]\nname = 'erp'\nurl = '{url}'\nsecret-file = 'secret'\nfirst-retry = '1s'\n");
    desk.settings(&format!("anchor-after = '1h'\n{hook}"));
    let gateway = desk.start();
    gateway.done(&gateway.capture(&document(&[registering("urn:e:1", "L1")])).location);
    let taken = until(|| Some(posts.lock().unwrap().clone()).filter(|posts| posts.len() == 2));
    assert_eq!(taken[0].1, taken[1].1, "the same words each time");
    for (headers, body) in &taken {
        let signature = header(headers, "hufu-signature");
        let (time, found) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
        let message = [time.as_bytes(), b".", body].concat();
        assert_eq!(found, hmac(secret.as_bytes(), &message));
        assert_eq!(header(headers, "hufu-height"), "9");
    }
    let notice: Value = serde_json::from_slice(&taken[0].1).unwrap();
    assert_eq!((&notice["kind"], &notice["capture"]["eventID"]), (&json!("committed"), &json!("urn:e:1")), "{notice}");
    let told = until(|| {
        let told = gateway.get("/webhooks/deliveries?from=1").json();
        (told["items"][0]["webhooks"][0]["state"] == "taken").then_some(told)
    });
    assert_eq!(told["items"][0]["webhooks"][0]["attempts"], 2, "{told}");
    let dry = desk.command(&["gateway", "replay", "--from", "9", "--dry-run"]).output().unwrap();
    assert_eq!(dry.status.code(), Some(2), "{}", String::from_utf8_lossy(&dry.stderr));
    let replayed = desk.command(&["gateway", "replay", "--from", "9"]).output().unwrap();
    assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
    let again = until(|| Some(posts.lock().unwrap().clone()).filter(|posts| posts.len() == 3));
    assert_eq!(again[2].1, taken[0].1);
    assert_eq!(header(&again[2].0, "hufu-id"), notice["id"].as_str().unwrap());

    // What others do: a hold on an item of the organisation.
    let hold = Event {
        item: ItemId(Hash([21; 32])),
        n: 4,
        cause: Cause::Tx { id: TxId(Hash([4; 32])), index: 0 },
        at: Stamp { height: 11, time: Timestamp(1_800_000_000_000) },
        effect: Effect::HoldPlaced { by: vec![OrgId(Hash([6; 32]))], reason: Text::new("papers").unwrap() },
        state: Lifecycle::Stored,
        decision: None,
        links: Vec::new(),
    };
    let record = api::bytes::encode(&ledger::codec::encode(&hold));
    let feed = json!({ "links": [{ "height": 11, "entries": [{ "entry": "", "event": record }] }] });
    node.with(|state| {
        state.served.insert(format!("/v1/orgs/{}/feed", OrgId::default()), feed);
        state.height = 11;
    });
    let all = until(|| Some(posts.lock().unwrap().clone()).filter(|posts| posts.len() == 4));
    let notice: Value = serde_json::from_slice(&all[3].1).unwrap();
    assert_eq!((&notice["kind"], &notice["height"]), (&json!("incoming.hold-placed"), &json!(11)), "{notice}");
    assert_eq!(notice["incoming"]["item"], ItemId(Hash([21; 32])).to_string());
}

// Documents of others

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

fn encoded(id: &str) -> String {
    id.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// That the ledger holds the commitment to these bytes, as whoever has the answer can see.
fn check_proof(gateway: &Gateway, place: &str, bytes: &[u8]) {
    let proof = until(|| Some(gateway.get(&format!("{place}/proof"))).filter(|told| told.status == 200)).json();
    let salt = api::bytes::decode(proof["salt"].as_str().unwrap()).unwrap().try_into().unwrap();
    let number = |name: &str| proof[name].as_u64().unwrap();
    let hash = |value: &Value| value.as_str().unwrap().parse::<Hash>().unwrap();
    let path: Vec<Hash> = proof["path"].as_array().unwrap().iter().map(hash).collect();
    let document = Kept::of(salt, bytes).hash();
    assert!(list::verify(&hash(&proof["root"]), number("count"), number("index"), &document, &path), "{proof}");
    assert_eq!(number("height"), 9);
}

#[test]
fn all_valid_documents_are_captured_anchored_and_given_back_byte_for_byte() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures/epcis");
    if !root.is_dir() {
        println!("skipped: no fixtures");
        return;
    }
    let mut all = Vec::new();
    ["gs1-examples", "openepcis-valid"].iter().for_each(|folder| files(&root.join(folder), &mut all));
    let node = Node::start();
    let (mut desk, mut names) = (Desk::new(&node.url), BTreeSet::new());
    let mut gateway = desk.start();
    let (mut documents, mut events) = (0, 0);
    for path in &all {
        let bytes = fs::read(path).unwrap();
        let (format, kind) = match path.extension().is_some_and(|end| end == "xml") {
            true => (Format::Xml, "application/xml"),
            false => (Format::Json, "application/json"),
        };
        let Ok(document) = Document::read(&bytes, format) else { continue };
        let is_valid = document.events.iter().all(|event| epcis::check::check(event).is_empty());
        if !is_valid || document.events.is_empty() || !epcis::check::document(&document).is_empty() {
            continue;
        }
        let name = |event: &epcis::Captured| {
            let stated = event.value.get("eventID").and_then(epcis::Value::as_text).map(str::to_owned);
            (stated.unwrap_or_else(|| epcis::hash::hash(event).unwrap()), event.value.get("errorDeclaration").is_some())
        };
        let own: Vec<(String, bool)> = document.events.iter().map(name).collect();
        if own.iter().any(|name| names.contains(name)) {
            // Examples use the same names for other events: each of those is of another enterprise.
            gateway = {
                drop(gateway);
                desk = Desk::new(&node.url);
                desk.start()
            };
            names.clear();
        }
        names.extend(own.iter().cloned());
        let told = gateway.post("/capture", kind, &[], &bytes);
        assert_eq!(told.status, 202, "{}: {}", path.display(), told.json());
        let kept = gateway.get(&format!("{}/document", told.location));
        assert!(kept.body == bytes && kept.kind == kind, "{}", path.display());
        for ((id, declares), event) in own.iter().zip(&document.events) {
            let place = format!("/events/{}", encoded(id));
            let query = if *declares { "?errorDeclaration=1" } else { "" };
            assert_eq!(gateway.get(&format!("{place}{query}")).body, event.bytes, "{} {id}", path.display());
            if !declares {
                check_proof(&gateway, &place, &event.bytes);
            }
            events += 1;
        }
        documents += 1;
    }
    println!("{documents} documents with {events} events of {} files", all.len());
    assert!(documents > 0);
}
