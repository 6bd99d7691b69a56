//! Executing the transactions of a block, for the proposer who selects and the validator who checks.

use crate::{
    Judged, alert, allowed, audit, clock, due, duties, grants, items, motion, overlay::Overlay, registry, seats, share,
};
use ledger::{
    BlockId, Event, Hash, NetworkId, Operation, OrgId, Outcome, PolicyPack, Receipt, Rejection, SignedTx, StateKey,
    StateRead, Timestamp, TxId, VerifiedTx, WriteSet,
    block::{FeedEntry, FeedLink},
    event::Decision,
    judge::{self, Moment, Signer, Target},
    policy::Rule,
    record::{HistoryRecord, KeyRecord, OrgRecord, Stamp},
    state::ReadError,
    transaction::{Slot, TxError},
};
use std::{collections::BTreeSet, sync::Arc};

/// Expired transaction identities forgotten at most in one block; twice as many as a block can add.
const FORGET_PER_BLOCK: usize = 2 * ledger::bounds::MAX_BLOCK_TXS;

/// Where a block stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockPosition {
    /// The network.
    pub network: NetworkId,
    /// Height, from 1.
    pub height: u64,
    /// Its time.
    pub time: Timestamp,
    /// The block before; the zero hash at height 1.
    pub parent: BlockId,
}

/// What a block does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// Changes of the state.
    pub writes: WriteSet,
    /// A receipt for each transaction, in order.
    pub receipts: Vec<Receipt>,
    /// Events, in order.
    pub events: Vec<Event>,
    /// What it adds to feeds: one link for each organisation that it touched, by identity.
    pub feeds: Vec<FeedLink>,
    /// History root: the identities of all earlier blocks.
    pub history: Hash,
    /// Hash of the validator set that signs the next block.
    pub next_validators: Hash,
}

/// What a proposer gets from the transactions that wait.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Those that go into the block, in order.
    pub included: Vec<Arc<VerifiedTx>>,
    /// Those that are inadmissible now, with the reason.
    pub left_out: Vec<(Arc<VerifiedTx>, TxError)>,
    /// What the block does.
    pub execution: Execution,
}

/// Why a block does not execute.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecuteError {
    /// A local fault: it says nothing about the block.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The block holds a transaction that no block may hold.
    #[error("execute transaction {index}: {error}")]
    Inadmissible {
        /// Its position.
        index: usize,
        /// Why.
        error: TxError,
    },
    /// The state lacks a record that genesis writes.
    #[error("execute: the state has no {0}")]
    NoGenesis(&'static str),
}

/// Executes the transactions of a block, all of which must be admissible.
pub fn execute_block<S: StateRead>(
    state: &S,
    position: BlockPosition,
    txs: &[Arc<VerifiedTx>],
) -> Result<Execution, ExecuteError> {
    let mut run = Run::new(state, position)?;
    for (index, tx) in txs.iter().enumerate() {
        if let Err(error) = run.step((&**tx).into())? {
            return Err(ExecuteError::Inadmissible { index, error });
        }
    }
    run.finish()
}

/// Executes what waits, in the order given, and leaves out what is inadmissible.
pub fn select_and_execute<S: StateRead>(
    state: &S,
    position: BlockPosition,
    waiting: &[Arc<VerifiedTx>],
) -> Result<Selection, ExecuteError> {
    let mut run = Run::new(state, position)?;
    let mut included = Vec::with_capacity(waiting.len());
    let mut left_out = Vec::new();
    for tx in waiting {
        match run.step((&**tx).into())? {
            Ok(_) => included.push(tx.clone()),
            Err(error) => left_out.push((tx.clone(), error)),
        }
    }
    Ok(Selection { included, left_out, execution: run.finish()? })
}

/// Judges a draft as if the next block held it alone, whether or not it is signed. Nothing follows from it.
pub fn judge_draft<S: StateRead>(
    state: &S,
    position: BlockPosition,
    draft: &SignedTx,
) -> Result<Outcome, ExecuteError> {
    let mut run = Run::new(state, position)?;
    match run.step(Act { tx: draft, id: draft.body.id() })? {
        Ok(outcome) => Ok(outcome),
        Err(error) => Err(ExecuteError::Inadmissible { index: 0, error }),
    }
}

/// The policy pack in force, with its hash.
pub(crate) struct Pack {
    pub(crate) pack: PolicyPack,
    pub(crate) hash: Hash,
}

/// A transaction under judgement.
#[derive(Clone, Copy)]
pub(crate) struct Act<'a> {
    pub(crate) tx: &'a SignedTx,
    pub(crate) id: TxId,
}

impl<'a> From<&'a VerifiedTx> for Act<'a> {
    fn from(tx: &'a VerifiedTx) -> Self {
        Act { tx: tx.tx(), id: tx.id() }
    }
}

struct Run<'a, S> {
    overlay: Overlay<'a, S>,
    position: BlockPosition,
    pack: Pack,
    next_validators: Hash,
    receipts: Vec<Receipt>,
}

impl<'a, S: StateRead> Run<'a, S> {
    fn new(state: &'a S, position: BlockPosition) -> Result<Self, ExecuteError> {
        let at = Stamp { height: position.height, time: position.time };
        let mut overlay = Overlay::new(state, position.network, at);
        let in_force = motion::promote_pack(&mut overlay)?.ok_or(ExecuteError::NoGenesis("policy pack"))?.pack;
        let pack = state.record(&StateKey::Pack(in_force))?.ok_or(ExecuteError::NoGenesis("policy pack"))?;
        let pack = Pack { pack, hash: in_force };
        let seats = seats::promote(&mut overlay)?.ok_or(ExecuteError::NoGenesis("validator set"))?;
        due::fire(&mut overlay, &pack)?;
        Ok(Run { overlay, position, pack, next_validators: seats.set.hash(), receipts: Vec::new() })
    }

    /// Admits and judges one transaction; the inner error is the transaction's, the outer one the node's.
    fn step(&mut self, act: Act<'_>) -> Result<Result<Outcome, TxError>, ReadError> {
        if let Err(error) = self.admit(act)? {
            return Ok(Err(error));
        }
        let expires = act.tx.body.expires;
        self.overlay.put(StateKey::Seen { expires, tx: act.id }, &self.position.height);
        self.overlay.begin();
        let outcome = match self.judge(act)? {
            Ok(outcome) => outcome,
            Err(rejection) => self.refuse(act, rejection)?,
        };
        let index = u32::try_from(self.receipts.len()).unwrap_or(u32::MAX);
        self.receipts.push(Receipt { index, tx: act.id, outcome: outcome.clone() });
        Ok(Ok(outcome))
    }

    fn admit(&mut self, act: Act<'_>) -> Result<Result<(), TxError>, ReadError> {
        let body = &act.tx.body;
        if body.network != self.position.network {
            return Ok(Err(TxError::Network { found: body.network }));
        }
        if let Err(error) = body.check_time(self.position.time) {
            return Ok(Err(error));
        }
        if self.overlay.exists(&StateKey::Seen { expires: body.expires, tx: act.id })? {
            return Ok(Err(TxError::Replayed));
        }
        for (item, point) in body.operation.points() {
            if let Some(record) = self.overlay.item(&item)?
                && point.seq > record.custody_seq
            {
                return Ok(Err(TxError::CustodyAhead { asked: point.seq, found: record.custody_seq }));
            }
        }
        for (position, slot) in body.signers.iter().enumerate() {
            if self.overlay.key(&slot.key)?.is_none() {
                return Ok(Err(TxError::KeyUnknown { slot: position, key: slot.key }));
            }
        }
        Ok(Ok(()))
    }

    fn judge(&mut self, act: Act<'_>) -> Result<Result<Outcome, Rejection>, ReadError> {
        let records = match self.signer_records(act)? {
            Ok(records) => records,
            Err(rejection) => return Ok(Err(rejection)),
        };
        let signers: Vec<Signer<'_>> = records.iter().map(|(slot, key, org)| Signer { slot, key, org }).collect();
        let body = &act.tx.body;
        if let Err(rejection) = judge::check_keys(&signers, body.expires, self.overlay.at, Moment::Executing) {
            return Ok(Err(rejection));
        }
        let now = self.position.time;
        if let Some(banned) = signers.iter().find(|signer| signer.org.banned(now).is_some())
            && !self.pack.pack.limits.ban_allows.contains(&body.operation.act())
        {
            return Ok(Err(Rejection::OrgBanned { org: banned.slot.org }));
        }
        if let Some(left) = signers.iter().find(|signer| signer.org.left.is_some()) {
            return Ok(Err(Rejection::OrgLeft { org: left.slot.org }));
        }
        if self.pack.pack.row(body.operation.act()).is_none() {
            return Ok(Err(Rejection::ActNotInPack { act: body.operation.act() }));
        }
        self.judge_signed(act, &signers)
    }

    /// Hands the act to whoever judges its kind.
    fn judge_signed(&mut self, act: Act<'_>, signers: &[Signer<'_>]) -> Judged<Outcome> {
        let (overlay, pack, operation) = (&mut self.overlay, &self.pack, &act.tx.body.operation);
        let mut orgs: BTreeSet<OrgId> = signers.iter().map(|signer| signer.slot.org).collect();
        match operation {
            operation if operation.is_on_items() => return items::judge(overlay, pack, act, signers),
            Operation::Apply { .. }
            | Operation::Pause { .. }
            | Operation::Resume { .. }
            | Operation::Decide { .. }
            | Operation::Cancel { .. } => orgs.extend(allowed!(grants::judge(overlay, pack, act, signers)?)),
            Operation::Enact { .. }
            | Operation::Propose { .. }
            | Operation::Approve { .. }
            | Operation::Retract { .. } => orgs.extend(allowed!(motion::judge(overlay, pack, act, signers)?)),
            Operation::Demand { .. }
            | Operation::Answer { .. }
            | Operation::CloseAlert { .. }
            | Operation::AdvanceClock { .. } => orgs.extend(allowed!(single(overlay, pack, act, signers)?)),
            Operation::Share { .. } | Operation::EndShare { .. } => {
                orgs.extend(allowed!(share::judge(overlay, pack, act, signers)?));
            }
            // Nothing follows from it but that it stands in a block, and in the feed of whoever signed.
            Operation::Anchor { .. } => {
                allowed!(judge::authorise_under(&pack.pack, pack.hash, operation, signers, Target::default()));
            }
            _ => return registry::judge(overlay, pack, act, signers),
        }
        for org in orgs {
            overlay.feed(org, &FeedEntry::Done(act.id));
        }
        Ok(Ok(Outcome::Accepted { events: Vec::new() }))
    }

    fn signer_records(
        &mut self,
        act: Act<'_>,
    ) -> Result<Result<Vec<(Slot, KeyRecord, OrgRecord)>, Rejection>, ReadError> {
        let mut records = Vec::new();
        for slot in &act.tx.body.signers {
            let Some(key) = self.overlay.key(&slot.key)? else {
                return Ok(Err(Rejection::KeyUnknown { key: slot.key }));
            };
            let Some(org) = self.overlay.org(&slot.org)? else {
                return Ok(Err(Rejection::OrgUnknown { org: slot.org }));
            };
            records.push((*slot, key, org));
        }
        Ok(Ok(records))
    }

    /// Tells the organisations whose keys signed. What a slot says of its organisation is the signer's word alone: it
    /// must not write into the feed of another.
    fn refuse(&mut self, act: Act<'_>, rejection: Rejection) -> Result<Outcome, ReadError> {
        self.overlay.take_back();
        let rule = motion::rule(&mut self.overlay, &self.pack, &act.tx.body.operation)?;
        let mut orgs: BTreeSet<OrgId> = BTreeSet::new();
        for slot in &act.tx.body.signers {
            orgs.extend(self.overlay.key(&slot.key)?.map(|key| key.org));
        }
        let entry = FeedEntry::Refused { tx: act.id, rejection: rejection.clone() };
        for org in &orgs {
            self.overlay.feed(*org, &entry);
        }
        let orgs: Vec<OrgId> = orgs.into_iter().collect();
        alert::refused(&mut self.overlay, &self.pack, &rejection, &orgs)?;
        // Where the refusal has no rule of its own, a motion or a grant is refused by that of its registry or kind.
        let by = match (self.pack.pack.article(rejection.rule()), rule) {
            (None, rule) if rule != Rule::NONE => rule,
            _ => rejection.rule(),
        };
        let decision = Decision::under(&self.pack.pack, self.pack.hash, &act.tx.body.operation, by);
        Ok(Outcome::Rejected { rejection, decision })
    }

    fn finish(mut self) -> Result<Execution, ExecuteError> {
        let mut history: HistoryRecord =
            self.overlay.state().record(&StateKey::History)?.ok_or(ExecuteError::NoGenesis("history"))?;
        if self.position.height > 1 {
            history.blocks.push(self.position.parent.0);
        }
        history.last = self.overlay.at;
        self.overlay.put(StateKey::History, &history);
        for (expires, tx) in self.overlay.state().expired(self.position.time, FORGET_PER_BLOCK)? {
            self.overlay.remove(StateKey::Seen { expires, tx });
        }
        let (writes, events, feeds) = self.overlay.finish()?;
        Ok(Execution {
            writes,
            receipts: self.receipts,
            events,
            feeds,
            history: history.blocks.root(),
            next_validators: self.next_validators,
        })
    }
}

/// Demands and answers, alerts, and the clock of a test network.
fn single<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    act: Act<'_>,
    signers: &[Signer<'_>],
) -> Judged<Vec<OrgId>> {
    let operation = &act.tx.body.operation;
    let authority = allowed!(judge::authorise_under(&pack.pack, pack.hash, operation, signers, Target::default()));
    let mut touched = Vec::new();
    match operation {
        Operation::Demand { debtors, until, about, private } => {
            allowed!(duties::demand(overlay, act, &authority, debtors, *until, *about, *private)?);
            touched.extend(debtors.iter().copied());
        }
        Operation::Answer { duty, private: _ } => allowed!(duties::answer(overlay, act, &authority, *duty)?),
        Operation::CloseAlert { alert, reason: _ } => allowed!(alert::close(overlay, act, &authority, *alert)?),
        Operation::AdvanceClock { ms } => allowed!(clock::advance(overlay, *ms)?),
        other => return Ok(Err(Rejection::SignersWrong { act: other.act() })),
    }
    audit::record(overlay, act, signers, operation.act().name())?;
    Ok(Ok(touched))
}
