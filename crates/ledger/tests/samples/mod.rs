//! Fixed values of everything that has bytes: every variant of every enum, with seeded keys.
//!
//! Golden vectors are made of these, so a change here changes vectors.
#![allow(dead_code, unused_imports, reason = "each test binary uses its part")]

mod coded;
mod state;

pub(crate) use coded::*;
pub(crate) use state::*;

use ed25519_dalek::{Signer as _, SigningKey};
use gs1::{ItemCode, Quantity};
use ledger::{
    Act, Block, Cause, ClassId, CustodyPoint, Decision, Effect, Event, HandoverTerms, Hash, ItemId, KeyId, Lifecycle,
    NetworkId, Operation, OrgId, PersonId, PublicKey, Role, Signature, SignedTx, Slot, Text, Timestamp, TxBody, TxId,
    crypto::{Suite, peer_possession, possession_message},
    event::Link,
    field::Field,
    list::{self},
    operation::{Entry, EntryBody, EntryList, InspectionResult, KeyClaim, Registration},
    policy::Rule,
    record::{
        Category, ClassCode, ClassProfile, KeyEndReason, OrgIdentifier, OrgKind, OrgProfile, PendingOffer, Roles, Stamp,
    },
};

/// Block time of the samples: 2026-01-01T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp(1_767_225_600_000);

// ------------------------------------------------------------------------------------------------------ small things

pub(crate) fn signing(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}
pub(crate) fn key(seed: u8) -> [u8; 32] {
    signing(seed).verifying_key().to_bytes()
}
pub(crate) fn public(seed: u8) -> PublicKey {
    PublicKey::from_bytes(key(seed)).unwrap()
}
pub(crate) fn key_id(seed: u8) -> KeyId {
    KeyId::of_ed25519(&key(seed))
}
pub(crate) fn sign(seed: u8, message: &Hash) -> Signature {
    Signature(signing(seed).sign(&message.0).to_bytes())
}
pub(crate) fn hash(n: u8) -> Hash {
    Hash([n; 32])
}
pub(crate) fn text<const MAX: usize>(t: &str) -> Text<MAX> {
    Text::new(t).unwrap()
}
pub(crate) fn network() -> NetworkId {
    NetworkId(hash(0x11))
}
pub(crate) fn identifier(n: u8) -> OrgIdentifier {
    OrgIdentifier { scheme: text("gln"), value: text(&format!("organisation {n}")) }
}
pub(crate) fn org(n: u8) -> OrgId {
    OrgId::of(&identifier(n))
}
pub(crate) fn profile(n: u8, kind: OrgKind) -> OrgProfile {
    OrgProfile { identifier: identifier(n), name: text("样本 sample"), kind }
}
pub(crate) fn person(n: u8) -> PersonId {
    PersonId(hash(0x60 + n))
}
pub(crate) fn item(n: u8) -> ItemId {
    ItemId(hash(0x80 + n))
}
pub(crate) fn tx_id(n: u8) -> TxId {
    TxId(hash(0x40 + n))
}
pub(crate) fn stamp() -> Stamp {
    Stamp { height: 7, time: START }
}
pub(crate) fn quantity(t: &str) -> Quantity {
    t.parse().unwrap()
}
pub(crate) fn codes() -> [ItemCode; 3] {
    ["01/09521100000017/10/L1", "01/09521100000017/21/S%2F1", "hufu:isbt128/A9999 17"]
        .map(|c| c.replace(' ', "%20").parse().unwrap())
}
pub(crate) fn class_codes() -> [ClassCode; 2] {
    [
        ClassCode::Gtin("09521100000017".parse().unwrap()),
        ClassCode::Other { scheme: text("isbt128"), value: text("plasma") },
    ]
}
pub(crate) fn class_profile(code: ClassCode) -> ClassProfile {
    ClassProfile {
        code,
        name: text("新冠疫苗 vaccine"),
        category: Category::BiologicalProduct,
        grade: text("2"),
        hgr: true,
        hs: "HS2022-CN-3002150000".parse().unwrap(),
    }
}
pub(crate) fn fields() -> Vec<Field> {
    [("price", "12.50 CNY"), ("place", "上海张江"), ("note", "")]
        .into_iter()
        .zip(1u8..)
        .map(|((name, value), n)| Field { salt: [n; 16], name: text(name), value: text(value) })
        .collect()
}

// ------------------------------------------------------------------------------------------------------ transactions

pub(crate) fn claim(seed: u8, org: &OrgId) -> KeyClaim {
    let person = person(seed);
    KeyClaim {
        key: key(seed),
        person,
        name: ledger::field::person_name(&[seed; 16], &text("王芳")),
        roles: Roles::of(&[Role::Custodian, Role::Receiver]),
        possession: sign(seed, &possession_message(&network(), org, &person, &key(seed))),
    }
}
pub(crate) fn point() -> CustodyPoint {
    CustodyPoint::start(&item(1)).after(&tx_id(1))
}
pub(crate) fn terms(private: Option<Hash>) -> HandoverTerms {
    HandoverTerms {
        network: network(),
        item: item(1),
        at: point(),
        giver: org(1),
        receiver: org(2),
        expires: START.plus_ms(3_600_000),
        private,
    }
}
pub(crate) fn registrations() -> Vec<Entry> {
    let amounts = ["1000 H87", "1 H87", "12.5 MLT"].map(quantity);
    let parts = codes().into_iter().zip(amounts).zip(0u8..);
    parts
        .map(|((code, quantity), n)| Entry {
            salt: [n + 1; 16],
            body: EntryBody::Registration(Registration {
                class: ClassId::of(&class_codes()[usize::from(n == 2)]),
                code,
                quantity,
                private: (n == 0).then(|| hash(0x77)),
            }),
        })
        .collect()
}
pub(crate) fn item_entries(count: u8) -> Vec<Entry> {
    let entry = |n| Entry { salt: [n; 16], body: EntryBody::Item(item(n)) };
    (0..count).map(entry).collect()
}
pub(crate) fn list_of(entries: &[Entry]) -> EntryList {
    let hashes: Vec<Hash> = entries.iter().map(Entry::hash).collect();
    EntryList { count: u32::try_from(entries.len()).unwrap(), root: list::root(&hashes) }
}

/// An operation with its signers (key seed, organisation, role) and entries.
pub(crate) type Sample = (Operation, Vec<(u8, u8, Role)>, Vec<Entry>);

/// One operation of each kind, in the order of `Act::ALL`.
pub(crate) fn operations() -> Vec<Sample> {
    use Role::{Administrator, Countersigner, Custodian, Declarant, Officer, Receiver};
    let (items, registrations) = (item_entries(3), registrations());
    let list = list_of(&items);
    let (item, at, private) = (item(1), point(), Some(hash(0x33)));
    let terms_hash = terms(None).hash();
    let none = Vec::new;
    let register = Operation::Register { list: list_of(&registrations) };
    let inspect = Operation::Inspect { list, result: InspectionResult::TestPending, private };
    let accept = Operation::Accept { item, terms: terms_hash, at };
    let refuse = Operation::Refuse { item, terms: terms_hash, reason: text("包装破损 damaged") };
    let use_some = Operation::Use { item, at, quantity: quantity("0.5 MLT"), private };
    let dispose = Operation::Dispose { item, at, quantity: quantity("20 H87"), private: None };
    let [gtin, _] = class_codes();
    let assert_hs = Operation::AssertHs { class: ClassId::of(&gtin), hs: "HS2028-MO-30021500".parse().unwrap() };
    let profile_of = |n| profile(n, OrgKind::Enterprise);
    let mut all = registry_operations(profile_of(5));
    all.extend([
        (register, vec![(1, 1, Declarant)], registrations),
        (Operation::Declare { list, private: None }, vec![(1, 1, Declarant)], items.clone()),
        (inspect, vec![(9, 9, Officer)], items.clone()),
        (Operation::Release { list }, vec![(9, 9, Officer)], items),
        (Operation::Offer { terms: terms(private) }, vec![(1, 1, Custodian)], none()),
        (accept, vec![(2, 2, Receiver)], none()),
        (refuse, vec![(2, 2, Receiver)], none()),
        (Operation::Withdraw { item, terms: terms_hash }, vec![(1, 1, Custodian)], none()),
        (Operation::Handover { terms: terms(None) }, vec![(1, 1, Custodian), (2, 2, Receiver)], none()),
        (use_some, vec![(1, 1, Custodian)], none()),
        (dispose, vec![(1, 1, Custodian), (8, 8, Countersigner)], none()),
        (Operation::PlaceHold { item, reason: text("召回 recall") }, vec![(7, 7, Officer)], none()),
        (Operation::LiftHold { item, placed: 300 }, vec![(7, 7, Administrator)], none()),
        (assert_hs, vec![(9, 9, Officer)], none()),
    ]);
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

pub(crate) fn slot(seed: u8, org_number: u8, role: Role) -> Slot {
    Slot { suite: Suite::Ed25519, org: org(org_number), key: key_id(seed), role }
}

/// Signs a body; `seeds` stand for its slots.
pub(crate) fn signed(body: TxBody, seeds: &[u8], entries: Vec<Entry>) -> SignedTx {
    let id = body.id();
    let slots = body.signers.iter().zip(seeds);
    let signatures = slots.map(|(slot, seed)| sign(*seed, &body.sign_hash(&id, slot))).collect();
    SignedTx { body, signatures, entries }
}

/// One signed transaction of each kind, with the seeds of its keys.
pub(crate) fn transactions() -> Vec<(SignedTx, Vec<u8>)> {
    let make = |((operation, signers, entries), n): (Sample, u8)| {
        let body = TxBody {
            network: network(),
            nonce: [n; 16],
            expires: START.plus_ms(60_000 + u64::from(n)),
            signers: signers.iter().map(|(seed, org, role)| slot(*seed, *org, *role)).collect(),
            operation,
        };
        let seeds: Vec<u8> = signers.iter().map(|(seed, _, _)| *seed).collect();
        (signed(body, &seeds, entries), seeds)
    };
    operations().into_iter().zip(0u8..).map(make).collect()
}

/// A handover signed by both, for tests that change something about it.
pub(crate) fn handover() -> SignedTx {
    let of_both = |(tx, _): &(SignedTx, Vec<u8>)| matches!(tx.body.operation, Operation::Handover { .. });
    transactions().into_iter().find(of_both).unwrap().0
}

// ------------------------------------------------------------------------------------------------------------ events

pub(crate) fn decision() -> Decision {
    Decision { pack: pack().hash(), version: 1, rule: Rule(13), article: text("art. 26") }
}
pub(crate) fn offer() -> PendingOffer {
    PendingOffer { terms: terms(None).hash(), receiver: org(2), expires: START.plus_ms(3_600_000) }
}

/// Every effect, with the state that an event of it states.
pub(crate) fn effects() -> Vec<(Effect, Lifecycle)> {
    let [lot, _, _] = codes();
    let [gtin, _] = class_codes();
    let terms = terms(None).hash();
    let registered = Effect::Registered {
        class: ClassId::of(&gtin),
        code: lot,
        quantity: quantity("1000 H87"),
        custodian: org(1),
        previous: Some(item(9)),
        private: None,
    };
    let inspected = |result| Effect::Inspected { result };
    let moved = Effect::Moved { from: org(1), to: org(2), terms };
    let placed = Effect::HoldPlaced { by: org(7), reason: text("召回 recall") };
    vec![
        (registered, Lifecycle::Registered),
        (Effect::Declared, Lifecycle::Declared),
        (inspected(InspectionResult::Passed), Lifecycle::Inspected),
        (inspected(InspectionResult::TestPending), Lifecycle::TestPending),
        (inspected(InspectionResult::Failed), Lifecycle::Failed),
        (Effect::Released, Lifecycle::Released),
        (Effect::Offered { offer: offer() }, Lifecycle::Released),
        (moved, Lifecycle::Released),
        (Effect::OfferRefused { terms }, Lifecycle::Released),
        (Effect::OfferWithdrawn { terms }, Lifecycle::Released),
        (Effect::Used { quantity: quantity("380 H87") }, Lifecycle::Released),
        (Effect::Disposed { quantity: quantity("20 H87") }, Lifecycle::Disposed),
        (placed, Lifecycle::Released),
        (Effect::HoldLifted { by: org(7), placed: 4 }, Lifecycle::Released),
    ]
}

pub(crate) fn events() -> Vec<Event> {
    let mut events: Vec<Event> = effects()
        .into_iter()
        .zip(1u64..)
        .map(|((effect, state), n)| Event {
            item: item(1),
            n,
            cause: Cause::Tx { id: tx_id(n as u8), index: 2 },
            at: stamp(),
            effect,
            state,
            decision: Some(decision()),
            links: Vec::new(),
        })
        .collect();
    let mut of_genesis = events[0].clone();
    of_genesis.cause = Cause::Genesis;
    of_genesis.state = Lifecycle::Released;
    of_genesis.decision = None;
    of_genesis.links = vec![Link { item: item(5), count: 3, head: hash(0x55) }];
    events.push(of_genesis);
    events
}
