//! TLS in tests: who vouches for hosts, and a proxy that ends TLS before a node.
#![allow(unreachable_pub)]

use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

/// Where the servers of these tests are.
pub const HOST: &str = "127.0.0.1";

/// Who vouches for servers.
pub struct Ca {
    key: KeyPair,
    certificate: Certificate,
}

impl Ca {
    pub fn new(name: &str) -> Ca {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Ca { key, certificate }
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// What a server needs for TLS: a key, and a certificate for a host until a year.
    pub fn vouch(&self, host: &str, year: i32) -> Arc<ServerConfig> {
        self.vouch_between(host, 1975, year)
    }

    /// The same with a first year.
    pub fn vouch_between(&self, host: &str, first: i32, last: i32) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "server");
        (params.not_before, params.not_after) = (date_time_ymd(first, 1, 1), date_time_ymd(last, 1, 1));
        let certificate = params.signed_by(&key, &self.certificate, &self.key).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Arc::new(config)
    }
}

/// Speaks first, in the clear, and listens to nothing.
pub fn plainly(mut stream: TcpStream, answer: &str) -> io::Result<()> {
    stream.write_all(answer.as_bytes())?;
    io::copy(&mut stream, &mut io::sink()).map(drop)
}

/// The head of a request, with the blank line behind it, and its body.
pub struct Request {
    pub head: String,
    pub body: Vec<u8>,
}

/// A connection by TLS.
pub type Secure = BufReader<StreamOwned<ServerConnection, TcpStream>>;

/// Takes one request by TLS. Error: for one who is not let in, or lets nobody in.
pub fn take(stream: TcpStream, tls: &Arc<ServerConfig>) -> io::Result<(Request, Secure)> {
    let connection = ServerConnection::new(tls.clone()).unwrap();
    let mut reader = BufReader::new(StreamOwned::new(connection, stream));
    let (mut length, mut head) = (0, String::new());
    loop {
        let start = head.len();
        if reader.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let header = head[start..].trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((Request { head, body }, reader))
}

/// Ends a connection that has been answered.
pub fn close(reader: Secure) -> io::Result<()> {
    let mut stream = reader.into_inner();
    stream.conn.send_close_notify();
    stream.flush()
}

/// The proxy in front of a node: it ends TLS, and hands on by plain HTTP what it is asked.
pub struct Front {
    pub url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Front {
    /// Before the node at a URL.
    pub fn before(node: &str, tls: Arc<ServerConfig>) -> Front {
        let node = node.strip_prefix("http://").unwrap().to_owned();
        Front::start(tls, move |request, stream| {
            let mut onward = TcpStream::connect(&node)?;
            onward.write_all(request.head.as_bytes())?;
            onward.write_all(&request.body)?;
            io::copy(&mut onward, stream).map(drop)
        })
    }

    /// One that answers everything like this: a status line, and headers.
    pub fn saying(answer: &str, tls: Arc<ServerConfig>) -> Front {
        let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        Front::start(tls, move |_, stream| stream.write_all(answer.as_bytes()))
    }

    fn start(
        tls: Arc<ServerConfig>,
        answer: impl Fn(&Request, &mut dyn Write) -> io::Result<()> + Send + Sync + 'static,
    ) -> Front {
        let listener = TcpListener::bind((HOST, 0)).unwrap();
        let front = Front { url: format!("https://{}", listener.local_addr().unwrap()), heads: Arc::default() };
        let (heads, answer) = (front.heads.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tls, heads, answer) = (tls.clone(), heads.clone(), answer.clone());
                std::thread::spawn(move || {
                    // One who lets it not in ends here.
                    let Ok((request, mut reader)) = take(stream, &tls) else { return };
                    heads.lock().unwrap().push(request.head.clone());
                    // Where the node or the client is gone there is nobody to tell.
                    let _ = answer(&request, reader.get_mut()).and_then(|()| close(reader));
                });
            }
        });
        front
    }

    /// The heads of what it was asked.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}
