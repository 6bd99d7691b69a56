//! A document that comes as a stream: looked at as it comes, named when it is there.

use super::{
    Refused,
    files::{self, Temporary},
};
use keys::seal::{Head, MAX_HEAD_BYTES, Pieces, SealError};
use ledger::{DocumentId, Hash, NetworkId, OrgId};
use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::PathBuf,
};

/// A document on its way into a file that has no name yet.
#[derive(Debug)]
pub(crate) struct Arrival {
    folder: PathBuf,
    /// Bytes of its disk that stay free.
    free: u64,
    network: NetworkId,
    by: OrgId,
    pieces: Pieces<BufWriter<File>>,
    file: Temporary,
    /// Its beginning, until the head is known.
    begin: Vec<u8>,
    head: Option<Head>,
}

/// A document that is there, durable, and needs a name.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) id: DocumentId,
    pub(crate) pieces: Vec<Hash>,
    pub(crate) head: Head,
    pub(super) file: Temporary,
}

impl Arrival {
    /// Nothing yet of a document that an organisation brings.
    pub(super) fn new(folder: PathBuf, free: u64, network: NetworkId, by: OrgId) -> io::Result<Arrival> {
        let (open, file) = Temporary::create(&folder)?;
        let pieces = Pieces::new(BufWriter::new(open));
        Ok(Arrival { folder, free, network, by, pieces, file, begin: Vec::new(), head: None })
    }

    /// What came first, once it is whole.
    pub(crate) fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// Leaves so many bytes of the disk free from now on.
    pub(crate) fn leave(&mut self, free: u64) {
        self.free = free;
    }

    /// Takes what comes next. Of several that come at a time each was told that there is room, so what is left is looked at
    /// again.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        if self.head.is_none() {
            let room = MAX_HEAD_BYTES.saturating_sub(self.begin.len());
            self.begin.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
            if let Some((head, _)) = Head::parse(&self.begin)? {
                check(&head, &self.network, &self.by)?;
                self.head = Some(head);
            }
        }
        let length = self.pieces.length().saturating_add(bytes.len() as u64);
        if let Some(head) = &self.head
            && length > head.sealed_bytes()
        {
            return Err(Refused::shape("something stands behind its end"));
        }
        files::must_fit(&self.folder, self.free, bytes.len() as u64)?;
        Ok(self.pieces.write_all(bytes)?)
    }

    /// Everything has come. The bytes are durable; the name of the file is not.
    pub(crate) fn finish(self) -> Result<Arrived, Refused> {
        let Arrival { folder: _, free: _, network: _, by: _, pieces, file, begin: _, head } = self;
        let head = head.ok_or(Refused::shape("it ends within its head"))?;
        if pieces.length() != head.sealed_bytes() {
            return Err(Refused::shape("it ends before its end"));
        }
        let (id, pieces, out) = pieces.finish()?;
        out.into_inner().map_err(|error| error.into_error())?.sync_all()?;
        Ok(Arrived { id, pieces, head, file })
    }
}

/// Whether an organisation may bring what has this head.
pub(super) fn check(head: &Head, network: &NetworkId, by: &OrgId) -> Result<(), Refused> {
    if head.about.network != *network {
        return Err(Refused::shape("it is of another network"));
    }
    match head.about.by == *by {
        true => Ok(()),
        false => Err(Refused::NotYours),
    }
}

/// Reads a head that is given by itself.
pub(super) fn head_alone(bytes: &[u8]) -> Result<Head, Refused> {
    match Head::parse(bytes)? {
        Some((head, length)) if length == bytes.len() => Ok(head),
        Some(_) | None => Err(Refused::Sealed(SealError::Shape { detail: "its head is not given by itself" })),
    }
}
