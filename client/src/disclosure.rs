//! Disclosure files, `hufu.disclosure/1`: private fields in the clear, kept here and given to others; see
//! `docs/formats/disclosure.md`.
//!
//! One file for each transaction, written before anything is signed. What is read is hashed again: a list that gives
//! another root is refused.

use crate::{
    draft::Draft,
    failure::{Failure, Result},
    private::{Flaw, LeafJson, Private, read_salt, roots},
    storage,
};
use ledger::{Hash, ItemId, KeyId, NetworkId, Text, TxId, bounds::MAX_ENTRIES};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

/// Value of `schema`.
pub(crate) const SCHEMA: &str = "hufu.disclosure/1";
/// Largest file, in bytes: a whole group of an import with all its fields full.
const MAX_FILE: usize = 128 * 1024 * 1024;

/// The private fields under one root, with where to look for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The transaction that names the root.
    pub(crate) tx: TxId,
    /// What it does.
    pub(crate) act: Text<32>,
    /// The items that it is about.
    pub(crate) items: Vec<ItemId>,
    pub(crate) private: Private,
}

/// The name of the person who holds a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PersonName {
    pub(crate) key: KeyId,
    pub(crate) salt: [u8; 16],
    pub(crate) name: Text<128>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Disclosure {
    pub(crate) network: NetworkId,
    pub(crate) lists: Vec<Kept>,
    pub(crate) persons: Vec<PersonName>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DisclosureJson {
    schema: String,
    network: String,
    lists: Vec<KeptJson>,
    persons: Vec<PersonJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptJson {
    tx: String,
    act: String,
    items: Vec<String>,
    root: String,
    fields: Vec<LeafJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonJson {
    key: String,
    salt: String,
    name: String,
}

impl Disclosure {
    /// Nothing yet.
    pub(crate) fn new(network: NetworkId) -> Disclosure {
        Disclosure { network, lists: Vec::new(), persons: Vec::new() }
    }

    /// What a draft carries in the clear.
    pub(crate) fn of(draft: &Draft) -> Disclosure {
        let (tx, named) = (draft.id(), roots(&draft.body, &draft.entries));
        // The names of acts are short words.
        let act = Text::new(draft.body.operation.act().name()).unwrap_or_default();
        let kept = |private: &Private| {
            let items = named.iter().find(|(root, _)| *root == private.root()).map(|(_, items)| items.clone());
            Kept { tx, act: act.clone(), items: items.unwrap_or_default(), private: private.clone() }
        };
        let lists = draft.private.iter().filter(|p| p.open().next().is_some()).map(kept).collect();
        Disclosure { lists, ..Disclosure::new(draft.body.network) }
    }

    /// The file as an object.
    pub(crate) fn json(&self) -> DisclosureJson {
        let kept = |kept: &Kept| KeptJson {
            tx: kept.tx.to_string(),
            act: kept.act.to_string(),
            items: kept.items.iter().map(ItemId::to_string).collect(),
            root: kept.private.root().to_string(),
            fields: kept.private.json(),
        };
        let person = |person: &PersonName| PersonJson {
            key: person.key.to_string(),
            salt: api::bytes::encode(&person.salt),
            name: person.name.to_string(),
        };
        DisclosureJson {
            schema: SCHEMA.into(),
            network: self.network.to_string(),
            lists: self.lists.iter().map(kept).collect(),
            persons: self.persons.iter().map(person).collect(),
        }
    }

    /// The file.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        // Writing plain structs to memory fails for no value.
        let mut bytes = serde_json::to_vec_pretty(&self.json()).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads a file. Errors: H1419; H1420 where fields give another root; H1403.
    pub(crate) fn read(path: &Path) -> Result<Disclosure> {
        let bytes = storage::read(path, MAX_FILE)?;
        let damaged = |detail: String| at(path, Flaw::Shape(detail), "");
        let file: DisclosureJson = serde_json::from_slice(&bytes).map_err(|e| damaged(e.to_string()))?;
        if file.schema != SCHEMA {
            return Err(damaged(format!("schema {}", file.schema.chars().take(80).collect::<String>())));
        }
        let network = file.network.parse().map_err(|_| damaged("network".into()))?;
        let mut disclosure = Disclosure::new(network);
        for kept in file.lists {
            let root = kept.root.clone();
            disclosure.lists.push(kept.read().map_err(|flaw| at(path, flaw, &root))?);
        }
        for person in file.persons {
            disclosure.persons.push(person.read().ok_or_else(|| damaged("persons".into()))?);
        }
        let roots: BTreeSet<Hash> = disclosure.lists.iter().map(|k| k.private.root()).collect();
        let keys: BTreeSet<KeyId> = disclosure.persons.iter().map(|p| p.key).collect();
        match roots.len() == disclosure.lists.len() && keys.len() == disclosure.persons.len() {
            true => Ok(disclosure),
            false => Err(damaged("a root or a key stands twice".into())),
        }
    }

    /// Takes over what another file has.
    fn join(&mut self, other: Disclosure) {
        for kept in other.lists {
            match self.lists.iter_mut().find(|k| k.private.root() == kept.private.root()) {
                Some(mine) => mine.private = mine.private.joined(&kept.private),
                None => self.lists.push(kept),
            }
        }
        for person in other.persons {
            self.persons.retain(|p| p.key != person.key);
            self.persons.push(person);
        }
    }
}

impl KeptJson {
    fn read(self) -> std::result::Result<Kept, Flaw> {
        let shape = |what: &str| Flaw::Shape(what.to_owned());
        if self.items.len() > MAX_ENTRIES {
            return Err(shape("items"));
        }
        let items = self.items.iter().map(|i| i.parse().map_err(|_| shape("items")));
        Ok(Kept {
            tx: self.tx.parse().map_err(|_| shape("tx"))?,
            act: Text::new(self.act).map_err(|e| Flaw::Shape(e.to_string()))?,
            items: items.collect::<std::result::Result<_, _>>()?,
            private: Private::read(&self.root, self.fields)?,
        })
    }
}

impl PersonJson {
    fn read(self) -> Option<PersonName> {
        let name = Text::new(self.name).ok()?;
        Some(PersonName { key: self.key.parse().ok()?, salt: read_salt(&self.salt)?, name })
    }
}

/// A flaw of a file, as a failure.
fn at(path: &Path, flaw: Flaw, root: &str) -> Failure {
    let file = path.display().to_string();
    match flaw {
        Flaw::Shape(detail) => Failure::new("H1419", [("file", file), ("detail", detail)]),
        Flaw::Root => Failure::new("H1420", [("file", file), ("what", root.to_owned())]),
    }
}

/// The folder in which private fields are kept.
#[derive(Clone, Debug)]
pub(crate) struct Disclosures {
    folder: PathBuf,
}

impl Disclosures {
    /// The folder below a folder of state.
    pub(crate) fn at(state: &Path) -> Disclosures {
        Disclosures { folder: state.join("disclosures") }
    }

    fn path_of_tx(&self, tx: &TxId) -> PathBuf {
        self.folder.join(format!("tx-{tx}.json"))
    }

    fn path_of_key(&self, key: &KeyId) -> PathBuf {
        self.folder.join(format!("key-{key}.json"))
    }

    /// Keeps what a draft carries in the clear. Once this returns, the draft may be signed.
    pub(crate) fn keep_draft(&self, draft: &Draft) -> Result<()> {
        self.keep(Disclosure::of(draft))
    }

    /// Keeps what is not there yet.
    pub(crate) fn keep(&self, disclosure: Disclosure) -> Result<()> {
        let Disclosure { network, lists, persons } = disclosure;
        let txs: BTreeSet<TxId> = lists.iter().map(|k| k.tx).collect();
        for tx in txs {
            let lists = lists.iter().filter(|k| k.tx == tx).cloned().collect();
            self.add(&self.path_of_tx(&tx), Disclosure { network, lists, persons: Vec::new() })?;
        }
        for person in persons {
            let path = self.path_of_key(&person.key);
            self.add(&path, Disclosure { network, lists: Vec::new(), persons: vec![person] })?;
        }
        Ok(())
    }

    fn add(&self, path: &Path, more: Disclosure) -> Result<()> {
        storage::folder(&self.folder)?;
        let mut all = match path.exists() {
            true => Disclosure::read(path)?,
            false => Disclosure::new(more.network),
        };
        if all.network != more.network {
            return Err(at(path, Flaw::Shape(format!("network {}", all.network)), ""));
        }
        all.join(more);
        storage::replace(path, &all.to_json())
    }

    /// What is kept of a transaction.
    pub(crate) fn of_tx(&self, tx: &TxId) -> Result<Vec<Kept>> {
        let path = self.path_of_tx(tx);
        match path.exists() {
            true => Ok(Disclosure::read(&path)?.lists),
            false => Ok(Vec::new()),
        }
    }

    /// Everything that is kept of a network, file by file in the order of their names; a file that cannot be read is a
    /// failure in its place.
    pub(crate) fn all(&self, network: &NetworkId) -> Result<Vec<(PathBuf, Result<Disclosure>)>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Failure::file(&self.folder, &error)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            paths.push(entry.map_err(|e| Failure::file(&self.folder, &e))?.path());
        }
        paths.retain(|p| p.extension().is_some_and(|e| e == "json"));
        paths.sort();
        let read = paths.into_iter().map(|path| {
            let read = Disclosure::read(&path);
            (path, read)
        });
        Ok(read.filter(|(_, read)| read.as_ref().map_or(true, |d| d.network == *network)).collect())
    }

    /// Writes what is left of a file; nothing left removes it.
    pub(crate) fn leave(&self, path: &Path, left: &Disclosure) -> Result<()> {
        if !left.lists.is_empty() || !left.persons.is_empty() {
            return storage::replace(path, &left.to_json());
        }
        fs::remove_file(path).and_then(|()| storage::sync_folder(path)).map_err(|e| Failure::file(path, &e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        draft::tests::{handover_with, person},
        private::tests::fields,
    };
    use keys::Signer;
    use std::os::unix::fs::PermissionsExt;

    const VECTOR: &str = include_str!("../../docs/formats/vectors/disclosure.json");

    fn sample() -> Disclosure {
        let private = fields(&[("price", "120 CNY"), ("地点", "洋山港"), ("note", "\"x\"")]);
        let draft = handover_with(Some(private.closing(|f| f.name.as_str() != "note")));
        let name = PersonName { key: person(1).key_id(), salt: [7; 16], name: Text::new("王芳").unwrap() };
        Disclosure { persons: vec![name], ..Disclosure::of(&draft) }
    }

    fn read(text: &str) -> Result<Disclosure> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        Disclosure::read(file.path())
    }

    /// `HUFU_WRITE_VECTORS=1 cargo test -p client` writes it anew; a change is a change of the format.
    #[test]
    fn the_file_is_the_one_of_the_vector() {
        let written = String::from_utf8(sample().to_json()).unwrap();
        if std::env::var_os("HUFU_WRITE_VECTORS").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/formats/vectors/disclosure.json");
            fs::write(path, &written).unwrap();
            return;
        }
        assert_eq!(written, VECTOR);
        assert_eq!(read(VECTOR), Ok(sample()));
    }

    #[test]
    fn a_changed_file_is_refused() {
        let code = |from: &str, to: &str| {
            assert!(VECTOR.contains(from), "{from}");
            read(&VECTOR.replacen(from, to, 1)).unwrap_err().code
        };
        assert_eq!(code("120 CNY", "121 CNY"), "H1420");
        assert_eq!(code("地点", "时间"), "H1420");
        assert_eq!(code("AQEBAQ", "AQEBAg"), "H1420");
        assert_eq!(code("disclosure/1", "disclosure/2"), "H1419");
        assert_eq!(code("\"act\"", "\"more\": 1, \"act\""), "H1419");
        assert_eq!(code("\"price\"", "1"), "H1419");
        assert_eq!(code("0808", "080"), "H1419");
        assert_eq!(read("{").unwrap_err().code, "H1419");
        let mut twice = sample();
        twice.lists.extend(twice.lists.clone());
        assert_eq!(read(&String::from_utf8(twice.to_json()).unwrap()).unwrap_err().code, "H1419");
    }

    #[test]
    fn what_is_kept_is_found_private_and_joined() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Disclosures::at(&folder.path().join("a/b"));
        let all = fields(&[("price", "120"), ("place", "X")]);
        let draft = handover_with(Some(all.clone()));
        let only = |name: &'static str| handover_with(Some(all.closing(|f| f.name.as_str() == name)));
        kept.keep_draft(&only("price")).unwrap();
        assert_eq!(kept.of_tx(&draft.id()).unwrap()[0].private.open().count(), 1);
        kept.keep_draft(&only("place")).unwrap();
        kept.keep_draft(&draft).unwrap();
        let found = kept.of_tx(&draft.id()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].private, all);
        assert_eq!(found[0].items.len(), 1);
        assert_eq!(kept.of_tx(&TxId::default()), Ok(Vec::new()));
        let path = kept.path_of_tx(&draft.id());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&kept.folder).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(kept.all(&draft.body.network).unwrap().len(), 1);
        assert_eq!(kept.all(&NetworkId::default()).unwrap().len(), 0);
        kept.leave(&path, &Disclosure::new(draft.body.network)).unwrap();
        assert_eq!(kept.of_tx(&draft.id()), Ok(Vec::new()));
    }

    #[test]
    fn a_draft_without_private_fields_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Disclosures::at(folder.path());
        kept.keep_draft(&handover_with(None)).unwrap();
        assert!(!kept.folder.exists());
    }
}
