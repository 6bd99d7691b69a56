//! Protection against signing twice, kept apart from the engine's own log.
//!
//! The engine's log is not enough: some damage to it goes unseen, and an empty one is made anew. This file remembers what
//! was signed for the current height: for every round and slot the hash of the signed statement and the signature. The
//! same statement again gets the same signature, another one is refused and told the old one. A new record is durable (temporary file, fsync,
//! rename, fsync of the folder) before its signature is released.
//!
//! It also remembers the lock: the last block that was precommitted in the height. Whoever forgets it, with the engine's
//! log, could prevote another block in a later round and so help to decide two. Such a prevote is refused unless the other
//! block had a quorum of prevotes since.
//!
//! Invariants: a signature that left this process is in the file, until a statement of a greater height is; no prevote
//! leaves against the lock.

use crate::failpoint;
use crate::home::sync_folder;
use crate::limits::MAX_SIGN_RECORDS;
use ledger::{BlockId, Hash, KeyId, NetworkId, Signature};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"HUFUSIGN";
const VERSION: u16 = 1;
const HEADER_BYTES: usize = 8 + 2 + 32 + 32 + 8 + (4 + 1 + 32) + 2;
const RECORD_BYTES: usize = 4 + 1 + 32 + 64 + (1 + 32);
const CHECKSUM_BYTES: usize = 32;
/// The largest possible file.
const MAX_FILE_BYTES: usize = HEADER_BYTES + MAX_SIGN_RECORDS * RECORD_BYTES + CHECKSUM_BYTES;

/// What is signed in a round.
///
/// Proposal, prevote and precommit follow each other; the seal of a stream has an order of its own, because a stream may
/// be sent again after the votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// The seal on a streamed block.
    Seal,
    /// A proposal.
    Proposal,
    /// A first vote.
    Prevote,
    /// A second vote.
    Precommit,
}

impl Slot {
    const ALL: [Slot; 4] = [Slot::Seal, Slot::Proposal, Slot::Prevote, Slot::Precommit];

    fn is_seal(self) -> bool {
        self == Slot::Seal
    }
}

/// The place of a statement in the order of all that one key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Height.
    pub height: u64,
    /// Round.
    pub round: u32,
    /// What is signed.
    pub slot: Slot,
}

/// Why there is no sign-state to work with. None of these may be got around by making a new file without thought.
#[derive(Debug, thiserror::Error)]
pub enum SignStateError {
    /// The file is not there.
    #[error("find the sign-state {path}: a node that lost it might sign twice")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A file is there already.
    #[error("make the sign-state {path}: it exists")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file was damaged or is none of ours.
    #[error("read the sign-state {path}: {what}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// The file belongs to another network or key.
    #[error("use the sign-state {path}: it is of another {what}")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Network or key.
        what: &'static str,
    },
    /// An old copy: the ledger has moved beyond it.
    #[error("use the sign-state {path}: it ends at height {state}, the ledger at {ledger}")]
    Old {
        /// The file.
        path: PathBuf,
        /// Height of the sign-state.
        state: u64,
        /// Last durable height of the ledger.
        ledger: u64,
    },
    /// The disk failed.
    #[error("access the sign-state {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

/// Why a signature was not given.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// Something else was signed at this very place.
    #[error("sign {at:?}: another statement was signed there")]
    Conflict {
        /// The place.
        at: Position,
        /// What was signed.
        old: Box<Signed>,
    },
    /// Something later was signed already.
    #[error("sign {at:?}: later statements were signed, up to height {height}")]
    Regressed {
        /// The place.
        at: Position,
        /// Height of the sign-state.
        height: u64,
    },
    /// A prevote against the lock, for a block without a quorum of prevotes since.
    #[error("sign {at:?}: another block was precommitted in round {locked}")]
    Locked {
        /// The place.
        at: Position,
        /// The round of the lock.
        locked: u32,
    },
    /// The record could not be made durable.
    #[error("keep the record of {at:?}")]
    NotDurable {
        /// The place.
        at: Position,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// An earlier record could not be made durable; what the disk holds is unknown.
    #[error("sign {at:?} after a failed write")]
    Poisoned {
        /// The place.
        at: Position,
    },
    /// The node has halted.
    #[error("sign: the node has halted")]
    Halted,
    /// A statement that the engine should never make, such as a vote without a round.
    #[error("sign a statement without a round")]
    NoRound,
    /// The key of the signer is not the one the node was configured with.
    #[error("sign for {asked}: the key is {own}")]
    WrongSigner {
        /// Who was to sign.
        asked: KeyId,
        /// Whose key this is.
        own: KeyId,
    },
}

impl SignError {
    /// Whether the node may go on without this signature: it would contradict what was signed, so it is withheld.
    pub fn is_refusal(&self) -> bool {
        match self {
            SignError::Conflict { .. } | SignError::Regressed { .. } | SignError::Locked { .. } => true,
            SignError::NotDurable { .. }
            | SignError::Poisoned { .. }
            | SignError::Halted
            | SignError::NoRound
            | SignError::WrongSigner { .. } => false,
        }
    }
}

/// What is to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Hash of the statement.
    pub hash: Hash,
    /// The block it is for, if any.
    pub block: Option<BlockId>,
}

/// What was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The statement.
    pub statement: Statement,
    /// Its signature.
    pub signature: Signature,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Content {
    network: NetworkId,
    signer: KeyId,
    height: u64,
    /// Round and block of the last precommit for a block.
    lock: Option<(u32, BlockId)>,
    records: BTreeMap<(u32, Slot), Signed>,
}

/// The open sign-state of one key. The caller holds the lock on its folder.
#[derive(Debug)]
pub struct SignState {
    path: PathBuf,
    content: Content,
    poisoned: bool,
}

impl SignState {
    /// Makes the file of a new node, which will sign nothing below `first_height`.
    ///
    /// For the initialisation of a home alone, or for an operator who knows that the key signed nothing at or above
    /// `first_height`. An existing file is never replaced.
    pub fn create(
        path: &Path,
        network: NetworkId,
        signer: KeyId,
        first_height: u64,
    ) -> Result<SignState, SignStateError> {
        if path.exists() {
            return Err(SignStateError::Exists { path: path.to_owned() });
        }
        let content = Content { network, signer, height: first_height, lock: None, records: BTreeMap::new() };
        let state = SignState { path: path.to_owned(), content, poisoned: false };
        state.write(&state.content).map_err(|source| SignStateError::Io { path: path.to_owned(), source })?;
        Ok(state)
    }

    /// Opens the file of a node whose ledger is durable up to `last_durable_height`.
    pub fn open(
        path: &Path,
        network: NetworkId,
        signer: KeyId,
        last_durable_height: u64,
    ) -> Result<SignState, SignStateError> {
        let io = |source| SignStateError::Io { path: path.to_owned(), source };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(SignStateError::Missing { path: path.to_owned() });
            }
            Err(e) => return Err(io(e)),
        };
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(io)?;
        let content =
            Content::decode(&bytes).map_err(|what| SignStateError::Corrupt { path: path.to_owned(), what })?;
        if content.network != network {
            return Err(SignStateError::Foreign { path: path.to_owned(), what: "network" });
        }
        if content.signer != signer {
            return Err(SignStateError::Foreign { path: path.to_owned(), what: "key" });
        }
        if content.height < last_durable_height {
            let (state, ledger) = (content.height, last_durable_height);
            return Err(SignStateError::Old { path: path.to_owned(), state, ledger });
        }
        if content.height > last_durable_height.saturating_add(1) {
            // A restored copy of the ledger: it will catch up, and until then every signature is refused.
            let (state, ledger) = (content.height, last_durable_height);
            tracing::error!(state, ledger, "this key has signed heights that the ledger does not have");
        }
        Ok(SignState { path: path.to_owned(), content, poisoned: false })
    }

    /// The height of the last signed statement, or the first that may be signed.
    pub fn height(&self) -> u64 {
        self.content.height
    }

    /// Signs a statement, or gives the old signature if it is the same as before.
    ///
    /// `had_polka` tells whether a block had a quorum of prevotes in one of some rounds of this height. `sign` is called at
    /// most once, and its signature is durable before it is returned.
    pub fn sign(
        &mut self,
        at: Position,
        statement: Statement,
        had_polka: impl FnOnce(Range<u32>, &BlockId) -> bool,
        sign: impl FnOnce(&Hash) -> Signature,
    ) -> Result<Signature, SignError> {
        if self.poisoned {
            return Err(SignError::Poisoned { at });
        }
        if let Some(record) = self.content.find(at) {
            return match record.statement.hash == statement.hash {
                true => Ok(record.signature),
                false => Err(SignError::Conflict { at, old: Box::new(*record) }),
            };
        }
        if !self.content.is_next(at) {
            return Err(SignError::Regressed { at, height: self.content.height });
        }
        if let Some((locked, other)) = self.content.contradicted(at, statement.block)
            && !had_polka(locked..at.round, &other)
        {
            return Err(SignError::Locked { at, locked });
        }
        let signature = sign(&statement.hash);
        let mut next = self.content.clone();
        next.insert(at, Signed { statement, signature });
        self.replace(next).map_err(|source| SignError::NotDurable { at, source })?;
        Ok(signature)
    }

    /// Notes that a height was decided without this key. Called before the ledger commits it, so that the file is never
    /// older than the ledger. Writes nothing if the key signed at that height.
    pub fn cover(&mut self, height: u64) -> io::Result<()> {
        if self.content.height >= height {
            return Ok(());
        }
        let mut next = self.content.clone();
        next.start(height);
        self.replace(next)
    }

    fn replace(&mut self, next: Content) -> io::Result<()> {
        if let Err(error) = self.write(&next) {
            // What the folder now holds is unknown: nothing may be signed on top of it.
            self.poisoned = true;
            return Err(error);
        }
        self.content = next;
        Ok(())
    }

    fn write(&self, content: &Content) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or_else(|| Path::new("."));
        let temporary = self.path.with_extension("new");
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).open(&temporary)?;
        file.write_all(&content.encode())?;
        failpoint::hit(failpoint::SIGN_STATE_BEFORE_FSYNC);
        file.sync_all()?;
        failpoint::hit(failpoint::SIGN_STATE_BEFORE_RENAME);
        std::fs::rename(&temporary, &self.path)?;
        failpoint::hit(failpoint::SIGN_STATE_BEFORE_DIR_FSYNC);
        sync_folder(folder)?;
        failpoint::hit(failpoint::SIGN_STATE_AFTER_DIR_FSYNC);
        Ok(())
    }
}

impl Content {
    fn find(&self, at: Position) -> Option<&Signed> {
        (self.height == at.height).then(|| self.records.get(&(at.round, at.slot))).flatten()
    }

    fn is_next(&self, at: Position) -> bool {
        if at.height != self.height {
            return at.height > self.height;
        }
        let last = self.records.keys().filter(|(_, slot)| slot.is_seal() == at.slot.is_seal()).max();
        last.is_none_or(|last| *last < (at.round, at.slot))
    }

    /// Round of the lock, and the block of a prevote that goes against it.
    fn contradicted(&self, at: Position, block: Option<BlockId>) -> Option<(u32, BlockId)> {
        let (locked, own) = self.lock.filter(|_| at.height == self.height && at.slot == Slot::Prevote)?;
        block.filter(|other| *other != own).map(|other| (locked, other))
    }

    fn start(&mut self, height: u64) {
        self.height = height;
        self.lock = None;
        self.records.clear();
    }

    fn insert(&mut self, at: Position, record: Signed) {
        if at.height > self.height {
            self.start(at.height);
        }
        if let (Slot::Precommit, Some(block)) = (at.slot, record.statement.block) {
            self.lock = Some((at.round, block));
        }
        self.records.insert((at.round, at.slot), record);
        // A dropped record is refused from then on, because later ones remain.
        while self.records.len() > MAX_SIGN_RECORDS {
            self.records.pop_first();
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_BYTES + self.records.len() * RECORD_BYTES + CHECKSUM_BYTES);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_be_bytes());
        out.extend_from_slice(&self.network.0.0);
        out.extend_from_slice(&self.signer.0.0);
        out.extend_from_slice(&self.height.to_be_bytes());
        out.extend_from_slice(&self.lock.map_or(0, |(round, _)| round).to_be_bytes());
        put_block(&mut out, self.lock.map(|(_, block)| block));
        out.extend_from_slice(&(self.records.len() as u16).to_be_bytes());
        for ((round, slot), record) in &self.records {
            out.extend_from_slice(&round.to_be_bytes());
            out.push(*slot as u8);
            out.extend_from_slice(&record.statement.hash.0);
            out.extend_from_slice(&record.signature.0);
            put_block(&mut out, record.statement.block);
        }
        let checksum = blake3::hash(&out);
        out.extend_from_slice(checksum.as_bytes());
        out
    }

    fn decode(bytes: &[u8]) -> Result<Content, &'static str> {
        let body_length = bytes.len().checked_sub(CHECKSUM_BYTES).ok_or("it is too short")?;
        let (body, checksum) = bytes.split_at(body_length);
        if blake3::hash(body).as_bytes() != checksum {
            return Err("its checksum does not match");
        }
        let mut rest = body;
        if take::<8>(&mut rest)? != *MAGIC {
            return Err("it is no sign-state");
        }
        if u16::from_be_bytes(take(&mut rest)?) != VERSION {
            return Err("its version is unknown");
        }
        let network = NetworkId(Hash(take(&mut rest)?));
        let signer = KeyId(Hash(take(&mut rest)?));
        let height = u64::from_be_bytes(take(&mut rest)?);
        let locked = u32::from_be_bytes(take(&mut rest)?);
        let lock = take_block(&mut rest)?.map(|block| (locked, block));
        let count = u16::from_be_bytes(take(&mut rest)?);
        let mut records = BTreeMap::new();
        for _ in 0..count {
            let round = u32::from_be_bytes(take(&mut rest)?);
            let [slot] = take::<1>(&mut rest)?;
            let slot = *Slot::ALL.get(usize::from(slot)).ok_or("a record has an unknown slot")?;
            let (hash, signature) = (Hash(take(&mut rest)?), Signature(take(&mut rest)?));
            let record = Signed { statement: Statement { hash, block: take_block(&mut rest)? }, signature };
            if records.last_key_value().is_some_and(|(last, _)| *last >= (round, slot)) {
                return Err("its records are out of order");
            }
            records.insert((round, slot), record);
        }
        if !rest.is_empty() || records.len() > MAX_SIGN_RECORDS {
            return Err("its length does not match");
        }
        Ok(Content { network, signer, height, lock, records })
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], &'static str> {
    let (head, tail) = bytes.split_first_chunk::<N>().ok_or("it is too short")?;
    *bytes = tail;
    Ok(*head)
}

fn put_block(out: &mut Vec<u8>, block: Option<BlockId>) {
    out.push(u8::from(block.is_some()));
    out.extend_from_slice(&block.unwrap_or_default().0.0);
}

fn take_block(bytes: &mut &[u8]) -> Result<Option<BlockId>, &'static str> {
    let (flag, block) = (take::<1>(bytes)?, take::<32>(bytes)?);
    match (flag, block) {
        ([0], [0, ..]) if block == [0; 32] => Ok(None),
        ([1], _) => Ok(Some(BlockId(Hash(block)))),
        _ => Err("a block is neither there nor absent"),
    }
}

#[cfg(test)]
mod tests;
