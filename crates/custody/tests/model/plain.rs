//! Random lives under `plain`: custody alone, by acts that are likely to be right and often wrong.

use crate::world::*;
use ledger::{
    HandoverTerms, Hash, ItemId, ItemRecord, Lifecycle, OrgId, Role, VerifiedTx,
    operation::{Bucket, DeriveKind, InspectionResult, Note, Purpose},
};
use std::{collections::BTreeMap, sync::Arc};

const HOLDERS: [Person; 4] = [A, B, CARRIER, DISPOSER];
const AGENCIES: [Person; 4] = [CUSTOMS, SCIENCE, HEALTH, ENVIRONMENT];
const LABORATORY: [(Person, Role); 2] = [(B, Role::Laboratory), (lead(Org::FirmB), Role::Tester)];

/// The world of these lives: firm B has a second person, who tests, and another network is known.
pub(crate) fn base() -> World {
    let mut world = World::default();
    world.admit_key(lead(Org::FirmB));
    world.know_afar();
    world
}

/// One life under way.
pub(crate) struct Life {
    pub(crate) rng: Rng,
    terms: Vec<HandoverTerms>,
    units: u64,
}

impl Life {
    pub(crate) fn new(seed: u64) -> Life {
        Life { rng: Rng(seed), terms: Vec::new(), units: 0 }
    }

    fn holder(&mut self, org: OrgId) -> Person {
        let right = HOLDERS.into_iter().find(|person| person.org.id() == org);
        match self.rng.one_in(6) {
            true => self.rng.pick(&HOLDERS),
            false => right.expect("a custodian of this world"),
        }
    }

    fn agency(&mut self, right: Person) -> Person {
        if self.rng.one_in(8) { self.rng.pick(&AGENCIES) } else { right }
    }

    /// One act, sometimes two that belong together.
    pub(crate) fn act(&mut self, w: &World, known: &BTreeMap<ItemId, ItemRecord>) -> Vec<Arc<VerifiedTx>> {
        let all: Vec<ItemId> = known.keys().copied().collect();
        // Mostly what still lives, sometimes what has ended.
        let gone = |state: Lifecycle| state.is_ended() || matches!(state, Lifecycle::Consumed | Lifecycle::Lost);
        let live: Vec<ItemId> = known.iter().filter(|(_, r)| !gone(r.state)).map(|(item, _)| *item).collect();
        if live.is_empty() || (live.len() < 6 && all.len() < 16 && self.rng.one_in(8)) {
            return vec![self.register(w)];
        }
        let item = if self.rng.one_in(12) { self.rng.pick(&all) } else { self.rng.pick(&live) };
        let record = &known[&item];
        let holder = self.holder(record.custodian);
        let due = match record.state {
            Lifecycle::Registered => 0,
            Lifecycle::Declared | Lifecycle::AtPort | Lifecycle::Inspecting | Lifecycle::TestPending => 1,
            Lifecycle::Inspected => 2,
            _ if !record.used.is_zero() || !record.wasted.is_zero() || !record.lost.is_zero() => 3 + self.rng.below(24),
            _ => 3 + self.rng.below(17),
        };
        // What is packed can do little but come out.
        let due = if record.container.is_some() && self.rng.one_in(2) { 17 } else { due };
        // Mostly the step that is due, sometimes any, now and then the last one of all.
        let step = match due >= 3 && self.rng.one_in(100) {
            true => 27,
            false if self.rng.one_in(7) => self.rng.below(20),
            false => due,
        };
        let some = [item, self.rng.pick(&all)];
        let some = if self.rng.one_in(8) { &some[..] } else { &some[..1] };
        vec![match step {
            0 => w.declare_tx(holder, some),
            1 => self.at_border(w, some),
            2 => {
                let by = self.agency(CUSTOMS);
                w.release_tx(by, some)
            }
            3 | 4 => return self.hand_on(w, item, holder),
            5 => self.offer(w, item, holder),
            6 | 7 => self.answer(w, item, holder),
            8..=10 => self.take(w, item, record, holder),
            11 if self.rng.one_in(2) => self.correct(w, item, record, holder),
            11 => {
                let by = if self.rng.one_in(5) { holder } else { self.rng.pick(&AGENCIES) };
                w.hold_tx(item, by)
            }
            12 => {
                let hold = record.holds.first();
                let by = AGENCIES.into_iter().find(|person| hold.is_some_and(|hold| hold.by == [person.org.id()]));
                let by = self.agency(by.unwrap_or(HEALTH));
                w.lift_tx(item, hold.map_or(1, |hold| hold.placed), by)
            }
            13 => w.store_tx(holder, some, gln(self.rng.below(3)), self.rng.one_in(2)),
            14 | 20..=26 => self.correct(w, item, record, holder),
            15 => self.derive(w, item, known, holder),
            16 => self.pack(w, known, item),
            17 if record.container.is_none() && self.rng.one_in(2) => self.take(w, item, record, holder),
            17 => self.unpack(w, known, item, record),
            18 => {
                let note = Note::SelfCheck { counted: record.on_hand, report: Hash([2; 32]) };
                w.note_tx(holder, some, note)
            }
            27 => w.depart_tx(holder, item, AFAR),
            _ => w.exit_tx(some),
        }]
    }

    fn register(&mut self, w: &World) -> Arc<VerifiedTx> {
        let by = self.rng.pick(&HOLDERS);
        if self.rng.one_in(4) {
            self.units += 1;
            let body = registration_of(unit_class(), unit_code(self.units), pieces(1), Purpose::Unstated);
            return w.register_all_tx(by, vec![body]);
        }
        let mut items = Vec::new();
        for _ in 0..=self.rng.below(2) {
            items.push(match self.rng.below(5) {
                0 => (serial("S1"), pieces(1 + self.rng.below(8) / 7)),
                n => (lot(&format!("L{}", n / 2)), pieces(self.rng.below(90))),
            });
        }
        w.register_tx(by, items)
    }

    fn at_border(&mut self, w: &World, items: &[ItemId]) -> Arc<VerifiedTx> {
        use InspectionResult::{Failed, Passed, TestPending};
        match self.rng.below(14) {
            0 => w.arrive_tx(items, "CNSZX"),
            1 => w.order_tx(items, None, None),
            2 => w.order_tx(items, Some(gln(1)), Some(self.rng.pick(&HOLDERS))),
            3 => w.return_tx(items),
            4 => w.destroy_tx(items),
            5 | 6 => {
                let passed = !self.rng.one_in(3);
                w.test_tx(items, passed, &LABORATORY)
            }
            _ => {
                let result = self.rng.pick(&[Passed, Passed, Passed, TestPending, Failed]);
                let by = self.agency(CUSTOMS);
                w.inspect_tx(by, items, result)
            }
        }
    }

    /// A handover face to face, sometimes with the next one signed ahead, sometimes out of order or with a rival.
    fn hand_on(&mut self, w: &World, item: ItemId, from: Person) -> Vec<Arc<VerifiedTx>> {
        let (to, then) = (self.rng.pick(&HOLDERS), self.rng.pick(&HOLDERS));
        if to == from {
            // One key in two slots has no shape; another act instead.
            return vec![w.hold_tx(item, HEALTH)];
        }
        let first = w.handover(item, from, to);
        if to == then || !self.rng.one_in(3) {
            return vec![first];
        }
        let ahead = w.point(item).after(&first.id());
        let second = match self.rng.one_in(3) {
            true if then != from => w.handover(item, from, then),
            _ => w.handover_at(item, ahead, to, then),
        };
        if self.rng.one_in(4) { vec![second, first] } else { vec![first, second] }
    }

    fn offer(&mut self, w: &World, item: ItemId, from: Person) -> Arc<VerifiedTx> {
        let to = self.rng.pick(&HOLDERS);
        let terms = w.terms(item, w.point(item), from.org, to.org);
        self.terms.push(terms.clone());
        w.offer(&terms, from)
    }

    fn answer(&mut self, w: &World, item: ItemId, holder: Person) -> Arc<VerifiedTx> {
        let Some(terms) = self.terms.iter().rev().find(|terms| terms.item == item).cloned() else {
            return self.offer(w, item, holder);
        };
        let receiver = self.holder(terms.receiver);
        match self.rng.below(5) {
            0 => w.refuse(&terms, receiver),
            1 => w.withdraw(&terms, holder),
            _ => w.accept(&terms, receiver),
        }
    }

    /// Some of it, all of it, or one too many.
    fn amount(&mut self, of: u64) -> u64 {
        match self.rng.below(4) {
            0 => of,
            1 => of + 1,
            _ => self.rng.below(of + 1),
        }
    }

    fn take(&mut self, w: &World, item: ItemId, record: &ItemRecord, holder: Person) -> Arc<VerifiedTx> {
        let left = record.on_hand.amount() + record.wasted.amount();
        let some = pieces(self.amount(record.on_hand.amount()));
        match self.rng.below(6) {
            0 | 1 => {
                let agency = self.agency(ENVIRONMENT);
                let some = pieces(self.amount(left));
                w.dispose_tx(item, some, holder, agency)
            }
            2 => w.waste_tx(item, some, holder),
            3 => {
                let some = pieces(self.amount(left));
                w.lose_tx(item, some, self.rng.one_in(2), holder)
            }
            _ => w.use_tx(item, some, holder),
        }
    }

    fn correct(&mut self, w: &World, item: ItemId, record: &ItemRecord, holder: Person) -> Arc<VerifiedTx> {
        let booked_as = |bucket: Bucket| match bucket {
            Bucket::Used => record.used,
            Bucket::Wasted => record.wasted,
            Bucket::Lost => record.lost,
        };
        // Mostly what there is something to correct of.
        let some = Bucket::ALL.into_iter().find(|bucket| !booked_as(*bucket).is_zero());
        let bucket = some.filter(|_| !self.rng.one_in(4)).unwrap_or_else(|| self.rng.pick(&Bucket::ALL));
        let booked = booked_as(bucket);
        let event = 1 + self.rng.below(record.count + 1);
        let some = pieces(self.amount(booked.amount()));
        w.correct_tx(item, event, bucket, some, holder)
    }

    fn derive(
        &mut self,
        w: &World,
        item: ItemId,
        known: &BTreeMap<ItemId, ItemRecord>,
        holder: Person,
    ) -> Arc<VerifiedTx> {
        let record = &known[&item];
        let some = self.amount(record.on_hand.amount());
        let part = self.rng.below(some + 1);
        // Another lot under the same code, for a merge.
        let twin =
            known.iter().find(|(other, it)| **other != item && it.code == record.code && it.state == record.state);
        match (self.rng.below(4), twin) {
            (0, _) => {
                let output = registration(lot("M"), pieces(1 + self.rng.below(5)));
                w.derive_tx(holder, DeriveKind::Manufacture, &[(item, pieces(some))], vec![output])
            }
            (1, Some((other, it))) => {
                let inputs = [(item, record.on_hand), (*other, it.on_hand)];
                let sum = record.on_hand.amount() + it.on_hand.amount();
                w.derive_tx(holder, DeriveKind::Merge, &inputs, w.parts(item, &[sum]))
            }
            _ => {
                let wrong = u64::from(self.rng.one_in(8));
                let parts = w.parts(item, &[part, some - part + wrong]);
                w.derive_tx(holder, DeriveKind::Split, &[(item, pieces(some))], parts)
            }
        }
    }

    /// A unit of this life, mostly of the custodian of the item.
    fn unit(&mut self, known: &BTreeMap<ItemId, ItemRecord>, item: ItemId) -> Option<ItemId> {
        let units: Vec<ItemId> = known.iter().filter(|(_, it)| it.inside.is_some()).map(|(id, _)| *id).collect();
        let own: Vec<ItemId> =
            units.iter().copied().filter(|unit| known[unit].custodian == known[&item].custodian).collect();
        match (units.is_empty(), own.is_empty() || self.rng.one_in(5)) {
            (true, _) => None,
            (false, true) => Some(self.rng.pick(&units)),
            (false, false) => Some(self.rng.pick(&own)),
        }
    }

    fn pack(&mut self, w: &World, known: &BTreeMap<ItemId, ItemRecord>, item: ItemId) -> Arc<VerifiedTx> {
        let Some(unit) = self.unit(known, item) else { return self.register(w) };
        let holder = self.holder(known[&unit].custodian);
        w.pack_tx(holder, unit, &[item])
    }

    fn unpack(
        &mut self,
        w: &World,
        known: &BTreeMap<ItemId, ItemRecord>,
        item: ItemId,
        record: &ItemRecord,
    ) -> Arc<VerifiedTx> {
        let packed = known.iter().find(|(_, it)| it.container.is_some()).map(|(id, it)| (*id, it.container));
        let (item, unit) = match (record.container, packed) {
            (Some(packed), _) => (item, packed.unit),
            (None, Some((other, Some(packed)))) => (other, packed.unit),
            (None, _) => return self.pack(w, known, item),
        };
        let holder = self.holder(known[&unit].custodian);
        w.unpack_tx(holder, unit, &[item])
    }
}
