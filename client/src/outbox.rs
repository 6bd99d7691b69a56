//! Signed transactions that have not been decided yet: one file each, named by a number and the identity.
//!
//! A transaction enters before it is sent and leaves when it is decided, so that neither a crash nor an unreachable
//! node loses a signature. Sending one twice does no harm: its identity is the same. The number is the place in the
//! queue: what entered first is sent first, for a later act may build on it, and entering again changes no place.

use crate::{
    draft::Draft,
    failure::{Failure, Result},
    storage,
};
use ledger::TxId;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A folder of signed transactions.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    folder: PathBuf,
}

/// What waits, in the order in which it is sent, and the files that are no signed transaction: H8007 each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) drafts: Vec<Draft>,
    pub(crate) damaged: Vec<Failure>,
}

/// A file, by what its name says.
struct Place {
    number: u64,
    id: String,
    path: PathBuf,
}

const SUFFIX: &str = ".tx.json";

impl Outbox {
    /// The outbox below a folder of state.
    pub(crate) fn at(state: &Path) -> Outbox {
        Outbox { folder: state.join("outbox") }
    }

    /// The files, in their order. A name without a number is of an earlier version, and comes first.
    fn places(&self) -> Result<Vec<Place>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Failure::file(&self.folder, &error)),
        };
        let mut places = Vec::new();
        for entry in entries {
            let path = entry.map_err(|e| Failure::file(&self.folder, &e))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let Some(stem) = name.strip_suffix(SUFFIX) else { continue };
            let (number, id) = match stem.split_once('-') {
                Some((number, id)) => (number.parse().unwrap_or(0), id.to_owned()),
                None => (0, stem.to_owned()),
            };
            places.push(Place { number, id, path });
        }
        places.sort_by(|a, b| (a.number, &a.id).cmp(&(b.number, &b.id)));
        Ok(places)
    }

    /// Keeps a transaction, without private fields: they have one place, and this is not it. One that is there keeps
    /// its place.
    pub(crate) fn put(&self, draft: &Draft) -> Result<()> {
        storage::folder(&self.folder)?;
        let (places, id) = (self.places()?, draft.id().to_string());
        let path = match places.iter().find(|place| place.id == id) {
            Some(place) => place.path.clone(),
            None => {
                let next = places.last().map_or(1, |last| last.number.saturating_add(1));
                self.folder.join(format!("{next:08}-{id}{SUFFIX}"))
            }
        };
        draft.clone().with(Vec::new()).write(&path)
    }

    /// Whether a transaction waits here.
    pub(crate) fn has(&self, id: &TxId) -> bool {
        let id = id.to_string();
        self.places().is_ok_and(|places| places.iter().any(|place| place.id == id))
    }

    /// Forgets a transaction, whether or not it was there.
    pub(crate) fn remove(&self, id: &TxId) -> Result<()> {
        let id = id.to_string();
        for Place { path, .. } in self.places()?.into_iter().filter(|place| place.id == id) {
            match fs::remove_file(&path) {
                Ok(()) => storage::sync_folder(&path).map_err(|e| Failure::file(&path, &e))?,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(Failure::file(&path, &error)),
            }
        }
        Ok(())
    }

    /// What waits, the first to be sent first.
    pub(crate) fn list(&self) -> Result<Waiting> {
        let mut waiting = Waiting::default();
        for Place { id, path, .. } in self.places()? {
            let draft = Draft::read(&path).ok();
            match draft.filter(|draft| draft.id().to_string() == id && draft.missing().is_empty()) {
                Some(draft) => waiting.drafts.push(draft),
                None => waiting.damaged.push(Failure::new("H8007", [("file", path.display().to_string())])),
            }
        }
        Ok(waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        draft::tests::{handover, handover_with, person},
        private::tests::fields,
    };

    fn complete() -> Draft {
        signed(handover())
    }

    fn signed(mut draft: Draft) -> Draft {
        draft.sign(&person(1));
        draft.sign(&person(2));
        draft
    }

    /// Another one for each number.
    fn nth(n: u8) -> Draft {
        let mut draft = handover();
        draft.body.nonce = [n; 16];
        signed(draft)
    }

    fn waiting(drafts: Vec<Draft>) -> Result<Waiting> {
        Ok(Waiting { drafts, damaged: vec![] })
    }

    #[test]
    fn what_is_put_is_listed_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::at(folder.path());
        assert_eq!(outbox.list(), waiting(vec![]));
        outbox.put(&complete()).unwrap();
        outbox.put(&complete()).unwrap();
        assert_eq!(outbox.list(), waiting(vec![complete()]));
        assert!(outbox.has(&complete().id()));
        outbox.remove(&complete().id()).unwrap();
        outbox.remove(&complete().id()).unwrap();
        assert!(!outbox.has(&complete().id()));
        assert_eq!(outbox.list(), waiting(vec![]));
    }

    #[test]
    fn what_entered_first_is_sent_first_and_keeps_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::at(folder.path());
        let all: Vec<Draft> = (0..12).map(nth).collect();
        all.iter().for_each(|draft| outbox.put(draft).unwrap());
        // As sending does it once more, in any order.
        all.iter().rev().for_each(|draft| outbox.put(draft).unwrap());
        assert_eq!(outbox.list(), waiting(all.clone()));
        outbox.remove(&all[0].id()).unwrap();
        outbox.put(&all[0]).unwrap();
        let expect = [&all[1..], &all[..1]].concat();
        assert_eq!(outbox.list(), waiting(expect));
    }

    #[test]
    fn a_file_of_an_earlier_version_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::at(folder.path());
        outbox.put(&nth(1)).unwrap();
        nth(2).write(&outbox.folder.join(format!("{}{SUFFIX}", nth(2).id()))).unwrap();
        outbox.put(&nth(2)).unwrap();
        assert_eq!(outbox.list(), waiting(vec![nth(2), nth(1)]));
        outbox.remove(&nth(2).id()).unwrap();
        assert_eq!(outbox.list(), waiting(vec![nth(1)]));
    }

    #[test]
    fn private_fields_stay_out() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::at(folder.path());
        let draft = signed(handover_with(Some(fields(&[("price", "120")]))));
        outbox.put(&draft).unwrap();
        assert_eq!(outbox.list(), waiting(vec![draft.with(vec![])]));
    }

    #[test]
    fn a_damaged_file_is_named_and_hides_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::at(folder.path());
        outbox.put(&complete()).unwrap();
        fs::write(outbox.folder.join(format!("x{SUFFIX}")), "{").unwrap();
        // One that is not complete is no business of the outbox.
        outbox.put(&handover_with(Some(fields(&[("price", "120")])))).unwrap();
        let found = outbox.list().unwrap();
        assert_eq!(found.drafts, [complete()]);
        assert_eq!(found.damaged.iter().map(|f| f.code.as_str()).collect::<Vec<_>>(), ["H8007", "H8007"]);
    }
}
