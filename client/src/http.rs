//! Talking to nodes: the first that answers is used, and what it says is bounded.

use crate::failure::{Failure, Result};
use api::{Lang, Problem, paths};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    cell::{Cell, RefCell},
    fs::File,
    io::Seek as _,
    time::Duration,
};
use ureq::{
    Agent, Body, BodyReader,
    config::Config,
    http::Response,
    unversioned::{
        resolver::DefaultResolver,
        transport::{ConnectProxyConnector, Connector, TcpConnector},
    },
};

/// Most bytes of an answer: none is longer than a genesis.
const MAX_ANSWER_BYTES: u64 = ledger::bounds::MAX_GENESIS_BYTES as u64;
const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(90);
/// Longest silence while a document passes, which may take as long as it does.
const SILENCE: Duration = Duration::from_secs(90);

/// An agent that speaks no TLS: what begins with `https` it refuses. One that does needs roots to trust.
pub(crate) fn plain(config: Config) -> Agent {
    let connector = ().chain(ConnectProxyConnector::default()).chain(TcpConnector::default());
    Agent::with_parts(config, connector, DefaultResolver::default())
}

/// A client of some nodes.
pub(crate) struct Http {
    agent: Agent,
    nodes: Vec<String>,
    /// Index of the node that answered last.
    current: Cell<usize>,
    token: RefCell<Option<String>>,
    lang: Lang,
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
    pub(crate) fn new(nodes: Vec<String>, lang: Lang) -> Http {
        Http::with(nodes, lang, true)
    }

    /// A client of a program on this computer: no proxy of the environment hears what is said to it.
    pub(crate) fn near(url: String, lang: Lang) -> Http {
        Http::with(vec![url], lang, false)
    }

    fn with(nodes: Vec<String>, lang: Lang, may_use_proxy: bool) -> Http {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(WHOLE))
            .user_agent(concat!("hufu-client-", env!("CARGO_PKG_VERSION")));
        let config = if may_use_proxy { config } else { config.proxy(None) };
        Http { agent: plain(config.build()), nodes, current: Cell::new(0), token: RefCell::new(None), lang }
    }

    /// The node that answered last, or the first.
    pub(crate) fn node(&self) -> Result<&str> {
        match self.nodes.get(self.current.get()) {
            Some(node) => Ok(node),
            None => Err(Failure::new("H1402", [("setting", "node"), ("flag", "--node"), ("variable", "HUFU_NODE")])),
        }
    }

    pub(crate) fn set_token(&self, token: Option<String>) {
        *self.token.borrow_mut() = token;
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

    /// Tries the nodes in turn, from the one that answered last; a problem that a node states is an answer.
    fn answer(&self, path: &str, query: &[(&str, String)], sent: &Sent<'_>) -> Result<(&str, Response<Body>)> {
        self.node()?;
        let start = self.current.get();
        let mut failure = None;
        for offset in 0..self.nodes.len() {
            let index = (start + offset) % self.nodes.len();
            let node = &self.nodes[index];
            match self.ask_node(node, path, query, sent) {
                Ok(response) => {
                    self.current.set(index);
                    return Ok((node.as_str(), response));
                }
                Err(error) => failure = Some(unreachable(node, &error)),
            }
        }
        Err(failure.unwrap_or_else(|| Failure::plain("H7001")))
    }

    fn ask_node(
        &self,
        node: &str,
        path: &str,
        query: &[(&str, String)],
        sent: &Sent<'_>,
    ) -> std::result::Result<Response<Body>, ureq::Error> {
        let url = format!("{node}{path}");
        let token = self.token.borrow();
        macro_rules! prepared {
            ($request:expr) => {{
                let mut request = $request.header("Accept-Language", self.lang.tag());
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
            Sent::Nothing => prepared!(self.agent.get(&url)).call(),
            Sent::Bytes(bytes) => prepared!(self.agent.post(&url)).content_type(paths::OCTETS).send(*bytes),
            Sent::Json(text) => prepared!(self.agent.post(&url)).content_type("application/json").send(text.as_str()),
            Sent::File(file) => {
                // It may have been sent before, to a node that did not honour the token.
                let mut file: &File = file;
                file.rewind()?;
                prepared!(patient!(self.agent.post(&url))).content_type(paths::OCTETS).send(file)
            }
            Sent::From(from) => {
                let request = prepared!(patient!(self.agent.get(&url)));
                match from {
                    0 => request.call(),
                    from => request.header("Range", format!("bytes={from}-")).call(),
                }
            }
            Sent::Delete => prepared!(self.agent.delete(&url)).call(),
            Sent::Document { kind, headers, bytes } => {
                let mut request = prepared!(self.agent.post(&url)).content_type(*kind);
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

fn unreachable(node: &str, error: &ureq::Error) -> Failure {
    match error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::TlsRequired => {
            Failure::form(node, "http://HOST:PORT")
        }
        other => Failure::new("H7001", [("node", node.to_owned()), ("detail", other.to_string())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_node_behind_tls_is_refused_for_its_form() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let node = format!("https://{}", listener.local_addr().unwrap());
        let failure = Http::new(vec![node], Lang::En).get(paths::NETWORK, &[]).err().unwrap();
        assert_eq!((failure.code.as_str(), failure.params["expected"].as_str()), ("H1444", "http://HOST:PORT"));
    }
}
