//! What this node can do with documents, whether it keeps them or passes them on.

use super::{Arrival, Arrived, Bounds, Courier, Refused, Shelf, answer};
use crate::handle::Clock;
use ::access::{
    Asker, DocumentRequest, DocumentResponse, PeerKey,
    wire::{Filed, Refusal as _},
};
use custody::visibility::Reader;
use ledger::{DocumentId, Hash, NetworkId, OrgId};
use std::{fmt, fs::File, io, os::unix::fs::FileExt as _, path::PathBuf, sync::Arc};
use tokio::sync::watch;

/// Bytes of a document that are read from the disk at a time.
const READ_BYTES: u64 = 256 * 1024;

/// The documents that can be had at this node.
#[derive(Clone)]
pub(crate) enum Library {
    /// An agency's node keeps them.
    Kept(Arc<Shelf>, Clock),
    /// A member's node passes them on.
    Passed(Arc<Courier>, Clock),
}

/// A document as it is shown to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) filed: Filed,
    /// At a member's node: agencies' nodes that have it, as far as it knows.
    pub(crate) has: Option<Vec<PeerKey>>,
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Library::Kept(..) => "Kept",
            Library::Passed(..) => "Passed",
        })
    }
}

impl Library {
    /// What an agency's node keeps in a folder, but pieces that have waited too long for the others.
    ///
    /// # Errors
    /// The folder cannot be read or written.
    pub(crate) fn of_agency(folder: PathBuf, network: NetworkId, clock: Clock) -> io::Result<Library> {
        let shelf = Shelf::open(folder, network, Bounds::default())?;
        shelf.forget_late(clock.now()).map_err(io::Error::other)?;
        Ok(Library::Kept(Arc::new(shelf), clock))
    }

    /// What a member's node passes on for its organisation, by way of agencies' nodes; `end` ends the bringing. Call it on the
    /// runtime that is to bring.
    ///
    /// # Errors
    /// The folder cannot be read or written.
    pub(crate) fn of_member(
        folder: PathBuf,
        network: NetworkId,
        org: OrgId,
        nodes: Vec<PeerKey>,
        asker: Asker,
        clock: Clock,
        end: watch::Receiver<bool>,
    ) -> io::Result<Library> {
        let courier = Arc::new(Courier::open(folder, network, org, nodes, Arc::new(asker))?);
        tokio::spawn(courier.clone().run(end));
        Ok(Library::Passed(courier, clock))
    }

    /// Answers a member's node. It waits for the disk.
    pub(crate) fn answer(&self, of: &Reader, request: DocumentRequest) -> DocumentResponse {
        match self {
            Library::Kept(shelf, clock) => answer(shelf, of, request, clock.now()),
            Library::Passed(..) => DocumentResponse::failure("H7020", "this node keeps no documents", 0),
        }
    }

    /// Room for one that somebody brings.
    pub(crate) fn arrival(&self, by: OrgId) -> Result<Arrival, Refused> {
        match self {
            Library::Kept(shelf, _) => shelf.arrival(by),
            Library::Passed(courier, _) => courier.arrival(by),
        }
    }

    /// Whether there would be room for so many bytes: how many of the disk are to stay free of them.
    pub(crate) fn has_room(&self, by: &OrgId, length: u64) -> Result<u64, Refused> {
        match self {
            Library::Kept(shelf, _) => shelf.has_room(by, length),
            Library::Passed(courier, _) => courier.has_room(length),
        }
    }

    /// Keeps what has come, or passes it on from now on. Waits for the disk.
    pub(crate) fn keep(&self, arrived: Arrived) -> Result<Shown, Refused> {
        match self {
            Library::Kept(shelf, clock) => Ok(Shown { filed: shelf.keep(arrived, clock.now())?, has: None }),
            Library::Passed(courier, clock) => courier.keep(arrived, clock.now()),
        }
    }

    /// Those that an organisation may have, by name, and whether more follow.
    pub(crate) async fn list(
        &self,
        of: &Reader,
        about: Option<Hash>,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<(Vec<Shown>, bool), Refused> {
        match self {
            Library::Kept(shelf, _) => {
                let (shelf, of) = (shelf.clone(), *of);
                let listing = move || shelf.list(&of, about.as_ref(), after, limit);
                let listed = tokio::task::spawn_blocking(listing).await;
                let (filed, more) = listed.map_err(io::Error::other)?;
                Ok((filed.into_iter().map(|filed| Shown { filed, has: None }).collect(), more))
            }
            Library::Passed(courier, _) => {
                courier.must_be_own(of.org())?;
                courier.list(about, after, limit).await
            }
        }
    }

    /// Where the bytes of one come from, for an organisation that may have it.
    pub(crate) async fn find(&self, of: &Reader, id: DocumentId) -> Result<Source, Refused> {
        match self {
            Library::Kept(shelf, _) => {
                let (opening, reader) = (shelf.clone(), *of);
                let opened = tokio::task::spawn_blocking(move || opening.read(&reader, &id)).await;
                let (filed, file) = opened.map_err(io::Error::other)??;
                Ok(Source::Disk { shelf: shelf.clone(), of: *of, id, file: Arc::new(file), length: filed.length })
            }
            Library::Passed(courier, _) => {
                courier.must_be_own(of.org())?;
                let length = courier.length(&id).await?;
                Ok(Source::Agencies { courier: courier.clone(), id, length })
            }
        }
    }

    /// Erases one for its depositor, here and wherever this node brought it.
    pub(crate) async fn erase(&self, by: &Reader, id: DocumentId) -> Result<(), Refused> {
        match self {
            Library::Kept(shelf, clock) => {
                let (shelf, by, now) = (shelf.clone(), *by, clock.now());
                let erased = tokio::task::spawn_blocking(move || shelf.erase(&by, &id, now)).await;
                erased.map_err(io::Error::other)?
            }
            Library::Passed(courier, clock) => {
                courier.must_be_own(by.org())?;
                courier.erase(id, clock.now()).await
            }
        }
    }
}

/// The bytes of a document, wherever they are.
#[derive(Clone)]
pub(crate) enum Source {
    /// Of this node's disk.
    Disk {
        /// Asked before each part whether it is still there: an open file outlives its name.
        shelf: Arc<Shelf>,
        /// For whom.
        of: Reader,
        /// Which.
        id: DocumentId,
        /// Its bytes, open.
        file: Arc<File>,
        /// How many.
        length: u64,
    },
    /// Of agencies' nodes, piece by piece, each looked at when it comes.
    Agencies {
        /// Who asks them.
        courier: Arc<Courier>,
        /// Which.
        id: DocumentId,
        /// Its bytes.
        length: u64,
    },
}

impl Source {
    /// Bytes of the whole.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Source::Disk { length, .. } | Source::Agencies { length, .. } => *length,
        }
    }

    /// Some bytes from one on, before another: at least one. What is erased meanwhile is given no further.
    pub(crate) async fn read(&self, from: u64, to: u64) -> Result<Vec<u8>, Refused> {
        match self {
            Source::Disk { shelf, of, id, file, length: _ } => {
                let (shelf, of, id, file) = (shelf.clone(), *of, *id, file.clone());
                let count = to.saturating_sub(from).min(READ_BYTES);
                let read = tokio::task::spawn_blocking(move || {
                    shelf.find(&of, &id)?;
                    let mut bytes = vec![0u8; usize::try_from(count).unwrap_or_default()];
                    file.read_exact_at(&mut bytes, from)?;
                    Ok::<_, Refused>(bytes)
                });
                read.await.map_err(io::Error::other)?
            }
            Source::Agencies { courier, id, length } => {
                let whole = ledger::sealed::PIECE_BYTES as u64;
                let number = u32::try_from(from / whole).map_err(io::Error::other)?;
                let mut bytes = courier.piece(id, *length, number).await?;
                let begin = usize::try_from(from % whole).unwrap_or_default();
                let end = usize::try_from(to.saturating_sub(u64::from(number) * whole)).unwrap_or(usize::MAX);
                bytes.truncate(end);
                Ok(bytes.split_off(begin.min(bytes.len())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::shelf::tests::{Folder, NETWORK, org, reader, sealed};
    use ledger::Timestamp;

    #[tokio::test]
    async fn what_is_erased_while_it_is_given_is_given_no_further() {
        let folder = Folder::new();
        let shelf = Arc::new(Shelf::open(folder.path(), NETWORK, Bounds::default()).unwrap());
        let library = Library::Kept(shelf.clone(), Clock::new(Timestamp(0), None));
        let (id, bytes) = sealed(1, &[2], b"text");
        let mut arrival = library.arrival(org(1)).unwrap();
        arrival.push(&bytes).unwrap();
        library.keep(arrival.finish().unwrap()).unwrap();
        let source = library.find(&reader(2), id).await.unwrap();
        let length = source.length();
        assert_eq!(source.read(0, 100).await.unwrap(), bytes[..100]);
        library.erase(&reader(1), id).await.unwrap();
        assert_eq!(source.read(100, length).await.unwrap_err().code(), "H7022");
    }
}
