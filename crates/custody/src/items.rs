//! Acts on items: registration, and everything that an item's record and events tell.

use crate::{
    execute::{Act, Pack},
    overlay::Overlay,
    registry::code_head,
};
use ledger::{
    Cause, ClassId, Effect, Event, Hash, ItemId, ItemRecord, Lifecycle, Operation, OrgId, Outcome, Rejection, StateKey,
    StateRead,
    block::{EventRef, FeedEntry},
    event,
    judge::{self, Authority, Signer, Target},
    operation::{EntryBody, Registration},
    record::{ClassCode, ClassRecord, CodeRecord},
    state::{ReadError, code_hash},
};
use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

type Judged<T> = Result<Result<T, Rejection>, ReadError>;

/// What an act would do to one item; nothing is written before every item of the act has been judged.
struct Planned {
    before: Option<ItemRecord>,
    after: ItemRecord,
    event: Event,
}

pub(crate) fn judge<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    act: Act<'_>,
    signers: &[Signer<'_>],
) -> Judged<Outcome> {
    let operation = &act.tx.body.operation;
    let authority = match judge::authorise_under(&pack.pack, pack.hash, operation, signers, Target::default()) {
        Ok(authority) => authority,
        Err(rejection) => return Ok(Err(rejection)),
    };
    // An offer to nobody could never be answered, and would open a feed that nobody owns.
    if let Operation::Offer { terms } = operation
        && overlay.org(&terms.receiver)?.is_none()
    {
        return Ok(Err(Rejection::OrgUnknown { org: terms.receiver }));
    }
    let mut codes = BTreeMap::new();
    let planned = match operation {
        Operation::Register { .. } => plan_registrations(overlay, act, &authority, &mut codes)?,
        _ => plan_acts(overlay, act, &authority)?,
    };
    let planned = match planned {
        Ok(planned) => planned,
        Err(rejection) => return Ok(Err(rejection)),
    };
    for (key, record) in codes {
        overlay.writes.put(StateKey::Code(key), &record);
    }
    let signer_orgs: BTreeSet<OrgId> = signers.iter().map(|s| s.slot.org).collect();
    let events = planned.into_iter().map(|p| write(overlay, p, &signer_orgs)).collect();
    Ok(Ok(Outcome::Accepted { events }))
}

/// Keeps the new record and tells the feeds of everyone the event touches.
fn write<S: StateRead>(overlay: &mut Overlay<'_, S>, planned: Planned, signers: &BTreeSet<OrgId>) -> EventRef {
    let Planned { before, after, event } = planned;
    let reference = EventRef { item: event.item, n: event.n, hash: event.hash() };
    let mut touched = signers.clone();
    touched.insert(after.custodian);
    touched.extend(after.offer.iter().map(|o| o.receiver));
    if let Some(before) = before {
        touched.insert(before.custodian);
        touched.extend(before.offer.iter().map(|o| o.receiver));
    }
    for org in touched {
        overlay.feed(org, &FeedEntry::Event(reference));
    }
    overlay.put_item(after, event);
    reference
}

fn plan_acts<S: StateRead>(overlay: &mut Overlay<'_, S>, act: Act<'_>, authority: &Authority) -> Judged<Vec<Planned>> {
    let body = &act.tx.body;
    let items = match body.operation.subject() {
        Some((item, _)) => vec![item],
        None => act.tx.entries.iter().filter_map(|e| item_of(&e.body)).collect(),
    };
    let mut seen = BTreeSet::new();
    let mut planned = Vec::with_capacity(items.len());
    for (index, item) in (0u32..).zip(items) {
        if !seen.insert(item) {
            return Ok(Err(Rejection::EntryRepeated { index }));
        }
        let Some(before) = overlay.item(&item)? else {
            return Ok(Err(Rejection::ItemUnknown { item }));
        };
        let effect = match judge::effect(&overlay.network, body, authority, &item, &before, overlay.at) {
            Ok(Some(effect)) => effect,
            Ok(None) => {
                return Ok(Err(Rejection::SignersWrong { act: body.operation.act() }));
            }
            Err(rejection) => return Ok(Err(rejection)),
        };
        let cause = Cause::Tx { id: act.id, index };
        match plan(overlay, item, Some(before), effect, cause, authority) {
            Ok(plan) => planned.push(plan),
            Err(rejection) => return Ok(Err(rejection)),
        }
    }
    Ok(Ok(planned))
}

fn item_of(body: &EntryBody) -> Option<ItemId> {
    match body {
        EntryBody::Item(item) => Some(*item),
        EntryBody::Registration(_) => None,
    }
}

/// The event of an effect and the record after it, through the one function that also replays them.
fn plan<S: StateRead>(
    overlay: &Overlay<'_, S>,
    item: ItemId,
    before: Option<ItemRecord>,
    effect: Effect,
    cause: Cause,
    authority: &Authority,
) -> Result<Planned, Rejection> {
    let n = before.as_ref().map_or(0, |r| r.count).saturating_add(1);
    let mut event = Event {
        item,
        n,
        cause,
        at: overlay.at,
        effect,
        state: Lifecycle::Registered,
        decision: Some(authority.decision.clone()),
        links: Vec::new(),
    };
    event.state = event::state_after(before.as_ref(), &event);
    match event::apply(&overlay.network, before.as_ref(), &event) {
        Ok(after) => Ok(Planned { before, after, event }),
        // The judgement before has excluded it; refusing is safer than a record that cannot be replayed.
        Err(_) => Err(Rejection::QuantityExceeded { item, on_hand: 0, asked: 0 }),
    }
}

fn plan_registrations<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    act: Act<'_>,
    authority: &Authority,
    codes: &mut BTreeMap<Hash, CodeRecord>,
) -> Judged<Vec<Planned>> {
    let mut classes: BTreeMap<ClassId, ClassRecord> = BTreeMap::new();
    let mut planned = Vec::with_capacity(act.tx.entries.len());
    for (index, entry) in (0u32..).zip(&act.tx.entries) {
        let EntryBody::Registration(registration) = &entry.body else {
            continue;
        };
        let class = match classes.entry(registration.class) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => match overlay.record(&StateKey::Class(registration.class))? {
                Some(class) => new.insert(class),
                None => return Ok(Err(Rejection::ClassUnknown)),
            },
        };
        if !code_is_of_class(registration, class) {
            return Ok(Err(Rejection::CodeNotOfClass));
        }
        if let Err(rejection) = judge::check_quantity(&registration.code, &registration.quantity) {
            return Ok(Err(rejection));
        }
        let item = ItemId::of(&overlay.network, &act.id, index);
        let key = code_hash(&registration.code);
        if codes.contains_key(&key) {
            return Ok(Err(Rejection::EntryRepeated { index }));
        }
        let before: Option<CodeRecord> = overlay.record(&StateKey::Code(key))?;
        let effect = registered(registration, authority.principal, before.as_ref());
        codes.insert(key, code_after(before, item));
        match plan(overlay, item, None, effect, Cause::Tx { id: act.id, index }, authority) {
            Ok(plan) => planned.push(plan),
            Err(rejection) => return Ok(Err(rejection)),
        }
    }
    Ok(Ok(planned))
}

/// The code record after one more registration.
pub(crate) fn code_after(before: Option<CodeRecord>, item: ItemId) -> CodeRecord {
    let (count, head) = before.map_or((0, Hash::default()), |c| (c.count, c.head));
    CodeRecord { count: count.saturating_add(1), head: code_head(&head, &item), latest: item }
}

/// The effect of a registration.
pub(crate) fn registered(registration: &Registration, custodian: OrgId, code: Option<&CodeRecord>) -> Effect {
    Effect::Registered {
        class: registration.class,
        code: registration.code.clone(),
        quantity: registration.quantity,
        custodian,
        previous: code.map(|c| c.latest),
        private: registration.private,
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
        (gs1::ItemCode::Lot { .. } | gs1::ItemCode::Serial { .. }, ClassCode::Other { .. })
        | (gs1::ItemCode::Other { .. }, ClassCode::Gtin(_)) => false,
    }
}
