//! Two agencies of four that each run twice with the same keys: two histories, a quorum behind each. The files of both sides
//! convict these two, and never those who ran once.

use api::{network::BlockView, paths};
use keys::{NodeKey, Signer};
use ledger::{BlockId, KeyId, ValidatorSet, codec};
use node::config::{CONFIG_FILE, Config, Home, P2pConfig};
use proof::{
    Anchor, AnchorFile, Certified, Options, Standing, TrustRoot,
    evidence::{self, EvidenceFile, Headers, contradiction},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::SocketAddr,
    path::Path,
    process::{Command, Output},
    time::Duration,
};
use testnet::{
    Seen,
    files::{Folder, Plan, PlannedNode, RunningNode, write_json},
    http::Node,
    init::{self, InitOptions},
    people, ports, process, running, wait_for,
};
use tests::local::{Up, copy, status};

/// Time for heights of every kind: where one that is not there has the turn, a round passes in vain.
const IN_TIME: Duration = Duration::from_secs(240);
/// Largest record of a block view.
const MAX: usize = 1 << 20;

/// Makes a folder that of these nodes alone: each knows where the others of the group are, and of nobody else.
fn group(dir: &Path, plan: &Plan, nodes: &[PlannedNode]) {
    for own in nodes {
        let home = dir.join(&own.name);
        let mut config = Config::load(&home).unwrap();
        (config.api.listen, config.p2p) = (own.api, Some(P2pConfig { listen: own.p2p }));
        config.peers.retain(|peer| nodes.iter().any(|node| node.name == peer.name));
        assert_eq!(config.peers.len(), nodes.len() - 1);
        for peer in &mut config.peers {
            peer.address = nodes.iter().find(|node| node.name == peer.name).map(|node| node.p2p);
        }
        config.check().unwrap();
        fs::write(home.join(CONFIG_FILE), config.to_toml()).unwrap();
    }
    let plan = Plan { nodes: nodes.to_vec(), ..plan.clone() };
    write_json(&Folder::open(dir).unwrap().plan_file(), &plan).unwrap();
}

/// The first two nodes run in both folders, the third in one, the fourth in the other. Nothing has run yet: every copy has
/// its own sign-state, and each of them is in order.
fn split(one: &Path, two: &Path, plan: &Plan) {
    copy(one, two);
    let [a, b, c, d] = plan.nodes.as_slice() else { panic!("four nodes") };
    let taken: Vec<SocketAddr> = plan.nodes.iter().flat_map(|node| [node.api, node.p2p]).collect();
    let mut free = ports::free(taken.len() + 4).unwrap().into_iter().filter(|port| !taken.contains(port));
    let mut twin = |node: &PlannedNode| {
        let (api, p2p) = (free.next().unwrap(), free.next().unwrap());
        PlannedNode { api, p2p, ..node.clone() }
    };
    group(two, plan, &[twin(a), twin(b), d.clone()]);
    group(one, plan, &[a.clone(), b.clone(), c.clone()]);
}

/// An officer's connection to the node of his agency.
fn reader(plan: &Plan, node: &RunningNode) -> Node {
    let officer = people::open(people::key_of(&plan.keys, &node.org, "officer").unwrap()).unwrap();
    Node::new(&node.api).login(&plan.network.parse().unwrap(), &officer).unwrap().0
}

fn certified(node: &Node, height: u64, set: &ValidatorSet) -> Certified {
    let view: BlockView = node.get(&paths::fill(paths::BLOCK, &height.to_string())).unwrap();
    let bytes = |text: &str| api::bytes::decode(text).unwrap();
    Certified {
        header: codec::decode(&bytes(&view.record), MAX).unwrap(),
        certificate: codec::decode(&bytes(&view.certificate.unwrap()), MAX).unwrap(),
        validators: set.clone(),
    }
}

fn is_of_one_round([one, other]: &[Certified; 2]) -> bool {
    one.certificate.round == other.certificate.round
}

/// What both sides certified, by height from the second on: there each block carries the certificate of the one before,
/// and so it differs. As many as it takes until there are some of one round and some of two.
fn two_histories(sides: [&RunningNode; 2], plan: &Plan, set: &ValidatorSet) -> Vec<[Certified; 2]> {
    let readers = sides.map(|node| reader(plan, node));
    let mut pairs: Vec<[Certified; 2]> = Vec::new();
    let seen = wait_for("heights that both sides certified, in one round and in two", IN_TIME, || {
        let tip = sides.iter().map(|node| status(&node.api).height).min().unwrap_or_default();
        for height in pairs.len() as u64 + 2..=tip {
            pairs.push([0, 1].map(|side: usize| certified(&readers[side], height, set)));
        }
        let found = [true, false].map(|same| pairs.iter().any(|pair| is_of_one_round(pair) == same));
        match found {
            [true, true] => Seen::Yes(()),
            found => Seen::NotYet(format!("{found:?} up to height {tip}")),
        }
    });
    seen.unwrap();
    for [one, other] in &pairs {
        assert_eq!(one.header.height, other.header.height);
        assert_ne!(one.header.id(), other.header.id(), "{}", one.header.height);
    }
    pairs
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().rev().find_map(|line| serde_json::from_str(line).ok()).unwrap_or_default()
}

/// Runs the client in a folder; exit code and result.
fn hufu(folder: &Path, words: &[&str]) -> (Option<i32>, Value) {
    let mut command = Command::new(process::beside("hufu").unwrap());
    let command = command.args(["--json", "--no-input", "--lang", "en"]).args(words).current_dir(folder);
    let output = command.env("HOME", folder).env_remove("XDG_CONFIG_HOME").output().unwrap();
    (output.status.code(), json(&output))
}

/// The evidence in what two sides certified, by the program and by the library, and what a stranger learns from it.
fn convict(desk: &Path, trust: &TrustRoot, name: &str, pair: &[Certified; 2]) -> Value {
    let [one, other, made] = ["one", "other", "evidence"].map(|kind| format!("{name}-{kind}.json"));
    for (file, head) in [&one, &other].into_iter().zip(pair) {
        fs::write(desk.join(file), AnchorFile::of(Anchor::at(head, &[])).to_json()).unwrap();
    }
    let (exit, told) = hufu(desk, &["evidence", "compare", &one, &other, "--trust", "trust.json", "--out", &made]);
    assert_eq!((exit, &told["items"][0]["file"]), (Some(0), &Value::from(made.as_str())), "{told}");
    let bytes = fs::read(desk.join(&made)).unwrap();
    assert_eq!(bytes, EvidenceFile::of_certificates(&pair[0], &pair[1], &[]).to_json());
    let headers = |file: &str| Headers::of(&fs::read(desk.join(file)).unwrap()).unwrap();
    let found = contradiction(&headers(&one), &headers(&other), Some(trust));
    assert_eq!(found.map(|file| file.to_json()), Some(bytes.clone()));
    let verdict = evidence::verify(&bytes, Some(trust), Options::default());
    assert_eq!(verdict.head.verdict, Standing::Valid, "{verdict:?}");
    let (exit, judged) = hufu(desk, &["verify", &made, "--trust", "trust.json"]);
    assert_eq!(exit, Some(0), "{judged}");
    assert_eq!(judged["accused"], told["items"][0]["verdict"]["accused"]);
    let (exit, _) = hufu(desk, &["evidence", "compare", &one, &one, "--trust", "trust.json"]);
    assert_eq!(exit, Some(3), "a file does not contradict itself");
    judged
}

fn accused(verdict: &Value) -> BTreeSet<KeyId> {
    verdict["accused"].as_array().unwrap().iter().map(|a| a["key"].as_str().unwrap().parse().unwrap()).collect()
}

/// Whoever signed two blocks of one height in one round.
fn signed_twice(pairs: &[[Certified; 2]]) -> BTreeSet<KeyId> {
    let mut signed: BTreeMap<(KeyId, u64, u32), BTreeSet<BlockId>> = BTreeMap::new();
    for Certified { certificate, .. } in pairs.iter().flatten() {
        for signature in &certificate.signatures {
            let place = (signature.signer, certificate.height, certificate.round);
            signed.entry(place).or_default().insert(certificate.block);
        }
    }
    signed.into_iter().filter(|(_, blocks)| blocks.len() > 1).map(|((key, ..), _)| key).collect()
}

/// What a node that has stopped holds of evidence, in blocks or without one.
fn evidence_of(home: &Path) -> Value {
    let hufud =
        Command::new(process::beside("hufud").unwrap()).args(["--json", "evidence", "--home"]).arg(home).output();
    let output = hufud.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    json(&output)["evidence"].clone()
}

#[test]
fn agencies_that_run_twice_are_convicted_and_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let [one, two, desk] = ["one", "two", "desk"].map(|name| dir.path().join(name));
    let plan = init::init(&one, &InitOptions::default()).unwrap();
    split(&one, &two, &plan);
    fs::create_dir(&desk).unwrap();
    fs::copy(one.join("trust.json"), desk.join("trust.json")).unwrap();
    let trust = TrustRoot::from_json(&fs::read(desk.join("trust.json")).unwrap()).unwrap();
    let key = |node: &PlannedNode| -> KeyId {
        NodeKey::read(&Home::new(one.join(&node.name)).node_key()).unwrap().consensus.key_id()
    };
    let keys: Vec<KeyId> = plan.nodes.iter().map(key).collect();
    let (twins, honest) = (BTreeSet::from([keys[0], keys[1]]), [keys[2], keys[3]]);

    let (_up_one, _up_two) = (Up(&one), Up(&two));
    let sides = [running::up(&one, None).unwrap(), running::up(&two, None).unwrap()];
    let [c, d] = [&sides[0].nodes[2], &sides[1].nodes[2]];
    let pairs = two_histories([c, d], &plan, trust.set());

    let of_one_round = pairs.iter().find(|pair| is_of_one_round(pair)).unwrap();
    let verdict = convict(&desk, &trust, "same", of_one_round);
    assert_eq!((verdict["proves"].as_str(), accused(&verdict)), (Some("two-certificates"), twins.clone()));
    assert_eq!(verdict["height"].as_u64(), Some(of_one_round[0].header.height));
    let of_two_rounds = pairs.iter().find(|pair| !is_of_one_round(pair)).unwrap();
    let verdict = convict(&desk, &trust, "other", of_two_rounds);
    assert_eq!((verdict["proves"].as_str(), accused(&verdict)), (Some("more-than-f"), BTreeSet::new()));
    let notices = verdict["notices"].to_string();
    assert!(notices.contains("more than a third") && notices.contains("names nobody"), "{notices}");

    // Those who ran once signed one block at each place, and none of the other history.
    assert_eq!(signed_twice(&pairs), twins);
    for (side, stranger) in [(0, honest[1]), (1, honest[0])] {
        let mut signatures = pairs.iter().flat_map(|pair| &pair[side].certificate.signatures);
        assert!(signatures.all(|signature| signature.signer != stranger));
    }
    for node in sides.iter().flat_map(|network| &network.nodes) {
        assert_eq!(status(&node.api).safety, "safe", "{}", node.name);
    }
    // Within either side nobody was seen to sign twice: only both together show it.
    for (dir, network) in [(&one, &sides[0]), (&two, &sides[1])] {
        running::down(dir, None).unwrap();
        for node in &network.nodes {
            assert_eq!(evidence_of(&node.home), Value::Array(Vec::new()), "{}", node.name);
            assert!(!Home::new(&node.home).evidence().exists(), "{}", node.name);
        }
    }
}
