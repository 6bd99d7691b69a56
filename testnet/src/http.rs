//! A small client of a node's HTTP interface, and a reader of its stream.

use api::{
    Problem,
    login::{ChallengeRequest, LoginChallenge, LoginRequest, LoginToken, login_message},
    paths,
};
use keys::Signer;
use ledger::NetworkId;
use serde::de::DeserializeOwned;
use std::{
    io::{self, BufRead, BufReader, Read},
    time::Duration,
};

/// Longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 64 * 1024 * 1024;
/// Longest line of the stream, in bytes: the largest block has 10,000 transactions.
const MAX_LINE: u64 = 4 * 1024 * 1024;
/// Time for an ordinary answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Time for a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Nobody answered, or the connection broke.
    #[error("reach {url}: {source}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// Why.
        source: Box<ureq::Error>,
    },
    /// The node said no.
    #[error("{status} from {url}: {detail}")]
    Refused {
        /// What was asked.
        url: String,
        /// HTTP status.
        status: u16,
        /// Its stable code, if it gave one.
        code: String,
        /// What it says.
        detail: String,
    },
    /// The answer cannot be read.
    #[error("read the answer of {url}: {detail}")]
    Answer {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        detail: String,
    },
}

/// A connection to one node, kept alive between requests.
#[derive(Clone)]
pub struct Node {
    agent: ureq::Agent,
    base: String,
    token: Option<String>,
}

impl Node {
    /// The node with this address, such as `http://127.0.0.1:8001`.
    pub fn new(base: &str) -> Node {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(TIMEOUT))
            .build()
            .into();
        Node { agent, base: base.trim_end_matches('/').to_owned(), token: None }
    }

    /// The same with a token for reading.
    pub fn with_token(mut self, token: &str) -> Node {
        self.token = Some(format!("Bearer {}", token.trim()));
        self
    }

    /// Another connection to the same node.
    pub fn another(&self) -> Node {
        Node { token: self.token.clone(), ..Node::new(&self.base) }
    }

    /// Its address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Status and body of a GET.
    pub fn get_raw(&self, path: &str) -> Result<(u16, Vec<u8>), HttpError> {
        let url = format!("{}{path}", self.base);
        let mut request = self.agent.get(&url);
        if let Some(token) = &self.token {
            request = request.header("Authorization", token);
        }
        let response = request.call().map_err(|e| HttpError::Unreachable { url: url.clone(), source: Box::new(e) })?;
        read(url, response)
    }

    /// Answer of a GET.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, HttpError> {
        let (status, body) = self.get_raw(path)?;
        self.answer(path, status, &body)
    }

    /// Answer of a POST.
    pub fn post<T: DeserializeOwned>(&self, path: &str, kind: &str, body: &[u8]) -> Result<T, HttpError> {
        let url = format!("{}{path}", self.base);
        let mut request = self.agent.post(&url).header("Content-Type", kind);
        if let Some(token) = &self.token {
            request = request.header("Authorization", token);
        }
        let response =
            request.send(body).map_err(|e| HttpError::Unreachable { url: url.clone(), source: Box::new(e) })?;
        let (status, body) = read(url, response)?;
        self.answer(path, status, &body)
    }

    fn answer<T: DeserializeOwned>(&self, path: &str, status: u16, body: &[u8]) -> Result<T, HttpError> {
        let url = format!("{}{path}", self.base);
        if !(200..300).contains(&status) {
            let problem = serde_json::from_slice::<Problem>(body);
            let (code, detail) = match problem {
                Ok(problem) => (problem.code, problem.detail),
                Err(_) => (String::new(), String::from_utf8_lossy(body).chars().take(200).collect()),
            };
            return Err(HttpError::Refused { url, status, code, detail });
        }
        serde_json::from_slice(body).map_err(|e| HttpError::Answer { url, detail: e.to_string() })
    }

    /// Logs in with a person's key and keeps the token.
    pub fn login(self, network: &NetworkId, signer: &dyn Signer) -> Result<(Node, LoginToken), HttpError> {
        let json = "application/json";
        let key = signer.public_key().id();
        let ask = serde_json::to_vec(&ChallengeRequest { key: key.to_string() }).unwrap_or_default();
        let challenge: LoginChallenge = self.post(paths::LOGIN_CHALLENGE, json, &ask)?;
        let mut bytes = [0u8; 32];
        hex::decode_to_slice(&challenge.challenge, &mut bytes)
            .map_err(|e| HttpError::Answer { url: self.base.clone(), detail: format!("its challenge: {e}") })?;
        let signature = signer.sign(&login_message(network, &key, &bytes));
        let request = LoginRequest {
            key: key.to_string(),
            challenge: challenge.challenge,
            signature: api::bytes::encode(&signature.0),
        };
        let request = serde_json::to_vec(&request).unwrap_or_default();
        let token: LoginToken = self.post(paths::LOGIN, json, &request)?;
        Ok((self.with_token(&token.token), token))
    }

    /// Follows the stream behind `after`, or from now on. It ends when the node does.
    pub fn stream(&self, after: Option<u64>) -> Result<Stream, HttpError> {
        let url = format!("{}{}", self.base, paths::STREAM);
        let agent: ureq::Agent = ureq::Agent::config_builder().timeout_connect(Some(CONNECT)).build().into();
        let mut request = agent.get(&url).header("Accept", "text/event-stream");
        if let Some(token) = &self.token {
            request = request.header("Authorization", token);
        }
        if let Some(height) = after {
            request = request.header("Last-Event-ID", height.to_string());
        }
        let response = request.call().map_err(|e| HttpError::Unreachable { url, source: Box::new(e) })?;
        let reader: Box<dyn Read + Send> = Box::new(response.into_body().into_reader());
        Ok(Stream { reader: BufReader::with_capacity(64 * 1024, reader) })
    }
}

fn read(url: String, response: ureq::http::Response<ureq::Body>) -> Result<(u16, Vec<u8>), HttpError> {
    let status = response.status().as_u16();
    let body = response.into_body().into_with_config().limit(MAX_ANSWER).read_to_vec();
    body.map(|body| (status, body)).map_err(|e| HttpError::Unreachable { url, source: Box::new(e) })
}

/// An event of the stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamEvent {
    /// Its kind, such as `block`.
    pub kind: String,
    /// Its data.
    pub data: String,
}

/// Server-sent events as they come (WHATWG HTML 9.2): lines, an empty one behind each event.
pub struct Stream {
    reader: BufReader<Box<dyn Read + Send>>,
}

impl Stream {
    /// The next event; `None` when the stream ends.
    pub fn next_event(&mut self) -> io::Result<Option<StreamEvent>> {
        next_event(&mut self.reader)
    }
}

fn next_event(reader: &mut impl BufRead) -> io::Result<Option<StreamEvent>> {
    let mut event = StreamEvent::default();
    let mut line = String::new();
    loop {
        line.clear();
        let read = reader.by_ref().take(MAX_LINE).read_line(&mut line)?;
        if read == 0 {
            return Ok(None);
        }
        if !line.ends_with('\n') {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line of the stream is cut off or too long"));
        }
        let text = line.trim_end_matches(['\n', '\r']);
        if text.is_empty() {
            if event.data.is_empty() {
                event = StreamEvent::default();
                continue;
            }
            return Ok(Some(event));
        }
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => value.clone_into(&mut event.kind),
            "data" => {
                if !event.data.is_empty() {
                    event.data.push('\n');
                }
                event.data.push_str(value);
            }
            // Comments keep the connection alive; the id stands in the data as well.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_line_by_line() {
        let text = ": alive\n\nevent: block\nid: 3\ndata: {\"height\":3}\n\ndata:a\r\ndata: b\r\n\r\nevent: block\n";
        let mut reader = text.as_bytes();
        let event = |kind: &str, data: &str| Some(StreamEvent { kind: kind.into(), data: data.into() });
        assert_eq!(next_event(&mut reader).unwrap(), event("block", "{\"height\":3}"));
        assert_eq!(next_event(&mut reader).unwrap(), event("", "a\nb"));
        assert_eq!(next_event(&mut reader).unwrap(), None);
    }
}
