//! Acts as text: what a scenario holds, what `hufu tx draft --act FILE` reads, and what commands build.
//!
//! An [`ActSpec`] names things as people do (codes, names, numbers, labels); a [`Names`] finds what they stand for, and
//! [`ActSpec::build`] makes the operation with its salted entries. What is signed is the result, never the text.

mod change;
mod spec;

use crate::{failure::Failure, refs};
pub use change::ChangeSpec;
pub(crate) use change::subject;
use gs1::{Gln, ItemCode, Quantity};
use ledger::{
    AlertId, ClassId, CustodyPoint, DutyId, GrantId, HandoverTerms, Hash, ItemId, ItemRecord, KeyId, NetworkId,
    Operation, OrgId, PersonId, Text, Timestamp, TxId,
    bounds::{MAX_ENTRIES, MAX_PASSAGE_BYTES},
    list,
    operation::{
        Application, Bucket, DeriveKind, Direction, Entry, EntryBody, EntryList, GrantKind, Input, InspectionResult,
        Lane, Motion, Note, Registration, Registry, Subject, Telemetry, Usage, Verdict,
    },
    record::{Category, ClassCode, ClassProfile, OrgIdentifier, OrgKind, OrgProfile},
};
use serde::{Deserialize, de::DeserializeOwned};
pub use spec::{ActSpec, InputSpec, ItemSpec, UsageSpec};

/// Why an act cannot be made: the client's failure, with its code.
pub type Result<T> = std::result::Result<T, Failure>;

/// What names stand for.
pub trait Names {
    /// The network.
    fn network(&self) -> Result<NetworkId>;
    /// Block time, from which spans count.
    fn now(&self) -> Timestamp;
    /// An organisation, by name, GLN, `scheme:value`, identity or label.
    fn org(&self, word: &str) -> Result<OrgId>;
    /// A class, by GTIN, `scheme:value`, identity or label.
    fn class(&self, word: &str) -> Result<ClassId>;
    /// An item with its record, by code, identity or label.
    fn item(&self, word: &str) -> Result<(ItemId, ItemRecord)>;
    /// A grant, by number, identity or label.
    fn grant(&self, word: &str) -> Result<GrantId>;
    /// A transaction, by identity or label.
    fn tx(&self, word: &str) -> Result<TxId>;
    /// A person, by pseudonym or label.
    fn person(&self, word: &str) -> Result<PersonId>;
    /// A key, by identity or label.
    fn key(&self, word: &str) -> Result<KeyId>;
    /// Number of the last entry of a registry about a subject.
    fn last_entry(&self, registry: Registry, subject: &Subject, period: u16) -> Result<u64>;
    /// Hash of a document: 64 hexadecimal digits, or the file of this name.
    fn document(&self, word: &str) -> Result<Hash>;
    /// 128 random bits.
    fn salt(&self) -> Result<[u8; 16]>;
}

/// Finds a word in a list.
pub(crate) fn word<T>(input: &str, found: Option<T>, expected: &[&str]) -> Result<T> {
    found.ok_or_else(|| Failure::new("H1412", [("input", input.to_owned()), ("expected", expected.join(", "))]))
}

macro_rules! by_word {
    ($ty:ident, $input:expr) => {
        word($input, $ty::of_name($input), &$ty::ALL.map(|one| one.name()))
    };
}
pub(crate) use by_word;

fn text<const MAX: usize>(what: &'static str, input: &str) -> Result<Text<MAX>> {
    crate::failure::text(what, input)
}

/// The class of a code: of its GTIN, of logistic units, or as said.
fn class_of(names: &dyn Names, code: &ItemCode, said: Option<&str>) -> Result<ClassId> {
    match (said, code, code.gtin()) {
        (Some(word), _, _) => names.class(word),
        (None, ItemCode::Unit { .. }, _) => Ok(ClassId::of(&ClassCode::of_units())),
        (None, _, Some(gtin)) => Ok(ClassId::of(&ClassCode::Gtin(gtin))),
        (None, _, None) => Err(Failure::missing("class", "--class")),
    }
}

impl ItemSpec {
    /// What is registered, without private fields.
    pub(crate) fn registration(&self, names: &dyn Names) -> Result<Registration> {
        let code = crate::session::code(&self.code)?;
        let quantity = match &self.quantity {
            Some(text) => refs::quantity(text, None)?,
            None => refs::one_piece(&code).ok_or_else(|| Failure::missing("quantity", "--quantity"))?,
        };
        ledger::judge::check_quantity(&code, &quantity)?;
        let class = class_of(names, &code, self.class.as_deref())?;
        Ok(Registration { class, code, quantity, purpose: refs::purpose(self.purpose.as_deref())?, private: None })
    }
}

/// A country or region by its code.
fn region_of(word: &str) -> Result<Text<2>> {
    match word.len() == 2 && word.bytes().all(|b| b.is_ascii_uppercase()) {
        true => text("region", word),
        false => Err(Failure::form(word, "two letters, such as DE or HK")),
    }
}

fn gln(word: Option<&str>) -> Result<Option<Gln>> {
    Ok(word.map(str::parse::<Gln>).transpose()?)
}

fn point(record: &ItemRecord) -> CustodyPoint {
    CustodyPoint { seq: record.custody_seq, trail: record.trail }
}

/// Reads an act: TOML, or JSON where it begins with a brace. Error: H1430.
pub fn read(text: &str) -> Result<ActSpec> {
    read_as(text)
}

/// Reads the changes of a motion in the same way: `changes = [...]`. Error: H1430.
pub fn read_changes(text: &str) -> Result<Vec<ChangeSpec>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Changes {
        changes: Vec<ChangeSpec>,
    }
    read_as(text).map(|Changes { changes }| changes)
}

fn read_as<T: DeserializeOwned>(text: &str) -> Result<T> {
    let unreadable = |detail: &str| Failure::new("H1430", [("detail", detail.trim_end())]);
    match text.trim_start().starts_with('{') {
        true => serde_json::from_str(text).map_err(|error| unreadable(&error.to_string())),
        false => toml::from_str(text).map_err(|error| unreadable(error.message())),
    }
}

/// What an act becomes.
#[derive(Clone, Debug)]
pub struct Built {
    /// The operation.
    pub operation: Operation,
    /// Its entries, salted.
    pub entries: Vec<Entry>,
}

struct Maker<'n> {
    names: &'n dyn Names,
    entries: Vec<Entry>,
}

impl Maker<'_> {
    fn list(&mut self, bodies: Vec<EntryBody>) -> Result<EntryList> {
        for body in bodies {
            self.entries.push(Entry { salt: self.names.salt()?, body });
        }
        let hashes: Vec<Hash> = self.entries.iter().map(Entry::hash).collect();
        Ok(EntryList { count: u32::try_from(hashes.len()).unwrap_or(u32::MAX), root: list::root(&hashes) })
    }

    fn items(&mut self, words: &[String]) -> Result<EntryList> {
        // Said before a thousand questions are asked.
        if words.len() > MAX_ENTRIES {
            return Err(Failure::form(words.len().to_string(), format!("1 to {MAX_ENTRIES} items")));
        }
        let mut bodies = Vec::with_capacity(words.len());
        for word in words {
            bodies.push(EntryBody::Item(self.names.item(word)?.0));
        }
        self.list(bodies)
    }

    fn registrations(&mut self, items: &[ItemSpec]) -> Result<EntryList> {
        let mut bodies = Vec::with_capacity(items.len());
        for item in items {
            bodies.push(EntryBody::Registration(item.registration(self.names)?));
        }
        self.list(bodies)
    }

    /// An item with its point, and a quantity in its unit.
    fn some_of(&self, item: &str, quantity: &str) -> Result<(ItemId, CustodyPoint, Quantity)> {
        let (id, record) = self.names.item(item)?;
        Ok((id, point(&record), refs::quantity(quantity, Some(record.on_hand.unit()))?))
    }

    fn time(&self, word: &str) -> Result<Timestamp> {
        crate::when::moment(word, self.names.now())
    }

    fn terms(&self, item: &str, to: &str, from: Option<&str>, about: [Option<&str>; 3]) -> Result<HandoverTerms> {
        let [purpose, premises, until] = about;
        let (id, record) = self.names.item(item)?;
        Ok(HandoverTerms {
            network: self.names.network()?,
            item: id,
            at: point(&record),
            giver: from.map_or(Ok(record.custodian), |from| self.names.org(from))?,
            receiver: self.names.org(to)?,
            expires: self.time(until.unwrap_or("48h"))?,
            purpose: refs::purpose(purpose)?,
            premises: gln(premises)?,
            private: None,
        })
    }

    fn offered(&self, item: &str) -> Result<(ItemId, Hash, CustodyPoint)> {
        let (id, record) = self.names.item(item)?;
        let at = point(&record);
        let none = || ledger::Rejection::OfferUnknown { item: id };
        let offer = record.offer.ok_or_else(none)?;
        Ok((id, offer.terms, at))
    }

    fn motion(&self, changes: &[ChangeSpec]) -> Result<Motion> {
        Ok(Motion { changes: changes.iter().map(|change| change.build(self.names)).collect::<Result<_>>()? })
    }
}

impl ActSpec {
    /// Makes the operation.
    ///
    /// Errors: those of [`Names`] for what is not found, H1412 for a word that is none, and the codes of `gs1` for
    /// codes and quantities.
    pub fn build(&self, names: &dyn Names) -> Result<Built> {
        let mut maker = Maker { names, entries: Vec::new() };
        let operation = match self {
            ActSpec::RegisterOrg { .. } | ActSpec::RegisterClass { .. } | ActSpec::AssertHs { .. } => {
                self.party(&maker)?
            }
            ActSpec::Register { items } => Operation::Register { list: maker.registrations(items)? },
            ActSpec::Assign { .. }
            | ActSpec::Declare { .. }
            | ActSpec::Arrive { .. }
            | ActSpec::OrderInspection { .. }
            | ActSpec::Inspect { .. }
            | ActSpec::Test { .. }
            | ActSpec::Release { .. }
            | ActSpec::Return { .. }
            | ActSpec::Destroy { .. }
            | ActSpec::Exit { .. }
            | ActSpec::Store { .. } => self.border(&mut maker)?,
            ActSpec::SelfCheck { .. }
            | ActSpec::Telemetry { .. }
            | ActSpec::Expert { .. }
            | ActSpec::Document { .. } => self.note(&mut maker)?,
            ActSpec::Offer { .. }
            | ActSpec::Handover { .. }
            | ActSpec::Accept { .. }
            | ActSpec::Refuse { .. }
            | ActSpec::Withdraw { .. }
            | ActSpec::PlaceHold { .. }
            | ActSpec::LiftHold { .. } => self.hands(&maker)?,
            ActSpec::Use { .. }
            | ActSpec::Waste { .. }
            | ActSpec::Dispose { .. }
            | ActSpec::Lose { .. }
            | ActSpec::Correct { .. }
            | ActSpec::Derive { .. }
            | ActSpec::Pack { .. }
            | ActSpec::Unpack { .. } => self.quantities(&mut maker)?,
            ActSpec::Apply { .. }
            | ActSpec::Pause { .. }
            | ActSpec::Resume { .. }
            | ActSpec::Grant { .. }
            | ActSpec::RefuseGrant { .. }
            | ActSpec::Cancel { .. } => self.grants(&maker)?,
            ActSpec::Demand { .. } | ActSpec::Report { .. } | ActSpec::Answer { .. } => self.duties(&mut maker)?,
            ActSpec::Enact { changes } => Operation::Enact { motion: maker.motion(changes)? },
            ActSpec::Propose { changes, until } => Operation::Propose {
                motion: maker.motion(changes)?,
                until: maker.time(until.as_deref().unwrap_or("14d"))?,
            },
            ActSpec::Approve { proposal } => Operation::Approve { proposal: names.tx(proposal)? },
            ActSpec::Retract { proposal } => Operation::Retract { proposal: names.tx(proposal)? },
            ActSpec::CloseAlert { alert, reason } => {
                Operation::CloseAlert { alert: id::<AlertId>("alert", alert)?, reason: text("reason", reason)? }
            }
            ActSpec::AdvanceClock { by } => Operation::AdvanceClock { ms: crate::when::span(by)? },
            ActSpec::Anchor { documents, count } => {
                Operation::Anchor { documents: id::<Hash>("documents", documents)?, count: *count }
            }
            ActSpec::Share { .. }
            | ActSpec::EndShare { .. }
            | ActSpec::SealKey { .. }
            | ActSpec::Depart { .. }
            | ActSpec::Land { .. } => self.beyond(&maker)?,
        };
        Ok(Built { operation, entries: maker.entries })
    }

    fn party(&self, maker: &Maker<'_>) -> Result<Operation> {
        Ok(match self {
            ActSpec::RegisterOrg { id, name, kind } => Operation::RegisterOrg {
                profile: OrgProfile {
                    identifier: refs::org_identifier(id)?,
                    name: text("name", name)?,
                    kind: refs::org_kind(kind)?,
                },
            },
            ActSpec::RegisterClass { code, name, category, grade, hgr, hs } => Operation::RegisterClass {
                profile: ClassProfile {
                    code: refs::class_code(code)?,
                    name: text("name", name)?,
                    category: by_word!(Category, category)?,
                    grade: text("grade", grade)?,
                    hgr: *hgr,
                    hs: hs.parse()?,
                },
            },
            ActSpec::AssertHs { class, hs } => {
                Operation::AssertHs { class: maker.names.class(class)?, hs: hs.parse()? }
            }
            _ => return Err(wrong()),
        })
    }

    /// Who else sees an item, to which key documents are sealed, and the way to other networks.
    fn beyond(&self, maker: &Maker<'_>) -> Result<Operation> {
        let names = maker.names;
        Ok(match self {
            ActSpec::Share { item, with, until } => {
                Operation::Share { item: names.item(item)?.0, with: names.org(with)?, until: maker.time(until)? }
            }
            ActSpec::EndShare { item, with } => {
                Operation::EndShare { item: names.item(item)?.0, with: names.org(with)? }
            }
            ActSpec::SealKey { org, key } => {
                Operation::SetSealKey { org: names.org(org)?, key: id::<Hash>("key", key)?.0 }
            }
            ActSpec::Depart { item, to } => {
                let (item, record) = names.item(item)?;
                Operation::Depart { item, at: point(&record), to: id::<NetworkId>("to", to)? }
            }
            ActSpec::Land { passage } => {
                let damaged = || Failure::new("H1430", [("detail", "the bytes are no passage")]);
                let bytes = hex::decode(passage).map_err(|_| damaged())?;
                let passage = ledger::codec::decode(&bytes, MAX_PASSAGE_BYTES).map_err(|_| damaged())?;
                Operation::Land { passage: Box::new(passage) }
            }
            _ => return Err(wrong()),
        })
    }

    fn border(&self, maker: &mut Maker<'_>) -> Result<Operation> {
        Ok(match self {
            ActSpec::Assign { items, grant } => {
                Operation::Assign { grant: maker.names.grant(grant)?, list: maker.items(items)? }
            }
            ActSpec::Declare { items, exempt } => {
                Operation::Declare { list: maker.items(items)?, exempt: *exempt, private: None }
            }
            ActSpec::Arrive { items, port } => {
                Operation::Arrive { list: maker.items(items)?, port: text("port", port)? }
            }
            ActSpec::OrderInspection { items, premises } => {
                Operation::OrderInspection { list: maker.items(items)?, premises: gln(premises.as_deref())? }
            }
            ActSpec::Inspect { items, result, video } => Operation::Inspect {
                list: maker.items(items)?,
                result: by_word!(InspectionResult, result)?,
                video: video.as_deref().map(|video| maker.names.document(video)).transpose()?,
                private: None,
            },
            ActSpec::Test { items, passed, report } => {
                Operation::Test { list: maker.items(items)?, passed: *passed, report: maker.names.document(report)? }
            }
            ActSpec::Release { items } => Operation::Release { list: maker.items(items)? },
            ActSpec::Return { items, reason } => {
                Operation::Return { list: maker.items(items)?, reason: text("reason", reason)? }
            }
            ActSpec::Destroy { items, reason } => {
                Operation::Destroy { list: maker.items(items)?, reason: text("reason", reason)? }
            }
            ActSpec::Exit { items, port } => Operation::Exit { list: maker.items(items)?, port: text("port", port)? },
            ActSpec::Store { items, premises, quarantine } => {
                Operation::Store { list: maker.items(items)?, premises: premises.parse()?, quarantine: *quarantine }
            }
            _ => return Err(wrong()),
        })
    }

    fn note(&self, maker: &mut Maker<'_>) -> Result<Operation> {
        let (items, note) = match self {
            ActSpec::SelfCheck { items, counted, report } => {
                let unit = match items.first() {
                    Some(first) => Some(maker.names.item(first)?.1.on_hand.unit()),
                    None => None,
                };
                let counted = refs::quantity(counted, unit)?;
                (items, Note::SelfCheck { counted, report: maker.names.document(report)? })
            }
            ActSpec::Telemetry { items, kind, root, count, from, to, min, max } => {
                let note = Note::Telemetry {
                    kind: by_word!(Telemetry, kind)?,
                    root: maker.names.document(root)?,
                    count: *count,
                    from: maker.time(from)?,
                    to: maker.time(to)?,
                    min: *min,
                    max: *max,
                };
                (items, note)
            }
            ActSpec::Expert { items, report } => (items, Note::Expert { report: maker.names.document(report)? }),
            ActSpec::Document { items, document } => (items, Note::Document { root: maker.names.document(document)? }),
            _ => return Err(wrong()),
        };
        Ok(Operation::Note { list: maker.items(items)?, note })
    }

    fn hands(&self, maker: &Maker<'_>) -> Result<Operation> {
        Ok(match self {
            ActSpec::Offer { item, to, from, purpose, premises, until } => {
                let about = [purpose.as_deref(), premises.as_deref(), until.as_deref()];
                Operation::Offer { terms: maker.terms(item, to, from.as_deref(), about)? }
            }
            ActSpec::Handover { item, to, from, purpose, premises, until } => {
                let about = [purpose.as_deref(), premises.as_deref(), until.as_deref()];
                Operation::Handover { terms: maker.terms(item, to, from.as_deref(), about)? }
            }
            ActSpec::Accept { item } => {
                let (item, terms, at) = maker.offered(item)?;
                Operation::Accept { item, terms, at }
            }
            ActSpec::Refuse { item, reason } => {
                let (item, terms, _) = maker.offered(item)?;
                Operation::Refuse { item, terms, reason: text("reason", reason)? }
            }
            ActSpec::Withdraw { item } => {
                let (item, terms, _) = maker.offered(item)?;
                Operation::Withdraw { item, terms }
            }
            ActSpec::PlaceHold { item, reason } => {
                Operation::PlaceHold { item: maker.names.item(item)?.0, reason: text("reason", reason)? }
            }
            ActSpec::LiftHold { item, placed } => {
                let (id, record) = maker.names.item(item)?;
                let last = record.holds.last().map_or(0, |hold| hold.placed);
                Operation::LiftHold { item: id, placed: placed.unwrap_or(last) }
            }
            _ => return Err(wrong()),
        })
    }

    fn quantities(&self, maker: &mut Maker<'_>) -> Result<Operation> {
        Ok(match self {
            ActSpec::Use { item, quantity } => {
                let (item, at, quantity) = maker.some_of(item, quantity)?;
                Operation::Use { item, at, quantity, private: None }
            }
            ActSpec::Waste { item, quantity } => {
                let (item, at, quantity) = maker.some_of(item, quantity)?;
                Operation::Waste { item, at, quantity, private: None }
            }
            ActSpec::Dispose { item, quantity } => {
                let (item, at, quantity) = maker.some_of(item, quantity)?;
                Operation::Dispose { item, at, quantity, private: None }
            }
            ActSpec::Lose { item, quantity, theft } => {
                let (item, at, quantity) = maker.some_of(item, quantity)?;
                Operation::Lose { item, at, quantity, theft: *theft, private: None }
            }
            ActSpec::Correct { item, event, bucket, quantity, reason } => {
                let (item, at, quantity) = maker.some_of(item, quantity)?;
                let (bucket, reason) = (by_word!(Bucket, bucket)?, text("reason", reason)?);
                Operation::Correct { item, at, event: *event, bucket, quantity, reason }
            }
            ActSpec::Derive { kind, inputs, outputs } => {
                let inputs = inputs.iter().map(|input| {
                    let (item, record) = maker.names.item(&input.item)?;
                    let quantity = match &input.quantity {
                        Some(text) => refs::quantity(text, Some(record.on_hand.unit()))?,
                        None => record.on_hand,
                    };
                    Ok(Input { item, at: point(&record), quantity })
                });
                let inputs = inputs.collect::<Result<Vec<_>>>()?;
                Operation::Derive { kind: by_word!(DeriveKind, kind)?, inputs, list: maker.registrations(outputs)? }
            }
            ActSpec::Pack { unit, items } => {
                let (unit, record) = maker.names.item(unit)?;
                Operation::Pack { unit, at: point(&record), list: maker.items(items)? }
            }
            ActSpec::Unpack { unit, items } => {
                let (unit, record) = maker.names.item(unit)?;
                Operation::Unpack { unit, at: point(&record), list: maker.items(items)? }
            }
            _ => return Err(wrong()),
        })
    }

    fn grants(&self, maker: &Maker<'_>) -> Result<Operation> {
        let names = maker.names;
        Ok(match self {
            ActSpec::Apply {
                kind,
                class,
                quantity,
                direction,
                region,
                purpose,
                counterpart,
                ports,
                premises,
                from,
                on,
            } => Operation::Apply {
                application: Application {
                    kind: by_word!(GrantKind, kind)?,
                    counterpart: counterpart.as_deref().map(|org| names.org(org)).transpose()?,
                    class: names.class(class)?,
                    quantity: refs::quantity(quantity, None)?,
                    purpose: refs::purpose(purpose.as_deref())?,
                    direction: by_word!(Direction, direction)?,
                    region: region_of(region)?,
                    ports: ports.iter().map(|port| text("port", port)).collect::<Result<_>>()?,
                    premises: gln(premises.as_deref())?,
                    from: from.as_deref().map_or(Ok(names.now()), |from| maker.time(from))?,
                    on: on.iter().map(|grant| names.grant(grant)).collect::<Result<_>>()?,
                    private: None,
                },
            },
            ActSpec::Pause { grant, notice } => {
                Operation::Pause { grant: names.grant(grant)?, notice: names.document(notice)? }
            }
            ActSpec::Resume { grant } => Operation::Resume { grant: names.grant(grant)? },
            ActSpec::Grant { grant, number, lane, from } => Operation::Decide {
                grant: names.grant(grant)?,
                verdict: Verdict::Grant {
                    number: text("number", number)?,
                    lane: lane.as_deref().map(|lane| by_word!(Lane, lane)).transpose()?,
                    from: from.as_deref().map_or(Ok(names.now()), |from| maker.time(from))?,
                },
            },
            ActSpec::RefuseGrant { grant, reason } => Operation::Decide {
                grant: names.grant(grant)?,
                verdict: Verdict::Refuse { reason: text("reason", reason)? },
            },
            ActSpec::Cancel { grant, reason } => {
                Operation::Cancel { grant: names.grant(grant)?, reason: text("reason", reason)? }
            }
            _ => return Err(wrong()),
        })
    }

    fn duties(&self, maker: &mut Maker<'_>) -> Result<Operation> {
        Ok(match self {
            ActSpec::Demand { debtors, until, about } => Operation::Demand {
                debtors: debtors.iter().map(|org| maker.names.org(org)).collect::<Result<_>>()?,
                until: maker.time(until)?,
                about: about.as_deref().map(|item| Ok::<_, Failure>(maker.names.item(item)?.0)).transpose()?,
                private: None,
            },
            ActSpec::Report { filing, year, quarter, items, last } => {
                let mut bodies = Vec::with_capacity(items.len());
                for usage in items {
                    let (item, record) = maker.names.item(&usage.item)?;
                    let amount = |text: &str| refs::quantity(text, Some(record.on_hand.unit()));
                    bodies.push(EntryBody::Usage(Usage {
                        item,
                        used: amount(&usage.used)?,
                        disposed: amount(&usage.disposed)?,
                        left: amount(&usage.left)?,
                    }));
                }
                Operation::Report {
                    filing: maker.names.grant(filing)?,
                    year: *year,
                    quarter: *quarter,
                    list: maker.list(bodies)?,
                    last: *last,
                    private: None,
                }
            }
            ActSpec::Answer { duty } => Operation::Answer { duty: id::<DutyId>("duty", duty)?, private: None },
            _ => return Err(wrong()),
        })
    }
}

/// An identity of 64 hexadecimal digits.
fn id<T: std::str::FromStr>(what: &str, input: &str) -> Result<T> {
    input.parse().map_err(|_| Failure::new("H1431", [("what", what), ("name", input)]))
}

/// Each act goes to the room that makes it; this is for those that were sent to the wrong one.
fn wrong() -> Failure {
    Failure::new("H1430", [("detail", "the act is of another kind")])
}

/// An identifier as it is registered, for scenario files and `Names`.
pub fn org_id(identifier: &str) -> Result<OrgId> {
    let identifier: OrgIdentifier = refs::org_identifier(identifier)?;
    Ok(OrgId::of(&identifier))
}

/// The identity of a class by its code.
pub fn class_id(code: &str) -> Result<ClassId> {
    Ok(ClassId::of(&refs::class_code(code)?))
}

/// The kind of organisation of a word; agencies have none, for they are made at genesis.
pub fn org_kind(word: &str) -> Result<OrgKind> {
    refs::org_kind(word)
}

#[cfg(test)]
pub(crate) mod tests;
