//! Grants: permissions with a quota and a clock, applied for, decided, drawn on (R7, R8, R14, R20, R21, R25, R27, R32).

use crate::{
    Judged, alert, allowed, audit,
    due::before,
    duties,
    execute::{Act, Pack},
    lookup::{self, Case, in_force},
    overlay::Overlay,
};
use ledger::{
    GrantId, Hash, Operation, OrgId, Rejection, StateKey, StateRead, Text,
    bounds::MAX_GROUNDS,
    event::{Decision, Ground},
    judge::{self, Signer},
    operation::{Application, Direction, GrantKind, Lane, Registry, Subject, Verdict},
    policy::{Condition, Grade, GrantRow, Who, WriteOff},
    record::{AlertKind, AlertSubject, ClassRecord, Due, GrantHead, GrantRecord, GrantState, OrgKind},
    state::ReadError,
};

/// Months that a grant is valid where its grade names none.
const DEFAULT_MONTHS: u8 = 12;

/// Judges an act on grants.
pub(crate) fn judge<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    act: Act<'_>,
    signers: &[Signer<'_>],
) -> Judged<Vec<OrgId>> {
    let operation = &act.tx.body.operation;
    let decision = Decision::under(&pack.pack, pack.hash, operation, ledger::policy::Rule::NONE);
    let (id, touched) = match operation {
        Operation::Apply { application } => {
            let id = GrantId::of(&overlay.network, &act.id);
            (id, allowed!(apply(overlay, pack, signers, id, application, decision)?))
        }
        Operation::Pause { grant, notice: _ } => (*grant, allowed!(pause(overlay, pack, signers, *grant)?)),
        Operation::Resume { grant } => (*grant, allowed!(resume(overlay, pack, signers, *grant)?)),
        Operation::Decide { grant, verdict } => {
            (*grant, allowed!(decide(overlay, pack, act, signers, *grant, verdict, decision)?))
        }
        Operation::Cancel { grant, reason: _ } => (*grant, allowed!(cancel(overlay, pack, act, signers, *grant)?)),
        other => return Ok(Err(Rejection::SignersWrong { act: other.act() })),
    };
    audit::record(overlay, act, signers, &format!("grant {}", id.0.short()))?;
    Ok(Ok(touched))
}

/// A grant with the row of its kind.
fn found<'p, S: StateRead>(
    overlay: &Overlay<'_, S>,
    pack: &'p Pack,
    id: GrantId,
) -> Judged<(GrantRecord, &'p GrantRow)> {
    let Some(grant) = overlay.grant(&id)? else {
        return Ok(Err(Rejection::GrantUnknown { grant: id }));
    };
    match pack.pack.grant(grant.application.kind) {
        Some(row) => Ok(Ok((grant, row))),
        None => Ok(Err(Rejection::GrantUnknown { grant: id })),
    }
}

fn differs(grant: GrantId, what: &str) -> Rejection {
    Rejection::GrantDiffers { grant, what: Text::new(what).unwrap_or_default() }
}

fn apply<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    signers: &[Signer<'_>],
    id: GrantId,
    application: &Application,
    decision: Decision,
) -> Judged<Vec<OrgId>> {
    let Some(row) = pack.pack.grant(application.kind) else {
        return Ok(Err(Rejection::ActNotInPack { act: ledger::Act::Apply }));
    };
    let met = allowed!(judge::meet_any(ledger::Act::Apply, &row.apply, signers, None, application.counterpart));
    let holder = met.principal;
    let Some(class) = overlay.class(&application.class)? else {
        return Ok(Err(Rejection::ClassUnknown));
    };
    let grade = allowed!(lookup::grade(overlay, pack, &application.class, &class)?);
    allowed!(in_scope(pack, application, &class));
    if application.quantity.is_zero() {
        return Ok(Err(Rejection::QuantityZero));
    }
    if let Some(counterpart) = application.counterpart {
        let Some(org) = overlay.org(&counterpart)? else {
            return Ok(Err(Rejection::OrgUnknown { org: counterpart }));
        };
        if application.kind == GrantKind::HgrFiling && org.profile.kind != OrgKind::Partner {
            return Ok(Err(differs(id, "counterpart")));
        }
    } else if application.kind == GrantKind::HgrFiling {
        return Ok(Err(differs(id, "counterpart")));
    }
    if application.kind == GrantKind::Plan {
        let earliest = lookup::plus_days(overlay.at.time, pack.pack.limits.plan_ahead_days);
        if application.from < earliest {
            return Ok(Err(Rejection::PlanTooLate { earliest }));
        }
    }
    let grounds = allowed!(requirements(overlay, pack, row, holder, application, &grade, &class)?);
    allowed!(rests_on(overlay, holder, application)?);
    let head_key = StateKey::GrantHead(holder, application.kind);
    let head: Option<GrantHead> = overlay.record(&head_key)?;
    let now = overlay.at;
    let mut grant = GrantRecord {
        holder,
        application: application.clone(),
        applied: now,
        state: GrantState::Applied,
        lane: None,
        number: Text::default(),
        mode: grade.write_off,
        valid: None,
        drawn: gs1::Quantity::zero(application.quantity.unit()),
        abroad: gs1::Quantity::zero(application.quantity.unit()),
        declared: 0,
        tested: None,
        due: None,
        days_left: 0,
        pauses: 0,
        decision: None,
        previous: head.map(|head| head.latest),
        previous_of_counterpart: None,
    };
    match row.decide.is_empty() {
        true => {
            let from = application.from.max(now.time);
            let under = allowed!(draw_on(overlay, application)?);
            granted(overlay, pack, id, &mut grant, &grade, from);
            grant.decision = Some(decision.resting_on(cited([grounds, under].concat())));
        }
        false => {
            let due = pack.pack.calendar.add_working_days(now.time, row.working_days);
            grant.due = Some(due);
            overlay.schedule(due, Due::Decision(id));
        }
    }
    let latest =
        |head: Option<GrantHead>| GrantHead { count: head.map_or(0, |h| h.count).saturating_add(1), latest: id };
    overlay.put(head_key, &latest(head));
    // The partner of a filing finds it too; who is removed has filings of others to tell of (R19).
    if let (GrantKind::HgrFiling, Some(partner)) = (application.kind, application.counterpart) {
        let key = StateKey::GrantHead(partner, application.kind);
        let before: Option<GrantHead> = overlay.record(&key)?;
        grant.previous_of_counterpart = before.map(|head| head.latest);
        overlay.put(key, &latest(before));
    }
    overlay.put(StateKey::Grant(id), &grant);
    Ok(Ok(touched(&grant)))
}

fn touched(grant: &GrantRecord) -> Vec<OrgId> {
    duties::parties(grant)
}

/// R1, and what the pack is about.
fn in_scope(pack: &Pack, application: &Application, class: &ClassRecord) -> Result<(), Rejection> {
    let scope = &pack.pack.scope;
    let is_excluded = |hs: &gs1::HsCode| {
        let digits = hs.digits();
        scope.excluded_hs.iter().any(|prefix| digits.starts_with(prefix.as_str()))
    };
    if !scope.categories.contains(&class.category) || class.hs_in_force().any(is_excluded) {
        return Err(Rejection::OutOfScope);
    }
    match scope.directions.contains(&application.direction) {
        true => Ok(()),
        false if application.direction == Direction::Transit => Err(Rejection::TransitBanned),
        false => Err(Rejection::OutOfScope),
    }
}

/// What the row asks of the applicant, and what the grade asks of a permit.
fn requirements<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    row: &GrantRow,
    holder: OrgId,
    application: &Application,
    grade: &Grade,
    class: &ClassRecord,
) -> Judged<Vec<Ground>> {
    let Some(org) = overlay.org(&holder)? else {
        return Ok(Err(Rejection::OrgUnknown { org: holder }));
    };
    let case = Case {
        org: Some((holder, &org)),
        class: Some(application.class),
        grade: Some(&grade.name),
        region: Some(&application.region),
        counterpart: application.counterpart,
        declared: 0,
    };
    if row.requires.contains(&Condition::Listed(Registry::Pilot)) && !lookup::pilot_goes_on(overlay, pack, holder)? {
        return Ok(Err(Rejection::PilotStopped { org: holder }));
    }
    let mut grounds = match lookup::meet(overlay, pack, &row.requires, case)? {
        Ok(grounds) => grounds,
        Err(condition) => return Ok(Err(lookup::unmet(&condition))),
    };
    if application.kind != GrantKind::Permit {
        return Ok(Ok(grounds));
    }
    if application.direction == Direction::Import {
        grounds.extend(allowed!(lookup::premises(overlay, pack, holder, application.premises, grade.premises)?));
        if grade.access {
            match in_force(overlay, Registry::Access, &Subject::Class(application.class), 0)? {
                Some(found) => grounds.push(found.ground),
                None => return Ok(Err(Rejection::AccessMissing)),
            }
        }
    }
    // A human genetic resource leaves the country under a filing with whoever receives it (R14).
    if application.direction == Direction::Export && class.hgr && pack.pack.grant(GrantKind::HgrFiling).is_some() {
        let mut filed = false;
        for on in &application.on {
            filed |= overlay.grant(on)?.is_some_and(|g| g.application.kind == GrantKind::HgrFiling);
        }
        if !filed {
            return Ok(Err(Rejection::FilingMissing));
        }
    }
    Ok(Ok(grounds))
}

/// The grants that an application rests on are in force, for the same class, and have enough left.
fn rests_on<S: StateRead>(overlay: &Overlay<'_, S>, holder: OrgId, application: &Application) -> Judged<()> {
    for on in &application.on {
        let Some(grant) = overlay.grant(on)? else {
            return Ok(Err(Rejection::GrantUnknown { grant: *on }));
        };
        let under = &grant.application;
        if grant.holder != holder {
            return Ok(Err(Rejection::GrantNotYours { grant: *on, holder: grant.holder }));
        }
        if under.class != application.class {
            return Ok(Err(differs(*on, "class")));
        }
        allowed!(still_valid(overlay, *on, &grant)?);
        if under.kind == GrantKind::HgrFiling && application.counterpart != under.counterpart {
            return Ok(Err(differs(*on, "counterpart")));
        }
        if is_drawn(under.kind) {
            allowed!(enough(*on, &grant, &application.quantity));
        }
    }
    Ok(Ok(()))
}

/// Whether another grant draws on one of this kind: plans and filings have a quantity, a clearance proof has not.
fn is_drawn(kind: GrantKind) -> bool {
    matches!(kind, GrantKind::Plan | GrantKind::HgrFiling)
}

/// Granted, within its dates, and its partner still listed (R19).
pub(crate) fn still_valid<S: StateRead>(overlay: &Overlay<'_, S>, id: GrantId, grant: &GrantRecord) -> Judged<()> {
    if grant.state != GrantState::Granted {
        return Ok(Err(Rejection::GrantStateForbids { grant: id, state: grant.state }));
    }
    let now = overlay.at.time;
    if let Some((from, to)) = grant.valid
        && (now < from || now >= to)
        && grant.application.kind != GrantKind::Plan
    {
        return Ok(Err(Rejection::GrantExpired { grant: id, from, to }));
    }
    if let (GrantKind::HgrFiling, Some(partner)) = (grant.application.kind, grant.application.counterpart)
        && in_force(overlay, Registry::Tri, &Subject::Org(partner), 0)?.is_none()
    {
        let subject = Text::new(partner.0.short()).unwrap_or_default();
        return Ok(Err(Rejection::NotListed { registry: Registry::Tri, subject }));
    }
    Ok(Ok(()))
}

/// Whether a grant has so much left.
pub(crate) fn enough(id: GrantId, grant: &GrantRecord, asked: &gs1::Quantity) -> Result<(), Rejection> {
    let all = &grant.application.quantity;
    if all.unit() != asked.unit() {
        return Err(differs(id, "unit"));
    }
    let left = all.amount().saturating_sub(grant.drawn.amount());
    match asked.amount() > left {
        true => Err(Rejection::QuotaExceeded { grant: id, kind: grant.application.kind, left, asked: asked.amount() }),
        false => Ok(()),
    }
}

/// Books a quantity on a grant.
pub(crate) fn draw(id: GrantId, grant: &mut GrantRecord, asked: &gs1::Quantity) -> Result<(), Rejection> {
    enough(id, grant, asked)?;
    grant.drawn = grant.drawn.checked_add(*asked).map_err(|_| differs(id, "unit"))?;
    Ok(())
}

/// Draws what is granted on the plans and filings that it rests on; gives all that it rests on, to be cited.
fn draw_on<S: StateRead>(overlay: &mut Overlay<'_, S>, application: &Application) -> Judged<Vec<Ground>> {
    let mut grounds = Vec::with_capacity(application.on.len());
    for on in &application.on {
        let Some(mut under) = overlay.grant(on)? else {
            return Ok(Err(Rejection::GrantUnknown { grant: *on }));
        };
        allowed!(still_valid(overlay, *on, &under)?);
        if is_drawn(under.application.kind) {
            allowed!(draw(*on, &mut under, &application.quantity));
            overlay.put(StateKey::Grant(*on), &under);
        }
        grounds.push(Ground::Grant(*on));
    }
    Ok(Ok(grounds))
}

/// What a grant that is cancelled did not use goes back to the plans and filings that it was drawn from: these are about
/// what is used and leaves the country (R27, R32), not about what somebody once was permitted.
fn give_back<S: StateRead>(overlay: &mut Overlay<'_, S>, grant: &GrantRecord) -> Result<(), ReadError> {
    let Ok(unused) = grant.application.quantity.checked_sub(grant.drawn) else { return Ok(()) };
    for on in &grant.application.on {
        let open = |under: &GrantRecord| under.state == GrantState::Granted && is_drawn(under.application.kind);
        let Some(under) = overlay.grant(on)?.filter(open) else { continue };
        if let Ok(drawn) = under.drawn.checked_sub(unused) {
            overlay.put(StateKey::Grant(*on), &GrantRecord { drawn, ..under });
        }
    }
    Ok(())
}

fn granted<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    id: GrantId,
    grant: &mut GrantRecord,
    grade: &Grade,
    from: ledger::Timestamp,
) {
    let months = if grade.validity_months == 0 { DEFAULT_MONTHS } else { grade.validity_months };
    let to = pack.pack.calendar.add_months(from, months);
    grant.state = GrantState::Granted;
    grant.valid = Some((from, to));
    grant.mode = match grant.application.kind {
        GrantKind::Permit => grade.write_off,
        GrantKind::Plan | GrantKind::Clearance | GrantKind::HgrFiling => WriteOff::Batches,
    };
    grant.due = None;
    let warn = pack.pack.grant(grant.application.kind).map_or(0, |row| row.warn_days);
    if warn > 0 {
        overlay.schedule(before(to, warn), Due::GrantEnding(id));
    }
    if grant.application.kind == GrantKind::HgrFiling {
        duties::first_quarter(overlay, pack, id);
    }
}

fn pause<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    signers: &[Signer<'_>],
    id: GrantId,
) -> Judged<Vec<OrgId>> {
    let (mut grant, row) = allowed!(found(overlay, pack, id)?);
    allowed!(judge::meet_any(ledger::Act::Pause, &row.decide, signers, None, None));
    let Some(due) = grant.due.filter(|_| grant.state == GrantState::Applied) else {
        return Ok(Err(Rejection::GrantStateForbids { grant: id, state: grant.state }));
    };
    if grant.pauses >= row.pauses {
        return Ok(Err(Rejection::PausesExceeded { grant: id }));
    }
    overlay.unschedule(due, Due::Decision(id))?;
    grant.days_left = pack.pack.calendar.working_days_left(overlay.at.time, due);
    grant.state = GrantState::Paused;
    grant.pauses = grant.pauses.saturating_add(1);
    grant.due = None;
    overlay.put(StateKey::Grant(id), &grant);
    Ok(Ok(touched(&grant)))
}

fn resume<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    signers: &[Signer<'_>],
    id: GrantId,
) -> Judged<Vec<OrgId>> {
    let (mut grant, row) = allowed!(found(overlay, pack, id)?);
    allowed!(judge::meet_any(ledger::Act::Resume, &row.decide, signers, None, None));
    if grant.state != GrantState::Paused {
        return Ok(Err(Rejection::GrantStateForbids { grant: id, state: grant.state }));
    }
    let due = pack.pack.calendar.add_working_days(overlay.at.time, grant.days_left);
    grant.state = GrantState::Applied;
    grant.due = Some(due);
    overlay.schedule(due, Due::Decision(id));
    overlay.put(StateKey::Grant(id), &grant);
    Ok(Ok(touched(&grant)))
}

fn decide<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    act: Act<'_>,
    signers: &[Signer<'_>],
    id: GrantId,
    verdict: &Verdict,
    decision: Decision,
) -> Judged<Vec<OrgId>> {
    let (mut grant, row) = allowed!(found(overlay, pack, id)?);
    let met = allowed!(judge::meet_any(ledger::Act::Decide, &row.decide, signers, None, None));
    if grant.state != GrantState::Applied {
        return Ok(Err(Rejection::GrantStateForbids { grant: id, state: grant.state }));
    }
    let Some(class) = overlay.class(&grant.application.class)? else {
        return Ok(Err(Rejection::ClassUnknown));
    };
    let (mut decision, due) = (decision, grant.due);
    if decision.rule == ledger::policy::Rule::NONE || ledger::event::lane(&act.tx.body.operation).is_none() {
        decision.rule = row.rule;
        decision.article = pack.pack.article(row.rule).cloned().unwrap_or_default();
    }
    match verdict {
        Verdict::Refuse { reason: _ } => {
            grant.state = GrantState::Refused;
            grant.due = None;
        }
        Verdict::Grant { number, lane, from } => {
            if *from < grant.applied.time {
                return Ok(Err(Rejection::DatesReversed));
            }
            // One number, one grant of its kind: nobody who reads it on paper may find another (审批单编号).
            let under = StateKey::GrantNumber(grant.application.kind, number.clone());
            if let Some(other) = overlay.record::<GrantId>(&under)? {
                return Ok(Err(Rejection::NumberTaken { number: number.clone(), grant: other }));
            }
            let grade = allowed!(lookup::grade(overlay, pack, &grant.application.class, &class)?);
            let mut grounds = allowed!(still_asked(overlay, pack, row, &grant, *lane, (&grade, &class))?);
            grounds.extend(allowed!(draw_on(overlay, &grant.application)?));
            decision = decision.resting_on(cited(grounds));
            overlay.put(under, &id);
            grant.number = number.clone();
            grant.lane = *lane;
            granted(overlay, pack, id, &mut grant, &grade, *from);
        }
    }
    if let Some(due) = due {
        overlay.unschedule(due, Due::Decision(id))?;
    }
    alert::settle(overlay, act, met.principal, AlertKind::DecisionOverdue, AlertSubject::Grant(id))?;
    grant.decision = Some(decision);
    overlay.put(StateKey::Grant(id), &grant);
    Ok(Ok(touched(&grant)))
}

/// What is asked when it is granted, by the records of that day: its lane, and again what was asked of the application. What
/// was so when somebody applied may have ended since.
fn still_asked<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    row: &GrantRow,
    grant: &GrantRecord,
    lane: Option<Lane>,
    (grade, class): (&Grade, &ClassRecord),
) -> Judged<Vec<Ground>> {
    let (holder, application, now) = (grant.holder, &grant.application, overlay.at.time);
    let mut grounds = match lane {
        Some(lane) if lane != Lane::InstantPermit || application.kind != GrantKind::Permit => {
            let condition = Text::new("it is no lane of an application").unwrap_or_default();
            return Ok(Err(Rejection::LaneClosed { lane, condition }));
        }
        Some(lane) => {
            let open = Open { lane, org: holder, region: Some(&application.region), declared: 0 };
            allowed!(lane_open(overlay, pack, open, (application.class, grade))?)
        }
        None => Vec::new(),
    };
    allowed!(in_scope(pack, application, class));
    for org in signatories(row, grant) {
        let banned = overlay.org(&org)?.is_some_and(|record| record.banned(now).is_some());
        if banned && !pack.pack.limits.ban_allows.contains(&ledger::Act::Apply) {
            return Ok(Err(Rejection::OrgBanned { org }));
        }
    }
    grounds.extend(allowed!(requirements(overlay, pack, row, holder, application, grade, class)?));
    Ok(Ok(grounds))
}

/// Who signs an application of this row: the holder, and the counterpart where the row asks for it.
fn signatories(row: &GrantRow, grant: &GrantRecord) -> Vec<OrgId> {
    let asks = row.apply.iter().flatten().any(|need| need.who == Who::Counterpart);
    let counterpart = grant.application.counterpart.filter(|_| asks);
    [grant.holder].into_iter().chain(counterpart).collect()
}

/// Each record once, and no more than a decision may cite.
fn cited(grounds: Vec<Ground>) -> Vec<Ground> {
    let mut cited: Vec<Ground> = Vec::with_capacity(grounds.len());
    for ground in grounds {
        if !cited.contains(&ground) && cited.len() < MAX_GROUNDS {
            cited.push(ground);
        }
    }
    cited
}

/// For whom a lane would be open.
pub(crate) struct Open<'a> {
    pub(crate) lane: Lane,
    pub(crate) org: OrgId,
    pub(crate) region: Option<&'a Text<2>>,
    pub(crate) declared: u32,
}

/// The grounds on which a lane is open. Error: [`Rejection::LaneClosed`] with the first condition that is not met.
pub(crate) fn lane_open<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    open: Open<'_>,
    (class, grade): (ledger::ClassId, &Grade),
) -> Judged<Vec<Ground>> {
    let Open { lane, org, region, declared } = open;
    let closed = |condition: Text<64>| Ok(Err(Rejection::LaneClosed { lane, condition }));
    let Some(row) = pack.pack.lane(lane) else {
        return closed(Text::new("not in the rules").unwrap_or_default());
    };
    let Some(record) = overlay.org(&org)? else {
        return Ok(Err(Rejection::OrgUnknown { org }));
    };
    let case = Case {
        org: Some((org, &record)),
        class: Some(class),
        grade: Some(&grade.name),
        region,
        counterpart: None,
        declared,
    };
    match lookup::meet_one_of(overlay, pack, &row.any, case)? {
        Ok(grounds) => Ok(Ok(grounds)),
        Err(condition) => closed(condition.as_ref().map(lookup::words).unwrap_or_default()),
    }
}

fn cancel<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    act: Act<'_>,
    signers: &[Signer<'_>],
    id: GrantId,
) -> Judged<Vec<OrgId>> {
    let (mut grant, row) = allowed!(found(overlay, pack, id)?);
    let holder =
        judge::meet_any(ledger::Act::Cancel, &row.apply, signers, Some(grant.holder), grant.application.counterpart);
    if holder.is_err() {
        allowed!(judge::meet_any(ledger::Act::Cancel, &row.decide, signers, None, None));
    }
    match grant.state {
        GrantState::Applied | GrantState::Paused | GrantState::Granted => {}
        GrantState::Refused | GrantState::Exhausted | GrantState::Cancelled | GrantState::Closed => {
            return Ok(Err(Rejection::GrantStateForbids { grant: id, state: grant.state }));
        }
    }
    if let Some(due) = grant.due.take() {
        overlay.unschedule(due, Due::Decision(id))?;
    }
    if grant.state == GrantState::Granted {
        give_back(overlay, &grant)?;
    }
    grant.state = GrantState::Cancelled;
    let by = signers.first().map_or(grant.holder, |signer| signer.slot.org);
    alert::settle(overlay, act, by, AlertKind::DecisionOverdue, AlertSubject::Grant(id))?;
    overlay.put(StateKey::Grant(id), &grant);
    Ok(Ok(touched(&grant)))
}

/// A laboratory's test serves the later batches of the permit (R20).
pub(crate) fn tested(grant: &mut GrantRecord, report: Hash) {
    grant.tested = Some(report);
}

/// Reads a grant that an item names.
pub(crate) fn read<S: StateRead>(overlay: &Overlay<'_, S>, id: GrantId) -> Judged<GrantRecord> {
    let record: Result<Option<GrantRecord>, ReadError> = overlay.grant(&id);
    Ok(record?.ok_or(Rejection::GrantUnknown { grant: id }))
}
