//! What members ask and agencies answer. Numbers of variants are their order; they are appended to, never changed.
//!
//! Fields of bytes hold canonical bytes of the type that is named: this crate moves them and does not look into them.

use super::limits::{
    MAX_CERTIFIED_BYTES, MAX_CHAIN, MAX_CODE_BYTES, MAX_DOCUMENT_BYTES, MAX_DOCUMENT_RESPONSE_BYTES, MAX_DOCUMENTS,
    MAX_ENVELOPE_BYTES, MAX_IDS, MAX_LINKS, MAX_LIST, MAX_PATH, MAX_PIECE_BYTES, MAX_PIECES, MAX_REQUEST_BYTES,
    MAX_RESPONSE_BYTES,
};
use bincode::{Decode, Encode};
use ledger::bounds::MAX_TX_BYTES;
use ledger::codec::{self, Canonical, CodecError};
use ledger::tree::StateProof;
use ledger::{BlockId, DocumentId, Hash, ItemId, OrgId, StateKey, Text, Timestamp, TxId};

/// What a member asks. Everything is asked in the name of the organisation whose node asks.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Request {
    /// The newest certified header, and how it continues what is known.
    Head {
        /// The height that is known; 0 for none.
        known: u64,
        /// Its block.
        block: BlockId,
        /// How many links of the own feed are known.
        links: u64,
        /// Without the records of the asker.
        brief: bool,
        /// How long the answer may wait for news.
        wait_ms: u32,
    },
    /// Links of the own feed, with what they name.
    Links {
        /// The first, counted from 1.
        from: u64,
        /// At most so many.
        limit: u16,
    },
    /// Records with their proofs under one head.
    Records {
        /// Which.
        keys: Vec<StateKey>,
    },
    /// A list of records by name, which cannot be proven whole.
    List {
        /// Which.
        list: OwnList,
        /// Behind this one.
        after: Option<Hash>,
        /// At most so many.
        limit: u16,
    },
    /// Transactions with receipts and their place.
    Txs {
        /// Height of the head, taken from this node, that the proofs are to lead to: one of its last 4,096.
        at: u64,
        /// Which.
        ids: Vec<TxId>,
    },
    /// The proof of an item.
    Bundle {
        /// Which.
        item: ItemId,
        /// With what it was made out of.
        children: bool,
    },
    /// The proof that nobody registered a code.
    Absence {
        /// Canonical `ItemCode`.
        code: Vec<u8>,
    },
    /// Takes a transaction.
    Submit {
        /// Canonical `SignedTx`.
        tx: Vec<u8>,
    },
    /// Judges a draft against the state of now.
    Judge {
        /// Canonical `SignedTx` whose signatures may be absent.
        draft: Vec<u8>,
    },
    /// Which transactions wait to come into a block.
    Waiting {
        /// Which.
        ids: Vec<TxId>,
    },
    /// What was seen of another agency's node.
    Report {
        /// What.
        report: Report,
    },
}

/// What an agency answers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Response {
    /// To `Head`.
    Head(Box<Head>),
    /// To `Links`.
    Links {
        /// In their order, without a gap.
        links: Vec<Link>,
    },
    /// To `Records`, in the order of the keys.
    Records {
        /// What they are proven under.
        stand: Stand,
        /// The records, or their absence.
        records: Vec<Proven>,
    },
    /// To `List`.
    List {
        /// Name, and hash of the record.
        entries: Vec<(Hash, Hash)>,
        /// Whether there are more behind the last.
        more: bool,
    },
    /// To `Txs`, in the order of the identities. Boxed, so that an answer of nothing takes little room.
    Txs {
        /// None where the ledger has it not, or it is not the asker's.
        txs: Vec<Option<Box<PlacedTx>>>,
    },
    /// To `Bundle` and `Absence`.
    File {
        /// gzip of `hufu.bundle/1` or `hufu.absence/1`.
        bytes: Vec<u8>,
    },
    /// To `Submit`.
    Submitted {
        /// Its name.
        id: TxId,
        /// Whether it was here before.
        known: bool,
    },
    /// To `Judge`.
    Judged {
        /// Canonical `Outcome`.
        outcome: Vec<u8>,
    },
    /// To `Waiting`, in the order of the identities.
    Waiting {
        /// Whether it waits.
        pending: Vec<bool>,
    },
    /// To `Report`.
    Noted,
    /// To any request: it was refused.
    Failure {
        /// Of the catalogue.
        code: Text<8>,
        /// What happened.
        detail: Text<512>,
        /// After so long it may be asked again; 0: not at all.
        retry_ms: u32,
    },
}

/// A header with what makes it certain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Certified3 {
    /// Canonical `Header`.
    pub header: Vec<u8>,
    /// Canonical `Certificate`.
    pub certificate: Vec<u8>,
    /// Canonical `ValidatorSet`.
    pub validators: Vec<u8>,
}

/// A certified header and the way to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Stand {
    /// The header.
    pub head: Certified3,
    /// Those that name a new set of validators, as in an anchor, from the height asked for on.
    pub chain: Vec<Certified3>,
}

/// A record, or that there is none.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Proven {
    /// Its canonical bytes.
    pub record: Option<Vec<u8>>,
    /// That they stand under the state root, or that nothing does.
    pub proof: StateProof,
}

/// The newest header of a node.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Head {
    /// The header and the way to it.
    pub stand: Stand,
    /// Path of the known block in the history of the header; empty where none is known, or the height itself.
    pub path: Vec<Hash>,
    /// `OrgRecord` and `FeedRecord` of the asker; none in a brief one.
    pub own: Option<(Proven, Proven)>,
}

/// What one block did to the asker.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Link {
    /// The height.
    pub height: u64,
    /// Canonical `FeedEntry`, and the canonical `Event` where it names one.
    pub entries: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

/// A transaction, its receipt and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PlacedTx {
    /// Canonical `SignedTx`.
    pub tx: Vec<u8>,
    /// Canonical `Receipt`.
    pub receipt: Vec<u8>,
    /// Receipts of the block.
    pub receipts: u32,
    /// Path of the receipt in the results of the header.
    pub in_results: Vec<Hash>,
    /// Path of the transaction, with its signatures, in the transactions of the header.
    pub in_txs: Vec<Hash>,
    /// Canonical `Header` of its block.
    pub header: Vec<u8>,
    /// Path of its block in the history of the head asked for; empty where it is that head's.
    pub in_history: Vec<Hash>,
}

/// What a member saw of a node.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Report {
    /// Whose: the ed25519 key of its transport identity.
    pub peer: [u8; 32],
    /// What.
    pub kind: Fault,
    /// At which height.
    pub height: u64,
    /// In words.
    pub detail: Text<256>,
}

/// What an honest node does not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Fault {
    /// It shows a height below one that another had shown before.
    Stale,
    /// It does not answer while another does.
    Silent,
    /// Its feed lacks what it had, or what the certified count says.
    Feed,
    /// What it gave does not verify.
    Proof,
    /// It shows another history.
    Fork,
}

/// Lists of records: of the asker, then of what all may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum OwnList {
    /// Grants that concern the asker.
    Grants,
    /// Duties.
    Duties,
    /// Proposals.
    Proposals,
    /// Alerts.
    Alerts,
    /// Entries of registries.
    Entries,
    /// Keys of persons.
    Keys,
    /// Nodes.
    Nodes,
    /// Items offered to the asker.
    Offered,
    /// Items that it holds.
    Held,
    /// Items shared with it.
    Shared,
    /// All organisations.
    Orgs,
    /// All classes.
    Classes,
    /// Premises.
    Premises,
    /// A public registry, by its number.
    Registry(u8),
    /// Keys of an agency.
    AgencyKeys(OrgId),
}

/// What a member asks about sealed documents.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum DocumentRequest {
    /// Announces a document.
    Offer {
        /// Its name.
        id: DocumentId,
        /// Bytes of the envelope, whole.
        length: u64,
        /// The envelope up to its chunks.
        head: Vec<u8>,
    },
    /// Brings a piece.
    Put {
        /// Of which document.
        id: DocumentId,
        /// Its number, from 0.
        piece: u32,
        /// Its bytes.
        bytes: Vec<u8>,
        /// Its path to the name of the document.
        path: Vec<Hash>,
    },
    /// Which pieces are not here.
    Missing {
        /// Of which document.
        id: DocumentId,
        /// From this number on.
        from: u32,
    },
    /// Documents that the asker may have, or brought.
    For {
        /// Behind this one.
        after: Option<DocumentId>,
        /// Only of this commitment.
        about: Option<Hash>,
        /// At most so many.
        limit: u16,
    },
    /// Gives a piece.
    Get {
        /// Of which document.
        id: DocumentId,
        /// Its number, from 0.
        piece: u32,
    },
    /// Erases a document; for whoever brought it.
    Erase {
        /// Which.
        id: DocumentId,
    },
    /// Which documents are here, and which of the asker's own are being brought.
    Held {
        /// Which.
        ids: Vec<DocumentId>,
    },
}

/// What an agency answers about sealed documents.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum DocumentResponse {
    /// To `Offer` and `Put`.
    Ready {
        /// Pieces that are here.
        have: u32,
    },
    /// To `Missing`.
    Missing {
        /// Numbers, ascending.
        pieces: Vec<u32>,
    },
    /// To `For`.
    List {
        /// In the order of their names.
        documents: Vec<Filed>,
        /// Whether there are more behind the last.
        more: bool,
    },
    /// To `Get`.
    Piece {
        /// Its bytes.
        bytes: Vec<u8>,
        /// Its path to the name of the document.
        path: Vec<Hash>,
    },
    /// To `Erase`.
    Erased,
    /// To `Held`, in the order of the names.
    Held {
        /// Whether it is here, whole.
        held: Vec<bool>,
    },
    /// To any request: it was refused.
    Failure {
        /// Of the catalogue.
        code: Text<8>,
        /// What happened.
        detail: Text<512>,
        /// After so long it may be asked again; 0: not at all.
        retry_ms: u32,
    },
}

/// A document that an agency keeps.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Filed {
    /// Its name.
    pub id: DocumentId,
    /// Who brought it.
    pub by: OrgId,
    /// Bytes of the envelope.
    pub length: u64,
    /// The commitment that it opens.
    pub about: Hash,
    /// The transaction that names it; zeros for none.
    pub tx: TxId,
    /// When it was whole here.
    pub at: Timestamp,
}

/// Why bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// They are no canonical bytes of the type.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A field holds more than its bound.
    #[error("take a message with more in it than its bounds allow")]
    Bounds,
}

/// One of the four kinds of messages.
pub trait Message: Canonical {
    /// Longest encoding.
    const MAX_BYTES: usize;

    /// Whether each field keeps to its bound.
    fn keeps_bounds(&self) -> bool;
}

/// Bytes of a message that keeps its bounds.
pub fn encode<M: Message>(message: &M) -> Result<Vec<u8>, WireError> {
    if !message.keeps_bounds() {
        return Err(WireError::Bounds);
    }
    let bytes = codec::encode(message);
    if bytes.len() > M::MAX_BYTES {
        return Err(CodecError::TooLong { length: bytes.len(), limit: M::MAX_BYTES }.into());
    }
    Ok(bytes)
}

/// Reads a message.
pub fn decode<M: Message>(bytes: &[u8]) -> Result<M, WireError> {
    let message: M = codec::decode(bytes, M::MAX_BYTES)?;
    if message.keeps_bounds() { Ok(message) } else { Err(WireError::Bounds) }
}

impl Message for Request {
    const MAX_BYTES: usize = MAX_REQUEST_BYTES;

    fn keeps_bounds(&self) -> bool {
        match self {
            Request::Head { .. } | Request::Bundle { .. } | Request::Report { .. } => true,
            Request::Links { from: _, limit } => usize::from(*limit) <= MAX_LINKS,
            Request::Records { keys } => keys.len() <= MAX_IDS,
            Request::List { list: _, after: _, limit } => usize::from(*limit) <= MAX_LIST,
            Request::Txs { at: _, ids } | Request::Waiting { ids } => ids.len() <= MAX_IDS,
            Request::Absence { code } => code.len() <= MAX_CODE_BYTES,
            Request::Submit { tx: bytes } | Request::Judge { draft: bytes } => bytes.len() <= MAX_TX_BYTES,
        }
    }
}

impl Certified3 {
    fn keeps_bounds(&self) -> bool {
        [&self.header, &self.certificate, &self.validators].iter().all(|part| part.len() <= MAX_CERTIFIED_BYTES)
    }
}

impl Stand {
    fn keeps_bounds(&self) -> bool {
        self.head.keeps_bounds() && self.chain.len() <= MAX_CHAIN && self.chain.iter().all(Certified3::keeps_bounds)
    }
}

impl PlacedTx {
    fn keeps_bounds(&self) -> bool {
        let paths = [&self.in_results, &self.in_txs, &self.in_history];
        self.tx.len() <= MAX_TX_BYTES
            && self.header.len() <= MAX_CERTIFIED_BYTES
            && paths.iter().all(|path| path.len() <= MAX_PATH)
    }
}

impl Message for Response {
    const MAX_BYTES: usize = MAX_RESPONSE_BYTES;

    fn keeps_bounds(&self) -> bool {
        match self {
            Response::Head(head) => head.stand.keeps_bounds() && head.path.len() <= MAX_PATH,
            Response::Links { links } => links.len() <= MAX_LINKS,
            Response::Records { stand, records } => stand.keeps_bounds() && records.len() <= MAX_IDS,
            Response::List { entries, more: _ } => entries.len() <= MAX_LIST,
            Response::Txs { txs } => txs.len() <= MAX_IDS && txs.iter().flatten().all(|tx| tx.keeps_bounds()),
            Response::Waiting { pending } => pending.len() <= MAX_IDS,
            // As long as the message may be.
            Response::File { bytes: _ } | Response::Judged { outcome: _ } => true,
            Response::Submitted { .. } | Response::Noted | Response::Failure { .. } => true,
        }
    }
}

impl Message for DocumentRequest {
    const MAX_BYTES: usize = MAX_REQUEST_BYTES;

    fn keeps_bounds(&self) -> bool {
        match self {
            DocumentRequest::Offer { id: _, length, head } => {
                *length <= MAX_DOCUMENT_BYTES && head.len() <= MAX_ENVELOPE_BYTES
            }
            DocumentRequest::Put { id: _, piece: _, bytes, path } => {
                bytes.len() <= MAX_PIECE_BYTES && path.len() <= MAX_PATH
            }
            DocumentRequest::For { after: _, about: _, limit } => usize::from(*limit) <= MAX_DOCUMENTS,
            DocumentRequest::Held { ids } => ids.len() <= MAX_DOCUMENTS,
            DocumentRequest::Missing { .. } | DocumentRequest::Get { .. } | DocumentRequest::Erase { .. } => true,
        }
    }
}

impl Message for DocumentResponse {
    const MAX_BYTES: usize = MAX_DOCUMENT_RESPONSE_BYTES;

    fn keeps_bounds(&self) -> bool {
        match self {
            DocumentResponse::Missing { pieces } => pieces.len() <= MAX_PIECES,
            DocumentResponse::List { documents, more: _ } => documents.len() <= MAX_DOCUMENTS,
            DocumentResponse::Piece { bytes, path } => bytes.len() <= MAX_PIECE_BYTES && path.len() <= MAX_PATH,
            DocumentResponse::Held { held } => held.len() <= MAX_DOCUMENTS,
            DocumentResponse::Ready { .. } | DocumentResponse::Erased | DocumentResponse::Failure { .. } => true,
        }
    }
}

/// The refusal of a request: a code of the catalogue, what happened, and when to ask again.
pub trait Refusal: Message {
    /// Makes it. `detail` is cut to what fits.
    fn failure(code: &str, detail: &str, retry_ms: u32) -> Self;
}

/// A code and words as they fit; a code that does not, and words that a text does not take, are left out.
fn fit<const MAX: usize>(words: &str) -> Text<MAX> {
    let end = (0..=MAX.min(words.len())).rev().find(|end| words.is_char_boundary(*end)).unwrap_or(0);
    Text::new(words.get(..end).unwrap_or_default()).unwrap_or_default()
}

impl Refusal for Response {
    fn failure(code: &str, detail: &str, retry_ms: u32) -> Response {
        Response::Failure { code: fit(code), detail: fit(detail), retry_ms }
    }
}

impl Refusal for DocumentResponse {
    fn failure(code: &str, detail: &str, retry_ms: u32) -> DocumentResponse {
        DocumentResponse::Failure { code: fit(code), detail: fit(detail), retry_ms }
    }
}
