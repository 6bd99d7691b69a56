//! What an agency keeps.

mod parts;

use super::{
    Arrival, Arrived, Refused, arrival,
    files::{self, Note},
};
use ::access::wire::Filed;
use custody::visibility::{Reader, Resource, visible};
use keys::seal::Head;
use ledger::{DocumentId, Hash, NetworkId, OrgId, Timestamp, list, sealed};
use parts::{Part, PartId};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io,
    ops::Bound,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What the sign that a document was erased takes of the bytes of its depositor: a block of the disk. It stays.
const SIGN_BYTES: u64 = 4_096;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Documents of one depositor, those being brought counted in.
    pub(crate) of_org: usize,
    /// Their bytes, and those of the signs of what it erased.
    pub(crate) bytes_of_org: u64,
    /// Documents of all, from which on more are taken only of depositors who have fewer than [`Bounds::least_of_org`].
    pub(crate) of_all: usize,
    /// Documents that each depositor may have, whatever the others have.
    pub(crate) least_of_org: usize,
    /// Bytes of the disk that stay free.
    pub(crate) free: u64,
    /// Bytes beside these that are left to depositors who have at most [`Bounds::least_bytes_of_org`].
    pub(crate) spare: u64,
    /// Bytes of a depositor with whom what is spare is shared.
    pub(crate) least_bytes_of_org: u64,
}

impl Bounds {
    /// Bytes of the disk that stay free of what is taken from a depositor who has so many with it.
    fn free_of(&self, bytes: u64) -> u64 {
        match bytes <= self.least_bytes_of_org {
            true => self.free,
            false => self.free.saturating_add(self.spare),
        }
    }
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            of_org: 10_000,
            bytes_of_org: 4 * 1024 * 1024 * 1024,
            of_all: 100_000,
            least_of_org: 100,
            free: files::FREE,
            spare: 4 * 1024 * 1024 * 1024,
            least_bytes_of_org: 16 * 1024 * 1024,
        }
    }
}

/// The documents of an agency: files, and in memory what is asked of all of them.
#[derive(Debug)]
pub(crate) struct Shelf {
    folder: PathBuf,
    network: NetworkId,
    bounds: Bounds,
    books: Mutex<Books>,
}

/// A document that is here.
#[derive(Clone, Debug)]
struct Kept {
    filed: Filed,
    recipients: Vec<OrgId>,
}

impl Kept {
    fn new(id: DocumentId, head: &Head, at: Timestamp) -> Kept {
        let (length, about) = (head.sealed_bytes(), head.about);
        let filed = Filed { id, by: about.by, length, about: about.opens, tx: about.tx, at };
        Kept { filed, recipients: head.recipients.iter().map(|recipient| recipient.org).collect() }
    }

    fn is_for(&self, reader: &Reader) -> bool {
        is_for(reader, &self.filed.by, &self.recipients)
    }

    /// Those whose it may be; whether it is, [`Kept::is_for`] says.
    fn readers(&self) -> impl Iterator<Item = OrgId> {
        self.recipients.iter().copied().chain([self.filed.by])
    }
}

/// Whether a reader may have a document, or know that there was one: the table of `custody` decides.
fn is_for(reader: &Reader, depositor: &OrgId, recipients: &[OrgId]) -> bool {
    visible(reader, &Resource::Document { recipients, depositor })
}

#[derive(Debug, Default)]
struct Books {
    kept: BTreeMap<DocumentId, Kept>,
    /// Those that each organisation left here or is to get.
    readers: BTreeMap<OrgId, BTreeSet<DocumentId>>,
    /// Those that are being brought, each by whoever says that it is his: who is mistaken never ends.
    parts: BTreeMap<PartId, Part>,
    /// Those that get their name at this moment.
    closing: BTreeSet<PartId>,
    /// Documents of each depositor, and its bytes.
    used: BTreeMap<OrgId, (usize, u64)>,
}

impl Books {
    fn bytes_of(&self, by: &OrgId) -> u64 {
        self.used.get(by).map_or(0, |(_, bytes)| *bytes)
    }

    /// Counts one more. Error: [`Refused::Share`].
    fn count(&mut self, bounds: &Bounds, by: &OrgId, length: u64) -> Result<(), Refused> {
        let all = self.kept.len() + self.parts.len() + self.closing.len();
        let (documents, bytes) = self.used.get(by).copied().unwrap_or_default();
        let share = |what: String| Err(Refused::Share { what });
        if all >= bounds.of_all && documents >= bounds.least_of_org {
            return share(format!(
                "{} documents of all, and {} of one organisation",
                bounds.of_all, bounds.least_of_org
            ));
        }
        if documents >= bounds.of_org {
            return share(format!("{} documents of one organisation", bounds.of_org));
        }
        if bytes.saturating_add(length) > bounds.bytes_of_org {
            return share(format!("{} bytes of one organisation", bounds.bytes_of_org));
        }
        self.add(by, length);
        Ok(())
    }

    fn add(&mut self, by: &OrgId, length: u64) {
        let (documents, bytes) = self.used.entry(*by).or_default();
        *documents += 1;
        *bytes = bytes.saturating_add(length);
    }

    fn uncount(&mut self, by: &OrgId, length: u64) {
        let used = self.used.entry(*by).or_default();
        *used = (used.0.saturating_sub(1), used.1.saturating_sub(length));
        if *used == (0, 0) {
            self.used.remove(by);
        }
    }

    /// Counts the sign that a document was erased.
    fn remember(&mut self, by: &OrgId) {
        let (_, bytes) = self.used.entry(*by).or_default();
        *bytes = bytes.saturating_add(SIGN_BYTES);
    }

    /// Enters one that was counted before.
    fn enter(&mut self, kept: Kept) {
        for org in kept.readers() {
            self.readers.entry(org).or_default().insert(kept.filed.id);
        }
        self.kept.insert(kept.filed.id, kept);
    }

    fn strike(&mut self, id: &DocumentId) {
        let Some(kept) = self.kept.remove(id) else { return };
        self.uncount(&kept.filed.by, kept.filed.length);
        for org in kept.readers() {
            if let Some(of_org) = self.readers.get_mut(&org) {
                of_org.remove(id);
                if of_org.is_empty() {
                    self.readers.remove(&org);
                }
            }
        }
    }
}

impl Shelf {
    /// What is in a folder, which is made where it is not there. What was left half done is ended.
    ///
    /// # Errors
    /// The folder cannot be read or written.
    pub(crate) fn open(folder: PathBuf, network: NetworkId, bounds: Bounds) -> io::Result<Shelf> {
        fs::create_dir_all(&folder)?;
        let shelf = Shelf { folder, network, bounds, books: Mutex::default() };
        for path in files::list(&shelf.incoming())? {
            files::remove(&path)?;
        }
        for folder in files::list(&shelf.folder)?.into_iter().filter(|path| path.is_dir()) {
            let mut names: BTreeMap<DocumentId, BTreeSet<String>> = BTreeMap::new();
            for path in files::list(&folder)? {
                if let Some((id, ending)) = files::named(&path) {
                    names.entry(id).or_default().insert(ending);
                }
            }
            for (id, endings) in names {
                shelf.take_up(&id, &endings)?;
            }
        }
        shelf.take_up_parts()?;
        Ok(shelf)
    }

    /// Takes up a document at the start.
    fn take_up(&self, id: &DocumentId, endings: &BTreeSet<String>) -> io::Result<()> {
        let has = |ending: &str| endings.contains(ending);
        if has("erased") {
            if let Some(by) = self.sign(id)?.and_then(|sign| sign.by) {
                self.books().remember(&by);
            }
            return if endings.len() > 1 { self.forget(id) } else { Ok(()) };
        }
        if has("sealed") && has("json") && has("pieces") {
            let note = Note::read(&self.path(id, "json"))?;
            let head = Head::read(&mut File::open(self.path(id, "sealed"))?);
            // Whose it is the head says: a note that cannot be read any more takes nothing but the time with it, and
            // whoever erases the document erases this one too.
            if let Ok(head) = head {
                let kept = Kept::new(*id, &head, note.map(|note| note.at()).unwrap_or_default());
                let mut books = self.books();
                books.add(&kept.filed.by, kept.filed.length);
                books.enter(kept);
                return Ok(());
            }
            // Nothing that was ever kept is thrown away because it cannot be read now.
            tracing::error!(%id, "a sealed document cannot be read and is not given");
            return Ok(());
        }
        // It was not told that it is kept.
        self.forget(id)
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn incoming(&self) -> PathBuf {
        self.folder.join("incoming")
    }

    fn path(&self, id: &DocumentId, ending: &str) -> PathBuf {
        let name = id.to_string();
        let first = name.get(..2).unwrap_or_default();
        self.folder.join(first).join(format!("{name}.{ending}"))
    }

    /// Removes all of a document but the sign that it was erased.
    fn forget(&self, id: &DocumentId) -> io::Result<()> {
        for ending in ["sealed", "json", "pieces", "new"] {
            files::remove(&self.path(id, ending))?;
        }
        files::sync_folder(&self.path(id, "sealed"))
    }

    /// The sign that a document was erased, where it was.
    fn sign(&self, id: &DocumentId) -> io::Result<Option<Sign>> {
        let path = self.path(id, "erased");
        if !path.try_exists()? {
            return Ok(None);
        }
        let note = Note::read(&path)?;
        let by = note.as_ref().and_then(Note::by);
        Ok(Some(Sign { by, recipients: note.map(|note| note.recipients()).unwrap_or_default() }))
    }

    /// Whether a document is taken no more from a depositor. Of what another erased he learns nothing.
    fn is_barred(&self, name: &PartId) -> io::Result<bool> {
        let was_here = self.sign(&name.id)?.is_some_and(|sign| sign.by.is_none_or(|by| by == name.by));
        Ok(was_here || self.has_bar(name)?)
    }

    // ------------------------------------------------------------------------------------------------- bringing whole

    /// Room for one that comes as a stream.
    pub(crate) fn arrival(&self, by: OrgId) -> Result<Arrival, Refused> {
        Ok(Arrival::new(self.incoming(), self.bounds.free, self.network, by)?)
    }

    /// Whether there would be room for one of so many bytes, asked before all of it has come: how many of the disk are to stay
    /// free of it.
    pub(crate) fn has_room(&self, by: &OrgId, length: u64) -> Result<u64, Refused> {
        let mut books = self.books();
        books.count(&self.bounds, by, length)?;
        let bytes = books.bytes_of(by);
        books.uncount(by, length);
        self.must_fit(bytes, length)?;
        Ok(self.bounds.free_of(bytes))
    }

    /// Whether so many bytes more fit on the disk, of a depositor who has `of_org` with them. Error: [`Refused::Share`].
    fn must_fit(&self, of_org: u64, length: u64) -> Result<(), Refused> {
        files::must_fit(&self.folder, self.bounds.free_of(of_org), length)
    }

    /// Keeps one that has come, unless it is here already.
    pub(crate) fn keep(&self, arrived: Arrived, now: Timestamp) -> Result<Filed, Refused> {
        let Arrived { id, pieces, head, file } = arrived;
        let kept = Kept::new(id, &head, now);
        {
            let mut books = self.books();
            if let Some(here) = books.kept.get(&id) {
                return Ok(here.filed.clone());
            }
            let name = PartId { id, by: kept.filed.by };
            if books.closing.contains(&name) {
                return Err(Refused::Busy);
            }
            if self.is_barred(&name)? {
                return Err(Refused::ErasedBefore(id));
            }
            // The pieces of it that were brought are not needed any more.
            self.drop_part(&mut books, &name)?;
            books.count(&self.bounds, &kept.filed.by, kept.filed.length)?;
            books.closing.insert(name);
        }
        let placed = self.place(&kept, file.path(), &pieces);
        self.settle(kept, placed)
    }

    /// Gives a durable file the name of its document.
    fn place(&self, kept: &Kept, file: &Path, pieces: &[Hash]) -> io::Result<()> {
        let id = &kept.filed.id;
        let sealed = self.path(id, "sealed");
        if let Some(folder) = sealed.parent() {
            fs::create_dir_all(folder)?;
            files::sync_folder(folder)?;
        }
        files::write_pieces(&self.path(id, "pieces"), pieces)?;
        fs::rename(file, &sealed)?;
        Note::new(&kept.filed.by, kept.filed.at).write(&self.path(id, "json"))
    }

    /// Enters what has got its name, or forgets what has not.
    fn settle(&self, kept: Kept, placed: io::Result<()>) -> Result<Filed, Refused> {
        let filed = kept.filed.clone();
        let mut books = self.books();
        books.closing.remove(&PartId { id: filed.id, by: filed.by });
        match placed {
            Ok(()) => {
                books.enter(kept);
                Ok(filed)
            }
            Err(error) => {
                books.uncount(&filed.by, filed.length);
                // The first failure is what matters; the rest goes at the next start.
                let _ = self.forget(&filed.id);
                Err(error.into())
            }
        }
    }

    // --------------------------------------------------------------------------------------------------------- giving

    /// Those that an organisation may have, by name, and whether more follow.
    pub(crate) fn list(
        &self,
        of: &Reader,
        about: Option<&Hash>,
        after: Option<DocumentId>,
        limit: usize,
    ) -> (Vec<Filed>, bool) {
        let books = self.books();
        let Some(ids) = of.org().and_then(|org| books.readers.get(org)) else { return (Vec::new(), false) };
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let kept = ids.range((from, Bound::Unbounded)).filter_map(|id| books.kept.get(id));
        let filed = kept.filter(|kept| kept.is_for(of)).map(|kept| &kept.filed);
        let mut found = filed.filter(|filed| about.is_none_or(|about| filed.about == *about));
        let list: Vec<Filed> = found.by_ref().take(limit).cloned().collect();
        (list, found.next().is_some())
    }

    /// What is known of one that an organisation may have. That it was erased is told to those for whom it was.
    /// Errors: [`Refused::Unknown`], [`Refused::Erased`].
    pub(crate) fn find(&self, of: &Reader, id: &DocumentId) -> Result<Filed, Refused> {
        match self.books().kept.get(id) {
            Some(kept) if kept.is_for(of) => Ok(kept.filed.clone()),
            None if self.sign(id)?.is_some_and(|sign| sign.is_for(of)) => Err(Refused::Erased(*id)),
            Some(_) | None => Err(Refused::Unknown(*id)),
        }
    }

    /// The bytes of one. Errors: those of [`Shelf::find`].
    pub(crate) fn read(&self, of: &Reader, id: &DocumentId) -> Result<(Filed, File), Refused> {
        let filed = self.find(of, id)?;
        let file = File::open(self.path(id, "sealed")).map_err(|error| gone(error, id))?;
        Ok((filed, file))
    }

    /// A piece with its path. Errors: those of [`Shelf::find`], [`Refused::Piece`] where there is no such piece.
    pub(crate) fn piece(&self, of: &Reader, id: &DocumentId, number: u32) -> Result<(Vec<u8>, Vec<Hash>), Refused> {
        let (filed, file) = self.read(of, id)?;
        let none = Refused::Piece { number };
        let Some(length) = sealed::piece_bytes(filed.length, number) else { return Err(none) };
        let hashes = files::read_pieces(&self.path(id, "pieces"), id).map_err(|error| gone(error, id))?;
        let Some(path) = list::path(&hashes, number as usize) else { return Err(none) };
        let mut bytes = vec![0u8; length];
        file.read_exact_at(&mut bytes, u64::from(number) * sealed::PIECE_BYTES as u64)?;
        Ok((bytes, path))
    }

    /// Which of some documents are here for an organisation: those that are whole, and of its own those that are being
    /// brought, for they are to be erased as well.
    pub(crate) fn held(&self, of: &Reader, ids: &[DocumentId]) -> Vec<bool> {
        let books = self.books();
        let is_brought = |id: &DocumentId| {
            let part = of.org().map(|by| PartId { id: *id, by: *by });
            part.is_some_and(|part| books.parts.contains_key(&part) || books.closing.contains(&part))
        };
        ids.iter().map(|id| books.kept.get(id).is_some_and(|kept| kept.is_for(of)) || is_brought(id)).collect()
    }

    // -------------------------------------------------------------------------------------------------------- erasing

    /// Erases one for its depositor; one that is being brought is forgotten, and one that has not come is not taken when it
    /// does. Errors: [`Refused::Unknown`], [`Refused::NotYours`], [`Refused::Busy`].
    pub(crate) fn erase(&self, by: &Reader, id: &DocumentId, now: Timestamp) -> Result<(), Refused> {
        let Some(org) = by.org() else { return Err(Refused::Unknown(*id)) };
        let part = PartId { id: *id, by: *org };
        let mut books = self.books();
        if books.closing.contains(&part) {
            return Err(Refused::Busy);
        }
        let recipients = match books.kept.get(id) {
            Some(kept) if kept.filed.by == *org => kept.recipients.clone(),
            Some(kept) if kept.is_for(by) => return Err(Refused::NotYours),
            // Whoever erases once more gets the same answer, and what a crash left goes.
            None if self.sign(id)?.is_some_and(|sign| sign.by == Some(*org)) => return Ok(self.forget(id)?),
            // Another node of the organisation may be about to bring it.
            Some(_) | None => return self.bar(&mut books, &part, now),
        };
        // The sign is on the disk before the bytes go: what a crash leaves between the two goes at the next start.
        Note::new(org, now).with_recipients(&recipients).write(&self.path(id, "erased"))?;
        books.strike(id);
        books.remember(org);
        Ok(self.forget(id)?)
    }
}

/// That a document was erased. It counts, whatever is in it.
struct Sign {
    by: Option<OrgId>,
    recipients: Vec<OrgId>,
}

impl Sign {
    fn is_for(&self, reader: &Reader) -> bool {
        self.by.is_some_and(|by| is_for(reader, &by, &self.recipients))
    }
}

/// A file of a document that was here a moment ago: where it is gone, it has been erased meanwhile.
fn gone(error: io::Error, id: &DocumentId) -> Refused {
    match error.kind() {
        io::ErrorKind::NotFound => Refused::Erased(*id),
        _ => Refused::Fault(error),
    }
}

#[cfg(test)]
pub(super) mod tests;
