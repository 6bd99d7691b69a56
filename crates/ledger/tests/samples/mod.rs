//! Fixed values of everything that has bytes: every variant of every enum, with seeded keys.
//!
//! Golden vectors are made of these, so a change here changes vectors.

mod acts;
mod coded;
mod dice;
mod events;
mod passage;
mod state;
mod variants;

pub(crate) use acts::*;
pub(crate) use coded::*;
pub(crate) use dice::Dice;
pub(crate) use events::*;
pub(crate) use passage::*;
pub(crate) use state::*;
pub(crate) use variants::*;

use ed25519_dalek::{Signer as _, SigningKey};
use gs1::{Gln, ItemCode, Quantity};
use ledger::{
    ClassId, CustodyPoint, GrantId, HandoverTerms, Hash, ItemId, KeyId, NetworkId, Operation, OrgId, PersonId,
    PublicKey, Role, Signature, SignedTx, Slot, Text, Timestamp, TxBody, TxId,
    crypto::{Suite, possession_message},
    field::Field,
    list,
    operation::{Entry, EntryBody, EntryList, KeyClaim, Purpose, Registration, Usage},
    policy::{KindTag, SignerNeed, SignerSet, Who},
    record::{AgencyFunction, Category, ClassCode, ClassProfile, OrgIdentifier, OrgKind, OrgProfile, Roles, Stamp},
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
pub(crate) fn grant(n: u8) -> GrantId {
    GrantId(hash(0xb0 + n))
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
/// Premises.
pub(crate) fn gln() -> Gln {
    "9521100000017".parse().unwrap()
}
/// A lot, a serial, a donation, and a logistic unit.
pub(crate) fn codes() -> [ItemCode; 4] {
    ["01/09521100000017/10/L1", "01/09521100000017/21/S%2F1", "hufu:isbt128/A9999 17", "00/095211000000000017"]
        .map(|c| c.replace(' ', "%20").parse().unwrap())
}
pub(crate) fn class_codes() -> [ClassCode; 2] {
    [
        ClassCode::Gtin("09521100000017".parse().unwrap()),
        ClassCode::Other { scheme: text("isbt128"), value: text("plasma") },
    ]
}
/// The class of logistic units, which every network has.
pub(crate) fn unit_class() -> ClassCode {
    ClassCode::Other { scheme: text("sscc"), value: text("logistic-unit") }
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

/// A signer as a pack writes it: `officer@customs`, with `+` where several may sign so.
pub(crate) fn need(word: &str) -> SignerNeed {
    let (one, many) = match word.strip_suffix('+') {
        Some(one) => (one, true),
        None => (word, false),
    };
    let (role, who) = one.split_once('@').unwrap();
    let who = match who {
        "principal" => Who::Principal,
        "counterpart" => Who::Counterpart,
        "any-agency" => Who::AnyAgency,
        "anyone" => Who::Anyone,
        other => match AgencyFunction::of_name(other) {
            Some(function) => Who::Agency(function),
            None => Who::Kind(KindTag::of_name(other).unwrap()),
        },
    };
    SignerNeed { role: Role::of_name(role).unwrap(), who, many }
}
/// Alternatives, parted by `|`, of signers, parted by blanks.
pub(crate) fn alternatives(words: &str) -> Vec<SignerSet> {
    words.split('|').map(|set| set.split_whitespace().map(need).collect()).collect()
}

// ------------------------------------------------------------------------------------------------------ transactions

pub(crate) fn claim(seed: u8, org: &OrgId) -> KeyClaim {
    let person = person(seed);
    KeyClaim {
        key: key(seed),
        person,
        name: ledger::field::person_name(&[seed; 16], &text("王芳")),
        roles: Roles::of(&[Role::Custodian, Role::Receiver, Role::Administrator]),
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
        purpose: Purpose::Research,
        premises: Some(gln()),
        private,
    }
}
pub(crate) fn registrations() -> Vec<Entry> {
    let [gtin, other] = class_codes().map(|code| ClassId::of(&code));
    let classes = [gtin, gtin, other, ClassId::of(&unit_class())];
    let amounts = ["1000 H87", "1 H87", "12.5 MLT", "1 EA"].map(quantity);
    let parts = classes.into_iter().zip(codes()).zip(amounts).zip(Purpose::ALL).zip(1u8..);
    parts
        .map(|((((class, code), quantity), purpose), n)| Entry {
            salt: [n; 16],
            body: EntryBody::Registration(Registration {
                class,
                code,
                quantity,
                purpose,
                private: (n == 1).then(|| hash(0x77)),
            }),
        })
        .collect()
}
pub(crate) fn item_entries(count: u8) -> Vec<Entry> {
    let entry = |n| Entry { salt: [n; 16], body: EntryBody::Item(item(n)) };
    (0..count).map(entry).collect()
}
pub(crate) fn usage() -> Usage {
    Usage { item: item(1), used: quantity("120 H87"), disposed: quantity("0 H87"), left: quantity("80 H87") }
}
pub(crate) fn usage_entries() -> Vec<Entry> {
    let other = Usage { item: item(2), ..usage() };
    let entry = |(n, usage)| Entry { salt: [n; 16], body: EntryBody::Usage(usage) };
    [(1, usage()), (2, other)].map(entry).into()
}
pub(crate) fn list_of(entries: &[Entry]) -> EntryList {
    let hashes: Vec<Hash> = entries.iter().map(Entry::hash).collect();
    EntryList { count: u32::try_from(entries.len()).unwrap(), root: list::root(&hashes) }
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

/// The transaction of an act.
pub(crate) fn tx_of(act: ledger::Act) -> SignedTx {
    transactions().into_iter().map(|(tx, _)| tx).find(|tx| tx.body.operation.act() == act).unwrap()
}

/// A handover signed by both, for tests that change something about it.
pub(crate) fn handover() -> SignedTx {
    tx_of(ledger::Act::Handover)
}
