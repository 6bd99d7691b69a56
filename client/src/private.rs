//! Private fields in the clear: what is commercial or personal. The ledger holds the root of their salted commitments.

use crate::{
    cli::Plain,
    failure::{Failure, Result, text},
    storage,
};
use ledger::{
    Hash, ItemId, Operation, Text, TxBody,
    bounds::{MAX_FIELD_BYTES, MAX_FIELDS},
    field::Field,
    list,
    operation::{Entry, EntryBody},
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor},
};
use std::{collections::BTreeSet, fmt, path::Path};

/// Largest file of `--private-file`, in bytes: all that one root may hold, with room for escapes.
const MAX_PLAIN_FILE: usize = 1024 * 1024;

/// A private field by name and value, before it has a salt.
pub(crate) type Named = (Text<32>, Text<MAX_FIELD_BYTES>);

/// A field under a root: in the clear, or its commitment alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Leaf {
    Open(Field),
    Closed(Hash),
}

impl Leaf {
    /// The commitment.
    pub(crate) fn hash(&self) -> Hash {
        match self {
            Leaf::Open(field) => field.hash(),
            Leaf::Closed(hash) => *hash,
        }
    }

    /// The field, where it is in the clear.
    pub(crate) fn open(&self) -> Option<&Field> {
        match self {
            Leaf::Open(field) => Some(field),
            Leaf::Closed(_) => None,
        }
    }
}

/// All fields under one root, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Private {
    root: Hash,
    leaves: Vec<Leaf>,
}

/// What is wrong with fields that were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Something cannot be read.
    Shape(String),
    /// They give another root.
    Root,
}

impl Private {
    /// Fields with fresh salts; none for no field. Error: H1423 for a name that stands twice, or too many.
    pub(crate) fn new(named: Vec<Named>) -> Result<Option<Private>> {
        if named.len() > MAX_FIELDS {
            return Err(unfit(format!("{} > {MAX_FIELDS}", named.len())));
        }
        let mut names = BTreeSet::new();
        let mut leaves = Vec::with_capacity(named.len());
        for (name, value) in named {
            if name.as_str().is_empty() || !names.insert(name.clone()) {
                return Err(unfit(format!("{name:?}", name = name.as_str())));
            }
            leaves.push(Leaf::Open(Field { salt: keys::random()?, name, value }));
        }
        Ok((!leaves.is_empty()).then(|| Private { root: root(&leaves), leaves }))
    }

    /// Fields that were read, which must give the root that stands beside them.
    pub(crate) fn read(stated: &str, fields: Vec<LeafJson>) -> std::result::Result<Private, Flaw> {
        let stated: Hash = stated.parse().map_err(|_| Flaw::Shape("root".into()))?;
        if fields.is_empty() || fields.len() > MAX_FIELDS {
            return Err(Flaw::Shape(format!("{} fields", fields.len())));
        }
        let leaves: Vec<Leaf> = fields.into_iter().map(LeafJson::read).collect::<std::result::Result<_, _>>()?;
        match root(&leaves) == stated {
            true => Ok(Private { root: stated, leaves }),
            false => Err(Flaw::Root),
        }
    }

    /// What a transaction names.
    pub(crate) fn root(&self) -> Hash {
        self.root
    }

    /// The fields, in their order.
    pub(crate) fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// The fields in the clear.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Field> {
        self.leaves.iter().filter_map(Leaf::open)
    }

    /// The same with only those in the clear that `keep` chooses.
    pub(crate) fn closing(&self, keep: impl Fn(&Field) -> bool) -> Private {
        let close = |leaf: &Leaf| match leaf {
            Leaf::Open(field) if !keep(field) => Leaf::Closed(leaf.hash()),
            other => other.clone(),
        };
        Private { root: self.root, leaves: self.leaves.iter().map(close).collect() }
    }

    /// Both of one root: what is in the clear in either.
    pub(crate) fn joined(&self, other: &Private) -> Private {
        let join = |(mine, theirs): (&Leaf, &Leaf)| if mine.open().is_some() { mine.clone() } else { theirs.clone() };
        Private { root: self.root, leaves: self.leaves.iter().zip(&other.leaves).map(join).collect() }
    }

    /// As it stands in files.
    pub(crate) fn json(&self) -> Vec<LeafJson> {
        self.leaves.iter().map(LeafJson::of).collect()
    }
}

fn root(leaves: &[Leaf]) -> Hash {
    list::root(&leaves.iter().map(Leaf::hash).collect::<Vec<_>>())
}

fn unfit(detail: impl Into<String>) -> Failure {
    Failure::new("H1423", [("detail", detail.into())])
}

/// The private fields of a command line, in the order flags, file. None where there are none.
pub(crate) fn of_flags(plain: &Plain) -> Result<Option<Private>> {
    let mut named = Vec::new();
    for word in &plain.private {
        let (name, value) = word.split_once('=').ok_or_else(|| unfit("NAME=VALUE"))?;
        named.push((text("name", name)?, text(name, value)?));
    }
    if let Some(path) = &plain.private_file {
        named.extend(of_file(path)?);
    }
    Private::new(named)
}

fn of_file(path: &Path) -> Result<Vec<Named>> {
    let bytes = storage::read(path, MAX_PLAIN_FILE)?;
    let pairs: Pairs = serde_json::from_slice(&bytes).map_err(|e| unfit(format!("{}: {e}", path.display())))?;
    pairs.0.into_iter().map(|(name, value)| Ok((text("name", &name)?, text(&name, &value)?))).collect()
}

/// An object of texts in the order in which they stand; a name that stands twice is still there twice.
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = Pairs;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object whose values are texts")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Texts)
    }
}

/// A field in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum LeafJson {
    Open(OpenJson),
    Closed(ClosedJson),
}

/// A field in the clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenJson {
    salt: String,
    name: String,
    value: String,
}

/// A field that is not given or was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClosedJson {
    hash: String,
}

impl LeafJson {
    fn of(leaf: &Leaf) -> LeafJson {
        match leaf {
            Leaf::Open(Field { salt, name, value }) => LeafJson::Open(OpenJson {
                salt: api::bytes::encode(salt),
                name: name.to_string(),
                value: value.to_string(),
            }),
            Leaf::Closed(hash) => LeafJson::Closed(ClosedJson { hash: hash.to_string() }),
        }
    }

    fn read(self) -> std::result::Result<Leaf, Flaw> {
        let shape = |what: &str| Flaw::Shape(what.to_owned());
        match self {
            LeafJson::Closed(closed) => closed.hash.parse().map(Leaf::Closed).map_err(|_| shape("hash")),
            LeafJson::Open(OpenJson { salt, name, value }) => Ok(Leaf::Open(Field {
                salt: read_salt(&salt).ok_or_else(|| shape("salt"))?,
                name: Text::new(name).map_err(|e| Flaw::Shape(e.to_string()))?,
                value: Text::new(value).map_err(|e| Flaw::Shape(e.to_string()))?,
            })),
        }
    }
}

/// A salt in a file.
pub(crate) fn read_salt(text: &str) -> Option<[u8; 16]> {
    api::bytes::decode(text).ok()?.try_into().ok()
}

/// Puts the root of private fields into an operation that has a place for one.
pub(crate) fn commit(operation: &mut Operation, root: Option<Hash>) {
    match operation {
        Operation::Declare { private, .. }
        | Operation::Inspect { private, .. }
        | Operation::Use { private, .. }
        | Operation::Dispose { private, .. }
        | Operation::Waste { private, .. }
        | Operation::Lose { private, .. }
        | Operation::Demand { private, .. }
        | Operation::Report { private, .. }
        | Operation::Answer { private, .. } => *private = root,
        Operation::Apply { application } => application.private = root,
        Operation::Offer { terms } | Operation::Handover { terms } => terms.private = root,
        // The commands of the others take no private fields.
        _ => {}
    }
}

/// The roots of private fields that a transaction names, each with the items that it is about.
pub(crate) fn roots(body: &TxBody, entries: &[Entry]) -> Vec<(Hash, Vec<ItemId>)> {
    let id = body.id();
    let (mut roots, mut items) = (Vec::new(), Vec::new());
    for (index, entry) in (0u32..).zip(entries) {
        match &entry.body {
            EntryBody::Item(item) => items.push(*item),
            EntryBody::Usage(usage) => items.push(usage.item),
            EntryBody::Registration(registration) => {
                let item = ItemId::of(&body.network, &id, index);
                roots.extend(registration.private.map(|root| (root, vec![item])));
            }
        }
    }
    items.extend(body.operation.subject().map(|(item, _)| item));
    if let Operation::Demand { about: Some(item), .. } = &body.operation {
        items.push(*item);
    }
    roots.extend(body.operation.private().map(|root| (root, items)));
    roots
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Fields whose salts are not random.
    pub(crate) fn fields(named: &[(&str, &str)]) -> Private {
        let field = |(at, (name, value)): (usize, &(&str, &str))| {
            let salt = [u8::try_from(at).unwrap() + 1; 16];
            Leaf::Open(Field { salt, name: Text::new(*name).unwrap(), value: Text::new(*value).unwrap() })
        };
        let leaves: Vec<Leaf> = named.iter().enumerate().map(field).collect();
        Private { root: root(&leaves), leaves }
    }

    fn flags(words: &[&str]) -> Result<Option<Private>> {
        of_flags(&Plain { private: words.iter().map(|w| (*w).to_owned()).collect(), ..Plain::default() })
    }

    #[test]
    fn flags_and_files_give_fields_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.json");
        let read = |text: &str, words: &[&str]| {
            std::fs::write(&path, text).unwrap();
            let private = words.iter().map(|w| (*w).to_owned()).collect();
            of_flags(&Plain { private, private_file: Some(path.clone()), ..Plain::default() })
        };
        let shown = |p: &Private| p.open().map(|f| format!("{}={}", f.name, f.value)).collect::<Vec<_>>();
        let private = read(r#"{"z":"1","a":"="}"#, &["price=120 CNY", "place="]).unwrap().unwrap();
        assert_eq!(shown(&private), ["price=120 CNY", "place=", "z=1", "a=="]);
        assert_eq!(ledger::field::root(&private.open().cloned().collect::<Vec<_>>()), Some(private.root()));
        for text in ["[]", "{\"a\":1}", "{", r#"{"a":"1","a":"2"}"#, r#"{"price":"1"}"#, r#"{"":"1"}"#] {
            assert_eq!(read(text, &["price=2"]).unwrap_err().code, "H1423", "{text}");
        }
        assert_eq!(flags(&[]), Ok(None));
        assert_eq!(read("{}", &[]), Ok(None));
    }

    #[test]
    fn bounds_hold_at_their_value_and_one_above() {
        let code = |words: &[String]| {
            flags(&words.iter().map(String::as_str).collect::<Vec<_>>()).map(|_| ()).map_err(|f| f.code)
        };
        let named = |n: usize| format!("{}=x", "n".repeat(n));
        let valued = |n: usize| format!("n={}", "v".repeat(n));
        let many = |n: usize| (0..n).map(|i| format!("n{i}=x")).collect::<Vec<_>>();
        assert_eq!(code(&[named(32)]), Ok(()));
        assert_eq!(code(&[named(33)]), Err("H1408".into()));
        assert_eq!(code(&[valued(4_096)]), Ok(()));
        assert_eq!(code(&[valued(4_097)]), Err("H1408".into()));
        assert_eq!(code(&many(64)), Ok(()));
        assert_eq!(code(&many(65)), Err("H1423".into()));
        for wrong in ["price", "=x"] {
            assert_eq!(code(&[wrong.to_owned()]), Err("H1423".into()), "{wrong}");
        }
        assert_eq!(code(&["a=1".into(), "a=2".into()]), Err("H1423".into()));
        assert_eq!(code(&["a=1\n2".into()]), Err("H1408".into()));
    }

    #[test]
    fn salts_differ() {
        let (a, b) = (flags(&["a=1"]).unwrap().unwrap(), flags(&["a=1"]).unwrap().unwrap());
        assert_ne!(a.root(), b.root());
    }

    #[test]
    fn closing_and_joining_keep_the_root() {
        let all = fields(&[("price", "120"), ("place", "Yangshan"), ("by", "Lin")]);
        let price = all.closing(|f| f.name.as_str() == "price");
        let place = all.closing(|f| f.name.as_str() == "place");
        assert_eq!(price.open().count(), 1);
        assert_eq!(Private::read(&price.root().to_string(), price.json()), Ok(price.clone()));
        let both = price.joined(&place);
        assert_eq!(both, all.closing(|f| f.name.as_str() != "by"));
        assert_eq!(all.joined(&price), all);
    }

    #[test]
    fn other_values_give_another_root() {
        let all = fields(&[("price", "120"), ("place", "Yangshan")]);
        let json = serde_json::to_string(&all.json()).unwrap();
        let read = |text: &str| Private::read(&all.root().to_string(), serde_json::from_str(text).unwrap());
        assert_eq!(read(&json), Ok(all.clone()));
        assert_eq!(read(&json.replace("120", "121")), Err(Flaw::Root));
        assert_eq!(read(&json.replace("\"price\"", "\"prize\"")), Err(Flaw::Root));
        assert_eq!(read(&json.replace(&api::bytes::encode(&[1; 16]), &api::bytes::encode(&[3; 16]))), Err(Flaw::Root));
        assert!(matches!(read("[]"), Err(Flaw::Shape(_))));
        assert!(matches!(read(r#"[{"hash":"1"}]"#), Err(Flaw::Shape(_))));
        assert!(matches!(read(r#"[{"salt":"AA","name":"a","value":"b"}]"#), Err(Flaw::Shape(_))));
        assert!(matches!(Private::read("x", all.json()), Err(Flaw::Shape(_))));
        assert!(serde_json::from_str::<Vec<LeafJson>>(r#"[{"hash":"1","x":1}]"#).is_err());
    }
}
