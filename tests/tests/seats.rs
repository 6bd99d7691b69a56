//! Seats that change while real nodes run: a fifth agency joins, one of the first leaves, and every key is replaced, while
//! goods go from hand to hand. No height is missed, and a stranger who holds nothing but the trust root of the genesis
//! still verifies what was proved before and what is proved after.

use api::{
    network::{BlockView, StatusView, ValidatorView, ValidatorsView},
    paths,
    view::{ItemView, Page},
};
use keys::{NodeKey, Signer};
use ledger::{Certificate, CommitSignature, Header, NetworkId, PublicKey, Validator, ValidatorSet, codec};
use node::config::Home;
use proof::{Blob, Bundle, Options, Standing, TrustRoot, verify};
use std::{fs, path::Path};
use testnet::{
    files::Folder,
    http::Node,
    init::{self, InitOptions},
    running,
    seats::{self, certificate},
    stock::Stock,
};
use tests::local::{Load, Up, goes_on, hand_over, reader, status};

/// Items for the light load; more than there are blocks in the test.
const ITEMS: u32 = 6_000;
/// Largest record that a bundle or block view holds.
const MAX: usize = 1 << 20;

/// The bundle of an item that has moved.
fn bundle(node: &Node) -> Vec<u8> {
    let mut cursor = String::new();
    loop {
        let page: Page<ItemView> = node.get(&format!("{}?limit=100{cursor}", paths::ITEMS)).unwrap();
        if let Some(item) = page.items.iter().find(|item| item.count > 1) {
            let (code, bytes) = node.get_raw(&format!("{}/{}/{}", paths::ITEMS, item.id, paths::BUNDLE)).unwrap();
            assert_eq!(code, 200, "{}", String::from_utf8_lossy(&bytes));
            return bytes;
        }
        cursor = format!("&cursor={}", page.next.expect("an item that has moved"));
    }
}

fn code(bytes: &[u8], trust: &TrustRoot) -> String {
    let verdict = verify(bytes, Some(trust), Options { now: None, max_age_ms: None, allow_test: true });
    match verdict.verdict {
        Standing::Invalid => verdict.failure.unwrap().code.to_string(),
        Standing::Valid => "valid".into(),
        Standing::Stale => "stale".into(),
        Standing::Untrusted => "untrusted".into(),
    }
}

fn set_of(validators: &[ValidatorView]) -> ValidatorSet {
    let bytes = |text: &str| -> [u8; 32] {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).unwrap();
        bytes
    };
    let seat = |v: &ValidatorView| Validator {
        key: PublicKey::from_bytes(bytes(&v.key)).unwrap(),
        org: v.org.id.parse().unwrap(),
        peer: bytes(&v.peer),
    };
    ValidatorSet::new(validators.iter().map(seat).collect()).unwrap()
}

/// Every height from the first to this one is certified by who sat then, and names who sits next.
fn check_heights(node: &Node, network: NetworkId, head: u64) {
    let seats: ValidatorsView = node.get(paths::VALIDATORS).unwrap();
    assert_eq!(seats.past.len(), seats.changes as usize);
    let mut sets: Vec<(u64, ValidatorSet)> =
        seats.past.iter().rev().map(|past| (past.until.unwrap(), set_of(&past.validators))).collect();
    sets.push((u64::MAX, set_of(&seats.validators)));
    let at = |height: u64| &sets.iter().find(|(until, _)| height <= *until).unwrap().1;
    let mut parent = None;
    for height in 1..=head {
        let view: BlockView = node.get(&paths::fill(paths::BLOCK, &height.to_string())).unwrap();
        let header: Header = codec::decode(&api::bytes::decode(&view.record).unwrap(), MAX).unwrap();
        let certificate = certificate(node, height).unwrap();
        assert_eq!((header.height, certificate.height, certificate.block), (height, height, header.id()));
        assert!(parent.is_none_or(|parent| parent == header.parent), "{height}");
        assert_eq!(header.validators, at(height).hash(), "{height}");
        assert_eq!(header.next_validators, at(height + 1).hash(), "{height}");
        certificate.verify(network, at(height)).unwrap();
        parent = Some(header.id());
    }
}

/// A certificate for a header by the keys of these homes.
fn signed_by(homes: &[&Path], network: NetworkId, header: &Header) -> Certificate {
    let (height, round, block) = (header.height, header.round, header.id());
    let mut certificate = Certificate { height, round, block, signatures: Vec::new() };
    let sign = |home: &&Path| {
        let key = NodeKey::read(&Home::new(*home).node_key()).unwrap().consensus;
        let signature = key.sign(&certificate.precommit(network, key.key_id()).sign_hash());
        CommitSignature { signer: key.key_id(), signature }
    };
    let mut signatures: Vec<CommitSignature> = homes.iter().map(sign).collect();
    signatures.sort_by_key(|s| s.signer);
    certificate.signatures = signatures;
    certificate
}

/// A stranger does not take what the retired keys sign, neither as the certificate of what is, nor of something else.
fn check_forks(after: &[u8], homes: &[&Path], network: NetworkId, trust: &TrustRoot) {
    let honest = Bundle::from_json(after).unwrap();
    let header: Header = codec::decode(&honest.anchor.header.0, MAX).unwrap();
    let retired: ValidatorSet = codec::decode(&honest.anchor.chain.0[0].validators.0, MAX).unwrap();
    let mut forged = honest.clone();
    forged.anchor.certificate = Blob(codec::encode(&signed_by(homes, network, &header)));
    assert_eq!(code(&forged.to_json(), trust), "H9023", "signers who do not sit");
    forged.anchor.validators = Blob(codec::encode(&retired));
    assert_eq!(code(&forged.to_json(), trust), "H9022", "a set that the header does not name");
    let other = Header { validators: retired.hash(), next_validators: retired.hash(), ..header };
    forged.anchor.header = Blob(codec::encode(&other));
    forged.anchor.certificate = Blob(codec::encode(&signed_by(homes, network, &other)));
    assert_eq!(code(&forged.to_json(), trust), "H9027", "a header that the chain does not lead to");
}

#[test]
fn agencies_join_and_leave_and_all_keys_are_replaced_while_the_ledger_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    let plan = init::init(&net, &InitOptions { items: ITEMS, keys: Some(32), ..Default::default() }).unwrap();
    let folder = Folder::open(&net).unwrap();
    let network: NetworkId = plan.network.parse().unwrap();
    let _up = Up(&net);
    let running = running::up(&net, None).unwrap();
    let trust = TrustRoot::from_json(&fs::read(net.join("trust.json")).unwrap()).unwrap();
    // A node that votes no more still takes what is sent to it, and answers.
    let first = &running.nodes[0];
    let old = reader(&plan, &first.api, &first.org);
    let stock = Stock::open(&folder, plan.stock.unwrap()).unwrap();
    hand_over(&stock, &network, &old, ITEMS - 1);
    let before = bundle(&old);
    assert_eq!(code(&before, &trust), "valid");
    let load = Load::start(stock, network, old.clone(), ITEMS - 1);

    let fifth = seats::add(&net).unwrap();
    assert_eq!(fifth.node, "market-regulation");
    let left = seats::remove(&net, "health").unwrap();
    assert!(left.from > fifth.from);
    let mut voting = Vec::new();
    for node in ["customs", "science-technology", "environment", "market-regulation"] {
        voting.push(seats::move_seat(&net, node).unwrap());
    }
    assert!(load.stop().count > 0);

    let now = folder.network().unwrap();
    let api = |name: &str| now.nodes.iter().find(|n| n.name == name).unwrap().api.clone();
    let last = voting.last().unwrap();
    let new = reader(&folder.plan().unwrap(), &api(&last.node), &last.org);
    let view: ValidatorsView = new.get(paths::VALIDATORS).unwrap();
    assert_eq!((view.validators.len(), view.changes, view.next), (4, 6, None));
    let orgs: Vec<&str> = view.validators.iter().map(|v| v.org.id.as_str()).collect();
    assert!(voting.iter().all(|changed| orgs.contains(&changed.org.as_str())));
    for (name, role) in [("customs", "observer"), ("health", "observer"), (last.node.as_str(), "validator")] {
        assert_eq!(status(&api(name)).role, role, "{name}");
    }

    // The nodes that the network began with are not needed any more.
    for name in ["science-technology", "health", "environment", "market-regulation"] {
        running::down(&net, Some(name)).unwrap();
    }
    let head = status(&api(&last.node)).height;
    goes_on(&api(&last.node), head + 2);
    let StatusView { height, .. } = new.get(paths::STATUS).unwrap();
    check_heights(&new, network, height);

    let after = bundle(&new);
    assert_eq!(code(&before, &trust), "valid");
    assert_eq!(code(&after, &trust), "valid");
    let homes: Vec<_> = running.nodes.iter().map(|node| node.home.as_path()).collect();
    check_forks(&after, &homes, network, &trust);
}
