//! Files that are proved under a certified header: read compressed or not, written as their name says, and what a node tells
//! of their header's place in history.

use crate::{failure::Result, session::Session, storage, when};
use api::{network::HistoryView, paths};
use ledger::{BlockId, Hash, Timestamp, codec, list};
use proof::bounds::{MAX_BUNDLE_BYTES, MAX_PATH_BYTES};
use std::{borrow::Cow, ffi::OsStr, path::Path};

/// Reads a file as it is, compressed or not.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    storage::read(path, MAX_BUNDLE_BYTES)
}

/// Reads a file as it was before it was compressed.
pub(super) fn plain(path: &Path) -> Result<Vec<u8>> {
    Ok(proof::read_file(&read(path)?, MAX_BUNDLE_BYTES)?.into_owned())
}

/// Writes a file that a person named, compressed where its name ends in `.gz`; the bytes written.
pub(super) fn write(session: &Session, path: &Path, plain: &[u8]) -> Result<usize> {
    let bytes = packed(path, plain);
    session.write_named(path, &bytes)?;
    Ok(bytes.len())
}

/// Writes a file back to where it was read from, with what was added to it, or to another that a person named.
pub(super) fn write_back(session: &Session, from: &Path, to: Option<&Path>, plain: &[u8]) -> Result<()> {
    match to {
        Some(to) if to != from => write(session, to, plain).map(drop),
        Some(_) | None => storage::replace(from, &packed(from, plain)),
    }
}

fn packed<'a>(path: &Path, plain: &'a [u8]) -> Cow<'a, [u8]> {
    match path.extension() == Some(OsStr::new("gz")) {
        true => proof::compress(plain).into(),
        false => plain.into(),
    }
}

/// This computer's clock, as far as it says anything of a file: a test network keeps its own time. None too for what has no
/// header that can be read; it is judged by others.
pub(super) fn clock(bytes: &[u8]) -> Option<Timestamp> {
    match proof::anchor_of(bytes).and_then(|anchor| anchor.header()) {
        Ok(header) if header.test => None,
        Ok(_) | Err(_) => Some(when::now()),
    }
}

/// The path of a block in the list of the first `size` ones, as a node tells it: whoever asks holds it against a header.
pub(super) fn history(session: &Session, height: u64, size: u64) -> Result<Vec<Hash>> {
    let path = paths::fill(paths::BLOCK_HISTORY, &height.to_string());
    let view: HistoryView = session.read(&path, &[("size", size.to_string())])?;
    read_path(session, &view, height, size)
}

/// The path of a view, which must be of this place.
pub(super) fn read_path(session: &Session, view: &HistoryView, height: u64, size: u64) -> Result<Vec<Hash>> {
    if view.schema != api::network::HISTORY_SCHEMA || (view.height, view.size) != (height, size) {
        return Err(session.mismatch("history"));
    }
    let bytes = api::bytes::decode(&view.path).map_err(|_| session.mismatch("path"))?;
    codec::decode(&bytes, MAX_PATH_BYTES).map_err(|e| session.mismatch(&e.to_string()))
}

/// The root of the list of the first `size` blocks in which this one stands by that path.
pub(super) fn root(height: u64, block: &BlockId, size: u64, path: &[Hash]) -> Option<Hash> {
    list::root_of_path(size, height.checked_sub(1)?, &block.0, path)
}
