//! An agency that answers by rote, and members that ask it.
#![allow(dead_code, unreachable_pub)]

use access::wire::Refusal;
use access::{
    AccessConfig, Answers, AskError, Asker, DocumentRequest, DocumentResponse, Guest, Listening, Peer, PeerKey,
    Request, Response, Server, TransportKey, connect, serve,
};
use futures::future::BoxFuture;
use ledger::{BlockId, Hash, ItemId, NetworkId, OrgId, TxId};
use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, RwLock};
use std::time::Duration;
use tokio::sync::watch;

pub const NETWORK: NetworkId = NetworkId(Hash([42; 32]));
/// For whatever should come: long enough for a busy machine, short enough to fail.
pub const DEADLINE: Duration = Duration::from_secs(60);
/// Of a head that is waited for behind it, an agency here knows nothing but to panic.
pub const FATAL: u64 = 666;
/// Bytes of a long file: more than what a stream holds before its other end reads.
pub const LONG: usize = 3 << 20;

pub fn key(n: u8) -> TransportKey {
    TransportKey::from_secret(&mut [n; 32]).unwrap()
}

pub fn peer(n: u8) -> PeerKey {
    key(n).peer_key()
}

pub fn org(n: u8) -> OrgId {
    OrgId(Hash([n; 32]))
}

/// Nodes and the organisations that they are of.
pub fn guests(list: &[(u8, u8)]) -> BTreeMap<PeerKey, OrgId> {
    list.iter().map(|(node, of)| (peer(*node), org(*of))).collect()
}

pub async fn within<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what} did not come"),
    }
}

/// Looks again and again until it is so.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let seen = async {
        while !is_so() {
            tick.tick().await;
        }
    };
    within(what, seen).await;
}

/// What an agency answers here: a `Bundle` with a long file, one with children with a file that is too long, an `Absence`
/// not before the gate is open, and a `Head` when the tip is above the height that is known.
pub struct Agency {
    /// Whose requests came to be answered.
    asked: Mutex<Vec<OrgId>>,
    gate: Mutex<bool>,
    opened: Condvar,
    pub tip: watch::Sender<u64>,
}

impl Agency {
    /// How many requests of an organisation came to be answered.
    pub fn asked_by(&self, n: u8) -> usize {
        self.asked.lock().unwrap().iter().filter(|of| **of == org(n)).count()
    }

    pub fn open(&self) {
        *self.gate.lock().unwrap() = true;
        self.opened.notify_all();
    }
}

impl Answers for Agency {
    fn answer(&self, of: &Guest, request: Request) -> Response {
        self.asked.lock().unwrap().push(of.org);
        match request {
            Request::Bundle { item: _, children } => {
                Response::File { bytes: vec![7; if children { 2 * LONG } else { LONG }] }
            }
            Request::Absence { .. } => {
                let open = self.gate.lock().unwrap();
                drop(self.opened.wait_while(open, |open| !*open).unwrap());
                Response::Noted
            }
            Request::Submit { .. } => Response::Submitted { id: TxId::default(), known: false },
            Request::Waiting { ids } => Response::Waiting { pending: vec![true; ids.len()] },
            Request::Links { .. } => Response::failure("H7125", &of.peer.to_string(), 0),
            _ => Response::Noted,
        }
    }

    fn document(&self, of: &Guest, _: DocumentRequest) -> DocumentResponse {
        self.asked.lock().unwrap().push(of.org);
        DocumentResponse::Piece { bytes: vec![4; 256 << 10], path: vec![] }
    }

    fn news(&self, _: OrgId, known: u64, _: u64, _: Duration) -> BoxFuture<'static, ()> {
        let mut tip = self.tip.subscribe();
        Box::pin(async move {
            assert_ne!(known, FATAL, "a fault of the node");
            let _ = tip.wait_for(|tip| *tip > known).await;
        })
    }
}

/// An agency's node with this key, which lets in these nodes.
pub async fn agency(n: u8, let_in: &[(u8, u8)]) -> (Server, Arc<Agency>) {
    agency_at(n, let_in, "127.0.0.1:0".parse().unwrap()).await
}

pub async fn agency_at(n: u8, let_in: &[(u8, u8)], listen: SocketAddr) -> (Server, Arc<Agency>) {
    let answers = Arc::new(Agency {
        asked: Mutex::default(),
        gate: Mutex::default(),
        opened: Condvar::new(),
        tip: watch::Sender::new(1),
    });
    let config = AccessConfig { network: NETWORK, key: key(n) };
    let list = Arc::new(RwLock::new(guests(let_in)));
    let server = serve(config, Listening { listen }, list, answers.clone()).await.unwrap();
    (server, answers)
}

/// A member's node that is given these agencies' nodes.
pub fn member(n: u8, agencies: &[(u8, SocketAddr)]) -> Asker {
    let nodes = agencies.iter().map(|(n, address)| Peer { key: peer(*n), address: Some(*address) }).collect();
    connect(AccessConfig { network: NETWORK, key: key(n) }, nodes).unwrap()
}

/// Waits until exactly these agencies' nodes are connected.
pub async fn connected(member: &Asker, agencies: &[u8]) {
    let wanted: Vec<_> = agencies.iter().map(|n| peer(*n)).collect();
    let mut changes = member.changes();
    within("the connections", changes.wait_for(|now| now[..] == wanted[..])).await.unwrap();
}

/// A request that is answered at once, and its answer.
pub fn plain() -> (Request, Response) {
    (Request::Waiting { ids: vec![TxId::default(); 2] }, Response::Waiting { pending: vec![true; 2] })
}

/// Asks an agency something plain.
pub async fn ask(member: &Asker, agency: u8) -> Result<(), AskError> {
    let (request, response) = plain();
    within("an answer", member.ask(peer(agency), request)).await.map(|answer| assert_eq!(answer, response))
}

pub fn head(known: u64, wait_ms: u32) -> Request {
    Request::Head { known, block: BlockId::default(), links: 0, brief: true, wait_ms }
}

pub fn bundle(children: bool) -> Request {
    Request::Bundle { item: ItemId::default(), children }
}

/// Not answered before the gate is open.
pub fn stuck() -> Request {
    Request::Absence { code: vec![] }
}

/// The code of a refusal, and when to ask again.
pub fn refusal(response: &Response) -> Option<(&str, u32)> {
    match response {
        Response::Failure { code, detail: _, retry_ms } => Some((code.as_str(), *retry_ms)),
        _ => None,
    }
}
