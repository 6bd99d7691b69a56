//! Nodes by TLS: a token and what is signed go to whom a CA of the settings vouches for, and to nobody else.

use crate::gate::{Desk, until};
use crate::node::Node;
use crate::tls::{self, Ca, Front, HOST};
use crate::told::{document, registering};
use serde_json::Value;
use std::{fs, net::TcpListener, process::Command};

/// A desk that trusts a CA.
fn desk(ca: &Ca) -> Desk {
    let desk = Desk::new("");
    fs::write(desk.path("ca.pem"), ca.pem()).unwrap();
    desk
}

/// Nodes of a desk, which are reached by TLS.
fn by_tls(desk: &Desk, nodes: &[&str]) {
    desk.configure(nodes);
    let file = desk.path("config.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(file, format!("ca_file = 'ca.pem'\n{text}")).unwrap();
}

/// What a command did: its exit code, and what it wrote to stderr.
fn hufu(desk: &Desk, line: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hufu"));
    command.env("NO_PROXY", "0.0.0.0").args(["--no-input", "--config"]).arg(desk.path("config.toml"));
    let output = command.args(line).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The exit code and the stable code of a command that fails.
fn fails(desk: &Desk, line: &[&str]) -> (Option<i32>, String) {
    let (exit, told) = hufu(desk, &[&["--json"][..], line].concat());
    let problem: Value = serde_json::from_str(&told).unwrap_or_else(|e| panic!("{e}: {told}"));
    (exit, problem["code"].as_str().unwrap_or_default().to_owned())
}

const READ: &[&str] = &["class", "list"];
const LOGIN: &[&str] = &["login"];

#[test]
fn a_node_is_asked_by_tls_where_the_ca_vouches_for_it_and_not_otherwise() {
    let node = Node::start();
    let (ca, stranger, double) = (Ca::new("ca"), Ca::new("stranger"), Ca::new("ca"));
    let desk = desk(&ca);
    let good = Front::before(&node.url, ca.vouch(HOST, 4000));
    by_tls(&desk, &[&good.url]);
    assert_eq!((hufu(&desk, READ).0, hufu(&desk, LOGIN).0), (Some(0), Some(0)));
    assert!(good.heads().iter().any(|head| head.starts_with("POST /v1/login ")), "{:?}", good.heads());
    let logins = || node.state.lock().unwrap().logins;
    assert_eq!(logins(), 1);
    let bad = [
        (stranger.vouch(HOST, 4000), "H7024"),
        // It has the name of the CA, and another key.
        (double.vouch(HOST, 4000), "H7024"),
        (ca.vouch(HOST, 2001), "H7025"),
        (ca.vouch_between(HOST, 3900, 4000), "H7025"),
        (ca.vouch("node.example", 4000), "H7026"),
    ];
    for (tls, code) in bad {
        let front = Front::before(&node.url, tls);
        by_tls(&desk, &[&front.url]);
        for line in [READ, LOGIN] {
            assert_eq!(fails(&desk, line), (Some(7), code.to_owned()));
        }
        assert_eq!((front.heads(), logins()), (Vec::new(), 1), "{code}");
    }
}

#[test]
fn plain_http_is_not_tried_where_tls_fails() {
    let node = Node::start();
    let ca = Ca::new("ca");
    let desk = desk(&ca);
    let listener = TcpListener::bind((HOST, 0)).unwrap();
    let plain = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            drop(tls::plainly(stream, "HTTP/1.1 400 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        }
    });
    by_tls(&desk, &[&plain]);
    assert_eq!(fails(&desk, LOGIN), (Some(7), "H7027".to_owned()));
    // Nor is another node a way around it.
    let open = node.url.replace(HOST, "0.0.0.0");
    by_tls(&desk, &[&plain, &open]);
    assert_eq!(fails(&desk, LOGIN), (Some(2), "H1450".to_owned()));
    assert_eq!(node.state.lock().unwrap().logins, 0);
    // Without a CA nobody can be vouched for.
    desk.configure(&[&plain]);
    assert_eq!(fails(&desk, READ), (Some(2), "H1450".to_owned()));
}

#[test]
fn a_redirect_of_a_node_is_not_followed() {
    let node = Node::start();
    let ca = Ca::new("ca");
    let desk = desk(&ca);
    let target = Front::before(&node.url, ca.vouch(HOST, 4000));
    for (status, to) in [("301 Moved", &node.url), ("307 Moved", &target.url), ("308 Moved", &node.url)] {
        let front = Front::saying(&format!("{status}\r\nLocation: {to}/v1/login/challenge"), ca.vouch(HOST, 4000));
        by_tls(&desk, &[&front.url]);
        for line in [READ, LOGIN] {
            assert_eq!(fails(&desk, line), (Some(7), "H7028".to_owned()), "{status}");
        }
        assert!(hufu(&desk, READ).1.contains(to.as_str()), "{status}");
    }
    assert_eq!((target.heads(), node.state.lock().unwrap().logins), (Vec::new(), 0));
}

#[test]
fn a_node_that_is_not_who_was_meant_is_told_of_though_another_one_answers() {
    let node = Node::start();
    let (ca, stranger) = (Ca::new("ca"), Ca::new("stranger"));
    let desk = desk(&ca);
    let bad = Front::before(&node.url, stranger.vouch(HOST, 4000));
    let good = Front::before(&node.url, ca.vouch(HOST, 4000));
    by_tls(&desk, &[&bad.url, &good.url]);
    let (exit, told) = hufu(&desk, READ);
    assert!(exit == Some(0) && told.contains("H7024") && told.contains(&bad.url), "{told}");
    // That nobody listens at another one says less.
    by_tls(&desk, &[&bad.url, "https://127.0.0.1:1"]);
    assert_eq!(fails(&desk, READ), (Some(7), "H7024".to_owned()));
}

#[test]
fn a_token_is_shown_to_the_node_that_gave_it_and_to_no_other() {
    let node = Node::start();
    let ca = Ca::new("ca");
    let desk = desk(&ca);
    let [one, other] = [(); 2].map(|()| Front::before(&node.url, ca.vouch(HOST, 4000)));
    by_tls(&desk, &[&one.url]);
    assert_eq!(hufu(&desk, LOGIN).0, Some(0));
    // The node that gave it is away from here on.
    let (away, file) = ("https://127.0.0.1:1", desk.path("tokens.json"));
    let kept = fs::read_to_string(&file).unwrap();
    assert!(kept.contains(&one.url), "{kept}");
    fs::write(&file, kept.replace(&one.url, away)).unwrap();
    by_tls(&desk, &[away, &other.url]);
    node.with(|state| state.closed = true);
    assert_eq!(hufu(&desk, READ).0, Some(0));
    let heads: Vec<String> = other.heads().iter().map(|head| head.to_ascii_lowercase()).collect();
    let login = heads.iter().position(|head| head.starts_with("post /v1/login ")).unwrap();
    assert!(heads[..login].iter().all(|head| !head.contains("authorization:")), "{heads:?}");
    assert!(heads[login + 1..].iter().any(|head| head.contains("authorization: bearer open")), "{heads:?}");
    assert_eq!(node.state.lock().unwrap().logins, 2);
}

#[test]
fn what_is_signed_for_a_node_that_is_not_trusted_waits_in_the_outbox() {
    let node = Node::start();
    let (ca, stranger) = (Ca::new("ca"), Ca::new("stranger"));
    let desk = desk(&ca);
    desk.configure(&["http://127.0.0.1:1"]);
    let act = ["--yes", "item", "register", "01/09520000102968/10/L1", "--quantity", "2 KGM"];
    assert_eq!(hufu(&desk, &act).0, Some(7));
    let waiting = || fs::read_dir(desk.path("outbox")).unwrap().count();
    let bad = Front::before(&node.url, stranger.vouch(HOST, 4000));
    by_tls(&desk, &[&bad.url]);
    assert_eq!(fails(&desk, &["outbox", "send"]), (Some(7), "H7024".to_owned()));
    assert_eq!((waiting(), node.registered(), bad.heads()), (1, 0, Vec::new()));
    let good = Front::before(&node.url, ca.vouch(HOST, 4000));
    by_tls(&desk, &[&good.url]);
    assert_eq!((hufu(&desk, &["outbox", "send"]).0, waiting(), node.registered()), (Some(0), 0, 1));
}

#[test]
fn plain_http_to_another_computer_is_warned_of_and_to_this_one_passes_no_proxy() {
    let node = Node::start();
    let desk = desk(&Ca::new("ca"));
    let warning = "plain HTTP to another computer";
    let open = node.url.replace(HOST, "0.0.0.0");
    desk.configure(&[&open]);
    let (exit, told) = hufu(&desk, READ);
    assert!(exit == Some(0) && told.matches(warning).count() == 1 && told.contains(&open), "{told}");
    desk.configure(&[&node.url]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_hufu"));
    command.env("ALL_PROXY", "http://127.0.0.1:1").env_remove("NO_PROXY").env_remove("no_proxy");
    let output = command.args(["--config"]).arg(desk.path("config.toml")).args(READ).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !told.contains(warning), "{told}");
}

#[test]
fn a_configuration_of_a_node_behind_tls_is_written_with_its_ca() {
    let node = Node::start();
    let ca = Ca::new("ca");
    let desk = desk(&ca);
    let front = Front::before(&node.url, ca.vouch(HOST, 4000));
    let mut command = Command::new(env!("CARGO_BIN_EXE_hufu"));
    command.current_dir(desk.folder.path()).args(["init", "--node", &front.url, "--ca-file", "ca.pem"]);
    let output = command.env("HOME", desk.folder.path()).env_remove("XDG_CONFIG_HOME").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(desk.path("hufu.toml")).unwrap();
    assert!(text.contains(&front.url) && text.contains("ca_file = ") && text.contains("ca.pem"), "{text}");
    // What was written is read again.
    let mut command = Command::new(env!("CARGO_BIN_EXE_hufu"));
    let output = command.arg("--config").arg(desk.path("hufu.toml")).args(READ).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_gateway_signs_and_follows_through_tls() {
    let node = Node::start();
    let ca = Ca::new("ca");
    let desk = desk(&ca);
    let front = Front::before(&node.url, ca.vouch(HOST, 4000));
    by_tls(&desk, &[&front.url]);
    let gateway = desk.start();
    gateway.done(&gateway.capture(&document(&[registering("urn:e:1", "L1")])).location);
    assert_eq!(node.registered(), 1);
    let stream = until(|| front.heads().into_iter().find(|head| head.starts_with("GET /v1/stream ")));
    assert!(stream.to_ascii_lowercase().contains("authorization: bearer open"), "{stream}");
}

#[test]
fn a_gateway_follows_the_node_that_gave_its_token() {
    let node = Node::start();
    let (ca, stranger) = (Ca::new("ca"), Ca::new("stranger"));
    let desk = desk(&ca);
    let bad = Front::before(&node.url, stranger.vouch(HOST, 4000));
    let good = Front::before(&node.url, ca.vouch(HOST, 4000));
    by_tls(&desk, &[&bad.url, &good.url]);
    let _gateway = desk.start();
    let stream = until(|| good.heads().into_iter().find(|head| head.starts_with("GET /v1/stream ")));
    assert!(stream.to_ascii_lowercase().contains("authorization: bearer open"), "{stream}");
    assert_eq!(bad.heads(), Vec::<String>::new());
}

#[test]
fn a_gateway_does_not_start_where_its_node_cannot_be_asked() {
    let desk = desk(&Ca::new("ca"));
    by_tls(&desk, &["https://node.example"]);
    let refused = |code: &str| {
        let output = desk.command(&["gateway", "serve", "--listen", "127.0.0.1:0"]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && told.contains(code), "{told}");
    };
    fs::write(desk.path("ca.pem"), "a word").unwrap();
    refused("H1451");
    fs::remove_file(desk.path("ca.pem")).unwrap();
    refused("H1403");
    desk.configure(&["https://node.example"]);
    refused("H1450");
}
