//! Transactions: sending one or many, judging without sending, and what became of one.

use super::{
    Server, Shared,
    body::{self, Octets},
    failure::{Failure, code},
    health::safety_code,
    login::Caller,
    params::{Language, Params},
    sight::Sight,
};
use crate::{
    handle::{Submitted, TxStanding},
    ingress::SubmitError,
};
use api::{
    Lang, Problem, paths,
    tx::{
        BATCH_SCHEMA, BatchAccepted, BatchAnswer, DRY_RUN_SCHEMA, DryRun, EventKindView, RejectionView, SCHEMA,
        SubmitQuery, TxAccepted, TxState, TxStatus, WaitQuery, split_batch,
    },
};
use axum::{
    Json,
    extract::{Path, Request, State},
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use consensus::Safety;
use custody::{
    named,
    visibility::{Reader, Resource, Row, sees, visible},
};
use ledger::{
    KeyRecord, Operation, OrgId, OrgRecord, Outcome, SignedTx, StateKey, StateRead, TxId, block::EventRef,
    event::EventKind, record::Stamp, state::ReadError,
};
use std::{collections::BTreeSet, time::Duration};
use tokio::time::Instant;

/// Time that `?wait=committed` waits unless it is told otherwise.
const DEFAULT_WAIT_MS: u64 = 30_000;

/// `POST /v1/tx`. Sending needs no token: whoever does it, the signatures speak. A draft is judged without them and the
/// answer tells of the items it names, so judging needs one.
pub(super) async fn submit(
    State(server): State<Shared>,
    Params(query): Params<SubmitQuery>,
    caller: Result<Caller, Failure>,
    request: Request,
) -> Result<Response, Failure> {
    let Octets { bytes, language } = Octets::read(request, body::limit(paths::TX)).await?;
    match query.dry_run {
        None | Some(0) => {
            server.must_go_on()?;
            let submitted = server.handle.submit(bytes).await.map_err(|e| Failure::of_submit(&e))?;
            let accepted = server.blocking(move |server| server.accepted(submitted)).await?;
            let location: [(HeaderName, String); 1] = [(header::LOCATION, paths::fill(paths::TX_ONE, &accepted.id))];
            Ok((StatusCode::ACCEPTED, location, Json(accepted)).into_response())
        }
        Some(1) => {
            let who = caller?.who();
            let judged = server.blocking(move |server| server.judge(&who, &bytes, language.0)).await?;
            Ok(Json(judged).into_response())
        }
        Some(other) => Err(Failure::new(code::WORD).with("input", other.to_string()).with("expected", "0 or 1")),
    }
}

/// `POST /v1/tx/batch`.
pub(super) async fn submit_batch(
    State(server): State<Shared>,
    request: Request,
) -> Result<Json<BatchAccepted>, Failure> {
    let Octets { bytes, language } = Octets::read(request, body::limit(paths::TX_BATCH)).await?;
    let parts = split_batch(&bytes).map_err(|e| Failure::new(e.code()))?;
    server.must_go_on()?;
    let many = parts.iter().map(|part| part.to_vec()).collect();
    let answers = server.handle.submit_many(many).await;
    let answer = move |server: &Server| {
        // The body was taken apart before; it comes apart the same way again, and the pieces need not be kept.
        let parts = split_batch(&bytes).map_err(|e| Failure::new(e.code()))?;
        let mut batch = BatchAccepted { schema: BATCH_SCHEMA.into(), taken: 0, failed: 0, answers: Vec::new() };
        for (part, answer) in parts.iter().zip(answers) {
            batch.answers.push(match answer {
                Ok(submitted) => {
                    batch.taken = batch.taken.saturating_add(1);
                    let TxAccepted { schema: _, id, status } = server.accepted(submitted)?;
                    BatchAnswer { id: Some(id), status: Some(status), problem: None }
                }
                Err(error) => {
                    batch.failed = batch.failed.saturating_add(1);
                    refused_part(part, &error, language)
                }
            });
        }
        Ok(batch)
    };
    server.blocking(answer).await.map(Json)
}

impl Server {
    /// A node that halted, or was told to end, takes nothing: it would never pass it on.
    fn must_go_on(&self) -> Result<(), Failure> {
        match self.handle.consensus().safety {
            Safety::Starting | Safety::Running => Ok(()),
            ended @ (Safety::Halted(_) | Safety::Stopped) => Err(Failure::new(safety_code(&ended))),
        }
    }
}

fn refused_part(part: &[u8], error: &SubmitError, language: Language) -> BatchAnswer {
    let problem: Problem = Failure::of_submit(error).problem(language.0);
    let id = SignedTx::from_bytes(part).ok().map(|tx| tx.body.id().to_string());
    BatchAnswer { id, status: None, problem: Some(problem) }
}

/// `GET /v1/tx/{id}`.
pub(super) async fn one(
    State(server): State<Shared>,
    caller: Caller,
    Path(text): Path<String>,
    Params(query): Params<WaitQuery>,
    language: Language,
) -> Result<Json<TxStatus>, Failure> {
    let id: TxId = text.parse().map_err(|_| Failure::id(&text))?;
    let wait = match query.wait.as_deref() {
        None => None,
        Some("committed") => Some(query.timeout_ms.unwrap_or(DEFAULT_WAIT_MS).min(paths::MAX_WAIT_MS)),
        Some(other) => {
            let shown = super::failure::shown(other);
            return Err(Failure::new(code::WORD).with("input", shown).with("expected", "committed"));
        }
    };
    let standing = match wait {
        None => server.standing(id).await?,
        Some(ms) => wait_for(&server, id, Duration::from_millis(ms)).await?,
    };
    let who = caller.who();
    server.blocking(move |server| server.tx_status(&who, &id, &standing, language.0)).await.map(Json)
}

/// Where a transaction stands once it is decided or given up, or when the time is over.
async fn wait_for(server: &Shared, id: TxId, time: Duration) -> Result<TxStanding, Failure> {
    let deadline = Instant::now() + time;
    let mut ending = server.ending.clone();
    loop {
        // The place is taken before the look-up, so that no block falls between the two.
        let mut ticket = server.waiting.enter(id);
        let standing = server.standing(id).await?;
        let is_over = matches!(standing, TxStanding::Decided { .. } | TxStanding::Expired);
        if is_over || *ending.borrow_and_update() {
            return Ok(standing);
        }
        tokio::select! {
            decided = ticket.decided() => match decided {
                Some(decided) => {
                    return Ok(TxStanding::Decided { header: (*decided.header).clone(), receipt: decided.receipt });
                }
                // Blocks were missed: look again.
                None => continue,
            },
            () = tokio::time::sleep_until(deadline) => return server.standing(id).await,
            _ = ending.changed() => return Ok(standing),
        }
    }
}

impl Server {
    fn standing_now(&self, id: &TxId) -> Result<TxStanding, Failure> {
        self.handle.standing(id).map_err(|e| Failure::fault("look up a transaction", e))
    }

    async fn standing(self: &Shared, id: TxId) -> Result<TxStanding, Failure> {
        self.blocking(move |server| server.standing_now(&id)).await
    }

    /// What is said of a transaction that was taken. One that is known may be decided already.
    fn accepted(&self, submitted: Submitted) -> Result<TxAccepted, Failure> {
        let status = match submitted {
            Submitted::Taken(_) => TxState::Pending,
            Submitted::Known(id) => match self.standing_now(&id)? {
                TxStanding::Pending | TxStanding::Unknown => TxState::Pending,
                TxStanding::Expired => TxState::Expired,
                TxStanding::Decided { header: _, receipt } => match receipt.outcome {
                    Outcome::Accepted { events: _ } => TxState::Committed,
                    Outcome::Rejected { rejection: _, decision: _ } => TxState::Refused,
                },
            },
        };
        Ok(TxAccepted { schema: SCHEMA.into(), id: submitted.id().to_string(), status })
    }

    /// The standing as the reader may know it: what is hidden reads as unknown.
    fn tx_status(&self, who: &Reader, id: &TxId, standing: &TxStanding, lang: Lang) -> Result<TxStatus, Failure> {
        let (header, receipt) = match standing {
            TxStanding::Pending => return Ok(TxStatus::undecided(id, TxState::Pending)),
            TxStanding::Expired => return Ok(TxStatus::undecided(id, TxState::Expired)),
            TxStanding::Unknown => return Ok(TxStatus::undecided(id, TxState::Unknown)),
            TxStanding::Decided { header, receipt } => (header, receipt),
        };
        if !self.sees_tx(who, header.height, receipt)? {
            return Ok(TxStatus::undecided(id, TxState::Unknown));
        }
        Ok(TxStatus::decided(receipt, Stamp { height: header.height, time: header.time }, lang))
    }

    /// Whether the reader signed the transaction or sees an event that it caused. Agencies cost no look-up.
    fn sees_tx(&self, who: &Reader, height: u64, receipt: &ledger::Receipt) -> Result<bool, Failure> {
        if who.sees_all(Row::Tx) {
            return Ok(true);
        }
        let signers = self.signers(height, receipt)?;
        let events = match &receipt.outcome {
            Outcome::Accepted { events } => events.as_slice(),
            Outcome::Rejected { rejection: _, decision: _ } => &[],
        };
        if visible(who, &Resource::Tx { signers: &signers, parties: &Default::default() }) {
            return Ok(true);
        }
        let sight = Sight::new(self, who);
        for event in events {
            if sight.item(&event.item)?.is_some_and(|seen| seen.shows(event.n)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What a draft names and its reader does not see. Whoever has signed the draft, and sees it, shows it to those who
    /// are to sign with him: so a receiver judges what the giver handed to him, and nobody a draft that he made up.
    fn hidden(&self, who: &Reader, draft: &SignedTx) -> Result<BTreeSet<StateKey>, Failure> {
        let mut hidden = BTreeSet::new();
        if who.sees_all(Row::Draft) {
            return Ok(hidden);
        }
        let (store, now) = (&*self.handle.store, self.stamp().time);
        let unread = |e: ReadError| Failure::fault("read what a draft names", e);
        let mut readers = vec![*who];
        readers.extend(signatories(store, draft).map_err(unread)?);
        'keys: for key in named(draft) {
            for reader in &readers {
                if sees(reader, &key, store, now).map_err(unread)? {
                    continue 'keys;
                }
            }
            hidden.insert(key);
        }
        Ok(hidden)
    }

    /// What the rules would say now, as if what is hidden from the reader were not there.
    fn judge(&self, who: &Reader, bytes: &[u8], lang: Lang) -> Result<DryRun, Failure> {
        let tx = SignedTx::from_bytes(bytes).map_err(|e| Failure::of_tx(&e))?;
        let signers: Vec<OrgId> = tx.body.signers.iter().map(|s| s.org).collect();
        if !visible(who, &Resource::Draft { signers: &signers }) {
            return Err(Failure::new(code::NOT_FOR_YOU));
        }
        let mut answer = DryRun {
            schema: DRY_RUN_SCHEMA.into(),
            id: tx.body.id().to_string(),
            accepted: false,
            rejection: None,
            problem: None,
            events: Vec::new(),
            as_of: self.stamp().into(),
        };
        match self.handle.dry_run(&tx, &self.hidden(who, &tx)?) {
            Ok(Outcome::Accepted { events }) => {
                let kind = |e: &EventRef| event_kind(&tx.body.operation, e).into();
                let view = |e: &EventRef| EventKindView { item: e.item.to_string(), n: e.n, kind: kind(e) };
                answer.accepted = true;
                answer.events = events.iter().map(view).collect();
            }
            Ok(Outcome::Rejected { rejection, decision }) => {
                answer.rejection = Some(RejectionView::of(&rejection, &decision, lang));
            }
            Err(SubmitError::Inadmissible(error)) => answer.problem = Some(Problem::of_tx(&error, lang)),
            Err(error) => return Err(Failure::of_submit(&error)),
        }
        Ok(answer)
    }
}

/// Those whose signatures a draft bears, by keys that have not ended.
fn signatories<S: StateRead>(state: &S, draft: &SignedTx) -> Result<Vec<Reader>, ReadError> {
    let (id, mut found) = (draft.body.id(), Vec::new());
    for (slot, signature) in draft.body.signers.iter().zip(&draft.signatures) {
        let key: Option<KeyRecord> = state.record(&StateKey::Key(slot.key))?;
        let key = key.filter(|key| key.org == slot.org && key.end.is_none()).and_then(|key| key.public_key());
        if !key.is_some_and(|key| key.verify(&draft.body.sign_hash(&id, slot), signature)) {
            continue;
        }
        let org: Option<OrgRecord> = state.record(&StateKey::Org(slot.org))?;
        found.extend(org.map(|org| Reader::of(slot.org, org.profile.kind)));
    }
    Ok(found)
}

/// The kind of an event that an operation causes; nothing for one that causes none.
fn event_kind(operation: &Operation, event: &EventRef) -> &'static str {
    let kind = match operation {
        // Children are registered before their parents tell of them.
        Operation::Derive { .. } if event.n == 1 => Some(EventKind::Registered),
        Operation::Pack { unit, .. } | Operation::Unpack { unit, .. } if event.item == *unit => Some(EventKind::Filled),
        // What a hold does to the units around its item.
        Operation::PlaceHold { item, .. } | Operation::LiftHold { item, .. } if event.item != *item => {
            Some(EventKind::Filled)
        }
        other => EventKind::of_act(other.act()),
    };
    kind.map_or("", EventKind::name)
}
