//! Documents that are brought in pieces, in any order, by one depositor from wherever he has them.

use super::{Books, Kept, SIGN_BYTES, Shelf, arrival, files};
use crate::documents::{Refused, files::Note};
use keys::seal::{Head, Pieces};
use ledger::{DocumentId, Hash, OrgId, Timestamp, hash::HashTextError, sealed};
use std::{
    fmt,
    fs::{self, File},
    io::{self, BufReader},
    os::unix::fs::FileExt,
    path::PathBuf,
    str::FromStr,
};

/// A document that is being brought, and by whom. The name alone would let anybody stand in the way of its depositor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PartId {
    pub(super) id: DocumentId,
    pub(super) by: OrgId,
}

impl fmt::Display for PartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.id, self.by)
    }
}

impl FromStr for PartId {
    type Err = HashTextError;

    fn from_str(text: &str) -> Result<PartId, HashTextError> {
        let (id, by) = text.split_once('-').unwrap_or((text, ""));
        Ok(PartId { id: id.parse()?, by: by.parse()? })
    }
}

/// How long pieces wait for the others.
pub(super) const PATIENCE_MS: u64 = 7 * 24 * 3_600_000;

/// A document of which some pieces are here.
#[derive(Clone, Debug)]
pub(super) struct Part {
    length: u64,
    /// When it was announced.
    at: Timestamp,
    count: u32,
    /// The beginning of its first piece, as it was announced.
    head: Vec<u8>,
    /// Which pieces are here, a bit each. After a crash it may be wrong: it says what to ask for, and proves nothing.
    bits: Vec<u8>,
}

impl Part {
    fn new(length: u64, at: Timestamp, head: Vec<u8>) -> Option<Part> {
        let count = sealed::pieces(length)?;
        let bytes = usize::try_from(count.div_ceil(8)).ok()?;
        Some(Part { length, at, count, head, bits: vec![0; bytes] })
    }

    fn has(&self, number: u32) -> bool {
        let byte = usize::try_from(number / 8).ok().and_then(|at| self.bits.get(at));
        byte.is_some_and(|byte| byte & (1 << (number % 8)) != 0)
    }

    fn mark(&mut self, number: u32) {
        let byte = usize::try_from(number / 8).ok().and_then(|at| self.bits.get_mut(at));
        if let Some(byte) = byte {
            *byte |= 1 << (number % 8);
        }
    }

    fn have(&self) -> u32 {
        self.bits.iter().map(|byte| byte.count_ones()).sum()
    }
}

impl Shelf {
    fn part_path(&self, part: &PartId, ending: &str) -> PathBuf {
        self.folder.join("parts").join(format!("{part}.{ending}"))
    }

    /// Takes up at the start what was being brought when the node ended.
    pub(super) fn take_up_parts(&self) -> io::Result<()> {
        for path in files::list(&self.folder.join("parts"))? {
            match files::named::<PartId>(&path) {
                Some((id, ending)) if ending == "offer" => match self.part(&id)? {
                    Some(part) => {
                        let mut books = self.books();
                        books.add(&id.by, part.length);
                        books.parts.insert(id, part);
                    }
                    None => self.forget_part(&id)?,
                },
                Some((id, ending)) if ending == "erased" => self.books().remember(&id.by),
                Some((id, _)) if self.part_path(&id, "offer").try_exists()? => {}
                Some(_) | None => files::remove(&path)?,
            }
        }
        Ok(())
    }

    /// One whose files say enough.
    fn part(&self, id: &PartId) -> io::Result<Option<Part>> {
        let Some(note) = Note::read(&self.part_path(id, "offer"))? else { return Ok(None) };
        let head = note.head();
        let Ok(Some((read, _))) = Head::parse(&head) else { return Ok(None) };
        let Some(mut part) = Part::new(read.sealed_bytes(), note.at(), head) else { return Ok(None) };
        if self.has_bar(id)? || !self.part_path(id, "part").try_exists()? {
            return Ok(None);
        }
        if let Ok(bits) = fs::read(self.part_path(id, "bits"))
            && bits.len() == part.bits.len()
        {
            part.bits = bits;
        }
        Ok(Some(part))
    }

    fn forget_part(&self, id: &PartId) -> io::Result<()> {
        for ending in ["part", "bits", "new", "offer"] {
            files::remove(&self.part_path(id, ending))?;
        }
        // Whoever erases it is told so once it is gone for good.
        files::sync_folder(&self.part_path(id, "part"))
    }

    /// Forgets one that is being brought, if it is.
    pub(super) fn drop_part(&self, books: &mut Books, id: &PartId) -> Result<(), Refused> {
        if let Some(part) = books.parts.remove(id) {
            books.uncount(&id.by, part.length);
            self.forget_part(id)?;
        }
        Ok(())
    }

    /// Whether whoever says that a document is his erased it before it was here.
    pub(super) fn has_bar(&self, name: &PartId) -> io::Result<bool> {
        self.part_path(name, "erased").try_exists()
    }

    /// Forgets one that is being brought, and takes it no more from whoever says that it is his, while what is remembered of
    /// that fits into his share. What another keeps under this name is as if it were not there.
    ///
    /// Error: [`Refused::Unknown`] where it was not being brought.
    pub(super) fn bar(&self, books: &mut Books, name: &PartId, now: Timestamp) -> Result<(), Refused> {
        let is_brought = books.parts.contains_key(name);
        let bytes = books.bytes_of(&name.by).saturating_add(SIGN_BYTES);
        let fits = bytes <= self.bounds.bytes_of_org && self.must_fit(bytes, SIGN_BYTES).is_ok();
        if (is_brought || fits) && !self.has_bar(name)? {
            fs::create_dir_all(self.folder.join("parts"))?;
            Note::new(&name.by, now).write(&self.part_path(name, "erased"))?;
            books.remember(&name.by);
        }
        self.drop_part(books, name)?;
        if is_brought { Ok(()) } else { Err(Refused::Unknown(name.id)) }
    }

    /// Takes note of a document that its depositor is about to bring; how many of its pieces are here.
    ///
    /// What another keeps or erased under this name is as if it were not there: the first piece shows whose it is.
    ///
    /// Errors: [`Refused::Sealed`] for a head that is none, [`Refused::NotYours`] for one that names another depositor,
    /// [`Refused::ErasedBefore`], [`Refused::Share`], [`Refused::Busy`].
    pub(crate) fn offer(
        &self,
        by: &OrgId,
        id: &DocumentId,
        length: u64,
        head: &[u8],
        now: Timestamp,
    ) -> Result<u32, Refused> {
        let read = arrival::head_alone(head)?;
        arrival::check(&read, &self.network, by)?;
        if read.sealed_bytes() != length {
            return Err(Refused::shape("its length is not that of its head"));
        }
        let part = Part::new(length, now, head.to_vec()).ok_or(Refused::shape("it has no pieces"))?;
        let mut books = self.books();
        self.tidy(&mut books, now)?;
        let name = PartId { id: *id, by: *by };
        if books.kept.get(id).is_some_and(|kept| kept.filed.by == *by) {
            return Ok(part.count);
        }
        if books.closing.contains(&name) {
            return Err(Refused::Busy);
        }
        if self.is_barred(&name)? {
            return Err(Refused::ErasedBefore(*id));
        }
        if let Some(known) = books.parts.get(&name).filter(|known| known.head == head) {
            return Ok(known.have());
        }
        self.drop_part(&mut books, &name)?;
        books.count(&self.bounds, by, length)?;
        let fits = self.must_fit(books.bytes_of(by), length);
        if let Err(refused) = fits.and_then(|()| self.note(&name, &part).map_err(Refused::from)) {
            books.uncount(by, length);
            return Err(refused);
        }
        books.parts.insert(name, part);
        Ok(0)
    }

    /// Writes what is needed to go on after a restart.
    fn note(&self, id: &PartId, part: &Part) -> io::Result<()> {
        let path = self.part_path(id, "part");
        fs::create_dir_all(self.folder.join("parts"))?;
        File::create(path)?.set_len(part.length)?;
        Note::new(&id.by, part.at).with_head(&part.head).write(&self.part_path(id, "offer"))
    }

    /// Forgets pieces that have waited too long for the others.
    pub(crate) fn forget_late(&self, now: Timestamp) -> Result<(), Refused> {
        self.tidy(&mut self.books(), now)
    }

    fn tidy(&self, books: &mut Books, now: Timestamp) -> Result<(), Refused> {
        let late = |part: &Part| now.ms_since(part.at) > PATIENCE_MS;
        let ids: Vec<PartId> = books.parts.iter().filter(|(_, part)| late(part)).map(|(id, _)| *id).collect();
        ids.iter().try_for_each(|id| self.drop_part(books, id))
    }

    /// Numbers of the pieces that are not here, from one on. Error: [`Refused::Unknown`].
    pub(crate) fn missing(&self, by: &OrgId, id: &DocumentId, from: u32) -> Result<Vec<u32>, Refused> {
        let books = self.books();
        if books.kept.get(id).is_some_and(|kept| kept.filed.by == *by) {
            return Ok(Vec::new());
        }
        match books.parts.get(&PartId { id: *id, by: *by }) {
            Some(part) => Ok((from..part.count).filter(|number| !part.has(*number)).collect()),
            None => Err(Refused::Unknown(*id)),
        }
    }

    /// Takes a piece; how many are here. With the last one the document is kept. The first one comes first: it shows
    /// that the document is of whoever brings it, and nothing of another's gets to the disk.
    ///
    /// Errors: [`Refused::Piece`] for one that is not of the document, [`Refused::Unknown`] for a document that was not
    /// announced, [`Refused::Sealed`] where the first piece begins otherwise than was announced or is not here yet,
    /// [`Refused::Share`] where the disk is nearly full, [`Refused::Busy`].
    pub(crate) fn put(
        &self,
        by: &OrgId,
        id: &DocumentId,
        number: u32,
        bytes: &[u8],
        path: &[Hash],
        now: Timestamp,
    ) -> Result<u32, Refused> {
        let name = PartId { id: *id, by: *by };
        let part = {
            let mut books = self.books();
            if let Some(kept) = books.kept.get(id).filter(|kept| kept.filed.by == *by) {
                return Ok(sealed::pieces(kept.filed.length).unwrap_or_default());
            }
            if books.closing.contains(&name) {
                return Err(Refused::Busy);
            }
            let of_org = books.bytes_of(by);
            let Some(part) = books.parts.get_mut(&name) else { return Err(Refused::Unknown(*id)) };
            let fits = sealed::piece_bytes(part.length, number) == Some(bytes.len());
            if !fits || !id.has(part.count, number, bytes, path) {
                return Err(Refused::Piece { number });
            }
            if number == 0 && !bytes.starts_with(&part.head) {
                self.drop_part(&mut books, &name)?;
                return Err(Refused::shape("it begins otherwise than was announced"));
            }
            if number != 0 && !part.has(0) {
                return Err(Refused::shape("its first piece is not here yet"));
            }
            // What was announced takes no room before it comes.
            self.must_fit(of_org, bytes.len() as u64)?;
            self.write_piece(&name, part, number, bytes)?;
            if part.have() < part.count {
                return Ok(part.have());
            }
            let part = part.clone();
            books.parts.remove(&name);
            books.closing.insert(name);
            part
        };
        self.complete(&name, part, now)
    }

    fn write_piece(&self, id: &PartId, part: &mut Part, number: u32, bytes: &[u8]) -> io::Result<()> {
        let file = File::options().write(true).open(self.part_path(id, "part"))?;
        file.write_all_at(bytes, u64::from(number) * sealed::PIECE_BYTES as u64)?;
        part.mark(number);
        fs::write(self.part_path(id, "bits"), &part.bits)
    }

    /// All pieces are said to be here. What is on the disk decides: where it has another name, none of it is believed.
    fn complete(&self, name: &PartId, part: Part, now: Timestamp) -> Result<u32, Refused> {
        match self.whole(name, &part) {
            Ok(Some((head, pieces))) => {
                let kept = Kept::new(name.id, &head, now);
                let placed = self.place(&kept, &self.part_path(name, "part"), &pieces);
                let settled = self.settle(kept, placed);
                // It is not counted any more, so none of it stays, whatever came of it.
                self.forget_part(name)?;
                settled.map(|_| part.count)
            }
            Ok(None) | Err(_) => {
                tracing::warn!(id = %name.id, "pieces of a document are not what was written: they are asked for again");
                self.begin_again(name, part)
            }
        }
    }

    /// Head and pieces of what is on the disk, where it is the document. It is durable then.
    fn whole(&self, name: &PartId, part: &Part) -> Result<Option<(Head, Vec<Hash>)>, Refused> {
        let path = self.part_path(name, "part");
        File::options().write(true).open(&path)?.sync_all()?;
        let mut pieces = Pieces::new(io::sink());
        io::copy(&mut BufReader::with_capacity(sealed::PIECE_BYTES, File::open(&path)?), &mut pieces)?;
        let (found, hashes, _) = pieces.finish()?;
        let head = Head::read(&mut File::open(&path)?)?;
        Ok((found == name.id && head.sealed_bytes() == part.length).then_some((head, hashes)))
    }

    fn begin_again(&self, name: &PartId, part: Part) -> Result<u32, Refused> {
        let mut books = self.books();
        books.closing.remove(name);
        let fresh = Part { bits: vec![0; part.bits.len()], ..part };
        let written = fs::write(self.part_path(name, "bits"), &fresh.bits);
        books.parts.insert(*name, fresh);
        written?;
        Ok(0)
    }
}
