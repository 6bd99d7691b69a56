//! Sealed documents at several nodes: left at each, taken from whichever gives them whole, and erased at all.

use crate::node::{NETWORK, Node};
use api::view::SealKeyView;
use keys::{KdfCost, KeyFile, PersonKey, SealKey, SealKeyFile, SecretString};
use ledger::{
    Hash, OrgId, PersonId, Role, Text, TxId,
    record::{Roles, SealKeyRecord, Stamp},
};
use serde_json::{Value, json};
use std::{ffi::OsString, fs, path::PathBuf, process::Command};

const ORG: OrgId = OrgId(Hash([3; 32]));
const CONTENT: &[u8] = b"the plain words of the report";
/// An address where nobody listens.
const NOBODY: &str = "http://127.0.0.1:1";

/// A working folder with a key, a seal key and a report.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(nodes: &[&str]) -> Desk {
        let desk = Desk { folder: tempfile::tempdir().unwrap() };
        let password = SecretString::from("password");
        let key = PersonKey::from_seed(&[1; 32], ORG, PersonId::default(), "A", "a", Roles::of(&[Role::Declarant]));
        let key = KeyFile::seal(&key.unwrap(), &password, KdfCost::Light).unwrap();
        key.write_new(&desk.path("a.key")).unwrap();
        let label = Text::new("seal").unwrap();
        let seal = SealKeyFile::seal(&seal_key(), ORG, label, &password, KdfCost::Light).unwrap();
        fs::create_dir(desk.path("keys")).unwrap();
        seal.write_new(&desk.path("keys/seal.key.json")).unwrap();
        fs::write(desk.path("password"), "password\n").unwrap();
        fs::write(desk.path("report"), CONTENT).unwrap();
        desk.configure(nodes);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn configure(&self, nodes: &[&str]) {
        let text = format!(
            "nodes = {nodes:?}\nkey = 'a.key'\nkey_password_file = 'password'\nnetwork = '{NETWORK}'\nlang = 'en'\n"
        );
        fs::write(self.path("config.toml"), text).unwrap();
    }

    /// Runs a command line; its exit code.
    fn hufu(&self, line: &[&str]) -> u8 {
        let fixed = ["hufu", "--yes", "--quiet", "--no-input", "--config"].map(OsString::from);
        let config = self.path("config.toml").into_os_string();
        client::run(fixed.into_iter().chain([config]).chain(line.iter().map(OsString::from)))
    }

    /// What a command prints with `--json`.
    fn printed(&self, line: &[&str]) -> Value {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hufu"));
        command.args(["--json", "--yes", "--no-input", "--config"]).arg(self.path("config.toml")).args(line);
        serde_json::from_slice(&command.output().unwrap().stdout).unwrap()
    }

    fn send(&self) -> Value {
        let report = self.path("report").display().to_string();
        self.printed(&["document", "send", &report, "--to", &ORG.to_string()])
    }

    /// Fetches a document and says whether it is the report.
    fn gets(&self, id: &str) -> bool {
        let out = self.path("out");
        let code = self.hufu(&["--force", "document", "get", id, "--out", &out.display().to_string()]);
        code == 0 && fs::read(out).unwrap() == CONTENT
    }
}

fn seal_key() -> SealKey {
    SealKey::from_secret(&[9; 32])
}

/// A node that knows the seal key of the organisation.
fn start() -> Node {
    let node = Node::start();
    let record = SealKeyRecord { key: *seal_key().public(), number: 1, from: Stamp::default(), cause: TxId::default() };
    let view = serde_json::to_value(SealKeyView::of(&record)).unwrap();
    node.with(|state| drop(state.served.insert(format!("/v1/orgs/{ORG}/seal-key"), view)));
    node
}

fn has(node: &Node, id: &str) -> bool {
    node.state.lock().unwrap().documents.contains_key(id)
}

#[test]
fn a_document_is_left_at_every_node_and_taken_from_whichever_has_it() {
    let [a, b] = [start(), start()];
    let desk = Desk::new(&[&a.url, NOBODY, &b.url]);
    let sent = desk.send();
    assert_eq!(sent["nodes"], json!([a.url, b.url]));
    let id = sent["id"].as_str().unwrap();
    assert!(has(&a, id) && has(&b, id));
    assert_eq!(desk.printed(&["document", "list"])["items"][0]["nodes"], json!([a.url, b.url]));
    // One that has lost its disk.
    a.with(|state| state.documents.clear());
    assert_eq!(desk.printed(&["document", "show", id])["nodes"], json!([b.url]));
    assert!(desk.gets(id));
    assert_eq!(desk.hufu(&["document", "replicate", id]), 0);
    assert!(has(&a, id));
    // One that gives something else.
    a.with(|state| state.spoils = true);
    assert!(desk.gets(id));
    assert_eq!(desk.hufu(&["document", "show", &"00".repeat(32)]), 3);
}

/// What one node gave before it broke off, the next one does not make right.
#[test]
fn a_part_of_something_else_does_not_spoil_what_another_node_gives() {
    let node = start();
    let desk = Desk::new(&[&node.url]);
    let sent = desk.send();
    let id = sent["id"].as_str().unwrap();
    let part = desk.path("documents").join(format!("{id}.part"));
    fs::write(&part, b"of something else").unwrap();
    assert!(desk.gets(id));
    // The right part is gone on with.
    fs::write(&part, &node.state.lock().unwrap().documents[id][..100]).unwrap();
    assert!(desk.gets(id));
    assert!(!part.exists());
}

#[test]
fn a_node_without_room_is_passed_over_and_without_any_nothing_is_sent() {
    let [a, b] = [start(), start()];
    let desk = Desk::new(&[&a.url, &b.url]);
    a.with(|state| state.is_full = true);
    assert_eq!(desk.send()["nodes"], json!([b.url]));
    b.with(|state| state.is_full = true);
    let report = desk.path("report").display().to_string();
    assert_eq!(desk.hufu(&["document", "send", &report, "--to", &ORG.to_string()]), 2);
}

#[test]
fn what_is_erased_is_erased_at_every_node_and_a_copy_that_is_left_is_told() {
    let [a, b, c] = [start(), start(), start()];
    let desk = Desk::new(&[&a.url, &b.url, &c.url]);
    let sent = desk.send();
    let id = sent["id"].as_str().unwrap();
    // The third one is away.
    desk.configure(&[&a.url, NOBODY, &b.url]);
    assert_eq!(desk.hufu(&["document", "erase", id]), 7);
    assert_eq!([&a, &b, &c].map(|node| has(node, id)), [false, false, true]);
    // What it still has is brought to nobody.
    let d = start();
    desk.configure(&[&c.url, &d.url, &b.url]);
    assert_eq!(desk.hufu(&["document", "replicate", id]), 3);
    assert!(!has(&d, id));
    assert_eq!(desk.printed(&["document", "erase", id])["nodes"], json!([c.url, b.url]));
    assert!(!has(&c, id));
    desk.configure(&[&d.url]);
    assert_eq!(desk.hufu(&["document", "erase", id]), 3);
}
