//! Queries of EPCIS as walks: whom a token serves, what is told of an item and not of its units, and how much is read.

use super::{
    epcis::{LOT, events, rest},
    failure,
    laboratory::only,
    refusals::done,
    world::{Who, World},
};
use crate::http::{
    Server,
    failure::{Failure, code},
    params,
    reads::{MAX_READS, STRIDE},
    sight::Sight,
    token::Bound,
};
use api::view::{EventView, Page};
use axum::http::Uri;
use custody::visibility::Reader;
use epcis::query::{Held, Query};
use gs1::{ItemCode, Quantity, Unit};
use ledger::{
    ClassId, CustodyPoint, ItemId, ItemRecord, Operation, Role, SignedTx, StateKey, StateRead, list,
    operation::{Entry, EntryBody, EntryList, Purpose, Registration},
    record::ClassCode,
};
use serde_json::Value;

const SSCC: &str = "195210000000000015";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_leads_on_where_it_was_given_and_nowhere_else() {
    let world = World::start().await;
    let (customs, a) = (world.login(Who::Customs).await, world.login(Who::A).await);
    let (first, next) = events(&world, &customs, "/epcis/v2/events?perPage=1").await;
    let next = next.unwrap();
    let token = next.rsplit_once("nextPageToken=").unwrap().1;
    let bytes = api::bytes::decode(token).unwrap();
    for id in world.handle.store.items(None, 100).unwrap() {
        assert!(!bytes.windows(32).any(|window| window == id.0.0), "the token tells of {id}");
    }
    for (who, path) in [
        (&a, next.clone()),
        (&customs, format!("/epcis/v2/events?EQ_action=ADD&nextPageToken={token}")),
        (&customs, format!("/epcis/v2/eventTypes/ObjectEvent/events?nextPageToken={token}")),
        (&customs, format!("/epcis/v2/epcs?nextPageToken={token}")),
        (&customs, format!("/epcis/v2/events?nextPageToken={}", &token[4..])),
    ] {
        assert_eq!(world.get(&path, Some(who)).await.failure(), failure(400, "H1413"), "{path}");
    }
    // Another person of the organisation may go on, with pages of another length.
    let colleague = world.login(Who::Customs).await;
    let rest = rest(&world, &colleague, &format!("/epcis/v2/events?perPage=9&nextPageToken={token}")).await;
    assert_eq!((first.len(), rest.len()), (1, 2));
    world.end().await;
}

fn record(world: &World, id: ItemId) -> ItemRecord {
    world.handle.store.record(&StateKey::Item(id)).unwrap().unwrap()
}

/// Firm A registers a logistic unit.
async fn registered_unit(world: &World, token: &str) -> ItemId {
    let registration = Registration {
        class: ClassId::of(&ClassCode::of_units()),
        code: format!("00/{SSCC}").parse::<ItemCode>().unwrap(),
        quantity: Quantity::new(1, Unit::PIECE).unwrap(),
        purpose: Purpose::Unstated,
        private: None,
    };
    let entries = vec![Entry { salt: [3; 16], body: EntryBody::Registration(registration) }];
    let list = EntryList { count: 1, root: list::root(&[entries[0].hash()]) };
    let tx = world.tx(31, Operation::Register { list }, &[(Who::A, Role::Declarant)]);
    let unit = ItemId::of(&world.handle.network, &tx.body.id(), 0);
    done(world, token, &SignedTx { entries, ..tx }).await;
    unit
}

/// An item goes into a unit, or comes out of it.
fn packing(world: &World, (salt, who): (u8, Who), (unit, item): (ItemId, ItemId), goes_in: bool) -> SignedTx {
    let (entries, list) = only(item);
    let ItemRecord { custody_seq: seq, trail, .. } = record(world, unit);
    let at = CustodyPoint { seq, trail };
    let operation = match goes_in {
        true => Operation::Pack { unit, at, list },
        false => Operation::Unpack { unit, at, list },
    };
    SignedTx { entries, ..world.tx(salt, operation, &[(who, Role::Custodian)]) }
}

/// Numbers of the events that a query tells of.
async fn numbers(world: &World, token: &str, path: &str) -> Vec<u64> {
    rest(world, token, path).await.iter().map(|event| event["hufu:number"].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_is_told_whole_and_its_hidden_units_are_not_named() {
    let world = World::start().await;
    let customs = world.login(Who::Customs).await;
    let (item, _) = world.item(Who::A, "ONCE");
    // The lot travels from A to B in a unit, and from there to C by itself.
    let unit = registered_unit(&world, &customs).await;
    done(&world, &customs, &packing(&world, (32, Who::A), (unit, item), true)).await;
    done(&world, &customs, &world.handover_of(33, unit, Who::A, Who::B)).await;
    done(&world, &customs, &packing(&world, (34, Who::B), (unit, item), false)).await;
    done(&world, &customs, &world.handover_of(35, item, Who::B, Who::C)).await;

    let link = format!("https://id.gs1.org/00/{SSCC}");
    let (by_code, by_identity) = (link.replace(':', "%3A").replace('/', "%2F"), format!("urn:hufu:item:{unit}"));
    // A gave away the unit, and has no part in what B did with the lot: it sees of both until it gave them out of its hands.
    for (who, of_item, of_unit) in [(Who::Customs, 4, 4), (Who::A, 3, 3), (Who::B, 4, 4), (Who::C, 4, 0)] {
        let token = world.login(who).await;
        let is_shown = of_unit > 0;
        let status = if is_shown { 200 } else { 404 };
        // One rule: whoever sees an item is told of the same events by its own path and by a query.
        for (id, count) in [(item, of_item), (unit, of_unit)] {
            let answer = world.get(&format!("/v1/items/{id}/events"), Some(&token)).await;
            let whole: Vec<u64> = match count {
                0 => Vec::new(),
                _ => answer.ok::<Page<EventView>>().items.iter().map(|event| event.n).collect(),
            };
            assert_eq!(answer.status, if count > 0 { 200 } else { 404 }, "{who:?} {id}");
            assert_eq!(whole, (1..=count).collect::<Vec<u64>>(), "{who:?} {id}");
            let asked = format!("/epcis/v2/events?EQ_hufu:item=urn:hufu:item:{id}");
            assert_eq!(numbers(&world, &token, &asked).await, whole, "{who:?} {id}");
        }
        let of_code = numbers(&world, &token, &format!("/epcis/v2/epcs/{LOT}ONCE/events")).await;
        assert_eq!(of_code, (1..=of_item).collect::<Vec<u64>>(), "{who:?}");
        let packed = rest(&world, &token, "/epcis/v2/eventTypes/AggregationEvent/events").await;
        let parents: Vec<&str> = packed.iter().map(|event| event["parentID"].as_str().unwrap()).collect();
        let parent = if is_shown { link.as_str() } else { by_identity.as_str() };
        assert_eq!(parents, [parent; 2], "{who:?}");
        let text = world.get("/epcis/v2/events", Some(&token)).await.text();
        assert_eq!(text.contains(SSCC), is_shown, "{who:?} {text}");
        let names: Value = world.get("/epcis/v2/epcs", Some(&token)).await.ok();
        let names: Vec<&str> = names["member"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(names.contains(&link.as_str()), is_shown, "{who:?} {names:?}");
        assert!(!names.iter().any(|name| name.starts_with("urn:hufu:item:")), "{who:?} {names:?}");
        let of_unit = world.get(&format!("/epcis/v2/epcs/{by_code}"), Some(&token)).await;
        assert_eq!(of_unit.status, status, "{who:?}");
        let found = [&link, &by_identity].map(|parent| format!("/epcis/v2/events?MATCH_parentID={parent}"));
        let expect = if is_shown { [2, 0] } else { [0, 2] };
        for (path, expect) in found.iter().zip(expect) {
            assert_eq!(rest(&world, &token, path).await.len(), expect, "{who:?} {path}");
        }
    }
    world.end().await;
}

/// A page of what firm C is told, the token of the next, and what was read for it.
fn page(server: &Server, path: &str) -> (Result<(usize, Option<String>), Failure>, usize) {
    let org = Who::C.org();
    let uri: Uri = path.parse().unwrap();
    let pairs: Vec<(String, String)> = params::parse(&uri).unwrap();
    let query = Query::read(&pairs).unwrap();
    let bound = Bound::of(&org, &uri, None).unwrap();
    let who = Reader::Member(org);
    let sight = Sight::new(server, &who);
    let answer = match uri.path().ends_with("/epcs") {
        true => server.names(&sight, Held::Epcs, &bound, &query).map(|(names, next)| (names.len(), next)),
        false => server.told(&sight, &bound, &query).map(|(events, next)| (events.len(), next)),
    };
    (answer, sight.reads())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_reads_so_much_and_the_walk_goes_on_behind_it() {
    // Of a hidden item its place in the list, its record, its shares and its event are read: 7,000 take more than one page.
    let world = World::with_items(7_000).await;
    let server = world.server();
    // The first step is made whatever it takes, and the last one is ended: each may read a page of the list, and looks at
    // one item, of which the record, the shares and the event are read here.
    let most = MAX_READS + 2 * (STRIDE + 3);
    for path in ["/epcis/v2/events", "/epcis/v2/epcs"] {
        let (mut next, mut pages, mut told) = (Some(path.to_owned()), 0, 0);
        while let Some(asked) = next {
            let (answer, reads) = page(&server, &asked);
            let (count, token) = answer.unwrap();
            assert!(reads <= most, "{reads} for {asked}");
            assert!(token.is_none() || reads >= MAX_READS, "{reads} and no more for {asked}");
            next = token.map(|token| format!("{path}?nextPageToken={token}"));
            (pages, told) = (pages + 1, told + count);
        }
        assert_eq!((pages, told), (2, 1), "{path}");
    }
    let (answer, reads) = page(&server, "/epcis/v2/events?orderBy=eventTime");
    assert_eq!(answer.unwrap_err().code(), code::RESULT_TOO_WIDE);
    assert!((MAX_READS..=most).contains(&reads), "{reads}");
    let lot = format!("/epcis/v2/events?orderBy=eventTime&MATCH_anyEPCClass={LOT}TWICE");
    let (answer, reads) = page(&server, &lot);
    assert_eq!(answer.map(|(count, _)| count), Ok(1));
    assert!(reads < 20, "{reads}");
    // Where everything is shown, the events that are made bound the page.
    let customs = world.login(Who::Customs).await;
    let (none, link) = events(&world, &customs, "/epcis/v2/events?EQ_bizStep=receiving").await;
    assert!(none.is_empty() && link.is_some());
    world.end().await;
}
