//! Changes of a motion as text.

use super::{Names, Result, by_word, text, word};
use crate::failure::Failure;
use gs1::Gln;
use ledger::{
    PolicyPack,
    operation::{Change, EndWhy, NewEntry, Registry, Subject, Value, place},
    policy::Orientation,
};
use serde::{Deserialize, Serialize};

/// One change of a motion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of `ledger::operation::Change`, in words")]
pub enum ChangeSpec {
    Enter {
        registry: String,
        org: Option<String>,
        class: Option<String>,
        person: Option<String>,
        place: Option<String>,
        /// Year of a rating.
        #[serde(default)]
        period: u16,
        /// Rating, grade, field, or the level of premises of `org`.
        value: Option<String>,
        from: Option<String>,
        to: Option<String>,
        #[serde(default)]
        ends_keys: Vec<String>,
        documents: Option<String>,
    },
    End {
        registry: String,
        org: Option<String>,
        class: Option<String>,
        person: Option<String>,
        place: Option<String>,
        #[serde(default)]
        period: u16,
        why: String,
        documents: Option<String>,
    },
    InstallPack {
        /// A pack that comes with the program, or the text of one.
        pack: String,
        orientation: Option<String>,
        from: u64,
    },
    RemoveAgency {
        org: String,
        from: u64,
    },
    /// Canonical bytes of a change (a new agency, another seat, a recovered key, another network), in hexadecimal digits.
    Bytes {
        bytes: String,
    },
}

/// What an entry is about, from the words that are there.
pub(crate) fn subject(names: &dyn Names, registry: Registry, words: [Option<&str>; 4]) -> Result<Subject> {
    let [org, class, person, place] = words;
    let wanted = about(registry);
    let subject = match (registry, org, class, person, place) {
        (Registry::Premises, _, None, None, Some(place)) => Subject::Place(place.parse::<Gln>()?),
        (_, Some(org), Some(class), None, None) => Subject::OrgClass(names.org(org)?, names.class(class)?),
        (_, Some(org), None, None, None) => Subject::Org(names.org(org)?),
        (_, None, Some(class), None, None) => Subject::Class(names.class(class)?),
        (_, None, None, Some(person), None) => Subject::Person(names.person(person)?),
        _ => return Err(other_subject(registry)),
    };
    match subject_words(&subject) == wanted {
        true => Ok(subject),
        false => Err(other_subject(registry)),
    }
}

/// Words for a subject, as flags give them.
fn subject_words(subject: &Subject) -> &'static str {
    match subject {
        Subject::Org(_) => "--org",
        Subject::Class(_) => "--class",
        Subject::Person(_) => "--person",
        Subject::Place(_) => "--place",
        Subject::OrgClass(_, _) => "--org, --class",
    }
}

/// What the lines of a registry are about, in the same words; the ledger judges it again.
fn about(registry: Registry) -> &'static str {
    match registry {
        Registry::Qualified
        | Registry::Rating
        | Registry::Laboratory
        | Registry::NonAcceptance
        | Registry::Tri
        | Registry::Pilot
        | Registry::OrgBan => "--org",
        Registry::GradedClass | Registry::PositiveList | Registry::Access => "--class",
        Registry::Expert | Registry::PersonBan => "--person",
        Registry::Premises => "--place",
        Registry::PreReview | Registry::WhiteList => "--org, --class",
    }
}

fn other_subject(registry: Registry) -> Failure {
    Failure::new("H1445", [("registry", registry.name()), ("wanted", about(registry))])
}

fn value(names: &dyn Names, registry: Registry, org: Option<&str>, word: Option<&str>) -> Result<Value> {
    Ok(match (registry, word) {
        (Registry::Premises, Some(level)) => {
            let org = org.ok_or_else(|| Failure::missing("whose premises they are", "--org"))?;
            let level = level.parse().map_err(|_| {
                Failure::new("H1412", [("input", level.to_owned()), ("expected", "1, 2, 3, 4".to_owned())])
            })?;
            Value::Level { org: names.org(org)?, level }
        }
        (Registry::Rating, Some(rating)) => Value::Rating(text("rating", rating)?),
        (Registry::GradedClass, Some(grade)) => Value::Grade(text("grade", grade)?),
        (Registry::Qualified | Registry::Expert, Some(field)) => Value::Field(text("field", field)?),
        (Registry::Qualified | Registry::Expert, None) => Value::Field(text("field", "")?),
        (_, None) => Value::None,
        (_, Some(word)) => {
            return Err(Failure::new("H1446", [("registry", registry.name()), ("input", word)]));
        }
    })
}

/// A pack by its name or as its text.
fn pack(input: &str, orientation: Option<&str>) -> Result<PolicyPack> {
    let orientation = orientation
        .map(|input| {
            let found = Orientation::ALL.into_iter().find(|o| o.name() == input);
            word(input, found, &Orientation::ALL.map(Orientation::name))
        })
        .transpose()?;
    let shipped = api::pack::shipped(input).unwrap_or(input);
    api::pack::read(shipped, orientation).map_err(|faults| {
        let detail = faults.first().map(ToString::to_string).unwrap_or_default();
        Failure::new("H1448", [("detail", detail)])
    })
}

impl ChangeSpec {
    pub(super) fn build(&self, names: &dyn Names) -> Result<Change> {
        let time = |word: &str| crate::when::moment(word, names.now());
        Ok(match self {
            ChangeSpec::Enter {
                registry,
                org,
                class,
                person,
                place,
                period,
                value: value_,
                from,
                to,
                ends_keys,
                documents,
            } => {
                let registry = by_word!(Registry, registry)?;
                let words = [org.as_deref(), class.as_deref(), person.as_deref(), place.as_deref()];
                Change::Enter(NewEntry {
                    registry,
                    subject: subject(names, registry, words)?,
                    period: *period,
                    value: value(names, registry, org.as_deref(), value_.as_deref())?,
                    from: from.as_deref().map_or(Ok(names.now()), time)?,
                    to: to.as_deref().map(time).transpose()?,
                    ends_keys: ends_keys.iter().map(|key| names.key(key)).collect::<Result<_>>()?,
                    documents: documents.as_deref().map(|d| names.document(d)).transpose()?,
                })
            }
            ChangeSpec::End { registry, org, class, person, place: at, period, why, documents } => {
                let registry = by_word!(Registry, registry)?;
                let words = [org.as_deref(), class.as_deref(), person.as_deref(), at.as_deref()];
                let subject = subject(names, registry, words)?;
                Change::End {
                    place: place(registry, &subject, *period),
                    n: names.last_entry(registry, &subject, *period)?,
                    why: by_word!(EndWhy, why)?,
                    documents: documents.as_deref().map(|d| names.document(d)).transpose()?,
                }
            }
            ChangeSpec::InstallPack { pack: input, orientation, from } => {
                Change::InstallPack { pack: pack(input, orientation.as_deref())?, from: *from }
            }
            ChangeSpec::RemoveAgency { org, from } => Change::RemoveAgency { org: names.org(org)?, from: *from },
            ChangeSpec::Bytes { bytes } => {
                let damaged = || Failure::new("H1430", [("detail", "the bytes are no change")]);
                let bytes = hex::decode(bytes).map_err(|_| damaged())?;
                ledger::codec::decode(&bytes, ledger::bounds::MAX_TX_BYTES).map_err(|_| damaged())?
            }
        })
    }
}
