//! The client in Python (docs/examples/python) as a signer beside `hufu`, on a network of processes; and what its golden
//! vectors and the description of the interface promise to programs in other languages.

use api::paths;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use testnet::{
    files::{KeyEntry, Network, Plan},
    http::Node,
    init::{self, InitOptions},
    people, process, running,
};
use tests::{Python, local::Up, python, top};

const LOT: &str = "01/09521100000017/10/L1";
const OTHER: &str = "01/09521100000017/10/L2";

/// The last line that is JSON.
fn last(bytes: &[u8]) -> Value {
    let text = String::from_utf8_lossy(bytes).into_owned();
    text.lines().rev().find_map(|line| serde_json::from_str::<Value>(line).ok()).unwrap_or_default()
}

/// Somebody with a key, who has both programs.
struct Desk<'a> {
    folder: PathBuf,
    key: &'a KeyEntry,
    network: &'a str,
    node: String,
    python: &'a Python,
}

impl<'a> Desk<'a> {
    fn new(dir: &Path, plan: &'a Plan, up: &Network, org: &str, role: &str, python: &'a Python) -> Desk<'a> {
        let (key, node) = (people::key_of(&plan.keys, org, role).unwrap(), up.nodes[0].api.clone());
        let folder = dir.join(&org[..8]);
        fs::create_dir_all(&folder).unwrap();
        let text = format!(
            "nodes = [{node:?}]\nkey = {:?}\nkey_password_file = {:?}\nnetwork = {:?}\n",
            key.file, key.password_file, plan.network
        );
        fs::write(folder.join("hufu.toml"), text).unwrap();
        Desk { folder, key, network: &plan.network, node, python }
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).to_string_lossy().into_owned()
    }

    /// `hufu`, which succeeds.
    fn hufu(&self, words: &[&str]) -> Value {
        let mut command = Command::new(process::beside("hufu").unwrap());
        command.args(["--json", "--yes", "--no-input", "--lang", "en"]).args(words).current_dir(&self.folder);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "hufu {}: {said}", words.join(" "));
        last(&output.stdout)
    }

    /// The client in Python: exit code, result, and what it says otherwise.
    fn client(&self, words: &[&str]) -> (Option<i32>, Value, String) {
        let mut command = self.python.command(&self.folder);
        command.args(["-m", "hufu_client"]).args(words).arg("--key").arg(&self.key.file);
        let Output { status, stdout, stderr } =
            command.arg("--password-file").arg(&self.key.password_file).output().unwrap();
        (status.code(), last(&stdout), String::from_utf8_lossy(&stderr).into_owned())
    }

    /// The same, with a node.
    fn online(&self, words: &[&str]) -> (Option<i32>, Value, String) {
        let address = ["--node", &self.node, "--network", self.network];
        self.client(&[words, &address].concat())
    }

    /// An act by the client in Python that the ledger takes.
    fn signs(&self, words: &[&str]) -> Value {
        let (exit, receipt, said) = self.online(words);
        assert_eq!((exit, receipt["status"].as_str()), (Some(0), Some("committed")), "{words:?}: {receipt} {said}");
        receipt
    }

    /// An act of the script that uses the client as a library.
    fn acts(&self, act: &str, code: &str) -> Value {
        let mut command = self.python.command(&self.folder);
        command
            .arg(fs::canonicalize(top().join("tests/python/acts.py")).unwrap())
            .args([self.node.as_str(), self.network]);
        let output = command.arg(&self.key.file).arg(&self.key.password_file).args([act, code]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let receipt = last(&output.stdout);
        assert_eq!(receipt["status"], "committed", "{act}: {receipt} {said}");
        receipt
    }

    fn holder(&self, code: &str) -> String {
        self.hufu(&["item", "show", code])["custodian"]["id"].as_str().unwrap().to_owned()
    }

    /// A draft of a handover by `hufu`, signed by this giver.
    fn drafts(&self, name: &str, with: &str) -> String {
        let draft = self.file(name);
        self.hufu(&["tx", "draft", "--out", &draft, "--", "handover", "draft", LOT, "--with", with]);
        draft
    }
}

/// A network with an agency and two firms.
fn start(net: &Path) -> (Plan, Network, [String; 3]) {
    let plan = init::init(net, &InitOptions { validators: 1, members: 2, ..Default::default() }).unwrap();
    let network = running::up(net, None).unwrap();
    // The agency's keys come first, then those of the firms, two each.
    let agency = plan.nodes[0].org.clone();
    let firms: Vec<&String> = plan.keys.iter().map(|key| &key.org).filter(|org| **org != agency).collect();
    let orgs = [agency.clone(), firms[0].clone(), firms[2].clone()];
    (plan, network, orgs)
}

#[test]
fn python_signs_beside_hufu() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    let _up = Up(&net);
    let (plan, network, [agency, one, two]) = start(&net);
    let desk = |org: &str, role: &str| Desk::new(dir.path(), &plan, &network, org, role, &python);
    let (customs, a, b) = (desk(&agency, "officer"), desk(&one, "custodian"), desk(&two, "custodian"));
    let release = |code: &str| {
        a.hufu(&["agency", "declare", code]);
        customs.hufu(&["agency", "inspect", code, "--result", "passed"]);
        customs.hufu(&["agency", "release", code]);
    };

    a.hufu(&["item", "register", LOT, "--quantity", "100 H87"]);
    release(LOT);
    for desk in [&a, &b] {
        desk.hufu(&["key", "export-pub", "--out", "key.json"]);
    }

    // A draft of hufu: Python adds the second signature, hufu reads what Python wrote and sends it.
    let draft = a.drafts("first.json", &b.file("key.json"));
    let (exit, _, said) = customs.client(&["cosign", &draft, "--yes"]);
    assert!(exit == Some(2) && said.contains("no signature of this key is missing"), "{said}");
    let signed = b.file("signed.json");
    let (exit, result, said) = b.client(&["cosign", &draft, "--yes", "--out", &signed]);
    assert_eq!((exit, result["status"].as_str()), (Some(0), Some("signed")), "{said}");
    assert!(said.contains("\"act\": \"Handover\"") && said.contains(&two), "{said}");
    assert_eq!(a.hufu(&["tx", "show", &signed])["signed"], json!([true, true]));
    assert_eq!(a.hufu(&["tx", "submit", &signed])["status"], "committed");
    assert_eq!(b.holder(LOT), two);

    // Back again: Python cosigns and sends by itself. Nothing that was changed on the way is signed.
    let draft = b.drafts("back.json", &a.file("key.json"));
    let honest = fs::read_to_string(&draft).unwrap();
    let id = last(honest.replace('\n', "").as_bytes())["id"].as_str().unwrap().to_owned();
    fs::write(&draft, honest.replace(&id, &"0".repeat(64))).unwrap();
    assert_eq!(a.online(&["cosign", &draft, "--yes"]).0, Some(2));
    fs::write(&draft, honest).unwrap();
    let receipt = a.signs(&["cosign", &draft, "--yes"]);
    assert_eq!(receipt["id"].as_str(), Some(id.as_str()));
    assert_eq!(a.holder(LOT), one);

    // Each side of an offer once by Python alone.
    a.signs(&["offer", LOT, "--to", &two, "--purpose", "research"]);
    b.hufu(&["handover", "accept", LOT]);
    assert_eq!(b.holder(LOT), two);
    b.hufu(&["handover", "offer", LOT, "--to", &one]);
    a.signs(&["accept", LOT]);
    assert_eq!(a.holder(LOT), one);
    let (exit, _, said) = a.online(&["accept", LOT]);
    assert!(exit == Some(2) && said.contains("nothing is offered"), "{said}");

    // Registration, use and anchor by Python alone.
    a.acts("register", OTHER);
    release(OTHER);
    a.acts("use", OTHER);
    assert_eq!(a.hufu(&["item", "show", OTHER])["quantity"]["on_hand"], "35");
    a.acts("anchor", OTHER);
    let (exit, refused, _) = a.online(&["offer", OTHER, "--to", &one]);
    let code = refused["rejection"]["code"].as_str().unwrap_or_default();
    assert!(exit == Some(1) && code.starts_with("H5"), "to oneself: {refused}");

    every_answer_fits_its_description(&plan, &network, &agency);
}

/// Asks for everything that a node describes with a schema, and holds the answer against it.
fn every_answer_fits_its_description(plan: &Plan, network: &Network, agency: &str) {
    let text = fs::read_to_string(top().join("docs/openapi.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let officer = people::open(people::key_of(&plan.keys, agency, "officer").unwrap()).unwrap();
    let node = Node::new(&network.nodes[0].api).login(&plan.network.parse().unwrap(), &officer).unwrap().0;
    let first = |path: &str, name: &str| {
        let page: Value = node.get(path).unwrap();
        page["items"][0][name].as_str().unwrap_or_default().to_owned()
    };
    let known: Value = node.get(paths::NETWORK).unwrap();
    let pack = known["pack"]["hash"].as_str().unwrap_or_default().to_owned();
    let (item, org, class) = (first(paths::ITEMS, "id"), first(paths::ORGS, "id"), first(paths::CLASSES, "id"));
    let key = first(&paths::fill(paths::ORG_KEYS, agency), "id");
    let mut fit = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let schema = &methods["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        if schema.get("$ref").is_none() {
            continue;
        }
        if path == paths::ORG_SEAL_KEY {
            continue;
        }
        let id = match path.split('/').nth(2) {
            Some("orgs") => &org,
            Some("classes") => &class,
            Some("keys") => &key,
            // Nothing of the kind is here: what a node knows of no transaction has a schema all the same.
            Some("tx") => &pack,
            _ if path.contains("{id}") => continue,
            _ => &org,
        };
        let values = [("{id}", id.as_str()), ("{key}", item.as_str()), ("{hash}", pack.as_str())];
        let values = values.into_iter().chain([("{height}", "2"), ("{registry}", "qualified")]);
        let asked = values.fold(path.clone(), |path, (name, value)| path.replace(name, value));
        let asked = if asked == paths::READYZ { format!("{asked}?verbose") } else { asked };
        let answer: Value = node.get(&asked).unwrap_or_else(|error| panic!("{asked}: {error}"));
        let whole = json!({ "$ref": schema["$ref"], "components": document["components"] });
        let validator = jsonschema::draft202012::new(&whole).unwrap();
        let faults: Vec<String> =
            validator.iter_errors(&answer).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(faults, [""; 0], "{asked}: {answer}");
        fit += 1;
    }
    assert!(fit >= 25, "{fit} answers fit");
}

/// docs/formats/vectors/signing.json, keystore.json and ledger-codec.json, by the client in Python.
#[test]
fn the_client_in_python_keeps_the_golden_vectors() {
    let Some(python) = python() else { return };
    let folder = top().join("docs/examples/python");
    let output = python.command(&folder).args(["-m", "unittest", "discover", "-s", "tests"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
