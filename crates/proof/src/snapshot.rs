//! The manifest of a snapshot: what it consists of, and how that leads to a certified header. The layout is specified in
//! `docs/formats/snapshot.md`.

mod fold;

use crate::{Certified, bounds::MAX_CERTIFIED_BYTES};
use fold::{Subtree, fold};
use ledger::{Certificate, Hash, Header, NetworkId, ValidatorSet, codec, tree};

const MAGIC: &[u8; 8] = b"HUFUSNAP";
const VERSION: u16 = 1;
/// Most bits of a key hash that a chunk's number has.
pub const MAX_BITS: u8 = 14;
/// Longest file of a chunk, in bytes.
pub const MAX_CHUNK_BYTES: usize = 16 * 1024 * 1024;
/// Longest manifest, in bytes.
pub const MAX_MANIFEST_BYTES: usize = 64 * 1024 * 1024;
/// Most changes of the seats.
const MAX_CHANGES: usize = 4_096;
const CHECK_BYTES: usize = 32;

/// Why a snapshot is not taken. Each message reads after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotProblem {
    /// The manifest or the genesis beside it is damaged, or no such file.
    #[error("read the snapshot's manifest: {detail}")]
    Manifest {
        /// What is wrong.
        detail: String,
    },
    /// A chunk is damaged, or of another snapshot.
    #[error("read chunk {chunk:04x} of the snapshot: {detail}")]
    Chunk {
        /// Its number.
        chunk: usize,
        /// What is wrong.
        detail: String,
    },
    /// What is there does not lead to the header.
    #[error("lead the snapshot to its header: {detail}")]
    Root {
        /// What does not.
        detail: String,
    },
    /// The header is not certified, or not by those whom the reader trusts.
    #[error("trust the snapshot's header: {detail}")]
    NotCertified {
        /// What is missing.
        detail: String,
    },
}

impl SnapshotProblem {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            SnapshotProblem::Manifest { .. } => "H8122",
            SnapshotProblem::Chunk { .. } => "H8123",
            SnapshotProblem::Root { .. } => "H8124",
            SnapshotProblem::NotCertified { .. } => "H8125",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            SnapshotProblem::Manifest { .. } | SnapshotProblem::Chunk { .. } => {
                "copy the folder again, whole; if it stays so, ask another agency for a snapshot"
            }
            SnapshotProblem::Root { .. } => "do not use it: it is no state that was certified; ask another agency",
            SnapshotProblem::NotCertified { .. } => {
                "do not use it; compare fingerprints of trust.json, and ask another agency"
            }
        }
    }

    /// A manifest that is damaged.
    pub fn manifest(detail: impl Into<String>) -> SnapshotProblem {
        SnapshotProblem::Manifest { detail: detail.into() }
    }

    /// Something that does not lead to the header.
    pub fn root(detail: impl Into<String>) -> SnapshotProblem {
        SnapshotProblem::Root { detail: detail.into() }
    }
}

/// A chunk of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkEntry {
    /// Hash of its subtree.
    pub hash: Hash,
    /// Number of its leaves.
    pub leaves: u64,
    /// Bytes of its file.
    pub length: u32,
}

/// What a snapshot consists of. One that was read is whole in itself: its chunks fold to the state of its head, and its
/// certificates hold under the sets beside them. That those sets are the right ones is for others to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The network.
    pub network: NetworkId,
    /// The height.
    pub height: u64,
    /// The header of that height, certified.
    pub head: Certified,
    /// The last header of each set of seats before, by ascending height.
    pub changes: Vec<Certified>,
    /// The chunks, by ascending number; a power of two of them.
    pub chunks: Vec<ChunkEntry>,
}

impl Manifest {
    /// Bits of a key hash that the number of a chunk has.
    pub fn bits(&self) -> u8 {
        u8::try_from(self.chunks.len().trailing_zeros()).unwrap_or(u8::MAX)
    }

    /// Number of records in the state; at most what 64 bits count.
    pub fn leaves(&self) -> u64 {
        self.chunks.iter().fold(0, |sum, chunk| sum.saturating_add(chunk.leaves))
    }

    /// Bytes of all chunks.
    pub fn bytes(&self) -> u64 {
        self.chunks.iter().fold(0, |sum, chunk| sum.saturating_add(chunk.length.into()))
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_be_bytes());
        bytes.extend(self.network.0.as_bytes());
        bytes.extend(self.height.to_be_bytes());
        bytes.push(self.bits());
        put_certified(&mut bytes, &self.head);
        bytes.extend(u16::try_from(self.changes.len()).unwrap_or(u16::MAX).to_be_bytes());
        for change in &self.changes {
            put_certified(&mut bytes, change);
        }
        for ChunkEntry { hash, leaves, length } in &self.chunks {
            bytes.extend(hash.as_bytes());
            bytes.extend(leaves.to_be_bytes());
            bytes.extend(length.to_be_bytes());
        }
        let check = blake3::hash(&bytes);
        bytes.extend(check.as_bytes());
        bytes
    }

    /// Reads and checks the file.
    ///
    /// Errors: [`SnapshotProblem::Manifest`], [`SnapshotProblem::Root`] when the chunks do not fold to the state of the head,
    /// [`SnapshotProblem::NotCertified`] when a certificate does not hold.
    pub fn from_bytes(bytes: &[u8]) -> Result<Manifest, SnapshotProblem> {
        let manifest = Manifest::decode(bytes)?;
        manifest.check()?;
        Ok(manifest)
    }

    fn decode(bytes: &[u8]) -> Result<Manifest, SnapshotProblem> {
        if bytes.len() > MAX_MANIFEST_BYTES {
            let detail = format!("{} bytes, at most {MAX_MANIFEST_BYTES} are read", bytes.len());
            return Err(SnapshotProblem::manifest(detail));
        }
        let body = bytes.len().checked_sub(CHECK_BYTES).and_then(|at| bytes.split_at_checked(at));
        let (body, check) = body.ok_or_else(|| SnapshotProblem::manifest("it is cut short"))?;
        let mut input = Input(body);
        if input.take(MAGIC.len())? != MAGIC || input.number(2)? != u64::from(VERSION) {
            return Err(SnapshotProblem::manifest("it is of another format"));
        }
        if blake3::hash(body).as_bytes() != check {
            return Err(SnapshotProblem::manifest("its bytes do not have the hash at its end"));
        }
        let network = NetworkId(input.hash()?);
        let height = input.number(8)?;
        let bits = input.number(1)?;
        if bits > u64::from(MAX_BITS) {
            return Err(SnapshotProblem::manifest(format!("{bits} bits, at most {MAX_BITS}")));
        }
        let head = input.certified()?;
        let many = input.number(2)?;
        if many > MAX_CHANGES as u64 {
            return Err(SnapshotProblem::manifest(format!("{many} changes of the seats, at most {MAX_CHANGES}")));
        }
        let changes = (0..many).map(|_| input.certified()).collect::<Result<Vec<_>, _>>()?;
        let many = u32::try_from(bits).ok().and_then(|bits| 1u64.checked_shl(bits)).unwrap_or_default();
        let chunks = (0..many).map(|_| input.chunk()).collect::<Result<Vec<_>, _>>()?;
        match input.0.is_empty() {
            true => Ok(Manifest { network, height, head, changes, chunks }),
            false => Err(SnapshotProblem::manifest("something stands behind its last chunk")),
        }
    }

    /// What holds of a manifest by itself.
    ///
    /// Errors: those of [`Manifest::from_bytes`].
    pub fn check(&self) -> Result<(), SnapshotProblem> {
        let Manifest { network, height, head, changes, chunks } = self;
        if *height == 0 || head.header.height != *height {
            return Err(SnapshotProblem::manifest("its header is of another height"));
        }
        let signed: Vec<&Certified> = changes.iter().chain([head]).collect();
        if !signed.windows(2).all(|w| matches!(w, [a, b] if a.header.height < b.header.height)) {
            return Err(SnapshotProblem::manifest("the changes of the seats do not ascend below its height"));
        }
        for signed in signed {
            check_certified(network, signed)?;
        }
        for (number, ChunkEntry { hash, leaves, length }) in chunks.iter().enumerate() {
            let is_empty = *leaves == 0;
            if is_empty != (*hash == tree::empty()) || is_empty != (*length == 0) {
                let detail = "leaves, length and hash do not go together".into();
                return Err(SnapshotProblem::Chunk { chunk: number, detail });
            }
            if *length as usize > MAX_CHUNK_BYTES {
                let detail = format!("{length} bytes, at most {MAX_CHUNK_BYTES}");
                return Err(SnapshotProblem::Chunk { chunk: number, detail });
            }
        }
        let level = chunks.iter().map(|chunk| Subtree { hash: chunk.hash, leaves: chunk.leaves }).collect();
        match fold(level).is_some_and(|whole| whole.hash == head.header.state) {
            true => Ok(()),
            false => Err(SnapshotProblem::root("its chunks do not make the certified state")),
        }
    }
}

/// A header with its certificate and those who signed it, who need not be those who may.
fn check_certified(network: &NetworkId, signed: &Certified) -> Result<(), SnapshotProblem> {
    let Certified { header, certificate, validators } = signed;
    let what = |problem: &str| SnapshotProblem::manifest(format!("the header of height {}: {problem}", header.height));
    if header.network != *network {
        return Err(what("it is of another network"));
    }
    if validators.hash() != header.validators {
        return Err(what("the set beside it is not the one that it names"));
    }
    if certificate.height != header.height || certificate.block != header.id() || certificate.round < header.round {
        return Err(what("the certificate beside it is of another block"));
    }
    certificate.verify(*network, validators).map_err(|error| SnapshotProblem::NotCertified {
        detail: format!("the certificate of height {} fails to {error}", header.height),
    })
}

fn put_certified(bytes: &mut Vec<u8>, certified: &Certified) {
    let Certified { header, certificate, validators } = certified;
    for part in [codec::encode(header), codec::encode(certificate), codec::encode(validators)] {
        bytes.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(part);
    }
}

/// What is left of a manifest's bytes.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], SnapshotProblem> {
        let (taken, rest) =
            self.0.split_at_checked(count).ok_or_else(|| SnapshotProblem::manifest("it is cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    /// A number of so many bytes, at most 8.
    fn number(&mut self, bytes: usize) -> Result<u64, SnapshotProblem> {
        Ok(self.take(bytes)?.iter().fold(0, |number, byte| number.wrapping_shl(8) | u64::from(*byte)))
    }

    fn hash(&mut self) -> Result<Hash, SnapshotProblem> {
        let mut hash = [0; 32];
        hash.copy_from_slice(self.take(32)?);
        Ok(Hash(hash))
    }

    fn value<T: codec::Canonical>(&mut self, what: &str) -> Result<T, SnapshotProblem> {
        let length = usize::try_from(self.number(4)?).unwrap_or(usize::MAX);
        if length > MAX_CERTIFIED_BYTES {
            let detail = format!("a {what} of {length} bytes, at most {MAX_CERTIFIED_BYTES}");
            return Err(SnapshotProblem::manifest(detail));
        }
        let bytes = self.take(length)?;
        codec::decode(bytes, MAX_CERTIFIED_BYTES).map_err(|e| SnapshotProblem::manifest(format!("a {what}: {e}")))
    }

    fn certified(&mut self) -> Result<Certified, SnapshotProblem> {
        let header: Header = self.value("header")?;
        let certificate: Certificate = self.value("certificate")?;
        let validators: ValidatorSet = self.value("validator set")?;
        Ok(Certified { header, certificate, validators })
    }

    fn chunk(&mut self) -> Result<ChunkEntry, SnapshotProblem> {
        let (hash, leaves) = (self.hash()?, self.number(8)?);
        let length = u32::try_from(self.number(4)?).unwrap_or(u32::MAX);
        Ok(ChunkEntry { hash, leaves, length })
    }
}
