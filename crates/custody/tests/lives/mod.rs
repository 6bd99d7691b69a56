//! Random lives under `shenzhen-draft`: goods, permits, filings, entries and motions, by acts that are likely to be
//! right and often wrong. Whoever executes them checks what it likes.

use crate::world::*;
use ledger::{
    DutyId, GrantId, HandoverTerms, Hash, ItemId, ItemRecord, Lifecycle, Operation, OrgId, Outcome, Receipt, Role,
    TxId, VerifiedTx,
    operation::{
        Application, Bucket, Change, DeriveKind, Direction, EndWhy, GrantKind, InspectionResult, Lane, Motion, Note,
        Purpose, Registry, Subject, Value,
    },
    record::{DutyKind, GrantState},
};
use std::sync::Arc;

/// Whoever holds goods.
pub(crate) const HOLDERS: [Person; 5] = [A, B, CARRIER, DISPOSER, PARTNER];
/// The agencies.
pub(crate) const AGENCIES: [Person; 7] = [CUSTOMS, SCIENCE, HEALTH, ENVIRONMENT, MARKET, COMMERCE, POLICE];

/// A world in which everything can go right: firm A is rated and listed, so are the partner and the laboratory.
pub(crate) fn base() -> World {
    let mut world = World::rated();
    let (org, class) = (Org::FirmA.id(), class_id());
    world.enter(Registry::PositiveList, Subject::Class(class), Value::None);
    world.enter(Registry::PreReview, Subject::OrgClass(org, class), Value::None);
    world.enter(Registry::Tri, Subject::Org(Org::Partner.id()), Value::None);
    world.enter(Registry::Laboratory, Subject::Org(Org::Laboratory.id()), Value::None);
    world
}

/// What one life knows of, to act on.
pub(crate) struct Life {
    pub(crate) rng: Rng,
    pub(crate) items: Vec<ItemId>,
    pub(crate) units: Vec<ItemId>,
    pub(crate) grants: Vec<GrantId>,
    proposals: Vec<TxId>,
    duties: Vec<DutyId>,
    terms: Vec<HandoverTerms>,
    codes: u64,
}

impl Life {
    pub(crate) fn new(seed: u64) -> Life {
        Life {
            rng: Rng(seed),
            items: Vec::new(),
            units: Vec::new(),
            grants: Vec::new(),
            proposals: Vec::new(),
            duties: Vec::new(),
            terms: Vec::new(),
            codes: 0,
        }
    }

    /// How long nothing happens now: mostly not at all, sometimes for days.
    pub(crate) fn pause_ms(&mut self) -> u64 {
        match self.rng.below(30) {
            0 => 2 * HOUR_MS,
            1 => DAY_MS,
            2 => 6 * DAY_MS,
            3 if self.rng.one_in(4) => 40 * DAY_MS,
            _ => 0,
        }
    }

    /// One act.
    pub(crate) fn act(&mut self, w: &World) -> Arc<VerifiedTx> {
        match self.rng.below(14) {
            0 => self.register(w),
            1..=3 => self.on_grants(w),
            4 => self.govern(w),
            _ if self.items.is_empty() => self.register(w),
            _ => self.on_goods(w),
        }
    }

    /// Remembers what an accepted act has made.
    pub(crate) fn learn(&mut self, w: &World, tx: &VerifiedTx, receipt: &Receipt) {
        let Outcome::Accepted { events } = &receipt.outcome else { return };
        for event in events.iter().filter(|event| event.n == 1) {
            match w.item(event.item).inside {
                Some(_) => self.units.push(event.item),
                None => self.items.push(event.item),
            }
        }
        match &tx.tx().body.operation {
            Operation::Apply { .. } => self.grants.push(GrantId::of(&w.network, &tx.id())),
            Operation::Propose { .. } => self.proposals.push(tx.id()),
            Operation::Demand { .. } => {
                let by = tx.tx().body.signers[0].org;
                self.duties.push(DutyKind::OnDemand { by, tx: tx.id() }.id());
            }
            _ => {}
        }
    }

    fn holder(&mut self, org: OrgId) -> Person {
        let right = HOLDERS.into_iter().find(|person| person.org.id() == org);
        if self.rng.one_in(8) { self.rng.pick(&HOLDERS) } else { right.unwrap_or(A) }
    }

    fn agency(&mut self, right: Person) -> Person {
        if self.rng.one_in(10) { self.rng.pick(&AGENCIES) } else { right }
    }

    // -------------------------------------------------------------------------------------------------- registering

    fn register(&mut self, w: &World) -> Arc<VerifiedTx> {
        let by = if self.rng.one_in(6) { self.rng.pick(&HOLDERS) } else { A };
        self.codes += 1;
        if self.rng.one_in(6) {
            let body = registration_of(unit_class(), unit_code(self.codes), pieces(1), Purpose::Unstated);
            return w.register_all_tx(by, vec![body]);
        }
        let gtin = if self.rng.one_in(3) { PLASMA } else { GTIN };
        let code = lot_of(gtin, &format!("L{}", self.rng.below(4)));
        let body = registration_of(class_of(gtin), code, pieces(self.rng.below(30)), Purpose::Unstated);
        w.register_all_tx(by, vec![body])
    }

    // ------------------------------------------------------------------------------------------------------- grants

    fn on_grants(&mut self, w: &World) -> Arc<VerifiedTx> {
        if self.grants.len() < 2 || self.rng.one_in(4) {
            return self.apply(w);
        }
        let grant = self.rng.pick(&self.grants);
        let record = w.grant(grant);
        let (right, role) = decider(record.application.kind);
        let by = if self.rng.one_in(10) { self.rng.pick(&AGENCIES) } else { right };
        match (record.state, self.rng.below(6)) {
            (GrantState::Applied, 0) => w.tx(Operation::Pause { grant, notice: Hash([1; 32]) }, &[(by, role)]),
            (GrantState::Applied, 1) => w.refuse_grant_tx(grant),
            (GrantState::Applied, 2) => w.decide_tx(grant, Some(Lane::InstantPermit)),
            (GrantState::Paused, 0..=4) => w.tx(Operation::Resume { grant }, &[(by, role)]),
            (GrantState::Granted, 0) if self.rng.one_in(3) => {
                let cancel = Operation::Cancel { grant, reason: text("no need") };
                w.tx(cancel, &applicants(&record.application))
            }
            _ => w.decide_tx(grant, None),
        }
    }

    fn apply(&mut self, w: &World) -> Arc<VerifiedTx> {
        let quantity = self.rng.below(80);
        let filings: Vec<GrantId> = self.of_kind(w, GrantKind::HgrFiling);
        let application = match self.rng.below(8) {
            0 => w.filing_application(Org::Partner, quantity + 40),
            1 | 2 if !filings.is_empty() => {
                let filing = self.rng.pick(&filings);
                w.export_application(filing, quantity)
            }
            3 => Application { kind: GrantKind::Clearance, ..w.application(quantity) },
            4 => Application { kind: GrantKind::Plan, from: w.now.plus_ms(181 * DAY_MS), ..w.application(quantity) },
            5 => Application { direction: Direction::Export, ..w.application(quantity) },
            6 => Application {
                on: self.of_kind(w, GrantKind::Plan).into_iter().take(1).collect(),
                ..w.application(quantity)
            },
            _ => w.application(quantity),
        };
        w.apply_tx(&application)
    }

    fn of_kind(&self, w: &World, kind: GrantKind) -> Vec<GrantId> {
        self.grants.iter().copied().filter(|grant| w.grant(*grant).application.kind == kind).collect()
    }

    // -------------------------------------------------------------------------------------------------------- goods

    fn on_goods(&mut self, w: &World) -> Arc<VerifiedTx> {
        if !self.units.is_empty() && self.rng.one_in(8) {
            return self.on_unit(w);
        }
        let item = self.rng.pick(&self.items);
        let record = w.item(item);
        let holder = self.holder(record.custodian);
        if self.rng.one_in(5) {
            return self.anything(w, item, &record, holder);
        }
        match record.state {
            Lifecycle::Registered => self.assign(w, item, &record, holder),
            Lifecycle::Permitted => match self.rng.one_in(4) {
                true => w.declare_exempt_tx(holder, &[item]),
                false => w.declare_tx(holder, &[item]),
            },
            Lifecycle::Declared | Lifecycle::AtPort | Lifecycle::Inspecting => self.inspect(w, item),
            Lifecycle::TestPending => {
                let signers = [(LAB, Role::Laboratory), (EXPERT, Role::Tester)];
                let passed = !self.rng.one_in(4);
                w.test_tx(&[item], passed, &signers)
            }
            Lifecycle::Inspected | Lifecycle::InspectionExempt | Lifecycle::DeclarationExempt => {
                let by = self.agency(CUSTOMS);
                w.release_tx(by, &[item])
            }
            Lifecycle::Exited if self.rng.one_in(2) => w.handover(item, A, PARTNER),
            Lifecycle::ReceivedAbroad => self.report(w, &record),
            _ => self.anything(w, item, &record, holder),
        }
    }

    fn assign(&mut self, w: &World, item: ItemId, record: &ItemRecord, holder: Person) -> Arc<VerifiedTx> {
        let permits = self.of_kind(w, GrantKind::Permit);
        let fits: Vec<GrantId> =
            permits.iter().copied().filter(|permit| w.grant(*permit).application.class == record.class).collect();
        match fits.is_empty() {
            true => self.apply(w),
            false => w.assign_tx(holder, &[item], self.rng.pick(&fits)),
        }
    }

    fn inspect(&mut self, w: &World, item: ItemId) -> Arc<VerifiedTx> {
        use InspectionResult::{Exempt, Failed, Passed, TestPending};
        let by = self.agency(CUSTOMS);
        match self.rng.below(8) {
            0 => w.arrive_tx(&[item], "CNSZX"),
            1 => w.order_tx(&[item], Some(premises_of(Org::FirmA)), Some(A)),
            2 => w.inspect_with_tx(by, &[item], Passed, Some(Hash([5; 32]))),
            _ => {
                let result = self.rng.pick(&[Passed, Passed, Passed, Exempt, TestPending, Failed]);
                w.inspect_tx(by, &[item], result)
            }
        }
    }

    /// Everything that is abroad under the filing of an item is reported on, some of it wrongly.
    fn report(&mut self, w: &World, record: &ItemRecord) -> Arc<VerifiedTx> {
        let on = record.grant.map(|grant| w.grant(grant).application.on).unwrap_or_default();
        let filing = on.first().copied().unwrap_or_default();
        let mut usages = Vec::new();
        for item in &self.items {
            let other = w.item(*item);
            if other.state == Lifecycle::ReceivedAbroad && other.grant == record.grant {
                let all = other.on_hand.amount();
                let used = self.rng.below(all + 1);
                let left = if self.rng.one_in(10) { all } else { all - used };
                usages.push((*item, used, 0, left));
            }
        }
        // What leaves nothing is reported on in the quarter that runs, all else in the one after.
        let last = usages.iter().all(|(_, _, _, left)| *left == 0);
        let quarter = match (w.pack().calendar.quarter(w.now), last) {
            (now, true) => now,
            ((year, 1), false) => (year - 1, 4),
            ((year, quarter), false) => (year, quarter - 1),
        };
        w.report_tx(filing, quarter, &usages, last, BOTH_REPORT)
    }

    /// Any act on an item, whatever its state.
    fn anything(&mut self, w: &World, item: ItemId, record: &ItemRecord, holder: Person) -> Arc<VerifiedTx> {
        let some = pieces(self.rng.below(record.on_hand.amount() + 2));
        match self.rng.below(20) {
            0 | 1 => {
                let to = self.rng.pick(&HOLDERS);
                if to.org == holder.org { w.hold_tx(item, HEALTH) } else { w.handover(item, holder, to) }
            }
            2 => {
                let to = self.rng.pick(&HOLDERS);
                let terms = w.terms(item, w.point(item), holder.org, to.org);
                self.terms.push(terms.clone());
                w.offer(&terms, holder)
            }
            3 | 4 => self.answer_offer(w, item, holder),
            5 => w.store_tx(holder, &[item], premises_of(holder.org), self.rng.one_in(2)),
            6..=8 => w.use_tx(item, some, holder),
            9 => w.waste_tx(item, some, holder),
            10 => w.lose_tx(item, some, false, holder),
            11 => {
                let agency = self.agency(ENVIRONMENT);
                w.dispose_tx(item, some, holder, agency)
            }
            12 => {
                let bucket = self.rng.pick(&Bucket::ALL);
                w.correct_tx(item, record.count, bucket, some, holder)
            }
            13 => {
                let part = self.rng.below(some.amount() + 1);
                let parts = w.parts(item, &[part, some.amount() - part]);
                w.derive_tx(holder, DeriveKind::Split, &[(item, some)], parts)
            }
            14 => w.exit_tx(&[item]),
            15 => w.note_tx(holder, &[item], Note::SelfCheck { counted: some, report: Hash([2; 32]) }),
            16 => w.hold_tx(item, self.rng.pick(&AGENCIES)),
            17 => {
                let hold = record.holds.first();
                let by = AGENCIES.into_iter().find(|person| hold.is_some_and(|hold| hold.by == [person.org.id()]));
                w.lift_tx(item, hold.map_or(1, |hold| hold.placed), by.unwrap_or(HEALTH))
            }
            18 => w.return_tx(&[item]),
            _ => self.assign(w, item, record, holder),
        }
    }

    fn answer_offer(&mut self, w: &World, item: ItemId, holder: Person) -> Arc<VerifiedTx> {
        let Some(terms) = self.terms.iter().rev().find(|terms| terms.item == item).cloned() else {
            return w.use_tx(item, pieces(1), holder);
        };
        let receiver = self.holder(terms.receiver);
        match self.rng.below(5) {
            0 => w.refuse(&terms, receiver),
            1 => w.withdraw(&terms, holder),
            _ => w.accept(&terms, receiver),
        }
    }

    fn on_unit(&mut self, w: &World) -> Arc<VerifiedTx> {
        let unit = self.rng.pick(&self.units);
        let holder = self.holder(w.item(unit).custodian);
        let inside: Vec<ItemId> = self
            .items
            .iter()
            .copied()
            .filter(|item| w.item(*item).container.is_some_and(|packed| packed.unit == unit))
            .collect();
        match self.rng.below(5) {
            0 | 1 if !inside.is_empty() => w.unpack_tx(holder, unit, &[self.rng.pick(&inside)]),
            2 => {
                let to = self.rng.pick(&HOLDERS);
                if to.org == holder.org { w.hold_tx(unit, HEALTH) } else { w.handover(unit, holder, to) }
            }
            _ => {
                let item = self.rng.pick(&self.items);
                w.pack_tx(holder, unit, &[item])
            }
        }
    }

    // --------------------------------------------------------------------------------------------------- government

    fn govern(&mut self, w: &World) -> Arc<VerifiedTx> {
        let partner = Subject::Org(Org::Partner.id());
        match self.rng.below(10) {
            0 => {
                let year = 2020 + self.rng.below(7) as u16;
                let rating = self.rng.pick(&["A", "A", "A", "B", "C"]);
                w.enter_tx(w.rating(Org::FirmA, year, rating))
            }
            1 => {
                let entry = w.entry(Registry::PositiveList, Subject::Class(class_id()), Value::None);
                let motion = Motion { changes: vec![Change::Enter(entry)] };
                let until = w.now.plus_ms(self.rng.below(9) * DAY_MS);
                let by = self.rng.pick(&[CUSTOMS, HEALTH, SCIENCE, MARKET]);
                w.tx(Operation::Propose { motion, until }, &[(by, Role::Officer)])
            }
            2..=4 if !self.proposals.is_empty() => {
                let proposal = self.rng.pick(&self.proposals);
                let by = self.rng.pick(&[CUSTOMS, HEALTH, SCIENCE, MARKET]);
                match self.rng.one_in(8) {
                    true => w.tx(Operation::Retract { proposal }, &[(by, Role::Officer)]),
                    false => w.tx(Operation::Approve { proposal }, &[(by, Role::Officer)]),
                }
            }
            5 => {
                let demand = Operation::Demand {
                    debtors: vec![Org::FirmA.id(), Org::FirmB.id()],
                    until: w.now.plus_ms(self.rng.below(5) * DAY_MS),
                    about: None,
                    private: None,
                };
                w.tx(demand, &[(CUSTOMS, Role::Officer)])
            }
            6 if !self.duties.is_empty() => {
                let answer = Operation::Answer { duty: self.rng.pick(&self.duties), private: None };
                w.tx(answer, &[(self.rng.pick(&HOLDERS), Role::Declarant)])
            }
            7 if self.rng.one_in(3) => w.end_tx(Registry::Tri, partner, 0, EndWhy::Removed),
            8 => w.enter_tx(w.entry(Registry::Tri, partner, Value::None)),
            _ => {
                let (org, registry) = (Subject::Org(Org::FirmA.id()), Registry::Qualified);
                w.enter_tx(w.entry(registry, org, Value::Field(text("research"))))
            }
        }
    }
}
