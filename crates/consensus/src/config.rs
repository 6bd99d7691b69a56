//! What a node is started with.

use crate::limits::{MAX_BLOCK_BYTES, MAX_GOSSIP_BYTES, MAX_PEERS};
use keys::Signer;
use ledger::NetworkId;
use std::net::SocketAddr;
use std::path::PathBuf;
use transport::{Peer, TransportKey};

/// Local settings of the engine. What all nodes must agree on comes from the application's tip.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Folder of the consensus files; locked while the node runs.
    pub home: PathBuf,
    /// The network: part of everything signed, of topics and of protocols.
    pub network: NetworkId,
    /// Secret of the transport identity.
    pub transport: TransportKey,
    /// Where to listen; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Other nodes, and where to find them. The validators of the tip are admitted without being listed.
    pub peers: Vec<Peer>,
    /// Longest block.
    pub max_block_bytes: usize,
    /// Longest message on the transaction topic.
    pub max_gossip_bytes: usize,
}

/// What the node does.
pub enum Role {
    /// Votes with this key at every height that has it in its validator set; follows at others.
    Validator(Box<dyn Signer + Send + Sync>),
    /// Follows.
    Observer,
}

/// A setting that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Out of its bounds.
    #[error("use {value} for {name}: 1 to {limit} are possible")]
    Range {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: usize,
        /// Its upper bound.
        limit: usize,
    },
}

impl EngineConfig {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let range = |name, value, limit| match (1..=limit).contains(&value) {
            true => Ok(()),
            false => Err(ConfigError::Range { name, value, limit }),
        };
        range("max_block_bytes", self.max_block_bytes, MAX_BLOCK_BYTES)?;
        range("max_gossip_bytes", self.max_gossip_bytes, MAX_GOSSIP_BYTES)?;
        match self.peers.len() {
            0 => Ok(()),
            count => range("the number of peers", count, MAX_PEERS),
        }
    }
}
