//! From one record to the next: what an event changes.

use super::{Cause, Effect, Event, Receiver, head_after, head_zero};
use crate::{
    bounds::{MAX_HOLDS, MAX_LINKS, MAX_SIGNERS},
    id::{ClassId, NetworkId, OrgId},
    operation::{Bucket, CustodyPoint, InspectionResult, Purpose},
    record::{Hold, ItemRecord, Lifecycle, Marks},
};
use gs1::{ItemCode, Quantity};

/// Why an event does not follow from a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Not the next number, or of another item.
    #[error("apply event {found} where event {expected} is due")]
    Order {
        /// Number that is due.
        expected: u64,
        /// Number found.
        found: u64,
    },
    /// The effect does not fit the state the item is in.
    #[error("apply event {n}: it does not fit what came before")]
    Effect {
        /// Number of the event.
        n: u64,
    },
    /// Quantities do not add up.
    #[error("apply event {n}: quantities do not add up")]
    Quantity {
        /// Number of the event.
        n: u64,
    },
    /// The state that the event states is not the one that follows.
    #[error("apply event {n}: the stated result is not what follows")]
    State {
        /// Number of the event.
        n: u64,
    },
}

/// The record after an event: of a first event (`before` is none) or a later one.
pub fn apply(network: &NetworkId, before: Option<&ItemRecord>, event: &Event) -> Result<ItemRecord, ApplyError> {
    let expected = before.map_or(0, |r| r.count).saturating_add(1);
    if event.n != expected {
        return Err(ApplyError::Order { expected, found: event.n });
    }
    if event.links.len() > MAX_LINKS {
        return Err(ApplyError::Effect { n: event.n });
    }
    let mut record = match before {
        None => opened(network, event)?,
        Some(record) => record.clone(),
    };
    let state = state_after(before, event);
    change(&mut record, event)?;
    record.state = state;
    if state != event.state {
        return Err(ApplyError::State { n: event.n });
    }
    record.count = event.n;
    record.head = head_after(&record.head, &event.hash());
    Ok(record)
}

/// The state that an event leads to, for whoever makes the event; [`apply`] checks the stated one.
pub fn state_after(before: Option<&ItemRecord>, event: &Event) -> Lifecycle {
    let same = before.map_or(Lifecycle::Registered, |r| r.state);
    // Whether the quantity is the last on hand, and what the item is then: waste that waits decides.
    let emptied = |quantity: &Quantity, then: Lifecycle, else_: Lifecycle| match before {
        Some(r) if r.on_hand.amount() <= quantity.amount() => match r.wasted.is_zero() {
            true => then,
            false => Lifecycle::Waste,
        },
        _ => else_,
    };
    match &event.effect {
        Effect::Registered { origin, code, .. } => match (event.cause, origin, code) {
            (Cause::Genesis, _, _) => Lifecycle::Released,
            (Cause::Tx { .. }, Some(_), _) | (Cause::Tx { .. }, None, ItemCode::Unit { .. }) => Lifecycle::Stored,
            (Cause::Tx { .. }, None, _) => Lifecycle::Registered,
        },
        Effect::Declared { exempt: false, .. } => Lifecycle::Declared,
        Effect::Declared { exempt: true, .. } => Lifecycle::DeclarationExempt,
        Effect::Inspected { result, .. } => match result {
            InspectionResult::Passed => Lifecycle::Inspected,
            InspectionResult::TestPending => Lifecycle::TestPending,
            InspectionResult::Failed => Lifecycle::Failed,
            InspectionResult::Exempt => Lifecycle::InspectionExempt,
        },
        Effect::Released { .. } => Lifecycle::Released,
        Effect::Moved { receiver, .. } => moved(same, *receiver),
        Effect::Used { quantity } => emptied(quantity, Lifecycle::Consumed, Lifecycle::InUse),
        Effect::Wasted { quantity } => match before {
            Some(r) if r.on_hand.amount() <= quantity.amount() => Lifecycle::Waste,
            _ => same,
        },
        Effect::Lost { quantity, .. } => match before {
            Some(r) if r.on_hand.amount().saturating_add(r.wasted.amount()) <= quantity.amount() => Lifecycle::Lost,
            // Waste that is lost in part stays with whoever has it.
            Some(r) if r.on_hand.is_zero() => same,
            _ => emptied(quantity, Lifecycle::Lost, same),
        },
        Effect::Derived { quantity, .. } => emptied(quantity, Lifecycle::Derived, same),
        Effect::Disposed { quantity } => match before {
            Some(r) if r.on_hand.amount().saturating_add(r.wasted.amount()) <= quantity.amount() => Lifecycle::Disposed,
            _ => same,
        },
        Effect::Corrected { .. } => match same {
            Lifecycle::Waste | Lifecycle::Consumed | Lifecycle::Lost => Lifecycle::Stored,
            other => other,
        },
        Effect::Assigned { .. } => match same {
            Lifecycle::Registered => Lifecycle::Permitted,
            Lifecycle::Released | Lifecycle::Stored | Lifecycle::InUse => Lifecycle::Permitted,
            other => other,
        },
        Effect::Arrived { .. } => Lifecycle::AtPort,
        Effect::InspectionOrdered { .. } => Lifecycle::Inspecting,
        Effect::Tested { passed: true, .. } => Lifecycle::Inspected,
        Effect::Tested { passed: false, .. } => Lifecycle::Failed,
        Effect::Returned { .. } => Lifecycle::Returned,
        Effect::Destroyed { .. } => Lifecycle::Destroyed,
        Effect::Exited { .. } => Lifecycle::Exited,
        Effect::Stored { .. } => Lifecycle::Stored,
        Effect::Unpacked { state, .. } => *state,
        Effect::Reported { last: true, .. } => Lifecycle::FinalUseReported,
        Effect::Departed { .. } => Lifecycle::Departed,
        Effect::Landed { state, .. } => *state,
        Effect::Reported { last: false, .. }
        | Effect::Offered { .. }
        | Effect::OfferRefused { .. }
        | Effect::OfferWithdrawn { .. }
        | Effect::HoldPlaced { .. }
        | Effect::HoldLifted { .. }
        | Effect::Noted { .. }
        | Effect::Packed { .. }
        | Effect::Filled { .. } => same,
    }
}

/// Where goods stand that changed hands: with a carrier in transit, abroad once they have left the country.
fn moved(before: Lifecycle, receiver: Receiver) -> Lifecycle {
    match (before, receiver) {
        (Lifecycle::Waste | Lifecycle::WasteInTransit, _) => Lifecycle::WasteInTransit,
        (Lifecycle::Exited, Receiver::Partner) => Lifecycle::ReceivedAbroad,
        (Lifecycle::Exited, Receiver::Holder | Receiver::Carrier | Receiver::Disposer) => Lifecycle::Exited,
        (_, Receiver::Carrier) => Lifecycle::InTransit,
        (_, Receiver::Holder | Receiver::Disposer | Receiver::Partner) => Lifecycle::Stored,
    }
}

/// The record of a first event, before the event itself is counted.
fn opened(network: &NetworkId, event: &Event) -> Result<ItemRecord, ApplyError> {
    match &event.effect {
        Effect::Registered {
            class,
            code,
            quantity,
            custodian,
            previous,
            purpose,
            marks,
            origin: _,
            place,
            grant,
            private,
        } => Ok(ItemRecord {
            marks: *marks,
            place: *place,
            grant: *grant,
            previous: *previous,
            private: *private,
            ..blank(network, event, (*class, code, *quantity), *custodian, *purpose)
        }),
        Effect::Landed {
            from: _,
            item: _,
            count: _,
            head: _,
            class,
            code,
            quantity,
            custodian,
            previous,
            purpose,
            marks,
            state: _,
        } => Ok(ItemRecord {
            marks: *marks,
            previous: *previous,
            ..blank(network, event, (*class, code, *quantity), *custodian, *purpose)
        }),
        _ => Err(ApplyError::Effect { n: event.n }),
    }
}

fn blank(
    network: &NetworkId,
    event: &Event,
    (class, code, quantity): (ClassId, &ItemCode, Quantity),
    custodian: OrgId,
    purpose: Purpose,
) -> ItemRecord {
    let start = CustodyPoint::start(&event.item);
    let none = Quantity::zero(quantity.unit());
    let is_unit = matches!(code, ItemCode::Unit { .. });
    ItemRecord {
        class,
        code: code.clone(),
        registrant: custodian,
        custodian,
        state: event.state,
        registered: quantity,
        on_hand: quantity,
        used: none,
        derived: none,
        wasted: none,
        lost: none,
        disposed: none,
        purpose,
        marks: Marks::default(),
        place: None,
        quarantined: false,
        grant: None,
        excursions: 0,
        holds: Vec::new(),
        container: None,
        inside: is_unit.then(Default::default),
        count: 0,
        head: head_zero(network, &event.item),
        custody_seq: start.seq,
        trail: start.trail,
        offer: None,
        previous: None,
        private: None,
    }
}

/// Moves the point of custody on: an act that changed custody or quantity voids a pending offer.
fn advance(record: &mut ItemRecord, event: &Event) -> Result<(), ApplyError> {
    let Cause::Tx { id, index: _ } = event.cause else {
        return Err(ApplyError::Effect { n: event.n });
    };
    let next = CustodyPoint { seq: record.custody_seq, trail: record.trail }.after(&id);
    record.custody_seq = next.seq;
    record.trail = next.trail;
    record.offer = None;
    Ok(())
}

fn change(record: &mut ItemRecord, event: &Event) -> Result<(), ApplyError> {
    match &event.effect {
        Effect::Registered { .. } | Effect::Landed { .. } if event.n == 1 => Ok(()),
        Effect::Registered { .. } | Effect::Landed { .. } => Err(ApplyError::Effect { n: event.n }),
        Effect::Declared { .. }
        | Effect::Inspected { .. }
        | Effect::Released { .. }
        | Effect::Assigned { .. }
        | Effect::Arrived { .. }
        | Effect::InspectionOrdered { .. }
        | Effect::Tested { .. }
        | Effect::Returned { .. }
        | Effect::Destroyed { .. }
        | Effect::Exited { .. }
        | Effect::Stored { .. }
        | Effect::Noted { .. } => border(record, event),
        Effect::Offered { .. }
        | Effect::Moved { .. }
        | Effect::OfferRefused { .. }
        | Effect::OfferWithdrawn { .. }
        | Effect::HoldPlaced { .. }
        | Effect::HoldLifted { .. } => hands(record, event),
        Effect::Used { .. }
        | Effect::Disposed { .. }
        | Effect::Wasted { .. }
        | Effect::Lost { .. }
        | Effect::Corrected { .. }
        | Effect::Derived { .. }
        | Effect::Reported { .. } => quantities(record, event),
        Effect::Packed { .. } | Effect::Unpacked { .. } | Effect::Filled { .. } => units(record, event),
        Effect::Departed { .. } => {
            record.place = None;
            advance(record, event)
        }
    }
}

/// What happens at the border, and what is only noted.
fn border(record: &mut ItemRecord, event: &Event) -> Result<(), ApplyError> {
    match &event.effect {
        Effect::Declared { exempt: _, research_only } => record.marks.research_only |= *research_only,
        Effect::Assigned { grant } => record.grant = Some(*grant),
        Effect::InspectionOrdered { premises } => record.place = *premises,
        Effect::Stored { premises, quarantine } => {
            record.place = Some(*premises);
            record.quarantined = *quarantine;
        }
        Effect::Exited { .. } | Effect::Returned { .. } => record.place = None,
        Effect::Destroyed { .. } => {
            let n = event.n;
            let all = record.on_hand;
            record.on_hand = Quantity::zero(all.unit());
            record.disposed = record.disposed.checked_add(all).map_err(|_| ApplyError::Quantity { n })?;
            advance(record, event)?;
        }
        Effect::Noted { note: _, excursion: true } => record.excursions = record.excursions.saturating_add(1),
        _ => {}
    }
    Ok(())
}

/// Custody and holds.
fn hands(record: &mut ItemRecord, event: &Event) -> Result<(), ApplyError> {
    let unfit = ApplyError::Effect { n: event.n };
    match &event.effect {
        Effect::Offered { offer } => record.offer = Some(offer.clone()),
        Effect::Moved { from, to, terms: _, receiver: _, place } => {
            if record.custodian != *from || from == to {
                return Err(unfit);
            }
            record.custodian = *to;
            record.place = *place;
            record.quarantined = false;
            advance(record, event)?;
        }
        Effect::OfferRefused { terms } | Effect::OfferWithdrawn { terms } => {
            match record.offer.as_ref().is_some_and(|o| o.terms == *terms) {
                true => record.offer = None,
                false => return Err(unfit),
            }
        }
        Effect::HoldPlaced { by, reason } => {
            if !signed_by(by) || record.holds.len() >= MAX_HOLDS {
                return Err(unfit);
            }
            record.holds.push(Hold { by: by.clone(), placed: event.n, reason: reason.clone() });
        }
        Effect::HoldLifted { by, placed } => {
            if !signed_by(by) {
                return Err(unfit);
            }
            let before = record.holds.len();
            record.holds.retain(|h| h.placed != *placed);
            if record.holds.len() == before {
                return Err(unfit);
            }
        }
        _ => return Err(unfit),
    }
    Ok(())
}

/// Agencies that can have signed together: one at least, each once, in order, and no more than a transaction has signers.
fn signed_by(orgs: &[OrgId]) -> bool {
    (1..=MAX_SIGNERS).contains(&orgs.len()) && orgs.windows(2).all(|two| matches!(two, [a, b] if a < b))
}

/// Quantities: from what is on hand into another account, and back by a correction.
fn quantities(record: &mut ItemRecord, event: &Event) -> Result<(), ApplyError> {
    let wrong = ApplyError::Quantity { n: event.n };
    let book = |from: &mut Quantity, to: &mut Quantity, quantity: Quantity| {
        let (less, more) = (from.checked_sub(quantity), to.checked_add(quantity));
        match (less, more) {
            (Ok(less), Ok(more)) => {
                (*from, *to) = (less, more);
                Ok(())
            }
            _ => Err(wrong.clone()),
        }
    };
    match &event.effect {
        Effect::Used { quantity } => book(&mut record.on_hand, &mut record.used, *quantity)?,
        Effect::Wasted { quantity } => book(&mut record.on_hand, &mut record.wasted, *quantity)?,
        Effect::Lost { quantity, theft: _ } => {
            let fresh = match record.on_hand.amount() < quantity.amount() {
                true => record.on_hand,
                false => *quantity,
            };
            let waste = quantity.checked_sub(fresh).map_err(|_| wrong.clone())?;
            book(&mut record.on_hand, &mut record.lost, fresh)?;
            book(&mut record.wasted, &mut record.lost, waste)?;
        }
        Effect::Derived { kind: _, quantity } => book(&mut record.on_hand, &mut record.derived, *quantity)?,
        Effect::Disposed { quantity } => {
            let waste = match record.wasted.amount() < quantity.amount() {
                true => record.wasted,
                false => *quantity,
            };
            let fresh = quantity.checked_sub(waste).map_err(|_| wrong.clone())?;
            book(&mut record.wasted, &mut record.disposed, waste)?;
            book(&mut record.on_hand, &mut record.disposed, fresh)?;
        }
        Effect::Corrected { event: _, bucket, quantity, reason: _ } => {
            let from = match bucket {
                Bucket::Used => &mut record.used,
                Bucket::Wasted => &mut record.wasted,
                Bucket::Lost => &mut record.lost,
            };
            book(from, &mut record.on_hand, *quantity)?;
        }
        Effect::Reported { used, disposed, last: _ } => {
            book(&mut record.on_hand, &mut record.used, *used)?;
            book(&mut record.on_hand, &mut record.disposed, *disposed)?;
        }
        _ => return Err(ApplyError::Effect { n: event.n }),
    }
    advance(record, event)
}

/// Packing. An item in a unit keeps the custodian it had; the unit's is in force, and becomes its own when it comes out.
fn units(record: &mut ItemRecord, event: &Event) -> Result<(), ApplyError> {
    let unfit = ApplyError::Effect { n: event.n };
    match &event.effect {
        Effect::Packed { into } => {
            if record.container.is_some() {
                return Err(unfit);
            }
            record.container = Some(*into);
            advance(record, event)
        }
        Effect::Unpacked { unit, custodian, state: _, place } => {
            if record.container.is_none_or(|packed| packed.unit != *unit) {
                return Err(unfit);
            }
            record.container = None;
            record.custodian = *custodian;
            record.place = *place;
            advance(record, event)
        }
        Effect::Filled { more, by } => {
            let inside = record.inside.as_ref().ok_or(unfit.clone())?;
            let after = if *more { inside.plus(by) } else { inside.minus(by) };
            record.inside = Some(after.ok_or(unfit)?);
            // Other contents are another thing to take over; a hold on them is not.
            if by.items > 0 { advance(record, event) } else { Ok(()) }
        }
        _ => Err(unfit),
    }
}
