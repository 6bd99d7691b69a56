//! The state that a genesis makes.

use crate::{items, registry};
use ledger::{
    Cause, ClassId, Event, Genesis, Hash, ItemId, KeyId, KeyRecord, Lifecycle, NetworkId, OrgId, OrgRecord, StateKey,
    TxId, WriteSet, event,
    genesis::{GenesisError, GenesisItem, GenesisOrg},
    record::{
        Category, ClassCode, ClassRecord, CodeRecord, HistoryRecord, Marks, NodeRecord, PackInForce, Stamp,
        ValidatorsRecord,
    },
    state::code_hash,
    text::Text,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a network starts from, as records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisState {
    /// Identity of the network.
    pub network: NetworkId,
    /// All records.
    pub writes: WriteSet,
    /// Events of items that genesis holds.
    pub events: Vec<Event>,
}

/// Makes the state of a genesis that has been checked ([`Genesis::check`] runs again).
pub fn genesis_state(genesis: &Genesis) -> Result<GenesisState, GenesisError> {
    genesis.check()?;
    let network = genesis.network();
    let at = Stamp { height: 0, time: genesis.time };
    let mut writes = WriteSet::default();
    writes.put(StateKey::Params, &genesis.params);
    writes.put(StateKey::Pack(genesis.pack.hash()), &genesis.pack);
    writes.put(StateKey::PackInForce, &PackInForce { pack: genesis.pack.hash(), from: 1, next: None });
    let set = genesis.validators()?;
    writes.put(StateKey::Validators, &ValidatorsRecord { set, from: 1, previous: None, next: None, changes: 0 });
    if genesis.test.is_some() {
        writes.put(StateKey::TestClock, &0u64);
    }
    let unit = unit_class();
    writes.put(StateKey::Class(ClassId::of(&unit.code)), &ClassRecord { from: at, ..unit });
    writes.put(StateKey::History, &HistoryRecord { blocks: Default::default(), last: at });
    for org in &genesis.orgs {
        put_org(&mut writes, org, at);
    }
    for class in &genesis.classes {
        writes.put(StateKey::Class(ClassId::of(&class.code)), &registry::class_record(class, at, None));
    }
    let events = put_items(&mut writes, genesis, &network, at)?;
    Ok(GenesisState { network, writes, events })
}

/// The class of logistic units.
fn unit_class() -> ClassRecord {
    ClassRecord {
        code: ClassCode::of_units(),
        name: Text::new("logistic unit 物流单元").unwrap_or_default(),
        category: Category::BiologicalProduct,
        grade: Text::default(),
        hgr: false,
        hs: Vec::new(),
        from: Stamp::default(),
        cause: None,
    }
}

fn put_org(writes: &mut WriteSet, org: &GenesisOrg, at: Stamp) {
    let id = OrgId::of(&org.profile.identifier);
    writes.put(
        StateKey::Org(id),
        &OrgRecord { profile: org.profile.clone(), from: at, cause: None, ban: None, left: None },
    );
    for claim in &org.keys {
        let record = KeyRecord {
            key: claim.key,
            org: id,
            person: claim.person,
            name: claim.name,
            roles: claim.roles,
            from: at,
            cause: None,
            waits: None,
            end: None,
        };
        writes.put(StateKey::Key(KeyId::of_ed25519(&claim.key)), &record);
    }
    if let Some(node) = &org.node {
        writes.put(StateKey::Node(node.peer), &NodeRecord { org: id, from: at, cause: None, end: None });
    }
}

fn put_items(
    writes: &mut WriteSet,
    genesis: &Genesis,
    network: &NetworkId,
    at: Stamp,
) -> Result<Vec<Event>, GenesisError> {
    let orgs: BTreeSet<OrgId> = genesis.orgs.iter().map(|o| OrgId::of(&o.profile.identifier)).collect();
    let classes: BTreeMap<ClassId, ClassRecord> =
        genesis.classes.iter().map(|c| (ClassId::of(&c.code), registry::class_record(c, at, None))).collect();
    let mut codes: BTreeMap<Hash, CodeRecord> = BTreeMap::new();
    let mut events = Vec::with_capacity(genesis.items.len());
    for (index, GenesisItem { registration, custodian }) in genesis.items.iter().enumerate() {
        let fail = |problem| GenesisError::Item { index, problem };
        let class = classes.get(&registration.class).ok_or(fail("its class is unknown"))?;
        if !orgs.contains(custodian) {
            return Err(fail("its custodian is unknown"));
        }
        if !items::code_is_of_class(registration, class)
            || ledger::judge::check_quantity(&registration.code, &registration.quantity).is_err()
        {
            return Err(fail("its code or quantity does not fit its class"));
        }
        let number = u32::try_from(index).map_err(|_| fail("too many items"))?;
        let item = ItemId::of(network, &TxId::default(), number);
        let key = code_hash(&registration.code);
        let event = Event {
            item,
            n: 1,
            cause: Cause::Genesis,
            at,
            effect: items::registered(
                registration,
                *custodian,
                codes.get(&key),
                Marks { hgr: class.hgr, research_only: false },
            ),
            state: Lifecycle::Released,
            decision: None,
            links: Vec::new(),
        };
        let record = event::apply(network, None, &event).map_err(|_| fail("it makes no record"))?;
        let code = items::code_after(codes.remove(&key), item);
        codes.insert(key, code);
        writes.put(StateKey::Item(item), &record);
        events.push(event);
    }
    for (key, record) in &codes {
        writes.put(StateKey::Code(*key), record);
    }
    Ok(events)
}
