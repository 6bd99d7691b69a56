//! Making a snapshot out of a view.

use super::{ChunkEntry, GENESIS, IDS, LEAVES, MANIFEST, Manifest, SnapshotError, chunk_path};
use crate::{MAX_PAGE, StoreError, View, column::Column, database::Cursor, leaf::Leaf, read::leaf_of, tree::prefix};
use ledger::{Hash, list::Accumulator, tag, tree};
use proof::snapshot::{MAX_BITS, MAX_CHUNK_BYTES};
use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

/// Bytes of a chunk that are aimed at.
const AIM: u64 = 1024 * 1024;
/// Bytes of the lengths of a key and a record.
const LENGTHS: usize = 6;

/// Writes a snapshot of what a view shows, and names it when it is whole and synced.
///
/// What it cannot finish it removes. Errors: [`SnapshotError::Exists`], [`SnapshotError::Problem`] before the first block
/// and when what is stored does not lead to the header, [`SnapshotError::Store`].
pub fn make(view: &View<'_>, out: &Path) -> Result<Manifest, SnapshotError> {
    if out.exists() {
        return Err(SnapshotError::Exists { path: out.display().to_string() });
    }
    if view.reader.is_slice() {
        return Err(StoreError::Slice { doing: "make a snapshot of the state" }.into());
    }
    if view.tip().height == 0 {
        return Err(SnapshotError::not_certified("there is no block yet"));
    }
    let draft = draft_of(out);
    remove_draft(&draft)?;
    let made = write_draft(view, &draft).and_then(|manifest| put_in_place(&draft, out).map(|()| manifest));
    if made.is_err() {
        // It may be what has filled the disk. Where even this fails, whoever begins again removes it.
        let _ = fs::remove_dir_all(&draft);
    }
    made
}

/// Removes what an interrupted making left. What holds anything else is not ours, and stays.
fn remove_draft(draft: &Path) -> Result<(), SnapshotError> {
    let disk = |e: std::io::Error| StoreError::of_io("remove what is left of a snapshot", &e);
    if !draft.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(draft).map_err(disk)? {
        let name = entry.map_err(disk)?.file_name();
        if [MANIFEST, GENESIS, IDS, LEAVES].iter().all(|ours| name != *ours) {
            return Err(SnapshotError::Exists { path: draft.display().to_string() });
        }
    }
    Ok(fs::remove_dir_all(draft).map_err(disk)?)
}

fn write_draft(view: &View<'_>, draft: &Path) -> Result<Manifest, SnapshotError> {
    let disk = |e: std::io::Error| StoreError::of_io("write the snapshot", &e);
    fs::create_dir_all(draft.join(LEAVES)).map_err(disk)?;
    write_synced(&draft.join(GENESIS), &view.reader.genesis()?).map_err(disk)?;
    write_ids(view, &draft.join(IDS))?;
    let manifest = Manifest {
        network: view.network(),
        height: view.tip().height,
        head: view.head()?,
        changes: view.seat_changes()?,
        chunks: write_chunks(view, draft)?,
    };
    let bytes = manifest.to_bytes();
    // The same checks as a reader's, his bounds too: nothing leaves that he would refuse.
    Manifest::from_bytes(&bytes)?;
    write_synced(&draft.join(MANIFEST), &bytes).map_err(disk)?;
    sync_folder(&draft.join(LEAVES)).and_then(|()| sync_folder(draft)).map_err(disk)?;
    Ok(manifest)
}

fn put_in_place(draft: &Path, out: &Path) -> Result<(), SnapshotError> {
    let disk = |e: std::io::Error| StoreError::of_io("put the snapshot in its place", &e);
    fs::rename(draft, out).map_err(disk)?;
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
    Ok(sync_folder(parent.unwrap_or(Path::new("."))).map_err(disk)?)
}

/// Where it is written before it is whole.
fn draft_of(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

fn write_synced(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

fn write_ids(view: &View<'_>, path: &Path) -> Result<(), SnapshotError> {
    let disk = |e: std::io::Error| StoreError::of_io("write the snapshot's identities of blocks", &e);
    let tip = view.tip();
    let mut file = BufWriter::new(File::create(path).map_err(disk)?);
    let mut history = Accumulator::default();
    let mut last = None;
    let mut from = 1;
    while from <= tip.height {
        let ids = view.block_ids(from, MAX_PAGE)?;
        if ids.is_empty() {
            return Err(StoreError::corrupt(format!("the header of height {from}"), "it is missing").into());
        }
        for id in ids {
            if let Some(before) = last.replace(id) {
                history.push(before.0);
            }
            file.write_all(id.0.as_bytes()).map_err(disk)?;
            from = from.saturating_add(1);
        }
    }
    let leads = tip.header.as_ref().is_some_and(|header| header.history == history.root()) && last == Some(tip.block);
    if !leads {
        return Err(SnapshotError::root("the identities of the blocks are not the history of the last header"));
    }
    let file = file.into_inner().map_err(|e| disk(e.into_error()))?;
    Ok(file.sync_all().map_err(disk)?)
}

fn write_chunks(view: &View<'_>, draft: &Path) -> Result<Vec<ChunkEntry>, SnapshotError> {
    let bits = bits_for(&sizes(view)?)?;
    let mut cursor = view.reader.scan(Column::Leaves)?;
    cursor.seek(&[]);
    (0..1usize << bits)
        .map(|number| {
            let (bytes, leaves) = read_chunk(&mut cursor, number, bits)?;
            let disk = |e: std::io::Error| StoreError::of_io("write a chunk of the snapshot", &e);
            write_synced(&chunk_path(draft, number), &bytes).map_err(disk)?;
            let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            Ok(ChunkEntry { hash: tree::root_of(&leaves, usize::from(bits)), leaves: leaves.len() as u64, length })
        })
        .collect()
}

/// Bytes that the records take in a snapshot, by the first [`MAX_BITS`] bits of their keys.
fn sizes(view: &View<'_>) -> Result<Vec<u64>, SnapshotError> {
    let mut sizes = vec![0u64; 1 << MAX_BITS];
    let mut cursor = view.reader.scan(Column::Leaves)?;
    cursor.seek(&[]);
    while let Some((position, bytes)) = cursor.item()? {
        let (position, _) = leaf_of(position, bytes)?;
        let leaf = Leaf::parse(bytes).ok_or_else(|| StoreError::corrupt("a record", "its leaf is cut short"))?;
        let place = prefix(&position, u32::from(MAX_BITS)) as usize;
        if let Some(size) = sizes.get_mut(place) {
            *size += (LENGTHS + leaf.key.len() + leaf.record.len()) as u64;
        }
        cursor.advance();
    }
    Ok(sizes)
}

/// The smallest number of bits with which chunks have about the size aimed at, and none has more than it may.
fn bits_for(sizes: &[u64]) -> Result<u8, SnapshotError> {
    let all: u64 = sizes.iter().sum();
    let about = (all / AIM).checked_ilog2().unwrap_or(0);
    let about = u8::try_from(about).unwrap_or(MAX_BITS).min(MAX_BITS);
    let fits = |bits: &u8| {
        let of_chunk = 1usize << (MAX_BITS - bits);
        sizes.chunks(of_chunk).all(|chunk| chunk.iter().sum::<u64>() <= MAX_CHUNK_BYTES as u64)
    };
    (about..=MAX_BITS).find(fits).ok_or_else(|| SnapshotError::manifest("the state is too large for this format"))
}

/// Bytes and leaves of a chunk; the cursor stands at its first record, and afterwards behind its last.
fn read_chunk(cursor: &mut Cursor<'_>, number: usize, bits: u8) -> Result<(Vec<u8>, Vec<(Hash, Hash)>), SnapshotError> {
    let (mut bytes, mut leaves) = (Vec::new(), Vec::new());
    while let Some((position, value)) = cursor.item()? {
        let (position, _) = leaf_of(position, value)?;
        if prefix(&position, u32::from(bits)) != number as u64 {
            break;
        }
        let leaf = Leaf::parse(value).ok_or_else(|| StoreError::corrupt("a record", "its leaf is cut short"))?;
        bytes.extend(u16::try_from(leaf.key.len()).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend(leaf.key);
        bytes.extend(u32::try_from(leaf.record.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(leaf.record);
        // Hashed anew: a record that is damaged on this disk makes another root, and no snapshot.
        leaves.push((Hash::of_bytes(&tag::STATE_KEY, leaf.key), tree::value(leaf.record)));
        cursor.advance();
    }
    Ok((bytes, leaves))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_about_as_large_as_aimed_at_and_never_too_large() {
        let spread = |each: u64| vec![each; 1 << MAX_BITS];
        let check = |sizes: &[u64], expected: Option<u8>| assert_eq!(bits_for(sizes).ok(), expected);
        check(&spread(0), Some(0));
        check(&spread(64), Some(0));
        check(&spread(128), Some(1));
        check(&spread(64 * 1024), Some(10));
        check(&spread(AIM), Some(14));
        check(&spread(MAX_CHUNK_BYTES as u64), Some(14));
        check(&spread(MAX_CHUNK_BYTES as u64 + 1), None);
        // All in one place: nothing but more bits takes it apart from its neighbour.
        let mut crowded = spread(0);
        crowded[0] = MAX_CHUNK_BYTES as u64;
        crowded[1] = 1;
        check(&crowded, Some(14));
    }
}
