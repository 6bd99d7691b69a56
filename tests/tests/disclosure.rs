//! Private fields on a running network: written beside an act, opened in a bundle, given to others, erased.

use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use testnet::{
    files::{Network, Plan},
    init::{self, InitOptions},
    people::{self, gln},
    process, running,
};

/// Ends the nodes also when a check fails.
struct Up<'a>(&'a Path);

impl Drop for Up<'_> {
    fn drop(&mut self) {
        let _ = running::down(self.0, None);
    }
}

/// Somebody with a key and a folder.
struct Desk {
    folder: PathBuf,
}

impl Desk {
    fn new(folder: PathBuf, plan: &Plan, network: &Network, org: &str, role: &str) -> Desk {
        fs::create_dir_all(&folder).unwrap();
        let key = people::key_of(&plan.keys, org, role).unwrap();
        let text = format!(
            "nodes = [{:?}]\nkey = {:?}\nkey_password_file = {:?}\nnetwork = {:?}\n",
            network.nodes[0].api, key.file, key.password_file, plan.network
        );
        fs::write(folder.join("hufu.toml"), text).unwrap();
        Desk { folder }
    }

    /// Exit code, the result, and the code of the problem.
    fn run(&self, words: &[&str]) -> (i32, Value, String) {
        let output = Command::new(process::beside("hufu").unwrap())
            .args(["--json", "--yes", "--no-input", "--lang", "en"])
            .args(words)
            .current_dir(&self.folder)
            .output()
            .unwrap();
        let last = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            text.lines().rev().find_map(|line| serde_json::from_str::<Value>(line).ok()).unwrap_or_default()
        };
        let code = last(&output.stderr)["code"].as_str().unwrap_or_default().to_owned();
        (output.status.code().unwrap_or(-1), last(&output.stdout), code)
    }

    fn does(&self, words: &[&str]) -> Value {
        let (exit, result, code) = self.run(words);
        assert_eq!((exit, code.as_str()), (0, ""), "hufu {}", words.join(" "));
        result
    }

    fn fails(&self, words: &[&str]) -> (i32, String) {
        let (exit, _, code) = self.run(words);
        (exit, code)
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).to_string_lossy().into_owned()
    }

    fn export(&self, open: &[&str]) -> Value {
        let file = self.file("item.hufu");
        let mut words = vec!["bundle", "export", LOT, "--force", "--out", &file];
        open.iter().for_each(|field| words.extend(["--open", field]));
        self.does(&words);
        self.does(&["bundle", "inspect", &file])["bundle"]["readable"].clone()
    }

    /// The verdict on the file that was exported last.
    fn verify(&self, trust: &str) -> Value {
        self.does(&["verify", &self.file("item.hufu"), "--trust", trust])
    }

    /// The files of private fields that hold a text.
    fn kept(&self, text: &str) -> Vec<PathBuf> {
        let files = fs::read_dir(self.folder.join(".hufu/disclosures")).unwrap().map(|e| e.unwrap().path());
        files.filter(|p| fs::read_to_string(p).unwrap().contains(text)).collect()
    }
}

const LOT: &str = "(01)09521100000017(10)L1";
const PRICE: &str = "120.50 CNY per vial";
const UNIT_PRICE: &str = "98.25 EUR per vial";

/// Every file below a folder whose bytes hold a text.
fn holding(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            match path.is_dir() {
                true => folders.push(path),
                // A node may remove a file while it is looked at.
                false if fs::read(&path).is_ok_and(|b| b.windows(text.len()).any(|w| w == text.as_bytes())) => {
                    found.push(path);
                }
                false => {}
            }
        }
    }
    found
}

fn values(readable: &Value) -> Value {
    let fields = readable["fields"].as_array().unwrap();
    fields.iter().map(|f| json!([f["event"], f["name"], f["value"]])).collect()
}

#[test]
fn private_fields_are_written_opened_given_and_erased() {
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    let plan = init::init(&net, &InitOptions { validators: 1, members: 2, ..Default::default() }).unwrap();
    let _up = Up(&net);
    let network = running::up(&net, None).unwrap();
    // The agency's keys come first, then those of the firms, two each.
    let firms: Vec<&str> = plan.keys.iter().map(|k| k.org.as_str()).filter(|o| *o != plan.nodes[0].org).collect();
    let desk = |name: &str, org: &str, role: &str| Desk::new(dir.path().join(name), &plan, &network, org, role);
    let importer = desk("importer", firms[0], "custodian");
    let carrier = desk("carrier", firms[2], "custodian");
    let customs = desk("customs", &plan.nodes[0].org, "officer");
    let trust = net.join("trust.json").to_string_lossy().into_owned();

    // Written: columns of a list, terms of an offer.
    let list = format!("商品条码,批号,数量,单位,单价,备注\n09521100000017,L1,100,H87,{UNIT_PRICE},\"冷链\n运输\"\n");
    fs::write(importer.file("list.csv"), list).unwrap();
    fs::write(importer.file("map.toml"), "[columns]\n'单价' = 'private:price'\n'备注' = 'private'\n").unwrap();
    importer.does(&["import", "csv", "list.csv", "--map", "map.toml"]);
    importer.does(&["agency", "declare", LOT]);
    customs.does(&["agency", "inspect", LOT, "--result", "passed"]);
    customs.does(&["agency", "release", LOT]);
    let price = format!("price={PRICE}");
    let offer = ["handover", "offer", LOT, "--to", &gln(2), "--private", &price, "--private", "place=洋山港"];
    let offered = importer.does(&offer)["id"].as_str().unwrap().to_owned();

    // Given: the receiver gets the place and not the price, and sees it under the very terms that he accepts.
    importer.does(&["disclosure", "export", &offered, "--open", "place", "--out", &carrier.file("given.json")]);
    assert_eq!(carrier.does(&["disclosure", "import", "given.json"])["fields"], 1);
    let accept = ["handover", "accept", LOT];
    let shown = Command::new(process::beside("hufu").unwrap())
        .args(["--yes", "--no-input", "--lang", "en", "--dry-run"])
        .args(accept)
        .current_dir(&carrier.folder)
        .output()
        .unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("private place") && shown.contains("洋山港") && shown.contains("private, closed"),
        "{shown}"
    );

    // Opened, while both see the lot: one field of two, and a stranger sees which is closed.
    assert_eq!(importer.fails(&["bundle", "export", LOT, "--open", "price"]), (2, "H1422".into()));
    assert_eq!(importer.fails(&["bundle", "export", LOT, "--open", "colour"]), (3, "H1421".into()));
    let readable = importer.export(&["5:price", "备注"]);
    assert_eq!(values(&readable), json!([[1, "备注", "冷链 运输"], [5, "price", PRICE]]));
    let verdict = importer.verify(&trust);
    assert_eq!(verdict["verdict"], "valid");
    assert_eq!(verdict["fields"], readable["fields"]);
    let closed = verdict["notices"].as_array().unwrap().iter().find(|n| n["id"] == "fields-closed").unwrap();
    assert_eq!(closed["message"], "closed: 1 of 2 private fields of event 1, 1 of 2 private fields of event 5");
    assert_eq!(values(&importer.export(&["all"])).as_array().unwrap().len(), 4);
    assert!(importer.verify(&trust)["notices"].as_array().unwrap().iter().all(|n| n["id"] != "fields-closed"));
    assert_eq!(values(&carrier.export(&["place"])), json!([[5, "place", "洋山港"]]));
    assert_eq!(carrier.verify(&trust)["verdict"], "valid");
    assert_eq!(carrier.fails(&["bundle", "export", LOT, "--open", "5:price"]), (3, "H1421".into()));
    let named = importer.export(&["persons"])["persons"].clone();
    assert_eq!(named.as_array().unwrap().len(), 1);
    assert_eq!(named[0]["name"], "custodian of member-1");
    assert_eq!(importer.verify(&trust)["persons"], named);

    // Whoever gave the lot away gets no file of it any more.
    carrier.does(&accept);
    assert_eq!(importer.fails(&["bundle", "export", LOT]), (4, "H4303".into()));
    assert_eq!(importer.does(&["item", "show", LOT])["count"], 6);

    // Face to face: the draft carries the terms; who signs it keeps them.
    importer.does(&["key", "export-pub", "--out", "key.json"]);
    let with = importer.file("key.json");
    let draft = carrier.file("draft.json");
    carrier.does(&["handover", "draft", LOT, "--with", &with, "--private", "price=77 CNY", "--out", &draft]);
    let honest = fs::read_to_string(&draft).unwrap();
    fs::write(&draft, honest.replace("77 CNY", "11 CNY")).unwrap();
    assert_eq!(importer.fails(&["tx", "cosign", &draft]), (2, "H1420".into()));
    fs::write(&draft, honest).unwrap();
    importer.does(&["tx", "cosign", &draft]);
    importer.does(&["tx", "submit", &draft]);
    assert_eq!(values(&importer.export(&["7:price"])), json!([[7, "price", "77 CNY"]]));

    // No node ever had any of it.
    for text in [PRICE, UNIT_PRICE, "77 CNY", "custodian of member-1"] {
        assert_eq!(holding(&net.join(&network.nodes[0].name), text), Vec::<PathBuf>::new(), "{text}");
    }

    // A changed value opens nothing.
    let kept = importer.kept(PRICE);
    let honest = fs::read_to_string(&kept[0]).unwrap();
    fs::write(&kept[0], honest.replace(PRICE, "120.00 CNY per vial")).unwrap();
    assert_eq!(importer.fails(&["bundle", "export", LOT, "--open", "place"]), (2, "H1420".into()));
    fs::write(&kept[0], honest).unwrap();

    // Erased: the field is gone, everything else holds.
    importer.export(&["5:price"]);
    assert_eq!(importer.does(&["disclosure", "erase", LOT, "--field", "price"])["fields"], 3);
    assert_eq!(holding(&importer.folder.join(".hufu"), PRICE), Vec::<PathBuf>::new());
    assert_eq!(importer.verify(&trust)["verdict"], "valid");
    assert_eq!(importer.fails(&["bundle", "export", LOT, "--open", "5:price"]), (3, "H1421".into()));
    assert_eq!(values(&importer.export(&["place"])), json!([[5, "place", "洋山港"]]));
    fs::remove_dir_all(importer.folder.join(".hufu/disclosures")).unwrap();
    importer.export(&[]);
    assert_eq!(importer.verify(&trust)["verdict"], "valid");
}
