//! The pure checks of competence, state and quantity, shared by the rules that execute and the verifier that replays.
//!
//! [`authorise`] asks who signed and whether they may; [`effect`] asks whether the item allows it and what it does to
//! it. Order of refusals: keys, signers, competence, point of custody, custodian, state, holds, offers, quantities.

use crate::{
    bounds::{MAX_CUSTODY_EXPIRY_MS, MAX_HOLDS},
    crypto::PublicKey,
    event::{Decision, Effect},
    hash::Hash,
    id::{ItemId, NetworkId, OrgId},
    operation::{Act, CustodyPoint, HandoverTerms, InspectionResult, Operation},
    policy::PolicyPack,
    record::{AgencyFunction, ItemRecord, KeyEndReason, KeyRecord, Lifecycle, OrgRecord, PendingOffer, Role, Stamp},
    rejection::Rejection,
    text::Text,
    time::Timestamp,
    transaction::{Slot, TxBody},
};
use gs1::Quantity;

/// A signer with the records it is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// Its slot.
    pub slot: &'a Slot,
    /// Record of its key.
    pub key: &'a KeyRecord,
    /// Record of its organisation.
    pub org: &'a OrgRecord,
}

/// When the judgement is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// In the block: a key that has ended by now ended before this act.
    Executing,
    /// Afterwards, from records of a later block: a key that ended in the very block of the act may have ended after it.
    Replaying,
}

/// Facts about the object of an operation on keys, nodes or organisations.
#[derive(Clone, Copy, Debug, Default)]
pub struct Target<'a> {
    /// The organisation that the operation is about.
    pub org: Option<(&'a OrgId, &'a OrgRecord)>,
}

/// Who acts, and under which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// The rule.
    pub decision: Decision,
    /// The organisation that acts: custodian, receiver of an answer, declarant, or agency.
    pub principal: OrgId,
    /// The receiver of a handover signed by both.
    pub receiver: Option<OrgId>,
}

/// Checks every signer's key: whose it is, for what, and whether it has ended.
pub fn check_keys(signers: &[Signer<'_>], expires: Timestamp, at: Stamp, moment: Moment) -> Result<(), Rejection> {
    for Signer { slot, key, org: _ } in signers {
        if key.org != slot.org {
            return Err(Rejection::KeyForeign { key: slot.key, org: slot.org });
        }
        if key.from.height > at.height {
            return Err(Rejection::KeyUnknown { key: slot.key });
        }
        if let Some(end) = &key.end {
            let ended = match moment {
                Moment::Executing => true,
                Moment::Replaying => at.height > end.at.height,
            };
            match end.reason {
                KeyEndReason::Compromised if ended => return Err(Rejection::KeyCompromised { key: slot.key }),
                KeyEndReason::Retired if ended && expires > end.at.time.plus_ms(MAX_CUSTODY_EXPIRY_MS) => {
                    return Err(Rejection::KeyRetired { key: slot.key });
                }
                KeyEndReason::Compromised | KeyEndReason::Retired => {}
            }
        }
        if !key.roles.has(slot.role) {
            return Err(Rejection::RoleNotHeld { key: slot.key, role: slot.role });
        }
    }
    Ok(())
}

/// Checks that the signers are those that the operation needs, and names the article.
///
/// See [`authorise_under`]; this one hashes the pack.
pub fn authorise(
    pack: &PolicyPack,
    operation: &Operation,
    signers: &[Signer<'_>],
    target: Target<'_>,
) -> Result<Authority, Rejection> {
    authorise_under(pack, pack.hash(), operation, signers, target)
}

/// The same under a pack whose hash is known: it is hashed once a block, not once a transaction.
pub fn authorise_under(
    pack: &PolicyPack,
    hash: crate::hash::Hash,
    operation: &Operation,
    signers: &[Signer<'_>],
    target: Target<'_>,
) -> Result<Authority, Rejection> {
    let act = operation.act();
    let wrong = Rejection::SignersWrong { act };
    let Some(rule) = pack.competence(act) else {
        return Err(wrong);
    };
    let agencies = rule.agencies.as_slice();
    let of_agency = target.org.is_some_and(|(_, record)| record.profile.kind.function().is_some());
    let mut receiver = None;
    let principal = match operation {
        Operation::RegisterOrg { .. }
        | Operation::RegisterClass { .. }
        | Operation::Inspect { .. }
        | Operation::Release { .. } => agency_signers(act, agencies, signers, Role::Officer)?,
        Operation::RegisterKey { org, claim: _ } => by_itself_or_agency(act, agencies, signers, org, of_agency)?,
        Operation::RegisterNode { org, peer: _, possession: _ } => {
            by_itself_or_agency(act, agencies, signers, org, of_agency)?
        }
        Operation::RotateKey { old, claim: _ } => match signers {
            [one] if one.slot.key == *old => one.slot.org,
            _ => return Err(wrong),
        },
        Operation::EndKey { key, reason: _ } => match (signers, target.org) {
            ([one], _) if one.slot.key == *key => one.slot.org,
            (_, Some((org, _))) => by_itself_or_agency(act, agencies, signers, org, of_agency)?,
            (_, None) => return Err(wrong),
        },
        Operation::EndNode { .. } => match target.org {
            Some((org, _)) => by_itself_or_agency(act, agencies, signers, org, of_agency)?,
            None => return Err(wrong),
        },
        Operation::Register { .. } | Operation::Declare { .. } => only(act, signers, Role::Declarant)?,
        Operation::Offer { .. } | Operation::Withdraw { .. } | Operation::Use { .. } => {
            only(act, signers, Role::Custodian)?
        }
        Operation::Accept { .. } | Operation::Refuse { .. } => only(act, signers, Role::Receiver)?,
        Operation::Handover { terms } => {
            let (givers, receivers) = part(signers, Role::Custodian);
            let to = only(act, &receivers, Role::Receiver)?;
            let from = only(act, &givers, Role::Custodian)?;
            if from != terms.giver || to != terms.receiver {
                return Err(wrong);
            }
            receiver = Some(to);
            from
        }
        Operation::Dispose { .. } => {
            let (holders, others) = part(signers, Role::Custodian);
            let holder = only(act, &holders, Role::Custodian)?;
            agency_signers(act, agencies, &others, Role::Countersigner)?;
            holder
        }
        Operation::PlaceHold { .. } | Operation::LiftHold { .. } => match signers {
            [one] if one.slot.role == Role::Officer && one.org.profile.kind.function().is_some() => one.slot.org,
            [one] if one.slot.role == Role::Officer => return Err(Rejection::NotCompetent { act, org: one.slot.org }),
            _ => return Err(wrong),
        },
    };
    let decision = Decision { pack: hash, version: pack.version, article: rule.article.clone() };
    Ok(Authority { decision, principal, receiver })
}

fn part<'a>(signers: &[Signer<'a>], role: Role) -> (Vec<Signer<'a>>, Vec<Signer<'a>>) {
    signers.iter().copied().partition(|s| s.slot.role == role)
}

fn only(act: Act, signers: &[Signer<'_>], role: Role) -> Result<OrgId, Rejection> {
    match signers {
        [one] if one.slot.role == role => Ok(one.slot.org),
        _ => Err(Rejection::SignersWrong { act }),
    }
}

/// One signer for each agency named, in the given role, and nobody else.
fn agency_signers(
    act: Act,
    agencies: &[AgencyFunction],
    signers: &[Signer<'_>],
    role: Role,
) -> Result<OrgId, Rejection> {
    let wrong = Rejection::SignersWrong { act };
    for signer in signers {
        let function = signer.org.profile.kind.function();
        if signer.slot.role != role {
            return Err(wrong);
        }
        if !function.is_some_and(|f| agencies.contains(&f)) {
            return Err(Rejection::NotCompetent { act, org: signer.slot.org });
        }
    }
    let signs = |agency: &AgencyFunction| {
        signers.iter().filter(|s| s.org.profile.kind.function() == Some(*agency)).count() == 1
    };
    match signers.first() {
        Some(first) if signers.len() == agencies.len() && agencies.iter().all(signs) => Ok(first.slot.org),
        _ => Err(wrong),
    }
}

/// An organisation's keys and nodes change by its own administrator; those of a firm also by the competent agency.
fn by_itself_or_agency(
    act: Act,
    agencies: &[AgencyFunction],
    signers: &[Signer<'_>],
    org: &OrgId,
    of_agency: bool,
) -> Result<OrgId, Rejection> {
    match signers {
        [one] if one.slot.role == Role::Administrator && one.slot.org == *org => Ok(*org),
        [one] if one.slot.role == Role::Administrator => Err(Rejection::NotCompetent { act, org: one.slot.org }),
        _ if of_agency => Err(Rejection::SignersWrong { act }),
        _ => agency_signers(act, agencies, signers, Role::Officer),
    }
}

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

/// Whether a key can be registered at all.
pub fn usable_key(key: &[u8; 32]) -> Result<PublicKey, Rejection> {
    PublicKey::from_bytes(*key).map_err(|_| Rejection::KeyUnusable)
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
