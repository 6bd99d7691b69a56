//! Every path that is described, asked by each role about what is somebody else's: it must answer as for what does not
//! exist. A path without a row here fails.

use super::{
    epcis::LOT,
    failure,
    refusals::done,
    world::{Answer, Who, World, serving, text},
};
use crate::member::tests::{Folder, HONEST, Nodes, member, register, round};
use gs1::{Quantity, Unit};
use ledger::{
    CustodyPoint, Operation, Role,
    operation::{Change, Motion},
};
use serde_json::Value;
use std::{collections::BTreeSet, net::SocketAddr};

/// Who is not concerned, and sees nothing of it.
const MEMBERS: [Who; 3] = [Who::C, Who::Lab, Who::Partner];
/// Who sees everything.
const ALL_SEEING: [Who; 2] = [Who::Customs, Who::Observer];
/// An identity of nothing.
const NOTHING: &str = "abababababababababababababababababababababababababababababababab";

/// The query that A keeps.
const QUERY: &str = "secret-query";

/// How a path is asked.
#[derive(Clone, Copy, Debug)]
enum Ask {
    /// About one thing of A's, and about one that does not exist: members cannot tell them apart.
    Twin(Thing),
    /// The same, but a mechanism sees it too.
    Decided(Thing),
    /// By its parameters as they stand: the answer holds nothing of A's.
    List(&'static str),
    /// Members are refused, whatever is asked about.
    Refused,
    /// Every one who takes part gets the same answer, or one about himself.
    Frame(&'static str),
    /// Whoever asks is told of himself alone, and another test asks it.
    Apart,
}

/// What is A's.
#[derive(Clone, Copy, Debug)]
enum Thing {
    Item,
    Key,
    Tx,
    Proposal,
    Epc,
    Event,
    Query,
}

use Ask::{Apart, Decided, Frame, List, Refused, Twin};

const ROWS: &[(&str, &str, Ask)] = &[
    ("get", "/v1/items", List("")),
    ("get", "/v1/items/{key}", Twin(Thing::Item)),
    ("get", "/v1/items/{key}/events", Twin(Thing::Item)),
    ("get", "/v1/items/{key}/bundle", Twin(Thing::Item)),
    // Nothing has departed here: `a_handover_from_submission_to_bundle` asks of it.
    ("get", "/v1/items/{key}/passage", Frame(NOTHING)),
    ("get", "/v1/holds", List("")),
    ("get", "/v1/keys/{id}", Twin(Thing::Key)),
    ("get", "/v1/tx/{id}", Twin(Thing::Tx)),
    ("get", "/v1/proposals", List("")),
    ("get", "/v1/proposals/{id}", Decided(Thing::Proposal)),
    ("get", "/v1/permits", List("")),
    // Nothing is granted under these rules: `custody` asks of grants, duties, entries and alerts.
    ("get", "/v1/permits/{id}", Frame(NOTHING)),
    ("get", "/v1/duties", List("")),
    ("get", "/v1/alerts", List("")),
    ("get", "/v1/registries/{registry}", List("rating")),
    ("get", "/v1/orgs/{id}/keys", Refused),
    ("get", "/v1/orgs/{id}/seal-key", Frame(NOTHING)),
    ("get", "/v1/orgs/{id}/feed", Refused),
    ("get", "/v1/audit", Refused),
    ("get", "/v1/evidence", Refused),
    ("get", "/v1/genesis", List("")),
    ("get", "/v1/blocks/{height}", List("latest")),
    ("get", "/v1/blocks/{height}/history", Frame("1")),
    ("get", "/v1/orgs", Frame("")),
    ("get", "/v1/orgs/{id}", Frame(NOTHING)),
    ("get", "/v1/classes", Frame("")),
    ("get", "/v1/classes/{id}", Frame(NOTHING)),
    ("get", "/v1/codes/{key}/absence", Frame("01/09521100000017/10/NONE")),
    ("get", "/v1/packs/{hash}", Frame(NOTHING)),
    ("get", "/v1/validators", Frame("")),
    ("get", "/v1/network", Frame("")),
    ("get", "/v1/status", Frame("")),
    ("get", "/livez", Frame("")),
    ("get", "/readyz", Frame("")),
    ("get", "/metrics", Frame("")),
    ("get", "/version", Frame("")),
    ("get", "/openapi.json", Frame("")),
    ("get", "/docs", Frame("")),
    ("get", "/v1/whoami", Apart),
    ("get", "/v1/stream", Apart),
    ("post", "/v1/logout", Apart),
    ("post", "/v1/login", Apart),
    ("post", "/v1/login/challenge", Apart),
    ("post", "/v1/tx", Apart),
    ("post", "/v1/tx/batch", Apart),
    ("get", "/v1/documents", Apart),
    ("post", "/v1/documents", Apart),
    ("get", "/v1/documents/{id}", Apart),
    ("delete", "/v1/documents/{id}", Apart),
    ("get", "/epcis/v2", Frame("")),
    ("get", "/epcis/v2/events", List("")),
    ("get", "/epcis/v2/events/{id}", Twin(Thing::Event)),
    ("get", "/epcis/v2/epcs", List("")),
    ("get", "/epcis/v2/epcs/{id}", Twin(Thing::Epc)),
    ("get", "/epcis/v2/epcs/{id}/events", List("https%3A%2F%2Fid.gs1.org%2F01%2F09521100000017%2F10%2FONCE")),
    ("get", "/epcis/v2/eventTypes", Frame("")),
    ("get", "/epcis/v2/eventTypes/{id}", Frame("ObjectEvent")),
    ("get", "/epcis/v2/eventTypes/{id}/events", List("ObjectEvent")),
    ("get", "/epcis/v2/bizSteps", Frame("")),
    ("get", "/epcis/v2/bizSteps/{id}", Frame("receiving")),
    ("get", "/epcis/v2/bizSteps/{id}/events", List("receiving")),
    ("get", "/epcis/v2/bizLocations", List("")),
    ("get", "/epcis/v2/bizLocations/{id}", Frame("urn:hufu:port:CNSZX")),
    ("get", "/epcis/v2/bizLocations/{id}/events", List("urn:hufu:port:CNSZX")),
    ("get", "/epcis/v2/readPoints", List("")),
    ("get", "/epcis/v2/readPoints/{id}", Frame("urn:hufu:port:CNSZX")),
    ("get", "/epcis/v2/readPoints/{id}/events", List("urn:hufu:port:CNSZX")),
    ("get", "/epcis/v2/dispositions", Frame("")),
    ("get", "/epcis/v2/dispositions/{id}", Frame("in_transit")),
    ("get", "/epcis/v2/dispositions/{id}/events", List("in_transit")),
    ("get", "/epcis/v2/queries", List("")),
    ("post", "/epcis/v2/queries", Apart),
    ("get", "/epcis/v2/queries/{id}", Twin(Thing::Query)),
    ("delete", "/epcis/v2/queries/{id}", Twin(Thing::Query)),
    ("get", "/epcis/v2/queries/{id}/events", Twin(Thing::Query)),
];

/// What is A's alone, by name, and the name of one that does not exist.
struct Secrets {
    item: String,
    tx: String,
    proposal: String,
}

impl Secrets {
    fn of(&self, thing: Thing) -> (String, String) {
        let nothing = NOTHING.to_owned();
        match thing {
            Thing::Item => (self.item.clone(), nothing),
            Thing::Key => (Who::A.key().to_string(), nothing),
            Thing::Tx => (self.tx.clone(), nothing),
            Thing::Proposal => (self.proposal.clone(), nothing),
            Thing::Epc => (format!("{LOT}ONCE"), format!("{LOT}NONE")),
            Thing::Event => (format!("urn:hufu:event:{}:1", self.item), format!("urn:hufu:event:{NOTHING}:1")),
            Thing::Query => (QUERY.into(), "absent-query".into()),
        }
    }

    /// Whether a text names anything that is A's alone.
    fn tells(&self, text: &str) -> bool {
        let key = Who::A.key().to_string();
        [self.item.as_str(), &self.tx, &self.proposal, &key, "ONCE", QUERY].iter().any(|secret| text.contains(*secret))
    }
}

fn filled(template: &str, with: &str) -> String {
    match (template.find('{'), template.find('}')) {
        (Some(from), Some(to)) => format!("{}{with}{}", &template[..from], &template[to + 1..]),
        _ => template.to_owned(),
    }
}

/// An answer without the name that was asked for and without what changes from block to block.
fn said(answer: &Answer, asked: &str) -> (u16, String) {
    let plain = asked.replace("%3A", ":").replace("%2F", "/");
    (answer.status, answer.text().replace(asked, "?").replace(&plain, "?"))
}

async fn ask(world: &World, method: &str, path: &str, token: &str) -> Answer {
    world.send(&method.to_uppercase(), path, &format!("Authorization: Bearer {token}\r\n"), b"").await
}

/// A has an item under a hold, a key, a transaction and a named query; a proposal is about nobody.
async fn secrets(world: &World) -> Secrets {
    let (customs, a) = (world.login(Who::Customs).await, world.login(Who::A).await);
    let (item, _) = world.item(Who::A, "ONCE");
    let hold = Operation::PlaceHold { item, reason: text("recall") };
    let hold = world.tx(1, hold, &[(Who::Customs, Role::Officer)]);
    done(world, &customs, &hold).await;
    let law = &world.genesis.pack;
    let pack = ledger::PolicyPack { version: law.version + 1, ..law.clone() };
    let motion = Motion { changes: vec![Change::InstallPack { pack, from: 1_000_000 }] };
    let until = world.handle.clock.now().plus_ms(3_600_000);
    let proposal = world.tx(2, Operation::Propose { motion, until }, &[(Who::Customs, Role::Officer)]);
    done(world, &customs, &proposal).await;
    let query = format!(r#"{{"name":"{QUERY}","query":{{"EQ_action":["ADD"]}}}}"#);
    assert_eq!(world.post("/epcis/v2/queries", Some(&a), query.as_bytes()).await.status, 201);
    Secrets { item: item.to_string(), tx: hold.body.id().to_string(), proposal: proposal.body.id().to_string() }
}

#[test]
fn every_described_path_has_a_row() {
    let document: Value = serde_json::from_str(include_str!("../../../../docs/openapi.json")).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let described: BTreeSet<(&str, &str)> = paths
        .iter()
        .flat_map(|(path, methods)| methods.as_object().unwrap().keys().map(|m| (m.as_str(), path.as_str())))
        .collect();
    let rows: BTreeSet<(&str, &str)> = ROWS.iter().map(|(method, path, _)| (*method, *path)).collect();
    assert_eq!(rows, described);
    assert_eq!(rows.len(), ROWS.len(), "a row stands twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_somebody_elses_is_answered_as_what_is_not_there() {
    let world = World::start().await;
    let secrets = secrets(&world).await;
    let joint = world.login(Who::Joint).await;
    for who in MEMBERS.into_iter().chain([Who::Joint]) {
        let token = world.login(who).await;
        for (method, template, how) in ROWS {
            let name = format!("{who:?} {method} {template}");
            match *how {
                Twin(thing) | Decided(thing) => {
                    let (real, none) = secrets.of(thing);
                    let found = ask(&world, method, &filled(template, &real), &token).await;
                    let missing = ask(&world, method, &filled(template, &none), &token).await;
                    match (how, who) {
                        (Decided(_), Who::Joint) => assert_eq!(found.status, 200, "{name}"),
                        _ => assert_eq!(said(&found, &real), said(&missing, &none), "{name}"),
                    }
                }
                // A mechanism sees proposals, and who is not concerned nothing of any list.
                List(_) if who == Who::Joint && *template == "/v1/proposals" => {}
                List(with) => {
                    let answer = ask(&world, method, &filled(template, with), &token).await;
                    assert_eq!(answer.status, 200, "{name} {}", answer.text());
                    assert!(!secrets.tells(&answer.text()), "{name} {}", answer.text());
                }
                Refused => {
                    let answer = ask(&world, method, &filled(template, &Who::A.org().to_string()), &token).await;
                    assert_eq!(answer.failure(), (403, "H4301".to_owned()), "{name}");
                }
                Frame(with) => {
                    let path = filled(template, with);
                    let (mine, other) =
                        (ask(&world, method, &path, &token).await, ask(&world, method, &path, &joint).await);
                    assert_eq!(mine.status, other.status, "{name}");
                    assert!(!secrets.tells(&mine.text()), "{name} {}", mine.text());
                }
                Apart => {}
            }
        }
    }
    world.end().await;
}

/// The control: what is hidden above is there, and is told of to those who see everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_hidden_from_members_is_shown_to_those_who_see_everything() {
    let world = World::start().await;
    let secrets = secrets(&world).await;
    for who in ALL_SEEING {
        let token = world.login(who).await;
        for (method, template, how) in ROWS {
            let name = format!("{who:?} {method} {template}");
            let path = match *how {
                // A named query is of its organisation, whoever else sees everything.
                Twin(Thing::Query) => continue,
                Twin(thing) | Decided(thing) => filled(template, &secrets.of(thing).0),
                Refused => filled(template, &Who::A.org().to_string()),
                List(_) | Frame(_) | Apart => continue,
            };
            let answer = ask(&world, method, &path, &token).await;
            assert_eq!(answer.status, 200, "{name} {}", answer.text());
        }
        for path in ["/v1/items", "/v1/holds", "/v1/proposals", "/epcis/v2/events", "/epcis/v2/epcs"] {
            let answer = world.get(path, Some(&token)).await;
            assert!(secrets.tells(&answer.text()), "{who:?} {path} {}", answer.text());
        }
    }
    world.end().await;
}

/// The server of an organisation's own node, which has taken what concerns it.
async fn own_node(world: &World, salt: u8, who: Who, home: &Folder) -> SocketAddr {
    let nodes = Nodes::over(world, register(world, salt, who).await);
    let mut member = member(world, home.path(), who.org(), &nodes);
    round(&mut member, HONEST).await.unwrap();
    serving(member.handle.clone()).await
}

/// Whoever is of another organisation, be it an agency, an observer or a mechanism, has nothing to look for on the node of
/// a member, and neither has a token that another node gave.
async fn nobody_else_is_let_in(world: &World, owner: Who, token: &str) {
    for who in Who::ALL.into_iter().filter(|who| *who != owner) {
        let body = format!(r#"{{"key":"{}"}}"#, who.key());
        let refused = world.post("/v1/login/challenge", None, body.as_bytes()).await.failure();
        let known = [failure(403, "H2305"), failure(403, "H4301")];
        assert!(known.contains(&refused), "{who:?} on the node of {owner:?}: {refused:?}");
    }
    assert_eq!(world.get("/v1/items", Some(token)).await.failure(), failure(401, "H2302"), "{owner:?}");
}

/// What a node asks of an agency for somebody tells no more than what the agency tells him itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_node_of_a_member_what_is_somebody_elses_is_answered_as_what_is_not_there() {
    let mut world = World::start().await;
    let secrets = secrets(&world).await;
    let (agency, customs) = (world.address, world.login(Who::Customs).await);
    for (salt, owner) in (21..).zip(MEMBERS) {
        let home = Folder::new();
        world.address = own_node(&world, salt, owner, &home).await;
        nobody_else_is_let_in(&world, owner, &customs).await;
        let token = world.login(owner).await;
        for (method, template, how) in ROWS {
            let name = format!("{method} {template} on the node of {owner:?}");
            match *how {
                Twin(thing) | Decided(thing) => {
                    let (real, none) = secrets.of(thing);
                    let found = ask(&world, method, &filled(template, &real), &token).await;
                    let missing = ask(&world, method, &filled(template, &none), &token).await;
                    assert_eq!(said(&found, &real), said(&missing, &none), "{name}");
                }
                List(with) | Frame(with) => {
                    let answer = ask(&world, method, &filled(template, with), &token).await;
                    assert!(answer.status < 500, "{name} {}", answer.text());
                    assert!(!secrets.tells(&answer.text()), "{name} {}", answer.text());
                }
                Refused => {
                    let answer = ask(&world, method, &filled(template, &Who::A.org().to_string()), &token).await;
                    assert_eq!(answer.failure(), failure(403, "H4301"), "{name}");
                }
                Apart => {}
            }
        }
        world.address = agency;
    }
    world.end().await;
}

/// The control: what is hidden above is on the node of whom it concerns.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_its_own_node_an_organisation_sees_what_is_its() {
    let mut world = World::start().await;
    let secrets = secrets(&world).await;
    let (home, customs) = (Folder::new(), world.login(Who::Customs).await);
    world.address = own_node(&world, 21, Who::A, &home).await;
    nobody_else_is_let_in(&world, Who::A, &customs).await;
    let token = world.login(Who::A).await;
    for (method, template, how) in ROWS {
        let Twin(thing @ (Thing::Item | Thing::Key | Thing::Tx | Thing::Epc | Thing::Event)) = *how else { continue };
        let answer = ask(&world, method, &filled(template, &secrets.of(thing).0), &token).await;
        assert_eq!(answer.status, 200, "{method} {template} {}", answer.text());
    }
    for path in ["/v1/items", "/v1/holds", "/epcis/v2/events", "/epcis/v2/epcs"] {
        let answer = world.get(path, Some(&token)).await;
        assert!(secrets.tells(&answer.text()), "{path} {}", answer.text());
    }
    world.end().await;
}

/// A draft that names what is hidden is judged as one that names what is not there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_about_what_is_somebody_elses_is_judged_as_one_about_nothing() {
    let world = World::start().await;
    let secrets = secrets(&world).await;
    let none: ledger::ItemId = NOTHING.parse().unwrap();
    let real: ledger::ItemId = secrets.item.parse().unwrap();
    for who in MEMBERS {
        let token = world.login(who).await;
        let mut answers = Vec::new();
        for item in [real, none] {
            let at = CustodyPoint { seq: 0, trail: ledger::Hash::default() };
            let quantity = Quantity::new(1, Unit::PIECE).unwrap();
            let operation = Operation::Use { item, at, quantity, private: None };
            let draft = world.tx(9, operation, &[(who, Role::Custodian)]);
            let answer = world.post("/v1/tx?dry_run=1", Some(&token), &draft.to_bytes()).await;
            let mut judged: Value = answer.ok();
            assert_eq!(judged["rejection"]["code"], "H5001", "{who:?} {judged}");
            // The identity of the draft follows from what it names, and time goes on.
            for changing in ["id", "as_of"] {
                judged.as_object_mut().unwrap().remove(changing);
            }
            answers.push(judged.to_string().replace(&item.to_string(), "?"));
        }
        assert_eq!(answers[0].replace(&real.0.short(), "?"), answers[1].replace(&none.0.short(), "?"), "{who:?}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_share_shows_an_item_while_its_holder_holds_it() {
    let world = World::start().await;
    let customs = world.login(Who::Customs).await;
    let (item, _) = world.item(Who::A, "ONCE");
    let statuses = async |who: Who| {
        let token = world.login(who).await;
        let mut found = Vec::new();
        for end in ["", "/events", "/bundle"] {
            found.push(world.get(&format!("/v1/items/{item}{end}"), Some(&token)).await.status);
        }
        found
    };
    assert_eq!(statuses(Who::Partner).await, [404; 3]);
    let until = world.handle.clock.now().plus_ms(3_600_000);
    let share = Operation::Share { item, with: Who::Partner.org(), until };
    done(&world, &customs, &world.tx(1, share, &[(Who::A, Role::Custodian)])).await;
    assert_eq!((statuses(Who::Partner).await, statuses(Who::C).await), (vec![200; 3], vec![404; 3]));
    // It is the holder's word, and ends with his holding.
    done(&world, &customs, &world.handover(2, "ONCE", Who::A, Who::B)).await;
    assert_eq!(statuses(Who::Partner).await, [404; 3]);
    assert_eq!((statuses(Who::A).await, statuses(Who::B).await), (vec![200, 200, 409], vec![200; 3]));
    // Of where it is now, lists tell who holds it, and not who held it.
    for (who, count) in [(Who::A, 0), (Who::B, 1), (Who::Customs, 1)] {
        let token = world.login(who).await;
        let held: Value = world.get(&format!("/v1/items?custodian={}", Who::B.org()), Some(&token)).await.ok();
        assert_eq!(held["items"].as_array().unwrap().len(), count, "{who:?}");
    }
    world.end().await;
}

/// What comes after an item left somebody's hands is not told to it: neither on a path of its own, nor by a condition.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_gave_an_item_away_does_not_follow_it() {
    let world = World::start().await;
    let (customs, a) = (world.login(Who::Customs).await, world.login(Who::A).await);
    let (item, _) = world.item(Who::A, "ONCE");
    let path = format!("/v1/items/{item}");
    done(&world, &customs, &world.handover(1, "ONCE", Who::A, Who::B)).await;
    let (then, events): (Value, Value) =
        (world.get(&path, Some(&a)).await.ok(), world.get(&format!("{path}/events"), Some(&a)).await.ok());
    let hold = Operation::PlaceHold { item, reason: text("recall") };
    done(&world, &customs, &world.tx(2, hold, &[(Who::Customs, Role::Officer)])).await;
    let now: Value = world.get(&path, Some(&customs)).await.ok();
    assert_eq!((now["count"].as_u64(), now["holds"].as_array().map(Vec::len)), (Some(3), Some(1)));
    assert_eq!(world.get(&path, Some(&a)).await.ok::<Value>(), then);
    assert_eq!(world.get(&format!("{path}/events"), Some(&a)).await.ok::<Value>(), events);
    assert_eq!((then["count"].as_u64(), events["items"].as_array().map(Vec::len)), (Some(2), Some(2)));
    let also = format!("/v1/items?state={}", then["state"].as_str().unwrap());
    for (list, count) in [("/v1/holds", 0), ("/v1/items", 2), ("/v1/items?state=released", 1), (also.as_str(), 1)] {
        let page: Value = world.get(list, Some(&a)).await.ok();
        assert_eq!(page["items"].as_array().unwrap().len(), count, "{list}");
    }
    world.end().await;
}
