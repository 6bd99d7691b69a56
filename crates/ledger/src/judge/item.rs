//! Items: whether one allows an act, and what the act does to it.

use super::{
    Authority, Beside,
    table::{Row, most_events, row},
};
use crate::{
    bounds::{MAX_CUSTODY_EXPIRY_MS, MAX_HOLDS, MAX_READING_AHEAD_MS},
    event::{Effect, Receiver},
    hash::Hash,
    id::{ItemId, NetworkId},
    operation::{Act, Bucket, CustodyPoint, HandoverTerms, Note, Operation, Purpose},
    record::{ItemRecord, Lifecycle, PendingOffer, Stamp},
    rejection::Rejection,
    text::Text,
    time::Timestamp,
    transaction::TxBody,
};
use gs1::{ItemCode, Quantity};

/// What an operation does to one item, or why the item does not allow it.
///
/// `None`: the operation is not one on an existing item.
pub fn effect(
    network: &NetworkId,
    body: &TxBody,
    authority: &Authority,
    item: &ItemId,
    record: &ItemRecord,
    at: Stamp,
    beside: &Beside,
) -> Result<Option<Effect>, Rejection> {
    let operation = &body.operation;
    let Some(row) = row(operation.act()) else { return Ok(None) };
    let subject = Subject { item, record, act: operation.act(), authority, beside };
    let point = operation.points().into_iter().find(|(of, _)| of == item).map(|(_, point)| point);
    match operation {
        Operation::Offer { terms } | Operation::Handover { terms } => subject.terms_fit(network, terms)?,
        _ => {}
    }
    subject.allows(row, point, operation)?;
    let now = at.time;
    let effect = match operation {
        Operation::Declare { list: _, exempt, private: _ } => {
            Effect::Declared { exempt: *exempt, research_only: beside.research_only }
        }
        Operation::Inspect { list: _, result, video, private: _ } => {
            Effect::Inspected { result: *result, video: *video }
        }
        Operation::Release { list: _ } => Effect::Released { grant: record.grant },
        Operation::Offer { terms } => subject.make_offer(terms, now)?,
        Operation::Handover { terms } => subject.hand_over(terms, now)?,
        Operation::Accept { item: _, terms, at: _ } => subject.accept(terms, now)?,
        Operation::Refuse { item: _, terms, reason: _ } => subject.refuse(terms)?,
        Operation::Withdraw { item: _, terms } => subject.withdraw(terms)?,
        Operation::Use { quantity, .. } => Effect::Used { quantity: subject.has(quantity)? },
        Operation::Dispose { quantity, .. } => subject.dispose_of(quantity)?,
        Operation::PlaceHold { item: _, reason } => subject.place_hold(reason)?,
        Operation::LiftHold { item: _, placed } => subject.lift_hold(*placed)?,
        Operation::Assign { list: _, grant } => Effect::Assigned { grant: *grant },
        Operation::Arrive { list: _, port } => Effect::Arrived { port: port.clone() },
        Operation::OrderInspection { list: _, premises } => Effect::InspectionOrdered { premises: *premises },
        Operation::Test { list: _, passed, report } => {
            Effect::Tested { passed: *passed, laboratory: authority.principal, report: *report }
        }
        Operation::Return { list: _, reason } => Effect::Returned { reason: reason.clone() },
        Operation::Destroy { list: _, reason } => Effect::Destroyed { reason: reason.clone() },
        Operation::Exit { list: _, port } => Effect::Exited { port: port.clone() },
        Operation::Store { list: _, premises, quarantine } => {
            Effect::Stored { premises: *premises, quarantine: *quarantine }
        }
        Operation::Waste { quantity, .. } => Effect::Wasted { quantity: subject.has(quantity)? },
        Operation::Lose { quantity, theft, .. } => {
            Effect::Lost { quantity: subject.has_with_waste(quantity)?, theft: *theft }
        }
        Operation::Correct { item: _, at: _, event, bucket, quantity, reason } => {
            subject.correct(*event, *bucket, quantity, reason)?
        }
        Operation::Note { list: _, note } => Effect::Noted { note: note.clone(), excursion: beside.excursion },
        Operation::Derive { kind, inputs, list: _ } => {
            let Some(input) = inputs.iter().find(|input| input.item == *item) else { return Ok(None) };
            Effect::Derived { kind: *kind, quantity: subject.has(&input.quantity)? }
        }
        Operation::Pack { unit, .. } if unit == item => Effect::Filled { more: true, by: beside.inside },
        Operation::Pack { .. } => Effect::Packed { into: beside.packed.ok_or(Rejection::NotUnit { item: *item })? },
        Operation::Unpack { unit, .. } if unit == item => Effect::Filled { more: false, by: beside.inside },
        Operation::Unpack { unit, .. } => subject.unpack(unit)?,
        Operation::Report { last, .. } => subject.report(*last)?,
        Operation::Depart { item: _, at: _, to } => subject.depart(*to, now)?,
        Operation::RegisterOrg { .. }
        | Operation::RegisterKey { .. }
        | Operation::RotateKey { .. }
        | Operation::EndKey { .. }
        | Operation::RegisterNode { .. }
        | Operation::EndNode { .. }
        | Operation::RegisterClass { .. }
        | Operation::AssertHs { .. }
        | Operation::Register { .. }
        | Operation::Apply { .. }
        | Operation::Pause { .. }
        | Operation::Resume { .. }
        | Operation::Decide { .. }
        | Operation::Cancel { .. }
        | Operation::Demand { .. }
        | Operation::Answer { .. }
        | Operation::Enact { .. }
        | Operation::Propose { .. }
        | Operation::Approve { .. }
        | Operation::Retract { .. }
        | Operation::CloseAlert { .. }
        | Operation::AdvanceClock { .. }
        | Operation::Anchor { .. }
        | Operation::Share { .. }
        | Operation::EndShare { .. }
        | Operation::SetSealKey { .. }
        | Operation::Land { .. } => return Ok(None),
    };
    Ok(Some(effect))
}

/// Checks a quantity by itself: more than nothing, and one piece for a serial or a unit.
pub fn check_quantity(code: &ItemCode, quantity: &Quantity) -> Result<(), Rejection> {
    if quantity.is_zero() {
        return Err(Rejection::QuantityZero);
    }
    match code {
        ItemCode::Serial { .. } | ItemCode::Unit { .. } if !quantity.is_one_piece() => {
            Err(Rejection::SerialNotOnePiece)
        }
        ItemCode::Serial { .. } | ItemCode::Unit { .. } | ItemCode::Lot { .. } | ItemCode::Other { .. } => Ok(()),
    }
}

/// Checks a fact about an item: what was counted is of its unit, and readings run forward and end with the block, but for
/// the clock of an instrument.
pub fn check_note(note: &Note, item: &ItemId, record: &ItemRecord, at: Stamp) -> Result<(), Rejection> {
    match note {
        Note::SelfCheck { counted, report: _ } => match counted.unit() == record.on_hand.unit() {
            true => Ok(()),
            false => Err(Rejection::UnitMismatch { item: *item }),
        },
        Note::Telemetry { from, to, min, max, .. } => {
            let latest = at.time.plus_ms(MAX_READING_AHEAD_MS);
            if from > to || min > max {
                return Err(Rejection::DatesReversed);
            }
            match *to > latest {
                true => Err(Rejection::ReadingsAhead { latest }),
                false => Ok(()),
            }
        }
        Note::Expert { .. } | Note::Document { .. } => Ok(()),
    }
}

/// One item under one act: first what the table asks of it, then the single questions.
struct Subject<'a> {
    item: &'a ItemId,
    record: &'a ItemRecord,
    act: Act,
    authority: &'a Authority,
    beside: &'a Beside,
}

impl Subject<'_> {
    /// What the table asks, of what is still here: point of custody, custodian, state, holds, packing, room in the history.
    fn allows(&self, row: &Row, point: Option<CustodyPoint>, operation: &Operation) -> Result<(), Rejection> {
        let (item, record) = (*self.item, self.record);
        if record.state == Lifecycle::Departed {
            return Err(Rejection::Departed { item });
        }
        if let Some(point) = point {
            self.at_point(&point)?;
        }
        if let Operation::Accept { terms, .. } | Operation::Refuse { terms, .. } = operation {
            self.offered_to_principal(self.offer(terms)?)?;
        }
        if row.custodian && record.custodian != self.authority.principal {
            return Err(Rejection::NotCustodian { item, custodian: record.custodian });
        }
        if !row.from.contains(&record.state) {
            return Err(match self.act {
                Act::Depart => Rejection::DepartState { item, state: record.state },
                act => Rejection::StateForbids { item, act, state: record.state },
            });
        }
        // Under a hold only quarantine, coming out of a unit, lifting and destruction are allowed (R28).
        let quarantine = matches!(operation, Operation::Store { quarantine: true, .. });
        if let Some(hold) = record.holds.first()
            && !row.held
            && !quarantine
        {
            return Err(Rejection::Held { item, by: hold.by.first().copied().unwrap_or_default() });
        }
        if let Some(packed) = &record.container
            && !row.packed
        {
            return Err(Rejection::Packed { item, unit: packed.unit });
        }
        match &record.inside {
            None => {}
            Some(_) if !row.unit => return Err(Rejection::NotUnit { item }),
            Some(inside) if row.custody && inside.held > 0 => {
                return Err(Rejection::UnitBlocked { unit: item, held: inside.held });
            }
            Some(inside) if row.empty && inside.items > 0 => return Err(Rejection::UnitNotEmpty { unit: item }),
            Some(_) => {}
        }
        match most_events(self.act) {
            Some(most) if record.count >= most => Err(Rejection::HistoryFull { item, count: record.count }),
            Some(_) | None => Ok(()),
        }
    }

    fn terms_fit(&self, network: &NetworkId, terms: &HandoverTerms) -> Result<(), Rejection> {
        if terms.network != *network || terms.item != *self.item || terms.giver != self.authority.principal {
            return Err(Rejection::TermsInvalid);
        }
        match terms.receiver == terms.giver {
            true => Err(Rejection::ReceiverIsGiver),
            false => Ok(()),
        }
    }

    fn can_hand_over(&self, terms: &HandoverTerms, now: Timestamp) -> Result<(), Rejection> {
        if terms.expires <= now {
            return Err(Rejection::TermsExpired { item: *self.item, expires: terms.expires });
        }
        if terms.expires.ms_since(now) > MAX_CUSTODY_EXPIRY_MS {
            return Err(Rejection::TermsInvalid);
        }
        self.goes_to(self.beside.receiver, terms.purpose)
    }

    /// Waste goes to who carries it or disposes of it, what has left the country to a carrier or abroad, and what is for
    /// research only to research (R24).
    fn goes_to(&self, receiver: Receiver, purpose: Purpose) -> Result<(), Rejection> {
        let item = *self.item;
        let fits = match self.record.state {
            Lifecycle::Waste | Lifecycle::WasteInTransit => {
                matches!(receiver, Receiver::Carrier | Receiver::Disposer)
            }
            Lifecycle::Exited => matches!(receiver, Receiver::Carrier | Receiver::Partner),
            _ => true,
        };
        if !fits {
            return Err(Rejection::ReceiverUnfit { item });
        }
        let inside = self.record.inside.is_some_and(|inside| inside.research_only > 0);
        match (self.record.marks.research_only || inside) && !purpose.fits_research() {
            true => Err(Rejection::PurposeForbidden { item, purpose }),
            false => Ok(()),
        }
    }

    fn make_offer(&self, terms: &HandoverTerms, now: Timestamp) -> Result<Effect, Rejection> {
        self.can_hand_over(terms, now)?;
        self.no_offer_pending(now)?;
        let HandoverTerms { receiver, expires, purpose, premises, .. } = terms;
        let offer = PendingOffer {
            terms: terms.hash(),
            receiver: *receiver,
            expires: *expires,
            purpose: *purpose,
            premises: *premises,
        };
        Ok(Effect::Offered { offer })
    }

    fn hand_over(&self, terms: &HandoverTerms, now: Timestamp) -> Result<Effect, Rejection> {
        self.can_hand_over(terms, now)?;
        Ok(Effect::Moved {
            from: terms.giver,
            to: terms.receiver,
            terms: terms.hash(),
            receiver: self.beside.receiver,
            place: terms.premises,
        })
    }

    fn accept(&self, terms: &Hash, now: Timestamp) -> Result<Effect, Rejection> {
        let offer = self.offer(terms)?;
        if offer.expires <= now {
            return Err(Rejection::OfferExpired { item: *self.item, expires: offer.expires });
        }
        self.goes_to(self.beside.receiver, offer.purpose)?;
        Ok(Effect::Moved {
            from: self.record.custodian,
            to: self.authority.principal,
            terms: *terms,
            receiver: self.beside.receiver,
            place: offer.premises,
        })
    }

    fn refuse(&self, terms: &Hash) -> Result<Effect, Rejection> {
        self.offer(terms)?;
        Ok(Effect::OfferRefused { terms: *terms })
    }

    fn withdraw(&self, terms: &Hash) -> Result<Effect, Rejection> {
        self.offer(terms)?;
        Ok(Effect::OfferWithdrawn { terms: *terms })
    }

    fn dispose_of(&self, quantity: &Quantity) -> Result<Effect, Rejection> {
        Ok(Effect::Disposed { quantity: self.has_with_waste(quantity)? })
    }

    fn place_hold(&self, reason: &Text<256>) -> Result<Effect, Rejection> {
        match self.record.holds.len() >= MAX_HOLDS {
            true => Err(Rejection::HoldsFull { item: *self.item }),
            false => Ok(Effect::HoldPlaced { by: self.authority.orgs.clone(), reason: reason.clone() }),
        }
    }

    /// The agencies that placed it lift it; several others may, who then have to be a quorum: that is judged where the
    /// seats are known.
    fn lift_hold(&self, placed: u64) -> Result<Effect, Rejection> {
        let item = *self.item;
        let Some(hold) = self.record.holds.iter().find(|h| h.placed == placed) else {
            return Err(Rejection::HoldUnknown { item, placed });
        };
        let by = &self.authority.orgs;
        let placers = hold.by.iter().all(|org| by.contains(org));
        match placers || by.len() > 1 {
            true => Ok(Effect::HoldLifted { by: by.clone(), placed }),
            false => Err(Rejection::HoldNotYours { item, by: hold.by.first().copied().unwrap_or_default() }),
        }
    }

    /// What the named event booked is not known here: the state holds records, not events. What the bucket has bounds it.
    fn correct(
        &self,
        event: u64,
        bucket: Bucket,
        quantity: &Quantity,
        reason: &Text<256>,
    ) -> Result<Effect, Rejection> {
        let item = *self.item;
        let booked = match bucket {
            Bucket::Used => &self.record.used,
            Bucket::Wasted => &self.record.wasted,
            Bucket::Lost => &self.record.lost,
        };
        if quantity.is_zero() {
            return Err(Rejection::QuantityZero);
        }
        if quantity.unit() != booked.unit() {
            return Err(Rejection::UnitMismatch { item });
        }
        let count = self.record.count;
        if event == 0 || event > count {
            return Err(Rejection::EventUnknown { item, event, count });
        }
        if quantity.amount() > booked.amount() {
            let (booked, asked) = (booked.amount(), quantity.amount());
            return Err(Rejection::CorrectionExceeds { item, booked, asked });
        }
        Ok(Effect::Corrected { event, bucket, quantity: *quantity, reason: reason.clone() })
    }

    fn unpack(&self, unit: &ItemId) -> Result<Effect, Rejection> {
        let item = *self.item;
        match self.record.container {
            Some(packed) if packed.unit == *unit => {}
            Some(_) | None => return Err(Rejection::NotPacked { item }),
        }
        let (custodian, state, place) = self.beside.unpacked.ok_or(Rejection::NotUnit { item })?;
        Ok(Effect::Unpacked { unit: *unit, custodian, state, place })
    }

    /// What a report states of this item (R15).
    fn report(&self, last: bool) -> Result<Effect, Rejection> {
        let item = *self.item;
        let Some(usage) = &self.beside.usage else {
            return Err(Rejection::ItemUnknown { item });
        };
        let on_hand = &self.record.on_hand;
        if [&usage.used, &usage.disposed, &usage.left].into_iter().any(|q| q.unit() != on_hand.unit()) {
            return Err(Rejection::UnitMismatch { item });
        }
        let stated = usage.used.amount().saturating_add(usage.disposed.amount()).saturating_add(usage.left.amount());
        if stated != on_hand.amount() {
            return Err(Rejection::ReportDiffers { left: on_hand.amount(), stated });
        }
        Ok(Effect::Reported { used: usage.used, disposed: usage.disposed, last: last && usage.left.is_zero() })
    }

    /// What departs is whole and free: what is in quarantine stays, and waste does not stay behind.
    fn depart(&self, to: NetworkId, now: Timestamp) -> Result<Effect, Rejection> {
        let record = self.record;
        if record.quarantined || !record.wasted.is_zero() {
            return Err(Rejection::DepartState { item: *self.item, state: record.state });
        }
        self.no_offer_pending(now)?;
        Ok(Effect::Departed { to })
    }

    fn at_point(&self, asked: &CustodyPoint) -> Result<(), Rejection> {
        let found = CustodyPoint { seq: self.record.custody_seq, trail: self.record.trail };
        match *asked == found {
            true => Ok(()),
            false => Err(Rejection::CustodyMoved { item: *self.item, asked: *asked, found }),
        }
    }

    fn no_offer_pending(&self, now: Timestamp) -> Result<(), Rejection> {
        match &self.record.offer {
            Some(PendingOffer { receiver, expires, .. }) if *expires > now => {
                Err(Rejection::OfferPending { item: *self.item, receiver: *receiver, expires: *expires })
            }
            _ => Ok(()),
        }
    }

    fn offer(&self, terms: &Hash) -> Result<&PendingOffer, Rejection> {
        match &self.record.offer {
            Some(offer) if offer.terms == *terms => Ok(offer),
            _ => Err(Rejection::OfferUnknown { item: *self.item }),
        }
    }

    fn offered_to_principal(&self, offer: &PendingOffer) -> Result<(), Rejection> {
        match offer.receiver == self.authority.principal {
            true => Ok(()),
            false => Err(Rejection::NotReceiver { item: *self.item, receiver: offer.receiver }),
        }
    }

    /// The quantity, if so much is on hand.
    fn has(&self, quantity: &Quantity) -> Result<Quantity, Rejection> {
        self.within(quantity, &self.record.on_hand)
    }

    /// The quantity, if so much is on hand or wasted.
    fn has_with_waste(&self, quantity: &Quantity) -> Result<Quantity, Rejection> {
        let record = self.record;
        self.within(quantity, &record.on_hand.checked_add(record.wasted).unwrap_or(record.on_hand))
    }

    fn within(&self, quantity: &Quantity, limit: &Quantity) -> Result<Quantity, Rejection> {
        if quantity.is_zero() {
            return Err(Rejection::QuantityZero);
        }
        if quantity.unit() != limit.unit() {
            return Err(Rejection::UnitMismatch { item: *self.item });
        }
        let (on_hand, asked) = (limit.amount(), quantity.amount());
        match asked > on_hand {
            true => Err(Rejection::QuantityExceeded { item: *self.item, on_hand, asked }),
            false => Ok(*quantity),
        }
    }
}
