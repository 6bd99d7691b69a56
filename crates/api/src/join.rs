//! What passes between the operator of a node and the administrator of its organisation when the node joins a network: the
//! claim to a transport identity. See `docs/formats/joining.md`.

use crate::bytes;
use ledger::{NetworkId, OrgId, PublicKey, Signature, crypto::peer_possession};
use serde::{Deserialize, Serialize};

/// Value of `schema` in [`NodeClaimFile`].
pub const NODE_CLAIM_SCHEMA: &str = "hufu.node-claim/1";
/// Largest claim of a node, in bytes.
pub const MAX_NODE_CLAIM_BYTES: usize = 16 * 1024;

/// The file by which an administrator registers a node: nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeClaimFile {
    /// `hufu.node-claim/1`.
    pub schema: String,
    /// The network for which possession of the key is proved.
    pub network: String,
    /// Identity of the organisation that runs the node.
    pub org: String,
    /// Transport identity, 64 hexadecimal digits.
    pub peer: String,
    /// Signature by that key over [`peer_possession`], base64url.
    pub possession: String,
}

/// What a claim says, its proof of possession checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimedNode {
    /// The network.
    pub network: NetworkId,
    /// The organisation.
    pub org: OrgId,
    /// The transport identity.
    pub peer: [u8; 32],
    /// The proof that whoever made the claim has its key.
    pub possession: Signature,
}

/// Why a claim of a node is not taken. Messages read after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodeClaimError {
    /// No JSON, or fields that are missing, unknown, of another type or no identities.
    #[error("read the claim of a node: {0}")]
    Shape(String),
    /// A file of another kind.
    #[error("read the claim of a node: its schema is {0:?}, needed is {NODE_CLAIM_SCHEMA:?}")]
    Schema(String),
    /// The signature is not one of the transport identity over this network and organisation.
    #[error("take the claim of a node: its signature does not prove that its maker has the key {0}")]
    Possession(String),
}

impl NodeClaimError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            NodeClaimError::Shape(_) => "H3103",
            NodeClaimError::Schema(_) => "H3104",
            NodeClaimError::Possession(_) => "H3155",
        }
    }
}

impl NodeClaimFile {
    /// The file of a claim.
    pub fn of(claim: &ClaimedNode) -> NodeClaimFile {
        NodeClaimFile {
            schema: NODE_CLAIM_SCHEMA.into(),
            network: claim.network.to_string(),
            org: claim.org.to_string(),
            peer: hex::encode(claim.peer),
            possession: bytes::encode(&claim.possession.0),
        }
    }

    /// Reads a claim and checks its proof of possession.
    pub fn read(text: &[u8]) -> Result<ClaimedNode, NodeClaimError> {
        let shape = |e: serde_json::Error| NodeClaimError::Shape(e.to_string().chars().take(300).collect());
        let value: serde_json::Value = serde_json::from_slice(text).map_err(shape)?;
        match value.get("schema").and_then(serde_json::Value::as_str) {
            Some(NODE_CLAIM_SCHEMA) => {}
            found => return Err(NodeClaimError::Schema(found.unwrap_or_default().chars().take(80).collect())),
        }
        let file: NodeClaimFile = serde_json::from_value(value).map_err(shape)?;
        let claim =
            file.claimed().ok_or_else(|| NodeClaimError::Shape("a field is no identity or signature".into()))?;
        let key = PublicKey::from_bytes(claim.peer).ok();
        match key
            .is_some_and(|key| key.verify(&peer_possession(&claim.network, &claim.org, &claim.peer), &claim.possession))
        {
            true => Ok(claim),
            false => Err(NodeClaimError::Possession(file.peer)),
        }
    }

    fn claimed(&self) -> Option<ClaimedNode> {
        let mut peer = [0u8; 32];
        hex::decode_to_slice(&self.peer, &mut peer).ok()?;
        let possession = <[u8; 64]>::try_from(bytes::decode(&self.possession).ok()?).ok()?;
        Some(ClaimedNode {
            network: self.network.parse().ok()?,
            org: self.org.parse().ok()?,
            peer,
            possession: Signature(possession),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_that_proves_nothing_is_refused() {
        let claim = ClaimedNode {
            network: NetworkId::default(),
            org: OrgId::default(),
            peer: [7; 32],
            possession: Signature([3; 64]),
        };
        let file = NodeClaimFile::of(&claim);
        let read = |file: &NodeClaimFile| NodeClaimFile::read(&serde_json::to_vec(file).unwrap()).unwrap_err().code();
        assert_eq!(file.claimed(), Some(claim));
        assert_eq!(read(&file), "H3155");
        assert_eq!(read(&NodeClaimFile { schema: "hufu.pubkey/1".into(), ..file.clone() }), "H3104");
        assert_eq!(read(&NodeClaimFile { peer: "7".into(), ..file.clone() }), "H3103");
        assert_eq!(read(&NodeClaimFile { possession: "AA".into(), ..file }), "H3103");
        assert_eq!(NodeClaimFile::read(b"{").unwrap_err().code(), "H3103");
    }
}
