//! One agency's node lies, or holds back: the member's node says which one and what, some heartbeats after hearing it, says
//! nothing of the honest ones, and goes on with what is true. Where all are honest it says nothing at all.
//!
//! What one agency alone cannot forge is not here: two heads of one height, and a feed that shrinks, need the signatures
//! of a quorum. `node` asks that of the watch itself.

use access::{
    Request, Response,
    wire::{Head, Refusal},
};
use ledger::{Header, Role, codec};
use node::config::Home;
use proof::TrustRoot;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use testnet::{
    Seen,
    clerk::{self, Clerk},
    files::{Folder, RunningNode},
    goods,
    http::Node,
    init::{self, InitOptions},
    running, wait_for,
};
use tests::{
    local::{SOON, Up},
    relay::{Relay, Twist, put_between},
    whole::is_whole,
};

/// Name of the member's node.
const MEMBER: &str = "member-1";
/// Name of the node that lies.
const LIAR: &str = "environment";
/// Heartbeats from hearing a lie until it is told: the one in which it is heard, the one in which it shows, and two for a
/// machine that has much to do.
const PATIENCE: u64 = 4;
/// Longest header.
const MAX: usize = 1 << 16;
/// The time of a heartbeat: that of a block where nothing happens.
const HEARTBEAT_MS: u64 = 1_000;
/// Heartbeats of honest nodes.
const HONEST_BEATS: u64 = 60;

/// What is counted in heartbeats has the machine for itself.
static ALONE: Mutex<()> = Mutex::new(());

/// A lie, and what it is called.
struct Lie {
    name: &'static str,
    kind: &'static str,
    twist: Twist,
}

fn lie<F>(name: &'static str, kind: &'static str, tell: F) -> Lie
where
    F: Fn(&Request, Response) -> Option<Response> + Send + Sync + 'static,
{
    Lie { name, kind, twist: Arc::new(tell) }
}

/// Answers with the first head for ever, as soon as the member has it.
fn old_head(first: &Mutex<Option<(u64, Head)>>, request: &Request, answer: Response) -> Response {
    let (Request::Head { brief, known, .. }, Response::Head(head)) = (request, &answer) else { return answer };
    let mut first = first.lock().unwrap();
    match &*first {
        // A whole one, to give both kinds later.
        None if !brief => {
            let header: Header = codec::decode(&head.stand.head.header, MAX).unwrap();
            *first = Some((header.height, Head { path: Vec::new(), ..(**head).clone() }));
            answer
        }
        Some((height, old)) if known >= height => {
            let own = if *brief { None } else { old.own.clone() };
            Response::Head(Box::new(Head { own, ..old.clone() }))
        }
        None | Some(_) => answer,
    }
}

/// Has no time for rounds: whoever asks goes to the next.
fn busy(request: &Request, answer: Response) -> Option<Response> {
    let is_round = matches!(request, Request::Head { brief: false, .. });
    Some(if is_round { Response::failure("H7129", "busy", 200) } else { answer })
}

fn lies() -> Vec<Lie> {
    let first = Mutex::new(None);
    let all = [
        lie("an old head", "node-stale", move |request, answer| Some(old_head(&first, request, answer))),
        lie("no links", "node-feed", |_, answer| {
            let links = matches!(answer, Response::Links { .. });
            Some(if links { Response::Links { links: Vec::new() } } else { answer })
        }),
        lie("links refused", "node-feed", |request, answer| {
            let links = matches!(request, Request::Links { .. });
            Some(if links { Response::failure("H7004", "there are none", 0) } else { answer })
        }),
        lie("a link of another block", "node-feed", |_, mut answer| {
            if let Response::Links { links } = &mut answer {
                links.iter_mut().for_each(|link| link.height += 1);
            }
            Some(answer)
        }),
        lie("another event", "node-proof", |_, mut answer| {
            if let Response::Links { links } = &mut answer {
                let events =
                    links.iter_mut().flat_map(|link| &mut link.entries).filter_map(|(_, event)| event.as_mut());
                events.filter_map(|event| event.last_mut()).for_each(|byte| *byte ^= 1);
            }
            Some(answer)
        }),
        lie("a cut proof", "node-proof", |_, mut answer| {
            if let Response::Head(head) = &mut answer
                && let Some((_, feed)) = &mut head.own
            {
                feed.proof.siblings.pop();
            }
            Some(answer)
        }),
        lie("a receipt of elsewhere", "node-proof", |_, mut answer| {
            if let Response::Txs { txs } = &mut answer {
                txs.iter_mut().flatten().for_each(|placed| placed.receipts += 1);
            }
            Some(answer)
        }),
        // The last: it takes the places for answers.
        lie("silence", "node-silent", |_, _| None),
    ];
    all.into()
}

/// A network with a member whose node meets relays alone, the one that lies first.
struct Town {
    net: PathBuf,
    clerk: Clerk,
    member: RunningNode,
    relays: Vec<(String, Relay)>,
}

impl Town {
    fn new(net: &Path) -> Town {
        let options = InitOptions { members: 1, member_nodes: true, ..Default::default() };
        init::init(net, &options).unwrap();
        let network = running::up(net, None).unwrap();
        running::down(net, Some(MEMBER)).unwrap();
        let clerk = Clerk::open(&Folder::open(net).unwrap()).unwrap();
        let member = network.members().next().unwrap().clone();
        let liar_first = network.agencies().filter(|node| node.name == LIAR);
        let all = liar_first.chain(network.agencies().filter(|node| node.name != LIAR));
        let relays: Vec<(String, Relay)> =
            all.map(|node| (node.name.clone(), Relay::start(&clerk, &node.home, &member.home))).collect();
        put_between(&member.home, &relays, HEARTBEAT_MS);
        Town { net: net.to_owned(), clerk, member, relays }
    }

    fn liar(&self) -> &Relay {
        &self.relays[0].1
    }

    /// Starts the member's node, and waits until it goes on with the one that is to lie.
    fn start(&self) -> Node {
        let before = self.liar().rounds();
        self.others(Some(Arc::new(busy)));
        let network = running::up(&self.net, Some(MEMBER)).unwrap();
        wait_for("rounds with the relay", SOON, || match self.liar().rounds() {
            rounds if rounds > before + 2 => Seen::Yes(()),
            rounds => Seen::NotYet(format!("{} rounds", rounds - before)),
        })
        .unwrap();
        self.others(None);
        let member = network.members().next().unwrap();
        self.clerk.desk_at(member, &member.org, Role::Custodian).unwrap()
    }

    fn others(&self, twist: Option<Twist>) {
        self.relays.iter().skip(1).for_each(|(_, relay)| relay.twist(twist.clone()));
    }

    fn agency(&self) -> Node {
        self.clerk.desk(&self.clerk.plan().nodes[0].org, Role::Officer).unwrap()
    }

    /// Something new for the member, without its node.
    fn act(&self, lot: &str) {
        let node = self.clerk.plan().nodes[0].name.clone();
        let network = Folder::open(&self.net).unwrap().network().unwrap();
        let agency = network.nodes.iter().find(|running| running.name == node).unwrap();
        let desk = self.clerk.desk_at(agency, &self.member.org, Role::Declarant).unwrap();
        let signers = [(self.member.org.as_str(), Role::Declarant)];
        let now = clerk::now(&desk).unwrap();
        let tx = self.clerk.sign(goods::registration(lot, "10 H87").unwrap(), &signers, now).unwrap();
        let status = clerk::send(&desk, &tx).unwrap();
        assert!(status.rejection.is_none(), "{status:?}");
    }

    /// Which nodes it has found to do what, as its file says.
    fn found(&self) -> Vec<(String, String)> {
        let text = |alert: &Value, field: &str| alert[field].as_str().unwrap().to_owned();
        let file = Home::new(&self.member.home).watch();
        let Ok(bytes) = fs::read(file) else { return Vec::new() };
        let alerts: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
        alerts.iter().map(|alert| (text(alert, "node"), text(alert, "kind"))).collect()
    }

    /// Everything that it has found is forgotten, for the next lie.
    fn stop(&self) {
        running::down(&self.net, Some(MEMBER)).unwrap();
        self.liar().twist(None);
        let file = Home::new(&self.member.home).watch();
        if file.exists() {
            fs::remove_file(file).unwrap();
        }
    }
}

#[test]
fn a_node_that_lies_or_holds_back_is_named_and_what_is_true_is_taken_from_others() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    let _up = Up(&net);
    let town = Town::new(&net);
    let trust = TrustRoot::from_json(&fs::read(net.join("trust.json")).unwrap()).unwrap();
    for (number, Lie { name, kind, twist }) in lies().into_iter().enumerate() {
        let own = town.start();
        assert!(town.found().is_empty(), "before {name}: {:?}", town.found());
        town.liar().twist(Some(twist));
        town.act(&format!("LIE{number}"));
        let heard = town.liar().beats();
        let found = wait_for(&format!("{name} to be told"), SOON, || match town.found() {
            found if found.is_empty() => Seen::NotYet(format!("{} heartbeats", town.liar().beats() - heard)),
            found => Seen::Yes(found),
        });
        let beats = town.liar().beats() - heard;
        assert!(found.unwrap().contains(&(LIAR.to_owned(), kind.to_owned())), "{name}: {:?}", town.found());
        assert!(kind == "node-silent" || beats <= PATIENCE, "{name}: {beats} heartbeats");
        is_whole(&own, &town.agency(), &town.member.org, &trust);
        // The file is written first.
        let told = wait_for(&format!("{name} to be shown"), SOON, || {
            let (_, told) = own.get_raw(api::paths::ALERTS).unwrap();
            match String::from_utf8(told).unwrap() {
                told if told.contains(kind) && told.contains(LIAR) => Seen::Yes(()),
                told => Seen::NotYet(told),
            }
        });
        told.unwrap();
        assert!(town.found().iter().all(|(node, _)| node == LIAR), "{name}: {:?}", town.found());
        town.stop();
    }
}

#[test]
fn of_honest_nodes_nothing_is_told() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    let _up = Up(&net);
    let town = Town::new(&net);
    let own = town.start();
    let before = town.liar().beats();
    let mut acts = 0;
    // It has something to take all the while.
    while town.liar().beats() < before + HONEST_BEATS {
        town.act(&format!("HONEST{acts}"));
        acts += 1;
    }
    assert!(town.found().is_empty(), "{:?}", town.found());
    let trust = TrustRoot::from_json(&fs::read(net.join("trust.json")).unwrap()).unwrap();
    let verdict = is_whole(&own, &town.agency(), &town.member.org, &trust);
    assert!(verdict.events >= acts, "{verdict:?}");
    assert!(town.found().is_empty(), "{:?}", town.found());
}
