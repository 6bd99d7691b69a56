//! Talking to nodes: the first that answers is used, and what it says is bounded.

use crate::{
    failure::{Failure, Result},
    output::{Caveats, Output},
    tls::{self, Distrust},
};
use api::{Problem, paths};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    cell::{Cell, OnceCell, RefCell},
    fs::File,
    io::Seek as _,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Once,
    time::Duration,
};
use ureq::{Agent, Body, BodyReader, config::ConfigBuilder, http::Response, tls::RootCerts, typestate::AgentScope};

/// Most bytes of an answer: none is longer than a genesis.
const MAX_ANSWER_BYTES: u64 = ledger::bounds::MAX_GENESIS_BYTES as u64;
const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(90);
/// Longest silence while a document passes, which may take as long as it does.
const SILENCE: Duration = Duration::from_secs(90);
/// Longest part of an address that is shown which a stranger wrote, in characters.
const MAX_SHOWN: usize = 200;

/// The CAs that vouch for nodes, read when the first node is asked by TLS.
struct Cas {
    file: Option<PathBuf>,
    roots: OnceCell<RootCerts>,
}

impl Cas {
    /// Errors: H1403, H1451.
    fn roots(&self, file: &Path) -> Result<&RootCerts> {
        if let Some(roots) = self.roots.get() {
            return Ok(roots);
        }
        let wrong = |detail| Failure::new("H1451", [("file", file.display().to_string()), ("detail", detail)]);
        let roots = tls::roots(file, wrong)?;
        Ok(self.roots.get_or_init(|| roots))
    }

    /// An agent for a node: by TLS alone where its address is `https`. Where a file of CAs is set, plain HTTP is for this
    /// computer alone: no node of another one is a way around TLS.
    ///
    /// Errors: H1450, H1444 for what is no address, H1403, H1451.
    fn agent(&self, node: &str, config: ConfigBuilder<AgentScope>) -> Result<Agent> {
        // No proxy of the environment hears what is for this computer.
        let config = if tls::is_here(node) { config.proxy(None) } else { config };
        match &self.file {
            _ if tls::is_local(node) => Ok(tls::agent(config, None)),
            Some(file) if tls::is_by_tls(node) => Ok(tls::agent(config, Some(self.roots(file)?))),
            None if is_open(node) => Ok(tls::agent(config, None)),
            _ if is_open(node) || node.starts_with("https://") => Err(Failure::input("H1450", node)),
            _ => Err(no_address(node)),
        }
    }
}

/// Whether a node is of another computer, and asked by plain HTTP.
fn is_open(node: &str) -> bool {
    node.starts_with("http://") && !tls::is_local(node)
}

fn no_address(node: &str) -> Failure {
    Failure::form(node, "https://HOST:PORT, http://HOST:PORT")
}

/// An agent of its own for a node. Errors: H1450, H1444, H1403, H1451.
pub(crate) fn agent(node: &str, ca_file: Option<&Path>, config: ConfigBuilder<AgentScope>) -> Result<Agent> {
    Cas { file: ca_file.map(Path::to_owned), roots: OnceCell::new() }.agent(node, config)
}

/// A node, who speaks to it, and the token that it gave, which no other one is shown.
struct Node {
    url: String,
    agent: OnceCell<Agent>,
    token: RefCell<Option<String>>,
}

impl Node {
    fn of(url: String) -> Node {
        Node { url, agent: OnceCell::new(), token: RefCell::default() }
    }
}

/// A client of some nodes.
pub(crate) struct Http {
    nodes: Vec<Node>,
    cas: Rc<Cas>,
    /// Index of the node that answered last.
    current: Cell<usize>,
    out: Output,
}

/// An answer that is no failure.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    node: String,
}

impl Answer {
    /// The body as JSON of a type.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|e| strange(&self.node, &e.to_string()))
    }
}

/// An answer that is none of ours.
fn strange(node: &str, detail: &str) -> Failure {
    Failure::new("H7010", [("node", node), ("detail", detail)])
}

enum Sent<'a> {
    Nothing,
    Bytes(&'a [u8]),
    Json(String),
    Document {
        kind: &'a str,
        headers: &'a [(&'a str, &'a str)],
        bytes: &'a [u8],
    },
    /// A file of any length, from its first byte on.
    File(&'a File),
    /// Nothing, for the bytes from one on of something of any length.
    From(u64),
    Delete,
}

/// An answer that is read as it comes.
pub(crate) struct Stream {
    /// Whether it goes on where it was asked to; else it begins at its first byte.
    pub(crate) goes_on: bool,
    pub(crate) body: BodyReader<'static>,
}

impl Http {
    /// A client of nodes; `ca_file` has the CAs of those that are reached by TLS.
    pub(crate) fn new(nodes: Vec<String>, ca_file: Option<PathBuf>, out: Output) -> Http {
        let cas = Rc::new(Cas { file: ca_file, roots: OnceCell::new() });
        Http::with(nodes.into_iter().map(Node::of).collect(), cas, out)
    }

    /// A client of one node, that trusts the same CAs.
    pub(crate) fn at(&self, node: String) -> Http {
        Http::with(vec![Node::of(node)], self.cas.clone(), self.out.clone())
    }

    /// A client of a program on this computer: no proxy of the environment hears what is said to it.
    pub(crate) fn near(url: String, out: Output) -> Http {
        let agent = OnceCell::from(tls::agent(config().proxy(None), None));
        Http::with(vec![Node { agent, ..Node::of(url) }], Rc::new(Cas { file: None, roots: OnceCell::new() }), out)
    }

    fn with(nodes: Vec<Node>, cas: Rc<Cas>, out: Output) -> Http {
        Http { nodes, cas, current: Cell::new(0), out }
    }

    /// The node that answered last, or the first.
    pub(crate) fn node(&self) -> Result<&str> {
        match self.nodes.get(self.current.get()) {
            Some(node) => Ok(node.url.as_str()),
            None => Err(Failure::new("H1402", [("setting", "node"), ("flag", "--node"), ("variable", "HUFU_NODE")])),
        }
    }

    /// Whether all nodes can be asked, as far as the settings go. Errors: H1450, H1444, H1403, H1451.
    pub(crate) fn check(&self) -> Result<()> {
        self.nodes.iter().try_for_each(|node| self.agent(node).map(|_| ()))
    }

    /// Who speaks to a node. That everybody on the way hears it is said once.
    fn agent<'n>(&self, node: &'n Node) -> Result<&'n Agent> {
        static WARNED: Once = Once::new();
        if let Some(agent) = node.agent.get() {
            return Ok(agent);
        }
        let agent = self.cas.agent(&node.url, config())?;
        if is_open(&node.url) {
            let warning = self.out.pick(
                "plain HTTP to another computer: whoever is on the way can read and change what is said, and use the \
                 token. Use https:// with --ca-file, or a tunnel that ends on this computer: ",
                "以明文 HTTP 连接其他计算机：途中他人可读取、更改内容并使用令牌。请使用 https:// 和 --ca-file，或终点在本机的隧道：",
            );
            WARNED.call_once(|| self.out.warn(&format!("{warning}{}", node.url)));
        }
        Ok(node.agent.get_or_init(|| agent))
    }

    /// The token of the node that answered last, or of the first.
    pub(crate) fn set_token(&self, token: String) {
        if let Some(node) = self.nodes.get(self.current.get()) {
            *node.token.borrow_mut() = Some(token);
        }
    }

    /// The token of each node by its URL.
    pub(crate) fn set_tokens(&self, of: impl Fn(&str) -> Option<String>) {
        self.nodes.iter().for_each(|node| *node.token.borrow_mut() = of(&node.url));
    }

    /// GET. `query` is written as it is: names and values here need no escaping.
    pub(crate) fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Answer> {
        self.ask(path, query, &Sent::Nothing)
    }

    /// POST of canonical bytes.
    pub(crate) fn post_bytes(&self, path: &str, query: &[(&str, String)], body: &[u8]) -> Result<Answer> {
        self.ask(path, query, &Sent::Bytes(body))
    }

    /// POST of JSON.
    pub(crate) fn post_json<T: Serialize>(&self, path: &str, body: &T) -> Result<Answer> {
        let text = serde_json::to_string(body).map_err(|e| strange("", &e.to_string()))?;
        self.ask(path, &[], &Sent::Json(text))
    }

    /// POST of a document of a media type, with headers of its own.
    pub(crate) fn post_document(
        &self,
        path: &str,
        kind: &str,
        headers: &[(&str, &str)],
        bytes: &[u8],
    ) -> Result<Answer> {
        self.ask(path, &[], &Sent::Document { kind, headers, bytes })
    }

    /// POST of a file as canonical bytes, however long it takes.
    pub(crate) fn post_file(&self, path: &str, file: &File) -> Result<Answer> {
        self.ask(path, &[], &Sent::File(file))
    }

    /// DELETE.
    pub(crate) fn delete(&self, path: &str) -> Result<Answer> {
        self.ask(path, &[], &Sent::Delete)
    }

    /// GET of at most [`ledger::sealed::MAX_BYTES`] from a byte on, to be read as they come.
    pub(crate) fn stream(&self, path: &str, from: u64) -> Result<Stream> {
        let (node, response) = self.answer(path, &[], &Sent::From(from))?;
        let goes_on = match response.status().as_u16() {
            206 => from > 0,
            200 => false,
            _ => return self.read(node, response).and_then(|_| Err(strange(node, "no document"))),
        };
        let body = response.into_body().into_with_config().limit(ledger::sealed::MAX_BYTES).reader();
        Ok(Stream { goes_on, body })
    }

    fn ask(&self, path: &str, query: &[(&str, String)], sent: &Sent<'_>) -> Result<Answer> {
        let (node, response) = self.answer(path, query, sent)?;
        self.read(node, response)
    }

    /// Tries the nodes in turn, from the one that answered last; a problem that a node states is an answer. One that is not
    /// who was meant is told of, whoever answers.
    fn answer(&self, path: &str, query: &[(&str, String)], sent: &Sent<'_>) -> Result<(&str, Response<Body>)> {
        self.node()?;
        let start = self.current.get();
        let mut failure: Option<Failure> = None;
        for offset in 0..self.nodes.len() {
            let index = (start + offset) % self.nodes.len();
            let node = &self.nodes[index];
            match self.ask_node(node, path, query, sent)? {
                Ok(response) => {
                    if let Some(failure) = failure.filter(|failure| failure.code != "H7001") {
                        self.out.warn(&failure.text(self.out.lang));
                    }
                    self.current.set(index);
                    self.out.heed(caveats(&response));
                    return Ok((node.url.as_str(), response));
                }
                // That another one is silent says less.
                Err(other) if failure.as_ref().is_none_or(|failure| failure.code == "H7001") => failure = Some(other),
                Err(_) => {}
            }
        }
        Err(failure.unwrap_or_else(|| Failure::plain("H7001")))
    }

    /// The answer of a node, or why there is none. Errors: those of the settings, for which nothing is sent anywhere.
    fn ask_node(
        &self,
        node: &Node,
        path: &str,
        query: &[(&str, String)],
        sent: &Sent<'_>,
    ) -> Result<Result<Response<Body>>> {
        let agent = self.agent(node)?;
        let answer = self.send(agent, node, path, query, sent);
        Ok(match answer {
            Ok(response) => match moved(&node.url, &response) {
                None => Ok(response),
                Some(failure) => Err(failure),
            },
            Err(error) => Err(unreachable(&node.url, &error, &self.out)),
        })
    }

    fn send(
        &self,
        agent: &Agent,
        node: &Node,
        path: &str,
        query: &[(&str, String)],
        sent: &Sent<'_>,
    ) -> std::result::Result<Response<Body>, ureq::Error> {
        let url = format!("{}{path}", node.url);
        let token = node.token.borrow();
        macro_rules! prepared {
            ($request:expr) => {{
                let mut request = $request.header("Accept-Language", self.out.lang.tag());
                for (name, value) in query {
                    request = request.query(*name, value);
                }
                match token.as_deref() {
                    Some(token) => request.header("Authorization", format!("Bearer {token}")),
                    None => request,
                }
            }};
        }
        macro_rules! patient {
            ($request:expr) => {
                $request
                    .config()
                    .timeout_global(None)
                    .timeout_per_read(Some(SILENCE))
                    .timeout_per_write(Some(SILENCE))
                    .build()
            };
        }
        match sent {
            Sent::Nothing => prepared!(agent.get(&url)).call(),
            Sent::Bytes(bytes) => prepared!(agent.post(&url)).content_type(paths::OCTETS).send(*bytes),
            Sent::Json(text) => prepared!(agent.post(&url)).content_type("application/json").send(text.as_str()),
            Sent::File(file) => {
                // It may have been sent before, to a node that did not honour the token.
                let mut file: &File = file;
                file.rewind()?;
                prepared!(patient!(agent.post(&url))).content_type(paths::OCTETS).send(file)
            }
            Sent::From(from) => {
                let request = prepared!(patient!(agent.get(&url)));
                match from {
                    0 => request.call(),
                    from => request.header("Range", format!("bytes={from}-")).call(),
                }
            }
            Sent::Delete => prepared!(agent.delete(&url)).call(),
            Sent::Document { kind, headers, bytes } => {
                let mut request = prepared!(agent.post(&url)).content_type(*kind);
                for (name, value) in *headers {
                    request = request.header(*name, *value);
                }
                request.send(*bytes)
            }
        }
    }

    fn read(&self, node: &str, mut response: Response<Body>) -> Result<Answer> {
        let status = response.status().as_u16();
        let body = response
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER_BYTES)
            .read_to_vec()
            .map_err(|e| strange(node, &e.to_string()))?;
        if (200..400).contains(&status) {
            return Ok(Answer { status, body, node: node.to_owned() });
        }
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => Err(problem.into()),
            Err(_) if status == 404 => Err(Failure::new("H7004", [("kind", ""), ("input", node)])),
            Err(_) => Err(strange(node, &format!("HTTP status {status}"))),
        }
    }
}

/// What an answer says of itself.
fn caveats(response: &Response<Body>) -> Caveats {
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    Caveats {
        as_of: header("hufu-as-of").and_then(|height| height.parse().ok()),
        unproven_list: header("hufu-list") == Some("unproven"),
    }
}

/// How nodes are spoken to.
fn config() -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .timeout_connect(Some(CONNECT))
        .timeout_global(Some(WHOLE))
        .user_agent(concat!("hufu-client-", env!("CARGO_PKG_VERSION")))
}

/// The failure of an answer that points elsewhere: what is sent is for the node alone.
fn moved(node: &str, response: &Response<Body>) -> Option<Failure> {
    let status = response.status().as_u16();
    let location = response.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let location = location.chars().take(MAX_SHOWN).collect();
    let params = [("node", node.to_owned()), ("status", status.to_string()), ("location", location)];
    matches!(status, 301 | 302 | 303 | 307 | 308).then(|| Failure::new("H7028", params))
}

/// Why a node gave no answer.
fn unreachable(node: &str, error: &ureq::Error, out: &Output) -> Failure {
    let (code, detail) = match Distrust::of(error) {
        Some(Distrust::Ca) => ("H7024", String::new()),
        Some(Distrust::Expired) => ("H7025", out.pick("it has expired", "已过期").to_owned()),
        Some(Distrust::Early) => ("H7025", out.pick("it is not valid yet", "尚未生效").to_owned()),
        Some(Distrust::Host) => ("H7026", String::new()),
        Some(Distrust::NoTls) => ("H7027", out.pick("it does not speak TLS", "其不使用 TLS").to_owned()),
        Some(Distrust::Other) => ("H7027", error.to_string()),
        None => match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::TlsRequired => return no_address(node),
            other => ("H7001", other.to_string()),
        },
    };
    Failure::new(code, [("node", node.to_owned()), ("detail", detail)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Global;
    use api::Lang;

    #[test]
    fn plain_http_is_for_this_computer_where_cas_are_set() {
        let dir = tempfile::tempdir().unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = rcgen::CertificateParams::default().self_signed(&key).unwrap().pem();
        let [good, bad, none] = ["ca.pem", "bad.pem", "none.pem"].map(|name| dir.path().join(name));
        let (good, bad, none) = (good.as_path(), bad.as_path(), none.as_path());
        std::fs::write(good, pem).unwrap();
        std::fs::write(bad, "a word").unwrap();
        let check = |node: &str, ca_file: Option<&Path>, expected: Option<&str>| {
            let code = agent(node, ca_file, config()).err().map(|failure| failure.code);
            assert_eq!(code.as_deref(), expected, "{node} {ca_file:?}");
        };
        for near in ["http://127.0.0.1:8440", "http://localhost:1", "http://[::1]:8440"] {
            check(near, None, None);
            check(near, Some(good), None);
        }
        for far in ["http://10.0.0.1:8440", "http://node.example", "http://127.0.0.1@node.example"] {
            check(far, None, None);
            check(far, Some(good), Some("H1450"));
        }
        for safe in ["https://node.example", "https://10.0.0.1:8440", "https://127.0.0.1:8440/hufu"] {
            check(safe, None, Some("H1450"));
            check(safe, Some(good), None);
            check(safe, Some(bad), Some("H1451"));
            check(safe, Some(none), Some("H1403"));
        }
        check("https://", Some(good), Some("H1450"));
        for odd in ["127.0.0.1:8440", "ftp://127.0.0.1", "HTTPS://node.example", ""] {
            check(odd, None, Some("H1444"));
            check(odd, Some(good), Some("H1444"));
        }
    }

    #[test]
    fn no_node_is_asked_past_one_that_the_settings_forbid() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let near = format!("http://{}", listener.local_addr().unwrap());
        listener.set_nonblocking(true).unwrap();
        let out = Output::new(&Global::default(), Lang::En);
        let http = Http::new(vec!["https://node.example".to_owned(), near], None, out);
        assert_eq!(http.get(paths::NETWORK, &[]).err().unwrap().code, "H1450");
        assert!(listener.accept().is_err());
    }
}
