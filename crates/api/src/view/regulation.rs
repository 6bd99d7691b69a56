//! Grants, entries of registries and duties, as people and programs read them.

use super::{AsOf, DecisionView, texts};
use crate::{bytes, time::rfc3339};
use ledger::{
    DutyId, GrantId, Hash, OrgId, Timestamp, TxId,
    operation::{Application, Subject, Value},
    record::{DutyKind, DutyRecord, EntryEnd, EntryRecord, GrantRecord, Signed, Stamp},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

// ------------------------------------------------------------------------------------------------------------ grants

/// Query of [`crate::paths::PERMITS`]. Conditions are joined by "and".
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PermitsQuery {
    /// Of this kind: `plan`, `clearance`, `permit` or `hgr-filing`.
    pub kind: Option<String>,
    /// Held by this organisation.
    pub holder: Option<String>,
    /// Entries a page.
    pub limit: Option<u32>,
    /// [`super::Page::next`] of the page before.
    pub cursor: Option<String>,
}

/// A grant, from its application to its end: a plan, a clearance proof, a permit or a filing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantView {
    /// `hufu.permit/1`.
    pub schema: String,
    /// Identity.
    pub id: String,
    /// Kind, such as `permit`.
    pub kind: String,
    /// Where it stands, such as `granted`. That it has run out is a date, not a state.
    pub state: String,
    /// Who applied.
    pub holder: String,
    /// The other party.
    pub counterpart: Option<String>,
    /// For which class.
    pub class: String,
    /// For how much in all, a decimal number in `unit`.
    pub quantity: String,
    /// Written off or drawn so far.
    pub drawn: String,
    /// Of a filing: exported and not reported as used up.
    pub abroad: String,
    /// UN/ECE Recommendation 20 code.
    pub unit: String,
    /// For what.
    pub purpose: String,
    /// Which way: `import`, `export` or `transit`.
    pub direction: String,
    /// Country or region of origin or destination.
    pub region: String,
    /// Ports; any where there is none.
    pub ports: Vec<String>,
    /// Where the goods will be kept, a GLN.
    pub premises: Option<String>,
    /// From when it was asked for.
    pub from: String,
    /// Grants it draws on or rests on.
    pub on: Vec<String>,
    /// When it was applied for.
    pub applied: AsOf,
    /// By which lane it was granted.
    pub lane: Option<String>,
    /// Its number, as the agency issued it.
    pub number: Option<String>,
    /// How it is written off: `once` or `batches`.
    pub write_off: String,
    /// From when it is valid.
    pub valid_from: Option<String>,
    /// Until when it is valid.
    pub valid_to: Option<String>,
    /// How many declarations it has served.
    pub declared: u32,
    /// Hash of a laboratory test that serves its later batches.
    pub tested: Option<String>,
    /// Until when it is to be decided; none while paused or decided.
    pub due: Option<String>,
    /// Working days left while paused.
    pub days_left: u8,
    /// How often it was paused.
    pub pauses: u8,
    /// Under which rule it was decided.
    pub decision: Option<DecisionView>,
    /// Root of its private fields.
    pub private: Option<String>,
    /// Canonical bytes of the [`GrantRecord`], base64url.
    pub record: String,
}

/// Value of `schema` in [`GrantView`].
pub const GRANT_SCHEMA: &str = "hufu.permit/1";

impl GrantView {
    /// The view of a grant.
    pub fn of(id: &GrantId, record: &GrantRecord) -> GrantView {
        let Application {
            kind,
            counterpart,
            class,
            quantity,
            purpose,
            direction,
            region,
            ports,
            premises,
            from,
            on,
            private,
        } = &record.application;
        GrantView {
            schema: GRANT_SCHEMA.into(),
            id: id.to_string(),
            kind: kind.name().into(),
            state: record.state.name().into(),
            holder: record.holder.to_string(),
            counterpart: counterpart.map(|org| org.to_string()),
            class: class.to_string(),
            quantity: quantity.decimal(),
            drawn: record.drawn.decimal(),
            abroad: record.abroad.decimal(),
            unit: quantity.unit().to_string(),
            purpose: purpose.name().into(),
            direction: direction.name().into(),
            region: region.to_string(),
            ports: texts(ports),
            premises: premises.map(|gln| gln.to_string()),
            from: rfc3339(*from),
            on: texts(on),
            applied: record.applied.into(),
            lane: record.lane.map(|lane| lane.name().into()),
            number: Some(record.number.to_string()).filter(|number| !number.is_empty()),
            write_off: record.mode.name().into(),
            valid_from: record.valid.map(|(from, _)| rfc3339(from)),
            valid_to: record.valid.map(|(_, to)| rfc3339(to)),
            declared: record.declared,
            tested: record.tested.map(|report| report.to_string()),
            due: record.due.map(rfc3339),
            days_left: record.days_left,
            pauses: record.pauses,
            decision: record.decision.as_ref().map(DecisionView::of),
            private: private.map(|root| root.to_string()),
            record: bytes::of(record),
        }
    }
}

// -------------------------------------------------------------------------------------------------------- registries

/// Query of [`crate::paths::REGISTRY`].
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RegistryQuery {
    /// About this organisation, class or person (identity), or these premises (GLN).
    pub subject: Option<String>,
    /// Entries a page.
    pub limit: Option<u32>,
    /// [`super::Page::next`] of the page before.
    pub cursor: Option<String>,
}

/// A signer of an entry or proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedView {
    /// For which organisation.
    pub org: String,
    /// With which key.
    pub key: String,
    /// In which capacity.
    pub role: String,
    /// By which transaction.
    pub tx: String,
}

impl SignedView {
    /// The view of a signer.
    pub fn of(signed: &Signed) -> SignedView {
        let Signed { org, key, role, tx } = signed;
        SignedView { org: org.to_string(), key: key.to_string(), role: role.name().into(), tx: tx.to_string() }
    }
}

/// What an entry is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SubjectView {
    /// `org`, `class`, `person`, `place` or `org-class`.
    pub kind: String,
    /// The organisation.
    pub org: Option<String>,
    /// The class.
    pub class: Option<String>,
    /// The person, a pseudonym.
    pub person: Option<String>,
    /// The premises, a GLN.
    pub place: Option<String>,
}

impl SubjectView {
    /// The view of a subject.
    pub fn of(subject: &Subject) -> SubjectView {
        let view = |kind: &str| SubjectView { kind: kind.into(), ..SubjectView::default() };
        match subject {
            Subject::Org(org) => SubjectView { org: Some(org.to_string()), ..view("org") },
            Subject::Class(class) => SubjectView { class: Some(class.to_string()), ..view("class") },
            Subject::Person(person) => SubjectView { person: Some(person.to_string()), ..view("person") },
            Subject::Place(gln) => SubjectView { place: Some(gln.to_string()), ..view("place") },
            Subject::OrgClass(org, class) => {
                SubjectView { org: Some(org.to_string()), class: Some(class.to_string()), ..view("org-class") }
            }
        }
    }
}

/// What an entry says: a rating, level, grade or field, and whose premises they are.
pub(super) fn value(value: &Value) -> (Option<String>, Option<String>) {
    match value {
        Value::None => (None, None),
        Value::Rating(rating) => (Some(rating.to_string()), None),
        Value::Level { org, level } => (Some(level.to_string()), Some(org.to_string())),
        Value::Grade(grade) => (Some(grade.to_string()), None),
        Value::Field(field) => (Some(field.to_string()), None),
    }
}

/// The end of an entry before its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryEndView {
    /// When.
    pub at: AsOf,
    /// Why, such as `removed`.
    pub why: String,
    /// Who signed it; nobody where a later entry replaced it.
    pub by: Vec<SignedView>,
    /// Under which rule.
    pub decision: DecisionView,
}

impl EntryEndView {
    /// The view of an end.
    pub fn of(end: &EntryEnd) -> EntryEndView {
        let EntryEnd { at, why, by, decision } = end;
        EntryEndView {
            at: (*at).into(),
            why: why.name().into(),
            by: by.iter().map(SignedView::of).collect(),
            decision: DecisionView::of(decision),
        }
    }
}

/// An entry of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryView {
    /// `hufu.entry/1`.
    pub schema: String,
    /// Which registry.
    pub registry: String,
    /// Its place: entries about one subject and period follow each other there.
    pub place: String,
    /// Its number at its place, from 1.
    pub n: u64,
    /// About what.
    pub subject: SubjectView,
    /// The year of a rating; 0 elsewhere.
    pub period: u16,
    /// The rating, biosafety level, grade or field of work.
    pub value: Option<String>,
    /// Whose premises they are.
    pub owner: Option<String>,
    /// From when.
    pub from: String,
    /// Until when; open where there is none.
    pub to: Option<String>,
    /// Whether it is in force at the time of the last block.
    pub in_force: bool,
    /// Who signed it.
    pub by: Vec<SignedView>,
    /// When it was made.
    pub at: AsOf,
    /// Under which rule.
    pub decision: DecisionView,
    /// Its end before its time.
    pub end: Option<EntryEndView>,
    /// Root of the documents it rests on.
    pub documents: Option<String>,
    /// Canonical bytes of the [`EntryRecord`], base64url.
    pub record: String,
}

/// Value of `schema` in [`EntryView`].
pub const ENTRY_SCHEMA: &str = "hufu.entry/1";

impl EntryView {
    /// The view of entry `n` of a place at a time.
    pub fn of(place: &Hash, n: u64, record: &EntryRecord, now: Timestamp) -> EntryView {
        let entry = &record.entry;
        let (value, owner) = value(&entry.value);
        EntryView {
            schema: ENTRY_SCHEMA.into(),
            registry: entry.registry.name().into(),
            place: place.to_string(),
            n,
            subject: SubjectView::of(&entry.subject),
            period: entry.period,
            value,
            owner,
            from: rfc3339(entry.from),
            to: entry.to.map(rfc3339),
            in_force: record.in_force(now),
            by: record.by.iter().map(SignedView::of).collect(),
            at: record.at.into(),
            decision: DecisionView::of(&record.decision),
            end: record.end.as_ref().map(EntryEndView::of),
            documents: entry.documents.map(|root| root.to_string()),
            record: bytes::of(record),
        }
    }
}

// ------------------------------------------------------------------------------------------------------------ duties

/// Query of [`crate::paths::DUTIES`].
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DutiesQuery {
    /// Owed by this organisation.
    pub org: Option<String>,
    /// Entries a page.
    pub limit: Option<u32>,
    /// [`super::Page::next`] of the page before.
    pub cursor: Option<String>,
}

/// An answer to a demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnswerView {
    /// Whose.
    pub org: String,
    /// When.
    pub at: AsOf,
    /// By which transaction.
    pub tx: String,
}

impl AnswerView {
    /// The view of an answer.
    pub fn of((org, at, tx): &(OrgId, Stamp, TxId)) -> AnswerView {
        AnswerView { org: org.to_string(), at: (*at).into(), tx: tx.to_string() }
    }
}

/// A duty to report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DutyView {
    /// `hufu.duty/1`.
    pub schema: String,
    /// Identity.
    pub id: String,
    /// `quarterly`, or `on-demand`.
    pub kind: String,
    /// The filing that a quarter is reported on.
    pub filing: Option<String>,
    /// The year.
    pub year: Option<u16>,
    /// The quarter, 1 to 4.
    pub quarter: Option<u8>,
    /// The agency that demands.
    pub by: Option<String>,
    /// Who owes it, each of them the whole.
    pub debtors: Vec<String>,
    /// About which item.
    pub about: Option<String>,
    /// Until when.
    pub due: String,
    /// Whether it is not done at the time of the last block, and its own has passed.
    pub overdue: bool,
    /// Since when.
    pub opened: AsOf,
    /// Who has answered a demand so far; each debtor answers for itself.
    pub answers: Vec<AnswerView>,
    /// When it was done: reported, or answered by the last debtor.
    pub done: Option<AsOf>,
    /// By which transaction it was done.
    pub tx: Option<String>,
    /// Root of the private fields of a demand.
    pub private: Option<String>,
    /// Canonical bytes of the [`DutyRecord`], base64url.
    pub record: String,
}

/// Value of `schema` in [`DutyView`].
pub const DUTY_SCHEMA: &str = "hufu.duty/1";

impl DutyView {
    /// The view of a duty at a time.
    pub fn of(id: &DutyId, record: &DutyRecord, now: Timestamp) -> DutyView {
        let DutyRecord { kind, debtors, about, due, opened, answers, done, private } = record;
        let (word, filing, quarter, by) = match kind {
            DutyKind::Quarterly { filing, year, quarter } => ("quarterly", Some(filing), Some((*year, *quarter)), None),
            DutyKind::OnDemand { by, tx: _ } => ("on-demand", None, None, Some(by)),
        };
        DutyView {
            schema: DUTY_SCHEMA.into(),
            id: id.to_string(),
            kind: word.into(),
            filing: filing.map(GrantId::to_string),
            year: quarter.map(|(year, _)| year),
            quarter: quarter.map(|(_, quarter)| quarter),
            by: by.map(OrgId::to_string),
            debtors: texts(debtors),
            about: about.map(|item| item.to_string()),
            due: rfc3339(*due),
            overdue: done.is_none() && *due <= now,
            opened: (*opened).into(),
            answers: answers.iter().map(AnswerView::of).collect(),
            done: done.map(|(at, _)| at.into()),
            tx: done.map(|(_, tx)| tx.to_string()),
            private: private.map(|root| root.to_string()),
            record: bytes::of(record),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use ledger::{
        ClassId,
        operation::{NewEntry, Registry},
    };

    pub(in crate::view) fn org(n: u8) -> OrgId {
        OrgId(Hash([n; 32]))
    }

    /// A line of the white list, from the first second to the second one.
    pub(in crate::view) fn entry() -> NewEntry {
        NewEntry {
            registry: Registry::WhiteList,
            subject: Subject::OrgClass(org(1), ClassId(Hash([2; 32]))),
            period: 0,
            value: Value::None,
            from: Timestamp(1_000),
            to: Some(Timestamp(2_000)),
            ends_keys: Vec::new(),
            documents: None,
        }
    }

    #[test]
    fn an_entry_is_in_force_within_its_dates() {
        let record = EntryRecord {
            entry: entry(),
            by: Vec::new(),
            at: Stamp::default(),
            decision: ledger::Decision::default(),
            end: None,
        };
        for (now, in_force) in [(999, false), (1_000, true), (1_999, true), (2_000, false)] {
            let view = EntryView::of(&Hash([3; 32]), 1, &record, Timestamp(now));
            assert_eq!(view.in_force, in_force, "{now}");
            assert_eq!((view.subject.kind.as_str(), view.subject.org), ("org-class", Some(org(1).to_string())));
        }
    }

    #[test]
    fn a_duty_is_overdue_until_it_is_done() {
        let kind = DutyKind::Quarterly { filing: GrantId(Hash([4; 32])), year: 2025, quarter: 1 };
        let open = DutyRecord {
            kind,
            debtors: vec![org(1), org(2)],
            about: None,
            due: Timestamp(5),
            opened: Stamp::default(),
            answers: Vec::new(),
            done: None,
            private: None,
        };
        let done = DutyRecord { done: Some((Stamp::default(), TxId(Hash([6; 32])))), ..open.clone() };
        for (record, now, overdue) in [(&open, 4, false), (&open, 5, true), (&done, 9, false)] {
            let view = DutyView::of(&kind.id(), record, Timestamp(now));
            assert_eq!((view.overdue, view.year, view.quarter), (overdue, Some(2025), Some(1)));
            assert_eq!((view.tx.is_some(), view.by), (record.done.is_some(), None));
        }
    }
}
