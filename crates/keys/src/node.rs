//! A node's keys: consensus and transport, in a plain file, because a node starts with nobody present.

use crate::{KeyError, KeyPair, Signer, disk, keyfile::check_schema};
use ledger::{
    NetworkId, OrgId, Signature, Text,
    crypto::peer_possession,
    genesis::{NodeClaim, consensus_possession, seat_possession},
};
use serde::{Deserialize, Serialize};
use std::path::Path;
use zeroize::{Zeroize, Zeroizing};

/// Value of `schema`.
pub const NODE_SCHEMA: &str = "hufu.nodekey/1";

/// The two key pairs of a node. They are never the same: a key has one use.
#[derive(Clone, Debug)]
pub struct NodeKey {
    /// Signs votes and proposals.
    pub consensus: KeyPair,
    /// Identity on the network (libp2p).
    pub transport: KeyPair,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeJson {
    schema: String,
    consensus: String,
    transport: String,
}

impl NodeKey {
    /// New keys. Error: [`KeyError::Random`].
    pub fn random() -> Result<NodeKey, KeyError> {
        Ok(NodeKey { consensus: KeyPair::random()?, transport: KeyPair::random()? })
    }

    /// The keys of two seeds, for networks that can be made again.
    pub fn from_seeds(consensus: &[u8; 32], transport: &[u8; 32]) -> NodeKey {
        NodeKey { consensus: KeyPair::from_seed(consensus), transport: KeyPair::from_seed(transport) }
    }

    /// What a genesis needs of them, possession of both proved.
    pub fn claim(&self, chain: &Text<32>, org: &OrgId) -> NodeClaim {
        let (key, peer) = (*self.consensus.public_key().bytes(), *self.transport.public_key().bytes());
        NodeClaim {
            key,
            peer,
            possession: self.consensus.sign(&consensus_possession(chain, org, &key, &peer)),
            // The network does not exist yet.
            peer_possession: self.transport.sign(&peer_possession(&NetworkId::default(), org, &peer)),
        }
    }

    /// What a seat in a network that runs needs of them, possession of both proved for it.
    pub fn claim_seat(&self, network: &NetworkId, org: &OrgId) -> NodeClaim {
        let (key, peer) = (*self.consensus.public_key().bytes(), *self.transport.public_key().bytes());
        NodeClaim {
            key,
            peer,
            possession: self.consensus.sign(&seat_possession(network, org, &key, &peer)),
            peer_possession: self.transport.sign(&peer_possession(network, org, &peer)),
        }
    }

    /// The proof, for a network that runs, that whoever registers the transport identity for the organisation has its key.
    pub fn claim_peer(&self, network: &NetworkId, org: &OrgId) -> Signature {
        let peer = *self.transport.public_key().bytes();
        self.transport.sign(&peer_possession(network, org, &peer))
    }

    /// Reads the file. Errors: [`KeyError::Io`], [`KeyError::TooOpen`], [`KeyError::Damaged`], [`KeyError::Version`].
    pub fn read(path: &Path) -> Result<NodeKey, KeyError> {
        let bytes = disk::read(path)?;
        check_schema(&bytes, NODE_SCHEMA, path)?;
        let damaged = |detail: &str| KeyError::Damaged { file: path.to_owned(), detail: detail.to_owned() };
        // The reader's own message could quote a secret.
        let file: NodeJson = serde_json::from_slice(&bytes).map_err(|_| damaged("it has another shape"))?;
        let seed = |text: String, field: &str| {
            let text = Zeroizing::new(text);
            let mut seed = Zeroizing::new([0u8; 32]);
            hex::decode_to_slice(text.as_str(), &mut *seed).map_err(|_| damaged(field))?;
            Ok::<_, KeyError>(seed)
        };
        let consensus = seed(file.consensus, "the consensus seed is not 64 hexadecimal digits")?;
        let transport = seed(file.transport, "the transport seed is not 64 hexadecimal digits")?;
        match consensus == transport {
            true => Err(damaged("both keys are one")),
            false => Ok(NodeKey::from_seeds(&consensus, &transport)),
        }
    }

    /// Writes a new file with mode 0600. Errors: [`KeyError::Exists`], [`KeyError::Io`].
    pub fn write_new(&self, path: &Path) -> Result<(), KeyError> {
        let text = |pair: &KeyPair| hex::encode(pair.seed().as_slice());
        let mut file =
            NodeJson { schema: NODE_SCHEMA.into(), consensus: text(&self.consensus), transport: text(&self.transport) };
        // Writing plain structs to memory fails for no value.
        let mut bytes = Zeroizing::new(serde_json::to_vec_pretty(&file).unwrap_or_default());
        bytes.push(b'\n');
        file.consensus.zeroize();
        file.transport.zeroize();
        disk::write_new(path, &bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt};

    #[test]
    fn written_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.key");
        let keys = NodeKey::random().unwrap();
        keys.write_new(&path).unwrap();
        let read = NodeKey::read(&path).unwrap();
        assert_eq!(read.consensus.public_key(), keys.consensus.public_key());
        assert_eq!(read.transport.public_key(), keys.transport.public_key());
        assert_eq!(keys.write_new(&path).unwrap_err().code(), "H2206");
    }

    #[test]
    fn a_claim_proves_both_keys() {
        let keys = NodeKey::from_seeds(&[1; 32], &[2; 32]);
        let (chain, org) = (Text::new("harbour").unwrap(), OrgId::default());
        let NodeClaim { key, peer, possession, peer_possession: of_peer } = keys.claim(&chain, &org);
        let (consensus, transport) = (keys.consensus.public_key(), keys.transport.public_key());
        assert_eq!((&key, &peer), (consensus.bytes(), transport.bytes()));
        assert!(consensus.verify(&consensus_possession(&chain, &org, &key, &peer), &possession));
        assert!(transport.verify(&peer_possession(&NetworkId::default(), &org, &peer), &of_peer));
    }

    #[test]
    fn a_claim_to_a_seat_is_for_one_network() {
        let keys = NodeKey::from_seeds(&[1; 32], &[2; 32]);
        let (network, org) = (NetworkId(ledger::Hash([9; 32])), OrgId::default());
        let NodeClaim { key, peer, possession, peer_possession: of_peer } = keys.claim_seat(&network, &org);
        let (consensus, transport) = (keys.consensus.public_key(), keys.transport.public_key());
        assert_eq!((&key, &peer), (consensus.bytes(), transport.bytes()));
        for (of, holds) in [(network, true), (NetworkId::default(), false)] {
            assert_eq!(consensus.verify(&seat_possession(&of, &org, &key, &peer), &possession), holds);
            assert_eq!(transport.verify(&peer_possession(&of, &org, &peer), &of_peer), holds);
        }
    }

    #[test]
    fn a_claim_to_an_identity_is_for_one_network_and_organisation() {
        let keys = NodeKey::from_seeds(&[1; 32], &[2; 32]);
        let (network, org) = (NetworkId(ledger::Hash([9; 32])), OrgId::default());
        let (transport, possession) = (keys.transport.public_key(), keys.claim_peer(&network, &org));
        let other = OrgId(ledger::Hash([8; 32]));
        for (of, by, holds) in [(network, org, true), (NetworkId::default(), org, false), (network, other, false)] {
            assert_eq!(transport.verify(&peer_possession(&of, &by, transport.bytes()), &possession), holds);
        }
    }

    #[test]
    fn faults_have_their_codes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.key");
        NodeKey::from_seeds(&[1; 32], &[2; 32]).write_new(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let check = |text: &str, code: &str| {
            fs::write(&path, text).unwrap();
            assert_eq!(NodeKey::read(&path).unwrap_err().code(), code, "{text}");
        };
        check(&text.replace("nodekey/1", "nodekey/9"), "H2203");
        check(&text.replace("02", "01"), "H2202");
        check(&text.replace("02", "0g"), "H2202");
        check("[]", "H2202");
        fs::write(&path, &text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
        assert_eq!(NodeKey::read(&path).unwrap_err().code(), "H2204");
    }
}
