//! `--open`: which private fields and names a bundle shows, from what is kept here.

use crate::{
    disclosure::PersonName,
    failure::{Failure, Result},
    private::Private,
    session::Session,
};
use keys::Signer;
use ledger::{KeyId, field};
use proof::{Bundle, Committed, OpenFields, OpenName};
use std::collections::{BTreeMap, BTreeSet};

/// What one `--open` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    /// Every field that is known here.
    All,
    /// Every name that is known here.
    Persons,
    /// The name of one key's holder.
    Person(KeyId),
    /// A field by its name, and the number of its event where several have one.
    Field { event: Option<u64>, name: String },
}

impl Wanted {
    fn of(word: &str) -> Result<Wanted> {
        match word.split_once(':') {
            None if word == "all" => Ok(Wanted::All),
            None if word == "persons" => Ok(Wanted::Persons),
            Some(("person", key)) => key.parse().map(Wanted::Person).map_err(|_| Failure::input("H1409", key)),
            Some((event, name)) if !event.is_empty() && event.bytes().all(|b| b.is_ascii_digit()) => {
                let event = event.parse().map_err(|_| unknown(word))?;
                Ok(Wanted::Field { event: Some(event), name: name.to_owned() })
            }
            _ => Ok(Wanted::Field { event: None, name: word.to_owned() }),
        }
    }
}

fn unknown(field: &str) -> Failure {
    Failure::new("H1421", [("field", field)])
}

/// Opens in a bundle what the words ask for. Errors: H1421 for what is not known here, H1422 where several events have a
/// field of the name, H1420 for values that are not those of the ledger.
pub(super) fn open(session: &Session, bundle: Bundle, words: &[String]) -> Result<Bundle> {
    let wanted: Vec<Wanted> = words.iter().map(|w| Wanted::of(w)).collect::<Result<_>>()?;
    let committed = proof::committed(&bundle).map_err(unusable)?;
    let known = known_fields(session, &committed)?;
    let mut chosen: BTreeMap<u64, BTreeSet<usize>> = BTreeMap::new();
    let mut names: BTreeMap<KeyId, PersonName> = BTreeMap::new();
    for (wanted, word) in wanted.iter().zip(words) {
        match wanted {
            Wanted::Persons => {
                let found = known_names(session, &committed, None)?;
                if found.is_empty() {
                    return Err(unknown(word));
                }
                names.extend(found.into_iter().map(|n| (n.key, n)));
            }
            Wanted::Person(key) => {
                let found = known_names(session, &committed, Some(key))?;
                names.insert(*key, found.into_iter().next().ok_or_else(|| unknown(word))?);
            }
            Wanted::All | Wanted::Field { .. } => {
                for (event, indices) in choose(&known, wanted, word)? {
                    chosen.entry(event).or_default().extend(indices);
                }
            }
        }
    }
    let fields: Vec<OpenFields> =
        chosen.iter().filter_map(|(event, indices)| Some(opening(*event, known.get(event)?, indices))).collect();
    let names: Vec<OpenName> =
        names.into_values().map(|PersonName { key, salt, name }| OpenName { key, salt, name }).collect();
    proof::open(bundle, &fields, &names).map_err(unusable)
}

/// A bundle that does not decode.
fn unusable(problem: proof::Problem) -> Failure {
    Failure::new(problem.code(), [("detail", problem.to_string())])
}

/// What is kept here of the private fields of a bundle's events.
fn known_fields(session: &Session, committed: &Committed) -> Result<BTreeMap<u64, Private>> {
    let mut known = BTreeMap::new();
    for root in &committed.fields {
        let Some(tx) = root.tx else { continue };
        let kept = session.disclosures().of_tx(&tx)?;
        let found = kept.into_iter().find(|k| k.private.root() == root.root);
        known.extend(found.map(|k| (root.event, k.private)));
    }
    Ok(known)
}

/// The fields that are meant, by event and index.
fn choose(known: &BTreeMap<u64, Private>, wanted: &Wanted, word: &str) -> Result<Vec<(u64, Vec<usize>)>> {
    let is_meant = |number: u64, name: &str| match wanted {
        Wanted::All => true,
        Wanted::Field { event, name: asked } => event.is_none_or(|e| e == number) && asked == name,
        Wanted::Persons | Wanted::Person(_) => false,
    };
    let mut found = Vec::new();
    for (number, private) in known {
        let open = private.leaves().iter().enumerate().filter_map(|(i, leaf)| Some((i, leaf.open()?)));
        let indices: Vec<usize> =
            open.filter(|(_, field)| is_meant(*number, field.name.as_str())).map(|(i, _)| i).collect();
        if !indices.is_empty() {
            found.push((*number, indices));
        }
    }
    if found.is_empty() {
        return Err(unknown(word));
    }
    if found.len() > 1 && *wanted != Wanted::All {
        let list: Vec<String> = found.iter().map(|(number, _)| format!("{number}:{word}")).collect();
        return Err(Failure::new("H1422", [("field", word.to_owned()), ("list", list.join(", "))]));
    }
    Ok(found)
}

fn opening(event: u64, private: &Private, indices: &BTreeSet<usize>) -> OpenFields {
    let open = indices.iter().filter_map(|i| {
        let field = private.leaves().get(*i)?.open()?.clone();
        Some((u32::try_from(*i).ok()?, field))
    });
    OpenFields { event, hashes: private.leaves().iter().map(|leaf| leaf.hash()).collect(), open: open.collect() }
}

/// The names of persons that are known here, of keys of the bundle: those that were given, and one's own.
fn known_names(session: &Session, committed: &Committed, only: Option<&KeyId>) -> Result<Vec<PersonName>> {
    let mut known = Vec::new();
    for (path, read) in session.disclosures().all(&session.network_id()?)? {
        let is_of_names = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("key-"));
        if is_of_names {
            known.extend(read?.persons);
        }
    }
    let commitment = |key: &KeyId| committed.names.iter().find(|(k, _)| k == key).map(|(_, name)| *name);
    let wants = |key: &KeyId| only.is_none_or(|o| o == key) && commitment(key).is_some();
    let own = session.settings.key.is_some().then(|| session.key_header()).transpose()?.map(|h| h.id());
    if own.is_some_and(|id| wants(&id) && !known.iter().any(|n| n.key == id)) {
        let key = session.key()?;
        known.push(PersonName { key: key.key_id(), salt: *key.name_salt(), name: key.name().clone() });
    }
    known.retain(|n| wants(&n.key));
    for person in &known {
        if commitment(&person.key) != Some(field::person_name(&person.salt, &person.name)) {
            let what = format!("{} {}", session.out.pick("name", "姓名"), person.key);
            return Err(Failure::new("H1420", [("what", what), ("file", format!("key-{}.json", person.key))]));
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private::tests::fields;

    #[test]
    fn words_of_open() {
        let field = |event, name: &str| Ok(Wanted::Field { event, name: name.to_owned() });
        assert_eq!(Wanted::of("all"), Ok(Wanted::All));
        assert_eq!(Wanted::of("persons"), Ok(Wanted::Persons));
        assert_eq!(Wanted::of("price"), field(None, "price"));
        assert_eq!(Wanted::of("5:price"), field(Some(5), "price"));
        assert_eq!(Wanted::of("5:all"), field(Some(5), "all"));
        assert_eq!(Wanted::of("价:格"), field(None, "价:格"));
        assert_eq!(Wanted::of(":x"), field(None, ":x"));
        let key = KeyId(ledger::Hash([3; 32]));
        assert_eq!(Wanted::of(&format!("person:{key}")), Ok(Wanted::Person(key)));
        assert_eq!(Wanted::of("person:wang").unwrap_err().code, "H1409");
    }

    #[test]
    fn a_field_is_chosen_by_name_and_event() {
        let known = BTreeMap::from([
            (1, fields(&[("origin", "DE"), ("price", "1")])),
            (5, fields(&[("price", "2"), ("place", "X")]).closing(|f| f.name.as_str() == "price")),
        ]);
        let check = |word: &str, expect: std::result::Result<&[(u64, &[usize])], &str>| {
            let found = choose(&known, &Wanted::of(word).unwrap(), word).map_err(|f| f.code);
            let expect = expect.map(|e| e.iter().map(|(n, i)| (*n, i.to_vec())).collect::<Vec<_>>());
            assert_eq!(found.as_ref().map_err(String::as_str), expect.as_ref().map_err(|e| *e), "{word}");
        };
        check("origin", Ok(&[(1, &[0])]));
        check("5:price", Ok(&[(5, &[0])]));
        check("all", Ok(&[(1, &[0, 1]), (5, &[0])]));
        check("price", Err("H1422"));
        // Not given here, of another event, of no event, by another name.
        for word in ["place", "1:place", "2:price", "9:price", "Price", "5:all"] {
            check(word, Err("H1421"));
        }
    }
}
