//! Samples of records, blocks, votes and genesis.

use super::*;
use ledger::{
    Act, Block, BlockId, Certificate, ChainParams, CommitSignature, Evidence, Genesis, Header, ItemRecord, KeyRecord,
    Lifecycle, OrgRecord, Outcome, PartsSeal, PolicyPack, Proposal, Receipt, SignedProposal, SignedVote, StateKey,
    Validator, ValidatorSet, Vote, VoteKind,
    block::{EventRef, FeedEntry, PROTOCOL_VERSION},
    codec::Canonical,
    crypto::peer_possession,
    genesis::{GenesisItem, GenesisOrg, NodeClaim, TestClock, consensus_possession},
    list::Accumulator,
    operation::{EndWhy, GrantKind, Lane, Motion},
    policy::WriteOff,
    record::{
        AlertKind, AlertRecord, AuditRecord, Ban, ClassRecord, CodeRecord, DutyRecord, EntryEnd, EntryRecord,
        FeedRecord, GrantHead, GrantRecord, GrantState, HistoryRecord, Hold, HsAssertion, KeyEnd, KeyEndReason, Marks,
        Mechanism, NodeRecord, PackInForce, ProposalRecord, ProposalState, RegisterRecord, SealKeyRecord,
        SeatChangeRecord, Share, SharesRecord, Signed, ValidatorsRecord, alert_id,
    },
    state::code_hash,
};
use std::sync::LazyLock;

// ------------------------------------------------------------------------------------------------------------- packs

/// The pack of the samples, read once.
static PACK: LazyLock<PolicyPack> = LazyLock::new(|| shipped("shenzhen-draft", "first-is-lowest"));

pub(crate) fn pack() -> PolicyPack {
    PACK.clone()
}
pub(crate) fn pack_hash() -> Hash {
    static HASH: LazyLock<Hash> = LazyLock::new(|| PACK.hash());
    *HASH
}
/// A pack that comes with the program, as the vectors have it.
pub(crate) fn shipped(name: &str, orientation: &str) -> PolicyPack {
    let is = |pack: &PolicyPack| pack.name.as_str() == name && pack.orientation.name() == orientation;
    every_pack().into_iter().find(is).unwrap_or_else(|| panic!("packs.json has no {name}, {orientation}"))
}
/// All of them.
pub(crate) fn every_pack() -> Vec<PolicyPack> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/vectors/packs.json");
    let packs: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let read = |pack: &serde_json::Value| {
        let bytes = hex::decode(pack["bytes"].as_str().unwrap()).unwrap();
        ledger::codec::decode(&bytes, ledger::bounds::MAX_PACK_BYTES).unwrap()
    };
    packs["packs"].as_array().unwrap().iter().map(read).collect()
}

// ----------------------------------------------------------------------------------------------------------- records

pub(crate) fn validators() -> ValidatorSet {
    let seat = |n: u8| Validator { key: public(30 + n), org: org(n), peer: key(40 + n) };
    ValidatorSet::new((0..4).map(seat).collect()).unwrap()
}
pub(crate) fn accumulator(count: u8) -> Accumulator {
    let mut blocks = Accumulator::default();
    (0..count).for_each(|n| blocks.push(hash(n)));
    blocks
}
pub(crate) fn item_record() -> ItemRecord {
    let [lot, ..] = codes();
    let [gtin, _] = class_codes();
    ItemRecord {
        class: ClassId::of(&gtin),
        code: lot,
        registrant: org(1),
        custodian: org(2),
        state: Lifecycle::Stored,
        registered: quantity("1000 H87"),
        on_hand: quantity("600 H87"),
        used: quantity("300 H87"),
        derived: quantity("20 H87"),
        wasted: quantity("50 H87"),
        lost: quantity("20 H87"),
        disposed: quantity("10 H87"),
        purpose: Purpose::Research,
        marks: Marks { hgr: true, research_only: true },
        place: Some(gln()),
        quarantined: true,
        grant: Some(grant(1)),
        excursions: 2,
        holds: vec![Hold { by: vec![org(7), org(9)], placed: 5, reason: text("召回 recall") }],
        container: Some(packed()),
        inside: Some(inside()),
        count: 300,
        head: hash(0x21),
        custody_seq: 12,
        trail: hash(0x22),
        offer: Some(offer()),
        previous: Some(item(9)),
        private: Some(hash(0x23)),
    }
}
pub(crate) fn grant_record(kind: GrantKind, state: GrantState) -> GrantRecord {
    let decided = state != GrantState::Applied;
    GrantRecord {
        holder: org(1),
        application: application(kind),
        applied: stamp(),
        state,
        lane: decided.then_some(Lane::InstantPermit),
        number: text(if decided { "SZ-2026-0001" } else { "" }),
        mode: WriteOff::Batches,
        valid: decided.then(|| (START, START.plus_ms(31_536_000_000))),
        drawn: quantity(if decided { "400 H87" } else { "0 H87" }),
        abroad: quantity("0 H87"),
        declared: u32::from(decided),
        tested: decided.then(|| hash(0x35)),
        due: (!decided).then(|| START.plus_ms(259_200_000)),
        days_left: 3,
        pauses: 1,
        decision: decided.then(decision),
        previous: Some(grant(3)),
        previous_of_counterpart: Some(grant(4)),
    }
}
pub(crate) fn signatories() -> Vec<Signed> {
    let by = |n| Signed { org: org(n), key: key_id(n), role: Role::Officer, tx: tx_id(n) };
    vec![by(7), by(9)]
}

/// A record under its key.
pub(crate) struct Record {
    pub(crate) key: StateKey,
    pub(crate) coded: Coded,
}

fn record<T: Canonical>(name: &str, key: StateKey, record: &T) -> Record {
    Record { key, coded: coded(name, record) }
}

/// Every kind of record.
pub(crate) fn records() -> Vec<Record> {
    let mut records = network_records();
    records.extend(party_records());
    records.extend(item_records());
    records.extend(registry_records());
    records.extend(duty_records());
    records.extend(records_beyond_custody());
    records
}

fn network_records() -> Vec<Record> {
    let other = shipped("plain", "first-is-highest").hash();
    let seats = ValidatorsRecord { set: validators(), from: 1, previous: None, next: None, changes: 0 };
    let single = ValidatorSet::new(validators().validators()[..1].to_vec()).unwrap();
    let changing = ValidatorsRecord {
        set: validators(),
        from: 300,
        previous: Some(single.clone()),
        next: Some((single.clone(), 1_000)),
        changes: 2,
    };
    let in_force = PackInForce { pack: pack_hash(), from: 1, next: None };
    let voted = PackInForce { next: Some((other, 1_000)), ..in_force.clone() };
    let history = HistoryRecord { blocks: accumulator(6), last: stamp() };
    let audit = AuditRecord { at: stamp(), tx: tx_id(1), act: Act::EndKey, by: vec![org(9)], what: text("org 11") };
    vec![
        record("params", StateKey::Params, &ChainParams::default()),
        record("pack", StateKey::Pack(pack_hash()), &pack()),
        record("pack in force", StateKey::PackInForce, &in_force),
        record("pack that follows", StateKey::PackInForce, &voted),
        record("validators", StateKey::Validators, &seats),
        record("validators that change", StateKey::Validators, &changing),
        record("seat change", StateKey::SeatChange(1), &SeatChangeRecord { height: 299, signed: single }),
        record("history", StateKey::History, &history),
        record("seen", StateKey::Seen { expires: START, tx: tx_id(4) }, &7u64),
        record("audit", StateKey::Audit(300), &audit),
        record("audits", StateKey::Audits, &300u64),
        record("test clock", StateKey::TestClock, &86_400_000u64),
    ]
}

fn party_records() -> Vec<Record> {
    let end = |reason| KeyEnd { at: stamp(), reason, cause: tx_id(2) };
    let key_record = |end| KeyRecord {
        key: key(1),
        org: org(1),
        person: person(1),
        name: hash(0x31),
        roles: Roles::of(&Role::ALL),
        from: stamp(),
        cause: None,
        waits: None,
        end,
    };
    let recovered = KeyRecord { waits: Some(START.plus_ms(604_800_000)), ..key_record(None) };
    let node = NodeRecord { org: org(1), from: stamp(), cause: Some(tx_id(3)), end: Some(end(KeyEndReason::Retired)) };
    let org_record =
        |kind| OrgRecord { profile: profile(1, kind), from: stamp(), cause: Some(tx_id(1)), ban: None, left: None };
    let left = OrgRecord { left: Some(stamp()), ..org_record(agency()) };
    let ban = Some(Ban { from: START, to: Some(START.plus_ms(1)) });
    let banned = OrgRecord { ban, ..org_record(OrgKind::Enterprise) };
    let mechanism = OrgKind::Mechanism(Mechanism::Joint);
    let feed = FeedRecord { count: 9, head: hash(0x42), height: 7 };
    vec![
        record("agency", StateKey::Org(org(9)), &org_record(agency())),
        record("agency that left", StateKey::Org(org(3)), &left),
        record("firm", StateKey::Org(org(1)), &org_record(OrgKind::Enterprise)),
        record("banned firm", StateKey::Org(org(2)), &banned),
        record("mechanism", StateKey::Org(org(16)), &org_record(mechanism)),
        record("key", StateKey::Key(key_id(1)), &key_record(None)),
        record("recovered key", StateKey::Key(key_id(15)), &recovered),
        record("ended key", StateKey::Key(key_id(2)), &key_record(Some(end(KeyEndReason::Compromised)))),
        record("banned key", StateKey::Key(key_id(5)), &key_record(Some(end(KeyEndReason::Banned)))),
        record("node", StateKey::Node(key(20)), &node),
        record("feed", StateKey::Feed(org(1)), &feed),
    ]
}

fn item_records() -> Vec<Record> {
    let [lot, _, _, sscc] = codes();
    let [gtin, other] = class_codes();
    let class = |code: &ClassCode| ClassRecord {
        code: code.clone(),
        name: text("vaccine"),
        category: Category::Blood,
        grade: text("4"),
        hgr: false,
        hs: vec![HsAssertion { hs: "HS2022-HK-30021500".parse().unwrap(), at: stamp(), cause: None }],
        from: stamp(),
        cause: Some(tx_id(1)),
    };
    let units = ClassRecord {
        code: unit_class(),
        name: text("logistic unit 物流单元"),
        category: Category::BiologicalProduct,
        grade: text(""),
        hs: Vec::new(),
        cause: None,
        ..class(&gtin)
    };
    let one = quantity("1 EA");
    let none = quantity("0 EA");
    let of_unit = ItemRecord {
        class: ClassId::of(&unit_class()),
        code: sscc,
        registered: one,
        on_hand: one,
        used: none,
        derived: none,
        wasted: none,
        lost: none,
        disposed: none,
        marks: Marks::default(),
        holds: Vec::new(),
        container: None,
        ..item_record()
    };
    let lot_record = ItemRecord { inside: None, ..item_record() };
    let code = CodeRecord { count: 2, head: hash(0x41), latest: item(1) };
    vec![
        record("class", StateKey::Class(ClassId::of(&gtin)), &class(&gtin)),
        record("class without gtin", StateKey::Class(ClassId::of(&other)), &class(&other)),
        record("class of units", StateKey::Class(ClassId::of(&unit_class())), &units),
        record("item", StateKey::Item(item(1)), &lot_record),
        record("unit", StateKey::Item(unit()), &of_unit),
        record("code", StateKey::Code(code_hash(&lot)), &code),
    ]
}

fn registry_records() -> Vec<Record> {
    let entry_record = |n: usize, end| EntryRecord {
        entry: new_entries().remove(n),
        by: signatories(),
        at: stamp(),
        decision: decision(),
        end,
    };
    let end = EntryEnd { at: stamp(), why: EndWhy::Violation, by: signatories(), decision: decision() };
    let mut records = Vec::new();
    for (n, entry) in new_entries().iter().enumerate() {
        let (name, key) = (format!("entry: {}", entry.registry.name()), StateKey::Entry { place: entry.place(), n: 1 });
        records.push(record(&name, key, &entry_record(n, (n == 4).then(|| end.clone()))));
    }
    let place = new_entries()[0].place();
    let granted = grant_record(GrantKind::Permit, GrantState::Granted);
    let applied = grant_record(GrantKind::HgrFiling, GrantState::Applied);
    let head = GrantHead { count: 2, latest: grant(1) };
    records.extend([
        record("register", StateKey::Register(place), &RegisterRecord { count: 2 }),
        record("grant", StateKey::Grant(grant(1)), &granted),
        record("application", StateKey::Grant(grant(2)), &applied),
        record("grant of a number", StateKey::GrantNumber(GrantKind::Permit, text("SZ-2026-0001")), &grant(1)),
        record("grants of an organisation", StateKey::GrantHead(org(1), GrantKind::Permit), &head),
    ]);
    records
}

fn duty_records() -> Vec<Record> {
    let [quarterly, on_demand] = duty_kinds();
    let open = DutyRecord {
        kind: quarterly,
        debtors: vec![org(1), org(12)],
        about: None,
        due: START.plus_ms(1_296_000_000),
        opened: stamp(),
        answers: Vec::new(),
        done: None,
        private: None,
    };
    let done = DutyRecord {
        kind: on_demand,
        about: Some(item(1)),
        answers: vec![(org(12), stamp(), tx_id(8)), (org(1), stamp(), tx_id(7))],
        done: Some((stamp(), tx_id(7))),
        private: Some(hash(0x38)),
        ..open.clone()
    };
    let proposal = |state| ProposalRecord {
        motion: Motion { changes: changes()[..2].to_vec() },
        by: org(9),
        approvals: signatories(),
        at: stamp(),
        until: START.plus_ms(2_592_000_000),
        state,
    };
    let subject = alert_subjects()[0];
    let raised = AlertRecord {
        kind: AlertKind::Hold,
        subject,
        orgs: vec![org(1), org(2)],
        readers: AgencyFunction::ALL.to_vec(),
        decision: decision(),
        raised: stamp(),
        last: stamp(),
        times: 2,
        closed: None,
    };
    let closed = AlertRecord { closed: Some((stamp(), org(9), tx_id(8))), ..raised.clone() };
    let open_key = StateKey::Alert(alert_id(AlertKind::Hold, &subject));
    let mut records = vec![
        record("duty", StateKey::Duty(quarterly.id()), &open),
        record("duty done", StateKey::Duty(on_demand.id()), &done),
        record("proposal", StateKey::Proposal(tx_id(9)), &proposal(ProposalState::Open)),
        record("proposal enacted", StateKey::Proposal(tx_id(10)), &proposal(ProposalState::Enacted(stamp()))),
        record("alert", open_key, &raised),
        record("alert closed", StateKey::Alert(alert_id(AlertKind::Loss, &subject)), &closed),
    ];
    for due in dues() {
        records.push(record(&format!("due: {}", variant(&due)), StateKey::Due { at: START, id: due.id() }, &due));
    }
    records
}

/// Shares, keys to seal to, other networks, and the items that went there and came from there.
fn records_beyond_custody() -> Vec<Record> {
    let share =
        |n: u8| Share { with: org(n), by: org(1), from: stamp(), until: START.plus_ms(2_592_000_000), cause: tx_id(n) };
    let mut shares: Vec<Share> = [12, 13].map(share).into();
    shares.sort_by_key(|share| share.with);
    let seal_key = SealKeyRecord { key: [0x5e; 32], number: 2, from: stamp(), cause: tx_id(3) };
    vec![
        record("shares", StateKey::Shares(item(1)), &SharesRecord { shares }),
        record("seal key", StateKey::SealKey(org(1)), &seal_key),
        record("network", StateKey::Network(other_network()), &known()),
        record("departure", StateKey::Departure(item(1)), &departure()),
        record("landed", StateKey::Landed(other_network(), item(1)), &item(2)),
    ]
}

fn agency() -> OrgKind {
    OrgKind::Agency(AgencyFunction::Customs)
}

// --------------------------------------------------------------------------------------------------- blocks and votes

pub(crate) fn vote(kind: VoteKind, block: Option<BlockId>) -> Vote {
    Vote { network: network(), kind, height: 7, round: 1, signer: key_id(30), block }
}
pub(crate) fn proposal(pol_round: Option<u32>) -> Proposal {
    Proposal { network: network(), height: 7, round: 1, pol_round, signer: key_id(30), block: BlockId(hash(0x51)) }
}
pub(crate) fn seal() -> PartsSeal {
    PartsSeal { network: network(), height: 7, round: 1, signer: key_id(30), block: BlockId(hash(0x51)) }
}
pub(crate) fn signed_vote(kind: VoteKind, block: Option<BlockId>) -> SignedVote {
    let vote = vote(kind, block);
    let signature = sign(30, &vote.sign_hash());
    SignedVote { vote, signature }
}
pub(crate) fn signed_proposal(pol_round: Option<u32>) -> SignedProposal {
    let proposal = proposal(pol_round);
    let signature = sign(30, &proposal.sign_hash());
    SignedProposal { proposal, signature }
}
/// The precommits of the validators with these seeds, in the right order.
pub(crate) fn certificate(block: BlockId, seeds: &[u8]) -> Certificate {
    let mut certificate = Certificate { height: 7, round: 1, block, signatures: Vec::new() };
    for seed in seeds {
        let precommit = certificate.precommit(network(), key_id(*seed));
        certificate
            .signatures
            .push(CommitSignature { signer: key_id(*seed), signature: sign(*seed, &precommit.sign_hash()) });
    }
    certificate.signatures.sort_by_key(|s| s.signer);
    certificate
}
pub(crate) fn evidence() -> [Evidence; 2] {
    let block = |n| Some(BlockId(hash(n)));
    [
        Evidence::Votes {
            first: signed_vote(VoteKind::Prevote, block(1)),
            second: signed_vote(VoteKind::Prevote, None),
        },
        Evidence::Proposals { first: signed_proposal(None), second: signed_proposal(Some(0)) },
    ]
}
pub(crate) fn header(rest: Hash) -> Header {
    Header {
        version: PROTOCOL_VERSION,
        network: network(),
        test: true,
        height: 8,
        round: 2,
        builder: key_id(31),
        time: START,
        parent: BlockId(hash(0x51)),
        txs: hash(1),
        results: hash(2),
        rest,
        state: hash(3),
        history: hash(4),
        validators: validators().hash(),
        next_validators: validators().hash(),
    }
}
pub(crate) fn block() -> Block {
    let evidence = evidence().to_vec();
    let certificate = Some(certificate(BlockId(hash(0x51)), &[30, 31, 32]));
    Block {
        header: header(Block::rest_hash(&evidence, &certificate)),
        txs: transactions().iter().take(2).map(|(tx, _)| tx.to_bytes()).collect(),
        evidence,
        certificate,
    }
}
pub(crate) fn event_ref() -> EventRef {
    EventRef { item: item(1), n: 3, hash: hash(0x61) }
}
pub(crate) fn receipts() -> Vec<Receipt> {
    let outcomes = [
        Outcome::Accepted { events: Vec::new() },
        Outcome::Accepted { events: vec![event_ref(), event_ref()] },
        Outcome::Rejected { rejection: ledger::Rejection::ItemUnknown { item: item(1) }, decision: decision() },
    ];
    let receipt = |(index, outcome)| Receipt { index, tx: tx_id(1), outcome };
    (0u32..).zip(outcomes).map(receipt).collect()
}
pub(crate) fn feed_entries() -> [FeedEntry; 4] {
    [
        FeedEntry::Event(event_ref()),
        FeedEntry::Done(tx_id(1)),
        FeedEntry::Refused { tx: tx_id(2), rejection: ledger::Rejection::TermsInvalid },
        FeedEntry::Alert { alert: alert(), times: 2 },
    ]
}

// ----------------------------------------------------------------------------------------------------------- genesis

/// A genesis of `agencies` agencies and a firm.
pub(crate) fn genesis_of(agencies: u8) -> Genesis {
    let chain: Text<32> = text("samples");
    let agency = |n: u8| {
        let kind = OrgKind::Agency(AgencyFunction::ALL[usize::from(n) % 8]);
        let id = org(n);
        let (key, peer) = (key(100 + n), key(150 + n));
        let mut person = genesis_claim(50 + n, &id);
        person.roles = Roles::of(&Role::ALL);
        let node = NodeClaim {
            key,
            peer,
            possession: sign(100 + n, &consensus_possession(&chain, &id, &key, &peer)),
            peer_possession: sign(150 + n, &peer_possession(&NetworkId::default(), &id, &peer)),
        };
        GenesisOrg { profile: profile(n, kind), keys: vec![person], node: Some(node) }
    };
    let mut orgs: Vec<GenesisOrg> = (0..agencies).map(agency).collect();
    let firm = profile(200, OrgKind::Enterprise);
    orgs.push(GenesisOrg { keys: vec![genesis_claim(99, &OrgId::of(&firm.identifier))], profile: firm, node: None });
    Genesis {
        chain,
        time: START,
        test: None,
        params: ChainParams::default(),
        pack: pack(),
        orgs,
        classes: class_codes().map(class_profile).to_vec(),
        items: Vec::new(),
    }
}
pub(crate) fn genesis_claim(seed: u8, org: &OrgId) -> KeyClaim {
    let person = person(seed);
    KeyClaim {
        key: key(seed),
        person,
        name: hash(0x71),
        roles: Roles::of(&[Role::Custodian]),
        possession: sign(seed, &possession_message(&NetworkId::default(), org, &person, &key(seed))),
    }
}
/// The genesis of a test network that holds an item.
pub(crate) fn test_genesis() -> Genesis {
    let mut genesis = genesis_of(4);
    genesis.test = Some(TestClock { origin: START, rate: 60 });
    let EntryBody::Registration(registration) = registrations().remove(0).body else {
        panic!("a registration");
    };
    genesis.items.push(GenesisItem { registration, custodian: org(200) });
    genesis
}
