//! Who is in the world, and its genesis.

use super::{World, text};
use ed25519_dalek::{Signer as _, SigningKey};
use ledger::{
    Genesis, Hash, KeyRecord, PolicyPack, Signature, StateKey, Timestamp,
    crypto::{peer_possession, possession_message},
    genesis::{ChainParams, GenesisOrg, NodeClaim, TestClock, consensus_possession},
    id::{ClassId, KeyId, NetworkId, OrgId, PersonId},
    operation::KeyClaim,
    record::{
        AgencyFunction, Category, ClassCode, ClassProfile, ClassRecord, HsAssertion, OrgIdentifier, OrgKind,
        OrgProfile, OrgRecord, PackInForce, Role, Roles, Stamp,
    },
    state::MemoryState,
};
use proof::TrustRoot;
use std::collections::BTreeMap;

pub(crate) const GTIN: &str = "09521234543213";
/// The handle of the class of logistic units, which every network has.
pub(crate) const UNIT: &str = "unit";

pub(crate) struct Person {
    pub(crate) secret: SigningKey,
    pub(crate) key: KeyId,
    pub(crate) org: OrgId,
    pub(crate) salt: [u8; 16],
    pub(crate) name: &'static str,
}

impl Person {
    pub(crate) fn sign(&self, message: &Hash) -> Signature {
        sign(&self.secret, message)
    }
}

pub(crate) fn sign(key: &SigningKey, message: &Hash) -> Signature {
    Signature(key.sign(&message.0).to_bytes())
}

pub(crate) fn secret(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

const AGENCIES: [(&str, &str, AgencyFunction); 4] = [
    ("customs", "Customs 海关", AgencyFunction::Customs),
    ("st", "Science and Technology 科创委", AgencyFunction::ScienceTechnology),
    ("health", "Health 卫生健康委", AgencyFunction::Health),
    ("env", "Environment 生态环境局", AgencyFunction::Environment),
];

const FIRMS: [(&str, &str, OrgKind); 5] = [
    ("importer", "Harbour Bio Ltd", OrgKind::Enterprise),
    ("carrier", "Cold Chain Carriers", OrgKind::Carrier),
    ("hospital", "Delta Hospital", OrgKind::Enterprise),
    ("lab", "Macau Laboratory 07", OrgKind::Partner),
    ("importer2", "Harbour Bio Ltd", OrgKind::Enterprise),
];

fn profile(handle: &str, name: &str, kind: OrgKind) -> OrgProfile {
    // Two people of one organisation: "importer" and "importer2".
    let value = handle.trim_end_matches('2');
    OrgProfile { identifier: OrgIdentifier { scheme: text("uscc"), value: text(value) }, name: text(name), kind }
}

pub(crate) fn class_code(code: &str) -> ClassCode {
    if code == UNIT {
        return ClassCode::Other { scheme: text("sscc"), value: text("logistic-unit") };
    }
    match code.parse() {
        Ok(gtin) => ClassCode::Gtin(gtin),
        Err(_) => ClassCode::Other { scheme: text("isbt128"), value: text(code) },
    }
}

pub(crate) fn class_id(code: &str) -> ClassId {
    ClassId::of(&class_code(code))
}

fn claim(org: &OrgId, seed: u8, roles: &[Role], salt: [u8; 16], name: &str) -> KeyClaim {
    let secret = secret(seed);
    let key = *secret.verifying_key().as_bytes();
    let person = PersonId(Hash([seed; 32]));
    let message = possession_message(&NetworkId::default(), org, &person, &key);
    KeyClaim {
        key,
        person,
        name: ledger::field::person_name(&salt, &text(name)),
        roles: Roles::of(roles),
        possession: sign(&secret, &message),
    }
}

struct Cast {
    orgs: Vec<GenesisOrg>,
    people: BTreeMap<&'static str, Person>,
    agencies: Vec<SigningKey>,
}

fn cast() -> Cast {
    let mut cast = Cast { orgs: Vec::new(), people: BTreeMap::new(), agencies: Vec::new() };
    let agency_roles = [Role::Officer, Role::Countersigner, Role::Administrator];
    let firm_roles = [Role::Custodian, Role::Receiver, Role::Declarant, Role::Administrator];
    let agencies = AGENCIES.iter().map(|(h, n, f)| (*h, *n, OrgKind::Agency(*f), &agency_roles[..]));
    let firms = FIRMS.iter().map(|(h, n, k)| (*h, *n, *k, &firm_roles[..]));
    for (number, (handle, name, kind, roles)) in agencies.chain(firms).enumerate() {
        let seed = 10 + number as u8;
        let profile = profile(handle, name, kind);
        let org = OrgId::of(&profile.identifier);
        let salt = [seed; 16];
        let claim = claim(&org, seed, roles, salt, handle);
        let key = KeyId::of_ed25519(&claim.key);
        cast.people.insert(handle, Person { secret: secret(seed), key, org, salt, name: handle });
        let node = kind.function().map(|_| {
            let voter = secret(100 + seed);
            let transport = secret(150 + seed);
            let (key, peer) = (*voter.verifying_key().as_bytes(), *transport.verifying_key().as_bytes());
            let possession = sign(&voter, &consensus_possession(&text("test-harbour"), &org, &key, &peer));
            let peer_possession = sign(&transport, &peer_possession(&NetworkId::default(), &org, &peer));
            cast.agencies.push(voter);
            NodeClaim { key, peer, possession, peer_possession }
        });
        match cast.orgs.iter_mut().find(|o| o.profile.identifier == profile.identifier) {
            Some(known) => known.keys.push(claim),
            None => cast.orgs.push(GenesisOrg { profile, keys: vec![claim], node }),
        }
    }
    cast
}

impl World {
    /// A network with four agencies, four firms and three classes. `variant` makes the network another one.
    pub(crate) fn new(test: bool, variant: u32) -> World {
        let Cast { orgs, people, agencies } = cast();
        let time = Timestamp(1_790_000_000_000);
        let class = |code: &str, name: &str| ClassProfile {
            code: class_code(code),
            name: text(name),
            category: Category::Blood,
            grade: text("2"),
            hgr: code == "blood",
            hs: "HS2022-CN-3002120090".parse().unwrap(),
        };
        let genesis = Genesis {
            chain: text("test-harbour"),
            time,
            test: test.then_some(TestClock { origin: time, rate: 1 }),
            params: ChainParams { block_txs: 2_000 + variant, ..ChainParams::default() },
            pack: shipped("plain", "first-is-highest"),
            orgs,
            classes: vec![
                class(GTIN, "Plasma, frozen"),
                class("blood", "Whole blood"),
                class("06901234567892", "Other plasma"),
            ],
            items: Vec::new(),
        };
        genesis.check().unwrap();
        let mut world = World {
            network: genesis.network(),
            trust: TrustRoot::from_genesis(&genesis).unwrap(),
            test,
            pack: genesis.pack.clone(),
            state: MemoryState::default(),
            now: Stamp { height: 0, time },
            people,
            agencies,
            set: genesis.validators().unwrap(),
            chain: Vec::new(),
            events: BTreeMap::new(),
            txs: BTreeMap::new(),
            open: Vec::new(),
            children: false,
            genesis: genesis.clone(),
            executed: Vec::new(),
            signed_by: 4,
            crowd: Vec::new(),
            twist_event: Box::new(|_| {}),
            twist_body: Box::new(|_| {}),
            twist_tx: Box::new(|_| {}),
            twist_header: Box::new(|_| {}),
            counter: u64::from(variant) << 32,
        };
        world.enter(&genesis);
        world
    }

    fn enter(&mut self, genesis: &Genesis) {
        let from = self.now;
        self.put(|w| w.put(StateKey::Params, &genesis.params));
        self.put(|w| w.put(StateKey::Pack(genesis.pack.hash()), &genesis.pack));
        let in_force = PackInForce { pack: genesis.pack.hash(), from: 1, next: None };
        self.put(|w| w.put(StateKey::PackInForce, &in_force));
        for org in &genesis.orgs {
            let id = OrgId::of(&org.profile.identifier);
            let record = OrgRecord { profile: org.profile.clone(), from, cause: None, ban: None, left: None };
            self.put(|w| w.put(StateKey::Org(id), &record));
            for claim in &org.keys {
                self.enter_key(id, claim);
            }
        }
        for class in &genesis.classes {
            let record = ClassRecord {
                code: class.code.clone(),
                name: class.name.clone(),
                category: class.category,
                grade: class.grade.clone(),
                hgr: class.hgr,
                hs: vec![HsAssertion { hs: class.hs.clone(), at: from, cause: None }],
                from,
                cause: None,
            };
            self.put(|w| w.put(StateKey::Class(ClassId::of(&class.code)), &record));
        }
        let units = ClassRecord {
            code: class_code(UNIT),
            name: text("logistic unit 物流单元"),
            category: Category::BiologicalProduct,
            grade: text(""),
            hgr: false,
            hs: Vec::new(),
            from,
            cause: None,
        };
        self.put(|w| w.put(StateKey::Class(class_id(UNIT)), &units));
    }

    fn enter_key(&mut self, org: OrgId, claim: &KeyClaim) {
        let record = KeyRecord {
            key: claim.key,
            org,
            person: claim.person,
            name: claim.name,
            roles: claim.roles,
            from: self.now,
            cause: None,
            waits: None,
            end: None,
        };
        self.put(|w| w.put(StateKey::Key(KeyId::of_ed25519(&claim.key)), &record));
    }

    /// Gives a handle a new key, registered in a block of its own.
    pub(crate) fn new_key(&mut self, handle: &'static str, seed: u8, roles: &[Role]) {
        self.block(60_000);
        let org = self.org(handle);
        let claim = claim(&org, seed, roles, [seed; 16], handle);
        self.enter_key(org, &claim);
        let key = KeyId::of_ed25519(&claim.key);
        self.people.insert(handle, Person { secret: secret(seed), key, org, salt: [seed; 16], name: handle });
    }
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
