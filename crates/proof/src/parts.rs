//! A bundle with all its bytes decoded, but nothing verified yet.

use crate::{
    anchor::Anchored,
    bounds::*,
    bundle::{Bundle, OpenedField, OpenedPerson, Step, StepTx},
    json::Blob,
    problem::Problem,
    trust::TrustRoot,
};
use ledger::{
    ClassId, Effect, Event, Hash, ItemId, ItemRecord, KeyId, KeyRecord, OrgId, OrgRecord, PolicyPack, Signature, Text,
    TxBody, TxId,
    bounds::MAX_TX_BYTES,
    field::Field,
    operation::{Entry, Operation},
    record::{ClassRecord, CodeRecord},
    state::{MAX_RECORD_BYTES, code_hash},
    tag,
    tree::{self, JointProof},
};
use std::collections::BTreeSet;

/// A record, whose it is, and what it hashes to.
pub(crate) struct Record<T> {
    pub(crate) id: Hash,
    pub(crate) value: T,
    pub(crate) value_hash: Hash,
}

/// An entry and its path.
pub(crate) struct OpenEntry {
    pub(crate) index: u32,
    pub(crate) entry: Entry,
    pub(crate) path: Vec<Hash>,
}

/// A transaction.
pub(crate) struct Tx {
    pub(crate) id: TxId,
    pub(crate) body: TxBody,
    pub(crate) signatures: Vec<Signature>,
    pub(crate) entry: Option<OpenEntry>,
}

/// An event and its transaction.
pub(crate) struct EventTx {
    pub(crate) event: Event,
    pub(crate) tx: Option<Tx>,
}

/// An opened private field.
pub(crate) struct OpenField {
    pub(crate) event: u64,
    pub(crate) index: u32,
    pub(crate) count: u32,
    pub(crate) field: Field,
    pub(crate) path: Vec<Hash>,
}

/// An opened name.
pub(crate) struct OpenName {
    pub(crate) key: KeyId,
    pub(crate) salt: [u8; 16],
    pub(crate) name: Text<128>,
}

/// Everything.
pub(crate) struct Parts {
    pub(crate) anchor: Anchored,
    pub(crate) proof: JointProof,
    pub(crate) item: Record<ItemRecord>,
    pub(crate) code: Record<CodeRecord>,
    pub(crate) classes: Vec<Record<ClassRecord>>,
    pub(crate) packs: Vec<Record<PolicyPack>>,
    pub(crate) keys: Vec<Record<KeyRecord>>,
    pub(crate) orgs: Vec<Record<OrgRecord>>,
    pub(crate) steps: Vec<EventTx>,
    pub(crate) fields: Vec<OpenField>,
    pub(crate) names: Vec<OpenName>,
}

/// A record says itself whose it is; only an item does not.
macro_rules! record {
    ($what:literal, $bytes:expr, $id:expr) => {{
        let bytes: &Blob = $bytes;
        let value = read!($what, bytes, MAX_RECORD_BYTES);
        value.map(|value| Record { id: $id(&value), value_hash: tree::value(bytes), value })
    }};
}

macro_rules! records {
    ($what:literal, $list:literal, $all:expr, $id:expr) => {{
        let all = $all.iter().map(|bytes| record!($what, bytes, $id)).collect::<Result<Vec<_>, Problem>>()?;
        ascending($list, all.iter().map(|r| r.id))?;
        all
    }};
}

impl Parts {
    /// Decodes every byte string of a bundle, canonically, and checks the order of its lists.
    pub(crate) fn decode(bundle: &Bundle, trust: Option<&TrustRoot>) -> Result<Parts, Problem> {
        let opened = &bundle.disclosures;
        ascending("opened fields", opened.fields.iter().map(|f| (f.event, f.index)))?;
        ascending("opened names", opened.persons.iter().map(|p| p.key))?;
        let item = record!("the item record", &bundle.item, |_: &ItemRecord| bundle.item_id.0)?;
        let code_id = code_hash(&item.value.code);
        Ok(Parts {
            anchor: Anchored::decode(&bundle.anchor, trust)?,
            proof: read!("the proof of the records", &bundle.proof, MAX_PROOF_BYTES)?,
            item,
            code: record!("the code record", &bundle.code, |_: &CodeRecord| code_id)?,
            classes: records!("a class record", "classes", bundle.classes, |c: &ClassRecord| ClassId::of(&c.code).0),
            packs: records!("a policy pack", "policy packs", bundle.packs, PolicyPack::hash),
            keys: records!("a key record", "keys", bundle.keys, |k: &KeyRecord| KeyId::of_ed25519(&k.key).0),
            orgs: records!("the record of an organisation", "organisations", bundle.orgs, |o: &OrgRecord| {
                OrgId::of(&o.profile.identifier).0
            }),
            steps: bundle.events.iter().map(step).collect::<Result<_, _>>()?,
            fields: opened.fields.iter().map(open_field).collect::<Result<_, _>>()?,
            names: opened.persons.iter().map(open_name).collect::<Result<_, _>>()?,
        })
    }

    /// The item's identity.
    pub(crate) fn item_id(&self) -> ItemId {
        ItemId(self.item.id)
    }

    /// Position of a key in the list.
    pub(crate) fn key_position(&self, id: &KeyId) -> Result<usize, Problem> {
        let found = self.keys.binary_search_by(|r| r.id.cmp(&id.0));
        found.map_err(|_| Problem::Missing { what: "key", id: id.to_string() })
    }

    /// The record of an organisation.
    pub(crate) fn org(&self, id: &OrgId) -> Result<&OrgRecord, Problem> {
        let found = self.orgs.binary_search_by(|r| r.id.cmp(&id.0)).ok().and_then(|i| self.orgs.get(i));
        found.map(|r| &r.value).ok_or_else(|| Problem::Missing { what: "organisation", id: id.to_string() })
    }

    /// A policy pack.
    pub(crate) fn pack(&self, id: &Hash) -> Result<&PolicyPack, Problem> {
        let found = self.packs.binary_search_by(|r| r.id.cmp(id)).ok().and_then(|i| self.packs.get(i));
        found.map(|r| &r.value).ok_or_else(|| Problem::Missing { what: "policy pack", id: id.to_string() })
    }

    /// The item's class: the one record of the list.
    pub(crate) fn class(&self) -> Result<&ClassRecord, Problem> {
        let found = self.classes.iter().find(|r| r.id == self.item.value.class.0);
        found.map(|r| &r.value).ok_or_else(|| Problem::Missing { what: "class", id: self.item.value.class.to_string() })
    }
}

fn ascending<T: Ord>(what: &'static str, ids: impl Iterator<Item = T>) -> Result<(), Problem> {
    let ids: Vec<T> = ids.collect();
    match ids.windows(2).all(|w| matches!(w, [a, b] if a < b)) {
        true => Ok(()),
        false => Err(Problem::ListOrder { what }),
    }
}

fn step(step: &Step) -> Result<EventTx, Problem> {
    Ok(EventTx {
        event: read!("an event", &step.event, MAX_EVENT_BYTES)?,
        tx: step.tx.as_ref().map(transaction).transpose()?,
    })
}

fn transaction(tx: &StepTx) -> Result<Tx, Problem> {
    let entry = match &tx.entry {
        None => None,
        Some(entry) => Some(OpenEntry {
            index: entry.index,
            entry: read!("an entry", &entry.bytes, MAX_ENTRY_BYTES)?,
            path: read!("the path of an entry", &entry.path, MAX_PATH_BYTES)?,
        }),
    };
    Ok(Tx {
        // The bytes are the canonical encoding of the body, so hashing them is hashing the body.
        id: TxId(Hash::of_bytes(&tag::TX_ID, &tx.body)),
        body: read!("the body of a transaction", &tx.body, MAX_TX_BYTES)?,
        signatures: read!("the signatures of a transaction", &tx.signatures, MAX_SIGNATURES_BYTES)?,
        entry,
    })
}

fn open_field(opened: &OpenedField) -> Result<OpenField, Problem> {
    Ok(OpenField {
        event: opened.event,
        index: opened.index,
        count: opened.count,
        field: read!("an opened field", &opened.field, MAX_FIELD_OPEN_BYTES)?,
        path: read!("the path of an opened field", &opened.path, MAX_PATH_BYTES)?,
    })
}

fn open_name(opened: &OpenedPerson) -> Result<OpenName, Problem> {
    let (salt, name): ([u8; 16], Text<128>) = read!("an opened name", &opened.name, MAX_FIELD_OPEN_BYTES)?;
    Ok(OpenName { key: KeyId(opened.key.0), salt, name })
}

/// Which records the judgement of a history needs: exactly these stand in a bundle.
#[derive(Default)]
pub(crate) struct Needs {
    pub(crate) keys: BTreeSet<KeyId>,
    pub(crate) orgs: BTreeSet<OrgId>,
    pub(crate) packs: BTreeSet<Hash>,
}

impl Needs {
    /// What the record and the events (each with the body of its transaction) refer to.
    pub(crate) fn of<'a>(item: &ItemRecord, steps: impl Iterator<Item = (&'a Event, Option<&'a TxBody>)>) -> Needs {
        let mut needs = Needs::default();
        needs.orgs.extend([item.registrant, item.custodian]);
        needs.orgs.extend(item.holds.iter().flat_map(|h| &h.by));
        needs.orgs.extend(item.offer.iter().map(|o| o.receiver));
        for (event, body) in steps {
            needs.packs.extend(event.decision.iter().map(|d| d.pack));
            for slot in body.iter().flat_map(|b| &b.signers) {
                needs.keys.insert(slot.key);
                needs.orgs.insert(slot.org);
            }
            match &event.effect {
                Effect::Registered { custodian, .. } => needs.orgs.extend([*custodian]),
                Effect::Offered { offer } => needs.orgs.extend([offer.receiver]),
                Effect::Moved { from, to, terms: _, receiver: _, place: _ } => needs.orgs.extend([*from, *to]),
                Effect::HoldPlaced { by, reason: _ } | Effect::HoldLifted { by, placed: _ } => needs.orgs.extend(by),
                Effect::Tested { passed: _, laboratory, report: _ } => needs.orgs.extend([*laboratory]),
                Effect::Unpacked { unit: _, custodian, state: _, place: _ } => needs.orgs.extend([*custodian]),
                Effect::Declared { .. }
                | Effect::Inspected { .. }
                | Effect::Released { .. }
                | Effect::OfferRefused { .. }
                | Effect::OfferWithdrawn { .. }
                | Effect::Used { .. }
                | Effect::Disposed { .. }
                | Effect::Assigned { .. }
                | Effect::Arrived { .. }
                | Effect::InspectionOrdered { .. }
                | Effect::Returned { .. }
                | Effect::Destroyed { .. }
                | Effect::Exited { .. }
                | Effect::Stored { .. }
                | Effect::Wasted { .. }
                | Effect::Lost { .. }
                | Effect::Corrected { .. }
                | Effect::Noted { .. }
                | Effect::Derived { .. }
                | Effect::Packed { .. }
                | Effect::Filled { .. }
                | Effect::Reported { .. } => {}
            }
        }
        needs
    }
}

/// Whether the step of an item holds an entry of its transaction's list: not where the body itself names the item, as
/// what went into a derivation or as the unit that was packed.
pub(crate) fn has_entry(operation: &Operation, item: &ItemId) -> bool {
    match operation {
        Operation::Derive { kind: _, inputs, list: _ } => inputs.iter().all(|input| input.item != *item),
        Operation::Pack { unit, at: _, list: _ } | Operation::Unpack { unit, at: _, list: _ } => unit != item,
        other => other.list().is_some(),
    }
}

/// Root of the private fields of an event: of the registration for the first, else as its transaction names it.
pub(crate) fn private_root(event: &Event, body: Option<&TxBody>) -> Option<Hash> {
    if let Effect::Registered { private, .. } = &event.effect {
        return *private;
    }
    body?.operation.private()
}
