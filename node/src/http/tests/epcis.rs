//! The query side of EPCIS: who is told what, page by page, in which form.

use super::{
    committed, failure,
    world::{Who, World},
};
use api::tx::{TxAccepted, TxState};
use epcis::{Document, Format, Kind, check};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const LOT: &str = "https%3A%2F%2Fid.gs1.org%2F01%2F09521100000017%2F10%2F";

/// The events of an answer, which keeps the rules of the standard, and the next page.
pub(super) async fn events(world: &World, token: &str, path: &str) -> (Vec<Value>, Option<String>) {
    let answer = world.get(path, Some(token)).await;
    assert_eq!(answer.status, 200, "{path} {}", answer.text());
    for (name, value) in [("gs1-epcis-version", "2.0.0"), ("gs1-cbv-version", "2.0.0")] {
        assert_eq!(answer.header(name), Some(value));
    }
    let document = Document::read(&answer.body, Format::Json).unwrap();
    assert_eq!(document.kind, Kind::QueryDocument, "{path}");
    assert!(check::document(&document).is_empty(), "{path} {}", answer.text());
    let body: Value = answer.json();
    let events = body["epcisBody"]["queryResults"]["resultsBody"]["eventList"].as_array().unwrap().clone();
    let link = answer.header("link").map(|link| link.strip_prefix('<').unwrap().split('>').next().unwrap().to_owned());
    (events, link)
}

/// All events from a page on.
pub(super) async fn rest(world: &World, token: &str, path: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let (page, link) = events(world, token, &path).await;
        all.extend(page);
        next = link;
    }
    all
}

fn ids(events: &[Value]) -> BTreeSet<String> {
    events.iter().map(|event| event["eventID"].as_str().unwrap().to_owned()).collect()
}

async fn hand_over(world: &World, salt: u8, lot: &str, giver: Who, receiver: Who) {
    let tx = world.handover(salt, lot, giver, receiver);
    let taken: TxAccepted = world.post("/v1/tx", None, &tx.to_bytes()).await.ok();
    let customs = world.login(Who::Customs).await;
    assert_eq!(committed(world, &customs, &taken.id).await.status, TxState::Committed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_is_told_the_events_of_the_items_that_it_may_see() {
    let world = World::start().await;
    hand_over(&world, 1, "ONCE", Who::A, Who::B).await;
    let once = format!("{LOT}ONCE");
    let paths = [
        ("/epcis/v2/events".to_owned(), [4, 3, 2, 1]),
        ("/epcis/v2/events?EQ_bizStep=receiving".to_owned(), [1, 1, 1, 0]),
        ("/epcis/v2/bizSteps/receiving/events".to_owned(), [1, 1, 1, 0]),
        ("/epcis/v2/eventTypes/ObjectEvent/events".to_owned(), [4, 3, 2, 1]),
        ("/epcis/v2/eventTypes/TransactionEvent/events".to_owned(), [0, 0, 0, 0]),
        (format!("/epcis/v2/epcs/{once}/events"), [2, 2, 2, 0]),
        (format!("/epcis/v2/epcs/{LOT}TWICE/events"), [2, 1, 0, 1]),
        (format!("/epcis/v2/epcs/{once}/events?EQ_action=ADD"), [1, 1, 1, 0]),
        ("/epcis/v2/events?MATCH_epcClass=urn:epc:class:lgtin:9521100.000001.ONCE".to_owned(), [2, 2, 2, 0]),
        ("/epcis/v2/events?LT_recordTime=2000-01-01T00:00:00Z".to_owned(), [0, 0, 0, 0]),
        ("/epcis/v2/events?EQ_hufu:kind=urn:hufu:kind:moved".to_owned(), [1, 1, 1, 0]),
        ("/epcis/v2/events?orderBy=eventTime&orderDirection=ASC".to_owned(), [4, 3, 2, 1]),
    ];
    for (at, who) in [Who::Customs, Who::A, Who::B, Who::C].into_iter().enumerate() {
        let token = world.login(who).await;
        for (path, expect) in &paths {
            assert_eq!(rest(&world, &token, path).await.len(), expect[at], "{who:?} {path}");
        }
        let names = world.get("/epcis/v2/epcs", Some(&token)).await.ok::<Value>();
        assert_eq!(names["member"].as_array().unwrap().len(), [2, 2, 1, 1][at], "{who:?}");
        let seen = world.get(&format!("/epcis/v2/epcs/{once}"), Some(&token)).await.status;
        assert_eq!(seen, [200, 200, 200, 404][at], "{who:?}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_lose_and_repeat_nothing_while_blocks_are_added() {
    let world = World::start().await;
    hand_over(&world, 1, "ONCE", Who::A, Who::B).await;
    let customs = world.login(Who::Customs).await;
    for path in ["/epcis/v2/events?perPage=1", "/epcis/v2/events?perPage=1&orderBy=eventTime&orderDirection=ASC"] {
        let before = ids(&rest(&world, &customs, path).await);
        let (first, next) = events(&world, &customs, path).await;
        assert_eq!(first.len(), 1);
        let (salt, giver) = if path.contains("orderBy") { (2, Who::A) } else { (3, Who::C) };
        hand_over(&world, salt, "TWICE", giver, Who::B).await;
        let behind = rest(&world, &customs, &next.unwrap()).await;
        let all: Vec<Value> = first.into_iter().chain(behind).collect();
        assert_eq!(ids(&all).len(), all.len(), "an event is told twice");
        assert_eq!(ids(&all), before, "the pages are not the answer of one height");
    }
    let newest = "/epcis/v2/events?orderBy=eventTime&eventCountLimit=3&perPage=2";
    let told = rest(&world, &customs, newest).await;
    let times: Vec<&str> = told.iter().map(|event| event["eventTime"].as_str().unwrap()).collect();
    assert!(times.len() == 3 && times.is_sorted_by(|a, b| a >= b), "{times:?}");
    let (status, said) = world.get("/epcis/v2/events?maxEventCount=2", Some(&customs)).await.failure();
    assert_eq!((status, said.as_str()), (413, "H1687"));
    let names = world.get("/epcis/v2/epcs?perPage=1", Some(&customs)).await;
    assert!(names.header("link").is_some() && names.ok::<Value>()["member"].as_array().unwrap().len() == 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_has_its_hash_and_its_place_for_names() {
    let world = World::start().await;
    let (a, c) = (world.login(Who::A).await, world.login(Who::C).await);
    let (found, _) = events(&world, &a, &format!("/epcis/v2/epcs/{LOT}ONCE/events")).await;
    let id = found[0]["eventID"].as_str().unwrap();
    let by_hash = format!("/epcis/v2/events/{}", id.replace('/', "%2F").replace('?', "%3F"));
    let (item, _) = world.item(Who::A, "ONCE");
    let by_place = format!("/epcis/v2/events/urn:hufu:event:{item}:1");
    for path in [&by_hash, &by_place, &format!("{by_hash}?MATCH_epcClass={LOT}ONCE")] {
        assert_eq!(events(&world, &a, path).await, (found.clone(), None), "{path}");
        assert_eq!(world.get(path, Some(&c)).await.failure(), failure(404, "H7004"), "{path}");
    }
    for (path, status, code) in [
        (format!("/epcis/v2/events/urn:hufu:event:{item}:2"), 404, "H7004"),
        (format!("/epcis/v2/events/urn:hufu:event:{item}:0"), 400, "H1409"),
        ("/epcis/v2/events/urn:hufu:event:x:1".into(), 400, "H1409"),
    ] {
        assert_eq!(world.get(&path, Some(&a)).await.failure(), failure(status, code), "{path}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_are_kept_by_name_for_the_organisation() {
    let world = World::start().await;
    let (a, c) = (world.login(Who::A).await, world.login(Who::C).await);
    let definition = br#"{"name":"made","query":{"EQ_action":["ADD"],"eventType":["ObjectEvent"]}}"#;
    let made = world.post("/epcis/v2/queries", Some(&a), definition).await;
    assert_eq!((made.status, made.header("location")), (201, Some("/epcis/v2/queries/made")));
    let again = world.post("/epcis/v2/queries", Some(&a), definition).await;
    assert_eq!(again.failure(), failure(409, "H1694"));
    let one: Value = world.get("/epcis/v2/queries/made", Some(&a)).await.ok();
    assert_eq!(one, serde_json::from_slice::<Value>(definition).unwrap());
    let list: Value = world.get("/epcis/v2/queries", Some(&a)).await.ok();
    assert_eq!(list, Value::Array(vec![one]));
    assert_eq!(rest(&world, &a, "/epcis/v2/queries/made/events?perPage=1").await.len(), 2);
    let (document, _) = events(&world, &a, "/epcis/v2/queries/made/events?EQ_action=DELETE").await;
    assert!(document.is_empty());
    assert_eq!(world.get("/epcis/v2/queries/made", Some(&c)).await.failure(), failure(404, "H7004"));
    let list: Value = world.get("/epcis/v2/queries", Some(&c)).await.ok();
    assert_eq!(list, Value::Array(Vec::new()));
    let bearer = format!("Authorization: Bearer {a}\r\n");
    assert_eq!(world.send("DELETE", "/epcis/v2/queries/made", &bearer, b"").await.status, 204);
    assert_eq!(world.send("DELETE", "/epcis/v2/queries/made", &bearer, b"").await.failure(), failure(404, "H7004"));
    let typed = format!("{bearer}Content-Type: application/xml\r\n");
    let answer = world.send("POST", "/epcis/v2/queries", &typed, definition).await;
    assert_eq!(answer.failure(), failure(415, "H1415"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_spoken_and_what_is_refused() {
    let world = World::start().await;
    let token = world.login(Who::A).await;
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let asked = |headers: &str| format!("{bearer}{headers}");
    let answer = world.send("GET", "/epcis/v2/events", &asked("Accept: application/ld+json\r\n"), b"").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/ld+json")));
    for headers in ["Accept: application/xml\r\n", "GS1-EPCIS-Min: 2.1\r\n", "GS1-EPC-Format: Always_EPC_URN\r\n"] {
        let answer = world.send("GET", "/epcis/v2/events", &asked(headers), b"").await;
        assert_eq!(answer.failure(), failure(406, "H1690"), "{headers}");
        assert_eq!(answer.json::<api::Problem>().kind, "epcisException:NotAcceptableException");
    }
    let answer = world.send("OPTIONS", "/epcis/v2/queries", &bearer, b"").await;
    assert_eq!((answer.status, answer.header("allow")), (204, Some("OPTIONS, GET, POST")));
    assert_eq!((answer.header("gs1-epcis-min"), answer.header("gs1-epc-format").is_some()), (Some("2.0.0"), true));
    let long = format!("/epcis/v2/events?EQ_ex:a={}", "x".repeat(8_192));
    for (method, path, status, code, exception) in [
        ("GET", "/epcis/v2/events?colour=red", 400, "H1680", "QueryParameterException"),
        ("GET", "/epcis/v2/events?HASATTR_bizLocation=x", 400, "H1684", "QueryParameterException"),
        ("GET", "/epcis/v2/events?nextPageToken=x", 400, "H1413", "ValidationException"),
        ("GET", long.as_str(), 414, "H1692", "URITooLongException"),
        ("GET", "/epcis/v2/bizSteps/sailing", 404, "H7004", "NoSuchNameException"),
        ("GET", "/epcis/v2/epcs?EQ_action=ADD", 400, "H1413", "ValidationException"),
        ("POST", "/epcis/v2/capture", 501, "H1691", "ImplementationException"),
        ("POST", "/epcis/v2/events", 501, "H1691", "ImplementationException"),
        ("GET", "/epcis/v2/queries/x/subscriptions", 501, "H1691", "ImplementationException"),
        ("GET", "/epcis/v2/queries/x/subscriptions/y", 501, "H1691", "ImplementationException"),
        ("DELETE", "/epcis/v2/nextPageToken/x", 501, "H1697", "ImplementationException"),
        ("DELETE", "/epcis/v2/events", 405, "H7006", "ImplementationException"),
    ] {
        let answer = world.send(method, path, &bearer, b"").await;
        assert_eq!(answer.failure(), failure(status, code), "{method} {path}");
        assert_eq!(answer.json::<api::Problem>().kind, format!("epcisException:{exception}"), "{path}");
        assert_eq!(answer.header("gs1-epcis-version"), Some("2.0.0"), "{path}");
    }
    assert_eq!(world.get("/epcis/v2/events", None).await.failure(), failure(401, "H2301"));
    let top: Value = world.get("/epcis/v2", Some(&token)).await.ok();
    assert_eq!(top["member"].as_array().unwrap().len(), 9);
    let steps: Value = world.get("/epcis/v2/bizSteps", Some(&token)).await.ok();
    assert_eq!(steps["member"].as_array().unwrap().len(), 41);
    let (of_class, _) = events(&world, &token, &format!("/epcis/v2/events?MATCH_anyEPCClass={LOT}ONCE")).await;
    assert_eq!(of_class.len(), 1);
    world.end().await;
}
