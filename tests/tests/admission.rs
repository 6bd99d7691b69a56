//! Who is let in follows the ledger while the agencies run: a node is admitted with its record, and cut off with its end.

use api::{
    join::{ClaimedNode, NodeClaimFile},
    paths,
    tx::{TxAccepted, TxState, TxStatus},
};
use keys::Signer;
use ledger::{
    Act, Operation, Role, SignedTx, Slot, Timestamp, TxBody,
    crypto::Suite,
    record::{KeyEndReason, OrgProfile},
};
use node::{
    ceremony::{self, Follow, GenesisFile, Invitation, Invite},
    config::{Home, NodeRole},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};
use testnet::{
    Seen,
    files::{Folder, KeyEntry, Plan, PlannedNode},
    http::Node,
    init::{self, InitOptions},
    people, ports, process, running, wait_for,
};
use tests::local::{SOON, Started, Up, goes_on, status};

/// Lets an administrator do this, and gives the height at which this node has committed it.
fn done(api: &str, plan: &Plan, entry: &KeyEntry, operation: Operation) -> u64 {
    let (signer, network, act) = (people::open(entry).unwrap(), plan.network.parse().unwrap(), operation.act());
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let org = entry.org.parse().unwrap();
    let slot = Slot { suite: Suite::Ed25519, org, key: signer.key_id(), role: Role::Administrator };
    let body = TxBody {
        network,
        nonce: if act == Act::RegisterNode { [1; 16] } else { [2; 16] },
        expires: Timestamp(since.as_millis() as u64 + 600_000),
        signers: vec![slot],
        operation,
    };
    let signatures = vec![signer.sign(&body.sign_hash(&body.id(), &slot))];
    let bytes = SignedTx { body, signatures, entries: Vec::new() }.to_bytes();
    let (node, _) = Node::new(api).login(&network, &signer).unwrap();
    let TxAccepted { id, .. } = node.post(paths::TX, paths::OCTETS, &bytes).unwrap();
    let path = format!("{}?wait=committed", paths::fill(paths::TX_ONE, &id));
    let seen: TxStatus = node.get(&path).unwrap();
    assert_eq!(seen.status, TxState::Committed, "{seen:?}");
    seen.height.unwrap()
}

/// The home of an observer of an agency, by the invitations of two others; where it is asked, and its claim.
fn set_up(folder: &Folder, plan: &Plan, home: &Path) -> (String, PathBuf) {
    let (_, OrgProfile { identifier, name, .. }) = people::agency(3).unwrap();
    let invite = |node: &PlannedNode| {
        let (from, org, name) = (folder.home(&node.name), identifier.clone(), name.to_string());
        let invite = Invite { home: &from, org, name, role: NodeRole::Observer, address: None };
        let invitation = ceremony::invite(invite).unwrap();
        (from, invitation)
    };
    let invitations: Vec<(PathBuf, Invitation)> = plan.nodes.iter().take(2).map(invite).collect();
    let named: Vec<_> = invitations.iter().map(|(from, invitation)| (from.as_path(), invitation.clone())).collect();
    let agreed = ceremony::agree(&named).unwrap();
    let fingerprint = agreed.trust.fingerprint().to_string();
    let genesis = GenesisFile::load(&Home::new(&invitations[0].0).genesis()).unwrap();
    let (ports, observer) = (ports::free(2).unwrap(), Some((agreed, fingerprint.as_str())));
    let (name, api, listen) = ("observer".to_owned(), ports[0], ports[1]);
    let follow = Follow { home, genesis, name, observer, api, listen, snapshot: None };
    let finished = ceremony::follow(follow).unwrap();
    (finished.config.api_url(), finished.claim.unwrap())
}

/// What the doctor says of whether the ledger knows a node: verdict and cure.
fn registered(home: &Path) -> (String, String) {
    let output =
        Command::new(process::beside("hufud").unwrap()).args(["--json", "doctor", "--home"]).arg(home).output();
    let told: serde_json::Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let checks = told["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == "registered").unwrap();
    let text = |field: &str| check[field].as_str().unwrap().to_owned();
    (text("verdict"), text("cure"))
}

fn peers(api: &str, count: u32) -> u64 {
    let seen = wait_for(&format!("{count} peers"), SOON, || match Node::new(api).get(paths::STATUS) {
        Ok(api::network::StatusView { peers, height, .. }) if peers == count => Seen::Yes(height),
        other => Seen::NotYet(format!("{other:?}")),
    });
    seen.unwrap()
}

#[test]
fn a_node_is_let_in_with_its_record_and_cut_off_with_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    let plan = init::init(&net, &InitOptions::default()).unwrap();
    let folder = Folder::open(&net).unwrap();
    let _up = Up(&net);
    let network = running::up(&net, None).unwrap();
    let (first, last) = (&network.nodes[0], &network.nodes[3]);
    let administrator = people::key_of(&plan.keys, &last.org, "administrator").unwrap();
    // As the operator's guide has it: the home, the node, and then the claim, to which the doctor points.
    let home = net.join("observer");
    let (api, claim) = set_up(&folder, &plan, &home);
    let _observer = Started::new(&home);
    assert_eq!(peers(&api, 0), 0);
    let (verdict, cure) = registered(&home);
    assert!(verdict == "warning" && cure.contains("hufu node register"), "{verdict}: {cure}");
    let ClaimedNode { network: _, org, peer, possession } = NodeClaimFile::read(&fs::read(claim).unwrap()).unwrap();
    assert_eq!(org.to_string(), last.org);
    let known = done(&last.api, &plan, administrator, Operation::RegisterNode { org, peer, possession });
    peers(&api, 4);
    goes_on(&api, known);
    assert_eq!((status(&api).role.as_str(), status(&api).org), ("observer", last.org.clone()));
    assert_eq!(registered(&home).0, "ok");

    let reason = KeyEndReason::Compromised;
    let ended = done(&first.api, &plan, administrator, Operation::EndNode { peer, reason });
    let stood = peers(&api, 0);
    assert!(stood <= ended + 1, "cut off at height {stood}, its record ended at {ended}");
    for node in &network.nodes {
        goes_on(&node.api, stood + 2);
        assert_eq!(status(&node.api).peers, 3, "{}", node.name);
    }
    assert_eq!(status(&api).height, stood);
    // Whether the block that ends it came in before the cut or not.
    let (verdict, cure) = registered(&home);
    assert!(verdict != "ok" && cure.contains("hufud init --role observer"), "{verdict}: {cure}");
}
