//! What the client does when nodes fail: nothing that was signed is lost, nothing is done twice.

use crate::node::{GTIN, NETWORK, Node};
use keys::{KdfCost, KeyFile, PersonKey, SecretString};
use ledger::{OrgId, PersonId, Role, operation::EntryBody, record::Roles};
use std::{ffi::OsString, fs, path::PathBuf};

/// A working folder with a key and a configuration.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(nodes: &[&str]) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk { folder };
        let roles = Roles::of(&[Role::Declarant, Role::Custodian]);
        let key = PersonKey::from_seed(&[1; 32], OrgId::default(), PersonId::default(), "A", "a", roles).unwrap();
        let sealed = KeyFile::seal(&key, &SecretString::from("password"), KdfCost::Light).unwrap();
        sealed.write_new(&desk.path("a.key")).unwrap();
        fs::write(desk.path("password"), "password\n").unwrap();
        desk.configure(nodes, &NETWORK.to_string());
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn configure(&self, nodes: &[&str], network: &str) {
        let text = format!(
            "nodes = {nodes:?}\nkey = 'a.key'\nkey_password_file = 'password'\nnetwork = '{network}'\nlang = 'en'\n"
        );
        fs::write(self.path("config.toml"), text).unwrap();
    }

    /// Runs a command line; its exit code.
    fn hufu(&self, line: &[&str]) -> u8 {
        let config = self.path("config.toml");
        let fixed = ["hufu", "--yes", "--quiet", "--no-input", "--config"].map(OsString::from);
        let args = fixed.into_iter().chain([config.into_os_string()]).chain(line.iter().map(OsString::from));
        client::run(args)
    }

    fn waiting(&self) -> usize {
        fs::read_dir(self.path("outbox")).map_or(0, |entries| entries.count())
    }

    fn register(&self) -> u8 {
        self.hufu(&["item", "register", &format!("01/{GTIN}/10/L1"), "--quantity", "2 KGM"])
    }

    fn list(&self, rows: usize) -> String {
        let mut text = String::from("商品条码,批号,数量,单位\n");
        for n in 0..rows {
            text.push_str(&format!("{GTIN},L{n},1,KGM\n"));
        }
        let path = self.path("list.csv");
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

/// An address where nobody listens.
const NOBODY: &str = "http://127.0.0.1:1";

#[test]
fn a_signed_transaction_waits_in_the_outbox_until_a_node_answers() {
    let node = Node::start();
    let desk = Desk::new(&[NOBODY]);
    assert_eq!(desk.register(), 7);
    assert_eq!(desk.waiting(), 1);
    assert_eq!(desk.hufu(&["outbox", "send"]), 7);
    desk.configure(&[NOBODY, &node.url], &NETWORK.to_string());
    assert_eq!(desk.hufu(&["outbox", "send"]), 0);
    assert_eq!((desk.waiting(), node.registered()), (0, 1));
}

/// Drafts that are signed and not sent: h0.json, h1.json and so on.
fn drafts(desk: &Desk, count: usize) -> Vec<String> {
    let draft = |n: usize| {
        let (file, code) = (desk.path(&format!("h{n}.json")).display().to_string(), format!("01/{GTIN}/10/L{n}"));
        let act = ["item", "register", &code, "--quantity", "2 KGM"];
        assert_eq!(desk.hufu(&[&["tx", "draft", "--out", &file, "--"][..], &act].concat()), 0);
        file
    };
    (0..count).map(draft).collect()
}

#[test]
fn what_was_submitted_in_an_order_is_sent_in_it() {
    let node = Node::start();
    let desk = Desk::new(&[NOBODY]);
    let files = drafts(&desk, 12);
    let submit: Vec<&str> = ["tx", "submit"].into_iter().chain(files.iter().map(String::as_str)).collect();
    assert_eq!(desk.hufu(&submit), 7);
    // A try without a node changes nobody's place.
    assert_eq!(desk.hufu(&["outbox", "send"]), 7);
    assert_eq!(desk.waiting(), 12);
    desk.configure(&[&node.url], &NETWORK.to_string());
    assert_eq!(desk.hufu(&["outbox", "send"]), 0);
    let sent: Vec<String> = node.state.lock().unwrap().txs.iter().map(|tx| tx.body.id().to_string()).collect();
    let expect = files.iter().map(|file| {
        let draft: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        draft["id"].as_str().unwrap().to_owned()
    });
    assert_eq!(sent, expect.collect::<Vec<_>>());
}

#[test]
fn a_dry_run_of_the_outbox_sends_nothing() {
    let node = Node::start();
    let desk = Desk::new(&[NOBODY]);
    for file in drafts(&desk, 2) {
        assert_eq!(desk.hufu(&["tx", "submit", &file]), 7);
    }
    let seen = || {
        let state = node.state.lock().unwrap();
        (state.judged, state.txs.len(), desk.waiting())
    };
    assert_eq!(desk.hufu(&["outbox", "send", "--dry-run"]), 7);
    desk.configure(&[&node.url], &NETWORK.to_string());
    assert_eq!(desk.hufu(&["outbox", "send", "--dry-run"]), 0);
    assert_eq!(seen(), (2, 0, 2));
    // All are judged, whatever becomes of the first.
    node.with(|s| s.refuse = true);
    assert_eq!(desk.hufu(&["outbox", "send", "--dry-run"]), 6);
    assert_eq!(seen(), (4, 0, 2));
    node.with(|s| s.refuse = false);
    fs::write(desk.path("outbox/00000001-x.tx.json"), "{").unwrap();
    assert_eq!(desk.hufu(&["outbox", "send", "--dry-run"]), 6);
    assert_eq!(seen(), (6, 0, 3));
}

#[test]
fn a_damaged_file_of_the_outbox_stops_nothing_else() {
    let node = Node::start();
    let desk = Desk::new(&[NOBODY]);
    assert_eq!(desk.register(), 7);
    fs::write(desk.path("outbox/00000001-x.tx.json"), "{").unwrap();
    assert_eq!(desk.hufu(&["outbox", "list"]), 0);
    desk.configure(&[&node.url], &NETWORK.to_string());
    assert_eq!(desk.hufu(&["outbox", "send"]), 6);
    assert_eq!((desk.waiting(), node.registered()), (1, 1));
}

#[test]
fn what_no_node_takes_is_not_signed() {
    let node = Node::start();
    let desk = Desk::new(&[&node.url]);
    let changes = desk.path("changes.toml").display().to_string();
    fs::write(&changes, "changes = []\n").unwrap();
    assert_eq!(desk.hufu(&["gov", "propose", "file", &changes]), 2);
    assert_eq!((desk.waiting(), node.state.lock().unwrap().txs.len()), (0, 0));
}

/// What a command prints with `--json`.
fn printed(desk: &Desk, line: &[&str]) -> serde_json::Value {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_hufu"))
        .args(["--json", "--no-input", "--config"])
        .arg(desk.path("config.toml"))
        .args(line)
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn private_fields_of_a_refused_act_are_told_from_others() {
    let node = Node::start();
    let desk = Desk::new(&[&node.url]);
    let code = format!("01/{GTIN}/10/L1");
    let act = ["item", "register", &code, "--quantity", "2 KGM", "--private", "price=120 CNY"];
    node.with(|s| s.refuse = true);
    assert_eq!(desk.hufu(&act), 5);
    assert_eq!(printed(&desk, &["disclosure", "list"])["items"][0]["status"], "refused");
    node.with(|s| s.refuse = false);
    assert_eq!(printed(&desk, &["disclosure", "list"])["items"][0]["status"], "committed");
    desk.configure(&[NOBODY], &NETWORK.to_string());
    assert_eq!(printed(&desk, &["disclosure", "list"])["items"][0]["status"], serde_json::Value::Null);
}

#[test]
fn a_draft_that_was_sent_says_so() {
    let node = Node::start();
    let desk = Desk::new(&[&node.url]);
    let file = drafts(&desk, 1).remove(0);
    let show = || printed(&desk, &["tx", "show", &file])["status"].clone();
    assert_eq!(show(), "unknown");
    assert_eq!(desk.hufu(&["tx", "submit", &file]), 0);
    assert_eq!(show(), "committed");
    desk.configure(&[NOBODY], &NETWORK.to_string());
    assert_eq!(show(), serde_json::Value::Null);
}

#[test]
fn what_would_be_refused_is_not_drafted_for_others() {
    let node = Node::start();
    let desk = Desk::new(&[&node.url]);
    let files = drafts(&desk, 1);
    assert_eq!(node.state.lock().unwrap().judged, 1);
    node.with(|s| s.refuse = true);
    let out = desk.path("none.json");
    let (file, act) = (out.display().to_string(), format!("01/{GTIN}/10/L1"));
    let line = ["tx", "draft", "--out", &file, "--", "item", "register", &act, "--quantity", "1 KGM"];
    assert_eq!(desk.hufu(&line), 5);
    assert!(!out.exists());
    // On the road nobody can be asked.
    desk.configure(&[NOBODY], &NETWORK.to_string());
    assert_eq!(desk.hufu(&line), 0);
    assert_eq!(files.len(), 1);
}

#[test]
fn an_answer_that_is_lost_costs_a_second_sending_and_nothing_else() {
    let node = Node::start();
    let desk = Desk::new(&[&node.url]);
    node.with(|s| s.cut_after = Some(0));
    assert_eq!(desk.register(), 7);
    node.with(|s| s.cut_after = None);
    assert_eq!(desk.hufu(&["outbox", "send"]), 0);
    assert_eq!((desk.waiting(), node.registered()), (0, 1));
}

#[test]
fn what_comes_too_late_at_its_first_sending_is_not_kept() {
    let node = Node::start();
    let desk = Desk::new(&[&node.url]);
    node.with(|s| s.late = true);
    assert_eq!(desk.register(), 1);
    assert_eq!((desk.waiting(), node.registered()), (0, 0));
}

/// A desk with a registration in its outbox whose time is over, as its node says, and what became of it there.
fn too_late(node: &Node, is_taken: bool) -> Desk {
    let desk = Desk::new(&[&node.url]);
    node.with(|s| (s.cut_after, s.lose) = (Some(0), !is_taken));
    assert_eq!(desk.register(), 7);
    node.with(|s| {
        (s.cut_after, s.late) = (None, true);
        s.now = s.now.plus_ms(30 * 3_600_000);
    });
    desk
}

#[test]
fn what_waited_too_long_stays_in_the_outbox_until_it_is_certain_that_no_block_has_it() {
    let (node, other) = (Node::start(), Node::start());
    let desk = too_late(&node, false);
    // One node's word is not enough, nor is that of a second one which is behind.
    assert_eq!((desk.hufu(&["outbox", "send"]), desk.waiting()), (6, 1));
    desk.configure(&[&node.url, &other.url], &NETWORK.to_string());
    assert_eq!((desk.hufu(&["outbox", "send"]), desk.waiting()), (6, 1));
    other.with(|s| s.now = s.now.plus_ms(30 * 3_600_000));
    assert_eq!((desk.hufu(&["outbox", "send"]), desk.waiting()), (6, 0));
    assert_eq!((desk.hufu(&["outbox", "send"]), node.registered(), other.registered()), (0, 0, 0));
}

#[test]
fn what_a_block_has_is_done_though_a_node_says_that_it_came_too_late() {
    let (node, other) = (Node::start(), Node::start());
    let desk = too_late(&node, true);
    let taken = std::mem::take(&mut node.state.lock().unwrap().txs);
    other.with(|s| s.txs = taken);
    assert_eq!((desk.hufu(&["outbox", "send"]), desk.waiting()), (6, 1));
    desk.configure(&[&node.url, &other.url], &NETWORK.to_string());
    assert_eq!((desk.hufu(&["outbox", "send"]), desk.waiting()), (0, 0));
    assert_eq!((node.registered(), other.registered()), (0, 1));
}

#[test]
fn a_refusal_is_final() {
    let node = Node::start();
    let desk = Desk::new(&[&node.url]);
    node.with(|s| s.refuse = true);
    assert_eq!(desk.register(), 5);
    assert_eq!(desk.waiting(), 0);
}

#[test]
fn a_node_of_another_network_gets_no_signature() {
    let node = Node::start();
    let desk = Desk::new(&[&node.url]);
    desk.configure(&[&node.url], &"a".repeat(64));
    assert_eq!(desk.hufu(&["class", "list"]), 0);
    assert_eq!(desk.hufu(&["login"]), 1);
    assert_eq!(node.state.lock().unwrap().logins, 0);
}

#[test]
fn reading_logs_in_by_itself_and_keeps_the_token() {
    let node = Node::start();
    node.with(|s| s.closed = true);
    let desk = Desk::new(&[&node.url]);
    assert_eq!(desk.hufu(&["class", "list"]), 0);
    assert_eq!(desk.hufu(&["class", "list"]), 0);
    assert_eq!(node.state.lock().unwrap().logins, 1);
}

#[test]
fn an_import_that_was_interrupted_goes_on_and_registers_every_row_once() {
    // The node is away before the first transaction, between two, and after one whose answer is lost.
    for (cut_after, lose) in [(0, true), (0, false), (1, true), (1, false), (2, true), (2, false)] {
        let node = Node::start();
        let desk = Desk::new(&[&node.url]);
        let list = desk.list(450);
        node.with(|s| (s.cut_after, s.lose) = (Some(cut_after), lose));
        assert_eq!(desk.hufu(&["import", "csv", &list]), 7, "{cut_after} {lose}");
        node.with(|s| s.cut_after = None);
        assert_eq!(desk.hufu(&["import", "csv", &list]), 0, "{cut_after} {lose}");
        assert_eq!(node.registered(), 450, "{cut_after} {lose}");
        let before = node.state.lock().unwrap().sent.values().sum::<u32>();
        assert_eq!(desk.hufu(&["import", "csv", &list]), 0);
        assert_eq!(node.state.lock().unwrap().sent.values().sum::<u32>(), before, "a third run sends nothing");
    }
}

#[test]
fn a_registration_that_expired_unsent_is_signed_anew() {
    let node = Node::start();
    let desk = Desk::new(&[&node.url]);
    let list = desk.list(3);
    node.with(|s| (s.cut_after, s.lose) = (Some(0), true));
    assert_eq!(desk.hufu(&["import", "csv", &list]), 7);
    let other = Node::start();
    for node in [&node, &other] {
        node.with(|s| {
            s.cut_after = None;
            s.now = s.now.plus_ms(30 * 3_600_000);
        });
    }
    // One node's word that it is in no block is not enough to sign once more.
    assert_ne!(desk.hufu(&["import", "csv", &list]), 0);
    assert_eq!(node.registered(), 0);
    desk.configure(&[&node.url, &other.url], &NETWORK.to_string());
    assert_eq!(desk.hufu(&["import", "csv", &list]), 0);
    assert_eq!((node.registered(), other.registered()), (3, 0));
}

#[test]
fn a_registration_that_one_node_hides_is_not_signed_anew() {
    let (node, other) = (Node::start(), Node::start());
    let desk = Desk::new(&[&node.url]);
    let list = desk.list(3);
    node.with(|s| s.cut_after = Some(0));
    assert_eq!(desk.hufu(&["import", "csv", &list]), 7);
    let taken = std::mem::take(&mut node.state.lock().unwrap().txs);
    other.with(|s| s.txs = taken);
    for node in [&node, &other] {
        node.with(|s| {
            s.cut_after = None;
            s.now = s.now.plus_ms(30 * 3_600_000);
        });
    }
    desk.configure(&[&node.url, &other.url], &NETWORK.to_string());
    assert_eq!(desk.hufu(&["import", "csv", &list]), 0);
    assert_eq!((node.registered(), other.registered()), (0, 3));
}

#[test]
fn refused_rows_may_be_tried_again() {
    let node = Node::start();
    let desk = Desk::new(&[&node.url]);
    let list = desk.list(3);
    node.with(|s| s.refuse = true);
    assert_eq!(desk.hufu(&["import", "csv", &list]), 6);
    node.with(|s| {
        s.refuse = false;
        s.txs.clear();
    });
    assert_eq!(desk.hufu(&["import", "csv", &list]), 0);
    assert_eq!(node.registered(), 3);
}

#[test]
fn a_corrected_list_goes_on_under_its_name() {
    let node = Node::start();
    let desk = Desk::new(&[&node.url]);
    let path = desk.path("list.csv");
    let list = path.display().to_string();
    let write = |rows: &[&str]| {
        let rows: Vec<String> = rows.iter().map(|row| format!("{GTIN},{row},KGM\n")).collect();
        fs::write(&path, format!("商品条码,批号,数量,单位\n{}", rows.concat())).unwrap();
    };
    write(&["L1,1", "L2,x", "L3,3"]);
    assert_eq!(desk.hufu(&["import", "csv", &list, "--skip-bad"]), 6);
    assert_eq!(node.registered(), 2);
    // The bad row is corrected, one is put before it, one is gone: what is done is known by its code.
    write(&["L9,9", "L2,2", "L3,3"]);
    assert_eq!(desk.hufu(&["--dry-run", "import", "csv", &list]), 0);
    assert_eq!(node.registered(), 2);
    assert_eq!(desk.hufu(&["import", "csv", &list]), 0);
    assert_eq!(node.registered(), 4);
    // A row that is registered cannot be made another by the list.
    write(&["L9,9", "L2,200", "L4,4"]);
    assert_eq!(desk.hufu(&["import", "csv", &list]), 6);
    assert_eq!(node.registered(), 4);
    assert_eq!(desk.hufu(&["import", "csv", &list, "--skip-bad"]), 6);
    assert_eq!(node.registered(), 5);
    let mut codes: Vec<String> = Vec::new();
    for entry in node.state.lock().unwrap().txs.iter().flat_map(|tx| &tx.entries) {
        if let EntryBody::Registration(registration) = &entry.body {
            codes.push(registration.code.to_string());
        }
    }
    codes.sort();
    assert_eq!(codes, ["L1", "L2", "L3", "L4", "L9"].map(|lot| format!("01/{GTIN}/10/{lot}")));
}

#[test]
fn a_dry_run_of_a_list_asks_the_node() {
    let node = Node::start();
    let desk = Desk::new(&[&node.url]);
    let list = desk.list(450);
    assert_eq!(desk.hufu(&["--dry-run", "import", "csv", &list]), 0);
    assert_eq!(node.state.lock().unwrap().judged, 3);
    node.with(|s| s.refuse = true);
    let report = desk.path("r.csv").display().to_string();
    assert_eq!(desk.hufu(&["--dry-run", "import", "csv", &list, "--report", &report]), 6);
    assert_eq!(fs::read_to_string(report).unwrap().matches(",error,H5002,").count(), 450);
    assert_eq!(node.registered(), 0);
}

#[test]
fn a_dry_run_and_a_bad_list_register_nothing() {
    let node = Node::start();
    let desk = Desk::new(&[&node.url]);
    let list = desk.list(3);
    assert_eq!(desk.hufu(&["import", "csv", &list, "--dry-run"]), 0);
    let mut text = fs::read_to_string(&list).unwrap();
    text.push_str("09520000102969,L9,1,KGM\n");
    fs::write(&list, text).unwrap();
    let report = desk.path("r.csv").display().to_string();
    assert_eq!(desk.hufu(&["import", "csv", &list, "--report", &report]), 6);
    assert_eq!(node.registered(), 0);
    let report = fs::read_to_string(report).unwrap();
    assert!(report.contains("5,error,H1203,"), "{report}");
    assert_eq!(desk.hufu(&["import", "csv", &list, "--skip-bad"]), 6);
    assert_eq!(node.registered(), 3);
}

/// The roots of private fields that transactions name, and the fields that are kept under them.
fn roots(desk: &Desk, node: &Node) -> (Vec<String>, String) {
    let state = node.state.lock().unwrap();
    let entries = state.txs.iter().flat_map(|tx| &tx.entries);
    let roots = entries.filter_map(|e| match &e.body {
        EntryBody::Registration(registration) => registration.private.map(|root| root.to_string()),
        EntryBody::Item(_) | EntryBody::Usage(_) => None,
    });
    let files = fs::read_dir(desk.path("disclosures")).into_iter().flatten().map(|f| f.unwrap().path());
    (roots.collect(), files.map(|f| fs::read_to_string(f).unwrap()).collect())
}

#[test]
fn private_fields_are_kept_before_anything_is_sent_and_go_to_no_node() {
    let node = Node::start();
    let desk = Desk::new(&[&node.url]);
    let code = format!("01/{GTIN}/10/L1");
    let act = ["item", "register", &code, "--quantity", "2 KGM", "--private", "price=120 CNY"];
    node.with(|s| (s.cut_after, s.lose) = (Some(0), true));
    assert_eq!(desk.hufu(&act), 7);
    assert!(roots(&desk, &node).1.contains("120 CNY"));
    node.with(|s| s.cut_after = None);
    assert_eq!(desk.hufu(&["outbox", "send"]), 0);
    let (roots, kept) = roots(&desk, &node);
    assert_eq!(roots.len(), 1);
    assert!(kept.contains(&roots[0]));
    for tx in &node.state.lock().unwrap().txs {
        assert!(!tx.to_bytes().windows(7).any(|w| w == b"120 CNY"));
    }
}

#[test]
fn private_columns_of_an_interrupted_import_are_all_kept() {
    for cut_after in [0, 1, 2] {
        let node = Node::start();
        let desk = Desk::new(&[&node.url]);
        let mut text = String::from("商品条码,批号,数量,单位,单价\n");
        for n in 0..450 {
            // Every third row has no price.
            let price = if n % 3 == 0 { String::new() } else { format!("{n} EUR") };
            text.push_str(&format!("{GTIN},L{n},1,KGM,{price}\n"));
        }
        let (list, map) = (desk.path("list.csv"), desk.path("map.toml"));
        fs::write(&list, text).unwrap();
        fs::write(&map, "[columns]\n'单价' = 'private:price'\n").unwrap();
        let (list, map) = (list.display().to_string(), map.display().to_string());
        let import = ["import", "csv", &list, "--map", &map];
        node.with(|s| s.cut_after = Some(cut_after));
        assert_eq!(desk.hufu(&import), 7, "{cut_after}");
        node.with(|s| s.cut_after = None);
        assert_eq!(desk.hufu(&import), 0, "{cut_after}");
        let (roots, kept) = roots(&desk, &node);
        assert_eq!((roots.len(), node.registered()), (300, 450), "{cut_after}");
        assert!(roots.iter().all(|root| kept.contains(root.as_str())), "{cut_after}");
    }
}
