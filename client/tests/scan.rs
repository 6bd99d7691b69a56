//! Scanning: every form is told in one stream, a fault shows its place, and at the dock what is offered is accepted once.

use crate::node::{GTIN, NETWORK, Node};
use crate::office::{FIRM, LABORATORY, item_id, serve, show};
use keys::{KdfCost, KeyFile, SecretString};
use ledger::{Operation, Timestamp};
use serde_json::Value;
use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

/// Where somebody scans.
struct Desk {
    folder: tempfile::TempDir,
}

/// What the program said.
struct Told {
    exit: i32,
    stdout: String,
    stderr: String,
}

impl Told {
    /// The line of each scan, as JSON.
    fn lines(&self) -> Vec<Value> {
        let lines = self.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["schema"] == "hufu.scan/1").collect()
    }

    /// The code of each line's failure; empty where there is none.
    fn codes(&self) -> Vec<String> {
        self.lines().iter().map(|line| line["failure"]["code"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

impl Desk {
    /// Without a node.
    fn alone() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().unwrap() };
        fs::write(desk.path("config.toml"), "lang = 'en'\n").unwrap();
        desk
    }

    /// At the firm, with its key.
    fn at(node: &Node) -> Desk {
        let desk = Desk::alone();
        let sealed = KeyFile::seal(&FIRM.key(), &SecretString::from("password"), KdfCost::Light).unwrap();
        sealed.write_new(&desk.path("a.key")).unwrap();
        fs::write(desk.path("password"), "password\n").unwrap();
        let text = format!(
            "nodes = ['{}']\nkey = 'a.key'\nkey_password_file = 'password'\nnetwork = '{NETWORK}'\nlang = 'en'\n",
            node.url
        );
        fs::write(desk.path("config.toml"), text).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `hufu scan` while `typed` is typed.
    fn scan(&self, flags: &[&str], typed: &str) -> Told {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hufu"))
            .args(["--no-input", "--config"])
            .arg(self.path("config.toml"))
            .arg("scan")
            .args(flags)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env_remove("XDG_CONFIG_HOME")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that refuses its flags reads nothing.
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Told { exit: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

const LOT: &str = "https://id.gs1.org/01/09521234543213/10/L1";

/// What is typed; the symbol, the item's code, the fault and its place.
const LINES: [(&str, &str, &str, &str, Option<u64>); 25] = [
    ("]d2010952123454321310L1^]17270131", "Data Matrix", LOT, "", None),
    ("]d2\u{1d}010952123454321310L1", "Data Matrix", LOT, "", None),
    ("]Q3010952123454321310L1", "QR Code", LOT, "", None),
    ("]J1010952123454321310L1", "DotCode", LOT, "", None),
    ("]C1010952123454321310L1", "GS1-128", LOT, "", None),
    ("]e0010952123454321310L1", "GS1 DataBar Expanded", LOT, "", None),
    ("]Q1https://example.com/01/09521234543213/10/L1?17=270131", "QR Code", LOT, "", None),
    ("]E09521234543213|]e010L1", "EAN-13", LOT, "", None),
    ("]E09521234543213", "EAN-13", "", "H1122", None),
    ("]E402345673", "EAN-8", "", "H1122", None),
    ("]I109521234543213", "ITF-14", "", "H1122", None),
    ("(01)09521234543213(10)L1", "", LOT, "", None),
    ("^010952123454321310L1^17270131", "", LOT, "", None),
    ("01/09521234543213/10/L1", "", LOT, "", None),
    ("urn:epc:class:lgtin:9521234.054321.L1", "", LOT, "", None),
    ("]d1hufu:isbt128/A9999", "Data Matrix", "hufu:isbt128/A9999", "", None),
    ("(02)09521234543213(37)12", "", "", "H1121", None),
    ("]d2010952123454321410L1", "", "", "H1203", Some(18)),
    ("]d210L1^]^]217", "", "", "H1117", Some(9)),
    ("]d210L1^]89X", "", "", "H1110", Some(9)),
    ("]d1010952123454321310L1", "", "", "H1129", None),
    ("]A0ABC", "", "", "H1116", None),
    ("hello", "", "", "H1103", None),
    ("０１09521234543213", "", "", "H1104", Some(0)),
    ("10ABCDEFGHIJKLMNOPQ217ZYXWV", "", "", "H1126", Some(2)),
];

#[test]
fn every_line_has_its_object_and_a_fault_its_place() {
    let typed: String = LINES.iter().map(|(line, ..)| format!("{line}\r\n\r\n")).collect();
    let told = Desk::alone().scan(&["--json", "--wedge", "sends"], &typed);
    let lines = told.lines();
    assert_eq!((told.exit, lines.len()), (6, LINES.len()), "{}", told.stderr);
    for (line, (typed, symbology, code, fault, place)) in lines.iter().zip(LINES) {
        let text = |name: &str| line[name].as_str().unwrap_or_default();
        assert_eq!((text("input"), text("symbology"), text("code")), (typed, symbology, code), "{line}");
        let failure = &line["failure"];
        assert_eq!(failure["code"].as_str().unwrap_or_default(), fault, "{line}");
        assert_eq!(failure["position"].as_u64(), place, "{line}");
        assert_eq!(failure.is_null(), fault.is_empty(), "{line}");
        assert!(line["items"].is_null() && line["accept"].is_null() && line["epc"].is_null(), "{line}");
    }
    let elements = serde_json::json!([
        {"ai": "01", "title": "GTIN", "value": "09521234543213"},
        {"ai": "10", "title": "BATCH/LOT", "value": "L1"},
        {"ai": "17", "title": "USE BY or EXPIRY", "value": "270131"},
    ]);
    assert_eq!(lines[0]["elements"], elements);
    assert_eq!(lines[0]["link"], format!("{LOT}?17=270131"));
}

#[test]
fn what_the_scanner_makes_of_separators_is_said_or_learnt() {
    let desk = Desk::alone();
    let doubtful = "010952123454321310L117270131";
    let cases: [(&[&str], String, i32, &[&str]); 6] = [
        (&[], doubtful.to_owned(), 2, &["H1126"]),
        (&["--wedge", "unknown"], doubtful.to_owned(), 2, &["H1126"]),
        (&["--wedge", "drops"], doubtful.to_owned(), 2, &["H1126"]),
        (&["--wedge", "sends"], doubtful.to_owned(), 0, &[""]),
        // A separator that arrives tells that the scanner sends them; that it drops them was said.
        (&[], format!("{doubtful}\n010952123454321310L1^]217\n{doubtful}\n"), 6, &["H1126", "", ""]),
        (&["--wedge", "drops"], format!("010952123454321310L1^]217\n{doubtful}\n"), 6, &["", "H1126"]),
    ];
    for (flags, typed, exit, codes) in cases {
        let told = desk.scan(&[&["--json"][..], flags].concat(), &typed);
        assert_eq!(told.exit, exit, "{typed}\n{}", told.stderr);
        assert_eq!(told.codes(), codes, "{typed}");
    }
    let told = desk.scan(&[doubtful], "");
    assert!(told.stderr.contains("--wedge sends"), "{}", told.stderr);
}

#[test]
fn people_see_the_elements_and_the_caret() {
    let desk = Desk::alone();
    let told = desk.scan(&["]d2010952123454321310L1^]17270131"], "");
    assert_eq!((told.exit, told.stderr.as_str()), (0, ""));
    for part in ["symbol", "Data Matrix", "(10) BATCH/LOT", "(17) USE BY or EXPIRY", LOT] {
        assert!(told.stdout.contains(part), "{part}\n{}", told.stdout);
    }
    assert!(desk.scan(&["--lang", "zh-Hans", "]E09521234543213"], "").stdout.contains("码制"));

    let told = desk.scan(&["]d2010952123454321410L1", "]C1010952123454321310L1"], "");
    assert_eq!(told.exit, 6);
    let place = format!("  ]d2010952123454321410L1\n  {}^ expected 3, found 4\n", " ".repeat(18));
    assert!(told.stderr.starts_with("error[H1203]: the check digit of this GTIN is wrong\n"), "{}", told.stderr);
    assert!(told.stderr.contains(&place) && told.stderr.contains("error[H6001]"), "{}", told.stderr);
    // What a label holds moves no cursor.
    let told = desk.scan(&["]d110\u{1b}[2J"], "");
    assert_eq!((told.exit, told.stderr.contains('\u{1b}')), (2, false), "{}", told.stderr);
    assert_eq!(desk.scan(&[], " \r\n\n").exit, 0);
}

#[test]
fn associations_are_checked_and_epc_uris_told_where_that_is_asked() {
    let desk = Desk::alone();
    fs::write(desk.path("table.csv"), "prefix,gcp_length\n9521234,7\n").unwrap();
    let line = "(01)09521234543213(21)S1(254)X\n";
    assert_eq!(desk.scan(&["--json"], line).codes(), [""]);
    let told = desk.scan(&["--json", "--check"], line);
    assert_eq!((told.exit, told.codes()), (2, vec!["H1123".to_owned()]));
    assert_eq!(told.lines()[0]["code"], "https://id.gs1.org/01/09521234543213/21/S1");

    let epc = ["--json", "--epc", "--prefixes", "table.csv"];
    let told = desk.scan(&epc, "]d2010952123454321321S1\n00/006141411234567890\n");
    assert_eq!((told.exit, told.codes()), (6, vec![String::new(), "H1175".to_owned()]));
    assert_eq!(told.lines()[0]["epc"], "urn:epc:id:sgtin:9521234.054321.S1");
    assert_eq!(desk.scan(&["--epc", LOT], "").exit, 2);
    assert_eq!(desk.scan(&["--epc", "--prefixes", "absent.csv", LOT], "").exit, 2);
}

fn code(lot: &str) -> String {
    format!("(01){GTIN}(10){lot}")
}

#[test]
fn the_node_tells_which_items_carry_a_code() {
    let node = Node::start();
    serve(&node);
    show(&node, 51, &code("A"), None);
    show(&node, 52, &code("B"), None);
    show(&node, 53, &code("B"), None);
    let desk = Desk::at(&node);
    let lines = [code("A"), item_id(51), code("B"), code("C")].join("\n");
    let told = desk.scan(&["--json", "--lookup"], &lines);
    assert_eq!((told.exit, told.codes().join(" ")), (6, "   H7004".to_owned()), "{}", told.stderr);
    let lines = told.lines();
    for line in &lines[..2] {
        assert_eq!(line["item"], item_id(51), "{line}");
        assert_eq!(line["items"][0]["id"], item_id(51), "{line}");
        assert_eq!(line["items"][0]["state"], "stored", "{line}");
        assert_eq!(line["code"], format!("https://id.gs1.org/01/{GTIN}/10/A"), "{line}");
    }
    assert_eq!(lines[2]["items"].as_array().unwrap().len(), 2);
    assert!(lines[2]["item"].is_null());
    assert_eq!(desk.scan(&["--json", "--lookup", &code("C")], "").exit, 3);
    let told = desk.scan(&["--lookup", &code("A")], "");
    assert!(told.stdout.contains(&item_id(51)[..8]) && told.stdout.contains("10 KGM"), "{}", told.stdout);
    assert_eq!(Desk::alone().scan(&["--lookup", &code("A")], "").exit, 2);
}

/// A node that answers with another item than the one asked for is not believed, by code or by identity.
#[test]
fn the_answer_is_about_what_was_asked() {
    let node = Node::start();
    serve(&node);
    show(&node, 51, &code("A"), None);
    show(&node, 52, &code("B"), None);
    node.with(|state| {
        let other = state.served[&format!("/v1/items/{}", item_id(52))].clone();
        let at = |path: &str| path == format!("/v1/items/{}", item_id(51)) || path.ends_with("/10/A");
        state.served.iter_mut().filter(|(path, _)| at(path)).for_each(|(_, shown)| *shown = other.clone());
    });
    let desk = Desk::at(&node);
    let lines = [code("A"), item_id(51), code("B")].join("\n");
    assert_eq!(desk.scan(&["--json", "--lookup"], &lines).codes(), ["H7013", "H7013", ""]);
}

/// A dock with three items that are offered to the firm, and three that cannot be accepted.
fn dock() -> (Node, Desk) {
    let node = Node::start();
    serve(&node);
    let now = node.state.lock().unwrap().now;
    let soon = now.plus_ms(3_600_000);
    for (seed, lot, offer) in [
        (51, "A", Some((FIRM, soon))),
        (52, "B", None),
        (53, "C", Some((LABORATORY, soon))),
        (54, "D", Some((FIRM, Timestamp(now.0 - 1)))),
        (55, "E", Some((FIRM, soon))),
        // Two deliveries of one lot: the label does not tell which.
        (56, "F", Some((FIRM, soon))),
        (57, "F", Some((FIRM, soon))),
    ] {
        show(&node, seed, &code(lot), offer);
    }
    let desk = Desk::at(&node);
    (node, desk)
}

/// Items that were accepted, in the order in which the node heard of it.
fn accepted(node: &Node) -> Vec<String> {
    let state = node.state.lock().unwrap();
    let items = state.txs.iter().map(|tx| match &tx.body.operation {
        Operation::Accept { item, .. } => item.to_string(),
        other => panic!("{other:?}"),
    });
    items.collect()
}

#[test]
fn at_the_dock_what_is_offered_is_accepted_once() {
    let (node, desk) = dock();
    let mut typed: Vec<String> = ["A", "A", "B", "C", "D", "E", "F"].map(code).to_vec();
    typed.extend([item_id(57), item_id(51), "(10)A".to_owned()]);
    let told = desk.scan(&["--json", "--yes", "--accept"], &typed.join("\n"));
    assert_eq!(told.exit, 6, "{}", told.stderr);
    assert_eq!(told.codes(), ["", "", "H5106", "H5110", "H5107", "", "H1407", "", "", "H1121"]);
    let lines = told.lines();
    let turns: Vec<&str> = lines.iter().map(|line| line["accept"].as_str().unwrap_or_default()).collect();
    assert_eq!(turns, ["taken", "again", "", "", "", "taken", "", "taken", "again", ""]);
    assert_eq!(accepted(&node), [51, 55, 57].map(item_id));
}

#[test]
fn nothing_is_accepted_unasked_or_in_a_dry_run() {
    let (node, desk) = dock();
    let told = desk.scan(&["--accept"], &code("A"));
    assert_eq!((told.exit, told.stdout.as_str()), (2, ""));
    assert!(told.stderr.contains("H1405"), "{}", told.stderr);
    assert_eq!(desk.scan(&["--accept", "--dry-run"], &code("A")).exit, 0);
    assert_eq!((accepted(&node).len(), node.state.lock().unwrap().judged), (0, 1));
    // A label that is wrong is not accepted.
    let wrong = format!("{}(254)X", code("A"));
    assert_eq!(desk.scan(&["--yes", "--accept", "--check"], &wrong).exit, 2);
    assert_eq!(accepted(&node).len(), 0);
}

#[test]
fn what_the_ledger_refuses_is_said_with_its_code() {
    let (node, desk) = dock();
    node.with(|state| state.refuse = true);
    let told = desk.scan(&["--yes", "--accept"], &[code("A"), code("B")].join("\n"));
    assert_eq!(told.exit, 5, "{}", told.stderr);
    for part in ["not accepted: 01/", "error[H5002]", "error[H5106]"] {
        assert!(told.stderr.contains(part), "{part}\n{}", told.stderr);
    }
}
