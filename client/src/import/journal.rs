//! The journal of an import, `FILE.hufu-import`: what was signed, before it is sent; what became of it, after.
//!
//! A line of JSON each, appended; what is signed is on the disk before the program goes on. A second run reads it and
//! sends the same signed bytes again or sees that they are committed, so that no row is ever registered twice. Only what
//! was refused, or can no longer be committed because it expired, is signed anew. A last line that a crash cut off never
//! had an effect and is dropped. A fate that a crash lost is asked for again.
//!
//! In memory there is no more than where each transaction stands in the file. Rows are known by their codes, wherever they
//! stand: a list that was corrected goes on where the first one ended.

use crate::failure::{Failure, Result};
use ledger::{Hash, NetworkId, SignedTx, Timestamp, TxId, bounds::MAX_TX_BYTES, operation::EntryBody};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

const SCHEMA: &str = "hufu.import-journal/1";
/// Longest line, in bytes: the largest transaction in base64, and the numbers of its rows.
const MAX_LINE: u64 = 2 * MAX_TX_BYTES as u64;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "line")]
enum Line {
    /// The first: which list it began with, on which network.
    Head { schema: String, list: String, network: String },
    /// A signed transaction over some rows, in the order of its entries, by the numbers that they had.
    Signed { id: String, rows: Vec<u64>, tx: String },
    /// What became of it.
    Decided { id: String, fate: Decided },
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Decided {
    /// Its rows are registered.
    Committed,
    /// A rule refused it; its rows are not registered.
    Refused,
    /// It expired without being committed; its rows are not registered.
    Void,
}

/// A transaction of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) id: TxId,
    pub(super) expires: Timestamp,
    /// How many rows it registers.
    pub(super) rows: usize,
    pub(super) decided: Option<Decided>,
    /// Where its line begins in the file, and how long it is.
    at: (u64, usize),
}

/// The open journal.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Length of the file.
    end: u64,
    signed: Vec<Signed>,
}

impl Journal {
    /// Where the journal of a list lies.
    pub(super) fn path_of(list: &Path) -> PathBuf {
        let mut name = list.file_name().unwrap_or_default().to_owned();
        name.push(".hufu-import");
        list.with_file_name(name)
    }

    /// Opens the journal of a list of which an import has begun; none where there is no journal. Errors: as below.
    pub(super) fn of_earlier(list: &Path, content: &Hash, network: &NetworkId) -> Result<Option<Journal>> {
        match Journal::path_of(list).exists() {
            true => Journal::open(list, content, network).map(Some),
            false => Ok(None),
        }
    }

    /// Opens or begins the journal of a list. `content`: hash of the list's bytes.
    ///
    /// Errors: H1312 where it is of another network, H1313 where it is damaged, H1403.
    pub(super) fn open(list: &Path, content: &Hash, network: &NetworkId) -> Result<Journal> {
        let path = Journal::path_of(list);
        let fail = |e: io::Error| Failure::file(&path, &e);
        let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&path).map_err(fail)?;
        // Two runs at once would each sign what the other signs.
        file.try_lock().map_err(|_| fail(io::Error::other("another import of this list is running")))?;
        let mut journal = Journal { path: path.clone(), file, end: 0, signed: Vec::new() };
        let head = Line::Head { schema: SCHEMA.into(), list: content.to_string(), network: network.to_string() };
        journal.read(&head)?;
        let length = journal.file.metadata().map_err(fail)?.len();
        if journal.end < length {
            journal.file.set_len(journal.end).map_err(fail)?;
        }
        if journal.end == 0 {
            journal.append(&head)?;
            journal.sync()?;
            crate::storage::sync_folder(&path).map_err(fail)?;
        }
        Ok(journal)
    }

    /// Reads the whole lines of the file; `expected` is the first one that this run would write.
    fn read(&mut self, expected: &Line) -> Result<()> {
        let Journal { path, file, end, signed } = self;
        let path = path.as_path();
        let fail = |e: io::Error| Failure::file(path, &e);
        let mut reader = BufReader::new(&*file);
        let mut places: BTreeMap<TxId, usize> = BTreeMap::new();
        let mut bytes = Vec::new();
        for number in 1u64.. {
            let damaged =
                || Failure::new("H1313", [("file", path.display().to_string()), ("line", number.to_string())]);
            bytes.clear();
            let length = (&mut reader).take(MAX_LINE).read_until(b'\n', &mut bytes).map_err(fail)?;
            if bytes.last() != Some(&b'\n') {
                return if length as u64 == MAX_LINE { Err(damaged()) } else { Ok(()) };
            }
            let line: Line = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
            match line {
                Line::Head { .. } if number == 1 && is_alike(&line, expected) => {}
                Line::Head { .. } if number == 1 => {
                    return Err(Failure::new("H1312", [("file", path.display().to_string())]));
                }
                Line::Head { .. } => return Err(damaged()),
                _ if number == 1 => return Err(damaged()),
                Line::Signed { id, rows, tx } => {
                    let tx = decoded(&tx).filter(|tx| tx.body.id().to_string() == id && rows.len() == tx.entries.len());
                    let tx = tx.ok_or_else(damaged)?;
                    places.insert(tx.body.id(), signed.len());
                    signed.push(Signed::of(&tx, (*end, length)));
                }
                Line::Decided { id, fate } => {
                    let place = id.parse().ok().and_then(|id: TxId| places.get(&id));
                    let known = place.and_then(|place| signed.get_mut(*place));
                    known.ok_or_else(damaged)?.decided = Some(fate);
                }
            }
            *end += length as u64;
        }
        Ok(())
    }

    /// Transactions that were signed, in order.
    pub(super) fn signed(&self) -> &[Signed] {
        &self.signed
    }

    /// A transaction, as it stands in the file.
    pub(super) fn tx(&self, index: usize) -> Result<SignedTx> {
        let Signed { at: (at, length), id, .. } = &self.signed[index];
        let mut bytes = vec![0; *length];
        self.file.read_exact_at(&mut bytes, *at).map_err(|e| Failure::file(&self.path, &e))?;
        let damaged = || {
            let line = (index + 1).to_string();
            Failure::new("H1313", [("file", self.path.display().to_string()), ("line", line)])
        };
        match serde_json::from_slice(&bytes) {
            Ok(Line::Signed { tx, .. }) => decoded(&tx).filter(|tx| tx.body.id() == *id).ok_or_else(damaged),
            Ok(Line::Head { .. } | Line::Decided { .. }) | Err(_) => Err(damaged()),
        }
    }

    /// Keeps a signed transaction; once this returns it may be sent.
    pub(super) fn add(&mut self, tx: &SignedTx, rows: Vec<u64>) -> Result<usize> {
        let text = api::bytes::encode(&tx.to_bytes());
        let at = self.end;
        let length = self.append(&Line::Signed { id: tx.body.id().to_string(), rows, tx: text })?;
        self.sync()?;
        self.signed.push(Signed::of(tx, (at, length)));
        Ok(self.signed.len() - 1)
    }

    /// Keeps what became of a transaction. It need not reach the disk: it can be asked again.
    pub(super) fn decide(&mut self, index: usize, fate: Decided) -> Result<()> {
        let id = self.signed[index].id.to_string();
        self.append(&Line::Decided { id, fate })?;
        self.signed[index].decided = Some(fate);
        Ok(())
    }

    fn append(&mut self, line: &Line) -> Result<usize> {
        // Writing plain structs to memory fails for no value.
        let mut bytes = serde_json::to_vec(line).unwrap_or_default();
        bytes.push(b'\n');
        self.file.write_all(&bytes).map_err(|e| Failure::file(&self.path, &e))?;
        self.end += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(|e| Failure::file(&self.path, &e))
    }
}

impl Signed {
    fn of(tx: &SignedTx, at: (u64, usize)) -> Signed {
        Signed { id: tx.body.id(), expires: tx.body.expires, rows: tx.entries.len(), decided: None, at }
    }

    /// Whether its rows are registered, or may be.
    pub(super) fn is_live(&self) -> bool {
        matches!(self.decided, None | Some(Decided::Committed))
    }
}

/// A transaction of registrations, as it stands in a line.
fn decoded(text: &str) -> Option<SignedTx> {
    let tx = SignedTx::from_bytes(&api::bytes::decode(text).ok()?).ok()?;
    tx.entries.iter().all(|entry| matches!(entry.body, EntryBody::Registration(_))).then_some(tx)
}

/// Whether two first lines are of one kind of journal and one network.
fn is_alike(line: &Line, expected: &Line) -> bool {
    match (line, expected) {
        (Line::Head { schema, network, .. }, Line::Head { schema: of, network: on, .. }) => {
            (schema, network) == (of, on)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{acts::entries, draft::Draft, draft::tests::person};
    use keys::Signer;
    use ledger::{
        Operation, Role, Slot, TxBody,
        crypto::Suite,
        operation::{Purpose, Registration},
    };

    fn tx(nonce: u8, count: usize) -> SignedTx {
        let registration = Registration {
            class: ledger::ClassId::default(),
            code: "01/09520000101114/10/L1".parse().unwrap(),
            quantity: "1 H87".parse().unwrap(),
            purpose: Purpose::Unstated,
            private: None,
        };
        let lot = |n: usize| format!("01/09520000101114/10/L{}", n + 1).parse::<gs1::ItemCode>().unwrap();
        let bodies = (0..count)
            .map(|n| EntryBody::Registration(Registration { code: lot(n), ..registration.clone() }))
            .collect();
        let (list, entries) = entries(bodies).unwrap();
        let key = person(1);
        let slot = Slot { suite: Suite::Ed25519, org: key.header().org, key: key.key_id(), role: Role::Declarant };
        let body = TxBody {
            network: NetworkId::default(),
            nonce: [nonce; 16],
            expires: Timestamp(5),
            signers: vec![slot],
            operation: Operation::Register { list },
        };
        let mut draft = Draft::new(body, entries);
        draft.sign(&key);
        draft.complete().unwrap()
    }

    fn open(list: &Path) -> Result<Journal> {
        Journal::open(list, &Hash([1; 32]), &NetworkId::default())
    }

    #[test]
    fn what_was_kept_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("a.csv");
        let (first, second) = (tx(1, 2), tx(2, 1));
        let mut journal = open(&list).unwrap();
        journal.add(&first, vec![2, 3]).unwrap();
        journal.add(&second, vec![5]).unwrap();
        journal.decide(0, Decided::Committed).unwrap();
        let written = journal.signed().to_vec();
        drop(journal);
        let mut journal = open(&list).unwrap();
        assert_eq!(journal.signed(), written);
        assert_eq!(journal.signed()[0].decided, Some(Decided::Committed));
        assert_eq!((journal.tx(0).unwrap(), journal.tx(1).unwrap()), (first, second));
        let live = |journal: &Journal| journal.signed().iter().map(Signed::is_live).collect::<Vec<_>>();
        assert_eq!(live(&journal), [true, true]);
        journal.decide(1, Decided::Void).unwrap();
        assert_eq!(live(&journal), [true, false]);
    }

    #[test]
    fn a_transaction_costs_its_own_length_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("a.csv");
        let mut journal = open(&list).unwrap();
        let size = || std::fs::metadata(Journal::path_of(&list)).unwrap().len();
        let before = size();
        journal.add(&tx(1, 2), vec![2, 3]).unwrap();
        let cost = size() - before;
        for nonce in 2..10 {
            journal.add(&tx(nonce, 2), vec![2, 3]).unwrap();
        }
        assert_eq!(size(), before + 9 * cost);
        assert_eq!(journal.end, size());
    }

    #[test]
    fn every_prefix_of_a_journal_opens_and_loses_no_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("a.csv");
        let mut journal = open(&list).unwrap();
        journal.add(&tx(1, 1), vec![2]).unwrap();
        journal.decide(0, Decided::Committed).unwrap();
        drop(journal);
        let path = Journal::path_of(&list);
        let whole = std::fs::read(&path).unwrap();
        for end in 0..=whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            let lines = whole[..end].iter().filter(|b| **b == b'\n').count();
            let mut journal = open(&list).unwrap();
            assert_eq!(journal.signed().len(), usize::from(lines >= 2), "{end}");
            // What is written next stands on a line of its own.
            let last = tx(9, 1);
            journal.add(&last, vec![7]).unwrap();
            drop(journal);
            let journal = open(&list).unwrap();
            assert_eq!(journal.tx(journal.signed().len() - 1), Ok(last), "{end}");
        }
    }

    #[test]
    fn another_network_or_damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("a.csv");
        drop(open(&list).unwrap());
        let other = Journal::open(&list, &Hash([1; 32]), &NetworkId(Hash([2; 32])));
        assert_eq!(other.unwrap_err().code, "H1312");
        assert!(Journal::open(&list, &Hash([2; 32]), &NetworkId::default()).is_ok(), "a corrected list");
        let path = Journal::path_of(&list);
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("{}\n");
        std::fs::write(&path, text).unwrap();
        assert_eq!(open(&list).unwrap_err().code, "H1313");
    }

    #[test]
    fn one_import_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("a.csv");
        let _first = open(&list).unwrap();
        assert_eq!(open(&list).unwrap_err().code, "H1403");
    }
}
