use super::*;
use crate::application::{BuiltBlock, Pacing, Timeouts};
use crate::codec;
use crate::context::Vote;
use crate::sign_state::SignState;
use ed25519_dalek::Signer as _;
use ledger::{Certificate, CommitSignature, Evidence, Hash, PublicKey, Validator, ValidatorSet};
use malachite::app::consensus::Role;
use malachite::app::engine::node::NodeMsg;
use malachite::app::types::core::{CommitSignature as EngineCommit, NilOrVal, VoteType};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use tokio::sync::oneshot;

const NETWORK: NetworkId = NetworkId(Hash([8; 32]));
const MAX_BLOCK: usize = 1_000;

struct Pen(ed25519_dalek::SigningKey);

impl keys::Signer for Pen {
    fn public_key(&self) -> PublicKey {
        PublicKey::from_bytes(self.0.verifying_key().to_bytes()).unwrap()
    }
    fn sign(&self, message: &Hash) -> Signature {
        Signature(self.0.sign(&message.0).to_bytes())
    }
}

fn pen(n: u8) -> Pen {
    Pen(ed25519_dalek::SigningKey::from_bytes(&[n; 32]))
}

fn set() -> ValidatorSet {
    let seat = |n: u8| Validator { key: keys::Signer::public_key(&pen(n)), org: Default::default(), peer: [n; 32] };
    ValidatorSet::new((1..=4).map(seat).collect()).unwrap()
}

/// The number of the key that has the turn.
fn turn(height: u64, round: u32) -> u8 {
    let id = proposer(&set(), height, round);
    (1..=4).find(|n| keys::Signer::public_key(&pen(*n)).id() == id).unwrap()
}

fn key_id(n: u8) -> KeyId {
    keys::Signer::public_key(&pen(n)).id()
}

fn peer(n: u8) -> PeerId {
    let name = [&[0x00, 0x24, 0x08, 0x01, 0x12, 0x20], [n; 32].as_slice()].concat();
    PeerId::from_bytes(&name).unwrap()
}

/// A ledger whose blocks say themselves what is to be thought of them, by their first letter.
#[derive(Default)]
struct Paper {
    blocks: Vec<(Bytes, Certificate)>,
    judged: Arc<Mutex<Vec<Freshness>>>,
    built: u32,
    coming: Option<ValidatorSet>,
}

fn id(bytes: &[u8]) -> BlockId {
    BlockId(Hash(*blake3::hash(bytes).as_bytes()))
}

impl Application for Paper {
    fn tip(&self) -> Tip {
        let (timeouts, pacing) = (Timeouts::default(), Pacing::default());
        Tip {
            height: self.blocks.len() as u64,
            validators: set(),
            coming: self.coming.clone(),
            timeouts,
            pacing,
            waiting: true,
        }
    }
    fn propose(&mut self, height: u64, round: u32) -> Result<BuiltBlock, Fault> {
        self.built += 1;
        let now = std::time::SystemTime::now();
        let bytes = Bytes::from(format!("v {height} {round} {now:?} {}", self.built));
        Ok(BuiltBlock { id: id(&bytes), bytes })
    }
    fn validate(&mut self, at: Arrival, _: KeyId, bytes: &Bytes) -> Result<Verdict, Fault> {
        self.judged.lock().unwrap().push(at.freshness);
        Ok(match bytes[0] {
            b'v' => Verdict::Valid(id(bytes)),
            b'u' => Verdict::Untimely(id(bytes)),
            b'i' => Verdict::Invalid { reason: "it says so".into() },
            _ => return Err(Fault::new("judge")),
        })
    }
    fn block_id(&self, bytes: &[u8]) -> Option<BlockId> {
        // An x stands for a body that is not the one of its header.
        (!bytes.is_empty() && bytes[0] != b'x').then(|| id(bytes))
    }
    fn commit(&mut self, certificate: &Certificate, block: &Bytes) -> Result<Tip, Fault> {
        self.blocks.push((block.clone(), certificate.clone()));
        Ok(self.tip())
    }
    fn finalized(&mut self, _: &Certificate, _: Vec<Evidence>) -> Result<(), Fault> {
        Ok(())
    }
    fn decided(&self, from: u64, to: u64, _: usize) -> Result<Vec<(Bytes, Certificate)>, Fault> {
        Ok(self.blocks.iter().skip(from as usize - 1).take((to - from + 1) as usize).cloned().collect())
    }
    fn history_min(&self) -> u64 {
        2
    }
}

struct Idle;

#[async_trait::async_trait]
impl Actor for Idle {
    type Msg = NodeMsg;
    type State = ();
    type Arguments = ();
    async fn pre_start(&self, _: ActorRef<NodeMsg>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }
}

struct Bench {
    runtime: tokio::runtime::Runtime,
    driver: Driver<Paper>,
    orders: mpsc::Receiver<Command>,
    judged: Arc<Mutex<Vec<Freshness>>>,
}

impl Bench {
    /// A driver for key `n`, ready at the height after the tip. Its home may have been another's before.
    fn new(home: &Path, n: u8, height: u64) -> Bench {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (commands, orders) = mpsc::channel(64);
        let halt = Halt::new(height);
        let path = home.join("sign-state");
        let state = SignState::open(&path, NETWORK, key_id(n), height)
            .or_else(|_| SignState::create(&path, NETWORK, key_id(n), 1))
            .unwrap();
        let (journal, journalled) = Journal::open(&home.join("journal"), NETWORK).unwrap();
        let heard = Heard { next: Arc::new(AtomicU64::new(0)), greatest: Arc::new(watch::Sender::new(0)) };
        let polkas = Arc::<Polkas>::default();
        let (node, _) = runtime.block_on(Actor::spawn(None, Idle, ())).unwrap();
        let tools = Tools {
            network: NETWORK,
            max_block: MAX_BLOCK,
            max_response: 100_000,
            guard: Some(Arc::new(Guard::new(NETWORK, Box::new(pen(n)), state, Arc::clone(&polkas), halt.clone()))),
            journal,
            journalled,
            polkas,
            halt,
            commands,
            budget: Arc::new(PartBudget::new(1_000_000)),
            heard,
            listeners: watch::channel(9).1,
            wake: watch::channel(0).1,
            runtime: runtime.handle().clone(),
            node,
        };
        let mut app = Paper::default();
        for n in 1..=height {
            app.blocks.push((Bytes::from(format!("v old {n}")), certificate(n, id(b"old"))));
        }
        let judged = Arc::clone(&app.judged);
        let tip = app.tip();
        let mut bench = Bench { runtime, driver: Driver::new(app, tip, tools), orders, judged };
        let (start, _) = bench.ask(|reply| AppMsg::ConsensusReady { reply }).unwrap();
        assert_eq!(start, Height(height + 1));
        bench
    }

    /// The answer to a question; `None` if there was none.
    fn ask<T>(&mut self, question: impl FnOnce(Reply<T>) -> AppMsg<Hufu>) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.driver.answer(question(reply)).unwrap();
        self.runtime.block_on(answer).ok()
    }

    fn started_round(&mut self, height: u64, round: u32) -> Vec<ProposedValue<Hufu>> {
        let question = |reply_value| AppMsg::StartedRound {
            height: Height(height),
            round: Round::new(round),
            proposer: Address(proposer(&set(), height, round)),
            role: Role::Validator,
            reply_value,
        };
        self.ask(question).unwrap()
    }

    fn get_value(&mut self, height: u64, round: u32) -> Option<BlockId> {
        let timeout = std::time::Duration::from_secs(1);
        let (height, round) = (Height(height), Round::new(round));
        self.ask(|reply| AppMsg::GetValue { height, round, timeout, reply }).map(|v| v.value.0)
    }

    /// Feeds the parts of a block; the validity that the engine is told, if it is told anything.
    fn receive(&mut self, from: u8, sealed: &Sealed) -> Option<bool> {
        let mut told = None;
        for part in streams::split(Bytes::from(vec![from; 8]), sealed) {
            let question =
                |reply| AppMsg::ReceivedProposalPart { from: peer(9), published_by: Some(peer(from)), part, reply };
            told = told.or(self.ask(question).unwrap());
        }
        told.map(|value| value.validity.to_bool())
    }

    /// How many seats were announced each time since last asked: of the next height, and of a later one.
    fn announced(&mut self) -> Vec<Vec<usize>> {
        let mut announced = Vec::new();
        while let Ok(command) = self.orders.try_recv() {
            let Command::Coming(sets) = command else { continue };
            announced.push(sets.iter().map(|set| set.seats().len()).collect());
        }
        announced
    }

    fn decide(&mut self, height: u64, block: BlockId) -> Done {
        let certificate = CommitCertificate {
            height: Height(height),
            round: Round::new(0),
            value_id: Value(block),
            commit_signatures: vec![EngineCommit::new(Address(key_id(1)), crate::context::Sig(Signature([0; 64])))],
        };
        let (reply, _answer) = oneshot::channel();
        let extensions = Default::default();
        self.driver.answer(AppMsg::Decided { certificate, extensions, reply })
    }

    /// The blocks that were streamed since last asked.
    fn streamed(&mut self) -> Vec<Sealed> {
        let mut streams = Streams::new(MAX_BLOCK);
        let mut whole = Vec::new();
        while let Ok(command) = self.orders.try_recv() {
            let Command::Publish(_, bytes) = command else { continue };
            whole.extend(streams.take(peer(1), codec::decode(bytes).unwrap()));
        }
        whole
    }
}

fn certificate(height: u64, block: BlockId) -> Certificate {
    let signatures = vec![CommitSignature { signer: key_id(1), signature: Signature([0; 64]) }];
    Certificate { height, round: 0, block, signatures }
}

/// A block sealed by key `n` for a place.
fn sealed(n: u8, height: u64, round: u32, pol_round: Option<u32>, text: &str) -> Sealed {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    let signer = key_id(n);
    let seal = PartsSeal { network: NETWORK, height, round, signer, block: id(&bytes) };
    let seal = keys::Signer::sign(&pen(n), &seal.sign_hash());
    Sealed { opening: Opening { height, round, pol_round, proposer: signer }, seal, bytes }
}

fn polka(bench: &Bench, height: u64, round: u32, block: BlockId) {
    for n in 1..=3 {
        bench.driver.tools.polkas.record(&Vote {
            kind: VoteType::Prevote,
            height: Height(height),
            round: Round::new(round),
            value: NilOrVal::Val(Value(block)),
            address: Address(key_id(n)),
        });
    }
}

#[test]
fn one_height_and_round_has_one_value_also_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let me = turn(1, 0);
    let mut bench = Bench::new(home.path(), me, 0);
    assert!(bench.started_round(1, 0).is_empty());
    let first = bench.get_value(1, 0).unwrap();
    assert_eq!(bench.get_value(1, 0), Some(first));
    let streams = bench.streamed();
    assert_eq!(streams.len(), 2);
    assert_eq!(streams[0], streams[1], "the seal is the same too");
    drop(bench);

    let mut again = Bench::new(home.path(), me, 0);
    let restored = again.started_round(1, 0);
    assert_eq!(restored.iter().map(|v| (v.value.0, v.validity)).collect::<Vec<_>>(), [(first, Validity::Valid)]);
    assert_eq!(again.get_value(1, 0), Some(first));
    assert_eq!(again.streamed(), &streams[..1]);
    assert_eq!(again.driver.app.built, 0);
}

#[test]
fn nothing_is_proposed_against_an_earlier_seal() {
    let home = tempfile::tempdir().unwrap();
    let me = turn(1, 0);
    let mut bench = Bench::new(home.path(), me, 0);
    bench.get_value(1, 0).unwrap();
    drop(bench);
    // The journal is lost, the sign-state is not.
    std::fs::remove_file(home.path().join("journal")).unwrap();
    let mut again = Bench::new(home.path(), me, 0);
    assert_eq!(again.get_value(1, 0), None);
    assert_eq!(again.streamed(), []);
}

#[test]
fn blocks_are_taken_from_their_proposer_alone() {
    let (right, wrong) = (turn(1, 0), turn(1, 1));
    let forged = Sealed { seal: Signature([1; 64]), ..sealed(right, 1, 0, None, "v forged") };
    let mut renamed = sealed(wrong, 1, 0, None, "v renamed");
    renamed.opening.proposer = key_id(right);
    let mut other_bytes = sealed(right, 1, 0, None, "v one");
    other_bytes.bytes = Bytes::from_static(b"v another");
    let table = [
        ("valid", sealed(right, 1, 0, None, "v"), Some(true)),
        ("untimely", sealed(right, 1, 0, None, "u"), Some(false)),
        ("invalid", sealed(right, 1, 0, None, "i"), Some(false)),
        ("not its turn", sealed(wrong, 1, 0, None, "v wrong"), None),
        ("no seal", forged, None),
        ("another's seal", renamed, None),
        ("a seal on other bytes", other_bytes, None),
        ("no block", sealed(right, 1, 0, None, ""), None),
        ("too far a round", sealed(turn(1, 11), 1, 11, None, "v far"), None),
        ("a round in reach", sealed(turn(1, 10), 1, 10, None, "v near"), Some(true)),
        ("a height long decided", sealed(turn(0, 0), 0, 0, None, "v past"), None),
    ];
    for (name, block, expect) in table {
        let home = tempfile::tempdir().unwrap();
        let mut bench = Bench::new(home.path(), 1, 0);
        bench.started_round(1, 0);
        // Whoever relays it does not matter.
        assert_eq!(bench.receive(7, &block), expect, "{name}");
    }
}

#[test]
fn two_blocks_of_a_round_are_executed_and_no_more() {
    let home = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(home.path(), 1, 0);
    let by = turn(1, 0);
    assert_eq!(bench.receive(7, &sealed(by, 1, 0, None, "v 1")), Some(true));
    assert_eq!(bench.receive(7, &sealed(by, 1, 0, None, "i 2")), Some(false));
    assert_eq!(bench.receive(7, &sealed(by, 1, 0, None, "v 3")), None);
    assert_eq!(bench.receive(7, &sealed(by, 1, 0, None, "v 1")), Some(true));
    assert_eq!(bench.receive(7, &sealed(by, 1, 0, None, "i 2")), Some(false));
    assert_eq!(bench.judged.lock().unwrap().len(), 2);
}

#[test]
fn the_claim_of_a_polka_needs_the_votes() {
    let late = "u late";
    let again = |bench: &mut Bench, round| bench.receive(7, &sealed(turn(1, round), 1, round, Some(0), late));
    let home = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(home.path(), 1, 0);
    assert_eq!(again(&mut bench, 1), Some(false), "only claimed");
    assert_eq!(*bench.judged.lock().unwrap(), [Freshness::Fresh]);
    polka(&bench, 1, 0, id(late.as_bytes()));
    assert_eq!(again(&mut bench, 2), Some(true), "seen since");
    let told = bench.started_round(1, 3);
    assert_eq!(told.len(), 1, "the engine is told without being asked");
    assert!(told[0].validity.is_valid());

    let home = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(home.path(), 1, 0);
    polka(&bench, 1, 0, id(late.as_bytes()));
    assert_eq!(again(&mut bench, 1), Some(true));
    assert_eq!(*bench.judged.lock().unwrap(), [Freshness::Again]);
}

#[test]
fn an_untimely_block_stays_untimely_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(home.path(), 1, 0);
    assert_eq!(bench.receive(7, &sealed(turn(1, 0), 1, 0, None, "u")), Some(false));
    drop(bench);
    let mut bench = Bench::new(home.path(), 1, 0);
    assert_eq!(*bench.judged.lock().unwrap(), [Freshness::Again]);
    let told = bench.started_round(1, 0);
    assert_eq!(told.iter().map(|v| v.validity).collect::<Vec<_>>(), [Validity::Invalid]);
}

#[test]
fn a_block_that_comes_early_waits_for_its_height() {
    let home = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(home.path(), 1, 0);
    assert_eq!(bench.receive(7, &sealed(turn(2, 0), 2, 0, None, "v two")), None);
    assert_eq!(bench.receive(7, &sealed(turn(1, 0), 1, 0, None, "v one")), Some(true));
    bench.decide(1, id(b"v one")).unwrap();
    assert_eq!(bench.driver.app.blocks.len(), 1);
    let told = bench.started_round(2, 0);
    assert_eq!(told.iter().map(|v| v.value.0).collect::<Vec<_>>(), [id(b"v two")]);
}

#[test]
fn a_decision_without_its_bytes_or_its_turn_is_a_fault() {
    let home = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(home.path(), 1, 0);
    assert!(bench.decide(1, id(b"v unknown")).is_err());
    assert_eq!(bench.receive(7, &sealed(turn(1, 0), 1, 0, None, "v one")), Some(true));
    assert!(bench.decide(2, id(b"v one")).is_err());
}

#[test]
fn seats_are_announced_once_when_they_are_decided() {
    let home = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(home.path(), 1, 0);
    let alone = ValidatorSet::new(set().validators()[..1].to_vec()).unwrap();
    let mut commit = |height: u64, coming: Option<&ValidatorSet>| {
        bench.driver.app.coming = coming.cloned();
        let block = format!("v {height}");
        bench.started_round(height, 0);
        assert_eq!(bench.receive(7, &sealed(turn(height, 0), height, 0, None, &block)), Some(true));
        bench.decide(height, id(block.as_bytes())).unwrap();
        bench.announced()
    };
    assert_eq!(commit(1, None), Vec::<Vec<usize>>::new());
    assert_eq!(commit(2, Some(&alone)), [vec![4, 1]]);
    assert_eq!(commit(3, Some(&alone)), Vec::<Vec<usize>>::new());
    assert_eq!(commit(4, None), [vec![4]]);
}

#[test]
fn blocks_are_streamed_again_with_a_fitting_seal() {
    let home = tempfile::tempdir().unwrap();
    // Key 1 gets a block from the proposer of round 0 and later has a turn itself.
    let own_round = (1..).find(|r| turn(1, *r) == 1).unwrap();
    let mut bench = Bench::new(home.path(), 1, 0);
    let block = sealed(turn(1, 0), 1, 0, None, "v one");
    bench.receive(7, &block);
    let restream = |bench: &mut Bench, round: u32, by: u8, block: BlockId| {
        let (height, round, valid_round) = (Height(1), Round::new(round), Round::new(0));
        let (address, value_id) = (Address(key_id(by)), Value(block));
        bench.driver.answer(AppMsg::RestreamProposal { height, round, valid_round, address, value_id }).unwrap();
        bench.streamed()
    };
    let known = id(b"v one");
    let relayed = restream(&mut bench, 0, turn(1, 0), known);
    assert_eq!(relayed.iter().map(|s| (s.seal, s.opening.round)).collect::<Vec<_>>(), [(block.seal, 0)]);
    let own = restream(&mut bench, own_round, 1, known);
    let expect = sealed(1, 1, own_round, Some(0), "v one");
    assert_eq!(own, [expect]);
    // Neither a seal of someone else nor bytes can be made up.
    assert_eq!(restream(&mut bench, 1, turn(1, 1), known), []);
    assert_eq!(restream(&mut bench, 0, turn(1, 0), id(b"v unknown")), []);
}

#[test]
fn stored_blocks_are_served_within_bounds() {
    let home = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(home.path(), 1, 10);
    let mut check = |from: u64, to: u64, expect: &[u64]| {
        let range = Height(from)..=Height(to);
        let found = bench.ask(|reply| AppMsg::GetDecidedValues { range, reply }).unwrap();
        assert_eq!(found.iter().map(|v| v.certificate.height.0).collect::<Vec<_>>(), expect, "{from}..={to}");
    };
    check(2, 4, &[2, 3, 4]);
    check(2, 100, &[2, 3, 4, 5, 6]);
    check(9, u64::MAX, &[9, 10]);
    check(10, 10, &[10]);
    check(11, 12, &[]);
    check(5, 4, &[]);
    check(0, 4, &[]);
    check(1, 4, &[]);
    check(u64::MAX, u64::MAX, &[]);
}

#[test]
fn synced_blocks_are_judged_and_kept() {
    let home = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(home.path(), 1, 0);
    let mut check = |height: u64, text: &str, expect: &str| {
        let (height, round, proposer) = (Height(height), Round::new(0), Address(key_id(2)));
        let value_bytes = Bytes::copy_from_slice(text.as_bytes());
        let question = |reply| AppMsg::ProcessSyncedValue { height, round, proposer, value_bytes, reply };
        let found = match bench.ask(question).unwrap() {
            SyncedValueOutcome::Verdict(value) if value.validity.is_valid() => "valid",
            SyncedValueOutcome::Verdict(_) => "invalid",
            SyncedValueOutcome::PeerFault => "peer",
            SyncedValueOutcome::LocalTransientError => "later",
        };
        assert_eq!(found, expect, "{text}");
    };
    check(2, "v", "later");
    check(0, "v", "later");
    check(1, "", "peer");
    check(1, &"v".repeat(MAX_BLOCK + 1), "peer");
    check(1, &"v".repeat(MAX_BLOCK), "valid");
    check(1, "i", "invalid");
    check(1, "u", "valid");
    assert_eq!(bench.judged.lock().unwrap().len(), 3);
    drop(bench);
    // The engine's log may know them after a restart: so must the journal.
    let bench = Bench::new(home.path(), 1, 0);
    assert!(bench.driver.blocks.get(&id(b"u")).is_some());
}

#[test]
fn a_body_that_is_not_its_headers_is_dropped_and_costs_the_block_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(home.path(), 1, 0);
    let good = sealed(turn(1, 0), 1, 0, None, "v good");
    // More of them under the good block's seal than a round has room for, and one from a peer's store.
    for n in 0..5 {
        let bytes = Bytes::from(format!("x good {n}"));
        assert_eq!(bench.receive(7, &Sealed { bytes, ..good.clone() }), None);
    }
    let synced = |bench: &mut Bench, text: &'static str| {
        let (height, round, proposer) = (Height(1), Round::new(0), Address(key_id(turn(1, 0))));
        let value_bytes = Bytes::from_static(text.as_bytes());
        bench.ask(|reply| AppMsg::ProcessSyncedValue { height, round, proposer, value_bytes, reply }).unwrap()
    };
    assert!(matches!(synced(&mut bench, "x good"), SyncedValueOutcome::PeerFault));
    assert!(bench.judged.lock().unwrap().is_empty());
    assert!(!bench.driver.blocks.is_invalid(&id(b"v good")));
    assert_eq!(bench.receive(7, &good), Some(true));
    assert!(matches!(synced(&mut bench, "v good"), SyncedValueOutcome::Verdict(value) if value.validity.is_valid()));
    drop(bench);

    // The journal holds nothing of it either, and the other way in is open too.
    let bench = Bench::new(home.path(), 1, 0);
    assert_eq!(bench.driver.blocks.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [id(b"v good")]);
    let home = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(home.path(), 1, 0);
    assert!(matches!(synced(&mut bench, "x good"), SyncedValueOutcome::PeerFault));
    assert!(matches!(synced(&mut bench, "v good"), SyncedValueOutcome::Verdict(value) if value.validity.is_valid()));
    bench.decide(1, id(b"v good")).unwrap();
}

#[test]
fn a_fault_ends_the_loop_and_halts() {
    let home = tempfile::tempdir().unwrap();
    let Bench { runtime, driver, .. } = Bench::new(home.path(), 1, 0);
    let status = driver.tools.halt.subscribe();
    let (questions, asked) = mpsc::channel(4);
    let (reply, answer) = oneshot::channel();
    let (height, round, proposer) = (Height(1), Round::new(0), Address(key_id(2)));
    let value_bytes = Bytes::from_static(b"faulty");
    let question = AppMsg::ProcessSyncedValue { height, round, proposer, value_bytes, reply };
    questions.try_send(question).map_err(|_| ()).unwrap();
    driver.run(asked);
    assert!(runtime.block_on(answer).is_err());
    assert!(matches!(&status.borrow().safety, Safety::Halted(HaltReason::Fault(text)) if text == "judge"));
}
