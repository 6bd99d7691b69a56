//! Agencies' nodes as a member's sees them: all of them answer from the ledger of one network of this process, and each can
//! be made to lie, to be silent or to be away.

use crate::{
    access::Desk,
    config::{AccessConfig, Config, NodeRole, PeerConfig},
    documents::Library,
    handle::Way,
    http::tests::world::{DEADLINE, Who, World},
    member::{agencies::Ask, proven::End, runtime::Member},
};
use ::access::{
    Answers, AskError, Guest, PeerKey, Request, Response,
    wire::{Certified3, Refusal, Stand},
};
use futures::future::BoxFuture;
use keys::{KeyPair, Signer};
use ledger::{Operation, OrgId, Role, SignedTx, StateKey, TxId, crypto::peer_possession, record::KeyEndReason};
use proof::TrustRoot;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use store::{Options, Store};
use tokio::time::timeout;

/// Seeds of the transport identities of the agencies' nodes.
pub(crate) const NODES: [u8; 3] = [11, 12, 13];

/// A folder of the system's temporary one, gone with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        let salt: [u8; 8] = keys::random().unwrap();
        let folder = Folder(std::env::temp_dir().join(format!("hufu-member-{}", hex::encode(salt))));
        std::fs::create_dir_all(&folder.0).unwrap();
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the system.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How a node answers.
#[derive(Clone, Debug, Default)]
pub(crate) enum Manner {
    /// As it should.
    #[default]
    Honest,
    /// There is no connection to it.
    Away,
    /// It never answers.
    Silent,
    /// As it should, but what is brought to it gets no answer in time.
    Mute,
    /// With the head that it had when it began to lie.
    OldHead(Box<Response>),
    /// With the head that it has come to, at which nothing stood in its lists yet.
    Lags(Box<Response>),
    /// It says to heartbeats that it cannot answer now, with a code and a pause, and lets the time for all else pass.
    Starts(&'static str, u32),
    /// As it should, but for lists, which never come.
    Stalls,
    /// With lists in which nothing stands.
    ShortLists,
    /// As it should, until it is asked for transactions: then there is no connection to it.
    Breaks,
    /// As if no block had a transaction.
    Forgets,
    /// With other transactions than were asked for.
    OtherTxs,
    /// With no links.
    NoLinks,
    /// As if no item and no record were for the member.
    Hides,
    /// With another event than the feed names.
    OtherEvent,
    /// With records whose proofs were cut.
    CutProof,
    /// With heads whose certificate is of another block.
    OtherCertificate,
    /// With paths of blocks that lead nowhere.
    OtherPath,
}

/// The nodes.
pub(crate) struct Nodes {
    desk: Arc<dyn Answers>,
    guest: Guest,
    ways: Mutex<BTreeMap<PeerKey, Manner>>,
    asked: Mutex<BTreeSet<(PeerKey, TxId)>>,
    /// Requests for bundles that are answered still.
    bundles: Mutex<usize>,
    begun: Instant,
    _folder: Folder,
}

/// What answers for an agency's node, with its documents in a folder.
pub(crate) fn desk(world: &World, folder: &Folder) -> Desk {
    let Way::Agency(way) = world.handle.way.clone() else { panic!("an agency's node") };
    let path = folder.path().join("documents");
    let documents = Library::of_agency(path, world.handle.network, world.handle.clock.clone()).unwrap();
    Desk::new(world.handle.clone(), way, documents)
}

impl Nodes {
    /// Nodes that answer a member's from the ledger of a network.
    pub(crate) fn over(world: &World, guest: Guest) -> Arc<Nodes> {
        let ways = NODES.iter().map(|seed| (PeerKey([*seed; 32]), Manner::Honest)).collect();
        let folder = Folder::new();
        let desk = Arc::new(desk(world, &folder));
        Arc::new(Nodes {
            desk,
            guest,
            ways: Mutex::new(ways),
            asked: Mutex::default(),
            bundles: Mutex::new(usize::MAX),
            begun: Instant::now(),
            _folder: folder,
        })
    }

    pub(crate) fn set(&self, node: PeerKey, way: Manner) {
        self.ways.lock().unwrap().insert(node, way);
    }

    /// What an honest node answers now.
    pub(crate) fn answer(&self, request: Request) -> Response {
        self.desk.answer(&self.guest, request)
    }

    /// From now on so many requests for bundles are answered, by all nodes together.
    pub(crate) fn limit_bundles(&self, count: usize) {
        *self.bundles.lock().unwrap() = count;
    }

    /// Whether a request is answered.
    fn takes(&self, request: &Request) -> bool {
        if !matches!(request, Request::Bundle { .. }) {
            return true;
        }
        let mut left = self.bundles.lock().unwrap();
        let has_left = *left > 0;
        *left = left.saturating_sub(1);
        has_left
    }

    /// The nodes that a transaction was brought to.
    pub(crate) fn brought(&self, tx: &TxId) -> Vec<PeerKey> {
        self.asked.lock().unwrap().iter().filter(|(_, of)| of == tx).map(|(node, _)| *node).collect()
    }
}

/// An answer as a liar gives it.
fn twisted(way: &Manner, request: &Request, answer: Response) -> Response {
    match (way, answer) {
        (Manner::OldHead(old) | Manner::Lags(old), Response::Head(_)) => (**old).clone(),
        (Manner::Starts(code, retry_ms), Response::Head(_)) => Response::failure(code, "not now", *retry_ms),
        (Manner::ShortLists | Manner::Lags(_), Response::List { .. }) => {
            Response::List { entries: Vec::new(), more: false }
        }
        (Manner::Hides, Response::File { .. }) => Response::failure("H7004", "no item", 0),
        (Manner::Hides, Response::Records { .. }) => Response::failure("H4301", "not for this organisation", 0),
        (Manner::Forgets, Response::Txs { txs }) => Response::Txs { txs: vec![None; txs.len()] },
        (Manner::OtherTxs, Response::Txs { mut txs }) => {
            txs.reverse();
            Response::Txs { txs }
        }
        (Manner::NoLinks, Response::Links { .. }) => Response::Links { links: Vec::new() },
        (Manner::OtherEvent, Response::Links { mut links }) => {
            for (_, event) in links.iter_mut().flat_map(|link| &mut link.entries) {
                if let Some(byte) = event.as_mut().and_then(|bytes| bytes.last_mut()) {
                    *byte ^= 1;
                }
            }
            Response::Links { links }
        }
        (Manner::CutProof, Response::Head(mut head)) => {
            if let Some((_, feed)) = head.own.as_mut() {
                feed.proof.siblings.pop();
            }
            Response::Head(head)
        }
        (Manner::OtherCertificate, Response::Head(mut head)) => {
            let Certified3 { header, certificate: _, validators } = head.stand.head.clone();
            let other = Certified3 { header: header.clone(), certificate: header, validators };
            head.stand = Stand { head: other, ..head.stand };
            Response::Head(head)
        }
        (Manner::OtherPath, Response::Head(mut head)) if matches!(request, Request::Head { known: 1.., .. }) => {
            head.path.iter_mut().for_each(|hash| hash.0[0] ^= 1);
            Response::Head(head)
        }
        (_, answer) => answer,
    }
}

/// The nodes as a member's asks them.
pub(crate) struct Line(pub(crate) Arc<Nodes>);

impl Ask for Line {
    fn ask(&self, node: PeerKey, request: Request) -> BoxFuture<'static, Result<Response, AskError>> {
        let nodes = self.0.clone();
        let way = nodes.ways.lock().unwrap().get(&node).cloned().unwrap_or(Manner::Away);
        Box::pin(async move {
            if let Request::Submit { tx } = &request {
                let id = SignedTx::from_bytes(tx).unwrap().body.id();
                nodes.asked.lock().unwrap().insert((node, id));
            }
            match way {
                Manner::Mute if matches!(request, Request::Submit { .. }) => return Err(AskError::TimedOut),
                Manner::Away => return Err(AskError::NotConnected),
                _ if !nodes.takes(&request) => return Err(AskError::NotConnected),
                Manner::Silent => return std::future::pending().await,
                Manner::Stalls if matches!(request, Request::List { .. }) => return std::future::pending().await,
                Manner::Starts(..) if !matches!(request, Request::Head { brief: true, .. }) => {
                    return Err(AskError::TimedOut);
                }
                Manner::Breaks if matches!(request, Request::Txs { .. }) => return Err(AskError::NotConnected),
                _ => {}
            }
            if let Request::Head { known, links, wait_ms, .. } = &request {
                let wait = Duration::from_millis(u64::from(*wait_ms));
                nodes.desk.news(nodes.guest.org, *known, *links, wait).await;
            }
            let asked = request.clone();
            let answering = nodes.clone();
            let answered = tokio::task::spawn_blocking(move || answering.answer(request)).await;
            answered.map(|answer| twisted(&way, &asked, answer)).map_err(|_| AskError::Ended)
        })
    }

    fn connected(&self) -> Vec<PeerKey> {
        let ways = self.0.ways.lock().unwrap();
        ways.iter().filter(|(_, way)| !matches!(way, Manner::Away)).map(|(node, _)| *node).collect()
    }

    fn since(&self, node: PeerKey) -> Option<Instant> {
        self.connected().contains(&node).then_some(self.0.begun)
    }
}

/// The transport identity of a member's node.
pub(crate) fn node_of(who: Who) -> KeyPair {
    KeyPair::from_seed(&[who as u8 + 51; 32])
}

/// Sends a transaction and waits until a block holds it.
pub(crate) async fn commit(world: &World, tx: SignedTx) {
    let mut blocks = world.handle.follow();
    let id = world.handle.submit(tx.to_bytes()).await.unwrap().id();
    let decided = async {
        loop {
            if blocks.recv().await.unwrap().receipts.iter().any(|receipt| receipt.tx == id) {
                return;
            }
        }
    };
    timeout(DEADLINE, decided).await.unwrap();
}

/// Registers the node of a member; gives it as a guest.
pub(crate) async fn register(world: &World, salt: u8, who: Who) -> Guest {
    let pair = node_of(who);
    let peer = *pair.public_key().bytes();
    let possession = pair.sign(&peer_possession(&world.handle.network, &who.org(), &peer));
    let operation = Operation::RegisterNode { org: who.org(), peer, possession };
    commit(world, world.tx(salt, operation, &[(who, Role::Administrator)])).await;
    Guest { peer: PeerKey(peer), org: who.org() }
}

/// Ends it.
pub(crate) async fn revoke(world: &World, salt: u8, who: Who) {
    let peer = *node_of(who).public_key().bytes();
    let operation = Operation::EndNode { peer, reason: KeyEndReason::Compromised };
    commit(world, world.tx(salt, operation, &[(who, Role::Administrator)])).await;
}

/// A member's node in a home, asking these nodes.
pub(crate) fn member(world: &World, home: &Path, org: OrgId, nodes: &Arc<Nodes>) -> Member {
    member_under(TrustRoot::from_genesis(&world.genesis).unwrap(), home, org, nodes)
}

/// The same with another trust file.
pub(crate) fn member_under(trust: TrustRoot, home: &Path, org: OrgId, nodes: &Arc<Nodes>) -> Member {
    let config = |seed: &u8| PeerConfig {
        name: format!("agency-{seed}"),
        peer: hex::encode([*seed; 32]),
        address: "127.0.0.1:7000".parse().ok(),
    };
    let access = AccessConfig {
        org: Some(org.to_string()),
        heartbeat_ms: 500,
        nodes: NODES.iter().map(config).collect(),
        ..AccessConfig::default()
    };
    let role = if org == Who::Partner.org() { NodeRole::Partner } else { NodeRole::Member };
    let config = Config::member(home, "member", "127.0.0.1:8000".parse().unwrap(), role, access);
    let path = config.layout().slice();
    std::fs::create_dir_all(config.layout().data()).unwrap();
    let options = Options { sync: false, ..Options::default() };
    let store = match path.exists() {
        true => Store::open_slice(&path, options, org).unwrap(),
        false => Store::create_slice(&path, options, trust.network(), org).unwrap(),
    };
    Member::new(&config, trust, Arc::new(store), Arc::new(Line(nodes.clone()))).unwrap()
}

/// One round with a node.
pub(crate) async fn round(member: &mut Member, node: PeerKey) -> Result<(), End> {
    timeout(DEADLINE, member.follower.round(node)).await.unwrap()
}

/// Rounds until the slice has a transaction.
pub(crate) async fn until_has(member: &mut Member, node: PeerKey, tx: &TxId) {
    let reached = async {
        while member.handle.store.tx(tx).unwrap().is_none() {
            member.follower.round(node).await.unwrap();
        }
    };
    timeout(DEADLINE, reached).await.unwrap();
}

/// The records of all items of a store, by their keys.
pub(crate) fn items(store: &Store) -> BTreeSet<StateKey> {
    store.items(None, 1_000).unwrap().into_iter().map(StateKey::Item).collect()
}

/// A refusal's code.
pub(crate) fn refusal(response: &Response) -> &str {
    match response {
        Response::Failure { code, .. } => code.as_str(),
        _ => "answered",
    }
}
