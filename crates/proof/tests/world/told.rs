//! What each operation does, told by hand: a second opinion beside `ledger::judge`, and rules of other records beside
//! `custody`.

use super::World;
use ledger::{
    Act, Cause, Effect, Header, ItemId, ItemRecord, Lifecycle as L, Operation, SignedTx, TxId, codec,
    event::Receiver,
    id::OrgId,
    operation::{DeriveKind, EntryBody, Input, InspectionResult as R, Registration, Usage},
    passage::Passage,
    record::{DepartureRecord, Inside, Marks, OrgKind, Packed, PendingOffer},
};

/// The state of an item after an effect.
pub(super) fn state(before: Option<&ItemRecord>, cause: Cause, effect: &Effect) -> L {
    let before = || before.unwrap();
    let last = |quantity: &gs1::Quantity| before().on_hand == *quantity;
    match effect {
        Effect::Registered { .. } if cause == Cause::Genesis => L::Released,
        Effect::Registered { origin: Some(_), .. } => L::Stored,
        Effect::Registered { code: gs1::ItemCode::Unit { .. }, .. } => L::Stored,
        Effect::Registered { .. } => L::Registered,
        Effect::Declared { exempt: false, .. } => L::Declared,
        Effect::Declared { exempt: true, .. } => L::DeclarationExempt,
        Effect::Inspected { result: R::Passed, .. } => L::Inspected,
        Effect::Inspected { result: R::TestPending, .. } => L::TestPending,
        Effect::Inspected { result: R::Failed, .. } => L::Failed,
        Effect::Inspected { result: R::Exempt, .. } => L::InspectionExempt,
        Effect::InspectionOrdered { .. } => L::Inspecting,
        Effect::Released { .. } => L::Released,
        Effect::Moved { receiver, .. } => match (before().state, receiver) {
            (L::Waste | L::WasteInTransit, _) => L::WasteInTransit,
            (L::Exited, Receiver::Partner) => L::ReceivedAbroad,
            (L::Exited, _) => L::Exited,
            (_, Receiver::Carrier) => L::InTransit,
            (_, _) => L::Stored,
        },
        Effect::Used { quantity } if last(quantity) => L::Consumed,
        Effect::Used { .. } => L::InUse,
        Effect::Wasted { quantity } if last(quantity) => L::Waste,
        Effect::Disposed { quantity } => {
            let there = before().on_hand.checked_add(before().wasted).unwrap();
            if there == *quantity { L::Disposed } else { before().state }
        }
        Effect::Derived { quantity, .. } if last(quantity) => L::Derived,
        Effect::Exited { .. } => L::Exited,
        Effect::Unpacked { state, .. } => *state,
        Effect::Reported { last: true, .. } => L::FinalUseReported,
        Effect::Departed { .. } => L::Departed,
        Effect::Landed { state, .. } => *state,
        _ => before().state,
    }
}

/// What an item weighs in a unit.
fn weight(record: &ItemRecord, level: u8) -> Inside {
    let inner = record.inside.unwrap_or_default();
    let mut levels = inner.levels;
    levels[usize::from(level)] += 1;
    Inside {
        items: inner.items + 1,
        depth: if record.inside.is_some() { inner.depth + 1 } else { 0 },
        held: inner.held + record.holds.len() as u32,
        research_only: inner.research_only + u32::from(record.marks.research_only),
        hgr: inner.hgr + u32::from(record.marks.hgr),
        levels,
    }
}

impl World {
    /// Writes the events of a transaction.
    pub(super) fn tell(&mut self, tx: &SignedTx, id: TxId) {
        let act = tx.body.operation.act();
        match &tx.body.operation {
            Operation::Register { .. } => {
                for (index, entry) in tx.entries.iter().enumerate() {
                    let EntryBody::Registration(registration) = &entry.body else { unreachable!() };
                    let hgr = self.class_record(&registration.class).hgr;
                    let marks = Marks { hgr, research_only: false };
                    let (item, effect) = self.registered(tx, id, index as u32, registration, marks);
                    self.write(item, Cause::Tx { id, index: index as u32 }, effect, Some(act));
                }
            }
            Operation::Derive { kind, inputs, .. } => self.derive(tx, id, *kind, inputs),
            Operation::Pack { unit, .. } => self.load(tx, id, *unit, true),
            Operation::Unpack { unit, .. } => self.load(tx, id, *unit, false),
            Operation::Land { passage } => {
                let (item, effect) = self.landed(id, passage);
                self.write(item, Cause::Tx { id, index: 0 }, effect, Some(act));
            }
            operation => {
                let single = operation.subject().map(|(item, _)| (item, None));
                let listed = tx.entries.iter().map(|e| match &e.body {
                    EntryBody::Item(item) => (*item, None),
                    EntryBody::Usage(usage) => (usage.item, Some(usage)),
                    EntryBody::Registration(_) => unreachable!(),
                });
                for (index, (item, usage)) in single.into_iter().chain(listed).enumerate() {
                    let effect = self.effect(tx, &item, usage);
                    self.write(item, Cause::Tx { id, index: index as u32 }, effect, Some(act));
                    self.tell_units(item, id, act);
                }
            }
        }
    }

    fn registered(
        &mut self,
        tx: &SignedTx,
        id: TxId,
        index: u32,
        registration: &Registration,
        marks: Marks,
    ) -> (ItemId, Effect) {
        let item = ItemId::of(&self.network, &id, index);
        let previous = self.enter_code(&registration.code, item);
        let effect = Effect::Registered {
            class: registration.class,
            code: registration.code.clone(),
            quantity: registration.quantity,
            custodian: tx.body.signers[0].org,
            previous,
            purpose: registration.purpose,
            marks,
            origin: None,
            place: None,
            grant: None,
            private: registration.private,
        };
        (item, effect)
    }

    /// What the records of a passage say; whether they are proved is not asked here.
    fn landed(&mut self, id: TxId, passage: &Passage) -> (ItemId, Effect) {
        let header: Header = codec::decode(&passage.header, codec::MAX_INPUT).unwrap();
        let record: ItemRecord = codec::decode(&passage.record, codec::MAX_INPUT).unwrap();
        let departure: DepartureRecord = codec::decode(&passage.departure, codec::MAX_INPUT).unwrap();
        let item = ItemId::of(&self.network, &id, 0);
        let previous = self.enter_code(&record.code, item);
        let hgr = record.marks.hgr || self.class_record(&record.class).hgr;
        let effect = Effect::Landed {
            from: header.network,
            item: passage.item,
            count: record.count,
            head: record.head,
            class: record.class,
            code: record.code,
            quantity: record.on_hand,
            custodian: departure.by,
            previous,
            purpose: record.purpose,
            marks: Marks { hgr, ..record.marks },
            state: departure.state,
        };
        (item, effect)
    }

    /// The children, linked to the parents as they were; then the parents, linked to the children.
    fn derive(&mut self, tx: &SignedTx, id: TxId, kind: DeriveKind, inputs: &[Input]) {
        let parents: Vec<ItemRecord> = inputs.iter().map(|input| self.record(&input.item)).collect();
        let from: Vec<_> = inputs.iter().map(|input| self.link(&input.item)).collect();
        let research_only = parents.iter().any(|parent| parent.marks.research_only);
        let mut born = Vec::new();
        for (index, entry) in tx.entries.iter().enumerate() {
            let EntryBody::Registration(registration) = &entry.body else { unreachable!() };
            let of_class = self.class_record(&registration.class).hgr;
            let hgr = of_class || parents.iter().any(|parent| parent.marks.hgr);
            let marks = Marks { hgr, research_only };
            let (item, mut effect) = self.registered(tx, id, index as u32, registration, marks);
            if let Effect::Registered { origin, place, grant, purpose, .. } = &mut effect {
                *origin = Some(kind);
                *place = parents[0].place;
                *grant = if kind == DeriveKind::Manufacture { None } else { parents[0].grant };
                if research_only {
                    *purpose = ledger::operation::Purpose::Research;
                }
            }
            let cause = Cause::Tx { id, index: index as u32 };
            self.write_linked(item, cause, effect, Some(Act::Derive), from.clone());
            born.push(self.link(&item));
        }
        for (index, input) in inputs.iter().enumerate() {
            let effect = Effect::Derived { kind, quantity: input.quantity };
            let cause = Cause::Tx { id, index: index as u32 };
            self.write_linked(input.item, cause, effect, Some(Act::Derive), born.clone());
        }
    }

    /// What goes into a unit or comes out of it, and then the unit.
    fn load(&mut self, tx: &SignedTx, id: TxId, unit: ItemId, more: bool) {
        let act = tx.body.operation.act();
        let around = self.record(&unit);
        let to_unit = vec![self.link(&unit)];
        let (mut by, mut contents) = (Inside::default(), Vec::new());
        for (index, entry) in tx.entries.iter().enumerate() {
            let EntryBody::Item(item) = &entry.body else { unreachable!() };
            let before = self.record(item);
            let level = before.container.map_or_else(|| self.level(&before), |packed| packed.level);
            let effect = match more {
                true => Effect::Packed { into: Packed { unit, level } },
                false => Effect::Unpacked {
                    unit,
                    custodian: around.custodian,
                    state: match before.state {
                        L::Released | L::Stored | L::InUse | L::InTransit => around.state,
                        other => other,
                    },
                    place: around.place,
                },
            };
            by = by.plus(&weight(&before, level)).unwrap();
            let cause = Cause::Tx { id, index: index as u32 };
            self.write_linked(*item, cause, effect, Some(act), to_unit.clone());
            contents.push(self.link(item));
        }
        self.write_linked(unit, Cause::Tx { id, index: 0 }, Effect::Filled { more, by }, Some(act), contents);
    }

    /// The level of premises that an item asks for.
    fn level(&self, record: &ItemRecord) -> u8 {
        match &record.inside {
            Some(inside) => inside.level(),
            None => self.pack.grade(&self.class_record(&record.class).grade).unwrap().premises,
        }
    }

    /// Every unit around an item that was held, or is held no more.
    fn tell_units(&mut self, item: ItemId, id: TxId, act: Act) {
        let more = match act {
            Act::PlaceHold => true,
            Act::LiftHold => false,
            _ => return,
        };
        let mut inner = item;
        while let Some(packed) = self.record(&inner).container {
            let links = vec![self.link(&inner)];
            let effect = Effect::Filled { more, by: Inside { held: 1, ..Inside::default() } };
            self.write_linked(packed.unit, Cause::Tx { id, index: 0 }, effect, Some(act), links);
            inner = packed.unit;
        }
    }

    fn receiver(&self, org: &OrgId) -> Receiver {
        match self.org_record(org).profile.kind {
            OrgKind::Carrier => Receiver::Carrier,
            OrgKind::Disposer => Receiver::Disposer,
            OrgKind::Partner => Receiver::Partner,
            _ => Receiver::Holder,
        }
    }

    fn effect(&self, tx: &SignedTx, item: &ItemId, usage: Option<&Usage>) -> Effect {
        let signer = tx.body.signers.first().map_or(OrgId::default(), |s| s.org);
        let mut orgs: Vec<OrgId> = tx.body.signers.iter().map(|s| s.org).collect();
        orgs.sort();
        orgs.dedup();
        match &tx.body.operation {
            Operation::Declare { exempt, .. } => Effect::Declared { exempt: *exempt, research_only: false },
            Operation::Inspect { result, video, .. } => Effect::Inspected { result: *result, video: *video },
            Operation::OrderInspection { premises, .. } => Effect::InspectionOrdered { premises: *premises },
            Operation::Release { .. } => Effect::Released { grant: self.record(item).grant },
            Operation::Offer { terms } => Effect::Offered {
                offer: PendingOffer {
                    terms: terms.hash(),
                    receiver: terms.receiver,
                    expires: terms.expires,
                    purpose: terms.purpose,
                    premises: terms.premises,
                },
            },
            Operation::Accept { terms, .. } => {
                let record = self.record(item);
                let place = record.offer.and_then(|offer| offer.premises);
                let (from, receiver) = (record.custodian, self.receiver(&signer));
                Effect::Moved { from, to: signer, terms: *terms, receiver, place }
            }
            Operation::Refuse { terms, .. } => Effect::OfferRefused { terms: *terms },
            Operation::Withdraw { terms, .. } => Effect::OfferWithdrawn { terms: *terms },
            Operation::Handover { terms } => Effect::Moved {
                from: terms.giver,
                to: terms.receiver,
                terms: terms.hash(),
                receiver: self.receiver(&terms.receiver),
                place: terms.premises,
            },
            Operation::Use { quantity, .. } => Effect::Used { quantity: *quantity },
            Operation::Dispose { quantity, .. } => Effect::Disposed { quantity: *quantity },
            Operation::PlaceHold { reason, .. } => Effect::HoldPlaced { by: orgs, reason: reason.clone() },
            Operation::LiftHold { placed, .. } => Effect::HoldLifted { by: orgs, placed: *placed },
            Operation::Waste { quantity, .. } => Effect::Wasted { quantity: *quantity },
            Operation::Exit { port, .. } => Effect::Exited { port: port.clone() },
            Operation::Depart { to, .. } => Effect::Departed { to: *to },
            Operation::Note { note, .. } => Effect::Noted { note: note.clone(), excursion: false },
            Operation::Report { last, .. } => {
                let Usage { item: _, used, disposed, left } = usage.unwrap();
                Effect::Reported { used: *used, disposed: *disposed, last: *last && left.is_zero() }
            }
            other => unreachable!("{:?}", other.act()),
        }
    }
}
