//! One operation of each kind, and what operations are made of.

use super::*;
use ledger::{
    AlertId,
    crypto::peer_possession,
    genesis::{GenesisOrg, NodeClaim, seat_possession},
    operation::{
        Application, Bucket, Change, DeriveKind, Direction, EndWhy, GrantKind, Input, InspectionResult, Lane, Motion,
        NewEntry, Note, Registry, Subject, Telemetry, Value, Verdict,
    },
    record::{DutyKind, KeyEndReason, NetworkRecord},
};

/// An operation with its signers (key seed, organisation, role) and entries.
pub(crate) type Sample = (Operation, Vec<(u8, u8, Role)>, Vec<Entry>);

/// One operation of each kind, in the order of `Act::ALL`.
pub(crate) fn operations() -> Vec<Sample> {
    let mut all = registry_operations(profile(5, OrgKind::Enterprise));
    all.extend(custody_operations());
    all.extend(border_operations());
    all.extend(life_operations());
    all.extend(grant_operations());
    all.extend(duty_operations());
    all.extend(motion_operations());
    all.extend(operations_beyond_custody());
    all
}

fn registry_operations(new: OrgProfile) -> Vec<Sample> {
    use KeyEndReason::{Compromised, Retired};
    use Role::{Administrator, Officer};
    let firm = org(1);
    let register_key = Operation::RegisterKey { org: firm, claim: claim(3, &firm) };
    let rotate = Operation::RotateKey { old: key_id(1), claim: claim(4, &firm) };
    let end_key = Operation::EndKey { key: key_id(1), reason: Compromised };
    let possession = sign(20, &peer_possession(&network(), &firm, &key(20)));
    let register_node = Operation::RegisterNode { org: firm, peer: key(20), possession };
    let end_node = Operation::EndNode { peer: key(20), reason: Retired };
    let [gtin, _] = class_codes();
    let register_class = Operation::RegisterClass { profile: class_profile(gtin) };
    [
        (Operation::RegisterOrg { profile: new }, vec![(9, 9, Officer)]),
        (register_key, vec![(1, 1, Administrator)]),
        (rotate, vec![(1, 1, Administrator)]),
        (end_key, vec![(9, 9, Officer)]),
        (register_node, vec![(1, 1, Administrator)]),
        (end_node, vec![(1, 1, Administrator)]),
        (register_class, vec![(6, 6, Officer)]),
    ]
    .map(|(operation, signers)| (operation, signers, Vec::new()))
    .into()
}

fn custody_operations() -> Vec<Sample> {
    use Role::{Countersigner, Custodian, Declarant, Officer, Receiver};
    let (items, registrations) = (item_entries(3), registrations());
    let list = list_of(&items);
    let (item, at, private) = (item(1), point(), Some(hash(0x33)));
    let terms_hash = terms(None).hash();
    let none = Vec::new;
    let register = Operation::Register { list: list_of(&registrations) };
    let declare = Operation::Declare { list, exempt: false, private: None };
    let inspect = Operation::Inspect { list, result: InspectionResult::TestPending, video: Some(hash(0x34)), private };
    let accept = Operation::Accept { item, terms: terms_hash, at };
    let refuse = Operation::Refuse { item, terms: terms_hash, reason: text("包装破损 damaged") };
    let use_some = Operation::Use { item, at, quantity: quantity("0.5 MLT"), private };
    let dispose = Operation::Dispose { item, at, quantity: quantity("20 H87"), private: None };
    let [gtin, _] = class_codes();
    let assert_hs = Operation::AssertHs { class: ClassId::of(&gtin), hs: "HS2028-MO-30021500".parse().unwrap() };
    vec![
        (register, vec![(1, 1, Declarant)], registrations),
        (declare, vec![(1, 1, Declarant)], items.clone()),
        (inspect, vec![(9, 9, Officer)], items.clone()),
        (Operation::Release { list }, vec![(9, 9, Officer)], items),
        (Operation::Offer { terms: terms(private) }, vec![(1, 1, Custodian)], none()),
        (accept, vec![(2, 2, Receiver)], none()),
        (refuse, vec![(2, 2, Receiver)], none()),
        (Operation::Withdraw { item, terms: terms_hash }, vec![(1, 1, Custodian)], none()),
        (Operation::Handover { terms: terms(None) }, vec![(1, 1, Custodian), (2, 2, Receiver)], none()),
        (use_some, vec![(1, 1, Custodian), (13, 1, Role::ProjectLead)], none()),
        (dispose, vec![(1, 1, Custodian), (8, 8, Countersigner)], none()),
        (Operation::PlaceHold { item, reason: text("召回 recall") }, vec![(7, 7, Officer), (9, 9, Officer)], none()),
        (Operation::LiftHold { item, placed: 300 }, vec![(7, 7, Officer)], none()),
        (assert_hs, vec![(9, 9, Officer)], none()),
    ]
}

fn border_operations() -> Vec<Sample> {
    use Role::{Countersigner, Custodian, Declarant, Joint, Laboratory, Officer, Tester};
    let items = item_entries(3);
    let list = list_of(&items);
    let customs = (9, 9, Officer);
    [
        (Operation::Assign { list, grant: grant(1) }, vec![(1, 1, Declarant)]),
        (Operation::Arrive { list, port: text("CNSZX") }, vec![customs]),
        (Operation::OrderInspection { list, premises: Some(gln()) }, vec![customs, (1, 1, Joint)]),
        (Operation::Test { list, passed: true, report: hash(0x35) }, vec![(10, 10, Laboratory), (11, 10, Tester)]),
        (Operation::Return { list, reason: text("申报不符 not as declared") }, vec![customs]),
        (Operation::Destroy { list, reason: text("污染 contaminated") }, vec![customs, (8, 8, Countersigner)]),
        (Operation::Exit { list, port: text("CNSGH") }, vec![customs]),
        (Operation::Store { list, premises: gln(), quarantine: false }, vec![(1, 1, Custodian)]),
    ]
    .map(|(operation, signers)| (operation, signers, items.clone()))
    .into()
}

fn life_operations() -> Vec<Sample> {
    use Role::{Countersigner, Custodian, ProjectLead};
    let (item, at, private) = (item(1), point(), Some(hash(0x33)));
    let items = item_entries(3);
    let list = list_of(&items);
    let made = registrations()[..3].to_vec();
    let firm = || vec![(1, 1, Custodian), (13, 1, ProjectLead)];
    let waste = Operation::Waste { item, at, quantity: quantity("20 H87"), private };
    let lose = Operation::Lose { item, at, quantity: quantity("10 H87"), theft: true, private: None };
    let correct = Operation::Correct {
        item,
        at,
        event: 14,
        bucket: Bucket::Lost,
        quantity: quantity("10 H87"),
        reason: text("找到 found again"),
    };
    let note = Operation::Note { list, note: notes().remove(1) };
    let derive = Operation::Derive { kind: DeriveKind::Manufacture, inputs: inputs(2), list: list_of(&made) };
    let (unit, unit_at) = (unit(), CustodyPoint::start(&unit()));
    let custodian = || vec![(1, 1, Custodian)];
    vec![
        (waste, firm(), Vec::new()),
        (lose, firm(), Vec::new()),
        (correct, vec![(1, 1, Custodian), (9, 9, Countersigner)], Vec::new()),
        (note, custodian(), items.clone()),
        (derive, firm(), made),
        (Operation::Pack { unit, at: unit_at, list }, custodian(), items.clone()),
        (Operation::Unpack { unit, at: unit_at, list }, custodian(), items),
    ]
}

fn grant_operations() -> Vec<Sample> {
    use Role::{Declarant, Officer};
    let id = grant(1);
    let [granted, _, _] = verdicts();
    let customs = (9, 9, Officer);
    [
        (Operation::Apply { application: application(GrantKind::Permit) }, vec![(1, 1, Declarant)]),
        (Operation::Pause { grant: id, notice: hash(0x37) }, vec![customs]),
        (Operation::Resume { grant: id }, vec![customs]),
        (Operation::Decide { grant: id, verdict: granted }, vec![customs]),
        (Operation::Cancel { grant: id, reason: text("不再需要 no longer needed") }, vec![(1, 1, Declarant)]),
    ]
    .map(|(operation, signers)| (operation, signers, Vec::new()))
    .into()
}

fn duty_operations() -> Vec<Sample> {
    use Role::{Custodian, Declarant, Joint, Officer};
    let demand = Operation::Demand {
        debtors: vec![org(1), org(2)],
        until: START.plus_ms(864_000_000),
        about: Some(item(1)),
        private: Some(hash(0x38)),
    };
    let usages = usage_entries();
    let report = Operation::Report {
        filing: grant(2),
        year: 2026,
        quarter: 1,
        list: list_of(&usages),
        last: false,
        private: Some(hash(0x39)),
    };
    let answer = Operation::Answer { duty: duty_kinds()[1].id(), private: Some(hash(0x3a)) };
    vec![
        (demand, vec![(9, 9, Officer)], Vec::new()),
        (report, vec![(12, 12, Custodian), (1, 1, Joint)], usages),
        (answer, vec![(1, 1, Declarant)], Vec::new()),
    ]
}

fn motion_operations() -> Vec<Sample> {
    use Role::Officer;
    let mut changes = changes();
    changes.truncate(3);
    let install = changes.remove(2);
    let until = START.plus_ms(2_592_000_000);
    let agencies = vec![(6, 6, Officer), (7, 7, Officer), (9, 9, Officer)];
    let close = Operation::CloseAlert { alert: alert(), reason: text("处理完毕 dealt with") };
    [
        (Operation::Enact { motion: Motion { changes } }, agencies.clone()),
        (Operation::Propose { motion: Motion { changes: vec![install] }, until }, vec![(9, 9, Officer)]),
        (Operation::Approve { proposal: tx_id(9) }, agencies),
        (Operation::Retract { proposal: tx_id(9) }, vec![(9, 9, Officer)]),
        (close, vec![(9, 9, Officer)]),
        (Operation::AdvanceClock { ms: 8_640_000_000 }, vec![(9, 9, Officer)]),
        (Operation::Anchor { documents: hash(0x40), count: 3 }, vec![(1, 1, Role::Declarant)]),
    ]
    .map(|(operation, signers)| (operation, signers, Vec::new()))
    .into()
}

/// Who else sees an item, to which key documents are sealed, and the way to another network.
fn operations_beyond_custody() -> Vec<Sample> {
    use Role::{Administrator, Custodian, Receiver};
    let (item, at, until) = (item(1), point(), START.plus_ms(2_592_000_000));
    [
        (Operation::Share { item, with: org(12), until }, vec![(1, 1, Custodian)]),
        (Operation::EndShare { item, with: org(12) }, vec![(12, 12, Receiver)]),
        (Operation::SetSealKey { org: org(1), key: [0x5e; 32] }, vec![(1, 1, Administrator)]),
        (Operation::Depart { item, at, to: other_network() }, vec![(1, 1, Custodian)]),
        (Operation::Land { passage: Box::new(passage()) }, vec![(1, 1, Custodian)]),
    ]
    .map(|(operation, signers)| (operation, signers, Vec::new()))
    .into()
}

// ------------------------------------------------------------------------------------------------------------- parts

pub(crate) fn unit() -> ItemId {
    item(20)
}
pub(crate) fn alert() -> AlertId {
    AlertId(hash(0x3b))
}
/// Items that go into a derivation; the first is that of the other samples.
pub(crate) fn inputs(count: u8) -> Vec<Input> {
    let input = |n| Input {
        item: item(n),
        at: if n == 1 { point() } else { CustodyPoint::start(&item(n)) },
        quantity: quantity("12 H87"),
    };
    (1..=count).map(input).collect()
}
pub(crate) fn notes() -> Vec<Note> {
    vec![
        Note::SelfCheck { counted: quantity("590 H87"), report: hash(0x3c) },
        Note::Telemetry {
            kind: Telemetry::Temperature,
            root: hash(0x3d),
            count: 288,
            from: START,
            to: START.plus_ms(86_400_000),
            min: -196_000,
            max: 9_500,
        },
        Note::Expert { report: hash(0x3e) },
        Note::Document { root: hash(0x3f) },
    ]
}
pub(crate) fn application(kind: GrantKind) -> Application {
    let [gtin, _] = class_codes();
    Application {
        kind,
        counterpart: Some(org(12)),
        class: ClassId::of(&gtin),
        quantity: quantity("1000 H87"),
        purpose: Purpose::Production,
        direction: Direction::Export,
        region: text("HK"),
        ports: vec![text("CNSZX"), text("CNSGH")],
        premises: Some(gln()),
        from: START.plus_ms(86_400_000),
        on: vec![grant(2)],
        private: Some(hash(0x36)),
    }
}
pub(crate) fn verdicts() -> [Verdict; 3] {
    let from = START.plus_ms(86_400_000);
    [
        Verdict::Grant { number: text("SZ-2026-0001"), lane: Some(Lane::InstantPermit), from },
        Verdict::Grant { number: text("SZ-2026-0002"), lane: None, from },
        Verdict::Refuse { reason: text("材料不全 incomplete") },
    ]
}
pub(crate) fn duty_kinds() -> [DutyKind; 2] {
    [DutyKind::Quarterly { filing: grant(2), year: 2026, quarter: 1 }, DutyKind::OnDemand { by: org(9), tx: tx_id(6) }]
}
pub(crate) fn subjects() -> [Subject; 5] {
    let [gtin, _] = class_codes().map(|code| ClassId::of(&code));
    [
        Subject::Org(org(1)),
        Subject::Class(gtin),
        Subject::Person(person(1)),
        Subject::Place(gln()),
        Subject::OrgClass(org(1), gtin),
    ]
}
pub(crate) fn values() -> [Value; 5] {
    [
        Value::None,
        Value::Rating(text("A")),
        Value::Level { org: org(1), level: 2 },
        Value::Grade(text("2")),
        Value::Field(text("疫苗 vaccines")),
    ]
}
/// Entries about each kind of subject, with each kind of value.
pub(crate) fn new_entries() -> Vec<NewEntry> {
    let [firm, class, someone, place, pair] = subjects();
    let [none, rating, level, grade, field] = values();
    let entry = |registry, subject, period, value| NewEntry {
        registry,
        subject,
        period,
        value,
        from: START,
        to: Some(START.plus_ms(31_536_000_000)),
        ends_keys: Vec::new(),
        documents: Some(hash(0x3e)),
    };
    let ban = entry(Registry::PersonBan, someone, 0, none.clone());
    vec![
        entry(Registry::Rating, firm, 2025, rating),
        entry(Registry::GradedClass, class, 0, grade),
        NewEntry { to: None, ends_keys: vec![key_id(1), key_id(2)], documents: None, ..ban },
        entry(Registry::Premises, place, 0, level),
        entry(Registry::WhiteList, pair, 0, none),
        entry(Registry::Qualified, firm, 0, field),
    ]
}
/// One change of each kind.
pub(crate) fn changes() -> Vec<Change> {
    let place = new_entries()[4].place();
    let from = 1_000;
    let joining = GenesisOrg {
        profile: profile(14, OrgKind::Agency(AgencyFunction::Transport)),
        keys: vec![claim(14, &org(14))],
        node: Some(seat_claim(14)),
    };
    vec![
        Change::Enter(new_entries().remove(2)),
        Change::End { place, n: 3, why: EndWhy::Cancelled, documents: Some(hash(0x3e)) },
        Change::InstallPack { pack: shipped("plain", "first-is-lowest"), from },
        Change::AddAgency { org: joining, from },
        Change::RemoveAgency { org: org(3), from },
        Change::MoveSeat { org: org(2), node: seat_claim(2), from },
        Change::RecoverKey { org: org(6), claim: claim(15, &org(6)) },
        admission(),
    ]
}
/// Another network is admitted.
pub(crate) fn admission() -> Change {
    let NetworkRecord { chain, set, height, block, time, from: _ } = known();
    Change::AdmitNetwork { network: other_network(), chain, set, height, block, time }
}
/// A seat in a network that runs.
pub(crate) fn seat_claim(n: u8) -> NodeClaim {
    let id = org(n);
    let (key, peer) = (key(110 + n), key(160 + n));
    NodeClaim {
        key,
        peer,
        possession: sign(110 + n, &seat_possession(&network(), &id, &key, &peer)),
        peer_possession: sign(160 + n, &peer_possession(&network(), &id, &peer)),
    }
}
