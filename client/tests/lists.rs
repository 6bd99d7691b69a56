//! Shipment lists as they come: with faults planted in them, and as warehouse systems write them.

use crate::node::{GTIN, NETWORK, Node};
use api::view::{ClassView, Page};
use keys::{KdfCost, KeyFile, PersonKey, SecretString};
use ledger::{
    OrgId, PersonId, Role, Text,
    operation::EntryBody,
    record::{Category, ClassCode, ClassRecord, HsAssertion, Roles, Stamp},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// A working folder with a key and a configuration.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(node: &Node) -> Desk {
        let desk = Desk { folder: tempfile::tempdir().unwrap() };
        let roles = Roles::of(&[Role::Declarant]);
        let key = PersonKey::from_seed(&[1; 32], OrgId::default(), PersonId::default(), "A", "a", roles).unwrap();
        let sealed = KeyFile::seal(&key, &SecretString::from("password"), KdfCost::Light).unwrap();
        sealed.write_new(&desk.path("a.key")).unwrap();
        fs::write(desk.path("password"), "password\n").unwrap();
        let text = format!(
            "nodes = [{:?}]\nkey = 'a.key'\nkey_password_file = 'password'\nnetwork = '{NETWORK}'\nlang = 'en'\n",
            node.url
        );
        fs::write(desk.path("config.toml"), text).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Runs a command line; its exit code.
    fn hufu(&self, line: &[&str]) -> u8 {
        let fixed = ["hufu", "--yes", "--quiet", "--no-input", "--config"].map(OsString::from);
        let config = self.path("config.toml").into_os_string();
        client::run(fixed.into_iter().chain([config]).chain(line.iter().map(OsString::from)))
    }

    /// Status and code of each row of a report.
    fn report(&self, name: &str) -> BTreeMap<u64, (String, String)> {
        let mut reader = csv::Reader::from_path(self.path(name)).unwrap();
        let headings: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(headings, ["row", "status", "code", "message", "hint", "tx_id"]);
        let rows = reader.records().map(|row| row.unwrap());
        rows.map(|row| (row[0].parse().unwrap(), (row[1].to_owned(), row[2].to_owned()))).collect()
    }
}

const HEADING: &str = "商品条码,批号,序列号,数量,单位,HS编码,用途";

/// One fault of each kind: the row, and the code by which it is reported.
const FAULTS: [(&str, &str); 37] = [
    // GTINs
    ("09520000102969,F1,,1,KGM,,", "H1203"),
    ("0952000010296X,F2,,1,KGM,,", "H1201"),
    ("095200001029680,F3,,1,KGM,,", "H1202"),
    ("9.52E+12,F4,,1,KGM,,", "H1305"),
    ("36000291452,F5,,1,KGM,,", "H1306"),
    ("9520000102968.0,F6,,1,KGM,,", "H1322"),
    ("\"9,520,000,102,968\",F7,,1,KGM,,", "H1308"),
    ("０９５２0000102968,F8,,1,KGM,,", "H1325"),
    ("=A2,F9,,1,KGM,,", "H1326"),
    (",F10,,1,KGM,,", "H1309"),
    ("2001234567893,F11,,1,KGM,,", "H1330"),
    ("9991234567890,F12,,1,KGM,,", "H1331"),
    ("09520000101114,F13,,1,KGM,,", "H5002"),
    // Lots and serials
    ("09520000102968,,,1,KGM,,", "H1309"),
    ("09520000102968,2025/3/1,,1,KGM,,", "H1307"),
    ("09520000102968,1-Mar,,1,KGM,,", "H1307"),
    ("09520000102968,6.9E+12,,1,KGM,,", "H1305"),
    ("09520000102968,240612.0,,1,KGM,,", "H1322"),
    ("09520000102968,\"240,612\",,1,KGM,,", "H1308"),
    ("09520000102968,批号一,,1,KGM,,", "H1211"),
    ("09520000102968,F20-56789012345678901,,1,KGM,,", "H1210"),
    ("09520000102968,F21%1D21S1,,1,KGM,,", "H1328"),
    ("09520000102968,F\u{a0}22,,1,KGM,,", "H1325"),
    ("09520000102968,,#N/A,1,H87,,", "H1326"),
    ("09520000102968,F24,无,1,KGM,,", "H1327"),
    ("09520000102968,,S25#,1,H87,,", "H1213"),
    ("09520000102968,,S26-56789012345678901,1,H87,,", "H1212"),
    ("09520000102968,L7,,1,KGM,,", "H1310"),
    // Quantities and units
    ("09520000102968,,S28,2,H87,,", "H5204"),
    ("09520000102968,F29,,0,KGM,,", "H5202"),
    ("09520000102968,F30,,-1,KGM,,", "H1232"),
    ("09520000102968,F31,,\"1,000\",KGM,,", "H1308"),
    ("09520000102968,F32,,1,箱,,", "H1230"),
    ("09520000102968,F33,,1,,,", "H1314"),
    // The rest
    ("09520000102968,F34,,1,KGM,300220,", "H1333"),
    ("09520000102968,F35,,1,KGM,,转售", "H1412"),
    ("09520000102968,F36,1,KGM", "H1304"),
];

#[test]
fn planted_faults_are_reported_and_nothing_else() {
    let node = Node::start();
    let desk = Desk::new(&node);
    let mut text = format!("{HEADING}\r\n");
    let mut planted = BTreeMap::new();
    let (mut row, mut faults) = (1u64, FAULTS.iter());
    for n in 0..500 {
        text.push_str(&format!("{GTIN},L{n},,1.5,KGM,300190,research\r\n"));
        row += 1;
        // Spread over the list, two beside each other now and then.
        for (cells, code) in
            faults.by_ref().take(usize::from(n > 10 && n % 14 == 0) + usize::from(n % 98 == 0 && n > 0))
        {
            text.push_str(&format!("{cells}\r\n"));
            row += 1;
            planted.insert(row, ("error".to_owned(), (*code).to_owned()));
        }
    }
    assert_eq!((planted.len(), faults.next()), (FAULTS.len(), None));
    fs::write(desk.path("list.csv"), &text).unwrap();
    let import = ["import", "csv", &desk.name("list.csv"), "--report", &desk.name("report.csv")];
    assert_eq!(desk.hufu(&[&import[..], &["--dry-run"]].concat()), 6);
    let mut report = desk.report("report.csv");
    assert_eq!(report.len(), 500 + FAULTS.len());
    report.retain(|_, (status, code)| status != "ok" || !code.is_empty());
    assert_eq!(report, planted);

    // A list with faults is not touched; without them in the way, the rest of it is registered.
    assert_eq!(desk.hufu(&import), 6);
    assert_eq!(node.registered(), 0);
    assert_eq!(desk.hufu(&[&import[..], &["--skip-bad"]].concat()), 6);
    assert_eq!(node.registered(), 500);
    let mut report = desk.report("report.csv");
    assert_eq!(report.values().filter(|(status, code)| status == "registered" && code.is_empty()).count(), 500);
    report.retain(|_, (status, _)| status != "registered");
    assert_eq!(report, planted);
}

/// A fixture; none where they are absent.
fn fixture(name: &str) -> Option<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures/shipments");
    if !root.is_dir() {
        println!("skipped: no fixtures");
        return None;
    }
    Some(fs::read(root.join(name)).unwrap())
}

fn class(gtin: &str, hs: &str) -> ClassView {
    let record = ClassRecord {
        code: ClassCode::Gtin(gtin.parse().unwrap()),
        name: Text::new("x").unwrap(),
        category: Category::BiologicalProduct,
        grade: Text::new("2").unwrap(),
        hgr: false,
        hs: vec![HsAssertion { hs: format!("HS2022-WCO-{hs}").parse().unwrap(), at: Stamp::default(), cause: None }],
        from: Stamp::default(),
        cause: None,
    };
    ClassView::of(&record)
}

#[test]
fn lists_of_warehouse_systems_are_imported_whole() {
    let lists =
        [("zhangjiang-2025-03.csv", encoding_rs::UTF_8, 400), ("shenzhen-gb18030.csv", encoding_rs::GB18030, 250)];
    for (name, encoding, rows) in lists {
        let Some(bytes) = fixture(name) else { return };
        let text = encoding.decode(&bytes).0.into_owned();
        let mut classes = BTreeMap::new();
        for row in csv::Reader::from_reader(text.as_bytes()).records().map(|row| row.unwrap()) {
            classes.insert(row[1].to_owned(), row[3].to_owned());
        }
        let node = Node::start();
        let page = Page { items: classes.iter().map(|(gtin, hs)| class(gtin, hs)).collect(), next: None };
        node.with(|state| drop(state.served.insert("/v1/classes".into(), serde_json::to_value(&page).unwrap())));
        let desk = Desk::new(&node);
        fs::write(desk.path("list.csv"), &bytes).unwrap();
        let import = ["import", "csv", &desk.name("list.csv"), "--report", &desk.name("report.csv")];
        assert_eq!(desk.hufu(&[&import[..], &["--dry-run"]].concat()), 0, "{name}");
        let plain = ("ok".to_owned(), String::new());
        assert!(desk.report("report.csv").values().all(|told| *told == plain), "{name}");
        assert_eq!(desk.hufu(&import), 0, "{name}");
        let state = node.state.lock().unwrap();
        let entries = state.txs.iter().flat_map(|tx| &tx.entries);
        let codes: Vec<String> = entries
            .filter_map(|entry| match &entry.body {
                EntryBody::Registration(registration) => Some(registration.code.to_string()),
                EntryBody::Item(_) | EntryBody::Usage(_) => None,
            })
            .collect();
        assert_eq!((codes.len(), codes.iter().collect::<BTreeSet<_>>().len()), (rows, rows), "{name}");
    }
}

#[test]
fn mappings_are_kept_under_names() {
    let node = Node::start();
    let desk = Desk::new(&node);
    let (list, map) = (desk.name("list.csv"), desk.name("map.toml"));
    fs::write(desk.path("list.csv"), format!("货号;批号;数量\n{GTIN};L1;2\n")).unwrap();
    fs::write(desk.path("map.toml"), "unit = 'KGM'\n[columns]\n'货号' = 'gtin'\n").unwrap();
    assert_eq!(desk.hufu(&["import", "csv", &list, "--map", "张江"]), 3);
    assert_eq!(desk.hufu(&["import", "map", "keep", "张江", &map]), 0);
    assert_eq!(desk.hufu(&["import", "map", "keep", "张江", &map]), 1, "nothing is overwritten");
    assert_eq!(desk.hufu(&["import", "map", "keep", "../x", &map]), 2);
    assert_eq!(desk.hufu(&["import", "map", "list"]), 0);
    assert_eq!(desk.hufu(&["import", "map", "show", "张江"]), 0);
    assert_eq!(desk.hufu(&["import", "csv", &list, "--map", "张江"]), 0);
    assert_eq!(node.registered(), 1);
    assert_eq!(desk.hufu(&["import", "map", "forget", "张江"]), 0);
    assert_eq!(desk.hufu(&["import", "csv", &list, "--map", "张江"]), 3);
    fs::write(desk.path("map.toml"), "unit = 'nothing'\n").unwrap();
    assert_eq!(desk.hufu(&["import", "map", "keep", "x", &map]), 2, "what cannot be used is not kept");
}

#[test]
fn a_list_that_cannot_be_read_has_a_code_and_no_report() {
    let node = Node::start();
    let desk = Desk::new(&node);
    for (bytes, exit) in [(&b"PK\x03\x04\x14\x00"[..], 2), (b"\x80\xff\xff", 2), (b"", 2), (b"a,b\n1,2\n", 2)] {
        fs::write(desk.path("list.csv"), bytes).unwrap();
        let import = ["import", "csv", &desk.name("list.csv"), "--report", &desk.name("report.csv")];
        assert_eq!(desk.hufu(&import), exit, "{bytes:?}");
        assert!(!desk.path("report.csv").exists());
    }
}
