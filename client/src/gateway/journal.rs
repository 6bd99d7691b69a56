//! The journal of the gateway: what came, what was signed, what became of it, what was told (`docs/formats/gateway.md`).
//!
//! A line each: the beginning of BLAKE3 of its JSON, a blank, the JSON. A line is synced to disk before the program goes
//! on. One that a crash cut off never had an effect: as the last one it is dropped, anywhere else it is damage.

use crate::failure::{Failure, Result};
use api::Problem;
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Value of `schema`.
pub(super) const SCHEMA: &str = "hufu.gateway-journal/1";
/// Characters of the checksum.
const CHECK: usize = 16;
/// Longest line, in bytes.
const MAX_LINE: usize = 256 * 1024 * 1024;
/// Bytes that are read at a time where a line is read again.
const PIECE: usize = 64 * 1024;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub(super) enum Line {
    /// The first: whose it is, on which network.
    Head { schema: String, network: String, org: String },
    /// A job, with all that it is about.
    Job(JobLine),
    /// An act that was signed, before it is sent.
    Signed { job: usize, entry: usize, tx: String, bytes: String },
    /// An anchor that was signed, before it is sent: the events, as job and place, in the order of its list.
    Anchor { events: Vec<(usize, usize)>, root: String, tx: String, bytes: String },
    /// What became of a transaction.
    Decided { tx: String, fate: Fate, at: u64, height: u64, index: u32, time: String, problem: Option<Problem> },
    /// An event or an act for which nothing was signed, or no more is: why.
    Refused { job: usize, entry: usize, at: u64, height: u64, problem: Problem },
    /// What others did to the organisation, up to a height.
    Seen { height: u64, incoming: Vec<Incoming> },
    /// A webhook that is served from here on, and the kinds that it takes: all where none is named.
    Hook {
        name: String,
        #[serde(default)]
        kinds: Vec<String>,
    },
    /// A webhook that is not served from here on.
    Unhook { name: String },
    /// A notice that a webhook took, or that was given up.
    Told { hook: String, notice: usize, taken: bool, attempts: u32, detail: String },
    /// What happened from a height on is posted once more.
    Replay { from: u64 },
}

/// What a job is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct JobLine {
    pub(super) id: String,
    /// When it came, in milliseconds.
    pub(super) at: u64,
    pub(super) kind: Kind,
    pub(super) behaviour: Behaviour,
    /// What names the request, where its sender gave it a name.
    pub(super) key: Option<String>,
    /// BLAKE3 of the body as it came; kept where there is an event.
    pub(super) body: String,
    pub(super) entries: Vec<EntryLine>,
    /// Events that an earlier job has, as job and place.
    pub(super) known: Vec<(usize, usize)>,
    /// Those of them that were refused and are tried again; of a transformation its first part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) again: Vec<(usize, usize)>,
    /// What is wrong, so that the event it is about is not taken.
    pub(super) errors: Vec<Problem>,
    /// What its sender should look at.
    pub(super) notes: Vec<Problem>,
}

/// An event, or an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EntryLine {
    /// Identity of the event; empty for an act.
    pub(super) id: String,
    /// Whether it declares an earlier event wrong, whose identity it has.
    pub(super) declares: bool,
    /// Its place in the list of the document.
    pub(super) place: usize,
    /// Where its bytes are in the body.
    pub(super) start: usize,
    pub(super) length: usize,
    /// BLAKE3 of its bytes, the salt, and the commitment of both; empty for an act.
    pub(super) content: String,
    pub(super) salt: String,
    pub(super) document: String,
    /// The event hash of CBV 2.0; empty for an act.
    pub(super) hash: String,
    /// The acts that it asks for, in their order.
    pub(super) acts: Vec<serde_json::Value>,
    /// Of each act, how much the event says there is of the items that it is about as a whole, by their codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) said: Vec<Vec<(String, String)>>,
    /// The entry of this job that does what this one asks for: parts of one transformation.
    pub(super) with: Option<usize>,
}

/// How a job came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// A document in JSON.
    Json,
    /// A document in XML.
    Xml,
    /// Acts.
    Acts,
}

impl Kind {
    /// How the documents of this kind are written; none for acts.
    pub(super) fn format(self) -> Option<epcis::Format> {
        match self {
            Kind::Json => Some(epcis::Format::Json),
            Kind::Xml => Some(epcis::Format::Xml),
            Kind::Acts => None,
        }
    }
}

/// What an invalid event does to the others of its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Behaviour {
    /// None is taken.
    Rollback,
    /// The others are taken.
    Proceed,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Fate {
    /// In a block, and done.
    Committed,
    /// In a block and refused by a rule, or refused by every node for what it is.
    Refused,
    /// Expired, and in no block.
    Void,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// All that it asks for is done; an event that asks for nothing is anchored.
    Committed,
    /// The ledger, or this program, refused what it asks for.
    Refused,
}

/// Something that others did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Incoming {
    pub(super) height: u64,
    pub(super) time: String,
    /// Word of the effect.
    pub(super) kind: String,
    pub(super) item: String,
    pub(super) n: u64,
    pub(super) tx: String,
    /// Canonical bytes of the event.
    pub(super) record: String,
}

/// The file with the lines.
#[derive(Debug)]
struct Lines {
    path: PathBuf,
    file: File,
}

/// The open journal.
#[derive(Debug)]
pub(super) struct Journal {
    lines: Arc<Lines>,
    /// Length of all whole lines.
    end: u64,
    /// Whether something may stand behind the end that could not be taken back.
    is_torn: bool,
}

fn check_of(json: &[u8]) -> String {
    blake3::hash(json).to_hex().chars().take(CHECK).collect()
}

fn read_line(bytes: &[u8]) -> Option<Line> {
    let (check, json) = bytes.split_at_checked(CHECK)?;
    let json = json.strip_prefix(b" ")?;
    (check_of(json).as_bytes() == check).then(|| serde_json::from_slice(json).ok()).flatten()
}

/// Gives each whole line with its offset to `each`; where they end. Errors: H1642, H1403; and those of `each`.
fn read_lines(file: &File, path: &Path, mut each: impl FnMut(Line, u64) -> Result<()>) -> Result<u64> {
    let fail = |e: io::Error| Failure::file(path, &e);
    let length = file.metadata().map_err(fail)?.len();
    let mut reader = BufReader::new(file.try_clone().map_err(fail)?);
    let (mut end, mut number, mut bytes) = (0u64, 0u64, Vec::new());
    loop {
        bytes.clear();
        reader.read_until(b'\n', &mut bytes).map_err(fail)?;
        if bytes.is_empty() {
            return Ok(end);
        }
        number += 1;
        let next = end + u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        match bytes.strip_suffix(b"\n").and_then(read_line) {
            Some(line) => each(line, end)?,
            // The last line that was written has no effect as long as it is not whole.
            None if next >= length => return Ok(end),
            None => return Err(damaged(path, number)),
        }
        end = next;
    }
}

impl Journal {
    /// Opens or begins a journal, and gives each whole line with its offset to `each`.
    ///
    /// Errors: H1641 while another gateway has it, H1642 where it is damaged, H1403; and those of `each`.
    pub(super) fn open(path: &Path, each: impl FnMut(Line, u64) -> Result<()>) -> Result<Journal> {
        let fail = |e: io::Error| Failure::file(path, &e);
        let is_new = !path.exists();
        let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path).map_err(fail)?;
        file.try_lock().map_err(|_| Failure::new("H1641", [("file", path.display().to_string())]))?;
        if is_new {
            crate::storage::sync_folder(path).map_err(fail)?;
        }
        let length = file.metadata().map_err(fail)?.len();
        let end = read_lines(&file, path, each)?;
        if end < length {
            file.set_len(end).and_then(|()| file.sync_data()).map_err(fail)?;
        }
        Ok(Journal { lines: Arc::new(Lines { path: path.to_owned(), file }), end, is_torn: false })
    }

    /// The same without a lock and without changing anything, while another program may be writing: the lines that are
    /// whole by now. Nothing can be appended.
    pub(super) fn look(path: &Path, each: impl FnMut(Line, u64) -> Result<()>) -> Result<Journal> {
        let file = File::open(path).map_err(|e| Failure::file(path, &e))?;
        let end = read_lines(&file, path, each)?;
        Ok(Journal { lines: Arc::new(Lines { path: path.to_owned(), file }), end, is_torn: true })
    }

    /// Whether nothing stands in it.
    pub(super) fn is_empty(&self) -> bool {
        self.end == 0
    }

    /// Writes a line; once this returns, it holds. Its offset.
    pub(super) fn append(&mut self, line: &Line) -> Result<u64> {
        let Lines { path, file } = &*self.lines;
        let (mut file, fail) = (file, |e: &io::Error| Failure::file(path, e));
        if self.is_torn {
            return Err(fail(&io::Error::other("an earlier line could not be taken back")));
        }
        // Writing plain structs to memory fails for no value.
        let json = serde_json::to_vec(line).unwrap_or_default();
        let mut bytes = Vec::with_capacity(json.len() + CHECK + 2);
        bytes.extend_from_slice(check_of(&json).as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(&json);
        bytes.push(b'\n');
        if let Err(error) = file.write_all(&bytes).and_then(|()| file.sync_data()) {
            // On a full disk a part may stand there; what follows would stand on the same line.
            self.is_torn = file.set_len(self.end).is_err();
            return Err(fail(&error));
        }
        let at = self.end;
        self.end += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(at)
    }

    /// Whoever reads it while others write to it.
    pub(super) fn reader(&self) -> Reader {
        Reader { lines: self.lines.clone(), bytes: 0, seen: None }
    }
}

/// Reads lines by their offsets, and counts their bytes. What is written never changes, so that nobody need hold the book
/// for it.
#[derive(Debug)]
pub(super) struct Reader {
    lines: Arc<Lines>,
    bytes: usize,
    /// What others did, as the line that was read last says it: notices of one line stand together.
    seen: Option<(u64, Vec<Incoming>)>,
}

impl Reader {
    /// How many bytes were read.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// A line once more. Errors: H1642, H1403.
    pub(super) fn line(&mut self, at: u64) -> Result<Line> {
        let Lines { path, file } = &*self.lines;
        let mut bytes = Vec::new();
        let mut piece = vec![0; PIECE];
        loop {
            let from = at + u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            let count = file.read_at(&mut piece, from).map_err(|e| Failure::file(path, &e))?;
            let read = piece.get(..count).unwrap_or_default();
            if let Some(end) = read.iter().position(|byte| *byte == b'\n') {
                bytes.extend_from_slice(read.get(..end).unwrap_or_default());
                self.bytes = self.bytes.saturating_add(bytes.len());
                return read_line(&bytes).ok_or_else(|| damaged(path, 0));
            }
            bytes.extend_from_slice(read);
            if count == 0 || bytes.len() > MAX_LINE {
                return Err(damaged(path, 0));
            }
        }
    }

    /// Why an entry ended as the line at which it did says. Errors: H1642, H1403.
    pub(super) fn why(&mut self, at: u64) -> Result<Option<Problem>> {
        match self.line(at)? {
            Line::Decided { problem, .. } => Ok(problem),
            Line::Refused { problem, .. } => Ok(Some(problem)),
            _ => Err(self.damaged()),
        }
    }

    /// Something that others did, by its line and its place in it. Errors: H1642, H1403.
    pub(super) fn incoming(&mut self, at: u64, position: usize) -> Result<Incoming> {
        if self.seen.as_ref().is_none_or(|(of, _)| *of != at) {
            let Line::Seen { incoming, .. } = self.line(at)? else { return Err(self.damaged()) };
            self.seen = Some((at, incoming));
        }
        let found = self.seen.as_ref().and_then(|(_, all)| all.get(position));
        found.cloned().ok_or_else(|| self.damaged())
    }

    /// That a line is not of its kind.
    pub(super) fn damaged(&self) -> Failure {
        damaged(&self.lines.path, 0)
    }
}

/// A line that is none; 0 where it is not known which.
pub(super) fn damaged(path: &Path, line: u64) -> Failure {
    Failure::new("H1642", [("file", path.display().to_string()), ("line", line.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &Path) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        Journal::open(path, |line, _| {
            lines.push(line);
            Ok(())
        })?;
        Ok(lines)
    }

    fn some() -> Vec<Line> {
        vec![
            Line::Head { schema: SCHEMA.into(), network: "n".into(), org: "o".into() },
            Line::Replay { from: 7 },
            Line::Hook { name: "erp".into(), kinds: vec!["refused".into()] },
        ]
    }

    #[test]
    fn every_prefix_opens_and_loses_no_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path, |_, _| Ok(())).unwrap();
        assert!(journal.is_empty());
        let places: Vec<u64> = some().iter().map(|line| journal.append(line).unwrap()).collect();
        assert_eq!(journal.reader().line(places[1]), Ok(some().remove(1)));
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        for end in 0..=whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            let count = whole[..end].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(lines(&path), Ok(some()[..count].to_vec()), "{end}");
            // What is written next stands on a line of its own.
            let mut journal = Journal::open(&path, |_, _| Ok(())).unwrap();
            journal.append(&Line::Replay { from: 9 }).unwrap();
            drop(journal);
            assert_eq!(lines(&path).unwrap().len(), count + 1, "{end}");
        }
    }

    #[test]
    fn damage_before_the_last_line_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path, |_, _| Ok(())).unwrap();
        some().iter().for_each(|line| {
            journal.append(line).unwrap();
        });
        drop(journal);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[30] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let failure = lines(&path).unwrap_err();
        assert_eq!((failure.code.as_str(), failure.params["line"].as_str()), ("H1642", "1"));
    }

    #[test]
    fn one_gateway_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let _first = Journal::open(&path, |_, _| Ok(())).unwrap();
        assert_eq!(lines(&path).unwrap_err().code, "H1641");
    }

    #[test]
    fn whoever_only_looks_sees_whole_lines_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut writer = Journal::open(&path, |_, _| Ok(())).unwrap();
        some().iter().for_each(|line| {
            writer.append(line).unwrap();
        });
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend_from_slice(b"0123456789abcdef {\"line\":");
        std::fs::write(&path, &bytes).unwrap();
        let mut seen = Vec::new();
        let mut looked = Journal::look(&path, |line, _| {
            seen.push(line);
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, some());
        assert_eq!(looked.reader().line(0), Ok(some().remove(0)));
        assert!(looked.append(&Line::Replay { from: 9 }).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
}
