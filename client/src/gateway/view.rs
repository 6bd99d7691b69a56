//! What the gateway shows: jobs, proofs, notices, deliveries.

use super::{
    book::{About, Book, Place},
    depot,
    journal::{Behaviour, Incoming, Line, Outcome},
};
use crate::failure::{Failure, Result};
use api::{Problem, time::rfc3339};
use ledger::{Timestamp, list};
use serde::{Deserialize, Serialize};

/// A job: the resource of the capture interface of EPCIS 2.0, and what became of each event beside it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobView {
    #[serde(rename = "captureID")]
    capture_id: String,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<String>,
    running: bool,
    success: bool,
    capture_error_behaviour: Behaviour,
    errors: Vec<Problem>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<Problem>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<EventView>,
}

/// What became of an event, or of an act.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EventView {
    #[serde(rename = "eventID", skip_serializing_if = "String::is_empty")]
    event_id: String,
    /// Its place in the document.
    index: usize,
    /// `waiting`, `committed` or `refused`.
    state: &'static str,
    /// Transactions that did what it asks for.
    transactions: Vec<String>,
    /// Height from which on it is anchored.
    anchored: Option<u64>,
}

impl JobView {
    /// How many faults it tells.
    pub(super) fn faults(&self) -> usize {
        self.errors.len()
    }
}

/// A job; with its events where `whole`.
pub(super) fn job(book: &Book, index: usize, whole: bool) -> Result<JobView> {
    let line = book.job_line(index)?;
    let job = book.jobs.get(index).ok_or_else(|| Failure::plain("H1642"))?;
    let (mut errors, mut last, mut running) = (line.errors, job.at, false);
    let mut events = Vec::new();
    for place in book.places(index) {
        let Some(entry) = book.entry(place) else { continue };
        match &entry.done {
            Some(done) => {
                last = last.max(done.at);
                if let Some(mut problem) = book.why(done)? {
                    if !entry.id.is_empty() {
                        problem.params.insert("eventID".into(), entry.id.clone());
                    }
                    problem.params.insert("event".into(), entry.place.to_string());
                    errors.push(problem);
                }
            }
            None => running = true,
        }
        if whole {
            events.push(EventView {
                event_id: entry.id.clone(),
                index: entry.place,
                state: entry.done.map_or("waiting", |done| word(done.outcome)),
                transactions: entry.txs.iter().map(ToString::to_string).collect(),
                anchored: anchored(book, place),
            });
        }
    }
    Ok(JobView {
        capture_id: job.id.clone(),
        created_at: rfc3339(Timestamp(job.at)),
        finished_at: (!running).then(|| rfc3339(Timestamp(last))),
        running,
        success: errors.is_empty(),
        capture_error_behaviour: job.behaviour,
        errors,
        notes: if whole { line.notes } else { Vec::new() },
        events,
    })
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Committed => "committed",
        Outcome::Refused => "refused",
    }
}

fn anchored(book: &Book, place: Place) -> Option<u64> {
    let (anchor, _) = book.entry(place)?.anchor?;
    Some(book.anchors.get(anchor)?.at?.0)
}

/// That an event was there: `hufu.document-proof/1`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProofView {
    schema: &'static str,
    #[serde(rename = "eventID")]
    event_id: String,
    /// BLAKE3 of the exact bytes.
    content: String,
    /// base64url.
    salt: String,
    /// The commitment of both.
    document: String,
    index: usize,
    count: usize,
    /// From the leaf upwards.
    path: Vec<String>,
    root: String,
    tx: String,
    height: u64,
    /// Place of the transaction in its block.
    position: u32,
}

/// The proof of an event. Error: H1657 as long as it is not anchored.
pub(super) fn proof(book: &Book, place: Place) -> Result<ProofView> {
    let id = book.entry(place).map(|entry| entry.id.clone()).unwrap_or_default();
    let none = || Failure::input("H1657", id.clone());
    let entry = book.entry(place).ok_or_else(none)?;
    let (index, position) = entry.anchor.ok_or_else(none)?;
    let anchor = book.anchors.get(index).ok_or_else(none)?;
    let (height, in_block) = anchor.at.ok_or_else(none)?;
    let document = entry.document.ok_or_else(none)?;
    let documents = anchor.events.iter().filter_map(|place| book.entry(*place)?.document);
    let hashes: Vec<_> = documents.map(|document| document.hash()).collect();
    let path = list::path(&hashes, position).ok_or_else(none)?;
    Ok(ProofView {
        schema: "hufu.document-proof/1",
        event_id: entry.id.clone(),
        content: document.content.to_string(),
        salt: api::bytes::encode(&document.salt),
        document: document.hash().to_string(),
        index: position,
        count: hashes.len(),
        path: path.iter().map(ToString::to_string).collect(),
        root: anchor.root.to_string(),
        tx: anchor.tx.to_string(),
        height,
        position: in_block,
    })
}

/// What a webhook is told: `hufu.notice/1`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NoticeView {
    schema: &'static str,
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) height: u64,
    /// Of an event or an act of this gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    capture: Option<Captured>,
    /// Of what others did.
    #[serde(skip_serializing_if = "Option::is_none")]
    incoming: Option<Incoming>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Captured {
    #[serde(rename = "captureID")]
    capture_id: String,
    index: usize,
    #[serde(rename = "eventID", skip_serializing_if = "String::is_empty")]
    event_id: String,
    transactions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// A notice by its number: the same text whenever it is asked for.
pub(super) fn notice(book: &Book, index: usize) -> Result<NoticeView> {
    let notice = book.notices.get(index).ok_or_else(|| Failure::plain("H1642"))?;
    let (name, capture, incoming) = match notice.about {
        About::Entry { place, done, txs, again } => {
            let missing = || Failure::plain("H1642");
            let (job, entry) = (book.jobs.get(place.0).ok_or_else(missing)?, book.entry(place).ok_or_else(missing)?);
            let captured = Captured {
                capture_id: job.id.clone(),
                index: entry.place,
                event_id: entry.id.clone(),
                transactions: entry.txs.iter().take(txs).map(ToString::to_string).collect(),
                problem: book.why(&done)?,
            };
            let name = match again {
                0 => format!("entry {} {}", job.id, place.1),
                // What is tried again ends again, which is another notice.
                _ => format!("entry {} {} {again}", job.id, place.1),
            };
            (name, Some(captured), None)
        }
        About::Incoming(line, position) => {
            let incoming = book.incoming(line, position)?;
            (format!("event {} {}", incoming.item, incoming.n), None, Some(incoming))
        }
    };
    let id: String = depot::hash(name.as_bytes()).to_string().chars().take(32).collect();
    let (kind, height) = (notice.kind.clone(), notice.height);
    Ok(NoticeView { schema: "hufu.notice/1", id, kind, height, capture, incoming })
}

/// A page of notices with what each webhook made of them.
#[derive(Debug, Serialize)]
pub(super) struct Deliveries {
    schema: &'static str,
    items: Vec<DeliveryView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct DeliveryView {
    #[serde(flatten)]
    notice: NoticeView,
    webhooks: Vec<HookView>,
}

#[derive(Debug, Serialize)]
struct HookView {
    name: String,
    /// `waiting`, `taken` or `given-up`.
    state: &'static str,
    attempts: u32,
    detail: String,
}

/// Notices from a height on, `limit` of them behind the number `after`.
pub(super) fn deliveries(book: &Book, from: u64, after: usize, limit: usize) -> Result<Deliveries> {
    let mut items = Vec::new();
    let mut next = None;
    for (index, _) in book.notices.iter().enumerate().skip(after).filter(|(_, notice)| notice.height >= from) {
        if items.len() == limit {
            next = Some(index.to_string());
            break;
        }
        let mut webhooks = Vec::new();
        for (name, queue) in &book.queues {
            let (state, attempts, detail) = match (queue.waiting.contains(&index), queue.told.get(&index)) {
                (true, _) => ("waiting", 0, String::new()),
                (false, Some(at)) => match book.again(*at)? {
                    Line::Told { taken: true, attempts, detail, .. } => ("taken", attempts, detail),
                    Line::Told { taken: false, attempts, detail, .. } => ("given-up", attempts, detail),
                    _ => continue,
                },
                (false, None) => continue,
            };
            webhooks.push(HookView { name: name.clone(), state, attempts, detail });
        }
        items.push(DeliveryView { notice: notice(book, index)?, webhooks });
    }
    Ok(Deliveries { schema: "hufu.deliveries/1", items, next })
}

/// What is asked of a gateway that is to post again.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replay {
    pub(super) from: u64,
}

/// That it will.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Replayed {
    pub(super) schema: String,
    pub(super) from: u64,
    /// How many notices.
    pub(super) notices: usize,
}
