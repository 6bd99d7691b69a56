//! What of a claim or genesis a person reads: always computed from the signed bytes.

use ledger::{
    ClassId, Genesis, KeyId, NetworkId, OrgId,
    genesis::GenesisOrg,
    operation::KeyClaim,
    record::{ClassCode, ClassProfile},
};
use serde::{Deserialize, Serialize};

/// Keys of one organisation that are listed; of more, only the number is shown.
const KEYS_SHOWN: usize = 16;
/// Organisations without a node that are listed; of more, only the number is shown.
const MEMBERS_SHOWN: usize = 256;

/// A key as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySummary {
    /// Identity of the key.
    pub id: String,
    /// The person, a pseudonym.
    pub person: String,
    /// In which capacities it may sign.
    pub roles: Vec<String>,
}

impl KeySummary {
    fn of(claim: &KeyClaim) -> KeySummary {
        KeySummary {
            id: KeyId::of_ed25519(&claim.key).to_string(),
            person: claim.person.to_string(),
            roles: claim.roles.list().into_iter().map(|r| r.name().to_owned()).collect(),
        }
    }
}

/// A voting node as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeSummary {
    /// Consensus key, 64 hexadecimal digits.
    pub key: String,
    /// Transport identity, 64 hexadecimal digits.
    pub peer: String,
}

/// An organisation as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrgSummary {
    /// Identity.
    pub id: String,
    /// Name.
    pub name: String,
    /// What it is, such as `agency`.
    pub kind: String,
    /// Function, of an agency.
    pub function: Option<String>,
    /// Scheme of its identifier.
    pub scheme: String,
    /// Its identifier in that scheme.
    pub value: String,
    /// Number of its keys.
    pub key_count: usize,
    /// Its keys, unless there are more than 16.
    pub keys: Vec<KeySummary>,
    /// Its voting node.
    pub node: Option<NodeSummary>,
}

impl OrgSummary {
    /// What is shown of an organisation.
    pub fn of(org: &GenesisOrg) -> OrgSummary {
        let GenesisOrg { profile, keys, node } = org;
        let shown = if keys.len() <= KEYS_SHOWN { keys.as_slice() } else { &[] };
        OrgSummary {
            id: OrgId::of(&profile.identifier).to_string(),
            name: profile.name.to_string(),
            kind: profile.kind.name().into(),
            function: profile.kind.function().map(|f| f.name().into()),
            scheme: profile.identifier.scheme.to_string(),
            value: profile.identifier.value.to_string(),
            key_count: keys.len(),
            keys: shown.iter().map(KeySummary::of).collect(),
            node: node.as_ref().map(|n| NodeSummary { key: hex::encode(n.key), peer: hex::encode(n.peer) }),
        }
    }
}

/// An item class as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassSummary {
    /// Identity.
    pub id: String,
    /// GTIN, or `scheme:value`.
    pub code: String,
    /// Name.
    pub name: String,
    /// Kind of special item.
    pub category: String,
    /// Risk grade.
    pub grade: String,
    /// Whether it is a human genetic resource.
    pub hgr: bool,
    /// HS code.
    pub hs: String,
}

impl ClassSummary {
    fn of(profile: &ClassProfile) -> ClassSummary {
        let ClassProfile { code, name, category, grade, hgr, hs } = profile;
        ClassSummary {
            id: ClassId::of(code).to_string(),
            code: match code {
                ClassCode::Gtin(gtin) => gtin.to_string(),
                ClassCode::Other { scheme, value } => format!("{scheme}:{value}"),
            },
            name: name.to_string(),
            category: category.name().into(),
            grade: grade.to_string(),
            hgr: *hgr,
            hs: hs.to_string(),
        }
    }
}

/// The policy pack as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackSummary {
    /// Name.
    pub name: String,
    /// Version.
    pub version: u32,
    /// Hash.
    pub hash: String,
    /// Risk grades in the order of the table.
    pub grades: Vec<String>,
    /// `first-is-highest` or `first-is-lowest`: which end of the grades is the most dangerous.
    pub orientation: String,
}

/// Shared parameters as they are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParamsSummary {
    /// Largest block in bytes.
    pub block_bytes: u32,
    /// Most transactions of one block.
    pub block_txs: u32,
    /// Farthest that the time of a fresh proposal may lie from a validator's clock.
    pub clock_drift_ms: u32,
    /// Interval of empty blocks.
    pub idle_interval_ms: u32,
    /// Shortest interval of blocks.
    pub busy_interval_ms: u32,
}

/// The clock of a test network as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestSummary {
    /// Block time at genesis.
    pub origin: String,
    /// How many times faster than real time.
    pub rate: u32,
}

/// A genesis as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisSummary {
    /// Identity of the network: the fingerprint that agencies compare, in groups of four.
    pub fingerprint: String,
    /// Name of the chain.
    pub chain: String,
    /// Time of the ceremony.
    pub time: String,
    /// Set on test networks.
    pub test: Option<TestSummary>,
    /// Shared parameters.
    pub params: ParamsSummary,
    /// The policy pack in force.
    pub pack: PackSummary,
    /// The agencies that vote.
    pub agencies: Vec<OrgSummary>,
    /// Number of other organisations.
    pub member_count: usize,
    /// Other organisations, unless there are more than 256.
    pub members: Vec<OrgSummary>,
    /// Item classes.
    pub classes: Vec<ClassSummary>,
    /// Number of items; test networks only.
    pub item_count: usize,
}

impl GenesisSummary {
    /// What is shown of a genesis.
    pub fn of(genesis: &Genesis) -> GenesisSummary {
        let (agencies, members): (Vec<&GenesisOrg>, Vec<&GenesisOrg>) =
            genesis.orgs.iter().partition(|o| o.node.is_some());
        let shown = if members.len() <= MEMBERS_SHOWN { members.as_slice() } else { &[] };
        let (params, pack) = (&genesis.params, &genesis.pack);
        GenesisSummary {
            fingerprint: groups_of_four(&genesis.network()),
            chain: genesis.chain.to_string(),
            time: api::time::rfc3339(genesis.time),
            test: genesis.test.map(|t| TestSummary { origin: api::time::rfc3339(t.origin), rate: t.rate }),
            params: ParamsSummary {
                block_bytes: params.block_bytes,
                block_txs: params.block_txs,
                clock_drift_ms: params.clock_drift_ms,
                idle_interval_ms: params.idle_interval_ms,
                busy_interval_ms: params.busy_interval_ms,
            },
            pack: PackSummary {
                name: pack.name.to_string(),
                version: pack.version,
                hash: pack.hash().to_string(),
                grades: pack.grades.iter().map(|g| g.name.to_string()).collect(),
                orientation: pack.orientation.name().into(),
            },
            agencies: agencies.into_iter().map(OrgSummary::of).collect(),
            member_count: members.len(),
            members: shown.iter().map(|o| OrgSummary::of(o)).collect(),
            classes: genesis.classes.iter().map(ClassSummary::of).collect(),
            item_count: genesis.items.len(),
        }
    }
}

/// The identity of a network in 16 groups of four digits, to be read aloud.
pub fn groups_of_four(network: &NetworkId) -> String {
    let digits: Vec<char> = network.to_string().chars().collect();
    digits.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The name of the first field in which two values that become JSON objects differ.
pub(super) fn first_difference<T: Serialize>(stated: &T, computed: &T) -> String {
    let value = |v: &T| serde_json::to_value(v).unwrap_or_default();
    let (stated, computed) = (value(stated), value(computed));
    let mut path = Vec::new();
    differ(&stated, &computed, &mut path);
    path.join(".")
}

fn differ(stated: &serde_json::Value, computed: &serde_json::Value, path: &mut Vec<String>) {
    use serde_json::Value;
    match (stated, computed) {
        (Value::Object(a), Value::Object(b)) => {
            if let Some((name, value)) = b.iter().find(|(name, value)| a.get(*name) != Some(value)) {
                path.push(name.clone());
                differ(a.get(name).unwrap_or(&Value::Null), value, path);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            let position = (0..a.len().max(b.len())).find(|i| a.get(*i) != b.get(*i));
            if let Some(position) = position {
                path.push(position.to_string());
                if let (Some(a), Some(b)) = (a.get(position), b.get(position)) {
                    differ(a, b, path);
                }
            }
        }
        _ => {}
    }
}
