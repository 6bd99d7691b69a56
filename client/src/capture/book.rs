//! The book of what was captured, `captured.jsonl` beside the configuration: each event byte for byte with the salt under
//! which it is anchored, and every transaction that was signed for it, before it is sent.
//!
//! A line of JSON each, appended; what is kept is on the disk before anything rests on it. A last line that a crash cut
//! off never had an effect and is dropped. In memory there is no more than where things stand in the file.

use super::identity;
use crate::{
    failure::{Failure, Result},
    session::Session,
    storage,
};
use epcis::Captured;
use ledger::{Hash, NetworkId, SignedTx, Timestamp, TxId, document::Document};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

const SCHEMA: &str = "hufu.capture/1";
/// Longest line, in bytes: the largest document in base64, or the largest transaction with its events.
const MAX_LINE: u64 = 32 * 1024 * 1024;

/// BLAKE3 of the exact bytes of an event, by which it is known.
pub(crate) type Content = Hash;

/// A line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "line")]
enum Line {
    /// The first.
    Head { schema: String, network: String },
    /// An event, as it came.
    Event { content: String, id: Option<String>, salt: String, bytes: String },
    /// A signed transaction: the anchor of some events, or a step of one.
    Signed { id: String, events: Vec<String>, step: Option<u32>, tx: String },
    /// How it ended.
    Decided { id: String, done: bool },
}

/// An event in the book.
#[derive(Clone, Debug)]
struct Event {
    salt: [u8; 16],
    /// Its anchor and its steps, by their places among the transactions.
    anchor: Option<usize>,
    steps: BTreeMap<u32, usize>,
}

/// A transaction in the book.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub(super) id: TxId,
    pub(super) expires: Timestamp,
    /// Whether it was done; none while that is not known.
    pub(super) done: Option<bool>,
    at: (u64, usize),
}

/// The open book.
#[derive(Debug)]
pub(crate) struct Book {
    path: PathBuf,
    file: File,
    end: u64,
    events: BTreeMap<Content, Event>,
    ids: BTreeMap<String, Content>,
    signed: Vec<Signed>,
}

impl Book {
    /// Opens the book of a session, or begins it. Errors: H1312 where it is of another network, H1313 where it is damaged,
    /// H1403, also while another program has it.
    pub(crate) fn open(session: &Session) -> Result<Book> {
        storage::folder(&session.settings.state)?;
        Book::at(&Book::path_of(session), &session.network_id()?)
    }

    /// The book of a session where it has begun. Errors: as of [`Book::open`].
    pub(crate) fn of_earlier(session: &Session) -> Result<Option<Book>> {
        match Book::path_of(session).exists() {
            true => Book::open(session).map(Some),
            false => Ok(None),
        }
    }

    fn path_of(session: &Session) -> PathBuf {
        session.settings.state.join("captured.jsonl")
    }

    fn at(path: &Path, network: &NetworkId) -> Result<Book> {
        let fail = |e: io::Error| Failure::file(path, &e);
        let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path).map_err(fail)?;
        file.try_lock().map_err(|_| fail(io::Error::other("another program captures events")))?;
        let mut book = Book {
            path: path.to_owned(),
            file,
            end: 0,
            events: BTreeMap::new(),
            ids: BTreeMap::new(),
            signed: Vec::new(),
        };
        book.read(&network.to_string())?;
        if book.end < book.file.metadata().map_err(fail)?.len() {
            book.file.set_len(book.end).map_err(fail)?;
        }
        if book.end == 0 {
            book.append(&Line::Head { schema: SCHEMA.into(), network: network.to_string() })?;
            book.sync()?;
            storage::sync_folder(path).map_err(fail)?;
        }
        Ok(book)
    }

    fn read(&mut self, network: &str) -> Result<()> {
        let file = self.file.try_clone().map_err(|e| Failure::file(&self.path, &e))?;
        let mut reader = BufReader::new(file);
        let mut places: BTreeMap<TxId, usize> = BTreeMap::new();
        let mut bytes = Vec::new();
        for number in 1u64.. {
            bytes.clear();
            let read = (&mut reader).take(MAX_LINE).read_until(b'\n', &mut bytes);
            let length = read.map_err(|e| Failure::file(&self.path, &e))?;
            if bytes.last() != Some(&b'\n') && (length as u64) < MAX_LINE {
                return Ok(());
            }
            let line = serde_json::from_slice(&bytes).ok();
            let place = (self.end, length);
            line.and_then(|line| self.apply(line, number == 1, network, place, &mut places)).ok_or_else(|| {
                let values = [("file", self.path.display().to_string()), ("line", number.to_string())];
                Failure::new(if number == 1 { "H1312" } else { "H1313" }, values)
            })?;
            self.end += length as u64;
        }
        Ok(())
    }

    /// Takes a line in; none where it cannot stand there.
    fn apply(
        &mut self,
        line: Line,
        is_first: bool,
        network: &str,
        at: (u64, usize),
        places: &mut BTreeMap<TxId, usize>,
    ) -> Option<()> {
        match line {
            Line::Head { schema, network: of } => (is_first && schema == SCHEMA && of == network).then_some(()),
            _ if is_first => None,
            Line::Event { content, id, salt, bytes: _ } => {
                let salt = crate::private::read_salt(&salt)?;
                self.enter(content.parse().ok()?, id, salt);
                Some(())
            }
            Line::Signed { id, events, step, tx } => {
                let tx = decoded(&tx).filter(|tx| tx.body.id().to_string() == id)?;
                let contents = events.iter().map(|content| content.parse().ok()).collect::<Option<Vec<_>>>()?;
                places.insert(tx.body.id(), self.signed.len());
                self.note(&tx, &contents, step, at)
            }
            Line::Decided { id, done } => {
                let place = *places.get(&id.parse().ok()?)?;
                self.signed.get_mut(place)?.done = Some(done);
                Some(())
            }
        }
    }

    fn enter(&mut self, content: Content, id: Option<String>, salt: [u8; 16]) {
        if let Some(id) = id {
            self.ids.insert(id, content);
        }
        self.events.insert(content, Event { salt, anchor: None, steps: BTreeMap::new() });
    }

    fn note(&mut self, tx: &SignedTx, events: &[Content], step: Option<u32>, at: (u64, usize)) -> Option<()> {
        let place = self.signed.len();
        for content in events {
            let event = self.events.get_mut(content)?;
            match step {
                None => event.anchor = Some(place),
                Some(step) => drop(event.steps.insert(step, place)),
            }
        }
        self.signed.push(Signed { id: tx.body.id(), expires: tx.body.expires, done: None, at });
        Some(())
    }

    // Events

    /// The hash by which an event is known, and whether it came before. One that states no identity is known by its event
    /// hash: written otherwise, it is the one that came. Error: H1338 where another event has its identity.
    pub(crate) fn look(&self, event: &Captured) -> Result<(Content, bool)> {
        let content = Hash(*blake3::hash(&event.bytes).as_bytes());
        let known = identity(event).and_then(|id| self.ids.get(&id)).filter(|known| **known != content);
        match (known, event.value.get("eventID").and_then(|id| id.as_text())) {
            (Some(_), Some(id)) => Err(Failure::input("H1338", id)),
            (Some(known), None) => Ok((*known, true)),
            (None, _) => Ok((content, self.events.contains_key(&content))),
        }
    }

    /// Keeps an event byte for byte; one that is there already stays as it is. It is on the disk once [`Book::sync`] returns,
    /// and before anything is signed for it.
    ///
    /// Error: H1338, as of [`Book::look`].
    pub(crate) fn keep(&mut self, event: &Captured) -> Result<Content> {
        let (content, is_known) = self.look(event)?;
        if is_known {
            return Ok(content);
        }
        let (id, salt): (_, [u8; 16]) = (identity(event), keys::random()?);
        self.append(&Line::Event {
            content: content.to_string(),
            id: id.clone(),
            salt: api::bytes::encode(&salt),
            bytes: api::bytes::encode(&event.bytes),
        })?;
        self.enter(content, id, salt);
        Ok(content)
    }

    /// Events as they are anchored.
    pub(super) fn documents(&self, contents: &[Content]) -> Vec<Document> {
        let document =
            |content: &Content| self.events.get(content).map(|event| Document { salt: event.salt, content: *content });
        contents.iter().filter_map(document).collect()
    }

    // Transactions

    /// The anchor of an event that is done or may be.
    pub(super) fn anchor(&self, content: &Content) -> Option<usize> {
        self.events.get(content)?.anchor.filter(|place| self.is_live(*place))
    }

    /// A step of an event that is done or may be.
    pub(super) fn step(&self, content: &Content, step: u32) -> Option<usize> {
        self.events.get(content)?.steps.get(&step).copied().filter(|place| self.is_live(*place))
    }

    fn is_live(&self, place: usize) -> bool {
        self.signed.get(place).is_some_and(|signed| signed.done != Some(false))
    }

    /// Transactions, in the order in which they were signed.
    pub(super) fn signed(&self) -> &[Signed] {
        &self.signed
    }

    /// The bytes of a transaction.
    pub(super) fn bytes(&self, place: usize) -> Result<Vec<u8>> {
        let Signed { at: (at, length), id, .. } = &self.signed[place];
        let mut bytes = vec![0; *length];
        self.file.read_exact_at(&mut bytes, *at).map_err(|e| Failure::file(&self.path, &e))?;
        let found = match serde_json::from_slice(&bytes) {
            Ok(Line::Signed { tx, .. }) => decoded(&tx).filter(|tx| tx.body.id() == *id),
            Ok(Line::Head { .. } | Line::Event { .. } | Line::Decided { .. }) | Err(_) => None,
        };
        let damaged = || {
            let values = [("file", self.path.display().to_string()), ("line", format!("at byte {at}"))];
            Failure::new("H1313", values)
        };
        Ok(found.ok_or_else(damaged)?.to_bytes())
    }

    /// Keeps a signed transaction; once this returns it may be sent.
    pub(super) fn add(&mut self, tx: &SignedTx, events: &[Content], step: Option<u32>) -> Result<usize> {
        let at = self.end;
        let length = self.append(&Line::Signed {
            id: tx.body.id().to_string(),
            events: events.iter().map(ToString::to_string).collect(),
            step,
            tx: api::bytes::encode(&tx.to_bytes()),
        })?;
        self.sync()?;
        // The events are in the book: whoever signs for one has kept it before.
        let _ = self.note(tx, events, step, (at, length));
        Ok(self.signed.len() - 1)
    }

    /// Keeps how a transaction ended. It need not reach the disk: it can be asked again.
    pub(super) fn decide(&mut self, place: usize, done: bool) -> Result<()> {
        let id = self.signed[place].id.to_string();
        self.append(&Line::Decided { id, done })?;
        self.signed[place].done = Some(done);
        Ok(())
    }

    /// Makes durable what was kept.
    pub(crate) fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(|e| Failure::file(&self.path, &e))
    }

    fn append(&mut self, line: &Line) -> Result<usize> {
        // Writing plain structs to memory fails for no value.
        let mut bytes = serde_json::to_vec(line).unwrap_or_default();
        bytes.push(b'\n');
        self.file.write_all(&bytes).map_err(|e| Failure::file(&self.path, &e))?;
        self.end += bytes.len() as u64;
        Ok(bytes.len())
    }
}

fn decoded(text: &str) -> Option<SignedTx> {
    SignedTx::from_bytes(&api::bytes::decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::tests::{handover, person};
    use epcis::{Document as Read, Format};

    fn event(id: &str, step: &str) -> Captured {
        let text = format!(
            r#"{{"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", "type": "ObjectEvent",
            "eventID": "{id}", "eventTime": "2025-03-01T08:00:00Z", "eventTimeZoneOffset": "+08:00", "action": "OBSERVE",
            "epcList": ["https://id.gs1.org/01/09520000102968/21/S1"], "bizStep": "{step}"}}"#
        );
        Read::read(text.as_bytes(), Format::Json).unwrap().events.remove(0)
    }

    fn tx(nonce: u8) -> SignedTx {
        let mut draft = handover();
        draft.body.nonce = [nonce; 16];
        draft.sign(&person(1));
        draft.sign(&person(2));
        draft.complete().unwrap()
    }

    fn open(path: &Path) -> Result<Book> {
        Book::at(path, &NetworkId::default())
    }

    #[test]
    fn an_event_is_known_by_its_bytes_and_its_identity_is_taken_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("captured.jsonl");
        let mut book = open(&path).unwrap();
        let (first, other) = (event("urn:uuid:1", "storing"), event("urn:uuid:1", "shipping"));
        let content = book.keep(&first).unwrap();
        assert_eq!(book.keep(&first), Ok(content));
        assert_eq!(book.keep(&other).unwrap_err().code, "H1338");
        let documents = book.documents(&[content]);
        drop(book);
        let book = open(&path).unwrap();
        assert_eq!(book.look(&first), Ok((content, true)));
        assert_eq!(book.look(&other).unwrap_err().code, "H1338");
        assert_eq!(book.documents(&[content]), documents, "the salt is kept");
    }

    #[test]
    fn an_event_without_an_identity_is_the_same_however_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut book = open(&folder.path().join("captured.jsonl")).unwrap();
        let read = |text: &str| Read::read(text.as_bytes(), Format::Json).unwrap().events.remove(0);
        let bare = String::from_utf8(event("urn:uuid:1", "storing").bytes).unwrap();
        let bare = bare.replace(r#""eventID": "urn:uuid:1","#, "");
        let content = book.keep(&read(&bare)).unwrap();
        let other = read(&bare.replace("\": ", "\" :  "));
        assert_eq!(book.look(&other), Ok((content, true)));
        assert_eq!(book.keep(&other), Ok(content));
        // Its declaration as wrong has the same hash, and is another event.
        let declaration = r#""errorDeclaration": {"declarationTime": "2025-03-02T08:00:00Z"}, "action""#;
        let declared = read(&bare.replace(r#""action""#, declaration));
        assert!(matches!(book.look(&declared), Ok((found, false)) if found != content));
    }

    #[test]
    fn every_prefix_of_a_book_opens_and_loses_no_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("captured.jsonl");
        let mut book = open(&path).unwrap();
        let content = book.keep(&event("urn:uuid:1", "storing")).unwrap();
        book.add(&tx(1), &[content], None).unwrap();
        book.add(&tx(2), &[content], Some(0)).unwrap();
        book.decide(1, false).unwrap();
        assert_eq!((book.anchor(&content), book.step(&content, 0)), (Some(0), None));
        drop(book);
        let whole = std::fs::read(&path).unwrap();
        for end in 0..=whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            let lines = whole[..end].iter().filter(|b| **b == b'\n').count();
            let mut book = open(&path).unwrap();
            assert_eq!(book.signed().len(), lines.saturating_sub(2).min(2), "{end}");
            let content = book.keep(&event("urn:uuid:1", "storing")).unwrap();
            let place = book.add(&tx(9), &[content], Some(1)).unwrap();
            drop(book);
            let book = open(&path).unwrap();
            assert_eq!(book.step(&content, 1), Some(place), "{end}");
            assert_eq!(book.bytes(place), Ok(tx(9).to_bytes()), "{end}");
        }
    }

    #[test]
    fn another_network_or_damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("captured.jsonl");
        drop(open(&path).unwrap());
        assert_eq!(Book::at(&path, &NetworkId(Hash([2; 32]))).unwrap_err().code, "H1312");
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("{}\n");
        std::fs::write(&path, text).unwrap();
        assert_eq!(open(&path).unwrap_err().code, "H1313");
    }
}
