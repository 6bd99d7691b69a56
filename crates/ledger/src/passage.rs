//! Passage: an item closes in one network and opens in another.
//!
//! What carries it is a proof that the first network has closed it for the second: its certified record, that it departed
//! and where to, and its class. The proof never expires: a change of the seats there adds a link to it.
//!
//! Two checks. [`read`] asks whether the parts belong together; whoever replays asks no more, for it does not know which
//! network was admitted when. [`check`] asks in addition whether agencies of the network that is admitted here have signed.

use crate::{
    block::{Header, PROTOCOL_VERSION},
    bounds::{MAX_PASSAGE_BYTES, MAX_PASSAGE_CHAIN},
    codec::{self, Canonical},
    event::Effect,
    id::{ClassId, ItemId, NetworkId},
    record::{ClassRecord, DepartureRecord, ItemRecord, Lifecycle, Marks, NetworkRecord},
    state::StateKey,
    tree::{self, StateProof},
    vote::{Certificate, ValidatorSet},
};
use bincode::{Decode, Encode};

/// Proof that an item has departed. At most [`MAX_PASSAGE_BYTES`]; all bytes are canonical ones of the type named.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Passage {
    /// The [`Header`] under whose state the records stand.
    pub header: Vec<u8>,
    /// Its [`Certificate`].
    pub certificate: Vec<u8>,
    /// The [`ValidatorSet`] that signed it.
    pub validators: Vec<u8>,
    /// Header, certificate and set of each block behind which the seats changed since the network was admitted, ascending;
    /// at most [`MAX_PASSAGE_CHAIN`].
    pub chain: Vec<(Vec<u8>, Vec<u8>, Vec<u8>)>,
    /// The item, as it was named there.
    pub item: ItemId,
    /// Its [`ItemRecord`].
    pub record: Vec<u8>,
    /// That it stands under the header.
    pub record_proof: StateProof,
    /// Its [`DepartureRecord`].
    pub departure: Vec<u8>,
    /// That it stands under the header.
    pub departure_proof: StateProof,
    /// The [`ClassRecord`] of its class there.
    pub class: Vec<u8>,
    /// That it stands under the header.
    pub class_proof: StateProof,
}

/// What a passage proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// The network that it comes from.
    pub network: NetworkId,
    /// The item, as it was named there.
    pub item: ItemId,
    /// Its record there.
    pub record: ItemRecord,
    /// How it departed.
    pub departure: DepartureRecord,
    /// Its class there.
    pub class: ClassRecord,
}

/// Why a passage proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassageError {
    /// Bytes that are not those of what they are to be.
    #[error("read the {0} of a passage")]
    Shape(&'static str),
    /// Header, certificate and set are not of one block, or of another version.
    #[error("match header, certificate and set of a passage")]
    Unbound,
    /// The headers do not follow from each other.
    #[error("follow the chain of a passage")]
    Chain,
    /// The chain does not begin at the seats of the network that is admitted.
    #[error("follow a passage from the seats that are known")]
    Seats,
    /// The headers are no later than the block from which on the network is known.
    #[error("take a passage from before the network was admitted")]
    Old,
    /// Too few of the agencies have signed, or not what is there.
    #[error("verify the certificates of a passage")]
    Certificate,
    /// A record does not stand under the header.
    #[error("find the {0} of a passage in its state")]
    Unproven(&'static str),
    /// The item has not departed.
    #[error("take a passage of an item that has not departed")]
    NotDeparted,
    /// It departed to another network.
    #[error("take a passage to another network")]
    Elsewhere,
    /// The records contradict each other.
    #[error("match the records of a passage")]
    Records,
}

impl PassageError {
    /// In a few words, as a rejection names it.
    pub fn what(&self) -> &'static str {
        match self {
            PassageError::Shape(part) | PassageError::Unproven(part) => part,
            PassageError::Unbound => "certificate of another block",
            PassageError::Chain => "chain of headers",
            PassageError::Seats => "seats that are not known here",
            PassageError::Old => "header from before the admission",
            PassageError::Certificate => "certificate",
            PassageError::NotDeparted => "item that has not departed",
            PassageError::Elsewhere => "departure to another network",
            PassageError::Records => "records that differ",
        }
    }
}

/// A header with what is to prove it.
struct Signed {
    header: Header,
    certificate: Certificate,
    set: ValidatorSet,
}

impl Signed {
    fn read(header: &[u8], certificate: &[u8], validators: &[u8]) -> Result<Signed, PassageError> {
        let header: Header = decode(header, "header")?;
        let certificate: Certificate = decode(certificate, "certificate")?;
        let set: ValidatorSet = decode(validators, "validator set")?;
        let of_block = certificate.block == header.id() && certificate.height == header.height;
        // A block may be decided in a later round than it was built in, never in an earlier one.
        let in_time = certificate.round >= header.round && header.version == PROTOCOL_VERSION;
        match of_block && in_time && header.validators == set.hash() {
            true => Ok(Signed { header, certificate, set }),
            false => Err(PassageError::Unbound),
        }
    }
}

fn decode<T: Canonical>(bytes: &[u8], part: &'static str) -> Result<T, PassageError> {
    codec::decode(bytes, MAX_PASSAGE_BYTES).map_err(|_| PassageError::Shape(part))
}

/// The headers of a passage, each leading to the next; the last has the records.
fn headers(passage: &Passage) -> Result<Vec<Signed>, PassageError> {
    if passage.chain.len() > MAX_PASSAGE_CHAIN {
        return Err(PassageError::Chain);
    }
    let mut all = Vec::with_capacity(passage.chain.len().saturating_add(1));
    for (header, certificate, validators) in &passage.chain {
        let link = Signed::read(header, certificate, validators)?;
        // A link that changes nothing proves nothing.
        if link.header.next_validators == link.header.validators {
            return Err(PassageError::Chain);
        }
        all.push(link);
    }
    all.push(Signed::read(&passage.header, &passage.certificate, &passage.validators)?);
    let follows = |two: &[Signed]| {
        let [Signed { header: a, .. }, Signed { header: b, .. }] = two else { return true };
        let later = a.height < b.height && a.time < b.time;
        later && a.network == b.network && a.test == b.test && a.next_validators == b.validators
    };
    match all.windows(2).all(follows) {
        true => Ok(all),
        false => Err(PassageError::Chain),
    }
}

/// Whether the parts of a passage to `here` belong together, and what they say. Whose signatures it has is not asked.
pub fn read(passage: &Passage, here: NetworkId) -> Result<Arrived, PassageError> {
    arrived(passage, here, &headers(passage)?)
}

/// What a passage to `here` proves, under what is known here of the network that it comes from.
pub fn check(passage: &Passage, known: &NetworkRecord, here: NetworkId) -> Result<Arrived, PassageError> {
    let headers = headers(passage)?;
    let arrived = arrived(passage, here, &headers)?;
    let Some(first) = headers.first() else { return Err(PassageError::Chain) };
    if first.header.height <= known.height || first.header.time <= known.time {
        return Err(PassageError::Old);
    }
    if first.set != known.set {
        return Err(PassageError::Seats);
    }
    // Last, for it costs most.
    let holds = |signed: &Signed| signed.certificate.verify(signed.header.network, &signed.set).is_ok();
    match headers.iter().all(holds) {
        true => Ok(arrived),
        false => Err(PassageError::Certificate),
    }
}

fn arrived(passage: &Passage, here: NetworkId, headers: &[Signed]) -> Result<Arrived, PassageError> {
    let Some(Signed { header, .. }) = headers.last() else { return Err(PassageError::Chain) };
    let record: ItemRecord = decode(&passage.record, "record of the item")?;
    let departure: DepartureRecord = decode(&passage.departure, "departure")?;
    let class: ClassRecord = decode(&passage.class, "class")?;
    let under = |key: StateKey, bytes: &[u8], proof: &StateProof, part: &'static str| match proof.proves(
        &header.state,
        &key.hash(),
        Some(&tree::value(bytes)),
    ) {
        true => Ok(()),
        false => Err(PassageError::Unproven(part)),
    };
    let item = passage.item;
    under(StateKey::Item(item), &passage.record, &passage.record_proof, "record of the item")?;
    under(StateKey::Departure(item), &passage.departure, &passage.departure_proof, "departure")?;
    under(StateKey::Class(record.class), &passage.class, &passage.class_proof, "class")?;
    if record.state != Lifecycle::Departed {
        return Err(PassageError::NotDeparted);
    }
    if departure.to != here || header.network == here {
        return Err(PassageError::Elsewhere);
    }
    let stands = matches!(departure.state, Lifecycle::Released | Lifecycle::InTransit | Lifecycle::Stored);
    match stands && departure.by == record.custodian && ClassId::of(&class.code) == record.class {
        true => Ok(Arrived { network: header.network, item, record, departure, class }),
        false => Err(PassageError::Records),
    }
}

impl Arrived {
    /// What landing does: the first event of the item here. `previous` is the registration here under the same code,
    /// `hgr` what the class is here, whatever it is there.
    pub fn effect(&self, previous: Option<ItemId>, hgr: bool) -> Effect {
        let Arrived { network, item, record, departure, class: _ } = self;
        Effect::Landed {
            from: *network,
            item: *item,
            count: record.count,
            head: record.head,
            class: record.class,
            code: record.code.clone(),
            quantity: record.on_hand,
            custodian: departure.by,
            previous,
            purpose: record.purpose,
            marks: record.marks.and(Marks { hgr, research_only: false }),
            state: departure.state,
        }
    }
}
