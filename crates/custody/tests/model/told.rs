//! What events tell, and what must hold of it in every life.
//!
//! The checks know nothing of the rules: they replay events, add quantities, count codes and contents, and ask of each
//! event whose signatures stand under it.

use crate::world::*;
use custody::Execution;
use ledger::{
    Effect, Event, GrantId, Hash, ItemId, ItemRecord, Lifecycle, Operation, OrgId, Outcome, Role, StateKey, VerifiedTx,
    event,
    operation::{DeriveKind, GrantKind},
    record::{CodeRecord, Inside},
    state::code_hash,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What the events told so far.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) items: BTreeMap<ItemId, ItemRecord>,
    /// Registrations by code, in order.
    codes: BTreeMap<Hash, Vec<ItemId>>,
    /// Who offered, by the hash of the terms.
    offers: BTreeMap<Hash, OrgId>,
    /// What was written off each permit.
    written_off: BTreeMap<GrantId, u64>,
    /// What left under each filing and has not been reported as used up.
    abroad: BTreeMap<GrantId, u64>,
    /// Accepted acts and refusals by name, over all lives.
    pub(crate) seen: BTreeMap<&'static str, u64>,
}

impl Told {
    /// Begins another life.
    pub(crate) fn forget(&mut self) {
        *self = Told { seen: std::mem::take(&mut self.seen), ..Told::default() };
    }

    /// Takes in what a block did; the world is as the block left it.
    pub(crate) fn take_in(&mut self, world: &World, txs: &[Arc<VerifiedTx>], execution: &Execution) {
        let mut events = execution.events.iter();
        let mut touched = BTreeSet::new();
        for (tx, receipt) in txs.iter().zip(&execution.receipts) {
            let references = match &receipt.outcome {
                Outcome::Rejected { rejection, decision: _ } => {
                    *self.seen.entry(rejection.name()).or_default() += 1;
                    continue;
                }
                Outcome::Accepted { events } => events,
            };
            *self.seen.entry(tx.tx().body.operation.act().name()).or_default() += 1;
            let own: Vec<&Event> = events.by_ref().take(references.len()).collect();
            assert_eq!(own.len(), references.len(), "an event for each that the receipt names");
            for (event, reference) in own.iter().zip(references) {
                assert_eq!((event.item, event.n, event.hash()), (reference.item, reference.n, reference.hash));
                self.follow(world, tx, event);
                touched.insert(event.item);
            }
            check_derivation(tx, &own);
        }
        assert!(events.next().is_none(), "an event that no receipt names");
        for item in &touched {
            assert_eq!(world.item(*item), self.items[item], "the record is what the events tell");
            check_quantities(&self.items[item]);
        }
        self.check_codes(world);
        self.check_custody();
        self.check_grants(world);
    }

    fn follow(&mut self, world: &World, tx: &VerifiedTx, event: &Event) {
        let before = self.items.get(&event.item);
        if let Some(record) = before {
            check_may_happen(record, event);
        }
        let signed: BTreeSet<(OrgId, Role)> = tx.tx().body.signers.iter().map(|s| (s.org, s.role)).collect();
        if let Some(expected) = self.expected(world, tx, before, event) {
            assert_eq!(signed, expected.into_iter().collect(), "{:?}", event.effect);
        }
        match &event.effect {
            Effect::Offered { offer } => {
                let giver = before.expect("a record").custodian;
                self.offers.insert(offer.terms, giver);
            }
            Effect::Registered { code, previous, .. } => {
                let list = self.codes.entry(code_hash(code)).or_default();
                assert_eq!(list.last(), previous.as_ref());
                list.push(event.item);
            }
            Effect::Released { grant: Some(grant) } => {
                let amount = before.expect("a record").on_hand.amount();
                *self.written_off.entry(*grant).or_default() += amount;
            }
            Effect::Moved { .. } if event.state == Lifecycle::ReceivedAbroad => {
                let record = before.expect("a record").clone();
                self.arrives(world, &record);
            }
            Effect::Departed { to } => {
                let (record, departure) =
                    (before.expect("a record"), world.departure(event.item).expect("a departure"));
                assert_eq!((departure.to, departure.by, departure.state), (*to, record.custodian, record.state));
                assert!(record.wasted.is_zero() && !record.quarantined, "{record:?}");
            }
            Effect::Reported { used, disposed, last: _ } => {
                let Operation::Report { filing, .. } = &tx.tx().body.operation else {
                    panic!("a report by another act")
                };
                *self.abroad.entry(*filing).or_default() -= used.amount() + disposed.amount();
            }
            _ => {}
        }
        let after = event::apply(&world.network, self.items.get(&event.item), event).expect("an event that replays");
        self.items.insert(event.item, after);
    }

    fn arrives(&mut self, world: &World, record: &ItemRecord) {
        let Some(permit) = record.grant.filter(|_| record.marks.hgr) else { return };
        for on in world.grant(permit).application.on {
            if world.grant(on).application.kind == GrantKind::HgrFiling {
                *self.abroad.entry(on).or_default() += record.on_hand.amount();
            }
        }
    }

    /// Whose signatures stand under an event, by what it says it did; none where another event of the same act says it.
    fn expected(
        &self,
        world: &World,
        tx: &VerifiedTx,
        before: Option<&ItemRecord>,
        event: &Event,
    ) -> Option<Vec<(OrgId, Role)>> {
        let (customs, environment, disposer) = (Org::Customs.id(), Org::Environment.id(), Org::Disposer.id());
        let holder = |role| (before.expect("a record").custodian, role);
        // A named person stands behind what is used up under the draft.
        let with_lead = |org| match world.regulated {
            true => vec![(org, Role::Custodian), (org, Role::ProjectLead)],
            false => vec![(org, Role::Custodian)],
        };
        let officers = |by: &[OrgId]| by.iter().map(|org| (*org, Role::Officer)).collect::<Vec<_>>();
        Some(match &event.effect {
            Effect::Registered { custodian, origin: None, .. } => vec![(*custodian, Role::Declarant)],
            Effect::Registered { custodian, origin: Some(_), .. } => with_lead(*custodian),
            Effect::Declared { .. } | Effect::Assigned { .. } => vec![holder(Role::Declarant)],
            Effect::Inspected { .. }
            | Effect::Released { .. }
            | Effect::Arrived { .. }
            | Effect::Returned { .. }
            | Effect::Exited { .. }
            | Effect::InspectionOrdered { premises: None } => vec![(customs, Role::Officer)],
            Effect::InspectionOrdered { premises: Some(_) } => vec![(customs, Role::Officer), holder(Role::Joint)],
            Effect::Destroyed { .. } if world.regulated => {
                vec![(customs, Role::Officer), (environment, Role::Countersigner)]
            }
            Effect::Destroyed { .. } => vec![(customs, Role::Officer)],
            Effect::Tested { laboratory, .. } => vec![(*laboratory, Role::Laboratory), (*laboratory, Role::Tester)],
            Effect::Offered { .. } | Effect::OfferWithdrawn { .. } | Effect::Stored { .. } => {
                vec![holder(Role::Custodian)]
            }
            Effect::Used { .. } | Effect::Wasted { .. } | Effect::Lost { .. } | Effect::Derived { .. } => {
                with_lead(before.expect("a record").custodian)
            }
            Effect::Disposed { .. } => {
                let mut signers = vec![holder(Role::Custodian), (environment, Role::Countersigner)];
                if world.regulated && holder(Role::Custodian).0 != disposer {
                    signers.push((disposer, Role::Joint));
                }
                signers
            }
            Effect::Corrected { .. } => vec![holder(Role::Custodian), (customs, Role::Countersigner)],
            Effect::OfferRefused { .. } => {
                let offer = before.and_then(|record| record.offer.as_ref()).expect("an offer");
                vec![(offer.receiver, Role::Receiver)]
            }
            Effect::Moved { from, to, terms, .. } => {
                assert_eq!(Some(*from), before.map(|record| record.custodian));
                match &tx.tx().body.operation {
                    Operation::Handover { .. } => vec![(*from, Role::Custodian), (*to, Role::Receiver)],
                    Operation::Accept { .. } => {
                        assert_eq!(self.offers.get(terms), Some(from), "the giver signed the offer");
                        vec![(*to, Role::Receiver)]
                    }
                    other => panic!("{:?} moved custody", other.act()),
                }
            }
            Effect::HoldPlaced { by, .. } | Effect::HoldLifted { by, .. } => officers(by),
            Effect::Noted { .. } => vec![(self.custodian(before.expect("a record")), Role::Custodian)],
            Effect::Packed { .. } => vec![holder(Role::Custodian)],
            Effect::Unpacked { custodian, .. } => vec![(*custodian, Role::Custodian)],
            Effect::Filled { .. } => match &tx.tx().body.operation {
                Operation::Pack { .. } | Operation::Unpack { .. } => vec![holder(Role::Custodian)],
                _ => return None,
            },
            Effect::Reported { .. } => vec![holder(Role::Custodian), (Org::FirmA.id(), Role::Joint)],
            Effect::Departed { .. } => vec![holder(Role::Custodian)],
            Effect::Landed { .. } => panic!("from another network, in a life of one"),
        })
    }

    /// Who holds an item: whoever holds the outermost unit around it.
    fn custodian(&self, record: &ItemRecord) -> OrgId {
        match record.container {
            None => record.custodian,
            Some(packed) => self.custodian(&self.items[&packed.unit]),
        }
    }

    fn check_codes(&self, world: &World) {
        for (code, items) in &self.codes {
            let record: CodeRecord = world.record(StateKey::Code(*code)).expect("a code record");
            assert_eq!(record.count, items.len() as u64);
            assert_eq!(Some(&record.latest), items.last());
        }
    }

    /// One custodian for each item, whatever it is packed in; and units hold what is packed in them, counted exactly.
    fn check_custody(&self) {
        let known: BTreeSet<OrgId> = Org::REGULATED.iter().map(|org| org.id()).collect();
        for (item, record) in &self.items {
            let mut around = record.container;
            let mut depth = 0;
            while let Some(packed) = around {
                let unit = self.items.get(&packed.unit).expect("the unit around it");
                assert!(packed.unit != *item && unit.inside.is_some(), "packed into itself or into no unit");
                depth += 1;
                assert!(depth <= ledger::bounds::MAX_DEPTH, "deeper than units go");
                around = unit.container;
            }
            assert!(known.contains(&self.custodian(record)), "held by nobody");
            if let Some(inside) = &record.inside {
                let counted = self.counted(*item);
                assert!(inside.depth >= counted.depth);
                assert_eq!(Inside { depth: 0, ..*inside }, Inside { depth: 0, ..counted });
            }
        }
    }

    fn counted(&self, unit: ItemId) -> Inside {
        let mut sum = Inside::default();
        for (item, record) in &self.items {
            let Some(packed) = record.container.filter(|packed| packed.unit == unit) else { continue };
            let below = if record.inside.is_some() { self.counted(*item) } else { Inside::default() };
            sum.items += 1 + below.items;
            sum.held += record.holds.len() as u32 + below.held;
            sum.hgr += u32::from(record.marks.hgr) + below.hgr;
            sum.research_only += u32::from(record.marks.research_only) + below.research_only;
            sum.levels.iter_mut().zip(below.levels).for_each(|(sum, more)| *sum += more);
            sum.levels[usize::from(packed.level)] += 1;
            sum.depth = sum.depth.max(below.depth + u8::from(record.inside.is_some()));
        }
        sum
    }

    /// What was written off is what was released, and never more than was permitted (R21); and what is abroad is
    /// counted.
    fn check_grants(&self, world: &World) {
        for (permit, amount) in &self.written_off {
            let record = world.grant(*permit);
            assert_eq!(record.drawn.amount(), *amount);
            assert!(record.drawn.amount() <= record.application.quantity.amount(), "more than the permit");
        }
        for (filing, amount) in &self.abroad {
            assert_eq!(world.grant(*filing).abroad.amount(), *amount);
        }
    }
}

/// Nothing happens after an end, little under a hold, and little to what is packed.
fn check_may_happen(record: &ItemRecord, event: &Event) {
    assert!(!record.state.is_ended(), "after the end: {event:?}");
    let used_up = matches!(record.state, Lifecycle::Consumed | Lifecycle::Lost);
    assert!(!used_up || matches!(event.effect, Effect::Corrected { .. }), "when nothing is left: {event:?}");
    assert!(record.holds.is_empty() || is_allowed_under_hold(&event.effect), "held: {event:?}");
    assert!(record.container.is_none() || is_allowed_in_a_unit(&event.effect), "packed: {event:?}");
}

fn is_allowed_under_hold(effect: &Effect) -> bool {
    match effect {
        Effect::Disposed { .. }
        | Effect::Destroyed { .. }
        | Effect::HoldPlaced { .. }
        | Effect::HoldLifted { .. }
        | Effect::OfferRefused { .. }
        | Effect::OfferWithdrawn { .. }
        | Effect::Noted { .. }
        | Effect::Unpacked { .. }
        | Effect::Filled { .. }
        | Effect::Stored { premises: _, quarantine: true } => true,
        Effect::Registered { .. }
        | Effect::Declared { .. }
        | Effect::Inspected { .. }
        | Effect::Released { .. }
        | Effect::Offered { .. }
        | Effect::Moved { .. }
        | Effect::Used { .. }
        | Effect::Assigned { .. }
        | Effect::Arrived { .. }
        | Effect::InspectionOrdered { .. }
        | Effect::Tested { .. }
        | Effect::Returned { .. }
        | Effect::Exited { .. }
        | Effect::Stored { premises: _, quarantine: false }
        | Effect::Wasted { .. }
        | Effect::Lost { .. }
        | Effect::Corrected { .. }
        | Effect::Derived { .. }
        | Effect::Packed { .. }
        | Effect::Reported { .. }
        | Effect::Departed { .. }
        | Effect::Landed { .. } => false,
    }
}

fn is_allowed_in_a_unit(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Exited { .. }
            | Effect::Noted { .. }
            | Effect::HoldPlaced { .. }
            | Effect::HoldLifted { .. }
            | Effect::OfferRefused { .. }
            | Effect::OfferWithdrawn { .. }
            | Effect::Unpacked { .. }
            | Effect::Filled { .. }
    )
}

/// What comes out of a split or merge is what went in.
fn check_derivation(tx: &VerifiedTx, events: &[&Event]) {
    let Operation::Derive { kind, .. } = &tx.tx().body.operation else { return };
    let (mut gone, mut come) = (0, 0);
    for event in events {
        match &event.effect {
            Effect::Derived { quantity, .. } => gone += quantity.amount(),
            Effect::Registered { quantity, .. } => come += quantity.amount(),
            other => panic!("{} by a derivation", other.name()),
        }
    }
    assert!(*kind == DeriveKind::Manufacture || gone == come, "{gone} in, {come} out");
}

/// Six accounts that add up to what was registered; and a state that says whether something is left.
fn check_quantities(record: &ItemRecord) {
    let parts = [record.on_hand, record.used, record.derived, record.wasted, record.lost, record.disposed];
    let sum: u64 = parts.iter().map(|quantity| quantity.amount()).sum();
    assert_eq!(sum, record.registered.amount());
    match record.state {
        Lifecycle::Released | Lifecycle::Stored | Lifecycle::InUse | Lifecycle::InTransit | Lifecycle::Registered => {
            assert!(!record.on_hand.is_zero(), "{record:?}");
        }
        Lifecycle::Waste | Lifecycle::WasteInTransit => {
            assert!(record.on_hand.is_zero() && !record.wasted.is_zero(), "{record:?}");
        }
        Lifecycle::Consumed | Lifecycle::Disposed | Lifecycle::Derived | Lifecycle::Lost => {
            assert!(record.on_hand.is_zero() && record.wasted.is_zero(), "{record:?}");
        }
        Lifecycle::Destroyed | Lifecycle::FinalUseReported => assert!(record.on_hand.is_zero(), "{record:?}"),
        _ => {}
    }
}
