//! The blocks of the height that is being decided, durable before the engine hears of them.
//!
//! The engine logs that it saw or proposed a block, by identity. Without the bytes a restarted node could decide a block
//! that it cannot execute, or build another one for a round in which it already proposed. So every block is appended here
//! and synced first, with what was found about it. A block that was not yet reported may be lost: a torn tail is cut.
//! Damage before the tail is reported, because it hides a block that the engine relies on.

use crate::failpoint;
use crate::limits::MAX_BLOCK_BYTES;
use bytes::Bytes;
use ledger::{Hash, KeyId, NetworkId, Signature};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"HUFUJRNL";
const VERSION: u16 = 1;
/// Magic, version, network, checksum of those.
const FILE_HEADER_BYTES: usize = 8 + 2 + 32 + 4;
/// Length of the body, BLAKE3 of the body, checksum of those.
const RECORD_HEADER_BYTES: usize = 4 + 32 + 4;
/// Height, round, proposer, finding, seal; the bytes of the block follow.
const FIXED_BODY_BYTES: usize = 8 + 4 + 32 + 1 + 64;
/// The longest body.
const MAX_BODY_BYTES: usize = FIXED_BODY_BYTES + MAX_BLOCK_BYTES;

/// What the application said of a block when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It executes.
    Valid,
    /// It executes, its time was too far off.
    Untimely,
    /// A block of our own making, not judged.
    Own,
}

/// One undecided block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Height.
    pub height: u64,
    /// Round in which it was streamed, or decided if synced.
    pub round: u32,
    /// Who streamed it.
    pub proposer: KeyId,
    /// What was found.
    pub finding: Finding,
    /// The proposer's seal; zeros for own blocks (their seal is in the sign-state) and synced ones.
    pub seal: Signature,
    /// The block.
    pub bytes: Bytes,
}

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The disk failed.
    #[error("access the journal {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Damage that is no torn tail.
    #[error("read the journal {path}: {what} at byte {offset}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
        /// Where.
        offset: u64,
    },
    /// A block beyond the limit.
    #[error("journal a block of {length} bytes: at most {MAX_BLOCK_BYTES} are allowed")]
    TooLong {
        /// Its length.
        length: usize,
    },
    /// An earlier write failed; what the disk holds is unknown.
    #[error("use the journal {path} after a failed write")]
    Poisoned {
        /// The file.
        path: PathBuf,
    },
}

/// The open journal. The caller holds the lock on its folder.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    poisoned: bool,
}

impl Journal {
    /// Opens the journal, makes it if it is missing, and gives what it holds, oldest first.
    pub fn open(path: &Path, network: NetworkId) -> Result<(Journal, Vec<Record>), JournalError> {
        let io = |source| JournalError::Io { path: path.to_owned(), source };
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path).map_err(io)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(io)?;
        let header = file_header(network);
        let (records, valid) = match header.starts_with(&content) && content.len() < header.len() {
            // New, or torn while it was made.
            true => {
                file.set_len(0).map_err(io)?;
                file.seek(SeekFrom::Start(0)).map_err(io)?;
                file.write_all(&header).map_err(io)?;
                (Vec::new(), header.len())
            }
            false => read_all(&content, &header).map_err(|(what, offset)| JournalError::Corrupt {
                path: path.to_owned(),
                what,
                offset,
            })?,
        };
        file.set_len(valid as u64).map_err(io)?;
        file.seek(SeekFrom::Start(valid as u64)).map_err(io)?;
        file.sync_all().map_err(io)?;
        crate::home::sync_folder(path.parent().unwrap_or_else(|| Path::new("."))).map_err(io)?;
        Ok((Journal { path: path.to_owned(), file, poisoned: false }, records))
    }

    /// Appends a block; it is durable when this returns.
    pub fn append(&mut self, record: &Record) -> Result<(), JournalError> {
        if record.bytes.len() > MAX_BLOCK_BYTES {
            return Err(JournalError::TooLong { length: record.bytes.len() });
        }
        self.guarded(|file| {
            failpoint::hit(failpoint::JOURNAL_BEFORE_APPEND);
            file.write_all(&encode(record))?;
            failpoint::hit(failpoint::JOURNAL_BEFORE_FSYNC);
            file.sync_data()?;
            failpoint::hit(failpoint::JOURNAL_AFTER_FSYNC);
            Ok(())
        })
    }

    /// Forgets everything: the height is decided and durable elsewhere.
    ///
    /// Not synced: records of heights that the ledger has are ignored when they come back.
    pub fn reset(&mut self) -> Result<(), JournalError> {
        self.guarded(|file| {
            file.set_len(FILE_HEADER_BYTES as u64)?;
            file.seek(SeekFrom::Start(FILE_HEADER_BYTES as u64))?;
            Ok(())
        })
    }

    fn guarded(&mut self, action: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned { path: self.path.clone() });
        }
        action(&mut self.file).map_err(|source| {
            self.poisoned = true;
            JournalError::Io { path: self.path.clone(), source }
        })
    }
}

fn file_header(network: NetworkId) -> Vec<u8> {
    let mut header = Vec::with_capacity(FILE_HEADER_BYTES);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&VERSION.to_be_bytes());
    header.extend_from_slice(&network.0.0);
    let checksum = crc32fast::hash(&header);
    header.extend_from_slice(&checksum.to_be_bytes());
    header
}

fn encode(record: &Record) -> Vec<u8> {
    let length = FIXED_BODY_BYTES + record.bytes.len();
    let mut out = vec![0; RECORD_HEADER_BYTES];
    out.reserve(length);
    out.extend_from_slice(&record.height.to_be_bytes());
    out.extend_from_slice(&record.round.to_be_bytes());
    out.extend_from_slice(&record.proposer.0.0);
    out.push(match record.finding {
        Finding::Valid => 1,
        Finding::Untimely => 2,
        Finding::Own => 3,
    });
    out.extend_from_slice(&record.seal.0);
    out.extend_from_slice(&record.bytes);
    let (header, body) = out.split_at_mut(RECORD_HEADER_BYTES);
    header[..4].copy_from_slice(&(length as u32).to_be_bytes());
    header[4..36].copy_from_slice(blake3::hash(body).as_bytes());
    let checksum = crc32fast::hash(&header[..36]);
    header[36..].copy_from_slice(&checksum.to_be_bytes());
    out
}

type Damage = (&'static str, u64);

/// All records, and where the file is to be cut.
fn read_all(content: &[u8], header: &[u8]) -> Result<(Vec<Record>, usize), Damage> {
    if !content.starts_with(header) {
        return Err(("the header is damaged or of another network", 0));
    }
    let mut records = Vec::new();
    let mut offset = header.len();
    while offset < content.len() {
        match read_one(&content[offset..]).map_err(|what| (what, offset as u64))? {
            Some((record, length)) => {
                records.push(record);
                offset += length;
            }
            None => break,
        }
    }
    Ok((records, offset))
}

/// The record at the start of `rest`, or `None` if that is a torn tail.
fn read_one(rest: &[u8]) -> Result<Option<(Record, usize)>, &'static str> {
    let torn_or = |what| if rest.iter().all(|b| *b == 0) { Ok(None) } else { Err(what) };
    let Some((header, tail)) = rest.split_at_checked(RECORD_HEADER_BYTES) else {
        return Ok(None);
    };
    let (fields, checksum) = header.split_at(36);
    if crc32fast::hash(fields).to_be_bytes() != checksum {
        return torn_or("a record's header is damaged");
    }
    let length = fields.first_chunk().map(|b| u32::from_be_bytes(*b) as usize).unwrap_or(0);
    if !(FIXED_BODY_BYTES..=MAX_BODY_BYTES).contains(&length) {
        return Err("a record has an impossible length");
    }
    let Some((body, after)) = tail.split_at_checked(length) else {
        return Ok(None);
    };
    if blake3::hash(body).as_bytes() != &fields[4..] {
        // The last record may have been cut short in the middle of its pages.
        return if after.is_empty() { Ok(None) } else { Err("a record is damaged") };
    }
    let record = decode_body(body).ok_or("a record does not decode")?;
    Ok(Some((record, RECORD_HEADER_BYTES + length)))
}

fn decode_body(body: &[u8]) -> Option<Record> {
    let (height, rest) = body.split_first_chunk()?;
    let (round, rest) = rest.split_first_chunk()?;
    let (proposer, rest) = rest.split_first_chunk()?;
    let (finding, rest) = rest.split_first()?;
    let (seal, bytes) = rest.split_first_chunk()?;
    let finding = match finding {
        1 => Finding::Valid,
        2 => Finding::Untimely,
        3 => Finding::Own,
        _ => return None,
    };
    Some(Record {
        height: u64::from_be_bytes(*height),
        round: u32::from_be_bytes(*round),
        proposer: KeyId(Hash(*proposer)),
        finding,
        seal: Signature(*seal),
        bytes: Bytes::copy_from_slice(bytes),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETWORK: NetworkId = NetworkId(Hash([3; 32]));

    fn record(n: u8, length: usize) -> Record {
        Record {
            height: 4,
            round: u32::from(n),
            proposer: KeyId(Hash([n; 32])),
            finding: [Finding::Valid, Finding::Untimely, Finding::Own][usize::from(n) % 3],
            seal: Signature([n; 64]),
            bytes: vec![n; length].into(),
        }
    }

    fn written(records: &[Record]) -> (tempfile::TempDir, PathBuf, Vec<u8>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let (mut journal, found) = Journal::open(&path, NETWORK).unwrap();
        assert!(found.is_empty());
        records.iter().for_each(|r| journal.append(r).unwrap());
        let bytes = std::fs::read(&path).unwrap();
        (dir, path, bytes)
    }

    fn open(path: &Path) -> Result<Vec<Record>, JournalError> {
        Journal::open(path, NETWORK).map(|(_, records)| records)
    }

    #[test]
    fn what_is_appended_comes_back() {
        let records = [record(1, 0), record(2, 10), record(3, 3_000)];
        let (_dir, path, _) = written(&records);
        assert_eq!(open(&path).unwrap(), records);
        let (mut journal, _) = Journal::open(&path, NETWORK).unwrap();
        journal.append(&record(4, 5)).unwrap();
        drop(journal);
        assert_eq!(open(&path).unwrap().len(), 4);
        let (mut journal, _) = Journal::open(&path, NETWORK).unwrap();
        journal.reset().unwrap();
        journal.append(&record(5, 5)).unwrap();
        drop(journal);
        assert_eq!(open(&path).unwrap(), [record(5, 5)]);
    }

    #[test]
    fn every_torn_tail_is_cut() {
        let (_dir, path, bytes) = written(&[record(1, 20), record(2, 30)]);
        let second = FILE_HEADER_BYTES + RECORD_HEADER_BYTES + FIXED_BODY_BYTES + 20;
        for length in 0..bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let found = open(&path).unwrap();
            let expect: &[Record] = if length < second { &[] } else { &[record(1, 20)] };
            assert_eq!(found, expect, "length {length}");
            assert_eq!(open(&path).unwrap(), expect, "cut once, read again");
        }
    }

    #[test]
    fn a_tail_of_zeros_is_cut() {
        let (_dir, path, mut bytes) = written(&[record(1, 20)]);
        bytes.resize(bytes.len() + 5_000, 0);
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(open(&path).unwrap(), [record(1, 20)]);
    }

    #[test]
    fn a_bit_flip_is_reported_or_cuts_the_last_record() {
        let (_dir, path, bytes) = written(&[record(1, 8), record(2, 8)]);
        let second = FILE_HEADER_BYTES + RECORD_HEADER_BYTES + FIXED_BODY_BYTES + 8;
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &damaged).unwrap();
            match open(&path) {
                Err(JournalError::Corrupt { .. }) => {}
                Ok(found) => {
                    assert!(bit / 8 >= second + RECORD_HEADER_BYTES, "bit {bit} passed unseen");
                    assert_eq!(found, [record(1, 8)], "bit {bit}");
                }
                Err(other) => panic!("{other}"),
            }
        }
    }

    #[test]
    fn another_network_is_refused() {
        let (_dir, path, _) = written(&[]);
        let other = Journal::open(&path, NetworkId(Hash([4; 32])));
        assert!(matches!(other, Err(JournalError::Corrupt { .. })));
    }

    #[test]
    fn the_length_of_a_block_is_bounded() {
        let (_dir, path, _) = written(&[]);
        let (mut journal, _) = Journal::open(&path, NETWORK).unwrap();
        journal.append(&record(1, MAX_BLOCK_BYTES)).unwrap();
        let long = journal.append(&record(1, MAX_BLOCK_BYTES + 1));
        assert!(matches!(long, Err(JournalError::TooLong { .. })));
        drop(journal);
        assert_eq!(open(&path).unwrap().len(), 1);
    }
}
