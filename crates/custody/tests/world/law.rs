//! What the regulation adds: registries, grants, motions, and the ways of goods under a permit.

use super::*;
use ledger::policy::Period;

/// GTIN of a medicament, which needs a clearance proof (HS 3004).
pub(crate) const DRUG: &str = "09521500000013";
/// GTIN of a human genetic resource.
pub(crate) const PLASMA: &str = "09521400000014";

/// The premises of an organisation in the regulated world.
pub(crate) fn premises_of(org: Org) -> Gln {
    gln(org as u64 + 1)
}

/// The grades of the genesis classes are "2".
fn drug() -> ClassProfile {
    ClassProfile { name: text("medicament"), hs: "HS2022-WCO-300490".parse().unwrap(), ..class_profile(DRUG) }
}
fn plasma() -> ClassProfile {
    ClassProfile {
        name: text("plasma"),
        category: Category::Blood,
        hgr: true,
        hs: "HS2022-WCO-300212".parse().unwrap(),
        ..class_profile(PLASMA)
    }
}

/// The genesis of the regulated world.
pub(crate) fn regulated_genesis(orientation: &str) -> Genesis {
    let classes = vec![class_profile(GTIN), drug(), plasma()];
    genesis_under(shipped("shenzhen-draft", orientation), &Org::REGULATED, classes)
}

/// Who enters in a registry under `shenzhen-draft`.
pub(crate) fn entrants(registry: Registry) -> Vec<(Person, Role)> {
    let officer = |person| (person, Role::Officer);
    match registry {
        Registry::Qualified
        | Registry::Rating
        | Registry::Premises
        | Registry::PreReview
        | Registry::Laboratory
        | Registry::NonAcceptance
        | Registry::OrgBan
        | Registry::PersonBan
        | Registry::Access => vec![officer(CUSTOMS)],
        Registry::GradedClass => vec![(EXPERT, Role::Expert), officer(SCIENCE)],
        Registry::PositiveList => vec![officer(CUSTOMS), officer(HEALTH), officer(SCIENCE)],
        Registry::Expert | Registry::Tri => vec![officer(SCIENCE)],
        Registry::Pilot => vec![(JOINT, Role::Delegate)],
        Registry::WhiteList => {
            let mut all = vec![(DISTRICT, Role::Delegate)];
            all.extend([COMMERCE, SCIENCE, MARKET, HEALTH, CUSTOMS].map(officer));
            all
        }
    }
}

/// Who ends an entry under `shenzhen-draft`.
pub(crate) fn enders(registry: Registry) -> Vec<(Person, Role)> {
    match registry {
        Registry::GradedClass => vec![(SCIENCE, Role::Officer)],
        Registry::Tri => vec![(SCIENCE, Role::Officer), (CUSTOMS, Role::Officer)],
        other => entrants(other),
    }
}

/// Who decides on a grant under `shenzhen-draft`.
pub(crate) fn decider(kind: GrantKind) -> (Person, Role) {
    match kind {
        GrantKind::Permit | GrantKind::Plan => (CUSTOMS, Role::Officer),
        GrantKind::Clearance => (JOINT, Role::Delegate),
        GrantKind::HgrFiling => (SCIENCE, Role::Officer),
    }
}

/// Who applies: firm A, for a filing with its counterpart.
pub(crate) fn applicants(application: &Application) -> Vec<(Person, Role)> {
    let mut signers = vec![(A, Role::Declarant)];
    if application.kind == GrantKind::HgrFiling {
        let partner = if application.counterpart == Some(Org::Clinic.id()) { CLINIC } else { PARTNER };
        signers.push((partner, Role::Joint));
    }
    signers
}

impl World {
    /// Under `shenzhen-draft`, grade 1 the least dangerous; nothing is entered in any registry yet.
    pub(crate) fn regulated() -> World {
        World::of(&regulated_genesis("first-is-lowest"))
    }

    /// The same with premises of level 3 for firm A and of level 2 for firm B.
    pub(crate) fn settled() -> World {
        World::settled_as("first-is-lowest")
    }
    pub(crate) fn settled_as(orientation: &str) -> World {
        let mut world = World::of(&regulated_genesis(orientation));
        world.open_premises(Org::FirmA, 3);
        world.open_premises(Org::FirmB, 2);
        world
    }

    /// The same with firm A qualified and rated A for the five years before 2026.
    pub(crate) fn rated() -> World {
        let mut world = World::settled();
        world.enter(Registry::Qualified, Subject::Org(Org::FirmA.id()), Value::Field(text("research")));
        world.rate(Org::FirmA, &[(2021, "A"), (2022, "A"), (2023, "A"), (2024, "A"), (2025, "A")]);
        world
    }

    /// The same with the partner listed and a filing of 200 tubes of plasma granted.
    pub(crate) fn filed() -> (World, GrantId) {
        let mut world = World::rated();
        world.enter(Registry::Tri, Subject::Org(Org::Partner.id()), Value::None);
        let filing = world.granted(world.filing_application(Org::Partner, 200));
        (world, filing)
    }

    // -------------------------------------------------------------------------------------------------- registries

    /// An entry from now to the end of what its registry allows.
    pub(crate) fn entry(&self, registry: Registry, subject: Subject, value: Value) -> NewEntry {
        let (pack, from) = (self.pack(), self.now);
        let to = match pack.registry(registry).map(|row| row.period) {
            Some(Period::Year) => Some(pack.calendar.year_end(from)),
            Some(Period::HalfYear) => Some(pack.calendar.half_year_end(from)),
            Some(Period::Open) | None => None,
        };
        NewEntry { registry, subject, period: 0, value, from, to, ends_keys: Vec::new(), documents: None }
    }
    pub(crate) fn rating(&self, org: Org, year: u16, rating: &str) -> NewEntry {
        let entry = self.entry(Registry::Rating, Subject::Org(org.id()), Value::Rating(text(rating)));
        NewEntry { period: year, ..entry }
    }
    pub(crate) fn enact_tx(&self, changes: Vec<Change>, signers: &[(Person, Role)]) -> Arc<VerifiedTx> {
        self.tx(Operation::Enact { motion: Motion { changes } }, signers)
    }
    pub(crate) fn enter_tx(&self, entry: NewEntry) -> Arc<VerifiedTx> {
        let signers = entrants(entry.registry);
        self.enact_tx(vec![Change::Enter(entry)], &signers)
    }
    #[track_caller]
    pub(crate) fn enter(&mut self, registry: Registry, subject: Subject, value: Value) {
        let entry = self.entry(registry, subject, value);
        self.accepted(self.enter_tx(entry));
    }
    pub(crate) fn open_premises(&mut self, org: Org, level: u8) {
        let value = Value::Level { org: org.id(), level };
        self.enter(Registry::Premises, Subject::Place(premises_of(org)), value);
    }
    pub(crate) fn rate(&mut self, org: Org, ratings: &[(u16, &str)]) {
        let changes = ratings.iter().map(|(year, rating)| Change::Enter(self.rating(org, *year, rating))).collect();
        self.accepted(self.enact_tx(changes, &[(CUSTOMS, Role::Officer)]));
    }
    /// How many entries a place has.
    pub(crate) fn entries_of(&self, registry: Registry, subject: &Subject, period: u16) -> u64 {
        let head: Option<RegisterRecord> = self.record(StateKey::Register(place(registry, subject, period)));
        head.map_or(0, |head| head.count)
    }
    /// The end of the last entry of a place.
    pub(crate) fn end_of(&self, registry: Registry, subject: Subject, period: u16, why: EndWhy) -> Change {
        let n = self.entries_of(registry, &subject, period);
        Change::End { place: place(registry, &subject, period), n, why, documents: None }
    }
    pub(crate) fn end_tx(&self, registry: Registry, subject: Subject, period: u16, why: EndWhy) -> Arc<VerifiedTx> {
        self.enact_tx(vec![self.end_of(registry, subject, period, why)], &enders(registry))
    }

    // ------------------------------------------------------------------------------------------------------ grants

    /// Firm A asks for a permit of so many pieces of the first class, from Hong Kong.
    pub(crate) fn application(&self, quantity: u64) -> Application {
        Application {
            kind: GrantKind::Permit,
            counterpart: None,
            class: class_id(),
            quantity: pieces(quantity),
            purpose: Purpose::Unstated,
            direction: Direction::Import,
            region: text("HK"),
            ports: Vec::new(),
            premises: Some(premises_of(Org::FirmA)),
            from: self.now,
            on: Vec::new(),
            private: None,
        }
    }
    pub(crate) fn filing_application(&self, partner: Org, quantity: u64) -> Application {
        Application {
            kind: GrantKind::HgrFiling,
            counterpart: Some(partner.id()),
            class: class_of(PLASMA),
            direction: Direction::Export,
            premises: None,
            ..self.application(quantity)
        }
    }
    /// An export permit on a filing.
    pub(crate) fn export_application(&self, filing: GrantId, quantity: u64) -> Application {
        let counterpart = self.grant(filing).application.counterpart;
        Application {
            counterpart,
            class: class_of(PLASMA),
            direction: Direction::Export,
            premises: None,
            on: vec![filing],
            ..self.application(quantity)
        }
    }
    pub(crate) fn apply_tx(&self, application: &Application) -> Arc<VerifiedTx> {
        self.tx(Operation::Apply { application: application.clone() }, &applicants(application))
    }
    #[track_caller]
    pub(crate) fn applied(&mut self, application: Application) -> GrantId {
        let tx = self.accepted(self.apply_tx(&application));
        GrantId::of(&self.network, &tx)
    }
    pub(crate) fn decide_tx(&self, grant: GrantId, lane: Option<Lane>) -> Arc<VerifiedTx> {
        let number = text(&format!("P-{}", grant.0.short()));
        let verdict = Verdict::Grant { number, lane, from: self.now };
        let kind = self.grant(grant).application.kind;
        self.tx(Operation::Decide { grant, verdict }, &[decider(kind)])
    }
    pub(crate) fn refuse_grant_tx(&self, grant: GrantId) -> Arc<VerifiedTx> {
        let verdict = Verdict::Refuse { reason: text("incomplete") };
        let kind = self.grant(grant).application.kind;
        self.tx(Operation::Decide { grant, verdict }, &[decider(kind)])
    }
    #[track_caller]
    pub(crate) fn granted(&mut self, application: Application) -> GrantId {
        let grant = self.applied(application);
        self.accepted(self.decide_tx(grant, None));
        grant
    }
    /// An import permit of firm A.
    pub(crate) fn permit(&mut self, quantity: u64) -> GrantId {
        self.granted(self.application(quantity))
    }

    // ---------------------------------------------------------------------------------------------- under a permit

    /// A lot of firm A of the class of a permit, assigned to it.
    #[track_caller]
    pub(crate) fn assigned(&mut self, permit: GrantId, name: &str, quantity: u64) -> ItemId {
        let class = self.grant(permit).application.class;
        let gtin = [GTIN, DRUG, PLASMA].into_iter().find(|gtin| class_of(gtin) == class).expect("a class of genesis");
        let body = registration_of(class, lot_of(gtin, name), pieces(quantity), Purpose::Unstated);
        let id = self.accepted(self.register_all_tx(A, vec![body]));
        let item = ItemId::of(&self.network, &id, 0);
        self.accepted(self.assign_tx(A, &[item], permit));
        item
    }
    /// The same, declared and passed by an inspection.
    #[track_caller]
    pub(crate) fn inspected(&mut self, permit: GrantId, name: &str, quantity: u64) -> ItemId {
        let item = self.assigned(permit, name, quantity);
        self.accepted(self.declare_tx(A, &[item]));
        self.accepted(self.inspect_tx(CUSTOMS, &[item], InspectionResult::Passed));
        item
    }
    /// The same, released.
    #[track_caller]
    pub(crate) fn imported(&mut self, permit: GrantId, name: &str, quantity: u64) -> ItemId {
        let item = self.inspected(permit, name, quantity);
        self.accepted(self.release_tx(CUSTOMS, &[item]));
        item
    }
    /// Plasma that has left the country under an export permit.
    #[track_caller]
    pub(crate) fn exited(&mut self, permit: GrantId, name: &str, quantity: u64) -> ItemId {
        let item = self.imported(permit, name, quantity);
        self.accepted(self.exit_tx(&[item]));
        item
    }
    /// The same, in the hands of the partner.
    #[track_caller]
    pub(crate) fn received_abroad(&mut self, permit: GrantId, name: &str, quantity: u64) -> ItemId {
        let item = self.exited(permit, name, quantity);
        self.accepted(self.handover(item, A, PARTNER));
        assert_eq!(self.item(item).state, Lifecycle::ReceivedAbroad);
        item
    }
    /// The report of a quarter: (item, used, disposed, left).
    pub(crate) fn report_tx(
        &self,
        filing: GrantId,
        (year, quarter): (u16, u8),
        usages: &[(ItemId, u64, u64, u64)],
        last: bool,
        signers: &[(Person, Role)],
    ) -> Arc<VerifiedTx> {
        let usage = |(item, used, disposed, left): &(ItemId, u64, u64, u64)| {
            let (used, disposed, left) = (pieces(*used), pieces(*disposed), pieces(*left));
            EntryBody::Usage(Usage { item: *item, used, disposed, left })
        };
        let report = |list| Operation::Report { filing, year, quarter, list, last, private: None };
        self.list_tx(usages.iter().map(usage).collect(), report, signers)
    }
}

/// Both who must sign a report.
pub(crate) const BOTH_REPORT: &[(Person, Role)] = &[(PARTNER, Role::Custodian), (A, Role::Joint)];

/// A node of an agency for a network that runs, by the numbers of its two keys.
pub(crate) fn seat(network: &NetworkId, org: Org, consensus: u8, peer: u8) -> NodeClaim {
    let (consensus, transport) = (Person { org, number: consensus }, Person { org, number: peer });
    let (key, peer) = (consensus.key(), transport.key());
    NodeClaim {
        key,
        peer,
        possession: consensus.sign(&ledger::genesis::seat_possession(network, &org.id(), &key, &peer)),
        peer_possession: transport.sign(&ledger::crypto::peer_possession(network, &org.id(), &peer)),
    }
}

/// An agency that wants a seat, with one key and its node.
pub(crate) fn newcomer(network: &NetworkId, org: Org) -> GenesisOrg {
    let chief = head(org);
    let keys = vec![chief.claim(network, org, chief.pseudonym(), all_roles())];
    GenesisOrg { profile: org.profile(), keys, node: Some(seat(network, org, CONSENSUS, PEER)) }
}

/// Agencies that are more than two thirds of seven, without the police.
pub(crate) const QUORUM: &[(Person, Role)] = &[
    (CUSTOMS, Role::Officer),
    (SCIENCE, Role::Officer),
    (HEALTH, Role::Officer),
    (ENVIRONMENT, Role::Officer),
    (MARKET, Role::Officer),
];
