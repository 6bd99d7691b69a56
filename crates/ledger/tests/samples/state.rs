//! Samples of records, blocks, votes and genesis.

use super::*;
use ledger::{
    Block, BlockId, Certificate, ChainParams, ClassId, CommitSignature, Evidence, Genesis, Hash, Header, ItemRecord,
    KeyRecord, Lifecycle, NetworkId, OrgId, OrgRecord, Outcome, PartsSeal, PolicyPack, Proposal, Receipt, Role,
    SignedProposal, SignedVote, StateKey, Text, Validator, ValidatorSet, Vote, VoteKind,
    block::{EventRef, FeedEntry, PROTOCOL_VERSION},
    codec::{self},
    crypto::{peer_possession, possession_message},
    genesis::{GenesisItem, GenesisOrg, NodeClaim, TestClock, consensus_possession},
    list::Accumulator,
    operation::{EntryBody, KeyClaim},
    policy::Orientation,
    record::{
        AgencyFunction, Category, ClassCode, ClassRecord, CodeRecord, FeedRecord, HistoryRecord, Hold, HsAssertion,
        KeyEnd, KeyEndReason, NodeRecord, OrgKind, Roles, ValidatorsRecord,
    },
    state::code_hash,
};

// ----------------------------------------------------------------------------------------------------------- records

pub(crate) fn pack() -> PolicyPack {
    shipped("shenzhen-draft", "first-is-lowest")
}
/// A pack that comes with the program, as the vectors have it.
pub(crate) fn shipped(name: &str, orientation: &str) -> PolicyPack {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/vectors/packs.json");
    let packs: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let is = |pack: &&serde_json::Value| pack["name"] == name && pack["orientation"] == orientation;
    let pack = packs["packs"].as_array().unwrap().iter().find(is).unwrap();
    let bytes = hex::decode(pack["bytes"].as_str().unwrap()).unwrap();
    ledger::codec::decode(&bytes, ledger::bounds::MAX_PACK_BYTES).unwrap()
}

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
    let [lot, _, _] = codes();
    let [gtin, _] = class_codes();
    ItemRecord {
        class: ClassId::of(&gtin),
        code: lot,
        registrant: org(1),
        custodian: org(2),
        state: Lifecycle::Released,
        registered: quantity("1000 H87"),
        on_hand: quantity("600 H87"),
        used: quantity("380 H87"),
        disposed: quantity("20 H87"),
        holds: vec![Hold { by: org(7), placed: 5, reason: text("召回 recall") }],
        container: Some("095211000000000017".parse().unwrap()),
        count: 300,
        head: hash(0x21),
        custody_seq: 12,
        trail: hash(0x22),
        offer: Some(offer()),
        previous: Some(item(9)),
        private: Some(hash(0x23)),
    }
}

/// Every kind of record under its key: (name, key, bytes).
pub(crate) fn records() -> Vec<(&'static str, StateKey, Vec<u8>)> {
    let [lot, _, _] = codes();
    let [gtin, other] = class_codes();
    let class = |code: ClassCode| ClassRecord {
        code: code.clone(),
        name: text("vaccine"),
        category: Category::Blood,
        grade: text("4"),
        hgr: false,
        hs: vec![HsAssertion { hs: "HS2022-HK-30021500".parse().unwrap(), at: stamp(), cause: None }],
        from: stamp(),
        cause: Some(tx_id(1)),
    };
    let end = |reason| KeyEnd { at: stamp(), reason, cause: tx_id(2) };
    let key_record = |end| KeyRecord {
        key: key(1),
        org: org(1),
        person: person(1),
        name: hash(0x31),
        roles: Roles::of(&Role::ALL),
        from: stamp(),
        cause: None,
        end,
    };
    let node = NodeRecord { org: org(1), from: stamp(), cause: Some(tx_id(3)), end: Some(end(KeyEndReason::Retired)) };
    let org_record = |kind| OrgRecord { profile: profile(1, kind), from: stamp(), cause: Some(tx_id(1)) };
    let history = HistoryRecord { blocks: accumulator(6), last: stamp() };
    let code = CodeRecord { count: 2, head: hash(0x41), latest: item(1) };
    let feed = FeedRecord { count: 9, head: hash(0x42), height: 7 };
    let set = ValidatorsRecord { set: validators(), from: 1 };
    let seen = StateKey::Seen { expires: START, tx: tx_id(4) };
    let compromised = key_record(Some(end(KeyEndReason::Compromised)));
    vec![
        ("params", StateKey::Params, codec::encode(&ChainParams::default())),
        ("pack", StateKey::Pack(pack().hash()), codec::encode(&pack())),
        ("pack in force", StateKey::PackInForce, codec::encode(&pack().hash())),
        ("validators", StateKey::Validators, codec::encode(&set)),
        ("history", StateKey::History, codec::encode(&history)),
        ("agency", StateKey::Org(org(9)), codec::encode(&org_record(agency()))),
        ("firm", StateKey::Org(org(1)), codec::encode(&org_record(OrgKind::Enterprise))),
        ("key", StateKey::Key(key_id(1)), codec::encode(&key_record(None))),
        ("ended key", StateKey::Key(key_id(2)), codec::encode(&compromised)),
        ("node", StateKey::Node(key(20)), codec::encode(&node)),
        ("class", StateKey::Class(ClassId::of(&gtin)), codec::encode(&class(gtin.clone()))),
        ("class without gtin", StateKey::Class(ClassId::of(&other)), codec::encode(&class(other.clone()))),
        ("item", StateKey::Item(item(1)), codec::encode(&item_record())),
        ("code", StateKey::Code(code_hash(&lot)), codec::encode(&code)),
        ("feed", StateKey::Feed(org(1)), codec::encode(&feed)),
        ("seen", seen, codec::encode(&7u64)),
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
pub(crate) fn feed_entries() -> [FeedEntry; 3] {
    [
        FeedEntry::Event(event_ref()),
        FeedEntry::Done(tx_id(1)),
        FeedEntry::Refused { tx: tx_id(2), rejection: ledger::Rejection::TermsInvalid },
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
