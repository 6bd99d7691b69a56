//! The application over real stores: what it builds, what it takes from others, and what it holds against nobody.

mod changes;
mod world;

use super::*;
use crate::admission::Admission;
use keys::{KeyPair, Signer as _};
use ledger::{Operation, Role, TxBody, crypto::peer_possession};
use std::collections::BTreeSet;
use world::{BLOCK_TXS, DRIFT_MS, LOTS, Network, Seat, Who, fitted, signed, text};

/// Two heights of which the second is judged: its block holds a handover, a registration, evidence against Health, and
/// the certificate of the first.
struct Scene {
    network: Network,
    /// The decided block of height 1, with one handover.
    first: Block,
    /// The block of height 2.
    block: Block,
    /// Who judges it, at height 1 and with an empty pool.
    judge: Seat,
}

impl Scene {
    fn new() -> Scene {
        let network = Network::new();
        let (mut one, mut two) = (network.seat(network.due(1, 0)), network.seat(network.due(2, 0)));
        let mut judge = network.seat(network.due(3, 0));
        one.give(&network, &one.handover(&network, 1, LOTS[0], Who::A, Who::B));
        let first = one.build(1, 0);
        assert_eq!((first.txs.len(), &first.certificate), (1, &None));
        judge.close(&network, &first, Vec::new());
        two.close(&network, &first, vec![network.votes(network.id, Who::Health, [1, 2])]);
        two.give(&network, &two.handover(&network, 2, LOTS[1], Who::A, Who::B));
        two.give(&network, &network.register(3, "new", Who::B));
        let block = two.build(2, 0);
        assert_eq!((block.txs.len(), block.evidence.len()), (2, 1));
        assert_eq!(block.certificate, Some(network.certify(&first)));
        Scene { network, first, block, judge }
    }

    fn handover(&self, salt: u8) -> SignedTx {
        self.judge.handover(&self.network, salt, LOTS[2], Who::A, Who::B)
    }

    /// A body about nothing in particular, for one signer.
    fn body(&self, salt: u8) -> TxBody {
        let (item, _) = self.judge.item(LOTS[2]);
        let operation = Operation::PlaceHold { item, reason: text("recall") };
        self.network.body(salt, operation, &[(Who::Health, Role::Officer)])
    }
}

fn reason(verdict: Verdict) -> String {
    match verdict {
        Verdict::Invalid { reason } => reason,
        other => panic!("{other:?}"),
    }
}

/// Changes the handover, wherever it stands in the block.
fn changed(block: &mut Block, change: impl Fn(&mut SignedTx)) {
    let handover = |bytes: &&mut Vec<u8>| SignedTx::from_bytes(bytes).is_ok_and(|tx| tx.entries.is_empty());
    let bytes = block.txs.iter_mut().find(handover).unwrap();
    let mut tx = SignedTx::from_bytes(bytes).unwrap();
    change(&mut tx);
    *bytes = tx.to_bytes();
}

// ---------------------------------------------------------------------------------------------------- what is taken

#[test]
fn what_is_proposed_is_valid_to_everyone_as_often_as_it_comes() {
    let network = Network::new();
    let mut proposer = network.seat(network.due(1, 0));
    let (item, at) = proposer.item(LOTS[1]);
    // One that is done, one with a list, and one that a rule refuses: firm B does not hold the item.
    let txs = [
        proposer.handover(&network, 1, LOTS[0], Who::A, Who::B),
        network.register(2, "new", Who::B),
        signed(network.handover_body(3, item, at, Who::B, Who::A), &[Who::B.pair(), Who::A.pair()]),
    ];
    for tx in &txs {
        proposer.give(&network, tx);
    }
    let block = proposer.build(1, 0);
    assert_eq!(block.txs.len(), 3);
    let (id, bytes) = (block.header.id(), block.to_bytes());
    let stranger = network.seat(network.due(2, 0));
    let informed = network.seat(network.due(3, 0));
    for tx in &txs {
        informed.give(&network, tx);
    }
    for mut seat in [proposer, stranger, informed] {
        assert_eq!(seat.app.block_id(&bytes), Some(id));
        for _ in 0..2 {
            assert_eq!(seat.judge_fresh(&block), Verdict::Valid(id));
        }
        let mut seat = seat.restarted(&network);
        assert_eq!(seat.judge_fresh(&block), Verdict::Valid(id));
        seat.close(&network, &block, Vec::new());
        let tip = seat.app.parts.store.tip();
        assert_eq!((tip.block, tip.root), (id, block.header.state));
        let refused = |r: &Receipt| matches!(r.outcome, ledger::Outcome::Rejected { .. });
        assert_eq!(seat.app.parts.store.receipts(1).unwrap().iter().filter(|r| refused(r)).count(), 1);
    }
}

#[test]
fn a_block_of_the_second_height_carries_the_certificate_of_the_first() {
    let Scene { block, mut judge, .. } = Scene::new();
    assert_eq!(judge.judge_fresh(&block), Verdict::Valid(block.header.id()));
}

// ------------------------------------------------------------------------------------- a true header, another body

type Forge = fn(&Scene, &mut Block);

const FORGED_BODIES: &[(&str, Forge)] = &[
    ("a transaction less", |_, b| drop(b.txs.pop())),
    ("no transaction", |_, b| b.txs.clear()),
    ("a transaction more", |s, b| b.txs.push(s.handover(50).to_bytes())),
    ("a transaction twice", |_, b| b.txs.push(b.txs[0].clone())),
    ("a transaction of an earlier block", |s, b| b.txs.push(s.first.txs[0].clone())),
    ("another order", |_, b| b.txs.swap(0, 1)),
    ("another transaction", |s, b| b.txs[0] = s.handover(50).to_bytes()),
    ("another signature", |_, b| changed(b, |tx| tx.signatures[1].0[7] ^= 1)),
    ("signatures swapped", |_, b| changed(b, |tx| tx.signatures.swap(0, 1))),
    ("a signature less", |_, b| changed(b, |tx| tx.signatures.truncate(1))),
    ("another entry", |_, b| b.txs.iter_mut().for_each(|tx| *tx = entry_changed(tx))),
    ("an undecodable transaction", |_, b| b.txs[0] = b"nonsense".to_vec()),
    ("an empty transaction", |_, b| b.txs.push(Vec::new())),
    ("a byte behind a transaction", |_, b| b.txs[0].push(0)),
    ("evidence more", |s, b| b.evidence.push(s.network.votes(s.network.id, Who::Science, [1, 2]))),
    ("evidence twice", |_, b| b.evidence.push(b.evidence[0].clone())),
    ("evidence less", |_, b| b.evidence.clear()),
    ("no certificate", |_, b| b.certificate = None),
    ("a certificate of fewer", |s, b| {
        b.certificate = Some(s.network.certify_for(s.network.id, &s.first.header, &Who::AGENCIES[..3]));
    }),
    ("a certificate of another round", |_, b| {
        if let Some(certificate) = &mut b.certificate {
            certificate.round += 1;
        }
    }),
];

/// The transaction with another salt in its list, if it has one.
fn entry_changed(bytes: &[u8]) -> Vec<u8> {
    let mut tx = SignedTx::from_bytes(bytes).unwrap();
    tx.entries.iter_mut().for_each(|entry| entry.salt[0] ^= 1);
    tx.to_bytes()
}

#[test]
fn a_true_header_over_another_body_has_no_identity() {
    let scene = Scene::new();
    let (id, good) = (scene.block.header.id(), scene.block.to_bytes());
    let mut bodies: Vec<(&str, Vec<u8>)> = Vec::new();
    for (name, forge) in FORGED_BODIES {
        let mut forged = scene.block.clone();
        forge(&scene, &mut forged);
        assert_eq!(forged.header.id(), id, "{name}");
        bodies.push((name, forged.to_bytes()));
    }
    bodies.push(("a byte more", [good.as_slice(), &[0]].concat()));
    bodies.push(("a byte less", good[..good.len() - 1].to_vec()));
    bodies.push(("nothing", Vec::new()));
    for knows in [false, true] {
        if knows {
            // Recognised transactions are not read again: nothing may follow from that.
            for bytes in &scene.block.txs {
                scene.judge.give(&scene.network, &SignedTx::from_bytes(bytes).unwrap());
            }
            scene.judge.give(&scene.network, &scene.handover(50));
        }
        for (name, bytes) in &bodies {
            assert_eq!(scene.judge.app.block_id(bytes), None, "{name}");
        }
        assert_eq!(scene.judge.app.block_id(&good), Some(id));
    }
}

#[test]
fn a_forged_body_that_is_judged_all_the_same_is_invalid_and_spoils_nothing() {
    let mut scene = Scene::new();
    for (name, forge) in FORGED_BODIES {
        let mut forged = scene.block.clone();
        forge(&scene, &mut forged);
        assert!(!reason(scene.judge.judge_fresh(&forged)).is_empty(), "{name}");
        assert!(!reason(scene.judge.judge(0, Freshness::Synced, &forged)).is_empty(), "{name}");
    }
    let block = scene.block.clone();
    assert_eq!(scene.judge.judge_fresh(&block), Verdict::Valid(block.header.id()));
}

// --------------------------------------------------------------------------------------------------------- invalid

const OTHER: Hash = Hash([9; 32]);

const WRONG_HEADERS: &[(&str, &str, Forge)] = &[
    ("version", "version or network", |_, b| b.header.version += 1),
    ("network", "version or network", |_, b| b.header.network = NetworkId(OTHER)),
    ("test", "version or network", |_, b| b.header.test = false),
    ("height before", "does not follow", |_, b| b.header.height -= 1),
    ("height after", "does not follow", |_, b| b.header.height += 1),
    ("parent", "does not follow", |_, b| b.header.parent = BlockId(OTHER)),
    ("builder", "not due in its round", |s, b| b.header.builder = s.network.due(2, 1).seat().key_id()),
    ("stranger", "not due in its round", |_, b| b.header.builder = Who::A.pair().key_id()),
    ("round", "not due in its round", |_, b| b.header.round += 1),
    ("time of the parent", "not later than its parent's", |s, b| b.header.time = s.first.header.time),
    ("time before", "not later than its parent's", |s, b| b.header.time = Timestamp(s.first.header.time.0 - 1)),
    ("another time", "results root", |_, b| b.header.time = b.header.time.plus_ms(1)),
    ("validators", "another validator set", |_, b| b.header.validators = OTHER),
    ("next validators", "next validators root", |_, b| b.header.next_validators = OTHER),
    ("rest", "not those of the header", |_, b| b.header.rest = OTHER),
    ("transactions", "transactions root", |_, b| b.header.txs = OTHER),
    ("results", "results root", |_, b| b.header.results = OTHER),
    ("history", "history root", |_, b| b.header.history = OTHER),
    ("state", "state root", |_, b| b.header.state = OTHER),
];

const WRONG_BODIES: &[(&str, &str, Forge)] = &[
    ("undecodable", "read the transaction", |_, b| b.txs[0] = b"nonsense".to_vec()),
    ("unsigned", "1 signatures for 2 signers", |_, b| changed(b, |tx| tx.signatures.truncate(1))),
    ("forged signature", "verify the signature of slot 1", |_, b| changed(b, |tx| tx.signatures[1].0[7] ^= 1)),
    ("twice", "in the ledger already", |_, b| b.txs.push(b.txs[0].clone())),
    ("committed", "in the ledger already", |s, b| b.txs.push(s.first.txs[0].clone())),
    ("committed, alone", "in the ledger already", |s, b| b.txs = s.first.txs.clone()),
    ("foreign network", "transaction of network", |s, b| {
        let body = TxBody { network: NetworkId(OTHER), ..s.body(51) };
        b.txs.push(signed(body, &[Who::Health.pair()]).to_bytes());
    }),
    ("unknown key", "find the key", |s, b| {
        let (pair, mut body) = (KeyPair::from_seed(&[77; 32]), s.body(52));
        body.signers[0].key = pair.key_id();
        b.txs.push(signed(body, &[pair]).to_bytes());
    }),
    ("expired", "that expired", |s, b| {
        let body = TxBody { expires: b.header.time, ..s.body(53) };
        b.txs.push(signed(body, &[Who::Health.pair()]).to_bytes());
    }),
    ("lives too long", "the longest", |s, b| {
        let expires = b.header.time.plus_ms(ledger::bounds::MAX_EXPIRY_MS + 1);
        b.txs.push(signed(TxBody { expires, ..s.body(54) }, &[Who::Health.pair()]).to_bytes());
    }),
    ("ahead of its item", "custody sequence", |s, b| {
        let (item, at) = s.judge.item(LOTS[2]);
        let at = at.after(&s.handover(50).body.id());
        let body = s.network.handover_body(55, item, at, Who::B, Who::A);
        b.txs.push(signed(body, &[Who::B.pair(), Who::A.pair()]).to_bytes());
    }),
    ("too many", "more transactions than", |s, b| {
        b.txs = (0..=BLOCK_TXS as u8).map(|n| s.handover(60 + n).to_bytes()).collect();
    }),
    ("another body", "results root", |s, b| b.txs.push(s.handover(50).to_bytes())),
    ("no conflict", "proves nothing", |s, b| b.evidence[0] = s.network.votes(s.network.id, Who::Health, [1, 1])),
    ("foreign conflict", "proves nothing", |s, b| {
        b.evidence[0] = s.network.votes(NetworkId(OTHER), Who::Health, [1, 2]);
    }),
    ("a stranger's conflict", "proves nothing", |s, b| {
        b.evidence.push(s.network.votes(s.network.id, Who::A, [1, 2]));
    }),
    ("forged conflict", "proves nothing", |_, b| {
        if let Evidence::Votes { second, .. } = &mut b.evidence[0] {
            second.signature.0[7] ^= 1;
        }
    }),
    ("no certificate", "not that of the parent", |_, b| b.certificate = None),
    ("another block's certificate", "not that of the parent", |s, b| {
        let header = Header { results: OTHER, ..s.first.header.clone() };
        b.certificate = Some(s.network.certify_for(s.network.id, &header, &Who::AGENCIES));
    }),
    ("another height's certificate", "not that of the parent", |s, b| {
        b.certificate = Some(s.network.certify(&s.block));
    }),
    ("too few", "reach a quorum", |s, b| {
        b.certificate = Some(s.network.certify_for(s.network.id, &s.first.header, &Who::AGENCIES[..2]));
    }),
    ("foreign certificate", "verify the precommit", |s, b| {
        b.certificate = Some(s.network.certify_for(NetworkId(OTHER), &s.first.header, &Who::AGENCIES));
    }),
    ("a stranger's certificate", "in the validator set", |s, b| {
        b.certificate = Some(s.network.certify_for(s.network.id, &s.first.header, &[Who::A, Who::B, Who::Customs]));
    }),
    ("repeated signer", "repeated or out of order", |s, b| {
        let twice = [Who::Customs, Who::Customs, Who::Health];
        b.certificate = Some(s.network.certify_for(s.network.id, &s.first.header, &twice));
    }),
];

#[test]
fn what_no_honest_agency_builds_is_invalid_however_and_how_often_it_comes() {
    let mut scene = Scene::new();
    let mut blocks = Vec::new();
    for (name, expect, forge) in WRONG_HEADERS {
        let mut wrong = scene.block.clone();
        forge(&scene, &mut wrong);
        blocks.push((name, expect, wrong));
    }
    for (name, expect, forge) in WRONG_BODIES {
        let mut wrong = scene.block.clone();
        forge(&scene, &mut wrong);
        blocks.push((name, expect, fitted(wrong)));
    }
    let mut others = Vec::new();
    for (name, expect, wrong) in &blocks {
        for freshness in [Freshness::Fresh, Freshness::Fresh, Freshness::Again, Freshness::Synced] {
            let found = reason(scene.judge.judge(0, freshness, wrong));
            others.extend((!found.contains(*expect)).then(|| format!("{name}: {found}")));
        }
    }
    assert_eq!(others, Vec::<String>::new());
    let at = Arrival { height: 2, round: 0, freshness: Freshness::Fresh };
    let proposer = scene.network.due(2, 0).seat().key_id();
    let found = reason(scene.judge.app.validate(at, proposer, &Bytes::from_static(b"nonsense")).unwrap());
    assert!(found.contains("decode"), "{found}");
    let block = scene.block.clone();
    assert_eq!(scene.judge.judge_fresh(&block), Verdict::Valid(block.header.id()), "nothing of it stuck");
}

#[test]
fn the_first_block_carries_no_certificate() {
    let network = Network::new();
    let (mut one, mut judge) = (network.seat(network.due(1, 0)), network.seat(network.due(2, 0)));
    let good = one.build(1, 0);
    let certificate = Some(network.certify(&good));
    let wrong = fitted(Block { certificate, ..good });
    assert!(reason(judge.judge_fresh(&wrong)).contains("not that of the parent"));
}

#[test]
fn another_height_than_the_next_is_a_fault_of_whoever_asks() {
    let mut scene = Scene::new();
    let bytes = Bytes::from(scene.block.to_bytes());
    let proposer = scene.block.header.builder;
    for height in [0, 1, 3, u64::MAX] {
        let at = Arrival { height, round: 0, freshness: Freshness::Fresh };
        assert!(scene.judge.app.validate(at, proposer, &bytes).is_err());
        assert!(scene.judge.app.propose(height, 0).is_err());
    }
}

// --------------------------------------------------------------------------------------------------- out of season

#[test]
fn a_block_out_of_season_is_untimely_and_good_in_season() {
    let network = Network::new();
    let (mut zero, mut one) = (network.seat(network.due(1, 0)), network.seat(network.due(1, 1)));
    let (early, late) = (zero.build(1, 0), one.build(1, 1));
    let [by_zero, by_one] = [0, 1].map(|round| network.due(1, round).seat().key_id());
    let (valid, untimely): (fn(BlockId) -> Verdict, fn(BlockId) -> Verdict) = (Verdict::Valid, Verdict::Untimely);
    let mut rows = [
        ("its own round", &early, 0, Freshness::Fresh, by_zero, valid),
        ("sealed by another", &early, 0, Freshness::Fresh, by_one, untimely),
        ("of an earlier round", &early, 1, Freshness::Fresh, by_one, untimely),
        ("of an earlier round, by its builder", &early, 1, Freshness::Fresh, by_zero, untimely),
        ("again", &early, 1, Freshness::Again, by_one, valid),
        ("decided later", &early, 1, Freshness::Synced, by_one, valid),
        ("of a later round", &late, 0, Freshness::Fresh, by_zero, untimely),
        ("of a later round, again", &late, 0, Freshness::Again, by_zero, untimely),
        ("the later round", &late, 1, Freshness::Fresh, by_one, valid),
        ("the later round, again", &late, 7, Freshness::Again, by_zero, valid),
    ];
    // What was found before, and in which order, makes no difference.
    let mut judge = network.seat(network.due(1, 2));
    for _ in 0..2 {
        for (name, block, round, freshness, proposer, expect) in rows {
            let at = Arrival { height: 1, round, freshness };
            let found = judge.app.validate(at, proposer, &Bytes::from(block.to_bytes())).unwrap();
            assert_eq!(found, expect(block.header.id()), "{name}");
        }
        rows.reverse();
        judge = judge.restarted(&network);
    }
}

#[test]
fn a_block_is_untimely_to_a_clock_that_is_too_far_off_and_to_no_other() {
    let network = Network::new();
    let mut proposer = network.seat(network.due(1, 0));
    proposer.give(&network, &proposer.handover(&network, 1, LOTS[0], Who::A, Who::B));
    let block = proposer.build(1, 0);
    let id = block.header.id();
    let far = i64::from(DRIFT_MS) * 10;
    for (ms, expect) in [
        (-far, Verdict::Untimely(id)),
        (-10_000, Verdict::Valid(id)),
        (10_000, Verdict::Valid(id)),
        (far, Verdict::Untimely(id)),
    ] {
        let mut judge = network.seat_off_by(network.due(2, 0), ms);
        assert_eq!(judge.judge_fresh(&block), expect, "{ms}");
        assert_eq!(judge.judge_fresh(&block), expect, "{ms}");
        // The driver heeds it for fresh blocks alone; whatever the clock says, the block can be committed.
        judge.close(&network, &block, Vec::new());
        assert_eq!(judge.app.parts.store.tip().root, block.header.state);
    }
}

// --------------------------------------------------------------------------------------------------------- commits

#[test]
fn a_block_that_was_never_judged_is_committed_after_a_crash() {
    let scene = Scene::new();
    let Scene { network, block, judge, .. } = scene;
    let mut judge = judge.restarted(&network);
    let (certificate, before) = (network.certify(&block), judge.item(LOTS[1]).1.seq);
    assert_eq!(judge.commit(&certificate, &block).unwrap(), 2);
    let store = judge.app.parts.store.clone();
    assert_eq!((store.tip().block, store.tip().root), (block.header.id(), block.header.state));
    assert_eq!(store.block(2).unwrap(), Some((block.to_bytes(), certificate)));
    assert_eq!(store.receipts(2).unwrap().len(), 2);
    assert_eq!(judge.item(LOTS[1]).1.seq, before + 1);
    let served = judge.app.decided(1, 9, usize::MAX).unwrap();
    assert_eq!(served.len(), 2);
    assert_eq!(judge.app.decided(1, 9, 1).unwrap().len(), 1, "at least one");
    // It goes on as if nothing had been.
    let mut next = judge.restarted(&network);
    let block = next.build(3, 0);
    assert_eq!(block.header.parent, served_id(&served[1].0));
}

fn served_id(bytes: &[u8]) -> BlockId {
    Block::from_bytes(bytes).unwrap().header.id()
}

#[test]
fn other_bytes_than_those_decided_are_a_fault_and_change_nothing() {
    let mut scene = Scene::new();
    let (certificate, root) = (scene.network.certify(&scene.block), scene.judge.app.parts.store.tip().root);
    let mut dropped = scene.block.clone();
    dropped.txs.pop();
    let mut other = scene.network.seat(scene.network.due(2, 1));
    other.close(&scene.network, &scene.first, Vec::new());
    let rival = other.build(2, 1);
    for (name, block, expect) in
        [("a body of another block", &dropped, "this node diverged"), ("another block", &rival, "not those")]
    {
        let fault = scene.judge.commit(&certificate, block).unwrap_err();
        assert!(fault.describe().contains(expect), "{name}: {}", fault.describe());
    }
    let wrong = Certificate { height: 3, ..certificate.clone() };
    assert!(scene.judge.commit(&wrong, &scene.block).is_err());
    assert_eq!(scene.judge.app.parts.store.tip().root, root);
    assert_eq!(scene.judge.commit(&certificate, &scene.block).unwrap(), 2);
}

// ------------------------------------------------------------------------------------------------ what a node keeps

#[test]
fn evidence_stands_in_one_block() {
    let network = Network::new();
    let mut seat = network.seat(Who::Customs);
    let evidence = network.votes(network.id, Who::Health, [1, 2]);
    let counts = [1, 2, 3].map(|height| {
        let block = seat.build(height, 0);
        let found = if height == 1 { vec![evidence.clone(), evidence.clone()] } else { Vec::new() };
        seat.close(&network, &block, found);
        block.evidence.len()
    });
    assert_eq!(counts, [0, 1, 0]);
    // As a file it convicts the agency before strangers, and nobody of those who have no seat.
    let view = seat.app.parts.store.view().unwrap();
    let file = crate::evidence::file(&view, &evidence).unwrap().unwrap();
    let options = proof::Options { allow_test: true, ..proof::Options::default() };
    let verdict = proof::evidence::verify(&file.to_json(), Some(&network.trust()), options);
    assert_eq!(verdict.head.verdict, proof::Standing::Valid, "{:?}", verdict.head.failure);
    let named: Vec<String> = verdict.accused.into_iter().map(|accused| accused.key).collect();
    assert_eq!(named, [Who::Health.seat().key_id().to_string()]);
    let stranger = network.votes(network.id, Who::A, [1, 2]);
    assert_eq!(crate::evidence::file(&view, &stranger).unwrap(), None);
}

#[test]
fn evidence_outlives_the_node_that_saw_it() {
    let network = Network::new();
    let mut seat = network.seat(Who::Customs);
    let evidence = [1, 3].map(|block| network.votes(network.id, Who::Health, [block, block + 1]));
    let empty = seat.build(1, 0);
    seat.close(&network, &empty, evidence.to_vec());
    assert_eq!(seat.evidence(), evidence.clone().map(|one| (None, one)));
    // It ends before it has built a block with it.
    let mut seat = seat.restarted(&network);
    let block = seat.build(2, 0);
    assert_eq!(block.evidence, evidence);
    // It ends between a block that holds it and the close of the height.
    seat.commit(&network.certify(&block), &block).unwrap();
    assert!(seat.evidence_file().exists());
    let recorded = evidence.map(|one| (Some(2), one));
    assert_eq!(seat.evidence(), recorded);
    let mut seat = seat.restarted(&network);
    assert!(!seat.evidence_file().exists());
    assert_eq!((seat.evidence(), seat.build(3, 0).evidence), (recorded.to_vec(), Vec::new()));
}

#[test]
fn evidence_of_a_file_is_believed_no_more_than_that_of_a_block() {
    let network = Network::new();
    let seat = network.seat(Who::Customs);
    let good = network.votes(network.id, Who::Health, [1, 2]);
    let all = vec![
        network.votes(network.id, Who::Health, [1, 1]),
        good.clone(),
        network.votes(network.id, Who::A, [1, 2]),
        network.votes(NetworkId(Hash([9; 32])), Who::Health, [1, 2]),
    ];
    let mut file = Waiting::open(seat.evidence_file(), network.id).unwrap();
    file.change(|list| *list = all).unwrap();
    assert_eq!(seat.evidence(), [(None, good.clone())]);
    let mut seat = seat.restarted(&network);
    assert_eq!(seat.build(1, 0).evidence, [good]);
    std::fs::write(seat.evidence_file(), b"no list").unwrap();
    let mut seat = seat.restarted(&network);
    assert_eq!(seat.build(1, 1).evidence, []);
}

#[test]
fn what_waits_for_another_act_is_kept_and_what_can_never_be_is_not() {
    let network = Network::new();
    let mut seat = network.seat(Who::Customs);
    let first = seat.handover(&network, 1, LOTS[0], Who::A, Who::B);
    let (item, at) = seat.item(LOTS[0]);
    let at = at.after(&first.body.id());
    let body = network.handover_body(2, item, at, Who::B, Who::A);
    let second = signed(body, &[Who::B.pair(), Who::A.pair()]);
    seat.give(&network, &second);
    let empty = seat.build(1, 0);
    assert_eq!((empty.txs.len(), seat.waiting()), (0, 1));
    seat.give(&network, &first);
    let mut together = Vec::new();
    for height in [1, 2] {
        let block = seat.build(height, 1);
        seat.close(&network, &block, Vec::new());
        together.extend(block.txs);
    }
    assert_eq!(together, [first.to_bytes(), second.to_bytes()]);
    // Both firms were touched by both acts, and their feeds are kept.
    let store = &seat.app.parts.store;
    for who in [Who::A, Who::B] {
        let links = store.feed_links(&who.org(), 1, 9).unwrap();
        assert_eq!(links.iter().map(|link| link.entries.len()).sum::<usize>(), 2);
    }
    let report = store.fsck().unwrap();
    assert!(report.is_clean(), "{report:?}");
    // It came again, by gossip that was slower than the block.
    seat.give(&network, &first);
    assert_eq!(seat.build(3, 0).txs.len(), 0);
    assert_eq!(seat.waiting(), 0);
}

#[test]
fn nodes_of_agencies_alone_are_let_in() {
    let network = Network::new();
    let mut seat = network.seat(Who::Customs);
    let admission = Admission::of(&[], seat.app.parts.store.clone(), Who::Customs.peer());
    let keys = || admission.admitted().unwrap().peers.into_iter().map(|peer| peer.key.0).collect::<BTreeSet<_>>();
    let before = keys();
    assert_eq!(before.len(), Who::AGENCIES.len());
    let register = |salt: u8, by: Who| {
        let transport = KeyPair::from_seed(&[salt; 32]);
        let (org, peer) = (by.org(), *transport.public_key().bytes());
        let possession = transport.sign(&peer_possession(&network.id, &org, &peer));
        let operation = Operation::RegisterNode { org, peer, possession };
        (peer, signed(network.body(salt, operation, &[(by, Role::Administrator)]), &[by.pair()]))
    };
    let [(observer, first), (firm, second)] = [register(61, Who::Health), register(62, Who::A)];
    seat.give(&network, &first);
    seat.give(&network, &second);
    let block = seat.build(1, 0);
    assert_eq!(block.txs.len(), 2);
    seat.close(&network, &block, Vec::new());
    for peer in [observer, firm] {
        let record: Option<ledger::record::NodeRecord> = seat.app.parts.store.record(&StateKey::Node(peer)).unwrap();
        assert!(record.is_some(), "both are registered");
    }
    assert_eq!(keys(), before.into_iter().chain([observer]).collect());
}
