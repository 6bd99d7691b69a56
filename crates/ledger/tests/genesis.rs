//! Genesis: what a network may start from, and that nothing else passes.

use crate::samples::*;
use curve25519_dalek::constants::EIGHT_TORSION;
use ledger::{
    ChainParams, Genesis, Hash, NetworkId, Role, Text, Timestamp,
    bounds::MIN_BLOCK_BYTES,
    crypto::peer_possession,
    genesis::{GenesisError, GenesisOrg, NodeClaim, TestClock, consensus_possession, seat_possession},
    policy::{Orientation, PackError},
    record::{OrgKind, Roles},
    vote::ValidatorSetError,
};

/// A genesis of two agencies and a firm, changed; `expect` is a part of what the error says, "" none.
fn check(name: &str, expect: &str, change: impl FnOnce(&mut Genesis)) {
    let mut genesis = genesis_of(2);
    change(&mut genesis);
    let found = Genesis::from_bytes(&genesis.to_bytes());
    match (expect, found) {
        ("", found) => assert_eq!(found, Ok(genesis), "{name}"),
        (_, Ok(_)) => panic!("{name}: taken"),
        (_, Err(error)) => assert!(error.to_string().contains(expect), "{name}: {error}"),
    }
}

fn node(org: &mut GenesisOrg) -> &mut NodeClaim {
    org.node.as_mut().expect("a node")
}

/// Gives an agency's node another transport identity, the key of `seed`, and proves possession of both keys again.
fn move_to(genesis: &mut Genesis, n: u8, seed: u8) {
    let id = org(n);
    let chain = genesis.chain.clone();
    let node = node(&mut genesis.orgs[usize::from(n)]);
    node.peer = key(seed);
    node.possession = sign(100 + n, &consensus_possession(&chain, &id, &node.key, &node.peer));
    node.peer_possession = sign(seed, &peer_possession(&NetworkId::default(), &id, &node.peer));
}

#[test]
fn organisations_and_their_keys() {
    check("as it is", "", |_| {});
    check("no agency", "validator set of 0", |g| drop(g.orgs.drain(..2)));
    check("an agency without a node", "", |g| g.orgs[1].node = None);
    check("a firm that votes", "only agencies vote", |g| g.orgs[1].profile.kind = OrgKind::Carrier);
    check("an agency without administrator", "administrator", |g| {
        g.orgs[1].keys[0].roles = Roles::of(&Role::ALL[..5]);
    });
    check("an agency without keys", "administrator", |g| g.orgs[1].keys.clear());
    check("a firm without keys", "", |g| g.orgs[2].keys.clear());
    check("an organisation twice", "stands twice", |g| {
        g.orgs[2].keys.clear();
        g.orgs.push(g.orgs[2].clone());
    });
    check("a key twice", "stands twice", |g| {
        let key = g.orgs[2].keys[0].clone();
        g.orgs[2].keys.push(key);
    });
    check("a weak key", "unusable key", |g| g.orgs[2].keys[0].key = EIGHT_TORSION[1].compress().to_bytes());
    check("possession of another person", "possession", |g| g.orgs[2].keys[0].person = person(0));
    check("possession by another key", "possession", |g| g.orgs[2].keys[0].key = key(98));
    check("possession for another organisation", "possession", |g| {
        let keys = g.orgs[2].keys.clone();
        g.orgs[0].keys.extend(keys);
    });
}

#[test]
fn voting_nodes() {
    let weak = EIGHT_TORSION[1].compress().to_bytes();
    check("a weak consensus key", "unusable consensus key", |g| node(&mut g.orgs[1]).key = weak);
    check("possession of another peer", "possession", |g| node(&mut g.orgs[1]).peer = key(199));
    check("possession on another chain", "possession", |g| g.chain = text("other"));
    check("a consensus key that signs for a person too", "stands twice", |g| {
        let claim = genesis_claim(101, &org(200));
        g.orgs[2].keys.push(claim);
    });
    check("another transport identity", "", |g| move_to(g, 1, 199));
    check("one key for consensus and transport", "stands twice", |g| move_to(g, 1, 101));
    check("a person's key for transport", "stands twice", |g| move_to(g, 1, 99));
    check("one peer for two agencies", "make the validator set", |g| move_to(g, 1, 150));
    // Registration refuses such a transport identity later; genesis must too.
    check("a weak transport identity", "unusable transport identity", |g| node(&mut g.orgs[1]).peer = weak);
}

#[test]
fn a_transport_identity_is_brought_by_whoever_holds_it() {
    let refused = |name: &str, seed: u8, message: fn(&NodeClaim) -> Hash| {
        check(name, "the transport identity's proof of possession", |g| {
            let node = node(&mut g.orgs[1]);
            node.peer_possession = sign(seed, &message(node));
        });
    };
    refused("signed by another key", 101, |n| peer_possession(&NetworkId::default(), &org(1), &n.peer));
    refused("for another organisation", 151, |n| peer_possession(&NetworkId::default(), &org(0), &n.peer));
    refused("for another identity", 151, |_| peer_possession(&NetworkId::default(), &org(1), &key(150)));
    refused("for a network that exists", 151, |n| peer_possession(&network(), &org(1), &n.peer));
    refused("signed as a consensus key", 151, |n| consensus_possession(&text("samples"), &org(1), &n.key, &n.peer));
}

/// Each kind of key proves itself under a tag of its own: no proof can be read as one of another kind.
#[test]
fn proofs_of_possession_of_different_kinds_never_agree() {
    let chain: Text<32> = text("");
    let bytes = ledger::codec::encode(&(&chain, &org(1), &key(1), &key(2)));
    let tags = [&ledger::tag::KEY_POSSESSION, &ledger::tag::CONSENSUS_POSSESSION, &ledger::tag::PEER_POSSESSION];
    let under = tags.map(|tag| Hash::of_bytes(tag, &bytes));
    assert_eq!(consensus_possession(&chain, &org(1), &key(1), &key(2)), under[1]);
    assert!(under[0] != under[1] && under[1] != under[2] && under[0] != under[2]);
}

/// A consensus key that takes a seat in a network that runs is proved for this network, not for a chain of any name.
#[test]
fn seats_are_claimed_for_one_network() {
    let of = |network: NetworkId| seat_possession(&network, &org(1), &key(1), &key(2));
    assert_ne!(of(network()), of(NetworkId(hash(2))));
    for chain in ["", "samples", &"x".repeat(31), &"x".repeat(32)] {
        assert_ne!(of(network()), consensus_possession(&text(chain), &org(1), &key(1), &key(2)), "{chain}");
    }
    for changed in [
        seat_possession(&network(), &org(2), &key(1), &key(2)),
        seat_possession(&network(), &org(1), &key(3), &key(2)),
        seat_possession(&network(), &org(1), &key(1), &key(3)),
    ] {
        assert_ne!(changed, of(network()));
    }
}

#[test]
fn parameters_at_their_bounds() {
    type Change = fn(&mut Genesis, u32);
    let rows: [(&str, Change, [u32; 2], [u32; 2]); 5] = [
        ("block_bytes", |g, n| g.params.block_bytes = n, [294_912, 1_048_576], [294_911, 1_048_577]),
        ("block_txs", |g, n| g.params.block_txs = n, [1, 10_000], [0, 10_001]),
        ("clock_drift_ms", |g, n| g.params.clock_drift_ms = n, [100, 600_000], [99, 600_001]),
        ("busy_interval_ms", |g, n| g.params.busy_interval_ms = n, [1, 1_000], [0, 1_001]),
        ("idle_interval_ms", |g, n| g.params.idle_interval_ms = n, [50, 600_000], [49, 600_001]),
    ];
    for (name, change, good, bad) in rows {
        good.into_iter().for_each(|n| check(name, "", |g| change(g, n)));
        bad.into_iter().for_each(|n| check(name, name, |g| change(g, n)));
    }
    check("busy_interval_ms", "", |g| {
        (g.params.busy_interval_ms, g.params.idle_interval_ms) = (60_000, 60_000);
    });
    check("busy_interval_ms", "busy_interval_ms", |g| {
        (g.params.busy_interval_ms, g.params.idle_interval_ms) = (60_001, 60_001);
    });
    assert_eq!(MIN_BLOCK_BYTES, 294_912);
    for (rate, expect) in [(0, "test.rate"), (1, ""), (1_000_000, ""), (1_000_001, "test.rate")] {
        let origin = Timestamp(0);
        check("rate", expect, |g| g.test = Some(TestClock { origin, rate }));
    }
}

#[test]
fn pack_classes_and_items() {
    check("a grade that is not in the pack", "classes", |g| g.classes[0].grade = text("5"));
    check("a class twice", "classes", |g| g.classes.push(g.classes[0].clone()));
    // What makes a pack contradict itself is in `policy.rs`.
    check("no grades", "grades", |g| g.pack.grades.clear());
    check("no name", "the name: it is empty", |g| g.pack.name = text(""));
    for pack in every_pack() {
        let grade = pack.grades[0].name.clone();
        check(pack.name.as_str(), "", |g| {
            g.classes.iter_mut().for_each(|class| class.grade = grade.clone());
            g.pack = pack.clone();
        });
    }
    let items = test_genesis().items;
    check("items on a network that is none for tests", "test networks only", |g| g.items = items);
    test_genesis().check().unwrap();
}

#[test]
fn the_identity_of_a_network_binds_everything() {
    let genesis = genesis_of(2);
    let changes: [fn(&mut Genesis); 6] = [
        |g| g.time.0 += 1,
        |g| g.chain = text("samplez"),
        |g| g.params.block_txs += 1,
        |g| g.pack.orientation = Orientation::FirstIsHighest,
        |g| g.orgs.swap(0, 1),
        |g| g.classes.truncate(1),
    ];
    for change in changes {
        let mut other = genesis.clone();
        change(&mut other);
        assert_ne!(other.network(), genesis.network());
    }
}

#[test]
fn errors_are_of_their_kind() {
    let mut genesis = genesis_of(2);
    genesis.pack.grades.clear();
    assert_eq!(genesis.check(), Err(GenesisError::Pack(PackError::Grades)));
    assert_eq!(genesis.check().unwrap_err().code(), "H3008");
    let mut genesis = genesis_of(2);
    genesis.params = ChainParams { block_txs: 0, ..ChainParams::default() };
    assert_eq!(genesis.check().unwrap_err().code(), "H3009");
    let mut genesis = genesis_of(0);
    assert_eq!(genesis.check(), Err(GenesisError::Validators(ValidatorSetError::Count(0))));
    assert_eq!(genesis.check().unwrap_err().code(), "H3003");
    genesis.orgs.clear();
    assert!(genesis.check().is_err());
    assert!(matches!(Genesis::from_bytes(&[]), Err(GenesisError::Codec(_))));
}
