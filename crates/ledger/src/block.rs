//! Blocks, headers and receipts.

use crate::{
    bounds::*,
    codec::{self, CodecError},
    event::Decision,
    hash::Hash,
    id::{AlertId, BlockId, ItemId, KeyId, NetworkId, OrgId, TxId},
    list,
    record::FeedRecord,
    rejection::Rejection,
    tag,
    time::Timestamp,
    vote::{Certificate, Evidence},
};
use bincode::{Decode, Encode};

/// Version of the rules by which a block is made.
pub const PROTOCOL_VERSION: u16 = 1;

/// The header: every byte of a block is bound by it, and agencies vote for its hash.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Header {
    /// Protocol version, [`PROTOCOL_VERSION`].
    pub version: u16,
    /// The network.
    pub network: NetworkId,
    /// Whether this is a test network.
    pub test: bool,
    /// Height, from 1.
    pub height: u64,
    /// Round in which the block was built.
    pub round: u32,
    /// Consensus key of the builder.
    pub builder: KeyId,
    /// Time: the builder's, later than the parent's.
    pub time: Timestamp,
    /// The block before; the zero hash at height 1.
    pub parent: BlockId,
    /// Merkle list of [`crate::transaction::leaf`].
    pub txs: Hash,
    /// Merkle list of the receipts' hashes.
    pub results: Hash,
    /// Hash of evidence and carried certificate.
    pub rest: Hash,
    /// Root of the state tree after this block.
    pub state: Hash,
    /// Merkle list of the identities of all earlier blocks.
    pub history: Hash,
    /// Hash of the validator set that signs this block.
    pub validators: Hash,
    /// Hash of the validator set that signs the next one.
    pub next_validators: Hash,
}

impl Header {
    /// Identity of the block.
    pub fn id(&self) -> BlockId {
        BlockId(Hash::of(&tag::BLOCK_ID, self))
    }
}

/// What a witness signs: that it knows this block at this height, and will sign no other there.
pub fn witness_message(network: &NetworkId, height: u64, block: &BlockId) -> Hash {
    Hash::of(&tag::WITNESS, &(network, height, block))
}

/// A block as it is proposed, stored and synchronised.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Block {
    /// The header.
    pub header: Header,
    /// Canonical bytes of the signed transactions, in the order of execution.
    pub txs: Vec<Vec<u8>>,
    /// Evidence of double signing.
    pub evidence: Vec<Evidence>,
    /// The certificate of the block before that the builder holds; none at height 1.
    pub certificate: Option<Certificate>,
}

impl Block {
    /// Reads canonical bytes and checks the bounds.
    pub fn from_bytes(bytes: &[u8]) -> Result<Block, CodecError> {
        let block: Block = codec::decode(bytes, MAX_BLOCK_BYTES)?;
        match block.txs.len() > MAX_BLOCK_TXS || block.evidence.len() > MAX_EVIDENCE {
            true => Err(CodecError::Malformed { detail: "more transactions or evidence than a block holds".into() }),
            false => Ok(block),
        }
    }

    /// Canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// The bytes of one transaction within those of a block, found by the lengths of the ones before it; `None` when
    /// the block has no such place. What stands behind it is not looked at.
    pub fn tx_bytes(block: &[u8], index: u32) -> Result<Option<&[u8]>, CodecError> {
        if block.len() > MAX_BLOCK_BYTES {
            return Err(CodecError::TooLong { length: block.len(), limit: MAX_BLOCK_BYTES });
        }
        let (_, rest) = codec::decode_first::<Header>(block)?;
        let (count, mut rest) = codec::decode_first::<u64>(rest)?;
        if u64::from(index) >= count {
            return Ok(None);
        }
        for _ in 0..index {
            (_, rest) = first_bytes(rest)?;
        }
        first_bytes(rest).map(|(tx, _)| Some(tx))
    }

    /// Hash of the parts of the body that are not transactions.
    pub fn rest_hash(evidence: &[Evidence], certificate: &Option<Certificate>) -> Hash {
        Hash::of(&tag::BLOCK_REST, &(evidence.to_vec(), certificate))
    }
}

/// The content of a list of bytes at the start of `bytes`, and what follows it.
fn first_bytes(bytes: &[u8]) -> Result<(&[u8], &[u8]), CodecError> {
    let (length, rest) = codec::decode_first::<u64>(bytes)?;
    let parts = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
    parts.ok_or_else(|| CodecError::Malformed { detail: "a transaction is cut short".into() })
}

/// An event as a receipt names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EventRef {
    /// The item.
    pub item: ItemId,
    /// Number of the event.
    pub n: u64,
    /// Hash of the event.
    pub hash: Hash,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Outcome {
    /// Done.
    Accepted {
        /// Events it caused, in order.
        events: Vec<EventRef>,
    },
    /// Refused by a rule; nothing changed.
    Rejected {
        /// Why.
        rejection: Rejection,
        /// By which rule.
        decision: Decision,
    },
}

/// Receipt of a transaction in a block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Receipt {
    /// Position in the block.
    pub index: u32,
    /// The transaction.
    pub tx: TxId,
    /// What became of it.
    pub outcome: Outcome,
}

impl Receipt {
    /// Its leaf in the results root.
    pub fn hash(&self) -> Hash {
        Hash::of(&tag::RECEIPT, self)
    }
}

/// One entry of an organisation's feed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum FeedEntry {
    /// An event of an item that touched the organisation.
    Event(EventRef),
    /// A transaction without events that it signed, or that changed its keys or nodes.
    Done(TxId),
    /// A refused transaction that it signed.
    Refused {
        /// The transaction.
        tx: TxId,
        /// Why.
        rejection: Rejection,
    },
    /// An alert about it was raised.
    Alert {
        /// The alert.
        alert: AlertId,
        /// How often it has been raised.
        times: u64,
    },
}

impl FeedEntry {
    /// Its leaf in the root of the organisation's entries of one block.
    pub fn hash(&self) -> Hash {
        Hash::of(&tag::FEED_LEAF, self)
    }
}

/// Head of a feed after a block: `entries` is the root of the organisation's entries in it.
pub fn feed_head(org: &OrgId, count: u64, previous: &Hash, height: u64, entries: &Hash) -> Hash {
    Hash::of(&tag::FEED_HEAD, &(org, count, previous, height, entries))
}

/// Root of an organisation's entries in one block.
pub fn feed_root(entries: &[FeedEntry]) -> Hash {
    let hashes: Vec<Hash> = entries.iter().map(FeedEntry::hash).collect();
    list::root(&hashes)
}

/// What one block adds to the feed of one organisation that it touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedLink {
    /// The organisation.
    pub org: OrgId,
    /// Number of the link, from 1.
    pub count: u64,
    /// Height of the block.
    pub height: u64,
    /// Head of the feed after it.
    pub head: Hash,
    /// The organisation's entries in the block, in order.
    pub entries: Vec<FeedEntry>,
}

impl FeedLink {
    /// The link behind those that the record of the feed counts; the first where there is none.
    pub fn behind(before: Option<&FeedRecord>, org: OrgId, height: u64, entries: Vec<FeedEntry>) -> FeedLink {
        let (count, previous) = before.map_or((0, Hash::default()), |feed| (feed.count, feed.head));
        let count = count.saturating_add(1);
        let head = feed_head(&org, count, &previous, height, &feed_root(&entries));
        FeedLink { org, count, height, head, entries }
    }

    /// Root of its entries.
    pub fn root(&self) -> Hash {
        feed_root(&self.entries)
    }

    /// The record of the feed after it.
    pub fn record(&self) -> FeedRecord {
        FeedRecord { count: self.count, head: self.head, height: self.height }
    }
}
