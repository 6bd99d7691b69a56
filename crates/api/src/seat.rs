//! The claim to a seat in a network that runs: the file that a node's operator sends to whoever proposes the change. See
//! `docs/formats/genesis.md`.

use crate::bytes;
use ledger::{NetworkId, OrgId, bounds::MAX_TX_BYTES, codec, operation::Change};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Value of `schema` in [`SeatClaim`].
pub const SEAT_CLAIM_SCHEMA: &str = "hufu.seat-claim/1";
/// Largest claim to a seat, in bytes: the longest transaction as base64url, and what is readable beside it.
pub const MAX_SEAT_CLAIM_BYTES: usize = 2 * MAX_TX_BYTES;

/// A claim to a seat: what is voted on, but for the height, which whoever proposes it sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatClaim {
    /// `hufu.seat-claim/1`.
    pub schema: String,
    /// The network for which possession of the keys is proved.
    pub network: String,
    /// Name of the node.
    pub name: String,
    /// Where the other agencies reach it. Not signed: the transport key is, so a wrong address reaches nobody.
    pub address: SocketAddr,
    /// `add-agency` or `move-seat`.
    pub change: String,
    /// Identity of the agency.
    pub org: String,
    /// Name of an agency that is new.
    pub org_name: Option<String>,
    /// Consensus key, 64 hexadecimal digits.
    pub key: String,
    /// Transport identity, 64 hexadecimal digits.
    pub peer: String,
    /// Canonical bytes of the [`Change`] from height 0, base64url.
    pub record: String,
}

/// Why a claim to a seat is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeatClaimError {
    /// No JSON, or fields that are missing, unknown or of another type.
    #[error("read the claim to a seat: {0}")]
    Shape(String),
    /// A file of another kind.
    #[error("read the claim to a seat: its schema is {0:?}, needed is {SEAT_CLAIM_SCHEMA:?}")]
    Schema(String),
    /// The bytes within the file are no claim.
    #[error("read the claim to a seat: its bytes do not decode: {0}")]
    Bytes(String),
    /// The readable part says something else than the bytes.
    #[error("read the claim to a seat: what it shows as `{0}` is not what its bytes say")]
    Readable(&'static str),
}

impl SeatClaimError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            SeatClaimError::Shape(_) => "H3103",
            SeatClaimError::Schema(_) => "H3104",
            SeatClaimError::Bytes(_) => "H3105",
            SeatClaimError::Readable(_) => "H3106",
        }
    }
}

/// The change from another height; none for one that claims no seat.
fn starting(change: Change, from: u64) -> Option<Change> {
    match change {
        Change::AddAgency { org, from: _ } if org.node.is_some() => Some(Change::AddAgency { org, from }),
        Change::MoveSeat { org, node, from: _ } => Some(Change::MoveSeat { org, node, from }),
        _ => None,
    }
}

impl SeatClaim {
    /// The claim that a change makes, whatever its height; none for a change that claims no seat.
    pub fn of(network: &NetworkId, name: &str, address: SocketAddr, change: Change) -> Option<SeatClaim> {
        let change = starting(change, 0)?;
        let (org, org_name, node) = match &change {
            Change::AddAgency { org, .. } => {
                (OrgId::of(&org.profile.identifier), Some(org.profile.name.to_string()), org.node.as_ref()?)
            }
            Change::MoveSeat { org, node, .. } => (*org, None, node),
            _ => return None,
        };
        Some(SeatClaim {
            schema: SEAT_CLAIM_SCHEMA.into(),
            network: network.to_string(),
            name: name.to_owned(),
            address,
            change: change.name().into(),
            org: org.to_string(),
            org_name,
            key: hex::encode(node.key),
            peer: hex::encode(node.peer),
            record: bytes::encode(&codec::encode(&change)),
        })
    }

    /// Reads a claim and recomputes what is readable.
    pub fn read(text: &[u8]) -> Result<SeatClaim, SeatClaimError> {
        let shape = |e: serde_json::Error| SeatClaimError::Shape(e.to_string().chars().take(300).collect());
        let value: serde_json::Value = serde_json::from_slice(text).map_err(shape)?;
        match value.get("schema").and_then(serde_json::Value::as_str) {
            Some(SEAT_CLAIM_SCHEMA) => {}
            found => return Err(SeatClaimError::Schema(found.unwrap_or_default().chars().take(80).collect())),
        }
        let claim: SeatClaim = serde_json::from_value(value).map_err(shape)?;
        let unnamed = || SeatClaimError::Shape("`network` is no identity of a network".into());
        let network: NetworkId = claim.network.parse().map_err(|_| unnamed())?;
        let no_claim = || SeatClaimError::Bytes("they are no claim to a seat".into());
        let change = claim.starting(0)?;
        let computed = SeatClaim::of(&network, &claim.name, claim.address, change).ok_or_else(no_claim)?;
        let fields = [
            ("network", claim.network == computed.network),
            ("change", claim.change == computed.change),
            ("org", claim.org == computed.org),
            ("org_name", claim.org_name == computed.org_name),
            ("key", claim.key == computed.key),
            ("peer", claim.peer == computed.peer),
            ("record", claim.record == computed.record),
        ];
        match fields.into_iter().find(|(_, same)| !same) {
            Some((field, _)) => Err(SeatClaimError::Readable(field)),
            None => Ok(claim),
        }
    }

    /// The change, from a height on.
    pub fn starting(&self, from: u64) -> Result<Change, SeatClaimError> {
        let bytes = bytes::decode(&self.record).map_err(|e| SeatClaimError::Bytes(e.to_string()))?;
        let change: Change = codec::decode(&bytes, MAX_TX_BYTES).map_err(|e| SeatClaimError::Bytes(e.to_string()))?;
        starting(change, from).ok_or_else(|| SeatClaimError::Bytes("they are no claim to a seat".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{
        Hash, Signature, Text,
        genesis::{GenesisOrg, NodeClaim},
        record::{AgencyFunction, OrgIdentifier, OrgKind, OrgProfile},
    };

    fn node() -> NodeClaim {
        let (possession, peer_possession) = (Signature([3; 64]), Signature([4; 64]));
        NodeClaim { key: [1; 32], peer: [2; 32], possession, peer_possession }
    }

    fn newcomer() -> GenesisOrg {
        let identifier = OrgIdentifier { scheme: Text::new("agency").unwrap(), value: Text::new("transport").unwrap() };
        let kind = OrgKind::Agency(AgencyFunction::Transport);
        let profile = OrgProfile { identifier, name: Text::new("交通 Transport").unwrap(), kind };
        GenesisOrg { profile, keys: Vec::new(), node: Some(node()) }
    }

    fn claim(change: Change) -> Option<SeatClaim> {
        SeatClaim::of(&NetworkId(Hash([9; 32])), "fifth", "203.0.113.9:7650".parse().unwrap(), change)
    }

    #[test]
    fn a_claim_reads_as_it_was_written_and_takes_its_height() {
        let org = OrgId(Hash([7; 32]));
        let moved = |from| Change::MoveSeat { org, node: node(), from };
        let added = |from| Change::AddAgency { org: newcomer(), from };
        let rows: [(&dyn Fn(u64) -> Change, &str); 2] = [(&moved, "move-seat"), (&added, "add-agency")];
        for (change, name) in rows {
            let made = claim(change(5)).unwrap();
            assert_eq!(made.change, name);
            let read = SeatClaim::read(&serde_json::to_vec_pretty(&made).unwrap()).unwrap();
            assert_eq!(read, made);
            assert_eq!(read.starting(812).unwrap(), change(812));
        }
        assert_eq!(claim(Change::RemoveAgency { org, from: 1 }), None);
        assert_eq!(claim(Change::AddAgency { org: GenesisOrg { node: None, ..newcomer() }, from: 1 }), None);
    }

    #[test]
    fn what_was_changed_on_the_way_is_named() {
        let made = claim(Change::AddAgency { org: newcomer(), from: 0 }).unwrap();
        let check = |twist: &dyn Fn(&mut SeatClaim), code: &str| {
            let mut other = made.clone();
            twist(&mut other);
            let error = SeatClaim::read(&serde_json::to_vec(&other).unwrap()).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
        };
        check(&|c| c.schema = "hufu.claim/1".into(), "H3104");
        check(&|c| c.network = "another".into(), "H3103");
        check(&|c| c.change = "move-seat".into(), "H3106");
        check(&|c| c.org = "00".repeat(32), "H3106");
        check(&|c| c.org_name = Some("Customs".into()), "H3106");
        check(&|c| c.key = "00".repeat(32), "H3106");
        check(&|c| c.peer = "00".repeat(32), "H3106");
        check(&|c| c.record.push_str("AAAA"), "H3105");
        let late = codec::encode(&Change::AddAgency { org: newcomer(), from: 3 });
        check(&|c| c.record = bytes::encode(&late), "H3106");
        let other = codec::encode(&Change::RemoveAgency { org: OrgId::default(), from: 0 });
        check(&|c| c.record = bytes::encode(&other), "H3105");
        assert_eq!(SeatClaim::read(b"[]").unwrap_err().code(), "H3104");
        assert_eq!(SeatClaim::read(b"{").unwrap_err().code(), "H3103");
    }
}
