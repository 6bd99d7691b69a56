//! A small network in memory: agencies and firms with real keys, acts executed by hand, bundles of their outcome.
//!
//! Effects are written out here and not asked of `ledger::judge`, so that the verifier is held against a second opinion.
#![allow(dead_code)]

pub(crate) mod against;
pub(crate) mod blobs;
pub(crate) mod later;
mod people;
pub(crate) mod stories;
mod told;
mod tree;

use ledger::{
    Cause, Certificate, CommitSignature, CustodyPoint, Decision, Effect, Event, Hash, Header, ItemId, ItemRecord,
    Operation, Signature, SignedTx, Slot, StateKey, StateRead, Text, TxBody, TxId, ValidatorSet, WriteSet,
    block::PROTOCOL_VERSION,
    codec,
    crypto::Suite,
    event::{Link, apply},
    id::{BlockId, ClassId, KeyId, NetworkId, OrgId},
    operation::{Entry, EntryBody, EntryList, HandoverTerms, Purpose},
    policy::{PolicyPack, Rule},
    record::{ClassRecord, CodeRecord, KeyEnd, KeyEndReason, KeyRecord, OrgRecord, Role, Stamp},
    state::{MemoryState, code_hash},
    tag,
    tree::{JointProof, StateProof},
};
pub(crate) use people::Person;
use proof::{Blob, Certified, Disclosure, Source, TrustRoot};
use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
};
use tree::Tree;

pub(crate) fn text<const MAX: usize>(t: &str) -> Text<MAX> {
    Text::new(t).unwrap()
}

pub(crate) struct World {
    pub(crate) network: NetworkId,
    pub(crate) trust: TrustRoot,
    pub(crate) test: bool,
    pub(crate) pack: PolicyPack,
    pub(crate) state: MemoryState,
    pub(crate) now: Stamp,
    pub(crate) people: BTreeMap<&'static str, Person>,
    pub(crate) agencies: Vec<ed25519_dalek::SigningKey>,
    pub(crate) set: ValidatorSet,
    pub(crate) chain: Vec<Certified>,
    pub(crate) events: BTreeMap<ItemId, Vec<Event>>,
    pub(crate) txs: BTreeMap<TxId, SignedTx>,
    pub(crate) open: Vec<Disclosure>,
    /// Whether bundles are exported with the items that were made out of theirs.
    pub(crate) children: bool,
    pub(crate) genesis: ledger::Genesis,
    /// All transactions in the order of their execution.
    pub(crate) executed: Vec<(Stamp, SignedTx)>,
    pub(crate) signed_by: usize,
    /// See [`World::fill`].
    pub(crate) crowd: Vec<(Hash, Hash)>,
    /// What colluding agencies change before they certify: an event, a body before it is signed, a signed transaction.
    pub(crate) twist_event: Box<dyn Fn(&mut Event)>,
    pub(crate) twist_body: Box<dyn Fn(&mut TxBody)>,
    pub(crate) twist_tx: Box<dyn Fn(&mut SignedTx)>,
    pub(crate) twist_header: Box<dyn Fn(&mut Header)>,
    counter: u64,
}

impl World {
    /// 128 bits that differ from call to call and are the same in every run.
    pub(crate) fn random(&mut self) -> [u8; 16] {
        self.counter += 1;
        let hash = Hash::of_bytes(&tag::LOGIN, &self.counter.to_le_bytes());
        hash.0[..16].try_into().unwrap()
    }

    /// Begins the next block.
    pub(crate) fn block(&mut self, ms: u64) {
        self.now = Stamp { height: self.now.height + 1, time: self.now.time.plus_ms(ms) };
    }

    pub(crate) fn org(&self, person: &str) -> OrgId {
        self.people[person].org
    }

    pub(crate) fn record(&self, item: &ItemId) -> ItemRecord {
        self.state.record(&StateKey::Item(*item)).unwrap().unwrap()
    }

    /// Any record that is there.
    pub(crate) fn state_record<T: codec::Canonical>(&self, key: &StateKey) -> T {
        self.state.record(key).unwrap().unwrap()
    }

    pub(crate) fn point(&self, item: &ItemId) -> CustodyPoint {
        let record = self.record(item);
        CustodyPoint { seq: record.custody_seq, trail: record.trail }
    }

    pub(crate) fn terms(&self, item: &ItemId, giver: &str, receiver: &str) -> HandoverTerms {
        HandoverTerms {
            network: self.network,
            item: *item,
            at: self.point(item),
            giver: self.org(giver),
            receiver: self.org(receiver),
            expires: self.now.time.plus_ms(3_600_000),
            purpose: Purpose::Unstated,
            premises: None,
            private: None,
        }
    }

    /// A signed transaction, not executed.
    pub(crate) fn sign(&mut self, operation: Operation, signers: &[(&str, Role)], entries: Vec<Entry>) -> SignedTx {
        let slots = signers.iter().map(|(person, role)| {
            let p = &self.people[person];
            Slot { suite: Suite::Ed25519, org: p.org, key: p.key, role: *role }
        });
        let mut body = TxBody {
            network: self.network,
            signers: slots.collect(),
            nonce: self.random(),
            expires: self.now.time.plus_ms(7_200_000),
            operation,
        };
        (self.twist_body)(&mut body);
        let id = body.id();
        let sign = |(slot, (person, _)): (&Slot, &(&str, Role))| self.people[person].sign(&body.sign_hash(&id, slot));
        let signatures: Vec<Signature> = body.signers.iter().zip(signers).map(sign).collect();
        let mut tx = SignedTx { body, signatures, entries };
        (self.twist_tx)(&mut tx);
        tx
    }

    /// Signs and executes in a block of its own.
    pub(crate) fn act(&mut self, operation: Operation, signers: &[(&str, Role)]) -> TxId {
        self.block(60_000);
        let tx = self.sign(operation, signers, Vec::new());
        self.execute(tx)
    }

    /// As [`World::act`], for an operation over the items of a list.
    pub(crate) fn act_list(
        &mut self,
        bodies: Vec<EntryBody>,
        operation: impl Fn(EntryList) -> Operation,
        signers: &[(&str, Role)],
    ) -> TxId {
        self.block(60_000);
        let entries: Vec<Entry> = bodies.into_iter().map(|body| Entry { salt: self.random(), body }).collect();
        let hashes: Vec<Hash> = entries.iter().map(Entry::hash).collect();
        let list = EntryList { count: entries.len() as u32, root: ledger::list::root(&hashes) };
        let tx = self.sign(operation(list), signers, entries);
        self.execute(tx)
    }

    /// Writes the events of a transaction in the present block.
    pub(crate) fn execute(&mut self, tx: SignedTx) -> TxId {
        let id = tx.body.id();
        self.tell(&tx, id);
        self.executed.push((self.now, tx.clone()));
        self.txs.insert(id, tx);
        id
    }

    /// A link to an item as it is.
    pub(crate) fn link(&self, item: &ItemId) -> Link {
        let record = self.record(item);
        Link { item: *item, count: record.count, head: record.head }
    }

    pub(crate) fn class_record(&self, class: &ClassId) -> ClassRecord {
        self.state.record(&StateKey::Class(*class)).unwrap().unwrap()
    }

    pub(crate) fn org_record(&self, org: &OrgId) -> OrgRecord {
        self.state.record(&StateKey::Org(*org)).unwrap().unwrap()
    }

    pub(crate) fn enter_code(&mut self, code: &gs1::ItemCode, item: ItemId) -> Option<ItemId> {
        let key = StateKey::Code(code_hash(code));
        let before: Option<CodeRecord> = self.state.record(&key).unwrap();
        let (count, head) = before.as_ref().map_or((0, Hash::default()), |c| (c.count, c.head));
        let head = Hash::of(&tag::CODE_HEAD, &(head, item));
        self.put(|w| w.put(key, &CodeRecord { count: count + 1, head, latest: item }));
        before.map(|c| c.latest)
    }

    pub(crate) fn write(&mut self, item: ItemId, cause: Cause, effect: Effect, act: Option<ledger::Act>) {
        self.write_linked(item, cause, effect, act, Vec::new());
    }

    pub(crate) fn write_linked(
        &mut self,
        item: ItemId,
        cause: Cause,
        effect: Effect,
        act: Option<ledger::Act>,
        links: Vec<Link>,
    ) {
        let before: Option<ItemRecord> = self.state.record(&StateKey::Item(item)).unwrap();
        let state = told::state(before.as_ref(), cause, &effect);
        let decision = act.map(|act| {
            // A pack that does not know the act has no words for it; a test that wants some twists the event.
            let row = self.pack.row(act);
            let article = row.and_then(|row| row.article.clone().or_else(|| self.pack.article(row.rule).cloned()));
            let rule = row.map_or(Rule::NONE, |row| row.rule);
            let (pack, version, article) = (self.pack.hash(), self.pack.version, article.unwrap_or_default());
            Decision { pack, version, rule, article, grounds: Vec::new() }
        });
        let n = before.as_ref().map_or(0, |r| r.count) + 1;
        let mut event = Event { item, n, cause, at: self.now, effect, state, decision, links };
        (self.twist_event)(&mut event);
        let after = apply(&self.network, before.as_ref(), &event).unwrap();
        self.put(|w| w.put(StateKey::Item(item), &after));
        self.events.entry(item).or_default().push(event);
    }

    pub(crate) fn put(&mut self, write: impl FnOnce(&mut WriteSet)) {
        let mut writes = WriteSet::default();
        write(&mut writes);
        self.state.apply(&writes);
    }

    /// Leaves of no concern, so that proofs are as long as in a ledger of that many records more.
    pub(crate) fn fill(&mut self, records: u64) {
        let leaf = |n: u64| (Hash::of_bytes(&tag::STATE_KEY, &n.to_le_bytes()), Hash([0; 32]));
        self.crowd = (0..records).map(leaf).collect();
        self.crowd.sort();
    }

    pub(crate) fn end_key(&mut self, person: &str, reason: KeyEndReason) {
        self.block(60_000);
        let key = StateKey::Key(self.people[person].key);
        let mut record: KeyRecord = self.state.record(&key).unwrap().unwrap();
        record.end = Some(KeyEnd { at: self.now, reason, cause: TxId::default() });
        self.put(|w| w.put(key, &record));
    }

    pub(crate) fn header(&self, state: Hash, next: &ValidatorSet) -> Header {
        Header {
            version: PROTOCOL_VERSION,
            network: self.network,
            test: self.test,
            height: self.now.height,
            round: 0,
            builder: KeyId::default(),
            time: self.now.time,
            parent: BlockId(Hash([7; 32])),
            txs: Hash([1; 32]),
            results: Hash([2; 32]),
            rest: Hash([3; 32]),
            state,
            history: Hash([4; 32]),
            validators: self.set.hash(),
            next_validators: next.hash(),
        }
    }

    /// The header signed by the first `by` agencies of the set.
    pub(crate) fn certify(&self, header: Header, by: usize) -> Certified {
        let mut certificate =
            Certificate { height: header.height, round: header.round, block: header.id(), signatures: Vec::new() };
        for validator in self.set.validators().iter().take(by) {
            let mut all = self.agencies.iter();
            let key = all.find(|k| k.verifying_key().as_bytes() == validator.key.bytes()).unwrap();
            let signer = validator.key.id();
            let signature = people::sign(key, &certificate.precommit(header.network, signer).sign_hash());
            certificate.signatures.push(CommitSignature { signer, signature });
        }
        Certified { header, certificate, validators: self.set.clone() }
    }

    pub(crate) fn export(&self, item: &ItemId) -> proof::Bundle {
        proof::assemble(&self.snapshot(), item, &self.open, self.children).unwrap()
    }

    pub(crate) fn snapshot(&self) -> Snapshot<'_> {
        let tree = Tree::of([self.crowd.clone(), self.state.leaves()].concat());
        let mut header = self.header(tree.root(), &self.set);
        (self.twist_header)(&mut header);
        let head = self.certify(header, self.signed_by);
        Snapshot { world: self, tree, head }
    }

    pub(crate) fn class(&self, code: &str) -> ClassId {
        people::class_id(code)
    }

    pub(crate) fn orgs(&self) -> BTreeSet<OrgId> {
        self.people.values().map(|p| p.org).collect()
    }
}

pub(crate) struct Snapshot<'a> {
    world: &'a World,
    tree: Tree,
    pub(crate) head: Certified,
}

impl Snapshot<'_> {
    /// The proof of a bundle that holds the records of these keys.
    pub(crate) fn prove_all(&self, keys: &[StateKey]) -> Blob {
        let mut proofs: Vec<_> = keys.iter().map(|key| (key.hash(), self.tree.prove(&key.hash()))).collect();
        proofs.sort_by_key(|(key, _)| *key);
        Blob(codec::encode(&JointProof::join(&proofs).unwrap()))
    }
}

impl Source for Snapshot<'_> {
    type Error = Infallible;

    fn certified(&self) -> Result<Certified, Infallible> {
        Ok(self.head.clone())
    }
    fn validator_chain(&self) -> Result<Vec<Certified>, Infallible> {
        Ok(self.world.chain.clone())
    }
    fn prove(&self, key: &StateKey) -> Result<(Option<Vec<u8>>, StateProof), Infallible> {
        Ok((self.world.state.read(key).unwrap(), self.tree.prove(&key.hash())))
    }
    fn events(&self, item: &ItemId) -> Result<Vec<Event>, Infallible> {
        Ok(self.world.events.get(item).cloned().unwrap_or_default())
    }
    fn tx(&self, id: &TxId) -> Result<Option<SignedTx>, Infallible> {
        Ok(self.world.txs.get(id).cloned())
    }
}
