//! Other networks, shares and passages: what one world knows of another one, and the proof that an item has left it.

use super::*;
use ledger::{
    Certificate, CommitSignature, Header, ValidatorSet,
    block::PROTOCOL_VERSION,
    codec,
    passage::Passage,
    record::{DepartureRecord, NetworkRecord, Share, SharesRecord, Stamp, ValidatorsRecord},
    tree::{self, StateProof},
};

/// A network that no test runs: departures go there, and none comes back.
pub(crate) const AFAR: NetworkId = NetworkId(Hash([0x77; 32]));

/// The four seats of `plain`, each as an officer.
pub(crate) const SEATS: [(Person, Role); 4] =
    [(CUSTOMS, Role::Officer), (SCIENCE, Role::Officer), (HEALTH, Role::Officer), (ENVIRONMENT, Role::Officer)];

impl World {
    /// A world under `plain` with the organisations of every other one, and a network of its own.
    pub(crate) fn named(chain: &str) -> World {
        let pack = shipped("plain", "first-is-lowest");
        World::of(&genesis_of(chain, pack, &Org::GENESIS, vec![class_profile(GTIN)]))
    }

    pub(crate) fn seats(&self) -> ValidatorSet {
        self.record::<ValidatorsRecord>(StateKey::Validators).expect("seats").set
    }

    // ------------------------------------------------------------------------------------------------------ shares

    pub(crate) fn share_tx(&self, by: Person, item: ItemId, with: Org, until: Timestamp) -> Arc<VerifiedTx> {
        self.tx(Operation::Share { item, with: with.id(), until }, &[(by, Role::Custodian)])
    }
    pub(crate) fn end_share_tx(&self, by: (Person, Role), item: ItemId, with: Org) -> Arc<VerifiedTx> {
        self.tx(Operation::EndShare { item, with: with.id() }, &[by])
    }
    /// Who sees the item by a share, whether that is still in force or not.
    pub(crate) fn shares(&self, item: ItemId) -> Vec<Share> {
        self.record::<SharesRecord>(StateKey::Shares(item)).unwrap_or_default().shares
    }

    // -------------------------------------------------------------------------------------------------- admissions

    /// What admits another world as it is now.
    pub(crate) fn admission(other: &World) -> Change {
        Change::AdmitNetwork {
            network: other.network,
            chain: text("another world"),
            set: other.seats(),
            height: other.height,
            block: other.parent,
            time: other.now,
        }
    }
    /// All seats admit another world as it is now.
    pub(crate) fn admit_world(&mut self, other: &World) {
        let admission = World::admission(other);
        self.accepted(self.enact_tx(vec![admission], &SEATS));
    }
    /// The network that no test runs is known from now on, without a vote.
    pub(crate) fn know_afar(&mut self) {
        let known = NetworkRecord {
            chain: text("afar"),
            set: self.seats(),
            height: 0,
            block: BlockId::default(),
            time: START,
            from: Stamp { height: self.height, time: self.now },
        };
        let mut writes = WriteSet::default();
        writes.put(StateKey::Network(AFAR), &known);
        self.state.apply(&writes);
    }

    // --------------------------------------------------------------------------------------------------- passages

    pub(crate) fn depart_tx(&self, by: Person, item: ItemId, to: NetworkId) -> Arc<VerifiedTx> {
        self.tx(Operation::Depart { item, at: self.point(item), to }, &[(by, Role::Custodian)])
    }
    pub(crate) fn land_tx(&self, passage: Passage, signers: &[(Person, Role)]) -> Arc<VerifiedTx> {
        self.tx(Operation::Land { passage: Box::new(passage) }, signers)
    }
    pub(crate) fn departure(&self, item: ItemId) -> Option<DepartureRecord> {
        self.record(StateKey::Departure(item))
    }
    /// What an item of another network became here.
    pub(crate) fn landed(&self, from: NetworkId, item: ItemId) -> Option<ItemId> {
        self.record(StateKey::Landed(from, item))
    }

    /// The proof, under the state as it is now, that an item is no longer here.
    pub(crate) fn passage(&self, item: ItemId) -> Passage {
        let class = self.item(item).class;
        let (item_key, class_key) = (StateKey::Item(item), StateKey::Class(class));
        let leaves = self.state.leaves();
        let proof = |key: &StateKey| -> StateProof { tree::prove_in(&leaves, 0, &key.hash()) };
        let departure_key = StateKey::Departure(item);
        let bytes = |key: &StateKey| self.state.read(key).expect("a state that reads").unwrap_or_default();
        let (header, certificate, validators) = self.certified();
        Passage {
            header,
            certificate,
            validators,
            chain: Vec::new(),
            item,
            record: bytes(&item_key),
            record_proof: proof(&item_key),
            departure: bytes(&departure_key),
            departure_proof: proof(&departure_key),
            class: bytes(&class_key),
            class_proof: proof(&class_key),
        }
    }

    /// A header of the state as it is now, its certificate by all seats, and they.
    fn certified(&self) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let set = self.seats();
        let header = Header {
            version: PROTOCOL_VERSION,
            network: self.network,
            test: false,
            height: self.height,
            round: 0,
            builder: set.validators()[0].key.id(),
            time: self.now,
            parent: BlockId::default(),
            txs: Hash::default(),
            results: Hash::default(),
            rest: Hash::default(),
            state: self.state.root(),
            history: Hash::default(),
            validators: set.hash(),
            next_validators: set.hash(),
        };
        let mut certificate =
            Certificate { height: header.height, round: 0, block: header.id(), signatures: Vec::new() };
        for (Person { org, number: _ }, _) in SEATS {
            let seat = Person { org, number: CONSENSUS };
            let precommit = certificate.precommit(self.network, seat.key_id());
            let signature = seat.sign(&precommit.sign_hash());
            certificate.signatures.push(CommitSignature { signer: seat.key_id(), signature });
        }
        certificate.signatures.sort_by_key(|signature| signature.signer);
        (codec::encode(&header), codec::encode(&certificate), codec::encode(&set))
    }
}
