//! Opening private values in a bundle that is there already: by whoever holds them, without a ledger.

use crate::{
    bundle::{Bundle, OpenedField, OpenedPerson},
    json::{Blob, Digest, List},
    parts::{Parts, private_root},
    problem::Problem,
    readable,
};
use ledger::{Cause, Hash, KeyId, Text, TxId, codec, field::Field, list};

/// What stands in a bundle as a commitment only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Private fields, by event.
    pub fields: Vec<PrivateRoot>,
    /// Commitments to the names of those whose keys signed, by key.
    pub names: Vec<(KeyId, Hash)>,
}

/// The root of an event's private fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivateRoot {
    /// Number of the event.
    pub event: u64,
    /// The transaction that names the root; none for genesis.
    pub tx: Option<TxId>,
    /// The root.
    pub root: Hash,
}

/// Fields of one event to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFields {
    /// Number of the event.
    pub event: u64,
    /// Commitments of all fields under its root, in their order.
    pub hashes: Vec<Hash>,
    /// Fields to open, each with its index.
    pub open: Vec<(u32, Field)>,
}

/// A person's name to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenName {
    /// The person's key.
    pub key: KeyId,
    /// The salt of the commitment.
    pub salt: [u8; 16],
    /// The name.
    pub name: Text<128>,
}

/// Finds what a bundle commits to. Nothing is verified. Errors: those of a bundle that does not decode.
pub fn committed(bundle: &Bundle) -> Result<Committed, Problem> {
    let parts = Parts::decode(bundle, None)?;
    let root = |step: &crate::parts::EventTx| {
        let root = private_root(&step.event, step.tx.as_ref().map(|t| &t.body))?;
        let tx = match step.event.cause {
            Cause::Genesis => None,
            Cause::Tx { id, index: _ } => Some(id),
        };
        Some(PrivateRoot { event: step.event.n, tx, root })
    };
    Ok(Committed {
        fields: parts.main.steps.iter().filter_map(root).collect(),
        names: parts.keys.iter().map(|key| (KeyId(key.id), key.value.name)).collect(),
    })
}

/// Opens fields and names beside those that are open already, and computes the readable part anew.
///
/// The result is not verified: whoever gives it away runs [`crate::verify`] on it first. Errors:
/// [`Problem::FieldDiffers`] for an index that there is none of, and those of a bundle that does not decode.
pub fn open(mut bundle: Bundle, fields: &[OpenFields], names: &[OpenName]) -> Result<Bundle, Problem> {
    let disclosures = &mut bundle.disclosures;
    let mut all = std::mem::take(&mut disclosures.fields.0);
    for opening in fields {
        for (index, field) in &opening.open {
            let opened = opened(opening, *index, field).ok_or(Problem::FieldDiffers { n: opening.event })?;
            all.retain(|f| (f.event, f.index) != (opened.event, opened.index));
            all.push(opened);
        }
    }
    all.sort_by_key(|f| (f.event, f.index));
    let mut persons = std::mem::take(&mut disclosures.persons.0);
    for OpenName { key, salt, name } in names {
        persons.retain(|p| p.key.0 != key.0);
        persons.push(OpenedPerson { key: Digest(key.0), name: Blob(codec::encode(&(salt, name))) });
    }
    persons.sort_by_key(|p| p.key);
    (disclosures.fields, disclosures.persons) = (List(all), List(persons));
    bundle.readable = readable::of(&Parts::decode(&bundle, None)?)?;
    Ok(bundle)
}

fn opened(opening: &OpenFields, index: u32, field: &Field) -> Option<OpenedField> {
    let position = usize::try_from(index).ok()?;
    Some(OpenedField {
        event: opening.event,
        index,
        count: u32::try_from(opening.hashes.len()).ok()?,
        field: Blob(codec::encode(field)),
        path: Blob(codec::encode(&list::path(&opening.hashes, position)?)),
    })
}
