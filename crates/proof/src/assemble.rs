//! Putting a bundle together from a ledger's storage, through a narrow trait.

use crate::{
    bundle::{
        BUNDLE_SCHEMA, Bundle, ChainLink, Disclosures, OpenedField, OpenedPerson, Proved, Step, StepEntry, StepTx,
    },
    json::{Blob, Digest, List},
    parts::{Needs, Parts},
    problem::Problem,
    readable::{self, Readable},
};
use ledger::{
    Cause, Certificate, Event, Hash, Header, ItemId, ItemRecord, KeyId, SignedTx, StateKey, Text, TxId, ValidatorSet,
    codec::{self, CodecError},
    field::Field,
    list,
    state::{MAX_RECORD_BYTES, code_hash},
    tree::StateProof,
};

/// A certified header with the set that signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// The header.
    pub header: Header,
    /// Its certificate.
    pub certificate: Certificate,
    /// The validator set that signs it.
    pub validators: ValidatorSet,
}

/// What assembling needs of a store. All answers are of one moment: the state after the block of [`Source::certified`].
pub trait Source {
    /// What the store may fail with.
    type Error;

    /// The certified header whose state the proofs are under.
    fn certified(&self) -> Result<Certified, Self::Error>;

    /// Certified headers at which the validator set changed, from genesis to that header, by ascending height.
    fn validator_chain(&self) -> Result<Vec<Certified>, Self::Error>;

    /// Canonical bytes of a record, if there is one, with the proof of its presence or absence.
    fn prove(&self, key: &StateKey) -> Result<(Option<Vec<u8>>, StateProof), Self::Error>;

    /// All events of an item, from the first.
    fn events(&self, item: &ItemId) -> Result<Vec<Event>, Self::Error>;

    /// A transaction with all its entries.
    fn tx(&self, id: &TxId) -> Result<Option<SignedTx>, Self::Error>;
}

/// What the holder of private values chooses to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disclosure {
    /// Some private fields of an event (1: of the registration).
    Fields {
        /// Number of the event.
        event: u64,
        /// All fields under its root, in their order; those that stay closed are needed for the paths only.
        all: Vec<Field>,
        /// Indices of those to open.
        open: Vec<u32>,
    },
    /// The name of the person who holds a key.
    Person {
        /// The key.
        key: KeyId,
        /// The salt of the commitment.
        salt: [u8; 16],
        /// The name.
        name: Text<128>,
    },
}

/// Why no bundle can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssembleError<E> {
    /// The store failed.
    #[error("read the store")]
    Source(E),
    /// There is no such item.
    #[error("find the item {0}")]
    ItemUnknown(ItemId),
    /// The store does not hold something that it must.
    #[error("find the {what} {id} in the store")]
    Missing {
        /// What.
        what: &'static str,
        /// Which.
        id: String,
    },
    /// A record of the store does not decode.
    #[error("read a record of the store: {0}")]
    Record(#[from] CodecError),
    /// What is to be opened is not there.
    #[error("open field {index} of event {event}")]
    Opening {
        /// Number of the event.
        event: u64,
        /// Index of the field.
        index: u32,
    },
    /// The readable part cannot be computed.
    #[error("compute the readable part: {0}")]
    Readable(Problem),
}

/// Makes the bundle of an item, opening what the caller chooses.
///
/// The result holds together but is not verified: whoever gives it away runs [`crate::verify`] on it first.
pub fn assemble<S: Source>(source: &S, item: &ItemId, open: &[Disclosure]) -> Result<Bundle, AssembleError<S::Error>> {
    let head = source.certified().map_err(AssembleError::Source)?;
    let item_proved = match source.prove(&StateKey::Item(*item)).map_err(AssembleError::Source)? {
        (Some(record), proof) => proved_bytes(item.0, record, &proof),
        (None, _) => return Err(AssembleError::ItemUnknown(*item)),
    };
    let record: ItemRecord = codec::decode(&item_proved.record, MAX_RECORD_BYTES)?;
    let events = source.events(item).map_err(AssembleError::Source)?;
    let mut txs = Vec::with_capacity(events.len());
    for event in &events {
        txs.push(transaction(source, event)?);
    }
    let needs = Needs::of(&record, events.iter().zip(&txs).map(|(e, tx)| (e, tx.as_ref().map(|t| &t.body))));
    let code = code_hash(&record.code);
    let mut steps = Vec::with_capacity(events.len());
    for (event, tx) in events.iter().zip(&txs) {
        steps.push(step(event, tx.as_ref())?);
    }
    let chain = source.validator_chain().map_err(AssembleError::Source)?;
    let proofs = Proofs { source };
    let mut bundle = Bundle {
        schema: BUNDLE_SCHEMA.into(),
        readable: Readable::default(),
        header: Blob(codec::encode(&head.header)),
        certificate: Blob(codec::encode(&head.certificate)),
        validators: Blob(codec::encode(&head.validators)),
        validator_chain: List(chain.iter().map(link).collect()),
        item: item_proved,
        code: proofs.one("code", code, &StateKey::Code(code))?,
        classes: List(vec![proofs.one("class", record.class.0, &StateKey::Class(record.class))?]),
        packs: List(proofs.all("policy pack", needs.packs.iter().map(|p| (*p, StateKey::Pack(*p))))?),
        keys: List(proofs.all("key", needs.keys.iter().map(|k| (k.0, StateKey::Key(*k))))?),
        orgs: List(proofs.all("organisation", needs.orgs.iter().map(|o| (o.0, StateKey::Org(*o))))?),
        events: List(steps),
        disclosures: disclosures(open)?,
    };
    let parts = Parts::decode(&bundle, None).map_err(AssembleError::Readable)?;
    bundle.readable = readable::of(&parts).map_err(AssembleError::Readable)?;
    Ok(bundle)
}

struct Proofs<'a, S> {
    source: &'a S,
}

impl<S: Source> Proofs<'_, S> {
    fn one(&self, what: &'static str, id: Hash, key: &StateKey) -> Result<Proved, AssembleError<S::Error>> {
        match self.source.prove(key).map_err(AssembleError::Source)? {
            (Some(record), proof) => Ok(proved_bytes(id, record, &proof)),
            (None, _) => Err(AssembleError::Missing { what, id: id.to_string() }),
        }
    }

    fn all(
        &self,
        what: &'static str,
        keys: impl Iterator<Item = (Hash, StateKey)>,
    ) -> Result<Vec<Proved>, AssembleError<S::Error>> {
        keys.map(|(id, key)| self.one(what, id, &key)).collect()
    }
}

fn proved_bytes(id: Hash, record: Vec<u8>, proof: &StateProof) -> Proved {
    Proved { id: Digest(id), record: Blob(record), proof: Blob(codec::encode(proof)) }
}

fn link(certified: &Certified) -> ChainLink {
    ChainLink {
        header: Blob(codec::encode(&certified.header)),
        certificate: Blob(codec::encode(&certified.certificate)),
        validators: Blob(codec::encode(&certified.validators)),
    }
}

fn transaction<S: Source>(source: &S, event: &Event) -> Result<Option<SignedTx>, AssembleError<S::Error>> {
    match event.cause {
        Cause::Genesis => Ok(None),
        Cause::Tx { id, index: _ } => match source.tx(&id).map_err(AssembleError::Source)? {
            Some(tx) => Ok(Some(tx)),
            None => Err(AssembleError::Missing { what: "transaction", id: id.to_string() }),
        },
    }
}

fn step<E>(event: &Event, tx: Option<&SignedTx>) -> Result<Step, AssembleError<E>> {
    let tx = match (tx, event.cause) {
        (Some(tx), Cause::Tx { id, index }) => {
            let lost = || AssembleError::Missing { what: "entry of transaction", id: id.to_string() };
            let entry = match tx.body.operation.list() {
                None => None,
                Some(_) => Some(entry(tx, index).ok_or_else(lost)?),
            };
            Some(StepTx { body: Blob(codec::encode(&tx.body)), signatures: Blob(codec::encode(&tx.signatures)), entry })
        }
        (Some(_), Cause::Genesis) | (None, _) => None,
    };
    Ok(Step { event: Blob(codec::encode(event)), tx })
}

fn entry(tx: &SignedTx, index: u32) -> Option<StepEntry> {
    let position = usize::try_from(index).ok()?;
    let hashes: Vec<Hash> = tx.entries.iter().map(|e| e.hash()).collect();
    Some(StepEntry {
        index,
        bytes: Blob(codec::encode(tx.entries.get(position)?)),
        path: Blob(codec::encode(&list::path(&hashes, position)?)),
    })
}

/// Sorted, and each opening once, as the format wants it.
fn disclosures<E>(open: &[Disclosure]) -> Result<Disclosures, AssembleError<E>> {
    let mut fields = Vec::new();
    let mut persons = Vec::new();
    for disclosure in open {
        match disclosure {
            Disclosure::Fields { event, all, open } => {
                for index in open {
                    let opening = || AssembleError::Opening { event: *event, index: *index };
                    fields.push(opened(*event, all, *index).ok_or_else(opening)?);
                }
            }
            Disclosure::Person { key, salt, name } => {
                persons.push(OpenedPerson { key: Digest(key.0), name: Blob(codec::encode(&(salt, name))) });
            }
        }
    }
    fields.sort_by_key(|f| (f.event, f.index));
    fields.dedup();
    persons.sort_by_key(|p| p.key);
    persons.dedup();
    Ok(Disclosures { fields: List(fields), persons: List(persons) })
}

fn opened(event: u64, all: &[Field], index: u32) -> Option<OpenedField> {
    let position = usize::try_from(index).ok()?;
    let hashes: Vec<Hash> = all.iter().map(Field::hash).collect();
    Some(OpenedField {
        event,
        index,
        count: u32::try_from(all.len()).ok()?,
        field: Blob(codec::encode(all.get(position)?)),
        path: Blob(codec::encode(&list::path(&hashes, position)?)),
    })
}
