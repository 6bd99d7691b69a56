//! Files that are proved under a certified header: read compressed or not, written as their name says, and what a node tells
//! of their header's place in history.

use crate::{
    failure::{Failure, Result},
    session::Session,
    storage, when,
};
use api::{network::HistoryView, paths};
use ledger::{BlockId, Hash, Timestamp, codec, list};
use proof::bounds::{MAX_BUNDLE_BYTES, MAX_PATH_BYTES};
use std::{
    borrow::Cow,
    ffi::OsStr,
    io::{self, BufRead, IsTerminal, Read},
    path::Path,
};

/// Reads a file as it is, compressed or not.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    storage::read(path, MAX_BUNDLE_BYTES)
}

/// The same, or what comes in through stdin for `-`: a line where somebody types, such as a scanner, else all of it.
pub(super) fn read_or_stdin(path: &Path) -> Result<Vec<u8>> {
    if path != Path::new("-") {
        return read(path);
    }
    let mut stdin = io::stdin().lock();
    let most = u64::try_from(MAX_BUNDLE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let is_typed = stdin.is_terminal();
    let mut bounded = stdin.by_ref().take(most);
    let done = match is_typed {
        true => bounded.read_until(b'\n', &mut bytes),
        false => bounded.read_to_end(&mut bytes),
    };
    done.map_err(|error| Failure::file(path, &error))?;
    // A scanner may say before it what symbol it read.
    match bytes.strip_prefix(b"]Q1").filter(|card| card.starts_with(proof::CARD_PREFIX.as_bytes())) {
        Some(card) => Ok(card.to_vec()),
        None => Ok(bytes),
    }
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
