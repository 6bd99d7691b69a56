//! Reading a snapshot: nothing is given before it is checked.

use super::{ChunkEntry, GENESIS, IDS, MANIFEST, Manifest, SnapshotError, SnapshotProblem, chunk_path};
use crate::{StoreError, leaf, tree::prefix};
use ledger::{
    BlockId, Hash, StateKey, ValidatorSet, bounds::MAX_GENESIS_BYTES, codec, list::Accumulator,
    record::SeatChangeRecord, state::MAX_RECORD_BYTES, tag, tree,
};
use proof::snapshot::MAX_MANIFEST_BYTES;
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

/// A record of a chunk: position, key, and bytes of the record.
pub(super) type Record = (Hash, StateKey, Vec<u8>);

/// A snapshot whose manifest and genesis were read and hold.
#[derive(Clone, Debug)]
pub struct Snapshot {
    folder: PathBuf,
    manifest: Manifest,
    genesis: Vec<u8>,
}

impl Snapshot {
    /// Reads the manifest and the genesis of a folder.
    ///
    /// Errors: [`SnapshotProblem::Manifest`], [`SnapshotProblem::Root`], [`SnapshotProblem::NotCertified`] when a certificate
    /// does not hold. Whether the reader trusts those who signed is not asked here.
    pub fn open(folder: &Path) -> Result<Snapshot, SnapshotError> {
        let manifest = Manifest::from_bytes(&read_file(&folder.join(MANIFEST), MAX_MANIFEST_BYTES)?)?;
        let genesis = read_file(&folder.join(GENESIS), MAX_GENESIS_BYTES)?;
        match Hash::of_bytes(&tag::NETWORK, &genesis) == manifest.network.0 {
            true => Ok(Snapshot { folder: folder.to_owned(), manifest, genesis }),
            false => Err(SnapshotError::manifest("the genesis beside it is of another network")),
        }
    }

    /// What it consists of.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Bytes of the genesis.
    pub fn genesis(&self) -> &[u8] {
        &self.genesis
    }

    /// Reads and checks everything, as restoring does.
    ///
    /// Errors: [`SnapshotProblem::Chunk`], [`SnapshotProblem::Root`], [`SnapshotError::Store`].
    pub fn check(&self) -> Result<(), SnapshotError> {
        self.each_id(|_, _| Ok(()))?;
        // Last height and set of each change of the seats, by its number.
        let mut recorded: BTreeMap<u32, (u64, ValidatorSet)> = BTreeMap::new();
        for number in 0..self.manifest.chunks.len() {
            for (_, key, record) in self.chunk(number)? {
                if let StateKey::SeatChange(n) = key {
                    let unread = |e: codec::CodecError| SnapshotError::root(format!("change {n} of the seats: {e}"));
                    let change: SeatChangeRecord = codec::decode(&record, MAX_RECORD_BYTES).map_err(unread)?;
                    recorded.insert(n, (change.height, change.signed));
                }
            }
        }
        let Manifest { height, changes, .. } = &self.manifest;
        // That of the last height is the head itself.
        let below = recorded.values().filter(|(last, _)| last < height).map(|(last, signed)| (*last, signed));
        match below.eq(changes.iter().map(|change| (change.header.height, &change.validators))) {
            true => Ok(()),
            false => Err(SnapshotError::root("the changes of the seats beside it are not those of the state")),
        }
    }

    /// Gives each height with the identity of its block, and says at the end whether they were the right ones.
    pub(super) fn each_id(
        &self,
        mut take: impl FnMut(u64, BlockId) -> Result<(), SnapshotError>,
    ) -> Result<(), SnapshotError> {
        let unread = |e: io::Error| SnapshotError::root(format!("the identities of its blocks: {e}"));
        let mut file = BufReader::new(File::open(self.folder.join(IDS)).map_err(unread)?);
        let Manifest { height, head, changes, .. } = &self.manifest;
        let mut history = Accumulator::default();
        let mut changes = changes.iter().peekable();
        for at in 1..=*height {
            let mut id = [0; 32];
            file.read_exact(&mut id).map_err(unread)?;
            let id = BlockId(Hash(id));
            if let Some(change) = changes.next_if(|change| change.header.height == at)
                && change.header.id() != id
            {
                return Err(SnapshotError::root(format!("the header of height {at} is not that of its block")));
            }
            let leads = match at == *height {
                true => id == head.header.id() && history.root() == head.header.history,
                false => true,
            };
            if !leads {
                return Err(SnapshotError::root("the identities of its blocks are not the history of its header"));
            }
            history.push(id.0);
            take(at, id)?;
        }
        match file.read(&mut [0]).map_err(unread)? {
            0 => Ok(()),
            _ => Err(SnapshotError::root("there are more identities than blocks")),
        }
    }

    /// The records of a chunk, by ascending position.
    pub(super) fn chunk(&self, number: usize) -> Result<Vec<Record>, SnapshotError> {
        let refuse = |detail: String| SnapshotProblem::Chunk { chunk: number, detail };
        let Some(entry) = self.manifest.chunks.get(number) else {
            return Err(refuse("there is no such chunk".into()).into());
        };
        let path = chunk_path(&self.folder, number);
        let length = entry.length as usize;
        let bytes = read_bounded(&path, length).map_err(|e| refuse(e.to_string()))?;
        if bytes.len() != length {
            return Err(refuse(format!("{} bytes or more, {length} are stated", bytes.len())).into());
        }
        Ok(records(&bytes, entry, number, self.manifest.bits()).map_err(|detail| refuse(detail.into()))?)
    }
}

/// The records of a chunk, if its bytes are those of the manifest's entry.
fn records(bytes: &[u8], entry: &ChunkEntry, number: usize, bits: u8) -> Result<Vec<Record>, &'static str> {
    let mut records: Vec<Record> = Vec::new();
    let mut leaves: Vec<(Hash, Hash)> = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (key, record) = next_record(&mut rest).ok_or("a record is cut short, or longer than any is")?;
        let key = leaf::decode_key(key).ok_or("a key does not decode")?;
        let position = key.hash();
        if prefix(&position, u32::from(bits)) != number as u64 {
            return Err("a record belongs to another chunk");
        }
        if leaves.last().is_some_and(|(before, _)| *before >= position) {
            return Err("its records do not ascend");
        }
        leaves.push((position, tree::value(record)));
        records.push((position, key, record.to_vec()));
    }
    if leaves.len() as u64 != entry.leaves {
        return Err("it has more or fewer records than stated");
    }
    match tree::root_of(&leaves, usize::from(bits)) == entry.hash {
        true => Ok(records),
        false => Err("its records do not make its hash"),
    }
}

/// Key and record at the beginning of `rest`, which goes on behind them.
fn next_record<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (length, behind) = rest.split_first_chunk::<2>()?;
    let (key, behind) = behind.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let (length, behind) = behind.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok().filter(|length| *length <= MAX_RECORD_BYTES)?;
    let (record, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some((key, record))
}

/// At most one byte more than `limit`, so that a longer file shows.
fn read_bounded(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take((limit as u64).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn read_file(path: &Path, limit: usize) -> Result<Vec<u8>, SnapshotError> {
    let refuse = |detail: String| SnapshotError::manifest(format!("{}: {detail}", path.display()));
    let bytes = read_bounded(path, limit).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => refuse("it is not there".into()),
        _ => SnapshotError::Store(StoreError::of_io("read the snapshot", &e)),
    })?;
    match bytes.len() > limit {
        true => Err(refuse(format!("over {limit} bytes"))),
        false => Ok(bytes),
    }
}
