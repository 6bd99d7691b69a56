//! Items: whether one allows an act, and what the act does to it.

use super::Authority;
use crate::{
    bounds::{MAX_CUSTODY_EXPIRY_MS, MAX_HOLDS},
    event::Effect,
    hash::Hash,
    id::{ItemId, NetworkId, OrgId},
    operation::{Act, CustodyPoint, HandoverTerms, InspectionResult, Operation},
    record::{ItemRecord, Lifecycle, PendingOffer, Stamp},
    rejection::Rejection,
    text::Text,
    time::Timestamp,
    transaction::TxBody,
};
use gs1::Quantity;

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
) -> Result<Option<Effect>, Rejection> {
    let act = body.operation.act();
    let subject = Subject { item, record, act, principal: authority.principal };
    let now = at.time;
    let effect = match &body.operation {
        Operation::Declare { list: _, private: _ } => subject.declare()?,
        Operation::Inspect { list: _, result, private: _ } => subject.inspect(*result)?,
        Operation::Release { list: _ } => subject.release()?,
        Operation::Offer { terms } => subject.make_offer(network, terms, now)?,
        Operation::Handover { terms } => subject.hand_over(network, terms, now)?,
        Operation::Accept { item: _, terms, at: point } => subject.accept(terms, point, now)?,
        Operation::Refuse { item: _, terms, reason: _ } => subject.refuse(terms)?,
        Operation::Withdraw { item: _, terms } => subject.withdraw(terms)?,
        Operation::Use { item: _, at: point, quantity, private: _ } => subject.use_some(point, quantity)?,
        Operation::Dispose { item: _, at: point, quantity, private: _ } => subject.dispose_of(point, quantity)?,
        Operation::PlaceHold { item: _, reason } => subject.place_hold(reason)?,
        Operation::LiftHold { item: _, placed } => subject.lift_hold(*placed)?,
        Operation::RegisterOrg { .. }
        | Operation::RegisterKey { .. }
        | Operation::RotateKey { .. }
        | Operation::EndKey { .. }
        | Operation::RegisterNode { .. }
        | Operation::EndNode { .. }
        | Operation::RegisterClass { .. }
        | Operation::AssertHs { .. }
        | Operation::Register { .. } => return Ok(None),
    };
    Ok(Some(effect))
}

/// Checks a quantity by itself: more than nothing, and one piece for a serial.
pub fn check_quantity(code: &gs1::ItemCode, quantity: &Quantity) -> Result<(), Rejection> {
    if quantity.is_zero() {
        return Err(Rejection::QuantityZero);
    }
    match code {
        gs1::ItemCode::Serial { .. } if !quantity.is_one_piece() => Err(Rejection::SerialNotOnePiece),
        gs1::ItemCode::Serial { .. } | gs1::ItemCode::Lot { .. } | gs1::ItemCode::Other { .. } => Ok(()),
    }
}

/// One item under one act: first what each act asks of it, then the single questions.
struct Subject<'a> {
    item: &'a ItemId,
    record: &'a ItemRecord,
    act: Act,
    principal: OrgId,
}

impl Subject<'_> {
    fn declare(&self) -> Result<Effect, Rejection> {
        self.held_by_principal()?;
        self.in_state(&[Lifecycle::Registered])?;
        self.not_on_hold()?;
        Ok(Effect::Declared)
    }

    fn inspect(&self, result: InspectionResult) -> Result<Effect, Rejection> {
        self.in_state(&[Lifecycle::Declared, Lifecycle::TestPending])?;
        self.not_on_hold()?;
        Ok(Effect::Inspected { result })
    }

    fn release(&self) -> Result<Effect, Rejection> {
        self.in_state(&[Lifecycle::Inspected])?;
        self.not_on_hold()?;
        Ok(Effect::Released)
    }

    fn make_offer(&self, network: &NetworkId, terms: &HandoverTerms, now: Timestamp) -> Result<Effect, Rejection> {
        self.can_hand_over(network, terms, now)?;
        self.no_offer_pending(now)?;
        let offer = PendingOffer { terms: terms.hash(), receiver: terms.receiver, expires: terms.expires };
        Ok(Effect::Offered { offer })
    }

    fn hand_over(&self, network: &NetworkId, terms: &HandoverTerms, now: Timestamp) -> Result<Effect, Rejection> {
        self.can_hand_over(network, terms, now)?;
        Ok(Effect::Moved { from: terms.giver, to: terms.receiver, terms: terms.hash() })
    }

    fn accept(&self, terms: &Hash, point: &CustodyPoint, now: Timestamp) -> Result<Effect, Rejection> {
        self.at_point(point)?;
        let offer = self.offer(terms)?;
        self.offered_to_principal(offer)?;
        self.in_state(&[Lifecycle::Released])?;
        self.not_on_hold()?;
        match offer.expires <= now {
            true => Err(Rejection::OfferExpired { item: *self.item, expires: offer.expires }),
            false => Ok(Effect::Moved { from: self.record.custodian, to: self.principal, terms: *terms }),
        }
    }

    fn refuse(&self, terms: &Hash) -> Result<Effect, Rejection> {
        self.offered_to_principal(self.offer(terms)?)?;
        Ok(Effect::OfferRefused { terms: *terms })
    }

    fn withdraw(&self, terms: &Hash) -> Result<Effect, Rejection> {
        self.held_by_principal()?;
        self.offer(terms)?;
        Ok(Effect::OfferWithdrawn { terms: *terms })
    }

    fn use_some(&self, point: &CustodyPoint, quantity: &Quantity) -> Result<Effect, Rejection> {
        self.at_point(point)?;
        self.held_by_principal()?;
        self.in_state(&[Lifecycle::Released])?;
        self.not_on_hold()?;
        self.has(quantity)?;
        Ok(Effect::Used { quantity: *quantity })
    }

    fn dispose_of(&self, point: &CustodyPoint, quantity: &Quantity) -> Result<Effect, Rejection> {
        self.at_point(point)?;
        self.held_by_principal()?;
        self.in_state(&[
            Lifecycle::Declared,
            Lifecycle::TestPending,
            Lifecycle::Inspected,
            Lifecycle::Failed,
            Lifecycle::Released,
        ])?;
        self.has(quantity)?;
        Ok(Effect::Disposed { quantity: *quantity })
    }

    fn place_hold(&self, reason: &Text<256>) -> Result<Effect, Rejection> {
        self.not_ended()?;
        match self.record.holds.len() >= MAX_HOLDS {
            true => Err(Rejection::HoldsFull { item: *self.item }),
            false => Ok(Effect::HoldPlaced { by: self.principal, reason: reason.clone() }),
        }
    }

    fn lift_hold(&self, placed: u64) -> Result<Effect, Rejection> {
        let item = *self.item;
        // Destruction ends the history of an item that is held too: nothing is recorded after it.
        self.not_ended()?;
        match self.record.holds.iter().find(|h| h.placed == placed) {
            None => Err(Rejection::HoldUnknown { item, placed }),
            Some(hold) if hold.by != self.principal => Err(Rejection::HoldNotYours { item, by: hold.by }),
            Some(hold) => Ok(Effect::HoldLifted { by: hold.by, placed }),
        }
    }

    fn held_by_principal(&self) -> Result<(), Rejection> {
        match self.record.custodian == self.principal {
            true => Ok(()),
            false => Err(Rejection::NotCustodian { item: *self.item, custodian: self.record.custodian }),
        }
    }

    fn in_state(&self, allowed: &[Lifecycle]) -> Result<(), Rejection> {
        match allowed.contains(&self.record.state) {
            true => Ok(()),
            false => Err(Rejection::StateForbids { item: *self.item, act: self.act, state: self.record.state }),
        }
    }

    fn not_ended(&self) -> Result<(), Rejection> {
        match self.record.state {
            Lifecycle::Consumed | Lifecycle::Disposed => {
                Err(Rejection::StateForbids { item: *self.item, act: self.act, state: self.record.state })
            }
            Lifecycle::Registered
            | Lifecycle::Declared
            | Lifecycle::TestPending
            | Lifecycle::Inspected
            | Lifecycle::Failed
            | Lifecycle::Released => Ok(()),
        }
    }

    /// Under a hold only lifting and destruction are allowed (R28).
    fn not_on_hold(&self) -> Result<(), Rejection> {
        match self.record.holds.first() {
            Some(hold) => Err(Rejection::Held { item: *self.item, by: hold.by }),
            None => Ok(()),
        }
    }

    fn at_point(&self, asked: &CustodyPoint) -> Result<(), Rejection> {
        let found = CustodyPoint { seq: self.record.custody_seq, trail: self.record.trail };
        match *asked == found {
            true => Ok(()),
            false => Err(Rejection::CustodyMoved { item: *self.item, asked: *asked, found }),
        }
    }

    fn can_hand_over(&self, network: &NetworkId, terms: &HandoverTerms, now: Timestamp) -> Result<(), Rejection> {
        if terms.network != *network || terms.item != *self.item || terms.giver != self.principal {
            return Err(Rejection::TermsInvalid);
        }
        if terms.receiver == terms.giver {
            return Err(Rejection::ReceiverIsGiver);
        }
        self.at_point(&terms.at)?;
        self.held_by_principal()?;
        self.in_state(&[Lifecycle::Released])?;
        self.not_on_hold()?;
        if terms.expires <= now {
            return Err(Rejection::OfferExpired { item: *self.item, expires: terms.expires });
        }
        match terms.expires.ms_since(now) > MAX_CUSTODY_EXPIRY_MS {
            true => Err(Rejection::TermsInvalid),
            false => Ok(()),
        }
    }

    fn no_offer_pending(&self, now: Timestamp) -> Result<(), Rejection> {
        match &self.record.offer {
            Some(PendingOffer { terms: _, receiver, expires }) if *expires > now => {
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
        match offer.receiver == self.principal {
            true => Ok(()),
            false => Err(Rejection::NotReceiver { item: *self.item, receiver: offer.receiver }),
        }
    }

    fn has(&self, quantity: &Quantity) -> Result<(), Rejection> {
        if quantity.is_zero() {
            return Err(Rejection::QuantityZero);
        }
        if quantity.unit() != self.record.on_hand.unit() {
            return Err(Rejection::UnitMismatch { item: *self.item });
        }
        let (on_hand, asked) = (self.record.on_hand.amount(), quantity.amount());
        match asked > on_hand {
            true => Err(Rejection::QuantityExceeded { item: *self.item, on_hand, asked }),
            false => Ok(()),
        }
    }
}
