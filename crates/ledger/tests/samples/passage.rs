//! An item that departed from another network, and the proof that it did.

use super::*;
use ledger::{
    BlockId, Certificate, CommitSignature, Header, ItemRecord, Lifecycle, StateKey, Validator, ValidatorSet,
    block::PROTOCOL_VERSION,
    codec,
    passage::Passage,
    record::{ClassRecord, DepartureRecord, HsAssertion, NetworkRecord},
    tree::{self, StateProof},
};

/// The network that the item comes from.
pub(crate) fn other_network() -> NetworkId {
    NetworkId(hash(0x12))
}

/// Seats of the other network: those with which it was admitted (0), and those after each change.
pub(crate) fn seats_after(changes: u8) -> ValidatorSet {
    let first = 60 + changes;
    let seat = |n: u8| Validator { key: public(first + n), org: org(n), peer: key(first + n + 100) };
    ValidatorSet::new((0..4).map(seat).collect()).unwrap()
}

/// What is known here of the other network.
pub(crate) fn known() -> NetworkRecord {
    NetworkRecord {
        chain: text("samples of the west"),
        set: seats_after(0),
        height: 10,
        block: BlockId(hash(0x52)),
        time: START,
        from: stamp(),
    }
}

/// The item there, once it has departed.
pub(crate) fn departed() -> ItemRecord {
    ItemRecord {
        custodian: org(1),
        state: Lifecycle::Departed,
        place: None,
        quarantined: false,
        holds: Vec::new(),
        container: None,
        inside: None,
        offer: None,
        ..item_record()
    }
}

pub(crate) fn departure() -> DepartureRecord {
    DepartureRecord { to: network(), by: org(1), state: Lifecycle::Stored, at: stamp(), cause: tx_id(5) }
}

/// Its class there.
pub(crate) fn class_there() -> ClassRecord {
    let [gtin, _] = class_codes();
    let ClassProfile { code, name, category, grade, hgr, hs } = class_profile(gtin);
    let hs = vec![HsAssertion { hs, at: stamp(), cause: None }];
    ClassRecord { code, name, category, grade, hgr, hs, from: stamp(), cause: None }
}

/// What a passage is made of, for tests that change something about it.
#[derive(Clone)]
pub(crate) struct Journey {
    pub(crate) record: ItemRecord,
    pub(crate) departure: DepartureRecord,
    pub(crate) class: ClassRecord,
    /// How often the seats changed since the network was admitted.
    pub(crate) changes: u8,
    /// The head, before its roots are put in.
    pub(crate) head: Header,
}

impl Journey {
    pub(crate) fn honest() -> Journey {
        let head = Header {
            version: PROTOCOL_VERSION,
            network: other_network(),
            test: true,
            height: 500,
            round: 0,
            builder: key_id(60),
            time: START.plus_ms(500_000),
            parent: BlockId(hash(0x51)),
            txs: hash(1),
            results: hash(2),
            rest: hash(5),
            state: hash(3),
            history: hash(4),
            validators: hash(6),
            next_validators: hash(6),
        };
        Journey { record: departed(), departure: departure(), class: class_there(), changes: 1, head }
    }

    /// The passage, with everything signed anew.
    pub(crate) fn passage(&self) -> Passage {
        let records = [
            (StateKey::Item(item(1)), codec::encode(&self.record)),
            (StateKey::Departure(item(1)), codec::encode(&self.departure)),
            (StateKey::Class(self.record.class), codec::encode(&self.class)),
        ];
        let mut leaves: Vec<(Hash, Hash)> =
            records.iter().map(|(key, bytes)| (key.hash(), tree::value(bytes))).collect();
        leaves.extend((0..20).map(|n| (tree::value(&[n]), hash(n))));
        leaves.sort();
        let proof = |key: &StateKey| -> StateProof { tree::prove_in(&leaves, 0, &key.hash()) };
        let set = seats_after(self.changes);
        let head = Header {
            state: tree::root_of(&leaves, 0),
            validators: set.hash(),
            next_validators: set.hash(),
            ..self.head.clone()
        };
        let chain = (0..self.changes).map(|n| self.link(n)).collect();
        let [(item_key, record), (departure_key, departure), (class_key, class)] = records;
        let (header, certificate, validators) = certified(&head, self.changes);
        Passage {
            header,
            certificate,
            validators,
            chain,
            item: item(1),
            record,
            record_proof: proof(&item_key),
            departure,
            departure_proof: proof(&departure_key),
            class,
            class_proof: proof(&class_key),
        }
    }

    /// The last block of the seats after `n` changes.
    fn link(&self, n: u8) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let height = 20 + 10 * u64::from(n);
        let header = Header {
            height,
            time: START.plus_ms(height * 1_000),
            validators: seats_after(n).hash(),
            next_validators: seats_after(n + 1).hash(),
            ..self.head.clone()
        };
        certified(&header, n)
    }
}

/// Header, certificate and set, signed by three of the four.
pub(crate) fn certified(header: &Header, changes: u8) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let mut certificate =
        Certificate { height: header.height, round: header.round, block: header.id(), signatures: Vec::new() };
    for seed in (0..3).map(|n| 60 + changes + n) {
        let precommit = certificate.precommit(header.network, key_id(seed));
        let signature = sign(seed, &precommit.sign_hash());
        certificate.signatures.push(CommitSignature { signer: key_id(seed), signature });
    }
    certificate.signatures.sort_by_key(|s| s.signer);
    (codec::encode(header), codec::encode(&certificate), codec::encode(&seats_after(changes)))
}

/// The passage of the samples.
pub(crate) fn passage() -> Passage {
    Journey::honest().passage()
}
