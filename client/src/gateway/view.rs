//! What the gateway shows: jobs and proofs; and what is said of a replay.

use super::{
    book::{Book, Place},
    journal::{Behaviour, Outcome},
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
