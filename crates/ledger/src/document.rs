//! Documents that stay with whoever made them: the ledger holds one salted commitment to many.

use crate::{hash::Hash, list, tag};
use bincode::{Decode, Encode};

/// Most documents of one anchor.
pub const MAX_DOCUMENTS: usize = 65_536;

/// A document with its salt. Whoever destroys both has erased it, and every proof still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Document {
    /// 128 random bits.
    pub salt: [u8; 16],
    /// BLAKE3 of its exact bytes, without a tag, as common tools compute it.
    pub content: Hash,
}

impl Document {
    /// Of bytes and a salt.
    pub fn of(salt: [u8; 16], bytes: &[u8]) -> Document {
        Document { salt, content: Hash(*blake3::hash(bytes).as_bytes()) }
    }

    /// The commitment.
    pub fn hash(&self) -> Hash {
        Hash::of(&tag::DOCUMENT, self)
    }
}

/// Root over the commitments of some documents, in their order ([`list::root`]), as
/// [`crate::Operation::Anchor`] names it; none for no document, and none beyond [`MAX_DOCUMENTS`].
pub fn root(documents: &[Document]) -> Option<Hash> {
    let hashes: Vec<Hash> = documents.iter().map(Document::hash).collect();
    (!hashes.is_empty() && hashes.len() <= MAX_DOCUMENTS).then(|| list::root(&hashes))
}
