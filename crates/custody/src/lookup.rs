//! Looking up what a judgement rests on: entries of registries in force, grades, premises, conditions.

use crate::{Judged, execute::Pack, overlay::Overlay};
use ledger::{
    ClassId, Hash, OrgId, OrgRecord, Rejection, StateKey, StateRead, Text, Timestamp,
    event::Ground,
    operation::{Registry, Subject, Value, place},
    policy::{Condition, Grade},
    record::{ClassRecord, EntryRecord, RegisterRecord},
    state::ReadError,
};

/// One day.
pub(crate) const DAY_MS: u64 = 24 * 3_600_000;

/// `days` later.
pub(crate) fn plus_days(at: Timestamp, days: u16) -> Timestamp {
    at.plus_ms(u64::from(days).saturating_mul(DAY_MS))
}

/// An entry with what a decision cites.
pub(crate) struct Found {
    pub(crate) ground: Ground,
    pub(crate) record: EntryRecord,
}

/// The last entry of a place, in force or not.
pub(crate) fn last<S: StateRead>(
    overlay: &Overlay<'_, S>,
    place: Hash,
) -> Result<Option<(u64, EntryRecord)>, ReadError> {
    let Some(RegisterRecord { count }) = overlay.record(&StateKey::Register(place))? else {
        return Ok(None);
    };
    let record: Option<EntryRecord> = overlay.record(&StateKey::Entry { place, n: count })?;
    Ok(record.map(|record| (count, record)))
}

/// The entry of a registry about a subject that is in force now.
pub(crate) fn in_force<S: StateRead>(
    overlay: &Overlay<'_, S>,
    registry: Registry,
    subject: &Subject,
    period: u16,
) -> Result<Option<Found>, ReadError> {
    let place = place(registry, subject, period);
    let now = overlay.at.time;
    let Some((n, record)) = last(overlay, place)? else { return Ok(None) };
    // The last, or the one before it where the last is made ahead of its time.
    let found = match record.entry.from <= now {
        true => Some((n, record)),
        false => {
            let n = n.saturating_sub(1);
            overlay.record(&StateKey::Entry { place, n })?.map(|record: EntryRecord| (n, record))
        }
    };
    let found = found.filter(|(_, record)| record.in_force(now));
    Ok(found.map(|(n, record)| Found { ground: Ground::Entry { place, n }, record }))
}

/// The grade of a class under the pack in force: what a registry says, else what it was registered with (A1, R4).
pub(crate) fn grade<S: StateRead>(
    overlay: &Overlay<'_, S>,
    pack: &Pack,
    id: &ClassId,
    class: &ClassRecord,
) -> Judged<Grade> {
    if pack.pack.registry(Registry::GradedClass).is_some()
        && let Some(found) = in_force(overlay, Registry::GradedClass, &Subject::Class(*id), 0)?
        && let Value::Grade(name) = &found.record.entry.value
        && let Some(grade) = pack.pack.grade(name)
    {
        return Ok(Ok(grade.clone()));
    }
    match pack.pack.grade(&class.grade) {
        Some(grade) => Ok(Ok(grade.clone())),
        None => Ok(Err(Rejection::GradeUnknown { grade: class.grade.clone() })),
    }
}

/// That an organisation has premises of a biosafety level (R4); a pack without the registry asks for none.
pub(crate) fn premises<S: StateRead>(
    overlay: &Overlay<'_, S>,
    pack: &Pack,
    org: OrgId,
    gln: Option<gs1::Gln>,
    needed: u8,
) -> Judged<Option<Ground>> {
    if pack.pack.registry(Registry::Premises).is_none() || (needed == 0 && gln.is_none()) {
        return Ok(Ok(None));
    }
    let missing = |has| Ok(Err(Rejection::PremisesMissing { org, needed, has }));
    let Some(gln) = gln else {
        return missing(0);
    };
    let Some(found) = in_force(overlay, Registry::Premises, &Subject::Place(gln), 0)? else {
        return missing(0);
    };
    match found.record.entry.value {
        Value::Level { org: of, level } if of == org && level >= needed => Ok(Ok(Some(found.ground))),
        Value::Level { org: of, level } if of == org => missing(level),
        _ => missing(0),
    }
}

/// An expert's word counts while the expert is listed (R4).
pub(crate) fn expert<S: StateRead>(
    overlay: &Overlay<'_, S>,
    pack: &Pack,
    person: ledger::PersonId,
) -> Judged<Option<Ground>> {
    if pack.pack.registry(Registry::Expert).is_none() {
        return Ok(Ok(None));
    }
    match in_force(overlay, Registry::Expert, &Subject::Person(person), 0)? {
        Some(found) => Ok(Ok(Some(found.ground))),
        None => {
            let subject = Text::new(person.0.short()).unwrap_or_default();
            Ok(Err(Rejection::NotListed { registry: Registry::Expert, subject }))
        }
    }
}

/// Whether a pilot goes on: it stops when the rating of the last completed year is below what the pack asks for (R26).
pub(crate) fn pilot_goes_on<S: StateRead>(
    overlay: &Overlay<'_, S>,
    pack: &Pack,
    org: OrgId,
) -> Result<bool, ReadError> {
    let Some(least) = &pack.pack.limits.pilot_rating else { return Ok(true) };
    let last_year = pack.pack.calendar.year(overlay.at.time).saturating_sub(1);
    let found = in_force(overlay, Registry::Rating, &Subject::Org(org), last_year)?;
    Ok(match found.map(|found| found.record.entry.value) {
        Some(Value::Rating(rating)) => pack.pack.is_rated(&rating, least),
        Some(_) | None => true,
    })
}

/// What conditions are asked about.
#[derive(Clone, Copy, Default)]
pub(crate) struct Case<'a> {
    pub(crate) org: Option<(OrgId, &'a OrgRecord)>,
    pub(crate) class: Option<ClassId>,
    pub(crate) grade: Option<&'a Text<8>>,
    pub(crate) region: Option<&'a Text<2>>,
    pub(crate) counterpart: Option<OrgId>,
    pub(crate) declared: u32,
}

/// The grounds on which all conditions are met, or the first that is not.
pub(crate) fn meet<S: StateRead>(
    overlay: &Overlay<'_, S>,
    pack: &Pack,
    conditions: &[Condition],
    case: Case<'_>,
) -> Result<Result<Vec<Ground>, Condition>, ReadError> {
    let mut grounds = Vec::new();
    for condition in conditions {
        match one(overlay, pack, condition, case)? {
            Some(more) => grounds.extend(more),
            None => return Ok(Err(condition.clone())),
        }
    }
    Ok(Ok(grounds))
}

/// The grounds on which one alternative is met, or the first condition of the first alternative that is not.
pub(crate) fn meet_one_of<S: StateRead>(
    overlay: &Overlay<'_, S>,
    pack: &Pack,
    any: &[Vec<Condition>],
    case: Case<'_>,
) -> Result<Result<Vec<Ground>, Option<Condition>>, ReadError> {
    let mut first = None;
    for conditions in any {
        match meet(overlay, pack, conditions, case)? {
            Ok(grounds) => return Ok(Ok(grounds)),
            Err(unmet) => first = first.or(Some(unmet)),
        }
    }
    Ok(Err(first))
}

fn one<S: StateRead>(
    overlay: &Overlay<'_, S>,
    pack: &Pack,
    condition: &Condition,
    case: Case<'_>,
) -> Result<Option<Vec<Ground>>, ReadError> {
    let is = |met: bool| Ok(met.then(Vec::new));
    match condition {
        Condition::Region(regions) => is(case.region.is_some_and(|region| regions.contains(region))),
        Condition::RiskAtMost(limit) => is(case.grade.is_some_and(|grade| pack.pack.risk_is_at_most(grade, limit))),
        Condition::DeclaredBefore => is(case.declared > 0),
        Condition::Record { days } => {
            is(case.org.is_some_and(|(_, record)| plus_days(record.from.time, *days) <= overlay.at.time))
        }
        Condition::Rated { at_least, years } => match case.org {
            Some((org, _)) => rated(overlay, pack, org, at_least, *years),
            None => Ok(None),
        },
        Condition::Listed(registry) => {
            let Some(subject) = subject(*registry, case) else { return Ok(None) };
            Ok(in_force(overlay, *registry, &subject, 0)?.map(|found| vec![found.ground]))
        }
    }
}

/// Ratings of the last completed years, each as good as asked for (R3): streaks end at the last completed year.
fn rated<S: StateRead>(
    overlay: &Overlay<'_, S>,
    pack: &Pack,
    org: OrgId,
    at_least: &Text<2>,
    years: u8,
) -> Result<Option<Vec<Ground>>, ReadError> {
    let this_year = pack.pack.calendar.year(overlay.at.time);
    let mut grounds = Vec::new();
    for back in 1..=u16::from(years) {
        let year = this_year.saturating_sub(back);
        match in_force(overlay, Registry::Rating, &Subject::Org(org), year)? {
            Some(Found { ground, record }) => match &record.entry.value {
                Value::Rating(rating) if pack.pack.is_rated(rating, at_least) => grounds.push(ground),
                _ => return Ok(None),
            },
            None => return Ok(None),
        }
    }
    Ok(Some(grounds))
}

/// What an entry of a registry would be about in this case.
fn subject(registry: Registry, case: Case<'_>) -> Option<Subject> {
    let org = case.org.map(|(org, _)| org);
    match registry {
        Registry::Qualified
        | Registry::Laboratory
        | Registry::NonAcceptance
        | Registry::Pilot
        | Registry::OrgBan
        | Registry::Rating => org.map(Subject::Org),
        Registry::Tri => case.counterpart.map(Subject::Org),
        Registry::GradedClass | Registry::PositiveList | Registry::Access => case.class.map(Subject::Class),
        Registry::PreReview | Registry::WhiteList => Some(Subject::OrgClass(org?, case.class?)),
        Registry::Premises | Registry::Expert | Registry::PersonBan => None,
    }
}

/// Text of a condition that is not met.
pub(crate) fn words(condition: &Condition) -> Text<64> {
    let words: String = condition.to_string().chars().take(64).collect();
    Text::new(words).unwrap_or_default()
}

/// The refusal for a requirement of a registry or grant that is not met.
pub(crate) fn unmet(condition: &Condition) -> Rejection {
    match condition {
        Condition::Listed(registry) => {
            Rejection::NotListed { registry: *registry, subject: Text::new("the applicant").unwrap_or_default() }
        }
        other => Rejection::ConditionUnmet { condition: words(other) },
    }
}
