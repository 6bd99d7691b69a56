//! Keys, competence and effect, by the functions that executed the act.
//!
//! What stood in records of other items, of registries or of grants is not in a bundle: there the certified event is
//! taken at its word. What the transaction or a record of the bundle says, however, is held against it.

use super::subject::Said;
use crate::{
    parts::{History, Parts, Tx},
    problem::Problem,
};
use ledger::{
    Effect, Event, ItemRecord, Operation, Rejection, Role, Text,
    bounds::MAX_GROUNDS,
    event::Receiver,
    judge::{self, Authority, Beside, Moment, Signer, Target},
    operation::{Purpose, Registration, Usage},
    passage::{self, Passage, PassageError},
    record::{Inside, Marks, Packed},
};

/// Checks an event against the transaction that caused it.
///
/// `history`: of whose item it is; `signers`: with the organisations as they were; `before`: the record before the event.
pub(super) fn check(
    parts: &Parts,
    history: &History,
    (event, tx): (&Event, &Tx),
    signers: &[Signer<'_>],
    said: Said<'_>,
    before: Option<&ItemRecord>,
) -> Result<(), Problem> {
    let n = event.n;
    let Some(decision) = &event.decision else { return Err(Problem::DecisionDiffers { n }) };
    let pack = parts.pack(&decision.pack)?;
    let refused = |r: Rejection| Problem::KeyRefused { n, code: r.code(), name: r.name() };
    judge::check_keys(signers, tx.body.expires, event.at, Moment::Replaying).map_err(refused)?;
    if let Some(gone) = signers.iter().find(|signer| signer.org.left.is_some()) {
        return Err(refused(Rejection::OrgLeft { org: gone.slot.org }));
    }
    let authority = judge::authorise_under(pack, decision.pack, &tx.body.operation, signers, Target::default())
        .map_err(|r| Problem::NotCompetent { n, code: r.code(), name: r.name() })?;
    let grounds = decision.grounds.clone();
    if grounds.len() > MAX_GROUNDS || authority.decision.clone().resting_on(grounds) != *decision {
        return Err(Problem::DecisionDiffers { n });
    }
    let case = Case { parts, history, event, tx, signers, authority: &authority };
    let expected = match (said, before) {
        (Said::Registration(registration), None) => case.registered(registration)?,
        (Said::Named, Some(before)) => case.done_to(before, None)?,
        (Said::Usage(usage), Some(before)) => case.done_to(before, Some(usage.clone()))?,
        (Said::Inside, Some(_)) => case.told_of_hold(),
        (Said::Passage(passage), None) => case.landed(passage)?,
        (Said::Registration(_) | Said::Passage(_), Some(_)) | (Said::Usage(_) | Said::Named | Said::Inside, None) => {
            None
        }
    };
    match expected.as_ref() == Some(&event.effect) && case.weighs_enough() {
        true => Ok(()),
        false => Err(Problem::EffectDiffers { n }),
    }
}

/// An event with what it is judged by.
struct Case<'a> {
    parts: &'a Parts,
    history: &'a History,
    event: &'a Event,
    tx: &'a Tx,
    signers: &'a [Signer<'a>],
    authority: &'a Authority,
}

impl Case<'_> {
    fn forbidden(&self, r: Rejection) -> Problem {
        Problem::Forbidden { n: self.event.n, code: r.code(), name: r.name() }
    }

    /// The effect on an item that is there; `usage`: what a report states of it.
    fn done_to(&self, before: &ItemRecord, usage: Option<Usage>) -> Result<Option<Effect>, Problem> {
        let Case { parts, history: _, event, tx, signers: _, authority } = self;
        self.by_its_holder(before).map_err(|r| self.forbidden(r))?;
        self.states_what_can_be(before).map_err(|r| self.forbidden(r))?;
        let network = &parts.anchor.header().network;
        judge::effect(network, &tx.body, authority, &event.item, before, event.at, &self.beside(usage))
            .map_err(|r| self.forbidden(r))
    }

    /// Who holds the item, where the table of acts leaves the question to those who know other records too.
    fn by_its_holder(&self, before: &ItemRecord) -> Result<(), Rejection> {
        let (item, custodian) = (self.event.item, before.custodian);
        let is_principal = self.authority.principal == custodian;
        let holds = match &self.tx.body.operation {
            Operation::Unpack { unit, at: _, list: _ } if *unit == item => match before.container {
                // What is in a unit comes out when that unit has come out of the one around it.
                Some(packed) => return Err(Rejection::Packed { item, unit: packed.unit }),
                None => is_principal,
            },
            Operation::Report { .. } => is_principal,
            // Of a packed item the unit around it tells who holds it.
            Operation::Note { .. } => {
                let by_custodian = self.signers.iter().any(|signer| signer.slot.role == Role::Custodian);
                is_principal || before.container.is_some() || !by_custodian
            }
            // On the firm's premises only with its consent (R11).
            Operation::OrderInspection { list: _, premises: Some(_) } => self.authority.orgs.contains(&custodian),
            _ => true,
        };
        match holds {
            true => Ok(()),
            false => Err(Rejection::NotCustodian { item, custodian }),
        }
    }

    /// What the act states of the item, where the table of acts leaves the question to the act's own rules.
    fn states_what_can_be(&self, before: &ItemRecord) -> Result<(), Rejection> {
        let item = self.event.item;
        match &self.tx.body.operation {
            Operation::Note { list: _, note } => judge::check_note(note, &item, before, self.event.at),
            Operation::Derive { kind, inputs, list: _ } => {
                let mut of_item = inputs.iter().filter(|input| input.item == item);
                match of_item.all(|input| judge::takes_enough(*kind, &input.quantity, before)) {
                    true => Ok(()),
                    false => Err(Rejection::ParentsDiffer { item }),
                }
            }
            _ => Ok(()),
        }
    }

    /// What the act found beside the item.
    fn beside(&self, usage: Option<Usage>) -> Beside {
        let told = Beside::told_by(&self.event.effect, usage);
        let receiver = match &self.tx.body.operation {
            Operation::Offer { terms } | Operation::Handover { terms } => terms.receiver,
            Operation::Accept { .. } => self.authority.principal,
            Operation::Pack { unit, at: _, list: _ } => {
                let packed = told.packed.map(|Packed { unit: _, level }| Packed { unit: *unit, level });
                return Beside { packed, ..told };
            }
            // Whoever unpacks holds the unit, and what comes out of it.
            Operation::Unpack { .. } => {
                let unpacked = told.unpacked.map(|(_, state, place)| (self.authority.principal, state, place));
                return Beside { unpacked, ..told };
            }
            _ => return told,
        };
        // Where the record is not here, the effect names somebody else, and so differs.
        match self.parts.org(&receiver) {
            Ok(org) => Beside { receiver: Receiver::of(org.profile.kind), ..told },
            Err(_) => told,
        }
    }

    /// The effect of a registration. Which registration came before under the code is the ledger's to say: the record
    /// of the item, certified, repeats it. What sticks to a derived item is held against its parents where they are here.
    fn registered(&self, registration: &Registration) -> Result<Option<Effect>, Problem> {
        let Registration { class, code, quantity, purpose, private } = registration;
        judge::check_quantity(code, quantity).map_err(|r| self.forbidden(r))?;
        let Effect::Registered { previous, marks, place, grant, .. } = &self.event.effect else { return Ok(None) };
        let of_class = Marks { hgr: self.parts.class_of(&self.history.item.value)?.hgr, research_only: false };
        let (origin, marks, place, grant) = match &self.tx.body.operation {
            Operation::Derive { kind, inputs: _, list: _ } => (Some(*kind), marks.and(of_class), *place, *grant),
            _ => (None, of_class, None, None),
        };
        // What is made of goods for research only is for research only, and was signed for nothing else (R24).
        if marks.research_only && !purpose.fits_research() {
            let (item, purpose) = (self.event.item, *purpose);
            return Err(self.forbidden(Rejection::PurposeForbidden { item, purpose }));
        }
        Ok(Some(Effect::Registered {
            class: *class,
            code: code.clone(),
            quantity: *quantity,
            custodian: self.authority.principal,
            previous: *previous,
            purpose: if marks.research_only { Purpose::Research } else { *purpose },
            marks,
            origin,
            place,
            grant,
            private: *private,
        }))
    }

    /// The effect of landing. Whether the seats that signed for the other network were those that were known here is the
    /// ledger's to say: its agencies asked when they executed the act, and certified the event.
    fn landed(&self, passage: &Passage) -> Result<Option<Effect>, Problem> {
        let Effect::Landed { previous, .. } = &self.event.effect else { return Ok(None) };
        let invalid = |error: PassageError| {
            self.forbidden(Rejection::PassageInvalid { what: Text::new(error.what()).unwrap_or_default() })
        };
        let arrived = passage::read(passage, self.parts.anchor.header().network).map_err(invalid)?;
        let custodian = arrived.departure.by;
        let by_custodian = self.signers.iter().any(|signer| signer.slot.role == Role::Custodian);
        match by_custodian && self.authority.principal != custodian {
            true => Err(self.forbidden(Rejection::LandingNotCustodian { custodian })),
            false => {
                let hgr = self.parts.class_of(&self.history.item.value)?.hgr;
                Ok(Some(arrived.effect(*previous, hgr)))
            }
        }
    }

    /// What a hold on something inside, or its end, tells a unit.
    fn told_of_hold(&self) -> Option<Effect> {
        let more = match &self.tx.body.operation {
            Operation::PlaceHold { .. } => true,
            Operation::LiftHold { .. } => false,
            _ => return None,
        };
        Some(Effect::Filled { more, by: Inside { held: 1, ..Inside::default() } })
    }

    /// What goes into a unit or comes out of it weighs an item each at least, so that offers of the unit end with it.
    fn weighs_enough(&self) -> bool {
        match (&self.event.effect, self.tx.body.operation.list()) {
            (Effect::Filled { more: _, by }, Some(list)) => by.items >= list.count,
            _ => true,
        }
    }
}
