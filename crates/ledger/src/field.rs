//! Private fields: what is commercial or personal stands on the ledger as a salted commitment only.

use crate::{
    bounds::{MAX_FIELD_BYTES, MAX_FIELDS},
    hash::Hash,
    list, tag,
    text::Text,
};
use bincode::{Decode, Encode};

/// A private field with its salt. Whoever destroys field and salt has erased it, and every proof still holds.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Field {
    /// 128 random bits.
    pub salt: [u8; 16],
    /// Name of the field.
    pub name: Text<32>,
    /// Its value.
    pub value: Text<MAX_FIELD_BYTES>,
}

impl Field {
    /// The commitment.
    pub fn hash(&self) -> Hash {
        Hash::of(&tag::FIELD, self)
    }
}

/// Root over the commitments of some fields, in their order; none for no field, and none beyond [`MAX_FIELDS`].
pub fn root(fields: &[Field]) -> Option<Hash> {
    let hashes: Vec<Hash> = fields.iter().map(Field::hash).collect();
    (!hashes.is_empty() && hashes.len() <= MAX_FIELDS).then(|| list::root(&hashes))
}

/// Commitment to a person's name.
pub fn person_name(salt: &[u8; 16], name: &Text<128>) -> Hash {
    Hash::of(&tag::PERSON_NAME, &(salt, name))
}
