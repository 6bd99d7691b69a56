//! The name of a document, made while its bytes pass.

use ledger::{
    DocumentId, Hash,
    sealed::{MAX_BYTES, PIECE_BYTES, piece},
};
use std::io::{self, Write};

/// Writes on what it is given, and hashes it piece by piece.
#[derive(Debug)]
pub struct Pieces<W> {
    pub(super) out: W,
    pub(super) piece: Vec<u8>,
    pub(super) hashes: Vec<Hash>,
    pub(super) length: u64,
}

impl<W: Write> Pieces<W> {
    /// Nothing yet.
    pub fn new(out: W) -> Pieces<W> {
        Pieces { out, piece: Vec::new(), hashes: Vec::new(), length: 0 }
    }

    /// Bytes so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The name, the hashes of the pieces, and where all of it was written.
    ///
    /// # Errors
    /// What was written before does not go out.
    pub fn finish(mut self) -> io::Result<(DocumentId, Vec<Hash>, W)> {
        self.out.flush()?;
        if !self.piece.is_empty() {
            self.hashes.push(piece(&self.piece));
        }
        Ok((DocumentId::of(&self.hashes), self.hashes, self.out))
    }
}

impl<W: Write> Write for Pieces<W> {
    /// More than a document may have is an error.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let part = &bytes[..bytes.len().min(PIECE_BYTES - self.piece.len())];
        let length = self.length + part.len() as u64;
        if length > MAX_BYTES {
            return Err(io::Error::other("a sealed document has no room for more"));
        }
        self.out.write_all(part)?;
        self.length = length;
        self.piece.extend_from_slice(part);
        if self.piece.len() == PIECE_BYTES {
            self.hashes.push(piece(&self.piece));
            self.piece.clear();
        }
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
