//! Genesis: what a network starts from, agreed and cosigned by its agencies.

use crate::{
    bounds::*,
    codec::{self, CodecError},
    crypto::{PublicKey, Signature, peer_possession, possession_message},
    hash::Hash,
    id::{NetworkId, OrgId},
    operation::{KeyClaim, Registration},
    policy::{PackError, PolicyPack, has_repetition},
    record::{ClassProfile, OrgProfile, Role},
    tag,
    text::Text,
    time::Timestamp,
    vote::{Validator, ValidatorSet, ValidatorSetError},
};
use bincode::{Decode, Encode};

/// Parameters that all nodes must share. Local knobs are elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ChainParams {
    /// Largest block in bytes, [`MIN_BLOCK_BYTES`] to [`MAX_BLOCK_BYTES`].
    pub block_bytes: u32,
    /// Most transactions of one block, at most [`MAX_BLOCK_TXS`].
    pub block_txs: u32,
    /// Farthest that the time of a fresh proposal may lie from a validator's clock, in milliseconds.
    pub clock_drift_ms: u32,
    /// Interval of empty blocks when nothing waits, in milliseconds.
    pub idle_interval_ms: u32,
    /// Shortest interval of blocks under load, in milliseconds.
    pub busy_interval_ms: u32,
}

impl Default for ChainParams {
    fn default() -> Self {
        ChainParams {
            block_bytes: 1024 * 1024,
            block_txs: 2_000,
            clock_drift_ms: 5_000,
            idle_interval_ms: 1_000,
            busy_interval_ms: 50,
        }
    }
}

/// A test network's clock: block time starts at `origin` and runs `rate` times as fast as real time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TestClock {
    /// Block time at genesis.
    pub origin: Timestamp,
    /// How many times faster.
    pub rate: u32,
}

/// A node of an agency that votes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct NodeClaim {
    /// Consensus key, ed25519.
    pub key: [u8; 32],
    /// Transport identity, ed25519.
    pub peer: [u8; 32],
    /// Signature by the consensus key over [`consensus_possession`].
    pub possession: Signature,
    /// Signature by the transport identity over [`peer_possession`] for the zero network.
    pub peer_possession: Signature,
}

/// What a consensus key signs to enter a genesis.
pub fn consensus_possession(chain: &Text<32>, org: &OrgId, key: &[u8; 32], peer: &[u8; 32]) -> Hash {
    Hash::of_bytes(&tag::CONSENSUS_POSSESSION, &codec::encode(&(chain, org, key, peer)))
}

/// What a consensus key signs to take a seat in a network that runs.
pub fn seat_possession(network: &NetworkId, org: &OrgId, key: &[u8; 32], peer: &[u8; 32]) -> Hash {
    Hash::of(&tag::SEAT_POSSESSION, &(network, org, key, peer))
}

/// An organisation with its first keys.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GenesisOrg {
    /// Public facts.
    pub profile: OrgProfile,
    /// Its first keys; possession is proved for the zero network, the cosignature binds them to this one.
    pub keys: Vec<KeyClaim>,
    /// Its voting node; agencies only.
    pub node: Option<NodeClaim>,
}

/// A released item with its custodian, for load tests of test networks.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GenesisItem {
    /// The item.
    pub registration: Registration,
    /// Who holds it.
    pub custodian: OrgId,
}

/// What a network starts from.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Genesis {
    /// Name of the chain, for people.
    pub chain: Text<32>,
    /// Time of the ceremony.
    pub time: Timestamp,
    /// Set on test networks only; verdicts say so.
    pub test: Option<TestClock>,
    /// Shared parameters.
    pub params: ChainParams,
    /// The policy pack in force.
    pub pack: PolicyPack,
    /// Organisations.
    pub orgs: Vec<GenesisOrg>,
    /// Item classes.
    pub classes: Vec<ClassProfile>,
    /// Items, on test networks only.
    pub items: Vec<GenesisItem>,
}

/// Why a genesis is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// The bytes are no genesis.
    #[error("read the genesis: {0}")]
    Codec(#[from] CodecError),
    /// The policy pack contradicts itself.
    #[error("take the policy pack: {0}")]
    Pack(#[from] PackError),
    /// The agencies make no validator set.
    #[error("make the validator set: {0}")]
    Validators(#[from] ValidatorSetError),
    /// An organisation twice, a node on something that is no agency, or an agency without an administrator.
    #[error("take organisation {name}: {problem}")]
    Org {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A parameter out of bounds.
    #[error("take the parameter {0}: it is out of bounds")]
    Param(&'static str),
    /// An organisation, key or class twice, or a class of no grade of the pack.
    #[error("take the list of {list}: {problem}")]
    List {
        /// Of what.
        list: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// Items on a network that is not a test network, or of an unknown class or custodian.
    #[error("take item {index}: {problem}")]
    Item {
        /// Its position.
        index: usize,
        /// What is wrong.
        problem: &'static str,
    },
}

impl GenesisError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            GenesisError::Pack(_) => "H3008",
            GenesisError::Param(_) => "H3009",
            GenesisError::Codec(_)
            | GenesisError::Validators(_)
            | GenesisError::Org { .. }
            | GenesisError::List { .. }
            | GenesisError::Item { .. } => "H3003",
        }
    }
}

impl Genesis {
    /// Canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads canonical bytes and checks them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Genesis, GenesisError> {
        let genesis: Genesis = codec::decode(bytes, MAX_GENESIS_BYTES)?;
        genesis.check()?;
        Ok(genesis)
    }

    /// Identity of the network.
    pub fn network(&self) -> NetworkId {
        NetworkId(Hash::of(&tag::NETWORK, self))
    }

    /// What an agency's administrator signs at the ceremony.
    pub fn cosign_message(network: &NetworkId, org: &OrgId) -> Hash {
        Hash::of(&tag::GENESIS_COSIGN, &(network, org))
    }

    /// The agencies that sign the first block.
    pub fn validators(&self) -> Result<ValidatorSet, GenesisError> {
        let mut seats = Vec::new();
        for org in &self.orgs {
            if let Some(node) = &org.node {
                let key =
                    PublicKey::from_bytes(node.key).map_err(|_| org_error(&org.profile, "unusable consensus key"))?;
                seats.push(Validator { key, org: OrgId::of(&org.profile.identifier), peer: node.peer });
            }
        }
        Ok(ValidatorSet::new(seats)?)
    }

    /// Checks everything that a node relies on.
    pub fn check(&self) -> Result<(), GenesisError> {
        self.pack.check()?;
        self.validators()?;
        self.check_params()?;
        let mut ids = Vec::new();
        let mut keys = Vec::new();
        for org in &self.orgs {
            self.check_org(org, &mut keys)?;
            ids.push(OrgId::of(&org.profile.identifier));
        }
        if has_repetition(&ids) || has_repetition(&keys) {
            return Err(GenesisError::List {
                list: "organisations",
                problem: "one of them, or one of their keys, stands twice",
            });
        }
        let codes: Vec<_> = self.classes.iter().map(|c| &c.code).collect();
        let fail = |problem| Err(GenesisError::List { list: "classes", problem });
        if has_repetition(&codes) {
            return fail("one of them stands twice");
        }
        if self.classes.iter().any(|c| c.code.is_of_units()) {
            return fail("logistic units have their class in every network");
        }
        if self.classes.iter().any(|c| self.pack.grade(&c.grade).is_none()) {
            return fail("a grade is not one of the policy pack");
        }
        match self.test.is_none() && !self.items.is_empty() {
            true => Err(GenesisError::Item { index: 0, problem: "items are for test networks only" }),
            false => Ok(()),
        }
    }

    fn check_params(&self) -> Result<(), GenesisError> {
        let p = &self.params;
        let within = |low: usize, value: u32, high: usize| (low..=high).contains(&(value as usize));
        if !within(MIN_BLOCK_BYTES, p.block_bytes, MAX_BLOCK_BYTES) {
            return Err(GenesisError::Param("block_bytes"));
        }
        if !within(1, p.block_txs, MAX_BLOCK_TXS) {
            return Err(GenesisError::Param("block_txs"));
        }
        if !within(100, p.clock_drift_ms, 600_000) {
            return Err(GenesisError::Param("clock_drift_ms"));
        }
        if !within(1, p.busy_interval_ms, 60_000) || !within(p.busy_interval_ms as usize, p.idle_interval_ms, 600_000) {
            return Err(GenesisError::Param("busy_interval_ms, idle_interval_ms"));
        }
        match self.test {
            Some(clock) if clock.rate == 0 || clock.rate > 1_000_000 => Err(GenesisError::Param("test.rate")),
            _ => Ok(()),
        }
    }

    fn check_org(&self, org: &GenesisOrg, keys: &mut Vec<[u8; 32]>) -> Result<(), GenesisError> {
        let fail = |problem| Err(org_error(&org.profile, problem));
        let id = OrgId::of(&org.profile.identifier);
        let is_agency = org.profile.kind.function().is_some();
        if is_agency && !org.keys.iter().any(|k| k.roles.has(Role::Administrator)) {
            return fail("an agency needs a key with the role administrator");
        }
        for claim in &org.keys {
            let Ok(key) = PublicKey::from_bytes(claim.key) else {
                return fail("unusable key");
            };
            let message = possession_message(&NetworkId::default(), &id, &claim.person, &claim.key);
            if !key.verify(&message, &claim.possession) {
                return fail("a key's proof of possession does not hold");
            }
            keys.push(claim.key);
        }
        if let Some(node) = &org.node {
            if !is_agency {
                return fail("only agencies vote");
            }
            self.check_node(&id, node).or_else(fail)?;
            keys.extend([node.key, node.peer]);
        }
        Ok(())
    }

    fn check_node(&self, org: &OrgId, node: &NodeClaim) -> Result<(), &'static str> {
        let key = PublicKey::from_bytes(node.key).map_err(|_| "unusable consensus key")?;
        let peer = PublicKey::from_bytes(node.peer).map_err(|_| "unusable transport identity")?;
        if !key.verify(&consensus_possession(&self.chain, org, &node.key, &node.peer), &node.possession) {
            return Err("the consensus key's proof of possession does not hold");
        }
        match peer.verify(&peer_possession(&NetworkId::default(), org, &node.peer), &node.peer_possession) {
            true => Ok(()),
            false => Err("the transport identity's proof of possession does not hold"),
        }
    }
}

fn org_error(profile: &OrgProfile, problem: &'static str) -> GenesisError {
    GenesisError::Org { name: profile.name.to_string(), problem }
}
