//! The journal of an import, `FILE.hufu-import`: what was signed, before it is sent; what became of it, after.
//!
//! A line of JSON each, synced to disk before the program goes on. A second run reads it and sends the same signed
//! bytes again or sees that they are committed, so that no row is ever registered twice. Only what was refused, or can
//! no longer be committed because it expired, is signed anew. A last line that a crash cut off never had an effect and
//! is dropped.
//!
//! Rows are known by their codes, wherever they stand: a list that was corrected goes on where the first one ended.

use crate::failure::{Failure, Result};
use ledger::{
    Hash, NetworkId, SignedTx, TxId,
    operation::{Entry, EntryBody, Registration},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

const SCHEMA: &str = "hufu.import-journal/1";

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
    /// Row of each entry; none where the list has no such row any more.
    pub(super) rows: Vec<Option<u64>>,
    pub(super) tx: SignedTx,
    pub(super) decided: Option<Decided>,
}

/// The open journal.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
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
        let fail = |e: std::io::Error| Failure::file(&path, &e);
        let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&path).map_err(fail)?;
        // Two runs at once would each sign what the other signs.
        file.try_lock().map_err(|_| fail(std::io::Error::other("another import of this list is running")))?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(fail)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            file.set_len(whole as u64).map_err(fail)?;
            file.seek(SeekFrom::End(0)).map_err(fail)?;
        }
        let mut journal = Journal { path: path.clone(), file, signed: Vec::new() };
        let head = Line::Head { schema: SCHEMA.into(), list: content.to_string(), network: network.to_string() };
        match text[..whole].is_empty() {
            true => {
                journal.append(&head)?;
                crate::storage::sync_folder(&path).map_err(fail)?;
            }
            false => journal.signed = read(&path, &text[..whole], &head)?,
        }
        Ok(journal)
    }

    /// Transactions that were signed, in order.
    pub(super) fn signed(&self) -> &[Signed] {
        &self.signed
    }

    /// Keeps a signed transaction; once this returns it may be sent.
    pub(super) fn add(&mut self, tx: SignedTx, rows: Vec<u64>) -> Result<usize> {
        let id = tx.body.id();
        let text = api::bytes::encode(&tx.to_bytes());
        self.append(&Line::Signed { id: id.to_string(), rows: rows.clone(), tx: text })?;
        self.signed.push(Signed { id, rows: rows.into_iter().map(Some).collect(), tx, decided: None });
        Ok(self.signed.len() - 1)
    }

    /// Keeps what became of a transaction.
    pub(super) fn decide(&mut self, index: usize, fate: Decided) -> Result<()> {
        let id = self.signed[index].id.to_string();
        self.append(&Line::Decided { id, fate })?;
        self.signed[index].decided = Some(fate);
        Ok(())
    }

    /// Points each entry at the row that now has its code.
    pub(super) fn match_rows(&mut self, rows: &BTreeMap<String, u64>) {
        for signed in &mut self.signed {
            let row = |entry: &Entry| registration(entry).and_then(|r| rows.get(&r.code.to_string())).copied();
            signed.rows = signed.tx.entries.iter().map(row).collect();
        }
    }

    /// Rows that are registered, or may be, and as what: of transactions that are committed or undecided.
    pub(super) fn taken(&self) -> BTreeMap<u64, &Registration> {
        let live = self.signed.iter().filter(|s| matches!(s.decided, None | Some(Decided::Committed)));
        let entries = live.flat_map(|s| s.rows.iter().zip(&s.tx.entries));
        entries.filter_map(|(row, entry)| Some(((*row)?, registration(entry)?))).collect()
    }

    fn append(&mut self, line: &Line) -> Result<()> {
        // Writing plain structs to memory fails for no value.
        let mut bytes = serde_json::to_vec(line).unwrap_or_default();
        bytes.push(b'\n');
        self.file.write_all(&bytes).and_then(|()| self.file.sync_data()).map_err(|e| Failure::file(&self.path, &e))
    }
}

fn registration(entry: &Entry) -> Option<&Registration> {
    match &entry.body {
        EntryBody::Registration(registration) => Some(registration),
        EntryBody::Item(_) | EntryBody::Usage(_) => None,
    }
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

/// Reads the lines of a journal; `expected` is the first one that this run would write.
fn read(path: &Path, text: &str, expected: &Line) -> Result<Vec<Signed>> {
    let mut signed: Vec<Signed> = Vec::new();
    for (index, text) in text.lines().enumerate() {
        let damaged =
            || Failure::new("H1313", [("file", path.display().to_string()), ("line", (index + 1).to_string())]);
        let line: Line = serde_json::from_str(text).map_err(|_| damaged())?;
        match line {
            Line::Head { .. } if index == 0 && is_alike(&line, expected) => {}
            Line::Head { .. } if index == 0 => {
                return Err(Failure::new("H1312", [("file", path.display().to_string())]));
            }
            _ if index == 0 => return Err(damaged()),
            Line::Head { .. } => return Err(damaged()),
            Line::Signed { id, rows, tx } => {
                let bytes = api::bytes::decode(&tx).map_err(|_| damaged())?;
                let tx = SignedTx::from_bytes(&bytes).map_err(|_| damaged())?;
                let is_whole = rows.len() == tx.entries.len() && tx.entries.iter().all(|e| registration(e).is_some());
                if tx.body.id().to_string() != id || !is_whole {
                    return Err(damaged());
                }
                let rows = rows.into_iter().map(Some).collect();
                signed.push(Signed { id: tx.body.id(), rows, tx, decided: None });
            }
            Line::Decided { id, fate } => {
                let known = signed.iter_mut().find(|s| s.id.to_string() == id);
                known.ok_or_else(damaged)?.decided = Some(fate);
            }
        }
    }
    Ok(signed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{acts::entries, draft::Draft, draft::tests::person};
    use keys::Signer;
    use ledger::{
        Operation, Role, Slot, Timestamp, TxBody,
        crypto::Suite,
        operation::{EntryBody, Purpose, Registration},
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
        journal.add(first.clone(), vec![2, 3]).unwrap();
        journal.add(second.clone(), vec![5]).unwrap();
        journal.decide(0, Decided::Committed).unwrap();
        drop(journal);
        let mut journal = open(&list).unwrap();
        assert_eq!(journal.signed()[0].decided, Some(Decided::Committed));
        assert_eq!(journal.signed()[1].tx, second);
        let taken = |journal: &Journal| journal.taken().into_keys().collect::<Vec<_>>();
        assert_eq!(taken(&journal), [2, 3, 5]);
        journal.decide(1, Decided::Void).unwrap();
        assert_eq!(taken(&journal), [2, 3]);
        // The list was corrected: one row is gone, the others stand elsewhere.
        let codes = ["01/09520000101114/10/L2", "01/09520000101114/10/L7"].map(str::to_owned);
        journal.match_rows(&codes.into_iter().zip([9, 10]).collect());
        assert_eq!(taken(&journal), [9]);
        assert_eq!(journal.signed()[0].rows, [None, Some(9)]);
    }

    #[test]
    fn every_prefix_of_a_journal_opens_and_loses_no_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("a.csv");
        let mut journal = open(&list).unwrap();
        journal.add(tx(1, 1), vec![2]).unwrap();
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
            journal.add(tx(9, 1), vec![7]).unwrap();
            drop(journal);
            assert_eq!(open(&list).unwrap().signed().last().unwrap().rows, [Some(7)], "{end}");
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
