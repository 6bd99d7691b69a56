//! Genesis: what a network may start from, and that nothing else passes.

mod samples;

use curve25519_dalek::constants::EIGHT_TORSION;
use ledger::{
    Act, ChainParams, Genesis, Hash, NetworkId, Role, Text, Timestamp,
    bounds::{MAX_SIGNER_SETS, MIN_BLOCK_BYTES},
    crypto::peer_possession,
    genesis::{GenesisError, GenesisOrg, NodeClaim, TestClock, consensus_possession},
    policy::{NoRule, Orientation, PackError, Rule, Shift, SignerNeed, Who, shift},
    record::{AgencyFunction, OrgKind, Roles},
    vote::ValidatorSetError,
};
use samples::*;
use std::collections::BTreeMap;

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
    check("no grades", "grades", |g| g.pack.grades.clear());
    check("a grade twice", "grades", |g| g.pack.grades.push(text("1")));
    check("rows swapped", "register-node stands twice or out of order", |g| g.pack.acts.swap(4, 5));
    check("a row twice", "rotate-key stands twice", |g| g.pack.acts.insert(2, g.pack.acts[2].clone()));
    check("articles swapped", "rule 4 stands twice, out of order", |g| g.pack.articles.swap(3, 4));
    check("an article of no rule", "rule 34", |g| g.pack.articles.push((Rule(34), text("art. 1"))));
    check("an article of rule 0", "rule 0", |g| g.pack.articles.insert(0, (Rule::NONE, text("art. 1"))));
    check("no article", "the row of offer", |g| g.pack.acts[Act::Offer as usize].article = None);
    check("too long", "at most 6144 fit", |g| g.pack.grades = (0..1_000).map(|n| text(&format!("G{n:06}"))).collect());
    check("a rule that does not exist", "there is no rule 34", |g| g.pack.acts[5].rule = Rule(34));
    check("no name", "the name: it is empty", |g| g.pack.name = text(""));
    check("a grade without a name", "the grades: it is empty", |g| g.pack.grades[1] = text(""));
    check("an article without words", "the articles: it is empty", |g| g.pack.articles[1].1 = text(""));
    check("a row's article without words", "the articles: it is empty", |g| {
        g.pack.acts[Act::Offer as usize].article = Some(text(""));
    });
    // A pack need not know every act, but keys must end and holds be lifted.
    for act in Act::ALL {
        let mut pack = pack();
        pack.acts.retain(|row| row.act != act);
        let needed = matches!(act, Act::RotateKey | Act::EndKey | Act::LiftHold);
        let expect = if needed { Err(PackError::ActMissing { act }) } else { Ok(()) };
        assert_eq!(pack.check(), expect, "{act:?}");
    }
    let mut pack = pack();
    pack.acts.retain(|row| !matches!(row.act, Act::PlaceHold | Act::LiftHold));
    assert_eq!(pack.check(), Ok(()));
    let items = test_genesis().items;
    check("items on a network that is none for tests", "test networks only", |g| g.items = items);
    test_genesis().check().unwrap();
}

/// What no pack can change about who signs: at the value and one beyond.
#[test]
fn signers_of_a_pack() {
    let need = |role, who| SignerNeed { role, who };
    let officer = |function| need(Role::Officer, Who::Agency(function));
    let with = |act: Act, any: &[&[SignerNeed]]| {
        let mut pack = pack();
        pack.acts[act as usize].any = any.iter().map(|set| set.to_vec()).collect();
        pack.check()
    };
    let [customs, health] = [AgencyFunction::Customs, AgencyFunction::Health].map(officer);
    let unlike = |hold: bool| if hold { Err(PackError::HoldsDiffer) } else { Ok(()) };
    let principal = |role| need(role, Who::Principal);
    for act in Act::ALL {
        // Agencies alone may sign what is an agency's to do, and the keys and nodes of firms.
        let agencies = match act {
            Act::RegisterOrg
            | Act::RegisterClass
            | Act::AssertHs
            | Act::Inspect
            | Act::Release
            | Act::PlaceHold
            | Act::LiftHold => Ok(()),
            Act::RotateKey => Err(PackError::SetCount { act }),
            _ => Err(PackError::Fixed { act }),
        };
        let hold = matches!(act, Act::PlaceHold | Act::LiftHold);
        assert_eq!(with(act, &[&[customs, health], &[health]]), agencies.clone().and(unlike(hold)), "{act:?}");
        assert_eq!(with(act, &[&[customs]]), agencies.and(unlike(hold)), "{act:?}");
        if act == Act::RotateKey {
            continue;
        }
        // Agencies sign as officer or countersigner.
        let posing = need(Role::Receiver, Who::AnyAgency);
        assert_eq!(with(act, &[&[posing]]), Err(PackError::Fixed { act }), "{act:?}");
        let (count, twice) = (Err(PackError::SetCount { act }), Err(PackError::SignerTwice { act }));
        assert_eq!(with(act, &[]), count, "{act:?}");
        assert_eq!(with(act, &[&[]]), count, "{act:?}");
        assert_eq!(with(act, &[&[customs, customs]]), twice, "{act:?}");
        assert_eq!(with(act, &[&[customs, health], &[health, customs]]), twice, "{act:?}");
    }
    // Keys: their own organisation, and an agency beside it.
    for act in [Act::RegisterKey, Act::EndKey, Act::RegisterNode, Act::EndNode] {
        let administrator = principal(Role::Administrator);
        assert_eq!(with(act, &[&[health], &[administrator]]), Ok(()));
        assert_eq!(with(act, &[&[health, customs]]), Err(PackError::Fixed { act }));
        assert_eq!(with(act, &[&[administrator]]), Err(PackError::Fixed { act }));
        assert_eq!(with(act, &[&[administrator, customs], &[health]]), Err(PackError::Fixed { act }));
    }
    // Whoever places a hold can lift it.
    let mut holds = pack();
    for act in [Act::PlaceHold, Act::LiftHold] {
        holds.acts[act as usize].any = vec![vec![customs], vec![health]];
    }
    assert_eq!(holds.check(), Ok(()));
    for act in [Act::PlaceHold, Act::LiftHold] {
        holds.acts[act as usize].any = vec![vec![customs, health]];
    }
    assert_eq!(holds.check(), Err(PackError::HoldsDiffer));
    let functions = AgencyFunction::ALL.map(officer);
    let one_each: Vec<&[SignerNeed]> = functions.chunks(1).collect();
    assert_eq!(with(Act::Inspect, &one_each[..MAX_SIGNER_SETS]), Ok(()));
    assert_eq!(with(Act::Inspect, &one_each[..=MAX_SIGNER_SETS]), Err(PackError::SetCount { act: Act::Inspect }));
    assert_eq!(with(Act::Inspect, &[&functions]), Ok(()));
    let nine: Vec<SignerNeed> = functions.into_iter().chain([need(Role::Officer, Who::AnyAgency)]).collect();
    assert_eq!(with(Act::Inspect, &[&nine]), Err(PackError::SetCount { act: Act::Inspect }));
    let custodian = principal(Role::Custodian);
    assert_eq!(with(Act::Dispose, &[&[custodian, customs]]), Ok(()));
    assert_eq!(with(Act::Dispose, &[&[custodian]]), Err(PackError::Fixed { act: Act::Dispose }));
    assert_eq!(with(Act::Use, &[&[custodian], &[custodian, customs]]), Ok(()));
    let counterpart = need(Role::Receiver, Who::Counterpart);
    assert_eq!(with(Act::Use, &[&[custodian, counterpart]]), Err(PackError::Fixed { act: Act::Use }));
    assert_eq!(with(Act::Handover, &[&[counterpart, custodian]]), Ok(()));
    assert_eq!(
        with(Act::Handover, &[&[custodian, counterpart, customs]]),
        Err(PackError::Fixed { act: Act::Handover })
    );
}

/// Who gains and who loses, and that any agency is every agency.
#[test]
fn shifts_of_competence() {
    let (old, mut new) = (pack(), pack());
    assert!(shift(&old, &new).is_empty());
    let officer = |who| vec![SignerNeed { role: Role::Officer, who }];
    new.acts[Act::RegisterClass as usize].any = vec![officer(Who::Agency(AgencyFunction::Customs))];
    new.acts[Act::Inspect as usize].any.push(officer(Who::Agency(AgencyFunction::Health)));
    new.acts.retain(|row| row.act != Act::Dispose);
    let acts = |acts: &[Act]| acts.iter().copied().collect();
    let of = |gains: &[Act], loses: &[Act]| Shift { gains: acts(gains), loses: acts(loses) };
    let expected = BTreeMap::from([
        (AgencyFunction::Customs, of(&[Act::RegisterClass], &[])),
        (AgencyFunction::ScienceTechnology, of(&[], &[Act::RegisterClass])),
        (AgencyFunction::Health, of(&[Act::Inspect], &[])),
        (AgencyFunction::Environment, of(&[], &[Act::Dispose])),
    ]);
    assert_eq!(shift(&old, &new), expected);
    for act in [Act::PlaceHold, Act::LiftHold] {
        let row = new.acts.iter_mut().find(|row| row.act == act).unwrap();
        row.any = vec![officer(Who::Agency(AgencyFunction::Customs))];
    }
    let shifts = shift(&old, &new);
    let lost = shifts.values().filter(|shift| shift.loses.contains(&Act::PlaceHold)).count();
    assert_eq!((shifts.len(), lost), (8, 7));
}

#[test]
fn rules_are_read_as_they_are_written() {
    for number in 1..=33 {
        assert_eq!(Rule(number).to_string().parse(), Ok(Rule(number)));
    }
    for wrong in ["", "R", "R0", "R34", "R01", "r1", "R1 ", "R+1", "R300", "13"] {
        assert_eq!(wrong.parse::<Rule>(), Err(NoRule), "{wrong}");
    }
    assert_eq!(Rule::NONE.to_string(), "");
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
