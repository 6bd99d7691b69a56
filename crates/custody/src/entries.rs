//! Entries of registries: what each is about, for how long, and what follows from it.

use crate::{
    Judged, alert, allowed,
    due::{self, before, of_subject},
    execute::Pack,
    lookup::{self, Case, in_force, plus_days},
    overlay::Overlay,
};
use ledger::{
    Hash, KeyRecord, OrgRecord, Rejection, StateKey, StateRead, Text, TxId,
    event::Decision,
    operation::{EndWhy, GrantKind, NewEntry, Registry, Subject, Value},
    policy::{Period, RegistryRow},
    record::{
        AlertKind, AlertSubject, Ban, Due, EntryEnd, EntryRecord, GrantHead, KeyEnd, KeyEndReason, OrgKind,
        RegisterRecord, Signed,
    },
    state::ReadError,
};

/// Ratings of earlier years are slips of the pen: no source knows the scheme before.
const FIRST_RATED_YEAR: u16 = 2000;

/// Whether an entry may be made now.
pub(crate) fn check_new<S: StateRead>(overlay: &mut Overlay<'_, S>, pack: &Pack, entry: &NewEntry) -> Judged<()> {
    let registry = entry.registry;
    let invalid = |what: &str| Ok(Err(Rejection::EntryInvalid { registry, what: Text::new(what).unwrap_or_default() }));
    let Some(row) = pack.pack.registry(registry) else {
        return invalid("the rules have no such registry");
    };
    let org = allowed!(subject_known(overlay, entry)?);
    if let Err(what) = value_fits(pack, entry) {
        return invalid(what);
    }
    if registry == Registry::Tri && org.as_ref().is_some_and(|org| org.profile.kind != OrgKind::Partner) {
        return invalid("the organisation is no partner");
    }
    // What an agency may do, and with which keys, is its own affair and the quorum's.
    if registry == Registry::OrgBan && org.as_ref().is_some_and(|org| org.profile.kind.function().is_some()) {
        return invalid("an agency is not banned: it leaves by vote");
    }
    if entry.to.is_some_and(|to| to <= entry.from) {
        return Ok(Err(Rejection::DatesReversed));
    }
    allowed!(within_period(pack, row, entry));
    if registry == Registry::Rating && pack.pack.calendar.year(overlay.at.time) <= entry.period {
        return Ok(Err(Rejection::RatingYearOpen { year: entry.period }));
    }
    for key in &entry.ends_keys {
        let of_person = |record: &KeyRecord| Subject::Person(record.person) == entry.subject;
        let Some(record) = overlay.key(key)?.filter(|record| registry == Registry::PersonBan && of_person(record))
        else {
            return invalid("a key is not the person's");
        };
        if overlay.org(&record.org)?.is_some_and(|org| org.profile.kind.function().is_some()) {
            return invalid("the keys of an agency end by its own act");
        }
    }
    let id = of_subject(&entry.subject);
    let class = match entry.subject {
        Subject::Class(class) | Subject::OrgClass(_, class) => Some(class),
        Subject::Org(_) | Subject::Person(_) | Subject::Place(_) => None,
    };
    let case = Case { org: id.zip(org.as_ref()), class, ..Case::default() };
    if let Err(condition) = lookup::meet(overlay, pack, &row.requires, case)? {
        return Ok(Err(lookup::unmet(&condition)));
    }
    if let Some((_, last)) = lookup::last(overlay, entry.place())?
        && let Some(end) = last.end.filter(|end| end.why == EndWhy::Cancelled)
    {
        let until = plus_days(end.at.time, row.barred_days);
        if overlay.at.time < until {
            return Ok(Err(Rejection::Reapplication { until }));
        }
    }
    Ok(Ok(()))
}

/// The subject is of the registry's kind and on the ledger; gives its organisation.
fn subject_known<S: StateRead>(overlay: &mut Overlay<'_, S>, entry: &NewEntry) -> Judged<Option<OrgRecord>> {
    let registry = entry.registry;
    let fits = match (registry, &entry.subject) {
        (
            Registry::Qualified
            | Registry::Rating
            | Registry::Laboratory
            | Registry::NonAcceptance
            | Registry::Tri
            | Registry::Pilot
            | Registry::OrgBan,
            Subject::Org(_),
        )
        | (Registry::GradedClass | Registry::PositiveList | Registry::Access, Subject::Class(_))
        | (Registry::Expert | Registry::PersonBan, Subject::Person(_))
        | (Registry::Premises, Subject::Place(_))
        | (Registry::PreReview | Registry::WhiteList, Subject::OrgClass(_, _)) => true,
        (_, Subject::Org(_) | Subject::Class(_) | Subject::Person(_) | Subject::Place(_) | Subject::OrgClass(_, _)) => {
            false
        }
    };
    if !fits {
        let what = Text::new("it is about another kind of subject").unwrap_or_default();
        return Ok(Err(Rejection::EntryInvalid { registry, what }));
    }
    if let Subject::Class(class) | Subject::OrgClass(_, class) = &entry.subject
        && overlay.class(class)?.is_none()
    {
        return Ok(Err(Rejection::ClassUnknown));
    }
    let org = match (&entry.value, of_subject(&entry.subject)) {
        (Value::Level { org, level: _ }, None) => Some(*org),
        (_, org) => org,
    };
    match org {
        None => Ok(Ok(None)),
        Some(org) => match overlay.org(&org)? {
            Some(record) => Ok(Ok(Some(record))),
            None => Ok(Err(Rejection::OrgUnknown { org })),
        },
    }
}

fn value_fits(pack: &Pack, entry: &NewEntry) -> Result<(), &'static str> {
    if (entry.registry == Registry::Rating) != (entry.period > 0) {
        return Err("a rating, and nothing else, is of a year");
    }
    if entry.registry == Registry::Rating && entry.period < FIRST_RATED_YEAR {
        return Err("ratings begin with the year 2000");
    }
    match (entry.registry, &entry.value) {
        (Registry::Rating, Value::Rating(rating)) => match pack.pack.ratings.contains(rating) {
            true => Ok(()),
            false => Err("the rules have no such rating"),
        },
        (Registry::Premises, Value::Level { org: _, level }) => match (1..=4).contains(level) {
            true => Ok(()),
            false => Err("biosafety levels are 1 to 4"),
        },
        (Registry::GradedClass, Value::Grade(grade)) => match pack.pack.grade(grade) {
            Some(_) => Ok(()),
            None => Err("the rules have no such grade"),
        },
        (Registry::Qualified | Registry::Expert, Value::Field(_)) => Ok(()),
        (Registry::Rating | Registry::Premises | Registry::GradedClass, _) => Err("its value is of another kind"),
        (_, Value::None) => Ok(()),
        (_, Value::Rating(_) | Value::Level { .. } | Value::Grade(_) | Value::Field(_)) => {
            Err("its value is of another kind")
        }
    }
}

fn within_period(pack: &Pack, row: &RegistryRow, entry: &NewEntry) -> Result<(), Rejection> {
    let latest = match row.period {
        Period::Open => return Ok(()),
        Period::Year => pack.pack.calendar.year_end(entry.from),
        Period::HalfYear => pack.pack.calendar.half_year_end(entry.from),
    };
    match entry.to {
        Some(to) if to <= latest => Ok(()),
        Some(_) | None => Err(Rejection::EntryPeriod { registry: row.registry, latest }),
    }
}

/// Makes an entry that has been checked.
pub(crate) fn enter<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    entry: &NewEntry,
    by: &[Signed],
    decision: Decision,
    tx: TxId,
) -> Result<(), ReadError> {
    let place = entry.place();
    let last = lookup::last(overlay, place)?;
    let n = last.as_ref().map_or(0, |(n, _)| *n).saturating_add(1);
    // What begins later leaves the last in force until then; of two that are made ahead the later one counts.
    let now = overlay.at.time;
    let replaced = |record: &EntryRecord| record.end.is_none() && (entry.from <= now || record.entry.from > now);
    if let Some((before, record)) = last.filter(|(_, record)| replaced(record)) {
        let end = EntryEnd { at: overlay.at, why: EndWhy::Replaced, by: Vec::new(), decision: decision.clone() };
        finish(overlay, pack, place, before, record, end)?;
    }
    let record = EntryRecord { entry: entry.clone(), by: by.to_vec(), at: overlay.at, decision, end: None };
    overlay.put(StateKey::Register(place), &RegisterRecord { count: n });
    overlay.put(StateKey::Entry { place, n }, &record);
    due::warn_of_entry(overlay, pack, entry.registry, place, n, entry.to);
    mirror(overlay, pack, entry, Some(tx))
}

/// Ends an entry. Error: [`Rejection::EntryUnknown`] where it is not the last of its place or has ended.
pub(crate) fn end<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    place: Hash,
    n: u64,
    end: EntryEnd,
) -> Judged<()> {
    let record = allowed!(open(overlay, place, n)?);
    let entry = record.entry.clone();
    finish(overlay, pack, place, n, record, end)?;
    unmirror(overlay, &entry)?;
    Ok(Ok(()))
}

/// The entry, if it has not ended and is the last of its place, or the one before that.
pub(crate) fn open<S: StateRead>(overlay: &Overlay<'_, S>, place: Hash, n: u64) -> Judged<EntryRecord> {
    let last = lookup::last(overlay, place)?.map_or(0, |(last, _)| last);
    let record: Option<EntryRecord> = overlay.record(&StateKey::Entry { place, n })?;
    let is_open = |record: &EntryRecord| record.end.is_none() && n.saturating_add(1) >= last;
    Ok(record.filter(is_open).ok_or(Rejection::EntryUnknown))
}

fn finish<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    place: Hash,
    n: u64,
    record: EntryRecord,
    end: EntryEnd,
) -> Result<(), ReadError> {
    if let (Some(to), Some(row)) = (record.entry.to, pack.pack.registry(record.entry.registry)) {
        overlay.unschedule(before(to, row.warn_days), Due::EntryEnding(place, n))?;
    }
    overlay.put(StateKey::Entry { place, n }, &EntryRecord { end: Some(end), ..record });
    Ok(())
}

/// What stands where every act looks, and who has to hear of it.
fn mirror<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    entry: &NewEntry,
    cause: Option<TxId>,
) -> Result<(), ReadError> {
    match (entry.registry, &entry.subject, &entry.value) {
        (Registry::OrgBan, Subject::Org(org), _) => {
            if let Some(record) = overlay.org(org)? {
                let ban = Some(Ban { from: entry.from, to: entry.to });
                overlay.put_org(*org, OrgRecord { ban, ..record });
            }
            alert::raise(overlay, pack, AlertKind::BannedParty, AlertSubject::Org(*org), &[*org])
        }
        (Registry::PersonBan, _, _) => {
            for id in &entry.ends_keys {
                let Some(key) = overlay.key(id)? else { continue };
                let org = key.org;
                let honoured = key.end.as_ref().is_none_or(|end| end.reason == KeyEndReason::Retired);
                if let (true, Some(cause)) = (honoured, cause) {
                    let end = Some(KeyEnd { at: overlay.at, reason: KeyEndReason::Banned, cause });
                    overlay.put_key(*id, KeyRecord { end, ..key });
                }
                alert::raise(overlay, pack, AlertKind::BannedParty, AlertSubject::Org(org), &[org])?;
            }
            Ok(())
        }
        (Registry::Rating, Subject::Org(org), Value::Rating(rating)) => {
            let stops = pack.pack.limits.pilot_rating.as_ref().is_some_and(|least| !pack.pack.is_rated(rating, least));
            match stops && in_force(overlay, Registry::Pilot, &entry.subject, 0)?.is_some() {
                true => alert::raise(overlay, pack, AlertKind::PilotStopped, AlertSubject::Org(*org), &[*org]),
                false => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn unmirror<S: StateRead>(overlay: &mut Overlay<'_, S>, entry: &NewEntry) -> Result<(), ReadError> {
    match (entry.registry, &entry.subject) {
        (Registry::OrgBan, Subject::Org(org)) => {
            if let Some(record) = overlay.org(org)? {
                overlay.put_org(*org, OrgRecord { ban: None, ..record });
            }
        }
        // The partners of a removed institution hear of it (R19), however many there are.
        (Registry::Tri, Subject::Org(org)) => {
            let head: Option<GrantHead> = overlay.record(&StateKey::GrantHead(*org, GrantKind::HgrFiling))?;
            if let Some(head) = head {
                let at = overlay.at.time;
                overlay.schedule(at.plus_ms(1), Due::Cascade { org: *org, next: head.latest });
            }
        }
        _ => {}
    }
    Ok(())
}
