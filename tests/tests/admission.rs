//! Who is let in follows the ledger while the agencies run: a node is admitted with its record, and cut off with its end.

use api::{
    paths,
    tx::{TxAccepted, TxState, TxStatus},
};
use keys::{NodeKey, Signer};
use ledger::{
    Act, Operation, OrgId, Role, SignedTx, Slot, Timestamp, TxBody,
    crypto::{Suite, peer_possession},
    record::KeyEndReason,
};
use node::config::{Config, P2pConfig, PeerConfig};
use std::{fs, path::Path, time::SystemTime};
use testnet::{
    Seen,
    files::{Folder, KeyEntry, Plan},
    http::Node,
    init::{self, InitOptions},
    people, ports, running, wait_for,
};
use tests::local::{SOON, Started, Up, copy, goes_on, status};

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

/// A home beside those of the agencies, all of whom it calls.
fn set_up(folder: &Folder, plan: &Plan, home: &Path, key: &NodeKey, ports: &[std::net::SocketAddr]) -> String {
    let from = folder.home(&plan.nodes[0].name);
    fs::create_dir_all(home).unwrap();
    fs::copy(from.join("genesis.json"), home.join("genesis.json")).unwrap();
    key.write_new(&home.join("node.key.json")).unwrap();
    let mut config = Config::load(&from).unwrap();
    config.name = "observer".into();
    (config.api.listen, config.p2p) = (ports[0], Some(P2pConfig { listen: ports[1] }));
    let peer = |node: &testnet::files::PlannedNode| {
        let key = NodeKey::read(&folder.home(&node.name).join("node.key.json")).unwrap();
        let peer = hex::encode(key.transport.public_key().bytes());
        PeerConfig { name: node.name.clone(), peer, address: Some(node.p2p) }
    };
    config.peers = plan.nodes.iter().map(peer).collect();
    fs::write(home.join(node::config::CONFIG_FILE), config.to_toml()).unwrap();
    config.api_url()
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
    let key = NodeKey::random().unwrap();
    let (org, peer): (OrgId, _) = (last.org.parse().unwrap(), *key.transport.public_key().bytes());
    let possession = key.transport.sign(&peer_possession(&plan.network.parse().unwrap(), &org, &peer));
    done(&last.api, &plan, administrator, Operation::RegisterNode { org, peer, possession });

    // The ledger that a new node begins with is a copy: its agency stops for a moment.
    let home = net.join("observer");
    running::down(&net, Some(&last.name)).unwrap();
    copy(&last.home.join("data/store"), &home.join("data/store"));
    running::up(&net, Some(&last.name)).unwrap();
    let api = set_up(&folder, &plan, &home, &key, &ports::free(2).unwrap());
    let _observer = Started::new(&home);
    let seen = peers(&api, 4);
    goes_on(&api, seen + 1);
    assert_eq!(status(&api).role, "observer");

    let reason = KeyEndReason::Compromised;
    let ended = done(&first.api, &plan, administrator, Operation::EndNode { peer, reason });
    let stood = peers(&api, 0);
    assert!(stood <= ended + 1, "cut off at height {stood}, its record ended at {ended}");
    for node in &network.nodes {
        goes_on(&node.api, stood + 2);
        assert_eq!(status(&node.api).peers, 3, "{}", node.name);
    }
    assert_eq!(status(&api).height, stood);
}
