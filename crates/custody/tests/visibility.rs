//! Who may see what: the table against a matrix that was written by itself, who is a party to an item, whose a record is,
//! and what a draft names.

use custody::{
    Veiled, named,
    visibility::{
        Owned, Parties, Reader, Resource, Row, TABLE, names, of_key, org_of, present, proposal_parties, sees, visible,
    },
};
use gs1::{ItemCode, Quantity, Unit};
use ledger::{
    Cause, ClassId, Decision, Effect, Event, GrantId, Hash, ItemId, ItemRecord, Lifecycle, NetworkId, Operation, OrgId,
    SignedTx, StateKey, StateRead, Timestamp, TxBody, TxId, WriteSet,
    event::{Receiver, apply},
    operation::{
        Application, Change, Direction, EndWhy, Entry, EntryBody, EntryList, GrantKind, Motion, NewEntry, Purpose,
        Registry, Subject, Value,
    },
    policy::WriteOff,
    record::{
        AgencyFunction, AlertKind, EntryRecord, GrantRecord, GrantState, Marks, Mechanism, OrgKind, Packed,
        PendingOffer, ProposalRecord, ProposalState, Share, SharesRecord, Stamp,
    },
    state::MemoryState,
};
use std::collections::BTreeSet;

const ME: OrgId = OrgId(Hash([1; 32]));
const OTHER: OrgId = OrgId(Hash([2; 32]));
const THIRD: OrgId = OrgId(Hash([3; 32]));
const NOW: Timestamp = Timestamp(1_000);
const ITEM: ItemId = ItemId(Hash([10; 32]));
const UNIT: ItemId = ItemId(Hash([11; 32]));
const OUTER: ItemId = ItemId(Hash([12; 32]));

const READERS: [Reader; 7] = [
    Reader::Stranger,
    Reader::Agency(ME),
    Reader::Observer(ME),
    Reader::Mechanism(ME),
    Reader::Member(ME),
    Reader::Laboratory(ME),
    Reader::Partner(ME),
];

/// Row by row, in the order of [`READERS`]: what each sees of its own, and of somebody else's.
const MATRIX: [(Row, &str, &str); 19] = [
    (Row::Node, "+++++++", "+++++++"),
    (Row::Frame, "-++++++", "-++++++"),
    (Row::Class, "-++++++", "-++++++"),
    (Row::Profile, "-++++++", "-++++++"),
    (Row::Keys, "-++++++", "-++----"),
    (Row::Feed, "-++++++", "-++----"),
    (Row::Item, "-++++++", "-++----"),
    (Row::TestPending, "----++-", "-------"),
    (Row::Tx, "-++++++", "-++----"),
    (Row::Draft, "-++++++", "-++----"),
    (Row::Grant, "-++++++", "-+++---"),
    (Row::Entry, "-++++++", "-+++---"),
    (Row::Duty, "-++++++", "-++----"),
    (Row::Proposal, "-++++++", "-+++---"),
    (Row::Alert, "-++++++", "-++----"),
    (Row::Audit, "-++----", "-++----"),
    (Row::Evidence, "-++----", "-++----"),
    (Row::Document, "-++++++", "-------"),
    (Row::Report, "-++----", "-++----"),
];

fn seen(resource: &Resource<'_>) -> String {
    READERS.iter().map(|reader| if visible(reader, resource) { '+' } else { '-' }).collect()
}

/// A resource of a row that concerns one organisation and nobody else.
fn seen_of(row: Row, org: OrgId) -> String {
    let (orgs, parties) = ([org], [org].into_iter().collect::<Parties>());
    let resource = match row {
        Row::Node => Resource::Node,
        Row::Frame => Resource::Frame,
        Row::Class => Resource::Class,
        Row::Profile => Resource::Profile,
        Row::Keys => Resource::Keys { owner: &org, agency: false },
        Row::Feed => Resource::Feed { owner: &org },
        Row::Item => Resource::Item(&parties),
        Row::TestPending => Resource::TestPending { accepted: org == ME },
        Row::Tx => Resource::Tx { signers: &[], parties: &parties },
        Row::Draft => Resource::Draft { signers: &orgs },
        Row::Grant => Resource::Grant { parties: &orgs },
        Row::Entry => Resource::Entry { registry: Registry::Rating, org: Some(org) },
        Row::Duty => Resource::Duty { debtors: &orgs },
        Row::Proposal => Resource::Proposal { parties: &orgs },
        Row::Alert => Resource::Alert { kind: AlertKind::Loss, orgs: &orgs },
        Row::Audit => Resource::Audit,
        Row::Evidence => Resource::Evidence,
        Row::Document => Resource::Document { recipients: &orgs, depositor: &OTHER },
        Row::Report => Resource::Report,
    };
    assert_eq!(resource.row(), row);
    seen(&resource)
}

#[test]
fn each_role_sees_of_each_resource_what_was_decided() {
    let rows: BTreeSet<Row> = MATRIX.iter().map(|(row, _, _)| *row).collect();
    assert_eq!(rows, TABLE.iter().map(|(row, _)| *row).collect::<BTreeSet<_>>());
    assert_eq!(rows.len(), TABLE.len(), "a row stands twice");
    for (row, mine, theirs) in MATRIX {
        assert_eq!((seen_of(row, ME).as_str(), seen_of(row, OTHER).as_str()), (mine, theirs), "{row:?}");
    }
}

#[test]
fn what_is_public_by_its_content_and_what_nobody_is_told() {
    let parties = Parties::default();
    for (name, resource, expect) in [
        ("an agency's keys", Resource::Keys { owner: &OTHER, agency: true }, "-++++++"),
        ("who is qualified", Resource::Entry { registry: Registry::Qualified, org: Some(OTHER) }, "-++++++"),
        ("what may be traded", Resource::Entry { registry: Registry::PositiveList, org: None }, "-++++++"),
        ("a banned person", Resource::Entry { registry: Registry::PersonBan, org: None }, "-+++---"),
        ("that I am watched", Resource::Alert { kind: AlertKind::BannedParty, orgs: &[ME] }, "-++----"),
        ("a transaction I signed", Resource::Tx { signers: &[ME], parties: &parties }, "-++++++"),
        ("a document I left", Resource::Document { recipients: &[OTHER], depositor: &ME }, "-+-++++"),
    ] {
        assert_eq!(seen(&resource), expect, "{name}");
    }
}

#[test]
fn an_organisation_reads_as_its_kind() {
    for function in AgencyFunction::ALL {
        assert_eq!(Reader::of(ME, OrgKind::Agency(function)), Reader::Agency(ME));
    }
    for (kind, reader) in [
        (OrgKind::Observer, Reader::Observer(ME)),
        (OrgKind::Mechanism(Mechanism::Joint), Reader::Mechanism(ME)),
        (OrgKind::Laboratory, Reader::Laboratory(ME)),
        (OrgKind::Partner, Reader::Partner(ME)),
        (OrgKind::Enterprise, Reader::Member(ME)),
        (OrgKind::Carrier, Reader::Member(ME)),
        (OrgKind::Disposer, Reader::Member(ME)),
    ] {
        assert_eq!((Reader::of(ME, kind), reader.org()), (reader, Some(&ME)));
    }
    assert_eq!(Reader::Stranger.org(), None);
}

#[test]
fn an_entry_names_its_subject_or_whose_premises_it_is_about() {
    let class = ClassId::default();
    let level = Value::Level { org: OTHER, level: 2 };
    let place = Subject::Place("9521100000017".parse().unwrap());
    assert_eq!(org_of(&entry(Registry::Rating, Subject::Org(ME), Value::None)), Some(ME));
    assert_eq!(org_of(&entry(Registry::PreReview, Subject::OrgClass(ME, class), Value::None)), Some(ME));
    assert_eq!(org_of(&entry(Registry::Premises, place, level)), Some(OTHER));
    assert_eq!(org_of(&entry(Registry::Access, Subject::Class(class), Value::None)), None);
}

fn entry(registry: Registry, subject: Subject, value: Value) -> NewEntry {
    NewEntry {
        registry,
        subject,
        period: 0,
        value,
        from: Timestamp(0),
        to: None,
        ends_keys: Vec::new(),
        documents: None,
    }
}

fn event(n: u64, effect: Effect) -> Event {
    Event {
        item: ITEM,
        n,
        cause: Cause::Genesis,
        at: Stamp::default(),
        effect,
        state: Lifecycle::Released,
        decision: None,
        links: Vec::new(),
    }
}

fn registered(custodian: OrgId) -> Event {
    event(
        1,
        Effect::Registered {
            class: ClassId::default(),
            code: "01/09521100000017/10/L1".parse::<ItemCode>().unwrap(),
            quantity: Quantity::new(10, Unit::PIECE).unwrap(),
            custodian,
            previous: None,
            purpose: Purpose::Unstated,
            marks: Marks::default(),
            origin: None,
            place: None,
            grant: None,
            private: None,
        },
    )
}

fn held_by(custodian: OrgId) -> ItemRecord {
    apply(&NetworkId::default(), None, &registered(custodian)).unwrap()
}

fn offer(receiver: OrgId) -> PendingOffer {
    PendingOffer {
        terms: Hash::default(),
        receiver,
        expires: Timestamp(9_000),
        purpose: Purpose::Unstated,
        premises: None,
    }
}

fn offered(item: ItemRecord, receiver: OrgId) -> ItemRecord {
    ItemRecord { offer: Some(offer(receiver)), ..item }
}

fn packed(item: ItemRecord, unit: ItemId) -> ItemRecord {
    ItemRecord { container: Some(Packed { unit, level: 0 }), ..item }
}

fn share(with: OrgId, by: OrgId, until: u64) -> SharesRecord {
    let (from, cause) = (Stamp::default(), TxId::default());
    SharesRecord { shares: vec![Share { with, by, from, until: Timestamp(until), cause }] }
}

fn state(records: impl FnOnce(&mut WriteSet)) -> MemoryState {
    let (mut writes, mut state) = (WriteSet::default(), MemoryState::default());
    records(&mut writes);
    state.apply(&writes);
    state
}

fn parties(orgs: &[OrgId]) -> Parties {
    orgs.iter().copied().collect()
}

#[test]
fn present_parties_are_those_in_whose_hands_it_is_and_with_whom_it_is_shared() {
    let none = || state(|_| {});
    let unit = |unit: ItemRecord| state(move |writes| writes.put(StateKey::Item(UNIT), &unit));
    let shared = |record: SharesRecord| state(move |writes| writes.put(StateKey::Shares(ITEM), &record));
    let in_units = state(|writes| {
        writes.put(StateKey::Item(UNIT), &packed(held_by(OTHER), OUTER));
        writes.put(StateKey::Item(OUTER), &offered(held_by(ME), OTHER));
    });
    let shared_in_unit = state(|writes| {
        writes.put(StateKey::Item(UNIT), &held_by(OTHER));
        writes.put(StateKey::Shares(ITEM), &share(THIRD, OTHER, 1_001));
    });
    for (name, state, item, expect) in [
        ("held", none(), held_by(ME), vec![ME]),
        ("offered", none(), offered(held_by(ME), OTHER), vec![ME, OTHER]),
        // Whoever packed it and gave the unit away does not follow it.
        ("in a unit of another", unit(held_by(OTHER)), packed(held_by(ME), UNIT), vec![OTHER]),
        ("in a unit that is offered", unit(offered(held_by(ME), THIRD)), packed(held_by(ME), UNIT), vec![ME, THIRD]),
        ("in a unit in a unit", in_units, packed(held_by(THIRD), UNIT), vec![ME, OTHER]),
        ("shared", shared(share(OTHER, ME, 1_001)), held_by(ME), vec![ME, OTHER]),
        ("shared until now", shared(share(OTHER, ME, 1_000)), held_by(ME), vec![ME]),
        ("shared by who held it", shared(share(OTHER, ME, 1_001)), held_by(THIRD), vec![THIRD]),
        ("shared by the holder of its unit", shared_in_unit, packed(held_by(ME), UNIT), vec![OTHER, THIRD]),
    ] {
        assert_eq!(present(&state, (&ITEM, &item), NOW), Ok(parties(&expect)), "{name}");
    }
}

fn grant(kind: GrantKind, holder: OrgId, counterpart: Option<OrgId>, on: Vec<GrantId>) -> GrantRecord {
    let quantity = Quantity::new(10, Unit::PIECE).unwrap();
    GrantRecord {
        holder,
        application: Application {
            kind,
            counterpart,
            class: ClassId::default(),
            quantity,
            purpose: Purpose::Unstated,
            direction: Direction::Export,
            region: ledger::Text::new("HK").unwrap(),
            ports: Vec::new(),
            premises: None,
            from: Timestamp(0),
            on,
            private: None,
        },
        applied: Stamp::default(),
        state: GrantState::Granted,
        lane: None,
        number: ledger::Text::default(),
        mode: WriteOff::Batches,
        valid: None,
        drawn: quantity,
        abroad: quantity,
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

#[test]
fn a_filed_resource_is_seen_by_both_sides_of_its_filing() {
    let [permit, filing, plan] = [1u8, 2, 3].map(|n| GrantId(Hash([n; 32])));
    let state = state(|writes| {
        writes.put(StateKey::Grant(permit), &grant(GrantKind::Permit, THIRD, None, vec![plan, filing]));
        writes.put(StateKey::Grant(filing), &grant(GrantKind::HgrFiling, OTHER, Some(ME), Vec::new()));
        writes.put(StateKey::Grant(plan), &grant(GrantKind::Plan, THIRD, None, Vec::new()));
    });
    let custodian = OrgId(Hash([4; 32]));
    let under = ItemRecord { grant: Some(permit), ..held_by(custodian) };
    assert_eq!(present(&state, (&ITEM, &under), NOW), Ok(parties(&[custodian])), "it is no such resource");
    let hgr = ItemRecord { marks: Marks { hgr: true, research_only: false }, ..under };
    assert_eq!(present(&state, (&ITEM, &hgr), NOW), Ok(parties(&[custodian, OTHER, ME])));
}

#[test]
fn an_event_names_in_whose_hands_the_item_was_before_or_after() {
    let (mine, theirs) = (held_by(ME), held_by(OTHER));
    let to_me = offered(held_by(OTHER), ME);
    let moved = Effect::Moved { from: ME, to: OTHER, terms: Hash::default(), receiver: Receiver::Holder, place: None };
    let hold = Effect::HoldPlaced { by: vec![ME], reason: ledger::Text::new("recall").unwrap() };
    let tested = Effect::Tested { passed: true, laboratory: ME, report: Hash::default() };
    let withdrawn = Effect::OfferWithdrawn { terms: Hash::default() };
    for (name, before, after, effect, expect) in [
        ("I gave it", Some(&mine), &theirs, moved.clone(), true),
        ("I got it", Some(&theirs), &mine, moved.clone(), true),
        ("others moved it", Some(&theirs), &theirs, moved, false),
        ("it is offered to me", Some(&theirs), &to_me, Effect::Offered { offer: offer(ME) }, true),
        ("the offer is over", Some(&to_me), &theirs, withdrawn, true),
        ("I tested it", Some(&theirs), &theirs, tested, true),
        ("I placed a hold", Some(&theirs), &theirs, hold, false),
        ("I registered it", None, &mine, registered(ME).effect, true),
    ] {
        assert_eq!(names(&ME, before, after, &event(2, effect)), expect, "{name}");
    }
}

#[test]
fn a_record_is_as_hidden_as_what_it_is_of_and_its_absence_too() {
    let member = Reader::Member(ME);
    let place = Hash([7; 32]);
    let state = state(|writes| {
        writes.put(StateKey::Item(ITEM), &held_by(ME));
        writes.put(StateKey::Item(UNIT), &held_by(OTHER));
        writes.put(StateKey::Shares(UNIT), &share(THIRD, OTHER, 5_000));
        let about = entry(Registry::Rating, Subject::Org(OTHER), Value::None);
        let decision = Decision::default();
        let record = EntryRecord { entry: about, by: Vec::new(), at: Stamp::default(), decision, end: None };
        writes.put(StateKey::Entry { place, n: 1 }, &record);
    });
    let nobody = ItemId(Hash([9; 32]));
    for (key, expect) in [
        (StateKey::Params, true),
        (StateKey::Validators, true),
        (StateKey::Class(ClassId::default()), true),
        (StateKey::Org(OTHER), true),
        (StateKey::SealKey(OTHER), true),
        (StateKey::Feed(ME), true),
        (StateKey::Feed(OTHER), false),
        (StateKey::Item(ITEM), true),
        (StateKey::Item(UNIT), false),
        (StateKey::Item(nobody), false),
        (StateKey::Shares(ITEM), true),
        (StateKey::Shares(UNIT), false),
        (StateKey::Departure(UNIT), false),
        (StateKey::Code(Hash::default()), true),
        (StateKey::Entry { place, n: 1 }, false),
        (StateKey::Entry { place, n: 2 }, false),
        (StateKey::Register(place), false),
        (StateKey::Grant(GrantId::default()), false),
        (StateKey::GrantHead(ME, GrantKind::Plan), true),
        (StateKey::GrantHead(OTHER, GrantKind::Plan), false),
        (StateKey::Key(ledger::KeyId::default()), false),
        (StateKey::Node([0; 32]), false),
        (StateKey::Audits, false),
        (StateKey::Audit(1), false),
    ] {
        assert_eq!(sees(&member, &key, &state, NOW), Ok(expect), "{key:?}");
        assert_eq!(sees(&Reader::Agency(OTHER), &key, &state, NOW), Ok(true), "{key:?}");
        assert_eq!(sees(&Reader::Stranger, &key, &state, NOW), Ok(false), "{key:?}");
    }
    assert_eq!(sees(&Reader::Partner(THIRD), &StateKey::Item(UNIT), &state, NOW), Ok(true), "a share");
    assert_eq!(of_key(&StateKey::Item(nobody), None, &state, NOW), Ok(Owned::Item(Parties::default())));
}

#[test]
fn a_proposal_is_about_whom_its_changes_name() {
    let place = Hash([7; 32]);
    let about = entry(Registry::Rating, Subject::Org(OTHER), Value::None);
    let decision = Decision::default();
    let record = EntryRecord { entry: about, by: Vec::new(), at: Stamp::default(), decision, end: None };
    let state = state(|writes| writes.put(StateKey::Entry { place, n: 1 }, &record));
    let end = |n| Change::End { place, n, why: EndWhy::Cancelled, documents: None };
    let proposal = |change: Change| ProposalRecord {
        motion: Motion { changes: vec![change] },
        by: ME,
        approvals: Vec::new(),
        at: Stamp::default(),
        until: Timestamp(0),
        state: ProposalState::Open,
    };
    assert_eq!(proposal_parties(&state, &proposal(end(1))), Ok(vec![ME, OTHER]));
    assert_eq!(proposal_parties(&state, &proposal(end(2))), Ok(vec![ME]));
    let removal = Change::RemoveAgency { org: THIRD, from: 9 };
    assert_eq!(proposal_parties(&state, &proposal(removal)), Ok(vec![ME, THIRD]));
}

#[test]
fn a_draft_names_its_items_and_what_it_is_about() {
    let filing = GrantId(Hash([5; 32]));
    let draft = |operation: Operation, bodies: Vec<EntryBody>| SignedTx {
        body: TxBody { network: NetworkId::default(), nonce: [0; 16], expires: NOW, signers: Vec::new(), operation },
        signatures: Vec::new(),
        entries: bodies.into_iter().map(|body| Entry { salt: [0; 16], body }).collect(),
    };
    let list = EntryList { count: 1, root: Hash::default() };
    for (operation, entries, expect) in [
        (Operation::LiftHold { item: ITEM, placed: 1 }, vec![], vec![StateKey::Item(ITEM)]),
        (
            Operation::Assign { list, grant: filing },
            vec![EntryBody::Item(UNIT)],
            vec![StateKey::Item(UNIT), StateKey::Grant(filing)],
        ),
        (Operation::EndShare { item: ITEM, with: OTHER }, vec![], vec![StateKey::Item(ITEM)]),
        (Operation::AdvanceClock { ms: 1 }, vec![], vec![]),
    ] {
        let found = named(&draft(operation, entries));
        assert_eq!(found, expect.into_iter().collect::<BTreeSet<_>>());
    }
    let state = state(|writes| {
        writes.put(StateKey::Item(ITEM), &held_by(ME));
        writes.put(StateKey::Item(UNIT), &held_by(ME));
    });
    let hidden = BTreeSet::from([StateKey::Item(ITEM)]);
    let veiled = Veiled::new(&state, &hidden);
    assert_eq!(veiled.read(&StateKey::Item(ITEM)), Ok(None));
    assert!(veiled.read(&StateKey::Item(UNIT)).unwrap().is_some());
}
