//! Webhooks by TLS: a notice goes to whom a CA of the settings vouches for, and to nobody else.

use crate::gate::{Desk, until};
use crate::node::Node;
use crate::tls::{self, Ca, HOST};
use crate::told::{document, registering};
use rustls::ServerConfig;
use serde_json::{Value, json};
use std::{
    fs,
    io::{self, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Bodies that a receiver got.
type Posts = Arc<Mutex<Vec<Vec<u8>>>>;

/// A program that is posted to.
struct Receiver {
    url: String,
    /// Connections so far.
    came: Arc<AtomicUsize>,
    posts: Posts,
}

impl Receiver {
    /// By TLS where there is a configuration; each request has the same answer: a status line, and a header.
    fn start(tls: Option<Arc<ServerConfig>>, answer: &str) -> Receiver {
        let listener = TcpListener::bind((HOST, 0)).unwrap();
        let url = format!("https://{}/hufu", listener.local_addr().unwrap());
        let receiver = Receiver { url, came: Arc::default(), posts: Arc::default() };
        let (came, posts) = (receiver.came.clone(), receiver.posts.clone());
        let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                came.fetch_add(1, Ordering::SeqCst);
                // One who is not let in ends here.
                match &tls {
                    Some(tls) => drop(by_tls(stream, tls, &answer, &posts)),
                    None => drop(tls::plainly(stream, &answer)),
                }
            }
        });
        receiver
    }

    fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }

    fn posts(&self) -> usize {
        self.posts.lock().unwrap().len()
    }
}

/// Takes one post and answers it.
fn by_tls(stream: TcpStream, tls: &Arc<ServerConfig>, answer: &str, posts: &Posts) -> io::Result<()> {
    let (request, mut reader) = tls::take(stream, tls)?;
    posts.lock().unwrap().push(request.body);
    reader.get_mut().write_all(answer.as_bytes())?;
    tls::close(reader)
}

/// A desk whose webhooks post to these receivers by TLS under one CA, each twice at most.
fn desk(node: &Node, ca: &Ca, receivers: &[(&str, &str)]) -> Desk {
    let desk = Desk::new(&node.url);
    fs::write(desk.path("g/secret"), "a secret of the warehouse").unwrap();
    fs::write(desk.path("g/ca.pem"), ca.pem()).unwrap();
    let hook = |(name, url): &(&str, &str)| {
        format!(
            "[[webhook]]\nname = '{name}'\nurl = '{url}'\nsecret-file = 'secret'\nca-file = 'ca.pem'\n\
             attempts = 2\nfirst-retry = '0s'\n"
        )
    };
    let hooks: String = receivers.iter().map(hook).collect();
    desk.settings(&format!("anchor-after = '1h'\n{hooks}"));
    desk
}

#[test]
fn a_notice_goes_by_tls_to_whom_the_ca_vouches_for_and_to_nobody_else() {
    let node = Node::start();
    let (ca, stranger, double) = (Ca::new("ca"), Ca::new("stranger"), Ca::new("ca"));
    let start = |tls: Arc<ServerConfig>| Receiver::start(Some(tls), "204 Yes");
    let good = start(ca.vouch(HOST, 4000));
    let bad = [
        ("another", start(stranger.vouch(HOST, 4000)), "the certificate of the receiver is of no CA in ca-file"),
        // It has the name of the CA, and another key.
        ("double", start(double.vouch(HOST, 4000)), "the certificate of the receiver is of no CA in ca-file"),
        ("expired", start(ca.vouch(HOST, 2001)), "the certificate of the receiver has expired"),
        (
            "host",
            start(ca.vouch("erp.example", 4000)),
            "the certificate of the receiver is for another host than that of url",
        ),
        ("plain", Receiver::start(None, "204 Yes"), "the receiver does not speak TLS"),
    ];
    let mut receivers = vec![("good", good.url.as_str())];
    receivers.extend(bad.iter().map(|(name, receiver, _)| (*name, receiver.url.as_str())));
    let desk = desk(&node, &ca, &receivers);
    let gateway = desk.start();
    gateway.done(&gateway.capture(&document(&[registering("urn:e:1", "L1")])).location);
    let told = until(|| {
        let told = gateway.get("/webhooks/deliveries").json()["items"][0]["webhooks"].clone();
        told.as_array().is_some_and(|all| all.iter().all(|one| one["state"] != "waiting")).then_some(told)
    });
    let of = |name: &str| told.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone();
    assert_eq!((of("good")["state"].clone(), good.posts(), good.came()), (json!("taken"), 1, 1), "{told}");
    for (name, receiver, detail) in &bad {
        let expected = json!({ "name": name, "state": "given-up", "attempts": 2, "detail": detail });
        assert_eq!((of(name), receiver.posts(), receiver.came()), (expected, 0, 2), "{told}");
    }
    let notice: Value = serde_json::from_slice(&good.posts.lock().unwrap()[0]).unwrap();
    assert_eq!(notice["capture"]["eventID"], "urn:e:1", "{notice}");
}

#[test]
fn a_redirect_is_not_followed_by_tls_either() {
    let node = Node::start();
    let ca = Ca::new("ca");
    let start = |answer: &str| Receiver::start(Some(ca.vouch(HOST, 4000)), answer);
    let target = start("204 Yes");
    let moved = ["301", "307"].map(|status| start(&format!("{status} Gone\r\nLocation: {}", target.url)));
    let desk = desk(&node, &ca, &[("a", moved[0].url.as_str()), ("b", moved[1].url.as_str())]);
    let gateway = desk.start();
    gateway.done(&gateway.capture(&document(&[registering("urn:e:1", "L1")])).location);
    let told = until(|| {
        let told = gateway.get("/webhooks/deliveries").json()["items"][0]["webhooks"].clone();
        told.as_array().is_some_and(|all| all.iter().all(|one| one["state"] == "given-up")).then_some(told)
    });
    assert_eq!((&told[0]["detail"], &told[1]["detail"]), (&json!("HTTP status 301"), &json!("HTTP status 307")));
    assert_eq!((moved[0].posts(), moved[1].posts(), target.came()), (2, 2, 0));
}

#[test]
fn a_gateway_does_not_start_with_a_ca_that_cannot_be_read() {
    let node = Node::start();
    let desk = desk(&node, &Ca::new("ca"), &[("erp", "https://erp.example/hufu")]);
    for (text, code) in [(Some(""), "H1640"), (Some("-----BEGIN CERTIFICATE-----\nx\n"), "H1640"), (None, "H1403")] {
        match text {
            Some(text) => fs::write(desk.path("g/ca.pem"), text).unwrap(),
            None => fs::remove_file(desk.path("g/ca.pem")).unwrap(),
        }
        let output = desk.command(&["gateway", "serve", "--listen", "127.0.0.1:0"]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && told.contains(code) && told.contains("ca.pem"), "{text:?}: {told}");
    }
}
