//! An office with many desks: people of firms, agencies and others with their keys, and a node that shows their
//! organisations, items, grants and registries.
#![allow(unreachable_pub)]

use crate::node::{GTIN, NETWORK, Node};
use api::view::{
    AlertView, AuditView, DutyView, EntryView, GrantView, ItemParts, ItemView, KeyView, OrgView, Page, ProposalView,
};
use keys::{PersonKey, Signer};
use ledger::{
    ClassId, CustodyPoint, GrantId, HandoverTerms, Hash, ItemId, ItemRecord, KeyRecord, Lifecycle, OrgId, OrgRecord,
    PersonId, Role, Text, Timestamp, TxId,
    event::Decision,
    operation::{Application, Change, Direction, GrantKind, Motion, NewEntry, Purpose, Registry, Subject, Value},
    policy::WriteOff,
    record::{
        AgencyFunction, AlertKind, AlertRecord, AlertSubject, AuditRecord, ClassCode, DutyKind, DutyRecord,
        EntryRecord, GrantRecord, GrantState, Marks, Mechanism, OrgIdentifier, OrgKind, OrgProfile, PendingOffer,
        ProposalRecord, ProposalState, Roles, Stamp, alert_id,
    },
};
use serde::Serialize;
use serde_json::json;

// The people

/// Somebody with a key: seed, organisation, roles.
#[derive(Clone, Copy)]
pub struct Person {
    pub seed: u8,
    pub org: &'static str,
    pub roles: &'static [Role],
}

pub const FIRM: Person = Person { seed: 1, org: "firm", roles: &[Role::Custodian, Role::Receiver, Role::Declarant] };
pub const LEAD: Person = Person { seed: 2, org: "firm", roles: &[Role::ProjectLead, Role::Joint] };
pub const CUSTOMS: Person = Person { seed: 3, org: "customs", roles: &[Role::Officer, Role::Countersigner] };
pub const ENVIRONMENT: Person = Person { seed: 4, org: "environment", roles: &[Role::Officer, Role::Countersigner] };
pub const SCIENCE: Person = Person { seed: 5, org: "science", roles: &[Role::Officer, Role::Countersigner] };
pub const HEALTH: Person = Person { seed: 6, org: "health", roles: &[Role::Officer, Role::Countersigner] };
pub const JOINT: Person = Person { seed: 7, org: "joint", roles: &[Role::Delegate] };
pub const PARTNER: Person = Person { seed: 8, org: "partner", roles: &[Role::Custodian, Role::Joint] };
pub const LABORATORY: Person = Person { seed: 9, org: "laboratory", roles: &[Role::Laboratory] };
pub const TESTER: Person = Person { seed: 10, org: "laboratory", roles: &[Role::Tester] };
pub const PEOPLE: [Person; 10] =
    [FIRM, LEAD, CUSTOMS, ENVIRONMENT, SCIENCE, HEALTH, JOINT, PARTNER, LABORATORY, TESTER];

fn kind(org: &str) -> OrgKind {
    match org {
        "customs" => OrgKind::Agency(AgencyFunction::Customs),
        "environment" => OrgKind::Agency(AgencyFunction::Environment),
        "science" => OrgKind::Agency(AgencyFunction::ScienceTechnology),
        "health" => OrgKind::Agency(AgencyFunction::Health),
        "joint" => OrgKind::Mechanism(Mechanism::Joint),
        "partner" => OrgKind::Partner,
        "laboratory" => OrgKind::Laboratory,
        _ => OrgKind::Enterprise,
    }
}

fn org(name: &str) -> OrgRecord {
    let identifier = OrgIdentifier { scheme: Text::new("test").unwrap(), value: Text::new(name).unwrap() };
    let profile = OrgProfile { identifier, name: Text::new(name).unwrap(), kind: kind(name) };
    OrgRecord { profile, from: Stamp::default(), cause: None, ban: None, left: None }
}

fn org_id(name: &str) -> OrgId {
    OrgId::of(&org(name).profile.identifier)
}

impl Person {
    pub fn key(self) -> PersonKey {
        let (pseudonym, roles) = (PersonId(Hash([self.seed; 32])), Roles::of(self.roles));
        PersonKey::from_seed(&[self.seed; 32], org_id(self.org), pseudonym, "A", "a", roles).unwrap()
    }

    fn record(self) -> KeyRecord {
        let key = self.key();
        KeyRecord {
            key: *key.public_key().bytes(),
            org: org_id(self.org),
            person: key.header().person,
            name: Hash::default(),
            roles: Roles::of(self.roles),
            from: Stamp::default(),
            cause: None,
            waits: None,
            end: None,
        }
    }
}

// What the node shows

const ITEMS: [u8; 4] = [21, 22, 23, 24];

pub fn item_id(seed: u8) -> String {
    ItemId(Hash([seed; 32])).to_string()
}

pub fn class() -> ClassId {
    ClassId::of(&ClassCode::Gtin(GTIN.parse().unwrap()))
}

/// 10 kg of a lot in the hands of the firm.
pub fn item(code: &str) -> ItemRecord {
    let quantity = |text: &str| text.parse::<gs1::Quantity>().unwrap();
    let none = quantity("0 KGM");
    ItemRecord {
        class: class(),
        code: code.parse().unwrap(),
        registrant: org_id("firm"),
        custodian: org_id("firm"),
        state: Lifecycle::Stored,
        registered: quantity("10 KGM"),
        on_hand: quantity("10 KGM"),
        used: none,
        derived: none,
        wasted: none,
        lost: none,
        disposed: none,
        purpose: Purpose::Research,
        marks: Marks::default(),
        place: None,
        quarantined: false,
        grant: None,
        excursions: 0,
        holds: Vec::new(),
        container: None,
        inside: None,
        count: 1,
        head: Hash::default(),
        custody_seq: 0,
        trail: Hash([9; 32]),
        offer: None,
        previous: None,
        private: None,
    }
}

pub fn view(id: &ItemId, item: &ItemRecord) -> ItemView {
    let (class, custodian, registrant) = (None, None, None);
    ItemView::of(ItemParts { id, item, class, custodian, registrant, as_of: Stamp::default() })
}

/// Shows an item in the hands of the partner, at its identity and at its code, and offered to somebody until a time.
/// Of several with one code a list stands there.
pub fn show(node: &Node, seed: u8, code: &str, offer: Option<(Person, Timestamp)>) {
    let id = ItemId(Hash([seed; 32]));
    let mut item = item(code);
    item.custodian = org_id("partner");
    item.offer = offer.map(|(to, expires)| {
        let terms = HandoverTerms {
            network: NETWORK,
            item: id,
            at: CustodyPoint { seq: item.custody_seq, trail: item.trail },
            giver: item.custodian,
            receiver: org_id(to.org),
            expires,
            purpose: Purpose::Research,
            premises: None,
            private: None,
        };
        let (receiver, purpose) = (terms.receiver, terms.purpose);
        PendingOffer { terms: terms.hash(), receiver, expires, purpose, premises: None }
    });
    let shown = value(&view(&id, &item));
    node.with(|state| {
        state.served.insert(format!("/v1/items/{id}"), shown.clone());
        let at_code = format!("/v1/items/{}", item.code);
        let all = match state.served.remove(&at_code) {
            None => shown,
            Some(mut other) => match other.get_mut("items").and_then(|items| items.as_array_mut()) {
                Some(items) => {
                    items.push(shown);
                    other
                }
                None => json!({"items": [other, shown], "next": null}),
            },
        };
        state.served.insert(at_code, all);
    });
}

fn grant(kind: GrantKind, number: &str) -> GrantRecord {
    let quantity: gs1::Quantity = "100 KGM".parse().unwrap();
    GrantRecord {
        holder: org_id("firm"),
        application: Application {
            kind,
            counterpart: Some(org_id("partner")),
            class: class(),
            quantity,
            purpose: Purpose::Research,
            direction: Direction::Export,
            region: Text::new("HK").unwrap(),
            ports: Vec::new(),
            premises: None,
            from: Timestamp(0),
            on: Vec::new(),
            private: None,
        },
        applied: Stamp::default(),
        state: GrantState::Applied,
        lane: None,
        number: Text::new(number).unwrap(),
        mode: WriteOff::Batches,
        valid: None,
        drawn: gs1::Quantity::zero(quantity.unit()),
        abroad: gs1::Quantity::zero(quantity.unit()),
        declared: 0,
        tested: None,
        due: None,
        days_left: 0,
        pauses: 0,
        decision: None,
        previous: None,
        previous_of_counterpart: None,
    }
}

fn rating() -> NewEntry {
    NewEntry {
        registry: Registry::Rating,
        subject: Subject::Org(org_id("firm")),
        period: 2024,
        value: Value::Rating(Text::new("A").unwrap()),
        from: Timestamp(0),
        to: None,
        ends_keys: Vec::new(),
        documents: None,
    }
}

/// A line of the registry of premises, from the beginning on.
pub fn premises(gln: &str, of: Person, level: u8, to: Option<Timestamp>) -> serde_json::Value {
    let entry = NewEntry {
        registry: Registry::Premises,
        subject: Subject::Place(gln.parse().unwrap()),
        period: 0,
        value: Value::Level { org: org_id(of.org), level },
        from: Timestamp(0),
        to,
        ends_keys: Vec::new(),
        documents: None,
    };
    let place = entry.place();
    let record = EntryRecord { entry, by: Vec::new(), at: Stamp::default(), decision: Decision::default(), end: None };
    value(&EntryView::of(&place, 1, &record, Timestamp(1)))
}

pub const GRANT: u8 = 31;
pub const FILING: u8 = 32;
pub const PROPOSAL: u8 = 41;

pub fn serve(node: &Node) {
    let page = |items: Vec<serde_json::Value>| json!({"items": items, "next": null});
    let mut served: Vec<(String, serde_json::Value)> = Vec::new();
    let mut put = |path: &str, value: serde_json::Value| served.push((path.to_owned(), value));
    let mut names: Vec<&str> = PEOPLE.iter().map(|person| person.org).collect();
    names.dedup();
    let orgs: Vec<OrgView> = names.iter().map(|name| OrgView::of(&org(name))).collect();
    for view in &orgs {
        put(&format!("/v1/orgs/{}", view.id), value(view));
        let keys = PEOPLE.iter().filter(|person| org_id(person.org).to_string() == view.id);
        let keys: Vec<KeyView> = keys.map(|person| KeyView::of(&person.record())).collect();
        put(&format!("/v1/orgs/{}/keys", view.id), value(&Page { items: keys, next: None }));
    }
    put("/v1/orgs", value(&Page { items: orgs, next: None }));
    let codes = ["/10/L1", "/10/L1", "/10/L2"].map(|lot| format!("01/{GTIN}{lot}"));
    for (seed, code) in ITEMS.into_iter().zip(codes.into_iter().chain(["00/006141411234567890".to_owned()])) {
        let (id, item) = (ItemId(Hash([seed; 32])), item(&code));
        put(&format!("/v1/items/{id}"), value(&view(&id, &item)));
    }
    let permit = GrantView::of(&GrantId(Hash([GRANT; 32])), &grant(GrantKind::Permit, "SZ-1"));
    let filing = GrantView::of(&GrantId(Hash([FILING; 32])), &grant(GrantKind::HgrFiling, "F-1"));
    for view in [&permit, &filing] {
        put(&format!("/v1/permits/{}", view.id), value(view));
    }
    put("/v1/permits", page(vec![value(&permit), value(&filing)]));
    let record =
        EntryRecord { entry: rating(), by: Vec::new(), at: Stamp::default(), decision: Decision::default(), end: None };
    let entry = EntryView::of(&rating().place(), 1, &record, Timestamp(1));
    for registry in Registry::ALL {
        let lines = if registry == Registry::Rating { vec![value(&entry)] } else { vec![] };
        put(&format!("/v1/registries/{}", registry.name()), page(lines));
    }
    let record = ProposalRecord {
        motion: Motion { changes: vec![Change::Enter(rating())] },
        by: org_id("firm"),
        approvals: Vec::new(),
        at: Stamp::default(),
        until: Timestamp(u64::MAX),
        state: ProposalState::Open,
    };
    let proposal = ProposalView::of(&TxId(Hash([PROPOSAL; 32])), &record);
    put(&format!("/v1/proposals/{}", proposal.id), value(&proposal));
    put("/v1/proposals", page(vec![value(&proposal)]));
    let record = DutyRecord {
        kind: DutyKind::OnDemand { by: org_id("customs"), tx: TxId::default() },
        debtors: vec![org_id("firm")],
        about: None,
        due: Timestamp(1),
        opened: Stamp::default(),
        answers: Vec::new(),
        done: None,
        private: None,
    };
    put("/v1/duties", page(vec![value(&DutyView::of(&record.kind.id(), &record, Timestamp(2)))]));
    let record = AlertRecord {
        kind: AlertKind::Excursion,
        subject: AlertSubject::Org(org_id("firm")),
        orgs: vec![org_id("firm")],
        readers: vec![AgencyFunction::Customs],
        decision: Decision::default(),
        raised: Stamp::default(),
        last: Stamp::default(),
        times: 2,
        closed: None,
    };
    put("/v1/alerts", page(vec![value(&AlertView::of(&alert_id(record.kind, &record.subject), &record))]));
    let line = |n: u64| {
        let record = AuditRecord {
            at: Stamp { height: n, time: Timestamp(n) },
            tx: TxId::default(),
            act: ledger::Act::RegisterOrg,
            by: vec![org_id("customs")],
            what: Text::new("organisation").unwrap(),
        };
        value(&AuditView::of(n, &record))
    };
    put("/v1/audit", page(vec![line(3), line(2), line(1)]));
    node.with(|state| state.served = served.into_iter().collect());
}

fn value<T: Serialize>(view: &T) -> serde_json::Value {
    serde_json::to_value(view).unwrap()
}
