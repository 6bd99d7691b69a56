//! How people refer to things: organisations, roles, kinds, classes, quantities.

use crate::failure::{Failure, Result, text};
use gs1::{Gln, Gtin, ItemCode, Quantity, Unit};
use ledger::{
    OrgId, Role,
    operation::Purpose,
    record::{Category, ClassCode, Mechanism, OrgIdentifier, OrgKind, Roles},
};

/// Fewest digits that stand for a whole identity.
const MIN_PREFIX: usize = 8;

/// Whether a word is the beginning of an identity, as lists print it.
pub(crate) fn is_prefix(word: &str) -> bool {
    (MIN_PREFIX..64).contains(&word.len()) && word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The one of some identities that begins like this; none where none does. Error: H1407 where several do.
pub(crate) fn by_prefix(word: &str, all: impl IntoIterator<Item = String>) -> Result<Option<String>> {
    let mut found: Vec<String> = all.into_iter().filter(|id| id.starts_with(word)).collect();
    found.sort();
    found.dedup();
    match found.len() {
        0 | 1 => Ok(found.pop()),
        count => Err(several(word, count, &found)),
    }
}

/// A word that names several things. They are listed as far as a line holds them.
pub(crate) fn several(word: &str, count: usize, list: &[String]) -> Failure {
    let values = [("input", word.to_owned()), ("count", count.to_string()), ("list", list.join(", "))];
    Failure::new("H1407", values)
}

/// An organisation as it is written on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OrgWord {
    /// Known without asking: an identity, or the hash of an identifier.
    Id(OrgId),
    /// A name, which a node has to look up.
    Name(String),
}

/// Reads an identity, a GLN, `scheme:value`, or else a name.
pub(crate) fn org(input: &str) -> Result<OrgWord> {
    let input = input.trim();
    if let Ok(id) = input.parse::<OrgId>() {
        return Ok(OrgWord::Id(id));
    }
    let is_gln = input.len() == 13 && input.bytes().all(|b| b.is_ascii_digit());
    if is_gln || input.contains(':') {
        return Ok(OrgWord::Id(OrgId::of(&org_identifier(input)?)));
    }
    Ok(OrgWord::Name(input.to_owned()))
}

/// Reads a GLN, checked, or `scheme:value`.
pub(crate) fn org_identifier(input: &str) -> Result<OrgIdentifier> {
    let (scheme, value) = match input.split_once(':') {
        Some(parts) => parts,
        None => ("gln", input),
    };
    if scheme == "gln" {
        value.parse::<Gln>()?;
    }
    Ok(OrgIdentifier { scheme: text("scheme", scheme)?, value: text("identifier", value)? })
}

/// Finds a word in a list of words.
fn word<T: Copy>(input: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T> {
    let found = all.iter().copied().find(|v| name(*v) == input);
    found.ok_or_else(|| {
        let expected: Vec<_> = all.iter().map(|v| name(*v)).collect();
        Failure::new("H1412", [("input", input.to_owned()), ("expected", expected.join(", "))])
    })
}

/// Roles by their words.
pub(crate) fn roles(words: &[String]) -> Result<Roles> {
    let roles: Vec<Role> = words.iter().map(|w| role(w)).collect::<Result<_>>()?;
    Ok(Roles::of(&roles))
}

/// A kind of organisation that can be registered: agencies are made at genesis.
pub(crate) fn org_kind(input: &str) -> Result<OrgKind> {
    let kinds = [
        OrgKind::Enterprise,
        OrgKind::Carrier,
        OrgKind::Laboratory,
        OrgKind::Disposer,
        OrgKind::Partner,
        OrgKind::Observer,
        OrgKind::Mechanism(Mechanism::District),
        OrgKind::Mechanism(Mechanism::Joint),
    ];
    word(input, &kinds, OrgKind::name)
}

/// A category by its word.
pub(crate) fn category(input: &str) -> Result<Category> {
    word(input, &Category::ALL, Category::name)
}

/// The code of a class: a GTIN, or `scheme:value` where there is none.
pub(crate) fn class_code(input: &str) -> Result<ClassCode> {
    match input.split_once(':') {
        None => Ok(ClassCode::Gtin(input.parse::<Gtin>()?)),
        Some((scheme, value)) => Ok(ClassCode::Other { scheme: text("scheme", scheme)?, value: text("value", value)? }),
    }
}

/// A quantity such as `12.5 MLT`; a number alone is in `unit`.
pub(crate) fn quantity(input: &str, unit: Option<Unit>) -> Result<Quantity> {
    match (input.trim().split_once(' '), unit) {
        (None, Some(unit)) => Ok(Quantity::parse(input.trim(), unit)?),
        _ => Ok(input.trim().parse()?),
    }
}

/// A purpose by its word.
pub(crate) fn purpose(input: Option<&str>) -> Result<Purpose> {
    input.map_or(Ok(Purpose::Unstated), |input| word(input, &Purpose::ALL, Purpose::name))
}

/// A role by its word.
pub(crate) fn role(input: &str) -> Result<Role> {
    word(input.trim(), &Role::ALL, Role::name)
}

/// One piece, which is what a serial is, and a logistic unit.
pub(crate) fn one_piece(code: &ItemCode) -> Option<Quantity> {
    match code {
        ItemCode::Serial { .. } | ItemCode::Unit { .. } => Quantity::new(1, Unit::PIECE).ok(),
        ItemCode::Lot { .. } | ItemCode::Other { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_an_identity_stands_for_it() {
        let ids = ["3b081042aa", "3b081042ab", "12345678ff"].map(|start| format!("{start:0<64}"));
        let find = |word: &str| by_prefix(word, ids.clone()).map_err(|f| (f.code.clone(), f.params["count"].clone()));
        assert_eq!(find("12345678"), Ok(Some(ids[2].clone())));
        assert_eq!(find("3b081042ab"), Ok(Some(ids[1].clone())));
        assert_eq!(find("00000000"), Ok(None));
        assert_eq!(find("3b081042"), Err(("H1407".into(), "2".into())));
        for (word, expect) in [("3b08104", false), ("3b081042", true), ("3B081042", false), ("L2345678", false)] {
            assert_eq!(is_prefix(word), expect, "{word}");
        }
        assert!(is_prefix(&ids[0][..63]) && !is_prefix(&ids[0]));
    }

    #[test]
    fn organisations_by_identity_gln_scheme_and_name() {
        let id = OrgId::of(&org_identifier("9580000000015").unwrap());
        assert_eq!(org("9580000000015"), Ok(OrgWord::Id(id)));
        assert_eq!(org("gln:9580000000015"), Ok(OrgWord::Id(id)));
        assert_eq!(org(&id.to_string()), Ok(OrgWord::Id(id)));
        assert_eq!(org(" 张江生物 "), Ok(OrgWord::Name("张江生物".into())));
        assert_eq!(org("9580000000014").unwrap_err().code, "H1209");
        assert!(matches!(org("agency:customs"), Ok(OrgWord::Id(_))));
    }

    #[test]
    fn quantities_with_and_without_a_unit() {
        assert_eq!(quantity("12.5 MLT", None).unwrap().to_string(), "12.5 MLT");
        assert_eq!(quantity("12.5", "MLT".parse().ok()).unwrap().to_string(), "12.5 MLT");
        assert_eq!(quantity("12.5", None).unwrap_err().code, "H1237");
    }

    #[test]
    fn unknown_words_name_the_known_ones() {
        let failure = roles(&["boss".into()]).unwrap_err();
        assert_eq!(failure.code, "H1412");
        assert!(failure.params["expected"].contains("custodian"));
        assert!(org_kind("agency").is_err());
        assert!(org_kind("joint-mechanism").is_ok());
        assert_eq!(purpose(None), Ok(Purpose::Unstated));
        assert!(purpose(Some("sale")).is_ok() && purpose(Some("fun")).is_err());
    }
}
