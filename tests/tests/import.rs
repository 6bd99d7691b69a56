//! Files of others on a running network: killed and started again, everything in them is done exactly once. A long list
//! takes bounded memory.
//!
//! `HUFU_IMPORT_ROWS` says how many rows the list has; a hundred thousand are for measuring, the default is for every day.

use api::view::{ItemView, Page};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{BufRead, BufReader},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};
use testnet::{
    Seen,
    files::{Network, Plan},
    http::Node,
    init::{self, InitOptions},
    people, process, running, wait_for,
};
use tests::local::{Up, high_water};

const GTIN: &str = "09521100000017";
/// Rows of one transaction.
const GROUP: usize = 200;
/// Time for a whole import.
const LONG: Duration = Duration::from_secs(1_800);
/// What a row may take in memory, as the client states it.
const ROW_BYTES: u64 = 512;
/// What else may differ from a list of one row: a transaction as JSON and its parts, pages of answers.
const SLACK: u64 = 24 * 1024 * 1024;

/// A firm's working folder.
struct Desk {
    folder: PathBuf,
}

fn one_firm() -> InitOptions {
    InitOptions { validators: 1, members: 1, ..Default::default() }
}

/// The one organisation that is no agency.
fn firm(plan: &Plan) -> &str {
    plan.keys.iter().map(|key| key.org.as_str()).find(|org| *org != plan.nodes[0].org).unwrap()
}

/// What a run left behind.
struct Ran {
    status: ExitStatus,
    summary: Value,
    /// Most memory that it had at once, in bytes.
    peak: u64,
}

impl Desk {
    fn new(folder: PathBuf, plan: &Plan, network: &Network, org: &str) -> Desk {
        fs::create_dir_all(&folder).unwrap();
        let key = people::key_of(&plan.keys, org, "declarant").unwrap();
        let text = format!(
            "nodes = [{:?}]\nkey = {:?}\nkey_password_file = {:?}\nnetwork = {:?}\n",
            network.nodes[0].api, key.file, key.password_file, plan.network
        );
        fs::write(folder.join("hufu.toml"), text).unwrap();
        Desk { folder }
    }

    /// A list of so many lots.
    fn list(&self, name: &str, rows: usize) {
        let mut text = String::from("商品条码,批号,数量,单位,备注\r\n");
        for n in 0..rows {
            text.push_str(&format!("{GTIN},L{n:06},{},H87,\"分批核销, 第{n}批\"\r\n", n % 90 + 1));
        }
        fs::write(self.folder.join(name), text).unwrap();
    }

    fn start(&self, words: &[&str]) -> Child {
        let out = File::create(self.folder.join("out.json")).unwrap();
        Command::new(process::beside("hufu").unwrap())
            .args(["--json", "--yes", "--no-input", "--lang", "en", "import"])
            .args(words)
            .current_dir(&self.folder)
            .stdout(Stdio::from(out))
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Runs an import to its end.
    fn run(&self, words: &[&str]) -> Ran {
        let mut child = self.start(words);
        let mut peak = 0;
        let status = wait_for("the import to end", LONG, || {
            peak = high_water(child.id()).max(peak);
            match child.try_wait().unwrap() {
                Some(status) => Seen::Yes(status),
                None => Seen::NotYet(format!("{peak} bytes")),
            }
        });
        let text = fs::read_to_string(self.folder.join("out.json")).unwrap();
        Ran { status: status.unwrap(), summary: serde_json::from_str(&text).unwrap_or_default(), peak }
    }

    /// Kills an import once its journal has so many transactions.
    fn killed(&self, words: &[&str], journal: &Path, signed: usize) {
        let mut child = self.start(words);
        let seen = wait_for("transactions in the journal", LONG, || match signed_in(journal) {
            found if found >= signed => Seen::Yes(()),
            found => Seen::NotYet(format!("{found}")),
        });
        child.kill().unwrap();
        let status = child.wait().unwrap();
        seen.unwrap();
        assert_eq!(status.signal(), Some(9), "it was still running");
    }
}

/// A gateway on the folder of a desk; it is killed in the end.
struct Serving(Child);

impl Serving {
    fn start(desk: &Desk) -> Serving {
        fs::write(desk.folder.join(".hufu/gateway/gateway.toml"), "anchor-after = '0s'\n").unwrap();
        let mut child = Command::new(process::beside("hufu").unwrap())
            .args(["--json", "--no-input", "gateway", "serve", "--listen", "127.0.0.1:0"])
            .current_dir(&desk.folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("hufu.gateway/1"), "{line}");
        Serving(child)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn signed_in(journal: &Path) -> usize {
    let text = fs::read_to_string(journal).unwrap_or_default();
    text.lines().filter(|line| line.contains(r#"{"line":"signed""#)).count()
}

fn count(ran: &Ran, what: &str) -> u64 {
    ran.summary[what].as_u64().unwrap_or_default()
}

/// The codes of all items that an organisation holds, one for each item.
fn held(network: &Network, org: &str) -> Vec<String> {
    let token = network.tokens.iter().find(|token| token.org == org).unwrap();
    let node = Node::new(&network.nodes[0].api).with_token(&fs::read_to_string(&token.file).unwrap());
    let (mut codes, mut cursor) = (Vec::new(), String::new());
    loop {
        let page: Page<ItemView> = node.get(&format!("/v1/items?custodian={org}&limit=1000{cursor}")).unwrap();
        codes.extend(page.items.into_iter().map(|item| item.code));
        match page.next {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return codes,
        }
    }
}

#[test]
fn a_long_list_that_is_killed_twice_is_registered_exactly_once() {
    let rows: usize = std::env::var("HUFU_IMPORT_ROWS").map_or(20_000, |rows| rows.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    let (plan, _up) = (init::init(&net, &one_firm()).unwrap(), Up(&net));
    let network = running::up(&net, None).unwrap();
    let org = firm(&plan);
    let desk = Desk::new(dir.path().join("desk"), &plan, &network, org);
    desk.list("one.csv", 1);
    desk.list("list.csv", rows);

    // One dry run: every row is read, judged by the node, and reported. Nothing is registered.
    let small = desk.run(&["csv", "one.csv", "--dry-run"]);
    let dry = desk.run(&["csv", "list.csv", "--dry-run", "--report", "report.csv"]);
    assert_eq!((dry.status.code(), dry.summary["ok"].as_u64()), (Some(0), Some(rows as u64)), "{}", dry.summary);
    let report = fs::read_to_string(desk.folder.join("report.csv")).unwrap();
    assert_eq!(report.lines().next(), Some("row,status,code,message,hint,tx_id"));
    assert_eq!(report.lines().filter(|line| line.ends_with(",ok,,,,")).count(), rows);
    assert_eq!(held(&network, org), Vec::<String>::new());
    let bound = |small: &Ran| small.peak + ROW_BYTES * rows as u64 + SLACK;
    assert!(dry.peak <= bound(&small), "{} rows: {} bytes, one row: {}", rows, dry.peak, small.peak);

    // Killed twice in the middle, each time with transactions on their way.
    let transactions = rows.div_ceil(GROUP);
    let journal = desk.folder.join("list.csv.hufu-import");
    desk.killed(&["csv", "list.csv"], &journal, transactions / 4);
    desk.killed(&["csv", "list.csv"], &journal, signed_in(&journal) + transactions / 4);

    // One commit, which ends what was begun.
    let done = desk.run(&["csv", "list.csv", "--report", "report.csv"]);
    assert_eq!(done.status.code(), Some(0), "{}", done.summary);
    assert_eq!(count(&done, "registered") + count(&done, "already_registered"), rows as u64);
    assert!(count(&done, "registered") > 0 && count(&done, "already_registered") > 0, "{}", done.summary);
    assert_eq!(done.summary["transactions"].as_array().unwrap().len(), transactions);
    let codes = held(&network, org);
    assert_eq!((codes.len(), codes.iter().collect::<BTreeSet<_>>().len()), (rows, rows), "every lot exactly once");
    let signing = desk.run(&["csv", "one.csv", "--again"]);
    assert!(done.peak <= bound(&signing), "{} rows: {} bytes, one row: {}", rows, done.peak, signing.peak);
    println!(
        "{rows} rows, {} bytes of file: dry run {} KiB, of one row {}; commit {} KiB, of one row {}",
        fs::metadata(desk.folder.join("list.csv")).unwrap().len(),
        dry.peak / 1024,
        small.peak / 1024,
        done.peak / 1024,
        signing.peak / 1024,
    );

    // A further run finds everything done, and a copy under another name is told so.
    let again = desk.run(&["csv", "list.csv"]);
    assert_eq!((again.status.code(), count(&again, "already_registered")), (Some(0), rows as u64));
    fs::copy(desk.folder.join("list.csv"), desk.folder.join("copy.csv")).unwrap();
    let copy = desk.run(&["csv", "copy.csv"]);
    assert_eq!((copy.status.code(), count(&copy, "bad")), (Some(6), rows as u64));
    assert_eq!(copy.summary["problems"][0]["code"], "H1440");
}

/// An event of a serial: its commissioning, or what the ledger has no act for.
fn event(n: usize, step: &str, action: &str) -> String {
    format!(
        r#"{{"type": "ObjectEvent", "eventID": "urn:uuid:00000000-0000-4000-8000-{n:012}", "action": "{action}",
        "eventTime": "2025-03-01T08:00:00.{:03}Z", "eventTimeZoneOffset": "+08:00", "bizStep": "{step}",
        "epcList": ["https://id.gs1.org/01/{GTIN}/21/S{n:06}"]}}"#,
        n % 1_000
    )
}

fn document(events: &[String]) -> String {
    format!(
        r#"{{"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": "2025-03-01T09:00:00Z", "epcisBody": {{"eventList": [{}]}}}}"#,
        events.join(",\n")
    )
}

#[test]
fn events_of_a_document_are_anchored_and_done_exactly_once() {
    const EVENTS: usize = 120;
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    let (plan, _up) = (init::init(&net, &one_firm()).unwrap(), Up(&net));
    let network = running::up(&net, None).unwrap();
    let org = firm(&plan);
    let desk = Desk::new(dir.path().join("desk"), &plan, &network, org);
    let book = desk.folder.join(".hufu/gateway/journal");
    let mut events: Vec<String> = (0..EVENTS).map(|n| event(n, "commissioning", "ADD")).collect();
    events.push(event(EVENTS, "inspecting", "OBSERVE"));
    let total = events.len() as u64;
    fs::write(desk.folder.join("doc.json"), document(&events)).unwrap();

    let dry = desk.run(&["epcis", "doc.json", "--dry-run", "--report", "report.csv"]);
    assert_eq!((dry.status.code(), count(&dry, "ok")), (Some(0), total), "{}", dry.summary);
    assert_eq!(dry.summary["acts"]["register"], EVENTS);
    assert_eq!(held(&network, org), Vec::<String>::new());
    assert!(!book.exists());

    // Killed with acts on their way, it goes on where it ended.
    desk.killed(&["epcis", "doc.json"], &book, EVENTS / 3);
    let done = desk.run(&["epcis", "doc.json", "--report", "report.csv"]);
    assert_eq!(done.status.code(), Some(0), "{}", done.summary);
    assert_eq!(count(&done, "captured") + count(&done, "already_captured"), total);
    let codes = held(&network, org);
    assert_eq!(
        (codes.len(), codes.iter().collect::<BTreeSet<_>>().len()),
        (EVENTS, EVENTS),
        "every serial exactly once"
    );
    let report = fs::read_to_string(desk.folder.join("report.csv")).unwrap();
    assert_eq!(report.lines().next(), Some("row,status,code,message,hint,tx_id"));
    assert_eq!(report.lines().count(), events.len() + 1);

    // The same events in another document are the same events; one with another content is another.
    fs::write(desk.folder.join("again.json"), document(&events[..10])).unwrap();
    let signed = signed_in(&book);
    let again = desk.run(&["epcis", "again.json"]);
    assert_eq!((again.status.code(), count(&again, "already_captured")), (Some(0), 10), "{}", again.summary);
    assert_eq!(signed_in(&book), signed);
    let changed = [event(EVENTS + 1, "commissioning", "ADD"), event(3, "inspecting", "OBSERVE")];
    fs::write(desk.folder.join("changed.json"), document(&changed)).unwrap();
    let refused = desk.run(&["epcis", "changed.json"]);
    assert_eq!((refused.status.code(), count(&refused, "bad"), count(&refused, "skipped")), (Some(6), 1, 1));
    assert_eq!(refused.summary["problems"][0]["code"], "H1338");
    let proceeded = desk.run(&["epcis", "changed.json", "--proceed"]);
    assert_eq!((proceeded.status.code(), count(&proceeded, "captured")), (Some(6), 1), "{}", proceeded.summary);
    assert_eq!(held(&network, org).len(), EVENTS + 1);

    // A gateway has the same book: what is imported while it runs it does itself, and what was done before it knows.
    let serving = Serving::start(&desk);
    let handed = [event(EVENTS + 2, "commissioning", "ADD"), event(0, "commissioning", "ADD")];
    fs::write(desk.folder.join("handed.json"), document(&handed)).unwrap();
    for expected in [(1, 1), (0, 2)] {
        let done = desk.run(&["epcis", "handed.json"]);
        let found = (count(&done, "captured"), count(&done, "already_captured"));
        assert_eq!((done.status.code(), found), (Some(0), expected), "{}", done.summary);
    }
    drop(serving);
    let after = desk.run(&["epcis", "handed.json"]);
    assert_eq!((after.status.code(), count(&after, "already_captured")), (Some(0), 2), "{}", after.summary);
    assert_eq!(held(&network, org).len(), EVENTS + 2);
}
