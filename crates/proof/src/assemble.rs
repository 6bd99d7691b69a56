//! Putting a bundle together from a ledger's storage, through a narrow trait.

mod gather;

use crate::{
    anchor::{Anchor, Certified},
    bounds::{MAX_CLASSES, MAX_KEYS, MAX_ORGS, MAX_PACKS},
    bundle::{BUNDLE_SCHEMA, Bundle, Disclosures, OpenedField, OpenedPerson, Related, Step, StepEntry, StepTx},
    json::{Blob, Digest, List},
    parts::{Needs, Parts, has_entry},
    problem::Problem,
    readable::{self, Readable},
};
use gather::{Gathered, gather};
use ledger::{
    Cause, Event, Hash, ItemId, KeyId, SignedTx, StateKey, Text, TxId,
    codec::{self, CodecError},
    field::Field,
    list,
    state::code_hash,
    tree::{JointProof, StateProof},
};

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
    /// A bundle has no room for all of it.
    #[error("put more than {limit} {what} into one bundle")]
    TooLarge {
        /// Of what there are too many.
        what: &'static str,
        /// How many there is room for.
        limit: usize,
    },
    /// The proofs of the store are not of one state.
    #[error("join the proofs of the records: they are not of one state")]
    Proofs,
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

/// Makes the bundle of an item with the histories of other items that it rests on, opening what the caller chooses.
///
/// `children`: with the items that were made out of it. The result holds together but is not verified: whoever gives it
/// away runs [`crate::verify`] on it first. Error: [`AssembleError::TooLarge`] where a bundle has no room for it, and where the
/// store is at fault.
pub fn assemble<S: Source>(
    source: &S,
    item: &ItemId,
    open: &[Disclosure],
    children: bool,
) -> Result<Bundle, AssembleError<S::Error>> {
    let head = source.certified().map_err(AssembleError::Source)?;
    let mut records = Records { source, proofs: Vec::new() };
    let (main, others) = gather(&mut records, item, children)?;
    let mut needs = Needs::default();
    let main = history(source, main, &mut needs)?;
    let mut related = Vec::with_capacity(others.len());
    for (id, gathered) in others {
        let History { item, steps, later, .. } = history(source, gathered, &mut needs)?;
        related.push(Related { item_id: Digest(id.0), item, events: List(steps), later });
    }
    let chain = source.validator_chain().map_err(AssembleError::Source)?;
    let code = records.one("code", main.code, &StateKey::Code(main.code))?;
    within("classes", needs.classes.len(), MAX_CLASSES)?;
    within("policy packs", needs.packs.len(), MAX_PACKS)?;
    within("keys", needs.keys.len(), MAX_KEYS)?;
    within("organisations", needs.orgs.len(), MAX_ORGS)?;
    let classes = records.all("class", needs.classes.iter().map(|c| (c.0, StateKey::Class(*c))))?;
    let packs = records.all("policy pack", needs.packs.iter().map(|p| (*p, StateKey::Pack(*p))))?;
    let keys = records.all("key", needs.keys.iter().map(|k| (k.0, StateKey::Key(*k))))?;
    let orgs = records.all("organisation", needs.orgs.iter().map(|o| (o.0, StateKey::Org(*o))))?;
    let mut bundle = Bundle {
        schema: BUNDLE_SCHEMA.into(),
        readable: Readable::default(),
        anchor: Anchor::at(&head, &chain),
        proof: records.proof()?,
        item_id: Digest(item.0),
        item: main.item,
        code,
        classes: List(classes),
        packs: List(packs),
        keys: List(keys),
        orgs: List(orgs),
        events: List(main.steps),
        children,
        related: List(related),
        disclosures: disclosures(open)?,
    };
    let parts = Parts::decode(&bundle, None).map_err(AssembleError::Readable)?;
    bundle.readable = readable::of(&parts).map_err(AssembleError::Readable)?;
    Ok(bundle)
}

fn within<E>(what: &'static str, found: usize, limit: usize) -> Result<(), AssembleError<E>> {
    match found <= limit {
        true => Ok(()),
        false => Err(AssembleError::TooLarge { what, limit }),
    }
}

/// A history as it is written.
struct History {
    item: Blob,
    /// What stands for the item's code.
    code: Hash,
    steps: Vec<Step>,
    later: Blob,
}

/// Finds the transactions of the open events, and notes what records they and the item's call for.
fn history<S: Source>(source: &S, gathered: Gathered, needs: &mut Needs) -> Result<History, AssembleError<S::Error>> {
    let open = || gathered.events.iter().take(gathered.open);
    let mut txs = Vec::with_capacity(gathered.open);
    for event in open() {
        txs.push(transaction(source, event)?);
    }
    needs.add(&gathered.record, open().zip(&txs).map(|(e, tx)| (e, tx.as_ref().map(|t| &t.body))));
    let mut steps = Vec::with_capacity(gathered.open);
    for (event, tx) in open().zip(&txs) {
        steps.push(step(event, tx.as_ref())?);
    }
    let later = Blob(gathered.events.iter().skip(gathered.open).flat_map(|event| event.hash().0).collect());
    Ok(History { code: code_hash(&gathered.record.code), item: gathered.bytes, steps, later })
}

/// Reads records and keeps the proof of each.
struct Records<'a, S> {
    source: &'a S,
    proofs: Vec<(Hash, StateProof)>,
}

impl<S: Source> Records<'_, S> {
    fn find(&mut self, key: &StateKey) -> Result<Option<Blob>, AssembleError<S::Error>> {
        let (record, proof) = self.source.prove(key).map_err(AssembleError::Source)?;
        self.proofs.push((key.hash(), proof));
        Ok(record.map(Blob))
    }

    fn one(&mut self, what: &'static str, id: Hash, key: &StateKey) -> Result<Blob, AssembleError<S::Error>> {
        self.find(key)?.ok_or_else(|| AssembleError::Missing { what, id: id.to_string() })
    }

    fn all(
        &mut self,
        what: &'static str,
        keys: impl Iterator<Item = (Hash, StateKey)>,
    ) -> Result<Vec<Blob>, AssembleError<S::Error>> {
        keys.map(|(id, key)| self.one(what, id, &key)).collect()
    }

    /// One proof for all records that were read.
    fn proof(mut self) -> Result<Blob, AssembleError<S::Error>> {
        self.proofs.sort_by_key(|(key, _)| *key);
        let joint = JointProof::join(&self.proofs).ok_or(AssembleError::Proofs)?;
        Ok(Blob(codec::encode(&joint)))
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
            let entry = match has_entry(&tx.body.operation, &event.item) {
                false => None,
                true => Some(entry(tx, index).ok_or_else(lost)?),
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
