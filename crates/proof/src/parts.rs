//! A bundle with all its bytes decoded, but nothing verified yet.

use crate::{
    anchor::Anchored,
    bounds::*,
    bundle::{Bundle, OpenedField, OpenedPerson, Step, StepTx},
    json::{Blob, Digest},
    problem::Problem,
    trust::TrustRoot,
};
use ledger::{
    ClassId, Effect, Event, Hash, ItemId, ItemRecord, KeyId, KeyRecord, OrgId, OrgRecord, PolicyPack, Signature, Text,
    TxBody, TxId,
    bounds::{MAX_DEPTH, MAX_TX_BYTES},
    field::Field,
    operation::{Entry, Operation},
    record::{ClassRecord, CodeRecord},
    state::{MAX_RECORD_BYTES, code_hash},
    tag,
    tree::{self, JointProof},
};
use std::collections::BTreeSet;

/// A related item that holds items.
pub(crate) const UNIT: &str = "unit";
/// A related item that was made out of the item.
pub(crate) const CHILD: &str = "child";
/// A related item that the item, or one of its parents, was made of.
pub(crate) const ORIGIN: &str = "origin";

/// Bytes of a hash.
const HASH_BYTES: usize = 32;

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

/// An item and what happened to it: the first events open, of the later ones the hashes.
pub(crate) struct History {
    pub(crate) item: Record<ItemRecord>,
    pub(crate) steps: Vec<EventTx>,
    pub(crate) later: Vec<Hash>,
}

impl History {
    /// The item's identity.
    pub(crate) fn id(&self) -> ItemId {
        ItemId(self.item.id)
    }

    /// Number of open events.
    pub(crate) fn open(&self) -> u64 {
        u64::try_from(self.steps.len()).unwrap_or(u64::MAX)
    }
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
    /// The item that the bundle is about.
    pub(crate) main: History,
    pub(crate) code: Record<CodeRecord>,
    pub(crate) classes: Vec<Record<ClassRecord>>,
    pub(crate) packs: Vec<Record<PolicyPack>>,
    pub(crate) keys: Vec<Record<KeyRecord>>,
    pub(crate) orgs: Vec<Record<OrgRecord>>,
    /// The names that more than one of them have.
    pub(crate) namesakes: BTreeSet<String>,
    /// Other items, by ascending identity.
    pub(crate) related: Vec<History>,
    /// Whether those that were made out of the item are among them.
    pub(crate) children: bool,
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
        ascending("related histories", bundle.related.iter().map(|r| r.item_id))?;
        let main = history(bundle.item_id, &bundle.item, &bundle.events, &Blob::default())?;
        let related = bundle.related.iter().map(|r| history(r.item_id, &r.item, &r.events, &r.later));
        let related = related.collect::<Result<Vec<_>, Problem>>()?;
        let code_id = code_hash(&main.item.value.code);
        let mut parts = Parts {
            anchor: Anchored::decode(&bundle.anchor, trust)?,
            proof: read!("the proof of the records", &bundle.proof, MAX_PROOF_BYTES)?,
            main,
            code: record!("the code record", &bundle.code, |_: &CodeRecord| code_id)?,
            classes: records!("a class record", "classes", bundle.classes, |c: &ClassRecord| ClassId::of(&c.code).0),
            packs: records!("a policy pack", "policy packs", bundle.packs, PolicyPack::hash),
            keys: records!("a key record", "keys", bundle.keys, |k: &KeyRecord| KeyId::of_ed25519(&k.key).0),
            orgs: records!("the record of an organisation", "organisations", bundle.orgs, |o: &OrgRecord| {
                OrgId::of(&o.profile.identifier).0
            }),
            namesakes: BTreeSet::new(),
            related,
            children: bundle.children,
            fields: opened.fields.iter().map(open_field).collect::<Result<_, _>>()?,
            names: opened.persons.iter().map(open_name).collect::<Result<_, _>>()?,
        };
        parts.namesakes = namesakes(&parts.orgs);
        Ok(parts)
    }

    /// The identity of the item that the bundle is about.
    pub(crate) fn item_id(&self) -> ItemId {
        self.main.id()
    }

    /// All histories: the item's own, then the related ones in their order.
    pub(crate) fn histories(&self) -> impl Iterator<Item = &History> {
        std::iter::once(&self.main).chain(&self.related)
    }

    /// Where an item's history stands among [`Parts::histories`].
    pub(crate) fn position(&self, id: &ItemId) -> Option<usize> {
        if self.main.item.id == id.0 {
            return Some(0);
        }
        self.related.binary_search_by(|r| r.item.id.cmp(&id.0)).ok()?.checked_add(1)
    }

    /// The history at a position.
    pub(crate) fn at(&self, position: usize) -> Option<&History> {
        match position.checked_sub(1) {
            None => Some(&self.main),
            Some(position) => self.related.get(position),
        }
    }

    /// Of which related item a history is; none of the item that the bundle is about.
    pub(crate) fn other(&self, history: &History) -> Option<ItemId> {
        (history.item.id != self.main.item.id).then(|| history.id())
    }

    /// The logistic units around an item, from the inside out, and whether the bundle has all of them.
    pub(crate) fn units_around<'a>(&'a self, item: &'a ItemRecord) -> (Vec<&'a History>, bool) {
        let mut units = Vec::new();
        let mut inner = item;
        while let Some(packed) = &inner.container {
            let unit = self.position(&packed.unit).and_then(|position| self.at(position));
            // The ledger puts units into units only so deep; what goes in a circle ends here too.
            let Some(unit) = unit.filter(|_| units.len() < MAX_DEPTH) else { return (units, false) };
            inner = &unit.item.value;
            units.push(unit);
        }
        (units, true)
    }

    /// Who holds an item: of a packed one, whoever holds the outermost unit around it, if the bundle tells.
    pub(crate) fn holder(&self, item: &ItemRecord) -> Option<OrgId> {
        let (units, complete) = self.units_around(item);
        complete.then(|| units.last().map_or(item.custodian, |unit| unit.item.value.custodian))
    }

    /// What each related item is to the item: a unit, one that was made out of it, or one that it or its parents were made of.
    pub(crate) fn ties(&self) -> Vec<&'static str> {
        let derived = self.main.steps.iter().map(|s| &s.event).filter(|e| matches!(e.effect, Effect::Derived { .. }));
        let born: BTreeSet<ItemId> = derived.flat_map(|e| &e.links).map(|link| link.item).collect();
        let tie = |history: &History| match (history.item.value.inside.is_some(), born.contains(&history.id())) {
            (true, _) => UNIT,
            (false, true) => CHILD,
            (false, false) => ORIGIN,
        };
        self.related.iter().map(tie).collect()
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

    /// The class of an item.
    pub(crate) fn class_of(&self, item: &ItemRecord) -> Result<&ClassRecord, Problem> {
        let found = self.classes.binary_search_by(|r| r.id.cmp(&item.class.0)).ok().and_then(|i| self.classes.get(i));
        found.map(|r| &r.value).ok_or_else(|| Problem::Missing { what: "class", id: item.class.to_string() })
    }
}

fn ascending<T: Ord>(what: &'static str, ids: impl Iterator<Item = T>) -> Result<(), Problem> {
    let ids: Vec<T> = ids.collect();
    match ids.windows(2).all(|w| matches!(w, [a, b] if a < b)) {
        true => Ok(()),
        false => Err(Problem::ListOrder { what }),
    }
}

/// The names that more than one of these organisations have.
fn namesakes(orgs: &[Record<OrgRecord>]) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let names = orgs.iter().map(|org| org.value.profile.name.as_str());
    names.filter(|name| !seen.insert(*name)).map(str::to_owned).collect()
}

fn history(id: Digest, item: &Blob, events: &[Step], later: &Blob) -> Result<History, Problem> {
    Ok(History {
        item: record!("an item record", item, |_: &ItemRecord| id.0)?,
        steps: events.iter().map(step).collect::<Result<_, _>>()?,
        later: hashes(later)?,
    })
}

/// Hashes side by side.
fn hashes(bytes: &Blob) -> Result<Vec<Hash>, Problem> {
    let wrong = |detail: String| Problem::Bytes { what: "the hashes of later events", detail };
    let length = bytes.len();
    if length > MAX_LATER_BYTES {
        return Err(wrong(format!("{length} bytes, and at most {MAX_LATER_BYTES} are taken")));
    }
    let (chunks, rest) = bytes.as_chunks::<HASH_BYTES>();
    match rest.is_empty() {
        true => Ok(chunks.iter().copied().map(Hash).collect()),
        false => Err(wrong(format!("{length} bytes are no whole number of hashes"))),
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

/// Which records the judgement of histories needs: exactly these stand in a bundle.
#[derive(Default)]
pub(crate) struct Needs {
    pub(crate) classes: BTreeSet<ClassId>,
    pub(crate) keys: BTreeSet<KeyId>,
    pub(crate) orgs: BTreeSet<OrgId>,
    pub(crate) packs: BTreeSet<Hash>,
}

impl Needs {
    /// Adds what the record and the open events (each with the body of its transaction) of a history refer to.
    pub(crate) fn add<'a>(&mut self, item: &ItemRecord, steps: impl Iterator<Item = (&'a Event, Option<&'a TxBody>)>) {
        self.classes.insert(item.class);
        self.orgs.extend([item.registrant, item.custodian]);
        self.orgs.extend(item.holds.iter().flat_map(|h| &h.by));
        self.orgs.extend(item.offer.iter().map(|o| o.receiver));
        for (event, body) in steps {
            self.packs.extend(event.decision.iter().map(|d| d.pack));
            for slot in body.iter().flat_map(|b| &b.signers) {
                self.keys.insert(slot.key);
                self.orgs.insert(slot.org);
            }
            match &event.effect {
                Effect::Registered { custodian, .. } | Effect::Landed { custodian, .. } => {
                    self.orgs.extend([*custodian])
                }
                Effect::Offered { offer } => self.orgs.extend([offer.receiver]),
                Effect::Moved { from, to, terms: _, receiver: _, place: _ } => self.orgs.extend([*from, *to]),
                Effect::HoldPlaced { by, reason: _ } | Effect::HoldLifted { by, placed: _ } => self.orgs.extend(by),
                Effect::Tested { passed: _, laboratory, report: _ } => self.orgs.extend([*laboratory]),
                Effect::Unpacked { unit: _, custodian, state: _, place: _ } => self.orgs.extend([*custodian]),
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
                | Effect::Reported { .. }
                | Effect::Departed { .. } => {}
            }
        }
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
