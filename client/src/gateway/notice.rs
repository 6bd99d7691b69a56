//! Notices: what webhooks are told, and what each made of it.
//!
//! What memory has of them is taken from the book at once. The rest stands in the journal, and is read while others
//! have the book.

#[cfg(test)]
mod tests;

use super::{
    book::{About, Book},
    depot,
    journal::{Incoming, Line, Outcome, Reader},
};
use crate::failure::{Failure, Result};
use api::Problem;
use serde::Serialize;

/// Most lines of the journal that say what stands in one page; the notice that passes this is the last.
const MOST_LINES: usize = 2_000;
/// Most bytes of them; the notice that passes this is the last.
const MOST_BYTES: usize = 4 * 1024 * 1024;

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

/// A notice as memory has it.
#[derive(Debug)]
pub(super) struct Outline {
    kind: String,
    height: u64,
    subject: Subject,
}

/// What a notice is about, with the line that says the rest.
#[derive(Debug)]
enum Subject {
    /// An entry by its name; and the line that says why it did not end well, where it did not.
    Entry { name: String, captured: Box<Captured>, why: Option<u64> },
    /// What others did: a line, and the place in it.
    Incoming { line: u64, position: usize },
}

impl Outline {
    /// A notice by its number.
    pub(super) fn of(book: &Book, index: usize) -> Result<Outline> {
        let missing = || Failure::plain("H1642");
        let notice = book.notices.get(index).ok_or_else(missing)?;
        let subject = match notice.about {
            About::Entry { place, done, txs, again } => {
                let job = book.jobs.get(place.0).ok_or_else(missing)?;
                let entry = book.entry(place).ok_or_else(missing)?;
                let captured = Box::new(Captured {
                    capture_id: job.id.clone(),
                    index: entry.place,
                    event_id: entry.id.clone(),
                    transactions: entry.txs.iter().take(txs).map(ToString::to_string).collect(),
                    problem: None,
                });
                let name = match again {
                    0 => format!("entry {} {}", job.id, place.1),
                    // What is tried again ends again, which is another notice.
                    _ => format!("entry {} {} {again}", job.id, place.1),
                };
                Subject::Entry { name, captured, why: (done.outcome != Outcome::Committed).then_some(done.line) }
            }
            About::Incoming(line, position) => Subject::Incoming { line, position },
        };
        Ok(Outline { kind: notice.kind.clone(), height: notice.height, subject })
    }

    /// The whole of it: the same text whenever it is read.
    pub(super) fn read(self, reader: &mut Reader) -> Result<NoticeView> {
        let (name, capture, incoming) = match self.subject {
            Subject::Entry { name, captured, why } => {
                let problem = why.map(|line| reader.why(line)).transpose()?.flatten();
                (name, Some(Captured { problem, ..*captured }), None)
            }
            Subject::Incoming { line, position } => {
                let incoming = reader.incoming(line, position)?;
                (format!("event {} {}", incoming.item, incoming.n), None, Some(incoming))
            }
        };
        let id: String = depot::hash(name.as_bytes()).to_string().chars().take(32).collect();
        let (kind, height) = (self.kind, self.height);
        Ok(NoticeView { schema: "hufu.notice/1", id, kind, height, capture, incoming })
    }
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

impl HookView {
    /// What a webhook made of a notice, by the line that says it; it waits where there is none.
    fn read(name: String, line: Option<u64>, reader: &mut Reader) -> Result<HookView> {
        let (state, attempts, detail) = match line.map(|line| reader.line(line)).transpose()? {
            None => ("waiting", 0, String::new()),
            Some(Line::Told { taken: true, attempts, detail, .. }) => ("taken", attempts, detail),
            Some(Line::Told { taken: false, attempts, detail, .. }) => ("given-up", attempts, detail),
            Some(_) => return Err(reader.damaged()),
        };
        Ok(HookView { name, state, attempts, detail })
    }
}

/// A page as memory has it.
#[derive(Debug)]
pub(super) struct Page {
    items: Vec<Delivery>,
    next: Option<usize>,
    reader: Reader,
}

/// A notice by its number, and the webhooks that it is for: each with the line that says what it made of it.
#[derive(Debug)]
struct Delivery {
    index: usize,
    outline: Outline,
    webhooks: Vec<(String, Option<u64>)>,
}

impl Page {
    /// Notices from a height on, from the number `first`, at most `limit` of them.
    pub(super) fn of(book: &Book, from: u64, first: usize, limit: usize) -> Result<Page> {
        let (mut items, mut next, mut lines) = (Vec::new(), None, 0usize);
        for (index, _) in book.notices.iter().enumerate().skip(first).filter(|(_, notice)| notice.height >= from) {
            if items.len() == limit || lines >= MOST_LINES {
                next = Some(index);
                break;
            }
            let mut webhooks = Vec::new();
            for (name, queue) in &book.queues {
                match (queue.waiting.contains(&index), queue.told.get(&index)) {
                    (true, _) => webhooks.push((name.clone(), None)),
                    (false, Some(line)) => webhooks.push((name.clone(), Some(*line))),
                    (false, None) => {}
                }
            }
            lines = lines.saturating_add(1).saturating_add(webhooks.len());
            items.push(Delivery { index, outline: Outline::of(book, index)?, webhooks });
        }
        Ok(Page { items, next, reader: book.reader() })
    }

    /// The whole of it. Errors: H1642, H1403.
    pub(super) fn read(self) -> Result<Deliveries> {
        let Page { items: all, mut next, mut reader } = self;
        let mut items = Vec::new();
        for Delivery { index, outline, webhooks } in all {
            if reader.bytes() >= MOST_BYTES {
                next = Some(index);
                break;
            }
            let notice = outline.read(&mut reader)?;
            let read = |(name, line)| HookView::read(name, line, &mut reader);
            let webhooks = webhooks.into_iter().map(read).collect::<Result<Vec<_>>>()?;
            items.push(DeliveryView { notice, webhooks });
        }
        Ok(Deliveries { schema: "hufu.deliveries/1", items, next: next.map(|index| index.to_string()) })
    }
}
