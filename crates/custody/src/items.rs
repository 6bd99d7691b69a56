//! Acts on items: registration, and everything that an item's record and events tell.
//!
//! An act is planned for every item before anything is written: what one item forbids, none undergoes.

mod beside;
mod border;
mod derive;
mod hands;
mod life;
mod passage;
mod units;

use crate::{
    Judged, alert, allowed,
    execute::{Act, Pack},
    grants,
    overlay::Overlay,
    registry::code_head,
    share,
};
use ledger::{
    Cause, Effect, Event, GrantId, Hash, ItemId, ItemRecord, Lifecycle, Operation, OrgId, Outcome, Rejection, StateKey,
    StateRead, Timestamp,
    block::{EventRef, FeedEntry},
    event::{self, Ground, Link},
    judge::{self, Authority, Beside, Signer, Target},
    operation::{EntryBody, Registration, Usage},
    record::{AlertKind, AlertSubject, ClassCode, ClassRecord, CodeRecord, DepartureRecord, Due, GrantRecord, Marks},
    state::{ReadError, code_hash},
};
pub(crate) use life::effective_custodian;
use std::collections::{BTreeMap, BTreeSet};

/// What an act would do to one item; nothing is written before every item of the act has been judged.
struct Planned {
    before: Option<ItemRecord>,
    after: ItemRecord,
    event: Event,
}

/// What an act would do to items and, beside them, to grants, codes, alerts and what becomes due.
#[derive(Default)]
struct Plan {
    items: Vec<Planned>,
    grants: BTreeMap<GrantId, GrantRecord>,
    codes: BTreeMap<Hash, CodeRecord>,
    alerts: Vec<(AlertKind, AlertSubject, Vec<OrgId>)>,
    settled: Vec<(AlertKind, AlertSubject)>,
    dues: Vec<(Timestamp, Due, bool)>,
    departures: Vec<(ItemId, DepartureRecord)>,
    landings: Vec<passage::Landing>,
}

impl Plan {
    /// A grant as it is after what is planned so far.
    fn grant<S: StateRead>(&mut self, overlay: &Overlay<'_, S>, id: GrantId) -> Judged<GrantRecord> {
        match self.grants.get(&id) {
            Some(grant) => Ok(Ok(grant.clone())),
            None => grants::read(overlay, id),
        }
    }

    fn alert(&mut self, kind: AlertKind, item: ItemId, orgs: &[OrgId]) {
        self.alerts.push((kind, AlertSubject::Item(item), orgs.to_vec()));
    }
}

/// What everything about one act is judged with.
struct Court<'c> {
    pack: &'c Pack,
    act: Act<'c>,
    authority: &'c Authority,
    signers: &'c [Signer<'c>],
}

pub(crate) fn judge<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    act: Act<'_>,
    signers: &[Signer<'_>],
) -> Judged<Outcome> {
    let operation = &act.tx.body.operation;
    let authority = allowed!(judge::authorise_under(&pack.pack, pack.hash, operation, signers, Target::default()));
    let court = Court { pack, act, authority: &authority, signers };
    let mut plan = Plan::default();
    match operation {
        Operation::Register { .. } => allowed!(plan_registrations(overlay, &court, &mut plan)?),
        Operation::Derive { kind, inputs, list: _ } => {
            allowed!(derive::plan_derivation(overlay, &court, &mut plan, *kind, inputs)?);
        }
        Operation::Pack { unit, .. } => allowed!(units::plan_packing(overlay, &court, &mut plan, *unit)?),
        Operation::Unpack { unit, .. } => allowed!(units::plan_unpacking(overlay, &court, &mut plan, *unit)?),
        Operation::Land { passage } => allowed!(passage::plan_landing(overlay, &court, &mut plan, passage)?),
        _ => allowed!(plan_acts(overlay, &court, &mut plan)?),
    }
    match operation {
        Operation::LiftHold { .. } => allowed!(life::lifted_by_enough(overlay, &court, &plan)?),
        Operation::Report { .. } => allowed!(life::plan_report(overlay, &court, &mut plan)?),
        _ => {}
    }
    hands::offers(&court, &mut plan);
    let signer_orgs: BTreeSet<OrgId> = signers.iter().map(|s| s.slot.org).collect();
    let events = write(overlay, &court, plan, &signer_orgs)?;
    Ok(Ok(Outcome::Accepted { events }))
}

/// Writes a whole plan.
fn write<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    plan: Plan,
    signers: &BTreeSet<OrgId>,
) -> Result<Vec<EventRef>, ReadError> {
    let Plan { items, grants, codes, alerts, settled, dues, departures, landings } = plan;
    for (key, record) in codes {
        overlay.put(StateKey::Code(key), &record);
    }
    for (id, record) in grants {
        overlay.put(StateKey::Grant(id), &record);
    }
    for (item, record) in departures {
        overlay.put(StateKey::Departure(item), &record);
    }
    for passage::Landing { network, there, here, class } in landings {
        overlay.put(StateKey::Landed(network, there), &here);
        if let Some((id, record)) = class {
            overlay.put_class(id, record);
        }
    }
    let mut events = Vec::with_capacity(items.len());
    for planned in items {
        events.push(write_one(overlay, planned, signers)?);
    }
    for (at, due, set) in dues {
        match set {
            true => overlay.schedule(at, due),
            false => overlay.unschedule(at, due)?,
        }
    }
    for (kind, subject) in settled {
        alert::settle(overlay, court.act, court.authority.principal, kind, subject)?;
    }
    for (kind, subject, orgs) in alerts {
        alert::raise(overlay, court.pack, kind, subject, &orgs)?;
    }
    Ok(events)
}

/// Keeps the new record and tells the feeds of everyone the event touches.
fn write_one<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    planned: Planned,
    signers: &BTreeSet<OrgId>,
) -> Result<EventRef, ReadError> {
    let Planned { before, after, event } = planned;
    let reference = EventRef { item: event.item, n: event.n, hash: event.hash() };
    let mut touched = signers.clone();
    touched.extend(share::shared_with(overlay, event.item, [before.as_ref(), Some(&after)])?);
    touched.insert(after.custodian);
    touched.extend(after.offer.iter().map(|o| o.receiver));
    if let Some(before) = before {
        touched.insert(before.custodian);
        touched.extend(before.offer.iter().map(|o| o.receiver));
        if before.custodian != after.custodian {
            share::moved(overlay, event.item, after.custodian)?;
        }
    }
    for org in touched {
        overlay.feed(org, &FeedEntry::Event(reference));
    }
    overlay.put_item(after, event);
    Ok(reference)
}

fn plan_acts<S: StateRead>(overlay: &mut Overlay<'_, S>, court: &Court<'_>, plan: &mut Plan) -> Judged<()> {
    let operation = &court.act.tx.body.operation;
    let items: Vec<(ItemId, Option<Usage>)> = match operation.subject() {
        Some((item, _)) => vec![(item, None)],
        None => court.act.tx.entries.iter().filter_map(|e| item_of(&e.body)).collect(),
    };
    allowed!(border::before(overlay, court)?);
    let mut seen = BTreeSet::new();
    for (index, (item, usage)) in (0u32..).zip(items) {
        if !seen.insert(item) {
            return Ok(Err(Rejection::EntryRepeated { index }));
        }
        let Some(before) = overlay.item(&item)? else {
            return Ok(Err(Rejection::ItemUnknown { item }));
        };
        let beside = allowed!(beside::of(overlay, court, &before, usage)?);
        let effect = allowed!(effect(overlay, court, &item, &before, &beside));
        let grounds = allowed!(conditions(overlay, court, plan, item, &before, &effect)?);
        let cause = Cause::Tx { id: court.act.id, index };
        let planned = allowed!(step(overlay, court, item, Some(before), effect, (cause, grounds, Vec::new())));
        plan.items.push(planned);
        units::tell_units(overlay, court, plan, cause)?;
    }
    Ok(Ok(()))
}

/// What the item itself allows, by the function that the verifier replays.
fn effect<S: StateRead>(
    overlay: &Overlay<'_, S>,
    court: &Court<'_>,
    item: &ItemId,
    before: &ItemRecord,
    beside: &Beside,
) -> Result<Effect, Rejection> {
    let body = &court.act.tx.body;
    match judge::effect(&overlay.network, body, court.authority, item, before, overlay.at, beside)? {
        Some(effect) => Ok(effect),
        None => Err(Rejection::SignersWrong { act: body.operation.act() }),
    }
}

/// What other records must say for it, and what follows for them.
fn conditions<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    plan: &mut Plan,
    item: ItemId,
    before: &ItemRecord,
    effect: &Effect,
) -> Judged<Vec<Ground>> {
    match effect {
        Effect::Assigned { .. }
        | Effect::Declared { .. }
        | Effect::Arrived { .. }
        | Effect::InspectionOrdered { .. }
        | Effect::Inspected { .. }
        | Effect::Tested { .. }
        | Effect::Released { .. }
        | Effect::Exited { .. } => border::conditions(overlay, court, plan, item, before, effect),
        Effect::Offered { .. } | Effect::Moved { .. } | Effect::OfferRefused { .. } | Effect::OfferWithdrawn { .. } => {
            hands::conditions(overlay, court, plan, item, before, effect)
        }
        Effect::Stored { .. }
        | Effect::Noted { .. }
        | Effect::Lost { .. }
        | Effect::HoldPlaced { .. }
        | Effect::HoldLifted { .. }
        | Effect::Disposed { .. } => life::conditions(overlay, court, plan, item, before, effect),
        Effect::Departed { to } => passage::departs(overlay, court, plan, (item, before), *to),
        Effect::Registered { .. }
        | Effect::Landed { .. }
        | Effect::Used { .. }
        | Effect::Wasted { .. }
        | Effect::Corrected { .. }
        | Effect::Derived { .. }
        | Effect::Packed { .. }
        | Effect::Unpacked { .. }
        | Effect::Filled { .. }
        | Effect::Returned { .. }
        | Effect::Destroyed { .. }
        | Effect::Reported { .. } => Ok(Ok(Vec::new())),
    }
}

fn item_of(body: &EntryBody) -> Option<(ItemId, Option<Usage>)> {
    match body {
        EntryBody::Item(item) => Some((*item, None)),
        EntryBody::Usage(usage) => Some((usage.item, Some(usage.clone()))),
        EntryBody::Registration(_) => None,
    }
}

/// The event of an effect and the record after it, through the one function that also replays them.
fn step<S: StateRead>(
    overlay: &Overlay<'_, S>,
    court: &Court<'_>,
    item: ItemId,
    before: Option<ItemRecord>,
    effect: Effect,
    (cause, mut grounds, links): (Cause, Vec<Ground>, Vec<Link>),
) -> Result<Planned, Rejection> {
    let n = before.as_ref().map_or(0, |r| r.count).saturating_add(1);
    grounds.truncate(ledger::bounds::MAX_GROUNDS);
    let mut event = Event {
        item,
        n,
        cause,
        at: overlay.at,
        effect,
        state: Lifecycle::Registered,
        decision: Some(court.authority.decision.clone().resting_on(grounds)),
        links,
    };
    event.state = event::state_after(before.as_ref(), &event);
    match event::apply(&overlay.network, before.as_ref(), &event) {
        Ok(after) => Ok(Planned { before, after, event }),
        // The judgement before has excluded it; refusing is safer than a record that cannot be replayed.
        Err(_) => Err(Rejection::QuantityExceeded { item, on_hand: 0, asked: 0 }),
    }
}

/// A link to an item as it is.
fn link(item: ItemId, record: &ItemRecord) -> Link {
    Link { item, count: record.count, head: record.head }
}

fn plan_registrations<S: StateRead>(overlay: &mut Overlay<'_, S>, court: &Court<'_>, plan: &mut Plan) -> Judged<()> {
    for (index, entry) in (0u32..).zip(&court.act.tx.entries) {
        let EntryBody::Registration(registration) = &entry.body else {
            continue;
        };
        let class = allowed!(class_of(overlay, registration)?);
        let item = ItemId::of(&overlay.network, &court.act.id, index);
        let key = code_hash(&registration.code);
        if plan.codes.contains_key(&key) {
            return Ok(Err(Rejection::EntryRepeated { index }));
        }
        let before: Option<CodeRecord> = overlay.record(&StateKey::Code(key))?;
        serial_twice(overlay, plan, (&registration.code, before.as_ref()), item, court.authority.principal)?;
        let marks = Marks { hgr: class.hgr, research_only: false };
        let effect = registered(registration, court.authority.principal, before.as_ref(), marks);
        plan.codes.insert(key, code_after(before, item));
        let cause = Cause::Tx { id: court.act.id, index };
        plan.items.push(allowed!(step(overlay, court, item, None, effect, (cause, Vec::new(), Vec::new()))));
    }
    Ok(Ok(()))
}

/// Alerts a serial whose last registration has not ended.
fn serial_twice<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    plan: &mut Plan,
    (code, before): (&gs1::ItemCode, Option<&CodeRecord>),
    item: ItemId,
    holder: OrgId,
) -> Result<(), ReadError> {
    if let (gs1::ItemCode::Serial { .. }, Some(before)) = (code, before)
        && let Some(other) = overlay.item(&before.latest)?
        && !other.state.is_ended()
    {
        plan.alert(AlertKind::SerialTwice, item, &[holder, other.custodian]);
    }
    Ok(())
}

/// The class of a registration, whose code and quantity fit it.
fn class_of<S: StateRead>(overlay: &mut Overlay<'_, S>, registration: &Registration) -> Judged<ClassRecord> {
    let Some(class) = overlay.class(&registration.class)? else {
        return Ok(Err(Rejection::ClassUnknown));
    };
    if !code_is_of_class(registration, &class) {
        return Ok(Err(Rejection::CodeNotOfClass));
    }
    allowed!(judge::check_quantity(&registration.code, &registration.quantity));
    Ok(Ok(class))
}

/// The code record after one more registration.
pub(crate) fn code_after(before: Option<CodeRecord>, item: ItemId) -> CodeRecord {
    let (count, head) = before.map_or((0, Hash::default()), |c| (c.count, c.head));
    CodeRecord { count: count.saturating_add(1), head: code_head(&head, &item), latest: item }
}

/// The effect of a registration.
pub(crate) fn registered(
    registration: &Registration,
    custodian: OrgId,
    code: Option<&CodeRecord>,
    marks: Marks,
) -> Effect {
    let Registration { class, code: item_code, quantity, purpose, private } = registration;
    Effect::Registered {
        class: *class,
        code: item_code.clone(),
        quantity: *quantity,
        custodian,
        previous: code.map(|c| c.latest),
        purpose: *purpose,
        marks,
        origin: None,
        place: None,
        grant: None,
        private: *private,
    }
}

/// A lot or serial carries the GTIN of its class; where there is none, the scheme of the class.
pub(crate) fn code_is_of_class(registration: &Registration, class: &ClassRecord) -> bool {
    match (&registration.code, &class.code) {
        (gs1::ItemCode::Lot { gtin, .. } | gs1::ItemCode::Serial { gtin, .. }, ClassCode::Gtin(of_class)) => {
            gtin == of_class
        }
        (gs1::ItemCode::Other { scheme, .. }, ClassCode::Other { scheme: of_class, .. }) => {
            scheme.as_str() == of_class.as_str()
        }
        (gs1::ItemCode::Unit { .. }, code) => code.is_of_units(),
        (gs1::ItemCode::Lot { .. } | gs1::ItemCode::Serial { .. }, ClassCode::Other { .. })
        | (gs1::ItemCode::Other { .. }, ClassCode::Gtin(_)) => false,
    }
}
