//! The bundle: one JSON file that carries signed objects as their exact bytes (`docs/formats/bundle.md`).

use crate::{
    anchor::Anchor,
    bounds::*,
    json::{Blob, Digest, List},
    problem::Problem,
    readable::Readable,
};

/// Schema of a bundle.
pub const BUNDLE_SCHEMA: &str = "hufu.bundle/1";

object! {
    /// A bundle as it is written: the fields in this order, without blanks.
    pub struct Bundle {
        /// `hufu.bundle/1`.
        schema: String,
        /// What people read. Recomputed by the verifier: a difference is a failure.
        readable: Readable,
        /// The certified header that the records stand under.
        anchor: Anchor,
        /// Canonical bytes of the `JointProof` that all records below stand in the certified state.
        proof: Blob,
        /// Identity of the item.
        item_id: Digest,
        /// Canonical bytes of its record.
        item: Blob,
        /// The record of its code: how many registrations carry it.
        code: Blob,
        /// The record of its class, exactly one.
        classes: List<Blob, MAX_CLASSES>,
        /// The policy packs that decisions name, by ascending hash.
        packs: List<Blob, MAX_PACKS>,
        /// The records of the keys that signed, by ascending identity.
        keys: List<Blob, MAX_KEYS>,
        /// The records of the organisations that are named, by ascending identity.
        orgs: List<Blob, MAX_ORGS>,
        /// All events, from the first to the last.
        events: List<Step, MAX_EVENTS>,
        /// Whether the items that were made out of this one are among the related.
        children: bool,
        /// Histories of other items that this one rests on, by ascending identity.
        related: List<Related, MAX_RELATED>,
        /// What the holder chose to open.
        disclosures: Disclosures,
    }
}

object! {
    /// The history of another item, as far as it matters here.
    pub struct Related {
        /// Identity of that item.
        item_id: Digest,
        /// Canonical bytes of its record, as it is now.
        item: Blob,
        /// Its events, from the first on.
        events: List<Step, MAX_EVENTS>,
        /// The hashes of the events after those, side by side.
        later: Blob,
    }
}

object! {
    /// An event with the transaction that caused it.
    pub struct Step {
        /// Canonical bytes of the event.
        event: Blob,
        /// Its transaction; none for genesis.
        tx: Option<StepTx>,
    }
}

object! {
    /// A transaction, without the entries that concern other items.
    pub struct StepTx {
        /// Canonical bytes of the body.
        body: Blob,
        /// Canonical bytes of the signatures, in the order of the slots.
        signatures: Blob,
        /// The entry of this item, for an operation over many that does not name it itself.
        entry: Option<StepEntry>,
    }
}

object! {
    /// One entry of an operation over many items.
    pub struct StepEntry {
        /// Its index.
        index: u32,
        /// Canonical bytes of the salted entry.
        bytes: Blob,
        /// Canonical bytes of its path in the list.
        path: Blob,
    }
}

object! {
    /// Opened private fields and names.
    pub struct Disclosures {
        /// Private fields, by ascending event and index.
        fields: List<OpenedField, MAX_OPENED>,
        /// Names of persons, by ascending key identity.
        persons: List<OpenedPerson, MAX_OPENED>,
    }
}

object! {
    /// One private field of an event, opened.
    pub struct OpenedField {
        /// Number of the event; 1 means the private fields of the registration.
        event: u64,
        /// Index of the field under its root.
        index: u32,
        /// Number of fields under the root.
        count: u32,
        /// Canonical bytes of the salted field.
        field: Blob,
        /// Canonical bytes of its path.
        path: Blob,
    }
}

object! {
    /// The name of the person who holds a key, opened.
    pub struct OpenedPerson {
        /// The key.
        key: Digest,
        /// Canonical bytes of (salt of 16 bytes, name).
        name: Blob,
    }
}

impl Bundle {
    /// Reads a bundle: size, JSON, shape, bounds and schema; nothing is verified.
    ///
    /// Errors: [`Problem::TooLarge`], [`Problem::NotJson`], [`Problem::Shape`], [`Problem::Schema`].
    pub fn from_json(bytes: &[u8]) -> Result<Bundle, Problem> {
        if bytes.len() > MAX_BUNDLE_BYTES {
            return Err(Problem::TooLarge { length: bytes.len(), limit: MAX_BUNDLE_BYTES });
        }
        let bundle: Bundle = serde_json::from_slice(bytes).map_err(|error| {
            let detail = cut(&error.to_string());
            match error.classify() {
                serde_json::error::Category::Data => Problem::Shape { detail },
                _ => Problem::NotJson { detail },
            }
        })?;
        // Each list keeps to the bound; so do all events together.
        let related = bundle.related.iter().map(|related| related.events.len());
        if related.fold(bundle.events.len(), usize::saturating_add) > MAX_EVENTS {
            return Err(Problem::Shape { detail: format!("more than {MAX_EVENTS} events") });
        }
        match bundle.schema == BUNDLE_SCHEMA {
            true => Ok(bundle),
            false => Err(Problem::Schema { found: cut(&bundle.schema) }),
        }
    }

    /// The file.
    pub fn to_json(&self) -> Vec<u8> {
        // Writing plain structs to memory fails for no value.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// The beginning of a text that may be as long as the file.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}
