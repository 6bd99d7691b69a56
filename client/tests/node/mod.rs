//! A node that only remembers: enough of HTTP for the client, with faults on demand.
#![allow(unreachable_pub)]

use api::{
    Problem,
    lang::Lang,
    login::{LoginChallenge, LoginToken},
    network::{NetworkView, PackView},
    tx::{DryRun, RejectionView, TxAccepted, TxState, TxStatus},
    view::{AsOf, ClassView, DOCUMENT_SCHEMA, DocumentView, EntryView, ItemView, Page},
};
use keys::seal::{Head, Pieces};
use ledger::{
    DocumentId, Hash, NetworkId, SignedTx, Text, Timestamp, TxId,
    event::Decision,
    policy::Orientation,
    record::{Category, ClassCode, ClassRecord, HsAssertion, Stamp},
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

/// What a node remembers and how it misbehaves.
#[derive(Default)]
pub struct State {
    /// Whose node it is; [`NETWORK`] where nothing is said.
    pub network: Option<NetworkId>,
    /// Transactions in the order in which they arrived first.
    pub txs: Vec<SignedTx>,
    /// How often each was sent.
    pub sent: BTreeMap<TxId, u32>,
    /// Transactions after which the connection is cut instead of an answer.
    pub cut_after: Option<usize>,
    /// Whether a cut transaction is lost as well.
    pub lose: bool,
    /// Whether nothing is decided: what arrived waits.
    pub hold: bool,
    /// Beginning of paths at which the node fails.
    pub broken: Option<String>,
    /// Whether every transaction is refused by a rule.
    pub refuse: bool,
    /// Whether everything that is sent comes too late: its time is over, says the node.
    pub late: bool,
    /// Whether reading needs a token.
    pub closed: bool,
    /// Acts that were judged without being sent.
    pub judged: u32,
    /// How often it was asked what became of a transaction.
    pub looked: u32,
    /// Logins so far.
    pub logins: u32,
    /// Block time.
    pub now: Timestamp,
    /// Height of the last block; 9 where nothing is said.
    pub height: u64,
    /// What is answered at other paths, as JSON.
    pub served: BTreeMap<String, serde_json::Value>,
    /// Further headers of what is answered at a path, a line each.
    pub headers: BTreeMap<String, String>,
    /// Sealed documents by their names.
    pub documents: BTreeMap<String, Vec<u8>>,
    /// Names of those that were erased.
    pub erased: BTreeSet<String>,
    /// Whether no more documents are taken.
    pub is_full: bool,
    /// Whether another document is given than the one that was asked for.
    pub spoils: bool,
}

/// A running node.
pub struct Node {
    pub url: String,
    pub state: Arc<Mutex<State>>,
}

pub const NETWORK: NetworkId = NetworkId(Hash([7; 32]));
pub const GTIN: &str = "09520000102968";

impl Node {
    pub fn start() -> Node {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { now: Timestamp(1_800_000_000_000), ..State::default() }));
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Node { url, state }
    }

    pub fn with(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }

    /// How many items were registered by transactions that arrived.
    pub fn registered(&self) -> usize {
        self.state.lock().unwrap().txs.iter().map(|t| t.entries.len()).sum()
    }
}

struct Asked {
    method: String,
    path: String,
    token: bool,
    /// The first byte that is asked for.
    from: usize,
    body: Vec<u8>,
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut parts = line.split_whitespace();
    let (method, path) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let (mut length, mut token, mut from) = (0usize, false, 0usize);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if let Some(value) = header.strip_prefix("range: bytes=") {
            from = value.trim_end_matches('-').parse().ok()?;
        }
        token |= header == "authorization: bearer open";
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, path, token, from, body })
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let Some(asked) = read(&stream) else { return };
    let Some((status, body)) = answer(&asked, &mut state.lock().unwrap()) else { return };
    let path = asked.path.split('?').next().unwrap_or_default();
    let more = state.lock().unwrap().headers.get(path).cloned().unwrap_or_default();
    let head = format!("HTTP/1.1 {status} X\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

fn json<T: Serialize>(status: u16, value: &T) -> Option<(u16, Vec<u8>)> {
    Some((status, serde_json::to_vec(value).unwrap()))
}

fn problem(code: &str) -> Option<(u16, Vec<u8>)> {
    let problem = Problem::new(code, [("", "")], Lang::En);
    json(problem.status, &problem)
}

/// None: the connection is cut.
fn answer(asked: &Asked, state: &mut State) -> Option<(u16, Vec<u8>)> {
    let path = asked.path.split('?').next().unwrap_or_default();
    let network = state.network.unwrap_or(NETWORK).to_string();
    let as_of = AsOf { height: if state.height == 0 { 9 } else { state.height }, time: api::time::rfc3339(state.now) };
    match (asked.method.as_str(), path) {
        ("GET", "/v1/network") => {
            let text = api::pack::shipped("shenzhen-draft").unwrap();
            let pack = PackView::of(&api::pack::read(text, Some(Orientation::FirstIsHighest)).unwrap());
            let (schema, chain) = (api::network::NETWORK_SCHEMA.to_owned(), "mock".to_owned());
            json(200, &NetworkView { schema, network, chain, test: false, pack, trust: String::new(), as_of })
        }
        ("POST", "/v1/login/challenge") => {
            let (schema, challenge) = (api::login::CHALLENGE_SCHEMA.to_owned(), Hash([3; 32]).to_string());
            json(200, &LoginChallenge { schema, network, challenge, expires: as_of.time })
        }
        ("POST", "/v1/login") => {
            state.logins += 1;
            let (schema, token) = (api::login::TOKEN_SCHEMA.to_owned(), "open".to_owned());
            json(200, &LoginToken { schema, token, expires: as_of.time, org: String::new() })
        }
        ("POST", "/v1/tx") if asked.path.contains("dry_run=1") => judged(&asked.body, state, as_of),
        ("POST", "/v1/tx") => submit(&asked.body, state),
        _ if state.closed && !asked.token => problem("H2301"),
        (_, path) if state.broken.as_ref().is_some_and(|broken| path.starts_with(broken.as_str())) => problem("H7009"),
        ("GET", path) if state.served.contains_key(path) => {
            let value = &state.served[path];
            // Several items of one code are a list.
            let is_list = path.starts_with("/v1/items/") && value.get("items").is_some();
            json(if is_list { 300 } else { 200 }, value)
        }
        (_, path) if path.starts_with("/v1/documents") => documents(asked, path.strip_prefix("/v1/documents/"), state),
        ("GET", "/v1/whoami") => json(200, &()),
        ("GET", path) if path.starts_with("/v1/classes/") && path.ends_with(&class().id) => json(200, &class()),
        ("GET", "/v1/classes") => json(200, &Page { items: vec![class()], next: None }),
        ("GET", "/v1/registries/premises") => json(200, &Page::<EntryView> { items: Vec::new(), next: None }),
        ("GET", "/v1/items") => json(200, &Page::<ItemView> { items: Vec::new(), next: None }),
        ("GET", path) if path.starts_with("/v1/tx/") => {
            state.looked += 1;
            status(path, state)
        }
        _ => problem("H7004"),
    }
}

/// All documents, or the one of a name.
fn documents(asked: &Asked, id: Option<&str>, state: &mut State) -> Option<(u16, Vec<u8>)> {
    match (asked.method.as_str(), id) {
        ("POST", None) if state.is_full => problem("H1426"),
        ("POST", None) => {
            let view = view(&asked.body);
            if state.erased.contains(&view.id) {
                return problem("H4304");
            }
            state.documents.insert(view.id.clone(), asked.body.clone());
            json(201, &view)
        }
        ("GET", None) => {
            let items = state.documents.values().map(|bytes| view(bytes)).collect();
            json(200, &Page::<DocumentView> { items, next: None })
        }
        ("DELETE", Some(id)) => match state.documents.remove(id).is_some() || state.erased.contains(id) {
            true => {
                state.erased.insert(id.to_owned());
                json(200, &())
            }
            false => problem("H7004"),
        },
        (_, Some(id)) if state.erased.contains(id) => problem("H7022"),
        ("GET", Some(id)) => match state.documents.get(id) {
            Some(bytes) => {
                let mut bytes = bytes.clone();
                bytes.iter_mut().filter(|_| state.spoils).for_each(|byte| *byte ^= 1);
                let status = if asked.from == 0 { 200 } else { 206 };
                Some((status, bytes.get(asked.from..).unwrap_or_default().to_vec()))
            }
            None => problem("H7004"),
        },
        _ => problem("H7004"),
    }
}

fn view(sealed: &[u8]) -> DocumentView {
    let (head, _) = Head::parse(sealed).unwrap().unwrap();
    let mut pieces = Pieces::new(std::io::sink());
    pieces.write_all(sealed).unwrap();
    let id: DocumentId = pieces.finish().unwrap().0;
    DocumentView {
        schema: DOCUMENT_SCHEMA.into(),
        id: id.to_string(),
        by: head.about.by.to_string(),
        bytes: head.sealed_bytes(),
        opens: head.about.opens.to_string(),
        tx: None,
        at: api::time::rfc3339(Timestamp::default()),
        has: None,
    }
}

fn judged(body: &[u8], state: &mut State, as_of: AsOf) -> Option<(u16, Vec<u8>)> {
    let id = SignedTx::from_bytes(body).unwrap().body.id().to_string();
    state.judged += 1;
    let rejection = RejectionView::of(&ledger::Rejection::ClassUnknown, &Decision::default(), Lang::En);
    let rejection = state.refuse.then_some(rejection);
    let (schema, accepted) = (api::tx::DRY_RUN_SCHEMA.to_owned(), !state.refuse);
    json(200, &DryRun { schema, id, accepted, rejection, problem: None, events: Vec::new(), as_of })
}

fn submit(body: &[u8], state: &mut State) -> Option<(u16, Vec<u8>)> {
    let tx = SignedTx::from_bytes(body).unwrap();
    let id = tx.body.id();
    if state.late {
        return problem("H1004");
    }
    let cut = state.cut_after.is_some_and(|n| state.txs.len() >= n);
    if cut && state.lose {
        return None;
    }
    *state.sent.entry(id).or_default() += 1;
    if !state.txs.iter().any(|t| t.body.id() == id) {
        state.txs.push(tx);
    }
    if cut {
        return None;
    }
    json(202, &TxAccepted { schema: api::tx::SCHEMA.into(), id: id.to_string(), status: TxState::Pending })
}

fn status(path: &str, state: &State) -> Option<(u16, Vec<u8>)> {
    // The whole node is away, not only its ear for transactions.
    if state.cut_after.is_some_and(|n| state.txs.len() >= n) {
        return None;
    }
    let id: TxId = path.rsplit('/').next()?.parse().ok()?;
    if !state.txs.iter().any(|t| t.body.id() == id) {
        return json(200, &TxStatus::undecided(&id, TxState::Unknown));
    }
    if state.hold {
        return json(200, &TxStatus::undecided(&id, TxState::Pending));
    }
    let outcome = match state.refuse {
        true => ledger::Outcome::Rejected { rejection: ledger::Rejection::ClassUnknown, decision: Decision::default() },
        false => ledger::Outcome::Accepted { events: Vec::new() },
    };
    let receipt = ledger::Receipt { index: 0, tx: id, outcome };
    json(200, &TxStatus::decided(&receipt, Stamp { height: 9, time: state.now }, Lang::En))
}

fn class() -> ClassView {
    let record = ClassRecord {
        code: ClassCode::Gtin(GTIN.parse().unwrap()),
        name: Text::new("x").unwrap(),
        category: Category::BiologicalProduct,
        grade: Text::new("2").unwrap(),
        hgr: false,
        hs: vec![HsAssertion { hs: "HS2022-WCO-300190".parse().unwrap(), at: Stamp::default(), cause: None }],
        from: Stamp::default(),
        cause: None,
    };
    ClassView::of(&record)
}
