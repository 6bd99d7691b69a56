//! The border: permits, declarations, inspections, tests, releases and exits (R8-R13, R20-R25).

use super::{Court, Plan, beside};
use crate::{
    Judged, allowed,
    grants::{self, Open, lane_open},
    lookup::{self, in_force},
    overlay::Overlay,
};
use ledger::{
    Effect, GrantId, ItemId, ItemRecord, Lifecycle, Operation, Rejection, StateRead, Text,
    event::Ground,
    operation::{Direction, GrantKind, InspectionResult, Lane, Purpose, Registry, Subject},
    policy::{Grade, WriteOff},
    record::{GrantRecord, GrantState},
    rejection::Flag,
};

/// What is asked of the act as a whole, before any item.
pub(super) fn before<S: StateRead>(overlay: &mut Overlay<'_, S>, court: &Court<'_>) -> Judged<()> {
    match &court.act.tx.body.operation {
        Operation::OrderInspection { list: _, premises } => {
            // On the firm's premises only with its consent: somebody who is no agency signs with Customs (R11).
            let consents = court.signers.iter().any(|s| s.org.profile.kind.function().is_none());
            match premises.is_some() == consents {
                true => Ok(Ok(())),
                false => Ok(Err(Rejection::SignersWrong { act: ledger::Act::OrderInspection })),
            }
        }
        Operation::Test { .. } => laboratory(overlay, court),
        _ => Ok(Ok(())),
    }
}

/// A laboratory's test counts while it is listed, and not while it is on the non-acceptance list (R29).
fn laboratory<S: StateRead>(overlay: &mut Overlay<'_, S>, court: &Court<'_>) -> Judged<()> {
    let org = court.authority.principal;
    let pack = &court.pack.pack;
    if pack.registry(Registry::NonAcceptance).is_some()
        && in_force(overlay, Registry::NonAcceptance, &Subject::Org(org), 0)?.is_some()
    {
        return Ok(Err(Rejection::LaboratoryRefused { org }));
    }
    if pack.registry(Registry::Laboratory).is_some()
        && in_force(overlay, Registry::Laboratory, &Subject::Org(org), 0)?.is_none()
    {
        let subject = Text::new(org.0.short()).unwrap_or_default();
        return Ok(Err(Rejection::NotListed { registry: Registry::Laboratory, subject }));
    }
    Ok(Ok(()))
}

/// The item with what its class asks for.
struct Goods<'a> {
    item: ItemId,
    record: &'a ItemRecord,
    class: ledger::record::ClassRecord,
    grade: Grade,
}

pub(super) fn conditions<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    plan: &mut Plan,
    item: ItemId,
    before: &ItemRecord,
    effect: &Effect,
) -> Judged<Vec<Ground>> {
    let Some(class) = overlay.class(&before.class)? else {
        return Ok(Err(Rejection::ClassUnknown));
    };
    let grade = allowed!(lookup::grade(overlay, court.pack, &before.class, &class)?);
    let goods = Goods { item, record: before, class, grade };
    match effect {
        Effect::Assigned { grant } => assign(overlay, court, plan, &goods, *grant),
        Effect::Declared { exempt, research_only } => declare(overlay, court, plan, &goods, (*exempt, *research_only)),
        Effect::Arrived { port } => at_port(overlay, &goods, port),
        Effect::InspectionOrdered { premises: Some(premises) } => {
            let ground = allowed!(lookup::premises(overlay, court.pack, before.custodian, Some(*premises), 0)?);
            match court.signers.iter().any(|s| s.slot.org == before.custodian) {
                true => Ok(Ok(ground.into_iter().collect())),
                false => Ok(Err(Rejection::NotCustodian { item, custodian: before.custodian })),
            }
        }
        Effect::Inspected { result, video } => inspect(overlay, court, &goods, *result, video.is_some()),
        Effect::Tested { passed, laboratory: _, report } => {
            if let (Some(id), true) = (before.grant, *passed) {
                let mut grant = allowed!(plan.grant(overlay, id)?);
                grants::tested(&mut grant, *report);
                plan.grants.insert(id, grant);
            }
            Ok(Ok(Vec::new()))
        }
        Effect::Released { grant: _ } => release(overlay, plan, &goods),
        Effect::Exited { port } => exit(overlay, court, plan, &goods, port),
        _ => Ok(Ok(Vec::new())),
    }
}

fn differs<T>(grant: GrantId, what: &str) -> Judged<T> {
    Ok(Err(Rejection::GrantDiffers { grant, what: Text::new(what).unwrap_or_default() }))
}

/// Puts an item under a permit of its custodian, for what the permit is for (R9).
fn assign<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    plan: &mut Plan,
    goods: &Goods<'_>,
    id: GrantId,
) -> Judged<Vec<Ground>> {
    let grant = allowed!(plan.grant(overlay, id)?);
    let application = &grant.application;
    if application.kind != GrantKind::Permit {
        return differs(id, "kind");
    }
    if grant.holder != court.authority.principal {
        return Ok(Err(Rejection::GrantNotYours { grant: id, holder: grant.holder }));
    }
    if application.class != goods.record.class {
        return differs(id, "class");
    }
    // What is in the country already can only leave it, and what has a permit keeps its way.
    let way = match (goods.record.state, goods.record.grant) {
        (Lifecycle::Registered, _) => None,
        (Lifecycle::Permitted, Some(before)) => Some(allowed!(plan.grant(overlay, before)?).application.direction),
        _ => Some(Direction::Export),
    };
    if way.is_some_and(|way| way != application.direction) {
        return differs(id, "direction");
    }
    let (of_item, of_grant) = (goods.record.purpose, application.purpose);
    if of_item != of_grant && of_item != Purpose::Unstated && of_grant != Purpose::Unstated {
        return differs(id, "purpose");
    }
    allowed!(grants::still_valid(overlay, id, &grant)?);
    allowed!(grants::enough(id, &grant, &goods.record.on_hand));
    Ok(Ok(vec![Ground::Grant(id)]))
}

/// The permit of an item, in force; none where its grade needs none.
fn permit<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    plan: &mut Plan,
    goods: &Goods<'_>,
) -> Judged<Option<(GrantId, GrantRecord)>> {
    let Some(id) = goods.record.grant else {
        return match goods.grade.permit {
            true => Ok(Err(Rejection::PermitMissing { item: goods.item })),
            false => Ok(Ok(None)),
        };
    };
    let grant = allowed!(plan.grant(overlay, id)?);
    Ok(Ok(Some((id, grant))))
}

fn declare<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    plan: &mut Plan,
    goods: &Goods<'_>,
    (exempt, research_only): (bool, bool),
) -> Judged<Vec<Ground>> {
    let mut grounds = Vec::new();
    let permit = allowed!(permit(overlay, plan, goods)?);
    if let Some((id, grant)) = &permit {
        allowed!(grants::still_valid(overlay, *id, grant)?);
        grounds.push(Ground::Grant(*id));
    }
    grounds.extend(allowed!(clearance(overlay, court, goods, permit.as_ref(), research_only)?));
    if exempt {
        let open = Open {
            lane: Lane::DeclarationExempt,
            org: goods.record.custodian,
            region: permit.as_ref().map(|(_, grant)| &grant.application.region),
            declared: permit.as_ref().map_or(0, |(_, grant)| grant.declared),
        };
        grounds.extend(allowed!(lane_open(overlay, court.pack, open, (goods.record.class, &goods.grade))?));
    }
    if let Some((id, mut grant)) = permit {
        grant.declared = grant.declared.saturating_add(1);
        plan.grants.insert(id, grant);
    }
    Ok(Ok(grounds))
}

/// The clearance proof (R25), or the line of the R&D white list in its place (R22).
fn clearance<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    goods: &Goods<'_>,
    permit: Option<&(GrantId, GrantRecord)>,
    research_only: bool,
) -> Judged<Vec<Ground>> {
    if !beside::needs_clearance(court, &goods.class) {
        return Ok(Ok(Vec::new()));
    }
    if research_only {
        let subject = Subject::OrgClass(goods.record.custodian, goods.record.class);
        let found = in_force(overlay, Registry::WhiteList, &subject, 0)?;
        return Ok(Ok(found.map(|found| found.ground).into_iter().collect()));
    }
    let rests_on = permit.map(|(_, grant)| grant.application.on.clone()).unwrap_or_default();
    for on in rests_on {
        let grant = allowed!(grants::read(overlay, on)?);
        if grant.application.kind == GrantKind::Clearance {
            allowed!(grants::still_valid(overlay, on, &grant)?);
            return Ok(Ok(vec![Ground::Grant(on)]));
        }
    }
    // Who asks for research goods claims the white list: then its rule refuses.
    let claims = goods.record.purpose == Purpose::Research
        || permit.is_some_and(|(_, grant)| grant.application.purpose == Purpose::Research);
    Ok(Err(Rejection::ClearanceMissing { item: goods.item, listed: Flag(claims) }))
}

fn at_port<S: StateRead>(overlay: &mut Overlay<'_, S>, goods: &Goods<'_>, port: &Text<16>) -> Judged<Vec<Ground>> {
    let Some(id) = goods.record.grant else { return Ok(Ok(Vec::new())) };
    let grant = allowed!(grants::read(overlay, id)?);
    let ports = &grant.application.ports;
    match ports.is_empty() || ports.contains(port) {
        true => Ok(Ok(vec![Ground::Grant(id)])),
        false => differs(id, "port"),
    }
}

fn inspect<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    goods: &Goods<'_>,
    result: InspectionResult,
    video: bool,
) -> Judged<Vec<Ground>> {
    let (item, record) = (goods.item, goods.record);
    let forbids = || Ok(Err(Rejection::StateForbids { item, act: ledger::Act::Inspect, state: record.state }));
    // Where laboratories are listed, what waits for a test is judged by the test (R12).
    if record.state == Lifecycle::TestPending && court.pack.pack.registry(Registry::Laboratory).is_some() {
        return forbids();
    }
    if result == InspectionResult::Exempt {
        if record.state == Lifecycle::Inspecting || record.state == Lifecycle::TestPending {
            return forbids();
        }
        let region = match record.grant {
            Some(id) => Some(allowed!(grants::read(overlay, id)?).application.region),
            None => None,
        };
        let lane = Lane::InspectionExempt;
        let open = Open { lane, org: record.custodian, region: region.as_ref(), declared: 0 };
        return lane_open(overlay, court.pack, open, (record.class, &goods.grade));
    }
    if record.state == Lifecycle::Inspecting && record.place.is_some() && !video {
        return Ok(Err(Rejection::VideoMissing));
    }
    if result == InspectionResult::Passed && goods.grade.test && record.state != Lifecycle::TestPending {
        // One test serves the later batches of its permit (R20).
        let tested = match record.grant {
            Some(id) => allowed!(grants::read(overlay, id)?).tested.is_some(),
            None => false,
        };
        if !tested {
            return Ok(Err(Rejection::TestMissing { item }));
        }
    }
    Ok(Ok(Vec::new()))
}

/// Release writes the goods off their permit (R20, R21).
fn release<S: StateRead>(overlay: &mut Overlay<'_, S>, plan: &mut Plan, goods: &Goods<'_>) -> Judged<Vec<Ground>> {
    let Some((id, mut grant)) = allowed!(permit(overlay, plan, goods)?) else {
        return Ok(Ok(Vec::new()));
    };
    // Written off at once and in full: by one release, whatever it holds.
    let by_this_act = plan.grants.contains_key(&id) && grant.mode == WriteOff::Once;
    if grant.state == GrantState::Exhausted && by_this_act {
        grant.state = GrantState::Granted;
    }
    allowed!(grants::still_valid(overlay, id, &grant)?);
    allowed!(grants::draw(id, &mut grant, &goods.record.on_hand));
    if grant.mode == WriteOff::Once {
        grant.state = GrantState::Exhausted;
    }
    plan.grants.insert(id, grant);
    Ok(Ok(vec![Ground::Grant(id)]))
}

/// Goods leave under an export permit, a human genetic resource also under its filing (R14).
fn exit<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    plan: &mut Plan,
    goods: &Goods<'_>,
    port: &Text<16>,
) -> Judged<Vec<Ground>> {
    let Some((id, grant)) = allowed!(permit(overlay, plan, goods)?) else {
        return Ok(Ok(Vec::new()));
    };
    if grant.application.direction != Direction::Export {
        return Ok(Err(Rejection::PermitMissing { item: goods.item }));
    }
    let mut grounds = allowed!(at_port(overlay, goods, port)?);
    if !grounds.contains(&Ground::Grant(id)) {
        grounds.push(Ground::Grant(id));
    }
    if goods.record.marks.hgr && court.pack.pack.grant(GrantKind::HgrFiling).is_some() {
        let mut filed = false;
        for on in &grant.application.on {
            let filing = allowed!(plan.grant(overlay, *on)?);
            if filing.application.kind == GrantKind::HgrFiling {
                allowed!(grants::still_valid(overlay, *on, &filing)?);
                grounds.push(Ground::Grant(*on));
                filed = true;
            }
        }
        // What is made of such a resource is one, whatever its class says.
        if !filed {
            return Ok(Err(Rejection::FilingMissing));
        }
    }
    Ok(Ok(grounds))
}
