//! Acts on items, each as its signers sign it, and the way of a lot through the states that they lead to.

use super::*;
use ledger::operation::Telemetry;

impl World {
    /// Whoever holds an item, alone or with the project lead that the regulation asks for.
    pub(crate) fn with_lead(&self, by: Person) -> Vec<(Person, Role)> {
        let mut signers = vec![(by, Role::Custodian)];
        if self.regulated {
            signers.push((lead(by.org), Role::ProjectLead));
        }
        signers
    }

    // ------------------------------------------------------------------------------------------------ registering

    pub(crate) fn register_tx(&self, by: Person, items: Vec<(ItemCode, Quantity)>) -> Arc<VerifiedTx> {
        let bodies = items.into_iter().map(|(code, q)| registration(code, q)).collect();
        self.register_all_tx(by, bodies)
    }
    pub(crate) fn register_all_tx(&self, by: Person, bodies: Vec<EntryBody>) -> Arc<VerifiedTx> {
        self.list_tx(bodies, |list| Operation::Register { list }, &[(by, Role::Declarant)])
    }

    /// Registers one item of firm A.
    pub(crate) fn registered(&mut self, code: ItemCode, quantity: Quantity) -> ItemId {
        self.registered_by(A, code, quantity)
    }
    pub(crate) fn registered_by(&mut self, by: Person, code: ItemCode, quantity: Quantity) -> ItemId {
        let id = self.accepted(self.register_tx(by, vec![(code, quantity)]));
        ItemId::of(&self.network, &id, 0)
    }
    /// A logistic unit, empty.
    pub(crate) fn unit(&mut self, by: Person, number: u64) -> ItemId {
        let body = registration_of(unit_class(), unit_code(number), pieces(1), Purpose::Unstated);
        let id = self.accepted(self.register_all_tx(by, vec![body]));
        ItemId::of(&self.network, &id, 0)
    }

    // ------------------------------------------------------------------------------------------------- the border

    pub(crate) fn assign_tx(&self, by: Person, items: &[ItemId], grant: GrantId) -> Arc<VerifiedTx> {
        self.list_tx(many(items), |list| Operation::Assign { list, grant }, &[(by, Role::Declarant)])
    }
    pub(crate) fn declare_tx(&self, by: Person, items: &[ItemId]) -> Arc<VerifiedTx> {
        let declare = |list| Operation::Declare { list, exempt: false, private: None };
        self.list_tx(many(items), declare, &[(by, Role::Declarant)])
    }
    pub(crate) fn declare_exempt_tx(&self, by: Person, items: &[ItemId]) -> Arc<VerifiedTx> {
        let declare = |list| Operation::Declare { list, exempt: true, private: None };
        self.list_tx(many(items), declare, &[(by, Role::Declarant)])
    }
    pub(crate) fn arrive_tx(&self, items: &[ItemId], port: &str) -> Arc<VerifiedTx> {
        let port = text(port);
        self.list_tx(many(items), |list| Operation::Arrive { list, port }, &[(CUSTOMS, Role::Officer)])
    }
    /// At the port, or on the premises of whoever consents.
    pub(crate) fn order_tx(
        &self,
        items: &[ItemId],
        premises: Option<Gln>,
        consents: Option<Person>,
    ) -> Arc<VerifiedTx> {
        let mut signers = vec![(CUSTOMS, Role::Officer)];
        signers.extend(consents.map(|person| (person, Role::Joint)));
        self.list_tx(many(items), |list| Operation::OrderInspection { list, premises }, &signers)
    }
    pub(crate) fn inspect_tx(&self, by: Person, items: &[ItemId], result: InspectionResult) -> Arc<VerifiedTx> {
        self.inspect_with_tx(by, items, result, None)
    }
    pub(crate) fn inspect_with_tx(
        &self,
        by: Person,
        items: &[ItemId],
        result: InspectionResult,
        video: Option<Hash>,
    ) -> Arc<VerifiedTx> {
        let inspect = |list| Operation::Inspect { list, result, video, private: None };
        self.list_tx(many(items), inspect, &[(by, Role::Officer)])
    }
    pub(crate) fn test_tx(&self, items: &[ItemId], passed: bool, signers: &[(Person, Role)]) -> Arc<VerifiedTx> {
        let report = Hash([4; 32]);
        self.list_tx(many(items), |list| Operation::Test { list, passed, report }, signers)
    }
    pub(crate) fn release_tx(&self, by: Person, items: &[ItemId]) -> Arc<VerifiedTx> {
        self.list_tx(many(items), |list| Operation::Release { list }, &[(by, Role::Officer)])
    }
    pub(crate) fn return_tx(&self, items: &[ItemId]) -> Arc<VerifiedTx> {
        let reason = text("refused");
        self.list_tx(many(items), |list| Operation::Return { list, reason }, &[(CUSTOMS, Role::Officer)])
    }
    pub(crate) fn destroy_tx(&self, items: &[ItemId]) -> Arc<VerifiedTx> {
        let reason = text("contaminated");
        let mut signers = vec![(CUSTOMS, Role::Officer)];
        if self.regulated {
            signers.push((ENVIRONMENT, Role::Countersigner));
        }
        self.list_tx(many(items), |list| Operation::Destroy { list, reason }, &signers)
    }
    pub(crate) fn exit_tx(&self, items: &[ItemId]) -> Arc<VerifiedTx> {
        let port = text("CNSZX");
        self.list_tx(many(items), |list| Operation::Exit { list, port }, &[(CUSTOMS, Role::Officer)])
    }

    // ---------------------------------------------------------------------------------------------------- custody

    pub(crate) fn terms(&self, item: ItemId, at: CustodyPoint, giver: Org, receiver: Org) -> HandoverTerms {
        let needs_premises = self.regulated && receiver.kind() == OrgKind::Enterprise;
        HandoverTerms {
            network: self.network,
            item,
            at,
            giver: giver.id(),
            receiver: receiver.id(),
            expires: self.soon(),
            purpose: Purpose::Unstated,
            premises: needs_premises.then(|| premises_of(receiver)),
            private: None,
        }
    }
    pub(crate) fn handover_on(&self, terms: HandoverTerms, from: Person, to: Person) -> Arc<VerifiedTx> {
        self.tx(Operation::Handover { terms }, &[(from, Role::Custodian), (to, Role::Receiver)])
    }
    pub(crate) fn handover_at(&self, item: ItemId, at: CustodyPoint, from: Person, to: Person) -> Arc<VerifiedTx> {
        self.handover_on(self.terms(item, at, from.org, to.org), from, to)
    }
    pub(crate) fn handover(&self, item: ItemId, from: Person, to: Person) -> Arc<VerifiedTx> {
        self.handover_at(item, self.point(item), from, to)
    }
    pub(crate) fn offer(&self, terms: &HandoverTerms, by: Person) -> Arc<VerifiedTx> {
        self.tx(Operation::Offer { terms: terms.clone() }, &[(by, Role::Custodian)])
    }
    pub(crate) fn accept(&self, terms: &HandoverTerms, by: Person) -> Arc<VerifiedTx> {
        let operation = Operation::Accept { item: terms.item, terms: terms.hash(), at: terms.at };
        self.tx(operation, &[(by, Role::Receiver)])
    }
    pub(crate) fn refuse(&self, terms: &HandoverTerms, by: Person) -> Arc<VerifiedTx> {
        let operation = Operation::Refuse { item: terms.item, terms: terms.hash(), reason: text("too warm") };
        self.tx(operation, &[(by, Role::Receiver)])
    }
    pub(crate) fn withdraw(&self, terms: &HandoverTerms, by: Person) -> Arc<VerifiedTx> {
        let operation = Operation::Withdraw { item: terms.item, terms: terms.hash() };
        self.tx(operation, &[(by, Role::Custodian)])
    }
    pub(crate) fn store_tx(&self, by: Person, items: &[ItemId], premises: Gln, quarantine: bool) -> Arc<VerifiedTx> {
        let store = |list| Operation::Store { list, premises, quarantine };
        self.list_tx(many(items), store, &[(by, Role::Custodian)])
    }

    // ------------------------------------------------------------------------------------------------- quantities

    pub(crate) fn use_tx(&self, item: ItemId, quantity: Quantity, by: Person) -> Arc<VerifiedTx> {
        let operation = Operation::Use { item, at: self.point(item), quantity, private: None };
        self.tx(operation, &self.with_lead(by))
    }
    pub(crate) fn waste_tx(&self, item: ItemId, quantity: Quantity, by: Person) -> Arc<VerifiedTx> {
        let operation = Operation::Waste { item, at: self.point(item), quantity, private: None };
        self.tx(operation, &self.with_lead(by))
    }
    pub(crate) fn lose_tx(&self, item: ItemId, quantity: Quantity, theft: bool, by: Person) -> Arc<VerifiedTx> {
        let operation = Operation::Lose { item, at: self.point(item), quantity, theft, private: None };
        self.tx(operation, &self.with_lead(by))
    }
    pub(crate) fn dispose_tx(&self, item: ItemId, quantity: Quantity, by: Person, agency: Person) -> Arc<VerifiedTx> {
        let operation = Operation::Dispose { item, at: self.point(item), quantity, private: None };
        let mut signers = vec![(by, Role::Custodian), (agency, Role::Countersigner)];
        // Where the disposer itself does not hold it, it joins.
        if self.regulated && by != DISPOSER {
            signers.push((DISPOSER, Role::Joint));
        }
        self.tx(operation, &signers)
    }
    pub(crate) fn correct_tx(
        &self,
        item: ItemId,
        event: u64,
        bucket: Bucket,
        quantity: Quantity,
        by: Person,
    ) -> Arc<VerifiedTx> {
        let reason = text("counted anew");
        let operation = Operation::Correct { item, at: self.point(item), event, bucket, quantity, reason };
        self.tx(operation, &[(by, Role::Custodian), (CUSTOMS, Role::Countersigner)])
    }

    // ------------------------------------------------------------------------------------- notes, holds, deriving

    pub(crate) fn note_tx(&self, by: Person, items: &[ItemId], note: Note) -> Arc<VerifiedTx> {
        self.list_tx(many(items), |list| Operation::Note { list, note }, &[(by, Role::Custodian)])
    }
    /// A series of temperatures, in thousandths of a degree Celsius.
    pub(crate) fn readings(&self, min: i32, max: i32) -> Note {
        let (from, to) = (Timestamp(self.now.0 - HOUR_MS), self.now);
        Note::Telemetry { kind: Telemetry::Temperature, root: Hash([3; 32]), count: 60, from, to, min, max }
    }
    pub(crate) fn hold_tx(&self, item: ItemId, by: Person) -> Arc<VerifiedTx> {
        let reason = text("recall");
        self.tx(Operation::PlaceHold { item, reason }, &[(by, Role::Officer)])
    }
    pub(crate) fn lift_tx(&self, item: ItemId, placed: u64, by: Person) -> Arc<VerifiedTx> {
        self.tx(Operation::LiftHold { item, placed }, &[(by, Role::Officer)])
    }
    pub(crate) fn derive_tx(
        &self,
        by: Person,
        kind: DeriveKind,
        inputs: &[(ItemId, Quantity)],
        outputs: Vec<EntryBody>,
    ) -> Arc<VerifiedTx> {
        let input =
            |(item, quantity): &(ItemId, Quantity)| Input { item: *item, at: self.point(*item), quantity: *quantity };
        let inputs: Vec<Input> = inputs.iter().map(input).collect();
        let signers = self.with_lead(by);
        self.list_tx(outputs, |list| Operation::Derive { kind, inputs, list }, &signers)
    }
    /// Outputs of the class and code of an item.
    pub(crate) fn parts(&self, item: ItemId, amounts: &[u64]) -> Vec<EntryBody> {
        let record = self.item(item);
        let part = |amount: &u64| {
            let quantity = Quantity::new(*amount, record.registered.unit()).unwrap();
            registration_of(record.class, record.code.clone(), quantity, Purpose::Unstated)
        };
        amounts.iter().map(part).collect()
    }
    pub(crate) fn pack_tx(&self, by: Person, unit: ItemId, items: &[ItemId]) -> Arc<VerifiedTx> {
        let at = self.point(unit);
        self.list_tx(many(items), |list| Operation::Pack { unit, at, list }, &[(by, Role::Custodian)])
    }
    pub(crate) fn unpack_tx(&self, by: Person, unit: ItemId, items: &[ItemId]) -> Arc<VerifiedTx> {
        let at = self.point(unit);
        self.list_tx(many(items), |list| Operation::Unpack { unit, at, list }, &[(by, Role::Custodian)])
    }

    // ---------------------------------------------------------------------------------------- organisations, classes

    /// Customs registers an organisation and its first key.
    pub(crate) fn admit(&mut self, org: Org) {
        let officer = [(CUSTOMS, Role::Officer)];
        self.accepted(self.tx(Operation::RegisterOrg { profile: org.profile() }, &officer));
        self.admit_key(head(org));
    }
    /// Customs registers one more key of an organisation, with all roles.
    pub(crate) fn admit_key(&mut self, person: Person) {
        let claim = person.claim(&self.network, person.org, person.pseudonym(), all_roles());
        let operation = Operation::RegisterKey { org: person.org.id(), claim };
        self.accepted(self.tx(operation, &[(CUSTOMS, Role::Officer)]));
    }
    pub(crate) fn admit_class(&mut self, profile: ClassProfile) {
        self.accepted(self.tx(Operation::RegisterClass { profile }, &[(SCIENCE, Role::Officer)]));
    }
    /// Customs asserts an HS code of the class of genesis.
    pub(crate) fn assert_hs_tx(&self, hs: &str) -> Arc<VerifiedTx> {
        let operation = Operation::AssertHs { class: class_id(), hs: hs.parse().unwrap() };
        self.tx(operation, &[(CUSTOMS, Role::Officer)])
    }

    // ------------------------------------------------------------------------------------------------ ways of a lot

    /// A lot of firm A with 100 pieces, brought into a state by acts that lead there, under `plain`.
    pub(crate) fn lot_in(&mut self, state: Lifecycle) -> ItemId {
        let item = self.registered(lot("L1"), pieces(100));
        self.bring(item, A, state);
        item
    }

    /// A released lot of firm A with 100 pieces, under `plain`.
    pub(crate) fn released(&mut self) -> ItemId {
        self.lot_in(Lifecycle::Released)
    }

    /// Brings a registered lot on to a state, by acts of custody alone.
    pub(crate) fn bring(&mut self, item: ItemId, holder: Person, state: Lifecycle) {
        use Lifecycle::*;
        match state {
            Registered => {}
            Declared | AtPort | Inspecting | TestPending | Inspected | Failed | Returned | Destroyed => {
                self.bring_to_border(item, holder, state);
            }
            Released | InTransit | Stored | InUse | Waste | WasteInTransit | Exited | Consumed | Disposed | Derived
            | Lost => {
                self.bring_to_border(item, holder, Inspected);
                self.accepted(self.release_tx(CUSTOMS, &[item]));
                self.past_border(item, holder, state);
            }
            Permitted | DeclarationExempt | InspectionExempt | ReceivedAbroad | FinalUseReported | Departed => {
                panic!("no act of custody alone leads to {state:?}")
            }
        }
        assert_eq!(self.item(item).state, state);
    }

    /// From registration to a state at the border.
    fn bring_to_border(&mut self, item: ItemId, holder: Person, state: Lifecycle) {
        self.accepted(self.declare_tx(holder, &[item]));
        let result = match state {
            Lifecycle::TestPending => InspectionResult::TestPending,
            Lifecycle::Inspected => InspectionResult::Passed,
            Lifecycle::Failed => InspectionResult::Failed,
            Lifecycle::AtPort => {
                self.accepted(self.arrive_tx(&[item], "CNSZX"));
                return;
            }
            Lifecycle::Inspecting => {
                self.accepted(self.order_tx(&[item], None, None));
                return;
            }
            Lifecycle::Returned => {
                self.accepted(self.return_tx(&[item]));
                return;
            }
            Lifecycle::Destroyed => {
                self.accepted(self.destroy_tx(&[item]));
                return;
            }
            _ => return,
        };
        self.accepted(self.inspect_tx(CUSTOMS, &[item], result));
    }

    /// From release to a state after it. What is in transit is with a carrier: where the holder is none, with the one
    /// of this world.
    pub(crate) fn past_border(&mut self, item: ItemId, holder: Person, state: Lifecycle) {
        let all = self.item(item).on_hand;
        let tx = match state {
            Lifecycle::InTransit => {
                if holder == CARRIER {
                    self.accepted(self.handover(item, holder, A));
                    self.accepted(self.handover(item, A, holder));
                } else {
                    self.accepted(self.handover(item, holder, CARRIER));
                }
                return;
            }
            Lifecycle::WasteInTransit => {
                self.accepted(self.waste_tx(item, all, holder));
                self.accepted(self.handover(item, holder, DISPOSER));
                if holder == CARRIER {
                    self.accepted(self.handover(item, DISPOSER, holder));
                }
                return;
            }
            Lifecycle::Stored => self.store_tx(holder, &[item], gln(7), false),
            Lifecycle::InUse => self.use_tx(item, pieces(1), holder),
            Lifecycle::Waste => self.waste_tx(item, all, holder),
            Lifecycle::Exited => self.exit_tx(&[item]),
            Lifecycle::Consumed => self.use_tx(item, all, holder),
            Lifecycle::Disposed => self.dispose_tx(item, all, holder, ENVIRONMENT),
            Lifecycle::Derived => {
                let parts = self.parts(item, &[all.amount()]);
                self.derive_tx(holder, DeriveKind::Split, &[(item, all)], parts)
            }
            Lifecycle::Lost => self.lose_tx(item, all, false, holder),
            _ => return,
        };
        self.accepted(tx);
    }
}
