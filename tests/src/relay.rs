//! An agency's node as a member's node meets it, in the hands of a test: it passes on what the agency answers, counts it,
//! and changes it where it is told to. It has the agency's key, so that the member cannot tell the difference.

use access::{
    AccessConfig, Answers, Asker, DocumentRequest, DocumentResponse, Guest, Listening, Peer, PeerKey, Request,
    Response, Server, TransportKey, wire::Refusal,
};
use keys::{NodeKey, Signer};
use ledger::{NetworkId, Operation, OrgId, Role};
use node::config::{Config, Home};
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    pin::Pin,
    sync::{
        Arc, Condvar, Mutex, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use testnet::clerk::Clerk;
use tokio::runtime::{Handle, Runtime};

/// The code of a node that has no time, and after which pause it may be asked again, in milliseconds.
const BUSY: (&str, u32) = ("H7129", 200);

/// What becomes of an answer. `None`: there is none until the relay ends.
pub type Twist = Arc<dyn Fn(&Request, Response) -> Option<Response> + Send + Sync>;

/// What a relay is told, and what it counted.
#[derive(Default)]
struct Told {
    twist: Mutex<Option<Twist>>,
    /// Heads of heartbeats, and of rounds, that it was asked for.
    beats: AtomicU64,
    rounds: AtomicU64,
    over: (Mutex<bool>, Condvar),
}

struct Passing {
    told: Arc<Told>,
    asker: Asker,
    agency: PeerKey,
    runtime: Handle,
}

impl Answers for Passing {
    fn answer(&self, _: &Guest, request: Request) -> Response {
        let asked = self.runtime.block_on(self.asker.ask(self.agency, request.clone()));
        let honest = asked.unwrap_or_else(|error| Response::failure(BUSY.0, &error.to_string(), BUSY.1));
        let twist = self.told.twist.lock().unwrap().clone();
        let answer = twist.map_or(Some(honest.clone()), |twist| twist(&request, honest));
        if let Request::Head { brief, .. } = &request {
            let count = if *brief { &self.told.beats } else { &self.told.rounds };
            count.fetch_add(1, Ordering::SeqCst);
        }
        answer.unwrap_or_else(|| {
            let (over, ended) = &self.told.over;
            drop(ended.wait_while(over.lock().unwrap(), |over| !*over).unwrap());
            Response::failure(BUSY.0, "the relay has ended", BUSY.1)
        })
    }

    fn document(&self, _: &Guest, request: DocumentRequest) -> DocumentResponse {
        let asked = self.runtime.block_on(self.asker.document(self.agency, request));
        asked.unwrap_or_else(|error| DocumentResponse::failure(BUSY.0, &error.to_string(), BUSY.1))
    }

    /// The agency waits, for as long as the request says.
    fn news(&self, _: OrgId, _: u64, _: u64, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}

/// A relay that runs.
pub struct Relay {
    told: Arc<Told>,
    server: Option<Server>,
    runtime: Runtime,
}

impl Relay {
    /// A relay for the node of a member in front of an agency's node, both given by their homes. It asks the agency in the
    /// name of the member's organisation, with a key that the administrator registers.
    pub fn start(clerk: &Clerk, agency: &Path, member: &Path) -> Relay {
        let (at, own) = (Config::load(agency).unwrap(), Config::load(member).unwrap());
        let (network, org) = (clerk.network(), own.access.org_id());
        let guest = NodeKey::random().unwrap();
        register(clerk, network, org, &guest);
        let key = |home: &Path| NodeKey::read(&Home::new(home).node_key()).unwrap();
        let (agency, member) = (key(agency), key(member));
        let runtime = Runtime::new().unwrap();
        let told = Arc::new(Told::default());
        let server = runtime.block_on(async {
            let node = Peer { key: peer(&agency), address: at.access.listen };
            let asker = access::connect(AccessConfig { network, key: secret(&guest) }, vec![node]).unwrap();
            let mut connected = asker.changes();
            let there = connected.wait_for(|nodes| !nodes.is_empty());
            tokio::time::timeout(crate::local::SOON, there).await.unwrap().unwrap();
            let (agency_key, runtime) = (peer(&agency), Handle::current());
            let passing = Passing { told: told.clone(), asker, agency: agency_key, runtime };
            let guests = Arc::new(RwLock::new(BTreeMap::from([(peer(&member), org)])));
            let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let config = AccessConfig { network, key: secret(&agency) };
            access::serve(config, Listening { listen }, guests, Arc::new(passing)).await.unwrap()
        });
        Relay { told, server: Some(server), runtime }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.as_ref().unwrap().address()
    }

    /// Changes answers from now on; `None` passes them on as they are.
    pub fn twist(&self, twist: Option<Twist>) {
        *self.told.twist.lock().unwrap() = twist;
    }

    /// Heads of heartbeats so far.
    pub fn beats(&self) -> u64 {
        self.told.beats.load(Ordering::SeqCst)
    }

    /// Heads of rounds so far: whole ones, of the node that is asked first.
    pub fn rounds(&self) -> u64 {
        self.told.rounds.load(Ordering::SeqCst)
    }

    /// Bytes of answers so far.
    pub fn bytes(&self) -> u64 {
        self.server.as_ref().unwrap().figures().bytes_out
    }
}

/// Lets the node of a member meet relays in the place of these agencies' nodes, in this order, and no others.
pub fn put_between(member: &Path, relays: &[(String, Relay)], heartbeat_ms: u64) {
    let mut config = Config::load(member).unwrap();
    let known = std::mem::take(&mut config.access.nodes);
    for (agency, relay) in relays {
        let mut node = known.iter().find(|node| node.name == *agency).unwrap().clone();
        node.address = Some(relay.address());
        config.access.nodes.push(node);
    }
    config.access.heartbeat_ms = heartbeat_ms;
    config.check().unwrap();
    std::fs::write(Home::new(member).config(), config.to_toml()).unwrap();
}

impl Drop for Relay {
    fn drop(&mut self) {
        *self.told.over.0.lock().unwrap() = true;
        self.told.over.1.notify_all();
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.end());
        }
    }
}

fn register(clerk: &Clerk, network: NetworkId, org: OrgId, key: &NodeKey) {
    let possession = key.claim_peer(&network, &org);
    let operation = Operation::RegisterNode { org, peer: peer(key).0, possession };
    clerk.done((operation, Vec::new()), &[(org.to_string().as_str(), Role::Administrator)]).unwrap();
}

fn peer(key: &NodeKey) -> PeerKey {
    PeerKey(*key.transport.public_key().bytes())
}

fn secret(key: &NodeKey) -> TransportKey {
    TransportKey::from_secret(&mut key.transport.seed()).unwrap()
}
