//! The network and its nodes: identity, blocks, validators, health.

use crate::{bytes, time, view::AsOf};
use ledger::{
    Block, Outcome, Receipt, ValidatorSet,
    record::{SeatChangeRecord, ValidatorsRecord},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What network a node belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NetworkView {
    /// `hufu.network-id/1`.
    pub schema: String,
    /// Identity of the network, 64 hexadecimal digits.
    pub network: String,
    /// Name of the chain.
    pub chain: String,
    /// Whether it is a test network.
    pub test: bool,
    /// Policy pack in force.
    pub pack: PackView,
    /// Fingerprint of the trust root that is derived from the genesis.
    pub trust: String,
    /// Last block. Its time is the time by which expiry is judged.
    pub as_of: AsOf,
}

/// A policy pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PackView {
    /// Hash.
    pub hash: String,
    /// Name.
    pub name: String,
    /// Version.
    pub version: u32,
    /// Canonical bytes of the [`ledger::PolicyPack`], base64url.
    pub record: String,
}

impl PackView {
    /// The view of a pack.
    pub fn of(pack: &ledger::PolicyPack) -> PackView {
        PackView {
            hash: pack.hash().to_string(),
            name: pack.name.to_string(),
            version: pack.version,
            record: bytes::of(pack),
        }
    }
}

/// A policy pack with its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PackDocument {
    /// `hufu.pack-document/1`.
    pub schema: String,
    /// Hash.
    pub hash: String,
    /// Name.
    pub name: String,
    /// Version.
    pub version: u32,
    /// Whether it is in force.
    pub in_force: bool,
    /// Height from which it is in force, or will be; none of one that was, or that nobody has voted for.
    pub from: Option<u64>,
    /// Its text as [`crate::pack::write`] writes it, TOML; [`crate::pack::read`] reads the same pack from it.
    pub text: String,
    /// Canonical bytes of the [`ledger::PolicyPack`], base64url.
    pub record: String,
}

/// Value of `schema` in [`PackDocument`].
pub const PACK_DOCUMENT_SCHEMA: &str = "hufu.pack-document/1";

impl PackDocument {
    /// The document of a pack, where `standing` is the record of the pack in force.
    pub fn of(pack: &ledger::PolicyPack, standing: &ledger::record::PackInForce) -> PackDocument {
        let PackView { hash, name, version, record } = PackView::of(pack);
        let of = pack.hash();
        let from = match standing.next {
            _ if standing.pack == of => Some(standing.from),
            Some((next, from)) if next == of => Some(from),
            Some(_) | None => None,
        };
        PackDocument {
            schema: PACK_DOCUMENT_SCHEMA.into(),
            hash,
            name,
            version,
            in_force: standing.pack == of,
            from,
            text: crate::pack::write(pack),
            record,
        }
    }
}

/// Value of `schema` in [`NetworkView`].
pub const NETWORK_SCHEMA: &str = "hufu.network-id/1";

/// A transaction in a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlockTx {
    /// Position.
    pub index: u32,
    /// Identity.
    pub id: String,
    /// `committed` or `refused`.
    pub status: crate::tx::TxState,
    /// Code of the rejection.
    pub code: Option<String>,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlockView {
    /// `hufu.block/1`.
    pub schema: String,
    /// Identity.
    pub id: String,
    /// Height.
    pub height: u64,
    /// Round in which it was built.
    pub round: u32,
    /// Consensus key of the builder.
    pub builder: String,
    /// Time.
    pub time: String,
    /// The block before.
    pub parent: String,
    /// Root of the state tree after it.
    pub state_root: String,
    /// Number of transactions.
    pub count: u32,
    /// Its transactions.
    pub txs: Vec<BlockTx>,
    /// Canonical bytes of the [`ledger::Header`], base64url.
    pub record: String,
    /// Canonical bytes of a [`ledger::Certificate`] for it, base64url.
    pub certificate: Option<String>,
}

/// Value of `schema` in [`BlockView`].
pub const BLOCK_SCHEMA: &str = "hufu.block/1";

impl BlockView {
    /// The view of a block with its receipts, and the certificate that the node holds.
    pub fn of(block: &Block, receipts: &[Receipt], certificate: Option<&ledger::Certificate>) -> BlockView {
        let header = &block.header;
        BlockView {
            schema: BLOCK_SCHEMA.into(),
            id: header.id().to_string(),
            height: header.height,
            round: header.round,
            builder: header.builder.to_string(),
            time: time::rfc3339(header.time),
            parent: header.parent.to_string(),
            state_root: header.state.to_string(),
            count: u32::try_from(block.txs.len()).unwrap_or(u32::MAX),
            txs: receipts.iter().map(BlockTx::of).collect(),
            record: bytes::of(header),
            certificate: certificate.map(bytes::of),
        }
    }
}

impl BlockTx {
    /// The view of a receipt.
    pub fn of(receipt: &Receipt) -> BlockTx {
        let (status, code) = match &receipt.outcome {
            Outcome::Accepted { .. } => (crate::tx::TxState::Committed, None),
            Outcome::Rejected { rejection, decision: _ } => {
                (crate::tx::TxState::Refused, Some(rejection.code().to_owned()))
            }
        };
        BlockTx { index: receipt.index, id: receipt.tx.to_string(), status, code }
    }
}

/// Query of [`crate::paths::BLOCK_HISTORY`].
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    /// Number of blocks in the list; below the last height, else all but the last block.
    pub size: Option<u64>,
}

/// The place of a block in the list of the first blocks, which the header behind them holds the root of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoryView {
    /// `hufu.history/1`.
    pub schema: String,
    /// Height of the block.
    pub height: u64,
    /// Its identity, 64 hexadecimal digits.
    pub block: String,
    /// Number of blocks in the list; the header of the next height holds its root.
    pub size: u64,
    /// Canonical bytes of the path, a list of hashes, base64url.
    pub path: String,
}

/// Value of `schema` in [`HistoryView`].
pub const HISTORY_SCHEMA: &str = "hufu.history/1";

/// Data of the event `block` of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlockEvent {
    /// Height.
    pub height: u64,
    /// Time.
    pub time: String,
    /// What became of its transactions, in order.
    pub txs: Vec<BlockTx>,
}

/// A validator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ValidatorView {
    /// Identity of the consensus key.
    pub id: String,
    /// The consensus key, ed25519, 64 hexadecimal digits.
    pub key: String,
    /// The agency.
    pub org: crate::view::OrgRef,
    /// Transport identity, ed25519, 64 hexadecimal digits.
    pub peer: String,
}

/// The agencies that sign the next block, those that follow, and those of before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ValidatorsView {
    /// `hufu.validators/1`.
    pub schema: String,
    /// Height from which they sign.
    pub from: u64,
    /// Hash of the set.
    pub hash: String,
    /// Signatures that a certificate needs.
    pub quorum: u32,
    /// The validators, by identity of their keys.
    pub validators: Vec<ValidatorView>,
    /// The agencies that follow, where a change is scheduled.
    pub next: Option<SeatsView>,
    /// How often the seats have changed.
    pub changes: u32,
    /// The agencies of before, the latest first; of more than [`MAX_PAST_SEATS`] changes the latest.
    pub past: Vec<SeatsView>,
}

/// The agencies that sign some heights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeatsView {
    /// Height from which they sign, of those that follow.
    pub from: Option<u64>,
    /// Height of the last block that they signed, of those of before; its header names the set that follows.
    pub until: Option<u64>,
    /// Hash of the set.
    pub hash: String,
    /// Signatures that a certificate needs.
    pub quorum: u32,
    /// The validators, by identity of their keys.
    pub validators: Vec<ValidatorView>,
}

/// Value of `schema` in [`ValidatorsView`].
pub const VALIDATORS_SCHEMA: &str = "hufu.validators/1";
/// Changes of the seats that are listed.
pub const MAX_PAST_SEATS: u32 = 64;

impl SeatsView {
    /// The view of a set; `name` gives the name of an organisation.
    pub fn of(set: &ValidatorSet, name: impl Fn(&ledger::OrgId) -> Option<String>) -> SeatsView {
        let validators = set.validators().iter().map(|v| ValidatorView {
            id: v.key.id().to_string(),
            key: v.key.to_string(),
            org: crate::view::OrgRef { id: v.org.to_string(), name: name(&v.org).unwrap_or_default() },
            peer: hex::encode(v.peer),
        });
        SeatsView {
            from: None,
            until: None,
            hash: set.hash().to_string(),
            quorum: u32::try_from(set.quorum()).unwrap_or(u32::MAX),
            validators: validators.collect(),
        }
    }
}

impl ValidatorsView {
    /// The view of the seats, with changes of before, the latest first; `name` gives the name of an organisation.
    pub fn of(
        seats: &ValidatorsRecord,
        past: &[SeatChangeRecord],
        name: impl Fn(&ledger::OrgId) -> Option<String>,
    ) -> ValidatorsView {
        let SeatsView { from: _, until: _, hash, quorum, validators } = SeatsView::of(&seats.set, &name);
        let next = seats.next.as_ref();
        let of_past = |c: &SeatChangeRecord| SeatsView { until: Some(c.height), ..SeatsView::of(&c.signed, &name) };
        ValidatorsView {
            schema: VALIDATORS_SCHEMA.into(),
            from: seats.from,
            hash,
            quorum,
            validators,
            next: next.map(|(set, from)| SeatsView { from: Some(*from), ..SeatsView::of(set, &name) }),
            changes: seats.changes,
            past: past.iter().map(of_past).collect(),
        }
    }
}

/// Two different signed messages of one key for one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceView {
    /// `votes` or `proposals`.
    pub kind: String,
    /// Height of the block that carries it; none while it waits.
    pub block: Option<u64>,
    /// Height at which it was signed twice.
    pub height: u64,
    /// Round.
    pub round: u32,
    /// Identity of the consensus key.
    pub accused: String,
    /// The agency.
    pub org: Option<crate::view::OrgRef>,
    /// Canonical bytes of the [`ledger::Evidence`], base64url.
    pub record: String,
    /// The same as a file that strangers judge, `hufu.evidence/1`; none where the key had no seat at that height.
    #[schema(value_type = Option<Object>)]
    pub file: Option<serde_json::Value>,
}

impl EvidenceView {
    /// The view of evidence, and of the file that it makes.
    pub fn of(
        evidence: &ledger::Evidence,
        block: Option<u64>,
        org: Option<crate::view::OrgRef>,
        file: Option<serde_json::Value>,
    ) -> EvidenceView {
        let (kind, height, round, accused) = match evidence {
            ledger::Evidence::Votes { first, second: _ } => {
                ("votes", first.vote.height, first.vote.round, first.vote.signer)
            }
            ledger::Evidence::Proposals { first, second: _ } => {
                ("proposals", first.proposal.height, first.proposal.round, first.proposal.signer)
            }
        };
        EvidenceView {
            kind: kind.into(),
            block,
            height,
            round,
            accused: accused.to_string(),
            org,
            record: bytes::of(evidence),
            file,
        }
    }
}

/// How a node is: `hufud status --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatusView {
    /// `hufu.status/1`.
    pub schema: String,
    /// `validator` where it signs the next block, else `observer`; of a node that holds the part of one organisation `member`
    /// or `partner`.
    pub role: String,
    /// Organisation that runs it; empty while the ledger does not know the node.
    pub org: String,
    /// When its registration ended, as far as the ledger here tells; none while it stands.
    #[serde(default)]
    pub ended: Option<AsOf>,
    /// Name of the chain.
    pub chain: String,
    /// Network.
    pub network: String,
    /// Height of the last block; 0 at genesis.
    pub height: u64,
    /// Time of the last block.
    pub block_time: String,
    /// Root of the state after it; of a member's node that of the records that it holds.
    pub state_root: String,
    /// Peers connected.
    pub peers: u32,
    /// Its pool; of a member's node what waits to be brought to an agency.
    pub mempool: MempoolView,
    /// `synced`, `catching-up` or `stalled`; of a member's node `following`, `catching-up`, `offline` or `stale`.
    pub sync: String,
    /// `safe`, or the code of the reason why it does not sign.
    pub safety: String,
    /// Version of the program.
    pub version: String,
    /// Of a member's node: the agencies' nodes that it asks.
    #[serde(default)]
    pub nodes: Vec<NodeSightView>,
    /// Of a member's node: links of its organisation's feed that it holds.
    #[serde(default)]
    pub links: Option<u64>,
    /// Of a member's node: what waits to be brought to an agency.
    #[serde(default)]
    pub outbox: Option<OutboxView>,
}

/// An agency's node as it looks from a member's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NodeSightView {
    /// Its name in the configuration.
    pub name: String,
    /// Its transport identity, 64 hexadecimal digits.
    pub peer: String,
    /// Whether there is a connection.
    pub connected: bool,
    /// The highest head that it has shown.
    pub height: Option<u64>,
    /// For what it is not used now, such as `node-stale`.
    pub fault: Option<String>,
}

/// What waits to be brought to an agency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutboxView {
    /// Transactions.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
    /// When the oldest was taken, by the clock of the node.
    pub oldest: Option<String>,
}

/// Value of `schema` in [`StatusView`].
pub const STATUS_SCHEMA: &str = "hufu.status/1";

/// A node's pool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MempoolView {
    /// Transactions that wait.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VersionView {
    /// `hufu.version/1`.
    pub schema: String,
    /// Name of the program.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Version of the rules by which a block is made.
    pub protocol: u16,
}

/// Value of `schema` in [`VersionView`].
pub const VERSION_SCHEMA: &str = "hufu.version/1";

/// One check of `/readyz?verbose`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadyCheck {
    /// Its name.
    pub name: String,
    /// Whether it holds.
    pub ok: bool,
    /// What it found.
    pub detail: String,
}

/// Answer to `/readyz?verbose`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadyView {
    /// `hufu.ready/1`.
    pub schema: String,
    /// Whether all checks hold.
    pub ready: bool,
    /// The checks.
    pub checks: Vec<ReadyCheck>,
}

/// Value of `schema` in [`ReadyView`].
pub const READY_SCHEMA: &str = "hufu.ready/1";
