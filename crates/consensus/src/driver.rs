//! The loop between the engine and the application.
//!
//! The engine asks one thing at a time and waits for the answer; a thread of its own answers, because the application
//! blocks on disks. What must hold here:
//!
//! - a block is durable in the journal before the engine hears of it, so that a decided identity always has its bytes;
//! - for one height and round this node proposes one block, also after a crash;
//! - the engine hears of a commit after the application made it durable, and peers hear of it after the engine;
//! - a fault of this machine ends the node's part in consensus: no answer is given that is not known to be right.

mod blocks;
mod convert;
mod pacing;
mod streams;

use crate::application::{Application, Arrival, Fault, Freshness, Tip, Verdict};
use crate::context::{Address, Height, Hufu, Opening, Part, Validators, Value, proposer};
use crate::failpoint;
use crate::halt::{Halt, HaltReason, Safety};
use crate::journal::{Finding, Journal, Record};
use crate::limits::{MAX_ROUNDS_AHEAD, START_GRACE, SYNC_BATCH};
use crate::network::rules::PartBudget;
use crate::network::{Command, Heard, part_command};
use crate::polka::Polkas;
use crate::signing::Guard;
use blocks::{Ahead, Blocks};
use bytes::Bytes;
use ledger::{BlockId, KeyId, NetworkId, PartsSeal, Signature, ValidatorSet};
use malachite::app::consensus::{LocallyProposedValue, MisbehaviorEvidence, ProposedValue, VoteExtensionError};
use malachite::app::engine::host::{Next, SyncedValueOutcome};
use malachite::app::engine::node::NodeRef;
use malachite::app::streaming::StreamMessage;
use malachite::app::types::PeerId;
use malachite::app::types::core::{CommitCertificate, Round, Validity};
use malachite::app::types::sync::RawDecidedValue;
use malachite::{AppMsg, Reply};
use malachite_network::PeerIdExt;
use pacing::Pause;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;
use streams::{Sealed, Streams};
use tokio::sync::{mpsc, watch};
use transport::PeerKey;

/// What the driver works with.
pub(crate) struct Tools {
    pub(crate) network: NetworkId,
    pub(crate) max_block: usize,
    pub(crate) max_response: usize,
    /// The key, if this node may vote.
    pub(crate) guard: Option<Arc<Guard>>,
    pub(crate) journal: Journal,
    pub(crate) journalled: Vec<Record>,
    pub(crate) polkas: Arc<Polkas>,
    pub(crate) halt: Halt,
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) budget: Arc<PartBudget>,
    pub(crate) heard: Heard,
    pub(crate) listeners: watch::Receiver<usize>,
    pub(crate) wake: watch::Receiver<u64>,
    pub(crate) runtime: tokio::runtime::Handle,
    pub(crate) node: NodeRef,
}

pub(crate) struct Driver<A> {
    app: A,
    tools: Tools,
    tip: Tip,
    blocks: Blocks,
    ahead: Ahead,
    streams: Streams,
    round: u32,
    started: Instant,
    /// The last height whose block came by sync: no pause is made while catching up.
    synced: u64,
    streamed: u64,
    /// What the network was last told of the seats of the next height, and of a later one.
    announced: (ValidatorSet, Option<ValidatorSet>),
}

type Done = Result<(), Fault>;

impl<A: Application> Driver<A> {
    pub(crate) fn new(app: A, tip: Tip, tools: Tools) -> Driver<A> {
        Driver {
            announced: (tip.validators.clone(), None),
            app,
            tip,
            blocks: Blocks::default(),
            ahead: Ahead::default(),
            streams: Streams::new(tools.max_block),
            round: 0,
            started: Instant::now(),
            synced: 0,
            streamed: 0,
            tools,
        }
    }

    /// Answers until the engine ends or this machine fails.
    pub(crate) fn run(mut self, mut questions: mpsc::Receiver<AppMsg<Hufu>>) {
        let _guard = PanicGuard { halt: self.tools.halt.clone(), node: self.tools.node.clone() };
        while let Some(question) = questions.blocking_recv() {
            if let Err(fault) = self.answer(question) {
                self.tools.halt.declare(HaltReason::of(&fault, HaltReason::Fault));
                self.tools.node.stop(Some("local fault".to_owned()));
                break;
            }
        }
    }

    fn answer(&mut self, question: AppMsg<Hufu>) -> Done {
        match question {
            AppMsg::ConsensusReady { reply } => self.on_ready(reply),
            AppMsg::StartedRound { height, round, reply_value, .. } => {
                let values = self.on_started_round(height.0, round)?;
                send(reply_value, values);
                Ok(())
            }
            AppMsg::GetValue { height, round, reply, .. } => self.on_get_value(height.0, round, reply),
            AppMsg::ReceivedProposalPart { from, published_by, part, reply } => {
                let value = self.on_part(published_by.unwrap_or(from), part)?;
                send(reply, value);
                Ok(())
            }
            AppMsg::RestreamProposal { height, round, valid_round, address, value_id } => {
                let opening = (height.0, round.as_u32(), valid_round.as_u32(), address.0);
                self.on_restream(opening, value_id.0)
            }
            AppMsg::Decided { certificate, reply, .. } => self.on_decided(&certificate, reply),
            AppMsg::Finalized { certificate, evidence, reply, .. } => self.on_finalized(&certificate, &evidence, reply),
            AppMsg::GetHistoryMinHeight { reply } => {
                send(reply, Height(self.app.history_min()));
                Ok(())
            }
            AppMsg::GetDecidedValues { range, reply } => {
                let values = self.on_get_decided(range)?;
                send(reply, values);
                Ok(())
            }
            AppMsg::ProcessSyncedValue { height, round, proposer, value_bytes, reply } => {
                let outcome = self.on_synced(height.0, round, proposer.0, value_bytes)?;
                send(reply, outcome);
                Ok(())
            }
            // Votes carry no extensions; a policy that asked for them would be a mistake of ours.
            AppMsg::ExtendVote { reply, .. } => {
                send(reply, None);
                Ok(())
            }
            AppMsg::VerifyVoteExtensions { extensions, reply, .. } => {
                let refuse = |(address, ())| (address, Err(VoteExtensionError::InvalidVoteExtension));
                send(reply, extensions.into_iter().map(refuse).collect());
                Ok(())
            }
        }
    }

    /// The height after the tip.
    fn next(&self) -> u64 {
        self.tip.height.saturating_add(1)
    }

    fn me(&self) -> Option<KeyId> {
        self.tools.guard.as_ref().map(|g| g.id())
    }

    /// Whether this node signs the height after the tip.
    fn is_seated(&self) -> bool {
        self.me().is_some_and(|me| self.tip.validators.by_key(&me).is_some())
    }

    fn begin_height(&mut self) {
        let next = self.next();
        self.round = 0;
        self.blocks = Blocks::default();
        self.streams.forget_below(next);
        self.tools.polkas.start(next, self.tip.validators.quorum());
        self.tools.heard.next.store(next, Ordering::Relaxed);
        let committed = self.tip.height;
        self.tools.halt.update(|status| status.committed = committed);
        self.announce();
    }

    /// Tells the network who signs the next heights. The engine tells it of a set when it starts its first height, which
    /// may be later than others do: their first messages would be lost.
    fn announce(&mut self) {
        let Tip { validators, coming, .. } = &self.tip;
        if self.announced.0 == *validators && self.announced.1 == *coming {
            return;
        }
        self.announced = (validators.clone(), coming.clone());
        let sets = [validators].into_iter().chain(coming).map(Validators::of).collect();
        // Fails only when the network has ended, and with it the engine.
        let _ = self.tools.commands.blocking_send(Command::Coming(sets));
    }

    // The start

    fn on_ready(&mut self, reply: Reply<(Height, malachite::app::engine::host::HeightParams<Hufu>)>) -> Done {
        self.tip = self.app.tip();
        self.begin_height();
        for record in std::mem::take(&mut self.tools.journalled) {
            self.restore(record)?;
        }
        let start = (Height(self.next()), convert::params(&self.tip));
        let others = self.tip.validators.quorum().saturating_sub(usize::from(self.is_seated()));
        let mut listeners = self.tools.listeners.clone();
        let halt = self.tools.halt.clone();
        // The first proposal would be lost on peers that are not there yet, and cost a timeout.
        self.tools.runtime.spawn(async move {
            let _ = tokio::time::timeout(START_GRACE, listeners.wait_for(|n| *n >= others)).await;
            halt.update(|status| {
                if status.safety == Safety::Starting {
                    status.safety = Safety::Running;
                }
            });
            send(reply, start);
        });
        Ok(())
    }

    /// Takes a block from before the restart. It was judged then; it must still execute, but its time is not judged again.
    fn restore(&mut self, record: Record) -> Done {
        if record.height != self.next() {
            return Ok(());
        }
        let Record { round, proposer, finding, seal, bytes, .. } = record;
        let id = self.app.block_id(&bytes).ok_or_else(|| Fault::new("read a journalled block"))?;
        if finding != Finding::Own {
            let at = Arrival { height: self.next(), round, freshness: Freshness::Again };
            if let Verdict::Invalid { reason } = self.app.validate(at, proposer, &bytes)? {
                tracing::error!(block = %id, reason, "a journalled block is invalid now");
                self.blocks.put_invalid(round, id);
                return Ok(());
            }
        }
        let seal = (finding != Finding::Own).then_some(seal);
        self.blocks.put(id, round, (proposer, seal), finding, bytes);
        Ok(())
    }

    fn on_started_round(&mut self, height: u64, round: Round) -> Result<Vec<ProposedValue<Hufu>>, Fault> {
        let round = round.as_u32().unwrap_or(0);
        self.tools.budget.forgive();
        self.round = round;
        if round == 0 {
            self.started = Instant::now();
        }
        self.tools.halt.update(|status| (status.height, status.round) = (height, round));
        if height != self.next() {
            return Ok(Vec::new());
        }
        for sealed in self.ahead.take(height) {
            self.admit(sealed)?;
        }
        let mut values = Vec::new();
        for (id, block) in self.blocks.iter() {
            let upgraded = block.finding == Finding::Untimely && self.tools.polkas.has(height, id);
            let here = block.streamed.get(&round).map(|(proposer, _)| (round, *proposer));
            let ever = block.streamed.first_key_value().map(|(round, (proposer, _))| (*round, *proposer));
            if let Some((round, proposer)) = here.or(ever.filter(|_| upgraded)) {
                values.push(self.value(*id, round, proposer, block.finding));
            }
        }
        Ok(values)
    }

    /// What the engine is told of a block.
    fn value(&self, id: BlockId, round: u32, proposer: KeyId, finding: Finding) -> ProposedValue<Hufu> {
        let valid = match finding {
            Finding::Valid | Finding::Own => true,
            // Too many took it in time for it to be refused here.
            Finding::Untimely => self.tools.polkas.has(self.next(), &id),
        };
        self.report(id, round, proposer, valid)
    }

    fn report(&self, id: BlockId, round: u32, proposer: KeyId, valid: bool) -> ProposedValue<Hufu> {
        ProposedValue {
            height: Height(self.next()),
            round: Round::new(round),
            valid_round: Round::Nil,
            proposer: Address(proposer),
            value: Value(id),
            validity: Validity::from_bool(valid),
        }
    }

    // Proposing

    fn on_get_value(&mut self, height: u64, round: Round, reply: Reply<LocallyProposedValue<Hufu>>) -> Done {
        let (Some(guard), Some(round)) = (self.tools.guard.clone(), round.as_u32()) else {
            return Ok(());
        };
        if height != self.next() {
            return Ok(());
        }
        let (id, bytes) = match self.blocks.own(round) {
            Some(own) => own,
            None => self.build(height, round, guard.id())?,
        };
        let opening = Opening { height, round, pol_round: None, proposer: guard.id() };
        let Some(seal) = self.seal(&guard, &opening, id)? else {
            // The engine gets no value; the round ends by its timeout.
            return Ok(());
        };
        send(reply, LocallyProposedValue::new(Height(height), Round::new(round), Value(id)));
        self.stream(Sealed { opening, seal, bytes })
    }

    fn build(&mut self, height: u64, round: u32, me: KeyId) -> Result<(BlockId, Bytes), Fault> {
        let built = self.app.propose(height, round)?;
        if built.bytes.len() > self.tools.max_block {
            return Err(Fault::new(format!("build a block of at most {} bytes", self.tools.max_block)));
        }
        if self.app.block_id(&built.bytes) != Some(built.id) {
            return Err(Fault::new("build a block whose identity is that of its bytes"));
        }
        let (finding, seal) = (Finding::Own, Signature([0; 64]));
        self.journal(Record { height, round, proposer: me, finding, seal, bytes: built.bytes.clone() })?;
        failpoint::hit(failpoint::DRIVER_AFTER_PROPOSE);
        self.blocks.put(built.id, round, (me, None), finding, built.bytes.clone());
        Ok((built.id, built.bytes))
    }

    fn journal(&mut self, record: Record) -> Done {
        self.tools.journal.append(&record).map_err(|e| Fault::because("keep an undecided block", e))
    }

    /// The seal on a stream of this node as a proposer, or none if another block was sealed for that round.
    fn seal(&self, guard: &Guard, opening: &Opening, id: BlockId) -> Result<Option<Signature>, Fault> {
        match guard.seal(opening.height, opening.round, id) {
            Ok(seal) => Ok(Some(seal)),
            Err(error) if error.is_refusal() => Ok(None),
            Err(error) => Err(Fault::because("seal a block", error)),
        }
    }

    fn stream(&mut self, sealed: Sealed) -> Done {
        // The name only has to differ from others of this publisher that are on their way.
        self.streamed = self.streamed.wrapping_add(1);
        let Opening { height, round, .. } = sealed.opening;
        let name = [&height.to_be_bytes()[..], &round.to_be_bytes()[..], &self.streamed.to_be_bytes()[..]].concat();
        for message in streams::split(name.into(), &sealed) {
            let command = part_command(&message).map_err(|e| Fault::because("encode a proposal part", e))?;
            // Fails only when the network has ended, and with it the engine.
            if self.tools.commands.blocking_send(command).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Streams a block again: as the proposer of a later round with a seal of its own, or for everyone else with the seal
    /// that came with the block.
    fn on_restream(&mut self, opening: (u64, Option<u32>, Option<u32>, KeyId), id: BlockId) -> Done {
        let (height, Some(round), pol_round, proposer) = opening else { return Ok(()) };
        let Some(block) = self.blocks.get(&id).filter(|_| height == self.next()) else {
            tracing::debug!(height, round, block = %id, "nothing to stream again");
            return Ok(());
        };
        let opening = Opening { height, round, pol_round, proposer };
        let stored = block.streamed.get(&round).filter(|(by, _)| *by == proposer).and_then(|(_, seal)| *seal);
        let bytes = block.bytes.clone();
        let seal = match (stored, self.tools.guard.clone()) {
            (Some(seal), _) => Some(seal),
            (None, Some(guard)) if guard.id() == proposer => self.seal(&guard, &opening, id)?,
            (None, _) => None,
        };
        match seal {
            Some(seal) => self.stream(Sealed { opening, seal, bytes }),
            None => Ok(()),
        }
    }

    // Blocks of others

    fn on_part(&mut self, publisher: PeerId, part: StreamMessage<Part>) -> Result<Option<ProposedValue<Hufu>>, Fault> {
        if let (Some(key), Some(part)) = (PeerKey::of(&publisher.to_libp2p()), part.content.as_data()) {
            self.tools.budget.release(key, part);
        }
        let Some(sealed) = self.streams.take(publisher, part) else { return Ok(None) };
        if sealed.opening.height > self.next() {
            self.ahead.keep(self.next(), publisher, sealed);
            return Ok(None);
        }
        self.admit(sealed)
    }

    /// Judges a whole stream for the height after the tip: its seal, then the block.
    fn admit(&mut self, sealed: Sealed) -> Result<Option<ProposedValue<Hufu>>, Fault> {
        let Sealed { opening: Opening { height, round, pol_round, proposer: by }, seal, bytes } = sealed;
        let in_reach = round <= self.round.saturating_add(MAX_ROUNDS_AHEAD);
        if height != self.next() || !in_reach || by != proposer(&self.tip.validators, height, round) {
            return Ok(None);
        }
        let Some(id) = self.app.block_id(&bytes) else { return Ok(None) };
        let statement = PartsSeal { network: self.tools.network, height, round, signer: by, block: id };
        let key = self.tip.validators.by_key(&by).map(|v| v.key);
        if !key.is_some_and(|key| key.verify(&statement.sign_hash(), &seal)) {
            tracing::warn!(height, round, "a block without its proposer's seal");
            return Ok(None);
        }
        if let Some(known) = self.blocks.get(&id) {
            let finding = known.finding;
            self.blocks.streamed_again(&id, round, by, seal);
            return Ok(Some(self.value(id, round, by, finding)));
        }
        if self.blocks.is_invalid(&id) {
            return Ok(Some(self.report(id, round, by, false)));
        }
        if !self.blocks.has_room(round, &id) {
            tracing::warn!(height, round, "a proposer streams too many blocks");
            return Ok(None);
        }
        // A claim that a block had a polka counts only if this node has seen the votes.
        let again = pol_round.is_some() && self.tools.polkas.has(height, &id);
        let freshness = if again { Freshness::Again } else { Freshness::Fresh };
        let Some(finding) = self.judge(Arrival { height, round, freshness }, by, id, &bytes)? else {
            return Ok(Some(self.report(id, round, by, false)));
        };
        self.journal(Record { height, round, proposer: by, finding, seal, bytes: bytes.clone() })?;
        self.blocks.put(id, round, (by, Some(seal)), finding, bytes);
        Ok(Some(self.value(id, round, by, finding)))
    }

    /// Executes a block. `None`, and remembered, if it is invalid.
    fn judge(&mut self, at: Arrival, by: KeyId, id: BlockId, bytes: &Bytes) -> Result<Option<Finding>, Fault> {
        let (found, finding) = match self.app.validate(at, by, bytes)? {
            Verdict::Valid(found) => (found, Finding::Valid),
            Verdict::Untimely(found) if at.freshness == Freshness::Fresh => (found, Finding::Untimely),
            Verdict::Untimely(found) => (found, Finding::Valid),
            Verdict::Invalid { reason } => {
                tracing::warn!(height = at.height, round = at.round, block = %id, reason, "invalid block");
                self.blocks.put_invalid(at.round, id);
                return Ok(None);
            }
        };
        match found == id {
            true => Ok(Some(finding)),
            false => Err(Fault::new("find one identity for a block")),
        }
    }

    // The decision

    fn on_decided(&mut self, decided: &CommitCertificate<Hufu>, reply: Reply<()>) -> Done {
        let height = self.next();
        let certificate = convert::certificate(decided).ok_or_else(|| Fault::new("read a certificate"))?;
        if certificate.height != height {
            return Err(Fault::new(format!("commit height {}: the next is {height}", certificate.height)));
        }
        let block = self.blocks.get(&certificate.block).map(|b| b.bytes.clone());
        let block = block.ok_or_else(|| Fault::new(format!("find decided block {}", certificate.block)))?;
        if let Some(guard) = &self.tools.guard {
            guard.cover(height).map_err(|e| Fault::because("bring the sign-state to a decided height", e))?;
        }
        failpoint::hit(failpoint::DRIVER_BEFORE_COMMIT);
        let tip = self.app.commit(&certificate, &block)?;
        failpoint::hit(failpoint::DRIVER_AFTER_COMMIT);
        if tip.height != height {
            return Err(Fault::new(format!("commit height {height}: the ledger says {}", tip.height)));
        }
        self.tip = tip;
        self.tools.journal.reset().map_err(|e| Fault::because("empty the journal", e))?;
        self.begin_height();
        failpoint::hit(failpoint::DRIVER_AFTER_RESET);
        send(reply, ());
        Ok(())
    }

    fn on_finalized(
        &mut self,
        finalized: &CommitCertificate<Hufu>,
        seen: &MisbehaviorEvidence<Hufu>,
        reply: Reply<Next<Hufu>>,
    ) -> Done {
        let certificate = convert::certificate(finalized).ok_or_else(|| Fault::new("read a certificate"))?;
        if certificate.height != self.tip.height {
            return Err(Fault::new(format!("finalize height {}: the tip is {}", certificate.height, self.tip.height)));
        }
        self.app.finalized(&certificate, convert::evidence(self.tools.network, seen))?;
        failpoint::hit(failpoint::DRIVER_AFTER_FINALIZED);
        // Taken before the application is asked whether transactions wait, so that none is missed in between.
        let mut wake = self.tools.wake.clone();
        wake.mark_unchanged();
        self.tip = self.app.tip();
        let next = self.next();
        let answer = Next::Start(Height(next), convert::params(&self.tip));
        let until = self.started + pacing::idle_interval(&self.tip);
        let busy = self.tip.waiting || self.synced == certificate.height || until <= Instant::now();
        if busy {
            send(reply, answer);
            return Ok(());
        }
        let heard = self.tools.heard.greatest.subscribe();
        self.tools.runtime.spawn(async move {
            Pause { until, next, wake, heard }.rest().await;
            send(reply, answer);
        });
        Ok(())
    }

    // Sync

    fn on_get_decided(&mut self, range: RangeInclusive<Height>) -> Result<Vec<RawDecidedValue<Hufu>>, Fault> {
        let (from, asked) = (range.start().0, range.end().0);
        let to = asked.min(self.tip.height).min(from.saturating_add(SYNC_BATCH as u64 - 1));
        if from == 0 || from > to || from < self.app.history_min() {
            return Ok(Vec::new());
        }
        let found = self.app.decided(from, to, self.tools.max_response)?;
        let mut values = Vec::with_capacity(found.len());
        let mut room = self.tools.max_response;
        for (height, (bytes, certificate)) in (from..=to).zip(found) {
            if certificate.height != height {
                return Err(Fault::new(format!("read block {height}: the store gave {}", certificate.height)));
            }
            let Some(left) = room.checked_sub(bytes.len() + crate::limits::SYNC_SLACK) else { break };
            room = left;
            values.push(RawDecidedValue::new(bytes, convert::extended(&certificate)));
        }
        Ok(values)
    }

    /// Judges a block from a peer's store. The engine has verified a certificate; whether it is for this very block, the
    /// engine checks with the identity that it is given here.
    fn on_synced(
        &mut self,
        height: u64,
        round: Round,
        by: KeyId,
        bytes: Bytes,
    ) -> Result<SyncedValueOutcome<Hufu>, Fault> {
        let Some(round) = round.as_u32().filter(|_| height == self.next()) else {
            // Decided meanwhile, or the engine runs ahead of the ledger.
            return Ok(SyncedValueOutcome::LocalTransientError);
        };
        let id = if bytes.len() > self.tools.max_block { None } else { self.app.block_id(&bytes) };
        let Some(id) = id else { return Ok(SyncedValueOutcome::PeerFault) };
        self.synced = height;
        if self.blocks.get(&id).is_none() {
            let at = Arrival { height, round, freshness: Freshness::Synced };
            let Some(finding) = self.judge(at, by, id, &bytes)? else {
                return Ok(SyncedValueOutcome::Verdict(self.report(id, round, by, false)));
            };
            // The engine of a validator logs that it saw this value, and after a restart it may decide by that alone.
            if self.is_seated() {
                let seal = Signature([0; 64]);
                self.journal(Record { height, round, proposer: by, finding, seal, bytes: bytes.clone() })?;
            }
            self.blocks.put(id, round, (by, None), finding, bytes);
        }
        Ok(SyncedValueOutcome::Verdict(self.report(id, round, by, true)))
    }
}

/// Halts the node if the application, or this driver, panics.
struct PanicGuard {
    halt: Halt,
    node: NodeRef,
}

impl Drop for PanicGuard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.halt.declare(HaltReason::Fault("the application panicked".to_owned()));
            self.node.stop(Some("the application panicked".to_owned()));
        }
    }
}

/// Answers the engine. It may have ended meanwhile, which is no concern of whoever answers.
fn send<T>(reply: Reply<T>, answer: T) {
    let _ = reply.send(answer);
}

#[cfg(test)]
mod tests;
